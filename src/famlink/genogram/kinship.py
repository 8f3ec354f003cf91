"""From the relations table to unions, typed parent links, sibling sets and what contradicts them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

from famlink.genogram.contradictions import too_young
from famlink.genogram.family import (
    ADOPTIVE,
    BIRTH,
    FOSTER,
    GUARDIAN,
    KINSHIP,
    LODGED,
    STEP,
    ParentLink,
    Union,
)
from famlink.sharing.portrait import Portrait

_CARE = {
    "foster carer": (FOSTER, "foster"),
    "private foster carer": (FOSTER, "private foster"),
    "special guardian": (GUARDIAN, "SGO"),
    "guardian": (GUARDIAN, "guardian"),
    "kinship carer": (KINSHIP, "kinship care"),
    "carer": (KINSHIP, "carer"),
}
_COUPLES = {
    "spouse": ("married", "current"),
    "partner": ("cohabiting", "current"),
    "ex-spouse": ("married", "divorced"),
    "ex-partner": ("cohabiting", "ended"),
    "co-parent": ("unknown", "current"),
}
_DRAWN = {"parent", "parent of unborn", "child", "unborn child", "sibling", *_CARE, *_COUPLES}
_INVERSE_OF_CARE = {
    "child in foster care",
    "privately fostered child",
    "child under special guardianship",
    "child in kinship care",
    "ward",
    "person cared for",
}
_NEVER_NOTED = {"self", "professional", "client"}
_VAGUE = {"other", "unknown", "household member", "relative"}
_MOST_NOTES = 3
_TWO = 2


class _Row(NamedTuple):
    person: str
    relative: str
    kind: str
    marks: frozenset[str]
    start: dt.date | None
    end: dt.date | None
    stated: bool
    responsible: bool
    conflict: str


@dataclass
class Kinship:
    """What the relations say, as a drawing holds it."""

    unions: tuple[Union, ...] = ()
    links: tuple[ParentLink, ...] = ()
    twins: tuple[tuple[str, ...], ...] = ()
    identical: tuple[tuple[str, ...], ...] = ()
    responsibility: tuple[tuple[str, str], ...] = ()
    professionals: dict[str, tuple[str, ...]] = field(default_factory=dict)
    acquaintances: tuple[tuple[str, str], ...] = ()
    notes: dict[str, list[str]] = field(default_factory=dict)
    conflicts: dict[str, list[str]] = field(default_factory=dict)


def kinship(relations: pl.DataFrame, portraits: dict[str, Portrait]) -> Kinship:
    """Read unions, parent links and sibling sets out of the relations table.

    Every stated or derived relation that says parent, carer, partner or sibling is drawn once; grandparents, aunts and
    cousins show through them, and are written under the name where nothing drawn says them.

    Args:
        relations: table ``relations``, released rows.
        portraits: person id -> portrait.

    Returns:
        what is drawn, and what contradicts it.
    """
    rows = _rows(relations, portraits)
    found = Kinship(notes=defaultdict(list), conflicts=defaultdict(list))
    unions = _Unions(portraits)
    _partners(rows, unions, portraits, found)
    _parents(rows, unions, portraits, found)
    _care(rows, unions)
    _siblings(rows, unions, portraits)
    _twins(rows, unions, found)
    _unsaid(rows, unions, portraits, found)
    _others(rows, found)
    found.unions, found.links = unions.finished()
    seen = {(row.relative, row.person) for row in rows if row.responsible}
    found.responsibility = tuple(sorted(seen))
    return found


def _rows(relations: pl.DataFrame, portraits: dict[str, Portrait]) -> list[_Row]:
    columns = (
        "person_id",
        "relative_id",
        "relationship",
        "qualifier",
        "start",
        "end",
        "basis",
        "parental_responsibility",
        "conflict",
    )
    rows = []
    for person, relative, kind, qualifier, start, end, basis, responsible, conflict in (
        relations.select(columns).sort(columns[:4]).iter_rows()
    ):
        if person in portraits and relative in portraits:
            marks = frozenset(qualifier.split())
            rows.append(
                _Row(person, relative, kind, marks, start, end, basis == "stated", bool(responsible), conflict or "")
            )
    return rows


class _Unions:
    """Unions by their partners, and the children in them."""

    def __init__(self, portraits: dict[str, Portrait]) -> None:
        self._portraits = portraits
        self._union: dict[tuple[str, ...], dict[str, object]] = {}
        self._link: dict[tuple[str, tuple[str, ...]], ParentLink] = {}
        self.brackets: list[tuple[str, ...]] = []

    def couple(self, partners: tuple[str, ...], **said: object) -> None:
        """Add a union, or say more of it."""
        self._union.setdefault(self._ordered(partners), {}).update(said)

    def child(self, child: str, partners: tuple[str, ...], kind: str, *, tag: str = "", conflict: str = "") -> None:
        """Put a child into a union; a child by birth stays one whatever else is said."""
        key = self._ordered(partners)
        self._union.setdefault(key, {})
        if (child, key) not in self._link or kind == BIRTH:
            self._link[child, key] = ParentLink(child, "", kind, tag, conflict)

    def parents(self, child: str, *kinds: str) -> set[str]:
        """Everybody who is a parent of a child in one of these ways."""
        return {p for (c, key), link in self._link.items() if c == child and link.kind in kinds for p in key}

    def children(self) -> dict[tuple[str, ...], list[str]]:
        """Partners -> children by birth or adoption."""
        under: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for (child, key), link in self._link.items():
            if link.kind in {BIRTH, ADOPTIVE}:
                under[key].append(child)
        return under

    def placed(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every child with the partners it is put under."""
        return list(self._link)

    def pairs(self) -> set[frozenset[str]]:
        """The couples known."""
        return {frozenset(key) for key in self._union if len(key) == _TWO}

    def _ordered(self, partners: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(set(partners), key=lambda p: (self._portraits[p].sex != "male", p)))

    def finished(self) -> tuple[tuple[Union, ...], tuple[ParentLink, ...]]:
        """Unions and links with their ids, in a fixed order."""
        names = {key: "u:" + "+".join(key) for key in sorted(self._union)}
        unions = [Union(names[key], key, **said) for key, said in sorted(self._union.items())]  # type: ignore[arg-type]
        links = [
            ParentLink(link.child, names[key], link.kind, link.tag, link.conflict)
            for (_, key), link in sorted(self._link.items())
        ]
        for people in sorted(self.brackets):
            name = "s:" + "+".join(people)
            unions.append(Union(name, ()))
            links += [ParentLink(person, name) for person in people]
        return tuple(unions), tuple(links)


