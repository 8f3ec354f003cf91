"""Who stands left of whom on each row: seeds by depth-first walk, then the fixed-seed local search of the kernel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from famlink.genogram.family import Family
from famlink.genogram.nets import PERSON, Graph

Ints = NDArray[np.int64]

_WEIGHTS = (60.0, 14.0, 10.0, 1.0, 0.4, 0.1)
"""Search weights of crossings, split couples, outsiders, birth order, household spread and length."""

_OLDER, _EARLIER, _MALE_LEFT = 3, 2, 1
_TWIN_PULL = 4
_MOST_WORK = 1_500_000


class Ordered(NamedTuple):
    """An order and what it costs.

    ``rows``: nodes of each row from left to right. ``crossings``, ``splits``, ``outsiders``, ``birth_order``: counts.
    """

    rows: list[list[int]]
    crossings: int
    splits: int
    outsiders: int
    birth_order: int


def order_rows(family: Family, graph: Graph, *, previous: dict[str, float] | None = None, effort: int = 1) -> Ordered:
    """Order the nodes of every row.

    Cost, lexicographic: crossings, split couples, outsiders inside a sibship, birth order, household spread, length.

    Args:
        family: the connected family the graph was made from.
        graph: its nodes, couples and nets.
        previous: x of people in an earlier drawing; it seeds the search, so that the picture stays the same where it can.
        effort: multiple of the usual number of evaluations.

    Returns:
        the rows and their cost.
    """
    from famlink.kernels.crossings import search

    births = _births(family)
    plan = _plan(family, graph, births)
    seeds = _seeds(family, graph, births, previous)
    height = int(plan.row_ptr.size - 1)
    weights = np.array(_WEIGHTS)
    best: tuple[tuple[int, ...], int] | None = None
    chosen = seeds[0]
    ranked = sorted((tuple(int(c) for c in search(plan, seed, weights, 0, 1)[1]), i) for i, seed in enumerate(seeds))
    evaluations = effort * min(3000 + 100 * len(graph.nodes), _MOST_WORK // len(graph.nodes))
    tries = ranked[:1] if previous or _perfect(ranked[0][0]) else (ranked * 3)[:3]
    for turn, (_, i) in enumerate(tries):
        found, parts = search(plan, seeds[i], weights, evaluations, turn + 1)
        key = (tuple(int(p) for p in parts), turn)
        if best is None or key < best:
            best, chosen = key, found
        if _perfect(best[0]):
            break
    assert best is not None
    parts = best[0]
    rows = [[int(n) for n in chosen[plan.row_ptr[r] : plan.row_ptr[r + 1]]] for r in range(height)]
    return Ordered(rows, parts[0], parts[1], parts[2], parts[3])


def _perfect(parts: tuple[int, ...]) -> bool:
    return not any(parts[:4])


def _births(family: Family) -> dict[str, int]:
    """Place of each person in the order of birth: dates first, then the order the family lists them in."""
    born = [p.born or p.expected for p in family.people]
    place = {day: i for i, day in enumerate(sorted({day for day in born if day is not None}))}
    found = {p.id: -1 if day is None else place[day] for p, day in zip(family.people, born, strict=True)}
    return found | {p.id: p.birth_place for p in family.people if p.birth_place is not None}


def _plan(family: Family, graph: Graph, births: dict[str, int]):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from famlink.kernels.crossings import Plan

    count = len(graph.nodes)
    rows = max(node.row for node in graph.nodes) + 1
    node_row = np.array([node.row for node in graph.nodes], np.int64)
    row_ptr = np.r_[0, np.cumsum(np.bincount(node_row, minlength=rows))].astype(np.int64)
    graph.nets.sort(key=lambda net: net.row)
    graph.couples.sort(key=lambda c: graph.nodes[c.right].row)
    couples = [c for c in graph.couples if c.left != c.right]
    degree = np.zeros(count, np.int64)
    for c in couples:
        degree[[c.left, c.right]] += 1
    riser = np.zeros(count, np.int64)
    parent_net = np.full(count, -1, np.int64)
    for i, net in enumerate(graph.nets):
        for node in net.bottom:
            riser[node] += 1
            if parent_net[node] < 0:
                parent_net[node] = i
    tops = [_inner_first(net.top, degree, riser) for net in graph.nets]
    for net, top in zip(graph.nets, tops, strict=True):
        net.top = tuple(n for n in top if n >= 0)
    dropped = {frozenset(net.top) for net in graph.nets if len(net.top) == 2}
    mates: dict[int, list[int]] = defaultdict(list)
    for c in couples:
        mates[c.left].append(c.right)
        mates[c.right].append(c.left)
    soft = sorted(_soft(family, graph, births), key=lambda s: (graph.nodes[s[0]].row, s))
    homes = sorted(_homes(family, graph), key=lambda h: (graph.nodes[h[0]].row, h))
    return Plan(
        row_ptr=row_ptr,
        net_top=_table(tops, 2),
        net_ptr=_pointer([len(net.bottom) for net in graph.nets]),
        net_bottom=np.array([n for net in graph.nets for n in net.bottom], np.int64),
        gap_ptr=_by_row([net.row + 1 for net in graph.nets], rows),
        couple=_table([(c.left, c.right) for c in couples], 2),
        couple_ptr=_by_row([graph.nodes[c.right].row for c in couples], rows),
        mate_ptr=_pointer([len(mates[i]) for i in range(count)]),
        mates=np.array([m for i in range(count) for m in mates[i]], np.int64),
        riser=riser,
        hung=np.array([int(frozenset((c.left, c.right)) in dropped) for c in couples], np.int64),
        soft=_table(soft, 3),
        soft_ptr=_by_row([graph.nodes[s[0]].row for s in soft], rows),
        home_ptr=_pointer([len(h) for h in homes]),
        home=np.array([n for h in homes for n in h], np.int64),
        home_row_ptr=_by_row([graph.nodes[h[0]].row for h in homes], rows),
        parent_net=parent_net,
    )


def _table(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    return np.array(rows, np.int64).reshape(-1, width)


def _pointer(sizes: list[int]) -> Ints:
    return np.array(list(accumulate(sizes, initial=0)), np.int64)


def _by_row(rows: list[int], count: int) -> Ints:
    return np.array([sum(r < row for r in rows) for row in range(count + 1)], np.int64)


def _inner_first(top: tuple[int, ...], degree: Ints, riser: Ints) -> tuple[int, int]:
    """The partner with more partners first: the drop of a split couple falls beside the other."""
    if len(top) < 2:
        return (top[0] if top else -1, -1)
    a, b = top
    return (a, b) if (degree[a], riser[a], -a) >= (degree[b], riser[b], -b) else (b, a)


def _soft(family: Family, graph: Graph, births: dict[str, int]) -> list[tuple[int, int, int]]:
    """Pairs of nodes of which the first should stand left: elder siblings, earlier partners, men of couples."""
    pairs: list[tuple[int, int, int]] = []
    for net in graph.nets:
        named = [n for n in net.bottom if graph.nodes[n].kind == PERSON]
        dated = sorted((births[graph.nodes[n].name], n) for n in named if births[graph.nodes[n].name] >= 0)
        pairs += [(a, b, _OLDER) for i, (x, a) in enumerate(dated) for y, b in dated[i + 1 :] if x < y]
        if not dated:
            pairs += [(a, b, _MALE_LEFT) for a, b in pairwise(named)]  # as listed
    timed: dict[int, list[tuple[int, int]]] = defaultdict(list)
    when = {union.id: (union.start or union.end) for union in family.unions}
    sexes = {p.id: p.sex for p in family.people}
    for couple in graph.couples:
        if couple.role not in {"partners", "slot"}:
            continue
        day = when.get(couple.union)
        for a, b in ((couple.left, couple.right), (couple.right, couple.left)):
            if day is not None:
                timed[a].append((day.toordinal(), b))
        left, right = (sexes.get(graph.nodes[n].name) for n in (couple.left, couple.right))
        if left == "female" and right == "male":
            pairs.append((couple.right, couple.left, _MALE_LEFT))
        elif left == "male" and right == "female":
            pairs.append((couple.left, couple.right, _MALE_LEFT))
    for mates in timed.values():
        pairs += [(a, b, _EARLIER) for (x, a), (y, b) in pairwise(sorted(mates)) if x < y and a != b]
    return [(a, b, w) for a, b, w in pairs if graph.nodes[a].row == graph.nodes[b].row]


def _homes(family: Family, graph: Graph) -> list[list[int]]:
    """Members of one household on one row; twins count several times, because they share a V."""
    groups: list[list[int]] = []
    sets = [(home.people, 1) for home in family.households] + [(twins, _TWIN_PULL) for twins in family.twins]
    for people, times in sets:
        by_row: dict[int, list[int]] = defaultdict(list)
        for person in people:
            node = graph.where.get(person)
            if node is not None:
                by_row[graph.nodes[node].row].append(node)
        groups += [nodes for nodes in by_row.values() if len(nodes) > 1 for _ in range(times)]
    return groups


def _seeds(family: Family, graph: Graph, births: dict[str, int], previous: dict[str, float] | None) -> list[Ints]:
    """Orders to start from: walks from the top, from the index people, and the drawing before."""
    walk = _Walk(graph, births)
    index = [graph.where[p.id] for p in family.people if p.index]
    top = sorted(range(len(graph.nodes)), key=lambda n: (graph.nodes[n].row, n))
    seeds = [walk.order([*index, *top], mirror=False), walk.order(top, mirror=False), walk.order(top, mirror=True)]
    if previous:
        first = seeds[0]
        place = {int(n): i for i, n in enumerate(first)}
        x = {n: previous.get(graph.nodes[n].name) for n in place}
        last = 0.0
        filled: dict[int, float] = {}
        for n in (int(v) for v in first):
            last = x[n] if x[n] is not None else last  # type: ignore[assignment]
            filled[n] = last
        again = sorted(place, key=lambda n: (graph.nodes[n].row, filled[n], place[n]))
        return [np.array(again, np.int64)]
    return seeds


class _Walk:
    """A depth-first walk that appends each node to its row when it is first met."""

    def __init__(self, graph: Graph, births: dict[str, int]) -> None:
        self._graph = graph
        count = len(graph.nodes)
        self._mates: list[list[int]] = [[] for _ in range(count)]
        self._below: list[list[int]] = [[] for _ in range(count)]
        self._above: list[list[int]] = [[] for _ in range(count)]
        for c in graph.couples:
            if c.left != c.right:
                self._mates[c.left].append(c.right)
                self._mates[c.right].append(c.left)
        for net in graph.nets:
            bottom = sorted(net.bottom, key=lambda n: (births.get(graph.nodes[n].name, -1), n))
            for top in net.top:
                self._below[top] += bottom
            for node in bottom:
                self._above[node] += net.top or [b for b in bottom if b != node]

    def order(self, starts: list[int], *, mirror: bool) -> Ints:
        """The rows, one after the other, as met from the given starts."""
        rows: list[list[int]] = [[] for _ in range(max(n.row for n in self._graph.nodes) + 1)]
        met: set[int] = set()
        for start in starts:
            stack = [start]
            while stack:
                node = stack.pop()
                if node in met:
                    continue
                met.add(node)
                rows[self._graph.nodes[node].row].append(node)
                around = [*self._above[node][:1], *self._mates[node], *self._below[node], *self._above[node][1:]]
                # last in, first out: partners next, then children, then the ancestors of whoever married in
                stack += [n for n in (around if mirror else around[::-1]) if n not in met]
        return np.array([n for row in rows for n in (row[::-1] if mirror else row)], np.int64)
