"""The same people from every ending and every kind of frame; bytes that are no text, and files that are not what they say."""

import gzip
import io
import json
import zipfile

import openpyxl
import polars as pl
import pytest

from famlink.errors import MissingFileError, SourceError
from famlink.extracts import decoding
from famlink.extracts.decoding import unpacked, utf8
from famlink.extracts.loading import read_bytes
from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Query, Source

PEOPLE = pl.DataFrame(
    {
        "record_id": ["12", "007", "x-3"],
        "forename": ["Zoë", "Łukasz", None],
        "date_of_birth": ["2012-05-03", "2011-04-02", None],
        "note": ["a", None, "b"],
    }
)


def read(people, folder=".", **source):
    return read_sources(Hub(folder=folder, sources=[Source(agency="gp", people=people, **source)]))


def seen(extracts):
    return extracts.records.select("record_id", "forename", "date_of_birth", pl.col("extra.note").alias("note"))


def write(path, ending):
    text = PEOPLE.write_csv()
    if ending == "csv":
        path.write_text(text, encoding="utf-8")
    elif ending == "bom.csv":
        path.write_text(text, encoding="utf-8-sig")
    elif ending == "utf16.csv":
        path.write_text(text, encoding="utf-16")
    elif ending == "tsv":
        path.write_text(PEOPLE.write_csv(separator="\t"), encoding="utf-8")
    elif ending == "parquet":
        PEOPLE.write_parquet(path)
    elif ending == "ndjson":
        PEOPLE.write_ndjson(path)
    elif ending == "xlsx":
        PEOPLE.write_excel(path)
    elif ending == "csv.gz":
        path.write_bytes(gzip.compress(text.encode()))
    elif ending == "csv.zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("people.csv", text)


@pytest.mark.parametrize(
    "ending", ["csv", "bom.csv", "utf16.csv", "tsv", "parquet", "ndjson", "xlsx", "csv.gz", "csv.zip"]
)
def test_every_ending_gives_the_same_records(tmp_path, ending):
    name = f"people.{ending}"
    write(tmp_path / name, ending)
    extracts = read(name, tmp_path)
    assert seen(extracts).equals(PEOPLE)
    assert extracts.records["file"].unique().to_list() == [name]
    assert list(extracts.digests) == [name]


@pytest.mark.parametrize(
    "frame",
    [PEOPLE, PEOPLE.lazy(), PEOPLE.to_pandas(), PEOPLE.to_arrow()],
    ids=["polars", "lazy", "pandas", "arrow"],
)
def test_every_frame_gives_the_same_records(frame):
    assert seen(read(frame)).equals(PEOPLE)


def test_typed_frames_become_text():
    import datetime as dt

    frame = pl.DataFrame(
        {
            "record_id": [12.0, 13.0],
            "nhs_number": [9434765919, None],
            "date_of_birth": [dt.date(2012, 5, 3), None],
            "recorded_on": [dt.datetime(2024, 5, 3), dt.datetime(2024, 5, 3, 10, 30)],
            "aliases": [["A", "B"], None],
            "restricted": [True, False],
            "score": [1.5, float("nan")],
        }
    )
    for table in (frame, frame.drop("aliases").to_pandas()):
        got = read(table).records
        assert got["record_id"].to_list() == ["12", "13"]
        assert got["nhs_number"].to_list() == ["9434765919", None]
        assert got["date_of_birth"].to_list() == ["2012-05-03", None]
        assert got["recorded_on"].to_list() == ["2024-05-03", "2024-05-03 10:30:00"]
        assert got["restricted"].to_list() == ["yes", "no"]
        assert got["extra.score"].to_list() == ["1.5", None]
    assert read(frame).records["aliases"].to_list() == ["A;B", None]


