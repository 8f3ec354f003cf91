"""Returns without names: the census, the 903 and Annex A give ids, dates and codes, and join the agency's own people."""

import csv
import re

import openpyxl
import polars as pl
import pytest

from famlink.errors import MissingFileError, SourceError, TooManyRejectsError
from famlink.extracts.annex_a_lists import EVENTS_OF as LISTS
from famlink.extracts.cin_census import SOURCES
from famlink.extracts.reading import read_sources
from famlink.extracts.ssda903 import module_of
from famlink.extracts.xmlstream import read_elements
from famlink.spec import Hub, Source
from famlink.vocabulary.events import event_kinds

CENSUS = """<?xml version="1.0" encoding="utf-8"?>
<Message><Header><CollectionDetails><Year>2025</Year></CollectionDetails></Header>
<Children>stray text
<Child>
  <ChildIdentifiers><LAchildID>7</LAchildID><UPN>A123456789012</UPN><PersonBirthDate>2012-05-03</PersonBirthDate><Sex>F</Sex></ChildIdentifiers>
  <ChildCharacteristics><Ethnicity>WBRI</Ethnicity></ChildCharacteristics>
  <CINdetails><CINreferralDate>2024-03-01</CINreferralDate><ReferralSource>6</ReferralSource><PrimaryNeedCode>N1</PrimaryNeedCode>
    <CINclosureDate>2024-09-01</CINclosureDate><ReasonForClosure>RC1</ReasonForClosure><DateOfInitialCPC>2024-03-20</DateOfInitialCPC>
    <Assessments><AssessmentActualStartDate>2024-03-02</AssessmentActualStartDate><AssessmentAuthorisationDate>2024-04-02</AssessmentAuthorisationDate>
      <FactorsIdentifiedAtAssessment><AssessmentFactors>1A</AssessmentFactors><AssessmentFactors>3B</AssessmentFactors></FactorsIdentifiedAtAssessment></Assessments>
    <CINPlanDates><CINPlanStartDate>2024-04-03</CINPlanStartDate></CINPlanDates>
    <Section47><S47ActualStartDate>2024-03-05</S47ActualStartDate><DateOfInitialCPC>2024-03-20</DateOfInitialCPC></Section47>
    <ChildProtectionPlans><CPPstartDate>2024-03-20</CPPstartDate><CPPendDate>2024-08-20</CPPendDate><InitialCategoryOfAbuse>NEG</InitialCategoryOfAbuse>
      <Reviews><CPPreviewDate>2024-06-18</CPPreviewDate></Reviews></ChildProtectionPlans>
  </CINdetails>
</Child>
<Child><ChildIdentifiers><LAchildID>8</LAchildID><ExpectedPersonBirthDate>2025-06-01</ExpectedPersonBirthDate></ChildIdentifiers></Child>
</Children></Message>
"""


def read(folder, format, files, *more, allow_rejects=False):  # noqa: A002
    hub = Hub(folder=folder, sources=[*more, Source(agency="csc", format=format, files=str(files))])
    return read_sources(hub, allow_rejects=allow_rejects)


def test_the_census_joins_the_people_of_its_agency_and_tells_every_date(tmp_path):
    (tmp_path / "c.xml").write_text(CENSUS, encoding="utf-8")
    people = pl.DataFrame({"record_id": ["7"], "forename": ["Ann"], "surname": ["Lee"]})
    got = read(tmp_path, "cin-census", "c.xml", Source(agency="csc", people=people))
    ann = got.records.filter(record_id="7").sort("part")
    assert ann.select("part", "forename", "upn", "sex", "file_row").rows() == [
        (0, "Ann", None, None, 1),
        (1, None, "A123456789012", "F", 4),
    ]
    unborn = got.records.filter(record_id="8").row(0, named=True)
    assert unborn["expected_date_of_birth"] == "2025-06-01"
    told = got.events.sort("date", "category").select("category", "date", "end_date", "description", "outcome").rows()
    assert [(category, str(date), end and str(end), said, outcome) for category, date, end, said, outcome in told] == [
        ("Referral", "2024-03-01", None, "from: police; primary need: N1", None),
        ("Assessment", "2024-03-02", "2024-04-02", "factors: 1A, 3B", None),
        ("Section 47 enquiry", "2024-03-05", None, None, None),
        ("Child protection plan", "2024-03-20", "2024-08-20", "initial category: NEG", None),
        ("Initial child protection conference", "2024-03-20", None, None, None),
        ("Child in need plan", "2024-04-03", None, None, None),
        ("Child protection review", "2024-06-18", None, None, None),
        ("Referral closed", "2024-09-01", None, None, "RC1"),
    ]
    assert got.events["record_id"].unique().to_list() == ["7"]
    assert set(event_kinds(got.events["category"])["kind"]).isdisjoint({"unmapped"})
    assert SOURCES["6"] == "police"


