"""What the gate starts from: everything a run holds about the people near a subject, released or not."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

import polars as pl

from famlink.incidents.evidence import Weights
from famlink.sharing.released import Agency
from famlink.sharing.texts import runs_with_digits
from famlink.vocabulary.events import Crosswalk, crosswalk


@dataclass(frozen=True)
class Evidence:
    """Rows of a run about the people near a subject. It never leaves the gate.

    Args:
        people: table ``people``, with the run's own person ids.
        links: table ``links``.
        ties: table ``ties``.
        events: table ``events``, as extracted.
        records: table ``records``.
        standardised: table ``standardised``.
        reasons: table ``reasons``.
        relations: table ``relations``: the run's own, used to bound the search and to protect, never released.
        consents: table ``consents``.
        must_not_link: table ``must_not_link``.
        sources: the agencies with their policy holders; an agency that is not among them has no holder.
        hub: the hub's name.
        as_at: the day the extracts describe.
        synthetic: whether hub.toml says that everyone is made up.
        words: the crosswalk of event categories.
        weights: what the run learnt of how events go together, sums over many people (docs/adr/0013); None where it learnt
            nothing.
    """

    people: pl.DataFrame
    links: pl.DataFrame
    ties: pl.DataFrame
    events: pl.DataFrame
    records: pl.DataFrame
    standardised: pl.DataFrame
    reasons: pl.DataFrame
    relations: pl.DataFrame
    consents: pl.DataFrame
    must_not_link: pl.DataFrame
    sources: tuple[Agency, ...]
    hub: str
    as_at: dt.date
    synthetic: bool = False
    words: Crosswalk = field(default_factory=crosswalk)
    weights: Weights | None = None

    def holder(self, agency: str) -> str | None:
        """The policy holder of an agency; None where it is not known, so that its rows are withheld."""
        return next((source.holder for source in self.sources if source.agency == agency), None)

    def source(self, agency: str) -> Agency:
        """An agency as a product names it."""
        return next((source for source in self.sources if source.agency == agency), Agency(agency, None, None))

    def person_of(self) -> dict[tuple[str, str], str]:
        """(agency, record_id) -> the run's person."""
        rows = self.people.select("agency", "record_id", "person_id").iter_rows()
        return {(agency, record_id): person for agency, record_id, person in rows}


_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9/_.-]{2,}[A-Za-z0-9]")
_TEXTS = ("description", "action_taken", "outcome")


def quoted_in(events: pl.DataFrame) -> list[str]:
    """Everything in some events that may be a reference of another event, as written.

    The gate withholds a text that quotes a withheld reference, and can do so only where it knows the reference: whoever
    gathers evidence adds, from the whole run, the events whose ``reference`` is among these.

    Args:
        events: table ``events``.

    Returns:
        the quoted references and every token with a digit in the texts, sorted.

    Example:
        >>> from famlink.tables import EVENTS
        >>> quoted_in(EVENTS.empty())
        []
    """
    found = set(events["quoted_references"].explode().drop_nulls())
    for name in _TEXTS:
        # A token is within one run, and a run without a digit holds none that counts.
        for run in runs_with_digits(events[name]):
            found |= {token for token in _REFERENCE.findall(run) if any(letter.isdigit() for letter in token)}
    return sorted(found)


def named_in(events: pl.DataFrame) -> pl.DataFrame:
    """Records that some events name as taking part.

    The gate withholds a text that names somebody who is not shown, and can do so only where it knows their name: whoever
    gathers evidence adds these records.

    Args:
        events: table ``events``.

    Returns:
        ``agency``, ``record_id``, sorted.
    """
    return (
        events.select("agency", pl.col("others").alias("record_id"))
        .explode("record_id")
        .drop_nulls()
        .with_columns(pl.col("record_id").str.split(":").list.last().str.strip_chars())
        .unique()
        .sort("agency", "record_id")
    )
