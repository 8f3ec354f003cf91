"""What famlink's comparisons say of pairs, as features for recordlinkage's classifiers; and its own model's say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.errors import RequestError
from famlink.linkage.model import Comparison
from famlink.linkage.scoring import LEAST
from famlink.odds import probabilities_of_weights
from famlink.pipeline.exchange.pairs import known_pairs
from famlink.pipeline.patterns import compared
from famlink.pipeline.run import Run, open_run

if TYPE_CHECKING:
    import pandas as pd


def features(
    run: Run | str | Path, pairs: pd.MultiIndex | pl.DataFrame, *, kind: str = "graded", missing: float | None = None
) -> pd.DataFrame:
    """Compare pairs by a run's model and give each comparison's answer as a feature.

    Args:
        run: a run, or its directory.
        pairs: of records of the run: a MultiIndex of "AGENCY:ID", or a frame as :func:`pairs_frame` gives.
        kind: ``levels``: the comparison level, 0 all other. ``graded``: the level as a share of the closest, 0 to 1, as
            recordlinkage's own comparisons give. ``bits``: the level's match weight, log2 of m over u.
        missing: what stands where a value is missing on a side; None: -1 for levels, 0 for the others, which for graded
            is what recordlinkage takes too and for bits means no evidence.

    Returns:
        a frame with a row a pair, in the pairs' order, and a column a comparison.

    Raises:
        RequestError: a record is not in the run, or the kind is unknown.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> from famlink.pipeline.exchange import candidate_pairs
        >>> frame = features(run, candidate_pairs(run))
        >>> list(frame.columns[:3]), bool(frame.min().min() >= 0.0), bool(frame.max().max() <= 1.0)
        (['forename', 'middle_names', 'surname'], True, True)
    """
    import pandas as pd

    if kind not in _SCALES:
        raise RequestError(f"kind {kind!r} is not one of {', '.join(_SCALES)}")
    run = run if isinstance(run, Run) else open_run(run)
    frame = known_pairs(pairs, run.table("standardised").select("agency", "record_id"))
    found = compared(run, frame)
    scale, usual = _SCALES[kind]
    filler = usual if missing is None else missing
    whole = kind == "levels" and float(filler).is_integer()
    columns = {}
    for place, comparison in enumerate(found.model.comparisons):
        level = found.levels[:, place]
        told = np.append(scale(comparison), filler)  # level -1 reads the last
        columns[comparison.name] = told[level].astype(np.int64) if whole else told[level]
    return pd.DataFrame(columns, index=_index(pairs, frame))


def score_pairs(run: Run | str | Path, pairs: pd.MultiIndex | pl.DataFrame) -> pd.DataFrame:
    """Weigh pairs by a run's model: just these, whether or not a blocking rule joined them.

    Args:
        run: a run, or its directory.
        pairs: as :func:`features`.

    Returns:
        a frame with a row a pair, in the pairs' order: match_weight (bits), unadjusted_weight, match_probability. No
        judgement, constraint, relative or other record of the two is looked at: for that, ``fl.link(hub, pairs=...)``.

    Raises:
        RequestError: a record is not in the run.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> scored = score_pairs(run, run.links.head(2))
        >>> list(scored.columns)
        ['match_weight', 'unadjusted_weight', 'match_probability']
    """
    import pandas as pd

    run = run if isinstance(run, Run) else open_run(run)
    frame = known_pairs(pairs, run.table("standardised").select("agency", "record_id"))
    weights = compared(run, frame).weights()
    columns = {
        "match_weight": weights[:, 0],
        "unadjusted_weight": weights[:, 1],
        "match_probability": probabilities_of_weights(weights[:, 0]),
    }
    return pd.DataFrame(columns, index=_index(pairs, frame))


def _index(pairs: pd.MultiIndex | pl.DataFrame, frame: pl.DataFrame) -> pd.MultiIndex:
    from famlink.pipeline.exchange.pairs import pairs_index

    return pairs_index(frame) if isinstance(pairs, pl.DataFrame) else pairs


def _levels(comparison: Comparison) -> NDArray[Any]:
    return np.arange(len(comparison.levels), dtype=np.float64)


def _graded(comparison: Comparison) -> NDArray[Any]:
    return _levels(comparison) / (len(comparison.levels) - 1)


def _bits(comparison: Comparison) -> NDArray[Any]:
    m, u = (np.maximum([getattr(level, name) for level in comparison.levels], LEAST) for name in ("m", "u"))
    return np.asarray(np.log2(m / u))


_SCALES: dict[str, tuple[Callable[[Comparison], NDArray[Any]], float]] = {
    "levels": (_levels, -1.0),
    "graded": (_graded, 0.0),
    "bits": (_bits, 0.0),
}
