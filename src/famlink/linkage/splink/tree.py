"""A condition as a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields


@dataclass(frozen=True)
class Node:
    """A part of a condition."""


@dataclass(frozen=True)
class Column(Node):
    """A column of one record: side ``l`` or ``r``; no side once only the record matters."""

    name: str
    side: str = ""


@dataclass(frozen=True)
class Literal(Node):
    """A constant: text, number, true, false or null; 1, 1.0 and true are three constants."""

    value: str | float | int | bool | None
    kind: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", type(self.value).__name__)


@dataclass(frozen=True)
class Call(Node):
    """A function, its name in small letters; operators of arithmetic and comparison are functions too."""

    name: str
    args: tuple[Node, ...]


@dataclass(frozen=True)
class And(Node):
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or(Node):
    """A part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Not(Node):
    """The part does not hold."""

    part: Node


@dataclass(frozen=True)
class IsNull(Node):
    """The part is null."""

    part: Node


@dataclass(frozen=True)
class Case(Node):
    """``CASE WHEN condition THEN value ... ELSE otherwise END``."""

    whens: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True)
class Cast(Node):
    """``CAST(part AS kind)``, the kind in small letters; safe: what cannot be cast is null."""

    part: Node
    kind: str
    safe: bool


@dataclass(frozen=True)
class Arrow(Node):
    """``x -> body``."""

    name: str
    body: Node


COMPARISONS = ("=", "<>", "<=", ">=", "<", ">")


def walk(node: Node) -> Iterator[Node]:
    """The node and every node below it.

    Args:
        node: a tree.

    Yields:
        nodes, parents first.
    """
    yield node
    for child in children(node):
        yield from walk(child)


def children(node: Node) -> Iterator[Node]:
    """The nodes right below one."""
    if isinstance(node, Case):
        for condition, value in node.whens:
            yield condition
            yield value
        yield node.otherwise
        return
    for item in fields(node):
        value = getattr(node, item.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, Node))


def sides(node: Node) -> frozenset[str]:
    """Whose columns a tree reads: none, ``l``, ``r`` or both."""
    return frozenset(part.side for part in walk(node) if isinstance(part, Column))


def rebuilt(node: Node, change: Callable[[Node], Node | None]) -> Node:
    """The tree with some nodes changed.

    Args:
        node: a tree.
        change: the new node for a node, or None to look at what is below it.

    Returns:
        the tree changed.
    """
    changed = change(node)
    if changed is not None:
        return changed
    if isinstance(node, Case):
        whens = tuple((rebuilt(a, change), rebuilt(b, change)) for a, b in node.whens)
        return Case(whens, rebuilt(node.otherwise, change))
    values: dict[str, object] = {}
    for item in fields(node):
        if not item.init:
            continue
        value = getattr(node, item.name)
        if isinstance(value, Node):
            values[item.name] = rebuilt(value, change)
        elif isinstance(value, tuple):
            values[item.name] = tuple(rebuilt(part, change) if isinstance(part, Node) else part for part in value)
        else:
            values[item.name] = value
    return type(node)(**values)


def sideless(node: Node) -> Node:
    """The same expression of one record, whichever side it is on."""
    return rebuilt(node, lambda part: Column(part.name) if isinstance(part, Column) else None)
