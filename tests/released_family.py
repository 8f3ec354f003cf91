"""A made-up family as the gate would release it: one mother, two fathers, twins, a grandmother who is a carer, five agencies."""

from __future__ import annotations

import datetime as dt
import hashlib

import polars as pl

from famlink import tables
from famlink.sharing.released import FIXED_NOTICE, Agency, Released, Request

AS_AT = dt.date(2026, 6, 1)
SYSTEMS = {
    "csc": ("social-care", "Liquidlogic LCS"),
    "police": ("police", "Niche RMS"),
    "school": ("education", "Arbor"),
    "health": ("health", "SystmOne"),
    "housing": ("housing", "Civica Cx"),
}
RULES = {
    "csc": "social-care s47 * content",
    "police": "police s47 * content, third parties protected",
    "school": "education s47 * content",
    "health": "health s47 * content, minimum necessary",
    "housing": "housing s47 * content",
}

# person_id -> {agency: (record_id, {field: (value, raw)})}
PEOPLE: dict[str, dict[str, tuple[str, dict[str, tuple[str, str]]]]] = {
    "P-keira": {
        "csc": ("c-101", {"forename": ("keira", "Keira"), "surname": ("hollis", "Hollis"), "date_of_birth": ("2016-03-14", "14/03/2016"), "sex": ("female", "F"), "address": ("12 alder close", "12 Alder Close"), "nhs_number": ("9990000018", "999 000 0018")}),
        "police": ("n-7001", {"forename": ("kiera", "KIERA"), "surname": ("hollis", "HOLLIS"), "date_of_birth": ("2016-03-14", "14/03/2016"), "sex": ("female", "Female")}),
        "school": ("u-55", {"forename": ("keira", "Keira"), "surname": ("marsh", "Marsh"), "date_of_birth": ("2016-03-14", "2016-03-14"), "sex": ("female", "F"), "school": ("willow road primary", "Willow Road Primary")}),
        "health": ("h-900", {"forename": ("keira", "Keira"), "surname": ("hollis", "Hollis"), "date_of_birth": ("2016-03-15", "15-Mar-2016"), "sex": ("female", "2"), "nhs_number": ("9990000018", "9990000018")}),
    },
    "P-tyler": {
        "csc": ("c-102", {"forename": ("tyler", "Tyler"), "surname": ("hollis", "Hollis"), "date_of_birth": ("2013-01-22", "22/01/2013"), "sex": ("male", "M"), "address": ("3 beacon street", "3 Beacon Street")}),
        "school": ("u-54", {"forename": ("tyler", "Tyler"), "surname": ("hollis", "Hollis"), "date_of_birth": ("2013-01-22", "2013-01-22"), "sex": ("male", "M")}),
    },
    "P-mia": {
        "csc": ("c-103", {"forename": ("mia", "Mia"), "surname": ("osborne", "Osborne"), "date_of_birth": ("2020-09-08", "08/09/2020"), "sex": ("female", "F"), "address": ("12 alder close", "12 Alder Close")}),
        "health": ("h-901", {"forename": ("mia", "Mia"), "surname": ("osborne", "Osborne"), "date_of_birth": ("2020-09-08", "08-Sep-2020"), "sex": ("female", "2")}),
    },
    "P-mason": {
        "csc": ("c-104", {"forename": ("mason", "Mason"), "surname": ("osborne", "Osborne"), "date_of_birth": ("2020-09-08", "08/09/2020"), "sex": ("male", "M"), "address": ("12 alder close", "12 Alder Close")}),
        "health": ("h-902", {"forename": ("mason", "Mason"), "surname": ("osborne", "Osborne"), "date_of_birth": ("2020-09-08", "08-Sep-2020"), "sex": ("male", "1")}),
    },
    "P-unborn": {
        "csc": ("c-109", {"surname": ("hollis", "Hollis"), "expected_date_of_birth": ("2026-09-20", "20/09/2026")}),
    },
    "P-danielle": {
        "csc": ("c-110", {"forename": ("danielle", "Danielle"), "surname": ("hollis", "Hollis"), "date_of_birth": ("1991-07-02", "02/07/1991"), "sex": ("female", "F"), "former_surnames": ("marsh", "Marsh"), "address": ("12 alder close", "12 Alder Close")}),
        "police": ("n-7002", {"forename": ("danielle", "DANIELLE"), "surname": ("hollis", "HOLLIS"), "date_of_birth": ("1991-07-02", "02/07/1991"), "sex": ("female", "Female"), "aliases": ("dani hollis", "Dani Hollis")}),
        "health": ("h-910", {"forename": ("danielle", "Danielle"), "surname": ("hollis", "Hollis"), "date_of_birth": ("1991-07-02", "02-Jul-1991"), "sex": ("female", "2")}),
        "housing": ("t-31", {"forename": ("danielle", "D"), "surname": ("hollis", "Hollis"), "date_of_birth": ("1991-07-02", "02/07/1991"), "address": ("12 alder close", "12 Alder Close")}),
    },
    "P-craig": {
        "csc": ("c-111", {"forename": ("craig", "Craig"), "surname": ("pemberton", "Pemberton"), "date_of_birth": ("1988-11-20", "20/11/1988"), "sex": ("male", "M")}),
        "police": ("n-7003", {"forename": ("craig", "CRAIG"), "surname": ("pemberton", "PEMBERTON"), "date_of_birth": ("1988-11-20", "20/11/1988"), "sex": ("male", "Male")}),
    },
    "P-lee": {
        "police": ("n-7004", {"forename": ("lee", "LEE"), "surname": ("osborne", "OSBORNE"), "date_of_birth": ("1994", "1994"), "sex": ("male", "Male")}),
    },
    "P-patricia": {
        "csc": ("c-112", {"forename": ("patricia", "Patricia"), "surname": ("marsh", "Marsh"), "date_of_birth": ("1965-01-30", "30/01/1965"), "sex": ("female", "F"), "address": ("3 beacon street", "3 Beacon Street")}),
        "housing": ("t-44", {"forename": ("pat", "Pat"), "surname": ("marsh", "Marsh"), "date_of_birth": ("1965-01-30", "30/01/1965"), "address": ("3 beacon street", "3 Beacon Street")}),
    },
    "P-roy": {
        "csc": ("c-113", {"forename": ("roy", "Roy"), "surname": ("marsh", "Marsh"), "date_of_birth": ("1961", "1961"), "date_of_death": ("2019-11-05", "05/11/2019"), "sex": ("male", "M")}),
    },
}  # fmt: skip
PROBABILITY = {
    ("police", "n-7001"): 0.97,
    ("school", "u-55"): 0.99,
    ("health", "h-900"): 0.995,
    ("housing", "t-31"): 0.93,
}

