"""Where a record is, by coordinates its source gives: two columns as one number that a kernel can read.

Nothing is looked up: a postcode has no place here unless the source says where it is.
"""

from __future__ import annotations

import math

import polars as pl

from famlink.linkage.model import Comparison, Feature, Level, Term
from famlink.schema import EXTRA

PLACE = "place"
"""``first:place:second``: latitude and longitude, or easting and northing, of a record as one number."""

CUTS = (0.1, 1.0, 10.0)
"""Kilometres within which two places are close."""

_WORDS = ("within ten kilometres", "within one kilometre", "within a hundred metres")
_DEGREE = 100_000
_LONGITUDES = 360 * _DEGREE + 1
_METRES = 2_000_000
_EAST, _NORTH = 800_000, 1_400_000
"""Beyond these the British National Grid has no land."""


def distance(first: str, second: str) -> Comparison:
    """Compare how far apart two records are.

    Args:
        first: column of the latitude or easting.
        second: column of the longitude or northing; where the names say that it is the other way round, it is.

    Returns:
        the comparison; records of which one has no place, or one has degrees and the other metres, are not compared.

    Example:
        >>> made = distance("extra.easting", "extra.northing")
        >>> made.name, made.levels[-1].label
        ('easting and northing', 'places are within a hundred metres of each other')
    """
    if any(word in first.lower() for word in ("lon", "lng", "north")):
        first, second = second, first
    names = (name.removeprefix(EXTRA) for name in (first, second))
    field = f"{first}:{PLACE}:{second}"
    levels = [Level("places are over ten kilometres apart", (), 0.2, 0.6, (0.2,) * 4)]
    shares = ((0.1, 0.35, 0.1), (0.1, 0.045, 0.1), (0.6, 0.005, 0.6))
    for grade, (words, (m, u, k)) in enumerate(zip(_WORDS, shares, strict=True), start=1):
        levels.append(Level(f"places are {words} of each other", ((Term(0, (grade,)),),), m, u, (k,) * 4))
    return Comparison(
        name=" and ".join(names),
        origin="family",
        features=(Feature("distance", field, field, CUTS),),
        missing=((Term(0, (-1,)),),),
        levels=tuple(levels),
    )


def place_of(first: str, second: str) -> pl.Expr:
    """Two columns as one number: degrees to a hundred thousandth, or metres of a national grid, told apart by the sign.

    Args:
        first: column of the latitude or easting.
        second: column of the longitude or northing.

    Returns:
        the number; null where a cell is not a number, is no place on the globe or the grid, or both are zero.

    Example:
        >>> frame = pl.DataFrame({"a": ["53.8", "430000", "0", "x"], "b": ["-1.55", "433500", "0", "1"]})
        >>> frame.select(place_of("a", "b").alias("p"))["p"].to_list()
        [517680032225000.0, -860000433501.0, None, None]
    """
    x, y = (pl.col(name).cast(pl.String).str.strip_chars().cast(pl.Float64, strict=False) for name in (first, second))
    degrees = ((x + 90) * _DEGREE).round() * _LONGITUDES + ((y + 180) * _DEGREE).round()
    metres = -(x.round() * _METRES + y.round() + 1)
    nowhere = ((x == 0) & (y == 0)) | x.is_nan() | y.is_nan()
    return (
        pl.when(nowhere)
        .then(None)
        .when((x.abs() <= 90) & (y.abs() <= 180))
        .then(degrees)
        .when(x.is_between(0, _EAST) & y.is_between(0, _NORTH))
        .then(metres)
    )


def apart(one: float, other: float) -> float:
    """Kilometres between two places.

    Args:
        one: from :func:`place_of`.
        other: the same, both in degrees or both in metres.

    Returns:
        the great-circle distance on a sphere of 6371.0088 km, or the straight one on the grid.

    Example:
        >>> towns = pl.DataFrame({"lat": [51.5074, 55.9533], "lon": [-0.1278, -3.1883]})
        >>> london, edinburgh = towns.select(place_of("lat", "lon")).to_series().to_list()
        >>> round(apart(london, edinburgh))
        534

    Source: haversine formula, Sinnott (1984).
    """
    if one < 0:
        (ax, ay), (bx, by) = (divmod(-place - 1, _METRES) for place in (one, other))
        return math.hypot(ax - bx, ay - by) / 1000.0
    (alat, alon), (blat, blon) = (divmod(place, _LONGITUDES) for place in (one, other))
    turn = math.radians(1.0 / _DEGREE)
    up, along = (blat - alat) * turn, (blon - alon) * turn
    south = 90.0 * _DEGREE
    flat = math.cos((alat - south) * turn) * math.cos((blat - south) * turn)
    return 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, math.sin(up / 2) ** 2 + flat * math.sin(along / 2) ** 2)))
