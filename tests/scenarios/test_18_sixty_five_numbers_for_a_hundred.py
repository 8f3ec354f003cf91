"""Scenario 18: 65 distinct NHS numbers for 100 people: demoted and reported; linkage right on names and date of birth."""

import tomllib
from importlib.resources import files

import polars as pl
from planted_run import whole

import famlink as fl

CLINIC = "walk_in_clinic"


def test_the_number_is_demoted_and_check_says_so():
    (clinic,) = (source for source in whole().checked["sources"] if source["agency"] == CLINIC)
    assert clinic["warnings"] == [
        "nhs_number behaves unlike an identifier: 65 values for 100 records; it is demoted for this agency"
    ]
    reasons = whole().run.table("reasons").filter((pl.col("agency") == CLINIC) & (pl.col("column") == "nhs_number"))
    assert reasons.height == 100
    assert reasons["reason"].str.contains("column demoted").all()
    others = whole().run.table("reasons").filter(pl.col("agency") != CLINIC)
    assert not others["reason"].str.contains("demoted").any()


def test_a_hundred_people_whoever_shares_a_number():
    clinic = whole().run.people.filter(pl.col("agency") == CLINIC)
    assert clinic["person_id"].n_unique() == clinic.height == 100
    held = whole().run.people.filter(pl.col("person_id").is_in(clinic["person_id"].implode()))
    assert held.height == 100, "nobody else of the hub is taken for one of them"


def test_linked_right_with_another_source_by_name_and_date_of_birth():
    told = tomllib.loads(files("famlink.synthetic").joinpath("scenarios", "18.toml").read_text(encoding="utf-8"))
    rows = [line.split(",") for line in told["sources"][0]["people"].strip().splitlines()]
    clinic = pl.DataFrame(rows[1:], schema=rows[0], orient="row")
    council = clinic.drop("nhs_number")
    people = fl.link(
        fl.Hub(sources=[fl.Source(agency=CLINIC, people=clinic), fl.Source(agency="council_tax", people=council)])
    ).people
    assert people["person_id"].n_unique() == 100
    assert (people.group_by("record_id").agg(pl.col("person_id").n_unique())["person_id"] == 1).all()
