"""Splink's settings files read: SQL, levels, rules, and what cannot be read named."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from famlink.errors import MissingFileError, ModelError
from famlink.linkage.model import Model, Rule, Stratum
from famlink.linkage.reading import model_of, read_model
from famlink.linkage.splink.engine import SplinkEngine
from famlink.linkage.splink.model import SplinkModel, splink_model
from famlink.linkage.splink.settings import read_settings
from famlink.linkage.splink.sql import parse
from famlink.linkage.splink.tree import And, Call, Column, IsNull, Literal, Not, Or

GOLDEN = Path(__file__).parent / "golden"
A, B = Column("a", "l"), Column("a", "r")


def settings(*levels: dict[str, Any], **more: Any) -> dict[str, Any]:
    told = levels or ({"sql_condition": "a_l = a_r", "m_probability": 0.9, "u_probability": 0.1},)
    other = {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.9}
    return {
        "link_type": "dedupe_only",
        "comparisons": [{"output_column_name": "a", "comparison_levels": [*copy.deepcopy(told), other]}],
        **more,
    }


@pytest.mark.parametrize(
    ("sql", "tree"),
    [
        ("a_l = a_r", Call("=", (A, B))),
        ('"a_l" == `a_r`', Call("=", (A, B))),
        ('"a b_l" <> 1.5e1', Call("<>", (Column("a b", "l"), Literal(15.0)))),
        ("a_l is not null or not a_r IS NULL", Or((Not(IsNull(A)), Not(IsNull(B))))),
        ("a_l = 'it''s' -- why\n and true", And((Call("=", (A, Literal("it's"))), Literal(value=True)))),
        ("a_l between -1 and 2", And((Call(">=", (A, Literal(-1))), Call("<=", (A, Literal(2)))))),
        ("a_l not in (1)", Not(Or((Call("=", (A, Literal(1))),)))),
        ("a_l + 2 * a_r", Call("+", (A, Call("*", (Literal(2), B))))),
        ("a_l[1] || a_r[-1]", Call("||", (Call("element", (A, Literal(1))), Call("element", (B, Literal(-1)))))),
    ],
)
def test_sql_is_read(sql: str, tree: object) -> None:
    assert parse(sql, aliases=False) == tree


@pytest.mark.parametrize(
    "sql",
    ["", "a_l =", "a_l = a_r)", "a_l ? a_r", "(a_l", "a_l not a_r", "case end", "a_l = 'x", "cast(a_l", "f(a_l a_r)"],
)
def test_what_is_no_sql_is_said_with_its_place(sql: str) -> None:
    with pytest.raises(ModelError, match="cannot read the SQL at"):
        parse(sql, aliases=False)


def test_a_column_of_neither_side_is_named() -> None:
    with pytest.raises(ModelError, match="'forename' is of neither side"):
        parse("forename = a_r", aliases=False)


@pytest.mark.parametrize("version", ["4", "5"])
def test_saved_models_of_splink_are_read(version: str) -> None:
    model = read_model(GOLDEN / f"splink-{version}.json")
    assert isinstance(model, SplinkModel)
    assert [c.name for c in model.comparisons] == ["forename_surname", "date_of_birth", "postcode", "sex"]
    assert len(model.settings.rules) == len(model.blocking) == 3
    assert model.across.match == 0.003
    assert model.bytewise
    # Nobody in the training data had names exchanged, or shared only the district of a postcode.
    assert [doubt.split(":")[0].split(", level ")[0] for doubt in model.doubts] == [
        "comparison 'forename_surname'",
        "comparison 'postcode'",
    ]
    first = model.settings.comparisons[0].levels
    assert [level.value for level in first] == [-1, 4, 3, 2, 1, 0]
    assert (first[1].column, first[1].weight, first[1].least, first[1].usual) == ("surname", 0.8, 0.001, first[1].u)
    # Term frequencies of a similar surname replace the u of the exact match on it, not its own.
    assert (first[3].column, first[3].weight, first[3].usual) == ("surname", 0.5, first[1].u)
    again = model_of(model.to_json())
    assert again == model
    assert again.to_json() == model.to_json()


def test_levels_not_learnt_take_splinks_defaults() -> None:
    raw = settings(
        {"sql_condition": "a_l = a_r", "m_probability": 0.9, "u_probability": 0.1},
        {"sql_condition": "levenshtein(a_l, a_r) < 2", "u_probability": 0.5},
    )
    levels = read_settings(raw).comparisons[0].levels
    # Splink gives the exact level .95 and shares the rest; weights run from -5 to 3 bits below the exact level's 10.
    assert levels[1].m == pytest.approx(0.025)
    assert levels[1].u == 0.5
    raw["comparisons"][0]["comparison_levels"][1].pop("u_probability")
    assert read_settings(raw).comparisons[0].levels[1].u == pytest.approx(0.025 / 2**3)
    told = ("comparison 'a', level '1': not learnt in training; Splink's default stands in",)
    assert splink_model(raw).doubts == told


def test_tiny_probabilities_keep_their_weight() -> None:
    raw = settings({"sql_condition": "a_l = a_r", "m_probability": 1e-50, "u_probability": 0.5})
    frame = pl.DataFrame({"agency": ["x", "x"], "record_id": ["1", "2"], "a": ["k", "k"]})
    found = SplinkEngine(frame, splink_model(raw))
    scored = found.score(found.block(), least=-1e9)
    # log2(1e-50 / .5) - log2(9999)
    assert scored.weight.tolist() == pytest.approx([-166.0964047443681 + 1 - 13.287568102831404])


BAD: list[tuple[dict[str, Any], str]] = [
    (settings(link_type="all"), "link_type"),
    (settings(probability_two_random_records_match=1), "probability_two_random_records_match"),
    (settings(comparisons=[]), "no comparisons"),
    (settings({"sql_condition": "a_l ="}), "comparison 'a', level '1': cannot read the SQL at its end"),
    (settings({"sql_condition": "a_l = a_r", "m_probability": 2}), "level '1': m_probability is not a probability"),
    (settings({"sql_condition": "a_l = a_r", "colour": 2}), "level '1': unknown key 'colour'"),
    (settings({"sql_condition": "ELSE", "m_probability": 0.5}), "last level is not ELSE"),
    (
        settings(
            {"sql_condition": "a_l > a_r", "m_probability": 0.5, "u_probability": 0.5, "tf_adjustment_column": "a"}
        ),
        "no level is an exact match on 'a'",
    ),
    (settings(blocking_rules_to_generate_predictions=["l.a = "]), "blocking rule 1: cannot read the SQL"),
    (settings(blocking_rules_to_generate_predictions=[{"sql": "1"}]), "blocking rule 1: not a blocking rule"),
]


@pytest.mark.parametrize(("raw", "words"), BAD)
def test_faults_of_settings_are_named(raw: dict[str, Any], words: str) -> None:
    with pytest.raises(ModelError, match=r"settings\.json: ") as caught:
        model_of(json.dumps(raw), where="settings.json")
    assert words in str(caught.value)


def test_settings_never_trained_are_refused() -> None:
    raw = settings({"sql_condition": "a_l = a_r"})
    del raw["comparisons"][0]["comparison_levels"][1]["m_probability"]
    with pytest.raises(ModelError, match="not trained"):
        read_settings(raw)


FRAME = pl.DataFrame(
    {
        "agency": ["x", "y"],
        "record_id": ["1", "2"],
        "a": ["k", "k"],
        "n": [1.0, 2.0],
        "many": [["p"], ["q"]],
        "extra.ward": ["w", "w"],
    }
)


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("soundex(a_l) = soundex(a_r)", "the function soundex is not known here"),
        ("levenshtein(n_l, n_r) < 2", "levenshtein is of texts"),
        ("many_l = many_r", "lists are compared as wholes"),
        ("a_l", "a text stands where a condition is expected"),
        ("a_l = many_r", "a list and a text are compared"),
        ("substr(a_l, n_l, 2) = 'x'", "not a whole number written out"),
        ("list_max(list_transform(many_l, x -> length(x))) > length(a_r)", "x -> ... over lists"),
        ("cast(a_l as uuid) = cast(a_r as uuid)", "a cast to uuid is not known here"),
    ],
)
def test_conditions_that_cannot_be_mapped_name_comparison_and_level(sql: str, words: str) -> None:
    raw = settings({"sql_condition": sql, "m_probability": 0.9, "u_probability": 0.1, "label_for_charts": "close"})
    with pytest.raises(ModelError, match="comparison 'a', level 'close': ") as caught:
        SplinkEngine(FRAME, splink_model(raw))
    assert words in str(caught.value)


def test_a_column_that_is_no_field_is_named_with_what_to_do() -> None:
    raw = settings({"sql_condition": "first_l = first_r", "m_probability": 0.9, "u_probability": 0.1})
    with pytest.raises(ModelError, match=r"the column 'first' .* \[link.splink.columns\] .* the fields are .*a.*ward"):
        SplinkEngine(FRAME, splink_model(raw))
    mapped = splink_model(raw).mapped({"FIRST": "a"}, None)
    assert SplinkEngine(FRAME, mapped).frame.height == 2


def test_extra_columns_are_found_by_their_own_name() -> None:
    raw = settings({"sql_condition": "ward_l = ward_r", "m_probability": 0.9, "u_probability": 0.1})
    found = SplinkEngine(FRAME, splink_model(raw))
    assert found.score(found.block(), least=-1e9).compared == 1


def test_partial_dates_are_null() -> None:
    import datetime as dt

    frame = FRAME.with_columns(
        date_of_birth=pl.Series([dt.date(2012, 5, 1), dt.date(2012, 5, 1)]),
        date_of_birth_precision=pl.Series(["day", "month"]),
    )
    null = {"sql_condition": "date_of_birth_l is null or date_of_birth_r is null", "is_null_level": True}
    same = {"sql_condition": "date_of_birth_l = date_of_birth_r", "m_probability": 0.9, "u_probability": 0.1}
    found = SplinkEngine(frame, splink_model(settings(null, same)))
    scored = found.score(found.block(), least=-1e9)
    assert scored.unadjusted.tolist() == [0.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "neither a famlink model"),
        ('{"a": 1}', "neither a famlink model"),
        ('{"format": "famlink-splink-model", "version": 9}', "model version 9"),
        ('{"format": "famlink-splink-model", "version": 1}', "not a complete model"),
        ('{"format": "famlink-splink-model", "version": 1, "settings": 3}', "not complete Splink settings"),
        ('{"link_type": "dedupe_only", "comparisons": [3]}', "comparison 1: not a comparison"),
        (json.dumps({**settings(), "blocking_rules_to_generate_predictions": 5}), "not complete Splink settings"),
    ],
)
def test_what_is_no_model_gets_one_sentence(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "m.json"
    file.write_text(text)
    with pytest.raises(ModelError) as caught:
        read_model(file)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_famlinks_own_models_are_read_too(tmp_path: Path) -> None:
    own = Model(comparisons=(), blocking=(Rule(("surname",)),), across=Stratum(0.1))
    own.write(tmp_path / "model.json")
    assert read_model(tmp_path / "model.json") == own
    with pytest.raises(MissingFileError):
        read_model(tmp_path / "none.json")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(ModelError, match="not UTF-8"):
        read_model(tmp_path / "bytes.json")
