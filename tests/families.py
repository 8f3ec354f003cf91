"""Families of our own making: made-up people only, from easy to hard.

A family is written as unions: ``M1+F1=M2 F3`` is a couple (M male, F female, X not recorded) and its children, eldest
first; ``F3=M4`` a parent whose partner is not recorded; ``=M5 F6`` siblings whose parents are not recorded. ``m`` for
``+`` is a marriage, ``d`` a divorce, ``e`` a cohabitation that ended.
"""

from __future__ import annotations

import datetime as dt
import random
import re

from famlink.genogram.family import Family, ParentLink, Person, Union

_UNION = re.compile(r"^([MFX]\d+)?(?:([+mde])([MFX]\d+))?(?:=(.*))?$")
_SEX = {"M": "male", "F": "female", "X": None}
_KIND = {
    "+": ("unknown", "current"),
    "m": ("married", "current"),
    "d": ("married", "divorced"),
    "e": ("cohabiting", "ended"),
}

EASY = {
    "one child": "M1+F1=M2",
    "nuclear": "M1mF1=M2 F3 M4",
    "three generations": "M1mF1=M2 F3; M2+F5=M6 F7",
    "both grandparents": "M1mF1=M2 F3; M4mF4=F5 M9; M2mF5=M6 F7 M8",
    "single mother": "F1=M2 F3",
    "siblings without parents": "=M1 F2 M3",
    "half siblings, one father not recorded": "M1eF1=M2; F1=F3 M4",
    "two marriages": "M1dF1=M2 F3; M1mF2=M4",
    "three sisters marry": "M1mF1=F2 F3 F4; M5+F2=M8; M6+F3=F9; M7+F4=M10 F11",
    "four generations": "M1mF1=M2; M2mF2=F3; M4+F3=M5 F6; M5+F7=M8",
    "eight children": "M1mF1=M2 F3 M4 F5 M6 F7 M8 F9",
    "two unrelated families": "M1+F1=M2; M3+F3=F4 M5",
    "couple without children": "M1mF1",
    "grandparents of both sides and uncles": "M1mF1=M2 M3 F4; M5mF5=F6 M7 F8; M3mF6=F9 M10",
    "aunt raises nobody": "M1mF1=F2 F3; M4+F2=M5; F3=F6",
}

HARD = {
    "three fathers": "M1eF1=M4; M2eF1=F5 F6; M3+F1=M7",
    "four mothers": "M1dF1=M6; M1eF2=F7; M1eF3=M8 F9; M1mF4=M10",
    "three partners on both sides": "M1eF1=M4; M2eF1=M5; M2mF3=F6; M2eF4=M9; M3+F1=F7",
    "first cousins": "M1mF1=M2 F3; M2mF4=M5 M6; M7mF3=F8 F9; M5mF8=M10 F11",
    "double first cousins": "M1mF1=M2 M3; M4mF4=F5 F6; M2mF5=M7; M3mF6=F8; M7mF8=M9",
    "second cousins": "M1mF1=M2 M3; M2mF2=M4; M3mF3=M5; M4mF6=M7; M5mF7=F8; M7mF8=F9 M10",
    "two brothers, two sisters": "M1mF1=M2 M3; M4mF4=F5 F6; M2mF5=M7 F8; M3mF6=M9 F10",
    "widow marries the brother": "M1mF1=M2 M3; M2mF4=M5 F6; M3mF4=M7",
    "uncle and niece": "M1mF1=M2 M3; M2mF4=F5; M3mF5=M6",
    "remarriage across families": "M1dF1=M5 F6; M2dF2=M7 F8; M1mF2=F9; M2mF1=M10",
    "swap of couples with grandparents": "M11mF11=M1 F21; M12mF12=F1 M22; M1dF1=M5; M2dF2=M6 F7; M2mF1=F8; M1mF2=M9",
    "partner chain of five": "M1eF1=M6; M2eF1=F7; M2eF2=M8; M3eF2=F9; M3+F3=M10",
    "five partners": "M1eF9=M21; M2eF9=F22; M3eF9=M23; M4eF9=F24; M5+F9=M25",
    "cousins and two wives": "M1mF1=M2 F3; M2mF4=M5; M6mF3=F7; M5mF7=M8; M5eF9=F10",
    "half siblings marry in": "M1eF1=M2; M1mF2=F3 M4; M5mF5=F6 F7; M2mF6=M8; M4mF7=F9",
    "six in-laws": "M1mF1=M2 F3 M4; M11mF11=F12 M13; M14mF14=M15 F16; M17mF17=F18; M2mF12=M5; M15mF3=F6; M4mF18=M7 F8",
    "three sisters, three fathers each known": "M1mF1=F2 F3 F4; M5eF2=M11; M6eF2=F12; M7eF3=M13; M8+F3=M14; M9eF4=F15; M10mF4=M16",
    "grandfather remarried, aunt of niece's age": "M1dF1=M2 F3; M1mF4=F5 M6; M2mF7=F8 M9; M10mF5=M11",
    "cousins' children marry": "M1mF1=M2 F3 M4; M2mF5=M6; M7mF3=F8; M4mF9=M10 F11; M6mF8=M12 F13; M14mF11=M15; M15mF13=F16",
    "ring of three couples": "M1mF1=M4 F5; M2mF2=M6 F7; M3mF3=M8 F9; M4mF7=M10; M6mF9=F11; M8mF5=M12",
    "siblings without parents with children": "=F1 F2 M3; M4eF1=M5; M6+F2=F7 M8; M3=F9",
    "mother and daughter, one partner": "M1mF1=F2; M3eF1=M4; M3+F2=F5",
}


