"""The lines of a chronology: one for a lone account, one for an incident with a line for each account of it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from famlink.chronology import phrases
from famlink.chronology.differences import differences
from famlink.chronology.gaps import causes
from famlink.chronology.kinds import kind_words
from famlink.chronology.words import MOST_NAME, NOT_RECORDED, age_in_words, agency_name, day_in_words, plain
from famlink.sharing.portrait import Portrait
from famlink.sharing.released import Released

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
    "sharing_basis": (
        "Sharing basis",
        "the policy rule that allowed it: holder, basis, category (* is any) and what it opens",
    ),
    "source": ("Source row", "file and row"),
}
"""The columns of a chronology: name -> (heading, meaning)."""

BLANK = ("significance", "strength_or_risk")
"""Columns left blank on purpose: analysis is for people."""

HIDDEN = ("people", "agencies", "themes", "key", "incident", "latest", "time", "notes")
"""Columns for programs, after the printed ones: person_ids, agencies, themes, key, incident number, time, notes as a list."""


_SCHEMA: dict[str, pl.DataType] = (
    {name: pl.String() for name in (*COLUMNS, *HIDDEN)}
    | {name: pl.List(pl.String()) for name in ("people", "agencies", "themes", "notes")}
    | {name: pl.Date() for name in ("date", "end_date", "latest")}
    | {"key": pl.Boolean(), "incident": pl.UInt32()}
)


@dataclass(frozen=True)
class Book:
    """What lines need to know beyond their own account.

    Args:
        released: what the gate let through.
        people: its portraits.
        children: the subject children.
        known: every account known, also those the view leaves out.
    """

    released: Released
    people: dict[str, Portrait]
    children: list[Portrait]
    known: pl.DataFrame

    def ages(self, first: dt.date, latest: dt.date) -> str:
        """The age of each subject child, named where there are several."""
        said = []
        for child in self.children:
            age = age_in_words(child.date_of_birth, first, latest, exact=child.date_of_birth_exact)
            age = "before birth" if child.unborn else age
            said.append(
                age if len(self.children) == 1 else f"{plain(child.forename or child.name, most=MOST_NAME)}: {age}"
            )
        return "; ".join(said) or NOT_RECORDED


def book_of(released: Released, known: pl.DataFrame) -> Book:
    """Open the book for a release and the accounts known.

    Args:
        released: what the gate let through.
        known: accounts.

    Returns:
        the book; accounts know which incident they follow, where that is known too (``follows``), and how many accounts
        of their incident are known (``size``).
    """
    people = released.portraits()
    of_cause = known.select("order").join(causes(known), on="order", how="left", maintain_order="left")["cause"]
    told = known.with_columns(of_cause.alias("follows"), size=pl.len().over("incident"))
    return Book(released, people, subject_children(released, people), told)


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


def lines_of(book: Book, kept: pl.DataFrame, *, notes: pl.DataFrame | None = None) -> pl.DataFrame:
    """Lay accounts out as lines: one for a lone account, one for an incident and one for each account of it.

    Args:
        book: what lines need to know beyond their own account.
        kept: accounts of ``book.known`` to lay out, in the order of the chronology.
        notes: ``ref`` and further ``notes`` (a list).

    Returns:
        a table with the columns :data:`COLUMNS` and :data:`HIDDEN`.
    """
    told = _told(book, kept)
    laid = kept.with_columns(alone=pl.len().over("incident") == 1).join(
        told, on="incident", how="left", maintain_order="left"
    )
    more = (
        laid.select("ref").join(notes, on="ref", how="left", maintain_order="left")["notes"]
        if notes is not None
        else None
    )
    laid = laid.with_columns(
        pl.lit(None, dtype=pl.List(pl.String)).alias("more") if more is None else more.alias("more")
    )
    accounts = _account_lines(book, laid)
    together = laid.filter(~pl.col("alone"))
    if together.is_empty():
        return accounts
    heads = _incident_lines(book, together)
    # An incident's own line stands before the lines of its accounts.
    return (
        pl.concat([heads, accounts])
        .with_columns(_head=pl.col("line") != "incident", _at=pl.int_range(pl.len()))
        .sort("incident", "_head", "_at")
        .drop("_head", "_at")
    )


def spanning_line(book: Book, line: str, first: dt.date, last: dt.date, *, words: str, note: str) -> pl.DataFrame:
    """A line that stands for a stretch of time: a gap, or a count of earlier entries.

    Args:
        book: what lines need to know.
        line: ``gap`` or ``summary``.
        first: its first day.
        last: its last day.
        words: what it says.
        note: the lines it rests on.

    Returns:
        a table of one row, as :func:`lines_of`.
    """
    row: dict[str, object] = dict.fromkeys((name for name in COLUMNS if name not in BLANK), "not applicable")
    row |= {
        "ref": line,
        "line": line,
        "date": first,
        "latest": last,
        "end_date": last,
        "when": f"{day_in_words(first)} to {day_in_words(last)}",
        "age": book.ages(first, last),
        "precision": "day",
        "what_happened": words,
        "note": note,
        "notes": [note],
        **dict.fromkeys(BLANK, ""),
        **{name: [] for name in ("people", "agencies", "themes")},
        "key": False,
        "incident": None,
        "time": None,
    }
    return pl.DataFrame([row], schema=_SCHEMA)


def _told(book: Book, kept: pl.DataFrame) -> pl.DataFrame:
    """Agencies that recorded no account of an incident but acted because of it, with the day they can be shown to know."""
    own = kept.select("incident", "agency").unique()
    return (
        book.known.filter(pl.col("role") == "consequence", pl.col("follows").is_not_null())
        .select("agency", "known_on", "known", "ref", incident="follows")
        .join(own, on=["incident", "agency"], how="anti")
        .sort("incident", "known_on", "agency", "ref")
        .unique(["incident", "agency"], keep="first", maintain_order=True)
        .group_by("incident", maintain_order=True)
        .agg(told=pl.format("{} (line {})", "known", "ref"))
    )


def _account_lines(book: Book, laid: pl.DataFrame) -> pl.DataFrame:
    alone, text = pl.col("alone"), pl.col
    hour = pl.when(text("time").str.strip_chars() != "").then(phrases.plain(text("time"), most=40))
    several = pl.format("one of {} accounts of incident {}", "size", "incident")
    ended = pl.when(text("end_date") >= text("date")).then("end_date")
    laid = laid.with_columns(
        hour=hour,
        notes=phrases.words_of(
            text("faults"),
            text("more"),
            text("late"),
            pl.when(alone).then(_follows()),
            pl.when(alone & (text("size") > 1)).then(several),
        ),
        who_knew=phrases.words_of(text("known"), pl.when(alone).then("told")).list.join("; "),
    )
    systems = {a.agency: a.system for a in book.released.agencies}
    named = phrases.said_once(laid, ["kind"], kind_words)
    ages = phrases.said_once(laid, ["date", "latest"], book.ages)
    system = phrases.said_once(laid, ["agency"], systems.get)
    return laid.select(
        "ref",
        pl.when(alone).then(pl.lit("event")).otherwise(pl.lit("account")).alias("line"),
        "date",
        "end_date",
        "precision",
        phrases.plain(text("date_text")).alias("date_as_written"),
        phrases.when(text("date"), text("precision"), latest=text("latest"), end=ended, time=text("hour")).alias(
            "when"
        ),
        ages.alias("age"),
        "who",
        phrases.plain(text("place"), most=400).alias("place"),
        phrases.plain(text("description")).alias("what_happened"),
        phrases.plain(text("category")).alias("category"),
        named.alias("kind"),
        "agency",
        phrases.plain(pl.lit(system)).alias("system"),
        "record",
        text("account").alias("event"),
        phrases.plain(text("reference")).alias("reference"),
        "who_knew",
        pl.when(text("action_taken").is_null())
        .then(pl.lit("none recorded"))
        .otherwise(phrases.plain(text("action_taken")))
        .alias("action_taken"),
        phrases.plain(text("outcome")).alias("outcome"),
        phrases.plain(text("child_seen")).alias("child_seen"),
        pl.lit("").alias("significance"),
        pl.lit("").alias("strength_or_risk"),
        _joined("none").alias("note"),
        phrases.plain(text("recorded_by")).alias("entered_by"),
        phrases.days(text("recorded_on")).fill_null(NOT_RECORDED).alias("entered_on"),
        phrases.plain(text("rule")).alias("sharing_basis"),
        "source",
        "people",
        pl.concat_list("agency").alias("agencies"),
        "themes",
        "key",
        "incident",
        "latest",
        text("hour").alias("time"),
        "notes",
    )


def _incident_lines(book: Book, laid: pl.DataFrame) -> pl.DataFrame:
    """One line for each incident of several accounts."""
    kinds = phrases.said_once(laid, ["kind"], kind_words)
    groups = (
        laid.with_columns(kinds.alias("kind"))
        .group_by("incident", maintain_order=True)
        .agg(
            pl.col("date", "precision", "time", "size").first(),
            pl.col("latest").first().alias("latest_of_first"),
            pl.col("latest").max(),
            pl.col("end_date").filter(pl.col("end_date") >= pl.col("date").min()).max(),
            pl.col("agency").unique(maintain_order=True).alias("agencies"),
            pl.col("kind").unique(maintain_order=True).str.join("; "),
            pl.col("themes").explode(empty_as_null=False).unique(maintain_order=True),
            pl.col("key").any(),
            pl.col("told").first(),
            _follows().first().alias("follows"),
            accounts=pl.len(),
        )
    )
    known = (
        laid.sort("incident", "known_on", "agency", "ref")
        .unique(["incident", "agency"], keep="first", maintain_order=True)
        .group_by("incident", maintain_order=True)
        .agg("known")
    )
    groups = groups.join(known, on="incident", how="left", maintain_order="left")
    groups = groups.join(_people(book, laid), on="incident", how="left", maintain_order="left")
    groups = groups.join(differences(laid, book.people), on="incident", how="left", maintain_order="left")
    hour = pl.when(pl.col("time").str.strip_chars() != "").then(phrases.plain(pl.col("time"), most=40))
    groups = groups.with_columns(
        pl.col("people").fill_null(phrases.NO_WORDS),
        notes=phrases.words_of(pl.col("differences"), pl.col("follows")),
        known=phrases.words_of(pl.col("known"), pl.col("told")).list.unique(maintain_order=True),
        headline=_headline(groups),
        age=phrases.said_once(groups, ["date", "latest_of_first"], book.ages),
        when=phrases.when(
            pl.col("date"),
            pl.col("precision"),
            latest=pl.col("latest_of_first"),
            end=pl.lit(None, dtype=pl.Date),
            time=hour,
        ),
    )
    said: dict[str, pl.Expr] = {
        "ref": pl.col("incident").cast(pl.String),
        "line": pl.lit("incident"),
        "who": pl.col("who").fill_null(NOT_RECORDED),
        "what_happened": pl.col("headline"),
        "agency": pl.col("agencies").list.join("; "),
        "who_knew": pl.col("known").list.join("; "),
        "significance": pl.lit(""),
        "strength_or_risk": pl.lit(""),
        "note": _joined("the accounts agree on date and people"),
        "time": pl.lit(None, dtype=pl.String),
    }
    same = ("date", "end_date", "precision", "when", "age", "kind", *HIDDEN)
    return groups.select(
        said.get(name, pl.col(name) if name in same else pl.lit(SEE_ACCOUNTS)).alias(name)
        for name in (*COLUMNS, *HIDDEN)
    )


def _people(book: Book, laid: pl.DataFrame) -> pl.DataFrame:
    """Everyone an incident involves, with the roles any account gives them."""
    named = (
        laid.select("incident", "people", "roles")
        .explode("people", "roles")
        .drop_nulls("people")
        .group_by("incident", pl.col("people").alias("person"), maintain_order=True)
        .agg(roles=pl.col("roles").filter(pl.col("roles") != "").unique(maintain_order=True).str.join(", "))
    )
    names = phrases.said_once(
        named,
        ["person"],
        lambda person: plain(book.people[person].name, most=MOST_NAME) if person in book.people else None,
    )
    return (
        named.with_columns(names.alias("name"))
        .with_columns(said=pl.when(pl.col("roles") == "").then("name").otherwise(pl.format("{} ({})", "name", "roles")))
        .group_by("incident", maintain_order=True)
        .agg(people="person", who=pl.col("said").drop_nulls().str.join("; "))
    )


def _headline(groups: pl.DataFrame) -> pl.Series:
    """What an incident's line says: who records it, and how often."""

    def said(agencies: int, accounts: int, agency: str) -> str:
        if agencies == 1:
            return f"{agency_name(agency)} records this {'twice' if accounts == 2 else f'{accounts} times'}"
        return f"{agencies} agencies record this" + (f", in {accounts} accounts" if accounts > agencies else "")

    counts = groups.select(pl.col("agencies").list.len(), "accounts", agency=pl.col("agencies").list.first())
    return phrases.said_once(counts, ["agencies", "accounts", "agency"], said)


def _follows() -> pl.Expr:
    """What an account says of the incident it follows; null for none."""
    said = (
        pl.when(pl.col("role") == "consequence").then(pl.lit("follows")).otherwise(pl.lit("the same kind again after"))
    )
    return pl.when(pl.col("role") != "same event").then(pl.format("{} incident {}", said, "follows"))


def _joined(none: str) -> pl.Expr:
    """Notes in one text, or what stands where there is none."""
    return pl.when(pl.col("notes").list.len() == 0).then(pl.lit(none)).otherwise(pl.col("notes").list.join("; "))
