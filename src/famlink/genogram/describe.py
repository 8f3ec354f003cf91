"""Each symbol in words, for people who do not see the drawing."""

from __future__ import annotations

from collections import defaultdict

from famlink.genogram.captions import SURE
from famlink.genogram.family import LOSSES, Family, Person
from famlink.genogram.notation import LINK_WORDS, LOSS_WORDS, UNION_WORDS

_SHAPES = {"square": "male", "circle": "female", "diamond": "sex {gap}, or the records disagree", "triangle": "unborn"}
_SHAPES |= {loss: LOSS_WORDS[loss] for loss in LOSSES}


def describe(family: Family) -> dict[str, str]:
    """Describe every symbol.

    Args:
        family: the family drawn.

    Returns:
        symbol id -> one or more sentences: who, when, partners, parents, children, who knows them, how sure.
    """
    names = {p.id: p.name for p in family.people}
    unions = {u.id: u for u in family.unions}
    said: dict[str, list[str]] = defaultdict(list)
    for union in family.unions:
        for person in union.partners:
            others = [names[o] for o in union.partners if o != person]
            state = "" if union.state == "current" else f", {union.state}"
            if others:
                said[person].append(f"With {others[0]}: {UNION_WORDS[union.kind]}{state}.")
    for link in family.links:
        parents = [names[p] for p in unions[link.union].partners]
        words = LINK_WORDS[link.kind] + (f" ({link.tag})" if link.tag else "")
        if parents:
            said[link.child].append(f"{words.capitalize()} of {' and '.join(parents)}.")
        for parent in unions[link.union].partners:
            said[parent].append(f"{names[link.child]}: {words}.")
    for home in family.households:
        for person in home.people:
            said[person].append(f"Lives at {home.label}.")
    for service in family.services:
        for person in service.people:
            said[person].append(f"{service.name} works with them.")
    told = {p.id: " ".join([*_alone(p, family.gap), *said[p.id]]) for p in family.people}
    told |= {
        f"slot:{union}": f"{words[:1].upper()}{words[1:]}; nobody is drawn."
        for union, words in family.missing().items()
    }
    return told


def _alone(person: Person, gap: str) -> list[str]:
    words = [f"{_SHAPES[person.shape].format(gap=gap).capitalize()}."]
    if person.group is not None:
        words.append(f"One symbol for {person.group or 'a number not recorded of'} people.")
    if person.index:
        words.append("The drawing is about this person.")
    if person.born_text:
        words.append(f"Born {'' if person.born_exact else 'about '}{person.born_text}.")
    if person.expected and person.born is None:
        words.append(f"Expected {person.expected.day} {person.expected:%B %Y}.")
    if person.age is not None:
        words.append(f"Aged {person.age}{' at death' if person.deceased else ''}.")
    if person.deceased and not person.loss:
        words.append("Deceased.")
    if person.agencies:
        words.append(f"Known to {_agencies(person.agencies)}" + (" only." if person.alone else "."))
    if others := tuple(a for a in person.existence if a not in person.agencies):
        words.append(f"Also known to {_agencies(others)}: existence only.")
    if person.records > 1 and person.probability < SURE:
        words.append(f"Likely the same person in {person.records} records ({person.probability:.2f}).")
    words += [f"{conflict[:1].upper()}{conflict[1:]}." for conflict in person.conflicts]
    words += [f"{note[:1].upper()}{note[1:]}." for note in person.notes]
    if person.more:
        words.append(f"{person.more} more relatives are not drawn.")
    return words


def _agencies(names: tuple[str, ...]) -> str:
    return ", ".join(names).replace("_", " ")
