"""Fields made of others for a comparison: ``field:piece``, where the standardised table has no such column."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from famlink.linkage.dated import AS_OF
from famlink.linkage.places import PLACE, place_of
from famlink.schema import EXTRA
from famlink.waiting import Records

POSTCODE = r"^[a-z]{1,2}[0-9][0-9a-z]?[0-9][a-z]{2}$"
"""A UK postcode in small letters without spaces."""


def derived(frame: Records, name: str) -> pl.Series | None:
    """Make a field of others.

    Args:
        frame: merged standardised records.
        name: ``field:piece``: as_of, place:other, date, sound, whole (more than an initial), and of an agency's own column unit, sector or outcode.

    Returns:
        one value a record; None where the field is not of this kind.

    Example:
        >>> frame = pl.DataFrame({"extra.work": ["LS1 4AB", "ls14ab", "Leeds"]})
        >>> derived(frame, "extra.work:sector").to_list()
        ['ls14', 'ls14', None]
    """
    field, _, piece = name.partition(":")
    if piece == AS_OF:
        return _whole(frame, _last_true(frame, field), name)
    if piece.startswith(f"{PLACE}:"):
        return _whole(frame, _place(frame, field, piece.removeprefix(f"{PLACE}:")), name)
    make = _MADE.get(piece)
    if make is None or field not in frame.columns or (piece in _POSTAL and not field.startswith(EXTRA)):
        return None
    # Each value that occurs is worked out once.
    cells = frame[field].cast(pl.String)
    values = cells.drop_nulls().unique()
    if values.is_empty():
        return pl.Series(name, [None] * frame.height, dtype=make(values).dtype)
    known = pl.DataFrame({"value": values, "made": make(values)})
    return cells.to_frame("value").join(known, on="value", how="left", maintain_order="left")["made"].rename(name)


def _whole(frame: Records, made: pl.Expr, name: str) -> pl.Series:
    # An expression of nothing but a constant would be one row.
    return frame.select(pl.when(pl.int_range(pl.len()) >= 0).then(made).alias(name)).to_series()


def _last_true(frame: Records, field: str) -> pl.Expr:
    """Days since 1970 of the day a record's value was last true: an address may have ended before it was written down."""
    none = pl.lit(None, dtype=pl.Date)
    written = pl.col("recorded_on") if "recorded_on" in frame.columns else none
    ended = pl.col("address_to") if field == "address" and "address_to" in frame.columns else none
    return pl.min_horizontal(written, ended).cast(pl.Int32).cast(pl.Float64)


def _place(frame: Records, first: str, second: str) -> pl.Expr:
    return place_of(first, second) if {first, second} <= set(frame.columns) else pl.lit(None, dtype=pl.Float64)


def _date(values: pl.Series) -> pl.Series:
    """Dates as they are written in extracts, as yyyymmdd; month or day 0 where they are not known."""
    from famlink.vocabulary.dates import parse_dates

    read = parse_dates(values)
    day = pl.col("earliest").dt
    number = day.year() * 10_000 + day.month().cast(pl.Int32) * 100 + day.day().cast(pl.Int32)
    rounded = (
        pl.when(pl.col("precision") == "year")
        .then(number // 10_000 * 10_000)
        .when(pl.col("precision") == "month")
        .then(number // 100 * 100)
        .otherwise(number)
    )
    return read.select(rounded.cast(pl.Float64).alias("made")).to_series()


def _sound(values: pl.Series) -> pl.Series:
    """Soundex of what is written in Latin letters; what is not has no sound here."""
    import jellyfish

    latin = values.str.replace_all(r"[^a-zA-Z]", "")
    return pl.Series("made", [jellyfish.soundex(text) if text else None for text in latin.to_list()], dtype=pl.String)


def _postal(without: int) -> Callable[[pl.Series], pl.Series]:
    def make(values: pl.Series) -> pl.Series:
        plain = values.str.to_lowercase().str.replace_all(" ", "").rename("plain").to_frame()
        part = pl.col("plain").str.head(-without) if without else pl.col("plain")
        return plain.select(pl.when(pl.col("plain").str.contains(POSTCODE)).then(part).alias("made")).to_series()

    return make


_POSTAL = ("unit", "sector", "outcode")


def _more_than_initial(values: pl.Series) -> pl.Series:
    return values.to_frame("value").select(pl.when(pl.col("value").str.len_chars() > 1).then("value")).to_series()


_MADE: dict[str, Callable[[pl.Series], pl.Series]] = {
    "date": _date,
    "sound": _sound,
    "whole": _more_than_initial,
    "unit": _postal(0),
    "sector": _postal(2),
    "outcode": _postal(3),
}
