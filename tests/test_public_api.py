"""What `import famlink` promises."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest

import famlink

HEAVY = ("polars", "numba", "networkx", "pandas", "scipy", "pyspark", "numpy", "pydantic", "typer", "recordlinkage")


def test_names_are_sorted_few_and_real() -> None:
    assert famlink.__all__ == sorted(famlink.__all__)
    assert len(famlink.__all__) <= 30
    for name in famlink.__all__:
        assert getattr(famlink, name) is not None
    assert set(famlink._HOMES) == set(famlink.__all__) - {"__version__"}


def test_every_name_comes_from_its_home() -> None:
    for name, home in famlink._HOMES.items():
        there = getattr(import_module(f"famlink.{home}"), famlink._NAMES_THERE.get(name, name))
        assert getattr(famlink, name) is there


def test_unknown_names_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        famlink.no_such_name  # noqa: B018


def test_version_is_that_of_the_package() -> None:
    from importlib import metadata

    assert famlink.__version__ == metadata.version("famlink")


def loaded_by(code: str) -> set[str]:
    """Top-level modules loaded by a fresh interpreter after some code."""
    probe = f"{code}\nimport sys, json; print('\\n' + json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True).stdout
    return set(json.loads(out.splitlines()[-1]))


def test_import_loads_no_heavy_library() -> None:
    assert not loaded_by("import famlink") & set(HEAVY)


def test_help_loads_neither_compiler_nor_tables() -> None:
    code = "from famlink.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass"
    assert not loaded_by(code) & {"numba", "pandas", "polars", "networkx", "scipy", "recordlinkage"}
