"""Pairs of records that have a key in common, each given to the first rule that has it; keys of the two sides may differ."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit


class Keys(NamedTuple):
    """The keys of each record under each rule.

    Args:
        left: record x rule of one key a record: its key as the left record, -1 none.
        right: the same as the right record.
        left_starts: rule of many keys x record (and one more): first key in ``left_many``.
        left_many: keys, ascending within each record.
        right_starts: as ``left_starts``, in ``right_many``.
        right_many: keys, ascending within each record.
        apart: agency of records that are compared with other agencies' alone, -1 elsewhere.
    """

    left: np.ndarray
    right: np.ndarray
    left_starts: np.ndarray
    left_many: np.ndarray
    right_starts: np.ndarray
    right_many: np.ndarray
    apart: np.ndarray


@njit(cache=True, nogil=True)
def first_shared(keys: Keys, rule: int, i: int, j: int) -> int:
    """The least key two records share under a rule of many keys, -1 for none."""
    a, a_end = keys.left_starts[rule, i], keys.left_starts[rule, i + 1]
    b, b_end = keys.right_starts[rule, j], keys.right_starts[rule, j + 1]
    while a < a_end and b < b_end:
        if keys.left_many[a] == keys.right_many[b]:
            return keys.left_many[a]
        if keys.left_many[a] < keys.right_many[b]:
            a += 1
        else:
            b += 1
    return -1


@njit(cache=True, nogil=True)
def join(
    entries: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    others: np.ndarray,
    keys: Keys,
    earlier: np.ndarray,
    many: int,
    left: np.ndarray,
    right: np.ndarray,
) -> int:
    """Fill left and right with the pairs of some entries that no earlier rule has; return how many.

    Entries are (row, key, first, one past the last of its partners in ``others``). ``earlier`` lists rules of one key as
    0, 1 ... and rules of many keys as -1, -2 ...; ``many`` is the place of a rule of many keys, else -1.
    """
    rows, own, firsts, lasts = entries
    filled = 0
    for e in range(len(rows)):
        i = np.int64(rows[e])
        for q in range(firsts[e], lasts[e]):
            j = np.int64(others[q])
            if keys.apart[i] >= 0 and keys.apart[i] == keys.apart[j]:
                continue
            if many >= 0 and first_shared(keys, many, i, j) != own[e]:
                continue
            new = True
            for r in earlier:
                if r >= 0:
                    if keys.left[i, r] >= 0 and keys.left[i, r] == keys.right[j, r]:
                        new = False
                        break
                elif first_shared(keys, -r - 1, i, j) >= 0:
                    new = False
                    break
            if new:
                left[filled] = i
                right[filled] = j
                filled += 1
    return filled
