"""Views of a chronology: key events, gaps, re-referrals, the last two years."""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import replace

import polars as pl
import pytest
from released_family import AS_AT, events, family
from test_chronology import line, short

from famlink.chronology.accounts import account_table
from famlink.chronology.gaps import knew_first
from famlink.chronology.lines import BLANK, COLUMNS
from famlink.chronology.strip import strip_svg
from famlink.chronology.view import VIEWS, chronology
from famlink.picture.files import write_chronology


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_has_the_columns_and_no_blank_cell(view):
    for released in (family(), family(events=events([])), family(events=events([short()]))):
        table = chronology(released, view=view)
        assert table.columns == chronology(released).columns
        for name in set(COLUMNS) - set(BLANK) - {"date", "end_date"}:
            assert not table[name].is_null().any(), name
            assert all(table[name].str.strip_chars().to_list()), name


def test_key_events_keep_whole_incidents_and_leave_routine_out():
    table = chronology(family(), view="key")
    assert {"18", "18a", "18b", "18c", "19"} <= set(table["ref"])
    assert "Pre-school booster." not in set(table["what_happened"])
    for _, group in table.group_by("incident"):
        assert group["key"].any()


def test_gaps_stand_between_their_lines_with_what_is_missing():
    table = chronology(family(), view="gaps")
    assert "No released entry for 95 weeks" in set(table["what_happened"])
    gap = line(table, "No released entry for 95 weeks")
    assert (gap["date"], gap["end_date"], gap["note"]) == (
        dt.date(2022, 4, 4),
        dt.date(2024, 2, 3),
        "between lines 12 and 13",
    )
    assert "referral with no outcome recorded" in line(table, "Police notification of 17")["note"]
    assert "the child was not seen" in line(table, "No answer at the door")["note"]
    assert table["date"].is_sorted()


def test_an_agency_that_knew_first_is_said_also_where_another_only_acted():
    released = family(events=events([
        short(agency="police", record="n-7002", incident="a", first="2025-01-01", kind="domestic-abuse"),
        short(agency="health", record="h-910", incident="a", first="2025-01-02", kind="emergency-attendance"),
        short(incident="b", first="2025-02-10", kind="referral", extra={"role": "consequence", "related": "a", "outcome": "NFA"}),
    ]))  # fmt: skip
    told = knew_first(account_table(released))
    assert told.select("ref", "sentence").rows() == [("1a", "Police knew first: 40 days before CSC")]
    assert "Police knew first: 40 days before CSC" in chronology(released, view="gaps")["note"][1]


def test_re_referrals_show_both_ends():
    released = family(events=events([
        short(incident="a", first="2024-01-01", kind="referral"),
        short(incident="b", first="2024-06-01", kind="visit"),
        short(incident="c", first="2024-12-31", kind="referral"),
    ]))  # fmt: skip
    table = chronology(released, view="re-referrals")
    assert table["ref"].to_list() == ["1", "3"]
    assert table["note"].to_list() == ["referred again on line 3, 365 days later", "re-referral, 365 days after line 1"]


def test_the_last_two_years_count_what_came_before():
    table = chronology(family(), view="last-two-years")
    head = table.row(0, named=True)
    assert head["line"] == "summary"
    assert head["what_happened"].startswith("14 earlier entries, before 1 June 2024: domestic abuse 3, ")
    assert head["note"] == "lines 1 to 14 of the full chronology"
    assert table["date"][1:].min() >= dt.date(2024, 6, 1)
    full = chronology(family()).filter(pl.col("line") != "incident").height
    assert table.filter(~pl.col("line").is_in(["incident", "summary"])).height + 14 == full


def test_a_leap_day_has_two_years_before_it():
    released = family(
        as_at=dt.date(2028, 2, 29), events=events([short(first="2026-02-28"), short(incident="b", first="2026-02-27")])
    )
    assert chronology(released, view="last-two-years")["line"].to_list() == ["summary", "event"]


def test_views_and_filters_go_together():
    table = chronology(family(), view="key", agency="police", as_at=dt.date(2024, 12, 31))
    assert set(table["agency"]) == {"police"}
    assert table["date"].max() < AS_AT


