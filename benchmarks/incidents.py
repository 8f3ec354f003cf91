"""Incidents with people from the truth: `python benchmarks/incidents.py WORLD [--without COLUMN] [--learn OTHER_WORLD]`.

Groups the events of a synthetic world whose people and relations are taken from its truth, and prints precision, recall and
repetitions merged. `--without` empties a column first, and may be given several times; `--times` lays so many copies of
the world side by side, for speed and memory alone, `--rounds` as often; with `--own-words` every description is one of its own. With `--learn` it also prints how far the rows would go at best: a classifier is trained on the true pairs of
the other world, and its recall in this one is given at several precisions, without and with rapidfuzz's similarities of whole descriptions.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

KEY = ["agency", "event_id"]
SEEN = ["day", "late", "hour", "stratum", "quotes", "vague", "named"]
ALIKE = ["token_set_ratio", "ratio", "partial_ratio"]


def read(world: Path):
    """Events, true people, true relations and the truth of a world."""
    from famlink.linkage.evaluation.truth import read_truth
    from famlink.pipeline.preparing import prepare
    from famlink.pipeline.shelf import Shelf
    from famlink.provenance import Recorder

    truth = read_truth(world / "truth")
    with Shelf(None) as shelf:
        ready = prepare(world / "hub.toml", allow_rejects=True, recorder=Recorder(None), shelf=shelf)
    true = truth.records.unique(["agency", "record_id"]).select(
        "agency", "record_id", pl.col("person").alias("person_id")
    )
    people = (
        ready.merged.select("agency", "record_id", "origin")
        .unique(["agency", "record_id"], maintain_order=True)
        .join(true, on=["agency", "record_id"], how="left")
        .with_columns(pl.col("person_id").fill_null(pl.col("agency") + ":" + pl.col("record_id")), probability=1.0)
    )
    one = truth.relations.select(
        pl.col("person").alias("person_id"), pl.col("relative").alias("relative_id"), "relationship"
    )
    other = one.select(
        pl.col("relative_id").alias("person_id"), pl.col("person_id").alias("relative_id"), "relationship"
    )
    return ready.extracts.events, people, pl.concat([one, other]).unique(), truth


def copied(events, people, relations, times):
    """So many copies of a world, each with people of its own, four weeks apart."""

    def again(frame, names, n):
        days = [name for name in ("date", "latest", "end_date", "recorded_on") if name in frame.columns]
        ids = [pl.col(name) + f"/{n}" for name in names]
        return frame.with_columns(*ids, pl.col(days) + pl.duration(days=28 * n)) if days else frame.with_columns(ids)

    keys = (["event_id", "record_id"], ["record_id", "person_id"], ["person_id", "relative_id"])
    return [
        pl.concat([again(frame, names, n) for n in range(times)])
        for frame, names in zip((events, people, relations), keys, strict=True)
    ]


def features(events, people, relations, truth):
    """Pairs of two agencies' events, 40 numbers each and then those of :data:`ALIKE`, and whether they are one incident."""
    from rapidfuzz import fuzz, process

    from famlink.incidents.evidence import LEVELS
    from famlink.incidents.grouping import Known, score_pairs

    scored = score_pairs(events, Known(people, relations)).filter(~pl.col("duplicate"), pl.col("category") >= 1)
    seen = events.join(truth.incidents.select(*KEY, "incident"), on=KEY).select(
        *KEY,
        "incident",
        "description",
        pl.col("date").cast(pl.Int32).alias("day"),
        (pl.col("recorded_on") - pl.col("date")).dt.total_days().alias("late"),
        pl.col("time").str.slice(0, 2).cast(pl.Int32, strict=False).alias("hour"),
        (pl.col("agency") + pl.col("category").fill_null("")).rank("dense").alias("stratum"),
        pl.col("quoted_references").list.len().alias("quotes"),
        pl.col("precision").replace_strict({"day": 0, "month": 1, "uncertain": 2}, default=3).alias("vague"),
        pl.col("others").list.len().alias("named"),
    )
    both = scored.join(seen, left_on=["agency_left", "event_id_left"], right_on=KEY).join(
        seen, left_on=["agency_right", "event_id_right"], right_on=KEY, suffix="_other"
    )
    turned = pl.col("stratum") > pl.col("stratum_other")
    sides = [("a", "left", "", "_other"), ("b", "right", "_other", "")]
    x = both.with_columns(
        *(
            pl.when(turned).then(n + swapped).otherwise(n + own).alias(f"{s}_{n}")
            for s, _, own, swapped in sides
            for n in SEEN
        ),
        pl.when(turned).then("right").otherwise("left").alias("a"),
        pl.when(turned).then("left").otherwise("right").alias("b"),
        pl.when(turned).then("agency_right").otherwise("agency_left").alias("agency_a"),
        pl.when(turned).then("agency_left").otherwise("agency_right").alias("agency_b"),
        (pl.col("incident") == pl.col("incident_other")).alias("same"),
    ).with_columns((pl.col("b_day") - pl.col("a_day")).alias("signed"))
    faces = pl.concat(
        [
            x.select(n="a", m="b", rival="agency_b", weight="weight", signed=pl.col("signed")),
            x.select(n="b", m="a", rival="agency_a", weight="weight", signed=-pl.col("signed")),
        ]
    )
    near = faces.group_by("n").agg(
        pl.len().alias("all"), pl.col("rival").n_unique().alias("agencies"), pl.col("weight").max().alias("best"),
        pl.col("signed").min().alias("first"), pl.col("signed").max().alias("last"),
    )  # fmt: skip
    rivals = faces.group_by("n", "rival").agg(pl.len().alias("rivals"), pl.col("weight").max().alias("rival_best"))
    third = (
        x.select("a", "b")
        .join(faces.select("n", third="m", w1="weight", s1="signed"), left_on="a", right_on="n")
        .join(faces.select("n", third="m", w2="weight", s2="signed"), left_on=["b", "third"], right_on=["n", "third"])
        .with_columns(pl.min_horizontal("w1", "w2").alias("least"))
        .group_by("a", "b")
        .agg(
            pl.len().alias("thirds"),
            pl.col("least").max(),
            pl.col("w1").max(),
            pl.col("w2").max(),
            pl.col("s1").sort_by("least").last(),
            pl.col("s2").sort_by("least").last(),
        )
    )
    for side, there in (("a", "agency_b"), ("b", "agency_a")):
        x = x.join(near.select("n", pl.exclude("n").name.prefix(f"{side}_")), left_on=side, right_on="n")
        told = rivals.select("n", "rival", pl.exclude("n", "rival").name.prefix(f"{side}_"))
        x = x.join(told, left_on=[side, there], right_on=["n", "rival"])
    x = x.join(third, on=["a", "b"], how="left").sort("a", "b")
    texts = [x[name].fill_null("").to_list() for name in ("description", "description_other")]
    x = x.with_columns(pl.Series(name, process.cpdist(*texts, scorer=getattr(fuzz, name))) for name in ALIKE)
    around = [f"{s}_{n}" for s in "ab" for n in ("all", "agencies", "best", "first", "last", "rivals", "rival_best")]
    told = ["signed", "weight", "probability", *LEVELS]
    names = [f"{s}_{n}" for s in "ab" for n in SEEN if n != "day"] + told + around
    names += ["thirds", "least", "w1", "w2", "s1", "s2", *ALIKE]
    return x.select(pl.col(names).cast(pl.Float64)).to_numpy(), x["same"].to_numpy()


