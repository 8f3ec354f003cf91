"""Texts as 64-bit hashes that are the same on every machine and in every version: opaque ids, and orders nobody chose."""

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
