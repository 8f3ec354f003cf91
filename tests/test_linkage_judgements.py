"""What a person decided about a pair is kept, counted last first, and followed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hubs import filler, person, write_hub

import famlink as fl
from famlink.errors import SourceError
from famlink.linkage.judgements import read_judgements


def log(folder: Path, *lines: dict[str, str]) -> Path:
    path = folder / "answers.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return path


def say(name: str, verdict: str, left: str = "police:p1", right: str = "health:h1") -> dict[str, str]:
    return {"id": name, "left": left, "right": right, "verdict": verdict, "who": "duty worker", "when": "2026-05-01"}


def test_the_last_judgement_of_a_pair_counts(tmp_path: Path) -> None:
    judged = read_judgements(log(tmp_path, say("1", "match"), say("2", "distinct", "health:h1", "police:p1")))
    assert judged.same.is_empty()
    assert judged.distinct.rows() == [("health", "h1", "police", "p1", "person")]


def test_a_withdrawn_judgement_counts_no_more(tmp_path: Path) -> None:
    judged = read_judgements(log(tmp_path, say("1", "match"), {"withdraws": "1"}))
    assert judged.same.is_empty()
    assert judged.distinct.is_empty()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"left": "police", "right": "health:h1", "verdict": "match"}, "left"),
        ({"left": "a:1", "right": "a:1", "verdict": "match"}, "one record"),
        ({"left": "a:1", "right": "b:1", "verdict": "yes"}, "verdict"),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, line: dict[str, str], says: str) -> None:
    with pytest.raises(SourceError, match=f"line 2.*{says}"):
        read_judgements(log(tmp_path, say("1", "match"), line))


@pytest.mark.parametrize(("verdict", "one"), [("match", True), ("distinct", False)])
def test_linkage_follows_it(tmp_path: Path, verdict: str, one: bool) -> None:
    left = person("p1", "Zoë", "Ashby" if not one else "Quill", "2012-05-03", address="3 Mill Lane", postcode="NR1 1AB")
    right = person(
        "h1", "Zoë" if not one else "Petra", "Ashby", "2012-05-03", address="3 Mill Lane", postcode="NR1 1AB"
    )
    tables = {
        "police": {"people": [left, *filler(30, agency="police")]},
        "health": {"people": [right, *filler(30, agency="health")]},
    }
    hub = write_hub(tmp_path, tables)
    before = fl.link(hub)
    assert (before.person_of("police", "p1") == before.person_of("health", "h1")) is not one
    log(tmp_path, say("1", verdict))
    hub.write_text(hub.read_text() + '[link]\njudgements = "answers.jsonl"\n', encoding="utf-8")
    after = fl.link(hub)
    assert (after.person_of("police", "p1") == after.person_of("health", "h1")) is one
    row = after.links.filter((after.links["record_id_left"] == "h1") & (after.links["record_id_right"] == "p1"))
    assert (row["verdict"].to_list() == ["match"]) is one
    assert "a person decided" in row["reason"].item()
