"""Random numbers that are the same on any machine: a counter and a hash, with a name for every question asked.

Every draw is a hash of (seed, name of the question, index of the thing asked about). So the answer about family 17 does
not depend on how many families there are, on the order of the questions, or on the version of numpy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


class Dice:
    """A seeded source of named, indexed random numbers.

    Args:
        seed: the seed of the world.

    Example:
        >>> dice = Dice(7)
        >>> a = dice.uniform("birth", [0, 1, 2])
        >>> bool((a == Dice(7).uniform("birth", 3)).all())
        True
        >>> bool((a == dice.uniform("death", 3)).any())
        False

    Source: splitmix64, Steele, Lea and Flood (2014), over a counter.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def words(self, question: str, index: ArrayLike | int) -> NDArray[np.uint64]:
        """64 random bits for every index (a number n means the indexes 0 to n-1)."""
        key = hashlib.blake2b(f"{self.seed}/{question}".encode(), digest_size=8).digest()
        ids = np.arange(index) if isinstance(index, int) else np.asarray(index)
        with np.errstate(over="ignore"):
            z = (ids.astype(np.uint64) + np.uint64(1)) * _STEP + np.uint64(int.from_bytes(key, "little"))
            z = (z ^ (z >> np.uint64(30))) * _MIX_1
            z = (z ^ (z >> np.uint64(27))) * _MIX_2
            return np.asarray(z ^ (z >> np.uint64(31)), dtype=np.uint64)

    def uniform(self, question: str, index: ArrayLike | int) -> Floats:
        """Numbers from 0 up to but not 1."""
        return np.asarray((self.words(question, index) >> np.uint64(11)).astype(np.float64) * 2.0**-53)

    def chance(self, question: str, index: ArrayLike | int, p: ArrayLike) -> Bools:
        """Whether something of probability p happens."""
        return np.asarray(self.uniform(question, index) < np.asarray(p))

    def below(self, question: str, index: ArrayLike | int, n: ArrayLike) -> Ints:
        """Whole numbers from 0 to n - 1."""
        return np.asarray(np.floor(self.uniform(question, index) * np.asarray(n)).astype(np.int64))

    def between(self, question: str, index: ArrayLike | int, low: ArrayLike, high: ArrayLike) -> Ints:
        """Whole numbers from low to high, both included."""
        low = np.asarray(low)
        return np.asarray(low + self.below(question, index, np.maximum(np.asarray(high) - low + 1, 1)))

    def pick(self, question: str, index: ArrayLike | int, weights: Sequence[float] | Floats) -> Ints:
        """Positions in a list of weights, each with its share."""
        return np.searchsorted(cumulative(weights), self.uniform(question, index), side="right").astype(np.int64)


def cumulative(weights: Sequence[float] | Floats) -> Floats:
    """Running shares of a list of weights, on a grid of 2**-40 so that rounding differs on no machine.

    Example:
        >>> cumulative([1, 1, 2]).tolist()
        [0.25, 0.5, 1.0]
    """
    total = np.cumsum(np.asarray(weights, dtype=np.float64))
    shares = np.round(total / total[-1] * 2.0**40) * 2.0**-40
    shares[-1] = 1.0
    return np.asarray(shares)