def _partners(rows: list[_Row], unions: _Unions, portraits: dict[str, Portrait], found: Kinship) -> None:
    said: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for row in rows:
        if row.kind in _COUPLES and row.person == row.relative:
            found.conflicts[row.person].append("claimed as their own partner")
        if row.kind in _COUPLES and row.person < row.relative:
            said[row.person, row.relative].append(row)
    for pair, claims in said.items():
        stated = [c for c in claims if c.stated] or claims
        kind = "married" if any("spouse" in c.kind for c in stated) else "unknown"
        if kind == "unknown" and any(c.kind in {"partner", "ex-partner"} for c in stated):
            kind = "cohabiting"
        over = [c for c in stated if c.kind.startswith("ex-")]
        current = [c for c in stated if not c.kind.startswith("ex-") and c.end is None]
        state = "current"
        if over and not (current and any(c.start for c in current)):
            state = "divorced" if any(c.kind == "ex-spouse" for c in over) else "ended"
        elif not current:
            state = "separated" if kind == "married" else "ended"
        starts = [c.start for c in stated if c.start]
        ends = [c.end for c in stated if c.end] + [c.start for c in over if c.start and not c.end]
        deaths = [day for p in pair if (day := portraits[p].died) is not None]
        if state in {"separated", "ended"} and not over and deaths and max(ends) >= min(deaths):
            state = "current"  # death ended it, not a separation
        start = min((s for s in starts if s not in ends), default=None)
        end = max(ends) if ends and state != "current" else None
        unions.couple(
            pair,
            kind=kind,
            state=state,
            start=start,
            end=end,
            start_text=str(start.year) if start else "",
            end_text=str(end.year) if end else "",
            conflict=next((c.conflict for c in claims if c.conflict), ""),
        )


def _parents(rows: list[_Row], unions: _Unions, portraits: dict[str, Portrait], found: Kinship) -> None:
    by_child: dict[str, dict[str, _Row]] = defaultdict(dict)
    for row in rows:
        if row.kind in {"parent", "parent of unborn"} and "step" not in row.marks:
            kept = by_child[row.person].get(row.relative)
            if kept is None or (row.stated, "birth" in row.marks) > (kept.stated, "birth" in kept.marks):
                by_child[row.person][row.relative] = row
    for child, parents in sorted(by_child.items()):
        for kind in (BIRTH, ADOPTIVE, FOSTER):
            group = [p for p, row in sorted(parents.items()) if _kind_of(row) == kind]
            if group:
                _one_kind(child, group, kind, parents, unions, portraits, found)
    steps = sorted({(r.person, r.relative) for r in rows if r.kind == "parent" and "step" in r.marks})
    for child, step in steps:
        birth = unions.parents(child, BIRTH, ADOPTIVE)
        if step not in birth and not any(frozenset((step, p)) in unions.pairs() for p in birth):
            unions.child(child, (step,), STEP, tag="step")


