"""No byte of any file of a picture holds what the gate withheld: HTML, SVG, PNG text, CSV, XLSX unzipped, JSON."""

from __future__ import annotations

import contextlib
import html
import re
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from sharing_world import random_world, request
from test_sharing_gate import one_adult

from famlink.chronology.json_text import json_bytes
from famlink.chronology.strip import strip_svg
from famlink.genogram.drawing import draw_released
from famlink.picture.files import write_chronology, write_picture
from famlink.picture.html import page
from famlink.picture.summary import summarise
from famlink.sharing.feedback import Outcome, feedback, write_feedback
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
        elif path.suffix == ".png":
            parts += png_text(path.read_bytes())
        else:
            parts.append(path.read_bytes().decode("utf-8", errors="replace"))
    text = "\n".join(parts)
    return f"{text}\n{html.unescape(text)}"


def png_text(content: bytes) -> list[str]:
    """What the chunks of a PNG say besides the drawing, unpacked."""
    parts, at = [], 8
    while at < len(content):
        size, kind = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        if kind not in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
            parts.append(content[at + 8 : at + 8 + size].decode("latin-1"))
            with contextlib.suppress(zlib.error):
                parts.append(zlib.decompress(content[at + 8 : at + 8 + size].partition(b"\0")[2][1:]).decode("latin-1"))
        at += 12 + size
    assert at == len(content)
    return parts


def check_bytes(text: str, evidence: Evidence, released: Released) -> None:
    """Every mark in a text is of a row the gate released."""
    people = {f"{a}{r}".lower() for a, r in released.people.select("agency", "record_id").iter_rows()}
    events = {event_id.removeprefix("EV-").lower() for event_id in released.events["event_id"]}
    # Every row is marked, so that a mark not found is a row not shown.
    assert people <= {f"{a}{r}".lower() for a, r in evidence.people.select("agency", "record_id").iter_rows()}
    for marks, allowed in ((r"canary(?:home|alias|extra)", people), (r"(?:canarytext|ev-|ref/)", events)):
        found = set(re.findall(rf"{marks}([a-z]+\d\w+…?)", text.lower()))
        # A label too long for its place is cut, and says so.
        cut = {mark for mark in found if mark.endswith("…") and any(one.startswith(mark[:-1]) for one in allowed)}
        assert found - cut <= allowed, sorted(found - cut - allowed)[:3]


def pages(released: Released) -> str:
    """The bytes of picture.json and picture.html, entities undone."""
    drawing = draw_released(released)
    summary = summarise(released, geometry=drawing.geometry, provenance="famlink")
    whole = page(summary, svg=drawing.svg, strip=strip_svg(released))
    return f"{json_bytes(summary).decode()}\n{whole}\n{html.unescape(whole)}"


def check_files(seed: int, folder: Path) -> Released:
    """Write every file kind of one random picture, and look at every byte of them."""
    world, asked = random_world(seed)
    evidence = world.evidence()
    released = release(evidence, replace(asked, request_id="R1"), DEFAULT)
    write_picture(released, folder / "picture")
    write_chronology(released, folder / "chronology")
    write_feedback(feedback(released, Outcome("A plan is in place.", "duty desk", {})), folder / "feedback")
    text = every_byte(folder)
    # The search finds what is there: the marks of released events are in the files.
    assert all(
        f"CANARYTEXT{e.removeprefix('EV-')}" in text for e in released.events.drop_nulls("description")["event_id"]
    )
    check_bytes(text, evidence, released)
    return released


@pytest.mark.parametrize("seed", range(4))
def test_no_file_of_a_random_picture_leaks(seed: int, tmp_path: Path) -> None:
    check_files(seed, tmp_path)
    kinds = {path.suffix for path in tmp_path.rglob("*") if path.is_file()}
    assert {".html", ".svg", ".png", ".csv", ".xlsx", ".docx", ".json"} <= kinds


@pytest.mark.heavy
def test_no_file_of_many_random_pictures_leaks(tmp_path: Path) -> None:
    for seed in range(200):
        check_files(seed, tmp_path / str(seed))


def test_a_mark_that_is_not_released_is_found() -> None:
    world, asked = random_world(3)
    evidence = world.evidence()
    released = release(evidence, asked, DEFAULT)
    shut = next(
        key
        for key in evidence.people.select("agency", "record_id").iter_rows()
        if key not in set(released.people.select("agency", "record_id").iter_rows())
    )
    for text in (f"<td>CANARYALIAS{''.join(shut)}</td>", "canarytextgp00x1", "see REF/gp0009x0"):
        with pytest.raises(AssertionError):
            check_bytes(text, evidence, released)
    check_bytes(pages(released), evidence, released)


def test_an_agency_shown_in_content_is_not_also_said_to_be_existence_only() -> None:
    """Something of it may still be closed (an enquiry older than the window): the agency's own section says so."""
    world = one_adult("police")
    world.event("csc:c2", "EV-old", "2010-01-01", "s47 enquiry")
    released = release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT)
    assert tuple(released.existence["agency"].unique().sort()) == ("csc", "police")
    summary = summarise(released)
    known = {p["person_id"]: (p["agencies"], p["existence"]) for p in summary["people"]}  # type: ignore[attr-defined]
    assert all(not set(content) & set(alone) for content, alone in known.values())
    assert any(alone for _, alone in known.values())
    [own] = [one for one in summary["agencies"] if one["agency"] == "csc"]  # type: ignore[attr-defined]
    assert own["existence"], "there it is said that more is held, and whom to ask"


def test_the_files_are_the_same_without_what_was_withheld(tmp_path: Path) -> None:
    """Layout, counts and pages owe nothing to withheld people: a family drawn with and without them is byte for byte one."""
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
