"""Texts as numbers: in order of appearance within a column, or as 64-bit hashes that are the same on every machine."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]


def text_hashes(texts: pl.Series) -> Hashes:
    """Hash each text.

    Args:
        texts: text without nulls, or values that are hashed as they are written.

    Returns:
        one hash a text (SplitMix64 over its UTF-8 bytes).

    Example:
        >>> bool(text_hashes(pl.Series(["a", "b"]))[0] == text_hashes(pl.Series(["a"]))[0])
        True
    """
    from famlink.kernels.hashing import hash_texts

    texts = texts.cast(pl.String)
    data = np.frombuffer(run_together(texts).encode(), dtype=np.uint8)
    starts = np.concatenate([[0], np.cumsum(texts.str.len_bytes().to_numpy())]).astype(np.int64)
    out = np.empty(len(texts), dtype=np.uint64)
    hash_texts(data, starts, out)
    return out


def run_together(texts: pl.Series) -> str:
    """All texts in one, nothing between."""
    return str(texts.str.join("")[0]) if len(texts) else ""


def named(hashes: NDArray[Any], letter: str) -> pl.Series:
    """Ids of a letter and sixteen hexadecimal digits, which stand in the order of their hashes.

    Args:
        hashes: as :func:`text_hashes` gives them.
        letter: what the id begins with.

    Returns:
        one id a hash.

    Example:
        >>> named(np.array([255], dtype=np.uint64), "P").to_list()
        ['P00000000000000ff']
    """
    digits = hashes.astype(">u8").tobytes().hex().encode()
    return letter + pl.Series(np.frombuffer(digits, dtype="S16"), dtype=pl.Binary).cast(pl.String)


def numbered(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """A number for each value, in order of first appearance, null for none; and the values by number.

    Args:
        values: text.

    Returns:
        the numbers (UInt32), and the values.

    Example:
        >>> [each.to_list() for each in numbered(pl.Series(["b", None, "a", "b"]))]
        [[0, None, 1, 0], ['b', 'a']]
    """
    numbers = values.cast(pl.Categorical(pl.Categories.random())).to_physical().cast(pl.UInt32)
    first = numbers.is_first_distinct() & numbers.is_not_null()
    return numbers.rename(values.name), values.filter(first)


def numbered_in_order(values: pl.Series) -> tuple[pl.Series, pl.Series]:
    """As :func:`numbered`, in order of text.

    Example:
        >>> [each.to_list() for each in numbered_in_order(pl.Series(["b", "a", "b"]))]
        [[1, 0, 1], ['a', 'b']]
    """
    numbers, names = numbered(values)
    order = names.arg_sort()
    place = pl.int_range(names.len(), dtype=pl.UInt32, eager=True).gather(order.arg_sort())
    return place.gather(numbers).rename(values.name), names.gather(order)