def _kind_of(row: _Row) -> str:
    if "adoptive" in row.marks:
        return ADOPTIVE
    return FOSTER if "foster" in row.marks else BIRTH


def _one_kind(
    child: str,
    group: list[str],
    kind: str,
    said: dict[str, _Row],
    unions: _Unions,
    portraits: dict[str, Portrait],
    found: Kinship,
) -> None:
    """Put a child under its parents of one kind: one couple where they can be one, else several with the conflict said."""
    for parent in group:
        trouble = said[parent].conflict or _too_young(portraits[parent], portraits[child])
        if trouble:
            found.conflicts[child].append(trouble)
    sexes = [portraits[p].sex for p in group]
    one_each = len(group) <= _TWO and not (
        kind == BIRTH
        and len(group) == _TWO
        and sexes[0] is not None
        and sexes[0] == sexes[1]
        and frozenset(group) not in unions.pairs()
    )
    tag = {FOSTER: "foster"}.get(kind, "")
    if one_each:
        trouble = next((t for p in group if (t := said[p].conflict or _too_young(portraits[p], portraits[child]))), "")
        unions.child(child, tuple(group), kind, tag=tag, conflict=trouble)
        return
    for sex, word in (("female", "mothers"), ("male", "fathers")):
        count = sexes.count(sex)
        if count > 1:
            found.conflicts[child].append(f"{count} {word} claimed")
    mothers = [p for p in group if portraits[p].sex == "female"]
    fathers = [p for p in group if portraits[p].sex != "female"]
    pairs = [(m, f) for m in mothers for f in fathers if frozenset((m, f)) in unions.pairs()]
    if not pairs and mothers and fathers:
        pairs = [(mothers[0], fathers[0])]
    placed = {p for pair in pairs for p in pair}
    words = "more parents are claimed than a child has"
    for pair in pairs:
        unions.child(child, pair, kind, tag=tag, conflict=words)
    for parent in group:
        if parent not in placed:
            unions.child(child, (parent,), kind, tag=tag, conflict=words)


def _too_young(parent: Portrait, child: Portrait) -> str:
    return too_young(parent.date_of_birth, child.date_of_birth)


