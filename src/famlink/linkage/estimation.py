"""Learning a model from counts of agreement patterns: u from random pairs, kin from ties, m by EM, priors.

Everything here works on distinct patterns with their counts, a few thousand rows, so that it costs milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.model import KIN, Comparison, Model, Stratum

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Levels = NDArray[np.int8]

ROUNDS = 60
TOLERANCE = 1e-5
PSEUDO_M = 4.0
"""Pairs the shipped m counts for, so that no level sticks at zero."""
PSEUDO_LABELS = 20.0
"""Judged pairs that the m learnt without them counts for."""
PSEUDO_KIN = 20.0
LEAST = 1e-9
RELATIVES = (1.1, 0.03, 1.3, 0.4)
"""Relatives a person where no source states a tie: siblings, twins, parents or children, partners (England, 2021 Census:
1.7 dependent children a family; twins 3% of births)."""
TWINS = 0.02
"""Share of sibling pairs that are twins, before any is known."""
BORN_SINCE = 0.5
"""Share of the records of children awaited whose agency has the child once more, born, before any is known."""
PSEUDO_POOL = 4.0
"""Records of children awaited, of all agencies, that this share counts for."""
PSEUDO_BIRTHS = 20.0
"""Records of children awaited, of one agency, that what all agencies say counts for."""


@dataclass(frozen=True)
class Counted:
    """Agreement patterns with their counts.

    Args:
        levels: pattern x comparison, -1 missing.
        strata: stratum of each pattern: 0 across agencies, 1 + agency within; further on of a birth awaited and one known.
        counts: pairs of each pattern.
    """

    levels: Levels
    strata: Ints
    counts: Ints


UNBORN_KIN = np.array([name != "partner" for name in KIN], dtype=np.float64)
"""Kin classes that a child awaited has."""


def learn_u(model: Model, random: Counted, *, weights: Floats | None = None, base: Model | None = None) -> Model:
    """Learn u from random pairs.

    Args:
        model: whose u is replaced.
        random: patterns of random pairs.
        weights: for each pattern the probability that its pairs are strangers; None: all are.
        base: the model as shipped, whose u smooths; None: ``model`` is.

    Returns:
        the model with u learnt, each level smoothed by the shipped u as one pair that shows it.
    """
    mass = random.counts.astype(np.float64)
    if weights is not None:
        mass = mass * weights
    done = []
    for place, (comparison, first) in enumerate(zip(model.comparisons, (base or model).comparisons, strict=True)):
        shipped = np.array([level.u for level in first.levels])
        counted = histogram(random.levels[:, place], mass, len(shipped))
        done.append(_with_u(comparison, smoothed_rare(counted, shipped)))
    return replace(model, comparisons=tuple(done))


def stranger_weights(model: Model, counted: Counted) -> Floats:
    """For each pattern the probability that its pairs are strangers, by the model as it stands."""
    return _posteriors(model, counted)[:, 1]


def learn_kin(model: Model, stated: dict[str, Counted]) -> Model:
    """Learn the kin probabilities from pairs that one agency says are relatives.

    Levels learnt inside one agency are too high across agencies, where the two records are written by different people:
    the share of exact agreement is composed with the share of one person's records that agree (m).

    Args:
        model: whose k is replaced.
        stated: kin class -> patterns of pairs inside an agency.

    Returns:
        the model with k learnt, smoothed by the shipped k as twenty pairs.
    """
    done = []
    for place, comparison in enumerate(model.comparisons):
        size = len(comparison.levels)
        k = np.array([level.k or (level.u,) * len(KIN) for level in comparison.levels], dtype=np.float64)
        m = np.array([level.m for level in comparison.levels])
        for number, name in enumerate(KIN):
            if name not in stated or not stated[name].counts.sum():
                continue
            counted = histogram(stated[name].levels[:, place], stated[name].counts.astype(np.float64), size)
            inside = smoothed(counted, k[:, number], PSEUDO_KIN)
            k[:, number] = _across(inside, m)
        levels = (replace(level, k=tuple(map(float, row))) for level, row in zip(comparison.levels, k, strict=True))
        done.append(replace(comparison, levels=tuple(levels)))
    return replace(model, comparisons=tuple(done))


def learn_m(model: Model, trained: Sequence[tuple[frozenset[str], Counted]], *, base: Model | None = None) -> Model:
    """Learn m by EM, once for each training rule, and pool what the rules say.

    A rule teaches nothing about the comparisons of its own fields: its pairs agree on them by construction.

    Args:
        model: where EM starts; its u and k are held.
        trained: for each training rule the comparisons it cannot teach, and the patterns of its pairs.
        base: the model as shipped, whose m smooths; None: ``model`` is.

    Returns:
        the model with m learnt; a comparison no rule could teach keeps the m it had.

    Source: Dempster, Laird and Rubin (1977); Winkler (1988) for linkage.
    """
    shipped = [np.array([level.m for level in first.levels]) for first in (base or model).comparisons]
    taught: list[list[Floats]] = [[] for _ in model.comparisons]
    for silent, counted in trained:
        if not counted.counts.sum():
            continue
        open_places = [n for n, c in enumerate(model.comparisons) if c.name not in silent]
        if len(open_places) < 2:
            continue
        for place, expected in zip(open_places, _em(model, counted, open_places, shipped), strict=True):
            taught[place].append(expected)
    done = []
    for comparison, found, first in zip(model.comparisons, taught, shipped, strict=True):
        if not found:
            done.append(comparison)
            continue
        done.append(_with_m(comparison, smoothed(pooled(found), first, PSEUDO_M)))
    return replace(model, comparisons=tuple(done))


def learn_priors(
    model: Model,
    blocked: Counted,
    *,
    pairs: Sequence[float],
    observed: Sequence[float] | None = None,
    relatives: Floats,
    agencies: tuple[str, ...],
    awaiting: Floats | None = None,
) -> Model:
    """Learn how common matches are, across agencies and inside each, and kin with them.

    Pairs of one agency of which one record awaits a birth and the other gives one are of a stratum of their own: an agency
    has hardly anybody twice, but a child it awaited is recorded again when it is born. What is learnt of them is the share
    of the children awaited that are: it rests on few records, so that an agency's own is drawn towards that of all agencies.

    Args:
        model: with m, u and k learnt.
        blocked: patterns of the pairs the blocking rules give, of those that tell enough to be sure of.
        pairs: for each stratum, how many pairs of records there are in all; the strata of births follow the others, where
            records await any.
        observed: for each stratum, how many of them tell enough to be sure of; None: all.
        relatives: relatives a person, by kin class.
        agencies: in stratum order.
        awaiting: for each agency how many of its records await a birth; None: none do.

    Returns:
        the model with its priors.
    """
    waiting = np.zeros(len(agencies)) if awaiting is None else awaiting
    plain = 1 + len(agencies)
    records = _records(pairs)
    match = np.array([min(0.5, max(1.0 / max(records, 2.0), 1e-9))] * len(pairs))
    every = np.maximum(np.array(pairs, dtype=np.float64), 1.0)
    total = every if observed is None else np.maximum(np.array(observed, dtype=np.float64), 1.0)
    # A stratum of which hardly any pair tells enough takes the rate of the others of its kind.
    known = total >= 0.05 * every
    some = np.array(pairs) > 0.0
    for _ in range(ROUNDS):
        kin = _kin_priors(match, every, records, relatives)
        model = replace(
            model,
            across=Stratum(float(match[0]), _tuple(kin[0])),
            within={agency: Stratum(float(match[n]), _tuple(kin[n])) for n, agency in enumerate(agencies, start=1)},
            births={
                agency: Stratum(float(match[n]), _tuple(kin[n] * UNBORN_KIN))
                for n, agency in enumerate(agencies, start=plain)
                if n < len(pairs) and some[n]
            },
        )
        posterior = _posteriors(model, blocked, agencies=agencies)[:, 0] * blocked.counts
        found = np.bincount(blocked.strata, weights=posterior, minlength=len(pairs))[: len(pairs)]
        # Half a pair in each stratum: a prior of exactly nothing could never be overruled by evidence.
        fresh = np.where(some, np.clip((found + 0.5) / (total + 1.0), 1e-9, 0.5), 1e-9)
        inside = known & (np.arange(len(pairs)) < plain)
        inside[0] = False
        pooled = float(found[inside].sum() / total[inside].sum()) if inside.any() else float(fresh[0])
        unknown = ~known & some
        unknown[0] = False
        fresh[unknown] = np.clip(pooled, 1e-9, 0.5)
        fresh[plain:] = _births(found[plain:].astype(np.float64), every[plain:], waiting, some[plain:])
        if np.all(np.abs(np.log(fresh / match)) < TOLERANCE):
            break
        match = fresh
    return model


def _births(found: Floats, every: Floats, awaiting: Floats, some: NDArray[np.bool_]) -> Floats:
    """For each agency the probability that a birth awaited and one known are one child's, from the matches found."""
    taught = awaiting[: len(found)] * some
    share = (found[some].sum() + PSEUDO_POOL * BORN_SINCE) / (taught.sum() + PSEUDO_POOL)
    born = (found + PSEUDO_BIRTHS * share) / (taught + PSEUDO_BIRTHS)
    return np.where(some, np.clip(born * taught / every, 1e-9, 0.5), 1e-9)


