"""The strip as a reader sees it: nothing on top of anything, nothing cut off, nothing too small, on families of every shape."""

from __future__ import annotations

import dataclasses
import re
from itertools import combinations

import pytest
from defusedxml import ElementTree
from released_family import family
from shapes import AGENCIES, day, made, moves, random_shape, shapes, some_events

from famlink.chronology.accounts import account_table
from famlink.chronology.lettering import width
from famlink.chronology.strip import MOST_HEIGHT, strip_svg
from famlink.chronology.strip_marks import symbol
from famlink.chronology.strip_parts import ACCENT, INK, PAPER, QUIET, SIZE, SOFT, WIDTH
from famlink.chronology.words import agency_name
from famlink.genogram import text as font
from famlink.picture.html import safe_drawing

POINTS = 273 / 25.4 * 72 / WIDTH
"""Points of a unit where the strip is as wide as A4 landscape inside 12 mm."""

NAMES = tuple(shapes())
STAGES = ("happening", "account", "response", "routine", "unmapped")


def drawn(released):
    made_of = strip_svg(released)
    return made_of, ElementTree.fromstring(made_of)


def tag(node):
    return node.tag.rpartition("}")[2]


def lettering(root):
    """(left, top, right, bottom, words) of every text, by the widths of the shipped font."""
    for node in root.iter():
        if tag(node) == "text":
            size = float(node.get("font-size", SIZE))
            wide = font.width(node.text or "", size) * (1.14 if node.get("font-weight") else 1.0)
            x, y = float(node.get("x")), float(node.get("y"))
            left = x - {"end": wide, "middle": wide / 2}.get(node.get("text-anchor"), 0.0)
            yield left, y - 0.73 * size, left + wide, y + 0.18 * size, node.text


