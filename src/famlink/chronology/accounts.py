"""Each released event as one account of the chronology: what the source said, and what must be noted about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from famlink.chronology.kinds import is_key, stage, themes
from famlink.chronology.words import NOT_RECORDED, agency_name, counted, day_in_words
from famlink.sharing.portrait import Portrait
from famlink.sharing.released import Released
from famlink.vocabulary.events import Crosswalk

LATE_DAYS = 28
"""An entry made this many days after the event or more is said to be late."""


@dataclass(frozen=True, eq=False)
class Account:
    """One agency's account of one event, in the source's words.

    Args:
        ref: line of the full chronology: ``12`` for a lone account, ``12a`` for one of several of an incident.
        incident: number of the incident in the full chronology.
        event: the row of the table ``incidents``, with ``rule``.
        involved: (person_id, role) of everyone released whom it names; the record's own person first, role empty.
        faults: what does not add up about its dates, one sentence each.
        known_on: the day its agency can first be shown to have known: written down, else the last day it can have been.
        themes: the themes it belongs to.
        key: whether its kind belongs in a chronology of key events.
        stage: what its kind is to the family: happening, account, response, routine or unmapped.
    """

    ref: str
    incident: int
    event: dict[str, object]
    involved: tuple[tuple[str, str], ...]
    faults: tuple[str, ...]
    known_on: dt.date
    themes: tuple[str, ...] = ()
    key: bool = False
    stage: str = "unmapped"

    def text(self, column: str) -> str | None:
        """A text cell of the source row."""
        value = self.event[column]
        return None if value is None else str(value)

    def day(self, column: str) -> dt.date | None:
        """A date cell of the source row."""
        value = self.event[column]
        return value if isinstance(value, dt.date) else None

    @property
    def agency(self) -> str:
        """The agency whose account it is."""
        return str(self.event["agency"])

    @property
    def kind(self) -> str:
        """The mapped kind of event."""
        return str(self.event["kind"])

    @property
    def first(self) -> dt.date:
        """Earliest day it can have been."""
        day = self.day("date")
        assert day is not None
        return day

    @property
    def latest(self) -> dt.date:
        """Latest day it can have been."""
        return self.day("latest") or self.first

    @property
    def record(self) -> str:
        """The record it is about, as ``agency:record_id``."""
        return f"{self.agency}:{self.event['record_id']}"

    @property
    def source(self) -> str:
        """File and row it came from."""
        return f"{self.event['file']} row {self.event['file_row']}"


def accounts(released: Released) -> list[Account]:
    """Read every released event as an account, in the order of the chronology.

    Args:
        released: what the gate let through.

    Returns:
        accounts by the earliest day of their incident, then within the incident by day, time and agency. Refs are those
        of the full chronology, so that a line keeps its number in every view.

    Source: earliest day first for partial dates, errors of order flagged and kept: the project's design of the
    chronology, after the practice of multi-agency chronologies in England and Scotland.
    """
    people = released.portraits()
    person_of = {
        (agency, record): person
        for agency, record, person in released.people.select("agency", "record_id", "person_id").iter_rows()
    }
    rows = released.events.to_dicts()
    rows.sort(key=_order)
    groups: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        groups.setdefault(str(row["incident_id"]), []).append(row)
    read: list[Account] = []
    meanings: dict[tuple[object, object], tuple[tuple[str, ...], bool, str]] = {}
    for number, group in enumerate(groups.values(), 1):
        for place, row in enumerate(group):
            ref = f"{number}{_letter(place)}" if len(group) > 1 else str(number)
            involved = _involved(row, person_of)
            said = row["kind"], row["category"]
            if said not in meanings:
                meanings[said] = _meaning(str(said[0]), said[1], released.words)
            of_themes, key, stands = meanings[said]
            read.append(
                Account(
                    ref=ref,
                    incident=number,
                    event=row,
                    involved=involved,
                    faults=tuple(_faults(row, people.get(str(row["person_id"])), released.as_at)),
                    known_on=_known_on(row),
                    themes=of_themes,
                    key=key,
                    stage=stands,
                )
            )
    return read


def late(account: Account) -> str | None:
    """Say how long after the event an account was written down.

    Args:
        account: an account.

    Returns:
        ``entered 45 days later``, or None where it was entered soon or the day of entry is not recorded.
    """
    recorded = account.day("recorded_on")
    if recorded is None or (recorded - account.latest).days < LATE_DAYS:
        return None
    return f"entered {counted((recorded - account.latest).days, 'day')} later"


def named(account: Account, people: dict[str, Portrait]) -> str:
    """Name everyone an account involves, with their roles.

    Args:
        account: an account.
        people: portraits by person_id.

    Returns:
        ``Danielle Hollis; Craig Pemberton (suspect)``.
    """
    said = []
    for person, role in account.involved:
        name = people[person].name if person in people else NOT_RECORDED
        said.append(f"{name} ({role})" if role else name)
    return "; ".join(said) if said else NOT_RECORDED


def _meaning(kind: str, category: object, words: Crosswalk | None) -> tuple[tuple[str, ...], bool, str]:
    of_themes = themes(kind, None if category is None else str(category), words=words)
    return of_themes, is_key(kind, words=words), stage(kind, words=words)


def _order(row: dict[str, object]) -> tuple[object, ...]:
    return row["date"], row["latest"], _clock(row["time"]), row["agency"], row["event_id"]


def _clock(time: object) -> tuple[int, str]:
    """Sort a time as written by its hours and minutes; an entry without them comes first in its day."""
    said = "" if time is None else str(time).strip()
    digits = "".join(c for c in said[:5] if c in "0123456789")
    if not digits:
        return (-1, said)
    hour, minute = (int(digits[:-2]), int(digits[-2:])) if len(digits) >= 3 else (int(digits), 0)
    return ((hour + 12 * (hour < 12 and "pm" in said.lower())) * 60 + minute, said)


def _letter(place: int) -> str:
    """a, b ... z, aa, ab ... for the accounts of one incident."""
    said = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        said = chr(ord("a") + rest) + said
    return said


def _involved(row: dict[str, object], person_of: dict[tuple[str, str], str]) -> tuple[tuple[str, str], ...]:
    """The record's person, then the others; someone who is not released is not materialised, not even as a number."""
    agency = str(row["agency"])
    found = {str(row["person_id"]): ""} if (agency, str(row["record_id"])) in person_of else {}
    others = row["others"]
    for other in others if isinstance(others, list) else []:
        role, mark, record = str(other).partition(":")
        person = person_of.get((agency, record.strip())) if mark else None
        if person is not None and not found.get(person):
            found[person] = role.strip()
    return tuple(found.items())


