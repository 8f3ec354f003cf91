"""The section of a model about match weights of whole pairs: how many weigh how much, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from famlink.charts import rows
from famlink.charts.document import Part, Section, Table
from famlink.charts.rows import Mark, Row
from famlink.charts.scales import Scale, step_of, ticks_of
from famlink.charts.words import bits
from famlink.odds import weight_of_probability

VERDICTS = (("match", "good"), ("review", "wait"), ("distinct", "bad"))


def spread_section(bins: Sequence[Mapping[str, Any]], *, review: float, match: float) -> Section:
    """Draw how many of a run's pairs weigh how much, by verdict.

    Args:
        bins: ``low`` and ``high`` (bits; low counts, high does not) and pairs by verdict: ``match``, ``review``,
            ``distinct``; heaviest first.
        review: match probability from which a pair is put up for review.
        match: match probability from which a pair may be one person.

    Returns:
        the section: one plot and its table.

    Example:
        >>> made = spread_section([{"low": 5.0, "high": 10.0, "match": 7, "review": 1, "distinct": 0}], review=0.5, match=0.95)
        >>> made.parts[0].table.rows
        (('+5 to +10', '7', '1', '0'),)
    """
    most = max(sum(row[verdict] for verdict, _ in VERDICTS) for row in bins)
    drawn, told = [], []
    for row in bins:
        name = f"{_whole(row['low'])} to {_whole(row['high'])}"
        at, marks = 0.0, []
        for verdict, kind in VERDICTS:
            if row[verdict]:
                marks.append(Mark(kind, at, at + row[verdict]))
            at += row[verdict]
        drawn.append(Row(f"{name} bits", f"{round(at):,}", tuple(marks)))
        told.append((name, *(f"{row[verdict]:,}" for verdict, _ in VERDICTS)))
    step = max(1.0, step_of(float(most)))
    high = step * -(-most // step)
    words = (
        (
            "The pairs the run kept (a match probability of 1% or more, or inside a person) by match weight. A pair is put up "
            f"for review from {bits(weight_of_probability(review))} bits and may be one person from "
            f"{bits(weight_of_probability(match))}; a lighter match was joined through other records or by decision, a heavier "
            "pair that is no match was kept apart by them. A good model leaves few pairs between the two ends."
        ),
    )
    part = Part(
        drawing=rows.plot(
            drawn,
            scale=Scale(0.0, high, tuple((v, f"{v:,.0f}") for v in ticks_of(0.0, high) if v == round(v))),
            key="plot-pairs-by-weight",
            title="Pairs by match weight",
            description="A bar for each span of match weight, divided by verdict; the table has the numbers.",
            axis="pairs",
        ),
        legend=(("good", "match"), ("wait", "review"), ("bad", "distinct")),
        table=Table("Pairs by match weight, in bits", ("Bits", "Match", "Review", "Distinct"), tuple(told)),
    )
    return Section("spread", "Pairs by match weight", words, (part,))


def _whole(edge: float) -> str:
    return f"{edge:+.0f}".replace("-", "\N{MINUS SIGN}") if edge else "0"
