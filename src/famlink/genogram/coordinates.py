"""Where each node stands on its row: a convex programme, solved exactly."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from famlink.genogram.nets import PASS, STUB, Graph, Net

CLEAR = 26.0
"""Least distance between the lines of two neighbouring sibships, in drawing units."""

_MIDDLE, _COUPLE, _SPAN, _STRAIGHT, _SLACK, _PULL = 4.0, 1.0, 0.6, 3.0, 60.0, 0.02


class Space(NamedTuple):
    """Room a node needs left and right of its centre."""

    left: float
    right: float


Term = dict[int, float]

_REACH = 3
_BY = 2.0
"""How far the middles of two couples in one another keep apart, in drawing units."""


class _Programme:
    """A linear programme in the making: variables, costs and lines of the form sum <= bound."""

    def __init__(self, nodes: int) -> None:
        self.cost: list[float] = [0.0] * nodes
        self.free: list[bool] = [True] * nodes
        self.rows: list[tuple[Term, float]] = []

    def variable(self, cost: float) -> int:
        self.cost.append(cost)
        self.free.append(False)
        return len(self.cost) - 1

    def at_most(self, term: Term, bound: float) -> None:
        self.rows.append((term, bound))

    def absolute(self, term: Term, weight: float, constant: float = 0.0) -> None:
        """Add weight * |term + constant| to the cost."""
        size = self.variable(weight)
        self.at_most({**term, size: -1.0}, -constant)
        self.at_most({**{k: -v for k, v in term.items()}, size: -1.0}, constant)

    def solve(self) -> np.ndarray:
        from scipy.optimize import linprog
        from scipy.sparse import csr_array

        data, columns, starts = [], [], [0]
        for term, _ in self.rows:
            for k in sorted(term):
                columns.append(k)
                data.append(term[k])
            starts.append(len(data))
        matrix = csr_array((data, columns, starts), shape=(len(self.rows), len(self.cost)))
        bound = np.array([b for _, b in self.rows])
        limits = [(None, None) if free else (0.0, None) for free in self.free]
        found = linprog(np.array(self.cost), A_ub=matrix, b_ub=bound, bounds=limits, method="highs-ds")
        return np.asarray(found.x)


def _plus(*terms: tuple[Term, float]) -> Term:
    total: Term = defaultdict(float)
    for term, factor in terms:
        for k, v in term.items():
            total[k] += v * factor
    return dict(total)


def place(
    graph: Graph,
    rows: list[list[int]],
    spaces: list[Space],
    *,
    beside: dict[str, tuple[Term, float]],
    apart: dict[tuple[int, int], float],
    risers: dict[tuple[int, int], float],
) -> list[float]:
    """Give every node its x.

    Neighbours keep their distance; partners stand close; a sibship is centred under its drop; lines of neighbouring
    sibships do not overlap where the order allows it; long lines run straight.

    Args:
        graph: nodes, couples and nets of one connected family.
        rows: nodes of each row from left to right.
        spaces: room each node needs.
        beside: union of a split couple -> where it drops from, as a term over node x and a constant.
        apart: least distance between the centres of neighbouring partners.
        risers: (net, node) -> how far from the node's centre the line from that net arrives.

    Returns:
        x of each node; the leftmost edge of all room is 0.
    """
    position = {node: i for row in rows for i, node in enumerate(row)}
    programme = _Programme(len(graph.nodes))
    for row in rows:
        for a, b in pairwise(row):
            least = max(spaces[a].right + spaces[b].left, apart.get((a, b), 0.0))
            programme.at_most({a: 1.0, b: -1.0}, -least)
    for couple in graph.couples:
        if couple.left != couple.right:
            a, b = sorted((couple.left, couple.right), key=position.__getitem__)
            programme.cost[a] -= _COUPLE
            programme.cost[b] += _COUPLE
    ends: dict[int, list[tuple[list[Term], float, list[int]]]] = defaultdict(list)
    for i, net in enumerate(graph.nets):
        bottom = sorted(net.bottom, key=position.__getitem__)
        first, last = bottom[0], bottom[-1]
        programme.cost[first] -= _SPAN
        programme.cost[last] += _SPAN
        if not net.top:
            continue
        drop, offset = drop_of(net, beside)
        straight = graph.nodes[net.top[0]].kind in {PASS, STUB} or graph.nodes[first].kind == PASS
        programme.absolute(
            _plus((drop, 1.0), ({first: 0.5}, -1.0), ({last: 0.5}, -1.0)),
            _STRAIGHT + _MIDDLE if straight and first == last else _MIDDLE,
            offset - (risers.get((i, first), 0.0) + risers.get((i, last), 0.0)) / 2,
        )
        middle: Term = {n: 1.0 / len(net.top) for n in net.top}
        forms = [drop, middle] if _near(net, beside, position) else [drop]
        ends[net.row].append((forms, offset, bottom))
    for nets in ends.values():
        _apart(programme, nets, position)
    for row in rows:
        if row:
            programme.cost[row[0]] -= _PULL
            programme.cost[row[-1]] += _PULL
    anchor = programme.variable(0.0)
    for row in rows:
        if row:
            programme.at_most({anchor: 1.0, row[0]: -1.0}, -spaces[row[0]].left)
    found = programme.solve()
    shift = min((found[row[0]] - spaces[row[0]].left for row in rows if row), default=0.0)
    return [float(found[n] - shift) for n in range(len(graph.nodes))]


def _near(net: Net, beside: dict[str, tuple[Term, float]], position: dict[int, int]) -> bool:
    """Whether the middle of a split couple is kept clear of its neighbours' lines too; past so many people it is not."""
    return len(net.top) > 1 and net.union in beside and abs(position[net.top[0]] - position[net.top[1]]) <= _REACH


