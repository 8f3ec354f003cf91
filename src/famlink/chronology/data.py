"""A chronology as data for other programs, with the schema that says what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import polars as pl

from famlink.chronology.lines import COLUMNS
from famlink.chronology.observations import Observation
from famlink.chronology.words import NOT_RECORDED

FORMAT = "famlink chronology 1"
"""The name and version of this shape."""

_DATES = ("date", "end_date")
_LINES = ("event", "incident", "account", "gap", "summary")
_PRECISIONS = ("day", "month", "year", "uncertain")


def chronology_data(
    table: pl.DataFrame,
    *,
    title: str,
    as_at: str,
    synthetic: bool,
    notices: Sequence[str] = (),
    counts: Sequence[Observation] = (),
) -> dict[str, Any]:
    """Gather a chronology as data for :func:`famlink.chronology.json_text.json_bytes`.

    Args:
        table: a chronology of any view.
        title: its heading.
        as_at: the day the extracts describe, ISO.
        synthetic: whether the people are made up.
        notices: sentences every product prints.
        counts: what can be counted, of the full chronology.

    Returns:
        what :func:`chronology_schema` describes, its lines as a table.
    """
    return {
        "format": FORMAT,
        "title": title,
        "as_at": as_at,
        "synthetic": synthetic,
        "notices": list(notices),
        "counts": [{key: list(v) if isinstance(v, tuple) else v for key, v in asdict(c).items()} for c in counts],
        "lines": table.select(pl.col(list(COLUMNS)).cast(pl.String)),
    }


def chronology_schema() -> dict[str, Any]:
    """The JSON Schema of ``chronology.json``.

    Returns:
        a schema of draft 2020-12: every key is required and no other is there.

    Example:
        >>> chronology_schema()["properties"]["format"]
        {'const': 'famlink chronology 1'}

    Source: JSON Schema, draft 2020-12.
    """
    texts = {"type": "array", "items": {"type": "string"}}
    lines: dict[str, Any] = {name: {"type": "string", "description": said} for name, (_, said) in COLUMNS.items()}
    for name in _DATES:
        lines[name] |= {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$"}
    lines["line"] |= {"enum": list(_LINES)}
    lines["precision"] |= {"enum": list(_PRECISIONS)}
    counts = {
        "what": {"type": "string", "description": "the kind of count"},
        "sentence": {"type": "string", "description": "what was counted, in words"},
        "refs": texts | {"description": "lines of the full chronology it rests on"},
        "sources": texts | {"description": "agency:event_id of every account it rests on"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": FORMAT,
        "description": f"A chronology of one view. A silent source is {NOT_RECORDED!r}, never an empty text.",
        **_closed(
            {
                "format": {"const": FORMAT},
                "title": {"type": "string", "description": "who it is about, and as at which day"},
                "as_at": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
                "synthetic": {"type": "boolean", "description": "whether the people are made up"},
                "notices": texts | {"description": "sentences to print wherever this is shown"},
                "counts": {"type": "array", "items": _closed(counts)},
                "lines": {"type": "array", "items": _closed(lines)},
            }
        ),
    }


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
