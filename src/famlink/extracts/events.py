"""Event rows -> events with readable dates, about records the agency gave."""

from __future__ import annotations

import polars as pl

from famlink.extracts.columns import Canonical
from famlink.extracts.people import NO_ID, NOT_GIVEN, Kept
from famlink.extracts.tabular import ROW, rejects
from famlink.extracts.values import NO_DATE, dates, known_in
from famlink.tables import EVENTS, REJECTED
from famlink.vocabulary.dates import is_open_end

REPEATED_EVENT = "event_id already read for this agency"
OTHERS_NOT_GIVEN = "names a record the agency did not give, which is left out of the list"


def events_of(canonical: Canonical, *, agency: str, file: str, given: pl.Series, read: pl.Series, before: int) -> Kept:
    """Turn one file's rows into events.

    Args:
        canonical: the rows under canonical names.
        agency: whose they are.
        file: the file's name.
        given: every record id the agency gave, in all its sources.
        read: event ids the agency gave in earlier files.
        before: rows in the agency's earlier files of events, so that made ids (``e{row}``) do not meet.

    Returns:
        rows of the EVENTS table, and rejects.
    """
    frame = canonical.frame.with_columns(
        pl.coalesce("event_id", pl.format("e{}", pl.col(ROW).cast(pl.Int64) + before)).alias("event_id")
    )
    day, _ = dates(frame, "date", canonical, agency=agency, file=file)
    known = known_in(frame["record_id"], given)
    sound = known & day["earliest"].is_not_null()
    fresh = frame.select(pl.when(sound).then("event_id")).to_series()
    repeated = sound & (~fresh.is_first_distinct() | known_in(fresh, read))
    theirs = canonical.theirs
    faults = (
        (frame["record_id"].is_null(), NO_ID, "record_id"),
        (frame["record_id"].is_not_null() & ~known, NOT_GIVEN, "record_id"),
        (known & day["earliest"].is_null(), NO_DATE, "date"),
        (repeated, REPEATED_EVENT, "event_id"),
    )
    gone = [
        rejects(agency, file, frame[ROW].filter(mask), reason, level="row", column=theirs.get(column))
        for mask, reason, column in faults
    ]
    kept, day = frame.filter(sound & ~repeated), day.filter(sound & ~repeated)
    end, not_end = dates(kept, "end_date", canonical, agency=agency, file=file)
    written, not_written = dates(kept, "recorded_on", canonical, agency=agency, file=file)
    others, not_others = _others(kept, canonical, agency=agency, file=file, given=given)
    rows = kept.with_columns(
        pl.lit(agency).alias("agency"),
        day["earliest"].alias("date"),
        day["latest"].alias("latest"),
        day["precision"].alias("precision"),
        pl.col("date").alias("date_text"),
        _ends(day, end).alias("end_date"),
        written["earliest"].alias("recorded_on"),
        others.alias("others"),
        _listed(kept["quoted_references"]).alias("quoted_references"),
        pl.lit(file).alias("file"),
        pl.col(ROW).alias("file_row"),
    ).drop(ROW)
    return Kept(EVENTS.conform(rows), pl.concat([REJECTED.empty(), *gone, not_end, not_written, not_others]))


def _ends(day: pl.DataFrame, end: pl.DataFrame) -> pl.Series:
    """The earliest day each event can have ended. One before its date is kept as given: the chronology notes it."""
    earliest = (
        pl.when(pl.col("latest") >= day["earliest"])
        .then(pl.max_horizontal("earliest", day["earliest"]))
        .otherwise("earliest")
    )
    return end.select(pl.when(~_open(end)).then(earliest)).to_series()


def _open(end: pl.DataFrame) -> pl.Series:
    """Ends that mean "still open"."""
    return end.select(is_open_end(pl.col("earliest")).fill_null(value=False)).to_series()


def _listed(cells: pl.Series) -> pl.Series:
    """Cells with ``;`` -> lists of what stands between, without empty places; an empty cell stays null."""
    items = cells.str.split(";").list.eval(pl.element().str.strip_chars()).to_frame("items")
    return (
        items.select(pl.col("items").list.eval(pl.element().filter(pl.element().is_not_null() & (pl.element() != ""))))
        .select(pl.when(pl.col("items").list.len() > 0).then("items"))
        .to_series()
    )


def _others(
    kept: pl.DataFrame, canonical: Canonical, *, agency: str, file: str, given: pl.Series
) -> tuple[pl.Series, pl.DataFrame]:
    """Split ``role:record_id;...``; an id without a role has the role other, an id nobody gave is left out and told of."""
    items = (
        kept.select(pl.col(ROW), _listed(kept["others"]).alias("item"))
        .drop_nulls("item")
        .explode("item", empty_as_null=False)
    )
    split = items.with_columns(
        pl.when(pl.col("item").str.contains(":", literal=True))
        .then(pl.col("item").str.replace(r"^\s*([^:]*?)\s*:\s*", "$1:"))
        .otherwise(pl.format("other:{}", "item"))
        .alias("item")
    )
    ids = split["item"].str.replace(r"^[^:]*:", "")
    known = known_in(ids, given)
    listed = split.filter(known).group_by(ROW, maintain_order=True).agg("item")
    wrong = split.filter(~known)[ROW].unique(maintain_order=True)
    joined = kept.select(ROW).join(listed, on=ROW, how="left", maintain_order="left")["item"]
    return joined, rejects(agency, file, wrong, OTHERS_NOT_GIVEN, level="cell", column=canonical.theirs.get("others"))
