"""Connected components, the pairs inside them, and greedy additive contraction of each."""

from __future__ import annotations

import numpy as np
from numba import njit

FORBIDDEN = -1e6
"""Weight of a pair that must never be one person; no sum of evidence lifts it."""
SHORT = 2.0
"""Bits by which the strongest pair may fall short where the sum of all is enough: several records say it together."""
LARGE = 10
"""A cluster of so many nodes is looked at for bridges."""
SIDE = 2
"""A bridge has at least so many nodes on either side: one that hangs by a single edge is nothing odd."""


@njit(cache=True, nogil=True)
def joins(total: float, strongest: float, weakest: float, least: float) -> bool:
    """Whether two clusters may join: enough in sum, and not by adding up weak signs that others contradict."""
    return total > 0.0 and total >= least and (strongest >= least - SHORT or weakest > 0.0)


@njit(cache=True, nogil=True)
def contract(weights: np.ndarray, needed: np.ndarray, labels: np.ndarray) -> None:
    """Merge the two clusters with the largest sum of weights between them, while :func:`joins` allows any.

    ``weights`` is symmetric n x n; ``needed``, too, is the least weight at which two nodes may join: two clusters need the
    least of their nodes'. Both are overwritten. ``labels`` receives for each node the smallest node of its cluster. Ties go
    to the smallest pair of nodes.
    """
    n = len(labels)
    # Arrays are filled by loops here and below: numba takes a tenth of a second and more for each function of numpy's.
    strongest, weakest = np.empty((n, n), dtype=np.float32), np.empty((n, n), dtype=np.float32)
    alive, best = np.empty(n, dtype=np.bool_), np.empty(n, dtype=np.int64)
    for i in range(n):
        labels[i], alive[i], best[i] = i, True, -1
        for j in range(n):
            strongest[i, j] = weakest[i, j] = weights[i, j]
    for i in range(n):
        for j in range(i + 1, n):
            if joins(weights[i, j], strongest[i, j], weakest[i, j], needed[i, j]) and (
                best[i] < 0 or weights[i, j] > weights[i, best[i]]
            ):
                best[i] = j
    while True:
        a = -1
        for i in range(n):
            if alive[i] and best[i] >= 0 and (a < 0 or weights[i, best[i]] > weights[a, best[a]]):
                a = i
        if a < 0:
            break
        b = best[a]
        alive[b] = False
        for k in range(n):
            if labels[k] == b:
                labels[k] = a
            if alive[k] and k != a:
                weights[a, k] += weights[b, k]
                weights[k, a] = weights[a, k]
                strongest[a, k] = max(strongest[a, k], strongest[b, k])
                strongest[k, a] = strongest[a, k]
                weakest[a, k] = min(weakest[a, k], weakest[b, k])
                weakest[k, a] = weakest[a, k]
                needed[a, k] = min(needed[a, k], needed[b, k])
                needed[k, a] = needed[a, k]
        # Only rows that touched a or b can have another best.
        for i in range(n):
            if not alive[i] or i > b:
                continue
            if i == a or best[i] == a or best[i] == b:
                best[i] = -1
                for j in range(i + 1, n):
                    if (
                        alive[j]
                        and joins(weights[i, j], strongest[i, j], weakest[i, j], needed[i, j])
                        and (best[i] < 0 or weights[i, j] > weights[i, best[i]])
                    ):
                        best[i] = j
            elif (
                i < a
                and joins(weights[i, a], strongest[i, a], weakest[i, a], needed[i, a])
                and (
                    best[i] < 0
                    or weights[i, a] > weights[i, best[i]]
                    or (weights[i, a] == weights[i, best[i]] and a < best[i])
                )
            ):
                best[i] = a


