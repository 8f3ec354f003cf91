"""Comparison levels to match weights in bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit


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


@njit(cache=True, nogil=True)
def score_pairs(
    left: np.ndarray,
    right: np.ndarray,
    levels: np.ndarray,
    codes: np.ndarray,
    strata: np.ndarray,
    weights: Weights,
    out: np.ndarray,
) -> None:
    """Fill out[pair] with (match weight, unadjusted weight), in bits, clipped to +-60."""
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
        # log-sum-exp over the classes, the largest taken out
        top = -1e300
        for s in range(classes):
            top = max(top, weights.priors[strata[p], s] - total[s])
        summed = 0.0
        for s in range(classes):
            summed += 2.0 ** (weights.priors[strata[p], s] - total[s] - top)
        out[p, 0] = min(60.0, max(-60.0, -(top + np.log2(summed))))
        out[p, 1] = min(60.0, max(-60.0, plain))


@njit(cache=True, nogil=True)
def class_bits(
    left: np.ndarray, right: np.ndarray, levels: np.ndarray, codes: np.ndarray, weights: Weights, out: np.ndarray
) -> None:
    """Fill out[pair, class] with log2 of m over the class's probability: no prior is in it."""
    classes = weights.bits.shape[1]
    for p in range(len(left)):
        for s in range(classes):
            out[p, s] = 0.0
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
