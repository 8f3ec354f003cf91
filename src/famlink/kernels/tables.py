"""The tables the comparison kernel reads: records, comparisons and bounds as arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Values(NamedTuple):
    """Records as numbers. A value's id is its column's base plus its code.

    Args:
        codes: record x column: code of the value, -1 missing; in a list column the code of a lone element, and -2 - place
            where ``elements`` holds several.
        shapes: value id -> which letters it has: bit (code point mod 64); and place of its first letter, how many it has
            (from bit 40), and whether names are related to it (bit 63): together, so that one look finds all.
        letters: code points of every value.
        numbers: value id -> number, or date as yyyymmdd (month or day 0 where unknown).
        days: value id -> day number of a date; empty where no feature counts days.
        related_starts: value id -> first related value.
        related: value ids related to each (nicknames), sorted within each.
        elements: of each list of several: how many, then their codes, sorted.
    """

    codes: np.ndarray
    shapes: np.ndarray
    letters: np.ndarray
    numbers: np.ndarray
    days: np.ndarray
    related_starts: np.ndarray
    related: np.ndarray
    elements: np.ndarray


class Program(NamedTuple):
    """Comparisons as numbers.

    A comparison's level is looked up by the digits of its features (grade + 1), in mixed radix: no condition is worked out
    a second time.

    Args:
        features: one row a feature: operation, then the columns named above.
        digits: feature x state of its two values (see :mod:`famlink.kernels.states`): its digit as far as that tells.
        floors: feature -> Jaro similarity below which its grade is 0; -1 for a feature that is not of that kind.
        cuts: thresholds of all features.
        same: columns of ``codes`` that are compared with themselves: they come first.
        crossed: left and right column of features that compare two different ones.
        comparisons: first and last-but-one part, first place in ``levels``.
        order: comparisons, those whose levels cost least to work out first.
        parts: feature, and what its digit is multiplied by.
        levels: level of each combination of digits, or :data:`famlink.kernels.states.OPEN`.
        memo: grades met before: left code, right code, grade + 1 in one word; 0 empty.
    """

    features: np.ndarray
    digits: np.ndarray
    floors: np.ndarray
    cuts: np.ndarray
    same: int
    crossed: np.ndarray
    comparisons: np.ndarray
    order: np.ndarray
    parts: np.ndarray
    levels: np.ndarray
    memo: np.ndarray


class Bounds(NamedTuple):
    """What a pair can weigh at most, so that most pairs need no look at their letters.

    Args:
        most: combination of digits -> most bits against strangers.
        share: combination -> how far the value's frequency replaces the average, at most.
        average: combination -> log2 of the average it replaces, at most.
        rare: comparisons whose value's frequency counts.
        columns: comparison -> column of ``codes`` that holds the value, -1 for none.
        bases: comparison -> first place of its values in ``frequencies``.
        frequencies: log2 of how often each value occurs, as a share.
        least: stratum -> bits below which a pair is left out; empty: none is.
    """

    most: np.ndarray
    share: np.ndarray
    average: np.ndarray
    rare: np.ndarray
    columns: np.ndarray
    bases: np.ndarray
    frequencies: np.ndarray
    least: np.ndarray


class Seen(NamedTuple):
    """What follows from which values are equal, for states met before: one thread's own.

    Args:
        filled: whether there is one.
        states: the state, in words.
        most: bits of its combinations in all, at most.
        places: comparison -> its combination.
        levels: comparison -> the level of that.
    """

    filled: np.ndarray
    states: np.ndarray
    most: np.ndarray
    places: np.ndarray
    levels: np.ndarray


class Look(NamedTuple):
    """What is known of some pairs, one row each.

    Args:
        states: the state, in words.
        levels: comparison -> level, or :data:`famlink.kernels.states.OPEN`.
        strata: 0 across agencies, 1 + the agency's code within one, more where one awaits a birth and the other gives one.
        most: bits at most; no rows where there are no bounds.
        least: bits below which the pair is left out; no rows where there are no bounds.
    """

    states: np.ndarray
    levels: np.ndarray
    strata: np.ndarray
    most: np.ndarray
    least: np.ndarray
