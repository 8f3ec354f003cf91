"""Comparison levels to agreement patterns: packed into two words, counted in a hash table."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def pack(levels: np.ndarray, word: np.ndarray, radix: np.ndarray, strata: np.ndarray, out: np.ndarray) -> None:
    """Pack each row of levels (plus one) and its stratum into out[pair, 0:2], mixed radix."""
    for p in range(len(levels)):
        out[p, 0] = np.uint64(strata[p])
        out[p, 1] = np.uint64(0)
        for c in range(levels.shape[1]):
            out[p, word[c]] += np.uint64(levels[p, c] + 1) * radix[c]


@njit(cache=True, nogil=True)
def tally(words: np.ndarray, begin: int, keys: np.ndarray, counts: np.ndarray, used: int) -> tuple[int, int]:
    """Count patterns words[begin:] into an open-addressing table; return (place reached, slots used).

    It stops before the table is three quarters full: the caller grows it and goes on from the place reached.
    """
    mask = np.uint64(len(counts) - 1)
    limit = len(counts) * 3 // 4
    for p in range(begin, len(words)):
        a, b = words[p, 0], words[p, 1]
        h = (a ^ (b * np.uint64(0xBF58476D1CE4E5B9))) * np.uint64(0x9E3779B97F4A7C15)
        slot = np.int64((h ^ (h >> np.uint64(32))) & mask)
        while counts[slot] > 0 and (keys[slot, 0] != a or keys[slot, 1] != b):
            slot = np.int64(np.uint64(slot + 1) & mask)
        if counts[slot] == 0:
            if used >= limit:
                return p, used
            keys[slot, 0] = a
            keys[slot, 1] = b
            used += 1
        counts[slot] += 1
    return len(words), used
