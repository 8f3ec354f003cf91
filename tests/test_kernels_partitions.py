"""Kernels for partitions of accounts and for words, against their slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.kernels.partitions import NO_DAY, Accounts, Pairs, Rules, grow, together
from famlink.kernels.words import sum_of_words
from tests.naive import partitions as naive

BITS = st.floats(-12, 12)
NEVER = -1e6
AGAIN = [0.0, 0.5, 2.0, 1.5]


@st.composite
def groups(draw):
    size = draw(st.integers(1, 6))
    accounts = [
        (
            draw(st.integers(0, 3)),
            draw(st.integers(-1, 2)),
            day,
            day + draw(st.integers(0, 3)),
            draw(st.sampled_from([day, None])),
        )
        for day in sorted(draw(st.lists(st.integers(0, 12), min_size=size, max_size=size)))
    ]
    every = [(j, i) for i in range(size) for j in range(i)]
    chosen = draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    said = st.one_of(BITS, st.just(NEVER))
    return accounts, {pair: (draw(said), draw(BITS)) for pair in sorted(chosen)}


@settings(max_examples=60, deadline=None)
@given(st.lists(groups(), min_size=1, max_size=3), st.booleans())
def test_the_share_of_partitions_is_that_of_the_twin(drawn, nearest):
    rules = {"further": 0.3, "unknown": -1.0, "never": NEVER, "week": 7, "again": AGAIN, "nearest": nearest}
    rows = np.asarray(
        [[NO_DAY if x is None else x for x in account] for accounts, _ in drawn for account in accounts], dtype=np.int64
    )
    flat = [(j, i, *bits) for _, pairs in drawn for (j, i), bits in pairs.items()]
    begin = np.cumsum([0, *(len(accounts) for accounts, _ in drawn)])
    pair_begin = np.cumsum([0, *(len(pairs) for _, pairs in drawn)])
    columns = [np.asarray([row[k] for row in flat], dtype=np.int64 if k < 2 else np.float64) for k in range(4)]
    out = np.zeros(len(flat))
    together(
        Accounts(begin, *(np.ascontiguousarray(rows[:, k]) for k in range(5))),
        Pairs(pair_begin, *columns),
        Rules(6, 0.3, -1.0, NEVER, 7, np.asarray(AGAIN), nearest),
        out,
    )
    expected = [share for accounts, pairs in drawn for share in naive.together(accounts, pairs, **rules).values()]
    assert out == pytest.approx(expected, abs=1e-9)


@settings(deadline=None)
@given(st.integers(1, 12), st.integers(1, 6), st.data())
def test_groups_grow_to_so_many(size, most, data):
    end = st.integers(0, size - 1)
    pairs = data.draw(st.lists(st.tuples(end, end), max_size=20))
    ends = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    group = np.arange(size, dtype=np.int64)
    grow(np.ascontiguousarray(ends[:, 0]), np.ascontiguousarray(ends[:, 1]), most, group)
    assert group.tolist() == naive.grow(pairs, size, most)


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 4), max_size=4), min_size=2, max_size=5), st.data())
def test_a_table_is_summed_over_the_words_of_both(texts, data):
    table = data.draw(st.lists(st.lists(st.floats(-5, 5), min_size=5, max_size=5), min_size=5, max_size=5))
    begin = np.cumsum([0, *(len(text) for text in texts)])
    words = np.asarray([word for text in texts for word in text], dtype=np.int64)
    left, right = np.zeros(len(texts), dtype=np.int64), np.arange(len(texts), dtype=np.int64)
    out = np.zeros(len(texts))
    sum_of_words((left, right), begin, words, np.asarray(table), out)
    assert out == pytest.approx([naive.sum_of_words(texts[0], text, table) for text in texts])
