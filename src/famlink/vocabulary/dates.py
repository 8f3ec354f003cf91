"""Forms in which agencies write a date, and the interval of days each can mean.

A date is read into an earliest day, a latest day and a precision. ``2024-05`` is any day of May 2024: the interval is as
wide as what was left out; so are ``00/05/2024`` and ``xx/05/2024``, where the day is marked as not known. ``week of 4 March
2020`` is any day of that week, ``early 2019`` any day of 2019: how early is early is not written. Spans (``3-5 May 2020``,
``Q1 2020``) are in :mod:`~famlink.vocabulary.date_spans`. ``?2024-05-03`` is somebody's best guess: how far out it may be is not written, so the
interval stays as written and the precision says ``uncertain``; nothing is invented.

Days come before months (03/05/2012 is 3 May), since the extracts are British; 05/23/2012 is no date by itself, because
reading it as 23 May would mean reading 03/05/2012 both ways. Only a whole column can say that it is written the other
way round (:func:`month_first`); there a 23/05/2012 among the rest is 23 May, for it cannot be anything else. Two-digit years are not read: the century of a date of
birth cannot be guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from famlink.vocabulary.date_spans import Span, read_span, without_unknown

DAY, MONTH, YEAR, UNCERTAIN = "day", "month", "year", "uncertain"
"""The precisions a written date can have."""

OPEN_ENDS = (dt.date(1900, 1, 1), dt.date(9999, 12, 31))
"""End dates that systems write for "still open"."""

_FIRST_YEAR, _LAST_YEAR = 1000, 9999
_EXCEL_DAY_0 = dt.date(1899, 12, 30)
_FIRST_SERIAL, _LAST_SERIAL = 10_000, 73_050  # 18 May 1927 to the end of 2099; four digits are read as a year

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}

_WORD = "[A-Za-z]{3,9}"
_CLOCK = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d{1,9})?)?\s*(?:[AaPp][Mm])?"
_TIME = re.compile(rf"(?:[T ]\s*){_CLOCK}(?:\s*(?:-|to|\N{{EN DASH}})\s*{_CLOCK})?\s*(?:Z|UTC|[+-]\d{{2}}:?\d{{2}})?$")
_PART = r"(?:early|mid|late)\b[\s-]*(?:in\s+)?"
_DOUBT = re.compile(
    rf"^(?:\?|c\.|ca\b\.?|circa\b|approx(?:imately)?\b\.?|about\b|around\b|~|{_PART})\s*|\s*\?$", re.IGNORECASE
)
_WEEK = re.compile(
    r"(?:(?:w/?(?P<letter>[bce])|(?:week|wk)\.?\s+(?P<word>of|commencing|beginning|starting|ending)))\b[\s:.]*(?P<day>.+)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"^(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)[a-z]*\.?,?\s+(?=\d)", re.IGNORECASE)
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), "ymd"),
    (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"), "dmy"),
    (re.compile(rf"(\d{{4}})[- ]({_WORD})[- ](\d{{1,2}})"), "ymd"),
    (re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?(?:[-/ .]| of )\s*({_WORD})\.?[-/ ,.]\s*(\d{{4}})"), "dmy"),
    (re.compile(rf"({_WORD})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})"), "mdy"),
    (re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})"), "ymd"),
    (re.compile(r"(\d{4})(\d{2})(\d{2})"), "ymd"),
    (re.compile(r"(\d{4})[-/](\d{1,2})"), "ym"),
    (re.compile(r"(\d{1,2})[/.-](\d{4})"), "my"),
    (re.compile(rf"({_WORD})\.?[- ,]\s*(\d{{4}})"), "my"),
    (re.compile(r"(\d{4})"), "y"),
)
_PARSED = {"earliest": pl.Date(), "latest": pl.Date(), "precision": pl.String(), "readable": pl.Boolean()}
_PLAIN = r"^(?:[12][0-9]{3}-(?:0[1-9]|[1-9][0-9])-(?:0[1-9]|[1-9][0-9])|(?:0[1-9]|[1-9][0-9])/(?:0[1-9]|[1-9][0-9])/[12][0-9]{3})$"
_AMERICAN = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ENOUGH = 20
_SLIPS = 10
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")


@dataclass(frozen=True)
class Written:
    """A date as read.

    Args:
        earliest: the earliest day it can mean.
        latest: the latest day it can mean.
        precision: ``day``, ``month``, ``year`` or ``uncertain``.
    """

    earliest: dt.date
    latest: dt.date
    precision: str


@lru_cache(maxsize=1 << 16)
def read_date(text: str) -> Written | None:
    """Read one date.

    Args:
        text: a date in any form agencies write it.

    Returns:
        the interval and precision, or None where the text is not a date or the day does not exist.

    Example:
        >>> read_date("3 May 2012").earliest
        datetime.date(2012, 5, 3)
        >>> read_date("05/2024")
        Written(earliest=datetime.date(2024, 5, 1), latest=datetime.date(2024, 5, 31), precision='month')
        >>> read_date("?2024-05-03").precision
        'uncertain'
        >>> read_date("Summer 2019").earliest, read_date("3-5 May 2020").latest
        (datetime.date(2019, 6, 1), datetime.date(2020, 5, 5))
        >>> read_date("w/c 02/03/2020")
        Written(earliest=datetime.date(2020, 3, 2), latest=datetime.date(2020, 3, 8), precision='uncertain')
        >>> read_date("31/02/2020") is None
        True
    """
    stripped = without_unknown(" ".join(text.split()))
    if week := _WEEK.fullmatch(stripped):
        return _week(week)
    sure = _DOUBT.sub("", stripped)
    bare = _WEEKDAY.sub("", _TIME.sub("", sure)).strip()
    written = _read(bare)
    if written is None and (span := read_span(sure, read=_span)):
        return Written(*span, UNCERTAIN)
    if written is not None and sure != stripped:
        return Written(written.earliest, written.latest, UNCERTAIN)
    return written


def _span(text: str) -> Span | None:
    """One end of a span; a doubted one, or a span itself, is none."""
    read = _read(_WEEKDAY.sub("", _TIME.sub("", without_unknown(text))).strip())
    return None if read is None else (read.earliest, read.latest)


def _week(found: re.Match[str]) -> Written | None:
    """The seven days a text of a week means: from its day, up to it, or from the Monday before."""
    read = read_date(found["day"])
    if read is None or read.precision != DAY:
        return None
    word = (found["word"] or {"b": "beginning", "c": "commencing", "e": "ending"}[found["letter"].lower()]).lower()
    before = {"of": read.earliest.weekday(), "ending": 6}.get(word, 0)
    try:
        first = read.earliest - dt.timedelta(days=before)
        return Written(first, first + dt.timedelta(days=6), UNCERTAIN)
    except OverflowError:
        return None


def _read(text: str) -> Written | None:
    for form, order in _FORMS:
        if found := form.fullmatch(text):
            parts = dict(zip(order, found.groups(), strict=True))
            return _interval(int(parts["y"]), _month(parts.get("m")), int(parts["d"]) if "d" in parts else None)
    if found := _SERIAL.fullmatch(text):
        serial = int(found.group(1))
        if _FIRST_SERIAL <= serial <= _LAST_SERIAL:
            day = _EXCEL_DAY_0 + dt.timedelta(days=serial)
            return Written(day, day, DAY)
    return None


def _month(text: str | None) -> int | None:
    if text is None:
        return None
    return int(text) if text.isdigit() else _MONTHS.get(text.lower(), 0)


def _interval(year: int, month: int | None, day: int | None) -> Written | None:
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    if month is None:
        return Written(dt.date(year, 1, 1), dt.date(year, 12, 31), YEAR)
    try:
        first = dt.date(year, month, 1 if day is None else day)
    except ValueError:
        return None
    if day is not None:
        return Written(first, first, DAY)
    last = dt.date(year, 12, 31) if month == 12 else dt.date(year, month + 1, 1) - dt.timedelta(days=1)
    return Written(first, last, MONTH)


def month_first(values: pl.Series) -> bool:
    """Whether a column writes the month before the day, as American systems do.

    It does where at least twenty of its texts can be read only so (05/23/2012), and at most one for every ten of them
    can be read only the British way (23/05/2012): such a few are slips, as day and month are swapped in any source.

    Args:
        values: dates of one source, as text.

    Returns:
        True where the column is written month first.

    Example:
        >>> american = [f"{month:02}/{day}/2012" for month in range(1, 5) for day in range(13, 20)]
        >>> british = [f"{day}/05/2012" for day in range(13, 20)]
        >>> month_first(pl.Series([*american, "23/05/2012"])), month_first(pl.Series([*american, *british]))
        (True, False)
    """
    parts = values.drop_nulls().unique().str.extract_groups(r"^\s*(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}").struct.unnest()
    first, second = (pl.col(name).cast(pl.Int64) for name in ("1", "2"))
    counted = parts.select(
        ((first <= 12) & second.is_between(13, 31)).sum().alias("american"),
        (first.is_between(13, 31) & (second <= 12)).sum().alias("british"),
    )
    american, british = counted.row(0)
    return bool(american >= _ENOUGH and british * _SLIPS <= american)


def parse_dates(values: pl.Series, *, american: bool = False) -> pl.DataFrame:
    """Read a column of dates.

    Plain ISO days are read by polars; each other text that occurs is read once.

    Args:
        values: dates as text; nulls and empty text are allowed.
        american: whether the column writes the month before the day (see :func:`month_first`).

    Returns:
        one row a value, in order: earliest and latest (Date), precision (text), readable (Boolean: null where nothing
        was written, false where something was and it is no date).

    Example:
        >>> parse_dates(pl.Series(["2012-05-03", "31/02/2020", None])).get_column("readable").to_list()
        [True, False, None]
    """
    if values.null_count() == values.len():
        return _unread(values.len())
    text = values.cast(pl.String).str.strip_chars().rename("text")
    text = text.to_frame().select(pl.when(pl.col("text") != "").then("text")).to_series()
    uniques = text.drop_nulls().unique(maintain_order=True)
    # In a column written month first 23/05/2012 is a slip that can be read one way only.
    slashes = ["%m/%d/%Y", "%d/%m/%Y"] if american else ["%d/%m/%Y"]
    plain = uniques.to_frame("text").with_columns(
        pl.coalesce(
            _days(r"^[12][0-9]{3}-[0-9]{2}-[0-9]{2}$", "%Y-%m-%d"),
            *(_days(r"^[0-9]{2}/[0-9]{2}/[12][0-9]{3}$", form) for form in slashes),
        ).alias("earliest"),
        pl.col("text").str.contains(_PLAIN).alias("plain"),
    )
    easy = plain.filter("plain").select(
        "text",
        "earliest",
        pl.col("earliest").alias("latest"),
        pl.when(pl.col("earliest").is_not_null()).then(pl.lit(DAY)).alias("precision"),
        pl.col("earliest").is_not_null().alias("readable"),
    )
    others = plain.filter(~pl.col("plain"))["text"].to_list()
    read = [(read_date(_AMERICAN.sub(r"\2/\1/\3", item)) if american else None) or read_date(item) for item in others]
    rest = pl.DataFrame(
        {
            "text": others,
            "earliest": [None if item is None else item.earliest for item in read],
            "latest": [None if item is None else item.latest for item in read],
            "precision": [None if item is None else item.precision for item in read],
            "readable": [item is not None for item in read],
        },
        schema=easy.schema,
    )
    known = pl.concat([easy, rest])
    places = text.to_frame().join(
        known.select("text").with_row_index("at"), on="text", how="left", maintain_order="left"
    )["at"]
    return known.select(pl.col(*_PARSED).gather(places)) if known.height else _unread(text.len())


def _days(shape: str, form: str) -> pl.Expr:
    """The days of texts of one shape; null for others, and where there is no such day."""
    return pl.when(pl.col("text").str.contains(shape)).then("text").str.to_date(form, strict=False)


def _unread(height: int) -> pl.DataFrame:
    none = pl.Series([None]).new_from_index(0, height)
    return pl.DataFrame({name: none.cast(dtype) for name, dtype in _PARSED.items()})


def is_open_end(end: pl.Expr) -> pl.Expr:
    """Whether an end date is one of those that mean "still open".

    Example:
        >>> frame = pl.DataFrame({"end": [dt.date(1900, 1, 1), dt.date(2020, 1, 1)]})
        >>> frame.select(is_open_end(pl.col("end"))).to_series().to_list()
        [True, False]
    """
    return end.is_in(list(OPEN_ENDS))


def written(date: dt.date, precision: str | None) -> str:
    """Write a date with its precision: the inverse of :func:`read_date` up to the day an interval starts.

    Args:
        date: earliest day.
        precision: ``day``, ``month``, ``year``, ``uncertain``, or another word (``day-unknown``), written as month.

    Returns:
        ``2012-05-03``, ``2012-05``, ``2012`` or ``?2012-05-03``.

    Example:
        >>> written(dt.date(2012, 5, 1), "month")
        '2012-05'
    """
    iso = date.isoformat()
    if precision is None or precision == DAY:
        return iso
    if precision == UNCERTAIN:
        return f"?{iso}"
    return iso[:4] if precision == YEAR else iso[:7]
