"""Everything known of a drawing between ordering and ink."""

from __future__ import annotations

from dataclasses import dataclass, field

from famlink.genogram.arcs import Arc
from famlink.genogram.captions import Caption
from famlink.genogram.family import Family
from famlink.genogram.lanes import RowHeights
from famlink.genogram.nets import Graph


@dataclass
class Stage:
    """One graph of all connected families, side by side.

    Args:
        family: the family.
        written: what is written round each symbol.
        graph: nodes, couples and nets.
        rows: nodes of each row from left to right.
        x: of each node.
        half: room each node needs left and right for its symbol and text.
        arcs: place in ``graph.couples`` -> the way of a split couple.
        offsets: (net, node) -> where on the symbol the line from above arrives.
        walls: (node, side) where a household's outline stands beside a symbol.
        heights: the rows.
    """

    family: Family
    written: dict[str, Caption]
    graph: Graph = field(default_factory=Graph)
    rows: list[list[int]] = field(default_factory=list)
    x: list[float] = field(default_factory=list)
    half: list[tuple[float, float]] = field(default_factory=list)
    arcs: dict[int, Arc] = field(default_factory=dict)
    offsets: dict[tuple[int, int], float] = field(default_factory=dict)
    walls: set[tuple[int, int]] = field(default_factory=set)
    heights: list[RowHeights] = field(default_factory=list)
