"""Parts of one record, given by several sources of an agency -> one row a record."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from famlink.tables import STANDARDISED

ROW = "row"
_KEY = ("agency", "record_id")
POSTCODES = "postcodes"
"""Every postcode of a record whose parts give several: a column that is there only where some record has them."""

_TOGETHER = (
    ("date_of_birth", "date_of_birth_precision"),
    ("nhs_number", "nhs_number_valid"),
    ("upn", "upn_valid"),
    ("uln", "uln_valid"),
    ("ni_number", "ni_number_valid"),
    ("pnc", "pnc_valid"),
    ("cro", "cro_valid"),
    ("address", "house_number", "street", "address_from", "address_to"),
    ("outcode", "sector", "postcode"),
    ("phone",),
)
"""Columns that are taken from one part together: the first one's cell decides from which."""


def merge_parts(rows: pl.DataFrame) -> pl.DataFrame:
    """Give every record one row.

    A cell is taken from the first part that has it; an identifier brings its check, an address its number, street and
    days. Lists are united.

    Args:
        rows: the STANDARDISED table.

    Returns:
        the same columns after ``row`` (UInt32, 0, 1 ...), sorted by agency and record_id; :data:`POSTCODES` after them
        where some record has several.

    Example:
        >>> from famlink.tables import STANDARDISED
        >>> one = {"agency": "gp", "record_id": "1", "origin": "given"}
        >>> rows = STANDARDISED.frame([{**one, "part": 0, "surname": "lee"}, {**one, "part": 1, "sex": "male"}])
        >>> merge_parts(rows).select("row", "surname", "sex", "part").rows()
        [(0, 'lee', 'male', 0)]
    """
    return _one_each(rows.sort(*_KEY, "part")).with_row_index(ROW)


def merge_agencies(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """As :func:`merge_parts`, of one agency after the other: no more than one is held with all its columns.

    Args:
        parts: rows of the STANDARDISED table, one frame an agency, in order of agency; each in order of record_id and part.

    Returns:
        as :func:`merge_parts`. A column that no agency fills takes no memory.

    Example:
        >>> from famlink.tables import STANDARDISED
        >>> one = {"part": 0, "origin": "given", "record_id": "1"}
        >>> parts = [STANDARDISED.frame([{**one, "agency": name}]) for name in ("gp", "school")]
        >>> merge_agencies(parts).select("row", "agency", "forename").rows()
        [(0, 'gp', None), (1, 'school', None)]
    """
    schema: dict[str, pl.DataType] = {}
    held = []
    for part in parts:
        merged = _one_each(part)
        schema |= dict(merged.schema)
        counts = merged.select(pl.all().count()).row(0, named=True)
        held.append(merged.select(name for name in merged.columns if counts[name] or name in _KEY))
    if not held:
        return STANDARDISED.empty().with_row_index(ROW)
    together = pl.concat(held, how="diagonal")
    several = [name for name in schema if name == POSTCODES and name in together.columns]
    return together.select(
        pl.col(name) if name in together.columns else pl.lit(None, dtype=schema[name]).alias(name)
        for name in (*(name for name in schema if name != POSTCODES), *several)
    ).with_row_index(ROW)


def _one_each(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a record, of rows in order of agency, record_id and part."""
    if not rows["part"].max():
        return rows
    key = list(_KEY)
    many = rows.filter(pl.col("part") > 0).select(key).unique()
    several = rows.join(many, on=key, how="semi", maintain_order="left")
    alone = rows.join(many, on=key, how="anti", maintain_order="left")
    merged = several.group_by(key, maintain_order=True).agg(_merged(rows.schema)).select(rows.columns)
    rows = pl.concat([alone, merged]).sort(key)
    ever = _all_postcodes(several)
    return rows.join(ever, on=key, how="left", maintain_order="left") if ever.height else rows


def merged_with(fields: Iterable[str]) -> list[str]:
    """The columns that :func:`merge_parts` needs to merge some fields.

    Args:
        fields: columns of the STANDARDISED table.

    Returns:
        the key, the fields, postcodes, and the columns that say which part's cell is taken.

    Example:
        >>> merged_with(["house_number"])
        ['address', 'agency', 'house_number', 'outcode', 'part', 'postcode', 'record_id']
    """
    wanted = {*fields, "postcode"} - {POSTCODES}
    leaders = {group[0] for group in _TOGETHER if wanted & set(group)}
    return sorted(wanted | leaders | {"agency", "record_id", "part"})


def _all_postcodes(several: pl.DataFrame) -> pl.DataFrame:
    """Every postcode the parts of a record give, where they give more than one."""
    key = ["agency", "record_id"]
    found = several.group_by(key, maintain_order=True).agg(pl.col("postcode").drop_nulls().unique().sort())
    return found.filter(pl.col("postcode").list.len() > 1).rename({"postcode": POSTCODES})


def _merged(schema: pl.Schema) -> list[pl.Expr]:
    led = {name: group[0] for group in _TOGETHER for name in group}
    out = []
    for name, dtype in schema.items():
        if name in {"agency", "record_id"}:
            continue
        column = pl.col(name)
        if name in led:
            out.append(column.filter(pl.col(led[name]).is_not_null()).first())
        elif dtype == pl.List(pl.String):
            united = column.explode(empty_as_null=False).drop_nulls().unique(maintain_order=True)
            out.append(pl.when(united.len() > 0).then(united.implode()).first().alias(name))
        else:
            out.append(column.drop_nulls().first())
    return out
