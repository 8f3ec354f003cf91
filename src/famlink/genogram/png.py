"""SVG to PNG by resvg, with the shipped font and none of the system's."""

from __future__ import annotations

from famlink.errors import GenogramError
from famlink.genogram.text import FAMILY, FONT

MOST_PIXELS = 16_000
"""No side of a PNG is longer than this; a wider drawing is made with a smaller zoom."""


PAGE_PIXELS = 1_300
"""So many pixels along the longer side print sharply on a page (A4, 160 dots an inch); more only take time."""


def page_zoom(svg: str) -> float:
    """The zoom at which a drawing prints sharply on a page, from 1 to 2.

    Example:
        >>> page_zoom('<svg xmlns="" width="1000" height="500">'), page_zoom('<svg xmlns="" width="5000" height="9">')
        (1.3, 1.0)
    """
    return min(2.0, max(1.0, PAGE_PIXELS / _longest(svg)))


def _longest(svg: str) -> float:
    """The longer side of a drawing, in its units."""
    import re

    sides = re.search(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"', svg[:600])
    return max(map(float, sides.groups())) if sides else 1000.0


def png_bytes(svg: str, *, zoom: float = 2.0) -> bytes:
    """Turn SVG text into PNG bytes.

    Args:
        svg: the SVG, with ``width`` and ``height`` on its root.
        zoom: pixels per drawing unit.

    Returns:
        the PNG.

    Raises:
        GenogramError: the SVG cannot be drawn.
    """
    import resvg_py

    try:
        drawn = resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=min(zoom, MOST_PIXELS / _longest(svg)),
            skip_system_fonts=True,
            font_files=[str(FONT)],
            font_family=FAMILY,
            sans_serif_family=FAMILY,
            serif_family=FAMILY,
            monospace_family=FAMILY,
        )
    except ValueError:
        raise GenogramError("the genogram's SVG could not be turned into PNG; use the SVG itself") from None
    return bytes(drawn)
