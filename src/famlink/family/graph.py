"""One family as a networkx graph, made on demand, and its node-link JSON."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.errors import RequestError
from famlink.private import write_private
from famlink.vocabulary.relationships import kinds

if TYPE_CHECKING:
    import networkx as nx

FAMILY_GROUPS = ("blood", "kin", "couple", "affinity", "care")
"""Groups of relationships a hop may follow: a neighbour or a worker is shown, and not walked through."""


def family_graph(
    person_id: str,
    people: pl.DataFrame,
    relations: pl.DataFrame,
    *,
    hops: int = 2,
    as_at: dt.date | None = None,
) -> nx.MultiDiGraph:
    """Draw out the family of one person.

    Args:
        person_id: where to begin.
        people: table ``people``.
        relations: table ``relations``.
        hops: how many relations away; a hop follows kin, couples and carers, not neighbours or workers.
        as_at: keep what held on that day: relations that had begun and not ended; None keeps all.

    Returns:
        a directed multigraph. Nodes are people with ``agencies`` (who knows them) and ``records``; an edge runs from a
        person to a relative, keyed ``relationship/qualifier``, with ``basis``, ``confidence``, ``start``, ``end``,
        ``sources``, ``agencies`` and ``conflict``. Both directions are there.

    Raises:
        RequestError: no such person, or hops below 0.

    Example:
        >>> from famlink.tables import PEOPLE, RELATIONS
        >>> people = PEOPLE.frame([{"agency": "csc", "record_id": "1", "person_id": "ann", "probability": 1.0,
        ...     "origin": "given"}])
        >>> sorted(family_graph("ann", people, RELATIONS.empty()).nodes(data="agencies"))
        [('ann', ['csc'])]
    """
    import networkx as nx

    if hops < 0:
        raise RequestError(f"hops: expected 0 or more, got {hops}; give how many relations away to draw")
    if people.filter(pl.col("person_id") == person_id).is_empty():
        raise RequestError("the person asked for is in none of the people given; give a person_id of this run")
    held = relations if as_at is None else held_on(relations, as_at)
    reached = _reach(person_id, held, hops)
    graph = nx.MultiDiGraph()
    known = (
        people.filter(pl.col("person_id").is_in(reached.implode()))
        .group_by("person_id")
        .agg(
            pl.col("agency").unique().sort().alias("agencies"),
            (pl.col("agency") + ":" + pl.col("record_id")).unique().sort().alias("records"),
            pl.col("probability").min(),
        )
        .sort("person_id")
    )
    for row in known.iter_rows(named=True):
        graph.add_node(row["person_id"], **{name: row[name] for name in ("agencies", "records", "probability")})
    inside = held.filter(
        pl.col("person_id").is_in(known["person_id"].implode())
        & pl.col("relative_id").is_in(known["person_id"].implode())
    ).sort("person_id", "relative_id", "relationship", "qualifier")
    for row in inside.iter_rows(named=True):
        graph.add_edge(
            row["person_id"],
            row["relative_id"],
            key=f"{row['relationship']}/{row['qualifier']}",
            agencies=sorted({source.split(":", 1)[0] for source in row["sources"]}),
            **{name: row[name] for name in _EDGE},
        )
    return graph


_EDGE = (
    "relationship",
    "qualifier",
    "basis",
    "confidence",
    "start",
    "end",
    "sources",
    "premises",
    "parental_responsibility",
    "conflict",
)


def held_on(relations: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """The relations that held on a day: begun, or with no start recorded, and not yet ended.

    Kinship does not end: an end on a parent, child or sibling ends what the agency recorded, not the relation.

    Args:
        relations: table ``relations``.
        day: the day.

    Returns:
        the rows that held.
    """
    lasting = [name for name, kind in kinds().items() if kind.group in {"blood", "kin"}]
    begun = pl.col("start").is_null() | (pl.col("start") <= day)
    standing = pl.col("end").is_null() | (pl.col("end") >= day)
    return relations.filter(pl.col("relationship").is_in(lasting) | (begun & standing))


def node_link(graph: nx.MultiDiGraph) -> dict[str, Any]:
    """A graph as node-link data: plain values in a fixed order.

    Args:
        graph: as :func:`family_graph` gives.

    Returns:
        ``directed``, ``multigraph``, ``nodes`` and ``edges``; dates are ISO text.
    """
    return {
        "directed": True,
        "multigraph": True,
        "graph": {},
        "nodes": [{"id": node, **_plain(data)} for node, data in sorted(graph.nodes(data=True))],
        "edges": [
            {"source": source, "target": target, "key": key, **_plain(data)}
            for source, target, key, data in sorted(graph.edges(keys=True, data=True), key=lambda edge: edge[:3])
        ],
    }


def write_node_link(graph: nx.MultiDiGraph, to: str | Path) -> Path:
    """Write a graph as node-link JSON, which ``networkx.node_link_graph(data, edges="edges")`` reads back.

    Args:
        graph: as :func:`family_graph` gives.
        to: the file; only its owner can read it.

    Returns:
        the file's path.
    """
    text = json.dumps(node_link(graph), ensure_ascii=False, indent=1, sort_keys=True)
    return write_private(to, text + "\n")


def known_by(graph: nx.MultiDiGraph) -> dict[str, list[str]]:
    """Which agency knows whom in this family: agency -> person_ids, both sorted."""
    told: dict[str, list[str]] = {}
    for node, agencies in sorted(graph.nodes(data="agencies")):
        for agency in agencies:
            told.setdefault(agency, []).append(node)
    return dict(sorted(told.items()))


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in data.items()}


def _reach(person_id: str, relations: pl.DataFrame, hops: int) -> pl.Series:
    walked = [name for name, kind in kinds().items() if kind.group in FAMILY_GROUPS]
    steps = relations.select("person_id", "relative_id", "relationship")
    reached = pl.Series([person_id])
    edge = reached
    for _ in range(hops):
        nearby = steps.filter(pl.col("person_id").is_in(edge.implode()))
        found = nearby["relative_id"].unique()
        # Everybody one hop away is shown; only kin, couples and carers are walked through.
        on = nearby.filter(pl.col("relationship").is_in(walked))["relative_id"].unique()
        edge = on.filter(~on.is_in(reached.implode()))
        reached = pl.concat([reached, found]).unique()
        if edge.is_empty():
            break
    return reached.sort()
