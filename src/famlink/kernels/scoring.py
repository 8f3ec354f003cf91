"""Comparison levels to match weights in bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

FURTHEST = 60.0
"""Bits of one field, either way, that are told apart where probabilities are averaged."""


class Weights(NamedTuple):
    """A model as numbers; class 0 is strangers, the others kin.

    Args:
        offsets: first row of each comparison in ``bits``; its row of level l is offset + l + 1.
        bits: row x class: log2 of m over the class's probability; 0 where missing.
        average: row: probability of the level for strangers, which the value's frequency replaces.
        share: row: how far the value's frequency replaces the average, 0 to 1.
        columns: comparison -> column of ``codes`` that holds the value, -1 for none.
        bases: comparison -> first place of its values in ``frequencies``.
        frequencies: how often each value occurs, as a share.
        adjusts: comparison x class: whether its frequency counts against the class.
        priors: stratum x class: log2 of the class's prior over the match prior.
    """

    offsets: np.ndarray
    bits: np.ndarray
    average: np.ndarray
    share: np.ndarray
    columns: np.ndarray
    bases: np.ndarray
    frequencies: np.ndarray
    adjusts: np.ndarray
    priors: np.ndarray


class Together(NamedTuple):
    """Which names go together, and which sex a forename tells.

    Args:
        forename: place of the forenames' comparison; -1 where nothing is known.
        surname: place of the surnames' comparison.
        sex: place of the sexes' comparison, or -1.
        groups_forename: forename code x group; a forename's row and a surname's multiplied and summed say how many times as
            often as by chance they go together.
        groups_surname: the same of surname codes.
        told: forename code: bits that agreement of sexes is worth less where the forename tells the sex.
    """

    forename: int
    surname: int
    sex: int
    groups_forename: np.ndarray
    groups_surname: np.ndarray
    told: np.ndarray


@njit(cache=True, nogil=True)
def together_bits(
    left: np.ndarray,
    right: np.ndarray,
    levels: np.ndarray,
    codes: np.ndarray,
    weights: Weights,
    together: Together,
    out: np.ndarray,
) -> None:
    """Fill out[pair] with the bits that agreements are worth less against strangers: never below 0."""
    f, s, x = together.forename, together.surname, together.sex
    for p in range(len(left)):
        out[p] = 0.0
        if levels[p, f] < 0:
            continue
        share = weights.share[weights.offsets[f] + levels[p, f] + 1]
        a, b = codes[left[p], weights.columns[f]], codes[right[p], weights.columns[f]]
        if share <= 0.0 or a < 0 or b < 0:
            continue
        if x >= 0 and levels[p, x] > 0:
            out[p] += share * min(together.told[a], together.told[b])
        if levels[p, s] < 0:
            continue
        share *= weights.share[weights.offsets[s] + levels[p, s] + 1]
        c, d = codes[left[p], weights.columns[s]], codes[right[p], weights.columns[s]]
        if share <= 0.0 or c < 0 or d < 0:
            continue
        one, other = 0.0, 0.0
        for g in range(together.groups_forename.shape[1]):
            one += together.groups_forename[a, g] * together.groups_surname[c, g]
            other += together.groups_forename[b, g] * together.groups_surname[d, g]
        out[p] += share * np.log2(max(1.0, one, other))


@njit(cache=True, nogil=True)
def score_pairs(
    left: np.ndarray,
    right: np.ndarray,
    levels: np.ndarray,
    codes: np.ndarray,
    strata: np.ndarray,
    weights: Weights,
    expected: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill out[pair] with (match weight, unadjusted weight), in bits, clipped to +-60.

    ``expected`` holds for each pair the bits its agreements are worth less against strangers, because they go together.
    """
    classes = weights.bits.shape[1]
    total = np.zeros(classes)
    for p in range(len(left)):
        plain = 0.0
        for s in range(classes):
            total[s] = 0.0
        for c in range(levels.shape[1]):
            level = levels[p, c]
            if level < 0:
                continue
            row = weights.offsets[c] + level + 1
            plain += weights.bits[row, 0]
            for s in range(classes):
                total[s] += weights.bits[row, s]
            if weights.share[row] > 0.0 and weights.columns[c] >= 0:
                a, b = codes[left[p], weights.columns[c]], codes[right[p], weights.columns[c]]
                if a >= 0 and b >= 0:
                    common = max(weights.frequencies[weights.bases[c] + a], weights.frequencies[weights.bases[c] + b])
                    # How much rarer or commoner than the average value this one is: the same for every class it counts for.
                    rarer = weights.share[row] * np.log2(weights.average[row] / common)
                    for s in range(classes):
                        if weights.adjusts[c, s]:
                            total[s] += rarer
        total[0] -= expected[p]
        # log-sum-exp over the classes, the largest taken out
        top = -1e300
        for s in range(classes):
            top = max(top, weights.priors[strata[p], s] - total[s])
        summed = 0.0
        for s in range(classes):
            less = weights.priors[strata[p], s] - total[s] - top
            # The largest counts one; what is far below it is lost in rounding.
            if less == 0.0:
                summed += 1.0
            elif less > -100.0:
                summed += 2.0**less
        out[p, 0] = min(60.0, max(-60.0, -(top + (np.log2(summed) if summed != 1.0 else 0.0))))
        out[p, 1] = min(60.0, max(-60.0, plain))


