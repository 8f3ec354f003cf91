"""Kernels that group records, complete components, contract them, and look at shared relatives, against naive twins."""

from __future__ import annotations

import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import blocking, clustering

from famlink.kernels import clustering as kernel
from famlink.kernels.families import mix, pairs_within, sharing_pairs
from famlink.kernels.merging import find_sorted, lay_over
from famlink.linkage.clustering import CLIP, UNSCORED, Bonds, Edges, cluster, connected, filled

FEW = 15 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else 120
NODES = 9


def _labels(places):
    """Any grouping as smallest nodes."""
    return np.array([places.index(place) for place in places], dtype=np.int64)


def _firsts(left, nodes=NODES):
    return np.concatenate([[0], np.cumsum(np.bincount(np.array(left, dtype=np.int64), minlength=nodes))])


GROUPING = st.lists(st.integers(0, 4), min_size=NODES, max_size=NODES).map(_labels)
PAIR = st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)).filter(lambda p: p[0] < p[1])
EDGES = st.dictionaries(PAIR, st.floats(-25, 25).map(lambda w: round(w, 2)), max_size=25)


@given(GROUPING, st.integers(1, 3))
@settings(max_examples=FEW, deadline=None)
def test_groups(labels, fewest):
    nodes, starts = kernel.grouped(labels, fewest)
    parts = [nodes[a:b].tolist() for a, b in itertools.pairwise(starts)]
    assert parts == clustering.grouped(labels.tolist(), fewest)


@given(GROUPING, GROUPING, st.frozensets(PAIR, max_size=20), st.integers(2, 9))
@settings(max_examples=FEW, deadline=None)
def test_pairs_without_an_edge(labels, settled, edges, most):
    edges = sorted(edges)
    firsts, rights = _firsts([a for a, _ in edges]), np.array([b for _, b in edges], dtype=np.int32)
    groups = kernel.grouped(labels, 2)
    left, right = np.empty(NODES**2, dtype=np.int32), np.empty(NODES**2, dtype=np.int32)
    count = kernel.missing_pairs(*groups, firsts, rights, settled, most, left, right)
    expected = clustering.missing_pairs(clustering.grouped(labels.tolist(), 2), edges, settled.tolist(), most)
    found = list(zip(left[:count].tolist(), right[:count].tolist(), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == expected


@given(
    GROUPING,
    EDGES,
    st.lists(st.tuples(PAIR, st.sampled_from([1e5, -1e6])), max_size=4),
    st.lists(st.integers(-1, 1), min_size=NODES, max_size=NODES),
    st.integers(0, 9),
    st.sampled_from([-30.0, 0.0, 4.0]),
    st.lists(st.integers(-1, 2), min_size=NODES, max_size=NODES),
)
@settings(max_examples=FEW, deadline=None)
def test_every_group_is_contracted(labels, edges, bonds, apart, small, least, before):
    edges = dict(sorted(edges.items()))
    bonds = sorted(bonds, key=lambda bond: bond[0][0])
    found = labels.copy()
    absent = (small, -17.0, -3.0)
    kernel.contract_all(
        kernel.grouped(labels, 2),
        (_firsts([a for a, _ in edges]), np.array([b for _, b in edges], dtype=np.int32), np.array([*edges.values()])),
        (
            _firsts([a for (a, _), _ in bonds]),
            np.array([b for (_, b), _ in bonds], dtype=np.int32),
            np.array([bits for _, bits in bonds]),
        ),
        np.array(apart, dtype=np.int16) if max(apart) >= 0 else np.zeros(0, dtype=np.int16),
        np.array(before, dtype=np.int32) if max(before) >= 0 else np.zeros(0, dtype=np.int32),
        absent,
        (17.0, least, least - 2.0),
        found,
    )
    expected = list(range(NODES))
    plain = [(a, b, bits) for (a, b), bits in bonds]
    for members in clustering.grouped(labels.tolist(), 1):
        needed = [[least - 2.0 * (before[i] == before[j] >= 0) for j in members] for i in members]
        own = blocking.contract(clustering.matrix(members, edges, plain, apart, absent, 17.0), needed)
        for node, place in zip(members, own, strict=True):
            expected[node] = members[place]
    assert found.tolist() == expected


@given(st.integers(4, 12), st.integers(0, 2**32))
@settings(max_examples=FEW, deadline=None)
def test_bridges(nodes, seed):
    random = np.random.default_rng(seed)
    weights = np.triu(np.where(random.random((nodes, nodes)) < 2.2 / nodes, 9.0, -1.0), 1)
    weights += np.triu(random.normal(0, 1, (nodes, nodes)).round(3), 1)
    weights = weights + weights.T
    needed = np.full((nodes, nodes), 4.0)
    members, side = np.arange(nodes), np.zeros(nodes, dtype=np.bool_)
    found = kernel.weakest_bridge(weights, needed, 100.0, members, side)
    strong = {(a, b) for a, b in itertools.combinations(range(nodes), 2) if weights[a, b] >= 4.0}
    sides = blocking.sides_of_bridges(range(nodes), strong)
    assert found == bool(sides)
    if found:
        across = [sum(weights[a, b] for a in one for b in set(range(nodes)) - one) for one in sides]
        chosen = set(np.flatnonzero(side).tolist())
        best = [one for one, bits in zip(sides, across, strict=True) if bits <= min(across) + 1e-9]
        assert any(chosen in (one, set(range(nodes)) - one) for one in best)


def test_two_people_that_one_pair_joins_are_parted_but_not_where_it_was_decided():
    def matrix(bridge):
        weights = np.full((10, 10), -0.5)
        weights[:5, :5] = weights[5:, 5:] = 9.0
        weights[4, 5] = weights[5, 4] = bridge
        return weights

    needed = np.full((10, 10), 4.0)
    for bridge, expected in ((17.0, [0] * 5 + [5] * 5), (1e5, [0] * 10), (3.0, [0] * 10)):
        labels = np.zeros(10, dtype=np.int64)
        kernel.part_at_bridges(matrix(bridge), needed, 34.0, labels)
        assert labels.tolist() == expected
    # With nine records the sum of all pairs is trusted; and one record that hangs by an edge stays.
    labels = np.zeros(9, dtype=np.int64)
    kernel.part_at_bridges(matrix(17.0)[:9, :9].copy(), needed, 34.0, labels)
    assert labels.tolist() == [0] * 9
    lone = np.full((10, 10), 9.0)
    lone[9, 1:] = lone[1:, 9] = -0.5
    labels = np.zeros(10, dtype=np.int64)
    kernel.part_at_bridges(lone, needed, 34.0, labels)
    assert labels.tolist() == [0] * 10


@given(st.lists(st.integers(0, 30), max_size=20), st.lists(st.integers(0, 30), max_size=20))
@settings(max_examples=FEW, deadline=None)
def test_sorted_numbers_are_found(known, values):
    known, values = sorted(known), sorted(values)
    out = np.empty(len(values), dtype=np.int64)
    find_sorted(np.array(known, dtype=np.int64), np.array(values, dtype=np.int64), out)
    assert out.tolist() == [known.index(v) if v in known else -1 for v in values]


@given(EDGES, EDGES)
@settings(max_examples=FEW, deadline=None)
def test_pairs_with_others_laid_over_them(under, over):
    under, over = dict(sorted(under.items())), dict(sorted(over.items()))
    size = len(under) + len(over)
    out = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32), np.empty(size)
    keys = np.array([a * NODES + b for a, b in over], dtype=np.int64)
    left, right = (np.array([pair[side] for pair in under], dtype=np.int32) for side in (0, 1))
    many = lay_over((left, right, np.array([*under.values()])), keys, np.array([*over.values()]), out, NODES)
    found = [(int(a), int(b), float(bits)) for a, b, bits in zip(*out, strict=True)][:many]
    assert found == [(a, b, bits) for (a, b), bits in sorted({**under, **over}.items())]


TIES = st.lists(
    st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.integers(0, 6)).filter(lambda t: t[0] != t[1]),
    max_size=25,
    unique_by=lambda t: t[:2],
)


