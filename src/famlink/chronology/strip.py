"""The chronology at a glance: one lane an agency, time and age across, households and plans as bars, events as marks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

import polars as pl

from famlink.chronology.accounts import Account, accounts
from famlink.chronology.kinds import kind_words
from famlink.chronology.lines import subject_children
from famlink.chronology.words import agency_name, counted, day_in_words, months_between, when_in_words
from famlink.sharing.portrait import Portrait
from famlink.sharing.released import Released

WIDTH = 1120.0
_LEFT, _RIGHT, _TOP = 120.0, 16.0, 52.0
_BAR = 20.0
_STEP, _MOST_STACKED = 11.0, 4
_MOST_BARS = 12
_LETTER = 6.2
_INK, _QUIET, _LINE, _ACCENT, _SOFT = "#1b2126", "#4f5a64", "#c3cad1", "#0b5066", "#e9f1f4"
_LASTING = frozenset(
    {
        "order",
        "child-protection-plan",
        "child-in-need-plan",
        "looked-after",
        "placement",
        "care-proceedings",
        "early-help",
    }
    | {"prison", "supervision", "refuge"}
)


@dataclass(frozen=True)
class _Scale:
    first: dt.date
    last: dt.date

    def x(self, day: dt.date) -> float:
        days = max(1, (self.last - self.first).days)
        share = min(1.0, max(0.0, (day - self.first).days / days))
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 2)


@dataclass(frozen=True)
class _Bar:
    first: dt.date | None
    last: dt.date | None
    words: str
    told: str
    sure: bool


def strip_svg(released: Released) -> str:
    """Draw released events on one strip of time.

    A mark says what an event was to the family by its shape, never by colour alone: a filled diamond for what happened, a
    ring for what an agency was told or saw, a square for what an agency did, a dot for the ordinary course of a service. A
    date known in part is a line as long as the time it may have been. Accounts of one incident are joined.

    Args:
        released: what the gate let through.

    Returns:
        an SVG drawing of fixed width with text as text, a title and a description; the same bytes for the same input.
        Empty text where there is no event.
    """
    found = accounts(released)
    if not found:
        return ""
    people = released.portraits()
    children = subject_children(released, people)
    scale = _scale(found, children, released.as_at)
    homes = _homes(released, children)
    plans = _plans(found, people, {c.person_id for c in children})
    agencies = sorted({a.agency for a in found}, key=lambda a: (agency_name(a), a))
    parts: list[str] = []
    y = _TOP
    for name, bars in (("Home", homes), ("Orders, plans", plans)):
        if bars:
            parts += _bars(name, bars, scale, y, released.as_at)
            y += _BAR * min(len(bars), _MOST_BARS) + 14
    places, hidden = _places(found, scale)
    lanes: dict[str, float] = {}
    for agency in agencies:
        y += 24 + _STEP * max(level for account, (_, level) in places.items() if account.agency == agency)
        lanes[agency] = y
    bottom = y + 4
    parts += _lanes(lanes, scale)
    parts += _joins(places, lanes)
    parts += _marks(places, hidden, lanes, scale)
    legend = bottom + 24
    name = children[0].name if children else "the subject"
    body = "".join([*_axis(scale, children, released.as_at, bottom), *parts, *_legend(legend)])
    height = legend + 30
    about = (
        f"{counted(len(found), 'account')} by {counted(len(agencies), 'agency')}, {day_in_words(found[0].first)} to "
        f"{day_in_words(max(a.latest for a in found))}. The table of the chronology says the same in words."
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="{WIDTH:.0f}" '
        f'height="{height:.0f}" role="img" font-family="system-ui, sans-serif" font-size="11" fill="{_INK}">'
        f"<title>Chronology of {escape(name)} at a glance</title><desc>{escape(about)}</desc>"
        f'<rect width="{WIDTH:.0f}" height="{height:.0f}" fill="#ffffff"/>{body}</svg>\n'
    )


def _scale(found: list[Account], children: list[Portrait], as_at: dt.date) -> _Scale:
    days = [a.first for a in found] + [min(a.latest, dt.date(as_at.year + 2, 1, 1)) for a in found] + [as_at]
    days += [c.date_of_birth for c in children if c.date_of_birth is not None]
    return _Scale(dt.date(min(days).year, 1, 1), dt.date(max(days).year, 12, 31))


def _axis(scale: _Scale, children: list[Portrait], as_at: dt.date, bottom: float) -> Iterator[str]:
    """Years along the top, the first child's age under them, and the day of the extracts."""
    years = range(scale.first.year, scale.last.year + 1)
    every = max(1, -(-len(years) * 44 // int(WIDTH - _LEFT - _RIGHT)))
    born = children[0].date_of_birth if children else None
    if born is not None:
        yield _text(
            _LEFT - 8, 40, f"age of {_short(children[0].forename or children[0].name, 11)}", anchor="end", fill=_QUIET
        )
    for place, year in enumerate(years):
        x = scale.x(dt.date(year, 1, 1))
        yield f'<path d="M{x} {_TOP - 6}V{bottom:.0f}" stroke="{_LINE}" stroke-width="1" fill="none"/>'
        if place % every == 0:
            yield _text(x + 3, 24, str(year), weight=600)
        if born is not None and place % every == 0 and months_between(born, dt.date(year, 12, 31)) >= 0:
            birthday = dt.date(year, born.month, min(born.day, 28))
            yield _text(scale.x(birthday), 40, str(year - born.year), anchor="middle", fill=_QUIET)
    if born is not None:
        x = scale.x(born)
        yield f'<path d="M{x} {_TOP - 6}V{bottom:.0f}" stroke="{_ACCENT}" stroke-width="1.5" fill="none"><title>born {day_in_words(born)}</title></path>'
    x = scale.x(as_at)
    yield f'<path d="M{x} {_TOP - 6}V{bottom:.0f}" stroke="{_INK}" stroke-width="1" stroke-dasharray="4 3" fill="none"><title>as at {day_in_words(as_at)}</title></path>'


def _homes(released: Released, children: list[Portrait]) -> list[_Bar]:
    shown = [c for c in children if c.person_id not in released.protected]
    names = {c.person_id: c.forename or c.name for c in shown}
    births = {c.person_id: c.date_of_birth for c in shown}
    rows = released.households.filter(pl.col("person_id").is_in(list(names))).sort("person_id", "start", "address")
    built = []
    for person, address, start, end in rows.select("person_id", "address", "start", "end").iter_rows():
        words = address if len(names) == 1 else f"{names[person]}: {address}"
        told = f"{names[person]}: {address}, {_day(start)} to {_day(end) if end else 'now'}"
        born = births[person]
        built.append(_Bar(max(filter(None, (start, born)), default=None), end, words, told, sure=start is not None))
    return built


def _plans(found: list[Account], people: dict[str, Portrait], subjects: set[str]) -> list[_Bar]:
    """What lasts and has an end, or an order: an order stands until the sources say otherwise."""
    built = []
    for account in found:
        end = account.day("end_date")
        open_order = account.kind == "order" and end is None
        if account.kind in _LASTING and (open_order or (end is not None and end > account.first)):
            words = account.text("category") or kind_words(account.kind)
            person = str(account.event["person_id"])
            if person in people and subjects != {person}:
                words = f"{people[person].forename or people[person].name}: {words}"
            told = f"{account.ref}: {words}, {_day(account.first)} to {_day(end) if end else 'end not recorded'}"
            built.append(_Bar(account.first, end, words, told, sure=True))
    return built


def _bars(name: str, bars: list[_Bar], scale: _Scale, y: float, as_at: dt.date) -> Iterator[str]:
    yield _text(_LEFT - 8, y + 14, name, anchor="end", weight=600)
    for place, bar in enumerate(bars[: _MOST_BARS - 1] if len(bars) > _MOST_BARS else bars):
        top = y + place * _BAR
        start, end = scale.x(bar.first or scale.first), scale.x(bar.last or max(as_at, bar.first or as_at))
        open_end = ' stroke-dasharray="5 3"' if bar.last is None or not bar.sure else ""
        words = _short(bar.words, 60)
        wide = len(words) * _LETTER
        yield (
            f'<g><title>{escape(bar.told)}</title><rect x="{start}" y="{top:.0f}" width="{max(2.0, round(end - start, 2))}" '
            f'height="{_BAR - 4:.0f}" fill="{_SOFT}" stroke="{_ACCENT}"{open_end}/>'
        )
        if wide + 8 <= end - start or start < _LEFT + wide:
            inside = wide + 8 <= end - start
            yield _text(start + 4 if inside else end + 4, top + 12, words)
        else:
            yield _text(start - 4, top + 12, words, anchor="end")
        yield "</g>"
    if len(bars) > _MOST_BARS:
        yield _text(
            _LEFT + 4,
            y + (_MOST_BARS - 1) * _BAR + 12,
            f"and {len(bars) - _MOST_BARS + 1} more, in the table",
            fill=_QUIET,
        )


def _lanes(lanes: dict[str, float], scale: _Scale) -> Iterator[str]:
    for agency, base in lanes.items():
        yield _text(_LEFT - 8, base - 5, _short(agency_name(agency), 17), anchor="end", weight=600)
        yield f'<path d="M{_LEFT} {base:.0f}H{scale.x(scale.last)}" stroke="{_LINE}" stroke-width="1" fill="none"/>'


def _places(
    found: list[Account], scale: _Scale
) -> tuple[dict[Account, tuple[float, int]], dict[tuple[str, float], int]]:
    """Where each mark stands in its lane (x, level), stacked where marks would cover each other; how many do not fit."""
    places: dict[Account, tuple[float, int]] = {}
    taken: dict[tuple[str, float], int] = {}
    hidden: dict[tuple[str, float], int] = {}
    for account in found:
        column = round((max(scale.x(account.first), _LEFT + _STEP / 2) // _STEP + 0.5) * _STEP, 2)
        level = taken.get((account.agency, column), 0)
        if level == _MOST_STACKED:
            hidden[account.agency, column] = hidden.get((account.agency, column), 0) + 1
        else:
            taken[account.agency, column] = level + 1
            places[account] = (column, level)
    return places, hidden


def _marks(
    places: dict[Account, tuple[float, int]],
    hidden: dict[tuple[str, float], int],
    lanes: dict[str, float],
    scale: _Scale,
) -> Iterator[str]:
    rows: dict[tuple[str, int], list[float]] = {}
    for account, (x, level) in places.items():
        rows.setdefault((account.agency, level), []).append(x)
    for account, (x, level) in places.items():
        y = _height(lanes[account.agency], level)
        yield _mark(account, x, y, scale)
        after = min((other for other in rows[account.agency, level] if other > x), default=WIDTH)
        if account.key and after - x > 10 + 6 * len(account.ref):
            yield _text(x + 7, y + 3.5, account.ref, size=9, fill=_QUIET)
    for (agency, x), count in sorted(hidden.items()):
        yield _text(x, _height(lanes[agency], _MOST_STACKED) + 4, f"+{count}", size=9, anchor="middle")


def _height(base: float, level: int) -> float:
    return base - 9 - level * _STEP


def _mark(account: Account, x: float, y: float, scale: _Scale) -> str:
    when = when_in_words(account.first, str(account.event["precision"]))
    words = escape(f"{account.ref}: {when}, {kind_words(account.kind)}, {agency_name(account.agency)}")
    kind = account.stage
    if kind == "happening":
        shape = f'<path d="M{x} {y - 5}L{x + 5} {y}L{x} {y + 5}L{x - 5} {y}Z" fill="{_INK}"/>'
    elif kind == "response":
        shape = (
            f'<rect x="{x - 4}" y="{y - 4}" width="8" height="8" fill="{_SOFT}" stroke="{_ACCENT}" stroke-width="1.5"/>'
        )
    elif kind == "account":
        shape = f'<circle cx="{x}" cy="{y}" r="4" fill="#ffffff" stroke="{_INK}" stroke-width="1.5"/>'
    else:
        shape = f'<circle cx="{x}" cy="{y}" r="2.5" fill="{_QUIET}"/>'
    end = scale.x(account.latest)
    span = (
        f'<path d="M{x} {y}H{end}" stroke="{_INK}" stroke-width="1" stroke-dasharray="2 2" fill="none"/>'
        if end > x + 6
        else ""
    )
    return f"<g><title>{words}</title>{span}{shape}</g>"


def _joins(places: dict[Account, tuple[float, int]], lanes: dict[str, float]) -> Iterator[str]:
    """A line through the accounts of one incident, from agency to agency."""
    incidents: dict[int, dict[str, tuple[float, float]]] = {}
    count: dict[int, int] = {}
    for account, (x, level) in places.items():
        incidents.setdefault(account.incident, {}).setdefault(
            account.agency, (x, _height(lanes[account.agency], level))
        )
        count[account.incident] = count.get(account.incident, 0) + 1
    for incident, points in sorted(incidents.items()):
        if len(points) > 1:
            way = "L".join(f"{x} {y:.2f}" for x, y in sorted(points.values(), key=lambda point: point[1]))
            yield (
                f'<path d="M{way}" stroke="{_ACCENT}" stroke-width="1.5" fill="none">'
                f"<title>incident {incident}: {counted(count[incident], 'account')}</title></path>"
            )


def _legend(y: float) -> Iterator[str]:
    items: Iterable[tuple[str, str]] = (
        (f'<path d="M0 -5L5 0L0 5L-5 0Z" fill="{_INK}"/>', "happened"),
        (f'<circle r="4" fill="#ffffff" stroke="{_INK}" stroke-width="1.5"/>', "told to an agency"),
        (
            f'<rect x="-4" y="-4" width="8" height="8" fill="{_SOFT}" stroke="{_ACCENT}" stroke-width="1.5"/>',
            "done by an agency",
        ),
        (f'<circle r="2.5" fill="{_QUIET}"/>', "ordinary course"),
        (f'<path d="M-5 0H9" stroke="{_INK}" stroke-dasharray="2 2" fill="none"/>', "date known in part"),
        (f'<path d="M0 -6V6" stroke="{_ACCENT}" stroke-width="1.5" fill="none"/>', "one incident, or birth"),
        (f'<path d="M0 -6V6" stroke="{_INK}" stroke-dasharray="4 3" fill="none"/>', "day of the extracts"),
    )
    x = _LEFT
    for shape, words in items:
        yield f'<g transform="translate({x:.0f} {y:.0f})">{shape}</g>'
        yield _text(x + 14, y + 4, words, fill=_QUIET)
        x += 36 + len(words) * 6.0


def _text(
    x: float, y: float, words: str, *, anchor: str = "start", weight: int = 400, fill: str = _INK, size: int = 11
) -> str:
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    bold = "" if weight == 400 else f' font-weight="{weight}"'
    small = "" if size == 11 else f' font-size="{size}"'
    colour = "" if fill == _INK else f' fill="{fill}"'
    return f'<text x="{x:.2f}" y="{y:.2f}"{where}{bold}{small}{colour}>{escape(words)}</text>'


def _short(words: str, most: int) -> str:
    flat = " ".join("".join(c if c.isprintable() else " " for c in words[: most * 4]).split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def _day(day: dt.date | None) -> str:
    return day_in_words(day) if day is not None else "start not recorded"
