"""Pairs of records to comparison levels: a model's comparisons as tables of numbers for one kernel."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from famlink.errors import ModelError
from famlink.linkage.encoding import Encoded, encode
from famlink.linkage.model import Comparison, Feature, When

if TYPE_CHECKING:
    from famlink.kernels.scoring import Weights
    from famlink.kernels.tables import Bounds, Program, Seen

__all__ = ["Encoded", "Rows", "compare", "encode", "program_of", "strata_of"]

Rows = NDArray[np.int32]
Levels = NDArray[np.int8]
Masks = NDArray[np.uint64]

MEMO_BITS = 18
"""2**18 places of eight bytes remember the grades of one feature: 2 MB, which stays in cache."""

_LETTERS = ("name", "spelling", "jaro_winkler", "jaro", "damerau", "levenshtein")
_TOPS = {"equal": 1, "overlap": 1, "name": 5, "date": 8}
"""Highest grade of each operation; of the others, as many as they have cuts."""
_COSTS = {
    "equal": 0,
    "date": 0,
    "overlap": 0,
    "shared": 0,
    "number": 0,
    "days": 0,
    "distance": 1,
    "damerau": 1,
    "levenshtein": 1,
}
_SEEN = 1 << 14
"""States a thread remembers."""
_MOST_CODES = 1 << 28
_MOST_GRADES = 31
_MOST_LEVELS = 62
_MOST_COMBINATIONS = 1 << 20


def program_of(comparisons: Sequence[Comparison], encoded: Encoded) -> Program:
    """Turn comparisons into the tables that the kernel is driven by.

    Args:
        comparisons: a model's.
        encoded: the records they will be applied to.

    Returns:
        the tables; a level is tried before those below it, and missing before all.

    Raises:
        ModelError: a condition needs more grades than fit, or a comparison more combinations of them.
    """
    from famlink.kernels import compare as kernel
    from famlink.kernels.tables import Program

    features: list[list[int]] = []
    digits: list[list[int]] = []
    cuts: list[float] = []
    floors: list[float] = []
    spans: list[tuple[int, int, int]] = []
    costs: list[int] = []
    parts: list[tuple[int, int]] = []
    levels: list[NDArray[np.int8]] = []
    seen: dict[Feature, int] = {}
    memos = 0
    bits = MEMO_BITS if encoded.rows > 2000 else 10
    for comparison in comparisons:
        for feature in comparison.features:
            if feature not in seen:
                codes = max((len(encoded.dictionaries[f]) for f in (feature.left, feature.right)), default=0)
                quick = feature.op in ("damerau", "levenshtein") and feature.cuts == (1.0,)
                memo = feature.op in _LETTERS and codes < _MOST_CODES and not quick
                seen[feature] = len(features)
                features.append(
                    [
                        getattr(kernel, feature.op.upper()),
                        encoded.columns[feature.left],
                        encoded.columns[feature.right],
                        encoded.bases[feature.left],
                        encoded.bases[feature.right],
                        len(cuts),
                        len(feature.cuts),
                        memos << bits if memo else 0,
                        (1 << bits) - 1 if memo else 0,
                        0,
                        _top(feature) + 2 if feature.op != "equal" else 0,
                    ]
                )
                digits.append(_digits(feature))
                cuts += feature.cuts
                floors.append(_floor(feature))
                memos += memo
        places = [seen[feature] for feature in comparison.features]
        found = level_masks(comparison, cut_short=encoded.cut_short)
        first = len(parts)
        radix = 1
        for place, size in zip(places, found.shape, strict=True):
            parts.append((place, radix))
            radix *= size
        spans.append((first, len(parts), sum(map(len, levels))))
        costs.append(max((_COSTS.get(feature.op, 2) for feature in comparison.features), default=0))
        levels.append(_decided(found.ravel(order="F")))
    table = np.array(features, dtype=np.int64).reshape(-1, 11)
    crossed = _slots(table)
    return Program(
        features=table,
        digits=np.array(digits, dtype=np.int64).reshape(-1, 4),
        floors=np.array(floors, dtype=np.float64),
        cuts=np.array(cuts, dtype=np.float64),
        same=int(table[table[:, 1] == table[:, 2], 1].max(initial=-1)) + 1,
        crossed=crossed,
        comparisons=np.array(spans, dtype=np.int64).reshape(-1, 3),
        order=np.argsort(costs, kind="stable").astype(np.int64),
        parts=np.array(parts, dtype=np.int64).reshape(-1, 2),
        levels=np.concatenate(levels) if levels else np.zeros(0, dtype=np.int8),
        memo=np.zeros(max(memos, 1) << bits, dtype=np.uint64),
    )


def level_masks(comparison: Comparison, *, cut_short: bool = False) -> Masks:
    """Which levels each combination of grades may have.

    Args:
        comparison: one of a model's.
        cut_short: whether some values are longer than similarity looks at, so that two of them may seem equal.

    Returns:
        an axis a feature (missing, grade 0 and up, then grades not worked out yet); bit level + 1 is set where the level
        is possible.

    Raises:
        ModelError: a condition needs more grades than fit, or the comparison more combinations of them.
    """
    where = f"comparison {comparison.name!r}"
    terms = [t for when in (comparison.missing, *(lv.when for lv in comparison.levels)) for alt in when for t in alt]
    if any(t.feature >= len(comparison.features) or any(not -1 <= g < _MOST_GRADES for g in t.grades) for t in terms):
        raise ModelError(f"{where}: a condition cannot be met by its features")
    sizes = [_top(feature) + 2 for feature in comparison.features]
    if math.prod(size + 2 for size in sizes) > _MOST_COMBINATIONS or len(comparison.levels) > _MOST_LEVELS:
        raise ModelError(f"{where}: too many grades and levels to combine; split it into comparisons of fewer features")
    found = np.zeros(sizes, dtype=np.uint64)
    grades = [np.arange(size) - 1 for size in sizes]
    tried: list[tuple[int, When]] = [(-1, comparison.missing)]
    tried += [(place, level.when) for place, level in reversed(list(enumerate(comparison.levels)))]
    for level, when in [*tried, (0, ((),))]:
        for alternative in when:
            holds = np.ones(sizes, dtype=np.bool_)
            for term in alternative:
                shape = [-1 if axis == term.feature else 1 for axis in range(len(sizes))]
                holds &= np.isin(grades[term.feature], term.grades).reshape(shape)
            found[holds & (found == 0)] = np.uint64(1) << np.uint64(level + 1)
    for axis, feature in enumerate(comparison.features):
        for reach in _reaches(feature, cut_short=cut_short):
            later = np.bitwise_or.reduce(np.take(found, [grade + 1 for grade in reach], axis=axis), axis=axis)
            found = np.concatenate([found, np.expand_dims(later, axis)], axis=axis)
    return found


def _reaches(feature: Feature, *, cut_short: bool) -> list[list[int]]:
    """Grades that are possible where only equality is known: of two different values, and of two equal dates."""
    top = _top(feature)
    if feature.op == "equal":
        return []
    if feature.op == "date":
        # A date of which the day or the month is not known agrees with itself only so far.
        return [list(range(top)), [2, 5, 8]]
    if feature.op == "distance":
        # Degrees and metres cannot be compared: as good as missing.
        return [list(range(-1, top + 1))]
    # Two different names are not equal, nor are two texts where only equal ones reach the top, unless they were cut short.
    strict = feature.op == "name" or (feature.op in _LETTERS and not cut_short and _strict(feature))
    return [list(range(top + 1 - strict))]


def _slots(features: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each feature its slot in a pair's state; return the left and right columns of those that cross."""
    alike = features[:, 1] == features[:, 2]
    same = int(features[alike, 1].max(initial=-1)) + 1
    crossed, place = np.unique(features[~alike, 1:3], axis=0, return_inverse=True)
    features[alike, 9] = features[alike, 1]
    features[~alike, 9] = same + place.ravel()
    return np.ascontiguousarray(crossed)


