"""The linkage part of the walk: encode, train, block, compare, score, cluster, resolve."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.backends.local import LocalBackend, Scored
from famlink.errors import SpecError
from famlink.linkage import resolution
from famlink.linkage.asked import asked_for
from famlink.linkage.blocking import block, described, planned
from famlink.linkage.clustering import Bonds, Clusters, Edges, cluster, connected
from famlink.linkage.doubts import crowded_twins, detached, undecided
from famlink.linkage.encoding import Encoded, encode
from famlink.linkage.fixed import with_fixed
from famlink.linkage.judgements import BY, Judged
from famlink.linkage.library import IDENTIFIERS, default_blocking, default_comparisons
from famlink.linkage.model import Model, Stratum
from famlink.linkage.resolution import Pairs, links_of, people_of
from famlink.linkage.uncertainty import warnings_of
from famlink.odds import weight_of_probability
from famlink.pipeline.training import Lessons, train
from famlink.provenance import Progress
from famlink.spec import LinkSpec
from famlink.tables import LINKS

Rows = NDArray[np.int32]

GIVEN = "pairs given"
"""The plan's name for pairs that were given and not found by a blocking rule."""

_SIDES = ("agency_left", "record_id_left", "agency_right", "record_id_right")
_NEVER_COMPARED = {"row", "agency", "record_id", "part", "origin"}


PARTS = ("kin", "constraints", "additive")
"""What of the method can be left out, to measure what it is worth.

kin: the kin classes (two classes remain). constraints: stated relatives, verified identifiers and ``distinct`` keep
nothing apart; the must-not-link list and what people decided stand. additive: clusters are connected components, which
join whatever a chain of matches joins.
"""


@dataclass(frozen=True)
class LinkOptions:
    """How the work is done; what comes of it only by ``model``, ``seed`` and, in research, ``without``.

    Args:
        model: a trained model to use as it is; None trains one.
        pairs: agency_left, record_id_left, agency_right, record_id_right of the pairs to compare; None: blocking rules
            give them.
        threads: worker threads; None takes every core. The result does not depend on it.
        seed: of everything drawn at random.
        on_stage: told (stage, done, total).
        without: parts of the method to leave out, of :data:`PARTS`. For research: a hub never asks for it.
        labels: agency_left, record_id_left, agency_right, record_id_right of pairs known to be one person: they teach m,
            and bind nothing.
    """

    model: Model | None = None
    pairs: pl.DataFrame | None = None
    threads: int | None = None
    seed: int = 0
    on_stage: Progress | None = None
    without: frozenset[str] = frozenset()
    labels: pl.DataFrame | None = None


@dataclass(frozen=True)
class Linked:
    """What linkage gives.

    Args:
        links: table ``links``.
        people: table ``people``.
        model: the model that was used.
        pairs: pairs compared.
        plan: one row a blocking rule.
        seconds: by stage.
        warnings: what the model's numbers rest on too little for, and labels that named no pair: a sentence each.
    """

    links: pl.DataFrame
    people: pl.DataFrame
    model: Model
    pairs: int
    plan: list[dict[str, Any]]
    seconds: dict[str, float]
    warnings: tuple[str, ...] = ()


