"""What the gate starts from: everything a run holds about the people near a subject, released or not."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from famlink.sharing.released import Agency


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
