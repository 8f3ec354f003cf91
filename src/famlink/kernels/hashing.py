"""A 64-bit hash that every run and every backend agrees on."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def splitmix64(x: np.uint64) -> np.uint64:
    """Mix 64 bits (Steele, Lea and Flood 2014, the finaliser of SplitMix)."""
    z = x + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(cache=True, nogil=True)
def hash_texts(data: np.ndarray, starts: np.ndarray, out: np.ndarray) -> None:
    """Hash each text data[starts[i]:starts[i+1]] (UTF-8 bytes, eight at a time, length last)."""
    for i in range(len(out)):
        h = np.uint64(0)
        word = np.uint64(0)
        filled = 0
        for p in range(starts[i], starts[i + 1]):
            word |= np.uint64(data[p]) << np.uint64(8 * filled)
            filled += 1
            if filled == 8:
                h = splitmix64(h ^ word)
                word = np.uint64(0)
                filled = 0
        out[i] = splitmix64(splitmix64(h ^ word) ^ np.uint64(starts[i + 1] - starts[i]))


@njit(cache=True, nogil=True)
def add_part(keys: np.ndarray, parts: np.ndarray, place: int) -> None:
    """Mix one part of a blocking rule into the keys; a missing part (below 0) makes the key 0, which blocks nothing."""
    salt = splitmix64(np.uint64(place + 1))
    for i in range(len(keys)):
        if parts[i] < 0:
            keys[i] = np.uint64(0)
        elif place == 0 or keys[i] != np.uint64(0):
            mixed = splitmix64(keys[i] ^ splitmix64(np.uint64(parts[i]) + salt))
            keys[i] = mixed if mixed != np.uint64(0) else np.uint64(1)