@given(GROUPING, TIES, st.lists(st.booleans(), min_size=NODES, max_size=NODES), st.integers(2, 6))
@settings(max_examples=FEW, deadline=None)
def test_records_related_to_one_person(labels, ties, wanted, most):
    ties = sorted(ties)
    columns = (
        _firsts([a for a, _, _ in ties]),
        np.array([b for _, b, _ in ties], dtype=np.int32),
        np.array([role for _, _, role in ties], dtype=np.int8),
    )
    groups = kernel.grouped(labels, 1)
    size = sharing_pairs(groups, columns, labels, np.array(wanted), most, np.zeros(0, dtype=np.int64))
    out = np.empty(size, dtype=np.int64)
    assert sharing_pairs(groups, columns, labels, np.array(wanted), most, out) == size
    found = {}
    for number in sorted(out.tolist(), reverse=True):
        found[divmod(number >> 8, NODES)] = number & 255
    assert found == clustering.sharing_pairs(ties, labels.tolist(), wanted, most)
    everybody = sharing_pairs(groups, columns, labels, np.zeros(0, dtype=np.bool_), most, np.zeros(0, dtype=np.int64))
    assert everybody >= len(clustering.sharing_pairs(ties, labels.tolist(), [True] * NODES, most))


def test_members_of_a_household_in_both_orders():
    one, other = np.empty(8, dtype=np.int32), np.empty(8, dtype=np.int32)
    pairs_within(np.array([0, 3, 5]), np.array([7, 2, 4, 1, 9], dtype=np.int32), one, other)
    pairs = list(zip(one.tolist(), other.tolist(), strict=True))
    assert pairs == [(7, 2), (7, 4), (2, 7), (2, 4), (4, 7), (4, 2), (1, 9), (9, 1)]


