"""How wide a chronology's lettering is, so that no two words on a strip touch."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ADVANCES = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863, 748, 787,
    603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635,
    634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
)  # fmt: skip
"""Thousandths of an em from space to tilde: DejaVu Sans, wider than the faces that systems use, so that their text fits."""

_BOLD = 1.14
_OTHER = 1_000
_PICTURE = 1_400
"""An emoji is drawn wider than its em."""

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


@lru_cache(maxsize=16_384)
def width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line of text may be on any system, in units of the drawing.

    Args:
        text: one line.
        size: font size.
        bold: whether it is bold.

    Returns:
        a width that usual faces do not pass.

    Example:
        >>> width("", 12.0), width("ii", 10.0) < width("WW", 10.0)
        (0.0, True)
    """
    return sum(_advance(c) for c in text) * size / 1_000 * (_BOLD if bold else 1.0)


@lru_cache(maxsize=4_096)
def _advance(character: str) -> int:
    code = ord(character)
    if 32 <= code < 127:
        return _ADVANCES[code - 32]
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    if code > 0xFFFF:
        return _PICTURE
    base = unicodedata.normalize("NFD", character)[:1]
    return _ADVANCES[ord(base) - 32] if 32 <= ord(base) < 127 and base != character else _OTHER


def one_line(text: str) -> str:
    r"""A source's words on one line: what cannot be printed becomes a space.

    Example:
        >>> one_line("12 Alder\u202e Close\n")
        '12 Alder Close'
    """
    kept = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(kept.split())


def fitted(text: str, most: float, size: float, *, bold: bool = False) -> str:
    """Cut a text to a width.

    Args:
        text: a source's words.
        most: widest it may be.
        size: font size.
        bold: whether it is bold.

    Returns:
        the words on one line, with an ellipsis where some were cut; empty where not even that fits.

    Example:
        >>> fitted("12 Alder Close", 200.0, 12.0), fitted("W" * 300, 60.0, 12.0)
        ('12 Alder Close', 'WWWW…')
    """
    flat = one_line(text[:2_000])
    if width(flat, size, bold=bold) <= most:
        return flat
    left = most - width(ELLIPSIS, size, bold=bold)
    kept = 0
    for character in flat:
        left -= width(character, size, bold=bold)
        if left < 0:
            break
        kept += 1
    return f"{flat[:kept].rstrip()}{ELLIPSIS}" if kept else ""


def two_lines(text: str, most: float, size: float, *, bold: bool = False) -> list[str]:
    """Lay a name out on one line or two.

    Args:
        text: the name.
        most: widest a line may be.
        size: font size.
        bold: whether it is bold.

    Returns:
        one or two lines, the last cut where it must be.

    Example:
        >>> two_lines("Adult social care", 90.0, 12.0)
        ['Adult social', 'care']
    """
    words = one_line(text[:2_000]).split(" ")
    first = 1
    while first < len(words) and width(" ".join(words[: first + 1]), size, bold=bold) <= most:
        first += 1
    lines = [" ".join(words[:first]), " ".join(words[first:])]
    return [fitted(line, most, size, bold=bold) for line in lines if line]
