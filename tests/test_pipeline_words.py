"""A hub's own crosswalk, and events explained by command."""

import html
import json
import shutil

import pytest
from typer.testing import CliRunner

import famlink as fl
from famlink.cli import app
from famlink.errors import MissingFileError, SpecError
from famlink.pipeline.words import events_words, kept_words, unknown_words
from famlink.spec import Hub, Source
from famlink.tables import EVENTS
from famlink.vocabulary.events import crosswalk

OWN = 'version = "2"\n[words]\nvisit = ["doorstep hello"]\n'


def hub(tmp_path, text):
    (tmp_path / "words.toml").write_text(text, encoding="utf-8")
    return Hub(sources=[Source(agency="police", people="p.csv")], folder=tmp_path, events={"crosswalk": "words.toml"})


def test_own_words_are_read_and_kept(tmp_path):
    own = events_words(hub(tmp_path, OWN))
    words = kept_words({"crosswalk": {"own": own}})
    assert words.read("Doorstep hello").kind == "visit"
    assert words.version == f"{crosswalk().version}+2"
    assert kept_words({}).version == crosswalk().version


@pytest.mark.parametrize("text", ["words = 3\n", '[words]\nno-such-kind = ["x"]\n', '[kind]\nmine = "x"\n', "=", 'colour = "red"\n'])  # fmt: skip
def test_a_file_that_cannot_be_used(tmp_path, text):
    with pytest.raises(SpecError, match=r"words\.toml"):
        events_words(hub(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path):
    spec = Hub(sources=[Source(agency="police", people="p.csv")], folder=tmp_path, events={"crosswalk": "none.toml"})
    with pytest.raises(MissingFileError, match=r"none\.toml"):
        events_words(spec)


def test_unknown_words_are_counted_and_seldom_ones_never_quoted():
    import datetime as dt

    words = ["keeps goldfish"] * 6 + ["a sentence about somebody"]
    events = EVENTS.frame(
        [
            {"agency": "police", "event_id": f"e{n}", "record_id": "1", "category": w, "date": dt.date(2024, 1, 1),
             "latest": dt.date(2024, 1, 1), "precision": "day", "date_text": "", "file": "f", "file_row": n}
            for n, w in enumerate(words, 1)
        ]
    )  # fmt: skip
    (said,) = unknown_words(events, crosswalk())["police"]
    assert '"keeps goldfish" (6) and 1 more' in said
    assert "somebody" not in said


def test_the_hub_of_the_demo_with_its_own_words_and_an_explained_event(tmp_path):
    source = fl.demo_hub()
    folder = tmp_path / "hub"
    shutil.copytree(source.parent, folder)
    (folder / "words.toml").write_text(OWN, encoding="utf-8")
    toml = folder / source.name
    toml.write_text(
        toml.read_text(encoding="utf-8") + '\n[events]\ncrosswalk = "words.toml"\n', encoding="utf-8", newline="\n"
    )
    run = fl.link(toml, to=tmp_path / "run")
    assert "words.toml" in json.dumps(dict(run.provenance))
    assert run.parameters["crosswalk"]["version"].endswith("+2")
    several = run.incidents.filter(run.incidents["incident_id"].is_duplicated()).sort("incident_id", "agency")
    one, other = (f"{a}:{e}" for a, e in several.select("agency", "event_id").head(2).rows())
    told = CliRunner().invoke(app, ["explain", str(tmp_path / "run"), one, other, "--event", "--json"])
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["verdict"] == "same event"
    assert "same event" in CliRunner().invoke(app, ["explain", str(tmp_path / "run"), one, other, "--event"]).output
    page = tmp_path / "events.html"
    assert CliRunner().invoke(app, ["explain", str(tmp_path / "run"), one, other, "--event", "--to", str(page)]).exit_code == 0  # fmt: skip
    text = page.read_text(encoding="utf-8")
    assert "Explanation of two events" in text
    for bar in json.loads(told.output)["bars"]:
        assert bar["sentence"] in html.unescape(text)
    wrong = CliRunner().invoke(app, ["explain", str(tmp_path / "run"), one, "police:none", "--event"])
    assert wrong.exit_code == 1
    assert CliRunner().invoke(app, ["explain", str(tmp_path / "run"), one, "--event"]).exit_code == 2
