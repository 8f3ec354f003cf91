"""Scenario 10, the cleaning side: 0 for O, 1 for l, MC DONALD and DUPLICATE_ come out the same; the originals are kept."""

import datetime as dt

import polars as pl

from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Source
from famlink.standardisation.standardise import standardise


def test_one_person_in_three_spellings():
    dirty = pl.DataFrame(
        {
            "record_id": ["1", "2", "3"],
            "forename": ["DUPLICATE_COLIN", "C0LIN", "Co1in"],
            "surname": ["MC DONALD", "McDonald", "MCD0NA1D"],
            "date_of_birth": ["03/05/2012", "2012-05-03", "2012-May-03 00:00:00"],
        }
    )
    extracts = read_sources(Hub(sources=[Source(agency="csc", people=dirty)]))
    done = standardise(extracts.records, as_at=dt.date(2026, 6, 1))
    assert done.rows.select("forename", "surname", "date_of_birth").unique().rows() == [
        ("colin", "mcdonald", dt.date(2012, 5, 3))
    ]
    assert extracts.records.select(dirty.columns).equals(dirty)
    assert done.reasons.select("record_id", "column", "reason").rows() == [
        ("1", "forename", "prefix removed"),
        ("2", "forename", "digits read as letters"),
        ("3", "forename", "digits read as letters"),
        ("3", "surname", "digits read as letters"),
    ]
