"""Tables of a run wait in memory or beside the run directory, and nothing is left of a run that fails."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import polars as pl
import pytest

import famlink as fl
from famlink.errors import RunError
from famlink.pipeline.run import PARQUET, open_run, usable, writing
from famlink.pipeline.shelf import Shelf
from famlink.waiting import Waiting

TABLE = pl.DataFrame({"a": ["x", None], "b": [1, 2]})


def whole(shelf: Shelf, name: str) -> pl.DataFrame:
    table = shelf.waiting(name)
    return table.whole() if isinstance(table, Waiting) else table


@pytest.mark.parametrize("kept", [True, False])
def test_what_is_put_is_what_is_taken(tmp_path: Path, kept: bool) -> None:
    with Shelf(tmp_path / "run" if kept else None) as shelf:
        shelf.put("people", TABLE)
        assert whole(shelf, "people").equals(TABLE)
        assert shelf.waiting("people").select("b").equals(TABLE.select("b"))


@pytest.mark.parametrize("kept", [True, False])
def test_parts_are_one_table_when_it_is_whole(tmp_path: Path, kept: bool) -> None:
    parts = [TABLE, TABLE.clear(), TABLE.with_columns(pl.col("b") * 10)]
    with Shelf(tmp_path / "run" if kept else None) as shelf:
        for _ in range(3):
            for part in parts:
                shelf.add("people", part)
        shelf.added("people")
        shelf.put("links", TABLE)
        shelf.finish()
        assert whole(shelf, "people").equals(pl.concat(parts * 3))
        assert whole(shelf, "links").equals(TABLE)


def test_a_run_that_fails_between_two_parts_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with Shelf(tmp_path / "run") as shelf:
            shelf.add("people", TABLE)
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_part_that_cannot_be_written_is_said_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "")

    def fail() -> None:
        with Shelf(tmp_path / "run") as shelf:
            for _ in range(5):
                shelf.add("people", TABLE)

    monkeypatch.setattr(pl.LazyFrame, "sink_parquet", full)
    with pytest.raises(RunError, match=r"people\.parquet: cannot be written \(No space left on device\)"):
        fail()
    assert not list(tmp_path.iterdir())


def test_files_wait_beside_the_run_and_are_the_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "people.parquet").write_text("old")
    with Shelf(tmp_path / "run") as shelf:
        shelf.put("people", TABLE)
        shelf.put("rejected", TABLE)
        shelf.finish()
        (waiting,) = (item for item in tmp_path.iterdir() if item.name != "run")
        if os.name == "posix":
            assert [stat.S_IMODE(item.stat().st_mode) for item in (waiting, *waiting.iterdir())] == [
                0o700,
                0o600,
                0o600,
            ]
        assert (tmp_path / "run" / "people.parquet").read_text() == "old"
        shelf.move(tmp_path / "run")
    assert [item.name for item in tmp_path.iterdir()] == ["run"]
    assert pl.read_parquet(tmp_path / "run" / "people.parquet").equals(TABLE)
    assert (tmp_path / "run" / "rejected.csv").read_text() == "a,b\nx,1\n,2\n"


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> None:
        with Shelf(tmp_path / "run") as shelf:
            shelf.put("people", TABLE)
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match=r"is a file; give another folder"):
        usable(tmp_path / "file" / "deeper" / "run")
    with pytest.raises(RunError, match=r"no run can be written there"):
        usable(tmp_path / ("x" * 5000))


def test_the_folder_one_stands_in_is_a_folder_like_any(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    monkeypatch.chdir(tmp_path / "run")
    with Shelf(".") as shelf, writing(".") as folder:
        shelf.put("people", TABLE)
        shelf.move(folder)
    assert [item.name for item in (tmp_path / "run").iterdir()] == ["people.parquet"]


def test_a_run_on_disk_is_the_run_in_memory(tmp_path: Path) -> None:
    rows = [{"record_id": f"{n}", "forename": name, "surname": "Lee", "date_of_birth": f"2010-03-0{n}", "note": "x"}
            for n, name in enumerate(("Ann", "Bea", "Cal", "Dee"), start=1)]  # fmt: skip
    sources = [
        fl.Source(agency="gp", people=pl.DataFrame(rows)),
        fl.Source(agency="edu", people=pl.DataFrame(rows[1:])),
    ]
    twice = [*sources, fl.Source(agency="edu", people=pl.DataFrame(rows[:1]))]
    for given in (sources, twice):
        kept, put = fl.link(fl.Hub(sources=given)), fl.link(fl.Hub(sources=given), to=tmp_path / "run")
        assert kept.people["person_id"].n_unique() == 4
        for name in (*PARQUET, "rejected"):
            assert kept.table(name).equals(
                put.rejected if name == "rejected" else open_run(tmp_path / "run").table(name)
            )
