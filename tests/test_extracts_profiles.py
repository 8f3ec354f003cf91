"""Profiles: shipped column maps that are used where the file has the column."""

import datetime as dt

import polars as pl
import pytest

from famlink.errors import SourceError
from famlink.extracts.columns import CANONICAL, REQUIRED
from famlink.extracts.profiles import format_text, formats
from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Source
from famlink.vocabulary.dates import month_first, parse_dates
from famlink.vocabulary.formats import profile, profile_names


@pytest.mark.parametrize("name", profile_names())
def test_a_profile_maps_canonical_columns_and_every_required_one(name):
    for kind, columns in profile(name).columns.items():
        assert set(columns) <= set(CANONICAL[kind])
        assert set(REQUIRED[kind]) <= set(columns)
        assert len(set(columns.values())) == len(columns)
    assert format_text(name).startswith("title = ")


def test_the_profiles_of_the_contract_are_shipped():
    listed = {item["name"] for item in formats()}
    assert listed >= {
        "table",
        "pole",
        "delius",
        "housing",
        "council-tax",
        "adult-social-care",
        "early-help",
        "children-centre",
        "youth-justice",
    }
    with pytest.raises(SourceError, match=r"did you mean 'housing'\?"):
        format_text("houssing")


def test_a_profile_reads_an_export_with_no_map_and_the_sources_own_map_wins():
    people = pl.DataFrame(
        {"PersonRef": ["7"], "Forename": ["Ann"], "Surname": ["Lee"], "KnownAs": ["Annie"], "Gender": ["F"]}
    )
    ties = pl.DataFrame({"HeadPersonRef": ["7"], "PersonRef": ["7b"], "RelationshipToHead": ["son"]})
    more = pl.concat([people, people.with_columns(pl.lit("7b").alias("PersonRef"))])
    source = Source(
        agency="housing", format="housing", people=more, relationships=ties, columns={"people": {"forename": "KnownAs"}}
    )
    got = read_sources(Hub(sources=[source]))
    assert got.records.select("record_id", "forename", "surname", "sex").rows() == [
        ("7", "Annie", "Lee", "F"),
        ("7b", "Annie", "Lee", "F"),
    ]
    assert got.records["extra.Forename"].to_list() == ["Ann", "Ann"]
    assert got.ties.select("record_id", "relationship", "relative_record_id").rows() == [("7", "son", "7b")]
    assert got.summaries[0]["format"] == "housing"


def test_a_profile_without_its_id_column_says_so():
    with pytest.raises(SourceError, match="required column record_id is missing"):
        read_sources(Hub(sources=[Source(agency="housing", format="housing", people=pl.DataFrame({"x": ["1"]}))]))


def test_a_column_that_is_read_month_first_is_told_and_a_british_one_is_not():
    days = [f"{number % 12 + 1:02d}/{13 + number % 15}/2012" for number in range(30)]
    people = pl.DataFrame({"record_id": [str(number) for number in range(30)], "dob": days})

    def told(frame):
        source = Source(agency="gp", people=frame, columns={"people": {"date_of_birth": "dob"}})
        return [note for note in read_sources(Hub(sources=[source])).summaries[0]["warnings"] if "month first" in note]

    assert told(people) == [
        "gp people: dob is read as month first (05/23/2012 is 23 May); check that this is how it is written"
    ]
    assert told(people.with_columns(pl.lit("23/05/2012").alias("dob"))) == []


def test_a_few_swapped_days_do_not_hide_that_a_column_is_written_month_first():
    days = [f"{number % 12 + 1:02d}/{13 + number % 15}/{2000 + number // 30}" for number in range(300)]
    assert month_first(pl.Series([*days, "23/05/2012", "31/12/1999"]))
    read = parse_dates(pl.Series([*days, "23/05/2012"]), american=True)["earliest"].to_list()
    assert (read[0], read[-1]) == (dt.date(2000, 1, 13), dt.date(2012, 5, 23))
    assert not month_first(pl.Series([*days[:100], *(f"{day}/05/2012" for day in range(13, 31))]))
