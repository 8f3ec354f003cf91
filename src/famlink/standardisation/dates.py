"""Dates of every record: read, with precision, and held to what a date of birth can be."""

from __future__ import annotations

import datetime as dt
import math
from functools import partial

import polars as pl

from famlink.standardisation.cleaned import Cleaned, by_value, empty, nothing
from famlink.tables import PEOPLE_DATES
from famlink.vocabulary.dates import DAY, OPEN_ENDS, month_first, parse_dates
from famlink.vocabulary.placeholders import NO_DATES

DAY_UNKNOWN = "day-unknown"
"""Precision of a date of birth whose day is the one a source writes when it knows none."""

FIRST_DAY = dt.date(1880, 1, 1)
"""A date before this is an error, save in a source that describes people of an earlier time."""

PLACEHOLDER = "placeholder"
UNREADABLE = "not a date that can be read"
TOO_EARLY = "before 1880"
TOO_LATE = "after the day the extracts describe"
OPEN = "means still open"
EXPECTED = "after the day the extracts describe: read as the expected date of birth of an unborn child"
WEAK_DAY = "day unknown: the source writes this day more than twice as often as births fall on it"

_MEANT = {
    "day": pl.Date(),
    "precision": pl.String(),
    "late": pl.Date(),
    "fault": pl.String(),
    "told": pl.String(),
    "early": pl.Boolean(),
}
_DAYS_A_YEAR = 365.25
_USUAL = {"new_year": 1 / _DAYS_A_YEAR, "mid_month": 12 / _DAYS_A_YEAR}
_CHANCE = 0.01
_SLIPS, _MANY = 0.05, 20


def dates_of(records: pl.DataFrame, *, as_at: dt.date, unborn: pl.Series) -> Cleaned:
    """Read the dates of records.

    Args:
        records: rows of the RECORDS table.
        as_at: the day the extracts describe; no birth or death is after it.
        unborn: for each record, whether its name says the child is not born.

    Returns:
        the PEOPLE_DATES columns (earliest day; address_to latest), date_of_birth_precision, reasons, unreadable cells.
    """
    columns: dict[str, pl.Series] = {}
    reasons: dict[str, pl.Series] = {}
    unreadable: dict[str, pl.Series] = {}
    for name in PEOPLE_DATES:
        read = _read(records["agency"], records[name], name, as_at)
        columns[name] = read["day"].rename(name)
        fault, told = read["fault"], read["told"]
        if name == "date_of_birth":
            columns["date_of_birth_precision"] = read["precision"].rename("date_of_birth_precision")
            expected = unborn & fault.eq_missing(TOO_LATE) & records["expected_date_of_birth"].is_null()
            moved = read.select(pl.when(expected).then("late")).to_series()
            if expected.any():
                fault = fault.to_frame("f").select(pl.when(~expected).then("f")).to_series()
                told = told.to_frame("t").select(pl.when(expected).then(pl.lit(EXPECTED)).otherwise("t")).to_series()
        if name == "expected_date_of_birth":
            columns[name] = columns[name].to_frame("d").select(pl.coalesce("d", moved)).to_series().rename(name)
        reasons[name] = pl.DataFrame([told.rename("t"), fault.rename("f")]).select(pl.coalesce("f", "t")).to_series()
        unreadable[name] = fault
    frame = pl.DataFrame(columns)
    weak = _weak_days(frame.with_columns(records["agency"]))
    if weak.any():
        frame = frame.with_columns(
            pl.when(weak)
            .then(pl.lit(DAY_UNKNOWN))
            .otherwise("date_of_birth_precision")
            .alias("date_of_birth_precision")
        )
        before = reasons["date_of_birth"].to_frame("t")
        reasons["date_of_birth"] = before.select(pl.when(weak).then(pl.lit(WEAK_DAY)).otherwise("t")).to_series()
    return Cleaned(frame, reasons, unreadable)


