"""One happening, several agencies: events grouped into incidents, with every account kept.

Compare, weigh, group, as people are linked: pairs of events about the same people or their close family within days
(:mod:`~famlink.incidents.candidates`) are compared and weighed in bits (:mod:`~famlink.incidents.evidence`), and parted
in every way (:mod:`~famlink.incidents.clustering`). Merging two real incidents hides a pattern of harm, so doubt keeps them apart.

Three relations, never mixed: the *same event*; a *consequence* (a referral because of it); a *repetition* (the same kind again).
Nothing is remembered between calls: what is learnt is learnt from the events given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from famlink.incidents.candidates import CLOSE, PAIR, near_pairs, referring_pairs, touched
from famlink.incidents.clustering import Ints, cluster, components
from famlink.incidents.dating import days_told, weigh_days
from famlink.incidents.estimation import estimate
from famlink.incidents.evidence import Weights, compare, told_in
from famlink.incidents.facts import facts_level
from famlink.incidents.following import follow
from famlink.incidents.mentions import said_days
from famlink.incidents.participants import coded, numbered, participants
from famlink.incidents.references import held, quotes
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
    people, relations, names = coded(people, _close(relations))
    ready = numbered(events, people, words=words)
    if ready.is_empty():
        return INCIDENTS.empty()
    known = Known(people, relations, weights, words)
    label, _, seen = _clustered(ready, known)
    grouped = ready.with_columns(pl.Series("head", label, dtype=pl.UInt32))
    told = follow(grouped, seen.inside, seen.quoted)
    ids = _ids(grouped)
    return INCIDENTS.conform(
        grouped.join(told, on="head", how="left", maintain_order="left")
        .join(ids, on="head", how="left", maintain_order="left")
        .join(
            ids.rename({"head": "follows", "incident_id": "related_incident_id"}),
            on="follows",
            how="left",
            maintain_order="left",
        )
        .join(names, on="person_id", how="left", maintain_order="left")
        .with_columns(pl.col("role").fill_null("same event"), pl.col("known_as").alias("person_id"))
    )


def score_pairs(events: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Weigh every pair of events worth comparing, for :mod:`~famlink.incidents.explanation` and estimation.

    Args:
        events: table ``events``.
        known: what :func:`group` is given beside them.

    Returns:
        one row a pair: both events' agency and event_id, the level and bits of each comparison, ``weight`` in bits and
        ``probability`` against rivals.
    """
    people, relations, _ = coded(known.people, _close(known.relations))
    ready = numbered(events, people, words=known.words)
    names = ready.select("number", "agency", "event_id")
    _, told, _ = _clustered(ready, replace(known, people=people, relations=relations))
    for side in PAIR:
        of = names.select(pl.col("number").alias(side), pl.exclude("number").name.suffix(f"_{side}"))
        told = told.join(of, on=side, maintain_order="left")
    return told.sort(PAIR)


def _clustered(ready: pl.DataFrame, known: Known) -> tuple[Ints, pl.DataFrame, Seen]:
    """For each event the least number of its incident; the pairs weighed; and who is in what and quotes what."""
    seen = _seen(ready, known.people)
    live = ready.filter(pl.col("stage") != "routine").select("number")
    near = near_pairs(ready, touched(seen.inside.join(live, on="number", how="semi"), known.relations))
    pairs = near.join(referring_pairs(seen.held, seen.quoted), on=PAIR, how="full", coalesce=True)
    pairs = pairs.with_columns(pl.col("same_reference").fill_null(value=False)).sort(PAIR)
    told = told_in(pairs, ready)
    said, spoken = said_days(told), words_of(told)
    compared = compare(pairs, told, seen.inside, seen.quoted, said=said, spoken=spoken, words=known.words)
    weights = known.weights or _weights(compared, ready)
    days = days_told(ready, said)
    live = _live(compared)
    copies = _copies(ready.height, live)
    label, weighed = cluster(ready, weigh_days(weights.weigh(live), days, weights), copies, days=days, weights=weights)
    facts = facts_level(
        live, spoken, weighed.select(pl.when("duplicate").then(0.0).otherwise("probability")).to_series().to_numpy()
    )
    if (facts >= 0).any():
        live = live.with_columns(facts.alias("facts"))
        label, weighed = cluster(
            ready, weigh_days(weights.weigh(live), days, weights), copies, days=days, weights=weights
        )
    return label, weighed, seen


def _close(relations: pl.DataFrame | None) -> pl.DataFrame | None:
    """The relations through which a happening reaches a second person."""
    return None if relations is None else relations.filter(pl.col("relationship").is_in(CLOSE))


def _seen(ready: pl.DataFrame, people: pl.DataFrame) -> Seen:
    known = held(ready)
    return Seen(participants(ready, people), known, quotes(ready, known))


def _weights(compared: pl.DataFrame, ready: pl.DataFrame) -> Weights:
    """The shipped weights where pairs are few, else those learnt from the events."""
    between = compared.filter(~pl.col("one_agency") & (pl.col("days") >= 0)).height
    return estimate(compared, ready) if between >= FEWEST_PAIRS else Weights()


def _live(weighed: pl.DataFrame) -> pl.DataFrame:
    """Another entry of one agency is another event, also where it quotes the first: a follow-up. Far apart is never the same."""
    return weighed.filter((~pl.col("one_agency") & (pl.col("days") >= 0)) | pl.col("duplicate"))


def _copies(size: int, scored: pl.DataFrame) -> Ints:
    twice = scored.filter("duplicate")
    return components(size, twice["left"].to_numpy(), twice["right"].to_numpy())


def _ids(grouped: pl.DataFrame) -> pl.DataFrame:
    """An opaque id for every incident, made from its first event."""
    heads = grouped.filter(pl.col("number") == pl.col("head")).select("head", "agency", "event_id").sort("head")
    texts = heads["agency"] + "\x1f" + heads["event_id"]
    return heads.select("head", named(text_hashes(texts), "i").alias("incident_id"))
