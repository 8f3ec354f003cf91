"""Which agency has a record of whom, since when, and how well it was kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from famlink.synthetic.dice import Bools, Dice, Floats, Ints
from famlink.synthetic.happenings import Happenings
from famlink.synthetic.people import (
    ADOPTED_CHILD,
    AUNT,
    CHILD,
    FATHERS_FATHER,
    GRANDMOTHER,
    MOTHER,
    PARTNER,
    STEP_CHILD,
    People,
)
from famlink.synthetic.rates import Rates
from famlink.synthetic.shape import ADOPTED, TODAY, Shape

CLASSES = ("mother", "partner", "absent", "infant", "child", "adult_child", "unborn", "grandparent", "other")
GATED = ("social_care", "early_help", "housing", "council_tax")


@dataclass(frozen=True)
class Rows:
    """Records before they are written, in order of agency and record id.

    Args:
        person: row of the person.
        agency: position of the agency.
        copy: 0 for an agency's first record of the person, 1 for a second ...
        unborn: written while the person was still to be born.
        day: when it was last true for the agency.
        known: the day its name and address were true.
        load: how careless: 1 on average; error rates are multiplied by it.
        serial: number in the agency's own ids.
    """

    person: Ints
    agency: Ints
    copy: Ints
    unborn: Bools
    day: Ints
    known: Ints
    load: Floats
    serial: Ints

    def __len__(self) -> int:
        return len(self.person)


def class_of(people: People, shape: Shape) -> Ints:
    """The class that coverage is given for, as a position in CLASSES."""
    role, age = people.role, people.age()
    young = np.isin(role, (CHILD, STEP_CHILD, ADOPTED_CHILD))
    out = np.full(len(people), CLASSES.index("other"))
    out[role == MOTHER] = CLASSES.index("mother")
    men = np.flatnonzero(role == PARTNER)
    here = shape.end[people.family[men], people.slot[men]] > TODAY
    out[men] = np.where(here, CLASSES.index("partner"), CLASSES.index("absent"))
    out[(role >= GRANDMOTHER) & (role <= FATHERS_FATHER)] = CLASSES.index("grandparent")
    out[role == AUNT] = CLASSES.index("other")
    out[young & (age < 18)] = CLASSES.index("child")
    out[young & (age < 2)] = CLASSES.index("infant")
    out[young & (age >= 18)] = CLASSES.index("adult_child")
    out[people.unborn | people.stillborn] = CLASSES.index("unborn")
    return out


def known_families(dice: Dice, rates: Rates, shape: Shape, agency: str, families: int) -> Bools:
    """Families an agency deals with: those most in need first, but not only they; carers' and adopters' always."""
    out = np.ones(families, dtype=bool)
    if agency in GATED:
        score = 0.5 * shape.need + 0.5 * dice.uniform(f"{agency} knows", shape.families)
        share = rates[f"coverage.{agency}_families"]
        rank = np.argsort(np.argsort(-score, kind="stable"), kind="stable")
        out[: shape.families] = rank < round(share * shape.families)
    return out


def record_rows(
    dice: Dice, rates: Rates, people: People, shape: Shape, *, happened: Happenings, agencies: list[str]
) -> Rows:
    """Decide every agency's records.

    Args:
        dice: the world's dice.
        rates: the world's rates.
        people: everybody.
        shape: the families.
        happened: incidents: who is in one is recorded by the agencies that know of it.
        agencies: the world's agencies.

    Returns:
        the records.
    """
    n, every = len(people), np.arange(len(people))
    classes = class_of(people, shape)
    families = int(people.family.max()) + 1
    parts: list[tuple[Ints, Ints, Ints, Bools]] = []
    for number, agency in enumerate(agencies):
        table = rates[f"coverage.{agency}"]
        chance = np.array([table.get(name, 0.0) for name in CLASSES])[classes]
        gate = known_families(dice, rates, shape, agency, families)
        has = (dice.uniform(f"{agency} records", every) < chance) & gate[people.family]
        seen = np.zeros(n, dtype=bool)
        seen[happened.person[happened.agency == number]] = True
        has |= seen & ~people.unborn
        people_here = every[has]
        again = dice.chance(f"{agency} twice", people_here, rates["coverage.duplicate"].get(agency, 0.0))
        if agency in ("social_care", "early_help"):
            whole = dice.chance(f"{agency} family twice", people.family[people_here], rates["coverage.family_twice"])
            again |= whole
        small = people_here[(classes[people_here] == CLASSES.index("infant")) | (people.age()[people_here] < 3)]
        small = small[~people.unborn[small] & ~people.stillborn[small]]
        before = np.zeros(0, dtype=np.int64)
        if agency in ("social_care", "early_help", "health"):
            before = small[dice.chance(f"{agency} before birth", small, rates["coverage.unborn_record"])]
        person = np.concatenate([people_here, people_here[again], before])
        copy = np.concatenate([np.zeros(len(people_here)), np.ones(again.sum()), np.full(len(before), 2)])
        unborn = np.concatenate([np.zeros(len(people_here) + again.sum()), np.ones(len(before))]).astype(bool)
        unborn |= people.unborn[person] | people.stillborn[person]
        parts.append((person, np.full(len(person), number), copy.astype(np.int64), unborn))
    person, agency_of, copy, unborn = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _dated(dice, rates, people, (person, agency_of, copy, unborn))


def _dated(dice: Dice, rates: Rates, people: People, rows: tuple[Ints, Ints, Ints, Bools]) -> Rows:
    person, agency, copy, unborn = rows
    key = (person * 16 + agency) * 4 + copy
    u = dice.uniform("how old", key)
    old = TODAY - 400 - np.floor(u * u * rates["lag.years"] * 365).astype(np.int64)
    fresh = dice.chance("fresh", key, rates["lag.fresh"]) & (copy == 0)
    day = np.where(fresh, TODAY - np.floor(u * 400).astype(np.int64), old)
    born = people.born[person]
    age = np.maximum(TODAY - born, 1)
    day = np.where(day < born + 3, born + 3 + np.floor(u * age).astype(np.int64), day)
    due = people.expected[person]
    day = np.where(unborn, np.minimum(due - 15 - np.floor(u * 120).astype(np.int64), born - 2), day)
    before = people.cared[person] == ADOPTED
    day = np.where(before, np.minimum(day, born + 30 + np.floor(u * (people.care_from[person] - born - 40))), day)
    after = people.role[person] == ADOPTED_CHILD
    since = np.where(after, people.care_from[person], 0)
    day = np.where(after & (day <= since), since + 30 + np.floor(u * (TODAY - since - 30)), day).astype(np.int64)
    day = np.minimum(day, TODAY)
    stale = dice.chance("stale", key, rates["lag.stale"]) & ~unborn
    known = day - np.where(stale, np.floor(dice.uniform("how stale", key) * rates["lag.stale_days"]), 0).astype(
        np.int64
    )
    known = np.where(unborn, day, np.maximum(known, np.minimum(born + 1, day)))
    known = np.where(after, np.maximum(known, since), known)
    load = _load(dice, rates, key, agency) * _unfamiliar(rates, people)[person]
    order = np.lexsort((dice.words("ids", key), agency))
    person, agency, copy, day, known = (a[order] for a in (person, agency, copy, day, known))
    first = np.searchsorted(agency, agency)
    serial = 1 + (np.arange(len(person)) - first) * 7 + dice.below("id gap", key[order], 7)
    return Rows(person, agency, copy, unborn[order], day, known, load[order], serial)


def _load(dice: Dice, rates: Rates, key: Ints, agency: Ints) -> Floats:
    """The latent quality of a record and of the worker who kept it, with mean 1."""
    workers = max(int(rates["quality.workers"]), len(key) * int(rates["quality.workers"]) // 100_000)
    worker = agency * 100_000 + dice.below("worker", key, workers)
    out = np.ones(len(key))
    for question, index, name in (("worker quality", worker, "worker"), ("record quality", key, "record")):
        shares, factors = np.array(rates[f"quality.{name}_shares"]), np.array(rates[f"quality.{name}_factors"])
        mean = float((shares * factors).sum() / shares.sum())
        out *= factors[dice.pick(question, index, shares)] / mean
    return out


def _unfamiliar(rates: Rates, people: People) -> Floats:
    """Names other than the commonest culture's are mistaken oftener; 1 on average over everybody."""
    factor = np.where(people.culture == 0, 1.0, float(rates["quality.other_names"]))
    return np.asarray(factor / factor.mean())
