"""Scenario 2: twins of one date of birth, surname and address; one school record carries the other's forename."""

from planted import world


def test_never_merged():
    assert world().mixed(2) == []


def test_the_wrong_school_record_is_a_review_item():
    for twin in ("S02-02", "S02-07", "S02-04"):
        link = world().link("S02-05", twin)
        assert link["verdict"] == "review"
        assert "twins" in link["reason"]
