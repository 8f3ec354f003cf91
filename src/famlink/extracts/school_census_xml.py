"""The school census as schools return it: XML, a pupil with identifiers, home, exclusions and what the term's roll says.

Source: Department for Education, School census technical specification (modules and data items of the pupil level).
"""

from __future__ import annotations

from famlink.errors import SourceError
from famlink.extracts.export import ExportFile
from famlink.extracts.pieces import Adapted, FileRead, Piece, people_piece, rows_table
from famlink.extracts.schooling import address_of, exclusion
from famlink.extracts.tabular import ROW
from famlink.extracts.xmlstream import Node, read_elements
from famlink.tables import PEOPLE_COLUMNS

Cells = dict[str, str | None]

PUPILS = ("PupilOnRoll", "PupilNoLongerOnRoll")
_OWN = {
    "upn": ("UPN",),
    "former_upn": ("FormerUPN",),
    "uln": ("UniqueLearnerNumber",),
    "surname": ("Surname",),
    "forename": ("Forename",),
    "middle_names": ("MiddleNames",),
    "aliases": ("PreferredSurname",),
    "former_surnames": ("FormerSurname",),
    "date_of_birth": ("DOB",),
    "sex": ("Sex",),
    "gender": ("Gender",),
    "ethnicity": ("Ethnicity",),
}
_IDENTIFIERS, _CHARACTERISTICS, _HOME = "PupilIdentifiers", "PupilCharacteristics", "HomeInformation"
_KEPT = (_CHARACTERISTICS, "PupilStatus", "SpecialEducationalNeeds")
_USED = frozenset({name for names in _OWN.values() for name in names} | {"EntryDate", "LeavingDate", "LeavingReason"})
PEOPLE = ("record_id", *_OWN, "uprn", "address", "postcode")
EVENT = ("event_id", "record_id", "date", "category", "description", "outcome")


def read_return(file: ExportFile) -> Adapted:
    """Read one school's return.

    A file row is the line an element begins on.

    Args:
        file: the XML file.

    Returns:
        pupils, on roll before those no longer on roll, with single items of their modules as extras (in small letters, as in the
        census's tables: ``ncyearactual``, ``termlysessionspossible``); the days they joined and left and their
        exclusions; how many pupils there are.

    Raises:
        SourceError: it is not XML, is hostile, or holds no pupil.
    """
    pupils = read_elements(file.data, *PUPILS, file=file.name)
    if not pupils:
        raise SourceError(
            f"{file.name}: expected {PUPILS[0]} or {PUPILS[1]} elements of a school census return, found none"
        )
    pupils.sort(key=lambda pupil: PUPILS.index(pupil.name))
    kept = [_extras(pupil) for pupil in pupils]
    extras = list(dict.fromkeys(name for item in kept for name in item))
    rows = [{**_pupil(pupil), **item} for pupil, item in zip(pupils, kept, strict=True)]
    people = people_piece(
        rows_table(rows, (*PEOPLE, *extras), file=file.name), {name: name for name in PEOPLE}, extras=extras
    )
    told = [event for pupil in pupils for event in _events(pupil)]
    events = [event for event in told if event["date"]]
    for number, event in enumerate(events, start=1):
        event["event_id"] = f"{file.name}:{number}"
    dateless = len(told) - len(events)
    return Adapted(
        (people, *([Piece("events", rows_table(events, EVENT, file=file.name))] if events else [])),
        (FileRead(file.name, len(pupils)),),
        (f"{file.name}: {dateless} exclusions carry no date and give no event",) if dateless else (),
    )


def _id(pupil: Node) -> str | None:
    return pupil.get(_IDENTIFIERS, "UPN")


def _pupil(pupil: Node) -> Cells:
    """Identifiers are looked for in their own modules: a pupil's return names nobody else."""
    own = Node(pupil.name, pupil.line, children=pupil.all(_IDENTIFIERS) + pupil.all(_CHARACTERISTICS))
    home = Node(pupil.name, pupil.line, children=pupil.all(_HOME))
    return {
        ROW: str(pupil.line),
        "record_id": _id(pupil),
        **{name: own.first(*elements) for name, elements in _OWN.items()},
        "uprn": home.first("UniquePropertyReferenceNumber"),
        "address": address_of(home),
        "postcode": home.first("PostCode", "Postcode"),
    }


def _extras(pupil: Node) -> Cells:
    """Items that stand once in a pupil's modules, and the numbers of sessions of each kind of attendance."""
    found = [("", item) for module in _KEPT for part in pupil.all(module) for item in part.children]
    for module in pupil.all("Attendance"):
        for part in module.children:
            prefix = part.name.removesuffix("Attendance").lower()
            found += [(prefix, item) for item in part.children]
    named = [(f"{prefix}{item.name.lower()}", item) for prefix, item in found if item.text and item.name not in _USED]
    return {name: item.text for name, item in named if name not in PEOPLE_COLUMNS}


def _events(pupil: Node) -> list[Cells]:
    """The days a school was joined and left, and exclusions; an exclusion without a date is among them."""
    who = _id(pupil)
    told: list[Cells] = []
    for name, category in (("EntryDate", "Joined school"), ("LeavingDate", "Left school")):
        reason = pupil.get("PupilStatus", "LeavingReason") if name == "LeavingDate" else None
        told += [
            _event(item, who, date=item.text, category=category, outcome=reason)
            for item in pupil.all("PupilStatus", name)
            if item.text
        ]
    for item in (node for module in pupil.all("Exclusions") for node in module.children):
        reasons = [node.text for node in item.walk() if node.name in ("Reason", "ExclusionReason") and node.text]
        sessions = item.first("Sessions", "ActualNumberOfSessions", "ExclusionSessions")
        said = [*(f"reason: {reason}" for reason in reasons), *([f"sessions: {sessions}"] if sessions else [])]
        date, code = item.first("StartDate", "ExclusionStartDate"), item.first("Category", "ExclusionCategory")
        told.append(
            _event(item, who, date=date, category=exclusion(code), description="; ".join(said) or None, outcome=None)
        )
    return told


def _event(node: Node, who: str | None, **cells: str | None) -> Cells:
    return {ROW: str(node.line), "record_id": who, **cells}
