"""Twins among the people found: pairs that one of them is in are weighed again, and the hub is clustered again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.backends.local import LocalBackend
from famlink.linkage.clustering import Clusters, Edges
from famlink.linkage.families import SHARED_RELATIVES, kinds
from famlink.linkage.model import KIN, Model
from famlink.linkage.twins import lessened, of_twins, twins_seen
from famlink.pipeline.aligning import Evidence, places
from famlink.waiting import Records

Rows = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Twins:
    """Who has a twin in the hub.

    Args:
        pairs: rows (n x 2) of two twins each, stated or seen.
        known: for each record whether its person has a twin.
    """

    pairs: Rows
    known: NDArray[np.bool_]

    def over(self, edges: Edges, *, backend: LocalBackend, model: Model) -> Edges:
        """Scored pairs, with less weight where one of the two has a twin."""
        asked = self.known[edges.left] | self.known[edges.right]
        a, b = edges.left[asked], edges.right[asked]
        bits = backend.class_bits(a, b, model)
        weight = edges.weight.copy()
        agencies = backend.encoded.agencies
        weight[asked] = lessened(weight[asked], bits, backend.strata(a, b), model=model, agencies=agencies)
        return replace(edges, weight=weight)


def twins_among(backend: LocalBackend, model: Model, clusters: Clusters, *, stated: Rows) -> Twins:
    """Find who has a twin.

    Args:
        backend: compares pairs.
        model: trained.
        clusters: as clustered so far.
        stated: pairs of rows stated to be twins.

    Returns:
        the twins; only those stated, and nobody known, where the model knows of no kin.
    """
    if model.across.kin[KIN.index("twin")] <= 0.0 or "forename" not in backend.names:
        return Twins(stated, np.zeros(len(clusters.labels), dtype=np.bool_))
    place = backend.names.index("forename")
    seen = twins_seen(backend.encoded.frame, clusters.labels, differ=lambda a, b: backend.levels(a, b)[:, place] == 0)
    pairs = np.concatenate([stated, seen]).astype(np.int32)
    return Twins(pairs, of_twins(pairs, clusters.labels))


def told_of(
    records: Records, edges: Edges, evidence: Evidence, before: Edges, *, own: Callable[[Rows, Rows], Edges]
) -> pl.DataFrame:
    """Table ``shared_relatives``: what relatives and twins add to some pairs.

    Args:
        records: the merged standardised records, in row order.
        edges: the pairs as linked, by left and right row.
        evidence: what relatives say.
        before: the pairs by left and right row as they weighed before twins were looked for.
        own: weighs pairs by the two records alone.

    Returns:
        the table, by pair.
    """
    keys = edges.keys(evidence.records)
    at, was = places(evidence.keys, keys), places(before.keys(evidence.records), keys)
    twin = np.where(was >= 0, edges.weight - before.weight[was], 0.0) if len(before.weight) else np.zeros(len(keys))
    told = np.flatnonzero((at >= 0) | (twin < 0.0))
    if not len(told):
        return SHARED_RELATIVES.empty()
    at, left, right = at[told], edges.left[told], edges.right[told]
    shares = at >= 0
    kind, added, taken = np.full(len(told), len(kinds())), np.zeros(len(told)), np.zeros(len(told))
    kind[shares], taken[shares] = evidence.kind[at[shares]], evidence.assigned[at[shares]]
    alone = own(left[shares], right[shares]).weight
    added[shares] = evidence.weight[at[shares]] - taken[shares] - alone
    agencies, ids = records.select("agency", "record_id").get_columns()
    return SHARED_RELATIVES.check(
        pl.DataFrame(
            {
                "agency_left": agencies.gather(left),
                "record_id_left": ids.gather(left),
                "agency_right": agencies.gather(right),
                "record_id_right": ids.gather(right),
                "shared": pl.Series([*kinds(), None], dtype=pl.String).gather(kind),
                "relatives": added,
                "assignment": taken,
                "twin": np.minimum(twin[told], 0.0),
            }
        )
    )
