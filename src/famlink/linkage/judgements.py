"""What was decided about pairs of records: an append-only log, read into pairs that are and are not one person."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from famlink.errors import MissingFileError, RequestError, RunError, SourceError
from famlink.private import private_parents
from famlink.tables import MUST_NOT_LINK

VERDICTS = ("match", "distinct", "unsure")
BY = ("person", "rule", "classifier")
"""Who decided; what a person decided stands above what a rule or a classifier did."""

_COLUMNS = ("id", "left", "right", "verdict", "by", "who", "when", "why")
_KEYS = MUST_NOT_LINK.names[:4]
_SIDE = 'written as "AGENCY:ID"'


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys((*_KEYS, "by"), pl.String))


@dataclass(frozen=True)
class Judged:
    """Pairs of records that were decided about.

    Args:
        same: agency_left, record_id_left, agency_right, record_id_right of pairs that are one person, and by whom it was
            decided: person, rule or classifier.
        distinct: the same of pairs that are two people.
    """

    same: pl.DataFrame = field(default_factory=_none)
    distinct: pl.DataFrame = field(default_factory=_none)


def read_judgements(path: str | Path) -> Judged:
    """Read a log of judgements.

    Args:
        path: JSON lines, each with ``left`` and ``right`` ("AGENCY:ID"), ``verdict`` (match, distinct or unsure), and
            optionally ``id``, ``by`` (person, where absent; rule or classifier), ``who``, ``when``, ``why`` and ``withdraws``
            (the id of an earlier line). The last line of a pair that is not withdrawn counts; while a person's stands,
            no line of a rule or a classifier does.

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
    standing: dict[tuple[str, str, bool], tuple[str, str, str]] = {}
    by_id: dict[str, tuple[str, str, bool]] = {}
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        line = _line(text, f"{file}, line {number}")
        withdrawn = by_id.get(str(line.get("withdraws") or ""))
        if withdrawn is not None and standing.get(withdrawn, ("",))[0] == line["withdraws"]:
            standing.pop(withdrawn)
        if "verdict" in line:
            left, right = sorted((line["left"], line["right"]))
            name, by = str(line.get("id") or f"line {number}"), str(line.get("by", "person"))
            key = (left, right, by == "person")
            standing[key] = (name, line["verdict"], by)
            by_id[name] = key
    # A person's line comes after the other of its pair, and takes its place.
    counts = {(left, right): (verdict, by) for (left, right, _), (_, verdict, by) in sorted(standing.items())}
    return Judged(_frame(counts, "match"), _frame(counts, "distinct"))


def judgements(
    pairs: pl.DataFrame, *, verdict: str, by: str, who: str, why: str | None = None, when: dt.date | None = None
) -> pl.DataFrame:
    """Make judgements of pairs, to be added to a log.

    Args:
        pairs: agency_left, record_id_left, agency_right, record_id_right.
        verdict: match, distinct or unsure.
        by: person, rule or classifier.
        who: the person, or the name of the rule or classifier.
        why: the reason, without anybody's values.
        when: the day; None takes today.

    Returns:
        a row a pair, in order of left and right: id (a hash of the rest, so that the same judgement has the same id), left,
        right ("AGENCY:ID"), verdict, by, who, when, why.

    Raises:
        RequestError: verdict or ``by`` is unknown, or a pair is one record twice.

    Example:
        >>> pair = pl.DataFrame({"agency_left": ["police"], "record_id_left": ["p1"],
        ...                      "agency_right": ["health"], "record_id_right": ["h1"]})
        >>> made = judgements(pair, verdict="match", by="person", who="duty worker", when=dt.date(2026, 6, 1))
        >>> made.select("left", "right", "verdict", "when").rows()
        [('health:h1', 'police:p1', 'match', '2026-06-01')]
    """
    faults = [f"{name} {given!r} is not one of {', '.join(known)}"
              for name, given, known in (("verdict", verdict, VERDICTS), ("by", by, BY)) if given not in known]  # fmt: skip
    if faults:
        raise RequestError(f"judgements: {'; '.join(faults)}")
    day = (when or dt.datetime.now(dt.UTC).date()).isoformat()
    sides = [pl.concat_str(f"agency_{side}", pl.lit(":"), f"record_id_{side}") for side in ("left", "right")]
    frame = pairs.select(pl.min_horizontal(sides).alias("left"), pl.max_horizontal(sides).alias("right")).unique()
    alike = frame.filter(pl.col("left") == pl.col("right"))
    if alike.height:
        raise RequestError(
            f"judgements: {alike.height} of the pairs are one record twice, such as {alike['left'].sort()[0]}"
        )
    frame = frame.sort("left", "right").with_columns(
        pl.lit(value, dtype=pl.String).alias(name)
        for name, value in (("verdict", verdict), ("by", by), ("who", who), ("when", day), ("why", why))
    )
    ids = [
        "j" + hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).hexdigest()[:16] for row in frame.iter_rows()
    ]
    return frame.with_columns(pl.Series("id", ids, dtype=pl.String)).select(_COLUMNS)


def write_judgements(judgements: pl.DataFrame, *, to: str | Path) -> Path:
    """Add judgements to a log; what is in it stays as it is.

    Args:
        judgements: from :func:`judgements`.
        to: the log; made where it is not there (0600). hub.toml names it as ``link.judgements``.

    Returns:
        its path.

    Raises:
        RunError: it cannot be written.

    Example:
        >>> import tempfile
        >>> pair = pl.DataFrame({"agency_left": ["police"], "record_id_left": ["p1"],
        ...                      "agency_right": ["health"], "record_id_right": ["h1"]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     log = write_judgements(
        ...         judgements(pair, verdict="match", by="rule", who="same number"), to=Path(folder) / "answers.jsonl"
        ...     )
        ...     read_judgements(log).same["by"].to_list()
        ['rule']
    """
    path = Path(to)
    rows = judgements.select(_COLUMNS).iter_rows(named=True)
    told = [json.dumps({k: v for k, v in row.items() if v is not None}, ensure_ascii=False) for row in rows]
    try:
        private_parents(path)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+b") as file:
            # A log edited by hand may end without a line end: the first line added must not become half of its last.
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            begin = "" if file.read(1) in (b"", b"\n") else "\n"
            file.write((begin + "".join(f"{line}\n" for line in told)).encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({os.strerror(error.errno or 0)})") from None
    return path


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
    if line.get("by", "person") not in BY:
        faults.append(f"by is not one of {', '.join(BY)}")
    if not faults and line["left"] == line["right"]:
        faults.append("left and right are one record")
    if faults:
        raise SourceError(f"{where}: {'; '.join(faults)}")
    return line


def _frame(counts: Mapping[tuple[str, str], tuple[str, str]], verdict: str) -> pl.DataFrame:
    rows = [
        (*left.partition(":")[::2], *right.partition(":")[::2], by)
        for (left, right), (said, by) in sorted(counts.items())
        if said == verdict
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys((*_KEYS, "by"), pl.String), orient="row")
