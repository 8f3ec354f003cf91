"""Events of several agencies grouped into incidents."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.errors import InvariantError
from famlink.incidents.evidence import LEVELS, Weights
from famlink.incidents.grouping import Known, group, score_pairs
from famlink.tables import EVENTS, INCIDENTS, PEOPLE, RELATIONS
from famlink.vocabulary.relationships import inverse

DAY = dt.date(2024, 5, 1)


def people_of(*persons, agencies=("police", "csc", "health", "school", "housing")):
    return PEOPLE.frame(
        [
            {"agency": agency, "record_id": person, "person_id": person, "probability": 1.0, "origin": "given"}
            for agency in agencies
            for person in persons
        ]
    )


def events_of(*rows):
    """rows: (agency, record, days after 1 May 2024, category) and then any other column as a dictionary."""
    made = []
    for number, (agency, record, after, category, *more) in enumerate(rows, 1):
        day = DAY + dt.timedelta(days=after)
        row = {
            "agency": agency,
            "event_id": f"e{number}",
            "record_id": record,
            "date": day,
            "latest": day,
            "precision": "day",
        }
        row |= {"date_text": day.isoformat(), "category": category, "file": "events.csv", "file_row": number}
        made.append(row | (more[0] if more else {}))
    return EVENTS.frame(made)


def related(*pairs):
    """pairs: (person, relative, what the relative is)."""
    both = [row for p, r, k in pairs for row in ((p, r, k), (r, p, inverse(k)))]
    return RELATIONS.frame(
        [
            {"person_id": p, "relative_id": r, "relationship": k, "qualifier": "", "basis": "stated", "confidence": 1.0,
             "sources": [], "claims": [], "premises": []}
            for p, r, k in both
        ]
    )  # fmt: skip


def groups(found):
    """The event numbers of each incident, as sorted lists."""
    told = found.group_by("incident_id").agg(pl.col("event_id").str.slice(1).cast(pl.Int32).sort().alias("events"))
    return sorted(told["events"].to_list())


def row(found, number):
    return found.filter(pl.col("event_id") == f"e{number}").row(0, named=True)


def test_one_happening_four_agencies():
    events = events_of(
        ("police", "mum", 0, "Domestic abuse incident", {"time": "23:40", "others": ["child present:kim"]}),
        ("health", "mum", 1, "A&E attendance", {"description": "Laceration to lip after an assault by partner."}),
        ("csc", "kim", 2, "Contact - domestic abuse", {"description": "Police report an argument at home."}),
        ("school", "kim", 4, "Concern note", {"description": "Said there was fighting at home."}),
    )
    found = group(events, people_of("mum", "kim"), relations=related(("kim", "mum", "parent")))
    assert groups(found) == [[1, 2, 3, 4]]
    assert found["role"].unique().to_list() == ["same event"]
    assert found["related_incident_id"].null_count() == 4


def test_two_real_incidents_two_days_apart_stay_two():
    events = events_of(("police", "mum", 0, "DA incident"), ("police", "mum", 2, "DA incident"))
    found = group(events, people_of("mum"))
    assert groups(found) == [[1], [2]]
    assert row(found, 2)["role"] == "repetition"
    assert row(found, 2)["related_incident_id"] == row(found, 1)["incident_id"]


def test_a_quoted_reference_joins_what_the_dates_would_not():
    more = {"reference": "CR/2024/0117"}
    quoting = {"quoted_references": ["cr-2024-0117"]}
    events = events_of(
        ("police", "mum", 0, "DA incident", more), ("csc", "mum", 6, "Contact - domestic abuse", quoting)
    )
    assert groups(group(events, people_of("mum"))) == [[1, 2]]
    unquoted = events_of(("police", "mum", 0, "DA incident", more), ("csc", "mum", 6, "Contact - domestic abuse"))
    assert groups(group(unquoted, people_of("mum"))) == [[1], [2]]


def test_a_reference_inside_the_text_counts():
    events = events_of(
        ("police", "mum", 0, "DA incident", {"reference": "CR/2024/0117"}),
        ("csc", "mum", 5, "Contact", {"description": "Police report CR/2024/0117: assault on mother."}),
    )
    assert groups(group(events, people_of("mum"))) == [[1, 2]]


def test_quoting_another_incident_keeps_it_apart():
    events = events_of(
        ("police", "mum", 0, "DA incident", {"reference": "CR0117"}),
        ("police", "mum", 3, "DA incident", {"reference": "CR0120"}),
        ("csc", "mum", 3, "Contact - domestic abuse", {"quoted_references": ["CR0117"]}),
    )
    assert groups(group(events, people_of("mum"))) == [[1, 3], [2]]


def test_with_two_as_likely_it_is_neither():
    events = events_of(
        ("police", "mum", 0, "DA incident"),
        ("csc", "mum", 1, "Contact - domestic abuse"),
        ("police", "mum", 2, "DA incident"),
    )
    assert groups(group(events, people_of("mum"))) == [[1], [2], [3]]


def test_an_account_that_names_neither_joins_two_that_go_together():
    said = {"description": "Attended with a head injury following an alleged assault."}
    events = events_of(
        ("police", "mum", 0, "Assault", {"description": "Assault in a public place; injury to face."}),
        ("health", "mum", 0, "A&E attendance", said),
        ("housing", "mum", 0, "Anti-social behaviour", {"description": "Report of a fight outside the block."}),
    )
    assert groups(group(events, people_of("mum"))) == [[1, 2, 3]]


def test_an_account_that_names_neither_joins_no_two_that_do_not():
    events = events_of(
        ("police", "kim", 0, "Missing person"),
        ("health", "kim", 0, "A&E attendance", {"description": "Reported missing; took an overdose, self harm."}),
        ("school", "kim", 0, "Self-harm"),
    )
    assert groups(group(events, people_of("kim"))) == [[1], [2], [3]]


def test_a_late_account_does_not_go_to_the_repetition_for_sure():
    events = events_of(
        ("police", "mum", 0, "DA incident"),
        ("csc", "mum", 2, "Contact - domestic abuse"),
        ("police", "mum", 3, "DA incident"),
    )
    assert groups(group(events, people_of("mum"), weights=Weights())) == [[1], [2], [3]]
    assert groups(group(events[1:], people_of("mum"), weights=Weights())) == [[2, 3]]


def test_a_doubted_day_counts_as_written_and_never_as_the_same():
    doubted = {"precision": "uncertain", "date_text": "?2024-05-01"}
    events = events_of(("police", "mum", 0, "DA incident", doubted), ("csc", "mum", 0, "Contact - domestic abuse"))
    found = score_pairs(events, Known(people_of("mum"), weights=Weights()))
    assert LEVELS["days"][found["days"][0]] == "1 day"
    assert groups(group(events, people_of("mum"))) == [[1, 2]]
    wide = doubted | {"latest": dt.date(2024, 5, 9), "date_text": "?2024-05"}
    events = events_of(("police", "mum", 0, "DA incident", wide), ("csc", "mum", 0, "Contact - domestic abuse"))
    assert groups(group(events, people_of("mum"))) == [[1], [2]]


def test_a_consequence_is_not_the_same_event():
    events = events_of(
        ("police", "mum", 0, "DA incident", {"reference": "CR0117"}),
        ("csc", "mum", 2, "Referral", {"quoted_references": ["CR0117"]}),
        ("csc", "mum", 3, "Strategy discussion"),
        ("csc", "mum", 40, "Strategy discussion"),
    )
    found = group(events, people_of("mum"))
    assert groups(found) == [[1], [2], [3], [4]]
    for number in (2, 3):
        assert row(found, number)["role"] == "consequence"
        assert row(found, number)["related_incident_id"] == row(found, 1)["incident_id"]
    assert row(found, 4)["role"] == "same event", "too long after to be because of it"


def test_two_people_two_incidents_unless_they_are_family():
    events = events_of(
        ("police", "mum", 0, "DA incident"), ("school", "kim", 0, "Concern note", {"description": "Fighting at home."})
    )
    people = people_of("mum", "kim")
    assert groups(group(events, people)) == [[1], [2]]
    assert groups(group(events, people, relations=related(("kim", "mum", "parent")))) == [[1, 2]]


def test_what_happened_differs():
    events = events_of(("police", "kim", 0, "Missing person"), ("housing", "kim", 0, "Noise complaint"))
    assert groups(group(events, people_of("kim"))) == [[1], [2]]


def test_harmed_in_one_harming_in_the_other():
    events = events_of(
        ("police", "bob", 0, "Assault", {"others": ["suspect:mum"]}),
        ("health", "mum", 1, "Assault", {"others": ["victim:mum"]}),
    )
    assert groups(group(events, people_of("mum", "bob"))) == [[1], [2]]


def test_routine_events_are_never_grouped():
    events = events_of(
        ("school", "kim", 0, "Enrolled"), ("housing", "kim", 0, "Tenancy started"), ("health", "kim", 0, "Immunisation")
    )
    assert groups(group(events, people_of("kim"))) == [[1], [2], [3]]


def test_one_occurrence_with_a_row_for_each_person():
    more = {"reference": "OCC-2024-9"}
    events = events_of(("police", "mum", 0, "DA incident", more), ("police", "bob", 0, "DA incident", more))
    assert groups(group(events, people_of("mum", "bob"))) == [[1, 2]]


def test_one_note_on_each_child():
    more = {"description": "Police report an argument at home; children present."}
    events = events_of(
        ("csc", "kim", 1, "Contact - domestic abuse", more), ("csc", "lee", 1, "Contact - domestic abuse", more),
        ("police", "mum", 0, "DA incident"),
    )  # fmt: skip
    kin = related(("kim", "mum", "parent"), ("lee", "mum", "parent"), ("kim", "lee", "sibling"))
    assert groups(group(events, people_of("mum", "kim", "lee"), relations=kin)) == [[1, 2, 3]]


def test_vague_dates_alone_join_nothing():
    vague = {"date": dt.date(2024, 5, 1), "latest": dt.date(2024, 5, 31), "precision": "month", "date_text": "2024-05"}
    events = events_of(("police", "mum", 0, "DA incident"), ("csc", "mum", 0, "Contact - domestic abuse", vague))
    assert groups(group(events, people_of("mum"))) == [[1], [2]]


def test_a_chain_does_not_join_two_happenings():
    events = events_of(
        ("police", "kim", 0, "Missing person"), ("csc", "kim", 1, "Contact"), ("school", "kim", 1, "Bullying")
    )
    found = groups(group(events, people_of("kim")))
    assert [1, 2, 3] not in found
    assert [1, 3] not in found


def test_nothing_in_nothing_out_and_a_record_in_no_person():
    assert group(EVENTS.empty(), PEOPLE.empty()).equals(INCIDENTS.empty())
    with pytest.raises(InvariantError, match="1 of 1 events"):
        group(events_of(("csc", "ghost", 0, "Contact")), people_of("kim"))


def test_hostile_text_changes_nothing():
    text = "=cmd|' /C calc'!A0 <script>alert(1)</script> \u202e\u05e9\u05dc\u05d5\u05dd \U0001f600 " + "x" * 1_000_000
    events = events_of(
        ("csc", "kim", 0, "Contact", {"description": text}), ("police", "kim", 0, "Missing", {"description": text})
    )
    found = group(events, people_of("kim"))
    assert found["description"].to_list() == [text, text]


# --- invariants ------------------------------------------------------------------------------------------------------------

CATEGORIES = [
    "DA incident",
    "Contact",
    "A&E attendance",
    "Missing person",
    "Referral",
    "Concern note",
    "Enrolled",
    "goldfish",
    None,
]


@st.composite
def worlds(draw):
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["police", "csc", "health"]), st.sampled_from(["mum", "kim", "bob"]), st.integers(0, 12),
                st.sampled_from(CATEGORIES), st.sampled_from([{}, {"reference": "CR0117"}, {"quoted_references": ["CR0117"]}]),
            ),
            max_size=14,
        )
    )  # fmt: skip
    return events_of(*rows)


@settings(max_examples=30, deadline=None)
@given(worlds())
def test_invariants(events):
    people, kin = people_of("mum", "kim", "bob"), related(("kim", "mum", "parent"), ("mum", "bob", "partner"))
    found = group(events, people, relations=kin)
    assert set(found["event_id"]) == set(events["event_id"])
    assert found.height == events.height, "every event is in exactly one incident"
    assert found["incident_id"].null_count() == 0
    assert set(found["related_incident_id"].drop_nulls()) <= set(found["incident_id"]), "what is followed is there"
    assert (found["related_incident_id"].is_null() == (found["role"] == "same event")).all()
    assert (found["related_incident_id"] != found["incident_id"]).drop_nulls().all()
    assert group(events.sort("event_id", descending=True), people, relations=kin).equals(found), (
        "the order of the events does not matter"
    )
    per_agency = found.group_by("incident_id", "agency").agg(pl.col("date").n_unique())
    assert (per_agency["date"] == 1).all(), "two days of one agency are two events"


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["police", "csc"]), st.integers(0, 6), st.sampled_from(["DA incident", "Contact", None])
        ),
        min_size=2,
        max_size=10,
    ),
    st.booleans(),
)
def test_two_days_of_one_agency_with_references_of_their_own_are_two(drawn, third):
    """Whatever a third account says, which may even quote both."""
    rows = [
        (agency, "mum", day, category, {"reference": f"CR{4000 + n}", "description": "Argument; mug thrown."})
        for n, (agency, day, category) in enumerate(drawn)
    ]
    if third:
        quoting = {"quoted_references": [row[4]["reference"] for row in rows], "description": "Argument; mug thrown."}
        rows.append(("health", "mum", 3, "A&E attendance", quoting))
    found = group(events_of(*rows), people_of("mum"))
    one = found.group_by("incident_id", "agency").agg(pl.col("date").n_unique())
    assert (one["date"] == 1).all()
