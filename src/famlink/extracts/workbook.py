"""One sheet of an Excel workbook -> a table of text cells."""

from __future__ import annotations

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.decoding import bound_archive
from famlink.extracts.delimited import check_header, without_unnamed
from famlink.extracts.tabular import TextTable, numbered, trimmed

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"  # .xls, which is no zip archive


def read_workbook(data: bytes, *, file: str, kind: str) -> TextTable:
    """Read the sheet named after the table (people, relationships, events), or else the first sheet.

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

    if not data.startswith(_OLD_WORKBOOK):
        bound_archive(data, file=file)
    try:
        book = fastexcel.read_excel(data)
        names = book.sheet_names
        chosen = next((name for name in names if name.strip().lower() == kind), names[0] if names else None)
        raw = None if chosen is None else _cells(book.load_sheet(chosen, header_row=None, dtypes="string"))
    except fastexcel.FastExcelError:
        raise SourceError(f"{file}: not an Excel workbook that can be read; save it again as .xlsx or .csv") from None
    warnings = [f"read from its first sheet, of {len(names)}"] if chosen is not None and len(names) > 1 else []
    if chosen is not None and chosen.strip().lower() == kind:
        warnings = []
    if raw is None or not raw.height:
        return TextTable(file, numbered(pl.DataFrame()), warnings=("the file is empty",))
    raw, notes = trimmed(raw)
    filled = raw.select(~pl.all_horizontal(pl.all().is_null())).to_series()
    top = filled.arg_true()
    if not top.len():
        return TextTable(file, numbered(pl.DataFrame()), warnings=("the file is empty",))
    header = [" ".join((cell or "").split()) for cell in raw.row(top[0])]
    check_header(header, file=file)
    columns = [name or f"column_{place}" for place, name in enumerate(header, start=1)]
    body = raw.slice(top[0] + 1)
    body.columns = columns
    frame = numbered(body).filter(filled.slice(top[0] + 1))
    frame, more = without_unnamed(frame, header)
    if not frame.height:
        more.append("the file has a header and no rows")
    return TextTable(file, frame, warnings=(*warnings, *notes, *more))


def _cells(sheet: object) -> pl.DataFrame:
    """A sheet's cells as text: midnight taken off days, and the zero day off times of day."""
    frame: pl.DataFrame = sheet.to_polars()  # type: ignore[attr-defined]
    return frame.select(
        pl.all()
        .cast(pl.String)
        .str.replace(r"^(\d{4}-\d\d-\d\d) 00:00:00$", "$1")
        .str.replace(r"^(?:1899-12-31|1904-01-01) (\d\d:\d\d:\d\d)$", "$1")
    )
