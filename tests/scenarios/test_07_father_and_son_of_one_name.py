"""Scenario 7: father and son of one name at one address, a police nominal without date of birth: two candidates shown."""

from planted import world

NOMINAL = "S07-06"


def test_father_and_son_stay_two_people_and_each_is_whole():
    people = world().people(7)
    assert len(people["S07-son"]) == 1
    assert not people["S07-son"] & people["S07-father"]
    assert world().person("S07-01") == world().person("S07-03")


def test_the_nominal_is_linked_to_neither_and_both_candidates_are_put_up_for_review():
    alone = world().person(NOMINAL)
    assert (world().linked.people["person_id"] == alone).sum() == 1
    for candidate in ("S07-01", "S07-03", "S07-02", "S07-04"):
        link = world().link(NOMINAL, candidate)
        assert link["verdict"] == "review"
        assert link["match_probability"] > 0.5
        assert "two people" in link["reason"]
