"""The section of a model about agreement patterns: what pairs agree and differ on together, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from famlink.charts.chances import level_weight
from famlink.charts.document import Part, Section, Table
from famlink.charts.svg import Drawing, element
from famlink.charts.words import bits, counted, listed, percent
from famlink.linkage.model import Comparison, Model

CELL, ROW = 36.0, 24.0
"""Width and height of a cell; a weight such as -12 fits in it."""

LEFT, GAP, NUMBER, BAR = 34.0, 14.0, 76.0, 120.0
VERDICTS = (("match", "good"), ("review", "wait"), ("distinct", "bad"))


def patterns_section(model: Model, patterns: Mapping[str, Any]) -> Section:
    """Draw the commonest agreement patterns of a run's pairs.

    Args:
        model: whose comparisons the patterns are of.
        patterns: ``pairs`` and ``patterns`` (how many in all) and ``rows``: ``levels`` (one a comparison, -1 missing),
            ``pairs``, ``weight``, ``least``, ``most`` (bits), and pairs by verdict: ``match``, ``review``, ``distinct``.

    Returns:
        the section: one grid and its table.

    Example:
        >>> from famlink.linkage.model import Feature, Level, Rule, Stratum, Term
        >>> same = Level("sexes agree", ((Term(0, (1,)),),), m=0.99, u=0.5)
        >>> sex = Comparison("sex", "person", (Feature("equal", "sex", "sex"),), (), (Level("sexes differ", m=0.01), same))
        >>> row = {"levels": [1], "pairs": 7, "weight": 1.0, "least": 1.0, "most": 1.0, "match": 5, "review": 2, "distinct": 0}
        >>> made = patterns_section(
        ...     Model((sex,), (Rule(("surname",)),), Stratum(0.001)), {"pairs": 9, "patterns": 2, "rows": [row]}
        ... )
        >>> made.parts[0].table.rows
        (('1', '+1', '7', '77.8%', '+1.0', '+1.0 to +1.0', '5', '2', '0'),)
    """
    shown = patterns["rows"]
    held = sum(row["pairs"] for row in shown)
    told = [place for place in range(len(model.comparisons)) if any(row["levels"][place] >= 0 for row in shown)]
    comparisons = [model.comparisons[place] for place in told]
    silent = [_named(comparison) for place, comparison in enumerate(model.comparisons) if place not in told]
    shown = [{**row, "levels": [row["levels"][place] for place in told]} for row in shown]
    words = (
        (
            "A pattern is what a pair agrees and differs on, all comparisons together. A cell has the weight of its level "
            "against strangers, in bits; an empty cell: not recorded on both sides. The bar divides the pattern's pairs by "
            "what became of them. A pattern with several verdicts is where frequencies of values, relatives or decisions "
            "tell its pairs apart."
        ),
        (
            f"Of the pairs the run kept (a match probability of 1% or more, or inside a person) "
            f"{counted(patterns['pairs'], 'pair shows', 'pairs show')} {counted(patterns['patterns'], 'pattern')}. "
            f"{'All are' if len(shown) == patterns['patterns'] else f'The {len(shown)} commonest are'} here, the "
            f"heaviest first: {percent(held / patterns['pairs'])} of those pairs."
            + (f" None of them has {listed(silent, last='or')} on both sides." if silent else "")
        ),
    )
    part = Part(
        drawing=_grid(comparisons, shown),
        legend=(
            ("good", "match; in a cell: evidence for one person"),
            ("wait", "review"),
            ("bad", "distinct; in a cell: evidence against"),
        ),
        table=_table(comparisons, shown, patterns["pairs"]),
        wide=True,
    )
    return Section("patterns", "Agreement patterns", words, (part,))


def _table(comparisons: Sequence[Comparison], shown: Sequence[Mapping[str, Any]], pairs: int) -> Table:
    told = []
    for place, row in enumerate(shown, start=1):
        cells = (_cell(comparison, level) for comparison, level in zip(comparisons, row["levels"], strict=True))
        told.append(
            (
                str(place),
                *cells,
                f"{row['pairs']:,}",
                percent(row["pairs"] / pairs),
                bits(row["weight"]),
                f"{bits(row['least'])} to {bits(row['most'])}",
                *(f"{row[verdict]:,}" for verdict, _ in VERDICTS),
            )
        )
    names = (_named(comparison) for comparison in comparisons)
    head = ("Pattern", *names, "Pairs", "Share", "Mean bits", "Least to most", "Match", "Review", "Distinct")
    return Table("Agreement patterns, heaviest first; cells in bits", head, tuple(told))


def _grid(comparisons: Sequence[Comparison], shown: Sequence[Mapping[str, Any]]) -> Drawing:
    from markupsafe import Markup

    across = LEFT + CELL * len(comparisons)
    top = 16 + 7.6 * max((len(_named(comparison)) for comparison in comparisons), default=0)
    body = []
    for place, comparison in enumerate(comparisons):
        x = LEFT + CELL * (place + 0.5) + 4
        body.append(
            element("text", _named(comparison), x=x, y=top - 8, transform=f"rotate(-90 {x:g} {top - 8:g})", class_="label")
        )  # fmt: skip
    ends = across + NUMBER
    heads = (("pairs", ends - 8, "end"), ("verdicts", ends + GAP, "start"))
    body += [element("text", words, x=x, y=top - 8, class_="tick", text_anchor=anchor) for words, x, anchor in heads]
    for number, row in enumerate(shown, start=1):
        y = top + ROW * (number - 1)
        body.append(element("text", str(number), x=LEFT - 8, y=y + 16, class_="tick", text_anchor="end"))
        for place, (comparison, level) in enumerate(zip(comparisons, row["levels"], strict=True)):
            body += _square(comparison, level, LEFT + CELL * place, y)
        body.append(element("text", f"{row['pairs']:,}", x=ends - 8, y=y + 16, class_="note", text_anchor="end"))
        at = ends + GAP
        for verdict, kind in VERDICTS:
            width = BAR * row[verdict] / row["pairs"]
            if width:
                body.append(element("rect", x=at, y=y + 4, width=width, height=ROW - 8, class_=f"bar {kind}"))
            at += width
    return Drawing(
        Markup("").join(body),
        key="plot-patterns",
        title="Agreement patterns",
        description="A row a pattern with a cell a comparison, its pairs, and a bar of their verdicts; the table has the "
        "numbers.",
        width=ends + GAP + BAR + 8,
        height=top + ROW * len(shown) + 4,
    )


def _square(comparison: Comparison, level: int, x: float, y: float) -> list[Any]:
    """One cell: the level's weight on the colour of its side, and its words for who points at it."""
    if level < 0:
        return [element("rect", x=x + 1, y=y + 1, width=CELL - 2, height=ROW - 2, class_="frame")]
    kind = "good" if _weight(comparison, level) >= 0 else "bad"
    told = element("title", comparison.levels[level].label)
    square = element("rect", told, x=x + 1, y=y + 1, width=CELL - 2, height=ROW - 2, class_=f"bar {kind}")
    words = _cell(comparison, level)
    return [square, element("text", words, x=x + CELL / 2, y=y + 16, class_=f"on-{kind}", text_anchor="middle")]


def _weight(comparison: Comparison, level: int) -> float:
    return level_weight(comparison.levels[level])


def _cell(comparison: Comparison, level: int) -> str:
    """A level's weight in whole bits; nothing where a value is missing."""
    if level < 0:
        return ""
    whole = round(_weight(comparison, level))
    return f"{whole:+d}".replace("-", "\N{MINUS SIGN}") if whole else "0"


def _named(comparison: Comparison) -> str:
    return comparison.name.replace("_", " ")