def _kin_priors(match: Floats, total: Floats, records: float, relatives: Floats) -> Floats:
    """Stratum x kin class: the probability that a pair is kin.

    The kin pairs of a hub are people times relatives times records a person squared, over two; they fall on the strata as
    all pairs do across agencies, and inside an agency by the agency's share of pairs. So they do where one record awaits a
    birth and the other gives one: a child awaited has the brothers, sisters and parents that others have, and a twin of
    which one record is still as it was before the birth is as rare among them. Only a partner it has none
    (:data:`UNBORN_KIN`).

    Source: lambda_K = lambda_M kbar rbar^2 / E[r(r-1)], written for pairs in all.
    """
    matches = float(np.sum(match * total))
    people = max(records - matches, records / 10.0, 1.0)
    each = records / people
    kin_pairs = people * relatives * each * each / 2.0
    share = total / max(total.sum(), 1.0)
    return np.minimum(np.outer(share, kin_pairs) / total[:, None], 0.2)


def _records(pairs: Sequence[float]) -> float:
    """How many records make this many pairs."""
    return (1.0 + float(np.sqrt(1.0 + 8.0 * sum(pairs)))) / 2.0


def _posteriors(model: Model, counted: Counted, *, agencies: tuple[str, ...] = ()) -> Floats:
    """Pattern x class (match, strangers, kin ...): the probability of each class."""
    strata = model.strata(agencies)
    prior = np.array([[s.match, max(1.0 - s.match - sum(s.kin), LEAST), *s.kin] for s in strata])
    log_prior = np.log(np.maximum(prior, 1e-300))[np.minimum(counted.strata, len(strata) - 1)]
    return normalised(log_prior + log_likelihood(model, counted.levels, range(len(model.comparisons))))


