"""Dates as GEDCOM writes them: earliest day, words for people, and whether the day is sure."""

from __future__ import annotations

import datetime as dt
import re
from typing import NamedTuple

_MONTHS = {
    name: i
    for i, name in enumerate(
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], start=1
    )
}
_PLAIN = re.compile(r"(?:(?:(\d{1,2})\s+)?([A-Z]{3})[A-Z]*\.?\s+)?(\d{3,4})(?:/\d{2})?\b")
_UNSURE = re.compile(r"\b(ABT|ABOUT|EST|CAL|BEF|AFT|BET|FROM|TO|INT|CIRCA|C)\b")
_ISO = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")


class Dated(NamedTuple):
    """A date: earliest day (None where there is none), words, and whether it is whole and sure."""

    day: dt.date | None
    words: str
    exact: bool


NEVER = Dated(None, "", exact=False)
"""No date."""


def read_date(text: str) -> Dated:
    """Read a GEDCOM date.

    Args:
        text: ``12 JAN 1900``, ``ABT 1900``, ``BET 1900 AND 1910``, ``@#DJULIAN@ 1 MAR 1731/32``, ``1900 B.C.`` ...

    Returns:
        the earliest day it can be, words, and whether the day is known and undoubted; :data:`NEVER` for what is no date.

    Example:
        >>> read_date("12 JAN 1900").words, read_date("ABT 1900"), read_date("when the war ended").day
        ('12 Jan 1900', Dated(day=datetime.date(1900, 1, 1), words='1900', exact=False), None)

    Source:
        GEDCOM 5.5.1, DATE_VALUE; FamilySearch GEDCOM 7.0, section 2.4.
    """
    plain = re.sub(r"@#[^@]*@|\([^)]*\)?", " ", text.upper()).strip()
    if "B.C" in plain or "BCE" in plain or "BC" in plain.split():
        return NEVER
    iso = _ISO.match(plain)
    if iso:
        return _made(int(iso[1]), int(iso[2]), int(iso[3]), sure=True)
    found = _PLAIN.search(plain)
    if found is None:
        return NEVER
    day, month, year = found.groups()
    number = _MONTHS.get(month or "")
    return _made(int(year), number, int(day) if day and number else None, sure=_UNSURE.search(plain) is None)


def _made(year: int, month: int | None, day: int | None, *, sure: bool) -> Dated:
    if not 1 <= year <= dt.MAXYEAR:
        return NEVER
    try:
        first = dt.date(year, month or 1, day or 1)
    except ValueError:
        return Dated(dt.date(year, 1, 1), str(year), exact=False)
    if month is None:
        return Dated(first, str(year), exact=sure)
    words = f"{first:%b} {year}"
    return Dated(first, f"{day} {words}" if day else words, exact=sure)
