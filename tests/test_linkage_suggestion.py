"""Suggested blocking rules: every count against brute force, the likely true pairs they reach, and nobody's values."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hubs import filler, write_hub
from hypothesis import given, settings
from hypothesis import strategies as st

import famlink as fl
from famlink import cli
from famlink.errors import ModelError
from famlink.linkage.blocking import pairs_of
from famlink.linkage.candidates import MOST_PARTS, combined, parts_to_try
from famlink.linkage.model import Rule, Stratum
from famlink.linkage.splink.model import SplinkModel
from famlink.pipeline.linking import link_records
from famlink.pipeline.suggesting import suggest_rules
from famlink.pipeline.training import Lessons
from famlink.pipeline.walk import plan, suggest
from famlink.spec import BlockingSpec, ComparisonSpec, LinkSpec
from famlink.tables import STANDARDISED, TIES

LESSONS = Lessons(TIES.empty())

KEYS = st.lists(st.lists(st.integers(-1, 3), min_size=6, max_size=6), min_size=1, max_size=4)


def brute(keys: list[list[int]]) -> int:
    rows = list(zip(*keys, strict=True))
    return sum(a == b and -1 not in a for a, b in itertools.combinations(rows, 2))


@given(KEYS)
@settings(max_examples=60, deadline=None)
def test_pairs_are_counted_exactly(keys):
    assert pairs_of([np.array(part, dtype=np.int32) for part in keys]) == brute(keys)


@given(KEYS, st.integers(0, 8))
@settings(max_examples=60, deadline=None)
def test_rules_are_the_shortest_that_give_few_enough_pairs(keys, most):
    parts = {name: np.array(part, dtype=np.int32) for name, part in zip("abcd", keys, strict=False)}
    found = {frozenset(rule.on): pairs for rule, pairs in combined(parts, most=most)}
    expected = {}
    for size in range(1, MOST_PARTS + 1):
        for on in itertools.combinations(parts, size):
            pairs = brute([keys["abcd".index(part)] for part in on])
            shorter = [c for n in range(1, size) for c in itertools.combinations(on, n)]
            crowded = all(brute([keys["abcd".index(part)] for part in c]) > most for c in shorter)
            if crowded and 0 < pairs <= most:
                expected[frozenset(on)] = pairs
    assert found == expected


def test_no_two_parts_of_one_field_and_nothing_the_hub_has():
    keys = {"surname": np.array([1, 1, 2]), "surname:4": np.array([1, 1, 1]), "forename": np.array([1, 1, 2])}
    rules = [rule.on for rule, _ in combined(keys, most=0, already=())]
    assert rules == []
    rules = [rule.on for rule, _ in combined(keys, most=1, already=(Rule(("forename",)),))]
    assert rules == [("surname",)]


def test_parts_follow_the_fields():
    assert parts_to_try([]) == ()
    assert "date_of_birth:year_month" in parts_to_try(["date_of_birth"])
    assert parts_to_try(["aliases", "former_surnames"]) == (), "lists are left to the hub"


# --- a hub that misses some of its people ---------------------------------------------------------------------------


def frame() -> pl.DataFrame:
    """Two hundred people; eighty are there twice under another surname, alike in forename, sex, date and badge."""
    random = np.random.default_rng(5)
    rows, badges = [], []
    letters = [f"{a}{b}{c}" for a in "bcdfg" for b in "aeiou" for c in "lmnrst"]
    for number in range(200):
        day = pl.date(1950 + number % 60, 1 + number % 12, 1 + number % 28)
        person = {
            "forename": letters[int(random.integers(150))] + "a",
            "surname": letters[int(random.integers(150))] + "on",
            "date_of_birth": pl.select(day).item(),
            "date_of_birth_precision": "day",
            "sex": "female" if number % 2 else "male",
        }
        badge = f"badge{number}"
        rows.append({**person, "agency": "one", "record_id": f"{number:03}"})
        badges.append(badge)
        if number < 80:
            rows.append({**person, "surname": "zyx" + letters[number], "agency": "two", "record_id": f"{number:03}"})
            badges.append(badge)
    full = [{"part": 0, "origin": "given", **row} for row in rows]
    made = STANDARDISED.frame(full).with_columns(pl.Series("extra.badge", badges))
    return made.sort("agency", "record_id").with_row_index("row")


NARROW = LinkSpec(
    defaults=False,
    blocking=(BlockingSpec(on=("surname", "sex")),),
    comparison=tuple(
        ComparisonSpec(field=name, kind=kind)
        for name, kind in (("forename", "name"), ("surname", "name"), ("date_of_birth", "date"), ("sex", "category"))
    ),
)


def test_the_rule_that_reaches_the_missing_people_comes_first_with_exact_counts():
    merged = frame()
    model = trained(merged)
    told = suggest_rules(merged, NARROW, lessons=LESSONS, model=model)
    first = told["suggested"][0]
    assert first["likely_true"] == pytest.approx(80, abs=8)
    assert 0.0 < first["share"] <= 1.0
    for row in told["suggested"]:
        keys = [values(merged, part) for part in row["on"]]
        hub = [values(merged, part) for part in ("surname", "sex")]
        assert row["pairs"] == brute_of(keys)
        assert row["new_pairs"] == brute_of(keys, but_not=hub)
        sizes = merged.select(pl.struct(*(pl.Series(str(n), key) for n, key in enumerate(keys))).value_counts())
        assert row["largest_block"] == sizes.to_series().struct.field("count").max()
    assert [row["rule"] for row in told["plan"]] == ["surname + sex"]


def trained(merged: pl.DataFrame):
    """A model that was trained with rules that reach everybody."""
    spec = NARROW.model_copy(update={"blocking": (BlockingSpec(on=("date_of_birth",)), BlockingSpec(on=("forename",)))})
    return replace(link_records(merged, TIES.empty(), spec=spec).model, blocking=(Rule(("surname", "sex")),))


def values(merged: pl.DataFrame, part: str) -> list[object]:
    field, _, piece = part.partition(":")
    cells = merged[field]
    if piece.isdigit():
        return cells.str.slice(0, int(piece)).to_list()
    if piece == "soundex":
        import jellyfish

        return [jellyfish.soundex(cell) for cell in cells]
    formats = {"year": "%Y", "year_month": "%Y-%m", "month_day": "%m-%d"}
    return cells.dt.strftime(formats[piece]).to_list() if piece else cells.to_list()


def brute_of(keys: list[list[object]], *, but_not: list[list[object]] | None = None) -> int:
    rows = list(zip(*keys, strict=True))
    others = list(zip(*but_not, strict=True)) if but_not else [(n,) for n in range(len(rows))]
    pairs = itertools.combinations(range(len(rows)), 2)
    return sum(rows[a] == rows[b] and others[a] != others[b] for a, b in pairs)


def test_the_same_on_one_thread_and_two():
    merged, model = frame(), trained(frame())
    one, two = (suggest_rules(merged, NARROW, lessons=LESSONS, model=model, threads=n) for n in (1, 2))
    assert one == two


def test_a_splink_model_is_refused():
    splink = SplinkModel(comparisons=(), blocking=(Rule(("surname",)),), across=Stratum(0.1))
    with pytest.raises(ModelError, match="famlink's own models"):
        suggest_rules(frame(), NARROW, lessons=LESSONS, model=splink)


def test_fewer_than_two_records_give_nothing():
    nobody = suggest_rules(frame().head(1), LinkSpec(), lessons=LESSONS)
    assert nobody == {"plan": [], "suggested": []}


# --- the command ----------------------------------------------------------------------------------------------------


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        cli.main(list(words))
    return int(left.value.code or 0)


def test_the_command_prints_rules_to_copy_and_nobodys_values(tmp_path, capsys):
    people = filler(120, agency="police")
    hub = write_hub(tmp_path, {"police": {"people": people}, "health": {"people": people[:60]}})
    assert run("link", str(hub), "--plan", "--suggest", "--json") == 0
    out = capsys.readouterr().out
    told = json.loads(out)
    assert set(told) == {"plan", "suggested"}
    assert told == json.loads(json.dumps(suggest(hub)))
    assert {row["rule"] for row in told["plan"]} == {row["rule"] for row in plan(hub)}
    assert run("link", str(hub), "--plan", "--suggest") == 0
    text = capsys.readouterr().out
    assert "could be added" in text or "No rule of up to three parts" in text
    for person in people:
        for cell in (person["forename"], person["surname"], person["postcode"]):
            assert cell.lower() not in (out + text).lower().split()


def test_suggest_goes_with_plan(tmp_path, capsys):
    hub = write_hub(tmp_path, {"police": {"people": filler(3, agency="police")}})
    assert run("link", str(hub), "--suggest") == 2
    assert "--plan" in capsys.readouterr().err


def test_the_plan_leaves_out_pairs_of_an_agency_whose_records_are_distinct(tmp_path):
    people = filler(40, agency="police")
    twice = [*people, *(row | {"record_id": f"x{n}"} for n, row in enumerate(people))]
    hub = write_hub(tmp_path, {"police": {"people": twice}})
    before = sum(row["new_pairs"] for row in plan(hub))
    hub.write_text(hub.read_text(encoding="utf-8").replace('agency = "police"', 'agency = "police"\ndistinct = true'))
    assert before > 0 == sum(row["new_pairs"] for row in plan(hub))
    assert fl.link(hub).provenance["pairs"] == 0