def parse(text: str) -> Family:
    """A family from its unions."""
    people: dict[str, None] = {}
    unions, links, pairs = [], [], []
    for i, part in enumerate(p.strip() for p in text.split(";")):
        first, mark, second, children = _UNION.match(part).groups()
        partners = tuple(p for p in (first, second) if p)
        below = (children or "").split()
        people |= dict.fromkeys([*partners, *below])
        kind, state = _KIND[mark or "+"]
        unions.append(Union(f"u{i}", partners, kind, state))
        links += [ParentLink(child, f"u{i}") for child in below]
        pairs += [(p, c) for p in partners for c in below]
    depth = _depths(list(people), pairs)
    order = {p: i for i, p in enumerate(people)}
    made = tuple(
        Person(
            p,
            name=f"{'Ann' if p[0] == 'F' else 'Ben'} {p}",
            sex=_SEX[p[0]],
            born=(day := dt.date(1920 + 26 * depth[p], 1, 1) + dt.timedelta(days=40 * (order[p] % 90))),
            born_text=str(day.year),
            index=p == list(people)[-1],
        )
        for p in people
    )
    return Family(made, tuple(unions), tuple(links), as_at=dt.date(2026, 6, 1), synthetic=True).checked()


def _depths(people, pairs):
    depth = dict.fromkeys(people, 0)
    for _ in range(len(people)):
        for parent, child in pairs:
            depth[child] = max(depth[child], depth[parent] + 1)
    return depth


def grown(seed: int, *, size: int, knots: int = 0, partners: float = 0.12) -> str:
    """A family grown at random: ``knots`` cousin unions or remarriages across it, ``partners`` chance of another partner."""
    dice = random.Random(seed)
    count = 0

    def person(sex=None):
        nonlocal count
        count += 1
        return f"{sex or dice.choice('MF')}{count}"

    def couple(a, b):
        return (a, b) if a[0] == "M" else (b, a)

    unions: list[tuple[tuple[str, str], list[str]]] = []
    generation = {}
    start = couple(person("M"), person("F"))
    generation |= dict.fromkeys(start, 1)
    unions.append((start, []))
    queue = [unions[0]]
    while queue and count < size:
        pair, children = queue.pop(0)
        level = generation[pair[0]] + 1
        for _ in range(dice.choice((1, 2, 2, 3, 3, 4, 5))):
            child = person()
            generation[child] = level
            children.append(child)
        for child in list(children):
            if level >= 5 or count >= size or dice.random() < 0.35:
                continue
            for turn in range(1 + (dice.random() < partners) + (dice.random() < partners * 0.7)):
                mate = person("F" if child[0] == "M" else "M")
                generation[mate] = level
                made = (couple(child, mate), [])
                unions.append(made)
                queue.append(made)
                if not turn and dice.random() < 0.22 and count + 3 < size:  # the mate's own parents and siblings
                    upper = couple(person("M"), person("F"))
                    generation |= dict.fromkeys(upper, level - 1)
                    kin = [person() for _ in range(dice.choice((0, 0, 1, 2)))]
                    generation |= dict.fromkeys(kin, level)
                    unions.append((upper, [mate, *kin]))
    taken = {p for pair, _ in unions for p in pair}
    for _ in range(knots):
        for level in dice.sample((2, 3, 4, 5), 4):
            free = [p for p in generation if generation[p] == level and (p not in taken or dice.random() < 0.3)]
            men, women = [p for p in free if p[0] == "M"], [p for p in free if p[0] == "F"]
            sibs = [set(children) for _, children in unions]
            choices = [
                (m, f)
                for m in men
                for f in women
                if not any({m, f} <= s for s in sibs) and not any({m, f} == set(pair) for pair, _ in unions)
            ]
            if choices:
                m, f = dice.choice(choices)
                child = person()
                unions.append(((m, f), [child]))
                taken |= {m, f}
                break
    return "; ".join(f"{a}+{b}" + (f"={' '.join(c)}" if c else "") for (a, b), c in unions)


