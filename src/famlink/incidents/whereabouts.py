"""Whether two accounts say one place and one hour."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.keys import Rows
from famlink.texts import numbered

Levels = NDArray[np.int32]

_HOME = r"\b(?:home|house|property|residence|dwelling|family address)\b"
_SCHOOL = r"\b(?:school|academy|college|nursery|classroom)\b"
_STREET = r"\b(?:street|road|avenue|close|lane|drive|crescent|gardens|terrace|way|court|grove|highway|rd|st|ave)\b"
_POSTCODE = r"\b([a-z]{1,2}\d[a-z\d]?)\s*(\d[a-z]{2})\b"

SITES = ("home", "school", "street", "address", "other")
"""Kinds of place; of the first three every town has many, so that the same word is not the same place."""

MINUTES = 1440
"""In a day."""

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


def place_level(rows: Rows, told: pl.DataFrame) -> Levels:
    """Compare the places of each pair.

    Args:
        rows: the places in ``told`` of the two of each pair.
        told: as :func:`places_of` takes.

    Returns:
        3 one place, 2 one kind of place, 1 may be one place, 0 another place; -1 where one account names none.
    """
    out = np.full(len(rows[0]), -1, dtype=np.int32)
    number, places = numbered(told["place"])
    read = places_of(pl.DataFrame({"number": np.arange(places.len(), dtype=np.uint32), "place": places}))
    at = np.full(places.len() + 1, -1, dtype=np.int64)
    at[read["number"].to_numpy()] = np.arange(read.height)
    of = at[number.fill_null(places.len()).to_numpy()]
    sides = [of[row] for row in rows]
    named = np.flatnonzero((sides[0] >= 0) & (sides[1] >= 0))
    left, right = (side[named] for side in sides)
    door, street, place = (
        numbered(read[name])[0].cast(pl.Int64).fill_null(-1).to_numpy() for name in ("door", "street", "place")
    )
    site = read["site"].cast(pl.Enum(SITES)).to_physical().to_numpy()
    known = site >= SITES.index("address")
    alike = np.where(site[left] == site[right], np.where(site[left] == SITES.index("other"), 1, 2), 0)
    # An address may be the home; a public place may be a street.
    both = np.minimum(site[left], site[right]), np.maximum(site[left], site[right])
    for pair in (("home", "address"), ("street", "other")):
        one, other = sorted(SITES.index(name) for name in pair)
        alike[(both[0] == one) & (both[1] == other)] = 1
    doors, streets = (door[left] >= 0) & (door[right] >= 0), (street[left] >= 0) & (street[right] >= 0)
    out[named] = np.select(
        [(place[left] == place[right]) & known[left], doors, streets],
        [3, np.where(door[left] == door[right], 3, 0), np.where(street[left] == street[right], 3, 0)],
        alike,
    )
    return out


def hours_level(rows: Rows, told: pl.DataFrame) -> Levels:
    """Compare the hours of two accounts whose days are known and at most one apart.

    Args:
        rows: the places in ``told`` of the two of each pair.
        told: ``date``, ``precision`` and ``time``.

    Returns:
        3 within three hours, 2 within eight, 1 within twenty, 0 further; -1 where one has no time, or the days are further apart.
    """
    number, times = numbered(told["time"])
    clock = times.str.extract_groups(r"(\d{1,2})[:.h]?(\d{2})")
    hour, minute = (clock.struct.field(name).cast(pl.Int64) for name in ("1", "2"))
    evening = times.str.to_lowercase().str.contains(r"p\.?m") & (hour < 12)
    read = (hour * 60 + minute + evening.cast(pl.Int64) * 720).fill_null(MINUTES)
    told_at = np.append(read.to_numpy(), MINUTES)[number.fill_null(times.len()).to_numpy()]
    known = (told_at < MINUTES) & (told["precision"] == "day").to_numpy()
    day = told["date"].cast(pl.Int32).to_numpy().astype(np.int64)
    left, right = rows
    apart = np.abs((day[left] - day[right]) * MINUTES + told_at[left] - told_at[right]) / 60.0
    level = sum((apart <= most).astype(np.int32) for most in HOURS)
    near = known[left] & known[right] & (np.abs(day[left] - day[right]) <= 1)
    return np.where(near, level, -1).astype(np.int32)
