"""Words and pairs as numbers: what a whole run is sorted, counted and looked up by."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Rows = tuple[Ints, Ints]
"""The places of the two of each pair."""

Keys = TypeVar("Keys", bound=NDArray[Any])

HASHED = 24
"""Bits of a text's hash that are looked at before it is looked up: where a million are known, one of sixteen others is let through."""


def distinct(keys: Keys) -> Keys:
    """Each of some numbers once, in order.

    ``numpy.unique`` hashes where no places are asked for, which takes a hundred times as long as sorting.

    Args:
        keys: numbers.

    Returns:
        the numbers.

    Example:
        >>> distinct(np.array([3, 1, 3])).tolist()
        [1, 3]
    """
    keys = cast("Keys", np.sort(keys))
    new = np.ones(len(keys), dtype=np.bool_)
    new[1:] = keys[1:] != keys[:-1]
    return cast("Keys", keys[new])


def perhaps_among(known: pl.Series, wanted: pl.Series) -> Bools:
    """Which of some texts may be among others: a quick look before a join. Hardly any that is not is let through.

    Args:
        known: the others.
        wanted: texts.

    Returns:
        for each False only where it is not among them.

    Example:
        >>> perhaps_among(pl.Series(["a", "b"]), pl.Series(["b", "c"])).tolist()
        [True, False]
    """
    seen = np.zeros(1 << HASHED, dtype=np.bool_)
    low = np.uint64(len(seen) - 1)
    seen[known.hash().to_numpy() & low] = True
    may: Bools = seen[wanted.hash().to_numpy() & low]
    return may


def among(known: NDArray[Any], wanted: NDArray[Any]) -> Bools:
    """Which of some numbers are among others.

    Args:
        known: the others, sorted.
        wanted: numbers.

    Returns:
        whether each is.

    Example:
        >>> among(np.array([1, 3]), np.array([3, 2, 4])).tolist()
        [True, False, False]
    """
    if not len(known):
        return np.zeros(len(wanted), dtype=np.bool_)
    found: Bools = known[np.minimum(np.searchsorted(known, wanted), len(known) - 1)] == wanted
    return found


def codes_of(values: pl.Series) -> Ints:
    """The numbers behind a column of type Enum.

    Args:
        values: words, none missing.

    Returns:
        a number each; where the type was made by :func:`enum_of`, they stand in order of text.

    Example:
        >>> codes_of(enum_of(pl.Series(["b", "a", "b"]))).tolist()
        [1, 0, 1]
    """
    return values.to_physical().to_numpy().astype(np.int64)


def names_of(values: pl.Series) -> pl.Series:
    """The words of a column of type Enum by number.

    Args:
        values: the column.

    Returns:
        its words.
    """
    return cast("pl.Enum", values.dtype).categories


def enum_of(values: pl.Series, words: tuple[str, ...] = ()) -> pl.Series:
    """A column of few words as numbers, in order of text.

    Args:
        values: words.
        words: further ones to have a number.

    Returns:
        the column, of type Enum.
    """
    return values.cast(pl.Enum(sorted({*values.drop_nulls().unique(), *words})))
