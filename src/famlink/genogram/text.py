"""How wide text is: the advance widths of the shipped font, read from the font itself."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

FONT = Path(__file__).with_name("fonts") / "DejaVuSans.ttf"
"""DejaVu Sans: shipped, so that a drawing has the same sizes on every machine."""

FAMILY = "DejaVu Sans"
_SEGMENTED, _GROUPED = 4, 12


@lru_cache(maxsize=1)
def _font() -> tuple[dict[int, int], tuple[int, ...], int]:
    """Character to glyph, advance of each glyph, units per em.

    Source:
        OpenType specification 1.9, tables cmap (formats 4 and 12), hhea, hmtx, head.
    """
    data = FONT.read_bytes()
    tables = {}
    for i in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, offset, _ = struct.unpack_from(">4sLLL", data, 12 + 16 * i)
        tables[tag] = offset
    units = struct.unpack_from(">H", data, tables[b"head"] + 18)[0]
    count = struct.unpack_from(">H", data, tables[b"hhea"] + 34)[0]
    advances = struct.unpack_from(f">{'Hh' * count}", data, tables[b"hmtx"])[::2]
    return _characters(data, tables[b"cmap"]), advances, units


def _characters(data: bytes, start: int) -> dict[int, int]:
    glyphs: dict[int, int] = {}
    for i in range(struct.unpack_from(">H", data, start + 2)[0]):
        offset = start + struct.unpack_from(">L", data, start + 4 + 8 * i + 4)[0]
        kind = struct.unpack_from(">H", data, offset)[0]
        if kind == _GROUPED:
            for g in range(struct.unpack_from(">L", data, offset + 12)[0]):
                first, last, glyph = struct.unpack_from(">LLL", data, offset + 16 + 12 * g)
                glyphs.update({c: glyph + c - first for c in range(first, last + 1)})
        elif kind == _SEGMENTED:
            _segments(data, offset, glyphs)
    return glyphs


def _segments(data: bytes, offset: int, glyphs: dict[int, int]) -> None:
    twice = struct.unpack_from(">H", data, offset + 6)[0]
    lasts = offset + 14
    for k in range(0, twice, 2):
        last = struct.unpack_from(">H", data, lasts + k)[0]
        first = struct.unpack_from(">H", data, lasts + twice + 2 + k)[0]
        delta = struct.unpack_from(">h", data, lasts + 2 * twice + 2 + k)[0]
        at = lasts + 3 * twice + 2 + k
        reach = struct.unpack_from(">H", data, at)[0]
        for c in range(first, min(last, 0xFFFE) + 1):
            glyph = struct.unpack_from(">H", data, at + reach + 2 * (c - first))[0] if reach else c
            glyphs.setdefault(c, (glyph + delta) & 0xFFFF)


@lru_cache(maxsize=65536)
def width(text: str, size: float) -> float:
    """How wide a text is.

    Args:
        text: one line.
        size: font size in drawing units.

    Returns:
        the width in drawing units; a character the font lacks counts as an em.

    Example:
        >>> width("", 12.0), round(width("Kai", 12.0), 2) > 15
        (0.0, True)
    """
    glyphs, advances, units = _font()
    total = 0
    for char in text:
        glyph = glyphs.get(ord(char))
        total += units if glyph is None else advances[min(glyph, len(advances) - 1)]
    return total * size / units


def wrap(text: str, size: float, most: float, *, lines: int = 3) -> tuple[str, ...]:
    """Break a text into lines at spaces.

    Args:
        text: the text; a no-break space holds two words together.
        size: font size.
        most: width no line should pass; a single longer word does.
        lines: most lines; words beyond them stay on the last line, so that nothing is cut off.

    Returns:
        the lines.

    Example:
        >>> wrap("Mary Anne Smith", 12.0, 60.0)
        ('Mary', 'Anne', 'Smith')
    """
    done: list[str] = []
    for word in filter(None, text.replace("\n", " ").split(" ")):
        if done and width(f"{done[-1]} {word}", size) <= most:
            done[-1] = f"{done[-1]} {word}"
        else:
            done.append(word)
    if len(done) > lines:
        done = [*done[: lines - 1], " ".join(done[lines - 1 :])]
    return tuple(done)
