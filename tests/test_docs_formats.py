"""A page for each format: its hub.toml is one famlink reads, and every adapter has a page."""

import re
from pathlib import Path

import pytest

from famlink.extracts.adapters import ADAPTERS
from famlink.spec import read_hub

HOW_TO = Path(__file__).resolve().parents[1] / "docs" / "how-to"
PAGES = sorted((HOW_TO / "formats").glob("*.md"))


def test_every_adapter_has_a_page():
    assert [page.stem for page in PAGES] == sorted(ADAPTERS)


@pytest.mark.parametrize(
    "page", [*PAGES, HOW_TO / "formats.md", HOW_TO / "read-from-a-database.md"], ids=lambda page: page.stem
)
def test_the_hub_of_a_page_is_read(tmp_path, page):
    (text,) = re.findall(r"```toml\n(\[hub\].*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    formats = {source.format for source in read_hub(tmp_path / "hub.toml").source}
    assert page.stem in formats or page.parent == HOW_TO
