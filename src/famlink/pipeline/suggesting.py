"""Which blocking rules a hub could add: what each would compare, and the likely true pairs it would newly reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from famlink.backends.local import LocalBackend
from famlink.errors import ModelError
from famlink.linkage.blocking import Blocking, beside, block, described, keys_of, planned
from famlink.linkage.candidates import combined, parts_to_try
from famlink.linkage.encoding import encode
from famlink.linkage.model import Model, Rule
from famlink.linkage.splink.model import SplinkModel
from famlink.odds import weight_of_probability
from famlink.pipeline.linking import filled_columns, untrained
from famlink.pipeline.training import Lessons, train
from famlink.spec import LinkSpec
from famlink.waiting import Records

PAIRS_A_RECORD = 8
"""Pairs a suggested rule may give for each record of the hub."""
SAMPLED = 30_000
"""Pairs of one rule that are weighed; a rule of more is looked at evenly."""
SHOWN = 10
LIKELY = 0.01
"""Match probability from which a pair counts towards the likely true ones, by its probability."""
WORTH = 0.0005
"""Share of the likely true pairs below which a rule is not worth naming."""


@dataclass(frozen=True)
class _Reached:
    """Likely true pairs a rule newly reaches, as far as they were looked at."""

    rule: Rule
    keys: NDArray[np.int64]
    likely: NDArray[np.float64]


def suggest_rules(
    merged: Records, spec: LinkSpec, *, lessons: Lessons, model: Model | None = None, threads: int | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Suggest blocking rules from the data.

    Args:
        merged: the standardised records, one row each.
        spec: comparisons and rules the hub has.
        lessons: what to train on where no model is given.
        model: a trained model, which estimates what is likely true.
        threads: worker threads; None takes every core. The result does not depend on it.

    Returns:
        ``plan``: a row a rule the hub has, as :func:`famlink.pipeline.linking.plan_pairs`; ``suggested``: the same of
        rules it could add, the most telling first, with ``on`` (the parts, for hub.toml), ``likely_true`` (pairs it would
        newly reach, by the sum of their match probabilities) and ``share`` (of all likely true pairs then reached). Each
        counts what the rules above it do not reach; ``new_pairs`` are those no rule of the hub gives.

    Raises:
        ModelError: the model is Splink's, whose rules are SQL and not parts of fields.
        SpecError: as :func:`famlink.pipeline.linking.untrained`.
    """
    if isinstance(model, SplinkModel):
        raise ModelError(
            "rules are suggested for famlink's own models; give a model.json that famlink trained, or none"
        )
    start = model or untrained(merged, spec)
    if merged.height < 2:
        return {"plan": [], "suggested": []}
    names = parts_to_try(filled_columns(merged))
    wider = replace(start, blocking=(*start.blocking, *(Rule((part,)) for part in names)))
    encoded = encode(merged, wider)
    backend = LocalBackend(encoded, start.comparisons, threads=threads)
    blocking = block(encoded, start.blocking, distinct=lessons.distinct, threads=backend.threads)
    trained = model or train(start, backend, blocking, lessons=lessons)
    reached = _probability(backend.score(blocking, trained, least=weight_of_probability(LIKELY)).weight).sum()
    keys = keys_of(encoded, names)
    tried = combined(keys, most=max(1_000, PAIRS_A_RECORD * encoded.rows), already=start.blocking)
    found = [_reach(backend, trained, beside(blocking, rule, encoded=encoded, keys=keys), rule) for rule, _ in tried]
    suggested = []
    for rule, likely in _best(found, least=max(1.0, WORTH * float(reached))):
        made = beside(blocking, rule, encoded=encoded, keys=keys)
        number = len(made.blocks) - 1
        new = sum(made.pairs(task, count_only=True)[0] for task in made.tasks() if task[0] == number)
        told = described(made.blocks[number], new)
        reached += likely
        suggested.append(
            {**told, "on": list(rule.on), "likely_true": round(likely, 1), "share": round(likely / float(reached), 5)}
        )
    return {"plan": list(planned(blocking)), "suggested": suggested}


def _reach(backend: LocalBackend, model: Model, made: Blocking, rule: Rule) -> _Reached:
    """Weigh the new pairs of the last rule, or evenly some of them."""
    number = len(made.blocks) - 1
    tasks = [task for task in made.tasks(most=1_000) if task[0] == number]
    pairs = [int(made.blocks[number].ahead[first:last].sum()) for _, first, last in tasks]
    wanted = max(1, round(len(tasks) * min(1.0, SAMPLED / max(sum(pairs), 1)))) if tasks else 0
    some = [i * len(tasks) // wanted for i in range(wanted)]
    filled = [made.pairs(tasks[i])[1:] for i in some]
    none = np.zeros(0, dtype=np.int32)
    left, right = (np.concatenate([none, *(part[side] for part in filled)]) for side in (0, 1))
    likely = _probability(backend.score_pairs(left, right, model)[:, 0])
    kept = likely >= LIKELY
    scale = sum(pairs) / max(sum(pairs[i] for i in some), 1)
    keys = left[kept].astype(np.int64) * backend.encoded.rows + right[kept]
    keys, first = np.unique(keys, return_index=True)
    return _Reached(rule, keys, likely[kept][first] * scale)


def _best(found: Sequence[_Reached], *, least: float) -> list[tuple[Rule, float]]:
    """The rules that reach most, each by what those before it leave; of two alike, the one of fewer parts."""
    left = list(found)
    chosen: list[tuple[Rule, float]] = []
    while left and len(chosen) < SHOWN:
        gains = [float(one.likely.sum()) for one in left]
        place = int(np.argmax(np.round(gains, 6)))
        if gains[place] < least:
            break
        best = left.pop(place)
        chosen.append((best.rule, gains[place]))
        left = [_without(one, best.keys) for one in left]
    return chosen


def _without(one: _Reached, keys: NDArray[np.int64]) -> _Reached:
    fresh = ~np.isin(one.keys, keys)
    return _Reached(one.rule, one.keys[fresh], one.likely[fresh])


def _probability(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp2(-weight)), dtype=np.float64)
