"""Relations: from ties of every agency, stated and derived, with contradictions kept."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.family.relations import relate, restate, tie_notes
from famlink.family.residence import stays
from famlink.family.vitals import vitals_of, vitals_of_statements
from famlink.tables import PEOPLE, RELATIONS, STANDARDISED, STATEMENTS, TIES
from famlink.vocabulary.relationships import inverse


def people_of(*persons, agencies=("csc",), probability=1.0):
    return PEOPLE.frame(
        [
            {"agency": agency, "record_id": person, "person_id": person, "probability": probability, "origin": "given"}
            for agency in agencies
            for person in persons
        ]
    )


def ties_of(*rows):
    """rows: (agency, record, relative, words) and then any of start, end, parental_responsibility as a dictionary."""
    made = []
    for number, (agency, record, relative, words, *more) in enumerate(rows, 1):
        row = {"agency": agency, "record_id": record, "relative_record_id": relative, "relationship": words}
        made.append(row | {"file": "ties.csv", "file_row": number} | (more[0] if more else {}))
    return TIES.frame(made)


def cleaned(*rows):
    """rows: (record, dictionary of cleaned columns)."""
    return STANDARDISED.frame(
        [
            {"agency": "csc", "record_id": record, "part": 0, "origin": "given", "date_of_birth_precision": "day"}
            | more
            for record, more in rows
        ]
    )


def told(relations, **wanted):
    frame = relations
    for column, value in wanted.items():
        frame = frame.filter(pl.col(column) == value)
    return frame


def pairs(relations):
    return set(relations.select("person_id", "relative_id", "relationship", "qualifier").iter_rows())


NOBODY = STANDARDISED.empty()


def test_both_directions_with_every_claim():
    people = people_of("kim", "ann", agencies=("csc", "school"), probability=0.9)
    ties = ties_of(
        ("csc", "kim", "ann", "Mother", {"start": dt.date(2015, 1, 1), "parental_responsibility": True}),
        ("school", "ann", "kim", "Daughter", {"start": dt.date(2019, 9, 1), "end": dt.date(2024, 7, 1)}),
    )
    relations = relate(people, ties, NOBODY)
    assert pairs(relations) == {("kim", "ann", "parent", ""), ("ann", "kim", "child", "")}
    up = told(relations, person_id="kim").row(0, named=True)
    assert up["basis"] == "stated"
    assert up["sources"] == ["csc:kim", "school:ann"]
    assert [claim["words"] for claim in up["claims"]] == ["Mother", "Daughter"]
    assert (up["start"], up["end"]) == (dt.date(2015, 1, 1), None), "one claim is still open"
    assert up["parental_responsibility"] is True
    assert up["confidence"] == pytest.approx(0.81)
    down = told(relations, person_id="ann").row(0, named=True)
    assert down["parental_responsibility"] is None, "the mother holds it for the child, not the child for her"
    assert up["conflict"] is None
    assert down["conflict"] is None


def test_an_end_of_1900_means_open():
    ties = ties_of(("csc", "a", "b", "partner", {"end": dt.date(1900, 1, 1)}))
    assert relate(people_of("a", "b"), ties, NOBODY)["end"].to_list() == [None, None]


def test_full_and_half_siblings_and_the_side():
    ties = ties_of(
        ("csc", "kim", "mum", "mother"), ("csc", "kim", "dad1", "father"),
        ("csc", "lee", "mum", "mother"), ("csc", "lee", "dad1", "father"),
        ("csc", "max", "mum", "mother"), ("csc", "max", "dad2", "father"),
        ("csc", "zoe", "mum", "mother"),
    )  # fmt: skip
    relations = relate(people_of("kim", "lee", "max", "zoe", "mum", "dad1", "dad2"), ties, NOBODY)
    siblings = told(relations, relationship="sibling", basis="derived")
    assert ("kim", "lee", "sibling", "full") in pairs(siblings)
    assert ("kim", "max", "sibling", "half maternal") in pairs(siblings)
    assert ("kim", "zoe", "sibling", "maternal") in pairs(siblings), "one father is not recorded: half cannot be said"
    half = told(siblings, person_id="kim", relative_id="max").row(0, named=True)
    assert half["premises"] == ["kim|dad1|parent", "kim|mum|parent", "max|dad2|parent", "max|mum|parent"]
    assert half["sources"] == []


def test_a_step_or_adoptive_parent_makes_no_sibling():
    ties = ties_of(
        ("csc", "kim", "joe", "father"), ("housing", "kim", "joe", "stepfather"), ("csc", "max", "joe", "father"),
        ("csc", "zoe", "sue", "adoptive mother"), ("csc", "max", "sue", "mother"),
    )  # fmt: skip
    people = pl.concat([people_of("kim", "joe", "max", "zoe", "sue"), people_of("kim", "joe", agencies=("housing",))])
    relations = relate(people, ties, NOBODY)
    assert told(relations, relationship="sibling").is_empty()


def test_twins_need_one_mother_and_one_exact_birthday():
    ties = ties_of(*(("csc", kid, "mum", "mother") for kid in ("ada", "bob", "cal")))
    day = dt.date(2015, 5, 3)
    standardised = cleaned(
        ("ada", {"date_of_birth": day}), ("bob", {"date_of_birth": day}),
        ("cal", {"date_of_birth": day, "date_of_birth_precision": "month"}), ("mum", {"sex": "female"}),
    )  # fmt: skip
    relations = relate(people_of("ada", "bob", "cal", "mum"), ties, standardised)
    twins = told(relations, qualifier="twin")
    assert pairs(twins) == {("ada", "bob", "sibling", "twin"), ("bob", "ada", "sibling", "twin")}


def test_grandparents_by_composition():
    ties = ties_of(
        ("csc", "kim", "ann", "mother"), ("csc", "ann", "eve", "mother"), ("csc", "ann", "roy", "adoptive father")
    )
    relations = relate(people_of("kim", "ann", "eve", "roy"), ties, NOBODY)
    up = told(relations, relationship="grandparent")
    assert pairs(up) == {("kim", "eve", "grandparent", "maternal"), ("kim", "roy", "grandparent", "maternal")}
    assert told(relations, relationship="grandchild")["basis"].unique().to_list() == ["derived"]
    assert up["premises"].to_list()[0] == ["kim|ann|parent", "ann|eve|parent"]


@pytest.mark.parametrize(
    ("until", "partners"), [(dt.date(2017, 1, 1), True), (dt.date(2015, 1, 1), False), (None, True)]
)
def test_a_partner_follows_from_a_child_and_a_dated_address(until, partners):
    ties = ties_of(("csc", "kim", "ann", "mother"), ("csc", "kim", "bob", "father"))
    home = {"house_number": "4", "postcode": "NE1 1AA"}
    standardised = cleaned(
        ("ann", home | {"address_from": dt.date(2016, 1, 1)}),
        ("bob", home | {"address_from": dt.date(2010, 1, 1), "address_to": until}),
    )
    relations = relate(people_of("kim", "ann", "bob"), ties, standardised)
    found = told(relations, relationship="partner")
    assert found.height == (2 if partners else 0)
    if partners:
        assert found["start"].to_list() == [dt.date(2016, 1, 1)] * 2
        assert found["premises"].to_list() == [["kim|ann|parent", "kim|bob|parent"]] * 2


def test_a_stated_couple_is_not_derived_again():
    ties = ties_of(
        ("csc", "kim", "ann", "mother"), ("csc", "kim", "bob", "father"), ("csc", "ann", "bob", "ex-husband")
    )
    home = {"house_number": "4", "postcode": "NE1 1AA", "address_from": dt.date(2016, 1, 1)}
    relations = relate(people_of("kim", "ann", "bob"), ties, cleaned(("ann", home), ("bob", home)))
    assert told(relations, person_id="ann", relative_id="bob")["relationship"].to_list() == ["ex-spouse"]


def test_the_unborn_child_is_kept_as_a_child():
    relations = relate(people_of("u", "ann"), ties_of(("csc", "u", "ann", "Mother : Unborn Child")), NOBODY)
    assert pairs(relations) == {("u", "ann", "parent", ""), ("ann", "u", "child", "")}
    assert relations["claims"].to_list()[0][0]["words"] == "Mother : Unborn Child"


# --- contradictions: kept, marked, never dropped -------------------------------------------------------------------------


def marked(relations):
    return {
        (p, r, k): c
        for p, r, k, c in relations.select("person_id", "relative_id", "relationship", "conflict").iter_rows()
        if c
    }


def test_two_birth_mothers():
    ties = ties_of(
        ("csc", "kim", "ann", "mother"), ("csc", "kim", "eve", "birth mother"), ("csc", "kim", "sue", "stepmother")
    )
    found = marked(relate(people_of("kim", "ann", "eve", "sue"), ties, NOBODY))
    assert found.keys() == {
        ("kim", "ann", "parent"), ("ann", "kim", "child"), ("kim", "eve", "parent"), ("eve", "kim", "child"),
    }  # fmt: skip
    assert found["kim", "ann", "parent"] == "more than one person is recorded as birth mother"


@pytest.mark.parametrize(
    ("child", "parent", "text"),
    [
        ((2010, 6, 1), (1998, 6, 2), "the parent is less than 12 years older than the child"),
        ((2010, 6, 1), (1998, 6, 1), None),
        ((2010, 6, 1), (2012, 6, 1), "the parent is not older than the child"),
    ],
)
def test_a_parent_too_young(child, parent, text):
    standardised = cleaned(("kim", {"date_of_birth": dt.date(*child)}), ("ann", {"date_of_birth": dt.date(*parent)}))
    relations = relate(people_of("kim", "ann"), ties_of(("csc", "kim", "ann", "mother")), standardised)
    assert relations["conflict"].to_list() == [text, text]


def test_a_cycle_of_descent():
    ties = ties_of(
        ("csc", "a", "b", "father"),
        ("csc", "b", "c", "father"),
        ("csc", "c", "a", "father"),
        ("csc", "d", "a", "father"),
    )
    relations = relate(people_of("a", "b", "c", "d"), ties, NOBODY)
    found = marked(relations)
    assert {key for key, text in found.items() if "descend" in text and key[2] == "parent"} == {
        ("a", "b", "parent"), ("b", "c", "parent"), ("c", "a", "parent"),
    }  # fmt: skip
    assert ("d", "a", "parent") not in found


def test_their_own_parent_is_no_relation_and_is_counted():
    people, ties = people_of("a"), ties_of(("csc", "a", "a", "father"))
    assert relate(people, ties, NOBODY).is_empty()
    assert tie_notes(people, ties).same_person == 1


def test_birth_here_and_step_there():
    ties = ties_of(("csc", "kim", "bob", "birth father"), ("csc", "kim", "bob", "step-father"))
    found = marked(relate(people_of("kim", "bob"), ties, NOBODY))
    assert set(found.values()) == {"said to be birth and step"}


def test_half_by_one_account_full_by_another():
    ties = ties_of(
        ("csc", "kim", "ann", "mother"), ("csc", "kim", "bob", "father"), ("csc", "lee", "ann", "mother"),
        ("csc", "lee", "bob", "father"), ("csc", "kim", "lee", "half brother"),
    )  # fmt: skip
    found = marked(relate(people_of("kim", "lee", "ann", "bob"), ties, NOBODY))
    assert found["kim", "lee", "sibling"] == "half sibling by one account, full by another"


def test_a_word_of_one_sex_for_a_person_recorded_with_the_other():
    relations = relate(
        people_of("kim", "bob"), ties_of(("csc", "kim", "bob", "mother")), cleaned(("bob", {"sex": "male"}))
    )
    assert marked(relations)["kim", "bob", "parent"] == "called mother, recorded male"


def test_two_people_an_agency_says_are_one():
    relations = relate(people_of("a", "b"), ties_of(("csc", "a", "b", "Self")), NOBODY)
    assert set(marked(relations).values()) == {"an agency says that the two are one person"}


def test_thirty_children_of_one_person_are_kept_and_nothing_follows():
    kids = [f"k{n}" for n in range(30)]
    relations = relate(people_of("worker", *kids), ties_of(*(("csc", kid, "worker", "mother") for kid in kids)), NOBODY)
    assert told(relations, relationship="parent").height == 30
    assert told(relations, basis="derived").is_empty()


def test_an_end_before_its_start():
    ties = ties_of(("csc", "a", "b", "wife", {"start": dt.date(2020, 1, 1), "end": dt.date(2019, 1, 1)}))
    assert set(marked(relate(people_of("a", "b"), ties, NOBODY)).values()) == {"csc dates its end before its start"}


# --- what may not be crossed, what is counted ----------------------------------------------------------------------------


def test_no_relation_crosses_a_barred_pair_stated_or_derived():
    ties = ties_of(("csc", "kim", "ann", "mother"), ("csc", "lee", "ann", "mother"), ("csc", "kim", "lee", "brother"))
    people = people_of("kim", "lee", "ann")
    relations = relate(people, ties, NOBODY, barred=frozenset({("lee", "kim")}))
    crossing = {("kim", "lee"), ("lee", "kim")} & set(relations.select("person_id", "relative_id").iter_rows())
    assert not crossing
    assert tie_notes(people, ties, barred={("kim", "lee")}).barred == 1
    frame = pl.DataFrame({"person_left": ["kim"], "person_right": ["lee"]})
    assert relate(people, ties, NOBODY, barred=frame).equals(relations)


def test_every_tie_is_counted_once():
    people = pl.concat(
        [
            people_of("a", "b"),
            PEOPLE.frame(
                [{"agency": "csc", "record_id": "a2", "person_id": "a", "probability": 1.0, "origin": "given"}]
            ),
        ]
    )
    ties = ties_of(
        ("csc", "a", "b", "goldfish keeper"), ("csc", "a", "a2", "self"), ("csc", "a", "ghost", "mother"),
        ("csc", "b", "a", "goldfish keeper"),
    )  # fmt: skip
    notes = tie_notes(people, ties)
    assert (notes.used, notes.same_person, notes.unresolved, notes.barred) == (2, 1, 1, 0)
    assert notes.unknown_words == {"goldfish keeper": 2}
    assert pairs(relate(people, ties, NOBODY)) == {("a", "b", "other", ""), ("b", "a", "other", "")}


def test_nothing_in_nothing_out():
    assert relate(PEOPLE.empty(), TIES.empty(), NOBODY).equals(RELATIONS.empty())


# --- computed again from what a viewer may see -----------------------------------------------------------------------------


def test_restate_gives_the_same_from_the_same():
    people = people_of("kim", "lee", "ann", "bob")
    ties = ties_of(
        ("csc", "kim", "ann", "mother", {"parental_responsibility": True}), ("csc", "lee", "ann", "mother"),
        ("csc", "kim", "bob", "father"), ("csc", "lee", "bob", "son"),
    )  # fmt: skip
    standardised = cleaned(
        ("ann", {"sex": "female", "date_of_birth": dt.date(1980, 1, 1), "house_number": "1", "postcode": "A1 1AA"}),
    )
    relations = relate(people, ties, standardised)
    again = restate(relations, people, vitals_of(people, standardised), stays=stays(people, standardised))
    assert again.equals(relations)


def test_restate_without_one_agency_loses_what_hung_on_it():
    people = people_of("kim", "lee", "ann", "bob", agencies=("csc", "police"))
    ties = ties_of(
        ("csc", "kim", "ann", "mother"), ("csc", "lee", "ann", "mother"), ("csc", "kim", "bob", "father"),
        ("police", "lee", "bob", "father"), ("police", "lee", "kim", "son"),
    )  # fmt: skip
    relations = relate(people, ties, NOBODY)
    assert ("kim", "lee", "sibling", "full") in pairs(relations)
    assert relations["conflict"].drop_nulls().len() > 0
    kept = relations.with_columns(
        pl.col("claims").list.eval(pl.element().filter(pl.element().struct.field("agency") == "csc"))
    )
    seen = people.filter(pl.col("agency") == "csc")
    again = restate(kept, seen, vitals_of(seen, NOBODY))
    assert again.equals(relate(seen, ties.filter(pl.col("agency") == "csc"), NOBODY))
    assert ("kim", "lee", "sibling", "maternal") in pairs(again)
    assert again["conflict"].drop_nulls().is_empty()


def test_vitals_of_statements_read_partial_dates():
    people = people_of("a", "b", "c")
    rows = [
        ("a", "date_of_birth", "2012-05-03"),
        ("a", "sex", "female"),
        ("b", "date_of_birth", "2012-05"),
        ("c", "date_of_birth", "?2012"),
    ]
    statements = STATEMENTS.frame(
        [
            {
                "statement_id": str(n),
                "person_id": p,
                "agency": "csc",
                "record_id": p,
                "field": f,
                "value": v,
                "raw": v,
                "file": "f",
                "file_row": n,
            }
            for n, (p, f, v) in enumerate(rows, 1)
        ]
    )
    assert vitals_of_statements(people, statements).rows() == [
        ("a", dt.date(2012, 5, 3), True, "female"),
        ("b", dt.date(2012, 5, 1), False, None),
        ("c", dt.date(2012, 1, 1), False, None),
    ]


# --- invariants ------------------------------------------------------------------------------------------------------------

WORDS = [
    "mother",
    "father",
    "son",
    "half sister",
    "brother",
    "partner",
    "ex-wife",
    "MGM",
    "foster carer",
    "step-dad",
    "friend",
    "goldfish",
]


@st.composite
def worlds(draw):
    names = "abcdef"
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["csc", "police"]),
                st.sampled_from(names),
                st.sampled_from(names),
                st.sampled_from(WORDS),
            ),
            max_size=14,
        )
    )
    return people_of(*names, agencies=("csc", "police")), ties_of(*rows)


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_invariants(world):
    people, ties = world
    relations = relate(people, ties, NOBODY)
    rows = pairs(relations)
    assert len(rows) == relations.height
    for person, relative, kind, qualifier in rows:
        assert person != relative
        assert (relative, person, inverse(kind), qualifier) in rows, "both directions are present"
    claimed = set(relations["claims"].explode(keep_nulls=False, empty_as_null=False).struct.field("file_row").to_list())
    between_two = set(ties.filter(pl.col("record_id") != pl.col("relative_record_id"))["file_row"].to_list())
    assert claimed == between_two, "no claim is lost"
    stated = relations.filter(pl.col("basis") == "stated")
    assert (stated["claims"].list.len() > 0).all()
    derived = relations.filter(pl.col("basis") == "derived")
    assert (derived["premises"].list.len() > 0).all()
    said = {f"{p}|{r}|{k}" for p, r, k, _ in pairs(stated)}
    for premises in derived["premises"]:
        assert set(premises) <= said, "every premise is a stated relation"
    assert relate(people, ties.reverse(), NOBODY).equals(relations), "the order of the ties does not matter"
