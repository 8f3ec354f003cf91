"""Why two events are, or are not, one incident, asked of a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from famlink.errors import PolicyError, RequestError
from famlink.pipeline.asking import audit_of
from famlink.pipeline.run import Run, open_run
from famlink.pipeline.words import kept_words
from famlink.pipeline.workbench import kept_apart
from famlink.tables import EVENTS


def explain_incident(run: Run | str | Path, left: tuple[str, str], right: tuple[str, str]) -> dict[str, Any]:
    """Say why two events are, or are not, one incident.

    The events of the run are weighed as they were grouped, so that rivals count.

    Args:
        run: a run, or its directory.
        left: (agency, event_id).
        right: (agency, event_id).

    Returns:
        ``{left, right, verdict, match_weight, match_probability, sentence, bars: [{field, bits, sentence}]}``; the bars but
        ``rivals`` and ``copy`` sum to the weight. ``match_weight`` is None where the two were not compared.

    Raises:
        RequestError: an event is not in the run, or both are the same.
        PolicyError: the must-not-link list keeps their people apart.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> one, other = run.incidents.filter(pl.len().over("incident_id") > 1).sort("incident_id").select(
        ...     "agency", "event_id").head(2).rows()
        >>> explain_incident(run, one, other)["verdict"]
        'same event'
    """
    from famlink.incidents.explanation import explain_events
    from famlink.sharing.audit import record as audited

    run = run if isinstance(run, Run) else open_run(run)
    events = run.incidents
    sides = {"left": f"{left[0]}:{left[1]}", "right": f"{right[0]}:{right[1]}"}
    people = [_person_of(events, side) for side in (left, right)]
    audit = audit_of(run)
    ask = kept_apart(run, *people)
    if ask is not None:
        audited(audit, "explain event refused", sides)
        raise PolicyError(f"restricted: ask {ask}; nothing was shown")
    told = explain_events(
        (left, right),
        EVENTS.conform(events),
        run.people,
        relations=run.relations.select("person_id", "relative_id", "relationship"),
        words=kept_words(run.parameters),
    )
    run.unchanged()
    audited(audit, "explain event", sides)
    compared = bool(told.bars)
    return {
        "left": sides["left"],
        "right": sides["right"],
        "verdict": told.verdict,
        "match_weight": told.match_weight if compared else None,
        "match_probability": told.match_probability,
        "sentence": told.sentence,
        "bars": [asdict(bar) for bar in told.bars],
    }


def _person_of(events: pl.DataFrame, side: tuple[str, str]) -> str:
    found = events.filter((pl.col("agency") == side[0]) & (pl.col("event_id") == side[1]))["person_id"]
    if found.is_empty():
        raise RequestError(f"event {side[0]}:{side[1]} is not in this run; give AGENCY:ID of an event that was read")
    return str(found[0])
