"""CSV and TSV text -> a table of text cells, with every row that does not fit its header told by number.

polars reads the cells, because it is fast; it also fills short rows in silence. So the rows are counted first, over
the bytes: where each begins, and how many fields it has. A file whose quotation marks are not regular (RFC 4180) is read row
by row instead, so that one stray mark costs its own row and not the rest of the file.

A line that is wholly blank is no row and has no number; nor is a row of empty cells below the last filled one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from famlink.errors import SourceError
from famlink.extracts.tabular import (
    BAD_QUOTES,
    WRONG_COUNT,
    TextTable,
    numbered,
    spoilt,
    stripped,
    without_headers,
    without_tail,
)
from famlink.vocabulary.column_names import MOST_TITLES, header_at, looks_like_header, named_or_counted

_Places = npt.NDArray[Any]

BLOCK = 1 << 24
"""Bytes of a text that are read into cells at once."""

_CHUNK = 1 << 23
_THREADS = 4
_NEWLINE, _RETURN, _QUOTE = 10, 13, 34
_MOST_LINES_IN_A_CELL = 500
_MOST_BYTES_IN_A_HEADER = 1 << 20

TITLES = "above the header stand titles, which are not read"
_MARKS = ("\t", ";", "|", ",")

_DECLARED = re.compile(r"sep=(.)\r?", re.IGNORECASE)  # the line Excel reads the separator from

csv.field_size_limit(1 << 24)


@dataclass(frozen=True)
class _Rows:
    """Byte ranges of the rows of a text and the number of fields in each."""

    starts: _Places
    ends: _Places
    fields: _Places
    quoted: bool


@dataclass(frozen=True)
class _Marks:
    """Places of a stretch of bytes: line ends and quotation marks, with the separators before each."""

    breaks: _Places
    at_break: _Places
    quotes: _Places
    at_quote: _Places
    separators: int


def read_delimited(data: bytes, *, file: str, separator: str = ",") -> TextTable:
    r"""Read separated text.

    Args:
        data: UTF-8 text without a byte order mark.
        file: its name, for messages.
        separator: the character between fields; where the header has none of them but has tabs or semicolons, those
            are used and a warning says so.

    Returns:
        the cells, stripped; an empty file gives a table of no columns and a warning.

    Raises:
        SourceError: the header cannot be read or names a column twice.

    Example:
        >>> table = read_delimited(b"id,name\n1,Ann\n2\n", file="p.csv")
        >>> table.frame.get_column("name").to_list(), table.unusable
        (['Ann'], ((2, 'wrong field count'),))
    """
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    header, offset, separator, warnings = _header(data, file=file, separator=separator)
    if not header:
        return TextTable(file, numbered(pl.DataFrame()), warnings=("the file is empty",))
    body = memoryview(data)[offset:]
    rows = _scan(body, ord(separator))
    read = None if rows is None else _by_column(body, rows, header, separator=separator)
    names, frame, unusable, errors = read or _by_row(body, header, separator=separator)
    notes = spoilt(errors)
    frame, more = without_unnamed(frame, names)
    frame, tail = without_tail(frame, unusable=unusable)
    more += tail
    frame, again = without_headers(frame)
    unusable = sorted([*unusable, *again])
    if not frame.height and not unusable:
        more.append("the file has a header and no rows")
    return TextTable(file, frame, tuple(unusable), (*warnings, *notes, *more))


def check_header(names: list[str], *, file: str) -> None:
    """Refuse a header that names a column twice.

    Raises:
        SourceError: it does.
    """
    named = [name for name in names if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        told = ", ".join(map(repr, twice)) if looks_like_header(named) else named_or_counted(twice)
        raise SourceError(f"{file}: the header names {told} more than once; rename or remove the repeats")


def _header(data: bytes, *, file: str, separator: str) -> tuple[list[str], int, str, list[str]]:
    """The column names, where the rows begin, the separator and warnings."""
    offset, warnings = 0, []
    while offset < len(data):
        end = data.find(b"\n", offset)
        end = len(data) if end < 0 else end
        if data[offset:end].strip():
            break
        offset = end + 1
    if offset >= len(data):
        return [], 0, separator, []
    above = _titles(data[offset : offset + _MOST_BYTES_IN_A_HEADER], separator)
    if above:
        offset += sum(len(line) + 1 for line in above)
        end = data.find(b"\n", offset)
        end = len(data) if end < 0 else end
        warnings.append(f"{TITLES}: {len(above)} lines")
    first = data[offset:end].decode("utf-8", errors="replace")
    if declared := _DECLARED.fullmatch(first):
        names, start, _, more = _header(data[end + 1 :], file=file, separator=declared.group(1))
        return names, end + 1 + start, declared.group(1), more
    if separator not in first:
        others = [mark for mark in _MARKS if mark in first]
        if others:
            separator = others[0]
            warnings.append(f"separated by {'tabs' if separator == chr(9) else repr(separator)}")
    while data.count(b'"', offset, end) % 2 and end < min(len(data), offset + _MOST_BYTES_IN_A_HEADER):
        following = data.find(b"\n", end + 1)
        end = len(data) if following < 0 else following
    try:
        fields = next(csv.reader(io.StringIO(data[offset:end].decode(), newline=""), delimiter=separator, strict=True))
    except (csv.Error, StopIteration, UnicodeDecodeError):
        raise SourceError(f"{file}: the header row cannot be read; check its quotation marks") from None
    names = [" ".join(name.replace("\u00a0", " ").replace("\ufeff", "").split()) for name in fields]
    check_header(names, file=file)
    return names, min(end + 1, len(data)), separator, warnings


def _titles(head: bytes, separator: str) -> list[bytes]:
    """The lines above the header that are titles of a report."""
    lines = head.split(b"\n", MOST_TITLES + 1)[: MOST_TITLES + 1]
    rows = []
    for line in lines:
        text = line.decode("utf-8", errors="replace")
        mark = next((mark for mark in (separator, *_MARKS) if mark in text), separator)
        rows.append([cell.strip().strip('"') for cell in text.split(mark)])
    return lines[: header_at(rows)]


def _scan(body: memoryview, separator: int) -> _Rows | None:
    """Find the rows and count their fields; None where the quotation marks are not regular."""
    view = np.frombuffer(body, np.uint8)
    # Of a file of gigabytes these places take as much memory as half its text: no number is wider than it must be.
    width = np.int32 if len(view) + BLOCK < np.iinfo(np.int32).max else np.int64
    places = range(0, len(view), _CHUNK)
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(lambda start: _marks(view[start : start + _CHUNK], separator), places))
    before = np.cumsum([0, *(marks.separators for marks in found)])[:-1]
    breaks, at_break = (
        _joined([m.breaks for m in found], places, width), _joined([m.at_break for m in found], before, width)
    )  # fmt: skip
    quotes, at_quote = (
        _joined([m.quotes for m in found], places, width), _joined([m.at_quote for m in found], before, width)
    )  # fmt: skip
    total = int(before[-1] + found[-1].separators) if found else 0
    del found
    if len(quotes):
        # An odd number of marks before a line's end: it stands inside a quoted cell, as do the separators of each span.
        passed = np.searchsorted(quotes, breaks)
        inside = passed % 2 == 1
        if not _regular(view, separator, quotes, passed[inside] // 2):
            return None
        hidden = np.concatenate([[0], np.cumsum(at_quote[1::2] - at_quote[0::2])])
        breaks, at_break = breaks[~inside], (at_break - hidden[passed // 2])[~inside]
        total -= int(hidden[-1])
    if len(view) and (not len(breaks) or breaks[-1] != len(view) - 1):
        breaks, at_break = np.append(breaks, len(view)), np.append(at_break, total)
    starts = np.concatenate([np.zeros(min(1, len(breaks)), breaks.dtype), breaks[:-1] + 1])
    return _Rows(starts, breaks, np.diff(at_break, prepend=0) + 1, quoted=len(quotes) > 0)


def _marks(chunk: _Places, separator: int) -> _Marks:
    """Where lines end and quotation marks stand in a stretch of bytes, and how many separators come before each."""
    separators = np.flatnonzero(chunk == separator)
    breaks, quotes = np.flatnonzero(chunk == _NEWLINE), np.flatnonzero(chunk == _QUOTE)
    return _Marks(
        breaks.astype(np.int32),
        np.searchsorted(separators, breaks).astype(np.int32),
        quotes.astype(np.int32),
        np.searchsorted(separators, quotes).astype(np.int32),
        len(separators),
    )


def _joined(stretches: list[_Places], offsets: Iterable[int], width: type[np.signedinteger[Any]]) -> _Places:
    shifted = [stretch.astype(width) + width(offset) for stretch, offset in zip(stretches, offsets, strict=True)]
    return np.concatenate(shifted) if shifted else np.empty(0, width)


def _regular(view: _Places, separator: int, quotes: _Places, spans_of_breaks: _Places) -> bool:
    """Whether every quotation mark opens a field, closes one, or is doubled inside one, and no cell is a page long."""
    if len(quotes) % 2:
        return False
    size = len(view)
    opening, closing = quotes[0::2], quotes[1::2]
    before = np.where(opening > 0, view[np.maximum(opening - 1, 0)], _NEWLINE)
    after = np.where(closing < size - 1, view[np.minimum(closing + 1, size - 1)], _NEWLINE)
    doubled = np.zeros(len(opening), bool)
    doubled[1:] = opening[1:] == closing[:-1] + 1
    opens = (before == separator) | (before == _NEWLINE) | doubled
    closes = (after == separator) | (after == _NEWLINE) | (after == _RETURN) | (after == _QUOTE)
    lines = np.bincount(spans_of_breaks).max() if len(spans_of_breaks) else 0
    return bool(opens.all() and closes.all() and lines <= _MOST_LINES_IN_A_CELL)


def _blank(body: memoryview, rows: _Rows) -> _Places:
    """Rows of nothing but white space."""
    blank = np.zeros(len(rows.starts), bool)
    short = np.flatnonzero((rows.fields == 1) & (rows.ends - rows.starts <= 200))
    if len(short):
        blank[short] = [not bytes(body[rows.starts[i] : rows.ends[i]]).strip() for i in short]
    return blank


_Read = tuple[list[str], pl.DataFrame, list[tuple[int, str]], int]
"""Column names, cells, rows that cannot be used, and how many cells held spreadsheet errors."""


def _by_column(body: memoryview, rows: _Rows, header: list[str], *, separator: str) -> _Read | None:
    """Read all rows that fit, column by column; None where polars reads other rows than were counted."""
    blank = _blank(body, rows) if (rows.fields == 1).any() else np.zeros(len(rows.starts), bool)
    numbers = np.cumsum(~blank)
    good = ~blank & (rows.fields == len(header))
    width = _systematic_width(body, rows, blank, header, separator)
    if width > len(header):
        good = ~blank & (rows.fields == width)
    names = [*header, *[""] * (width - len(header))]
    columns = [name or f"column_{place}" for place, name in enumerate(names, start=1)]
    schema = dict.fromkeys(columns, pl.String)
    parts, errors = [], 0
    for first, last in _blocks(rows):
        sound = good[first:last]
        if not sound.any():
            continue
        stretch = _Rows(rows.starts[first:last], rows.ends[first:last], rows.fields[first:last], quoted=rows.quoted)
        text = bytes(body[stretch.starts[0] : stretch.ends[-1] + 1]) if sound.all() else _kept(body, stretch, sound)
        part = _cells(text, schema, separator=separator, quoted=rows.quoted)
        if part is None or part.height != int(sound.sum()):
            return None
        part, spoiled = stripped(part)
        errors += spoiled
        parts.append(part)
    frame = _stacked(parts, schema)
    unusable = [(int(number), WRONG_COUNT) for number in numbers[~blank & ~good]]
    return names, numbered(frame, pl.Series(numbers[good], dtype=pl.UInt32)), unusable, errors


def _blocks(rows: _Rows) -> Iterator[tuple[int, int]]:
    """Stretches of rows of some megabytes each: read one after the other, they never stand in memory twice."""
    first = 0
    while first < len(rows.starts):
        last = max(first + 1, int(np.searchsorted(rows.ends, rows.starts[first] + BLOCK, side="right")))
        yield first, last
        first = last


def _stacked(parts: list[pl.DataFrame], schema: dict[str, type[pl.String]]) -> pl.DataFrame:
    """The blocks as one frame, column after column: each is let go of before the next, so that nothing is held twice."""
    empty = pl.DataFrame(schema=schema)
    return pl.DataFrame(
        [pl.concat([empty[name], *(part.drop_in_place(name) for part in parts)], rechunk=True) for name in schema]
    )


def _cells(text: bytes, schema: dict[str, type[pl.String]], *, separator: str, quoted: bool) -> pl.DataFrame | None:
    try:
        return pl.read_csv(
            text, has_header=False, schema=schema, separator=separator, quote_char='"' if quoted else None
        )
    except pl.exceptions.PolarsError:
        return None


def _systematic_width(body: memoryview, rows: _Rows, blank: _Places, header: list[str], separator: str) -> int:
    """How many fields a row has: the header's, unless most rows end in the same empty columns the header lacks."""
    if not len(rows.fields) or blank.all():
        return len(header)
    usual = int(np.bincount(rows.fields[~blank]).argmax())
    surplus = usual - len(header)
    if surplus <= 0:
        return len(header)
    tail = separator.encode() * surplus
    wide = np.flatnonzero(~blank & (rows.fields == usual))
    ends_empty = all(bytes(body[rows.starts[i] : rows.ends[i]]).rstrip(b" \r").endswith(tail) for i in wide)
    return usual if ends_empty else len(header)


