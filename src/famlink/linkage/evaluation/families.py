"""Relatives mixed in one cluster, and relations right, wrong and missing."""

from __future__ import annotations

from typing import Any

import polars as pl

COUPLE = ("partner", "spouse", "ex-partner", "ex-spouse", "co-parent")
SAME_KIND = {**dict.fromkeys(COUPLE, "couple"), "unborn child": "child", "parent of unborn": "parent"}
"""Kinds that count as one: whether a couple married or parted is a question of dates, not of who they are."""


def mixed(records: pl.DataFrame, family: pl.DataFrame, relations: pl.DataFrame | None) -> dict[str, int]:
    """Count clusters that hold two or more true people of one family.

    Args:
        records: person_id, person.
        family: person, family.
        relations: true relations, or None.

    Returns:
        mixes_relatives, and, where relations are known, twins and parent_child among them; mixes_strangers.
    """
    held = records.select("person_id", "person").unique().join(family, on="person")
    in_family = held.group_by("person_id", "family").agg(pl.len().alias("people"))
    relatives = in_family.filter(pl.col("people") > 1)["person_id"].n_unique()
    apart = held.group_by("person_id").agg(pl.col("family").n_unique().alias("families"))
    out = {"relatives": relatives, "strangers": apart.filter(pl.col("families") > 1).height}
    if relations is None:
        return out
    several = held.filter(pl.len().over("person_id") > 1)
    pairs = several.join(several, on="person_id", suffix="_other").filter(pl.col("person") != pl.col("person_other"))
    known = relations.select(
        "person", person_other="relative", relationship="relationship", qualifier=_qualifier(relations)
    )
    found = pairs.join(known, on=["person", "person_other"])
    twins = found.filter(pl.col("qualifier").fill_null("").str.contains("twin"))
    out["twins"] = twins["person_id"].n_unique()
    out["siblings"] = found.filter(pl.col("relationship") == "sibling")["person_id"].n_unique()
    out["parent_child"] = found.filter(pl.col("relationship") == "parent")["person_id"].n_unique()
    return out


def _qualifier(relations: pl.DataFrame) -> pl.Expr:
    return pl.col("qualifier") if "qualifier" in relations.columns else pl.lit("")


def relation_scores(
    relations: pl.DataFrame, people: pl.DataFrame, records: pl.DataFrame, truth: pl.DataFrame
) -> dict[str, Any]:
    """Compare relations with the true ones.

    A run's person stands for the true person most of its records belong to. Relations between people the hub has no
    record of are not asked for; relations of kinds the truth does not hold (friend, professional) are not counted.

    Args:
        relations: the run's relations.
        people: the run's people, named ones too.
        records: true person by agency and record_id, named ones too.
        truth: true relations.

    Returns:
        right, wrong, missing, precision, recall; where the truth knows what agencies stated, missing_stated: those of
        the missing that some agency stated; wrong_of_one_person: those of the wrong between two parts of one true
        person the run left apart; the same by kind; right and wrong by basis.
    """
    who = (
        people.join(records, on=["agency", "record_id"])
        .group_by("person_id", "person")
        .agg(pl.len().alias("n"))
        .sort(["person_id", "n", "person"], descending=[False, True, False])
        .unique("person_id", keep="first", maintain_order=True)
        .select("person_id", "person")
    )
    kind = pl.col("relationship").replace(SAME_KIND).alias("kind")
    seen = who["person"].unique().implode()
    said = pl.col("stated") == "yes" if "stated" in truth.columns else pl.lit(None)
    true = (
        truth.with_columns(kind, said=said)
        .select("person", "relative", "kind", "said")
        .filter(pl.col("person").is_in(seen) & pl.col("relative").is_in(seen))
        .unique(["person", "relative", "kind"], keep="first", maintain_order=True)
    )
    told = (
        relations.with_columns(kind)
        .filter(pl.col("kind").is_in(true["kind"].unique().implode()))
        .join(who, on="person_id")
        .join(who.rename({"person_id": "relative_id", "person": "relative"}), on="relative_id")
        .select("person", "relative", "kind", "basis")
        .sort("person", "relative", "kind", "basis", descending=[False, False, False, True])
        .unique(["person", "relative", "kind"], keep="first", maintain_order=True)
    )
    joined = told.join(
        true.with_columns(right=pl.lit(value=True)), on=["person", "relative", "kind"], how="left"
    ).with_columns(pl.col("right").fill_null(value=False))
    missing = true.join(told, on=["person", "relative", "kind"], how="anti")
    kinds = []
    for name in sorted(set(true["kind"].unique().to_list()) | set(told["kind"].unique().to_list())):
        here = joined.filter(pl.col("kind") == name)
        kinds.append({"kind": name, **_counts(here, missing.filter(pl.col("kind") == name))})
    by_basis = {
        basis: {
            "right": joined.filter((pl.col("basis") == basis) & pl.col("right")).height,
            "wrong": joined.filter((pl.col("basis") == basis) & ~pl.col("right")).height,
        }
        for basis in ("stated", "derived")
    }
    alone = joined.filter(pl.col("person") == pl.col("relative")).height
    return {**_counts(joined, missing), "wrong_of_one_person": alone, "kinds": kinds, "basis": by_basis}


def _counts(told: pl.DataFrame, missing: pl.DataFrame) -> dict[str, Any]:
    right = int(told["right"].sum())
    wrong, lost = told.height - right, missing.height
    known = missing["said"].dtype == pl.Boolean
    stated = {"missing_stated": int(missing["said"].sum())} if known else {}
    return {
        "right": right,
        "wrong": wrong,
        "missing": lost,
        **stated,
        "precision": round(right / (right + wrong), 6) if right + wrong else 1.0,
        "recall": round(right / (right + lost), 6) if right + lost else 1.0,
    }
