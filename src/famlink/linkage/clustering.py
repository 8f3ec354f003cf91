"""Pairs to clusters: greedy additive contraction with pairs that must and must never be one person.

Connected components amplify every wrong edge. Here a negative pair inside a component counts against joining its ends,
so that a chain of near matches does not become one person.

Source: greedy additive edge contraction, Keuper et al. (2015), "Efficient decomposition of image and mesh graphs by
lifted multicuts"; correlation clustering, Bansal, Blum and Chawla (2004).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLIP = 17.0
"""Edges are clipped to this many bits either way: one edge, however sure, can be outvoted by a few others."""
UNSCORED = -3.0
"""Weight of a pair inside a component too large for every pair to be scored."""
FORBIDDEN = -1e6
REQUIRED = 1e5
ALL_PAIRS = 300
"""Components of up to this many records have every pair scored."""
LARGEST = 3000
"""A larger component is taken apart at its weaker edges first."""

Score = Callable[[Rows, Rows], Floats]


@dataclass(frozen=True)
class Edges:
    """Scored pairs of records.

    Args:
        left: row.
        right: row, above the left.
        weight: match weight in bits.
    """

    left: Rows
    right: Rows
    weight: Floats


@dataclass(frozen=True)
class Bonds:
    """Pairs decided by something other than their weight.

    Args:
        never: pairs of rows (n x 2) that must not be one person.
        always: pairs of rows (n x 2) that must be.
        apart: for each record a group of which no two may be one person, -1 for none: the agency, where it attests that
            its records are different people.
    """

    never: Rows
    always: Rows
    apart: NDArray[np.int16]


@dataclass(frozen=True)
class Clusters:
    """Which cluster each record is in.

    Args:
        labels: smallest row of each record's cluster.
        edges: every pair scored, those inside components included.
    """

    labels: Ints
    edges: Edges


def cluster(records: int, edges: Edges, bonds: Bonds, *, least: float, score: Score) -> Clusters:
    """Cluster records.

    Args:
        records: how many.
        edges: scored pairs that were kept.
        bonds: pairs decided otherwise.
        least: two clusters join only where their pairs together reach this weight, in bits, and one of them nearly does so
            alone or none speaks against it.
        score: weighs further pairs.

    Returns:
        the clusters.
    """
    component = _components(records, edges, bonds)
    edges = _completed(edges, component, score)
    never = np.concatenate([bonds.never, _same_group(component, bonds.apart)])
    weight = np.clip(edges.weight, -CLIP, CLIP)
    inside = component[edges.left] == component[edges.right]
    left = np.concatenate([edges.left[inside], bonds.always[:, 0], never[:, 0]]).astype(np.int64)
    right = np.concatenate([edges.right[inside], bonds.always[:, 1], never[:, 1]]).astype(np.int64)
    bits = np.concatenate([weight[inside], np.full(len(bonds.always), REQUIRED), np.full(len(never), FORBIDDEN)])
    together = component[left] == component[right]
    labels = _contracted(component, left[together], right[together], bits[together], least)
    return Clusters(labels, edges)


def connected(records: int, edges: Edges, bonds: Bonds, *, least: float, score: Score) -> Clusters:
    """Connected components over a threshold, as other linkers cluster: to measure what contraction is worth.

    Args:
        records: how many.
        edges: scored pairs that were kept.
        bonds: pairs that must be one person are joined; pairs that must not be are not heeded, for a component knows none.
        least: edges of at least this weight, in bits, join.
        score: weighs further pairs, so that every pair inside a component has a weight.

    Returns:
        the clusters.
    """
    from famlink.kernels.clustering import components

    strong = edges.weight >= least
    labels = np.arange(records, dtype=np.int64)
    left = np.concatenate([edges.left[strong], bonds.always[:, 0]]).astype(np.int64)
    right = np.concatenate([edges.right[strong], bonds.always[:, 1]]).astype(np.int64)
    components(left, right, labels)
    return Clusters(labels, _completed(edges, labels, score))


def _components(records: int, edges: Edges, bonds: Bonds) -> Ints:
    """Components over pairs more likely than not; a component too large is taken apart at its weaker edges."""
    from famlink.kernels.clustering import components

    low = 0.0
    labels = np.arange(records, dtype=np.int64)
    strong = edges.weight >= low
    while True:
        left = np.concatenate([edges.left[strong], bonds.always[:, 0]]).astype(np.int64)
        right = np.concatenate([edges.right[strong], bonds.always[:, 1]]).astype(np.int64)
        components(left, right, labels)
        sizes = np.bincount(labels, minlength=records) if records else np.zeros(0, dtype=np.int64)
        too_large = sizes > LARGEST
        if not too_large.any() or low > CLIP:
            return labels
        low += 2.0
        strong &= ~too_large[labels[edges.left]] | (edges.weight >= low)


def _same_group(component: Ints, apart: NDArray[np.int16]) -> Rows:
    """Every pair of records of one group inside one component."""
    rows = np.flatnonzero(apart >= 0)
    keys = component[rows] * (int(apart.max(initial=0)) + 1) + apart[rows]
    order = np.argsort(keys, kind="stable")
    rows, keys = rows[order], keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    sizes = np.diff(np.append(starts, len(rows)))
    found: list[Rows] = [np.zeros((0, 2), dtype=np.int32)]
    for size in np.unique(sizes[sizes > 1]).tolist():
        members = rows[starts[sizes == size][:, None] + np.arange(size)[None, :]]
        i, j = np.triu_indices(size, 1)
        found.append(np.stack([members[:, i].ravel(), members[:, j].ravel()], axis=1).astype(np.int32))
    return np.concatenate(found)


def _completed(edges: Edges, component: Ints, score: Score) -> Edges:
    """Score every pair inside a component that was not scored yet."""
    order = np.argsort(component, kind="stable")
    ids, starts, sizes = np.unique(component[order], return_index=True, return_counts=True)
    lefts: list[Rows] = []
    rights: list[Rows] = []
    for size in np.unique(sizes[(sizes > 1) & (sizes <= ALL_PAIRS)]):
        at = starts[sizes == size]
        members = np.sort(order[at[:, None] + np.arange(size)[None, :]], axis=1).astype(np.int32)
        i, j = np.triu_indices(int(size), 1)
        lefts.append(members[:, i].ravel())
        rights.append(members[:, j].ravel())
    if not lefts:
        return edges
    left, right = np.concatenate(lefts), np.concatenate(rights)
    n = np.int64(len(component))
    known = np.sort(edges.left.astype(np.int64) * n + edges.right)
    keys = left.astype(np.int64) * n + right
    place = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    fresh = known[place] != keys if len(known) else np.ones(len(keys), dtype=np.bool_)
    left, right = left[fresh], right[fresh]
    del ids
    if not len(left):
        return edges
    both_left = np.concatenate([edges.left, left])
    both_right = np.concatenate([edges.right, right])
    weight = np.concatenate([edges.weight, score(left, right)])
    sort = np.lexsort((both_right, both_left))
    return Edges(both_left[sort], both_right[sort], weight[sort])


def _contracted(component: Ints, left: Ints, right: Ints, bits: Floats, least: float) -> Ints:
    from famlink.kernels.clustering import contract_all

    sizes = np.bincount(component, minlength=len(component)) if len(component) else np.zeros(0, dtype=np.int64)
    nodes = np.flatnonzero(sizes[component] > 1) if len(component) else np.zeros(0, dtype=np.int64)
    nodes = nodes[np.argsort(component[nodes], kind="stable")]
    place = np.full(len(component), -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    starts = np.flatnonzero(np.diff(component[nodes], prepend=-1)) if len(nodes) else np.zeros(0, dtype=np.int64)
    # Bonds come last for a pair that is both scored and bound, and so overwrite its weight.
    order = np.argsort(component[left], kind="stable")
    left, right, bits = left[order], right[order], bits[order]
    edge_starts = np.searchsorted(component[left], component[nodes[starts]]) if len(starts) else starts
    local = np.arange(len(nodes), dtype=np.int64)
    contract_all(
        np.append(starts, len(nodes)).astype(np.int64),
        np.append(edge_starts, len(left)).astype(np.int64),
        place[left],
        place[right],
        bits,
        UNSCORED,
        least,
        local,
    )
    labels = np.arange(len(component), dtype=np.int64)
    labels[nodes] = nodes[local]
    return labels
