"""Scenario 22: a care leaver with no current family fields in common is linked on person fields alone."""

from planted import world


def test_one_person():
    assert len(world().people(22)["S22-her"]) == 1
    assert world().mixed(22) == []
