"""A page for each format: its hub.toml is one famlink reads, on the page's own files or on small ones of that format."""

import re
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from famlink.extracts.adapters import ADAPTERS
from famlink.extracts.columns import CANONICAL
from famlink.extracts.reading import read_sources
from famlink.spec import read_hub
from famlink.vocabulary.events import event_kinds
from famlink.vocabulary.formats import profile, profile_names
from famlink.vocabulary.relationships import read_relationships

HOW_TO = Path(__file__).resolve().parents[1] / "docs" / "how-to"
PAGES = sorted((HOW_TO / "formats").glob("*.md"))
HUB = re.compile(r"```toml\n(\[hub\].*?)```", flags=re.DOTALL)
FILE = re.compile(r"```csv (\S+)\n(.*?)```", flags=re.DOTALL)

SSD = {
    "ssd/ssd_person.csv": "pers_person_id,pers_forename,pers_surname,pers_dob\n1,Ann,Lee,2012-05-03\n2,Mary,Lee,1985-05-03\n",
    "ssd/ssd_mother.csv": "moth_table_id,moth_person_id,moth_childs_person_id\nm,2,1\n",
    "ssd/ssd_contacts.csv": "cont_contact_id,cont_person_id,cont_contact_date\nc1,1,2024-03-01\n",
}
CTF = {
    "ctf/8012001_CTF_8014002_001.xml": "<CTfile><CTFpupilData><Pupil><UPN>A123456789012</UPN><Surname>Lee</Surname><DOB>2012-05-03</DOB>"
    "<SchoolHistory><School><SchoolName>North</SchoolName><EntryDate>2016-09-01</EntryDate></School></SchoolHistory></Pupil></CTFpupilData></CTfile>"
}
CENSUS = "<Message><Children><Child><ChildIdentifiers><LAchildID>1</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2024-03-01</CINreferralDate></CINdetails></Child></Children></Message>"
SMALL = {
    "ssd": SSD,
    "annex-a": SSD,
    "cin-census": {
        "children.csv": "record_id,surname\n1,Lee\n",
        "census/2024.xml": CENSUS,
        "census/2025.xml": CENSUS.replace("2024", "2025"),
    },
    "ssda903": {
        **SSD,
        "903/header.csv": "CHILD,SEX,DOB\n1,2,03/05/2012\n",
        "903/episodes.csv": "CHILD,DECOM,RNE,DEC,REC\n1,01/02/2024,S,,\n",
    },
    "fhir": {
        "patients.ndjson": '{"resourceType": "Patient", "id": "1", "birthDate": "2012-05-03"}\n'
        '{"resourceType": "Flag", "id": "f", "subject": {"reference": "Patient/1"}, "code": {"text": "Child protection plan"}, "period": {"start": "2024-03-01"}}\n',
    },
    "ctf": CTF,
    "school-census": {
        **CTF,
        "census/pupilonroll.csv": "upn,surname,dob,entrydate\nA123456789012,Lee,2012-May-03 00:00:00,2016-Sep-01 00:00:00\n",
    },
}
"""Files a page's hub.toml names, where the page does not show them."""


def made(page: Path, folder: Path) -> str:
    """The page's hub and its files, or small ones of the format, in a folder; the page's text."""
    text = page.read_text(encoding="utf-8")
    (hub,) = HUB.findall(text)
    files = {"hub.toml": hub, **SMALL.get(page.stem, {}), **dict(FILE.findall(text))}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    if page.stem == "annex-a":
        with xlsxwriter.Workbook(folder / "Annex_A.xlsx") as book:
            sheet = book.add_worksheet("List 1")
            for row, cells in enumerate((("Child Unique ID", "Date of Contact"), ("1", "2024-03-01"))):
                sheet.write_row(row, 0, cells)
    return text


def test_every_format_has_a_page():
    assert [page.stem for page in PAGES] == sorted([*ADAPTERS, *profile_names()])


@pytest.mark.parametrize(
    "page", [HOW_TO / "formats.md", HOW_TO / "read-from-a-database.md"], ids=lambda page: page.stem
)
def test_the_hub_of_a_page_is_one(tmp_path, page):
    (text,) = HUB.findall(page.read_text(encoding="utf-8"))
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    assert read_hub(tmp_path / "hub.toml").source


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_hub_of_a_format_is_read_whole(tmp_path, page):
    made(page, tmp_path)
    hub = read_hub(tmp_path / "hub.toml")
    assert page.stem in {source.format for source in hub.source}
    got = read_sources(hub)
    assert not got.rejected.height
    for source, told in zip(hub.source, got.summaries, strict=True):
        assert told["people"]["rows"] == told["people"]["records"] > 0
        if source.format == page.stem and source.people != "ctaccount.csv":
            assert told["events"]["records"] > 0
        assert not [note for note in told["warnings"] if "holder" in note or "not taken as" in note]
    assert event_kinds(got.events["category"])["known"].all()


@pytest.mark.parametrize("name", profile_names())
def test_the_files_of_a_profiles_page_have_every_column_of_its_map(tmp_path, name):
    made(HOW_TO / "formats" / f"{name}.md", tmp_path)
    source = read_hub(tmp_path / "hub.toml").source[0]
    for kind, columns in profile(name).columns.items():
        frame = pl.read_csv(tmp_path / getattr(source, kind), infer_schema=False)
        assert set(columns.values()) <= set(frame.columns)
        assert set(columns) <= set(CANONICAL[kind])
    got = read_sources(read_hub(tmp_path / "hub.toml"))
    first = got.records.row(0, named=True)
    assert first["surname"]
    assert first["date_of_birth"]
    assert read_relationships(got.ties["relationship"])["known"].all()