def _kept(body: memoryview, rows: _Rows, good: _Places) -> bytes:
    """The text without the rows that are not good, copied in whole runs."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(np.int8), [0]])))
    runs = zip(edges[0::2], edges[1::2] - 1, strict=True)
    return b"".join(part for a, b in runs for part in (body[rows.starts[a] : rows.ends[b]], b"\n"))


def _by_row(body: memoryview, header: list[str], *, separator: str) -> _Read:
    numbers: list[int] = []
    cells: list[list[str]] = []
    unusable: list[tuple[int, str]] = []
    width = len(header)
    for number, fields in enumerate(_records(bytes(body).decode(), separator, width), start=1):
        if fields is None:
            unusable.append((number, BAD_QUOTES))
        elif len(fields) != width:
            unusable.append((number, WRONG_COUNT))
        else:
            numbers.append(number)
            cells.append(fields)
    columns = [name or f"column_{place}" for place, name in enumerate(header, start=1)]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String), orient="row")
    frame, errors = stripped(frame)
    return header, numbered(frame, pl.Series(numbers, dtype=pl.UInt32)), unusable, errors


def _records(text: str, separator: str, width: int) -> Iterator[list[str] | None]:
    """Rows one by one; None where the quotation marks of a row cannot be understood."""
    lines = text.split("\n")
    place = 0
    while place < len(lines):
        line = lines[place].removesuffix("\r")
        place += 1
        if not line.strip():
            continue
        if '"' not in line:
            yield line.split(separator)
            continue
        fields, taken = _quoted(lines, place - 1, separator)
        if fields is not None and len(fields) == width:
            place += taken - 1
            yield fields
            continue
        plain = line.split(separator)
        if len(plain) == width:
            yield plain  # the marks are part of the words: 6" of snow
        elif fields is not None:
            place += taken - 1
            yield fields
        else:
            yield None


def _quoted(lines: list[str], start: int, separator: str) -> tuple[list[str] | None, int]:
    """Read the row that begins on a line by RFC 4180: its fields and the lines it takes, or None."""
    joined = ""
    for taken, line in enumerate(lines[start : start + _MOST_LINES_IN_A_CELL], start=1):
        joined = f"{joined}\n{line}" if taken > 1 else line
        if joined.count('"') % 2:
            continue
        try:
            found = list(
                csv.reader(io.StringIO(joined.removesuffix("\r"), newline=""), delimiter=separator, strict=True)
            )
        except csv.Error:
            return None, 1
        return (found[0], taken) if len(found) == 1 else (None, 1)
    return None, 1


def without_unnamed(frame: pl.DataFrame, names: list[str]) -> tuple[pl.DataFrame, list[str]]:
    """Drop unnamed columns that hold nothing; the others keep a made name, with a warning."""
    unnamed = [f"column_{place}" for place, name in enumerate(names, start=1) if not name]
    empty = [name for name in unnamed if frame[name].null_count() == frame.height]
    kept = [name for name in unnamed if name not in empty]
    notes = [f"columns without a name hold values and are called {', '.join(kept)}"] if kept else []
    return frame.drop(empty) if empty else frame, notes
