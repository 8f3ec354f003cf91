"""One table of one source -> text tables: each file read by the reader its ending asks for, with its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from famlink.errors import SourceError
from famlink.extracts.decoding import unpacked, utf8
from famlink.extracts.delimited import read_delimited
from famlink.extracts.locating import ENDINGS, locate
from famlink.extracts.querying import read_query
from famlink.extracts.structured import is_frame, read_frame, read_ndjson, read_parquet
from famlink.extracts.tabular import ROW, TextTable
from famlink.extracts.workbook import read_workbook
from famlink.spec import Query


def load_tables(
    given: Any,
    *,
    agency: str,
    kind: str,
    folder: Path,
    digests: dict[str, str],
    on_step: Callable[[str], None] | None = None,
) -> list[TextTable]:
    """Read one of a source's tables.

    Args:
        given: a path or glob, a :class:`~famlink.spec.Query`, or a frame.
        agency: whose it is.
        kind: people, relationships or events.
        folder: the hub's folder.
        digests: filled with the SHA-256 of every file, by its name.
        on_step: told the name of each file before it is read.

    Returns:
        one table a file, in order of name.

    Raises:
        MissingFileError: a file is not there.
        SourceError: a file cannot be read.
    """
    if isinstance(given, Query) or is_frame(given):
        name = f"{agency} {kind}"
        earlier = sum(known == name or known.startswith(f"{name} ") for known in digests)
        name = f"{name} {earlier + 1}" if earlier else name
        if on_step:
            on_step(name)
        table = (
            read_query(given, file=name, folder=folder) if isinstance(given, Query) else read_frame(given, file=name)
        )
        digests[name] = digest_of(table)
        return [table]
    if not isinstance(given, (str, Path)):
        raise SourceError(
            f"agency {agency}: {kind} is a {type(given).__name__}; give a path, a glob, or a polars, pandas or Arrow table"
        )
    tables = []
    for located in locate(given, folder=folder, agency=agency):
        if on_step:
            on_step(located.name)
        try:
            data = located.path.read_bytes()
        except OSError:
            raise SourceError(f"{located.name}: the file cannot be opened; check its permissions") from None
        digests[located.name] = hashlib.sha256(data).hexdigest()
        tables.append(read_bytes(data, file=located.name, kind=kind))
    return tables


def read_bytes(data: bytes, *, file: str, kind: str) -> TextTable:
    r"""Read one file's bytes by the ending of its name.

    Raises:
        SourceError: the ending is not known, or the file is not what its ending says.

    Example:
        >>> read_bytes(b"record_id\tforename\n1\tAnn\n", file="p.tsv", kind="people").names
        ['record_id', 'forename']
    """
    packed = file.lower().endswith((".gz", ".zip"))
    inner, name = unpacked(data, file=file) if packed else (data, file)
    ending = Path(name).suffix.lower()
    if ending in {".xlsx", ".xlsm", ".xls", ".parquet"} and not inner:
        return read_delimited(b"", file=file)
    if ending in {".xlsx", ".xlsm", ".xls"}:
        return read_workbook(inner, file=file, kind=kind)
    if ending == ".parquet":
        return read_parquet(inner, file=file)
    if ending not in ENDINGS:
        raise SourceError(f"{file}: the ending {ending or 'of the name'!r} is not one of {', '.join(ENDINGS)}")
    text, warnings = utf8(inner, file=file)
    if ending in {".ndjson", ".jsonl"}:
        table = read_ndjson(text, file=file)
    else:
        table = read_delimited(text, file=file, separator="," if ending == ".csv" else "\t")
    return TextTable(table.file, table.frame, table.unusable, (*warnings, *table.warnings))


def digest_of(table: TextTable) -> str:
    """The SHA-256 of a table that is not a file, over its cells as CSV."""
    return hashlib.sha256(table.frame.drop(ROW).write_csv().encode()).hexdigest()
