"""Pairwise and B-cubed agreement of clusters with true people, as sums over records that add up by group and family."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SUMS = ("together_and_true", "together", "true", "b3_precision", "b3_recall", "records")
REPLICATES = 200


def cells(records: pl.DataFrame) -> pl.DataFrame:
    """Add to each record the sizes its scores come from.

    Args:
        records: person_id, person, one row a record.

    Returns:
        the records with in_cluster, in_person and in_both: records of its cluster, of its true person, of both.
    """
    return records.with_columns(
        in_cluster=pl.len().over("person_id"),
        in_person=pl.len().over("person"),
        in_both=pl.len().over("person_id", "person"),
    )


def shares(sized: pl.DataFrame) -> pl.DataFrame:
    """Each record's half of its pairs, and its B-cubed precision and recall; sums of these give every score.

    Source: B-cubed: Bagga and Baldwin (1998).
    """
    return sized.with_columns(
        together_and_true=(pl.col("in_both") - 1) / 2,
        together=(pl.col("in_cluster") - 1) / 2,
        true=(pl.col("in_person") - 1) / 2,
        b3_precision=pl.col("in_both") / pl.col("in_cluster"),
        b3_recall=pl.col("in_both") / pl.col("in_person"),
        records=pl.lit(1.0),
    )


def scores(sums: dict[str, float]) -> dict[str, Any]:
    """Precision, recall and F1 from sums; where there is nothing to be wrong about, the score is 1.

    Example:
        >>> scores(dict(zip(SUMS, (1, 2, 4, 3, 3, 4))))["pairs"]
        {'precision': 0.5, 'recall': 0.25, 'f1': 0.333333}
    """
    n = sums["records"]
    return {
        "pairs": _three(
            _ratio(sums["together_and_true"], sums["together"]), _ratio(sums["together_and_true"], sums["true"])
        ),
        "b3": _three(_ratio(sums["b3_precision"], n), _ratio(sums["b3_recall"], n)),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 1.0


def _three(precision: float, recall: float) -> dict[str, float]:
    both = precision + recall
    f1 = 2 * precision * recall / both if both else 0.0
    return {"precision": round(precision, 6), "recall": round(recall, 6), "f1": round(f1, 6)}


def intervals(by_family: pl.DataFrame, *, seed: int) -> dict[str, Any]:
    """95% bootstrap intervals, families drawn with replacement: records of one family are not independent.

    Args:
        by_family: the columns of SUMS, one row a family, in a fixed order.
        seed: seed of the draws.

    Returns:
        the shape of :func:`scores`, each number replaced by [low, high].
    """
    table: Floats = by_family.select(SUMS).to_numpy()
    rng = np.random.Generator(np.random.PCG64(seed))
    n = len(table)
    drawn = []
    for _ in range(REPLICATES):
        weights = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        drawn.append(scores(dict(zip(SUMS, (weights @ table).tolist(), strict=True))))
    return {
        measure: {
            name: [round(float(x), 6) for x in np.percentile([one[measure][name] for one in drawn], [2.5, 97.5])]
            for name in ("precision", "recall", "f1")
        }
        for measure in ("pairs", "b3")
    }


def group_scores(sized: pl.DataFrame, column: str) -> list[dict[str, Any]]:
    """Scores for each value of a column: pairs with at least one record of the group, B-cubed over its records.

    Args:
        sized: from :func:`cells`, with the column.
        column: group of each record; null rows are left out.

    Returns:
        by, group, records, pairs, b3, sorted by group.
    """
    known = sized.filter(pl.col(column).is_not_null())
    b3 = shares(known).group_by(column).agg(pl.sum("b3_precision"), pl.sum("b3_recall"), pl.sum("records"))
    pairs = b3.select(column)
    for name, by, size in (
        ("together", ["person_id"], "in_cluster"),
        ("true", ["person"], "in_person"),
        ("together_and_true", ["person_id", "person"], "in_both"),
    ):
        inside = known.group_by([column, *by]).agg(pl.len().cast(pl.Int64).alias("here"), pl.first(size).cast(pl.Int64))
        touched = inside.group_by(column).agg(
            (pl.col("here") * (pl.col(size) - pl.col("here")) + pl.col("here") * (pl.col("here") - 1) // 2)
            .sum()
            .cast(pl.Float64)
            .alias(name)
        )
        pairs = pairs.join(touched, on=column)
    return [
        {"by": column, "group": str(row[column]), "records": int(row["records"]), **scores(row)}
        for row in b3.join(pairs, on=column).sort(column).iter_rows(named=True)
    ]
