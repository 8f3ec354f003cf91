r"""What an adapter makes of an export: tables of people, relationships and events that keep their file and row.

An adapter reads files whose columns it knows and hands over :class:`Piece`\ s: rows under the agency's own names with the
map to canonical ones. They go on through the same checks as a plain table, so that every row is a record or a reject.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.columns import Canonical, to_canonical
from famlink.extracts.export import ExportFile
from famlink.extracts.loading import read_bytes
from famlink.extracts.tabular import ROW, TextTable
from famlink.vocabulary.column_names import named_or_counted


@dataclass(frozen=True)
class Piece:
    """Rows of one file that are people, relationships or events.

    Args:
        kind: people, relationships or events.
        table: the rows, under the agency's names.
        columns: canonical name -> their column.
        repeats: a record_id may come again; its further rows add to the record.
        satellite: the rows add to records given elsewhere; a row about anybody else is rejected.
        whole: the table is a whole file, not a part an adapter made of one.
    """

    kind: str
    table: TextTable
    columns: Mapping[str, str] = field(default_factory=dict)
    repeats: bool = False
    satellite: bool = False
    whole: bool = False

    def canonical(self) -> Canonical:
        """The rows under canonical names."""
        return to_canonical(self.table, self.kind, self.columns)


@dataclass(frozen=True)
class FileRead:
    """One file, or sheet of a file, as it was read.

    Args:
        file: its name.
        rows: the rows (elements, resources) it holds.
        dateless: rows that carry no date and so give no event, where events are all they could give.
    """

    file: str
    rows: int
    dateless: int = 0


@dataclass(frozen=True)
class Adapted:
    """What an adapter made of an export.

    Args:
        pieces: in the order they are to be read.
        files: every file or sheet, with its rows.
        warnings: what a user should know.
    """

    pieces: tuple[Piece, ...]
    files: tuple[FileRead, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dated:
    """How one column of dates is an event.

    Args:
        date: the column.
        category: the word for it, or an expression that gives one.
        end: column of the day it ended.
        id: column of the event's own id; the row's number where absent.
        outcome: column.
        reference: column.
        child_seen: column.
        recorded_by: column.
        details: column -> label, for the description.
    """

    date: str
    category: str | pl.Expr
    end: str | None = None
    id: str | None = None
    outcome: str | None = None
    reference: str | None = None
    child_seen: str | None = None
    recorded_by: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


_PLAIN = ("outcome", "reference", "child_seen", "recorded_by")


def read_sheet(file: ExportFile) -> TextTable:
    """Read a CSV, TSV or database table of an export, its column names in lower case."""
    return lower_cased(file.table or read_bytes(file.data, file=file.name, kind="people"))


def lower_cased(table: TextTable) -> TextTable:
    """The table with its column names in lower case and single spaces.

    Raises:
        SourceError: two columns then have one name.
    """
    names = {name: " ".join(name.lower().split()) for name in table.names}
    twice = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
    if twice:
        raise SourceError(f"{table.file}: the header names {', '.join(twice)} twice, but for capitals; name each once")
    return replace(table, frame=table.frame.rename(names))


def need(table: TextTable, *columns: str) -> None:
    """Hold a table to the columns without which it cannot be read.

    Raises:
        SourceError: one is missing.
    """
    missing = [name for name in columns if name not in table.names]
    if missing and table.names:
        raise SourceError(
            f"{table.file}: expected the columns {', '.join(missing)}, found {named_or_counted(table.names)}; "
            "export the table with its own column names"
        )


def people_piece(
    table: TextTable,
    columns: Mapping[str, str],
    *,
    extras: Sequence[str] = (),
    repeats: bool = True,
    satellite: bool = False,
) -> Piece:
    """A table's rows as people.

    Args:
        table: the rows.
        columns: canonical name -> their column; those the file has not are passed over.
        extras: further columns to keep as they are.
        repeats: a record_id may come again.
        satellite: the rows only add to records given elsewhere.

    Returns:
        the piece, with the table's unreadable rows.
    """
    mapping = {name: theirs for name, theirs in columns.items() if theirs in table.names}
    keep = list(dict.fromkeys([*mapping.values(), *(name for name in extras if name in table.names)]))
    return Piece("people", replace(table, frame=table.frame.select(ROW, *keep)), mapping, repeats, satellite)


def event_pieces(
    table: TextTable, dated: Sequence[Dated], *, record_id: str, prefix: str, only_events: bool = True
) -> tuple[list[Piece], FileRead]:
    """A table's rows as events: one for each column of dates that is filled.

    Args:
        table: the rows.
        dated: the columns of dates; those the file has not are passed over.
        record_id: the column that says whom it is about.
        prefix: what made event ids begin with, so that those of several tables do not meet.
        only_events: events are all the table gives: its unreadable rows belong here, and rows without a date are counted.

    Returns:
        the pieces, and the file as read.
    """
    pieces: list[Piece] = []
    present = [item for item in dated if item.date in table.names]
    unusable = table.unusable if only_events else ()
    for item in present:
        frame = table.frame.filter(pl.col(item.date).is_not_null())
        if not frame.height and not (unusable and item is present[-1]):
            continue
        pieces.append(
            _event_piece(replace(table, frame=frame, unusable=unusable), item, record_id, prefix, len(dated) > 1)
        )
        unusable = ()
    dateless = 0
    if only_events and table.names:
        empty = pl.all_horizontal(pl.col(item.date).is_null() for item in present) if present else pl.lit(value=True)
        dateless = table.frame.filter(empty).height
    return pieces, FileRead(table.file, table.rows, dateless)


def _event_piece(table: TextTable, item: Dated, record_id: str, prefix: str, several: bool) -> Piece:  # noqa: FBT001
    frame = table.frame
    mapping = {"record_id": record_id, "date": item.date, "event_id": "event_id", "category": "category"}
    own = [(name, getattr(item, name)) for name in (*_PLAIN, "end")]
    for name, theirs in own:
        if theirs is not None and theirs in frame.columns:
            mapping["end_date" if name == "end" else name] = theirs
    number = pl.col(ROW).cast(pl.String)
    identity = pl.coalesce(pl.col(item.id), pl.format("row {}", number)) if item.id in frame.columns else number
    tail = f":{item.date}" if several else ""
    category = pl.lit(item.category) if isinstance(item.category, str) else item.category
    columns = [pl.format(f"{prefix}:{{}}{tail}", identity).alias("event_id"), category.alias("category")]
    details = {column: label for column, label in item.details.items() if column in frame.columns}
    if details:
        mapping["description"] = "description"
        columns.append(described(details).alias("description"))
    # A table may have a column of its own called category or description: what was made of it takes its place.
    made = {column.meta.output_name() for column in columns}
    keep = list(dict.fromkeys(name for name in mapping.values() if name in frame.columns and name not in made))
    return Piece("events", replace(table, frame=frame.select(ROW, *keep, *columns)), mapping)


def described(details: Mapping[str, str]) -> pl.Expr:
    """The filled cells of several columns as one line: ``label: cell; label: cell``; null where all are empty."""
    parts = [
        pl.when(pl.col(column).is_not_null()).then(
            pl.format("{}: {}", pl.lit(label), pl.col(column)) if label else pl.col(column)
        )
        for column, label in details.items()
    ]
    line = pl.concat_str(parts, separator="; ", ignore_nulls=True)
    return pl.when(line != "").then(line)


def rows_table(rows: Sequence[Mapping[str, str | None]], columns: Sequence[str], *, file: str) -> TextTable:
    """Rows built one by one (from XML or JSON) as a table; each has its place in the file under :data:`ROW`."""
    data = {name: pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in columns}
    places = pl.Series(ROW, [int(row[ROW] or 0) for row in rows], dtype=pl.UInt32)
    return TextTable(file, pl.DataFrame(data).with_columns(places))


def left_over(table: TextTable, used: Sequence[str]) -> list[str]:
    """A warning that names the columns of a file an adapter makes nothing of."""
    left = [name for name in table.names if name not in used]
    return [f"{table.file}: columns not used: {', '.join(left)}"] if left else []
