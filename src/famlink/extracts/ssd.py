"""The Standard Safeguarding Dataset: its tables as CSV, one file a table, or in a database.

Source: the Standard Safeguarding Dataset data model 1.4 (tables and columns).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.export import ExportFile
from famlink.extracts.pieces import (
    Adapted,
    FileRead,
    Piece,
    event_pieces,
    left_over,
    need,
    people_piece,
    read_sheet,
)
from famlink.extracts.ssd_events import EVENTS_OF, PERSON_OF
from famlink.extracts.tabular import ROW, TextTable

_PERSON = {
    "record_id": "pers_person_id",
    "forename": "pers_forename",
    "surname": "pers_surname",
    "sex": "pers_sex",
    "gender": "pers_gender",
    "ethnicity": "pers_ethnicity",
    "date_of_birth": "pers_dob",
    "expected_date_of_birth": "pers_expected_dob",
    "date_of_death": "pers_death_date",
    "nhs_number": "pers_common_child_id",
}
_PERSON_EXTRAS = ("pers_legacy_id", "pers_upn_unknown", "pers_send_flag", "pers_is_mother", "pers_nationality")
_SEND = {"record_id": "send_person_id", "upn": "send_upn", "uln": "send_uln"}
_FAMILY = {"record_id": "fami_person_id", "household_id": "fami_family_id"}
_MOTHER = {"record_id": "moth_childs_person_id", "related_record_id": "moth_person_id"}
_LINES = ("room", "floor", "flat", "building", "house", "street", "town")
_IDENTIFIERS = (
    (r"former.*(upn|unique pupil)|(upn|unique pupil).*(former|previous|old)", "former_upn"),
    (r"\bupn\b|unique pupil", "upn"),
    (r"\buln\b|unique learner", "uln"),
    (r"former.*nhs|nhs.*(former|previous|old)", "former_nhs_number"),
    (r"\bnhs\b", "nhs_number"),
    (r"national insurance|\bni(no)?\b|\bni number", "ni_number"),
    (r"\bpnc\b|police national computer", "pnc"),
    (r"\bcro\b", "cro"),
)
"""Words of ``link_identifier_type`` -> canonical column; the first that fits."""
NOT_READ = {
    "ssd_api_data_staging": "the programme's own upload queue",
    "ssd_api_data_staging_anon": "the programme's own upload queue",
    "ssd_department": "teams, not people served",
    "ssd_professionals": "workers, not people served",
    "ssd_s251_finance": "finance without dates",
    "ssd_version_log": "the data set's own versions",
    "ssd_voice_of_child": "answers without dates",
    "ssd_sen_need": "needs without dates",
}
"""Tables that are passed over, and why."""


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read the tables of an SSD export.

    Args:
        files: one a table, named after it (``ssd_person.csv``), or the tables of a database.

    Returns:
        people from ssd_person, with addresses, family groups and identifiers added; mothers; an event for every filled
        date of the dated tables.

    Raises:
        SourceError: there is no ssd_person, or a table lacks the columns it is read by.
    """
    tables: dict[str, TextTable] = {}
    warnings: list[str] = []
    for file in files:
        name = table_named(file.stem)
        if name is None:
            warnings.append(f"{file.name}: not named after a table of the SSD; it is not read")
        elif name in NOT_READ:
            warnings.append(f"{file.name}: not read: {NOT_READ[name]}")
        elif name in tables:
            raise SourceError(f"{file.name}: {name} is there twice, also as {tables[name].file}; give one export")
        else:
            tables[name] = read_sheet(file)
    if "ssd_person" not in tables:
        raise SourceError(
            "ssd: expected a table ssd_person, found none; give files = the folder of the export's CSV files"
        )
    pieces, files_read = _people(tables, warnings)
    for name in sorted(tables):
        if name in EVENTS_OF:
            made, as_read = _events(name, tables, warnings)
            pieces += made
            files_read.append(as_read)
    return Adapted(tuple(pieces), tuple(files_read), tuple(warnings))


def table_named(stem: str) -> str | None:
    """The table a file is named after: a schema before it and a date or version after it do not matter."""
    known = [*EVENTS_OF, *_PEOPLE_TABLES, *NOT_READ]
    found = [name for name in known if re.search(rf"(^|[^a-z0-9]){name}($|[^a-z])", stem)]
    return max(found, key=len) if found else None


_PEOPLE_TABLES = (
    "ssd_person",
    "ssd_address",
    "ssd_family",
    "ssd_send",
    "ssd_linked_identifiers",
    "ssd_disability",
    "ssd_mother",
    "ssd_assessment_factors",
)
TABLES = (*_PEOPLE_TABLES, *EVENTS_OF)
"""Every table that is read."""


