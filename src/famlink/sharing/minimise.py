"""What a released event may still not say: third parties, referrers, references and values that are withheld."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from famlink.sharing.protection import Protection, location_values
from famlink.sharing.texts import Forbidden, Gathered, squeeze
from famlink.tables import EVENTS

ANONYMOUS_ROLES = frozenset(
    ["referrer", "reporter", "informant", "caller", "source", "witness", "anonymous", "neighbour", "whistleblower"]
)
"""Roles in an event that are never named: who told an agency is protected, whoever they are."""

_TEXTS = (
    "description",
    "action_taken",
    "outcome",
    "child_seen",
    "recorded_by",
    "category",
    "time",
    "place",
    "reference",
)
_PLACE_KINDS = (
    "placement",
    "refuge",
    "tenancy",
    "eviction",
    "homelessness",
    "household",
    "school-start",
    "school-leave",
)
_NAMES = ("forename", "surname")


@dataclass(frozen=True)
class Everyone:
    """Who is shown and who is not, as far as texts must know.

    Args:
        names: (agency, record_id) -> (forename, surname) of every record held.
        shown: (agency, record_id) of released records.
        protected: (agency, record_id) of records of protected people.
    """

    names: Mapping[tuple[str, str], tuple[str | None, str | None]]
    shown: frozenset[tuple[str, str]]
    protected: frozenset[tuple[str, str]]


def minimised(
    events: pl.DataFrame,
    kinds: Mapping[tuple[str, str | None], str],
    *,
    everyone: Everyone,
    withheld: Forbidden,
    guarded: Protection,
) -> pl.DataFrame:
    """Cut released events down to what may be said.

    Args:
        events: table ``events``: the released rows.
        kinds: agency and its word -> event kind.
        everyone: who is shown and who is not.
        withheld: values of withheld rows.
        guarded: protected people and values.

    Returns:
        table ``events``; other people who are not shown are gone from ``others``, references to withheld events from
        ``quoted_references``, and every text that names one, quotes one or holds a protected value is withheld whole.
    """
    forbidden = withheld | guarded.forbidden
    rows = [_row(row, kinds, everyone, forbidden) for row in events.iter_rows(named=True)]
    return EVENTS.frame([row for row in rows if row is not None])


def _row(
    row: dict[str, Any], kinds: Mapping[tuple[str, str | None], str], everyone: Everyone, forbidden: Forbidden
) -> dict[str, Any] | None:
    # An id cannot be emptied: an event that says it there is withheld itself.
    if forbidden.found_in(row["event_id"]):
        return None
    kept, cut = _others(row["agency"], row["others"] or (), everyone)
    own = _named(cut, everyone)
    new = {**row, "others": kept or None}
    quoted = [text for text in row["quoted_references"] or () if not forbidden.found_in(text)]
    new["quoted_references"] = quoted or None
    for name in _TEXTS:
        if forbidden.found_in(row[name]) or own.found_in(row[name]):
            new[name] = None
    if everyone.protected:
        # Where a family was seen can lead to where somebody hides: no place is said while anybody of theirs is protected.
        new["place"] = None
    if (row["agency"], row["record_id"]) in everyone.protected:
        new["recorded_by"] = None
        if kinds.get((row["agency"], row["category"])) in _PLACE_KINDS:
            new.update(dict.fromkeys(("description", "action_taken", "outcome")))
    return new


def _others(agency: str, others: Sequence[str], everyone: Everyone) -> tuple[list[str], list[tuple[str, str]]]:
    """Entries ``role:record_id`` that stay, and the records of those that are cut."""
    kept: list[str] = []
    cut: list[tuple[str, str]] = []
    for entry in others:
        role, colon, record_id = entry.partition(":")
        key = (agency, record_id.strip() if colon else role.strip())
        anonymous = bool(colon) and not ANONYMOUS_ROLES.isdisjoint(
            role.lower().replace("_", " ").replace("-", " ").split()
        )
        if key in everyone.shown and not anonymous:
            kept.append(entry)
        else:
            cut.append(key)
    return kept, cut


def _named(cut: Sequence[tuple[str, str]], everyone: Everyone) -> Forbidden:
    """Names of people cut from an event, as they may stand in its text: in full, or either name alone."""
    found = Gathered()
    family = {squeeze(name) for key in everyone.shown for name in everyone.names.get(key, ()) if name}
    for key in cut:
        found.reference(key[1])
        forename, surname = everyone.names.get(key, (None, None))
        found.full_name(forename, surname)
        for name in (forename, surname):
            if name and squeeze(name) not in family:
                found.word(name)
    return found.frozen()


def names_of(records: pl.DataFrame) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """(agency, record_id) -> (forename, surname) as written, of every record.

    Args:
        records: table ``records``.
    """
    rows = records.filter(pl.col("part") == 0).select("agency", "record_id", *_NAMES).iter_rows()
    return {(agency, record_id): (forename, surname) for agency, record_id, forename, surname in rows}


def values_of(
    records: pl.DataFrame, standardised: pl.DataFrame, events: pl.DataFrame, *, strangers: pl.DataFrame | None = None
) -> Forbidden:
    """The values of rows that could betray them in a text: ids, references, identifiers, full names, places.

    Args:
        records: rows of table ``records``.
        standardised: the same rows of table ``standardised``.
        events: rows of table ``events``.
        strangers: agency, record_id of people who are not shown at all: their surnames count as words too.
    """
    found = Gathered()
    for record_id in records["record_id"]:
        found.reference(record_id)
    for event_id, reference in events.select("event_id", "reference").iter_rows():
        found.reference(reference)
        if not (event_id.startswith("e") and event_id[1:].isdigit()):
            found.reference(event_id)
    for name in ("nhs_number", "upn", "uln", "ni_number", "pnc", "cro"):
        found.values(records[name])
    for name in ("former_nhs_number", "former_upn"):
        found.values(part for cell in records[name].drop_nulls() for part in cell.split(";"))
    for forename, surname, former in records.select("forename", "surname", "former_surnames").iter_rows():
        found.full_name(forename, surname)
        for other in (former or "").split(";"):
            found.full_name(forename, other)
    found.values(part for cell in records["aliases"].drop_nulls() for part in cell.split(";") if len(part.split()) > 1)
    if strangers is not None:
        for surname in records.join(strangers, on=["agency", "record_id"], how="semi")["surname"]:
            found.word(surname)
    return found.frozen() | location_values(records, standardised, hints=False)


def words_of(records: pl.DataFrame) -> Forbidden:
    """Every name word of released records: a stranger who shares one cannot be told apart by it."""
    found = Gathered()
    for name in ("forename", "middle_names", "surname", "former_surnames", "aliases"):
        for cell in records[name].drop_nulls():
            for word in cell.replace(";", " ").replace("-", " ").split():
                found.word(word)
            found.word(cell)
    return found.frozen()
