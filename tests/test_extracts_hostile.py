"""Hostile files: what is refused, what is named by line, and what is written harmless. Bombs, encodings and packing are in
test_extracts_census.py (XML) and test_extracts_formats.py (zip, gzip, globs, UTF-16, Windows-1252)."""

import io
import json
import time
import zipfile

import openpyxl
import polars as pl
import pytest

from famlink.chronology.files import FORMULA_STARTS, harmless, harmless_columns
from famlink.chronology.lines import COLUMNS
from famlink.chronology.workbook import xlsx_bytes
from famlink.errors import SourceError
from famlink.extracts.reading import read_sources
from famlink.extracts.xmlstream import read_elements
from famlink.pipeline.shelf import writer_of
from famlink.spec import Hub, Source
from famlink.tables import REJECTED

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
HOSTILE_XML = {
    "billion laughs": f"<!DOCTYPE x [{LAUGHS}]><x><Child>&l11;</Child></x>",
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><x><Child>{"&a;" * 50_000}</Child></x>',
    "external entity": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x><Child>&e;</Child></x>',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1:9/e.dtd"> %e;]><x><Child/></x>',
    "external type": '<!DOCTYPE x PUBLIC "a" "http://127.0.0.1:9/x.dtd"><x><Child/></x>',
}


def read(folder, format, files, **more):  # noqa: A002
    return read_sources(Hub(folder=folder, sources=[Source(agency="gp", format=format, files=files, **more)]))


@pytest.mark.parametrize("attack", HOSTILE_XML)
@pytest.mark.parametrize("format", ["cin-census", "ctf", "school-census"])
def test_entities_are_refused_unread(tmp_path, attack, format):  # noqa: A002
    (tmp_path / "c.xml").write_text('<?xml version="1.0"?>' + HOSTILE_XML[attack])
    began = time.process_time()
    with pytest.raises(SourceError, match="refused unread") as caught:
        read(tmp_path, format, "c.xml")
    assert time.process_time() - began < 5
    assert "ha" * 3 not in str(caught.value)


def test_deep_and_broken_xml_is_named_by_line():
    with pytest.raises(SourceError, match=r"c\.xml: line 1: elements are nested more than 100 deep"):
        read_elements(b"<a>" * 5000, "Child", file="c.xml")
    with pytest.raises(SourceError, match=r"c\.xml: not well-formed XML at line 3"):
        read_elements(b"<a>\n<Child>\n<UPN></Child>\n</a>", "Child", file="c.xml")
    with pytest.raises(SourceError, match=r"c\.xml: not well-formed XML at line 2"):
        read_elements(b"<a>\n<Child>&nbsp;</Child></a>", "Child", file="c.xml")


def test_broken_json_is_named_by_line(tmp_path):
    (tmp_path / "b.json").write_text('{"resourceType": "Bundle",\n "entry": [\n  {"resource": {]}\n')
    with pytest.raises(SourceError, match=r"b\.json: not JSON at line 3"):
        read(tmp_path, "fhir", "b.json")
    (tmp_path / "b.json").write_text("[" * 100_000)
    with pytest.raises(SourceError, match=r"not a JSON object|not JSON at line 1"):
        read(tmp_path, "fhir", "b.json")
    patient = json.dumps({"resourceType": "Patient", "id": "1"})
    (tmp_path / "b.ndjson").write_text(
        "\n".join(
            [
                patient,
                patient.replace("1", "2"),
                '{"id":',
                "[" * 100_000,
                *[patient.replace("1", str(n)) for n in range(3, 12)],
            ]
        )
    )
    got = read(tmp_path, "fhir", "b.ndjson")
    assert got.rejected["row"].to_list() == [3, 4]
    assert got.records.height == 11


def test_a_folder_does_not_lead_out_of_itself(tmp_path):
    (tmp_path / "secret.csv").write_text("pers_person_id\n1\n")
    (tmp_path / "ssd").mkdir()
    (tmp_path / "ssd" / "ssd_person.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(SourceError, match="1 files of the folder 'ssd' are links out of it"):
        read(tmp_path, "ssd", "ssd")
    (tmp_path / "hub").mkdir()
    for files in ("../*.csv", "../**/*.csv", "ssd/../../*.csv"):
        with pytest.raises(SourceError, match="leads out of the hub's folder"):
            read(tmp_path / "hub", "ssd", files)
    with pytest.raises(SourceError, match="leads out of the hub's folder"):
        read(tmp_path / "hub", "ssd", f"{tmp_path}/*.csv")


def test_the_name_inside_a_zip_leads_nowhere(tmp_path):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("../../escaped.csv", "record_id\n1\n")
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "p.zip").write_bytes(kept.getvalue())
    got = read_sources(Hub(folder=tmp_path / "hub", sources=[Source(agency="gp", people="p.zip")]))
    assert got.records["file"].to_list() == ["p.zip"]
    assert [path.name for path in tmp_path.rglob("*.csv")] == []
    (tmp_path / "hub" / "p.zip").write_bytes(kept.getvalue()[1:])  # its directory then begins before the file does
    with pytest.raises(SourceError, match="not a zip file that can be unpacked"):
        read_sources(Hub(folder=tmp_path / "hub", sources=[Source(agency="gp", people="p.zip")]))


def test_rejected_csv_runs_no_formula(tmp_path):
    formula = '=HYPERLINK("http://127.0.0.1","x")'
    rejected = REJECTED.frame(
        [{"source": "gp", "file": "@p.csv", "row": 1, "column": formula, "reason": "not a date", "level": "cell"}]
    )
    writer_of("rejected", rejected)(tmp_path / "rejected.csv")
    (row,) = pl.read_csv(tmp_path / "rejected.csv").select("source", "file", "row", "column").rows()
    assert row == ("gp", "'@p.csv", 1, "'" + formula)


def test_harmless_columns_are_harmless_cells():
    cells = [f"{before}{start}x" for start in (*FORMULA_STARTS, "a", "'", "1") for before in ("", " ", "\u00a0 ")]
    table = pl.DataFrame({"a": [*cells, None, ""], "n": range(len(cells) + 2)})
    assert harmless_columns(table)["a"].to_list() == [*(harmless(cell) for cell in cells), None, ""]
    assert harmless_columns(table)["n"].equals(table["n"])


def test_no_cell_of_the_workbook_is_a_formula():
    texts = {name: pl.Series([f"{start}cmd|' /C calc'!A0" for start in FORMULA_STARTS]) for name in COLUMNS}
    data = xlsx_bytes(pl.DataFrame(texts), title="=1+1", notices=("=2+2", "@SUM(A1)"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert len(cells) > len(FORMULA_STARTS) * 5
    assert {cell.data_type for cell in cells} <= {"s", "n"}