@dataclass
class _Clock:
    tell: Progress | None
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[Any]:
        if self.tell:
            self.tell(name, None, None)
        started = time.perf_counter()
        yield (lambda done, total: self.tell(name, done, total)) if self.tell else None
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def link_records(
    merged: pl.DataFrame,
    ties: pl.DataFrame,
    *,
    spec: LinkSpec,
    must_not_link: pl.DataFrame | None = None,
    distinct: frozenset[str] = frozenset(),
    judged: Judged | None = None,
    options: LinkOptions | None = None,
) -> Linked:
    """Link records into people.

    Args:
        merged: the standardised records, one row each, as ``merge_parts`` gives them.
        ties: table ``ties``.
        spec: comparisons, blocking rules and thresholds asked for.
        must_not_link: table ``must_not_link``.
        distinct: agencies that attest that their records are different people.
        judged: pairs that people decided about.
        options: model, threads, seed, progress.

    Returns:
        people, links, and the model.

    Raises:
        SpecError: a comparison or rule names a field no source has, nothing can be compared, or a part to leave out is
            not one of PARTS.
    """
    options = options or LinkOptions()
    if not options.without <= set(PARTS):
        raise SpecError(f"LinkOptions.without: expected some of {', '.join(PARTS)}; give those alone")
    clock = _Clock(options.on_stage)
    model = options.model or untrained(merged, spec)
    model = replace(model, match=spec.thresholds.match, review=spec.thresholds.review)
    if merged.height < 2:
        none = np.zeros(0, dtype=np.int32)
        nothing = Pairs(none, none, np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int8))
        people = people_of(merged, np.arange(merged.height), nothing)
        return Linked(LINKS.empty(), people, model, 0, [], clock.seconds)
    with clock.stage("encode"):
        encoded = encode(merged, model)
        backend = LocalBackend(encoded, model.comparisons, threads=options.threads)
    with clock.stage("block"):
        blocking = block(encoded, model.blocking, distinct=distinct, threads=backend.threads)
    warnings: tuple[str, ...] = ()
    if options.model is None:
        with clock.stage("train"):
            labels = None if options.labels is None else _pairs(encoded, options.labels, _SIDES)
            lessons = Lessons(ties, distinct, labels=labels, seed=options.seed, kin="kin" not in options.without)
            model = train(model, backend, blocking, lessons=lessons)
            warnings = (*_lost(options.labels, labels), *warnings_of(model))
    with clock.stage("compare and score") as tell:
        least = min(resolution.SHOWN, weight_of_probability(model.review))
        if options.pairs is None:
            scored = backend.score(blocking, model, least=least, tell=tell)
            plan = [described(made, new) for made, new in zip(blocking.blocks, scored.rule_pairs, strict=True)]
        else:
            scored = _scored(encoded, backend, model, options.pairs, least=least)
            blocks = {"largest_block": 0, "split_records": 0, "left_out_records": 0}
            plan = [{"rule": GIVEN, "pairs": scored.compared, "new_pairs": scored.compared, **blocks}]
    with clock.stage("cluster"):
        banned = _pairs(encoded, must_not_link, _SIDES)
        kept = ~_among(scored.left, scored.right, banned, encoded.rows)
        pairs = Pairs(
            scored.left[kept], scored.right[kept], scored.weight[kept], scored.unadjusted[kept],
            np.zeros(int(kept.sum()), dtype=np.int8),
        )  # fmt: skip
        clusters, pairs = _clustered(
            encoded, backend, model, pairs, _Decided(ties, banned, blocking.apart, judged or Judged(), options.without)
        )
    with clock.stage("resolve"):
        people = people_of(merged, clusters.labels, pairs)
        links = links_of(merged, clusters.labels, pairs, match=model.match, review=model.review)
    return Linked(links, people, model, scored.compared, plan, clock.seconds, warnings)


def _lost(labels: pl.DataFrame | None, found: Rows | None) -> tuple[str, ...]:
    """Say how many labels name a record that is not there."""
    if labels is None or found is None or len(found) == labels.height:
        return ()
    lost = labels.height - len(found)
    return (f"labels: {lost:,} of {labels.height:,} pairs of one person name a record no agency gave",)


def _scored(encoded: Encoded, backend: LocalBackend, model: Model, given: pl.DataFrame, *, least: float) -> Scored:
    """Compare and weigh the pairs given instead of those of blocks."""
    rows = _pairs(encoded, given, _SIDES)
    weighed = backend.score_pairs(rows[:, 0], rows[:, 1], model)
    kept = weighed[:, 0] >= least
    return Scored(
        left=rows[kept, 0],
        right=rows[kept, 1],
        weight=weighed[kept, 0],
        unadjusted=weighed[kept, 1],
        rule_pairs=(len(rows),),
        compared=len(rows),
    )


