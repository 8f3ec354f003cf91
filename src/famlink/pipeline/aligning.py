"""Family evidence in rounds: people found so far tell which records share a relative, and that tells who is one person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.backends.local import LocalBackend
from famlink.linkage.assignment import competition
from famlink.linkage.clustering import Bonds, Clusters, Edges
from famlink.linkage.families import Shared, family_weights, learn_families, related, shared
from famlink.linkage.model import Model
from famlink.pipeline.binding import among

Rows = NDArray[np.int32]
Floats = NDArray[np.float64]

ROUNDS = 2
LEARNING = 2
"""Times the priors and the assignment are found in turn."""

Cluster = Callable[[Edges, "Evidence", NDArray[np.int64] | None], Clusters]


@dataclass(frozen=True)
class Evidence:
    """What relatives say of pairs of records.

    Args:
        keys: left * records + right of each pair, sorted.
        kind: the way it shares a relative.
        weight: its match weight with family evidence, in bits.
        assigned: how much of that one-to-one assignment took off, 0 or less.
        records: how many there are.
    """

    keys: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    kind: NDArray[np.int16] = field(default_factory=lambda: np.zeros(0, dtype=np.int16))
    weight: Floats = field(default_factory=lambda: np.zeros(0))
    assigned: Floats = field(default_factory=lambda: np.zeros(0))
    records: int = 1

    @property
    def left(self) -> Rows:
        """Row of each pair's left record."""
        return (self.keys // self.records).astype(np.int32)

    @property
    def right(self) -> Rows:
        """Row of each pair's right record."""
        return (self.keys % self.records).astype(np.int32)

    def apart(self, labels: NDArray[np.int64]) -> Evidence:
        """The evidence of pairs that are two people by these labels."""
        return self._only(labels[self.left] != labels[self.right])

    def without(self, other: Evidence) -> Evidence:
        """The evidence of pairs the other has none of."""
        return self._only(places(other.keys, self.keys) < 0)

    def joined(self, other: Evidence) -> Evidence:
        """Both; no pair is in both."""
        keys = np.concatenate([self.keys, other.keys])
        order = np.argsort(keys, kind="stable")
        kind = np.concatenate([self.kind, other.kind])[order]
        weight = np.concatenate([self.weight, other.weight])[order]
        assigned = np.concatenate([self.assigned, other.assigned])[order]
        return Evidence(keys[order], kind, weight, assigned, self.records)

    def _only(self, kept: NDArray[np.bool_]) -> Evidence:
        return Evidence(self.keys[kept], self.kind[kept], self.weight[kept], self.assigned[kept], self.records)


@dataclass(frozen=True)
class Use:
    """How family evidence is used.

    Args:
        learn: whether to learn its priors; else the model's are used.
        families: whether it is used at all.
        assignment: whether a person has at most one counterpart in the other family.
    """

    learn: bool = True
    families: bool = True
    assignment: bool = True


def aligned(
    backend: LocalBackend, model: Model, edges: Edges, *, ties: pl.DataFrame, bonds: Bonds, use: Use, cluster: Cluster
) -> tuple[Clusters, Evidence, Model]:
    """Cluster, look at who shares a relative, weigh those pairs again, and cluster again.

    What a pair's relatives say never rests on the pair itself: evidence is looked for afresh only for pairs that are not
    one person yet, and only pairs that are one person tell of relatives.

    Args:
        backend: compares and weighs pairs.
        model: trained.
        edges: scored pairs that were kept.
        ties: table ``ties``.
        bonds: who is known to be two people.
        use: how.
        cluster: clusters edges with the evidence there is.

    Returns:
        clusters, the evidence used, and the model with the priors.
    """
    encoded = backend.encoded
    evidence = Evidence(records=max(encoded.rows, 1))
    clusters = cluster(edges, evidence, None)
    if not use.families or not (use.learn or model.families):
        return clusters, evidence, model
    known = related(encoded.frame, ties)
    named = (encoded.frame["origin"] != "given").to_numpy()
    changed: NDArray[np.bool_] | None = None
    for number in range(ROUNDS):
        births = encoded.meet_at_birth
        pairs = shared(known, clusters.labels, agency=encoded.agency, named=named, births=births, through=changed)
        if not len(pairs.left):
            break
        now = replace(use, learn=use.learn and number == 0)
        fresh, model = _weighed(backend, model, pairs, clusters, named=named, bonds=bonds, use=now)
        # Only people who were found since then tell more, and of pairs that are one person already nothing is asked again.
        fresh = fresh if number == 0 else fresh.apart(clusters.labels)
        evidence = evidence.without(fresh).joined(fresh)
        before = clusters.labels
        # What was scored to complete a component is not scored again.
        clusters = cluster(clusters.edges, evidence, clusters.component)
        changed = _changed(before, clusters.labels)
        if not changed.any():
            break
    return clusters, evidence, model


def _barred(pairs: Shared, labels: NDArray[np.int64], bonds: Bonds, *, agency: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Pairs of one agency that are of two people who are known to be two: nothing they share makes them one."""
    barred = np.zeros(len(pairs.left), dtype=np.bool_)
    within = np.flatnonzero(agency[pairs.left] == agency[pairs.right])
    left, right = pairs.left[within], pairs.right[within]
    attested = (bonds.apart[left] >= 0) & (bonds.apart[left] == bonds.apart[right])
    two = np.sort(labels[bonds.never].astype(np.int32), axis=1)
    one, other = np.sort(labels[np.stack([left, right])].astype(np.int32), axis=0)
    barred[within] = attested | among(one, other, two, len(labels))
    return barred


def places(known: NDArray[np.int64], values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of some sorted values is among other sorted ones; -1 where it is not."""
    from famlink.kernels.merging import find_sorted

    out = np.empty(len(values), dtype=np.int64)
    find_sorted(known, values, out)
    return out


def _changed(before: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Records whose person has other records than before."""
    moved = np.zeros(len(labels), dtype=np.bool_)
    moved[labels[before != labels]] = True
    moved[before[before != labels]] = True
    return np.asarray(moved[labels] | moved[before], dtype=np.bool_)


def _weighed(
    backend: LocalBackend,
    model: Model,
    pairs: Shared,
    clusters: Clusters,
    *,
    named: NDArray[np.bool_],
    bonds: Bonds,
    use: Use,
) -> tuple[Evidence, Model]:
    encoded = backend.encoded
    bits = backend.class_bits(pairs.left, pairs.right, model)
    assigned = np.zeros(len(bits))
    barred = _barred(pairs, clusters.labels, bonds, agency=encoded.agency)
    for _ in range(LEARNING if use.learn else 1):
        if use.learn:
            model = learn_families(model, pairs, bits, assigned)
        weight = family_weights(model, pairs.kind, bits)
        if use.assignment:
            assigned = competition(
                pairs, weight, labels=clusters.labels, agency=encoded.agency, named=named, barred=barred
            )
    keys = pairs.left.astype(np.int64) * encoded.rows + pairs.right
    return Evidence(keys, pairs.kind, np.clip(weight + assigned, -60.0, 60.0), assigned, encoded.rows), model