def bounds_of(
    program: Program, weights: Weights, *, comparisons: Sequence[Comparison], cut_short: bool, least: float
) -> Bounds:
    """What pairs can weigh at most, by what is known before any letter is looked at.

    Args:
        program: from :func:`program_of`.
        weights: of the same comparisons.
        comparisons: the model's.
        cut_short: as the records say.
        least: pairs below this match weight, in bits, may be left out.

    Returns:
        the bounds.
    """
    from famlink.kernels.tables import Bounds

    most, share, average = (np.zeros(len(program.levels)) for _ in range(3))
    for place, comparison in enumerate(comparisons):
        masks = level_masks(comparison, cut_short=cut_short).ravel(order="F")
        own = slice(program.comparisons[place, 2], program.comparisons[place, 2] + len(masks))
        most[own] = -np.inf
        most[own][(masks & np.uint64(1)) != 0] = 0.0
        average[own] = -np.inf
        for level in range(len(comparison.levels)):
            row = weights.offsets[place] + level + 1
            here = (masks >> np.uint64(level + 1)) & np.uint64(1) != 0
            most[own][here] = np.maximum(most[own][here], weights.bits[row, 0])
            if weights.share[row] > 0.0:
                share[own][here] = np.maximum(share[own][here], weights.share[row])
                average[own][here] = np.maximum(average[own][here], np.log2(weights.average[row]))
    return Bounds(
        most=most,
        share=share,
        average=average,
        rare=np.flatnonzero([c.frequency_field is not None for c in comparisons]).astype(np.int64),
        columns=weights.columns,
        bases=weights.bases,
        frequencies=np.log2(weights.frequencies),
        # A hair below, so that sums taken in another order leave nothing out.
        least=least + weights.priors[:, 0] - 1e-6,
    )


