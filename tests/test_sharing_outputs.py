"""No byte of any file of a picture holds what the gate withheld: HTML, SVG, PNG text, CSV, XLSX unzipped, JSON."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path

import pytest
from sharing_world import random_world

from famlink.picture.files import write_picture
from famlink.sharing.gate import Evidence, release
from famlink.sharing.policy import read_policy
from famlink.sharing.released import Released, Request

DEFAULT = read_policy(None)


def every_byte(folder: Path) -> str:
    """The text of every file, packed files unpacked, entities undone."""
    parts = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                parts += [packed.read(name).decode("utf-8", errors="replace") for name in packed.namelist()]
        else:
            parts.append(path.read_bytes().decode("utf-8", errors="replace"))
    text = "\n".join(parts)
    return f"{text}\n{html.unescape(text)}"


def canaries(evidence: Evidence, released: Released) -> list[str]:
    """Marks of every row the gate withheld."""
    shown = set(released.people.select("agency", "record_id").iter_rows())
    events = set(released.events.select("agency", "event_id").iter_rows())
    marks = [f"{a}{r}" for a, r in evidence.people.select("agency", "record_id").iter_rows() if (a, r) not in shown]
    marks = [f"CANARY(HOME|ALIAS|EXTRA){re.escape(mark)}" for mark in marks]
    return marks + [
        re.escape(e.removeprefix("EV-"))
        for a, e in evidence.events.select("agency", "event_id").iter_rows()
        if (a, e) not in events
    ]


def leaks(seed: int, folder: Path) -> list[str]:
    """Withheld marks found in the files of one random picture."""
    world, asked = random_world(seed)
    evidence = world.evidence()
    released = release(evidence, asked, DEFAULT)
    write_picture(released, folder)
    text = every_byte(folder)
    # The search finds what is there: the marks of released events are in the files.
    assert all(
        f"CANARYTEXT{e.removeprefix('EV-')}" in text for e in released.events.drop_nulls("description")["event_id"]
    )
    return [mark for mark in canaries(evidence, released) if re.search(rf"{mark}\b", text, flags=re.IGNORECASE)]


@pytest.mark.parametrize("seed", range(4))
def test_no_file_of_a_random_picture_leaks(seed: int, tmp_path: Path) -> None:
    assert leaks(seed, tmp_path) == []


@pytest.mark.heavy
def test_no_file_of_many_random_pictures_leaks(tmp_path: Path) -> None:
    for seed in range(200):
        assert leaks(seed, tmp_path / str(seed)) == [], seed


def test_the_files_are_the_same_without_what_was_withheld(tmp_path: Path) -> None:
    """Layout, counts and pages owe nothing to withheld people: a family drawn with and without them is byte for byte one."""
    from test_sharing_gate import one_adult

    with_them, without_them = one_adult("gp"), one_adult("csc")
    without_them.events = []
    with_them.person("Hidden Sibling", "gp:x7", born="2020-01-01", address="4 Elm Road", postcode="AB1 2CD")
    with_them.tie("gp:x7", "mother", "x1")
    asked = Request((("csc", "c1"),), "s17", requested_on=without_them.evidence().as_at)
    for name, world in (("a", with_them), ("b", without_them)):
        write_picture(release(world.evidence(), asked, DEFAULT), tmp_path / name)
    names = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "b").iterdir())
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
