"""What a description says of the other account: the day it was, the officer who wrote it, its reference with a slip of the pen."""

from __future__ import annotations

import numpy as np
import polars as pl

from famlink.incidents.references import reference_key, tokens_of

LATEST = 7
"""A day named without a year, or a weekday, is looked for among the last so many days."""

_WEEKDAYS = {
    "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7,
}  # fmt: skip
_WEEKDAY = r"(?i)\b(?:on|last|this|since)\s+(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs|ur)?(?:day)?s?\b"
_WRITTEN = r"\b(\d{1,2})[/.](\d{1,2})(?:[/.](\d{2,4}))?\b"
_NAMED = r"(?i)\b(\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_BEFORE = r"(?i)\b(?:yesterday|last night|the night before|previous evening|day before)\b"
_TODAY = r"(?i)\b(?:today|this morning|this afternoon|this evening|tonight|earlier today)\b"

LEAST_REFERENCE = 6
"""A reference shorter than this is not looked for with a slip: too many others are one letter off."""


def said_days(told: pl.DataFrame) -> pl.DataFrame:
    """The day each description says the happening was, where it says one.

    A weekday, or a day without a year, is looked for before the account's own day; where its date is vague, before the day it
    was written down.

    Args:
        told: ``number``, ``date``, ``precision``, ``recorded_on`` and ``text``.

    Returns:
        ``number`` and ``said``: a day no later than the account's own and at most :data:`LATEST` days before it.
    """
    exact = pl.col("precision") == "day"
    written_on = pl.when(pl.col("precision").is_in(["month", "year"])).then("recorded_on")
    rows = (
        told.with_columns(pl.when(exact).then("date").otherwise(written_on).alias("since"))
        .drop_nulls("since")
        .filter(pl.col("text").str.contains(r"(?i)day|night|morning|\d|th"))
    )
    day = pl.col("since")
    weekday = pl.col("text").str.extract(_WEEKDAY).str.to_lowercase().replace_strict(_WEEKDAYS, default=None)
    since = (day.dt.weekday().cast(pl.Int32) - weekday.cast(pl.Int32)) % 7
    # "On Monday" in a note of a Monday is that day or a week before: it tells nothing.
    by_weekday = pl.when(since > 0).then(day - pl.duration(days=since))
    written, named = pl.col("text").str.extract_groups(_WRITTEN), pl.col("text").str.extract_groups(_NAMED)
    month = (
        named.struct.field("2")
        .str.to_lowercase()
        .replace_strict({name: number for number, name in enumerate(_MONTHS, 1)}, default=None)
    )
    by_number = _near(day, written.struct.field("1").cast(pl.Int32), written.struct.field("2").cast(pl.Int32))
    by_name = _near(day, named.struct.field("1").cast(pl.Int32), month)
    # What was yesterday for an entry may have been long before the day of the entry, unless it is of that day.
    before = pl.when(exact & pl.col("text").str.contains(_BEFORE)).then(day - pl.duration(days=1))
    today = pl.when(exact & pl.col("text").str.contains(_TODAY)).then(day)
    return rows.select("number", pl.coalesce(by_number, by_name, by_weekday, before, today).alias("said")).drop_nulls(
        "said"
    )


def _near(day: pl.Expr, number: pl.Expr, month: pl.Expr) -> pl.Expr:
    """The day of that number and month, of the account's year or the one before, where it lies in the days before."""
    ok = number.is_between(1, 31) & month.is_between(1, 12)
    tries = [
        pl.date(pl.when(ok).then(day.dt.year() - back), pl.when(ok).then(month), pl.when(ok).then(number.clip(1, 28)))
        + pl.duration(days=number - number.clip(1, 28))
        for back in (0, 1)
    ]
    return pl.coalesce(pl.when((day - tried).dt.total_days().is_between(0, LATEST)).then(tried) for tried in tries)


