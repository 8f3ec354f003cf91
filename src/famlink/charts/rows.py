"""Plots of one row a thing: bars, stacked bars, and dots with intervals. They fill any width and their text stays its size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from famlink.charts.scales import Scale
from famlink.charts.svg import Drawing, element, lines_of, percentage

if TYPE_CHECKING:
    from markupsafe import Markup

EDGE = 0.015
"""Share of the width left free at each side, so that a dot at the end of the axis is whole."""

LINE, LANE, GAP = 17.0, 15.0, 12.0


@dataclass(frozen=True)
class Mark:
    """A bar from one quantity to another, or a dot with its interval.

    Args:
        kind: class of the page's style: good, bad, wait; a dot's circle, diamond, ring; or span, an interval without a dot.
        start: where a bar starts or an interval begins.
        end: where it ends.
        at: place of a dot; None: a bar.
        lane: which line of its row it stands on.
    """

    kind: str
    start: float
    end: float
    at: float | None = None
    lane: int = 0


@dataclass(frozen=True)
class Row:
    """One thing of a plot.

    Args:
        label: its name.
        note: its quantity in words, at the right.
        marks: what is drawn of it.
    """

    label: str
    note: str
    marks: tuple[Mark, ...]


def plot(
    rows: Sequence[Row],
    *,
    scale: Scale,
    key: str,
    title: str,
    description: str,
    axis: str,
    uprights: Sequence[tuple[float, str]] = (),
) -> Drawing:
    """Draw rows over one axis.

    Args:
        rows: from top to bottom.
        scale: of the quantity.
        key: unique on the page.
        title: what is drawn.
        description: what it shows.
        axis: what the quantity is.
        uprights: quantities marked by a dotted line through every row, with words above it.

    Returns:
        the drawing.

    Example:
        >>> bar = Row("surnames agree", "+9.4", (Mark("good", 0.0, 9.4),))
        >>> svg = plot([bar], scale=Scale(0, 10, ((0, "0"),)), key="a", title="Weights", description="One.", axis="bits")
        >>> 'width="91.18%"' in svg.body
        True
    """
    from markupsafe import Markup

    body: list[Markup] = []
    spans: list[tuple[float, float]] = []
    y = 4.0 + LINE * len(uprights)
    for row in rows:
        labels = lines_of(row.label)
        for place, line in enumerate(labels):
            body.append(element("text", line, x=0.0, y=y + LINE * (place + 1) - 4, class_="label"))
        if row.note:
            body.append(element("text", row.note, x="100%", y=y + LINE - 4, class_="note", text_anchor="end"))
        y += LINE * len(labels)
        lanes = 1 + max((mark.lane for mark in row.marks), default=0)
        body += [_mark(mark, scale, y + LANE * mark.lane + LANE / 2) for mark in row.marks]
        spans.append((y - 1, y + LANE * lanes + 1))
        y += LANE * lanes + GAP
    bottom = y - GAP / 2
    grid = [_tick(scale.place(value), words, value == 0.0, spans) for value, words in scale.ticks]
    grid += [
        _upright(scale.place(value), name, LINE * (place + 1) - 4, spans)
        for place, (value, name) in enumerate(uprights)
    ]
    words = lines_of(axis)
    captions = [
        element("text", line, x="50%", y=bottom + 34 + LINE * place, class_="axis", text_anchor="middle")
        for place, line in enumerate(words)
    ]
    return Drawing(
        Markup("").join([*grid, *body, *captions]),
        key=key,
        title=title,
        description=description,
        height=bottom + 24 + LINE * len(words),
    )


def _along(scale: Scale, value: float) -> float:
    return EDGE + (1 - 2 * EDGE) * scale.place(value)


def _tick(share: float, words: str, zero: bool, spans: Sequence[tuple[float, float]]) -> Markup:  # noqa: FBT001
    """A mark of the axis: upright through the lanes of every row, broken where labels stand."""
    share = EDGE + (1 - 2 * EDGE) * share
    path = " ".join(f"M0 {top:g}V{end:g}" for top, end in spans)
    upright = element("path", d=path, class_="zero" if zero else "grid")
    # A path cannot stand at a share of the width, but a drawing inside the drawing can.
    line = element("svg", upright, x=percentage(share), y=0.0, width=1.0, height=1.0, overflow="visible")
    anchor = "start" if share < 0.04 else "end" if share > 0.96 else "middle"
    at = {"start": "0%", "end": "100%"}.get(anchor, percentage(share))
    bottom = spans[-1][1] + GAP / 2 if spans else 0.0
    return line + element("text", words, x=at, y=bottom + 12, class_="tick", text_anchor=anchor)


def _upright(share: float, words: str, y: float, spans: Sequence[tuple[float, float]]) -> Markup:
    """A quantity marked through the lanes of every row; its words stand above, on the side with more room."""
    share = EDGE + (1 - 2 * EDGE) * share
    path = element("path", d=" ".join(f"M0 {top:g}V{end:g}" for top, end in [(y - 9, y + 4), *spans]), class_="upright")
    line = element("svg", path, x=percentage(share), y=0.0, width=1.0, height=1.0, overflow="visible")
    anchor, shift = ("end", -5.0) if share > 0.5 else ("start", 5.0)
    return line + element("text", words, x=percentage(share), dx=shift, y=y, class_="tick", text_anchor=anchor)


def _mark(mark: Mark, scale: Scale, y: float) -> Markup:
    first, last = sorted((_along(scale, mark.start), _along(scale, mark.end)))
    if mark.at is None:
        # A bar of next to nothing is still seen: half a hundredth of the axis at least.
        width = max(last - first, 0.005 if mark.start != mark.end else 0.0)
        return element(
            "rect", x=percentage(first), width=percentage(width), y=y - 5.5, height=11.0, class_=f"bar {mark.kind}"
        )
    at = percentage(_along(scale, mark.at))
    whisker = element("line", x1=percentage(first), x2=percentage(last), y1=y, y2=y, class_=f"whisker {mark.kind}")
    if mark.kind == "span":  # drawn over a bar: a pale line beneath keeps it apart from the bar's colour
        return element("line", x1=percentage(first), x2=percentage(last), y1=y, y2=y, class_="halo") + whisker
    return whisker + _dot(mark.kind, at, y)


def _dot(kind: str, at: str, y: float) -> Markup:
    if kind != "diamond":
        return element("circle", cx=at, cy=y, r=4.5, class_=f"dot {kind}")
    path = element("path", d="M0 -6L6 0L0 6L-6 0Z", class_=f"dot {kind}")
    return element("svg", path, x=at, y=y, overflow="visible", width=1.0, height=1.0)
