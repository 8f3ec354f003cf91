"""From scored pairs to people: what was decided, clustered, told by families, and left in doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.backends.local import LocalBackend
from famlink.linkage import resolution
from famlink.linkage.clustering import Bonds, Clusters, Edges, cluster, connected
from famlink.linkage.doubts import crowded_twins, detached, undecided
from famlink.linkage.encoding import Encoded
from famlink.linkage.judgements import BY, Judged
from famlink.linkage.library import IDENTIFIERS
from famlink.linkage.model import Model
from famlink.linkage.resolution import Pairs
from famlink.odds import weight_of_probability
from famlink.pipeline.aligning import Evidence, Use, aligned, among_sorted
from famlink.pipeline.engines import Engine

Rows = NDArray[np.int32]

SIDES = ("agency_left", "record_id_left", "agency_right", "record_id_right")
"""Columns of a table of pairs."""


@dataclass(frozen=True)
class Decided:
    """What binds records besides their weights.

    Args:
        ties: table ``ties``.
        banned: pairs of rows on the must-not-link list.
        apart: for each record its agency where that attests that its records are different people, -1 elsewhere.
        judged: pairs that people, rules and classifiers decided about.
        learn: whether to learn the priors of family evidence.
        without: parts of the method to leave out.
    """

    ties: pl.DataFrame
    banned: Rows
    apart: NDArray[np.int16]
    judged: Judged
    learn: bool
    without: frozenset[str]


def gathered(
    encoded: Encoded, backend: Engine, model: Model, pairs: Pairs, decided: Decided
) -> tuple[Clusters, Pairs, Evidence, Model]:
    """Cluster, and give every pair inside a component its weights and its reason."""
    stated = rows_of(encoded, decided.ties, ("agency", "record_id", "agency", "relative_record_id"))
    # A Splink model is taken at its word: only what sources state and people decide stands beside its weights.
    own = backend if isinstance(backend, LocalBackend) else None
    verified, same = _verified(encoded, pairs) if own else (np.zeros((0, 2), dtype=np.int32),) * 2
    least = weight_of_probability(model.match)
    ones = {by: rows_of(encoded, _said_by(decided.judged.same, by), SIDES) for by in BY}
    twos = {by: rows_of(encoded, _said_by(decided.judged.distinct, by), SIDES) for by in BY}
    one, two = ones["person"], twos["person"]
    # What a person decided stands above what a source states, but never above the must-not-link list.
    stated = stated[~among(stated[:, 0], stated[:, 1], one, encoded.rows)]
    verified = verified[~among(verified[:, 0], verified[:, 1], one, encoded.rows)]
    never, apart = np.concatenate([decided.banned, two]), np.full_like(decided.apart, -1)
    if "constraints" not in decided.without:
        never, apart = np.concatenate([stated, verified, never]), decided.apart
    never = never.astype(np.int32)
    same = np.concatenate([same, one]).astype(np.int32)
    same = same[~among(same[:, 0], same[:, 1], never, encoded.rows)]
    # What a rule or a classifier decided stands above weights alone: not above people, sources or verified numbers.
    ruled = {by: _without(ones[by], never, encoded.rows) for by in BY[1:]}
    parted = {by: _without(twos[by], same, encoded.rows) for by in BY[1:]}
    never = np.concatenate([never, *parted.values()]).astype(np.int32)
    bonds = Bonds(never=never, always=np.concatenate([same, *ruled.values()]).astype(np.int32), apart=apart)
    gather = connected if "additive" in decided.without else cluster
    plain = model

    def clustered(edges: Edges, evidence: Evidence) -> Clusters:
        extra = ~_known(edges, evidence)
        left = np.concatenate([edges.left, evidence.left[extra]])
        right = np.concatenate([edges.right, evidence.right[extra]])
        weight = np.concatenate([evidence.over(edges.left, edges.right, edges.weight), evidence.weight[extra]])
        return gather(
            encoded.rows,
            Edges(left, right, weight),
            bonds,
            least=least,
            score=lambda a, b: evidence.over(a, b, backend.score_pairs(a, b, plain)[:, 0]),
        )

    edges = Edges(pairs.left, pairs.right, pairs.weight)
    evidence, doubtful = Evidence(records=max(encoded.rows, 1)), np.zeros(0, dtype=np.int64)
    if own is None:
        clusters = clustered(edges, evidence)
    else:
        without = decided.without
        use = Use(learn=decided.learn, families="families" not in without, assignment="assignment" not in without)
        clusters, evidence, model = aligned(own, model, edges, ties=decided.ties, use=use, cluster=clustered)
        # A record that a person has placed is in no doubt, however well another person fits it.
        doubtful = np.setdiff1d(_doubtful(encoded, clusters, bonds, stated=stated, least=least), one)
    labels = detached(clusters.labels, doubtful) if len(doubtful) else clusters.labels
    edges = clusters.edges
    worth = (edges.weight >= resolution.SHOWN) | (labels[edges.left] == labels[edges.right])
    worth &= ~_kept_apart(labels, edges, decided.banned)
    left, right = edges.left[worth], edges.right[worth]
    weights = backend.score_pairs(left, right, model)
    weights[:, 0] = evidence.over(left, right, weights[:, 0])
    reason = np.zeros(len(left), dtype=np.int8)
    doubted = np.zeros(encoded.rows, dtype=np.bool_)
    doubted[doubtful] = True
    reason[(doubted[left] | doubted[right]) & (weights[:, 0] >= 0.0)] = resolution.REASONS.index(resolution.AMBIGUOUS)
    for bound, words in (
        (stated, resolution.STATED),
        (verified, resolution.VERIFIED),
        (same, resolution.SAME_VERIFIED),
        (one, resolution.JUDGED_ONE),
        (two, resolution.JUDGED_TWO),
        (ruled["rule"], resolution.RULED_ONE),
        (parted["rule"], resolution.RULED_TWO),
        (ruled["classifier"], resolution.CLASSED_ONE),
        (parted["classifier"], resolution.CLASSED_TWO),
    ):
        reason[among(left, right, bound, encoded.rows)] = resolution.REASONS.index(words)
    attested = (decided.apart[left] >= 0) & (decided.apart[left] == decided.apart[right])
    reason[attested] = resolution.REASONS.index(resolution.ATTESTED)
    return Clusters(labels, edges), Pairs(left, right, weights[:, 0], weights[:, 1], reason), evidence, model


def _kept_apart(labels: NDArray[np.int64], edges: Edges, banned: Rows) -> NDArray[np.bool_]:
    """Pairs of two persons the must-not-link list keeps apart.

    It binds whole persons: what their other records have in common is no more shown than what the listed ones have.
    """
    person, barred = labels.astype(np.int32), labels[banned].astype(np.int32)
    barred = np.concatenate([barred, barred[:, ::-1]])
    return among(person[edges.left], person[edges.right], barred, len(labels))


def _doubtful(encoded: Encoded, clusters: Clusters, bonds: Bonds, *, stated: Rows, least: float) -> NDArray[np.int64]:
    """Records that fit several people, or one of two twins."""
    twins = stated[_same_day(encoded, stated)]
    unsure = undecided(clusters, _thin(encoded), bonds, least=least)
    return np.union1d(unsure, crowded_twins(clusters, encoded.agency, twins))


def _known(edges: Edges, evidence: Evidence) -> NDArray[np.bool_]:
    """Whether each pair with family evidence is among the scored pairs already."""
    keys = edges.left.astype(np.int64) * evidence.records + edges.right
    return among_sorted(evidence.keys, np.sort(keys))


def _same_day(encoded: Encoded, pairs: Rows) -> NDArray[np.bool_]:
    """Pairs with one date of birth."""
    if "date_of_birth" not in encoded.columns:
        return np.zeros(len(pairs), dtype=np.bool_)
    born = encoded.codes("date_of_birth")
    same: NDArray[np.bool_] = (born[pairs[:, 0]] >= 0) & (born[pairs[:, 0]] == born[pairs[:, 1]])
    return same


def _thin(encoded: Encoded) -> NDArray[np.bool_]:
    """Records with neither date of birth nor identifier."""
    thin = np.ones(encoded.rows, dtype=np.bool_)
    for name in ("date_of_birth", *IDENTIFIERS):
        if name in encoded.frame.columns:
            thin &= encoded.frame[name].is_null().to_numpy()
    return thin


def rows_of(encoded: Encoded, table: pl.DataFrame | None, names: tuple[str, str, str, str]) -> Rows:
    """Pairs of rows a table names, left below right; pairs of records that are not there are left out."""
    if table is None or table.is_empty():
        return np.zeros((0, 2), dtype=np.int32)
    place = encoded.frame.select("agency", "record_id", pl.int_range(pl.len(), dtype=pl.Int32).alias("at"))
    found = (
        table.select(pl.col(name).alias(f"k{n}") for n, name in enumerate(names))
        .join(place, left_on=["k0", "k1"], right_on=["agency", "record_id"])
        .join(place, left_on=["k2", "k3"], right_on=["agency", "record_id"], suffix="_right")
        .select(pl.min_horizontal("at", "at_right").alias("a"), pl.max_horizontal("at", "at_right").alias("b"))
        .filter(pl.col("a") != pl.col("b"))
        .unique()
        .sort("a", "b")
    )
    return found.to_numpy().astype(np.int32).reshape(-1, 2)


def _said_by(table: pl.DataFrame, by: str) -> pl.DataFrame:
    return table.filter(pl.col("by") == by)


def _without(pairs: Rows, others: Rows, rows: int) -> Rows:
    """Pairs that are not among others."""
    return pairs[~among(pairs[:, 0], pairs[:, 1], others, rows)]


def among(left: Rows, right: Rows, pairs: Rows, rows: int) -> NDArray[np.bool_]:
    """Whether each pair is one of some pairs."""
    if not len(pairs) or not len(left):
        return np.zeros(len(left), dtype=np.bool_)
    keys = left.astype(np.int64) * rows + right
    return np.isin(keys, pairs[:, 0].astype(np.int64) * rows + pairs[:, 1])


def _verified(encoded: Encoded, pairs: Pairs) -> tuple[Rows, Rows]:
    """Scored pairs with two different, and with one, verified NHS number.

    A number is verified where the source says it traced it. Two different ones part two records unless one is a former
    number of the other; one number joins them where their forenames agree, or the dates of birth do and no forename
    speaks against it.
    """
    nothing = np.zeros((0, 2), dtype=np.int32)
    frame = encoded.frame
    if "nhs_number_verified" not in frame.columns or not frame["nhs_number_verified"].fill_null(value=False).any():
        return nothing, nothing
    traced = pl.when("nhs_number_verified").then("nhs_number").alias("number")
    wanted = frame.select(traced, "former_nhs_number", "forename", "date_of_birth")
    a = wanted[pairs.left.astype(np.int64)]
    b = wanted[pairs.right.astype(np.int64)].rename(lambda name: f"{name}_right")
    both = pl.concat([a, b], how="horizontal")
    differ = pl.col("number") != pl.col("number_right")
    former = pl.col("former_nhs_number").list.contains(pl.col("number_right")).fill_null(value=False) | (
        pl.col("former_nhs_number_right").list.contains(pl.col("number")).fill_null(value=False)
    )
    names = pl.col("forename") == pl.col("forename_right")
    births = pl.col("date_of_birth") == pl.col("date_of_birth_right")
    agrees = names.fill_null(value=False) | (births.fill_null(value=False) & names.is_null())
    told = both.select(
        (differ & ~former).fill_null(value=False).alias("apart"), (~differ & agrees).fill_null(value=False).alias("one")
    )
    stacked = np.stack([pairs.left, pairs.right], axis=1)
    return stacked[told["apart"].to_numpy()], stacked[told["one"].to_numpy()]
