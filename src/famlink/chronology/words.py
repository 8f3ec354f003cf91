"""How a chronology says dates, ages, agencies and kinds of event in plain words."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

NOT_RECORDED = "not recorded"
"""Printed wherever a source is silent: never a blank."""

MONTHS = 12
_MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MOST_CHARACTERS = 8_000
"""A description longer than this is cut, and says so: a spreadsheet cell holds 32,767 characters."""

MOST_NAME = 200
"""A name longer than this is cut, and says so."""


@lru_cache(maxsize=16_384)
def day_in_words(day: dt.date) -> str:
    """Write a day for people.

    Args:
        day: any day.

    Returns:
        day, month in words, year.

    Example:
        >>> day_in_words(dt.date(2025, 5, 3))
        '3 May 2025'
    """
    return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year:04d}"


def when_in_words(
    first: dt.date,
    precision: str,
    *,
    latest: dt.date | None = None,
    end: dt.date | None = None,
    time: str | None = None,
) -> str:
    """Write when something happened, no more exactly than the source did.

    Args:
        first: earliest day it can have been.
        precision: day, month, year or uncertain.
        latest: latest day it can have been; what is uncertain is said as wide as that.
        end: day it ended.
        time: time of day, as written.

    Returns:
        the date in words.

    Example:
        >>> when_in_words(dt.date(2025, 5, 3), "day", time="23:40")
        '3 May 2025, 23:40'
        >>> when_in_words(dt.date(2024, 11, 1), "month")
        'November 2024 (day not recorded)'
        >>> when_in_words(dt.date(2014, 1, 1), "year")
        '2014 (month and day not recorded)'
        >>> when_in_words(dt.date(2025, 10, 10), "uncertain")
        'about 10 October 2025 (uncertain)'
        >>> when_in_words(dt.date(2018, 1, 1), "uncertain", latest=dt.date(2018, 12, 31))
        'about 2018 (uncertain)'
    """
    if precision == "year":
        said = f"{first.year} (month and day not recorded)"
    elif precision == "month":
        said = f"{_MONTH_NAMES[first.month - 1]} {first.year} (day not recorded)"
    elif precision == "uncertain":
        said = _about(first, latest or first)
    else:
        said = day_in_words(first)
    if time:
        said = f"{said}, {' '.join(time.split())}"
    return f"{said} to {day_in_words(end)}" if end is not None and end != first else said


def _about(first: dt.date, latest: dt.date) -> str:
    if latest == first:
        return f"about {day_in_words(first)} (uncertain)"
    if first.day == 1 and latest == dt.date(first.year, 12, 31) and first.month == 1:
        return f"about {first.year} (uncertain)"
    if first.day == 1 and (first.year, first.month) == (latest.year, latest.month) and latest.day >= 28:
        return f"about {_MONTH_NAMES[first.month - 1]} {first.year} (uncertain)"
    return f"between {day_in_words(first)} and {day_in_words(latest)} (uncertain)"


def months_between(start: dt.date, end: dt.date) -> int:
    """Count whole months from one day to a later one.

    Args:
        start: first day.
        end: last day.

    Returns:
        whole months; negative where ``end`` comes first.

    Example:
        >>> months_between(dt.date(2016, 3, 14), dt.date(2025, 5, 3))
        109
    """
    return (end.year - start.year) * MONTHS + end.month - start.month - (end.day < start.day)


def age_in_words(born: dt.date | None, first: dt.date, latest: dt.date, *, exact: bool = True) -> str:
    """Write how old someone was.

    Args:
        born: date of birth, earliest day; None where not recorded.
        first: earliest day of the event.
        latest: latest day of the event.
        exact: whether the day of birth is known and undoubted.

    Returns:
        years and months under 18, years above; an interval where the event's date is one; ``before birth``.

    Example:
        >>> age_in_words(dt.date(2016, 3, 14), dt.date(2025, 5, 3), dt.date(2025, 5, 3))
        '9 years 1 month'
        >>> age_in_words(dt.date(2016, 3, 14), dt.date(2016, 3, 20), dt.date(2016, 3, 20))
        '6 days'
        >>> age_in_words(dt.date(2013, 1, 22), dt.date(2014, 1, 1), dt.date(2014, 12, 31))
        '11 months to 1 year 11 months'
    """
    if born is None:
        return NOT_RECORDED
    if not exact:
        low, high = max(0, first.year - born.year - 1), latest.year - born.year
        return "before birth" if high < 0 else f"about {high}" if low == high else f"about {low} to {high} years"
    youngest, oldest = _age(born, first), _age(born, latest)
    return youngest if youngest == oldest else f"{youngest} to {oldest}"


def _age(born: dt.date, day: dt.date) -> str:
    if day < born:
        return "before birth"
    months = months_between(born, day)
    if months < 1:
        return _count((day - born).days, "day")
    years, rest = divmod(months, MONTHS)
    if years == 0:
        return _count(months, "month")
    return _count(years, "year") if rest == 0 or years >= 18 else f"{_count(years, 'year')} {_count(rest, 'month')}"


def span_in_words(first: dt.date, last: dt.date) -> str:
    """Write how long a run of events lasted.

    Args:
        first: first day.
        last: last day.

    Returns:
        days under a month, months under two years, years and months beyond.

    Example:
        >>> span_in_words(dt.date(2024, 2, 3), dt.date(2025, 5, 3)), span_in_words(dt.date(2025, 5, 3), dt.date(2025, 5, 6))
        ('15 months', '3 days')
        >>> span_in_words(dt.date(2018, 2, 11), dt.date(2026, 3, 2))
        '8 years'
    """
    months = months_between(first, last)
    if months < 1:
        return _count((last - first).days, "day")
    years, rest = divmod(months, MONTHS)
    if years < 2:
        return _count(months, "month")
    return _count(years, "year") if rest == 0 else f"{_count(years, 'year')} {_count(rest, 'month')}"


def plain(text: str | None, *, most: int = MOST_CHARACTERS) -> str:
    r"""Make a source's words safe to print: control characters out, length bounded, nothing else changed.

    Args:
        text: the source's words.
        most: longest text kept, in characters.

    Returns:
        the words; ``not recorded`` for none. A cut text ends by saying how long the source's was.

    Example:
        >>> plain("  "), plain("Seen\x00 alone")
        ('not recorded', 'Seen alone')
        >>> plain("abcdef", most=3)
        'abc [cut here: 6 characters in the source]'
    """
    if text is None:
        return NOT_RECORDED
    kept = text[: most * 2].strip()
    if not kept.isprintable():
        kept = _HIDDEN.sub("", kept).strip()
    if not kept:
        return NOT_RECORDED
    return f"{kept[:most]} [cut here: {len(text):,} characters in the source]" if len(text) > most else kept


# Control characters, and the overrides that turn the reading order of what follows them: a page isolates each text itself.
HIDDEN_CHARACTERS = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}\x{fffe}\x{ffff}]"
"""Characters no output prints, as polars writes a pattern."""

_HIDDEN = re.compile(HIDDEN_CHARACTERS.replace("\\x{", "\\u").replace("}", ""))


_CAPITALS = frozenset({"nhs", "gp", "csc", "asc", "yjs", "yot", "camhs", "mash", "dwp", "ed", "idva", "nspcc"})
"""Words of agencies' names that are said letter by letter, or written in capitals by those who work there."""


