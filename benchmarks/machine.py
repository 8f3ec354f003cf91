"""What every benchmark prints of the machine and versions it ran on, and how it times whole processes."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


def versions(*packages: str) -> str:
    """One line: Python, cores, package versions."""
    named = []
    for package in ("famlink", "polars", "numba", "numpy", *packages):
        try:
            named.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            named.append(f"{package} absent")
    return f"Python {platform.python_version()}, {os.cpu_count()} cores, {', '.join(named)}"


def seconds_of(command: list[str], *, rounds: int, cwd: Path | None = None) -> list[float]:
    """Wall seconds of a whole process, some rounds."""
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
        taken.append(time.perf_counter() - started)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} exited {done.returncode}\n{done.stderr[-2000:]}")
    return taken


@dataclass(frozen=True)
class Cost:
    """What one whole process took.

    Args:
        wall: seconds by the clock.
        cpu: seconds of all cores, user and system; on a machine with other work the steadier figure.
        peak_mb: most memory it held, in mebibytes.
        said: what it printed.
    """

    wall: float
    cpu: float
    peak_mb: float
    said: str = ""


def cost_of(command: list[str], *, environment: Mapping[str, str] | None = None, cwd: Path | None = None) -> Cost:
    """Run a process to its end and weigh it alone, not with the other processes this one ran.

    The peak is never below that of the caller, whose memory the system counts until the process is started: a caller
    imports nothing large before.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as faults:
        started = time.perf_counter()
        running = subprocess.Popen(
            command, cwd=cwd, stdout=said, stderr=faults, env={**os.environ, **(environment or {})}
        )
        _, status, used = os.wait4(running.pid, 0)
        wall = time.perf_counter() - started
        running.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        faults.seek(0)
        if running.returncode:
            told = faults.read().decode(errors="replace")[-2000:]
            raise SystemExit(f"{' '.join(command)} exited {running.returncode}\n{told}")
        scale = 2**20 if sys.platform == "darwin" else 2**10
        return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / scale, said.read().decode(errors="replace"))


def spread(values: list[float]) -> str:
    """Median, and least to most."""
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def table(headers: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(headers) + " |", "|" + "---|" * len(headers)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


PYTHON = sys.executable
