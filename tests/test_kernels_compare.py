"""The comparison kernel against its naive twin, against rapidfuzz, and whole models pair by pair."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive import compare as naive
from rapidfuzz.distance import OSA, Jaro, JaroWinkler, Levenshtein

from famlink.errors import ModelError
from famlink.kernels import compare as kernel
from famlink.kernels.days import days_of
from famlink.linkage.comparison import (
    bounds_of,
    compare,
    compare_within,
    level_masks,
    program_of,
    seen_for,
    strata_of,
)
from famlink.linkage.encoding import encode, frequencies_of
from famlink.linkage.library import default_comparisons
from famlink.linkage.model import Comparison, Feature, Level, Model, Stratum, Term
from famlink.linkage.scoring import score, weights_of
from famlink.tables import STANDARDISED

SLOW = os.environ.get("NUMBA_DISABLE_JIT") == "1"
if SLOW:
    pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
WORDS = st.text(alphabet="abcdeł", max_size=9)
LONG = st.text(alphabet="abz", min_size=60, max_size=90)
DATES = st.dates(min_value=dt.date(1990, 1, 1), max_value=dt.date(1993, 12, 31))


def points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def joined(a: str, b: str) -> tuple[np.ndarray, int, int, int, int]:
    letters = points(a + b)
    letters.flags.writeable = False
    return letters, 0, len(a), len(a), len(b)


@given(WORDS | LONG, WORDS | LONG)
@settings(max_examples=40 if SLOW else 400, deadline=None)
def test_text_similarity(a: str, b: str) -> None:
    assert kernel.jaro(*joined(a, b), 0.0) == pytest.approx(naive.jaro(a, b), abs=1e-12)
    assert kernel.jaro_winkler(*joined(a, b), 0.0) == pytest.approx(naive.jaro_winkler(a, b), abs=1e-12)
    assert kernel.jaro(*joined(a, b), 0.0) == pytest.approx(Jaro.similarity(a, b), abs=1e-12)
    assert kernel.jaro_winkler(*joined(a, b), 0.0) == pytest.approx(JaroWinkler.similarity(a, b), abs=1e-12)


@given(WORDS | LONG, WORDS | LONG, st.sampled_from([0.6, 0.7, 0.72, 0.8, 0.88, 0.92, 0.95, 1.0]))
@settings(max_examples=40 if SLOW else 400, deadline=None)
def test_a_bound_never_changes_what_reaches_it(a: str, b: str, least: float) -> None:
    for bounded, exact in (
        (kernel.jaro(*joined(a, b), least), naive.jaro(a, b)),
        (kernel.jaro_winkler(*joined(a, b), least), naive.jaro_winkler(a, b)),
    ):
        assert (bounded >= least) == (exact >= least)
        if exact >= least:
            assert bounded == pytest.approx(exact, abs=1e-12)


@given(WORDS, WORDS)
@settings(max_examples=40 if SLOW else 400, deadline=None)
def test_edits(a: str, b: str) -> None:
    for swaps, oracle in ((True, OSA), (False, Levenshtein)):
        far = kernel.edits(*joined(a, b), swaps)
        assert far == naive.edits(a, b, swaps=swaps) == oracle.distance(a, b)
        assert bool(kernel.one_edit(*joined(a, b), swaps)) == (far <= 1)


@given(DATES, DATES, st.sampled_from(["", "d", "md"]))
@settings(max_examples=60 if SLOW else 600, deadline=None)
def test_dates(left: dt.date, right: dt.date, unknown: str) -> None:
    a, b = left.strftime("%Y%m%d"), right.strftime("%Y%m%d")
    if unknown:
        b = b[:6] + "00" if unknown == "d" else b[:4] + "0000"
    assert kernel.date_grade(int(a), int(b)) == naive.date_grade(a, b)
    numbers = days_of(np.array([int(day.strftime("%Y%m%d")) for day in (left, right)], dtype=np.float64))
    assert abs(numbers[0] - numbers[1]) == naive.days_between(left, right)


def test_date_grades_a_practitioner_can_read() -> None:
    cases = {
        ("20120503", "20120503"): 8,
        ("20120503", "20120305"): 7,
        ("20120513", "20120514"): 6,
        ("20120512", "20120521"): 6,
        ("20120513", "20120528"): 5,
        ("20120513", "19980513"): 4,
        ("20120513", "20121128"): 3,
        ("20120513", "20120000"): 2,
        ("20120513", "20120500"): 5,
        ("20120513", "20110728"): 1,
        ("20120513", "19800728"): 0,
    }
    for (a, b), grade in cases.items():
        assert kernel.date_grade(int(a), int(b)) == grade, (a, b)


RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "forename": st.sampled_from([None, "anna", "anne", "hanna", "kim", "lee", "a", "robert", "bob", "rose"]),
            "surname": st.sampled_from([None, "lee", "kim", "smith", "smyth", "smithe"]),
            "middle_names": st.sampled_from([None, "rose", "r"]),
            "date_of_birth": st.none() | DATES,
            "date_of_birth_precision": st.sampled_from(["day", "month", "year", "uncertain"]),
            "sex": st.sampled_from([None, "female", "male"]),
            "former_surnames": st.sampled_from([None, [], ["smith"], ["lee", "kim"]]),
            "nhs_number": st.sampled_from([None, "9434765919", "9434765918", "9434759519"]),
        }
    ),
    min_size=2,
    max_size=7,
)


@given(RECORDS)
@settings(max_examples=15 if SLOW else 80, deadline=None)
def test_whole_comparisons_against_the_naive_twin(rows: list[dict]) -> None:
    frame = STANDARDISED.frame(
        [{"agency": "police", "record_id": f"p{n}", "part": 0, "origin": "given", **row} for n, row in enumerate(rows)]
    )
    present = frozenset(
        {"forename", "surname", "middle_names", "date_of_birth", "sex", "former_surnames", "nhs_number"}
    )
    model = Model(comparisons=default_comparisons(present), blocking=(), across=Stratum(0.1))
    encoded = encode(frame, model)
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(rows), 1))
    found = compare(left, right, encoded=encoded, program=program_of(model.comparisons, encoded))
    again = compare(left, right, encoded=encoded, program=program_of(model.comparisons, encoded))
    assert np.array_equal(found, again)
    for pair, (i, j) in enumerate(zip(left, right, strict=True)):
        for place, comparison in enumerate(model.comparisons):
            grades = [_grade(f, rows[i], rows[j]) for f in comparison.features]
            missing = [[(t.feature, t.grades) for t in terms] for terms in comparison.missing]
            levels = [[[(t.feature, t.grades) for t in terms] for terms in lv.when] for lv in comparison.levels]
            assert found[pair, place] == naive.level(missing, levels, grades), (comparison.name, rows[i], rows[j])


def _text(row: dict, field: str) -> str | None:
    name, _, piece = field.partition(":")
    text = row[name]
    return None if text and piece == "whole" and len(text) == 1 else text


def _digits(row: dict) -> str | None:
    if row["date_of_birth"] is None:
        return None
    text = row["date_of_birth"].strftime("%Y%m%d")
    kept = {"year": 4, "month": 6}.get(row["date_of_birth_precision"], 8)
    return text[:kept].ljust(8, "0")


def _grade(feature, left: dict, right: dict) -> int:
    if feature.op == "overlap":
        a, b = ({row["surname"], *(row["former_surnames"] or [])} - {None} for row in (left, right))
        return -1 if not a or not b else int(bool(a & b))
    if feature.op == "date":
        a, b = _digits(left), _digits(right)
        return -1 if a is None or b is None else naive.date_grade(a, b)
    if feature.op == "days":
        a, b = _digits(left), _digits(right)
        if a is None or b is None:
            return -1
        one, other = (dt.date(int(d[:4]), max(1, int(d[4:6])), max(1, int(d[6:]))) for d in (a, b))
        return sum(naive.days_between(one, other) <= cut for cut in feature.cuts)
    a, b = _text(left, feature.left), _text(right, feature.right)
    if a is None or b is None:
        return -1
    if feature.op == "equal":
        return int(a == b)
    if feature.op == "name":
        forms = {("anna", "anne"), ("anne", "anna"), ("anna", "hanna"), ("hanna", "anna"), ("anne", "hanna")}
        forms |= {("hanna", "anne"), ("robert", "bob"), ("bob", "robert")}
        known = forms if feature.left == "forename" else set()
        return naive.name_grade(a, b, related=known, cuts=feature.cuts)
    if feature.op == "damerau":
        return int(naive.edits(a, b, swaps=True) <= 1)
    if feature.op == "spelling":
        return naive.spelling_grade(a, b, cuts=feature.cuts)
    similarity = naive.jaro_winkler(a, b)
    return next((len(feature.cuts) - n for n, cut in enumerate(feature.cuts) if similarity >= cut), 0)


def test_ten_thousand_letters_are_bounded_work() -> None:
    long = "a" * 10_000
    rows = [
        {
            "agency": "a",
            "record_id": str(n),
            "part": 0,
            "origin": "given",
            "forename": long + "b" * n,
            "surname": "x" * n,
        }
        for n in range(3)
    ]
    model = Model(default_comparisons(frozenset({"forename"})), (), Stratum(0.1))
    encoded = encode(STANDARDISED.frame(rows), model)
    assert len(encoded.values.letters) < 2_000
    sides = np.array([0, 0], dtype=np.int32), np.array([1, 2], dtype=np.int32)
    levels = compare(*sides, encoded=encoded, program=program_of(model.comparisons, encoded))
    assert levels[:, 0].tolist() == [3, 3]


def test_column_of_other_scripts() -> None:
    rows = [
        {"agency": "a", "record_id": str(n), "part": 0, "origin": "given", "forename": name}
        for n, name in enumerate(["Łukasz", "Łukasx", "Zoë", "Zoé", "محمد"])
    ]
    model = Model(default_comparisons(frozenset({"forename"})), (), Stratum(0.1))
    encoded = encode(STANDARDISED.frame(rows), model)
    sides = np.array([0, 2, 0], dtype=np.int32), np.array([1, 3, 4], dtype=np.int32)
    levels = compare(*sides, encoded=encoded, program=program_of(model.comparisons, encoded))[:, 0].tolist()
    expected = [
        3 if JaroWinkler.similarity(a, b) >= 0.92 or OSA.distance(a, b) == 1 else 0
        for a, b in (("Łukasz", "Łukasx"), ("Zoë", "Zoé"), ("Łukasz", "محمد"))
    ]
    assert expected == [3, 3, 0]
    assert levels == expected
    assert isinstance(encoded.dictionaries["forename"], pl.Series)


@given(RECORDS, st.sampled_from([-30.0, -12.0, -3.0, 4.0]))
@settings(max_examples=15 if SLOW else 80, deadline=None)
def test_a_bound_leaves_out_only_pairs_that_fall_short(rows: list[dict], least: float) -> None:
    agencies = ["police", "school"]
    frame = STANDARDISED.frame(
        [
            {"agency": agencies[n % 2], "record_id": f"p{n}", "part": 0, "origin": "given", **row}
            for n, row in enumerate(rows)
        ]
    )
    present = frozenset(
        {"forename", "surname", "middle_names", "date_of_birth", "sex", "former_surnames", "nhs_number"}
    )
    model = Model(comparisons=default_comparisons(present), blocking=(), across=Stratum(0.01))
    encoded = encode(frame, model)
    counted = {name: frequencies_of(encoded, name) for name in ("forename", "surname", "date_of_birth")}
    model = replace(model, frequencies=counted)
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(rows), 1))
    program = program_of(model.comparisons, encoded)
    weights = weights_of(model, encoded)
    bounds = bounds_of(program, weights, comparisons=model.comparisons, cut_short=encoded.cut_short, least=least)
    kept = compare_within(
        left, right, encoded=encoded, program=program, bounds=bounds, seen=seen_for(program, states=2)
    )
    levels = compare(left, right, encoded=encoded, program=program)
    strata = strata_of(left, right, encoded=encoded)
    bits = score(left, right, levels, strata, encoded=encoded, weights=weights)[:, 0]
    found = {
        (i, j): row for i, j, row in zip(kept.left.tolist(), kept.right.tolist(), kept.levels.tolist(), strict=True)
    }
    for pair, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if (i, j) in found:
            assert found[i, j] == levels[pair].tolist()
        else:
            assert bits[pair] < least
    assert left.tolist() == np.triu_indices(len(rows), 1)[0].tolist()


def test_a_comparison_of_too_many_grades_is_refused() -> None:
    features = tuple(Feature("name", field, field, (0.9, 0.8)) for field in ("forename", "surname") for _ in range(4))
    levels = (Level("differ"), Level("agree", ((Term(0, (5,)),),)))
    comparison = Comparison("names", "person", features, ((Term(0, (-1,)),),), levels)
    with pytest.raises(ModelError, match="too many grades"):
        level_masks(comparison)
