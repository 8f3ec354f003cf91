"""Plots of one quantity against another: lines, and dots with upright intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from famlink.charts.scales import Scale
from famlink.charts.svg import Drawing, element

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 440.0, 330.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 26.0, 26.0, 50.0


@dataclass(frozen=True)
class Line:
    """A line through points.

    Args:
        kind: class of the page's style: first, second (dashed) or aside (a line to compare with).
        points: x and y, in order.
    """

    kind: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Dot:
    """A point with its interval.

    Args:
        kind: circle, diamond or ring.
        x: place.
        y: place.
        low: where the interval of y begins; None: no interval.
        high: where it ends.
    """

    kind: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Axes:
    """The two axes.

    Args:
        across: scale of x.
        up: scale of y.
        across_words: what x is.
        up_words: what y is.
        uprights: values of x marked by an upright line, with words at its top.
    """

    across: Scale
    up: Scale
    across_words: str
    up_words: str
    uprights: tuple[tuple[float, str], ...] = ()


def plot(lines: Sequence[Line], dots: Sequence[Dot], *, axes: Axes, key: str, title: str, description: str) -> Drawing:
    """Draw lines and dots.

    Args:
        lines: drawn first, in order.
        dots: drawn over them.
        axes: scales and words.
        key: unique on the page.
        title: what is drawn.
        description: what it shows.

    Returns:
        the drawing.

    Example:
        >>> axes = Axes(Scale(0, 1), Scale(0, 1), "recall", "precision")
        >>> svg = plot([], [Dot("ring", 1.0, 1.0)], axes=axes, key="a", title="A", description="One dot.")
        >>> 'cx="414" cy="26"' in svg.body
        True
    """
    from markupsafe import Markup

    body = [*_grid(axes)]
    for line in lines:
        points = " ".join(f"{_x(axes, x):.1f},{_y(axes, y):.1f}" for x, y in line.points)
        body.append(element("polyline", points=points, class_=f"line {line.kind}"))
    for dot in dots:
        x, y = _x(axes, dot.x), _y(axes, dot.y)
        if dot.low is not None and dot.high is not None:
            body.append(
                element("line", x1=x, x2=x, y1=_y(axes, dot.low), y2=_y(axes, dot.high), class_=f"whisker {dot.kind}")
            )
        if dot.kind == "diamond":
            body.append(element("path", d=f"M{x:.1f} {y - 7:.1f}l7 7l-7 7l-7 -7Z", class_=f"dot {dot.kind}"))
        else:
            body.append(element("circle", cx=x, cy=y, r=5.0, class_=f"dot {dot.kind}"))
    return Drawing(Markup("").join(body), key=key, title=title, description=description, width=WIDTH, height=HEIGHT)


def _x(axes: Axes, value: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * axes.across.place(value)


def _y(axes: Axes, value: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * axes.up.place(value)


def _grid(axes: Axes) -> list[Markup]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    made = [element("rect", x=LEFT, y=TOP, width=right - LEFT, height=bottom - TOP, class_="frame")]
    for value, words in axes.across.ticks:
        x = _x(axes, value)
        made.append(element("line", x1=x, x2=x, y1=TOP, y2=bottom, class_="grid"))
        made.append(element("text", words, x=x, y=bottom + 18, class_="tick", text_anchor="middle"))
    for value, words in axes.up.ticks:
        y = _y(axes, value)
        made.append(element("line", x1=LEFT, x2=right, y1=y, y2=y, class_="grid"))
        made.append(element("text", words, x=LEFT - 8, y=y + 4.5, class_="tick", text_anchor="end"))
    for place, (value, words) in enumerate(axes.uprights):
        x = _x(axes, value)
        made.append(element("line", x1=x, x2=x, y1=TOP, y2=bottom, class_="upright"))
        # Two uprights may stand close: the words of the first end at its line, those of the last begin at theirs.
        last = place == len(axes.uprights) - 1
        anchor = "end" if not last or x > right - 50 else "start"
        made.append(element("text", words, x=x, y=TOP - 8, class_="tick", text_anchor=anchor))
    middle = (TOP + bottom) / 2
    made.append(
        element("text", axes.across_words, x=(LEFT + right) / 2, y=HEIGHT - 10, class_="axis", text_anchor="middle")
    )
    made.append(
        element(
            "text", axes.up_words, x=12.0, y=middle, class_="axis", text_anchor="middle",
            transform=f"rotate(-90 12 {middle:g})",
        )
    )  # fmt: skip
    return made
