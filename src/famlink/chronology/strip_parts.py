"""What every part of the strip is drawn with: sizes, colours, words, and a memory of where something stands already."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

WIDTH = 1_120.0
"""Units across. On A4 landscape inside margins of 12 mm a unit is 0.69 points."""

LEFT, RIGHT = 142.0, 14.0
"""Room for the names of lanes, and the margin."""

SIZE, SMALL = 12, 10.5
"""Type: 8.3 and 7.3 points on A4 landscape, so that the smallest is still read in print."""

INK, QUIET, LINE, ACCENT, SOFT, PAPER = "#1b2126", "#4f5a64", "#c3cad1", "#0b5066", "#e9f1f4", "#ffffff"
_CELL = 40.0

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def words(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "start",
    bold: bool = False,
    fill: str = INK,
    size: float = SIZE,
) -> str:
    """A text element; its words are escaped.

    Args:
        x: where the anchor stands.
        y: the baseline.
        text: the words.
        anchor: start, middle or end.
        bold: whether it is bold.
        fill: colour.
        size: font size.

    Returns:
        SVG.
    """
    where = "" if anchor == "start" else f' text-anchor="{anchor}"'
    heavy = ' font-weight="600"' if bold else ""
    small = "" if size == SIZE else f' font-size="{size:g}"'
    colour = "" if fill == INK else f' fill="{fill}"'
    return f'<text x="{x:.2f}" y="{y:.2f}"{where}{heavy}{small}{colour}>{escape(text)}</text>'


def line(way: str, *, stroke: str = LINE, across: float = 1, dashes: str = "", told: str = "") -> str:
    """A path that is not filled.

    Args:
        way: its commands.
        stroke: colour.
        across: thickness.
        dashes: its pattern, where it is broken.
        told: what it says when pointed at.

    Returns:
        SVG.
    """
    broken = f' stroke-dasharray="{dashes}"' if dashes else ""
    said = f"<title>{escape(told)}</title></path>" if told else "</path>"
    return f'<path d="{way}" stroke="{stroke}" stroke-width="{across:g}"{broken} fill="none">{said}'


@dataclass
class Taken:
    """Where something stands already, so that no label is put on top of it."""

    cells: dict[tuple[int, int], list[Box]] = field(default_factory=dict)

    def add(self, box: Box) -> None:
        """Remember a box."""
        for cell in self._of(box):
            self.cells.setdefault(cell, []).append(box)

    def free(self, box: Box) -> bool:
        """Whether nothing stands in a box."""
        left, top, right, bottom = box
        return not any(
            left < other[2] and other[0] < right and top < other[3] and other[1] < bottom
            for cell in self._of(box)
            for other in self.cells.get(cell, ())
        )

    @staticmethod
    def _of(box: Box) -> list[tuple[int, int]]:
        left, top, right, bottom = (int(side // _CELL) for side in box)
        return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]
