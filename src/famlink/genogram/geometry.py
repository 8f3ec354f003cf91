"""Where everything was drawn, as JSON: symbols, labels, lines and counts."""

from __future__ import annotations

from typing import Any

from famlink.genogram.layout import drawn_counts
from famlink.genogram.placed import Layout


def geometry_of(layout: Layout) -> dict[str, Any]:
    """The geometry of a drawing.

    Args:
        layout: the placed drawing.

    Returns:
        ``symbols`` {id, x, y (centre), width, height, row, shape}, ``labels`` {id, x, y (centre), width, height}, ``lines``
        {kind, people, points} and ``counts`` {people, unions, children}; coordinates rounded to .01. Slots have shape
        ``slot`` and are not counted.
    """
    return {
        "symbols": [
            {
                "id": s.id,
                "x": _r(s.x),
                "y": _r(s.y),
                "width": _r(s.width),
                "height": _r(s.height),
                "row": s.row,
                "shape": s.shape,
            }
            for s in layout.symbols
        ],
        "labels": [
            {"id": k.id, "x": _r(k.x), "y": _r(k.y), "width": _r(k.width), "height": _r(k.height)}
            for k in layout.labels
        ],
        "lines": [
            {"kind": line.kind, "people": list(line.people), "points": [[_r(x), _r(y)] for x, y in line.points]}
            for line in [*layout.lines, *layout.outlines]
        ],
        "counts": drawn_counts(layout),
    }


def _r(value: float) -> float:
    return round(value, 2) + 0.0
