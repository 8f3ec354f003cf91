"""Pairs to clusters: greedy additive contraction with pairs that must and must never be one person.

Connected components amplify every wrong edge. Here a negative pair inside a component counts against joining its ends,
so that a chain of near matches does not become one person.

Source: greedy additive edge contraction, Keuper et al. (2015), "Efficient decomposition of image and mesh graphs by
lifted multicuts"; correlation clustering, Bansal, Blum and Chawla (2004); bridges, Tarjan (1974).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

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
HELD = 2.0
"""Bits below the weight that joins at which records of one person in the run before still hold together."""


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

    def keys(self, records: int) -> Ints:
        """One number a pair, in the order of left and right row.

        Args:
            records: how many there are.

        Returns:
            left * records + right.
        """
        return self.left.astype(np.int64) * records + self.right

    def under(self, keys: Ints, weight: Floats, *, records: int) -> Edges:
        """These pairs, in order, and others laid over them.

        Args:
            keys: left * records + right of the others, ascending.
            weight: of the others, which replaces that of the same pair here.
            records: how many there are.

        Returns:
            both, by left and right row.
        """
        from famlink.kernels.merging import lay_over

        size = len(self.left) + len(keys)
        left, right = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
        bits = np.empty(size)
        many = lay_over((self.left, self.right, self.weight), keys, weight, (left, right, bits), records)
        return Edges(left[:many], right[:many], bits[:many])


Score = Callable[[Rows, Rows], Edges]


@dataclass(frozen=True)
class Bonds:
    """Pairs decided by something other than their weight.

    Args:
        never: pairs of rows (n x 2) that must not be one person.
        always: pairs of rows (n x 2) that must be.
        apart: for each record a group of which no two may be one person, -1 for none: the agency, where it attests that
            its records are different people.
        before: for each record its person in the run before, -1 for a record that was not in it; empty: no run before.
    """

    never: Rows
    always: Rows
    apart: NDArray[np.int16]
    before: Rows = field(default_factory=lambda: np.zeros(0, dtype=np.int32))


@dataclass(frozen=True)
class Clusters:
    """Which cluster each record is in.

    Args:
        labels: smallest row of each record's cluster.
        edges: every pair scored, by left and right row, those inside components included but for hopeless ones.
        component: smallest row of each record's component; of two in one component of up to :data:`ALL_PAIRS` records
            without an edge it is known that they weigh no more than -:data:`CLIP`.
    """

    labels: Ints
    edges: Edges
    component: Ints


def cluster(
    records: int, edges: Edges, bonds: Bonds, *, least: float, score: Score, settled: Ints | None = None
) -> Clusters:
    """Cluster records.

    Clusters join by contraction; one of ten records or more is parted again where a single pair alone holds it together.

    Args:
        records: how many.
        edges: scored pairs that were kept.
        bonds: pairs decided otherwise.
        least: two clusters join only where their pairs together reach this weight, in bits, and one of them nearly does so
            alone or none speaks against it; those with records of one person in the run before need :data:`HELD` bits
            less, so that a person does not come and go with every small change.
        score: weighs further pairs; it may leave out those of -:data:`CLIP` bits or less.
        settled: the components of an earlier call, inside which no pair is scored again.

    Returns:
        the clusters.
    """
    from famlink.kernels.clustering import contract_all, grouped

    edges = _in_order(edges, records)
    component = _components(records, edges, bonds)
    nodes, starts = grouped(component, 2)
    edges = _completed(edges, (nodes, starts), score, np.arange(records) if settled is None else settled)
    bound = np.concatenate([bonds.always, bonds.never]).astype(np.int32)
    bits = np.repeat([REQUIRED, FORBIDDEN], [len(bonds.always), len(bonds.never)])
    lower, upper = bound.min(axis=1, initial=records), bound.max(axis=1, initial=0)
    order = np.argsort(lower, kind="stable")
    none_apart = np.zeros(0, dtype=np.int16)
    labels = component.copy()
    contract_all(
        (nodes, starts),
        (_firsts(edges.left, records), edges.right, edges.weight),
        (_firsts(lower[order], records), upper[order], bits[order]),
        bonds.apart if (bonds.apart >= 0).any() else none_apart,
        bonds.before,
        (ALL_PAIRS, -CLIP, UNSCORED),
        (CLIP, least, least - HELD),
        labels,
    )
    return Clusters(labels, edges, component)


def connected(
    records: int, edges: Edges, bonds: Bonds, *, least: float, score: Score, settled: Ints | None = None
) -> Clusters:
    """Connected components over a threshold, as other linkers cluster: to measure what contraction is worth.

    Args:
        records: how many.
        edges: scored pairs that were kept.
        bonds: pairs that must be one person are joined; pairs that must not be are not heeded, for a component knows none.
        least: edges of at least this weight, in bits, join.
        score: weighs further pairs, so that every pair inside a component has a weight.
        settled: as for :func:`cluster`.

    Returns:
        the clusters.
    """
    from famlink.kernels.clustering import components, grouped

    edges = _in_order(edges, records)
    strong = edges.weight >= least
    labels = np.empty(records, dtype=np.int64)
    left = np.concatenate([edges.left[strong], bonds.always[:, 0]])
    right = np.concatenate([edges.right[strong], bonds.always[:, 1]])
    components(left, right, labels)
    done = _completed(edges, grouped(labels, 2), score, np.arange(records) if settled is None else settled)
    return Clusters(labels, done, labels)


def filled(edges: Edges, labels: Ints, *, score: Score) -> Edges:
    """Give every pair inside a cluster a weight of its own, the hopeless ones too.

    Args:
        edges: scored pairs, by left and right row.
        labels: smallest row of each record's cluster.
        score: weighs further pairs, leaving none out.

    Returns:
        the pairs with those added that had none, by left and right row; a cluster of more than :data:`ALL_PAIRS` records
        keeps what it has.
    """
    from famlink.kernels.clustering import grouped

    return _completed(edges, grouped(labels, 2), score, np.arange(len(labels)))


def _in_order(edges: Edges, records: int) -> Edges:
    """Edges by left and right row."""
    keys = edges.keys(records)
    if bool((keys[1:] >= keys[:-1]).all()):
        return edges
    order = np.argsort(keys, kind="stable")
    return Edges(edges.left[order], edges.right[order], edges.weight[order])


def _firsts(left: Rows, records: int) -> Ints:
    """First edge of each record and one past the last, of edges by left row."""
    return np.concatenate([[0], np.cumsum(np.bincount(left, minlength=records))])


def _components(records: int, edges: Edges, bonds: Bonds) -> Ints:
    """Components over pairs more likely than not; a component too large is taken apart at its weaker edges."""
    from famlink.kernels.clustering import components

    low = 0.0
    labels = np.empty(records, dtype=np.int64)
    strong = edges.weight >= low
    while True:
        left = np.concatenate([edges.left[strong], bonds.always[:, 0]])
        right = np.concatenate([edges.right[strong], bonds.always[:, 1]])
        components(left, right, labels)
        too_large = np.bincount(labels, minlength=records) > LARGEST
        if not too_large.any() or low > CLIP:
            return labels
        low += 2.0
        strong &= ~too_large[labels[edges.left]] | (edges.weight >= low)


def _completed(edges: Edges, groups: tuple[Rows, Ints], score: Score, settled: Ints) -> Edges:
    """Score every pair inside a group that was not scored yet."""
    from famlink.kernels.clustering import missing_pairs

    records = len(settled)
    firsts = _firsts(edges.left, records)
    sizes = np.diff(groups[1])
    sizes = sizes[sizes <= ALL_PAIRS]
    room = int((sizes * (sizes - 1) // 2).sum())
    left, right = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
    wanted = missing_pairs(*groups, firsts, edges.right, settled, ALL_PAIRS, left, right)
    if not wanted:
        return edges
    left, right = left[:wanted].copy(), right[:wanted].copy()
    fresh = _in_order(score(left, right), records)
    return edges.under(fresh.keys(records), fresh.weight, records=records)
