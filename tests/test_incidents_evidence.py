"""The evidence between events: its levels, its estimation from the events themselves, and its explanation."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

from famlink.errors import RequestError
from famlink.incidents.estimation import estimate
from famlink.incidents.evidence import LEVELS, Weights
from famlink.incidents.explanation import explain_events
from famlink.incidents.grouping import Known, group, score_pairs
from famlink.odds import probability_of_weight
from famlink.tables import EVENTS, PEOPLE

DAY = dt.date(2024, 5, 1)
AGENCIES = ("police", "csc", "health", "school")


def people_of(*persons):
    return PEOPLE.frame(
        [
            {"agency": agency, "record_id": person, "person_id": person, "probability": 1.0, "origin": "given"}
            for agency in AGENCIES
            for person in persons
        ]
    )


def events_of(*rows):
    made = []
    for number, (agency, record, after, category, *more) in enumerate(rows, 1):
        day = DAY + dt.timedelta(days=after)
        row = {
            "agency": agency,
            "event_id": f"e{number}",
            "record_id": record,
            "date": day,
            "latest": day,
            "precision": "day",
        }
        made.append(
            row | {"date_text": "", "category": category, "file": "f", "file_row": number} | (more[0] if more else {})
        )
    return EVENTS.frame(made)


def level(name, one, other):
    """The level of one comparison for two events of two agencies about one person."""
    scored = score_pairs(events_of(("police", "kim", *one), ("csc", "kim", *other)), Known(people_of("kim", "bob")))
    return LEVELS[name][scored[name][0]]


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ((0, "DA incident"), (0, "Domestic violence"), "the same kind"),
        ((0, "DA incident"), (0, "Assault"), "the same family of kinds"),
        ((0, "DA incident"), (0, "Contact", {"description": "An argument between partners at home."}), "one account does not say what happened, its words agree"),
        ((0, "DA incident"), (0, "Contact"), "one account does not say what happened"),
        ((0, "DA incident"), (0, "Contact", {"description": "Child hungry and unkempt again."}), "what happened may differ, or one account's words point elsewhere"),
        ((0, "DA incident"), (0, "A&E attendance", {"description": "Bruised cheek."}), "one account does not say what happened"),
        ((0, "DA incident"), (0, "Injury noticed"), "what happened may differ, or one account's words point elsewhere"),
        ((0, "DA incident"), (0, "Missing person"), "what happened differs"),
        ((0, "DA incident"), (0, "Noise complaint"), "what happened differs"),
        ((0, "DA incident"), (0, "Referral"), "what happened differs"),
    ],
)  # fmt: skip
def test_levels_of_category(one, other, says):
    assert level("category", one, other) == says


@pytest.mark.parametrize(
    ("days", "says"),
    [(0, "the same day"), (1, "1 day"), (2, "2 days"), (3, "3 days"), (5, "4 to 5 days"), (7, "6 to 7 days")],
)
def test_levels_of_days(days, says):
    assert level("days", (0, "DA incident"), (days, "Contact")) == says


def test_eight_days_apart_are_not_compared():
    assert score_pairs(
        events_of(("police", "kim", 0, "DA"), ("csc", "kim", 8, "DA")), Known(people_of("kim"))
    ).is_empty()


def test_levels_of_text_people_and_reference():
    same = {"description": "Verbal argument, plates thrown, no injuries seen."}
    assert level("text", (0, "DA incident", same), (0, "Contact", same)) == "most seldom words in both"
    assert level("text", (0, "DA incident", same), (0, "Contact", {"description": "Zebra quiz yoghurt jumble."})) in {
        "no seldom words in both",
        "each says much, nothing of it in both",
    }
    crossed = ((0, "Assault", {"others": ["suspect:bob"]}), (0, "Assault", {"others": ["victim:bob"]}))
    assert level("people", *crossed) == "harmed in one, harming in the other"
    quoting = {"quoted_references": ["CR0117"]}
    assert (
        level("reference", (0, "DA", {"reference": "CR/0117"}), (0, "Contact", quoting))
        == "quotes this event or carries its reference"
    )


def test_weights_add_up_and_are_the_probability():
    scored = score_pairs(
        events_of(("police", "kim", 0, "DA"), ("csc", "kim", 1, "Contact")), Known(people_of("kim"), weights=Weights())
    )
    row = scored.row(0, named=True)
    total = Weights().prior + sum(Weights().bits[name][row[name]] if row[name] >= 0 else 0.0 for name in LEVELS)
    assert row["weight"] == pytest.approx(total)
    assert row["probability"] == pytest.approx(probability_of_weight(total)), "it has no rival"


# --- estimation: a world of known rates must be recovered -----------------------------------------------------------------


def world(*, again, late, seed, size=12_000):
    """Persons with one happening, some with a second two days later; police first, social care the same day or ``late``."""
    rng = np.random.default_rng(seed)
    rows, truth = [], []
    for n in range(size):
        days = [0, 2] if rng.random() < again else [0]
        for order, day in enumerate(days):
            by = [a for a in ("police", "csc") if rng.random() < 0.6]
            shift = 2 if rng.random() < late else 0
            for agency in by:
                lag = shift if agency == "csc" and len(by) == 2 else 0
                rows.append((agency, f"p{n}", 10 * n % 3000 + day + lag, "Domestic abuse"))
                truth.append(f"{n}-{order}")
    return rows, truth


@pytest.mark.parametrize(("again", "late"), [(0.0, 0.3), (0.3, 0.1)])
def test_the_share_of_one_happening_at_two_days_is_recovered(again, late):
    rows, truth = world(again=again, late=late, seed=7)
    events, people = events_of(*rows), people_of(*sorted({row[1] for row in rows}))
    scored = score_pairs(events, Known(people))
    of = pl.DataFrame({"event_id": [f"e{n}" for n in range(1, len(rows) + 1)], "incident": truth})
    known = (
        scored.filter(~pl.col("one_agency"), pl.col("days") == 3)
        .join(of, left_on="event_id_left", right_on="event_id")
        .join(of, left_on="event_id_right", right_on="event_id", suffix="_right")
    )
    # Without a rival the probability is the weight's own.
    lone = known.filter((pl.col("probability") - 1.0 / (1.0 + pl.lit(2.0).pow(-pl.col("weight")))).abs() < 1e-9)
    share = (lone["incident"] == lone["incident_right"]).mean()
    assert lone.height > 80
    assert lone["probability"].mean() == pytest.approx(share, abs=0.12)


def test_repetitions_between_agencies_are_not_merged():
    rows, truth = world(again=0.4, late=0.0, seed=3)
    found = group(events_of(*rows), people_of(*sorted({row[1] for row in rows})))
    of = pl.DataFrame({"event_id": [f"e{n}" for n in range(1, len(rows) + 1)], "incident": truth})
    merged = found.join(of, on="event_id").group_by("incident_id").agg(pl.col("incident").n_unique())
    assert (merged["incident"] > 1).mean() < 0.005
    told_twice = pl.Series(truth).value_counts()["count"].eq(2).sum()
    together = found.group_by("incident_id").len().filter(pl.col("len") == 2).height
    assert together / told_twice > 0.95


def test_few_events_keep_the_shipped_weights():
    scored = score_pairs(events_of(("police", "kim", 0, "DA"), ("csc", "kim", 2, "Contact")), Known(people_of("kim")))
    shipped = score_pairs(
        events_of(("police", "kim", 0, "DA"), ("csc", "kim", 2, "Contact")), Known(people_of("kim"), weights=Weights())
    )
    assert scored["weight"][0] == shipped["weight"][0]
    empty = scored.clear().select("left", "right", "gap", "one_agency", "duplicate", *LEVELS)
    learnt = estimate(
        empty,
        pl.DataFrame(
            {"number": [], "agency": [], "category": []},
            schema={"number": pl.UInt32, "agency": pl.String, "category": pl.String},
        ),
    )
    assert learnt.bits == Weights().bits
    assert learnt.habits.is_empty()


# --- explanation ------------------------------------------------------------------------------------------------------------


def test_explain_one_happening_and_its_rivals():
    events = events_of(
        ("police", "kim", 0, "DA incident"),
        ("csc", "kim", 1, "Contact - domestic abuse"),
        ("police", "kim", 2, "DA incident"),
        ("health", "kim", 30, "Immunisation"),
    )
    told = explain_events((("police", "e1"), ("csc", "e2")), events, people_of("kim"))
    assert told.verdict == "separate"
    assert sum(bar.bits for bar in told.bars) == pytest.approx(told.match_weight, abs=0.05)
    assert "rivals" in [bar.field for bar in told.bars]
    assert told.match_probability < probability_of_weight(told.match_weight)
    assert explain_events((("police", "e1"), ("police", "e3")), events, people_of("kim")).verdict == "repetition"
    apart = explain_events((("police", "e1"), ("health", "e4")), events, people_of("kim"))
    assert (apart.verdict, apart.bars, apart.match_probability) == ("separate", (), 0.0)


def test_bars_add_up_where_weights_are_learnt():
    rows, _ = world(again=0.3, late=0.1, seed=5, size=1_500)
    events, people = events_of(*rows), people_of(*sorted({row[1] for row in rows}))
    scored = score_pairs(events, Known(people)).filter(~pl.col("duplicate"))
    for row in (scored.sort("weight").row(0, named=True), scored.sort("weight").row(-1, named=True)):
        pair = ((row["agency_left"], row["event_id_left"]), (row["agency_right"], row["event_id_right"]))
        told = explain_events(pair, events, people)
        assert sum(bar.bits for bar in told.bars) == pytest.approx(told.match_weight, abs=0.1)
        assert set(LEVELS) | {"prior", "delay", "company", "again", "rivals"} >= {bar.field for bar in told.bars}


def test_an_explanation_holds_no_persons_value():
    text = {"description": "Canary Featherstone was here on Tuesday."}
    events = events_of(("police", "kim", 0, "DA incident", text), ("csc", "kim", 0, "Contact", text))
    told = explain_events((("police", "e1"), ("csc", "e2")), events, people_of("kim"))
    assert told.verdict == "same event"
    assert "Featherstone" not in repr(told)


def test_explain_what_is_not_there():
    events = events_of(("police", "kim", 0, "DA"))
    with pytest.raises(RequestError, match="csc:e9 is not in this run"):
        explain_events((("police", "e1"), ("csc", "e9")), events, people_of("kim"))
    with pytest.raises(RequestError, match="given twice"):
        explain_events((("police", "e1"), ("police", "e1")), events, people_of("kim"))
