"""The command line as a newcomer meets it: help, exit codes, one clear sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hubs import person, write_hub

from famlink import cli

COMMANDS = (
    "demo", "check", "link", "picture", "explain", "evaluate", "genogram", "synth", "feedback", "purge", "hold", "lift",
    "policy check", "policy explain", "audit verify", "audit recover",
)  # fmt: skip
NOT_YET = ("trawl", "review", "judge")


def famlink(*words: str) -> tuple[int, str, str]:
    """Run the command line in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "famlink", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_help_lists_what_works_and_nothing_else() -> None:
    code, out, _ = famlink("--help")
    assert code == 0
    for command in COMMANDS:
        assert f" {command.split()[0]} " in out
    for command in NOT_YET:
        assert f" {command} " not in out
    assert "spark" not in famlink("link", "--help")[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    code, out, _ = famlink(*command.split(), "--help")
    assert code == 0
    assert "Usage" in out


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-command",),
        ("link", "--no-such-option"),
        ("link", "hub.toml"),
        ("picture", "run", "--to", "x", "--record", "a:1"),
        ("picture", "run", "--to", "x", "--basis", "s47"),
        ("synth", "--to", "x"),
        ("policy", "explain", "run", "--record", "a:1"),
        ("purge", "run", "--request", "R1"),
        ("hold", "run", "--request", "R1", "--by", "x"),
        ("feedback", "run", "--request", "R1", "--to", "x"),
        ("audit", "verify"),
    ],
)
def test_missing_or_unknown_options_exit_2(words: tuple[str, ...]) -> None:
    code, _, err = famlink(*words)
    assert code == 2
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "nowhere.toml"), "nowhere.toml"),
        (("link", "nowhere.toml", "--to", "run"), "nowhere.toml"),
        (("picture", "nowhere", "--to", "x", "--record", "a:1", "--basis", "s47"), "nowhere"),
        (("picture", "nowhere", "--to", "x", "--record", "a1", "--basis", "s47"), "AGENCY:ID"),
        (("explain", "nowhere", "a:1", "b:2"), "nowhere"),
        (("policy", "check", "nowhere.toml"), "nowhere.toml"),
        (("policy", "explain", "nowhere", "--record", "a:1", "--basis", "s47"), "nowhere"),
        (("audit", "verify", "nowhere.jsonl"), "nowhere.jsonl"),
        (("purge", "nowhere.toml", "--request", "R1", "--by", "x"), "nowhere.toml"),
        (("evaluate", "nowhere", "--truth", "t"), "nowhere"),
        (("genogram", "nowhere.ged", "--to", "x.svg"), "nowhere.ged"),
        (("link", "x.toml", "--to", "run", "--backend", "abacus"), "local"),
    ],
)
def test_faulty_requests_exit_1_with_one_sentence(
    words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = famlink(*words)
    assert code == 1, err
    assert says in err
    assert "Traceback" not in err
    assert len([line for line in err.splitlines() if not line.startswith("famlink: r")]) <= 2


def test_a_fault_of_famlink_exits_3_without_values(monkeypatch, capsys) -> None:
    from famlink.pipeline import walk

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("Zebedee Canary")

    monkeypatch.setattr(walk, "check", broken)
    with pytest.raises(SystemExit) as stop:
        cli.main(["check", "hub.toml"])
    assert stop.value.code == 3
    err = capsys.readouterr().err
    assert "ZeroDivisionError" in err
    assert "Zebedee" not in err
    with pytest.raises(ZeroDivisionError):
        cli.main(["check", "hub.toml", "--debug"])


def test_interrupted_exits_130(monkeypatch) -> None:
    from famlink.pipeline import walk

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(walk, "check", stopped)
    with pytest.raises(SystemExit) as stop:
        cli.main(["check", "hub.toml"])
    assert stop.value.code == 130


def test_the_job_by_hand(hub_folder: Path, tmp_path: Path) -> None:
    import famlink as fl

    hub, run, out = hub_folder / "hub.toml", tmp_path / "run", tmp_path / "out"
    code, told, err = famlink("check", str(hub), "--json")
    assert code == 0, err
    for source in json.loads(told)["sources"]:
        assert {"agency", "format", "people", "relationships", "events", "warnings"} <= set(source)
        for table in ("people", "relationships", "events"):
            counts = source[table]
            assert counts["rows"] == counts["records"] + counts["rejected"]
    code, told, err = famlink("link", str(hub), "--to", str(run), "--json")
    assert code == 0, err
    assert json.loads(told)["people"] > 0
    assert "famlink: link" in err
    (agency, record_id), basis = fl.demo_request()
    code, told, err = famlink(
        "picture", str(run), "--record", f"{agency}:{record_id}", "--basis", basis, "--to", str(out)
    )
    assert code == 0, err
    for name in ("picture.html", "genogram.svg", "genogram.png", "chronology.csv", "chronology.xlsx", "picture.json"):
        assert (out / name).stat().st_size > 100
    match = fl.open_run(run).links.filter(fl.open_run(run).links["verdict"] == "match").row(0, named=True)
    left = f"{match['agency_left']}:{match['record_id_left']}"
    right = f"{match['agency_right']}:{match['record_id_right']}"
    code, told, err = famlink("explain", str(run), left, right, "--json")
    assert code == 0, err
    explained = json.loads(told)
    assert set(explained) == {"left", "right", "verdict", "match_weight", "match_probability", "bars"}
    assert sum(bar["bits"] for bar in explained["bars"]) == pytest.approx(explained["match_weight"], abs=1e-6)
    assert explained["match_weight"] == pytest.approx(match["match_weight"], abs=1e-6)
    code, told, err = famlink("evaluate", str(run), "--truth", str(hub_folder / "truth"), "--json")
    assert code == 0, err
    assert {"records", "pairs", "b3", "mixes_relatives", "groups"} <= set(json.loads(told))
    svg, geometry = tmp_path / "g.svg", tmp_path / "g.json"
    code, _, err = famlink(
        "genogram",
        str(run),
        "--record",
        f"{agency}:{record_id}",
        "--basis",
        basis,
        "--to",
        str(svg),
        "--geometry",
        str(geometry),
    )
    assert code == 0, err
    drawn = json.loads(geometry.read_text())
    assert drawn["counts"]["people"] == sum(1 for symbol in drawn["symbols"] if symbol["shape"] != "slot")


def test_check_lists_shows_and_suggests_formats(hub_folder: Path) -> None:
    code, out, _ = famlink("check", "--list-formats")
    assert code == 0
    assert "table" in out
    assert "housing" in out
    code, out, _ = famlink("check", "--show-format", "housing")
    assert code == 0
    assert "record_id" in out
    assert famlink("check", "--show-format", "no-such")[0] == 1
    code, out, _ = famlink("check", "--suggest", str(hub_folder / "police_people.csv"))
    assert code == 0
    assert "surname" in out
    assert famlink("check")[0] == 2


def test_a_batch_makes_a_folder_a_request(run_folder: Path, tmp_path: Path) -> None:
    import famlink as fl

    (agency, record_id), basis = fl.demo_request()
    asked = tmp_path / "asked.csv"
    asked.write_text(f"agency,record_id,basis\n{agency},{record_id},{basis}\nnobody,n/1,s47\n", encoding="utf-8")
    code, out, err = famlink("picture", str(run_folder), "--batch", str(asked), "--to", str(tmp_path / "all"))
    assert code == 1, err
    assert "1 pictures made, 1 requests could not be met" in out
    folders = [path.name for path in (tmp_path / "all").iterdir()]
    assert folders == [f"{agency}-{record_id}"]


@pytest.mark.parametrize("basis", ["s99", ""])
def test_an_unknown_basis_is_a_faulty_request(run_folder: Path, tmp_path: Path, basis: str) -> None:
    code, _, err = famlink("picture", str(run_folder), "--record", "a:1", "--basis", basis, "--to", str(tmp_path / "o"))
    assert code == 1
    assert "basis" in err


def test_an_unknown_record_is_a_faulty_request(run_folder: Path, tmp_path: Path) -> None:
    code, _, err = famlink(
        "picture", str(run_folder), "--record", "police:none", "--basis", "s47", "--to", str(tmp_path / "o")
    )
    assert code == 1
    assert "police:none" in err


def test_names_that_no_file_system_minds() -> None:
    from famlink.pipeline.product import _safe

    assert _safe("a/b:c") == "a%2Fb%3Ac"
    assert _safe("..") == "%2E%2E"
    assert _safe("con. ") == "con.%20"


def test_unknown_keys_name_the_nearest(tmp_path: Path) -> None:
    hub = write_hub(tmp_path, {"police": {"people": [person("p1", "Ada", "Ashby", "2001-02-03")]}})
    hub.write_text(hub.read_text().replace("people =", "peeple ="), encoding="utf-8")
    code, _, err = famlink("check", str(hub))
    assert code == 1
    assert "'peeple'" in err
    assert "'people'" in err
    assert "police" in err
