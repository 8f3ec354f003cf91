"""Made-up families of every shape a chronology is drawn for, as the gate would release them."""

from __future__ import annotations

import datetime as dt
import random

from released_family import AS_AT, with_rule

from famlink import tables
from famlink.sharing.released import FIXED_NOTICE, Agency, Released, Request

HOLDERS = {
    "csc": "social-care", "police": "police", "school": "education", "health": "health", "housing": "housing", "early_help": "early-help",
    "probation": "justice", "youth_justice": "justice", "adult_social_care": "adult-social-care", "council_tax": "housing",
    "community_mental_health_and_substance_misuse": "health", "north_of_the_river_multi_academy_trust": "education",
    "fire_and_rescue": "housing", "childrens_centre": "early-help", "domestic_abuse_outreach": "social-care", "nhs_111": "health",
}  # fmt: skip
AGENCIES = tuple(HOLDERS)
KINDS = {
    "csc": (("Contact", "contact"), ("Referral", "referral"), ("Home visit", "visit"), ("Strategy discussion", "strategy-discussion"), ("CIN review", "review")),
    "police": (("DA - non crime", "domestic-abuse"), ("Missing", "missing"), ("Assault", "assault"), ("PPN", "police-notification")),
    "school": (("Concern note", "school-concern"), ("Attendance below 90%", "attendance"), ("Suspension", "suspension"), ("Achievement", "achievement")),
    "health": (("A&E attendance", "emergency-attendance"), ("HV visit", "health-visit"), ("Was not brought", "missed-appointment"), ("Immunisation", "immunisation")),
    "housing": (("Rent arrears notice", "arrears"), ("Tenancy start", "tenancy"), ("ASB", "antisocial-behaviour")),
}  # fmt: skip
LASTING = (
    ("Interim care order", "order"),
    ("Child protection plan", "child-protection-plan"),
    ("Child in need plan", "child-in-need-plan"),
    ("Looked after: s20", "looked-after"),
    ("Placement: foster carer", "placement"),
    ("Care proceedings", "care-proceedings"),
    ("Supervision order", "order"),
)


def made(children, rows, homes=(), *, agencies=AGENCIES[:5], subjects=None, as_at=AS_AT):
    """A release about some children.

    Args:
        children: (forename, surname, date of birth or None, expected date or None).
        rows: dicts of the table ``incidents`` that differ from a plain visit; ``child`` is the number of the child.
        homes: (number of the child, address, first day or None, last day or None).
        agencies: those that hold a record of every child.
        subjects: numbers of the children asked about; all by default.
        as_at: the day of the extracts.
    """
    people, statements = [], []
    for number, (forename, surname, born, expected) in enumerate(children):
        said = {"forename": forename, "surname": surname, "date_of_birth": born, "expected_date_of_birth": expected}
        for agency in agencies:
            people.append({"agency": agency, "record_id": f"r-{number}", "person_id": f"P-{number}", "probability": 1.0, "origin": "given", "rule": "rule"})  # fmt: skip
            statements += [
                {"statement_id": f"s-{agency}-{number}-{field}", "person_id": f"P-{number}", "agency": agency, "record_id": f"r-{number}",
                 "field": field, "value": str(value), "raw": str(value), "reason": None, "first_seen": as_at, "last_seen": as_at,
                 "file": f"{agency}_people.csv", "file_row": number + 1, "rule": "rule"}
                for field, value in said.items() if value
            ]  # fmt: skip
    events = []
    for n, row in enumerate(rows):
        child = row.pop("child", 0)
        first = row["date"]
        events.append({
            "agency": "csc", "event_id": f"e{n}", "record_id": f"r-{child}", "person_id": f"P-{child}", "incident_id": f"i{n}", "role": "same event",
            "related_incident_id": None, "latest": first, "end_date": None, "precision": "day", "date_text": first.isoformat(), "time": None,
            "category": "Home visit", "kind": "visit", "description": "Seen at home.", "others": None, "reference": None, "quoted_references": None,
            "action_taken": None, "outcome": None, "child_seen": None, "recorded_on": None, "recorded_by": "worker", "sensitivity": None,
            "file": "events.csv", "file_row": n + 1, "rule": "rule", **row,
        })  # fmt: skip
    asked = range(len(children)) if subjects is None else subjects
    return Released(
        request=Request(subjects=tuple(("csc", f"r-{n}") for n in asked), basis="s47", request_id="R-1"),
        hub="Northshire",
        as_at=as_at,
        synthetic=True,
        policy="policy 1",
        subjects=tuple(f"P-{n}" for n in asked),
        agencies=tuple(Agency(a, HOLDERS[a], f"{a} system") for a in agencies),
        people=with_rule(tables.PEOPLE, people),
        statements=with_rule(tables.STATEMENTS, statements),
        relations=tables.RELATIONS.frame([]),
        households=tables.HOUSEHOLDS.frame([
            {"household_id": f"H-{n}", "person_id": f"P-{child}", "address": address, "postcode": "NS1 4QT", "start": start, "end": end, "sources": ["csc:r-0"]}
            for n, (child, address, start, end) in enumerate(homes)
        ]),
        events=with_rule(tables.INCIDENTS, events),
        existence=tables.EXISTENCE.frame([]),
        withheld=tables.WITHHELD.frame([]),
        notices=(FIXED_NOTICE,),
    )  # fmt: skip


