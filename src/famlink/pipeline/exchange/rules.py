"""Deterministic rules: records that agree on all of some fields are one person, and the judgement says which fields."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from famlink.errors import SpecError
from famlink.pipeline.exchange.records import NO_FIELDS, columns_of, standardised_records
from famlink.pipeline.run import Run
from famlink.spec import HubSpec

MOST = 20
"""Records of one person that a rule may give: more of them say that the fields do not name one person."""


def rule_pairs(source: Run | HubSpec | str | Path, *, on: Sequence[str], most: int = MOST) -> pl.DataFrame:
    """Find the records that agree on every one of some fields: one person, by rule.

    Values are compared as standardised. A record that lacks one of the fields is not joined, and placeholders are no
    values. ``famlink.linkage.judgements.judgements`` makes judgements of the pairs, which linkage follows.

    Args:
        source: a run or its directory, or a hub that is not linked yet.
        on: fields that must all agree, such as nhs_number and date_of_birth.
        most: records that may agree with one another.

    Returns:
        agency_left, record_id_left, agency_right, record_id_right: each record with the first of its group, which is
        enough to make one person of all.

    Raises:
        SpecError: no source has a field, it is a list, or more than ``most`` records agree on all fields.

    Example:
        >>> import famlink as fl
        >>> found = rule_pairs(fl.demo_hub(), on=["nhs_number", "date_of_birth"])
        >>> found.columns, found.height > 0
        (['agency_left', 'record_id_left', 'agency_right', 'record_id_right'], True)
    """
    if not on:
        raise SpecError("rule: no fields; give on=[...], such as nhs_number and date_of_birth")
    records = standardised_records(source)
    fields = columns_of(on, [name for name in records.columns if name not in NO_FIELDS])
    lists = [name for name in fields if isinstance(records.schema[name], pl.List)]
    if lists:
        raise SpecError(f"rule: {', '.join(lists)} holds lists; give fields of one value")
    told = " and ".join(on)
    keys = ["agency", "record_id"]
    groups = records.drop_nulls(fields).select(*keys, *fields).sort(keys)
    sizes = groups.select(pl.len().over(fields)).to_series()
    if groups.height and int(sizes.max()) > most:  # type: ignore[arg-type]
        raise SpecError(
            f"rule {told}: {int(sizes.max()):,} records agree on all of it, more than {most}; "  # type: ignore[arg-type]
            "add a field, or raise `most` if that many records of one person are right"
        )
    first = [pl.col(name).first().over(fields).alias(f"{name}_left") for name in keys]
    return (
        groups.select(*first, *(pl.col(name).alias(f"{name}_right") for name in keys))
        .filter(
            (pl.col("agency_left") != pl.col("agency_right")) | (pl.col("record_id_left") != pl.col("record_id_right"))
        )
        .select("agency_left", "record_id_left", "agency_right", "record_id_right")
        .sort(pl.all())
    )
