"""Events into incidents: accepted pairs, with what may never be together kept apart."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.candidates import MOST_DAYS, PAIR
from famlink.incidents.evidence import SILENT

Ints = NDArray[np.int64]

LEAST_PROBABILITY = 0.97
"""A pair is joined when its probability against every rival reaches this: merging two incidents hides a pattern of harm."""

MOST_WRONG = 0.01
"""Of the pairs joined, so many may be wrong by their own probabilities: where the rows say little, surer pairs are asked for."""

FEWEST_JOINED = 200
"""So many pairs it takes to say what share of them may be wrong."""

NO_RIVAL = 0.05
"""An event that an account goes with less probably than this is no rival for it, and has none."""

ROUNDS = 6
"""What is joined in one round counts as one in the next; a fourth joins next to nothing."""

FURTHER = 0.3
"""What further pairs of two groups count for beside the best of them: they tell much the same again."""

MOST_RIVALS = 6
"""So many rivals of an account are looked at, from the best on: a hundred thousand events on one person stay bounded."""

UNKNOWN_PAIR = -1.0
"""Bits for two events of a group that nobody compared: no shared people within days."""


def compete(weighed: pl.DataFrame, nodes: Ints) -> pl.DataFrame:
    """Turn each pair's weight into a probability against its rivals.

    An account belongs to one incident. Where it could go with either of two events that do not go together, such as two of one
    agency, the two share it by how well each fits. The probability is the lesser of the two sides'.

    Args:
        weighed: pairs with ``weight`` and ``fit`` in bits, ``category`` and ``duplicate``.
        nodes: for each event the first number of those it is known to be one with.

    Returns:
        the pairs with ``probability``; 1 inside a node.
    """
    sides = [pl.Series(f"copy_{side}", nodes[weighed[side].to_numpy()].astype(np.uint32)) for side in PAIR]
    rows = weighed.with_columns(*sides)
    ends = [pl.min_horizontal("copy_left", "copy_right"), pl.max_horizontal("copy_left", "copy_right")]
    rows = rows.with_columns(ends[0].alias("one"), ends[1].alias("two"))
    best = (
        rows.filter(pl.col("one") != pl.col("two"))
        .group_by("one", "two")
        .agg(pl.col("category").max(), *(_together(name).alias(name) for name in ("weight", "fit")))
    )
    odds = pl.lit(2.0).pow(pl.col("weight").clip(-60.0, 60.0))
    likely = pl.lit(2.0).pow(pl.col("fit").clip(-60.0, 60.0))
    best = best.with_columns((odds / (1.0 + odds)).alias("alone"), likely.alias("likely"))
    faces = pl.concat([_face(best, "one", "two"), _face(best, "two", "one")])
    surest = (
        faces.join(_rivals(faces), on=["copy", "other"], how="left")
        .with_columns(
            (pl.col("alone") * pl.col("likely") / (pl.col("likely") + pl.col("instead").fill_null(0.0))).alias(
                "probability"
            )
        )
        .group_by(pl.min_horizontal("copy", "other").alias("one"), pl.max_horizontal("copy", "other").alias("two"))
        .agg(pl.col("probability").min())
    )
    return (
        rows.join(surest, on=["one", "two"], how="left")
        .with_columns(pl.col("probability").fill_null(1.0))
        .drop("one", "two", "copy_left", "copy_right")
        .sort(PAIR)
    )


def _together(bits: str) -> pl.Expr:
    """Evidence between two groups: that of the best pair, and a share of what the others add or take away."""
    return pl.col(bits).max() + FURTHER * (pl.col(bits).sum() - pl.col(bits).max())


def _rivals(faces: pl.DataFrame) -> pl.DataFrame:
    """For each account and each event it could go with: how well the best of the others fits that is apart from that one.

    Of three accounts that may all be one, none is another's rival: with weights a and b of an account to two events and c between
    those, all three together are 2^(b+c) times as likely as the account with the first alone. Two that nobody compared, as two of
    one agency, are apart. Copies of one event are no rivals of each other: the best of them stands for all.
    """
    best = faces.filter(pl.col("category") > 0, pl.col("alone") > NO_RIVAL)
    first = (
        best.sort("copy", "likely", "other", descending=[False, True, False])
        .group_by("copy", maintain_order=True)
        .head(MOST_RIVALS)
        .select(
            "copy", pl.col("other").alias("rival"), pl.col("likely").alias("its_likely"), pl.col("weight").alias("b")
        )
    )
    # Two that say different things happened are apart, however near they are.
    between = faces.filter(pl.col("category") > 0).select(
        pl.col("copy").alias("other"), pl.col("other").alias("rival"), pl.col("weight").alias("c")
    )
    all_three = pl.lit(2.0).pow((pl.col("b") + pl.col("c")).clip(-60.0, 60.0)).fill_null(0.0)
    return (
        best.select("copy", "other")
        .join(first, on="copy")
        .filter(pl.col("other") != pl.col("rival"))
        .join(between, on=["other", "rival"], how="left")
        .with_columns((pl.col("its_likely") / (1.0 + all_three)).alias("its_likely"))
        .group_by("copy", "other")
        .agg(pl.col("its_likely").max().alias("instead"))
    )


def _face(rows: pl.DataFrame, here: str, there: str) -> pl.DataFrame:
    return rows.select(
        pl.col(here).alias("copy"), pl.col(there).alias("other"), "category", "alone", "likely", "weight"
    )


def components(size: int, left: Ints, right: Ints) -> Ints:
    """Label the connected groups of ``size`` numbered things; each label is the group's least number."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if size == 0:
        return np.zeros(0, dtype=np.int64)
    ones = np.ones(len(left), dtype=np.int8)
    _, labels = connected_components(coo_array((ones, (left, right)), shape=(size, size)).tocsr(), directed=False)
    first = np.full(labels.max() + 1, size, dtype=np.int64)
    np.minimum.at(first, labels, np.arange(size))
    named: Ints = first[labels]
    return named


