"""Rows in are records and rejects, whatever the adapter: counted from the raw file by other means, and in provenance."""

import csv
import io
import json
import re
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from famlink.extracts.adapters import ADAPTERS
from famlink.extracts.reading import KINDS, read_sources
from famlink.pipeline.walk import link
from famlink.spec import Hub, Source
from famlink.vocabulary.formats import profile, profile_names

IDS = st.sampled_from(["1", "2", "3", "", "zz"])
DAYS = st.sampled_from(["2024-05-03", "03/05/2024", "2024-May-03 00:00:00", "31/02/2024", "", "soon", "1900-01-01"])
ROWS = st.lists(st.tuples(IDS, DAYS, DAYS), max_size=8)


def table(*columns: str, rows) -> str:
    kept = io.StringIO()
    writer = csv.writer(kept)
    writer.writerow(columns)
    writer.writerows(row[: len(columns)] for row in rows)
    return kept.getvalue()


def xml(name: str, inside: str, rows, *, around: str) -> str:
    """An element a row, {0} {1} {2} its cells."""
    return f"<{around}>" + "".join(f"<{name}>{inside.format(*row)}</{name}>\n" for row in rows) + f"</{around}>"


def ssd(rows):
    people = [(str(n), "2012-05-03", "") for n in (1, 2, 3)]
    return {
        "x/ssd_person.csv": table("pers_person_id", "pers_dob", rows=people),
        "x/ssd_contacts.csv": table("cont_person_id", "cont_contact_date", "cont_contact_id", rows=rows),
        "x/ssd_family.csv": table("fami_person_id", "fami_family_id", rows=rows),
        "x/ssd_cin_episodes.csv": table("cine_person_id", "cine_referral_date", "cine_close_date", rows=rows),
    }


def ssda903(rows):
    return {
        "x/header.csv": table("CHILD", "DOB", "MC_DOB", rows=rows),
        "x/episodes.csv": table("CHILD", "DECOM", "DEC", "RNE", "REC", rows=[(*row, "S", "E3") for row in rows]),
        "x/missing.csv": table("CHILD", "MIS_START", "MIS_END", "MISSING", rows=[(*row, "M") for row in rows]),
    }


def school_census(rows):
    pupils = [("1", "Lee", "2012-05-03", "r1"), ("2", "Hill", "2012-05-04", "r2")]
    return {
        "x/pupils.csv": table("upn", "surname", "dob", "pupilonrolltableid", rows=pupils),
        "x/exclusions.csv": table("pupilonrolltableid", "startdate", "sessions", "category", rows=[(f"r{row[0]}", *row[1:], "PERM") for row in rows]),
        "x/addresses.csv": table("upn", "postcode", "street", rows=rows),
        "x/return.xml": xml("PupilOnRoll", "<PupilIdentifiers><UPN>{0}</UPN></PupilIdentifiers><PupilStatus><EntryDate>{1}</EntryDate></PupilStatus>", [*rows, ("9", "", "")], around="Message"),
    }  # fmt: skip


def cin_census(rows):
    inside = "<ChildIdentifiers><LAchildID>{0}</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>{1}</CINreferralDate><CINclosureDate>{2}</CINclosureDate></CINdetails>"
    return {"x/c.xml": xml("Child", inside, [*rows, ("9", "", "")], around="Message")}


def ctf(rows):
    inside = "<UPN>{0}</UPN><Contacts><Contact><Surname>Lee</Surname></Contact></Contacts><SchoolHistory><School><EntryDate>{1}</EntryDate><LeavingDate>{2}</LeavingDate></School></SchoolHistory>"
    return {"x/c.xml": xml("Pupil", inside, [*rows, ("9", "", "")], around="CTfile")}


def fhir(rows):
    patients = [
        {"resourceType": "Patient", "id": row[0], "birthDate": row[1]} if row[0] else {"resourceType": "Patient"}
        for row in rows
    ]
    events = [
        {
            "resourceType": "Encounter",
            "id": f"e{n}",
            "subject": {"reference": f"Patient/{row[0]}"},
            "period": {"start": row[1], "end": row[2]},
        }
        for n, row in enumerate(rows)
    ]
    return {"x/b.ndjson": "\n".join([json.dumps({"resourceType": "Patient", "id": "9"}), *map(json.dumps, patients), *map(json.dumps, events), '{"no": "resource"}'])}  # fmt: skip


def annex_a(rows):
    return {
        "x/List 1.csv": table("Child Unique ID", "Date of Contact", "Date of Birth", rows=rows),
        "x/List 3.csv": table("Child Unique ID", "Date of Referral", "Date of Birth", rows=rows),
    }


MAKERS = {
    "ssd": ssd,
    "ssda903": ssda903,
    "school-census": school_census,
    "cin-census": cin_census,
    "ctf": ctf,
    "fhir": fhir,
    "annex-a": annex_a,
}
ELEMENTS = {"cin-census": "Child", "ctf": "Pupil", "school-census": "PupilOnRoll"}


def counted(name: str, text: str, adapter: str) -> int:
    """Rows of a raw file, without famlink's readers."""
    if name.endswith(".xml"):
        return len(re.findall(f"<{ELEMENTS[adapter]}>", text))
    if name.endswith(".ndjson"):
        return sum(bool(line.strip()) for line in text.splitlines())
    rows = [any(cell.strip() for cell in row) for row in csv.reader(io.StringIO(text))]
    return max(
        place for place, filled in enumerate(rows) if filled
    )  # the header is the first; empty rows below are none


