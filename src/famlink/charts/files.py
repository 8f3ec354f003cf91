"""A report as files: one offline page, or a folder with the page and each of its drawings as SVG."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from famlink.charts.document import Page, Part, render
from famlink.charts.style import drawing_style
from famlink.charts.svg import element, lines_of
from famlink.errors import RunError
from famlink.private import write_private

if TYPE_CHECKING:
    from markupsafe import Markup

PAGES = (".html", ".htm")

WIDTH = 640.0
"""Of a drawing that fills its place, in a file of its own; about the text width of an A4 page."""

EDGE, LINE = 16.0, 20.0


def save(page: Page, to: str | Path) -> list[Path]:
    """Write a report that only its owner can read.

    Args:
        page: the report.
        to: a path that ends in .html: the page alone. Another: a folder for the page and its drawings, each as SVG; files
            of the same names are replaced, others are left.

    Returns:
        the files, the page first. Their names are those of the report and its plots, never of anybody in it.

    Raises:
        RunError: a file cannot be written, or the folder is a file.

    Example:
        >>> import tempfile
        >>> from famlink.charts.document import Section
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     [path.name for path in save(Page("Check", "A", "B.", (Section("a", "One"),), name="check"), folder)]
        ['check.html']
    """
    to = Path(to)
    if to.suffix.lower() in PAGES:
        return [write_private(to, render(page))]
    if to.exists() and not to.is_dir():
        raise RunError(f"{to}: is a file; give a folder, or a path that ends in .html")
    made = [write_private(to / f"{page.name}.html", render(page))]
    return made + [write_private(to / name, text) for name, text in drawings(page).items()]


def drawings(page: Page) -> dict[str, str]:
    """Every drawing of a report as an SVG file: with its heading, its legend and its colours, needing nothing else.

    Args:
        page: the report.

    Returns:
        file name -> SVG.

    Example:
        >>> from famlink.charts import rows
        >>> from famlink.charts.document import Section
        >>> from famlink.charts.scales import Scale
        >>> bare = rows.plot([], scale=Scale(0, 1), key="plot-lost", title="Lost", description="Nothing.", axis="share")
        >>> page = Page("Check", "A", "B.", (Section("a", "One", parts=(Part(drawing=bare),)),), name="check")
        >>> list(drawings(page))
        ['check-lost.svg']
    """
    parts = [part for section in page.sections for part in section.parts]
    return {
        f"{page.name}-{_slug(part.drawing.key.removeprefix('plot-'))}.svg": _file(part)
        for part in parts
        if part.drawing is not None
    }


def _slug(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")


def _file(part: Part) -> str:
    from markupsafe import Markup

    drawing = part.drawing
    assert drawing is not None
    inner = WIDTH - 2 * EDGE if drawing.width is None else drawing.width
    body: list[Markup] = []
    y = EDGE
    for line in lines_of(drawing.title, most=int(inner / 9)):
        body.append(element("text", line, x=EDGE, y=y + 14, class_="heading"))
        y += LINE
    y += 8
    box = {} if drawing.width is None else {"viewBox": f"0 0 {drawing.width:g} {drawing.height:g}"}
    kind = "fluid" if drawing.width is None else "scaled"
    body.append(
        element(
            "svg", drawing.body, x=EDGE, y=y, width=inner, height=drawing.height, class_=kind, overflow="visible", **box
        )
    )  # fmt: skip
    y += drawing.height + 8
    for mark, words in part.legend:
        body += [_swatch(mark, EDGE, y + 8), element("text", words, x=EDGE + 34, y=y + 12.5)]
        y += LINE
    width, height = f"{inner + 2 * EDGE:g}", f"{y + EDGE:g}"
    # The style is ours and holds no "<": it must not be escaped, or its child selectors would not be read.
    style = Markup("<style>{}</style>").format(Markup(drawing_style()))  # noqa: S704
    ground = element("rect", width="100%", height="100%", class_="ground")
    whole = element(
        "svg",
        drawing.told + style + ground + Markup("").join(body),
        xmlns="http://www.w3.org/2000/svg",
        lang="en-GB",
        width=width,
        height=height,
        viewBox=f"0 0 {width} {height}",
        **drawing.named,
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{whole}\n'


def _swatch(kind: str, x: float, y: float) -> Markup:
    """The mark of a legend, drawn."""
    if kind in ("first", "second", "aside"):
        return element("path", d=f"M{x:g} {y:g}h26", class_=f"line {kind}")
    if kind == "span":
        return element("path", d=f"M{x:g} {y:g}h26", class_=f"whisker {kind}")
    if kind in ("circle", "ring"):
        return element("circle", cx=x + 13, cy=y, r=5.0, class_=f"dot {kind}")
    if kind == "diamond":
        return element("path", d=f"M{x + 13:g} {y - 6:g}l6 6l-6 6l-6 -6Z", class_=f"dot {kind}")
    return element("rect", x=x, y=y - 5.5, width=26.0, height=11.0, class_=f"bar {kind}")
