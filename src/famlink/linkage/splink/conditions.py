"""What a condition means: alternatives of terms over a few measurements, in SQL's logic of three values.

A condition holds, does not hold, or is null, and only where it holds does its level apply. Each measurement of two records
gives a grade: -1 where it is null, else how many of its cuts it reaches. So "holds", "does not hold" and "is null" of
every simple part are sets of grades, and the rest is and, or, not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from famlink.errors import ModelError
from famlink.linkage.splink.tree import (
    COMPARISONS,
    And,
    Arrow,
    Call,
    Column,
    IsNull,
    Literal,
    Node,
    Not,
    Or,
    sideless,
    sides,
)

EQUAL, KNOWN, GIVEN = "equal", "known", "given"
"""Measurements that are no similarity: the values are one; both are there; worked out beforehand for the pair."""

MEASURES = {
    "jaro_winkler_similarity": "jaro_winkler",
    "jaro_winkler": "jaro_winkler",
    "jaro_winkler_sim": "jaro_winkler",
    "jaro_similarity": "jaro",
    "jaro": "jaro",
    "jaro_sim": "jaro",
    "levenshtein": "levenshtein",
    "editdist3": "levenshtein",
    "damerau_levenshtein": "damerau",
    "damerau_lev": "damerau",
    "jaccard": "jaccard",
    "jaccard_sim": "jaccard",
}
"""Function of two texts -> the measurement; Splink's functions for Spark and SQLite have names of their own."""

_FARTHER = ("levenshtein", "damerau")
_SIZES = ("array_length", "array_size", "len", "length", "cardinality", "size")
_INTERSECTIONS = ("list_intersect", "array_intersect")
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}
MOST_ALTERNATIVES = 48
"""A condition of more is worked out whole, pair by pair, instead."""

TRUE = Literal(value=True)


@dataclass(frozen=True)
class Measurement:
    """What is measured of two records.

    Args:
        op: equal, known, given, jaro_winkler, jaro, levenshtein, damerau, jaccard, difference, intersection, or best_
            and a similarity: of every two elements of two lists the closest.
        left: what is read of the left record; of a given one, the whole condition.
        right: what is read of the right record.
    """

    op: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Fact:
    """A simple part of a condition: a measurement is null, or reaches a cut, or is there and does not.

    Args:
        measurement: of the pair.
        reaches: whether it reaches the cut; None: it is null.
        cut: for the measurements that have cuts.
    """

    measurement: Measurement
    reaches: bool | None
    cut: float = 1.0


Alternatives = frozenset[frozenset[Fact]]
"""Facts of which all of one set must hold."""

ALWAYS: Alternatives = frozenset({frozenset()})
NEVER: Alternatives = frozenset()


@dataclass
class Meanings:
    """The measurements of some conditions, each once.

    Args:
        cuts: measurement -> its cuts; filled as conditions are read.
    """

    cuts: dict[Measurement, set[float]] = field(default_factory=dict)

    def holds(self, condition: Node) -> Alternatives:
        """When a condition holds.

        Args:
            condition: its tree.

        Returns:
            the alternatives.

        Raises:
            ModelError: a part cannot be measured.
        """
        found = self._when(condition, wanted=True)
        if len(found) > MOST_ALTERNATIVES:
            found = self._whole(condition, wanted=True)
        return found

    def _when(self, node: Node, *, wanted: bool) -> Alternatives:
        """When a condition is true, or when it is false."""
        missing = _missing(node)
        if missing is not None:
            return self._fact(missing, reaches=None if wanted else False)
        match node:
            case Not(part):
                return self._when(part, wanted=not wanted)
            case And(parts) | Or(parts):
                each = [self._when(part, wanted=wanted) for part in parts]
                every = isinstance(node, And) is wanted
                return _product(each) if every else frozenset(itertools.chain(*each))
            case IsNull(part):
                return self._null(part, wanted=wanted)
        return self._simple(node, wanted=wanted)

    def _null(self, part: Node, *, wanted: bool) -> Alternatives:
        where = sides(part)
        if where == {"l"}:
            return self._fact(Measurement(KNOWN, sideless(part), TRUE), reaches=None if wanted else False)
        if where == {"r"}:
            return self._fact(Measurement(KNOWN, TRUE, sideless(part)), reaches=None if wanted else False)
        return self._whole(IsNull(part), wanted=wanted)

    def _simple(self, node: Node, *, wanted: bool) -> Alternatives:
        where = sides(node)
        if isinstance(node, Literal):
            return ALWAYS if node.value is wanted else NEVER
        if where == {"l"}:
            return self._fact(Measurement(EQUAL, sideless(node), TRUE), reaches=wanted)
        if where == {"r"}:
            return self._fact(Measurement(EQUAL, TRUE, sideless(node)), reaches=wanted)
        if isinstance(node, Call) and node.name in COMPARISONS:
            name, left, right = node.name, *node.args
            if name in ("=", "<>"):
                sided = _of_both(left, right)
                if sided is not None:
                    return self._fact(Measurement(EQUAL, *sided), reaches=wanted is (name == "="))
            if isinstance(left, Literal):
                name, left, right = _MIRRORED[name], right, left
            measured = measurement_of(left)
            if measured is not None and isinstance(right, Literal) and _is_number(right.value):
                return self._cut(measured, name, float(right.value or 0.0), wanted=wanted)
        return self._whole(node, wanted=wanted)

    def _cut(self, measured: Measurement, name: str, value: float, *, wanted: bool) -> Alternatives:
        """``measure >= value`` and its kin; every comparison is one or two of "reaches a cut"."""
        above = math.nextafter(value, math.inf)
        if name in ("=", "<>"):
            inside = _product(
                [self._fact(measured, reaches=True, cut=value), self._fact(measured, reaches=False, cut=above)]
            )
            outside = self._fact(measured, reaches=False, cut=value) | self._fact(measured, reaches=True, cut=above)
            return inside if wanted is (name == "=") else outside
        cut = above if name in (">", "<=") else value
        return self._fact(measured, reaches=wanted is (name in (">", ">=")), cut=cut)

    def _whole(self, node: Node, *, wanted: bool) -> Alternatives:
        """A condition that is worked out for each pair beforehand."""
        if any(isinstance(part, Arrow) for part in _below(node)):
            raise ModelError("conditions with x -> ... over lists are not known here")
        return self._fact(Measurement(GIVEN, node, TRUE), reaches=wanted)

    def _fact(self, measurement: Measurement, *, reaches: bool | None, cut: float = 1.0) -> Alternatives:
        if measurement.op in (KNOWN, EQUAL, GIVEN):
            self.cuts.setdefault(measurement, set())
        else:
            self.cuts.setdefault(measurement, set()).add(cut)
        return frozenset({frozenset({Fact(measurement, reaches, cut)})})


