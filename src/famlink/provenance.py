"""The record of a run: software, parameters, input digests, seeds, seconds and peak memory by stage.

It names files, columns and counts, never a person's value.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

Progress = Callable[[str, int | None, int | None], None]
"""Called with a stage's name when it starts (``done`` None), and with ``done`` of ``total`` while it goes on."""

_PACKAGES = ("polars", "numba", "numpy", "rapidfuzz", "jellyfish", "networkx", "scipy", "recordlinkage")


@dataclass
class Recorder:
    """Gathers what a run should remember of itself.

    Args:
        progress: told of every stage; None for silence.

    Example:
        >>> recorder = Recorder()
        >>> with recorder.stage("read"):
        ...     pass
        >>> list(recorder.seconds)
        ['read']
    """

    progress: Progress | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and tell the progress listener that it begins."""
        if self.progress:
            self.progress(name, None, None)
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
            self.peaks[name] = peak_rss_mb()
            give_back()

    def within(self, name: str) -> Callable[[int, int], None]:
        """A callback for work that can say how far it is: ``(done, total)``."""

        def tell(done: int, total: int) -> None:
            if self.progress:
                self.progress(name, done, total)

        return tell

    def document(self, *, parameters: Mapping[str, Any], digests: Mapping[str, str]) -> dict[str, Any]:
        """Lay out provenance.json.

        Args:
            parameters: settings of the run.
            digests: SHA-256 of each input file, by path as given.

        Returns:
            a dictionary of plain JSON values.
        """
        return {
            "famlink": metadata.version("famlink"),
            "written": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "platform": f"{platform.system()} {platform.machine()}",
            "packages": {name: metadata.version(name) for name in _PACKAGES},
            "parameters": dict(parameters),
            "inputs": dict(digests),
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
            "peak_rss_mb_after": {name: round(value, 1) for name, value in self.peaks.items()},
            **self.facts,
            "peak_rss_mb": round(peak_rss_mb(), 1),
        }


def peak_rss_mb() -> float:
    """Peak resident memory of this process.

    Returns:
        mebibytes.

    Example:
        >>> peak_rss_mb() > 1.0
        True
    """
    if sys.platform == "win32":
        import psutil

        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource

    peak = float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def give_back() -> None:
    """Return to the system what the C library keeps of memory that was let go of, where it can be asked to (glibc).

    It keeps what is freed in small pieces: after a stage that made many arrays, some hundred megabytes.
    """
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)


def as_json(document: Mapping[str, Any]) -> str:
    """Write a document the way every JSON file of a run is written: sorted keys, two spaces, UTF-8."""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n"