# person, relative, relationship, qualifier, extra
RELATIONS: list[tuple[str, str, str, str, dict[str, object]]] = [
    ("P-keira", "P-danielle", "parent", "birth", {"parental_responsibility": True}),
    ("P-tyler", "P-danielle", "parent", "birth", {"parental_responsibility": True}),
    ("P-mia", "P-danielle", "parent", "birth", {"parental_responsibility": True}),
    ("P-mason", "P-danielle", "parent", "birth", {"parental_responsibility": True}),
    ("P-unborn", "P-danielle", "parent", "birth", {}),
    ("P-keira", "P-craig", "parent", "birth", {"parental_responsibility": True}),
    ("P-tyler", "P-craig", "parent", "birth", {"parental_responsibility": True}),
    ("P-mia", "P-lee", "parent", "birth", {}),
    ("P-mason", "P-lee", "parent", "birth", {}),
    ("P-danielle", "P-patricia", "parent", "birth", {}),
    ("P-danielle", "P-roy", "parent", "birth", {}),
    ("P-danielle", "P-craig", "ex-partner", "", {"end": dt.date(2018, 5, 1)}),
    ("P-danielle", "P-lee", "partner", "", {"start": dt.date(2019, 10, 1)}),
    ("P-patricia", "P-roy", "spouse", "", {"end": dt.date(2019, 11, 5)}),
    ("P-tyler", "P-patricia", "special guardian", "", {"start": dt.date(2022, 4, 4), "parental_responsibility": True}),
    ("P-keira", "P-tyler", "sibling", "full", {"basis": "derived"}),
    ("P-keira", "P-mia", "sibling", "half", {"basis": "derived", "conflict": "housing says daughter; social care says sibling"}),
    ("P-keira", "P-mason", "sibling", "half", {"basis": "derived"}),
    ("P-mia", "P-mason", "sibling", "twin", {"basis": "derived"}),
]  # fmt: skip
INVERSE = {
    "parent": "child",
    "child": "parent",
    "sibling": "sibling",
    "partner": "partner",
    "special guardian": "child under special guardianship",
    "spouse": "spouse",
    "ex-partner": "ex-partner",
}

