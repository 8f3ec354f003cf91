"""Drawings of released families: everybody once, every link once, and what the page says."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections import defaultdict
from dataclasses import replace

import polars as pl
import pytest

from famlink import tables
from famlink.errors import GenogramError
from famlink.genogram.drawing import draw_released, png_of, render
from famlink.sharing.released import Released, Request
from famlink.vocabulary.relationships import inverse

SVG = "{http://www.w3.org/2000/svg}"


def made(people, relations, homes=(), subjects=("kai",), **changes) -> Released:
    """A release of made-up people: {id: {field: value, agencies: [...]}}, [(person, relative, kind, qualifier, more)]."""
    rows, statements, related, housed = [], [], [], []
    for person, given in people.items():
        said = dict(given)
        for agency in said.pop("agencies", ["police"]):
            key = {"agency": agency, "record_id": f"{agency}-{person}", "person_id": person}
            rows.append({**key, "probability": said.get("probability", 1.0), "origin": "given"})
            statements += [
                {
                    **key,
                    "statement_id": f"{agency}{person}{f}",
                    "field": f,
                    "value": v,
                    "raw": v,
                    "file": "f",
                    "file_row": 1,
                }
                for f, v in said.items()
                if f != "probability"
            ]
    for person, relative, kind, qualifier, more in relations:
        for a, b, word, extra in ((person, relative, kind, more), (relative, person, inverse(kind), {})):
            if a == b and word != kind:
                continue
            base = {"basis": "stated", "confidence": 1.0, "sources": [], "claims": [], "premises": []}
            days = {k: more[k] for k in ("start", "end") if k in more}
            row = {"person_id": a, "relative_id": b, "relationship": word, "qualifier": qualifier}
            if not any(all(r[k] == row[k] for k in row) for r in related):
                related.append({**row, **base, **days, **extra})
    for home, person, address in homes:
        housed.append({"household_id": home, "person_id": person, "address": address, "sources": []})
    return Released(
        request=Request(subjects=(), basis="s47"),
        hub="Northshire",
        as_at=dt.date(2026, 6, 1),
        synthetic=changes.get("synthetic", True),
        policy="default 1",
        subjects=subjects,
        agencies=(),
        people=tables.PEOPLE.frame(rows),
        statements=tables.STATEMENTS.frame(statements),
        relations=tables.RELATIONS.frame(related),
        households=tables.HOUSEHOLDS.frame(housed),
        events=pl.DataFrame(),
        existence=tables.EXISTENCE.frame(
            [
                {"person_id": p, "agency": a, "holder": a, "ask": "the hub", "rule": "r 1"}
                for p, a in changes.get("existence", ())
            ]
        ),
        withheld=tables.WITHHELD.empty(),
        protected=changes.get("protected", ()),
    )


def person(forename, surname, sex, born=None, **more):
    found = {"forename": forename, "surname": surname, "sex": sex, "date_of_birth": born, **more}
    return {k: v for k, v in found.items() if v is not None}


@pytest.fixture
def reeds() -> Released:
    """Three generations."""
    return made(
        {
            "kai": person("Kai", "Reed", "male", "2015-03-02", agencies=["police", "education"]),
            "amy": person("Amy", "Reed", "female", "2018-07-12"),
            "mum": person("Laura", "Reed", "female", "1988-01-01", agencies=["police", "health"], probability=0.9),
            "dad": person("Tom", "Price", "male", "1985-05-05"),
            "gran": person("Joan", "Reed", "female", "1960"),
            "gramps": person("Bert", "Reed", "male", "1958", date_of_death="2019-04-04"),
        },
        [
            ("kai", "mum", "parent", "birth", {"parental_responsibility": True}),
            ("kai", "dad", "parent", "birth", {}),
            ("amy", "mum", "parent", "birth", {}),
            ("amy", "dad", "parent", "birth", {}),
            ("mum", "gran", "parent", "birth", {}),
            ("mum", "gramps", "parent", "birth", {}),
            ("gran", "gramps", "spouse", "", {"start": dt.date(1985, 1, 1)}),
            ("mum", "dad", "ex-partner", "", {"end": dt.date(2020, 1, 1)}),
        ],
    )


def test_three_generations_stand_on_three_rows(reeds):
    drawing = draw_released(reeds)
    rows = {s["id"]: s["row"] for s in drawing.geometry["symbols"]}
    assert rows == {"gran": 0, "gramps": 0, "mum": 1, "dad": 1, "kai": 2, "amy": 2}
    assert drawing.geometry["counts"] == {"people": 6, "unions": 2, "children": 3}


def test_the_same_release_gives_the_same_bytes(reeds):
    assert draw_released(reeds).svg == draw_released(reeds).svg


def test_the_page_says_who_knows_whom_how_sure_and_that_it_is_synthetic(reeds):
    svg = draw_released(reeds).svg
    for words in (
        "SYNTHETIC",
        "Kai Reed",
        "education, police",
        "likely the same",
        "m. 1985",
        "ended 2020",
        "uk-ics",
        "PR",
    ):
        assert words in svg


def test_initials_only_shows_no_name_and_no_date(reeds):
    svg = draw_released(reeds, initials=True).svg
    assert "K R" in svg
    for words in ("Kai", "Laura", "Price", "1988", "2015", "2019"):
        assert words not in svg


def test_a_png_comes_out(reeds):
    assert png_of(draw_released(reeds).svg).startswith(b"\x89PNG")


@pytest.mark.parametrize(("sex", "role"), [("female", "father"), ("male", "mother"), (None, "other parent")])
def test_a_gap_in_a_product_is_a_gap_in_what_was_released_and_in_a_file_one_in_the_record(sex, role):
    drawing = draw_released(
        made(
            {"kai": person("Kai", "Reed", "male"), "adult": person("Sam", "Reed", sex)},
            [("kai", "adult", "parent", "birth", {})],
        )
    )
    root = ET.fromstring(drawing.svg)
    said = f"no {role} in what was released"
    assert said in " ".join(t.text or "" for t in root.iter(SVG + "text"))
    assert said in [t.text for t in root.iter(SVG + "title")]
    assert f"N{said[1:]}: 1." in root.find(SVG + "desc").text
    assert f"N{said[1:]}; nobody is drawn." in [d.text for d in root.iter(SVG + "desc")]
    assert "no parent or partner in what was released" in drawing.svg
    assert "not recorded" not in drawing.svg
    of_file = render(replace(drawing.family, released=False)).svg
    assert f"{role} not recorded" in of_file.replace("</text>", "")
    assert "released" not in of_file.replace("Information may be held", "")


def test_a_bracket_in_a_product_says_no_more_than_what_was_released():
    kids = {name: person(name.title(), "Reed", "male") for name in ("kai", "lee")}
    drawing = draw_released(made(kids, [("kai", "lee", "sibling", "", {})]))
    assert "bracket: siblings, no parents in what was released" in drawing.svg


def test_an_agency_known_by_existence_alone_is_named_and_nobody_else_is_only():
    people = {
        "kai": person("Kai", "Reed", "male", agencies=["social_care"]),
        "amy": person("Amy", "Reed", "female", agencies=["social_care"]),
        "lee": person("Lee", "Reed", "male", agencies=["social_care"]),
        "sam": person("Sam", "Reed", "male", agencies=["police", "social_care"]),
    }
    related = [("kai", other, "sibling", "", {}) for other in ("amy", "lee", "sam")]
    existence = (("kai", "education"), ("lee", "social_care"), ("sam", "health"), ("sam", "education"))
    drawing = draw_released(made(people, related, existence=existence))
    texts = defaultdict(list)
    root = ET.fromstring(drawing.svg)
    for text in root.iter(SVG + "text"):
        texts[text.get("class")].append(text.text)
    assert texts["only"] == ["social care only"], "Amy alone"
    assert " ".join(texts["agencies"]).count("social care; education existence only") == 1
    assert "police, social care; education, health existence only" in " ".join(texts["agencies"])
    assert "social care" in texts["agencies"], "Lee: neither only, nor the same agency twice"
    told = [d.text for d in root.iter(SVG + "desc")]
    assert sum("Known to social care. Also known to education: existence only." in d for d in told) == 1
    assert sum("social care only." in d for d in told) == 1
    assert "existence only: the agency knows the person" in drawing.svg


def test_a_focus_outside_the_release_is_one_clear_sentence(reeds):
    with pytest.raises(GenogramError, match="not in what was released"):
        draw_released(reeds, focus=("nobody",))