LATER = [
    ("Child in need plan. Updated 03/05/2025: father convicted.", True),
    ("See minutes of 12 June 2024.", True),
    ("Nothing since 2023.", True),
    ("He rang around 2130 and at 2045.", False),
    ("He rang about 2130 or between 2130 and 2145.", False),
    ("As agreed on 4 March 2018 and in 2017.", False),
    ("\u0642\u064a\u0644 2024-11-30", True),
    ("CR/2025/0117 was read to her.", True),
]


@pytest.mark.parametrize(("words", "later"), LATER)
def test_as_at_leaves_out_texts_that_name_a_later_day(words, later):
    day = dt.date(2020, 1, 1)
    row = short(first="2019-06-01", words=words, extra={"outcome": words, "action": words, "child_seen": words})
    (line,) = chronology(family(events=events([row])), as_at=day).to_dicts()
    for name in ("what_happened", "outcome", "action_taken", "child_seen"):
        assert (line[name] == "[not shown: the text names a day after 1 January 2020]") == later, name


def test_as_at_shows_no_end_outcome_death_home_or_age_of_a_later_day(tmp_path):
    day = dt.date(2021, 3, 1)
    told = [
        short(incident="plan", first="2020-05-01", kind="order", category="Supervision order", words="Order made.",
              extra={"end": "2022-05-01", "outcome": "Ended: needs met", "action": "Order made"}),
        short(incident="short", first="2020-06-01", extra={"end": "2020-07-01", "outcome": "Closed"}),
        short(incident="due", first="2021-09-09", kind="review",
              extra={"recorded": "2021-02-01", "outcome": "Held", "action": "Minutes sent", "child_seen": "yes"}),
        short(incident="grandad", record="c-113", first="2021-08-01", extra={"recorded": "2021-01-05"}),
        short(incident="never", first="2021-09-10", extra={"recorded": None}),
    ]  # fmt: skip
    released = family(events=events(told), subjects=("P-tyler",))
    died = pl.when(pl.col("field") == "date_of_death").then(pl.lit("2021-06-01")).otherwise("value").alias("value")
    released = replace(released, statements=released.statements.with_columns(died))
    rows = {row["event"]: row for row in chronology(released, as_at=day).to_dicts()}
    assert set(rows) == {"csc:e1", "csc:e2", "csc:e3", "csc:e4"}
    order, closed, due, grandad = (rows[f"csc:e{n}"] for n in range(1, 5))
    assert (order["end_date"], order["outcome"], order["action_taken"]) == (None, "not recorded", "Order made")
    assert order["when"] == "1 May 2020"
    assert (closed["end_date"], closed["outcome"]) == (dt.date(2020, 7, 1), "Closed")
    assert (due["outcome"], due["action_taken"], due["child_seen"]) == ("not recorded", "none recorded", "not recorded")
    assert due["note"] == "planned: after 1 March 2021, the day the extracts describe"
    assert "death" not in grandad["note"]
    assert "dated after the death of Roy Marsh" in chronology(released).filter(event="csc:e4")["note"][0]
    files = write_chronology(released, tmp_path, as_at=day)
    for name, path in files.items():
        held = path.read_bytes()
        held = (
            b"".join(zipfile.ZipFile(path).read(n) for n in zipfile.ZipFile(path).namelist())
            if held[:2] == b"PK"
            else held
        )
        for word in (b"Ended: needs met", b"2022", b"Held", b"Beacon Street", b"20260624", b"death of"):
            assert word not in held, (name, word)
    assert "Beacon Street" in strip_svg(released)


def test_a_line_keeps_its_number_as_at_an_earlier_day_and_the_day_of_the_extracts_changes_nothing():
    released = family()
    full, then = chronology(released), chronology(released, as_at=dt.date(2025, 5, 5))
    number = dict(full.filter(pl.col("event") != "see each account").select("event", "ref").iter_rows())
    assert then.filter(pl.col("event") != "see each account").height > 15
    for event, ref in then.filter(pl.col("event") != "see each account").select("event", "ref").iter_rows():
        assert number[event] == ref
    assert chronology(released, as_at=released.as_at).equals(full)
    assert chronology(released, as_at=released.as_at + dt.timedelta(days=400)).equals(full)
