"""Family evidence: who shares a relative, what its priors learn, and one-to-one assignment between two families."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive.assignment import marginals
from planted import world

from famlink.kernels.assignment import assign
from famlink.linkage.assignment import competition
from famlink.linkage.encoding import encode
from famlink.linkage.families import (
    KIN,
    MOST,
    START,
    Shared,
    family_priors,
    family_weights,
    kinds,
    learn_families,
    related,
    shared,
    told,
)
from famlink.linkage.scoring import bars_of, weights_of
from famlink.pipeline.aligning import _maybe_one
from famlink.pipeline.explaining import explain_pair
from famlink.pipeline.run import Run
from famlink.tables import TIES


def _frame(rows):
    return pl.DataFrame(rows, schema=["agency", "record_id", "household_id"], orient="row")


def _ties(rows):
    rows = [
        {
            "agency": a,
            "record_id": one,
            "relative_record_id": other,
            "relationship": said,
            "file": "t.csv",
            "file_row": n,
        }
        for n, (a, one, other, said) in enumerate(rows, start=1)
    ]
    return TIES.frame(rows)


FAMILY = _frame(
    [
        ("a", "child", None),
        ("a", "mother", None),
        ("b", "child", "h1"),
        ("b", "mother", "h1"),
        ("b", "lodger", "h1"),
    ]
)
TOLD = _ties([("a", "child", "mother", "mother"), ("b", "child", "mother", "mother")])


def test_a_tie_is_read_from_both_sides_and_a_household_where_nothing_closer_is_stated():
    known = related(FAMILY, TOLD)
    roles = {(int(a), int(b)): int(r) for a, b, r in zip(known.record, known.relative, known.role, strict=True)}
    assert roles[0, 1] == 0  # the mother is parent of the child
    assert roles[1, 0] == 1
    assert roles[2, 3] == 0  # stated, though both are of one household
    assert roles[2, 4] == 5
    assert (0, 4) not in roles


def test_two_mothers_of_one_child_share_it():
    known = related(FAMILY, TOLD)
    labels = np.array([0, 1, 0, 3, 4], dtype=np.int64)  # the two children are one person
    agency = np.array([0, 0, 1, 1, 1], dtype=np.int16)
    named = np.array([False, True, False, False, False])
    pairs = shared(known, labels, agency=agency, named=named)
    found = {(int(a), int(b)): kinds()[k] for a, b, k in zip(pairs.left, pairs.right, pairs.kind, strict=True)}
    assert found[1, 3] == "parent+parent across named"
    assert found[1, 4] == "parent+household across named"
    assert (0, 2) not in found, "a pair that is one person already is no relative of itself"


def test_nothing_is_shared_where_nobody_is_found_twice():
    known = related(FAMILY, TOLD)
    apart = shared(
        known, np.arange(5), agency=np.array([0, 0, 1, 1, 1], dtype=np.int16), named=np.zeros(5, dtype=np.bool_)
    )
    assert all(int(a) > 1 and int(b) > 1 for a, b in zip(apart.left, apart.right, strict=True))


@given(
    st.integers(1, 3),
    st.integers(1, 4),
    st.lists(st.floats(-12, 12, allow_nan=False), min_size=12, max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
)
@settings(max_examples=60, deadline=None)
def test_assignment_is_the_marginal_over_all_matchings(rows, columns, bits, kept):
    edges = [(r, c) for r in range(rows) for c in range(columns) if kept[r * 4 + c]] or [(0, 0)]
    weights = np.array([bits[r * 4 + c] for r, c in edges])
    out = np.empty(len(edges))
    assign(np.array([0, len(edges)]), np.array([r for r, _ in edges]), np.array([c for _, c in edges]), weights, out)
    exact = marginals({edge: 2.0**w for edge, w in zip(edges, weights, strict=True)})
    for edge, weight, penalty in zip(edges, weights, out, strict=True):
        share = exact[edge]
        assert 2.0 ** (weight + penalty) == pytest.approx(share / (1 - share), rel=1e-6)


def test_beyond_six_a_side_the_first_terms_still_take_off():
    n = 8
    rows, columns = (np.repeat(np.arange(n), n), np.tile(np.arange(n), n))
    bits = np.where(rows == columns, 10.0, 0.0)
    out = np.empty(n * n)
    assign(np.array([0, n * n]), rows, columns, bits, out)
    assert (out <= 0).all()
    assert out[rows == columns].max() - out[rows == columns].min() < 1e-9
    assert (bits + out)[rows != columns].max() < -9
    assert (bits + out)[rows == columns].min() > 5


def test_a_child_with_a_plain_counterpart_is_not_also_its_sister():
    pairs = Shared(
        np.array([0, 0, 1, 1], dtype=np.int32),
        np.array([2, 3, 2, 3], dtype=np.int32),
        np.zeros(4, dtype=np.int64),
    )
    weight = np.array([12.0, 3.0, 3.0, 12.0])
    agency = np.array([0, 0, 1, 1], dtype=np.int16)
    taken = competition(pairs, weight, labels=np.arange(4), agency=agency, named=np.zeros(4, dtype=np.bool_))
    assert taken[0] == pytest.approx(0.0, abs=0.1)
    assert taken[1] < -15
    # Two records of one agency that are one person already do not stand in each other's way.
    one = competition(
        pairs, np.full(4, 9.0), labels=np.array([0, 1, 2, 2]), agency=agency, named=np.zeros(4, dtype=np.bool_)
    )
    assert one[0] == one[1]


def test_people_in_words_do_not_stand_in_each_others_way():
    pairs = Shared(np.array([0, 1], dtype=np.int32), np.array([2, 2], dtype=np.int32), np.zeros(2, dtype=np.int64))
    agency = np.array([0, 0, 1], dtype=np.int16)
    named = np.array([True, True, False])
    assert competition(pairs, np.array([9.0, 9.0]), labels=np.arange(3), agency=agency, named=named).tolist() == [0, 0]
    said = ~named
    said[:] = False
    assert (competition(pairs, np.array([9.0, 9.0]), labels=np.arange(3), agency=agency, named=said) < -0.9).all()


def test_priors_are_learnt_and_never_link_alone():
    made = world()
    rng = np.random.default_rng(5)
    same = rng.random(4000) < 0.97
    bits = np.where(same[:, None], rng.normal(12, 2, (4000, 5)), rng.normal(-12, 2, (4000, 5)))
    pairs = Shared(np.zeros(4000, np.int32), np.ones(4000, np.int32), np.zeros(4000, np.int64))
    model = learn_families(made.linked.model, pairs, bits)
    prior = model.families[kinds()[0]]
    assert sum(prior) == pytest.approx(1.0)
    assert prior[0] == pytest.approx(MOST)
    rare = learn_families(made.linked.model, pairs, -np.abs(bits))
    assert rare.families[kinds()[0]][0] < 0.01
    nothing = family_weights(model, pairs.kind[:1], np.zeros((1, 5)))[0]
    assert nothing == pytest.approx(math.log2(MOST / (1 - MOST)), abs=1e-9)
    assert nothing < math.log2(0.95 / 0.05)


def test_a_kind_no_model_knows_has_the_priors_kinds_start_from():
    priors = family_priors(world().linked.model)
    known = world().linked.model.families
    unknown = [n for n, name in enumerate(kinds()) if name not in known]
    assert unknown
    assert priors[unknown[0]] == pytest.approx(np.log2(np.array(START[1:]) / START[0]))
    assert priors.shape == (len(kinds()), 1 + len(KIN))


def test_class_bits_are_the_sums_that_the_bars_explain():
    made = world()
    model = made.linked.model
    encoded = encode(made.merged, model)
    from famlink.backends.local import LocalBackend

    backend = LocalBackend(encoded, model.comparisons, threads=1)
    left = np.arange(0, 40, dtype=np.int32)
    right = left + 40
    bits = backend.class_bits(left, right, model)
    weights = weights_of(model, encoded)
    levels = backend.levels(left, right)
    for n in range(len(left)):
        bars = bars_of(
            (int(left[n]), int(right[n])), levels[n].tolist(), model=model, encoded=encoded, weights=weights, stratum=0
        )
        own = sum(bar.bits for bar in bars if bar.origin in ("person", "family") and bar.field != "kin")
        assert bits[n, 0] == pytest.approx(own, abs=1e-9)


def test_an_explanation_names_the_shared_relative_and_sums_to_the_weight():
    made = world()
    run = Run(
        tables={"links": made.linked.links, "people": made.linked.people, "shared_relatives": made.linked.shared},
        model_text=made.linked.model.to_json(),
        provenance={},
    )
    assert made.linked.shared.height > 100
    for row in made.linked.shared.drop_nulls("shared").sample(20, seed=7).iter_rows(named=True):
        left, right = (row["agency_left"], row["record_id_left"]), (row["agency_right"], row["record_id_right"])
        said = explain_pair(made.merged, run, left=left, right=right)
        link = made.linked.links.filter(
            (pl.col("agency_left") == left[0])
            & (pl.col("record_id_left") == left[1])
            & (pl.col("agency_right") == right[0])
            & (pl.col("record_id_right") == right[1])
        )
        assert said["match_weight"] == pytest.approx(link["match_weight"].item(), abs=1e-9)
        bar = next(bar for bar in said["bars"] if bar["field"] == "shared relatives")
        assert (bar["origin"], bar["sentence"]) == ("relation", told(row["shared"]))


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_a_sentence(kind):
    assert "one person" in told(kind) or "same person" in told(kind)


def test_what_may_be_one_person_of_one_agency_does_not_compete():
    pairs = Shared(
        np.array([0, 0, 1], dtype=np.int32), np.array([1, 2, 2], dtype=np.int32), np.zeros(3, dtype=np.int64)
    )
    agency = np.array([0, 0, 1], dtype=np.int16)
    likely = _maybe_one(pairs, np.array([1.0, 9.0, 9.0]), np.arange(3), agency=agency)
    assert likely.tolist() == [0, 0, 2]
    assert _maybe_one(pairs, np.array([-9.0, 9.0, 9.0]), np.arange(3), agency=agency).tolist() == [0, 1, 2]
