"""Greedy additive contraction of one connected component."""

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
def contract_all(
    starts: np.ndarray,
    edge_starts: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    weight: np.ndarray,
    missing: float,
    least: float,
    labels: np.ndarray,
) -> None:
    """Contract every component. Nodes of component c are starts[c] to starts[c+1], edges edge_starts[c] to [c+1].

    Edge ends are places among the sorted nodes; a pair without an edge weighs ``missing``; ``labels`` receives the place
    of the smallest node of each node's cluster.
    """
    for c in range(len(starts) - 1):
        first, n = starts[c], starts[c + 1] - starts[c]
        weights = np.full((n, n), missing)
        for e in range(edge_starts[c], edge_starts[c + 1]):
            i, j = left[e] - first, right[e] - first
            weights[i, j] = weight[e]
            weights[j, i] = weight[e]
        own = np.empty(n, dtype=np.int64)
        contract(weights, least, own)
        for i in range(n):
            labels[first + i] = first + own[i]
