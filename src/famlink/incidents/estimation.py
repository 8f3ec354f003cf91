"""The weights of dates, estimated from the events themselves, without anybody saying which belong together.

How far apart two accounts of one happening are written depends on the agencies of the place; how often the same kind of
thing happens again, on its families. Both show in the events: what one agency records twice, so many days apart, is a
repetition, never two accounts. Repetitions between two agencies are as frequent as the repetitions inside each allow, and
what is left of the pairs between them is one happening told twice.
"""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType

import polars as pl

from famlink.incidents.candidates import PAIR
from famlink.incidents.evidence import LEVELS, Weights

PSEUDO_PAIRS = 50.0
"""Pairs at a level that the shipped weights are worth: a small place keeps the shipped weights, a large one its own."""

_NONE_QUOTED = 1
_WITHIN_A_DAY = (4, 5)
_SAME_DAY, _VAGUE = 5, 6
_DAYS = (4.0, 4.0, 2.0, 2.0, 2.0, 1.0, 1.0)  # days a level of ``days`` holds, earlier and later


def estimate(compared: pl.DataFrame, events: pl.DataFrame, *, base: Weights | None = None) -> Weights:
    """Estimate the weights of the comparison ``days``.

    For two strata (an agency's category each) let n(A, B) be the pairs at one distance in days, n(A, A) and n(B, B) those inside
    each. If A records a happening with chance a and B with chance b, repetitions inside are in number as a*a and b*b, and
    those between them as 2*a*b: twice the root of the product. Only pairs without a rival are counted, where A did not record
    the second and B not the first: a share (1-a)*(1-b) of them. The rest of n(A, B) is one happening told twice.

    Args:
        compared: pairs, as :func:`famlink.incidents.evidence.compare` gives, of one and of two agencies.
        events: numbered events.
        base: the weights to begin from; the shipped ones by default.

    Returns:
        the weights with their own ``days`` and ``delays``; each level is pulled to ``base`` by :data:`PSEUDO_PAIRS` pairs.

    Source: the control is the same-file comparison of Herzog, Scheuren and Winkler (2007), Data Quality and Record Linkage
        Techniques, chapter 8, where pairs that cannot match stand for the unmatched.
    """
    base = base or Weights()
    rows = _unquoted(compared, events)
    if rows.is_empty():
        return base
    lone = _without_rivals(rows, events)
    others = _other_bits(lone, base)
    repeated = _repetitions(rows, lone, _told_to(rows, events))
    bits = list(base.bits["days"])
    told = [PSEUDO_PAIRS * 2.0**delay * days for delay, days in zip(base.delays, _DAYS, strict=True)]
    for level, pairs, repeats in repeated.iter_rows():
        known = base.prior + others.get(level, 0.0)
        shipped = _probability(known + bits[level])
        share = (pairs - min(repeats, pairs) + PSEUDO_PAIRS * shipped) / (pairs + PSEUDO_PAIRS)
        bits[level] = _weight(share) - known
        told[level] += max(pairs - repeats, 0.0)
    delays = [
        math.log2((many / days) / (told[_SAME_DAY] / _DAYS[_SAME_DAY])) for many, days in zip(told, _DAYS, strict=True)
    ]
    # A vague date tells no delay: it is as much less likely as its bits say.
    delays[_VAGUE] = bits[_VAGUE] - bits[_SAME_DAY]
    return replace(base, bits=MappingProxyType({**base.bits, "days": tuple(bits)}), delays=tuple(delays))


def _strata(events: pl.DataFrame) -> pl.DataFrame:
    """Each event's agency and category, as one text: ``number``, ``stratum``."""
    category = pl.col("category").str.to_lowercase().fill_null("")
    return events.select("number", (pl.col("agency") + "\x1f" + category).alias("stratum"))


