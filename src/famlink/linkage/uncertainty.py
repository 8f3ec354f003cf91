"""How sure the learnt numbers are: bootstrap intervals from counts of agreement patterns, and what to be told of them.

Counts are resampled, not pairs: each pattern's count is drawn from the Poisson distribution of its size, which is what
drawing that many pairs again comes to. EM goes on for a few rounds from where it ended, for all resamples at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.estimation import (
    LEAST,
    PSEUDO_LABELS,
    PSEUDO_M,
    Counted,
    Floats,
    held,
    histogram,
    log_likelihood,
    normalised,
    pooled,
    smoothed,
    smoothed_rare,
    stranger_weights,
)
from famlink.linkage.model import KIN, Comparison, Interval, Model

RESAMPLES = 100
STEPS = 3
"""EM rounds of a resample, begun where EM over the true counts ended."""
HEAVIEST = 1_000
"""Patterns with the most matches that are resampled one by one; the few matches of the rest are drawn by level."""
BOUNDS = (0.025, 0.975)
UNSEEN = 0.5
"""Estimated pairs below which a level counts as not seen."""
WIDE = 2.0
"""Bits between the bounds of a weight above which it is called unstable: a factor of four."""


@dataclass(frozen=True)
class Taught:
    """What a model was taught by.

    Args:
        drawn: patterns of random pairs.
        trained: for each training rule the comparisons it cannot teach, and the patterns of its pairs.
        labelled: patterns of pairs judged to be one person; None: no labels.
        most: pairs of one rule that were looked at; larger counts are scaled up from so many.
    """

    drawn: Counted
    trained: Sequence[tuple[frozenset[str], Counted]]
    labelled: Counted | None = None
    most: int = 500_000


def with_intervals(model: Model, taught: Taught, *, base: Model, seed: int) -> Model:
    """Bound every learnt m, u and weight.

    Args:
        model: learnt.
        taught: the counts it was learnt from.
        base: the model as shipped, which smooths.
        seed: of the resampling.

    Returns:
        the model with :attr:`Model.intervals`; a pair of records is taken to be drawn alone, though one record is in many
        pairs, so that the bounds are rather too close.

    Source: Efron and Tibshirani (1993), percentile intervals; Poisson weights after Hanley and MacGibbon (2006).
    """
    random = np.random.default_rng(seed)
    strangers = stranger_weights(model, taught.drawn)
    u = [
        _resampled_u(model.comparisons[place], base.comparisons[place], place, taught.drawn, strangers, random)
        for place in range(len(model.comparisons))
    ]
    found: list[list[Floats]] = [[] for _ in model.comparisons]
    for silent, counted in taught.trained:
        places = [n for n, c in enumerate(model.comparisons) if c.name not in silent]
        if counted.counts.sum() and len(places) > 1:
            scale = min(1.0, taught.most / float(counted.counts.sum()))
            for place, some in zip(places, _resampled_em(model, base, counted, places, scale, random), strict=True):
                found[place].append(some)
    intervals = {}
    for place, comparison in enumerate(model.comparisons):
        labels = _resampled_labels(comparison, place, taught.labelled, random)
        m = _resampled_m(comparison, base.comparisons[place], found[place], labels)
        matches = np.max([some[0] for some in found[place]] or [np.zeros(len(comparison.levels))], axis=0) + labels[0]
        seen = histogram(taught.drawn.levels[:, place], taught.drawn.counts * strangers, len(comparison.levels))
        intervals[comparison.name] = tuple(_bounded(comparison, m, u[place], matches, seen))
    return replace(model, intervals=intervals)


def warnings_of(model: Model) -> tuple[str, ...]:
    """Name the levels whose numbers rest on too little.

    Args:
        model: with intervals; one without gives nothing.

    Returns:
        one sentence for each comparison and what is wrong with some of its levels.

    Example:
        >>> from famlink.linkage.model import Level, Rule, Stratum
        >>> sex = Comparison("sex", "person", (), (), (Level("sexes differ"), Level("sexes agree")))
        >>> sure = Interval((0.9, 0.99), (0.4, 0.6), (0.6, 1.3), 900.0, 5000.0)
        >>> unsure = Interval((0.01, 0.2), (0.4, 0.6), (-5.9, -1.0), 3.0, 5000.0)
        >>> warnings_of(Model((sex,), (), Stratum(0.1), intervals={"sex": (unsure, sure)}))
        ('sex: the weight is unstable (wider than 2 bits) where sexes differ',)
    """
    return tuple(sentence for comparison in model.comparisons for sentence in _warned(comparison, model))


def _warned(comparison: Comparison, model: Model) -> Iterator[str]:
    some = model.intervals.get(comparison.name)
    if some is None:
        return
    # A level for pairs of which one has no date is not learnt by itself.
    both = list(zip(comparison.levels, some, strict=True))[1 if comparison.fading else 0 :]
    name = comparison.name.removeprefix("extra.")
    no_match = [lv.label for lv, i in both if i.matches < UNSEEN and "m" not in lv.fixed]
    if len(no_match) == len(both):
        yield f"{name}: no rule saw a pair of one person that has it on both sides; its m is the shipped one"
        return
    if no_match:
        yield f"{name}: no pair of one person was seen where {_listed(no_match)}; m leans on the shipped one"
    no_stranger = [lv.label for lv, i in both if i.strangers < UNSEEN and i.matches >= UNSEEN and "u" not in lv.fixed]
    if no_stranger:
        yield f"{name}: no random pair of strangers was seen where {_listed(no_stranger)}; u leans on the shipped one"
    wide = [lv.label for lv, i in both if i.matches >= UNSEEN and i.weight[1] - i.weight[0] > WIDE]
    if wide:
        yield f"{name}: the weight is unstable (wider than {WIDE:g} bits) where {_listed(wide)}"


def _listed(labels: Sequence[str]) -> str:
    return "; ".join(labels)


def _resampled_u(
    comparison: Comparison,
    first: Comparison,
    place: int,
    drawn: Counted,
    strangers: Floats,
    random: np.random.Generator,
) -> Floats:
    """Resample (the true counts first) x level: u."""
    levels, mass = drawn.levels[:, place], drawn.counts.astype(np.float64)
    size = len(comparison.levels)
    counts = _drawn_by_level(
        histogram(levels, mass * strangers, size), histogram(levels, mass * strangers**2, size), random
    )
    shipped = np.array([level.u for level in first.levels])
    return held(smoothed_rare(counts, shipped), comparison, "u")


def _resampled_m(comparison: Comparison, first: Comparison, found: Sequence[Floats], labels: Floats) -> Floats:
    """Resample x level: m of what the rules and the labels say together."""
    shipped = np.array([level.m for level in first.levels])
    known = pooled(found) if found else np.zeros(labels.shape)
    m = smoothed(known, shipped, PSEUDO_M)
    if labels.any():
        m = smoothed(labels, m, PSEUDO_LABELS)
    return held(m, comparison, "m")


def _resampled_labels(
    comparison: Comparison, place: int, labelled: Counted | None, random: np.random.Generator
) -> Floats:
    size = len(comparison.levels)
    if labelled is None:
        return np.zeros((RESAMPLES + 1, size))
    counts = histogram(labelled.levels[:, place], labelled.counts.astype(np.float64), size)
    return _drawn_by_level(counts, counts, random)


def _drawn_by_level(mean: Floats, spread: Floats, random: np.random.Generator) -> Floats:
    """Resample x level: a Poisson sum of weighed counts, by its mean and variance; the mean itself first."""
    unit = np.where(mean > 0.0, spread / np.maximum(mean, 1e-300), 1.0)
    drawn = random.poisson(mean / np.maximum(unit, 1e-300), (RESAMPLES, len(mean))) * unit
    return np.concatenate([mean[None, :], drawn])


def _resampled_em(
    model: Model, base: Model, counted: Counted, places: Sequence[int], scale: float, random: np.random.Generator
) -> list[Floats]:
    """For each open comparison, resample x level: matches expected at the level."""
    likelihood = log_likelihood(model, counted.levels, places)
    mass = counted.counts.astype(np.float64)
    mix = _mix(likelihood, mass)
    match = normalised(np.log(np.maximum(mix, 1e-12)) + likelihood)[:, 0]
    order = np.argsort(-(mass * match), kind="stable")
    heavy, rest = np.sort(order[:HEAVIEST]), order[HEAVIEST:]
    light = [
        _drawn_by_level(
            histogram(counted.levels[rest, p], mass[rest] * match[rest], len(model.comparisons[p].levels)),
            histogram(counted.levels[rest, p], mass[rest] * match[rest] ** 2 / scale, len(model.comparisons[p].levels)),
            random,
        )
        for p in places
    ]
    counts = np.concatenate([mass[None, heavy], random.poisson(mass[heavy] * scale, (RESAMPLES, len(heavy))) / scale])
    rivals = (np.exp(likelihood[heavy, 1:]) * np.maximum(mix[1:], 1e-12)).sum(axis=1)
    others = np.log(np.maximum(rivals, 1e-300)) - np.log(max(float(mix[0]), 1e-12))
    sorts = [_by_level(counted.levels[heavy, p]) for p in places]
    posterior = np.broadcast_to(match[heavy], counts.shape)
    expected: list[Floats] = []
    for step in range(STEPS):
        if step:
            total = np.zeros(counts.shape)
            for place, some in zip(places, expected, strict=True):
                total += _log_m(some, model.comparisons[place], base.comparisons[place])[
                    :, counted.levels[heavy, place]
                ]
            posterior = 1.0 / (1.0 + np.exp(np.minimum(others - total, 700.0)))
        weighed = counts * posterior
        expected = [
            _summed(weighed, by, len(model.comparisons[p].levels)) + few
            for p, by, few in zip(places, sorts, light, strict=True)
        ]
    return expected


def _mix(likelihood: Floats, mass: Floats) -> Floats:
    """Shares of the classes among a rule's pairs, the levels' probabilities held."""
    mix = np.array([0.3, 0.5, *([0.2 / len(KIN)] * len(KIN))])
    for _ in range(20):
        mix = (normalised(np.log(np.maximum(mix, 1e-12)) + likelihood) * mass[:, None]).sum(axis=0) / mass.sum()
    return np.asarray(mix, dtype=np.float64)


def _log_m(expected: Floats, comparison: Comparison, first: Comparison) -> Floats:
    """Resample x level (and one more column, which -1 reaches): log of m."""
    shipped = np.array([level.m for level in first.levels])
    rows = held(smoothed(expected, shipped, PSEUDO_M), comparison, "m")
    return np.concatenate([np.log(np.maximum(rows, LEAST)), np.zeros((len(rows), 1))], axis=1)


def _by_level(levels: NDArray[np.int8]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Patterns in order of level, where each level begins, and which level it is; missing ones left out."""
    order = np.argsort(levels, kind="stable")
    order = order[int(np.sum(levels < 0)) :]
    present, starts = np.unique(levels[order], return_index=True)
    return order, starts, present.astype(np.int64)


