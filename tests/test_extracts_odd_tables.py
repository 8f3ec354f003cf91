"""Tables as people and reports write them: titles, files put together, empty rows, sheets that hide, merge and reach far."""

import datetime as dt
import io
import time
import zipfile

import openpyxl
import polars as pl
import pytest

from famlink.errors import SourceError
from famlink.extracts.decoding import utf8
from famlink.extracts.reading import read_sources
from famlink.extracts.sheetbounds import bound_cells
from famlink.extracts.suggestion import suggest_file
from famlink.spec import Hub, Source


def read(folder, name, data=None, **options):
    if data is not None:
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    hub = Hub(folder=folder, sources=[Source(agency="gp", people=name)])
    return read_sources(hub, allow_rejects=True, **options)


def book(folder, *sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return made, folder / "p.xlsx"


def notes(extracts):
    return [note.removeprefix("p.csv: ").removeprefix("p.xlsx: ") for note in extracts.summaries[0]["warnings"]]


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ("Children known\n", 1),
        ("Children known,,\n\n\nRun on,01/06/2026,\n", 4),
        ('"Team A, Team B"\nPeriod: May, June\n', 2),
        ("\n\n", 0),
        ("", 0),
    ],
)
def test_titles_above_the_header(tmp_path, above, lines):
    got = read(tmp_path, "p.csv", f"{above}record_id,forename,surname\n1,Ann,Lee\n")
    assert got.records.select("record_id", "forename", "surname", "file_row").rows() == [("1", "Ann", "Lee", 1)]
    assert notes(got) == ([f"above the header stand titles, which are not read: {lines} lines"] if lines else [])


def test_a_first_row_that_is_no_title_is_a_header_though_nobody_knows_it(tmp_path):
    (tmp_path / "p.csv").write_text("A,B\n1,record_id\nsurname,forename\n")
    source = Source(agency="gp", people="p.csv", columns={"people": {"record_id": "A", "surname": "B"}})
    got = read_sources(Hub(folder=tmp_path, sources=[source]))
    assert got.records.select("record_id", "surname").rows() == [("1", "record_id"), ("surname", "forename")]


def test_files_put_together_say_their_header_and_mark_again(tmp_path):
    one = "\ufeffrecord_id,forename\n1,Ann\n"
    got = read(tmp_path, "p.csv", one + one.replace("1,Ann", "2,Bo") + "\ufeff3,Cy\n")
    assert got.records.select("record_id", "forename").rows() == [("1", "Ann"), ("2", "Bo"), ("3", "Cy")]
    assert got.rejected.select("row", "reason", "level").rows() == [(2, "the header again", "row")]


def test_rows_of_empty_cells_below_a_table_are_no_rows(tmp_path):
    got = read(tmp_path, "p.csv", "record_id,forename\n1,Ann\n , \n2,Bo\n" + ",\n" * 50)
    assert got.records.select("record_id", "file_row").rows() == [("1", 1), ("2", 3)]
    assert got.summaries[0]["people"] == {"rows": 3, "records": 2, "rejected": 1, "named": 0}
    assert got.rejected.select("row", "reason").rows() == [(2, "no record_id")]
    assert notes(got) == ["50 rows of empty cells below the table are no rows"]


def test_a_few_bytes_of_windows_1252_spoil_no_other_name(tmp_path):
    data = "record_id,forename\n1,Zoë\n2,Łukasz\n3,Ángel\n".encode() + "4,Siân\n".encode("cp1252")
    got = read(tmp_path, "p.csv", data)
    assert got.records["forename"].to_list() == ["Zoë", "Łukasz", "Ángel", "Siân"]
    assert notes(got) == ["UTF-8 but for 1 bytes, read as Windows-1252; check that accented names look right"]
    assert utf8("Siân José Zoë".encode("cp1252"), file="x")[0].decode() == "Siân José Zoë"
    with pytest.raises(SourceError, match="not text in UTF-8"):
        utf8("Zoë Łukasz".encode() + b"\x81", file="x")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_kind(tmp_path, ends):
    got = read(tmp_path, "p.csv", ends.join(["record_id,note", "1,a", '2,"b', 'c"', ""]))
    assert got.records["record_id"].to_list() == ["1", "2"]
    assert got.records["extra.note"].to_list()[1].split() == ["b", "c"]


def test_days_that_do_not_exist_are_told_and_cost_no_row(tmp_path):
    from famlink.standardisation.standardise import standardise

    days = ["31/02/2012", "3/5/12", "2012-13-01", "00/00/0000", "29/02/2011", "41032", "41032.5", "3 May 2012"]
    got = read(tmp_path, "p.csv", "record_id,date_of_birth\n" + "".join(f"{n},{day}\n" for n, day in enumerate(days)))
    done = standardise(got.records, as_at=dt.date(2026, 6, 1))
    assert [str(day) if day else None for day in done.rows.sort("record_id")["date_of_birth"]] == [
        *[None] * 5,
        *("2012-05-03", "2012-05-03", "2012-05-03"),
    ]
    assert done.rejected.filter(column="date_of_birth")["row"].sort().to_list() == [1, 2, 3, 4, 5]


