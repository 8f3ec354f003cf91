"""Dated evidence: an address, school or surname written down years apart says less where it differs.

Agreement counts in full. The level "differ" is split by how long apart the two records were last true, and the shares
of the parts are learnt like those of any level, so that the data say how much a disagreement fades.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.model import Comparison, Feature, Level, Model, Term

AS_OF = "as_of"
"""``field:as_of``: days since 1970 of the day the record's value of the field was last true."""

YEAR = 365.25
GAPS = (1.0, 5.0)
"""Years at which a disagreement starts to count less."""

_WORDS = ("over five years apart", "one to five years apart", "within a year")
_U = (0.3, 0.4, 0.3)
_M = (0.45, 0.35, 0.2)
"""Where learning starts: of pairs that differ, the parts over five years apart, one to five, and within one."""
_TOLD = ", recorded "


def dated(comparison: Comparison, field: str) -> Comparison:
    """Split a comparison's level 0 by how long apart the two values were last true.

    Args:
        comparison: whose level 0 says that the values differ.
        field: the field whose dates are read.

    Returns:
        the comparison; its level 0 is left for pairs of which one has no date.

    Example:
        >>> from famlink.linkage.library import agreement
        >>> made = dated(agreement("school", "school", "schools", origin="family"), "school")
        >>> [level.label for level in made.levels[:2]]
        ['schools differ, not dated on both sides', 'schools differ, recorded within a year']
        >>> made.fading
        (1, 2, 3)
    """
    place = len(comparison.features)
    gap = Feature("number", f"{field}:{AS_OF}", f"{field}:{AS_OF}", tuple(YEAR * years for years in GAPS))
    whole, rest = comparison.levels[0], comparison.levels[1:]
    parts = [replace(whole, label=f"{whole.label}, not dated on both sides", m=whole.m * 0.1, u=whole.u * 0.1)]
    parts[0] = replace(parts[0], k=tuple(value * 0.1 for value in whole.k))
    for grade in (2, 1, 0):
        m, u = 0.9 * _M[grade], 0.9 * _U[grade]
        parts.append(
            Level(
                f"{whole.label}{_TOLD}{_WORDS[grade]}",
                ((Term(place, (grade,)),),),
                m=whole.m * m,
                u=whole.u * u,
                k=tuple(value * u for value in whole.k),
            )
        )
    features = (*comparison.features, gap)
    return replace(comparison, features=features, levels=(*parts, *rest), fading=(1, 2, 3))


def gap_told(label: str, days: float) -> str:
    """Say how long apart two values that differ were recorded.

    Args:
        label: of the level.
        days: between the two.

    Returns:
        the label with the real gap.

    Example:
        >>> gap_told("addresses differ, recorded over five years apart", 2200)
        'addresses differ, recorded 6 years apart'
        >>> gap_told("addresses differ, recorded within a year", 100)
        'addresses differ, recorded within a year of each other'
    """
    said, years = label.partition(_TOLD)[0], days / YEAR
    if years <= 1.0:
        return f"{said}, recorded within a year of each other"
    whole = int(years)
    return f"{said}, recorded {whole} year{'' if whole == 1 else 's'} apart"


def straightened(model: Model) -> Model:
    """Let a disagreement never count more for being older, and let missing dates say nothing.

    Weights of the dated levels that fall where they should rise are pooled with their neighbours. A pair of which one
    has no date gets what disagreement weighs on the whole: records without dates are of another kind (people named in
    words), which would otherwise pass for evidence. The kin probabilities keep their sum and are spread as strangers'
    are: an agency writes a family down on one day, which would otherwise pass for evidence of kin.

    Args:
        model: m, u and k as learnt.

    Returns:
        the model; comparisons without dated levels, or with some of them fixed, are as they were.

    Source: pool adjacent violators, Ayer et al. (1955).
    """
    return replace(model, comparisons=tuple(_straight(c) if c.fading else c for c in model.comparisons))


def _straight(comparison: Comparison) -> Comparison:
    places = [0, *comparison.fading]
    some = [comparison.levels[place] for place in places]
    if any(level.fixed for level in some):
        return comparison
    m, u = np.array([level.m for level in some]), np.array([level.u for level in some])
    whole = float(m.sum() / u.sum())
    m[1:] *= whole * u[1:].sum() / m[1:].sum()
    m[0] = whole * u[0]
    pools: list[list[int]] = []
    for number in range(1, len(some)):
        pools.append([number])
        while len(pools) > 1 and _ratio(m, u, pools[-2]) > _ratio(m, u, pools[-1]):
            pools[-2:] = [pools[-2] + pools[-1]]
    for pool in pools:
        m[pool] = u[pool] * _ratio(m, u, pool)
    levels = list(comparison.levels)
    kin = np.array([level.k for level in some]) if all(level.k for level in some) else None
    spread = None if kin is None else np.outer(u / u.sum(), kin.sum(axis=0))
    for number, place in enumerate(places):
        k = levels[place].k if spread is None else tuple(map(float, spread[number]))
        levels[place] = replace(levels[place], m=float(m[number]), k=k)
    return replace(comparison, levels=tuple(levels))


def _ratio(m: NDArray[np.float64], u: NDArray[np.float64], pool: list[int]) -> float:
    return float(m[pool].sum() / u[pool].sum())
