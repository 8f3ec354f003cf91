"""Hostile events: megabytes of text, right-to-left letters, emoji, markup and formulae, and what two accounts say of each other."""

import datetime as dt

import polars as pl
import pytest

from famlink.incidents.evidence import LEVELS, Weights
from famlink.incidents.grouping import Known, group, score_pairs
from famlink.tables import EVENTS, PEOPLE

DAY = dt.date(2025, 11, 7)  # a Friday


def events_of(*rows):
    return EVENTS.frame(
        [
            {"agency": a, "event_id": f"e{n}", "record_id": "kim", "date": DAY + dt.timedelta(days=d), "latest": DAY + dt.timedelta(days=d),
             "precision": "day", "date_text": "", "category": "Domestic abuse incident", "file": "f", "file_row": n} | more
            for n, (a, d, more) in enumerate(rows, 1)
        ]
    )  # fmt: skip


def people_of(*agencies):
    return PEOPLE.frame(
        [{"agency": a, "record_id": "kim", "person_id": "kim", "probability": 1.0, "origin": "given"} for a in agencies]
    )


def level(name, one, other):
    found = score_pairs(
        events_of(("police", *one), ("csc", *other)), Known(people_of("police", "csc"), weights=Weights())
    )
    return found[name][0]


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "\u202e\u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627 " * 50,
        "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 " * 40,
        "<script>alert(1)</script><b>on 31/02</b>",
        '=HYPERLINK("http://x","y") +1 @A1 -2',
        "on 99/99/9999 at 77:88, 31/11, 0/0, CR" + "9" * 500,
        "\x00\x1f",
    ],
)
def test_any_text_is_weighed_and_kept_as_it_is(text):
    events = events_of(("police", 0, {"description": text, "place": text, "time": text, "reference": text, "recorded_by": text}),
                       ("csc", 0, {"description": text}))  # fmt: skip
    found = group(events, people_of("police", "csc"))
    assert found["description"].to_list() == [text, text]


@pytest.mark.parametrize(
    ("said", "agrees"),
    [
        ("Seen in school; happened on Friday.", 1),
        ("Incident of 07/11, told by mother.", 1),
        ("Incident of 7 November told by mother.", 1),
        ("Happened on Thursday.", 0),
        ("Incident of 05/11/2025.", 0),
        ("Happened on Monday, told the same Monday.", -1),
        ("Court is listed for 31/02.", -1),
    ],
)
def test_the_day_a_text_says(said, agrees):
    assert level("said", (0, {}), (3, {"description": said})) == agrees


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        ("14 Mill Road, Ellerby", "14 mill road", "the same place"),
        ("14 Mill Road, Ellerby", "16 Mill Road, Ellerby", "another place"),
        ("14 Mill Road, Ellerby", "home address", "may be one place"),
        ("Family home", "home address", "the same kind of place"),
        ("Hill Primary School", "home", "another place"),
        ("the Red Lion", "The Red Lion", "the same place"),
    ],
)
def test_levels_of_place(one, other, says):
    assert LEVELS["place"][level("place", (0, {"place": one}), (0, {"place": other}))] == says


@pytest.mark.parametrize(("one", "other", "says"), [("23:40", "23:10", 3), ("23:40", "18.00", 2), ("23:40", "1pm", -1), ("x", "23:00", -1)])  # fmt: skip
def test_levels_of_hours(one, other, says):
    assert level("hours", (0, {"time": one}), (0, {"time": other})) == says


def test_a_named_officer_and_a_reference_with_a_slip():
    told = {"recorded_by": "PC 4417", "reference": "42/123456/25"}
    assert level("officer", (0, told), (0, {"description": "Joint visit; pc 4417 attended."})) == 1
    assert level("officer", (0, {"recorded_by": "duty"}), (0, {"description": "The duty worker rang."})) == -1
    slip = "writes this event's reference with a slip of the pen"
    assert LEVELS["reference"][level("reference", (0, told), (0, {"description": "Police ref 42/12456/25."}))] == slip


def test_words_everybody_writes_are_no_evidence_and_seldom_ones_are():
    usual = "Call to the home address; argument between partners."
    agencies = [("police", n, {"description": usual}) for n in range(0, 600, 20)]
    agencies += [("csc", n, {"description": usual}) for n in range(0, 600, 20)]
    agencies += [("police", 900, {"description": f"{usual} Trampoline broken with a hammer."}),
                 ("csc", 900, {"description": f"{usual} Hammer taken to the trampoline."})]  # fmt: skip
    scored = score_pairs(events_of(*agencies), Known(people_of("police", "csc"), weights=Weights()))
    assert scored.filter(pl.col("event_id_right") != f"e{len(agencies) - 1}")["text"].max() < 2
    assert scored.filter(pl.col("event_id_right") == f"e{len(agencies) - 1}")["text"].max() >= 4


def test_thousands_of_events_on_one_person_stay_bounded():
    rows = [("police" if n % 2 else "csc", n % 300, {"description": f"Note {n}."}) for n in range(5_000)]
    found = group(events_of(*rows), people_of("police", "csc"))
    assert found.height == 5_000
