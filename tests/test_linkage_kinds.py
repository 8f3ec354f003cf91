"""Every kind of comparison a hub can ask for: cases a practitioner can read and extend, bad cells, and naive twins."""

from __future__ import annotations

import datetime as dt
from typing import get_args

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import compare as naive

from famlink.linkage.comparison import compare, program_of
from famlink.linkage.encoding import encode
from famlink.linkage.kinds import requested
from famlink.linkage.model import Comparison, Feature, Level, Model, Rule, Stratum, Term
from famlink.linkage.scoring import bars_of, weights_of
from famlink.spec import Kind
from famlink.standardisation.standardise import standardise
from famlink.tables import RECORDS, STANDARDISED

NONE = "not recorded on both sides: no evidence"

CASES = [
    # kind, one cell, the other, what is said
    ("name", "robert", "robert", "town values agree exactly"),
    ("name", "catherine", "katharine", "town values are somewhat alike"),
    ("name", "smith", "smyth", "town values are nearly the same"),
    ("name", "meyer", "maier", "town values sound alike"),
    ("name", "margaret", "margarett", "town values are nearly the same"),
    ("name", "j", "john", "town values: one is the initial of the other"),
    ("name", "ann", "zoe", "town values differ"),
    ("name", "ann", None, NONE),
    ("name", "محمد", "علي", "town values differ"),
    ("text", "leeds", "leeds", "town values agree exactly"),
    ("text", "wetherham", "wetheram", "town values are nearly the same"),
    ("text", "leeds", "york", "town values differ"),
    ("text", "", "york", NONE),
    ("category", "leeds", "leeds", "town values agree"),
    ("category", "leeds", "leedz", "town values differ"),
    ("category", None, "leeds", NONE),
    ("identifier", "ab123456", "ab123456", "town values agree exactly"),
    ("identifier", "ab123456", "ab123465", "town values are one character apart"),
    ("identifier", "ab123456", "zz999999", "town values differ"),
    ("identifier", "ab123456", None, NONE),
    ("number", "12", "12.0", "town values agree"),
    ("number", "12", "13", "town values are one apart"),
    ("number", "12", "16.5", "town values are close"),
    ("number", "12", "-3", "town values differ"),
    ("number", "12", "about twelve", NONE),
    ("number", "12", "nan", NONE),
    ("number", "inf", "inf", NONE),
    ("date", "2012-05-03", "03/05/2012", "town values agree exactly"),
    ("date", "2012-05-03", "2012-03-05", "day and month of town values are exchanged"),
    ("date", "2012-05-13", "2012-05-14", "town values are one digit of the day or month apart"),
    ("date", "2012-05", "2012-05-14", "town values share the month and year"),
    ("date", "2012", "2012-09-30", "town values share the year"),
    ("date", "2012-05-13", "1990-11-28", "town values are over fourteen years apart"),
    ("date", "2012-05-13", "soon", NONE),
    ("date", "2012-05-13", "31/02/2012", NONE),
    ("postcode", "LS1 4AB", "ls14ab", "town values are one postcode"),
    ("postcode", "LS1 4AB", "LS1 4ZZ", "town values share the postcode sector"),
    ("postcode", "LS1 4AB", "LS1 9ZZ", "town values share the postcode area"),
    ("postcode", "LS1 4AB", "LS11 4AB", "town values differ"),
    ("postcode", "LS1 4AB", "Leeds", NONE),
    ("set", "a; b", "b;c", "town: one shared"),
    ("set", "a", "c", "town: none shared"),
    ("set", "a;b", "b; a", "town: two or more shared"),
    ("set", ";", "a", NONE),
]


def merged(*cells: str | None) -> pl.DataFrame:
    """Records as a hub would have them, so that cells are cleaned first."""
    rows = [
        {"agency": "a", "record_id": str(n), "part": 0, "origin": "given", "file": "f", "file_row": n}
        for n in range(len(cells))
    ]
    records = RECORDS.frame(rows).with_columns(pl.Series("extra.town", cells, dtype=pl.String))
    return standardise(records, as_at=dt.date(2026, 6, 1)).rows.with_row_index("row")


def said(frame: pl.DataFrame, comparison: Comparison) -> str:
    model = Model((comparison,), (Rule(("surname",)),), Stratum(0.1))
    encoded = encode(frame, model)
    sides = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    level = int(compare(*sides, encoded=encoded, program=program_of(model.comparisons, encoded))[0, 0])
    bars = bars_of((0, 1), [level], model=model, encoded=encoded, weights=weights_of(model, encoded), stratum=1)
    assert sum(bar.bits for bar in bars) < 60.0
    return bars[1].sentence


