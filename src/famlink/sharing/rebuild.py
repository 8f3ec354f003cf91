"""Everything a product counts, computed anew from released rows alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from famlink.family.households import dwell
from famlink.family.relations import relate
from famlink.incidents.evidence import Weights
from famlink.incidents.grouping import group
from famlink.linkage.statements import statements
from famlink.sharing.scope import near_by_link, regroup, ring
from famlink.vocabulary.events import Crosswalk


@dataclass(frozen=True)
class Open:
    """Rows that policy opens, before scope.

    Args:
        people: table ``people``, the run's person ids.
        links: table ``links``.
        ties: table ``ties``.
        records: table ``records``, closed cells empty.
        standardised: table ``standardised``, closed cells empty.
        reasons: table ``reasons``.
        pairs: pairs of the run's persons that no relation crosses.
        as_at: the day the extracts describe.
    """

    people: pl.DataFrame
    links: pl.DataFrame
    ties: pl.DataFrame
    records: pl.DataFrame
    standardised: pl.DataFrame
    reasons: pl.DataFrame
    pairs: frozenset[tuple[str, str]]
    as_at: dt.date


@dataclass(frozen=True)
class Family:
    """Released people and what they are to each other.

    Args:
        subjects: released person ids of the subjects.
        people: table ``people``, with ids and probabilities from released rows alone.
        records: their rows of ``records``.
        standardised: their rows of ``standardised``.
        statements: table ``statements``.
        relations: table ``relations``.
        households: table ``households``.
        runs: released person id -> the run's person id.
    """

    subjects: tuple[str, ...]
    people: pl.DataFrame
    records: pl.DataFrame
    standardised: pl.DataFrame
    statements: pl.DataFrame
    relations: pl.DataFrame
    households: pl.DataFrame
    runs: dict[str, str]


_KEY = ["agency", "record_id"]


def family_in_scope(rows: Open, subjects: tuple[tuple[str, str], ...], *, hops: int) -> Family:
    """Work out who is in scope by released claims alone, until leaving people out changes nothing more.

    Args:
        rows: what policy opens.
        subjects: (agency, record_id) asked about.
        hops: relations away from a subject.

    Returns:
        the people in scope and everything computed from their rows alone.
    """
    people = regroup(rows.people, rows.links)
    asked = _subjects(people, rows, subjects)
    while True:
        records = rows.records.join(people, on=_KEY, how="semi")
        cleaned = rows.standardised.join(people, on=_KEY, how="semi")
        ties = rows.ties.join(people, on=_KEY, how="semi").join(
            people, left_on=["agency", "relative_record_id"], right_on=_KEY, how="semi"
        )
        runs = _runs(people, rows.people)
        relations = relate(people, ties, cleaned, barred=_barred(runs, rows.pairs))
        households = dwell(people, cleaned, records, as_at=rows.as_at, relations=relations)
        inside = _apart(ring(asked, relations, households, hops=hops), asked, relations, runs, rows.pairs)
        near = people.filter(pl.col("person_id").is_in(sorted(inside)))
        if near.height == people.height:
            break
        people = near
    said = statements(people, records, cleaned, rows.reasons.join(people, on=_KEY, how="semi"))
    return Family(asked, people, records, cleaned, said, relations, households, runs)


def incidents_of(events: pl.DataFrame, family: Family, *, words: Crosswalk, weights: Weights | None) -> pl.DataFrame:
    """Group released events into incidents: no other row is looked at.

    Args:
        events: table ``events``: the released rows.
        family: the released people.
        words: the crosswalk of event categories.
        weights: what the run learnt and kept, sums over many people (docs/adr/0013); None for the shipped weights, which are
            too free with accounts that meet only through close family.

    Returns:
        table ``incidents``.
    """
    if weights is None:
        return group(events, family.people, words=words)
    return group(events, family.people, relations=family.relations, weights=weights, words=words)


def _subjects(people: pl.DataFrame, rows: Open, subjects: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The released person of each subject; where the record asked about is itself withheld, whom its own links reach."""
    of = {(agency, record_id): person for agency, record_id, person in people.select(*_KEY, "person_id").iter_rows()}
    found: list[str] = []
    for subject in subjects:
        if subject in of:
            found.append(of[subject])
            continue
        found += sorted({of[other] for other in linked_to(rows.links, subject) if other in of})
    return tuple(dict.fromkeys(found))


def linked_to(links: pl.DataFrame, key: tuple[str, str]) -> set[tuple[str, str]]:
    """Records that a link of their own holds together with a record as one person.

    Args:
        links: table ``links``.
        key: (agency, record_id).
    """
    return near_by_link(links).get(key, set())


def _runs(people: pl.DataFrame, of_run: pl.DataFrame) -> dict[str, str]:
    both = people.select(*_KEY, "person_id").join(of_run.select(*_KEY, pl.col("person_id").alias("run")), on=_KEY)
    return dict(both.select("person_id", "run").unique(maintain_order=True).iter_rows())


def _barred(runs: dict[str, str], pairs: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
    released: dict[str, list[str]] = {}
    for person, run in runs.items():
        released.setdefault(run, []).append(person)
    return {
        (min(one, other), max(one, other))
        for left, right in pairs
        for one in released.get(left, ())
        for other in released.get(right, ())
    }


def _apart(
    inside: frozenset[str],
    subjects: tuple[str, ...],
    relations: pl.DataFrame,
    runs: dict[str, str],
    pairs: frozenset[tuple[str, str]],
) -> frozenset[str]:
    """Where both sides of a must-not-link pair are in reach, keep the nearer; where neither is nearer, keep neither."""
    barred = _barred(runs, pairs)
    out: set[str] = set()
    for one, other in sorted(barred):
        if one in inside and other in inside:
            near = [_steps(person, subjects, relations) for person in (one, other)]
            if near[0] >= near[1]:
                out.add(one)
            if near[1] >= near[0]:
                out.add(other)
    return inside - (out - set(subjects))


def _steps(person: str, subjects: tuple[str, ...], relations: pl.DataFrame) -> int:
    frontier, reached, steps = set(subjects), set(subjects), 0
    while person not in reached and frontier:
        after = set(relations.filter(pl.col("person_id").is_in(sorted(frontier)))["relative_id"])
        frontier = after - reached
        reached |= frontier
        steps += 1
    return steps if person in reached else 1_000
