"""What each released person is to the subject, in English, from released relations alone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

import polars as pl

from famlink.sharing.portrait import Portrait
from famlink.vocabulary.relationships import kinds

MOST_STEPS = 4
"""A path of more steps than this is not read out."""

_JOINED = {"half": "half-", "step": "step", "great": "great-"}
_SHORT = {
    ("parent", "parent"): "grandparent",
    ("parent", "sibling"): "aunt or uncle",
    ("sibling", "child"): "niece or nephew",
    ("child", "child"): "grandchild",
}
_SIDED = {"grandparent", "aunt or uncle"}


@dataclass(frozen=True)
class Kin:
    """What a person is to the subject.

    Args:
        words: in English; ``not recorded`` where no released relation leads there.
        steps: relations between the two; None where none leads there.
    """

    words: str
    steps: int | None


UNRELATED = Kin("not recorded", None)


@dataclass(frozen=True)
class Step:
    """One released relation: what the relative is to the person."""

    relative: str
    kind: str
    qualifier: str
    ended: bool
    basis: str


def relation_words(
    relations: pl.DataFrame, people: dict[str, Portrait], *, subject: str, as_at: dt.date
) -> dict[str, Kin]:
    """Name what each person is to the subject.

    Args:
        relations: table ``relations`` (released rows).
        people: portraits by person_id.
        subject: person_id of the subject.
        as_at: the day to look from: a relation that ended before it is said to have ended.

    Returns:
        person_id -> :class:`Kin`, with every direct relation (``mother``; ``special guardian``), else the shortest path read out
        (``mother's ex-partner``, ``maternal grandmother``); ``not recorded`` where none is released.
    """
    steps: dict[str, list[Step]] = defaultdict(list)
    wanted = relations.sort("person_id", "relative_id", "relationship", "qualifier")
    for person, relative, kind, qualifier, end, basis in wanted.select(
        "person_id", "relative_id", "relationship", "qualifier", "end", "basis"
    ).iter_rows():
        steps[person].append(Step(relative, kind, qualifier, end is not None and end < as_at, basis))
    for found in steps.values():
        found.sort(key=lambda s: (_rank(s), s.relative, s.kind, s.qualifier))
    kin = {subject: Kin("the subject", 0)}
    paths: dict[str, tuple[Step, ...]] = {subject: ()}
    edge = [subject]
    for _ in range(MOST_STEPS):
        reached: dict[str, tuple[Step, ...]] = {}
        for person in edge:
            for step in steps.get(person, ()):
                if step.relative not in paths and step.relative not in reached:
                    reached[step.relative] = (*paths[person], step)
        for person, path in reached.items():
            paths[person] = path
            kin[person] = Kin(_read(path, steps[subject], people), len(path))
        edge = list(reached)
    return {person: kin.get(person, UNRELATED) for person in people}


def _rank(step: Step) -> tuple[int, int]:
    """Blood first, then couples, then carers, then the rest; parents before children before siblings."""
    registry = kinds()
    group = registry[step.kind].group if step.kind in registry else "none"
    order = ("blood", "couple", "care", "kin", "affinity", "social", "professional", "none")
    place = list(registry).index(step.kind) if step.kind in registry else len(registry)
    return order.index(group) if group in order else len(order), place


def _read(path: tuple[Step, ...], own: list[Step], people: dict[str, Portrait]) -> str:
    if len(path) == 1:
        every = [step for step in own if step.relative == path[0].relative]
        words = list(dict.fromkeys(_word(step, people) for step in every))
        # One source says half-brother, another maternal half-brother: the fuller word says both.
        return "; ".join(word for word in words if not any(other.endswith(f" {word}") for other in words))
    return "'s ".join(_merge(path, people))


def _merge(path: tuple[Step, ...], people: dict[str, Portrait]) -> list[str]:
    """Read a path out, two steps as one word where English has one: parent's parent is a grandparent."""
    said: list[str] = []
    place = 0
    while place < len(path):
        here = path[place]
        after = path[place + 1] if place + 1 < len(path) else None
        short = _SHORT.get((here.kind, after.kind)) if after is not None and _plain(here) and _plain(after) else None
        if short is not None and after is not None:
            word = kinds()[short].word(_sex(after.relative, people))
            side = {"female": "maternal ", "male": "paternal "}.get(_sex(here.relative, people) or "", "")
            said.append(f"{side if short in _SIDED else ''}{word}")
            place += 2
        else:
            said.append(_word(here, people))
            place += 1
    return said


def _plain(step: Step) -> bool:
    return set(step.qualifier.split()) <= {"birth", "full", "twin", "maternal", "paternal"}


def _word(step: Step, people: dict[str, Portrait]) -> str:
    known = kinds().get(step.kind)
    word = known.word(_sex(step.relative, people)) if known is not None else step.kind
    if step.kind == "child" and step.relative in people and people[step.relative].unborn:
        word = "unborn child"
    for qualifier in sorted(step.qualifier.split(), key="identical".__eq__):
        if qualifier not in {"birth", "full"}:
            word = f"{_JOINED[qualifier]}{word}" if qualifier in _JOINED else f"{qualifier} {word}"
    former = step.ended and known is not None and known.group in {"couple", "care"} and not word.startswith("ex-")
    return f"former {word}" if former else word


def _sex(person: str, people: dict[str, Portrait]) -> str | None:
    portrait = people.get(person)
    if portrait is None:
        return None
    recorded = (portrait.gender or "").casefold()
    return recorded if recorded in {"female", "male"} else portrait.sex
