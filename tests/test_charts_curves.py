"""Curves, calibration and intervals by group against hand counts, other people's software and the evaluation itself."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.charts.curves import by_threshold, by_verdict, calibration, curves, precision_recall, wilson
from famlink.charts.groups import group_intervals
from famlink.linkage.evaluation import read_truth
from famlink.linkage.evaluation.agreement import cells, group_scores
from famlink.pipeline.reports import grouped_records, scored_records, true_links
from famlink.pipeline.workbench import evaluate

PAIRS = pl.DataFrame(
    {
        "match_probability": [0.999, 0.97, 0.97, 0.6, 0.3, 0.02, 0.004],
        "verdict": ["match", "match", "distinct", "review", "distinct", "distinct", "match"],
        "is_true": [True, True, False, True, False, True, True],
    }
)


def test_thresholds_by_hand() -> None:
    """At .5 four pairs, three right; nine are true, so six are missed. A pair at the threshold is joined."""
    told = by_threshold(PAIRS, true_pairs=9, thresholds=[0.5, 0.97, 0.9999])
    assert [(row["pairs"], row["wrong"], row["missed"]) for row in told] == [(4, 1, 6), (3, 1, 7), (0, 0, 9)]
    assert told[0]["precision"] == 0.75
    assert told[0]["recall"] == pytest.approx(3 / 9, abs=1e-6)
    assert told[2]["precision"] == 1.0
    assert told[0]["weight"] == 0.0


def test_pairs_under_a_hundredth_are_not_judged() -> None:
    assert by_threshold(PAIRS, true_pairs=9, thresholds=[0.01])[0]["pairs"] == 6
    assert calibration(PAIRS)["left_out"] == 1


def test_ties_are_above_a_threshold_together() -> None:
    points = precision_recall(PAIRS, true_pairs=9)
    assert [point["pairs"] for point in points] == [1, 3, 4, 5, 6]


def test_the_curve_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import precision_recall_curve

    rng = np.random.default_rng(3)
    probability = np.round(rng.uniform(0.02, 1.0, 400), 2)
    true = rng.random(400) < probability
    pairs = pl.DataFrame({"match_probability": probability, "is_true": true})
    precision, recall, threshold = precision_recall_curve(true, probability)
    points = precision_recall(pairs, true_pairs=int(true.sum()), most=1000)
    assert [p["threshold"] for p in points] == list(threshold[::-1])
    assert [p["precision"] for p in points] == pytest.approx(precision[:-1][::-1], abs=1e-6)
    assert [p["recall"] for p in points] == pytest.approx(recall[:-1][::-1], abs=1e-6)


def test_a_thinned_curve_keeps_its_ends() -> None:
    pairs = pl.DataFrame({"match_probability": np.linspace(0.01, 1, 5000), "is_true": [True] * 5000})
    points = precision_recall(pairs, true_pairs=5000, most=50)
    assert len(points) == 50
    assert (points[0]["pairs"], points[-1]["pairs"]) == (1, 5000)


@pytest.mark.parametrize(("part", "whole"), [(0, 5), (5, 5), (3, 10), (1, 1), (480, 1000)])
def test_wilson_is_that_of_scipy(part: int, whole: int) -> None:
    from scipy.stats import binomtest

    theirs = binomtest(part, whole).proportion_ci(method="wilson")
    assert wilson(part, whole) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert wilson(0, 0) == (0.0, 1.0)


def test_calibration_by_hand() -> None:
    told = calibration(PAIRS, edges=(0.01, 0.5, 1.0))
    low, high = told["bins"]
    assert (low["pairs"], low["true"], low["said"]) == (2, 0.5, pytest.approx(0.16))
    assert (high["pairs"], high["true"]) == (4, 0.75)
    assert told["expected"] == pytest.approx(0.999 + 0.97 + 0.97 + 0.6 + 0.3 + 0.02, abs=1e-3)
    assert told["actual"] == 4


def test_a_probability_of_one_is_in_the_last_bin_and_an_edge_in_the_upper_one() -> None:
    pairs = pl.DataFrame({"match_probability": [1.0, 0.5], "is_true": [True, False]})
    told = calibration(pairs, edges=(0.01, 0.5, 0.9, 1.0))["bins"]
    assert [(row["low_edge"], row["pairs"]) for row in told] == [(0.5, 1), (0.9, 1)]


def test_verdicts_by_hand() -> None:
    told = {row["verdict"]: (row["pairs"], row["true"], row["wrong"]) for row in by_verdict(PAIRS)}
    assert told == {"match": (3, 3, 0), "review": (1, 1, 0), "distinct": (3, 1, 2)}


def test_nothing_to_draw() -> None:
    told = curves(PAIRS.clear(), true_pairs=0, review=0.5, match=0.95)
    assert told["precision_recall"] == []
    assert told["calibration"]["bins"] == []
    assert all(row["precision"] == 1.0 and row["recall"] == 1.0 for row in told["sweep"])


def test_the_marked_thresholds_are_the_runs_own() -> None:
    told = curves(PAIRS, true_pairs=9, review=0.42, match=0.93)["marked"]
    assert [(row["name"], row["threshold"], row["pairs"]) for row in told] == [("review", 0.42, 4), ("match", 0.93, 3)]


records = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.sampled_from(["a", "b", None])), min_size=1, max_size=14
)


@settings(max_examples=60, deadline=None)
@given(records)
def test_groups_score_as_the_evaluation_does_and_as_counting_pairs_does(rows) -> None:
    frame = pl.DataFrame(rows, schema={"cluster": pl.Int64, "person": pl.Int64, "agency": pl.String}, orient="row")
    frame = frame.with_columns(family=pl.col("person") // 2)
    told = group_intervals(frame, ["agency"], seed=1)
    scored = group_scores(cells(frame.rename({"cluster": "person_id"})), "agency")
    assert [(row["group"], row["records"]) for row in told] == [(row["group"], row["records"]) for row in scored]
    for mine, theirs in zip(told, scored, strict=True):
        assert mine["precision"] == pytest.approx(theirs["pairs"]["precision"], abs=2e-6)
        assert mine["recall"] == pytest.approx(theirs["pairs"]["recall"], abs=2e-6)
        touching = [(x, y) for i, x in enumerate(rows) for y in rows[i + 1 :] if mine["group"] in (x[2], y[2])]
        together = [(x, y) for x, y in touching if x[0] == y[0]]
        right = sum(1 for x, y in together if x[1] == y[1])
        assert mine["precision"] == pytest.approx(right / len(together) if together else 1.0, abs=1e-6)
        for name in ("precision", "recall"):
            low, high = mine[f"{name}_interval"]
            assert 0.0 <= low <= high <= 1.0


def test_the_interval_is_as_wide_as_theory_says() -> None:
    """400 families of two records each, three in four found: recall .75 with standard error sqrt(.75 * .25 / 400)."""
    frame = pl.DataFrame(
        [(2 * f + (i if f % 4 == 0 else 0), f, f, "a") for f in range(400) for i in (0, 1)],
        schema=["cluster", "person", "family", "agency"],
        orient="row",
    )
    told = group_intervals(frame, ["agency"], seed=7)[0]
    error = math.sqrt(0.75 * 0.25 / 400)
    assert told["recall"] == 0.75
    assert told["recall_interval"] == pytest.approx([0.75 - 1.96 * error, 0.75 + 1.96 * error], abs=0.012)
    assert told["precision_interval"] == [1.0, 1.0]
    assert group_intervals(frame, ["agency"], seed=7)[0] == told


def test_no_records_no_groups() -> None:
    frame = pl.DataFrame(schema={"cluster": pl.Int64, "person": pl.Int64, "family": pl.Int64, "agency": pl.String})
    assert group_intervals(frame, ["agency"]) == []


def test_what_is_drawn_is_what_the_evaluation_counted(run, hub_folder: Path) -> None:
    """The same records in the same groups with the same scores, and the same pairs: two ways, one truth."""
    truth = read_truth(hub_folder / "truth")
    result = evaluate(run, hub_folder / "truth")
    scored = scored_records(run.people, truth)
    frame, columns = grouped_records(scored, truth)
    assert set(frame.columns) == {"cluster", "person", "family", *columns}
    assert all(frame[name].dtype.is_integer() for name in ("cluster", "person", "family"))
    mine = {(row["by"], row["group"]): row for row in group_intervals(frame, columns)}
    assert set(mine) == {(row["by"], row["group"]) for row in result["groups"]}
    assert len(columns) > 3
    for row in result["groups"]:
        told = mine[row["by"], row["group"]]
        assert told["records"] == row["records"]
        assert told["precision"] == pytest.approx(row["pairs"]["precision"], abs=2e-6)
        assert told["recall"] == pytest.approx(row["pairs"]["recall"], abs=2e-6)
    pairs = true_links(run.links, scored)
    verdicts = {row["verdict"]: row for row in by_verdict(pairs)}
    assert verdicts["match"]["true"] == result["lost"]["found"]
    assert verdicts["review"]["true"] == result["lost"]["of_which_in_review"]
    assert verdicts["review"]["true"] + verdicts["distinct"]["true"] == result["lost"]["at_scoring"]
    for mine_at, theirs in zip(
        by_threshold(pairs, true_pairs=result["lost"]["true_pairs"]), result["thresholds"], strict=True
    ):
        assert mine_at["threshold"] == theirs["threshold"]
        assert mine_at["precision"] == theirs["precision"]
        assert mine_at["recall"] == theirs["recall"]
