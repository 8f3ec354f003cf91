"""Telephones and email addresses."""

from __future__ import annotations

import polars as pl

from famlink.standardisation.cleaned import REASON, Cleaned, by_item, rewritten

PLACEHOLDER = "placeholder"
NO_NUMBER = "not a telephone number"
NO_EMAIL = "not an email address"

_FILLER = r"^(?:0?7?0{4,}|0?1{5,}|0?9{5,}|0?123456789\d?)$"


def contacts_of(records: pl.DataFrame) -> Cleaned:
    """Clean the telephones and email addresses of records.

    Args:
        records: rows of the RECORDS table.

    Returns:
        phone (first), phones (all) and email (first), with reasons.
    """
    phones, phone_reasons = by_item(records["phone"], clean_phone)
    emails, email_reasons = by_item(records["email"], clean_email)
    columns = pl.DataFrame({"phone": phones.list.first(), "phones": phones, "email": emails.list.first()})
    return Cleaned(columns, {"phone": phone_reasons, "email": email_reasons})


def clean_phone(values: pl.Series) -> pl.DataFrame:
    """Write telephones as national digits.

    Args:
        values: text.

    Returns:
        value and reason, in order.

    Example:
        >>> clean_phone(pl.Series(["+44 (0)20 7946 0000", "7700900123", "n/a"])).rows()
        [('02079460000', None), ('07700900123', None), (None, 'not a telephone number')]
    """
    return (
        rewritten(_unspaced(values), plain=r"^0[1-9]\d{8,9}$", write=_digits)
        .to_frame("d")
        .with_columns(
            pl.col("d").str.contains(r"^\d{6,15}$").alias("sound"), pl.col("d").str.contains(_FILLER).alias("gone")
        )
        .select(
            pl.when(pl.col("sound") & ~pl.col("gone")).then("d").alias("value"),
            pl.when("gone").then(pl.lit(PLACEHOLDER)).when(~pl.col("sound")).then(pl.lit(NO_NUMBER)).alias(REASON),
        )
    )


def _unspaced(values: pl.Series) -> pl.Series:
    """Take the spaces out of numbers that are otherwise plain, as most are written."""
    frame = values.to_frame("v").with_columns(pl.col("v").str.replace_all(" ", "", literal=True).alias("bare"))
    plain = pl.col("bare").str.contains(r"^0[1-9]\d{8,9}$")
    return frame.select(pl.when(plain).then("bare").otherwise("v")).to_series()


def _digits(text: pl.Expr) -> pl.Expr:
    return (
        text.str.to_lowercase()
        .str.replace(r"\s*(?:ext|x)\.?\s*\d+\s*$", "")
        .str.replace(r"^(\d+)\.0$", "$1")
        .str.replace_all(r"\(0\)|[^\d+]", "")
        .str.replace(r"^(?:\+44|0044)0?", "0")
        .str.replace(r"^44(\d{10})$", "0$1")
        .str.replace(r"^([1237]\d{9})$", "0$1")
        .str.replace_all("+", "", literal=True)
    )


def clean_email(values: pl.Series) -> pl.DataFrame:
    """Write email addresses in small letters; what has no @ and no point after it is none.

    Example:
        >>> clean_email(pl.Series(["A.B@Example.org ", "none"])).rows()
        [('a.b@example.org', None), (None, 'not an email address')]
    """
    low = pl.col("v").str.to_lowercase().str.strip_chars(" <>,.")
    return (
        values.to_frame("v")
        .with_columns(low.alias("e"), low.str.contains(r"^[^\s@]+@[^\s@]+\.[^\s@]+$").alias("sound"))
        .select(
            pl.when("sound").then("e").alias("value"), pl.when(~pl.col("sound")).then(pl.lit(NO_EMAIL)).alias(REASON)
        )
    )
