"""A start and an end told as two entries are one stretch of time, and one bar of the strip."""

from __future__ import annotations

import datetime as dt
import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapes import day, made

from famlink.chronology import lasting
from famlink.chronology.accounts import account_table, as_accounts
from famlink.chronology.lasting import stretches
from famlink.chronology.strip import strip_svg
from famlink.vocabulary.events import crosswalk

CHILDREN = [("Ada", "Byron", day("2012-03-01"), None), ("Ralph", "Byron", day("2015-06-01"), None)]


def release(*told):
    """told: (day, category) and then columns as a dictionary."""
    rows = [
        {"date": day(when), "category": category, "kind": crosswalk().read(category).kind, **(more[0] if more else {})}
        for when, category, *more in told
    ]
    return made(CHILDREN, rows)


def found(released):
    """(first day, last day, how many entries) of every stretch."""
    said = stretches(as_accounts(account_table(released)))
    return [(str(one.first or ""), str(one.last or ""), len(one.accounts)) for one in said]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("Child protection plan started", "Child protection plan ended"),
        ("CP plan start", "Deregistered"),
        ("CIN plan opened", "Child in need plan closed"),
        ("Placement start", "Placement ended"),
        ("Foster placement start", "Termination of placement"),
        ("Care order made", "Care order discharged"),
        ("Care order granted", "Order revoked - care order"),
        ("Started to be looked after", "Ceased to be looked after"),
        ("Remanded in custody", "Released from prison"),
        ("Care proceedings issued", "Care proceedings concluded"),
        ("Early help episode opened", "Early help episode closed"),
        ("Sentence start", "Sentence end"),
    ],
)
def test_a_start_and_its_end_are_one(start, end):
    assert found(release(("2020-01-10", start), ("2020-09-01", end))) == [("2020-01-10", "2020-09-01", 2)]


@pytest.mark.parametrize(
    ("told", "bars"),
    [
        # A start nobody ended is open; an end nobody began has no first day.
        ([("2020-01-10", "CP plan start")], [("2020-01-10", "", 1)]),
        ([("2020-01-10", "CP plan end")], [("", "2020-01-10", 1)]),
        # Two plans, one after the other, and an end before any start.
        (
            [("2020-01-10", "CP plan start"), ("2020-05-01", "CP plan end"), ("2021-01-10", "CP plan start"), ("2021-05-01", "CP plan end")],
            [("2020-01-10", "2020-05-01", 2), ("2021-01-10", "2021-05-01", 2)],
        ),
        ([("2020-01-10", "CP plan end"), ("2020-05-01", "CP plan start")], [("", "2020-01-10", 1), ("2020-05-01", "", 1)]),
        # On one day the start comes first, whatever the order of the rows.
        ([("2020-01-10", "CP plan end"), ("2020-01-10", "CP plan start")], [("2020-01-10", "2020-01-10", 2)]),
        # A move: one placement ends and the next begins on one day.
        (
            [("2020-01-10", "Placement start"), ("2020-03-10", "Placement start"), ("2020-03-10", "Placement ended")],
            [("2020-01-10", "2020-03-10", 2), ("2020-03-10", "", 1)],
        ),
        # Another order, another child, another agency, another kind.
        ([("2020-01-10", "Care order made"), ("2020-05-01", "Supervision order ended")], [("2020-01-10", "", 1), ("", "2020-05-01", 1)]),
        (
            [("2020-01-10", "CP plan start"), ("2020-05-01", "CP plan end", {"child": 1})],
            [("2020-01-10", "", 1), ("", "2020-05-01", 1)],
        ),
        (
            [("2020-01-10", "CP plan start"), ("2020-05-01", "CP plan end", {"agency": "health"})],
            [("2020-01-10", "", 1), ("", "2020-05-01", 1)],
        ),
        ([("2020-01-10", "CIN plan start"), ("2020-05-01", "CP plan end")], [("2020-01-10", "", 1), ("", "2020-05-01", 1)]),
        # An entry with an end of its own is whole; the same end told again is part of it, another is not.
        (
            [("2020-01-10", "CP plan start", {"end_date": day("2020-05-01")}), ("2020-05-01", "CP plan end")],
            [("2020-01-10", "2020-05-01", 2)],
        ),
        (
            [("2020-01-10", "CP plan start", {"end_date": day("2020-05-01")}), ("2020-06-01", "CP plan end")],
            [("2020-01-10", "2020-05-01", 1), ("", "2020-06-01", 1)],
        ),
        # The end is of the latest start; the earlier one was never said to end.
        (
            [("2020-01-10", "Placement start"), ("2020-03-10", "Placement start"), ("2020-05-01", "Placement ended")],
            [("2020-01-10", "", 1), ("2020-03-10", "2020-05-01", 2)],
        ),
        # An application is no order made; a word that says neither is as before.
        ([("2020-01-10", "Application for care order")], []),
        ([("2020-01-10", "Care order application made")], [("2020-01-10", "", 1)]),
        ([("2020-01-10", "Child protection plan")], []),
        ([("2020-01-10", "Care order")], [("2020-01-10", "", 1)]),
        ([("2020-01-10", "Home visit started"), ("2020-01-11", "Home visit ended")], []),
    ],
)  # fmt: skip
def test_what_belongs_together(told, bars):
    assert sorted(found(release(*told))) == sorted(bars)


