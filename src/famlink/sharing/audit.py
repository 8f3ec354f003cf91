"""The audit: an append-only file of what was asked, done and refused, each line chained to the one before.

A line is one JSON object: ``n`` (1, 2, ...), ``id``, ``time`` (UTC), ``action``, ``details``, ``previous`` (the hash of
the line before) and ``hash`` (SHA-256 of all the rest). Changing, removing or reordering a line breaks the chain; the
last line is also named in a small file beside it (``.head``), so that cutting the end off shows too. Someone who can write
both files can forge both: copy the head somewhere else from time to time, such as into the minutes of a meeting.

Only ids, bases and counts belong in it, never a person's values.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from famlink.errors import RunError
from famlink.private import private_parents, write_private
from famlink.sharing.locks import locked

START = "0" * 64
"""What the first line gives as the hash before it."""

_CLOCK_SLACK = dt.timedelta(minutes=2)
_FIELDS = {"n", "id", "time", "action", "details", "previous", "hash"}


def record(path: str | Path, action: str, details: Mapping[str, Any]) -> str:
    """Append one line to the audit.

    Args:
        path: the audit file; made where it is not there yet (0600).
        action: what was done: ``picture``, ``picture refused``, ``explain``, ``purge`` ...
        details: ids, bases, counts; anything JSON can hold.

    Returns:
        the id of the line.

    Raises:
        RunError: the file cannot be written, ends in half a line, does not agree with its head, or the clock has gone
            backwards.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "audit.jsonl"
        ...     first = record(file, "picture", {"basis": "s47"})
        ...     verify(file)
        []
    """
    path = Path(path)
    private_parents(path)
    with locked(path):
        last = _last(path)
        now = dt.datetime.now(dt.UTC)
        if last and now < dt.datetime.fromisoformat(last["time"]) - _CLOCK_SLACK:
            raise RunError(
                f"{path}: this computer's clock ({now:%Y-%m-%d %H:%M} UTC) is behind the last line of the audit "
                f"({last['time'][:16]}): set the clock; nothing was done"
            )
        line = {
            "n": last["n"] + 1 if last else 1,
            "time": now.isoformat(timespec="milliseconds"),
            "action": action,
            "details": dict(details),
            "previous": last["hash"] if last else START,
        }
        line["id"] = "A" + _hash(line)[:12]
        line["hash"] = _hash(line)
        _append(path, json.dumps(line, sort_keys=True, ensure_ascii=True) + "\n")
        write_private(_head(path), json.dumps({"n": line["n"], "hash": line["hash"]}) + "\n")
    return str(line["id"])


def verify(path: str | Path) -> list[str]:
    """Check the whole audit.

    Args:
        path: the audit file.

    Returns:
        one sentence for each fault; empty where every line is as it was written, in order, and none is missing.

    Raises:
        RunError: there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        if _head(path).is_file():
            return ["the audit is gone, though its head says that lines were written"]
        raise RunError(f"{path}: no such file; give the audit that hub.toml names")
    faults: list[str] = []
    before, number, latest = START, 0, ""
    content = path.read_bytes()
    for place, raw in enumerate(content.splitlines(), start=1):
        line = _parsed(raw)
        if line is None:
            faults.append(f"line {place} is not whole")
            before, number = "", number + 1
            continue
        if line["hash"] != _hash({key: value for key, value in line.items() if key != "hash"}):
            faults.append(f"line {place} was changed")
        elif line["n"] != number + 1 or line["previous"] != before:
            faults.append(f"line {place} does not follow the line before it: a line was removed, added or moved")
        if line["time"] < latest:
            faults.append(f"line {place} is of an earlier time than the line before it")
        before, number, latest = line["hash"], line["n"], max(latest, line["time"])
    if content and not content.endswith(b"\n"):
        faults.append("the last line has no end: a program was stopped while writing it")
    return faults + _head_faults(path, number, before)


def lines(path: str | Path) -> list[dict[str, Any]]:
    """Every whole line of an audit, in order.

    Args:
        path: the audit file; none there gives none.
    """
    path = Path(path)
    if not path.is_file():
        return []
    return [line for line in map(_parsed, path.read_bytes().splitlines()) if line is not None]


def recover(path: str | Path) -> str | None:
    """Set aside half a line that a killed program left at the end, and say so in the audit.

    Only bytes after the last line end are moved (to ``{name}.torn-N``); a whole line is never touched.

    Args:
        path: the audit file.

    Returns:
        the id of the line that says it, or None where there was nothing to mend.
    """
    path = Path(path)
    with locked(path):
        content = path.read_bytes() if path.is_file() else b""
        whole, end, torn = content.rpartition(b"\n")
        if not torn:
            return None
        number = 1
        while path.with_name(f"{path.name}.torn-{number}").exists():
            number += 1
        aside = path.with_name(f"{path.name}.torn-{number}")
        write_private(aside, torn.decode("utf-8", errors="replace"))
        write_private(path, (whole + end).decode("utf-8"))
    return record(path, "audit recovered", {"bytes": len(torn), "kept_in": aside.name})


def _append(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        os.write(descriptor, text.encode("utf-8"))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _last(path: Path) -> dict[str, Any] | None:
    """The last line, refusing an audit that does not end as it was left."""
    content = _tail(path)
    if not content:
        if _head(path).is_file():
            raise RunError(
                f"{path}: is empty or gone, and {_head(path).name} says it was not: restore it; nothing was done"
            )
        return None
    last = _parsed(content.splitlines()[-1])
    if last is None or not content.endswith(b"\n"):
        raise RunError(
            f"{path}: ends in half a line, as a stopped program leaves it: run `famlink audit recover`; nothing was done"
        )
    head = _read_head(path)
    known = {(last["n"], last["hash"]), (last["n"] - 1, last["previous"])}
    if head is None and last["n"] == 1:
        return last
    if head not in known or last["hash"] != _hash({key: value for key, value in last.items() if key != "hash"}):
        raise RunError(f"{path}: does not end where its head says: run `famlink audit verify`; nothing was done")
    return last


def _tail(path: Path) -> bytes:
    """The end of the file, at least its last whole line."""
    if not path.is_file():
        return b""
    size = path.stat().st_size
    with path.open("rb") as file:
        step = 65_536
        while True:
            file.seek(max(0, size - step))
            content = file.read()
            if step >= size or content.count(b"\n") > 1:
                return content
            step *= 4


def _head_faults(path: Path, number: int, last: str) -> list[str]:
    head = _read_head(path)
    if head is None:
        # A program may be stopped between the first line and its head.
        return [] if number <= 1 else [f"{_head(path).name} is missing, so an end cut off would not show"]
    if head == (number, last) or head[0] == number - 1:
        return []
    return [f"the audit ends at line {number}, and its head says line {head[0]}: the end was cut off or rewritten"]


def _read_head(path: Path) -> tuple[int, str] | None:
    head = _head(path)
    if not head.is_file():
        return None
    try:
        said = json.loads(head.read_text(encoding="utf-8"))
        return int(said["n"]), str(said["hash"])
    except (ValueError, KeyError, TypeError):
        return -1, ""


def _head(path: Path) -> Path:
    return path.with_name(f"{path.name}.head")


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        line = json.loads(raw)
    except ValueError:
        return None
    whole = isinstance(line, dict) and set(line) == _FIELDS and isinstance(line["n"], int)
    return line if whole and all(isinstance(line[key], str) for key in ("id", "time", "previous", "hash")) else None


def _hash(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
