"""The school census: pupils, their addresses and exclusions, each table known by its columns."""

import pytest

from famlink.errors import SourceError
from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Source

PUPILS = """upn,formerupn,uniquelearnernumber,surname,forename,middlenames,preferredsurname,formersurname,dob,sex,entrydate,leavingdate,ncyearactual
A123456789012,B123456789012,1000000002,Lee,Ann,May,Hill,Old,2012-Apr-25 00:00:00,F,2016-Sep-01 00:00:00,,7
,,,No,Upn,,,,2012-Apr-25 00:00:00,M,,,7
C123456789012,,,Lee,Tom,,,,2014-Apr-25 00:00:00,M,2018-Sep-03 00:00:00,2023-Jul-20 00:00:00,5
D123456789012,,,Kaur,Bal,,,,2014-Apr-26 00:00:00,M,,,5
E123456789012,,,Khan,Zo,,,,2014-Apr-27 00:00:00,F,,,5
"""
HOMES = """upn,uniquepropertyreferencenumber,saon,paon,street,town,postcode
A123456789012,100012,Flat 1,9,New Lane,Northtown,NO2 2BB
Z999999999999,,,1,Elsewhere,,NO9 9ZZ
C123456789012,,,9,New Lane,,NO2 2BB
D123456789012,,,10,New Lane,,NO2 2BB
E123456789012,,,11,New Lane,,NO2 2BB
"""
EXCLUSIONS = """UPN,ExclusionCategory,ExclusionReason,ExclusionStartDate,ExclusionSessions
A123456789012,PERM,PP,2024-Mar-01 00:00:00,
C123456789012,SUSP,DB,2024-Mar-02 00:00:00,4
C123456789012,,,,
C123456789012,ODD,DB,2024-Mar-03 00:00:00,
"""


def read(folder):
    source = Source(agency="schools", format="school-census", files="census")
    return read_sources(Hub(folder=folder, sources=[source]))


def test_pupils_addresses_and_exclusions_come_together(tmp_path):
    (tmp_path / "census").mkdir()
    for name, text in (("pupilonroll", PUPILS), ("addresses", HOMES), ("exclusions", EXCLUSIONS)):
        (tmp_path / "census" / f"{name}.csv").write_text(text, encoding="utf-8")
    (tmp_path / "census" / "classes.csv").write_text("upn,class\nA,1\n", encoding="utf-8")
    got = read(tmp_path)
    ann = got.records.filter(record_id="A123456789012").sort("part").to_dicts()
    assert (ann[0]["forename"], ann[0]["surname"], ann[0]["aliases"], ann[0]["uln"]) == (
        "Ann",
        "Lee",
        "Hill",
        "1000000002",
    )
    assert ann[0]["extra.ncyearactual"] == "7"
    assert (ann[1]["address"], ann[1]["postcode"], ann[1]["uprn"]) == (
        "Flat 1, 9, New Lane, Northtown",
        "NO2 2BB",
        "100012",
    )
    told = got.events.sort("date").select("record_id", "date", "category", "description").rows()
    assert [(who[0], str(date), category, said) for who, date, category, said in told] == [
        ("A", "2016-09-01", "Joined school", None),
        ("C", "2018-09-03", "Joined school", None),
        ("C", "2023-07-20", "Left school", None),
        ("A", "2024-03-01", "Permanent exclusion", "reason: PP"),
        ("C", "2024-03-02", "Suspension", "reason: DB; sessions: 4"),
        ("C", "2024-03-03", "Exclusion ODD", "reason: DB"),
    ]
    files = {item["file"]: (item["rows"], item["rejected"], item["dateless"]) for item in got.summaries[0]["files"]}
    assert files == {
        "census/addresses.csv": (5, 1, 0),
        "census/exclusions.csv": (4, 0, 1),
        "census/pupilonroll.csv": (5, 1, 0),
    }
    assert any("classes.csv: neither pupils" in note for note in got.summaries[0]["warnings"])


def test_a_folder_without_pupils_says_so(tmp_path):
    (tmp_path / "census").mkdir()
    (tmp_path / "census" / "addresses.csv").write_text(HOMES, encoding="utf-8")
    with pytest.raises(SourceError, match="expected a table of pupils"):
        read(tmp_path)
