"""Data as JSON text, its tables one row a line."""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl


def json_bytes(data: Mapping[str, object]) -> bytes:
    r"""Write data as JSON: UTF-8, the order of the data, and each row of a table on a line of its own.

    Args:
        data: key -> text, number, truth value, None, list or mapping of these, indented by one space; or a table, written as a
            list of its rows.

    Returns:
        the bytes.

    Raises:
        ValueError: a number is none that JSON knows.
        TypeError: a value is of another type.

    Example:
        >>> json_bytes({"as_at": "2026-06-01", "lines": pl.DataFrame({"ref": ["1", "2"], "themes": [["moves"], []]})})
        b'{\n "as_at": "2026-06-01",\n "lines": [\n{"ref":"1","themes":["moves"]},\n{"ref":"2","themes":[]}\n ]\n}\n'

    Source: RFC 8259.
    """
    parts = [
        _table(name, value) if isinstance(value, pl.DataFrame) else _value(name, value) for name, value in data.items()
    ]
    return b"{\n" + b",\n".join(parts) + b"\n}\n"


def _value(name: str, value: object) -> bytes:
    written = json.dumps({name: value}, ensure_ascii=False, indent=1, allow_nan=False)
    return written[len("{\n") : -len("\n}")].encode()


def _table(name: str, table: pl.DataFrame) -> bytes:
    """A line end inside a text is written as an escape, so those between rows are the only ones."""
    rows = table.write_ndjson().encode().rstrip(b"\n").replace(b"\n", b",\n")
    return f" {json.dumps(name, ensure_ascii=False)}: [\n".encode() + rows + (b"\n ]" if rows else b" ]")
