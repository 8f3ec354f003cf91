"""Spans of days as agencies write them: ``3-5 May 2020``, ``between March and May 2020``, ``Q1 2020``, ``Spring term 2020``.

A span is read only where all its words say one thing. Where an end stands before its start, or a year is left open, the
text is no date: nothing is guessed.

Months of a quarter are those of the calendar, unless its year is written as two: ``Q1 2020/21`` is April to June 2020. Terms
are as wide as English schools keep them, from their holidays on. A winter may be at either end of its year, and is then both.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

Span = tuple[dt.date, dt.date]
Reader = Callable[[str], Span | None]

_DASH = r"(?:-|\N{EN DASH}|\N{EM DASH})"
_JOINED = re.compile(
    rf"(?P<one>.+?)(?:\s+(?:and|to|or|until|till|through)\s+|\s+{_DASH}\s+|\s*(?:\N{{EN DASH}}|\N{{EM DASH}})\s*)(?P<other>.+)",
    re.IGNORECASE,
)
_OR = re.compile(r"\bor\b", re.IGNORECASE)
_MOST_BETWEEN = 7
"""Days between two dates joined by "or": further apart they are two days, or one with day and month exchanged, and no span."""
_LED = re.compile(r"(?:between|from|dates?|either)\s+(?P<rest>.+)", re.IGNORECASE)
_WORD = "[A-Za-z]{3,9}"
_NTH = "(?:st|nd|rd|th)?"
_TIGHT = (
    re.compile(rf"(?P<one>\d{{1,2}}{_NTH})\s*[-/&]\s*(?P<other>\d{{1,2}}{_NTH}(?: of)? {_WORD},? \d{{4}})"),
    re.compile(rf"(?P<one>\d{{1,2}}{_NTH} {_WORD}(?: \d{{4}})?)\s?-\s?(?P<other>\d{{1,2}}{_NTH} {_WORD},? \d{{4}})"),
    re.compile(rf"(?P<one>{_WORD}(?: \d{{4}})?)\s?[-/&]\s?(?P<other>{_WORD} \d{{4}})"),
    re.compile(r"(?P<one>\d{1,2}[/.]\d{1,2}(?:[/.]\d{4})?)\s?-\s?(?P<other>\d{1,2}[/.]\d{1,2}[/.]\d{4})"),
    re.compile(r"(?P<one>\d{4}-\d{2}-\d{2})/(?P<other>\d{4}-\d{2}-\d{2})"),
    re.compile(r"(?P<one>\d{4})-(?P<other>\d{4})"),
)
_AMERICAN = re.compile(rf"({_WORD})\.? (\d{{1,2}}{_NTH})\s?{_DASH}\s?(\d{{1,2}}{_NTH}),? (\d{{4}})")
_WEEKDAY = re.compile(r"(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:[a-z]*day)?\.?,? (?=\d)", re.IGNORECASE)
_DAY = re.compile(rf"(\d{{1,2}}){_NTH}", re.IGNORECASE)
_DAY_MONTH = re.compile(rf"\d{{1,2}}{_NTH}(?: of)? {_WORD}\.?|{_WORD}\.?", re.IGNORECASE)
_DAY_SLASH = re.compile(r"\d{1,2}([/.])\d{1,2}")

_QUARTER = re.compile(
    r"(?:q(?:tr|uarter)?\.? ?(?P<n>[1-4])|(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th) quarter(?: of)?)[ ,]*"
    r"(?P<year>\d{4})(?P<next>[/-]\d{2}(?:\d{2})?)?",
    re.IGNORECASE,
)
_QUARTER_AFTER = re.compile(r"(?P<year>\d{4})(?P<next>[/-]\d{2}(?:\d{2})?)?[ -]?q(?P<n>[1-4])", re.IGNORECASE)
_PLACES = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_TERM = re.compile(r"(?P<name>spring|summer|autumn) (?:school )?term,? (?:of )?(?P<year>\d{4})", re.IGNORECASE)
_TERMS = {"autumn": ((8, 15), (12, 31)), "spring": ((1, 1), (4, 30)), "summer": ((4, 1), (8, 15))}
_SEASON = re.compile(
    r"(?:the )?(?P<name>spring|summer|autumn|winter),? (?:of )?(?P<year>\d{4})(?P<next>[/-]\d{2}(?:\d{2})?)?",
    re.IGNORECASE,
)
_SEASONS = {"spring": ((3, 1), (6, 20)), "summer": ((6, 1), (9, 22)), "autumn": ((9, 1), (12, 21))}
_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{2})")
_NO_DAY = re.compile(r"(?:0{1,2}|[Xx]{1,2}|\?{1,2}|_{2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4})")
_NO_MONTH = re.compile(r"(?:0{1,2}|[Xx]{1,2}|\?{1,2}|_{2})[/.-](?:0{1,2}|[Xx]{1,2}|\?{1,2}|_{2})[/.-](?P<year>\d{4})")
_NO_DAY_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?:00|[Xx]{2})")
_NO_MONTH_ISO = re.compile(r"(?P<year>\d{4})-(?:00|[Xx]{2})-(?:00|[Xx]{2})")


def without_unknown(text: str) -> str:
    """Write a date whose day, or day and month, is marked as not known as what is left of it.

    Args:
        text: a date, blanks folded.

    Returns:
        ``05/2019`` for ``00/05/2019`` or ``xx/05/2019``, ``2019`` for ``00/00/2019``; any other text as it is.

    Example:
        >>> without_unknown("00/05/2019"), without_unknown("2019-00-00"), without_unknown("03/05/2019")
        ('05/2019', '2019', '03/05/2019')
    """
    for form in (_NO_MONTH, _NO_MONTH_ISO):
        if found := form.fullmatch(text):
            return found["year"]
    for form in (_NO_DAY, _NO_DAY_ISO):
        if found := form.fullmatch(text):
            return f"{found['month']}/{found['year']}"
    return text


def read_span(text: str, *, read: Reader) -> Span | None:
    """Read a text that means any of several days.

    Args:
        text: the text, blanks folded.
        read: reads one date, to its earliest and latest day.

    Returns:
        the earliest and latest day, or None where it is no span or not one only.

    Example:
        >>> from famlink.vocabulary.dates import read_date
        >>> read_date("between 3 and 5 May 2020").latest, read_date("5-3 May 2020"), read_date("Q1 2020/21").earliest
        (datetime.date(2020, 5, 5), None, datetime.date(2020, 4, 1))
    """
    return _named(text) or _joined(text, read)


def _named(text: str) -> Span | None:
    """A quarter, a term, a season or a week by its name."""
    if found := _QUARTER.fullmatch(text) or _QUARTER_AFTER.fullmatch(text):
        return _quarter(found)
    if found := _TERM.fullmatch(text):
        return _of_year(int(found["year"]), _TERMS[found["name"].lower()])
    if found := _SEASON.fullmatch(text):
        return _season(found)
    if found := _ISO_WEEK.fullmatch(text):
        try:
            first = dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return first, first + dt.timedelta(days=6)
        except (ValueError, OverflowError):
            return None
    return None


def _quarter(found: re.Match[str]) -> Span | None:
    named = found.groupdict()
    nth = (named.get("nth") or "").lower()
    number = int(named["n"]) if named["n"] else _PLACES.get(nth) or int(nth[0])
    year, month = int(found["year"]), 3 * number - 2
    if found["next"]:
        if not _follows(found["next"], year):
            return None
        year, month = (year, month + 3) if number < 4 else (year + 1, 1)
    return _months(year, month, 3)


def _season(found: re.Match[str]) -> Span | None:
    name, year = found["name"].lower(), int(found["year"])
    if name != "winter":
        return None if found["next"] else _of_year(year, _SEASONS[name])
    if found["next"]:
        return _days((year, 12, 1), (year + 1, 3, 20)) if _follows(found["next"], year) else None
    return _days((year, 1, 1), (year + 1, 3, 20))


def _follows(next_year: str, year: int) -> bool:
    """Whether ``/21`` or ``/2021`` is the year after."""
    digits = next_year[1:]
    return str(year + 1).endswith(digits)


def _of_year(year: int, ends: tuple[tuple[int, int], tuple[int, int]]) -> Span | None:
    return _days((year, *ends[0]), (year, *ends[1]))


def _days(first: tuple[int, int, int], last: tuple[int, int, int]) -> Span | None:
    try:
        return dt.date(*first), dt.date(*last)
    except ValueError:
        return None


def _months(year: int, month: int, many: int) -> Span | None:
    after = month + many
    try:
        end = dt.date(year + (after - 1) // 12, (after - 1) % 12 + 1, 1)
        return dt.date(year, month, 1), end - dt.timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _joined(text: str, read: Reader) -> Span | None:
    """Two dates with a word or a dash between; the first may leave to the second what both share."""
    led = _LED.fullmatch(text)
    text = led["rest"] if led else text
    if found := _AMERICAN.fullmatch(text):
        month, one, other, year = found.groups()
        text = f"{one}-{other} {month} {year}"
    for form in (*_TIGHT, _JOINED):
        if found := form.fullmatch(text):
            one, other = (_WEEKDAY.sub("", end.strip()) for end in (found["one"], found["other"]))
            span = _between(one, other, read)
            return None if span and _OR.search(text) and _gap(one, other, span, read) > _MOST_BETWEEN else span
    return None


def _gap(one: str, other: str, span: Span, read: Reader) -> int:
    """Days from the last the first date can mean to the first the second can."""
    last = read(other) or span
    first = _completed(one, last, read) or span
    return (last[0] - first[1]).days


def _between(one: str, other: str, read: Reader) -> Span | None:
    last = read(other)
    if last is None:
        return None
    first = _completed(one, last, read)
    if first is None or first[0] > last[0] or first[1] > last[1]:
        return None
    return first[0], last[1]


def _completed(one: str, last: Span, read: Reader) -> Span | None:
    """The first date, with the month and year it leaves to the second."""
    end = last[0]
    if found := _DAY.fullmatch(one):
        # A bare day has the month of the second, which must be a day itself.
        return read(f"{int(found[1])}/{end.month}/{end.year:04}") if last[0] == last[1] else None
    if slash := _DAY_SLASH.fullmatch(one):
        return read(f"{one}{slash[1]}{end.year:04}")
    if _DAY_MONTH.fullmatch(one):
        first = read(f"{one} {end.year:04}")
        # December to January: the year written is the later one.
        return read(f"{one} {end.year - 1:04}") if first is not None and first[0] > end else first
    return read(one)
