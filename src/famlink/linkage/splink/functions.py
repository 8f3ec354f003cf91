"""The functions of DuckDB that Splink's conditions are written with, worked out by polars."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import polars as pl

from famlink.errors import ModelError
from famlink.linkage.splink.kinds import (
    DATE,
    FLAG,
    LIST,
    NOTHING,
    NUMBER,
    TEXT,
    TIME,
    Typed,
    as_day,
    as_number,
    as_text,
    as_time,
    common,
    literal,
)


def _whole(value: Typed, what: str) -> int:
    if not isinstance(value.constant, int):
        raise ModelError(f"{what} is not a whole number written out")
    return value.constant


def _word(value: Typed, what: str) -> str:
    if not isinstance(value.constant, str):
        raise ModelError(f"{what} is not a text written out")
    return value.constant


def _counted(args: Sequence[Typed], least: int, most: int) -> None:
    if not least <= len(args) <= most:
        raise ModelError(f"a function is given {len(args)} arguments, not {least} to {most}")


def _substring(args: list[Typed]) -> Typed:
    _counted(args, 2, 3)
    start = _whole(args[1], "where a substring starts")
    length = _whole(args[2], "how long a substring is") if len(args) > 2 else None
    if length is not None and length < 0:
        raise ModelError("a substring has a length below 0")
    if start == 0 and length is not None:
        length = max(length - 1, 0)
    text = as_text(args[0])
    return Typed(text.str.slice(start - 1 if start > 0 else start, length), TEXT)


def _end(args: list[Typed], *, last: bool) -> Typed:
    _counted(args, 2, 2)
    size = _whole(args[1], "how many letters are taken")
    text = as_text(args[0]).str
    return Typed(text.tail(size) if last else text.head(size), TEXT)


def _stripped(args: list[Typed], name: str) -> Typed:
    _counted(args, 1, 2)
    letters = _word(args[1], "what is stripped") if len(args) > 1 else " "
    return Typed(getattr(as_text(args[0]).str, name)(letters), TEXT)


def _concatenated(args: list[Typed]) -> Typed:
    """``concat``, which passes over nulls."""
    return Typed(pl.concat_str([as_text(arg) for arg in args], ignore_nulls=True), TEXT)


def _coalesced(args: list[Typed]) -> Typed:
    exprs, kind = common(args)
    return Typed(pl.coalesce(exprs), kind)


def _nullif(args: list[Typed]) -> Typed:
    _counted(args, 2, 2)
    (a, b), kind = common(args)
    return Typed(pl.when((a == b).fill_null(value=False)).then(None).otherwise(a), kind)


def _extracted(args: list[Typed]) -> Typed:
    _counted(args, 2, 3)
    group = _whole(args[2], "the group of a pattern") if len(args) > 2 else 0
    text = as_text(args[0])
    found = text.str.extract(_word(args[1], "a pattern"), group)
    return Typed(pl.when(text.is_null()).then(None).otherwise(found.fill_null("")), TEXT)


def _replaced(args: list[Typed]) -> Typed:
    _counted(args, 3, 4)
    every = len(args) > 3 and "g" in _word(args[3], "the options of a pattern")
    text = as_text(args[0]).str
    pattern, value = _word(args[1], "a pattern"), _word(args[2], "what replaces a pattern").replace("\\", "$")
    return Typed(text.replace_all(pattern, value) if every else text.replace(pattern, value), TEXT)


def _length(args: list[Typed]) -> Typed:
    _counted(args, 1, 2)
    found = args[0].expr.list.len() if args[0].kind == LIST else as_text(args[0]).str.len_chars()
    return Typed(found.cast(pl.Float64), NUMBER)


def _element(args: list[Typed]) -> Typed:
    """``x[1]``: the first of a list, or of the letters of a text; -1 the last."""
    _counted(args, 2, 2)
    place = _whole(args[1], "the place in a list")
    if args[0].kind == TEXT:
        return Typed(args[0].expr.str.slice(place - 1 if place > 0 else place, 1), TEXT)
    if args[0].kind != LIST:
        raise ModelError(f"a {args[0].kind} has no elements")
    return Typed(args[0].expr.list.get(place - 1 if place > 0 else place, null_on_oob=True), TEXT)


def _intersection(args: list[Typed]) -> Typed:
    _counted(args, 2, 2)
    if any(arg.kind not in (LIST, NOTHING) for arg in args):
        raise ModelError("an intersection is of two lists")
    first, second = (arg.expr.cast(pl.List(pl.String)).list.drop_nulls() for arg in args)
    # DuckDB's intersection with a second list that is null is empty, not null.
    return Typed(first.list.set_intersection(second.fill_null([])), LIST)


def _strptime(args: list[Typed]) -> Typed:
    _counted(args, 2, 2)
    form = _word(args[1], "the form of a date")
    if args[0].kind in (DATE, TIME):
        return Typed(args[0].expr.cast(pl.Datetime("us")), TIME)
    text = as_text(args[0]).str.strip_chars().str
    if any(sign in form for sign in ("%H", "%I", "%M", "%S", "%T")):
        return Typed(text.to_datetime(form, strict=False, time_unit="us").dt.replace_time_zone(None), TIME)
    return Typed(text.to_date(form, strict=False).cast(pl.Datetime("us")), TIME)


def _epoch(args: list[Typed]) -> Typed:
    _counted(args, 1, 1)
    return Typed(as_time(args[0]).dt.epoch("us").cast(pl.Float64) / 1e6, NUMBER)


def _date_part(args: list[Typed]) -> Typed:
    _counted(args, 2, 2)
    unit = _word(args[0], "the part of a date")
    parts: dict[str, Callable[[pl.Expr], pl.Expr]] = {
        "year": lambda time: time.dt.year(),
        "month": lambda time: time.dt.month(),
        "day": lambda time: time.dt.day(),
        "epoch": lambda time: time.dt.epoch("us") / 1e6,
    }
    if unit not in parts:
        raise ModelError(f"the part {unit} of a date is not known here")
    return Typed(parts[unit](as_time(args[1])).cast(pl.Float64), NUMBER)


def _date_diff(args: list[Typed]) -> Typed:
    """``date_diff(unit, a, b)``: how many boundaries of the unit lie between; ``datediff(a, b)``: days from b to a."""
    _counted(args, 2, 3)
    if len(args) == 2:
        return Typed((as_day(args[0]) - as_day(args[1])).dt.total_days().cast(pl.Float64), NUMBER)
    unit = _word(args[0], "the unit of a date_diff").lower().rstrip("s")
    first, second = as_time(args[1]), as_time(args[2])
    if unit == "day":
        found = (second.dt.date() - first.dt.date()).dt.total_days()
    elif unit == "month":
        found = (second.dt.year() - first.dt.year()) * 12 + second.dt.month().cast(pl.Int32) - first.dt.month()
    elif unit == "year":
        found = second.dt.year() - first.dt.year()
    else:
        raise ModelError(f"a date_diff in {unit}s is not known here")
    return Typed(found.cast(pl.Float64), NUMBER)


def _strftime(args: list[Typed]) -> Typed:
    _counted(args, 2, 2)
    return Typed(as_time(args[0]).dt.strftime(_word(args[1], "the form of a date")), TEXT)


def _of_text(change: Callable[[pl.Expr], pl.Expr]) -> Callable[[list[Typed]], Typed]:
    def function(args: list[Typed]) -> Typed:
        _counted(args, 1, 1)
        return Typed(change(as_text(args[0])), TEXT)

    return function


def _of_number(change: Callable[[pl.Expr], pl.Expr]) -> Callable[[list[Typed]], Typed]:
    def function(args: list[Typed]) -> Typed:
        _counted(args, 1, 1)
        return Typed(change(as_number(args[0])), NUMBER)

    return function


def _of_two(change: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Callable[[list[Typed]], Typed]:
    def function(args: list[Typed]) -> Typed:
        _counted(args, 2, 2)
        return Typed(change(as_number(args[0]), as_number(args[1])), NUMBER)

    return function


def _said_of(change: Callable[[pl.Expr, str], pl.Expr]) -> Callable[[list[Typed]], Typed]:
    def function(args: list[Typed]) -> Typed:
        _counted(args, 2, 2)
        return Typed(change(as_text(args[0]), _word(args[1], "what is looked for")), FLAG)

    return function


def _like(text: pl.Expr, form: str) -> pl.Expr:
    pattern = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in form)
    return text.str.contains(f"(?s)^{pattern}$")


def _chosen(args: list[Typed], *, largest: bool) -> Typed:
    exprs, kind = common(args)
    return Typed(pl.max_horizontal(exprs) if largest else pl.min_horizontal(exprs), kind)


FUNCTIONS: dict[str, Callable[[list[Typed]], Typed]] = {
    "lower": _of_text(lambda text: text.str.to_lowercase()),
    "upper": _of_text(lambda text: text.str.to_uppercase()),
    "reverse": _of_text(lambda text: text.str.reverse()),
    "trim": lambda args: _stripped(args, "strip_chars"),
    "ltrim": lambda args: _stripped(args, "strip_chars_start"),
    "rtrim": lambda args: _stripped(args, "strip_chars_end"),
    "substring": _substring,
    "substr": _substring,
    "left": lambda args: _end(args, last=False),
    "right": lambda args: _end(args, last=True),
    "concat": _concatenated,
    "||": lambda args: Typed(pl.concat_str([as_text(arg) for arg in args], ignore_nulls=False), TEXT),
    "coalesce": _coalesced,
    "ifnull": _coalesced,
    "nullif": _nullif,
    "regexp_extract": _extracted,
    "regexp_replace": _replaced,
    "contains": _said_of(lambda text, word: text.str.contains(word, literal=True)),
    "starts_with": _said_of(lambda text, word: text.str.starts_with(word)),
    "prefix": _said_of(lambda text, word: text.str.starts_with(word)),
    "ends_with": _said_of(lambda text, word: text.str.ends_with(word)),
    "suffix": _said_of(lambda text, word: text.str.ends_with(word)),
    "like": _said_of(_like),
    **dict.fromkeys(("length", "len", "char_length", "array_length", "array_size", "cardinality", "size"), _length),
    "element": _element,
    "list_intersect": _intersection,
    "array_intersect": _intersection,
    "try_strptime": _strptime,
    "strptime": _strptime,
    "epoch": _epoch,
    "date_part": _date_part,
    "year": lambda args: _date_part([literal("year"), *args]),
    "month": lambda args: _date_part([literal("month"), *args]),
    "day": lambda args: _date_part([literal("day"), *args]),
    "date_diff": _date_diff,
    "datediff": _date_diff,
    "strftime": _strftime,
    "to_date": lambda args: Typed(as_day(args[0]), DATE),
    "+": _of_two(lambda a, b: a + b),
    "*": _of_two(lambda a, b: a * b),
    "/": _of_two(lambda a, b: a / b),
    "%": _of_two(lambda a, b: a - (a / b).sign() * (a / b).abs().floor() * b),
    "pow": _of_two(lambda a, b: a.pow(b)),
    "power": _of_two(lambda a, b: a.pow(b)),
    "abs": _of_number(lambda a: a.abs()),
    "floor": _of_number(lambda a: a.floor()),
    "ceil": _of_number(lambda a: a.ceil()),
    "sqrt": _of_number(lambda a: a.sqrt()),
    "exp": _of_number(lambda a: a.exp()),
    "ln": _of_number(lambda a: a.log()),
    "radians": _of_number(lambda a: a * (math.pi / 180.0)),
    "sin": _of_number(lambda a: a.sin()),
    "cos": _of_number(lambda a: a.cos()),
    "tan": _of_number(lambda a: a.tan()),
    "acos": _of_number(lambda a: a.arccos()),
    "asin": _of_number(lambda a: a.arcsin()),
    "atan": _of_number(lambda a: a.arctan()),
    "least": lambda args: _chosen(args, largest=False),
    "greatest": lambda args: _chosen(args, largest=True),
}
"""Function -> its translation."""
