"""The kernels of Splink models against their naive twins."""

from __future__ import annotations

import math
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import compare as plain
from naive import conditions as naive

from famlink.kernels import conditions as kernel
from famlink.kernels.joining import Keys, join

SLOW = os.environ.get("NUMBA_DISABLE_JIT") == "1"
FEW = 15 if SLOW else 150

if SLOW:
    pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")

WORDS = st.text(alphabet="abcdé漢", max_size=9)


def operands(texts: list[str], codes: np.ndarray, numbers: list[float] | None = None) -> kernel.Operands:
    letters = np.array([ord(letter) for text in texts for letter in text], dtype=np.uint32)
    starts = np.cumsum([0, *map(len, texts)]).astype(np.int64)
    masks = np.array([sum({1 << (ord(letter) % 64) for letter in text}) for text in texts], dtype=np.uint64)
    values = np.array(numbers or [0.0] * len(texts), dtype=np.float64)
    none = np.zeros((1, len(codes) + 1), dtype=np.int64)
    return kernel.Operands(codes, starts, letters, masks, values, none, np.zeros(0, dtype=np.int32))


def measured(op: int, a: str, b: str, least: float = 0.0, most: float = 1e9) -> float:
    data = operands([a, b], np.zeros((1, 1), dtype=np.int32))
    return kernel.measure(op, 0, 1, least, most, data.starts, data.letters, data.masks, data.numbers)


@given(WORDS, WORDS, st.integers(0, 6))
@settings(max_examples=FEW, deadline=None)
def test_distances(a: str, b: str, most: int) -> None:
    for op, twin in ((kernel.LEVENSHTEIN, plain.edits(a, b, swaps=False)), (kernel.DAMERAU, naive.damerau(a, b))):
        assert measured(op, a, b) == twin
        # Up to the largest distance that matters it is exact; above it only has to be above.
        bounded = measured(op, a, b, 0.0, float(most))
        assert bounded == twin if twin <= most else bounded > most


@given(WORDS, WORDS, st.floats(0.0, 1.0))
@settings(max_examples=FEW, deadline=None)
def test_similarities(a: str, b: str, least: float) -> None:
    assert measured(kernel.JACCARD, a, b) == naive.jaccard(a, b)
    for op, twin in ((kernel.JARO, plain.jaro(a, b)), (kernel.JARO_WINKLER, plain.jaro_winkler(a, b))):
        wanted = twin if a and b else 0.0
        assert measured(op, a, b) == pytest.approx(wanted, abs=1e-15)
        bounded = measured(op, a, b, least)
        assert (bounded >= least) == (wanted >= least)


def test_long_texts_are_bounded_work() -> None:
    a, b = "ab" * 5_000, "ba" * 5_000
    if SLOW:
        a, b = a[:200], b[:200]
    assert measured(kernel.LEVENSHTEIN, a, b, 0.0, 2.0) == 2
    assert measured(kernel.DAMERAU, a, b + "c", 0.0, 1.0) >= 2


VALUES = st.lists(st.integers(-1, 4), min_size=2, max_size=2)


