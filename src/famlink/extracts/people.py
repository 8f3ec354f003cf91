"""People tables of one source -> records: every row is a record, or is rejected with its reason."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from famlink.extracts.columns import Canonical
from famlink.extracts.tabular import ROW, rejects
from famlink.tables import PEOPLE_COLUMNS, REJECTED

NO_ID = "no record_id"
REPEATED = "record_id already read in this source"
NOT_GIVEN = "names a record the agency did not give"


@dataclass(frozen=True)
class Kept:
    """What a file's rows became.

    Args:
        rows: those that are used.
        rejected: those that are not, and cells that became empty: rows of the REJECTED table.
    """

    rows: pl.DataFrame
    rejected: pl.DataFrame


@dataclass(frozen=True)
class Seen:
    """What an agency gave before a file is read.

    Args:
        read: record ids this source has given already, in earlier files.
        parts: (record_id, parts) of the agency: how many rows each record has already.
        repeats: whether a record_id may come again, its further rows adding to the record.
        satellite: whether rows only add to records given already; a row about anybody else is rejected.
    """

    read: pl.Series
    parts: pl.DataFrame
    repeats: bool = False
    satellite: bool = False


def people_of(canonical: Canonical, *, agency: str, file: str, seen: Seen) -> Kept:
    """Turn one file's rows into records.

    Args:
        canonical: the rows under canonical names.
        agency: whose they are.
        file: the file's name.
        seen: what the agency gave before.

    Returns:
        rows of the RECORDS table, and rejects.
    """
    frame = canonical.frame
    column = canonical.theirs.get("record_id")
    no_id = frame["record_id"].is_null()
    none = pl.repeat(value=False, n=frame.height, eager=True)
    repeated = none
    if not seen.repeats:
        repeated = ~no_id & (~frame["record_id"].is_first_distinct() | _within(frame["record_id"], seen.read))
    strange = ~no_id & ~_within(frame["record_id"], seen.parts["record_id"]) if seen.satellite else none
    gone = [
        rejects(agency, file, frame[ROW].filter(mask), reason, level="row", column=column)
        for mask, reason in ((no_id, NO_ID), (repeated, REPEATED), (strange, NOT_GIVEN))
        if mask.any()
    ]
    kept = frame.filter(~(no_id | repeated | strange)) if gone else frame
    extras = [name for name in frame.columns if name not in PEOPLE_COLUMNS and name != ROW]
    part = pl.lit(0, dtype=pl.UInt32)
    if seen.parts.height:
        kept = kept.join(seen.parts, on="record_id", how="left", maintain_order="left")
        part = pl.col("parts").fill_null(0).cast(pl.UInt32)
    if seen.repeats:
        part = part + pl.int_range(pl.len(), dtype=pl.UInt32).over("record_id")
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
    return (
        values.is_in(known.implode()).fill_null(value=False)
        if known.len()
        else pl.repeat(value=False, n=values.len(), eager=True)
    )