def log_likelihood(model: Model, levels: Levels, places: Sequence[int]) -> Floats:
    """Pattern x class: log probability of the levels, missing ones left out."""
    out = np.zeros((len(levels), 2 + len(KIN)))
    for place in places:
        out += _table(model.comparisons[place])[levels[:, place]]
    return out


def _table(comparison: Comparison) -> Floats:
    """Level x class: log probability; the last row, which -1 reaches, is missing."""
    rows = [[level.m, level.u, *(level.k or (level.u,) * len(KIN))] for level in comparison.levels]
    table = np.log(np.maximum(np.array(rows, dtype=np.float64), LEAST))
    return np.concatenate([table, np.zeros((1, table.shape[1]))])


def normalised(log: Floats) -> Floats:
    """Log weights of the classes of each pattern to shares that sum to one."""
    weights = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


def _em(model: Model, counted: Counted, places: Sequence[int], shipped: Sequence[Floats]) -> list[Floats]:
    """EM over one rule's patterns: the expected match counts of each level of each open comparison."""
    likelihood = log_likelihood(model, counted.levels, places)
    matched = likelihood[:, 0].copy()
    mix = np.array([0.3, 0.5, *([0.2 / len(KIN)] * len(KIN))])
    mass = counted.counts.astype(np.float64)
    expected: list[Floats] = []
    for _ in range(ROUNDS):
        likelihood[:, 0] = matched
        posterior = normalised(np.log(np.maximum(mix, 1e-12)) + likelihood)
        weighed = posterior * mass[:, None]
        fresh = weighed.sum(axis=0) / mass.sum()
        match = weighed[:, 0]
        expected = [histogram(counted.levels[:, p], match, len(model.comparisons[p].levels)) for p in places]
        matched = np.zeros(len(mass))
        for place, counts in zip(places, expected, strict=True):
            m = held(smoothed(counts, shipped[place], PSEUDO_M), model.comparisons[place], "m")
            table = np.append(np.log(np.maximum(m, LEAST)), 0.0)
            matched += table[counted.levels[:, place]]
        if np.max(np.abs(fresh - mix)) < TOLERANCE:
            break
        mix = fresh
    return expected


def _across(inside: Floats, m: Floats) -> Floats:
    """Compose what relatives share inside one agency with how one value differs between two agencies' records.

    Where relatives share the value, the other agency's version shows the levels of m; where they do not, theirs differ.
    """
    same = float(inside[-1])
    others = inside.copy()
    others[-1] = 0.0
    return np.asarray(np.maximum(same * m / m.sum() + others, LEAST), dtype=np.float64)


