"""Probability, odds and match weight (log2 odds, in bits), and the ways between them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEIGHT_LIMIT = 60.0
"""Match weights are clipped to this many bits either way: 2**-60 is past any evidence a table of people can hold."""


def weight_of_probability(probability: float) -> float:
    """Turn a probability into a match weight.

    Args:
        probability: between 0 and 1.

    Returns:
        log2 of the odds, in bits, clipped to +-60.

    Raises:
        ValueError: the number is not between 0 and 1.

    Example:
        >>> weight_of_probability(0.5)
        0.0
        >>> round(weight_of_probability(0.95), 3)
        4.248

    Source: Fellegi and Sunter (1969), equation 11, in base 2.
    """
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"a probability lies between 0 and 1, got {probability}")
    if probability == 0.0:
        return -WEIGHT_LIMIT
    if probability == 1.0:
        return WEIGHT_LIMIT
    return max(-WEIGHT_LIMIT, min(WEIGHT_LIMIT, math.log2(probability) - math.log2(1.0 - probability)))


def probability_of_weight(weight: float) -> float:
    """Turn a match weight into a probability.

    Args:
        weight: log2 odds, in bits.

    Returns:
        2**w / (1 + 2**w).

    Example:
        >>> probability_of_weight(0.0)
        0.5
        >>> round(probability_of_weight(4.248), 3)
        0.95
    """
    if weight >= 0.0:
        return 1.0 / (1.0 + math.exp2(-weight))
    odds = math.exp2(weight)
    return odds / (1.0 + odds)


def probabilities_of_weights(weights: Floats) -> Floats:
    """Turn an array of match weights into probabilities.

    Args:
        weights: log2 odds, in bits; any shape.

    Returns:
        an array of the same shape.

    Example:
        >>> probabilities_of_weights(np.array([-1.0, 0.0, 1000.0])).round(4).tolist()
        [0.3333, 0.5, 1.0]
    """
    bounded = np.clip(weights, -1000.0, 1000.0)
    return np.asarray(1.0 / (1.0 + np.exp2(-bounded)), dtype=np.float64)
