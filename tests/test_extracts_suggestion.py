"""Proposed column maps: right on files we know, doubtful columns left out, and no values shown."""

import datetime as dt
import tomllib

import polars as pl
import pytest

from famlink.errors import MissingFileError, SourceError
from famlink.extracts.columns import CANONICAL
from famlink.extracts.reading import read_sources
from famlink.extracts.structured import read_frame
from famlink.extracts.suggestion import suggest, suggest_file
from famlink.spec import Hub, Source
from famlink.vocabulary.column_names import OTHER_NAMES, other_names
from famlink.vocabulary.formats import profile, profile_names


def proposed(columns, **options):
    found = suggest(read_frame(pl.DataFrame(columns), file="p.csv"), **options)
    return found.kind, {item.canonical: item.theirs for item in found.proposals}


def test_people_by_their_names():
    kind, columns = proposed(
        {
            "Client ID": ["1", "2"],
            "First Name": ["Ann", "Bob"],
            "Family Name": ["Lee", "Ray"],
            "D.O.B.": ["03/05/2012", "2011-04-02"],
            "Gender": ["F", "M"],
            "NHS No": ["943 476 5919", "4010232137"],
            "Post Code": ["M1 1AE", "LS1 4AB"],
            "Favourite colour": ["red", "blue"],
        }
    )
    assert kind == "people"
    assert columns == {
        "record_id": "Client ID",
        "forename": "First Name",
        "surname": "Family Name",
        "date_of_birth": "D.O.B.",
        "gender": "Gender",
        "nhs_number": "NHS No",
        "postcode": "Post Code",
    }


def test_contents_speak_where_names_do_not_and_against_names_that_mislead():
    _, columns = proposed(
        {
            "ref": [str(n) for n in range(10)],
            "field_7": ["M1 1AE"] * 10,
            "dob": ["not told"] * 10,
            "email": ["none given"] * 10,
            "x": [f"a{n}@b.org" for n in range(10)],
        }
    )
    assert columns == {"record_id": "ref", "postcode": "field_7", "email": "x"}


def test_relationships_and_events_are_told_apart():
    assert proposed({"PersonID": ["1"], "RelatedPersonID": ["2"], "Relationship": ["mother"]}) == (
        "relationships",
        {"record_id": "PersonID", "relationship": "Relationship", "related_record_id": "RelatedPersonID"},
    )
    assert proposed({"PersonID": ["1"], "Event Date": ["03/05/2024"], "Event Type": ["DA"], "Notes": ["x"]}) == (
        "events",
        {"record_id": "PersonID", "date": "Event Date", "category": "Event Type", "description": "Notes"},
    )
    assert proposed({"PersonID": ["1"], "Notes": ["x"]}, kind="people")[0] == "people"


@pytest.mark.parametrize("name", profile_names())
def test_exports_of_profiled_systems_are_mostly_recognised(name):
    columns = profile(name).columns["people"]
    frame = pl.DataFrame({theirs: pl.Series([None], dtype=pl.String) for theirs in columns.values()})
    found = suggest(read_frame(frame, file="p.csv"), kind="people")
    right = sum(columns.get(item.canonical) == item.theirs for item in found.proposals)
    assert right >= 0.6 * len(columns)
    assert len(found.proposals) - right <= 2


def test_canonical_columns_are_themselves():
    canonical = suggest(read_frame(pl.DataFrame({c: [None] for c in CANONICAL["people"]}), file="p.csv"), kind="people")
    assert all(item.canonical == item.theirs for item in canonical.proposals)
    assert len(canonical.proposals) == len(CANONICAL["people"])


def test_the_toml_is_read_back_and_shows_no_value(tmp_path):
    (tmp_path / "p.csv").write_text('Client ID,"Sur""name",DOB,thing\n1,Quillon,03/05/2012,Zebra\n2,Vant,2012,Yak\n')
    found = suggest_file(tmp_path / "p.csv")
    text = found.as_toml()
    raw = tomllib.loads(f'[[source]]\nagency = "gp"\n{text}')["source"][0]
    got = read_sources(Hub(folder=tmp_path, sources=[Source(**raw)]))
    assert got.records["date_of_birth"].to_list() == ["03/05/2012", "2012"]
    assert got.records["surname"].to_list() == ["Quillon", "Vant"]
    assert found.unused == ("thing",)
    for value in ("Quillon", "Vant", "Zebra", "03/05/2012"):
        assert value not in text
        assert value not in str(found.as_dict())


def test_what_is_missing_is_said(tmp_path):
    (tmp_path / "p.csv").write_text("Hair,Surname,DOB\nx,y,2012-05-03\n")
    found = suggest_file(tmp_path / "p.csv", kind="people")
    assert found.missing == ("record_id",)
    assert "record_id is required" in found.as_toml()
    with pytest.raises(MissingFileError, match=r"no such file"):
        suggest_file(tmp_path / "q.csv")


