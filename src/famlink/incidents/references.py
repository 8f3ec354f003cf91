"""References one event quotes of another: crime numbers, CAD logs, URNs, in their own column or inside the text."""

from __future__ import annotations

import polars as pl

from famlink.incidents.candidates import MOST_DAYS
from famlink.incidents.participants import MOST_TEXT

MOST_HOLDERS = 50
"""A reference on more events than this is a case number, not an event: quoting it says nothing."""

OF_CASES = 0.5
"""Where more of an agency's references that stand on several events than this share stand on events more than a week apart, they number cases."""

_SHAPE = r"[A-Za-z0-9][A-Za-z0-9/\-_.]{2,30}[A-Za-z0-9]"


def held(events: pl.DataFrame) -> pl.DataFrame:
    """The references events carry themselves: ``number``, ``agency``, ``date``, ``key``; numbers of cases are left out."""
    carried = (
        events.select("number", "agency", "date", reference_key(pl.col("reference")).alias("key"))
        .drop_nulls("key")
        .filter(pl.len().over("key") <= MOST_HOLDERS)
    )
    several = carried.filter(pl.len().over("agency", "key") > 1)
    spread = several.group_by("agency", "key").agg((pl.col("date").max() - pl.col("date").min()).dt.total_days())
    # An agency whose numbers mostly come back after weeks numbers cases: what it numbers twice in a week is two events as well.
    again, far = (pl.col("date") > 0).sum().over("agency"), (pl.col("date") > MOST_DAYS).sum().over("agency")
    cases = spread.filter((pl.col("date") > MOST_DAYS) | (far > OF_CASES * again))
    return carried.join(cases, on=["agency", "key"], how="anti")


def quotes(events: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Which event quotes which: by the column of quoted references, or by a known reference inside the description.

    Args:
        events: as :func:`famlink.incidents.participants.numbered` gives.
        known: as :func:`held` gives.

    Returns:
        ``quoting``, ``quoted``: numbers of two different events, unique and sorted.
    """
    if known.is_empty():
        return pl.DataFrame(schema={"quoting": pl.UInt32, "quoted": pl.UInt32})
    listed = (
        events.select("number", "quoted_references")
        .filter(pl.col("quoted_references").list.len() > 0)
        .explode("quoted_references", keep_nulls=False, empty_as_null=False)
        .select("number", reference_key(pl.col("quoted_references")).alias("key"))
        .drop_nulls("key")
    )
    written = tokens_of(events.select("number", pl.col("description").str.slice(0, MOST_TEXT).alias("text")))
    return (
        pl.concat([listed, written])
        .unique()
        .join(known.select(pl.col("number").alias("quoted"), "key"), on="key")
        .select(pl.col("number").alias("quoting"), "quoted")
        .filter(pl.col("quoting") != pl.col("quoted"))
        .unique()
        .sort("quoting", "quoted")
    )


def tokens_of(told: pl.DataFrame) -> pl.DataFrame:
    """What may be a reference in some texts.

    Args:
        told: ``number`` and ``text``.

    Returns:
        ``number`` and ``key``, as :func:`reference_key` makes them.
    """
    return (
        told.filter(pl.col("text").str.contains(r"\d"))
        .select("number", pl.col("text").str.extract_all(_SHAPE).alias("token"))
        .filter(pl.col("token").list.len() > 0)
        .explode("token", keep_nulls=False, empty_as_null=False)
        .filter(pl.col("token").str.contains(r"\d"))
        .select("number", reference_key(pl.col("token")).alias("key"))
        .drop_nulls("key")
    )


def reference_key(text: pl.Expr) -> pl.Expr:
    """A reference in plain form: capitals and digits; shorter than four, or without a digit, is no reference."""
    plain = text.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    return pl.when((plain.str.len_chars() >= 4) & plain.str.contains(r"\d")).then(plain)
