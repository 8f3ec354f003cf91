"""Addresses and postcodes of every record."""

from __future__ import annotations

import polars as pl

from famlink.standardisation.cleaned import REASON, Cleaned, by_value
from famlink.standardisation.folding import folded
from famlink.standardisation.streets import streets_of
from famlink.vocabulary.placeholders import NO_ADDRESS, NO_POSTCODE

PLACEHOLDER = "placeholder"
NO_FIXED_ABODE = "no fixed abode"
NO_CODE = "not a postcode"
FOREIGN = "not a British postcode: kept as another country's"
OUTCODE_ONLY = "first half of a postcode only"
FROM_ADDRESS = "taken from the address"

_OUT = r"(?:[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9](?:[0-9]|[ABEHMNPRVWXY])?|[0-9][A-HJKPSTUW])|GIR)"
_WHOLE = rf"^{_OUT}[0-9][ABD-HJLNP-UW-Z]{{2}}$"
_IN_ADDRESS = r"[, ]*\b([a-z]{1,2}[0-9][a-z0-9]?\s*[0-9][a-z]{2})$"


def addresses_of(records: pl.DataFrame) -> Cleaned:
    """Clean the addresses and postcodes of records.

    A postcode at the end of an address is taken off it, and is the record's where it gives no other.

    Args:
        records: rows of the RECORDS table.

    Returns:
        address, house_number, street, postcode, outcode and sector, with reasons.
    """
    code = by_value(records["postcode"], clean_postcode)
    line = by_value(records["address"], clean_address)
    reasons = {"address": line[REASON], "postcode": code[REASON]}
    unwritten = records["postcode"].is_null() & line["inside"].is_not_null()
    if unwritten.any():
        cells = line.select(pl.when(unwritten).then("inside")).to_series()
        inside = by_value(cells, clean_postcode)
        taken = inside["postcode"].is_not_null()
        code = code.select(
            pl.when(taken).then(inside[name]).otherwise(pl.col(name)).alias(name) for name in code.columns
        )
        reasons["postcode"] = code.select(pl.when(taken).then(pl.lit(FROM_ADDRESS)).otherwise(REASON)).to_series()
    foreign = _foreign(records, code)
    if foreign.any():
        kept = records["postcode"].str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
        code = code.with_columns(pl.when(foreign).then(kept).otherwise("postcode").alias("postcode"))
        told = reasons["postcode"].to_frame("told")
        reasons["postcode"] = told.select(pl.when(foreign).then(pl.lit(FOREIGN)).otherwise("told")).to_series()
    columns = line.select("address", "house_number", "street").hstack(code.select("postcode", "outcode", "sector"))
    return Cleaned(columns, reasons)


def _foreign(records: pl.DataFrame, code: pl.DataFrame) -> pl.Series:
    """Cells that are no British postcode, in agencies where most are not: another country's codes, kept as they are."""
    odd = (code[REASON] == NO_CODE).fill_null(value=False)
    if not odd.any():
        return odd
    counted = pl.DataFrame({"agency": records["agency"], "odd": odd, "given": records["postcode"].is_not_null()})
    most = pl.col("odd").sum().over("agency") > 0.5 * pl.col("given").sum().over("agency")
    return counted.select(pl.col("odd") & most).to_series()


