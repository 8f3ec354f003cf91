"""What people decided about pairs of records: an append-only log, read into pairs that are and are not one person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from famlink.errors import MissingFileError, SourceError
from famlink.tables import MUST_NOT_LINK

VERDICTS = ("match", "distinct", "unsure")
_KEYS = MUST_NOT_LINK.names[:4]
_SIDE = 'written as "AGENCY:ID"'


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(_KEYS, pl.String))


@dataclass(frozen=True)
class Judged:
    """Pairs of records that people decided about.

    Args:
        same: agency_left, record_id_left, agency_right, record_id_right of pairs that are one person.
        distinct: the same of pairs that are two people.
    """

    same: pl.DataFrame = field(default_factory=_none)
    distinct: pl.DataFrame = field(default_factory=_none)


def read_judgements(path: str | Path) -> Judged:
    """Read a log of judgements.

    Args:
        path: JSON lines, each with ``left`` and ``right`` ("AGENCY:ID"), ``verdict`` (match, distinct or unsure), and
            optionally ``id``, ``who``, ``when``, ``why`` and ``withdraws`` (the id of an earlier line). The last line of a
            pair that is not withdrawn counts.

    Returns:
        the pairs decided.

    Raises:
        MissingFileError: there is no such file.
        SourceError: a line is not a judgement; it is named by its number.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     log = Path(folder) / "answers.jsonl"
        ...     line = '{"id": "j1", "left": "police:p1", "right": "health:h1", "verdict": "match"}'
        ...     _ = log.write_text(line, encoding="utf-8")
        ...     read_judgements(log).same.height
        1
    """
    file = Path(path)
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file; hub.toml names it as link.judgements")
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise SourceError(f"{file}: is not UTF-8 text; save it as UTF-8") from None
    standing: dict[tuple[str, str], tuple[str, str]] = {}
    by_id: dict[str, tuple[str, str]] = {}
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        line = _line(text, f"{file}, line {number}")
        withdrawn = by_id.get(str(line.get("withdraws") or ""))
        if withdrawn is not None and standing.get(withdrawn, ("", ""))[0] == line["withdraws"]:
            standing.pop(withdrawn)
        if "verdict" in line:
            left, right = sorted((line["left"], line["right"]))
            name = str(line.get("id") or f"line {number}")
            standing[left, right] = (name, line["verdict"])
            by_id[name] = (left, right)
    return Judged(_frame(standing, "match"), _frame(standing, "distinct"))


def _line(text: str, where: str) -> Mapping[str, Any]:
    try:
        line = json.loads(text)
    except ValueError:
        raise SourceError(f"{where}: is not JSON; write one judgement a line") from None
    if not isinstance(line, dict):
        raise SourceError(f"{where}: is not a judgement; write left, right and verdict")
    if "withdraws" in line and "verdict" not in line:
        return line
    faults = [
        f"{name} is not {_SIDE}" for name in ("left", "right") if not all(str(line.get(name, "")).partition(":")[::2])
    ]
    if line.get("verdict") not in VERDICTS:
        faults.append(f"verdict is not one of {', '.join(VERDICTS)}")
    if not faults and line["left"] == line["right"]:
        faults.append("left and right are one record")
    if faults:
        raise SourceError(f"{where}: {'; '.join(faults)}")
    return line


def _frame(standing: Mapping[tuple[str, str], tuple[str, str]], verdict: str) -> pl.DataFrame:
    rows = [
        (*left.partition(":")[::2], *right.partition(":")[::2])
        for (left, right), (_, said) in sorted(standing.items())
        if said == verdict
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(_KEYS, pl.String), orient="row")
