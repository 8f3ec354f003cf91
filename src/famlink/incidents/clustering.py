"""Events into incidents: every way to part a few accounts is weighed, and those are joined that are together in nearly all.

An account belongs to one happening, no agency writes one happening down twice, and a third account joins two only where all
three fit together: in a partition all this is said at once, and an account's rivals need no rule of their own.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.candidates import MOST_DAYS, PAIR
from famlink.incidents.dating import Days, again_by_days
from famlink.incidents.evidence import SILENT, Weights
from famlink.incidents.keys import Ints, codes_of, distinct

Floats = NDArray[np.float64]

APART = 2
"""Days between what two accounts tell from which, unless a reference joins them, a pair must be surer: the same kind again hides
there, and with it a pattern of harm."""

MOST_ACCOUNTS = 7
"""So many accounts are parted in every way; of a larger group the best pairs are kept in one."""

LEAST_WEIGHT = -6.0
"""A pair below these bits brings no two accounts into one group."""

SURER = 7.0
"""Where a group was cut, a pair is joined only if it is so many bits better than what either account was cut from."""

FURTHER, FURTHER_OF_FEW = 0.7, 0.3
"""What further pairs of two groups count for beside the best of them: they tell much the same again. The second is for shipped weights."""

UNKNOWN_PAIR = -1.0
"""Bits for two events of a group that nobody compared: no shared people within days."""

NEVER = -1e6
"""Bits of two accounts that say different things happened."""

EXPECTED = 0.997
"""Of the pairs joined so many are expected to be of one happening."""

QUOTED = 2
"""Level of the comparison ``reference`` from which a reference joins two accounts."""


def cluster(
    events: pl.DataFrame, scored: pl.DataFrame, copies: Ints, *, days: Days, weights: Weights, learnt: bool = False
) -> tuple[Ints, pl.DataFrame, float]:
    """Group events into incidents.

    Args:
        events: numbered events with ``agency``, ``family``, ``date`` and ``latest``.
        scored: pairs as :func:`famlink.incidents.dating.weigh_days` gives.
        copies: for each event the first number of those its agency wrote down twice.
        days: the day of what each event tells.
        weights: how sure a pair must be, and how dates are judged.
        learnt: whether the weights were learnt from these events: then the bar may rise.

    Returns:
        for each event the least number of its incident; the pairs with ``probability``; and the probability from which they
        were joined.
    """
    size = events.height
    chosen, near = _compared(scored, copies)
    weight = scored["weight"].to_numpy()[chosen]
    live = (scored["category"].to_numpy()[chosen] > 0) & (weight > LEAST_WEIGHT)
    best = np.flatnonzero(live)
    best = best[np.argsort(-weight[best], kind="stable")]
    group = _grown(near[0][best], near[1][best], size, MOST_ACCOUNTS)
    inside = group[near[0]] == group[near[1]]
    probability = np.zeros(scored.height)
    kept = chosen[inside]
    ends = (near[0][inside], near[1][inside])
    probability[kept] = _together(events, scored[kept], (ends, group), days, weights)
    cut = np.full(size, -np.inf)
    for end in near:
        np.maximum.at(cut, end[live & ~inside], weight[live & ~inside])
    surer = weight[inside] - np.maximum(cut[ends[0]], cut[ends[1]]) >= SURER
    apart = (scored["apart"].to_numpy()[kept] >= APART) & (scored["reference"].to_numpy()[kept] < QUOTED)
    sure = probability[kept]
    joined = surer & (sure >= np.where(apart, weights.apart, weights.least))
    least = max(weights.least, _least(sure[joined])) if learnt else weights.least
    joined &= sure >= least
    label = _grown(
        np.concatenate([ends[0][joined], np.arange(size)]), np.concatenate([ends[1][joined], copies]), size, size
    )
    one = copies[scored["left"].to_numpy()] == copies[scored["right"].to_numpy()]
    return label, scored.with_columns(pl.Series("probability", np.where(one, 1.0, probability))), least


def _least(probability: Floats) -> float:
    """The least probability from which pairs are expected to be right as often as :data:`EXPECTED` asks.

    Where accounts say much, nearly all pairs are nearly sure; where they say little, many are not, and some more stay apart.
    """
    best = np.sort(probability)[::-1]
    enough = np.flatnonzero(np.cumsum(best) >= EXPECTED * np.arange(1, len(best) + 1))
    return float(best[enough[-1]]) if len(enough) else 1.0


def components(size: int, left: Ints, right: Ints) -> Ints:
    """Label the connected groups of ``size`` numbered things; each label is the group's least number."""
    return _grown(left, right, size, size)


def _grown(left: Ints, right: Ints, size: int, most: int) -> Ints:
    from famlink.kernels.partitions import grow

    label = np.arange(size, dtype=np.int64)
    grow(left.astype(np.int64), right.astype(np.int64), most, label)
    return label


def _compared(scored: pl.DataFrame, copies: Ints) -> tuple[Ints, tuple[Ints, Ints]]:
    """Of the pairs between two accounts, each with its copies, the one that weighs most: its row; and the two accounts."""
    one, other = (copies[scored[side].to_numpy()] for side in PAIR)
    near, far = np.minimum(one, other), np.maximum(one, other)
    weight = scored["weight"].to_numpy()
    order = np.lexsort((-weight, far, near))
    first = np.ones(len(order), dtype=np.bool_)
    first[1:] = (near[order[1:]] != near[order[:-1]]) | (far[order[1:]] != far[order[:-1]])
    chosen = order[first & (near[order] != far[order])]
    return chosen, (near[chosen], far[chosen])


def _together(
    events: pl.DataFrame, rows: pl.DataFrame, placed: tuple[tuple[Ints, Ints], Ints], days: Days, weights: Weights
) -> Floats:
    """The probability of each pair over all partitions of its group."""
    ends, group = placed
    from famlink.kernels.partitions import NO_DAY, Accounts, Pairs, Rules, together

    place = days.order
    used = distinct(np.concatenate(ends))
    used = used[np.lexsort((place[used], group[used]))]
    _, begin = np.unique(group[used], return_index=True)
    begin = np.append(begin, len(used)).astype(np.int64)
    inside = np.zeros(events.height, dtype=np.int64)
    inside[used] = np.arange(len(used)) - np.repeat(begin[:-1], np.diff(begin))
    family = np.where(events["family"].is_in(SILENT).to_numpy(), -1, codes_of(events["family"]))
    first, last = (events[name].cast(pl.Int32).cast(pl.Int64).to_numpy() for name in ("date", "latest"))
    agency = codes_of(events["agency"])
    order = np.argsort(group[ends[0]], kind="stable")
    start = np.searchsorted(group[ends[0]][order], group[used[begin[:-1]]])
    here, there = inside[ends[0]][order], inside[ends[1]][order]
    told = rows.select(
        said=pl.when(pl.col("category") > 0).then("evidence").otherwise(NEVER),
        dated="dated",
    )
    said, dated = (told[name].to_numpy()[order] for name in told.columns)
    out = np.zeros(len(order))
    together(
        Accounts(begin, agency[used], family[used], first[used], last[used], np.where(days.vague, NO_DAY, days.day)[used]),
        Pairs(np.append(start, len(order)).astype(np.int64), np.minimum(here, there), np.maximum(here, there), said, dated),
        Rules(MOST_ACCOUNTS, FURTHER_OF_FEW if weights.nearest else FURTHER, UNKNOWN_PAIR, NEVER, MOST_DAYS, again_by_days(weights), weights.nearest),
        out,
    )  # fmt: skip
    back = np.empty(len(order))
    back[order] = out
    return back
