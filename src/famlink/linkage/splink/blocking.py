"""Which pairs a Splink model compares: its blocking rules as keys to join on and conditions to check, exactly as stated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.errors import ModelError
from famlink.linkage.splink.conditions import equality_of
from famlink.linkage.splink.expressions import Known, translated
from famlink.linkage.splink.kinds import LIST, Typed, common, kind_of
from famlink.linkage.splink.operands import as_kind, coded, columns_in, fields_of
from famlink.linkage.splink.settings import Rule, Settings
from famlink.linkage.splink.tree import And, Column, Literal, Node, Or

Rows = NDArray[np.int32]

MOST_PAIRS = 5_000_000_000
"""Pairs of one rule above which it is refused: hours of work that a rule is seldom meant to ask for."""

_MOST_BRANCHES = 64


@dataclass(frozen=True)
class Branch:
    """One way to meet a rule: what both records must have alike, and what else must hold.

    Args:
        rule: number of the rule.
        keys: what is read of the left and of the right record.
        filter: the rest of the condition, or None.
        exploded: columns of lists, each element of which stands for the list.
    """

    rule: int
    keys: tuple[tuple[Node, Node], ...]
    filter: Node | None
    exploded: frozenset[str]


@dataclass(frozen=True)
class Entries:
    """Who meets whom in one branch.

    Args:
        rows: left record of each entry.
        keys: its key.
        firsts: first of its partners in ``others``.
        lasts: one past the last.
        others: right records, by key.
    """

    rows: Rows
    keys: NDArray[np.int64]
    firsts: NDArray[np.int64]
    lasts: NDArray[np.int64]
    others: Rows

    @property
    def ahead(self) -> NDArray[np.int64]:
        """Partners of each entry."""
        return self.lasts - self.firsts


def branches_of(settings: Settings) -> list[Branch]:
    """The ways to meet each rule.

    Args:
        settings: a Splink model.

    Returns:
        the branches, in the rules' order.

    Raises:
        ModelError: a rule has too many ways; it is named by its number.
    """
    found = []
    for number, rule in enumerate(settings.rules):
        ways = _ways(rule.condition)
        if len(ways) > _MOST_BRANCHES:
            raise ModelError(f"blocking rule {number + 1}: too many ORs; write it as several rules")
        found += [_branch(number, rule, parts) for parts in ways]
    return found


def _ways(condition: Node) -> list[list[Node]]:
    """ORs over ANDs as lists of conditions; an OR of conditions that join nothing is left whole."""
    match condition:
        case Or(parts) if all(any(equality_of(one) for one in way) for part in parts for way in _ways(part)):
            return [way for part in parts for way in _ways(part)]
        case And(parts):
            found: list[list[Node]] = [[]]
            for part in parts:
                found = [way + more for way in found for more in _ways(part)]
                if len(found) > _MOST_BRANCHES:
                    break
            return found
    return [[condition]]


def _branch(number: int, rule: Rule, parts: Sequence[Node]) -> Branch:
    keys = [(sided, part) for part in parts if (sided := equality_of(part)) is not None]
    joined = {part for _, part in keys}
    rest = [part for part in parts if part not in joined and part != Literal(value=True)]
    return Branch(
        rule=number,
        keys=tuple(sided for sided, _ in keys),
        filter=None if not rest else rest[0] if len(rest) == 1 else And(tuple(rest)),
        exploded=rule.exploded,
    )


def entries_of(
    frame: pl.DataFrame, branch: Branch, columns: Mapping[str, str]
) -> tuple[Entries, tuple[tuple[Rows, NDArray[np.int64]], tuple[Rows, NDArray[np.int64]]]]:
    """Join the records of one branch.

    Args:
        frame: merged standardised records, in row order.
        branch: one of a rule's.
        columns: the settings' column -> famlink field, where the names differ.

    Returns:
        the entries; for each side, records and keys.

    Raises:
        ModelError: a column is no field, an expression cannot be worked out, or the pairs are too many.
    """
    where = f"blocking rule {branch.rule + 1}"
    try:
        sides = _keys(frame, branch, columns)
    except ModelError as error:
        raise ModelError(f"{where}: {error}") from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise ModelError(f"{where}: an expression cannot be worked out on these records") from None
    (rows, keys), (others, other_keys) = (_sorted(*side) for side in sides)
    height = frame.height + 1
    place = other_keys * height + others
    firsts = np.searchsorted(place, keys * height + rows, side="right")
    lasts = np.searchsorted(place, (keys + 1) * height, side="left")
    made = Entries(rows, keys, firsts, lasts, others)
    total = int(made.ahead.sum())
    if total > MOST_PAIRS:
        raise ModelError(
            f"{where}: {total:,} pairs, and {MOST_PAIRS:,} are the most one rule may give; "
            "add a condition to it (`famlink link --plan` counts the pairs of each)"
        )
    return made, ((rows, keys), (others, other_keys))


def _keys(
    frame: pl.DataFrame, branch: Branch, columns: Mapping[str, str]
) -> tuple[tuple[Rows, NDArray[np.int64]], tuple[Rows, NDArray[np.int64]]]:
    """Rows and keys of each side; a record with a part missing has no key."""
    frame = frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("at"))
    nodes = [node for pair in branch.keys for node in pair]
    names = columns_in(nodes)
    known = fields_of(frame, names, columns)
    if branch.filter is not None and branch.exploded & {name.lower() for name in columns_in([branch.filter])}:
        raise ModelError("an exploded list is used beyond an equality")
    frame, known = _exploded(frame, known, branch.exploded)
    rows = frame["at"].to_numpy()
    if not branch.keys:
        keys = np.zeros(len(rows), dtype=np.int64)
        return (rows, keys), (rows, keys)
    left = right = np.zeros(len(rows), dtype=np.int64)
    for one, other in branch.keys:
        kind = common([translated(one, known), translated(other, known)])[1]
        if kind == LIST:
            raise ModelError("a list is joined on; name it in arrays_to_explode")
        exprs = [as_kind(translated(node, known), kind).alias(side) for node, side in ((one, "l"), (other, "r"))]
        made = frame.with_columns(exprs)
        (a, b), values = coded([made["l"], made["r"]], kind)
        left, right = _combined((left, a), (right, b), len(values))
    return _present(rows, left), _present(rows, right)


def _exploded(frame: pl.DataFrame, known: Known, names: Iterable[str]) -> tuple[pl.DataFrame, dict[Node, Typed]]:
    found = dict(known)
    for column in known:
        if isinstance(column, Column) and column.name.lower() in names:
            if found[column].kind != LIST:
                raise ModelError(f"the column {column.name!r} is exploded and holds no lists")
            made = f"exploded {column.name}"
            frame = frame.with_columns(found[column].expr.alias(made)).explode(made, empty_as_null=True)
            found[column] = Typed(pl.col(made), kind_of(frame.schema[made]))
    return frame, found


def _combined(
    left: tuple[NDArray[np.int64], Rows], right: tuple[NDArray[np.int64], Rows], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Keys with one part more, numbered anew so that they stay small."""
    both = [
        np.where((so_far < 0) | (codes < 0), -1, so_far * max(size, 1) + codes.astype(np.int64))
        for so_far, codes in (left, right)
    ]
    values, dense = np.unique(np.concatenate(both), return_inverse=True)
    shifted = dense.astype(np.int64) - int(len(values) > 0 and values[0] < 0)
    return shifted[: len(both[0])], shifted[len(both[0]) :]


def _present(rows: Rows, keys: NDArray[np.int64]) -> tuple[Rows, NDArray[np.int64]]:
    return rows[keys >= 0], keys[keys >= 0]


def _sorted(rows: Rows, keys: NDArray[np.int64]) -> tuple[Rows, NDArray[np.int64]]:
    """By key, then row; a record that has a key twice has it once."""
    order = np.lexsort((rows, keys))
    rows, keys = rows[order], keys[order]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (np.diff(rows) != 0) | (np.diff(keys) != 0)
    return rows[first], keys[first]
