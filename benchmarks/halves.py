"""Families in two halves, none in both: thresholds are chosen on one and figures told of the other."""

from __future__ import annotations

import zlib
from typing import Any

import polars as pl

TUNING, TEST = "tuning", "test"


def half_of(family: str) -> str:
    """Which half a family is in: by a hash of its id, the same on every machine."""
    return TEST if zlib.crc32(family.encode()) % 2 else TUNING


def scores_of(people: pl.DataFrame, truth: Any, half: str) -> dict[str, Any]:
    """Scores of one half: pairs with at least one record in it, and its clusters that mix relatives.

    Args:
        people: agency, record_id, person_id, origin.
        truth: the truth of the whole world.
        half: tuning or test.
    """
    from famlink.linkage.evaluation.agreement import cells, group_scores
    from famlink.linkage.evaluation.families import mixed

    family = truth.family_of()
    family = family.with_columns(half=pl.col("family").map_elements(half_of, return_dtype=pl.String))
    given = people.filter(pl.col("origin") == "given").select("agency", "record_id", "person_id")
    records = given.join(truth.records, on=["agency", "record_id"]).join(family, on="person")
    scored = next(group for group in group_scores(cells(records), "half") if group["group"] == half)
    mine = family.filter(pl.col("half") == half).select("person", "family")
    scored["mixes_relatives"] = mixed(records.select("person_id", "person"), mine, truth.relations)["relatives"]
    return scored


def row_of(name: str, scored: dict[str, Any]) -> list[str]:
    """One row of a table of scores."""
    pairs = scored["pairs"]
    figures = [f"{pairs[one]:.4f}" for one in ("precision", "recall", "f1")]
    return [name, *figures, f"{scored['b3']['f1']:.4f}", f"{scored['mixes_relatives']:,}"]


HEADERS = ["", "precision", "recall", "F1", "B-cubed F1", "mix relatives"]
