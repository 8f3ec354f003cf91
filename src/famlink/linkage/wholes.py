"""People compared as wholes: what all records of two people say together, each field once.

Clustering adds up the weights of pairs. Every such weight starts from the prior, so that a thin record speaks against a
pair it knows nothing of; and what one of a person's records gives is held against what another gives. Here the prior
counts once, and a field is as likely as it is on average over the pairs of records that have it on both sides: a value is
taken to be one of those the other person's records give.

Source: Fellegi and Sunter (1969), the probability of a field being a mixture over the other person's records.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Meetings:
    """Pairs of people with every pair of their records.

    Args:
        left: row of each pair of records, the lower.
        right: row, above the left.
        starts: first pair of records of each pair of people, and one past the last.
    """

    left: Rows
    right: Rows
    starts: Ints

    @cached_property
    def of(self) -> Ints:
        """The pair of people of each pair of records."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def near(left: Rows, right: Rows, labels: Ints, *, most: int) -> tuple[Ints, Ints]:
    """Two people each of some pairs of records.

    Args:
        left: rows.
        right: rows.
        labels: smallest row of each record's person.
        most: people who have more pairs of records between them are left out.

    Returns:
        labels of the first and, above it, the second person, each pair of people once, in order.

    Example:
        >>> near(np.array([1, 0]), np.array([2, 2]), np.array([0, 0, 2]), most=9)
        (array([0]), array([2]))
    """
    n = np.int64(max(len(labels), 1))
    a, b = labels[left], labels[right]
    keys = np.unique((np.minimum(a, b) * n + np.maximum(a, b))[a != b])
    one, other = keys // n, keys % n
    sizes = np.bincount(labels, minlength=len(labels))
    few = sizes[one] * sizes[other] <= most
    return one[few], other[few]


def meetings(one: Ints, other: Ints, labels: Ints, *, at_once: int) -> Iterator[tuple[slice, Meetings]]:
    """Every pair of records of some pairs of people, a number of pairs at a time.

    Args:
        one: labels of the first people.
        other: labels of the second.
        labels: the person of each record.
        at_once: pairs of records to hold, unless two people alone have more.

    Yields:
        which pairs of people, and their records.

    Example:
        >>> labels = np.array([0, 0, 2])
        >>> [(met.left.tolist(), met.right.tolist()) for _, met in meetings(*near([1], [2], labels, most=9), labels, at_once=9)]
        [([0, 1], [2, 2])]
    """
    members = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels, minlength=len(labels))
    first = np.cumsum(sizes) - sizes
    ends = np.cumsum(sizes[one] * sizes[other])
    at = 0
    while at < len(one):
        held = ends[at - 1] if at else 0
        part = slice(at, max(at + 1, int(np.searchsorted(ends, held + at_once, side="right"))))
        a, b = one[part], other[part]
        many = sizes[a] * sizes[b]
        starts = np.concatenate([[0], np.cumsum(many)]).astype(np.int64)
        place, wide = np.arange(starts[-1]) - np.repeat(starts[:-1], many), np.repeat(sizes[b], many)
        ours = members[np.repeat(first[a], many) + place // wide]
        theirs = members[np.repeat(first[b], many) + place % wide]
        yield (
            part,
            Meetings(np.minimum(ours, theirs).astype(np.int32), np.maximum(ours, theirs).astype(np.int32), starts),
        )
        at = part.stop


def chosen(one: Ints, other: Ints, weight: Floats, *, least: float) -> tuple[Ints, Floats]:
    """Pairs of people who are one: likely enough, and none else fits either as well.

    A third person counts against a pair unless it may be the same as both.

    Args:
        one: labels of the first people.
        other: labels of the second.
        weight: their match weights, in bits; -inf for two who must not be one.
        least: weight, in bits, that joins: the log2 odds of the pair against nobody and every rival.

    Returns:
        places among the pairs, ascending, no person in two of them, and those odds.

    Example:
        >>> chosen(np.array([0, 0, 3]), np.array([1, 2, 4]), np.array([9.0, 8.0, 6.0]), least=4.0)[0].tolist()
        [2]
    """
    from famlink.kernels.wholes import choose, less_rivals

    people, found = np.unique(np.concatenate([one, other]), return_inverse=True)
    one, other = found[: len(weight)], found[len(weight) :]
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
