"""The linkage part of the walk: encode, train, block, compare, score, cluster, resolve."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
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
from famlink.linkage.blocking import Blocking
from famlink.linkage.encoding import Encoded
from famlink.linkage.families import SHARED_RELATIVES
from famlink.linkage.fixed import with_fixed
from famlink.linkage.judgements import Judged
from famlink.linkage.library import DATES_OF_VALUES, default_blocking, default_comparisons
from famlink.linkage.model import Model, Stratum
from famlink.linkage.resolution import Pairs, links_of, people_of
from famlink.linkage.splink.model import SplinkModel
from famlink.linkage.uncertainty import warnings_of
from famlink.odds import weight_of_probability
from famlink.pipeline.binding import SIDES, Decided, among, rows_of
from famlink.pipeline.engines import Engine, asked_of, blocks_of, counted, engine_of, plan_of, scored_by
from famlink.pipeline.gathering import gathered
from famlink.pipeline.training import Lessons, train
from famlink.provenance import Progress
from famlink.spec import LinkSpec
from famlink.tables import LINKS
from famlink.waiting import Records

Rows = NDArray[np.int32]

GIVEN = "pairs given"
"""The plan's name for pairs that were given and not found by a blocking rule."""

_NEVER_COMPARED = {"row", "agency", "record_id", "part", "origin"}


PARTS = ("kin", "constraints", "additive", "families", "assignment", "dates", "names", "twins", "wholes")
"""What of the method can be left out, to measure what it is worth.

kin: the kin classes (two classes remain). constraints: stated relatives, verified identifiers and ``distinct`` keep
nothing apart; the must-not-link list and what people decided stand. additive: clusters are connected components, which
join whatever a chain of matches joins. families: what shared relatives tell. assignment: between two families a person may
have several counterparts. dates: a disagreement counts alike however far apart two records were true. names: forename and
surname are weighed as if they were drawn apart. twins: only stated twins are known, and a twin changes no weight. wholes: people are what clustering finds; they are not
compared as wholes.
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
        before: table ``people`` of the run before, whose people hold together at a lower weight than joins; None: none.
        on_links: given the rows of table ``links``, some hundred thousand at a time; then :class:`Linked` has none.
    """

    model: Model | None = None
    pairs: pl.DataFrame | None = None
    threads: int | None = None
    seed: int = 0
    on_stage: Progress | None = None
    without: frozenset[str] = frozenset()
    labels: pl.DataFrame | None = None
    before: pl.DataFrame | None = None
    on_links: Callable[[pl.DataFrame], None] | None = None


@dataclass(frozen=True)
class Linked:
    """What linkage gives.

    Args:
        links: table ``links``.
        people: table ``people``.
        shared: table ``shared_relatives``: what relatives said of pairs among the links.
        model: the model that was used.
        pairs: pairs compared.
        plan: one row a blocking rule.
        seconds: by stage.
        warnings: what the model's numbers rest on too little for, and labels that named no pair: a sentence each.
    """

    links: pl.DataFrame
    people: pl.DataFrame
    shared: pl.DataFrame
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
    merged: Records,
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
    # A hub's own comparisons mean what they say: they know nothing of kin, and family evidence alone cannot part relatives.
    without = options.without if spec.defaults else options.without | {"families", "names"}
    dated = "dates" not in options.without
    model = asked_of(options.model, spec) or untrained(merged if dated else merged.drop(DATES_OF_VALUES), spec)
    model = replace(model, match=spec.thresholds.match, review=spec.thresholds.review)
    if merged.height < 2:
        none = np.zeros(0, dtype=np.int32)
        nothing = Pairs(none, none, np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int8))
        people = people_of(merged, np.arange(merged.height), nothing)
        _handed(iter([LINKS.empty()]), options.on_links)
        return Linked(LINKS.empty(), people, SHARED_RELATIVES.empty(), model, 0, [], clock.seconds)
    with clock.stage("encode"):
        backend = engine_of(merged, model, threads=options.threads)
        encoded = backend.encoded
    with clock.stage("block"):
        blocking = blocks_of(backend, model, distinct=distinct)
    warnings: tuple[str, ...] = model.doubts if isinstance(model, SplinkModel) else ()
    if options.model is None and isinstance(backend, LocalBackend) and isinstance(blocking, Blocking):
        with clock.stage("train"):
            labels = None if options.labels is None else rows_of(encoded, options.labels, SIDES)
            kin, names = (part not in without for part in ("kin", "names"))
            lessons = Lessons(ties, distinct, labels=labels, seed=options.seed, kin=kin, names=names)
            model = train(model, backend, blocking, lessons=lessons)
            warnings = (*_lost(options.labels, labels), *warnings_of(model))
    with clock.stage("compare and score") as tell:
        least = min(resolution.SHOWN, weight_of_probability(model.review))
        if options.pairs is None:
            scored = scored_by(backend, blocking, model, least=least, tell=tell)
            plan = plan_of(blocking, scored.rule_pairs)
        else:
            scored = _scored(encoded, backend, model, options.pairs, least=least)
            blocks = {"largest_block": 0, "split_records": 0, "left_out_records": 0}
            plan = [{"rule": GIVEN, "pairs": scored.compared, "new_pairs": scored.compared, **blocks}]
    with clock.stage("cluster"):
        banned = rows_of(encoded, must_not_link, SIDES)
        kept = ~among(scored.left, scored.right, banned, encoded.rows)
        pairs = Pairs(
            scored.left[kept], scored.right[kept], scored.weight[kept], scored.unadjusted[kept],
            np.zeros(int(kept.sum()), dtype=np.int8),
        )  # fmt: skip
        # The blocks are the largest tables of a run: they are let go of before anything is made beside them.
        compared, apart = scored.compared, blocking.apart
        del scored, blocking
        found = gathered(
            encoded,
            backend,
            model,
            pairs,
            Decided(
                ties,
                banned,
                apart,
                judged or Judged(),
                learn=options.model is None,
                without=without,
                before=options.before,
            ),
        )
    with clock.stage("resolve"):
        del backend, encoded
        people = people_of(merged, found.labels, found.pairs, joined=found.joined)
        parts = links_of(merged, found.labels, found.pairs, match=model.match, review=model.review)
        links = _handed(parts, options.on_links)
    return Linked(links, people, found.shared, found.model, compared, plan, clock.seconds, warnings)


