"""Patients of FHIR and the people beside them -> people and relationships."""

from __future__ import annotations

from typing import Any

from famlink.extracts.fhir_values import Cells, day_of, dictionaries, text, texts, words_of

PEOPLE = (
    "record_id",
    "forename",
    "middle_names",
    "surname",
    "former_surnames",
    "aliases",
    "date_of_birth",
    "date_of_death",
    "gender",
    "ethnicity",
    "nhs_number",
    "former_nhs_number",
    "nhs_number_verified",
    "uprn",
    "address",
    "postcode",
    "address_from",
    "address_to",
    "phone",
    "email",
    "gp_practice",
    "restricted",
    "recorded_on",
)
EXTRAS = ("deceased", "multiple_birth")
RELATIONSHIPS = (
    "record_id",
    "relationship",
    "related_forename",
    "related_surname",
    "related_date_of_birth",
    "related_sex",
    "related_address",
    "related_postcode",
    "related_phone",
    "start",
    "end",
)
_NHS = "nhs-number"
_VERIFIED = "01"
_RESTRICTED = ("R", "V")
_OFFICIAL = ("official", "usual")
_ETHNIC = "EthnicCategory"


def patient_of(patient: dict[str, Any]) -> list[Cells]:
    """A Patient as rows: the record with its newest address, and a row for each further address."""
    name, others = _names(patient)
    addresses = sorted(dictionaries(patient.get("address")), key=_newest_first, reverse=True)
    homes = [_address(item) for item in addresses if item.get("use") != "billing"]
    died, _ = day_of(patient.get("deceasedDateTime"))
    changed, _ = day_of(next((item.get("lastUpdated") for item in dictionaries(patient.get("meta"))), None))
    gps = [text(item.get("display")) for item in dictionaries(patient.get("generalPractitioner"))]
    cells: Cells = {
        "record_id": text(patient.get("id")),
        **name,
        **others,
        "date_of_birth": text(patient.get("birthDate")),
        "date_of_death": died,
        "gender": text(patient.get("gender")),
        "ethnicity": _ethnicity(patient),
        **_nhs_number(patient),
        **_telecom(patient),
        "gp_practice": next((gp for gp in gps if gp), None),
        "restricted": _restricted(patient),
        "recorded_on": changed,
        "deceased": _yes_no(patient.get("deceasedBoolean")),
        "multiple_birth": _yes_no(patient.get("multipleBirthBoolean")) or text(patient.get("multipleBirthInteger")),
        **(homes[0] if homes else {}),
    }
    return [cells, *({"record_id": cells["record_id"], **home} for home in homes[1:])]


def _yes_no(value: Any) -> str | None:
    return {True: "yes", False: "no"}.get(value) if isinstance(value, bool) else None


def contacts_of(patient: dict[str, Any], record_id: str | None) -> list[Cells]:
    """The contacts of a Patient, in words."""
    return [
        _beside(contact, record_id, dictionaries(contact.get("name")))
        for contact in dictionaries(patient.get("contact"))
    ]


def related_of(related: dict[str, Any], record_id: str | None) -> Cells:
    """A RelatedPerson, in words."""
    cells = _beside(related, record_id, dictionaries(related.get("name")))
    cells["related_date_of_birth"] = text(related.get("birthDate"))
    return cells


def _beside(person: dict[str, Any], record_id: str | None, names: list[dict[str, Any]]) -> Cells:
    forename, middle, surname = _split(_chosen(names))
    address = next(iter(sorted(dictionaries(person.get("address")), key=_newest_first, reverse=True)), {})
    home = _address(address)
    period = next(iter(dictionaries(person.get("period"))), {})
    return {
        "record_id": record_id,
        "relationship": words_of([person], "relationship"),
        "related_forename": " ".join(part for part in (forename, middle) if part) or None,
        "related_surname": surname,
        "related_sex": text(person.get("gender")),
        "related_address": home["address"],
        "related_postcode": home["postcode"],
        "related_phone": _telecom(person)["phone"],
        "start": day_of(period.get("start"))[0],
        "end": day_of(period.get("end"))[0],
    }


def _chosen(names: list[dict[str, Any]]) -> dict[str, Any]:
    """The name in use: official or usual, current before ended."""
    order = [*_OFFICIAL, None]
    current = [
        item
        for item in names
        if not any("end" in held for held in dictionaries(item.get("period"))) and item.get("use") in order
    ]
    return min(current, key=lambda item: order.index(item.get("use"))) if current else next(iter(names), {})


