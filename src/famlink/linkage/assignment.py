"""One-to-one assignment: of two agencies' records of one family, each person has at most one counterpart.

A pair is weighed against every partial matching of the two sides, so that a child whose own counterpart is plain cannot
also be its sister.

Source: the marginal of an edge over all partial matchings is a ratio of sums over matchings (a matching polynomial);
exact here up to six people a side, first-order terms beyond.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.families import Shared

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FAINT = -12.0
"""Bits below which a pair stands in nobody's way and is not worth assigning."""


def competition(
    pairs: Shared, weight: Floats, *, labels: Ints, agency: NDArray[np.int16], named: NDArray[np.bool_]
) -> Floats:
    """The bits that other matchings of the same two families take off each pair.

    Records of one agency that are one person already count as one. A person only named in words may be named often by one
    agency, so that such records do not compete with each other, only the records they may be.

    Args:
        pairs: that share a relative.
        weight: match weight of each, in bits, were there no other pairs.
        labels: the person of each record.
        agency: of each record.
        named: whether each record is only named in words.

    Returns:
        0 or less for each pair.
    """
    left, right = pairs.left.astype(np.int64), pairs.right.astype(np.int64)
    n = np.int64(len(labels))
    groups = np.int64(int(agency.max(initial=0)) + 1)
    ours, theirs = agency[left].astype(np.int64), agency[right].astype(np.int64)
    words = named[left] | named[right]
    rivals = weight > FAINT
    plain = rivals & ~words & (ours != theirs)
    one_named = rivals & (named[left] != named[right])
    out = np.zeros(len(left))
    if plain.any():
        turn = ours > theirs
        a, b = np.where(turn, right, left)[plain], np.where(turn, left, right)[plain]
        between = np.where(turn, theirs * groups + ours, ours * groups + theirs)[plain]
        out[plain] = _penalties(between * n + labels[a], between * n + labels[b], weight[plain])
    if one_named.any():
        said, other = np.where(named[left], left, right)[one_named], np.where(named[left], right, left)[one_named]
        row = said * groups + agency[other]
        out[one_named] = _penalties(row, row * n + labels[other], weight[one_named])
    return out


def _penalties(row: Ints, column: Ints, weight: Floats) -> Floats:
    """What assignment takes off each edge; edges between one row and one column share the strongest's."""
    from famlink.kernels.assignment import assign
    from famlink.kernels.clustering import components

    rows, row_at = np.unique(row, return_inverse=True)
    columns, column_at = np.unique(column, return_inverse=True)
    edges, edge_at = np.unique(row_at.astype(np.int64) * len(columns) + column_at, return_inverse=True)
    best = np.full(len(edges), -np.inf)
    np.maximum.at(best, edge_at, weight)
    r, c = edges // len(columns), edges % len(columns)
    block = np.empty(len(rows) + len(columns), dtype=np.int64)
    components(r, c + len(rows), block)
    order = np.argsort(block[r], kind="stable")
    starts = np.flatnonzero(np.diff(block[r[order]], prepend=-1))
    starts = np.append(starts, len(order)).astype(np.int64)
    sizes = np.diff(starts)
    number = np.repeat(np.arange(len(sizes)), sizes)
    penalty = np.empty(len(order))
    assign(starts, _within(number, r[order]), _within(number, c[order]), best[order], penalty)
    placed = np.empty(len(order))
    placed[order] = penalty
    return placed[edge_at]


def _within(block: Ints, node: Ints) -> Ints:
    """Number each block's nodes from 0; every node is of one block, and blocks come in order."""
    found, place = np.unique(block * (int(node.max(initial=0)) + 1) + node, return_inverse=True)
    firsts = np.searchsorted(found // (int(node.max(initial=0)) + 1), np.arange(int(block.max(initial=-1)) + 1))
    return np.asarray(place - firsts[block], dtype=np.int64)
