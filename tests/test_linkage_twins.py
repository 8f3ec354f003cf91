"""Twins that no source states: who has one, and what that takes off a weight."""

import numpy as np
import polars as pl
import pytest
from planted import world

from famlink.linkage.model import Model, Stratum
from famlink.linkage.scoring import prior_bits
from famlink.linkage.twins import FULLEST, TWIN, lessened, of_twins, twins_seen
from famlink.pipeline.explaining import LEAST_SHOWN, explain_pair
from famlink.pipeline.run import Run

COLUMNS = ["forename", "date_of_birth", "postcode", "house_number", "street"]


def _seen(rows, labels, columns=COLUMNS):
    frame = pl.DataFrame([row[: len(columns)] for row in rows], schema=columns, orient="row")
    names = frame["forename"].to_list()
    differ = lambda a, b: np.array([names[i] != names[j] for i, j in zip(a, b, strict=True)], dtype=np.bool_)  # noqa: E731
    return twins_seen(frame, np.array(labels), differ=differ).tolist()


def test_one_birthday_at_one_home_and_two_forenames_are_twins():
    rows = [("ann", "2010-01-01", "P1"), ("ben", "2010-01-01", "P1"), ("ann", "2010-01-01", "P1")]
    assert _seen(rows, [0, 1, 0], COLUMNS[:3]) == [[0, 1], [1, 2]]
    assert _seen(rows, [0, 0, 0], COLUMNS[:3]) == []
    assert _seen([rows[0], ("ben", "2010-01-02", "P1")], [0, 1], COLUMNS[:3]) == []
    assert _seen([rows[0], ("ben", "2010-01-01", "P2")], [0, 1], COLUMNS[:3]) == []
    assert _seen([rows[0], ("ann", "2010-01-01", "P1")], [0, 1], COLUMNS[:3]) == []
    assert _seen([rows[0], (None, "2010-01-01", "P1")], [0, 1], COLUMNS[:3]) == []


def test_a_street_stands_for_a_home_only_where_there_are_no_postcodes():
    rows = [("ann", "2010-01-01", None, "4", "high street"), ("ben", "2010-01-01", None, "4", "high street")]
    assert _seen(rows, [0, 1]) == []
    without = pl.DataFrame(rows, schema=COLUMNS, orient="row").drop("postcode")
    assert twins_seen(without, np.array([0, 1]), differ=lambda a, b: np.ones(len(a), dtype=np.bool_)).tolist() == [
        [0, 1]
    ]


def test_an_institution_has_no_twins():
    rows = [(f"n{n}", "2010-01-01", "P1") for n in range(FULLEST + 1)]
    assert _seen(rows, list(range(len(rows))), COLUMNS[:3]) == []


def test_without_births_or_forenames_nobody_is_a_twin():
    frame = pl.DataFrame({"forename": ["ann", "ben"], "postcode": ["P1", "P1"]})
    assert not len(twins_seen(frame, np.array([0, 1]), differ=lambda a, b: np.ones(len(a), dtype=np.bool_)))


def test_all_records_of_a_twin_are_known():
    known = of_twins(np.array([[0, 2]], dtype=np.int32), np.array([0, 0, 2, 3, 2]))
    assert known.tolist() == [True, True, True, False, True]


def test_a_known_twin_is_as_likely_meant_across_agencies():
    model = Model((), (), Stratum(1e-5, (0.0, 1e-6, 0.0, 0.0)), {"a": Stratum(1e-7, (0.0, 1e-6, 0.0, 0.0))})
    bits = np.full((3, 5), 30.0)
    bits[:, TWIN] = [3.0, 12.0, 3.0]
    weight = np.array([20.0, 20.0, 20.0])
    less = lessened(weight, bits, np.array([0, 0, 1], dtype=np.int16), model=model, agencies=("a",))
    # Across agencies prior odds are even: 3 bits speak against the twin, 12 in the second pair.
    assert less[0] == pytest.approx(3.0, abs=1e-4)
    assert less[1] == pytest.approx(12.0, abs=1e-2)
    # Inside an agency that hardly repeats people a second record is the twin's.
    gap = prior_bits(model.within["a"])[TWIN] - prior_bits(model.across)[TWIN]
    assert less[2] == pytest.approx(3.0 - gap, abs=1e-4)
    assert (less <= weight).all()


def test_an_explanation_names_the_twin_and_sums_to_the_weight():
    made = world()
    tables = {"links": made.linked.links, "people": made.linked.people, "shared_relatives": made.linked.shared}
    run = Run(tables=tables, model_text=made.linked.model.to_json(), provenance={})
    told = made.linked.shared.filter(pl.col("twin") < -1.0)
    assert told.height > 5
    for row in told.head(5).iter_rows(named=True):
        left, right = (row["agency_left"], row["record_id_left"]), (row["agency_right"], row["record_id_right"])
        said = explain_pair(made.merged, run, left=left, right=right)
        link = made.linked.links.filter(
            (pl.col("agency_left") == left[0])
            & (pl.col("record_id_left") == left[1])
            & (pl.col("agency_right") == right[0])
            & (pl.col("record_id_right") == right[1])
        )
        assert sum(bar["bits"] for bar in said["bars"]) == pytest.approx(link["match_weight"].item(), abs=1e-9)
        assert [bar["bits"] for bar in said["bars"] if bar["field"] == "twin"] == [
            pytest.approx(row["twin"], abs=LEAST_SHOWN)
        ]
