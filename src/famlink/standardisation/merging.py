"""Parts of one record, given by several sources of an agency -> one row a record."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

ROW = "row"
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
    key = ["agency", "record_id"]
    rows = rows.sort(*key, "part")
    many = rows.filter(pl.col("part") > 0).select(key).unique()
    if many.height:
        several = rows.join(many, on=key, how="semi", maintain_order="left")
        alone = rows.join(many, on=key, how="anti", maintain_order="left")
        merged = several.group_by(key, maintain_order=True).agg(_merged(rows.schema)).select(rows.columns)
        rows = pl.concat([alone, merged]).sort(key)
        ever = _all_postcodes(several)
        if ever.height:
            rows = rows.join(ever, on=key, how="left", maintain_order="left")
    return rows.with_row_index(ROW)


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