def drop_of(net: Net, beside: dict[str, tuple[Term, float]]) -> tuple[Term, float]:
    """Where a net drops from, as a linear term and a constant: the middle of neighbours, else beside the outer partner.

    Args:
        net: a net with one or two nodes on top.
        beside: union of a split couple -> its drop.

    Returns:
        the term over node x, and the constant to add.
    """
    if len(net.top) == 1:
        return {net.top[0]: 1.0}, 0.0
    if net.union in beside:
        return beside[net.union]
    return {net.top[0]: 0.5, net.top[1]: 0.5}, 0.0


def _apart(programme: _Programme, nets: list[tuple[list[Term], float, list[int]]], position: dict[int, int]) -> None:
    """Keep the lines of neighbouring nets of one gap from overlapping, at a price where it cannot be."""

    def left_of(net: tuple[list[Term], float, list[int]]) -> float:
        forms, offset, _ = net
        at = sum(position[n] * v for n, v in forms[-1].items())
        return at - 0.01 if offset < 0 else at + 0.01 if offset > 0 else at

    ordered = sorted(nets, key=lambda net: (left_of(net), position[net[2][0]]))
    for i, u in enumerate(ordered):
        for v in ordered[i + 1 :]:
            if position[u[2][-1]] >= position[v[2][0]]:
                continue
            slack = programme.variable(_SLACK)
            for form in v[0]:
                shift = v[1] if form is v[0][0] else 0.0
                programme.at_most(_plus(({u[2][-1]: 1.0}, 1.0), (form, -1.0), ({slack: 1.0}, -1.0)), shift - CLEAR)
            for form in u[0]:
                shift = u[1] if form is u[0][0] else 0.0
                programme.at_most(_plus((form, 1.0), ({v[2][0]: 1.0}, -1.0), ({slack: 1.0}, -1.0)), -shift - CLEAR)
                if len(u[0]) > 1 or len(v[0]) > 1:  # of one middle, two couples of a ring: the bars must not overlap
                    other = v[0][-1]
                    beyond = v[1] if other is v[0][0] else 0.0
                    programme.at_most(_plus((form, 1.0), (other, -1.0), ({slack: 1.0}, -1.0)), beyond - shift - _BY)
            break
