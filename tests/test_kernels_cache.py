"""Compiled kernels find a folder, or say once that they have none; garbage is left while they are compiled."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest
from numba.core import event

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


@pytest.mark.parametrize("searched", [True, False])
def test_garbage_is_left_while_numba_compiles_and_not_after(searched: bool) -> None:
    during = []

    class Look(event.Listener):
        def on_start(self, event: event.Event) -> None:
            during.append(gc.isenabled())

        def on_end(self, event: event.Event) -> None:
            during.append(gc.isenabled())

    before, look = gc.isenabled(), Look()
    (gc.enable if searched else gc.disable)()
    event.register("numba:compile", look)
    try:
        with event.trigger_event("numba:compile"):
            with pytest.raises(ValueError, match="no"), event.trigger_event("numba:compile"):
                raise ValueError("no")
            during.append(gc.isenabled())
        assert gc.isenabled() is searched
    finally:
        event.unregister("numba:compile", look)
        (gc.enable if before else gc.disable)()
    assert during[:4] == [False] * 4
