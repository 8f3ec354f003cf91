"""The strip's marks: each account in its agency's lane, stacked where marks would touch, joined where they are one incident."""

from __future__ import annotations

import bisect
import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from famlink.chronology import phrases
from famlink.chronology.accounts import Account, as_accounts
from famlink.chronology.kinds import kind_words
from famlink.chronology.lettering import width
from famlink.chronology.strip_parts import (
    ACCENT,
    INK,
    LEFT,
    PAPER,
    QUIET,
    RIGHT,
    SMALL,
    SOFT,
    WIDTH,
    Box,
    Taken,
    line,
    words,
)
from famlink.chronology.strip_time import Scale
from famlink.chronology.words import agency_name, counted, when_in_words

STEP = 12.0
"""Between two marks of one lane, across and up: a mark is ten wide."""

_REACH = 6.0
_MOST_JOINS = 1_500
"""Lines between agencies; with more, none can be followed by eye."""


@dataclass(frozen=True)
class Timed:
    """Accounts by day.

    Args:
        table: rows of :func:`famlink.chronology.accounts.account_table`, earliest first.
        across: for each of them ``agency``, ``at`` (its row) and ``x``: where it stands across the strip, minus or plus
            infinity for one beyond an edge.
    """

    table: pl.DataFrame
    across: pl.DataFrame


class Mark(NamedTuple):
    """An account that is drawn: its row, its lane, the level in it, and where it stands."""

    at: int
    lane: int
    level: int
    x: float


@dataclass(frozen=True, eq=False)
class Spot:
    """An account with its place: lane, level in it, and where it stands."""

    account: Account
    lane: int
    level: int
    x: float


@dataclass
class Places:
    """Where everything stands in the lanes, before lanes have heights.

    Args:
        most: most marks on top of each other; what finds no room stands above them.
        marks: accounts drawn.
        levels: how many levels each lane has.
        hidden: for each lane, where accounts stand that found no room, and how many.
        before: for each lane, accounts before the first day drawn.
        after: for each lane, accounts after the last day drawn.
    """

    most: int
    marks: list[Mark] = field(default_factory=list)
    levels: dict[int, int] = field(default_factory=dict)
    hidden: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)
    after: dict[int, int] = field(default_factory=dict)

    def height(self, lane: int, names: int) -> float:
        """How tall a lane is, whose name has so many lines."""
        levels = max(self.levels.get(lane, 0), self.most + 1 if lane in self.hidden else 0)
        return max(11.0 + STEP * levels, 10.0 + 14.0 * names)


def time_marks(found: pl.DataFrame, scale: Scale) -> Timed:
    """Find where each account stands across the strip.

    Args:
        found: accounts, as :func:`famlink.chronology.accounts.account_table` gives them.
        scale: the days.

    Returns:
        accounts by day, with their places.
    """
    low, high = scale.left + _REACH, scale.right - _REACH

    def across(first: dt.date, latest: dt.date) -> float:
        if first > scale.last:
            return math.inf
        return -math.inf if latest < scale.first else min(max(scale.x(first), low), high)

    table = found.sort("date", maintain_order=True)
    days = table.select("date", pl.coalesce("latest", "date").alias("latest"))
    places = phrases.said_once(days, ["date", "latest"], across, pl.Float64)
    return Timed(table, table.select("agency", at=pl.int_range(pl.len()), x=places))


def place_marks(timed: Timed, lanes: dict[str, int], most: int) -> Places:
    """Find where each mark stands.

    Args:
        timed: as :func:`time_marks` gives.
        lanes: agency -> number of its lane.
        most: most marks on top of each other.

    Returns:
        places; every account is a mark, or in one of the counts.
    """
    made = Places(most)
    across = timed.across.with_columns(lane=pl.col("agency").replace_strict(lanes, return_dtype=pl.Int64))
    beyond = across.filter(pl.col("x").is_infinite()).group_by("lane", "x").len()
    for lane, x, count in beyond.iter_rows():
        (made.after if x > 0 else made.before)[lane] = count
    # Of accounts at one place no more than a stack of them is looked at, however many there are.
    cells = across.filter(pl.col("x").is_finite()).group_by("lane", "x").agg(pl.col("at").head(most + 1), pl.len())
    reached: dict[int, list[float]] = {}
    crowded: dict[int, list[tuple[float, int, int]]] = {}
    for lane, x, rows, count in cells.sort("lane", "x").iter_rows():
        last = reached.setdefault(lane, [])
        level = placed = 0
        while placed < count:
            while level < len(last) and last[level] + STEP - 1 > x:
                level += 1
            if level == most:
                crowded.setdefault(lane, []).append((x, count - placed, rows[placed]))
                break
            last[level:] = [x, *last[level + 1 :]]
            made.marks.append(Mark(rows[placed], lane, level, x))
            placed += 1
        made.levels[lane] = len(last)
    made.marks.sort()
    for lane, more in sorted(crowded.items(), key=lambda item: item[1][0][2]):
        for x, count, at in _gathered(more):
            if count == 1:
                made.marks.append(Mark(at, lane, most, x))
                made.levels[lane] = most + 1
            else:
                made.hidden.setdefault(lane, []).append((x, count))
    return made


