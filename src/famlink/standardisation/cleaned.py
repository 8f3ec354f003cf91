"""What cleaning a field gives, and the one way every field is cleaned: each value that occurs once, then looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from famlink.texts import numbered

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
    if empty(values):
        shape = clean(pl.Series([], dtype=values.dtype)).schema
        return pl.DataFrame({name: nothing(values.len(), dtype) for name, dtype in shape.items()})
    places, uniques = numbered(values)
    return _gathered(clean(uniques), places)


def where_filled(values: pl.Series, clean: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """Clean the cells that hold something, each by itself: for values of which few come twice.

    Args:
        values: text.
        clean: takes the cells without nulls, and gives one row each.

    Returns:
        the rows for every cell, in order; nulls where the cell is empty.

    Example:
        >>> where_filled(pl.Series(["B", None]), lambda v: v.str.to_lowercase().to_frame("low"))["low"].to_list()
        ['b', None]
    """
    if not values.null_count():
        return clean(values)
    filled = values.is_not_null()
    places = filled.cum_sum().cast(pl.UInt32).to_frame("at").select(pl.when(filled).then(pl.col("at") - 1)).to_series()
    return _gathered(clean(values.filter(filled)), places)


def _gathered(cleaned: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """The row of each place; columns that say nothing, as most reasons do, are not looked up."""
    silent = {name for name, count in cleaned.null_count().row(0, named=True).items() if count == cleaned.height}
    telling = cleaned.select(pl.col(name).gather(places) for name in cleaned.columns if name not in silent)
    return pl.DataFrame(
        {
            name: nothing(places.len(), dtype) if name in silent else telling[name]
            for name, dtype in cleaned.schema.items()
        }
    )


def rewritten(values: pl.Series, *, plain: str, write: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """Rewrite the values that are not already written plainly, which in most columns are few.

    Args:
        values: text.
        plain: regular expression of a value that needs nothing done.
        write: text -> the value as it should be.

    Returns:
        the values, in order.

    Example:
        >>> rewritten(pl.Series(["12", "1 3"]), plain="^[0-9]+$", write=lambda t: t.str.replace_all(" ", "")).to_list()
        ['12', '13']
    """
    frame = values.to_frame("v").with_columns(pl.col("v").str.contains(plain).alias("plain"))
    if frame["plain"].all():
        return values
    messy = frame.select(pl.when(~pl.col("plain")).then("v")).to_series()
    done = by_value(messy, lambda some: some.to_frame("t").select(write(pl.col("t")).alias("w")))
    return frame.select(pl.when("plain").then("v").otherwise(done["w"])).to_series()


def empty(values: pl.Series) -> bool:
    """Whether a column says nothing at all."""
    return values.null_count() == values.len()


def nothing(height: int, dtype: pl.DataType | None = None) -> pl.Series:
    """A column that says nothing, of text where no type is given."""
    return pl.Series([None], dtype=dtype or pl.String()).new_from_index(0, height)


def by_item(cells: pl.Series, clean: Callable[[pl.Series], pl.DataFrame]) -> tuple[pl.Series, pl.Series]:
    """Clean cells that hold lists with ``;``.

    Args:
        cells: text.
        clean: takes items, nulls among them, and gives ``value`` and ``reason`` for each.

    Returns:
        for each cell the cleaned items in order without repeats (null where none is left), and the reasons.

    Example:
        >>> both = by_item(pl.Series(["A; B", "C"]), lambda v: pl.DataFrame({"value": v, "reason": pl.Series([None] * v.len())}))
        >>> both[0].to_list()
        [['A', 'B'], ['C']]
    """
    if empty(cells):
        return nothing(cells.len(), pl.List(pl.String())), nothing(cells.len())
    frame = where_filled(cells, lambda some: _items(some, clean))
    return frame["value"], frame[REASON]


def _items(cells: pl.Series, clean: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    many = cells.str.contains(";", literal=True)
    one = clean(cells.set(many, None) if many.any() else cells)
    frame = one.select(
        pl.when(pl.col("value").is_not_null()).then(pl.col("value").reshape((-1, 1)).arr.to_list()).alias("value"),
        pl.col(REASON).cast(pl.String),
    )
    return _with_lists(frame, cells.filter(many), many.arg_true(), clean) if many.any() else frame


def _with_lists(
    frame: pl.DataFrame, cells: pl.Series, places: pl.Series, clean: Callable[[pl.Series], pl.DataFrame]
) -> pl.DataFrame:
    """Put the cleaned lists of some cells in their places."""
    items = (
        pl.DataFrame({"place": places, "item": cells})
        .with_columns(pl.col("item").str.split(";"))
        .explode("item")
        .with_columns(pl.col("item").str.strip_chars())
        .filter(pl.col("item") != "")
    )
    lists = (
        items.select("place")
        .hstack(clean(items["item"]).select("value", pl.col(REASON).cast(pl.String)))
        .group_by("place", maintain_order=True)
        .agg(pl.all().drop_nulls().unique(maintain_order=True))
        .select(
            "place",
            pl.when(pl.col("value").list.len() > 0).then("value").alias("items"),
            pl.when(pl.col(REASON).list.len() > 0).then(pl.col(REASON).list.join("; ")).alias("why"),
        )
    )
    return (
        frame.with_row_index("place")
        .join(lists.with_columns(pl.col("place").cast(pl.UInt32)), on="place", how="left", maintain_order="left")
        .select(pl.coalesce("items", "value").alias("value"), pl.coalesce("why", REASON).alias(REASON))
    )