def _split(name: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    given = texts(name.get("given"))
    family = text(name.get("family"))
    if not given and family is None and text(name.get("text")):
        words = str(name["text"]).split()
        return words[0], " ".join(words[1:-1]) or None, words[-1] if len(words) > 1 else None
    return (given[0] if given else None), " ".join(given[1:]) or None, family


def _names(patient: dict[str, Any]) -> tuple[Cells, Cells]:
    names = dictionaries(patient.get("name"))
    chosen = _chosen(names)
    forename, middle, surname = _split(chosen)
    former: list[str] = []
    aliases: list[str] = []
    for name in names:
        if name is chosen:
            continue
        first, _, family = _split(name)
        if family and family != surname:
            former.append(family)
        if first and first != forename:
            aliases.append(" ".join(part for part in (first, family) if part))
    return (
        {"forename": forename, "middle_names": middle, "surname": surname},
        {
            "former_surnames": ";".join(dict.fromkeys(former)) or None,
            "aliases": ";".join(dict.fromkeys(aliases)) or None,
        },
    )


def _newest_first(address: dict[str, Any]) -> tuple[bool, bool, str, str]:
    """Open before ended, home before temporary, later before earlier."""
    period = next(iter(dictionaries(address.get("period"))), {})
    end, start = str(period.get("end") or ""), str(period.get("start") or "")
    return not end and address.get("use") != "old", address.get("use") in ("home", None), end, start


def _address(address: dict[str, Any]) -> Cells:
    lines = texts(address.get("line"))
    town = [part for part in (text(address.get("city")), text(address.get("district"))) if part]
    period = next(iter(dictionaries(address.get("period"))), {})
    return {
        "address": ", ".join([*lines, *town]) or text(address.get("text")),
        "postcode": text(address.get("postalCode")),
        "uprn": _uprn(address),
        "address_from": day_of(period.get("start"))[0],
        "address_to": day_of(period.get("end"))[0],
    }


def _uprn(address: dict[str, Any]) -> str | None:
    """UK Core's address key of type UPRN."""
    for extension in dictionaries(address.get("extension")):
        inner = {str(item.get("url")): item for item in dictionaries(extension.get("extension"))}
        kind = dictionaries(inner.get("type", {}).get("valueCoding"))
        if any(str(item.get("code", "")).upper() == "UPRN" for item in kind):
            return text(inner.get("value", {}).get("valueString"))
    return None


def _nhs_number(patient: dict[str, Any]) -> Cells:
    held = [
        identifier
        for identifier in dictionaries(patient.get("identifier"))
        if str(identifier.get("system", "")).lower().rstrip("/").endswith(_NHS)
    ]
    old = [identifier for identifier in held if identifier.get("use") == "old"]
    current = next((identifier for identifier in held if identifier not in old), {})
    codes = [
        str(coding.get("code"))
        for extension in dictionaries(current.get("extension"))
        for concept in dictionaries(extension.get("valueCodeableConcept"))
        for coding in dictionaries(concept.get("coding"))
    ]
    former = [number for number in (text(identifier.get("value")) for identifier in old) if number]
    return {
        "nhs_number": text(current.get("value")),
        "former_nhs_number": ";".join(former) or None,
        "nhs_number_verified": ("yes" if _VERIFIED in codes else "no") if codes else None,
    }


def _telecom(person: dict[str, Any]) -> Cells:
    held: dict[str, list[str]] = {"phone": [], "email": []}
    for item in dictionaries(person.get("telecom")):
        value = text(item.get("value"))
        system = {"sms": "phone"}.get(str(item.get("system")), str(item.get("system")))
        if value and system in held:
            held[system].append(value)
    return {name: ";".join(values) or None for name, values in held.items()}


def _ethnicity(patient: dict[str, Any]) -> str | None:
    held = [item for item in dictionaries(patient.get("extension")) if _ETHNIC in str(item.get("url"))]
    return words_of(held, "valueCodeableConcept")


def _restricted(patient: dict[str, Any]) -> str | None:
    labels = [item for meta in dictionaries(patient.get("meta")) for item in dictionaries(meta.get("security"))]
    return "yes" if any(str(item.get("code", "")).upper() in _RESTRICTED for item in labels) else None
