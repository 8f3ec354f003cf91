"""Layouts judged from geometry: everybody once, nothing on top of anything, generations, couples and sibships whole."""

from __future__ import annotations

import importlib.util
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from families import EASY, FAMILIES, HARD, grown, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from famlink.errors import GenogramError, InvariantError
from famlink.genogram import layout as layout_module
from famlink.genogram.drawing import draw_family, render
from famlink.genogram.family import Family, Household, ParentLink, Person, Tie, Union
from famlink.genogram.scope import within

_BENCH = Path(__file__).resolve().parents[1] / "benchmarks" / "geometry.py"
_spec = importlib.util.spec_from_file_location("geometry_benchmark", _BENCH)
bench = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(bench)

UNAVOIDABLE = {
    "double first cousins",
    "two brothers, two sisters",
    "remarriage across families",
    "swap of couples with grandparents",
    "half siblings marry in",
    "six in-laws",
    "ring of three couples",
}
"""Hand-made families in which somebody has to stand between a couple, or a line has to cross."""


def judged(family):
    geometry = render(family).geometry
    places = {s["id"]: (s["x"], s["row"]) for s in geometry["symbols"]}
    people = [p.id for p in family.people]
    return geometry, bench.score(people, bench.unions_of(family), places), bench.overlaps(geometry)


@pytest.mark.parametrize("name", FAMILIES)
def test_everybody_and_every_link_once_and_nothing_overlaps(name):
    family = parse(FAMILIES[name])
    geometry, faults, over = judged(family)
    assert geometry["counts"] == family.counts
    drawn = Counter(s["id"] for s in geometry["symbols"] if s["shape"] != "slot")
    assert drawn == Counter(p.id for p in family.people)
    assert not over
    assert "siblings on two rows" not in faults
    assert "overlap" not in faults


@pytest.mark.parametrize("name", [n for n in (*EASY, *HARD) if n not in UNAVOIDABLE])
def test_a_family_that_can_be_drawn_without_defect_is(name):
    _, faults, _ = judged(parse(FAMILIES[name]))
    assert not set(faults) - {"slanted"}


def test_defect_free_share_over_all_our_families():
    clean = sum(not set(judged(parse(text))[1]) - {"slanted"} for text in FAMILIES.values())
    assert clean / len(FAMILIES) >= 0.75


def test_the_families_are_hard_enough_for_the_figure_to_mean_something():
    hard = sum("remarried" in n or "knotted" in n or n in HARD for n in FAMILIES)
    assert len(FAMILIES) >= 60
    assert hard / len(FAMILIES) >= 1 / 3


@pytest.mark.parametrize("name", ["first cousins", "five partners", "knotted 9"])
def test_the_same_family_gives_the_same_bytes(name):
    family = parse(FAMILIES[name])
    assert render(family).svg == render(family).svg


def test_parents_stand_above_children_and_couples_on_one_row():
    family = parse(FAMILIES["six in-laws"])
    geometry = render(family).geometry
    row = {s["id"]: s["row"] for s in geometry["symbols"]}
    unions = {u.id: u.partners for u in family.unions}
    assert all(len({row[p] for p in partners}) == 1 for partners in unions.values())
    assert all(row[p] + 1 == row[k.child] for k in family.links for p in unions[k.union])


def test_uncle_and_niece_keep_their_generations_and_the_couple_is_slanted():
    geometry, faults, _ = judged(parse(HARD["uncle and niece"]))
    row = {s["id"]: s["row"] for s in geometry["symbols"]}
    assert row["M2"] == row["M3"] == 1
    assert (row["F5"], row["M6"]) == (2, 3)
    assert faults["slanted"] == 1


def test_elder_siblings_stand_left():
    geometry = render(parse(EASY["eight children"])).geometry
    x = {s["id"]: s["x"] for s in geometry["symbols"]}
    children = ["M2", "F3", "M4", "F5", "M6", "F7", "M8", "F9"]
    assert sorted(children, key=x.__getitem__) == children


def test_several_partners_stand_in_the_order_of_time_with_children_under_their_own_couple():
    geometry = render(parse(HARD["three fathers"])).geometry
    x = {s["id"]: s["x"] for s in geometry["symbols"]}
    assert x["M4"] < x["F5"] < x["F6"] < x["M7"] or x["M7"] < x["M4"]
    assert len({s["row"] for s in geometry["symbols"]}) == 2


def test_an_earlier_drawing_keeps_people_in_their_places():
    family = parse(FAMILIES["knotted 8"])
    first = render(family)
    again = render(family, previous=first.geometry)
    order = lambda g: [s["id"] for s in sorted(g["symbols"], key=lambda s: (s["row"], s["x"]))]  # noqa: E731
    assert order(again.geometry) == order(first.geometry)