def _faults(row: dict[str, object], person: Portrait | None, as_at: dt.date) -> list[str]:
    first, latest, end, recorded = row["date"], row["latest"], row["end_date"], row["recorded_on"]
    assert isinstance(first, dt.date)
    assert isinstance(latest, dt.date)
    said = []
    if isinstance(end, dt.date) and end < first:
        said.append(f"end date {day_in_words(end)} is before the start")
    if person is not None and person.date_of_birth is not None and latest < person.date_of_birth:
        said.append(f"dated before the birth of {person.name}")
    if person is not None and person.died is not None and first > person.died:
        said.append(f"dated after the death of {person.name}")
    if first > as_at:
        said.append(f"planned: after {day_in_words(as_at)}, the day the extracts describe")
    elif isinstance(recorded, dt.date) and recorded < first:
        said.append(f"written down on {day_in_words(recorded)}, before the date given")
    return said


def _known_on(row: dict[str, object]) -> dt.date:
    recorded, latest = row["recorded_on"], row["latest"]
    known = recorded if isinstance(recorded, dt.date) else latest
    assert isinstance(known, dt.date)
    return known


def known_sentence(account: Account) -> str:
    """Say when the account's agency can be shown to have known.

    Args:
        account: an account.

    Returns:
        ``Police: 4 May 2025``; says so where the day of entry is not recorded.
    """
    recorded = account.day("recorded_on")
    if recorded is None:
        return f"{agency_name(account.agency)}: day of entry not recorded"
    return f"{agency_name(account.agency)}: {day_in_words(recorded)}"
