"""Assignment between the people of two families: sums over matchings of people, of whom one may have several records."""

from __future__ import annotations

import numpy as np
from numba import njit

EXACT = 6
"""Families of which one side has up to this many people are assigned exactly."""
DOUBTS = 6
"""Records of one side that may be one person: this many pairs of a block, the likeliest, are summed over."""


@njit(cache=True, nogil=True)
def matchings(odds: np.ndarray, no_row: int, no_column: int, sums: np.ndarray) -> float:
    """Sum over all partial one-to-one matchings of the product of their odds, one row and one column left out.

    ``odds`` is row x column with few columns; ``sums`` has room for 2**columns.
    """
    rows, columns = odds.shape
    size = 1 << columns
    for mask in range(size):
        sums[mask] = 0.0
    sums[0] = 1.0
    for r in range(rows):
        if r == no_row:
            continue
        # Larger masks first, so that what a mask takes from smaller ones does not hold this row yet.
        for mask in range(size - 1, 0, -1):
            for c in range(columns):
                if mask >> c & 1 and c != no_column:
                    sums[mask] += odds[r, c] * sums[mask & ~(1 << c)]
    total = 0.0
    for mask in range(size):
        total += sums[mask]
    return total


@njit(cache=True, nogil=True)
def slots(mask: int, one: np.ndarray, other: np.ndarray, begin: int, end: int, leader: np.ndarray) -> bool:
    """Fill leader with the first member of each member's slot, were the pairs in a mask one person and no others.

    The pairs are those from ``begin`` to ``end``. Return whether that can be: every two members of a slot are a pair of the mask.
    """
    for n in range(len(leader)):
        leader[n] = n
    joined = 0
    for p in range(begin, end):
        if mask >> (p - begin) & 1:
            joined += 1
            low, high = leader[one[p]], leader[other[p]]
            low, high = min(low, high), max(low, high)
            for n in range(len(leader)):
                if leader[n] == high:
                    leader[n] = low
    for n in range(len(leader)):
        for k in range(n):
            if leader[k] == leader[n]:
                joined -= 1
    return joined == 0


@njit(cache=True, nogil=True)
def assign(
    edges: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    doubts: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    faint: float,
    out: np.ndarray,
) -> None:
    """Fill out[edge] with the bits that one-to-one assignment takes off each edge, 0 or less.

    Args:
        edges: starts of the blocks and one past the last, rows, columns, bits. Rows and columns number the two sides within
            the block from 0; bits are log2 of the odds that the two are one person where nobody else is looked at.
        doubts: starts of the blocks and one past the last, one, other, bits: two rows, or two columns, that may be one
            person, the likeliest of a block first. A column is numbered after the block's rows.
        faint: bits of two that have no edge, where others of their two slots have one.
        out: room for the edges.
    """
    starts, rows, columns, bits = edges
    firsts, one, other, same = doubts
    nobody = np.int64(-1)  # a plain -1 would have what takes it compiled twice
    sums = np.empty(1 << EXACT)
    for b in range(len(starts) - 1):
        first, last = starts[b], starts[b + 1]
        begin, end = firsts[b], firsts[b + 1]
        n = m = 0
        for e in range(first, last):
            n = max(n, rows[e] + 1)
            m = max(m, columns[e] + 1)
        turned = m > n
        short, long = (n, m) if turned else (m, n)
        if short > EXACT or long > 4 * EXACT:
            # Too many to sum over: the first-order terms, each edge against those that share one of its ends, which are
            # rivals as far as their other end is another person.
            odds, row_sum, column_sum = np.zeros((n, m)), np.zeros(n), np.zeros(m)
            for e in range(first, last):
                odds[rows[e], columns[e]] = 2.0 ** bits[e]
            for r in range(n):
                for c in range(m):
                    row_sum[r] += odds[r, c]
                    column_sum[c] += odds[r, c]
            for e in range(first, last):
                r, c = rows[e], columns[e]
                rivals = row_sum[r] + column_sum[c] - 2.0 * odds[r, c]
                for p in range(begin, end):
                    shared = 1.0 / (1.0 + 2.0 ** -same[p])
                    if one[p] == r or other[p] == r:
                        rivals -= shared * odds[one[p] + other[p] - r, c]
                    elif one[p] == n + c or other[p] == n + c:
                        rivals -= shared * odds[r, one[p] + other[p] - 2 * n - c]
                out[e] = -np.log2(max(1.0, 1.0 + rivals))
            continue
        end = min(end, begin + DOUBTS)
        leader, size = np.empty(n + m, dtype=np.int64), np.empty(n + m, dtype=np.int64)
        held, odds = np.empty((long, short)), np.empty((long, short))
        joined, apart = np.zeros(last - first), np.zeros(last - first)
        for mask in range(1 << (end - begin)):
            if not slots(mask, one, other, begin, end, leader):
                continue
            prior = 1.0
            for p in range(begin, end):
                if mask >> (p - begin) & 1:
                    prior *= 2.0 ** same[p]
            for k in range(n + m):
                size[k] = 0
            for k in range(n + m):
                size[leader[k]] += 1
            # Records that are one person hold one place; what each of them says of another is added up.
            for r in range(long):
                for c in range(short):
                    held[r, c] = -np.inf
            for e in range(first, last):
                r, c = leader[rows[e]], leader[n + columns[e]]
                pairs = size[r] * size[c]
                r, c = (c - n, r) if turned else (r, c - n)
                if held[r, c] == -np.inf:
                    held[r, c] = bits[e] + faint * (pairs - 1)
                else:
                    held[r, c] += bits[e] - faint
            for r in range(long):
                for c in range(short):
                    odds[r, c] = 2.0 ** held[r, c]
            for e in range(first, last):
                r, c = leader[rows[e]], leader[n + columns[e]] - n
                if turned:
                    r, c = c, r
                own = odds[r, c]
                joined[e - first] += prior * 2.0 ** (held[r, c] - bits[e]) * matchings(odds, r, c, sums)
                odds[r, c] = 0.0
                apart[e - first] += prior * matchings(odds, nobody, nobody, sums)
                odds[r, c] = own
        for e in range(first, last):
            # The odds that the two are matched are their own * joined / apart.
            out[e] = min(0.0, np.log2(joined[e - first]) - np.log2(apart[e - first]))
