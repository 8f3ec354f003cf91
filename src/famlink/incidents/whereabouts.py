"""Whether two accounts say one place and one hour."""

from __future__ import annotations

import polars as pl

_HOME = r"\b(?:home|house|property|residence|dwelling|family address)\b"
_SCHOOL = r"\b(?:school|academy|college|nursery|classroom)\b"
_STREET = r"\b(?:street|road|avenue|close|lane|drive|crescent|gardens|terrace|way|court|grove|highway|rd|st|ave)\b"
_POSTCODE = r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b"

HOURS = (3.0, 8.0, 20.0)
"""Hours between two accounts at which the next level of the comparison begins."""


def places_of(told: pl.DataFrame) -> pl.DataFrame:
    """Read each account's place.

    Args:
        told: ``number`` and ``place``.

    Returns:
        ``number``, ``door`` (postcode or house number and street; null where the place is no address), ``street`` (its words
        without numbers) and ``site`` (home, school, address, street or other), for the accounts that name a place.
    """
    plain = pl.col("place").str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", " ").str.strip_chars()
    rows = told.select("number", plain.alias("place")).filter(pl.col("place") != "")
    number = pl.col("place").str.extract(r"\b(\d+[a-z]?)\b")
    street = pl.col("place").str.replace_all(_POSTCODE, " ").str.replace_all(r"\b\d+[a-z]?\b|\bflat\b", " ")
    street = street.str.replace_all(r"\s+", " ").str.strip_chars()
    is_street = pl.col("place").str.contains(_STREET)
    return rows.select(
        "number",
        pl.when(is_street & number.is_not_null())
        .then(number + pl.lit(" ") + street.str.extract(r"^(\S+ \S+)"))
        .alias("door"),
        pl.when(is_street).then(street.str.extract(r"^(\S+ \S+)")).alias("street"),
        pl.when(pl.col("place").str.contains(_SCHOOL) & ~is_street)
        .then(pl.lit("school"))
        .when(is_street & number.is_not_null())
        .then(pl.lit("address"))
        .when(is_street | pl.col("place").str.contains(r"^street$"))
        .then(pl.lit("street"))
        .when(pl.col("place").str.contains(_HOME))
        .then(pl.lit("home"))
        .otherwise(pl.lit("other"))
        .alias("site"),
        "place",
    )


def place_level(pairs: pl.DataFrame, told: pl.DataFrame) -> pl.Series:
    """Compare the places of each pair.

    Args:
        pairs: ``left``, ``right``.
        told: as :func:`places_of` takes.

    Returns:
        3 one place, 2 one kind of place, 1 may be one place, 0 another place; -1 where one account names none.
    """
    read = places_of(told)
    rows = (
        pairs.select("left", "right")
        .join(read.rename({"number": "left"}), on="left", how="left", maintain_order="left")
        .join(read.rename({"number": "right"}), on="right", how="left", maintain_order="left", suffix="_right")
    )
    site, other = pl.col("site"), pl.col("site_right")
    kinds = pl.concat_list(pl.min_horizontal(site, other), pl.max_horizontal(site, other)).list.join("+")
    level = (
        pl.when(site.is_null() | other.is_null())
        .then(-1)
        .when((pl.col("place") == pl.col("place_right")) & ~site.is_in(["home", "school", "street"]))
        .then(3)
        .when(pl.col("door").is_not_null() & pl.col("door_right").is_not_null())
        .then(pl.when(pl.col("door") == pl.col("door_right")).then(3).otherwise(0))
        .when(pl.col("street").is_not_null() & pl.col("street_right").is_not_null())
        .then(pl.when(pl.col("street") == pl.col("street_right")).then(3).otherwise(0))
        .when(site == other)
        .then(pl.when(site == "other").then(1).otherwise(2))
        # An address may be the home; a public place may be a street.
        .when(kinds.is_in(["address+home", "other+street"]))
        .then(1)
        .otherwise(0)
    )
    return rows.select(level.cast(pl.Int32).alias("place")).to_series()


def hours_level(pairs: pl.DataFrame, told: pl.DataFrame) -> pl.Series:
    """Compare the hours of two accounts whose days are known and at most one apart.

    Args:
        pairs: ``left``, ``right``.
        told: ``number``, ``date``, ``precision`` and ``time``.

    Returns:
        3 within three hours, 2 within eight, 1 within twenty, 0 further; -1 where one has no time, or the days are further apart.
    """
    clock = pl.col("time").str.extract_groups(r"(\d{1,2})[:.h]?(\d{2})")
    hour, minute = clock.struct.field("1").cast(pl.Int64), clock.struct.field("2").cast(pl.Int64)
    evening = pl.col("time").str.to_lowercase().str.contains(r"p\.?m") & (hour < 12)
    read = (
        told.filter(pl.col("precision") == "day")
        .select(
            "number",
            pl.col("date").cast(pl.Int32).cast(pl.Int64).alias("day"),
            (hour * 60 + minute + pl.when(evening).then(720).otherwise(0)).alias("minute"),
        )
        .filter(pl.col("minute") < 1440)
    )
    rows = (
        pairs.select("left", "right")
        .join(read.rename({"number": "left"}), on="left", how="left", maintain_order="left")
        .join(read.rename({"number": "right"}), on="right", how="left", maintain_order="left", suffix="_right")
    )
    apart = ((pl.col("day") - pl.col("day_right")) * 1440 + pl.col("minute") - pl.col("minute_right")).abs() / 60.0
    near = (pl.col("day") - pl.col("day_right")).abs() <= 1
    level = sum(((apart <= most).cast(pl.Int32) for most in HOURS), start=pl.lit(0, dtype=pl.Int32))
    return rows.select(
        pl.when(near & apart.is_not_null()).then(level).otherwise(-1).cast(pl.Int32).alias("hours")
    ).to_series()