def test_a_sheet_with_titles_and_a_header_again(tmp_path):
    rows = [["Report of children"], [None], ["Run", dt.date(2026, 1, 1)], ["record_id", "forename", "surname"]]
    made, path = book(tmp_path, ("Data", [*rows, [1, "Ann", "Lee"], rows[-1], [2, "Bo", "Lee"]]))
    made.save(path)
    got = read(tmp_path, "p.xlsx")
    assert got.records.select("record_id", "file_row").rows() == [("1", 1), ("2", 3)]
    assert got.rejected.select("row", "reason").rows() == [(2, "the header again")]
    assert notes(got) == ["above the header stand titles, which are not read: 2 rows"]


def test_the_sheet_that_begins_with_a_header_is_read_and_hidden_ones_are_not(tmp_path):
    people = [["record_id", "forename"], [1, "Ann"]]
    made, path = book(tmp_path, ("Old", people), ("Cover", [["Read me"]]), ("Export", [*people, [2, "Bo"]]))
    made["Old"].sheet_state = "hidden"
    made["Export"].row_dimensions[2].hidden = True
    made["Export"].column_dimensions["B"].hidden = True
    made.save(path)
    got = read(tmp_path, "p.xlsx")
    assert got.records.select("record_id", "forename").rows() == [("1", "Ann"), ("2", "Bo")]
    assert notes(got) == ["read from one sheet, number 3 of 3; name a sheet people to choose"]
    made["Old"].title = "People"
    made.save(path)
    assert read(tmp_path, "p.xlsx").records.height == 1


def test_merged_cells_are_told(tmp_path):
    made, path = book(tmp_path, ("people", [["record_id", "household_id"], [1, "H1"], [2, None]]))
    made["people"].merge_cells("B2:B3")
    made.save(path)
    got = read(tmp_path, "p.xlsx")
    assert got.records["household_id"].to_list() == ["H1", None]
    assert notes(got) == ["1 areas of cells are merged: the value stands in the first cell alone; unmerge them"]


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576"])
def test_one_cell_far_away_does_not_fill_the_memory(tmp_path, cell):
    made, path = book(tmp_path, ("people", [["record_id", "forename"], [1, "Ann"]]))
    made["people"][cell] = "x"
    made.save(path)
    if cell == "XFD1048576":
        with pytest.raises(
            SourceError, match=r"p\.xlsx: a sheet reaches to column 16,384 and row 1,048,576 and fills 5 cells"
        ):
            read(tmp_path, "p.xlsx")
    else:
        assert read(tmp_path, "p.xlsx").records["record_id"][0] in ("1", "x")
    assert cell != "A1048576" or bound_cells(path.read_bytes(), file="p.xlsx") == 0


def a_sheet(inside):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", f"<worksheet><sheetData>{inside}</sheetData></worksheet>")
    return kept.getvalue()


@pytest.mark.parametrize(
    "inside",
    [
        "<row r='1048576'><c r='xfd1048576'><v>1</v></c></row>",
        '<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c><v>1</v></c></row>',
        '<x:row r = "1"><x:c s="1" r = "XFD1048576" t="s"><x:v>1</x:v></x:c></x:row>',
    ],
)
def test_a_far_cell_however_it_is_written(inside):
    with pytest.raises(SourceError, match="a sheet reaches to column 16,384 and row 1,048,576"):
        bound_cells(a_sheet(inside), file="p.xlsx")
    assert bound_cells(a_sheet('<row r="1"><c r="XFD1048576" s="1"/></row>'), file="p.xlsx") == 0


def test_a_full_sheet_of_many_cells_is_no_far_cell():
    row = "".join(f'<c r="{name}{{0}}"><v>1</v></c>' for name in ("A", "B", "AAA"))
    inside = "".join(f"<row>{row.format(n)}</row>" for n in range(1, 2000))
    assert bound_cells(a_sheet(inside), file="p.xlsx") == 0


def test_the_public_linkage_tables_are_read_whole(samples):
    folder = samples / "linkage"
    columns = {"record_id": "unique_id", "forename": "first_name", "date_of_birth": "dob"}
    sources = [
        Source(agency="one", people="fake_1000.csv", columns={"people": columns}),
        Source(
            agency="two",
            people="historical_figures_with_errors_50k.parquet",
            columns={"people": {**columns, "postcode": "postcode_fake"}},
        ),
    ]
    got = read_sources(Hub(folder=folder, sources=sources))
    lines = (folder / "fake_1000.csv").read_text(encoding="utf-8").splitlines()
    raw = pl.read_parquet(folder / "historical_figures_with_errors_50k.parquet")
    counts = [told["people"] for told in got.summaries]
    assert [count["rows"] for count in counts] == [len(lines) - 1, raw.height] == [1000, 50578]
    assert [count["rejected"] for count in counts] == [0, 0]
    two = got.records.filter(agency="two")
    assert two["date_of_birth"].count() == raw["dob"].count()
    assert two["surname"].n_unique() == raw["surname"].str.strip_chars().n_unique()
    assert got.records.filter(agency="one")["email"].count() == sum(bool(line.split(",")[5]) for line in lines[1:])


def test_hostile_names_and_sheets_take_no_time(tmp_path):
    began = time.process_time()
    (tmp_path / "p.csv").write_text(
        "record_id,forename,surname," + "(" * 200_000 + "," + "Word " * 20_000 + "\n1,Ann,Lee,x,y\n"
    )
    assert suggest_file(tmp_path / "p.csv").kind == "people"
    assert bound_cells(a_sheet("<c " + 'r="AAA1" ' * 200_000), file="p.xlsx") == 0
    assert time.process_time() - began < 10
