"""Where everybody lives from when to when: households, moves, shared houses, refuges and placements."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from famlink.synthetic import places
from famlink.synthetic.dice import Bools, Dice, Ints
from famlink.synthetic.people import (
    AUNT,
    CHILD,
    FATHERS_FATHER,
    FATHERS_MOTHER,
    GRANDFATHER,
    GRANDMOTHER,
    PARTNER,
    STEP_CHILD,
    People,
)
from famlink.synthetic.rates import Rates
from famlink.synthetic.shape import NEVER, TODAY, YEAR, Shape

KINDS = 32
"""Households a family can have: its own, one a partner, the grandparents', one a grown child."""
OWN, PARTNERS_OWN, MATERNAL, PATERNAL, AUNTS, GROWN = 0, 1, 5, 6, 7, 8
ADDRESSES = 4


@dataclass(frozen=True)
class Homes:
    """Households and their addresses.

    Args:
        household: three household numbers a person, in time order.
        change: the two days a person changed household, or NEVER.
        families: how many families, counting carers' and adopters'.
        alias: for each family, another household whose address its own now is, or -1.
        refuge: whether the family now lives in a refuge.
        homes: how many homes the county has.
        dice: the world's dice.
        rates: the world's rates.
    """

    household: Ints
    change: Ints
    families: int
    alias: Ints
    refuge: Bools
    homes: int
    dice: Dice
    rates: Rates

    def household_on(self, rows: Ints, day: Ints) -> Ints:
        """The household of people on a day."""
        spell = (self.change[rows] <= np.asarray(day)[:, None]).sum(axis=1)
        return np.asarray(self.household[rows, spell])

    def moved_in(self, household: Ints) -> Ints:
        """The days a household moved into its current, last, last but one ... address."""
        key = household[:, None] * ADDRESSES + np.arange(ADDRESSES - 1)
        u = self.dice.uniform("moved", key)
        gaps = 40 + np.floor(u * u * int(self.rates["home.moved_within_days"])).astype(np.int64)
        return np.asarray(TODAY - np.cumsum(gaps, axis=1))

    def address_on(self, household: Ints, day: Ints) -> tuple[pl.DataFrame, Ints, Ints]:
        """The addresses of households on a day.

        Args:
            household: household numbers.
            day: a day for each.

        Returns:
            address, postcode and uprn; the day the address began (-NEVER where long ago); the day it ended or NEVER.
        """
        moves = self.moved_in(household)
        slot = (moves > np.asarray(day)[:, None]).sum(axis=1)
        bounds = np.column_stack([np.full(len(household), NEVER), moves, np.full(len(household), -NEVER)])
        rows = np.arange(len(household))
        since, until = bounds[rows, slot + 1], bounds[rows, slot]
        family = household // KINDS
        own = (household % KINDS == OWN) & (slot == 0)
        alias = np.where(own, self.alias[np.minimum(family, self.families - 1)], -1)
        place = np.where(alias >= 0, alias, household)
        unit, number = np.zeros(len(place), dtype=np.int64), np.zeros(len(place), dtype=np.int64)
        for k in range(ADDRESSES):
            here = np.flatnonzero(slot == k)
            unit[here] = places.units_of(self.dice, place[here], k, self.homes)
        key = place * ADDRESSES + slot
        flat = self.dice.chance("flat", key, self.rates["home.flats"])
        number = np.where(
            flat, 1001 + self.dice.below("flat number", key, 900), 1 + self.dice.below("number", key, 140)
        )
        return places.written(self.dice, unit, number, self.homes), since, until


def house_people(dice: Dice, rates: Rates, people: People, shape: Shape) -> Homes:
    """Give everybody households through time.

    Args:
        dice: the world's dice.
        rates: the world's rates.
        people: everybody.
        shape: the families.

    Returns:
        the homes.
    """
    n = len(people)
    base = people.family * KINDS
    household = np.repeat((base + OWN)[:, None], 3, axis=1)
    change = np.full((n, 2), NEVER)
    for roles, kind in (
        ((GRANDMOTHER, GRANDFATHER), MATERNAL), ((FATHERS_MOTHER, FATHERS_FATHER), PATERNAL), ((AUNT,), AUNTS),
    ):  # fmt: skip
        here = np.isin(people.role, roles)
        household[here] = (base[here] + kind)[:, None]
    men = np.flatnonzero(people.role == PARTNER)
    own = base[men] + PARTNERS_OWN + people.slot[men]
    household[men] = own[:, None]
    together = dice.chance("lives together", men, rates["detail.lives_together"])
    household[men[together], 1] = base[men[together]]
    change[men, 0] = shape.start[people.family[men], people.slot[men]]
    change[men, 1] = shape.end[people.family[men], people.slot[men]]
    _children(dice, rates, people, household, change)
    families = int(people.family.max()) + 1
    alias, refuge = _aliases(dice, rates, people, shape, families)
    return Homes(household, change, families, alias, refuge, families * 3, dice, rates)


def _children(dice: Dice, rates: Rates, people: People, household: Ints, change: Ints) -> None:
    kids = np.flatnonzero(people.role == CHILD)
    base = people.family[kids] * KINDS
    cared = people.carer[kids] >= 0
    away = kids[cared]
    household[away, 1] = household[people.carer[away], 0]
    change[away, 0], change[away, 1] = people.care_from[away], people.care_to[away]
    father = people.father[kids]
    with_father = ~cared & (father >= 0) & dice.chance("with father", people.family[kids], rates["care.with_father"])
    who = kids[with_father]
    household[who, 1:] = household[people.father[who], 2][:, None]
    change[who, 0] = change[people.father[who], 1]
    grown = people.born[kids] + np.floor((18 + 3 * dice.uniform("leaves at", kids)) * YEAR).astype(np.int64)
    leaves = (grown < TODAY) & (
        dice.chance("leaves home", kids, rates["care.leaves_home"]) | (cared & (people.care_to[kids] == NEVER))
    )
    gone = kids[leaves]
    household[gone, 2] = base[leaves] + GROWN + np.minimum(people.slot[gone], KINDS - GROWN - 1)
    change[gone, 1] = grown[leaves]
    change[gone, 0] = np.minimum(change[gone, 0], grown[leaves])
    step = np.flatnonzero(people.role == STEP_CHILD)
    household[step] = household[people.father[step]]
    change[step] = change[people.father[step]]


def _aliases(dice: Dice, rates: Rates, people: People, shape: Shape, families: int) -> tuple[Ints, Bools]:
    n = shape.families
    every = np.arange(n)
    alias = np.full(families, -1)
    shared = dice.chance("shared house", n, rates["home.shared_house"])
    alias[:n] = np.where(shared, (every + 1) % n * KINDS, -1)
    alive = people.family[(people.role == GRANDMOTHER) & (people.died == NEVER)]
    has = np.zeros(families, dtype=bool)
    has[alive] = True
    home = has[:n] & dice.chance("with grandparents", n, rates["home.with_grandparents"] * 2)
    alias[:n] = np.where(home, every * KINDS + MATERNAL, alias[:n])
    fleeing = dice.chance("refuge", n, np.minimum(rates["home.refuge"] * 2 * shape.need, 1.0))
    alias[:n] = np.where(fleeing, (families + every % max(1, n // 400)) * KINDS, alias[:n])
    refuge = np.zeros(families, dtype=bool)
    refuge[:n] = fleeing
    return alias, refuge
