"""What an agency hands over, and what the truth then calls it: the ids a reader of the export gives its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import polars as pl

from famlink.synthetic.files import TABLES, in_their_words, write_table

NO_NAMED = pl.DataFrame(schema={"record_id": pl.String, "same_as": pl.String})
FULL_DAY = r"^\d{4}-\d\d-\d\d$"


@dataclass(frozen=True)
class Tables:
    """One agency's rows under canonical names, before anything is written.

    Args:
        people: the people table; dates are dates, sex is 0 (female), 1 (male) or 2.
        relationships: the relationships.
        events: the events.
    """

    people: pl.DataFrame
    relationships: pl.DataFrame
    events: pl.DataFrame


@dataclass(frozen=True)
class Export:
    """What was written, and how the truth is to be told of it.

    Args:
        sources: what hub.toml says of each source: format and files, or the files of its tables.
        files: every file written.
        events: event_id, told_as: the id each event has once read; an event told twice has two rows.
        named: record_id, same_as: the people the export names in words, and the record (or person in words) each is;
            None where they are as in the tables.
        relationships: rows of relationships in the export.
        renamed: record_id -> the id the export gives the record.
    """

    sources: list[dict[str, Any]]
    files: list[str]
    events: pl.DataFrame
    named: pl.DataFrame | None
    relationships: int
    renamed: dict[str, str] = field(default_factory=dict)


def as_tables(agency: str, tables: Tables, to: Path, *, kind: str) -> Export:
    """Write an agency's rows as its own three tables.

    Args:
        agency: the agency.
        tables: its rows.
        to: the world's folder.
        kind: csv, parquet, xlsx or ndjson.

    Returns:
        the files; the truth keeps its words.
    """
    names = {}
    for table in TABLES:
        names[table] = f"{agency}_{table}.{kind}"
        write_table(in_their_words(agency, table, getattr(tables, table), kind=kind), to / names[table])
    events = tables.events.select("event_id", told_as="event_id")
    return Export([{"tables": names}], list(names.values()), events, None, tables.relationships.height)


def with_columns_of(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The frame as text, days as ISO, with a column of nulls for each name it has not; ``sex`` stays a number."""
    lacking = [pl.lit(None, dtype=pl.String).alias(name) for name in names if name not in frame.columns]
    return frame.with_columns(pl.exclude("sex").cast(pl.String), *lacking)


def element(name: str, text: str | None) -> str:
    """An XML element; nothing where there is no text.

    Example:
        >>> element("Surname", "O'Neill & Co"), element("UPN", None)
        ("<Surname>O'Neill &amp; Co</Surname>", '')
    """
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def write_text(path: Path, lines: list[str]) -> None:
    """Write lines as UTF-8, the same bytes on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
