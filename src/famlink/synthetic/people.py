"""Everybody in the made-up families: who they are, whose child each is, and what each is called from when to when."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from famlink.synthetic.dice import Bools, Dice, Ints
from famlink.synthetic.names import NameBook
from famlink.synthetic.rates import Rates
from famlink.synthetic.shape import ADOPTED, FOSTER, GUARDIAN, KINSHIP, NEVER, PARTNERS, STEP, TODAY, YEAR, Shape

MOTHER, PARTNER, CHILD, STEP_CHILD, GRANDMOTHER, GRANDFATHER, FATHERS_MOTHER, FATHERS_FATHER, AUNT = range(9)
CARER, ADOPTER, ADOPTED_CHILD = 9, 10, 11
NOBODY = -1


@dataclass
class People:
    """Everybody, one row each, as arrays; links to other people are row numbers, NOBODY where unknown.

    Args:
        family: family number.
        role: MOTHER, PARTNER, CHILD ...
        slot: partner slot, order among the children, or order among the carers.
        female: sex.
        born: day born (expected where unborn).
        expected: day a child was expected.
        died: day, or NEVER.
        unborn: still to be born.
        stillborn: stillborn children have no date of birth.
        multiple: 1, 2 or 3: born together.
        birth: a number shared by children born together.
        culture: whose names.
        mother: row of the birth mother (adoptive mother for an adopted identity).
        father: row of the father, where he is known.
        cared: the kind of care a child came into, 0 for none.
        care_from: the day, or NEVER.
        care_to: the day it ended, or NEVER.
        carer: row of the first carer.
        before: for an adopted identity, the row of the child before adoption.
        forename: code.
        call_name: code of the forename used every day, where it is another.
        middle: code, or -1.
        surname: three codes in time order.
        renamed: the two days the surname changed, or NEVER.
    """

    family: Ints
    role: Ints
    slot: Ints
    female: Bools
    born: Ints
    expected: Ints
    died: Ints
    unborn: Bools
    stillborn: Bools
    multiple: Ints
    birth: Ints
    culture: Ints
    mother: Ints
    father: Ints
    cared: Ints
    care_from: Ints
    care_to: Ints
    carer: Ints
    before: Ints
    forename: Ints
    call_name: Ints
    middle: Ints
    surname: Ints
    renamed: Ints

    def __len__(self) -> int:
        return len(self.family)

    def age(self, day: int = TODAY) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        """Age in years on a day."""
        return np.asarray((day - self.born) / YEAR)


@dataclass(frozen=True)
class Cast:
    """Where people of a family are found: row numbers by family, NOBODY where there is none.

    Args:
        mother: per family.
        partner: per family and slot.
    """

    mother: Ints
    partner: Ints


def _block(family: Ints, role: int, **given: object) -> dict[str, Ints | Bools]:
    n = len(family)
    flat = {
        "slot": 0, "female": False, "born": 0, "expected": NEVER, "died": NEVER, "unborn": False, "stillborn": False,
        "multiple": 1, "birth": NOBODY, "culture": 0, "cared": 0, "care_from": NEVER, "care_to": NEVER, "before": NOBODY,
    }  # fmt: skip
    block: dict[str, Ints | Bools] = {"family": family, "role": np.full(n, role)}
    for name, default in flat.items():
        value = np.asarray(given.get(name, default))
        block[name] = np.broadcast_to(value, (n,)).copy()
    return block


def gather_people(dice: Dice, rates: Rates, shape: Shape, book: NameBook) -> tuple[People, Cast]:
    """Put everybody in one table, in order of family, and tie children to parents and carers.

    Args:
        dice: the world's dice.
        rates: the world's rates.
        shape: the families.
        book: names by culture.

    Returns:
        the people (not named yet: see :func:`famlink.synthetic.naming.name_people`) and where to find them.
    """
    n = shape.families
    every = np.arange(n)
    culture = np.searchsorted(book.shares, dice.uniform("culture", n), side="right").astype(np.int64)
    kin_care = np.isin(shape.care, (KINSHIP, GUARDIAN))
    blocks = [_block(every, MOTHER, female=True, born=shape.mother_birth, culture=culture)]
    for k in range(PARTNERS + 1):
        who = np.flatnonzero(shape.partner[:, k])
        other = dice.chance(f"other culture {k}", who, rates["family.mixed_culture"])
        drawn = np.searchsorted(book.shares, dice.uniform(f"his culture {k}", who), side="right")
        gap = np.floor((dice.uniform(f"gap {k}", who) + dice.uniform(f"more {k}", who) - 0.7) * 9 * YEAR)
        blocks.append(
            _block(
                who, PARTNER, slot=k, born=np.minimum(shape.mother_birth[who] - gap.astype(np.int64), TODAY - 6200),
                culture=np.where(other, drawn, culture[who]),
            )
        )  # fmt: skip
    blocks.append(_children(dice, rates, shape, culture))
    blocks.append(_step_children(dice, rates, shape, culture))
    blocks += _elders(dice, rates, shape, culture, kin_care)
    carers, count = _carers(dice, rates, shape, culture)
    blocks += carers
    blocks += _adopted(dice, shape, culture, n + count)
    table = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    order = np.lexsort((table["slot"], table["role"], table["family"]))
    table = {name: column[order] for name, column in table.items()}
    people = _joined(table)
    cast = _tie(dice, people, shape, count)
    _old_enough(people)
    _deaths(dice, rates, people)
    return people, cast


def _joined(table: dict[str, Ints | Bools]) -> People:
    n = len(table["family"])
    rest: dict[str, Ints | Bools] = {
        f.name: np.full(n, NOBODY)
        for f in fields(People)
        if f.name not in table and f.name not in ("surname", "renamed")
    }
    return People(**table, **rest, surname=np.full((n, 3), NOBODY), renamed=np.full((n, 2), NEVER))  # type: ignore[arg-type]


def _children(dice: Dice, rates: Rates, shape: Shape, culture: Ints) -> dict[str, Ints | Bools]:
    first = np.searchsorted(shape.family, shape.family)
    slot = np.arange(len(shape.family)) - first
    key = shape.family * 24 + slot
    back = dice.chance("returned", shape.family, rates["care.foster_returned"]) & (shape.cared == FOSTER)
    since = shape.care_day[shape.family]
    until = since + 40 + np.floor(dice.uniform("return day", shape.family) * np.maximum(TODAY - since - 40, 1))
    in_care = shape.cared > 0
    return _block(
        shape.family, CHILD, slot=slot, female=dice.chance("girl", key, 0.487), born=shape.born,
        expected=shape.expected, unborn=shape.unborn, stillborn=shape.stillborn, multiple=shape.multiple,
        birth=shape.family * 8 + shape.birth_slot, culture=culture[shape.family], cared=shape.cared,
        care_from=np.where(in_care, since, NEVER), care_to=np.where(in_care & back, until.astype(np.int64), NEVER),
        died=np.where(dice.chance("child dies", key, rates["family.child_death"]) & ~shape.unborn & ~shape.stillborn,
                      shape.born + dice.below("child death", key, 4000), NEVER),
    )  # fmt: skip


def _step_children(dice: Dice, rates: Rates, shape: Shape, culture: Ints) -> dict[str, Ints | Bools]:
    who = np.flatnonzero(shape.partner[:, STEP] & dice.chance("step child", shape.families, rates["family.step_child"]))
    born = TODAY - 700 - dice.below("step child born", who, int(15 * YEAR))
    return _block(
        who, STEP_CHILD, female=dice.chance("step daughter", who, 0.49), born=born, expected=born, culture=culture[who]
    )


def _elders(dice: Dice, rates: Rates, shape: Shape, culture: Ints, kin_care: Bools) -> list[dict[str, Ints | Bools]]:
    n = shape.families
    blocks = []
    for role, female, name in (
        (GRANDMOTHER, True, "maternal_grandmother"), (GRANDFATHER, False, "maternal_grandfather"),
        (FATHERS_MOTHER, True, "paternal_grandmother"), (FATHERS_FATHER, False, "paternal_grandfather"),
    ):  # fmt: skip
        known = dice.chance(name, n, rates[f"family.{name}"])
        known |= kin_care & (role == GRANDMOTHER)
        if role in (FATHERS_MOTHER, FATHERS_FATHER):
            known &= shape.partner[:, 0]
        who = np.flatnonzero(known)
        # The partner's parents are older than him too: nobody here is a parent before 15.
        older = 19 + 9 * (dice.uniform(f"{name} a", who) + dice.uniform(f"{name} b", who)) + (5 if "pat" in name else 0)
        blocks.append(
            _block(
                who, role, female=female, culture=culture[who],
                born=shape.mother_birth[who] - np.floor(older * YEAR).astype(np.int64),
            )
        )  # fmt: skip
    who = np.flatnonzero(dice.chance("aunt", n, rates["family.aunt_or_uncle"]))
    apart = 400 + dice.below("aunt born", who, 2600)
    sign = np.where(dice.chance("aunt older", who, 0.5), 1, -1)
    blocks.append(
        _block(
            who, AUNT, female=dice.chance("an aunt", who, 0.55), culture=culture[who],
            born=np.minimum(shape.mother_birth[who] + sign * apart, TODAY - 6000),
        )
    )  # fmt: skip
    return blocks


def _carers(dice: Dice, rates: Rates, shape: Shape, culture: Ints) -> tuple[list[dict[str, Ints | Bools]], int]:
    fostering = np.flatnonzero(shape.care == FOSTER)
    count = max(1, -(-len(fostering) * 2 // 3)) if len(fostering) else 0
    household = np.arange(count)
    family = shape.families + household
    born = TODAY - 13_500 - dice.below("carer born", household, 9500)
    mixed = culture[dice.below("carer culture", household, max(shape.families, 1))]
    second = np.flatnonzero(dice.chance("second carer", household, rates["detail.second_carer"]))
    return [
        _block(family, CARER, female=True, born=born, culture=mixed),
        _block(
            family[second], CARER, slot=1, culture=mixed[second],
            born=born[second] - dice.below("second carer born", second, 2500),
        ),
    ], count  # fmt: skip


def _adopted(dice: Dice, shape: Shape, culture: Ints, first_family: int) -> list[dict[str, Ints | Bools]]:
    child = np.flatnonzero(shape.cared == ADOPTED)
    origin, back = np.unique(shape.family[child], return_inverse=True)
    family = first_family + np.arange(len(origin))
    born = TODAY - 12_000 - dice.below("adopter born", origin, 5500)
    slot = child - np.searchsorted(shape.family, shape.family[child])
    key = shape.family[child] * 24 + slot
    # slot + 100 * origin child: unpacked by _tie to find who the child was before.
    return [
        _block(family, ADOPTER, female=True, born=born, culture=culture[origin]),
        _block(family, ADOPTER, slot=1, born=born - dice.below("second adopter", origin, 2000), culture=culture[origin]),
        _block(
            family[back.reshape(-1)], ADOPTED_CHILD, slot=slot, female=dice.chance("girl", key, 0.487),
            born=shape.born[child], expected=shape.expected[child], culture=culture[shape.family[child]],
            before=shape.family[child], care_from=shape.care_day[shape.family[child]],
        ),
    ]  # fmt: skip


def _tie(dice: Dice, people: People, shape: Shape, carer_households: int) -> Cast:
    families = int(people.family.max()) + 1
    mother = np.full(families, NOBODY)
    partner = np.full((families, 4), NOBODY)
    elder = {role: np.full(families, NOBODY) for role in (GRANDMOTHER, GRANDFATHER, FATHERS_MOTHER, FATHERS_FATHER)}
    rows = np.arange(len(people))
    of = {role: rows[people.role == role] for role in range(ADOPTED_CHILD + 1)}
    mother[people.family[of[MOTHER]]] = of[MOTHER]
    partner[people.family[of[PARTNER]], people.slot[of[PARTNER]]] = of[PARTNER]
    for role, found in elder.items():
        found[people.family[of[role]]] = of[role]
    kids = of[CHILD]
    people.mother[kids] = mother[people.family[kids]]
    people.father[kids] = partner[shape.family, shape.of]
    for who in (of[MOTHER], of[AUNT]):
        people.mother[who] = elder[GRANDMOTHER][people.family[who]]
        people.father[who] = elder[GRANDFATHER][people.family[who]]
    first = of[PARTNER][people.slot[of[PARTNER]] == 0]
    people.mother[first] = elder[FATHERS_MOTHER][people.family[first]]
    people.father[first] = elder[FATHERS_FATHER][people.family[first]]
    people.father[of[STEP_CHILD]] = partner[people.family[of[STEP_CHILD]], STEP]

    lead = np.full(families, NOBODY)
    second = np.full(families, NOBODY)
    for role in (CARER, ADOPTER):
        whole, others = of[role][people.slot[of[role]] == 0], of[role][people.slot[of[role]] == 1]
        lead[people.family[whole]] = whole
        second[people.family[others]] = others
    kin = kids[np.isin(people.cared[kids], (KINSHIP, GUARDIAN))]
    people.carer[kin] = elder[GRANDMOTHER][people.family[kin]]
    placed = kids[people.cared[kids] == FOSTER]
    if carer_households:
        house = shape.families + dice.below("placed with", people.family[placed], carer_households)
        people.carer[placed] = lead[house]
    new = of[ADOPTED_CHILD]
    people.mother[new] = lead[people.family[new]]
    people.father[new] = second[people.family[new]]
    start = np.searchsorted(shape.family, people.before[new])
    people.before[new] = kids[start + people.slot[new]] if len(new) else people.before[new]
    return Cast(mother, partner)


def _old_enough(people: People) -> None:
    """Make nobody a parent before 16: first the parents of children, then theirs."""
    rows = np.arange(len(people))
    for young in (True, False):
        for parent in (people.mother, people.father):
            child = rows[(parent >= 0) & ((people.role >= CHILD) & (people.role != AUNT) if young else parent >= 0)]
            np.minimum.at(people.born, parent[child], people.born[child] - int(16 * YEAR))


def _deaths(dice: Dice, rates: Rates, people: People) -> None:
    rows = np.arange(len(people))
    old = np.isin(people.role, (GRANDMOTHER, GRANDFATHER, FATHERS_MOTHER, FATHERS_FATHER))
    adult = np.isin(people.role, (MOTHER, PARTNER, AUNT))
    chance = old * rates["family.grandparent_death"] + adult * rates["family.adult_death"]
    chance[people.carer[people.carer >= 0]] = 0.0
    gone = dice.chance("dies", rows, chance)
    day = TODAY - 30 - dice.below("death", rows, int(6 * YEAR))
    people.died = np.where(gone, day, people.died)
    people.died = np.where(people.died > TODAY, NEVER, people.died)
