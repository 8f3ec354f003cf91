"""Expressions of a condition as columns of a frame: the functions of DuckDB that Splink writes, worked out by polars.

The same translation serves one record (what a condition reads of each side is worked out once a record) and a pair (what
is left to work out of both sides).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import polars as pl

from famlink.errors import ModelError
from famlink.linkage.splink.functions import FUNCTIONS
from famlink.linkage.splink.kinds import (
    DATE,
    FLAG,
    LIST,
    NUMBER,
    TEXT,
    TIME,
    Typed,
    as_day,
    as_flag,
    as_number,
    as_text,
    as_time,
    common,
    literal,
)
from famlink.linkage.splink.tree import (
    COMPARISONS,
    And,
    Arrow,
    Call,
    Case,
    Cast,
    Column,
    IsNull,
    Literal,
    Node,
    Not,
    Or,
)

Known = Mapping[Node, Typed]


def translated(node: Node, known: Known) -> Typed:
    """Translate an expression.

    Args:
        node: the expression.
        known: what the columns, and any larger part worked out before, are.

    Returns:
        the polars expression and its kind.

    Raises:
        ModelError: a function is not known, or is given what it cannot take.
    """
    found = known.get(node)
    if found is not None:
        return found
    match node:
        case Literal(value):
            found = literal(value)
        case And(parts) | Or(parts):
            found = _joined(node, [as_flag(translated(part, known)) for part in parts])
        case Not(part):
            found = Typed(~as_flag(translated(part, known)), FLAG)
        case IsNull(part):
            found = Typed(translated(part, known).expr.is_null(), FLAG)
        case Case():
            found = _case(node, known)
        case Cast(part, kind, safe):
            found = _cast(translated(part, known), kind, safe=safe)
        case Call(name, args):
            found = _called(name, args, known)
        case Column(name):
            raise ModelError(f"the column {name!r} is not known here")
        case _:
            raise ModelError("an arrow x -> ... is not known here")
    return found


def _called(name: str, args: tuple[Node, ...], known: Known) -> Typed:
    if any(isinstance(arg, Arrow) for arg in args):
        raise ModelError("an arrow x -> ... is not known here")
    values = [translated(arg, known) for arg in args]
    if name == "-":
        return _minus(*values)
    if name in COMPARISONS:
        return _compared(name, *values)
    if name not in FUNCTIONS:
        raise ModelError(f"the function {name} is not known here")
    return FUNCTIONS[name](values)


def _joined(node: Node, parts: list[pl.Expr]) -> Typed:
    # polars' & and | know three values, as SQL does: false and null is false, true or null is true.
    found = parts[0]
    for part in parts[1:]:
        found = found & part if isinstance(node, And) else found | part
    return Typed(found, FLAG)


def _case(node: Case, known: Known) -> Typed:
    conditions = [as_flag(translated(condition, known)) for condition, _ in node.whens]
    values = [translated(value, known) for _, value in node.whens]
    exprs, kind = common([*values, translated(node.otherwise, known)])
    found = exprs[-1]
    for condition, expr in zip(reversed(conditions), reversed(exprs[:-1]), strict=True):
        found = pl.when(condition.fill_null(value=False)).then(expr).otherwise(found)
    return Typed(found, kind)


def _compared(name: str, left: Typed, right: Typed) -> Typed:
    (a, b), kind = common([left, right])
    if kind == LIST and name not in ("=", "<>"):
        raise ModelError("lists are compared by order")
    found = {
        "=": lambda: a == b,
        "<>": lambda: a != b,
        "<": lambda: a < b,
        "<=": lambda: a <= b,
        ">": lambda: a > b,
        ">=": lambda: a >= b,
    }[name]()
    return Typed(found, FLAG)


def _minus(left: Typed, right: Typed) -> Typed:
    if left.kind == DATE and right.kind == DATE:
        return Typed((left.expr - right.expr).dt.total_days().cast(pl.Float64), NUMBER)
    return Typed(as_number(left) - as_number(right), NUMBER)


def _cast(value: Typed, kind: str, *, safe: bool) -> Typed:
    del safe  # what cannot be cast is null either way: Splink's own run would have stopped on the row
    plain = kind.partition("(")[0]
    for names, change, made in _CASTS:
        if plain in names:
            return Typed(change(value), made)
    raise ModelError(f"a cast to {kind} is not known here")


def _rounded(value: Typed) -> pl.Expr:
    """A whole number, halves away from nothing."""
    number = as_number(value)
    return (number.abs() + 0.5).floor() * number.sign()


_CASTS: tuple[tuple[tuple[str, ...], Callable[[Typed], pl.Expr], str], ...] = (
    (("varchar", "text", "string", "char"), as_text, TEXT),
    (("double", "float8", "double precision"), as_number, NUMBER),
    # SQL's float has 32 bits.
    (("float", "real", "float4"), lambda value: as_number(value).cast(pl.Float32).cast(pl.Float64), NUMBER),
    (("int", "integer", "bigint", "smallint", "tinyint", "int4", "int8", "long"), _rounded, NUMBER),
    (("date",), as_day, DATE),
    (("timestamp", "datetime"), as_time, TIME),
    (("boolean", "bool"), as_flag, FLAG),
)
