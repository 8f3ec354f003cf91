"""The school census: pupils, their addresses and exclusions, each table known by its columns."""

import re

import polars as pl
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
    with pytest.raises(SourceError, match="or a table of pupils with the columns upn, surname and dob, found none"):
        read(tmp_path)


ON_ROLL = """pupilonrolltableid,NativeId,dob,surname,forename,upn,sex,entrydate,pupilonrollorderseqcolumn,sourceid,schoolcensustableid,termlysessionspossible,ncyearactual
r-1,8012001,2012-Apr-25 00:00:00,Lee,Ann,A123456789012,F,2016-Sep-01 00:00:00,1,s-1,t-1,134.0,7
r-2,8012001,2013-Apr-25 00:00:00,Kaur,Bal,,M,2017-Sep-01 00:00:00,2,s-1,t-1,130.0,6
r-3,8012002,2014-Apr-25 00:00:00,Khan,Zo,C123456789012,F,2018-Sep-01 00:00:00,1,s-2,t-2,,5
"""
OFF_ROLL = """pupilnolongeronrolltableid,NativeId,dob,surname,forename,upn,sex,entrydate,leavingdate,pupilnolongeronrollorderseqcolumn,sourceid
n-1,8012003,2012-Apr-25 00:00:00,Leigh,Ann,A123456789012,F,2015-Sep-01 00:00:00,2016-Jul-20 00:00:00,1,s-3
"""
TABLES = {
    "2024_autumn_addressesonroll": """pupilonrolltableid,NativeId,addressesonrolltableid,addressesonrollorderseqcolumn,sourceid,uniquepropertyreferencenumber,saon,paon,street,postcode
r-1,8012001,a-1,1,s-1,100012.0,,9,New Lane,NO2 2BB
r-2,8012001,a-2,2,s-1,,,10,New Lane,NO2 2BB
r-9,8012001,a-3,3,s-1,,,11,New Lane,NO2 2BB
r-1,8012001,a-4,4,s-1,,,12,New Lane,NO2 2BB
r-3,8012002,a-5,1,s-2,,,13,New Lane,NO2 2BB
""",
    "2024_autumn_addressesoffroll": "pupilnolongeronrolltableid,NativeId,addressesoffrolltableid,postcode\nn-1,8012003,a-9,NO3 3CC\n",
    "2024_autumn_pupilnolongeronroll": OFF_ROLL,
    "2024_autumn_pupilonroll": ON_ROLL,
    "2024_autumn_termlyexclusionsonroll": """pupilonrolltableid,NativeId,termlyexclusionsonrolltableid,sourceid,startdate,sessions,reason1,reason2,reason3,category,senprovision
r-1,8012001,x-1,s-1,2024-Dec-01 00:00:00,10.0,PP,,RA,PERM,
r-1,8012001,x-2,s-1,2024-Dec-02 00:00:00,2.0,PA,,,LNCH,K
r-1,8012001,x-3,s-1,2024-Dec-02 00:00:00,2.0,PA,,,LNCH,K
""",
    "2024_autumn_termlysessiondetailsonroll": "pupilonrolltableid,NativeId,termlysessiondetailsonrolltableid,sessions,attendancereason\nr-1,8012001,d-1,13.0,I\n",
    "2025_spring_pupilonroll": ON_ROLL.replace("Lee", "Hill"),
}


