"""SVG to PNG by resvg, with the shipped font and none of the system's."""

from __future__ import annotations

from famlink.errors import GenogramError
from famlink.genogram.text import FAMILY, FONT

MOST_PIXELS = 16_000
"""No side of a PNG is longer than this; a wider drawing is made with a smaller zoom."""


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
    import re

    import resvg_py

    sides = [float(side) for side in re.findall(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"', svg[:600])[0:1][0:1] for side in side]  # fmt: skip
    longest = max(sides, default=1000.0)
    try:
        drawn = resvg_py.svg_to_bytes(
            svg_string=svg,
            zoom=min(zoom, MOST_PIXELS / longest),
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
