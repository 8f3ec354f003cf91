"""The engine room: numba and numpy alone, arrays in and arrays out.

Compiled kernels are kept beside the package, else in the user's cache folder. Where neither can be written (a locked-down
service account), they are compiled into a temporary folder that goes with the process, and this is said once.

While numba compiles, Python does not look for garbage: the many small objects of a compiler are alive until it is done, so
that looking through them again and again takes a quarter of the time and finds next to nothing.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
import warnings
from pathlib import Path

from numba.core import event


def _can_write(folder: Path) -> bool:
    """Whether a file can be made in a folder; asking the system for rights is not enough on network drives."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def find_cache(package: Path, home: Path) -> Path | None:
    """Where compiled kernels have to go instead, because neither usual place can be written.

    Args:
        package: folder of the kernels.
        home: the user's home folder.

    Returns:
        a temporary folder, or None where a usual place will do.
    """
    if (
        os.environ.get("NUMBA_CACHE_DIR")
        or _can_write(package / "__pycache__")
        or _can_write(home / ".cache" / "numba")
    ):
        return None
    folder = Path(tempfile.mkdtemp(prefix="famlink-kernels-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    warnings.warn(
        "no folder for compiled kernels can be written, so that each process compiles them anew (some 25 s); "
        "set NUMBA_CACHE_DIR to a folder that can",
        RuntimeWarning,
        stacklevel=2,
    )
    return folder


if (_folder := find_cache(Path(__file__).parent, Path.home())) is not None:
    os.environ["NUMBA_CACHE_DIR"] = str(_folder)


class _Unhurried(event.Listener):  # type: ignore[misc]  # numba has no types
    """Puts off the search for garbage while kernels are compiled; numba compiles one at a time, and calls this within."""

    def __init__(self) -> None:
        self.depth = 0
        self.searched = False

    def on_start(self, event: event.Event) -> None:  # noqa: ARG002 - numba says what it compiles; any kernel is alike
        if self.depth == 0:
            self.searched = gc.isenabled()
            gc.disable()
        self.depth += 1

    def on_end(self, event: event.Event) -> None:  # noqa: ARG002 - as above
        self.depth -= 1
        if self.depth == 0 and self.searched:
            gc.enable()


event.register("numba:compile", _Unhurried())
