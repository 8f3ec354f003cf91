"""Models as data: JSON there and back, faults named, and the library that makes them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from famlink.errors import MissingFileError, ModelError, SpecError
from famlink.linkage.kinds import requested
from famlink.linkage.library import (
    default_blocking,
    default_comparisons,
)
from famlink.linkage.model import KIN, Comparison, Feature, Frequencies, Level, Model, Rule, Stratum, Term

EVERYTHING = frozenset(
    {
        "forename", "middle_names", "surname", "former_surnames", "date_of_birth", "sex", "postcode", "house_number",
        "street", "uprn", "nhs_number", "nhs_number_valid", "former_nhs_number", "upn", "upn_valid", "uln", "ni_number",
        "pnc", "cro", "phones", "email", "school",
    }
)  # fmt: skip
MODEL = Model(
    comparisons=default_comparisons(EVERYTHING),
    blocking=default_blocking(EVERYTHING),
    across=Stratum(1 / 3e5, (1e-5, 2e-7, 1e-5, 0.1 + 0.2)),
    within={"police": Stratum(1e-7)},
    frequencies={"surname": Frequencies(10, {"00000000000000ff": 3})},
)


def test_json_there_and_back_is_exact_and_the_same_bytes(tmp_path):
    text = MODEL.to_json()
    assert Model.from_json(text) == MODEL
    assert Model.from_json(text).to_json() == text
    MODEL.write(tmp_path / "model.json")
    assert Model.read(tmp_path / "model.json") == MODEL
    assert b"\r" not in (tmp_path / "model.json").read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("not json", "not JSON"),
        ("[1]", "not a famlink model"),
        ("{}", "not a famlink model"),
        (json.dumps({"format": "famlink-model", "version": 99}), "version 99"),
        (json.dumps({"format": "famlink-model", "version": 1}), "not a complete model"),
    ],
)
def test_what_is_not_a_model_is_refused_in_a_sentence(text, says):
    with pytest.raises(ModelError, match=says):
        Model.from_json(text, where="m.json")


def test_a_missing_file_and_one_that_is_not_text(tmp_path):
    with pytest.raises(MissingFileError, match="no such file"):
        Model.read(tmp_path / "model.json")
    (tmp_path / "model.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError, match="not UTF-8"):
        Model.read(tmp_path / "model.json")


def test_every_fault_is_in_one_message():
    bad = Comparison(
        "sex",
        "nowhere",
        (Feature("guess", "sex", "sex"),),
        (),
        (Level("differ", m=1.5), Level("agree", ((Term(3, (1,)),),), k=(0.1,))),
        frequency_classes=("cousin",),
    )
    model = replace(MODEL, comparisons=(bad, bad), match=0.4, blocking=(Rule(()),))
    with pytest.raises(ModelError) as caught:
        Model.from_json(model.to_json())
    for part in (
        "there twice",
        "nowhere",
        "guess",
        "not a probability",
        "not there",
        "cousin",
        "thresholds",
        "no parts",
    ):
        assert part in str(caught.value)


@pytest.mark.parametrize("comparison", MODEL.comparisons, ids=lambda c: c.name)
def test_shipped_comparisons_are_whole(comparison):
    assert len(comparison.levels) >= 2
    for values in zip(*((lv.m, lv.u, *lv.k) for lv in comparison.levels), strict=True):
        assert 0.9 < sum(values) < 1.1, "the levels of a class are all there is"
    assert all(len(level.k) == len(KIN) for level in comparison.levels)
    assert not comparison.levels[0].when, "level 0 is all other"
    assert comparison.missing, "missing is no evidence"


def test_only_fields_that_are_there_are_compared_or_blocked_on():
    few = frozenset({"forename", "date_of_birth"})
    assert [c.name for c in default_comparisons(few)] == ["forename", "date_of_birth"]
    for rule in default_blocking(few):
        assert {part.split(":")[0] for part in rule.on} <= few
    assert default_comparisons(frozenset()) == ()


@pytest.mark.parametrize("kind", ["name", "text", "date", "postcode", "category", "identifier", "number", "set"])
def test_every_kind_a_hub_may_ask_for(kind):
    comparison = requested("extra.thing", kind, term_frequency=True)
    assert comparison.features[0].left.partition(":")[0] == "extra.thing"
    assert Model.from_json(replace(MODEL, comparisons=(comparison,)).to_json()).comparisons == (comparison,)


def test_an_unknown_kind_is_an_error():
    with pytest.raises(SpecError, match="unknown kind"):
        requested("surname", "colour")
