"""One thing an agency wrote down several times, two things it wrote down in the same words, and numbers of cases."""

from __future__ import annotations

import datetime as dt

import pytest
from test_incidents_grouping import events_of, people_of, related

from famlink.incidents.grouping import group

CHILDREN = [f"{n}{child}" for n in range(40) for child in "ab"]


def incidents(*rows, relations=None):
    found = group(events_of(*rows), people_of(*sorted({row[1] for row in rows})), relations=relations)
    return dict(found.select("event_id", "incident_id").iter_rows())


def notes(apart):
    """A note on each of two siblings, in words of its own, so many days apart."""
    return [
        row
        for n in range(40)
        for row in (
            ("school", f"{n}a", 11 * n, "Neglect", {"description": "Hungry at breakfast."}),
            ("school", f"{n}b", 11 * n + apart, "Neglect", {"description": "No coat again."}),
        )
    ]


SIBLINGS = related(*((f"{n}a", f"{n}b", "sibling") for n in range(40)))


def test_a_note_on_each_child_is_one_incident_where_that_is_the_agencys_habit():
    assert len(set(incidents(*notes(0), relations=SIBLINGS).values())) == 40


def test_notes_on_two_children_on_two_days_are_two():
    assert len(set(incidents(*notes(1), relations=SIBLINGS).values())) == 80


def test_a_few_notes_show_no_habit():
    assert len(set(incidents(*notes(0)[:20], relations=SIBLINGS).values())) == 20


@pytest.mark.parametrize("column", ["time", "recorded_on", "reference", "recorded_by"])
def test_the_same_words_twice_on_one_record_are_two_entries_where_they_differ_otherwise(column):
    days = [dt.date(2024, 5, 2), dt.date(2024, 5, 4)]
    values = days if column == "recorded_on" else ["10:30", "18:45"] if column == "time" else ["QX/1001", "QX/1002"]
    same = {"description": "Officers called to a dispute between partners."}
    rows = [("police", "kim", 0, "Domestic incident", same | {column: value}) for value in values]
    assert len(set(incidents(*rows).values())) == 2
    assert len(set(incidents(*((*row[:4], same) for row in rows)).values())) == 1


def test_entries_without_words_are_not_one_for_being_of_one_day():
    rows = [("police", "kim", 0, "Domestic incident"), ("police", "kim", 0, "Domestic incident")]
    assert len(set(incidents(*rows).values())) == 2


def test_a_number_that_comes_back_after_weeks_is_a_cases_and_joins_nothing():
    entry = {"reference": "H342344"}
    day = [("health", "kim", 0, "A&E attendance", entry), ("health", "kim", 0, "Overdose", entry)]
    later = ("health", "kim", 90, "A&E attendance", entry)
    assert len(set(incidents(*day).values())) == 1
    assert len(set(incidents(*day, later).values())) == 3
