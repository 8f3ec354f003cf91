"""Precision, recall and F1 over pairs, and B-cubed, of people against the truth."""

from __future__ import annotations

import polars as pl


def figures(people: pl.DataFrame, truth: dict[str, str]) -> dict[str, float]:
    """Score people by record_id -> true person."""
    both = people.select("record_id", "person_id").with_columns(
        pl.col("record_id").replace_strict(truth, return_dtype=pl.String).alias("true")
    )
    together = both.group_by("person_id", "true").len()
    found = both.group_by("person_id").len()
    true = both.group_by("true").len()

    def pairs(sizes: pl.DataFrame) -> float:
        return float((sizes["len"].cast(pl.Int64) * (sizes["len"].cast(pl.Int64) - 1) // 2).sum())

    right = pairs(together)
    precision, recall = right / max(pairs(found), 1.0), right / max(pairs(true), 1.0)
    cubed = together.join(found, on="person_id", suffix="_found").join(true, on="true", suffix="_true")
    square = pl.col("len").cast(pl.Float64) ** 2
    b_precision = float(cubed.select((square / pl.col("len_found")).sum()).item()) / both.height
    b_recall = float(cubed.select((square / pl.col("len_true")).sum()).item()) / both.height
    return {
        "precision": precision,
        "recall": recall,
        "f1": 2 * precision * recall / max(precision + recall, 1e-12),
        "b3": 2 * b_precision * b_recall / max(b_precision + b_recall, 1e-12),
    }


def table_of(name: str, found: dict[str, float], pairs: int, seconds: float, first: float) -> str:
    """The figures as a Markdown table."""
    head = "| data | precision | recall | F1 | B-cubed F1 | pairs compared | seconds, median | seconds, first |"
    row = (
        f"| {name} | {found['precision']:.4f} | {found['recall']:.4f} | {found['f1']:.4f} | {found['b3']:.4f} "
        f"| {pairs:,} | {seconds:.2f} | {first:.2f} |"
    )
    return f"{head}\n|---|---|---|---|---|---|---|---|\n{row}"
