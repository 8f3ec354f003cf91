"""The gallery of the docs is the script's: no picture too many, none missing, each drawing whole."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

from famlink.genogram.drawing import render

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    loader = SourceFileLoader("make_gallery", str(ROOT / "scripts" / "make-gallery"))
    module = module_from_spec(spec := spec_from_loader("make_gallery", loader))
    import sys

    sys.modules[spec.name] = module  # dataclasses look their module up
    loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def pictures(script):
    return script.pictures()


def test_the_pictures_in_the_docs_are_those_of_the_script(script, pictures):
    files = [one.file for one in pictures]
    assert len(files) == len(set(files))
    assert sorted(p.name for p in script.IMAGES.iterdir()) == sorted(files)
    assert script.PAGE.read_text(encoding="utf-8") == script.page(pictures)


def test_the_gallery_holds_five_gaps_and_twenty_families(pictures):
    sections = [one.section for one in pictures]
    assert sections.count("gap") == 5
    assert sections.count("family") == 20
    assert sections == sorted(sections, key=["mark", "gap", "family"].index)


def test_each_picture_in_the_docs_shows_everybody_of_its_family(script, pictures):
    for one in pictures:
        root = ET.fromstring((script.IMAGES / one.file).read_text(encoding="utf-8"))
        symbols = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("role") == "img"]
        assert len(symbols) == len(one.family.people) + len(one.family.slots()), one.name
        counts = one.family.counts
        told = root.find("{http://www.w3.org/2000/svg}desc").text
        assert told.startswith(f"A genogram of {counts['people']} people, {counts['unions']} unions"), one.name


def test_the_pictures_stay_small(script):
    sizes = {p.name: p.stat().st_size for p in script.IMAGES.iterdir()}
    assert max(sizes.values()) < 40_000, sizes
    assert sum(sizes.values()) < 500_000


def test_the_gallery_is_drawn_as_the_code_draws(script, pictures):
    for one in pictures:
        if one.section == "mark":
            assert (script.IMAGES / one.file).read_text(encoding="utf-8") == render(one.family, look=one.look).svg, (
                one.name
            )
