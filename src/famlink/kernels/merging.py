"""Sorted numbers looked up in sorted numbers."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def find_sorted(known: np.ndarray, values: np.ndarray, out: np.ndarray) -> None:
    """Fill out[k] with the first place of values[k] in ``known``, -1 where it is not there; both ascend."""
    at, end = 0, len(known)
    for k in range(len(values)):
        while at < end and known[at] < values[k]:
            at += 1
        out[k] = at if at < end and known[at] == values[k] else -1


@njit(cache=True, nogil=True)
def lay_over(
    pairs: tuple[np.ndarray, np.ndarray, np.ndarray],
    keys: np.ndarray,
    weights: np.ndarray,
    out: tuple[np.ndarray, np.ndarray, np.ndarray],
    records: int,
) -> int:
    """Fill out with pairs and others in one order; a pair that is among the others takes their weight.

    Pairs are left and right record and weight, by left and right record; the others left * records + right, ascending, and
    weight. Returns how many there are; ``out`` has room for both.
    """
    lefts, rights, bits = pairs
    out_left, out_right, out_bits = out
    at, end, filled = 0, len(keys), 0
    for p in range(len(lefts)):
        key = np.int64(lefts[p]) * records + rights[p]
        while at < end and keys[at] < key:
            out_left[filled] = keys[at] // records
            out_right[filled] = keys[at] % records
            out_bits[filled] = weights[at]
            at += 1
            filled += 1
        out_left[filled], out_right[filled], out_bits[filled] = lefts[p], rights[p], bits[p]
        if at < end and keys[at] == key:
            out_bits[filled] = weights[at]
            at += 1
        filled += 1
    while at < end:
        out_left[filled] = keys[at] // records
        out_right[filled] = keys[at] % records
        out_bits[filled] = weights[at]
        at += 1
        filled += 1
    return filled
