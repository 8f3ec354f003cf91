"""Sets and places: how many values two records share, how far apart they are, and what is said of it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import compare as naive

from famlink.errors import SpecError
from famlink.kernels import compare as kernel
from famlink.linkage.asked import asked_for
from famlink.linkage.comparison import compare, program_of
from famlink.linkage.encoding import encode
from famlink.linkage.kinds import overlapping, requested
from famlink.linkage.model import Comparison, Feature, Model, Rule, Stratum
from famlink.linkage.places import CUTS, apart, distance, place_of
from famlink.linkage.scoring import bars_of, weights_of
from famlink.pipeline.linking import untrained
from famlink.spec import ComparisonSpec, LinkSpec
from famlink.standardisation.merging import merge_parts
from famlink.tables import STANDARDISED


def frame(*rows: dict, **extras: list) -> pl.DataFrame:
    full = [{"agency": "a", "record_id": f"{n:03}", "part": 0, "origin": "given", **row} for n, row in enumerate(rows)]
    made = STANDARDISED.frame(full).with_columns(pl.Series(f"extra.{name}", cells) for name, cells in extras.items())
    return made.with_row_index("row")


def found(merged: pl.DataFrame, comparison: Comparison) -> tuple[list[int], list[str]]:
    """Level of every pair of records, and what the first pair's bar says."""
    model = Model((comparison,), (Rule(("surname",)),), Stratum(0.1))
    encoded = encode(merged, model)
    left, right = (side.astype(np.int32) for side in np.triu_indices(merged.height, 1))
    pairs = left.tolist(), right.tolist()
    levels = compare(left, right, encoded=encoded, program=program_of(model.comparisons, encoded))[:, 0].tolist()
    weights = weights_of(model, encoded)
    told = [
        bars_of((i, j), [level], model=model, encoded=encoded, weights=weights, stratum=1)[1].sentence
        for i, j, level in zip(*pairs, levels, strict=True)
    ]
    return levels, told


# --- sets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "theirs", "level", "said"),
    [
        (["ann", "bea"], ["cal"], 0, "aliases: none shared"),
        (["ann"], ["bea"], 0, "aliases: none shared"),
        (["ann", "bea"], ["ann"], 1, "aliases: one shared"),
        (["ann"], ["ann"], 1, "aliases: one shared"),
        (["ann", "bea", "cal"], ["bea", "cal"], 2, "aliases: two or more shared"),
        (["ann", "bea"], ["bea", "ann"], 2, "aliases: two or more shared"),
        (["ann"], None, -1, "not recorded on both sides: no evidence"),
        ([], ["ann"], -1, "not recorded on both sides: no evidence"),
    ],
)
def test_values_shared_are_counted_and_said(mine, theirs, level, said):
    assert found(frame({"aliases": mine}, {"aliases": theirs}), overlapping("aliases")) == ([level], [said])


NAMES = st.none() | st.lists(st.sampled_from(["ann", "bea", "cal", "dov", "eve"]), max_size=5, unique=True)


@given(
    st.lists(st.tuples(NAMES, NAMES), min_size=2, max_size=6), st.sampled_from([(2.0, 1.0), (3.0,), (4.0, 3.0, 1.0)])
)
@settings(max_examples=40, deadline=None)
def test_shared_against_the_naive_twin(cells, cuts):
    rows = [{"aliases": aliases, "former_surnames": surnames} for aliases, surnames in cells]
    features = Feature("shared", "aliases", "aliases", cuts), Feature("shared", "aliases", "former_surnames", cuts)
    merged = frame(*rows)
    for feature in features:
        levels = overlapping("aliases").levels
        tried = tuple(level for grade, level in enumerate(levels) if grade <= len(cuts))
        made = Comparison("x", "person", (feature,), overlapping("aliases").missing, tried)
        left, right = (side.astype(np.int32) for side in np.triu_indices(merged.height, 1))
        expected = []
        for i, j in zip(left.tolist(), right.tolist(), strict=True):
            a, b = rows[i][feature.left], rows[j][feature.right]
            grade = naive.shared(a, b, cuts=cuts) if a and b else -1
            expected.append(grade if grade < len(tried) else 0)
        model = Model((made,), (Rule(("surname",)),), Stratum(0.1))
        encoded = encode(merged, model)
        assert compare(left, right, encoded=encoded, program=program_of((made,), encoded))[:, 0].tolist() == expected


def test_surnames_and_postcodes_ever_held():
    surnames = frame(
        {"surname": "lee", "former_surnames": ["may"]}, {"surname": "may", "former_surnames": ["lee", "x"]}
    )
    assert found(surnames, requested("surname", "set")) == ([2], ["surnames ever held: two or more shared"])
    key = {"agency": "a", "origin": "given"}
    rows = STANDARDISED.frame(
        [
            {**key, "record_id": "1", "part": 0, "postcode": "LS1 4AB"},
            {**key, "record_id": "1", "part": 1, "postcode": "M1 1AA"},
            {**key, "record_id": "2", "part": 0, "postcode": "M1 1AA"},
        ]
    )
    merged = merge_parts(rows)
    assert merged["postcodes"].to_list() == [["LS1 4AB", "M1 1AA"], None]
    assert found(merged, requested("postcode", "set")) == ([1], ["postcodes ever held: one shared"])
    agrees = frame({"postcode": "M1 1AA"}, {"postcode": "M1 1AA"})
    assert found(agrees, requested("postcode", "set"))[0] == [-1], "the address has been paid for"
    assert "postcodes" not in merge_parts(rows.filter(pl.col("part") == 0)).columns