def _people(tables: Mapping[str, TextTable], warnings: list[str]) -> tuple[list[Piece], list[FileRead]]:
    person = tables["ssd_person"]
    need(person, "pers_person_id")
    pieces = [people_piece(person, _PERSON, extras=_PERSON_EXTRAS, repeats=False)]
    warnings += left_over(person, [*_PERSON.values(), *_PERSON_EXTRAS])
    if "ssd_address" in tables:
        pieces.append(_addresses(tables["ssd_address"]))
    for name, columns in (("ssd_family", _FAMILY), ("ssd_send", _SEND)):
        if name in tables:
            need(tables[name], columns["record_id"])
            pieces.append(people_piece(tables[name], columns, satellite=True))
    if "ssd_linked_identifiers" in tables:
        pieces.append(_identifiers(tables["ssd_linked_identifiers"], warnings))
    if "ssd_disability" in tables:
        table = tables["ssd_disability"]
        need(table, "disa_person_id")
        columns = {"record_id": "disa_person_id"}
        pieces.append(people_piece(table, columns, extras=("disa_disability_code",), satellite=True))
    if "ssd_mother" in tables:
        table = tables["ssd_mother"]
        need(table, *_MOTHER.values())
        frame = table.frame.select(ROW, *_MOTHER.values(), pl.lit("mother").alias("relationship"))
        pieces.append(Piece("relationships", replace(table, frame=frame), _MOTHER))
    return pieces, [FileRead(tables[name].file, tables[name].rows) for name in _PEOPLE_TABLES if name in tables]


def _addresses(table: TextTable) -> Piece:
    """Addresses, the one that is open or ended last first: the record's own address is the first it has."""
    need(table, "addr_person_id")
    frame = table.frame
    for name in ("addr_address_json", "addr_address_postcode", "addr_address_start_date", "addr_address_end_date"):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    lines = _address_lines(frame["addr_address_json"])
    frame = frame.join(lines, on="addr_address_json", how="left", maintain_order="left")
    day = {name: _sortable(pl.col(f"addr_address_{name}_date")) for name in ("start", "end")}
    open_ended = day["end"].is_null() | day["end"].is_in(["19000101", "99991231"])
    frame = frame.sort(
        "addr_person_id",
        ~open_ended,
        day["end"],
        day["start"],
        ROW,
        descending=[False, False, True, True, False],
        nulls_last=True,
    )
    columns = {
        "record_id": "addr_person_id",
        "address": "lines",
        "uprn": "uprn",
        "postcode": "addr_address_postcode",
        "address_from": "addr_address_start_date",
        "address_to": "addr_address_end_date",
    }
    return people_piece(replace(table, frame=frame), columns, satellite=True)


