"""A chronology as files: CSV for programs, XLSX for a meeting. Same table, same bytes."""

from __future__ import annotations

import datetime as dt
import io

import polars as pl

from famlink.chronology.lines import BLANK, COLUMNS
from famlink.chronology.words import NOT_RECORDED, day_in_words

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""A cell that begins so can be run as a formula by a spreadsheet."""

FIXED_DATE = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - document properties carry no zone
"""The date written into document properties: the same input gives the same bytes."""

WIDTHS = {
    "ref": 6, "line": 9, "date": 11, "end_date": 12, "precision": 10, "date_as_written": 14, "when": 17, "age": 12, "who": 20,
    "place": 18, "what_happened": 50, "category": 20, "kind": 16, "agency": 10, "system": 16, "record": 16, "event": 14, "reference": 16,
    "who_knew": 19, "action_taken": 18, "outcome": 18, "child_seen": 9, "significance": 22, "strength_or_risk": 12,
    "note": 22, "entered_by": 16, "entered_on": 14, "sharing_basis": 24, "source": 17,
}  # fmt: skip
FOLDED = (
    *("line", "date", "end_date", "precision", "date_as_written", "category", "system", "record", "event", "reference"),
    *("place", "entered_by", "entered_on", "sharing_basis"),
)
"""Columns folded away under a plus sign in the workbook, so that the rest can be read in print."""
MOST_IN_CELL = 32_000
MOST_ROWS = 20_000
"""A workbook of more lines is no reading matter; the rest are in the CSV, and the workbook says so."""


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


def xlsx_bytes(table: pl.DataFrame, *, title: str, notices: tuple[str, ...] = ()) -> bytes:
    """Write a chronology as a workbook for reading and printing.

    Args:
        table: a chronology.
        title: printed at the head of every page.
        notices: sentences printed under the table's title row, as every page of a product prints them.

    Returns:
        the workbook: title and notices, header frozen with filters, text wrapped, A4 landscape one page wide.
    """
    import xlsxwriter

    kept = io.BytesIO()
    with xlsxwriter.Workbook(
        kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        book.set_properties({"title": title[:250], "created": FIXED_DATE, "author": "famlink"})
        sheet = book.add_worksheet("Chronology")
        bold = book.add_format({"bold": True, "font_size": 14})
        plain = book.add_format({"text_wrap": False, "italic": True})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6E9EC", "border": 1})
        body = book.add_format({"text_wrap": True, "valign": "top", "border": 1, "border_color": "#B9C0C6"})
        group = book.add_format(
            {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#B9C0C6", "bold": True}
        )
        sheet.write_string(0, 0, harmless(title), bold)
        said = list(notices)
        if table.height > MOST_ROWS:
            said.append(f"The first {MOST_ROWS:,} lines of {table.height:,}; the rest are in chronology.csv.")
        for number, notice in enumerate(said, 1):
            sheet.write_string(number, 0, harmless(notice), plain)
        top = len(said) + 1
        for column, (name, (heading, _)) in enumerate(COLUMNS.items()):
            folded = {"level": 1, "hidden": True} if name in FOLDED else {}
            opener = (
                {"collapsed": True} if name not in FOLDED and column and list(COLUMNS)[column - 1] in FOLDED else {}
            )
            sheet.set_column(column, column, WIDTHS[name], None, folded | opener)
            sheet.write_string(top, column, heading, head)
        rows = printed(table.head(MOST_ROWS)).rows()
        for number, (cells, line) in enumerate(zip(rows, table["line"].head(MOST_ROWS), strict=True), top + 1):
            for column, cell in enumerate(cells):
                sheet.write_string(number, column, cell[:MOST_IN_CELL], group if line == "incident" else body)
        sheet.freeze_panes(top + 1, 1)
        sheet.autofilter(top, 0, top + max(1, len(rows)), len(COLUMNS) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(top)
        sheet.set_footer(f"&L{title[:120].replace('&', '&&')}&RPage &P of &N")
    return kept.getvalue()


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
