"""Files that only their owner can read, written beside and then renamed, so that half a file is never seen."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from famlink.errors import RunError

_TRIES = 20
_PAUSE_SECONDS = 0.1


def write_private(path: str | Path, content: str | bytes) -> Path:
    """Write a whole file (0600) in one step: a reader sees the old one or the new one.

    Args:
        path: the file; its folder is made (0700) where it is not there.
        content: text (UTF-8, line ends as given) or bytes.

    Returns:
        the path.

    Raises:
        RunError: another program holds the old file open (Windows), or the file cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_private(Path(folder) / "note.txt", "whole").read_text()
        'whole'
    """

    def write(part: Path) -> None:
        with part.open("wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())

    return written(path, write)


def written(path: str | Path, write: Callable[[Path], object]) -> Path:
    """Let a function write a file (0600) beside its place, then put it there in one step.

    Args:
        path: the file; its folder is made (0700) where it is not there.
        write: writes all of it to the path it is given, an empty private file. Where it raises, nothing is left and an
            old file stays as it was.

    Returns:
        the path.

    Raises:
        RunError: as :func:`write_private`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     written(Path(folder) / "note.txt", lambda part: part.write_text("whole")).name
        'note.txt'
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        private_parents(path)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        write(part)
        _rename(part, path)
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({os.strerror(error.errno or 0)})") from None
    finally:
        # Where the folder is a file, removing what was never made fails too: that must not hide the reason.
        with contextlib.suppress(OSError):
            part.unlink()
    return path


def private_parents(path: Path) -> None:
    """Make the folders a file is to stand in, each that is not there yet for its owner only (0700)."""
    for folder in reversed(path.parents):
        # mkdir(parents=True) would give its mode to the last folder alone.
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner can read (0700), and those above it; folders above that are there stay as they are."""
    private_parents(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)


def moved(part: Path, path: Path) -> None:
    """Put a finished private file in its place in one step.

    Args:
        part: the file, on the same disk or another.
        path: where it belongs; an old file is replaced.

    Raises:
        RunError: as :func:`write_private`.
    """
    try:
        _rename(part, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise RunError(f"{path}: cannot be written ({os.strerror(error.errno or 0)})") from None
        written(path, lambda beside: shutil.copyfile(part, beside))


def _rename(part: Path, path: Path) -> None:
    """Rename, trying again where Windows holds the old file open."""
    for tries_left in range(_TRIES - 1, -1, -1):
        try:
            part.replace(path)
        except PermissionError:
            if os.name != "nt":
                raise
            if not tries_left:
                raise RunError(f"{path}: is held open by another program; close it and try again") from None
            time.sleep(_PAUSE_SECONDS)
        else:
            return
