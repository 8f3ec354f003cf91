"""What a table is: its columns, their types and meanings, and a check that reports every fault at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from famlink.errors import TableError

EXTRA = "extra."
"""Prefix of the columns an agency gave that have no canonical name."""


@dataclass(frozen=True)
class Column:
    """One column: its name, polars type and meaning.

    Args:
        name: column name.
        dtype: polars type.
        meaning: one sentence for the reference.
        null: whether a cell may be empty.
        key: whether the column is part of the table's key.
    """

    name: str
    dtype: pl.DataType
    meaning: str
    null: bool = True
    key: bool = False


@dataclass(frozen=True)
class Table:
    """A table of the house.

    Args:
        name: what the house calls it.
        meaning: one sentence for the reference.
        made_by: the room that makes it.
        columns: its columns, in order.
        extras: whether columns named ``extra.<theirs>`` may follow.
    """

    name: str
    meaning: str
    made_by: str
    columns: tuple[Column, ...]
    extras: bool = False

    @property
    def names(self) -> list[str]:
        """The column names, in order."""
        return [column.name for column in self.columns]

    @property
    def schema(self) -> dict[str, pl.DataType]:
        """The column types by name."""
        return {column.name: column.dtype for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """A frame of no rows with this table's columns."""
        return pl.DataFrame(schema=self.schema)

    def frame(self, rows: Sequence[dict[str, object]]) -> pl.DataFrame:
        """Build a checked frame from rows given as dictionaries; a missing cell is null."""
        return self.check(
            pl.DataFrame([{name: row.get(name) for name in self.names} for row in rows], schema=self.schema)
        )

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Cast and order a frame's columns as the schema has them, adding null columns for those it lacks.

        Args:
            frame: any frame whose columns can be cast.

        Returns:
            a checked frame.

        Raises:
            TableError: as :meth:`check`.
        """
        return self.check(self.complete(frame))

    def complete(self, frame: pl.DataFrame, *, extras: Sequence[str] | None = None) -> pl.DataFrame:
        """As :meth:`conform`, but not checked: of a part of a table whose whole is.

        Args:
            frame: any frame whose columns can be cast.
            extras: the columns named ``extra.<theirs>`` the whole has, where others may have more of them; null columns
                are added for those the frame lacks.

        Returns:
            the frame; a column added takes no memory.
        """
        if not frame.width:
            return self.empty()  # a selection of constants alone would make a row of nulls
        present = set(frame.columns)
        wanted = [
            (pl.col(c.name).cast(c.dtype) if c.name in present else pl.lit(None, dtype=c.dtype)).alias(c.name)
            for c in self.columns
        ]
        more = extras if extras is not None else [name for name in frame.columns if name.startswith(EXTRA)]
        added = [pl.col(n) if n in present else pl.lit(None, dtype=pl.String).alias(n) for n in more if self.extras]
        return frame.select([*wanted, *added])

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Check a frame against the schema.

        Args:
            frame: the frame at the door.

        Returns:
            the same frame.

        Raises:
            TableError: with every fault found: columns missing, unknown or of another type, nulls, repeated keys.
        """
        faults: list[str] = []
        actual = frame.schema
        for column in self.columns:
            if column.name not in actual:
                faults.append(f"column {column.name!r} is missing")
            elif actual[column.name] != column.dtype:
                faults.append(f"column {column.name!r} is {actual[column.name]}, expected {column.dtype}")
            elif not column.null and (nulls := frame[column.name].null_count()):
                faults.append(f"column {column.name!r} has {nulls} empty cells, expected none")
        known = set(self.names)
        faults += [
            f"column {name!r} is not in this table"
            for name in actual
            if name not in known and not (self.extras and name.startswith(EXTRA))
        ]
        keys = [column.name for column in self.columns if column.key and column.name in actual]
        # Rows of as many hashes as there are rows have as many keys: texts are compared only where two hashes are one.
        if keys and not faults and frame.select(keys).hash_rows().n_unique() < frame.height:
            repeated = frame.height - frame.select(pl.struct(keys).n_unique()).item()
            if repeated:
                faults.append(f"{repeated} rows repeat the key ({', '.join(keys)})")
        if faults:
            raise TableError(f"table {self.name!r}: " + "; ".join(faults))
        return frame
