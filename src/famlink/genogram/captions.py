"""What is written around a symbol and on a bar, and how much room it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from famlink.genogram.family import Family, Person, Union
from famlink.genogram.text import width, wrap

NAME, SMALL = 12.0, 10.0
NAME_LEADING, SMALL_LEADING = 14.5, 12.5
WRAP = 108.0
PAD = 7.0
"""Air left and right of a symbol and its text."""

BELOW = 4.0
"""Air between a symbol and the text below it."""

HOLD = "\N{NO-BREAK SPACE}"
"""Keeps the words of one name together while lines are broken."""

SURE = 0.995
"""A person's records are one person beyond this probability: no word of doubt is printed."""


@dataclass
class Caption:
    """Text round one symbol: ``name`` below it, ``left`` and ``right`` above it, ``tags`` above those, ``age`` inside."""

    name: list[tuple[str, float, str]] = field(default_factory=list)
    left: str = ""
    right: str = ""
    age: str = ""

    @property
    def below(self) -> float:
        """Height of the block below the symbol."""
        return sum(NAME_LEADING if size == NAME else SMALL_LEADING for _, size, _ in self.name)

    @property
    def wide(self) -> float:
        """Width of the block below the symbol."""
        return max((width(words, size) for words, size, _ in self.name), default=0.0)


def captions(family: Family) -> dict[str, Caption]:
    """What is written round each symbol.

    Args:
        family: the family.

    Returns:
        person id -> caption; ``slot:`` and the union's id -> the caption of a slot.
    """
    written = {person.id: _caption(person) for person in family.people}
    for slot, missing in family.missing().items():
        words = wrap(missing, SMALL, 70.0, lines=4)
        written[f"slot:{slot}"] = Caption(name=[(line, SMALL, "soft") for line in words])
    return written


def _caption(person: Person) -> Caption:
    lines = [(line, NAME, "name") for line in wrap(person.name, NAME, WRAP)]

    def small(words: str, style: str) -> None:
        lines.extend((line.replace(HOLD, " "), SMALL, style) for line in wrap(words, SMALL, WRAP))

    if person.agencies or person.existence:
        said = known_by(person.agencies, existence=person.existence)
        small(
            "; ".join(", ".join(name.replace(" ", HOLD) for name in part.split(", ")) for part in said.split("; ")),
            "only" if person.alone else "agencies",
        )
    if person.records > 1 and person.probability < SURE:
        small(f"likely the same person {person.probability:.2f}", "doubt")
    for conflict in person.conflicts:
        small("! " + conflict.split(":")[0], "conflict")
    for note in person.notes:
        small(note, "note")
    if person.more:
        small(f"+{person.more} more", "more")
    caption = Caption(name=lines)
    if person.age is not None:
        caption.age = str(person.age)
    if person.shape == "triangle" and person.expected is not None:
        caption.left = f"due {_short(person.expected)}"
    elif person.born_text:
        caption.left = person.born_text if person.born_exact else f"c. {person.born_text}"
    if person.loss:
        caption.left, caption.right = person.died_text or caption.left, ""
    elif person.deceased:
        caption.right = f"d. {person.died_text}" if person.died_text else "deceased"
    return caption


def known_by(agencies: Iterable[str], *, existence: Iterable[str] = ()) -> str:
    """Which agencies know a person, short: ``police only``, ``police, education``, ``5 agencies``.

    Args:
        agencies: those whose records are shown.
        existence: those of which no more is open than that they know the person; with one of them nobody is "only".

    Returns:
        the words.

    Example:
        >>> known_by(["police"]), known_by(["a", "b"]), known_by(["a", "b", "c", "d"])
        ('police only', 'a, b', '4 agencies')
        >>> known_by(["social_care"], existence=["education"])
        'social care; education existence only'
    """
    shown, elsewhere = list(agencies), list(existence)
    others = [name for name in elsewhere if name not in shown]
    if len(shown) == 1 and not elsewhere:
        return f"{_plain(shown[0])} only"
    parts = [_few(shown)] if shown else []
    if others:
        parts.append(f"{_few(others)} existence only")
    return "; ".join(parts)


def _few(agencies: list[str]) -> str:
    most = 3
    return ", ".join(map(_plain, agencies)) if len(agencies) <= most else f"{len(agencies)} agencies"


def _plain(agency: str) -> str:
    return agency.replace("_", " ")


def union_words(union: Union) -> list[str]:
    """What is printed on a union's bar: its start and its end.

    Args:
        union: the union.

    Returns:
        nought to three short lines.
    """
    began = {"married": "m.", "cohabiting": "from", "transitory": "from"}.get(union.kind, "from")
    ended = {"separated": "sep.", "divorced": "div.", "ended": "ended"}
    words = []
    if union.start_text:
        words.append(f"{began} {union.start_text}")
    if union.state in ended:
        words.append(f"{ended[union.state]} {union.end_text}".strip())
    elif union.end_text:
        words.append(f"to {union.end_text}")
    if union.conflict:
        words.append("! conflict")
    return words


def _short(day: object) -> str:
    return f"{day:%d/%m/%Y}"
