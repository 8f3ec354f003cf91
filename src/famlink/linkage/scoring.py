"""Comparison levels to match weights: a model as numbers for the scoring kernel, and the sum that explains one pair."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.dated import gap_told
from famlink.linkage.encoding import Encoded, shares
from famlink.linkage.model import KIN, Comparison, Feature, Frequencies, Model, Stratum
from famlink.linkage.namegroups import group_shares, one_sex
from famlink.linkage.places import apart

if TYPE_CHECKING:
    from famlink.kernels.scoring import Together, Weights

Rows = NDArray[np.int32]
Levels = NDArray[np.int8]
Floats = NDArray[np.float64]

USUAL = 100.0
"""Records the usual share of a value counts for beside the records that have it."""
LEAST = 1e-9
"""No probability of a model is taken to be less: a level never seen is rare, not impossible."""


def class_probabilities(comparison: Comparison) -> Floats:
    """Level x class: the probability of each level for strangers, then for each kin class.

    Args:
        comparison: one of a model's.

    Returns:
        an array of shape (levels, 1 + kin classes), no cell below :data:`LEAST`.
    """
    rows = [[level.u, *(level.k or (level.u,) * len(KIN))] for level in comparison.levels]
    return np.maximum(np.array(rows, dtype=np.float64), LEAST)


def prior_bits(stratum: Stratum) -> Floats:
    """For each class, log2 of its prior over the match prior.

    Args:
        stratum: priors of one kind of pair.

    Returns:
        one number a class: strangers, then each kin class.
    """
    match = min(max(stratum.match, 1e-15), 1.0 - 1e-9)
    kin = np.minimum(np.array(stratum.kin, dtype=np.float64), 0.25)
    strangers = max(1.0 - match - float(kin.sum()), 1e-9)
    return np.asarray(np.log2(np.maximum(np.concatenate([[strangers], kin]), 1e-300) / match), dtype=np.float64)


def weights_of(model: Model, encoded: Encoded) -> Weights:
    """Turn a model into the tables the scoring kernel reads.

    Args:
        model: trained.
        encoded: the records it will score.

    Returns:
        the tables.
    """
    from famlink.kernels.scoring import Weights

    classes = 1 + len(KIN)
    offsets: list[int] = []
    bits: list[Floats] = []
    average: list[float] = []
    share: list[float] = []
    columns: list[int] = []
    bases: list[int] = []
    found: list[Floats] = []
    adjusts = np.zeros((len(model.comparisons), classes), dtype=np.bool_)
    size = 0
    for place, comparison in enumerate(model.comparisons):
        offsets.append(len(share))
        others = class_probabilities(comparison)
        m = np.maximum(np.array([level.m for level in comparison.levels]), LEAST)
        bits += [np.zeros((1, classes)), np.log2(m[:, None] / others)]
        average += [1.0, *others[:, 0].tolist()]
        share += [0.0, *(level.frequency for level in comparison.levels)]
        field = comparison.frequency_field
        there = field is not None and field in encoded.columns
        columns.append(encoded.columns[field] if there and field else -1)
        bases.append(size)
        if there and field:
            known = model.frequencies.get(field, Frequencies(0))
            usual = max((level.u for level in comparison.levels if level.frequency == 1.0), default=LEAST)
            # In a small hub every value looks common: the usual share counts as a hundred records beside its own.
            own = shares(encoded, field, known) * known.total + USUAL * usual
            own = np.maximum(own / (known.total + USUAL), LEAST)
            found.append(np.maximum(own, comparison.frequency_minimum))
            size += len(own)
            adjusts[place, 0] = True
            for kin in comparison.frequency_classes:
                adjusts[place, 1 + KIN.index(kin)] = True
    return Weights(
        offsets=np.array(offsets, dtype=np.int64),
        bits=np.concatenate(bits) if bits else np.zeros((0, classes)),
        average=np.array(average, dtype=np.float64),
        share=np.array(share, dtype=np.float64),
        columns=np.array(columns, dtype=np.int64),
        bases=np.array(bases, dtype=np.int64),
        frequencies=np.concatenate(found) if found else np.ones(1),
        adjusts=adjusts,
        priors=np.stack([prior_bits(stratum) for stratum in model.strata(encoded.agencies)]),
    )


def together_of(model: Model, encoded: Encoded) -> Together | None:
    """Turn what a model knows of names that go together into the tables the kernel reads.

    Args:
        model: trained.
        encoded: the records it will score.

    Returns:
        the tables; None where the model knows nothing of it, or the records have no such names.
    """
    from famlink.kernels.scoring import Together

    places = {comparison.name: place for place, comparison in enumerate(model.comparisons)}
    if model.names is None or not {"forename", "surname"} <= set(places) & set(encoded.columns):
        return None
    told = np.zeros(len(encoded.dictionaries["forename"]))
    if "sex" in places:
        usual = max(model.comparisons[places["sex"]].levels[-1].u, LEAST)
        told = np.log2(np.maximum(one_sex(encoded, model.names, usual=usual) / usual, 1.0))
    return Together(
        forename=places["forename"],
        surname=places["surname"],
        sex=places.get("sex", -1),
        groups_forename=group_shares(encoded, "forename", model.names),
        groups_surname=group_shares(encoded, "surname", model.names),
        told=told,
    )


def expected_bits(
    left: Rows, right: Rows, levels: Levels, *, encoded: Encoded, weights: Weights, together: Together | None
) -> Floats:
    """The bits that each pair's agreements are worth less against strangers, because they go together."""
    from famlink.kernels.scoring import together_bits

    out = np.zeros(len(left))
    if together is not None:
        together_bits(left, right, levels, encoded.values.codes, weights, together, out)
    return out


