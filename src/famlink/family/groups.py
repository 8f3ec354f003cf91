"""Grouping in numbers: stretches of sorted keys, unbroken runs of time, connected groups."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def starts_of(*keys: NDArray[Any]) -> Ints:
    """Where each stretch of equal keys begins.

    Args:
        keys: arrays of one length, sorted together.

    Returns:
        places, the first of them 0; none for empty arrays.

    Example:
        >>> starts_of(np.array([1, 1, 2]), np.array([5, 5, 5])).tolist()
        [0, 2]
    """
    changes = np.zeros(len(keys[0]), dtype=np.bool_)
    changes[:1] = True
    for key in keys:
        changes[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(changes)


def run_starts(group: Ints, first: Ints, last: Ints) -> NDArray[np.bool_]:
    """Whether each stretch of days begins a run: one that no earlier stretch of its group reaches.

    Args:
        group: numbers from 0, in order.
        first: first day of each, in order within its group.
        last: last day of each.

    Returns:
        one answer a stretch.

    Example:
        >>> run_starts(np.array([0, 0, 0, 1]), np.array([1, 3, 9, 2]), np.array([5, 4, 9, 3])).tolist()
        [True, False, True, True]
    """
    begins = np.ones(len(group), dtype=np.bool_)
    if len(group) > 1:
        # With each group's days above all of the group before, one running maximum is the reach within every group.
        least = min(int(first.min()), int(last.min()))
        width = int(max(first.max(), last.max())) - least + 1
        reach = np.maximum.accumulate(group.astype(np.int64) * width + (last - least))
        begins[1:] = (group[1:] != group[:-1]) | (group[1:].astype(np.int64) * width + (first[1:] - least) > reach[:-1])
    return begins


def least_connected(size: int, left: Ints, right: Ints) -> Ints:
    """Label each of ``size`` numbered things with the least one it is connected to.

    Args:
        size: how many.
        left: one end of each edge.
        right: the other.

    Returns:
        one label a thing.

    Example:
        >>> least_connected(5, np.array([1, 4]), np.array([2, 2])).tolist()
        [0, 1, 1, 3, 1]

    Source:
        Shiloach and Vishkin 1982, An O(log n) parallel connectivity algorithm: hooking to the lesser root, then halving paths.
    """
    labels = np.arange(size)
    while len(left):
        a, b = labels[left], labels[right]
        apart = a != b
        if not apart.any():
            break
        left, right, a, b = left[apart], right[apart], a[apart], b[apart]
        np.minimum.at(labels, np.maximum(a, b), np.minimum(a, b))
        while True:
            shorter = labels[labels]
            if np.array_equal(shorter, labels):
                break
            labels = shorter
    return labels