def laid(folder: Path, files) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def conserved(extracts) -> None:
    by_row = extracts.rejected.filter(pl.col("level") == "row").height
    for told, rejects in zip(extracts.summaries, extracts.rejects, strict=True):
        for kind in KINDS:
            assert told[kind]["rows"] == told[kind]["records"] + told[kind]["rejected"]
            own = rejects.filter((pl.col("table") == kind) & (pl.col("level") == "row"))
            assert own["len"].sum() == told[kind]["rejected"]
    total = {
        name: sum(told[kind][name] for told in extracts.summaries for kind in KINDS) for name in ("records", "rejected")
    }
    assert by_row == total["rejected"]
    given = extracts.records.filter(pl.col("origin") == "given").height
    assert given + extracts.ties.height + extracts.events.height == total["records"]


def test_every_adapter_is_here():
    assert sorted(MAKERS) == sorted(ADAPTERS)


def an_export(adapter, examples):
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(ROWS)
    def holds(rows):
        files = MAKERS[adapter](rows)
        with tempfile.TemporaryDirectory() as text:
            laid(Path(text), files)
            source = Source(agency="a", format=adapter, files="x")
            extracts = read_sources(Hub(folder=text, sources=[source]), allow_rejects=True)
        conserved(extracts)
        told = {item["file"]: item for item in extracts.summaries[0]["files"]}
        expected = {name: counted(name, content, adapter) for name, content in files.items()}
        assert {name: item["rows"] for name, item in told.items()} == expected
        # What a table of events alone gives: an event, a reject or no date, row by row.
        for name in ("x/ssd_contacts.csv", "x/missing.csv", "x/exclusions.csv"):
            if name in told:
                events = extracts.events.filter(pl.col("file") == name).height
                assert events + told[name]["rejected"] + told[name]["dateless"] == told[name]["rows"]

    holds()


def a_table(name, examples):
    columns = profile(name).columns if name != "table" else {"people": {}, "relationships": {}, "events": {}}

    def theirs(kind, *wanted):
        return [columns[kind].get(column, column) for column in wanted]

    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(ROWS, ROWS, ROWS)
    def holds(people, ties, events):
        with tempfile.TemporaryDirectory() as text:
            files = {
                "x/p.csv": table(*theirs("people", "record_id", "date_of_birth", "recorded_on"), rows=people),
                "x/r.csv": table(*theirs("relationships", "record_id", "relationship", "start"), rows=ties),
                "x/e.csv": table(*theirs("events", "record_id", "date", "description"), rows=events),
            }
            laid(Path(text), files)
            source = Source(agency="a", format=name, people="x/p.csv", relationships="x/r.csv", events="x/e.csv")
            extracts = read_sources(Hub(folder=text, sources=[source]), allow_rejects=True)
        conserved(extracts)
        for kind, file in zip(KINDS, files, strict=True):
            assert extracts.summaries[0][kind]["rows"] == counted(file, files[file], "")

    holds()


FEW, MANY = 6, 150


@pytest.mark.parametrize("adapter", MAKERS)
def test_rows_of_an_export_are_records_and_rejects(adapter):
    an_export(adapter, FEW)


@pytest.mark.parametrize("name", ["table", *profile_names()])
def test_rows_of_a_table_are_records_and_rejects(name):
    a_table(name, FEW)


@pytest.mark.heavy
@pytest.mark.parametrize("name", [*MAKERS, "table", *profile_names()])
def test_rows_of_many_are_records_and_rejects(name):
    (an_export if name in MAKERS else a_table)(name, MANY)


def test_provenance_says_the_same_of_a_hub_of_every_format(tmp_path):
    rows = [("1", "2024-05-03", ""), ("2", "soon", "2024-05-03"), ("", "2024-05-03", ""), ("zz", "", "03/05/2024")]
    sources = []
    for number, (adapter, maker) in enumerate(MAKERS.items()):
        (tmp_path / f"{number}").mkdir()
        laid(tmp_path / f"{number}", maker(rows))
        sources.append(Source(agency=f"a{number}", format=adapter, files=f"{number}/x"))
    with Workbook(tmp_path / "p.xlsx") as book:
        sheet = book.add_worksheet("people")
        for place, row in enumerate([("record_id", "surname", "x"), *rows]):
            sheet.write_row(place, 0, row)
    sources.append(Source(agency="t", people="p.xlsx"))
    run = link(Hub(folder=tmp_path, sources=sources), to=tmp_path / "run", allow_rejects=True)
    told = run.provenance["rows"]
    extracts = read_sources(Hub(folder=tmp_path, sources=sources), allow_rejects=True)
    conserved(extracts)
    total = {
        name: sum(item[kind][name] for item in extracts.summaries for kind in KINDS)
        for name in ("rows", "records", "rejected")
    }
    assert told == {"read": total["rows"], "kept": total["records"], "rejected": total["rejected"]}
    assert told["rejected"] > 5
    assert pl.read_csv(tmp_path / "run" / "rejected.csv").filter(pl.col("level") == "row").height == told["rejected"]
