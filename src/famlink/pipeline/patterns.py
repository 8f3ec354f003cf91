"""Agreement patterns of a run's pairs: what they agree and differ on together, counted, and what came of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.model import Model
from famlink.pipeline.engines import Engine, engine_of
from famlink.pipeline.run import Run

MOST = 30
SPANS = 24
"""Spans of match weight at most."""
VERDICTS = ("match", "review", "distinct")


def run_patterns(run: Run, *, most: int = MOST) -> dict[str, Any]:
    """Count the agreement patterns of the pairs a run kept.

    Args:
        run: the run.
        most: patterns told at most, the commonest; told heaviest first.

    Returns:
        ``pairs``, ``patterns`` (how many in all) and ``rows``: ``levels`` (one a comparison, -1 missing), ``pairs``,
        ``weight`` (mean), ``least``, ``most`` (bits), ``match``, ``review``, ``distinct`` (pairs). And ``bins``: ``low``,
        ``high`` (bits), and pairs by verdict, heaviest first.

    Example:
        >>> import famlink as fl
        >>> told = run_patterns(fl.link(fl.demo_hub()), most=5)
        >>> len(told["rows"]), told["pairs"] >= sum(row["pairs"] for row in told["rows"])
        (5, True)
    """
    found = compared(run, run.links)
    names = [comparison.name for comparison in found.model.comparisons]
    levels = pl.DataFrame({name: found.levels[:, place] for place, name in enumerate(names)})
    counted = (
        pl.concat([levels, run.links.select("match_weight", "verdict")], how="horizontal")
        .group_by(names)
        .agg(
            pl.len().alias("pairs"),
            pl.mean("match_weight").alias("weight"),
            pl.min("match_weight").alias("least"),
            pl.max("match_weight").alias("most"),
            *_by_verdict(),
        )
        # A mean of many is rounded before it orders anything: its last bits depend on the order of the sum.
        .with_columns(pl.col("weight").round(6))
    )
    shown = (
        counted.sort("pairs", *names, descending=[True, *([False] * len(names))])
        .head(most)
        .sort("weight", *names, descending=[True, *([False] * len(names))])
    )
    rows = [
        {"levels": [row.pop(name) for name in names], **row} for row in (dict(r) for r in shown.iter_rows(named=True))
    ]
    return {"pairs": run.links.height, "patterns": counted.height, "rows": rows, "bins": _bins(run.links)}


def _bins(links: pl.DataFrame) -> list[dict[str, Any]]:
    """Pairs by match weight, in spans of so many bits that a page holds them; a span without pairs stays."""
    if links.is_empty():
        return []
    low, high = (float(end) for end in links.select(least=pl.min("match_weight"), most=pl.max("match_weight")).row(0))
    width = next(step for step in (1, 2, 5, 10, 100, 1000) if (high - low) / step <= SPANS)
    counted = links.group_by((pl.col("match_weight") / width).floor().cast(pl.Int64).alias("span")).agg(_by_verdict())
    spans = range(math.floor(high / width), math.floor(low / width) - 1, -1)
    every = pl.DataFrame({"span": list(spans)}, schema={"span": pl.Int64})
    told = every.join(counted, on="span", how="left", maintain_order="left").fill_null(0)
    return [
        {"low": float(row.pop("span") * width), **row}
        for row in (dict(r) for r in told.with_columns(high=(pl.col("span") + 1) * width).iter_rows(named=True))
    ]


def _by_verdict() -> list[pl.Expr]:
    return [(pl.col("verdict") == verdict).sum().alias(verdict) for verdict in VERDICTS]


@dataclass(frozen=True)
class PairLevels:
    """Pairs of a run, compared again by its model.

    Args:
        model: the run's.
        backend: holds the records of the pairs.
        left: row of each left record.
        right: row of each right record, above the left.
        levels: pair x comparison: the comparison level, -1 missing.
    """

    model: Model
    backend: Engine
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    levels: NDArray[np.int8]

    def weights(self) -> NDArray[np.float64]:
        """Pair x (match weight, unadjusted weight), in bits."""
        return self.backend.score_pairs(self.left, self.right, self.model)


def compared(run: Run, pairs: pl.DataFrame) -> PairLevels:
    """Compare pairs of a run again, by its model.

    Args:
        run: the run.
        pairs: agency_left, record_id_left, agency_right, record_id_right: records of the run.

    Returns:
        a row a pair, in order.
    """
    from famlink.standardisation.merging import merge_parts

    model = run.model
    ids = ("agency", "record_id")
    sides = [pairs.select(*(pl.col(f"{name}_{side}").alias(name) for name in ids)) for side in ("left", "right")]
    wanted = pl.concat(sides).unique()
    merged = merge_parts(run.scan("standardised").join(wanted.lazy(), on=ids, how="semi").collect())
    place = merged.select(*ids, pl.int_range(pl.len(), dtype=pl.Int32).alias("at"))
    one, other = (side.join(place, on=ids, how="left", maintain_order="left")["at"].to_numpy() for side in sides)
    left, right = np.minimum(one, other), np.maximum(one, other)
    backend = engine_of(merged, model)
    return PairLevels(model, backend, left, right, backend.levels(left, right))
