"""Compiled kernels find a folder, or say once that they have none."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from famlink import kernels


def test_a_usual_place_will_do(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert kernels.find_cache(tmp_path / "package", tmp_path / "home") is None


def test_where_nothing_can_be_written_kernels_go_with_the_process(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    blocked = tmp_path / "file"
    blocked.write_text("a file where a folder should be")
    with pytest.warns(RuntimeWarning, match="NUMBA_CACHE_DIR"):
        folder = kernels.find_cache(blocked, blocked)
    assert folder is not None
    assert folder.is_dir()


def test_a_folder_the_user_named_is_left_alone(tmp_path: Path, monkeypatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("x")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert kernels.find_cache(blocked, blocked) is None
