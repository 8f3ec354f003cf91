"""References one event quotes of another: crime numbers, CAD logs, URNs, in their own column or inside the text."""

from __future__ import annotations

import polars as pl

from famlink.incidents.candidates import MOST_DAYS
from famlink.incidents.participants import MOST_TEXT

MOST_HOLDERS = 50
"""A reference on more events than this is a case number, not an event: quoting it says nothing."""

OF_CASES = 0.5
"""Where more of an agency's references that stand on several events than this share stand on events more than a week apart, they number cases."""

LEAST_KEY = 4
"""Capitals and digits a reference has at least."""

_SHAPE = r"[A-Za-z0-9][A-Za-z0-9/\-_.]{2,30}[A-Za-z0-9]"


def held(given: pl.DataFrame) -> pl.DataFrame:
    """The references events carry themselves; numbers of cases are left out.

    Args:
        given: ``given`` of :class:`famlink.incidents.participants.Entries`.

    Returns:
        ``number``, ``agency``, ``date``, ``key`` and ``holders``, how many events carry it.
    """
    known = given.select("number", "agency", "date", "reference").drop_nulls("reference")
    carried = (
        known.select("number", "agency", "date", reference_keys(known["reference"]))
        .drop_nulls("key")
        .with_columns(pl.len().over("key").alias("holders"))
        .filter(pl.col("holders") <= MOST_HOLDERS)
    )
    several = carried.filter(pl.col("holders") > 1).filter(pl.len().over("agency", "key") > 1)
    spread = several.group_by("agency", "key").agg((pl.col("date").max() - pl.col("date").min()).dt.total_days())
    # An agency whose numbers mostly come back after weeks numbers cases: what it numbers twice in a week is two events as well.
    again, far = (pl.col("date") > 0).sum().over("agency"), (pl.col("date") > MOST_DAYS).sum().over("agency")
    cases = spread.filter((pl.col("date") > MOST_DAYS) | (far > OF_CASES * again))
    return carried.join(cases, on=["agency", "key"], how="anti")


def quotes(given: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Which event quotes which: by the column of quoted references, or by a known reference inside the description.

    Args:
        given: ``given`` of :class:`famlink.incidents.participants.Entries`.
        known: as :func:`held` gives.

    Returns:
        ``quoting``, ``quoted``: numbers of two different events, unique and sorted.
    """
    if known.is_empty():
        return pl.DataFrame(schema={"quoting": pl.UInt32, "quoted": pl.UInt32})
    listed = (
        given.select("number", "quoted_references")
        .filter(pl.col("quoted_references").list.len() > 0)
        .explode("quoted_references", keep_nulls=False, empty_as_null=False)
    )
    listed = listed.select("number", reference_keys(listed["quoted_references"])).drop_nulls("key")
    written = tokens_of(given.select("number", pl.col("description").str.slice(0, MOST_TEXT).alias("text")))
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
        ``number`` and ``key``, as :func:`reference_keys` makes them.
    """
    tokens = (
        told.filter(pl.col("text").str.contains(r"\d"))
        .select("number", pl.col("text").str.extract_all(_SHAPE).alias("token"))
        .filter(pl.col("token").list.len() > 0)
        .explode("token", keep_nulls=False, empty_as_null=False)
        .filter(pl.col("token").str.contains(r"\d"))
    )
    return tokens.select("number", reference_keys(tokens["token"])).drop_nulls("key")


def reference_keys(texts: pl.Series) -> pl.Series:
    """References in plain form: capitals and digits; shorter than four, or without a digit, is no reference.

    Args:
        texts: as written.

    Returns:
        ``key``; null for what is none.

    Example:
        >>> reference_keys(pl.Series(["cad/1234-b", "see note", None])).to_list()
        ['CAD1234B', None, None]
    """
    plain = texts.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "").alias("key")
    return plain.set(~((plain.str.len_bytes() >= LEAST_KEY) & plain.str.contains(r"\d")), None)
