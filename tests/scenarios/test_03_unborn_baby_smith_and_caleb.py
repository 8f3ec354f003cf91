"""Scenario 3, the identity side: UNBORN, then BABY SMITH, then Caleb Marchwood: one child, and the mother kept."""

import polars as pl
from planted_run import whole

UNBORN = ("social_care", "S03-01")
BORN = [("health", "S03-02"), ("early_help", "S03-03"), ("social_care", "S03-04")]


def test_baby_smith_and_the_child_registered_later_are_one():
    assert len({whole().person(*record) for record in BORN}) == 1


def test_the_unborn_child_is_the_same_child():
    assert whole().person(*UNBORN) == whole().person(*BORN[0])


def test_the_unborn_child_is_at_least_put_up_for_review():
    link = whole().links([UNBORN[1]], [BORN[0][1]]).row(0, named=True)
    assert link["verdict"] in ("match", "review")


def test_the_mother_is_one_person_and_the_childs_mother():
    (mother,) = whole().people("S03-mum")["S03-mum"]
    relations = whole().run.relations.filter(
        (pl.col("person_id") == whole().person(*BORN[0])) & (pl.col("relationship") == "parent")
    )
    assert mother in relations["relative_id"].to_list()


def test_every_name_is_kept_with_its_day():
    records = whole().run.table("records").filter(pl.col("record_id").is_in(["S03-02", "S03-03", "S03-04"]))
    names = set(records.select("forename", "surname", "recorded_on").drop_nulls("forename").iter_rows())
    assert {(forename, surname) for forename, surname, _ in names} == {("BABY", "Smith"), ("Caleb", "Marchwood")}
    assert all(day for _, _, day in names)