def case(seed: int) -> str:
    """A family as caseworkers meet it: a parent with several partners, who have others; grandparents, aunts, a new baby.

    A third have three partners of one person or more; some sisters share a partner, some fathers are not recorded.
    """
    dice = random.Random(seed)
    count = 0
    unions: list[tuple[str, str, list[str]]] = []

    def person(sex=None):
        nonlocal count
        count += 1
        return f"{sex or dice.choice('MF')}{count}"

    def union(a, b, children):
        unions.append((a, b, children))

    def brood(most):
        return [person() for _ in range(dice.randint(1, most))]

    def origin(someone, *, most):
        """Parents, siblings and half-siblings of somebody."""
        father, mother = person("M"), person("F")
        kin = [person() for _ in range(dice.randint(0, most))]
        group = [someone, *kin]
        dice.shuffle(group)
        union(father, mother, group)
        if dice.random() < 0.35:
            union(person("M"), mother, brood(2))
        elif dice.random() < 0.2:
            union(father, person("F"), brood(2))
        return kin

    parent = person("F")
    several = dice.choice((1, 2, 2, 3, 3, 4))
    fathers = []
    children = []
    for turn in range(several):
        own = brood(3)
        children += own
        if dice.random() < 0.15:
            union("", parent, own)
            continue
        father = person("M")
        fathers.append(father)
        union(father, parent, own if turn or dice.random() < 0.9 else [])
        if dice.random() < 0.4:
            union(father, person("F") if dice.random() < 0.8 else "", brood(2))
    kin = origin(parent, most=3) if dice.random() < 0.7 else []
    for father in fathers:
        if dice.random() < 0.3:
            kin += origin(father, most=2)
    for aunt in kin:
        if dice.random() < 0.45:
            mate = person("F" if aunt[0] == "M" else "M")
            a, b = (aunt, mate) if aunt[0] == "M" else (mate, aunt)
            union(a, b, brood(3))
            if dice.random() < 0.15:
                origin(mate, most=1)
    sisters = [k for k in kin if k[0] == "F"]
    if fathers and sisters and dice.random() < 0.15:
        union(dice.choice(fathers), dice.choice(sisters), brood(1))
    for child in children:
        if dice.random() < 0.15:
            mate = person("F" if child[0] == "M" else "M")
            a, b = (child, mate) if child[0] == "M" else (mate, child)
            union(a, b, brood(2))
    texts = {}
    for a, b, below in unions:
        name = "+".join(p for p in (a, b) if p)
        texts[name] = texts.get(name, []) + below
    return "; ".join(name + (f"={' '.join(below)}" if below else "") for name, below in texts.items())


def mixed(seed: int) -> str:
    """A family of mixed shape and size from a seed: trees, remarriages, step and half families, cousin unions."""
    dice = random.Random(seed)
    kind = dice.choice(("tree", "case", "case", "remarried", "knotted", "knotted"))
    if kind == "case":
        return case(seed)
    size = dice.randint(8, 40)
    if kind == "tree":
        return grown(seed, size=size, partners=0.05)
    if kind == "remarried":
        return grown(seed, size=size, partners=0.35)
    return grown(seed, size=size, knots=dice.choice((1, 1, 2, 3)), partners=0.15)


GROWN = (
    {f"tree {i}": grown(i, size=14 + i, partners=0.0) for i in range(14)}
    | {f"remarried {i}": grown(100 + i, size=15 + 2 * i, partners=0.3) for i in range(12)}
    | {f"knotted {i}": grown(200 + i, size=15 + 2 * i, knots=1 + i % 2, partners=0.12) for i in range(14)}
)

FAMILIES = EASY | HARD | GROWN
"""Name -> family as text; more than a third have three partners of one person, cousin unions or remarriage across."""