def measurement_of(node: Node) -> Measurement | None:
    """The measurement an expression of two records is, if it is one.

    Args:
        node: an expression.

    Returns:
        the measurement, or None.

    Example:
        >>> from famlink.linkage.splink.sql import parse
        >>> found = measurement_of(parse("levenshtein(a_l, a_r)", aliases=False))
        >>> found.op, found.left
        ('levenshtein', Column(name='a', side=''))
    """
    if not isinstance(node, Call):
        return None
    closest = _closest(node)
    if closest is not None:
        return closest
    op, pair = "", node.args
    if node.name in MEASURES and len(pair) == 2:
        op = MEASURES[node.name]
    elif node.name == "abs" and isinstance(pair[0], Call) and pair[0].name == "-":
        op, pair = "difference", pair[0].args
    elif node.name in _SIZES and isinstance(pair[0], Call) and pair[0].name in _INTERSECTIONS:
        # Its two sides are not alike where one is null, so only the left record may come first.
        op, pair = ("intersection" if sides(pair[0].args[0]) == {"l"} else ""), pair[0].args
    sided = _of_both(*pair) if op and len(pair) == 2 else None
    return Measurement(op, *sided) if sided else None


def _closest(node: Node) -> Measurement | None:
    """Splink's way to write the closest two elements of two lists come."""
    match node:
        case Call(
            ("list_max" | "list_min") as end,
            (
                Call(
                    "list_transform",
                    (
                        Call(
                            "flatten",
                            (
                                Call(
                                    "list_transform",
                                    (
                                        first,
                                        Arrow(
                                            x,
                                            Call(
                                                "list_transform",
                                                (second, Arrow(y, Call("list", (Column(x2), Column(y2))))),
                                            ),
                                        ),
                                    ),
                                ),
                            ),
                        ),
                        Arrow(
                            p,
                            Call(
                                name,
                                (
                                    Call("element", (Column(p2), Literal(1))),
                                    Call("element", (Column(p3), Literal(2))),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ) if name in MEASURES and MEASURES[name] != "jaccard" and (x, y, p, p) == (x2, y2, p2, p3):
            op = MEASURES[name]
            sided = _of_both(first, second) if (end == "list_min") is (op in _FARTHER) else None
            return Measurement(f"best_{op}", *sided) if sided else None
    return None


def equality_of(node: Node) -> tuple[Node, Node] | None:
    """What the left and the right record must have alike, where a condition is just that.

    Args:
        node: a condition.

    Returns:
        what is read of the left and of the right record, or None.
    """
    if isinstance(node, Call) and node.name == "=":
        return _of_both(*node.args)
    return None


def _of_both(first: Node, second: Node) -> tuple[Node, Node] | None:
    """Two expressions, one of each record, the left one first."""
    where = ("".join(sorted(sides(first))), "".join(sorted(sides(second))))
    if where == ("l", "r"):
        return sideless(first), sideless(second)
    if where == ("r", "l"):
        return sideless(second), sideless(first)
    return None


def _missing(node: Node) -> Measurement | None:
    """``a_l IS NULL OR a_r IS NULL``, which is one question."""
    if isinstance(node, Or) and len(node.parts) == 2:
        first, second = node.parts
        if isinstance(first, IsNull) and isinstance(second, IsNull):
            sided = _of_both(first.part, second.part)
            if sided and sided[0] == sided[1]:
                return Measurement(KNOWN, *sided)
    return None


def _product(each: Iterable[Alternatives]) -> Alternatives:
    found = ALWAYS
    for some in each:
        found = frozenset(a | b for a in found for b in some)
        if len(found) > 4096:
            raise ModelError("the condition has too many alternatives; write it with fewer ORs inside ANDs")
    return found


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _below(node: Node) -> Iterable[Node]:
    from famlink.linkage.splink.tree import walk

    return walk(node)
