"""Files that only their owner can read, written beside and then renamed, so that half a file is never seen."""

from __future__ import annotations

import os
import time
from pathlib import Path

from famlink.errors import RunError

_TRIES = 20


def write_private(path: str | Path, content: str | bytes) -> Path:
    """Write a whole file (0600) in one step: a reader sees the old one or the new one.

    Args:
        path: the file; its folder is made (0700) where it is not there.
        content: text (UTF-8, line ends as given) or bytes.

    Returns:
        the path.

    Raises:
        RunError: another program holds the old file open (Windows), or the folder cannot be written.
    """
    path = Path(path)
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        for attempt in range(_TRIES):
            try:
                part.replace(path)
                break
            except PermissionError:
                if attempt == _TRIES - 1:
                    raise
                time.sleep(0.1)
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({os.strerror(error.errno or 0)})") from None
    finally:
        part.unlink(missing_ok=True)
    return path