def test_a_workbook_as_people_really_save_it(tmp_path):
    import datetime as dt

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Notes"
    sheet.append(["made by hand"])
    people = book.create_sheet("People")
    for row in (
        ["record_id", "forename", "date_of_birth", "nhs_number", None],
        [12, "Zoe\u00a0", dt.date(2012, 5, 3), 9434765919, None],
        [None] * 5,
        ["p-2", "#N/A", dt.datetime(2011, 4, 2, 0, 0), None, None],
    ):
        people.append(row)
    book.save(tmp_path / "p.xlsx")
    extracts = read("p.xlsx", tmp_path)
    got = extracts.records
    assert got["record_id"].to_list() == ["12", "p-2"]
    assert got["forename"].to_list() == ["Zoe", None]
    assert got["date_of_birth"].to_list() == ["2012-05-03", "2011-04-02"]
    assert got["nhs_number"].to_list() == ["9434765919", None]
    assert got["file_row"].to_list() == [1, 3]
    assert extracts.summaries[0]["people"]["rows"] == 2


def test_ndjson_keeps_digits_and_tells_bad_lines(tmp_path):
    lines = [json.dumps({"record_id": i, "forename": "Ann"}) for i in range(8)]
    lines[2] = "{broken"
    lines[5] = '{"record_id": 5, "forename": null, "aliases": ["A", "B"], "nhs_number": 9434765919}'
    (tmp_path / "p.ndjson").write_text("\n".join(lines))
    extracts = read_sources(Hub(folder=tmp_path, sources=[Source(agency="gp", people="p.ndjson")]))
    assert extracts.rejected.select("row", "level").rows() == [(3, "row")]
    five = extracts.records.filter(pl.col("record_id") == "5").row(0, named=True)
    assert (five["aliases"], five["nhs_number"]) == ("A;B", "9434765919")


def test_ndjson_that_names_a_column_twice_shifts_nobody(tmp_path):
    (tmp_path / "p.ndjson").write_text('{"record_id": 1, "phone": 1, "phone ": 2}\n{"record_id": 2}\n')
    source = Source(agency="gp", people="p.ndjson")
    extracts = read_sources(Hub(folder=tmp_path, sources=[source]), allow_rejects=True)
    assert extracts.records.select("record_id", "phone").rows() == [("2", None)]
    assert extracts.rejected.select("row", "reason").rows() == [(1, "names a column twice, but for spaces")]


def test_ndjson_that_names_a_key_twice_is_rejected_by_line(tmp_path):
    (tmp_path / "p.ndjson").write_text(
        '{"record_id": 1, "surname": "Lee", "surname": "Hill"}\n{"record_id": 2, "more": {"a": 1, "a": 2}}\n{"record_id": 3}\n'
    )
    extracts = read_sources(Hub(folder=tmp_path, sources=[Source(agency="gp", people="p.ndjson")]), allow_rejects=True)
    assert extracts.records["record_id"].to_list() == ["3"]
    assert extracts.rejected.select("row", "reason").rows() == [
        (1, "names a key twice in one object"),
        (2, "names a key twice in one object"),
    ]


def test_windows_1252_is_read_with_a_warning(tmp_path):
    (tmp_path / "p.csv").write_bytes("record_id,forename\n1,Zoë\n2,O’Neill\n".encode("cp1252"))
    extracts = read("p.csv", tmp_path)
    assert extracts.records["forename"].to_list() == ["Zoë", "O’Neill"]
    assert "Windows-1252" in extracts.summaries[0]["warnings"][-1]


@pytest.mark.parametrize("data", [b"record_id\n\x81\x8d\n", bytes(range(256)), b"\xff\xfe\x00", b"\xff\xfea"])
def test_bytes_that_are_no_text_are_one_clear_error(tmp_path, data):
    (tmp_path / "p.csv").write_bytes(data)
    with pytest.raises(SourceError, match=r"^p\.csv: .*(UTF-8)"):
        read("p.csv", tmp_path)