def with_own_words(events):
    """Eight made-up words after each description, most of them seldom: no two descriptions are one."""
    dice = np.random.default_rng(1)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    words = pl.Series(["".join(letters[dice.integers(0, 26, 7)]) for _ in range(30_000)])
    text = events["description"].fill_null("")
    for _ in range(8):
        text = text + " " + words.gather(np.minimum(dice.pareto(0.7, events.height) * 3, 29_999).astype(int))
    return events.with_columns(text.alias("description"))


def measure(many, rounds: int, *, own_words: bool) -> None:
    """Print what it takes to group, the median and the range of some rounds, after a small one that loads and compiles."""
    from famlink.incidents.grouping import group

    events, people, relations = many
    if own_words:
        events = with_own_words(events)
    group(events.head(20_000), people, relations=relations)
    spent, waited = [], []
    for _ in range(rounds):
        begun, wall = time.process_time(), time.perf_counter()
        incidents = group(events, people, relations=relations)["incident_id"].n_unique()
        spent.append(time.process_time() - begun)
        waited.append(time.perf_counter() - wall)
    told = [f"{np.median(each):.1f} s ({min(each):.1f} to {max(each):.1f})" for each in (spent, waited)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{events.height:,} events, {incidents:,} incidents, {events['description'].n_unique():,} texts: {told[0]} of processor"
        f" time, {told[1]} by the clock, {rounds} rounds, load {os.getloadavg()[0]:.1f}, peak {peak:.2f} GB"
    )


def at_best(taught, asked, columns) -> str:
    """Recall at several precisions of a classifier that was told the truth of another world, the mean of three."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    (x, y), (seen, same) = taught, asked
    made = {"max_iter": 150, "learning_rate": 0.06, "min_samples_leaf": 40, "max_features": 0.5}
    chance = sum(
        HistGradientBoostingClassifier(**made, random_state=seed).fit(x[:, columns], y).predict_proba(seen[:, columns])
        for seed in range(3)
    )[:, 1]
    right = np.cumsum(same[np.argsort(-chance, kind="stable")])
    precision = right / np.arange(1, len(right) + 1)
    return "; ".join(
        f"precision {least}, recall {max(right[precision >= least], default=0) / same.sum():.3f}"
        for least in (0.995, 0.99, 0.98)
    )


def main() -> None:
    from famlink.incidents.grouping import group
    from famlink.linkage.evaluation.score import evaluate

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("--learn", type=Path)
    parser.add_argument("--without", action="append", default=[])
    parser.add_argument("--times", type=int, default=1, help="so many copies of the world, side by side")
    parser.add_argument("--rounds", type=int, default=1, help="so many measurements of the copies")
    parser.add_argument("--own-words", action="store_true", help="made-up words after each description of the copies")
    given = parser.parse_args()
    events, people, relations, truth = read(given.world)
    events = events.with_columns(pl.lit(None, dtype=events.schema[name]).alias(name) for name in given.without)
    if given.times > 1:
        measure(copied(events, people, relations, given.times), given.rounds, own_words=given.own_words)
        return
    begun = time.process_time()
    found = group(events, people, relations=relations)
    seconds = time.process_time() - begun
    told = evaluate(people, truth, incidents=found)["incidents"]
    print(f"{events.height:,} events in {seconds:.2f} s of processor time: {told['pairs']}, {told['repetitions']}")
    if given.learn:
        taught, asked = features(*read(given.learn)), features(events, people, relations, truth)
        for columns, said in ((slice(-len(ALIKE)), "without"), (slice(None), "with")):
            print(f"at best, {said} similarity of texts: {at_best(taught, asked, columns)}")


if __name__ == "__main__":
    main()
