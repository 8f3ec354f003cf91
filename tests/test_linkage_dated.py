"""Dated evidence: agreement counts in full, disagreement fades with the years between two records."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.linkage.comparison import compare, program_of
from famlink.linkage.dated import gap_told, straightened
from famlink.linkage.encoding import encode
from famlink.linkage.kinds import requested
from famlink.linkage.library import default_comparisons, with_dates
from famlink.linkage.model import Comparison, Model, Rule, Stratum
from famlink.linkage.scoring import bars_of, weights_of
from famlink.tables import STANDARDISED

DAY = dt.date(2020, 3, 1)
PRESENT = frozenset({"surname", "postcode", "street", "house_number", "school", "recorded_on", "address_to"})
MODEL = Model(default_comparisons(PRESENT), (Rule(("surname",)),), Stratum(0.01))
NAMES = [comparison.name for comparison in MODEL.comparisons]


def frame(*rows: dict):
    full = [
        {"agency": "police", "record_id": f"p{n}", "part": 0, "origin": "given", **row} for n, row in enumerate(rows)
    ]
    return STANDARDISED.frame(full).with_row_index("row")


def home(postcode: str, *, written: dt.date | None, ended: dt.date | None = None, **more: str) -> dict:
    return {
        "postcode": postcode,
        "outcode": postcode.split(maxsplit=1)[0],
        "recorded_on": written,
        "address_to": ended,
        **more,
    }


def levels_of(*rows: dict) -> list[str]:
    encoded = encode(frame(*rows), MODEL)
    sides = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    found = compare(*sides, encoded=encoded, program=program_of(MODEL.comparisons, encoded))[0]
    return [c.levels[level].label if level >= 0 else "" for c, level in zip(MODEL.comparisons, found, strict=True)]


@pytest.mark.parametrize(
    ("years", "ended", "said"),
    [
        (0, None, "addresses differ, recorded within a year"),
        (1.5, None, "addresses differ, recorded one to five years apart"),
        (4.9, None, "addresses differ, recorded one to five years apart"),
        (12, None, "addresses differ, recorded over five years apart"),
        (0, DAY - dt.timedelta(days=2200), "addresses differ, recorded over five years apart"),
    ],
)
def test_the_gap_is_between_the_days_the_values_were_last_true(years, ended, said):
    later = DAY + dt.timedelta(days=round(years * 365.25))
    told = levels_of(home("LS1 4AB", written=DAY, ended=ended), home("M1 1AA", written=later))
    assert told[NAMES.index("address")] == said


def test_an_ended_address_does_not_age_a_surname_or_a_school():
    ended = DAY - dt.timedelta(days=4000)
    more = {"surname": "lee", "school": "a"}, {"surname": "may", "school": "b"}
    told = levels_of(home("LS1 4AB", written=DAY, ended=ended, **more[0]), home("M1 1AA", written=DAY, **more[1]))
    assert told[NAMES.index("surname")] == "surnames differ, recorded within a year"
    assert told[NAMES.index("school")] == "schools differ, recorded within a year"


def test_agreement_counts_in_full_however_old():
    for years in (0, 3, 30):
        later = DAY.replace(year=DAY.year + years)
        told = levels_of(home("LS1 4AB", written=DAY, surname="lee"), home("LS1 4AB", written=later, surname="lee"))
        assert told[NAMES.index("surname")] == "surnames agree exactly"
        assert told[NAMES.index("address")] == "postcodes agree"


@given(
    st.none() | st.dates(dt.date(1950, 1, 1), dt.date(2026, 1, 1)),
    st.none() | st.dates(dt.date(1950, 1, 1), dt.date(2026, 1, 1)),
)
@settings(max_examples=40, deadline=None)
def test_levels_against_a_plain_reading(first, second):
    told = levels_of(home("LS1 4AB", written=first), home("M1 1AA", written=second))[NAMES.index("address")]
    if first is None or second is None:
        assert told == "addresses differ, not dated on both sides"
        return
    years = abs((first - second).days) / 365.25
    words = "within a year" if years <= 1 else "one to five years apart" if years <= 5 else "over five years apart"
    assert told == f"addresses differ, recorded {words}"


def test_without_dates_there_is_nothing_to_split():
    for name in ("surname", "address", "school"):
        (plain,) = (c for c in default_comparisons(PRESENT - {"recorded_on", "address_to"}) if c.name == name)
        assert not plain.fading
        assert not any("recorded" in level.label for level in plain.levels)
    assert with_dates(requested("postcode", "postcode"), PRESENT).fading == (1, 2, 3)
    assert not with_dates(requested("sex", "category"), PRESENT).fading


# --- learning -------------------------------------------------------------------------------------------------------

NUMBERS = st.lists(st.floats(1e-6, 1.0), min_size=5, max_size=5)


def learnt(m: list[float], u: list[float], k: list[float]) -> Comparison:
    (school,) = (c for c in MODEL.comparisons if c.name == "school")
    parts = zip(school.levels, m, u, k, strict=True)
    return replace(
        school,
        levels=tuple(replace(level, m=a / sum(m), u=b / sum(u), k=(c / sum(k),) * 4) for level, a, b, c in parts),
    )


def bits(comparison: Comparison) -> list[float]:
    return [math.log2(level.m / level.u) for level in comparison.levels]


@given(NUMBERS, NUMBERS, NUMBERS)
@settings(max_examples=200, deadline=None)
def test_older_never_counts_more_and_nothing_is_lost(m, u, k):
    before = learnt(m, u, k)
    (after,) = straightened(replace(MODEL, comparisons=(before,))).comparisons
    assert [level.u for level in after.levels] == [level.u for level in before.levels]
    assert sum(level.m for level in after.levels) == pytest.approx(1.0)
    assert sum(level.k[0] for level in after.levels) == pytest.approx(1.0)
    assert after.levels[-1] == before.levels[-1], "agreement stays as it was"
    fresh, middle, old = bits(after)[1:4]
    assert fresh <= middle + 1e-9
    assert middle <= old + 1e-9
    differ = math.log2(sum(lv.m for lv in before.levels[:4]) / sum(lv.u for lv in before.levels[:4]))
    assert bits(after)[0] == pytest.approx(differ), "no date: what disagreement weighs on the whole"
    kin = [math.log2(level.k[0] / level.u) for level in after.levels[:4]]
    assert kin == pytest.approx([kin[0]] * 4), "dates say nothing of relatives"


def test_what_rises_already_stays_in_proportion():
    before = learnt([0.04, 0.01, 0.02, 0.03, 0.9], [0.2, 0.3, 0.3, 0.15, 0.05], [0.2] * 5)
    (after,) = straightened(replace(MODEL, comparisons=(before,))).comparisons
    one, two = bits(before), bits(after)
    assert two[2] - two[1] == pytest.approx(one[2] - one[1])
    assert two[3] - two[2] == pytest.approx(one[3] - one[2])


# --- what is said ---------------------------------------------------------------------------------------------------


def test_explained_in_a_sentence_with_the_real_gap():
    later = DAY + dt.timedelta(days=2300)
    rows = home("LS1 4AB", written=DAY, surname="lee"), home("M1 1AA", written=later, surname="lee")
    encoded = encode(frame(*rows), MODEL)
    sides = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    levels = compare(*sides, encoded=encoded, program=program_of(MODEL.comparisons, encoded))[0]
    bars = bars_of(
        (0, 1), [int(n) for n in levels], model=MODEL, encoded=encoded, weights=weights_of(MODEL, encoded), stratum=1
    )
    told = {bar.field: bar.sentence for bar in bars}
    assert told["address"] == "addresses differ, recorded 6 years apart"
    assert told["surname"].startswith("surnames agree exactly")


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "within a year of each other"), (366, "1 year apart"), (1000, "2 years apart"), (20000, "54 years apart")],
)
def test_gaps_in_words(days, said):
    assert gap_told("schools differ, recorded over five years apart", days) == f"schools differ, recorded {said}"


def test_a_model_written_before_is_still_read():
    raw = json.loads(MODEL.to_json())
    for comparison in raw["comparisons"]:
        del comparison["fading"]
    model = Model.from_json(json.dumps(raw))
    assert all(not comparison.fading for comparison in model.comparisons)
    assert Model.from_json(MODEL.to_json()) == MODEL
