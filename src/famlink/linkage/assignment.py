"""One-to-one assignment: of two agencies' records of one family, each person has at most one counterpart.

A pair is weighed against every partial matching of the two sides, so that a child whose own counterpart is plain cannot
also be its sister.

Source: the marginal of an edge over all partial matchings is a ratio of sums over matchings (a matching polynomial);
exact here up to six people a side, first-order terms beyond.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.families import Shared

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FAINT = -12.0
"""Bits below which a pair stands in nobody's way and is not worth assigning."""
SURE = 30.0
"""Bits above which it makes no difference how surely two records of one agency are one person."""


def competition(
    pairs: Shared,
    weight: Floats,
    *,
    labels: Ints,
    agency: NDArray[np.int16],
    named: NDArray[np.bool_],
    barred: NDArray[np.bool_] | None = None,
) -> Floats:
    """The bits that other matchings of the same two families take off each pair.

    Records of one agency that are one person already count as one. Two that may be one person share a counterpart with the
    odds that they are, so that a second, thinner record of a person is not pushed off by the first. A person only named in
    words may be named often by one agency, so that such records do not compete with each other, only the records they may
    be.

    Args:
        pairs: that share a relative.
        weight: match weight of each, in bits, were there no other pairs.
        labels: the person of each record.
        agency: of each record.
        named: whether each record is only named in words.
        barred: whether each pair is known to be two people; None: none is.

    Returns:
        0 or less for each pair; 0 for pairs of one agency, and for two people only named in words.
    """
    left, right = pairs.left.astype(np.int64), pairs.right.astype(np.int64)
    n = np.int64(len(labels))
    groups = np.int64(int(agency.max(initial=0)) + 1)
    ours, theirs = agency[left].astype(np.int64), agency[right].astype(np.int64)
    words = named[left] | named[right]
    rivals = weight > FAINT
    plain = rivals & ~words & (ours != theirs)
    one_named = rivals & (named[left] != named[right])
    doubted = ~words & (ours == theirs) & (labels[left] != labels[right])
    if barred is not None:
        doubted &= ~barred
    doubts = _doubts(ours[doubted], labels[left[doubted]], labels[right[doubted]], weight[doubted], people=n)
    out = np.zeros(len(left))
    if plain.any():
        turn = ours > theirs
        a, b = np.where(turn, right, left)[plain], np.where(turn, left, right)[plain]
        low, high = np.minimum(ours, theirs)[plain], np.maximum(ours, theirs)[plain]
        between = low * groups + high
        sides = _Side(between * n + labels[a], low), _Side(between * n + labels[b], high)
        out[plain] = _penalties(sides, weight[plain], doubts)
    if one_named.any():
        said, other = np.where(named[left], left, right)[one_named], np.where(named[left], right, left)[one_named]
        row = said * groups + agency[other]
        # Nobody is in doubt with a person only named in words: each is alone with the records of one agency.
        sides = _Side(row * n, np.full(len(row), -1)), _Side(row * n + labels[other], agency[other].astype(np.int64))
        out[one_named] = _penalties(sides, weight[one_named], doubts)
    return out


@dataclass(frozen=True)
class _Side:
    """One end of each edge.

    Args:
        place: who it is: a number of those who are weighed against each other, times the number of records, plus the person.
        agency: whose record it is.
    """

    place: Ints
    agency: Ints


@dataclass(frozen=True)
class _Doubts:
    """Two people of one agency who may be one, each two once.

    Args:
        one: agency times people, plus the lesser person; ascending.
        further: how much further on the other person is.
        bits: log2 of the odds that they are one.
        people: how many there are.
    """

    one: Ints
    further: Ints
    bits: Floats
    people: np.int64


def _doubts(agency: Ints, left: Ints, right: Ints, bits: Floats, *, people: np.int64) -> _Doubts:
    """People of one agency who may be one: what each two of their records there say, added up as in clustering."""
    low, high = np.minimum(left, right), np.maximum(left, right)
    two, at = np.unique((agency * people + low) * people + high, return_inverse=True)
    told = np.bincount(at, weights=bits, minlength=len(two))
    two, told = two[told > FAINT], told[told > FAINT]
    one = two // people
    return _Doubts(one, two % people - one % people, np.minimum(told, SURE), people)


def _penalties(sides: tuple[_Side, _Side], weight: Floats, doubts: _Doubts) -> Floats:
    """What assignment takes off each edge; edges between one row and one column share the strongest's."""
    from famlink.kernels.assignment import assign
    from famlink.kernels.clustering import components

    (rows, row_first, row_at), (columns, column_first, column_at) = (
        np.unique(side.place, return_index=True, return_inverse=True) for side in sides
    )
    edges, edge_at = np.unique(row_at.astype(np.int64) * len(columns) + column_at, return_inverse=True)
    best = np.full(len(edges), -np.inf)
    np.maximum.at(best, edge_at, weight)
    r, c = edges // len(columns), edges % len(columns)
    block = np.empty(len(rows) + len(columns), dtype=np.int64)
    # As clustering calls it, so that it is compiled once.
    components(r.astype(np.int32), (c + len(rows)).astype(np.int32), block)
    # Blocks in order, each numbered by the first of its rows.
    order = np.argsort(block[r], kind="stable")
    starts = np.flatnonzero(np.diff(block[r[order]], prepend=-1))
    starts = np.append(starts, len(order)).astype(np.int64)
    number = np.empty(len(block), dtype=np.int64)
    number[block[r[order[starts[:-1]]]]] = np.arange(len(starts) - 1)
    of_row, of_column = number[block[: len(rows)]], number[block[len(rows) :]]
    in_row, in_column = _within(of_row), _within(of_column)
    sizes = np.bincount(of_row, minlength=len(starts) - 1)
    found = [
        _shared(rows, sides[0].agency[row_first], of_row, in_row, doubts),
        _shared(columns, sides[1].agency[column_first], of_column, in_column + sizes[of_column], doubts),
    ]
    where, one, other, bits = (np.concatenate(some) for some in zip(*found, strict=True))
    likeliest = np.lexsort((other, one, -bits, where))
    firsts = np.searchsorted(where[likeliest], np.arange(len(starts))).astype(np.int64)
    penalty = np.empty(len(order))
    assign(
        (starts, in_row[r[order]], in_column[c[order]], best[order]),
        (firsts, one[likeliest], other[likeliest], bits[likeliest]),
        FAINT,
        penalty,
    )
    placed = np.empty(len(order))
    placed[order] = penalty
    return placed[edge_at]


def _shared(places: Ints, agency: Ints, block: Ints, within: Ints, doubts: _Doubts) -> tuple[Ints, Ints, Ints, Floats]:
    """Block, the numbers of two in it who may be one person, and the bits of that."""
    key = np.where(agency >= 0, agency * doubts.people + places % doubts.people, -1)
    first = np.searchsorted(doubts.one, key)
    many = np.searchsorted(doubts.one, key, side="right") - first
    node = np.repeat(np.arange(len(places)), many)
    told = np.arange(len(node)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    wanted = places[node] + doubts.further[told]
    partner = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
    there = (places[partner] == wanted) & (block[partner] == block[node])
    node, partner, told = node[there], partner[there], told[there]
    return block[node], within[node], within[partner], doubts.bits[told]


def _within(block: Ints) -> Ints:
    """Number the nodes of each block from 0, in order."""
    order = np.argsort(block, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(block))])
    within = np.empty(len(block), dtype=np.int64)
    within[order] = np.arange(len(block)) - starts[block[order]]
    return within