def _decided(masks: NDArray[np.uint64]) -> Levels:
    """The level of each combination of digits, or that it is open."""
    from famlink.kernels.states import OPEN

    levels = np.full(len(masks), OPEN, dtype=np.int8)
    for level in range(-1, _MOST_LEVELS):
        levels[masks == np.uint64(1) << np.uint64(level + 1)] = level
    return levels


def _digits(feature: Feature) -> list[int]:
    """A feature's digit by the state of its two values: one missing, different, one value, a list of several."""
    top = _top(feature)
    # A date has a column of its own for two that are one: of which only a part may be known.
    one = (
        1 + sum(cut <= 1.0 for cut in feature.cuts)
        if feature.op == "shared"
        else top + (3 if feature.op == "date" else 1)
    )
    later = top + 2 if feature.op != "equal" else 0
    return [0, 1 if feature.op in ("overlap", "equal", "shared") else later, one, later]


def _top(feature: Feature) -> int:
    """The highest grade of a feature."""
    return _TOPS.get(feature.op, len(feature.cuts))


def _strict(feature: Feature) -> bool:
    """Whether only equal values reach the strongest cut."""
    return feature.cuts[0] >= 1.0 if feature.op in ("jaro", "jaro_winkler", "spelling") else feature.cuts[0] < 1.0


def _floor(feature: Feature) -> float:
    """The Jaro similarity a feature's weakest cut needs, or minus the most edits it allows; 0 for one of another kind."""
    if feature.op in ("damerau", "levenshtein"):
        return -max(feature.cuts)
    if feature.op == "jaro":
        return min(feature.cuts)
    if feature.op in ("name", "spelling", "jaro_winkler"):
        # A common prefix closes at most .4 of the gap to 1, and at or below .7 there is no credit for one.
        least = min(feature.cuts)
        return max(0.7, (least - 0.4) / 0.6) if least > 0.7 else least
    return 0.0


