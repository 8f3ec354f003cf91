"""Linking whole tables: contract of links and people, determinism, models loaded again, and bad input."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from planted import world

from famlink.errors import SpecError
from famlink.linkage.blocking import block, planned
from famlink.linkage.encoding import encode, frequencies_of, shares
from famlink.linkage.model import Model, Rule, Stratum
from famlink.odds import weight_of_probability
from famlink.pipeline.explaining import explain_pair
from famlink.pipeline.linking import LinkOptions, link_records, plan_pairs, untrained
from famlink.pipeline.run import Run
from famlink.spec import BlockingSpec, ComparisonSpec, LinkSpec
from famlink.tables import LINKS, MUST_NOT_LINK, PEOPLE, STANDARDISED, TIES


def frame(rows: list[dict], **extras: list) -> pl.DataFrame:
    """Merged standardised records; ids and agency are given where a row has none."""
    full = [
        {"agency": "police", "record_id": f"p{n:07d}", "part": 0, "origin": "given", **row}
        for n, row in enumerate(rows)
    ]
    made = STANDARDISED.frame(full).with_columns(pl.Series(f"extra.{k}", v) for k, v in extras.items())
    return made.sort("agency", "record_id").with_row_index("row")


def person(forename: str, surname: str, born: dt.date, **more) -> dict:
    return {"forename": forename, "surname": surname, "date_of_birth": born, "date_of_birth_precision": "day", **more}


def link(merged: pl.DataFrame, **options):
    spec = options.pop("spec", LinkSpec())
    return link_records(merged, options.pop("ties", TIES.empty()), spec=spec, **options)


# --- the contract of what comes out ---------------------------------------------------------------------------------


def test_tables_and_their_invariants():
    linked = world().linked
    LINKS.check(linked.links)
    PEOPLE.check(linked.people)
    assert linked.people.select("agency", "record_id").equals(world().merged.select("agency", "record_id"))
    ids = linked.people.select("agency", "record_id", "person_id")
    both = linked.links.join(
        ids.rename({"person_id": "a"}), left_on=["agency_left", "record_id_left"], right_on=["agency", "record_id"]
    ).join(
        ids.rename({"person_id": "b"}), left_on=["agency_right", "record_id_right"], right_on=["agency", "record_id"]
    )
    assert both.height == linked.links.height
    assert ((both["verdict"] == "match") == (both["a"] == both["b"])).all()
    review = both.filter((pl.col("a") != pl.col("b")) & (pl.col("match_probability") >= linked.model.review))
    assert set(review["verdict"]) == {"review"}
    shown = both.filter(pl.col("match_probability") < 0.01)
    assert set(shown["verdict"]) <= {"match"}
    weights = both["match_weight"].to_numpy()
    assert np.allclose(both["match_probability"], 1 / (1 + 2.0**-weights), atol=1e-12)
    assert np.abs(weights).max() <= 60
    sizes = linked.people.group_by("person_id").len()["len"]
    inside = linked.links.filter(pl.col("verdict") == "match").height
    assert inside == int((sizes.cast(pl.Int64) * (sizes.cast(pl.Int64) - 1) // 2).sum()), "every pair inside a person"
    alone = linked.people.filter(pl.len().over("person_id") == 1)
    assert (alone["probability"] == 1.0).all()
    assert linked.people["probability"].is_between(0.0, 1.0).all()


def test_person_ids_are_opaque():
    people = world().linked.people
    assert people["person_id"].str.contains(r"^P[0-9a-f]{12,}$").all()


def test_the_same_bytes_on_one_thread_and_two():
    made = world()
    ready = (
        made.merged.filter(pl.col("agency").is_in(["police", "housing", "education"])).drop("row").with_row_index("row")
    )
    ties = made.ties.filter(pl.col("agency").is_in(["police", "housing", "education"]))
    runs = [link(ready, ties=ties, options=LinkOptions(threads=n)) for n in (1, 2)]
    for name in ("links", "people"):
        assert getattr(runs[0], name).equals(getattr(runs[1], name))
    assert runs[0].model.to_json() == runs[1].model.to_json()
    assert runs[0].plan == runs[1].plan


def test_a_model_loaded_again_gives_the_same_links():
    made = world()
    model = Model.from_json(made.linked.model.to_json())
    again = link(made.merged, ties=made.ties, must_not_link=made.must_not_link, options=LinkOptions(model=model))
    assert again.links.equals(made.linked.links)
    assert again.people.equals(made.linked.people)


def test_bars_sum_to_the_weight_in_links():
    made = world()
    run = Run(
        tables={"links": made.linked.links, "people": made.linked.people, "shared_relatives": made.linked.shared},
        model_text=made.linked.model.to_json(),
        provenance={},
    )
    rows = made.linked.links.sample(30, seed=3).iter_rows(named=True)
    for row in rows:
        left, right = (row["agency_left"], row["record_id_left"]), (row["agency_right"], row["record_id_right"])
        told = explain_pair(made.merged, run, left=left, right=right)
        assert told["match_weight"] == pytest.approx(row["match_weight"], abs=1e-9)
        assert sum(bar["bits"] for bar in told["bars"]) == pytest.approx(row["match_weight"], abs=1e-9)
        assert told["verdict"] == row["verdict"]
        assert {bar["origin"] for bar in told["bars"]} <= {"person", "family", "relation", "constraint", "prior"}


def test_stated_relatives_and_barred_records_never_share_a_person():
    made = world()
    ids = dict(
        zip(made.linked.people.select("agency", "record_id").iter_rows(), made.linked.people["person_id"], strict=True)
    )
    for agency, record_id, other in made.ties.select("agency", "record_id", "relative_record_id").iter_rows():
        if record_id != other:
            assert ids[agency, record_id] != ids[agency, other]


def test_must_not_link_binds_whole_persons():
    made = world()
    together = made.linked.people.filter(pl.len().over("person_id") >= 3).sort("person_id").head(3)
    first, second = together.row(0, named=True), together.row(1, named=True)
    banned = MUST_NOT_LINK.frame(
        [{"agency_left": first["agency"], "record_id_left": first["record_id"],
          "agency_right": second["agency"], "record_id_right": second["record_id"], "reason": "adoption"}]
    )  # fmt: skip
    linked = link(made.merged, ties=made.ties, must_not_link=banned, options=LinkOptions(model=made.linked.model))
    ids = dict(zip(linked.people.select("agency", "record_id").iter_rows(), linked.people["person_id"], strict=True))
    assert ids[first["agency"], first["record_id"]] != ids[second["agency"], second["record_id"]]
    pair = {first["record_id"], second["record_id"]}
    named = linked.links.filter(pl.col("record_id_left").is_in(pair) & pl.col("record_id_right").is_in(pair))
    assert named.is_empty(), "a barred pair leaves no hint"


def test_distinct_agencies_keep_their_records_apart():
    made = world()
    linked = link(made.merged, ties=made.ties, distinct=frozenset({"police"}))
    police = linked.people.filter(pl.col("agency") == "police")
    assert police["person_id"].n_unique() == police.height


# --- edges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1])
def test_no_record_and_one(count):
    linked = link(frame([person("ann", "lee", dt.date(2000, 1, 2))][:count]))
    assert linked.people.height == count
    assert linked.links.height == linked.pairs == 0
    assert linked.people["probability"].to_list() == [1.0] * count


def test_one_persons_id_does_not_depend_on_who_else_is_there():
    one = [person("ann", "lee", dt.date(2000, 1, 2))]
    more = [*one, person("bob", "may", dt.date(1980, 5, 6))]
    assert link(frame(one)).people["person_id"][0] == link(frame(more)).people["person_id"][0]


def test_two_records_of_one_person():
    linked = link(
        frame(
            [person("ann", "lee", dt.date(2000, 1, 2), sex="female")] * 2 + [person("bob", "may", dt.date(1980, 5, 6))]
        )
    )
    assert linked.people.height == 3


def test_nothing_to_compare_or_to_block_on_is_one_sentence():
    with pytest.raises(SpecError, match="nothing can be compared"):
        link(frame([{}, {}]))
    with pytest.raises(SpecError, match="no blocking rule"):
        link(frame([{"sex": "male"}, {"sex": "female"}]))


def test_records_alike_in_every_field_are_compared():
    one = person("ann", "lee", dt.date(2000, 1, 2))
    assert link(frame([one] * 2)).pairs == 1
    assert link(frame([person("ann", "lee", None), person("ann", "may", None)])).pairs == 0


def test_a_column_of_one_value_and_an_empty_one_are_left_out():
    rows = [
        person(name, "smith", dt.date(1990, 1, day), school=None) for day, name in enumerate(["ann", "bob", "cal"], 1)
    ]
    names = [c.name for c in untrained(frame(rows), LinkSpec()).comparisons]
    assert "surname" not in names
    assert "school" not in names
    assert "forename" in names
    link(frame(rows))


def test_fields_no_source_has_are_named():
    rows = frame([person("ann", "lee", dt.date(2000, 1, 2)), person("bob", "may", dt.date(1980, 5, 6))])
    with pytest.raises(SpecError, match=r"'town'.*surname"):
        link(rows, spec=LinkSpec(comparison=(ComparisonSpec(field="town", kind="category"),)))
    with pytest.raises(SpecError, match="'town'"):
        link(rows, spec=LinkSpec(blocking=(BlockingSpec(on=("town",)),)))


def test_only_what_is_listed_without_defaults():
    rows = frame(
        [person("ann", "lee", dt.date(2000, 1, 2)), person("anne", "lee", dt.date(2000, 1, 2))], town=["leeds", "york"]
    )
    spec = LinkSpec(
        defaults=False,
        comparison=(ComparisonSpec(field="town", kind="text"), ComparisonSpec(field="forename", kind="name")),
        blocking=(BlockingSpec(on=("surname",)),),
    )
    model = untrained(rows, spec)
    assert [c.name for c in model.comparisons] == ["extra.town", "forename"]
    assert [rule.on for rule in model.blocking] == [("surname",)]
    assert link(rows, spec=spec).pairs == 1


def test_very_many_identical_rows_are_bounded_work_and_reported():
    rows = frame([person("ann", "lee", dt.date(2000, 1, 2))] * 20_000 + [person("bob", "may", dt.date(1980, 5, 6))] * 2)
    linked = link(rows)
    assert linked.people.height == 20_002
    assert linked.pairs < 2_000
    left_out = {row["left_out_records"] for row in linked.plan if row["largest_block"] == 20_000}
    assert left_out == {20_000}


# --- blocking and encoding ------------------------------------------------------------------------------------------


def test_the_plan_is_what_is_compared():
    made = world()
    planned_pairs = plan_pairs(made.merged, LinkSpec())
    assert sum(row["new_pairs"] for row in planned_pairs) == made.linked.pairs
    assert [(r["rule"], r["new_pairs"]) for r in planned_pairs] == [
        (r["rule"], r["new_pairs"]) for r in made.linked.plan
    ]
    assert all(row["new_pairs"] <= row["pairs"] for row in planned_pairs)


def test_a_huge_block_is_split_by_a_second_key_and_reported():
    count = Rule(("surname",)).most + 500
    rows = [person("ann", "lee", dt.date(1950, 1, 1) + dt.timedelta(days=n // 2)) for n in range(count)]
    rule = Rule(("surname",))
    model = replace(untrained(frame([*rows, person("x", "y", dt.date(1900, 1, 1))]), LinkSpec()), blocking=(rule,))
    encoded = encode(frame([*rows, person("x", "y", dt.date(1900, 1, 1))]), model)
    (told,) = planned(block(encoded, [rule]))
    assert told["largest_block"] == told["split_records"] == count
    assert told["left_out_records"] == 0
    assert told["pairs"] == count // 2


def test_a_value_weighs_by_the_other_records_that_have_it_one_at_the_least():
    rows = frame([person(name, "lee", dt.date(2000, 1, day)) for day, name in enumerate("aaaaabbc", 1)])
    model = replace(untrained(rows, LinkSpec()), across=Stratum(0.1))
    encoded = encode(rows, model)
    known = frequencies_of(encoded, "forename")
    assert known.total == 8
    assert list(known.counts.values()) == [5]
    found = dict(zip(encoded.dictionaries["forename"], shares(encoded, "forename", known), strict=True))
    assert found == pytest.approx({"a": 3 / 8, "b": 1 / 8, "c": 1 / 8, "lee": 1 / 8})


def test_thresholds_are_the_models_own():
    linked = world().linked
    assert weight_of_probability(linked.model.match) == pytest.approx(weight_of_probability(0.95))