def _summed(weighed: Floats, by: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], size: int) -> Floats:
    order, starts, present = by
    out = np.zeros((len(weighed), size))
    if len(order):
        out[:, present] = np.add.reduceat(weighed[:, order], starts, axis=1)
    return out


def _bounded(comparison: Comparison, m: Floats, u: Floats, matches: Floats, strangers: Floats) -> Iterator[Interval]:
    """Bounds about the model's own numbers, by how far resamples stray from the true counts."""
    m, u = np.maximum(m, LEAST), np.maximum(u, LEAST)
    if comparison.fading:
        differ = [0, *comparison.fading]
        m[:, 0] = u[:, 0] * m[:, differ].sum(axis=1) / u[:, differ].sum(axis=1)
    for place, level in enumerate(comparison.levels):
        of_m, of_u = (np.quantile(some[1:, place] / some[0, place], BOUNDS) for some in (m, u))
        bits = np.log2(m[:, place] / u[:, place])
        of_weight = np.quantile(bits[1:] - bits[0], BOUNDS) + np.log2(max(level.m, LEAST) / max(level.u, LEAST))
        yield Interval(
            m=(_short(min(level.m * of_m[0], 1.0)), _short(min(level.m * of_m[1], 1.0))),
            u=(_short(min(level.u * of_u[0], 1.0)), _short(min(level.u * of_u[1], 1.0))),
            weight=(_short(of_weight[0]), _short(of_weight[1])),
            matches=_short(matches[place]),
            strangers=_short(strangers[place]),
        )


def _short(value: float) -> float:
    """Six digits are more than resampling can know, and keep model.json small."""
    return float(f"{value:.6g}")
