"""Scenario 8: a partner's benefit row with the claimant's NI number; a child's record with the mother's NHS number."""

import datetime as dt

import polars as pl
from planted_run import whole

import famlink as fl


def test_no_merge():
    people = whole().people("S08")
    assert {len(ids) for ids in people.values()} == {1}
    assert len(set().union(*people.values())) == 3


def benefits(claims: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Claimants and partners under the claimant's number; the police know them all, without numbers."""
    rows = []
    for n in range(claims):
        letter, more = chr(97 + n % 26), chr(97 + n // 26)
        born = dt.date(1960, 1, 3) + dt.timedelta(days=211 * n)
        claimant = (f"{letter}anne{more}", f"{more}sur{letter}low", born, f"JX{400000 + n * 7:06d}C")
        partner = (f"{more}gord{letter}", f"{letter}bex{more}ley", born + dt.timedelta(days=401), claimant[3])
        rows += [claimant, partner]
    names = ["forename", "surname", "date_of_birth", "ni_number"]
    known = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("date_of_birth").cast(pl.String))
    numbered = known.with_columns(record_id=pl.int_range(pl.len()).cast(pl.String))
    return numbered, numbered.drop("ni_number")


def test_trust_in_the_number_falls_for_that_source_and_linkage_rests_on_the_rest():
    housing, police = benefits(40)
    sources = [fl.Source(agency="housing", people=housing), fl.Source(agency="police", people=police)]
    hub = fl.Hub(sources=sources)
    told = {source["agency"]: source["warnings"] for source in fl.check(hub)["sources"]}
    assert any("ni_number" in warning and "demoted" in warning for warning in told["housing"])
    assert not any("demoted" in warning for warning in told["police"])
    people = fl.link(hub).people
    assert people["person_id"].n_unique() == 80
    assert (people.group_by("record_id").agg(pl.col("person_id").n_unique())["person_id"] == 1).all()
