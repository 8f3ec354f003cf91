"""Hashing, blocking, patterns, scoring and contraction kernels against their naive twins."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import blocking as naive

from famlink.kernels import blocking as kernel
from famlink.kernels.clustering import components, contract
from famlink.kernels.hashing import add_part, hash_texts, splitmix64
from famlink.kernels.patterns import pack, tally
from famlink.kernels.scoring import Together, Weights, score_pairs, together_bits

SLOW = os.environ.get("NUMBA_DISABLE_JIT") == "1"
FEW = 15 if SLOW else 120

if SLOW:
    pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")


@given(st.lists(st.text(max_size=20), max_size=6), st.integers(0, 2**64 - 1))
@settings(max_examples=FEW, deadline=None)
def test_hashes(texts: list[str], number: int) -> None:
    assert int(splitmix64(np.uint64(number))) == naive.splitmix64(number)
    coded = [text.encode() for text in texts]
    starts = np.cumsum([0, *map(len, coded)]).astype(np.int64)
    out = np.zeros(len(texts), dtype=np.uint64)
    hash_texts(np.frombuffer(b"".join(coded), dtype=np.uint8), starts, out)
    assert out.tolist() == [naive.hash_text(text) for text in coded]


def test_splitmix64_has_the_published_first_output() -> None:
    # Vigna's reference splitmix64.c seeded with 0: first output 0xE220A8397B1DCDAF.
    assert int(splitmix64(np.uint64(0))) == 0xE220A8397B1DCDAF


def test_a_missing_part_blocks_nothing() -> None:
    keys = np.zeros(4, dtype=np.uint64)
    add_part(keys, np.array([1, 1, -1, 2]), 0)
    add_part(keys, np.array([5, 5, 5, -1]), 1)
    assert keys[0] == keys[1] != 0
    assert keys[2] == keys[3] == 0


@given(st.lists(st.integers(0, 5), max_size=200))
@settings(max_examples=FEW, deadline=None)
def test_group_sorts_by_key_and_keeps_rows_in_order(small: list[int]) -> None:
    keys = np.array([0 if k == 0 else naive.splitmix64(k) for k in small], dtype=np.uint64)
    sorted_keys, rows = kernel.group(keys, np.arange(len(keys), dtype=np.int32))
    expected = sorted((int(k), row) for row, k in enumerate(keys) if k)
    assert list(zip(sorted_keys.tolist(), rows.tolist(), strict=True)) == expected


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 12))
@settings(max_examples=FEW, deadline=None)
def test_entries_are_blocks_of_two_to_most(small: list[int], most: int) -> None:
    keys = np.array(sorted(k for k in small if k), dtype=np.uint64)
    rows = np.arange(len(keys), dtype=np.int32)[::-1].copy()
    ids, held, ends, largest, crowded = kernel.entries_of(keys, rows, most)
    blocks, sizes = naive.blocks_of(keys.tolist(), rows.tolist(), most)
    assert [(int(b), int(r)) for b, r in zip(ids, held, strict=True)] == [
        (number, row) for number, block in enumerate(blocks, start=1) for row in block
    ]
    assert ends.tolist() == [sum(map(len, blocks[:b])) for b in ids.tolist()]
    assert largest == max(sizes, default=0)
    assert crowded == sum(size for size in sizes if size > most)
    found, starts = kernel.by_row(ids, held, len(keys))
    for row in range(len(keys)):
        mine = [number for number, block in enumerate(blocks, start=1) if row in block]
        assert found[starts[row] : starts[row + 1]].tolist() == mine


RULES = st.integers(2, 9).flatmap(
    lambda n: st.tuples(
        st.lists(st.lists(st.integers(0, 2), min_size=n, max_size=n), min_size=0, max_size=3),
        st.lists(
            st.lists(st.frozensets(st.integers(1, 4), max_size=3), min_size=n, max_size=n), min_size=0, max_size=2
        ),
        st.lists(st.sampled_from([-1, 0, 1]), min_size=n, max_size=n),
    )
)


@given(RULES)
@settings(max_examples=FEW, deadline=None)
def test_each_pair_belongs_to_the_first_rule_that_yields_it(given_rules) -> None:
    singles, manys, apart = given_rules
    n = len(apart)
    blocks = np.array(singles, dtype=np.int32).reshape(len(singles), n)
    single = np.ascontiguousarray(np.where(blocks > 0, blocks, -1 - np.arange(n)).T.astype(np.int32))
    flat: list[int] = []
    starts = np.zeros((len(manys), n + 1), dtype=np.int64)
    for r, rule in enumerate(manys):
        starts[r, 0] = len(flat)
        for i, keys in enumerate(rule):
            flat += sorted(keys)
            starts[r, i + 1] = len(flat)
    many_keys = np.array(flat, dtype=np.int32)
    expected = naive.pairs_by_rule(
        [[frozenset({k} - {0}) for k in rule] for rule in singles] + [list(rule) for rule in manys], apart
    )
    for number, wanted in enumerate(expected):
        if number < len(singles):
            keys, rows = blocks[number], np.arange(n, dtype=np.int32)
        else:
            spans = starts[number - len(singles)]
            keys = many_keys[spans[0] : spans[-1]]
            rows = np.repeat(np.arange(n, dtype=np.int32), np.diff(spans))
        order = np.lexsort((rows, keys))
        sorted_keys, sorted_rows = keys[order], rows[order]
        kept = sorted_keys != 0
        sorted_keys, sorted_rows = sorted_keys[kept], sorted_rows[kept]
        arguments = (
            (0, len(sorted_keys)),
            sorted_keys,
            sorted_rows,
            np.searchsorted(sorted_keys, sorted_keys, side="right").astype(np.int32),
            (min(number, len(singles)), max(0, number - len(singles))),
            single,
            many_keys,
            starts,
            np.array(apart, dtype=np.int16),
        )
        room = n * n
        left, right = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
        count = kernel.fill_pairs(*arguments, left, right)
        found = list(zip(left[:count].tolist(), right[:count].tolist(), strict=True))
        assert len(found) == len(set(found)) == len(wanted)
        assert set(found) == wanted
        empty = np.empty(0, dtype=np.int32)
        assert kernel.fill_pairs(*arguments, empty, empty) == count


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 3), st.integers(-1, 1), st.integers(-1, 6)), max_size=60))
@settings(max_examples=FEW, deadline=None)
def test_patterns_are_counted(rows: list[tuple[int, int, int, int]]) -> None:
    levels = np.array([row[1:] for row in rows], dtype=np.int8).reshape(-1, 3)
    strata = np.array([row[0] for row in rows], dtype=np.int16)
    word, radix = np.array([0, 1, 1]), np.array([3, 1, 3], dtype=np.uint64)
    words = np.empty((len(rows), 2), dtype=np.uint64)
    pack(levels, word, radix, strata, words)
    keys, counts = np.zeros((256, 2), dtype=np.uint64), np.zeros(256, dtype=np.int64)
    place, used = tally(words, 0, keys, counts, 0)
    expected = naive.patterns([row[1:] for row in rows], [row[0] for row in rows])
    assert (place, used) == (len(rows), len(expected))
    found = {
        (int(a % 3), int(a // 3) - 1, int(b % 3) - 1, int(b // 3) - 1): int(n)
        for (a, b), n in zip(keys, counts, strict=True)
        if n
    }
    assert found == dict(expected)


def test_a_full_table_stops_and_says_where() -> None:
    words = np.array([[n, 0] for n in range(10)], dtype=np.uint64)
    keys, counts = np.zeros((8, 2), dtype=np.uint64), np.zeros(8, dtype=np.int64)
    place, used = tally(words, 0, keys, counts, 0)
    assert (place, used) == (6, 6)


@given(st.lists(st.lists(st.integers(-1, 1), min_size=2, max_size=2), min_size=1, max_size=12), st.integers(0, 2**32))
@settings(max_examples=FEW, deadline=None)
def test_weights(levels: list[list[int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    classes = 3
    bits = random.normal(0, 6, (2, 2, classes))
    average = random.uniform(1e-4, 0.5, (2, 2))
    priors = random.normal(5, 5, (1, classes))
    frequencies = random.uniform(1e-5, 0.1, 4)
    codes = random.integers(-1, 4, (24, 1)).astype(np.int32)
    adjusts = np.array([[True, True, False], [False, False, False]])
    flat_bits = np.concatenate([np.zeros((1, classes)), bits[0], np.zeros((1, classes)), bits[1]])
    flat_average = np.concatenate([[1.0], average[0], [1.0], average[1]])
    weights = Weights(
        offsets=np.array([0, 3]),
        bits=flat_bits,
        average=flat_average,
        share=np.array([0.0, 0.5, 1.0, 0.0, 0.0, 0.0]),
        columns=np.array([0, -1]),
        bases=np.array([0, 0]),
        frequencies=frequencies,
        adjusts=adjusts,
        priors=priors,
    )
    n = len(levels)
    left, right = np.arange(n, dtype=np.int32), np.arange(n, 2 * n, dtype=np.int32)
    expected = random.uniform(0, 4, n)
    out = np.empty((n, 2))
    score_pairs(
        left, right, np.array(levels, dtype=np.int8), codes, np.zeros(n, dtype=np.int16), weights, expected, out
    )
    for p, row in enumerate(levels):
        extra = [[0.0] * classes, [0.0] * classes]
        a, b = codes[left[p], 0], codes[right[p], 0]
        if row[0] >= 0 and a >= 0 and b >= 0:
            common = max(frequencies[a], frequencies[b])
            share = (0.5, 1.0)[row[0]]
            extra[0] = [share * np.log2(average[0][row[0]] / common) if adjusts[0, s] else 0.0 for s in range(classes)]
        raised = priors[0] + expected[p] * np.array([1.0, 0.0, 0.0])
        assert out[p, 0] == pytest.approx(naive.weight(row, bits, extra, raised), abs=1e-9)
        plain = sum(bits[c][level][0] for c, level in enumerate(row) if level >= 0)
        assert out[p, 1] == pytest.approx(max(-60.0, min(60.0, plain)), abs=1e-9)


@given(st.lists(st.lists(st.integers(-1, 1), min_size=3, max_size=3), min_size=1, max_size=12), st.integers(0, 2**32))
@settings(max_examples=FEW, deadline=None)
def test_names_that_go_together(levels: list[list[int]], seed: int) -> None:
    random = np.random.default_rng(seed)
    codes = random.integers(-1, 4, (24, 2)).astype(np.int32)
    share = np.array([0.0, 0.0, 1.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0])
    weights = Weights(
        offsets=np.array([0, 3, 6]),
        bits=np.zeros((9, 1)),
        average=np.ones(9),
        share=share,
        columns=np.array([0, 1, -1]),
        bases=np.zeros(3, dtype=np.int64),
        frequencies=np.ones(1),
        adjusts=np.zeros((3, 1), dtype=np.bool_),
        priors=np.zeros((1, 1)),
    )
    forenames, surnames = (random.uniform(0, 3, (4, 2)).astype(np.float32) for _ in range(2))
    told = random.uniform(0, 1, 4)
    n = len(levels)
    left, right = np.arange(n, dtype=np.int32), np.arange(n, 2 * n, dtype=np.int32)
    out = np.empty(n)
    made = Together(0, 1, 2, forenames, surnames, told)
    together_bits(left, right, np.array(levels, dtype=np.int8), codes, weights, made, out)
    for p, (f, s, x) in enumerate(levels):
        (a, c), (b, d) = codes[left[p]], codes[right[p]]
        known = f >= 0 and min(a, b) >= 0
        said = naive.together(
            share[f + 1] if known else 0.0,
            share[3 + s + 1] if s >= 0 and min(c, d) >= 0 else 0.0,
            ((forenames[a], surnames[c]), (forenames[b], surnames[d])),
            (told[a], told[b]),
            x > 0,
        )
        assert out[p] == pytest.approx(said, abs=1e-5)


@given(st.integers(1, 8), st.integers(0, 2**32), st.sampled_from([-100.0, 2.0, 5.0]), st.booleans())
@settings(max_examples=FEW, deadline=None)
def test_contraction(nodes: int, seed: int, least: float, held: bool) -> None:
    random = np.random.default_rng(seed)
    upper = np.triu(random.normal(0, 6, (nodes, nodes)).round(3), 1)
    upper[random.random((nodes, nodes)) < 0.1] = -1e6
    upper = np.triu(upper, 1)
    weights = upper + upper.T
    before = random.integers(0, 3, nodes)
    needed = np.where(held & (before[:, None] == before[None, :]), least - 2.0, least)
    labels = np.empty(nodes, dtype=np.int64)
    contract(weights.copy(), needed.copy(), labels)
    assert labels.tolist() == naive.contract(weights.tolist(), needed.tolist())


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=15))
@settings(max_examples=FEW, deadline=None)
def test_components(nodes: int, edges: list[tuple[int, int]]) -> None:
    edges = [(a % nodes, b % nodes) for a, b in edges]
    labels = np.empty(nodes, dtype=np.int64)
    components(np.array([a for a, _ in edges], dtype=np.int64), np.array([b for _, b in edges], dtype=np.int64), labels)
    assert labels.tolist() == naive.components(nodes, edges)


@given(st.lists(st.integers(0, 2**64 - 1), max_size=300), st.integers(1, 40))
@settings(max_examples=FEW, deadline=None)
def test_many_entries_of_one_bucket_are_sorted(numbers: list[int], kinds: int) -> None:
    # The top bits say the bucket: with them gone, all entries are in one.
    keys = np.array([n % kinds + 1 if kinds < 40 else (n >> kernel.BITS) + 1 for n in numbers], dtype=np.uint64)
    expected = sorted((int(k), row) for row, k in enumerate(keys))
    sorted_keys, rows = kernel.group(keys, np.arange(len(keys), dtype=np.int32))
    assert list(zip(sorted_keys.tolist(), rows.tolist(), strict=True)) == expected
