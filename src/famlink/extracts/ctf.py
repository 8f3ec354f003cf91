"""The Common Transfer File between schools: XML, a pupil with contacts and school history.

Source: Department for Education, Common transfer file specification.
"""

from __future__ import annotations

from collections.abc import Iterable

from famlink.errors import SourceError
from famlink.extracts.export import ExportFile
from famlink.extracts.pieces import Adapted, FileRead, Piece, people_piece, rows_table
from famlink.extracts.tabular import ROW
from famlink.extracts.xmlstream import Node, read_elements

Cells = dict[str, str | None]

PEOPLE = (
    "record_id",
    "forename",
    "middle_names",
    "surname",
    "former_surnames",
    "aliases",
    "date_of_birth",
    "sex",
    "ethnicity",
    "upn",
    "former_upn",
    "uln",
    "uprn",
    "address",
    "postcode",
    "phone",
    "email",
)
RELATIONSHIPS = (
    "record_id",
    "relationship",
    "related_forename",
    "related_surname",
    "related_sex",
    "related_address",
    "related_postcode",
    "related_phone",
    "parental_responsibility",
)
EVENT = ("event_id", "record_id", "date", "end_date", "category", "description", "outcome")

_HOME = ("SAON", "PAON", "Street", "Locality", "Town", "PostTown", "AdministrativeArea", "County")
_LINES = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "AddressLine5")
_INSIDE = ("Contacts", "SchoolHistory", "Attendance", "Exclusions")
"""Parts of a pupil that hold names and addresses of others."""


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read transfer files.

    A pupil's record_id is the UPN. A file row is the line an element begins on.

    Args:
        files: the XML files.

    Returns:
        a person a pupil, contacts in words with relationship and responsibility, and the days a school was joined and left.

    Raises:
        SourceError: a file is not XML, is hostile, or holds no pupil.
    """
    pieces: list[Piece] = []
    counts: list[FileRead] = []
    for file in files:
        pupils = read_elements(file.data, "Pupil", file=file.name)
        if not pupils:
            raise SourceError(f"{file.name}: expected Pupil elements of a Common Transfer File, found none")
        people = [_pupil(pupil) for pupil in pupils]
        ties = [_contact(contact, _id(pupil)) for pupil in pupils for contact in pupil.all("Contacts", "Contact")]
        events = [event for pupil in pupils for event in _history(pupil)]
        for number, event in enumerate(events, start=1):
            event["event_id"] = f"{file.name}:{number}"
        pieces.append(people_piece(rows_table(people, PEOPLE, file=file.name), {name: name for name in PEOPLE}))
        if ties:
            pieces.append(Piece("relationships", rows_table(ties, RELATIONSHIPS, file=file.name)))
        if events:
            pieces.append(Piece("events", rows_table(events, EVENT, file=file.name)))
        counts.append(FileRead(file.name, len(pupils)))
    return Adapted(tuple(pieces), tuple(counts))


def _id(pupil: Node) -> str | None:
    return pupil.get("UPN")


def _pupil(pupil: Node) -> Cells:
    own = Node(pupil.name, pupil.line, children=[item for item in pupil.children if item.name not in _INSIDE])
    preferred = own.first("PreferredForename"), own.first("PreferredSurname")
    return {
        ROW: str(pupil.line),
        "record_id": _id(pupil),
        "forename": own.first("Forename"),
        "middle_names": own.first("MiddleNames", "MiddleName"),
        "surname": own.first("Surname"),
        "former_surnames": ";".join(item.text for item in own.walk() if item.name == "FormerSurname" and item.text)
        or None,
        "aliases": " ".join(part for part in preferred if part) or None,
        "date_of_birth": own.first("DOB"),
        "sex": own.first("Sex", "Gender"),
        "ethnicity": own.first("Ethnicity"),
        "upn": _id(pupil),
        "former_upn": ";".join(item.text for item in own.walk() if item.name == "FormerUPN" and item.text) or None,
        "uln": own.first("UniqueLearnerNumber", "ULN"),
        **_home(own, ""),
        "uprn": own.first("UniquePropertyReferenceNumber", "UPRN"),
        "email": own.first("Email"),
    }


def _contact(contact: Node, record_id: str | None) -> Cells:
    responsible = (contact.first("Responsibility", "ParentalResponsibility") or "").lower()
    return {
        ROW: str(contact.line),
        "record_id": record_id,
        "relationship": contact.first("Relationship"),
        "related_forename": contact.first("Forename"),
        "related_surname": contact.first("Surname"),
        "related_sex": contact.first("Sex", "Gender"),
        **_home(contact, "related_"),
        "parental_responsibility": responsible or None,
    }


def _home(person: Node, prefix: str) -> Cells:
    """Address, postcode and telephones anywhere below a person."""
    parts = [person.first(name) for name in (*_LINES, *_HOME)]
    phones = [item.text for item in person.walk() if item.name in ("PhoneNo", "TelephoneNumber") and item.text]
    return {
        f"{prefix}address": ", ".join(dict.fromkeys(part for part in parts if part)) or None,
        f"{prefix}postcode": person.first("PostCode", "Postcode"),
        f"{prefix}phone": ";".join(dict.fromkeys(phones)) or None,
    }


def _history(pupil: Node) -> list[Cells]:
    rows: list[Cells] = []
    for school in pupil.all("SchoolHistory", "School"):
        name = school.first("SchoolName", "Estab")
        for date, category in (("EntryDate", "Joined school"), ("LeavingDate", "Left school")):
            given = school.first(date)
            if given:
                told: Cells = {"record_id": _id(pupil), "date": given, "category": category, "description": name}
                reason = school.first("LeavingReason") if category == "Left school" else None
                rows.append({ROW: str(school.line), **told, "outcome": reason})
    return rows
