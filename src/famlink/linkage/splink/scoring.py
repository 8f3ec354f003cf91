"""Pairs of records weighed by a Splink model: operands once a record, levels and weights by the kernel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.errors import ModelError
from famlink.linkage.splink.conditions import (
    ALWAYS,
    EQUAL,
    GIVEN,
    KNOWN,
    MEASURES,
    Alternatives,
    Fact,
    Meanings,
    Measurement,
    measurement_of,
)
from famlink.linkage.splink.expressions import translated
from famlink.linkage.splink.kinds import NUMBER, Typed, as_flag
from famlink.linkage.splink.model import SplinkModel
from famlink.linkage.splink.operands import Operand, Read, column_of, columns_in, fields_of, operands_of, read
from famlink.linkage.splink.tree import Column, Literal, Node, children, sideless, sides

if TYPE_CHECKING:
    from famlink.kernels.conditions import Bits, Conditions

_T = TypeVar("_T")
Rows = NDArray[np.int32]
Levels = NDArray[np.int8]
Floats = NDArray[np.float64]

MEMO_BITS = 18
"""2**18 places of eight bytes remember the grades of one measurement."""

_COSTS = {KNOWN: 0, EQUAL: 0, GIVEN: 1, "difference": 2, "intersection": 2}
_NOT_KEPT = (KNOWN, EQUAL, GIVEN, "intersection")


@dataclass(frozen=True)
class Clause:
    """A level and when it applies."""

    level: int
    when: Alternatives


@dataclass(frozen=True)
class Given:
    """A condition that is worked out for each pair by polars.

    Args:
        expr: of a frame with the columns below.
        sources: column -> (side, what is read of the record of that side).
        measured: column -> measurement of the pair.
    """

    expr: pl.Expr
    sources: Mapping[str, tuple[str, Node]]
    measured: Mapping[str, Measurement]


class Scorer:
    """Compares and weighs pairs of some records by a Splink model.

    Args:
        frame: merged standardised records, in row order.
        model: the model.
        population: the records whose values are counted; None: these.
        filters: conditions of blocking rules beside their keys.

    Raises:
        ModelError: a column is no field of the records, or a level's condition cannot be worked out; both are named.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        model: SplinkModel,
        *,
        population: pl.DataFrame | None = None,
        filters: Sequence[tuple[str, Node]] = (),
    ) -> None:
        self.model, self.settings, self.frame = model, model.settings, frame
        columns = model.field_names
        self.columns = columns
        meanings = Meanings()
        comparisons: list[list[Clause]] = []
        named: dict[Measurement, str] = {}
        conditions: list[tuple[str, Node]] = []
        for comparison in self.settings.comparisons:
            clauses = []
            for level in comparison.levels:
                if level.condition is not None:
                    place = f"comparison {comparison.name!r}, level {level.label!r}"
                    conditions.append((place, level.condition))
                    clauses.append(Clause(level.value, _held(meanings, level.condition, place, named)))
            comparisons.append(clauses)
        self.tests = []
        for place, condition in filters:
            conditions.append((place, condition))
            self.tests.append([Clause(1, _held(meanings, condition, place, named))])
        self.counted = {level.column for c in self.settings.comparisons for level in c.levels if level.column}
        names = columns_in(node for _, node in conditions) | self.counted
        known = fields_of(frame, names, columns)
        counted = [Column(name) for name in sorted(self.counted)]
        for measurement in meanings.cuts:
            if measurement.op != GIVEN:
                _checked(named[measurement], lambda m=measurement: operands_of(m, known))  # type: ignore[misc]
        self.given = {
            m: _checked(named[m], lambda m=m: _given(m.left, known))  # type: ignore[misc]
            for m in meanings.cuts
            if m.op == GIVEN
        }
        measured = {m for given in self.given.values() for m in given.measured.values()}
        self.read: Read = read(
            frame, [*(m for m in meanings.cuts if m.op != GIVEN), *measured], counted, known, bytewise=model.bytewise
        )
        self.sources = _sources(frame, self.given.values(), known)
        self.measurements = tuple(meanings.cuts)
        self.cuts = {m: sorted(cuts) for m, cuts in meanings.cuts.items()}
        self.conditions = self._conditions(comparisons)
        self.tested = [self._conditions([clauses]) for clauses in self.tests]
        self.bits = self._bits(frame if population is None else population, columns)

    def levels(self, left: Rows, right: Rows) -> Levels:
        """Compare pairs: pair x comparison, the comparison vector value of each."""
        return self._graded(left, right, self.conditions)

    def passes(self, number: int, left: Rows, right: Rows) -> NDArray[np.bool_]:
        """Whether pairs meet one of the filters."""
        found: NDArray[np.bool_] = self._graded(left, right, self.tested[number])[:, 0] == 1
        return found

    def weigh(self, left: Rows, right: Rows, levels: Levels | None = None) -> Floats:
        """Weigh pairs: pair x (match weight, weight without prior and term frequencies), in bits."""
        from famlink.kernels.conditions import weigh_pairs

        levels = self.levels(left, right) if levels is None else levels
        out = np.empty((len(left), 2), dtype=np.float64)
        weigh_pairs(left, right, levels, self.read.values.codes, self.bits, out)
        return out

    def _graded(self, left: Rows, right: Rows, conditions: Conditions) -> Levels:
        from famlink.kernels.conditions import grade_pairs

        out = np.empty((len(left), len(conditions.comparisons)), dtype=np.int8)
        grade_pairs(left, right, self._given_of(left, right, conditions), self.read.values, conditions, out)
        return out

    def _given_of(self, left: Rows, right: Rows, conditions: Conditions) -> Levels:
        """The conditions that are worked out for each pair: 1 holds, 0 does not, -1 null."""
        from famlink.kernels import conditions as kernel

        wanted = conditions.features[conditions.features[:, 0] == kernel.GIVEN, kernel.LEFT]
        out = np.zeros((len(left), len(self.given)), dtype=np.int8)
        if not len(wanted) or not len(left):
            return out
        givens = list(self.given.values())
        rows = {"l": pl.Series(left), "r": pl.Series(right)}
        columns: dict[str, pl.Series] = {}
        for place in wanted:
            for name, (side, node) in givens[place].sources.items():
                if name not in columns:
                    columns[name] = self.sources[node].gather(rows[side]).alias(name)
            for name, measurement in givens[place].measured.items():
                if name not in columns:
                    columns[name] = self._measured(measurement, left, right).alias(name)
        frame = pl.DataFrame({"pair": np.arange(len(left)), **columns})
        exprs = [givens[place].expr.cast(pl.Int8).fill_null(-1).alias(f"g{place}") for place in wanted]
        try:
            flags = frame.with_columns(exprs)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            raise ModelError("a condition of the settings cannot be worked out on these records") from None
        for place in wanted:
            out[:, place] = flags[f"g{place}"].to_numpy()
        return out

    def _measured(self, measurement: Measurement, left: Rows, right: Rows) -> pl.Series:
        from famlink.kernels import conditions as kernel

        one, other = operands_of(measurement, self.read.known)
        columns = (column_of(one, self.read.columns), column_of(other, self.read.columns))
        out = np.empty(len(left), dtype=np.float64)
        kernel.measure_pairs(getattr(kernel, measurement.op.upper()), left, right, columns, self.read.values, out)
        return pl.Series(out).replace(-1.0, None)

    def _conditions(self, comparisons: Sequence[Sequence[Clause]]) -> Conditions:
        """Clauses as the tables that the kernel is driven by."""
        from famlink.kernels import conditions as kernel

        used = {fact.measurement for clauses in comparisons for c in clauses for some in c.when for fact in some}
        measurements = [m for m in self.measurements if m in used]
        place = {measurement: number for number, measurement in enumerate(measurements)}
        given = {measurement: number for number, measurement in enumerate(self.given)}
        features: list[list[int]] = []
        cuts: list[float] = []
        memos = 0
        bits = MEMO_BITS if self.frame.height > 2000 else 10
        for m in measurements:
            if m.op == GIVEN:
                features.append([kernel.GIVEN, given[m], given[m], 0, 0, 0, 0, 0, 0])
                continue
            one, other = operands_of(m, self.read.known)
            lists = [self.read.lists.get(operand, 0) if operand else 0 for operand in (one, other)]
            columns = [column_of(operand, self.read.columns) for operand in (one, other)]
            memo = m.op not in _NOT_KEPT and not m.op.startswith("best_")
            features.append(
                [
                    getattr(kernel, m.op.upper()),
                    *columns,
                    len(cuts),
                    len(self.cuts[m]),
                    memos << bits,
                    (1 << bits) - 1,
                    *lists,
                ]
            )
            cuts += self.cuts[m]
            memos += memo
        spans: list[tuple[int, int]] = []
        clause_rows: list[tuple[int, int, int]] = []
        terms: list[tuple[int, int]] = []
        for clauses in comparisons:
            first = len(clause_rows)
            for clause in clauses:
                for masks in _masks(clause.when, place, self.cuts):
                    begin = len(terms)
                    terms += sorted(masks.items(), key=lambda item: (_COSTS.get(measurements[item[0]].op, 3), item[0]))
                    clause_rows.append((clause.level, begin, len(terms)))
            spans.append((first, len(clause_rows)))
        return kernel.Conditions(
            features=np.array(features, dtype=np.int64).reshape(-1, 9),
            cuts=np.array(cuts, dtype=np.float64),
            comparisons=np.array(spans, dtype=np.int64).reshape(-1, 2),
            clauses=np.array(clause_rows, dtype=np.int64).reshape(-1, 3),
            terms=np.array(terms, dtype=np.int64).reshape(-1, 2),
            memo=np.zeros(max(memos, 1) << bits, dtype=np.uint64),
        )

    def _bits(self, population: pl.DataFrame, columns: Mapping[str, str]) -> Bits:
        """The model's weights as the tables that the kernel reads."""
        from famlink.kernels.conditions import Bits

        logs: list[Floats] = []
        begins: dict[str, int] = {}
        places: dict[str, int] = {}
        size = 0
        for name in sorted(self.counted):
            operand = Operand(Column(name), translated(Column(name), self.read.known).kind)
            shares = self._shares(name, operand, population, columns)
            begins[name] = size - self.read.bases[operand]
            places[name] = self.read.columns[operand]
            logs.append(shares)
            size += len(shares)
        rows: list[tuple[float, float, float, float, int, int]] = []
        offsets = []
        for comparison in self.settings.comparisons:
            offsets.append(len(rows))
            rows.append((0.0, 0.0, 0.0, 0.0, -1, 0))
            told = sorted((level for level in comparison.levels if level.value >= 0), key=lambda level: level.value)
            for level in told:
                least = math.log2(level.least) if level.least > 0.0 else -1e300
                place = (places[level.column], begins[level.column]) if level.column else (-1, 0)
                rows.append((math.log2(level.m / level.u), level.weight, math.log2(level.usual), least, *place))
        table = list(zip(*rows, strict=True))
        prior = self.settings.prior
        return Bits(
            prior=math.log2(prior / (1.0 - prior)),
            offsets=np.array(offsets, dtype=np.int64),
            bits=np.array(table[0], dtype=np.float64),
            share=np.array(table[1], dtype=np.float64),
            usual=np.array(table[2], dtype=np.float64),
            least=np.array(table[3], dtype=np.float64),
            columns=np.array(table[4], dtype=np.int64),
            bases=np.array(table[5], dtype=np.int64),
            logs=np.concatenate([np.zeros(0), *logs]),
        )

    def _shares(self, name: str, operand: Operand, population: pl.DataFrame, columns: Mapping[str, str]) -> Floats:
        """log2 of the share of records that have each value of the operand's domain."""
        base, size = self.read.bases[operand], self.read.sizes[operand]
        if population is self.frame:
            codes = self.read.values.codes[:, self.read.columns[operand]]
            counts = np.bincount(codes[codes >= 0] - base, minlength=size)
            total = int(counts.sum())
        else:
            expr = fields_of(population, [name], columns)[Column(name)].expr
            own = self.frame.select(fields_of(self.frame, [name], columns)[Column(name)].expr.alias("value"))["value"]
            counted = population.select(expr.alias("value"))["value"].drop_nulls()
            total = len(counted)
            codes = self.read.values.codes[:, self.read.columns[operand]]
            counts = np.zeros(size, dtype=np.int64)
            for code, value in zip(codes.tolist(), own.to_list(), strict=True):
                if code >= 0:
                    counts[code - base] = int((counted == value).sum())
        with np.errstate(divide="ignore"):
            return np.asarray(np.log2(counts / max(total, 1)), dtype=np.float64)