def test_an_agencys_own_list_with_semicolons():
    merged = frame({}, {}, {}, tags=["red; blue", "blue;red;red", " ; "])
    levels, said = found(merged, requested("extra.tags", "set"))
    assert levels == [2, -1, -1]
    assert said[0] == "tags: two or more shared"


# --- places ---------------------------------------------------------------------------------------------------------

LATITUDES = st.floats(-89.9, 89.9).map(lambda x: round(x, 4))
LONGITUDES = st.floats(-179.9, 179.9).map(lambda x: round(x, 4))
POINTS = st.tuples(LATITUDES, LONGITUDES).filter(lambda place: place != (0.0, 0.0))


def packed(*places: tuple[float, float]) -> list[float | None]:
    cells = pl.DataFrame(
        {"a": [str(x) for x, _ in places], "b": [str(y) for _, y in places]}, schema={"a": pl.String, "b": pl.String}
    )
    return cells.select(place_of("a", "b").alias("p"))["p"].to_list()


@given(POINTS, POINTS)
@settings(max_examples=150, deadline=None)
def test_kilometres_against_the_naive_twin(one, other):
    a, b = packed(one, other)
    truth = naive.kilometres(one, other)
    assert kernel.kilometres(a, b) == pytest.approx(truth, rel=1e-6, abs=0.003)
    assert apart(a, b) == pytest.approx(kernel.kilometres(a, b), abs=1e-9)


@given(st.integers(0, 700_000), st.integers(200, 1_300_000), st.integers(0, 700_000), st.integers(200, 1_300_000))
@settings(max_examples=60, deadline=None)
def test_metres_of_a_grid(east, north, other_east, other_north):
    a, b = packed((east, north), (other_east, other_north))
    truth = ((east - other_east) ** 2 + (north - other_north) ** 2) ** 0.5 / 1000
    assert kernel.kilometres(a, b) == pytest.approx(truth, abs=1e-9)
    assert apart(a, b) == pytest.approx(truth, abs=1e-9)


def test_what_is_no_place():
    assert packed((0, 0), (95, 200_000_000), (-5000, 3), (float("nan"), 1)) == [None] * 4
    cells = pl.DataFrame({"a": ["", "x", None], "b": ["1", "2", "3"]})
    assert cells.select(place_of("a", "b").alias("p"))["p"].to_list() == [None] * 3


def test_known_distances():
    london, paris = packed((51.5074, -0.1278), (48.8566, 2.3522))
    assert kernel.kilometres(london, paris) == pytest.approx(343.56, abs=0.1)


@pytest.mark.parametrize(
    ("places", "level", "said"),
    [
        (
            ("53.8000", "-1.5500", "53.8000", "-1.5500"),
            3,
            "places are within a hundred metres of each other (0 km apart)",
        ),
        (("53.8", "-1.55", "53.805", "-1.55"), 2, "places are within one kilometre of each other (0.56 km apart)"),
        (("430000", "433500", "433000", "437500"), 1, "places are within ten kilometres of each other (5 km apart)"),
        (("53.8", "-1.55", "51.5", "-0.12"), 0, "places are over ten kilometres apart (2.7e+02 km apart)"),
        (("53.8", "-1.55", "430000", "433500"), -1, "not recorded on both sides: no evidence"),
        (("53.8", "-1.55", "", ""), -1, "not recorded on both sides: no evidence"),
        (("53.8", "-1.55", "0", "0"), -1, "not recorded on both sides: no evidence"),
    ],
)
def test_places_are_compared_and_said(places, level, said):
    a, b, c, d = places
    merged = frame({}, {}, lat=[a, c], lon=[b, d])
    assert found(merged, distance("extra.lat", "extra.lon")) == ([level], [said])
    assert found(merged, distance("extra.lon", "extra.lat")) == ([level], [said]), "the names tell which is which"


def test_levels_are_the_cuts():
    features = distance("extra.lat", "extra.lon").features
    assert features[0].cuts == CUTS == tuple(sorted(CUTS))


# --- what a hub asks for --------------------------------------------------------------------------------------------


def test_a_hub_asks_for_sets_and_places():
    rows = [{"forename": name, "surname": "x" + name, "aliases": [name]} for name in ("lee", "may")]
    merged = frame(*rows, easting=["430000", "430100"], northing=["433500", "433500"])
    wishes = (
        ComparisonSpec(field=("easting", "northing"), kind="distance"),
        ComparisonSpec(field="aliases", kind="set"),
    )
    model = untrained(merged, LinkSpec(comparison=wishes))
    assert {"easting and northing", "aliases"} <= {c.name for c in model.comparisons}


@pytest.mark.parametrize(
    ("field", "kind", "says"),
    [
        ("easting", "distance", "a distance takes two fields"),
        (("easting", "northing"), "number", "a distance takes two fields"),
        (("easting",), "distance", "field"),
    ],
)
def test_fields_that_do_not_fit_the_kind(field, kind, says):
    with pytest.raises(ValueError, match=says):
        ComparisonSpec(field=field, kind=kind)


def test_places_no_source_has_are_named_together():
    wish = LinkSpec(comparison=(ComparisonSpec(field=("lat", "lon"), kind="distance"),))
    with pytest.raises(SpecError, match=r"no source has a field 'lat'.*'lon'.*the fields that exist are surname"):
        asked_for(wish, ["surname"], present=frozenset())
