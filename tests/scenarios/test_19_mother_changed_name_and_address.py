"""Scenario 19: a mother changed surname and address between agencies: linked, or put up for review; never silently two."""

import itertools

from planted import world


def test_never_silently_two():
    mother = ["S19-01", "S19-02", "S19-03"]
    for one, other in itertools.combinations(mother, 2):
        assert world().person(one) == world().person(other) or world().link(one, other)["verdict"] == "review"


def test_the_mother_a_school_knows_by_name_alone_is_at_least_put_up_for_review():
    named, mother = "S19-06~1", "S19-03"
    assert world().person(named) == world().person(mother) or world().link(named, mother)["verdict"] == "review"


def test_the_children_are_found_and_kept_apart():
    assert world().mixed(19) == []
    assert len(world().people(19)["S19-one"]) == len(world().people(19)["S19-two"]) == 1
