"""Where the tables of a run wait until all are made: in memory, or as files beside the run directory.

A run of millions of records makes far more than a small computer can hold at once. Each table is written as soon as it is made,
while the next stage works, and what a later stage needs of it is read again, column by column. The files are private, and
stand in a folder of their own until the run is whole: a run that fails leaves the old one as it was.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Full, Queue
from types import TracebackType
from typing import Self

import polars as pl
from polars.io.plugins import register_io_source

from famlink.chronology.files import harmless_columns
from famlink.errors import RunError
from famlink.private import moved, private_folder, written
from famlink.waiting import Records, Waiting

WAITING = 1
"""Parts of a table that may wait to be written: whoever makes them waits in turn, so that they never pile up."""


class Shelf:
    """Tables put away under their names, whole or part by part.

    Args:
        to: the run directory they are for; None keeps them in memory.

    Example:
        >>> with Shelf(None) as shelf:
        ...     shelf.put("people", pl.DataFrame({"a": [1], "b": [2]}))
        ...     shelf.waiting("people")["b"].to_list()
        [2]
    """

    def __init__(self, to: str | Path | None) -> None:
        self.tables: dict[str, pl.DataFrame] = {}
        self._folder = None if to is None else _beside(Path(to).resolve())
        self._writer = ThreadPoolExecutor(1)
        self._writing: dict[str, Future[object]] = {}
        self._parts: dict[str, list[pl.DataFrame]] = {}
        self._streams: dict[str, _Stream] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave nothing behind: by now the files have been moved, or the run has failed."""
        for stream in self._streams.values():
            stream.end(wait=True)
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
        self._writing[name] = self._writer.submit(written, self._file(name), writer_of(name, table))

    def add(self, name: str, part: pl.DataFrame) -> None:
        """Put away the next rows of a table; those put away before are being written already.

        Args:
            name: as for :meth:`put`.
            part: rows with the columns of the whole, the same for every part.
        """
        if self._folder is None:
            self._parts.setdefault(name, []).append(part)
            return
        if name not in self._streams:
            stream = self._streams[name] = _Stream(part.schema)
            self._writing[name] = stream.written_to(self._file(name))
        self._streams[name].put(part)

    def added(self, name: str) -> None:
        """Say that a table put away part by part is whole.

        Args:
            name: the table, of which there is at least one part.
        """
        if self._folder is None:
            self.tables[name] = pl.concat(self._parts.pop(name))
            return
        self._streams[name].end()

    def _file(self, name: str) -> Path:
        """Where a table is written, in a folder that is there."""
        folder = self._folder or Path()
        try:
            private_folder(folder)
        except OSError as fault:
            raise RunError(f"{folder.parent}: cannot be written ({os.strerror(fault.errno or 0)})") from None
        return file_of(folder, name)

    def waiting(self, name: str) -> Records:
        """A table that was put away, its columns read when they are asked for; in memory where it is kept there.

        Args:
            name: the table, whole.

        Returns:
            the table.
        """
        if self._folder is None:
            return self.tables[name]
        self._writing[name].result()
        return Waiting(file_of(self._folder, name))

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


class _Stream:
    """A table that is written while its parts are being made, by a thread of its own."""

    def __init__(self, schema: pl.Schema) -> None:
        self._schema = schema
        self._queue: Queue[pl.DataFrame | None] = Queue(WAITING)
        self._thread = ThreadPoolExecutor(1)
        self._writing: Future[object] | None = None

    def written_to(self, file: Path) -> Future[object]:
        self._writing = self._thread.submit(written, file, self._sink)
        return self._writing

    def put(self, part: pl.DataFrame | None) -> None:
        """Hand over the next part, as soon as the one before it is being written; None after the last."""
        while self._writing is not None:
            if self._writing.done():
                self._writing.result()
                return
            try:
                self._queue.put(part, timeout=0.1)
            except Full:
                continue
            return

    def end(self, *, wait: bool = False) -> None:
        """No more parts come; what waits is written, and waited for where that is asked."""
        if self._writing is not None and not self._writing.done():
            self.put(None)
        self._thread.shutdown(wait=wait)

    def _sink(self, file: Path) -> None:
        rows = register_io_source(self._given, schema=self._schema)
        rows.sink_parquet(file, compression="zstd", compression_level=1)

    def _given(
        self, columns: list[str] | None, predicate: pl.Expr | None, most: int | None, batch: int | None
    ) -> Iterator[pl.DataFrame]:
        # A file takes all rows and columns: there is nothing to leave out.
        del columns, predicate, most, batch
        while (part := self._queue.get()) is not None:
            yield part


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
