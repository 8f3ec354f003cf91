"""Shared by all tests: one linked fixture hub, made once a session, and small made-up hubs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import famlink as fl

SAMPLES = Path(__file__).resolve().parents[2] / "shared" / "samples"


@pytest.fixture(scope="session")
def hub_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the fixture hub, so that audits are written beside the copy."""
    folder = tmp_path_factory.mktemp("fixture") / "hub"
    shutil.copytree(fl.demo_hub().parent, folder)
    return folder


@pytest.fixture(scope="session")
def run_folder(hub_folder: Path) -> Path:
    """The fixture hub, linked into a run directory."""
    folder = hub_folder.parent / "run"
    fl.link(hub_folder / "hub.toml", to=folder)
    return folder


@pytest.fixture(scope="session")
def run(run_folder: Path) -> fl.Run:
    """The fixture hub's run."""
    return fl.open_run(run_folder)


@pytest.fixture
def samples() -> Path:
    """Public sample files, where this checkout has them beside it."""
    if not SAMPLES.is_dir():
        pytest.skip("the public sample files are not beside this checkout")
    return SAMPLES
