"""What one viewer may see: the only thing that crosses the wall."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import polars as pl

from famlink.sharing.portrait import Portrait, portraits

Made = TypeVar("Made")

BASES = ("early-help", "s17", "s47", "s42-adult", "research-synthetic")
"""The bases a request may name."""

FIXED_NOTICE = "Information may be held that this basis does not open."
"""Printed on every product, whether or not anything is held."""


@dataclass(frozen=True)
class Request:
    """Who asks, about whom, for what and on which basis.

    Args:
        subjects: (agency, record_id) of each record asked about.
        basis: one of :data:`BASES`.
        purpose: why, in the requester's words; "not recorded" where absent.
        requester: who asks (a role or name of staff).
        authoriser: who authorised it.
        window_from: first day asked about.
        window_until: last day asked about.
        relevance: policy holder -> recorded reason why its information is relevant.
        request_id: opaque id, in the audit and on the product.
        why_older: recorded reason why events older than the policy's window are relevant; it opens the window back to
            ``window_from``, no further. Empty: the window stands.
        requested_on: the day of the request; None takes today. The policy must hold on it.
    """

    subjects: tuple[tuple[str, str], ...]
    basis: str
    purpose: str = "not recorded"
    requester: str = "not recorded"
    authoriser: str = "not recorded"
    window_from: dt.date | None = None
    window_until: dt.date | None = None
    relevance: dict[str, str] = field(default_factory=dict)
    request_id: str = ""
    why_older: str = ""
    requested_on: dt.date | None = None


@dataclass(frozen=True)
class Agency:
    """An agency as a product names it."""

    agency: str
    holder: str | None
    system: str | None


@dataclass(frozen=True)
class Released:
    """People, statements, relations, households and events that one viewer may see, and what may be said of the rest.

    Every table holds released rows alone, and every number in it was computed from released rows alone.

    Args:
        request: the request it answers.
        hub: the hub's name.
        as_at: the day the extracts describe.
        synthetic: whether every page is marked SYNTHETIC.
        policy: name and version of the policy.
        subjects: person_id of each subject.
        agencies: the agencies any released row comes from, or whose existence is open.
        people: table ``people``, plus ``rule``: the policy rule that allowed the record.
        statements: table ``statements``, plus ``rule``.
        relations: table ``relations``.
        households: table ``households``.
        events: table ``incidents``, plus ``rule``.
        existence: table ``existence``.
        withheld: table ``withheld``.
        notices: sentences every page prints.
        protected: person_id of people whose whereabouts are protected.
        words: the crosswalk of event categories, for kinds and themes; None is the shipped one.
    """

    request: Request
    hub: str
    as_at: dt.date
    synthetic: bool
    policy: str
    subjects: tuple[str, ...]
    agencies: tuple[Agency, ...]
    people: pl.DataFrame
    statements: pl.DataFrame
    relations: pl.DataFrame
    households: pl.DataFrame
    events: pl.DataFrame
    existence: pl.DataFrame
    withheld: pl.DataFrame
    notices: tuple[str, ...] = (FIXED_NOTICE,)
    protected: tuple[str, ...] = ()
    words: Any = None

    def portraits(self) -> dict[str, Portrait]:
        """Every released person as a page names them: person_id -> portrait."""
        return dict(self.once("portraits", lambda released: portraits(released.people, released.statements)))

    def once(self, name: str, make: Callable[[Released], Made]) -> Made:
        """Work something out from what was released, once for all the pages that need it.

        Args:
            name: what it is.
            make: works it out; it may not change it later, nor may who takes it.

        Returns:
            what ``make`` gave the first time.
        """
        kept: dict[str, Any] = self.__dict__.setdefault("_worked_out", {})
        if name not in kept:
            kept[name] = make(self)
        found: Made = kept[name]
        return found
