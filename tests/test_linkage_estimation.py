"""Estimation: a world of known m, u and prior is recovered; without kin the model is the two-class model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from famlink.linkage.estimation import Counted, learn_kin, learn_m, learn_priors, learn_u
from famlink.linkage.model import KIN, Comparison, Feature, Level, Model, Stratum, Term
from famlink.linkage.scoring import class_probabilities, prior_bits

M = (np.array([0.1, 0.9]), np.array([0.05, 0.15, 0.8]), np.array([0.02, 0.98]), np.array([0.3, 0.7]))
U = (np.array([0.97, 0.03]), np.array([0.9, 0.07, 0.03]), np.array([0.5, 0.5]), np.array([0.95, 0.05]))


def model(*, kin: bool = False) -> Model:
    """Comparisons whose shipped numbers are far from the truth."""
    made = []
    for place, m in enumerate(M):
        levels = [
            Level(
                f"level {n}",
                ((Term(0, (n,)),),) if n else (),
                m=(0.3 if n == 0 else 0.7 / (len(m) - 1)),
                u=(0.7 if n == 0 else 0.3 / (len(m) - 1)),
                k=tuple(np.full(len(KIN), 1.0 / len(m))) if kin else (),
            )
            for n in range(len(m))
        ]
        made.append(Comparison(f"field {place}", "person", (Feature("equal", "a", "a"),), (), tuple(levels)))
    return Model(tuple(made), (), Stratum(0.01))


def drawn(pairs: int, share: float, *, seed: int, blank: float = 0.0) -> Counted:
    """Patterns of pairs of which a share are one person."""
    random = np.random.default_rng(seed)
    same = random.random(pairs) < share
    levels = np.empty((pairs, len(M)), dtype=np.int8)
    for place, (m, u) in enumerate(zip(M, U, strict=True)):
        levels[:, place] = np.where(same, random.choice(len(m), pairs, p=m), random.choice(len(u), pairs, p=u))
        levels[random.random(pairs) < blank, place] = -1
    unique, counts = np.unique(levels, axis=0, return_counts=True)
    return Counted(unique, np.zeros(len(unique), dtype=np.int64), counts.astype(np.int64))


@pytest.mark.parametrize("blank", [0.0, 0.2])
def test_known_probabilities_are_recovered(blank):
    learnt = learn_u(model(), drawn(400_000, 0.0, seed=1, blank=blank))
    learnt = learn_m(learnt, [(frozenset(), drawn(200_000, 0.3, seed=2, blank=blank))])
    for comparison, m, u in zip(learnt.comparisons, M, U, strict=True):
        assert [level.u for level in comparison.levels] == pytest.approx(u, abs=0.005)
        assert [level.m for level in comparison.levels] == pytest.approx(m, abs=0.02)


def test_the_prior_is_recovered():
    known = model()
    known = replace(
        known,
        comparisons=tuple(
            replace(c, levels=tuple(replace(lv, m=float(m[n]), u=float(u[n])) for n, lv in enumerate(c.levels)))
            for c, m, u in zip(known.comparisons, M, U, strict=True)
        ),
    )
    counted = drawn(400_000, 0.02, seed=3)
    learnt = learn_priors(known, counted, pairs=[400_000.0], relatives=np.zeros(len(KIN)), agencies=())
    assert learnt.across.match == pytest.approx(0.02, rel=0.1)
    assert learnt.across.kin == (0.0,) * len(KIN)


def test_no_level_sticks_at_zero_or_one():
    levels = np.ones((1, len(M)), dtype=np.int8)
    one_pattern = Counted(levels, np.zeros(1, dtype=np.int64), np.array([1000]))
    learnt = learn_u(model(), one_pattern)
    learnt = learn_m(learnt, [(frozenset(), one_pattern)])
    learnt = learn_kin(learnt, {"sibling": one_pattern})
    for comparison in learnt.comparisons:
        for level in comparison.levels:
            assert 0.0 < level.m < 1.0
            assert 0.0 < level.u < 1.0


def test_a_rule_does_not_teach_its_own_fields():
    start = model()
    learnt = learn_m(start, [(frozenset({"field 1"}), drawn(50_000, 0.4, seed=4))])
    assert learnt.comparisons[1] == start.comparisons[1]
    assert learnt.comparisons[0] != start.comparisons[0]


def test_nothing_to_learn_from_leaves_the_shipped_numbers():
    empty = Counted(np.empty((0, len(M)), dtype=np.int8), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    start = model(kin=True)
    learnt = learn_kin(learn_m(start, [(frozenset(), empty)]), {"sibling": empty})
    assert learnt == start


def test_without_kin_the_weight_is_the_two_class_one():
    """lambda_K = 0: the log-sum over classes is log2(m/u) and the prior odds, to 1e-9."""
    from famlink.kernels.scoring import Weights, score_pairs

    known = model(kin=True)
    bits, average = [], []
    for comparison in known.comparisons:
        others = class_probabilities(comparison)
        m = np.array([level.m for level in comparison.levels])
        bits += [np.zeros((1, others.shape[1])), np.log2(m[:, None] / others)]
        average += [1.0, *others[:, 0]]
    sizes = [len(c.levels) + 1 for c in known.comparisons]
    weights = Weights(
        offsets=np.cumsum([0, *sizes[:-1]]),
        bits=np.concatenate(bits),
        average=np.array(average),
        share=np.zeros(sum(sizes)),
        columns=np.full(len(sizes), -1),
        bases=np.zeros(len(sizes), dtype=np.int64),
        frequencies=np.ones(1),
        adjusts=np.zeros((len(sizes), 1 + len(KIN)), dtype=np.bool_),
        priors=prior_bits(Stratum(0.001))[None, :],
    )
    levels = drawn(5_000, 0.3, seed=6, blank=0.2).levels
    n = len(levels)
    out = np.empty((n, 2))
    rows = np.zeros(n, dtype=np.int32)
    score_pairs(
        rows, rows, levels, np.zeros((1, 1), dtype=np.int32), np.zeros(n, dtype=np.int16), weights, np.zeros(n), out
    )
    for row, (weight, plain) in zip(levels, out, strict=True):
        odds = 0.001 / 0.999
        for level, comparison in zip(row, known.comparisons, strict=True):
            if level >= 0:
                odds *= comparison.levels[level].m / comparison.levels[level].u
        assert weight == pytest.approx(np.log2(odds), abs=1e-9)
        assert plain == pytest.approx(np.log2(odds * 999), abs=1e-9)
