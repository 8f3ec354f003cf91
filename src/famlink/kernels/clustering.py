"""Connected components, the pairs inside them, and greedy additive contraction of each."""

from __future__ import annotations

import numpy as np
from numba import njit

FORBIDDEN = -1e6
"""Weight of a pair that must never be one person; no sum of evidence lifts it."""
SHORT = 2.0
"""Bits by which the strongest pair may fall short where the sum of all is enough: several records say it together."""


@njit(cache=True, nogil=True)
def joins(total: float, strongest: float, weakest: float, least: float) -> bool:
    """Whether two clusters may join: enough in sum, and not by adding up weak signs that others contradict."""
    return total > 0.0 and total >= least and (strongest >= least - SHORT or weakest > 0.0)


@njit(cache=True, nogil=True)
def contract(weights: np.ndarray, least: float, labels: np.ndarray) -> None:
    """Merge the two clusters with the largest sum of weights between them, while :func:`joins` allows any.

    ``weights`` is symmetric n x n and is overwritten; ``labels`` receives for each node the smallest node of its
    cluster. Ties go to the smallest pair of nodes.
    """
    n = len(labels)
    strongest = weights.astype(np.float32)
    weakest = weights.astype(np.float32)
    alive = np.ones(n, dtype=np.bool_)
    best = np.full(n, -1, dtype=np.int64)
    for i in range(n):
        labels[i] = i
    for i in range(n):
        for j in range(i + 1, n):
            if joins(weights[i, j], strongest[i, j], weakest[i, j], least) and (
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
        # Only rows that touched a or b can have another best.
        for i in range(n):
            if not alive[i] or i > b:
                continue
            if i == a or best[i] == a or best[i] == b:
                best[i] = -1
                for j in range(i + 1, n):
                    if (
                        alive[j]
                        and joins(weights[i, j], strongest[i, j], weakest[i, j], least)
                        and (best[i] < 0 or weights[i, j] > weights[i, best[i]])
                    ):
                        best[i] = j
            elif (
                i < a
                and joins(weights[i, a], strongest[i, a], weakest[i, a], least)
                and (
                    best[i] < 0
                    or weights[i, a] > weights[i, best[i]]
                    or (weights[i, a] == weights[i, best[i]] and a < best[i])
                )
            ):
                best[i] = a


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
    absent: tuple[int, float, float],
    bounds: tuple[float, float],
    labels: np.ndarray,
) -> None:
    """Contract every group; ``labels`` receives for each of its nodes the smallest node of its cluster.

    Args:
        groups: nodes and starts, from :func:`grouped`; ``labels`` holds the group of each node.
        edges: first edge of each node (and one more), nodes above it, weights.
        bonds: the same for pairs decided otherwise; they overwrite an edge's weight, the last of a pair before the others.
        apart: for each node a group of which no two may be one cluster, -1 for none; empty: none at all.
        absent: what a pair without an edge weighs, in groups of up to so many nodes and in larger ones.
        bounds: the weight edges are clipped to either way, and the least weight that joins.
        labels: as above.
    """
    nodes, starts = groups
    firsts, rights, bits = edges
    bond_firsts, bond_rights, bond_bits = bonds
    clip, least = bounds
    place = np.zeros(len(labels), dtype=np.int32)
    for g in range(len(starts) - 1):
        first, n = starts[g], starts[g + 1] - starts[g]
        group = labels[nodes[first]]
        for a in range(n):
            place[nodes[first + a]] = a
        weights = np.full((n, n), absent[1] if n <= absent[0] else absent[2])
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
        own = np.arange(n)
        if n > 2:
            contract(weights, least, own)
        # Labels of the group are read until its last edge, and groups do not share nodes.
        for a in range(n):
            labels[nodes[first + a]] = nodes[first + own[a]]
