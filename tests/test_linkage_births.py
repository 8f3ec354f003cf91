"""A child awaited and the same agency's record of the born child: a kind of pair with priors of its own."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import famlink as fl
from famlink.errors import ModelError
from famlink.linkage.blocking import block
from famlink.linkage.comparison import compare_within, program_of, seen_for, strata_of, unbounded
from famlink.linkage.encoding import encode
from famlink.linkage.estimation import PSEUDO_BIRTHS, Counted, learn_priors
from famlink.linkage.families import KIN, START, TWIN, Related, Shared, family_priors, kinds, learn_families, shared
from famlink.linkage.library import default_blocking, default_comparisons
from famlink.linkage.model import Comparison, Level, Model, Rule, Stratum

DAY = dt.date(2024, 3, 1)
PARTS = [f"{a}{b}" for a in "bdfgklmnprstvw" for b in ("an", "el", "ir", "os", "ud")]


def model_of(**more) -> Model:
    present = frozenset({"forename", "surname", "date_of_birth", "expected_date_of_birth"})
    return Model(default_comparisons(present), (Rule(("surname",)),), Stratum(1e-4), **more)


def records(rows) -> pl.DataFrame:
    """Records of (agency, born, due)."""
    return pl.DataFrame(
        {
            "agency": [agency for agency, _, _ in rows],
            "record_id": [str(n) for n in range(len(rows))],
            "forename": pl.Series(["ann" if born else None for _, born, _ in rows], dtype=pl.String),
            "surname": ["lee"] * len(rows),
            "date_of_birth": pl.Series([DAY if born else None for _, born, _ in rows], dtype=pl.Date),
            "expected_date_of_birth": pl.Series([DAY if due else None for _, _, due in rows], dtype=pl.Date),
        }
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans(), st.booleans()), min_size=2, max_size=12))
def test_the_stratum_of_a_pair(rows):
    model = model_of()
    encoded = encode(records(rows), model)
    left, right = (side.astype(np.int32) for side in np.triu_indices(len(rows), 1))
    agencies = sorted({agency for agency, _, _ in rows})
    meant = []
    for i, j in zip(left, right, strict=True):
        (ours, born, due), (theirs, born_too, due_too) = rows[i], rows[j]
        place = 1 + agencies.index(ours) if ours == theirs else 0
        awaited = (due and not born and born_too) or (due_too and not born_too and born)
        meant.append(place + len(agencies) * (place > 0 and awaited))
    assert strata_of(left, right, encoded=encoded).tolist() == meant
    assert max(meant) < encoded.strata == 1 + len(agencies) * (1 + any(due and not born for _, born, due in rows))
    program = program_of(model.comparisons, encoded)
    told = compare_within(left, right, encoded=encoded, program=program, bounds=unbounded(), seen=seen_for(program))
    assert told.strata.tolist() == meant


def test_where_births_awaited_are_not_compared_there_is_no_such_kind():
    model = Model(default_comparisons(frozenset({"surname", "date_of_birth"})), (Rule(("surname",)),), Stratum(1e-4))
    encoded = encode(records([("a", True, False), ("a", False, True)]), model)
    assert (encoded.strata, encoded.groups.tolist()) == (2, [0, 0])


SURE = Comparison("sure", "person", (), (), (Level("no", m=1e-6, u=1.0), Level("yes", m=1.0, u=1e-9)))


def learnt(found, *, awaiting, born=(1000.0, 1000.0), distinct=(False, False)) -> Model:
    """Priors of two agencies, of which so many children awaited are found again, each a sure match."""
    births = [0.0 if out else a * b for a, b, out in zip(awaiting, born, distinct, strict=True)]
    pairs = [2e6, 5e5, 5e5, *births]
    counted = Counted(np.ones((2, 1), dtype=np.int8), np.array([3, 4], dtype=np.int64), np.array(found, dtype=np.int64))
    model = Model((SURE,), (Rule(("surname",)),), Stratum(1e-4))
    relatives = np.array([1.1, 0.03, 1.3, 0.4])
    return learn_priors(
        model, counted, pairs=pairs, relatives=relatives, agencies=("a", "b"), awaiting=np.array(awaiting)
    )


def test_the_share_of_children_found_again_is_learnt():
    model = learnt([800, 400], awaiting=[1000.0, 1000.0])
    assert model.births["a"].match * 1000.0 == pytest.approx(0.8, abs=0.01)
    assert model.births["b"].match * 1000.0 == pytest.approx(0.4, abs=0.01)
    assert model.births["a"].match > 100.0 * model.within["a"].match


def test_few_records_are_drawn_to_what_all_agencies_say():
    model = learnt([900, 0], awaiting=[1000.0, 2.0])
    pooled = 902.0 / 1006.0
    assert model.births["b"].match * 1000.0 == pytest.approx(PSEUDO_BIRTHS * pooled / (2.0 + PSEUDO_BIRTHS), rel=0.01)
    alone = learnt([0, 0], awaiting=[1.0, 0.0])
    assert 0.3 < alone.births["a"].match * 1000.0 < 0.5, "hardly anything known: near the shipped half"


def test_agencies_without_and_agencies_that_attest_have_none():
    assert set(learnt([5, 0], awaiting=[10.0, 0.0]).births) == {"a"}
    assert set(learnt([5, 0], awaiting=[10.0, 10.0], distinct=(False, True)).births) == {"a"}


def test_kin_of_a_child_awaited():
    model = learnt([800, 400], awaiting=[1000.0, 1000.0])
    own, usual = model.births["a"].kin, model.within["a"].kin
    assert own[:3] == pytest.approx(usual[:3])
    assert (usual[3] > 0.0, own[3]) == (True, 0.0)
    assert own[1] < 0.05 * model.births["a"].match, "twins are rare among them"


def test_the_model_keeps_them_and_reads_files_without():
    model = model_of(within={"a": Stratum(1e-6)}, births={"a": Stratum(1e-4, (1e-5, 1e-6, 1e-5, 0.0))})
    assert Model.from_json(model.to_json()) == model
    assert [stratum.match for stratum in model.strata(("a", "b"))] == [1e-4, 1e-6, 1e-4, 1e-4, 1e-4]
    older = json.loads(model.to_json())
    del older["births"]
    read = Model.from_json(json.dumps(older))
    assert read.births == {}
    assert [stratum.match for stratum in read.strata(("a",))] == [1e-4, 1e-6, 1e-6]
    assert "births" not in json.loads(read.to_json())
    older["births"] = {"a": {"match": 2.0, "kin": [0, 0, 0, 0]}}
    with pytest.raises(ModelError, match="births a"):
        Model.from_json(json.dumps(older))


CHILDREN = kinds().index("child+child birth given")


def test_sharing_a_relative_is_told_apart_for_them():
    labels, agency = np.arange(4), np.zeros(4, dtype=np.int16)
    known = Related(np.array([3, 3, 3], dtype=np.int32), np.array([0, 1, 2], dtype=np.int32), np.full(3, 1, np.int8))
    births = lambda a, b: (a == 0) | (b == 0)  # noqa: E731
    named = np.zeros(4, dtype=np.bool_)
    told = shared(known, labels, agency=agency, named=named, births=births)
    names = [(int(a), int(b), kinds()[kind]) for a, b, kind in zip(told.left, told.right, told.kind, strict=True)]
    assert names == [
        (0, 1, "child+child birth given"),
        (0, 2, "child+child birth given"),
        (1, 2, "child+child within given"),
    ]


def test_twins_among_them_are_as_rare_as_twins_are():
    rate = 0.03
    model = model_of(births={"a": Stratum(1e-4, (1e-5, rate * 1e-4, 1e-5, 0.0))})
    # Every pair is as much a twin's as the child's own: EM alone would leave the two where they began.
    bits = np.full((400, 1 + len(KIN)), 20.0)
    bits[:, TWIN] = -1.0
    bits[200:, 1] = -20.0
    pairs = Shared(
        np.arange(400, dtype=np.int32), np.arange(1, 401, dtype=np.int32), np.full(400, CHILDREN, dtype=np.int16)
    )
    prior = learn_families(model, pairs, bits).families["child+child birth given"]
    assert prior[1 + TWIN] == pytest.approx(rate * prior[0])
    assert 0.4 < prior[0] < 0.6
    assert sum(prior) == pytest.approx(1.0)


def test_a_model_without_births_has_the_usual_priors_for_them():
    usual = (0.05, 0.01, 0.9, 0.02, 0.01, 0.01)
    rows = family_priors(model_of(families={"child+child within given": usual}))
    assert rows[CHILDREN].tolist() == rows[kinds().index("child+child within given")].tolist()
    newer = model_of(families={"child+child within given": usual}, births={"a": Stratum(1e-4)})
    assert family_priors(newer)[CHILDREN] == pytest.approx(np.log2(np.array(START[1:]) / START[0]))


def name(number: int, step: int) -> str:
    """One of 4,900 names, spread so that neighbours have nothing in common."""
    place = number * step % 4_900
    return (PARTS[place % 70] + PARTS[place // 70]).title()


CASES = ("born", "born", "born", "awaited", "lost", *["childless"] * 5)
"""What became of the child a family awaited, family by family."""
RARE = {500: "twins", 501: "early", 502: "twins", 503: "early", 504: "three weeks", 505: "three weeks"}


class Town:
    """Families one agency knows: a mother, an older child, and perhaps a child awaited and what became of it."""

    def __init__(self) -> None:
        self.people: list[dict[str, str | None]] = []
        self.ties: list[dict[str, str]] = []
        for n in range(506):
            self.family(n, RARE.get(n, CASES[n % len(CASES)]))

    def add(
        self, family: int, role: str, forename: str | None, born: dt.date | None, due: dt.date | None = None
    ) -> None:
        self.people.append(
            {
                "record_id": f"{role}{family}",
                "forename": forename,
                "surname": name(family, 2_003),
                "date_of_birth": born and born.isoformat(),
                "expected_date_of_birth": due and due.isoformat(),
                "address": f"{family % 90 + 1} {name(family // 90, 307)} Street",
                "postcode": f"NS{family // 90 + 1} {family % 9 + 1}A{chr(65 + family % 90 // 9)}",
            }
        )
        if role != "mother":
            self.ties.append(
                {"record_id": f"{role}{family}", "related_record_id": f"mother{family}", "relationship": "Mother"}
            )

    def family(self, n: int, case: str) -> None:
        due = dt.date(2024, 1, 5) + dt.timedelta(days=n % 300)
        later = {"lost": 350 + n % 60, "early": -49, "three weeks": -21}.get(case, -(n % 15))
        self.add(n, "mother", name(n, 3_001), dt.date(1970, 1, 2) + dt.timedelta(days=29 * n % 9_000))
        self.add(n, "older", name(n, 4_001), dt.date(2015, 1, 2) + dt.timedelta(days=31 * n % 2_000))
        if case != "childless":
            self.add(n, "awaited", None, None, due)
        if case not in ("childless", "awaited"):
            self.add(n, "born", name(n, 1_009), due + dt.timedelta(days=later))
        if case == "twins":
            self.add(n, "twin", name(n, 1_511), due + dt.timedelta(days=later))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    town = Town()
    source = fl.Source(agency="health", people=pl.DataFrame(town.people), relationships=pl.DataFrame(town.ties))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("town"))  # explaining is audited there
        return fl.link(fl.Hub(sources=[source]))


def families(case: str) -> list[int]:
    return [n for n in range(506) if RARE.get(n, CASES[n % len(CASES)]) == case]


def one(run, left: str, right: str) -> bool:
    return run.person_of("health", left) == run.person_of("health", right)


def verdict(run, left: str, right: str) -> str | None:
    found = run.links.filter(
        pl.col("record_id_left").is_in([left, right]) & pl.col("record_id_right").is_in([left, right])
    )
    return found["verdict"].item() if found.height else None


def test_a_child_awaited_is_the_child_born(run):
    found = [one(run, f"awaited{n}", f"born{n}") for n in families("born")]
    assert sum(found) > 0.95 * len(found)
    assert all(one(run, f"awaited{n}", f"born{n}") for n in families("three weeks"))


def test_the_prior_is_what_the_town_says(run):
    born = 2 * 506 + len(families("born")) + len(families("lost")) + 2 * 2 + 4
    awaited = sum(n["record_id"].startswith("awaited") for n in Town().people)
    true = (len(families("born")) + len(RARE)) / (awaited * born)
    model = Model.from_json(run.model_text)
    assert true / 1.5 < model.births["health"].match < true * 1.5
    assert model.within["health"].match < true / 20


def test_a_child_lost_and_the_one_born_a_year_later_are_two(run):
    assert not any(one(run, f"awaited{n}", f"born{n}") for n in families("lost"))
    assert {verdict(run, f"awaited{n}", f"born{n}") for n in families("lost")} <= {"distinct", None}


def test_nobody_else_is_the_child_awaited(run):
    for n in families("awaited"):
        assert not one(run, f"awaited{n}", f"older{n}")
        assert not one(run, f"awaited{n}", f"mother{n}")


def test_of_twins_neither_is_guessed(run):
    for n in families("twins"):
        assert not one(run, f"awaited{n}", f"born{n}")
        assert not one(run, f"awaited{n}", f"twin{n}")
        assert {verdict(run, f"awaited{n}", f"{role}{n}") for role in ("born", "twin")} == {"review"}


def test_a_child_born_seven_weeks_early_is_at_least_put_up(run):
    assert {verdict(run, f"awaited{n}", f"born{n}") for n in families("early")} <= {"review", "match"}


def test_an_explanation_says_so_and_sums(run):
    said = fl.explain(run, ("health", "awaited0"), ("health", "born0"))
    prior = next(bar for bar in said["bars"] if bar["field"] == "prior")
    assert "of pairs inside health of an unborn child's record and a born child's one in" in prior["sentence"]
    weight = run.links.filter(
        pl.col("record_id_left").is_in(["awaited0", "born0"]) & pl.col("record_id_right").is_in(["awaited0", "born0"])
    )["match_weight"].item()
    assert sum(bar["bits"] for bar in said["bars"]) == pytest.approx(weight, abs=1e-9)
    usual = fl.explain(run, ("health", "mother0"), ("health", "born0"))
    assert "unborn" not in usual["bars"][0]["sentence"]


def test_without_children_awaited_nothing_changes():
    town = Town()
    people = [row for row in town.people if row["date_of_birth"]]
    ids = {row["record_id"] for row in people}
    ties = pl.DataFrame([tie for tie in town.ties if tie["record_id"] in ids])
    frame = pl.DataFrame(people)
    told = frame.with_columns(pl.col("date_of_birth").alias("expected_date_of_birth"))
    plain, said = (
        fl.link(fl.Hub(sources=[fl.Source(agency="health", people=some, relationships=ties)]))
        for some in (frame.drop("expected_date_of_birth"), told)
    )
    assert plain.people.equals(said.people)
    assert plain.links.equals(said.links)
    model = Model.from_json(said.model_text)
    assert (model.births, model.within) == ({}, Model.from_json(plain.model_text).within)
    assert '"births"' not in said.model_text


@pytest.mark.parametrize("on", [("house_number", "street"), ("phone:ever",)])
def test_a_child_awaited_meets_the_born_one_at_home_or_by_its_mothers_telephone(on):
    rule = Rule((*on, "date_of_birth:due_year"))
    present = frozenset({"house_number", "street", "phones", "phone", "date_of_birth", "expected_date_of_birth"})
    assert rule in default_blocking(present)
    frame = records([("a", False, True), ("a", True, False), ("a", True, False), ("b", False, False)]).with_columns(
        house_number=pl.Series(["4", "4", "9", "4"]),
        street=pl.lit("mill lane"),
        phone=pl.Series(["1", "2", "3", "1"]),
        phones=pl.Series([["1", "2"], ["2"], ["3"], ["1"]]),
    )
    made = block(encode(frame, Model(default_comparisons(present), (rule,), Stratum(1e-4))), [rule])
    left, right = (np.concatenate(side) for side in zip(*(made.pairs(t)[1:] for t in made.tasks(most=10)), strict=True))
    assert (left.tolist(), right.tolist()) == ([0], [1])