def some_events(seed, count, agencies, first=dt.date(2014, 1, 1), last=AS_AT, *, children=1):
    """Seeded events; about one in six is told by two or three agencies, one in twelve has a partial date."""
    chance = random.Random(seed)
    rows = []
    while len(rows) < count:
        day = first + dt.timedelta(days=chance.randrange((last - first).days + 1))
        told = chance.choice((1, 1, 1, 1, 1, 2, 3)) if len(agencies) > 2 else 1
        incident, child = f"k{len(rows)}", chance.randrange(children)
        for place, agency in enumerate(chance.sample(agencies, told)):
            category, kind = chance.choice(
                KINDS.get(agency, (("Contact with service", "contact"), ("Letter", "unmapped")))
            )
            row = {
                "agency": agency,
                "date": day + dt.timedelta(days=place),
                "category": category,
                "kind": kind,
                "incident_id": incident,
                "child": child,
            }
            if chance.random() < 0.08:
                row |= {
                    "date": day.replace(month=1, day=1),
                    "latest": day.replace(month=12, day=31),
                    "precision": "year",
                    "date_text": str(day.year),
                }
            rows.append(row)
    return [{**row, "latest": row.get("latest", row["date"])} for row in rows[:count]]  # fmt: skip


def lasting(seed, count, first=dt.date(2018, 1, 1), *, children=1):
    """Seeded orders, plans and placements, some still running."""
    chance = random.Random(seed)
    rows = []
    for n in range(count):
        start = first + dt.timedelta(days=chance.randrange(2900))
        category, kind = LASTING[n % len(LASTING)]
        end = None if chance.random() < 0.25 else start + dt.timedelta(days=chance.randrange(5, 900))
        rows.append(
            {
                "date": start,
                "end_date": end,
                "category": category,
                "kind": kind,
                "child": chance.randrange(children),
                "incident_id": f"o{n}",
            }
        )
    return rows  # fmt: skip