HOUSEHOLDS = [
    ("H-1", "P-danielle", "12 Alder Close", "2020-02-01", None, ("csc:c-110", "housing:t-31")),
    ("H-1", "P-keira", "12 Alder Close", "2020-02-01", None, ("csc:c-101",)),
    ("H-1", "P-mia", "12 Alder Close", "2020-09-10", None, ("csc:c-103",)),
    ("H-1", "P-mason", "12 Alder Close", "2020-09-10", None, ("csc:c-104",)),
    ("H-1", "P-tyler", "12 Alder Close", "2020-02-01", "2022-04-03", ("csc:c-102",)),
    ("H-2", "P-patricia", "3 Beacon Street", "2005-06-01", None, ("csc:c-112", "housing:t-44")),
    ("H-2", "P-tyler", "3 Beacon Street", "2022-04-04", None, ("csc:c-102",)),
    ("H-3", "P-danielle", "Flat 4, 90 Quay Road", "2015-08-01", "2020-01-31", ("housing:t-31",)),
    ("H-3", "P-keira", "Flat 4, 90 Quay Road", "2016-03-16", "2020-01-31", ("csc:c-101",)),
]

# agency, record, incident, date_text, earliest, latest, precision, time, category, kind, description, extra
EVENTS: list[tuple[str, str, str, str, str, str, str, str | None, str, str, str | None, dict[str, object]]] = [
    ("health", "h-910", "i01", "2015-09", "2015-09-01", "2015-09-30", "month", None, "Antenatal booking", "pregnancy", "Booked at 11 weeks.", {}),
    ("csc", "c-102", "i02", "2014", "2014-01-01", "2014-12-31", "year", None, "Contact", "contact", "Contact about older child; record scanned from paper, date not kept.", {"outcome": "No further action"}),
    ("housing", "t-31", "i03", "2015-08-01", "2015-08-01", "2015-08-01", "day", None, "Tenancy start", "tenancy", "Joint tenancy with C Pemberton.", {}),
    ("police", "n-7002", "i04", "2018-02-11", "2018-02-11", "2018-02-11", "day", "23:40", "Domestic incident", "domestic-abuse", "Neighbour reported shouting. Both parties spoken to. Child asleep in flat.", {"others": ["suspect:n-7003", "child present:n-7001"], "reference": "CR/2018/0211", "outcome": "No offences disclosed", "child_seen": "yes"}),
    ("police", "n-7002", "i05", "2018-04-20", "2018-04-20", "2018-04-20", "day", "21:15", "Assault - DA", "domestic-abuse", "Mother reported being pushed against a wall by Craig Pemberton.", {"others": ["suspect:n-7003", "child present:n-7001"], "reference": "CR/2018/0420", "action": "Arrest; DASH medium", "outcome": "Caution", "child_seen": "yes"}),
    ("csc", "c-101", "i06", "2018-04-23", "2018-04-23", "2018-04-23", "day", None, "Referral", "referral", "Police notification CR/2018/0420 received.", {"quoted_references": ["CR/2018/0420"], "role": "consequence", "related": "i05", "action": "Assessment opened", "outcome": "Child in need plan"}),
    ("csc", "c-101", "i07", "2018-06-01", "2018-06-01", "2018-06-01", "day", None, "CIN plan", "child-in-need-plan", "Plan started.", {"end": "2018-12-14", "outcome": "Closed: needs met"}),
    ("csc", "c-113", "i08", "05/11/2019", "2019-11-05", "2019-11-05", "day", None, "Death of family member", "death", "Maternal grandfather died.", {}),
    ("health", "h-901", "i09", "2020-09-18", "2020-09-18", "2020-09-18", "day", None, "HV new birth visit", "health-visit", "Twins thriving. Warm interaction seen. Mother tired, low mood discussed.", {"child_seen": "yes"}),
    ("school", "u-55", "i10", "2020-09", "2020-09-01", "2020-09-30", "month", None, "Started school", "school-start", "Joined reception.", {}),
    ("csc", "c-102", "i11", "2022-04-04", "2022-04-04", "2022-04-04", "day", None, "SGO granted", "order", "Special guardianship order to Patricia Marsh.", {"outcome": "Order made"}),
    ("police", "n-7002", "i12", "2024-02-03", "2024-02-03", "2024-02-03", "day", "02:10", "DA - non crime", "domestic-abuse", "Verbal argument with partner Lee Osborne. Smell of cannabis.", {"others": ["suspect:n-7004", "child present:n-7001"], "reference": "CR/2024/0203"}),
    ("school", "u-55", "i13", "2024-02-05", "2024-02-05", "2024-02-05", "day", None, "Concern note", "school-concern", 'Keira said "they were shouting again and I put the pillow on my ears".', {"child_seen": "yes", "action": "DSL told"}),
    ("school", "u-55", "i14", "2024-11", "2024-11-01", "2024-11-30", "month", None, "Attendance below 90%", "attendance", "Autumn term attendance 84.2%.", {"action": "Letter home"}),
    ("police", "n-7002", "i15", "2025-01-17", "2025-01-17", "2025-01-17", "day", "22:05", "DA - violence without injury", "domestic-abuse", "Lee Osborne threw a plate. No injury.", {"others": ["suspect:n-7004"], "reference": "CR/2025/0117", "outcome": "Evidential difficulties"}),
    ("csc", "c-101", "i16", "2025-01-20", "2025-01-20", "2025-01-20", "day", None, "Referral", "referral", "Police notification of 17 January.", {"quoted_references": ["CR/2025/0117"], "role": "consequence", "related": "i15"}),
    ("police", "n-7002", "i17", "2025-05-03", "2025-05-03", "2025-05-03", "day", "23:40", "Assault - DA", "domestic-abuse", "Punched by Lee Osborne. Cut lip. Ambulance called.", {"others": ["suspect:n-7004", "child present:n-7001"], "reference": "CR/2025/0503", "action": "Arrest; DASH high; MARAC", "outcome": "Charged: s39 assault", "recorded": "2025-05-04", "child_seen": "yes"}),
    ("health", "h-910", "i17", "2025-05-04", "2025-05-04", "2025-05-04", "day", "01:25", "A&E attendance", "emergency-attendance", "Laceration to lip, two sutures. Patient says partner hit her.", {"recorded": "2025-05-04", "outcome": "Discharged"}),
    ("csc", "c-101", "i17", "2025-05-06", "2025-05-06", "2025-05-06", "day", None, "Contact - domestic abuse", "domestic-abuse", "Police report CR/2025/0503: assault on mother on Saturday night, child in the house.", {"quoted_references": ["CR/2025/0503"], "recorded": "2025-05-06", "action": "Strategy discussion"}),
    ("csc", "c-101", "i18", "2025-05-07", "2025-05-07", "2025-05-07", "day", None, "s47 enquiry", "s47-enquiry", "Enquiry started.", {"role": "consequence", "related": "i17", "end": "2025-05-01", "outcome": "Concerns substantiated", "child_seen": "Y"}),
    ("csc", "c-101", "i19", "2025-05-28", "2025-05-28", "2025-05-28", "day", None, "ICPC", "child-protection-conference", "Plan: emotional abuse.", {"outcome": "Child protection plan"}),
    ("csc", "c-101", "i20", "2025-07-02", "2025-07-02", "2025-07-02", "day", None, "Home visit", "visit", "No answer at the door.", {"child_seen": "no"}),
    ("csc", "c-101", "i21", "2025-07-09", "2025-07-09", "2025-07-09", "day", None, "Home visit", "visit", "Keira seen alone, spoke about swimming club and her new friend.", {"child_seen": "yes"}),
    ("housing", "t-31", "i22", "?2025-10-10", "2025-10-10", "2025-10-10", "uncertain", None, "Rent arrears notice", "arrears", "Notice seeking possession served about this date.", {"action": "Payment plan offered"}),
    ("police", "n-7002", "i23", "2026-03-02", "2026-03-02", "2026-03-02", "day", "19:30", "DA incident - breach", "domestic-abuse", "Lee Osborne at the address against bail conditions.", {"others": ["suspect:n-7004"], "reference": "CR/2026/0302", "action": "Arrest", "role": "repetition", "related": "i17"}),
    ("health", "h-900", "i24", "2015-03-01", "2015-03-01", "2015-03-01", "day", None, "Immunisation", "immunisation", "Pre-school booster.", {}),
    ("csc", "c-101", "i25", "2026-06-24", "2026-06-24", "2026-06-24", "day", "10:00", "Review conference", "review", "Review child protection conference booked.", {"recorded": "2026-05-20"}),
]  # fmt: skip


