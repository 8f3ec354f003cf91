"""What an analyst should know about the extracts before they are linked: counts and names of columns, never values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from famlink.extracts.reading import KINDS, Extracts, with_their_columns
from famlink.extracts.values import NO_DATE
from famlink.schema import EXTRA
from famlink.tables import PEOPLE_COLUMNS, PEOPLE_DATES

IDENTIFIERS = ("nhs_number", "upn", "uln", "ni_number", "pnc", "cro")
DEMOTED = "column demoted"
TELLING = ("forename", "surname", "date_of_birth", "postcode", "address", "phone", "email")
"""Columns that should tell people apart."""
FEW = 20
"""Records below which nothing is said of a column's values."""
MOST_SEXES = 15
"""Words and codes for sex or gender that one source may reasonably use."""
_KEY = ["agency", "record_id", "part"]


def check_report(
    extracts: Extracts, standardised_rows: pl.DataFrame, reasons: pl.DataFrame, rejected: pl.DataFrame
) -> dict[str, Any]:
    """Describe each source.

    Args:
        extracts: what was read.
        standardised_rows: the STANDARDISED table of its records.
        reasons: the REASONS table.
        rejected: the REJECTED table of standardisation; what reading rejected is added to it.

    Returns:
        ``{"sources": [...], "overlaps": [...]}``: for each source its counts and warnings, and ``columns`` (filled and
        distinct cells of every column that holds anything), ``cleaning`` (column -> reason -> records),
        ``identifiers`` (given, valid, invalid), ``rejects`` (table, column, reason, level, count); for each two agencies the
        identifiers they share.
    """
    records = extracts.records
    where = records.select(*_KEY, "file", "origin")
    rows = standardised_rows.select(*_KEY, *IDENTIFIERS, *(f"{name}_valid" for name in IDENTIFIERS)).join(
        where, on=_KEY, how="left", maintain_order="left"
    )
    why = reasons.join(where, on=_KEY, how="left", maintain_order="left")
    later = with_their_columns(rejected, extracts).join(
        extracts.rejected, on=extracts.rejected.columns, how="anti", nulls_equal=True
    )
    sources = []
    for summary, files, rejects in zip(extracts.summaries, extracts.files, extracts.rejects, strict=True):
        own = (pl.col("agency") == summary["agency"]) & pl.col("file").is_in(
            [*files["people"], *files["relationships"]]
        )
        told = _cleaning(why.filter(own))
        identifiers = _identifiers(rows.filter(own))
        columns = _columns(records.filter(own))
        sources.append(
            {
                **summary,
                "warnings": [*summary["warnings"], *_demotions(told, identifiers), *_suspicious(columns, told)],
                "columns": columns,
                "cleaning": told,
                "identifiers": identifiers,
                "rejects": _rejects(rejects, later.filter(pl.col("source") == summary["agency"]), files),
            }
        )
    return {"sources": sources, "overlaps": _overlaps(standardised_rows)}


