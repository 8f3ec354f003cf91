"""People compared as wholes: weighed against their rivals, and chosen."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def less_rivals(
    pairs: tuple[np.ndarray, np.ndarray],
    weight: np.ndarray,
    near: tuple[np.ndarray, np.ndarray, np.ndarray],
    out: np.ndarray,
) -> None:
    """Fill out[pair] with the log2 odds of two people being one, against nobody and against everybody else either met.

    ``near`` gives for each person the first place of those it met (and one more), who they are, ascending, and the weights.
    Somebody who may be the same person as both is no rival.
    """
    one, other = pairs
    starts, met, bits = near
    for p in range(len(weight)):
        if weight[p] == -np.inf:
            out[p] = -np.inf
            continue
        against = 2.0 ** -weight[p]
        for side in range(2):
            me, they = (one[p], other[p]) if side == 0 else (other[p], one[p])
            for e in range(starts[me], starts[me + 1]):
                if met[e] == they or bits[e] == -np.inf:
                    continue
                at, end = starts[they], starts[they + 1]
                while at < end:
                    middle = (at + end) // 2
                    if met[middle] < met[e]:
                        at = middle + 1
                    else:
                        end = middle
                if at < starts[they + 1] and met[at] == met[e] and bits[at] > 0.0:
                    continue
                against += 2.0 ** (bits[e] - weight[p])
        out[p] = -np.log2(against)


@njit(cache=True, nogil=True)
def choose(
    pairs: tuple[np.ndarray, np.ndarray], odds: np.ndarray, order: np.ndarray, least: float, people: int
) -> np.ndarray:
    """Whether each pair is taken: of ``least`` or more, in ``order``, no person twice."""
    one, other = pairs
    busy = np.zeros(people, dtype=np.bool_)
    taken = np.zeros(len(odds), dtype=np.bool_)
    for p in order:
        if odds[p] >= least and not busy[one[p]] and not busy[other[p]]:
            taken[p] = busy[one[p]] = busy[other[p]] = True
    return taken
