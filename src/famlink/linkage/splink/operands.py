"""What conditions read of each record, worked out once a record and turned into numbers for the kernel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.errors import ModelError
from famlink.linkage.splink import kinds
from famlink.linkage.splink.conditions import EQUAL, KNOWN, TRUE, Measurement
from famlink.linkage.splink.expressions import Known, translated
from famlink.linkage.splink.kinds import DATE, FLAG, LIST, NUMBER, TEXT, Typed
from famlink.linkage.splink.tree import Column, Node, walk
from famlink.schema import EXTRA

if TYPE_CHECKING:
    from famlink.kernels.conditions import Operands

_HIDDEN = ("row", "part", "origin")
_WHOLE_DAYS = ("day", "uncertain")
_TEXTS = ("jaro_winkler", "jaro", "levenshtein", "damerau", "jaccard")
_BEST = ("best_jaro_winkler", "best_jaro", "best_levenshtein", "best_damerau")
_OF_LISTS = ("intersection", *_BEST)
_MOST_VALUES = 1 << 28


@dataclass(frozen=True)
class Operand:
    """Something read of one record, as values of one kind."""

    node: Node
    kind: str


@dataclass(frozen=True)
class Read:
    """Every operand of some conditions, as numbers.

    Args:
        values: the arrays that kernels read.
        columns: operand -> column of ``values.codes``.
        lists: operand of a list -> row of ``values.list_starts``.
        bases: operand -> id of the first value of its domain.
        sizes: operand -> how many values its domain has.
        known: column -> what it is in the frame of records.
    """

    values: Operands
    columns: Mapping[Operand, int]
    lists: Mapping[Operand, int]
    bases: Mapping[Operand, int]
    sizes: Mapping[Operand, int]
    known: Known


def fields_of(frame: pl.DataFrame, names: Iterable[str], columns: Mapping[str, str]) -> dict[Node, Typed]:
    """What the columns of a settings file are in the frame of records.

    A date known only by its month or year is null: it has no day that could agree.

    Args:
        frame: merged standardised records.
        names: the columns the settings read.
        columns: the settings' column -> famlink field, where the names differ.

    Returns:
        column -> expression and kind.

    Raises:
        ModelError: a column is no field of these records; the message names it and the fields there are.
    """
    found: dict[Node, Typed] = {}
    for name in sorted(set(names)):
        field = field_of(name, frame.columns, columns)
        expr = pl.col(field)
        precision = f"{field}_precision"
        if precision in frame.columns:
            expr = pl.when(pl.col(precision).is_in(_WHOLE_DAYS)).then(expr)
        found[Column(name)] = Typed(expr, kinds.kind_of(frame.schema[field]))
    return found


def field_of(name: str, fields: Sequence[str], columns: Mapping[str, str]) -> str:
    """The field that a column of a settings file is.

    Args:
        name: the column; capitals do not matter, as in SQL.
        fields: the fields there are.
        columns: the settings' column -> famlink field, where the names differ.

    Returns:
        the field.

    Raises:
        ModelError: there is none; the message names the column and the fields.

    Example:
        >>> field_of("First_Name", ["forename", "extra.ward"], {"first_name": "forename"})
        'forename'
        >>> field_of("ward", ["forename", "extra.ward"], {})
        'extra.ward'
    """
    chosen = {theirs.lower(): ours for theirs, ours in columns.items()}
    wanted = chosen.get(name.lower(), name)
    shown = {field.lower(): field for field in fields if field not in _HIDDEN}
    for form in (wanted.lower(), (EXTRA + wanted).lower()):
        if form in shown:
            return shown[form]
    exist = ", ".join(sorted(field.removeprefix(EXTRA) for field in shown.values()))
    raise ModelError(
        f"the column {name!r} of the settings is no field of these records{'' if wanted == name else f' ({wanted!r})'}; map "
        f"it in hub.toml under [link.splink.columns] as {name} = a field; the fields are {exist}"
    )


def operands_of(measurement: Measurement, known: Known) -> tuple[Operand | None, Operand | None]:
    """The operands of a measurement; None for the constant that is always there.

    Args:
        measurement: not one that is given.
        known: what the columns are.

    Returns:
        the left and the right one.

    Raises:
        ModelError: their kinds do not fit the measurement.
    """
    nodes = (measurement.left, measurement.right)
    if measurement.op == KNOWN:
        found = [translated(node, known).kind for node in nodes]
        left, right = (None if node == TRUE else Operand(node, kind) for node, kind in zip(nodes, found, strict=True))
        return left, right
    if measurement.op in _TEXTS:
        for node in nodes:
            if translated(node, known).kind not in (TEXT, DATE):
                raise ModelError(f"{measurement.op} is of texts; cast the column to varchar")
        return Operand(nodes[0], TEXT), Operand(nodes[1], TEXT)
    if measurement.op in _OF_LISTS:
        if any(translated(node, known).kind != LIST for node in nodes):
            raise ModelError("elements of two lists are compared, and one side is no list")
        return Operand(nodes[0], LIST), Operand(nodes[1], LIST)
    pair = [translated(node, known) for node in nodes]
    if measurement.op == "difference":
        kind = DATE if all(one.kind == DATE for one in pair) else NUMBER
        return Operand(nodes[0], kind), Operand(nodes[1], kind)
    if measurement.op != EQUAL:
        raise ModelError(f"{measurement.op} is not measured of values")
    if TRUE in nodes and any(one.kind not in (FLAG, kinds.NOTHING) for one in pair):
        raise ModelError(f"a {next(one.kind for one in pair if one.kind != FLAG)} stands where a condition is expected")
    kind = kinds.common(pair)[1]
    if kind == LIST:
        raise ModelError("lists are compared as wholes; compare the size of their list_intersect")
    kind = TEXT if kind == kinds.NOTHING else kind
    return Operand(nodes[0], kind), Operand(nodes[1], kind)


def read(
    frame: pl.DataFrame,
    measurements: Iterable[Measurement],
    counted: Iterable[Node],
    known: Known,
    *,
    bytewise: bool,
) -> Read:
    """Work out every operand of every record.

    Args:
        frame: merged standardised records.
        measurements: what is measured, none of them given.
        counted: columns whose values are counted.
        known: what the columns are.
        bytewise: whether letters are bytes.

    Returns:
        the operands as numbers.

    Raises:
        ModelError: an expression cannot be worked out, or there are too many values.
    """
    from famlink.kernels.conditions import Operands

    alike, presence, lettered, listed = _grouped(measurements, counted, known)
    series = _worked_out(frame, [*alike, *presence], known)
    domains: dict[int, list[Operand]] = {}
    for operand, group in alike.items():
        domains.setdefault(group, []).append(operand)
    codes = np.full((frame.height, len(alike) + len(presence)), -1, dtype=np.int32)
    columns: dict[Operand, int] = {}
    bases: dict[Operand, int] = {}
    sizes: dict[Operand, int] = {}
    texts, numbers, ragged = [], [], {}
    size = 0
    for members in domains.values():
        ids_of, values = coded([series[operand] for operand in members], members[0].kind)
        for operand, ids in zip(members, ids_of, strict=True):
            columns[operand], bases[operand], sizes[operand] = len(columns), size, len(values)
            if operand in listed:
                codes[:, columns[operand]] = np.where(series[operand].is_null().to_numpy(), -1, 0)
                ragged[operand] = _ragged(series[operand], ids + size, frame.height)
            else:
                codes[:, columns[operand]] = np.where(ids < 0, -1, ids + size)
        texts.append(values if lettered & set(members) else pl.Series([""] * len(values), dtype=pl.String))
        numbers.append(
            values.cast(pl.Float64).to_numpy() if members[0].kind not in (TEXT, LIST) else np.zeros(len(values))
        )
        size += len(values)
    if size >= _MOST_VALUES:
        raise ModelError(f"{size:,} different values are compared; {_MOST_VALUES - 1:,} are the most")
    for operand in presence:
        columns[operand] = len(columns)
        codes[:, columns[operand]] = np.where(series[operand].is_null().to_numpy(), -1, 0)
    starts, letters, masks = _letters(texts, bytewise=bytewise)
    list_starts = np.stack([one[0] for one in ragged.values()]) if ragged else np.zeros((1, 1), dtype=np.int64)
    offsets = np.cumsum([0, *(len(one[1]) for one in ragged.values())])[:-1]
    elements = np.concatenate([np.zeros(0, dtype=np.int32), *(one[1] for one in ragged.values())])
    return Read(
        values=Operands(
            codes=codes,
            starts=starts,
            letters=letters,
            masks=masks,
            numbers=np.concatenate([np.zeros(0), *numbers]),
            list_starts=list_starts + offsets[:, None] if ragged else list_starts,
            elements=elements,
        ),
        columns=columns,
        lists={operand: place for place, operand in enumerate(ragged)},
        bases=bases,
        sizes=sizes,
        known=known,
    )


def column_of(operand: Operand | None, columns: Mapping[Operand, int]) -> int:
    """The column of an operand's codes, -1 for the constant; presence is read off any column of the same expression."""
    if operand is None:
        return -1
    if operand in columns:
        return columns[operand]
    return next(place for other, place in columns.items() if other.node == operand.node and other.kind in (TEXT, LIST))


