"""Records that two people fit: not guessed at, but taken out and put up for a person to decide."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.clustering import Bonds, Clusters, Edges

Rows = NDArray[np.int32]
Ints = NDArray[np.int64]

UNLIKE = -6.0
"""Two people none of whose records reach this weight, in bits, are taken to be different."""


def undecided(clusters: Clusters, thin: NDArray[np.bool_], bonds: Bonds, *, least: float, margin: float = 3.0) -> Ints:
    """Records that two different people fit about equally well, such as a father and a son of one name.

    A thin record may fit any two people; another record counts only where the two people are known to be different.

    Args:
        clusters: as clustered.
        thin: for each record whether it has neither date of birth nor identifier.
        bonds: pairs decided otherwise.
        least: weight, in bits, at which a person fits.
        margin: a second person fits as well where its best edge falls short of the first's by no more than this many bits.

    Returns:
        rows, sorted.
    """
    edges, labels = clusters.edges, clusters.labels
    n = np.int64(len(labels))
    apart = labels[bonds.never.astype(np.int64)].reshape(-1, 2)
    apart = np.concatenate([apart, apart[:, ::-1]])
    watched = thin.copy()
    involved = np.zeros(len(labels), dtype=np.bool_)
    involved[apart[:, 0]] = True
    watched |= involved[labels]
    strong = edges.weight >= least
    left, right, bits = edges.left[strong], edges.right[strong], edges.weight[strong]
    # Only a record with a strong edge out of its person can be torn.
    torn = np.zeros(len(labels), dtype=np.bool_)
    out = labels[left] != labels[right]
    torn[left[out]] = True
    torn[right[out]] = True
    torn &= watched
    ours, theirs = torn[left], torn[right]
    source = np.concatenate([left[ours], right[theirs]]).astype(np.int64)
    person = labels[np.concatenate([right[ours], left[theirs]])]
    weight = np.concatenate([bits[ours], bits[theirs]])
    barred = np.concatenate([bonds.never, bonds.never[:, ::-1]]).astype(np.int64)
    allowed = ~np.isin(source * n + person, barred[:, 0] * n + labels[barred[:, 1]])
    source, person, weight = source[allowed], person[allowed], weight[allowed]
    if not len(source):
        return np.zeros(0, dtype=np.int64)
    # Best edge of each record to each person, the better person first.
    order = np.lexsort((person, -weight, source))
    source, person, weight = source[order], person[order], weight[order]
    first = np.flatnonzero(np.diff(source, prepend=-1))
    top_person = np.repeat(person[first], np.diff(np.append(first, len(source))))
    top_weight = np.repeat(weight[first], np.diff(np.append(first, len(source))))
    rival = (person != top_person) & (top_weight - weight <= margin)
    source, person, top_person = source[rival], person[rival], top_person[rival]
    known = np.isin(top_person * n + person, apart[:, 0] * n + apart[:, 1])
    return np.unique(source[known | (thin[source] & _unlike(edges, labels, top_person, person))])


def _unlike(edges: Edges, labels: Ints, one: Ints, other: Ints) -> NDArray[np.bool_]:
    """Whether no record of one person is anything like a record of the other: two people, not one in two pieces."""
    n = np.int64(len(labels))
    asked = np.zeros(len(labels), dtype=np.bool_)
    asked[one] = True
    asked[other] = True
    a, b = labels[edges.left], labels[edges.right]
    near = asked[a] & asked[b] & (a != b) & (edges.weight > UNLIKE)
    a, b = a[near], b[near]
    alike = np.minimum(a, b) * n + np.maximum(a, b)
    return ~np.isin(np.minimum(one, other) * n + np.maximum(one, other), alike)


def crowded_twins(clusters: Clusters, agency: NDArray[np.int16], twins: Rows) -> Ints:
    """Second records of one agency for a person whose known twin that agency seems not to have.

    Such a record is as likely the twin's, written with the other's forename, as a duplicate.

    Args:
        clusters: as clustered.
        agency: of each record.
        twins: pairs of rows (n x 2) stated to be twins.

    Returns:
        rows, sorted: all but the record of that agency which fits the person best.
    """
    edges, labels = clusters.edges, clusters.labels
    pairs = np.unique(labels[np.concatenate([twins, twins[:, ::-1]]).astype(np.int64)].reshape(-1, 2), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    if not len(pairs):
        return np.zeros(0, dtype=np.int64)
    inside = labels[edges.left] == labels[edges.right]
    foreign = inside & (agency[edges.left] != agency[edges.right])
    fit = np.zeros(len(labels))
    for side in (edges.left, edges.right):
        fit += np.bincount(side[foreign], weights=edges.weight[foreign], minlength=len(labels))
    rows = np.flatnonzero(np.isin(labels, pairs))
    rows = rows[np.argsort(labels[rows], kind="stable")]
    agencies = np.int64(agency.max()) + 1
    known = labels[rows] * agencies + agency[rows]
    # Every record of one twin, beside each of the twins it has.
    starts, ends = (np.searchsorted(labels[rows], pairs[:, 0], side=side) for side in ("left", "right"))
    sizes = ends - starts
    pair = np.repeat(np.arange(len(pairs)), sizes)
    record = rows[np.arange(len(pair)) + np.repeat(starts - np.cumsum(sizes) + sizes, sizes)]
    lacks = ~np.isin(pairs[pair, 1] * agencies + agency[record], known)
    group, record = (pair * agencies + agency[record])[lacks], record[lacks]
    order = np.lexsort((record, -fit[record], group))
    group, record = group[order], record[order]
    return np.unique(record[1:][group[1:] == group[:-1]])


def detached(labels: Ints, rows: Ints) -> Ints:
    """Take records out of their clusters, each into one of its own; labels are smallest rows again."""
    loose = labels.copy()
    loose[rows] = np.arange(len(labels))[rows]
    alone = np.zeros(len(labels), dtype=np.bool_)
    alone[rows] = True
    smallest = np.full(len(labels), len(labels), dtype=np.int64)
    np.minimum.at(smallest, loose[~alone], np.flatnonzero(~alone))
    return np.where(alone, np.arange(len(labels)), smallest[np.where(alone, 0, loose)]).astype(np.int64)
