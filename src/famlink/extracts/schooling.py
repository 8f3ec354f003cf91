"""What the formats of schools have in common: kinds of exclusion, addresses in parts, and events that files tell again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from famlink.extracts.pieces import Piece
from famlink.extracts.xmlstream import Node
from famlink.vocabulary.dates import parse_dates

HOME = ("SAON", "PAON", "Street", "Locality", "Town", "AdministrativeArea", "PostTown", "County")
LINES = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4", "AddressLine5")
"""Elements of an address in parts, and of one in lines."""

EXCLUSIONS = {
    "PERM": "Permanent exclusion",
    "SUSP": "Suspension",
    "FIXD": "Suspension",
    "LNCH": "Lunchtime suspension",
}
"""Codes of exclusion categories in words."""

_TELLS = ("record_id", "category", "date", "end_date", "description", "outcome")


def exclusion(code: str | None) -> str:
    """The word for a category of exclusion.

    Example:
        >>> exclusion("fixd"), exclusion(None), exclusion("ODD")
        ('Suspension', 'Exclusion', 'Exclusion ODD')
    """
    if not code:
        return "Exclusion"
    return EXCLUSIONS.get(code.upper(), f"Exclusion {code}")


def address_of(person: Node) -> str | None:
    """The address anywhere below a person on one line, whichever way its parts are given."""
    parts = [person.first(name) for name in (*LINES, *HOME)]
    return ", ".join(dict.fromkeys(part for part in parts if part)) or None


def told_once(pieces: Sequence[Piece]) -> tuple[list[Piece], int]:
    """Leave out events that an earlier file told in the same words: returns of several terms overlap.

    Two like events of one file are two events.

    Args:
        pieces: events, in the order they are to be read.

    Returns:
        the pieces, and how many events were left out.
    """
    files = {name: place for place, name in enumerate(dict.fromkeys(piece.table.file for piece in pieces))}
    told = [_told(piece.table.frame, piece.columns).with_columns(file=files[piece.table.file]) for piece in pieces]
    if len(files) < 2:
        return list(pieces), 0
    whole = pl.concat(told)
    again = whole.select(pl.col("file") > pl.col("file").min().over(_TELLS)).to_series()
    kept, begin = [], 0
    for piece, own in zip(pieces, told, strict=True):
        fresh = ~again.slice(begin, own.height)
        begin += own.height
        kept.append(replace(piece, table=replace(piece.table, frame=piece.table.frame.filter(fresh))))
    return kept, int(again.sum())


def _told(frame: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """What a piece's rows tell, days written one way."""
    theirs = {name: columns.get(name, name) for name in _TELLS}
    own = frame.select(
        (pl.col(column) if column in frame.columns else pl.lit(None, dtype=pl.String)).alias(name)
        for name, column in theirs.items()
    )
    return own.with_columns(_day(own["date"]), _day(own["end_date"]))


def _day(dates: pl.Series) -> pl.Series:
    """Dates as the earliest day they mean, whichever way they are written; what is none stays as it is."""
    read = parse_dates(dates)["earliest"].cast(pl.String)
    return pl.select(pl.coalesce(read, dates)).to_series().alias(dates.name)
