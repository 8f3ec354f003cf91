"""The merged chronology of released events, as a table, and its views."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import polars as pl

from famlink.chronology.accounts import Account, accounts
from famlink.chronology.gaps import gap_pairs, knew_first, not_seen, re_referrals, until, without_outcome
from famlink.chronology.kinds import all_themes, kind_words
from famlink.chronology.lines import Book, frame, rows_of, spanning_row
from famlink.chronology.words import counted, day_in_words, listed
from famlink.errors import RequestError
from famlink.sharing.released import Released

VIEWS = {
    "full": "everything, from birth or before",
    "key": "key events alone",
    "gaps": "weeks without an entry, who knew first, referrals without an outcome, children not seen",
    "re-referrals": "referrals within 12 months of the last about the same person",
    "last-two-years": "the last two years, with a count of what came before",
}
"""What ``view`` may be, and what it shows."""

COURT_YEARS = 2


def chronology(
    released: Released,
    *,
    view: str = "full",
    person: str | None = None,
    agency: str | None = None,
    theme: str | None = None,
    as_at: dt.date | None = None,
) -> pl.DataFrame:
    """Merge released events into one dated table.

    Events that are one incident become a line ``3 agencies record this`` with each account beneath it. Nothing is
    merged away and nothing is dropped for a bad date. A line keeps its number in every view.

    Args:
        released: what the gate let through.
        view: one of :data:`VIEWS`.
        person: person_id; only incidents an account of which involves that person.
        agency: short name; only that agency's accounts.
        theme: a theme of the event vocabulary, such as ``domestic abuse``.
        as_at: only what can be shown to have been known on that day.

    Returns:
        one row a line: the columns of :data:`famlink.chronology.lines.COLUMNS` (text, except ``date`` and
        ``end_date``), then those of :data:`famlink.chronology.lines.HIDDEN`.

    Raises:
        RequestError: the view, theme, person or agency is not one there is.
    """
    found = accounts(released)
    _check(released, found, view=view, person=person, agency=agency, theme=theme)
    known = [a for a in found if as_at is None or a.known_on <= as_at]
    book = Book(released, known)
    kept = known
    if person is not None:
        with_person = {a.incident for a in kept if any(p == person for p, _ in a.involved)}
        kept = [a for a in kept if a.incident in with_person]
    if theme is not None:
        of_theme = {a.incident for a in kept if theme in a.themes}
        kept = [a for a in kept if a.incident in of_theme]
    if agency is not None:
        kept = [a for a in kept if a.agency == agency]
    return frame(_rows(view, book, kept, min(as_at or released.as_at, released.as_at)))


def _rows(view: str, book: Book, kept: list[Account], as_at: dt.date) -> list[dict[str, object]]:
    if view == "key":
        key = {a.incident for a in kept if a.key}
        return rows_of(book, [a for a in kept if a.incident in key])
    if view == "gaps":
        return _gap_rows(book, [a for a in kept if a.first <= as_at])
    if view == "re-referrals":
        return _re_referral_rows(book, [a for a in kept if a.first <= as_at])
    if view == "last-two-years":
        return _recent_rows(book, kept, as_at)
    return rows_of(book, kept)


def _gap_rows(book: Book, past: list[Account]) -> list[dict[str, object]]:
    notes: dict[str, list[str]] = {}
    for account in without_outcome(past):
        notes.setdefault(account.ref, []).append("referral with no outcome recorded")
    for account in not_seen(past):
        notes.setdefault(account.ref, []).append("the child was not seen")
    for account, sentence in knew_first(past):
        notes.setdefault(account.ref, []).append(sentence)
    wanted = {a.incident for a in past if a.ref in notes}
    rows = rows_of(book, [a for a in past if a.incident in wanted], notes=notes)
    for before, after in gap_pairs(past, book.children):
        days = (after.first - until(before)).days
        words = f"No released entry for {counted(days // 7, 'week')}"
        rows.append(
            spanning_row(
                book, "gap", until(before), after.first, words=words, note=f"between lines {before.ref} and {after.ref}"
            )
        )
    # Stable: lines of one incident stay together, by the day of its first line.
    first_day = {row["incident"]: row["date"] for row in reversed(rows) if row["incident"] is not None}
    rows.sort(key=lambda row: (str(first_day.get(row["incident"], row["date"])), row["incident"] is not None))
    return rows


def _re_referral_rows(book: Book, past: list[Account]) -> list[dict[str, object]]:
    notes: dict[str, list[str]] = {}
    for before, after in re_referrals(past):
        apart = counted((after.first - before.latest).days, "day")
        notes.setdefault(before.ref, []).append(f"referred again on line {after.ref}, {apart} later")
        notes.setdefault(after.ref, []).append(f"re-referral, {apart} after line {before.ref}")
    wanted = {a.incident for a in past if a.ref in notes}
    return rows_of(book, [a for a in past if a.incident in wanted], notes=notes)


def _recent_rows(book: Book, kept: list[Account], as_at: dt.date) -> list[dict[str, object]]:
    """Court style: two years in full, and what came before as counts."""
    year = as_at.year - COURT_YEARS
    start = dt.date(year, as_at.month, min(as_at.day, 28) if as_at.month == 2 else as_at.day)
    recent = {a.incident for a in kept if until(a) >= start}
    rows = rows_of(book, [a for a in kept if a.incident in recent])
    earlier = [a for a in kept if a.incident not in recent]
    if not earlier:
        return rows
    kinds = Counter({kind: len({a.incident for a in earlier if a.kind == kind}) for kind in {a.kind for a in earlier}})
    said = [
        f"{kind_words(kind)} {count}" for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    ]
    words = (
        f"{counted(len({a.incident for a in earlier}), 'earlier entry')}, before {day_in_words(start)}: {listed(said)}"
    )
    first, last = earlier[0].first, max(a.latest for a in earlier)
    refs = f"lines {earlier[0].incident} to {earlier[-1].incident} of the full chronology"
    return [spanning_row(book, "summary", first, last, words=words, note=refs), *rows]


def _check(
    released: Released, found: list[Account], *, view: str, person: str | None, agency: str | None, theme: str | None
) -> None:
    if view not in VIEWS:
        raise RequestError(f"chronology: view is one of {', '.join(VIEWS)}, got {view!r}")
    if person is not None and person not in set(released.people["person_id"]):
        raise RequestError("chronology: person is not a person_id among the released people; see released.people")
    if theme is not None and theme not in all_themes(released.words):
        raise RequestError(f"chronology: theme is one of {', '.join(all_themes(released.words))}, got {theme!r}")
    known = {a.agency for a in released.agencies} | {a.agency for a in found}
    if agency is not None and agency not in known:
        raise RequestError(f"chronology: agency is one of {', '.join(sorted(known))}, got {agency!r}")
