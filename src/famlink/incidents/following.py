"""What follows an incident: a consequence, which an agency did because of it, or a repetition, the same kind again."""

from __future__ import annotations

import polars as pl

CONSEQUENCE_DAYS = 14
"""What an agency does because of an incident is done within a fortnight."""

REPETITION_DAYS = 28
"""The same kind again within four weeks is marked as a repetition; later ones stand alone and are counted by the chronology."""


def follow(grouped: pl.DataFrame, inside: pl.DataFrame, quoted: pl.DataFrame) -> pl.DataFrame:
    """Say which incident each incident follows.

    Args:
        grouped: numbered events with ``head``, the least number of their incident.
        inside: participants of each event.
        quoted: which event quotes which.

    Returns:
        ``head``, ``role`` (``consequence`` or ``repetition``) and ``follows`` (the other incident's head), for the incidents that
        follow another.
    """
    incidents = _incidents(grouped)
    told_of = incidents.filter(pl.col("exact") & (pl.col("response") | pl.col("happening"))).select("head")
    people = (
        grouped.select("number", "head")
        .join(told_of, on="head", how="semi")
        .join(inside.select("number", "person_id"), on="number")
        .select("head", "person_id")
        .unique()
        # Somebody in one incident alone is in none that follows another.
        .filter(pl.len().over("person_id") > 1)
    )
    named = _quoted(grouped, quoted, incidents)
    after = _after(incidents, people)
    repeated = _again(incidents, grouped, people)
    return (
        pl.concat([named, after, repeated])
        .sort("head", "order", "follows")
        .unique("head", keep="first", maintain_order=True)
        .select("head", "role", "follows")
    )


def _incidents(grouped: pl.DataFrame) -> pl.DataFrame:
    specific = pl.when(~pl.col("family").is_in(["any", "unmapped", "routine"])).then(pl.col("family"))
    return (
        grouped.select(
            "head",
            "date",
            specific.alias("family"),
            (pl.col("precision") == "day").alias("exact"),
            (pl.col("stage") == "response").alias("response"),
            pl.col("stage").is_in(["happening", "account"]).alias("happening"),
        )
        .group_by("head")
        .agg(
            pl.col("date").min(),
            pl.col("exact").all(),
            pl.col("family").first(ignore_nulls=True),
            pl.col("response").all(),
            pl.col("happening").any(),
        )
        .sort("head")
    )


def _quoted(grouped: pl.DataFrame, quoted: pl.DataFrame, incidents: pl.DataFrame) -> pl.DataFrame:
    """A response that quotes an incident is its consequence, whenever it was."""
    head = grouped.select("number", "head")
    pairs = (
        quoted.join(head, left_on="quoting", right_on="number")
        .join(head, left_on="quoted", right_on="number", suffix="_quoted")
        .filter(pl.col("head") != pl.col("head_quoted"))
        .join(incidents, on="head")
        .join(incidents, left_on="head_quoted", right_on="head", suffix="_quoted")
        .filter(pl.col("response") & (pl.col("date_quoted") <= pl.col("date")))
    )
    return _rows(pairs.sort("head", "date_quoted", descending=[False, True]), "head_quoted", "consequence", 0)


def _after(incidents: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """A response within a fortnight of a happening to the same people follows the latest one before it."""
    causes = incidents.filter(pl.col("happening") & pl.col("exact")).join(people, on="head")
    effects = incidents.filter(pl.col("response") & pl.col("exact")).join(people, on="head")
    return _rows(
        _latest_before(effects, causes, CONSEQUENCE_DAYS, by=["person_id"], strictly=False), "cause", "consequence", 1
    )


def _again(incidents: pl.DataFrame, grouped: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """The same family of kinds again within four weeks, to somebody who was in the first, by an agency that told of both.

    Without one agency that counts two, a late account of the first is as likely.
    """
    agencies = grouped.select("head", "agency").unique()
    told = (
        incidents.filter(pl.col("happening") & pl.col("exact") & pl.col("family").is_not_null())
        .join(people, on="head")
        .join(agencies, on="head")
    )
    by = ["family", "person_id", "agency"]
    return _rows(_latest_before(told, told, REPETITION_DAYS, by=by, strictly=True), "cause", "repetition", 2)


def _latest_before(
    later: pl.DataFrame, earlier: pl.DataFrame, days: int, *, by: list[str], strictly: bool
) -> pl.DataFrame:
    """For each later incident the latest earlier one within so many days that shares ``by``."""
    left = later.select("head", "date", *by).sort("date", "head")
    right = earlier.select(pl.col("head").alias("cause"), pl.col("date").alias("cause_date"), "date", *by).sort(
        "date", "cause"
    )
    found = left.join_asof(
        right,
        on="date",
        by=by,
        strategy="backward",
        tolerance=f"{days}d",
        allow_exact_matches=not strictly,
        check_sortedness=False,
    )
    return (
        found.drop_nulls("cause")
        .filter(pl.col("cause") != pl.col("head"))
        .sort("head", "cause_date", "cause", descending=[False, True, False])
    )


def _rows(found: pl.DataFrame, follows: str, role: str, order: int) -> pl.DataFrame:
    return found.unique("head", keep="first", maintain_order=True).select(
        "head",
        pl.lit(role).alias("role"),
        pl.col(follows).alias("follows"),
        pl.lit(order).alias("order"),
    )
