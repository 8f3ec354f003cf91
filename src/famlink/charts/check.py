"""The page of a check: what the extracts hold and what is wrong with them, before anything is linked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from famlink.charts import rows
from famlink.charts.document import Page, Part, Section, Table
from famlink.charts.rows import Mark, Row
from famlink.charts.scales import Scale, share_scale
from famlink.charts.words import counted, percent

Report = Mapping[str, Any]

KINDS = ("people", "relationships", "events")
WHOLE = Scale(0.0, 1.0, tuple((v / 4, f"{25 * v}%") for v in range(5)))


def page(report: Report, *, title: str = "Extracts", synthetic: bool = False) -> Page:
    """Make a check report a page.

    Args:
        report: from the check of the extracts: ``sources``; ``overlaps`` where they are counted; ``warnings`` of the whole hub.
        title: the hub's name.
        synthetic: whether the people are made up.

    Returns:
        the page: counts, names of columns and reasons.

    Example:
        >>> from famlink.charts.document import render
        >>> none = {"rows": 0, "records": 0, "rejected": 0, "named": 0}
        >>> source = {"agency": "gp", "format": "table", "people": none, "relationships": none, "events": none}
        >>> text = render(page({"sources": [{**source, "warnings": ["the file is <empty>"]}]}))
        >>> "the file is &lt;empty&gt;" in text
        True
    """
    sources = report["sources"]
    sections = [_overview(sources, report.get("warnings", ()))]
    sections += [_source(source, place) for place, source in enumerate(sources)]
    overlaps = _overlaps(report.get("overlaps", ()))
    if overlaps is not None:
        sections.append(overlaps)
    rows_read = sum(source[kind]["rows"] for source in sources for kind in KINDS)
    rejected = sum(source[kind]["rejected"] for source in sources for kind in KINDS)
    warnings = len(report.get("warnings", ())) + sum(len(source["warnings"]) for source in sources)
    lead = (
        f"{counted(rows_read, 'row')} of {counted(len(sources), 'source')} read; {counted(rejected, 'row')} cannot be used; "
        f"{counted(warnings, 'warning')}. Nothing was linked."
    )
    return Page(
        kind="Check of extracts", title=title, lead=lead, sections=tuple(sections), synthetic=synthetic, name="check"
    )


def _overview(sources: Sequence[Report], of_the_hub: Sequence[str]) -> Section:
    told, drawn = [], []
    for source in sources:
        for kind in KINDS:
            counts = source[kind]
            if kind != "people" and not counts["rows"]:
                continue
            if counts["rejected"]:
                share = counts["rejected"] / counts["rows"]
                drawn.append(Row(f"{source['agency']}: {kind}", percent(share), (Mark("bad", 0.0, share),)))
            numbers = (f"{counts[key]:,}" for key in ("rows", "records", "rejected"))
            told.append((source["agency"], kind, *numbers, f"{counts['named']:,}" if kind == "people" else ""))
    plot = None
    if drawn:
        plot = rows.plot(
            drawn,
            scale=share_scale(max(mark.end for row in drawn for mark in row.marks)),
            key="plot-rejected",
            title="Rows rejected",
            description="A bar for each table with rejected rows, as a share of its rows; the table has the numbers.",
            axis="share of rows rejected",
        )
    part = Part(
        drawing=plot,
        table=Table(
            "Rows read; named are people whom only words of another row name",
            ("Agency", "Table", "Rows", "Used", "Rejected", "Named"),
            tuple(told),
            texts=2,
        ),
    )
    alarms = [*of_the_hub]
    alarms += [f"{source['agency']}: {warning}" for source in sources for warning in source["warnings"]]
    words = () if drawn else ("No row was rejected.",)
    parts = (part, *(one for one in [_filled(sources)] if one is not None))
    return Section("overview", "What was read", words, parts, tuple(alarms))


def _filled(sources: Sequence[Report]) -> Part | None:
    """Every column of people by source: where two agencies could agree at all."""
    held = [(source["agency"], columns) for source in sources if (columns := source.get("columns"))]
    if len(held) < 2:
        return None
    names = dict.fromkeys(name for _, columns in held for name in columns)
    told = tuple(
        (
            name,
            *(
                percent(columns[name]["filled"] / _rows(columns), places=0) if name in columns else ""
                for _, columns in held
            ),
        )
        for name in names
    )
    return Part(
        heading="Columns side by side",
        words=("Only what two sources both fill can link them. Nothing stands where a source fills none.",),
        table=Table("Share of people's rows filled", ("Column", *(agency for agency, _ in held)), told),
    )


def _rows(columns: Report) -> int:
    """Rows of a people table: the column filled most, which record_id always is."""
    return max(int(counts["filled"]) for counts in columns.values())


def _source(source: Report, place: int) -> Section:
    people = source["people"]
    words = (
        f"Format {source['format']}. {counted(people['records'], 'record')} of people, {people['named']:,} more named only in words.",
    )
    parts = [
        part
        for part in (
            _files(source),
            _completeness(source, place),
            _identifiers(source, place),
            _cleaning(source),
            _rejects(source, place),
        )
        if part is not None
    ]
    return Section(f"source-{place}", source["agency"], words, tuple(parts), tuple(source["warnings"]))


def _files(source: Report) -> Part | None:
    """The files of an export, where the format comes as one."""
    found = source.get("files") or ()
    if not found:
        return None
    told = tuple((item["file"], *(f"{item[key]:,}" for key in ("rows", "rejected", "dateless"))) for item in found)
    return Part(
        heading="Files",
        words=(
            "A row may give a person, ties and several events. One without a date gives no event where events are all it could give.",
        ),
        table=Table(f"Files of {source['agency']}", ("File", "Rows", "Rejected", "Without a date"), told),
    )


def _completeness(source: Report, place: int) -> Part | None:
    columns = source.get("columns") or {}
    if not columns:
        return None
    total = _rows(columns)
    drawn, told = [], []
    for name, counts in columns.items():
        share = counts["filled"] / total
        drawn.append(Row(name, percent(share), (Mark("good", 0.0, share),)))
        told.append((name, f"{counts['filled']:,}", percent(share), f"{counts['distinct']:,}"))
    return Part(
        heading="Completeness",
        words=("A column nobody filled is not listed.",),
        drawing=rows.plot(
            drawn,
            scale=WHOLE,
            key=f"plot-completeness-{place}",
            title=f"Completeness of {source['agency']}",
            description="A bar a column: the share of people's rows in which it is filled; the table has the numbers.",
            axis="share of rows filled",
        ),
        table=Table(
            f"Columns of people, {source['agency']}", ("Column", "Filled", "Share", "Distinct values"), tuple(told)
        ),
    )


def _identifiers(source: Report, place: int) -> Part | None:
    found = source.get("identifiers") or {}
    if not found:
        return None
    drawn, told = [], []
    for name, counts in found.items():
        share = counts["valid"] / counts["given"]
        marks = (Mark("good", 0.0, share), Mark("bad", share, 1.0))
        drawn.append(Row(name, f"{counts['invalid']:,} invalid of {counts['given']:,}", marks))
        told.append((name, *(f"{counts[key]:,}" for key in ("given", "distinct", "valid", "invalid"))))
    return Part(
        heading="Identifiers",
        drawing=rows.plot(
            drawn,
            scale=WHOLE,
            key=f"plot-identifiers-{place}",
            title=f"Identifiers of {source['agency']}",
            description="A bar an identifier, divided into those that pass their check and those that do not.",
            axis="share of those given",
        ),
        legend=(("good", "passes its check"), ("bad", "does not")),
        table=Table(
            f"Identifiers, {source['agency']}", ("Identifier", "Given", "Distinct", "Valid", "Invalid"), tuple(told)
        ),
    )


def _cleaning(source: Report) -> Part | None:
    told = [
        (column, reason, f"{count:,}")
        for column, reasons in (source.get("cleaning") or {}).items()
        for reason, count in reasons.items()
    ]
    if not told:
        return None
    return Part(
        heading="Cleaned",
        words=("Cells set aside or put right before linking; the original is kept beside.",),
        table=Table(f"Cells cleaned, {source['agency']}", ("Column", "Reason", "Cells"), tuple(told), texts=2),
    )


def _rejects(source: Report, place: int) -> Part | None:
    found = source.get("rejects") or ()
    if not found:
        return None
    most = max(item["count"] for item in found)
    drawn = [
        Row(f"{item['table']}: {item['reason']}", f"{item['count']:,}", (Mark("bad", 0.0, item["count"] / most),))
        for item in found
    ]
    told = [
        (item["table"], item["column"] or "", item["reason"], item["level"], f"{item['count']:,}") for item in found
    ]
    return Part(
        heading="Rejected, by reason",
        words=("A rejected row is not used; a rejected cell is left empty and its row is used.",),
        drawing=rows.plot(
            drawn,
            scale=Scale(0.0, 1.0, ((0.0, "0"), (1.0, f"{most:,}"))),
            key=f"plot-rejects-{place}",
            title=f"Rejects of {source['agency']} by reason",
            description="A bar a reason; the table has the numbers.",
            axis="rows or cells",
        ),
        table=Table(
            f"Rejected, {source['agency']}", ("Table", "Column", "Reason", "Level", "Count"), tuple(told), texts=4
        ),
    )


def _overlaps(found: Sequence[Report]) -> Section | None:
    if not found:
        return None
    table = Table(
        "Values of one identifier that two agencies both hold",
        ("Left", "Right", "Identifier", "Values"),
        tuple((item["left"], item["right"], item["identifier"], f"{item['shared']:,}") for item in found),
        texts=3,
    )
    words = ("What exact agreement of identifiers alone could find. Two agencies that are not listed share none.",)
    return Section("overlaps", "Identifiers shared between agencies", words, (Part(table=table),))
