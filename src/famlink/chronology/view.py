"""The merged chronology of released events, as a table, and its views."""

from __future__ import annotations

import datetime as dt

import polars as pl

from famlink.chronology.accounts import Account, accounts
from famlink.chronology.kinds import all_themes
from famlink.chronology.lines import Book, table
from famlink.errors import RequestError
from famlink.sharing.released import Released

VIEWS = ("full", "key", "last-two-years", "re-referrals", "gaps")
"""What ``view`` may be."""


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
    merged away and nothing is dropped for a bad date.

    Args:
        released: what the gate let through.
        view: one of :data:`VIEWS`.
        person: person_id; only incidents an account of which involves that person.
        agency: short name; only that agency's accounts.
        theme: a theme of the event vocabulary, such as ``domestic abuse``.
        as_at: only what can be shown to have been known on that day.

    Returns:
        one row a line, columns :data:`COLUMNS` (text, except ``date`` and ``end_date``) then :data:`HIDDEN`.

    Raises:
        RequestError: the view, theme, person or agency is not one there is.
    """
    found = accounts(released)
    _check(released, found, view=view, person=person, agency=agency, theme=theme)
    kept = [a for a in found if as_at is None or a.known_on <= as_at]
    book = Book(released, kept)
    if person is not None:
        with_person = {a.incident for a in kept if any(p == person for p, _ in a.involved)}
        kept = [a for a in kept if a.incident in with_person]
    if theme is not None:
        of_theme = {a.incident for a in kept if theme in a.themes}
        kept = [a for a in kept if a.incident in of_theme]
    if agency is not None:
        kept = [a for a in kept if a.agency == agency]
    return table(book, kept)


def _check(
    released: Released, found: list[Account], *, view: str, person: str | None, agency: str | None, theme: str | None
) -> None:
    if view not in VIEWS:
        raise RequestError(f"chronology: view is one of {', '.join(VIEWS)}, got {view!r}")
    if person is not None and person not in set(released.people["person_id"]):
        raise RequestError("chronology: person is not a person_id among the released people; see released.people")
    known = {a.agency for a in released.agencies} | {a.agency for a in found}
    if theme is not None and theme not in all_themes():
        raise RequestError(f"chronology: theme is one of {', '.join(all_themes())}, got {theme!r}")
    if agency is not None and agency not in known:
        raise RequestError(f"chronology: agency is one of {', '.join(sorted(known))}, got {agency!r}")