def moves(seed, count, child=0, first=dt.date(2014, 3, 1)):
    """Homes one after the other, the last one open."""
    chance = random.Random(seed)
    streets = ("Alder Close", "Beacon Street", "Quay Road", "The Old Rectory, Church Lane, Little Sutton-under-Marsh")
    homes, start = [], first
    for n in range(count):
        end = None if n == count - 1 else start + dt.timedelta(days=chance.randrange(20, 3600 // count))
        homes.append((child, f"{chance.randrange(1, 99)} {streets[n % 4]}", start if n else None, end))
        start = (end or start) + dt.timedelta(days=1)
    return homes


def day(text):
    return dt.date.fromisoformat(text)


def shapes() -> dict[str, Released]:
    """Name -> a release, one for each shape."""
    keira = ("Keira", "Hollis", "2014-03-01", None)
    twins = [("Amelia", "Osborne", "2019-09-08", None), ("Mason", "Osborne", "2019-09-08", None)]
    five = AGENCIES[:5]
    burst = [{"date": day("2025-05-03") + dt.timedelta(days=n // 9), "agency": five[n % 5]} for n in range(60)]
    ahead = [
        {"date": day(text), "category": "Hearing", "kind": "hearing", "precision": precision, "latest": day(late)}
        for text, late, precision in (
            ("2026-06-24", "2026-06-24", "day"),
            ("2026-09-01", "2026-09-30", "month"),
            ("2027-01-01", "2027-12-31", "year"),
            ("2099-12-31", "2099-12-31", "day"),
        )
    ]
    rtl = "\u0645\u062d\u0645\u062f \u0639\u0628\u062f \u0627\u0644\u0631\u062d\u0645\u0646"
    return {
        "one": made([keira], some_events(1, 1, ("police",)), agencies=("police",)),
        "few": made([keira], some_events(2, 4, five[:2]), moves(2, 1), agencies=five[:2]),
        "fifty": made([keira], some_events(3, 50, five), moves(3, 3)),
        "many": made([keira, *twins], some_events(4, 260, AGENCIES[:9], children=3) + lasting(4, 9, children=3), moves(4, 5) + moves(5, 4, 1, day("2019-09-08")), agencies=AGENCIES[:9]),
        "twins": made([*twins, ("", "Osborne", None, "2026-09-20")], some_events(6, 24, five, day("2019-09-08"), children=2), moves(6, 2, 0, day("2019-09-08")) + moves(6, 2, 1, day("2019-09-08"))),
        "unborn": made([("", "Marsh", None, "2026-09-20")], some_events(7, 6, five[:3], day("2026-01-04"))),
        "gaps": made([("Ada", "Pell", "1931-02-28", None)], [{"date": day("1931-05-01")}, {"date": day("1999-05-01"), "agency": "health"}, {"date": day("2026-05-01"), "agency": "police"}]),
        "agencies": made([keira], some_events(8, 90, AGENCIES), agencies=AGENCIES),
        "care": made([keira], some_events(9, 40, five) + lasting(9, 16), moves(9, 14)),
        "names": made([(rtl, "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh", "2016-03-14", None), ("Zo\u00eb \U0001f600", "\u674e", "2018-01-02", None)], [
            {"date": day("2020-02-01"), "category": rtl, "kind": "order", "end_date": day("2024-01-01"), "description": rtl},
            {"date": day("2021-02-01"), "category": "W" * 300, "kind": "placement", "end_date": day("2022-01-01"), "child": 1},
            {"date": day("2024-02-01"), "agency": "health"},
        ], [(0, rtl * 4, day("2016-03-14"), None), (1, "W" * 200, day("2018-01-02"), day("2019-01-01"))]),
        "future": made([keira], some_events(11, 12, five) + ahead, moves(11, 2)),
        "burst": made([keira], burst),
        "newborn": made([("Bo", "Lee", "2026-05-20", None)], [{"date": day("2026-05-20"), "kind": "birth", "category": "Birth", "agency": "health"}, {"date": day("2026-05-28"), "agency": "health", "kind": "health-visit"}], [(0, "12 Alder Close", day("2026-05-22"), None)]),
        "nobody": made([("", "", None, None)], some_events(12, 8, five[:2])),
    }  # fmt: skip


def random_shape(seed: int) -> Released:
    """Any shape at all."""
    chance = random.Random(seed)
    some = chance.sample(AGENCIES, chance.randrange(1, len(AGENCIES) + 1))
    some = tuple(dict.fromkeys(("csc", *some)))
    children = [
        (
            chance.choice(("Keira", "Bo", "Maximilian-Alexander", "\u0645\u062d\u0645\u062f", "")),
            "Hollis",
            f"{chance.randrange(1930, 2026)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}"
            if chance.random() < 0.9
            else None,
            None,
        )
        for _ in range(chance.randrange(1, 6))
    ]
    first = dt.date(chance.randrange(1940, 2026), 1, 1)
    rows = some_events(seed, chance.choice((1, 3, 20, 120)), some, first, children=len(children))
    homes = [
        home for child in range(len(children)) for home in moves(seed + child, chance.randrange(1, 6), child, first)
    ]
    return made(
        children, rows + lasting(seed, chance.randrange(12), first, children=len(children)), homes, agencies=some
    )
