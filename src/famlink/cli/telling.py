"""How commands speak: text, JSON, pages, progress, and one sentence where they stop."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

if TYPE_CHECKING:
    from famlink.charts.document import Page


def stop(sentence: str, code: int) -> NoReturn:
    """End with a sentence on standard error and an exit code."""
    print(sentence, file=sys.stderr)  # noqa: T201 - the command line speaks here
    sys.exit(code)


def usage(sentence: str) -> NoReturn:
    """End as for a missing or unknown option."""
    stop(f"Error: {sentence}", 2)


def write_page(to: Path, page: Page) -> None:
    """Write a page, and into a folder its plots too, that only their owner can read."""
    from famlink.charts.files import save

    made = save(page, to)
    plots = f" Beside it: {len(made) - 1} plots as SVG." if len(made) > 1 else ""
    typer.echo(f"Page written to {made[0]}. Open it in a browser (no network needed).{plots}", err=True)


def print_json(value: Any) -> None:
    """Print a value as JSON on standard output."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def remind(place: Any) -> None:
    """Say on standard error which products of a hub are called back, and which are past their time."""
    from famlink.pipeline.custody import reminders

    for sentence in reminders(place):
        typer.echo(f"famlink: {sentence}", err=True)


def count_of(run: Any) -> str:
    """Say how many records of a run are how many people."""
    facts = run.provenance
    agencies = len({entry["agency"] for entry in facts["parameters"]["agencies"]})
    return f"{facts['records']:,} records of {agencies} agencies are {facts['people']:,} people"


@contextmanager
def progress() -> Iterator[Any]:
    """A bar on a terminal, one line a stage otherwise; both on standard error."""
    if not sys.stderr.isatty():
        seen: set[str] = set()

        def line(stage: str, done: int | None, total: int | None) -> None:  # noqa: ARG001
            if stage not in seen:
                seen.add(stage)
                typer.echo(f"famlink: {stage}", err=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int | None, total: int | None) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bars.update(task, total=1, completed=1)
                tasks[stage] = bars.add_task(stage, total=None)
            if done is not None:
                bars.update(tasks[stage], completed=done, total=total)

        yield tell
