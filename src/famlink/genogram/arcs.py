"""Couples with somebody between them: which way their line goes round, and where it leaves and arrives."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from famlink.genogram.nets import Couple, Graph

LEG, OFF, SECOND = 7.0, 5.0, 9.0
BESIDE = 16.0
"""How far the arriving leg, and the drop under it, stand off the outer partner."""


@dataclass(frozen=True)
class Arc:
    """The way of one split couple.

    Args:
        couple: the couple.
        inner: the node whose side it leaves.
        outer: the node it arrives at; the drop is beside it.
        side: 1 where the outer partner stands right of the inner one, else -1.
        over: whether it passes above the row (else below the labels).
        leave: signed distance from the inner node's centre to the leg.
        arrive: signed distance from the outer node's centre to the leg.
        level: 0 for the farthest of the arcs leaving one side: it leaves highest.
    """

    couple: Couple
    inner: int
    outer: int
    side: int
    over: bool
    leave: float = 0.0
    arrive: float = 0.0
    level: int = 0


def arcs_of(
    graph: Graph, rows: list[list[int]], half: list[tuple[float, float]]
) -> tuple[dict[int, Arc], list[tuple[float, float]]]:
    """Find the split couples and the room their lines need.

    An arc goes over the people between, unless more of them hang from lines above than couples between have children below.

    Args:
        graph: nodes, couples and nets.
        rows: nodes of each row from left to right.
        half: room each node needs left and right for itself.

    Returns:
        place in ``graph.couples`` -> :class:`Arc`, and the room each node needs with the legs beside it.
    """
    position = {node: i for row in rows for i, node in enumerate(row)}
    hanging = {node for net in graph.nets for node in net.bottom}
    degree: dict[int, int] = defaultdict(int)
    for couple in graph.couples:
        degree[couple.left] += 1
        degree[couple.right] += 1
    found: list[tuple[int, Couple, int, int, bool]] = []
    dropping = [net.top for net in graph.nets if net.top]
    for i, couple in enumerate(graph.couples):
        a, b = couple.left, couple.right
        if abs(position[a] - position[b]) < 2:
            continue
        outer_first = next((n.top for n in graph.nets if n.union == couple.union and set(n.top) == {a, b}), None)
        if outer_first:
            a, b = outer_first
        elif (degree[a], a in hanging, -a) < (degree[b], b in hanging, -b):
            a, b = b, a
        row = rows[graph.nodes[a].row]
        low, high = sorted((position[a], position[b]))
        between = set(row[low + 1 : high])
        risers = len(between & hanging)
        drops = sum(
            1
            for top in dropping
            if graph.nodes[top[0]].row == graph.nodes[a].row
            and set(top) != {a, b}
            and all(low <= position[n] <= high for n in top)
            and (len(top) > 1 or top[0] in between)
        )
        found.append((i, couple, a, b, risers <= drops))
    leaving: dict[tuple[int, int, bool], list[int]] = defaultdict(list)
    arriving: dict[tuple[int, int], list[int]] = defaultdict(list)
    span = {i: abs(position[a] - position[b]) for i, _, a, b, _ in found}
    for i, _, a, b, over in found:
        side = 1 if position[b] > position[a] else -1
        leaving[a, side, over].append(i)
        arriving[b, -side].append(i)
    for group in leaving.values():
        group.sort(key=lambda i: (-span[i], i))
    for near in arriving.values():
        near.sort(key=lambda i: (span[i], i))
    room = [list(h) for h in half]
    legs: dict[tuple[int, int], int] = defaultdict(int)
    for (node, side, _), group in sorted(leaving.items()):
        legs[node, side] = max(legs[node, side], len(group))
    for (node, side), count in legs.items():
        room[node][side > 0] += LEG * count + OFF
    arcs: dict[int, Arc] = {}
    for i, couple, a, b, over in found:
        side = 1 if position[b] > position[a] else -1
        level = leaving[a, side, over].index(i)
        nth = arriving[b, -side].index(i)
        arrive = room[b][side < 0] + BESIDE + SECOND * nth
        leave = half[a][side > 0] + OFF + LEG * level
        arcs[i] = Arc(couple, a, b, side, over, side * leave, -side * arrive, level)
    for (node, side), near in arriving.items():
        room[node][side > 0] += 2 * BESIDE + SECOND * (len(near) - 1)
    return arcs, [(left, right) for left, right in room]