def written(folder, tables):
    (folder / "census").mkdir()
    for name, text in tables.items():
        (folder / "census" / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_the_tables_authorities_hold_name_a_pupil_by_the_number_of_a_row(tmp_path):
    got = read(written(tmp_path, TABLES))
    people = got.records.sort("record_id", "part")
    ann = people.filter(record_id="A123456789012")
    assert ann.select("surname", "school", "postcode", "file").rows() == [
        ("Lee", "8012001", None, "census/2024_autumn_pupilonroll.csv"),
        ("Hill", "8012001", None, "census/2025_spring_pupilonroll.csv"),
        ("Leigh", "8012003", None, "census/2024_autumn_pupilnolongeronroll.csv"),
        (None, None, "NO3 3CC", "census/2024_autumn_addressesoffroll.csv"),
        (None, None, "NO2 2BB", "census/2024_autumn_addressesonroll.csv"),
        (None, None, "NO2 2BB", "census/2024_autumn_addressesonroll.csv"),
    ]
    # No UPN: the number of the row, which is of one term's copy alone.
    bal = people.filter(pl.col("record_id").str.ends_with("/r-2"))
    assert bal.select("record_id", "forename", "upn", "address").rows() == [
        ("2024_autumn/r-2", "Bal", None, None),
        ("2024_autumn/r-2", None, None, "10, New Lane"),
        ("2025_spring/r-2", "Bal", None, None),
    ]
    assert ann["extra.termlysessionspossible"].to_list()[0] == "134.0"
    assert "extra.sourceid" not in people.columns
    rejected = got.rejected.filter(level="row")
    assert rejected.select("file", "row", "reason").rows() == [
        ("census/2024_autumn_addressesonroll.csv", 3, "names a record the agency did not give")
    ]


def test_what_two_terms_tell_is_told_once_and_two_like_events_of_one_file_are_two(tmp_path):
    got = read(written(tmp_path, TABLES))
    told = got.events.sort("date", "event_id").select("record_id", "date", "category", "description").rows()
    assert [(who, str(date), category, said) for who, date, category, said in told] == [
        ("A123456789012", "2015-09-01", "Joined school", None),
        ("A123456789012", "2016-07-20", "Left school", None),
        ("A123456789012", "2016-09-01", "Joined school", None),
        ("2024_autumn/r-2", "2017-09-01", "Joined school", None),
        ("2025_spring/r-2", "2017-09-01", "Joined school", None),
        ("C123456789012", "2018-09-01", "Joined school", None),
        ("A123456789012", "2024-12-01", "Permanent exclusion", "reason: PP; reason: RA; sessions: 10"),
        ("A123456789012", "2024-12-02", "Lunchtime suspension", "reason: PA; sessions: 2"),
        ("A123456789012", "2024-12-02", "Lunchtime suspension", "reason: PA; sessions: 2"),
    ]
    notes = got.summaries[0]["warnings"]
    assert "2 events are told again by a later file, in the same words, and are read once" in notes
    assert any("termlysessiondetailsonroll.csv: neither pupils" in note for note in notes)
    assert "census/2024_autumn_termlyexclusionsonroll.csv: columns not used: nativeid, termlyexclusionsonrolltableid, sourceid, senprovision" in notes  # fmt: skip


def test_a_number_two_terms_use_for_two_pupils_is_read_in_its_own_term(tmp_path):
    spring = ON_ROLL.replace("r-1,", "r-3,", 1).replace("r-3,8012002", "r-1,8012002")
    exclusion = "pupilonrolltableid,startdate,category\nr-1,2025-Mar-01 00:00:00,PERM\nr-3,2025-Mar-02 00:00:00,PERM\n"
    tables = {"2024_autumn_pupilonroll": ON_ROLL, "2025_spring_pupilonroll": spring}
    for name, expected in (
        ("2024_autumn_termlyexclusionsonroll", ["A123456789012", "C123456789012"]),
        ("2025_spring_termlyexclusionsonroll", ["C123456789012", "A123456789012"]),
    ):
        folder = tmp_path / name
        folder.mkdir()
        got = read(written(folder, {**tables, name: exclusion}))
        assert got.events.filter(category="Permanent exclusion").sort("date")["record_id"].to_list() == expected
    folder = tmp_path / "alone"
    folder.mkdir()
    source = Source(agency="schools", format="school-census", files="census")
    hub = Hub(folder=written(folder, {**tables, "exclusions": exclusion}), sources=[source])
    got = read_sources(hub, allow_rejects=True)  # of no term: which of the two is meant, nobody can tell
    assert got.rejected.filter(level="row")["reason"].unique().to_list() == ["names a record the agency did not give"]
    assert got.rejected.filter(level="row").height == 2


def test_a_table_without_any_number_of_a_pupil_says_so(tmp_path):
    tables = {"pupils": PUPILS, "addresses": "street,postcode\nNew Lane,NO2 2BB\n"}
    with pytest.raises(SourceError, match=r"addresses\.csv: expected the columns upn"):
        read(written(tmp_path, tables))


RETURN = """<?xml version="1.0" encoding="utf-8"?>
<Message><Header><CollectionDetails><Collection>SC</Collection><Term>AUT</Term><Year>2024</Year><ReferenceDate>2024-10-03</ReferenceDate></CollectionDetails></Header>
<School><SchoolCharacteristics><SchoolName>North Primary</SchoolName></SchoolCharacteristics></School>
<Pupils>
<PupilsNoLongerOnRoll><PupilNoLongerOnRoll>
<PupilIdentifiers><UPN>C123456789012</UPN><Surname>Khan</Surname><Forename>Zo</Forename><DOB>2014-04-27</DOB><Sex>F</Sex></PupilIdentifiers>
<PupilStatus><EntryDate>2018-09-03</EntryDate><LeavingDate>2024-07-19</LeavingDate></PupilStatus>
</PupilNoLongerOnRoll></PupilsNoLongerOnRoll>
<PupilsOnRoll>
<PupilOnRoll>
<PupilIdentifiers><UPN>A123456789012</UPN><FormerUPN>B123456789012</FormerUPN><UniqueLearnerNumber>1000000002</UniqueLearnerNumber><Surname>Lee</Surname>
<Forename>Ann</Forename><MiddleNames>May</MiddleNames><PreferredSurname>Hill</PreferredSurname><FormerSurname>Old</FormerSurname><DOB>2012-04-25</DOB><Sex>F</Sex></PupilIdentifiers>
<PupilCharacteristics><Ethnicity>WBRI</Ethnicity><Language>ENG</Language><FSMperiods><FSMperiod><FSMstartDate>2020-01-06</FSMstartDate></FSMperiod></FSMperiods></PupilCharacteristics>
<PupilStatus><EnrolStatus>C</EnrolStatus><EntryDate>2016-09-01</EntryDate><NCyearActual>7</NCyearActual></PupilStatus>
<SpecialEducationalNeeds><SENprovision>K</SENprovision></SpecialEducationalNeeds>
<Exclusions>
<TermlyExclusion><Category>SUSP</Category><Reasons><Reason>PA</Reason><Reason>DB</Reason></Reasons><StartDate>2024-03-01</StartDate><Sessions>4</Sessions></TermlyExclusion>
<TermlyExclusion><Category>PERM</Category></TermlyExclusion>
</Exclusions>
<HomeInformation><Address><UniquePropertyReferenceNumber>100012</UniquePropertyReferenceNumber><PostCode>NO2 2BB</PostCode><SAON>Flat 1</SAON><PAON>9</PAON><Street>New Lane</Street><Town>Northtown</Town></Address></HomeInformation>
<Attendance><TermlyAttendance><SessionsPossible>134</SessionsPossible><SessionsAuthorised>8</SessionsAuthorised>
<SessionDetails><SessionDetail><AttendanceReason>I</AttendanceReason><AbsenceSessions>8</AbsenceSessions></SessionDetail></SessionDetails></TermlyAttendance></Attendance>
</PupilOnRoll>
<PupilOnRoll><PupilIdentifiers><Surname>No</Surname></PupilIdentifiers></PupilOnRoll>
</PupilsOnRoll></Pupils></Message>
"""


def test_the_return_gives_what_the_tables_give(tmp_path):
    (tmp_path / "c.xml").write_text(RETURN, encoding="utf-8")
    source = Source(agency="schools", format="school-census", files="c.xml")
    got = read_sources(Hub(folder=tmp_path, sources=[source]), allow_rejects=True)
    ann = got.records.filter(record_id="A123456789012").row(0, named=True)
    expected = {
        "upn": "A123456789012",
        "former_upn": "B123456789012",
        "uln": "1000000002",
        "surname": "Lee",
        "forename": "Ann",
        "middle_names": "May",
        "aliases": "Hill",
        "former_surnames": "Old",
        "sex": "F",
        "date_of_birth": "2012-04-25",
        "ethnicity": "WBRI",
        "uprn": "100012",
        "postcode": "NO2 2BB",
        "address": "Flat 1, 9, New Lane, Northtown",
        "extra.language": "ENG",
        "extra.enrolstatus": "C",
        "extra.ncyearactual": "7",
        "extra.senprovision": "K",
        "extra.termlysessionspossible": "134",
        "extra.termlysessionsauthorised": "8",
        "file_row": 10,
    }
    assert {name: ann[name] for name in expected} == expected
    told = got.events.sort("date").select("record_id", "date", "category", "description").rows()
    assert [(who[0], str(date), category, said) for who, date, category, said in told] == [
        ("A", "2016-09-01", "Joined school", None),
        ("C", "2018-09-03", "Joined school", None),
        ("A", "2024-03-01", "Suspension", "reason: PA; reason: DB; sessions: 4"),
        ("C", "2024-07-19", "Left school", None),
    ]
    assert got.summaries[0]["files"] == [{"file": "c.xml", "rows": 3, "rejected": 1, "dateless": 0}]
    assert got.rejected.select("row", "reason").rows() == [(24, "no record_id")]
    assert "c.xml: 1 exclusions carry no date and give no event" in got.summaries[0]["warnings"]
    assert len(re.findall("<UPN>", RETURN)) == got.records.height


def test_a_return_and_the_tables_of_another_term_are_read_together(tmp_path):
    written(tmp_path, {"2025_spring_pupilonroll": ON_ROLL})
    (tmp_path / "census" / "2024.xml").write_text(
        RETURN.replace("<PupilOnRoll><PupilIdentifiers><Surname>No</Surname></PupilIdentifiers></PupilOnRoll>", ""),
        encoding="utf-8",
    )
    got = read(tmp_path)
    assert got.records.filter(record_id="A123456789012")["file"].to_list() == [
        "census/2024.xml",
        "census/2025_spring_pupilonroll.csv",
    ]
    joined = got.events.filter(pl.col("category") == "Joined school").select("record_id", "date")
    assert joined.height == joined.unique().height
    # The same day told by both is told once; the two of Zo differ.
    assert joined.filter(record_id="C123456789012").height == 2
    assert joined.filter(record_id="A123456789012").height == 1


def test_xml_without_pupils_is_no_return(tmp_path):
    (tmp_path / "c.xml").write_text("<Message><Pupils/></Message>", encoding="utf-8")
    with pytest.raises(SourceError, match=r"c\.xml: expected PupilOnRoll or PupilNoLongerOnRoll elements"):
        read_sources(Hub(folder=tmp_path, sources=[Source(agency="s", format="school-census", files="c.xml")]))