def family(**changes: object) -> Released:
    """The released family; keyword arguments replace fields of :class:`Released`."""
    people, statements = [], []
    for person, records in PEOPLE.items():
        for agency, (record_id, fields) in records.items():
            people.append({"agency": agency, "record_id": record_id, "person_id": person, "probability": PROBABILITY.get((agency, record_id), 1.0), "origin": "given", "rule": RULES[agency]})  # fmt: skip
            for number, (name, (value, raw)) in enumerate(fields.items()):
                statements.append({
                    "statement_id": hashlib.sha256(f"{agency}{record_id}{name}".encode()).hexdigest()[:16], "person_id": person,
                    "agency": agency, "record_id": record_id, "field": name, "value": value, "raw": raw, "reason": None,
                    "first_seen": dt.date(2020, 1, 1), "last_seen": dt.date(2026, 1, 1 + number), "file": f"{agency}_people.csv",
                    "file_row": int(record_id.split("-")[1]), "rule": RULES[agency],
                })  # fmt: skip
    base: dict[str, object] = {
        "request": Request(
            subjects=(("csc", "c-101"),),
            basis="s47",
            purpose="Strategy discussion",
            requester="Team manager, assessment team",
            request_id="R-0001",
            relevance={},
        ),
        "hub": "Northshire",
        "as_at": AS_AT,
        "synthetic": True,
        "policy": "famlink default policy 1.0",
        "subjects": ("P-keira",),
        "agencies": (*(Agency(a, h, s) for a, (h, s) in SYSTEMS.items()), Agency("probation", "justice", None)),
        "people": with_rule(tables.PEOPLE, people),
        "statements": with_rule(tables.STATEMENTS, statements),
        "relations": relations(RELATIONS),
        "households": tables.HOUSEHOLDS.frame([
            {"household_id": h, "person_id": p, "address": a, "postcode": "NS1 4QT" if h == "H-1" else "NS2 8AB", "start": day(s), "end": day(e), "sources": list(src)}
            for h, p, a, s, e, src in HOUSEHOLDS
        ]),
        "events": events(EVENTS),
        "existence": tables.EXISTENCE.frame([
            {"person_id": "P-lee", "agency": "probation", "holder": "justice", "first_month": "2019-03", "last_month": "2026-04", "ask": "Northshire probation duty desk", "rule": "justice s47 * existence"},
        ]),
        "withheld": tables.WITHHELD.frame([
            {"holder": "health", "what": "events", "reason": "not needed for this basis (minimum necessary)", "count": 7},
            {"holder": "police", "what": "events", "reason": "third parties protected", "count": 2},
        ]),
        "notices": (FIXED_NOTICE,),
    }  # fmt: skip
    base.update(changes)
    return Released(**base)  # type: ignore[arg-type]


