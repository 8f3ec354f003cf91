"""The run directory keeps what the contract promises."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
from pathlib import Path

import polars as pl
import pytest
from hubs import filler, person, write_hub

import famlink as fl
from famlink.errors import RunError
from famlink.pipeline.run import PARQUET

COLUMNS = {
    "people": ["agency", "record_id", "person_id", "probability", "origin"],
    "links": [
        "agency_left", "record_id_left", "agency_right", "record_id_right", "match_weight", "unadjusted_weight",
        "match_probability", "verdict", "reason",
    ],
    "relations": [
        "person_id", "relative_id", "relationship", "qualifier", "start", "end", "basis", "confidence", "sources",
    ],
    "households": ["household_id", "person_id", "address", "start", "end", "sources"],
    "events": [
        "agency", "event_id", "record_id", "person_id", "incident_id", "role", "related_incident_id", "date", "end_date",
        "precision", "date_text", "category", "kind", "description",
    ],
}  # fmt: skip
FILES = {
    "rejected.csv",
    "model.json",
    "incident_weights.json",
    "provenance.json",
    *(f"{name}.parquet" for name in PARQUET),
}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.name != "provenance.json"
    }


def test_every_file_and_column_is_there(run_folder: Path) -> None:
    assert {path.name for path in run_folder.iterdir()} == FILES
    for name, columns in COLUMNS.items():
        assert set(columns) <= set(pl.read_parquet_schema(run_folder / f"{name}.parquet"))
    assert pl.read_csv(run_folder / "rejected.csv").columns == ["source", "file", "row", "column", "reason", "level"]
    record = json.loads((run_folder / "provenance.json").read_text())
    assert {"famlink", "parameters", "inputs", "seeds", "seconds", "records", "pairs", "peak_rss_mb"} <= set(record)
    assert {"read", "standardise", "link", "relations", "incidents", "write"} <= set(record["seconds"])


def test_every_record_has_one_person(run: fl.Run) -> None:
    given = run.table("records").filter(pl.col("part") == 0)
    assert run.people.height == given.height
    assert run.people.select("agency", "record_id").n_unique() == run.people.height
    alone = run.people.group_by("person_id").len().filter(pl.col("len") == 1)
    assert run.people.join(alone, on="person_id")["probability"].eq(1.0).all()


def test_a_match_is_exactly_a_shared_person(run: fl.Run) -> None:
    person = run.people.select("agency", "record_id", "person_id")
    links = run.links.join(person, left_on=["agency_left", "record_id_left"], right_on=["agency", "record_id"]).join(
        person, left_on=["agency_right", "record_id_right"], right_on=["agency", "record_id"], suffix="_right"
    )
    assert links.height == run.links.height
    same = links["person_id"] == links["person_id_right"]
    assert (same == (links["verdict"] == "match")).all()
    sizes = run.people.group_by("person_id").len()["len"]
    assert int(same.sum()) == sum(n * (n - 1) // 2 for n in sizes), "every pair inside a person is in links"
    expected = 1.0 / (1.0 + 2.0 ** (-links["match_weight"]))
    assert (links["match_probability"] - expected).abs().max() < 1e-9  # type: ignore[operator]
    assert set(links["verdict"].unique()) <= {"match", "review", "distinct"}


def test_relations_stand_both_ways(run: fl.Run) -> None:
    there = run.relations.select("person_id", "relative_id").unique()
    back = there.rename({"person_id": "relative_id", "relative_id": "person_id"})
    assert there.join(back, on=["person_id", "relative_id"], how="anti").is_empty()
    assert not run.relations.is_empty()


def test_every_event_has_an_incident(run: fl.Run) -> None:
    assert run.incidents["incident_id"].null_count() == 0
    assert not run.incidents.is_empty()


def test_the_same_bytes_twice_and_with_one_thread_or_two(hub_folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    fl.link(hub_folder / "hub.toml", to=first, threads=1)
    fl.link(hub_folder / "hub.toml", to=second, threads=2)
    assert digests(first) == digests(second)


def test_products_are_the_same_bytes(run: fl.Run, tmp_path: Path) -> None:
    subject, basis = fl.demo_request()
    for name in ("one", "two"):
        fl.make_picture(run, record=subject, basis=basis).save(tmp_path / name)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_a_folder_of_other_files_is_refused(hub_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("keep me")
    with pytest.raises(RunError, match="nothing was changed"):
        fl.link(hub_folder / "hub.toml", to=tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "keep me"


def test_a_run_is_replaced_and_a_fault_before_writing_leaves_the_old_one(hub_folder: Path, tmp_path: Path) -> None:
    import shutil

    hub, run = tmp_path / "hub", tmp_path / "run"
    shutil.copytree(hub_folder, hub)
    fl.link(hub / "hub.toml", to=run)
    before = digests(run)
    fl.link(hub / "hub.toml", to=run)
    assert digests(run) == before
    next(hub.glob("*_people.csv")).unlink()
    with pytest.raises(FileNotFoundError):
        fl.link(hub / "hub.toml", to=run)
    assert fl.open_run(run).people.height > 0


def test_a_half_written_run_is_not_a_run(run_folder: Path, tmp_path: Path) -> None:
    import shutil

    half = tmp_path / "half"
    shutil.copytree(run_folder, half)
    (half / "provenance.json").unlink()
    with pytest.raises(RunError, match="link"):
        fl.open_run(half)


def test_a_model_is_loadable_again(hub_folder: Path, run_folder: Path) -> None:
    again = fl.link(hub_folder / "hub.toml", model=run_folder / "model.json")
    before = fl.open_run(run_folder)
    assert again.people.equals(before.people)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_files_are_private(run_folder: Path, run: fl.Run, tmp_path: Path) -> None:
    fl.make_picture(run, record=fl.demo_request()[0], basis="s47").save(tmp_path / "out")
    for folder in (run_folder, tmp_path / "out"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for file in folder.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_frames_in_memory_do_what_files_do(tmp_path: Path) -> None:
    rows = [person("a1", "Zoë", "O'Brien", "2012-05-03", postcode="NR1 1AB", address="3 Mill Lane")]
    other = [person("b1", "Zoe", "OBRIEN", "03/05/2012", postcode="NR1 1AB", address="3 Mill Ln")]
    tables = {
        "police": {"people": rows + filler(40, agency="police")},
        "health": {"people": other + filler(40, agency="health")},
    }
    from_files = fl.link(write_hub(tmp_path, tables))
    hub = fl.Hub(
        name="Testshire",
        as_at="2026-06-01",
        synthetic=True,
        folder=tmp_path,
        sources=[fl.Source(agency=a, people=pl.DataFrame(t["people"])) for a, t in tables.items()],
    )
    in_memory = fl.link(hub)
    assert in_memory.people.equals(from_files.people)
    assert from_files.person_of("police", "a1") == from_files.person_of("health", "b1")


def test_an_extract_of_one_record_and_one_of_none(tmp_path: Path) -> None:
    hub = write_hub(tmp_path, {"police": {"people": [person("p1", "Ada", "Ashby", "2001-02-03")]}})
    (tmp_path / "empty.csv").write_text("")
    hub.write_text(hub.read_text() + '\n[[source]]\nagency = "health"\npeople = "empty.csv"\n', encoding="utf-8")
    run = fl.link(hub, to=tmp_path / "run")
    assert run.people.height == 1
    assert run.people["probability"].to_list() == [1.0]


def test_a_must_not_link_row_that_keeps_nothing_apart_is_told(tmp_path: Path) -> None:
    people = filler(8, agency="police")
    hub = write_hub(tmp_path, {"police": {"people": people}}, more='[link]\nmust_not_link = "apart.csv"\n')
    one, other = people[0]["record_id"], people[1]["record_id"]
    (tmp_path / "apart.csv").write_text(
        "agency_left,record_id_left,agency_right,record_id_right\n"
        f"police, {one} ,police,{other}\npolice,{one},police,mistyped\npolice,{one},police,{one}\n"
    )
    rejected = fl.link(hub).table("rejected").filter(pl.col("source") == "must_not_link")
    assert rejected.select("row", "reason").rows() == [
        (2, "names a record no agency gave"),
        (3, "names one record twice"),
    ]
    assert fl.check(hub)["warnings"] == [
        "apart.csv, row 2: names a record no agency gave",
        "apart.csv, row 3: names one record twice",
    ]


def test_check_tells_what_will_stop_a_later_step(tmp_path: Path) -> None:
    more = '[link]\njudgements = "j.jsonl"\n[sharing]\npolicy = "p.toml"\nconsents = "c.csv"\n'
    hub = write_hub(tmp_path, {"police": {"people": filler(4, agency="police")}}, more=more)
    (tmp_path / "c.csv").write_text("17,Canary,given\n")
    judgements, policy, consents = fl.check(hub)["warnings"]
    assert "j.jsonl: no such file" in judgements
    assert "p.toml: no such file" in policy
    assert "no column is known" in consents
    assert "Canary" not in consents


def test_a_table_given_as_a_dictionary_is_refused_and_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="a table is a path, a frame") as caught:
        fl.Source(agency="police", people={"record_id": ["1"], "forename": ["Canary"]})
    assert "Canary" not in str(caught.value)
    (tmp_path / "hub.toml").write_text('[[source]]\nagency = "police"\npeople = { url = "env:X", querry = "q" }\n')
    with pytest.raises(fl.FamlinkError, match=r"unknown key 'querry' .* did you mean 'query'"):
        fl.read_hub(tmp_path / "hub.toml")


def test_a_run_that_kept_no_weights_of_events_is_read_and_leaves_none_of_another(
    run_folder: Path, tmp_path: Path
) -> None:
    old, other = tmp_path / "old", tmp_path / "other"
    for folder in (old, other):
        shutil.copytree(run_folder, folder)
    (old / "incident_weights.json").unlink()
    run = fl.open_run(old)
    assert (run.weights_text, run.incident_weights) == ("", None)
    assert run.save(other).weights_text == ""
    assert not (other / "incident_weights.json").exists()
    # What is there and is no such file is said, not passed over.
    (old / "incident_weights.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match="famlink link"):
        _ = fl.open_run(old).incident_weights
