"""A table that stays in its file: columns are read when they are asked for, and held only by whoever asks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl


class Waiting:
    """A parquet file that can be asked for columns as a frame can.

    The records of a large hub take more memory in words than all that is made of them in numbers.

    Args:
        file: the file, whole.
        without: columns to leave out.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     pl.DataFrame({"a": [1, 2], "b": ["x", None]}).write_parquet(Path(folder) / "t.parquet")
        ...     table = Waiting(Path(folder) / "t.parquet")
        ...     table.height, table.columns, table["b"].to_list(), table.select((pl.col("a") * 2).alias("c")).rows()
        (2, ['a', 'b'], ['x', None], [(2,), (4,)])
    """

    def __init__(self, file: Path, *, without: Iterable[str] = ()) -> None:
        self._file = file
        left_out = set(without)
        scan = pl.scan_parquet(file)
        self.schema = {name: dtype for name, dtype in scan.collect_schema().items() if name not in left_out}
        self.height: int = scan.select(pl.len()).collect().item()

    @property
    def columns(self) -> list[str]:
        """The column names, in order."""
        return list(self.schema)

    def __getitem__(self, name: str) -> pl.Series:
        """One column."""
        return self._read([name])[name]

    def select(self, *columns: str | pl.Expr | Iterable[str | pl.Expr]) -> pl.DataFrame:
        """As :meth:`polars.DataFrame.select`, of the columns that are named."""
        exprs: list[pl.Expr] = []
        for each in columns:
            several: Iterable[Any] = [each] if isinstance(each, str | pl.Expr) else each
            exprs += [pl.col(one) if isinstance(one, str) else one for one in several]
        names = {name for expr in exprs for name in expr.meta.root_names()}
        # Something must say how many rows there are, where an expression names no column.
        return self._read([name for name in self.schema if name in names] or list(self.schema)[:1]).select(exprs)

    def drop(self, names: Iterable[str]) -> Waiting:
        """The same table without some columns."""
        return Waiting(self._file, without=[*names])

    def whole(self) -> pl.DataFrame:
        """Every column."""
        return self._read(self.columns)

    def _read(self, names: list[str]) -> pl.DataFrame:
        return pl.read_parquet(self._file, columns=names)


Records = pl.DataFrame | Waiting
"""Records, in memory or in their file."""