def marks(root):
    """(x, y, title) of every account drawn."""
    for group in root.iter():
        if tag(group) != "g":
            continue
        title, *rest = group
        if tag(title) != "title" or not re.match(r"\d+[a-z]*: ", title.text or "") or tag(rest[-1]) == "text":
            continue
        shape = rest[-1]
        if tag(shape) == "circle":
            yield float(shape.get("cx")), float(shape.get("cy")), title.text
        elif tag(shape) == "rect":
            yield float(shape.get("x")) + 4, float(shape.get("y")) + 4, title.text
        else:
            numbers = [float(n) for n in re.findall(r"-?[\d.]+", shape.get("d"))]
            xs, ys = numbers[0::2], numbers[1::2]
            yield (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, title.text


def overlap(a, b, slack=0.6):
    return a[0] < b[2] - slack and b[0] < a[2] - slack and a[1] < b[3] - slack and b[1] < a[3] - slack


def check(released):
    svg, root = drawn(released)
    height = float(root.get("height"))
    assert height <= MOST_HEIGHT
    texts = list(lettering(root))
    for box in texts:
        assert box[0] >= 0, box
        assert box[2] <= WIDTH, box
        assert box[1] >= 0, box
        assert box[3] <= height, box
    for a, b in combinations(texts, 2):
        assert not overlap(a, b), (a, b)
    placed = list(marks(root))
    for (x, y, told), (to_x, to_y, other) in combinations(placed, 2):
        assert abs(x - to_x) >= 10 or abs(y - to_y) >= 11, (told, other)
    for x, y, told in placed:
        assert 0 < x < WIDTH
        assert 0 < y < height
        for box in texts:
            assert not overlap((x - 4, y - 4, x + 4, y + 4), box), (told, box)
    counted = sum(int(t[4].replace(",", "")[1:]) for t in texts if re.fullmatch(r"\+[\d,]+", t[4]))
    counted += sum(int(t[4].split()[0].replace(",", "")) for t in texts if re.fullmatch(r"[\d,]+ (later|before)", t[4]))
    assert len(placed) + counted == released.events.height
    sizes = [float(node.get("font-size", SIZE)) for node in root.iter() if tag(node) == "text"]
    assert min(sizes) * POINTS >= 7
    assert safe_drawing(svg)
    return svg, root


@pytest.mark.parametrize("name", NAMES)
def test_nothing_touches_is_cut_off_or_too_small(name):
    check(shapes()[name])


@pytest.mark.parametrize("seed", range(24))
def test_nothing_touches_on_families_of_any_shape(seed):
    check(random_shape(seed))


@pytest.mark.parametrize("name", NAMES)
def test_every_agency_has_a_named_lane_and_every_child_its_ages(name):
    released = shapes()[name]
    svg, root = drawn(released)
    titles = {node.text for node in root.iter() if tag(node) == "title"}
    for agency in released.events["agency"].unique():
        assert agency_name(agency) in titles
    said = [t[4] for t in lettering(root)]
    ages = [words for words in said if words.startswith("age of ")]
    born = {p.date_of_birth for p in released.portraits().values() if p.date_of_birth}
    assert len(ages) == len(born)
    assert ("unborn child" in said) == any(p.unborn for p in released.portraits().values())
    assert svg == strip_svg(released)


def test_lanes_that_no_page_holds_are_put_together_and_counted():
    rows = [{"date": day("2024-01-01"), "agency": AGENCIES[n % len(AGENCIES)]} for n in range(80)]
    released = made([("Bo", "Lee", "2015-01-02", None)], rows, moves(1, 9), agencies=AGENCIES)
    many = released.events
    more = many.with_columns((many["agency"] + "_" + many["event_id"]).alias("agency"))
    _svg, root = check(dataclasses.replace(released, events=more))
    assert any(re.fullmatch(r"\d+ other agencies", t[4]) for t in lettering(root))


def test_a_sign_is_told_from_the_others_without_its_colour():
    bare = [re.sub(r"#[0-9a-f]{6}", "", symbol(stage, 0, 0)) for stage in STAGES]
    assert len(set(bare)) == len(STAGES)


@pytest.mark.parametrize(("front", "least"), [(INK, 7.0), (QUIET, 7.0), (ACCENT, 7.0)])
def test_words_and_signs_stand_out_from_the_paper_and_from_a_bar(front, least):
    def light(colour):
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for back in (PAPER, SOFT):
        ratio = (light(back) + 0.05) / (light(front) + 0.05)
        assert ratio >= least * 0.85


def test_the_legend_explains_the_signs_that_are_used_and_no_others():
    said = {t[4] for t in lettering(drawn(shapes()["burst"])[1])}
    assert {"ordinary course", "day of the extracts"} <= said
    assert not said & {"happened", "one incident", "date known in part", "kind not known"}
    assert "kind not known" in {t[4] for t in lettering(drawn(shapes()["agencies"])[1])}


def test_a_far_hearing_or_a_day_before_birth_does_not_press_the_years_together():
    released = shapes()["future"]
    said = [t[4] for t in lettering(drawn(released)[1])]
    assert "1 later" in said
    assert "2027" in said
    assert not any(re.fullmatch("20[3-9]\\d", words) for words in said)
    early = made(
        [("Bo", "Lee", "2015-01-02", None)],
        [{"date": day("1900-01-01")}, *some_events(1, 9, ("csc",), day("2016-01-01"))],
        agencies=("csc",),
    )
    assert "dated before the birth of Bo Lee" in account_table(early)["faults"][0]
    said = [t[4] for t in lettering(check(early)[1])]
    assert "1 before" in said
    assert "2015" in said
    assert "1900" not in said


def test_a_short_life_is_drawn_in_months():
    said = [t[4] for t in lettering(drawn(shapes()["newborn"])[1])]
    assert {"May 2026", "Jun 2026", "born", "1m"} <= set(said)


def test_ages_stop_at_death():
    released = made([("Bo", "Lee", "2015-01-02", None)], [{"date": day(f"20{n}-02-01")} for n in range(16, 26)])
    died = released.statements.filter(released.statements["field"] == "date_of_birth").with_columns(
        field=pl_text("date_of_death"),
        value=pl_text("2019-05-06"),
        raw=pl_text("2019-05-06"),
        statement_id=pl_text("d"),
    )
    dead = dataclasses.replace(released, statements=released.statements.vstack(died))
    ages = [t[4] for t in lettering(drawn(dead)[1]) if 44 < t[1] < 50]
    assert ages == ["age of Bo", "born", "died", "1", "2", "3"]


def test_the_width_of_letters_is_that_of_the_shipped_font():
    for words in ("12 Alder Close", "Kiera's WWW @ 100% (fifty)", "\u00e9\u00fc"):
        assert width(words, 12.0) == pytest.approx(font.width(words, 12.0), abs=0.1)
    for words in ("\u0142\u00f8\u00df", "\u0645\u062d\u0645\u062f", "\u674e", "\N{HORIZONTAL ELLIPSIS}"):
        assert width(words, 12.0) >= font.width(words, 12.0) - 0.1


def test_a_screen_reader_is_told_what_the_strip_shows():
    _svg, root = drawn(shapes()["care"])
    assert root.get("role") == "img"
    named = root.get("aria-labelledby").split()
    ids = {node.get("id"): node for node in root.iter() if node.get("id")}
    assert [tag(ids[name]) for name in named] == ["title", "desc"]
    told = ids[named[1]].text
    assert re.match(r"56 accounts of \d+ events by 5 agencies, ", told)
    assert "Home: 14 bars. Orders, plans: " in told
    assert "The table of the chronology says the same in words." in told


def pl_text(words):
    import polars as pl

    return pl.lit(words)


def test_the_strip_of_the_documentation_is_that_of_the_code():
    from pathlib import Path

    page = Path(__file__).resolve().parents[1] / "docs" / "images" / "strip.svg"
    assert page.read_text(encoding="utf-8") == strip_svg(family()), "write docs/images/strip.svg again"
