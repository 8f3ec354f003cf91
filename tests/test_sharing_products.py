"""Products, decisions and feedback: kept, held, destroyed, called back, and told."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from sharing_world import request
from test_sharing_gate import one_adult

from famlink.errors import PolicyError, RequestError
from famlink.private import write_private
from famlink.sharing.audit import lines, verify
from famlink.sharing.decision_log import Decided, decisions, log_decision
from famlink.sharing.feedback import Outcome, feedback, write_feedback
from famlink.sharing.gate import release
from famlink.sharing.policy import read_policy
from famlink.sharing.products import due, hold, lift, products, purge, recall, recalled, register, unheld
from famlink.sharing.released import Released

WRITTEN = dt.date(2026, 6, 1)


@pytest.fixture(scope="module")
def released() -> Released:
    asked = replace(request("csc:c1", basis="s47"), request_id="R1")
    return release(one_adult("police").evidence(), asked, read_policy(None))


@pytest.fixture
def audit(tmp_path: Path, released: Released) -> Path:
    for name in ("picture.html", "picture.json"):
        write_private(tmp_path / "out" / name, f"{name} of R1")
    path = tmp_path / "audit.jsonl"
    register(path, released, (tmp_path / "out").iterdir(), keep_months=6, day=WRITTEN)
    return path


def test_a_product_is_due_after_its_time(audit: Path) -> None:
    assert due(audit, day=dt.date(2026, 12, 1)) == []
    assert [product.request for product in due(audit, day=dt.date(2026, 12, 2))] == ["R1"]


def test_purge_leaves_a_certificate_and_no_file(audit: Path) -> None:
    (audit.parent / "out" / "picture.json").write_text("changed since")
    certificate = purge(audit, "R1", by="information governance")
    assert certificate["destroyed"] == ["picture.html", "picture.json"]
    assert certificate["changed"] == ["picture.json"]
    assert not (audit.parent / "out").exists()
    assert products(audit)[0].purged
    assert due(audit, day=dt.date(2030, 1, 1)) == []
    assert lines(audit)[-1]["id"] == certificate["id"]
    assert verify(audit) == []
    with pytest.raises(RequestError, match="destroyed already"):
        purge(audit, "R1", by="information governance")


def test_purge_touches_no_other_file(audit: Path) -> None:
    other = audit.parent / "out" / "minutes.docx"
    other.write_text("somebody else's")
    purge(audit, "R1", by="x")
    assert [path.name for path in other.parent.iterdir()] == ["minutes.docx"]


def test_a_legal_hold_stops_it_until_lifted(audit: Path) -> None:
    hold(audit, "R1", by="legal", because="case 7")
    with pytest.raises(PolicyError, match="legal hold"):
        purge(audit, "R1", by="x")
    assert (audit.parent / "out" / "picture.html").is_file()
    assert due(audit, day=dt.date(2030, 1, 1)) == []
    lift(audit, "R1", by="legal", because="case 7 closed")
    with pytest.raises(PolicyError, match="not under a legal hold"):
        lift(audit, "R1", by="legal", because="again")
    assert purge(audit, "R1", by="x")["missing"] == []


def test_a_product_written_to_two_folders_is_destroyed_in_both(audit: Path, released: Released) -> None:
    again = write_private(audit.parent / "again" / "picture.html", "R1 once more")
    register(audit, released, [again], day=WRITTEN)
    certificate = purge(audit, "R1", by="x")
    elsewhere = [str((audit.parent / "out" / name).resolve()) for name in ("picture.html", "picture.json")]
    assert certificate["destroyed"] == sorted(["picture.html", *elsewhere])
    assert not again.parent.exists()
    assert not (audit.parent / "out").exists()


def test_a_later_product_in_the_same_folder_is_not_destroyed_with_the_first(audit: Path, released: Released) -> None:
    other = replace(released, request=replace(released.request, request_id="R2"))
    register(audit, other, [write_private(audit.parent / "out" / "picture.html", "R2")], day=WRITTEN)
    recall(audit, [("csc:c2", "police:x1")], because="J1")
    assert purge(audit, "R1", by="x")["destroyed"] == ["picture.json"]
    assert (audit.parent / "out" / "picture.html").read_text() == "R2"
    register(audit, released, [write_private(audit.parent / "out" / "picture.html", "R1")], day=WRITTEN)
    with pytest.raises(RequestError, match="overwritten by a later product"):
        purge(audit, "R2", by="x")
    assert recalled(audit) == [], "R1 was made again, and of R2 nothing is left"


def test_what_a_legal_hold_keeps_is_not_overwritten(audit: Path) -> None:
    files = [audit.parent / "out" / "picture.json", audit.parent / "elsewhere" / "picture.json"]
    unheld(audit, files)
    hold(audit, "R1", by="legal", because="case 7")
    unheld(audit, files[1:])
    with pytest.raises(PolicyError, match="legal hold; give another folder"):
        unheld(audit, files)


def test_a_request_nobody_made_has_no_product(audit: Path) -> None:
    for call in (lambda: purge(audit, "R9", by="x"), lambda: hold(audit, "R9", by="x", because="y")):
        with pytest.raises(RequestError, match="'R9' has no product"):
            call()


def test_undoing_a_link_calls_back_what_rests_on_it(audit: Path) -> None:
    assert recall(audit, [("csc:c2", "gp:other")], because="J1") == []
    assert [product.request for product in recall(audit, [("csc:c2", "police:x1")], because="J2")] == ["R1"]
    assert recall(audit, [("csc:c2", "police:x1")], because="J2") == [], "once is enough"
    assert recalled(audit) == [
        "request R1 (2026-06-01): a link it rests on was undone (J2): tell who holds it, and make it again"
    ]
    purge(audit, "R1", by="x")
    assert recalled(audit) == []


def test_the_audit_names_records_and_never_a_value(audit: Path) -> None:
    text = audit.read_text()
    assert "police:x1" in text
    for value in ("Milbanke", "Elm Road", "1990", "CANARY"):
        assert value not in text


def test_a_product_needs_files_of_one_folder_and_an_id(tmp_path: Path, released: Released) -> None:
    with pytest.raises(RequestError, match="one folder"):
        register(tmp_path / "a.jsonl", released, [])
    nameless = replace(released, request=replace(released.request, request_id=""))
    with pytest.raises(RequestError, match="has none"):
        register(tmp_path / "a.jsonl", nameless, [tmp_path / "x"])


def test_decisions_keep_dissent_and_the_audit_keeps_only_that_there_was_one(tmp_path: Path) -> None:
    log, audit = tmp_path / "decisions.jsonl", tmp_path / "audit.jsonl"
    decided = Decided(
        request="R1",
        kind="refuse-to-share",
        decision="GP notes not shared",
        rationale="CANARYRATIONALE",
        by="named GP",
        dissent=("health visitor: the injuries match",),
        challenge=("escalated to the safeguarding partnership",),
    )
    log_decision(log, audit, decided)
    assert decisions(log, request="R1") == [decided]
    assert decisions(log, request="R2") == []
    assert verify(log) == verify(audit) == []
    assert "CANARYRATIONALE" not in audit.read_text()
    assert lines(audit)[0]["details"]["dissent"] == 1


@pytest.mark.parametrize(
    ("changed", "words"), [({"kind": "guess"}, "is not known"), ({"rationale": " "}, "says its rationale")]
)
def test_a_decision_without_a_reason_is_not_one(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    decided = replace(Decided("R1", "share", "shared", "because", "manager"), **changed)
    with pytest.raises(RequestError, match=words):
        log_decision(tmp_path / "d.jsonl", tmp_path / "a.jsonl", decided)
    assert not (tmp_path / "d.jsonl").exists()


def test_each_agency_hears_of_its_own_rows_alone(released: Released, tmp_path: Path) -> None:
    outcome = Outcome("Assessment started, plan in place.", "duty desk 01", {"police": "Thank you for the report."})
    made = feedback(released, outcome)
    assert set(made) == {"csc", "police"}
    assert made["police"]["records_used"] == ["x1"]
    assert made["csc"]["records_used"] == ["c1", "c2"]
    assert made["csc"]["note"] == ""
    text = json.dumps(made["police"])
    for value in ("Ada", "csc", "c1", "CANARY", "Elm Road"):
        assert value not in text
    files = write_feedback(made, tmp_path / "feedback")
    assert [path.name for path in files] == ["feedback-csc.json", "feedback-police.json"]
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "feedback").stat().st_mode) == 0o700


def test_feedback_that_would_tell_one_agency_what_another_said_is_refused(released: Released) -> None:
    # Social care alone knows the child.
    with pytest.raises(PolicyError, match="feedback for police names something only another agency gave"):
        feedback(released, Outcome("Ada is safe.", "duty desk", {}))
    made = feedback(released, Outcome("The child is safe.", "duty desk", {"csc": "Ada is safe."}))
    assert "Ada" not in json.dumps(made["police"])
    with pytest.raises(RequestError, match="gp, which contributed nothing"):
        feedback(released, Outcome("Done.", "duty desk", {"gp": "x"}))
    with pytest.raises(RequestError, match="an outcome and a contact"):
        feedback(released, Outcome("", "duty desk", {}))
