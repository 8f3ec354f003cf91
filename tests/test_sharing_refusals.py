"""Bad input at the door of the gate: one clear sentence, nothing released, and the refusal in the audit where there is one."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hubs import filler, person, write_csv, write_hub

import famlink as fl
from famlink.errors import FamlinkError, PolicyError, RequestError, RunError, SourceError
from famlink.sharing.audit import lines, record, verify
from famlink.sharing.locks import locked
from famlink.tables import CONSENTS

CANARY = "Zzyzxcanary"
HEAD = '[policy]\nname = "P"\nversion = "1"\n'


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linked hub of two agencies that hold no holder's name a shipped rule lacks."""
    folder = tmp_path_factory.mktemp("hub")
    people = {"police": "p1", "gp": "g1"}
    tables = {
        agency: {"people": [person(key, "Ada", CANARY, "1990-01-02", phone="07700 900123"), *filler(20, agency=agency)]}
        for agency, key in people.items()
    }
    sharing = '[sharing]\npolicy = "policy.toml"\nconsents = "consents.csv"\n'
    hub = write_hub(folder, tables, more=sharing)
    good(folder)
    fl.link(hub, to=folder / "run")
    return folder


def good(folder: Path) -> None:
    """A policy that opens everything, an empty ledger, no audit."""
    rule = '[[rule]]\nholder = "*"\nbasis = "*"\nmode = "content"\n'
    (folder / "policy.toml").write_text(HEAD + rule)
    (folder / "consents.csv").write_text(",".join(CONSENTS.names) + "\n")
    for left in (*folder.glob("audit*"), *folder.glob(".audit*")):
        left.unlink()


@pytest.fixture
def hub(linked: Path) -> Path:
    good(linked)
    return linked


def ask(hub: Path, to: Path, *, basis: str = "s47", **details: object) -> fl.Picture:
    made = fl.make_picture(hub / "run", record=("police", "p1"), basis=basis, **details)
    made.save(to)
    return made


def refused(hub: Path, to: Path, error: type[FamlinkError], words: str, **details: object) -> None:
    """It is refused with these words, no value in them, and nothing lies anywhere."""
    with pytest.raises(error, match=words) as caught:
        ask(hub, to, **details)  # type: ignore[arg-type]
    assert CANARY not in str(caught.value)
    assert not to.exists()
    audit = hub / "audit.jsonl"
    assert not audit.is_file() or CANARY not in audit.read_text()
    assert not [line for line in lines(audit) if line["action"] == "picture"]


def test_what_is_asked_well_is_released(hub: Path, tmp_path: Path) -> None:
    assert CANARY in json.dumps(ask(hub, tmp_path / "out").summary)


def test_an_unknown_basis(hub: Path, tmp_path: Path) -> None:
    refused(hub, tmp_path / "out", RequestError, "basis 's48' is not one of", basis="s48")


@pytest.mark.parametrize("dates", ["valid_until = 2020-01-01\n", "valid_from = 2999-01-01\n"])
def test_a_policy_outside_its_dates(hub: Path, tmp_path: Path, dates: str) -> None:
    whole = (hub / "policy.toml").read_text().replace(HEAD, HEAD + dates)
    (hub / "policy.toml").write_text(whole)
    refused(hub, tmp_path / "out", PolicyError, "policy")
    assert lines(hub / "audit.jsonl")[-1]["action"] == "picture refused"


def test_overlapping_rules_that_differ_release_by_the_stricter(hub: Path, tmp_path: Path) -> None:
    rule = '[[rule]]\nholder = "{}"\nbasis = "s47"\nmode = "{}"\n'
    rules = [rule.format(holder, mode) for holder in ("police", "health") for mode in ("content", "deny")]
    for turned in (rules, rules[::-1]):
        (hub / "policy.toml").write_text(HEAD + "".join(turned))
        made = ask(hub, tmp_path / "out")
        assert made.released.people.is_empty()
        assert made.released.existence.is_empty()
        assert CANARY not in (tmp_path / "out" / "picture.html").read_text()


def test_a_policy_that_cannot_be_read(hub: Path, tmp_path: Path) -> None:
    (hub / "policy.toml").write_text(HEAD + '[[rule]]\nholder = "polise"\nbasis = "s47"\nmode = "content"\n')
    refused(hub, tmp_path / "out", PolicyError, "polise")
    (hub / "policy.toml").unlink()
    refused(hub, tmp_path / "out", FamlinkError, "no such file")


def test_a_consent_for_an_unknown_subject(hub: Path, tmp_path: Path) -> None:
    row = dict.fromkeys(CONSENTS.names, "")
    row |= {
        "agency": "police",
        "record_id": "nobody",
        "holder": "health",
        "decision": "refused",
        "decided_on": "2026-01-01",
    }
    write_csv(hub / "consents.csv", [row | {"capacity": "self"}])
    refused(hub, tmp_path / "out", SourceError, "police:nobody is not a record of this hub")


