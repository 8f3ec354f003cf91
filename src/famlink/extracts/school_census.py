"""The school census: the XML return, or the CSV tables local authorities hold it in.

Sources: Department for Education, School census technical specification (data items; in the tables they are column names
without spaces); the table names and keys of the authorities' copy as public analyses of it name them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import polars as pl

from famlink.errors import SourceError
from famlink.extracts import school_census_xml
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
from famlink.extracts.schooling import EXCLUSIONS, HOME, LINES, told_once
from famlink.extracts.tabular import TextTable

_PUPIL = {
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
    "school": "nativeid",
}
_HOME = {
    "uprn": "uniquepropertyreferencenumber",
    "address": "address lines",
    "postcode": "postcode",
}
_LINES = tuple(name.lower() for name in (*LINES, *HOME))
_SCHOOL = (
    Dated("entrydate", "Joined school"),
    Dated("leavingdate", "Left school", outcome="leavingreason"),
)
_EXCLUSION_DATES = ("exclusionstartdate", "startdate")
_EXCLUSION_KINDS = ("exclusioncategory", "category")
_EXCLUSION_DETAILS = {
    **dict.fromkeys(("exclusionreason", "reason", "reason1", "reason2", "reason3"), "reason"),
    **dict.fromkeys(("exclusionsessions", "actualnumberofsessions", "sessions"), "sessions"),
}
_SESSIONS = tuple(name for name, label in _EXCLUSION_DETAILS.items() if label == "sessions")

KEYS = ("pupilonrolltableid", "pupilnolongeronrolltableid")
"""Columns by which the tables of one copy of the census name a pupil, on roll and no longer on roll."""
PUPIL = "pupil"
"""The pupil's number in every table: the UPN, or the table's own number for a pupil who has none."""


@dataclass
class _Made:
    """What has been made of the files so far."""

    people: list[Piece] = field(default_factory=list)
    left: list[Piece] = field(default_factory=list)
    homes: list[Piece] = field(default_factory=list)
    events: list[Piece] = field(default_factory=list)
    counts: list[FileRead] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read a census; what each CSV table is, its columns say.

    A pupil's record_id is the UPN. Tables that name a pupil by the number of a row in the table of pupils are joined to it;
    a pupil without a UPN then goes by that number.

    Args:
        files: XML returns, CSV tables or both.

    Returns:
        pupils on roll and no longer on roll (columns nobody knows are kept as extras) with addresses, the days a school was
        joined and left, exclusions. What a later file tells in the same words is told once.

    Raises:
        SourceError: there are no pupils; a return is not XML or is hostile.
    """
    made = _Made()
    tables: list[TextTable] = []
    for file in files:
        if file.ending == ".xml":
            _add_return(made, file)
        else:
            tables.append(read_sheet(file))
    numbers = _numbers(tables)
    for table in tables:
        _add_table(made, table, numbers)
    if not (made.people or made.left):
        raise SourceError(
            "school-census: expected a return with pupils, or a table of pupils with the columns upn, surname and dob, found "
            "none; give files = the XML return or the folder of the census's CSV files"
        )
    events, again = told_once(made.events)
    if again:
        made.warnings.append(f"{again} events are told again by a later file, in the same words, and are read once")
    return Adapted((*made.people, *made.left, *made.homes, *events), tuple(made.counts), tuple(made.warnings))


def _add_return(made: _Made, file: ExportFile) -> None:
    told = school_census_xml.read_return(file)
    made.people += [piece for piece in told.pieces if piece.kind == "people"]
    made.events += [piece for piece in told.pieces if piece.kind == "events"]
    made.counts += told.files
    made.warnings += told.warnings


def _add_table(made: _Made, table: TextTable, numbers: _Numbers) -> None:
    if not table.names:
        made.counts.append(FileRead(table.file, table.rows))
        return
    is_pupils = {"surname", "dob"} <= set(table.names)
    dated = _SCHOOL if is_pupils else _exclusion(table)
    has_home = "postcode" in table.names
    if not (is_pupils or has_home or dated):
        made.warnings.append(f"{table.file}: neither pupils, addresses nor exclusions by its columns; it is not read")
        return
    known = {PUPIL, *_LINES, *_HOME.values(), *(name for item in dated for name in (item.date, *item.details))}
    known |= {"upn", *(_PUPIL.values() if is_pupils else _EXCLUSION_KINDS), "leavingreason"}
    extras = [name for name in table.names if name not in known and not _keeping(name)] if is_pupils else []
    made.warnings += left_over(table, [*known, *extras, *KEYS])
    table = _with_sessions(_with_lines(_with_pupil(table, numbers)))
    home = _HOME if has_home else {}
    if is_pupils:
        gone = "leavingdate" in table.names
        piece = people_piece(table, {"record_id": PUPIL, **_PUPIL, **home}, extras=extras)
        (made.left if gone else made.people).append(piece)
    elif has_home:
        made.homes.append(people_piece(table, {"record_id": PUPIL, **home}, satellite=True))
    only_events = not (is_pupils or has_home)
    pieces, as_read = event_pieces(table, dated, record_id=PUPIL, prefix=table.file, only_events=only_events)
    made.events += pieces
    made.counts.append(as_read)
    if as_read.dateless:
        made.warnings.append(f"{table.file}: {as_read.dateless} rows carry no date and give no event")


