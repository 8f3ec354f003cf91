"""Score a run against the truth: one dictionary of numbers, ready for JSON."""

from __future__ import annotations

from typing import Any

import polars as pl

from famlink.errors import SourceError
from famlink.linkage.evaluation.agreement import SUMS, cells, group_scores, intervals, scores, shares
from famlink.linkage.evaluation.families import mixed, relation_scores
from famlink.linkage.evaluation.truth import Truth

AGES = ((1, "under 1"), (5, "1 to 4"), (16, "5 to 15"), (18, "16 to 17"), (65, "18 to 64"), (200, "65 and over"))
THRESHOLDS = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
LEAST = 0.01
"""Below this a run keeps a pair only where its records came to one person: of such pairs nothing can be said."""


def evaluate(
    people: pl.DataFrame,
    truth: Truth,
    *,
    links: pl.DataFrame | None = None,
    relations: pl.DataFrame | None = None,
    incidents: pl.DataFrame | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Score a run against the truth.

    Scores are over records of origin given. A group's pairs have at least one record in the group. Where there is
    nothing to be wrong about (no two records of one person), precision and recall are 1.

    Args:
        people: the run's people: agency, record_id, person_id, origin.
        truth: the truth.
        links: the run's links: where recall was lost, scores by threshold, calibration.
        relations: the run's relations.
        incidents: the run's incidents.
        seed: seed of the bootstrap.

    Returns:
        records, pairs, b3, mixes_relatives, groups; mixes; intervals; and lost, thresholds, calibration, relations,
        incidents where both sides are given.

    Raises:
        SourceError: the truth names records the run does not have: it is of another hub.

    Example:
        >>> run = pl.DataFrame({"agency": ["a", "a", "b"], "record_id": ["1", "2", "1"],
        ...                     "person_id": ["x", "y", "x"], "origin": ["given"] * 3})
        >>> true = Truth(run.select("agency", "record_id", person=pl.Series(["p", "q", "p"])))
        >>> evaluate(run, true)["pairs"]
        {'precision': 1.0, 'recall': 1.0, 'f1': 1.0}
    """
    _same_hub(people, truth)
    given = people.filter(pl.col("origin") == "given").select("agency", "record_id", "person_id")
    records = given.join(truth.records, on=["agency", "record_id"]).sort("agency", "record_id")
    family = truth.family_of()
    sized = cells(records)
    by_record = shares(sized.join(family, on="person", how="left"))
    sums = {name: float(by_record[name].sum()) for name in SUMS}
    mixes = mixed(records, family, truth.relations)
    result: dict[str, Any] = {"records": records.height, **scores(sums), "mixes_relatives": mixes["relatives"]}
    result["people"] = {"true": records["person"].n_unique(), "found": records["person_id"].n_unique()}
    result["mixes"] = mixes
    result["without_truth"] = given.height - records.height
    by_family = by_record.group_by("family").agg([pl.sum(name) for name in SUMS]).sort("family")
    result["intervals"] = intervals(by_family, seed=seed) if by_family.height else {}
    result["groups"] = _groups(sized, truth)
    if links is not None:
        result |= _by_links(links, records, sums)
    if relations is not None and truth.relations is not None:
        result["relations"] = relation_scores(relations, people, truth.records, truth.relations)
    if incidents is not None and truth.incidents is not None:
        result["incidents"] = _incidents(incidents, truth.incidents)
    return result


def _same_hub(people: pl.DataFrame, truth: Truth) -> None:
    """People named in words are numbered by the reader; a row it rejected shifts them, so only given records must be there."""
    asked = truth.records.filter(~pl.col("record_id").str.contains("~", literal=True))
    lacking = asked.join(people, on=["agency", "record_id"], how="anti").sort("agency", "record_id")
    if lacking.height:
        first = lacking.row(0, named=True)
        raise SourceError(
            f"{truth.where}: names {lacking.height} records the run does not have, the first is "
            f"{first['agency']}:{first['record_id']}; give the truth of the hub this run was made from"
        )


def _groups(sized: pl.DataFrame, truth: Truth) -> list[dict[str, Any]]:
    out = group_scores(sized, "agency")
    if truth.people is None:
        return out
    about = truth.people.unique("person", keep="first", maintain_order=True)
    as_at = truth.as_at
    if as_at is not None:
        years = (pl.lit(as_at) - pl.col("date_of_birth").str.to_date(strict=False)).dt.total_days() / 365.25
        band = pl.lit(None, dtype=pl.String)
        for limit, name in reversed(AGES):
            band = pl.when(years < limit).then(pl.lit(name)).otherwise(band)
        about = about.with_columns(age=band.fill_null("no date of birth"))
    wanted = [name for name in ("age", "culture", "mover", "twin") if name in about.columns]
    sized = sized.join(about.select("person", *wanted), on="person", how="left")
    ages = [name for _, name in AGES]
    for name in wanted:
        found = group_scores(sized, name)
        if name == "age":
            found.sort(key=lambda group: ages.index(group["group"]) if group["group"] in ages else len(ages))
        out += found
    return out


def _by_links(links: pl.DataFrame, records: pl.DataFrame, sums: dict[str, float]) -> dict[str, Any]:
    side = records.select("agency", "record_id", "person", "person_id")
    left, right = (side.rename({name: f"{name}_{hand}" for name in side.columns}) for hand in ("left", "right"))
    pairs = (
        links.select("agency_left", "record_id_left", "agency_right", "record_id_right", "match_probability", "verdict")
        .join(left, on=["agency_left", "record_id_left"])
        .join(right, on=["agency_right", "record_id_right"])
        .select(
            "match_probability",
            "verdict",
            true=pl.col("person_left") == pl.col("person_right"),
            together=pl.col("person_id_left") == pl.col("person_id_right"),
        )
    )
    total, found = round(sums["true"]), round(sums["together_and_true"])
    at_scoring = pairs.filter(pl.col("true") & ~pl.col("together")).height
    review = pairs.filter(pl.col("true") & (pl.col("verdict") == "review")).height
    thresholds = []
    for threshold in THRESHOLDS:
        above = pairs.filter(pl.col("match_probability") >= threshold)
        right_ones = int(above["true"].sum())
        thresholds.append(
            {
                "threshold": threshold,
                "precision": round(right_ones / above.height, 6) if above.height else 1.0,
                "recall": round(right_ones / total, 6) if total else 1.0,
            }
        )
    return {
        "lost": {
            "true_pairs": total,
            "found": found,
            "before_scoring": total - found - at_scoring,
            "at_scoring": at_scoring,
            "of_which_in_review": review,
            "note": "before_scoring: never compared, or given a match probability below 0.01",
        },
        "thresholds": thresholds,
        "calibration": _calibration(pairs),
    }


def _calibration(pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """Ten bins of width .1: mean probability beside the share of true pairs; pairs under LEAST are left out.

    Those are there only because other pairs joined their records, so most of them are true: with them the first bin would
    say that low probabilities are too low.
    """
    binned = (
        pairs.filter(pl.col("match_probability") >= LEAST)
        .with_columns(bin=(pl.col("match_probability") * 10.0).floor().clip(0, 9).cast(pl.Int64))
        .group_by("bin")
        .agg(pl.len().alias("pairs"), pl.col("match_probability").mean().alias("said"), pl.col("true").mean())
        .sort("bin")
    )
    return [
        {
            "from": row["bin"] / 10,
            "to": (row["bin"] + 1) / 10,
            "said": round(row["said"], 6),
            "true": round(row["true"], 6),
            "pairs": row["pairs"],
        }
        for row in binned.iter_rows(named=True)
    ]


def _incidents(incidents: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    events = incidents.select("agency", "event_id", person_id="incident_id").join(
        truth.select("agency", "event_id", person="incident"), on=["agency", "event_id"]
    )
    by_event = shares(cells(events))
    sums = {name: float(by_event[name].sum()) for name in SUMS}
    told: dict[str, Any] = {
        "events": events.height,
        "true_incidents": events["person"].n_unique(),
        "found_incidents": events["person_id"].n_unique(),
        **scores(sums),
    }
    if {"role", "follows"} <= set(truth.columns):
        told["repetitions"] = _repetitions(events, truth)
    return told


def _repetitions(events: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """Of the repetitions of which both incidents were told: how many the run put into one incident with what they repeat."""
    again = (
        truth.filter(pl.col("role") == "repetition").select(person="incident", before="follows").unique().drop_nulls()
    )
    found = events.select("person", "person_id").unique()
    pairs = again.join(found, on="person").join(
        found.rename({"person": "before", "person_id": "person_id_before"}), on="before"
    )
    told = pairs.group_by("person", "before").agg(
        (pl.col("person_id") == pl.col("person_id_before")).any().alias("one")
    )
    merged = int(told["one"].sum())
    return {"told": told.height, "merged": merged, "share": merged / told.height if told.height else 0.0}
