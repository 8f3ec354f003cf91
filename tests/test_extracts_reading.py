"""Sources -> records, ties, events and rejects: nothing is dropped in silence."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.errors import SourceError, SpecError, TooManyRejectsError
from famlink.extracts.reading import read_sources, with_their_columns
from famlink.spec import Hub, Source
from famlink.standardisation.standardise import standardise
from famlink.tables import EVENTS

PEOPLE = "record_id,forename,surname\n" + "".join(f"p-{i},Ann,Smith\n" for i in range(1, 11))


def hub(folder, *, people=PEOPLE, relationships=None, events=None, **source):
    files = {"people": people, "relationships": relationships, "events": events}
    given_files = {}
    for kind, text in files.items():
        if text is not None:
            (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
            given_files[kind] = f"{kind}.csv"
    return Hub(folder=folder, sources=[Source(agency="police", **given_files, **source)])


def faults(extracts):
    return extracts.rejected.select("file", "row", "column", "reason", "level").rows()


def test_a_column_map_and_the_extras(tmp_path):
    text = "ref,first_name,dob,favourite\n1,Ann,03/05/1980,tea\n"
    columns = {"people": {"record_id": "ref", "forename": "first_name", "date_of_birth": "dob"}}
    got = read_sources(hub(tmp_path, people=text, columns=columns))
    row = got.records.row(0, named=True)
    assert (row["record_id"], row["forename"], row["date_of_birth"]) == ("1", "Ann", "03/05/1980")
    assert row["extra.favourite"] == "tea"
    assert (row["file"], row["file_row"], row["origin"], row["part"]) == ("people.csv", 1, "given", 0)


def test_one_column_may_be_two_canonical_ones_and_a_taken_name_is_free(tmp_path):
    columns = {"people": {"sex": "gender"}}
    got = read_sources(hub(tmp_path, people="record_id,gender\n1,F\n", columns=columns))
    assert got.records.select("sex", "gender").row(0) == ("F", None)


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("id,forename\n1,Ann\n", {}, "required column record_id is missing"),
        (
            "record_id,first_name\n1,Ann\n",
            {"forename": "first_nam"},
            r"forename is mapped to 'first_nam', which is not in the file \(did you mean 'first_name'\?\)",
        ),
        (
            "record_id,x\n1,Ann\n",
            {"fornam": "x"},
            r"'fornam' is not a canonical column of people \(did you mean 'forename'",
        ),
        ("record_id,forename,x\n1,Ann,b\n", {"forename": "x"}, "forename is given twice"),
        ("record_id,x,x\n1,Ann,b\n", {}, "names 'x' more than once"),
    ],
)
def test_columns_that_cannot_be_understood(tmp_path, text, columns, message):
    with pytest.raises(SourceError, match=message) as caught:
        read_sources(hub(tmp_path, people=text, columns={"people": columns}))
    assert str(caught.value).startswith("people.csv: ")
    assert "Ann" not in str(caught.value)


def test_all_faults_of_a_file_are_one_message(tmp_path):
    with pytest.raises(SourceError) as caught:
        read_sources(hub(tmp_path, people="id,dob\n1,2\n", columns={"people": {"surname": "c", "forename": "d"}}))
    assert str(caught.value).count("which is not in the file") == 2
    assert "required column record_id" in str(caught.value)
    assert "The file has the columns: id, dob" in str(caught.value)


@pytest.mark.parametrize("columns", [{}, {"record_id": "Canar", "surname": "Canarie"}])
def test_a_file_without_its_header_is_not_quoted(tmp_path, columns):
    with pytest.raises(SourceError, match="is the first line a row") as caught:
        read_sources(hub(tmp_path, people="17,Ann,Canarie-Jones,2010-05-03\n", columns={"people": columns}))
    assert "Canarie-Jones" not in str(caught.value)


def test_a_look_alike_column_is_told(tmp_path):
    got = read_sources(hub(tmp_path, people="record_id,Date of Birth\n1,2000\n"))
    assert "column 'Date of Birth' is not taken as date_of_birth" in got.summaries[0]["warnings"][0]


def test_rows_of_people_that_cannot_be_used(tmp_path):
    text = PEOPLE + ",No,Id\np-1,Second,Time\n"
    got = read_sources(hub(tmp_path, people=text))
    assert faults(got) == [
        ("people.csv", 11, "record_id", "no record_id", "row"),
        ("people.csv", 12, "record_id", "record_id already read in this source", "row"),
    ]
    assert got.records.filter(pl.col("record_id") == "p-1")["forename"].to_list() == ["Ann"]
    assert got.summaries[0]["people"] == {"rows": 12, "records": 10, "rejected": 2, "named": 0}


def test_a_second_source_of_one_agency_adds_parts_and_may_be_named(tmp_path):
    (tmp_path / "a.csv").write_text("record_id,forename\n1,Ann\n2,Bob\n")
    (tmp_path / "r.csv").write_text("record_id,relationship,related_record_id\n1,mother,3\n")
    (tmp_path / "b.csv").write_text("record_id,surname\n3,Cole\n1,Smith\n")
    sources = [
        Source(agency="gp", people="a.csv", relationships="r.csv"),
        Source(agency="gp", people="b.csv"),
        Source(agency="csc", people="a.csv"),
    ]
    got = read_sources(Hub(folder=tmp_path, sources=sources))
    assert got.records.select("agency", "record_id", "part", "file").rows() == [
        ("gp", "1", 0, "a.csv"),
        ("gp", "2", 0, "a.csv"),
        ("gp", "3", 0, "b.csv"),
        ("gp", "1", 1, "b.csv"),
        ("csc", "1", 0, "a.csv"),
        ("csc", "2", 0, "a.csv"),
    ]
    assert got.ties.select("record_id", "relative_record_id").rows() == [("1", "3")]
    assert not got.rejected.height


def test_people_in_words_become_records(tmp_path):
    ties = (
        "record_id,relationship,related_record_id,related_forename,related_surname,related_date_of_birth,related_phone\n"
        "p-1,father,,Tom,Smith,1980,\n"
        "p-2,mother,,Sue,,,\n"
        "p-1,child,p-3,Wrong,Words,,\n"
        "p-1,grandmother,,,,,01234 567890\n"
    )
    got = read_sources(hub(tmp_path, relationships=ties))
    named = got.records.filter(pl.col("origin") == "named")
    assert named.select(
        "record_id", "named_by", "forename", "surname", "date_of_birth", "phone", "file_row"
    ).rows() == [
        ("p-1~1", "p-1", "Tom", "Smith", "1980", None, 1),
        ("p-2~1", "p-2", "Sue", None, None, None, 2),
        ("p-1~2", "p-1", None, None, None, "01234 567890", 4),
    ]
    assert got.ties.select("record_id", "relationship", "relative_record_id").rows() == [
        ("p-1", "father", "p-1~1"),
        ("p-2", "mother", "p-2~1"),
        ("p-1", "child", "p-3"),
        ("p-1", "grandmother", "p-1~2"),
    ]
    assert got.summaries[0]["people"]["named"] == 3
    assert got.summaries[0]["people"]["records"] == 10


def test_words_are_numbered_on_across_files(tmp_path):
    for name, who in (("r1.csv", "Tom"), ("r2.csv", "Tim")):
        (tmp_path / name).write_text(f"record_id,relationship,related_forename\n1,father,{who}\n")
    (tmp_path / "p.csv").write_text("record_id\n1\n")
    got = read_sources(Hub(folder=tmp_path, sources=[Source(agency="gp", people="p.csv", relationships="r*.csv")]))
    assert got.ties["relative_record_id"].to_list() == ["1~1", "1~2"]


def test_rows_of_relationships_that_cannot_be_used(tmp_path):
    sound = "p-1,friend,p-2,,F,\n" * 30
    ties = (
        "record_id,relationship,related_record_id,related_forename,related_sex,start\n"
        + sound
        + ",mother,p-1,,,\nzz,mother,p-1,,,\np-1,mother,zz,,,\np-1,mother,,,,\np-1,mother,,,F,\np-1,mother,p-1,,,\n"
        + "p-1,,p-2,,,soon\n"
    )
    got = read_sources(hub(tmp_path, relationships=ties))
    missing = "names a record the agency did not give"
    nobody = "names nobody: neither a record nor a name, date of birth, address or telephone"
    assert faults(got) == [
        ("relationships.csv", 31, "record_id", "no record_id", "row"),
        ("relationships.csv", 32, "record_id", missing, "row"),
        ("relationships.csv", 33, "related_record_id", missing, "row"),
        ("relationships.csv", 34, "related_record_id", nobody, "row"),
        ("relationships.csv", 35, "related_record_id", nobody, "row"),
        ("relationships.csv", 36, "related_record_id", "relates a record to itself", "row"),
        ("relationships.csv", 37, "start", "not a date that can be read", "cell"),
        ("relationships.csv", 37, "relationship", "no relationship is given; kept as unknown", "cell"),
    ]
    assert got.ties["relationship"].to_list()[-1] == "unknown"
    assert got.summaries[0]["relationships"] == {"rows": 37, "records": 31, "rejected": 6, "named": 0}


def test_a_made_id_never_meets_a_given_one(tmp_path):
    people = "record_id\n" + "".join(f"{i}\n" for i in range(9)) + "1~1\n"
    ties = "record_id,relationship,related_forename\n1,father,Tom\n" + "2,father,Tom\n" * 5
    got = read_sources(hub(tmp_path, people=people, relationships=ties))
    assert [row[1] for row in faults(got)] == [1]
    assert got.records.height == 10 + 5


def test_ties_have_dates_and_answers(tmp_path):
    ties = (
        "record_id,relationship,related_record_id,start,end,parental_responsibility,lives_with\n"
        "p-1,child,p-2,05/2010,1900-01-01,Y,no\n"
        "p-1,child,p-3,2010,2012,true,0\n"
        "p-1,child,p-4,,,maybe,\n"
    )
    got = read_sources(hub(tmp_path, relationships=ties))
    assert got.ties.select("start", "end", "parental_responsibility", "lives_with").rows() == [
        (dt.date(2010, 5, 1), None, True, False),
        (dt.date(2010, 1, 1), dt.date(2012, 12, 31), True, False),
        (None, None, None, None),
    ]
    assert faults(got) == [("relationships.csv", 3, "parental_responsibility", "neither yes nor no", "cell")]


def test_events_and_their_dates(tmp_path):
    events = (
        "record_id,date,end_date,others,quoted_references,category\n"
        "p-1,03/05/2024,1900-01-01,victim:p-2;suspect: p-3 ; p-4,CR/1; CR/2,DA\n"
        "p-2,2024-05,06/2024,,,\n"
        "p-3,?2023,soon,victim:zz;witness:p-1,,\n"
        "p-4,2023-01-01 23:40,,,,\n" + "p-5,2022,,,,\n" * 12 + "p-1,31/02/2024,,,,\nzz,2024,,,,\n,2024,,,,\n"
    )
    got = read_sources(hub(tmp_path, events=events))
    first = got.events.head(4)
    assert first.select("event_id", "date", "latest", "precision", "date_text", "end_date").rows() == [
        ("e1", dt.date(2024, 5, 3), dt.date(2024, 5, 3), "day", "03/05/2024", None),
        ("e2", dt.date(2024, 5, 1), dt.date(2024, 5, 31), "month", "2024-05", dt.date(2024, 6, 1)),
        ("e3", dt.date(2023, 1, 1), dt.date(2023, 12, 31), "uncertain", "?2023", None),
        ("e4", dt.date(2023, 1, 1), dt.date(2023, 1, 1), "day", "2023-01-01 23:40", None),
    ]
    assert first["others"].to_list() == [["victim:p-2", "suspect:p-3", "other:p-4"], None, ["witness:p-1"], None]
    assert first["quoted_references"].to_list()[0] == ["CR/1", "CR/2"]
    assert [(row[1], row[2], row[4]) for row in faults(got)] == [
        (3, "end_date", "cell"),
        (3, "others", "cell"),
        (17, "date", "row"),
        (18, "record_id", "row"),
        (19, "record_id", "row"),
    ]
    assert got.newest == dt.date(2024, 5, 3)


def test_event_ids_are_unique_within_an_agency(tmp_path):
    (tmp_path / "p.csv").write_text("record_id\n1\n")
    (tmp_path / "e1.csv").write_text(
        "event_id,record_id,date\nA,1,2020\nA,1,2021\nB,1,2021\n,1,2022\nC,1,2022\nD,1,2022\n"
    )
    (tmp_path / "e2.csv").write_text("event_id,record_id,date\nB,1,2020\n,1,2020\nF,1,2020\nG,1,2020\nH,1,2020\n")
    got = read_sources(Hub(folder=tmp_path, sources=[Source(agency="gp", people="p.csv", events="e?.csv")]))
    assert got.events["event_id"].to_list() == ["A", "B", "e4", "C", "D", "e8", "F", "G", "H"]
    assert [(row[0], row[1], row[3]) for row in faults(got)] == [
        ("e1.csv", 2, "event_id already read for this agency"),
        ("e2.csv", 1, "event_id already read for this agency"),
    ]


def test_a_file_mostly_unusable_stops_the_run_unless_allowed(tmp_path):
    text = "record_id,forename\n1,Ann\n2,Bob\n3,Cy\n,Dee\n"
    with pytest.raises(TooManyRejectsError, match=r"people\.csv: 1 of 4 rows cannot be used \(no record_id: 1\)"):
        read_sources(hub(tmp_path, people=text))
    got = read_sources(hub(tmp_path, people=text), allow_rejects=True)
    assert got.records.height == 3
    assert read_sources(hub(tmp_path, people=text + "5,Ed\n")).rejected.height == 1  # a fifth is not more than a fifth


def test_an_unknown_holder_and_a_format_nobody_reads(tmp_path):
    (tmp_path / "p.csv").write_text("record_id\n1\n")
    got = read_sources(Hub(folder=tmp_path, sources=[Source(agency="fire", people="p.csv")]))
    assert "no policy holder is known for 'fire'" in got.summaries[0]["warnings"][0]
    with pytest.raises(SourceError, match="format 'tabel' is not one famlink reads"):
        read_sources(Hub(folder=tmp_path, sources=[Source(agency="gp", people="p.csv", format="tabel")]))


def test_steps_and_digests(tmp_path):
    import hashlib

    told = []
    got = read_sources(hub(tmp_path, events="record_id,date\np-1,2020\n"), on_step=told.append)
    assert told == ["people.csv", "events.csv"]
    assert got.digests["people.csv"] == hashlib.sha256(PEOPLE.encode()).hexdigest()


def test_rejects_of_cleaning_take_the_agencys_column_names(tmp_path):
    text = PEOPLE.replace("surname", "dob")
    got = read_sources(hub(tmp_path, people=text, columns={"people": {"date_of_birth": "dob"}}))
    done = standardise(got.records, as_at=dt.date(2026, 1, 1))
    assert done.rejected["column"].unique().to_list() == ["date_of_birth"]
    renamed = with_their_columns(done.rejected, got)
    assert renamed["column"].unique().to_list() == ["dob"]
    assert renamed.height == done.rejected.height == 10


CELLS = st.sampled_from(
    ["1", "2", "3", "1~1", "", " ", "#N/A", "Ann", "2024", "31/02/2020", "mother", 'x"y', "a;b", "é"]
)


@given(
    st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12),
    st.lists(st.lists(CELLS, min_size=2, max_size=5), max_size=12),
    st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=12),
)
@settings(max_examples=25, deadline=None)
def test_rows_are_records_and_rejects_whatever_they_hold(tmp_path_factory, people, ties, events):
    folder = tmp_path_factory.mktemp("dirty")

    def text(header, rows):
        return "\n".join(
            [header, *(",".join(row) for row in rows if any(cell.strip() for cell in row) or len(row) > 1)]
        )

    made = hub(
        folder,
        people=text("record_id,forename,date_of_birth", people),
        relationships=text("record_id,relationship,related_record_id,related_forename", ties),
        events=text("record_id,date,others", events),
    )
    got = read_sources(made, allow_rejects=True)
    by_row = got.rejected.filter(pl.col("level") == "row")
    for kind, kept in (
        ("people", got.records.filter(pl.col("origin") == "given")),
        ("relationships", got.ties),
        ("events", got.events),
    ):
        counts = got.summaries[0][kind]
        assert counts["rows"] == counts["records"] + counts["rejected"]
        assert counts["records"] == kept.height
        assert counts["rejected"] == by_row.filter(pl.col("file") == f"{kind}.csv").height
    standardise(got.records, as_at=dt.date(2026, 1, 1))


def test_an_end_before_its_beginning_is_kept_and_one_known_in_part_cannot_be_before(tmp_path):
    events = (
        "event_id,record_id,date,end_date\n"
        "a,p-1,2024-05-10,2024-05-09\nb,p-1,2024-05-10,2024-05\nc,p-1,2024-05-10,1900-01-01\nd,p-1,2024-05,2024-05-01\n"
    )
    got = read_sources(hub(tmp_path, events=events))
    ends = dict(got.events.select("event_id", "end_date").iter_rows())
    assert ends == {"a": dt.date(2024, 5, 9), "b": dt.date(2024, 5, 10), "c": None, "d": dt.date(2024, 5, 1)}
    assert got.rejected.is_empty()


def test_a_source_given_wrongly_is_told_as_every_fault_of_a_hub():
    with pytest.raises(SpecError, match=r"unknown key 'poeple' in source; did you mean 'people'"):
        Source(agency="gp", poeple="p.csv")
    with pytest.raises(SpecError, match=r"has no colon"):
        Source(agency="g:p", people="p.csv")


def test_a_frame_without_columns_conforms_to_no_rows():
    assert EVENTS.conform(pl.DataFrame()).equals(EVENTS.empty())


def test_a_tie_that_ends_before_it_begins_is_told_and_has_no_end():
    people = pl.DataFrame({"record_id": ["1", "2"]})
    ties = pl.DataFrame(
        {
            "record_id": ["1"] * 3,
            "related_record_id": ["2"] * 3,
            "relationship": ["partner"] * 3,
            "start": ["2020-05-03", "2020", "2020-05-03"],
            "end": ["2019-05-03", "2020-02", "1900-01-01"],
        }
    )
    got = read_sources(Hub(sources=[Source(agency="gp", people=people, relationships=ties)]))
    assert [end and str(end) for end in got.ties["end"]] == [None, "2020-02-29", None]
    assert got.rejected.select("row", "column", "reason", "level").rows() == [
        (1, "end", "ends before it begins", "cell")
    ]
