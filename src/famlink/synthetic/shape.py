"""The shape of families through time: births, partners who come and go, and children who live elsewhere; no names yet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from famlink.synthetic.dice import Bools, Dice, Floats, Ints
from famlink.synthetic.rates import Rates

AS_AT = dt.date(2026, 6, 1)
"""The day every made-up extract describes."""
EPOCH = dt.date(1970, 1, 1)
TODAY = (AS_AT - EPOCH).days
NEVER = 99_999
YEAR = 365.25
SLOTS = 6
PARTNERS = 3
STEP = 3
"""The partner slot of a step parent: a partner with no child in the family."""
KINSHIP, GUARDIAN, FOSTER, ADOPTED = 1, 2, 3, 4


@dataclass(frozen=True)
class Shape:
    """Families as arrays: one row a family, and one row a child. Days count from 1970-01-01.

    Args:
        need: 0 to 1 per family; the higher, the more agencies know it.
        mother_birth: day per family.
        partner: whether a known partner is in slot 0 to 3, per family.
        start: day the partnership began, per family and slot.
        end: day it ended, or NEVER.
        wed: day of the wedding, or NEVER.
        care: 0, or what kind of care children of the family came into.
        care_day: the day.
        family: family of each child.
        birth_slot: which birth of the family.
        of: partner slot of the father.
        father_known: whether he is.
        born: day born, or expected where still unborn.
        expected: the day it was expected.
        multiple: 1, 2 or 3: how many were born together.
        stillborn: per child.
        cared: per child, the family's kind of care where it applies to this child, else 0.
    """

    need: Floats
    mother_birth: Ints
    partner: Bools
    start: Ints
    end: Ints
    wed: Ints
    care: Ints
    care_day: Ints
    family: Ints
    birth_slot: Ints
    of: Ints
    father_known: Bools
    born: Ints
    expected: Ints
    multiple: Ints
    stillborn: Bools
    cared: Ints

    @property
    def families(self) -> int:
        """How many families."""
        return len(self.need)

    @property
    def unborn(self) -> Bools:
        """Children still to be born."""
        return np.asarray(self.born > TODAY)


def shape_families(dice: Dice, rates: Rates, families: int) -> Shape:
    """Draw the shape of families.

    Args:
        dice: the world's dice.
        rates: the world's rates.
        families: how many.

    Returns:
        the shape; children in order of family and birth.

    Example:
        >>> from famlink.synthetic.rates import read_rates
        >>> shape = shape_families(Dice(1), read_rates(), 100)
        >>> shape.families, bool((shape.start[shape.partner] < shape.end[shape.partner]).all())
        (100, True)
    """
    n = families
    need = dice.uniform("need", n)
    dates, kept, mother_birth = _births(dice, rates, n)
    grid = np.arange(n)[:, None] * SLOTS + np.arange(SLOTS)
    changed = dice.chance("new partner", grid, rates["family.new_partner"])
    changed[:, 0] = False
    slot_of = np.minimum(np.cumsum(changed, axis=1), PARTNERS - 1)
    partner, start, end, wed = _partners(dice, rates, n, dates, (kept, slot_of))

    plural = dice.uniform("plural", grid)
    twins, triplets = rates["family.twins"], rates["family.triplets"]
    size = np.where(plural < triplets, 3, np.where(plural < triplets + twins, 2, 1)) * kept
    rows, slots = np.nonzero(kept)
    times = size[rows, slots]
    family, birth_slot = np.repeat(rows, times), np.repeat(slots, times)
    born = dates[family, birth_slot]
    key = family * SLOTS + birth_slot
    early = dice.below("early", key, 21) + dice.below("earlier", key, 14) - 14
    very = dice.chance("premature", key, rates["detail.premature"])
    expected = np.where(born > TODAY, born, born + np.where(very, early + 28, early))
    child = np.arange(len(family))
    stillborn = dice.chance("stillborn", key, rates["family.stillbirth"]) & (born < TODAY)
    of = slot_of[family, birth_slot]

    care = np.where(
        dice.chance("care", n, np.minimum(rates["care.any"] * 2 * need, 1.0)),
        1 + dice.pick("care kind", n, rates["care.kinds"]),
        0,
    )
    care_day = TODAY - 60 - dice.below("care day", n, int(7 * YEAR))
    age = (care_day[family] - born) / YEAR
    limit = np.where(care[family] == ADOPTED, 6.0, 16.5)
    eligible = (age > 0.05) & (age < limit) & ~stillborn
    in_care = eligible & dice.chance("each child in care", key * 4 + child % 4, rates["care.each_child"])
    return Shape(
        need=need,
        mother_birth=mother_birth,
        partner=partner,
        start=start,
        end=end,
        wed=wed,
        care=care,
        care_day=care_day,
        family=family,
        birth_slot=birth_slot,
        of=of,
        father_known=partner[family, of],
        born=born,
        expected=expected,
        multiple=times.repeat(times),
        stillborn=stillborn,
        cared=np.where(in_care, care[family], 0),
    )


def _births(dice: Dice, rates: Rates, n: int) -> tuple[Ints, Bools, Ints]:
    grid = np.arange(n)[:, None] * SLOTS + np.arange(SLOTS)
    first = TODAY + 200 - dice.below("first birth", n, int(23 * YEAR))
    spacing = 330 + np.floor((dice.uniform("gap a", grid) + dice.uniform("gap b", grid)) * 850).astype(np.int64)
    spacing[:, 0] = 0
    dates = first[:, None] + np.cumsum(spacing, axis=1)
    age = 16.2 + 17.0 * (dice.uniform("age a", n) + dice.uniform("age b", n)) / 1.25 * 0.8
    mother_birth = first - np.floor(age * YEAR).astype(np.int64)
    wanted = 1 + dice.pick("births", n, rates["family.births"])
    kept = np.arange(SLOTS)[None, :] < wanted[:, None]
    kept &= (dates <= TODAY + 200) & (dates - mother_birth[:, None] < 45 * YEAR)
    kept[:, 0] = True
    return dates, kept, mother_birth


def _partners(
    dice: Dice, rates: Rates, n: int, dates: Ints, births: tuple[Bools, Ints]
) -> tuple[Bools, Ints, Ints, Ints]:
    kept, slot_of = births
    grid = np.arange(n)[:, None] * 4 + np.arange(4)
    here = np.stack([(kept & (slot_of == k)).any(axis=1) for k in range(PARTNERS)], axis=1)
    first = np.stack([np.where(kept & (slot_of == k), dates, NEVER).min(axis=1) for k in range(PARTNERS)], axis=1)
    last = np.stack([np.where(kept & (slot_of == k), dates, -NEVER).max(axis=1) for k in range(PARTNERS)], axis=1)
    start = np.full((n, 4), NEVER)
    end = np.full((n, 4), NEVER)
    start[:, :3] = np.where(here, first - 300 - dice.below("start", grid[:, :3], 1500), NEVER)
    for k in range(PARTNERS - 1):
        followed = here[:, k] & here[:, k + 1]
        start[:, k + 1] = np.where(followed, np.maximum(start[:, k + 1], last[:, k] - 200), start[:, k + 1])
        over = dice.chance("overlap", grid[:, k], rates["family.overlap"])
        gap = dice.below("gap", grid[:, k], 500)
        until = np.where(over, start[:, k + 1] + gap, start[:, k + 1] - 20 - gap)
        end[:, k] = np.where(followed, np.maximum(until, start[:, k] + 60), end[:, k])
    final = here.sum(axis=1) - 1
    rows = np.arange(n)
    latest = np.maximum(last[rows, final], start[rows, final] + 60)
    gone = dice.chance("last gone", n, rates["family.last_partner_ended"]) & (latest < TODAY - 30)
    left = latest + np.floor(dice.uniform("left", n) * (TODAY - latest)).astype(np.int64)
    end[rows, final] = np.where(gone, left, NEVER)
    step = gone & (TODAY - left > 240) & dice.chance("step parent", n, rates["family.step_parent"])
    start[:, STEP] = np.where(step, left + 90 + np.floor(dice.uniform("step", n) * (TODAY - left - 150)), NEVER)
    stays = dice.chance("step stays", n, rates["detail.step_parent_stays"])
    step_end = start[:, STEP] + np.floor(dice.uniform("step end", n) * (TODAY - start[:, STEP])).astype(np.int64)
    end[:, STEP] = np.where(step & ~stays, np.maximum(step_end, start[:, STEP] + 30), NEVER)
    known = ~dice.chance("father unknown", grid[:, :3], rates["family.father_unknown"])
    partner = np.column_stack([here & known, step])
    wed = start + 200 + dice.below("wed", grid, 900)
    free = np.maximum.accumulate(
        np.where(end >= NEVER, -NEVER, end), axis=1
    )  # no wedding while another partner is there
    free = np.column_stack([np.full(n, -NEVER), free[:, :3]])
    valid = partner & (wed < np.minimum(end, TODAY)) & (wed > free)
    valid &= dice.chance("married", grid, rates["family.married"])
    return partner, start, end, np.where(valid, wed, NEVER)
