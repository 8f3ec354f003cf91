"""A Splink model through the whole walk: linked, explained, drawn, kept in the run, used again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_cli import famlink

import famlink as fl
from famlink.charts.document import render
from famlink.errors import ModelError
from famlink.linkage.splink.model import SplinkModel
from famlink.pipeline.reports import model_page

COLUMNS = {"first_name": "forename", "last_name": "surname", "dob": "date_of_birth"}


def compared(name: str, close: str, m: tuple[float, float, float], u: tuple[float, float, float]) -> dict[str, Any]:
    conditions = (f"{name}_l = {name}_r", close.format(name), "ELSE")
    levels: list[dict[str, Any]] = [
        {"sql_condition": condition, "label_for_charts": f"{name} {number}", "m_probability": a, "u_probability": b}
        for number, (condition, a, b) in enumerate(zip(conditions, m, u, strict=True))
    ]
    levels[0]["tf_adjustment_column"] = name
    null = {"sql_condition": f"{name}_l is null or {name}_r is null", "is_null_level": True}
    return {"output_column_name": name, "comparison_levels": [null, *levels]}


SETTINGS = {
    "link_type": "link_and_dedupe",
    "sql_dialect": "duckdb",
    "probability_two_random_records_match": 0.002,
    "blocking_rules_to_generate_predictions": [
        "l.first_name = r.first_name and l.last_name = r.last_name",
        "l.dob = r.dob and l.postcode = r.postcode",
    ],
    "comparisons": [
        compared("first_name", "jaro_winkler_similarity({0}_l, {0}_r) >= 0.9", (0.8, 0.1, 0.1), (0.01, 0.01, 0.98)),
        compared("last_name", "levenshtein({0}_l, {0}_r) <= 2", (0.85, 0.05, 0.1), (0.01, 0.01, 0.98)),
        compared("dob", "abs(date_diff('day', {0}_l, {0}_r)) <= 31", (0.9, 0.05, 1e-50), (0.001, 0.01, 0.989)),
        compared("postcode", "left({0}_l, 3) = left({0}_r, 3)", (0.5, 0.2, 0.3), (0.001, 0.05, 0.949)),
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, hub_folder: Path) -> Path:
    """The fixture hub with a map of columns, and the settings beside it."""
    made = tmp_path_factory.mktemp("splink")
    for file in hub_folder.iterdir():
        if file.is_file():
            (made / file.name).write_bytes(file.read_bytes())
    lines = "".join(f'{theirs} = "{mine}"\n' for theirs, mine in COLUMNS.items())
    with (made / "hub.toml").open("a", encoding="utf-8") as hub:
        hub.write(f"\n[link.splink.columns]\n{lines}")
    (made / "settings.json").write_text(json.dumps(SETTINGS), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def linked(folder: Path) -> fl.Run:
    return fl.link(folder / "hub.toml", model=folder / "settings.json", to=folder / "run")


def test_a_hub_is_linked_by_a_splink_model(linked: fl.Run) -> None:
    assert isinstance(linked.model, SplinkModel)
    assert linked.model.columns == COLUMNS
    assert linked.people["person_id"].n_unique() < linked.people.height


def test_each_pair_explains_its_own_weight(linked: fl.Run) -> None:
    for row in linked.links.sample(12, seed=4).iter_rows(named=True):
        sides = [(row[f"agency_{side}"], row[f"record_id_{side}"]) for side in ("left", "right")]
        told = fl.explain(linked, *sides)
        assert told["match_weight"] == pytest.approx(row["match_weight"], abs=1e-9)
        assert sum(bar["bits"] for bar in told["bars"]) == pytest.approx(row["match_weight"], abs=1e-9)
        plain = sum(bar["bits"] for bar in told["bars"] if bar["field"] != "prior")
        if all("how common" not in bar["sentence"] for bar in told["bars"]):
            assert plain == pytest.approx(row["unadjusted_weight"], abs=1e-9)


def test_its_page_shows_its_levels_and_rules(linked: fl.Run) -> None:
    text = render(model_page(linked))
    assert "dob 1" in text
    assert "l.first_name = r.first_name" in text
    # log2(1e-50 / .989)
    assert "−166.1" in text or "-166.1" in text


def test_a_run_keeps_the_model_and_links_the_same_again(linked: fl.Run, folder: Path) -> None:
    again = fl.link(folder / "hub.toml", model=folder / "run" / "model.json", threads=1)
    assert again.model_text == linked.model_text
    assert again.links.equals(linked.links)
    assert again.people.equals(linked.people)


def test_levels_splink_had_not_learnt_are_told(folder: Path) -> None:
    raw = json.loads(json.dumps(SETTINGS))
    del raw["comparisons"][3]["comparison_levels"][2]["m_probability"]
    (folder / "part.json").write_text(json.dumps(raw), encoding="utf-8")
    told = fl.link(folder / "hub.toml", model=folder / "part.json").provenance["warnings"]
    assert told == ["comparison 'postcode', level 'postcode 1': not learnt in training; Splink's default stands in"]


def test_verified_numbers_and_thin_records_change_nothing_of_a_splink_model(folder: Path, linked: fl.Run) -> None:
    reasons = set(linked.links["reason"].drop_nulls())
    assert not any("verified" in reason for reason in reasons)


def test_the_plan_counts_the_models_own_rules(folder: Path, linked: fl.Run) -> None:
    code, out, err = famlink(
        "link", str(folder / "hub.toml"), "--plan", "--model", str(folder / "settings.json"), "--json"
    )
    assert code == 0, err
    told = json.loads(out)
    assert [row["rule"] for row in told] == SETTINGS["blocking_rules_to_generate_predictions"]
    assert fl.plan(folder / "hub.toml", model=folder / "settings.json") == told
    assert sum(row["new_pairs"] for row in told) == linked.provenance["pairs"]
    assert linked.provenance["plan"] == told


def test_distinct_agencies_are_kept_apart() -> None:
    people = pl.DataFrame({"record_id": ["1", "2"], "forename": ["Ada", "Ada"], "surname": ["Ashby", "Ashby"]})
    raw = {**SETTINGS, "comparisons": SETTINGS["comparisons"][:2], "blocking_rules_to_generate_predictions": []}

    def pairs(*, distinct: bool) -> int:
        source = fl.Source(agency="police", people=people, distinct=distinct)
        hub = fl.Hub(sources=[source], link={"splink": {"columns": COLUMNS}})
        from famlink.linkage.splink.model import splink_model

        return int(fl.link(hub, model=splink_model(raw)).provenance["pairs"])

    assert pairs(distinct=False) == 1
    assert pairs(distinct=True) == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1}', "neither a famlink model"),
        ("{", "not JSON"),
        (json.dumps({**SETTINGS, "link_type": "?"}), "link_type"),
    ],
)
def test_a_file_that_is_no_model_is_one_sentence(folder: Path, tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    code, _, err = famlink(
        "link", str(folder / "hub.toml"), "--to", str(tmp_path / "run"), "--model", str(tmp_path / "bad.json")
    )
    assert code == 1
    assert words in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_a_column_no_source_has_is_one_sentence(hub_folder: Path, folder: Path) -> None:
    with pytest.raises(ModelError, match=r"the column '(dob|first_name|last_name)' of the settings is no field"):
        fl.link(hub_folder / "hub.toml", model=folder / "settings.json")
