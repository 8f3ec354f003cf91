"""What a description says of the other account: the day it was, the officer who wrote it, its reference with a slip of the pen."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.keys import Bools, Rows
from famlink.incidents.references import reference_keys, tokens_of
from famlink.incidents.telling import Told
from famlink.texts import numbered

Levels = NDArray[np.int32]

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

_NUMBER = {name: number for number, name in enumerate(_MONTHS, 1)}

LEAST_REFERENCE = 6
"""A reference shorter than this is not looked for with a slip: too many others are one letter off."""


def said_days(told: Told) -> pl.DataFrame:
    """The day each description says the happening was, where it says one.

    A weekday, or a day without a year, is looked for before the account's own day; where its date is vague, before the day it
    was written down.

    Args:
        told: as :func:`famlink.incidents.telling.told_in` gives.

    Returns:
        ``number`` and ``said``: a day no later than the account's own and at most :data:`LATEST` days before it.
    """
    # What is asked of a text is asked of each once; what depends on the day, of each account.
    text = pl.col("text")
    written, named = text.str.extract_groups(_WRITTEN), text.str.extract_groups(_NAMED)
    of_text = (
        told.texts.alias("text")
        .to_frame()
        .with_row_index("place")
        .filter(text.str.contains(r"(?i)day|night|morning|\d|th"))
        .select(
            pl.col("place").alias("text"),
            text.str.extract(_WEEKDAY).str.to_lowercase().replace_strict(_WEEKDAYS, default=None).alias("weekday"),
            written.struct.field("1").cast(pl.Int32).alias("written"),
            written.struct.field("2").cast(pl.Int32).alias("written_month"),
            named.struct.field("1").cast(pl.Int32).alias("named"),
            named.struct.field("2").str.to_lowercase().replace_strict(_NUMBER, default=None).alias("named_month"),
            text.str.contains(_BEFORE).alias("before"),
            text.str.contains(_TODAY).alias("today"),
        )
        .filter(pl.any_horizontal(pl.col("weekday", "written", "named").is_not_null(), "before", "today"))
    )
    exact = pl.col("precision") == "day"
    written_on = pl.when(pl.col("precision").is_in(["month", "year"])).then("recorded_on")
    rows = (
        told.rows.select(
            "number", "text", "precision", pl.when(exact).then("date").otherwise(written_on).alias("since")
        )
        .drop_nulls("since")
        .join(of_text, on="text", maintain_order="left")
    )
    day = pl.col("since")
    since = (day.dt.weekday().cast(pl.Int32) - pl.col("weekday").cast(pl.Int32)) % 7
    # "On Monday" in a note of a Monday is that day or a week before: it tells nothing.
    by_weekday = pl.when(since > 0).then(day - pl.duration(days=since))
    by_number = _near(day, pl.col("written"), pl.col("written_month"))
    by_name = _near(day, pl.col("named"), pl.col("named_month"))
    # What was yesterday for an entry may have been long before the day of the entry, unless it is of that day.
    before = pl.when(exact & pl.col("before")).then(day - pl.duration(days=1))
    today = pl.when(exact & pl.col("today")).then(day)
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


def day_level(rows: Rows, told: pl.DataFrame, said: pl.DataFrame) -> Levels:
    """Whether the day a description says is the other account's.

    Args:
        rows: the places in ``told`` of the two of each pair.
        told: ``number``, ``date``, ``precision``.
        said: as :func:`said_days` gives.

    Returns:
        for each pair 1 where a description says the other's day, or both say one; 0 where it says another day; -1 where none does.
    """
    left, right = rows
    days = told["date"].cast(pl.Int32).to_numpy()
    sure = (told["precision"] == "day").to_numpy()
    says, day = np.zeros(told.height, dtype=np.bool_), np.zeros(told.height, dtype=np.int32)
    place = np.searchsorted(told["number"].to_numpy(), said["number"].to_numpy())
    says[place], day[place] = True, said["said"].cast(pl.Int32).to_numpy()
    both = says[left] & says[right]
    speaker, other = np.where(says[left], left, right), np.where(says[left], right, left)
    known = both | (says[speaker] & sure[other])
    agree = day[speaker] == np.where(both, day[other], days[other])
    return np.where(known, agree, -1).astype(np.int32)


def officer_level(rows: Rows, told: Told) -> Levels:
    """Whether a description names who wrote the other account, of another agency.

    Only a writer whose name has a number, or two words, is looked for: a lone word or role is no name.

    Args:
        rows: the places in ``told`` of the two of each pair.
        told: as :func:`famlink.incidents.telling.told_in` gives.

    Returns:
        for each pair 1 where one is named, else -1.
    """
    plain = r"[^\p{L}\p{N}]+"
    (by, writers), (of, texts) = numbered(told.rows["recorded_by"]), (told.rows["text"], told.texts)
    writers = writers.str.to_lowercase().str.replace_all(plain, " ").str.strip_chars()
    named = (writers.str.contains(r"\d{3}|\p{L} \p{L}{2}") & (writers.str.len_chars() >= 4)).to_numpy()
    name, text = (codes.fill_null(size).to_numpy() for codes, size in ((by, writers.len()), (of, texts.len())))
    level = np.full(len(rows[0]), -1, dtype=np.int32)
    if not named.any():
        return level
    # Most texts have no writer's last word or number in them, and need no second look.
    last = writers.filter(pl.Series(named)).str.split(" ").list.last().unique().to_list()
    lowered = texts.str.to_lowercase()
    may, named = np.append(lowered.str.contains_any(last).to_numpy(), False), np.append(named, False)
    for writes, reads in (rows, rows[::-1]):
        live = np.flatnonzero(named[name[writes]] & may[text[reads]])
        # What one writer's accounts are compared with in the same words is looked at once.
        asked, of_pair = np.unique(name[writes[live]].astype(np.int64) << 32 | text[reads[live]], return_inverse=True)
        words = lowered.gather(asked & 0xFFFFFFFF).str.replace_all(plain, " ")
        told_by = pl.DataFrame({"words": " " + words + " ", "writer": " " + writers.gather(asked >> 32) + " "})
        said = told_by.select(pl.col("words").str.contains(pl.col("writer"), literal=True)).to_series().to_numpy()
        level[live[said[of_pair]]] = 1
    return level


def slips(rows: Rows, told: Told) -> Bools:
    """Pairs in which one description has the other's reference with one slip: a character left out, added, wrong or changed round.

    Args:
        rows: the places in ``told`` of the two of each pair.
        told: as :func:`famlink.incidents.telling.told_in` gives.

    Returns:
        whether it has, for each pair.
    """
    from rapidfuzz.distance import OSA

    texts = pl.DataFrame({"number": np.arange(told.texts.len(), dtype=np.uint32), "text": told.texts})
    written = tokens_of(texts).filter(pl.col("key").str.len_chars() >= LEAST_REFERENCE - 1)
    text = told.rows["text"].fill_null(told.texts.len()).to_numpy()
    out = np.zeros(len(rows[0]), dtype=np.bool_)
    writes, holds = np.zeros(told.texts.len() + 1, dtype=np.bool_), np.zeros(told.rows.height, dtype=np.bool_)
    writes[written["number"].to_numpy()] = True
    for says, has in (rows, rows[::-1]):
        holds[has[writes[text[says]]]] = True
    # The references of those alone are read that are compared with a text in which something may be one.
    held = told.rows.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"), "reference").filter(pl.Series(holds))
    held = held.select("row", reference_keys(held["reference"]).alias("theirs")).filter(
        pl.col("theirs").str.len_chars() >= LEAST_REFERENCE
    )
    holds[:] = False
    holds[held["row"].to_numpy()] = True
    for says, has in (rows, rows[::-1]):
        live = np.flatnonzero(writes[text[says]] & holds[has])
        found = (
            pl.DataFrame({"pair": live, "says": text[says[live]], "has": has[live].astype(np.uint32)})
            .join(written, left_on="says", right_on="number")
            .join(held, left_on="has", right_on="row")
            .filter(
                (pl.col("key").str.len_chars().cast(pl.Int32) - pl.col("theirs").str.len_chars().cast(pl.Int32)).abs()
                <= 1
            )
        )
        near = [
            OSA.distance(key, theirs, score_cutoff=1) == 1
            for key, theirs in zip(found["key"].to_list(), found["theirs"].to_list(), strict=True)
        ]
        out[found["pair"].to_numpy()[near]] = True
    return out