def plan_pairs(merged: pl.DataFrame, spec: LinkSpec, *, distinct: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Count the pairs each blocking rule gives, before any is compared.

    Args:
        merged: the standardised records, one row each.
        spec: comparisons and rules asked for.
        distinct: agencies that attest that their records are different people.

    Returns:
        one row a rule: rule, pairs, new_pairs, largest_block, split_records, left_out_records.
    """
    model = untrained(merged, spec)
    return list(planned(block(encode(merged, model), model.blocking, distinct=distinct)))


def untrained(merged: pl.DataFrame, spec: LinkSpec) -> Model:
    """The model a hub asks for, before anything is learnt.

    Args:
        merged: the standardised records, one row each.
        spec: comparisons and rules asked for.

    Returns:
        comparisons and rules with the shipped probabilities.

    Raises:
        SpecError: a field no source has or that is empty everywhere, all of them in one message; or nothing can be compared.
    """
    columns = [name for name in merged.columns if name not in _NEVER_COMPARED]
    values = _variety(merged, columns)
    given = frozenset(name for name, n in values.items() if n)
    present = frozenset(name for name, n in values.items() if n > 1)
    # One record is linked to nothing, whatever it lacks.
    asked, asked_rules = asked_for(spec, given if merged.height > 1 else columns, present=present)
    # In a hub of a few records every field may have one value: the shipped probabilities still speak of it.
    comparisons = list(default_comparisons(present) or default_comparisons(given)) if spec.defaults else []
    named = {comparison.name for comparison in asked.values()} | set(asked)
    comparisons = [c for c in comparisons if c.name not in named] + list(asked.values())
    comparisons = list(with_fixed(comparisons, spec.fixed))
    rules = list(default_blocking(present) or default_blocking(given)) if spec.defaults else []
    known = {rule.on for rule in rules}
    rules += [rule for rule in dict.fromkeys(asked_rules) if rule.on not in known]
    if merged.height > 1 and not comparisons:
        raise SpecError(
            "nothing can be compared: no field holds a value; give [[link.comparison]] or check the column maps"
        )
    if merged.height > 1 and not rules:
        raise SpecError(
            "no blocking rule fits the fields there are: give [[link.blocking]] with fields the sources have"
        )
    return Model(comparisons=tuple(comparisons), blocking=tuple(rules), across=Stratum(1e-4))


def _variety(merged: pl.DataFrame, columns: list[str]) -> dict[str, int]:
    """Whether each column holds nothing (0), one value (1) or more (2); a list counts as more as soon as one is filled."""
    kinds = []
    for name in columns:
        column = pl.col(name)
        if isinstance(merged.schema[name], pl.List):
            kinds.append(pl.when(column.list.len().max() > 0).then(2).otherwise(0).alias(name))
        else:
            several = pl.when(column.min() != column.max()).then(2).otherwise(1)
            kinds.append(pl.when(column.count() > 0).then(several).otherwise(0).alias(name))
    return dict(zip(columns, merged.select(kinds).row(0), strict=True)) if columns and merged.height else {}


@dataclass(frozen=True)
class _Decided:
    ties: pl.DataFrame
    banned: Rows
    apart: NDArray[np.int16]
    judged: Judged
    without: frozenset[str]


def _clustered(
    encoded: Encoded, backend: LocalBackend, model: Model, pairs: Pairs, decided: _Decided
) -> tuple[Clusters, Pairs]:
    """Cluster, and give every pair inside a component its weights and its reason."""
    stated = _pairs(encoded, decided.ties, ("agency", "record_id", "agency", "relative_record_id"))
    verified, same = _verified(encoded, pairs)
    least = weight_of_probability(model.match)
    ones = {by: _pairs(encoded, _said_by(decided.judged.same, by), _SIDES) for by in BY}
    twos = {by: _pairs(encoded, _said_by(decided.judged.distinct, by), _SIDES) for by in BY}
    one, two = ones["person"], twos["person"]
    # What a person decided stands above what a source states, but never above the must-not-link list.
    stated = stated[~_among(stated[:, 0], stated[:, 1], one, encoded.rows)]
    verified = verified[~_among(verified[:, 0], verified[:, 1], one, encoded.rows)]
    never, apart = np.concatenate([decided.banned, two]), np.full_like(decided.apart, -1)
    if "constraints" not in decided.without:
        never, apart = np.concatenate([stated, verified, never]), decided.apart
    never = never.astype(np.int32)
    same = np.concatenate([same, one]).astype(np.int32)
    same = same[~_among(same[:, 0], same[:, 1], never, encoded.rows)]
    # What a rule or a classifier decided stands above weights alone: not above people, sources or verified numbers.
    ruled = {by: _without(ones[by], never, encoded.rows) for by in BY[1:]}
    parted = {by: _without(twos[by], same, encoded.rows) for by in BY[1:]}
    never = np.concatenate([never, *parted.values()]).astype(np.int32)
    bonds = Bonds(never=never, always=np.concatenate([same, *ruled.values()]).astype(np.int32), apart=apart)
    gather = connected if "additive" in decided.without else cluster
    clusters = gather(
        encoded.rows,
        Edges(pairs.left, pairs.right, pairs.weight),
        bonds,
        least=least,
        score=lambda left, right: backend.score_pairs(left, right, model)[:, 0],
    )
    thin = _thin(encoded)
    twins = stated[_same_day(encoded, stated)]
    doubtful = np.union1d(undecided(clusters, thin, bonds, least=least), crowded_twins(clusters, encoded.agency, twins))
    labels = detached(clusters.labels, doubtful) if len(doubtful) else clusters.labels
    edges = clusters.edges
    worth = (edges.weight >= resolution.SHOWN) | (labels[edges.left] == labels[edges.right])
    worth &= ~_among(edges.left, edges.right, decided.banned, encoded.rows)
    left, right = edges.left[worth], edges.right[worth]
    weights = backend.score_pairs(left, right, model)
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
        reason[_among(left, right, bound, encoded.rows)] = resolution.REASONS.index(words)
    attested = (decided.apart[left] >= 0) & (decided.apart[left] == decided.apart[right])
    reason[attested] = resolution.REASONS.index(resolution.ATTESTED)
    return Clusters(labels, edges), Pairs(left, right, weights[:, 0], weights[:, 1], reason)


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


def _pairs(encoded: Encoded, table: pl.DataFrame | None, names: tuple[str, str, str, str]) -> Rows:
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
    return pairs[~_among(pairs[:, 0], pairs[:, 1], others, rows)]


def _among(left: Rows, right: Rows, pairs: Rows, rows: int) -> NDArray[np.bool_]:
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