def _columns(records: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Filled and distinct cells of the columns of a people table that hold anything."""
    given = records.filter(pl.col("origin") == "given")
    names = ["record_id", *(name for name in given.columns if name in PEOPLE_COLUMNS and name != "record_id")]
    names += [name for name in given.columns if name.startswith(EXTRA)]
    filled = given.select(pl.col(names).count()).row(0, named=True)
    held = [name for name in names if filled[name]]
    if not held:
        return {}
    distinct = given.select(pl.col(held).drop_nulls().n_unique()).row(0, named=True)
    return {name: {"filled": int(filled[name]), "distinct": int(distinct[name])} for name in held}


def _cleaning(why: pl.DataFrame) -> dict[str, dict[str, int]]:
    counts = why.group_by("column", "reason").len().sort("column", "reason")
    told: dict[str, dict[str, int]] = {}
    for column, reason, count in counts.iter_rows():
        told.setdefault(column, {})[reason] = count
    return told


def _identifiers(rows: pl.DataFrame) -> dict[str, dict[str, int]]:
    found = {}
    for name in IDENTIFIERS:
        given = int(rows[name].count())
        if given:
            valid = int(rows[f"{name}_valid"].sum())
            distinct = int(rows[name].drop_nulls().n_unique())
            found[name] = {"given": given, "distinct": distinct, "valid": valid, "invalid": given - valid}
    return found


def _demotions(told: Mapping[str, Mapping[str, int]], identifiers: Mapping[str, Mapping[str, int]]) -> list[str]:
    return [
        f"{name} behaves unlike an identifier: {identifiers[name]['distinct']} values for "
        f"{identifiers[name]['given']} records; it is demoted for this agency"
        for name in identifiers
        if DEMOTED in told.get(name, {})
    ]


def _suspicious(columns: Mapping[str, Mapping[str, int]], told: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Columns that hold something else than their name says, or nothing that tells people apart."""
    notes = []
    for name, counts in columns.items():
        filled, distinct = counts["filled"], counts["distinct"]
        if filled < FEW:
            continue
        wrong = told.get(name, {}).get(NO_DATE, 0)
        if name in PEOPLE_DATES and wrong > filled / 2:
            notes.append(
                f"{wrong:,} of {filled:,} cells of {name} are no dates that can be read; a year needs four digits"
            )
        if name in TELLING and distinct == 1:
            notes.append(f"{name} holds one value in {filled:,} records; is it the right column?")
        if name in ("sex", "gender") and distinct > MOST_SEXES:
            notes.append(f"{name} holds {distinct:,} values in {filled:,} records; is it the right column?")
    return notes


def _rejects(rejects: pl.DataFrame, later: pl.DataFrame, files: Mapping[str, tuple[str, ...]]) -> list[dict[str, Any]]:
    """Why rows and cells of each table were rejected, in reading and later: a later one is of the table its person is in."""
    counts = [rejects]
    for kind in ("people", "relationships"):
        own = later.filter(pl.col("file").is_in(list(files[kind])))
        later = later.filter(~pl.col("file").is_in(list(files[kind])))
        why = own.group_by("column", "reason", "level").len().with_columns(pl.lit(kind).alias("table"))
        counts.append(why.select(rejects.columns))
    total = pl.concat(counts).group_by("table", "column", "reason", "level").agg(pl.col("len").sum())
    order = pl.col("table").replace_strict({kind: place for place, kind in enumerate(KINDS)}, return_dtype=pl.Int8)
    ordered = total.sort(order, "level", "column", "reason", descending=[False, True, False, False])
    return [
        {"table": table, "column": column, "reason": reason, "level": level, "count": count}
        for table, column, reason, level, count in ordered.iter_rows()
    ]


def _overlaps(rows: pl.DataFrame) -> list[dict[str, Any]]:
    """How many identifiers each two agencies share: what exact matching alone could find."""
    shared = []
    for name in IDENTIFIERS:
        held = rows.filter(pl.col(name).is_not_null()).select("agency", name).unique()
        pairs = (
            held.join(held, on=name, suffix="_right")
            .filter(pl.col("agency") < pl.col("agency_right"))
            .group_by("agency", "agency_right")
            .len()
            .sort("agency", "agency_right")
        )
        shared += [
            {"identifier": name, "left": left, "right": right, "shared": count}
            for left, right, count in pairs.iter_rows()
        ]
    return shared


def render_text(report: Mapping[str, Any]) -> str:
    """Write a report for a terminal.

    Args:
        report: from :func:`check_report`, or any report with its ``sources``.

    Returns:
        text of several lines; counts, columns and reasons, no values.

    Example:
        >>> none = {"rows": 0, "records": 0, "rejected": 0, "named": 0}
        >>> source = {"agency": "gp", "format": "table", "people": none, "relationships": none, "events": none}
        >>> print(render_text({"sources": [{**source, "warnings": ["the file is empty"]}]}))
        gp (table)
          people          0 rows: 0 records, 0 rejected, 0 named in words
          warning: the file is empty
    """
    lines: list[str] = []
    for source in report["sources"]:
        lines.append(f"{source['agency']} ({source['format']})")
        for kind in KINDS:
            counts = source[kind]
            if kind != "people" and not counts["rows"]:
                continue
            words = f"{counts['rows']:,} rows: {counts['records']:,} records, {counts['rejected']:,} rejected"
            named = f", {counts['named']:,} named in words" if kind == "people" else ""
            lines.append(f"  {kind:<15} {words}{named}")
        for item in source.get("files", []):
            dateless = f", {item['dateless']:,} without a date" if item["dateless"] else ""
            lines.append(f"  file {item['file']}: {item['rows']:,} rows, {item['rejected']:,} rejected{dateless}")
        lines += _column_lines(source)
        for name, counts in source.get("identifiers", {}).items():
            lines.append(
                f"  identifier {name}: {counts['valid']:,} valid, {counts['invalid']:,} not, of {counts['given']:,}"
            )
        for column, told in source.get("cleaning", {}).items():
            lines += [f"  cleaned {column}: {reason}: {count:,}" for reason, count in told.items()]
        for item in source.get("rejects", []):
            column = f" {item['column']}" if item["column"] else ""
            lines.append(f"  rejected {item['level']} in {item['table']}{column}: {item['reason']}: {item['count']:,}")
        lines += [f"  warning: {warning}" for warning in source["warnings"]]
    lines += [
        f"{item['left']} and {item['right']} share {item['shared']:,} {item['identifier']} values"
        for item in report.get("overlaps", [])
    ]
    lines += [f"warning: {warning}" for warning in report.get("warnings", [])]
    return "\n".join(lines)


def _column_lines(source: Mapping[str, Any]) -> list[str]:
    columns = source.get("columns", {})
    if not columns:
        return []
    total = columns["record_id"]["filled"]
    width = max(len(name) for name in columns)
    return [f"  {'column':<{width}}  filled  distinct"] + [
        f"  {name:<{width}}  {100 * counts['filled'] / total:5.1f}%  {counts['distinct']:>8,}"
        for name, counts in columns.items()
    ]
