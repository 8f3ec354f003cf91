"""Kinds of values in a condition, and how SQL makes one of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from famlink.errors import ModelError

TEXT, NUMBER, DATE, TIME, FLAG, LIST, NOTHING = "text", "number", "date", "time", "flag", "list", "null"


@dataclass(frozen=True)
class Typed:
    """A polars expression and the kind of value it gives.

    Args:
        expr: the expression.
        kind: text, number, date, time, flag, list or null.
        constant: the value of a literal.
    """

    expr: pl.Expr
    kind: str
    constant: str | float | int | bool | None = None


def kind_of(dtype: pl.DataType) -> str:
    """The kind of a column's values.

    Args:
        dtype: a polars type.

    Returns:
        its kind.

    Raises:
        ModelError: no condition can read such a column.

    Example:
        >>> kind_of(pl.List(pl.String)), kind_of(pl.UInt32())
        ('list', 'number')
    """
    if dtype == pl.String:
        return TEXT
    if dtype.is_numeric():
        return NUMBER
    for known, kind in ((pl.Date, DATE), (pl.Datetime, TIME), (pl.Boolean, FLAG), (pl.List, LIST), (pl.Null, NOTHING)):
        if dtype == known:
            return kind
    raise ModelError(f"values of type {dtype} cannot be compared")


def as_text(value: Typed) -> pl.Expr:
    """The value as text; a date as 2001-12-31."""
    if value.kind in (TEXT, NOTHING):
        return value.expr.cast(pl.String)
    if value.kind == DATE:
        return value.expr.dt.strftime("%Y-%m-%d")
    if value.kind == TIME:
        return value.expr.dt.strftime("%Y-%m-%d %H:%M:%S")
    if value.kind in (NUMBER, FLAG):
        return value.expr.cast(pl.String)
    raise ModelError("a list stands where text is expected")


def as_number(value: Typed) -> pl.Expr:
    """The value as a number; text that is none is null."""
    if value.kind in (DATE, TIME, LIST):
        raise ModelError(f"a {value.kind} stands where a number is expected")
    return value.expr.cast(pl.Float64, strict=False)


def as_flag(value: Typed) -> pl.Expr:
    """The value as true or false."""
    if value.kind not in (FLAG, NOTHING):
        raise ModelError(f"a {value.kind} stands where a condition is expected")
    return value.expr.cast(pl.Boolean)


def as_time(value: Typed) -> pl.Expr:
    """The value as a point in time; text that is none is null."""
    if value.kind == TEXT:
        return value.expr.str.strip_chars().str.to_datetime(strict=False, time_unit="us").fill_null(as_day(value))
    if value.kind not in (DATE, TIME, NOTHING):
        raise ModelError(f"a {value.kind} stands where a date is expected")
    return value.expr.cast(pl.Datetime("us"))


def as_day(value: Typed) -> pl.Expr:
    """The value as a date; text that is none is null."""
    if value.kind == TEXT:
        return value.expr.str.strip_chars().str.to_date("%Y-%m-%d", strict=False)
    if value.kind not in (DATE, TIME, NOTHING):
        raise ModelError(f"a {value.kind} stands where a date is expected")
    return value.expr.cast(pl.Date)


def common(values: Sequence[Typed]) -> tuple[list[pl.Expr], str]:
    """Values of several kinds as one kind, as SQL would cast them.

    Args:
        values: what is compared, or chosen among.

    Returns:
        their expressions, and the kind.

    Raises:
        ModelError: they have none in common.
    """
    kinds = {value.kind for value in values} - {NOTHING}
    if len(kinds) <= 1:
        kind = kinds.pop() if kinds else NOTHING
        return [value.expr for value in values], kind
    if kinds <= {TEXT, DATE}:
        return [as_day(value) for value in values], DATE
    if kinds <= {TEXT, DATE, TIME}:
        return [as_time(value) for value in values], TIME
    if kinds <= {TEXT, NUMBER, FLAG}:
        return [as_number(value) for value in values], NUMBER
    raise ModelError(f"a {' and a '.join(sorted(kinds))} are compared")


def literal(value: str | float | None) -> Typed:
    """A constant as an expression."""
    if value is None:
        return Typed(pl.lit(None), NOTHING)
    if isinstance(value, bool):
        return Typed(pl.lit(value), FLAG, value)
    if isinstance(value, str):
        return Typed(pl.lit(value, dtype=pl.String), TEXT, value)
    return Typed(pl.lit(float(value), dtype=pl.Float64), NUMBER, value)
