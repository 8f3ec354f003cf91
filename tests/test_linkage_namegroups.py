"""Names that go together: groups found in the records, kept under hashes, and what they take off a weight."""

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from famlink.backends.local import LocalBackend
from famlink.errors import ModelError
from famlink.linkage.encoding import encode
from famlink.linkage.library import agreement, default_blocking
from famlink.linkage.model import Model, NameGroups, Stratum
from famlink.linkage.namegroups import ENOUGH, group_shares, learn_groups
from famlink.linkage.names import forename, surname
from famlink.linkage.scoring import bars_of

PEOPLE = 6_000
SMALL = 0.1
"""Share of the smaller group of names."""


def _encoded(*, groups: bool, people: int = PEOPLE, seed: int = 3):
    """Records of two groups of names, or of names drawn apart."""
    rng = np.random.default_rng(seed)
    small = rng.random(people) < SMALL
    other = small if groups else rng.random(people) < SMALL
    first = np.where(small, rng.integers(0, 12, people), 100 + rng.integers(0, 60, people))
    last = np.where(other, rng.integers(0, 20, people), 100 + rng.integers(0, 120, people))
    frame = pl.DataFrame(
        {
            "agency": "a",
            "record_id": [str(n) for n in range(people)],
            "origin": "given",
            "forename": [f"f{n}" for n in first],
            "surname": [f"s{n}" for n in last],
            "sex": np.where(first % 2 == 0, "female", "male"),
        }
    )
    comparisons = (
        forename(),
        surname(former=False),
        agreement("sex", "sex", "sexes", origin="person"),
    )
    rules = default_blocking(frozenset({"forename", "surname", "sex"}))
    model = Model(comparisons=comparisons, blocking=rules, across=Stratum(1e-4))
    return encode(frame, model), model


def _times(encoded, groups, one, other):
    """How many times as often as by chance two names go together, by the groups."""
    rows = group_shares(encoded, "forename", groups), group_shares(encoded, "surname", groups)
    places = [encoded.dictionaries[f].to_list().index(name) for f, name in (("forename", one), ("surname", other))]
    return float(rows[0][places[0]] @ rows[1][places[1]])


def test_a_small_group_is_found_and_the_large_one_is_left_alone():
    encoded, _ = _encoded(groups=True)
    groups = learn_groups(encoded)
    assert groups is not None
    assert 0.6 / SMALL < _times(encoded, groups, "f3", "s7") < 1.5 / SMALL
    assert _times(encoded, groups, "f120", "s150") == pytest.approx(1.0 / (1.0 - SMALL), abs=0.1)
    assert _times(encoded, groups, "f3", "s150") < 0.3
    assert learn_groups(encoded) == groups


def test_names_drawn_apart_are_of_one_group():
    encoded, _ = _encoded(groups=False)
    groups = learn_groups(encoded)
    assert groups is not None
    assert groups.shares == (1.0,)
    assert _times(encoded, groups, "f3", "s7") == pytest.approx(1.0)


def test_few_people_teach_nothing():
    assert learn_groups(_encoded(groups=True, people=ENOUGH // 2)[0]) is None


def test_a_name_the_model_does_not_know_goes_with_any_as_by_chance():
    encoded, _ = _encoded(groups=True)
    groups = learn_groups(encoded)
    rest = replace(groups, forenames=dict(list(groups.forenames.items())[:1]))
    rows = group_shares(encoded, "forename", rest) @ group_shares(encoded, "surname", rest).T
    assert (np.abs(rows - 1.0) < 0.05).all(axis=1).sum() >= len(rows) - 1


def test_a_full_name_of_a_small_group_weighs_less_and_the_bars_say_so():
    encoded, model = _encoded(groups=True)
    groups = learn_groups(encoded)
    wise = replace(model, names=groups)
    names = encoded.frame.select("forename", "surname")
    first = (
        names.filter(pl.col("forename").str.len_chars() < 4).group_by("forename", "surname").len().sort("len").row(-1)
    )
    rows = np.flatnonzero(((names["forename"] == first[0]) & (names["surname"] == first[1])).to_numpy())[:2].astype(
        np.int32
    )
    left, right = rows[:1], rows[1:]
    backend = LocalBackend(encoded, model.comparisons, threads=1)
    plain, less = (float(backend.score_pairs(left, right, each)[0, 0]) for each in (model, wise))
    usual = model.comparisons[2].levels[-1].u
    expected = math.log2(_times(encoded, groups, *first[:2])) + math.log2(1.0 / usual)
    assert plain - less == pytest.approx(expected, abs=0.1)
    weights, together = backend.weights(wise)
    levels = backend.levels(left, right)[0].tolist()
    pair = (int(left[0]), int(right[0]))
    bars = bars_of(pair, levels, model=wise, encoded=encoded, weights=weights, stratum=1, together=together)
    assert sum(bar.bits for bar in bars) == pytest.approx(less, abs=1e-9)
    assert [bar.bits < 0 for bar in bars if bar.field == "names"] == [True]


def test_groups_are_kept_in_the_model_under_hashes():
    encoded, model = _encoded(groups=True)
    wise = replace(model, names=learn_groups(encoded))
    text = wise.to_json()
    assert Model.from_json(text) == wise
    assert '"f3"' not in text
    faulty = replace(wise, names=NameGroups((0.5, 0.5), {"0" * 16: "ff"}, {}))
    with pytest.raises(ModelError, match="name groups"):
        Model.from_json(faulty.to_json())
