"""What everybody is called: forenames, middle names, and surnames that change with marriage, separation and new parents."""

from __future__ import annotations

import numpy as np

from famlink.synthetic.dice import Bools, Dice, Ints
from famlink.synthetic.names import NameBook
from famlink.synthetic.people import (
    ADOPTED_CHILD,
    ADOPTER,
    AUNT,
    CARER,
    CHILD,
    FATHERS_FATHER,
    FATHERS_MOTHER,
    GRANDFATHER,
    GRANDMOTHER,
    MOTHER,
    NOBODY,
    PARTNER,
    STEP_CHILD,
    Cast,
    People,
)
from famlink.synthetic.rates import Rates
from famlink.synthetic.shape import NEVER, TODAY, Shape

MUHAMMAD = ("Muhammad", "Mohammed", "Mohammad", "Muhammed", "Mohamed")
BEGUM = ("Begum", "Bibi", "Khatun")
DAY_1985 = 5479


def name_people(dice: Dice, rates: Rates, people: People, shape: Shape, *, cast: Cast, book: NameBook) -> None:
    """Name everybody, filling the name columns of ``people``.

    Args:
        dice: the world's dice.
        rates: the world's rates.
        people: everybody, tied to parents.
        shape: the families.
        cast: where to find the mother and the partners of a family.
        book: names by culture; compound names are added to its words.
    """
    rows = np.arange(len(people))
    _forenames(dice, rates, people, book)
    _surnames_of_adults(dice, rates, people, book)
    _marriages(dice, rates, people, shape, cast=cast, book=book)
    _surnames_of_children(dice, rates, people, shape, cast=cast, book=book)
    _begum(dice, people, book, rows)
    _namesakes(dice, rates, people)


def _forenames(dice: Dice, rates: Rates, people: People, book: NameBook) -> None:
    rows = np.arange(len(people))
    young = people.born > DAY_1985 + 5100
    people.forename = book.forenames(dice, "forename", rows, people.culture, female=people.female, young=young)
    sibship = np.isin(people.role, (CHILD, STEP_CHILD, ADOPTED_CHILD))
    for again in range(1, 6):
        repeated = _repeats(people.family, people.forename) & sibship
        here = rows[repeated]
        people.forename[here] = book.forenames(
            dice, f"forename again {again}", here, people.culture[here], female=people.female[here], young=young[here]
        )
    middle = book.forenames(dice, "middle", rows, people.culture, female=people.female, young=young & (rows % 3 == 0))
    keep = dice.chance("has middle", rows, rates["family.middle_name"]) & (middle != people.forename)
    people.middle = np.where(keep, middle, NOBODY)
    first = book.words.codes(list(MUHAMMAD))[dice.below("which muhammad", people.family, len(MUHAMMAD))]
    plural = dice.chance("muhammad", rows, book.trait("muhammad", people.culture)) & ~people.female
    plural &= ~np.isin(people.forename, book.words.codes(list(MUHAMMAD)))
    people.call_name = np.where(plural, people.forename, NOBODY)
    people.middle = np.where(plural, people.forename, people.middle)
    people.forename = np.where(plural, first, people.forename)


def _repeats(group: Ints, value: Ints) -> Bools:
    """Whether an earlier row of the same group has this value."""
    _, first = np.unique(group * 2**32 + value, return_index=True)
    out = np.ones(len(group), dtype=bool)
    out[first] = False
    return out


def _surnames_of_adults(dice: Dice, rates: Rates, people: People, book: NameBook) -> None:
    rows = np.arange(len(people))
    people.surname[:, 0] = book.draw(dice, "surname", rows, people.culture, "surnames")
    from_parents = np.isin(people.role, (MOTHER, AUNT, PARTNER))
    # Elders of one couple share a name more often than not; their children have the grandfather's name.
    for mother_role, father_role in ((GRANDMOTHER, GRANDFATHER), (FATHERS_MOTHER, FATHERS_FATHER)):
        families = int(people.family.max()) + 1
        his = np.full(families, NOBODY)
        men = rows[people.role == father_role]
        his[people.family[men]] = people.surname[men, 0]
        women = rows[people.role == mother_role]
        shared = (his[people.family[women]] >= 0) & dice.chance(
            "shared elder name", women, rates["detail.elders_share_name"]
        )
        people.surname[women[shared], 0] = his[people.family[women[shared]]]
    for parent, odds in ((people.mother, 1.0), (people.father, 1.0)):
        child = rows[from_parents & (parent >= 0)]
        take = dice.chance("elder name", child, 0.5) if parent is people.mother else np.full(len(child), odds > 0)
        taken = child[take]
        people.surname[taken, 0] = people.surname[parent[taken], 0]
    for role in (CARER, ADOPTER):
        lead = np.full(int(people.family.max()) + 1, NOBODY)
        first = rows[(people.role == role) & (people.slot == 0)]
        lead[people.family[first]] = people.surname[first, 0]
        other = rows[(people.role == role) & (people.slot == 1)]
        people.surname[other, 0] = lead[people.family[other]]
    people.surname[:, 1] = people.surname[:, 0]
    people.surname[:, 2] = people.surname[:, 0]


