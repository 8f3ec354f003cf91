"""Scenarios 13 and 14 with the real commands: a planted world, linked, asked about, stepped up, fed back, destroyed."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from famlink import cli

MOTHERS, FATHERS = "Low mood", "Back pain"
STEPPED_UP = ("Found intoxicated", "Letter sent for arrears")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    planted = ("--scenario", "13", "--scenario", "14")
    for words in (
        ("synth", "--families", "6", "--seed", "3", *planted, "--to", str(folder / "hub")),
        ("link", str(folder / "hub" / "hub.toml"), "--to", str(folder / "run")),
    ):
        with pytest.raises(SystemExit) as end:
            cli.main(list(words))
        assert not end.value.code
    return folder


@pytest.fixture
def famlink(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def call(*words: object) -> str:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        assert not end.value.code, err
        return out

    return call


def texts(folder: Path) -> str:
    """Every byte of every file, workbooks unzipped."""
    found = []
    for path in folder.iterdir():
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                found += [book.read(name) for name in book.namelist()]
        else:
            found.append(path.read_bytes())
    return b"\n".join(found).decode("utf-8", errors="replace")


def record(world: Path, number: int, forename: str) -> str:
    """The early help record of a planted person."""
    rows = (world / "hub" / "early_help_people.ndjson").read_text(encoding="utf-8").splitlines()
    found = [row for row in map(json.loads, rows) if row["id"].startswith(f"S{number}-")]
    return f"early_help:{next(row['id'] for row in found if row['forename'] == forename)}"


def summary(folder: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads((folder / "picture.json").read_text(encoding="utf-8"))
    return told


def test_13_the_fathers_items_only_and_the_refusal_counted(world: Path, famlink, tmp_path: Path) -> None:
    child, mother = record(world, 13, "Toby"), record(world, 13, "Clare")
    asked = ("picture", world / "run", "--record", child, "--basis", "s17", "--relevance", "early-help=unmet need")
    famlink(*asked, "--to", tmp_path / "out")
    shown = texts(tmp_path / "out")
    assert FATHERS in shown
    assert MOTHERS not in shown
    told = summary(tmp_path / "out")
    assert told["withheld"] == [{"holder": "health", "what": "people", "reason": "agreement refused", "count": 1}]
    assert f"Agreement to share health information about {mother} was refused on 2026-02-10." in told["notices"]
    explained = json.loads(famlink("policy", "explain", *asked[1:], "--json"))
    modes = {row["record_id"]: row["mode"] for row in explained["records"] if row["agency"] == "health"}
    assert sorted(modes.values()) == ["content", "deny"]

    # A ledger given with the request stands instead of the hub's own: now the father withdraws too.
    with (world / "hub" / "consents.csv").open(encoding="utf-8", newline="") as file:
        ledger = list(csv.DictReader(file))
    for row in ledger:
        if f"early_help:{row['record_id']}" == record(world, 13, "Stuart") and row["holder"] == "health":
            row["decision"] = "withdrawn"
    with (tmp_path / "consents.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(ledger[0]))
        writer.writeheader()
        writer.writerows(ledger)
    famlink(*asked, "--consents", tmp_path / "consents.csv", "--to", tmp_path / "later")
    shown = texts(tmp_path / "later")
    assert FATHERS not in shown
    assert MOTHERS not in shown


def test_14_stepping_up_adds_just_what_became_lawful(world: Path, famlink, tmp_path: Path) -> None:
    child, run = record(world, 14, "Riley"), world / "run"
    asked = ("picture", run, "--record", child)
    famlink(*asked, "--basis", "early-help", "--to", tmp_path / "before")
    first = summary(tmp_path / "before")["request"]["request_id"]
    shown = texts(tmp_path / "before")
    assert not any(text in shown for text in STEPPED_UP)
    assert "Whole-family assessment" in shown
    out = famlink(*asked, "--basis", "s47", "--since-request", first, "--to", tmp_path / "after")
    added = next(line for line in out.splitlines() if line.startswith(f"Against request {first}"))
    assert "police: 1 record and 1 event are open now." in added
    assert "housing: 1 record and 1 event are open now." in added
    assert "no longer" not in added
    shown = texts(tmp_path / "after")
    assert all(text in shown for text in STEPPED_UP)
    assert "Whole-family assessment" in shown
    told = summary(tmp_path / "after")
    assert "s47" in json.dumps(told["rules"])

    second = told["request"]["request_id"]
    words = ("--request", second, "--outcome", "An enquiry has started.", "--contact", "duty desk")
    files = json.loads(famlink("feedback", run, *words, "--to", tmp_path / "back", "--json"))["files"]
    assert "feedback-police.json" in {Path(path).name for path in files}
    police = (tmp_path / "back" / "feedback-police.json").read_text(encoding="utf-8")
    assert not any(word in police for word in ("housing", "early_help", "Swinburn", "arrears"))
    certificate = json.loads(famlink("purge", run, "--request", second, "--by", "key-worker named", "--json"))
    assert certificate["missing"] == []
    assert not (tmp_path / "after").exists()
    assert json.loads(famlink("audit", "verify", world / "hub" / "hub.toml", "--json"))["faults"] == []
