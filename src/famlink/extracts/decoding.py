"""Bytes of a file -> UTF-8 bytes, unpacked, whatever encoding and compression they came in."""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib
from typing import IO, cast

from famlink.errors import SourceError

MOST_UNPACKED_BYTES = 8 << 30
"""A compressed file that unpacks to more than this is refused."""
MOST_TIMES_LARGER = 200
"""A compressed file that unpacks to more than this many times its size (and 64 MB) is refused."""
_SMALL = 64 << 20
NO_ARCHIVE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(RuntimeError, NotImplementedError, ValueError, KeyError, OverflowError),
)
"""What zipfile raises for damaged archives: not BadZipFile alone."""
_STEP = 1 << 24
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_STRANGE = re.compile("[\udc80-\udcff]")
_UNDEFINED_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def unpacked(data: bytes, *, file: str) -> tuple[bytes, str]:
    """Unpack a .gz or .zip file of one member.

    Args:
        data: the file's bytes.
        file: its name; the ending says how it is packed.

    Returns:
        the bytes inside and the name without the packing's ending.

    Raises:
        SourceError: the file is damaged, holds several files, or unpacks to far more than any extract.
    """
    lower = file.lower()
    if lower.endswith(".gz"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
                return _bounded(cast("IO[bytes]", stream), size=len(data), file=file), file[:-3]
        except (OSError, EOFError, zlib.error):
            raise SourceError(f"{file}: not a whole gzip file; export it again") from None
    if lower.endswith(".zip"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                only = _only_member(archive, file)
                with archive.open(only) as member:
                    return _bounded(member, size=len(data), file=file), only.filename
        except SourceError:
            raise
        except NO_ARCHIVE:
            raise SourceError(f"{file}: not a zip file that can be unpacked; export it again unencrypted") from None
    return data, file


def _only_member(archive: zipfile.ZipFile, file: str) -> zipfile.ZipInfo:
    members = [item for item in archive.infolist() if not item.is_dir()]
    if len(members) != 1:
        raise SourceError(f"{file}: expected one file inside, found {len(members)}; unpack it and name the files")
    return members[0]


def bound_archive(data: bytes, *, file: str) -> None:
    """Refuse a workbook (a zip archive inside) that says it unpacks to far more than any extract.

    Raises:
        SourceError: it does, or it is no archive.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            total = sum(item.file_size for item in archive.infolist())
    except NO_ARCHIVE:
        raise SourceError(f"{file}: not an Excel workbook that can be read; save it again as .xlsx or .csv") from None
    _refuse_above(_most(len(data)), total, file)


def _most(size: int) -> int:
    return min(MOST_UNPACKED_BYTES, max(_SMALL, size * MOST_TIMES_LARGER))


def _refuse_above(most: int, unpacked_bytes: int, file: str) -> None:
    if unpacked_bytes > most:
        raise SourceError(f"{file}: unpacks to more than {most >> 20} MB, which no extract does; unpack it by hand")


def _bounded(stream: IO[bytes], *, size: int, file: str) -> bytes:
    most = _most(size)
    data = stream.read(most + 1)
    _refuse_above(most, len(data), file)
    return data


def utf8(data: bytes, *, file: str) -> tuple[bytes, list[str]]:
    """Re-encode text as UTF-8 without a byte order mark.

    UTF-8 is taken as it is; UTF-16 is known by its byte order mark or by its zero bytes; what is neither is read as
    Windows-1252, with a warning, where every byte is a printable character of it. In a text that is UTF-8 but for a few bytes,
    as where rows of two systems were put together, those bytes alone are read so.

    Args:
        data: the file's bytes.
        file: its name, for messages.

    Returns:
        the bytes as UTF-8, and warnings.

    Raises:
        SourceError: the bytes are not text in any of these.
    """
    warnings: list[str] = []
    wide = _utf16(data)
    if wide:
        try:
            data = data.decode(wide).encode()
        except UnicodeError:
            raise SourceError(f"{file}: begins as UTF-16 text but is not; save it as UTF-8") from None
        warnings.append("read as UTF-16")
    data = data.removeprefix(codecs.BOM_UTF8)
    fault = _first_fault(data)
    if fault is not None:
        mixed = None if _CONTROL.search(data) else _mixed(data)
        if mixed is not None:
            data, strange = mixed
            warnings.append(
                f"UTF-8 but for {strange} bytes, read as Windows-1252; check that accented names look right"
            )
        elif _CONTROL.search(data) or _UNDEFINED_IN_1252.search(data):
            raise SourceError(
                f"{file}: not text in UTF-8, UTF-16 or Windows-1252 (byte {fault + 1}); save it as UTF-8"
            ) from None
        else:
            data = data.decode("cp1252").encode()
            warnings.append("not UTF-8: read as Windows-1252; check that accented names look right")
    if b"\x00" in data:
        raise SourceError(f"{file}: not a text file (it holds zero bytes); give a CSV saved as UTF-8")
    return data, warnings


def _utf16(data: bytes) -> str | None:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    head = data[:2000]
    if len(head) >= 4 and len(data) % 2 == 0:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if odd * 2 > len(head) // 2 and not even:
            return "utf-16-le"
        if even * 2 > len(head) // 2 and not odd:
            return "utf-16-be"
    return None


def _mixed(data: bytes) -> tuple[bytes, int] | None:
    """A text that is UTF-8 but for a few bytes of Windows-1252, and how many; None where it is not mostly UTF-8."""
    text = data.decode("utf-8", errors="surrogateescape")
    strange = _STRANGE.findall(text)
    letters = len(data) - len(text)  # bytes by which the letters of UTF-8 beyond ASCII are longer than one
    if letters < len(strange):
        return None
    try:
        read = {ord(mark): bytes([ord(mark) - 0xDC00]).decode("cp1252") for mark in set(strange)}
    except UnicodeDecodeError:
        return None
    return text.translate(read).encode(), len(strange)


def _first_fault(data: bytes) -> int | None:
    """Where the first byte is that is not UTF-8, without holding the whole text decoded."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data), _STEP):
        chunk = data[start : start + _STEP]
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk, final=start + _STEP >= len(data))
        except UnicodeDecodeError as error:
            return start - pending + error.start
    return None
