"""A children's social care system's records as the Standard Safeguarding Dataset, and as the Children in Need census."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from famlink.synthetic.exports import (
    FULL_DAY,
    NO_NAMED,
    Export,
    Tables,
    as_tables,
    element,
    with_columns_of,
    write_text,
)
from famlink.synthetic.files import write_table
from famlink.synthetic.shape import AS_AT

AGENCY = "social_care"
CENSUS = "social_care_cin_census.xml"
MOTHER = ("mother", "birth mother")
"""The words that fit the data set's one table of relationships; whoever else is stated has no place in it."""
SEXES = ("F", "M", "U")
OLDEST = 18

EVENT_TABLES = {
    "Referral": "ssd_cin_episodes",
    "Re-referral": "ssd_cin_episodes",
    "Child and family assessment": "ssd_cin_assessments",
    "Home visit": "ssd_cin_visits",
    "Section 47 enquiry": "ssd_s47_enquiry",
    "Child protection conference": "ssd_initial_cp_conference",
    "Missing episode": "ssd_missing",
}
"""Category of an event -> its table; any other is a contact."""
COLUMNS_OF = {
    "ssd_contacts": {
        "cont_contact_id": "event_id",
        "cont_person_id": "record_id",
        "cont_contact_date": "date",
        "cont_contact_source_desc": "category",
    },
    "ssd_cin_episodes": {
        "cine_referral_id": "event_id",
        "cine_person_id": "record_id",
        "cine_referral_date": "date",
        "cine_referral_worker_id": "recorded_by",
    },
    "ssd_cin_assessments": {
        "cina_assessment_id": "event_id",
        "cina_person_id": "record_id",
        "cina_assessment_start_date": "date",
        "cina_assessment_child_seen": "child_seen",
        "cina_assessment_auth_date": "end_date",
        "cina_assessment_worker_id": "recorded_by",
    },
    "ssd_cin_visits": {
        "cinv_cin_visit_id": "event_id",
        "cinv_person_id": "record_id",
        "cinv_cin_visit_date": "date",
        "cinv_cin_visit_seen": "child_seen",
    },
    "ssd_s47_enquiry": {
        "s47e_s47_enquiry_id": "event_id",
        "s47e_person_id": "record_id",
        "s47e_s47_start_date": "date",
        "s47e_s47_end_date": "end_date",
        "s47e_s47_completed_by_worker_id": "recorded_by",
    },
    "ssd_initial_cp_conference": {
        "icpc_icpc_id": "event_id",
        "icpc_person_id": "record_id",
        "icpc_icpc_date": "date",
        "icpc_icpc_worker_id": "recorded_by",
    },
    "ssd_missing": {
        "miss_table_id": "event_id",
        "miss_person_id": "record_id",
        "miss_missing_episode_start_date": "date",
        "miss_missing_episode_end_date": "end_date",
    },
}
"""Table -> its column -> ours."""
_IN_CENSUS = {
    "Referral": "Referral",
    "Re-referral": "Referral",
    "Child and family assessment": "Assessment",
    "Section 47 enquiry": "Section 47 enquiry",
    "Child protection conference": "Initial child protection conference",
}
"""Category of an event -> what the census's reader calls it."""


def export(tables: Tables, to: Path, *, kind: str, formats: Sequence[str]) -> Export:
    """Write the records.

    Args:
        tables: the agency's rows.
        to: the world's folder.
        kind: what the tables are written as where only the census is asked for.
        formats: ssd, cin-census or both. The census alone stands beside the tables: it has no names.

    Returns:
        what was written.
    """
    made = _ssd(tables, to) if "ssd" in formats else as_tables(AGENCY, tables, to, kind=kind)
    if "cin-census" not in formats:
        return made
    lines, told = _census(tables)
    write_text(to / CENSUS, lines)
    sources = [*made.sources, {"format": "cin-census", "files": CENSUS}]
    events = pl.concat([made.events, told])
    return Export(sources, [*made.files, CENSUS], events, made.named, made.relationships)


def _ssd(tables: Tables, to: Path) -> Export:
    people = with_columns_of(tables.people, "upn", "former_upn", "uprn", "address", "postcode", "address_from")
    mothers = with_columns_of(tables.relationships, "related_record_id").filter(
        pl.col("relationship").str.to_lowercase().is_in(MOTHER) & pl.col("related_record_id").is_not_null()
    )
    frames = {**_people(people), **_event_tables(tables.events)}
    frames["ssd_mother"] = mothers.select(
        moth_table_id=pl.format("M{}", pl.int_range(1, pl.len() + 1)),
        moth_person_id="related_record_id",
        moth_childs_person_id="record_id",
    )
    files = []
    for name in sorted(frames):
        (to / "ssd").mkdir(parents=True, exist_ok=True)
        files.append(f"ssd/{name}.csv")
        write_table(frames[name], to / files[-1])
    table = pl.col("category").replace_strict(EVENT_TABLES, default="ssd_contacts", return_dtype=pl.String)
    tail = pl.when(table == "ssd_cin_episodes").then(pl.lit(":cine_referral_date")).otherwise(pl.lit(""))
    events = tables.events.select("event_id", told_as=pl.format("{}:{}{}", table, "event_id", tail))
    return Export([{"format": "ssd", "files": "ssd"}], files, events, NO_NAMED, mothers.height)


