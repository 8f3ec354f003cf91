"""What every benchmark prints of the machine and versions it ran on, and how it times whole processes."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
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


def spread(values: list[float]) -> str:
    """Median, and least to most."""
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def table(headers: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(headers) + " |", "|" + "---|" * len(headers)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


PYTHON = sys.executable