def compare(left: Rows, right: Rows, *, encoded: Encoded, program: Program) -> Levels:
    """Compare pairs of records.

    Args:
        left: row of each left record.
        right: row of each right record.
        encoded: the records.
        program: from :func:`program_of`.

    Returns:
        pair x comparison: the comparison level, -1 missing.
    """
    bounds, seen = unbounded(), seen_for(program, states=min(_SEEN, 16 << len(left).bit_length()))
    return compare_within(left, right, encoded=encoded, program=program, bounds=bounds, seen=seen).levels


@dataclass(frozen=True)
class Compared:
    """Pairs that can reach a weight.

    Args:
        left: row of each left record.
        right: row of each right record.
        levels: pair x comparison: the comparison level, -1 missing.
        strata: the stratum of each pair.
    """

    left: Rows
    right: Rows
    levels: Levels
    strata: NDArray[np.int16]


def compare_within(
    left: Rows, right: Rows, *, encoded: Encoded, program: Program, bounds: Bounds, seen: Seen
) -> Compared:
    """Compare pairs of records that can reach a weight.

    Args:
        left: row of each left record.
        right: row of each right record.
        encoded: the records.
        program: from :func:`program_of`.
        bounds: from :func:`bounds_of`.
        seen: from :func:`seen_for`, of the same program and bounds, used by no other thread at the time.

    Returns:
        the pairs that can; some of them may still fall short.
    """
    from famlink.kernels.compare import work_out
    from famlink.kernels.states import first_look
    from famlink.kernels.tables import Look

    left, right = left.astype(np.int32), right.astype(np.int32)
    bounded = len(left) if len(bounds.least) else 0
    look = Look(
        states=np.empty((len(left), seen.states.shape[1]), dtype=np.uint64),
        levels=np.empty((len(left), len(program.comparisons)), dtype=np.int8),
        strata=np.empty(len(left), dtype=np.int16),
        most=np.empty(bounded),
        least=np.empty(bounded),
    )
    births = len(encoded.agencies)
    kept = first_look((left, right), encoded.groups, births, encoded.values.codes, program, bounds, seen, look)
    kept = work_out((left[:kept], right[:kept]), encoded.values, program, bounds, look)
    return Compared(left[:kept], right[:kept], look.levels[:kept], look.strata[:kept])


def unbounded() -> Bounds:
    """Bounds that leave no pair out."""
    from famlink.kernels.tables import Bounds

    none, no_place = np.zeros(0), np.zeros(0, dtype=np.int64)
    return Bounds(none, none, none, no_place, no_place, no_place, none, none)


def seen_for(program: Program, *, states: int = _SEEN) -> Seen:
    """An empty memory of states, for one thread.

    Args:
        program: from :func:`program_of`.
        states: how many it holds, a power of two.

    Returns:
        the memory.
    """
    from famlink.kernels.tables import Seen

    words = max(1, -(-(program.same + len(program.crossed)) // 32))
    return Seen(
        filled=np.zeros(states, dtype=np.bool_),
        states=np.zeros((states, words), dtype=np.uint64),
        most=np.zeros(states),
        places=np.zeros((states, len(program.comparisons)), dtype=np.int32),
        levels=np.zeros((states, len(program.comparisons)), dtype=np.int8),
    )


def strata_of(left: Rows, right: Rows, *, encoded: Encoded) -> NDArray[np.int16]:
    """The stratum of each pair: 0 across agencies, 1 + the agency's code within one.

    Within an agency a pair of which one record awaits a birth and the other gives one is of a stratum of its own, as many
    strata further on as there are agencies.

    Args:
        left: row of each left record.
        right: row of each right record.
        encoded: the records.

    Returns:
        one stratum a pair.
    """
    a, b = encoded.agency[left], encoded.agency[right]
    further = len(encoded.agencies) * encoded.meet_at_birth(left, right)
    return np.where(a == b, a + 1 + further, 0).astype(np.int16)
