"""Letters of the Latin script -> plain small letters; other scripts keep their letters.

Source: Unicode Standard Annex 15 (normalisation forms); the letters below have no decomposition there.
"""

from __future__ import annotations

import re
import unicodedata

import polars as pl

from famlink.standardisation.cleaned import by_value

_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ħ": "h",
        "ŋ": "ng",
        "ŧ": "t",
        "ĸ": "k",
        "ĳ": "ij",
        "\u017f": "s",
        "ə": "a",
        "\u2018": "'",
        "\u2019": "'",
        "\u02bb": "'",
        "\u02bc": "'",
        "\u00b4": "'",
        "`": "'",
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u00ad": None,
        "\u200b": None,
        "\u200e": None,
        "\u200f": None,
        "\ufeff": None,
    }
)
_MARKS = re.compile(r"(^|[a-z0-9]|[^\w\u0300-\u036f])[\u0300-\u036f]+")


def fold(text: str) -> str:
    """Write text in small letters, accents folded, one space between words.

    Args:
        text: any text.

    Returns:
        the folded text; letters of other scripts are kept, composed.

    Example:
        >>> fold("  Łukasz   ZOË "), fold("Straße"), fold("Siân O\u2019Neill")
        ('lukasz zoe', 'strasse', "sian o'neill")
        >>> fold("Юрий")
        'юрий'
    """
    if text.isascii():
        return " ".join(text.lower().replace("`", "'").split())
    lower = unicodedata.normalize("NFKC", text.translate(_LETTERS)).lower().translate(_LETTERS)
    plain = _MARKS.sub(r"\1", unicodedata.normalize("NFD", lower))
    return " ".join(unicodedata.normalize("NFC", plain).split())


def folded(values: pl.Series) -> pl.Series:
    """Fold a column: polars for ASCII, :func:`fold` once for each other value that occurs.

    Args:
        values: text.

    Returns:
        the folded text, in order; empty text becomes null.
    """
    name = values.name
    low = pl.col("v").str.to_lowercase()
    # Of ASCII alone: what is wider is folded by itself below.
    spaced = pl.when(pl.col("v").str.contains("  |[\t-\r\x1c-\x1f]")).then(low).str.replace_all(r"[\s\x1c-\x1f]+", " ")
    lower = values.to_frame("v").select(
        pl.coalesce(spaced, low).str.strip_chars().alias("low"),
        (pl.col("v").str.len_bytes() != pl.col("v").str.len_chars()).alias("wide"),
        "v",
    )
    if lower["wide"].any():
        wide = lower.select(pl.when("wide").then("v")).to_series()
        slow = by_value(wide, lambda some: pl.DataFrame({"f": [fold(t) for t in some]}, schema={"f": pl.String}))
        lower = lower.with_columns(pl.coalesce(slow["f"], "low").alias("low"))
    return lower.select(pl.when(pl.col("low") != "").then("low")).to_series().rename(name)
