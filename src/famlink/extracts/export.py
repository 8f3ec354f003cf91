"""What `files =` names -> the files of one export: a path, a folder or a glob, each with its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from famlink.errors import MissingFileError, SourceError
from famlink.extracts.decoding import unpacked
from famlink.extracts.loading import digest_of
from famlink.extracts.locating import Located, locate
from famlink.extracts.querying import read_named
from famlink.extracts.tabular import TextTable
from famlink.spec import Query

_PACKED = (".gz", ".zip")


@dataclass(frozen=True)
class ExportFile:
    """One file of an export.

    Args:
        name: as hub.toml gives it, with the file's own name for a folder or glob.
        inner: the name without the ending of a packed file.
        data: its bytes, unpacked.
        table: its rows, where they come from a database.
    """

    name: str
    inner: str
    data: bytes
    table: TextTable | None = None

    @property
    def stem(self) -> str:
        """The file's own name in lower case, without folder and ending."""
        return PurePosixPath(self.inner).name.lower().rsplit(".", 1)[0]

    @property
    def ending(self) -> str:
        """The ending in lower case, with its dot."""
        return PurePosixPath(self.inner).suffix.lower()


def export_files(
    given: Any,
    *,
    agency: str,
    folder: Path,
    endings: tuple[str, ...],
    tables: tuple[str, ...] = (),
    digests: dict[str, str],
    on_step: Callable[[str], None] | None = None,
) -> Iterator[ExportFile]:
    """Read the files of an export one after the other, sorted by name.

    Args:
        given: a path, a folder or a glob, relative ones beside hub.toml; or a database.
        agency: whose it is, for messages.
        folder: the hub's folder.
        endings: endings the format comes in; other files of a folder are passed over.
        tables: names of the tables a database is asked for; none where the format does not come as a database.
        digests: filled with the SHA-256 of every file, by its name.
        on_step: told the name of each file before it is read.

    Yields:
        the files.

    Raises:
        MissingFileError: nothing is there.
        SourceError: a file cannot be opened or unpacked, or has another ending.
    """
    if isinstance(given, Query):
        if not tables:
            raise SourceError(
                f"agency {agency}: this format is not read from a database; give a path, a folder or a glob"
            )
        if on_step:
            on_step(f"{agency} database")
        for name, table in read_named(given, names=tables, agency=agency, folder=folder).items():
            digests[table.file] = digest_of(table)
            yield ExportFile(table.file, name, b"", table)
        return
    if not isinstance(given, (str, Path)):
        raise SourceError(f"agency {agency}: files is a {type(given).__name__}; give a path, a folder or a glob")
    for located in _located(given, agency=agency, folder=folder, endings=endings):
        if on_step:
            on_step(located.name)
        try:
            data = located.path.read_bytes()
        except OSError:
            raise SourceError(f"{located.name}: the file cannot be opened; check its permissions") from None
        digests[located.name] = hashlib.sha256(data).hexdigest()
        inner, name = unpacked(data, file=located.name)
        file = ExportFile(located.name, name, inner)
        if file.ending not in endings:
            raise SourceError(f"{file.name}: the ending {file.ending!r} is not one of {', '.join(endings)}")
        yield file


def _located(given: str | Path, *, agency: str, folder: Path, endings: tuple[str, ...]) -> list[Located]:
    path = folder / given
    if not path.is_dir():
        return locate(given, folder=folder, agency=agency)
    inside = sorted(item for item in path.iterdir() if item.is_file() and not item.name.startswith((".", "~$")))
    wanted = [item for item in inside if _bare(item.name).endswith(endings)]
    if not wanted:
        raise MissingFileError(f"agency {agency}: no {' or '.join(endings)} file in the folder {str(given)!r}")
    outside = [item for item in wanted if not item.resolve().is_relative_to(path.resolve())]
    if outside:
        raise SourceError(
            f"agency {agency}: {len(outside)} files of the folder {str(given)!r} are links out of it; copy them in"
        )
    base = PurePosixPath(Path(given).as_posix())
    return [Located((base / item.name).as_posix(), item) for item in wanted]


def _bare(name: str) -> str:
    lower = name.lower()
    return next((lower.removesuffix(ending) for ending in _PACKED if lower.endswith(ending)), lower)
