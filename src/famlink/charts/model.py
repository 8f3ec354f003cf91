"""The page of a model: what each comparison level is worth, and the probabilities behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from famlink.charts import rows
from famlink.charts.chances import LEAST, chances_section, level_weight, weight
from famlink.charts.document import Page, Part, Section, Table
from famlink.charts.patterns import patterns_section
from famlink.charts.rows import Mark, Row
from famlink.charts.scales import Scale, bit_scale
from famlink.charts.spread import spread_section
from famlink.charts.words import bits, chance, counted, listed, one_in
from famlink.linkage.model import KIN, Comparison, Level, Model
from famlink.odds import weight_of_probability

SHOWN = ("sibling", "twin")
"""Kin classes drawn beside the bar of strangers; every class is in the table."""

ORIGINS = {
    "person": "evidence of the person alone",
    "family": "shared in families and households: weak between relatives",
}


def page(
    model: Model,
    *,
    patterns: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    facts: Iterable[tuple[str, str]] = (),
    synthetic: bool = False,
) -> Page:
    """Make a model a page.

    Args:
        model: trained.
        patterns: of a run's pairs, as :func:`famlink.charts.patterns.patterns_section` takes them, and ``bins`` of their
            weights as :func:`famlink.charts.spread.spread_section` does.
        warnings: what its numbers rest on too little for: a sentence each.
        facts: name and value of what it was trained on.
        synthetic: whether that was made up.

    Returns:
        the page. Frequencies of values are told as counts alone.

    Example:
        >>> from famlink.charts.document import render
        >>> from famlink.linkage.model import Feature, Rule, Stratum, Term
        >>> same = Level("sexes agree", ((Term(0, (1,)),),), m=0.99, u=0.5)
        >>> sex = Comparison("sex", "person", (Feature("equal", "sex", "sex"),), (), (Level("sexes differ", m=0.01), same))
        >>> text = render(page(Model((sex,), (Rule(("surname",)),), Stratum(0.001))))
        >>> "sexes agree" in text, "+1.0" in text
        (True, True)
    """
    scale = _scale(model)
    sections = [_overview(model), _weights(model, scale), chances_section(model, warnings=warnings)]
    if patterns is not None and patterns["rows"]:
        sections.append(patterns_section(model, patterns))
        sections.append(spread_section(patterns["bins"], review=model.review, match=model.match))
    return Page(
        kind="Model",
        title="What counts, and how much",
        lead="Match weights in bits: each bit up doubles the odds that two records are one person, each bit down "
        "halves them. A pair's weight is its prior plus the weights of its levels.",
        sections=(*sections, _priors(model), _rules(model)),
        facts=tuple(facts),
        synthetic=synthetic,
        name="model",
    )


def _scale(model: Model) -> Scale:
    found = [level_weight(level) for c in model.comparisons for level in c.levels] or [0.0]
    found += [end for some in model.intervals.values() for one in some for end in one.weight]
    found += [weight(level.m, kin) for c in model.comparisons for level in c.levels for kin in level.k]
    return bit_scale(min(found), max(found))


def _overview(model: Model) -> Section:
    drawn, told = [], []
    for comparison in model.comparisons:
        found = [level_weight(level) for level in comparison.levels]
        low, high = min(found), max(found)
        marks = (Mark("bad", min(low, 0.0), 0.0), Mark("good", 0.0, max(high, 0.0)))
        drawn.append(Row(_named(comparison.name), f"{bits(low)} to {bits(high)}", marks))
        told.append((_named(comparison.name), comparison.origin, bits(low), bits(high), str(len(comparison.levels))))
    scale = bit_scale(
        min([0.0, *(mark.start for row in drawn for mark in row.marks)]),
        max([0.0, *(mark.end for row in drawn for mark in row.marks)]),
    )
    part = Part(
        drawing=rows.plot(
            drawn,
            scale=scale,
            key="plot-overview",
            title="What each comparison can say",
            description="A bar a comparison, from its strongest evidence against to its strongest evidence for, in bits.",
            axis="match weight against strangers, in bits",
        ),
        legend=(("good", "evidence for one person"), ("bad", "evidence against")),
        table=Table(
            "Reach of each comparison", ("Comparison", "Origin", "Least", "Most", "Levels"), tuple(told), texts=2
        ),
    )
    review, match = (
        f"{100 * value:g}% ({bits(weight_of_probability(value))} bits)" for value in (model.review, model.match)
    )
    words = (
        f"Two records may be put together from a match probability of {match}, and are put up for review from {review}.",
    )
    return Section("overview", "What each comparison can say", words, (part,) if drawn else ())


def _weights(model: Model, scale: Scale) -> Section:
    least = min((level.least for comparison in model.comparisons for level in comparison.levels), default=LEAST)
    words = (
        (
            "m is the probability of a level for two records of one person, u for two strangers; the other columns for two "
            "relatives. The bar is the weight against strangers, log2 of m over u. The circle and the diamond are the weight "
            "if the alternative is a sibling or a twin: where they fall near nothing, the level cannot tell the two apart."
        ),
        (
            f"No probability is taken to be less than {chance(least)}; below that it is printed as estimated, but weighs no more. "
            "Missing values say nothing, and have no level. 8e-6 is 0.000008."
        ),
    )
    parts = tuple(_comparison(comparison, model, scale) for comparison in model.comparisons)
    return Section("weights", "Match weights by comparison level", words, parts)


def _comparison(comparison: Comparison, model: Model, scale: Scale) -> Part:
    levels = list(reversed(comparison.levels))
    known = model.intervals.get(comparison.name)
    sure = [None] * len(levels) if known is None else [one.weight for one in reversed(known)]
    drawn = [_level_row(level, one) for level, one in zip(levels, sure, strict=True)]
    told = [
        (
            level.label,
            chance(level.m),
            chance(level.u),
            *(chance(kin) for kin in _kin(level)),
            bits(level_weight(level)),
        )
        for level in levels
    ]
    key = f"plot-weights-{1 + model.comparisons.index(comparison):02}-{comparison.name}"
    has_kin = any(level.k for level in levels)
    legend = [("good", "one person rather than strangers"), ("bad", "strangers rather than one person")]
    if has_kin:
        legend += [("circle", "rather than a sibling"), ("diamond", "rather than a twin")]
    if known is not None:
        legend.append(("span", "95% interval of the bar"))
    return Part(
        heading=_named(comparison.name),
        words=_told(comparison, model),
        drawing=rows.plot(
            drawn,
            scale=scale,
            key=key,
            title=f"Match weights of {_named(comparison.name)}",
            description="A bar a level, in bits, the closest level first; the table has the numbers.",
            axis="match weight, in bits",
        ),
        legend=tuple(legend),
        table=Table(
            f"Levels of {_named(comparison.name)}, closest first",
            ("Level", "m", "u", *KIN, "Bits"),
            tuple(told),
        ),
    )


def _level_row(level: Level, sure: tuple[float, float] | None) -> Row:
    against = level_weight(level)
    marks = [Mark("good" if against > 0 else "bad", 0.0, against)]
    if sure is not None:
        marks.append(Mark("span", *sure, at=against))
    if level.k:
        for name, kind in zip(SHOWN, ("circle", "diamond"), strict=True):
            at = weight(level.m, level.k[KIN.index(name)])
            marks.append(Mark(kind, at, at, at=at, lane=1))
    return Row(level.label, bits(against), tuple(marks))


def _kin(level: Level) -> Sequence[float]:
    return level.k or (level.u,) * len(KIN)


def _named(name: str) -> str:
    return name.replace("_", " ")


def _told(comparison: Comparison, model: Model) -> tuple[str, ...]:
    sentences = [f"Origin: {comparison.origin}, {ORIGINS[comparison.origin]}." if comparison.origin in ORIGINS
                 else f"Origin: {comparison.origin}."]  # fmt: skip
    field = comparison.frequency_field
    if field is not None:
        known = model.frequencies.get(field)
        adjusted = listed([level.label for level in comparison.levels if level.frequency])
        of = f", counted over {known.total:,} records" if known else ""
        sentences.append(
            f"A rare value weighs more and a common one less than its bar where {adjusted}{of}." if adjusted else ""
        )
    return (" ".join(part for part in sentences if part),)


def _priors(model: Model) -> Section:
    strata = [("two agencies", model.across), *((f"within {name}", one) for name, one in sorted(model.within.items()))]
    strata += [(f"within {name}, unborn and born", one) for name, one in sorted(model.births.items())]
    drawn = [
        Row(name, bits(w), (Mark("bad", w, 0.0),)) for name, one in strata for w in [weight_of_probability(one.match)]
    ]
    told = tuple(
        (name, bits(weight_of_probability(one.match)), one_in(one.match), *(one_in(kin) for kin in one.kin))
        for name, one in strata
    )
    part = Part(
        drawing=rows.plot(
            drawn,
            scale=bit_scale(min(mark.start for row in drawn for mark in row.marks), 0.0),
            key="plot-priors",
            title="Priors",
            description="A bar for pairs of two agencies and for pairs inside each agency, in bits.",
            axis="prior weight of one person, in bits",
        ),
        table=Table("Of any two records, how many are", ("Pairs of", "Bits", "one person", *KIN), told),
    )
    words = (
        (
            "Before anything is compared: of all pairs of records, how many are one person, and how many are relatives. Where "
            "an agency holds few duplicates the prior inside it is low, and more evidence is asked. Pairs of an unborn child's "
            "record and a born child's are counted apart: a child awaited is recorded again when it is born."
        ),
    )
    return Section("priors", "Priors", words, (part,))


def _rules(model: Model) -> Section:
    table = Table(
        "Blocking rules, in order",
        ("Records are compared if they agree on", "Teaches m"),
        tuple((rule.name, "yes" if rule.trains else "no") for rule in model.blocking),
        texts=2,
    )
    words = (
        (
            f"{counted(len(model.blocking), 'rule')}. Two records that agree on none are never compared: what these rules miss, "
            "no weight can win back."
        ),
    )
    return Section("rules", "Which pairs are compared", words, (Part(table=table),))