def with_rule(table, rows):
    """A frame of a table's columns plus the rule that released each row."""
    if not rows:
        return table.empty().with_columns(pl.lit(None, dtype=pl.String).alias("rule"))
    rules = pl.Series("rule", [row["rule"] for row in rows], dtype=pl.String)
    return table.frame([{k: v for k, v in row.items() if k != "rule"} for row in rows]).with_columns(rules)


def relations(rows):
    """Both directions of each relation."""
    built = []
    for person, relative, kind, qualifier, extra in rows:
        for here, there, word in ((person, relative, kind), (relative, person, INVERSE[kind])):
            built.append({
                "person_id": here, "relative_id": there, "relationship": word, "qualifier": qualifier,
                "basis": "stated", "confidence": 0.97, "sources": ["csc:c-101"], "premises": [],
                "claims": [{"agency": "csc", "record_id": "c-101", "relative_record_id": "c-110", "words": word, "start": None, "end": None, "file": "csc_relationships.csv", "file_row": 1}],
                **{k: v for k, v in extra.items() if k != "parental_responsibility" or (here == person)},
            })  # fmt: skip
    return tables.RELATIONS.frame(built)


def events(rows):
    """Rows of the events table from the short form."""
    built = []
    for n, (agency, record, incident, text, first, last, precision, time, category, kind, words, extra) in enumerate(
        rows
    ):
        built.append({
            "agency": agency, "event_id": f"e{n + 1}", "record_id": record,
            "person_id": next(p for p, r in PEOPLE.items() if r.get(agency, ("",))[0] == record),
            "incident_id": incident, "role": extra.get("role", "same event"), "related_incident_id": extra.get("related"),
            "date": day(first), "latest": day(last), "end_date": day(extra.get("end")), "precision": precision, "date_text": text,
            "time": time, "category": category, "kind": kind, "description": words, "others": extra.get("others"),
            "reference": extra.get("reference"), "quoted_references": extra.get("quoted_references"),
            "action_taken": extra.get("action"), "outcome": extra.get("outcome"), "child_seen": extra.get("child_seen"),
            "recorded_on": day(extra.get("recorded", first)), "recorded_by": f"{agency} worker {n % 4 + 1}", "sensitivity": None,
            "file": f"{agency}_events.csv", "file_row": n + 1, "rule": RULES[agency],
        })  # fmt: skip
    return with_rule(tables.INCIDENTS, built)


def day(text):
    """A date from ISO text, or None."""
    return dt.date.fromisoformat(text) if text else None
