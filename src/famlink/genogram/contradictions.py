"""What a family file says that cannot be: kept as it is said, and marked on the line and at the person."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace

from famlink.genogram.family import ADOPTIVE, BIRTH, Family, ParentLink, Person

LEAST_PARENT_AGE = 12
"""A parent fewer years older than the child is marked."""

_YEAR_DAYS = 365.25
_PARENTS = 2
_ROUND, _OWN_PARENT = "claimed as their own ancestor", "claimed as their own parent"
_TOO_MANY = "more parents are claimed than a child has"


def marked(family: Family) -> Family:
    """Mark the contradictions of a family file: nobody and no link is left out.

    Marked are a person who is their own ancestor or parent, more birth parents than a child has, and a parent younger than
    the child or less than twelve years older (only the former where a date is estimated).

    Args:
        family: the family as it was read.

    Returns:
        the same family with the conflicts of people and links filled in.

    Example:
        >>> from famlink.genogram.family import Union
        >>> told = (Person("a", born=dt.date(1990, 1, 1)), Person("b", born=dt.date(1950, 1, 1)))
        >>> marked(Family(told, (Union("u", ("a",)),), (ParentLink("b", "u"),))).people[1].conflicts
        ('a parent younger than the child is claimed',)
    """
    people = {person.id: person for person in family.people}
    partners = {union.id: union.partners for union in family.unions}
    said: dict[str, dict[str, None]] = defaultdict(dict)  # kept in the order found, each once
    clash: dict[tuple[str, str], str] = {}

    def mark(link: ParentLink, at_person: str, on_line: str = "") -> None:
        said[link.child][at_person] = None
        clash.setdefault((link.child, link.union), on_line or at_person)

    circular = _circular(family, partners)
    births: dict[str, list[ParentLink]] = defaultdict(list)
    for link in family.links:
        if (link.child, link.union) in circular:
            mark(link, _OWN_PARENT if link.child in partners[link.union] else _ROUND)
        elif link.kind == BIRTH:
            for parent in partners[link.union]:
                if trouble := _ages(people[parent], people[link.child]):
                    mark(link, trouble)
        if link.kind == BIRTH and partners[link.union]:
            births[link.child].append(link)
    for links in births.values():
        parents = list(dict.fromkeys(p for link in links for p in partners[link.union]))
        sexes = [people[p].sex for p in parents]
        counts = {word: sexes.count(sex) for sex, word in (("female", "mothers"), ("male", "fathers"))}
        if len(links) < _PARENTS or (len(parents) <= _PARENTS and max(counts.values()) < _PARENTS):
            continue
        words = [f"{n} {word} claimed" for word, n in counts.items() if n > 1] or [f"{len(parents)} parents claimed"]
        for link in links:
            for word in words:
                mark(link, word, _TOO_MANY)
    return replace(
        family,
        people=tuple(
            replace(p, conflicts=tuple(dict.fromkeys([*p.conflicts, *said[p.id]]))) if p.id in said else p
            for p in family.people
        ),
        links=tuple(replace(k, conflict=k.conflict or clash.get((k.child, k.union), "")) for k in family.links),
    )


def too_young(parent: dt.date | None, child: dt.date | None) -> str:
    """Say that a parent is too young for a child.

    Args:
        parent: date of birth of the parent.
        child: date of birth of the child.

    Returns:
        a sentence without its stop; empty where nothing is wrong, or a date is not known.

    Example:
        >>> too_young(dt.date(2004, 1, 1), dt.date(2012, 1, 1))
        'a parent less than 12 years older is claimed'
    """
    if parent is None or child is None:
        return ""
    years = (child - parent).days / _YEAR_DAYS
    if years < 0:
        return "a parent younger than the child is claimed"
    return f"a parent less than {LEAST_PARENT_AGE} years older is claimed" if years < LEAST_PARENT_AGE else ""


def _ages(parent: Person, child: Person) -> str:
    exact = parent.born_exact and child.born_exact
    if exact or (parent.born and child.born and child.born < parent.born):
        return too_young(parent.born, child.born)
    return ""


def _circular(family: Family, partners: dict[str, tuple[str, ...]]) -> set[tuple[str, str]]:
    """Links of birth or adoption through which somebody descends from themselves."""
    below: dict[str, set[str]] = defaultdict(set)
    above: dict[str, set[str]] = defaultdict(set)
    links = [k for k in family.links if k.kind in {BIRTH, ADOPTIVE}]
    for link in links:
        for parent in partners[link.union]:
            below[parent].add(link.child)
            above[link.child].add(parent)
    left = {person.id for person in family.people}
    ends = [p for p in left if not below[p] or not above[p]]
    while ends:  # whoever has nobody above or nobody below is on no circle; without them, so may others be
        person = ends.pop()
        if person not in left:
            continue
        left.discard(person)
        for near, back in ((below[person], above), (above[person], below)):
            for other in near:
                back[other].discard(person)
                if not back[other]:
                    ends.append(other)

    def leads(start: str, goal: str) -> bool:
        seen, stack = {start}, [start]
        while stack:
            person = stack.pop()
            if person == goal:
                return True
            stack += [n for n in below[person] & left if n not in seen]
            seen |= below[person] & left
        return False

    return {
        (link.child, link.union)
        for link in links
        if link.child in left and any(p in left and leads(link.child, p) for p in partners[link.union])
    }