def _read(agency: pl.Series, values: pl.Series, name: str, as_at: dt.date) -> pl.DataFrame:
    """Read one column, each agency's in its own order of day and month, and hold it to the time its people lived in.

    An agency with at least twenty dates before 1880, more than one in twenty, describes people of that time; fewer are
    slips.

    Returns:
        for each cell the day and precision that count, ``late`` (a day after the extracts), ``fault`` (why the cell cannot be
        used at all) and ``told`` (why a readable cell is empty all the same).
    """
    if empty(values):
        return pl.DataFrame({column: nothing(values.len(), dtype) for column, dtype in _MEANT.items()})
    read = by_value(values, lambda some: _meant(some, name, as_at))
    mine = pl.DataFrame({"agency": agency, "value": values})
    american = set()
    if read["fault"].eq_missing(UNREADABLE).any():
        agencies = mine.filter(read["fault"].eq_missing(UNREADABLE))["agency"].unique().sort()
        american = {name for name in agencies if month_first(mine.filter(agency=name)["value"])}
    for other in american:
        read = _instead(read, agency == other, by_value(values, lambda some: _meant(some, name, as_at, american=True)))
    early = read["early"]
    if not early.any():
        return read
    counted = (
        pl.DataFrame({"agency": agency, "early": early})
        .group_by("agency")
        .agg(pl.col("early").sum().alias("n"), pl.col("early").mean().alias("share"))
    )
    for other in counted.filter((pl.col("n") >= _MANY) & (pl.col("share") > _SLIPS))["agency"]:
        form = partial(_meant, name=name, as_at=as_at, american=other in american, historical=True)
        long_ago = by_value(values, form)
        read = _instead(read, agency == other, long_ago)
    return read


def _instead(read: pl.DataFrame, where: pl.Series, other: pl.DataFrame) -> pl.DataFrame:
    return read.select(pl.when(where).then(other[column]).otherwise(read[column]) for column in read.columns)


def _meant(
    values: pl.Series, name: str, as_at: dt.date, *, american: bool = False, historical: bool = False
) -> pl.DataFrame:
    """What texts mean in one column of dates."""
    read = parse_dates(values, american=american)
    early = pl.col("earliest") < FIRST_DAY
    late = pl.col("earliest") > as_at if name in {"date_of_birth", "date_of_death"} else pl.lit(value=False)
    whole = pl.col("precision") == DAY
    is_open = whole & pl.col("earliest").is_in(list(OPEN_ENDS)) if name == "address_to" else pl.lit(value=False)
    told = (
        pl.when(is_open)
        .then(pl.lit(OPEN))
        .when(whole & pl.col("earliest").is_in(list(NO_DATES)))
        .then(pl.lit(PLACEHOLDER))
    )
    fault = (
        pl.when(~pl.col("readable"))
        .then(pl.lit(UNREADABLE))
        .when(early & (not historical))
        .then(pl.lit(TOO_EARLY))
        .when(late)
        .then(pl.lit(TOO_LATE))
    )
    return read.with_columns(told.alias("told"), fault.alias("fault")).select(
        _where_sound("latest" if name == "address_to" else "earliest").alias("day"),
        _where_sound("precision").alias("precision"),
        pl.when(pl.col("fault") == TOO_LATE).then("earliest").alias("late"),
        "fault",
        "told",
        early.alias("early"),
    )


def _where_sound(column: str) -> pl.Expr:
    return pl.when(pl.col("fault").is_null() & pl.col("told").is_null()).then(column)


def _weak_days(frame: pl.DataFrame) -> pl.Series:
    """Dates of birth on 1 January, or the 15th of a month, of agencies that write those days too often.

    Too often: more than twice the share of births that falls there, and more than chance gives one time in a hundred
    (so that one child of forty born on 1 January is believed).
    """
    day = pl.col("date_of_birth")
    marked = frame.select(
        "agency",
        (pl.col("date_of_birth_precision") == DAY).fill_null(value=False).alias("whole"),
        ((day.dt.month() == 1) & (day.dt.day() == 1)).fill_null(value=False).alias("new_year"),
        (day.dt.day() == 15).fill_null(value=False).alias("mid_month"),
    )
    weak = pl.repeat(value=False, n=frame.height, eager=True)
    for kind, usual in _USUAL.items():
        counts = marked.filter("whole").group_by("agency").agg(pl.len().alias("n"), pl.col(kind).sum().alias("k"))
        too_often = [
            agency
            for agency, n, k in counts.iter_rows()
            if k > 2 * usual * n and _at_least(int(k), n=int(n), share=usual) < _CHANCE
        ]
        if too_often:
            weak |= marked.select(pl.col("whole") & pl.col(kind) & pl.col("agency").is_in(too_often)).to_series()
    return weak


def _at_least(count: int, *, n: int, share: float) -> float:
    """Probability that chance gives at least this many of n: the upper tail of the binomial."""
    log_term = (
        math.lgamma(n + 1) - math.lgamma(count + 1) - math.lgamma(n - count + 1)
        + count * math.log(share) + (n - count) * math.log1p(-share)
    )  # fmt: skip
    term = total = math.exp(log_term)
    for k in range(count, n):
        term *= (n - k) / (k + 1) * share / (1.0 - share)
        total += term
        if term < total * 1e-12:
            break
    return total
