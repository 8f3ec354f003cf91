"""What linkage is asked for and given that cannot be right: a clear error, or bounded work that says what it left out."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hubs import filler, write_hub
from typer.testing import CliRunner

import famlink as fl
from famlink.cli import app
from famlink.errors import MissingFileError, ModelError, SpecError
from famlink.linkage.asked import asked_for
from famlink.linkage.blocking import block, planned
from famlink.linkage.encoding import encode
from famlink.linkage.library import forename, surname
from famlink.linkage.model import Model, Rule, Stratum
from famlink.pipeline.linking import link_records
from famlink.spec import BlockingSpec, ComparisonSpec, LinkSpec
from famlink.tables import STANDARDISED, TIES

FIELDS = ["surname", "postcode", "date_of_birth", "former_surnames", "phones", "extra.birth_place"]
MILLION = 1_000_000


def asked(comparison: list[tuple[str, str]] = (), blocking: list[tuple[str, ...]] = ()) -> LinkSpec:
    return LinkSpec(
        comparison=tuple(ComparisonSpec(field=field, kind=kind) for field, kind in comparison),
        blocking=tuple(BlockingSpec(on=on) for on in blocking),
    )


def two_agencies(folder: Path, *, more: str = "", change: object = lambda row: row) -> Path:
    tables = {agency: {"people": [change(row) for row in filler(30, agency=agency)]} for agency in ("police", "health")}
    return write_hub(folder, tables, more=more)


# --- fields, kinds and parts that are not there -----------------------------------------------------------------------


def test_extra_columns_may_be_named_without_their_prefix():
    comparisons, rules = asked_for(
        asked([("birth_place", "category")], [("birth_place:3", "surname:soundex"), ("phone:ever",)]),
        FIELDS,
        present=frozenset(),
    )
    assert list(comparisons) == ["extra.birth_place"]
    assert [rule.on for rule in rules] == [("extra.birth_place:3", "surname:soundex"), ("phone:ever",)]


def test_every_unknown_field_is_named_at_once_with_those_that_exist():
    spec = asked([("town", "category"), ("village", "text")], [("hamlet", "surname"), ("names:unordered",)])
    with pytest.raises(SpecError) as told:
        asked_for(spec, FIELDS, present=frozenset())
    assert re.findall("no source has a field '([a-z]+)'", str(told.value)) == ["town", "village", "hamlet", "forename"]
    assert str(told.value).count("the fields that exist are birth_place, date_of_birth") == 1


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("date_of_birth:soundex", "no part 'soundex' of date_of_birth; give year, month"),
        ("date_of_birth:4", "no part '4' of date_of_birth; give year, month"),
        ("postcode:street", "no part 'street' of postcode; give outcode, sector"),
        ("surname:0", "no part '0' of surname; give ever, soundex"),
        ("birth_place:ever", "no part 'ever' of birth_place; give soundex"),
        ("former_surnames", "holds several values; give surname:ever"),
        ("phones:3", "holds several values; give phone:ever"),
        ("uprn", "no source has a field 'uprn'"),
        ("upn:ever", "no source has a field 'upn'"),
    ],
)
def test_a_part_a_field_cannot_have(part: str, said: str):
    with pytest.raises(SpecError, match=re.escape(said)):
        asked_for(asked(blocking=[(part,)]), FIELDS, present=frozenset())


@pytest.mark.parametrize(
    ("field", "kind", "said"),
    [
        ("former_surnames", "name", "holds several values"),
        ("date_of_birth", "text", "is a date"),
        ("date_of_birth", "number", "is a date"),
    ],
)
def test_a_kind_a_field_cannot_have(field: str, kind: str, said: str):
    with pytest.raises(SpecError, match=said):
        asked_for(asked([(field, kind)]), FIELDS, present=frozenset())


def test_a_field_asked_for_twice():
    spec = asked([("surname", "name"), ("birth_place", "text"), ("surname", "text")])
    with pytest.raises(SpecError, match="'surname' is there twice"):
        asked_for(spec, FIELDS, present=frozenset())


WRONG = """
[link]
[[link.comparison]]
field = "town"
kind = "category"
[[link.comparison]]
field = "gp_practice"
kind = "category"
[[link.blocking]]
on = ["date_of_birth:soundex"]
[[link.blocking]]
on = ["village", "surname"]
"""


def test_check_and_link_say_the_same_of_a_wrong_link_section(tmp_path: Path):
    hub = two_agencies(tmp_path, more=WRONG)
    with pytest.raises(SpecError) as told:
        fl.link(hub)
    for part in ("'town'", "'gp_practice'", "'soundex' of date_of_birth", "'village'"):
        assert part in str(told.value)
    assert fl.check(hub)["warnings"] == [str(told.value)]
    done = CliRunner().invoke(app, ["check", str(hub)])
    assert done.exit_code == 0
    assert f"warning: {told.value}" in done.stdout


def test_check_has_nothing_to_say_of_a_right_link_section(tmp_path: Path):
    right = (
        '[link]\n[[link.comparison]]\nfield = "sex"\nkind = "category"\n[[link.blocking]]\non = ["surname:soundex"]\n'
    )
    sexed = two_agencies(tmp_path, more=right, change=lambda row: row | {"sex": "F"})
    assert fl.check(sexed)["warnings"] == []


# --- columns that say nothing -----------------------------------------------------------------------------------------


def test_a_comparison_of_one_value_everywhere_decides_nothing(tmp_path: Path):
    more = '[link]\n[[link.comparison]]\nfield = "district"\nkind = "category"\nterm_frequency = true\n'
    plain = fl.link(two_agencies(tmp_path / "plain"))
    same = fl.link(two_agencies(tmp_path / "same", more=more, change=lambda row: row | {"district": "North"}))
    groups = [
        run.people.group_by("person_id").agg(pl.col("record_id").sort()).sort("record_id")["record_id"].to_list()
        for run in (plain, same)
    ]
    assert groups[0] == groups[1]


def test_columns_that_are_empty_everywhere(tmp_path: Path):
    bare = fl.link(two_agencies(tmp_path / "bare", change=lambda row: row | {"school": "", "email": "", "uprn": ""}))
    assert not {"school", "email"} & {comparison.name for comparison in bare.model.comparisons}
    more = '[link]\n[[link.comparison]]\nfield = "school"\nkind = "category"\n'
    with pytest.raises(SpecError, match="no source has a field 'school'"):
        fl.link(two_agencies(tmp_path / "asked", more=more, change=lambda row: row | {"school": ""}))


def test_a_hub_of_nothing_but_ids_is_one_sentence(tmp_path: Path):
    nothing = two_agencies(tmp_path, change=lambda row: dict.fromkeys(row, "") | {"record_id": row["record_id"]})
    with pytest.raises(SpecError, match="nothing can be compared"):
        fl.link(nothing)
    assert any("nothing can be compared" in warning for warning in fl.check(nothing)["warnings"])


# --- a model that is not one ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not JSON", "not JSON"),
        ("[]", "neither a famlink model"),
        ('{"format": "famlink-model", "version": 99}', "version 99"),
        ('{"format": "famlink-model", "version": 1}', "not a complete model"),
    ],
)
def test_a_model_file_that_is_no_model(tmp_path: Path, text: str, said: str):
    hub = two_agencies(tmp_path)
    (tmp_path / "model.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=said):
        fl.link(hub, model=tmp_path / "model.json")
    done = CliRunner().invoke(app, ["link", str(hub), "--to", str(tmp_path / "run"), "--model", str(hub)])
    assert isinstance(done.exception, ModelError)
    assert not (tmp_path / "run").exists(), "the model is read before anything is written"


def test_a_model_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(MissingFileError, match=r"none\.json"):
        fl.link(two_agencies(tmp_path), model=tmp_path / "none.json")


def test_a_model_whose_numbers_are_no_probabilities(tmp_path: Path):
    hub = two_agencies(tmp_path)
    raw = json.loads(fl.link(hub).model.to_json())
    raw["comparisons"][0]["levels"][0]["m"] = 7
    (tmp_path / "model.json").write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(ModelError, match="not a probability"):
        fl.link(hub, model=tmp_path / "model.json")


# --- bounded work -----------------------------------------------------------------------------------------------------


def test_strings_of_ten_thousand_characters_are_bounded_work(tmp_path: Path):
    long = "x" * 9_990

    def longer(row: dict[str, str]) -> dict[str, str]:
        far = row["record_id"][3:]
        return row | {"forename": f"a{long}{far}", "surname": f"b{long}{far}", "address": f"{far} {long} Road"}

    began = time.process_time()
    run = fl.link(two_agencies(tmp_path, change=longer))
    assert time.process_time() - began < 60.0, "similarity looks at the first letters only"
    assert run.people.height == 60
    assert run.people["person_id"].n_unique() == 30, "equality looks at all of them"


def crowd(count: int) -> pl.DataFrame:
    """So many records of one name and nothing else, and two that share another."""
    rows = pl.DataFrame({"n": np.arange(count + 2)}).select(
        pl.lit("police").alias("agency"),
        pl.format("p{}", pl.col("n").cast(pl.String).str.zfill(9)).alias("record_id"),
        pl.lit(0, dtype=pl.UInt32).alias("part"),
        pl.lit("given").alias("origin"),
        pl.when(pl.col("n") < count).then(pl.lit("ann")).otherwise(pl.lit("bob")).alias("forename"),
        pl.when(pl.col("n") < count).then(pl.lit("lee")).otherwise(pl.lit("may")).alias("surname"),
    )
    return STANDARDISED.conform(rows).with_row_index("row")


def test_a_block_of_a_million_equal_keys_is_left_out_and_said():
    frame = crowd(MILLION)
    rules = (Rule(("surname",)), Rule(("forename", "surname")), Rule(("forename:1",)), Rule(("surname:ever",)))
    model = Model(comparisons=(forename(), surname(former=False)), blocking=rules, across=Stratum(1e-4))
    made = block(encode(frame, model), rules)
    told = list(planned(made))
    assert [row["largest_block"] for row in told] == [MILLION] * 4
    assert [row["left_out_records"] for row in told] == [MILLION] * 4
    assert sum(int(row["new_pairs"]) for row in told) == 1, "the other two are compared"


def test_a_million_equal_keys_with_dates_are_split_by_them():
    days = pl.Series([dt.date(1900, 1, 1) + dt.timedelta(days=n) for n in range(40_000)])
    frame = crowd(MILLION).with_columns(date_of_birth=days.gather(pl.Series(np.arange(MILLION + 2) % 40_000)))
    frame = frame.with_columns(date_of_birth_precision=pl.lit("day"))
    rule = Rule(("surname",))
    model = Model(comparisons=(forename(),), blocking=(rule, Rule(("date_of_birth",))), across=Stratum(1e-4))
    (told,) = planned(block(encode(frame, model), [rule]))
    assert told["split_records"] == MILLION
    assert told["left_out_records"] == 0
    assert told["pairs"] == 40_000 * (25 * 24 // 2) + 1, "25 records a day, and the other two"


def test_linking_a_crowd_is_bounded_and_told(tmp_path: Path):
    linked = link_records(crowd(30_000), TIES.empty(), spec=LinkSpec())
    assert linked.pairs == 1
    assert {row["left_out_records"] for row in linked.plan} == {30_000}


def test_the_command_says_which_records_a_rule_left_out(tmp_path: Path):
    def one(row: dict[str, str]) -> dict[str, str]:
        return row | {"forename": "Ann", "surname": "Lee", "date_of_birth": "", "address": "", "postcode": ""}

    tables = {agency: {"people": [one(row) for row in filler(1_100, agency=agency)]} for agency in ("police", "health")}
    hub = write_hub(tmp_path, tables, more='[link]\n[[link.comparison]]\nfield = "surname"\nkind = "name"\n')
    for command in (["link", str(hub), "--plan"], ["link", str(hub), "--to", str(tmp_path / "run")]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        assert (
            "forename + surname: 2,200 records in blocks too large to compare were left out by this rule" in done.output
        )


def test_the_plan_says_which_blocks_were_split(tmp_path: Path):
    rows = filler(400, agency="police")
    people = [row | {"forename": "Ann", "surname": "Lee"} for row in rows[:300]] + rows[300:]
    done = CliRunner().invoke(app, ["link", str(write_hub(tmp_path, {"police": {"people": people}})), "--plan"])
    assert done.exit_code == 0, done.output
    assert re.search(r"forename \+ surname: 300 records in blocks too large to compare were split", done.output)