@pytest.mark.parametrize(("kind", "one", "other", "words"), CASES)
def test_what_is_said_of_two_cells_either_way_round(kind, one, other, words):
    comparison = requested("extra.town", kind)
    assert said(merged(one, other), comparison) == words
    assert said(merged(other, one), comparison) == words


def test_every_kind_has_its_cases():
    assert {kind for kind, *_ in CASES} == set(get_args(Kind)) - {"distance"}, "distance: test_linkage_sets_places.py"
    for kind in {kind for kind, *_ in CASES}:
        words = {words for of, *_, words in CASES if of == kind}
        assert NONE in words
        assert len(words) > 2


def test_levels_sum_to_one_and_no_sentence_is_there_twice():
    for kind in set(get_args(Kind)) - {"distance"}:
        comparison = requested("extra.town", kind)
        labels = [level.label for level in comparison.levels]
        assert len(labels) == len(set(labels)), kind
        assert all("birth" not in label for label in labels), kind
        for which in ("m", "u"):
            assert sum(getattr(level, which) for level in comparison.levels) == pytest.approx(1.0, abs=0.12), kind


# --- naive twins of operations that no default comparison uses ------------------------------------------------------

WORDS = st.none() | st.text(alphabet="abcd", min_size=1, max_size=7)
NUMBERS = st.none() | st.integers(-30, 30).map(str) | st.sampled_from(["1.5", "x", "2e1"])
DAYS = st.none() | st.dates(dt.date(2019, 1, 1), dt.date(2021, 12, 31)).map(str)


def levels_of(op: str, cuts: tuple[float, ...], cells: list[str | None], *, piece: str = "") -> list[int]:
    levels = tuple(Level(f"grade {n}", ((Term(0, (n,)),),) if n else ()) for n in range(len(cuts) + 1))
    field = f"extra.town{piece}"
    comparison = Comparison("x", "person", (Feature(op, field, field, cuts),), ((Term(0, (-1,)),),), levels)
    rows = [{"agency": "a", "record_id": str(n), "part": 0, "origin": "given"} for n in range(len(cells))]
    frame = STANDARDISED.frame(rows).with_columns(pl.Series("extra.town", cells, dtype=pl.String)).with_row_index("row")
    model = Model((comparison,), (Rule(("surname",)),), Stratum(0.1))
    encoded = encode(frame, model)
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(cells), 1))
    found = compare(left, right, encoded=encoded, program=program_of(model.comparisons, encoded))
    return [int(level) for level in found[:, 0]]


def expected(cells: list[str | None], grade) -> list[int]:
    left, right = np.triu_indices(len(cells), 1)
    return [-1 if cells[i] is None or cells[j] is None else grade(cells[i], cells[j])
            for i, j in zip(left.tolist(), right.tolist(), strict=True)]  # fmt: skip


@given(st.lists(WORDS, min_size=2, max_size=6), st.sampled_from(["jaro", "levenshtein", "damerau"]))
@settings(max_examples=60, deadline=None)
def test_text_operations_with_several_cuts(cells, op):
    cuts = (0.95, 0.8, 0.6) if op == "jaro" else (1.0, 2.0, 4.0)

    def grade(a: str, b: str) -> int:
        if op == "jaro":
            return sum(naive.jaro(a, b) >= cut - 1e-12 for cut in cuts)
        return sum(naive.edits(a, b, swaps=op == "damerau") <= cut for cut in cuts)

    assert levels_of(op, cuts, cells) == expected(cells, grade)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


@given(st.lists(NUMBERS, min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_numbers(cells):
    def grade(a: str, b: str) -> int:
        one, other = _number(a), _number(b)
        return -1 if one is None or other is None else sum(abs(one - other) <= cut for cut in (0.0, 1.0, 5.0))

    assert levels_of("number", (0.0, 1.0, 5.0), cells) == expected(cells, grade)


@given(st.lists(DAYS, min_size=2, max_size=6))
@settings(max_examples=40, deadline=None)
def test_days(cells):
    def grade(a: str, b: str) -> int:
        gap = naive.days_between(dt.date.fromisoformat(a), dt.date.fromisoformat(b))
        return sum(gap <= cut for cut in (1.0, 30.0, 365.0))

    assert levels_of("days", (1.0, 30.0, 365.0), cells, piece=":date") == expected(cells, grade)