@njit(cache=True, nogil=True)
def class_bits(
    left: np.ndarray,
    right: np.ndarray,
    levels: np.ndarray,
    codes: np.ndarray,
    weights: Weights,
    expected: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill out[pair, class] with log2 of m over the class's probability: no prior is in it."""
    classes = weights.bits.shape[1]
    for p in range(len(left)):
        for s in range(classes):
            out[p, s] = 0.0
        out[p, 0] = -expected[p]
        for c in range(levels.shape[1]):
            level = levels[p, c]
            if level < 0:
                continue
            row = weights.offsets[c] + level + 1
            for s in range(classes):
                out[p, s] += weights.bits[row, s]
            if weights.share[row] > 0.0 and weights.columns[c] >= 0:
                a, b = codes[left[p], weights.columns[c]], codes[right[p], weights.columns[c]]
                if a >= 0 and b >= 0:
                    common = max(weights.frequencies[weights.bases[c] + a], weights.frequencies[weights.bases[c] + b])
                    rarer = weights.share[row] * np.log2(weights.average[row] / common)
                    for s in range(classes):
                        if weights.adjusts[c, s]:
                            out[p, s] += rarer


@njit(cache=True, nogil=True)
def whole_bits(
    pairs: tuple[np.ndarray, np.ndarray],
    starts: np.ndarray,
    levels: np.ndarray,
    codes: np.ndarray,
    weights: Weights,
    expected: np.ndarray,
    out: np.ndarray,
) -> None:
    """Fill out[group, class] with log2 of m over the class's probability, of all pairs of records of two people.

    Pairs of group g are ``starts[g]`` to ``starts[g + 1]``. A field counts once, with its mean probability over the pairs
    that have it on both sides. Of ``expected``, the bits that a pair's agreements are worth less against strangers because
    they go together, the most of the group counts.
    """
    left, right = pairs
    classes = weights.bits.shape[1]
    others = np.zeros(classes)
    for g in range(len(starts) - 1):
        less = 0.0
        for p in range(starts[g], starts[g + 1]):
            less = max(less, expected[p])
        for s in range(classes):
            out[g, s] = -less if s == 0 else 0.0
        for c in range(levels.shape[1]):
            met, same = 0, 0.0
            for s in range(classes):
                others[s] = 0.0
            for p in range(starts[g], starts[g + 1]):
                level = levels[p, c]
                if level < 0:
                    continue
                met += 1
                row = weights.offsets[c] + level + 1
                rarer = 0.0
                if weights.share[row] > 0.0 and weights.columns[c] >= 0:
                    a, b = codes[left[p], weights.columns[c]], codes[right[p], weights.columns[c]]
                    if a >= 0 and b >= 0:
                        common = max(
                            weights.frequencies[weights.bases[c] + a], weights.frequencies[weights.bases[c] + b]
                        )
                        rarer = weights.share[row] * np.log2(weights.average[row] / common)
                # Probabilities in parts of what they are for strangers: the same for every pair of the group.
                bits = weights.bits[row, 0] + (rarer if weights.adjusts[c, 0] else 0.0)
                bits = min(FURTHEST, max(-FURTHEST, bits))
                same += 2.0**bits
                for s in range(classes):
                    kin = weights.bits[row, s] + (rarer if weights.adjusts[c, s] else 0.0)
                    others[s] += 2.0 ** min(2.0 * FURTHEST, max(-2.0 * FURTHEST, bits - kin))
            if met > 0:
                out[g, 0] += np.log2(same / met)
                for s in range(1, classes):
                    out[g, s] += np.log2(same / others[s])
