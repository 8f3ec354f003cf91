"""The words said of whole columns are the words said of one value."""

from __future__ import annotations

import datetime as dt

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.chronology import phrases, words

TEXT = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=("Cs",)), st.sampled_from(" \t\n\x00\x1f\x85\u2028\u202e\ufeff")
    ),
    max_size=30,
)
DAYS = st.dates(min_value=dt.date(1, 1, 1), max_value=dt.date(9999, 12, 31))


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.none(), TEXT), st.sampled_from([3, 10, 8_000]))
def test_plain_words(text, most):
    column = pl.Series("t", [text], dtype=pl.String)
    assert pl.select(phrases.plain(pl.lit(column), most=most)).item() == words.plain(text, most=most)


@settings(max_examples=200, deadline=None)
@given(
    st.tuples(DAYS, st.sampled_from(["day", "week", "month", "year"])),
    st.one_of(st.none(), DAYS),
    st.sampled_from(["day", "month", "year", "uncertain"]),
    st.sampled_from([None, "23:40", " 9  pm "]),
)
def test_when(interval, end, precision, time):
    first, width = interval
    if width == "month":
        first = first.replace(day=1)
        latest = (first + dt.timedelta(days=40)).replace(day=1) - dt.timedelta(days=1) if first.year < 9999 else first
    elif width == "year":
        first = first.replace(month=1, day=1)
        latest = first.replace(month=12, day=31)
    else:
        latest = first + dt.timedelta(days=6) if width == "week" and first.year < 9999 else first
    row = pl.DataFrame(
        {"first": [first], "latest": [latest], "end": [end], "time": [time]},
        schema={"first": pl.Date, "latest": pl.Date, "end": pl.Date, "time": pl.String},
    )
    said = row.select(
        phrases.when(
            pl.col("first"), pl.lit(precision), latest=pl.col("latest"), end=pl.col("end"), time=pl.col("time")
        )
    ).item()
    assert said == words.when_in_words(first, precision, latest=latest, end=end, time=time)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["police", "CSC", "health"]), max_size=4), st.integers(-10_000_000, 10_000_000))
def test_lists_and_numbers(items, number):
    assert pl.select(phrases.listed(pl.lit(items, dtype=pl.List(pl.String)))).item() == words.listed(items)
    assert pl.select(phrases.counted_days(pl.lit(number))).item() == words.counted(number, "day")
