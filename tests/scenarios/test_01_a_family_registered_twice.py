"""Scenario 1: a family of seven registered twice: seven people, one household, and an explanation that names the family."""

from planted_run import whole


def test_seven_people():
    found = whole().people("S01")
    assert len(found) == 7
    assert {len(ids) for ids in found.values()} == {1}
    assert len(set().union(*found.values())) == 7


def test_one_household():
    everyone = set().union(*whole().people("S01").values())
    homes = whole().run.table("households").select("household_id", "person_id").unique()
    mine = {home for home, person in homes.iter_rows() if person in everyone}
    assert len(mine) == 1
    assert {person for home, person in homes.iter_rows() if home in mine} == everyone


def test_the_explanation_names_the_family_evidence():
    told = whole().explained(("social_care", "S01-04"), ("social_care", "S01-11"))
    assert told["verdict"] == "match"
    family = [bar for bar in told["bars"] if bar["origin"] in ("family", "relation") and bar["bits"]]
    assert {"surname", "address", "kin"} <= {bar["field"] for bar in family}
    assert all(bar["sentence"] for bar in family)
