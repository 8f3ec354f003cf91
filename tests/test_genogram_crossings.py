"""The kernel of the order against its naive twin, and what a search may never do."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from naive.crossings import costs

from famlink.kernels.crossings import Plan, search

WEIGHTS = np.array((60.0, 24.0, 12.0, 2.0, 0.6, 0.15))


@st.composite
def drawings(draw):
    """Rows of nodes with nets between them, couples, soft pairs and households."""
    sizes = draw(st.lists(st.integers(1, 7), min_size=1, max_size=4))
    rows, count = [], 0
    for size in sizes:
        rows.append(list(range(count, count + size)))
        count += size
    couples = []
    for row in rows:
        pairs = [(a, b) for i, a in enumerate(row) for b in row[i + 1 :]]
        if pairs:
            couples += draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True))
    nets = []
    for level, row in enumerate(rows):
        for _ in range(draw(st.integers(0, 3))):
            bottom = draw(st.lists(st.sampled_from(row), min_size=1, max_size=4, unique=True))
            tops = [()]
            if level:
                above = rows[level - 1]
                tops += [(n,) for n in above] + [c for c in couples if c[0] in above]
            nets.append((draw(st.sampled_from(tops)), bottom, level))
    soft, homes = [], []
    for row in rows:
        if len(row) > 1:
            soft += [
                (a, b, w)
                for a, b, w in draw(
                    st.lists(st.tuples(st.sampled_from(row), st.sampled_from(row), st.integers(1, 3)), max_size=3)
                )
                if a != b
            ]
            homes += draw(st.lists(st.lists(st.sampled_from(row), min_size=2, max_size=4, unique=True), max_size=1))
    order = [draw(st.permutations(row)) for row in rows]
    return order, nets, couples, soft, homes


def pointer(sizes):
    return np.r_[0, np.cumsum(np.array(sizes, np.int64))].astype(np.int64)


def table(cells, width):
    return np.array(cells, np.int64).reshape(-1, width)


def plan_of(rows, nets, couples, soft, homes):
    level = {n: r for r, row in enumerate(rows) for n in row}
    count = len(level)
    mates = defaultdict(list)
    for a, b in couples:
        mates[a].append(b)
        mates[b].append(a)
    riser, parent = np.zeros(count, np.int64), np.full(count, -1, np.int64)
    for i, (_, bottom, _) in enumerate(nets):
        for n in bottom:
            riser[n] += 1
            parent[n] = i if parent[n] < 0 else parent[n]
    dropped = {frozenset(top) for top, _, _ in nets if len(top) == 2}

    def by_row(levels):
        return np.array([sum(x < r for x in levels) for r in range(len(rows) + 1)], np.int64)

    return Plan(
        row_ptr=pointer([len(row) for row in rows]),
        net_top=table([(*top, -1, -1)[:2] for top, _, _ in nets], 2),
        net_ptr=pointer([len(bottom) for _, bottom, _ in nets]),
        net_bottom=np.array([n for _, bottom, _ in nets for n in bottom], np.int64),
        gap_ptr=by_row([row for _, _, row in nets]),
        couple=table(couples, 2),
        couple_ptr=by_row([level[a] for a, _ in couples]),
        mate_ptr=pointer([len(mates[n]) for n in range(count)]),
        mates=np.array([m for n in range(count) for m in mates[n]], np.int64),
        riser=riser,
        hung=np.array([int(frozenset(c) in dropped) for c in couples], np.int64),
        soft=table(soft, 3),
        soft_ptr=by_row([level[a] for a, _, _ in soft]),
        home_ptr=pointer([len(h) for h in homes]),
        home=np.array([n for h in homes for n in h], np.int64),
        home_row_ptr=by_row([level[h[0]] for h in homes]),
        parent_net=parent,
    )


@settings(max_examples=150, deadline=None)
@given(drawings())
def test_the_kernel_counts_what_the_naive_twin_counts(drawing):
    rows, *parts = drawing
    order = np.array([n for row in rows for n in row], np.int64)
    order.flags.writeable = False
    assert search(plan_of(rows, *parts), order, WEIGHTS, 0, 1)[1].tolist() == costs(rows, *parts)


@settings(max_examples=60, deadline=None)
@given(drawings(), st.integers(1, 5))
def test_a_search_keeps_every_row_is_repeatable_and_never_worse(drawing, seed):
    rows, *parts = drawing
    plan = plan_of(rows, *parts)
    order = np.array([n for row in rows for n in row], np.int64)
    found, cost = search(plan, order, WEIGHTS, 200, seed)
    again, _ = search(plan, order, WEIGHTS, 200, seed)
    assert found.tolist() == again.tolist()
    split = [found[a:b].tolist() for a, b in zip(plan.row_ptr, plan.row_ptr[1:], strict=False)]
    assert [sorted(row) for row in split] == [sorted(row) for row in rows]
    # incremental counts add up to a count from scratch, and the best is not worse than the start
    assert cost.tolist() == costs(split, *parts)
    assert cost[:3].tolist() <= costs(rows, *parts)[:3]


def test_a_crossing_that_can_be_undone_is_undone():
    rows = [[0, 1], [2, 3]]
    nets = [((0,), [3], 1), ((1,), [2], 1)]
    plan = plan_of(rows, nets, [], [], [])
    assert search(plan, np.arange(4), WEIGHTS, 0, 1)[1][0] == 1
    assert search(plan, np.arange(4), WEIGHTS, 200, 1)[1][0] == 0
