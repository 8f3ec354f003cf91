"""One-to-one assignment between the people of two families: sums over matchings."""

from __future__ import annotations

import numpy as np
from numba import njit

EXACT = 6
"""Families of which one side has up to this many people are assigned exactly."""


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
def assign(starts: np.ndarray, rows: np.ndarray, columns: np.ndarray, bits: np.ndarray, out: np.ndarray) -> None:
    """Fill out[edge] with the bits that one-to-one assignment takes off each edge, 0 or less.

    Edges of block b are starts[b] to starts[b+1]; ``rows`` and ``columns`` number the two sides within the block from 0;
    ``bits`` is log2 of the odds that the two are one person where nobody else is looked at.
    """
    sums = np.empty(1 << EXACT)
    for b in range(len(starts) - 1):
        first, last = starts[b], starts[b + 1]
        n = m = 0
        for e in range(first, last):
            n = max(n, rows[e] + 1)
            m = max(m, columns[e] + 1)
        turned = m > n
        short, long = (n, m) if turned else (m, n)
        if short > EXACT or long > 4 * EXACT:
            # Too many to sum over: the first-order terms, each edge against those that share one of its ends.
            row_sum, column_sum = np.zeros(n), np.zeros(m)
            for e in range(first, last):
                row_sum[rows[e]] += 2.0 ** bits[e]
                column_sum[columns[e]] += 2.0 ** bits[e]
            for e in range(first, last):
                own = 2.0 ** bits[e]
                out[e] = -np.log2(max(1.0, 1.0 + row_sum[rows[e]] + column_sum[columns[e]] - 2.0 * own))
            continue
        odds = np.zeros((long, short))
        for e in range(first, last):
            if turned:
                odds[columns[e], rows[e]] = 2.0 ** bits[e]
            else:
                odds[rows[e], columns[e]] = 2.0 ** bits[e]
        for e in range(first, last):
            r, c = (columns[e], rows[e]) if turned else (rows[e], columns[e])
            own = odds[r, c]
            joined = matchings(odds, r, c, sums)
            odds[r, c] = 0.0
            apart = matchings(odds, -1, -1, sums)
            odds[r, c] = own
            # The odds that the two are matched are own * joined / apart.
            out[e] = min(0.0, np.log2(joined) - np.log2(apart))
