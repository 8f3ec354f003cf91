"""One happening, several agencies: events grouped into incidents, with every account kept.

Compare, weigh, group, as people are linked: pairs of events about the same people or their close family within days
(:mod:`~famlink.incidents.candidates`) are compared and weighed in bits (:mod:`~famlink.incidents.evidence`), and parted
in every way (:mod:`~famlink.incidents.clustering`). Merging two real incidents hides a pattern of harm, so doubt keeps them apart.

Three relations, never mixed: the *same event*; a *consequence* (a referral because of it); a *repetition* (the same kind again).
Nothing is remembered between calls: what is learnt is learnt from the events given, or given with them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl

from famlink.incidents.candidates import PAIR, all_pairs, near_pairs, referring_pairs
from famlink.incidents.clustering import cluster
from famlink.incidents.copies import copies_of, told_of_each, told_once
from famlink.incidents.dating import days_told, weigh_days, weigh_facts
from famlink.incidents.estimation import estimate
from famlink.incidents.evidence import Weights, compare
from famlink.incidents.facts import facts_level
from famlink.incidents.following import ROLES, follow
from famlink.incidents.kept import kept
from famlink.incidents.keys import Ints
from famlink.incidents.mentions import said_days
from famlink.incidents.participants import Entries, close_people, in_order, numbered, participants
from famlink.incidents.references import held, quotes
from famlink.incidents.telling import told_in
from famlink.incidents.wording import words_of
from famlink.tables import INCIDENTS
from famlink.texts import named, text_hashes
from famlink.vocabulary.events import Crosswalk

FEWEST_PAIRS = 200
"""So many pairs of two agencies it takes to learn from."""


@dataclass(frozen=True)
class Known:
    """What is known beside the events.

    Args:
        people: table ``people``.
        relations: table ``relations``; None where none are known.
        weights: evidence in bits; None for the shipped ones, those of dates estimated where events are many enough.
        words: the crosswalk of categories; None for the shipped one.
    """

    people: pl.DataFrame
    relations: pl.DataFrame | None = None
    weights: Weights | None = None
    words: Crosswalk | None = None


@dataclass(frozen=True)
class Seen:
    """Who is in which event, and which event quotes which.

    Args:
        inside: as :func:`famlink.incidents.participants.participants` gives.
        held: as :func:`famlink.incidents.references.held` gives.
        quoted: as :func:`famlink.incidents.references.quotes` gives.
    """

    inside: pl.DataFrame
    held: pl.DataFrame
    quoted: pl.DataFrame


def group(
    events: pl.DataFrame,
    people: pl.DataFrame,
    *,
    relations: pl.DataFrame | None = None,
    weights: Weights | None = None,
    words: Crosswalk | None = None,
) -> pl.DataFrame:
    """Group events into incidents.

    Args:
        events: table ``events``.
        people: table ``people``.
        relations: table ``relations``: an assault on a mother and a note on her child can then be one happening. Without it
            only events about the same people are compared.
        weights: evidence in bits; by default the shipped ones, with the weights of dates estimated from these events where
            they are many enough (:mod:`~famlink.incidents.estimation`).
        words: the crosswalk of categories; the shipped one by default.

    Returns:
        table ``incidents``: every event, in agency and event_id order, with its person, kind, incident, role and, for a
        consequence or repetition, the incident it follows.

    Raises:
        InvariantError: an event's record is in no person.

    Example:
        >>> import datetime as dt
        >>> from famlink.tables import EVENTS, PEOPLE
        >>> people = PEOPLE.frame([{"agency": a, "record_id": "1", "person_id": "ann", "probability": 1.0, "origin": "given"}
        ...     for a in ("police", "health")])
        >>> rows = [("police", "Domestic abuse incident", 1), ("health", "A&E attendance", 2)]
        >>> events = EVENTS.frame([{"agency": a, "event_id": "e1", "record_id": "1", "category": c, "date": dt.date(2024, 5, d),
        ...     "latest": dt.date(2024, 5, d), "precision": "day", "date_text": str(d), "file": "f", "file_row": 1,
        ...     "description": "Injury to face after an argument."} for a, c, d in rows])
        >>> group(events, people)["incident_id"].n_unique()
        1
    """
    return group_and_keep(events, Known(people, relations, weights, words))[0]


def group_and_keep(events: pl.DataFrame, known: Known) -> tuple[pl.DataFrame, Weights | None]:
    """Group events into incidents, and give what was learnt from them as far as it may be kept.

    Args:
        events: table ``events``.
        known: what :func:`group` is given beside them.

    Returns:
        table ``incidents``, as :func:`group`; and the weights as :func:`famlink.incidents.kept.kept` gives, None where the events
        were too few to learn from or weights were given.

    Raises:
        InvariantError: an event's record is in no person.
    """
    if events.is_empty():
        return INCIDENTS.empty(), None
    entries, ids, label, _, seen, learnt = _clustered(events, known)
    told = follow(entries.rows.with_columns(pl.Series("head", label, dtype=pl.UInt32)), seen.inside, seen.quoted)
    role = np.zeros(events.height, dtype=np.uint8)
    follows = np.zeros(events.height, dtype=np.uint32)
    role[told["head"].to_numpy()] = told["role"].to_physical().to_numpy() + 1
    follows[told["head"].to_numpy()] = told["follows"].to_numpy()
    names, place = _ids(entries, label)
    of = role[label]
    incidents = INCIDENTS.conform(
        in_order(events, entries.order).with_columns(
            entries.rows["kind"],
            ids.gather(entries.rows["person_id"]).alias("person_id"),
            names.gather(place[label]).alias("incident_id"),
            pl.Series(["same event", *ROLES]).gather(of).alias("role"),
            names.gather(pl.Series(place[follows[label]]).set(pl.Series(of == 0), None)).alias("related_incident_id"),
        )
    )
    return incidents, learnt


def score_pairs(events: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Weigh every pair of events worth comparing, for :mod:`~famlink.incidents.explanation` and estimation.

    Args:
        events: table ``events``.
        known: what :func:`group` is given beside them.

    Returns:
        one row a pair: both events' agency and event_id, the level and bits of each comparison, ``weight`` in bits and
        ``probability`` against rivals.
    """
    entries, _, _, told, _, _ = _clustered(events, known)
    names = entries.given.select("number", "agency", "event_id")
    for side in PAIR:
        of = names.select(pl.col("number").alias(side), pl.exclude("number").name.suffix(f"_{side}"))
        told = told.join(of, on=side, maintain_order="left")
    return told.with_columns(pl.col("strata").cast(pl.String)).sort(PAIR)


