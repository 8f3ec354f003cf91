"""What happens in made-up families of 2,000: each kind of life the world promises is there, and is possible."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from famlink.spec import read_hub
from famlink.synthetic.dice import Dice
from famlink.synthetic.happenings import CONSEQUENCE, REPETITION, Happenings
from famlink.synthetic.homes import GROWN, KINDS
from famlink.synthetic.people import CHILD, PARTNER, STEP_CHILD, People
from famlink.synthetic.rates import read_rates
from famlink.synthetic.records import World
from famlink.synthetic.shape import NEVER, TODAY, Shape, shape_families
from famlink.synthetic.world import population, write_world

FAMILIES, SEED = 2000, 11


@dataclass(frozen=True)
class Made:
    """A population before it is written."""

    world: World
    kin: pl.DataFrame
    happened: Happenings
    shape: Shape

    @property
    def people(self) -> People:
        return self.world.people


@pytest.fixture(scope="module")
def made() -> Made:
    world, kin, happened = population(Dice(SEED), read_rates(), FAMILIES)
    return Made(world, kin, happened, shape_families(Dice(SEED), read_rates(), FAMILIES))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("families") / "w"
    write_world(to, families=FAMILIES, seed=SEED)
    return to


def people_of(folder: Path, agency: str, *fields: str) -> pl.DataFrame:
    """Some canonical fields of an agency's people, as text."""
    source = next(s for s in read_hub(folder / "hub.toml").source if s.agency == agency)
    file = folder / source.people
    frame = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema=False)
    theirs = source.columns.people
    return frame.select(pl.col(theirs.get(name, name)).cast(pl.String).alias(name) for name in ("record_id", *fields))


def test_partners_come_go_and_overlap(made: Made) -> None:
    shape = made.shape
    both = shape.partner[:, :-1] & shape.partner[:, 1:]
    overlap = both & (shape.end[:, :-1] > shape.start[:, 1:])
    assert 10 < overlap.sum() < 0.3 * both.sum()
    assert (shape.end[shape.partner] < TODAY).sum() > 400
    assert (~shape.father_known).sum() > 200


def test_a_name_is_used_again_only_after_a_death(made: Made) -> None:
    people = made.people
    kids = np.flatnonzero(people.role == CHILD)
    one, after = kids[:-1], kids[1:]
    sibs = (people.family[one] == people.family[after]) & (people.forename[one] == people.forename[after])
    plain = sibs & (people.call_name[one] < 0) & (people.call_name[after] < 0)
    lost = people.stillborn[one] | (people.died[one] < people.born[after])
    assert (plain & lost).sum() >= 1
    assert not (plain & ~lost).any()


def test_unborn_children_are_born_and_some_never_are(made: Made) -> None:
    rows = made.world.rows
    seen = pl.DataFrame({"person": rows.person, "unborn": rows.unborn}).group_by("person").agg(pl.col("unborn"))
    known_before = seen.filter(pl.col("unborn").list.any() & ~pl.col("unborn").list.all())["person"].to_numpy()
    assert len(known_before) > 60
    assert (made.people.born[known_before] <= TODAY).all()
    early = made.people.expected[known_before] - made.people.born[known_before]
    assert early.max() >= 28
    assert made.people.unborn.sum() > 50
    assert (made.people.expected[made.people.unborn] > TODAY).all()
    assert made.people.stillborn.sum() > 5
    assert (made.people.died < NEVER).sum() > 100


def test_care_leavers_live_on_their_own(made: Made) -> None:
    people, homes = made.people, made.world.homes
    in_care = (people.role == CHILD) & (people.carer >= 0) & (people.care_to == NEVER)
    now = homes.household_on(np.arange(len(people)), np.full(len(people), TODAY))
    left = in_care & (now % KINDS >= GROWN)
    assert left.sum() >= 5
    assert (people.age()[left] >= 18).all()
    assert not (in_care & (people.age() > 21.1) & ~left).any()
    assert np.isin(made.world.rows.person, np.flatnonzero(left)).sum() > 5


def test_children_live_apart_from_their_parents(made: Made) -> None:
    people, homes = made.people, made.world.homes
    kids = np.flatnonzero((people.role == CHILD) & (people.age() < 16) & ~people.unborn & ~people.stillborn)
    today = np.full(len(kids), TODAY)
    with_mother = homes.household_on(kids, today) == homes.household_on(people.mother[kids], today)
    assert 0.03 < 1 - with_mother.mean() < 0.2
    for kind in (1, 2, 3, 4):
        assert (people.cared[kids] == kind).any(), kind


def test_some_families_hide_in_a_refuge_and_some_share_a_house(made: Made, folder: Path) -> None:
    homes = made.world.homes
    assert 10 < homes.refuge.sum() < 60
    assert (homes.alias[:FAMILIES] >= 0).sum() > homes.refuge.sum() + 50
    hidden = people_of(folder, "social_care", "restricted", "postcode").filter(pl.col("restricted") == "refuge")
    assert hidden.height > 5


