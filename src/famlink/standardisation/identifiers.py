"""Identifiers of every record: written one way, checked, and trusted no more than their column deserves."""

from __future__ import annotations

import datetime as dt

import polars as pl

from famlink.standardisation.checks import Rule, rules
from famlink.standardisation.cleaned import (
    REASON,
    Cleaned,
    by_item,
    empty,
    nothing,
    rewritten,
    where_filled,
)
from famlink.vocabulary.placeholders import NO_IDENTIFIER

PLACEHOLDER = "placeholder"
FAILED = "check failed"
SHAPE = "not the shape of this identifier"
DEMOTED = "column demoted"

FEWEST_TO_JUDGE = 20
"""An agency's column with fewer identifiers than this is not judged."""
MOST_SHARED = 0.2
"""Share of records whose identifier is another person's, above which the column is not an identifier."""

_REPEATED = "^(?:" + "|".join(f"{mark}+" for mark in "0123456789X") + ")$"
_YES = ("yes", "y", "true", "t", "1", "01", "verified", "traced")


def identifiers_of(records: pl.DataFrame, *, as_at: dt.date, people: pl.DataFrame) -> Cleaned:
    """Clean the identifiers of records.

    A column of one agency is demoted where the same identifier stands on people of different names and dates of birth
    too often: in one public file, 100 people carry 65 distinct numbers. Its values are kept, their checks are set
    false, and nothing counts as verified. Records of one person given twice do not count against it.

    Args:
        records: rows of the RECORDS table.
        as_at: the day the extracts describe.
        people: cleaned forename and date_of_birth, in the same order, which tell people apart.

    Returns:
        the identifiers with their ``_valid`` columns, former numbers, nhs_number_verified and uprn, with reasons.
    """
    columns: list[pl.Series] = []
    reasons: dict[str, pl.Series] = {}
    verified = records.select(
        pl.when(pl.col("nhs_number_verified").is_not_null()).then(
            pl.col("nhs_number_verified").str.to_lowercase().is_in(list(_YES))
        )
    ).to_series()
    for rule in rules(as_at):
        if empty(records[rule.name]):
            columns += [
                nothing(records.height).alias(rule.name),
                nothing(records.height, pl.Boolean()).alias(f"{rule.name}_valid"),
            ]
            continue
        cleaned = where_filled(records[rule.name], lambda some, rule=rule: clean_identifier(some, rule))  # type: ignore[misc]
        demoted = _demoted(records, people, cleaned["value"])
        if demoted.any():
            cleaned = cleaned.with_columns(
                pl.when(demoted).then(statement=False).otherwise("valid").alias("valid"),
                pl.when(demoted)
                .then(pl.concat_str([REASON, pl.lit(DEMOTED)], separator="; ", ignore_nulls=True))
                .otherwise(REASON)
                .alias(REASON),
            )
            if rule.name == "nhs_number":
                verified = verified.to_frame("v").select(pl.col("v") & ~demoted).to_series()
        columns += [cleaned["value"].alias(rule.name), cleaned["valid"].alias(f"{rule.name}_valid")]
        reasons[rule.name] = cleaned[REASON]
    by_name = {rule.name: rule for rule in rules(as_at)}
    for former, rule in (("former_nhs_number", by_name["nhs_number"]), ("former_upn", by_name["upn"])):
        items, why = by_item(records[former], lambda some, rule=rule: clean_identifier(some, rule))  # type: ignore[misc]
        columns.append(items.alias(former))
        reasons[former] = why
    uprn = where_filled(records["uprn"], clean_uprn)
    columns += [verified.alias("nhs_number_verified"), uprn["value"].alias("uprn")]
    reasons["uprn"] = uprn[REASON]
    return Cleaned(pl.DataFrame(columns), reasons)


