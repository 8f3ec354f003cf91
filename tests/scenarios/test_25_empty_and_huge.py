"""Scenario 25, the reading side: nothing, a header, one record, and very many duplicates of one row."""

import datetime as dt

import pytest

from famlink.errors import TooManyRejectsError
from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Source
from famlink.standardisation.merging import merge_parts
from famlink.standardisation.standardise import standardise


def read(folder, text, **options):
    (folder / "p.csv").write_text(text)
    return read_sources(Hub(folder=folder, sources=[Source(agency="gp", people="p.csv")]), **options)


@pytest.mark.parametrize(
    ("text", "warning"), [("", "the file is empty"), ("record_id,forename\n", "header and no rows")]
)
def test_nothing_at_all(tmp_path, text, warning):
    got = read(tmp_path, text)
    assert got.records.height == got.rejected.height == 0
    assert got.newest is None
    assert got.summaries[0]["people"] == {"rows": 0, "records": 0, "rejected": 0, "named": 0}
    assert "p.csv" in got.summaries[0]["warnings"][0]
    assert warning in got.summaries[0]["warnings"][0]
    assert merge_parts(standardise(got.records, as_at=dt.date(2026, 1, 1)).rows).height == 0


def test_empty_tables_beside_a_full_one(tmp_path):
    for name, text in (("p.csv", "record_id\n1\n"), ("r.csv", ""), ("e.csv", "record_id,date\n")):
        (tmp_path / name).write_text(text)
    source = Source(agency="gp", people="p.csv", relationships="r.csv", events="e.csv")
    got = read_sources(Hub(folder=tmp_path, sources=[source]))
    assert (got.records.height, got.ties.height, got.events.height) == (1, 0, 0)


def test_one_record(tmp_path):
    got = read(tmp_path, "record_id,forename\n1,Ann\n")
    done = standardise(got.records, as_at=dt.date(2026, 1, 1))
    assert merge_parts(done.rows).select("row", "record_id", "forename").rows() == [(0, "1", "ann")]


def test_duplicates_of_one_row_without_end(tmp_path):
    text = "record_id,forename\n" + "1,Ann\n" * 200_000
    with pytest.raises(
        TooManyRejectsError, match=r"199999 of 200000 rows .* \(record_id already read in this source: 199999\)"
    ):
        read(tmp_path, text)
    got = read(tmp_path, text, allow_rejects=True)
    assert got.records.height == 1
    assert got.summaries[0]["people"]["rejected"] == got.rejected.height == 199_999