def test_two_years_that_overlap_tell_an_event_once_by_the_later(tmp_path):
    (tmp_path / "2024.xml").write_text(
        CENSUS.replace("<ReasonForClosure>RC1", "<ReasonForClosure>RC9"), encoding="utf-8"
    )
    (tmp_path / "2025.xml").write_text(CENSUS, encoding="utf-8")
    got = read(tmp_path, "cin-census", "*.xml")
    assert got.events.height == 8
    assert got.events.filter(category="Referral closed")["outcome"].to_list() == ["RC1"]
    assert got.records.filter(record_id="7")["part"].to_list() == [0, 1]
    assert "8 events are told again by a later file, whose word is taken" in got.summaries[0]["warnings"]


@pytest.mark.parametrize(
    "hostile",
    [
        '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><Message><Child>&c;</Child></Message>',
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><Message><Child/></Message>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Message><Child>&e;</Child></Message>',
    ],
)
def test_entities_and_external_references_are_refused(tmp_path, hostile):
    (tmp_path / "c.xml").write_text(hostile, encoding="utf-8")
    with pytest.raises(SourceError, match=r"c\.xml: declares a document type or entities") as error:
        read(tmp_path, "cin-census", "c.xml")
    assert "passwd" not in str(error.value)


def test_malformed_xml_is_named_by_line_and_never_by_value(tmp_path):
    (tmp_path / "c.xml").write_text("<Message>\n<Child>\n<LAchildID>secret</Child></Message>", encoding="utf-8")
    with pytest.raises(SourceError, match=r"c\.xml: not well-formed XML at line 3") as error:
        read(tmp_path, "cin-census", "c.xml")
    assert "secret" not in str(error.value)
    for data in (b"", b"\x00\x01", b"<a>" * 5000):
        with pytest.raises(SourceError, match=r"x\.xml"):
            read_elements(data, "Child", file="x.xml")
    (tmp_path / "c.xml").write_text("<Message><Other/></Message>", encoding="utf-8")
    with pytest.raises(SourceError, match="expected Child elements"):
        read(tmp_path, "cin-census", "c.xml")


def test_xml_in_other_encodings_and_packed(tmp_path):
    import gzip

    text = '<?xml version="1.0" encoding="{0}"?><m><Child><ChildIdentifiers><LAchildID>Zoë</LAchildID></ChildIdentifiers></Child></m>'
    for encoding in ("utf-8", "utf-16", "windows-1252", "iso-8859-1"):
        (tmp_path / "c.xml.gz").write_bytes(gzip.compress(text.format(encoding).encode(encoding)))
        assert read(tmp_path, "cin-census", "c.xml.gz").records["record_id"].to_list() == ["Zoë"]


MODULES = {
    "header.csv": "CHILD,SEX,DOB,ETHNIC,UPN,MOTHER,MC_DOB\n1,2,03/05/2006,WBRI,A123456789012,1,01/02/2024\n2,1,04/06/2010,WBRI,,,\n",
    "SSDA903_episodes_2024.csv": """CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,HOME_POST,PL_POST,URN
1,15/02/2023,S,C2,N1,U1,PR1,14/08/2023,X1,,,NO1 1AA,
1,14/08/2023,P,C2,N1,U1,PR1,01/03/2024,E11,CLOSE,,,
2,01/02/2024,L,C2,N1,U1,PR1,,,,,,
9,01/02/2024,S,C2,N1,U1,PR1,,,,,,
""",
    "reviews.csv": "CHILD,DOB,REVIEW,REVIEW_CODE\n1,03/05/2006,20/04/2023,PN1\n2,04/06/2010,,PN0\n",
    "missing.csv": "CHILD,DOB,MISSING,MIS_START,MIS_END\n1,03/05/2006,M,02/05/2023,04/05/2023\n1,03/05/2006,A,02/06/2023,\n",
    "oc2.csv": "CHILD,DOB,SDQ_SCORE,CONVICTED\n1,03/05/2006,12,0\n",
    "ad1.csv": "CHILD,DOB,DATE_INT,DATE_MATCH,FOSTER_CARE\n2,04/06/2010,01/01/2024,,1\n",
    "readme.csv": "a\n1\n",
}


