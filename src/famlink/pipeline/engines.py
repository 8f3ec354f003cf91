"""What blocks, compares and weighs: famlink's own backend, or the engine of a Splink model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from famlink.backends.local import LocalBackend, Scored, Tell
from famlink.linkage.blocking import Blocking, block, described, planned
from famlink.linkage.encoding import encode
from famlink.linkage.model import Model
from famlink.linkage.splink.engine import Joined, SplinkEngine, Weighed
from famlink.linkage.splink.model import SplinkModel
from famlink.spec import LinkSpec
from famlink.waiting import Records, Waiting

Engine = LocalBackend | SplinkEngine


def engine_of(merged: Records, model: Model, *, threads: int | None = None) -> Engine:
    """The engine that works a model.

    Args:
        merged: the standardised records, one row each.
        model: famlink's or Splink's.
        threads: worker threads; None takes every core.

    Returns:
        the engine, its records encoded.

    Raises:
        ModelError: a Splink model does not fit the records.
    """
    if isinstance(model, SplinkModel):
        # A model of Splink may name any column.
        return SplinkEngine(merged.whole() if isinstance(merged, Waiting) else merged, model, threads=threads)
    encoded = encode(merged, model, threads=threads or os.cpu_count() or 1)
    return LocalBackend(encoded, model.comparisons, threads=threads)


def asked_of(model: Model | None, spec: LinkSpec) -> Model | None:
    """A given model with what hub.toml says of it."""
    if isinstance(model, SplinkModel):
        return model.mapped(spec.splink.columns, spec.splink.byte_semantics)
    return model


def blocks_of(engine: Engine, model: Model, *, distinct: frozenset[str]) -> Blocking | Joined:
    """Sort the records into blocks.

    Args:
        engine: from :func:`engine_of`.
        model: the same model.
        distinct: agencies that attest that their records are different people.

    Returns:
        the blocks of every rule.
    """
    if isinstance(engine, SplinkEngine):
        return engine.block(distinct=distinct)
    return block(engine.encoded, model.blocking, distinct=distinct, threads=engine.threads)


def scored_by(
    engine: Engine, blocking: Blocking | Joined, model: Model, *, least: float, tell: Tell = None
) -> Scored | Weighed:
    """Compare and weigh every pair of the blocks; keep those of a weight.

    Args:
        engine: from :func:`engine_of`.
        blocking: from :func:`blocks_of`.
        model: the same model, trained.
        least: keep pairs of this match weight or more, in bits.
        tell: told (done, total).

    Returns:
        the pairs kept, by left and right row.
    """
    if isinstance(engine, SplinkEngine):
        assert isinstance(blocking, Joined)
        return engine.score(blocking, least=least, tell=tell)
    assert isinstance(blocking, Blocking)
    return engine.score(blocking, model, least=least, tell=tell)


def plan_of(blocking: Blocking | Joined, fresh: Sequence[int]) -> list[dict[str, Any]]:
    """One row a rule, after its pairs were counted."""
    if isinstance(blocking, Joined):
        return list(blocking.plan(fresh))
    return [described(made, new) for made, new in zip(blocking.blocks, fresh, strict=True)]


def counted(engine: Engine, blocking: Blocking | Joined) -> list[dict[str, Any]]:
    """One row a rule, its pairs counted and none compared."""
    if isinstance(engine, SplinkEngine) and isinstance(blocking, Joined):
        return plan_of(blocking, engine.count(blocking))
    assert isinstance(blocking, Blocking)
    return list(planned(blocking))
