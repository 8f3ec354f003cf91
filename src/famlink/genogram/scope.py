"""Whom a drawing shows: the people nearest to those it is about; the rest are counted where they hang."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import replace

from famlink.errors import GenogramError
from famlink.genogram.family import Family


def within(family: Family, focus: tuple[str, ...], *, max_people: int, everybody: bool = False) -> Family:
    """Keep the people nearest to the focus, at most so many.

    Nearness is hops over unions and parent links. A union stays where all who stay in it still make a line; people left
    out are counted at the nearest person who stays, so that the counts add up to everybody connected with the focus.

    Args:
        family: the whole family.
        focus: ids of the people the drawing is about.
        max_people: most people kept.
        everybody: whether people nothing joins to the focus are kept too, after all others, while there is room; those left
            out are counted in the notices.

    Returns:
        the family drawn, index people marked.

    Raises:
        GenogramError: a focus is not in the family, or fewer people are allowed than the drawing is about.
    """
    known = {person.id for person in family.people}
    wanted = tuple(_find(known, one) for one in focus)
    if max_people < max(1, len(set(wanted))):
        raise GenogramError(
            f"a drawing about {len(set(wanted))} people cannot show at most {max_people}; allow more people"
        )
    around = _neighbours(family)
    near: dict[str, str | None] = dict.fromkeys(wanted)
    queue = deque(near)
    while queue:
        person = queue.popleft()
        for other in around[person]:
            if other not in near:
                near[other] = person
                queue.append(other)
    alone = [p.id for p in family.people if p.id not in near] if everybody else []
    kept = set([*near, *alone][:max_people])
    left_out = sum(p not in kept for p in alone)
    more: dict[str, int] = defaultdict(int)
    for person in near:
        holder: str | None = person
        while holder is not None and holder not in kept:
            holder = near[holder]
        if person not in kept and holder is not None:
            more[holder] += 1
    cut = _cut(family, kept, set(wanted), more)
    if not left_out:
        return cut
    words = f"{left_out} more released people, whom nothing released joins to the others, are not drawn."
    return replace(cut, notices=(*cut.notices, words))


def _find(known: set[str], wanted: str) -> str:
    """An id as given, or as an xref with or without its signs."""
    for form in (wanted, f"@{wanted}@", wanted.strip("@")):
        if form in known:
            return form
    raise GenogramError("the person to focus on is not in the family; give an id the file or the run holds")


def _neighbours(family: Family) -> dict[str, list[str]]:
    """Whom each person is joined to: parents and children first, then partners and siblings, in the family's order."""
    children: dict[str, list[str]] = defaultdict(list)
    for link in family.links:
        children[link.union].append(link.child)
    around: dict[str, list[str]] = defaultdict(list)
    for union in family.unions:
        for child in children[union.id]:
            around[child] += union.partners
    for union in family.unions:
        for parent in union.partners:
            around[parent] += [p for p in union.partners if p != parent] + children[union.id]
    for union in family.unions:
        for child in children[union.id]:
            around[child] += [c for c in children[union.id] if c != child]
    for home in family.households:
        for person in home.people:
            around[person] += [p for p in home.people if p != person]
    for person, other in family.acquaintances:
        around[person].append(other)
        around[other].append(person)
    for tie in family.ties:
        around[tie.source].append(tie.target)
        around[tie.target].append(tie.source)
    return around


def _cut(family: Family, kept: set[str], index: set[str], more: dict[str, int]) -> Family:
    people = tuple(
        replace(p, index=p.index or p.id in index, more=p.more + more.get(p.id, 0))
        for p in family.people
        if p.id in kept
    )
    links = [k for k in family.links if k.child in kept]
    children: dict[str, int] = defaultdict(int)
    for link in links:
        children[link.union] += 1
    unions = []
    for union in family.unions:
        partners = tuple(p for p in union.partners if p in kept)
        whole = len(partners) == len(union.partners)
        enough = len(partners) + children[union.id] > 1 and (children[union.id] or len(partners) > 1)
        if enough or (whole and (partners or children[union.id])):
            unions.append(replace(union, partners=partners, cut=union.cut or not whole))
    names = {u.id for u in unions}
    homes = (replace(h, people=tuple(p for p in h.people if p in kept)) for h in family.households)
    services = (replace(s, people=tuple(p for p in s.people if p in kept)) for s in family.services)
    return replace(
        family,
        people=people,
        unions=tuple(unions),
        links=tuple(k for k in links if k.union in names),
        households=tuple(h for h in homes if h.people),
        ties=tuple(t for t in family.ties if t.source in kept and t.target in kept),
        services=tuple(s for s in services if s.people),
        twins=tuple(t for t in family.twins if set(t) <= kept),
        identical=tuple(t for t in family.identical if set(t) <= kept),
        responsibility=tuple((a, c) for a, c in family.responsibility if a in kept and c in kept),
    )
