"""People compared as wholes: who is joined, who is left, and that nothing bound is undone."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl
import pytest
from planted import world

from famlink.linkage import resolution
from famlink.linkage.wholes import chosen, meetings, near
from famlink.pipeline.explaining import explain_pair
from famlink.pipeline.linking import LinkOptions, link_records
from famlink.pipeline.run import Run
from famlink.spec import LinkSpec


@lru_cache(maxsize=4)
def linked(*without: str, threads: int = 1):
    made = world()
    return link_records(
        made.merged,
        made.ties,
        spec=LinkSpec(),
        must_not_link=made.must_not_link,
        options=LinkOptions(threads=threads, without=frozenset(without)),
    )


def met(left, right, labels, *, most=9, at_once=100):
    labels = np.array(labels)
    one, other = near(np.array(left), np.array(right), labels, most=most)
    return [
        (int(a), int(b), sorted(zip(m.left[m.of == n].tolist(), m.right[m.of == n].tolist(), strict=True)))
        for part, m in meetings(one, other, labels, at_once=at_once)
        for n, (a, b) in enumerate(zip(one[part], other[part], strict=True))
    ]


def test_two_people_meet_with_every_pair_of_their_records():
    assert met([2, 0], [4, 1], [0, 1, 0, 3, 1, 3]) == [(0, 1, [(0, 1), (0, 4), (1, 2), (2, 4)])]


def test_people_of_too_many_records_do_not_meet():
    labels = [0, 1, 0, 3, 1, 3]
    assert met([0], [1], labels, most=3) == []
    assert met([0], [2], labels) == [], "nobody meets themselves"


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 100])
def test_how_many_pairs_are_held_changes_nothing(at_once):
    labels = [0, 0, 2, 3, 3, 5]
    left, right = [0, 0, 2, 3, 0], [2, 3, 4, 5, 5]
    assert met(left, right, labels, at_once=at_once) == met(left, right, labels)
    assert len(met(left, right, labels)) == 5


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((9.0, 3.0), [0]),
        ((9.0, 8.5), []),  # two people fit the first: neither is taken
        ((4.0, -5.0), []),  # not likely enough
        ((-np.inf, 9.0), [1]),  # who must not be one is no rival
    ],
)
def test_a_rival_who_fits_as_well_leaves_it_open(weights, expected):
    assert chosen(np.array([0, 0]), np.array([1, 2]), np.array(weights), least=4.25)[0].tolist() == expected


def test_three_pieces_of_one_person_are_no_rivals():
    one, other = np.array([0, 0, 1]), np.array([1, 2, 2])
    assert chosen(one, other, np.array([9.0, 8.5, 8.8]), least=4.25)[0].tolist() == [0]


def test_joined_pairs_say_so_and_the_switch_leaves_them_apart():
    whole, apart = linked(), linked("wholes")
    told = whole.links.filter(pl.col("reason") == resolution.TOGETHER)
    assert told.height > 0
    assert (told["verdict"] == "match").all()
    assert apart.links.filter(pl.col("reason") == resolution.TOGETHER).is_empty()
    on = ["agency", "record_id"]
    both = whole.people.join(apart.people, on=on, suffix="_apart")
    assert both["person_id"].n_unique() < both["person_id_apart"].n_unique()
    # Whoever was found by contraction alone stays together, but for records that are in doubt.
    torn = both.group_by("person_id_apart").agg(pl.col("person_id").n_unique())
    assert (torn["person_id"] > 1).sum() <= 2


def test_nothing_that_is_bound_apart_is_joined():
    found = linked()
    ids = found.people.select("agency", "record_id", "person_id")
    ties = world().ties.select("agency", "record_id", "relative_record_id")
    one = ties.join(ids, on=["agency", "record_id"])
    two = one.join(ids, left_on=["agency", "relative_record_id"], right_on=["agency", "record_id"], suffix="_other")
    two = two.filter(pl.col("record_id") != pl.col("relative_record_id"))
    assert two.height > 0
    assert (two["person_id"] != two["person_id_other"]).all()


def test_a_member_joined_as_a_whole_is_as_sure_as_that_join():
    found, match = linked(), linked().model.match
    told = found.links.filter(pl.col("reason") == resolution.TOGETHER)
    sides = [
        told.select(pl.col(f"agency_{s}").alias("agency"), pl.col(f"record_id_{s}").alias("record_id"))
        for s in ("left", "right")
    ]
    joined = found.people.join(pl.concat(sides).unique(), on=["agency", "record_id"], how="semi")
    # The smaller part of every two carries the odds of their join.
    least = joined.group_by("person_id").agg((pl.col("probability") >= match).any())
    assert least["probability"].all()


def test_the_same_people_on_one_thread_and_two():
    assert linked().people.equals(linked(threads=2).people)


def test_an_explanation_says_how_sure_a_join_of_wholes_is():
    made = world()
    tables = {"links": made.linked.links, "people": made.linked.people, "shared_relatives": made.linked.shared}
    run = Run(tables=tables, model_text=made.linked.model.to_json(), provenance={})
    row = made.linked.links.filter(pl.col("reason") == resolution.TOGETHER).row(0, named=True)
    sides = [(row["agency_left"], row["record_id_left"]), (row["agency_right"], row["record_id_right"])]
    said = explain_pair(made.merged, run, left=sides[0], right=sides[1])
    assert said["verdict"] == "match"
    shares = [
        made.linked.people.filter((pl.col("agency") == agency) & (pl.col("record_id") == record))["probability"].item()
        for agency, record in sides
    ]
    words = [bar["sentence"] for bar in said["bars"] if bar["field"] == "decision"]
    assert words == [
        f"{resolution.TOGETHER}; they belong to that person with probabilities {shares[0]:.3f} and {shares[1]:.3f}"
    ]
