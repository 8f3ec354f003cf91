"""A family with initials for names and without dates or addresses: for a screen in a room."""

from __future__ import annotations

from dataclasses import replace

from famlink.genogram.family import Family
from famlink.genogram.notation import LOSS_WORDS


def initials_of(name: str) -> str:
    """``Kai Marley Reed`` as ``K M R``; a name not recorded stays ``?``.

    Example:
        >>> initials_of("Kai Marley Reed"), initials_of("name not recorded")
        ('K M R', '?')
    """
    if name == "name not recorded":
        return "?"
    return " ".join(part[0] for part in name.split() if part[0].isalnum()) or "?"


def with_initials(family: Family) -> Family:
    """Take names, dates, addresses and whatever quotes them out of a family, before it is drawn.

    Ages, shapes, lines and agencies stay. What is not in the family cannot be in the drawing.

    Args:
        family: the family.

    Returns:
        the same family under initials.
    """
    days = sorted({day for p in family.people if (day := p.born or p.expected)})
    people = tuple(
        replace(
            person,
            name=person.name if person.name in LOSS_WORDS.values() else initials_of(person.name),
            born=None,
            born_text="",
            expected=None,
            died=None,
            died_text="",
            conflicts=tuple(conflict.split(":")[0] for conflict in person.conflicts),
            notes=tuple(note for note in person.notes if note in KEPT_NOTES),
            shape_word=person.shape,
            birth_place=None if not (day := person.born or person.expected) else days.index(day),
        )
        for person in family.people
    )
    unions = tuple(replace(u, start_text="", end_text="") for u in family.unions)
    links = tuple(
        replace(k, tag=" ".join(w for w in k.tag.split() if not any(map(str.isdigit, w)))) for k in family.links
    )
    homes = tuple(replace(h, label=f"household {i}") for i, h in enumerate(family.households, start=1))
    ties = tuple(replace(t, words=t.kind.replace("-", " ")) for t in family.ties)
    services = tuple(replace(s, name=initials_of(s.name)) for s in family.services)
    return replace(family, services=services, people=people, unions=unions, links=links, households=homes, ties=ties)


KEPT_NOTES = ("whereabouts protected", "sex: records disagree")
"""Notes that quote no name."""
