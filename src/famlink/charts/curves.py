"""How match probabilities fared against the truth: precision and recall by threshold, calibration, verdicts.

Every function takes pairs as a frame of numbers: ``match_probability``, ``verdict``, ``is_true``. Who they are of, it
cannot know.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from famlink.odds import weight_of_probability

LEAST = 0.01
"""Below this a run keeps no pair unless its two records came to one person, so nothing is said of such pairs."""

MOST = 0.9999
"""Thresholds are drawn up to here; nobody decides on a higher one."""

EDGES = (LEAST, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
"""Bins of calibration: narrow where decisions are made and most pairs lie."""

THRESHOLDS = (LEAST, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
VERDICTS = ("match", "review", "distinct")
_Z = 1.959963984540054
"""Standard normal quantile of .975."""


def wilson(part: int, whole: int) -> tuple[float, float]:
    """95% interval of a share.

    Args:
        part: how many.
        whole: of how many.

    Returns:
        low and high; 0 and 1 where there is nothing to count.

    Example:
        >>> low, high = wilson(8, 10)
        >>> round(low, 4), round(high, 4)
        (0.4902, 0.9433)

    Source: Wilson (1927).
    """
    if not whole:
        return 0.0, 1.0
    share = part / whole
    middle = share + _Z**2 / (2 * whole)
    reach = _Z * math.sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    scale = 1 + _Z**2 / whole
    # Exact at the ends, where rounding would leave 1e-17 instead of nothing.
    low = 0.0 if part == 0 else (middle - reach) / scale
    high = 1.0 if part == whole else (middle + reach) / scale
    return low, high


def by_threshold(
    pairs: pl.DataFrame, *, true_pairs: int, thresholds: Sequence[float] = THRESHOLDS
) -> list[dict[str, Any]]:
    """Precision and recall if exactly the pairs at or above a threshold were joined, two at a time.

    Args:
        pairs: match_probability, is_true.
        true_pairs: pairs that are one person, compared or not.
        thresholds: match probabilities.

    Returns:
        for each: threshold, weight (bits), pairs, wrong, missed, precision, recall. Where no pair reaches it, precision
        is 1: nothing is wrong.

    Example:
        >>> frame = pl.DataFrame({"match_probability": [0.9, 0.6, 0.2], "is_true": [True, False, True]})
        >>> one = by_threshold(frame, true_pairs=4, thresholds=[0.5])[0]
        >>> one["pairs"], one["wrong"], one["missed"], one["precision"], one["recall"]
        (2, 1, 3, 0.5, 0.25)
    """
    probability, right = _falling(pairs)
    made = []
    for threshold in thresholds:
        above = int(np.searchsorted(-probability, -threshold, side="right"))
        made.append(_point(threshold, above, int(right[above - 1]) if above else 0, true_pairs))
    return made


def precision_recall(pairs: pl.DataFrame, *, true_pairs: int, most: int = 240) -> list[dict[str, Any]]:
    """The same at every distinct probability, from the highest down, thinned to so many points.

    Args:
        pairs: match_probability, is_true.
        true_pairs: pairs that are one person, compared or not.
        most: points at most; the first and the last always stay.

    Returns:
        points as of :func:`by_threshold`.

    Example:
        >>> frame = pl.DataFrame({"match_probability": [0.9, 0.9, 0.6], "is_true": [True, False, True]})
        >>> [(p["precision"], p["recall"]) for p in precision_recall(frame, true_pairs=2)]
        [(0.5, 0.5), (0.666667, 1.0)]
    """
    probability, right = _falling(pairs)
    if not len(probability):
        return []
    # Pairs of one probability are above a threshold together: a point stands at the last of them.
    last = np.flatnonzero(np.append(np.diff(probability) != 0, True))
    keep = np.unique(np.round(np.linspace(0, len(last) - 1, min(most, len(last)))).astype(np.int64))
    return [_point(float(probability[at]), int(at) + 1, int(right[at]), true_pairs) for at in last[keep]]


def _falling(pairs: pl.DataFrame) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Probabilities from the highest down to the least that is kept, and true pairs so far."""
    kept = pairs.filter(pl.col("match_probability") >= LEAST).sort("match_probability", descending=True)
    return kept["match_probability"].to_numpy(), kept["is_true"].cast(pl.Int64).cum_sum().to_numpy()


def _point(threshold: float, above: int, right: int, true_pairs: int) -> dict[str, Any]:
    return {
        "threshold": threshold,
        "weight": round(weight_of_probability(threshold), 6),
        "pairs": above,
        "wrong": above - right,
        "missed": true_pairs - right,
        "precision": round(right / above, 6) if above else 1.0,
        "recall": round(right / true_pairs, 6) if true_pairs else 1.0,
    }


