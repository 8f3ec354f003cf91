"""Shapes of people as SVG."""

from __future__ import annotations

from famlink.genogram.lanes import SYMBOL

HALF = SYMBOL / 2
INSET = 5.0
CLEAR = 10.0


def number(value: float) -> str:
    """A coordinate as short as two decimals allow.

    Example:
        >>> number(3.0), number(2.505), number(-0.001)
        ('3', '2.5', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def outline(shape: str, x: float, y: float, half: float = HALF) -> str:
    """One shape as an SVG element without its class.

    Args:
        shape: ``square``, ``circle``, ``diamond``, ``triangle`` or ``slot``.
        x: centre.
        y: centre.
        half: half its size.

    Returns:
        the element's name and geometry, ready for a class and a closing.

    Example:
        >>> outline("circle", 10.0, 10.0, 5.0)
        'circle cx="10" cy="10" r="5"'
    """
    if shape == "circle":
        return f'circle cx="{number(x)}" cy="{number(y)}" r="{number(half)}"'
    if shape in {"square", "slot"}:
        side = number(2 * half)
        rounded = ' rx="8"' if shape == "slot" else ""
        return f'rect x="{number(x - half)}" y="{number(y - half)}" width="{side}" height="{side}"{rounded}'
    if shape == "diamond":
        corners = [(x, y - half), (x + half, y), (x, y + half), (x - half, y)]
    else:
        corners = [(x, y - half), (x + half, y + half), (x - half, y + half)]
    return 'polygon points="' + " ".join(f"{number(a)},{number(b)}" for a, b in corners) + '"'


def cross(shape: str, x: float, y: float) -> str:
    """The path of the X over a deceased person, inside the shape; its middle is left clear for the age.

    Example:
        >>> cross("square", 22.0, 22.0)
        'M0 0L12 12M44 44L32 32M44 0L32 12M0 44L12 32'
    """
    reach = {"square": HALF, "circle": HALF * 0.7071, "diamond": HALF * 0.5, "triangle": HALF * 0.4}.get(shape, HALF)
    down = HALF * 0.35 if shape == "triangle" else 0.0
    y += down
    clear = min(CLEAR, reach * 0.8)
    corners = ((-1, -1), (1, 1), (1, -1), (-1, 1))
    return "".join(
        f"M{number(x + a * reach)} {number(y + b * reach)}L{number(x + a * clear)} {number(y + b * clear)}"
        for a, b in corners
    )
