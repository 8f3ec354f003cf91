"""Any two people's relation, named in English by the shortest path between them: "maternal half-sister's ex-partner"."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from famlink.vocabulary.relationships import kinds

MOST_STEPS = 6
"""A relation further away than this is not named."""

_COST = {"blood": 10, "couple": 11, "care": 12, "affinity": 14, "kin": 15, "social": 30, "professional": 40, "none": 50}
_SAID = (
    "birth",
    "adoptive",
    "step",
    "foster",
    "presumed",
    "half",
    "twin",
    "identical",
    "maternal",
    "paternal",
    "great",
    "second",
)
_GLUED = ("half", "step", "great")


@dataclass(frozen=True)
class _Step:
    relative: str
    kind: str
    qualifier: str
    basis: str

    def cost(self) -> int:
        """Sure and close kinds first; a stated relation before a derived one; a qualified one before a bare one."""
        bare = self.qualifier == ""
        return _COST[kinds()[self.kind].group] * 4 + (2 if self.basis == "derived" else 0) + (1 if bare else 0)


@dataclass(frozen=True)
class Namer:
    """Names relations inside one set of relations.

    Args:
        steps: person_id -> the relations that lead on from them.
        sexes: person_id -> ``female`` or ``male``; anybody else is named without a sex.
    """

    steps: Mapping[str, tuple[_Step, ...]]
    sexes: Mapping[str, str]

    def name(self, person_id: str, relative_id: str, *, most_steps: int = MOST_STEPS) -> str | None:
        """What the relative is to the person, in English.

        Args:
            person_id: from whom.
            relative_id: to whom.
            most_steps: how many relations the path may have.

        Returns:
            the words, without an article; None where no path is short enough; ``the same person`` for one person.
        """
        if person_id == relative_id:
            return "the same person"
        path = self._path(person_id, relative_id, most_steps)
        if path is None:
            return None
        return "'s ".join(self._word(step) for step in path)

    def _word(self, step: _Step) -> str:
        sex = self.sexes.get(step.relative)
        noun = kinds()[step.kind].word(sex)
        said = [word for word in step.qualifier.split() if word in _SAID]
        if "twin" in said:
            said = [word for word in said if word not in ("half", "twin")] + ["twin"]
        glued = [word for word in said if word in _GLUED]
        apart = [word for word in said if word not in _GLUED]
        # "maternal half-sister": the side comes first, "half" and "step" are glued to the noun.
        side = [word for word in apart if word in ("maternal", "paternal")]
        rest = [word for word in apart if word not in ("maternal", "paternal")]
        return " ".join([*side, *rest, "-".join([*glued, noun])])

    def _path(self, start: str, goal: str, most_steps: int) -> list[_Step] | None:
        """The path of fewest steps, and of least cost among those; ties by the order of ids."""
        best: dict[str, tuple[int, int]] = {start: (0, 0)}
        back: dict[str, tuple[str, _Step]] = {}
        queue = deque([start])
        while queue:
            here = queue.popleft()
            depth, cost = best[here]
            if depth >= most_steps or (goal in best and depth >= best[goal][0]):
                continue
            for step in self.steps.get(here, ()):
                found = (depth + 1, cost + step.cost())
                if step.relative not in best:
                    queue.append(step.relative)
                if step.relative not in best or found < best[step.relative]:
                    best[step.relative] = found
                    back[step.relative] = (here, step)
        if goal not in back:
            return None
        path: list[_Step] = []
        while goal != start:
            goal, step = back[goal]
            path.append(step)
        return path[::-1]


def namer(relations: pl.DataFrame, sexes: Mapping[str, str | None] | None = None) -> Namer:
    """Make a :class:`Namer` for a family.

    Args:
        relations: table ``relations``: of one family, or of all.
        sexes: person_id -> ``female``, ``male`` or None, where known.

    Returns:
        the namer.

    Example:
        >>> from famlink.tables import RELATIONS
        >>> rows = [("kim", "zoe", "sibling", "half maternal"), ("zoe", "bob", "ex-partner", "")]
        >>> relations = RELATIONS.frame([{"person_id": p, "relative_id": r, "relationship": k, "qualifier": q, "basis": "stated",
        ...     "confidence": 1.0, "sources": [], "claims": [], "premises": []} for p, r, k, q in rows])
        >>> namer(relations, {"zoe": "female", "bob": "male"}).name("kim", "bob")
        "maternal half-sister's ex-partner"
    """
    steps: dict[str, list[_Step]] = defaultdict(list)
    wanted = relations.select("person_id", "relative_id", "relationship", "qualifier", "basis").sort(
        "person_id", "relative_id", "relationship", "qualifier"
    )
    for person, relative, kind, qualifier, basis in wanted.iter_rows():
        steps[person].append(_Step(relative, kind, qualifier, basis))
    known = {person: sex for person, sex in (sexes or {}).items() if sex}
    return Namer({person: tuple(found) for person, found in steps.items()}, known)