def pooled(found: Sequence[Floats]) -> Floats:
    """What several rules say of a comparison's levels, together.

    A rule with a hundred times the matches would otherwise silence the rest, and with them what it cannot see.
    """
    shares = (np.minimum(1.0, 2000.0 / np.maximum(some.sum(axis=-1, keepdims=True), 1e-9)) for some in found)
    return np.asarray(np.sum([some * share for some, share in zip(found, shares, strict=True)], axis=0))


def histogram(levels: Levels, mass: Floats, size: int) -> Floats:
    """How much mass falls on each level; missing ones are left out."""
    known = levels >= 0
    return np.bincount(levels[known], weights=mass[known], minlength=size).astype(np.float64)


def smoothed(counts: Floats, shipped: Floats, pseudo: float) -> Floats:
    """Shares of levels (the last axis), the shipped ones counting for some pairs."""
    base = np.maximum(shipped, LEAST)
    mixed = counts + pseudo * base / base.sum(axis=-1, keepdims=True)
    return np.asarray(mixed / mixed.sum(axis=-1, keepdims=True), dtype=np.float64)


def smoothed_rare(counts: Floats, shipped: Floats) -> Floats:
    """Shares of levels of which some are so rare that no pair may show them.

    A level that was never seen counts as seen once, in as many pairs more as its shipped share says that takes: it keeps
    that share until there were so many pairs that it should have been seen. Once seen, this falls away with the times it
    was: a shipped share that is far out does not stay.

    Args:
        counts: pairs at each level, the last axis.
        shipped: share of each level before anything is known.

    Returns:
        one share a level, none of them zero.

    Example:
        >>> smoothed_rare(np.array([1e6, 0.0]), np.array([1.0, 1e-6])).round(8).tolist()
        [0.9999995, 5e-07]

    Source: for a level never seen, the posterior mean of a Poisson rate with a gamma prior of shape one (Gelman et al.,
    2013).
    """
    base = np.maximum(shipped, LEAST) / max(float(shipped.sum()), LEAST)
    doubt = 1.0 / (1.0 + counts)
    shares = (counts + doubt) / (counts.sum(axis=-1, keepdims=True) + doubt / base)
    return np.asarray(shares / shares.sum(axis=-1, keepdims=True), dtype=np.float64)


def held(values: Floats, comparison: Comparison, which: str) -> Floats:
    """Put the fixed numbers of a comparison in their places; the others share what they leave.

    Args:
        values: m or u of each level (the last axis), learnt.
        comparison: its levels say what is fixed.
        which: ``m`` or ``u``.

    Returns:
        one number a level.

    Example:
        >>> from famlink.linkage.model import Level
        >>> levels = (Level("differ"), Level("alike"), Level("agree", m=0.8, fixed=("m",)))
        >>> held(np.array([0.2, 0.2, 0.6]), Comparison("sex", "person", (), (), levels), "m").round(6).tolist()
        [0.1, 0.1, 0.8]
    """
    fixed = np.array([which in level.fixed for level in comparison.levels])
    if not fixed.any():
        return values
    given = np.array([getattr(level, which) for level in comparison.levels], dtype=np.float64)
    rest = values[..., ~fixed].sum(axis=-1, keepdims=True)
    out = values * max(1.0 - float(given[fixed].sum()), 0.0) / np.maximum(rest, LEAST)
    out[..., fixed] = given[fixed]
    return np.asarray(out, dtype=np.float64)


def learn_m_from_labels(model: Model, labelled: Counted) -> Model:
    """Learn m from pairs that people judged to be one person.

    What the model holds already counts as twenty such pairs, so that a handful of labels only leans on it.

    Args:
        model: whose m is replaced.
        labelled: patterns of the pairs judged.

    Returns:
        the model; without labels as it was.
    """
    mass = labelled.counts.astype(np.float64)
    done = []
    for place, comparison in enumerate(model.comparisons):
        before = np.array([level.m for level in comparison.levels])
        counts = histogram(labelled.levels[:, place], mass, len(before))
        done.append(_with_m(comparison, smoothed(counts, before, PSEUDO_LABELS)) if counts.any() else comparison)
    return replace(model, comparisons=tuple(done))


def _with_m(comparison: Comparison, values: Floats) -> Comparison:
    pairs = zip(comparison.levels, held(values, comparison, "m"), strict=True)
    return replace(comparison, levels=tuple(replace(level, m=float(value)) for level, value in pairs))


def _with_u(comparison: Comparison, values: Floats) -> Comparison:
    pairs = zip(comparison.levels, held(values, comparison, "u"), strict=True)
    return replace(comparison, levels=tuple(replace(level, u=float(value)) for level, value in pairs))


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
