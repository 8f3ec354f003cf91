"""Every row of the notation table is drawn by a test, and explained by the legend where it is used."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from families import parse

from famlink.errors import GenogramError
from famlink.genogram.drawing import png_of, render
from famlink.genogram.family import Family, Household, ParentLink, Person, Service, Tie, Union
from famlink.genogram.layout import lay_out
from famlink.genogram.svg import Look
from famlink.genogram.ties import strokes_of

DAY = dt.date(2026, 6, 1)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(family, **look):
    drawing = render(family, look=Look(**look))
    ET.fromstring(drawing.svg)  # well-formed
    return drawing


def one(**said):
    return Family((Person("a", "Kai Reed", **said),), as_at=DAY)


def couple(kind="married", state="current", children=("c",), **said):
    people = [Person("m", "Tom Price", sex="male"), Person("f", "Laura Reed", sex="female")]
    people += [Person(c, f"Child {c}") for c in children]
    links = tuple(ParentLink(c, "u", **said) for c in children)
    return Family(tuple(people), (Union("u", ("m", "f"), kind, state, start_text="2010", end_text="2019"),), links)


def shape(drawing):
    return drawing.geometry["symbols"][0]["shape"]


def words(drawing):
    return re.sub(r"<[^>]+>", " ", drawing.svg)


def strokes(drawing, kind):
    return [line for line in drawing.geometry["lines"] if line["kind"] == kind]


def dashes(drawing, people):
    """Dash patterns of the drawn lines, legend left out."""
    body = drawing.svg.split('<g class="lines">')[1].split("</g>")[0]
    return set(re.findall(r'stroke-dasharray="([^"]+)"', body)) if people else set()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"sex": "male"}, "square"),
        ({"sex": "female"}, "circle"),
        ({}, "diamond"),
        ({"sex": "male", "gender": "female"}, "circle"),
        ({"sex": "male", "sex_conflict": True}, "diamond"),
        ({"expected": dt.date(2026, 9, 1)}, "triangle"),
        ({"expected": dt.date(2020, 9, 1), "born": dt.date(2020, 8, 20), "sex": "male"}, "square"),
    ],
)
def test_shape_follows_gender_then_sex_and_infers_nothing(said, expected):
    assert shape(drawn(one(**said))) == expected


def test_a_person_of_no_recorded_sex_has_a_question_mark():
    assert ">?</text>" in drawn(one(), legend=False).svg


def test_index_people_have_a_double_outline():
    assert drawn(one(sex="male", index=True), legend=False).svg.count("<rect") == 3  # paper, outer, inner
    assert "double outline" in words(drawn(one(sex="male", index=True)))


def test_age_inside_dates_above_estimated_marked_and_the_dead_crossed():
    said = {"born": dt.date(1950, 1, 1), "born_text": "1950", "born_exact": False, "deceased": True}
    drawing = drawn(one(sex="male", age=69, died_text="4 Apr 2019", died=dt.date(2019, 4, 4), **said))
    assert 'class="dead"' in drawing.svg
    for expected in ("c. 1950", "d. 4 Apr 2019", "69", "crossed: has died", "estimated"):
        assert expected in words(drawing)


def test_an_unborn_child_shows_the_expected_date():
    assert "due 20/09/2026" in words(drawn(one(expected=dt.date(2026, 9, 20))))


@pytest.mark.parametrize(
    ("profile", "kind", "dash"),
    [
        ("uk-ics", "married", set()),
        ("uk-ics", "cohabiting", set()),
        ("uk-ics", "transitory", {"10 3 2 3"}),
        ("mcgoldrick", "married", set()),
        ("mcgoldrick", "cohabiting", {"8 4"}),
        ("nsgc", "cohabiting", set()),
    ],
)
def test_unions_in_each_notation(profile, kind, dash):
    assert dashes(drawn(couple(kind), profile=profile), "all") == dash
    assert profile in words(drawn(couple(kind), profile=profile))


@pytest.mark.parametrize(("state", "count"), [("current", 0), ("separated", 1), ("ended", 1), ("divorced", 2)])
def test_separation_is_one_stroke_and_divorce_two(state, count):
    drawing = drawn(couple(state=state))
    assert len(strokes(drawing, "mark")) == count
    assert "2019" in words(drawing)
    if state == "ended":
        assert "not a divorce" in words(drawing)


@pytest.mark.parametrize(
    ("kind", "dash"),
    [
        ("birth", set()),
        ("adoptive", {"8 4"}),
        ("foster", {"2 4"}),
        ("guardian", {"2 4"}),
        ("kinship", {"2 4"}),
        ("step", {"10 3 2 3"}),
    ],
)
def test_links_by_kind(kind, dash):
    drawing = drawn(couple(kind=kind) if False else replace(couple(), links=(ParentLink("c", "u", kind, "tag 2024"),)))
    assert dashes(drawing, "all") == dash
    assert "tag 2024" in words(drawing)


def test_birth_parents_and_current_carers_on_one_child():
    family = Family(
        (
            Person("m", sex="male"),
            Person("f", sex="female"),
            Person("g", sex="male"),
            Person("h", sex="female"),
            Person("c", "Kai"),
        ),
        (Union("birth", ("m", "f")), Union("care", ("g", "h"), "married")),
        (ParentLink("c", "birth"), ParentLink("c", "care", "foster", "foster 2023")),
    )
    drawing = drawn(family)
    assert drawing.geometry["counts"] == {"people": 5, "unions": 2, "children": 2}
    risers = [line for line in strokes(drawing, "riser") if line["people"] == ["c"]]
    assert len(risers) == 2
    assert len({line["points"][-1][0] for line in risers}) == 2
    assert dashes(drawing, "all") == {"2 4"}


def test_parental_responsibility_is_a_badge_apart_from_biology():
    drawing = drawn(replace(couple(), responsibility=(("f", "c"),)))
    assert ">PR</text>" in drawing.svg
    assert "holds parental responsibility for Child c" in words(drawing)


def test_twins_hang_from_one_point_and_identical_ones_have_a_bar():
    family = replace(couple(children=("a", "b", "c")), twins=(("a", "b"),))
    lines = strokes(drawn(family), "twin")
    assert len(lines) == 2
    assert lines[0]["points"][0] == lines[1]["points"][0]
    assert not strokes(drawn(family), "identical")
    assert len(strokes(drawn(replace(family, identical=(("a", "b"),))), "identical")) == 1


def test_siblings_without_parents_have_a_dashed_bracket_and_nobody_is_invented():
    drawing = drawn(parse("=M1 F2 M3"))
    assert {s["id"] for s in drawing.geometry["symbols"]} == {"M1", "F2", "M3"}
    assert dashes(drawing, "all") == {"8 4"}
    assert "parents not recorded" in words(drawing)


def test_father_not_recorded_is_a_slot_that_is_not_counted():
    drawing = drawn(parse("F1=M2 F3"))
    slots = [s for s in drawing.geometry["symbols"] if s["shape"] == "slot"]
    assert [s["id"] for s in slots] == ["slot:u0"]
    assert drawing.geometry["counts"] == {"people": 3, "unions": 1, "children": 2}
    assert "father not recorded" in " ".join(words(drawing).split())


def test_one_slot_for_each_union_with_one_known_parent():
    family = Family(
        (Person("f", sex="female"), Person("a"), Person("b")),
        (Union("u1", ("f",)), Union("u2", ("f",))),
        (ParentLink("a", "u1"), ParentLink("b", "u2")),
    )
    assert sum(s["shape"] == "slot" for s in drawn(family).geometry["symbols"]) == 2


def test_a_single_adopter_has_no_slot():
    family = replace(parse("F1=M2"), links=(ParentLink("M2", "u0", "adoptive"),))
    assert not any(s["shape"] == "slot" for s in drawn(family).geometry["symbols"])


def test_a_household_is_outlined_around_its_members_alone():
    family = parse("M1mF1=M2 F3; M4+F3=M5")
    home = Household("h", ("M1", "F1", "M2"), "1 High Street, NS1 1AB")
    drawing = drawn(replace(family, households=(home,)))
    (outline,) = strokes(drawing, "household")
    assert sorted(outline["people"]) == ["F1", "M1", "M2"]
    assert "1 High Street" in words(drawing)
    for symbol in drawing.geometry["symbols"]:
        assert _inside(symbol["x"], symbol["y"], outline["points"]) == (symbol["id"] in home.people)


def _inside(x, y, corners):
    found = False
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            found = not found
    return found


@pytest.mark.parametrize("kind", ["domestic-abuse", "order", "close", "hostile", "cut-off"])
def test_ties_are_drawn_once_numbered_and_said_in_words(kind):
    family = replace(
        parse("M1mF1=M2 F3; M4eF3=M5"), ties=(Tie(kind, "M4", "F3", "alleged, 2024"), Tie(kind, "M1", "M5", "x 2025"))
    )
    drawing = drawn(family)
    assert [line["people"] for line in strokes(drawing, kind)] == [["M4", "F3"], ["M1", "M5"]]
    assert "1. Ben M4 to Ann F3" in words(drawing)
    assert "alleged, 2024" in words(drawing)
    assert ('class="head"' in drawing.svg) == (kind == "domestic-abuse")


@pytest.mark.parametrize("kind", ["order", "cut-off"])
def test_the_bar_across_an_order_is_not_hidden_by_its_number(kind):
    layout = lay_out(replace(parse("M1mF1=M2 F3"), ties=(Tie(kind, "M1", "F1", "2025"), Tie(kind, "M1", "M2", "2025"))))
    for line, badge in zip([k for k in layout.lines if k.kind == kind], layout.badges, strict=True):
        (_, whole), (_, ((x0, y0), (x1, y1))) = strokes_of(line)
        assert whole == line.points
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        assert abs(badge.x - x) > 9.0 + abs(x1 - x0) / 2 or abs(badge.y - y) > 6.5 + abs(y1 - y0) / 2


def test_professionals_stand_outside_the_family():
    family = replace(parse("M1mF1=M2"), services=(Service("School nurse", ("M2",)),))
    drawing = drawn(family)
    assert len(drawing.geometry["symbols"]) == 3
    assert "A. School nurse: works with Ben M2" in words(drawing)
    assert "outside the broken border" in words(drawing)
    groups = [g for g in ET.fromstring(drawing.svg).iter(f"{SVG}g") if g.get("role") == "group"]
    told = [(g.find(f"{SVG}title").text, g.find(f"{SVG}desc").text) for g in groups]
    assert told == [("School nurse", "Works with Ben M2.")]
    assert "School nurse works with them." in drawing.svg
    assert "broken border" not in words(drawn(parse("M1mF1=M2")))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 30])
@pytest.mark.parametrize("text", ["M1", "M1mF1=M2 F3; M2+F4=M5", "M1mF1=M2 F3 M4 F5 M6 F7 M8 F9"])
def test_the_ring_is_whole_and_runs_over_nothing(text, count):
    names = ("Nurse", "Social worker, assessment team for the north of the county", "School")
    family = parse(text)
    ids = [p.id for p in family.people]
    services = tuple(Service(f"{names[i % 3]} {i}", (ids[i % len(ids)], ids[-1])) for i in range(count))
    layout = lay_out(replace(family, services=services))
    assert [p.name for p in sorted(layout.ring, key=lambda p: (len(p.letters), p.letters))] == [
        s.name for s in services
    ]
    (border,) = (line for line in layout.outlines if line.kind == "ring")
    left, right = min(x for x, _ in border.points), max(x for x, _ in border.points)
    top, bottom = min(y for _, y in border.points), max(y for _, y in border.points)
    for symbol in layout.symbols:
        assert left < symbol.x - 22 < symbol.x + 22 < right
        assert top < symbol.y - 22 < symbol.y + 22 < bottom
    boxes = [(p.x - p.width / 2, p.x + p.width / 2, p.y - p.height / 2, p.y + p.height / 2) for p in layout.ring]
    for i, (x0, x1, y0, y1) in enumerate(boxes):
        assert 0 <= x0 < x1 <= layout.width
        assert 0 <= y0 < y1 <= layout.height
        assert x1 <= left or x0 >= right or y1 <= top or y0 >= bottom
        assert all(x1 <= a or x0 >= b or y1 <= c or y0 >= d for a, b, c, d in boxes[:i])
    assert len([b for b in layout.badges if b.kind == "letter"]) == len({p for s in services for p in s.people})


LOSS = ParentLink("x", "u")


def after(loss, **said):
    people = (Person("m", sex="male"), Person("f", sex="female"), Person("x", loss, loss=loss, **said))
    return Family(people, (Union("u", ("m", "f")),), (LOSS,), as_at=DAY)


@pytest.mark.parametrize(
    ("loss", "profile", "mark"),
    [
        ("miscarriage", "uk-ics", r'<polygon points="[^"]+" class="shape"/>$'),
        ("miscarriage", "nsgc", r'<polygon points="[^"]+" class="shape"/>$'),
        ("miscarriage", "mcgoldrick", r'<circle [^>]+ class="loss"/>$'),
        ("termination", "uk-ics", r'<polygon [^>]+ class="shape"/><path class="dead loss" d="M\S+ \S+L\S+ \S+"/>$'),
        ("termination", "mcgoldrick", r'^<path class="dead loss" d="M[^"]+M[^"]+"/>$'),
        ("stillbirth", "uk-ics", r'<circle [^>]+ class="shape"/><path class="dead" d="M[^"]+"/>$'),
        ("stillbirth", "mcgoldrick", r'<circle [^>]+ class="shape"/><path class="dead" d="M[^"]+"/>$'),
    ],
)
def test_a_pregnancy_that_ended_has_a_small_mark_of_its_own(loss, profile, mark):
    drawing = drawn(after(loss, sex="female", died_text="2019", deceased=True), profile=profile)
    body = re.search(rf'<g role="img"><title>{loss}</title><desc>([^<]+)</desc>(.+)</g>', drawing.svg)
    assert re.search(mark, body[2])
    assert {"miscarriage": "Miscarriage.", "stillbirth": "Stillbirth."}.get(
        loss, "Termination of a pregnancy."
    ) in body[1]
    assert "Deceased" not in body[1]
    assert ">2019</text>" in drawing.svg
    assert "crossed: has died" not in drawing.svg
    assert f'class="legend">{loss}' in drawing.svg
    assert drawing.geometry["counts"] == {"people": 3, "unions": 1, "children": 1}
    assert {s["id"]: s["shape"] for s in drawing.geometry["symbols"]}["x"] == loss


def test_a_loss_of_another_word_is_refused():
    with pytest.raises(GenogramError, match="x has a loss that is none of miscarriage"):
        drawn(after("mislaid"))


def test_initials_keep_what_a_loss_is_and_hide_who_works_with_the_family():
    drawing = drawn(replace(after("miscarriage"), services=(Service("Joan Marsh", ("f",)),)), initials=True)
    assert "miscarriage" in words(drawing)
    assert "Marsh" not in drawing.svg


@pytest.mark.parametrize(("group", "inside", "told"), [(0, "n", "a number not recorded of"), (3, "3", "3")])
def test_one_symbol_stands_for_siblings_whose_number_is_or_is_not_recorded(group, inside, told):
    family = parse("M1mF1=M2 X3")
    some = replace(family.people[-1], name="siblings", group=group)
    drawing = drawn(replace(family, people=(*family.people[:-1], some)))
    assert f"One symbol for {told} people." in drawing.svg
    body = re.search(r"<g role=\"img\"><title>siblings</title>.+</g>", drawing.svg)[0]
    assert f">{inside}</text>" in body
    assert "one symbol for" in words(drawing).split("What the marks mean")[1]


def test_certainty_is_said_in_words_and_by_line_weight():
    drawing = drawn(one(records=3, probability=0.87, agencies=("police", "health")))
    assert "0.87" in words(drawing)
    assert "unsure" in drawing.svg


def test_the_agency_that_alone_knows_somebody_is_named():
    assert "police only" in words(drawn(one(agencies=("police",))))


def test_conflicts_are_marked_and_never_averaged():
    drawing = drawn(one(conflicts=("sources disagree on date of birth: 1 May (police); 2 May (health)",)))
    assert "! sources disagree on" in words(drawing)
    marked = drawn(replace(couple(), links=(ParentLink("c", "u", conflict="a parent younger than the child"),)))
    assert "clash" in marked.svg.split('<g class="lines">')[1]


def test_a_question_mark_person_and_relatives_not_drawn():
    assert "+4 more" in words(drawn(one(more=4)))


def test_the_legend_names_what_is_used_and_nothing_else():
    text = words(drawn(parse("M1mF1=M2")))
    assert "married or civil partners" in text
    for unused in ("twins", "foster", "divorced", "household", "unborn"):
        assert unused not in text


def test_every_symbol_has_a_title_and_a_description():
    drawing = drawn(parse("M1dF1=M2; F1=F3"))
    root = ET.fromstring(drawing.svg)
    ns = {"s": "http://www.w3.org/2000/svg"}
    groups = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("role") == "img"]
    assert len(groups) == len(drawing.geometry["symbols"])
    for group in groups:
        assert group.find("s:title", ns).text
        assert group.find("s:desc", ns).text
    assert "divorced" in " ".join(g.find("s:desc", ns).text for g in groups)


@pytest.mark.parametrize("theme", ["light", "dark", "print", "auto"])
def test_themes(theme):
    svg = drawn(couple(), theme=theme).svg
    assert ("#14181d" in svg) == (theme in {"dark", "auto"})
    assert ("@media print" in svg) == (theme == "auto")


def test_an_unknown_theme_or_notation_is_one_clear_sentence():
    with pytest.raises(GenogramError, match="theme"):
        drawn(couple(), theme="sepia")
    with pytest.raises(GenogramError, match="profile"):
        drawn(couple(), profile="klingon")


def test_nothing_from_outside_the_file_and_markup_is_text():
    svg = drawn(one(notes=("<script>alert(1)</script>",), conflicts=('"><image href="http://x"/>',))).svg
    assert "<script" not in svg
    assert "<image" not in svg
    assert not re.search(r"<[^>]*(?:href|src|url\()", svg)


def test_text_is_drawn_in_the_png():
    with_text, without = one(sex="male"), replace(one(sex="male"), people=(Person("a", name=" ", sex="male"),))
    dark = [len(png_of(drawn(f, legend=False).svg)) for f in (with_text, without)]
    assert dark[0] > dark[1] * 1.05
