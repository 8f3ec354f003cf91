"""A chronology for other programs: a table that Chronolator takes in, and a calendar of what is planned."""

from __future__ import annotations

import datetime as dt
import hashlib
import re

import polars as pl

from famlink.chronology import phrases
from famlink.chronology.files import harmless_columns
from famlink.chronology.words import NOT_RECORDED, agency_name, day_in_words

CHRONOLATOR = (
    *(
        "Sequence",
        "Start Date",
        "Start Time",
        "End Date",
        "Source of Information",
        "Event",
        "People",
        "Action",
        "Outcome",
    ),
    "Comments",
)
"""Headings of the table for Chronolator: its ordering columns first, then its one mandatory column, then free text."""

_FOLD = 75
_CLOCK = re.compile(r"[0-2]?[0-9][:.]?[0-5][0-9] ?(?:am|pm)?", re.IGNORECASE)


def chronolator_csv(table: pl.DataFrame) -> bytes:
    """Write the accounts of a chronology as a table that Chronolator documents take in.

    A Chronolator date column holds one date and nothing else but a question mark before a doubted one; the source of
    information is mandatory and follows the columns that order events.

    Args:
        table: a chronology of any view.

    Returns:
        UTF-8 CSV, one row an account; an incident of several agencies is told in the comments of its accounts.

    Source: Berrick Computing, Using Chronolator Documents: special columns.
    """
    heads = table.filter(pl.col("line") == "incident").select(
        "incident", _head=pl.format("{} (incident {})", "what_happened", "ref")
    )
    rows = table.filter(pl.col("line").is_in(["event", "account"])).join(
        heads, on="incident", how="left", maintain_order="left"
    )
    exact = pl.col("precision") == "day"
    ended = phrases.days(pl.when(pl.col("end_date") >= pl.col("date")).then("end_date"))
    comments = phrases.words_of(
        pl.when(pl.col("line") == "account").then("_head"),
        pl.col("notes"),
        pl.when(~exact).then(pl.format("written as {}", "date_as_written")),
    )
    somewhere = pl.format("{}; at {}", "who", "place")
    cells = (
        pl.int_range(1, pl.len() + 1).cast(pl.String),
        pl.when(exact).then(pl.lit("")).otherwise(pl.lit("?")) + phrases.days(pl.col("date")),
        pl.col("time").fill_null(""),
        ended.fill_null(""),
        pl.format("{}: {}, {}, {}", pl.lit(phrases.agencies(rows["agency"])), "system", "record", "source"),
        pl.format("{}: {}", "category", "what_happened"),
        pl.when(pl.col("place") == NOT_RECORDED).then("who").otherwise(somewhere),
        pl.col("action_taken"),
        pl.col("outcome"),
        comments.list.join("; "),
    )
    made = rows.select(cell.alias(name) for name, cell in zip(CHRONOLATOR, cells, strict=True))
    return harmless_columns(made).write_csv().encode()


def calendar_bytes(table: pl.DataFrame, *, as_at: dt.date, synthetic: bool = False) -> bytes:
    """Write what is planned as a calendar: hearings, reviews, visits after the day the extracts describe.

    Entries carry the kind, the agency and the record, never a name or a source's words: calendars travel to telephones.

    Args:
        table: a chronology of any view.
        as_at: the day the extracts describe; only accounts with an exact day after it are written.
        synthetic: whether the people are made up: the calendar and each entry then say so.

    Returns:
        iCalendar, all-day entries, marked private. An entry keeps its UID whatever the view and the day.

    Source: RFC 5545.
    """
    planned = table.filter(
        pl.col("line").is_in(["event", "account"]) & (pl.col("date") > as_at) & (pl.col("precision") == "day")
    )
    stamp = f"{as_at:%Y%m%d}T000000Z"
    mark = "SYNTHETIC: " if synthetic else ""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//famlink//chronology//EN", "CALSCALE:GREGORIAN"]
    lines.append(f"X-WR-CALNAME:{mark}Planned after {day_in_words(as_at)}")
    for row in planned.iter_rows(named=True):
        day, kind, event = row["date"], row["kind"], str(row["event"])
        clock = _CLOCK.fullmatch(row["time"] or "")
        summary = (
            f"{mark}{kind[:1].upper()}{kind[1:]}{f' at {clock.group()}' if clock else ''}, {agency_name(row['agency'])}"
        )
        description = f"Record {row['record']}; line {row['ref']} of the chronology"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{hashlib.sha256(event.encode()).hexdigest()[:32]}@famlink",
            f"DTSTAMP:{stamp}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + dt.timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(summary)}",
            f"DESCRIPTION:{_escaped(description)}",
            "CLASS:PRIVATE",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _escaped(text: str) -> str:
    plain = "".join(max(c, " ") for c in text)
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """Fold at 75 octets, never inside a character."""
    parts, size = [""], 0
    for character in line:
        width = len(character.encode())
        if size + width > _FOLD - (len(parts) > 1):
            parts.append("")
            size = 0
        parts[-1] += character
        size += width
    return "\r\n ".join(parts)
