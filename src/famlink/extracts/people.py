"""People tables of one source -> records: every row is a record, or is rejected with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from famlink.extracts.columns import Canonical
from famlink.extracts.tabular import ROW, rejects
from famlink.tables import PEOPLE_COLUMNS, REJECTED

NO_ID = "no record_id"
REPEATED = "record_id already read in this source"


@dataclass(frozen=True)
class Kept:
    """What a file's rows became.

    Args:
        rows: those that are used.
        rejected: those that are not, and cells that became empty: rows of the REJECTED table.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame


def people_of(canonical: Canonical, *, agency: str, file: str, read: pl.Series, parts: pl.DataFrame) -> Kept:
    """Turn one file's rows into records.

    Args:
        canonical: the rows under canonical names.
        agency: whose they are.
        file: the file's name.
        read: record ids this source has given already, in earlier files.
        parts: (record_id, parts) of this agency's earlier sources: how many rows each record has already.

    Returns:
        rows of the RECORDS table, and rejects.
    """
    frame = canonical.frame
    column = canonical.theirs.get("record_id")
    no_id = frame["record_id"].is_null()
    repeated = ~no_id & (~frame["record_id"].is_first_distinct() | _within(frame["record_id"], read))
    gone = [
        rejects(agency, file, frame[ROW].filter(mask), reason, level="row", column=column)
        for mask, reason in ((no_id, NO_ID), (repeated, REPEATED))
        if mask.any()
    ]
    kept = frame.filter(~(no_id | repeated)) if gone else frame
    extras = [name for name in frame.columns if name not in PEOPLE_COLUMNS and name != ROW]
    part = pl.lit(0, dtype=pl.UInt32)
    if parts.height:
        kept = kept.join(parts, on="record_id", how="left", maintain_order="left")
        part = pl.col("parts").fill_null(0).cast(pl.UInt32)
    rows = kept.select(
        pl.lit(agency).alias("agency"),
        "record_id",
        part.alias("part"),
        pl.lit("given").alias("origin"),
        pl.lit(None, dtype=pl.String).alias("named_by"),
        pl.lit(file).alias("file"),
        pl.col(ROW).alias("file_row"),
        *(name for name in PEOPLE_COLUMNS if name != "record_id"),
        *extras,
    )
    return Kept(rows, pl.concat(gone) if gone else REJECTED.empty())


def _within(values: pl.Series, known: pl.Series) -> pl.Series:
    return values.is_in(known.implode()) if known.len() else pl.repeat(value=False, n=values.len(), eager=True)