def day_level(pairs: pl.DataFrame, told: pl.DataFrame, said: pl.DataFrame) -> pl.Series:
    """Whether the day a description says is the other account's.

    Args:
        pairs: ``left``, ``right``.
        told: ``number``, ``date``, ``precision``.
        said: as :func:`said_days` gives.

    Returns:
        for each pair 1 where a description says the other's day, or both say one; 0 where it says another day; -1 where none does.
    """
    days = told.select("number", "date", "precision")
    rows = pairs.select("left", "right")
    for side in ("left", "right"):
        rows = rows.join(
            days.rename({"number": side, "date": f"day_{side}", "precision": f"sure_{side}"}),
            on=side,
            how="left",
            maintain_order="left",
        ).join(said.rename({"number": side, "said": f"said_{side}"}), on=side, how="left", maintain_order="left")
    both = pl.col("said_left").is_not_null() & pl.col("said_right").is_not_null()
    one = pl.coalesce("said_left", "said_right").is_not_null()
    other_day = pl.when(pl.col("said_left").is_not_null()).then("day_right").otherwise("day_left")
    exact = pl.when(pl.col("said_left").is_not_null()).then("sure_right").otherwise("sure_left") == "day"
    agree = (
        pl.when(both)
        .then(pl.col("said_left") == pl.col("said_right"))
        .when(one & exact)
        .then(pl.coalesce("said_left", "said_right") == other_day)
    )
    return rows.select(agree.cast(pl.Int32).fill_null(-1).alias("said")).to_series()


def officer_level(pairs: pl.DataFrame, told: pl.DataFrame) -> pl.Series:
    """Whether a description names who wrote the other account.

    Only a writer whose name has a number, or two words, is looked for: a lone word or role is no name.

    Args:
        pairs: ``left``, ``right``.
        told: ``number``, ``agency``, ``recorded_by`` and ``text``.

    Returns:
        for each pair 1 where one of another agency is named, else -1.
    """
    plain = r"[^\p{L}\p{N}]+"
    writer = pl.col("recorded_by").str.to_lowercase().str.replace_all(plain, " ").str.strip_chars()
    named = writer.str.contains(r"\d{3}|\p{L} \p{L}{2}") & (writer.str.len_chars() >= 4)
    near = told.select(
        "number",
        "agency",
        pl.when(named).then(pl.lit(" ") + writer + pl.lit(" ")).alias("writer"),
        (pl.lit(" ") + pl.col("text").str.to_lowercase().str.replace_all(plain, " ") + pl.lit(" ")).alias("words"),
    )
    level = np.full(pairs.height, -1, dtype=np.int32)
    for writes, reads in (("left", "right"), ("right", "left")):
        rows = (
            pairs.select("left", "right")
            .with_row_index("row")
            .join(near.select(pl.col("number").alias(writes), "writer", "agency"), on=writes)
            .filter(pl.col("writer").is_not_null())
            .join(near.select(pl.col("number").alias(reads), "words", pl.col("agency").alias("theirs")), on=reads)
            .filter((pl.col("agency") != pl.col("theirs")) & pl.col("words").is_not_null())
        )
        if rows.height:
            said = rows.filter(pl.col("words").str.contains(pl.col("writer"), literal=True))["row"]
            level[said.to_numpy()] = 1
    return pl.Series(level, dtype=pl.Int32)


def slips(pairs: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Pairs in which one description has the other's reference with one slip: a character left out, added, wrong or changed round.

    Args:
        pairs: ``left``, ``right`` of two agencies.
        told: ``number``, ``reference_text`` and ``text``.

    Returns:
        ``left``, ``right``; unique and sorted.
    """
    from rapidfuzz.distance import OSA

    written = tokens_of(told).filter(pl.col("key").str.len_chars() >= LEAST_REFERENCE - 1)
    held = told.select("number", reference_key(pl.col("reference_text")).alias("theirs")).filter(
        pl.col("theirs").str.len_chars() >= LEAST_REFERENCE
    )
    found = [
        pairs.select("left", "right")
        .join(written.rename({"number": says}), on=says)
        .join(held.rename({"number": has}), on=has)
        .filter(
            (pl.col("key").str.len_chars().cast(pl.Int32) - pl.col("theirs").str.len_chars().cast(pl.Int32)).abs() <= 1
        )
        for says, has in (("left", "right"), ("right", "left"))
    ]
    rows = pl.concat([frame.select("left", "right", "key", "theirs") for frame in found])
    near = [
        OSA.distance(key, theirs, score_cutoff=1) == 1
        for key, theirs in zip(rows["key"].to_list(), rows["theirs"].to_list(), strict=True)
    ]
    return rows.filter(pl.Series(near, dtype=pl.Boolean)).select("left", "right").unique().sort("left", "right")
