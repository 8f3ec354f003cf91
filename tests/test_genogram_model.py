"""What a release says, as the family that is drawn: conflicts marked, nobody lost, nothing withheld hinted at."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from test_genogram_drawing import made, person

from famlink.genogram.abuse import abuse_ties
from famlink.genogram.drawing import draw_released
from famlink.genogram.model import family_model

PEOPLE = {
    "kai": person("Kai", "Reed", "male", "2015-03-02"),
    "mum": person("Laura", "Reed", "female", "1988-01-01"),
    "dad": person("Tom", "Price", "male", "1985-05-05"),
}
BIRTH = [("kai", "mum", "parent", "birth", {}), ("kai", "dad", "parent", "birth", {})]


def whole(release):
    """The model, once everybody released has been found in the drawing."""
    family = family_model(release)
    drawing = draw_released(release)
    shown = {s["id"] for s in drawing.geometry["symbols"] if s["shape"] != "slot"}
    assert shown == set(release.portraits()) == {p.id for p in family.people}
    return family, drawing


def link(family, child):
    return sorted((k.kind, k.tag, bool(k.conflict)) for k in family.links if k.child == child)


def test_two_birth_mothers_are_both_drawn_and_marked():
    people = PEOPLE | {"other": person("Ann", "Hart", "female", "1986-02-02")}
    family, drawing = whole(made(people, [*BIRTH, ("kai", "other", "parent", "birth", {})]))
    assert len(link(family, "kai")) == 2
    assert all(conflict for *_, conflict in link(family, "kai"))
    assert "2 mothers claimed" in drawing.svg


def test_a_child_older_than_its_parent_is_marked():
    people = PEOPLE | {"dad": person("Tom", "Price", "male", "2016-01-01")}
    family, drawing = whole(made(people, BIRTH))
    assert link(family, "kai") == [("birth", "", True)]
    assert "parent younger" in drawing.svg


def test_somebody_who_is_their_own_ancestor_is_drawn():
    _family, drawing = whole(made(PEOPLE, [("kai", "mum", "parent", "", {}), ("mum", "kai", "parent", "", {})]))
    assert drawing.geometry["counts"]["children"] == 2
    assert any(line["kind"] == "care" for line in drawing.geometry["lines"])


def test_somebody_claimed_as_their_own_partner_and_parent_is_drawn():
    family, _ = whole(made(PEOPLE, [*BIRTH, ("mum", "mum", "partner", "", {}), ("dad", "dad", "parent", "", {})]))
    assert "claimed as their own partner" in next(p for p in family.people if p.id == "mum").conflicts


def test_sibling_here_and_son_there_is_said():
    more = {"conflict": "housing says son; social care says sibling"}
    people = PEOPLE | {"lee": person("Lee", "Reed", "male", "2012-01-01")}
    family, drawing = whole(made(people, [*BIRTH, ("kai", "lee", "sibling", "", more)]))
    assert "records disagree" in drawing.svg
    assert any(not u.partners for u in family.unions)  # a bracket: no parents are invented for Lee


def test_adoption_and_birth_stand_side_by_side():
    people = PEOPLE | {"ada": person("Ada", "Cole", "female"), "sid": person("Sid", "Cole", "male")}
    adopted = [("kai", "ada", "parent", "adoptive", {}), ("kai", "sid", "parent", "adoptive", {})]
    family, _ = whole(made(people, [*BIRTH, *adopted]))
    assert [kind for kind, *_ in link(family, "kai")] == ["adoptive", "birth"]


def test_a_step_parent_is_the_partner_of_the_parent_where_that_is_known():
    people = PEOPLE | {"ray": person("Ray", "Dean", "male")}
    known = [*BIRTH, ("kai", "ray", "parent", "step", {}), ("mum", "ray", "partner", "", {})]
    family, _ = whole(made(people, known))
    assert [kind for kind, *_ in link(family, "kai")] == ["birth"]
    family, _ = whole(made(people, known[:-1]))
    assert [kind for kind, *_ in link(family, "kai")] == ["birth", "step"]


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("spouse", {}, ("married", "current")),
        ("spouse", {"end": dt.date(2020, 1, 1)}, ("married", "separated")),
        ("ex-spouse", {}, ("married", "divorced")),
        ("partner", {}, ("cohabiting", "current")),
        ("ex-partner", {"end": dt.date(2020, 1, 1)}, ("cohabiting", "ended")),
        ("co-parent", {}, ("unknown", "current")),
    ],
)
def test_what_couples_are(kind, more, expected):
    family, _ = whole(made(PEOPLE, [*BIRTH, ("mum", "dad", kind, "", more)]))
    (union,) = family.unions
    assert (union.kind, union.state) == expected


def test_a_marriage_that_death_ended_is_no_separation():
    people = PEOPLE | {"dad": person("Tom", "Price", "male", "1985-05-05", date_of_death="2020-01-01")}
    family, _ = whole(made(people, [*BIRTH, ("mum", "dad", "spouse", "", {"end": dt.date(2020, 1, 1)})]))
    assert family.unions[0].state == "current"


def test_an_aunt_whose_sister_is_not_released_is_written_under_her_name():
    people = PEOPLE | {"flo": person("Flo", "Reed", "female")}
    _family, drawing = whole(made(people, [*BIRTH, ("kai", "flo", "aunt or uncle", "maternal", {})]))
    assert "of Kai" in drawing.svg


def test_a_friend_and_a_lodger_are_drawn_apart_with_what_they_are():
    people = PEOPLE | {"bob": person("Bob", "Lane", "male"), "joe": person("Joe", "Ward", "male")}
    release = made(people, [*BIRTH, ("mum", "bob", "friend", "", {})])
    _family, drawing = whole(release)
    assert "friend of Laura" in drawing.svg
    assert "joe" in {s["id"] for s in drawing.geometry["symbols"]}


def test_a_professional_stands_outside():
    people = PEOPLE | {"gp": person("Dr", "Khan", "female")}
    family = family_model(made(people, [*BIRTH, ("kai", "gp", "professional", "", {})]))
    assert [s.name for s in family.services] == ["Dr Khan"]
    assert "gp" not in {p.id for p in family.people}


def test_household_of_today_without_the_dead_and_never_with_a_protected_person():
    homes = [("h", "mum", "1 High St"), ("h", "kai", "1 High St")]
    family, drawing = whole(made(PEOPLE, BIRTH, homes))
    assert set(family.households[0].people) == {"kai", "mum"}
    assert "1 High St" in drawing.svg
    family, drawing = whole(made(PEOPLE, BIRTH, homes, protected=("mum",)))
    assert not family.households
    assert "1 High St" not in drawing.svg
    assert "Whereabouts protected" in drawing.svg


def test_people_left_out_are_counted():
    people = PEOPLE | {f"x{i}": person("Sib", f"No{i}", "male", f"20{10 + i}-01-01") for i in range(8)}
    relations = BIRTH + [(f"x{i}", "mum", "parent", "birth", {}) for i in range(8)]
    family = family_model(made(people, relations), max_people=5)
    assert len(family.people) == 5
    assert sum(p.more for p in family.people) == 6


def test_no_relations_at_all():
    _family, drawing = whole(made(PEOPLE, []))
    assert drawing.geometry["counts"] == {"people": 3, "unions": 0, "children": 0}


def abuse(others, outcome="", **more):
    row = {"agency": "police", "kind": "domestic-abuse", "others": others, "outcome": outcome}
    return {**row, "date": dt.date(2024, 2, 3), "incident_id": "i1", **more}


def test_an_abuse_arrow_needs_both_roles_stated():
    people = pl.DataFrame({"agency": ["police"] * 2, "record_id": ["1", "2"], "person_id": ["a", "b"]})
    both = pl.DataFrame([abuse(["suspect:1", "victim:2"])])
    (tie,) = abuse_ties(both, people)
    assert (tie.source, tie.target, tie.words) == ("a", "b", "alleged, 2024")
    assert not abuse_ties(pl.DataFrame([abuse(["suspect:1"])]), people)
    assert not abuse_ties(pl.DataFrame([abuse(["suspect:1", "victim:9"])]), people)
    assert not abuse_ties(pl.DataFrame([abuse(["suspect:1", "victim:2"], kind="theft")]), people)


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        ("", "alleged"),
        ("Charged: s39 assault", "charged"),
        ("Not charged", "alleged"),
        ("Convicted at court", "convicted"),
    ],
)
def test_the_strongest_standing_is_said(outcome, word):
    people = pl.DataFrame({"agency": ["police"] * 2, "record_id": ["1", "2"], "person_id": ["a", "b"]})
    (tie,) = abuse_ties(pl.DataFrame([abuse(["suspect:1", "victim:2"], outcome)]), people)
    assert tie.words.startswith(word)
