"""A chronology as CSV and XLSX: bytes, hostile text, print set-up."""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile

import polars as pl
import pytest
from released_family import events, family
from test_chronology import short

from famlink.chronology.files import csv_bytes, harmless, heading_of, heading_without_names
from famlink.chronology.lines import BLANK, COLUMNS
from famlink.chronology.observations import observations
from famlink.chronology.strip import strip_svg
from famlink.chronology.view import chronology
from famlink.chronology.workbook import FOLDED, xlsx_bytes
from famlink.genogram.drawing import png_of

HOSTILE = [
    '=HYPERLINK("http://evil.example/","x")', "+1+1", "-2+3", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", " =1+1", "\uff1d1+1",
    "<script>alert(1)</script>", "\u202egnp.exe", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "a\x00b\x1bc", "x" * 1_048_576, "{{ 7 * 7 }} {% for %}", "]]>&amp;", "line one\nline two", '"quoted", with comma',
]  # fmt: skip


def hostile_family():
    return family(events=events([short(incident=f"h{n}", words=w, category=w, time=w[:20], extra={"outcome": w, "action": w}) for n, w in enumerate(HOSTILE)]))  # fmt: skip


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\u00a0=", "\uff1d"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(start):
    assert harmless(f"{start}1+1").startswith("'")
    assert harmless("3 May") == "3 May"


def test_no_cell_of_the_csv_begins_like_a_formula_and_none_is_lost():
    table = chronology(hostile_family())
    rows = list(csv.DictReader(io.StringIO(csv_bytes(table).decode())))
    assert len(rows) == len(HOSTILE)
    assert list(rows[0]) == list(COLUMNS)
    for row in rows:
        for name, cell in row.items():
            assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d")), name
            assert cell or name in BLANK
            assert "\x00" not in cell
    assert max(len(row["what_happened"]) for row in rows) < 9_000
    assert any("1,048,576 characters in the source" in row["what_happened"] for row in rows)


def test_the_workbook_holds_text_alone_and_prints_landscape_one_page_wide():
    made = xlsx_bytes(chronology(hostile_family()), title="=1+1 & <b>", notices=("=2+2",))
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert not [name for name in book.namelist() if name.startswith("xl/worksheets/_rels")]
        assert 'orientation="landscape"' in sheet
        assert 'fitToHeight="0"' in sheet
        assert "<autoFilter" in sheet
        assert 'state="frozen"' in sheet
        columns = re.findall(r'<col min="(\d+)" max="(\d+)"([^>]*)/>', sheet)
        folded = sum(int(last) - int(first) + 1 for first, last, look in columns if 'hidden="1"' in look)
        assert folded == len(FOLDED)
        assert all(('outlineLevel="1"' in look) == ('hidden="1"' in look) for _, _, look in columns)
        assert "Print_Titles" in book.read("xl/workbook.xml").decode()
        assert not [name for name in book.namelist() if "external" in name.lower() or "vba" in name.lower()]


def test_the_workbook_reads_back_as_the_table(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    released = family()
    table = chronology(released)
    title = heading_of("Keira Hollis", released.as_at, synthetic=True)
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(table, title=title, notices=released.notices))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == title
    assert rows[1][0] == "Information may be held that this basis does not open."
    assert list(rows[2]) == [*(heading for heading, _ in COLUMNS.values()), "See line"]
    assert [row[0] for row in rows[3:]] == table["ref"].to_list()


def test_the_same_table_gives_the_same_bytes():
    table = chronology(family())
    assert csv_bytes(table) == csv_bytes(table)
    first = xlsx_bytes(table, title="t")
    time.sleep(2.1)  # a zip stores times in steps of two seconds
    assert first == xlsx_bytes(table, title="t")


def test_an_empty_chronology_is_still_a_file():
    table = chronology(family(events=events([])))
    assert pl.read_csv(csv_bytes(table)).columns == list(COLUMNS)
    assert xlsx_bytes(table, title="t")[:2] == b"PK"


def opened(made):
    openpyxl = pytest.importorskip("openpyxl")
    return openpyxl.load_workbook(io.BytesIO(made))


def whole_workbook(released, **more):
    return xlsx_bytes(chronology(released), title="Chronology: Keira Hollis", notices=released.notices, counts=observations(released), **more)  # fmt: skip


