"""Parquet, NDJSON, database queries and frames in memory -> a table of text cells."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.delimited import check_header
from famlink.extracts.tabular import TextTable, numbered, trimmed

NOT_JSON = "not a JSON object on one line"
NAMED_TWICE = "names a column twice, but for spaces"
KEY_TWICE = "names a key twice in one object"


def one_of_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object from its pairs, as ``object_pairs_hook``: a key that comes twice would be lost in silence.

    Raises:
        SourceError: one does; its text is the reason alone, for who knows the file to complete.
    """
    item = dict(pairs)
    if len(item) < len(pairs):
        raise SourceError(KEY_TWICE)
    return item


def read_parquet(data: bytes, *, file: str) -> TextTable:
    """Read a Parquet file; every column becomes text.

    Raises:
        SourceError: the file is no Parquet file.
    """
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError):
        raise SourceError(f"{file}: not a Parquet file that can be read; write it again") from None
    return table_of(frame, file=file)


def read_ndjson(data: bytes, *, file: str) -> TextTable:
    r"""Read newline-delimited JSON, one object a line; a line that is not one is a row that cannot be used.

    Numbers keep the digits they are written with. Lists become cells with ``;``; objects inside stay JSON text.

    Args:
        data: UTF-8 text.
        file: its name, for messages.

    Returns:
        the cells, stripped.

    Example:
        >>> read_ndjson(b'{"record_id": 12}\n[]\n', file="p.ndjson").unusable
        ((2, 'not a JSON object on one line'),)
    """
    columns: dict[str, list[str | None]] = {}
    numbers: list[int] = []
    unusable: list[tuple[int, str]] = []
    number = 0
    for line in data.split(b"\n"):
        if not line.strip():
            continue
        number += 1
        try:
            item = json.loads(
                line,
                parse_float=str,
                parse_int=str,
                parse_constant=lambda _: None,
                object_pairs_hook=one_of_each,
            )
        except SourceError:
            unusable.append((number, KEY_TWICE))
            continue
        except (ValueError, RecursionError):
            item = None
        if not isinstance(item, dict):
            unusable.append((number, NOT_JSON))
            continue
        given = {" ".join(name.split()): value for name, value in item.items()}
        if len(given) < len(item):
            unusable.append((number, NAMED_TWICE))
            continue
        for name, value in given.items():
            cells = columns.setdefault(name, [])
            cells.extend([None] * (len(numbers) - len(cells)))
            cells.append(_text(value))
        numbers.append(number)
    for cells in columns.values():
        cells.extend([None] * (len(numbers) - len(cells)))
    if not number:
        return TextTable(file, numbered(pl.DataFrame()), warnings=("the file is empty",))
    frame, notes = trimmed(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))
    return TextTable(file, numbered(frame, pl.Series(numbers, dtype=pl.UInt32)), tuple(unusable), tuple(notes))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ";".join(_text(item) or "" for item in value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def is_frame(given: object) -> bool:
    """Whether a source is a table in memory: polars, Arrow or pandas."""
    return isinstance(given, (pl.DataFrame, pl.LazyFrame)) or any(
        hasattr(given, name) for name in ("__arrow_c_stream__", "__dataframe__")
    )


def read_frame(given: Any, *, file: str) -> TextTable:
    """Read a table in memory: a polars frame, a pandas frame, or anything with the Arrow C interface.

    Raises:
        SourceError: the table cannot be taken in, or names a column twice.
    """
    if isinstance(given, pl.LazyFrame):
        return table_of(given.collect(), file=file)
    if isinstance(given, pl.DataFrame):
        return table_of(given, file=file)
    if type(given).__module__.split(".")[0] == "pandas":
        return table_of(_from_pandas(given, file=file), file=file)
    try:
        return table_of(pl.DataFrame(given), file=file)
    except (pl.exceptions.PolarsError, TypeError, ValueError):
        raise SourceError(f"{file}: the table cannot be read; give a polars, pandas or Arrow table") from None


def _from_pandas(given: Any, *, file: str) -> pl.DataFrame:
    """Take a pandas frame column by column: pyarrow is not needed, and what pandas calls missing becomes null."""
    check_header([str(name) for name in given.columns], file=file)
    columns = {}
    for place, name in enumerate(given.columns):
        column = given.iloc[:, place]
        values = column.astype(object).where(column.notna(), None).tolist()
        columns[str(name)] = pl.Series(str(name), [_plain(value) for value in values], dtype=pl.String)
    return pl.DataFrame(columns)


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, (list, tuple)):
        return ";".join(_plain(item) or "" for item in value)
    return str(value).removesuffix(" 00:00:00")


def table_of(frame: pl.DataFrame, *, file: str) -> TextTable:
    """Turn a frame of any types into text: whole floats without their point, days as ISO, lists with ``;``.

    Args:
        frame: the rows.
        file: what to call it.

    Returns:
        the cells, stripped.

    Raises:
        SourceError: two columns have one name once spaces are trimmed.

    Example:
        >>> table_of(pl.DataFrame({"record_id": [12.0]}), file="frame").frame.get_column("record_id").to_list()
        ['12']
    """
    names = [" ".join(name.split()) for name in frame.columns]
    check_header(names, file=file)
    cells = frame.select(
        _as_text(name, dtype).alias(new) for (name, dtype), new in zip(frame.schema.items(), names, strict=True)
    )
    cells, notes = trimmed(cells)
    if not cells.height:
        notes = [*notes, "the file has a header and no rows" if names else "the file is empty"]
    return TextTable(file, numbered(cells), warnings=tuple(notes))


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if dtype.is_float() or dtype.is_decimal():
        whole = column.cast(pl.Float64)
        is_whole = (whole == whole.round()) & (whole.abs() < 1e15)
        number = pl.when(is_whole).then(whole).cast(pl.Int64).cast(pl.String)
        return pl.when(is_whole).then(number).otherwise(pl.when(~whole.is_nan()).then(column.cast(pl.String)))
    if dtype == pl.Boolean:
        return pl.when(column).then(pl.lit("yes")).when(~column).then(pl.lit("no"))
    if isinstance(dtype, pl.Datetime):
        return column.dt.to_string("%Y-%m-%d %H:%M:%S").str.strip_suffix(" 00:00:00")
    if isinstance(dtype, pl.List):
        return column.list.eval(pl.element().cast(pl.String)).list.join(";")
    if isinstance(dtype, (pl.Struct, pl.Array)) or dtype in {pl.Object, pl.Binary}:
        return column.map_elements(_nested, return_dtype=pl.String)
    return column.cast(pl.String)


def _nested(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, Iterable) and not isinstance(value, (str, dict)):
        return ";".join("" if item is None else str(item) for item in value)
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
