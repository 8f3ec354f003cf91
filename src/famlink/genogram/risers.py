"""Where on a symbol each line from above arrives, when a child belongs to several unions."""

from __future__ import annotations

from collections import defaultdict

from famlink.genogram.family import Family
from famlink.genogram.nets import PERSON, Graph

STEP = 13.0
_FIRST = ("birth", "adoptive")


def riser_offsets(family: Family, graph: Graph, rows: list[list[int]]) -> dict[tuple[int, int], float]:
    """Offset of each riser from the centre of its symbol.

    The birth line arrives in the middle; lines from drops left of it arrive left of the middle, the others right, so that
    they do not cross on the way.

    Args:
        family: the family the graph was made from.
        graph: nodes, couples and nets.
        rows: nodes of each row from left to right.

    Returns:
        (net, node) -> signed offset; nodes without a symbol have one line at most and none here.
    """
    position = {node: (i + 0.5) / len(row) for row in rows for i, node in enumerate(row)}
    kinds = {(link.child, link.union): link.kind for link in family.links}
    nets: dict[int, list[int]] = defaultdict(list)
    for i, net in enumerate(graph.nets):
        for node in net.bottom:
            nets[node].append(i)
    offsets: dict[tuple[int, int], float] = {}

    def from_above(i: int, node: int) -> float:
        top = graph.nets[i].top
        return sum(position[n] for n in top) / len(top) if top else position[node]

    for node, found in nets.items():
        if graph.nodes[node].kind != PERSON:
            continue
        name = graph.nodes[node].name

        def rank(i: int, name: str = name) -> tuple[int, int]:
            kind = kinds.get((name, graph.nets[i].union), "")
            return (_FIRST.index(kind) if kind in _FIRST else len(_FIRST), i)

        first, *rest = sorted(found, key=rank)
        offsets[first, node] = 0.0
        middle = from_above(first, node)
        left = sorted((i for i in rest if from_above(i, node) < middle), key=lambda i: -from_above(i, node))
        right = sorted((i for i in rest if from_above(i, node) >= middle), key=lambda i: from_above(i, node))
        # beyond three lines a side there is no room on the symbol: they arrive closer together
        for side, group in ((-1, left), (1, right)):
            step = min(STEP, 18.0 / max(1, len(group)))
            for k, i in enumerate(group):
                offsets[i, node] = side * step * (k + 1)
    return offsets
