"""Scenarios 1, 5, 8, 9, 10 and 20, the identity side: each person found whole, nobody mixed with another."""

import pytest
from planted import world


@pytest.mark.parametrize("number", [1, 5, 8, 9, 10, 20])
def test_found_whole_and_never_mixed(number):
    people = world().people(number)
    assert {person: len(ids) for person, ids in people.items() if len(ids) > 1} == {}
    assert world().mixed(number) == []
