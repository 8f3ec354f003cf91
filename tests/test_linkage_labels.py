"""Labels that teach m, numbers that are given, and warnings of what was learnt from too little: through a whole hub."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hubs import filler, person, write_hub

import famlink as fl
from famlink import cli
from famlink.errors import MissingFileError, SourceError, SpecError
from famlink.linkage.labels import read_labels
from famlink.linkage.uncertainty import warnings_of

HEAD = "agency_left,record_id_left,agency_right,record_id_right,verdict"


def write_labels(path: Path, *rows: str) -> Path:
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def hub(folder: Path, more: str) -> Path:
    """Two agencies that hold the same people, whose forenames the second always writes otherwise."""
    people = filler(60, agency="police")
    others = [row | {"record_id": f"h{n}", "forename": "Wystan"} for n, row in enumerate(people)]
    tables = {"police": {"people": people}, "health": {"people": [*others, person("h", "Zed", "Ashby", "1999-01-02")]}}
    return write_hub(folder, tables, more=more)


def level(model, comparison: str, label: str):
    (found,) = (c for c in model.comparisons if c.name == comparison)
    return next(lv for lv in found.levels if lv.label == label)


# --- the file -------------------------------------------------------------------------------------------------------


def test_labels_from_csv_each_pair_once_either_way_round(tmp_path):
    file = write_labels(
        tmp_path / "l.csv", "police,p1,health,h1,match", "health,h1,police,p1,match", " police , p2 ,health,h2,distinct",
        "police,p3,health,h3,unsure",
    )  # fmt: skip
    assert read_labels(file).rows() == [("health", "h1", "police", "p1")]


def test_labels_from_a_log_of_judgements(tmp_path):
    file = tmp_path / "answers.jsonl"
    lines = [
        {"left": "police:p1", "right": "health:h1", "verdict": "match"},
        {"left": "police:p2", "right": "health:h2", "verdict": "match", "by": "rule"},
        {"left": "police:p3", "right": "health:h3", "verdict": "distinct"},
    ]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert read_labels(file).rows() == [("health", "h1", "police", "p1")], "what a rule says teaches nothing"


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["police,p1,health,h1,maybe"], "row 1: verdict is not one of match, distinct, unsure"),
        (["police,p1,health,h1,match", "police,,health,h1,match"], "row 2: an agency or record is not named"),
        (["police,p1,police,p1,match"], "row 1: left and right are one record"),
        (["police,p1,health,h1,match", "health,h1,police,p1,distinct"], "row 1 and another judge one pair differently"),
    ],
)
def test_faulty_labels_are_named_by_row_and_never_by_value(tmp_path, rows, says):
    with pytest.raises(SourceError, match=says) as caught:
        read_labels(write_labels(tmp_path / "l.csv", *rows))
    assert "p1" not in str(caught.value)
    assert "maybe" not in str(caught.value)


def test_files_that_are_not_labels(tmp_path):
    with pytest.raises(MissingFileError, match=r"link\.labels"):
        read_labels(tmp_path / "none.csv")
    with pytest.raises(MissingFileError, match=r"link\.labels"):
        read_labels(tmp_path / "none.jsonl")
    (tmp_path / "l.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceError, match="lacks the column agency_left"):
        read_labels(tmp_path / "l.csv")
    (tmp_path / "l.csv").write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(SourceError):
        read_labels(tmp_path / "l.csv")
    (tmp_path / "l.csv").write_text(HEAD + "\n", encoding="utf-8")
    assert read_labels(tmp_path / "l.csv").is_empty()


# --- a hub with labels ----------------------------------------------------------------------------------------------


def test_labels_teach_m_bind_nothing_and_lost_ones_are_told(tmp_path):
    plain = fl.link(hub(tmp_path / "plain", ""))
    path = hub(tmp_path / "labelled", '\n[link]\nlabels = "labels.csv"\n')
    rows = [f"police,po-f{n},health,h{n},match" for n in range(60)] + ["police,po-f1,health,nobody,match"]
    write_labels(path.parent / "labels.csv", *rows, "police,po-f2,health,h,distinct")
    run = fl.link(path)
    differ = [level(made.model, "forename", "forenames differ").m for made in (plain, run)]
    assert differ[1] > max(differ[0], 0.5), "the labels say that one person's forenames differ"
    assert "labels: 1 of 61 pairs of one person name a record no agency gave" in run.provenance["warnings"]
    assert level(run.model, "forename", "forenames differ").fixed == ()
    assert not run.links["reason"].drop_nulls().str.contains("judge").any()


def test_check_names_labels_that_cannot_be_used(tmp_path):
    path = hub(tmp_path, '\n[link]\nlabels = "labels.csv"\n')
    assert any("labels.csv: no such file" in said for said in fl.check(path)["warnings"])
    with pytest.raises(MissingFileError, match=r"labels\.csv"):
        fl.link(path)


# --- numbers that are given -----------------------------------------------------------------------------------------


def fixed(*entries: str) -> str:
    return "\n" + "\n".join(f"[[link.fixed]]\n{entry}\n" for entry in entries)


def test_a_fixed_number_is_held_kept_and_said(tmp_path):
    entry = 'comparison = "forename"\nlevel = "forenames agree exactly"\nm = 0.42\nu = 0.013'
    run = fl.link(hub(tmp_path, fixed(entry)))
    found = level(run.model, "forename", "forenames agree exactly")
    assert (found.m, found.u, found.fixed) == (0.42, 0.013, ("m", "u"))
    (forename,) = (c for c in run.model.comparisons if c.name == "forename")
    assert sum(lv.m for lv in forename.levels) == pytest.approx(1.0)
    assert sum(lv.u for lv in forename.levels) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (['comparison = "surnam"\nlevel = "x"\nm = 0.5'], "no comparison 'surnam'; did you mean 'surname'"),
        (['comparison = "forename"\nlevel = "forenames agree"\nm = 0.5'], "did you mean 'forenames agree exactly'"),
        (['comparison = "forename"\nlevel = "forenames differ"'], "nothing is fixed: give m, u or both"),
        (['comparison = "forename"\nlevel = "forenames differ"\nm = 1.5'], "less than 1"),
        (['comparison = "forename"\nlevel = "forenames differ"\nn = 0.5'], "unknown key 'n'"),
        (['comparison = "forename"\nlevel = "forenames differ"\nm = 0.1'] * 2, "is given twice"),
        (
            ['comparison = "forename"\nlevel = "forenames differ"\nm = 0.6',
             'comparison = "forename"\nlevel = "forenames agree exactly"\nm = 0.7'],
            "the m given add up to 1.3; they must leave something",
        ),
    ],
)  # fmt: skip
def test_fixed_numbers_that_cannot_be(tmp_path, entries, says):
    with pytest.raises(SpecError, match=says):
        fl.link(hub(tmp_path, fixed(*entries)))


def test_all_levels_may_be_fixed_if_they_add_up(tmp_path):
    people = filler(30, agency="police")
    for n, row in enumerate(people):
        row["sex"] = "FM"[n % 2]
    spec = [
        'comparison = "sex"\nlevel = "sexes differ"\nm = 0.02',
        'comparison = "sex"\nlevel = "sexes agree"\nm = 0.98',
    ]
    path = write_hub(tmp_path / "a", {"police": {"people": people}}, more=fixed(*spec))
    assert level(fl.link(path).model, "sex", "sexes differ").m == 0.02
    spec[1] = spec[1].replace("0.98", "0.9")
    path = write_hub(tmp_path / "b", {"police": {"people": people}}, more=fixed(*spec))
    with pytest.raises(SpecError, match=r"add up to 0\.92; they must be 1"):
        fl.link(path)


# --- warnings -------------------------------------------------------------------------------------------------------


def test_link_prints_each_warning_in_a_line_and_keeps_it(tmp_path, capsys):
    path = hub(tmp_path / "hub", "")
    with pytest.raises(SystemExit) as left:
        cli.main(["link", str(path), "--to", str(tmp_path / "run")])
    assert left.value.code in (0, None)
    run = fl.open_run(tmp_path / "run")
    told = json.loads((tmp_path / "run" / "provenance.json").read_text(encoding="utf-8"))["warnings"]
    assert told == list(warnings_of(run.model)) != []
    printed = capsys.readouterr().err.splitlines()
    assert [line for line in printed if line.removeprefix("famlink: ") in told] == [f"famlink: {said}" for said in told]


def test_a_model_that_is_given_is_used_without_learning(tmp_path):
    path = hub(tmp_path / "hub", "")
    first = fl.link(path)
    again = fl.link(path, model=first.model)
    assert again.model == first.model
    assert again.provenance["warnings"] == []
    assert again.links.equals(first.links)
