"""Kernels that compare people as wholes, against their naive twins."""

from __future__ import annotations

import os

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import wholes as naive

from famlink.kernels.scoring import Weights, whole_bits
from famlink.linkage.wholes import chosen

FEW = 15 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 120


@st.composite
def groups(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    records, comparisons, classes = draw(st.integers(2, 6)), draw(st.integers(1, 4)), draw(st.integers(1, 4))
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    rows = comparisons * 4
    weights = Weights(
        offsets=np.arange(comparisons, dtype=np.int64) * 4,
        bits=rng.uniform(-15.0, 15.0, (rows, classes)),
        average=rng.uniform(0.001, 1.0, rows),
        share=rng.choice([0.0, 0.5, 1.0], rows),
        columns=rng.choice([-1, 0, 1], comparisons).astype(np.int64),
        bases=np.zeros(comparisons, dtype=np.int64),
        frequencies=rng.uniform(0.001, 0.5, 3),
        adjusts=rng.random((comparisons, classes)) < 0.5,
        priors=np.zeros((1, classes)),
    )
    many = sum(sizes)
    return (
        rng.integers(0, records, (2, many)).astype(np.int32),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        rng.integers(-1, 3, (many, comparisons)).astype(np.int8),
        rng.integers(-1, 3, (records, 2)).astype(np.int32),
        weights,
        rng.choice([0.0, 2.5], many),
    )


@given(groups())
@settings(max_examples=FEW, deadline=None)
def test_a_field_counts_once_with_its_mean_probability(made) -> None:
    pairs, starts, levels, codes, weights, expected = made
    out = np.empty((len(starts) - 1, weights.bits.shape[1]))
    whole_bits((pairs[0], pairs[1]), starts, levels, codes, weights, expected, out)
    wanted = naive.whole_bits(pairs.tolist(), starts.tolist(), levels.tolist(), codes.tolist(), weights, expected)
    np.testing.assert_allclose(out, wanted, atol=1e-9)


MET = st.integers(2, 7).flatmap(
    lambda n: st.lists(
        st.tuples(
            st.integers(0, n - 1), st.integers(0, n - 1), st.sampled_from([-np.inf, -3.0, 0.5, 4.0, 6.0, 9.0, 20.0])
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda pair: frozenset(pair[:2]),
    )
)


@given(MET)
@settings(max_examples=FEW, deadline=None)
def test_who_joins_is_chosen_against_every_rival(pairs) -> None:
    pairs = [(min(a, b), max(a, b), w) for a, b, w in pairs if a != b]
    if not pairs:
        return
    one, other, weight = (np.array(side) for side in zip(*sorted(pairs), strict=True))
    taken, odds = chosen(one, other, weight, least=4.25)
    wanted = naive.less_rivals(one.tolist(), other.tolist(), weight.tolist())
    expected = naive.choose(one.tolist(), other.tolist(), wanted, 4.25)
    assert taken.tolist() == [place for place, here in enumerate(expected) if here]
    np.testing.assert_allclose(odds, [wanted[place] for place in taken], atol=1e-9)
    people = np.concatenate([one[taken], other[taken]])
    assert len(np.unique(people)) == len(people)