def clean_postcode(values: pl.Series) -> pl.DataFrame:
    """Write postcodes as AA9 9AA.

    O for 0 and I for 1 are mended where only a digit can stand. ZZ99 codes, NF1 1NF and words for none are
    placeholders.

    Args:
        values: text.

    Returns:
        postcode, outcode, sector and reason, in order.

    Example:
        >>> clean_postcode(pl.Series(["sw1a1aa", "ZZ99 3VZ", "M1"])).select("postcode", "outcode", "reason").rows()
        [('SW1A 1AA', 'SW1A', None), (None, None, 'no fixed abode'), (None, 'M1', 'first half of a postcode only')]
    """
    bare = pl.col("v").str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")
    digit = bare.str.slice(-3, 1).replace({"O": "0", "I": "1", "L": "1"})
    mended = (
        pl.when(bare.str.contains(r"^[A-Z0-9]{2,4}[OIL][A-Z]{2}$"))
        .then(pl.concat_str(bare.str.slice(0, bare.str.len_chars() - 3), digit, bare.str.slice(-2, 2)))
        .otherwise(bare)
    )
    abode = pl.col("c").str.starts_with("ZZ993VZ") | pl.col("c").is_in(["NFA", "NOFIXEDABODE"])
    gone = (
        pl.col("c").is_in(sorted(NO_POSTCODE))
        | pl.col("c").str.starts_with("ZZ99")
        | pl.col("c").str.contains(r"^(?:X+|Z+|0+|9+|)$")
        | abode
    )
    return (
        values.to_frame("v")
        .lazy()
        .select(mended.alias("c"))
        .with_columns(
            pl.col("c").str.contains(_WHOLE).alias("whole"),
            pl.col("c").str.contains(rf"^{_OUT}$").alias("half"),
            gone.alias("gone"),
            abode.alias("abode"),
        )
        .with_columns(
            (pl.col("whole") & ~pl.col("gone")).alias("whole"), (pl.col("half") & ~pl.col("gone")).alias("half")
        )
        .with_columns(
            pl.when("whole")
            .then(pl.col("c").str.slice(0, pl.col("c").str.len_chars() - 3))
            .when("half")
            .then("c")
            .alias("outcode"),
            pl.when("whole").then(pl.col("c").str.slice(-3, 3)).alias("incode"),
        )
        .select(
            pl.concat_str("outcode", pl.lit(" "), "incode").alias("postcode"),
            "outcode",
            pl.concat_str("outcode", pl.lit(" "), pl.col("incode").str.slice(0, 1)).alias("sector"),
            pl.when("abode")
            .then(pl.lit(NO_FIXED_ABODE))
            .when("gone")
            .then(pl.lit(PLACEHOLDER))
            .when("half")
            .then(pl.lit(OUTCODE_ONLY))
            .when(~pl.col("whole"))
            .then(pl.lit(NO_CODE))
            .alias(REASON),
        )
        .collect()
    )


def clean_address(values: pl.Series) -> pl.DataFrame:
    r"""Write addresses in one folded line, and find house number, street and a postcode at the end.

    Args:
        values: text, any lines.

    Returns:
        address, house_number, street, inside (a postcode) and reason, in order.

    Example:
        >>> found = clean_address(pl.Series(["Flat 2,\n14 Oak Rd, Northtown N1 1AA"]))
        >>> found.select("address", "house_number", "street", "inside").row(0)
        ('flat 2 14 oak rd northtown', 'flat 2/14', 'oak road', 'n1 1aa')
    """
    tidy = pl.col("v").str.contains(r"^[^,;\r\n]*(?:[^\s,;], [^\s,;][^,;\r\n]*)*$")
    lines = values.to_frame("v").select(
        pl.coalesce(pl.when(~tidy).then("v").str.replace_all(r"\s*[,;\r\n]+[\s,;]*", ", "), "v")
    )
    low = folded(lines.to_series()).alias("low")
    frame = (
        low.to_frame()
        .lazy()
        .with_columns(pl.col("low").str.strip_chars(" ,.").alias("low"))
        .with_columns(pl.col("low").str.extract(_IN_ADDRESS).alias("inside"))
        .with_columns(
            pl.coalesce(pl.when(pl.col("inside").is_not_null()).then("low").str.replace(_IN_ADDRESS, ""), "low").alias(
                "line"
            )
        )
        .with_columns(
            pl.when(pl.col("line") != "").then("line").alias("line"),
            (pl.col("line").is_in(sorted(NO_ADDRESS)) | pl.col("line").str.contains(r"^x+$")).alias("gone"),
        )
        .with_columns(pl.when(~pl.col("gone")).then("line").alias("line"))
        .with_columns(
            pl.col("line")
            .str.replace_all("'", "", literal=True)
            .str.replace_all(", ", " ", literal=True)
            .alias("plain")
        )
        .with_columns(
            pl.coalesce(
                pl.when(pl.col("plain").str.contains("[,.]|  ")).then("plain").str.replace_all(r"[,. ]+", " "), "plain"
            )
            .str.strip_chars()
            .alias("address")
        )
        .collect()
    )
    found = streets_of(frame["line"])
    return frame.select(
        "address",
        found["house_number"],
        found["street"],
        "inside",
        pl.when(pl.col("gone")).then(pl.lit(PLACEHOLDER)).alias(REASON),
    )
