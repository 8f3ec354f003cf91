"""Scenario 17, the family side: 1900-01-01 means open; an end before its start is flagged and kept; events stay as they are."""

import datetime as dt

from famlink.family.households import dwell
from famlink.family.relations import relate
from famlink.incidents.grouping import group
from famlink.tables import EVENTS, PEOPLE, RECORDS, STANDARDISED, TIES

PEOPLE_HERE = PEOPLE.frame(
    [{"agency": "csc", "record_id": p, "person_id": p, "probability": 1.0, "origin": "given"} for p in ("kim", "ann")]
)


def test_an_open_tie_and_one_that_ends_before_it_starts():
    ties = TIES.frame([
        {"agency": "csc", "record_id": "kim", "relative_record_id": "ann", "relationship": "Mother", "end": dt.date(1900, 1, 1), "file": "f", "file_row": 1},
        {"agency": "csc", "record_id": "kim", "relative_record_id": "ann", "relationship": "Carer", "start": dt.date(2020, 1, 1), "end": dt.date(2019, 1, 1), "file": "f", "file_row": 2},
    ])  # fmt: skip
    relations = {
        r["relationship"]: r
        for r in relate(PEOPLE_HERE, ties, STANDARDISED.empty()).iter_rows(named=True)
        if r["person_id"] == "kim"
    }
    assert relations["parent"]["end"] is None
    assert relations["parent"]["conflict"] is None
    assert relations["carer"]["end"] == dt.date(2019, 1, 1), "kept as stated"
    assert relations["carer"]["conflict"] == "csc dates its end before its start"


def test_an_open_address():
    row = {"agency": "csc", "record_id": "kim", "origin": "given", "part": 0}
    home = {
        "house_number": "4",
        "postcode": "NE1 1AA",
        "address_from": dt.date(2020, 1, 1),
        "address_to": dt.date(1900, 1, 1),
    }
    records = RECORDS.frame([row | {"file": "f", "file_row": 1, "address": "4 Alder Close"}])
    found = dwell(PEOPLE_HERE, STANDARDISED.frame([row | home]), records, as_at=dt.date(2026, 6, 1))
    assert found.select("start", "end").rows() == [(dt.date(2020, 1, 1), None)]


def test_a_visit_before_birth_and_a_discharge_before_admission_are_kept():
    rows = [
        ("Home visit", dt.date(1990, 1, 1), None),
        ("Hospital admission", dt.date(2024, 6, 10), dt.date(2024, 6, 1)),
    ]
    events = EVENTS.frame([
        {"agency": "csc", "event_id": f"e{n}", "record_id": "kim", "date": d, "latest": d, "end_date": end, "precision": "day", "date_text": "", "category": c, "file": "f", "file_row": n}
        for n, (c, d, end) in enumerate(rows, 1)
    ])  # fmt: skip
    found = group(events, PEOPLE_HERE)
    assert found.select("date", "end_date").rows() == [(d, end) for _, d, end in rows]