def _people(people: pl.DataFrame) -> dict[str, pl.DataFrame]:
    number = pl.int_range(1, pl.len() + 1)
    person = people.select(
        pers_person_id="record_id",
        pers_forename="forename",
        pers_surname="surname",
        pers_sex=pl.Series(list(SEXES)).gather(people["sex"]),
        pers_ethnicity="ethnicity",
        pers_dob="date_of_birth",
        pers_common_child_id="nhs_number",
        pers_expected_dob="expected_date_of_birth",
        pers_death_date="date_of_death",
    )
    housed = people.filter(pl.any_horizontal(pl.col("address", "postcode", "uprn").is_not_null()))
    parts = housed["address"].str.split(", ")
    written = [
        json.dumps({"STREET": lines[0], "TOWN": ", ".join(lines[1:]), "UPRN": uprn or ""}, ensure_ascii=False)
        for lines, uprn in zip(parts.fill_null([""]).to_list(), housed["uprn"].to_list(), strict=True)
    ]
    address = housed.select(
        addr_table_id=pl.format("AD{}", number),
        addr_address_json=pl.Series(written, dtype=pl.String),
        addr_person_id="record_id",
        addr_address_type=pl.lit("HOME"),
        addr_address_start_date="address_from",
        addr_address_end_date=pl.lit(None, dtype=pl.String),
        addr_address_postcode="postcode",
    )
    grouped = people.filter(pl.col("household_id").is_not_null())
    family = grouped.select(
        fami_table_id=pl.format("FT{}", number), fami_family_id="household_id", fami_person_id="record_id"
    )
    pupils = people.filter(pl.col("upn").is_not_null())
    send = pupils.select(send_table_id=pl.format("SE{}", number), send_upn="upn", send_person_id="record_id")
    former = people.filter(pl.col("former_upn").is_not_null())
    linked = former.select(
        link_table_id=pl.format("LI{}", number),
        link_person_id="record_id",
        link_identifier_type=pl.lit("Former Unique Pupil Number"),
        link_identifier_value="former_upn",
    )
    return {
        "ssd_person": person,
        "ssd_address": address,
        "ssd_family": family,
        "ssd_send": send,
        "ssd_linked_identifiers": linked,
    }


def _event_tables(events: pl.DataFrame) -> dict[str, pl.DataFrame]:
    needed = {ours for columns in COLUMNS_OF.values() for ours in columns.values()}
    frame = with_columns_of(events, *sorted(needed)).with_columns(
        table=pl.col("category").replace_strict(EVENT_TABLES, default="ssd_contacts", return_dtype=pl.String)
    )
    return {
        name: frame.filter(pl.col("table") == name).select(pl.col(ours).alias(own) for own, ours in columns.items())
        for name, columns in COLUMNS_OF.items()
    }


def _census(tables: Tables) -> tuple[list[str], pl.DataFrame]:
    """The census of the children something of it happened to, and what its reader calls those events."""
    people = with_columns_of(tables.people, "upn", "former_upn", "ethnicity", "date_of_death")
    since = dt.date(AS_AT.year - OLDEST, AS_AT.month, AS_AT.day).isoformat()
    young = pl.coalesce("date_of_birth", "expected_date_of_birth") >= since
    told = with_columns_of(tables.events, "end_date").filter(
        pl.col("category").is_in(list(_IN_CENSUS)) & pl.col("date").str.contains(FULL_DAY)
    )
    told = told.with_columns(word=pl.col("category").replace_strict(_IN_CENSUS, return_dtype=pl.String))
    told = told.join(people.filter(young).select("record_id"), on="record_id", maintain_order="left")
    repeat = pl.int_range(1, pl.len() + 1).over("word", "record_id", "date")
    once = pl.format("{}:{}:{}", "word", "record_id", "date")
    as_read = told.select(
        "event_id",
        told_as=pl.when(repeat > 1).then(pl.format("{}#{}", once, repeat)).otherwise(once),
    )
    of: dict[str, list[dict[str, str | None]]] = {}
    for row in told.iter_rows(named=True):
        of.setdefault(row["record_id"], []).append(row)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<Message>", "<Header><Collection>CIN</Collection></Header>"]
    lines.append("<Children>")
    for row in people.filter(pl.col("record_id").is_in(list(of))).iter_rows(named=True):
        lines += _child(row, of[row["record_id"]])
    return [*lines, "</Children>", "</Message>"], as_read


def _child(row: dict[str, str | None], events: list[dict[str, str | None]]) -> list[str]:
    sex = SEXES[int(row["sex"] or 0)]
    identifiers = [
        element("LAchildID", row["record_id"]),
        element("UPN", row["upn"]),
        element("FormerUPN", row["former_upn"]),
        element("PersonBirthDate", row["date_of_birth"]),
        element("ExpectedPersonBirthDate", row["expected_date_of_birth"]),
        element("Sex", sex),
        element("PersonDeathDate", row["date_of_death"]),
    ]
    characteristics = element("Ethnicity", row["ethnicity"])
    return [
        "<Child>",
        f"<ChildIdentifiers>{''.join(identifiers)}</ChildIdentifiers>",
        f"<ChildCharacteristics>{characteristics}</ChildCharacteristics>",
        *(_details(event) for event in events),
        "</Child>",
    ]


def _details(event: dict[str, str | None]) -> str:
    """One event as a CINdetails of its own."""
    day, end = event["date"], event["end_date"]
    inner = {
        "Referral": element("CINreferralDate", day),
        "Initial child protection conference": element("DateOfInitialCPC", day),
        "Assessment": "<Assessments>"
        + element("AssessmentActualStartDate", day)
        + element("AssessmentAuthorisationDate", end)
        + "</Assessments>",
        "Section 47 enquiry": f"<Section47>{element('S47ActualStartDate', day)}</Section47>",
    }[str(event["word"])]
    return f"<CINdetails>{inner}</CINdetails>"
