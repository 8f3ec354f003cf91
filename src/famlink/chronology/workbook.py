"""A chronology as a workbook for reading, filtering and printing: real dates, rows as tall as their text, links inside it."""

from __future__ import annotations

import datetime as dt
import io
import re
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from famlink.chronology.files import FIXED_DATE, harmless, printed
from famlink.chronology.lines import COLUMNS
from famlink.chronology.observations import Observation

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

WIDTHS = {
    "ref": 6, "line": 9, "date": 12, "end_date": 12, "precision": 10, "date_as_written": 14, "when": 15, "age": 14, "who": 18,
    "place": 18, "what_happened": 34, "category": 20, "kind": 13, "agency": 10, "system": 16, "record": 16, "event": 14, "reference": 16,
    "who_knew": 17, "action_taken": 15, "outcome": 15, "child_seen": 9, "significance": 14, "strength_or_risk": 10,
    "note": 18, "entered_by": 16, "entered_on": 14, "sharing_basis": 24, "source": 13,
}  # fmt: skip
"""Characters. The columns in sight are 799 points wide at three fifths: type of 12 points prints at over 7 on A4 landscape."""

FOLDED = (
    *("line", "end_date", "precision", "date_as_written", "category", "system", "record", "event", "reference"),
    *("place", "entered_by", "entered_on", "sharing_basis"),
)
"""Columns folded away under a plus sign in the workbook, so that the rest can be read in print."""

MOST_IN_CELL = 32_000
MOST_ROWS = 5_000
"""A workbook of more lines is no reading matter; the rest are in the CSV, and the workbook says so."""

MOST_COUNTED = 500
"""Lines listed beneath one count; the rest are said by number."""

_TYPE = 12
_LINE_HEIGHT = 15.75
_TALLEST = 409.0
_FIRST_YEAR = 1901
"""Spreadsheets count days from 1900."""

_NAMED_LINE = re.compile(r"\b(?:lines?|incident) (\d+[a-z]*)\b")
_SHEET = "Chronology"
_SEE = "See line"
_SEE_WIDTH = 7
_GLANCE_PIXELS = 1_050
"""At 96 dots an inch the width of A4 landscape inside its margins: the strip's smallest type prints at seven points."""


def xlsx_bytes(
    table: pl.DataFrame,
    *,
    title: str,
    notices: tuple[str, ...] = (),
    about: str = "Chronology",
    counts: Sequence[Observation] = (),
    drawing: tuple[bytes, str] | None = None,
) -> bytes:
    """Write a chronology as a workbook for reading and printing.

    Args:
        table: a chronology of any view.
        title: printed at the head of every page.
        notices: sentences printed under the table's title row, as every page of a product prints them.
        about: the title in the file's properties, which names nobody.
        counts: what can be counted in it; each stands on a sheet of its own with links to its lines.
        drawing: a PNG of the strip and its words, on a sheet of its own.

    Returns:
        the workbook: header frozen with filters, text wrapped in rows tall enough to show it, exact days as dates and
        partial ones as text, a link to the line a note names, A4 landscape one page wide, and a sheet that says
        what each column means. No cell is a formula and no link leads outside.
    """
    import xlsxwriter

    kept = io.BytesIO()
    with xlsxwriter.Workbook(
        kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        book.set_properties({"title": about[:250], "created": FIXED_DATE, "author": "famlink"})
        looks = _looks(book)
        said = list(notices)
        if table.height > MOST_ROWS:
            said.append(f"The first {MOST_ROWS:,} lines of {table.height:,}; the rest are in chronology.csv.")
        shown = table.head(MOST_ROWS)
        top = len(said) + 1
        row_of = {ref: row for row, ref in enumerate(shown["ref"].to_list(), top + 1)}
        sheet = _sheet(book, _SHEET, title, said, looks)
        _chronology(sheet, shown, row_of, top, looks)
        if counts:
            _counts(_sheet(book, "Counts", title, notices, looks), counts, shown, row_of, (len(notices) + 2, looks))
        if drawing is not None:
            _glance(_sheet(book, "At a glance", title, notices, looks), drawing, len(notices) + 2)
        _meanings(_sheet(book, "Columns", title, notices, looks), looks, len(notices) + 2)
        sheet.activate()
    return kept.getvalue()


def _looks(book: Workbook) -> dict[str, Format]:
    cell = {"text_wrap": True, "valign": "top", "border": 1, "border_color": "#B9C0C6", "font_size": _TYPE}
    link = {"underline": 1, "font_color": "#0B5066"}
    return {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "notice": book.add_format({"italic": True, "font_size": _TYPE}),
        "head": book.add_format(cell | {"bold": True, "bg_color": "#E6E9EC", "border_color": "#4F5A64"}),
        "cell": book.add_format(cell),
        "group": book.add_format(cell | {"bold": True, "bg_color": "#E9F1F4"}),
        "link": book.add_format(cell | link),
        "group link": book.add_format(cell | link | {"bold": True, "bg_color": "#E9F1F4"}),
        "date": book.add_format(cell | {"num_format": "d mmm yyyy", "align": "left"}),
        "group date": book.add_format(
            cell | {"num_format": "d mmm yyyy", "align": "left", "bold": True, "bg_color": "#E9F1F4"}
        ),
        "count": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "font_size": _TYPE}),
    }


