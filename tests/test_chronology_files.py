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

from famlink.chronology.files import FOLDED, csv_bytes, harmless, heading_of, xlsx_bytes
from famlink.chronology.lines import BLANK, COLUMNS
from famlink.chronology.view import chronology

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
    assert list(rows[2]) == [heading for heading, _ in COLUMNS.values()]
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
