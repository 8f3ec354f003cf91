"""The page of one pair: its match weight built up from the prior, one piece of evidence after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from famlink.charts import rows
from famlink.charts.document import Page, Part, Section, Table
from famlink.charts.rows import Mark, Row
from famlink.charts.scales import bit_scale
from famlink.charts.words import bits, counted, percent
from famlink.odds import probability_of_weight, weight_of_probability

Told = Mapping[str, Any]

SAID = {
    "match": "The run put the two records in one person.",
    "review": "The run asks a person to judge the pair.",
    "distinct": "The run keeps the two records apart.",
}


def page(
    told: Told,
    *,
    thresholds: Mapping[str, float] | None = None,
    facts: Iterable[tuple[str, str]] = (),
    synthetic: bool = False,
) -> Page:
    """Make an explanation of one pair a page.

    Args:
        told: ``left``, ``right``, ``verdict``, ``match_weight``, ``match_probability`` and ``bars`` (``field``, ``origin``,
            ``bits``, ``sentence``), whose bits sum to the weight.
        thresholds: name and match probability of the run's thresholds, to be marked.
        facts: name and value of the run.
        synthetic: whether the people are made up.

    Returns:
        the page. It says what the explanation says: ids of the two records, and which fields agree, not their values.

    Example:
        >>> from famlink.charts.document import render
        >>> bars = [{"field": "prior", "origin": "prior", "bits": -9.0, "sentence": "one in 512"},
        ...         {"field": "nhs_number", "origin": "person", "bits": 20.0, "sentence": "numbers agree"}]
        >>> text = render(page({"left": "gp:1", "right": "csc:2", "verdict": "match", "match_weight": 11.0,
        ...                     "match_probability": 0.9995, "bars": bars}))
        >>> "numbers agree" in text, "+11.0" in text
        (True, True)
    """
    bars = told["bars"]
    decided = [bar["sentence"] for bar in bars if bar["field"] == "decision"]
    weighed = [bar for bar in bars if bar["field"] != "decision"]
    silent = sum(1 for bar in weighed if not bar["bits"])
    probability = percent(told["match_probability"], places=2)
    words = (
        (
            "Each bar starts where the one before it ended: to the right, evidence for one person; to the left, evidence "
            "against. A bit doubles the odds."
            + (f" {counted(silent, 'line')} of the table without weight {'is' if silent == 1 else 'are'} not drawn." if silent else "")
        ),
    )  # fmt: skip
    section = Section(
        "waterfall",
        "How the weight adds up",
        words,
        (_part(weighed, told, thresholds or {}),),
        tuple(f"Decided otherwise than by weight: {sentence}." for sentence in decided),
    )
    lead = f"{SAID[told['verdict']]} Match weight {bits(told['match_weight'])} bits, match probability {probability}."
    return Page(
        kind="Explanation of one pair",
        title=f"{told['left']} and {told['right']}",
        lead=lead,
        sections=(section,),
        facts=tuple(facts),
        synthetic=synthetic,
        name="pair",
        footer="This page names two records by their ids and says on which fields they agree. Handle it as the records.",
    )


def incident_page(told: Told, *, facts: Iterable[tuple[str, str]] = (), synthetic: bool = False) -> Page:
    """Make an explanation of two events a page.

    Args:
        told: ``left``, ``right``, ``verdict``, ``sentence``, ``match_weight``, ``match_probability`` and ``bars``
            (``field``, ``bits``, ``sentence``); the bars but ``rivals`` and ``copy`` sum to the weight. Without bars the two
            were not compared.
        facts: name and value of the run.
        synthetic: whether the people are made up.

    Returns:
        the page. It names two events by their ids and says what agrees, not the words of the accounts.

    Example:
        >>> from famlink.charts.document import render
        >>> bars = [{"field": "prior", "bits": 1.0, "sentence": "two events within a week about one family"},
        ...         {"field": "days", "bits": 6.9, "sentence": "the same day"}]
        >>> text = render(incident_page({"left": "gp:1", "right": "police:2", "verdict": "same event", "sentence": "Grouped.",
        ...                              "match_weight": 7.9, "match_probability": 0.9958, "bars": bars}))
        >>> "the same day" in text, "evidence for one happening" in text
        (True, True)
    """
    after = [bar for bar in told["bars"] if bar["field"] in ("rivals", "copy")]
    weighed = [{**bar, "origin": "events"} for bar in told["bars"] if bar["field"] not in ("rivals", "copy")]
    words = (
        "Each bar starts where the one before it ended: to the right, evidence for one happening; to the left, evidence "
        "against. A bit doubles the odds."
        if weighed
        else "No weight: the two were not compared."
    )
    section = Section(
        "waterfall",
        "How the weight adds up",
        (words,),
        (_part(weighed, told, {}, one="one happening"),) if weighed else (),
        tuple(f"After the weight: {bar['sentence']} ({bits(bar['bits'])} bits)." for bar in after),
    )
    weight = f" Match weight {bits(told['match_weight'])} bits." if weighed else ""
    return Page(
        kind="Explanation of two events",
        title=f"{told['left']} and {told['right']}",
        lead=f"{told['verdict'][:1].upper()}{told['verdict'][1:]}. {told['sentence']}{weight}",
        sections=(section,),
        facts=tuple(facts),
        synthetic=synthetic,
        name="events",
        footer="This page names two events by their ids and says what agrees in them. Handle it as the records.",
    )


def _part(weighed: Sequence[Told], told: Told, thresholds: Mapping[str, float], *, one: str = "one person") -> Part:
    drawn, lines, so_far = [], [], 0.0
    for bar in weighed:
        before, so_far = so_far, so_far + bar["bits"]
        name = bar["field"].replace("_", " ")
        if bar["bits"]:
            kind = "good" if bar["bits"] > 0 else "bad"
            label = name if bar["field"] in ("prior", "kin", "limit") else f"{name}: {bar['sentence']}"
            drawn.append(Row(label, bits(bar["bits"]), (Mark(kind, before, so_far),)))
        lines.append((name, bar["sentence"], bar["origin"], bits(bar["bits"]), bits(so_far), _chance(so_far)))
    whole = told["match_weight"]
    drawn.append(Row("match weight", bits(whole), (Mark("wait", 0.0, whole),)))
    lines.append(("match weight", "", "", "", bits(whole), _chance(whole)))
    ends = [0.0, *(mark.end for row in drawn for mark in row.marks)]
    marked = sorted((weight_of_probability(value), f"{name}, {100 * value:g}%") for name, value in thresholds.items())
    return Part(
        drawing=rows.plot(
            drawn,
            scale=bit_scale(min(ends), max([*ends, *(at for at, _ in marked)])),
            key="plot-waterfall",
            title="How the match weight adds up",
            description="A bar for each piece of evidence, starting where the last ended, and the sum; the table has the "
            "numbers.",
            axis="match weight, in bits",
            uprights=marked,
        ),
        legend=(("good", f"evidence for {one}"), ("bad", "evidence against"), ("wait", "the sum")),
        table=Table(
            "Every piece of evidence, in the order it is added",
            ("Evidence", "In words", "Origin", "Bits", "So far", "Probability so far"),
            tuple(lines),
            texts=3,
        ),
        wide=True,
    )


def _chance(weight: float) -> str:
    return percent(probability_of_weight(weight), places=2)
