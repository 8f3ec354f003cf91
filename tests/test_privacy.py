"""A canary: a surname, forename, street, number and description that no log, error or provenance may ever show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hubs import filler, person, write_hub

CANARY = "Zzyzxcanary"
EVENTS = [
    {"event_id": "e1", "record_id": "p1", "date": f"not a date {CANARY}", "category": "x", "description": CANARY},
    {"event_id": "e2", "record_id": "p1", "date": "2024-05-01", "category": "arrest", "description": f"{CANARY} said"},
]
TIES = [
    {"record_id": "p1", "relationship": f"cousin of {CANARY}", "related_record_id": "p2", "start": CANARY},
    {"record_id": "p1", "relationship": "mother", "related_record_id": f"{CANARY}", "start": ""},
]


def hub_of_canaries(folder: Path) -> Path:
    given = [
        person(
            "p1",
            CANARY,
            CANARY,
            f"{CANARY}/2010",
            address=f"1 {CANARY} Street",
            postcode=CANARY,
            nhs_number=CANARY,
            phone=CANARY,
        ),
        person("p2", CANARY, CANARY, "31/02/2010", sex=CANARY),
        person("", CANARY, CANARY, "2010-01-01"),
        person("p1", CANARY, CANARY, "2010-01-01"),
    ]
    return write_hub(
        folder,
        {
            "police": {"people": given + filler(30, agency="police"), "relationships": TIES, "events": EVENTS},
            "health": {"people": [person("h1", CANARY, CANARY, "2010-02-03"), *filler(30, agency="health")]},
        },
    )


def told(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "famlink", *words], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 1), done.stderr
    return done.stdout + done.stderr


def test_no_value_in_any_log_error_reject_or_provenance(tmp_path: Path) -> None:
    hub, run, out = hub_of_canaries(tmp_path / "hub"), tmp_path / "run", tmp_path / "out"
    said = told("check", str(hub)) + told("check", str(hub), "--json")
    said += told("link", str(hub), "--to", str(run), "--allow-rejects")
    said += told("explain", str(run), "police:p1", "health:h1") + told(
        "explain", str(run), "police:p1", "health:h1", "--json"
    )
    said += told("picture", str(run), "--record", "police:p1", "--basis", "s47", "--to", str(out))
    said += told("picture", str(run), "--record", "police:zz", "--basis", "s47", "--to", str(out))
    for name in ("provenance.json", "rejected.csv"):
        said += (run / name).read_text(encoding="utf-8")
    said += (tmp_path / "hub" / "audit.jsonl").read_text(encoding="utf-8")
    for path in (*run.iterdir(), *out.iterdir()):
        said += path.name
    # A record id may be named; here one relationship points at an id that is the canary, which is the agency's own id.
    assert CANARY not in said.replace(f"police:{CANARY}", "")


@pytest.mark.parametrize("damage", ["{}\x00\xff\xfe", '"unclosed {}', "a,b\n1,2,3,{}\n"])
def test_no_value_in_the_error_of_a_damaged_file(tmp_path: Path, damage: str) -> None:
    hub = write_hub(tmp_path, {"police": {"people": [person("p1", "Ada", "Ashby", "2001-02-03")]}})
    (tmp_path / "police_people.csv").write_bytes(damage.format(CANARY).encode("latin-1"))
    assert CANARY not in told("check", str(hub))
    assert CANARY not in told("link", str(hub), "--to", str(tmp_path / "run"))


def test_rejects_are_in_the_file_and_counted(tmp_path: Path) -> None:
    hub, run = hub_of_canaries(tmp_path / "hub"), tmp_path / "run"
    told("link", str(hub), "--to", str(run), "--allow-rejects")
    rows = (run / "rejected.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert sum(",row" in row[-4:] for row in rows) >= 4, (
        "no id, repeated id, relationship to nobody, event without date"
    )
    assert sum(",cell" in row[-5:] for row in rows) >= 3, "two dates of birth, one start"
