"""Precision and recall by group with intervals that know that the records of one family stand or fall together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SUMS = ("right", "together", "true")
REPLICATES = 200
BATCH = 25


def group_intervals(records: pl.DataFrame, columns: Sequence[str], *, seed: int = 0) -> list[dict[str, Any]]:
    """Score each group over the pairs that touch it, with 95% bootstrap intervals, families drawn with replacement.

    A pair of two records of the group is halved between them, a pair with one record of it belongs to that one: so the
    shares of records add up to the pairs that touch the group, and can be drawn again family by family.

    Args:
        records: cluster, person, family (codes of any kind), and the columns of groups; null: in no group.
        columns: of groups.
        seed: of the draws.

    Returns:
        by, group, records, families, precision, recall, and precision_interval, recall_interval: [low, high].

    Example:
        >>> frame = pl.DataFrame({"cluster": [1, 1, 2], "person": [1, 1, 1], "family": [1, 1, 1], "agency": ["a"] * 3})
        >>> told = group_intervals(frame, ["agency"])[0]
        >>> told["precision"], told["recall"], told["recall_interval"]
        (1.0, 0.333333, [0.333333, 0.333333])

    Source: Efron and Tibshirani (1993), chapter 8, on units that are groups.
    """
    from scipy.sparse import coo_array

    families = records.select("family").unique().sort("family").with_row_index("place")
    sized = records.join(families, on="family").with_columns(
        _in_cluster=pl.len().over("cluster"),
        _in_person=pl.len().over("person"),
        _in_both=pl.len().over("cluster", "person"),
    )
    tables = [table for column in columns if (table := _sums(sized, column)).height]
    if not tables:
        return []
    table = pl.concat(tables)
    groups = table.select(pl.struct("by", "group").rle_id()).to_series().to_numpy()
    shares = [
        coo_array(
            (table[name].to_numpy(), (groups, table["place"].to_numpy())), shape=(groups[-1] + 1, families.height)
        ).tocsr()
        for name in SUMS
    ]
    scored = _scores([share.sum(axis=1) for share in shares], nothing=1.0)
    drawn = np.concatenate(
        [_scores([share @ draws for share in shares], nothing=np.nan) for draws in _draws(families.height, seed)],
        axis=-1,
    )
    # A draw without any pair of a small group says nothing of it; if none has one, the score itself stands.
    silent = np.isnan(drawn).all(axis=-1, keepdims=True)
    low, high = np.nanpercentile(np.where(silent, scored[..., None], drawn), [2.5, 97.5], axis=-1)
    about = table.group_by("by", "group", maintain_order=True).agg(pl.sum("records"), pl.len().alias("families"))
    return [
        {
            **row,
            "precision": round(float(scored[0, at]), 6),
            "recall": round(float(scored[1, at]), 6),
            "precision_interval": [round(float(low[0, at]), 6), round(float(high[0, at]), 6)],
            "recall_interval": [round(float(low[1, at]), 6), round(float(high[1, at]), 6)],
        }
        for at, row in enumerate(about.iter_rows(named=True))
    ]


def _draws(families: int, seed: int) -> Iterator[Floats]:
    """How often each family is drawn, a column a replicate; a few replicates at a time, for memory's sake."""
    rng = np.random.Generator(np.random.PCG64(seed))
    for _ in range(REPLICATES // BATCH):
        yield np.stack(
            [np.bincount(rng.integers(0, families, families), minlength=families) for _ in range(BATCH)], axis=1
        ).astype(np.float64)


def _sums(sized: pl.DataFrame, column: str) -> pl.DataFrame:
    """by, group, place of the family, records, and the family's share of the group's pairs."""
    known = sized.filter(pl.col(column).is_not_null())

    def touched(size: str, *over: str) -> pl.Expr:
        return pl.col(size).cast(pl.Float64) - 1 - (pl.len().over(column, *over) - 1) / 2

    return (
        known.with_columns(
            right=touched("_in_both", "cluster", "person"),
            together=touched("_in_cluster", "cluster"),
            true=touched("_in_person", "person"),
        )
        .group_by(pl.lit(column).alias("by"), pl.col(column).cast(pl.String).alias("group"), "place")
        .agg(pl.len().alias("records"), pl.sum("right"), pl.sum("together"), pl.sum("true"))
        .sort("group", "place")
    )


def _scores(sums: Sequence[Floats], *, nothing: float) -> Floats:
    """Precision and recall, stacked; ``nothing`` where there is nothing to be wrong about."""
    right, together, true = sums
    return np.stack(
        [np.divide(right, whole, out=np.full(right.shape, nothing), where=whole > 0) for whole in (together, true)]
    )
