"""Chronolator, calendar, Word, pseudonyms and the strip."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import struct
import zipfile
from dataclasses import replace

import polars as pl
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st
from released_family import events, family
from test_chronology import short
from test_chronology_files import hostile_family

from famlink.chronology.data import chronology_schema
from famlink.chronology.document import docx_bytes
from famlink.chronology.document_frame import _HERE
from famlink.chronology.exports import CHRONOLATOR, calendar_bytes, chronolator_csv
from famlink.chronology.observations import observations
from famlink.chronology.pseudonyms import anonymise, restore
from famlink.chronology.strip import strip_in_words, strip_svg
from famlink.chronology.view import VIEWS, chronology
from famlink.genogram.drawing import png_of
from famlink.picture.files import CHRONOLOGY_FILES, write_chronology
from famlink.picture.html import safe_drawing


def test_chronolator_has_its_columns_a_source_on_every_row_and_one_date_a_cell():
    table = chronology(family())
    rows = list(csv.DictReader(io.StringIO(chronolator_csv(table).decode())))
    assert list(rows[0]) == list(CHRONOLATOR)
    assert len(rows) == family().events.height
    for row in rows:
        assert re.fullmatch(r"\??\d{1,2} [A-Z][a-z]+ \d{4}", row["Start Date"])
        assert row["Source of Information"]
    assert rows[0]["Start Date"] == "?1 January 2014"
    told = [row for row in rows if "3 agencies record this (incident 18)" in row["Comments"]]
    assert len(told) == 3
    wrong = [row for row in rows if "end date 1 May 2025 is before the start" in row["Comments"]]
    assert wrong[0]["End Date"] == ""


def test_the_calendar_holds_what_is_planned_and_no_name_or_prose():
    made = calendar_bytes(chronology(family()), as_at=family().as_at).decode()
    assert made.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20260624" in made
    assert "SUMMARY:Review at 10:00\\, CSC" in made
    assert not re.search("keira|hollis|booked", made, re.IGNORECASE)
    assert made.endswith("END:VCALENDAR\r\n")


def test_a_made_up_calendar_says_so_and_an_entry_keeps_its_uid_in_every_view():
    released = family()
    made = calendar_bytes(chronology(released), as_at=released.as_at, synthetic=True).decode()
    assert "X-WR-CALNAME:SYNTHETIC: Planned after 1 June 2026" in made
    assert "SUMMARY:SYNTHETIC: Review at 10:00\\, CSC" in made
    alone = calendar_bytes(chronology(released, agency="csc"), as_at=dt.date(2026, 6, 2)).decode()
    assert re.findall("UID:(.*)", made) == re.findall("UID:(.*)", alone)


def holds(value, schema):
    """The parts of JSON Schema that the schema of a chronology uses."""
    kinds = {"string": str, "array": list, "object": dict, "boolean": bool, "null": type(None)}
    if "const" in schema:
        assert value == schema["const"]
        return
    named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    assert isinstance(value, tuple(kinds[name] for name in named)), value
    if isinstance(value, str) and "pattern" in schema:
        assert re.search(schema["pattern"], value)
    assert "enum" not in schema or value in schema["enum"]
    if isinstance(value, list):
        for item in value:
            holds(item, schema["items"])
    if isinstance(value, dict):
        assert list(value) == schema["required"] == list(schema["properties"])
        assert schema["additionalProperties"] is False
        for key, item in value.items():
            holds(item, schema["properties"][key])


@pytest.mark.parametrize("view", VIEWS)
def test_the_json_of_every_view_is_what_its_schema_says(tmp_path, view):
    files = write_chronology(family(), tmp_path, view=view)
    assert set(files) <= set(CHRONOLOGY_FILES)
    data = json.loads(files["chronology.json"].read_text(encoding="utf-8"))
    holds(data, chronology_schema())
    assert len(data["lines"]) == chronology(family(), view=view).height
    assert [count["sentence"] for count in data["counts"]] == [o.sentence for o in observations(family())]


def test_calendar_lines_are_folded_at_75_octets_and_hostile_text_cannot_add_a_property():
    record = "c-101"
    table = chronology(
        family(
            events=events(
                [short(record=record, first="2030-01-01", time="10:00\r\nATTENDEE:x", kind="\u00e9;,\n" * 40)]
            )
        )
    )
    made = calendar_bytes(table, as_at=dt.date(2026, 1, 1))
    assert all(len(row) <= 75 for row in made.split(b"\r\n"))
    assert b"\nATTENDEE" not in made
    unfolded = made.decode().replace("\r\n ", "")
    assert "\u00e9\\;\\," in unfolded


def test_the_word_document_holds_every_line_and_the_same_bytes():
    table = chronology(family())
    made = docx_bytes(
        table, title="Chronology & <b>", notices=("Information may be held that this basis does not open.",)
    )
    assert made == docx_bytes(
        table, title="Chronology & <b>", notices=("Information may be held that this basis does not open.",)
    )
    docx = pytest.importorskip("docx")
    document = docx.Document(io.BytesIO(made))
    assert "Information may be held" in document.paragraphs[1].text
    (grid,) = document.tables
    rows = [[cell.text for cell in row.cells] for row in grid.rows]
    assert [row[0] for row in rows[1:]] == table["ref"].to_list()
    assert all(row[-1] == "" for row in rows[1:])
    assert "Punched by Lee Osborne" in str(rows)
    assert document.sections[0].page_width > document.sections[0].page_height
    xml = zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml").decode()
    assert "w:tblHeader" in xml
    assert xml.count("w:cantSplit") == len(rows)


def whole_document(released):
    png = png_of(strip_svg(released), zoom=0.2)
    return docx_bytes(
        chronology(released), title="Chronology: Keira Hollis", notices=released.notices, about="Chronology, as at 1 June 2026",
        counts=observations(released), drawing=(png, strip_in_words(released)),
    )  # fmt: skip


def test_the_word_document_has_numbered_pages_headings_alternative_text_and_names_nobody_in_its_properties():
    docx = pytest.importorskip("docx")
    made = whole_document(family())
    assert made == whole_document(family())
    document = docx.Document(io.BytesIO(made))
    headings = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [
        ("Heading 1", "Chronology: Keira Hollis"),
        ("Heading 2", "What can be counted"),
        ("Heading 2", "At a glance"),
        ("Heading 2", "Line by line"),
    ]
    properties = document.core_properties
    assert properties.title == "Chronology, as at 1 June 2026"
    assert properties.language == "en-GB"
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        assert not re.search(b"keira|hollis", book.read("docProps/core.xml"), re.IGNORECASE)
        assert b" NUMPAGES " in b"".join(book.read(n) for n in book.namelist() if "footer" in n)
        xml = book.read("word/document.xml").decode()
    (words,) = re.findall(r'<wp:docPr [^>]*descr="([^"]+)"', xml)
    assert words == strip_in_words(family())
    assert "w:tblCaption" in xml


def test_every_count_of_the_word_document_leads_to_its_line():
    xml = zipfile.ZipFile(io.BytesIO(whole_document(family()))).read("word/document.xml").decode()
    marks = re.findall(r'w:bookmarkStart w:id="\d+" w:name="([^"]+)"', xml)
    assert len(marks) == len(set(marks)) == chronology(family()).height
    links = re.findall(r'w:hyperlink w:anchor="([^"]+)"', xml)
    told = [f"line_{ref}" for count in observations(family()) for ref in count.refs]
    assert links == told
    assert set(links) <= set(marks)


def test_hostile_text_in_word_is_text():
    made = docx_bytes(chronology(hostile_family()), title="\x00=1+1")
    xml = zipfile.ZipFile(io.BytesIO(made)).read("word/document.xml")
    assert ElementTree.fromstring(xml) is not None
    assert b"&lt;script&gt;" in xml
    assert b"fldSimple" not in xml


def test_words_that_look_like_places_of_the_frame_are_words_and_the_strip_keeps_its_shape():
    docx = pytest.importorskip("docx")
    odd = f"{_HERE} %s {{}}"
    table = chronology(family(events=events([short(words=odd)])))
    png = png_of(strip_svg(family()), zoom=0.2)
    made = docx_bytes(table, title=odd, notices=(odd,), about=odd, drawing=(png, odd))
    document = docx.Document(io.BytesIO(made))
    assert [p.text for p in document.paragraphs[:2]] == [odd, odd]
    assert document.sections[0].header.paragraphs[0].text == document.core_properties.title == odd
    assert odd in document.tables[0].rows[1].cells[2].text
    (shape,) = document.inline_shapes
    wide, tall = struct.unpack_from(">II", png, 16)
    assert shape.height / shape.width == pytest.approx(tall / wide, rel=1e-5)
    assert zipfile.ZipFile(io.BytesIO(made)).read("word/media/image1.png") == png


def test_names_go_out_and_come_back():
    released = family()
    table = chronology(released)
    bare, key = anonymise(table, released)
    told = str(bare.select("who", "what_happened", "note", "who_knew", "outcome").rows()).casefold()
    for name in ("keira", "hollis", "osborne", "pemberton", "patricia", "marsh"):
        assert name not in told
    assert "[Person 1] seen alone" not in told
    assert "[person 1" in told
    assert restore(bare, key).equals(table)
    written = bare.with_columns(significance=bare["who"])
    assert restore(written, key)["significance"].to_list() == table["who"].to_list()


def test_a_text_that_already_holds_a_label_is_not_changed_on_the_way_back():
    released = family(events=events([short(words="[Person 1] and [Person' 1] saw Keira; KEIRA; keira")]))
    table = chronology(released)
    bare, key = anonymise(table, released)
    assert "eira" not in bare["what_happened"][0]
    assert restore(bare, key).equals(table)


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet=st.sampled_from("KeiraHols []Person1'.form2\n"), max_size=60))
def test_any_text_comes_back_as_it_was(words):
    released = family(events=events([short(words=words)]))
    table = chronology(released)
    bare, key = anonymise(table, released)
    assert restore(bare, key).equals(table)


def test_the_strip_marks_every_account_and_joins_an_incident():
    made = strip_svg(family())
    root = ElementTree.fromstring(made)
    titles = [node.text for node in root.iter() if node.tag.endswith("title")]
    for ref in chronology(family()).filter(chronology(family())["line"] != "incident")["ref"]:
        assert sum(title.startswith(f"{ref}: ") and "," in title for title in titles) >= 1, ref
    assert "incident 18: 3 accounts" in titles
    assert titles[0] == "Chronology of Keira Hollis at a glance"
    assert made == strip_svg(family())
    assert safe_drawing(made)
    for node in root.iter():
        for name in ("x", "cx"):
            if name in node.attrib and not node.attrib[name].startswith("-"):
                assert 0 <= float(node.attrib[name]) <= 1120


def test_the_strip_of_very_many_or_hostile_events_is_bounded():
    many = family(events=events([short(incident=f"i{n}") for n in range(3000)]))
    made = strip_svg(many)
    assert len(made) < 30_000
    assert "+2,996" in made
    hostile = strip_svg(
        family(households=family().households.with_columns(address=pl_lit("<script>\u202ex</script>" * 9)))
    )
    assert "<script" not in hostile
    ElementTree.fromstring(hostile)
    assert strip_svg(family(events=events([]))) == ""


def test_a_protected_child_has_no_home_on_the_strip():
    assert "Alder" in strip_svg(family())
    assert "Alder" not in strip_svg(family(protected=("P-keira",)))


def test_a_home_of_unknown_start_begins_at_birth_not_before():
    released = family(households=family().households.with_columns(start=pl_lit(None)))
    bars = [node for node in ElementTree.fromstring(strip_svg(released)).iter() if node.tag.endswith("rect")]
    homes = [node for node in bars if node.attrib.get("height") == "16"]
    born = [
        n
        for n in ElementTree.fromstring(strip_svg(released)).iter()
        if n.tag.endswith("path") and any(t.text == "born 14 March 2016" for t in n)
    ]
    start = float(re.match(r"M([\d.]+) ", born[0].attrib["d"]).group(1))
    assert homes
    assert all(float(node.attrib["x"]) >= start for node in homes)


def pl_lit(text):
    return pl.lit(text) if text is not None else pl.lit(None, dtype=pl.Date)


def named_family(words, *names, **more):
    """A family with people of these (forename, surname), and one event of these words."""
    released = family(events=events([short(words=words, **more)]))
    first = released.statements.filter(person_id="P-mia", field="forename").head(1)
    rows = [
        first.with_columns(pl_lit(field).alias("field"), pl_lit(raw).alias("raw"), pl_lit(raw.casefold()).alias("value"),
                           pl_lit(f"x{n}{field}").alias("statement_id"))
        for n, name in enumerate(names) for field, raw in zip(("forename", "surname"), name, strict=True)
    ]  # fmt: skip
    return replace(released, statements=pl.concat([released.statements, *rows]))


@pytest.mark.parametrize(
    ("name", "words", "gone", "stays"),
    [
        (("Al", "Osborne"), "Al's mother; AL; balance; also; Algebra", ["Al'", "AL;"], ["balance", "also", "Algebra"]),
        (("Mia", "Smith-Jones"), "Mrs Jones, Smith-Jones' aunt, SMITH\u2010JONES", ["Jones", "Smith", "SMITH"], ["Mrs", "aunt"]),
        (("Mia", "O'Brien"), "O\u2019Brien and O'BRIEN", ["Brien", "BRIEN"], [" and "]),
        (("Jos\u00e9", "Osborne"), "Jose\u0301 and JOS\u00c9", ["Jos", "JOS"], [" and "]),
        (("Jose", "Osborne"), "Jose\u0301 is another name than Jose", ["than Jose"], ["Jose\u0301 is"]),
        (("Mia", "Gro\u00df"), "Gro\u00df, GROSS and Gross", ["Gro", "GRO"], [" and "]),
        (("Ilk", "Osborne"), "\u0130lk, \u0131lk and ILK", ["ILK"], [" and "]),
        (("Will", "May"), "Will will see her on 3 May 2025; Miss May may go.", ["Will ", "Miss May"], [" will see", "3 May 2025", " may go"]),
        (("Mary  Ann", "Osborne"), "Mary\nAnn", ["Mary", "Ann"], ["["]),
        (("\u0645\u062d\u0645\u062f", "Osborne"), "\u0642\u0627\u0644 \u0645\u062d\u0645\u062f", ["\u0645\u062d\u0645\u062f"], ["\u0642\u0627\u0644"]),
    ],
)  # fmt: skip
def test_names_are_found_however_they_are_written_and_words_are_left_whole(name, words, gone, stays):
    released = named_family(words, name)
    table = chronology(released)
    bare, key = anonymise(table, released)
    told = bare["what_happened"][0]
    assert not [word for word in gone if word in told], told
    assert not [word for word in stays if word not in told], told
    assert restore(bare, key).equals(table)
    assert bare["who_knew"].to_list() == table["who_knew"].to_list()


@pytest.mark.parametrize("mark", ["Address", "Phone", "Postcode", "School", "Email", "Site", "Person", "Person'"])
def test_no_label_a_source_writes_itself_is_taken_for_ours(mark):
    released = family(
        events=events([short(words=f"[{mark} 1] at 12 Alder Close, Willow Road Primary; [{mark} 1 form 2]")])
    )
    table = chronology(released)
    bare, key = anonymise(table, released)
    assert "Alder" not in bare["what_happened"][0]
    assert "Willow" not in bare["what_happened"][0]
    assert restore(bare, key).equals(table)


def test_a_view_of_no_lines_says_so_in_word():
    docx = pytest.importorskip("docx")
    table = chronology(family())
    said = [
        [p.text for p in docx.Document(io.BytesIO(docx_bytes(rows, title="T"))).paragraphs]
        for rows in (table, table.clear())
    ]
    assert ["Nothing of what was released is in this view." in words for words in said] == [False, True]
