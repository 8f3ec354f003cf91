"""What relations need to know of each person: born when, and of which sex."""

from __future__ import annotations

import polars as pl

from famlink.waiting import Records

VITALS: dict[str, pl.DataType] = {
    "person_id": pl.String(),
    "date_of_birth": pl.Date(),
    "exact": pl.Boolean(),
    "sex": pl.String(),
}
"""Columns of the small table ``vitals``: one row a person."""


def vitals_of(people: pl.DataFrame, standardised: Records) -> pl.DataFrame:
    """Each person's birth and sex as most records give them.

    Args:
        people: table ``people``.
        standardised: table ``standardised``.

    Returns:
        one row a person: ``person_id``, ``date_of_birth`` (the earliest day it can be), ``exact`` (whether the day is known
        and no record doubts it), ``sex``.
    """
    rows = people.select("agency", "record_id", "person_id").join(
        standardised.select("agency", "record_id", "date_of_birth", "date_of_birth_precision", "sex"),
        on=["agency", "record_id"],
        how="inner",
    )
    return _vitals(
        people.select("person_id"),
        rows.select(
            "person_id",
            "date_of_birth",
            (pl.col("date_of_birth_precision") == "day").fill_null(value=False).alias("exact"),
            "sex",
        ),
    )


def vitals_of_statements(people: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """The same from table ``statements``, for a viewer who sees only some of them.

    Args:
        people: table ``people`` (the rows the viewer may see).
        statements: table ``statements`` (the rows the viewer may see).

    Returns:
        as :func:`vitals_of`.
    """
    said = statements.filter(pl.col("value").is_not_null())
    born = said.filter(pl.col("field") == "date_of_birth").select(
        "person_id",
        pl.col("value").str.strip_prefix("?").alias("text"),
        pl.col("value").str.starts_with("?").alias("doubted"),
    )
    births = born.select(
        "person_id",
        (pl.col("text") + pl.lit("-01-01").str.slice(pl.col("text").str.len_chars() - 4))
        .str.to_date(strict=False)
        .alias("date_of_birth"),
        ((pl.col("text").str.len_chars() == 10) & ~pl.col("doubted")).alias("exact"),
        pl.lit(None, pl.String).alias("sex"),
    )
    sexes = said.filter(pl.col("field") == "sex").select(
        "person_id",
        pl.lit(None, pl.Date).alias("date_of_birth"),
        pl.lit(value=False).alias("exact"),
        pl.col("value").alias("sex"),
    )
    return _vitals(people.select("person_id"), pl.concat([births, sexes]))


def _vitals(persons: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    births = _most(rows.drop_nulls("date_of_birth"), "date_of_birth", exact=True)
    sexes = _most(rows.drop_nulls("sex"), "sex", exact=False)
    return (
        persons.unique()
        .sort("person_id")
        .join(births, on="person_id", how="left")
        .join(sexes, on="person_id", how="left")
        .select(
            "person_id",
            pl.col("date_of_birth").cast(pl.Date),
            pl.col("exact").fill_null(value=False),
            pl.col("sex").cast(pl.String),
        )
        .sort("person_id")
    )


def _most(rows: pl.DataFrame, field: str, *, exact: bool) -> pl.DataFrame:
    """The value most rows give; an exact one before a doubted one; then the first in order."""
    counted = rows.group_by("person_id", field).agg(pl.len().alias("n"), pl.col("exact").any())
    best = counted.sort(
        ["person_id", "exact", "n", field],
        descending=[False, True, True, False] if exact else [False, False, True, False],
    ).unique("person_id", keep="first", maintain_order=True)
    return best.select("person_id", field, "exact") if exact else best.select("person_id", field)
