"""The Common Transfer File between schools: XML, a pupil with contacts and school history.

Source: Department for Education, Common transfer file specification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from famlink.errors import SourceError
from famlink.extracts.export import ExportFile
from famlink.extracts.pieces import Adapted, FileRead, Piece, people_piece, rows_table
from famlink.extracts.schooling import address_of, exclusion
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

EXTRAS = ("in_care", "care_authority")

_OTHERS = ("Contacts", "SchoolHistory", "Attendance", "Exclusions", "SENhistory", "LookedAfter")
"""Parts of a pupil that hold names, addresses and days of others, or are read by themselves."""
_OWN = (
    *("UPN", "UniqueLearnerNumber", "ULN", "Surname", "Forename", "DOB", "Sex", "Gender"),
    *("BasicDetails", "Address", "Phones", "Email"),
)
"""The other parts of a pupil that are read."""
_SESSIONS = {
    "SessionsPossible": "sessions possible",
    "SessionsAttended": "attended",
    "SessionsAuthorised": "authorised absence",
    "SessionsUnauthorised": "unauthorised absence",
}


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read transfer files.

    A pupil's record_id is the UPN. A file row is the line an element begins on.

    Args:
        files: the XML files.

    Returns:
        a person a pupil; contacts in words with relationship and responsibility; the days a school was joined and left, a
        year's attendance, exclusions, special educational needs provision. Parts that are not read are named and counted.

    Raises:
        SourceError: a file is not XML, is hostile, or holds no pupil.
    """
    pieces: list[Piece] = []
    counts: list[FileRead] = []
    warnings: list[str] = []
    for file in files:
        pupils = read_elements(file.data, "Pupil", file=file.name)
        if not pupils:
            raise SourceError(f"{file.name}: expected Pupil elements of a Common Transfer File, found none")
        people = [_pupil(pupil) for pupil in pupils]
        extras = [name for name in EXTRAS if any(person[name] for person in people)]
        table = rows_table(people, (*PEOPLE, *extras), file=file.name)
        pieces.append(people_piece(table, {name: name for name in PEOPLE}, extras=extras))
        ties = [_contact(contact, _id(pupil)) for pupil in pupils for contact in pupil.all("Contacts", "Contact")]
        if ties:
            pieces.append(Piece("relationships", rows_table(ties, RELATIONSHIPS, file=file.name)))
        told = [event for pupil in pupils for event in _events(pupil)]
        events = [event for event in told if event["date"]]
        for number, event in enumerate(events, start=1):
            event["event_id"] = f"{file.name}:{number}"
        if events:
            pieces.append(Piece("events", rows_table(events, EVENT, file=file.name)))
        if len(told) > len(events):
            warnings.append(f"{file.name}: {len(told) - len(events)} parts of pupils carry no date and give no event")
        warnings += _not_read(pupils, file.name)
        counts.append(FileRead(file.name, len(pupils)))
    return Adapted(tuple(pieces), tuple(counts), tuple(warnings))


def _not_read(pupils: list[Node], file: str) -> list[str]:
    left = Counter(part.name for pupil in pupils for part in pupil.children if part.name not in (*_OWN, *_OTHERS))
    told = ", ".join(f"{name} ({count})" for name, count in sorted(left.items()))
    return [f"{file}: parts of pupils not read: {told}"] if told else []


def _id(pupil: Node) -> str | None:
    return pupil.get("UPN")


def _pupil(pupil: Node) -> Cells:
    own = Node(pupil.name, pupil.line, children=[item for item in pupil.children if item.name not in _OTHERS])
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
        "in_care": pupil.get("LookedAfter", "InCare"),
        "care_authority": pupil.get("LookedAfter", "CareAuthority"),
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
    phones = [item.text for item in person.walk() if item.name in ("PhoneNo", "TelephoneNumber") and item.text]
    return {
        f"{prefix}address": address_of(person),
        f"{prefix}postcode": person.first("PostCode", "Postcode"),
        f"{prefix}phone": ";".join(dict.fromkeys(phones)) or None,
    }


def _events(pupil: Node) -> list[Cells]:
    """Every part of a pupil that says when something was, with its date where it carries one."""
    who = _id(pupil)
    rows = [row for school in pupil.all("SchoolHistory", "School") for row in _school(school)]
    rows += [_year(year) for year in pupil.all("Attendance", "YearData")]
    rows += [_excluded(item) for part in pupil.all("Exclusions") for item in part.children]
    rows += [_need(item) for item in pupil.all("SENhistory", "SEN")]
    return [{**row, "record_id": who} for row in rows]


def _school(school: Node) -> list[Cells]:
    name = school.first("SchoolName", "Estab")
    rows = []
    for date, category in (("EntryDate", "Joined school"), ("LeavingDate", "Left school")):
        given = school.first(date)
        if given:
            reason = school.first("LeavingReason") if category == "Left school" else None
            rows.append(_event(school, date=given, category=category, description=name, outcome=reason))
    return rows


def _year(year: Node) -> Cells:
    """A year's attendance, on the day its marks begin, or in the year it names."""
    said = [(label, year.first(name)) for name, label in _SESSIONS.items()]
    # Which day a mark stands for depends on the version of the format: they are counted, not dated.
    marks = Counter(mark for mark in year.first("AttendanceMarks") or "" if mark.isalpha())
    said.append(("marks", ", ".join(f"{mark} {count}" for mark, count in sorted(marks.items()))))
    school = year.first("SchoolName", "Estab")
    line = "; ".join([*([school] if school else []), *(f"{label}: {value}" for label, value in said if value)])
    date = year.first("AttendanceStartDate", "Year")
    return _event(year, date=date, category="School attendance", description=line or None)


def _excluded(item: Node) -> Cells:
    said = [
        ("reason", item.first("Reason", "ExclusionReason")),
        ("sessions", item.first("Sessions", "ExclusionSessions", "ActualNumberOfSessions")),
    ]
    return _event(
        item,
        date=item.first("StartDate", "ExclusionStartDate"),
        end_date=item.first("EndDate", "ExclusionEndDate"),
        category=exclusion(item.first("Category", "ExclusionCategory")),
        description="; ".join(f"{label}: {value}" for label, value in said if value) or None,
    )


def _need(item: Node) -> Cells:
    provision = item.first("SENprovision")
    return _event(
        item,
        date=item.first("StartDate"),
        end_date=item.first("EndDate"),
        category="SEN provision",
        description=f"provision: {provision}" if provision else None,
    )


def _event(node: Node, **cells: str | None) -> Cells:
    return {ROW: str(node.line), **cells}