def _held(meanings: Meanings, condition: Node, place: str, named: dict[Measurement, str]) -> Alternatives:
    before = set(meanings.cuts)
    found = _checked(place, lambda: meanings.holds(condition))
    for measurement in set(meanings.cuts) - before:
        named[measurement] = place
    return found


def _checked(place: str, work: Callable[[], _T]) -> _T:
    try:
        return work()
    except ModelError as error:
        raise ModelError(
            f"{place}: {error}; change the condition (docs/how-to/splink-model.md says what is known)"
        ) from None


def _given(condition: Node, known: Mapping[Node, Typed]) -> Given:
    """Part a condition into what is read of each record, what the kernel measures, and what is left for polars."""
    sources: dict[str, tuple[str, Node]] = {}
    measured: dict[str, Measurement] = {}
    parts: dict[Node, Typed] = {}

    def split(node: Node) -> None:
        if node in parts or isinstance(node, Literal):
            return
        where = sides(node)
        if len(where) == 1:
            (side,) = where
            own = sideless(node)
            name = f"{side}:{own!r}"
            sources[name] = (side, own)
            parts[node] = Typed(pl.col(name), translated(own, known).kind)
            return
        found = measurement_of(node)
        if found is not None and found.op in MEASURES.values():
            operands_of(found, known)
            name = f"m:{found!r}"
            measured[name] = found
            parts[node] = Typed(pl.col(name), NUMBER)
            return
        for child in children(node):
            split(child)

    split(condition)
    return Given(as_flag(translated(condition, parts)), sources, measured)


