"""Scenario 21: the same person twice inside one agency: one person, both records kept."""

import polars as pl
from planted import world


def test_one_person_and_both_records():
    assert len(world().people(21)["S21-him"]) == 1
    assert world().mixed(21) == []
    his = world().linked.people.filter(pl.col("record_id").str.starts_with("S21-"))
    assert his["record_id"].to_list() == ["S21-03", "S21-01", "S21-02"]
    assert his["agency"].to_list() == ["housing", "police", "police"]
