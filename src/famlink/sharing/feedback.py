"""Feedback: each agency that contributed hears what came of it, and nothing that others said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from famlink.errors import PolicyError, RequestError
from famlink.private import write_private
from famlink.sharing.released import Released
from famlink.sharing.texts import Forbidden, Gathered, address_forms, phone_forms

_NAMES = ("forename", "surname", "middle_names", "former_surnames", "aliases")
_NUMBERS = ("nhs_number", "upn", "uln", "ni_number", "pnc", "cro", "uprn", "postcode", "email")


@dataclass(frozen=True)
class Outcome:
    """What came of a request.

    Args:
        outcome: what is told to every contributing agency.
        contact: whom they ask.
        notes: agency -> a note for that agency alone.
    """

    outcome: str
    contact: str
    notes: Mapping[str, str]


def feedback(released: Released, outcome: Outcome) -> dict[str, dict[str, object]]:
    """Make one feedback record for each agency whose rows were released, or whose existence was.

    A record holds the request, its basis and day, which of the agency's *own* records and events were used, the outcome
    and a contact.

    Args:
        released: what was released.
        outcome: what came of it.

    Returns:
        agency -> the record.

    Raises:
        RequestError: outcome or contact is empty, or a note is for an agency that did not contribute.
        PolicyError: the outcome or a note names something that only another agency gave.
    """
    contributing = {agency.agency: agency for agency in released.agencies}
    if not outcome.outcome.strip() or not outcome.contact.strip():
        raise RequestError("feedback says an outcome and a contact; nothing was written")
    strangers = sorted(set(outcome.notes) - set(contributing))
    if strangers:
        raise RequestError(f"feedback has a note for {', '.join(strangers)}, which contributed nothing to this request")
    made: dict[str, dict[str, object]] = {}
    for agency in sorted(contributing):
        note = outcome.notes.get(agency, "")
        others = _values(released.statements.filter(pl.col("agency") != agency)) - _values(
            released.statements.filter(pl.col("agency") == agency)
        )
        if others.found_in(outcome.outcome) or others.found_in(note):
            raise PolicyError(
                f"the feedback for {agency} names something only another agency gave: word the outcome without it, or "
                "give that agency a note of its own; nothing was written"
            )
        made[agency] = {
            "request": released.request.request_id,
            "basis": released.request.basis,
            "as_at": released.as_at.isoformat(),
            "policy": released.policy,
            "agency": agency,
            "records_used": _own(released.people, agency, "record_id"),
            "events_used": _own(released.events, agency, "event_id"),
            "existence_said": released.existence.filter(pl.col("agency") == agency).height,
            "outcome": outcome.outcome.strip(),
            "note": note.strip(),
            "contact": outcome.contact.strip(),
        }
    return made


def write_feedback(made: Mapping[str, Mapping[str, object]], to: str | Path) -> list[Path]:
    """Write one file an agency, readable by its owner only.

    Args:
        made: what :func:`feedback` made.
        to: folder.

    Returns:
        the files, ``feedback-{agency}.json``.
    """
    folder = Path(to)
    return [
        write_private(folder / f"feedback-{_safe(agency)}.json", json.dumps(dict(record), indent=2) + "\n")
        for agency, record in sorted(made.items())
    ]


def _own(frame: pl.DataFrame, agency: str, column: str) -> list[str]:
    ids: list[str] = frame.filter(pl.col("agency") == agency)[column].unique().sort().to_list()
    return ids


def _values(said: pl.DataFrame) -> Forbidden:
    """Names, numbers and places of statements, as they may stand in a sentence."""
    found = Gathered()
    for name, raw in said.select("field", "raw").iter_rows():
        if name in _NAMES:
            for word in raw.replace(";", " ").replace("-", " ").split():
                found.word(word)
        elif name in _NUMBERS:
            found.values([raw])
        elif name == "phone":
            found.parts |= phone_forms(raw)
        elif name in ("address", "school", "gp_practice"):
            found.parts |= address_forms(raw)
    for record_id in said["record_id"].unique():
        found.reference(record_id)
    return found.frozen()


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else f"%{ord(letter):02X}" for letter in name)
