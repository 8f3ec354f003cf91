"""Names of every record: forename, middle names, surname, former surnames and aliases."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from famlink.standardisation.cleaned import REASON, Cleaned, by_item, by_value
from famlink.standardisation.namewords import (
    FORENAME_PARTICLES,
    SURNAME_PARTICLES,
    Name,
    clean_forename,
    clean_surname,
    clean_words,
)
from famlink.vocabulary.placeholders import NO_FORENAME, NO_NAME, NO_SURNAME, TITLES, UNNAMED_CHILD

_PARTS = ("value", "rest", "other", REASON)
_SPECIAL = sorted({*NO_FORENAME, *NO_NAME, *NO_SURNAME, *TITLES, *UNNAMED_CHILD})
_PARTICLES = sorted({*SURNAME_PARTICLES, *FORENAME_PARTICLES})


def names_of(records: pl.DataFrame) -> Cleaned:
    """Clean the names of records.

    Args:
        records: rows of the RECORDS table.

    Returns:
        forename, middle_names, surname, former_surnames and aliases, with reasons.
    """
    first = by_value(records["forename"], lambda some: _cleaned(some, clean_forename))
    last = by_value(records["surname"], lambda some: _cleaned(some, clean_surname))
    middle = by_value(records["middle_names"], _worded)
    lone = records["forename"].is_null() & records["surname"].is_not_null()
    if lone.any():
        cells = records.select(pl.when(lone).then("surname")).to_series()
        whole = by_value(cells, lambda some: _cleaned(some, lambda text: clean_surname(text, alone=True)))
        last = last.select(pl.when(lone).then(whole[name]).otherwise(pl.col(name)).alias(name) for name in _PARTS)
    columns = pl.DataFrame(
        {
            "forename": first["value"],
            "taken": last["other"],
            "rest": pl.DataFrame([first["rest"].rename("a"), last["rest"].rename("b")])
            .select(pl.coalesce("a", "b"))
            .to_series(),
            "middle": middle["value"],
            "surname": last["value"],
            "spare": first["other"],
            "no_surname": records["surname"].is_null(),
            "no_forename": records["forename"].is_null(),
        }
    ).select(
        pl.when("no_forename").then("taken").otherwise("forename").alias("forename"),
        pl.when(pl.col("rest").is_not_null() & pl.col("middle").is_not_null())
        .then(pl.concat_str("rest", "middle", separator=" "))
        .otherwise(pl.coalesce("rest", "middle"))
        .alias("middle_names"),
        pl.when("no_surname").then("spare").otherwise("surname").alias("surname"),
    )
    former, former_reasons = by_item(records["former_surnames"], lambda some: by_value(some, _worded))
    aliases, alias_reasons = by_item(records["aliases"], lambda some: by_value(some, _worded))
    return Cleaned(
        columns.with_columns(former.alias("former_surnames"), aliases.alias("aliases")),
        {
            "forename": first[REASON],
            "middle_names": middle[REASON],
            "surname": last[REASON],
            "former_surnames": former_reasons,
            "aliases": alias_reasons,
        },
    )


def _worded(values: pl.Series) -> pl.DataFrame:
    return _cleaned(values, clean_words)


def _cleaned(values: pl.Series, clean: Callable[[str], Name]) -> pl.DataFrame:
    """Clean values that occur: those of plain letters, or two such words with a hyphen, by polars, the others one by one."""
    frame = values.to_frame("v").select(pl.col("v").str.to_lowercase().alias("low"))
    halves = pl.col("low").str.extract_groups(r"^([a-z]{2,})-([a-z]{2,})$")
    joined = ~(halves.struct.field("1").is_in(_PARTICLES) | halves.struct.field("2").is_in(_PARTICLES))
    simple = frame.select(
        (pl.col("low").str.contains("^[a-z]{2,}$") | joined.fill_null(value=False)) & ~pl.col("low").is_in(_SPECIAL)
    ).to_series()
    names = [clean(text) for text in values.filter(~simple)]
    slow = pl.DataFrame(
        {
            "value": [name.value for name in names],
            "rest": [name.rest for name in names],
            "other": [name.other for name in names],
            REASON: ["; ".join(name.reasons) or None for name in names],
        },
        schema=dict.fromkeys(_PARTS, pl.String),
    )
    plain = frame.filter(simple).select(pl.col("low").str.replace("-", " ", literal=True).alias("value"))
    order = pl.concat([simple.arg_true(), (~simple).arg_true()])
    return pl.concat([plain, slow], how="diagonal").with_columns(order.alias("o")).sort("o").select(_PARTS)
