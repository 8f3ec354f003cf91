"""Couples with somebody between them: which way their line goes round, and where it leaves, arrives and drops."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from famlink.genogram.nets import Couple, Graph

LEG, OFF, SECOND = 7.0, 5.0, 9.0
BESIDE = 16.0
"""How far the arriving leg of a star's line, and the drop under it, stand off the outer partner."""

Room = list[tuple[float, float]]


@dataclass(frozen=True)
class Leg:
    """One end of an arc: ``dx`` from the node's centre to the upright; ``level`` 0 is the one that leaves highest.

    ``straight``: the leg meets the symbol at its middle, because nothing else does on that side.
    """

    node: int
    side: int
    dx: float
    level: int = 0
    straight: bool = False


@dataclass(frozen=True)
class Arc:
    """The way of one split couple.

    Args:
        couple: the couple.
        start: the end at the inner partner.
        end: the end at the outer partner.
        over: whether it passes above the row (else below the labels).
        gap: the two neighbours its drop falls between; None where the drop is at the end's upright.
        share: how far from the left to the right one it falls: half way, unless the gap has a couple's own drop already.
    """

    couple: Couple
    start: Leg
    end: Leg
    over: bool
    gap: tuple[int, int] | None = None
    share: float = 0.5


@dataclass
class _Found:
    """A split couple while room is being made for it."""

    place: int
    couple: Couple
    inner: int
    outer: int
    over: bool
    star: bool
    gap: tuple[int, int] | None
    share: float
    span: int
    side: int

    @property
    def ends(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """(node, side the line leaves on) of both ends."""
        return (self.inner, self.side), (self.outer, -self.side)


def arcs_of(graph: Graph, rows: list[list[int]], half: Room) -> tuple[dict[int, Arc], Room]:
    """Find the split couples and the room their lines need.

    An arc goes over the people between, unless more of them hang from lines above than couples between have children
    below. Where only other partners of one person stand between (a star), the drop is beside the outer partner, so that
    children stand under their own couple; else it falls into the gap nearest to the middle, a free one where there is one.

    Args:
        graph: nodes, couples and nets.
        rows: nodes of each row from left to right.
        half: room each node needs left and right for itself.

    Returns:
        place in ``graph.couples`` -> :class:`Arc`, and the room each node needs with the legs beside it.
    """
    position = {node: i for row in rows for i, node in enumerate(row)}
    found = _split(graph, rows, position)
    leaving: dict[tuple[int, int, bool], list[_Found]] = defaultdict(list)
    arriving: dict[tuple[int, int], list[_Found]] = defaultdict(list)
    for one in found:
        (a, side), (b, back) = one.ends
        leaving[a, side, one.over].append(one)
        if one.star:
            arriving[b, back].append(one)
        else:
            leaving[b, back, one.over].append(one)
    room = [list(h) for h in half]
    legs: dict[tuple[int, int], int] = defaultdict(int)
    for (node, side, _), group in leaving.items():
        group.sort(key=lambda f: (-f.span, f.place))
        legs[node, side] = max(legs[node, side], len(group))
    for (node, side), count in legs.items():
        room[node][side > 0] += LEG * count + OFF
    standing = [tuple(r) for r in room]
    for (node, side), near in arriving.items():
        near.sort(key=lambda f: (f.span, f.place))
        room[node][side > 0] += 2 * BESIDE + SECOND * (len(near) - 1)

    def leg(one: _Found, end: int) -> Leg:
        node, side = one.ends[end]
        if end and one.star:
            nth = arriving[node, side].index(one)
            return Leg(
                node,
                side,
                side * (standing[node][side > 0] + BESIDE + SECOND * nth),
                straight=nth == 0,
            )
        level = leaving[node, side, one.over].index(one)
        return Leg(node, side, side * (half[node][side > 0] + OFF + LEG * level), level)

    arcs = {f.place: Arc(f.couple, leg(f, 0), leg(f, 1), f.over, f.gap, f.share) for f in found}
    return arcs, [(left, right) for left, right in room]


def _split(graph: Graph, rows: list[list[int]], position: dict[int, int]) -> list[_Found]:
    hanging = {node for net in graph.nets for node in net.bottom}
    mates: dict[int, set[int]] = defaultdict(set)
    for couple in graph.couples:
        mates[couple.left].add(couple.right)
        mates[couple.right].add(couple.left)
    tops = {(net.union, frozenset(net.top)): net.top for net in graph.nets}
    dropping = [net.top for net in graph.nets if net.top]
    found = []
    for i, couple in enumerate(graph.couples):
        a, b = couple.left, couple.right
        span = abs(position[a] - position[b])
        if span < 2:
            continue
        has_drop = tops.get((couple.union, frozenset((a, b))))
        if has_drop:
            a, b = has_drop
        elif (len(mates[a]), a in hanging, -a) < (len(mates[b]), b in hanging, -b):
            a, b = b, a
        row = rows[graph.nodes[a].row]
        low, high = sorted((position[a], position[b]))
        between = row[low + 1 : high]
        drops = sum(
            1
            for top in dropping
            if graph.nodes[top[0]].row == graph.nodes[a].row
            and set(top) != {a, b}
            and all(low <= position[n] <= high for n in top)
            and (len(top) > 1 or top[0] in between)
        )
        side = 1 if position[b] > position[a] else -1
        free = [(row[p], row[p + 1]) for p in range(low, high) if row[p + 1] not in mates[row[p]]]
        star = all(n in mates[a] for n in between) and row[position[b] - side] not in mates[b]
        through = int(bool(has_drop) and not star and not free)  # its drop has to pass the bar of a couple
        over = sum(n in hanging for n in between) + through <= drops
        gap, share = None, 0.5
        if has_drop and not star:
            middle = (position[a] + position[b]) / 2
            every = [(row[p], row[p + 1]) for p in range(low, high)]
            gap = min(free or every, key=lambda g: (abs(position[g[0]] + 0.5 - middle), side * -position[g[0]]))
            if not free:
                right = middle - position[gap[0]] - 0.5 or side
                share = 0.75 if right > 0 else 0.25
        found.append(_Found(i, couple, a, b, over, star, gap, share, span, side))
    return found


def legs_beside(arcs: dict[int, Arc]) -> set[tuple[int, int]]:
    """(node, side) of every side of a symbol on which an upright of an arc stands."""
    return {(leg.node, leg.side) for arc in arcs.values() for leg in (arc.start, arc.end)}