def _care(rows: list[_Row], unions: _Unions) -> None:
    carers: dict[tuple[str, str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        if row.kind in _CARE:
            kind, word = _CARE[row.kind]
            carers[row.person, kind, word].append(row)
    pairs = unions.pairs()
    for (child, kind, word), claims in sorted(carers.items()):
        who = sorted({row.relative for row in claims})
        dates = {row.relative: (row.start, row.end) for row in claims}
        marks = {row.relative: row.marks for row in claims}
        groups: list[tuple[str, ...]] = []
        while who:
            first = who.pop(0)
            mate = next((o for o in who if frozenset((first, o)) in pairs), None)
            if mate is None and len(who) == 1 and dates[first] == dates[who[0]]:
                mate = who[0]  # two carers from one day to another stand as one couple
            if mate is not None:
                who.remove(mate)
            groups.append((first,) if mate is None else (first, mate))
        for group in groups:
            start, end = dates[group[0]]
            arrangement = word == "guardian" and "order" in marks[group[0]]
            unions.child(child, group, LODGED if arrangement else kind, tag=_dated(word, start, end))


def _dated(word: str, start: dt.date | None, end: dt.date | None) -> str:
    if start and end:
        return f"{word} {start.year}" + (f"-{end.year}" if end.year != start.year else "")
    return f"{word} {start.year}" if start else f"{word} to {end.year}" if end else word


def _siblings(rows: list[_Row], unions: _Unions, portraits: dict[str, Portrait]) -> None:
    """Brackets for siblings whom no parent drawn joins; nobody is invented above them."""
    parents = {p: unions.parents(p, BIRTH, ADOPTIVE) for p in portraits}
    group = {p: p for p in portraits}

    def find(person: str) -> str:
        while group[person] != person:
            person = group[person]
        return person

    for key_children in unions.children().values():
        for other in key_children[1:]:
            a, b = sorted((find(key_children[0]), find(other)))
            group[b] = a
    joined: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.kind != "sibling" or row.person >= row.relative or "step" in row.marks or "foster" in row.marks:
            continue
        if parents[row.person] & parents[row.relative] or find(row.person) == find(row.relative):
            continue
        if "half" in row.marks and (parents[row.person] or parents[row.relative]):
            continue
        a, b = sorted((find(row.person), find(row.relative)))
        joined[a] |= joined.pop(b, set()) | {row.person, row.relative}
        group[b] = a
    brackets: dict[str, set[str]] = defaultdict(set)
    for people in joined.values():
        brackets[find(min(people))] |= people
    unions.brackets = [tuple(sorted(_fewest(people, parents))) for people in brackets.values()]


def _fewest(people: set[str], parents: dict[str, set[str]]) -> set[str]:
    """Of siblings who have parents drawn, one of each set stands in the bracket for the others."""
    kept: dict[frozenset[str], str] = {}
    alone = set()
    for person in sorted(people):
        if parents[person]:
            kept.setdefault(frozenset(parents[person]), person)
        else:
            alone.add(person)
    return alone | set(kept.values())


def _twins(rows: list[_Row], unions: _Unions, found: Kinship) -> None:
    together = unions.children().values()
    sets: list[set[str]] = []
    identical: set[frozenset[str]] = set()
    for row in rows:
        if row.kind != "sibling" or not row.marks & {"twin", "identical"} or row.person >= row.relative:
            continue
        pair = {row.person, row.relative}
        if not any(pair <= set(children) for children in together) and not any(
            pair <= set(bracket) for bracket in unions.brackets
        ):
            continue
        if "identical" in row.marks:
            identical.add(frozenset(pair))
        touching = [s for s in sets if s & pair]
        sets = [s for s in sets if not s & pair] + [pair.union(*touching)]
    found.twins = tuple(sorted(tuple(sorted(s)) for s in sets))
    found.identical = tuple(sorted(tuple(sorted(s)) for s in identical))


def _others(rows: list[_Row], found: Kinship) -> None:
    """Professionals who are nothing else to anybody, and pairs a relation joins that no line shows."""
    kinds: dict[str, set[str]] = defaultdict(set)
    clients: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        kinds[row.relative].add(row.kind)
        if row.kind == "professional":
            clients[row.relative].append(row.person)
    found.professionals = {
        one: tuple(dict.fromkeys(who)) for one, who in sorted(clients.items()) if kinds[one] == {"professional"}
    }
    found.acquaintances = tuple(
        (row.person, row.relative)
        for row in rows
        if row.person < row.relative and not {row.person, row.relative} & set(found.professionals)
    )


def _unsaid(rows: list[_Row], unions: _Unions, portraits: dict[str, Portrait], found: Kinship) -> None:
    """Stated relations no drawn line says: written under the name."""
    joined: dict[str, set[str]] = defaultdict(set)
    for child, key in unions.placed():
        for other in key:
            joined[child].add(other)
            joined[other].add(child)
    for people in (*unions.pairs(), *unions.brackets):
        for person in people:
            joined[person] |= set(people)
    for row in rows:
        if row.conflict and row.kind not in {*_COUPLES, "parent", "parent of unborn", "child", "unborn child"}:
            name = portraits[row.relative].forename or "a relative"
            found.conflicts[row.person].append(f"records disagree on the relationship to {name}: {row.conflict}")
        quiet = row.kind in _DRAWN | _INVERSE_OF_CARE | _NEVER_NOTED
        quiet |= row.kind in _VAGUE and bool(joined[row.relative])
        half = row.kind == "sibling" and row.relative not in joined[row.person]
        if not row.stated or (quiet and not half) or row.person == row.relative:
            continue
        if half and unions.parents(row.person, BIRTH, ADOPTIVE) & unions.parents(row.relative, BIRTH, ADOPTIVE):
            continue
        if _reaches(joined, row.person, row.relative):
            continue
        notes = found.notes.setdefault(row.relative, [])
        marks = " ".join(sorted(row.marks & {"half", "step", "maternal", "paternal"}))
        words = f"{marks} {row.kind} of {portraits[row.person].forename or 'a person here'}".strip()
        if words not in notes and len(notes) < _MOST_NOTES:
            notes.append(words)


def _reaches(joined: dict[str, set[str]], start: str, goal: str) -> bool:
    """Whether drawn lines join two people."""
    seen, stack = {start}, [start]
    while stack:
        for other in joined[stack.pop()]:
            if other == goal:
                return True
            if other not in seen:
                seen.add(other)
                stack.append(other)
    return False
