"""Pairs of records to comparison levels: a model's comparisons as tables of numbers for one kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from famlink.errors import ModelError
from famlink.linkage.encoding import Encoded, encode
from famlink.linkage.model import Comparison, Feature, When

if TYPE_CHECKING:
    from famlink.kernels.compare import Program

__all__ = ["Encoded", "Rows", "compare", "encode", "program_of", "strata_of"]

Rows = NDArray[np.int32]
Levels = NDArray[np.int8]

MEMO_BITS = 18
"""2**18 places of eight bytes remember the grades of one feature: 2 MB, which stays in cache."""

_MEMO = ("name", "jaro_winkler", "jaro", "damerau", "levenshtein")
_MOST_CODES = 1 << 28


def program_of(comparisons: Sequence[Comparison], encoded: Encoded) -> Program:
    """Turn comparisons into the tables that the kernel is driven by.

    Args:
        comparisons: a model's.
        encoded: the records they will be applied to.

    Returns:
        the tables; a level is tried before those below it, and missing before all.

    Raises:
        ModelError: a condition needs more grades than fit.
    """
    from famlink.kernels import compare as kernel

    features: list[list[int]] = []
    cuts: list[float] = []
    floors: list[float] = []
    spans: list[tuple[int, int]] = []
    clauses: list[tuple[int, int, int]] = []
    terms: list[tuple[int, int]] = []
    seen: dict[object, int] = {}
    memos = 0
    bits = MEMO_BITS if encoded.rows > 2000 else 10
    for comparison in comparisons:
        places: list[int] = []
        for feature in comparison.features:
            if feature not in seen:
                lists = feature.op == "overlap"
                where = encoded.lists if lists else encoded.columns
                codes = 0 if lists else max(len(encoded.dictionaries[f]) for f in (feature.left, feature.right))
                quick = feature.op in ("damerau", "levenshtein") and feature.cuts == (1.0,)
                memo = feature.op in _MEMO and codes < _MOST_CODES and not quick
                bases = (0, 0) if lists else (encoded.bases[feature.left], encoded.bases[feature.right])
                seen[feature] = len(features)
                features.append(
                    [
                        getattr(kernel, feature.op.upper()),
                        where[feature.left],
                        where[feature.right],
                        *bases,
                        len(cuts),
                        len(feature.cuts),
                        memos << bits if memo else 0,
                        (1 << bits) - 1 if memo else 0,
                    ]
                )
                cuts += feature.cuts
                floors.append(_floor(feature))
                memos += memo
            places.append(seen[feature])
        first = len(clauses)
        tried: list[tuple[int, When]] = [(-1, comparison.missing)]
        tried += [(place, level.when) for place, level in reversed(list(enumerate(comparison.levels)))]
        for level, when in tried:
            for alternative in when:
                begin = len(terms)
                for term in alternative:
                    if term.feature >= len(places) or any(not -1 <= g < 31 for g in term.grades):
                        raise ModelError(f"comparison {comparison.name!r}: a condition cannot be met by its features")
                    terms.append((places[term.feature], sum(1 << (g + 1) for g in set(term.grades))))
                clauses.append((level, begin, len(terms)))
        spans.append((first, len(clauses)))
    return kernel.Program(
        features=np.array(features, dtype=np.int64).reshape(-1, 9),
        floors=np.array(floors, dtype=np.float64),
        cuts=np.array(cuts, dtype=np.float64),
        comparisons=np.array(spans, dtype=np.int64).reshape(-1, 2),
        clauses=np.array(clauses, dtype=np.int64).reshape(-1, 3),
        terms=np.array(terms, dtype=np.int64).reshape(-1, 2),
        memo=np.zeros(max(memos, 1) << bits, dtype=np.uint64),
    )


def _floor(feature: Feature) -> float:
    """The Jaro similarity a feature's weakest cut needs, -1 for a feature of another kind."""
    if feature.op == "jaro":
        return min(feature.cuts)
    if feature.op in ("name", "jaro_winkler"):
        # A common prefix closes at most .4 of the gap to 1, and at or below .7 there is no credit for one.
        least = min(feature.cuts)
        return max(0.7, (least - 0.4) / 0.6) if least > 0.7 else least
    return -1.0


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
    from famlink.kernels.compare import compare_pairs

    out = np.empty((len(left), len(program.comparisons)), dtype=np.int8)
    compare_pairs(left, right, encoded.values, program, out)
    return out


def strata_of(left: Rows, right: Rows, *, encoded: Encoded) -> NDArray[np.int16]:
    """The stratum of each pair: 0 across agencies, 1 + the agency's code within one.

    Args:
        left: row of each left record.
        right: row of each right record.
        encoded: the records.

    Returns:
        one stratum a pair.
    """
    a, b = encoded.agency[left], encoded.agency[right]
    return np.where(a == b, a + 1, 0).astype(np.int16)
