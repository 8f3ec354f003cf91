"""The section of a model about m and u themselves: how often each level is seen in one person's records, and in strangers'."""

from __future__ import annotations

import math
from collections.abc import Sequence

from famlink.charts import rows
from famlink.charts.document import Part, Section, Table
from famlink.charts.rows import Mark, Row
from famlink.charts.scales import Scale
from famlink.charts.words import bits, chance
from famlink.linkage.model import Comparison, Interval, Level, Model

LEAST = Level.least
"""Scoring takes no probability to be less: a level never seen is rare, not impossible."""

_BITS_A_TENFOLD = math.log2(10.0)


def weight(m: float, other: float, *, least: float = LEAST) -> float:
    """The match weight of a level: log2 of m over its probability in another class.

    Args:
        m: probability of the level for two records of one person.
        other: the same for strangers or a kin class.
        least: no probability is taken to be less.

    Returns:
        bits.

    Example:
        >>> weight(0.8, 0.1)
        3.0

    Source: Fellegi and Sunter (1969), in base 2.
    """
    return math.log2(max(m, least) / max(other, least))


def level_weight(level: Level) -> float:
    """The match weight of a level against strangers, in bits."""
    return weight(level.m, level.u, least=level.least)


def chances_section(model: Model, *, warnings: Sequence[str] = ()) -> Section:
    """Draw m and u of every level on an axis of factors, where the way from u to m is the match weight.

    Args:
        model: trained; where it knows how sure its numbers are, intervals are drawn and told.
        warnings: what its numbers rest on too little for: a sentence each.

    Returns:
        the section: a plot and a table a comparison.

    Example:
        >>> from famlink.linkage.model import Feature, Rule, Stratum, Term
        >>> same = Level("sexes agree", ((Term(0, (1,)),),), m=0.99, u=0.5)
        >>> sex = Comparison("sex", "person", (Feature("equal", "sex", "sex"),), (), (Level("sexes differ", m=0.01), same))
        >>> made = chances_section(Model((sex,), (Rule(("surname",)),), Stratum(0.001)))
        >>> made.parts[0].table.rows[0]
        ('sexes agree', '99.00%', '50.00%', '+1.0')
    """
    scale = _scale(model)
    words = [
        (
            "Of pairs with both values recorded: how often each level is seen in two records of one person (m), and of two "
            f"strangers (u). The axis goes in factors of ten, and ten times as often is {_BITS_A_TENFOLD:.1f} "
            "bits: the way from u to m is the match weight. Where m stands left of u the level speaks against one person."
        ),
    ]
    if model.intervals:
        words.append("Intervals hold 95 of 100 resamples of the pairs that taught the model.")
    parts = tuple(
        _part(comparison, place, scale, model.intervals.get(comparison.name))
        for place, comparison in enumerate(model.comparisons, start=1)
    )
    alarms = tuple(f"{sentence}." for sentence in warnings)
    return Section("chances", "m and u by comparison level", tuple(words), parts, alarms)


def _part(comparison: Comparison, place: int, scale: Scale, intervals: Sequence[Interval] | None) -> Part:
    known: Sequence[Interval | None] = intervals or [None] * len(comparison.levels)
    levels = list(reversed(list(zip(comparison.levels, known, strict=True))))
    name = comparison.name.replace("_", " ")
    sure = ", with 95% interval" if intervals else ""
    spans = ("95% interval",) if intervals else ()
    return Part(
        heading=name,
        drawing=rows.plot(
            [
                Row(
                    level.label,
                    "",
                    (
                        _mark("circle", level.m, interval.m if interval else None, lane=0),
                        _mark("diamond", level.u, interval.u if interval else None, lane=1),
                    ),
                )
                for level, interval in levels
            ],
            scale=scale,
            key=f"plot-m-and-u-{place:02}-{comparison.name}",
            title=f"m and u of {name}",
            description="Two dots a level on an axis of factors of ten, the closest level first; the table has the numbers.",
            axis="probability, in factors of ten",
        ),
        legend=(("circle", f"m: two records of one person{sure}"), ("diamond", f"u: two strangers{sure}")),
        table=Table(
            f"m and u of {name}, closest level first",
            ("Level", "m", *spans, "u", *spans, "Bits", *spans),
            tuple((level.label, *_told(level, interval)) for level, interval in levels),
        ),
    )


def _told(level: Level, interval: Interval | None) -> tuple[str, ...]:
    m, u = (f"{chance(getattr(level, name))}{' (given)' if name in level.fixed else ''}" for name in ("m", "u"))
    whole = bits(level_weight(level))
    if interval is None:
        return m, u, whole
    return m, _span(interval.m), u, _span(interval.u), whole, " to ".join(bits(end) for end in interval.weight)


def _span(ends: tuple[float, float]) -> str:
    return " to ".join(chance(end) for end in ends)


def _mark(kind: str, probability: float, interval: tuple[float, float] | None, *, lane: int) -> Mark:
    at = _factor(probability)
    low, high = (at, at) if interval is None else map(_factor, interval)
    return Mark(kind, low, high, at=at, lane=lane)


def _factor(probability: float) -> float:
    return math.log10(max(probability, LEAST))


def _scale(model: Model) -> Scale:
    found = [_factor(p) for c in model.comparisons for level in c.levels for p in (level.m, level.u)]
    found += [_factor(end) for some in model.intervals.values() for one in some for end in (one.m[0], one.u[0])]
    low = math.floor(min([-1.0, *found]))
    step = 2 if low < -5 else 1  # words at every mark would touch one another on a narrow page
    return Scale(float(low), 0.0, tuple((float(at), _tick(at)) for at in sorted(range(0, low - 1, -step))))


def _tick(power: int) -> str:
    return f"{10.0 ** (power + 2):g}%" if power >= -3 else f"1e{power}"
