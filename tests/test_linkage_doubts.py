"""Records a person should decide about, against what is plainly meant."""

from __future__ import annotations

import numpy as np

from famlink.linkage.clustering import Clusters, Edges
from famlink.linkage.doubts import crowded_twins


def meant(clusters: Clusters, agency: np.ndarray, twins: np.ndarray) -> list[int]:
    """Second records, in an agency that lacks the twin, of each person with one: all but the one that fits best."""
    edges, labels = clusters.edges, clusters.labels
    fit = np.zeros(len(labels))
    for a, b, weight in zip(edges.left, edges.right, edges.weight, strict=True):
        if labels[a] == labels[b] and agency[a] != agency[b]:
            fit[a] += weight
            fit[b] += weight
    found: set[int] = set()
    for a, b in (*twins, *twins[:, ::-1]):
        if labels[a] == labels[b]:
            continue
        for code in {*agency[labels == labels[a]]} - {*agency[labels == labels[b]]}:
            here = [row for row in np.flatnonzero(labels == labels[a]) if agency[row] == code]
            found |= {*here} - {max(here, key=lambda row: (fit[row], -row))}
    return sorted(int(row) for row in found)


def test_crowded_twins_are_what_is_meant() -> None:
    random = np.random.default_rng(4)
    some = 0
    for _ in range(300):
        size, count = int(random.integers(2, 40)), int(random.integers(0, 60))
        firsts: dict[int, int] = {}
        people = random.integers(0, max(2, size // 3), size)
        labels = np.array([firsts.setdefault(int(person), row) for row, person in enumerate(people)], dtype=np.int64)
        left, right = random.integers(0, size, (2, count)).astype(np.int32)
        weight = random.integers(-3, 4, count).astype(float)
        clusters = Clusters(labels, Edges(left, right, weight), labels)
        agency = random.integers(0, 3, size).astype(np.int16)
        twins = random.integers(0, size, (int(random.integers(0, 8)), 2)).astype(np.int32)
        expected = meant(clusters, agency, twins)
        some += bool(expected)
        assert crowded_twins(clusters, agency, twins).tolist() == expected
    assert some > 50
