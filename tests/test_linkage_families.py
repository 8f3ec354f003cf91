"""Family evidence: who shares a relative, what its priors learn, and one-to-one assignment between two families."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naive.assignment import marginals, shared_marginals
from planted import world

from famlink.kernels.assignment import assign
from famlink.linkage.assignment import FAINT, competition
from famlink.linkage.clustering import Bonds
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
from famlink.pipeline.aligning import _barred
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


def _assigned(edges, weights, doubts=()):
    """What the kernel takes off the edges of one block; doubts are (one, other, bits), the likeliest first."""
    out = np.empty(len(edges))
    one, other, bits = (np.array([d[n] for d in doubts], dtype=(np.int64, np.int64, float)[n]) for n in range(3))
    rows, columns = (np.array([edge[n] for edge in edges], dtype=np.int64) for n in range(2))
    block = np.array([0, len(edges)])
    assign((block, rows, columns, np.array(weights)), (np.array([0, len(doubts)]), one, other, bits), FAINT, out)
    return out


_BITS = st.lists(st.floats(-12, 12, allow_nan=False), min_size=12, max_size=12)
_KEPT = st.lists(st.booleans(), min_size=12, max_size=12)


@given(st.integers(1, 3), st.integers(1, 4), _BITS, _KEPT)
@settings(max_examples=60, deadline=None)
def test_assignment_is_the_marginal_over_all_matchings(rows, columns, bits, kept):
    edges = [(r, c) for r in range(rows) for c in range(columns) if kept[r * 4 + c]] or [(0, 0)]
    weights = np.array([bits[r * 4 + c] for r, c in edges])
    exact = marginals({edge: 2.0**w for edge, w in zip(edges, weights, strict=True)})
    for edge, weight, penalty in zip(edges, weights, _assigned(edges, weights), strict=True):
        share = exact[edge]
        assert 2.0 ** (weight + penalty) == pytest.approx(share / (1 - share), rel=1e-6)


@given(
    st.integers(1, 3),
    st.integers(1, 3),
    _BITS,
    st.lists(st.floats(-12, 12, allow_nan=False), min_size=9, max_size=9),
    _KEPT,
    st.sets(st.integers(0, 11), max_size=4),
)
@settings(max_examples=40, deadline=None)
def test_records_that_may_be_one_person_share_a_counterpart_as_far_as_they_are(rows, columns, bits, same, kept, absent):
    edges = [(r, c) for r in range(rows) for c in range(columns) if r * 4 + c not in absent] or [(0, 0)]
    rows, columns = 1 + max(r for r, _ in edges), 1 + max(c for _, c in edges)
    weights = np.array([bits[r * 4 + c] for r, c in edges])
    pairs = [(0, 1), (0, 2), (1, 2)]
    ours = {pair: b for pair, b, k in zip(pairs, same, kept, strict=False) if k and pair[1] < rows}
    theirs = {pair: b for pair, b, k in zip(pairs, same[3:], kept[3:], strict=False) if k and pair[1] < columns}
    doubts = [(*pair, b) for pair, b in ours.items()]
    doubts += [(one + rows, other + rows, b) for (one, other), b in theirs.items()]
    taken = _assigned(edges, weights, sorted(doubts, key=lambda doubt: -doubt[2]))
    exact = shared_marginals(
        {edge: 2.0**w for edge, w in zip(edges, weights, strict=True)},
        {pair: 2.0**b for pair, b in ours.items()},
        {pair: 2.0**b for pair, b in theirs.items()},
        2.0**FAINT,
    )
    for edge, weight, penalty in zip(edges, weights, taken, strict=True):
        # A record is never likelier somebody for its fellow's sake: assignment only takes off.
        assert penalty == pytest.approx(min(0.0, math.log2(exact[edge] / (1 - exact[edge])) - weight), abs=1e-6)


@given(st.integers(1, 3), st.integers(1, 4), _BITS)
@settings(max_examples=40, deadline=None)
def test_hopeless_doubts_leave_assignment_one_to_one(rows, columns, bits):
    edges = [(r, c) for r in range(rows) for c in range(columns)]
    weights = np.array([bits[r * 4 + c] for r, c in edges])
    doubts = [(one, other, -60.0) for other in range(rows) for one in range(other)][:6]
    plain = _assigned(edges, weights)
    assert _assigned(edges, weights, doubts) == pytest.approx(plain, abs=1e-6)
    assert marginals({(0, 0): 2.0}) == shared_marginals({(0, 0): 2.0}, {}, {}, 2.0**FAINT)


def test_a_sure_duplicate_is_not_pushed_off_by_the_fuller_record():
    edges, weights = [(0, 0), (1, 0), (1, 1)], [25.0, 4.0, 3.0]
    alone = _assigned(edges, weights)
    assert alone[1] < -20
    shared = _assigned(edges, weights, [(0, 1, 20.0)])
    assert shared[1] == pytest.approx(0.0, abs=1e-3)
    assert shared[0] == 0.0
    assert shared[2] < -15, "its fellow's counterpart is its own, and it has no other"
    unsure = _assigned(edges, weights, [(0, 1, -2.0)])
    # One person with its fellow: -2 bits of odds and its own 4; else its fellow's counterpart is taken, and it is whoever is left.
    assert unsure[1] + weights[1] == pytest.approx(-2.0 + 4.0 - math.log2(1 + 2.0**3), abs=0.01)


def test_beyond_six_a_side_a_duplicate_is_no_rival_either():
    n = 8
    edges = [(r, c) for r in range(n) for c in range(n)]
    weights = [12.0 if r == c or (r, c) == (1, 0) else -8.0 for r, c in edges]
    place = edges.index((0, 0))
    rivals = _assigned(edges, weights)
    assert rivals[place] < -10
    shared = _assigned(edges, weights, [(0, 1, 20.0)])
    assert shared[place] > -0.2
    columns = [(c, r) for r, c in edges]
    assert _assigned(columns, weights, [(n, n + 1, 20.0)]) == pytest.approx(shared)


def test_beyond_six_a_side_the_first_terms_still_take_off():
    n = 8
    edges = [(r, c) for r in range(n) for c in range(n)]
    own = np.array([r == c for r, c in edges])
    bits = np.where(own, 10.0, 0.0)
    out = _assigned(edges, bits)
    assert (out <= 0).all()
    assert out[own].max() - out[own].min() < 1e-9
    assert (bits + out)[~own].max() < -9
    assert (bits + out)[own].min() > 5


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


def _duplicate(bits):
    """A full and a thin record of one agency, both like one record of another; how like each other they are, in bits."""
    pairs = Shared(np.array([0, 0, 1], np.int32), np.array([1, 2, 2], np.int32), np.zeros(3, np.int64))
    return pairs, np.array([bits, 25.0, 4.0]), np.array([0, 0, 1], dtype=np.int16)


def test_what_may_be_one_person_of_one_agency_does_not_compete():
    for bits, least, most in ((20.0, -0.01, 0.0), (-20.0, -30.0, -20.0), (-8.0, -8.1, -7.9)):
        pairs, weight, agency = _duplicate(bits)
        taken = competition(pairs, weight, labels=np.arange(3), agency=agency, named=np.zeros(3, dtype=np.bool_))
        assert taken[0] == 0.0
        assert least <= taken[2] <= most


def test_what_every_record_of_two_people_says_decides_whether_they_may_be_one():
    # Row 3 is a second record of row 0's person; it is like the thin record or not.
    pairs = Shared(np.array([0, 0, 1, 1], np.int32), np.array([1, 2, 2, 3], np.int32), np.zeros(4, np.int64))
    agency, labels = np.array([0, 0, 1, 0], dtype=np.int16), np.array([0, 1, 2, 0])
    for other, pushed in ((3.0, False), (-40.0, True)):
        weight = np.array([5.0, 25.0, 4.0, other])
        taken = competition(pairs, weight, labels=labels, agency=agency, named=np.zeros(4, dtype=np.bool_))
        assert (taken[2] < -20) == pushed


def test_two_people_of_one_agency_who_are_known_to_be_two_never_share_a_counterpart():
    pairs, weight, agency = _duplicate(20.0)
    two, nobody = np.array([[0, 1]], dtype=np.int32), np.zeros((0, 2), dtype=np.int32)
    nowhere, attested = np.full(3, -1, dtype=np.int16), np.array([0, 0, -1], dtype=np.int16)
    for never, apart, barred in ((nobody, nowhere, False), (two, nowhere, True), (nobody, attested, True)):
        bonds = Bonds(never=never, always=nobody, apart=apart)
        found = _barred(pairs, np.arange(3), bonds, agency=agency)
        assert found.tolist() == [barred, False, False]
        taken = competition(
            pairs, weight, labels=np.arange(3), agency=agency, named=np.zeros(3, dtype=np.bool_), barred=found
        )
        assert (taken[2] < -20) == barred


def test_a_person_in_words_is_either_of_two_records_that_are_one():
    pairs = Shared(np.array([0, 0, 1], np.int32), np.array([1, 2, 2], np.int32), np.zeros(3, np.int64))
    agency, named = np.array([0, 1, 1], dtype=np.int16), np.array([True, False, False])
    weight = np.array([9.0, 9.0, 20.0])
    assert competition(pairs, weight, labels=np.arange(3), agency=agency, named=named)[:2] == pytest.approx(0, abs=0.01)
    weight[2] = -20.0
    assert (competition(pairs, weight, labels=np.arange(3), agency=agency, named=named)[:2] < -8).all()
