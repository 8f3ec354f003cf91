"""Common Transfer Files: what they say of a pupil's days, and what of them is not read."""

import polars as pl

from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Source
from famlink.vocabulary.events import event_kinds

CTF = """<?xml version="1.0" encoding="UTF-8"?>
<CTfile><Header><DocumentName>Common Transfer File</DocumentName><CTFversion>22.0</CTFversion></Header>
<CTFpupilData>
<Pupil><UPN>A123456789012</UPN><Surname>Lee</Surname><Forename>Ann</Forename><DOB>2012-05-03</DOB><Sex>F</Sex>
<LookedAfter><InCare>true</InCare><CareAuthority>801</CareAuthority></LookedAfter>
<FSMhistory><FSMinstance><FSMstartDate>2020-01-06</FSMstartDate></FSMinstance></FSMhistory>
<SENhistory><SEN><StartDate>2019-01-07</StartDate><SENprovision>K</SENprovision></SEN>
<SENneeds><SENneed><SENtypeRank>1</SENtypeRank></SENneed></SENneeds></SENhistory>
<Attendance>
<YearData><Year>2022</Year><LEA>801</LEA><Estab>2001</Estab><SchoolName>North Primary</SchoolName>
<SessionsPossible>380</SessionsPossible><SessionsAttended>331</SessionsAttended>
<SessionsAuthorised>20</SessionsAuthorised><SessionsUnauthorised>29</SessionsUnauthorised>
<AttendSessions><AttendanceStartDate>2021-09-03</AttendanceStartDate><AttendanceMarks>/\\/\\II//OO##/\\ I</AttendanceMarks></AttendSessions>
</YearData>
<YearData><Year>2021</Year><Estab>2001</Estab><SessionsPossible>300</SessionsPossible></YearData>
<YearData><SessionsPossible>12</SessionsPossible></YearData>
</Attendance>
<Exclusions><Exclusion><StartDate>2022-03-01</StartDate><EndDate>2022-03-03</EndDate><Category>FIXD</Category><Reason>PA</Reason><Sessions>4</Sessions></Exclusion></Exclusions>
<SchoolHistory><School><Estab>2001</Estab><SchoolName>North Primary</SchoolName><EntryDate>2016-09-01</EntryDate><LeavingDate>2023-07-20</LeavingDate><LeavingReason>PR</LeavingReason></School></SchoolHistory>
<StageAssessments><KeyStage/></StageAssessments>
</Pupil>
<Pupil><UPN>B123456789012</UPN><Surname>Kaur</Surname><StageAssessments/></Pupil>
</CTFpupilData></CTfile>
"""

YEAR = (
    "North Primary; sessions possible: 380; attended: 331; authorised absence: 20; unauthorised absence: 29; "
    "marks: I 3, O 2"
)


def read(folder, files="c.xml"):
    return read_sources(Hub(folder=folder, sources=[Source(agency="school", format="ctf", files=files)]))


def test_attendance_exclusions_and_special_needs_are_events(tmp_path):
    (tmp_path / "c.xml").write_text(CTF, encoding="utf-8")
    got = read(tmp_path)
    told = got.events.select("date", "precision", "end_date", "category", "description", "outcome", "file_row").rows()
    assert [(str(row[0]), row[1], row[2] and str(row[2]), *row[3:]) for row in told] == [
        ("2016-09-01", "day", None, "Joined school", "North Primary", None, 19),
        ("2023-07-20", "day", None, "Left school", "North Primary", "PR", 19),
        (
            *("2021-09-03", "day", None, "School attendance"),
            YEAR,
            *(None, 10),
        ),
        ("2021-01-01", "year", None, "School attendance", "2001; sessions possible: 300", None, 15),
        ("2022-03-01", "day", "2022-03-03", "Suspension", "reason: PA; sessions: 4", None, 18),
        ("2019-01-07", "day", None, "SEN provision", "provision: K", None, 7),
    ]
    assert got.events["record_id"].unique().to_list() == ["A123456789012"]
    assert event_kinds(got.events["category"]).filter(~pl.col("known")).is_empty()
    assert got.records["extra.in_care"].to_list() == ["true", None]
    assert not got.rejected.height


def test_parts_without_a_date_and_parts_not_read_are_told(tmp_path):
    (tmp_path / "c.xml").write_text(CTF, encoding="utf-8")
    notes = read(tmp_path).summaries[0]["warnings"]
    assert "c.xml: 1 parts of pupils carry no date and give no event" in notes
    assert "c.xml: parts of pupils not read: FSMhistory (1), StageAssessments (2)" in notes


def test_a_pupil_without_care_or_others_has_no_such_columns(tmp_path):
    (tmp_path / "c.xml").write_text("<CTfile><Pupil><UPN>A123456789012</UPN></Pupil></CTfile>", encoding="utf-8")
    got = read(tmp_path)
    assert not [name for name in got.records.columns if name.startswith("extra.")]
    assert not got.events.height
    assert [note for note in got.summaries[0]["warnings"] if "c.xml" in note] == []