def test_scope_counts_everybody_it_leaves_out():
    family = parse(FAMILIES["remarried 11"])
    index = family.people[-1].id
    small = within(family, (index,), max_people=8)
    joined = within(family, (index,), max_people=500)
    assert len(small.people) == 8
    assert sum(p.more for p in small.people) == len(joined.people) - 8
    assert "more" in draw_family(family, focus=index, max_people=8).svg
    # a parent left out is not said to be unrecorded
    assert not any(s["shape"] == "slot" for s in draw_family(family, focus=index, max_people=8).geometry["symbols"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(5, 30), st.integers(0, 3), st.sampled_from([0.0, 0.2, 0.5]))
def test_any_grown_family_is_drawn_whole(seed, size, knots, partners):
    family = parse(grown(seed, size=size, knots=knots, partners=partners))
    geometry, _, over = judged(family)
    assert geometry["counts"] == family.counts
    assert not over


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_tangle_of_unions_and_links_is_drawn_whole(data):
    """No generator of families: any people, any unions, any children, cycles and all."""
    ids = [f"p{i}" for i in range(data.draw(st.integers(1, 8)))]
    pairs = st.lists(st.sampled_from(ids), max_size=2, unique=True).map(tuple)
    unions, links = [], []
    for i in range(data.draw(st.integers(0, 5))):
        partners = data.draw(pairs)
        children = data.draw(st.lists(st.sampled_from(ids), max_size=4, unique=True))
        if partners or children:
            unions.append(Union(f"u{i}", partners))
            kinds = st.sampled_from(["birth", "adoptive", "foster", "guardian", "kinship", "step"])
            links += [ParentLink(c, f"u{i}", data.draw(kinds)) for c in children]
    family = Family(
        tuple(Person(i, sex=data.draw(st.sampled_from(["male", "female", None]))) for i in ids),
        tuple(unions),
        tuple(links),
    )
    assert render(family).geometry["counts"] == family.counts


def test_a_family_that_points_outside_itself_is_refused():
    with pytest.raises(GenogramError, match="not in the family"):
        render(Family((Person("a"),), (Union("u", ("a", "b")),)))
    with pytest.raises(GenogramError, match="one partner twice"):
        render(Family((Person("a"),), (Union("u", ("a", "a")),)))


def test_a_person_lost_on_the_way_is_caught(monkeypatch):
    real = layout_module.Router.route

    def loses(self):
        placed = real(self)
        placed.symbols.pop()
        return placed

    monkeypatch.setattr(layout_module.Router, "route", loses)
    with pytest.raises(InvariantError, match="family holds"):
        render(parse(EASY["nuclear"]))


def test_thirty_partners_and_five_hundred_people_without_relations():
    many = parse("; ".join(f"M{i}eF999=X{i + 100}" for i in range(1, 31)))
    assert render(many).geometry["counts"] == many.counts
    alone = Family(tuple(Person(f"p{i}") for i in range(500)))
    geometry = render(alone).geometry
    assert geometry["counts"]["people"] == 500
    assert not bench.overlaps({**geometry, "lines": []})


def housed(family):
    """The same family with whole dates, everybody at home with the last family they belong to, and three ties."""
    children = defaultdict(list)
    for link in family.links:
        children[link.union].append(link.child)
    placed, homes = set(), []
    for i, union in enumerate(reversed(family.unions)):
        members = [p for p in (*union.partners, *children[union.id]) if p not in placed]
        if len(members) > 1:
            placed |= set(members)
            homes.append(Household(f"h{i}", tuple(members), f"{i + 1} Long Foundry Street, Ellerby, NS4 2HJ"))
    people = tuple(replace(p, born_text=f"{p.born:%d %b %Y}") for p in family.people)
    ids = [p.id for p in people]
    kinds = ("domestic-abuse", "order", "close")
    ties = tuple(Tie(kind, a, b, "2024") for kind, a, b in zip(kinds, ids, ids[3:], strict=False))
    return replace(family, people=people, households=tuple(homes), ties=ties)


OVERLAID = [*EASY, *HARD, *(f"{kind} {i}" for kind in ("tree", "remarried", "knotted") for i in (1, 4, 7, 10))]


@pytest.mark.parametrize("name", OVERLAID)
def test_outlines_and_ties_run_through_no_text_and_no_symbol(name):
    family = housed(parse(FAMILIES[name]))
    geometry = render(family).geometry
    kinds = {line["kind"] for line in geometry["lines"]}
    assert {"household"} <= kinds
    assert {tie.kind for tie in family.ties} <= kinds
    assert not bench.overlaps(geometry)
    at = {s["id"]: s for s in geometry["symbols"]}
    for line in geometry["lines"]:
        if line["kind"] == "household":
            inside = {i for i, s in at.items() if _within(s["x"], s["y"], line["points"])}
            assert inside == set(line["people"])


def _within(x, y, corners):
    found = False
    for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (y0 > y) != (y1 > y) and x < (x1 - x0) * (y - y0) / (y1 - y0) + x0:
            found = not found
    return found


def test_an_outline_through_a_date_is_found_by_the_scorer():
    geometry = render(housed(parse("M1mF1=M2 F3"))).geometry
    line = next(line for line in geometry["lines"] if line["kind"] == "household")
    date = next(k for k in geometry["labels"] if k["id"].endswith(" born"))
    line["points"] = [[date["x"] - 90, date["y"]], [date["x"] + 90, date["y"]], [date["x"], date["y"] - 200]]
    assert bench.overlaps(geometry)["outline through label"]


def test_two_ties_of_the_same_two_people_do_not_run_on_each_other():
    family = parse("M1mF1=M2 F3")
    ties = (Tie("domestic-abuse", "M1", "F1", "2023"), Tie("order", "M1", "F1", "2024"))
    lines = [
        k["points"]
        for k in render(replace(family, ties=ties)).geometry["lines"]
        if k["kind"] in {"domestic-abuse", "order"}
    ]
    uprights = [{x for (x, _), (x1, _) in pairwise(points) if x == x1} for points in lines]
    assert len(uprights[0]) == len(uprights[1]) == 2
    assert not uprights[0] & uprights[1]


def test_people_of_one_address_whom_nothing_joins_each_have_its_outline_and_address():
    family = replace(parse("M1mF1=M2"), people=(*parse("M1mF1=M2").people, Person("x", "Lee Moss", sex="male")))
    family = replace(family, households=(Household("h", ("F1", "x"), "9 Mill Row"),))
    drawing = render(family)
    outlines = [line["people"] for line in drawing.geometry["lines"] if line["kind"] == "household"]
    assert sorted(outlines) == [["F1"], ["x"]]
    assert drawing.svg.count(">9 Mill Row</text>") == 2
    assert not bench.overlaps(drawing.geometry)
