"""Shapes of people as SVG."""

from __future__ import annotations

from famlink.genogram.lanes import SYMBOL

HALF = SYMBOL / 2
INSET = 5.0
CLEAR = 10.0
SMALL_HALF = 11.0
"""Half the size of the mark of a pregnancy that ended."""

_DOT = 0.64


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


def loss_marks(form: str, shape: str, x: float, y: float, *, half: float = SMALL_HALF) -> str:
    """A pregnancy that ended, as SVG elements: smaller than a person.

    Args:
        form: ``triangle``, ``struck`` (a triangle with a stroke), ``dot``, ``saltire`` (a small X) or ``crossed``.
        shape: the outline of a crossed one: ``square``, ``circle`` or ``diamond``.
        x: centre.
        y: centre.
        half: half its size.

    Returns:
        the elements.

    Example:
        >>> loss_marks("dot", "diamond", 10.0, 10.0)
        '<circle cx="10" cy="10" r="7.04" class="loss"/>'
    """
    diagonal = f"M{number(x - half)} {number(y + half)}L{number(x + half)} {number(y - half)}"
    if form == "dot":
        return f'<{outline("circle", x, y, half * _DOT)} class="loss"/>'
    if form == "saltire":
        other = f"M{number(x - half)} {number(y - half)}L{number(x + half)} {number(y + half)}"
        riser = f"M{number(x)} {number(y - half)}V{number(y)}"
        return f'<path class="dead loss" d="{diagonal}{other}{riser}"/>'
    if form == "crossed":
        return f'<{outline(shape, x, y, half)} class="shape"/><path class="dead" d="{cross(shape, x, y, half)}"/>'
    stroke = f'<path class="dead loss" d="{diagonal}"/>' if form == "struck" else ""
    return f'<{outline("triangle", x, y, half)} class="shape"/>{stroke}'


def cross(shape: str, x: float, y: float, half: float = HALF) -> str:
    """The path of the X over a deceased person, inside the shape; its middle is left clear for the age.

    A shape smaller than a person holds no age: its X is whole.

    Example:
        >>> cross("square", 22.0, 22.0)
        'M0 0L12 12M44 44L32 32M44 0L32 12M0 44L12 32'
    """
    reach = {"square": half, "circle": half * 0.7071, "diamond": half * 0.5, "triangle": half * 0.4}.get(shape, half)
    down = half * 0.35 if shape == "triangle" else 0.0
    y += down
    clear = min(CLEAR, reach * 0.8) if half == HALF else 0.0
    corners = ((-1, -1), (1, 1), (1, -1), (-1, 1))
    return "".join(
        f"M{number(x + a * reach)} {number(y + b * reach)}L{number(x + a * clear)} {number(y + b * clear)}"
        for a, b in corners
    )
