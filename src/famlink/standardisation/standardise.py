"""Records as given -> records cleaned for comparison, with a reason beside every cell that lost something."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from famlink.schema import EXTRA
from famlink.standardisation.addresses import addresses_of
from famlink.standardisation.cleaned import Cleaned, by_value, empty
from famlink.standardisation.contacts import contacts_of
from famlink.standardisation.dates import dates_of
from famlink.standardisation.folding import folded
from famlink.standardisation.identifiers import identifiers_of
from famlink.standardisation.names import names_of
from famlink.standardisation.namewords import PLACEHOLDER_UNBORN
from famlink.standardisation.sex import sex_of
from famlink.tables import REASONS, REJECTED, STANDARDISED

_KEY = ("agency", "record_id", "part")


@dataclass(frozen=True)
class Standardised:
    """Records cleaned.

    Args:
        rows: the STANDARDISED table, one row a part of a record, in the records' order.
        reasons: the REASONS table: why a cell is empty or weaker than what was written.
        rejected: the REJECTED table: cells that could not be read, under their canonical column names.
    """

    rows: pl.DataFrame
    reasons: pl.DataFrame
    rejected: pl.DataFrame


def standardise(records: pl.DataFrame, *, as_at: dt.date) -> Standardised:
    """Clean every field of every record.

    Args:
        records: the RECORDS table.
        as_at: the day the extracts describe.

    Returns:
        cleaned rows, reasons and unreadable cells.

    Example:
        >>> from famlink.tables import RECORDS
        >>> one = {"agency": "gp", "record_id": "1", "part": 0, "origin": "given", "file": "f", "file_row": 1}
        >>> records = RECORDS.frame([{**one, "forename": "BABY SMITH", "date_of_birth": "03/05/2012"}])
        >>> done = standardise(records, as_at=dt.date(2026, 6, 1))
        >>> done.rows.select("forename", "surname", "date_of_birth").row(0)
        (None, 'smith', datetime.date(2012, 5, 3))
        >>> done.reasons.select("column", "reason").rows()
        [('forename', 'placeholder: child not named')]
    """
    # Cleaning one column keeps one core busy: who a record is, and where it lives, are cleaned side by side.
    with ThreadPoolExecutor(2) as pool:
        place = pool.submit(_where, records)
        fields = [*_who(records, as_at), *place.result()]
    columns = pl.concat([records.select(*_KEY, "origin"), *(item.columns for item in fields)], how="horizontal")
    return Standardised(
        STANDARDISED.conform(columns),
        REASONS.check(pl.concat([REASONS.empty(), *(item.reasons for item in fields)])),
        REJECTED.check(pl.concat([REJECTED.empty(), *(item.rejected for item in fields)])),
    )


@dataclass(frozen=True)
class _Told:
    """Fields cleaned, with the reasons of the records that have one: a reason for every record would be mostly empty."""

    columns: pl.DataFrame
    reasons: pl.DataFrame
    rejected: pl.DataFrame


def _who(records: pl.DataFrame, as_at: dt.date) -> list[_Told]:
    cleaned = names_of(records)
    unborn = cleaned.reasons["forename"].str.contains(PLACEHOLDER_UNBORN, literal=True).fill_null(value=False)
    names = _told(records, cleaned)
    dates = _told(records, dates_of(records, as_at=as_at, unborn=unborn))
    people = pl.DataFrame([names.columns["forename"], dates.columns["date_of_birth"]])
    sex = _told(records, sex_of(records))
    return [names, dates, sex, _told(records, identifiers_of(records, as_at=as_at, people=people))]


def _where(records: pl.DataFrame) -> list[_Told]:
    return [_told(records, clean(records)) for clean in (addresses_of, contacts_of, _others)]


def _others(records: pl.DataFrame) -> Cleaned:
    """Fields that are only trimmed and folded, and the agency's own columns."""
    extras = [name for name in records.columns if name.startswith(EXTRA)]
    restricted = records["restricted"].str.to_lowercase().str.strip_chars()
    return Cleaned(
        pl.DataFrame(
            [
                _tidy(records["ethnicity"], lambda cells: cells.str.replace(r"^[a-zA-Z]\)\s*", "").str.strip_chars()),
                _tidy(records["gp_practice"], folded),
                _tidy(records["school"], folded),
                records["household_id"],
                restricted.replace(["n", "false", "0", "y", "true", "1"], ["no", "no", "no", "yes", "yes", "yes"]),
                *(_tidy(records[name], _plain) for name in extras),
            ]
        )
    )


def _tidy(cells: pl.Series, tidy: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Tidy each value that occurs once."""
    return by_value(cells, lambda some: tidy(some).to_frame("tidy"))["tidy"].rename(cells.name)


def _plain(cells: pl.Series) -> pl.Series:
    """Text trimmed and in small letters; nothing is left of blanks."""
    return cells.str.strip_chars().str.to_lowercase().replace("", None)


def _told(records: pl.DataFrame, item: Cleaned) -> _Told:
    reasons = [
        _rows(records, why)
        .select(*_KEY, pl.lit(column).alias("column"), pl.col("why").str.split("; ").alias("reason"))
        .explode("reason", empty_as_null=False)
        for column, why in item.reasons.items()
        if not empty(why)
    ]
    rejected = [
        _rows(records, why).select(
            pl.col("agency").alias("source"),
            "file",
            pl.col("file_row").alias("row"),
            pl.lit(column).alias("column"),
            pl.col("why").alias("reason"),
            pl.lit("cell").alias("level"),
        )
        for column, why in item.unreadable.items()
        if not empty(why)
    ]
    return _Told(item.columns, pl.concat([REASONS.empty(), *reasons]), pl.concat([REJECTED.empty(), *rejected]))


def _rows(records: pl.DataFrame, why: pl.Series) -> pl.DataFrame:
    """Where the records that have a reason come from, and the reason: they are few, and nothing is copied for the rest."""
    at = why.is_not_null().arg_true()
    return records.select(pl.col(*_KEY, "file", "file_row").gather(at)).with_columns(why.gather(at).alias("why"))