def test_a_clock_that_went_back(hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(hub / "audit.jsonl", "check", {})
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)

    class Yesterday(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return yesterday

    monkeypatch.setattr("famlink.sharing.audit.dt.datetime", Yesterday)
    refused(hub, tmp_path / "out", RunError, "clock")


def test_an_audit_half_written_by_a_killed_program(hub: Path, tmp_path: Path) -> None:
    """Kill a program in the middle of its lines: the chain still verifies, or it is refused until it is mended."""
    audit = hub / "audit.jsonl"
    program = "import sys; from famlink.sharing.audit import record\nwhile True: record(sys.argv[1], 'check', {'n': 1})"
    running = subprocess.Popen([sys.executable, "-c", program, str(audit)])
    until = time.monotonic() + 60
    while len(lines(audit)) < 3 and time.monotonic() < until:
        time.sleep(0.01)
    running.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    running.wait()
    assert len(lines(audit)) >= 3
    whole = len(lines(audit))
    # What a kill in the middle of a write leaves, wherever it fell this time.
    if audit.read_bytes().endswith(b"\n"):
        with audit.open("ab") as file:
            file.write(b'{"n": 4, "id": "A')
    refused(hub, tmp_path / "out", RunError, "half a line")
    fl_recovered = subprocess.run(
        [sys.executable, "-m", "famlink", "audit", "recover", str(audit)], capture_output=True, check=False
    )
    assert fl_recovered.returncode == 0
    assert verify(audit) == []
    assert len(lines(audit)) == whole + 1
    ask(hub, tmp_path / "out")


def test_an_audit_that_was_changed_releases_nothing(hub: Path, tmp_path: Path) -> None:
    audit = hub / "audit.jsonl"
    for number in range(3):
        record(audit, "check", {"n": number})
    audit.write_text("".join(audit.read_text().splitlines(keepends=True)[:-2]))
    refused(hub, tmp_path / "out", RunError, "does not end where its head says")


@pytest.mark.parametrize(
    ("details", "error", "words"),
    [
        ({"relevance": {"polise": "x"}}, RequestError, "polise"),
        ({"window_from": dt.date(2026, 2, 1), "window_until": dt.date(2026, 1, 1)}, RequestError, "ends before"),
        ({"window": 3}, RequestError, "no 'window'"),
    ],
)
def test_a_request_at_fault(
    hub: Path, tmp_path: Path, details: dict[str, object], error: type[FamlinkError], words: str
) -> None:
    refused(hub, tmp_path / "out", error, words, **details)


def test_a_run_that_is_written_anew_while_it_is_read(hub: Path, tmp_path: Path) -> None:
    """Old people with new records would be somebody else: a picture of a replaced run is refused."""
    opened = fl.open_run(hub / "run")
    fl.link(hub / "hub.toml", to=hub / "run", threads=1)
    with pytest.raises(RunError, match="written anew since it was opened"):
        fl.make_picture(opened, record=("police", "p1"), basis="s47")
    with pytest.raises(RunError, match="written anew since it was opened"):
        fl.explain(opened, ("police", "p1"), ("gp", "g1"))
    mark = hub / "run" / "provenance.json"
    kept = mark.read_bytes()
    again = fl.open_run(hub / "run")
    mark.unlink()
    with pytest.raises(RunError, match="is being written"):
        fl.make_picture(again, record=("police", "p1"), basis="s47")
    mark.write_bytes(kept)
    ask(hub, tmp_path / "out")


def test_two_runs_into_one_directory_queue_or_are_refused(hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("famlink.pipeline.run.locked", lambda path: locked(path, wait=0))
    before = (hub / "run" / "provenance.json").read_bytes()
    with locked(hub / "run"), pytest.raises(RunError, match="another program has been using it"):
        fl.link(hub / "hub.toml", to=hub / "run")
    assert (hub / "run" / "provenance.json").read_bytes() == before
    assert not list(hub.glob(".run.*.part"))


def test_two_pictures_into_one_folder_are_never_mixed(hub: Path, tmp_path: Path) -> None:
    """What lies there in the end is one product whole, and the audit says whose."""
    run, failed = fl.open_run(hub / "run"), []
    made = [run.picture(record=subject, basis="s47") for subject in (("police", "p1"), ("police", "po-f0"))]

    def save(picture: fl.Picture) -> None:
        try:
            for _ in range(2):
                picture.save(tmp_path / "out")
        except FamlinkError as error:
            failed.append(error)

    threads = [threading.Thread(target=save, args=(picture,)) for picture in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    ids = [picture.released.request.request_id for picture in made]
    last = json.loads((tmp_path / "out" / "picture.json").read_text())["request"]["request_id"]
    other = next(one for one in ids if one != last)
    assert last in (tmp_path / "out" / "picture.html").read_text()
    assert other not in (tmp_path / "out" / "picture.html").read_text()
    there = {one.request: one.there for one in fl_products(hub)}
    assert there == {last: True, other: False}
    assert verify(hub / "audit.jsonl") == []


def fl_products(hub: Path) -> list[object]:
    from famlink.sharing.products import products

    return products(hub / "audit.jsonl")
