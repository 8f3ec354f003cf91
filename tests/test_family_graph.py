"""The family graph, made on demand, and relations named in English."""

from __future__ import annotations

import datetime as dt
import json

import polars as pl
import pytest

from famlink.errors import RequestError
from famlink.family.graph import family_graph, held_on, known_by, node_link, write_node_link
from famlink.family.naming import namer
from famlink.tables import PEOPLE, RELATIONS
from famlink.vocabulary.relationships import inverse

PEOPLE_ROWS = [
    ("csc", "kim"),
    ("csc", "ann"),
    ("police", "ann"),
    ("police", "bob"),
    ("school", "kim"),
    ("csc", "eve"),
    ("csc", "worker"),
    ("csc", "other"),
]
FRAME = PEOPLE.frame(
    [{"agency": a, "record_id": p, "person_id": p, "probability": 0.9, "origin": "given"} for a, p in PEOPLE_ROWS]
)


def relations_of(*rows):
    """rows: (person, relative, kind, qualifier, start, end); the other direction is added."""
    both = [r for p, q, k, w, s, e in rows for r in ((p, q, k, w, s, e), (q, p, inverse(k), w, s, e))]
    return RELATIONS.frame(
        [
            {"person_id": p, "relative_id": q, "relationship": k, "qualifier": w, "start": s, "end": e, "basis": "stated",
             "confidence": 0.8, "sources": [f"csc:{p}", f"police:{q}"], "claims": [], "premises": []}
            for p, q, k, w, s, e in both
        ]
    ).sort("person_id", "relative_id", "relationship", "qualifier")  # fmt: skip


OVER = (dt.date(2015, 1, 1), dt.date(2020, 1, 1))
ROWS = relations_of(
    ("kim", "ann", "parent", "birth", None, None),
    ("ann", "bob", "partner", "", *OVER),
    ("bob", "eve", "parent", "", None, None),
    ("kim", "worker", "professional", "", None, None),
    ("worker", "other", "professional", "", None, None),
)


def test_hops_follow_kin_and_couples_and_not_workers():
    assert set(family_graph("kim", FRAME, ROWS, hops=0)) == {"kim"}
    assert set(family_graph("kim", FRAME, ROWS, hops=1)) == {"kim", "ann", "worker"}
    assert set(family_graph("kim", FRAME, ROWS, hops=2)) == {"kim", "ann", "worker", "bob"}
    assert set(family_graph("kim", FRAME, ROWS, hops=9)) == {"kim", "ann", "worker", "bob", "eve"}


def test_edges_both_ways_with_what_is_behind_them():
    graph = family_graph("kim", FRAME, ROWS, hops=1)
    edge = graph.edges["kim", "ann", "parent/birth"]
    assert (edge["confidence"], edge["basis"], edge["agencies"]) == (0.8, "stated", ["csc", "police"])
    assert graph.has_edge("ann", "kim", "child/birth")
    assert graph.nodes["kim"]["records"] == ["csc:kim", "school:kim"]


def test_as_at_a_day():
    assert "bob" in family_graph("kim", FRAME, ROWS, hops=2, as_at=dt.date(2018, 1, 1))
    assert "bob" not in family_graph("kim", FRAME, ROWS, hops=2, as_at=dt.date(2021, 1, 1))
    assert "bob" not in family_graph("kim", FRAME, ROWS, hops=2, as_at=dt.date(2014, 1, 1))
    ended = relations_of(("kim", "ann", "parent", "", None, dt.date(2001, 1, 1)))
    assert held_on(ended, dt.date(2020, 1, 1)).height == 2, "a parent stays a parent when the agency closes the row"


def test_which_agency_knows_whom():
    assert known_by(family_graph("kim", FRAME, ROWS, hops=2)) == {
        "csc": ["ann", "kim", "worker"],
        "police": ["ann", "bob"],
        "school": ["kim"],
    }


def test_node_link_json_reads_back(tmp_path):
    import networkx as nx

    graph = family_graph("kim", FRAME, ROWS, hops=2)
    file = write_node_link(graph, tmp_path / "family.json")
    data = json.loads(file.read_text(encoding="utf-8"))
    assert data == json.loads(json.dumps(node_link(graph)))
    back = nx.node_link_graph(data, edges="edges")
    assert set(back.edges(keys=True)) == set(graph.edges(keys=True))
    assert back.edges["ann", "bob", "partner/"]["start"] == "2015-01-01"
    first = file.read_bytes()
    assert (
        write_node_link(family_graph("kim", FRAME, ROWS.reverse(), hops=2), tmp_path / "again.json").read_bytes()
        == first
    )


def test_bad_requests():
    with pytest.raises(RequestError, match="in none of the people"):
        family_graph("nobody", FRAME, ROWS)
    with pytest.raises(RequestError, match="0 or more"):
        family_graph("kim", FRAME, ROWS, hops=-1)


# --- naming --------------------------------------------------------------------------------------------------------------

SEXES = {"ann": "female", "bob": "male", "eve": "female", "kim": None}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("kim", "ann", "parent", "birth")], "birth mother"),
        (
            [("kim", "ann", "sibling", "half maternal"), ("ann", "bob", "ex-partner", "")],
            "maternal half-sister's ex-partner",
        ),
        ([("kim", "ann", "grandparent", "paternal")], "paternal grandmother"),
        ([("kim", "bob", "parent", "step")], "step-father"),
        ([("kim", "bob", "sibling", "identical twin")], "identical twin brother"),
        ([("kim", "zed", "sibling", "")], "sibling"),
        ([("kim", "bob", "aunt or uncle", "great")], "great-uncle"),
        ([("kim", "ann", "special guardian", "")], "special guardian"),
    ],
)
def test_relations_in_english(rows, said):
    relations = relations_of(*((*row, None, None) for row in rows))
    assert namer(relations, SEXES).name("kim", rows[-1][1]) == said


def test_the_shortest_path_and_among_equals_kin_before_others():
    relations = relations_of(
        ("kim", "ann", "parent", "", None, None), ("ann", "eve", "parent", "", None, None), ("kim", "eve", "neighbour", "", None, None),
        ("kim", "zed", "neighbour", "", None, None), ("zed", "bob", "friend", "", None, None), ("ann", "bob", "partner", "", None, None),
    )  # fmt: skip
    names = namer(relations, SEXES)
    assert names.name("kim", "eve") == "neighbour", "one step is nearer than two"
    assert names.name("kim", "bob") == "mother's partner"
    assert names.name("kim", "kim") == "the same person"
    assert names.name("kim", "nobody") is None
    assert names.name("zed", "eve", most_steps=1) is None


def test_a_hundred_in_a_ring_is_bounded():
    ring = relations_of(*((f"p{n}", f"p{(n + 1) % 100}", "sibling", "", None, None) for n in range(100)))
    assert namer(ring).name("p0", "p6") == "'s ".join(["sibling"] * 6)
    assert namer(ring).name("p0", "p7") is None


def test_nothing_known():
    assert namer(RELATIONS.empty()).name("a", "b") is None
    assert pl.DataFrame(ROWS).height == 10
