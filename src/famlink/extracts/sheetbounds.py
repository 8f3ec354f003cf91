"""How far the cells of a workbook reach: one cell at the far corner of a sheet would have the whole of it held in memory."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from famlink.errors import SourceError
from famlink.extracts.decoding import NO_ARCHIVE

MOST_CELLS = 10_000_000
"""Cells between the first and the last filled one, below which nothing is asked."""
MOST_TIMES_EMPTIER = 100
"""Above that a sheet is refused where it has room for more than this many times the cells it fills."""

# No attribute of a cell is long; a bound keeps a hostile sheet from taking quadratic time.
_FAR = re.compile(rb"""r\s*=\s*["'](?:[A-Za-z]{3}[0-9]{1,7}|[A-Za-z]{0,2}[0-9]{6,7})["']""")
_WIDE = re.compile(rb"""r\s*=\s*["'][A-Za-z]{3}[0-9]""")
_ROOM_TO_ZZ = 702 * 1_048_576
_FILLED = re.compile(rb"""<(?:\w+:)?c\b[^>]{0,200}?\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["'][^>]{0,200}(?<!/)>""")
_LINE = re.compile(rb"""<(?:\w+:)?row\b[^>]{0,200}?\br\s*=\s*["']([0-9]{1,7})["']""")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\b")


def bound_cells(data: bytes, *, file: str) -> int:
    """Refuse a workbook of whose sheets one reaches far beyond what it fills.

    Args:
        data: an archive that was opened before.
        file: its name, for messages.

    Returns:
        how many areas of cells are merged.

    Raises:
        SourceError: a sheet does.
    """
    merged = 0
    for sheet in _sheets(data):
        merged += len(_MERGED.findall(sheet))
        # Few sheets have cells beyond column ZZ or row 99,999: the others are small enough however they are filled.
        if _FAR.search(sheet) is None:
            continue
        if _WIDE.search(sheet) is None and sheet.count(b"<v>") * MOST_TIMES_EMPTIER >= _ROOM_TO_ZZ:
            continue
        filled, widest = 0, 0
        longest = max((int(line[1]) for line in _LINE.finditer(sheet)), default=0)
        for cell in _FILLED.finditer(sheet):
            filled += 1
            widest = max(widest, _column(cell[1]))
            longest = max(longest, int(cell[2]))
        if widest * longest > max(MOST_CELLS, filled * MOST_TIMES_EMPTIER):
            raise SourceError(
                f"{file}: a sheet reaches to column {widest:,} and row {longest:,} and fills {filled:,} cells; "
                "delete what stands far from the table, or save it as CSV"
            )
    return merged


def _sheets(data: bytes) -> Iterator[bytes]:
    """The parts that hold cells, whatever they are called: the workbook's own list of parts may name any."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for item in archive.infolist():
            try:
                part = archive.read(item)
            except NO_ARCHIVE:
                continue  # the reader itself refuses a damaged part
            if b"sheetData" in part:
                yield part


def _column(letters: bytes) -> int:
    """The number of a column from its letters.

    Example:
        >>> _column(b"A"), _column(b"XFD")
        (1, 16384)
    """
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