def _handed(parts: Iterator[pl.DataFrame], take: Callable[[pl.DataFrame], None] | None) -> pl.DataFrame:
    """The parts as one table, or none where somebody takes them one by one."""
    if take is None:
        return pl.concat(parts)
    for part in parts:
        take(part)
    return LINKS.empty()


def _lost(labels: pl.DataFrame | None, found: Rows | None) -> tuple[str, ...]:
    """Say how many labels name a record that is not there."""
    if labels is None or found is None or len(found) == labels.height:
        return ()
    lost = labels.height - len(found)
    return (f"labels: {lost:,} of {labels.height:,} pairs of one person name a record no agency gave",)


def _scored(encoded: Encoded, backend: Engine, model: Model, given: pl.DataFrame, *, least: float) -> Scored:
    """Compare and weigh the pairs given instead of those of blocks."""
    rows = rows_of(encoded, given, SIDES)
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


def plan_pairs(
    merged: Records, spec: LinkSpec, *, distinct: frozenset[str] = frozenset(), model: Model | None = None
) -> list[dict[str, Any]]:
    """Count the pairs each blocking rule gives, before any is compared.

    Args:
        merged: the standardised records, one row each.
        spec: comparisons and rules asked for.
        distinct: agencies that attest that their records are different people.
        model: a model whose rules to count; None: those of the spec.

    Returns:
        one row a rule: rule, pairs, new_pairs, largest_block, split_records, left_out_records.
    """
    model = asked_of(model, spec) or untrained(merged, spec)
    engine = engine_of(merged, model)
    return counted(engine, blocks_of(engine, model, distinct=distinct))


def untrained(merged: Records, spec: LinkSpec) -> Model:
    """The model a hub asks for, before anything is learnt.

    Args:
        merged: the standardised records, one row each.
        spec: comparisons and rules asked for.

    Returns:
        comparisons and rules with the shipped probabilities.

    Raises:
        SpecError: a field no source has or that is empty everywhere, all of them in one message; or nothing can be compared.
    """
    columns, values = _filled(merged)
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


def filled_columns(merged: Records) -> tuple[str, ...]:
    """Columns that may be compared, with at least two different values."""
    return tuple(name for name, n in _filled(merged)[1].items() if n > 1)


def _filled(merged: Records) -> tuple[list[str], dict[str, int]]:
    columns = [name for name in merged.columns if name not in _NEVER_COMPARED]
    return columns, _variety(merged, columns)


def _variety(merged: Records, columns: list[str]) -> dict[str, int]:
    """Whether each column holds nothing (0), one value (1) or more (2); a list counts as more as soon as one is filled."""
    kinds = []
    for name in columns:
        column = pl.col(name)
        if isinstance(merged.schema[name], pl.List):
            kinds.append(pl.when(column.list.len().max() > 0).then(2).otherwise(0).alias(name))
        else:
            several = pl.when(column.min() != column.max()).then(2).otherwise(1)
            kinds.append(pl.when(column.count() > 0).then(several).otherwise(0).alias(name))
    if not merged.height:
        return {}
    # A few at a time: records that wait in a file are read for it.
    told = [merged.select(kinds[at : at + 8]) for at in range(0, len(kinds), 8)]
    return dict(zip(columns, pl.concat(told, how="horizontal").row(0), strict=True)) if columns else {}
