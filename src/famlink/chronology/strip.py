"""The chronology at a glance: one lane an agency, time and ages across, homes and plans as bars, events as marks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

import polars as pl

from famlink.chronology.accounts import account_table, as_accounts
from famlink.chronology.lasting import LASTING
from famlink.chronology.lettering import fitted, two_lines, width
from famlink.chronology.lines import subject_children
from famlink.chronology.strip_bars import BAR_ROW, Group, PlacedBar, draw_bars, homes, packed, plans
from famlink.chronology.strip_marks import Places, Timed, draw_marks, place_marks, symbol, time_marks
from famlink.chronology.strip_parts import (
    ACCENT,
    INK,
    LEFT,
    LINE,
    PAPER,
    QUIET,
    RIGHT,
    SIZE,
    SMALL,
    WIDTH,
    line,
    words,
)
from famlink.chronology.strip_time import AGE_ROW, Scale, age_rows, axis, scale_of
from famlink.chronology.words import agency_name, counted, day_in_words, listed
from famlink.sharing.portrait import Portrait
from famlink.sharing.released import Released

MOST_HEIGHT = 656.0
"""On A4 landscape 160 mm: what one page holds under a heading with the strip as wide as the page."""

_TOP = 40.0
_FITS = (
    *((12, 4, 24), (8, 3, 24), (6, 3, 24), (5, 2, 24), (4, 2, 20), (3, 2, 18), (4, 1, 18), (3, 1, 16)),
    *((2, 1, 14), (1, 1, 12)),
)
"""Rows of bars a group, marks on top of each other, lanes: the first that keeps the strip on a page is taken."""

_MOST_GROUPS = 8
_SAID_OF_STAGE = {
    "happening": "happened",
    "account": "told to an agency",
    "response": "done by an agency",
    "routine": "ordinary course",
    "unmapped": "kind not known",
}


@dataclass(frozen=True)
class _Laid:
    """A strip whose parts have their places."""

    groups: list[tuple[tuple[list[PlacedBar], int], list[str], float]]
    lanes: list[tuple[list[str], str, float]]
    places: Places
    bottom: float
    beyond: int


def strip_svg(released: Released) -> str:
    """Draw released events on one strip of time.

    A mark says what an event was to the family by its shape, never by colour alone: a filled diamond for what happened, a
    ring for what an agency was told or saw, a square for what an agency did, a dot for the ordinary course of a service, a
    cross for a kind the shared vocabulary does not know. A date known in part is a line as long as the time it may have
    been. Accounts of one incident are joined.

    Args:
        released: what the gate let through.

    Returns:
        an SVG drawing of fixed width with text as text, a title and a description; the same bytes for the same input. It
        is no taller than a page of A4 landscape holds at full width: what finds no room is counted on it. Empty text
        where there is no event.
    """
    found = account_table(released)
    if found.is_empty():
        return ""
    people = released.portraits()
    children = subject_children(released, people)
    scale = scale_of(found, children, released.as_at)
    groups = _groups(released, found)
    top = _TOP + 14 + AGE_ROW * len(age_rows(children))
    key = _legend(found, groups, scale)
    foot = 16.0 * len(key) + 30
    timed = time_marks(found, scale)
    for fit in _FITS:
        laid = _laid(groups, timed, scale, released.as_at, fit=fit, top=top)
        if laid.bottom + foot <= MOST_HEIGHT:
            break
    height = laid.bottom + foot
    body = [*axis(scale, children, released.as_at, top=_TOP, bottom=laid.bottom)]
    for placed, name_lines, y in laid.groups:
        body += draw_bars(placed, y=y, name_lines=name_lines)
    if laid.beyond:
        body.append(words(LEFT + 4, top - 3, f"and {counted(laid.beyond, 'more person')}", fill=QUIET))
    body += _lanes(laid)
    body += draw_marks(laid.places, timed, [base for _, _, base in laid.lanes], scale, as_at=released.as_at)
    body += _drawn_legend(key, laid.bottom + 16)
    heading, notice = _said_on_it(released, children)
    body.append(words(8, 16, fitted(heading, WIDTH - 16, 13, bold=True), bold=True, size=13))
    body.append(words(8, height - 8, fitted(notice, WIDTH - 16, SMALL), size=SMALL, fill=QUIET))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="{WIDTH:.0f}" '
        f'height="{height:.0f}" role="img" aria-labelledby="strip-title strip-words" '
        f'font-family="system-ui, sans-serif" font-size="{SIZE}" fill="{INK}">'
        f'<title id="strip-title">Chronology of {escape(_named(children))} at a glance</title>'
        f'<desc id="strip-words">{escape(_in_words(found, groups))}</desc>'
        f'<rect width="{WIDTH:.0f}" height="{height:.0f}" fill="{PAPER}"/>{"".join(body)}</svg>\n'
    )


def strip_in_words(released: Released) -> str:
    """Say in words what the strip shows, for those who cannot see it.

    Args:
        released: what the gate let through.

    Returns:
        accounts by agency, first and last day, homes and plans; empty where there is no event.
    """
    found = account_table(released)
    return "" if found.is_empty() else _in_words(found, _groups(released, found))


def _groups(released: Released, found: pl.DataFrame) -> list[Group]:
    people = released.portraits()
    children = subject_children(released, people)
    lasting = as_accounts(found.filter(pl.col("kind").is_in(list(LASTING))))
    groups = [*homes(released, children), plans(lasting, people, children)]
    return [group for group in groups if group.bars]


def _in_words(found: pl.DataFrame, groups: list[Group]) -> str:
    each = dict(_most_first(found))
    said = [f"{agency_name(agency)} {count:,}" for agency, count in each.items()]
    first, last, events = found.select(
        pl.col("date").min(), pl.coalesce("latest", "date").max(), pl.col("incident").n_unique()
    ).row(0)
    told = f"{counted(found.height, 'account')} of {counted(events, 'event')}"
    span = f"{day_in_words(first)} to {day_in_words(last)}"
    parts = [f"{told} by {counted(len(each), 'agency')}, {span}: {listed(said)}."]
    parts += [f"{group.name}: {counted(len(group.bars), 'bar')}." for group in groups]
    return " ".join([*parts, "The table of the chronology says the same in words."])


def _most_first(found: pl.DataFrame) -> list[tuple[str, int]]:
    """How many accounts each agency has: the one with most first."""
    return found.group_by("agency").len().sort("len", "agency", descending=[True, False]).rows()


def _laid(
    groups: list[Group], timed: Timed, scale: Scale, as_at: dt.date, *, fit: tuple[int, int, int], top: float
) -> _Laid:
    rows, stack, most_lanes = fit
    y = top
    drawn = []
    for group in groups[:_MOST_GROUPS]:
        places, hidden = packed(group, scale, as_at, rows)
        names = two_lines(group.name, LEFT - 16, SIZE, bold=True)
        used = max((bar.row for bar in places), default=-1) + 1 + (hidden > 0)
        drawn.append(((places, hidden), names, y))
        y += max(BAR_ROW * used, 14.0 * len(names) + 4) + 4
    y += 4 if drawn else 0
    shown = [agency for agency, _ in _most_first(timed.across)]
    kept = shown if len(shown) <= most_lanes else shown[: most_lanes - 1]
    kept = sorted(kept, key=lambda a: (agency_name(a), a))
    number = {agency: place for place, agency in enumerate(kept)}
    number |= {agency: len(kept) for agency in shown if agency not in number}
    names_of = [agency_name(agency) for agency in kept]
    if len(kept) < len(shown):
        names_of.append(f"{len(shown) - len(kept)} other agencies")
    places_of = place_marks(timed, number, stack)
    lanes = []
    for lane, name in enumerate(names_of):
        lines = two_lines(name, LEFT - 16, SIZE, bold=True)
        y += places_of.height(lane, len(lines))
        lanes.append((lines, name, y))
    return _Laid(drawn, lanes, places_of, y + 4, len(groups) - len(drawn))


def _lanes(laid: _Laid) -> Iterator[str]:
    for lines, name, base in laid.lanes:
        yield f"<g><title>{escape(name)}</title>"
        for number, said in enumerate(reversed(lines)):
            yield words(LEFT - 10, base - 5 - 14 * number, said, anchor="end", bold=True)
        yield "</g>"
        yield line(f"M{LEFT} {base:.0f}H{WIDTH - RIGHT}", stroke=LINE)


def _named(children: list[Portrait]) -> str:
    return listed([f"{c.name} (unborn)" if c.unborn else c.name for c in children]) or "the subject"


def _said_on_it(released: Released, children: list[Portrait]) -> tuple[str, str]:
    """The line at its head and the notice at its foot: a strip leaves its page."""
    made_up = "SYNTHETIC - " if released.synthetic else ""
    heading = f"{made_up}Chronology at a glance: {_named(children)}, as at {day_in_words(released.as_at)}"
    return heading, " ".join(released.notices)


def _legend(found: pl.DataFrame, groups: list[Group], scale: Scale) -> list[list[tuple[str, str, float]]]:
    """Rows of what the strip's signs mean: those it uses, in one order."""
    stages = set(found["stage"].unique())
    spans = found.filter(pl.col("latest") > pl.col("date")).select("date", "latest").unique().iter_rows()
    items = [(stage, said) for stage, said in _SAID_OF_STAGE.items() if stage in stages]
    if any(scale.x(latest) > scale.x(first) for first, latest in spans):
        items.append(("span", "date known in part"))
    if found.select("incident", "agency").unique()["incident"].is_duplicated().any():
        items.append(("join", "one incident"))
    if any(bar.first is None or bar.last is None for group in groups for bar in group.bars):
        items.append(("edge", "start or end not recorded, or goes on"))
    items.append(("as at", "day of the extracts"))
    rows: list[list[tuple[str, str, float]]] = [[]]
    x = LEFT + 6
    for sign, said in items:
        wide = 14 + width(said, SMALL) + 22
        if x + wide > WIDTH and rows[-1]:
            rows.append([])
            x = LEFT + 6
        rows[-1].append((sign, said, x))
        x += wide
    return rows


def _drawn_legend(rows: list[list[tuple[str, str, float]]], y: float) -> Iterator[str]:
    for place, row in enumerate(rows):
        level = y + 16 * place
        for sign, said, x in row:
            yield _sign(sign, round(x, 2), round(level, 2))
            yield words(x + 13, level + 4, said, fill=QUIET, size=SMALL)


def _sign(sign: str, x: float, y: float) -> str:
    if sign == "span":
        return line(f"M{x - 6} {y}H{x + 8}", stroke=INK, dashes="2 2")
    if sign == "join":
        return line(f"M{x} {y - 6}V{y + 6}", stroke=ACCENT, across=1.5)
    if sign == "as at":
        return line(f"M{x} {y - 6}V{y + 6}", stroke=INK, dashes="4 3")
    if sign == "edge":
        edge = line(f"M{x + 4} {y - 6}V{y + 6}", stroke=ACCENT, across=1.5, dashes="2 2.5")
        return f"{line(f'M{x - 6} {y - 6}H{x + 4}M{x - 6} {y + 6}H{x + 4}', stroke=ACCENT)}{edge}"
    return symbol(sign, x, y)
