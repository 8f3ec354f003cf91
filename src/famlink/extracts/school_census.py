"""The school census as local authorities hold it: CSV tables of pupils, of their addresses and of exclusions.

Source: Department for Education, School census technical specification (data items, here as column names without spaces).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.export import ExportFile
from famlink.extracts.pieces import (
    Adapted,
    Dated,
    FileRead,
    Piece,
    event_pieces,
    left_over,
    need,
    people_piece,
    read_sheet,
)
from famlink.extracts.tabular import TextTable

_PUPIL = {
    "record_id": "upn",
    "upn": "upn",
    "former_upn": "formerupn",
    "uln": "uniquelearnernumber",
    "surname": "surname",
    "forename": "forename",
    "middle_names": "middlenames",
    "aliases": "preferredsurname",
    "former_surnames": "formersurname",
    "date_of_birth": "dob",
    "sex": "sex",
    "gender": "gender",
    "ethnicity": "ethnicity",
}
_HOME = {
    "record_id": "upn",
    "uprn": "uniquepropertyreferencenumber",
    "address": "address lines",
    "postcode": "postcode",
}
_LINES = ("saon", "paon", "street", "locality", "town", "administrativearea", "posttown")
_SCHOOL = (
    Dated("entrydate", "Joined school"),
    Dated("leavingdate", "Left school", outcome="leavingreason"),
)
_KINDS = {"PERM": "Permanent exclusion", "SUSP": "Suspension", "FIXD": "Suspension", "LNCH": "Lunchtime suspension"}
_EXCLUSION_DATES = ("exclusionstartdate", "startdate")
_EXCLUSION_KINDS = ("exclusioncategory", "category")
_EXCLUSION_DETAILS = {
    "exclusionreason": "reason",
    "reason": "reason",
    "exclusionsessions": "sessions",
    "actualnumberofsessions": "sessions",
    "sessions": "sessions",
}


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read census tables; what each is, its columns say.

    A pupil's record_id is the UPN.

    Args:
        files: CSV files.

    Returns:
        pupils (columns nobody knows are kept as extras) with addresses, the days a school was joined and left, exclusions.

    Raises:
        SourceError: there is no table of pupils.
    """
    people: list[Piece] = []
    homes: list[Piece] = []
    events: list[Piece] = []
    counts: list[FileRead] = []
    warnings: list[str] = []
    for file in files:
        table = read_sheet(file)
        if not table.names:
            counts.append(FileRead(table.file, table.rows))
            continue
        need(table, "upn")
        is_pupils = {"surname", "dob"} <= set(table.names)
        with_home = _with_lines(table)
        has_home = "postcode" in table.names
        if is_pupils:
            known = {*_PUPIL.values(), *_HOME.values(), *_LINES, "entrydate", "leavingdate", "leavingreason"}
            columns = {**_PUPIL, **({} if not has_home else _HOME)}
            people.append(people_piece(with_home, columns, extras=[name for name in table.names if name not in known]))
        elif has_home:
            homes.append(people_piece(with_home, _HOME, satellite=True))
            warnings += left_over(table, [*_HOME.values(), *_LINES])
        dated = _SCHOOL if is_pupils else _exclusion(table)
        if not is_pupils and not has_home and not dated:
            warnings.append(f"{table.file}: neither pupils, addresses nor exclusions by its columns; it is not read")
            continue
        made, as_read = event_pieces(
            table, dated, record_id="upn", prefix=table.file, only_events=not (is_pupils or has_home)
        )
        events += made
        counts.append(as_read)
        if as_read.dateless:
            warnings.append(f"{table.file}: {as_read.dateless} rows carry no date and give no event")
        if not is_pupils and not has_home:
            used = [name for item in dated for name in (item.date, *item.details)]
            warnings += left_over(table, ["upn", *_EXCLUSION_KINDS, *used])
    if not people:
        raise SourceError(
            "school-census: expected a table of pupils with the columns upn, surname and dob, found none; "
            "give files = the folder of the census's CSV files"
        )
    return Adapted((*people, *homes, *events), tuple(counts), tuple(warnings))


def _with_lines(table: TextTable) -> TextTable:
    parts = [pl.col(name) for name in _LINES if name in table.names]
    if not parts:
        return table
    joined = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    line = pl.when(joined != "").then(joined).alias("address lines")
    return replace(table, frame=table.frame.with_columns(line))


def _exclusion(table: TextTable) -> tuple[Dated, ...]:
    """An exclusion by whichever of its columns the table has: its kind where the category says it."""
    date = next((name for name in _EXCLUSION_DATES if name in table.names), None)
    kind = next((name for name in _EXCLUSION_KINDS if name in table.names), None)
    if date is None or kind is None:
        return ()
    code = pl.col(kind).str.to_uppercase()
    word = code.replace_strict(_KINDS, default=pl.format("Exclusion {}", pl.col(kind)), return_dtype=pl.String)
    details = {name: label for name, label in _EXCLUSION_DETAILS.items() if name in table.names}
    return (Dated(date, word.fill_null("Exclusion"), details=details),)
