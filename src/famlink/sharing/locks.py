"""A lock on a file that two programs respect, on any system, and that dies with the program that holds it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from famlink.errors import RunError

_WAIT_SECONDS = 10.0
_PAUSE_SECONDS = 0.02

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _give(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def locked(path: str | Path, *, wait: float = _WAIT_SECONDS) -> Iterator[None]:
    """Hold a path for the time of a ``with`` block; others wait, then are refused.

    The lock is the operating system's own on a file ``.{name}.lock`` beside the path (0600), so a killed program leaves
    nothing to clear away. The lock file stays: removing it would let two programs lock two files of one name.

    Args:
        path: the file or folder to hold.
        wait: seconds to wait for another program; 0 refuses at once.

    Raises:
        RunError: another program held it all that time, or the folder cannot be written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with locked(Path(folder) / "audit.jsonl"):
        ...         sorted(p.name for p in Path(folder).iterdir())
        ['.audit.jsonl.lock']
    """
    path = Path(path)
    whole = path.absolute() if path.name else path.resolve()  # "." has no name of its own
    beside = whole.with_name(f".{whole.name}.lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise RunError(
            f"{beside}: cannot be made ({os.strerror(error.errno or 0)}); give a folder you can write"
        ) from None
    try:
        until = time.monotonic() + wait
        while True:
            try:
                _take(descriptor)
                break
            except OSError:
                if time.monotonic() >= until:
                    raise RunError(
                        f"{path}: another program has been using it for {wait:g} seconds; wait for it to end, then try again"
                    ) from None
                time.sleep(_PAUSE_SECONDS)
        try:
            yield
        finally:
            _give(descriptor)
    finally:
        os.close(descriptor)