def _unquoted(compared: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Pairs about one kind of thing that nobody's reference joins or parts, with both events' strata."""
    stratum = _strata(events)
    rows = compared.filter(
        (pl.col("category") >= 2) & (pl.col("reference") == _NONE_QUOTED) & (pl.col("days") >= 0) & ~pl.col("duplicate")
    )
    return (
        rows.join(stratum, left_on="left", right_on="number")
        .join(stratum, left_on="right", right_on="number", suffix="_right")
        .with_columns(
            pl.min_horizontal("stratum", "stratum_right").alias("one"),
            pl.max_horizontal("stratum", "stratum_right").alias("other"),
        )
    )


def _faces(rows: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Pairs of two agencies from both sides: ``number``, its stratum, and the other side's agency."""
    agency = events.select("number", "agency")
    between = rows.filter(~pl.col("one_agency"))
    sides = [("left", "right", "stratum"), ("right", "left", "stratum_right")]
    return pl.concat(
        [
            between.select(
                *PAIR,
                "days",
                pl.col(here).alias("number"),
                pl.col(there).alias("there"),
                pl.col(stratum).alias("stratum"),
            )
            for here, there, stratum in sides
        ]
    ).join(agency.select(pl.col("number").alias("there"), pl.col("agency").alias("rival")), on="there")


def _without_rivals(rows: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Pairs of two agencies in which neither event could go with a second event of the other's agency."""
    rivalled = _faces(rows, events).filter(pl.len().over("number", "rival") > 1).select(PAIR).unique()
    return rows.filter(~pl.col("one_agency")).join(rivalled, on=PAIR, how="anti")


def _told_to(rows: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The share of each stratum's events that another agency writes down within a day: ``stratum``, ``rival``, ``told``."""
    sizes = _strata(events).group_by("stratum").len()
    told = (
        _faces(rows, events)
        .filter(pl.col("days").is_in(_WITHIN_A_DAY))
        .group_by("stratum", "rival")
        .agg(pl.col("number").n_unique().alias("events"))
    )
    return told.join(sizes, on="stratum").select("stratum", "rival", (pl.col("events") / pl.col("len")).alias("told"))


def _repetitions(rows: pl.DataFrame, lone: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """For each level of days: pairs between two agencies without a rival, and how many of them are repetitions."""
    within = rows.filter(pl.col("one") == pl.col("other")).group_by("one", "days").len()
    between = lone.group_by("one", "other", "days").len()
    agency = pl.col("other").str.split("\x1f").list.first()
    counted = (
        between.join(within.rename({"len": "within"}), on=["one", "days"], how="left")
        .join(within.rename({"one": "other", "len": "within_other"}), on=["other", "days"], how="left")
        .with_columns(agency.alias("rival"), pl.col("one").str.split("\x1f").list.first().alias("rival_other"))
        .join(told.rename({"stratum": "one"}), on=["one", "rival"], how="left")
        .join(
            told.rename({"stratum": "other", "rival": "rival_other", "told": "told_other"}),
            on=["other", "rival_other"],
            how="left",
        )
    )
    both = 2.0 * (pl.col("within").fill_null(0) * pl.col("within_other").fill_null(0)).sqrt()
    apart = (1.0 - pl.col("told").fill_null(0.0)) * (1.0 - pl.col("told_other").fill_null(0.0))
    return (
        counted.with_columns(pl.min_horizontal(both * apart, pl.col("len")).alias("repeats"))
        .group_by("days")
        .agg(pl.col("len").sum().cast(pl.Float64), pl.col("repeats").sum())
        .sort("days")
    )


def _other_bits(rows: pl.DataFrame, weights: Weights) -> dict[int, float]:
    """The mean weight of the other comparisons at each level of days."""
    rest = [f"bits_{name}" for name in LEVELS if name != "days"]
    weighed = weights.weigh(rows).with_columns(pl.sum_horizontal(rest).alias("rest"))
    return dict(weighed.group_by("days").agg(pl.col("rest").mean()).sort("days").iter_rows())


def _probability(weight: float) -> float:
    return 1.0 / (1.0 + math.exp2(-weight))


def _weight(share: float) -> float:
    bounded = min(max(share, 1e-4), 1.0 - 1e-4)
    return math.log2(bounded / (1.0 - bounded))
