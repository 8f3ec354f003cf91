"""Heights: which lane each sibship bar and each arc runs in, and the y of every row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

SYMBOL = 44.0
LANE, ARC_LANE = 14.0, 22.0
DATES, TAG = 14.0, 12.5
CLEAR_ABOVE, CLEAR_BELOW = 15.0, 13.0
TWINS = 16.0
TOUCH = 7.0
_MOST_PERMUTED = 6


@dataclass(frozen=True)
class Bar:
    """One net as lines: its drop, its bar from ``low`` to ``high`` and where its risers stand."""

    net: int
    drop: float | None
    low: float
    high: float
    risers: tuple[float, ...]


def colour_bars(bars: list[Bar]) -> dict[int, int]:
    """Give the bars of one gap lanes, so that no two overlap in one lane and few drops and risers cross a bar.

    Args:
        bars: the nets of one gap.

    Returns:
        net -> lane, 0 lowest (next to the children).
    """
    lanes: dict[int, int] = {}
    for group in _overlapping(bars):
        order = _best_order(group)
        for place, bar in enumerate(order):  # lowest first
            under = [lanes[o.net] for o in order[:place] if _overlap(o, bar)]
            lanes[bar.net] = max(under, default=-1) + 1
    return lanes


def colour_spans(spans: list[tuple[int, float, float]]) -> dict[int, int]:
    """Give nested or overlapping spans lanes, the shorter nearer.

    Args:
        spans: (key, low, high).

    Returns:
        key -> lane, 0 nearest to the row.

    Example:
        >>> colour_spans([(1, 0.0, 10.0), (2, 2.0, 4.0), (3, 20.0, 30.0)])
        {2: 0, 1: 1, 3: 0}
    """
    lanes: dict[int, int] = {}
    done: list[tuple[int, float, float]] = []
    for key, low, high in sorted(spans, key=lambda s: (s[2] - s[1], s[1], s[0])):
        below = [lanes[k] for k, a, b in done if a < high + TOUCH and low < b + TOUCH]
        lanes[key] = max(below, default=-1) + 1
        done.append((key, low, high))
    return lanes


def _overlap(a: Bar, b: Bar) -> bool:
    return a.low < b.high + TOUCH and b.low < a.high + TOUCH


def _overlapping(bars: list[Bar]) -> list[list[Bar]]:
    """Groups of bars joined by overlap."""
    groups: list[list[Bar]] = []
    reach = float("-inf")
    for bar in sorted(bars, key=lambda b: (b.low, b.high, b.net)):
        if groups and bar.low < reach + TOUCH:
            groups[-1].append(bar)
        else:
            groups.append([bar])
            reach = float("-inf")
        reach = max(reach, bar.high)
    return groups


def crossings_of(lower: Bar, upper: Bar) -> int:
    """Crossings of two nets when one bar runs below the other."""
    if not _overlap(lower, upper):
        return 0
    through = int(lower.drop is not None and upper.low < lower.drop < upper.high)
    return through + sum(lower.low < x < lower.high for x in upper.risers)


def _best_order(group: list[Bar]) -> list[Bar]:
    """The order from lowest to highest with fewest crossings."""
    cost = {(a.net, b.net): crossings_of(a, b) for a in group for b in group if a.net != b.net}

    def total(order: Sequence[Bar]) -> int:
        return sum(cost[a.net, b.net] for i, a in enumerate(order) for b in order[i + 1 :])

    if len(group) <= _MOST_PERMUTED:
        return list(min(permutations(group), key=lambda o: (total(list(o)), [b.high - b.low for b in o])))
    stacked: list[Bar] = []
    for bar in sorted(group, key=lambda b: (b.high - b.low, b.net)):
        places = [[*stacked[:i], bar, *stacked[i:]] for i in range(len(stacked) + 1)]
        stacked = min(places, key=total)
    return stacked


@dataclass
class RowHeights:
    """What stands above and below the symbols of one row, and the y of their centres.

    ``frame`` is the room above and below the text for the outlines of households.
    """

    above: float = 0.0
    over: float = 0.0
    below: float = 0.0
    under: float = 0.0
    gap: float = 0.0
    arcs_under: int = 0
    ties: int = 0
    frame: float = 0.0
    centre: float = 0.0

    @property
    def dates(self) -> float:
        """Height of the baseline of the dates."""
        return self.centre - SYMBOL / 2 - 5.0

    @property
    def ceiling(self) -> float:
        """Height of the lowest sibship lane above this row."""
        return self.centre - SYMBOL / 2 - self.above - self.frame - self.over - CLEAR_BELOW

    @property
    def first_over(self) -> float:
        """Height of the nearest arc lane above this row."""
        return self.centre - SYMBOL / 2 - self.above - self.frame - 6.0

    @property
    def first_under(self) -> float:
        """Height of the nearest arc lane below this row."""
        return self.centre + SYMBOL / 2 + self.below + self.frame + 9.0


def stack(heights: list[RowHeights], *, top: float) -> float:
    """Set the centre of every row.

    Args:
        heights: rows from the top, everything but ``centre`` known.
        top: y of the upper edge.

    Returns:
        y of the lower edge.
    """
    y = top
    for height in heights:
        y += height.gap + height.over + height.frame + height.above + SYMBOL / 2
        height.centre = y
        y += SYMBOL / 2 + height.below + height.frame + height.under + ARC_LANE * height.ties
    return y


def gap_height(bars: list[Bar], lanes: dict[int, int], *, twins: bool) -> float:
    """Height between a row and the one above it.

    Args:
        bars: the nets of the gap.
        lanes: their lanes.
        twins: whether twins hang in it.

    Returns:
        the height; a row nothing hangs in keeps a little air.
    """
    if not bars:
        return CLEAR_ABOVE
    most = max(lanes[bar.net] for bar in bars)
    return CLEAR_ABOVE + LANE * most + CLEAR_BELOW + (TWINS if twins else 0.0)


def by_row(pairs: list[tuple[int, Bar]], rows: int) -> list[list[Bar]]:
    """Bars grouped by the row they hang above."""
    grouped: dict[int, list[Bar]] = defaultdict(list)
    for row, bar in pairs:
        grouped[row].append(bar)
    return [grouped[row] for row in range(rows)]