@njit(cache=True, nogil=True)
def weakest_bridge(
    weights: np.ndarray, needed: np.ndarray, bound: float, members: np.ndarray, side: np.ndarray
) -> bool:
    """Mark the members on one side of a bridge in ``side``; return whether there is any.

    A bridge is the one pair of a side and the rest that may join alone; where members are joined by weaker pairs only in
    sum, there is none. Of several, the one is taken across which all pairs together weigh least. ``bound`` is the weight
    from which a pair is no bridge, because it was decided otherwise.

    Source: Tarjan (1974), "A note on finding the bridges of a graph".
    """
    n = len(members)
    order, low, above = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    at, below, stack = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    for a in range(n):
        order[a], above[a], at[a], below[a] = -1, -1, 0, 1
    order[0], low[0] = 0, 0
    order[0], met, depth = 0, 1, 1
    stack[0] = 0
    while depth > 0:
        u = stack[depth - 1]
        if at[u] < n:
            v = at[u]
            at[u] += 1
            if v == u or weights[members[u], members[v]] < needed[members[u], members[v]]:
                continue
            if order[v] < 0:
                above[v] = u
                order[v] = low[v] = met
                met += 1
                stack[depth] = v
                depth += 1
            elif v != above[u]:
                low[u] = min(low[u], order[v])
        else:
            depth -= 1
            if above[u] >= 0:
                low[above[u]] = min(low[above[u]], low[u])
                below[above[u]] += below[u]
    if met < n:
        return False
    found, least = -1, 0.0
    for u in range(n):
        if above[u] < 0 or low[u] <= order[above[u]] or min(below[u], n - below[u]) < SIDE:
            continue
        if weights[members[u], members[above[u]]] >= bound:
            continue
        total = 0.0
        for a in range(n):
            if order[u] <= order[a] < order[u] + below[u]:
                for b in range(n):
                    if order[b] < order[u] or order[b] >= order[u] + below[u]:
                        total += weights[members[a], members[b]]
        if found < 0 or total < least:
            found, least = u, total
    for a in range(n):
        side[a] = found >= 0 and order[found] <= order[a] < order[found] + below[found]
    return found >= 0


@njit(cache=True, nogil=True)
def part_at_bridges(weights: np.ndarray, needed: np.ndarray, bound: float, labels: np.ndarray) -> None:
    """Part clusters of :data:`LARGE` nodes or more at their bridges, the weakest first; ``labels`` stay smallest nodes."""
    n = len(labels)
    members, side = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.bool_)
    for cluster in range(n):
        while True:
            count = 0
            for a in range(n):
                if labels[a] == cluster:
                    members[count] = a
                    count += 1
            if count < LARGE or not weakest_bridge(weights, needed, bound, members[:count], side[:count]):
                break
            # Members ascend, so that the first is the label; the other side is named by its own first.
            other = -1
            for a in range(count):
                if side[a] != side[0]:
                    other = members[a] if other < 0 else other
                    labels[members[a]] = other


@njit(cache=True, nogil=True)
def components(left: np.ndarray, right: np.ndarray, labels: np.ndarray) -> None:
    """Label each node with the smallest node it is connected to."""
    for i in range(len(labels)):
        labels[i] = i
    for e in range(len(left)):
        a, b = left[e], right[e]
        while labels[a] != a:
            labels[a] = labels[labels[a]]
            a = labels[a]
        while labels[b] != b:
            labels[b] = labels[labels[b]]
            b = labels[b]
        if a < b:
            labels[b] = a
        elif b < a:
            labels[a] = b
    for i in range(len(labels)):
        a = i
        while labels[a] != a:
            a = labels[a]
        labels[i] = a


