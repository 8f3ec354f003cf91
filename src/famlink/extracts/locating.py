"""What hub.toml names -> the files it means, inside the hub's own folder or at an absolute path, and their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from famlink.errors import MissingFileError, SourceError

ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".ndjson", ".jsonl", ".xlsx", ".xlsm", ".xls")
"""Endings of the files a table can come in, before .gz or .zip."""


@dataclass(frozen=True)
class Located:
    """One file.

    Args:
        name: as hub.toml gives it; for a glob, the path it matched, relative to the hub's folder.
        path: where it is.
    """

    name: str
    path: Path


def locate(given: str | Path, *, folder: Path, agency: str) -> list[Located]:
    """Find the file, or the files of a glob.

    Args:
        given: a path or glob; relative ones are beside hub.toml.
        folder: the hub's folder.
        agency: whose it is, for messages.

    Returns:
        the files, sorted by name.

    Raises:
        MissingFileError: there is no such file, or nothing matches the glob.
        SourceError: a glob leads out of the hub's folder, or the path is a folder.
    """
    text = str(given)
    if not any(mark in text for mark in "*?["):
        return [_file(text, folder / text, agency)]
    literal = folder / text
    if literal.is_file():
        return [_file(text, literal, agency)]
    if Path(text).is_absolute() or ".." in Path(text).parts:
        raise SourceError(f"agency {agency}: the glob {text!r} leads out of the hub's folder; keep it beside hub.toml")
    inside = folder.resolve()
    found = sorted(path for path in folder.glob(text) if path.is_file())
    if not found:
        raise MissingFileError(f"agency {agency}: no file matches {text!r} in {folder}; check the path in hub.toml")
    outside = [path for path in found if not path.resolve().is_relative_to(inside)]
    if outside:
        raise SourceError(
            f"agency {agency}: {len(outside)} files that match {text!r} are links out of the hub's folder; copy them in"
        )
    return [Located(path.relative_to(folder).as_posix(), path) for path in found]


def _file(name: str, path: Path, agency: str) -> Located:
    if path.is_dir():
        raise SourceError(f"agency {agency}: {name!r} is a folder; give a file, or a glob such as '{name}/*.csv'")
    if not path.is_file():
        raise MissingFileError(f"agency {agency}: no such file {name!r} in {path.parent}; check the path in hub.toml")
    return Located(name, path)
