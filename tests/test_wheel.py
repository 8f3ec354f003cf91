"""The wheel a user installs: built, put into a fresh environment outside the source tree, and run from there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROBE = """
import json, pathlib, famlink, famlink.tables
from famlink.pipeline.demo import shipped_hub
hub = shipped_hub() / "hub.toml"
print(json.dumps([str(pathlib.Path(famlink.__file__).parent), str(hub), hub.is_file()]))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of an environment that holds the wheel; libraries come from the environment the tests run in."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = folder.glob("famlink-*.whl")
    venv.create(folder / "env", with_pip=True)
    scripts = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
    install = [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True)
    return scripts


def outside(scripts: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # A folder on PYTHONPATH has its .pth files ignored, so an editable famlink there is not seen.
    environment = {**os.environ, "PYTHONPATH": sysconfig.get_path("purelib")}
    return subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.wheel
def test_the_wheel_does_the_demo_from_elsewhere(installed: Path, tmp_path: Path) -> None:
    probe = outside(installed, tmp_path, str(installed / "python"), "-c", PROBE)
    package, hub, there = json.loads(probe.stdout)
    assert ROOT not in Path(package).parents
    assert Path(package) in Path(hub).parents
    assert there
    done = outside(installed, tmp_path, str(installed / "famlink"), "demo", "--to", "out")
    assert done.returncode == 0, done.stderr
    page = Path(done.stdout.strip().splitlines()[-1])
    assert page.name == "picture.html"
    assert page.stat().st_size > 10_000


@pytest.mark.wheel
def test_the_wheel_ships_its_data_and_types(installed: Path, tmp_path: Path) -> None:
    listing = "import famlink, pathlib; r = pathlib.Path(famlink.__file__).parent; print('\\n'.join(str(p.relative_to(r)) for p in r.rglob('*')))"
    names = set(
        outside(installed, tmp_path, str(installed / "python"), "-c", listing).stdout.replace("\\", "/").splitlines()
    )
    assert {"py.typed", "_fixtures/hub/hub.toml", "sharing/default_policy.toml"} <= names
    assert any(name.startswith("genogram/fonts/") and name.endswith(".ttf") for name in names)
    assert any("LICENSE" in name for name in names if name.startswith("genogram/fonts/"))
