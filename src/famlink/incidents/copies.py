"""One thing one agency wrote down several times: a row for each person of an occurrence, or one note on each child."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.candidates import MOST_DAYS, PAIR
from famlink.incidents.clustering import components
from famlink.incidents.evidence import SAME_DAY
from famlink.incidents.keys import codes_of, names_of

Ints = NDArray[np.int64]

FEWEST_ROWS = 30
"""Of fewer pairs of one day no habit is learnt."""

BY_CHANCE = 0.01
"""A habit is one where chance would put at most this share of the pairs on one day."""

_ONE_PERSON = 3


def told_of_each(compared: pl.DataFrame) -> pl.DataFrame:
    """Mark as one thing what agencies that write a row for each person wrote about two people of one family on one day.

    Whether an agency does so shows in its rows: entries of one category about two people of a family lie on one day many
    times as often as on any other day of the week around. Where they do not, they are two happenings, or nobody can tell.

    Args:
        compared: pairs, as :func:`famlink.incidents.evidence.compare` gives.

    Returns:
        the pairs with ``duplicate`` marked so far.
    """
    ends = names_of(compared["strata"]).str.split_exact("\x1e", 1)
    of_both = ends.struct.field("field_0") == ends.struct.field("field_1")
    strata = codes_of(compared["strata"])
    of_two = (
        pl.col("one_agency")
        & (pl.col("people") < _ONE_PERSON)
        & (pl.col("people") > 0)
        & pl.lit(of_both.gather(strata))
    )
    rows = compared.filter(of_two & ~pl.col("duplicate") & pl.col("signed").is_not_null())
    day = pl.col("days") == SAME_DAY
    habit = (
        rows.group_by("strata")
        .agg(day.sum().alias("one_day"), ((~day).sum() / (2 * MOST_DAYS)).alias("other_days"))
        .filter((pl.col("one_day") >= FEWEST_ROWS) & (pl.col("other_days") <= BY_CHANCE * pl.col("one_day")))
    )
    habitual = np.zeros(of_both.len(), dtype=np.bool_)
    habitual[codes_of(habit["strata"])] = True
    each = of_two & day & ~pl.col("two_numbers") & pl.lit(pl.Series(habitual[strata]))
    # Two entries on one of them: nobody can tell which of the two the row on the other goes with.
    twice = compared.filter(
        pl.col("one_agency")
        & day
        & (pl.col("people") == _ONE_PERSON)
        & ~pl.col("duplicate")
        & pl.lit(of_both.gather(strata))
    )
    several = np.zeros(int(compared["right"].max() or 0) + 1, dtype=np.bool_)  # type: ignore[arg-type]
    for side in PAIR:
        several[twice[side].to_numpy()] = True
    each &= ~pl.lit(pl.Series(several[compared["left"].to_numpy()] | several[compared["right"].to_numpy()]))
    return compared.with_columns(pl.col("duplicate") | each.fill_null(value=False)).drop("two_numbers")


def copies_of(size: int, scored: pl.DataFrame) -> Ints:
    """For each event the first number of those its agency wrote down with it."""
    twice = scored.filter("duplicate")
    return components(size, twice["left"].to_numpy(), twice["right"].to_numpy())


def told_once(compared: pl.DataFrame, copies: Ints) -> pl.DataFrame:
    """The pairs of what each agency wrote down once: copies would be counted as so many repetitions."""
    first = copies == np.arange(len(copies))
    return compared.filter(first[compared["left"].to_numpy()] & first[compared["right"].to_numpy()])
