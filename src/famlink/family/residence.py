"""Stays: which person an agency places at which address, from when to when."""

from __future__ import annotations

import polars as pl

from famlink.family.claims import OPEN_END

STAYS: dict[str, pl.DataType] = {
    "person_id": pl.String(),
    "place": pl.String(),
    "start": pl.Date(),
    "end": pl.Date(),
    "dated": pl.Boolean(),
    "agency": pl.String(),
    "record_id": pl.String(),
    "part": pl.UInt32(),
    "household": pl.String(),
    "postcode": pl.String(),
}
"""Columns of the small table ``stays``: one row a person, address and record part."""


def stays(people: pl.DataFrame, standardised: pl.DataFrame) -> pl.DataFrame:
    """Place every person at the addresses their records give.

    The place is house number and postcode (a postcode rarely holds one house number twice, while streets are spelt in many
    ways); else the address as one line and the postcode; else the UPRN; else the agency's own household. A UPRN that
    other records give beside an address means that address.

    Args:
        people: table ``people``.
        standardised: table ``standardised``.

    Returns:
        one row a record part with a place, sorted: ``start`` is the day the address began, or the day the record was last
        true; ``end`` is null where the source means current; ``dated`` says whether the source dates the address itself.
    """
    known = standardised.select(
        "agency",
        "record_id",
        "part",
        "uprn",
        "postcode",
        "household_id",
        pl.coalesce("house_number", "address").alias("door"),
        "address_from",
        "address_to",
        "recorded_on",
    ).with_columns((pl.col("door") + "|" + pl.col("postcode")).alias("address_key"))
    doors = (
        known.drop_nulls(["uprn", "address_key"])
        .group_by("uprn", "address_key")
        .len()
        .sort(["uprn", "len", "address_key"], descending=[False, True, False])
        .unique("uprn", keep="first", maintain_order=True)
        .select("uprn", pl.col("address_key").alias("uprn_key"))
    )
    placed = known.join(doors, on="uprn", how="left").join(
        people.select("agency", "record_id", "person_id"), on=["agency", "record_id"], how="inner"
    )
    household = pl.col("agency") + ":" + pl.col("household_id")
    return (
        placed.select(
            "person_id",
            pl.coalesce(
                "address_key", "uprn_key", pl.lit("uprn ") + pl.col("uprn"), pl.lit("household ") + household
            ).alias("place"),
            _real("address_from").fill_null(_real("recorded_on")).alias("start"),
            _real("address_to").alias("end"),
            (_real("address_from").is_not_null() | _real("address_to").is_not_null()).alias("dated"),
            "agency",
            "record_id",
            "part",
            household.alias("household"),
            "postcode",
        )
        .drop_nulls("place")
        .sort("person_id", "place", "agency", "record_id", "part")
    )


def _real(column: str) -> pl.Expr:
    return pl.when(pl.col(column) > OPEN_END).then(pl.col(column))
