"""Lines that are neither union nor descent: domestic abuse, orders, closeness. They run below the rows, numbered."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

from famlink.genogram.captions import PAD
from famlink.genogram.family import Tie
from famlink.genogram.households import WALL
from famlink.genogram.lanes import ARC_LANE, SYMBOL, colour_spans
from famlink.genogram.placed import Badge, Label, Layout, Line
from famlink.genogram.stage import Stage

TIE_ROOM = 11.0
"""Room each tie of a person takes on either side of the symbol and its text."""

_DROP, _RISE, _WAVE, _STEP = 14.0, 5.0, 3.5, 7.0
_CLEAR, _NEXT = 11.0, 4.5
_BARRED = ("order", "cut-off")
WORDS = {
    "domestic-abuse": "domestic abuse",
    "order": "order",
    "close": "close relationship",
    "hostile": "hostile relationship",
    "distant": "distant relationship",
    "cut-off": "no contact",
}


@dataclass
class Way:
    """The way of one tie: x where it stands in each row it passes, and its lane below each row but the last."""

    tie: Tie
    nodes: tuple[int, int]
    sides: tuple[int, int]
    exits: tuple[float, float]
    rows: tuple[int, ...]
    xs: tuple[float, ...]
    lane: dict[int, int] = field(default_factory=dict)


def plan_ties(stage: Stage) -> list[Way]:
    """Find a way for every tie through the gaps between people.

    Args:
        stage: the drawing, its people placed.

    Returns:
        one way a tie, lanes given; rows know how many lanes they need (``ties`` of their heights).
    """
    used: dict[tuple[int, float], int] = defaultdict(int)
    taken: dict[tuple[int, int], int] = defaultdict(int)
    many = Counter(person for tie in stage.family.ties for person in (tie.source, tie.target))
    ways = [_way(stage, tie, used, (taken, many)) for tie in stage.family.ties]
    spans: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
    for i, way in enumerate(ways):
        for place, row in enumerate(way.rows[: max(1, len(way.rows) - 1)]):
            low, high = sorted((way.xs[place], way.xs[place + 1]))
            spans[row].append((i, low, high))
    for row, found in spans.items():
        lanes = colour_spans(found)
        for i, lane in lanes.items():
            ways[i].lane[row] = lane
        stage.heights[row].ties = max(lanes.values()) + 1
    return ways


def _way(
    stage: Stage, tie: Tie, used: dict[tuple[int, float], int], ends: tuple[dict[tuple[int, int], int], Counter[str]]
) -> Way:
    a, b = stage.graph.where[tie.source], stage.graph.where[tie.target]
    upper, lower = sorted((a, b), key=lambda n: (stage.graph.nodes[n].row, stage.x[n]))
    side = 1 if stage.x[lower] >= stage.x[upper] else -1
    first, last = stage.graph.nodes[upper].row, stage.graph.nodes[lower].row
    (start, out), (end, back) = _beside(stage, upper, side, ends), _beside(stage, lower, -side, ends)
    rows = tuple(range(first, last + 1))
    between = tuple(_channel(stage, row, (start + end) / 2, used) for row in rows[1:-1])
    return Way(tie, (upper, lower), (side, -side), (out, back), rows, (start, *between, end))


def _beside(
    stage: Stage, node: int, side: int, ends: tuple[dict[tuple[int, int], int], Counter[str]]
) -> tuple[float, float]:
    """Where a tie stands beside a symbol's text, the first nearest to it, and how far below the middle it leaves."""
    taken, many = ends
    nth, most = taken[node, side], many[stage.graph.nodes[node].name]
    taken[node, side] += 1
    wall = WALL if (node, side) in stage.walls else 0.0
    text = stage.half[node][side > 0] - wall - PAD - TIE_ROOM * most
    return stage.x[node] + side * (text + TIE_ROOM * (nth + 1) - _WAVE), max(_DROP - _RISE * nth, _RISE)