def cluster(
    events: pl.DataFrame, scored: pl.DataFrame, copies: Ints, *, least: float | None = None
) -> tuple[Ints, pl.DataFrame]:
    """Group events into incidents, the surest pairs first.

    What is sure is joined, and the pairs that are left compete again with what was joined as one: accounts of one
    incident are then no rivals of each other, and what an account cannot join any more is none of its rivals either.

    Args:
        events: numbered events with ``agency``, ``family``, ``date`` and ``latest``.
        scored: pairs with ``weight``, ``fit``, ``category`` and ``duplicate``.
        copies: for each event the first number of those its agency wrote down twice.
        least: probability from which pairs are joined; None finds it (:func:`least_probability`).

    Returns:
        for each event the least number of its incident; and the pairs with ``probability``.
    """
    told = compete(scored, copies)
    least = least_probability(told) if least is None else least
    label = _joined(events, told, (copies, copies), least)
    for _ in range(ROUNDS - 1):
        open_pairs = _possible(events, scored, label)
        if open_pairs.is_empty():
            break
        again = compete(open_pairs, label)
        joined = _joined(events, again, (label, copies), least)
        told = _surer(told, again)
        if bool((joined == label).all()):
            break
        label = joined
    return label, told


def least_probability(told: pl.DataFrame) -> float:
    """The probability from which pairs are joined: the least at which no more than :data:`MOST_WRONG` of them are wrong.

    Args:
        told: as :func:`compete` gives.

    Returns:
        :data:`LEAST_PROBABILITY` or more.
    """
    live = told.filter(pl.col("category") > 0, ~pl.col("duplicate"))
    sure = np.sort(live.filter(pl.col("probability") >= LEAST_PROBABILITY)["probability"].to_numpy())[::-1]
    few = np.flatnonzero((1.0 - sure).cumsum() / np.arange(1, len(sure) + 1) <= MOST_WRONG)
    return float(sure[int(few[-1])]) if len(few) else 1.0


def _surer(told: pl.DataFrame, again: pl.DataFrame) -> pl.DataFrame:
    """The probabilities of an earlier round, raised where a later one is surer."""
    later = again.select(*PAIR, pl.col("probability").alias("later"))
    return (
        told.join(later, on=PAIR, how="left", maintain_order="left")
        .with_columns(pl.max_horizontal("probability", "later"))
        .drop("later")
    )


def _possible(events: pl.DataFrame, scored: pl.DataFrame, label: Ints) -> pl.DataFrame:
    """Pairs of two groups that may still be one: no agency is in both."""
    left, right = (label[scored[side].to_numpy()] for side in PAIR)
    rows = scored.with_columns(pl.Series("one", left), pl.Series("other", right)).filter(
        pl.col("one") != pl.col("other"), ~pl.col("duplicate")
    )
    member = pl.DataFrame({"label": label, "agency": events["agency"]}).unique()
    pairs = rows.select("one", "other").unique()
    shared = (
        pairs.join(member, left_on="one", right_on="label")
        .join(member, left_on=["other", "agency"], right_on=["label", "agency"])
        .select("one", "other")
        .unique()
    )
    return rows.join(shared, on=["one", "other"], how="anti", maintain_order="left").drop("one", "other")


