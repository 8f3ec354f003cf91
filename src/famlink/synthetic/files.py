"""Extracts as files: each agency's own column names, codes and date forms, in CSV, Parquet, XLSX or NDJSON."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

MOST_ROWS_IN_A_WORKBOOK = 5_000
TABLES = ("people", "relationships", "events")
EMPTY_IN_PEOPLE = "sex"


@lru_cache(maxsize=1)
def agency_table() -> dict[str, Any]:
    """The shipped agencies: holder, system, kind of file, columns.

    Example:
        >>> agency_table()["police"]["people"]["date_of_birth"]
        'dob'
    """
    return tomllib.loads(files("famlink.synthetic").joinpath("agencies.toml").read_text(encoding="utf-8"))


def record_ids(agency: str, serial: np.ndarray[Any, Any]) -> pl.Series:
    """Record ids in the agency's own style."""
    style: str = agency_table()[agency]["ids"]
    before, _, after = style.partition("{")
    width = int(after.split(":0")[1].split("d")[0])
    digits: pl.Series = pl.Series(serial).cast(pl.String).str.zfill(width)
    return before + digits


def in_their_words(agency: str, table: str, frame: pl.DataFrame, *, kind: str) -> pl.DataFrame:
    """A canonical table in the agency's own columns, codes and date form.

    Args:
        agency: the agency.
        table: people, relationships or events.
        frame: canonical columns; dates are dates; sex is 0, 1 or 2.
        kind: csv, parquet, xlsx or ndjson: a workbook and Parquet keep real dates.

    Returns:
        the agency's columns, in its order.
    """
    entry = agency_table()[agency]
    columns: dict[str, str] = entry[table]
    out = []
    for canonical, theirs in columns.items():
        column = frame[canonical] if canonical in frame.columns else pl.Series([None] * frame.height, dtype=pl.String)
        if canonical == "sex":
            column = pl.Series(entry["sex"]).gather(column)
        if column.dtype == pl.Date and kind not in ("parquet", "xlsx"):
            column = _dated(column, entry["dates"])
        elif table == "events" and canonical == "date":
            column = _restyled(column, entry["dates"])
        out.append(column.alias(theirs))
    return pl.DataFrame(out)


def _dated(column: pl.Series, style: str) -> pl.Series:
    form = {"iso": "%Y-%m-%d", "uk": "%d/%m/%Y", "long": "%Y-%b-%d 00:00:00"}[style]
    return column.dt.strftime(form)


def _restyled(column: pl.Series, style: str) -> pl.Series:
    """Full dates in the agency's form; partial and uncertain ones stay as they are."""
    if style != "uk":
        return column
    full = column.str.contains(r"^\d{4}-\d\d-\d\d$")
    parts = column.str.slice(8, 2) + "/" + column.str.slice(5, 2) + "/" + column.str.slice(0, 4)
    return parts.zip_with(full, column)


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write a table; the same frame gives the same bytes.

    Args:
        frame: what to write.
        path: .csv, .parquet, .xlsx or .ndjson.
    """
    if path.suffix == ".csv":
        frame.write_csv(path, line_terminator="\n")
    elif path.suffix == ".parquet":
        frame.write_parquet(path, compression="zstd", statistics=True, row_group_size=262_144)
    elif path.suffix == ".ndjson":
        frame.write_ndjson(path)
    else:
        _write_workbook(frame, path)


def _write_workbook(frame: pl.DataFrame, path: Path) -> None:
    import datetime as dt

    import xlsxwriter

    book = xlsxwriter.Workbook(path, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    book.set_properties({"created": dt.datetime(2026, 6, 1, tzinfo=dt.UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet("Extract")
    bold = book.add_format({"bold": True})
    for place, name in enumerate(frame.columns):
        sheet.write_string(0, place, name, bold)
        for row, value in enumerate(frame[name].to_list(), start=1):
            if isinstance(value, dt.date):
                _write_day(sheet, row, place, value)
            elif value is not None:
                sheet.write_string(row, place, str(value))
    sheet.freeze_panes(1, 0)
    book.close()


def _write_day(sheet: Any, row: int, place: int, value: Any) -> None:
    if value.year < 1901:  # Excel counts its days from 1900 and gets that year's leap day wrong: written as text
        sheet.write_string(row, place, value.strftime("%d/%m/%Y"))
    else:
        sheet.write_datetime(row, place, value)