class Clustered(NamedTuple):
    """Events grouped.

    Args:
        entries: as :func:`famlink.incidents.participants.participants` gives.
        ids: people's ids by number.
        label: for each event the least number of its incident.
        weighed: the pairs weighed.
        seen: who is in what and quotes what.
        learnt: what may be kept of the weights learnt from the events.
    """

    entries: Entries
    ids: pl.Series
    label: Ints
    weighed: pl.DataFrame
    seen: Seen
    learnt: Weights | None


def _clustered(events: pl.DataFrame, known: Known) -> Clustered:
    """Group events and keep what it was done by."""
    entries = numbered(events, words=known.words)
    # What quotes what is read beside who is in what: neither asks for the other.
    with ThreadPoolExecutor(1) as beside:
        referring = beside.submit(_references, entries.given)
        entries, inside, ids = participants(entries, known.people)
        ready = entries.rows
        close = None if known.relations is None else close_people(known.relations, ids, inside)
        near = near_pairs(ready, inside, close)
        seen = Seen(inside, *referring.result())
    pairs = all_pairs(near, referring_pairs(seen.held, seen.quoted))
    told = told_in(pairs, entries)
    said, spoken = said_days(told), words_of(told, ready.height)
    compared = told_of_each(compare(pairs, told, seen.inside, seen.quoted, said=said, spoken=spoken, words=known.words))
    live = _live(compared)
    copies = copies_of(ready.height, live)
    learnt = None if known.weights else _learnt(told_once(compared, copies), ready)
    weights = known.weights or learnt or Weights()
    days = days_told(ready, said)
    dated = weigh_days(weights.weigh(live), days, weights)
    label, weighed, least = cluster(ready, dated, copies, days=days, weights=weights, learnt=learnt is not None)
    facts = facts_level(
        live, spoken, weighed.select(pl.when("duplicate").then(0.0).otherwise("probability")).to_series().to_numpy()
    )
    if (facts >= 0).any():
        dated = weigh_facts(dated, facts, weights)
        label, weighed, least = cluster(ready, dated, copies, days=days, weights=weights, learnt=learnt is not None)
    learnt = learnt and kept(
        replace(learnt, least=round(least, 3), apart=round(max(learnt.apart, least), 3)), compared, ready
    )
    return Clustered(entries, ids, label, weighed, seen, learnt)


def _references(given: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who carries which reference, and which event quotes which."""
    known = held(given)
    return known, quotes(given, known)


def _learnt(compared: pl.DataFrame, ready: pl.DataFrame) -> Weights | None:
    """Weights learnt from the events; None where pairs are few."""
    between = compared.filter(~pl.col("one_agency") & (pl.col("days") >= 0)).height
    return estimate(compared, ready) if between >= FEWEST_PAIRS else None


def _live(weighed: pl.DataFrame) -> pl.DataFrame:
    """Another entry of one agency is another event, also where it quotes the first: a follow-up. Far apart is never the same."""
    return weighed.filter((~pl.col("one_agency") & (pl.col("days") >= 0)) | pl.col("duplicate"))


def _ids(entries: Entries, label: Ints) -> tuple[pl.Series, Ints]:
    """An opaque id for every incident, made from its first event; and for the number of that event, which one it is."""
    first = label == np.arange(len(label))
    heads = entries.given.select("agency", "event_id")[entries.order[first]]
    return named(text_hashes(heads["agency"] + "\x1f" + heads["event_id"]), "i"), np.cumsum(first) - 1
