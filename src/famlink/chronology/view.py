"""The merged chronology of released events, as a table, and its views."""

from __future__ import annotations

import datetime as dt

import polars as pl

from famlink.chronology import phrases
from famlink.chronology.accounts import account_table
from famlink.chronology.gaps import gap_pairs, knew_first, not_seen, re_referrals, without_outcome
from famlink.chronology.kinds import all_themes, kind_words
from famlink.chronology.known import as_known
from famlink.chronology.lines import Book, book_of, lines_of, spanning_line
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
        as_at: only what can be shown to have been known on that day, see :func:`famlink.chronology.known.as_known`.

    Returns:
        one row a line: the columns of :data:`famlink.chronology.lines.COLUMNS` (text, except ``date`` and
        ``end_date``), then those of :data:`famlink.chronology.lines.HIDDEN`.

    Raises:
        RequestError: the view, theme, person or agency is not one there is.
    """
    found = account_table(released)
    _check(released, found, view=view, person=person, agency=agency, theme=theme)
    if as_at is not None:
        released = as_known(released, as_at)
    book = book_of(released, account_table(released))
    kept = book.known
    if person is not None:
        kept = _incidents(kept, pl.col("people").list.contains(person))
    if theme is not None:
        kept = _incidents(kept, pl.col("themes").list.contains(theme))
    if agency is not None:
        kept = kept.filter(pl.col("agency") == agency)
    return _view(view, book, kept, released.as_at)


def _incidents(kept: pl.DataFrame, wanted: pl.Expr) -> pl.DataFrame:
    """Every account of the incidents one account of which is wanted."""
    return kept.filter(wanted.any().over("incident"))


def _view(view: str, book: Book, kept: pl.DataFrame, as_at: dt.date) -> pl.DataFrame:
    if view == "key":
        return lines_of(book, _incidents(kept, pl.col("key")))
    if view == "gaps":
        return _gap_lines(book, kept.filter(pl.col("date") <= as_at))
    if view == "re-referrals":
        return _re_referral_lines(book, kept.filter(pl.col("date") <= as_at))
    if view == "last-two-years":
        return _recent_lines(book, kept, as_at)
    return lines_of(book, kept)


def _noted(book: Book, past: pl.DataFrame, notes: pl.DataFrame) -> pl.DataFrame:
    """The lines of incidents with a note, each account with its notes."""
    of_ref = notes.group_by("ref", maintain_order=True).agg(notes="note")
    wanted = past.join(of_ref, on="ref", how="semi").select("incident").unique()
    return lines_of(book, past.join(wanted, on="incident", how="semi", maintain_order="left"), notes=of_ref)


def _gap_lines(book: Book, past: pl.DataFrame) -> pl.DataFrame:
    notes = pl.concat(
        [
            past.filter(without_outcome()).select("ref", note=pl.lit("referral with no outcome recorded")),
            past.filter(not_seen()).select("ref", note=pl.lit("the child was not seen")),
            knew_first(past).select("ref", note="sentence"),
        ]
    )
    lines = [_noted(book, past, notes)]
    for _, ref_before, first, _, ref_after, last, days in gap_pairs(past, book.children).iter_rows():
        words = f"No released entry for {counted(days // 7, 'week')}"
        note = f"between lines {ref_before} and {ref_after}"
        lines.append(spanning_line(book, "gap", first, last, words=words, note=note))
    # Lines of one incident stay together, by the day of its first line; a gap stands before them.
    first_day = pl.when(pl.col("incident").is_null()).then("date").otherwise(pl.col("date").first().over("incident"))
    return pl.concat(lines).sort(first_day, pl.col("incident").is_not_null(), maintain_order=True)


def _re_referral_lines(book: Book, past: pl.DataFrame) -> pl.DataFrame:
    pairs = re_referrals(past).with_columns(apart=phrases.counted_days(pl.col("days")))
    earlier = pairs.select(
        "order_after", ref="ref_before", note=pl.format("referred again on line {}, {} later", "ref_after", "apart")
    )
    later = pairs.select(
        "order_after", ref="ref_after", note=pl.format("re-referral, {} after line {}", "apart", "ref_before")
    )
    return _noted(book, past, pl.concat([earlier, later]).sort("order_after", maintain_order=True).drop("order_after"))


def _recent_lines(book: Book, kept: pl.DataFrame, as_at: dt.date) -> pl.DataFrame:
    """Court style: two years in full, and what came before as counts."""
    year = as_at.year - COURT_YEARS
    start = dt.date(year, as_at.month, min(as_at.day, 28) if as_at.month == 2 else as_at.day)
    recent = (pl.col("until") >= start).any().over("incident")
    lines = lines_of(book, kept.filter(recent))
    earlier = kept.filter(~recent)
    if earlier.is_empty():
        return lines
    kinds = (
        earlier.group_by("kind").agg(pl.col("incident").n_unique()).sort("incident", "kind", descending=[True, False])
    )
    said = [f"{kind_words(kind)} {count}" for kind, count in kinds.iter_rows()]
    words = f"{counted(earlier['incident'].n_unique(), 'earlier entry')}, before {day_in_words(start)}: {listed(said)}"
    first, last = earlier["date"][0], earlier["latest"].max()
    assert isinstance(last, dt.date)
    refs = f"lines {earlier['incident'][0]} to {earlier['incident'][-1]} of the full chronology"
    return pl.concat([spanning_line(book, "summary", first, last, words=words, note=refs), lines])


def _check(
    released: Released, found: pl.DataFrame, *, view: str, person: str | None, agency: str | None, theme: str | None
) -> None:
    if view not in VIEWS:
        raise RequestError(f"chronology: view is one of {', '.join(VIEWS)}, got {view!r}")
    if person is not None and person not in set(released.people["person_id"]):
        raise RequestError("chronology: person is not a person_id among the released people; see released.people")
    if theme is not None and theme not in all_themes(released.words):
        raise RequestError(f"chronology: theme is one of {', '.join(all_themes(released.words))}, got {theme!r}")
    known = {a.agency for a in released.agencies} | set(found["agency"])
    if agency is not None and agency not in known:
        raise RequestError(f"chronology: agency is one of {', '.join(sorted(known))}, got {agency!r}")
