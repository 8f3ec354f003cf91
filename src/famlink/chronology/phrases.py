"""The words of a chronology for whole columns: what ``words`` says of one value, said of every row at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from famlink.chronology.words import HIDDEN_CHARACTERS, MOST_CHARACTERS, NOT_RECORDED, agency_name

NO_WORDS = pl.lit([], dtype=pl.List(pl.String))
"""An empty list of words, for every row."""


def said_once(table: pl.DataFrame, columns: list[str], words: Callable[..., Any], dtype: Any = pl.String) -> pl.Series:
    """Say something of every row that hangs on a few columns alone: each way they come together is said once.

    Args:
        table: any table.
        columns: the columns the words hang on.
        words: called with their values.
        dtype: what it returns.

    Returns:
        one value a row.

    Example:
        >>> table = pl.DataFrame({"agency": ["csc", "csc", "police"]})
        >>> said_once(table, ["agency"], str.upper).to_list()
        ['CSC', 'CSC', 'POLICE']
    """
    # Looked up in Python: for the few hundred rows of a family a join costs more than all the rest.
    rows = table.select(columns).rows()
    places: dict[tuple[Any, ...], int] = {}
    at = [places.setdefault(row, len(places)) for row in rows]
    return pl.Series("", [words(*row) for row in places], dtype=dtype).gather(at)


def days(day: pl.Expr) -> pl.Expr:
    """Write days for people: ``3 May 2025``; null stays null.

    Example:
        >>> import datetime as dt
        >>> pl.select(days(pl.lit(dt.date(2025, 5, 3)))).item()
        '3 May 2025'
    """
    return day.dt.strftime("%-d %B %Y")


def counted_days(number: pl.Expr) -> pl.Expr:
    """Write numbers of days with their unit.

    Example:
        >>> pl.select(counted_days(pl.lit(1)), two=counted_days(pl.lit(1200))).row(0)
        ('1 day', '1,200 days')
    """
    return pl.when(number == 1).then(pl.lit("1 day")).otherwise(thousands(number) + " days")


def thousands(number: pl.Expr) -> pl.Expr:
    """Write whole numbers with commas.

    Example:
        >>> pl.select(thousands(pl.lit(-1234567))).item()
        '-1,234,567'
    """
    digits = number.abs().cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "$1,").str.reverse()
    return pl.concat_str(pl.when(number < 0).then(pl.lit("-")).otherwise(pl.lit("")), digits.str.strip_chars_start(","))


def agencies(agency: pl.Series) -> pl.Series:
    """Write agencies' short names for people."""
    return said_once(agency.to_frame(), [agency.name], agency_name).alias(agency.name)


def listed(words: pl.Expr, *, last: str = "and") -> pl.Expr:
    """Join lists of words as a sentence does; an empty list is empty text.

    Example:
        >>> pl.select(listed(pl.lit(["police", "health", "CSC"], dtype=pl.List(pl.String)))).item()
        'police, health and CSC'
    """
    size = words.list.len()
    many = words.list.head(size.cast(pl.Int64) - 1).list.join(", ") + f" {last} " + words.list.get(-1, null_on_oob=True)
    return pl.when(size > 1).then(many).otherwise(words.list.join(""))


def words_of(*words: pl.Expr) -> pl.Expr:
    """Gather single words, or lists of them, in one list, leaving out what is null.

    Example:
        >>> pl.select(words_of(pl.lit("late"), pl.lit(None, dtype=pl.String), pl.lit("planned"))).item().to_list()
        ['late', 'planned']
    """
    return pl.concat_list(*(pl.concat_list(word).fill_null(NO_WORDS) for word in words)).list.drop_nulls()


def plain(text: pl.Expr, *, most: int = MOST_CHARACTERS) -> pl.Expr:
    r"""Make sources' words safe to print, as :func:`famlink.chronology.words.plain` does.

    Example:
        >>> pl.select(plain(pl.lit("Seen\x00 alone")), cut=plain(pl.lit("abcdef"), most=3)).row(0)
        ('Seen alone', 'abc [cut here: 6 characters in the source]')
    """
    kept = text.str.slice(0, most * 2).str.replace_all(HIDDEN_CHARACTERS, "").str.strip_chars()
    cut = pl.concat_str(
        kept.str.slice(0, most),
        pl.lit(" [cut here: "),
        thousands(text.str.len_chars()),
        pl.lit(" characters in the source]"),
    )
    return (
        pl.when(kept.is_null() | (kept == ""))
        .then(pl.lit(NOT_RECORDED))
        .when(text.str.len_chars() > most)
        .then(cut)
        .otherwise(kept)
    )


def when(first: pl.Expr, precision: pl.Expr, *, latest: pl.Expr, end: pl.Expr, time: pl.Expr) -> pl.Expr:
    """Write when things happened, as :func:`famlink.chronology.words.when_in_words` does.

    Args:
        first: earliest day.
        precision: day, month, year or uncertain.
        latest: latest day.
        end: day it ended, or null.
        time: time as written, or null.

    Returns:
        the date in words.
    """
    said = (
        pl.when(precision == "year")
        .then(first.dt.year().cast(pl.String) + " (month and day not recorded)")
        .when(precision == "month")
        .then(first.dt.strftime("%B ") + first.dt.year().cast(pl.String) + " (day not recorded)")
        .when(precision == "uncertain")
        .then(_about(first, latest) + " (uncertain)")
        .otherwise(days(first))
    )
    hour = time.str.replace_all(r"\s+", " ").str.strip_chars()
    timed = pl.concat_str(said, pl.when(hour != "").then(", " + hour).otherwise(pl.lit("")))
    return pl.concat_str(timed, pl.when(end != first).then(" to " + days(end)).otherwise(pl.lit("")))


def _about(first: pl.Expr, latest: pl.Expr) -> pl.Expr:
    """An uncertain date, said as wide as it is."""
    from_first, one_year = first.dt.day() == 1, first.dt.year() == latest.dt.year()
    to_last = (latest.dt.month() == 12) & (latest.dt.day() == 31)
    year = from_first & (first.dt.month() == 1) & one_year & to_last
    month = from_first & one_year & (first.dt.month() == latest.dt.month()) & (latest.dt.day() >= 28)
    named = first.dt.strftime("%B ") + first.dt.year().cast(pl.String)
    return (
        pl.when(first == latest)
        .then("about " + days(first))
        .when(year)
        .then("about " + first.dt.year().cast(pl.String))
        .when(month)
        .then("about " + named)
        .otherwise("between " + days(first) + " and " + days(latest))
    )
