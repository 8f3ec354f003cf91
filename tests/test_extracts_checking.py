"""The check report: counts that add up, and nobody's value in it."""

import datetime as dt
import json

import polars as pl
import pytest

from famlink.errors import SourceError
from famlink.extracts.checking import check_report, render_text
from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Source
from famlink.standardisation.standardise import standardise


def report_of(sources, folder="."):
    extracts = read_sources(Hub(folder=folder, sources=sources), allow_rejects=True)
    done = standardise(extracts.records, as_at=dt.date(2026, 6, 1))
    return check_report(extracts, done.rows, done.reasons, pl.concat([extracts.rejected, done.rejected]))


def test_a_report_counts_and_names_nobody():
    people = pl.DataFrame(
        {
            "record_id": ["1", "2", "3", None],
            "forename": ["Quillon", "BABY", None, None],
            "nhs_number": ["9434765919", "9434765918", "0000000000", None],
            "date_of_birth": ["03/05/2012", "31/02/2012", None, None],
        }
    )
    ties = pl.DataFrame({"record_id": ["1"], "relationship": ["father"], "related_surname": ["Vantongeren"]})
    other = pl.DataFrame({"record_id": ["a"], "nhs_number": ["943 476 5919"]})
    report = report_of(
        [
            Source(agency="gp", people=people, relationships=ties),
            Source(agency="gp", people=pl.DataFrame({"record_id": ["1"], "email": ["a@b.org"]})),
            Source(agency="fire", people=other),
        ]
    )
    first, second, third = report["sources"]
    assert first["people"] == {"rows": 4, "records": 3, "rejected": 1, "named": 1}
    assert first["columns"] == {
        "record_id": {"filled": 3, "distinct": 3},
        "forename": {"filled": 2, "distinct": 2},
        "date_of_birth": {"filled": 2, "distinct": 2},
        "nhs_number": {"filled": 3, "distinct": 3},
    }
    assert first["identifiers"] == {"nhs_number": {"given": 2, "distinct": 2, "valid": 1, "invalid": 1}}
    assert first["cleaning"]["forename"] == {"placeholder: child not named": 1}
    assert first["cleaning"]["nhs_number"] == {"check failed": 1, "placeholder": 1}
    assert {(item["level"], item["reason"], item["count"]) for item in first["rejects"]} == {
        ("row", "no record_id", 1),
        ("cell", "not a date that can be read", 1),
    }
    assert second["columns"] == {"record_id": {"filled": 1, "distinct": 1}, "email": {"filled": 1, "distinct": 1}}
    assert "no policy holder is known" in third["warnings"][0]
    assert report["overlaps"] == [{"identifier": "nhs_number", "left": "fire", "right": "gp", "shared": 1}]
    for text in (json.dumps(report), render_text(report)):
        for value in ("Quillon", "Vantongeren", "9434765919", "a@b.org", "2012-05-03", "03/05/2012"):
            assert value not in text


def test_a_column_that_is_no_identifier_is_told():
    people = pl.DataFrame(
        {
            "record_id": [str(i) for i in range(100)],
            "forename": [f"Name{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(100)],
            "date_of_birth": [f"{1950 + i}-03-04" if i < 70 else f"{1950 + i - 70}-07-08" for i in range(100)],
            "nhs_number": [f"{4000000000 + 7 * (i % 65)}" for i in range(100)],
        }
    )
    report = report_of([Source(agency="gp", people=people)])
    assert report["sources"][0]["warnings"] == [
        "nhs_number behaves unlike an identifier: 65 values for 100 records; it is demoted for this agency"
    ]
    assert report["sources"][0]["identifiers"]["nhs_number"]["valid"] == 0


def test_a_row_rejected_in_one_table_of_a_file_is_counted_once(tmp_path):
    pupil = "<Pupil><UPN>A123456789012</UPN><Surname>Lee</Surname><DOB>{}</DOB><Contacts><Contact><Surname>Lee</Surname></Contact></Contacts></Pupil>"
    (tmp_path / "c.xml").write_text(
        f"<CTfile>{pupil.format('2012-05-03')}<Pupil><Surname>No</Surname></Pupil>{pupil.format('31/02/2012')}</CTfile>"
    )
    report = report_of([Source(agency="school", format="ctf", files="c.xml")], tmp_path)
    assert report["sources"][0]["rejects"] == [
        {"table": "people", "column": "record_id", "reason": "no record_id", "level": "row", "count": 1},
        {"table": "people", "column": "date_of_birth", "reason": "not a date that can be read", "level": "cell", "count": 1},
        {"table": "relationships", "column": "relationship", "reason": "no relationship is given; kept as unknown", "level": "cell", "count": 2},
    ]  # fmt: skip
    assert "  file c.xml: 3 rows, 1 rejected" in render_text(report).splitlines()


def test_a_person_of_client_level_data_has_a_row_for_each_event(tmp_path):
    (tmp_path / "cld.csv").write_text(
        "LA Person Unique Identifier,Postcode,Event Reference,Event Type,Event Start Date\n"
        "A1,NO1 1AA,E1,Request,01/03/2024\nA1,NO2 2BB,E2,Assessment,01/04/2024\nA2,NO3 3CC,E3,Request,02/03/2024\n"
    )
    source = Source(agency="adults", format="adult-social-care", people="cld.csv", events="cld.csv")
    extracts = read_sources(Hub(folder=tmp_path, sources=[source]))
    assert extracts.records.select("record_id", "part", "postcode").rows() == [
        ("A1", 0, "NO1 1AA"),
        ("A1", 1, "NO2 2BB"),
        ("A2", 0, "NO3 3CC"),
    ]
    assert extracts.events["event_id"].to_list() == ["E1", "E2", "E3"]
    assert not extracts.rejected.height


def test_columns_that_are_not_what_they_are_called_are_told():
    people = pl.DataFrame(
        {
            "record_id": [str(n) for n in range(30)],
            "surname": ["Lee"] * 30,
            "forename": [f"Name{chr(97 + n)}" for n in range(30)],
            "date_of_birth": ["03/05/12"] * 20 + ["03/05/2012"] * 10,
            "sex": [f"{n} High Street" for n in range(30)],
            "postcode": [None] * 15 + ["NO1 1AA"] * 15,
        }
    )
    report = report_of([Source(agency="gp", people=people)])
    assert report["sources"][0]["warnings"] == [
        "surname holds one value in 30 records; is it the right column?",
        "20 of 30 cells of date_of_birth are no dates that can be read; a year needs four digits",
        "sex holds 30 values in 30 records; is it the right column?",
    ]


def test_the_faults_of_every_agency_are_told_at_once(tmp_path):
    import famlink as fl

    (tmp_path / "p.csv").write_text("id,forename,surname\n1,Ann,Lee\n")
    sources = [
        Source(agency="gp", people="p.csv"),
        Source(agency="police", people="absent.csv"),
        Source(agency="school", people="p.csv", columns={"people": {"record_id": "id"}}),
    ]
    with pytest.raises(
        SourceError, match=r"^2 agencies cannot be read: \(1\) p\.csv: the required.*; \(2\) agency police: no such"
    ):
        fl.check(Hub(folder=tmp_path, sources=sources))
    with pytest.raises(SourceError, match=r"^agency police: no such"):
        fl.check(Hub(folder=tmp_path, sources=sources[1:]))
