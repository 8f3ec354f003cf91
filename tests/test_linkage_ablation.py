"""Parts of the method left out on purpose: each switch does what it says, and nothing without being asked."""

from __future__ import annotations

from functools import lru_cache

import polars as pl
import pytest
from planted import world

from famlink.errors import SpecError
from famlink.linkage.model import KIN
from famlink.pipeline.linking import LinkOptions, link_records
from famlink.spec import LinkSpec


@lru_cache(maxsize=4)
def without(*parts: str):
    made = world()
    return link_records(
        made.merged,
        made.ties,
        spec=LinkSpec(),
        must_not_link=made.must_not_link,
        options=LinkOptions(threads=1, without=frozenset(parts)),
    )


def stated_pairs_in_one_person(linked) -> int:
    people = linked.people.select("agency", "record_id", "person_id")
    ties = world().ties.select("agency", "record_id", "relative_record_id")
    one = ties.join(people, on=["agency", "record_id"])
    two = one.join(people, left_on=["agency", "relative_record_id"], right_on=["agency", "record_id"], suffix="_other")
    apart = two.filter(pl.col("record_id") != pl.col("relative_record_id"))
    return apart.filter(pl.col("person_id") == pl.col("person_id_other")).height


def test_without_kin_the_model_has_two_classes():
    model = without("kin", "constraints").model
    strata = [model.across, *model.within.values()]
    assert {stratum.kin for stratum in strata} == {(0.0,) * len(KIN)}
    assert sum(world().linked.model.across.kin) > 0.0


def test_without_dates_a_disagreement_counts_alike_at_any_age():
    assert any(comparison.fading for comparison in world().linked.model.comparisons)
    assert not any(comparison.fading for comparison in without("dates").model.comparisons)


def test_without_twins_no_twin_changes_a_weight():
    assert (world().linked.shared["twin"] < 0.0).any()
    assert (without("twins").shared["twin"] == 0.0).all()


def test_components_join_whatever_an_edge_over_the_threshold_joins():
    found = without("additive")
    ids = found.people.select("agency", "record_id", "person_id")
    strong = found.links.filter(pl.col("match_probability") >= found.model.match)
    sides = strong.join(
        ids.rename({"person_id": "a"}), left_on=["agency_left", "record_id_left"], right_on=["agency", "record_id"]
    ).join(
        ids.rename({"person_id": "b"}), left_on=["agency_right", "record_id_right"], right_on=["agency", "record_id"]
    )
    torn = sides.filter((pl.col("a") != pl.col("b")) & pl.col("reason").is_null())
    assert sides.height > torn.height
    assert torn.is_empty(), "only what is put up for review on purpose stays apart"


def test_constraints_keep_stated_relatives_apart_and_only_they_do():
    assert stated_pairs_in_one_person(world().linked) == 0
    assert stated_pairs_in_one_person(without("additive")) > 0


def test_the_must_not_link_list_stands_without_constraints():
    found = without("kin", "constraints")
    ids = found.people.select("agency", "record_id", "person_id")
    listed = (
        world()
        .must_not_link.join(ids, left_on=["agency_left", "record_id_left"], right_on=["agency", "record_id"])
        .join(ids, left_on=["agency_right", "record_id_right"], right_on=["agency", "record_id"], suffix="_other")
    )
    assert listed.height
    assert listed.filter(pl.col("person_id") == pl.col("person_id_other")).is_empty()


def test_an_unknown_part_is_refused():
    with pytest.raises(SpecError, match="kin, constraints, additive"):
        without("everything")
