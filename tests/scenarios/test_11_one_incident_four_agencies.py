"""Scenario 11: one domestic abuse incident: police 23:40, A&E next day, contact +2, school note +4: one line, four sources."""

import datetime as dt

import polars as pl

from famlink.incidents.grouping import group
from famlink.tables import EVENTS, PEOPLE, RELATIONS

NIGHT = dt.date(2025, 11, 7)


def world(*, quoted):
    known = [
        ("police", "mum"),
        ("police", "dad"),
        ("health", "mum"),
        ("csc", "child"),
        ("csc", "mum"),
        ("school", "child"),
    ]
    people = PEOPLE.frame(
        [{"agency": a, "record_id": p, "person_id": p, "probability": 1.0, "origin": "given"} for a, p in known]
    )
    rows = [
        ("police", "mum", 0, "Domestic abuse incident", "Call to the home address. Child present.", {"time": "23:40", "reference": "42/2044/25", "others": ["victim:mum", "suspect:dad"]}),
        ("health", "mum", 1, "A&E attendance", "Attended with a wrist injury; said partner had pushed her.", {}),
        ("csc", "child", 2, "Contact - domestic abuse", "Police notification of a domestic incident.", {"quoted_references": ["42/2044/25"]} if quoted else {}),
        ("school", "child", 4, "Safeguarding note", "Said that dad had hurt mum at the weekend.", {}),
    ]  # fmt: skip
    events = EVENTS.frame([
        {"agency": a, "event_id": f"e{n}", "record_id": r, "date": NIGHT + dt.timedelta(days=d), "latest": NIGHT + dt.timedelta(days=d),
         "precision": "day", "date_text": "", "category": c, "description": t, "file": "f", "file_row": n} | more
        for n, (a, r, d, c, t, more) in enumerate(rows, 1)
    ])  # fmt: skip
    blank = {"qualifier": "", "basis": "stated", "confidence": 1.0, "sources": [], "claims": [], "premises": []}
    relations = RELATIONS.frame([
        {"person_id": p, "relative_id": q, "relationship": k} | blank
        for p, q, k in (("child", "mum", "parent"), ("mum", "child", "child"))
    ])  # fmt: skip
    return events, people, relations


def test_one_line_four_sources_and_the_spread():
    for quoted in (True, False):
        events, people, relations = world(quoted=quoted)
        found = group(events, people, relations=relations)
        assert found["incident_id"].n_unique() == 1
        assert sorted(found["agency"]) == ["csc", "health", "police", "school"]
        assert (found["date"].max() - found["date"].min()).days == 4
        assert found["role"].unique().to_list() == ["same event"]


def test_every_account_keeps_its_own_words():
    events, people, relations = world(quoted=True)
    found = group(events, people, relations=relations)
    kept = ["agency", "event_id", "date", "description", "time", "category"]
    assert found.select(kept).equals(events.sort("agency", "event_id").select(kept))
    assert found.filter(pl.col("agency") == "police")["time"].to_list() == ["23:40"]
