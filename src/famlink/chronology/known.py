"""What was known on an earlier day: the release as it could have been made then."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

import polars as pl

from famlink.chronology import phrases
from famlink.chronology.accounts import account_table, completed
from famlink.chronology.words import day_in_words
from famlink.sharing.released import Released
from famlink.vocabulary.dates import read_date

_AFTER = ("outcome", "action_taken", "child_seen")
_PROSE = ("description", "place", *_AFTER)
_DATES = (
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?[A-Za-z]{3,9},?\s+\d{4}|[A-Za-z]{3,9}\s+\d{4}|"
    r"\b(?:19|20)\d\d\b"
)
_YEAR = 364
_SOON = 2
"""Four digits are read as a year up to so many years after the extracts; beyond, they are rather an hour or a number."""


def as_known(released: Released, day: dt.date) -> Released:
    """Take a release back to an earlier day: what is in it can be shown to have been known then.

    An account is known from the day it was written down, or the last day it can have been where that is not recorded. A
    row is one state of a record, so what in it belongs to a later day is taken out of it: an end after the day with the
    outcome that came of it; action, outcome and whether a child was seen of what was only planned; any text that names a
    later day. Deaths, homes and relations of later days are taken out too, and ages are as on the day. Names and dates
    of birth are those of today: sources seldom say since when they have had them.

    Args:
        released: what the gate let through.
        day: the day; one not before the day of the extracts changes nothing.

    Returns:
        the release as at that day, its lines numbered as in the full chronology.
    """
    if day >= released.as_at:
        return released
    table = account_table(released).filter(pl.col("known_on") <= day)
    planned, ended = pl.col("date") > day, pl.col("end_date") > day
    table = table.with_columns(
        pl.when(ended.not_() | pl.col("end_date").is_null()).then("end_date"),
        pl.when(~(planned | ended.fill_null(value=False))).then("outcome"),
        pl.when(~planned).then("action_taken"),
        pl.when(~planned).then("child_seen"),
    )
    table = table.with_columns(_unsaid(table, name, day, released.as_at) for name in _PROSE)
    started = pl.col("start").is_null() | (pl.col("start") <= day)
    going = pl.when(pl.col("end") <= day).then("end")
    death = (pl.col("field") == "date_of_death") & (pl.col("value") > day.isoformat())
    then = replace(
        released,
        as_at=day,
        events=table.select(released.events.columns),
        statements=released.statements.filter(~death.fill_null(value=False)),
        relations=released.relations.filter(started).with_columns(going),
        households=released.households.filter(started).with_columns(going),
    )
    then.once("account table", lambda then: completed(table.select(*released.events.columns, *_KEPT), then))
    return then


_KEPT = ("order", "ref", "incident")


def _unsaid(table: pl.DataFrame, name: str, day: dt.date, as_at: dt.date) -> pl.Series:
    """A column of prose, with a sentence for every text that names a day after the one asked about."""
    named = (
        table.select("order", said=pl.col(name).str.extract_all(_DATES))
        .explode("said", empty_as_null=False, keep_nulls=False)
        .drop_nulls("said")
    )
    late = phrases.said_once(named, ["said"], lambda said: _is_after(said, day, as_at), pl.Boolean)
    later = named.filter(late).select("order", _later=pl.lit(value=True)).unique()
    words = f"[not shown: the text names a day after {day_in_words(day)}]"
    marked = table.select("order", name).join(later, on="order", how="left", maintain_order="left")
    return marked.select(pl.when("_later").then(pl.lit(words)).otherwise(name).alias(name))[name]


def _is_after(said: str, day: dt.date, as_at: dt.date) -> bool:
    read = read_date(said)
    if read is not None:
        # "around 2130" may be an hour, as a bare 2130 may.
        year = (read.latest - read.earliest).days >= _YEAR
        return read.earliest > day and (not year or read.earliest.year <= as_at.year + _SOON)
    last = re.search(r"(?:19|20)\d\d$", said)
    return last is not None and day.year < int(last.group()) <= as_at.year + _SOON
