"""Identifiers: their shape, and the check digit or letter that tells a mistyped one.

Each rule is two polars expressions over a column of text: one writes the identifier as it is compared, one says whether its
check holds. A failed check weakens an identifier; it never drops it.

Source: NHS Data Dictionary (NHS number, modulus 11); DfE, A guide to unique pupil numbers; ESFA, ULN validation;
HMRC NIM39110 (National Insurance prefixes); Home Office PNC and CRO check letters as in HMPPS person-record code.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"


@dataclass(frozen=True)
class Rule:
    """How one identifier is written and checked.

    Args:
        name: canonical column.
        write: text in capitals without white space -> the identifier as compared.
        shape: regular expression the result has to match.
        check: the result, where it has the shape -> whether its check holds.
    """

    name: str
    write: Callable[[pl.Expr], pl.Expr]
    shape: str
    check: Callable[[pl.Expr], pl.Expr]


def rules(as_at: dt.date) -> tuple[Rule, ...]:
    """The rule of each identifier that has a check.

    Args:
        as_at: the day the extracts describe, which settles the century of two-digit years.

    Returns:
        rules for nhs_number, upn, uln, ni_number, pnc and cro.

    Example:
        >>> rule = rules(dt.date(2026, 6, 1))[0]
        >>> frame = pl.DataFrame({"n": ["9434765919", "9434765918"]})
        >>> frame.select(rule.check(pl.col("n"))).to_series().to_list()
        [True, False]
    """
    return (
        Rule("nhs_number", _alphanumeric, r"^[0-9]{10}$", nhs_number_holds),
        Rule("upn", _alphanumeric, r"^[A-Z][0-9]{11}[0-9A-Z]$", upn_holds),
        Rule("uln", _alphanumeric, r"^[1-9][0-9]{9}$", uln_holds),
        Rule("ni_number", _alphanumeric, r"^[A-Z]{2}[0-9]{6}[A-D]$", ni_number_holds),
        Rule("pnc", lambda text: _pnc(text, as_at), r"^[0-9]{4}/[0-9]{7}[A-Z]$", pnc_holds),
        Rule("cro", _cro, r"^(?:[0-9]{6}/[0-9]{2}|SF[0-9]{2}/[0-9]{6})[A-Z]$", cro_holds),
    )


def nhs_number_holds(text: pl.Expr) -> pl.Expr:
    """Weights 10 to 2, modulus 11: 11 gives 0, 10 is no check digit."""
    number = text.cast(pl.Int64, strict=False)
    check = 11 - _weighted(number, {place: place + 1 for place in range(1, 10)}) % 11
    return pl.when(check == 11).then(0).otherwise(check) == number % 10


def uln_holds(text: pl.Expr) -> pl.Expr:
    """Weights 10 to 2, remainder r of modulus 11: r = 0 is invalid, the check digit is 10 - r."""
    number = text.cast(pl.Int64, strict=False)
    rest = _weighted(number, {place: place + 1 for place in range(1, 10)}) % 11
    return (rest != 0) & (10 - rest == number % 10)


def upn_holds(text: pl.Expr) -> pl.Expr:
    """Weights 2 to 13, modulus 23, over the twelve characters after the letter; the last may itself be a letter."""
    digits = text.str.slice(1, 11).cast(pl.Int64, strict=False)
    last = text.str.slice(12, 1)
    value = pl.coalesce(last.cast(pl.Int64, strict=False), _place(last, UPN_LETTERS))
    rest = (_weighted(digits, {place: 12 - place for place in range(11)}) + value * 13) % 23
    return rest == _place(text.str.slice(0, 1), UPN_LETTERS)


def ni_number_holds(text: pl.Expr) -> pl.Expr:
    """No D F I Q U V in the prefix, no O second, and none of the prefixes that are not given out."""
    return text.str.contains(r"^[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]") & ~text.str.contains(r"^(?:BG|GB|NK|KN|TN|NT|ZZ)")


def pnc_holds(text: pl.Expr) -> pl.Expr:
    """The letter at the nine-digit number YYNNNNNNN modulus 23."""
    number = pl.concat_str(text.str.slice(2, 2), text.str.slice(5, 7)).cast(pl.Int64, strict=False)
    return number % 23 == _place(text.str.slice(12, 1), PNC_LETTERS)


def cro_holds(text: pl.Expr) -> pl.Expr:
    """The letter at the eight-digit number YYNNNNNN modulus 23, in both forms of the number."""
    year = pl.coalesce(text.str.extract(r"^SF(\d\d)"), text.str.extract(r"/(\d\d)[A-Z]$"))
    serial = pl.coalesce(text.str.extract(r"/(\d{6})[A-Z]$"), text.str.extract(r"^(\d{6})/"))
    number = pl.concat_str(year, serial).cast(pl.Int64, strict=False)
    return number % 23 == _place(text.str.slice(-1, 1), PNC_LETTERS)


def _weighted(number: pl.Expr, weights: dict[int, int]) -> pl.Expr:
    """Sum of the decimal digits, each times the weight of its place (0 = units)."""
    terms = [number // 10**place % 10 * weight for place, weight in weights.items()]
    return functools.reduce(lambda total, term: total + term, terms, pl.lit(0, dtype=pl.Int64))


def _place(letter: pl.Expr, letters: str) -> pl.Expr:
    return letter.replace_strict(list(letters), list(range(len(letters))), default=None, return_dtype=pl.Int64)


def _alphanumeric(text: pl.Expr) -> pl.Expr:
    return text.str.replace(r"^(\d+)\.0+$", "$1").str.replace_all(r"[^0-9A-Z]", "")


def _pnc(text: pl.Expr, as_at: dt.date) -> pl.Expr:
    """Write YYYY/NNNNNNNL: the serial padded, the century of a two-digit year the latest that is not to come."""
    bare = text.str.replace_all(r"[^0-9A-Z/]", "")
    slashed = r"^(\d{4}|\d{2})/(\d{1,7})([A-Z])$"
    joined = r"^(\d{4}|\d{2})(\d{7})([A-Z])$"
    year, serial, letter = (
        pl.coalesce(bare.str.extract(slashed, group), bare.str.extract(joined, group)) for group in (1, 2, 3)
    )
    short = year.str.len_chars() == 2
    recent = year.cast(pl.Int32, strict=False) <= as_at.year % 100
    century = pl.when(~short).then(pl.lit("")).when(recent).then(pl.lit("20")).otherwise(pl.lit("19"))
    return pl.coalesce(pl.concat_str(century, year, pl.lit("/"), serial.str.zfill(7), letter), bare)


def _cro(text: pl.Expr) -> pl.Expr:
    """Write NNNNNN/YYL or SFYY/NNNNNNL, the serial padded."""
    bare = text.str.replace_all(r"[^0-9A-Z/]", "")
    plain, file = r"^(\d{1,6})/(\d{2})([A-Z])$", r"^SF(\d{2})/(\d{1,6})([A-Z])$"
    one = pl.concat_str(
        bare.str.extract(plain, 1).str.zfill(6), pl.lit("/"), bare.str.extract(plain, 2), bare.str.extract(plain, 3)
    )
    two = pl.concat_str(
        pl.lit("SF"),
        bare.str.extract(file, 1),
        pl.lit("/"),
        bare.str.extract(file, 2).str.zfill(6),
        bare.str.extract(file, 3),
    )
    return pl.coalesce(one, two, bare)
