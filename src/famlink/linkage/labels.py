"""Pairs of records whose truth is known: they teach a model, and bind nothing."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from famlink.errors import MissingFileError, SourceError
from famlink.linkage.judgements import VERDICTS, read_judgements
from famlink.tables import MUST_NOT_LINK

SIDES = MUST_NOT_LINK.names[:4]


def read_labels(path: str | Path) -> pl.DataFrame:
    r"""Read the pairs of records that are one person.

    Pairs of two people are read and checked, and teach nothing: they were looked at because they look alike, and would
    teach that strangers do.

    Args:
        path: a log of judgements (``.jsonl``), of which what people judged counts, or CSV with agency_left,
            record_id_left, agency_right, record_id_right and verdict (match, distinct or unsure).

    Returns:
        agency_left, record_id_left, agency_right, record_id_right: each pair once, in order.

    Raises:
        MissingFileError: there is no such file.
        SourceError: it cannot be read; the fault is named by row and column, never by a value.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "labels.csv"
        ...     head = "agency_left,record_id_left,agency_right,record_id_right,verdict"
        ...     _ = file.write_text(head + "\npolice,p1,health,h1,match\n", encoding="utf-8")
        ...     read_labels(file).height
        1
    """
    file = Path(path)
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file; hub.toml names it as link.labels")
    if file.suffix.lower() in (".jsonl", ".ndjson"):
        judged = read_judgements(file).same
        return judged.filter(pl.col("by") == "person").select(SIDES).unique().sort(SIDES)
    frame = _read(file)
    _refuse(file, frame)
    one, other = pl.col(SIDES[0]), pl.col(SIDES[2])
    after = (one > other) | ((one == other) & (pl.col(SIDES[1]) > pl.col(SIDES[3])))
    turned = dict(zip(SIDES, (*SIDES[2:], *SIDES[:2]), strict=True))
    frame = frame.with_columns(
        pl.when(after).then(pl.col(other)).otherwise(pl.col(name)).alias(name) for name, other in turned.items()
    )
    twice = frame.filter(pl.col("verdict").n_unique().over(SIDES) > 1)["row"]
    if len(twice):
        raise SourceError(f"{file}: row {twice[0]} and another judge one pair differently; keep the one that is right")
    return frame.filter(pl.col("verdict") == "match").select(SIDES).unique().sort(SIDES)


def _read(file: Path) -> pl.DataFrame:
    try:
        frame = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise SourceError(f"{file}: cannot be read as CSV in UTF-8; save it so") from None
    missing = [name for name in (*SIDES, "verdict") if name not in frame.columns]
    if missing:
        raise SourceError(f"{file}: lacks the column {', '.join(missing)}; a label needs all of them")
    tidy = pl.col(*SIDES, "verdict").str.strip_chars().replace("", None)
    return frame.select(tidy).with_row_index("row", offset=1)


def _refuse(file: Path, frame: pl.DataFrame) -> None:
    """All faults in one error, each at its first row."""
    left, right = SIDES[:2], SIDES[2:]
    same = pl.all_horizontal(pl.col(a) == pl.col(b) for a, b in zip(left, right, strict=True))
    faults = {
        f"verdict is not one of {', '.join(VERDICTS)}": ~pl.col("verdict").is_in(VERDICTS).fill_null(value=False),
        "an agency or record is not named": pl.any_horizontal(pl.col(SIDES).is_null()),
        "left and right are one record": same.fill_null(value=False),
    }
    told = [(frame.filter(fault)["row"], words) for words, fault in faults.items()]
    found = [f"row {rows[0]}: {words}" for rows, words in told if len(rows)]
    if found:
        raise SourceError(f"{file}: {'; '.join(found)}")
