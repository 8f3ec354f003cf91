"""A family as it is drawn: people, unions, typed parent links, households. Frozen, ordered, and counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from famlink.errors import GenogramError

BIRTH, ADOPTIVE, FOSTER, GUARDIAN, KINSHIP, STEP, LODGED = (
    "birth",
    "adoptive",
    "foster",
    "guardian",
    "kinship",
    "step",
    "arrangement",
)
LINK_KINDS = (BIRTH, ADOPTIVE, FOSTER, GUARDIAN, KINSHIP, STEP, LODGED)
"""How a child belongs to a union; ``arrangement`` is a child arrangements order."""

LOSSES = ("miscarriage", "termination", "stillbirth")
"""How a pregnancy ended; drawn where the reader of a file is asked to, off by default."""

UNION_KINDS = ("married", "cohabiting", "transitory", "unknown")
UNION_STATES = ("current", "separated", "divorced", "ended")


@dataclass(frozen=True)
class Person:
    """One person as drawn.

    Args:
        id: person id, or the xref of a family file.
        name: as printed under the symbol.
        sex: ``female``, ``male`` or None.
        gender: where recorded apart from sex: ``female``, ``male``, another word or None.
        sex_conflict: whether the sources disagree about sex.
        born: date of birth, earliest day.
        born_text: the date of birth in words, ``""`` where not recorded.
        born_exact: whether the date is whole and undoubted; otherwise ``c.`` is printed.
        expected: expected date of birth of an unborn child.
        died: date of death.
        died_text: the date of death in words.
        deceased: whether the person has died (the date may be unknown).
        age: whole years on the day drawn; at death for the deceased.
        index: whether the drawing is about this person.
        agencies: which agencies know the person.
        existence: agencies of which no more is open than that they know the person.
        records: how many records say so.
        probability: least probability that these records are one person.
        conflicts: what the sources disagree on, one sentence each.
        notes: short lines printed under the name.
        more: relatives not drawn that hang on this person.
        birth_place: place in the order of birth where the date itself is left out; None where the date says it.
        shape_word: the shape where what it follows from is left out; empty where the record says it.
        loss: one of :data:`LOSSES` where the pregnancy ended; empty for everybody else.
        group: how many people this one symbol stands for, 0 where the number is not recorded; None for one person.
    """

    id: str
    name: str = "name not recorded"
    sex: str | None = None
    gender: str | None = None
    sex_conflict: bool = False
    born: dt.date | None = None
    born_text: str = ""
    born_exact: bool = True
    expected: dt.date | None = None
    died: dt.date | None = None
    died_text: str = ""
    deceased: bool = False
    age: int | None = None
    index: bool = False
    agencies: tuple[str, ...] = ()
    existence: tuple[str, ...] = ()
    records: int = 0
    probability: float = 1.0
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    more: int = 0
    birth_place: int | None = None
    shape_word: str = ""
    loss: str = ""
    group: int | None = None

    @property
    def alone(self) -> bool:
        """Whether one agency alone knows this person: no other, not even by existence."""
        return len(self.agencies) == 1 and not self.existence

    @property
    def shape(self) -> str:
        """``square``, ``circle``, ``diamond`` or ``triangle``: gender where recorded, else sex; nothing inferred.

        A pregnancy that ended has the shape of its name: ``miscarriage``, ``termination`` or ``stillbirth``.
        """
        if self.shape_word:
            return self.shape_word
        if self.loss:
            return self.loss
        if self.expected is not None and self.born is None:
            return "triangle"
        word = self.gender or (None if self.sex_conflict else self.sex)
        return {"male": "square", "female": "circle"}.get(word or "", "diamond")


@dataclass(frozen=True)
class Union:
    """Nought to two known partners and what joins them.

    Args:
        id: union id, or the xref of a family file.
        partners: ids of the known partners.
        kind: one of :data:`UNION_KINDS`.
        state: one of :data:`UNION_STATES`.
        start: first day stated.
        end: last day stated.
        start_text: the start as printed.
        end_text: the end as printed.
        conflict: what contradicts it, in words; empty where nothing does.
        cut: whether a partner is known but not drawn (left out by scope): such a union has no slot.
    """

    id: str
    partners: tuple[str, ...]
    kind: str = "unknown"
    state: str = "current"
    start: dt.date | None = None
    end: dt.date | None = None
    start_text: str = ""
    end_text: str = ""
    conflict: str = ""
    cut: bool = False


@dataclass(frozen=True)
class ParentLink:
    """A child's place in a union.

    Args:
        child: person id.
        union: union id.
        kind: one of :data:`LINK_KINDS`.
        tag: text printed on the line: ``SGO 2024``.
        conflict: what contradicts it, in words.
    """

    child: str
    union: str
    kind: str = BIRTH
    tag: str = ""
    conflict: str = ""


@dataclass(frozen=True)
class Household:
    """People one or more sources place at one address."""

    id: str
    people: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Tie:
    """A line between two people that is neither union nor descent.

    Args:
        kind: ``domestic-abuse``, ``order``, or an emotional line given as input: ``close``, ``hostile`` ...
        source: person the line starts from.
        target: person it points to.
        words: what is printed: ``alleged 2024``, ``non-molestation order to 1 May 2026``.
    """

    kind: str
    source: str
    target: str
    words: str = ""


@dataclass(frozen=True)
class Service:
    """A professional or service outside the family: name, and the people it works with."""

    name: str
    people: tuple[str, ...]


@dataclass(frozen=True)
class Family:
    """Everything one drawing shows.

    Args:
        people: every person, each once.
        unions: every union, each once; no partners and several children is a sibling set without known parents.
        links: every child's place in a union.
        households: groups at one address.
        acquaintances: people joined by a relation no line shows (a friend, a lodger); they count as near each other.
        ties: orders, abuse arrows and emotional lines.
        services: professionals drawn outside the family.
        twins: sets of twins; those in ``identical`` get a bar.
        identical: the sets recorded as identical.
        responsibility: (adult, child): the adult holds parental responsibility for the child.
        title: printed above.
        synthetic: whether the drawing is marked SYNTHETIC.
        as_at: the day ages are counted to.
        notices: sentences printed beneath.
        released: whether this is what one viewer may see, so that a gap is a gap in what was released and no more is said.
    """

    people: tuple[Person, ...]
    unions: tuple[Union, ...] = ()
    links: tuple[ParentLink, ...] = ()
    households: tuple[Household, ...] = ()
    ties: tuple[Tie, ...] = ()
    services: tuple[Service, ...] = ()
    twins: tuple[tuple[str, ...], ...] = ()
    identical: tuple[tuple[str, ...], ...] = ()
    responsibility: tuple[tuple[str, str], ...] = ()
    acquaintances: tuple[tuple[str, str], ...] = ()
    title: str = "Genogram"
    synthetic: bool = False
    as_at: dt.date | None = None
    notices: tuple[str, ...] = field(default=())
    released: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """People, unions and child links: what a drawing must show, exactly."""
        return {"people": len(self.people), "unions": len(self.unions), "children": len(self.links)}

    def slots(self) -> tuple[str, ...]:
        """Ids of the unions with exactly one known partner and a child by birth: a parent is not recorded.

        A union of one stated partner and no children has a slot too: the other partner is not recorded.
        """
        kinds: dict[str, set[str]] = {}
        for link in self.links:
            kinds.setdefault(link.union, set()).add(link.kind)
        return tuple(
            union.id
            for union in self.unions
            if len(union.partners) == 1 and not union.cut and (union.id not in kinds or BIRTH in kinds[union.id])
        )

    def missing(self) -> dict[str, str]:
        """Union -> what its slot says: ``father not recorded``, or ``no father in what was released``.

        Example:
            >>> Family((Person("m", sex="female"), Person("c")), (Union("u", ("m",)),), (ParentLink("c", "u"),)).missing()
            {'u': 'father not recorded'}
        """
        parents = {link.union for link in self.links}
        partner = {union.id: union.partners[0] for union in self.unions if union.partners}
        sexes = {person.id: person.sex for person in self.people}
        words = {}
        for slot in self.slots():
            role = {"female": "father", "male": "mother"}.get(sexes[partner[slot]] or "", "other parent")
            words[slot] = self.lacking(role if slot in parents else "partner")
        return words

    def lacking(self, what: str) -> str:
        """Say that something is absent: a release says no more than that it is not in what was released."""
        return f"no {what} in what was released" if self.released else f"{what} not recorded"

    @property
    def gap(self) -> str:
        """Where a value is not: ``not recorded``, or no more than ``not in what was released``."""
        return "not in what was released" if self.released else "not recorded"

    def checked(self) -> Family:
        """This family, once nothing in it points outside it.

        Raises:
            GenogramError: a repeated id, or a union, link, household or tie that names a person who is not there.
        """
        ids = Counter(person.id for person in self.people)
        unions = Counter(union.id for union in self.unions)
        faults = [f"{name} is there {n} times" for name, n in (ids + unions).items() if n > 1]
        named = [(u.id, p) for u in self.unions for p in u.partners]
        named += [(link.union, link.child) for link in self.links]
        named += [(home.id, p) for home in self.households for p in home.people]
        named += [("tie", p) for tie in self.ties for p in (tie.source, tie.target)]
        faults += [f"{where} names {who}, who is not in the family" for where, who in named if who not in ids]
        faults += [f"a child link names {k.union}, which is not a union" for k in self.links if k.union not in unions]
        faults += [
            f"{p.id} has a loss that is none of {', '.join(LOSSES)}"
            for p in self.people
            if p.loss and p.loss not in LOSSES
        ]
        faults += [f"{u.id} has {len(u.partners)} partners" for u in self.unions if len(u.partners) > 2]
        faults += [f"{u.id} has one partner twice" for u in self.unions if len(set(u.partners)) < len(u.partners)]
        pairs = Counter((link.child, link.union) for link in self.links)
        faults += [f"{child} is a child of {union} {n} times" for (child, union), n in pairs.items() if n > 1]
        if faults:
            raise GenogramError("the family cannot be drawn: " + "; ".join(sorted(faults)[:8]))
        return self