def test_identifiers_are_pasted_from_a_relative(folder: Path) -> None:
    truth = pl.read_csv(folder / "truth/records.csv", infer_schema=False)
    families = pl.read_csv(folder / "truth/families.csv", infer_schema=False)
    held = people_of(folder, "health", "nhs_number").with_columns(agency=pl.lit("health"))
    held = held.join(truth, on=["agency", "record_id"]).join(families, on="person").drop_nulls("nhs_number")
    twice = held.join(held, on="nhs_number", suffix="_other").filter(pl.col("person") < pl.col("person_other"))
    assert twice.height >= 2
    assert (twice["family"] == twice["family_other"]).mean() > 0.9


def test_step_families_are_true_and_are_told(made: Made, folder: Path) -> None:
    people = made.people
    step = made.kin.filter((pl.col("qualifier") == "step") & (pl.col("relationship") == "parent"))
    child, parent = step["person"].to_numpy(), step["relative"].to_numpy()
    assert len(child) > 300
    assert ((people.mother[child] != parent) & (people.father[child] != parent)).all()
    assert (people.role[parent] == PARTNER).sum() > 100
    assert (people.role[child] == STEP_CHILD).sum() > 20
    assert (step["start"].to_numpy() > people.born[child])[people.role[child] == CHILD].all()
    siblings = made.kin.filter((pl.col("qualifier") == "step") & (pl.col("relationship") == "sibling"))
    assert siblings.height > 20
    ties = pl.read_csv(folder / "social_care_relationships.csv", infer_schema=False)
    said = pl.concat([ties[name].drop_nulls() for name in ties.columns])
    assert said.is_in(["Step father", "Step mother"]).sum() > 50


def test_siblings_step_parents_are_not_their_parents_families(made: Made) -> None:
    """A step parent's brother is nobody's uncle here, and birth parents stay two at most."""
    parents = made.kin.filter((pl.col("relationship") == "parent") & (pl.col("qualifier") == "birth"))
    assert parents.group_by("person").len()["len"].max() == 2
    aunts = made.kin.filter(pl.col("relationship") == "aunt or uncle").select("person", aunt="relative")
    sibling = made.kin.filter((pl.col("relationship") == "sibling") & (pl.col("qualifier") != "step"))
    through = parents.join(sibling.select(relative="person", aunt="relative"), on="relative")
    assert aunts.join(through, on=["person", "aunt"], how="anti").height == 0


def test_incidents_do_not_heap_on_one_day(made: Made) -> None:
    """A day before the child's birth was once brought forward to it, and several incidents fell on the day."""
    happened, people = made.happened, made.people
    of_child = happened.child >= 0
    assert (happened.day[of_child] >= people.born[happened.child[of_child]] + 20).all()
    infant = (happened.day - people.born[np.maximum(happened.child, 0)] < 22) & of_child & (happened.follows < 0)
    assert infant.sum() < 0.01 * of_child.sum()
    first = (happened.role == 0) & of_child
    of = pl.DataFrame({"family": people.family[happened.child[first]], "day": happened.day[first]})
    assert of.is_duplicated().mean() < 0.01
    assert (people.died[happened.adult] > happened.day)[happened.role == 0].all()
    known = happened.suspect >= 0
    assert (people.died[happened.suspect[known]] > happened.day[known] - 13).all()


def test_repetitions_come_two_to_twelve_days_later(made: Made) -> None:
    happened = made.happened
    again = np.flatnonzero(happened.role == REPETITION)
    gap = happened.day[again] - happened.day[happened.follows[again]]
    assert len(again) > 150
    assert (gap.min(), gap.max()) == (2, 12)
    assert (happened.kind[again] == happened.kind[happened.follows[again]]).all()
    after = np.flatnonzero(happened.role == CONSEQUENCE)
    assert len(after) > 200
    assert (happened.day[after] > happened.day[happened.follows[after]]).all()


def test_a_later_account_quotes_the_first_ones_reference(folder: Path) -> None:
    source = next(s for s in read_hub(folder / "hub.toml").source if s.agency == "social_care")
    theirs = source.columns.events
    events = pl.read_csv(folder / str(source.events), infer_schema=False)
    quoted = events[theirs.get("quoted_references", "quoted_references")].drop_nulls()
    assert quoted.str.contains(r"^42/\d{6}/\d\d$").sum() > 20


def test_quality_is_a_records_and_a_workers(made: Made) -> None:
    load = made.world.rows.load
    assert load.mean() == pytest.approx(1.0, abs=0.05)
    assert np.quantile(load, 0.99) > 4
    assert np.median(load) < 0.8


def test_consents_are_given_refused_and_withdrawn(folder: Path) -> None:
    consents = pl.read_csv(folder / "consents.csv", infer_schema=False)
    share = dict(consents["decision"].value_counts(normalize=True).iter_rows())
    assert {"given", "refused", "withdrawn", "not-sought", "overridden"} == set(share)
    withdrawn = consents.filter(pl.col("decision") == "withdrawn").select("record_id", "decided_on")
    before = consents.filter(pl.col("decision") == "given").select("record_id", given="decided_on")
    both = withdrawn.join(before, on="record_id")
    assert both.height == withdrawn.height > 20
    assert (both["given"] < both["decided_on"]).all()
