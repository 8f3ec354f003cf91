"""Private files: whole or not there, their owner's alone, and one reason where they cannot be written."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from famlink.errors import RunError
from famlink.private import write_private, written


def test_a_file_is_its_owners_alone_and_so_is_a_folder_made_for_it(tmp_path: Path) -> None:
    path = write_private(tmp_path / "new" / "a.txt", "zoë\r\n")
    assert path.read_bytes() == "zoë\r\n".encode()
    assert write_private(path, b"\x00two").read_bytes() == b"\x00two"
    assert [item.name for item in path.parent.iterdir()] == ["a.txt"]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_part_that_is_being_written_is_private_too(tmp_path: Path) -> None:
    seen = []

    def write(part: Path) -> None:
        seen.append(stat.S_IMODE(part.stat().st_mode))
        part.write_text("whole", encoding="utf-8")

    assert written(tmp_path / "a.txt", write).read_text(encoding="utf-8") == "whole"
    if os.name == "posix":
        assert seen == [0o600]


def test_a_folder_that_is_a_file_is_named_as_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "a.txt", tmp_path / "file" / "deeper" / "a.txt", tmp_path / "folder"):
        with pytest.raises(RunError, match="cannot be written"):
            write_private(path, b"x")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["file", "folder"]


def test_a_writer_that_fails_leaves_the_old_file_and_its_own_error(tmp_path: Path) -> None:
    path = write_private(tmp_path / "a.txt", "old")

    def write(part: Path) -> None:
        part.write_text("half", encoding="utf-8")
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        written(path, write)
    assert path.read_text(encoding="utf-8") == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser writes anywhere")
def test_a_folder_nobody_may_write_is_a_clear_refusal(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(RunError, match="Permission denied"):
            write_private(tmp_path / "a.txt", "x")
    finally:
        tmp_path.chmod(0o700)
