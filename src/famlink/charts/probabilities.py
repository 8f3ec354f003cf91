"""Sections of an evaluation about match probabilities: thresholds, verdicts, calibration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from famlink.charts import lines, rows
from famlink.charts.curves import LEAST, MOST
from famlink.charts.document import Part, Section, Table
from famlink.charts.lines import Axes, Dot, Line
from famlink.charts.rows import Mark, Row
from famlink.charts.scales import Scale, high_scale
from famlink.charts.words import counted, percent, span
from famlink.odds import weight_of_probability

Numbers = Mapping[str, Any]

QUARTERS = tuple((v / 4, f"{25 * v}%") for v in range(5))
MARKS = ((LEAST, "1%"), (0.1, "10%"), (0.5, "50%"), (0.9, "90%"), (0.99, "99%"), (0.999, "99.9%"), (MOST, "99.99%"))
VERDICTS = {
    "match": "match: put in one person",
    "review": "review: a person is asked",
    "distinct": "distinct: kept apart",
}


def probability_sections(result: Numbers, curves: Numbers) -> list[Section]:
    """The sections the curves allow.

    Args:
        result: of an evaluation.
        curves: from :func:`famlink.charts.curves.curves`, or empty.

    Returns:
        sections in order; none without curves.

    Example:
        >>> probability_sections({}, {})
        []
    """
    made = []
    if curves.get("precision_recall"):
        made.append(_thresholds(result, curves))
    if any(row["pairs"] for row in curves.get("verdicts", ())):
        made.append(_verdicts(curves))
    if curves.get("calibration", {}).get("bins"):
        made.append(_calibration(curves["calibration"]))
    return made


def _thresholds(result: Numbers, curves: Numbers) -> Section:
    sweep = curves["sweep"]
    across = Scale(
        weight_of_probability(MARKS[0][0]),
        weight_of_probability(MARKS[-1][0]),
        tuple((weight_of_probability(value), words) for value, words in MARKS),
    )
    table = Table(
        "If every pair at or above the threshold were joined",
        ("Threshold", "Pairs", "Wrong", "Missed", "Precision", "Recall"),
        tuple(
            (percent(row["threshold"]), f"{row['pairs']:,}", f"{row['wrong']:,}", f"{row['missed']:,}",
             percent(row["precision"], places=2), percent(row["recall"], places=2))
            for row in curves["thresholds"]
        ),
    )  # fmt: skip
    by_threshold = Part(
        heading="By threshold",
        words=(
            (
                "A lower threshold finds more true pairs and joins more wrong ones. The threshold is a match probability, on "
                "an axis of odds: every step to the right asks for so many times more evidence."
            ),
        ),
        drawing=lines.plot(
            [
                Line("first", tuple((row["weight"], row["precision"]) for row in sweep)),
                Line("second", tuple((row["weight"], row["recall"]) for row in sweep)),
            ],
            [],
            axes=Axes(
                across,
                Scale(0.0, 1.0, QUARTERS),
                "threshold: match probability",
                "share",
                tuple(
                    (row["weight"], row["name"]) for row in curves["marked"] if across.low < row["weight"] < across.high
                ),
            ),
            key="plot-thresholds",
            title="Precision and recall by threshold",
            description="Two lines over the match probability from which pairs are joined; the table has the numbers.",
        ),
        legend=(("first", "precision"), ("second", "recall")),
        table=table,
    )
    words = (
        (
            "Here pairs are judged two at a time. The run itself does more: it makes whole people of them, keeps apart what "
            "constraints and judgements keep apart, and may join two records through a third. Its own result is the ring."
        ),
    )
    return Section("thresholds", "Precision and recall by threshold", words, (by_threshold, _trade(result, curves)))


def _trade(result: Numbers, curves: Numbers) -> Part:
    points = curves["precision_recall"]
    marked = curves["marked"]
    own = result.get("pairs")
    seen = [p for p in points if p["threshold"] <= MOST] or points
    recalls = [min(p["recall"] for p in seen), max(p["recall"] for p in seen)]
    precisions = [p["precision"] for p in seen]
    if own:
        recalls.append(own["recall"])
        precisions.append(own["precision"])
    across, up = high_scale(min(recalls)), high_scale(min(precisions))
    dots = [Dot("circle", row["recall"], row["precision"]) for row in marked]
    legend = [("first", f"thresholds from {MARKS[0][1]} to {MARKS[-1][1]}")]
    if marked:
        legend.append(("circle", "the run's thresholds"))
    if own:
        dots.append(Dot("ring", own["recall"], own["precision"]))
        legend.append(("ring", "the run itself"))
    told = [
        (
            f"threshold of {row['name']}, {percent(row['threshold'])}",
            percent(row["recall"], places=2),
            percent(row["precision"], places=2),
        )
        for row in marked
    ]
    if own:
        told.append(("the run itself", percent(own["recall"], places=2), percent(own["precision"], places=2)))
    return Part(
        heading="Precision against recall",
        words=(f"The axes start at {percent(across.low, places=0)} and {percent(up.low, places=0)}, not at nothing.",),
        drawing=lines.plot(
            [Line("first", tuple((p["recall"], p["precision"]) for p in seen))],
            dots,
            axes=Axes(across, up, "recall", "precision"),
            key="plot-trade",
            title="Precision against recall",
            description="A line through every threshold, and the run itself; the table has the marked points.",
        ),
        legend=tuple(legend),
        table=Table("Marked points", ("Point", "Recall", "Precision"), tuple(told)) if told else None,
    )


def _verdicts(curves: Numbers) -> Section:
    told = [row for row in curves["verdicts"] if row["pairs"]]
    review = next((row for row in told if row["verdict"] == "review"), None)
    drawn = [
        Row(
            VERDICTS[row["verdict"]],
            counted(row["pairs"], "pair"),
            (
                Mark("good", 0.0, row["true"] / row["pairs"]),
                Mark("bad", row["true"] / row["pairs"], 1.0),
            ),
        )
        for row in told
    ]
    words = []
    if review:
        words.append(
            f"Staff are asked about {counted(review['pairs'], 'pair')}; {review['true']:,} of them "
            f"({percent(review['true'] / review['pairs'])}) truly are one person."
        )
    words.append("Kept pairs only: those with a match probability of 1% or more, and those inside a person.")
    part = Part(
        drawing=rows.plot(
            drawn,
            scale=Scale(0.0, 1.0, QUARTERS),
            key="plot-verdicts",
            title="What each verdict holds in truth",
            description="A bar a verdict, divided into pairs of one person and of two; the table has the numbers.",
            axis="share of the verdict's pairs",
        ),
        legend=(("good", "one person in truth"), ("bad", "two people in truth")),
        table=Table(
            "Verdicts",
            ("Verdict", "Pairs", "One person", "Two people"),
            tuple((row["verdict"], f"{row['pairs']:,}", f"{row['true']:,}", f"{row['wrong']:,}") for row in told),
        ),
    )
    return Section("verdicts", "Verdicts", tuple(words), (part,))


def _calibration(told: Numbers) -> Section:
    bins = told["bins"]
    far = [row for row in bins if not row["low"] <= row["said"] <= row["high"]]
    words = [
        (
            "A match probability is honest when, of the pairs given about 90%, about 90% are one person. A dot above the "
            "dotted line: the model is too careful there. Below it: too sure."
        ),
        (
            f"Adding its probabilities up, the model expects {told['expected']:,.0f} true pairs among those it kept; there are "
            f"{told['actual']:,}. In {len(far)} of {counted(len(bins), 'bin')} the said probability lies outside the interval "
            "of the true share."
        ),
        "Intervals are Wilson's, as if pairs were independent; pairs that share a record are not, so they are too narrow.",
    ]
    if told["left_out"]:
        words.append(
            f"{counted(told['left_out'], 'pair')} under 1% are left out: such pairs are kept only where the two records came "
            "to one person, and would mislead."
        )
    part = Part(
        drawing=lines.plot(
            [Line("aside", ((0.0, 0.0), (1.0, 1.0)))],
            [Dot("circle", row["said"], row["true"], row["low"], row["high"]) for row in bins],
            axes=Axes(
                Scale(0.0, 1.0, QUARTERS), Scale(0.0, 1.0, QUARTERS), "match probability, mean of the bin", "share in truth"
            ),
            key="plot-calibration",
            title="Match probability against the truth",
            description="A dot a bin with its interval, and the line on which an honest model stands; numbers in the table.",
        ),
        legend=(("circle", "pairs of one bin, with 95% interval"), ("aside", "said and true agree")),
        table=Table(
            "Bins of match probability",
            ("Bin", "Pairs", "Said", "True", "95% interval"),
            tuple(
                (f"{percent(row['low_edge'])} to {percent(row['high_edge'])}", f"{row['pairs']:,}",
                 percent(row["said"]), percent(row["true"]), span(row["low"], row["high"]))
                for row in bins
            ),
        ),
    )  # fmt: skip
    return Section("calibration", "Are the probabilities honest?", tuple(words), (part,))
