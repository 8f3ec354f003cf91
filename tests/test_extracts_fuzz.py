"""Every reader on damaged and hostile files: it reads or refuses in one sentence, in time, and loses no row in silence."""

import gzip
import io
import json
import math
import tempfile
import time
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from famlink.errors import FamlinkError, InvariantError
from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Source

SLOWEST_SECONDS = 20
KINDS = ("people", "relationships", "events")
SEEDS = {
    "people.csv": 'record_id,forename,surname,date_of_birth,note\n1,Ann,Lee,2012-05-03,"a ""b"", c"\n2,Bo,Hill,03/05/2012,\n3,,,,\n',
    "people.tsv": "record_id\tforename\tsurname\n1\tAnn\tLee\n2\tBo\tHill\n",
    "people.ndjson": '{"record_id": 1, "forename": "Ann", "tags": ["x", null]}\n{"record_id": "2", "more": {"a": 1e9}}\n',
    "events.csv": "event_id,record_id,date,end_date,others\n1,1,2024-05-03,,victim:2;suspect:9\n2,2,?2024-05,1900-01-01,\n",
    "relationships.csv": "record_id,relationship,related_record_id,related_forename,start,lives_with\n1,mother,2,,2020,yes\n2,friend,,Zoë,,x\n",
    "ssd": "pers_person_id,pers_forename,pers_dob,pers_sex\n1,Ann,2012-05-03 00:00:00,F\n2,Bo,2001-01-01,M\n",
    "ssda903": "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n1,2,03/05/2006,WBRI,A123456789012,1,01/02/2024\n2,1,04/06/2010,WBRI,,,\n",
    "school-census": "upn,surname,forename,dob,entrydate,postcode\nA123456789012,Lee,Ann,2012-Apr-25 00:00:00,2020-09-01,NO1 1AA\n",
    "cin-census": """<?xml version="1.0" encoding="utf-8"?>
<Message><Children>
<Child><ChildIdentifiers><LAchildID>7</LAchildID><PersonBirthDate>2012-05-03</PersonBirthDate></ChildIdentifiers>
<CINdetails><CINreferralDate>2024-03-01</CINreferralDate><Assessments><AssessmentActualStartDate>2024-03-02</AssessmentActualStartDate></Assessments></CINdetails></Child>
<Child><ChildIdentifiers><LAchildID>8</LAchildID></ChildIdentifiers></Child>
</Children></Message>""",
    "ctf": """<CTfile><CTFpupilData><Pupil><UPN>A123456789012</UPN><Surname>Lee</Surname><Forename>Ann</Forename><DOB>2012-05-03</DOB>
<Contacts><Contact><Surname>Lee</Surname><Relationship>Mother</Relationship></Contact></Contacts>
<Attendance><YearData><Year>2022</Year><SessionsPossible>9</SessionsPossible></YearData></Attendance>
<SchoolHistory><School><SchoolName>N</SchoolName><EntryDate>2020-09-01</EntryDate></School></SchoolHistory></Pupil></CTFpupilData></CTfile>""",
    "school-census return": """<Message><Pupils><PupilsOnRoll><PupilOnRoll><PupilIdentifiers><UPN>A123456789012</UPN><Surname>Lee</Surname><DOB>2012-05-03</DOB></PupilIdentifiers>
<PupilStatus><EntryDate>2020-09-01</EntryDate><NCyearActual>7</NCyearActual></PupilStatus>
<Exclusions><TermlyExclusion><Category>SUSP</Category><StartDate>2024-03-01</StartDate></TermlyExclusion></Exclusions>
<Attendance><TermlyAttendance><SessionsPossible>9</SessionsPossible></TermlyAttendance></Attendance></PupilOnRoll></PupilsOnRoll></Pupils></Message>""",
    "school-census tables": "pupilonrolltableid,NativeId,surname,dob,upn,entrydate,postcode\nr1,8,Lee,2012-Apr-25 00:00:00,A123456789012,2020-09-01,NO1 1AA\nr2,8,Hill,2012-Apr-26 00:00:00,,,\n",
    "fhir": json.dumps(
        {
            "resourceType": "Bundle",
            "entry": [
                {"fullUrl": "urn:a", "resource": {"resourceType": "Patient", "id": "1", "name": [{"family": "Lee", "given": ["Ann"]}], "birthDate": "2012"}},
                {"resource": {"resourceType": "Encounter", "id": "e", "subject": {"reference": "urn:a"}, "period": {"start": "2024-05-03T10:00:00Z"}}},
            ],
        }
    ),
}  # fmt: skip
FILE_OF = {
    "ssd": "ssd_person.csv",
    "ssda903": "header.csv",
    "school-census": "pupils.csv",
    "school-census return": "return.xml",
    "school-census tables": "pupilonroll.csv",
    "cin-census": "c.xml",
    "ctf": "c.xml",
    "fhir": "b.json",
    "annex-a": "a.xlsx",
}
TOKENS = [
    *(b"\x00", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\x1a", b"\xc2\xa0", b"\xe2\x80\xa8", b"\x85", b"\x9d", "\U0001f600".encode()),
    *(b'"', b'""', b'"\n', b",", b",,,,", b";", b"\t", b"\n", b"\r", b"\r\n", b"\n\n\n", b"'", b"|", b"\\", b"#N/A", b"=1+1"),
    *(b"<", b">", b"&", b"&amp;", b"&x;", b"]]>", b"<!--", b"<![CDATA[", b"<a>", b"</a>", b"<Child>", b"</Child>", b"<?x?>", b"<!DOCTYPE a>"),
    *(b"{", b"}", b"[", b"]", b"[[[[", b":", b"null", b"true", b"NaN", b"1e999", b"-0", b"9" * 400, b"\\ud800", b'{"record_id ":1,"record_id":2}\n'),
    *(b"record_id", b"1900-01-01", b"2024-13-45", b"99/99/9999", b"?2024", b"0000", b"-1", b" ", b"~", b"1~1", b"\xe9", b"%s", b"{}", b"a" * 3000),
]  # fmt: skip
EDIT = st.tuples(
    st.sampled_from(["insert", "replace", "delete", "repeat", "cut"]),
    st.floats(0, 1),
    st.integers(0, 40),
    st.one_of(st.sampled_from(TOKENS), st.binary(max_size=6)),
)
EDITS = st.lists(EDIT, max_size=5)
CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(
        ["1", "2", "1~1", "2024-05-03", "1900-01-01", "?", "yes", "a;b;;", "victim:1", '"', "x\ny", "\x00"]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def profile(examples: int):
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
    )


def damaged(data: bytes, edits) -> bytes:
    for kind, place, length, token in edits:
        at = int(place * len(data))
        if kind == "insert":
            data = data[:at] + token + data[at:]
        elif kind == "replace":
            data = data[:at] + token + data[at + len(token) :]
        elif kind == "delete":
            data = data[:at] + data[at + length :]
        elif kind == "repeat":
            data = data[: at + length] + data[at:]
        else:
            data = data[:at]
    return data


def holds(folder: Path, **source: object) -> None:
    """Read a source: it is refused in a sentence, or every row is a record or a reject."""
    began = time.process_time()
    extracts, refused = None, None
    try:
        extracts = read_sources(Hub(folder=folder, sources=[Source(agency="gp", **source)]), allow_rejects=True)
    except FamlinkError as error:
        refused = error
    if extracts is None:
        assert not isinstance(refused, InvariantError)
        assert "\n" not in str(refused)
        assert refused.__cause__ is None
    else:
        (told,) = extracts.summaries
        for kind in KINDS:
            assert told[kind]["rows"] == told[kind]["records"] + told[kind]["rejected"]
        by_row = extracts.rejected.filter(pl.col("level") == "row")
        assert by_row.height == sum(told[kind]["rejected"] for kind in KINDS)
        given = extracts.records.filter(pl.col("origin") == "given")
        assert given.height == told["people"]["records"]
        assert extracts.records.height - given.height == told["people"]["named"]
        assert extracts.ties.height == told["relationships"]["records"]
        assert extracts.events.height == told["events"]["records"]
    assert time.process_time() - began < SLOWEST_SECONDS


def read_damaged(name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        if name in FILE_OF:
            (folder / FILE_OF[name]).write_bytes(data)
            holds(folder, format=name.partition(" ")[0], files=FILE_OF[name])
            return
        (folder / name).write_bytes(data)
        kind = name.partition(".")[0]
        people = name if kind == "people" else pl.DataFrame({"record_id": ["1", "2"]})
        holds(folder, people=people, **({} if kind == "people" else {kind: name}))


def a_workbook(sheets) -> bytes:
    kept = io.BytesIO()
    with xlsxwriter.Workbook(kept, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(rows):
                for place, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(at, place, cell)
                    elif cell is not None:
                        sheet.write(at, place, cell)
    return kept.getvalue()


ANNEX = {
    "List 1": [["Child Unique ID", "Gender", "Date of Birth", "Date of Contact"], ["7", "b) Female", "2012-05-03", "2024-03-01"]],
    "List 10": [["Child Unique ID", "Family identifier", "Date of Placement Order"], ["7", "F1", None]],
}  # fmt: skip


def _parquet() -> bytes:
    kept = io.BytesIO()
    pl.DataFrame({"record_id": ["1", "2", None], "n": [1.0, math.nan, None], "l": [["a"], [], None]}).write_parquet(
        kept
    )
    return kept.getvalue()


def _zip() -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("people.csv", SEEDS["people.csv"])
    return kept.getvalue()


PACKED = {
    "people.parquet": _parquet,
    "people.xlsx": lambda: a_workbook({"people": [["record_id", "forename"], ["1", "Ann"], [2.0, None], [True, "x"]]}),
    "annex-a": lambda: a_workbook(ANNEX),
    "people.csv.gz": lambda: gzip.compress(SEEDS["people.csv"].encode(), mtime=0),
    "people.csv.zip": _zip,
}


def fuzz_text(name: str, examples: int) -> None:
    @profile(examples)
    @given(EDITS, st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    def run(edits, encoding):
        read_damaged(name, damaged(SEEDS[name].encode(encoding), edits))

    run()


def fuzz_packed(name: str, examples: int) -> None:
    seed = PACKED[name]()

    @profile(examples)
    @given(EDITS)
    def run(edits):
        read_damaged(name, damaged(seed, edits))

    run()


def fuzz_workbook(examples: int) -> None:
    @profile(examples)
    @given(st.lists(st.lists(st.one_of(CELLS, st.floats(), st.booleans()), max_size=5), max_size=6))
    def run(rows):
        rows = [[cell for cell in row if cell != ""] for row in rows]
        read_damaged("people.xlsx", a_workbook({"people": [["record_id", "forename", "n"], *rows]}))
        read_damaged("annex-a", a_workbook({**ANNEX, "List 2": [ANNEX["List 1"][0], *rows]}))

    run()


def fuzz_json(examples: int) -> None:
    paths = [
        "name",
        "identifier",
        "address",
        "telecom",
        "contact",
        "meta",
        "birthDate",
        "gender",
        "subject",
        "period",
        "type",
        "id",
    ]

    @profile(examples)
    @given(
        st.dictionaries(st.sampled_from(paths), JSON, max_size=6),
        st.sampled_from(["Patient", "RelatedPerson", "Encounter", "Flag", "EpisodeOfCare"]),
    )
    def run(parts, kind):
        patient = {"resourceType": "Patient", "id": "1"}
        lines = [json.dumps(item) for item in (patient, {"resourceType": kind, "id": "2", **parts}, parts)]
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "b.ndjson").write_text("\n".join(lines))
            holds(Path(folder), format="fhir", files="b.ndjson")
            (Path(folder) / "p.ndjson").write_text("\n".join(lines))
            holds(Path(folder), people="p.ndjson", columns={"people": {"record_id": "id"}})

    run()


def fuzz_frame(examples: int) -> None:
    @profile(examples)
    @given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6))
    def run(ties, events):
        people = pl.DataFrame({"record_id": ["1", "2", "1~1"]})
        text = dict.fromkeys("abc", pl.String)
        relationships = pl.DataFrame(ties, schema=text, orient="row").rename(
            dict(zip("abc", ("record_id", "relationship", "related_surname"), strict=True))
        )
        told = pl.DataFrame(events, schema=text, orient="row").rename(
            dict(zip("abc", ("record_id", "date", "others"), strict=True))
        )
        holds(Path(), people=people, relationships=relationships, events=told)

    run()


SECONDS, MINUTES = 12, 400


@pytest.mark.parametrize("name", SEEDS)
def test_text_that_is_damaged(name):
    fuzz_text(name, SECONDS)


@pytest.mark.parametrize("name", PACKED)
def test_packed_files_that_are_damaged(name):
    fuzz_packed(name, SECONDS)


@pytest.mark.parametrize("fuzz", [fuzz_workbook, fuzz_json, fuzz_frame])
def test_cells_of_every_kind(fuzz):
    fuzz(SECONDS)


@pytest.mark.heavy
@pytest.mark.parametrize("name", [*SEEDS, *PACKED])
def test_damage_for_minutes(name):
    (fuzz_text if name in SEEDS else fuzz_packed)(name, MINUTES)


@pytest.mark.heavy
@pytest.mark.parametrize("fuzz", [fuzz_workbook, fuzz_json, fuzz_frame])
def test_cells_for_minutes(fuzz):
    fuzz(MINUTES)
