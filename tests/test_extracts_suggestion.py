"""Proposed column maps: right on files we know, doubtful columns left out, and no values shown."""

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


@pytest.mark.parametrize("first", ["17,Ann,Example", "p-1,Zephaniah,2012-05-03,NE1 1AA"])
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
