"""A file read as text, before anybody knows what its columns mean, and the rows of it that could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from famlink.tables import REJECTED
from famlink.vocabulary.placeholders import EXCEL_ERRORS

ROW = "famlink.row"
"""Column that carries each row's number in its file: 1 = first under the header."""

_MARK = "\ufeff"

WRONG_COUNT = "wrong field count"
HEADER_AGAIN = "the header again"
BAD_QUOTES = "wrong field count: a quotation mark is opened and not closed"


@dataclass(frozen=True)
class TextTable:
    """A table of text cells.

    Args:
        file: the file as hub.toml names it.
        frame: the rows that could be read: text columns under the agency's names, and :data:`ROW`.
        unusable: row numbers that could not be read, each with its reason.
        warnings: what a user should know about the file.
    """

    file: str
    frame: pl.DataFrame
    unusable: tuple[tuple[int, str], ...] = ()
    warnings: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """Every row of the file, usable or not."""
        return self.frame.height + len(self.unusable)

    @property
    def names(self) -> list[str]:
        """The agency's column names."""
        return [name for name in self.frame.columns if name != ROW]


def numbered(frame: pl.DataFrame, rows: pl.Series | None = None) -> pl.DataFrame:
    """Add :data:`ROW` to a frame: the numbers given, or 1, 2 ... in order."""
    numbers = pl.int_range(1, frame.height + 1, dtype=pl.UInt32, eager=True) if rows is None else rows.cast(pl.UInt32)
    return frame.with_columns(numbers.alias(ROW))


def trimmed(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Strip every text cell of surrounding white space; empty cells and spreadsheet errors become null.

    Args:
        frame: text columns, and others that are left alone.

    Returns:
        the frame, and a warning where cells held spreadsheet errors.
    """
    frame, errors = stripped(frame)
    return frame, spoilt(errors)


def spoilt(errors: int) -> list[str]:
    """A warning where cells held spreadsheet errors."""
    return [f"{errors} cells hold a spreadsheet error such as #N/A and are read as empty"] if errors else []


def stripped(frame: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """As :func:`trimmed`, with the number of cells that held spreadsheet errors."""
    text = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    frame = frame.with_columns(pl.col(text).str.strip_chars()) if text else frame
    if not text or not frame.height:
        return frame, 0
    found = frame.select(
        (pl.col(text) == "").any().name.prefix("e"),
        pl.col(text).str.starts_with("#").any().name.prefix("x"),
        pl.col(text).str.starts_with(_MARK).any().name.prefix("m"),
    ).row(0, named=True)
    marked = [name for name in text if found["m" + name]]
    if marked:
        # Files put together one after the other have a byte order mark where the second begins.
        return stripped(frame.with_columns(pl.col(marked).str.strip_chars_start(_MARK)))
    empty = [name for name in text if found["e" + name]]
    frame = frame.with_columns(pl.when(pl.col(empty) != "").then(pl.col(empty))) if empty else frame
    doubtful = [name for name in text if found["x" + name]]
    if not doubtful:
        return frame, 0
    errors = pl.col(doubtful).is_in(list(EXCEL_ERRORS))
    count = sum(frame.select(errors.sum()).row(0))
    return (frame.with_columns(pl.when(~errors).then(pl.col(doubtful))) if count else frame), count


def without_tail(frame: pl.DataFrame, *, unusable: Sequence[tuple[int, str]] = ()) -> tuple[pl.DataFrame, list[str]]:
    """Leave out rows of empty cells below the last filled one, which spreadsheets write by the thousand.

    A row of empty cells among the others is a row, and is rejected for having no record_id.

    Args:
        frame: text columns and :data:`ROW`.
        unusable: rows that could not be read, by number; they are filled.

    Returns:
        the other rows, and a warning where there were any.

    Example:
        >>> without_tail(pl.DataFrame({"id": ["1", None], "name": ["Ann", None], ROW: [1, 2]}))[1]
        ['1 rows of empty cells below the table are no rows']
    """
    names = [name for name in frame.columns if name != ROW]
    if not names or not frame.height or frame[names[0]][-1] is not None:
        return frame, []
    last = max((number for number, _ in unusable), default=0)
    filled = pl.any_horizontal(pl.col(names).is_not_null()) | (pl.col(ROW) <= last)
    places = frame.select(filled.alias("filled"))["filled"].arg_true()
    height = places[-1] + 1 if places.len() else 0
    empty = frame.height - height
    return frame.head(height), [f"{empty} rows of empty cells below the table are no rows"] if empty else []


def without_headers(frame: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, str]]]:
    """Take out rows that say the header again, as where files were put together or a report has several pages.

    Args:
        frame: text columns and :data:`ROW`.

    Returns:
        the other rows, and those rows' numbers with their reason.

    Example:
        >>> without_headers(pl.DataFrame({"id": ["1", "id"], "name": ["Ann", "name"], ROW: [1, 2]}))[1]
        [(2, 'the header again')]
    """
    names = [name for name in frame.columns if name != ROW]
    if len(names) < 2 or not (frame[names[0]] == names[0]).any():
        return frame, []
    again = frame.select(
        pl.all_horizontal((pl.col(name) == name).fill_null(value=False) for name in names).alias("again")
    )["again"]
    if not again.any():
        return frame, []
    return frame.filter(~again), [(row, HEADER_AGAIN) for row in frame[ROW].filter(again)]


def rejects(source: str, file: str, rows: pl.Series, reason: str, *, level: str, column: str | None) -> pl.DataFrame:
    """Rows of the REJECTED table that share one reason."""
    return pl.DataFrame({"row": rows.cast(pl.UInt32)}).select(
        pl.lit(source).alias("source"),
        pl.lit(file).alias("file"),
        "row",
        pl.lit(column, dtype=pl.String).alias("column"),
        pl.lit(reason).alias("reason"),
        pl.lit(level).alias("level"),
    )


def unusable_rejects(source: str, table: TextTable) -> pl.DataFrame:
    """The rows of a file that could not be read, as rows of the REJECTED table."""
    if not table.unusable:
        return REJECTED.empty()
    return pl.DataFrame(
        {"row": [row for row, _ in table.unusable], "reason": [reason for _, reason in table.unusable]},
        schema={"row": pl.UInt32, "reason": pl.String},
    ).select(
        pl.lit(source).alias("source"),
        pl.lit(table.file).alias("file"),
        "row",
        pl.lit(None, dtype=pl.String).alias("column"),
        "reason",
        pl.lit("row").alias("level"),
    )