@njit(cache=True, nogil=True)
def grouped(labels: np.ndarray, fewest: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of groups of so many nodes or more, group by group, and where each starts, with one start past the last.

    ``labels`` gives each node the smallest node of its group; groups come by that node, nodes ascend within each.
    """
    n = len(labels)
    sizes = np.zeros(n, dtype=np.int32)
    for i in range(n):
        sizes[labels[i]] += 1
    many = held = 0
    for i in range(n):
        if sizes[i] >= fewest:
            many += 1
            held += sizes[i]
    starts = np.empty(many + 1, dtype=np.int64)
    place = np.empty(n, dtype=np.int32)
    nodes = np.empty(held, dtype=np.int32)
    many = held = 0
    for i in range(n):
        if sizes[i] >= fewest:
            starts[many] = held
            place[i] = held
            many += 1
            held += sizes[i]
    starts[many] = held
    for i in range(n):
        label = labels[i]
        if sizes[label] >= fewest:
            nodes[place[label]] = i
            place[label] += 1
    return nodes, starts


@njit(cache=True, nogil=True)
def missing_pairs(
    nodes: np.ndarray,
    starts: np.ndarray,
    firsts: np.ndarray,
    rights: np.ndarray,
    settled: np.ndarray,
    most: int,
    left: np.ndarray,
    right: np.ndarray,
) -> int:
    """Fill left and right with the pairs of nodes of one group that have no edge; return how many there are.

    Edges of node i are firsts[i] to firsts[i+1], to the nodes ``rights`` above it. Pairs that are together in ``settled``
    too, and groups of more than ``most`` nodes, are passed over. There must be room for every pair of every other group.
    """
    stamp = np.full(len(settled), -1, dtype=np.int32)
    filled = 0
    for g in range(len(starts) - 1):
        first, last = starts[g], starts[g + 1]
        group = settled[nodes[first]]
        fresh = False
        for a in range(first + 1, last):
            fresh |= settled[nodes[a]] != group
        if last - first > most or not fresh:
            continue
        for a in range(first, last):
            i = nodes[a]
            for e in range(firsts[i], firsts[i + 1]):
                stamp[rights[e]] = i
            for b in range(a + 1, last):
                j = nodes[b]
                if stamp[j] != i and settled[i] != settled[j]:
                    left[filled] = i
                    right[filled] = j
                    filled += 1
    return filled


@njit(cache=True, nogil=True)
def contract_all(
    groups: tuple[np.ndarray, np.ndarray],
    edges: tuple[np.ndarray, np.ndarray, np.ndarray],
    bonds: tuple[np.ndarray, np.ndarray, np.ndarray],
    apart: np.ndarray,
    before: np.ndarray,
    absent: tuple[int, float, float],
    bounds: tuple[float, float, float],
    labels: np.ndarray,
) -> None:
    """Contract every group; ``labels`` receives for each of its nodes the smallest node of its cluster.

    Args:
        groups: nodes and starts, from :func:`grouped`; ``labels`` holds the group of each node.
        edges: first edge of each node (and one more), nodes above it, weights.
        bonds: the same for pairs decided otherwise; they overwrite an edge's weight, the last of a pair before the others.
        apart: for each node a group of which no two may be one cluster, -1 for none; empty: none at all.
        absent: what a pair without an edge weighs, in groups of up to so many nodes and in larger ones.
        before: for each node the cluster it was in before, -1 for none; empty: none at all.
        bounds: the weight edges are clipped to either way, the least weight that joins, and the least weight that holds
            together what was one cluster before.
        labels: as above.
    """
    nodes, starts = groups
    firsts, rights, bits = edges
    bond_firsts, bond_rights, bond_bits = bonds
    clip, least, held = bounds
    place = np.empty(len(labels), dtype=np.int32)
    for g in range(len(starts) - 1):
        first, n = starts[g], starts[g + 1] - starts[g]
        group = labels[nodes[first]]
        for a in range(n):
            place[nodes[first + a]] = a
        none, weights = absent[1] if n <= absent[0] else absent[2], np.empty((n, n))
        for a in range(n):
            for b in range(n):
                weights[a, b] = none
        for a in range(n):
            i = nodes[first + a]
            for e in range(firsts[i], firsts[i + 1]):
                if labels[rights[e]] == group:
                    b = place[rights[e]]
                    weights[a, b] = weights[b, a] = min(clip, max(-clip, bits[e]))
            for e in range(bond_firsts[i], bond_firsts[i + 1]):
                if labels[bond_rights[e]] == group:
                    b = place[bond_rights[e]]
                    weights[a, b] = weights[b, a] = bond_bits[e]
        if len(apart) > 0:
            for a in range(n):
                for b in range(a):
                    if apart[nodes[first + a]] >= 0 and apart[nodes[first + a]] == apart[nodes[first + b]]:
                        weights[a, b] = weights[b, a] = FORBIDDEN
        weakest = np.inf
        for a in range(n):
            for b in range(a):
                weakest = min(weakest, weights[a, b])
        if weakest > 0.0 and weakest >= least:
            continue  # Every pair would join alone, and so all do.
        needed, own = np.empty((n, n)), np.empty(n, dtype=np.int64)
        for a in range(n):
            own[a] = a
            for b in range(n):
                needed[a, b] = least
                if len(before) > 0 and before[nodes[first + a]] >= 0:
                    if before[nodes[first + a]] == before[nodes[first + b]]:
                        needed[a, b] = held
        if n > 2 or len(before) > 0:
            sums, lowest = weights, needed
            if n >= LARGE:
                sums, lowest = weights.copy(), needed.copy()
            contract(sums, lowest, own)
        if n >= LARGE:
            part_at_bridges(weights, needed, 2.0 * clip, own)
        # Labels of the group are read until its last edge, and groups do not share nodes.
        for a in range(n):
            labels[nodes[first + a]] = nodes[first + own[a]]