def columns_in(nodes: Iterable[Node]) -> set[str]:
    """The names of the columns that expressions read."""
    return {part.name for node in nodes for part in walk(node) if isinstance(part, Column) and part.side != "bound"}


def _grouped(
    measurements: Iterable[Measurement], counted: Iterable[Node], known: Known
) -> tuple[dict[Operand, int], list[Operand], set[Operand], set[Operand]]:
    """Operands by domain (values that are compared share one), those only asked to be there, texts, and lists."""
    domain: dict[Operand, int] = {}
    lettered: set[Operand] = set()
    present: list[Operand] = []

    def joined(one: Operand, other: Operand) -> None:
        a, b = (domain.setdefault(operand, len(domain)) for operand in (one, other))
        for operand, group in domain.items():
            domain[operand] = a if group == b else group

    for measurement in measurements:
        left, right = operands_of(measurement, known)
        if measurement.op == KNOWN:
            present += [operand for operand in (left, right) if operand is not None]
            continue
        assert left is not None
        assert right is not None
        joined(left, right)
        if measurement.op in (*_TEXTS, *_BEST):
            lettered |= {left, right}
    for node in counted:
        operand = Operand(node, translated(node, known).kind)
        joined(operand, operand)
    there = {operand.node for operand in domain if operand.kind in (TEXT, LIST)}
    presence = [one for one in dict.fromkeys(present) if one not in domain and one.node not in there]
    listed = {operand for operand in domain if operand.kind == LIST}
    return dict(sorted(domain.items(), key=lambda item: item[1])), presence, lettered, listed