def test_the_903_gives_children_their_own_children_and_every_date(tmp_path):
    for name, text in MODULES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    got = read(tmp_path, "ssda903", ".", allow_rejects=True)
    first = got.records.filter(record_id="1").sort("part")
    assert first.select("sex", "date_of_birth", "upn", "extra.sdq_score").rows()[0] == (
        "2",
        "03/05/2006",
        "A123456789012",
        None,
    )
    assert first["extra.sdq_score"].drop_nulls().to_list() == ["12"]
    baby = got.records.filter(origin="named").row(0, named=True)
    assert (baby["record_id"], baby["date_of_birth"], baby["named_by"]) == ("1~1", "01/02/2024", "1")
    assert got.ties.select("record_id", "relationship", "relative_record_id").rows() == [("1", "child", "1~1")]
    told = got.events.sort("date", "category").select("record_id", "date", "category").rows()
    assert [(who, str(date), category) for who, date, category in told] == [
        ("1", "2023-02-15", "Started to be looked after"),
        ("1", "2023-04-20", "Looked after review"),
        ("1", "2023-05-02", "Missing from care"),
        ("1", "2023-06-02", "Absent without authorisation"),
        ("1", "2023-08-14", "Placement change"),
        ("2", "2024-01-01", "Adoption decision"),
        ("2", "2024-02-01", "Legal status"),
        ("1", "2024-03-01", "Ceased to be looked after"),
    ]
    files = {item["file"]: item for item in got.summaries[0]["files"]}
    assert files["SSDA903_episodes_2024.csv"]["rejected"] == 1
    assert files["reviews.csv"] == {"file": "reviews.csv", "rows": 2, "rejected": 0, "dateless": 1}
    assert any("readme.csv: not named after a module" in note for note in got.summaries[0]["warnings"])


