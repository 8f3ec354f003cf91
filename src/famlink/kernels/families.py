"""Pairs of one household, and pairs of records that share a relative."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def pairs_within(starts: np.ndarray, members: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    """Fill one and other with every two members of each group, in both orders.

    Members of group g are members[starts[g]] to members[starts[g+1]].
    """
    filled = 0
    for g in range(len(starts) - 1):
        for a in range(starts[g], starts[g + 1]):
            for b in range(starts[g], starts[g + 1]):
                if a != b:
                    one[filled] = members[a]
                    other[filled] = members[b]
                    filled += 1


@njit(cache=True, nogil=True)
def sharing_pairs(
    groups: tuple[np.ndarray, np.ndarray],
    ties: tuple[np.ndarray, np.ndarray, np.ndarray],
    labels: np.ndarray,
    wanted: np.ndarray,
    most: int,
    out: np.ndarray,
) -> int:
    """Fill out with the pairs of records that are related to one person; return how many there are.

    Each is a number: (left record * records + right record) * 256 + way, where the way is 100 if the two roles differ, and
    10 times the lesser role and once the greater beside that. Where ``out`` is empty, pairs are counted alone.

    Args:
        groups: records person by person, and where each person starts, with one start past the last.
        ties: first tie of each record (and one more), relatives, roles.
        labels: the person of each record.
        wanted: for each record whether its ties are looked at; empty: all.
        most: a person with more related records than this is passed over.
        out: room for the pairs.
    """
    nodes, starts = groups
    firsts, relatives, roles = ties
    records = len(labels)
    stamp = np.full(records, -1, dtype=np.int32)
    role = np.zeros(records, dtype=np.int8)
    held = np.empty(records, dtype=np.int32)
    filled, room = 0, len(out)
    for g in range(len(starts) - 1):
        count = 0
        for a in range(starts[g], starts[g + 1]):
            i = nodes[a]
            if len(wanted) > 0 and not wanted[i]:
                continue
            for t in range(firsts[i], firsts[i + 1]):
                j = relatives[t]
                if labels[j] == labels[i]:
                    continue
                if stamp[j] != g:
                    stamp[j] = g
                    role[j] = roles[t]
                    held[count] = j
                    count += 1
                elif roles[t] < role[j]:
                    role[j] = roles[t]
        if count < 2 or count > most:
            continue
        if room == 0:
            filled += count * (count - 1) // 2
            continue
        for a in range(count):
            for b in range(a):
                i, j = held[a], held[b]
                way = 100 if role[i] != role[j] else 0
                way += 10 * np.int64(min(role[i], role[j])) + max(role[i], role[j])
                out[filled] = (np.int64(min(i, j)) * records + max(i, j)) * 256 + way
                filled += 1
    return filled


@njit(cache=True, nogil=True)
def mix(
    likelihood: np.ndarray, start: np.ndarray, pseudo: float, rounds: int, tolerance: float, prior: np.ndarray
) -> None:
    """Fill prior with the shares of the classes among some pairs, by EM with what each class makes of a pair held.

    ``likelihood`` is pair x class; ``start`` is where EM begins, and counts as ``pseudo`` pairs beside the others.
    """
    pairs, classes = likelihood.shape
    share, each = np.empty(classes), np.empty(classes)
    for s in range(classes):
        prior[s] = start[s]
    for _ in range(rounds):
        for s in range(classes):
            share[s] = 0.0
        for p in range(pairs):
            total = 0.0
            for s in range(classes):
                each[s] = likelihood[p, s] * prior[s]
                total += each[s]
            for s in range(classes):
                share[s] += each[s] / total
        moved = 0.0
        for s in range(classes):
            share[s] = (share[s] + pseudo * start[s]) / (pairs + pseudo)
            moved = max(moved, abs(share[s] - prior[s]))
        if moved < tolerance:
            break
        for s in range(classes):
            prior[s] = share[s]
