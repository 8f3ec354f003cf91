"""Bad events by the public way: a hub is linked, a family is released, every file is written and opened with its own reader."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
import re
import time
import zipfile
from html.parser import HTMLParser

import polars as pl
import pytest
from defusedxml import ElementTree
from hubs import person, write_hub

import famlink as fl
from famlink.chronology.files import FORMULA_STARTS
from famlink.chronology.lines import BLANK, COLUMNS
from famlink.chronology.observations import observations
from famlink.chronology.view import VIEWS, chronology
from famlink.chronology.words import plain
from famlink.picture.files import write_chronology

AS_AT = dt.date(2026, 6, 1)
HOSTILE = {
    "formula": '=HYPERLINK("http://evil.example/","x")',
    "plus": "+1+1",
    "minus": "-2+3",
    "at": "@SUM(A1:A9)",
    "tab": "\t=1+1",
    "wide": "\uff1d1+1",
    "markup": "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "closing": "]]>&amp;</title></svg></w:t><!--",
    "template": "{{ 7 * 7 }} {% raw %}",
    "control": "a\x01b\x1bc\x7fd\x9fe\x08f",
    "nul": "before\x00after",
    "not characters": "x\ufffey\uffffz",
    "right to left": "\u0627\u0644\u0637\u0641\u0644 \u0628\u062e\u064a\u0631 \u05d0\u05d1",
    "override": "\u202egnp.exe\u2066x",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f",
    "marks": "Zoe\u0308 " + "a" + "\u0301" * 40,
    "breaks": "one\r\nBEGIN:VEVENT\r\nATTENDEE:x\ntwo\u2028three\x85four",
    "quotes": '"quoted", with; semi\\colon',
    "megabyte": "long " * 209_716,
}
COLUMNS_OF_TEXT = (
    "category",
    "description",
    "place",
    "time",
    "reference",
    "action_taken",
    "outcome",
    "child_seen",
    "recorded_by",
)


def hub_of(events: list[dict[str, str | None]]) -> fl.Hub:
    people = pl.DataFrame(
        [person("c1", "Keira", "Hollis", "2016-03-14"), person("c2", "Danielle", "Hollis", "1991-07-02")]
    )
    ties = pl.DataFrame([{"record_id": "c1", "related_record_id": "c2", "relationship": "mother"}])
    columns = sorted({name for row in events for name in row})
    table = pl.DataFrame(
        {name: [row.get(name) for row in events] for name in columns}, schema=dict.fromkeys(columns, pl.String)
    )
    source = fl.Source(agency="csc", people=people, relationships=ties, events=table)
    return fl.Hub(name="Testshire", as_at=AS_AT, synthetic=True, sources=[source])


def event(number: int, date: str | None, **more: str | None) -> dict[str, str | None]:
    return {
        "event_id": f"e{number}",
        "record_id": "c1",
        "date": date,
        "category": "Home visit",
        "description": "Seen.",
    } | more


def released_of(hub: fl.Hub, *, allow_rejects: bool = False):
    run = fl.link(hub, allow_rejects=allow_rejects)
    return run, run.picture(record=("csc", "c1"), basis="s47")


@pytest.fixture(scope="module", autouse=True)
def _folder_of_its_own(tmp_path_factory):
    """A hub of frames keeps its audit in the working folder."""
    with contextlib.chdir(tmp_path_factory.mktemp("work")):
        yield


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """Files of a family whose events hold hostile text in every column, and what was released."""
    rows = [
        event(n, "2024-05-03", **dict.fromkeys(COLUMNS_OF_TEXT, text)) | {"event_id": f"{n}{text[:30]}"}
        for n, text in enumerate(HOSTILE.values())
    ]
    rows += [
        event(n, "2027-05-03", **dict.fromkeys(COLUMNS_OF_TEXT, text[:200])) for n, text in enumerate(HOSTILE.values())
    ]
    _, picture = released_of(hub_of(rows))
    folder = tmp_path_factory.mktemp("hostile")
    files = picture.save(folder / "picture") | write_chronology(picture.released, folder / "chronology")
    return picture.released, {name: path.read_bytes() for name, path in files.items()}


def test_every_hostile_event_is_there_in_every_file(hostile):
    released, files = hostile
    assert released.events.height == 2 * len(HOSTILE)
    lines = chronology(released)
    wanted = {plain(f"csc:{e}") for e in released.events["event_id"]}
    assert set(lines.filter(pl.col("line") != "incident")["event"]) == wanted
    assert set(files) == {
        *("picture.html", "genogram.svg", "genogram.png", "chronology.csv", "chronology.xlsx", "picture.json"),
        *("chronology.docx", "chronology.json", "chronolator.csv", "strip.svg", "planned.ics"),
    }
    assert max(len(content) for content in files.values()) < 8_000_000


def test_what_is_read_is_the_text_bounded_and_told(hostile):
    released, _ = hostile
    said = chronology(released)["what_happened"].to_list()
    assert any(text.startswith("<script>alert(1)</script>") for text in said)
    assert "beforeafter" in said
    assert "abcdef" in said
    assert HOSTILE["right to left"] in said
    assert HOSTILE["emoji"].rstrip("\U000e007f") in "".join(said)
    assert any(text.endswith("[cut here: 1,048,579 characters in the source]") for text in said)
    assert max(map(len, said)) < 8_100


@pytest.mark.parametrize("name", ["chronology.csv", "chronolator.csv"])
def test_no_cell_of_a_csv_runs(hostile, name):
    _, files = hostile
    rows = list(csv.reader(io.StringIO(files[name].decode(), newline="")))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) > 2 * len(HOSTILE)
    assert not [cell for row in rows for cell in row if cell.lstrip(" \u00a0").startswith(FORMULA_STARTS)]
    assert b"\x00" not in files[name]


def test_the_workbook_opens_and_every_cell_is_text(hostile):
    openpyxl = pytest.importorskip("openpyxl")
    _, files = hostile
    book = openpyxl.load_workbook(io.BytesIO(files["chronology.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > 28 * 2 * len(HOSTILE)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert not [cell for cell in cells if cell.hyperlink]
    assert max(len(str(cell.value)) for cell in cells) <= 32_767


def test_the_word_document_opens_and_holds_the_words(hostile):
    docx = pytest.importorskip("docx")
    _, files = hostile
    document = docx.Document(io.BytesIO(files["chronology.docx"]))
    held = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert "<script>alert(1)</script>" in held
    assert "beforeafter" in held
    with zipfile.ZipFile(io.BytesIO(files["chronology.docx"])) as parts:
        for part in parts.namelist():
            if part.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(part))
        assert b"fldSimple" not in parts.read("word/document.xml")
        assert b"evil.example" not in b"".join(parts.read(n) for n in parts.namelist() if n.endswith(".rels"))


@pytest.mark.parametrize("name", ["strip.svg", "genogram.svg"])
def test_a_drawing_is_sound_xml_with_nothing_that_runs(hostile, name):
    _, files = hostile
    for node in ElementTree.fromstring(files[name]).iter():
        assert node.tag.rpartition("}")[2] not in {"script", "foreignObject", "a", "image", "use"}
        assert not [key for key in node.attrib if key.rpartition("}")[2].startswith("on")]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "srcdoc"]

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_shows_markup_as_text(hostile):
    _, files = hostile
    page = _Page()
    page.feed(files["picture.html"].decode())
    assert not page.tags & {"script", "img", "iframe", "object", "embed", "base"}
    assert page.handlers == []
    assert "<script>alert(1)</script>" in "".join(page.text)
    assert "{{ 7 * 7 }}" in "".join(page.text)
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", files["picture.html"])


@pytest.mark.parametrize("name", ["picture.json", "chronology.json"])
def test_json_reads_back(hostile, name):
    released, files = hostile
    held = json.loads(files[name])
    lines = held["chronology" if name == "picture.json" else "lines"]
    assert [line["what_happened"] for line in lines] == chronology(released)["what_happened"].to_list()


def test_the_calendar_is_sound(hostile):
    _, files = hostile
    content = files["planned.ics"]
    assert content.endswith(b"\r\n")
    folded = content.decode().split("\r\n")
    assert max(len(row.encode()) for row in folded) <= 75
    assert not [row for row in folded if re.search(r"[\x00-\x1f\x7f-\x9f\u2028]", row)]
    unfolded = content.decode().replace("\r\n ", "").split("\r\n")[:-1]
    names = [row.partition(":")[0].partition(";")[0] for row in unfolded]
    assert set(names) == {
        "BEGIN",
        "END",
        "VERSION",
        "PRODID",
        "CALSCALE",
        "X-WR-CALNAME",
        "UID",
        "DTSTAMP",
        "DTSTART",
        "DTEND",
        "SUMMARY",
        "DESCRIPTION",
        "CLASS",
        "TRANSP",
    }
    assert names.count("UID") == unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == len(HOSTILE)
    assert len({row for row in unfolded if row.startswith("UID")}) == len(HOSTILE)
    assert "evil" not in content.decode()


def test_a_source_of_files_gives_the_same_as_frames(tmp_path):
    """Text a CSV can hold comes through a file as it does through a frame."""
    told = [text for name, text in HOSTILE.items() if name != "nul"]
    rows = [
        {k: v or "" for k, v in event(n, "2024-05-03", description=text, outcome=text).items()}
        for n, text in enumerate(told)
    ]
    path = write_hub(
        tmp_path / "hub", {"csc": {"people": [person("c1", "Keira", "Hollis", "2016-03-14")], "events": rows}}
    )
    run = fl.link(path)
    assert run.incidents.sort("file_row")["description"].to_list() == [text.strip() for text in told]
    lines = chronology(run.picture(record=("csc", "c1"), basis="s47").released)
    assert lines.filter(pl.col("line") != "incident").height == len(told)


DATES = [
    ("2019", "2019 (month and day not recorded)", "2 years 9 months to 3 years 9 months"),
    ("March 2020", "March 2020 (day not recorded)", "3 years 11 months to 4 years"),
    ("c. 2018", "about 2018 (uncertain)", "1 year 9 months to 2 years 9 months"),
    ("?2024-05-03", "about 3 May 2024 (uncertain)", "8 years 1 month"),
    ("about March 2020", "about March 2020 (uncertain)", "3 years 11 months to 4 years"),
    ("week of 4 March 2020", "between 2 March 2020 and 8 March 2020 (uncertain)", "3 years 11 months"),
    ("w/c 02/03/2020", "between 2 March 2020 and 8 March 2020 (uncertain)", "3 years 11 months"),
    ("late March 2020", "about March 2020 (uncertain)", "3 years 11 months to 4 years"),
    ("summer 2019", "between 1 June 2019 and 22 September 2019 (uncertain)", "3 years 2 months to 3 years 6 months"),
    ("3-5 May 2020", "between 3 May 2020 and 5 May 2020 (uncertain)", "4 years 1 month"),
    ("00/05/2019", "May 2019 (day not recorded)", "3 years 1 month to 3 years 2 months"),
    ("Q1 2020", "between 1 January 2020 and 31 March 2020 (uncertain)", "3 years 9 months to 4 years"),
]
IMPOSSIBLE = ["31/02/2020", "31 February 2020", "0202-05-03", "2024-13-01", "soon", "", None]


def test_partial_dates_show_as_written_no_more_exactly_and_impossible_ones_are_told():
    rows = [event(n, text, description=f"No. {n}") for n, (text, _, _) in enumerate(DATES)]
    rows += [event(100 + n, text) for n, text in enumerate(IMPOSSIBLE)]
    rows += [event(200, "2020-01-01", record_id="nobody"), event(201, "2020-01-01", record_id=None)]
    with pytest.raises(fl.FamlinkError, match="cannot be used"):
        fl.link(hub_of(rows))
    run, picture = released_of(hub_of(rows), allow_rejects=True)
    lines = {line["event"]: line for line in chronology(picture.released).to_dicts()}
    for n, (text, when, age) in enumerate(DATES):
        line = lines[f"csc:e{n}"]
        assert (line["date_as_written"], line["when"], line["age"]) == (text, when, age), text
    assert not [e for e in lines if re.fullmatch("csc:e[12]..", e)]
    told = run.rejected.filter(pl.col("level") == "row").select("row", "column", "reason").rows()
    first = len(DATES) + 1
    assert told == [
        *((first + n, "date", "not a date that can be read") for n in range(len(IMPOSSIBLE))),
        (first + len(IMPOSSIBLE), "record_id", "names a record the agency did not give"),
        (first + len(IMPOSSIBLE) + 1, "record_id", "no record_id"),
    ]
    days = chronology(picture.released)["date"]
    assert days.is_sorted()


def test_dates_that_do_not_add_up_are_kept_and_noted():
    rows = [
        event(1, "2024-06-10", end_date="2024-06-01", category="Hospital admission"),
        event(2, "2015-01-01"),
        event(3, "2202-01-01"),
        event(4, "2027-03-01"),
        event(5, "2024-05-10", end_date="2024-05"),
        event(6, "2024-05-10", end_date="1900-01-01"),
        event(7, "2024-05-10", recorded_on="2024-01-01"),
        event(8, "1066"),
    ]
    _, picture = released_of(hub_of(rows))
    lines = {line["event"]: line for line in chronology(picture.released).to_dicts()}
    notes = {number: lines[f"csc:e{number}"]["note"] for number in range(1, 9)}
    planned = "planned: after 1 June 2026, the day the extracts describe"
    assert notes[1] == "end date 1 June 2024 is before the start"
    assert notes[2] == "dated before the birth of Keira Hollis"
    assert notes[3] == notes[4] == planned
    assert notes[7] == "written down on 1 January 2024, before the date given"
    assert notes[8] == "dated before the birth of Keira Hollis"
    assert "before the start" not in notes[5]
    assert "before the start" not in notes[6]
    assert lines["csc:e1"]["end_date"] == dt.date(2024, 6, 1)
    assert lines["csc:e6"]["end_date"] is None
    assert lines["csc:e2"]["age"] == "before birth"
    (fault,) = [o for o in observations(picture.released) if o.what == "date-fault"]
    assert set(fault.sources) == {"csc:e1", "csc:e2", "csc:e7", "csc:e8"}


@pytest.mark.heavy
def test_a_hundred_thousand_events_on_one_person(tmp_path):
    """Every file is written in seconds; those that cannot hold so much say what was left out and where to find it."""
    words = ["Home visit", "Referral", "Contact", "A&E attendance", "Domestic incident"]
    count = 100_000
    rows = [
        event(
            n,
            (dt.date(2016, 4, 1) + dt.timedelta(days=n % 3_600)).isoformat(),
            category=words[n % 5],
            description=f"Note {n}.",
        )
        for n in range(count)
    ]
    _, picture = released_of(hub_of(rows))
    begun = time.process_time()
    lines = chronology(picture.released)
    assert time.process_time() - begun < 15
    accounts = lines.filter(pl.col("line") != "incident")
    assert accounts.height == accounts["event"].n_unique() == count
    for view in VIEWS:
        assert set(chronology(picture.released, view=view).columns) == set(lines.columns)
    files = picture.save(tmp_path / "picture") | write_chronology(picture.released, tmp_path / "chronology")
    assert len(pl.read_csv(files["chronology.csv"], infer_schema=False)) == lines.height
    page = files["picture.html"].read_text()
    assert f"The first 1,500 lines are shown here; {lines.height - 1_500:,} more are in chronology.csv" in page
    with zipfile.ZipFile(files["chronology.docx"]) as parts:
        assert f"The first 3,000 lines of {lines.height:,}; the rest are in chronology.xlsx".encode() in parts.read(
            "word/document.xml"
        )
    with zipfile.ZipFile(files["chronology.xlsx"]) as parts:
        strings = parts.read("xl/sharedStrings.xml")
    assert f"The first 5,000 lines of {lines.height:,}; the rest are in chronology.csv.".encode() in strings
    assert files["strip.svg"].stat().st_size < 300_000
    assert files["picture.html"].stat().st_size < 20_000_000


def test_no_cell_is_blank_but_those_for_the_analyst(hostile):
    released, _ = hostile
    for name in set(COLUMNS) - set(BLANK) - {"end_date"}:
        assert not chronology(released)[name].cast(pl.String).fill_null("").eq("").any(), name
