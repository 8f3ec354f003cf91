"""What is missing or came late: weeks without an entry, who knew first, referrals again or unanswered, a child not seen."""

from __future__ import annotations

import datetime as dt

import polars as pl

from famlink.chronology import phrases
from famlink.chronology.kinds import REFERRALS
from famlink.sharing.portrait import Portrait

GAP_WEEKS = 26
"""A run of this many weeks without any released entry is said."""

RE_REFERRAL_DAYS = 365
"""A referral within this many days of the last one is a re-referral."""

FIRST_DAYS = 7
"""An agency that knew this many days before another knew first."""

_ANSWERS = {
    **dict.fromkeys(("y", "yes", "true", "1", "seen", "seen alone"), "yes"),
    **dict.fromkeys(("n", "no", "false", "0", "not seen"), "no"),
}


def gap_pairs(past: pl.DataFrame, children: list[Portrait], *, weeks: int = GAP_WEEKS) -> pl.DataFrame:
    """Find the runs of weeks in which nothing released is dated.

    Args:
        past: accounts in the order of the chronology, none planned.
        children: the subject children; gaps count from the first one's birth.
        weeks: shortest gap.

    Returns:
        one row a gap: order and ref of the account before and of the account after, the last day of the one and the
        first of the other, and the days between. An entry with an uncertain date or an end counts for its whole
        interval, so a gap is never longer than it can be shown to be.
    """
    start = min((c.date_of_birth for c in children if c.date_of_birth is not None), default=dt.date.min)
    ordered = past.sort("date", "incident", "ref").select("order", "ref", "date", "until")
    # Only an account that reaches further than all before it can stand before a gap.
    reached = pl.col("until").cum_max().shift(1)
    further = reached.is_null() | (pl.col("until") > reached)
    before = [
        pl.when(further).then(name).forward_fill().shift(1).alias(f"{name}_before")
        for name in ("order", "ref", "until")
    ]
    return (
        ordered.with_columns(before)
        .with_columns(days=(pl.col("date") - pl.col("until_before")).dt.total_days())
        .filter(pl.col("until_before") >= start, pl.col("days") >= weeks * 7)
        .select(
            "order_before",
            "ref_before",
            "until_before",
            order_after="order",
            ref_after="ref",
            date_after="date",
            days="days",
        )
    )


def causes(known: pl.DataFrame) -> pl.DataFrame:
    """Accounts that follow another incident known here: their ``order`` and its number as ``cause``."""
    numbers = known.select("incident_id", cause="incident").unique("incident_id", keep="any")
    return (
        known.select("order", "related_incident_id", "incident")
        .join(numbers, left_on="related_incident_id", right_on="incident_id", how="inner", maintain_order="left")
        .filter(pl.col("cause") != pl.col("incident"))
        .select("order", "cause")
    )


def knew_first(past: pl.DataFrame, *, days: int = FIRST_DAYS) -> pl.DataFrame:
    """Find incidents one agency can be shown to have known of well before another.

    Args:
        past: accounts in the order of the chronology.
        days: least days between the first and another agency.

    Returns:
        ``order`` and ``ref`` of the first agency's account, and a ``sentence``, by incident. An agency that acted because
        of an incident knew of it by then.
    """
    columns = ("order", "ref", "agency", "known_on", "cause", "own")
    own = past.with_columns(cause="incident", own=True).select(columns)
    acted = past.filter(pl.col("role") == "consequence").join(causes(past), on="order").with_columns(own=False)
    told = (
        pl.concat([own, acted.select(columns)])
        .sort("cause", "known_on", "order")
        .unique(["cause", "agency"], keep="first", maintain_order=True)
    )
    # The first to know: where several did on one day, one with an account of its own.
    first = told.sort("cause", "known_on", pl.col("own").not_(), "agency").unique(
        "cause", keep="first", maintain_order=True
    )
    later = (
        told.join(first.select("cause", first_on="known_on"), on="cause")
        .with_columns(days=(pl.col("known_on") - pl.col("first_on")).dt.total_days())
        .filter(pl.col("days") >= days)
        .sort("cause", "known_on", "agency")
    )
    later = later.with_columns(phrases.agencies(later["agency"]))
    said = later.group_by("cause", maintain_order=True).agg(
        said=pl.format("{} before {}", phrases.counted_days(pl.col("days")), "agency")
    )
    found = first.filter("own").join(said, on="cause", how="inner").sort("cause")
    return found.with_columns(phrases.agencies(found["agency"])).select(
        "order", "ref", sentence=pl.format("{} knew first: {}", "agency", phrases.listed(pl.col("said")))
    )


def re_referrals(found: pl.DataFrame) -> pl.DataFrame:
    """Find referrals about a person within 12 months of the last one about that person.

    Args:
        found: accounts in the order of the chronology.

    Returns:
        ``order`` and ``ref`` of the earlier and the later account, and the days between; accounts of one incident are
        one referral.
    """
    about = ["person_id"]
    return (
        found.filter(pl.col("kind").is_in(list(REFERRALS)))
        .unique(["person_id", "incident"], keep="first", maintain_order=True)
        .select(
            pl.col("order").shift(1).over(about).alias("order_before"),
            pl.col("ref").shift(1).over(about).alias("ref_before"),
            pl.col("order").alias("order_after"),
            pl.col("ref").alias("ref_after"),
            days=(pl.col("date") - pl.col("latest").shift(1).over(about)).dt.total_days(),
        )
        .filter(pl.col("days").is_between(0, RE_REFERRAL_DAYS))
    )


def without_outcome() -> pl.Expr:
    """Whether an account is a referral for which no outcome is recorded."""
    silent = pl.col("outcome").fill_null("").str.strip_chars() == ""
    return pl.col("kind").is_in(list(REFERRALS)) & silent


def not_seen() -> pl.Expr:
    """Whether an entry says the child was not seen."""
    return (seen() == "no").fill_null(value=False)


def seen() -> pl.Expr:
    """What an account says of whether the child was seen: ``yes``, ``no``, or null where it says neither."""
    said = pl.col("child_seen").str.strip_chars().str.to_lowercase()
    return said.replace_strict(_ANSWERS, default=None, return_dtype=pl.String)