def _channel(stage: Stage, row: int, wish: float, used: dict[tuple[int, float], int]) -> float:
    """The gap between two people of a row nearest to where a line would like to pass."""
    nodes = stage.rows[row]
    edges = [(stage.x[n] - stage.half[n][0], stage.x[n] + stage.half[n][1]) for n in nodes]
    gaps = [edges[0][0], *((a[1] + b[0]) / 2 for a, b in pairwise(edges)), edges[-1][1]]
    gap = min(gaps, key=lambda g: abs(g - wish))
    nth = used[row, gap]
    used[row, gap] += 1
    return gap + _NEXT * ((nth + 1) // 2) * (1 if nth % 2 else -1)


def draw_ties(stage: Stage, ways: list[Way], layout: Layout) -> None:
    """Add the strokes, their numbers, and the sentences the numbers stand for.

    Args:
        stage: the drawing, its rows at their heights.
        ways: as planned.
        layout: it receives lines, badges and remarks.
    """
    names = {person.id: person.name for person in stage.family.people}
    drawn = []
    for way in ways:
        tie = way.tie
        points = _points(stage, way)
        if stage.graph.where[tie.source] != way.nodes[0]:
            points = points[::-1]
        words = f"{names[tie.source]} to {names[tie.target]}: {WORDS.get(tie.kind, tie.kind)}"
        words += f", {tie.words}" if tie.words and tie.words != WORDS.get(tie.kind) else ""
        drawn.append(Line(tie.kind, (tie.source, tie.target), tuple(points), "solid", words=words))
    layout.lines += drawn
    for number, line in enumerate(drawn, start=1):
        x, y = _clear_spot(line, layout)
        layout.badges.append(Badge(str(number), x, y, line.words))
        layout.remarks.append(f"{number}. {line.words}")


def _points(stage: Stage, way: Way) -> list[tuple[float, float]]:
    (upper, lower), (side, back), (out, into) = way.nodes, way.sides, way.exits
    half = SYMBOL / 2
    first, last = stage.heights[way.rows[0]], stage.heights[way.rows[-1]]
    points = [(stage.x[upper] + side * half, first.centre + out), (way.xs[0], first.centre + out)]
    for place, row in enumerate(way.rows[: max(1, len(way.rows) - 1)]):
        height = stage.heights[row]
        y = height.first_under + ARC_LANE * (height.arcs_under + way.lane[row])
        points += [(way.xs[place], y), (way.xs[place + 1], y)]
    points += [(way.xs[-1], last.centre + into), (stage.x[lower] + back * half, last.centre + into)]
    return points


def _clear_spot(own: Line, layout: Layout) -> tuple[float, float]:
    """The middle of the longest stretch of a tie that no other line, no badge and no bar of its own stands on."""
    points = own.points
    barred = [_bar_of(points)] if own.kind in _BARRED else []
    best: tuple[float, float, float] = (-1.0, *points[0])
    for (x0, y0), (x1, y1) in pairwise(points):
        across = 0 if y0 == y1 else 1
        at, (low, high) = (y0, x0)[across], sorted(((x0, x1), (y0, y1))[across])
        stops = {low, high}
        for label in layout.labels:
            middle, wide, off, tall = _seen(label, across)
            if abs(off - at) < tall + _CLEAR:
                stops |= {v for v in (middle - wide, middle + wide) if low < v < high}
        for strokes in [*(line.points for line in layout.lines if line is not own), *barred]:
            for a, b in pairwise(strokes):
                near, far = sorted((a[1 - across], b[1 - across]))
                if near - _CLEAR < at < far + _CLEAR:
                    stops |= {v for v in (a[across], b[across]) if low < v < high}
        stops |= {(b.x, b.y)[across] for b in layout.badges if abs((b.y, b.x)[across] - at) < _CLEAR}
        for left, right in pairwise(sorted(v for v in stops if low <= v <= high)):
            middle = (left + right) / 2
            x, y = (middle, at) if across == 0 else (at, middle)
            free = not any(
                abs(k.x - x) < k.width / 2 + _CLEAR and abs(k.y - y) < k.height / 2 + 7.0 for k in layout.labels
            )
            best = max(best, ((right - left) if free else 0.0, x, y))
    return best[1], best[2]


def _seen(label: Label, across: int) -> tuple[float, float, float, float]:
    """A label's middle and half size along a stretch, then across it."""
    along = (label.x, label.width / 2)
    over = (label.y, label.height / 2)
    return (*along, *over) if across == 0 else (*over, *along)


def strokes_of(line: Line) -> list[tuple[str, tuple[tuple[float, float], ...]]]:
    """What a tie looks like: its strokes, each with the class it is drawn in.

    Args:
        line: a line whose kind is that of a tie.

    Returns:
        (class, points): zigzag and arrow head for abuse, a bar across for orders, two lines for closeness.
    """
    if line.kind in {"domestic-abuse", "hostile"}:
        strokes = [("tie", tuple(_zigzag(line.points)))]
        if line.kind == "domestic-abuse":
            strokes.append(("head", _arrow(line.points)))
        return strokes
    if line.kind in _BARRED:
        return [("tie", line.points), ("tie", _bar_of(line.points))]
    if line.kind == "close":
        return [("tie calm wide", line.points), ("tie gap", line.points)]
    return [("tie calm", line.points)]


def _bar_of(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], tuple[float, float]]:
    """The stroke across a barred line: a fifth along its longest stretch."""
    (x0, y0), (x1, y1) = max(pairwise(points), key=lambda s: abs(s[0][0] - s[1][0]) + abs(s[0][1] - s[1][1]))
    x, y = x0 + (x1 - x0) / 5, y0 + (y1 - y0) / 5
    return ((x, y - 6.0), (x, y + 6.0)) if y0 == y1 else ((x - 6.0, y), (x + 6.0, y))


def _zigzag(points: tuple[tuple[float, float], ...]) -> list[tuple[float, float]]:
    out = [points[0]]
    for (x0, y0), (x1, y1) in pairwise(points):
        count = int((abs(x1 - x0) + abs(y1 - y0)) // _STEP)
        for k in range(1, count if count > 3 else 1):
            off = _WAVE if k % 2 else -_WAVE
            x, y = x0 + (x1 - x0) * k / count, y0 + (y1 - y0) * k / count
            out.append((x, y + off) if y0 == y1 else (x + off, y))
        out.append((x1, y1))
    return out


def _arrow(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    (px, _), (x, y) = points[-2], points[-1]
    back = -7.0 if x > px else 7.0
    return ((x, y), (x + back, y - 4.5), (x + back, y + 4.5))
