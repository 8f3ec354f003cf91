"""The docs say what the code does: the reference is generated, every command documented, every link and anchor real."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
WORDS = ("TODO", "FIXME", "lorem ipsum")


def test_the_reference_is_that_of_the_code() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/make-reference", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\nrun scripts/make-reference"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "#", "mailto:")):
            continue
        assert (page.parent / target.split("#")[0]).exists(), f"{target} is not there"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_left_unwritten(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text) > 80
    for word in WORDS:
        assert word not in text


@pytest.mark.parametrize(
    "name", ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LIMITATIONS.md", "docs/explanation/benchmarks.md"]
)
def test_the_pages_a_reader_looks_for_are_there(name: str) -> None:
    assert (ROOT / name).is_file()


def test_every_command_has_a_how_to_or_tutorial_that_names_it() -> None:
    from test_cli import COMMANDS

    told = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if "reference" not in page.parts)
    for command in COMMANDS:
        assert f"famlink {command}" in told, command


def test_public_functions_say_what_they_take_return_and_raise() -> None:
    import inspect

    import famlink

    for name in famlink.__all__:
        thing = getattr(famlink, name)
        if inspect.isfunction(thing):
            doc = inspect.getdoc(thing) or ""
            assert "Returns:" in doc, name
            if inspect.signature(thing).parameters:
                assert "Args:" in doc, name
