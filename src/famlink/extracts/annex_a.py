"""Ofsted's Annex A: a workbook of eleven lists, a row a child on each. It has no names: its children join by their id.

Source: Ofsted, Inspecting local authority children's services (ILACS), Annex A child-level lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.annex_a_lists import ADOPTER, CHILD, EVENTS_OF
from famlink.extracts.export import ExportFile
from famlink.extracts.pieces import (
    Adapted,
    FileRead,
    Piece,
    event_pieces,
    left_over,
    lower_cased,
    people_piece,
    read_sheet,
)
from famlink.extracts.tabular import TextTable
from famlink.extracts.workbook import read_sheets

_HEADER = re.compile(rf"\s*({CHILD}|{ADOPTER})\s*$", re.IGNORECASE)
_LIST = re.compile(r"list[\s_-]*(\d{1,2})(?!\d)", re.IGNORECASE)
_ADOPTERS = 11
_PEOPLE = {
    "gender": "gender",
    "ethnicity": "ethnicity",
    "date_of_birth": "date of birth",
    "household_id": "family identifier",
}
_EXTRAS = {
    9: (
        "allocated team",
        "allocated worker",
        "eligibility category",
        "la in touch",
        "type of accommodation",
        "suitability of accommodation",
        "activity status",
    )
}
"""Columns of a list without dates, kept beside the record."""
_PASSED_OVER = ("age", "age of child (years)")
_DISABILITY = ("does the child have a disability", "disability")


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read an Annex A.

    Args:
        files: a workbook whose sheets are named List 1 to List 11, or a CSV file a list, so named.

    Returns:
        a row a child and list (they add to one record), adopters of List 11 with ``adopter-`` before their id, family
        identifiers of Lists 10 and 11 as households, and an event for every date.

    Raises:
        SourceError: there is no list in the files.
    """
    people: list[Piece] = []
    events: list[Piece] = []
    counts: list[FileRead] = []
    warnings: list[str] = []
    for file in files:
        for name, sheet in _sheets(file, warnings):
            found = _LIST.search(name)
            number = int(found[1]) if found else 0
            table = _clean(sheet)
            who = ADOPTER if number == _ADOPTERS else CHILD
            if number not in EVENTS_OF or who not in table.names:
                warnings.append(f"{sheet.file}: not one of the Lists 1 to {_ADOPTERS}; it is not read")
                continue
            if number == _ADOPTERS:
                table = replace(table, frame=table.frame.with_columns(pl.format("adopter-{}", pl.col(who)).alias(who)))
            people.append(
                people_piece(table, {"record_id": who, **_PEOPLE}, extras=(*_DISABILITY, *_EXTRAS.get(number, ())))
            )
            made, as_read = event_pieces(
                table, EVENTS_OF[number], record_id=who, prefix=f"{table.file}", only_events=False
            )
            events += made
            counts.append(as_read)
            used = [who, *_PEOPLE.values(), *_PASSED_OVER, *_DISABILITY, *_EXTRAS.get(number, ())]
            for item in EVENTS_OF[number]:
                plain = (item.date, item.end, item.outcome, item.child_seen, item.recorded_by)
                used += [column for column in (*plain, *item.details) if column]
            warnings += left_over(table, used)
    if not counts:
        raise SourceError(
            "annex-a: expected sheets named List 1 to List 11 with a column 'Child Unique ID', found none; "
            "give files = the workbook"
        )
    return Adapted((*people, *events), tuple(counts), tuple(warnings))


def _sheets(file: ExportFile, warnings: list[str]) -> list[tuple[str, TextTable]]:
    if file.ending in {".csv", ".tsv", ".txt"}:
        return [(file.stem, read_sheet(file))]
    sheets = read_sheets(file.data, file=file.name, first_cell=_HEADER)
    if not sheets:
        warnings.append(f"{file.name}: no sheet has a column 'Child Unique ID'; it is not read")
    return list(sheets.items())


def _clean(table: TextTable) -> TextTable:
    """Column names in lower case, and hard spaces in cells made plain ones."""
    table = lower_cased(table)
    plain = {"‘": "'", "’": "'"}  # noqa: RUF001 - the quotation marks Excel makes of apostrophes
    table = replace(table, frame=table.frame.rename({name: _plain(name, plain) for name in table.names}))
    spaced = table.frame.with_columns(pl.col(table.names).str.replace_all(r"\s+", " ").str.strip_chars())
    return replace(table, frame=spaced)


def _plain(name: str, marks: dict[str, str]) -> str:
    for mark, apostrophe in marks.items():
        name = name.replace(mark, apostrophe)
    return name