def _worked_out(frame: pl.DataFrame, operands: list[Operand], known: Known) -> dict[Operand, pl.Series]:
    exprs = [
        as_kind(translated(operand.node, known), operand.kind).alias(f"o{n}") for n, operand in enumerate(operands)
    ]
    try:
        worked = frame.with_columns(exprs)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        raise ModelError("an expression of the settings cannot be worked out on these records") from None
    return {operand: worked[f"o{n}"] for n, operand in enumerate(operands)}


def as_kind(value: Typed, kind: str) -> pl.Expr:
    """The value as values of one kind that can be numbered: dates and times as whole numbers."""
    if kind == TEXT:
        return kinds.as_text(value)
    if kind == NUMBER:
        return kinds.as_number(value)
    if kind == DATE:
        return kinds.as_day(value).cast(pl.Int32)
    if kind == kinds.TIME:
        return kinds.as_time(value).cast(pl.Int64)
    return value.expr.cast(pl.Boolean).cast(pl.UInt8) if kind == FLAG else value.expr


def coded(members: list[pl.Series], kind: str) -> tuple[list[NDArray[np.int32]], pl.Series]:
    """The code of each value in each member, -1 null, and the values in code order; of lists, of each element."""
    flat = [_elements(series) if kind == LIST else series for series in members]
    flat = [series.rename("value") for series in flat]
    values = pl.concat([series.unique() for series in flat]).unique().drop_nulls().sort()
    if kind in (TEXT, LIST):
        as_codes = pl.Enum(values)
        coded = [series.cast(as_codes).to_physical().cast(pl.Int32).fill_null(-1).to_numpy() for series in flat]
    else:
        sorted_values = values.to_numpy()
        coded = []
        for series in flat:
            place = np.searchsorted(sorted_values, series.fill_null(values[0] if len(values) else 0).to_numpy())
            coded.append(np.where(series.is_null().to_numpy(), -1, place))
    return [codes.astype(np.int32) for codes in coded], values


def _elements(lists: pl.Series) -> pl.Series:
    """Every element of every list, in order."""
    return lists.drop_nulls().explode(empty_as_null=False).cast(pl.String)


def _ragged(lists: pl.Series, ids: NDArray[np.int32], height: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """First element of each record's list (one more than records), and elements sorted within each, each once."""
    sizes = lists.list.len().fill_null(0).to_numpy()
    rows = np.repeat(np.arange(height, dtype=np.int64), sizes)
    # A null element is in no intersection.
    kept = _elements(lists).is_not_null().to_numpy()
    pairs = np.unique(np.stack([rows[kept], ids[kept].astype(np.int64)], axis=1), axis=0)
    starts = np.concatenate([[0], np.cumsum(np.bincount(pairs[:, 0], minlength=height))]).astype(np.int64)
    return starts, pairs[:, 1].astype(np.int32)


def _letters(
    parts: list[pl.Series], *, bytewise: bool
) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint64]]:
    """Letters of every value one after another, where each value begins, and which letters it has."""
    texts = (
        pl.concat([part.rename("text").cast(pl.String) for part in parts]) if parts else pl.Series([], dtype=pl.String)
    )
    whole = "".join(texts.to_list())
    if bytewise:
        letters = np.frombuffer(whole.encode(), dtype=np.uint8).astype(np.uint32)
        sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
    else:
        letters = np.frombuffer(whole.encode("utf-32-le"), dtype=np.uint32)
        sizes = texts.str.len_chars().to_numpy().astype(np.int64)
    starts = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(sizes)])
    masks = np.zeros(len(sizes), dtype=np.uint64)
    filled = sizes > 0
    if filled.any():
        bits = np.uint64(1) << (letters % np.uint32(64)).astype(np.uint64)
        masks[filled] = np.bitwise_or.reduceat(bits, starts[:-1][filled])
    return starts, letters, masks
