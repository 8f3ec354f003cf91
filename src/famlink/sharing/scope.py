"""Who is in scope: the subjects, their households and people within some relations, by released claims alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

import polars as pl

from famlink.errors import PolicyError
from famlink.odds import probability_of_weight
from famlink.sharing.evidence import Evidence
from famlink.tables import PEOPLE

SAME = 0.5
"""Least match probability at which a released link alone holds two records together as one person: more likely than not."""

_CARERS = ("foster carer", "private foster carer", "special guardian", "kinship carer", "guardian")
_NEAR = ("parent", "child", "sibling", "partner", "spouse", "ex-partner", "ex-spouse", "co-parent")
"""Derived relations that are one step; other derived ones (a grandparent) are as many steps as their premises."""


def regroup(records: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Put released records together into people by released links alone.

    The run may hold two records together only through a third that is withheld; shown as one person, they would betray
    it. So records of one run person stay together where released links join them, and part where none does.

    Args:
        records: released rows of table ``people``, with the run's person ids.
        links: table ``links``.

    Returns:
        table ``people`` with ids, and probabilities, computed from the released rows alone.
    """
    keys = {(agency, record_id): person for agency, record_id, person in _keyed(records)}
    head = {key: key for key in keys}

    def find(key: tuple[str, str]) -> tuple[str, str]:
        while head[key] != key:
            head[key] = head[head[key]]
            key = head[key]
        return key

    best: dict[tuple[str, str], float] = {}
    worst: dict[tuple[str, str], float] = defaultdict(float)
    inside = links.filter(pl.col("verdict") == "match").sort(
        "agency_left", "record_id_left", "agency_right", "record_id_right"
    )
    columns = ("agency_left", "record_id_left", "agency_right", "record_id_right", "match_weight", "match_probability")
    pairs = [
        ((agency_left, left), (agency_right, right), weight, probability)
        for agency_left, left, agency_right, right, weight, probability in inside.select(columns).iter_rows()
        if keys.get((agency_left, left), "") == keys.get((agency_right, right))
    ]
    for one, other, _weight, probability in pairs:
        if probability >= SAME:
            first, second = sorted((find(one), find(other)))
            head[second] = first
    for one, other, weight, _probability in pairs:
        if find(one) == find(other):
            for key in (one, other):
                best[key], worst[key] = max(best.get(key, weight), weight), min(worst[key], weight)
    members: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for key in sorted(keys):
        members[find(key)].append(key)
    origin = {(a, r): o for a, r, o in records.select("agency", "record_id", "origin").iter_rows()}
    rows = [
        {
            "agency": key[0],
            "record_id": key[1],
            "person_id": _named(together, keys[key]),
            "probability": _belongs(best[key], worst[key]) if len(together) > 1 else 1.0,
            "origin": origin[key],
        }
        for together in members.values()
        for key in together
    ]
    return PEOPLE.frame(sorted(rows, key=lambda row: (row["agency"], row["record_id"])))


def near_by_link(links: pl.DataFrame) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Record -> records that a link of their own, more likely than not, holds together with it as one person.

    Args:
        links: table ``links``.
    """
    found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    strong = links.filter((pl.col("verdict") == "match") & (pl.col("match_probability") >= SAME))
    columns = ("agency_left", "record_id_left", "agency_right", "record_id_right")
    for agency_left, left, agency_right, right in strong.select(columns).iter_rows():
        found[(agency_left, left)].add((agency_right, right))
        found[(agency_right, right)].add((agency_left, left))
    return dict(found)


def _belongs(best: float, worst: float) -> float:
    """The strongest tie to the rest, less what the most contrary record says: as linkage counts it, from released links."""
    return probability_of_weight(best + max(worst, -max(best, 0.0)))


def _named(together: list[tuple[str, str]], run: str) -> str:
    """The run's own id where one of these records is what it was made from; else that of the first of them."""
    return run if any(person_name(key) == run for key in together) else person_name(together[0])


@lru_cache(maxsize=4096)
def person_name(first: tuple[str, str]) -> str:
    """The opaque id of a person, from one of their records: the form the run gives, too, by the same hash.

    Args:
        first: (agency, record_id).
    """
    from famlink.texts import named, text_hashes

    said = pl.Series(["\x1f".join(first)])
    return str(named(text_hashes(said), "P")[0])


def ring(subjects: Iterable[str], relations: pl.DataFrame, households: pl.DataFrame, *, hops: int) -> frozenset[str]:
    """The people in scope.

    Args:
        subjects: released person ids.
        relations: released relations.
        households: released households.
        hops: relations away from a subject.

    Returns:
        the subjects, who shares a household with them, and who is within so many relations of them.
    """
    inside = set(subjects)
    homes = households.filter(pl.col("person_id").is_in(sorted(inside)))["household_id"]
    housed = set(households.filter(pl.col("household_id").is_in(homes.implode()))["person_id"])
    steps = relations.filter((pl.col("basis") == "stated") | pl.col("relationship").is_in(list(_NEAR)))
    beside: dict[str, set[str]] = defaultdict(set)
    for person, relative in steps.select("person_id", "relative_id").iter_rows():
        beside[person].add(relative)
        beside[relative].add(person)
    frontier = set(inside)
    for _ in range(hops):
        frontier = {relative for person in frontier for relative in beside[person]} - inside
        inside |= frontier
    return frozenset(inside | housed)


def barred_people(evidence: Evidence, subjects: Iterable[str]) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """People a must-not-link rule keeps apart from a subject, and every pair it keeps apart.

    Args:
        evidence: everything held.
        subjects: the run's person ids of the subjects.

    Returns:
        the run's persons who must not be reached, their relatives with them, and pairs of the run's persons, smaller first.

    Raises:
        PolicyError: the subjects themselves are on both sides, or the run joined such a pair.
    """
    person_of = evidence.person_of()
    wanted = set(subjects)
    apart: set[str] = set()
    pairs: set[tuple[str, str]] = set()
    for row in evidence.must_not_link.iter_rows(named=True):
        left = person_of.get((row["agency_left"], row["record_id_left"]))
        right = person_of.get((row["agency_right"], row["record_id_right"]))
        if left is None or right is None:
            continue
        if left == right or {left, right} <= wanted:
            ask = row["ask"] or "the hub's linkage staff"
            raise PolicyError(f"restricted: ask {ask}; nothing was released")
        pairs.add((min(left, right), max(left, right)))
        apart |= {right} if left in wanted else {left} if right in wanted else set()
    return frozenset(apart | _relatives(evidence, apart, wanted)), frozenset(pairs)


def _relatives(evidence: Evidence, apart: set[str], subjects: set[str]) -> set[str]:
    """Relatives of who must not be reached: one tie too many would lead there through them.

    Kept are those who hold parental responsibility or care for a subject now, as in an adoption inside a family.
    """
    if not apart:
        return set()
    around = evidence.relations.filter(pl.col("person_id").is_in(sorted(apart)))
    of_subjects = evidence.relations.filter(
        pl.col("person_id").is_in(sorted(subjects))
        & (
            pl.col("parental_responsibility").fill_null(value=False)
            | pl.col("qualifier").str.contains("adoptive")
            | pl.col("relationship").is_in(list(_CARERS))
        )
    )
    return set(around["relative_id"]) - set(of_subjects["relative_id"]) - subjects


def _keyed(people: pl.DataFrame) -> Iterable[tuple[str, str, str]]:
    return people.select("agency", "record_id", "person_id").iter_rows()
