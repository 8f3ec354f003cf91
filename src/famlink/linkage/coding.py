"""The values of fields to codes: one pass over each field, and one dictionary for fields that are compared with each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.derived import derived
from famlink.linkage.library import EVER
from famlink.waiting import Records

_DATE_PRECISION = "date_of_birth_precision"


@dataclass(frozen=True)
class Coded:
    """Fields that share a dictionary, as numbers.

    Args:
        dictionary: its values in code order: the commonest first, then in order of value.
        columns: field -> code of each record, -1 missing; in a list field the code of a lone element, and -2 - place in
            its elements of several.
        elements: list field -> of each list of several: how many, then their codes, sorted.
    """

    dictionary: pl.Series
    columns: Mapping[str, NDArray[np.int32]]
    elements: Mapping[str, NDArray[np.int32]]


def coded(frame: Records, members: Sequence[str], *, lists: Sequence[str], numeric: set[str]) -> Coded:
    """Turn the fields that share a dictionary into codes.

    Args:
        frame: merged standardised records; a field it lacks counts as missing everywhere.
        members: the fields.
        lists: fields that hold several values, or all a record ever had.
        numeric: fields measured as numbers.

    Returns:
        their codes.
    """
    checked = [name for name in members if name.endswith(":checked") and name.removesuffix(":checked") in members]
    whole = {name: _series(frame, name, numeric=name in numeric) for name in members if name not in (*lists, *checked)}
    spread = {name: _spread(frame, name) for name in members if name in lists}
    for firsts, _ in spread.values():
        whole |= {name: _series(frame, name, numeric=False) for name in firsts if name not in whole}
    parts = [*whole.values(), *(values for _, later in spread.values() for _, values in later)]
    ids, values = _distinct(pl.concat([part.rename("value") for part in parts]))
    pieces = iter(np.split(ids, np.cumsum([len(part) for part in parts])[:-1]))
    found = {name: next(pieces) for name in whole}
    counts = np.zeros(len(values), dtype=np.int64)
    listed: dict[str, tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]] = {}
    for name, (firsts, later) in spread.items():
        entries = [(rows, next(pieces)) for rows, _ in later]
        listed[name] = _together([found[first] for first in firsts], entries, height=frame.height)
    for column in [
        *(found[name] for name in whole if name in members),
        *(c for c, _, e in listed.values() for c in (c, e)),
    ]:
        counts += np.bincount(column[column >= 0], minlength=len(values))
    in_order = values.arg_sort().to_numpy().astype(np.int64)
    order = in_order[np.argsort(-counts[in_order], kind="stable")]
    order = order[counts[order] > 0]
    code = np.full(len(values) + 1, -1, dtype=np.int32)
    code[order] = np.arange(len(order), dtype=np.int32)
    columns = {name: code[column] for name, column in found.items() if name in members}
    for name in checked:
        base = name.removesuffix(":checked")
        valid = frame[f"{base}_valid"].fill_null(value=False).to_numpy()
        columns[name] = np.where(valid, columns[base], np.int32(-1))
    elements = {}
    for name, (column, rows, several) in listed.items():
        columns[name] = code[column]
        places, elements[name] = _held(rows, code[several])
        columns[name][np.unique(rows)] = -2 - places
    return Coded(values.gather(order), columns, elements)


def _distinct(values: pl.Series) -> tuple[NDArray[np.int32], pl.Series]:
    """A number for each value, -1 for none, and the values by number."""
    if values.null_count() == len(values):
        return np.full(len(values), -1, dtype=np.int32), values.clear()
    if values.dtype != pl.String:
        known = values.is_not_null().to_numpy()
        given = values.drop_nulls().to_numpy()
        low, span = given.min(), given.max() - given.min()
        if span <= 4.0 * len(given) and not np.mod(given, 1.0).any():
            # Whole numbers close together, as dates are: counted instead of sorted.
            offsets = (given - low).astype(np.int64)
            there = np.bincount(offsets) > 0
            found, places = low + np.flatnonzero(there), (np.cumsum(there) - 1)[offsets]
        else:
            found, places = np.unique(given, return_inverse=True)
        ids = np.full(len(values), -1, dtype=np.int32)
        ids[known] = places
        return ids, pl.Series(values.name, found, dtype=values.dtype)
    physical = values.cast(pl.Categorical(pl.Categories.random())).to_physical()
    ids = physical.cast(pl.Int32).fill_null(-1).to_numpy()
    firsts = np.empty(int(ids.max()) + 2, dtype=np.int64)
    # The last place takes the rows without a value; of rows of one value the first is written last.
    firsts[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)
    return ids, values.gather(firsts[:-1])


_Entries = tuple[NDArray[np.int64], pl.Series]


def _spread(frame: Records, name: str) -> tuple[list[str], list[_Entries]]:
    """Of a list field: the fields of one value a record, and the rows and values of those of several."""
    field, _, piece = name.partition(":")
    sources = [source for source in (EVER[field] if piece == "ever" else (field,)) if source in frame.columns]
    firsts: list[str] = []
    later: list[_Entries] = []
    for source in sources:
        text = frame.schema[source] == pl.String
        if not isinstance(frame.schema[source], pl.List) and not (text and source == name):
            firsts.append(source)
            continue
        part = frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), pl.col(source).alias("value"))
        part = part.drop_nulls()
        if text:
            part = part.with_columns(pl.col("value").str.split(";").list.eval(pl.element().str.strip_chars()))
        part = part.explode("value").with_columns(pl.col("value").cast(pl.String)).drop_nulls()
        part = part.filter(pl.col("value") != "") if text else part
        later.append((part["row"].to_numpy(), part["value"]))
    return firsts, later


def _together(
    firsts: Sequence[NDArray[np.int32]],
    later: Sequence[tuple[NDArray[np.int64], NDArray[np.int32]]],
    *,
    height: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """A list field's column of lone values (-1 where there is none or several), and the rows and values of the others."""
    column = firsts[0].copy() if firsts else np.full(height, -1, dtype=np.int32)
    more = [*((np.flatnonzero(part >= 0), part[part >= 0]) for part in firsts[1:]), *later]
    # Most records repeat their one value: only what differs from it is looked at.
    other = [(rows[column[rows] != ids], ids[column[rows] != ids]) for rows, ids in more]
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for rows, _ in other)])
    ids = np.concatenate([np.zeros(0, dtype=np.int32), *(ids for _, ids in other)])
    touched = np.unique(rows)
    touched = touched[column[touched] >= 0]
    keys = np.concatenate([rows << 32 | ids, touched << 32 | column[touched]])
    keys = np.unique(keys)
    rows, ids = keys >> 32, (keys & 0xFFFFFFFF).astype(np.int32)
    sizes = np.bincount(rows, minlength=height)
    alone = sizes[rows] == 1
    column[rows] = -1
    column[rows[alone]] = ids[alone]
    return column, rows[~alone], ids[~alone]


