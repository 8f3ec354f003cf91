"""Why two records are, or are not, one person: the match weight taken apart, and what was decided otherwise."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import polars as pl

from famlink.backends.local import LocalBackend
from famlink.linkage.encoding import encode
from famlink.linkage.families import told
from famlink.linkage.model import Model
from famlink.linkage.resolution import TOGETHER
from famlink.linkage.scoring import Bar, bars_of
from famlink.linkage.splink.model import SplinkModel
from famlink.odds import probability_of_weight, weight_of_probability
from famlink.pipeline.run import Run

LEAST_SHOWN = 0.05
"""Bits below which assignment or a twin has no bar of its own."""
EXACT = 1e-9
LIMIT = "weights are kept within 60 bits either way"
_TAKEN = {
    "assignment": "another record of the same family fits one of the two as well, and each person has one counterpart",
    "twin": "one of the two has a twin, whose record this may be",
}


def explain_pair(merged: pl.DataFrame, run: Run, *, left: tuple[str, str], right: tuple[str, str]) -> dict[str, Any]:
    """Explain one pair of a run.

    Args:
        merged: standardised records, one row each, the two among them.
        run: the run they are of.
        left: (agency, record_id).
        right: (agency, record_id).

    Returns:
        ``{left, right, verdict, match_weight, match_probability, bars}``; the bars' bits sum to the weight.
    """
    pair = merged.filter(
        ((pl.col("agency") == left[0]) & (pl.col("record_id") == left[1]))
        | ((pl.col("agency") == right[0]) & (pl.col("record_id") == right[1]))
    ).sort("agency", "record_id")
    model = run.model
    bars = _bars_of_splink(pair, run, model) if isinstance(model, SplinkModel) else _bars(pair, model)
    bars += _family_bars(run, left, right, own=sum(bar.bits for bar in bars))
    weight = sum(bar.bits for bar in bars)
    verdict, reason = _verdict(run, left, right, weight=weight, review=model.review)
    if reason:
        bars.append(Bar("decision", "constraint", 0.0, reason))
    return {
        "left": f"{left[0]}:{left[1]}",
        "right": f"{right[0]}:{right[1]}",
        "verdict": verdict,
        "match_weight": weight,
        "match_probability": probability_of_weight(weight),
        "bars": [asdict(bar) for bar in bars],
    }


def _bars(pair: pl.DataFrame, model: Model) -> list[Bar]:
    import numpy as np

    encoded = encode(pair, model)
    backend = LocalBackend(encoded, model.comparisons, threads=1)
    first, second = np.zeros(1, dtype=np.int32), np.ones(1, dtype=np.int32)
    levels = [int(level) for level in backend.levels(first, second)[0]]
    stratum = int(backend.strata(first, second)[0])
    weights, together = backend.weights(model)
    return bars_of((0, 1), levels, model=model, encoded=encoded, weights=weights, stratum=stratum, together=together)


def _bars_of_splink(pair: pl.DataFrame, run: Run, model: SplinkModel) -> list[Bar]:
    """A Splink model counts values over all records of the run, so those it counts are read again."""
    from famlink.linkage.splink.explaining import bars_by, counted_fields
    from famlink.linkage.splink.scoring import Scorer
    from famlink.standardisation.merging import merge_parts, merged_with

    fields = counted_fields(model, pair.columns)
    fields += [name for name in pair.columns if name.removesuffix("_precision") in fields and name not in fields]
    population = merge_parts(run.scan("standardised").select(merged_with(fields)).collect()) if fields else pair
    return bars_by(Scorer(pair, model, population=population), (0, 1))


def _family_bars(run: Run, left: tuple[str, str], right: tuple[str, str], *, own: float) -> list[Bar]:
    """What relatives and other records add to what the two records say themselves."""
    links = run.scan("links").filter(_pair(left, right)).select("match_weight").collect()
    if links.is_empty():
        return []
    bars: list[Bar] = []
    found = run.scan("shared_relatives").filter(_pair(left, right)).collect()
    if not found.is_empty():
        row = found.row(0, named=True)
        bars += [Bar("shared relatives", "relation", row["relatives"], told(row["shared"]))] if row["shared"] else []
        bars += [
            Bar(name, "constraint", row[name], words) for name, words in _TAKEN.items() if row[name] < -LEAST_SHOWN
        ]
    rest = float(links.item()) - own - sum(bar.bits for bar in bars)
    if abs(rest) > LEAST_SHOWN or not bars:
        return [*bars, Bar("limit", "constraint", rest, LIMIT)] if abs(rest) > EXACT else bars
    # What is too little for a bar of its own goes to the largest.
    largest = max(range(len(bars)), key=lambda place: abs(bars[place].bits))
    bars[largest] = replace(bars[largest], bits=bars[largest].bits + rest)
    return bars


def _pair(left: tuple[str, str], right: tuple[str, str]) -> pl.Expr:
    """Rows about two records, in either order."""
    one, other = (
        (pl.col("agency_left") == a[0])
        & (pl.col("record_id_left") == a[1])
        & (pl.col("agency_right") == b[0])
        & (pl.col("record_id_right") == b[1])
        for a, b in ((left, right), (right, left))
    )
    return one | other


def _belonging(run: Run, left: tuple[str, str], right: tuple[str, str]) -> str:
    """Why two records are one person's where their own fields did not say it, and how sure that is."""
    people = run.scan("people").select("agency", "record_id", "probability")
    shares = [
        people.filter((pl.col("agency") == agency) & (pl.col("record_id") == record)).collect()["probability"].item()
        for agency, record in (left, right)
    ]
    return f"{TOGETHER}; they belong to that person with probabilities {shares[0]:.3f} and {shares[1]:.3f}"


def _verdict(
    run: Run, left: tuple[str, str], right: tuple[str, str], *, weight: float, review: float
) -> tuple[str, str | None]:
    """The verdict in links; for a pair that is not there, what its people and its weight say."""
    found = run.scan("links").filter(_pair(left, right)).select("verdict", "reason").collect()
    if found.height:
        verdict, reason = found.row(0)
        return str(verdict), _belonging(run, left, right) if reason == TOGETHER else reason
    if weight >= weight_of_probability(review):
        return "distinct", "not compared: no blocking rule joins the two, or the pair is kept apart by decision"
    return "distinct", None
