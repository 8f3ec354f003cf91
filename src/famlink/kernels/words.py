"""What a table says of every two words of two texts, summed."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def sum_of_words(
    pairs: tuple[np.ndarray, np.ndarray], begin: np.ndarray, words: np.ndarray, table: np.ndarray, out: np.ndarray
) -> None:
    """Fill out with the sum of table[a, b] over the words a of the left text and b of the right one.

    Words of text n are words[begin[n]] to words[begin[n + 1]].
    """
    left, right = pairs
    for p in range(len(out)):
        total = 0.0
        for i in range(begin[left[p]], begin[left[p] + 1]):
            for j in range(begin[right[p]], begin[right[p] + 1]):
                total += table[words[i], words[j]]
        out[p] = total
