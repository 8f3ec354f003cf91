"""The house: floors, the wall, the ban on importing the package root, and module size."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[1] / "src" / "famlink"

FLOORS = {
    "errors": 0, "odds": 0, "waiting": 0, "schema": 0.1, "tables": 0.2, "provenance": 0.3, "private": 0.3,  # the ground floor, in order
    "kernels": 1, "texts": 1.5,
    "spec": 2, "vocabulary": 2, "sharing.policy": 2, "sharing.released": 2, "sharing.portrait": 2,
    "linkage.model": 2, "linkage.library": 2, "linkage.judgements": 2,
    "extracts": 3, "standardisation": 3, "linkage": 3, "family": 3, "incidents": 3, "synthetic": 3,
    "sharing": 4,
    "genogram": 5, "chronology": 5,
    "picture": 6, "review": 6, "charts": 6,
    "backends": 7,
    "pipeline": 8,
    "hub": 9,
    "cli": 10, "__main__": 11,
}  # fmt: skip
ABOVE_THE_WALL = ("genogram", "chronology", "picture")
SEEN_ABOVE_THE_WALL = {
    "sharing.released",
    "sharing.portrait",
    "vocabulary",
    "tables",
    "schema",
    "errors",
    "odds",
    "kernels",
    "private",
    "genogram",
    "chronology",
    "picture",
}
SEEN_BY_BACKENDS = {"linkage.blocking", "linkage.comparison", "linkage.scoring", "linkage.model", "linkage.library"}
HEAVY_AT_IMPORT = {
    "polars",
    "numba",
    "networkx",
    "pandas",
    "scipy",
    "pyspark",
    "numpy",
    "pydantic",
    "rapidfuzz",
    "recordlinkage",
}
MOST_LINES = 500
LINKAGE_STEPS = {
    "blocking",
    "comparison",
    "estimation",
    "scoring",
    "alignment",
    "clustering",
    "resolution",
    "evaluation",
}


def modules() -> dict[str, Path]:
    found = {}
    for path in sorted(SRC.rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = path
    return found


MODULES = modules()


def room(name: str) -> str:
    parts = name.split(".")
    two = ".".join(parts[:2])
    return two if two in FLOORS else parts[0]


def imported(name: str, path: Path, *, top_only: bool = False) -> set[str]:
    """Names of famlink modules (without the package's own name) this module imports; '' is the root itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = tree.body if top_only else list(ast.walk(tree))
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "famlink"}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(["famlink", *package[: len(package) - node.level + 1], *([base] if base else [])])
            if base.split(".")[0] == "famlink":
                for alias in node.names:
                    deeper = f"{base}.{alias.name}"
                    found.add(deeper if deeper.removeprefix("famlink.") in MODULES else base)
    return {item.removeprefix("famlink").removeprefix(".") for item in found}


@pytest.mark.parametrize("name", [n for n in MODULES if n])
def test_every_module_has_a_floor(name: str) -> None:
    assert room(name) in FLOORS, f"{name} stands in no room of the house"


@pytest.mark.parametrize("name", [n for n in MODULES if n])
def test_arrows_point_down(name: str) -> None:
    here = room(name)
    for other in imported(name, MODULES[name]):
        if not other:
            continue
        there = room(other)
        same_room = there.split(".")[0] == here.split(".")[0]
        if same_room:
            continue
        assert FLOORS[there] < FLOORS[here], f"{name} (floor {FLOORS[here]}) imports {other} (floor {FLOORS[there]})"


@pytest.mark.parametrize("name", [n for n in MODULES if n and n != "__main__"])
def test_nobody_imports_the_package_root(name: str) -> None:
    roots = {item for item in imported(name, MODULES[name]) if not item}
    assert not roots, f"{name} imports the package root"


@pytest.mark.parametrize("name", [n for n in MODULES if n.split(".")[0] in ABOVE_THE_WALL])
def test_the_wall(name: str) -> None:
    allowed = set(SEEN_ABOVE_THE_WALL)
    if name == "genogram.gedcom":
        allowed.add("sharing.released")
    for other in imported(name, MODULES[name]):
        seen = room(other) if room(other) in allowed else other
        assert room(other) in allowed or other in allowed, f"{name} reaches {seen} behind the wall"


@pytest.mark.parametrize("name", [n for n in MODULES if n.split(".")[0] == "kernels"])
def test_kernels_import_nothing_of_famlink(name: str) -> None:
    assert not imported(name, MODULES[name])


@pytest.mark.parametrize("name", [n for n in MODULES if n.split(".")[0] == "backends"])
def test_backends_see_only_blocking_comparison_and_scoring(name: str) -> None:
    for other in imported(name, MODULES[name]):
        if other.split(".")[0] == "linkage":
            assert other in SEEN_BY_BACKENDS, f"{name} imports {other}"


@pytest.mark.parametrize("name", [n for n in MODULES if n.startswith("linkage.") and n.split(".")[1] in LINKAGE_STEPS])
def test_steps_of_linkage_meet_in_tables(name: str) -> None:
    step = name.split(".")[1]
    for other in imported(name, MODULES[name]):
        parts = other.split(".")
        if parts[0] == "linkage" and len(parts) > 1 and parts[1] in LINKAGE_STEPS:
            assert parts[1] == step, f"{name} imports the step {other}"


def test_no_cycles() -> None:
    graph = {
        name: {o for o in imported(name, path, top_only=True) if o and o != name} for name, path in MODULES.items()
    }
    done: set[str] = set()

    def walk(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join([*trail, name])
        if name in done:
            return
        for other in graph.get(name, ()):
            walk(other, (*trail, name))
        done.add(name)

    for name in graph:
        walk(name, ())


@pytest.mark.parametrize("name", list(MODULES))
def test_modules_have_one_subject(name: str) -> None:
    lines = len(MODULES[name].read_text(encoding="utf-8").splitlines())
    assert lines <= MOST_LINES, f"{name or '__init__'} has {lines} lines: split it by subject"


@pytest.mark.parametrize("name", ["", "__main__", "errors", *(n for n in MODULES if n.split(".")[0] == "cli")])
def test_light_modules_import_no_heavy_library(name: str) -> None:
    if name not in MODULES:
        pytest.skip(f"{name} is not built yet")
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    for node in tree.body:
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        for item in names:
            assert item.split(".")[0] not in HEAVY_AT_IMPORT, f"{name or '__init__'} imports {item} at the top"