@pytest.mark.parametrize(
    "first", ["17,Ann,Example", "p-1,Zephaniah,2012-05-03,NE1 1AA", ",Zephaniah,,11", "A1,Zephaniah,n/a,x"]
)
def test_a_file_without_a_header_is_refused_and_its_first_line_is_not_shown(tmp_path, first):
    (tmp_path / "p.csv").write_text(first + "\n" + first.replace("1", "2") + "\n")
    with pytest.raises(SourceError, match=r"looks like a row and no header") as told:
        suggest_file(tmp_path / "p.csv")
    assert not any(value in str(told.value) for value in first.split(",") if len(value) > 2)


def test_the_table_of_names_covers_canonical_columns_only():
    known = {name for columns in CANONICAL.values() for name in columns}
    assert set(OTHER_NAMES) == known
    for name in known:
        assert all(item == item.lower() and item.isalnum() for item in other_names(name))


def days(count, form="%d/%m/%Y"):
    return [dt.date(2012, 1 + n % 12, 1 + n % 28).strftime(form) for n in range(count)]


def lines(header, *columns, mark=","):
    return "\r\n".join([header, *(mark.join(cells) for cells in zip(*columns, strict=True))]) + "\r\n"


TWENTY = [str(n) for n in range(20)]
UNKNOWN = {
    "case system.csv": (
        lines("ClientRef;Surname / Family Name;First Given Name;D.O.B (dd/mm/yy);Sex (M/F);Post-Code;Mother Surname;Tel. (Home)",
            TWENTY, ["Müller"] * 20, ["Siân"] * 20, days(20), ["F"] * 20, ["NO1 1AA"] * 20, ["Hill"] * 20, ["01632 960001"] * 20, mark=";").encode("cp1252"),
        "people",
        {"record_id": "ClientRef", "surname": "Surname / Family Name", "forename": "First Given Name", "date_of_birth": "D.O.B (dd/mm/yy)",
         "sex": "Sex (M/F)", "postcode": "Post-Code", "phone": "Tel. (Home)"},
    ),
    "report with titles.csv": (
        b'Children known to the team,,,\n\n"Run on 01/06/2026",,,\nCase Number,Child Name,Date Of Birth,Home Postcode\n'
        + lines("1,x,03/05/2012,NO1 1AA", TWENTY, ['"Lee, Ann"'] * 5 + ["Bo Hill"] * 15, days(20), ["NO1 1AA"] * 20).encode(),
        "people",
        {"record_id": "Case Number", "surname": "Child Name", "date_of_birth": "Date Of Birth", "postcode": "Home Postcode"},
    ),
    "occurrences.txt": (
        lines("Occurrence Number|Person URN|Date Reported|Crime Type|Modus Operandi|Officer In Charge",
            TWENTY, TWENTY, days(20), ["Assault"] * 20, ["x"] * 20, ["PC 4711"] * 20, mark="|").encode(),
        "events",
        {"event_id": "Occurrence Number", "record_id": "Person URN", "date": "Date Reported", "category": "Crime Type",
         "description": "Modus Operandi", "recorded_by": "Officer In Charge"},
    ),
    "contacts.tsv": (
        lines("Pupil UPN\tContact Forename\tContact Surname\tRelationship to Pupil\tContact Mobile",
            ["A123456789012"] * 20, ["Mary"] * 20, ["Lee"] * 20, ["Mother"] * 20, ["07700 900001"] * 20, mark="\t").encode("utf-16"),
        "relationships",
        {"record_id": "Pupil UPN", "relationship": "Relationship to Pupil", "related_forename": "Contact Forename",
         "related_surname": "Contact Surname", "related_phone": "Contact Mobile"},
    ),
    "links.csv": (
        lines("Person A ID,Person B ID,Rel Type,From Date,To Date", TWENTY, TWENTY[::-1], ["Mother"] * 20, days(20), [""] * 20).encode(),
        "relationships",
        {"record_id": "Person A ID", "related_record_id": "Person B ID", "relationship": "Rel Type", "start": "From Date", "end": "To Date"},
    ),
    "american.csv": (
        lines("ID,FirstName,LastName,BirthDate", [str(n) for n in range(60)], ["Ann"] * 60, ["Lee"] * 60, days(60, "%m/%d/%Y")).encode(),
        "people",
        {"record_id": "ID", "forename": "FirstName", "surname": "LastName", "date_of_birth": "BirthDate"},
    ),
    "school.csv": (
        lines("Adno,Legal Forename,Preferred Forename,Legal Surname,DOB,Address (Block)",
            TWENTY, ["Ann"] * 20, [""] * 20, ["Lee"] * 20, days(20, "%d-%b-%Y"), ["9 New Lane"] * 20).encode(),
        "people",
        {"record_id": "Adno", "forename": "Legal Forename", "surname": "Legal Surname", "aliases": "Preferred Forename",
         "date_of_birth": "DOB", "address": "Address (Block)"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNKNOWN)
def test_exports_nobody_has_seen_are_recognised_and_read_with_what_is_proposed(tmp_path, name):
    data, kind, columns = UNKNOWN[name]
    (tmp_path / name).write_bytes(data)
    found = suggest_file(tmp_path / name)
    assert found.kind == kind
    assert {item.canonical: item.theirs for item in found.proposals} == columns
    raw = tomllib.loads(f'[[source]]\nagency = "gp"\n{found.as_toml()}')["source"][0]
    ids = pl.DataFrame({"record_id": [*TWENTY, "A123456789012"]})
    got = read_sources(Hub(folder=tmp_path, sources=[Source(**{"people": ids, **raw})]), allow_rejects=True)
    told = got.summaries[0][kind]
    assert told["records"] > 10
    assert told["rows"] == told["records"] + told["rejected"]


def test_titles_above_a_header_are_told(tmp_path):
    data, _, _ = UNKNOWN["report with titles.csv"]
    (tmp_path / "p.csv").write_bytes(data)
    assert suggest_file(tmp_path / "p.csv").notes == ("above the header stand titles, which are not read: 3 lines",)


def test_a_name_that_speaks_for_a_column_and_contents_against_it_are_a_doubt(tmp_path):
    (tmp_path / "p.csv").write_text(
        lines("id,surname,dob,email", TWENTY, ["Lee"] * 20, days(20, "%d/%m/%y"), ["none"] * 20)
    )
    found = suggest_file(tmp_path / "p.csv")
    assert found.doubts == (
        (
            "date_of_birth",
            "dob",
            "0% of its cells are dates that can be read: years of two digits are not read, write four",
        ),
        ("email", "email", "0% of its cells are what such a column holds"),
    )
    assert '# "dob" is called date_of_birth, but 0% of its cells are dates' in found.as_toml()


def test_the_words_of_somebody_else_are_not_the_records_own():
    _, columns = proposed(
        {"id": ["1"], "Mother Surname": ["Lee"], "GP Postcode": ["M1 1AE"], "Next of Kin Phone": ["1"]}
    )
    assert columns == {"record_id": "id"}


@pytest.mark.parametrize("name", ["c.xml", "b.json"])
def test_a_format_of_its_own_needs_no_map(tmp_path, name):
    (tmp_path / name).write_text("<a/>")
    with pytest.raises(SourceError, match="have formats of their own, which need no column map"):
        suggest_file(tmp_path / name)


@pytest.mark.parametrize("text", ["", "\n\n", "id,surname\n"])
def test_nothing_is_proposed_of_nothing(tmp_path, text):
    (tmp_path / "p.csv").write_text(text)
    found = suggest_file(tmp_path / "p.csv")
    assert not [item for item in found.proposals if item.theirs not in ("id", "surname")]
    assert found.notes


@pytest.mark.parametrize("name", profile_names())
def test_a_file_of_a_format_is_recognised_as_one(tmp_path, name):
    for kind, columns in profile(name).columns.items():
        theirs = [*list(columns.values())[: -1 if len(columns) > 3 else None], "something else"]
        (tmp_path / "p.csv").write_text(",".join(theirs) + "\n")
        found = suggest_file(tmp_path / "p.csv", kind=kind)
        assert found.format == name or set(theirs) <= {*profile(found.format).columns[kind].values(), "something else"}
        assert f'format = "{found.format}" with {kind} = "p.csv" and no map' in found.as_toml()


def test_a_table_of_the_safeguarding_dataset_is_recognised_and_an_own_file_is_of_no_format(tmp_path):
    (tmp_path / "dbo.ssd_person_2026.csv").write_text("pers_person_id,pers_forename,pers_surname\n1,Ann,Lee\n")
    assert (
        'format = "ssd" with files = the folder of all its tables'
        in suggest_file(tmp_path / "dbo.ssd_person_2026.csv").as_toml()
    )
    for name, header, known in (
        ("p.csv", "id,forename,surname,dob", None),
        ("episodes_2024.csv", "CHILD,DECOM,RNE,LS", "ssda903"),
        ("list_1.csv", "Child Unique ID,Gender,Date of Birth", "annex-a"),
        ("x.csv", "pupilonrolltableid,NativeId,dob,surname,forename,upn", "school-census"),
    ):
        (tmp_path / name).write_text(f"{header}\n")
        assert suggest_file(tmp_path / name).format == known
