"""FHIR R4 (UK Core): Bundles, NDJSON or single resources of Patient, RelatedPerson, Encounter, EpisodeOfCare and Flag.

Source: HL7 FHIR R4; HL7 UK Core implementation guide (Patient, RelatedPerson, Encounter).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from famlink.errors import SourceError
from famlink.extracts.decoding import utf8
from famlink.extracts.export import ExportFile
from famlink.extracts.fhir_people import EXTRAS, PEOPLE, RELATIONSHIPS, contacts_of, patient_of, related_of
from famlink.extracts.fhir_values import Cells, day_of, dictionaries, reference, words_of
from famlink.extracts.pieces import Adapted, FileRead, Piece, people_piece, rows_table
from famlink.extracts.structured import KEY_TWICE, one_of_each
from famlink.extracts.tabular import ROW

NOT_A_RESOURCE = "not a FHIR resource"
EVENT = (
    "event_id",
    "record_id",
    "date",
    "end_date",
    "time",
    "category",
    "description",
    "reference",
    "outcome",
    "sensitivity",
)
READ = ("Patient", "RelatedPerson", "Encounter", "EpisodeOfCare", "Flag")
"""Types of resource that are read."""


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read resources.

    A file row is the line of NDJSON, the place of an entry in a Bundle, or 1.

    Args:
        files: JSON and NDJSON files.

    Returns:
        a person a Patient (earlier addresses add to it), the contacts and RelatedPersons of patients in words, and an event
        an Encounter, EpisodeOfCare and Flag.

    Raises:
        SourceError: a file is not JSON, or nothing in it is a resource.
    """
    held: list[tuple[str, list[tuple[int, dict[str, Any]]], list[int]]] = []
    local: dict[str, str] = {}
    for file in files:
        resources, wrong = [], []
        for row, url, resource in _resources(file):
            if resource is None:
                wrong.append(row)
                continue
            resources.append((row, resource))
            if url and resource.get("resourceType") == "Patient":
                local[url] = str(resource.get("id") or url)
        held.append((file.name, resources, wrong))
    pieces: list[Piece] = []
    counts: list[FileRead] = []
    passed: Counter[str] = Counter()
    for name, resources, wrong in held:
        made, left = _pieces(name, resources, wrong, local)
        pieces += made
        passed.update(left)
        counts.append(FileRead(name, len(resources) + len(wrong)))
    warnings = [f"{count} resources of type {kind} are not read" for kind, count in sorted(passed.items())]
    return Adapted(tuple(pieces), tuple(counts), tuple(warnings))


def _resources(file: ExportFile) -> Iterator[tuple[int, str | None, dict[str, Any] | None]]:
    """(row, full URL, resource) of a file; None where there is no resource."""
    text, _ = utf8(file.data, file=file.name)
    if file.ending in {".ndjson", ".jsonl"}:
        for row, line in enumerate((line for line in text.split(b"\n") if line.strip()), start=1):
            yield row, None, _resource(_parsed(line))
        return
    whole = _parsed(text)
    if not isinstance(whole, dict):
        raise SourceError(f"{file.name}: {_fault(text)}; export the file again")
    if whole.get("resourceType") != "Bundle":
        if _resource(whole) is None:
            raise SourceError(f"{file.name}: expected a FHIR Bundle or resource with a resourceType, found none")
        yield 1, None, whole
        return
    for row, entry in enumerate(_list(whole.get("entry")), start=1):
        inside = entry.get("resource") if isinstance(entry, dict) else None
        url = entry.get("fullUrl") if isinstance(entry, dict) else None
        yield row, url if isinstance(url, str) else None, _resource(inside)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(
            text, parse_float=str, parse_int=str, parse_constant=lambda _: None, object_pairs_hook=one_of_each
        )
    except (ValueError, RecursionError):
        return None


def _fault(text: bytes) -> str:
    try:
        json.loads(text, object_pairs_hook=one_of_each)
    except SourceError:
        return KEY_TWICE
    except json.JSONDecodeError as error:
        return f"not JSON at line {error.lineno}"
    except (ValueError, RecursionError):
        pass
    return "not a JSON object"


def _resource(value: Any) -> dict[str, Any] | None:
    return value if isinstance(value, dict) and isinstance(value.get("resourceType"), str) else None


def _pieces(
    name: str, resources: list[tuple[int, dict[str, Any]]], wrong: list[int], local: dict[str, str]
) -> tuple[list[Piece], Counter[str]]:
    people: list[Cells] = []
    ties: list[Cells] = []
    events: list[Cells] = []
    left: Counter[str] = Counter()
    for row, resource in resources:
        kind = resource["resourceType"]
        if kind == "Patient":
            found = patient_of(resource)
            people += [{ROW: str(row), **part} for part in found]
            ties += [{ROW: str(row), **tie} for tie in contacts_of(resource, found[0]["record_id"])]
        elif kind == "RelatedPerson":
            ties.append({ROW: str(row), **related_of(resource, reference(resource.get("patient"), local))})
        elif kind in READ:
            events.append({ROW: str(row), **_event(resource, local)})
        else:
            left[kind] += 1
    unusable = tuple((row, NOT_A_RESOURCE) for row in wrong)
    made = []
    for kind, rows, columns in (
        ("people", people, PEOPLE),
        ("relationships", ties, RELATIONSHIPS),
        ("events", events, EVENT),
    ):
        if rows or unusable:
            extras = [item for item in EXTRAS if kind == "people" and any(row.get(item) for row in rows)]
            table = replace(rows_table(rows, (*columns, *extras), file=name), unusable=unusable)
            made.append(
                people_piece(table, {item: item for item in PEOPLE}, extras=extras)
                if kind == "people"
                else Piece(kind, table)
            )
            unusable = ()
    return made, left


def _event(resource: dict[str, Any], local: dict[str, str]) -> Cells:
    kind = resource["resourceType"]
    subject = resource.get("patient") if kind == "EpisodeOfCare" else resource.get("subject")
    period = resource.get("period") if isinstance(resource.get("period"), dict) else {}
    start, time = day_of((period or {}).get("start"))
    end, _ = day_of((period or {}).get("end"))
    cells: Cells = {
        "event_id": f"{kind}/{resource['id']}" if resource.get("id") else None,
        "record_id": reference(subject, local),
        "date": start,
        "end_date": end,
        "time": time,
        "sensitivity": words_of(dictionaries(resource.get("meta")), "security"),
    }
    if kind == "Flag":
        cells["category"] = words_of([resource], "code") or "Flag"
        cells["description"] = words_of([resource], "category")
        cells["outcome"] = _text(resource.get("status"))
    elif kind == "EpisodeOfCare":
        cells["category"] = words_of([resource], "type") or "Episode of care"
        cells["outcome"] = _text(resource.get("status"))
    else:
        named = words_of([resource], "type") or words_of([resource], "serviceType")
        cells["category"] = named or words_of([resource], "class") or "Encounter"
        cells["description"] = words_of([resource], "reasonCode")
        numbers = (_text(item.get("value")) for item in dictionaries(resource.get("identifier")))
        cells["reference"] = next((number for number in numbers if number), None)
        hospital = dictionaries(resource.get("hospitalization"))
        cells["outcome"] = words_of(hospital, "dischargeDisposition") or _text(resource.get("status"))
    return cells


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
