"""Slow, plain twins of the kernels that group records, find pairs without an edge, and look at shared relatives."""

import itertools


def grouped(labels, fewest):
    """Members of each group of so many nodes or more, by the smallest."""
    groups = {}
    for node, label in enumerate(labels):
        groups.setdefault(label, []).append(node)
    return [members for _, members in sorted(groups.items()) if len(members) >= fewest]


def missing_pairs(groups, edges, settled, most):
    """Pairs of one group that have no edge and were not together before."""
    return {
        (i, j)
        for members in groups
        if len(members) <= most
        for i, j in itertools.combinations(members, 2)
        if (i, j) not in edges and settled[i] != settled[j]
    }


def matrix(members, edges, bonds, apart, absent, clip):
    """The weight between any two members of a group; ``bonds`` come in order, the last of a pair holds."""
    small, few, many = absent
    weights = []
    for i in members:
        row = []
        for j in members:
            pair = (min(i, j), max(i, j))
            bits = max(-clip, min(clip, edges[pair])) if pair in edges else (few if len(members) <= small else many)
            for one, other, bound in bonds:
                if {one, other} == {i, j}:
                    bits = bound
            if i != j and apart[i] >= 0 and apart[i] == apart[j]:
                bits = -1e6
            row.append(bits)
        weights.append(row)
    return weights


def sharing_pairs(ties, labels, wanted, most):
    """(left, right) -> the least way in which the two are related to one person; ties are (record, relative, role)."""
    closest = {}
    for record, relative, role in ties:
        if wanted[record] and labels[record] != labels[relative]:
            known = closest.setdefault(labels[record], {})
            known[relative] = min(role, known.get(relative, role))
    found = {}
    for known in closest.values():
        if len(known) <= most:
            for i, j in itertools.combinations(sorted(known), 2):
                one, other = sorted((known[i], known[j]))
                way = 100 * (one != other) + 10 * one + other
                found[i, j] = min(way, found.get((i, j), way))
    return found


def mix(likelihood, start, pseudo, rounds, tolerance):
    """Shares of classes by EM, one pair after the other."""
    prior = list(start)
    for _ in range(rounds):
        share = [0.0] * len(start)
        for row in likelihood:
            each = [a * b for a, b in zip(row, prior, strict=True)]
            share = [s + e / sum(each) for s, e in zip(share, each, strict=True)]
        fresh = [(s + pseudo * b) / (len(likelihood) + pseudo) for s, b in zip(share, start, strict=True)]
        if max(abs(a - b) for a, b in zip(fresh, prior, strict=True)) < tolerance:
            break
        prior = fresh
    return prior