def clean_identifier(values: pl.Series, rule: Rule) -> pl.DataFrame:
    """Clean one column of identifiers.

    Args:
        values: text.
        rule: the identifier's rule.

    Returns:
        value, valid (null where there is no value) and reason, in order.

    Example:
        >>> from famlink.standardisation.checks import rules
        >>> nhs = rules(dt.date(2026, 6, 1))[0]
        >>> clean_identifier(pl.Series(["943 476 5919", "0000000000"]), nhs).rows()
        [('9434765919', True, None), (None, None, 'placeholder')]
    """
    value = rewritten(
        values, plain=rule.shape, write=lambda text: rule.write(text.str.to_uppercase().str.replace_all(r"\s+", ""))
    )
    return (
        value.to_frame("value")
        .lazy()
        .with_columns(pl.col("value").str.replace_all("/", "", literal=True).alias("bare"))
        .with_columns(
            (
                pl.col("bare").is_in(sorted(NO_IDENTIFIER))
                | pl.col("bare").str.contains(_REPEATED)
                | pl.col("bare").str.contains(r"^0+[A-Z]?$")
            ).alias("gone"),
            pl.col("value").str.contains(rule.shape).alias("shaped"),
        )
        .with_columns(pl.when(~pl.col("gone")).then("value").alias("value"))
        .with_columns(
            pl.when(pl.col("value").is_not_null())
            .then(pl.col("shaped") & rule.check(pl.when(pl.col("shaped")).then("value")).fill_null(value=False))
            .alias("valid")
        )
        .select(
            "value",
            "valid",
            pl.when("gone")
            .then(pl.lit(PLACEHOLDER))
            .when(~pl.col("shaped"))
            .then(pl.lit(SHAPE))
            .when(~pl.col("valid"))
            .then(pl.lit(FAILED))
            .alias(REASON),
        )
        .collect()
    )


def clean_uprn(values: pl.Series) -> pl.DataFrame:
    """Digits without leading zeros; ``-1.0`` and zero are placeholders, what is no number is told of."""
    text = values.to_frame("v").select(pl.col("v").str.replace(r"^(-?\d+)\.0*$", "$1").str.replace_all(r"\s", ""))
    return text.select(
        pl.when(pl.col("v").str.contains(r"^0*[1-9]\d{0,11}$"))
        .then(pl.col("v").str.strip_chars_start("0"))
        .alias("value"),
        pl.when(pl.col("v").str.contains(r"^(?:-\d+|0+|9{8,12})$"))
        .then(pl.lit(PLACEHOLDER))
        .when(~pl.col("v").str.contains(r"^0*[1-9]\d{0,11}$"))
        .then(pl.lit(SHAPE))
        .alias(REASON),
    ).with_columns(pl.when(pl.col(REASON).is_null()).then("value").alias("value"))


def _demoted(records: pl.DataFrame, people: pl.DataFrame, value: pl.Series) -> pl.Series:
    """For each record whether its agency's column is no identifier."""
    frame = pl.DataFrame(
        [
            records["agency"],
            value.alias("value"),
            people["forename"].alias("forename"),
            people["date_of_birth"].alias("born"),
        ]
    )
    held = frame.filter(pl.col("value").is_not_null())
    shared = held.filter(pl.struct("agency", "value").is_duplicated())
    if not shared.height:
        return pl.repeat(value=False, n=frame.height, eager=True)
    names, births = (pl.col(column).drop_nulls().n_unique() for column in ("forename", "born"))
    others = (
        shared.group_by("agency", "value")
        .agg(
            pl.when((names == 0) & (births == 0))
            .then(pl.len())
            .when(names == 0)
            .then(births)
            .when(births == 0)
            .then(names)
            .otherwise(pl.min_horizontal(names, births))
            .alias("people")
        )
        .group_by("agency")
        .agg((pl.col("people").cast(pl.Int64) - 1).sum().alias("others"))
    )
    judged = held.group_by("agency").agg(pl.len().alias("n")).join(others, on="agency")
    bad = judged.filter((pl.col("n") >= FEWEST_TO_JUDGE) & (pl.col("others") > MOST_SHARED * pl.col("n")))
    return frame.select(pl.col("agency").is_in(bad["agency"].to_list()) & pl.col("value").is_not_null()).to_series()