def _sortable(date: pl.Expr) -> pl.Expr:
    """A date as yyyymmdd, for order only: ISO, or day first."""
    iso = date.str.extract(r"^(\d{4})-?(\d\d)-?(\d\d)", 0).str.replace_all("-", "")
    parts = [date.str.extract(r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", place) for place in (3, 2, 1)]
    first = pl.concat_str([parts[0], parts[1].str.zfill(2), parts[2].str.zfill(2)])
    return pl.coalesce(iso, first)


def _address_lines(cells: pl.Series) -> pl.DataFrame:
    """Each distinct JSON address as lines and UPRN; a cell that is no JSON is taken as the address itself."""
    unique = cells.drop_nulls().unique(maintain_order=True)
    lines: list[str | None] = []
    uprns: list[str | None] = []
    for cell in unique:
        given = _object(cell)
        if given is None:
            lines.append(cell)
            uprns.append(None)
            continue
        held = {key.lower(): str(value).strip() for key, value in given.items() if value is not None}
        lines.append(", ".join(held[name] for name in _LINES if held.get(name)) or None)
        uprns.append(held.get("uprn") or None)
    return pl.DataFrame(
        {"addr_address_json": unique, "lines": lines, "uprn": uprns},
        schema={"addr_address_json": pl.String, "lines": pl.String, "uprn": pl.String},
    )


def _object(cell: str) -> dict[str, object] | None:
    try:
        given = json.loads(cell, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _identifiers(table: TextTable, warnings: list[str]) -> Piece:
    """Other identifiers, by the words of their type; a type nobody knows is kept as an extra."""
    need(table, "link_person_id", "link_identifier_type", "link_identifier_value")
    kinds = table.frame["link_identifier_type"].unique(maintain_order=True)
    known = {kind: _identifier(kind or "") for kind in kinds}
    unknown = sum(name is None for name in known.values())
    if unknown:
        warnings.append(f"{table.file}: {unknown} types of identifier are not known; their values are kept as extras")
    kind = pl.col("link_identifier_type")
    names = list(dict.fromkeys(name for _, name in _IDENTIFIERS))
    value = pl.col("link_identifier_value")
    columns = []
    for name in names:
        mine = [text for text, canonical in known.items() if canonical == name]
        columns.append(pl.when(kind.is_in(mine)).then(value).alias(name))
    rest = [text for text, canonical in known.items() if canonical is None and text is not None]
    other = pl.when(kind.is_in(rest) | kind.is_null()).then(value).alias("link_other_identifier")
    frame = table.frame.select(ROW, "link_person_id", *columns, other)
    mapping = {"record_id": "link_person_id", **{name: name for name in names}}
    return people_piece(replace(table, frame=frame), mapping, extras=("link_other_identifier",), satellite=True)


def _identifier(words: str) -> str | None:
    plain = re.sub(r"[^a-z0-9]+", " ", words.lower()).strip()
    return next((name for pattern, name in _IDENTIFIERS if re.search(pattern, plain)), None)


def _events(name: str, tables: Mapping[str, TextTable], warnings: list[str]) -> tuple[list[Piece], FileRead]:
    table = tables[name]
    if not table.names:
        return [], FileRead(table.file, table.rows)
    if name == "ssd_cin_assessments" and "ssd_assessment_factors" in tables:
        table = _with_factors(table, tables["ssd_assessment_factors"])
    table, person = _with_person(name, table, tables)
    frame = table.frame
    spoken = [column for column in frame.columns if column.endswith("_json")]
    table = replace(table, frame=frame.with_columns(_said(frame[column]) for column in spoken))
    pieces, as_read = event_pieces(table, EVENTS_OF[name], record_id=person, prefix=name)
    used = {person, *(step[0] for step in PERSON_OF.get(name, ())), "event_id"}
    for item in EVENTS_OF[name]:
        plain = (item.date, item.end, item.id, item.outcome, item.reference, item.child_seen, item.recorded_by)
        used |= {column for column in (*plain, *item.details) if column}
    warnings += left_over(tables[name], sorted(used))
    if as_read.dateless:
        warnings.append(f"{table.file}: {as_read.dateless} rows carry no date and give no event")
    return pieces, as_read


def _with_person(name: str, table: TextTable, tables: Mapping[str, TextTable]) -> tuple[TextTable, str]:
    """The table with the column of its person: its own, or found by way of the tables it refers to."""
    steps = PERSON_OF.get(name)
    if steps is None:
        person = next((column for column in table.names if column.endswith("_person_id")), None)
        if person is None:
            raise SourceError(f"{table.file}: expected a column that ends in _person_id; export the table whole")
        return table, person
    first = steps[0][0]
    need(table, first)
    found = f"person of {first}"
    frame = table.frame.with_columns(pl.col(first).alias(found))
    for _, other, key, value in steps:
        via = tables.get(other)
        known = (
            pl.DataFrame(schema={key: pl.String, "next": pl.String})
            if via is None or key not in via.names or value not in via.names
            else via.frame.select(key, pl.col(value).alias("next"))
            .drop_nulls()
            .unique(key, keep="first", maintain_order=True)
        )
        frame = frame.join(known, left_on=found, right_on=key, how="left", maintain_order="left")
        frame = frame.drop(found).rename({"next": found})
    return replace(table, frame=frame), found


def _with_factors(table: TextTable, factors: TextTable) -> TextTable:
    need(factors, "cinf_assessment_id", "cinf_assessment_factors_json")
    said = factors.frame.select(
        "cinf_assessment_id", _said(factors.frame["cinf_assessment_factors_json"]).alias("factors")
    ).drop_nulls()
    told = said.group_by("cinf_assessment_id", maintain_order=True).agg(pl.col("factors").str.join(", "))
    frame = table.frame.join(
        told, left_on="cina_assessment_id", right_on="cinf_assessment_id", how="left", maintain_order="left"
    )
    return replace(table, frame=frame)


def _said(cells: pl.Series) -> pl.Series:
    """JSON cells in words: a flag that is set is its name, another value ``name: value``; other text stays."""
    unique = cells.drop_nulls().unique(maintain_order=True)
    words = [_words(cell) for cell in unique]
    table = pl.DataFrame(
        {"cell": unique, "words": pl.Series(words, dtype=pl.String)}, schema_overrides={"cell": pl.String}
    )
    joined = cells.to_frame("cell").join(table, on="cell", how="left", maintain_order="left")
    return joined["words"].alias(cells.name)


def _words(cell: str) -> str | None:
    try:
        given = json.loads(cell, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return cell
    if isinstance(given, list):
        return ", ".join(str(item) for item in given if item not in (None, "")) or None
    if not isinstance(given, dict):
        return cell
    parts = []
    for key, value in given.items():
        text = "" if value is None or isinstance(value, (dict, list)) else str(value).strip()
        if isinstance(value, list):
            text = ", ".join(str(item) for item in value)
        name = str(key).removeprefix("OUTCOME_").removesuffix("_FLAG").replace("_", " ").lower()
        if text.lower() in {"y", "yes", "true", "t"}:
            parts.append(name)
        elif text and text.lower() not in {"n", "no", "false", "f"}:
            parts.append(f"{name}: {text}")
    return "; ".join(parts) or None
