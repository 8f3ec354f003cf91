"""GEDCOM as lines: encodings, levels, continuation. Tolerant of what real programs write."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from famlink.errors import GenogramError

_LINE = re.compile(r"^\s*(\d{1,2})\s+(?:(@[^@\s][^@]*@)\s+)?([A-Za-z_][A-Za-z0-9_]*)(?: (.*))?$")
_MOST_LEVELS = 99
_MARKS = {
    0xE0: 0x309, 0xE1: 0x300, 0xE2: 0x301, 0xE3: 0x302, 0xE4: 0x303, 0xE5: 0x304, 0xE6: 0x306, 0xE7: 0x307, 0xE8: 0x308,
    0xE9: 0x30C, 0xEA: 0x30A, 0xEB: 0xFE20, 0xEC: 0xFE21, 0xED: 0x315, 0xEE: 0x30B, 0xEF: 0x310, 0xF0: 0x327,
    0xF1: 0x328, 0xF2: 0x323, 0xF3: 0x324, 0xF4: 0x325, 0xF5: 0x333, 0xF6: 0x332, 0xF7: 0x326, 0xF8: 0x31C, 0xF9: 0x32E,
}  # fmt: skip
_LETTERS = {
    0xA1: "Ł", 0xA2: "Ø", 0xA3: "Đ", 0xA4: "Þ", 0xA5: "Æ", 0xA6: "Œ", 0xA8: "·", 0xAE: "\u02bc", 0xB1: "ł", 0xB2: "ø",
    0xB3: "đ", 0xB4: "þ", 0xB5: "æ", 0xB6: "œ", 0xB8: "\u0131", 0xB9: "£", 0xBA: "ð", 0xC3: "©", 0xC7: "ß", 0xCF: "ß",
}  # fmt: skip


@dataclass
class Item:
    """One line and what is under it."""

    tag: str
    value: str = ""
    xref: str = ""
    below: list[Item] = field(default_factory=list)

    def all(self, *tags: str) -> list[Item]:
        """The lines directly under this one with one of these tags."""
        return [item for item in self.below if item.tag in tags]

    def first(self, *tags: str) -> Item | None:
        """The first of them; None where there is none."""
        return next(iter(self.all(*tags)), None)

    def said(self, *path: str) -> str:
        """The value at the end of a path of tags; empty where there is none."""
        here: Item | None = self
        for tag in path:
            here = here.first(tag) if here else None
        return here.value.strip() if here else ""


def decode(data: bytes) -> str:
    """Turn a file's bytes into text: UTF-8 and UTF-16 by mark or by trial, else ANSEL or Windows-1252 as the head says.

    Args:
        data: the bytes.

    Returns:
        the text.

    Example:
        >>> decode(b"0 HEAD"), decode(b"1 CHAR ANSEL" + bytes([10]) + b"1 NAME Zo" + bytes([0xE8]) + b"e")[-3:]
        ('0 HEAD', 'Zoë')
    """
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    for start, name in ((b"0\x00", "utf-16-le"), (b"\x000", "utf-16-be")):
        if data.startswith(start):
            return data.decode(name, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        head = data[:4000].upper()
        return _ansel(data) if b"CHAR ANSEL" in head else data.decode("cp1252", errors="replace")


def _ansel(data: bytes) -> str:
    """ANSEL puts the accent before its letter.

    Source:
        ANSI/NISO Z39.47-1993, as GEDCOM 5.5.1 uses it.
    """
    out: list[str] = []
    waiting: list[str] = []
    for byte in data:
        if byte in _MARKS:
            waiting.append(chr(_MARKS[byte]))
            continue
        out.append(_LETTERS.get(byte, chr(byte) if byte < 0x80 else "\ufffd"))
        out += waiting
        waiting = []
    return unicodedata.normalize("NFC", "".join(out))


def records(text: str) -> list[Item]:
    r"""Read the records of a GEDCOM text.

    A line that is no GEDCOM line belongs to the text of the line before it; a level that jumps is taken as one deeper.

    Args:
        text: the file's text.

    Returns:
        the level-0 records with everything under them.

    Raises:
        GenogramError: there is no record in it.

    Example:
        >>> [r.tag for r in records("0 HEAD\n0 @I1@ INDI\n1 NAME Kai /Reed/\n0 TRLR")]
        ['HEAD', 'INDI', 'TRLR']
    """
    found: list[Item] = []
    trail: list[Item] = []
    for level, item in _items(text):
        if level == 0 or not trail:
            if level == 0:
                found.append(item)
                trail = [item]
            continue
        depth = min(level, len(trail), _MOST_LEVELS)
        parent = trail[depth - 1]
        if item.tag in {"CONC", "CONT"}:
            parent.value += ("\n" if item.tag == "CONT" else "") + item.value
            continue
        parent.below.append(item)
        trail = [*trail[:depth], item]
    if not any(item.tag in {"HEAD", "INDI", "FAM"} for item in found):
        raise GenogramError("the file holds no GEDCOM record; expected lines such as '0 HEAD' and '0 @I1@ INDI'")
    return found


def _items(text: str) -> Iterator[tuple[int, Item]]:
    last: Item | None = None
    for line in re.split(r"\r\n|\n\r|\n|\r", text):
        match = _LINE.match(line.lstrip("\ufeff"))
        if match is None:
            if last is not None and line.strip():
                last.value += "\n" + line.strip()
            continue
        level, xref, tag, value = match.groups()
        last = Item(tag.upper(), (value or "").replace("@@", "@"), (xref or "").strip())
        yield int(level), last
