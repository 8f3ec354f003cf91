"""What cleaning a field gives, and the one way every field is cleaned: each value that occurs once, then looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

REASON = "reason"


@dataclass(frozen=True)
class Cleaned:
    """Fields cleaned.

    Args:
        columns: cleaned columns, one row a record, in the records' order.
        reasons: column -> for each record why its cell is empty or weaker, null where it is not; several reasons
            with ``; ``.
        unreadable: column -> for each record why its cell could not be read at all: told in rejected.csv too.
    """

    columns: pl.DataFrame
    reasons: Mapping[str, pl.Series] = field(default_factory=dict)
    unreadable: Mapping[str, pl.Series] = field(default_factory=dict)


def by_value(values: pl.Series, clean: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """Clean each value that occurs once and give every cell its result.

    Args:
        values: text.
        clean: takes the values that occur, without nulls, and gives one row each.

    Returns:
        the rows for every cell, in order; nulls where the cell is empty.

    Example:
        >>> by_value(pl.Series(["B", None, "B"]), lambda v: v.str.to_lowercase().to_frame("low"))["low"].to_list()
        ['b', None, 'b']
    """
    key = "famlink.value"
    uniques = values.drop_nulls().unique(maintain_order=True)
    cleaned = clean(uniques).with_columns(uniques.alias(key))
    return values.to_frame(key).join(cleaned, on=key, how="left", maintain_order="left").drop(key)


def empty(values: pl.Series) -> bool:
    """Whether a column says nothing at all."""
    return values.null_count() == values.len()


def by_item(cells: pl.Series, clean: Callable[[pl.Series], pl.DataFrame], column: str) -> tuple[pl.Series, pl.Series]:
    """Clean cells that hold lists with ``;``.

    Args:
        cells: text.
        clean: as for :func:`by_value`; gives a column of that name and ``reason``.
        column: the column of its result to collect.

    Returns:
        for each cell the cleaned items in order without repeats (null where none is left), and the reasons.
    """
    place = "famlink.place"
    items = (
        pl.DataFrame({place: pl.int_range(cells.len(), dtype=pl.UInt32, eager=True), "item": cells})
        .drop_nulls("item")
        .with_columns(pl.col("item").str.split(";"))
        .explode("item", empty_as_null=False)
        .with_columns(pl.col("item").str.strip_chars())
        .filter(pl.col("item") != "")
    )
    cleaned = items.select(place).hstack(by_value(items["item"], clean).select(column, REASON))
    lists = (
        cleaned.group_by(place, maintain_order=True)
        .agg(
            pl.col(column).drop_nulls().unique(maintain_order=True),
            pl.col(REASON).drop_nulls().unique(maintain_order=True).alias(REASON),
        )
        .with_columns(
            pl.when(pl.col(column).list.len() > 0).then(column).alias(column),
            pl.when(pl.col(REASON).list.len() > 0).then(pl.col(REASON).list.join("; ")).alias(REASON),
        )
    )
    every = pl.DataFrame({place: pl.int_range(cells.len(), dtype=pl.UInt32, eager=True)})
    joined = every.join(lists, on=place, how="left", maintain_order="left")
    return joined[column], joined[REASON]
