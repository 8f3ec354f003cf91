"""A chronology as cells of a file: text that no spreadsheet runs, and CSV for programs. Same table, same bytes."""

from __future__ import annotations

import datetime as dt

import polars as pl

from famlink.chronology.lines import BLANK, COLUMNS
from famlink.chronology.words import NOT_RECORDED, day_in_words

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that begins so can be run as a formula by a spreadsheet."""

FIXED_DATE = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - document properties carry no zone
"""The date written into document properties: the same input gives the same bytes."""


def harmless(text: str) -> str:
    """Keep a spreadsheet from running a cell as a formula.

    Args:
        text: a cell.

    Returns:
        the text with a leading apostrophe where it begins like a formula, also after spaces.

    Example:
        >>> harmless("=1+1"), harmless(" @SUM(A1)"), harmless("3 May")
        ("'=1+1", "' @SUM(A1)", '3 May')

    Source: OWASP, CSV injection.
    """
    return f"'{text}" if text.lstrip(" \u00a0").startswith(FORMULA_STARTS) else text


def harmless_columns(table: pl.DataFrame) -> pl.DataFrame:
    """A table whose text no spreadsheet runs as a formula: :func:`harmless` for every cell.

    Example:
        >>> harmless_columns(pl.DataFrame({"column": ["dob", "=A1"]}))["column"].to_list()
        ['dob', "'=A1"]
    """
    changed = []
    for name in (name for name, dtype in table.schema.items() if dtype == pl.String):
        text = pl.col(name)
        runs = text.str.strip_chars_start(" \u00a0").str.slice(0, 1).is_in(list(FORMULA_STARTS))
        changed.append(pl.when(runs).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(name))
    return table.with_columns(changed)


def printed(table: pl.DataFrame) -> pl.DataFrame:
    """The cells a file shows: text, harmless to spreadsheets, never empty but where left for the analyst.

    Args:
        table: a chronology.

    Returns:
        a table of text with its columns.
    """
    cells = table.select(pl.col(list(COLUMNS)).cast(pl.String).fill_null(""))
    silent = [name for name in COLUMNS if name not in BLANK]
    return harmless_columns(cells.with_columns(pl.col(silent).replace("", NOT_RECORDED)))


def csv_bytes(table: pl.DataFrame) -> bytes:
    """Write a chronology as CSV.

    Args:
        table: a chronology.

    Returns:
        UTF-8, one header row of column names, every cell text.
    """
    return printed(table).write_csv().encode("utf-8", "replace")


def heading_of(name: str, as_at: dt.date, *, synthetic: bool) -> str:
    """The title of a chronology's file.

    Args:
        name: who it is about.
        as_at: the day the extracts describe.
        synthetic: whether the data are made up.

    Returns:
        one line.

    Example:
        >>> heading_of("Keira Hollis", dt.date(2026, 6, 1), synthetic=True)
        'SYNTHETIC - Chronology: Keira Hollis, as at 1 June 2026'
    """
    return f"{'SYNTHETIC - ' if synthetic else ''}Chronology: {name}, as at {day_in_words(as_at)}"


def heading_without_names(as_at: dt.date, *, synthetic: bool) -> str:
    """The title in a file's properties, which lists of files and search engines show: it names nobody.

    Args:
        as_at: the day the extracts describe.
        synthetic: whether the data are made up.

    Returns:
        one line.

    Example:
        >>> heading_without_names(dt.date(2026, 6, 1), synthetic=False)
        'Chronology, as at 1 June 2026'
    """
    return f"{'SYNTHETIC - ' if synthetic else ''}Chronology, as at {day_in_words(as_at)}"
