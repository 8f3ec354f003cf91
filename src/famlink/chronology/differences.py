"""How the accounts of one incident differ."""

from __future__ import annotations

import polars as pl

from famlink.chronology import phrases
from famlink.chronology.gaps import seen
from famlink.chronology.words import MOST_NAME, plain
from famlink.sharing.portrait import Portrait

MOST_DAYS = 8
"""Accounts of one incident on more days than this are counted, not listed."""


def differences(told: pl.DataFrame, people: dict[str, Portrait]) -> pl.DataFrame:
    """Say how the accounts of each incident differ.

    Args:
        told: accounts in the order of the chronology.
        people: portraits by person_id.

    Returns:
        ``incident`` and ``differences``, one sentence a difference: dates apart, who is named by some only, whether the
        child was seen.
    """
    named = told.select("incident", "date", "precision", "people", seen(), _agency=phrases.agencies(told["agency"]))
    said = pl.concat([_dates(named), _naming(named, people), _seeing(named)])
    return said.sort("incident", "_place", "_at").group_by("incident", maintain_order=True).agg(differences="said")


def _dates(named: pl.DataFrame) -> pl.DataFrame:
    """Days apart, with who says which; where there are very many, their number."""
    exact = named.filter(pl.col("precision") == "day").select("incident", "date").unique()
    days = (
        named.join(exact, on=["incident", "date"], how="semi")
        .group_by("incident", "date", maintain_order=True)
        .agg(agencies=pl.col("_agency").unique(maintain_order=True))
        .sort("incident", "date")
        .with_columns(said=pl.format("{} ({})", phrases.days(pl.col("date")), phrases.listed(pl.col("agencies"))))
        .group_by("incident", maintain_order=True)
        .agg("said", count=pl.len(), apart=(pl.col("date").max() - pl.col("date").min()).dt.total_days())
        .filter(pl.col("count") > 1)
    )
    few = pl.format(": {}", phrases.listed(pl.col("said")))
    many = pl.format(", on {} days", "count")
    told = pl.when(pl.col("count") <= MOST_DAYS).then(few).otherwise(many)
    return _placed(
        days.select("incident", said=pl.format("dates {} apart{}", phrases.counted_days(pl.col("apart")), told)), 0
    )


def _naming(named: pl.DataFrame, people: dict[str, Portrait]) -> pl.DataFrame:
    """Who is named by some accounts only."""
    size = named.group_by("incident").agg(accounts=pl.len())
    some = (
        named.explode("people")
        .drop_nulls("people")
        .group_by("incident", "people", maintain_order=True)
        .agg(agencies=pl.col("_agency").unique(maintain_order=True), naming=pl.len())
        .join(size, on="incident", how="left", maintain_order="left")
        .filter(pl.col("naming") < pl.col("accounts"))
    )
    names = phrases.said_once(
        some, ["people"], lambda person: plain(people[person].name, most=MOST_NAME) if person in people else None
    )
    said = pl.format("{} named only by {}", pl.lit(names), phrases.listed(pl.col("agencies")))
    return _placed(some.select("incident", said=said).drop_nulls("said"), 1)


def _seeing(named: pl.DataFrame) -> pl.DataFrame:
    """Whether the child was seen, where the accounts do not agree."""

    def who(answer: str) -> pl.Expr:
        return pl.col("_agency").filter(pl.col("child_seen") == answer).unique(maintain_order=True)

    told = (
        named.group_by("incident", maintain_order=True)
        .agg(yes=who("yes"), no=who("no"))
        .filter(pl.col("yes").list.len() > 0, pl.col("no").list.len() > 0)
    )
    yes, no = phrases.listed(pl.col("yes")), phrases.listed(pl.col("no"))
    said = pl.format("child seen according to {}, not seen according to {}", yes, no)
    return _placed(told.select("incident", said=said), 2)


def _placed(said: pl.DataFrame, place: int) -> pl.DataFrame:
    return said.with_columns(_place=pl.lit(place), _at=pl.int_range(pl.len()))
