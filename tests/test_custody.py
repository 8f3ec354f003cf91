"""What a hub keeps of its requests, through the command line: policy, audit, feedback, holds, destruction, recall."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hubs import filler, person, write_csv, write_hub

import famlink as fl
from famlink import cli
from famlink.errors import RequestError
from famlink.family.graph import write_node_link
from famlink.linkage.judgements import judgements, write_judgements
from famlink.pipeline import custody
from famlink.pipeline.exchange import candidate_pairs, write_annotation
from famlink.sharing.audit import lines
from famlink.sharing.feedback import Outcome
from famlink.sharing.products import products

Famlink = Callable[..., tuple[int, str, str]]


@pytest.fixture
def famlink(capsys: pytest.CaptureFixture[str]) -> Famlink:
    """The command line in this process: exit code, standard output, standard error."""

    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """Two agencies that know one woman, and her picture for research."""
    same = {"address": "3 Mill Lane", "postcode": "NR1 1AB", "sex": "female"}
    ada = [person(key, "Ada", "Milbanke", "1990-01-02", **same) for key in ("p1", "g1")]
    tables = {
        "police": {"people": [ada[0], *filler(40, agency="police")]},
        "gp": {"people": [ada[1], *filler(40, agency="gp")]},
    }
    path = write_hub(tmp_path / "hub", tables)
    fl.link(path, to=tmp_path / "run")
    return path


@pytest.fixture
def pictured(hub: Path, tmp_path: Path) -> str:
    """The id of a request whose product shows both records."""
    made = fl.open_run(tmp_path / "run").picture(record=("police", "p1"), basis="research-synthetic")
    made.save(tmp_path / "out")
    assert set(made.released.people.select("agency", "record_id").iter_rows()) == {("police", "p1"), ("gp", "g1")}
    return made.released.request.request_id


def test_a_chronology_asked_for_beside_the_picture_is_registered_and_destroyed_with_it(
    famlink: Famlink, hub: Path, tmp_path: Path
) -> None:
    asked = ("--record", "police:p1", "--basis", "research-synthetic", "--to", tmp_path / "both")
    code, _, err = famlink("picture", tmp_path / "run", *asked, "--chronology", "yesterday")
    assert code == 1
    assert "a view is one of full, key, gaps, re-referrals, last-two-years" in err
    assert not (tmp_path / "both").exists()
    code, out, _ = famlink("picture", tmp_path / "run", *asked, "--chronology", "full")
    assert code == 0
    assert "chronology/chronology.docx" in out
    made = sorted((tmp_path / "both" / "chronology").iterdir())
    assert [file.name for file in made] == ["chronolator.csv", "chronology.csv", "chronology.docx", "chronology.json", "chronology.xlsx"]  # fmt: skip
    request = products(hub.parent / "audit.jsonl")[-1].request
    assert famlink("purge", hub, "--request", request, "--by", "x")[0] == 0
    assert not [file for file in made if file.exists()]


def test_a_product_is_registered_when_it_is_saved(pictured: str, hub: Path) -> None:
    [product] = products(hub.parent / "audit.jsonl")
    assert product.request == pictured
    assert product.records == {"police:p1", "gp:g1"}
    assert {Path(path).name for path in product.files} == {
        "picture.html", "genogram.svg", "genogram.png", "chronology.csv", "chronology.xlsx", "picture.json",
    }  # fmt: skip


def test_a_person_seen_whole_has_the_id_the_run_gives(pictured: str, tmp_path: Path) -> None:
    run = fl.open_run(tmp_path / "run")
    made = run.picture(record=("police", "p1"), basis="research-synthetic")
    assert made.released.subjects == (run.person_of("police", "p1"),)


def test_a_product_that_cannot_be_registered_is_not_left_lying(pictured: str, hub: Path, tmp_path: Path) -> None:
    made = fl.open_run(tmp_path / "run").picture(record=("police", "p1"), basis="research-synthetic")
    audit = hub.parent / "audit.jsonl"
    audit.write_bytes(audit.read_bytes() + b'{"n": 9')
    with pytest.raises(fl.FamlinkError, match="half a line"):
        made.save(tmp_path / "other")
    assert not any((tmp_path / "other").iterdir())


def test_a_product_is_held_lifted_and_destroyed_by_command(
    pictured: str, hub: Path, tmp_path: Path, famlink: Famlink
) -> None:
    run = tmp_path / "run"
    asked = ("--request", pictured, "--by", "information governance")
    assert famlink("hold", run, *asked, "--because", "case 7")[0] == 0
    code, _, err = famlink("purge", run, *asked)
    assert (code, "legal hold" in err) == (1, True)
    code, _, err = famlink(
        "picture", run, "--record", "police:p1", "--basis", "research-synthetic", "--purpose", "again",
        "--to", tmp_path / "out",
    )  # fmt: skip
    assert (code, "legal hold" in err) == (1, True), "what is held is not overwritten"
    assert famlink("lift", hub, *asked, "--because", "case 7 closed")[0] == 0
    code, out, _ = famlink("purge", hub, *asked, "--json")
    assert code == 0
    assert json.loads(out)["missing"] == []
    assert not (tmp_path / "out").exists()
    code, out, _ = famlink("audit", "verify", run, "--json")
    assert (code, json.loads(out)["faults"]) == (0, [])


def test_a_changed_audit_is_found_by_command(pictured: str, hub: Path, famlink: Famlink) -> None:
    audit = hub.parent / "audit.jsonl"
    audit.write_text(audit.read_text().replace("research-synthetic", "s47", 1))
    code, out, _ = famlink("audit", "verify", audit)
    assert code == 1
    assert "line 1 was changed" in out
    assert famlink("audit", "verify", hub.parent / "none.jsonl")[0] == 1


def test_half_a_line_is_set_aside_by_command(pictured: str, hub: Path, famlink: Famlink) -> None:
    audit = hub.parent / "audit.jsonl"
    whole = audit.read_bytes()
    audit.write_bytes(whole + b'{"n": 3')
    assert famlink("audit", "verify", hub)[0] == 1
    assert famlink("audit", "recover", hub)[0] == 0
    assert audit.read_bytes().startswith(whole)
    assert famlink("audit", "verify", hub)[0] == 0
    assert "nothing to mend" in famlink("audit", "recover", hub)[1]


def test_undoing_a_link_calls_back_the_product_and_the_next_commands_say_so(
    pictured: str, hub: Path, tmp_path: Path, famlink: Famlink
) -> None:
    run = tmp_path / "run"
    code, _, err = famlink("link", hub, "--to", run)
    assert (code, "was undone" in err) == (0, False), "the same links call nothing back"
    write_csv(
        hub.parent / "apart.csv",
        [{"agency_left": "police", "record_id_left": "p1", "agency_right": "gp", "record_id_right": "g1"}],
    )
    hub.write_text(hub.read_text() + '\n[link]\nmust_not_link = "apart.csv"\n')
    code, _, err = famlink("link", hub, "--to", tmp_path / "another")
    assert code == 0, "it does not matter into which directory the new run goes"
    assert len(products(hub.parent / "audit.jsonl")[0].recalled) == 1
    code, _, err = famlink("link", hub, "--to", run)
    assert code == 0
    assert len(products(hub.parent / "audit.jsonl")[0].recalled) == 1, "once is enough"
    inputs = json.loads((run / "provenance.json").read_text())["inputs"]
    assert inputs["apart.csv"] == hashlib.sha256((hub.parent / "apart.csv").read_bytes()).hexdigest()
    assert f"request {pictured}" in err
    assert "was undone" in err
    words = ("picture", run, "--record", "gp:g1", "--basis", "research-synthetic")
    assert f"request {pictured}" in famlink(*words, "--to", tmp_path / "new")[2], "the picture still lies there"
    assert "was undone" not in famlink(*words, "--to", tmp_path / "out")[2], "it was overwritten"


def test_a_product_past_its_time_is_named(pictured: str, hub: Path, monkeypatch) -> None:
    import datetime as dt

    from famlink.sharing import products as kept

    assert custody.reminders(hub) == []
    monkeypatch.setattr(kept, "_today", lambda: dt.date(2099, 1, 1))
    [sentence] = custody.reminders(hub)
    assert pictured in sentence
    assert "famlink purge" in sentence


def test_each_agency_hears_of_its_own_rows_by_command(pictured: str, tmp_path: Path, famlink: Famlink) -> None:
    words = ("feedback", tmp_path / "run", "--request", pictured, "--contact", "duty desk", "--to", tmp_path / "back")
    code, out, _ = famlink(*words, "--outcome", "A plan is in place.", "--note", "gp=Thank you.", "--json")
    assert code == 0
    assert [Path(path).name for path in json.loads(out)["files"]] == ["feedback-gp.json", "feedback-police.json"]
    told = {path.name: json.loads(path.read_text()) for path in (tmp_path / "back").iterdir()}
    assert told["feedback-gp.json"]["records_used"] == ["g1"]
    assert told["feedback-police.json"]["records_used"] == ["p1"]
    assert told["feedback-police.json"]["note"] == ""
    assert "g1" not in (tmp_path / "back" / "feedback-police.json").read_text()
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "back").iterdir()} == {0o600}
    code, _, err = famlink(*words, "--outcome", "Done.", "--note", "Canary Road 7")
    assert (code, "Canary" in err) == (1, False)


def test_feedback_on_another_answer_is_refused_and_in_the_audit(pictured: str, hub: Path, tmp_path: Path) -> None:
    run, outcome = tmp_path / "run", Outcome("Done.", "duty desk", {})
    with pytest.raises(RequestError, match="'R9' has no product"):
        custody.give_feedback(run, request="R9", outcome=outcome, to=tmp_path / "back")
    write_csv(
        hub.parent / "apart.csv",
        [{"agency_left": "police", "record_id_left": "p1", "agency_right": "gp", "record_id_right": "g1"}],
    )
    hub.write_text(hub.read_text() + '\n[link]\nmust_not_link = "apart.csv"\n')
    fl.link(hub, to=run)
    with pytest.raises(RequestError, match="another answer today"):
        custody.give_feedback(run, request=pictured, outcome=outcome, to=tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert [line["action"] for line in lines(hub.parent / "audit.jsonl")].count("feedback refused") == 2


def test_what_a_request_would_release_is_explained_by_command(
    pictured: str, hub: Path, tmp_path: Path, famlink: Famlink
) -> None:
    words = ("policy", "explain", tmp_path / "run", "--record", "police:p1", "--basis", "s17")
    code, out, _ = famlink(*words, "--json")
    assert code == 0
    told = {row["agency"]: row["mode"] for row in json.loads(out)["records"]}
    assert told == {"gp": "deny", "police": "existence"}
    code, out, _ = famlink(*words)
    assert "police:p1" in out
    assert "Milbanke" not in out
    assert lines(hub.parent / "audit.jsonl")[-1]["action"] == "policy explain"
    assert famlink(*words[:3], "--basis", "s17")[0] == 2


def test_a_policy_is_checked_by_command(tmp_path: Path, famlink: Famlink) -> None:
    code, out, _ = famlink("policy", "check", "--json")
    assert (code, json.loads(out)["faults"]) == (0, [])
    over = tmp_path / "policy.toml"
    over.write_text(
        '[policy]\nname = "Old"\nversion = "1"\nvalid_from = 2020-01-01\nvalid_until = 2020-12-31\n'
        '[[rule]]\nholder = "police"\nbasis = "s47"\nmode = "content"\n'
    )
    code, out, _ = famlink("policy", "check", over)
    assert code == 1
    assert "held until 2020-12-31" in out
    assert "no rule names health" in out
    over.write_text("[policy]\nnaam = 1\n")
    code, _, err = famlink("policy", "check", over)
    assert (code, "Traceback" in err) == (1, False)


def test_what_is_kept_apart_is_in_no_table_and_no_explanation(hub: Path, tmp_path: Path, famlink: Famlink) -> None:
    """The list binds whole persons: a third record that is hers beyond doubt says nothing of the other side either."""
    third = person("s1", "Ada", "Milbanke", "1990-01-02", address="3 Mill Lane", postcode="NR1 1AB", sex="female")
    child = [person(key, "Tom", "Milbanke", "2015-03-04", sex="male") for key in ("p2", "g2", "s2")]
    for agency, first, second in (("police", "p1", "p2"), ("gp", "g1", "g2"), ("school", "s1", "s2")):
        mother = third | {"record_id": first}
        mother |= {"address": "", "postcode": "", "sex": ""} if agency == "gp" else {"phone": "07700 900123"}
        write_csv(
            hub.parent / f"{agency}_people.csv", [mother, child[0] | {"record_id": second}, *filler(40, agency=agency)]
        )
        tie = {"record_id": second, "relationship": "mother", "related_record_id": first}
        write_csv(hub.parent / f"{agency}_relationships.csv", [tie])
    text = hub.read_text().replace(
        'people = "police_people.csv"', 'people = "police_people.csv"\nrelationships = "police_relationships.csv"'
    )
    text = text.replace('people = "gp_people.csv"', 'people = "gp_people.csv"\nrelationships = "gp_relationships.csv"')
    text += '[[source]]\nagency = "school"\npeople = "school_people.csv"\nrelationships = "school_relationships.csv"\n'
    hub.write_text(text)
    before = fl.link(hub, to=tmp_path / "before")

    def pairs(run: fl.Run, name: str) -> set[frozenset[str]]:
        columns = ("agency_left", "record_id_left", "agency_right", "record_id_right")
        rows = run.table(name).select(columns).iter_rows()
        return {frozenset((f"{a}:{b}", f"{c}:{d}")) for a, b, c, d in rows}

    assert frozenset(("police:p1", "school:s1")) in pairs(before, "links")
    assert frozenset(("gp:g1", "school:s1")) in pairs(before, "shared_relatives")
    apart = {
        "agency_left": "police",
        "record_id_left": "p1",
        "agency_right": "gp",
        "record_id_right": "g1",
        "ask": "team A",
    }
    write_csv(hub.parent / "apart.csv", [apart])
    pair = pl.DataFrame(
        {"agency_left": ["police"], "record_id_left": ["p1"], "agency_right": ["school"], "record_id_right": ["s1"]}
    )
    write_judgements(judgements(pair, verdict="match", by="person", who="desk"), to=hub.parent / "judged.jsonl")
    hub.write_text(text + '\n[link]\nmust_not_link = "apart.csv"\njudgements = "judged.jsonl"\n')
    after = fl.link(hub, to=tmp_path / "after")
    sides = {one: after.person_of(*one.split(":")) for one in ("police:p1", "gp:g1", "school:s1")}
    assert sides["police:p1"] != sides["gp:g1"]
    assert sides["school:s1"] == sides["police:p1"]
    assert {"apart.csv", "judged.jsonl"} <= set(after.provenance["inputs"])
    barred = [frozenset(("gp:g1", other)) for other in ("police:p1", "school:s1")]
    for name in ("links", "shared_relatives"):
        assert not [pair for pair in barred if pair in pairs(after, name)], name
    for pair in barred:
        code, out, err = famlink("explain", tmp_path / "after", *sorted(pair), "--to", tmp_path / "page.html")
        assert (code, out) == (1, "")
        assert err == "famlink: restricted: ask team A; nothing was shown\n"
    assert not (tmp_path / "page.html").exists()
    assert lines(hub.parent / "audit.jsonl")[-1]["action"] == "explain refused"


def test_a_decision_is_kept_and_read_by_command(pictured: str, hub: Path, famlink: Famlink) -> None:
    words = ("--kind", "refuse-to-share", "--decision", "Notes not shared", "--rationale", "CANARYWORDS", "--by", "GP")
    code, _, err = famlink("decide", hub, "--request", "R0", *words)
    assert (code, "'R0' is not in the audit" in err) == (1, True)
    more = (
        "--dissent",
        "health visitor: unsafe",
        "--challenge",
        "escalated",
        "--present",
        "police",
        "--present",
        "school",
    )
    code, out, _ = famlink("decide", hub, "--request", pictured, *words, *more)
    assert (code, pictured in out) == (0, True)
    [kept] = json.loads(famlink("decisions", hub, "--request", pictured, "--json")[1])
    assert kept["dissent"] == ["health visitor: unsafe"]
    assert kept["present"] == ["police", "school"]
    assert "challenge: escalated" in famlink("decisions", hub)[1]
    assert famlink("decisions", hub, "--request", "R0")[1] == "No decision is kept.\n"
    log = hub.parent / "audit.decisions.jsonl"
    assert "CANARYWORDS" not in (hub.parent / "audit.jsonl").read_text()
    if os.name == "posix":
        assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert famlink("audit", "verify", hub)[0] == 0
    log.write_text(log.read_text().replace("CANARYWORDS", "other words"))
    assert famlink("audit", "verify", hub)[0] == 1
    code, out, err = famlink("decisions", hub)
    assert (code, out) == (1, "")
    log.unlink()
    code, out, _ = famlink("audit", "verify", hub)
    assert (code, "audit.decisions.jsonl: is gone" in out) == (1, True)


def test_a_genogram_of_a_run_is_a_product(hub: Path, tmp_path: Path, famlink: Famlink) -> None:
    words = ("genogram", tmp_path / "run", "--record", "police:p1", "--basis", "research-synthetic")
    assert famlink(*words, "--to", tmp_path / "one" / "g.svg", "--geometry", tmp_path / "two" / "g.json")[0] == 0
    [product] = products(hub.parent / "audit.jsonl")
    assert {Path(file).name for file in product.files} == {"g.svg", "g.json"}
    custody.hold_product(hub, request=product.request, by="legal", because="case 7")
    before = (tmp_path / "one" / "g.svg").read_bytes()
    code, _, err = famlink(*words, "--to", tmp_path / "one" / "g.svg")
    assert (code, "legal hold" in err) == (1, True)
    assert (tmp_path / "one" / "g.svg").read_bytes() == before
    custody.hold_product(hub, request=product.request, by="legal", because="case 7", lifted=True)
    assert famlink("purge", hub, "--request", product.request, "--by", "x")[0] == 0
    assert not (tmp_path / "one").exists()
    assert not (tmp_path / "two").exists()


def test_every_table_of_a_run_is_its_owners_alone(hub: Path, tmp_path: Path) -> None:
    files = sorted((tmp_path / "run").iterdir())
    assert "shared_relatives.parquet" in {file.name for file in files}
    if os.name == "posix":
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_whatever_is_written_is_its_owners_alone(hub: Path, tmp_path: Path, famlink: Famlink) -> None:
    """Pages, folders of plots, graphs, models, logs and annotation files, and every folder made for them."""
    run, deep = fl.open_run(tmp_path / "run"), tmp_path / "made" / "for" / "this"
    mask = os.umask(0o022)
    try:
        assert famlink("explain", tmp_path / "run", "police:p1", "gp:g1", "--to", deep / "pair.html")[0] == 0
        assert famlink("explain", tmp_path / "run", "police:p1", "gp:g1", "--to", deep / "pair")[0] == 0
        assert famlink("explain", tmp_path / "run", "--model", "--to", deep / "model")[0] == 0
        assert famlink("check", hub, "--to", deep / "check")[0] == 0
        truth = [
            {"agency": "police", "record_id": "p1", "person": "1"},
            {"agency": "gp", "record_id": "g1", "person": "1"},
        ]
        write_csv(tmp_path / "truth.csv", truth)
        assert famlink("evaluate", tmp_path / "run", "--truth", tmp_path / "truth.csv", "--to", deep / "scores")[0] == 0
        run.model.write(deep / "models" / "model.json")
        write_node_link(run.family(run.person_of("police", "p1")), deep / "graphs" / "graph.json")
        write_annotation(run, candidate_pairs(run)[:1], to=deep / "pairs" / "annotation.json")
    finally:
        os.umask(mask)
    made = sorted((tmp_path / "made").rglob("*"))
    assert {file.suffix for file in made if file.is_file()} >= {".html", ".svg", ".json"}
    wrong = [str(file) for file in made if stat.S_IMODE(file.stat().st_mode) != (0o700 if file.is_dir() else 0o600)]
    assert wrong == []
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o700
