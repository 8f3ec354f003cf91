"""People compared as wholes: what all records of two people say together, each field once.

Clustering adds up the weights of pairs. Every such weight starts from the prior, so that a thin record speaks against a
pair it knows nothing of; and what one of a person's records gives is held against what another gives. Here the prior
counts once, and a field is as likely as it is on average over the pairs of records that have it on both sides: a value is
taken to be one of those the other person's records give.

Source: Fellegi and Sunter (1969), the probability of a field being a mixture over the other person's records.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Meetings:
    """Pairs of people with every pair of their records.

    Args:
        one: label of each pair's first person.
        other: label of its second, above the first.
        left: row of each pair of records, the lower.
        right: row, above the left.
        starts: first pair of records of each pair of people, and one past the last.
    """

    one: Ints
    other: Ints
    left: Rows
    right: Rows
    starts: Ints

    @property
    def of(self) -> Ints:
        """The pair of people of each pair of records."""
        return np.repeat(np.arange(len(self.one)), np.diff(self.starts))

    def only(self, kept: NDArray[np.bool_]) -> Meetings:
        """Some of the pairs of people."""
        sizes = np.diff(self.starts)
        here = np.repeat(kept, sizes)
        starts = np.concatenate([[0], np.cumsum(sizes[kept])]).astype(np.int64)
        return Meetings(self.one[kept], self.other[kept], self.left[here], self.right[here], starts)


def meetings(left: Rows, right: Rows, labels: Ints, *, most: int) -> Meetings:
    """Let the people of some pairs of records meet.

    Args:
        left: rows.
        right: rows.
        labels: smallest row of each record's person.
        most: pairs of people with more pairs of records are left out.

    Returns:
        pairs of two people, by label, each once.

    Example:
        >>> found = meetings(np.array([1]), np.array([2]), np.array([0, 0, 2]), most=9)
        >>> found.left.tolist(), found.right.tolist()
        ([0, 1], [2, 2])
    """
    n = np.int64(max(len(labels), 1))
    a, b = labels[left], labels[right]
    keys = np.unique((np.minimum(a, b) * n + np.maximum(a, b))[a != b])
    one, other = keys // n, keys % n
    sizes = np.bincount(labels, minlength=len(labels))
    few = sizes[one] * sizes[other] <= most
    one, other = one[few], other[few]
    members = np.argsort(labels, kind="stable")
    first = np.cumsum(sizes) - sizes
    many = sizes[one] * sizes[other]
    starts = np.concatenate([[0], np.cumsum(many)]).astype(np.int64)
    place, wide = np.arange(starts[-1]) - np.repeat(starts[:-1], many), np.repeat(sizes[other], many)
    ours = members[np.repeat(first[one], many) + place // np.maximum(wide, 1)]
    theirs = members[np.repeat(first[other], many) + place % np.maximum(wide, 1)]
    return Meetings(
        one, other, np.minimum(ours, theirs).astype(np.int32), np.maximum(ours, theirs).astype(np.int32), starts
    )


def chosen(met: Meetings, weight: Floats, *, least: float) -> tuple[Ints, Floats]:
    """Pairs of people who are one: likely enough, and none else fits either as well.

    A third person counts against a pair unless it may be the same as both.

    Args:
        met: pairs of people.
        weight: their match weights, in bits; -inf for two who must not be one.
        least: weight, in bits, that joins: the log2 odds of the pair against nobody and every rival.

    Returns:
        places in ``met``, ascending, no person in two of them, and those odds.

    Example:
        >>> met = meetings(np.array([0, 0, 3]), np.array([1, 2, 4]), np.arange(5), most=9)
        >>> chosen(met, np.array([9.0, 8.0, 6.0]), least=4.0)[0].tolist()
        [2]
    """
    from famlink.kernels.wholes import choose, less_rivals

    people, found = np.unique(np.concatenate([met.one, met.other]), return_inverse=True)
    one, other = found[: len(met.one)], found[len(met.one) :]
    order = np.argsort(np.concatenate([one, other]), kind="stable")
    met_by = np.concatenate([other, one])[order]
    bits = np.concatenate([weight, weight])[order]
    starts = np.concatenate([[0], np.cumsum(np.bincount(found, minlength=len(people)))]).astype(np.int64)
    # Neighbours of a person ascend: others above it come in the order of ``one``, those below in that of ``other``.
    again = np.lexsort((met_by, np.repeat(np.arange(len(people)), np.diff(starts))))
    odds = np.empty(len(weight))
    less_rivals((one, other), weight, (starts, met_by[again], bits[again]), odds)
    taken = choose((one, other), odds, np.argsort(-odds, kind="stable"), least, len(people))
    return np.flatnonzero(taken), odds[taken]
