"""Slow, plain twins of the blocking, pattern, scoring and clustering kernels."""

from __future__ import annotations

import itertools
import math
from collections import Counter


def splitmix64(x: int) -> int:
    mask = (1 << 64) - 1
    z = (x + 0x9E3779B97F4A7C15) & mask
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
    return z ^ (z >> 31)


def hash_text(text: bytes) -> int:
    h = 0
    for at in range(0, len(text) - len(text) % 8, 8):
        h = splitmix64(h ^ int.from_bytes(text[at : at + 8], "little"))
    rest = text[len(text) - len(text) % 8 :]
    return splitmix64(splitmix64(h ^ int.from_bytes(rest, "little")) ^ len(text))


def blocks_of(keys: list[int], rows: list[int], most: int) -> tuple[list[list[int]], list[int]]:
    """Rows of each block of two to ``most``, by key, and the sizes of all blocks."""
    grouped: dict[int, list[int]] = {}
    for key, row in zip(keys, rows, strict=True):
        grouped.setdefault(key, []).append(row)
    sizes = [len(block) for block in grouped.values()]
    return [block for block in grouped.values() if 1 < len(block) <= most], sizes


def pairs_by_rule(keys: list[list[frozenset[int]]], apart: list[int]) -> list[set[tuple[int, int]]]:
    """keys[rule][record] -> the pairs each rule is the first to yield."""
    taken: set[tuple[int, int]] = set()
    found = []
    for rule in keys:
        mine = {
            (i, j)
            for i, j in itertools.combinations(range(len(rule)), 2)
            if rule[i] & rule[j] and not (apart[i] >= 0 and apart[i] == apart[j])
        }
        found.append(mine - taken)
        taken |= mine
    return found


def patterns(levels: list[tuple[int, ...]], strata: list[int]) -> Counter[tuple[int, ...]]:
    return Counter((stratum, *row) for stratum, row in zip(strata, levels, strict=True))


def weight(levels, bits, adjustments, priors) -> float:
    """-log2 of the sum over classes of 2**(prior - evidence); bits[c][level][class], adjustments[c][class]."""
    classes = len(priors)
    evidence = [0.0] * classes
    for c, level in enumerate(levels):
        if level < 0:
            continue
        for s in range(classes):
            evidence[s] += bits[c][level][s] + adjustments[c][s]
    total = math.fsum(2.0 ** (priors[s] - evidence[s]) for s in range(classes))
    return max(-60.0, min(60.0, -math.log2(total)))


def components(nodes: int, edges: list[tuple[int, int]]) -> list[int]:
    labels = list(range(nodes))
    changed = True
    while changed:
        changed = False
        for a, b in edges:
            low = min(labels[a], labels[b])
            if labels[a] != low or labels[b] != low:
                labels[a] = labels[b] = low
                changed = True
    return labels


def contract(weights: list[list[float]], needed: list[list[float]]) -> list[int]:
    """Greedy additive contraction, worked out afresh at each step: label of each node, the smallest of its cluster."""
    clusters = [{i} for i in range(len(weights))]

    while True:
        best = None
        for a, b in itertools.combinations(sorted(clusters, key=min), 2):
            edges = [weights[i][j] for i in a for j in b]
            bits, least = sum(edges), min(needed[i][j] for i in a for j in b)
            allowed = max(edges) >= least - 2.0 or min(edges) > 0.0
            if bits > 0.0 and bits >= least and allowed and (best is None or bits > best[0]):
                best = (bits, a, b)
        if best is None:
            break
        _, a, b = best
        clusters = [c for c in clusters if c is not a and c is not b] + [a | b]
    return labels_of(clusters, len(weights))


def labels_of(clusters: list[set[int]], nodes: int) -> list[int]:
    """The smallest node of each node's cluster."""
    labels = [0] * nodes
    for c in clusters:
        for node in c:
            labels[node] = min(c)
    return labels


def together(share_forename, share_surname, group_rows, told, sexes_agree) -> float:
    """Bits that agreements are worth less: group_rows is ((forename, surname) of left, the same of right)."""
    if share_forename <= 0.0:
        return 0.0
    off = share_forename * min(told) if sexes_agree else 0.0
    if share_surname > 0.0:
        times = [sum(a * b for a, b in zip(one, other, strict=True)) for one, other in group_rows]
        off += share_forename * share_surname * math.log2(max(1.0, *times))
    return off


def sides_of_bridges(members: list[int], strong: set[tuple[int, int]]) -> list[set[int]]:
    """One side of each pair that alone joins two parts of some nodes: edges are left out one by one."""
    found = []
    if len(reached(members[0], strong)) < len(members):
        return found
    for edge in sorted(strong):
        left = reached(edge[0], strong - {edge})
        if edge[1] not in left and min(len(left), len(members) - len(left)) >= 2:
            found.append(left)
    return found


def reached(start: int, edges: set[tuple[int, int]]) -> set[int]:
    """Nodes that a node is connected to, itself among them."""
    here = {start}
    while True:
        further = {b for a, b in edges if a in here} | {a for a, b in edges if b in here}
        if further <= here:
            return here
        here |= further