def test_exact_days_are_dates_and_partial_ones_are_text_no_more_exact_than_their_source():
    released = family()
    book = opened(whole_workbook(released))
    rows = list(book["Chronology"].iter_rows(min_row=4, values_only=True))
    names = list(COLUMNS)
    for row, line in zip(rows, chronology(released).iter_rows(named=True), strict=True):
        cell = row[names.index("date")]
        if line["precision"] == "day":
            assert cell.date() == line["date"]
        else:
            assert cell.lstrip("?") == line["date"].isoformat()[: len(cell.lstrip("?"))]
    said = {row[names.index("date")] for row in rows if isinstance(row[names.index("date")], str)}
    assert said == {"2014", "2015-09", "2020-09", "2024-11", "?2025-10-10"}
    ends = [row[names.index("end_date")] for row in rows if row[names.index("end_date")] != "not recorded"]
    assert any(not isinstance(end, str) for end in ends)


def test_a_day_before_spreadsheets_count_days_is_text():
    released = family(events=events([short(text="1888-02-01", first="1888-02-01"), short(incident="b")]))
    rows = list(
        opened(xlsx_bytes(chronology(released), title="t"))["Chronology"].iter_rows(min_row=3, values_only=True)
    )
    assert rows[0][list(COLUMNS).index("date")] == "1888-02-01"


def test_every_count_links_to_the_rows_it_was_counted_from():
    released = family()
    book = opened(whole_workbook(released))
    counts, lines = book["Counts"], book["Chronology"]
    told = {count.sentence: list(count.refs) for count in observations(released)}
    found, sentence = {}, None
    for (cell,) in counts.iter_rows(min_row=5, max_col=1):
        if cell.hyperlink is None:
            sentence = cell.value
            found[sentence] = []
            continue
        sheet, _, place = cell.hyperlink.location.partition("!")
        assert sheet == "Chronology"
        assert lines[place].value == cell.value
        found[sentence].append(cell.value)
    assert found == told
    links = {cell.hyperlink.location for row in lines.iter_rows() for cell in row if cell.hyperlink is not None}
    assert links
    note = next(cell for row in lines.iter_rows() for cell in row if cell.value == "follows incident 6")
    see = lines.cell(note.row, len(COLUMNS) + 1)
    assert see.value == "6"
    assert lines[see.hyperlink.location.partition("!")[2]].value == "6"


def test_rows_are_tall_enough_for_their_words_and_no_link_leads_outside():
    many = "a long account of what was said " * 12
    released = family(events=events([short(words=many), short(incident="b", words="Seen.")]))
    made = xlsx_bytes(chronology(released), title="t")
    sheet = opened(made)["Chronology"]
    assert sheet.row_dimensions[3].height > 150
    assert sheet.row_dimensions[4].height < 120
    with zipfile.ZipFile(io.BytesIO(whole_workbook(family()))) as book:
        for name in book.namelist():
            assert "TargetMode=" not in book.read(name).decode("utf-8", "replace"), name


def test_the_properties_of_a_workbook_name_nobody():
    released = family()
    with zipfile.ZipFile(io.BytesIO(whole_workbook(released, about=heading_without_names(released.as_at, synthetic=True)))) as book:  # fmt: skip
        said = book.read("docProps/core.xml").decode() + book.read("docProps/app.xml").decode()
    assert "SYNTHETIC - Chronology, as at 1 June 2026" in said
    assert not re.search("keira|hollis", said, re.IGNORECASE)


def test_a_drawing_in_the_workbook_has_words_of_its_own():
    png = png_of(strip_svg(family()), zoom=0.2)
    with zipfile.ZipFile(io.BytesIO(whole_workbook(family(), drawing=(png, "25 accounts")))) as book:
        drawings = [book.read(name).decode() for name in book.namelist() if "drawings/drawing" in name]
    assert 'descr="25 accounts"' in drawings[0]


def test_the_columns_are_explained_in_the_workbook():
    sheet = opened(whole_workbook(family()))["Columns"]
    rows = {tuple(row) for row in sheet.iter_rows(min_row=5, values_only=True)}
    assert {tuple(item) for item in COLUMNS.values()} < rows
    assert len(rows) == len(COLUMNS) + 1
