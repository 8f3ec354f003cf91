"""Stays: which person an agency places at which address, from when to when."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from famlink.family.claims import OPEN_END
from famlink.texts import numbered, numbered_in_order
from famlink.waiting import Records

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


@dataclass(frozen=True)
class Homes:
    """Stays in numbers: a million of them are grouped and compared many times over, and text is dear to compare.

    Args:
        rows: one row a record part with a place: ``person`` and ``place`` (codes), ``record`` (place of its record among
            ``records``), ``row`` (place in the standardised table), ``part``, ``household`` (code, null where the agency
            gives none), ``start``, ``end``, ``dated``.
        people: person_id by code, in order of text.
        places: the place in words, by code.
        records: ``agency`` and ``record_id`` of every record of a person, in order.
    """

    rows: pl.DataFrame
    people: pl.Series
    places: pl.Series
    records: Records


def stays(people: pl.DataFrame, standardised: Records) -> pl.DataFrame:
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
    return in_words(homes_of(people, standardised), standardised)


def dated_stays(people: pl.DataFrame, standardised: Records, *, homes: Homes | None = None) -> pl.DataFrame:
    """The stays whose addresses a source dates.

    Args:
        people: table ``people``.
        standardised: table ``standardised``.
        homes: the stays of these people, or of more, in numbers, where they are made already.

    Returns:
        as :func:`stays`, without those whose days are only those of the record.
    """
    homes = homes_of(people, standardised) if homes is None else homes
    return in_words(replace(homes, rows=homes.rows.filter("dated")), standardised)


def in_words(homes: Homes, standardised: Records) -> pl.DataFrame:
    """Stays in numbers as the table ``stays``.

    Args:
        homes: as :func:`homes_of` gives them.
        standardised: the table they were made of.

    Returns:
        as :func:`stays`.
    """
    rows = homes.rows
    numbers = rows["row"]
    return (
        rows.select(
            homes.people.gather(rows["person"]).alias("person_id"),
            homes.places.gather(rows["place"]).alias("place"),
            "start",
            "end",
            "dated",
            homes.records["agency"].gather(rows["record"]).alias("agency"),
            homes.records["record_id"].gather(rows["record"]).alias("record_id"),
            "part",
            standardised["household_id"].gather(numbers).alias("household"),
            standardised["postcode"].gather(numbers).alias("postcode"),
        )
        .with_columns((pl.col("agency") + ":" + pl.col("household")).alias("household"))
        .sort("person_id", "place", "agency", "record_id", "part")
    )


def homes_of(people: pl.DataFrame, standardised: Records) -> Homes:
    """Place every person, in numbers.

    Args:
        people: table ``people``.
        standardised: table ``standardised``.

    Returns:
        the stays :func:`stays` tells of.
    """
    records = people if _in_order(people) else people.sort("agency", "record_id")
    person, names = numbered_in_order(records["person_id"])
    record = _record_of(standardised, records)
    # Of records that wait in a file no more words are held at once than one of these needs.
    household = standardised.select((pl.col("agency") + ":" + pl.col("household_id")).alias("household")).to_series()
    where = standardised.select(
        "uprn", (pl.coalesce("house_number", "address") + "|" + pl.col("postcode")).alias("address_key")
    ).with_columns(household)
    if record.null_count():
        where = where.select(pl.when(record.is_not_null()).then(pl.all()))
    place, places = numbered(_places(where))
    del where
    when = standardised.select(
        "part",
        _real("address_from").fill_null(_real("recorded_on")).alias("start"),
        _real("address_to").alias("end"),
        (_real("address_from").is_not_null() | _real("address_to").is_not_null()).alias("dated"),
    )
    rows = pl.DataFrame(
        [
            person.gather(record).alias("person"),
            place.alias("place"),
            record,
            pl.int_range(when.height, dtype=pl.UInt32, eager=True).alias("row"),
            when["part"],
            numbered(household)[0].alias("household"),
            when["start"],
            when["end"],
            when["dated"],
        ]
    ).filter(pl.col("record").is_not_null() & pl.col("place").is_not_null())
    return Homes(rows, names, places, records.select("agency", "record_id"))


def _record_of(standardised: Records, records: Records) -> pl.Series:
    """The place of each row's record among the records; null where it is none of them."""
    key = ["agency", "record_id"]
    if standardised.height >= records.height and _in_order(standardised):
        # A run keeps rows in order of record and part: then the next record begins where the key changes.
        agency, record = pl.col("agency"), pl.col("record_id")
        begins = standardised.select(((agency != agency.shift()) | (record != record.shift())).fill_null(value=True))
        if standardised.select(key).filter(begins.to_series()).equals(records.select(key)):
            return (begins.to_series().cum_sum() - 1).cast(pl.UInt32).alias("record")
    numbers = records.select(*key).with_row_index("record")
    return standardised.select(key).join(numbers, on=key, how="left", maintain_order="left")["record"]


def codes(values: pl.Series, names: pl.Series) -> pl.Series:
    """The place of each value among some names; null where it is none of them."""
    numbered = names.to_frame("name").with_row_index("code")
    return values.to_frame("name").join(numbered, on="name", how="left", maintain_order="left")["code"]


def _places(placed: pl.DataFrame) -> pl.Series:
    doors = (
        placed.select("uprn", "address_key")
        .drop_nulls()
        .group_by("uprn", "address_key")
        .len()
        .sort(["uprn", "len", "address_key"], descending=[False, True, False])
        .unique("uprn", keep="first", maintain_order=True)
        .select("uprn", pl.col("address_key").alias("uprn_key"))
    )
    alone = placed.select(
        "address_key", "household", pl.when(pl.col("address_key").is_null()).then("uprn").alias("uprn")
    )
    if doors.height:
        alone = alone.join(doors, on="uprn", how="left", maintain_order="left")
    else:
        alone = alone.with_columns(pl.lit(None, dtype=pl.String).alias("uprn_key"))
    return alone.select(
        pl.coalesce(
            "address_key", "uprn_key", pl.lit("uprn ") + pl.col("uprn"), pl.lit("household ") + pl.col("household")
        ).alias("place")
    ).to_series()


def _in_order(people: Records) -> bool:
    """Whether people stand in order of agency and record_id, as linkage gives them: sorting a million texts takes a second."""
    agency, record = pl.col("agency"), pl.col("record_id")
    later = (agency > agency.shift()) | ((agency == agency.shift()) & (record > record.shift()))
    return bool(people.select(later.fill_null(value=True).all()).item())


def _real(column: str) -> pl.Expr:
    return pl.when(pl.col(column) > OPEN_END).then(pl.col(column))
