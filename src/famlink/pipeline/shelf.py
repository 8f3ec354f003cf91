"""Where the tables of a run wait until all are made: in memory, or as files beside the run directory.

A run of millions of records makes far more than a small computer can hold at once. Each table is written as soon as it is made,
while the next stage works, and what a later stage needs of it is read again, column by column. The files are private, and
stand in a folder of their own until the run is whole: a run that fails leaves the old one as it was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from famlink.chronology.files import harmless_columns
from famlink.errors import RunError
from famlink.private import moved, private_folder, written


class Shelf:
    """Tables put away under their names.

    Args:
        to: the run directory they are for; None keeps them in memory.

    Example:
        >>> with Shelf(None) as shelf:
        ...     shelf.put("people", pl.DataFrame({"a": [1], "b": [2]}))
        ...     shelf.take("people", ["b"]).rows()
        [(2,)]
    """

    def __init__(self, to: str | Path | None) -> None:
        self.tables: dict[str, pl.DataFrame] = {}
        self._folder = None if to is None else _beside(Path(to).resolve())
        self._writer = ThreadPoolExecutor(1)
        self._writing: dict[str, Future[object]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind: by now the files have been moved, or the run has failed."""
        self._writer.shutdown(cancel_futures=True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def put(self, name: str, table: pl.DataFrame) -> None:
        """Put a table away; it is written while other work goes on.

        Args:
            name: as :data:`~famlink.pipeline.run.PARQUET` has it, or ``rejected``.
            table: the table; whoever puts it away should let go of it.
        """
        if self._folder is None:
            self.tables[name] = table
            return
        file = file_of(self._folder, name)
        try:
            private_folder(self._folder)
        except OSError as fault:
            raise RunError(f"{self._folder.parent}: cannot be written ({os.strerror(fault.errno or 0)})") from None
        self._writing[name] = self._writer.submit(written, file, writer_of(name, table))

    def take(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Some columns of a table that was put away, or all.

        Args:
            name: the table.
            columns: which; None for all.

        Returns:
            the table.
        """
        if self._folder is None:
            table = self.tables[name]
            return table if columns is None else table.select(columns)
        self._writing[name].result()
        return pl.read_parquet(file_of(self._folder, name), columns=None if columns is None else list(columns))

    def finish(self) -> None:
        """Wait until every table is written.

        Raises:
            RunError: one could not be.
        """
        for writing in self._writing.values():
            writing.result()

    def move(self, to: Path) -> None:
        """Put every file in its place in the run directory.

        Args:
            to: the run directory, made ready.
        """
        self.finish()
        for name in self._writing:
            moved(file_of(self._folder or to, name), file_of(to, name))


def _beside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.{os.getpid()}.part")


def file_of(folder: Path, name: str) -> Path:
    """The file of a table of a run."""
    return folder / ("rejected.csv" if name == "rejected" else f"{name}.parquet")


def writer_of(name: str, table: pl.DataFrame) -> Callable[[Path], object]:
    """What writes a table the way every run writes it.

    Level 1 of Zstandard takes two thirds of the time of the usual level 3, for files of the same size.
    """
    if name == "rejected":
        # Names of files and columns are the agencies' own words, and a spreadsheet opens this file.
        return harmless_columns(table).write_csv
    return partial(table.write_parquet, compression="zstd", compression_level=1)
