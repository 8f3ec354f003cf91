"""Grouping in numbers, held against the plainest way to do the same."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from famlink.family.groups import least_connected, run_starts, starts_of

SMALL = st.integers(0, 12)
STRETCHES = st.lists(st.tuples(st.integers(0, 3), st.integers(-9, 9), st.integers(0, 6)), max_size=20)


@given(st.lists(st.tuples(SMALL, SMALL), max_size=30))
def test_connected_things_share_the_least_label(edges):
    groups = [{thing} for thing in range(13)]
    for a, b in edges:
        one = next(group for group in groups if a in group)
        two = next(group for group in groups if b in group)
        if one is not two:
            groups.remove(two)
            one |= two
    expected = [min(next(group for group in groups if thing in group)) for thing in range(13)]
    left, right = (np.array([edge[side] for edge in edges], dtype=np.int64) for side in (0, 1))
    assert least_connected(13, left, right).tolist() == expected


def test_a_long_chain_given_in_any_order_is_one_group():
    ends = np.random.default_rng(1).permutation(5000)
    assert not least_connected(5001, ends, ends + 1).any()


@given(STRETCHES)
def test_a_run_begins_where_nothing_earlier_of_its_group_reaches(rows):
    rows = sorted((group, first, first + days) for group, first, days in rows)
    expected = [
        not any(g == group and last >= first for g, _, last in rows[:place])
        for place, (group, first, _) in enumerate(rows)
    ]
    group, first, last = (np.array([row[n] for row in rows], dtype=np.int64) for n in range(3))
    assert run_starts(group, first, last).tolist() == expected


@given(st.lists(st.tuples(SMALL, SMALL), max_size=20))
def test_stretches_of_equal_keys(keys):
    keys = sorted(keys)
    expected = [place for place, key in enumerate(keys) if place == 0 or key != keys[place - 1]]
    assert starts_of(*(np.array([key[n] for key in keys]) for n in (0, 1))).tolist() == expected