def _sheet(book: Workbook, name: str, title: str, notices: Sequence[str], looks: dict[str, Format]) -> Worksheet:
    """A sheet with the title, the notices and the print set-up that every one has."""
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, harmless(title), looks["title"])
    for number, notice in enumerate(notices, 1):
        sheet.write_string(number, 0, harmless(notice), looks["notice"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.3, right=0.3, top=0.4, bottom=0.5)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{title[:120].replace('&', '&&')}&RPage &P of &N")
    return sheet


def _chronology(
    sheet: Worksheet, shown: pl.DataFrame, row_of: dict[str, int], top: int, looks: dict[str, Format]
) -> None:
    names = list(COLUMNS)
    for column, (name, (heading, _)) in enumerate(COLUMNS.items()):
        folded = {"level": 1, "hidden": True} if name in FOLDED else {}
        opener = {"collapsed": True} if name not in FOLDED and column and names[column - 1] in FOLDED else {}
        sheet.set_column(column, column, WIDTHS[name], None, folded | opener)
        sheet.write_string(top, column, heading, looks["head"])
    sheet.set_column(len(names), len(names), _SEE_WIDTH)
    sheet.write_string(top, len(names), _SEE, looks["head"])
    sheet.set_row(top, _height([(h, WIDTHS[n]) for n, (h, _) in COLUMNS.items() if n not in FOLDED]))
    in_sight = [(column, WIDTHS[name]) for column, name in enumerate(names) if name not in FOLDED]
    first, last = names.index("date"), names.index("end_date")
    # Days that somebody wrote as text are printed as they are.
    days_only = [pl.when(pl.lit(shown.schema[name] == pl.Date)).then(name).alias(name) for name in ("date", "end_date")]
    told = shown.select("ref", "line", "precision", "note", *days_only).iter_rows()
    for cells, (ref, line, precision, note, day, end) in zip(printed(shown).rows(), told, strict=True):
        number = row_of[ref] if isinstance(ref, str) else top + 1
        group = "group " if line == "incident" else ""
        look = looks[group.strip() or "cell"]
        days = {first: day if precision == "day" else None, last: end}
        for column, cell in enumerate(cells):
            exact = days.get(column)
            if exact is not None and exact.year >= _FIRST_YEAR:
                moment = dt.datetime(exact.year, exact.month, exact.day)  # noqa: DTZ001 - a cell carries no zone
                sheet.write_datetime(number, column, moment, looks[f"{group}date"])
            elif column == first and day is not None and exact is None:
                sheet.write_string(number, column, _partial(day, precision), look)
            else:
                sheet.write_string(number, column, cell[:MOST_IN_CELL], look)
        # A column of its own: some programs show a linked cell on one line, and a note must be read whole.
        target = _target(note, row_of)
        if target is None:
            sheet.write_blank(number, len(names), None, look)
        else:
            name, row = target
            place, tip = f"internal:{_SHEET}!A{row + 1}", f"Go to line {name}, named in the notes"
            sheet.write_url(number, len(names), place, looks[f"{group}link"], name, tip)
        sheet.set_row(number, _height([(cells[column], width) for column, width in in_sight]))
    sheet.freeze_panes(top + 1, 1)
    sheet.autofilter(top, 0, top + max(1, shown.height), len(COLUMNS))
    sheet.repeat_rows(top)


def _partial(day: dt.date, precision: str) -> str:
    """A date no more exact than its source: ``2014``, ``2014-11``, ``?2014-11-03``."""
    iso = day.isoformat()
    return {"year": iso[:4], "month": iso[:7]}.get(precision, f"?{iso}")


def _target(note: str, row_of: dict[str, int]) -> tuple[str, int] | None:
    """The first line a note names that stands in this table."""
    return next(((ref, row_of[ref]) for ref in _NAMED_LINE.findall(note) if ref in row_of), None)


def _counts(
    sheet: Worksheet,
    counts: Sequence[Observation],
    shown: pl.DataFrame,
    row_of: dict[str, int],
    under: tuple[int, dict[str, Format]],
) -> None:
    """Each count, then the lines it was counted from, one a row, linked to the chronology."""
    lines = {row["ref"]: row for row in shown.select("ref", "when", "kind", "agency", "what_happened").to_dicts()}
    widths = (8, 24, 24, 16, 80)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    top, looks = under
    for column, heading in enumerate(("Line", "When", "Kind", "Agency", "What happened (source's words)")):
        sheet.write_string(top, column, heading, looks["head"])
    sheet.freeze_panes(top + 1, 0)
    sheet.repeat_rows(top)
    number = top + 1
    for count in counts:
        sheet.merge_range(number, 0, number, len(widths) - 1, "", looks["count"])
        sheet.write_string(number, 0, harmless(count.sentence)[:MOST_IN_CELL], looks["count"])
        sheet.set_row(number, _height([(count.sentence, sum(widths))]))
        number += 1
        for ref in count.refs[:MOST_COUNTED]:
            line = lines.get(ref)
            if line is None:
                sheet.write_string(number, 0, ref, looks["cell"])
                sheet.write_string(number, 1, "not in this view", looks["cell"])
            else:
                sheet.write_url(
                    number, 0, f"internal:{_SHEET}!A{row_of[ref] + 1}", looks["link"], ref, f"Go to line {ref}"
                )
                cells = [harmless(str(line[name] or "not recorded"))[:MOST_IN_CELL] for name in ("when", "kind", "agency", "what_happened")]  # fmt: skip
                for column, cell in enumerate(cells, 1):
                    sheet.write_string(number, column, cell, looks["cell"])
                sheet.set_row(number, _height(list(zip(cells, widths[1:], strict=True))))
            number += 1
        if len(count.refs) > MOST_COUNTED:
            sheet.write_string(number, 0, f"and {len(count.refs) - MOST_COUNTED:,} more lines", looks["notice"])
            number += 1


def _glance(sheet: Worksheet, drawing: tuple[bytes, str], top: int) -> None:
    png, words = drawing
    scale = _GLANCE_PIXELS / struct.unpack_from(">I", png, 16)[0]
    sheet.insert_image(
        top,
        0,
        "strip.png",
        {"image_data": io.BytesIO(png), "description": words, "x_scale": scale, "y_scale": scale},
    )


def _meanings(sheet: Worksheet, looks: dict[str, Format], top: int) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    for column, heading in enumerate(("Column", "What it means")):
        sheet.write_string(top, column, heading, looks["head"])
    see = (_SEE, "a link to the first line the notes name, where it is in this table")
    for number, (heading, meaning) in enumerate([*COLUMNS.values(), see], top + 1):
        sheet.write_string(number, 0, heading, looks["cell"])
        sheet.write_string(number, 1, meaning, looks["cell"])
    sheet.repeat_rows(top)


def _height(cells: list[tuple[str, int]]) -> float:
    """How tall a row is that shows all of its cells, up to the tallest a spreadsheet knows."""
    lines = 1
    for cell, width in cells:
        if len(cell) > width or "\n" in cell:
            lines = max(lines, _lines(cell[:4_000], width))
    return min(_TALLEST, lines * _LINE_HEIGHT + 3)


@lru_cache(maxsize=65_536)
def _lines(text: str, width: int) -> int:
    """How many lines a text takes in a column of so many characters, broken at its spaces."""
    room = max(3, width)
    lines = 0
    for part in text.split("\n"):
        used = 0
        lines += 1
        for word in part.split(" "):
            if used and used + 1 + len(word) > room:
                lines, used = lines + 1, 0
            else:
                used += used > 0
            lines += max(0, len(word) - 1) // room
            used = used + len(word) if len(word) <= room else len(word) % room
    return lines
