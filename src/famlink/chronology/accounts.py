"""Each released event as one account of the chronology: what the source said, and what must be noted about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from famlink.chronology import phrases
from famlink.chronology.kinds import is_key, stage, themes
from famlink.chronology.words import MOST_NAME, NOT_RECORDED, day_in_words, plain
from famlink.sharing.released import Released
from famlink.vocabulary.events import Crosswalk

LATE_DAYS = 28
"""An entry made this many days after the event or more is said to be late."""


_NO_DAY = "day of entry not recorded"
_HELD = (
    *("agency", "event_id", "record_id", "person_id", "incident_id", "role", "related_incident_id", "date", "latest"),
    *("end_date", "precision", "time", "category", "kind", "child_seen", "recorded_on", "file", "file_row"),
)
_MEANING = ("themes", "key", "stage")


@dataclass(frozen=True, eq=False)
class Account:
    """One agency's account of one event, in the source's words.

    Args:
        ref: line of the full chronology: ``12`` for a lone account, ``12a`` for one of several of an incident.
        incident: number of the incident in the full chronology.
        event: of the row of the table ``incidents``, what is short: keys, dates, kind and category, file and row.
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

    @cached_property
    def agency(self) -> str:
        """The agency whose account it is."""
        return str(self.event["agency"])

    @cached_property
    def kind(self) -> str:
        """The mapped kind of event."""
        return str(self.event["kind"])

    @cached_property
    def first(self) -> dt.date:
        """Earliest day it can have been."""
        day = self.day("date")
        assert day is not None
        return day

    @cached_property
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


def as_accounts(table: pl.DataFrame) -> list[Account]:
    """Read rows of :func:`account_table` as accounts: for the few that are looked at one by one.

    Args:
        table: some of its rows.

    Returns:
        accounts, in the order of the rows.
    """
    told = table.select(*_HELD, "ref", "incident", "people", "roles", "faults", *_MEANING, "known_on")
    return [
        Account(
            ref=row["ref"],
            incident=row["incident"],
            event=row,
            involved=tuple(zip(row["people"], row["roles"], strict=True)),
            faults=tuple(row["faults"]),
            known_on=row["known_on"],
            themes=tuple(row["themes"]),
            key=row["key"],
            stage=row["stage"],
        )
        for row in told.iter_rows(named=True)
    ]


def account_table(released: Released) -> pl.DataFrame:
    """Read every released event as an account, in the order of the chronology.

    Args:
        released: what the gate let through.

    Returns:
        the released events by the earliest day of their incident, then within the incident by day, time and agency, with

        - ``ref`` and ``incident``: line and number in the full chronology, so that a line keeps its number in every view;
        - ``people`` and ``roles``: everyone released whom it names, the record's own person first with an empty role;
          ``who`` says them in words;
        - ``faults``: what does not add up about its dates, one sentence each; ``late``: that it was entered late, or null;
        - ``known_on``: the day its agency can first be shown to have known: written down, else the last day it can have
          been; ``known`` says it in words; ``until``: the last day it speaks of;
        - ``themes``, ``key`` and ``stage``: what its kind is;
        - ``record``, ``account`` and ``source``: the record, the agency's own id, and the file and row it came from.

    Source: earliest day first for partial dates, errors of order flagged and kept: the project's design of the
    chronology, after the practice of multi-agency chronologies in England and Scotland.
    """
    return released.once("account table", lambda released: completed(_numbered(_ordered(released.events)), released))


def completed(numbered: pl.DataFrame, released: Released) -> pl.DataFrame:
    """Add to events in order, with their lines numbered, what :func:`account_table` says of them.

    Args:
        numbered: released events with ``order``, ``ref`` and ``incident``.
        released: what the gate let through.

    Returns:
        the table of accounts.
    """
    table = _with_people(numbered, released)
    named = table.select(pl.col("agency")).with_columns(phrases.agencies(table["agency"]))["agency"]
    lag = (pl.col("recorded_on") - pl.col("latest")).dt.total_days()
    return table.with_columns(
        *_meanings(table, released.words),
        pl.concat_str(pl.lit(named), pl.lit(": "), phrases.days(pl.col("recorded_on")).fill_null(_NO_DAY)).alias(
            "known"
        ),
        known_on=pl.coalesce("recorded_on", "latest"),
        until=pl.max_horizontal("latest", "end_date"),
        late=pl.when(lag >= LATE_DAYS).then("entered " + phrases.counted_days(lag) + " later"),
        record=phrases.plain(pl.concat_str("agency", pl.lit(":"), "record_id")),
        account=phrases.plain(pl.concat_str("agency", pl.lit(":"), "event_id")),
        source=phrases.plain(pl.concat_str("file", pl.lit(" row "), "file_row")),
        faults=phrases.words_of(*_faults(released)),
    )


def _ordered(events: pl.DataFrame) -> pl.DataFrame:
    """Events by day, hour, agency and id."""
    hours = events.select("time").unique(maintain_order=True)
    read = [_clock(time) for time in hours["time"]]
    hours = hours.with_columns(
        pl.Series("_minute", [minute for minute, _ in read], dtype=pl.Int64),
        pl.Series("_said", [said for _, said in read], dtype=pl.String),
    )
    return (
        events.join(hours, on="time", how="left", nulls_equal=True, maintain_order="left")
        .sort("date", "latest", "_minute", "_said", "agency", "event_id", maintain_order=True)
        .drop("_minute", "_said")
    )