@given(st.lists(st.lists(st.floats(0.01, 1.0), min_size=3, max_size=3), min_size=1, max_size=8), st.integers(0, 40))
@settings(max_examples=FEW, deadline=None)
def test_shares_of_classes(likelihood, rounds):
    start, prior = (0.2, 0.5, 0.3), np.empty(3)
    mix(np.array(likelihood), np.array(start), 5.0, rounds, 1e-4, prior)
    assert prior.tolist() == pytest.approx(clustering.mix(likelihood, start, 5.0, rounds, 1e-4), abs=1e-12)


def _edges(weights):
    pairs = sorted(weights)
    left, right = (np.array([pair[side] for pair in pairs], dtype=np.int32) for side in (0, 1))
    return Edges(left, right, np.array([weights[pair] for pair in pairs]))


NONE = np.zeros((0, 2), dtype=np.int32)


def _bonds(nodes, never=NONE, always=NONE):
    return Bonds(
        np.array(never, np.int32).reshape(-1, 2), np.array(always, np.int32).reshape(-1, 2), np.full(nodes, -1)
    )


def _scored(weights, asked):
    """A scorer that leaves out hopeless pairs, and notes what it was asked."""

    def score(left, right):
        pairs = list(zip(left.tolist(), right.tolist(), strict=True))
        asked.extend(pairs)
        return _edges({pair: weights[pair] for pair in pairs if weights[pair] >= -CLIP})

    return score


def test_a_pair_found_hopeless_is_not_scored_again_and_counts_against_joining():
    weights, asked = {(0, 1): 6.0, (1, 2): 6.0, (0, 2): -40.0}, []
    found = cluster(3, _edges({(0, 1): 6.0, (1, 2): 6.0}), _bonds(3), least=4.0, score=_scored(weights, asked))
    assert asked == [(0, 2)]
    assert found.labels.tolist() == [0, 0, 2]
    assert len(found.edges.left) == 2
    again = cluster(3, found.edges, _bonds(3), least=4.0, score=_scored(weights, asked), settled=found.component)
    assert asked == [(0, 2)]
    assert again.labels.tolist() == found.labels.tolist()


def test_every_pair_inside_a_cluster_gets_its_own_weight():
    whole = filled(_edges({(0, 1): 6.0, (1, 2): 6.0}), np.array([0, 0, 0]), score=lambda a, b: _edges({(0, 2): -40.0}))
    assert whole.keys(3).tolist() == [1, 2, 5]
    assert whole.weight.tolist() == [6.0, -40.0, 6.0]


def test_a_component_too_large_for_every_pair_weighs_those_unscored_a_little():
    n = 301
    weights = {(i, i + 1): 15.0 for i in range(n - 1)}
    asked = []
    found = cluster(n, _edges(weights), _bonds(n), least=4.0, score=_scored({}, asked))
    assert not asked
    # Three records in a chain of 15 bits: the third joins two at 15 bits and what an unscored pair weighs.
    assert 15.0 + UNSCORED >= 4.0
    assert found.labels[0] == found.labels[1]
    assert len(set(found.labels.tolist())) < n // 2


def test_records_of_one_person_before_part_only_well_below_the_weight_that_joins():
    def found(bits, before):
        bonds = Bonds(NONE, NONE, np.full(2, -1), np.array(before, dtype=np.int32))
        return cluster(2, _edges({(0, 1): bits}), bonds, least=4.0, score=_scored({}, [])).labels.tolist()

    together, apart, new = [7, 7], [7, 8], [-1, -1]
    assert [found(bits, apart) for bits in (4.1, 3.9)] == [[0, 0], [0, 1]]
    assert [found(bits, new) for bits in (4.1, 3.9)] == [[0, 0], [0, 1]]
    assert [found(bits, together) for bits in (3.9, 2.1, 1.9)] == [[0, 0], [0, 0], [0, 1]]


def test_a_better_fitting_person_is_preferred_to_the_one_before():
    weights = {(0, 1): 3.0, (1, 2): 12.0, (0, 2): -10.0}
    bonds = Bonds(NONE, NONE, np.full(3, -1), np.array([5, 5, 6], dtype=np.int32))
    assert cluster(3, _edges(weights), bonds, least=4.0, score=_scored({}, [])).labels.tolist() == [0, 1, 1]


def test_edges_may_come_in_any_order():
    edges = _edges({(0, 1): 6.0, (0, 3): 5.0, (1, 2): -9.0, (2, 3): 7.0})
    order = np.array([2, 0, 3, 1])
    mixed = Edges(edges.left[order], edges.right[order], edges.weight[order])
    for gather in (cluster, connected):
        one, other = (
            gather(4, some, _bonds(4, never=[(0, 2)]), least=4.0, score=_scored({(0, 2): -3.0, (1, 3): -3.0}, []))
            for some in (edges, mixed)
        )
        assert one.labels.tolist() == other.labels.tolist()
        assert one.edges.keys(4).tolist() == other.edges.keys(4).tolist()
