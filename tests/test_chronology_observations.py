"""What is counted, and that each count names its lines."""

from __future__ import annotations

import datetime as dt

from released_family import events, family
from test_chronology import short

from famlink.chronology.accounts import account_table
from famlink.chronology.gaps import gap_pairs
from famlink.chronology.lines import subject_children
from famlink.chronology.observations import observations
from famlink.chronology.view import chronology


def said(released, what):
    return [o for o in observations(released) if o.what == what]


def test_incidents_of_a_kind_are_counted_once_each_with_who_knew_first():
    (abuse,) = [o for o in said(family(), "count") if o.sentence.startswith("Domestic abuse")]
    assert abuse.sentence == (
        "Domestic abuse: 6 incidents in 8 years (11 February 2018 to 2 March 2026); "
        "first known to Police 2018, to CSC 2018, to Health 2025."
    )
    assert len(abuse.sources) == 8


def test_kinds_recorded_once_share_a_sentence():
    (once,) = said(family(), "once")
    assert once.sentence.startswith("Recorded once each: ")
    assert "s47 enquiry (7 May 2025)" in once.sentence
    assert "visit" not in once.sentence


def test_every_count_is_linked_to_lines_that_are_there():
    released = family()
    refs = set(chronology(released)["ref"])
    told = set(chronology(released)["event"])
    for o in observations(released):
        assert o.refs, o.sentence
        assert set(o.refs) <= refs
        assert set(o.sources) <= told


def test_re_referrals_are_within_twelve_months_of_the_last_about_that_person():
    def referral(n, day, record="c-101"):
        return short(record=record, incident=f"r{n}", first=day, kind="referral", extra={"outcome": "NFA"})

    again = family(events=events([referral(1, "2023-01-01"), referral(2, "2023-12-31"), referral(3, "2025-01-01"), referral(4, "2025-01-02", "c-102")]))  # fmt: skip
    (found,) = said(again, "re-referral")
    assert found.sentence == "1 re-referral within 12 months: line 2, 364 days after line 1."
    assert not said(again, "referral-without-outcome")
    once = family(events=events([short(kind="referral", incident="same"), short(kind="referral", incident="same")]))
    assert not said(once, "re-referral")
    assert said(once, "referral-without-outcome")[0].sentence == "2 referrals with no outcome recorded."


def test_a_gap_is_never_longer_than_it_can_be_shown_to_be():
    year = short(incident="a", text="2020", first="2020-01-01", last="2020-12-31", precision="year")
    plan = short(incident="b", first="2021-02-01", extra={"end": "2022-12-01"})
    after = short(incident="c", first="2023-10-01")
    released = family(events=events([year, plan, after]))
    (gap,) = gap_pairs(account_table(released), subject_children(released, released.portraits()), weeks=26).to_dicts()
    assert (gap["until_before"], gap["date_after"]) == (dt.date(2022, 12, 1), dt.date(2023, 10, 1))
    assert said(released, "gap")[0].sentence == "No released entry for 43 weeks: 1 December 2022 to 1 October 2023."


def test_planned_entries_count_for_nothing():
    released = family(events=events([short(first="2026-07-01", kind="referral")]))
    assert not [o for o in observations(released) if o.what != "date-fault"]


def test_not_seen_and_dates_that_do_not_add_up():
    released = family()
    assert said(released, "not-seen")[0].sentence == "1 entry at which the child was not seen."
    assert said(released, "date-fault")[0].sentence == "2 entries with dates that do not add up."


def test_nothing_released_counts_nothing():
    assert observations(family(events=events([]))) == []