def _held(rows: NDArray[np.int64], codes: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Lists of several, one after another with their sizes before them: the place of each, and all of them."""
    codes = codes[np.lexsort((codes, rows))]
    _, sizes = np.unique(rows, return_counts=True)
    ends = np.cumsum(sizes + 1)
    firsts = (ends - sizes - 1).astype(np.int32)
    elements = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.int32)
    elements[firsts] = sizes
    inside = np.ones(len(elements), dtype=np.bool_)
    inside[firsts] = False
    elements[inside] = codes
    return firsts, elements


def _series(frame: Records, name: str, *, numeric: bool) -> pl.Series:
    """One field as text, or as a number (a date as yyyymmdd) where it is measured so."""
    field, _, piece = name.partition(":")
    made = derived(frame, name)
    if made is not None:
        return made
    if piece in ("outcode", "sector"):
        field = piece
    if field not in frame.columns:
        return pl.Series(name, [None] * frame.height, dtype=pl.Float64 if numeric else pl.String)
    column = pl.col(field)
    if piece in ("unborn", "anybody"):
        due = pl.col("expected_date_of_birth") if "expected_date_of_birth" in frame.columns else pl.lit(None)
        coming = pl.col(field).is_null() & due.is_not_null()
        marked = pl.when(coming if piece == "unborn" else pl.lit(value=True)).then(pl.lit("unborn"))
        return frame.select(pl.when(pl.int_range(pl.len()) >= 0).then(marked).alias(name)).to_series()
    if piece == "checked":
        column = pl.when(pl.col(f"{field}_valid")).then(column)
    dtype = frame.schema[field]
    if dtype == pl.Date:
        return frame.select(_date_number(frame, field)).to_series()
    if numeric:
        dates = column.str.to_date("%Y-%m-%d", strict=False) if dtype == pl.String else None
        number = column.cast(pl.Float64, strict=False)
        if dates is not None:
            number = pl.coalesce(_yyyymmdd(dates).cast(pl.Float64), pl.when(number.is_finite()).then(number))
        return frame.select(number.alias(name)).to_series()
    return frame.select(column.cast(pl.String).alias(name)).to_series()


def _yyyymmdd(date: pl.Expr) -> pl.Expr:
    return date.dt.year() * 10000 + date.dt.month().cast(pl.Int32) * 100 + date.dt.day().cast(pl.Int32)


def _date_number(frame: Records, field: str) -> pl.Expr:
    number = _yyyymmdd(pl.col(field))
    if field == "date_of_birth" and _DATE_PRECISION in frame.columns:
        precision = pl.col(_DATE_PRECISION)
        number = (
            pl.when(precision == "year")
            .then(number // 10000 * 10000)
            .when(precision.is_in(["month", "day-unknown"]))
            .then(number // 100 * 100)
            .otherwise(number)
        )
    return number.cast(pl.Float64).alias(field)