def score(
    left: Rows,
    right: Rows,
    levels: Levels,
    strata: NDArray[np.int16],
    *,
    encoded: Encoded,
    weights: Weights,
    together: Together | None = None,
) -> Floats:
    """Weigh compared pairs.

    Args:
        left: row of each left record.
        right: row of each right record.
        levels: pair x comparison.
        strata: stratum of each pair.
        encoded: the records.
        weights: from :func:`weights_of`.
        together: from :func:`together_of`; None: names are taken to be independent.

    Returns:
        pair x (match weight, unadjusted weight), in bits.

    Source: Fellegi and Sunter (1969); the sum over classes is the denominator of Bayes' rule.
    """
    from famlink.kernels.scoring import score_pairs

    out = np.empty((len(left), 2), dtype=np.float64)
    expected = expected_bits(left, right, levels, encoded=encoded, weights=weights, together=together)
    score_pairs(left, right, levels, encoded.values.codes, strata, weights, expected, out)
    return out


TOGETHER = "the two names (or a forename and the sex) go together, so that both agree by chance more often than each alone says"

BIRTH = " of an unborn child's record and a born child's"


@dataclass(frozen=True)
class Bar:
    """One part of an explanation.

    Args:
        field: the comparison, ``prior``, or ``kin``.
        origin: person, family, relation, constraint or prior.
        bits: what it adds to the match weight.
        sentence: the same in words.
    """

    field: str
    origin: str
    bits: float
    sentence: str


def bars_of(
    pair: tuple[int, int],
    levels: Sequence[int],
    *,
    model: Model,
    encoded: Encoded,
    weights: Weights,
    stratum: int,
    together: Together | None = None,
) -> list[Bar]:
    """Take one pair's match weight apart: the bars sum to it.

    Args:
        pair: rows of the left and right record.
        levels: its comparison levels.
        model: trained.
        encoded: the records.
        weights: from :func:`weights_of`.
        stratum: of the pair.
        together: from :func:`together_of`; None: names are taken to be independent.

    Returns:
        the prior, a bar a comparison, what names that go together take off, and what the kin classes take off.
    """
    classes = weights.bits.shape[1]
    totals = np.zeros(classes)
    bars = [Bar("prior", "prior", -float(weights.priors[stratum, 0]), _prior_words(model, encoded, stratum))]
    for place, (comparison, level) in enumerate(zip(model.comparisons, levels, strict=True)):
        if level < 0:
            bars.append(Bar(comparison.name, comparison.origin, 0.0, "not recorded on both sides: no evidence"))
            continue
        row = int(weights.offsets[place]) + level + 1
        parts = weights.bits[row].copy()
        told = comparison.levels[level].label
        if comparison.features and comparison.features[0].op == "distance":
            told = _measured(told, comparison.features[0], pair, encoded)
        if level in comparison.fading:
            told = gap_told(told, _days_between(comparison, level, pair, encoded))
        if weights.share[row] > 0.0 and weights.columns[place] >= 0:
            codes = encoded.values.codes[list(pair), weights.columns[place]]
            if codes.min() >= 0:
                common = float(weights.frequencies[weights.bases[place] + codes].max())
                rarer = float(weights.share[row]) * math.log2(float(weights.average[row]) / common)
                parts += np.where(weights.adjusts[place], rarer, 0.0)
                told += f", a value about one record in {max(1, round(1 / common)):,} has"
        totals += parts
        bars.append(Bar(comparison.name, comparison.origin, float(parts[0]), told))
    left, right = (np.array([row], dtype=np.int32) for row in pair)
    shown = np.array([levels], dtype=np.int8)
    expected = float(expected_bits(left, right, shown, encoded=encoded, weights=weights, together=together)[0])
    if expected > 0.0:
        totals[0] -= expected
        bars.append(Bar("names", "person", -expected, TOGETHER))
    log_odds = weights.priors[stratum] - totals
    top = float(log_odds.max())
    weight = -(top + math.log2(float(np.exp2(log_odds - top).sum())))
    plain = -float(log_odds[0])
    kin = float(np.argmax(log_odds[1:])) if classes > 1 else 0.0
    words = f"what relatives share too (most like a {KIN[int(kin)]}) counts less"
    bars.append(Bar("kin", "family", weight - plain, words))
    clipped = max(-60.0, min(60.0, weight))
    if clipped != weight:
        bars.append(Bar("limit", "constraint", clipped - weight, "weights are kept within 60 bits either way"))
    return bars


def _measured(label: str, gap: Feature, pair: tuple[int, int], encoded: Encoded) -> str:
    """A level's words with the distance that was measured."""
    left, right = (float(encoded.dictionaries[gap.left][int(encoded.codes(gap.left)[row])]) for row in pair)
    return f"{label} ({apart(left, right):.2g} km apart)"


def _days_between(comparison: Comparison, level: int, pair: tuple[int, int], encoded: Encoded) -> float:
    """Days between the dates a dated level was found by."""
    gap = comparison.features[comparison.levels[level].when[0][0].feature]
    left, right = (
        float(encoded.dictionaries[name][int(encoded.codes(name)[row])])
        for name, row in zip((gap.left, gap.right), pair, strict=True)
    )
    return abs(left - right)


def _prior_words(model: Model, encoded: Encoded, stratum: int) -> str:
    share = model.strata(encoded.agencies)[stratum].match
    odds = f"one in {max(1, round(1 / max(share, 1e-15))):,} is one person"
    if stratum == 0:
        return f"of pairs of two agencies {odds}"
    number = len(encoded.agencies)
    agency = encoded.agencies[(stratum - 1) % number]
    birth = stratum > number and agency in model.births
    return f"of pairs inside {agency}{BIRTH if birth else ''} {odds}"