def _keeping(name: str) -> bool:
    """Whether a column only keeps the copy of the census in order: numbers of rows and of files."""
    return name.endswith(("tableid", "orderseqcolumn")) or name == "sourceid"


@dataclass(frozen=True)
class _Numbers:
    """Whose row a number names: a number is of one copy of the census, and another term's copy may use it for another pupil.

    Args:
        pupils: key -> the number, the copy and the pupil.
        several: whether there are several copies.
    """

    pupils: Mapping[str, pl.DataFrame]
    several: bool

    def own(self, table: TextTable, key: str) -> pl.Expr:
        """What a pupil without a UPN goes by."""
        return pl.format(f"{_copy(table.file)}/{{}}", pl.col(key)) if self.several else pl.col(key)

    def of(self, table: TextTable, key: str) -> pl.Series:
        """The pupils a table's rows name: those of its own copy, else those all copies agree on."""
        if key not in self.pupils:
            return pl.Series([None], dtype=pl.String).new_from_index(0, table.frame.height)
        pupils = self.pupils[key]
        own = pupils.filter(pl.col("copy") == _copy(table.file)).unique(key, keep="first", maintain_order=True)
        agreed = pupils.unique([key, PUPIL], maintain_order=True).unique(key, keep="none")
        found = [
            table.frame.select(key).join(known.select(key, PUPIL), on=key, how="left", maintain_order="left")[PUPIL]
            for known in (own, agreed)
        ]
        return pl.select(pl.coalesce(found)).to_series()


def _copy(file: str) -> str:
    """The copy of the census a table is of: what stands before the last part of its name, as ``2024_autumn``.

    Example:
        >>> _copy("census/2024_autumn_pupilonroll.csv"), _copy("census/pupils.csv")
        ('2024_autumn', '')
    """
    return PurePosixPath(file).name.lower().partition(".")[0].rpartition("_")[0]


def _numbers(tables: Iterable[TextTable]) -> _Numbers:
    """The pupils by the numbers of their rows, from the tables of pupils."""
    held = [
        (table, key)
        for table in tables
        if {"surname", "dob", "upn"} <= set(table.names)
        for key in KEYS
        if key in table.names
    ]
    bare = _Numbers({}, several=len({_copy(table.file) for table, _ in held}) > 1)
    found: dict[str, list[pl.DataFrame]] = {}
    for table, key in held:
        pupil = pl.coalesce("upn", bare.own(table, key)).alias(PUPIL)
        rows = table.frame.select(key, pl.lit(_copy(table.file)).alias("copy"), pupil).drop_nulls()
        found.setdefault(key, []).append(rows)
    return replace(bare, pupils={key: pl.concat(rows) for key, rows in found.items()})


def _with_pupil(table: TextTable, numbers: _Numbers) -> TextTable:
    """The table with the column :data:`PUPIL`: its UPN, or that of the pupil whose row it names."""
    key = next((name for name in KEYS if name in table.names), None)
    if key is None:
        need(table, "upn")
        return replace(table, frame=table.frame.with_columns(pl.col("upn").alias(PUPIL)))
    # A row of nobody's keeps its number, so that it is rejected as naming a record that was not given.
    named = pl.col("upn") if "upn" in table.names else pl.lit(numbers.of(table, key))
    return replace(table, frame=table.frame.with_columns(pl.coalesce(named, numbers.own(table, key)).alias(PUPIL)))


def _with_lines(table: TextTable) -> TextTable:
    parts = [pl.col(name) for name in _LINES if name in table.names]
    if not parts:
        return table
    joined = pl.concat_str(parts, separator=", ", ignore_nulls=True)
    line = pl.when(joined != "").then(joined).alias("address lines")
    return replace(table, frame=table.frame.with_columns(line))


def _with_sessions(table: TextTable) -> TextTable:
    """Numbers of sessions without the point that a copy by way of floats gives them."""
    mended = [pl.col(name).str.strip_suffix(".0") for name in _SESSIONS if name in table.names]
    return replace(table, frame=table.frame.with_columns(mended)) if mended else table


def _exclusion(table: TextTable) -> tuple[Dated, ...]:
    """An exclusion by whichever of its columns the table has: its kind where the category says it."""
    date = next((name for name in _EXCLUSION_DATES if name in table.names), None)
    kind = next((name for name in _EXCLUSION_KINDS if name in table.names), None)
    if date is None or kind is None:
        return ()
    code = pl.col(kind).str.to_uppercase()
    word = code.replace_strict(EXCLUSIONS, default=pl.format("Exclusion {}", pl.col(kind)), return_dtype=pl.String)
    details = {name: label for name, label in _EXCLUSION_DETAILS.items() if name in table.names}
    return (Dated(date, word.fill_null("Exclusion"), details=details),)