def _joined(events: pl.DataFrame, scored: pl.DataFrame, groups: tuple[Ints, Ints], least: float) -> Ints:
    """Join the pairs that are sure enough.

    Groups in which nothing contradicts are taken whole; in the others pairs are joined from the surest on, and two parts are
    joined only where the evidence between all their members adds up to more than nothing, no agency would be in it with
    two separate events, and all dates stay within a week.
    """
    nodes, copies = groups
    size = events.height
    accepted = scored.filter(pl.col("probability") >= least, pl.col("category") > 0, ~pl.col("duplicate"))
    left, right = (nodes[accepted[name].to_numpy()] for name in PAIR)
    label = components(size, np.concatenate([left, np.arange(size)]), np.concatenate([right, nodes]))
    contested = _contested(events, label, copies)
    if not contested.any():
        return label
    in_doubt = contested[label]
    rows = scored.filter(~pl.col("duplicate"))
    rows = rows.with_columns(
        pl.Series("one", nodes[rows["left"].to_numpy()]), pl.Series("other", nodes[rows["right"].to_numpy()])
    ).filter(pl.col("one") != pl.col("other"))
    rows = rows.filter(pl.Series(in_doubt[rows["one"].to_numpy()] & in_doubt[rows["other"].to_numpy()]))
    settled = np.where(in_doubt, nodes, label)
    return _settle(events, rows, settled, least)


def _contested(events: pl.DataFrame, label: Ints, copies: Ints) -> NDArray[np.bool_]:
    """Which groups break a rule: two separate events of one agency, two kinds of happening, or more than a week."""
    rows = events.select("agency", "family", "date", "latest").with_columns(
        pl.Series("label", label), pl.Series("copy", copies)
    )
    specific = pl.col("family").filter(~pl.col("family").is_in(SILENT))
    groups = rows.group_by("label").agg(
        (pl.col("copy").n_unique() > pl.col("agency").n_unique()).alias("twice"),
        (specific.n_unique() > 1).alias("mixed"),
        ((pl.col("date").max() - pl.col("latest").min()).dt.total_days() > MOST_DAYS).alias("long"),
    )
    out = np.zeros(len(label), dtype=np.bool_)
    wrong = groups.filter(pl.col("twice") | pl.col("mixed") | pl.col("long"))["label"].to_numpy()
    out[wrong] = True
    return out


def _settle(events: pl.DataFrame, rows: pl.DataFrame, label: Ints, least: float) -> Ints:
    """Join the pairs of contested groups one by one, from the surest on."""
    day = events["date"].cast(pl.Int32).to_numpy()
    last = events["latest"].cast(pl.Int32).to_numpy()
    agency = events["agency"].rank("dense").to_numpy()
    sure = pl.when(pl.col("category") > 0).then(pl.col("probability")).otherwise(0.0)
    best = rows.group_by("one", "other").agg(pl.col("weight").max(), sure.max().alias("probability"))
    weight: dict[tuple[int, int], float] = {}
    for one, other, bits in best.select("one", "other", "weight").iter_rows():
        weight[min(one, other), max(one, other)] = max(bits, weight.get((min(one, other), max(one, other)), bits))
    surest = best.filter(pl.col("probability") >= least).sort(
        ["probability", "weight", "one", "other"], descending=[True, True, False, False]
    )
    parts: dict[int, list[int]] = {}
    of: dict[int, int] = {}
    spans: dict[int, tuple[int, int]] = {}
    agencies: dict[int, set[int]] = defaultdict(set)
    used = sorted({node for pair in weight for node in pair})
    wanted = np.flatnonzero(np.isin(label, used))
    for node in used:
        parts[node], of[node] = [node], node
    for member in wanted.tolist():
        node = int(label[member])
        first, latest = spans.get(node, (int(day[member]), int(last[member])))
        spans[node] = (max(first, int(day[member])), min(latest, int(last[member])))
        agencies[node].add(int(agency[member]))
    for one, other in surest.select("one", "other").iter_rows():
        here, there = of[one], of[other]
        if here == there or agencies[here] & agencies[there]:
            continue
        span = (max(spans[here][0], spans[there][0]), min(spans[here][1], spans[there][1]))
        if span[0] - span[1] > MOST_DAYS:
            continue
        total = sum(weight.get((min(a, b), max(a, b)), UNKNOWN_PAIR) for a in parts[here] for b in parts[there])
        if total <= 0.0:
            continue
        keep, gone = min(here, there), max(here, there)
        parts[keep] += parts[gone]
        agencies[keep] |= agencies[gone]
        spans[keep] = span
        for node in parts.pop(gone):
            of[node] = keep
    out = label.copy()
    for node, head in of.items():
        out[node] = min(parts[head])
    return out[label]