def _clock(time: str | None) -> tuple[int, str]:
    """Sort a time as written by its hours and minutes; an entry without them comes first in its day."""
    said = "" if time is None else time.strip()
    digits = "".join(c for c in said[:5] if c in "0123456789")
    if not digits:
        return (-1, said)
    hour, minute = (int(digits[:-2]), int(digits[-2:])) if len(digits) >= 3 else (int(digits), 0)
    return ((hour + 12 * (hour < 12 and "pm" in said.lower())) * 60 + minute, said)


def _numbered(events: pl.DataFrame) -> pl.DataFrame:
    """Incidents numbered by their first account, accounts of one together; a line each, with a letter where there are several."""
    found = events.with_row_index("order").with_columns(
        pl.col("order").min().over("incident_id").rank("dense").cast(pl.UInt32).alias("incident"),
        pl.len().over("incident_id").alias("_size"),
    )
    found = found.sort("incident", "order").with_columns(
        pl.col("order").cum_count().over("incident").alias("_place"),
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("order"),
    )
    letters = phrases.said_once(found, ["_size", "_place"], lambda size, place: _letter(place) if size > 1 else "")
    return found.with_columns(ref=pl.col("incident").cast(pl.String) + pl.lit(letters)).drop("_size", "_place")


def _letter(place: int) -> str:
    """a, b ... z, aa, ab ... for the accounts of one incident, counted from 1."""
    said = ""
    while place:
        place, rest = divmod(place - 1, 26)
        said = chr(ord("a") + rest) + said
    return said


def _with_people(table: pl.DataFrame, released: Released) -> pl.DataFrame:
    """The record's person, then the others; someone who is not released is not materialised, not even as a number."""
    people = released.portraits()
    painted = pl.DataFrame(
        [(p.person_id, plain(p.name, most=MOST_NAME), p.date_of_birth, p.died) for p in people.values()],
        schema={"person": pl.String, "_name": pl.String, "_born": pl.Date, "_died": pl.Date},
        orient="row",
    )
    of_record = released.people.select("agency", "record_id", person="person_id").unique(
        ["agency", "record_id"], keep="last"
    )
    own = table.join(of_record, on=["agency", "record_id"], how="semi").select(
        "order", pl.col("person_id").alias("person"), role=pl.lit("")
    )
    others = (
        table.select("order", "agency", pl.col("others").list.drop_nulls())
        .filter(pl.col("others").list.len() > 0)
        .explode("others")
        .select("order", "agency", pl.col("others").str.splitn(":", 2).struct.rename_fields(["role", "record_id"]))
        .unnest("others")
        .with_columns(pl.col("role", "record_id").str.strip_chars())
        .join(of_record, on=["agency", "record_id"], how="inner", maintain_order="left")
        .select("order", "person", "role")
    )
    named = (
        pl.concat([own, others])
        .group_by("order", "person", maintain_order=True)
        .agg(pl.col("role").filter(pl.col("role") != "").first().fill_null(""))
        .join(painted.select("person", "_name"), on="person", how="left", maintain_order="left")
        .with_columns(pl.col("_name").fill_null(NOT_RECORDED))
        .with_columns(said=pl.when(pl.col("role") == "").then("_name").otherwise(pl.format("{} ({})", "_name", "role")))
        .group_by("order", maintain_order=True)
        .agg(people="person", roles="role", who=pl.col("said").str.join("; "))
    )
    return (
        table.join(named, on="order", how="left", maintain_order="left")
        .with_columns(pl.col("people", "roles").fill_null(phrases.NO_WORDS), pl.col("who").fill_null(NOT_RECORDED))
        .join(painted, left_on="person_id", right_on="person", how="left", maintain_order="left")
    )


def _meanings(table: pl.DataFrame, words: Crosswalk | None) -> Iterator[pl.Series]:
    """Themes, whether it is a key event, and stage: said once for each kind and category."""
    said = ["kind", "category"]
    yield phrases.said_once(table, said, lambda k, c: list(themes(k, c, words=words)), pl.List(pl.String)).alias(
        "themes"
    )
    yield phrases.said_once(table, ["kind"], lambda kind: is_key(kind, words=words), pl.Boolean).alias("key")
    yield phrases.said_once(table, ["kind"], lambda kind: stage(kind, words=words)).alias("stage")


def _faults(released: Released) -> Iterator[pl.Expr]:
    """What may not add up about dates, a sentence or null each."""
    first, latest, end, recorded = (pl.col(name) for name in ("date", "latest", "end_date", "recorded_on"))
    yield pl.when(end < first).then(pl.format("end date {} is before the start", phrases.days(end)))
    yield pl.when(latest < pl.col("_born")).then(pl.format("dated before the birth of {}", "_name"))
    yield pl.when(first > pl.col("_died")).then(pl.format("dated after the death of {}", "_name"))
    planned = f"planned: after {day_in_words(released.as_at)}, the day the extracts describe"
    before = pl.format("written down on {}, before the date given", phrases.days(recorded))
    yield pl.when(first > released.as_at).then(pl.lit(planned)).when(recorded < first).then(before)
