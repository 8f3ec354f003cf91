"""A health system's records as FHIR R4 (UK Core) NDJSON: Patient, RelatedPerson and Encounter, a line each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl

from famlink.synthetic.exports import Export, Tables, with_columns_of, write_text

FILE = "health_fhir.ndjson"
GENDERS = ("female", "male", "unknown")
NHS = "https://fhir.nhs.uk/Id/nhs-number"
VERIFIED = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-NHSNumberVerificationStatus"
ETHNIC = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
_PERSON = (
    *("forename", "middle_names", "surname", "date_of_birth", "date_of_death", "ethnicity", "nhs_number"),
    *("former_nhs_number", "nhs_number_verified", "address", "postcode", "phone", "gp_practice", "restricted", "recorded_on"),
)  # fmt: skip
_TIE = (
    *("related_record_id", "related_forename", "related_surname", "related_date_of_birth", "related_sex"),
    *("related_phone", "start", "end"),
)
_EVENT = ("end_date", "time", "category", "description", "reference", "outcome")

Resource = dict[str, Any]


def export(tables: Tables, to: Path) -> Export:
    """Write the records.

    FHIR has no expected date of birth outside maternity records: it is left out. A relative is a RelatedPerson, with the
    names and date of birth of the relative's own record.

    Args:
        tables: the agency's rows.
        to: the world's folder.

    Returns:
        what was written.
    """
    people = with_columns_of(tables.people, *_PERSON)
    ties = with_columns_of(tables.relationships, *_TIE)
    events = with_columns_of(tables.events, *_EVENT)
    known = {row["record_id"]: row for row in people.iter_rows(named=True)}
    resources = [_patient(row) for row in known.values()]
    resources += [
        _related(row, known.get(row["related_record_id"]), number)
        for number, row in enumerate(ties.iter_rows(named=True), start=1)
    ]
    resources += [_encounter(row) for row in events.iter_rows(named=True)]
    write_text(to / FILE, [json.dumps(_filled(item), ensure_ascii=False) for item in resources])
    return Export(
        [{"format": "fhir", "files": FILE}],
        [FILE],
        events.select("event_id", told_as=pl.format("Encounter/{}", "event_id")),
        _named(ties),
        ties.height,
    )


def _named(ties: pl.DataFrame) -> pl.DataFrame:
    """Every relative is named in words; one that was in words in the tables too has an id there as well."""
    worded = pl.col("related_record_id").is_null()
    before = pl.format("{}~{}", "record_id", worded.cast(pl.UInt32).cum_sum().over("record_id"))
    return ties.select(
        record_id=pl.format("{}~{}", "record_id", pl.int_range(1, pl.len() + 1).over("record_id")),
        same_as=pl.coalesce("related_record_id", before),
    )


def _filled(value: Any) -> Any:
    """The resource without empty parts, which FHIR does not allow."""
    if isinstance(value, dict):
        kept = {name: _filled(part) for name, part in value.items()}
        return {name: part for name, part in kept.items() if part not in (None, [], {}, "")}
    if isinstance(value, list):
        return [part for part in map(_filled, value) if part not in (None, [], {}, "")]
    return value


def _patient(row: dict[str, Any]) -> Resource:
    given = [row["forename"], *(row["middle_names"] or "").split()]
    restricted = row["restricted"] not in (None, "no")
    status = {"yes": "01", "no": "02"}.get(row["nhs_number_verified"])
    verified = {"url": VERIFIED, "valueCodeableConcept": {"coding": [{"code": status}]}} if status else None
    numbers = [{"system": NHS, "value": row["nhs_number"], "extension": [verified]}] if row["nhs_number"] else []
    if row["former_nhs_number"]:
        numbers.append({"use": "old", "system": NHS, "value": row["former_nhs_number"]})
    ethnic = {"url": ETHNIC, "valueCodeableConcept": {"coding": [{"code": row["ethnicity"]}]}}
    return {
        "resourceType": "Patient",
        "id": row["record_id"],
        "meta": {
            "lastUpdated": f"{row['recorded_on']}T09:00:00Z" if row["recorded_on"] else None,
            "security": [{"code": "R"}] if restricted else None,
        },
        "extension": [ethnic] if row["ethnicity"] else None,
        "identifier": numbers,
        "name": [{"use": "official", "family": row["surname"], "given": given}],
        "telecom": [{"system": "phone", "value": row["phone"]}] if row["phone"] else None,
        "gender": GENDERS[row["sex"]],
        "birthDate": row["date_of_birth"],
        "deceasedDateTime": row["date_of_death"],
        "address": [{"use": "home", "line": [row["address"]], "postalCode": row["postcode"]}],
        "generalPractitioner": [{"display": row["gp_practice"]}],
    }


def _related(row: dict[str, Any], relative: dict[str, Any] | None, number: int) -> Resource:
    told = relative or {name: row[f"related_{name}"] for name in ("forename", "surname", "date_of_birth", "phone")}
    gender = GENDERS[relative["sex"]] if relative else {"F": "female", "M": "male"}.get(row["related_sex"])
    return {
        "resourceType": "RelatedPerson",
        "id": f"R{number}",
        "patient": {"reference": f"Patient/{row['record_id']}"},
        "relationship": [{"text": row["relationship"]}],
        "name": [{"family": told["surname"], "given": [told["forename"]]}],
        "gender": gender,
        "birthDate": told["date_of_birth"],
        "telecom": [{"system": "phone", "value": told["phone"]}] if told["phone"] else None,
        "period": {"start": row["start"], "end": row["end"]},
    }


def _encounter(row: dict[str, Any]) -> Resource:
    start = row["date"].removeprefix("?")
    if row["time"] and len(start) == len("2024-03-01"):
        start = f"{start}T{row['time']}:00Z"
    return {
        "resourceType": "Encounter",
        "id": row["event_id"],
        "identifier": [{"system": "https://example.org/encounter", "value": row["reference"]}]
        if row["reference"]
        else [],
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [{"text": row["category"]}],
        "subject": {"reference": f"Patient/{row['record_id']}"},
        "period": {"start": start, "end": row["end_date"]},
        "reasonCode": [{"text": row["description"]}],
        "hospitalization": {"dischargeDisposition": {"text": row["outcome"]}},
    }
