"""The page of an evaluation: how right a run is, and, said as plainly, where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from famlink.charts import rows
from famlink.charts.document import Page, Part, Section, Table
from famlink.charts.probabilities import probability_sections
from famlink.charts.rows import Mark, Row
from famlink.charts.scales import Scale, high_scale, share_scale
from famlink.charts.words import counted, percent, span

Numbers = Mapping[str, Any]

BY = {
    "agency": ("By agency", {}),
    "age": ("By age", {}),
    "culture": ("By culture of the name", {}),
    "mover": ("By moving house", {"yes": "moved twice in five years", "no": "others"}),
    "twin": ("By multiple birth", {"yes": "twins and triplets", "no": "others"}),
}
"""Heading of each grouping, and the words of its groups where the truth has a code."""

MIXES = (
    ("relatives", "two or more people of one family"),
    ("siblings", "siblings (twins too)"),
    ("twins", "twins"),
    ("parent_child", "parent and child"),
    ("strangers", "people of different families"),
)


def page(result: Numbers, curves: Numbers) -> Page:
    """Make an evaluation a page.

    Args:
        result: from the evaluation of linkage: records, pairs, b3, mixes_relatives, groups, and what else it has.
        curves: from :func:`famlink.charts.curves.curves`, and, where they are known, ``groups`` (from
            :func:`famlink.charts.groups.group_intervals`), ``facts`` (name and value of what was scored), ``synthetic``.
            May be empty.

    Returns:
        the page.

    Example:
        >>> from famlink.charts.document import render
        >>> three = {"precision": 1.0, "recall": 0.5, "f1": 0.666667}
        >>> text = render(page({"records": 4, "pairs": three, "b3": three, "mixes_relatives": 0, "groups": []}, {}))
        >>> "Half" in text, "<script" in text, "50.0%" in text
        (False, False, True)
    """
    sections = [
        _headline(result, curves),
        _lost(result),
        _mixed(result),
        *probability_sections(result, curves),
        _groups(result, curves),
        _relations(result),
        _incidents(result),
    ]
    lead = (
        f"{counted(result['records'], 'record')} whose true person is known, scored against that truth. Every figure of "
        "success stands beside what was lost."
    )
    return Page(
        kind="Evaluation",
        title="How right is this run?",
        lead=lead,
        sections=tuple(section for section in sections if section is not None),
        facts=tuple((str(name), str(value)) for name, value in curves.get("facts", ())),
        synthetic=bool(curves.get("synthetic")),
        name="evaluation",
    )


def _headline(result: Numbers, curves: Numbers) -> Section:
    spans = result.get("intervals") or {}
    measures = (
        ("pairs", "precision", "Pairs: precision"),
        ("pairs", "recall", "Pairs: recall"),
        ("pairs", "f1", "Pairs: F1"),
        ("b3", "precision", "B-cubed: precision"),
        ("b3", "recall", "B-cubed: recall"),
        ("b3", "f1", "B-cubed: F1"),
    )
    drawn, told, lowest = [], [], 1.0
    for kind, name, label in measures:
        value = float(result[kind][name])
        low, high = spans.get(kind, {}).get(name, (value, value))
        lowest = min(lowest, low)
        drawn.append(Row(label, percent(value), (Mark("circle", low, high, at=value),)))
        told.append((label, percent(value, places=2), span(low, high, places=2) if spans else "not known"))
    scale = high_scale(lowest)
    part = Part(
        drawing=rows.plot(
            drawn,
            scale=scale,
            key="plot-headline",
            title="Precision, recall and F1",
            description="Dots with 95% intervals, of pairs and B-cubed; the table has the numbers.",
            axis=f"share; the axis starts at {percent(scale.low, places=0)}",
        ),
        legend=(("circle", "score, with its 95% interval"),) if spans else (("circle", "score"),),
        table=Table("Scores over all records", ("Score", "Value", "95% interval"), tuple(told)),
    )
    words = [
        (
            "Precision: of the pairs of records put together, the share that truly are one person. Recall: of the pairs that "
            "truly are one person, the share put together. F1 is their harmonic mean. B-cubed asks the same of each record, "
            "and takes the average: a large cluster cannot outweigh the rest."
        ),
    ]
    if spans:
        words.append(
            "Intervals come from drawing families again, for the records of a family are right or wrong together. Where "
            "no error was seen the interval has no width: that is not proof that there can be none."
        )
    return Section("headline", "The figures", (*_sentences(result, curves), *words), (part,), _alarms(result))


def _sentences(result: Numbers, curves: Numbers) -> list[str]:
    made = []
    people = result.get("people")
    if people:
        made.append(f"The records are of {people['true']:,} people; the run made {people['found']:,} people of them.")
    lost = result.get("lost")
    matches = next((row for row in curves.get("verdicts", ()) if row["verdict"] == "match"), None)
    if lost:
        missed = lost["true_pairs"] - lost["found"]
        made.append(
            f"Of {counted(lost['true_pairs'], 'true pair')}, {missed:,} were missed "
            f"({percent(missed / lost['true_pairs'] if lost['true_pairs'] else 0.0)}); "
            f"{lost['of_which_in_review']:,} of these wait for a person to judge them."
        )
    if matches:
        made.append(
            f"Of {counted(matches['pairs'], 'pair')} put together, {matches['wrong']:,} are wrong "
            f"({percent(matches['wrong'] / matches['pairs'] if matches['pairs'] else 0.0)})."
        )
    return [" ".join(made)] if made else []


def _alarms(result: Numbers) -> tuple[str, ...]:
    made = []
    if result["mixes_relatives"]:
        one = result["mixes_relatives"] == 1
        made.append(
            f"{counted(result['mixes_relatives'], 'cluster')} {'holds' if one else 'hold'} two or more people of one "
            "family: the error this work can least afford."
        )
    strangers = result.get("mixes", {}).get("strangers", 0)
    if strangers:
        made.append(
            f"{counted(strangers, 'cluster')} {'holds' if strangers == 1 else 'hold'} people of different families."
        )
    if result.get("without_truth"):
        made.append(f"{counted(result['without_truth'], 'record')} of the run are not in the truth and are not scored.")
    return tuple(made)


def _lost(result: Numbers) -> Section | None:
    lost = result.get("lost")
    if not lost or not lost["true_pairs"]:
        return None
    whole = lost["true_pairs"]
    in_review = lost["of_which_in_review"]
    named = (
        ("good", "found", lost["found"]),
        ("wait", "lost at scoring, in review", in_review),
        ("bad", "lost at scoring, called distinct", lost["at_scoring"] - in_review),
        ("bad", "lost before scoring", lost["before_scoring"]),
    )
    losses = [(kind, name, count) for kind, name, count in named if kind != "good"]
    largest = max(count for _, _, count in losses) / whole
    part = Part(
        drawing=rows.plot(
            [Row(name, f"{count:,}", (Mark(kind, 0.0, count / whole),)) for kind, name, count in losses],
            scale=share_scale(largest),
            key="plot-lost",
            title="True pairs lost",
            description="A bar for each place where true pairs were lost; the table has the numbers.",
            axis="share of all true pairs",
        ),
        table=Table(
            "Every true pair, by what became of it",
            ("What became of it", "Pairs", "Share"),
            (*((name, f"{count:,}", percent(count / whole, places=2)) for _, name, count in named),
             ("all true pairs", f"{whole:,}", percent(1.0))),
        ),
    )  # fmt: skip
    words = (
        (
            "Lost before scoring: no blocking rule brought the two records together, or their match probability was under "
            "1%, where pairs are not kept. Better scoring cannot win back the first kind; another blocking rule, or better "
            "dates and names in the extracts, can. Lost at scoring: compared, and not put in one person. Those in review "
            "are shown to staff; those called distinct are not."
        ),
    )
    return Section("lost", "Where true pairs were lost", words, (part,))


def _mixed(result: Numbers) -> Section | None:
    mixes = result.get("mixes")
    if not mixes:
        return None
    known = [(name, words) for name, words in MIXES if name in mixes]
    clusters = result.get("people", {}).get("found", 0)
    most = max(1, *(mixes[name] for name, _ in known))
    part = Part(
        drawing=rows.plot(
            [Row(words, f"{mixes[name]:,}", (Mark("bad", 0.0, float(mixes[name])),)) for name, words in known],
            scale=_count_scale(most),
            key="plot-mixes",
            title="Clusters that mix people, by kind",
            description="A bar for each kind of mixture; the table has the numbers.",
            axis="clusters",
        ),
        table=Table(
            f"Mixed clusters, of {clusters:,}",
            ("Holds", "Clusters", "Of all clusters"),
            tuple((words, f"{mixes[name]:,}", percent(mixes[name] / clusters, places=2) if clusters else "not known")
                  for name, words in known),
        ),
    )  # fmt: skip
    words = (
        (
            "A cluster mixes people when records of two or more true people stand in it. One cluster may be of several kinds "
            "and is counted in each."
        ),
    )
    return Section("mixes", "People mixed up", words, (part,))


def _count_scale(most: int) -> Scale:
    from famlink.charts.scales import step_of, ticks_of

    step = max(1.0, step_of(float(most)))
    high = step * -(-most // step)
    return Scale(0.0, high, tuple((v, f"{v:,.0f}") for v in ticks_of(0.0, high) if v == round(v)))


def _groups(result: Numbers, curves: Numbers) -> Section | None:
    groups = result["groups"]
    if not groups:
        return None
    spans = {(row["by"], row["group"]): row for row in curves.get("groups", ())}
    kinds = dict.fromkeys(group["by"] for group in groups)
    parts = [_group_part(by, [group for group in groups if group["by"] == by], spans) for by in kinds]
    words = (
        (
            "Each group is scored over the pairs with at least one record in it. Missed is 1 less recall; wrong is 1 less "
            "precision: shorter is better. A small group tells little: look at its interval and its records before "
            "comparing. An interval without width says that no error was seen in it, not that there can be none. "
            "Each plot has its own axis."
        ),
    )
    return Section("groups", "Who it fails more often", words, tuple(parts))


def _group_part(by: str, groups: Sequence[Numbers], spans: Mapping[tuple[str, str], Numbers]) -> Part:
    heading, codes = BY.get(by, (f"By {by}", {}))
    drawn, told, largest = [], [], 0.0
    for group in groups:
        name = codes.get(group["group"], str(group["group"]).replace("_", " "))
        missed, wrong = 1.0 - group["pairs"]["recall"], 1.0 - group["pairs"]["precision"]
        known = spans.get((by, group["group"]))
        missed_low, missed_high = _turned(known, "recall", missed)
        wrong_low, wrong_high = _turned(known, "precision", wrong)
        largest = max(largest, missed_high, wrong_high)
        marks = (
            Mark("circle", missed_low, missed_high, at=missed),
            Mark("diamond", wrong_low, wrong_high, at=wrong, lane=1),
        )
        drawn.append(Row(name, f"{group['records']:,} records", marks))
        told.append(
            (
                name,
                f"{group['records']:,}",
                percent(missed),
                span(missed_low, missed_high) if known else "not known",
                percent(wrong),
                span(wrong_low, wrong_high) if known else "not known",
                percent(group["b3"]["f1"]),
            )
        )
    return Part(
        heading=heading,
        drawing=rows.plot(
            drawn,
            scale=share_scale(largest),
            key=f"plot-by-{by}",
            title=f"Pairs missed and wrong, {heading[0].lower()}{heading[1:]}",
            description="Two dots a group, with 95% intervals; the table has the numbers.",
            axis="share of pairs",
        ),
        legend=(("circle", "missed"), ("diamond", "wrong")),
        table=Table(
            heading, ("Group", "Records", "Missed", "95% interval", "Wrong", "95% interval", "B-cubed F1"), tuple(told)
        ),
    )


def _turned(known: Numbers | None, name: str, value: float) -> tuple[float, float]:
    """The interval of a loss, from that of the score it is lost from."""
    if known is None:
        return value, value
    low, high = known[f"{name}_interval"]
    return 1.0 - high, 1.0 - low


def _relations(result: Numbers) -> Section | None:
    told = result.get("relations")
    if not told:
        return None
    alarms = []
    if told.get("missing_stated"):
        count = told["missing_stated"]
        alarms.append(f"{count:,} of the missing relations {'was' if count == 1 else 'were'} stated by an agency.")
    kinds = [row for row in told.get("kinds", ()) if row["right"] + row["wrong"] + row["missing"]]
    drawn, table = [], []
    for row in kinds:
        right, wrong, missing = row["right"], row["wrong"], row["missing"]
        whole = right + wrong + missing
        marks = (
            Mark("good", 0.0, right / whole),
            Mark("bad", right / whole, (right + wrong) / whole),
            Mark("wait", (right + wrong) / whole, 1.0),
        )
        drawn.append(Row(row["kind"], f"{whole:,}", marks))
        table.append(
            (row["kind"], f"{right:,}", f"{wrong:,}", f"{missing:,}", percent(row["precision"]), percent(row["recall"]))
        )
    table.append(
        ("all", f"{told['right']:,}", f"{told['wrong']:,}", f"{told['missing']:,}",
         percent(told["precision"]), percent(told["recall"]))
    )  # fmt: skip
    part = Part(
        drawing=rows.plot(
            drawn,
            scale=Scale(0.0, 1.0, tuple((v / 4, f"{25 * v}%") for v in range(5))),
            key="plot-relations",
            title="Relations right, wrong and missing, by kind",
            description="A bar a kind, divided in three; the table has the numbers.",
            axis="share of relations told or true",
        )
        if drawn
        else None,
        legend=(("good", "right"), ("bad", "wrong"), ("wait", "missing")),
        table=Table("Relations", ("Kind", "Right", "Wrong", "Missing", "Precision", "Recall"), tuple(table)),
    )
    words = (
        (
            "A relation is right when the truth has it between the same two people, and counted in both directions. Missing "
            "are those between people the run has records of; of many, no agency ever said anything."
        ),
    )
    return Section("relations", "Relations", words, (part,), tuple(alarms))


def _incidents(result: Numbers) -> Section | None:
    told = result.get("incidents")
    if not told:
        return None
    table = [
        (label, *(percent(told[key][name], places=2) for name in ("precision", "recall", "f1")))
        for key, label in (("pairs", "pairs of events"), ("b3", "B-cubed"))
    ]
    again = told.get("repetitions")
    merged = (
        f" Of {counted(again['told'], 'repetition')} told beside what they repeat, {again['merged']:,} "
        f"({percent(again['share'], places=2)}) were merged with it."
        if again
        else ""
    )
    words = (
        (
            f"{counted(told['events'], 'event')} of {counted(told['true_incidents'], 'true incident')}; the run found "
            f"{told['found_incidents']:,}. Missed pairs leave one incident told twice as if it were two; wrong pairs hide "
            f"that there were two.{merged}"
        ),
    )
    return Section(
        "incidents",
        "Incidents",
        words,
        (
            Part(
                table=Table("Events put together as one incident", ("Score", "Precision", "Recall", "F1"), tuple(table))
            ),
        ),
    )
