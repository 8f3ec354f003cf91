"""From scored pairs to people: what was decided, clustered, told by families, and left in doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.backends.local import LocalBackend
from famlink.linkage import resolution
from famlink.linkage.clustering import CLIP, Clusters, Edges, cluster, connected, filled
from famlink.linkage.doubts import crowded_twins, detached, undecided
from famlink.linkage.encoding import Encoded
from famlink.linkage.library import IDENTIFIERS
from famlink.linkage.model import Model
from famlink.linkage.resolution import Pairs
from famlink.odds import weight_of_probability
from famlink.pipeline.aligning import Evidence, Use, aligned, places
from famlink.pipeline.binding import Bound, Decided, among, bound
from famlink.pipeline.engines import Engine
from famlink.pipeline.twins import told_of, twins_among
from famlink.pipeline.wholes import Told, joined

Rows = NDArray[np.int32]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Gathered:
    """People, and the pairs they were found by.

    Args:
        labels: smallest row of each record's person.
        joined: for each record the odds, in bits, by which its part joined the rest of the person when the two were
            compared as wholes; NaN where they were not.
        pairs: with weight and reason: those that may be shown, and every pair inside a person.
        shared: table ``shared_relatives``.
        model: with what it learnt of families.
    """

    labels: Ints
    joined: NDArray[np.float64]
    pairs: Pairs
    shared: pl.DataFrame
    model: Model


def gathered(encoded: Encoded, backend: Engine, model: Model, pairs: Pairs, decided: Decided) -> Gathered:
    """Cluster, and give every pair inside a component its weights, its reason and what relatives said of it."""
    # A Splink model is taken at its word: only what sources state and people decide stands beside its weights.
    own = backend if isinstance(backend, LocalBackend) else None
    binding = bound(encoded, pairs, decided, numbers=own is not None)
    least = weight_of_probability(model.match)
    gather = connected if "additive" in decided.without else cluster
    # Relatives tell the same whatever was found yesterday: people of the run before are heeded once, at the end.
    today, plain = replace(binding.bonds, before=np.zeros(0, dtype=np.int32)), model

    def clustered(edges: Edges, evidence: Evidence, settled: Ints | None) -> Clusters:
        edges = edges.under(evidence.keys, evidence.weight, records=encoded.rows)
        return gather(encoded.rows, edges, today, least=least, score=likely, settled=settled)

    def likely(left: Rows, right: Rows) -> Edges:
        if own is None:
            return exactly(left, right)
        return Edges(*own.score_likely(left, right, plain, least=-CLIP))

    def exactly(left: Rows, right: Rows) -> Edges:
        return Edges(left, right, backend.score_pairs(left, right, plain)[:, 0])

    edges = Edges(pairs.left, pairs.right, pairs.weight)
    evidence, doubtful = Evidence(records=max(encoded.rows, 1)), np.zeros(0, dtype=np.int64)
    if own is None:
        clusters = clustered(edges, evidence, None)
    else:
        without = decided.without
        use = Use(learn=decided.learn, families="families" not in without, assignment="assignment" not in without)
        clusters, evidence, model = aligned(
            own, model, edges, ties=decided.ties, bonds=today, use=use, cluster=clustered
        )
    known = np.zeros(encoded.rows, dtype=np.bool_)
    before, twins = clusters.edges, binding.stated[_same_day(encoded, binding.stated)]
    if own is not None and "twins" not in decided.without:
        found = twins_among(own, plain, clusters, stated=twins)
        twins, known = found.pairs, found.known
        if known.any():
            edges = found.over(clusters.edges, backend=own, model=plain)
            clusters = gather(encoded.rows, edges, today, least=least, score=likely, settled=clusters.component)
    alone = clusters.labels
    if len(binding.bonds.before):
        settled = clusters.component
        clusters = gather(encoded.rows, clusters.edges, binding.bonds, least=least, score=likely, settled=settled)
    parts, odds = clusters.labels, np.full(encoded.rows, np.nan)
    if own is not None and not decided.without & {"wholes", "additive"}:
        clusters, odds = joined(own, model, clusters, Told(evidence, binding.bonds, known), least=least)
    clusters = replace(clusters, edges=filled(clusters.edges, clusters.labels, score=exactly))
    if own is not None:
        # A record that a person has placed is in no doubt, however well another person fits it.
        doubtful = np.setdiff1d(_doubtful(encoded, clusters, binding, twins=twins, least=least), binding.placed)
    labels = detached(clusters.labels, doubtful) if len(doubtful) else clusters.labels
    edges = clusters.edges
    worth = (edges.weight >= resolution.SHOWN) | (labels[edges.left] == labels[edges.right])
    worth &= ~_kept_apart(labels, edges, decided.banned)
    left, right, weight = edges.left[worth], edges.right[worth], edges.weight[worth]
    unadjusted = _unadjusted(backend, plain, pairs, left, right)
    reason = _reasons((left, right, weight), (alone, parts, labels), doubtful, binding, decided)
    shared = told_of(encoded.frame, Edges(left, right, weight), evidence, before, own=exactly)
    return Gathered(labels, odds, Pairs(left, right, weight, unadjusted, reason), shared, model)


def _reasons(
    edges: tuple[Rows, Rows, NDArray[np.float64]],
    found: tuple[Ints, Ints, Ints],
    doubtful: Ints,
    binding: Bound,
    decided: Decided,
) -> NDArray[np.int8]:
    """Why each pair is or is not one person, where its weight does not say it: a place in REASONS.

    ``found`` are labels by pairs alone, with those of the run before, and with people compared as wholes.
    """
    (left, right, weight), (alone, parts, labels) = edges, found
    doubted = np.zeros(len(labels), dtype=np.bool_)
    doubted[doubtful] = True
    reason = np.where((doubted[left] | doubted[right]) & (weight >= 0.0), _place(resolution.AMBIGUOUS), np.int8(0))
    inside = labels[left] == labels[right]
    reason[inside & (parts[left] != parts[right])] = _place(resolution.TOGETHER)
    reason[inside & (alone[left] != alone[right]) & (parts[left] == parts[right])] = _place(resolution.HELD)
    for some, words in binding.words:
        reason[among(left, right, some, len(labels))] = _place(words)
    reason[(decided.apart[left] >= 0) & (decided.apart[left] == decided.apart[right])] = _place(resolution.ATTESTED)
    return reason


def _place(words: str) -> np.int8:
    return np.int8(resolution.REASONS.index(words))


def _kept_apart(labels: NDArray[np.int64], edges: Edges, banned: Rows) -> NDArray[np.bool_]:
    """Pairs of two persons the must-not-link list keeps apart.

    It binds whole persons: what their other records have in common is no more shown than what the listed ones have.
    """
    person, barred = labels.astype(np.int32), labels[banned].astype(np.int32)
    barred = np.concatenate([barred, barred[:, ::-1]])
    return among(person[edges.left], person[edges.right], barred, len(labels))


def _doubtful(encoded: Encoded, clusters: Clusters, binding: Bound, *, twins: Rows, least: float) -> Ints:
    """Records that fit several people, or one of two twins."""
    unsure = undecided(clusters, _thin(encoded), binding.bonds, least=least)
    return np.union1d(unsure, crowded_twins(clusters, encoded.agency, twins))


def _unadjusted(backend: Engine, model: Model, scored: Pairs, left: Rows, right: Rows) -> NDArray[np.float64]:
    """Weights without prior, frequency or kin: as they were scored, and found now for pairs that were not."""
    rows = np.int64(backend.encoded.rows)
    at = places(scored.left.astype(np.int64) * rows + scored.right, left.astype(np.int64) * rows + right)
    new = at < 0
    out = scored.unadjusted[at] if len(scored.left) else np.empty(len(left))
    out[new] = backend.score_pairs(left[new], right[new], model)[:, 1]
    return out


def _same_day(encoded: Encoded, pairs: Rows) -> NDArray[np.bool_]:
    """Pairs with one date of birth."""
    if "date_of_birth" not in encoded.columns:
        return np.zeros(len(pairs), dtype=np.bool_)
    born = encoded.codes("date_of_birth")
    same: NDArray[np.bool_] = (born[pairs[:, 0]] >= 0) & (born[pairs[:, 0]] == born[pairs[:, 1]])
    return same


def _thin(encoded: Encoded) -> NDArray[np.bool_]:
    """Records with neither date of birth nor identifier."""
    thin = np.ones(encoded.rows, dtype=np.bool_)
    for name in ("date_of_birth", *IDENTIFIERS):
        if name in encoded.frame.columns:
            thin &= encoded.frame[name].is_null().to_numpy()
    return thin
