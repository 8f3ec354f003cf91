"""Events into incidents: accepted pairs, with what may never be together kept apart."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.candidates import MOST_DAYS, PAIR
from famlink.incidents.evidence import SILENT

Ints = NDArray[np.int64]

LEAST_PROBABILITY = 0.95
"""A pair is joined when its probability against every rival reaches this: merging two incidents hides a pattern of harm."""

NO_RIVAL = 0.05
"""An event that an account goes with less probably than this is no rival for it, and has none."""

GO_TOGETHER = 0.8
"""Two events that are one happening at least so probably are no rivals for a third."""

MOST_RIVALS = 6
"""So many rivals of an account are looked at, from the best on: a hundred thousand events on one person stay bounded."""

UNKNOWN_PAIR = -1.0
"""Bits for two events of a group that nobody compared: no shared people within days."""


def compete(weighed: pl.DataFrame, copies: Ints) -> pl.DataFrame:
    """Turn each pair's weight into a probability against its rivals.

    An account belongs to one incident. Where it could go with either of two events that do not go together, such as two of one
    agency, the two share it by how well each fits. The probability is the lesser of the two sides'.

    Args:
        weighed: pairs with ``weight`` and ``fit`` in bits, ``category`` and ``duplicate``.
        copies: for each event the first number of those its agency wrote down twice.

    Returns:
        the pairs with ``probability``.
    """
    sides = [pl.Series(f"copy_{side}", copies[weighed[side].to_numpy()].astype(np.uint32)) for side in PAIR]
    odds = pl.lit(2.0).pow(pl.col("weight").clip(-60.0, 60.0))
    likely = pl.lit(2.0).pow(pl.col("fit").clip(-60.0, 60.0))
    rows = weighed.with_columns(*sides, (odds / (1.0 + odds)).alias("alone"), likely.alias("likely"))
    faces = pl.concat([_face(rows, "left", "right"), _face(rows, "right", "left")])
    rivals = _rivals(faces)
    surest = (
        faces.join(rivals, on=["copy", "other"], how="left")
        .with_columns(
            (pl.col("alone") * pl.col("likely") / (pl.col("likely") + pl.col("instead").fill_null(0.0))).alias(
                "probability"
            )
        )
        .group_by(PAIR)
        .agg(pl.col("probability").min())
    )
    return weighed.join(surest, on=PAIR).sort(PAIR)


def _rivals(faces: pl.DataFrame) -> pl.DataFrame:
    """For each account and each event it could go with: how well the best of the others fits that is apart from that one.

    Copies of one event are no rivals of each other: the best of them stands for all. Two that nobody compared are apart.
    """
    best = faces.filter(pl.col("category") > 0).group_by("copy", "other").agg(pl.col("likely", "alone").max())
    best = best.filter(pl.col("alone") > NO_RIVAL)
    first = (
        best.sort("copy", "likely", "other", descending=[False, True, False])
        .group_by("copy", maintain_order=True)
        .head(MOST_RIVALS)
        .select("copy", pl.col("other").alias("rival"), pl.col("likely").alias("its_likely"))
    )
    together = best.select(
        pl.col("copy").alias("other"), pl.col("other").alias("rival"), pl.col("alone").alias("as_one")
    )
    return (
        best.select("copy", "other")
        .join(first, on="copy")
        .filter(pl.col("other") != pl.col("rival"))
        .join(together, on=["other", "rival"], how="left")
        .filter(pl.col("as_one").fill_null(0.0) < GO_TOGETHER)
        .group_by("copy", "other")
        .agg(pl.col("its_likely").max().alias("instead"))
    )


def _face(rows: pl.DataFrame, here: str, there: str) -> pl.DataFrame:
    return rows.select(
        *PAIR,
        pl.col(f"copy_{here}").alias("copy"),
        pl.col(f"copy_{there}").alias("other"),
        "category",
        "alone",
        "likely",
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


def cluster(events: pl.DataFrame, scored: pl.DataFrame, copies: Ints) -> Ints:
    """Group events into incidents.

    Groups in which nothing contradicts are taken whole; in the others pairs are joined from the surest on, and two parts are
    joined only where the evidence between all their members adds up to more than nothing, no agency would be in it with
    two separate events, and all dates stay within a week.

    Args:
        events: numbered events with ``agency``, ``family``, ``date`` and ``latest``.
        scored: pairs with ``weight`` and ``probability``, as :func:`compete` gives.
        copies: for each event the first number of those its agency wrote down twice.

    Returns:
        for each event the least number of its incident.
    """
    size = events.height
    accepted = scored.filter(pl.col("probability") >= LEAST_PROBABILITY, pl.col("category") > 0, ~pl.col("duplicate"))
    left, right = (copies[accepted[name].to_numpy()] for name in PAIR)
    label = components(size, np.concatenate([left, np.arange(size)]), np.concatenate([right, copies]))
    contested = _contested(events, label, copies)
    if not contested.any():
        return label
    in_doubt = contested[label]
    rows = scored.filter(~pl.col("duplicate"))
    rows = rows.with_columns(
        pl.Series("one", copies[rows["left"].to_numpy()]), pl.Series("other", copies[rows["right"].to_numpy()])
    )
    rows = rows.filter(pl.Series(in_doubt[rows["one"].to_numpy()] & in_doubt[rows["other"].to_numpy()]))
    settled = np.where(in_doubt, copies, label)
    return _settle(events, rows, settled)


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


def _settle(events: pl.DataFrame, rows: pl.DataFrame, label: Ints) -> Ints:
    """Join the pairs of contested groups one by one, from the surest on."""
    day = events["date"].cast(pl.Int32).to_numpy()
    last = events["latest"].cast(pl.Int32).to_numpy()
    agency = events["agency"].rank("dense").to_numpy()
    sure = pl.when(pl.col("category") > 0).then(pl.col("probability")).otherwise(0.0)
    best = rows.group_by("one", "other").agg(pl.col("weight").max(), sure.max().alias("probability"))
    weight: dict[tuple[int, int], float] = {}
    for one, other, bits in best.select("one", "other", "weight").iter_rows():
        weight[min(one, other), max(one, other)] = max(bits, weight.get((min(one, other), max(one, other)), bits))
    surest = best.filter(pl.col("probability") >= LEAST_PROBABILITY).sort(
        ["probability", "weight", "one", "other"], descending=[True, True, False, False]
    )
    parts: dict[int, list[int]] = {}
    of: dict[int, int] = {}
    spans: dict[int, tuple[int, int]] = {}
    agencies: dict[int, set[int]] = defaultdict(set)
    for node in sorted({node for pair in weight for node in pair}):
        parts[node], of[node] = [node], node
        spans[node] = (int(day[node]), int(last[node]))
        agencies[node] = {int(agency[node])}
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
