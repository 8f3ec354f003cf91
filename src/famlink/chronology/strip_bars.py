"""What lasts, as bars of the strip: each child's homes, and orders, plans and placements, packed into few rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import polars as pl

from famlink.chronology.accounts import Account
from famlink.chronology.kinds import kind_words
from famlink.chronology.lasting import Stretch, name_of, stretches
from famlink.chronology.lettering import fitted, one_line, width
from famlink.chronology.strip_parts import ACCENT, LEFT, QUIET, SIZE, SOFT, WIDTH, line, words
from famlink.chronology.strip_time import Scale
from famlink.chronology.words import day_in_words, listed
from famlink.sharing.portrait import Portrait
from famlink.sharing.released import Released

BAR_ROW = 19.0
_TALL = 16.0
_APART = 6.0
_LONGEST = 330.0
_STUB = 26.0


@dataclass(frozen=True)
class Bar:
    """A stretch of time.

    Args:
        first: its first day; None where not recorded.
        last: its last day; None where it is open or not recorded.
        name: written in or beside it.
        told: what it says when pointed at.
        stub: whether it is drawn as its end alone, for nobody said that it began.
    """

    first: dt.date | None
    last: dt.date | None
    name: str
    told: str
    stub: bool = False


@dataclass(frozen=True)
class Group:
    """Bars that share a name at the left.

    Args:
        name: what they are, and whose.
        bars: in order of time.
    """

    name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class PlacedBar:
    """A bar with its place.

    Args:
        bar: the bar.
        row: of its group, from the top.
        left: where it begins.
        right: where it ends.
        name: as much of its name as fits.
        at: where the name's anchor stands.
        anchor: start or end.
    """

    bar: Bar
    row: int
    left: float
    right: float
    name: str
    at: float
    anchor: str


def homes(released: Released, children: list[Portrait]) -> list[Group]:
    """Find where each child lived.

    Args:
        released: what the gate let through.
        children: those whose homes are shown; one whose whereabouts are protected has none.

    Returns:
        a group a child; children with the same homes share one.
    """
    shown = [c for c in children if c.person_id not in released.protected]
    wanted = pl.col("person_id").is_in([c.person_id for c in shown])
    rows = released.households.filter(wanted).sort("person_id", "start", "address")
    stays: dict[str, list[tuple[str, dt.date | None, dt.date | None]]] = {}
    for person, address, start, end in rows.select("person_id", "address", "start", "end").iter_rows():
        stays.setdefault(person, []).append((address, start, end))
    built: dict[tuple[Bar, ...], list[str]] = {}
    for child in shown:
        bars = []
        for address, start, end in stays.get(child.person_id, ()):
            first = max(filter(None, (start, child.date_of_birth)), default=None)
            told = f"{address}, {_day(start)} to {day_in_words(end) if end else 'now'}"
            bars.append(Bar(first, end, address, told))
        if bars:
            built.setdefault(tuple(bars), []).append(child.forename or child.name)
    return [Group("Home" if len(children) == 1 else f"Home: {listed(named)}", bars) for bars, named in built.items()]


def plans(found: list[Account], people: dict[str, Portrait], children: list[Portrait]) -> Group:
    """Find what lasted: a start and its end are one bar, and an order stands until the sources say otherwise.

    Args:
        found: accounts of kinds that last, in the order of the chronology.
        people: portraits by person_id.
        children: those the strip is about.

    Returns:
        one group; each bar says whose it is, unless all are the only child's.
    """
    lasted = stretches(found)
    whose = [str(one.accounts[0].event["person_id"]) for one in lasted]
    named = {p: people[p].forename or people[p].name if p in people else "name not recorded" for p in whose}
    alone = len(children) == 1 and set(whose) == {children[0].person_id}
    bars = [_plan(one, "" if alone else named[person]) for one, person in zip(lasted, whose, strict=True)]
    return Group("Orders, plans", tuple(sorted(bars, key=lambda bar: (bar.first or bar.last or dt.date.min, bar.told))))


def _plan(one: Stretch, whose: str) -> Bar:
    """The bar of a stretch; one of which only the end was told says so."""
    account = one.accounts[0]
    said = one_line(account.text("category") or "")[:400] or kind_words(account.kind)
    name = one_line(name_of(one))[:400] or said
    until = day_in_words(one.last) if one.last else "end not recorded"
    told = f"{' and '.join(account.ref for account in one.accounts)}: {said}, {_day(one.first)} to {until}"
    if one.first is None:
        name = f"{name} (start not recorded)"
    return Bar(
        one.first,
        one.last,
        f"{whose}: {name}" if whose else name,
        f"{whose}, {told}" if whose else told,
        stub=one.first is None,
    )


def packed(group: Group, scale: Scale, as_at: dt.date, most: int) -> tuple[list[PlacedBar], int]:
    """Put bars with their names into as few rows as they need.

    Args:
        group: the bars.
        scale: the days.
        as_at: where an open bar ends.
        most: most rows; one more where that leaves none out, for saying so takes a row too.

    Returns:
        bars with their places, and how many did not fit.
    """
    whole = _packed(group, scale, as_at, most + 1)
    return whole if not whole[1] else _packed(group, scale, as_at, most)


def _packed(group: Group, scale: Scale, as_at: dt.date, most: int) -> tuple[list[PlacedBar], int]:
    reached: list[float] = []
    places: list[PlacedBar] = []
    hidden = 0
    for bar in group.bars:
        left = scale.x(bar.first or scale.first)
        right = max(left + 3.0, scale.x(bar.last or max(as_at, bar.first or as_at)))
        if bar.stub:
            left = max(left, right - _STUB)
        name, at, anchor = _named(bar.name, left, right)
        edges = _edges(name, at, anchor)
        start, end = min(left, edges[0] - _APART), max(right, edges[1] + _APART if edges[1] > right else right)
        row = next((n for n, taken in enumerate(reached) if taken <= start), len(reached))
        if row == most:
            hidden += 1
            continue
        reached[row:] = [end, *reached[row + 1 :]]
        places.append(PlacedBar(bar, row, left, right, name, at, anchor))
    return places, hidden


def draw_bars(placed: tuple[list[PlacedBar], int], *, y: float, name_lines: list[str]) -> Iterator[str]:
    """Draw the bars of one group.

    Args:
        placed: bars with their places, as :func:`packed` gives.
        y: their top.
        name_lines: the name of the group as it stands at the left.

    Yields:
        SVG.
    """
    places, hidden = placed
    for number, words_of in enumerate(name_lines):
        yield words(LEFT - 10, y + 12.5 + 14 * number, words_of, anchor="end", bold=True)
    for bar in places:
        top = y + bar.row * BAR_ROW
        low, left, right = top + _TALL, bar.left, bar.right
        yield f"<g><title>{escape(bar.bar.told)}</title>"
        yield f'<rect x="{left}" y="{top:.0f}" width="{right - left:.2f}" height="{_TALL:.0f}" fill="{SOFT}"/>'
        yield line(f"M{left} {top:.0f}H{right}M{left} {low:.0f}H{right}", stroke=ACCENT)
        for edge, known in ((left, bar.bar.first is not None), (right, bar.bar.last is not None)):
            yield line(f"M{edge} {top:.0f}V{low:.0f}", stroke=ACCENT, across=1.5, dashes="" if known else "2 2.5")
        if bar.name:
            yield words(bar.at, top + 12, bar.name, anchor=bar.anchor)
        yield "</g>"
    if hidden:
        rows = max((bar.row for bar in places), default=-1) + 1
        yield words(LEFT + 4, y + rows * BAR_ROW + 12, f"and {hidden:,} more, in the table", fill=QUIET)


def _named(name: str, left: float, right: float) -> tuple[str, float, str]:
    """The name of a bar: inside it, else to its right, else to its left, else cut to the wider side."""
    said = fitted(name, max(_LONGEST, right - left - 8), SIZE)
    wide = width(said, SIZE)
    if wide + 8 <= right - left:
        return said, left + 4, "start"
    after, before = WIDTH - 4 - (right + 4), left - 4 - LEFT
    if wide <= after:
        return said, right + 4, "start"
    if wide <= before:
        return said, left - 4, "end"
    if right - left - 8 >= max(after, before):
        return fitted(name, right - left - 8, SIZE), left + 4, "start"
    if after >= before:
        return fitted(name, after, SIZE), right + 4, "start"
    return fitted(name, before, SIZE), left - 4, "end"


def _edges(name: str, at: float, anchor: str) -> tuple[float, float]:
    wide = width(name, SIZE)
    return (at - wide, at) if anchor == "end" else (at, at + wide)


def _day(day: dt.date | None) -> str:
    return day_in_words(day) if day is not None else "start not recorded"
