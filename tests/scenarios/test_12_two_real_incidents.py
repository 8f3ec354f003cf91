"""Scenario 12: two real incidents two days apart at one address: two lines, the second marked as a repetition."""

import datetime as dt

from famlink.incidents.grouping import group
from famlink.tables import EVENTS, PEOPLE


def test_two_lines():
    people = PEOPLE.frame(
        [
            {"agency": a, "record_id": "mum", "person_id": "mum", "probability": 1.0, "origin": "given"}
            for a in ("police", "csc")
        ]
    )
    rows = [
        ("police", 10, "Domestic abuse incident", "Argument over money; pushed against a wall.", {"reference": "42/101010/26"}),
        ("police", 12, "Domestic abuse incident", "Returned to the address and broke a window.", {"reference": "42/101288/26"}),
        ("csc", 13, "Contact - domestic abuse", "Notification of the second incident.", {"quoted_references": ["42/101288/26"]}),
    ]  # fmt: skip
    events = EVENTS.frame([
        {"agency": a, "event_id": f"e{n}", "record_id": "mum", "date": dt.date(2026, 1, d), "latest": dt.date(2026, 1, d), "precision": "day",
         "date_text": "", "category": c, "description": t, "file": "f", "file_row": n} | more
        for n, (a, d, c, t, more) in enumerate(rows, 1)
    ])  # fmt: skip
    found = {row["event_id"]: row for row in group(events, people).iter_rows(named=True)}
    assert found["e1"]["incident_id"] != found["e2"]["incident_id"]
    assert found["e2"]["incident_id"] == found["e3"]["incident_id"], "the note quotes the second"
    assert found["e2"]["role"] == "repetition"
    assert found["e2"]["related_incident_id"] == found["e1"]["incident_id"]