@given(
    st.lists(VALUES, min_size=2, max_size=6),
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(-1, 2), min_size=1)), max_size=3),
        ),
        max_size=4,
    ),
)
@settings(max_examples=FEW, deadline=None)
def test_levels(values: list[list[int]], clauses: list[tuple[int, list[tuple[int, set[int]]]]]) -> None:
    texts, numbers = ["anna", "hanna", "ann", "", "annab"], [0.0, 1.0, 2.0, 2.5, 9.0]
    codes = np.array(values, dtype=np.int32)
    cuts = [[1.0, 2.0], [1.0, 2.0]]
    features = [
        [kernel.KNOWN, 0, -1, 0, 0, 0, 0, 0, 0],
        [kernel.EQUAL, 0, 1, 0, 0, 0, 0, 0, 0],
        [kernel.LEVENSHTEIN, 1, 1, 0, 2, 0, 15, 0, 0],
        [kernel.DIFFERENCE, 0, 1, 2, 2, 16, 15, 0, 0],
    ]
    terms, rows = [], []
    for number, wanted in clauses:
        rows.append((number, len(terms), len(terms) + len(wanted)))
        terms += [(feature, sum(1 << (g + 1) for g in grades)) for feature, grades in wanted]
    program = kernel.Conditions(
        features=np.array(features, dtype=np.int64),
        cuts=np.array([*cuts[0], *cuts[1]]),
        comparisons=np.array([(0, len(rows))], dtype=np.int64),
        clauses=np.array(rows, dtype=np.int64).reshape(-1, 3),
        terms=np.array(terms, dtype=np.int64).reshape(-1, 2),
        memo=np.zeros(32, dtype=np.uint64),
    )
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(values), 1))
    out = np.zeros((len(left), 1), dtype=np.int8)
    given_none = np.zeros((len(left), 0), dtype=np.int8)
    data = operands(texts, codes, numbers)
    for _ in range(2):  # the second time grades come from the memo
        kernel.grade_pairs(left, right, given_none, data, program, out)
        for p, (i, j) in enumerate(zip(left, right, strict=True)):
            (a0, a1), (_, b1) = values[i], values[j]
            far = None if a1 < 0 or b1 < 0 else plain.edits(texts[a1], texts[b1], swaps=False)
            gap = None if a0 < 0 or b1 < 0 else abs(numbers[a0] - numbers[b1])
            grades = [
                -1 if a0 < 0 else 0,
                -1 if a0 < 0 or b1 < 0 else int(a0 == b1),
                naive.grade(far, cuts[0]),
                naive.grade(gap, cuts[1]),
            ]
            assert out[p, 0] == naive.level(grades, clauses)


@given(st.lists(st.lists(st.integers(0, 5), max_size=5), min_size=2, max_size=6))
@settings(max_examples=FEW, deadline=None)
def test_elements_in_common(lists: list[list[int]]) -> None:
    kept = [sorted(set(one)) for one in lists]
    starts = np.cumsum([0, *map(len, kept)]).astype(np.int64)[None, :]
    elements = np.array([item for one in kept for item in one], dtype=np.int32)
    for i, one in enumerate(kept):
        for j, other in enumerate(kept):
            assert kernel.in_common(starts, elements, i, j, 0, 0) == len(set(one) & set(other))


@given(st.lists(WORDS, max_size=3, unique=True), st.lists(WORDS, max_size=3, unique=True))
@settings(max_examples=FEW, deadline=None)
def test_closest_elements(one: list[str], other: list[str]) -> None:
    texts = sorted({*one, *other})
    lists = [sorted(texts.index(word) for word in words) for words in (one, other)]
    data = operands(texts, np.zeros((2, 1), dtype=np.int32))._replace(
        list_starts=np.array([[0, len(one), len(one) + len(other)]], dtype=np.int64),
        elements=np.array([*lists[0], *lists[1]], dtype=np.int32),
    )
    twins = (
        (kernel.BEST_LEVENSHTEIN, lambda a, b: plain.edits(a, b, swaps=False), True),
        (kernel.BEST_DAMERAU, naive.damerau, True),
        (kernel.BEST_JARO, lambda a, b: plain.jaro(a, b) if a and b else 0.0, False),
        (kernel.BEST_JARO_WINKLER, lambda a, b: plain.jaro_winkler(a, b) if a and b else 0.0, False),
    )
    for op, measure, distance in twins:
        wanted = naive.closest(one, other, measure, distance=distance)
        found = kernel.closest(op, 0, 1, (0, 0), 0.0, 1e9, data)
        assert found == pytest.approx(-1.0 if wanted is None else wanted, abs=1e-15)


@given(st.lists(st.lists(st.integers(-1, 2), min_size=2, max_size=2), min_size=2, max_size=5))
@settings(max_examples=FEW, deadline=None)
def test_measured_pairs(values: list[list[int]]) -> None:
    texts = ["anna", "hanna", ""]
    data = operands(texts, np.array(values, dtype=np.int32))
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(values), 1))
    out = np.zeros(len(left))
    kernel.measure_pairs(kernel.LEVENSHTEIN, left, right, (0, 1), data, out)
    for p, (i, j) in enumerate(zip(left, right, strict=True)):
        a, b = values[i][0], values[j][1]
        assert out[p] == (-1.0 if a < 0 or b < 0 else plain.edits(texts[a], texts[b], swaps=False))


