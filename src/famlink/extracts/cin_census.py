"""The Children in Need census: XML, 2021 to 2026. It has no names: its children join those of the same agency by their id.

Source: Department for Education, Children in need census, technical specification and guide.
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
    "upn",
    "former_upn",
    "date_of_birth",
    "expected_date_of_birth",
    "date_of_death",
    "sex",
    "gender",
    "ethnicity",
)
EVENT = ("event_id", "record_id", "date", "end_date", "category", "description", "outcome", "child_seen")

SOURCES = {
    "1A": "individual: family member, relative or carer",
    "1B": "individual: acquaintance",
    "1C": "individual: self",
    "1D": "individual: other",
    "2A": "schools",
    "2B": "education services",
    "3A": "health services: GP",
    "3B": "health services: health visitor",
    "3C": "health services: school nurse",
    "3D": "health services: other primary health services",
    "3E": "health services: A&E",
    "3F": "health services: other",
    "4": "housing",
    "5A": "local authority services: social care",
    "5B": "local authority services: other internal",
    "5C": "local authority services: external",
    "5D": "local authority services: other",
    "6": "police",
    "7": "other legal agency",
    "8": "other",
    "9": "anonymous",
    "10": "unknown",
}
"""Words of the codes of referral sources."""


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read census files.

    A file row is the line an element begins on. A child or an event that a later file tells again (years overlap) is taken
    from the later one.

    Args:
        files: the XML files, sorted by name.

    Returns:
        a person a child, and events: referral and its closing, assessment with its factors, child in need plan, section 47
        enquiry, initial conference, child protection plan, reviews.

    Raises:
        SourceError: a file is not XML, is hostile, or is no children in need census.
    """
    pieces: list[Piece] = []
    counts: list[FileRead] = []
    warnings: list[str] = []
    told: dict[str, tuple[str, Cells]] = {}
    repeated = 0
    people: list[tuple[str, list[Cells]]] = []
    for file in files:
        children = read_elements(file.data, "Child", file=file.name)
        if not children:
            raise SourceError(f"{file.name}: expected Child elements of a children in need census, found none")
        people.append((file.name, [_person(child) for child in children]))
        own: dict[str, tuple[str, Cells]] = {}
        for child in children:
            for event in _events(child):
                fresh = _fresh(f"{event['event_id']}", own)
                own[fresh] = (file.name, {**event, "event_id": fresh})
        repeated += len(told.keys() & own.keys())
        told.update(own)
        counts.append(FileRead(file.name, len(children)))
    for name, rows in people:
        pieces.append(people_piece(rows_table(rows, PEOPLE, file=name), {item: item for item in PEOPLE}))
    for name, _ in people:
        rows = [event for of, event in told.values() if of == name]
        if rows:
            pieces.append(Piece("events", rows_table(rows, EVENT, file=name)))
    if repeated:
        warnings.append(f"{repeated} events are told again by a later file, whose word is taken")
    return Adapted(tuple(pieces), tuple(counts), tuple(warnings))


def _fresh(event_id: str, taken: dict[str, tuple[str, Cells]]) -> str:
    """An id of its own for the second of two like events of one child on one day."""
    number, fresh = 1, event_id
    while fresh in taken:
        number += 1
        fresh = f"{event_id}#{number}"
    return fresh


def _person(child: Node) -> Cells:
    given = "ChildIdentifiers"
    return {
        ROW: str(child.line),
        "record_id": child.get(given, "LAchildID"),
        "upn": child.get(given, "UPN"),
        "former_upn": child.get(given, "FormerUPN"),
        "date_of_birth": child.get(given, "PersonBirthDate"),
        "expected_date_of_birth": child.get(given, "ExpectedPersonBirthDate"),
        "date_of_death": child.get(given, "PersonDeathDate"),
        "sex": child.get(given, "Sex"),
        "gender": child.get(given, "GenderCurrent") or child.get(given, "Gender"),
        "ethnicity": child.get("ChildCharacteristics", "Ethnicity"),
    }


def _events(child: Node) -> list[Cells]:
    """Every dated element of a child, with the line it begins on."""
    who = child.get("ChildIdentifiers", "LAchildID")
    rows: list[Cells] = []
    for details in child.all("CINdetails"):
        referral = [
            _told("from", SOURCES.get((code := details.get("ReferralSource") or "").upper(), code)),
            _told("primary need", details.get("PrimaryNeedCode")),
            _told("no further action", details.get("ReferralNFA")),
        ]
        rows.append(_event(details, "Referral", details.get("CINreferralDate"), said=referral))
        closed = details.get("ReasonForClosure")
        rows.append(_event(details, "Referral closed", details.get("CINclosureDate"), outcome=closed))
        rows.append(_event(details, "Initial child protection conference", details.get("DateOfInitialCPC")))
        rows += [_assessment(node) for node in details.all("Assessments")]
        for node in details.all("CINPlanDates"):
            rows.append(
                _event(node, "Child in need plan", node.get("CINPlanStartDate"), end=node.get("CINPlanEndDate"))
            )
        for node in details.all("Section47"):
            needless = [_told("conference not required", node.get("ICPCnotRequired"))]
            rows.append(_event(node, "Section 47 enquiry", node.get("S47ActualStartDate"), said=needless))
            if node.get("DateOfInitialCPC") != details.get("DateOfInitialCPC"):
                rows.append(_event(node, "Initial child protection conference", node.get("DateOfInitialCPC")))
        for node in details.all("ChildProtectionPlans"):
            rows += _plan(node)
    held = [row for row in rows if row["date"]]
    for row in held:
        row["record_id"] = who
        row["event_id"] = f"{row['category']}:{who}:{row['date']}"
    return held


def _assessment(node: Node) -> Cells:
    factors = [item.text for item in node.all("FactorsIdentifiedAtAssessment", "AssessmentFactors") if item.text]
    factors += [item.text for item in node.all("AssessmentFactors") if item.text]
    said = [_told("factors", ", ".join(factors)), _told("internal review", node.get("AssessmentInternalReviewDate"))]
    start, end = node.get("AssessmentActualStartDate"), node.get("AssessmentAuthorisationDate")
    return _event(node, "Assessment", start or end, end=end, said=said)


def _plan(node: Node) -> list[Cells]:
    said = [
        _told("initial category", node.get("InitialCategoryOfAbuse")),
        _told("latest category", node.get("LatestCategoryOfAbuse")),
        _told("previous plans", node.get("NumberOfPreviousCPP")),
    ]
    rows = [_event(node, "Child protection plan", node.get("CPPstartDate"), end=node.get("CPPendDate"), said=said)]
    reviews = [*node.all("CPPreviewDate"), *node.all("Reviews", "CPPreviewDate")]
    return rows + [_event(item, "Child protection review", item.text or None) for item in reviews]


def _told(label: str, value: str | None) -> str | None:
    return f"{label}: {value}" if value else None


def _event(
    node: Node,
    category: str,
    date: str | None,
    *,
    end: str | None = None,
    outcome: str | None = None,
    said: Iterable[str | None] = (),
) -> Cells:
    line = "; ".join(part for part in said if part) or None
    return {
        ROW: str(node.line),
        "date": date,
        "end_date": end,
        "category": category,
        "description": line,
        "outcome": outcome,
    }