def test_the_903_says_what_is_missing(tmp_path):
    (tmp_path / "episodes.csv").write_text("CHILD,DECOM\n1,01/01/2020\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"episodes.csv: expected the columns rne, dec, rec"):
        read(tmp_path, "ssda903", "episodes.csv")
    (tmp_path / "other.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(SourceError, match="expected files named after modules"):
        read(tmp_path, "ssda903", "other.csv")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match=r"no \.csv or \.tsv or \.txt file in the folder 'empty'"):
        read(tmp_path, "ssda903", "empty")
    assert module_of("missing_2024") == "missing"


def annex(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


def test_annex_a_lists_add_to_one_record_whatever_the_cells_hold(tmp_path):
    import datetime as dt

    annex(
        tmp_path / "a.xlsx",
        {
            "List 1": [
                ["Contacts in the last six months"],
                ["Child Unique ID", "Gender", "Date of Birth", "Date of Contact", "Contact Source"],
                [7, "b) Female", dt.datetime(2012, 5, 3), dt.datetime(2024, 3, 1), "q) 6: Police"],
                [8, "#N/A", "#N/A", dt.datetime(2024, 3, 2), None],
            ],
            "List 3": [
                ["Child Unique ID", "Date of Birth", "Date of Referral", "Allocated Worker"],
                [7, dt.datetime(2012, 5, 3), "02/03/2024", "Sam\xa0Hill"],
            ],
            "List 9": [["Child Unique ID", "Eligibility Category"], [7, "b) Former relevant child"]],
            "List 10": [["Child Unique ID", "Family identifier", "Date of Placement Order"], [7, "F1", None]],
            "List 11": [
                ["Individual adopter identifier", "Family identifier", "Date Stage 1 started"],
                [7, "F1", "1/2/24"],
            ],
            "Notes": [["anything"]],
        },
    )
    got = read(tmp_path, "annex-a", "a.xlsx", allow_rejects=True)
    child = got.records.filter(record_id="7").sort("part")
    assert child.height == 4
    assert child["gender"].to_list()[0] == "b) Female"
    assert child["household_id"].drop_nulls().to_list() == ["F1"]
    assert child["extra.eligibility category"].drop_nulls().to_list() == ["b) Former relevant child"]
    assert got.records.filter(record_id="adopter-7")["household_id"].to_list() == ["F1"]
    assert got.records.filter(record_id="8").select("gender", "date_of_birth").rows() == [(None, None)]
    events = (
        got.events.sort("date", "record_id").select("record_id", "category", "recorded_by", "file", "file_row").rows()
    )
    assert events == [
        ("7", "Contact", None, "a.xlsx [List 1]", 1),
        ("7", "Referral", "Sam Hill", "a.xlsx [List 3]", 1),
        ("8", "Contact", None, "a.xlsx [List 1]", 2),
    ]
    assert got.rejected.select("file", "row", "column").rows() == [("a.xlsx [List 11]", 1, "date stage 1 started")]


def test_a_file_of_an_export_is_judged_whole(tmp_path):
    head = "CHILD,DECOM,RNE,DEC,REC\n"
    good = [f"1,{day:02d}/01/2024,S,,\n" for day in range(1, 10)]
    (tmp_path / "header.csv").write_text("CHILD\n1\n", encoding="utf-8")
    (tmp_path / "episodes.csv").write_text(head + "".join(good) + "1,10/01/2024,S,no day,E1\n", encoding="utf-8")
    got = read(tmp_path, "ssda903", ".")  # the one row of ends is unusable, a tenth of the file
    assert got.summaries[0]["files"][0] == {"file": "episodes.csv", "rows": 10, "rejected": 1, "dateless": 0}
    (tmp_path / "episodes.csv").write_text(head + good[0] + "2,10/01/2024,S,,\n", encoding="utf-8")
    with pytest.raises(TooManyRejectsError, match=r"episodes\.csv: 1 of 2 rows cannot be used"):
        read(tmp_path, "ssda903", ".")


def test_a_workbook_that_is_none_is_refused(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(SourceError, match=r"a\.xlsx: not an Excel workbook"):
        read(tmp_path, "annex-a", "a.xlsx")
    annex(tmp_path / "b.xlsx", {"Sheet1": [["Name"], ["x"]]})
    with pytest.raises(SourceError, match="expected sheets named List 1"):
        read(tmp_path, "annex-a", "b.xlsx")


def test_the_public_census_is_read_whole(samples):
    path = samples / "cin-census" / "fake_CIN_data.xml"
    text = path.read_text(encoding="utf-8")
    got = read(path.parent, "cin-census", path.name)
    assert got.records.height == len(re.findall("<LAchildID>", text)) == 332
    dated = ("CINreferralDate", "CINclosureDate", "DateOfInitialCPC")
    assert got.events.height == sum(len(re.findall(f"<{name}>", text)) for name in dated) == 1004
    assert got.records["date_of_death"].count() == len(re.findall("<PersonDeathDate>", text))
    assert not got.rejected.height


def test_the_public_903_is_read_whole(samples):
    folder = samples / "ssda903"
    got = read(samples, "ssda903", "ssda903")
    rows = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows[path.stem] = list(csv.DictReader(stream))
    assert [(item["file"], item["rows"], item["rejected"]) for item in got.summaries[0]["files"]] == [
        (f"ssda903/{name}.csv", len(held), 0) for name, held in rows.items()
    ]
    ceased = sum(bool(row["DEC"]) and row["REC"] not in ("", "X1") for row in rows["episodes"])
    decisions = sum(bool(row["DATE_INT"]) + bool(row["DATE_MATCH"]) for row in rows["ad1"])
    plain = sum(len(rows[name]) for name in ("episodes", "reviews", "missing"))
    assert got.events.height == plain + ceased + decisions
    children = {row["CHILD"] for name in ("header", "oc2", "oc3", "ad1", "uasc") for row in rows[name]}
    assert set(got.records.filter(origin="given")["record_id"]) == children


def test_the_public_annex_a_is_read_whole(samples):
    path = samples / "annex-a" / "Annex_A.xlsx"
    book = openpyxl.load_workbook(path, data_only=True)
    held = {}
    for sheet in book:
        rows = list(sheet.iter_rows(values_only=True))
        held[sheet.title] = sum(any(cell not in (None, "") for cell in row) for row in rows) - 1
    got = read(path.parent, "annex-a", path.name)
    assert {item["file"]: (item["rows"], item["rejected"]) for item in got.summaries[0]["files"]} == {
        f"{path.name} [{name}]": (count, 0) for name, count in held.items()
    }
    assert got.records.height == sum(held.values()) == 59
    assert got.events.height == 171
    assert len(LISTS) == 11
