"""Bounds of what is learnt: they hold the truth, narrow with more pairs, and name what rests on too little."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from famlink.errors import ModelError
from famlink.linkage.estimation import Counted, held, learn_m, learn_m_from_labels, learn_u, smoothed_rare
from famlink.linkage.model import Comparison, Feature, Interval, Level, Model, Stratum, Term
from famlink.linkage.uncertainty import Taught, warnings_of, with_intervals

M = (np.array([0.1, 0.9]), np.array([0.05, 0.15, 0.8]), np.array([0.02, 0.98]), np.array([0.3, 0.7]))
U = (np.array([0.97, 0.03]), np.array([0.9, 0.07, 0.03]), np.array([0.5, 0.5]), np.array([0.95, 0.05]))


def shipped() -> Model:
    made = []
    for place, m in enumerate(M):
        rest = len(m) - 1
        levels = (
            Level(f"f{place} differs", m=0.3, u=0.7),
            *(Level(f"f{place} at {n}", ((Term(0, (n,)),),), m=0.7 / rest, u=0.3 / rest) for n in range(1, rest + 1)),
        )
        made.append(Comparison(f"f{place}", "person", (Feature("equal", "a", "a"),), (), levels))
    return Model(tuple(made), (), Stratum(0.01))


def drawn(pairs: int, share: float, *, seed: int, m=M, u=U) -> Counted:
    random = np.random.default_rng(seed)
    same = random.random(pairs) < share
    levels = np.empty((pairs, len(m)), dtype=np.int8)
    for place, (of_one, of_two) in enumerate(zip(m, u, strict=True)):
        one, two = (random.choice(len(p), pairs, p=p) for p in (of_one, of_two))
        levels[:, place] = np.where(same, one, two)
    unique, counts = np.unique(levels, axis=0, return_counts=True)
    return Counted(unique, np.zeros(len(unique), dtype=np.int64), counts.astype(np.int64))


def learnt(pairs: int, *, seed: int, m=M, u=U, most: int = 500_000, labelled: Counted | None = None) -> Model:
    random = drawn(pairs, 0.0, seed=seed, m=m, u=u)
    rule = drawn(pairs, 0.3, seed=seed + 10_000, m=m, u=u)
    model = learn_m(learn_u(shipped(), random), [(frozenset(), rule)])
    if labelled is not None:
        model = learn_m_from_labels(model, labelled)
    return with_intervals(model, Taught(random, [(frozenset(), rule)], labelled, most), base=shipped(), seed=7)


def widths(model: Model) -> np.ndarray:
    return np.array([i.weight[1] - i.weight[0] for some in model.intervals.values() for i in some])


def test_bounds_hold_the_truth():
    inside = {"m": [], "u": [], "weight": []}
    for seed in range(12):
        model = learnt(20_000, seed=seed)
        for comparison, m, u in zip(model.comparisons, M, U, strict=True):
            truth = {"m": m, "u": u, "weight": np.log2(m / u)}
            for place, interval in enumerate(model.intervals[comparison.name]):
                for name, values in truth.items():
                    low, high = getattr(interval, name)
                    inside[name].append(low <= values[place] <= high)
    for name, found in inside.items():
        assert np.mean(found) > 0.85, f"{name}: {np.mean(found):.2f} of {len(found)} bounds hold the truth"


def test_bounds_are_about_the_models_own_numbers():
    model = learnt(20_000, seed=1)
    for comparison in model.comparisons:
        for level, interval in zip(comparison.levels, model.intervals[comparison.name], strict=True):
            for name, value in (("m", level.m), ("u", level.u), ("weight", np.log2(level.m / level.u))):
                low, high = getattr(interval, name)
                assert low < value < high
            assert interval.matches > 0.0
            assert interval.strangers > 0.0


def test_ten_times_the_pairs_are_three_times_as_sure():
    ratio = np.median(widths(learnt(10_000, seed=2)) / widths(learnt(100_000, seed=2)))
    assert 2.3 < ratio < 4.3


def test_counts_scaled_up_from_a_sample_are_no_surer_than_the_sample():
    whole, sample = learnt(50_000, seed=3), learnt(50_000, seed=3, most=5_000)
    of_m = [np.array([i.m[1] - i.m[0] for some in model.intervals.values() for i in some]) for model in (whole, sample)]
    assert 2.3 < np.median(of_m[1] / of_m[0]) < 4.3


def test_the_same_seed_gives_the_same_bounds():
    one, two = learnt(5_000, seed=4), learnt(5_000, seed=4)
    assert one.to_json() == two.to_json()


def test_many_patterns_are_as_well_bounded_as_few(monkeypatch):
    """Beyond a thousand patterns the lightest are drawn by level: the bounds stay what they were."""
    before = widths(learnt(20_000, seed=5))
    monkeypatch.setattr("famlink.linkage.uncertainty.HEAVIEST", 6)
    assert widths(learnt(20_000, seed=5)) == pytest.approx(before, rel=0.45)


# --- what is said ---------------------------------------------------------------------------------------------------


def test_a_level_nobody_showed_is_named():
    m = (np.array([0.1, 0.9]), np.array([0.2, 0.0, 0.8]), M[2], M[3])
    u = (np.array([1.0, 0.0]), np.array([0.97, 0.0, 0.03]), U[2], U[3])
    told = warnings_of(learnt(20_000, seed=6, m=m, u=u))
    assert "f1: no pair of one person was seen where f1 at 1; m leans on the shipped one" in told
    assert "f0: no random pair of strangers was seen where f0 at 1; u leans on the shipped one" in told
    assert not any(sentence.startswith(("f2", "f3")) for sentence in told)


def test_few_pairs_are_called_unstable_and_many_are_not():
    assert any("unstable" in sentence for sentence in warnings_of(learnt(150, seed=8)))
    assert warnings_of(learnt(50_000, seed=8)) == ()


def test_a_comparison_no_rule_could_teach():
    random, rule = drawn(5_000, 0.0, seed=1), drawn(5_000, 0.3, seed=2)
    model = learn_m(learn_u(shipped(), random), [(frozenset({"f1"}), rule)])
    model = with_intervals(model, Taught(random, [(frozenset({"f1"}), rule)]), base=shipped(), seed=1)
    (told,) = warnings_of(model)
    assert told == "f1: no rule saw a pair of one person that has it on both sides; its m is the shipped one"


def test_nothing_to_learn_from_still_gives_bounds():
    none = Counted(np.empty((0, len(M)), dtype=np.int8), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    model = with_intervals(shipped(), Taught(none, [(frozenset(), none)]), base=shipped(), seed=1)
    assert len(warnings_of(model)) == len(M)
    assert Model.from_json(model.to_json()) == model


def test_a_model_without_bounds_says_nothing():
    assert warnings_of(shipped()) == ()


# --- as data --------------------------------------------------------------------------------------------------------


def test_json_there_and_back_and_older_models():
    model = learnt(2_000, seed=9)
    assert Model.from_json(model.to_json()) == model
    raw = json.loads(model.to_json())
    del raw["intervals"]
    for comparison in raw["comparisons"]:
        for level in comparison["levels"]:
            del level["fixed"]
    assert Model.from_json(json.dumps(raw)) == replace(model, intervals={})


def test_bounds_that_fit_no_comparison_are_refused():
    model = learnt(2_000, seed=9)
    one = Interval((0.1, 0.2), (0.1, 0.2), (0.0, 1.0), 1.0, 1.0)
    with pytest.raises(ModelError, match="intervals of 'f0'"):
        Model.from_json(replace(model, intervals={"f0": (one,)}).to_json())
    raw = json.loads(model.to_json())
    raw["intervals"]["f0"][0]["m"] = [0.1]
    with pytest.raises(ModelError, match="not a complete model"):
        Model.from_json(json.dumps(raw))


# --- labels, fixed numbers, rare levels ------------------------------------------------------------------------------


def labels(count: int, at: int) -> Counted:
    levels = np.ones((1, len(M)), dtype=np.int8)
    levels[0, 1] = at
    return Counted(levels, np.zeros(1, dtype=np.int64), np.array([count]))


def test_labels_teach_m_and_a_handful_only_leans_on_it():
    start = learnt(20_000, seed=11)
    few, many = (learn_m_from_labels(start, labels(count, at=0)) for count in (2, 2_000))
    assert start.comparisons[1].levels[0].m == pytest.approx(0.05, abs=0.02)
    assert few.comparisons[1].levels[0].m == pytest.approx((2 + 20 * start.comparisons[1].levels[0].m) / 22)
    assert many.comparisons[1].levels[0].m > 0.98
    for model in (few, many):
        assert sum(level.m for level in model.comparisons[1].levels) == pytest.approx(1.0)
        assert [lv.u for lv in model.comparisons[1].levels] == [lv.u for lv in start.comparisons[1].levels]


def test_labels_that_lack_a_field_teach_nothing_of_it():
    start = learnt(5_000, seed=12)
    assert learn_m_from_labels(start, labels(50, at=-1)).comparisons[1] == start.comparisons[1]


def test_labels_count_in_the_bounds():
    without, given = learnt(2_000, seed=13), learnt(2_000, seed=13, labelled=labels(5_000, at=2))
    narrow, wide = (m.intervals["f3"][0].m for m in (given, without))
    assert narrow[1] - narrow[0] < wide[1] - wide[0]
    assert given.intervals["f1"][2].matches > without.intervals["f1"][2].matches + 4_900


def test_fixed_numbers_stay_and_the_others_share_the_rest():
    start = shipped()
    levels = list(start.comparisons[1].levels)
    levels[2] = replace(levels[2], m=0.6, u=0.2, fixed=("m", "u"))
    start = replace(
        start,
        comparisons=(start.comparisons[0], replace(start.comparisons[1], levels=tuple(levels)), *start.comparisons[2:]),
    )
    random, rule = drawn(50_000, 0.0, seed=14), drawn(50_000, 0.3, seed=15)
    model = learn_m(learn_u(start, random), [(frozenset(), rule)])
    model = learn_m_from_labels(model, labels(500, at=0))
    found = model.comparisons[1].levels
    assert (found[2].m, found[2].u) == (0.6, 0.2)
    assert sum(level.m for level in found) == pytest.approx(1.0)
    assert sum(level.u for level in found) == pytest.approx(1.0)
    assert found[0].u / found[1].u == pytest.approx(0.9 / 0.07, rel=0.05)
    bounds = with_intervals(model, Taught(random, [(frozenset(), rule)]), base=start, seed=1).intervals["f1"][2]
    assert bounds.m == (0.6, 0.6)
    assert bounds.u == (0.2, 0.2)


def test_fixed_rows_are_held_one_by_one():
    comparison = Comparison("a", "person", (), (), (Level("x"), Level("y", m=0.5, fixed=("m",)), Level("z")))
    rows = held(np.array([[0.2, 0.6, 0.2], [0.1, 0.0, 0.3]]), comparison, "m")
    assert rows == pytest.approx(np.array([[0.25, 0.5, 0.25], [0.125, 0.5, 0.375]]))


def test_a_rare_level_keeps_its_share_until_it_should_have_been_seen():
    share = np.array([1.0 - 1e-6, 1e-6])
    assert smoothed_rare(np.array([1e4, 0.0]), share)[1] == pytest.approx(1e-6, rel=0.02)
    assert smoothed_rare(np.array([1e9, 0.0]), share)[1] == pytest.approx(1e-9, rel=0.01)
    assert smoothed_rare(np.array([1e6, 5000.0]), share)[1] == pytest.approx(0.005, rel=0.02)
    assert smoothed_rare(np.array([1e6, 3.0]), share)[1] == pytest.approx(3e-6, rel=0.3)
    assert smoothed_rare(np.zeros(2), np.array([0.3, 0.7])) == pytest.approx([0.3, 0.7])
