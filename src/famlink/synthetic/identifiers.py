"""Identifiers with right check digits, all made up, each different.

NHS numbers start with 9 (900 to 999 is never issued); LA code 000 in a UPN and the serials elsewhere belong to nobody.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from famlink.synthetic.dice import Dice, Ints

UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
PNC_LETTERS = "ZABCDEFGHJKLMNPQRTUVWXY"
NI_FIRST = "ABCEGHJKLMNPRSTWXYZ"
NI_SECOND = "ABCEGHJKLMNPRSTWXYZ"
NI_BANNED = ("BG", "GB", "NK", "KN", "TN", "NT", "ZZ")


def _scatter(index: Ints, size: int, dice: Dice, question: str) -> Ints:
    """A different number below a prime ``size`` for every index below it: multiply and shift, both from the seed."""
    factor = int(dice.below(f"{question} factor", 1, size - 2)[0]) + 1
    shift = int(dice.below(f"{question} shift", 1, size)[0])
    return np.asarray((index.astype(np.int64) * factor + shift) % size)


def _digits(number: Ints, width: int) -> Ints:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return np.asarray(number[:, None] // powers % 10)


def _padded(number: Ints, width: int) -> pl.Series:
    return pl.Series(number).cast(pl.String).str.zfill(width)


def nhs_numbers(dice: Dice, index: Ints) -> Ints:
    """NHS numbers as whole numbers: 900 to 999, modulus-11 check digit right.

    Example:
        >>> number = int(nhs_numbers(Dice(1), np.array([5]))[0])
        >>> digits = [int(d) for d in str(number)]
        >>> total = sum(d * w for d, w in zip(digits, range(10, 1, -1)))
        >>> (11 - total % 11) % 11 == digits[9], digits[0]
        (True, 9)

    Source: NHS Data Dictionary, NHS number: weights 10 to 2, modulus 11; a check digit of 10 is not used.
    """
    weights = np.arange(10, 1, -1)
    # Three candidates in a row never all have check digit 10: the last weight is 2 and 2 is invertible modulo 11.
    first = 900_000_000 + _scatter(index, 33_333_329, dice, "nhs") * 3
    out = np.zeros(len(index), dtype=np.int64)
    found = np.zeros(len(index), dtype=bool)
    for step in range(3):
        check = (11 - _digits(first + step, 9) @ weights % 11) % 11
        take = ~found & (check < 10)
        out[take] = ((first + step) * 10 + check)[take]
        found |= take
    return out


def ulns(dice: Dice, index: Ints) -> Ints:
    """Unique learner numbers as whole numbers.

    Source: Learning Records Service: weights 10 to 2, remainder r modulo 11 not 0, check digit 10 - r.
    """
    weights = np.arange(10, 1, -1)
    first = 100_000_000 + _scatter(index, 44_444_443, dice, "uln") * 2
    remainder = _digits(first, 9) @ weights % 11
    first = np.where(remainder == 0, first + 1, first)
    remainder = _digits(first, 9) @ weights % 11
    return np.asarray(first * 10 + 10 - remainder)


def upns(dice: Dice, index: Ints, entered: Ints) -> pl.Series:
    """Unique pupil numbers: check letter, LA 000, school, year of entry, serial.

    Args:
        dice: the world's dice.
        index: a different number for every pupil.
        entered: year of entry.

    Returns:
        13 characters.

    Source: DfE UPN guide: weights 2 to 13 over the twelve digits, modulus 23.
    """
    scattered = _scatter(index, 9_999_991, dice, "upn")
    body = (scattered // 1000) * 100_000 + (entered % 100) * 1000 + scattered % 1000
    letter = _digits(body, 12) @ np.arange(2, 14) % 23
    letters = pl.Series(list(UPN_LETTERS)).gather(pl.Series(letter))
    return letters + _padded(body, 12)


def ni_numbers(dice: Dice, index: Ints) -> pl.Series:
    """National Insurance numbers that follow the rules of form."""
    prefixes = [a + b for a in NI_FIRST for b in NI_SECOND if b != "O" and a + b not in NI_BANNED]
    scattered = _scatter(index, 99_999_989, dice, "ni")
    prefix = pl.Series(prefixes).gather(pl.Series(scattered // 1_000_000 * 3 % len(prefixes)))
    suffix = pl.Series(list("ABCD")).gather(pl.Series(dice.below("ni suffix", index, 4)))
    return prefix + _padded(scattered % 1_000_000, 6) + suffix


def pncs(dice: Dice, index: Ints, year: Ints) -> pl.Series:
    """Police National Computer ids: year, serial, check letter.

    Source: the letter is the nine-digit number YYNNNNNNN modulo 23 over ZABCDEFGHJKLMNPQRTUVWXY.
    """
    serial = _scatter(index, 9_999_991, dice, "pnc")
    letter = (year % 100 * 10_000_000 + serial) % 23
    letters = pl.Series(list(PNC_LETTERS)).gather(pl.Series(letter))
    return pl.Series(year).cast(pl.String) + "/" + _padded(serial, 7) + letters


def cros(dice: Dice, index: Ints, year: Ints) -> pl.Series:
    """Criminal Records Office numbers: serial, two-digit year, check letter."""
    serial = _scatter(index, 999_983, dice, "cro")
    letter = (year % 100 * 1_000_000 + serial) % 23
    letters = pl.Series(list(PNC_LETTERS)).gather(pl.Series(letter))
    return _padded(serial, 6) + "/" + _padded(year % 100, 2) + letters
