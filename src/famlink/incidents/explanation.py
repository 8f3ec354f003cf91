"""Why two events are, or are not, one happening: the evidence as bars, in bits and in words."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from famlink.errors import RequestError
from famlink.incidents.evidence import BARS, LEVELS, Weights
from famlink.incidents.grouping import Known, group, score_pairs
from famlink.odds import probability_of_weight
from famlink.vocabulary.events import Crosswalk

OF_PLACE = {
    "delay": "how these two agencies' notes usually follow each other",
    "company": "how often two such entries are of one happening",
    "again": "the same kind of thing happens again so soon",
}
"""What is learnt of the place: bars without levels."""


@dataclass(frozen=True)
class EventBar:
    """One piece of evidence.

    Args:
        field: what was compared: ``prior``, ``reference``, ``people``, ``days``, ``category``, ``text`` or ``rivals``.
        bits: log2 of how much likelier it is where the two are one happening.
        sentence: what was found, without any person's value.
    """

    field: str
    bits: float
    sentence: str


@dataclass(frozen=True)
class EventExplanation:
    """Why two events are, or are not, one happening.

    Args:
        left: (agency, event_id).
        right: (agency, event_id).
        verdict: ``same event``, ``consequence``, ``repetition`` or ``separate``.
        match_weight: the sum of all bars but ``rivals``, in bits.
        match_probability: against rivals.
        bars: the evidence; empty where the two were never compared.
        sentence: the verdict in one sentence.
    """

    left: tuple[str, str]
    right: tuple[str, str]
    verdict: str
    match_weight: float
    match_probability: float
    bars: tuple[EventBar, ...]
    sentence: str


def explain_events(
    pair: tuple[tuple[str, str], tuple[str, str]],
    events: pl.DataFrame,
    people: pl.DataFrame,
    *,
    relations: pl.DataFrame | None = None,
    weights: Weights | None = None,
    words: Crosswalk | None = None,
) -> EventExplanation:
    """Explain one pair of events.

    Args:
        pair: (agency, event_id) of each.
        events: table ``events``: all of them, since rivals count.
        people: table ``people``.
        relations: as for :func:`famlink.incidents.grouping.group`.
        weights: as for :func:`famlink.incidents.grouping.group`.
        words: as for :func:`famlink.incidents.grouping.group`.

    Returns:
        the evidence and the verdict.

    Raises:
        RequestError: an event is not there, or both are one.
    """
    left, right = sorted(pair)
    _known(left, events)
    _known(right, events)
    if left == right:
        raise RequestError(f"event {left[0]}:{left[1]} was given twice; give two different events")
    grouped = group(events, people, relations=relations, weights=weights, words=words)
    verdict = _verdict(left, right, grouped)
    scored = score_pairs(events, Known(people, relations, weights, words))
    found = scored.filter(_is(left, right) | _is(right, left))
    if found.is_empty():
        sentence = (
            "They were not compared: no shared people or close family within a week, and no reference joins them."
        )
        return EventExplanation(left, right, verdict, float("-inf"), 0.0, (), sentence)
    row = found.row(0, named=True)
    bars = [EventBar(name, round(row[f"bits_{name}"], 2), LEVELS[name][row[name]]) for name in LEVELS if row[name] >= 0]
    bars += [
        EventBar(name, round(row[f"bits_{name}"], 2), sentence)
        for name, sentence in OF_PLACE.items()
        if abs(row[f"bits_{name}"]) >= 0.005
    ]
    prior = row["weight"] - sum(row[f"bits_{name}"] for name in BARS)
    alone, against = probability_of_weight(row["weight"]), row["probability"]
    bars.insert(0, EventBar("prior", round(prior, 2), "two events within a week about one family"))
    if alone - against > 0.001:
        bars.append(EventBar("rivals", 0.0, f"another event would fit as well: {alone:.3f} becomes {against:.3f}"))
    if row["duplicate"]:
        bars.append(EventBar("copy", 0.0, "one agency wrote one thing down twice"))
    return EventExplanation(
        left, right, verdict, round(row["weight"], 2), round(against, 4), tuple(bars), _sentence(verdict, against)
    )


def _known(event: tuple[str, str], events: pl.DataFrame) -> None:
    if events.filter((pl.col("agency") == event[0]) & (pl.col("event_id") == event[1])).is_empty():
        raise RequestError(f"event {event[0]}:{event[1]} is not in this run; give AGENCY:ID of an event that was read")


def _is(left: tuple[str, str], right: tuple[str, str]) -> pl.Expr:
    return (
        (pl.col("agency_left") == left[0])
        & (pl.col("event_id_left") == left[1])
        & (pl.col("agency_right") == right[0])
        & (pl.col("event_id_right") == right[1])
    )


def _verdict(left: tuple[str, str], right: tuple[str, str], grouped: pl.DataFrame) -> str:
    rows = {
        (row["agency"], row["event_id"]): row
        for row in grouped.iter_rows(named=True)
        if (row["agency"], row["event_id"]) in (left, right)
    }
    one, other = rows[left], rows[right]
    if one["incident_id"] == other["incident_id"]:
        return "same event"
    if one["related_incident_id"] == other["incident_id"]:
        return str(one["role"])
    if other["related_incident_id"] == one["incident_id"]:
        return str(other["role"])
    return "separate"


def _sentence(verdict: str, probability: float) -> str:
    if verdict == "same event":
        return f"Grouped as one happening (probability {probability:.3f})."
    if verdict == "separate":
        return f"Kept apart (probability {probability:.3f}): merging two incidents would hide a pattern of harm."
    return f"Kept as two: the later is a {verdict} of the earlier (probability of one happening {probability:.3f})."