WORDS = st.sampled_from(["CP plan start", "CP plan end", "Care order made", "Supervision order ended", "Care order", "Placement ended"])  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 900), WORDS, st.integers(0, 1)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_no_entry_is_in_two_bars_and_none_runs_backwards(told):
    first = dt.date(2019, 1, 1)
    released = release(
        *((str(first + dt.timedelta(days=after)), word, {"child": child}) for after, word, child in told)
    )
    lasted = stretches(as_accounts(account_table(released)))
    used = [account.ref for one in lasted for account in one.accounts]
    assert len(used) == len(set(used)) == len(told)
    assert all(one.first is None or one.last is None or one.first <= one.last for one in lasted)
    assert all(len({(a.agency, a.event["person_id"], a.kind) for a in one.accounts}) == 1 for one in lasted)


def test_the_strip_draws_one_bar_and_says_what_was_not_told():
    svg = strip_svg(
        release(
            ("2020-01-10", "Child protection plan started"), ("2020-09-01", "Child protection plan ended"),
            ("2021-02-01", "Supervision order ended"), ("2022-02-01", "Placement start", {"child": 1}),
        )
    )  # fmt: skip
    titles = [title for title in re.findall(r"<g><title>([^<]*)</title><rect", svg) if " to " in title]
    assert titles == [
        "Ada, 1 and 2: Child protection plan started, 10 January 2020 to 1 September 2020",
        "Ada, 3: Supervision order ended, start not recorded to 1 February 2021",
        "Ralph, 4: Placement start, 1 February 2022 to end not recorded",
    ]
    assert ">Ada: Child protection plan</text>" in svg
    assert "Supervision order ended (start not recorded)" in svg


ORDERS = st.sampled_from(["Care order made", "Care order discharged", "order ended", "Interim care order made", "Supervision order ended", "Care order"])  # fmt: skip


def one_after_the_other(found):
    """What lasted, each end held against every stretch that is known: (refs, first, last)."""
    known = []
    for one in sorted(found, key=lambda a: (a.first, lasting._phase(a) == "end", a.ref)):
        end = one.day("end_date")
        if lasting._phase(one) == "end":
            name = lasting._name(one)
            fitting = [
                (last is None, first < one.first, place)
                for place, (members, first, last) in enumerate(known)
                if first is not None and last in (None, one.first)
                if name <= lasting._name(members[0]) or lasting._name(members[0]) <= name
            ]
            if fitting:
                place = max(fitting)[2]
                members, first, _ = known[place]
                known[place] = ([*members, one], first, one.first)
            else:
                known.append(([one], None, one.first))
        elif end is None or end > one.first:
            known.append(([one], one.first, end))
    return [(sorted(a.ref for a in members), first, last) for members, first, last in known]


@given(st.lists(st.tuples(st.integers(0, 5), ORDERS, st.none() | st.integers(1, 6)), max_size=14))
@settings(max_examples=100, deadline=None)
def test_an_end_finds_the_same_stretch_as_when_every_one_is_looked_at(told):
    def known(one):
        return one[0], str(one[1]), str(one[2])

    base = as_accounts(account_table(release(("2020-01-01", "Care order made"))))[0]
    first = dt.date(2020, 1, 1)
    entries = [
        replace(
            base,
            ref=f"{n}",
            event={**base.event, "category": word, "date": first + dt.timedelta(days=after), "latest": None}
            | {"end_date": None if lasts is None else first + dt.timedelta(days=after + lasts)},
        )
        for n, (after, word, lasts) in enumerate(told)
    ]
    lasted = [(sorted(a.ref for a in one.accounts), one.first, one.last) for one in stretches(entries)]
    assert sorted(lasted, key=known) == sorted(one_after_the_other(entries), key=known)


def test_twenty_thousand_orders_of_one_day_and_their_ends_are_put_together_at_once():
    base = as_accounts(account_table(release(("2020-01-01", "Care order made"))))[0]
    words = ["Care order made", "Care order discharged", "Supervision order ended"]
    entries = [replace(base, ref=f"{n}", event={**base.event, "category": words[n % 3]}) for n in range(30_000)]
    begun = time.process_time()
    lasted = stretches(entries)
    assert time.process_time() - begun < 20
    assert len(lasted) == 20_000
