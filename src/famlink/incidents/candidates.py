"""Pairs of events worth weighing: about the same people or their close family, within days, or one quoting the other."""

from __future__ import annotations

import numpy as np
import polars as pl

MOST_DAYS = 7
"""Agencies write one happening down within a week of each other."""

MOST_NEIGHBOURS = 24
"""An event is weighed against at most so many events after it of one person: a hundred thousand on one stay bounded."""

CLOSE = ("parent", "child", "sibling", "partner", "spouse", "ex-partner", "ex-spouse", "special guardian", "kinship carer", "foster carer",
         "child under special guardianship", "child in kinship care", "child in foster care", "carer", "person cared for")  # fmt: skip
"""Relationships through which one happening reaches a second person: a mother's assault is her child's school note."""

PAIR = ["left", "right"]


def touched(inside: pl.DataFrame, relations: pl.DataFrame | None) -> pl.DataFrame:
    """Everybody an event touches: those in it, and their close family.

    Args:
        inside: participants, as :func:`famlink.incidents.participants.participants` gives.
        relations: those of :data:`CLOSE` family, or None where none are known.

    Returns:
        ``number``, ``person_id``, ``direct`` (in the event, not just family of somebody in it); one row a pair, sorted.
    """
    direct = inside.select("number", "person_id", pl.lit(value=True).alias("direct"))
    if relations is None:
        return direct
    # Somebody in no event is nobody's meeting point: most relatives of a county are left out here.
    present = direct.select("person_id").unique()
    close = (
        relations.select("person_id", "relative_id")
        .join(present, on="person_id", how="semi")
        .join(present, left_on="relative_id", right_on="person_id", how="semi")
        .unique()
    )
    through = direct.join(close, on="person_id").select(
        "number", pl.col("relative_id").alias("person_id"), pl.lit(value=False).alias("direct")
    )
    return (
        pl.concat([direct, through])
        .group_by("number", "person_id")
        .agg(pl.col("direct").any())
        .sort("number", "person_id")
    )


def near_pairs(events: pl.DataFrame, reach: pl.DataFrame) -> pl.DataFrame:
    """Pairs of events that touch one person within :data:`MOST_DAYS`.

    Routine events are left out: a school start and a tenancy are not accounts of one happening.

    Args:
        events: as :func:`famlink.incidents.participants.numbered` gives.
        reach: as :func:`touched` gives.

    Returns:
        ``left`` < ``right``, ``direct`` (whether somebody is in both); unique and sorted.
    """
    live = events.filter(pl.col("stage") != "routine").select("number", "date", "latest")
    rows = reach.join(live, on="number").sort("person_id", "date", "number")
    number = rows["number"].to_numpy()
    person = rows["person_id"].rle_id().to_numpy()
    first = rows["date"].cast(pl.Int32).to_numpy()
    last = rows["latest"].cast(pl.Int32).to_numpy()
    direct = rows["direct"].to_numpy()
    lefts, rights, both = [], [], []
    for step in range(1, min(MOST_NEIGHBOURS, len(number) - 1) + 1):
        alike = person[:-step] == person[step:]
        if not alike.any():
            break
        close = alike & (first[step:] - last[:-step] <= MOST_DAYS) & (direct[:-step] | direct[step:])
        close &= number[:-step] != number[step:]
        here = np.flatnonzero(close)
        lefts.append(np.minimum(number[here], number[here + step]))
        rights.append(np.maximum(number[here], number[here + step]))
        both.append(direct[here] & direct[here + step])
    if not lefts:
        return pl.DataFrame(schema={"left": pl.UInt32, "right": pl.UInt32, "direct": pl.Boolean})
    found = pl.DataFrame(
        {"left": np.concatenate(lefts), "right": np.concatenate(rights), "direct": np.concatenate(both)},
        schema={"left": pl.UInt32, "right": pl.UInt32, "direct": pl.Boolean},
    )
    return found.group_by(PAIR).agg(pl.col("direct").any()).sort(PAIR)


def referring_pairs(known: pl.DataFrame, quoted: pl.DataFrame) -> pl.DataFrame:
    """Pairs of events joined by a reference: one quotes the other's, or both carry the same one.

    Args:
        known: as :func:`famlink.incidents.references.held` gives.
        quoted: as :func:`famlink.incidents.references.quotes` gives.

    Returns:
        ``left`` < ``right``, ``same_reference``; unique and sorted.
    """
    carried = known.sort("key", "date", "number")
    # One agency writes a row for each person of one occurrence: the same reference on the same day.
    following = carried.select(
        pl.col("number").alias("one"),
        pl.col("number").shift(-1).over("key").alias("other"),
    ).drop_nulls()
    pairs = pl.concat(
        [
            quoted.select(
                pl.min_horizontal("quoting", "quoted").alias("left"),
                pl.max_horizontal("quoting", "quoted").alias("right"),
                pl.lit(value=False).alias("same_reference"),
            ),
            following.select(
                pl.min_horizontal("one", "other").alias("left"),
                pl.max_horizontal("one", "other").alias("right"),
                pl.lit(value=True).alias("same_reference"),
            ),
        ]
    )
    return pairs.group_by(PAIR).agg(pl.col("same_reference").any()).sort(PAIR)
