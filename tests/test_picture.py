"""The picture: summary, page and files say everything released, nothing else, and run nothing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import json
import os
import re
import stat
from html.parser import HTMLParser

import polars as pl
import pytest
from released_family import PEOPLE, events, family
from test_chronology import short
from test_chronology_files import HOSTILE, hostile_family

from famlink import tables
from famlink.chronology.json_text import json_bytes
from famlink.chronology.strip import strip_svg
from famlink.errors import InvariantError
from famlink.picture.files import FILES, write_picture
from famlink.picture.html import MOST_LINES, page, safe_drawing
from famlink.picture.summary import summarise
from famlink.sharing.released import FIXED_NOTICE, Request

SVG = '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>Genogram</title><rect width="9"/></svg>'


class Page(HTMLParser):
    """What a page holds, read back."""

    VOID = frozenset({"meta", "link", "br", "input", "hr", "img", "col"})

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.headings: list[int] = []
        self.faults: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.faults += [f"{tag} is never closed" for tag in self._open]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-1:]}")
        else:
            self._open.pop()

    def handle_data(self, data):
        if not self._open or self._open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def made(released=None, **changes):
    return page(summarise(released if released is not None else family(**changes)), svg=SVG)


def test_every_person_is_in_the_summary_and_on_the_page():
    summary = summarise(family())
    assert {person["person_id"] for person in summary["people"]} == set(PEOPLE)
    text = Page(made()).text
    for person in summary["people"]:
        assert person["name"] in text
        assert person["certainty"] in text


def test_relations_to_the_subject_are_in_english():
    words = {person["person_id"]: person["relation"] for person in summarise(family())["people"]}
    assert words == {
        "P-keira": "the subject",
        "P-danielle": "mother",
        "P-craig": "father",
        "P-tyler": "brother",
        "P-mia": "half-sister",
        "P-mason": "half-brother",
        "P-patricia": "maternal grandmother",
        "P-roy": "maternal grandfather",
        "P-lee": "mother's partner",
        "P-unborn": "mother's unborn child",
    }
    of_two = {p["person_id"]: p["relation"] for p in summarise(family(subjects=("P-keira", "P-tyler")))["people"]}
    assert of_two["P-patricia"] == "maternal grandmother (Keira); special guardian (Tyler)"
    assert of_two["P-keira"] == "a subject; sister (Tyler)"


def test_without_relations_everyone_is_still_there_and_the_relation_is_not_recorded():
    released = family(relations=tables.RELATIONS.empty())
    words = {person["relation"] for person in summarise(released)["people"]}
    assert words == {"the subject", "not recorded"}
    assert "Lee Osborne" in Page(made(released)).text


def test_summary_is_plain_data_and_the_same_each_time():
    released = family()
    shuffled = family(
        people=released.people.reverse(), statements=released.statements.reverse(), relations=released.relations.reverse(),
        events=released.events.reverse(), households=released.households.reverse(), withheld=released.withheld.reverse(),
    )  # fmt: skip
    first = json_bytes(summarise(released))
    assert first == json_bytes(summarise(shuffled))
    assert json.loads(first)["people"][0]["name"] == "Keira Hollis"


def test_what_the_request_leaves_out_is_printed_as_not_recorded():
    released = family(request=Request(subjects=(("csc", "c-101"),), basis="s17"))
    request = summarise(released)["request"]
    for name in ("purpose", "requester", "authoriser", "window_from", "request_id", "why_older"):
        assert request[name] == "not recorded"
    assert "Authorised by not recorded" in Page(made(released)).text
    window = dataclasses.replace(
        released.request, window_from=dt.date(2024, 1, 1), relevance={"police": "risk to child"}
    )
    text = Page(made(family(request=window))).text
    assert "1 January 2024 to not recorded" in text
    assert "Relevance recorded for police risk to child" in text


@pytest.mark.parametrize("notices", [(), (FIXED_NOTICE,), ("A parent refused.",)])
def test_the_fixed_notice_is_always_there(notices):
    for released in (family(notices=notices), family(notices=notices, withheld=tables.WITHHELD.empty())):
        assert FIXED_NOTICE in summarise(released)["notices"]
        text = Page(made(released)).text
        assert text.count(FIXED_NOTICE) == 2
        for notice in notices:
            assert notice in text


def test_withheld_counts_and_existence_are_said_with_whom_to_ask():
    text = Page(made()).text
    assert "health events 7 not needed for this basis (minimum necessary)" in text
    assert "Lee Osborne is known here; contact March 2019 to April 2026. Nothing more is released: ask Northshire probation duty desk" in " ".join(text.split())  # fmt: skip
    assert "existence only: Probation" in text


def test_a_person_with_protected_whereabouts_has_no_address_anywhere():
    released = family(protected=("P-danielle",))
    summary = summarise(released)
    (danielle,) = [p for p in summary["people"] if p["person_id"] == "P-danielle"]
    assert danielle["home"] == "protected: not shown"
    assert danielle["details"]
    assert not {d["field"] for d in danielle["details"]} & {"address", "postcode", "phone", "school"}
    assert "P-danielle" not in {m["person_id"] for h in summary["households"] for m in h["members"]}


def test_households_of_the_day_come_before_the_past():
    households = summarise(family())["households"]
    assert [(h["address"], h["current"]) for h in households] == [
        ("12 Alder Close", True), ("3 Beacon Street", True), ("Flat 4, 90 Quay Road", False),
    ]  # fmt: skip
    tyler = [m for m in households[0]["members"] if m["name"] == "Tyler Hollis"]
    assert (tyler[0]["dates"], tyler[0]["current"]) == ("1 February 2020 to 3 April 2022", False)


def test_per_agency_notes_count_what_was_released():
    agencies = {a["agency"]: a for a in summarise(family())["agencies"]}
    assert set(agencies) == {"csc", "police", "school", "health", "housing", "probation"}
    assert (agencies["police"]["records"], agencies["police"]["events"]) == (4, 6)
    assert (agencies["csc"]["first_contact"], agencies["csc"]["last_contact"]) == ("2014", "9 July 2025")
    assert agencies["housing"]["last_contact"] == "about 10 October 2025"
    assert agencies["probation"]["first_contact"] == "not recorded"


def test_synthetic_is_marked_on_page_and_data_and_only_then():
    assert Page(made()).text.count("SYNTHETIC") >= 2
    assert "<title>SYNTHETIC: Family picture: Keira Hollis" in made()
    assert "SYNTHETIC" not in made(synthetic=False)


def test_the_page_needs_no_network_and_no_script():
    text = made(hostile_family())
    read = Page(text)
    assert not read.faults
    (policy,) = [m["content"] for m in read.all("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in read.tags}
    for tag, attrs in read.tags:
        assert not [
            name for name in attrs if name.startswith("on") or name in {"src", "srcset", "action", "xlink:href"}
        ], tag
        if "href" in attrs:
            assert attrs["href"].startswith("#")
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert not re.search(r"url\(|@import|expression\(", styles)
    assert "http" not in re.sub(r"http-equiv", "", made())


def test_every_link_on_the_page_goes_somewhere():
    read = Page(made())
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for attrs in read.all("a"):
        assert attrs["href"][1:] in ids


def test_hostile_text_is_shown_as_text_and_bounded():
    text = made(hostile_family())
    read = Page(text)
    assert "<script>alert(1)</script>" in read.text
    assert "{{ 7 * 7 }} {% for %}" in read.text
    assert "\u0627\u0644\u0639\u0631\u0628\u064a\u0629" in read.text
    assert "\U0001f468\u200d\U0001f469\u200d\U0001f467" in read.text
    assert "\u202e" not in text
    assert "\x00" not in text
    assert "[cut on this page; more in picture.json]" in read.text
    assert "1,048,576 characters in the source" in json_bytes(summarise(hostile_family())).decode()
    assert len(text) < 300_000
    assert all(attrs.get("dir") == "auto" for attrs in read.all("p") if attrs.get("class") == "words")


@pytest.mark.parametrize("words", [w for w in HOSTILE if len(w) < 1000])
def test_hostile_names_purposes_and_addresses_break_nothing(words):
    released = family()
    rows = pl.col("field").is_in(["forename", "surname"]) & (pl.col("person_id") == "P-keira")
    hostile = family(
        statements=released.statements.with_columns(
            pl.when(rows).then(pl.lit(words)).otherwise(pl.col("value")).alias("value"),
            pl.when(rows).then(pl.lit(words)).otherwise(pl.col("raw")).alias("raw"),
        ),
        households=released.households.with_columns(pl.lit(words).alias("address")),
        existence=released.existence.with_columns(pl.lit(words).alias("ask")),
        request=Request(subjects=(("csc", words),), basis="s47", purpose=words, requester=words, relevance={"police": words}),
    )  # fmt: skip
    read = Page(made(hostile))
    assert not read.faults
    assert "script" not in {tag for tag, _ in read.tags}


def test_a_long_chronology_is_cut_on_the_page_and_says_so():
    many = family(events=events([short(incident=f"i{n}", words=f"entry {n}") for n in range(MOST_LINES + 25)]))
    summary = summarise(many)
    assert len(summary["chronology"]) == MOST_LINES + 25
    read = Page(page(summary, svg=SVG))
    assert "The first 1,500 lines are shown here; 25 more are in chronology.csv" in read.text
    assert read.text.count("entry ") < MOST_LINES + 50


def test_nothing_released_but_the_notice_is_still_a_page():
    bare = family(
        people=family().people.clear(), statements=family().statements.clear(), relations=tables.RELATIONS.empty(),
        households=tables.HOUSEHOLDS.empty(), events=family().events.clear(), existence=tables.EXISTENCE.empty(),
        withheld=tables.WITHHELD.empty(), agencies=(), subjects=(),
    )  # fmt: skip
    read = Page(page(summarise(bare)))
    assert not read.faults
    assert FIXED_NOTICE in read.text
    assert "no subject released" in read.text


def test_accessibility_basics():
    text = made()
    read = Page(text)
    assert read.all("html")[0]["lang"] == "en-GB"
    assert "<title>" in text
    assert read.headings[0] == 1
    assert read.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(read.headings, read.headings[1:], strict=False))
    assert all(attrs.get("scope") in {"col", "row", "rowgroup"} for attrs in read.all("th"))
    landmarks = {tag for tag, _ in read.tags} & {"header", "main", "nav", "footer"}
    assert landmarks == {"header", "main", "nav", "footer"}
    assert read.all("a")[0] == {"class": "skip", "href": "#main"}
    for attrs in read.all("section"):
        assert attrs["aria-labelledby"] in text
    labels = text.count("<label>")
    assert labels == len(read.all("input"))
    assert text.count("<caption>") == len(read.all("table"))


def test_every_link_of_the_page_leads_to_a_place_on_it_and_no_id_stands_twice():
    summary = summarise(family())
    text = page(summary, svg=SVG, strip=strip_svg(family()))
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    targets = re.findall(r'href="([^"]*)"', text)
    assert targets
    assert all(target.startswith("#") and target[1:] in ids for target in targets)
    for named in re.findall(r'aria-labelledby="([^"]+)"', text):
        assert set(named.split()) <= set(ids)


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_stands_out_from_its_ground_in_light_and_dark():
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    styles = made().split("<style>")[1]
    for block in re.findall(r":root \{(.*?)\}", styles, re.DOTALL):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for ink in ("ink", "quiet", "accent"):
            for ground in ("paper", "soft", "group", "mark"):
                if ground == "mark" and ink == "accent":
                    continue
                one, two = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
                assert (one + 0.05) / (two + 0.05) >= 4.5, (ink, ground, colours)


@pytest.mark.parametrize(
    "bad",
    [
        "<svg><script>1</script></svg>", '<svg onload="x()"></svg>', "<svg><a href='x'>y</a></svg>", "<svg><image href='http://x'/></svg>",
        "<svg><style>@import 'x'</style></svg>", "<svg><rect fill='url(http://x)'/></svg>", "<svg><foreignObject/></svg>", "no drawing",
    ],
)  # fmt: skip
def test_a_drawing_that_could_run_or_fetch_is_refused(bad):
    with pytest.raises(InvariantError):
        safe_drawing(bad)


def test_a_drawing_loses_its_declaration_and_keeps_its_words():
    assert safe_drawing(SVG) == '<svg viewBox="0 0 9 9"><title>Genogram</title><rect width="9"/></svg>'
    assert "onward &lt;a&gt;" in safe_drawing("<svg><text>onward &lt;a&gt;</text></svg>")


def test_files_are_all_there_private_whole_and_the_same_bytes_twice(tmp_path):
    released = family()
    first = write_picture(released, tmp_path / "one")
    second = write_picture(released, tmp_path / "two")
    assert tuple(first) == FILES
    for name in FILES:
        assert first[name].read_bytes() == second[name].read_bytes(), name
        assert first[name].stat().st_size > 100
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == sorted(FILES)
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "one").stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in first.values()} == {0o600}
    text = first["picture.html"].read_text(encoding="utf-8")
    assert not Page(text).faults
    assert "Keira Hollis" in Page(text).text
    data = json.loads(first["picture.json"].read_bytes())
    assert data["genogram"]["counts"]["people"] == len(PEOPLE)


def test_files_of_a_hostile_family_are_written(tmp_path):
    paths = write_picture(hostile_family(), tmp_path / "out")
    assert not Page(paths["picture.html"].read_text(encoding="utf-8")).faults


def test_nothing_that_was_not_released_is_on_the_page():
    released = family()
    alone = family(people=released.people.filter(pl.col("person_id") != "P-lee"))
    text = html.unescape(made(alone))
    assert not re.search(r"\(suspect\).*Lee", text)
    assert "P-lee" not in json.dumps(summarise(alone)["relations"])


def test_a_view_of_the_chronology_is_written_in_every_form_and_says_that_it_is_a_view(tmp_path):
    from famlink.picture.files import write_chronology

    full = write_chronology(family(), tmp_path / "full")
    assert set(full) == {
        "chronology.csv", "chronology.xlsx", "chronology.docx", "chronology.json", "chronolator.csv", "strip.svg", "planned.ics",
    }  # fmt: skip
    assert "not the full" not in json.loads(full["chronology.json"].read_bytes())["title"]
    police = write_chronology(family(), tmp_path / "police", view="key", agency="police", as_at=dt.date(2025, 1, 1))
    data = json.loads(police["chronology.json"].read_bytes())
    assert data["title"].endswith("(not the full chronology: key, police, known by 1 January 2025)")
    assert FIXED_NOTICE in data["notices"]
    assert "planned.ics" not in police
    again = write_chronology(family(), tmp_path / "again")
    for name, path in full.items():
        assert path.read_bytes() == again[name].read_bytes(), name
