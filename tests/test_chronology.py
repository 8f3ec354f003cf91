"""The merged chronology: lines, dates, ages, incidents, faults, filters."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from released_family import AS_AT, EVENTS, events, family

from famlink.chronology.accounts import account_table
from famlink.chronology.lines import BLANK, COLUMNS
from famlink.chronology.view import chronology
from famlink.errors import RequestError


def line(table: pl.DataFrame, words: str) -> dict:
    return table.filter(pl.col("what_happened").str.contains(words, literal=True)).row(0, named=True)


def short(agency="csc", record="c-101", **changes):
    """One event in the short form of released_family."""
    row = {"incident": "x1", "text": "2025-01-01", "first": "2025-01-01", "last": None, "precision": "day", "time": None,
           "category": "Visit", "kind": "visit", "words": "Seen.", "extra": {}} | changes  # fmt: skip
    return (agency, record, row["incident"], row["text"], row["first"], row["last"] or row["first"], row["precision"],
            row["time"], row["category"], row["kind"], row["words"], row["extra"])  # fmt: skip


def test_every_released_event_is_one_line_and_names_its_row():
    released = family()
    table = chronology(released)
    told = table.filter(pl.col("line") != "incident")
    assert sorted(told["event"]) == sorted(
        f"{a}:{e}" for a, e in released.events.select("agency", "event_id").iter_rows()
    )
    rows = {f"{f} row {n}" for f, n in released.events.select("file", "file_row").iter_rows()}
    assert set(told["source"]) == rows
    assert set(told["sharing_basis"]) == set(released.events["rule"])


def test_one_incident_is_one_line_with_every_account_beneath_and_its_differences():
    table = chronology(family())
    place = table["what_happened"].to_list().index("3 agencies record this")
    head, *told = table[place : place + 4].to_dicts()
    assert head["line"] == "incident"
    assert [row["line"] for row in told] == ["account"] * 3
    assert [row["ref"] for row in told] == [head["ref"] + letter for letter in "abc"]
    assert [row["agency"] for row in told] == ["police", "health", "csc"]
    assert "dates 3 days apart: 3 May 2025 (Police), 4 May 2025 (Health) and 6 May 2025 (CSC)" in head["note"]
    assert "Lee Osborne named only by Police" in head["note"]
    assert head["who_knew"].startswith("Health: 4 May 2025; Police: 4 May 2025; CSC: 6 May 2025")
    assert head["age"] == "9 years 1 month"


def test_two_real_incidents_two_days_apart_stay_two_lines():
    released = family(events=events([
        short(agency="police", record="n-7002", incident="a", first="2025-01-01", kind="domestic-abuse"),
        short(agency="police", record="n-7002", incident="b", first="2025-01-03", kind="domestic-abuse", extra={"role": "repetition", "related": "a"}),
    ]))  # fmt: skip
    table = chronology(released)
    assert table["line"].to_list() == ["event", "event"]
    assert table["note"].to_list() == ["none", "the same kind again after incident 1"]


def test_partial_dates_sort_by_their_earliest_day_and_show_as_written():
    released = family(events=events([
        short(incident="a", text="2024", first="2024-01-01", last="2024-12-31", precision="year", words="year"),
        short(incident="b", text="01/02/2024", first="2024-02-01", words="day"),
        short(incident="c", text="2024-02", first="2024-02-01", last="2024-02-29", precision="month", words="month"),
        short(incident="d", text="?2024-01-05", first="2024-01-05", precision="uncertain", words="doubt"),
    ]))  # fmt: skip
    table = chronology(released)
    assert table["what_happened"].to_list() == ["year", "doubt", "day", "month"]
    assert table["when"].to_list() == [
        "2024 (month and day not recorded)",
        "about 5 January 2024 (uncertain)",
        "1 February 2024",
        "February 2024 (day not recorded)",
    ]
    assert table["date_as_written"].to_list() == ["2024", "?2024-01-05", "01/02/2024", "2024-02"]
    assert table["age"][0] == "7 years 9 months to 8 years 9 months"


def test_times_of_one_day_are_in_order_and_an_entry_without_a_time_comes_first():
    times = ["23:40", "9.15pm", "00:05", None, "0905"]
    released = family(events=events([short(incident=f"i{n}", time=t, words=str(t)) for n, t in enumerate(times)]))
    assert chronology(released)["what_happened"].to_list() == ["None", "00:05", "0905", "9.15pm", "23:40"]


def test_faults_of_order_are_flagged_and_kept():
    table = chronology(family())
    assert "end date 1 May 2025 is before the start" in line(table, "Enquiry started")["note"]
    assert line(table, "Enquiry started")["when"] == "7 May 2025"
    assert line(table, "Pre-school booster")["note"] == "dated before the birth of Keira Hollis"
    assert "planned: after 1 June 2026" in line(table, "Review child protection")["note"]
    late = chronology(family(events=events([
        short(incident="a", words="late", extra={"recorded": "2025-06-01"}),
        short(incident="b", words="early", extra={"recorded": "2024-12-24"}),
        short(record="c-113", incident="c", words="dead"),
        short(incident="d", words="placeholder", extra={"end": "1900-01-01"}),
    ])))  # fmt: skip
    assert line(late, "late")["note"] == "entered 151 days later"
    assert line(late, "early")["note"] == "written down on 24 December 2024, before the date given"
    assert line(late, "dead")["note"] == "dated after the death of Roy Marsh"
    assert "1 January 1900 is before the start" in line(late, "placeholder")["note"]


def test_a_consequence_says_what_it_follows_and_who_was_told():
    table = chronology(family())
    cause = line(table, "threw a plate")
    assert line(table, "Police notification of 17")["note"] == f"follows incident {cause['ref']}"
    assert "CSC: 20 January 2025" in cause["who_knew"]


def test_no_cell_is_blank_but_those_for_the_analyst():
    bare = short(category=None, words=None, extra={"recorded": None})
    for released in (family(), family(events=events([bare]))):
        table = chronology(released)
        for name in set(COLUMNS) - set(BLANK) - {"date", "end_date"}:
            assert not table[name].is_null().any(), name
            assert all(value.strip() for value in table[name]), name
        for name in BLANK:
            assert set(table[name]) == {""}
    row = table.row(0, named=True)
    assert (row["category"], row["what_happened"], row["action_taken"]) == (
        "not recorded",
        "not recorded",
        "none recorded",
    )
    assert row["who_knew"] == "CSC: day of entry not recorded"


def test_roles_are_named_and_nobody_unreleased_is_materialised():
    table = chronology(family(events=events([
        short(agency="police", record="n-7002", extra={"others": ["suspect:n-7004", "witness:n-9999", "suspect:n-7004"]})
    ])))  # fmt: skip
    assert table["who"].to_list() == ["Danielle Hollis; Lee Osborne (suspect)"]
    assert "9999" not in str(table.rows())


def test_a_line_keeps_its_number_in_every_view():
    released = family()
    full = {row["event"]: row["ref"] for row in chronology(released).to_dicts() if row["line"] != "incident"}
    for choice in ({"agency": "csc"}, {"person": "P-lee"}, {"theme": "domestic abuse"}, {"as_at": dt.date(2025, 5, 5)}):
        table = chronology(released, **choice)
        assert 0 < table.height < len(full)
        for row in table.to_dicts():
            if row["line"] != "incident":
                assert full[row["event"]] == row["ref"]


def test_views_of_a_person_an_agency_and_a_theme():
    released = family()
    assert set(chronology(released, agency="csc")["agency"]) == {"csc"}
    assert "one of 3 accounts of incident 18" in line(chronology(released, agency="csc"), "Police report CR")["note"]
    of_lee = chronology(released, person="P-lee")
    assert {"3 agencies record this", "Lee Osborne threw a plate. No injury."} <= set(of_lee["what_happened"])
    assert "Autumn term attendance 84.2%." not in set(of_lee["what_happened"])
    themed = chronology(released, theme="domestic abuse")
    assert themed.filter(pl.col("line") != "account").height == 6


def test_as_at_shows_what_could_be_known_then():
    released = family()
    before = chronology(released, as_at=dt.date(2025, 5, 5))
    head = before.filter(pl.col("line") == "incident")
    assert head["what_happened"].to_list() == ["2 agencies record this"]
    assert "CSC" not in head["who_knew"][0]
    assert chronology(released, as_at=dt.date(1990, 1, 1)).height == 0
    assert chronology(released, as_at=AS_AT).height == chronology(released).height


def test_several_subjects_have_their_ages_named():
    table = chronology(family(subjects=("P-keira", "P-mia")))
    assert line(table, "Punched")["age"] == "Keira: 9 years 1 month; Mia: 4 years 7 months"
    unborn = chronology(family(subjects=("P-unborn",)))
    assert set(unborn["age"]) == {"before birth"}


@pytest.mark.parametrize(
    "choice", [{"view": "summary"}, {"person": "P-none"}, {"agency": "navy"}, {"theme": "weather"}]
)
def test_what_is_not_there_is_a_clear_error_without_values(choice):
    with pytest.raises(RequestError, match="chronology: ") as caught:
        chronology(family(), **choice)
    assert "P-none" not in str(caught.value)


def test_nothing_released_is_an_empty_table_with_its_columns():
    empty = chronology(family(events=events([])))
    assert empty.height == 0
    assert empty.columns[: len(COLUMNS)] == list(COLUMNS)


def test_order_does_not_hang_on_the_order_of_rows():
    released = family()
    shuffled = family(events=released.events.sample(fraction=1.0, shuffle=True, seed=7))
    assert chronology(released).equals(chronology(shuffled))


def test_many_accounts_of_one_incident_get_letters_past_z():
    table = chronology(family(events=events([short() for _ in range(30)])))
    assert table["ref"].to_list()[-4:] == ["1aa", "1ab", "1ac", "1ad"]
    assert table["what_happened"][0] == "CSC records this 30 times"


def test_accounts_of_the_fixture():
    assert account_table(family()).height == len(EVENTS)


def test_an_incident_of_very_many_days_counts_them():
    days = [short(first=f"2025-01-{day:02d}") for day in range(1, 29)]
    (head,) = chronology(family(events=events(days))).filter(pl.col("line") == "incident").to_dicts()
    assert head["note"] == "dates 27 days apart, on 28 days"
    assert head["who_knew"] == "CSC: 1 January 2025"