def test_utf16_without_a_mark_is_seen():
    assert utf8("record_id,a\n1,Zoë\n".encode("utf-16-le"), file="f")[0].decode() == "record_id,a\n1,Zoë\n"
    assert utf8("record_id,a\n1,Zoë\n".encode("utf-16-be"), file="f")[0].decode() == "record_id,a\n1,Zoë\n"


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "csv.gz", "csv.zip"])
def test_a_file_that_is_not_what_it_says(tmp_path, ending):
    (tmp_path / f"p.{ending}").write_bytes(b"record_id,forename\n1,Smithson\n")
    with pytest.raises(SourceError) as caught:
        read(f"p.{ending}", tmp_path)
    assert f"p.{ending}" in str(caught.value)
    assert "Smithson" not in str(caught.value)


def test_a_bomb_is_bounded(monkeypatch):
    monkeypatch.setattr(decoding, "_SMALL", 1 << 20)
    bomb = gzip.compress(b"0" * (2 << 20))
    with pytest.raises(SourceError, match="unpacks to more than 1 MB"):
        unpacked(bomb, file="p.csv.gz")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.csv", b"0" * (2 << 20))
    for name in ("p.zip", "p.xlsx"):
        with pytest.raises(SourceError, match="unpacks to more than 1 MB"):
            read_bytes(packed.getvalue(), file=name, kind="people")


def test_a_zip_of_two_files_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")
    with pytest.raises(SourceError, match="expected one file inside, found 2"):
        unpacked(packed.getvalue(), file="p.zip")


def test_missing_files_folders_and_endings(tmp_path):
    (tmp_path / "p.doc").write_text("x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(MissingFileError, match=r"agency gp: no such file 'p\.csv'"):
        read("p.csv", tmp_path)
    with pytest.raises(MissingFileError, match=r"no file matches '\*\.csv'"):
        read("*.csv", tmp_path)
    with pytest.raises(SourceError, match="is a folder"):
        read("folder", tmp_path)
    with pytest.raises(SourceError, match=r"ending '\.doc'"):
        read("p.doc", tmp_path)
    with pytest.raises(SourceError, match="people is a int"):
        read(3, tmp_path)


def test_globs_are_read_in_order_and_stay_in_the_folder(tmp_path):
    hub = tmp_path / "hub"
    (hub / "in").mkdir(parents=True)
    (tmp_path / "outside.csv").write_text("record_id\n9\n")
    (hub / "in" / "b.csv").write_text("record_id\n2\n")
    (hub / "in" / "a.csv").write_text("record_id\n1\n")
    assert read("in/*.csv", hub).records.select("record_id", "file").rows() == [("1", "in/a.csv"), ("2", "in/b.csv")]
    with pytest.raises(SourceError, match="leads out of the hub's folder"):
        read("../*.csv", hub)
    (hub / "in" / "c.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(SourceError, match="links out of the hub's folder"):
        read("in/*.csv", hub)


def test_a_query_on_sqlite(tmp_path, monkeypatch):
    import sqlite3

    with sqlite3.connect(tmp_path / "d.db") as connection:
        connection.execute("create table people (id integer, name text, born text)")
        connection.executemany("insert into people values (?, ?, ?)", [(12, "Ann", "03/05/2012"), (13, None, None)])
    query = Query(url="env:FAMLINK_TEST_DB", query="select id as record_id, name as forename from people order by id")
    with pytest.raises(SourceError, match="FAMLINK_TEST_DB is not set"):
        read(query)
    monkeypatch.setenv("FAMLINK_TEST_DB", f"sqlite:///{tmp_path}/d.db")
    assert read(query).records.select("record_id", "forename").rows() == [("12", "Ann"), ("13", None)]
    with pytest.raises(SourceError, match="refused the query") as caught:
        read(Query(url="env:FAMLINK_TEST_DB", query="select nothing from nowhere"))
    assert str(tmp_path) not in str(caught.value)