def _gathered(more: list[tuple[float, int, int]]) -> list[tuple[float, int, int]]:
    """Accounts without room, put together where their counts would touch: where they stand, how many, the first one."""
    groups: list[tuple[float, int, int]] = []
    for x, count, at in more:
        if groups and x - groups[-1][0] < width(f"+{groups[-1][1] + 1:,}", SMALL) + 16:
            left, already, first = groups[-1]
            groups[-1] = (left, already + count, first)
        else:
            groups.append((x, count, at))
    return groups


def draw_marks(places: Places, timed: Timed, bases: list[float], scale: Scale, *, as_at: dt.date) -> Iterator[str]:
    """Draw marks, what joins them, counts of what found no room, and as many line numbers as fit.

    Args:
        places: where everything stands.
        timed: the accounts.
        bases: the foot of each lane.
        scale: the days.
        as_at: the day of the extracts, whose line no number may cross.

    Yields:
        SVG: joins first, marks over them.
    """
    taken = Taken()
    today = scale.x(as_at)
    for base in bases:
        taken.add((today - 1, base - 80, today + 1, base))
    drawn = as_accounts(timed.table[[mark.at for mark in places.marks]])
    spots = [
        (Spot(account, mark.lane, mark.level, mark.x), _height(bases[mark.lane], mark.level))
        for account, mark in zip(drawn, places.marks, strict=True)
    ]
    ways = list(_ways(spots, scale))
    passing: dict[int, list[tuple[float, int]]] = {}
    for incident, way, size in ways:
        said = f"incident {incident}: {counted(size, 'account')}"
        yield line("M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in way), stroke=ACCENT, across=1.5, told=said)
        for box in _boxes(way):
            taken.add(box)
            passing.setdefault(int(box[1] // STEP), []).append(((box[0] + box[2]) / 2, incident))
    for row in passing.values():
        row.sort()
    for spot, y in spots:
        taken.add((spot.x - _REACH, y - _REACH, spot.x + _REACH, y + _REACH))
        if (end := _span(spot, scale)) is not None:
            taken.add((spot.x, y - 1, end, y + 1))
            yield line(f"M{spot.x} {y}H{end}", stroke=INK, dashes="2 2")
    for lane, groups in sorted(places.hidden.items()):
        y = _height(bases[lane], places.most) + 4
        for x, count in groups:
            said = f"+{count:,}"
            left, wide = x - _REACH, width(said, SMALL)
            taken.add((left - 1, y - 9, left + wide + 1, y + 1))
            yield f'<rect x="{left - 1:.2f}" y="{y - 9:.2f}" width="{wide + 2:.2f}" height="11" fill="{PAPER}"/>'
            yield words(left, y, said, size=SMALL)
    for spot, y in spots:
        yield _mark(spot, y, halo=_passed(passing, spot, y))
    for lane, count in sorted(places.before.items()):
        yield words(LEFT + 2, bases[lane] - 5, f"{count:,} before", size=SMALL)
    for lane, count in sorted(places.after.items()):
        yield words(WIDTH - RIGHT, bases[lane] - 5, f"{count:,} later", size=SMALL, anchor="end")
    yield from _numbers(spots, taken, scale)


def symbol(stage: str, x: float, y: float) -> str:
    """The shape that says what an event was to the family.

    Args:
        stage: happening, account, response, routine or unmapped.
        x: its centre.
        y: its centre.

    Returns:
        SVG.
    """
    if stage == "happening":
        return f'<path d="M{x} {y - 5}L{x + 5} {y}L{x} {y + 5}L{x - 5} {y}Z" fill="{INK}"/>'
    if stage == "response":
        return (
            f'<rect x="{x - 4:.2f}" y="{y - 4:.2f}" width="8" height="8" fill="{SOFT}" stroke="{ACCENT}" '
            'stroke-width="1.5"/>'
        )
    if stage == "account":
        return f'<circle cx="{x}" cy="{y}" r="4" fill="{PAPER}" stroke="{INK}" stroke-width="1.5"/>'
    if stage == "routine":
        return f'<circle cx="{x}" cy="{y}" r="2.5" fill="{QUIET}"/>'
    return (
        f'<path d="M{x - 3.5} {y - 3.5}L{x + 3.5} {y + 3.5}M{x - 3.5} {y + 3.5}L{x + 3.5} {y - 3.5}" '
        f'stroke="{INK}" stroke-width="1.5" fill="none"/>'
    )


def _mark(spot: Spot, y: float, *, halo: bool) -> str:
    account = spot.account
    when = when_in_words(account.first, str(account.event["precision"]), latest=account.latest)
    said = escape(f"{account.ref}: {when}, {kind_words(account.kind)}, {agency_name(account.agency)}")
    around = f'<circle cx="{spot.x}" cy="{y}" r="{_REACH + 1.5:g}" fill="{PAPER}"/>' if halo else ""
    return f"<g><title>{said}</title>{around}{symbol(account.stage, spot.x, y)}</g>"


def _height(base: float, level: int) -> float:
    return round(base - 9 - level * STEP, 2)


def _span(spot: Spot, scale: Scale) -> float | None:
    """Where the line of a date known in part ends, where it is long enough to see."""
    end = scale.x(spot.account.latest)
    return end if end > spot.x + _REACH else None


def _ways(spots: list[tuple[Spot, float]], scale: Scale) -> Iterator[tuple[int, list[tuple[float, float]], int]]:
    """A line through the accounts of one incident, from lane to lane; a date known in part is met where it may have been."""
    incidents: dict[int, list[tuple[Spot, float]]] = {}
    for spot, y in spots:
        incidents.setdefault(spot.account.incident, []).append((spot, y))
    drawn = 0
    for incident, members in sorted(incidents.items()):
        if len({spot.lane for spot, _ in members}) < 2 or drawn == _MOST_JOINS:
            continue
        exact = [spot.x for spot, _ in members if _span(spot, scale) is None]
        way = []
        for spot, y in sorted(members, key=lambda member: (member[1], member[0].x)):
            end = _span(spot, scale)
            x = spot.x if end is None or not exact else min(max(exact[0], spot.x), end)
            way.append((x, y))
        drawn += 1
        yield incident, way, len(members)


def _boxes(way: list[tuple[float, float]]) -> Iterator[Box]:
    """Thin boxes along a way, one a row of the lanes."""
    for (x, y), (to_x, to_y) in pairwise(way):
        rows = max(1, int((to_y - y) // STEP) + 1) if to_y > y else 1
        for n in range(rows):
            a, b = n / rows, (n + 1) / rows
            sides = sorted((x + a * (to_x - x), x + b * (to_x - x)))
            yield sides[0] - 1, y + a * (to_y - y), sides[1] + 1, y + b * (to_y - y)


def _passed(passing: dict[int, list[tuple[float, int]]], spot: Spot, y: float) -> bool:
    """Whether the line of another incident runs behind a mark: the mark is then set off from it."""
    for row in (int((y - STEP) // STEP), int(y // STEP)):
        lines = passing.get(row, [])
        start = bisect.bisect_left(lines, (spot.x - _REACH - 2, -1))
        for x, incident in lines[start : start + 8]:
            if x > spot.x + _REACH + 2:
                break
            if incident != spot.account.incident:
                return True
    return False


def _numbers(spots: list[tuple[Spot, float]], taken: Taken, scale: Scale) -> Iterator[str]:
    """Line numbers beside marks where there is room: key events first, then what happened, then the rest."""
    ranked = sorted(spots, key=lambda at: (not at[0].account.key, at[0].account.stage != "happening"))
    for spot, y in ranked:
        wide = width(spot.account.ref, SMALL)
        for left in (spot.x + 7.5, spot.x - 7.5 - wide):
            box = (left - 1, y - 5, left + wide + 1, y + 5)
            if left >= scale.left - 4 and left + wide <= scale.right + 4 and taken.free(box):
                taken.add(box)
                yield words(left, y + 4, spot.account.ref, size=SMALL, fill=QUIET)
                break
