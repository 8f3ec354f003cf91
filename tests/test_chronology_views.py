"""Views of a chronology: key events, gaps, re-referrals, the last two years."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from released_family import AS_AT, events, family
from test_chronology import line, short

from famlink.chronology.accounts import account_table
from famlink.chronology.gaps import knew_first
from famlink.chronology.lines import BLANK, COLUMNS
from famlink.chronology.view import VIEWS, chronology


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