def calibration(pairs: pl.DataFrame, *, edges: Sequence[float] = EDGES) -> dict[str, Any]:
    """Of pairs given a probability of about so much, which share is true.

    Args:
        pairs: match_probability, is_true.
        edges: of the bins; the last bin holds its upper edge too.

    Returns:
        ``bins``: low_edge, high_edge, pairs, said (mean probability), true (share), low and high (Wilson, 95%), empty
        bins left out; ``expected`` and ``actual``: true pairs by the probabilities and in truth; ``left_out``: pairs
        below the first edge.

    Example:
        >>> frame = pl.DataFrame({"match_probability": [0.96, 0.97, 0.001], "is_true": [True, False, True]})
        >>> told = calibration(frame)
        >>> told["bins"][0]["said"], told["bins"][0]["true"], told["left_out"]
        (0.965, 0.5, 1)
    """
    kept = pairs.filter(pl.col("match_probability") >= edges[0])
    place = np.searchsorted(np.array(edges[1:-1]), kept["match_probability"].to_numpy(), side="right")
    binned = (
        kept.with_columns(bin=pl.Series(place, dtype=pl.Int64))
        .group_by("bin")
        .agg(pl.len().alias("pairs"), pl.col("match_probability").mean().alias("said"), pl.col("is_true").sum())
        .sort("bin")
    )
    bins = []
    for row in binned.iter_rows(named=True):
        low, high = wilson(row["is_true"], row["pairs"])
        bins.append(
            {
                "low_edge": edges[row["bin"]],
                "high_edge": edges[row["bin"] + 1],
                "pairs": row["pairs"],
                "said": round(row["said"], 6),
                "true": round(row["is_true"] / row["pairs"], 6),
                "low": round(low, 6),
                "high": round(high, 6),
            }
        )
    return {
        "bins": bins,
        "expected": round(float(kept["match_probability"].sum()), 3),
        "actual": int(kept["is_true"].sum()),
        "left_out": pairs.height - kept.height,
    }


def by_verdict(pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """How many pairs of each verdict are true.

    Args:
        pairs: verdict, is_true.

    Returns:
        verdict, pairs, true, wrong (not one person), in the order match, review, distinct.

    Example:
        >>> frame = pl.DataFrame({"verdict": ["match", "match", "distinct"], "is_true": [True, False, True]})
        >>> by_verdict(frame)[0]
        {'verdict': 'match', 'pairs': 2, 'true': 1, 'wrong': 1}
    """
    counts = {
        str(name): (int(size), int(true))
        for name, size, true in pairs.group_by("verdict").agg(pl.len(), pl.col("is_true").sum()).iter_rows()
    }
    made = []
    for name in VERDICTS:
        size, true = counts.get(name, (0, 0))
        made.append({"verdict": name, "pairs": size, "true": true, "wrong": size - true})
    return made


def curves(
    pairs: pl.DataFrame, *, true_pairs: int, review: float | None = None, match: float | None = None
) -> dict[str, Any]:
    """Everything the page of an evaluation draws of pairs.

    Args:
        pairs: match_probability, verdict, is_true: what a run kept, both records known to the truth.
        true_pairs: pairs that are one person, compared or not.
        review: the run's threshold for review, to be marked.
        match: the run's threshold for a match, to be marked.

    Returns:
        thresholds (the few of the table), marked (the run's own, with their names), sweep (many, evenly in bits),
        precision_recall, calibration, verdicts.

    Example:
        >>> frame = pl.DataFrame({"match_probability": [0.9], "verdict": ["review"], "is_true": [True]})
        >>> sorted(curves(frame, true_pairs=1))
        ['calibration', 'marked', 'precision_recall', 'sweep', 'thresholds', 'verdicts']
    """
    low, high = weight_of_probability(LEAST), weight_of_probability(MOST)
    even = [LEAST, *(1 / (1 + 2.0**-bits) for bits in np.linspace(low, high, 81)[1:].tolist())]
    own = {name: value for name, value in (("review", review), ("match", match)) if value is not None}
    return {
        "thresholds": by_threshold(pairs, true_pairs=true_pairs),
        "marked": [
            {"name": name, **by_threshold(pairs, true_pairs=true_pairs, thresholds=[value])[0]}
            for name, value in own.items()
        ],
        "sweep": by_threshold(pairs, true_pairs=true_pairs, thresholds=even),
        "precision_recall": precision_recall(pairs, true_pairs=true_pairs),
        "calibration": calibration(pairs),
        "verdicts": by_verdict(pairs),
    }
