"""One sheet of an Excel workbook -> a table of text cells."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.decoding import bound_archive
from famlink.extracts.delimited import TITLES, check_header, without_unnamed
from famlink.extracts.sheetbounds import bound_cells
from famlink.extracts.tabular import TextTable, numbered, trimmed, without_headers
from famlink.vocabulary.column_names import MOST_TITLES, header_at, looks_like_header

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # .xls, which is no zip archive


def read_workbook(data: bytes, *, file: str, kind: str) -> TextTable:
    """Read the sheet named after the table (people, relationships, events), or else the first that begins with a header.

    Every cell is read as text: whole numbers without a decimal point, dates as ISO. The first row that holds anything
    is the header; rows that hold nothing are no rows, though they keep their number.

    Args:
        data: the file's bytes.
        file: its name, for messages.
        kind: people, relationships or events.

    Returns:
        the cells, stripped.

    Raises:
        SourceError: the file is no workbook, or its header names a column twice.
    """
    import fastexcel

    try:
        book, notes = _opened(data, file)
        names = book.sheet_names
        chosen, raw = _chosen(book, kind)
    except fastexcel.FastExcelError:
        raise _unreadable(file) from None
    if chosen is not None and len(names) > 1 and chosen.strip().lower() != kind:
        notes.append(
            f"read from one sheet, number {names.index(chosen) + 1} of {len(names)}; name a sheet {kind} to choose"
        )
    table = _table(raw, file=file)
    return TextTable(file, table.frame, table.unusable, (*notes, *table.warnings))


def _chosen(book: Any, kind: str) -> tuple[str | None, pl.DataFrame | None]:
    """The sheet named after the table; or the first that begins with a header and is not hidden; or the first."""
    named = [name for name in book.sheet_names if name.strip().lower() == kind]
    first: tuple[str | None, pl.DataFrame | None] = (None, None)
    seen = False
    for name in named or book.sheet_names:
        sheet = book.load_sheet(name, header_row=None, dtypes="string")
        shown = sheet.visible == "visible"
        raw = _cells(sheet)
        if named or (shown and _has_header(raw)):
            return name, raw
        if first[0] is None or (shown and not seen):
            first, seen = (name, raw), shown
    return first


def _has_header(raw: pl.DataFrame) -> bool:
    rows = [[cell or "" for cell in row] for row in raw.head(MOST_TITLES + 1).rows()]
    rows = [row for row in rows if any(row)]
    return bool(rows) and looks_like_header([cell for cell in rows[header_at(rows)] if cell])


def read_sheets(data: bytes, *, file: str, first_cell: re.Pattern[str]) -> dict[str, TextTable]:
    """Read every sheet of a workbook, each from the row that has a column of some name.

    Args:
        data: the file's bytes.
        file: its name, for messages.
        first_cell: matches one of the column names of a header; rows above it are titles.

    Returns:
        sheet name -> its cells; a sheet without such a row is left out. The file of a table names its sheet.

    Raises:
        SourceError: the file is no workbook, or a header names a column twice.
    """
    import fastexcel

    try:
        book, _ = _opened(data, file)
        sheets = {name: _cells(book.load_sheet(name, header_row=None, dtypes="string")) for name in book.sheet_names}
    except fastexcel.FastExcelError:
        raise _unreadable(file) from None
    tables = {}
    for name, raw in sheets.items():
        top = next(
            (
                place
                for place, row in enumerate(raw.head(30).rows())
                if any(first_cell.match(cell or "") for cell in row)
            ),
            None,
        )
        if top is not None:
            tables[name] = _table(raw.slice(top), file=f"{file} [{name.strip()}]")
    return tables


def _opened(data: bytes, file: str) -> tuple[Any, list[str]]:
    """The workbook, and what its archive tells that its cells do not."""
    import fastexcel

    notes = []
    if not data.startswith(_OLD_WORKBOOK):
        bound_archive(data, file=file)
        if merged := bound_cells(data, file=file):
            notes.append(f"{merged} areas of cells are merged: the value stands in the first cell alone; unmerge them")
    return fastexcel.read_excel(data), notes


def _unreadable(file: str) -> SourceError:
    return SourceError(f"{file}: not an Excel workbook that can be read; save it again as .xlsx or .csv")


def _table(raw: pl.DataFrame | None, *, file: str) -> TextTable:
    """The cells below the first row that holds anything, which is the header."""
    if raw is None or not raw.height:
        return TextTable(file, numbered(pl.DataFrame()), warnings=("the file is empty",))
    raw, notes = trimmed(raw)
    filled = raw.select(~pl.all_horizontal(pl.all().is_null())).to_series()
    places = filled.arg_true()
    if not places.len():
        return TextTable(file, numbered(pl.DataFrame()), warnings=("the file is empty",))
    above = header_at([[cell or "" for cell in raw.row(place)] for place in places[: MOST_TITLES + 1]])
    if above:
        notes = [*notes, f"{TITLES}: {above} rows"]
    top = places[above]
    header = [" ".join((cell or "").split()) for cell in raw.row(top)]
    check_header(header, file=file)
    columns = [name or f"column_{place}" for place, name in enumerate(header, start=1)]
    body = raw.slice(top + 1)
    body.columns = columns
    frame = numbered(body).filter(filled.slice(top + 1))
    frame, more = without_unnamed(frame, header)
    frame, again = without_headers(frame)
    if not frame.height:
        more.append("the file has a header and no rows")
    return TextTable(file, frame, tuple(again), (*notes, *more))


def _cells(sheet: object) -> pl.DataFrame:
    """A sheet's cells as text: midnight taken off days, and the zero day off times of day."""
    frame: pl.DataFrame = sheet.to_polars()  # type: ignore[attr-defined]
    return frame.select(
        pl.all()
        .cast(pl.String)
        .str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1")
        .str.replace(r"^(?:1899-12-31|1904-01-01) (\d\d:\d\d:\d\d)$", "$1")
    )
