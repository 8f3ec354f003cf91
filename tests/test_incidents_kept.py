"""What a run learnt of events is kept as sums over many people, and weighs what a product shows."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from types import MappingProxyType

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sharing_world import LEARNT, World, request

from famlink.errors import RunError
from famlink.incidents.evidence import LEVELS, Weights, no_company, no_habits
from famlink.incidents.grouping import Known, group_and_keep
from famlink.incidents.kept import FEWEST_PEOPLE, from_json, to_json
from famlink.sharing.gate import release
from famlink.sharing.policy import read_policy
from famlink.tables import EVENTS, PEOPLE

FIRST = dt.date(2024, 1, 1)


def told(rows):
    """rows: (agency, person, days after 1 January 2024, category)."""
    events = EVENTS.frame(
        [
            {"agency": agency, "event_id": f"e{n}", "record_id": person, "date": FIRST + dt.timedelta(days=after),
             "latest": FIRST + dt.timedelta(days=after), "precision": "day", "date_text": "as above", "category": category,
             "file": "events.csv", "file_row": n, "description": f"CANARY{n} {person}"}
            for n, (agency, person, after, category) in enumerate(rows, 1)
        ]
    )  # fmt: skip
    keys = sorted({(agency, person) for agency, person, _, _ in rows})
    people = PEOPLE.frame(
        [{"agency": a, "record_id": p, "person_id": p, "probability": 1.0, "origin": "given"} for a, p in keys]
    )
    return events, people


def county(*, few, word="Ambulance for Ann Smith"):
    """Police and health note the same evenings of 150 people; school and health those of ``few``; housing has words of its own."""
    rows = []
    for person in range(150):
        for month in range(2):
            day = 30 * month + person % 20
            rows.append(("police", f"p{person}", day, "Domestic abuse incident"))
            rows.append(("health", f"p{person}", day + 1, "A&E attendance"))
            rows.append(("housing", f"p{person}", day + 1, word))
            if person < few:
                rows.append(("school", f"p{person}", day + 1, "Bruising seen"))
    return told(rows)


def strata(weights):
    return {row.replace("\x1e", "\x1f") for row in [*weights.habits["strata"], *weights.company["strata"]]}


@pytest.mark.parametrize(("few", "kept"), [(FEWEST_PEOPLE - 1, False), (FEWEST_PEOPLE, True)])
def test_numbers_of_few_people_are_not_kept(few, kept):
    events, people = county(few=few)
    _, weights = group_and_keep(events, Known(people))
    assert any("police" in row and "health" in row for row in strata(weights))
    assert any("school" in row for row in strata(weights)) is kept


def test_words_the_crosswalk_does_not_know_and_texts_are_not_kept():
    events, people = county(few=30, word="Zzz of Ann Smith")
    _, weights = group_and_keep(events, Known(people))
    text = to_json(weights)
    assert "Zzz" not in text
    assert "zzz" not in text
    assert "CANARY" not in text
    assert not any(f'"{record}"' in text for record in people["record_id"])


def test_a_row_more_changes_nothing_that_is_kept():
    events, people = county(few=30)
    less = events.filter(pl.col("event_id") != "e7")
    _, one = group_and_keep(events, Known(people))
    _, other = group_and_keep(less, Known(people))
    changed = [
        (a, b) for a, b in zip(one.bits["days"] + one.delays, other.bits["days"] + other.delays, strict=True) if a != b
    ]
    assert all(abs(a - b) < 0.11 for a, b in changed)


def test_few_events_teach_nothing():
    events, people = told([("police", "p1", 0, "Domestic abuse incident"), ("health", "p1", 1, "A&E attendance")])
    incidents, weights = group_and_keep(events, Known(people))
    assert weights is None
    assert incidents.height == 2
    assert json.loads(to_json(weights))["learnt"] is False
    assert from_json(to_json(weights)) is None


BITS = st.integers(-99, 99).map(lambda tenths: tenths / 10)


@given(
    st.lists(BITS, min_size=7, max_size=7), st.dictionaries(st.sampled_from("abcdef"), BITS, max_size=5), st.booleans()
)
@settings(max_examples=40, deadline=None)
def test_kept_weights_come_back(days, company, nearest):
    names = [f"police\x1f{name}\x1eschool\x1f" for name in sorted(company)]
    weights = replace(
        Weights(),
        bits=MappingProxyType({**Weights().bits, "days": tuple(days)}),
        company=pl.DataFrame(
            {"strata": names, "bits_company": [company[k] for k in sorted(company)]}, no_company().schema
        ),
        nearest=nearest,
    )
    back = from_json(to_json(weights))
    assert (back.bits, back.nearest) == (weights.bits, nearest)
    assert back.company.equals(weights.company)
    assert back.habits.filter(pl.col("bits_delay") != 0.0).equals(no_habits())
    assert to_json(back) == to_json(weights)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": "famlink incident weights", "version": 2, "learnt": false}', "null", "9" * 5000,
     to_json(Weights()).replace("1.6", "NaN"), to_json(Weights()).replace("6.0", '"six"')],
)  # fmt: skip
def test_other_files_are_no_weights(text):
    with pytest.raises(RunError, match="famlink link"):
        from_json(text)


def evening() -> World:
    """A mother's assault, and two days on the child's school note."""
    world = World()
    world.person("Ada Byron", "csc:c1", "school:s1", born="2018-03-01", sex="female")
    world.person("Anne Milbanke", "csc:c2", "police:p2", born="1990-05-17", sex="female")
    world.tie("csc:c1", "mother", "c2", parental_responsibility=True)
    world.event(
        "police:p2", "PO-1", "2026-03-02", "domestic abuse", "Assault in the kitchen, neighbour Grendel called."
    )
    world.event(
        "school:s1", "SC-1", "2026-03-03", "domestic abuse", "Assault in the kitchen, neighbour Grendel called."
    )
    return world


def lines(weights) -> int:
    released = release(evening().evidence(weights=weights), request("csc:c1", basis="s47"), read_policy(None))
    assert released.events.height == 2
    return released.events["incident_id"].n_unique()


def test_a_product_is_grouped_by_what_the_run_learnt():
    assert lines(LEARNT) == 1
    never = MappingProxyType({**LEARNT.bits, "days": (-20.0,) * len(LEVELS["days"])})
    assert lines(replace(LEARNT, bits=never)) == 2
    # Shipped weights are not told of close family.
    assert lines(None) == 2
