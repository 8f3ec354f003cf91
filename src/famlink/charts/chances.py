"""The section of a model about m and u themselves: how often each level is seen in one person's records, and in strangers'."""

from __future__ import annotations

import math

from famlink.charts import rows
from famlink.charts.document import Part, Section, Table
from famlink.charts.rows import Mark, Row
from famlink.charts.scales import Scale
from famlink.charts.words import bits, chance
from famlink.linkage.model import Comparison, Level, Model

LEAST = 1e-9
"""Scoring takes no probability to be less: a level never seen is rare, not impossible."""

_BITS_A_TENFOLD = math.log2(10.0)


def weight(m: float, other: float) -> float:
    """The match weight of a level: log2 of m over its probability in another class.

    Args:
        m: probability of the level for two records of one person.
        other: the same for strangers or a kin class.

    Returns:
        bits.

    Example:
        >>> weight(0.8, 0.1)
        3.0

    Source: Fellegi and Sunter (1969), in base 2.
    """
    return math.log2(max(m, LEAST) / max(other, LEAST))


def chances_section(model: Model) -> Section:
    """Draw m and u of every level on an axis of factors, where the way from u to m is the match weight.

    Args:
        model: trained.

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
    words = (
        (
            "Of pairs with both values recorded: how often each level is seen in two records of one person (m), and of two "
            f"strangers (u). The axis goes in factors of ten, and ten times as often is {_BITS_A_TENFOLD:.1f} "
            "bits: the way from u to m is the match weight. Where m stands left of u the level speaks against one person."
        ),
    )
    parts = tuple(_part(comparison, place, scale) for place, comparison in enumerate(model.comparisons, start=1))
    return Section("chances", "m and u by comparison level", words, parts)


def _part(comparison: Comparison, place: int, scale: Scale) -> Part:
    levels = list(reversed(comparison.levels))
    name = comparison.name.replace("_", " ")
    return Part(
        heading=name,
        drawing=rows.plot(
            [Row(level.label, "", (_mark("circle", level.m, 0), _mark("diamond", level.u, 1))) for level in levels],
            scale=scale,
            key=f"plot-m-and-u-{place:02}-{comparison.name}",
            title=f"m and u of {name}",
            description="Two dots a level on an axis of factors of ten, the closest level first; the table has the numbers.",
            axis="probability, in factors of ten",
        ),
        legend=(("circle", "m: two records of one person"), ("diamond", "u: two strangers")),
        table=Table(
            f"m and u of {name}, closest level first",
            ("Level", "m", "u", "Bits"),
            tuple((level.label, *_told(level)) for level in levels),
        ),
    )


def _told(level: Level) -> tuple[str, ...]:
    return chance(level.m), chance(level.u), bits(weight(level.m, level.u))


def _mark(kind: str, probability: float, lane: int) -> Mark:
    at = _factor(probability)
    return Mark(kind, at, at, at=at, lane=lane)


def _factor(probability: float) -> float:
    return math.log10(max(probability, LEAST))


def _scale(model: Model) -> Scale:
    found = [_factor(p) for c in model.comparisons for level in c.levels for p in (level.m, level.u)]
    low = math.floor(min([-1.0, *found]))
    step = 2 if low < -5 else 1  # words at every mark would touch one another on a narrow page
    return Scale(float(low), 0.0, tuple((float(at), _tick(at)) for at in sorted(range(0, low - 1, -step))))


def _tick(power: int) -> str:
    return f"{10.0 ** (power + 2):g}%" if power >= -3 else f"1e{power}"
