"""An agency's column names -> the canonical ones, by the source's column map."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.tabular import ROW, TextTable
from famlink.schema import EXTRA
from famlink.tables import EVENT_COLUMNS, PEOPLE_COLUMNS, RELATIONSHIP_COLUMNS
from famlink.vocabulary.column_names import looks_like_header, named_or_counted

CANONICAL = {"people": PEOPLE_COLUMNS, "relationships": RELATIONSHIP_COLUMNS, "events": EVENT_COLUMNS}
"""The canonical columns of each of the three tables."""

REQUIRED = {"people": ("record_id",), "relationships": ("record_id", "relationship"), "events": ("record_id", "date")}
"""The columns each table must have."""


@dataclass(frozen=True)
class Canonical:
    """A file's rows under canonical names.

    Args:
        frame: text columns, canonical or ``extra.<theirs>``, and :data:`~famlink.extracts.tabular.ROW`.
        theirs: canonical name -> the agency's own.
        unused: the agency's columns that have no canonical name.
    """

    frame: pl.DataFrame
    theirs: Mapping[str, str]
    unused: tuple[str, ...]


def to_canonical(table: TextTable, kind: str, mapping: Mapping[str, str]) -> Canonical:
    """Rename a file's columns.

    Args:
        table: the file's rows under the agency's names.
        kind: people, relationships or events.
        mapping: canonical name -> the agency's own.

    Returns:
        the rows with every canonical column (null where the file has none); a file with no columns at all gives none.

    Raises:
        SourceError: the map names a column the file has not, or a canonical name there is not; a required column is
            missing; two columns claim one canonical name. All faults are in one message.
    """
    canonical = CANONICAL[kind]
    mapping = {name: " ".join(theirs.split()) for name, theirs in mapping.items()}
    if not table.names:
        return Canonical(_complete(table.frame, {}, canonical, ()), {}, ())
    expected = {*canonical, *mapping.values()}
    offered = table.names if looks_like_header(table.names, known=expected) else []
    faults = [
        f"{name!r} is not a canonical column of {kind}{_near(name, list(canonical))}"
        for name in mapping
        if name not in canonical
    ]
    faults += [
        f"{name} is mapped to {theirs!r}, which is not in the file{_near(theirs, offered)}"
        for name, theirs in mapping.items()
        if theirs not in table.names and name in canonical
    ]
    taken = set(mapping.values())
    plain = {name: name for name in table.names if name in canonical and name not in taken}
    faults += [
        f"{name} is given twice: by {mapping[name]!r}, to which it is mapped, and by a column already called {name!r}"
        for name in plain
        if name in mapping
    ]
    theirs = {**plain, **{name: column for name, column in mapping.items() if name in canonical}}
    faults += [
        f"the required column {name} is missing{_near(name, offered)}" for name in REQUIRED[kind] if name not in theirs
    ]
    if faults:
        told = named_or_counted(table.names, known=expected)
        raise SourceError(
            f"{table.file}: {'; '.join(faults)}. The file has the columns: {told}. "
            f"Mend [source.columns.{kind}] in hub.toml"
        )
    used = set(theirs.values())
    unused = tuple(name for name in table.names if name not in used)
    return Canonical(_complete(table.frame, theirs, canonical, unused if kind == "people" else ()), theirs, unused)


def look_alikes(unused: tuple[str, ...], theirs: Mapping[str, str], kind: str) -> list[str]:
    """Warnings for columns that are a canonical name but for capitals and spaces, and were not taken as one."""
    plain = {name.lower().replace(" ", "_").replace("-", "_"): name for name in unused}
    return [
        f"column {column!r} is not taken as {name}: map it in [source.columns.{kind}]"
        for name, column in plain.items()
        if name in CANONICAL[kind] and name not in theirs
    ]


def _complete(
    frame: pl.DataFrame, theirs: Mapping[str, str], canonical: Mapping[str, str], extras: tuple[str, ...]
) -> pl.DataFrame:
    return frame.select(
        pl.col(ROW),
        *(
            pl.col(theirs[name]).alias(name) if name in theirs else pl.lit(None, dtype=pl.String).alias(name)
            for name in canonical
        ),
        *(pl.col(name).alias(EXTRA + name) for name in extras),
    )


def _near(name: str, known: list[str]) -> str:
    lower = {item.lower(): item for item in known}
    near = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.5)
    return f" (did you mean {lower[near[0]]!r}?)" if near else ""
