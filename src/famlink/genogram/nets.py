"""The family as nodes on rows: people, slots, stubs and the points where long lines pass a row.

Every line of descent becomes a *net* between two neighbouring rows: one point above (the middle of a couple, or a single
node) and the nodes below it. Whatever does not fit that (a couple on two rows, a child two rows down) is made to fit by
nodes without a symbol, so that ordering and coordinates know one kind of thing only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from famlink.genogram.family import Family, ParentLink, Union
from famlink.genogram.generations import generations

PERSON, SLOT, STUB, PASS = "person", "slot", "stub", "pass"
_TWO = 2


@dataclass
class Node:
    """A place on a row: a person, a slot (parent not recorded), a stub (side exit) or a passing line."""

    kind: str
    name: str
    row: int


@dataclass
class Couple:
    """Two nodes joined by a bar on their row: partners, a parent and a slot, or a parent and a stub.

    ``role`` is ``partners``, ``slot``, ``stub`` (a side exit) or ``care`` (a link that cannot point down).
    """

    left: int
    right: int
    union: str
    role: str
    child: str = ""


@dataclass
class Net:
    """A drop from ``top`` (two nodes: their middle; one: that node; none: a bracket) to the nodes of the next row.

    ``slant``: it is no descent, but brings one partner down to the row of the other.
    """

    union: str
    top: tuple[int, ...]
    bottom: list[int]
    row: int
    slant: bool = False


@dataclass
class Graph:
    """Nodes, couples and nets of one connected family."""

    nodes: list[Node] = field(default_factory=list)
    couples: list[Couple] = field(default_factory=list)
    nets: list[Net] = field(default_factory=list)
    where: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, name: str, row: int) -> int:
        """Add a node and return its place."""
        self.nodes.append(Node(kind, name, row))
        return len(self.nodes) - 1


def graph_of(family: Family) -> Graph:
    """Turn one connected family into nodes, couples and nets.

    Args:
        family: a checked family, connected by unions and links.

    Returns:
        the graph; every union is a couple, a net or both; every child link is the bottom of one net or a ``care`` couple.
    """
    rows = generations(family)
    graph = Graph()
    for person in family.people:
        graph.where[person.id] = graph.add(PERSON, person.id, rows.row[person.id])
    slots = set(family.slots())
    children: dict[str, list[ParentLink]] = defaultdict(list)
    for link in family.links:
        children[link.union].append(link)
    for union in family.unions:
        down = [k for k in children[union.id] if (k.child, k.union) not in rows.upward]
        top, row = _top(graph, union, slots, has_children=bool(down))
        if down:
            _descend(
                graph, union.id, top, row if row >= 0 else _above(graph, down), [graph.where[k.child] for k in down]
            )
        for link in children[union.id]:
            if (link.child, link.union) in rows.upward:
                _aside(graph, union, link.child)
    return graph


def _above(graph: Graph, links: list[ParentLink]) -> int:
    return min(graph.nodes[graph.where[k.child]].row for k in links) - 1


def _top(graph: Graph, union: Union, slots: set[str], *, has_children: bool) -> tuple[tuple[int, ...], int]:
    """Draw the union's own bar; return the nodes its drop starts from, and their row."""
    if not union.partners:
        return (), -1
    if len(union.partners) == _TWO:
        a, b = (graph.where[p] for p in union.partners)
        if graph.nodes[a].row > graph.nodes[b].row:
            a, b = b, a
        row = graph.nodes[b].row
        if graph.nodes[a].row < row:
            a = _lower(graph, union.id, a, row)
        graph.couples.append(Couple(a, b, union.id, "partners"))
        return (a, b), row
    (parent,) = (graph.where[p] for p in union.partners)
    row = graph.nodes[parent].row
    if union.id in slots:
        slot = graph.add(SLOT, f"slot:{union.id}", row)
        graph.couples.append(Couple(parent, slot, union.id, "slot"))
        return (parent, slot), row
    if not has_children:
        return (parent,), row
    stub = graph.add(STUB, f"stub:{union.id}", row)
    graph.couples.append(Couple(parent, stub, union.id, "stub"))
    return (stub,), row


def _lower(graph: Graph, union: str, upper: int, row: int) -> int:
    """Bring a node down to a row by a side exit and passing lines; return the node that stands for it there."""
    stub = graph.add(STUB, f"stub:{union}:{upper}", graph.nodes[upper].row)
    graph.couples.append(Couple(upper, stub, union, "stub"))
    last = stub
    for step in range(graph.nodes[upper].row + 1, row + 1):
        node = graph.add(PASS, f"pass:{union}:{upper}:{step}", step)
        graph.nets.append(Net(union, (last,), [node], step - 1, slant=True))
        last = node
    return last


def _descend(graph: Graph, union: str, top: tuple[int, ...], row: int, below: list[int]) -> None:
    """Nets from a drop to children on one or more rows; a line to a deeper child passes the rows between."""
    while below:
        here = [n for n in below if graph.nodes[n].row == row + 1]
        below = [n for n in below if graph.nodes[n].row > row + 1]
        if below:
            here.append(graph.add(PASS, f"pass:{union}:{row + 1}", row + 1))
        graph.nets.append(Net(union, top, here, row))
        top, row = (here[-1],), row + 1


def _aside(graph: Graph, union: Union, child: str) -> None:
    """A child that does not stand below the union: an adult sibling who cares for it, or an impossible descent."""
    bottom = graph.where[child]
    parents = [graph.where[p] for p in union.partners if p != child]
    if not parents:
        graph.couples.append(Couple(bottom, bottom, union.id, "care", child))
        return
    parent = max(parents, key=lambda n: (graph.nodes[n].row, -n))
    upper, lower = sorted((parent, bottom), key=lambda n: graph.nodes[n].row)
    if graph.nodes[upper].row < graph.nodes[lower].row:
        upper = _lower(graph, union.id, upper, graph.nodes[lower].row)
    graph.couples.append(Couple(upper, lower, union.id, "care", child))
