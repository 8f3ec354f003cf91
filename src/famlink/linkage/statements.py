"""Every value every record gives, as a statement of its person: merging records never destroys a source.

Made on demand for the people in scope, not for a whole run.
"""

from __future__ import annotations

import polars as pl

from famlink.schema import EXTRA
from famlink.tables import PEOPLE_COLUMNS, PEOPLE_DATES, PEOPLE_LISTS, STATEMENTS

_KEY = ["agency", "record_id", "part"]
_NOT_SAID = ("record_id", "address_from", "address_to", "recorded_on")


def statements(
    people: pl.DataFrame, records: pl.DataFrame, standardised: pl.DataFrame, reasons: pl.DataFrame
) -> pl.DataFrame:
    """Say what each record says of its person, one value a row.

    Args:
        people: table ``people``.
        records: table ``records``: the words as given.
        standardised: table ``standardised``: the cleaned values.
        reasons: table ``reasons``: why a value is empty or weaker.

    Returns:
        table ``statements``, sorted by person, field, agency, record, part and place in a list.

    Example:
        >>> from famlink.tables import PEOPLE, REASONS, RECORDS
        >>> from famlink.tables import STANDARDISED
        >>> key = {"agency": "police", "record_id": "p1", "part": 0, "origin": "given"}
        >>> told = statements(
        ...     PEOPLE.frame([{**key, "person_id": "P", "probability": 1.0}]),
        ...     RECORDS.frame([{**key, "file": "p.csv", "file_row": 1, "forename": "ZOË"}]),
        ...     STANDARDISED.frame([{**key, "forename": "zoe"}]),
        ...     REASONS.empty(),
        ... )
        >>> told.select("field", "value", "raw").row(0)
        ('forename', 'zoe', 'ZOË')
    """
    mine = records.join(people.select("agency", "record_id", "person_id"), on=["agency", "record_id"])
    clean = standardised.join(mine.select(_KEY), on=_KEY, how="semi")
    fields = [name for name in PEOPLE_COLUMNS if name not in _NOT_SAID and name in mine.columns]
    fields += sorted(name for name in mine.columns if name.startswith(EXTRA))
    fields = [name for name in fields if mine[name].null_count() < mine.height]
    if mine.is_empty() or not fields:
        return STATEMENTS.empty()
    said = pl.concat([_said(mine, clean, name) for name in fields])
    why = (
        reasons.select(*_KEY, pl.col("column").alias("field"), "reason")
        .group_by([*_KEY, "field"], maintain_order=True)
        .agg(pl.col("reason").str.join("; "))
    )
    seen = clean.select(
        *_KEY,
        pl.coalesce("address_from", "recorded_on").alias("first_seen"),
        pl.coalesce("address_to", "recorded_on").alias("last_seen"),
    )
    told = said.join(why, on=[*_KEY, "field"], how="left").join(seen, on=_KEY, how="left")
    told = told.with_columns(
        pl.concat_str(
            pl.lit("S"),
            pl.concat_str(
                *(pl.col(name).cast(pl.String) for name in [*_KEY, "field", "place"]), separator="\x1f"
            ).map_elements(_digest, return_dtype=pl.String),
        ).alias("statement_id")
    )
    return STATEMENTS.conform(told.sort("person_id", "field", *_KEY, "place"))


def _said(mine: pl.DataFrame, clean: pl.DataFrame, name: str) -> pl.DataFrame:
    """The statements of one field: (key, person, field, place in the list, value, raw, file, row)."""
    given = mine.filter(pl.col(name).is_not_null()).select(
        *_KEY, "person_id", "file", "file_row", pl.lit(name).alias("field"), pl.col(name).alias("raw")
    )
    target = {"phone": "phones"}.get(name, name)
    have = target in clean.columns
    if name not in PEOPLE_LISTS:
        values = (
            clean.select(*_KEY, _as_text(name, clean).alias("value"))
            if have
            else clean.select(*_KEY, pl.lit(None, dtype=pl.String).alias("value"))
        )
        joined = given.join(values, on=_KEY, how="left").with_columns(pl.lit(0, dtype=pl.UInt32).alias("place"))
    else:
        items = (
            pl.col("raw")
            .str.split(";")
            .list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        )
        joined = given.with_columns(items)
        if have:
            column = pl.col(target) if isinstance(clean.schema[target], pl.List) else pl.concat_list(target)
            values = clean.select(*_KEY, pl.when(pl.col(target).is_not_null()).then(column).alias("value"))
            joined = joined.join(values, on=_KEY, how="left")
        else:
            joined = joined.with_columns(pl.lit(None, dtype=pl.List(pl.String)).alias("value"))
        # The cleaned list stands beside the written one only where each written item has its cleaned one.
        beside = (pl.col("value").list.len() == pl.col("raw").list.len()).fill_null(value=False)
        joined = joined.with_columns(
            pl.when(beside)
            .then("value")
            .otherwise(pl.col("raw").list.eval(pl.when(pl.element().is_null()).then(pl.element())))
            .alias("value"),
            pl.int_ranges(0, pl.col("raw").list.len(), dtype=pl.UInt32).alias("place"),
        ).explode("raw", "value", "place")
    return joined.filter(pl.col("raw").is_not_null()).select(
        *_KEY, "person_id", "field", "place", pl.col("value").cast(pl.String), "raw", "file", "file_row"
    )


def _as_text(name: str, clean: pl.DataFrame) -> pl.Expr:
    """A cleaned column as text; a date at its precision."""
    if name not in PEOPLE_DATES:
        return pl.col(name).cast(pl.String)
    iso = pl.col(name).dt.to_string("%Y-%m-%d")
    if name != "date_of_birth" or "date_of_birth_precision" not in clean.columns:
        return iso
    precision = pl.col("date_of_birth_precision")
    return (
        pl.when(precision == "year")
        .then(iso.str.slice(0, 4))
        .when(precision.is_in(["month", "day-unknown"]))
        .then(iso.str.slice(0, 7))
        .when(precision == "uncertain")
        .then(pl.concat_str(pl.lit("?"), iso))
        .otherwise(iso)
    )


def _digest(text: str) -> str:
    import hashlib

    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
