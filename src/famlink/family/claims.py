"""Claims: ties between records, read through resolved people and seen from both sides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from famlink.tables import CLAIM
from famlink.vocabulary.relationships import inverse, kinds, read_relationships

Barred = Iterable[tuple[str, str]] | pl.DataFrame | None
"""Pairs of person_id no relation may cross: pairs, or a frame ``person_left``, ``person_right``."""

OPEN_END = dt.date(1900, 1, 1)
"""An end on or before this day means that the tie is still open: several case systems write it so."""


@dataclass(frozen=True)
class FamilyNotes:
    """What became of the ties that make no relation; every tie is counted once.

    Args:
        ties: ties read.
        used: ties that are a claim behind a relation.
        same_person: ties between two records of one person.
        unresolved: ties with a record that is no person's.
        barred: ties between two people who must not be linked.
        unknown_words: texts the registry does not know -> how many ties say them; they are kept as ``other``.
    """

    ties: int
    used: int
    same_person: int
    unresolved: int
    barred: int
    unknown_words: dict[str, int] = field(default_factory=dict)


def barred_pairs(barred: Barred) -> pl.DataFrame:
    """The barred pairs in both directions, as a frame ``person_left``, ``person_right``."""
    schema = {"person_left": pl.String, "person_right": pl.String}
    if barred is None:
        return pl.DataFrame(schema=schema)
    pairs = (
        barred.select("person_left", "person_right")
        if isinstance(barred, pl.DataFrame)
        else pl.DataFrame(sorted(set(barred)), schema=schema, orient="row")
    )
    turned = pairs.select(
        pl.col("person_right").alias("person_left"),
        pl.col("person_left").alias("person_right"),
    )
    return pl.concat([pairs, turned]).unique().sort("person_left", "person_right")


def cross(frame: pl.DataFrame, left: str, right: str, pairs: pl.DataFrame) -> pl.DataFrame:
    """The rows of a frame that cross no barred pair."""
    if pairs.is_empty():
        return frame
    # Looked for among the keys alone: a join would copy every column of a table that mostly stays as it is.
    keys = frame.select(left, right).with_row_index("famlink.row")
    across = keys.join(pairs, left_on=[left, right], right_on=["person_left", "person_right"], how="semi")[
        "famlink.row"
    ]
    return frame.filter(~pl.int_range(pl.len(), dtype=pl.UInt32).is_in(across.implode())) if len(across) else frame


@dataclass(frozen=True)
class Claims:
    """Ties read between people.

    Args:
        rows: two rows a usable tie, one from each side: the key of the relation, ``tie`` (its number), ``source``
            (``agency:record_id``), ``start``, ``end``, ``confidence`` (the product of the two membership probabilities),
            ``said_sex`` (the relative's sex where the word says it) and ``holds_responsibility``.
        said: each claim as stated, by the number of its tie.
    """

    rows: pl.DataFrame
    said: pl.Series


def claims_between_people(people: pl.DataFrame, ties: pl.DataFrame, *, barred: Barred = None) -> Claims:
    """Turn ties between records into claims between people, each in both directions.

    Args:
        people: table ``people``.
        ties: table ``ties``.
        barred: pairs no claim may cross.

    Returns:
        the claims, their ties numbered in a fixed order.
    """
    placed = cross(_place(people, ties), "person_id", "relative_id", barred_pairs(barred)).filter(
        pl.col("person_id") != pl.col("relative_id")
    )
    words = read_relationships(placed["relationship"])
    registry = kinds()
    meant = words.select(
        pl.col("words").alias("relationship"),
        pl.col("kind").replace_strict({name: kind.means for name, kind in registry.items()}, return_dtype=pl.String),
        pl.col("kind")
        .replace_strict({name: inverse(kind.means) for name, kind in registry.items()}, return_dtype=pl.String)
        .alias("inverse"),
        "qualifier",
        "sex_of_relative",
    )
    order = ["agency", "record_id", "relative_record_id", "file", "file_row", "relationship"]
    read = (
        placed.sort(order)
        .with_row_index("tie")
        .join(meant, on="relationship", how="left", maintain_order="left")
        .with_columns(
            pl.when(pl.col("end") <= OPEN_END).then(None).otherwise(pl.col("end")).alias("end"),
            pl.when(pl.col("start") <= OPEN_END).then(None).otherwise(pl.col("start")).alias("start"),
        )
    )
    said = read.select(
        pl.struct(
            "agency",
            "record_id",
            "relative_record_id",
            pl.col("relationship").alias("words"),
            "start",
            "end",
            "file",
            "file_row",
            "parental_responsibility",
            "lives_with",
        )
        .cast(CLAIM)
        .alias("claim")
    ).to_series()
    same: list[str | pl.Expr] = [
        "tie",
        (pl.col("agency") + ":" + pl.col("record_id")).alias("source"),
        "start",
        "end",
        (pl.col("probability") * pl.col("probability_relative")).alias("confidence"),
    ]
    onward = read.select(
        "person_id",
        "relative_id",
        pl.col("kind").alias("relationship"),
        "qualifier",
        *same,
        pl.col("sex_of_relative").alias("said_sex"),
        pl.col("parental_responsibility").alias("holds_responsibility"),
    )
    back = read.select(
        pl.col("relative_id").alias("person_id"),
        pl.col("person_id").alias("relative_id"),
        pl.col("inverse").alias("relationship"),
        "qualifier",
        *same,
        pl.lit(None, pl.String).alias("said_sex"),
        pl.lit(None, pl.Boolean).alias("holds_responsibility"),
    )
    return Claims(pl.concat([onward, back]), said)


def notes_of_ties(people: pl.DataFrame, ties: pl.DataFrame, *, barred: Barred = None) -> FamilyNotes:
    """Count what became of every tie."""
    placed = _place(people, ties)
    apart = placed.filter(pl.col("person_id") != pl.col("relative_id"))
    used = cross(apart, "person_id", "relative_id", barred_pairs(barred))
    words = read_relationships(used["relationship"]).filter(~pl.col("known"))
    unknown = (
        used.join(words, left_on="relationship", right_on="words", how="semi")
        .group_by("relationship")
        .agg(pl.len().alias("n"))
        .sort("n", "relationship", descending=[True, False])
    )
    return FamilyNotes(
        ties=ties.height,
        used=used.height,
        same_person=placed.height - apart.height,
        unresolved=ties.height - placed.height,
        barred=apart.height - used.height,
        unknown_words=dict(unknown.iter_rows()),
    )


def _place(people: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    who = people.select("agency", "record_id", "person_id", "probability")
    return ties.join(who, on=["agency", "record_id"], how="inner").join(
        who.select(
            "agency",
            pl.col("record_id").alias("relative_record_id"),
            pl.col("person_id").alias("relative_id"),
            pl.col("probability").alias("probability_relative"),
        ),
        on=["agency", "relative_record_id"],
        how="inner",
    )