def _sources(frame: pl.DataFrame, given: Iterable[Given], known: Mapping[Node, Typed]) -> dict[Node, pl.Series]:
    nodes = {node for one in given for _, node in one.sources.values()}
    found = {}
    for node in nodes:
        try:
            found[node] = frame.with_columns(translated(node, known).expr.alias("source"))["source"]
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
            raise ModelError("an expression of the settings cannot be worked out on these records") from None
    return found


def _masks(
    when: Alternatives, place: Mapping[Measurement, int], cuts: Mapping[Measurement, Sequence[float]]
) -> Iterable[dict[int, int]]:
    """Each alternative as measurement -> bits of the grades (plus one) that satisfy it; the impossible left out."""
    if when == ALWAYS:
        return [{}]
    found = []
    for some in when:
        masks: dict[int, int] = {}
        for fact in some:
            number = place[fact.measurement]
            masks[number] = masks.get(number, -1) & _mask(fact, cuts[fact.measurement])
        if all(masks.values()):
            found.append(masks)
    # Alternatives come as a set: an order of their own makes the tables the same each time.
    return sorted(found, key=lambda masks: sorted(masks.items()))


def _mask(fact: Fact, cuts: Sequence[float]) -> int:
    if fact.reaches is None:
        return 1
    op = fact.measurement.op
    if op == KNOWN:
        return 2
    if op in (EQUAL, GIVEN):
        return 4 if fact.reaches else 2
    at = cuts.index(fact.cut)
    return sum(1 << (grade + 1) for grade in (range(at + 1, len(cuts) + 1) if fact.reaches else range(at + 1)))
