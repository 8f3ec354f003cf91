"""One happening, several agencies: events grouped into incidents, with every account kept.

Compare, weigh, group, as people are linked: pairs of events about the same people or their close family within days
(:mod:`~famlink.incidents.candidates`) are compared and weighed in bits (:mod:`~famlink.incidents.evidence`), and grouped under
constraints (:mod:`~famlink.incidents.clustering`). Merging two real incidents hides a pattern of harm, so doubt keeps them apart.

Three relations, never mixed: the *same event*; a *consequence* (a referral because of it); a *repetition* (the same kind again).
Nothing is remembered between calls: the same rule groups a whole run and the few events one viewer may see.
"""

from __future__ import annotations

import hashlib

import polars as pl

from famlink.incidents.candidates import PAIR, near_pairs, referring_pairs, touched
from famlink.incidents.clustering import FEWEST_JOINED, Ints, cluster, components
from famlink.incidents.estimation import estimate
from famlink.incidents.evidence import Weights, compare
from famlink.incidents.following import follow
from famlink.incidents.participants import coded, numbered, participants
from famlink.incidents.references import quotes
from famlink.tables import INCIDENTS
from famlink.vocabulary.events import Crosswalk


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
    people, relations, known = coded(people, relations)
    ready = numbered(events, people, words=words)
    if ready.is_empty():
        return INCIDENTS.empty()
    scored, quoted, inside, least = _score(ready, people, relations, weights, words)
    copies = _copies(ready.height, scored)
    label, _ = cluster(ready, scored, copies, least=least)
    grouped = ready.with_columns(pl.Series("head", label, dtype=pl.UInt32))
    told = follow(grouped, inside, quoted)
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
        .join(known, on="person_id", how="left", maintain_order="left")
        .with_columns(pl.col("role").fill_null("same event"), pl.col("known_as").alias("person_id"))
    )


def score_pairs(
    events: pl.DataFrame,
    people: pl.DataFrame,
    *,
    relations: pl.DataFrame | None = None,
    weights: Weights | None = None,
    words: Crosswalk | None = None,
) -> pl.DataFrame:
    """Weigh every pair of events worth comparing, for :mod:`~famlink.incidents.explanation` and estimation.

    Args:
        events: table ``events``.
        people: table ``people``.
        relations: as for :func:`group`.
        weights: as for :func:`group`.
        words: as for :func:`group`.

    Returns:
        one row a pair: both events' agency and event_id, the level and bits of each comparison, ``weight`` in bits and
        ``probability`` against rivals.
    """
    people, relations, _ = coded(people, relations)
    ready = numbered(events, people, words=words)
    scored, _, _, least = _score(ready, people, relations, weights, words)
    copies = _copies(ready.height, scored)
    names = ready.select("number", "agency", "event_id")
    _, told = cluster(ready, scored, copies, least=least)
    return (
        told.join(
            names.rename({"agency": "agency_left", "event_id": "event_id_left"}), left_on="left", right_on="number"
        )
        .join(
            names.rename({"agency": "agency_right", "event_id": "event_id_right"}), left_on="right", right_on="number"
        )
        .sort(PAIR)
    )


def _score(
    ready: pl.DataFrame,
    people: pl.DataFrame,
    relations: pl.DataFrame | None,
    weights: Weights | None,
    words: Crosswalk | None,
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, float | None]:
    compared, quoted, inside = _compared(ready, people, relations, words)
    weights = weights or _weights(compared, ready)
    return _live(weights.weigh(compared)), quoted, inside, weights.least


def _weights(compared: pl.DataFrame, ready: pl.DataFrame) -> Weights:
    """The shipped weights where pairs are few, else those learnt from the events."""
    between = compared.filter(~pl.col("one_agency") & (pl.col("days") >= 0)).height
    return estimate(compared, ready) if between >= FEWEST_JOINED else Weights()


def _compared(
    ready: pl.DataFrame, people: pl.DataFrame, relations: pl.DataFrame | None, words: Crosswalk | None
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    inside = participants(ready, people)
    quoted = quotes(ready)
    live = ready.filter(pl.col("stage") != "routine").select("number")
    pairs = near_pairs(ready, touched(inside.join(live, on="number", how="semi"), relations)).join(
        referring_pairs(ready, quoted), on=PAIR, how="full", coalesce=True
    )
    pairs = pairs.with_columns(pl.col("same_reference").fill_null(value=False)).sort(PAIR)
    return compare(pairs, ready, inside, quoted, words=words), quoted, inside


def _live(weighed: pl.DataFrame) -> pl.DataFrame:
    """Another entry of one agency is another event, also where it quotes the first: a follow-up. Far apart is never the same."""
    return weighed.filter((~pl.col("one_agency") & (pl.col("days") >= 0)) | pl.col("duplicate"))


def _copies(size: int, scored: pl.DataFrame) -> Ints:
    twice = scored.filter("duplicate")
    return components(size, twice["left"].to_numpy(), twice["right"].to_numpy())


def _ids(grouped: pl.DataFrame) -> pl.DataFrame:
    """An opaque id for every incident, made from its first event."""
    heads = grouped.filter(pl.col("number") == pl.col("head")).select("head", "agency", "event_id").sort("head")
    texts = (heads["agency"] + "\x1f" + heads["event_id"]).to_list()
    made = ["i" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in texts]
    return heads.select("head").with_columns(pl.Series("incident_id", made, dtype=pl.String))
