"""The audit: a changed, removed, moved or half-written line shows; nothing is written to an audit at fault."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.errors import RunError
from famlink.sharing import audit
from famlink.sharing.audit import lines, record, recover, verify
from famlink.sharing.locks import locked


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "audit.jsonl"
    for number in range(5):
        record(path, "picture", {"request": f"R{number}", "basis": "s47"})
    return path


def test_every_line_follows_the_one_before(written: Path) -> None:
    assert verify(written) == []
    kept = lines(written)
    assert [line["n"] for line in kept] == [1, 2, 3, 4, 5]
    assert kept[0]["previous"] == audit.START
    assert all(later["previous"] == line["hash"] for line, later in itertools.pairwise(kept))


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_only_the_owner_may_read_it(written: Path) -> None:
    for path in written.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 4), how=st.sampled_from(["remove", "duplicate", "swap", "edit", "forge"]), data=st.data())
def test_tampering_shows(tmp_path_factory: pytest.TempPathFactory, place: int, how: str, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    for number in range(5):
        record(path, "picture", {"request": f"R{number}"})
    rows = path.read_text().splitlines()
    if how == "remove":
        del rows[place]
    elif how == "duplicate":
        rows.insert(place, rows[place])
    elif how == "swap":
        other = data.draw(st.integers(0, 4).filter(lambda n: n != place))
        rows[place], rows[other] = rows[other], rows[place]
    elif how == "edit":
        rows[place] = rows[place].replace(f"R{place}", "R9")
    else:  # with a hash that fits the new words, as somebody who reads the code would
        line = json.loads(rows[place])
        line["details"] = {"request": "R9"}
        line["hash"] = audit._hash({key: value for key, value in line.items() if key != "hash"})
        rows[place] = json.dumps(line, sort_keys=True)
    path.write_text("\n".join(rows) + "\n")
    assert verify(path)


def test_the_end_cut_off_shows_and_stops_writing(written: Path) -> None:
    rows = written.read_text().splitlines(keepends=True)
    written.write_text("".join(rows[:3]))
    assert any("cut off" in fault for fault in verify(written))
    with pytest.raises(RunError, match="does not end where its head says"):
        record(written, "picture", {})
    written.unlink()
    assert verify(written) == ["the audit is gone, though its head says that lines were written"]
    with pytest.raises(RunError, match="empty or gone"):
        record(written, "picture", {})


def test_half_a_line_is_refused_then_set_aside(written: Path) -> None:
    with written.open("a") as file:
        file.write('{"n": 6, "id": "A')
    assert any("no end" in fault for fault in verify(written))
    with pytest.raises(RunError, match="half a line"):
        record(written, "picture", {})
    assert recover(written) is not None
    assert verify(written) == []
    assert lines(written)[-1]["action"] == "audit recovered"
    assert (written.parent / "audit.jsonl.torn-1").read_text() == '{"n": 6, "id": "A'
    assert recover(written) is None


def test_a_program_stopped_before_the_head_was_written_is_no_fault(written: Path) -> None:
    head = written.with_name("audit.jsonl.head")
    before = head.read_text()
    record(written, "picture", {})
    head.write_text(before)
    assert verify(written) == []
    record(written, "picture", {})
    assert verify(written) == []


def test_a_clock_that_went_back_is_refused(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)

    class Yesterday(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return yesterday

    monkeypatch.setattr("famlink.sharing.audit.dt.datetime", Yesterday)
    with pytest.raises(RunError, match="clock"):
        record(written, "picture", {})


def test_many_writers_at_once_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    program = (
        "import sys; from famlink.sharing.audit import record\n"
        "for n in range(10): record(sys.argv[1], 'picture', {'n': n})"
    )
    running = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(2)]
    threads = [threading.Thread(target=lambda: [record(path, "explain", {}) for _ in range(5)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait() for process in running] == [0, 0]
    assert verify(path) == []
    assert len(lines(path)) == 35


def test_a_held_lock_is_refused_and_a_dead_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with locked(path), pytest.raises(RunError, match="another program"), locked(path, wait=0):
        pass
    program = "import os, sys; from famlink.sharing.locks import locked\nwith locked(sys.argv[1]): os._exit(9)"
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == 9
    with locked(path, wait=0):
        pass


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no such file"):
        verify(tmp_path / "audit.jsonl")
    assert lines(tmp_path / "audit.jsonl") == []
