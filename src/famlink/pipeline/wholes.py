"""People found, compared as wholes: who is one person by all records together, though no sum of pairs says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from famlink.backends.local import LocalBackend
from famlink.linkage.clustering import Bonds, Clusters
from famlink.linkage.families import family_priors
from famlink.linkage.model import Model
from famlink.linkage.scoring import expected_bits
from famlink.linkage.twins import lessened
from famlink.linkage.wholes import Meetings, chosen, meetings, near
from famlink.pipeline.aligning import Evidence, places

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

NEAR = -4.0
"""Two people meet where a pair of their records weighs more, in bits."""
MOST = 400
"""Pairs of records of two people that are compared at most; who has more records is no thin record's person."""
AT_ONCE = 1 << 20
"""Pairs of records that are compared at once: where thousands of people are alike, their pairs are not all held."""
ROUNDS = 8
"""Times people join in pairs; hardly anybody is in more than three pieces."""


@dataclass(frozen=True)
class Told:
    """What is known of people beside their records' fields.

    Args:
        evidence: what relatives say of pairs of records.
        bonds: pairs decided otherwise.
        twins: for each record whether its person has a known twin.
    """

    evidence: Evidence
    bonds: Bonds
    twins: NDArray[np.bool_]


def joined(
    backend: LocalBackend, model: Model, clusters: Clusters, told: Told, *, least: float
) -> tuple[Clusters, Floats]:
    """Join people who are one by what all their records say together.

    Args:
        backend: compares pairs.
        model: trained, with what it learnt of shared relatives.
        clusters: as contracted.
        told: relatives, bonds and twins.
        least: log2 odds that join, against nobody and against everybody else who fits.

    Returns:
        the clusters, and for each record the odds by which its part joined the rest, NaN where none did.
    """
    labels, odds = clusters.labels, np.full(len(clusters.labels), np.nan)
    close = clusters.edges.weight > NEAR
    left, right = clusters.edges.left[close], clusters.edges.right[close]
    n = np.int64(max(len(labels), 1))
    known, weights = np.zeros(0, dtype=np.int64), np.zeros(0)
    for _ in range(ROUNDS):
        # Who is one person stays so.
        differ = labels[left] != labels[right]
        left, right = left[differ], right[differ]
        one, other = near(left, right, labels, most=MOST)
        keys = one * n + other
        # Two people neither of whom has changed weigh what they weighed.
        at = places(known, keys)
        twinned = np.zeros(len(labels), dtype=np.bool_)
        twinned[labels[told.twins]] = True
        weight, fresh = np.empty(len(keys)), np.flatnonzero(at < 0)
        weight[at >= 0] = weights[at[at >= 0]]
        for part, met in meetings(one[fresh], other[fresh], labels, at_once=AT_ONCE):
            some = fresh[part]
            barred = _barred(one[some], other[some], met, labels, told.bonds)
            twins = twinned[one[some]] | twinned[other[some]]
            weight[some] = np.where(barred, -np.inf, _weighed(backend, model, met, told.evidence, twins=twins))
        taken, sure = chosen(one, other, weight, least=least)
        if not len(taken):
            break
        sizes = np.bincount(labels, minlength=len(labels))
        smaller, target = np.full(len(labels), np.nan), np.arange(len(labels))
        smaller[np.where(sizes[one] < sizes[other], one, other)[taken]] = sure
        odds = np.fmin(odds, smaller[labels])
        target[other[taken]] = one[taken]
        changed = np.zeros(len(labels), dtype=np.bool_)
        changed[one[taken]] = changed[other[taken]] = True
        kept = ~(changed[one] | changed[other])
        known, weights = keys[kept], weight[kept]
        labels = target[labels]
    return replace(clusters, labels=labels), odds


def _weighed(
    backend: LocalBackend, model: Model, met: Meetings, evidence: Evidence, *, twins: NDArray[np.bool_]
) -> Floats:
    """Match weights of pairs of people, in bits; ``twins``: whether one of the two has a known twin."""
    from famlink.kernels.scoring import whole_bits

    encoded = backend.encoded
    weights, together = backend.weights(model)
    levels, strata = backend.levels(met.left, met.right), backend.strata(met.left, met.right)
    expected = expected_bits(met.left, met.right, levels, encoded=encoded, weights=weights, together=together)
    people = len(met.starts) - 1
    bits = np.empty((people, weights.bits.shape[1]))
    whole_bits((met.left, met.right), met.starts, levels, encoded.values.codes, weights, expected, bits)
    # Of one agency's two records the rarer case counts: that it has the person twice.
    stratum = strata[_first_of_each(met, -weights.priors[strata, 0])]
    priors, assigned = weights.priors[stratum], np.zeros(people)
    keys = met.left.astype(np.int64) * encoded.rows + met.right
    order = np.argsort(keys)
    at = np.empty(len(keys), dtype=np.int64)
    at[order] = places(evidence.keys, keys[order])
    if (at >= 0).any():
        families = family_priors(model)
        kind = evidence.kind[at]
        # The closest way in which any two of their records share a relative is the people's.
        closest = _first_of_each(met, np.where(at >= 0, families[kind, 0], np.inf))
        related = at[closest] >= 0
        priors[related] = families[kind[closest[related]]]
        shared = np.bincount(met.of, weights=at >= 0, minlength=people)
        taken = np.bincount(met.of, weights=np.where(at >= 0, evidence.assigned[at], 0.0), minlength=people)
        assigned = taken / np.maximum(shared, 1.0)
    log = priors - bits
    top = log.max(axis=1)
    weight = -(top + np.log2(np.exp2(log - top[:, None]).sum(axis=1)))
    weight[twins] = lessened(weight[twins], bits[twins], stratum[twins], model=model, agencies=encoded.agencies)
    return np.asarray(np.clip(weight + assigned, -60.0, 60.0), dtype=np.float64)


def _first_of_each(met: Meetings, value: Floats) -> Ints:
    """Of the pairs of records of each pair of people the one with the least value, the first of several."""
    order = np.lexsort((value, met.of))
    return np.asarray(order[met.starts[:-1]], dtype=np.int64)


def _barred(one: Ints, other: Ints, met: Meetings, labels: Ints, bonds: Bonds) -> NDArray[np.bool_]:
    """Pairs of people of whom two records must not be one person's."""
    n = np.int64(len(labels))
    never = labels[bonds.never.astype(np.int64)].reshape(-1, 2)
    barred = np.isin(one * n + other, never.min(axis=1) * n + never.max(axis=1))
    apart = (bonds.apart[met.left] >= 0) & (bonds.apart[met.left] == bonds.apart[met.right])
    return np.asarray(barred | (np.bincount(met.of, weights=apart, minlength=len(one)) > 0), dtype=np.bool_)