@given(
    st.lists(st.integers(-1, 2), min_size=2, max_size=5),
    st.lists(st.integers(-1, 1), min_size=1, max_size=6),
    st.floats(0.01, 0.99),
    st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=FEW, deadline=None)
def test_weights(codes: list[int], levels: list[int], prior: float, least: float) -> None:
    shares = [0.5, 0.25, 0.125]
    m, u, share, usual = [0.1, 0.9], [0.7, 0.2], [0.0, 0.75], 0.4
    bits = kernel.Bits(
        prior=math.log2(prior / (1 - prior)),
        offsets=np.zeros(len(levels), dtype=np.int64),
        bits=np.array([0.0, *(math.log2(a / b) for a, b in zip(m, u, strict=True))]),
        share=np.array([0.0, *share]),
        usual=np.full(3, math.log2(usual)),
        least=np.full(3, math.log2(least) if least else -1e300),
        columns=np.array([-1, -1, 0]),
        bases=np.zeros(3, dtype=np.int64),
        logs=np.log2(np.array(shares)),
    )
    left, right = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    out = np.zeros((1, 2))
    told = np.array([levels], dtype=np.int8)
    kernel.weigh_pairs(left, right, told, np.array(codes, dtype=np.int32)[:, None], bits, out)
    sides = tuple(shares[code] if code >= 0 else None for code in codes[:2])
    rows = [
        (m[level], u[level], share[level], usual, (least, *sides) if level == 1 else None)
        for level in levels
        if level >= 0
    ]
    assert out[0].tolist() == pytest.approx(naive.weight(prior, rows), abs=1e-12)


@given(
    st.lists(st.tuples(*[st.integers(-1, 2)] * 4), min_size=2, max_size=8),
    st.lists(st.tuples(st.sets(st.integers(0, 2)), st.sets(st.integers(0, 2))), min_size=8, max_size=8),
    st.lists(st.integers(-1, 1), min_size=8, max_size=8),
)
@settings(max_examples=FEW, deadline=None)
def test_joins(singles: list[tuple[int, ...]], sets: list[tuple[set[int], set[int]]], agencies: list[int]) -> None:
    size = len(singles)
    apart = np.array(agencies[:size], dtype=np.int16)
    table = np.array(singles, dtype=np.int64)
    many = [[sorted(pair[side]) for pair in sets[:size]] for side in (0, 1)]
    starts = [np.cumsum([0, *map(len, lists)]).astype(np.int64)[None, :] for lists in many]
    flat = [np.array([key for one in lists for key in one], dtype=np.int64) for lists in many]
    keys = Keys(
        np.ascontiguousarray(table[:, :2]),
        np.ascontiguousarray(table[:, 2:]),
        starts[0],
        flat[0],
        starts[1],
        flat[1],
        apart,
    )
    rules = [([{row[c]} - {-1} for row in singles], [{row[c + 2]} - {-1} for row in singles]) for c in (0, 1)] + [
        ([set(one) for one in many[0]], [set(one) for one in many[1]])
    ]
    for order in ((0, 1, 2), (2, 0, 1)):
        wanted = naive.pairs([rules[number] for number in order], agencies[:size])
        for place, number in enumerate(order):
            lefts, rights = rules[number]
            entries, others = [], []
            for i, own in enumerate(lefts):
                for key in sorted(own):
                    partners = [j for j in range(i + 1, size) if key in rights[j]]
                    entries.append((i, key, len(others), len(others) + len(partners)))
                    others += partners
            columns = [np.array([e[c] for e in entries], dtype=np.int64) for c in range(4)]
            left, right = (np.zeros(len(others), dtype=np.int32) for _ in range(2))
            # Rules of one key are told by their column, the one of many keys as -1.
            earlier = np.array([-1 if other == 2 else other for other in order[:place]], dtype=np.int64)
            filled = join(
                tuple(columns), np.array(others, dtype=np.int32), keys, earlier, 0 if number == 2 else -1, left, right
            )
            assert sorted(zip(left[:filled].tolist(), right[:filled].tolist(), strict=True)) == wanted[place]