@lru_cache(maxsize=256)
def agency_name(agency: str) -> str:
    """Write an agency's short name for people.

    Args:
        agency: short name, as in hub.toml.

    Returns:
        the name with spaces and a capital; letters that are said one by one, and a name of three letters or fewer, in capitals.

    Example:
        >>> agency_name("police"), agency_name("csc"), agency_name("council_tax"), agency_name("nhs_111")
        ('Police', 'CSC', 'Council tax', 'NHS 111')
    """
    parts = agency.replace("_", " ").replace("-", " ").split()
    said = " ".join(part.upper() if part.casefold() in _CAPITALS else part for part in parts)
    return said.upper() if len(said) <= 3 else said[:1].upper() + said[1:]


def listed(items: list[str], *, last: str = "and") -> str:
    """Join words as a sentence does.

    Args:
        items: the words.
        last: the word before the last.

    Returns:
        one text.

    Example:
        >>> listed(["police", "health", "CSC"])
        'police, health and CSC'
    """
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def _count(number: int, unit: str) -> str:
    return f"{number:,} {unit}" if number == 1 else f"{number:,} {unit}s"


def counted(number: int, unit: str) -> str:
    """Write a number with its unit.

    Args:
        number: how many.
        unit: of what, in the singular.

    Returns:
        the phrase.

    Example:
        >>> counted(1, "entry"), counted(3, "entry"), counted(2, "visit")
        ('1 entry', '3 entries', '2 visits')
    """
    if number != 1 and unit.endswith("y") and unit[-2:-1] not in "aeiou":
        unit = f"{unit[:-1]}ies"
        return f"{number:,} {unit}"
    if number != 1 and unit.endswith(("s", "x", "ch", "sh")):
        return f"{number:,} {unit}es"
    return _count(number, unit)
