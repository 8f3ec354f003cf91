"""The lines of a chronology: one for a lone account, one for an incident with a line for each account of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import polars as pl

from famlink.chronology.accounts import Account, known_sentence, late, named
from famlink.chronology.gaps import yes_or_no
from famlink.chronology.kinds import kind_words
from famlink.chronology.words import (
    NOT_RECORDED,
    age_in_words,
    agency_name,
    counted,
    day_in_words,
    listed,
    plain,
    when_in_words,
)
from famlink.sharing.portrait import Portrait
from famlink.sharing.released import Released

MOST_DAYS = 8
"""Accounts of one incident on more days than this are counted, not listed."""

SEE_ACCOUNTS = "see each account"

COLUMNS: dict[str, tuple[str, str]] = {
    "ref": ("Ref", "number of the line in the full chronology; 12a, 12b are accounts of incident 12"),
    "line": (
        "Line",
        "event (one account), incident (several accounts of one event), account (one of them), gap or summary",
    ),
    "date": ("Date", "earliest day it can have been, ISO: the sorting day"),
    "end_date": ("End date", "day it ended, ISO"),
    "precision": ("Precision", "day, month, year or uncertain"),
    "date_as_written": ("Date as written", "the date as the source wrote it"),
    "when": ("When", "the date in words, with the time as written"),
    "age": ("Age of child", "age of each subject child on that day"),
    "who": ("Who", "people involved with their roles"),
    "place": ("Place", "where it happened, as written"),
    "what_happened": ("What happened (source's words)", "the source's own words"),
    "category": ("Category", "the agency's own word or code"),
    "kind": ("Kind", "the shared kind the category is mapped to"),
    "agency": ("Agency", "who recorded it"),
    "system": ("System", "the system it comes from"),
    "record": ("Record", "agency:record_id"),
    "event": ("Event", "the agency's own id of the event"),
    "reference": ("Reference", "the agency's reference"),
    "who_knew": ("Who knew, and when", "the day each agency is first shown to have known"),
    "action_taken": ("Action taken", "what was done"),
    "outcome": ("Outcome", "what came of it"),
    "child_seen": ("Child seen", "as written"),
    "significance": ("Significance", "blank, for the analyst"),
    "strength_or_risk": ("Strength or risk", "blank, for the analyst"),
    "note": ("Notes on dates, duplicates, conflicts", "what does not agree or add up, or none"),
    "entered_by": ("Entered by", "who wrote it down"),
    "entered_on": ("Entered on", "the day it was written down"),
    "sharing_basis": ("Sharing basis", "the policy rule that allowed it"),
    "source": ("Source row", "file and row"),
}
"""The columns of a chronology: name -> (heading, meaning)."""

BLANK = ("significance", "strength_or_risk")
"""Columns left blank on purpose: analysis is for people."""

HIDDEN = ("people", "agencies", "themes", "key", "incident", "latest", "time", "notes")
"""Columns for programs, after the printed ones: person_ids, agencies, themes, key, incident number, time, notes as a list."""


_LISTS = ("people", "agencies", "themes", "notes")
_BETWEEN = "\x1f"


class Book:
    """What lines need to know beyond their own account."""

    def __init__(self, released: Released, found: list[Account]) -> None:
        self.released = released
        self.people = released.portraits()
        self.systems = {a.agency: a.system for a in released.agencies}
        self.children = subject_children(released, self.people)
        self.incident_of = {str(a.event["incident_id"]): a.incident for a in found}
        self.size: dict[int, int] = {}
        self.followed: dict[int, list[Account]] = {}
        self._ages: dict[tuple[dt.date, dt.date], str] = {}
        for a in found:
            self.size[a.incident] = self.size.get(a.incident, 0) + 1
            if a.text("role") == "consequence" and (cause := self.related(a)) is not None:
                self.followed.setdefault(cause, []).append(a)

    def related(self, account: Account) -> int | None:
        """The incident an account follows, where that was released too."""
        related = account.text("related_incident_id")
        found = self.incident_of.get(related) if related is not None else None
        return None if found == account.incident else found

    def told(self, group: list[Account]) -> list[str]:
        """Agencies that recorded no account of an incident but acted because of it, with the day they can be shown to know."""
        if group[0].incident not in self.followed:
            return []
        own = {a.agency for a in group}
        after = sorted(self.followed.get(group[0].incident, []), key=lambda a: (a.known_on, a.agency, a.ref))
        first: dict[str, str] = {}
        for account in after:
            if account.agency not in own:
                first.setdefault(account.agency, f"{known_sentence(account)} (line {account.ref})")
        return list(first.values())

    def subject_ages(self, first: dt.date, latest: dt.date) -> str:
        """The age of each subject child, named where there are several."""
        if (first, latest) not in self._ages:
            self._ages[first, latest] = self._said_ages(first, latest)
        return self._ages[first, latest]

    def _said_ages(self, first: dt.date, latest: dt.date) -> str:
        said = []
        for child in self.children:
            age = age_in_words(child.date_of_birth, first, latest, exact=child.date_of_birth_exact)
            age = "before birth" if child.unborn else age
            said.append(age if len(self.children) == 1 else f"{child.forename or child.name}: {age}")
        return "; ".join(said) or NOT_RECORDED


def subject_children(released: Released, people: dict[str, Portrait]) -> list[Portrait]:
    """The subjects whose age a chronology prints: the children among them, or all where none is a child.

    Args:
        released: what the gate let through.
        people: its portraits.

    Returns:
        portraits in the order of the request.
    """
    subjects = [people[person] for person in released.subjects if person in people]
    children = [s for s in subjects if s.unborn or ((age := s.age_on(released.as_at)) is not None and age < 18)]
    return children or subjects


def rows_of(book: Book, kept: list[Account], *, notes: dict[str, list[str]] | None = None) -> list[dict[str, object]]:
    """Lay accounts out as lines: one for a lone account, one for an incident and one for each account of it.

    Args:
        book: what lines need to know beyond their own account.
        kept: accounts to lay out, in the order of the chronology.
        notes: further notes by ref.

    Returns:
        rows for :func:`frame`.
    """
    more = notes or {}
    groups: dict[int, list[Account]] = {}
    for account in kept:
        groups.setdefault(account.incident, []).append(account)
    rows: list[dict[str, object]] = []
    for group in groups.values():
        if len(group) == 1:
            rows.append(_account_row(book, group[0], line="event", more=more.get(group[0].ref, [])))
        else:
            rows.append(_incident_row(book, group))
            rows.extend(_account_row(book, a, line="account", more=more.get(a.ref, [])) for a in group)
    return rows


def spanning_row(book: Book, line: str, first: dt.date, last: dt.date, *, words: str, note: str) -> dict[str, object]:
    """A line that stands for a stretch of time: a gap, or a count of earlier entries.

    Args:
        book: what lines need to know.
        line: ``gap`` or ``summary``.
        first: its first day.
        last: its last day.
        words: what it says.
        note: the lines it rests on.

    Returns:
        a row for :func:`frame`.
    """
    row: dict[str, object] = dict.fromkeys((name for name in COLUMNS if name not in BLANK), "not applicable")
    return row | {
        "ref": line,
        "line": line,
        "date": first,
        "latest": last,
        "end_date": last,
        "when": f"{day_in_words(first)} to {day_in_words(last)}",
        "age": book.subject_ages(first, last),
        "precision": "day",
        "what_happened": words,
        "note": note,
        "notes": [note],
        **dict.fromkeys(BLANK, ""),
        **{name: [] for name in ("people", "agencies", "themes")},
        "key": False,
        "incident": None,
    }


def frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """Build the table of a chronology.

    Args:
        rows: lines.

    Returns:
        a frame with the columns :data:`COLUMNS` and :data:`HIDDEN`.
    """
    schema: dict[str, pl.DataType] = {name: pl.String() for name in (*COLUMNS, "time", *_LISTS)}
    schema |= {"date": pl.Date(), "end_date": pl.Date(), "latest": pl.Date()}
    schema |= {"key": pl.Boolean(), "incident": pl.UInt32()}
    # Lists are built as one text and split again: polars makes a series of its own for every list it is given.
    columns = [
        pl.Series(name, [_joined(row[name]) if name in _LISTS else row.get(name) for row in rows], dtype=schema[name])
        for name in (*COLUMNS, *HIDDEN)
    ]
    split = [
        pl.when(pl.col(name) == "")
        .then(pl.lit([], dtype=pl.List(pl.String)))
        .otherwise(pl.col(name).str.split(_BETWEEN))
        .alias(name)
        for name in _LISTS
    ]
    return pl.DataFrame(columns).with_columns(split)


def _joined(items: object) -> str:
    return _BETWEEN.join(str(item).replace(_BETWEEN, " ") for item in items) if isinstance(items, list) else ""


def _account_row(book: Book, account: Account, *, line: str, more: list[str]) -> dict[str, object]:
    notes = [*account.faults, *more]
    if (slow := late(account)) is not None:
        notes.append(slow)
    if line == "event":
        notes += _links(book, account)
        if book.size[account.incident] > 1:
            notes.append(f"one of {book.size[account.incident]} accounts of incident {account.incident}")
    event = account.event
    end = account.day("end_date")
    return {
        "ref": account.ref,
        "line": line,
        "date": account.first,
        "latest": account.latest,
        "time": _time(account),
        "end_date": end,
        "precision": account.text("precision"),
        "date_as_written": plain(account.text("date_text")),
        "when": when_in_words(
            account.first,
            str(event["precision"]),
            end=end if end is not None and end >= account.first else None,
            time=_time(account),
        ),
        "age": book.subject_ages(account.first, account.latest),
        "who": named(account, book.people),
        "place": plain(account.text("place"), most=400),
        "what_happened": plain(account.text("description")),
        "category": plain(account.text("category")),
        "kind": kind_words(account.kind),
        "agency": account.agency,
        "system": plain(book.systems.get(account.agency)),
        "record": account.record,
        "event": f"{account.agency}:{event['event_id']}",
        "reference": plain(account.text("reference")),
        "who_knew": "; ".join([known_sentence(account), *(book.told([account]) if line == "event" else [])]),
        "action_taken": "none recorded"
        if account.text("action_taken") is None
        else plain(account.text("action_taken")),
        "outcome": plain(account.text("outcome")),
        "child_seen": plain(account.text("child_seen")),
        "significance": "",
        "strength_or_risk": "",
        "note": "; ".join(notes) or "none",
        "notes": notes,
        "entered_by": plain(account.text("recorded_by")),
        "entered_on": day_in_words(d) if (d := account.day("recorded_on")) is not None else NOT_RECORDED,
        "sharing_basis": plain(account.text("rule")),
        "source": account.source,
        "people": [person for person, _ in account.involved],
        "agencies": [account.agency],
        "themes": list(account.themes),
        "key": account.key,
        "incident": account.incident,
    }


def _incident_row(book: Book, group: list[Account]) -> dict[str, object]:
    first, latest = min(a.first for a in group), max(a.latest for a in group)
    earliest = min(group, key=lambda a: (a.first, a.latest))
    agencies = _unique(a.agency for a in group)
    people: dict[str, list[str]] = {}
    for account in group:
        for person, role in account.involved:
            roles = people.setdefault(person, [])
            if role and role not in roles:
                roles.append(role)
    who = [
        f"{book.people[p].name} ({', '.join(roles)})" if roles else book.people[p].name
        for p, roles in people.items()
        if p in book.people
    ]
    first_known: dict[str, Account] = {}
    for account in sorted(group, key=lambda a: (a.known_on, a.agency, a.ref)):
        first_known.setdefault(account.agency, account)
    known = [known_sentence(account) for account in first_known.values()]
    kinds = _unique(kind_words(a.kind) for a in group)
    notes = [*differences(group, book.people), *_links(book, group[0])]
    return {
        "ref": str(group[0].incident),
        "line": "incident",
        "date": first,
        "latest": latest,
        "end_date": max((d for a in group if (d := a.day("end_date")) is not None and d >= first), default=None),
        "precision": earliest.text("precision"),
        "date_as_written": SEE_ACCOUNTS,
        "when": when_in_words(first, str(earliest.event["precision"]), time=_time(earliest)),
        "age": book.subject_ages(earliest.first, earliest.latest),
        "who": "; ".join(who) or NOT_RECORDED,
        "what_happened": _headline(agencies, len(group)),
        "category": SEE_ACCOUNTS,
        "kind": "; ".join(kinds),
        "agency": "; ".join(agencies),
        "who_knew": "; ".join(_unique([*known, *book.told(group)])),
        "significance": "",
        "strength_or_risk": "",
        "note": "; ".join(notes) or "the accounts agree on date and people",
        "notes": notes,
        "people": list(people),
        "agencies": agencies,
        "themes": _unique(t for a in group for t in a.themes),
        "key": any(a.key for a in group),
        "incident": group[0].incident,
        **dict.fromkeys(
            ("system", "record", "event", "place", "reference", "action_taken", "outcome", "child_seen"), SEE_ACCOUNTS
        ),
        **dict.fromkeys(("entered_by", "entered_on", "sharing_basis", "source"), SEE_ACCOUNTS),
    }


def _headline(agencies: list[str], count: int) -> str:
    if len(agencies) == 1:
        return f"{agency_name(agencies[0])} records this {'twice' if count == 2 else f'{count} times'}"
    return f"{len(agencies)} agencies record this" + (f", in {count} accounts" if count > len(agencies) else "")


def differences(group: list[Account], people: dict[str, Portrait]) -> list[str]:
    """Say how the accounts of one incident differ.

    Args:
        group: its accounts.
        people: portraits by person_id.

    Returns:
        one sentence a difference: dates apart, who is named by some only, whether the child was seen, outcomes.
    """
    said = []
    starts = sorted({a.first for a in group if a.text("precision") == "day"})
    if len(starts) > 1:
        by_day: dict[dt.date, list[str]] = {}
        for account in group:
            by_day.setdefault(account.first, []).append(agency_name(account.agency))
        said_days = [f"{day_in_words(day)} ({listed(_unique(by_day[day]))})" for day in starts[:MOST_DAYS]]
        told = f": {listed(said_days)}" if len(starts) <= MOST_DAYS else f", on {len(starts)} days"
        said.append(f"dates {counted((starts[-1] - starts[0]).days, 'day')} apart{told}")
    everyone = _unique(p for a in group for p, _ in a.involved)
    for person in everyone:
        naming = [a for a in group if any(p == person for p, _ in a.involved)]
        if len(naming) < len(group) and person in people:
            said.append(f"{people[person].name} named only by {listed(_unique(agency_name(a.agency) for a in naming))}")
    seen = {answer: _unique(agency_name(a.agency) for a in group if yes_or_no(a) == answer) for answer in ("yes", "no")}
    if seen["yes"] and seen["no"]:
        said.append(f"child seen according to {listed(seen['yes'])}, not seen according to {listed(seen['no'])}")
    return said


def _time(account: Account) -> str | None:
    time = account.text("time")
    return plain(time, most=40) if time is not None and time.strip() else None


def _links(book: Book, account: Account) -> list[str]:
    cause, role = book.related(account), account.text("role")
    if cause is None or role == "same event":
        return []
    return [f"follows incident {cause}" if role == "consequence" else f"the same kind again after incident {cause}"]


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