def _marriages(dice: Dice, rates: Rates, people: People, shape: Shape, *, cast: Cast, book: NameBook) -> None:
    n = shape.families
    mother = cast.mother[:n]
    takes = dice.uniform("takes name", n) < book.trait("takes_name", people.culture[mother])
    keeps = dice.chance("keeps name", n, rates["family.keeps_name_after"])
    wed, count = shape.wed, np.zeros(n, dtype=np.int64)
    for k in np.arange(4):
        married = (wed[:, k] < NEVER) & takes & (count < 2)
        who = np.flatnonzero(married)
        row, place = mother[who], count[who]
        people.renamed[row, place] = wed[who, k]
        name = people.surname[cast.partner[who, k], 0]
        for later in range(1, 3):
            change = place < later
            people.surname[row[change], later] = name[change]
        count[who] += 1
        over = who[(shape.end[who, k] < TODAY) & ~keeps[who] & (count[who] < 2)]
        row = mother[over]
        people.renamed[row, 1] = shape.end[over, k] + 60 + dice.below("own name again", over, 300)
        people.surname[row, 2] = people.surname[row, 0]
        count[over] = 2
    bad = people.renamed[:, 1] < people.renamed[:, 0]
    people.renamed[bad, 1] = people.renamed[bad, 0] + 30


def surname_on(people: People, rows: Ints, day: Ints) -> Ints:
    """The surname of people on a day.

    Args:
        people: everybody.
        rows: row numbers.
        day: a day for each.

    Returns:
        codes.
    """
    changes = (people.renamed[rows] <= np.asarray(day)[:, None]).sum(axis=1)
    return np.asarray(people.surname[rows, changes])


def _surnames_of_children(
    dice: Dice, rates: Rates, people: People, shape: Shape, *, cast: Cast, book: NameBook
) -> None:
    kids = np.flatnonzero(people.role == CHILD)
    family = people.family[kids]
    # One decision per couple, so that full siblings share a surname.
    couple = family * 4 + shape.of
    mothers = surname_on(people, people.mother[kids], np.minimum(people.born[kids], TODAY))
    father = people.father[kids]
    his = np.where(father >= 0, people.surname[np.maximum(father, 0), 0], NOBODY)
    wed = shape.wed[family, shape.of] <= people.born[kids]
    use_his = (his >= 0) & (wed | dice.chance("father's name", couple, rates["family.father_surname"]))
    names = np.where(use_his, his, mothers)
    both = (his >= 0) & ~wed & (his != mothers) & dice.chance("double", couple, rates["family.double_barrelled"])
    names[both] = book.words.join(mothers[both], his[both], "-")
    names = _patronyms(people, kids, names, book)
    _set_surname(people, kids, names)
    # A child comes to be known by its mother's later name, or by its step parent's.
    step = cast.partner[family, 3]
    later = np.where(step >= 0, people.surname[np.maximum(step, 0), 0], people.surname[people.mother[kids], 2])
    day = people.born[kids] + 400 + dice.below("renamed on", couple, 3500)
    change = dice.chance("child renamed", couple, rates["family.child_new_surname"]) & (later != names) & (day < TODAY)
    people.renamed[kids[change], 0] = day[change]
    people.surname[kids[change], 1] = later[change]
    people.surname[kids[change], 2] = later[change]
    step_kids = np.flatnonzero(people.role == STEP_CHILD)
    _set_surname(people, step_kids, people.surname[people.father[step_kids], 0])
    new = np.flatnonzero(people.role == ADOPTED_CHILD)
    _set_surname(people, new, people.surname[people.mother[new], 0])
    kept = dice.chance("keeps forename", new, rates["detail.adopted_keeps_forename"])
    people.forename[new] = np.where(kept, people.forename[people.before[new]], people.forename[new])


def _set_surname(people: People, rows: Ints, codes: Ints) -> None:
    people.surname[rows] = np.asarray(codes)[:, None]


def _patronyms(people: People, kids: Ints, names: Ints, book: NameBook) -> Ints:
    kind = np.array([one.patronym for one in book.cultures])[people.culture[kids]]
    father = people.father[kids]
    known = father >= 0
    safe = np.maximum(father, 0)
    names = names.copy()
    chain = known & (kind == "chain")
    has_middle = chain & (people.middle[safe] >= 0)
    people.middle[kids[chain]] = people.forename[safe[chain]]
    names[chain] = people.surname[safe[chain], 0]
    names[has_middle] = people.middle[safe[has_middle]]
    initial = known & (kind == "initial")
    names[initial] = people.forename[safe[initial]]
    two = known & (kind == "two surnames")
    mothers = people.surname[people.mother[kids[two]], 0]
    names[two] = book.words.join(mothers, people.surname[safe[two], 0], " ")
    return names


def _begum(dice: Dice, people: People, book: NameBook, rows: Ints) -> None:
    chance = book.trait("begum", people.culture) * np.where(people.role == CHILD, 0.35, 1.0)
    who = rows[people.female & dice.chance("begum", rows, chance)]
    _set_surname(people, who, book.words.codes(list(BEGUM))[dice.pick("which begum", who, [0.6, 0.25, 0.15])])
    people.renamed[who] = NEVER


def _namesakes(dice: Dice, rates: Rates, people: People) -> None:
    """Father and son of one name; a name used again after a death."""
    kids = np.flatnonzero((people.role == CHILD) & ~people.female)
    father = people.father[kids]
    first = ~_repeats(people.family[kids], father)
    junior = (father >= 0) & first & dice.chance("junior", kids, rates["family.junior"])
    people.forename[kids[junior]] = people.forename[father[junior]]
    people.call_name[kids[junior]] = NOBODY
    every = np.flatnonzero(people.role == CHILD)
    lost = every[:-1][
        (people.stillborn[every[:-1]] | (people.died[every[:-1]] < people.born[every[1:]]))
        & (people.family[every[:-1]] == people.family[every[1:]])
        & (people.female[every[:-1]] == people.female[every[1:]])
        & (people.birth[every[:-1]] != people.birth[every[1:]])
    ]
    again = lost[dice.chance("name reused", lost, rates["family.name_reused"])]
    people.forename[again + 1] = people.forename[again]
