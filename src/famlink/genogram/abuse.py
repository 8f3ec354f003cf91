"""Domestic abuse arrows: from released events in which an agency states both roles, and from nothing else."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import polars as pl

from famlink.genogram.family import Tie

_KIND = "domestic-abuse"
_BY = {"suspect", "perpetrator", "offender", "alleged perpetrator", "accused", "defendant"}
_TO = {"victim", "complainant", "aggrieved", "alleged victim"}
_PROVEN = ("convict", "found guilty", "pleaded guilty")
_CHARGED = ("charge",)


def abuse_ties(events: pl.DataFrame, people: pl.DataFrame) -> tuple[Tie, ...]:
    """Arrows from whom events name as suspect to whom they name as victim.

    Both roles must be stated in one event; a suspect beside a record without a stated role makes no arrow.

    Args:
        events: table ``incidents``, released rows.
        people: table ``people``, released rows.

    Returns:
        one tie for each pair, with the strongest standing stated (convicted, charged, alleged) and the years.
    """
    needed = {"agency", "kind", "others", "date", "outcome", "incident_id"}
    if not events.height or not needed <= set(events.columns):
        return ()
    person = {(a, r): p for a, r, p in people.select("agency", "record_id", "person_id").iter_rows()}
    found: dict[tuple[str, str], list[tuple[dt.date, str, str]]] = defaultdict(list)
    rows = events.filter(pl.col("kind") == _KIND).sort("date", "agency", "incident_id")
    for agency, others, date, outcome, incident in rows.select(
        "agency", "others", "date", "outcome", "incident_id"
    ).iter_rows():
        roles: dict[str, list[str]] = defaultdict(list)
        for said in others or ():
            role, _, record = said.partition(":")
            who = person.get((agency, record.strip()))
            word = role.strip().lower()
            if who is not None:
                roles["by" if word in _BY else "to" if word in _TO else "other"].append(who)
        for source in roles["by"]:
            for target in roles["to"]:
                if source != target:
                    found[source, target].append((date, (outcome or "").lower(), incident))
    return tuple(Tie(_KIND, a, b, _standing(said)) for (a, b), said in sorted(found.items()))


def _standing(said: list[tuple[dt.date, str, str]]) -> str:
    outcomes = " ".join(outcome for _, outcome, _ in said)
    word = "alleged"
    if any(w in outcomes for w in _CHARGED) and "no charge" not in outcomes and "not charged" not in outcomes:
        word = "charged"
    if any(w in outcomes for w in _PROVEN):
        word = "convicted"
    years = sorted({date.year for date, _, _ in said})
    when = str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
    count = len({incident for *_, incident in said})
    return f"{word}, {when}" + (f", {count} incidents" if count > 1 else "")
