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
