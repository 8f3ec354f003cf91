"""Cells of ties and events -> dates and truth values; a cell that cannot be read is empty and told of, and its row stays."""

from __future__ import annotations

import polars as pl

from famlink.extracts.columns import Canonical
from famlink.extracts.tabular import ROW, rejects
from famlink.vocabulary.dates import month_first, parse_dates

NO_DATE = "not a date that can be read"
NO_ANSWER = "neither yes nor no"
BACKWARDS = "ends before it begins"

_YES = ("yes", "y", "true", "t", "1")
_NO = ("no", "n", "false", "f", "0")


def known_in(values: pl.Series, known: pl.Series) -> pl.Series:
    """Whether each value is one of those known; false where it is empty."""
    if not known.len():
        return pl.repeat(value=False, n=values.len(), eager=True)
    return values.is_in(known.implode()).fill_null(value=False)


def dates(
    frame: pl.DataFrame, name: str, canonical: Canonical, *, agency: str, file: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a column of dates: as :func:`~famlink.vocabulary.dates.parse_dates`, and the cells that are none."""
    parsed = parse_dates(frame[name], american=month_first(frame[name]))
    wrong = frame[ROW].filter(parsed["readable"].eq_missing(other=False))
    return parsed, rejects(agency, file, wrong, NO_DATE, level="cell", column=canonical.theirs.get(name))


def yes_no(
    frame: pl.DataFrame, name: str, canonical: Canonical, *, agency: str, file: str
) -> tuple[pl.Series, pl.DataFrame]:
    """Read a column of yes and no, and tell the cells that are neither."""
    text = frame[name].str.to_lowercase()
    read = frame.select(
        pl.when(text.is_in(list(_YES))).then(statement=True).when(text.is_in(list(_NO))).then(statement=False)
    ).to_series()
    wrong = frame[ROW].filter(read.is_null() & text.is_not_null())
    return read.cast(pl.Boolean), rejects(
        agency, file, wrong, NO_ANSWER, level="cell", column=canonical.theirs.get(name)
    )
