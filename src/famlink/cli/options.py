"""What several commands take, and how its words are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from famlink.errors import RequestError

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Records = Annotated[
    list[str] | None, typer.Option("--record", help="The subject, as AGENCY:ID. May be repeated.", show_default=False)
]
HubFile = Annotated[Path, typer.Argument(metavar="HUB.toml", help="The hub's description.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `famlink link --to` wrote.")]
PageFile = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="PAGE.html|FOLDER",
        help="Write it as a page too; a folder gets the page and its plots as SVG.",
        show_default=False,
    ),
]
NO_BASIS = "a picture needs a basis: --basis early-help, s17, s47, s42-adult or research-synthetic"


def record_of(text: str) -> tuple[str, str]:
    """Read AGENCY:ID; it splits at the first colon."""
    agency, colon, record_id = text.partition(":")
    if not (agency and colon and record_id):
        raise RequestError(f"{text!r} is not a record: write AGENCY:ID, such as police:p-1")
    return agency, record_id


def day_of(option: str, text: str | None) -> dt.date | None:
    """Read a day given with an option."""
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise RequestError(f"{option} {text!r} is not a day; write YYYY-MM-DD") from None


def relevance_of(pairs: list[str]) -> dict[str, str]:
    """Read HOLDER=REASON, any number of them."""
    told = dict(map(_halves, pairs))
    if not all(holder and reason for holder, reason in told.items()):
        raise RequestError("--relevance: write HOLDER=REASON, such as police=recent-violence")
    return told


def notes_of(pairs: list[str]) -> dict[str, str]:
    """Read AGENCY=TEXT, any number of them; a note may say anything, so no error shows it."""
    told = dict(map(_halves, pairs))
    if not all(agency and note for agency, note in told.items()):
        raise RequestError("--note: write AGENCY=TEXT")
    return told


def _halves(pair: str) -> tuple[str, str]:
    left, _, right = pair.partition("=")
    return left.strip(), right.strip()
