"""Naive twins of the kernels that compare people as wholes: plain Python, one step at a time."""

from __future__ import annotations

import math
from itertools import pairwise


def whole_bits(pairs, starts, levels, codes, weights, expected):
    """Bits of each class for each group of pairs of records."""
    found = []
    classes = len(weights.bits[0])
    for first, last in pairwise(starts):
        group = range(first, last)
        total = [-max([0.0, *(expected[p] for p in group)]), *[0.0] * (classes - 1)]
        for c in range(len(weights.offsets)):
            ratios = []
            for p in group:
                level = levels[p][c]
                if level < 0:
                    continue
                row = weights.offsets[c] + level + 1
                rarer = 0.0
                column = weights.columns[c]
                if weights.share[row] > 0 and column >= 0:
                    own = [codes[side[p]][column] for side in pairs]
                    if min(own) >= 0:
                        common = max(weights.frequencies[weights.bases[c] + code] for code in own)
                        rarer = weights.share[row] * math.log2(weights.average[row] / common)
                ratios.append(
                    [weights.bits[row][s] + (rarer if weights.adjusts[c][s] else 0.0) for s in range(classes)]
                )
            if not ratios:
                continue
            # m over u, and k over u = (m over u) / (m over k); their means over the pairs.
            m = sum(2.0 ** r[0] for r in ratios) / len(ratios)
            total[0] += math.log2(m)
            for s in range(1, classes):
                k = sum(2.0 ** (r[0] - r[s]) for r in ratios) / len(ratios)
                total[s] += math.log2(m / k)
        found.append(total)
    return found


def less_rivals(one, other, weight):
    """Log2 odds of each pair of people against nobody and every rival of either."""
    known = {frozenset(pair): w for pair, w in zip(zip(one, other, strict=True), weight, strict=True)}
    found = []
    for a, b, w in zip(one, other, weight, strict=True):
        if w == -math.inf:
            found.append(w)
            continue
        against = 2.0**-w
        for me, they in ((a, b), (b, a)):
            for pair, rival in known.items():
                if me not in pair or they in pair or rival == -math.inf:
                    continue
                (third,) = pair - {me}
                if known.get(frozenset((third, they)), -math.inf) <= 0.0:
                    against += 2.0 ** (rival - w)
        found.append(-math.log2(against))
    return found


def choose(one, other, odds, least):
    """The pairs taken, best first, nobody twice."""
    busy, taken = set(), [False] * len(odds)
    for p in sorted(range(len(odds)), key=lambda p: (-odds[p], p)):
        if odds[p] >= least and not busy & {one[p], other[p]}:
            busy |= {one[p], other[p]}
            taken[p] = True
    return taken
