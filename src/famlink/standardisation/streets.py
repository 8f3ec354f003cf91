"""An address in one line -> flat, house number and street, by the shapes British addresses have."""

from __future__ import annotations

import polars as pl

from famlink.standardisation.cleaned import by_value

STREET_TYPES = {
    "ave": "avenue",
    "av": "avenue",
    "avn": "avenue",
    "bdwy": "broadway",
    "blvd": "boulevard",
    "cl": "close",
    "clo": "close",
    "cotts": "cottages",
    "cres": "crescent",
    "cr": "crescent",
    "cresc": "crescent",
    "ct": "court",
    "crt": "court",
    "dr": "drive",
    "drv": "drive",
    "est": "estate",
    "gdn": "gardens",
    "gdns": "gardens",
    "gr": "grove",
    "grn": "green",
    "grv": "grove",
    "gro": "grove",
    "hse": "house",
    "ln": "lane",
    "la": "lane",
    "mt": "mount",
    "pde": "parade",
    "pk": "park",
    "pl": "place",
    "plc": "place",
    "rd": "road",
    "rw": "row",
    "sq": "square",
    "st": "street",
    "str": "street",
    "ter": "terrace",
    "terr": "terrace",
    "tce": "terrace",
    "wlk": "walk",
    "wy": "way",
    "yd": "yard",
}
"""Short forms of the last word of a street -> the whole word."""

WHOLE_TYPES = frozenset(STREET_TYPES.values()) | {
    "alley",
    "approach",
    "bank",
    "chase",
    "common",
    "croft",
    "crossing",
    "dale",
    "end",
    "field",
    "fields",
    "gate",
    "hill",
    "mead",
    "meadow",
    "meadows",
    "mews",
    "parkway",
    "path",
    "quay",
    "rise",
    "side",
    "vale",
    "view",
    "villas",
    "wharf",
}
"""Last words of a street."""

_FLAT = r"\b(?:flat|flt|apartment|apt|unit|room|bedsit)\.?\s*(?:no\.?\s*|number\s*)?([0-9]+[a-z]?|[a-z])\b"
_NUMBER = r"(?:^|[, ])(\d+\s?[a-z]?(?:\s?[-/]\s?\d+[a-z]?)?)[, ]+([a-z][a-z'. -]*[a-z])"
_PLAIN = r"^(\d+[a-z]?),? ([a-z]{2,}(?: [a-z]+)*)(?:,|$)"
"""What :data:`_NUMBER` finds in the address of a plain house, told ten times as fast."""
_BUILDINGS = {"house", "hse", "court", "ct", "crt", "cottages", "cotts", "villas"}
_ROADS = "|".join(sorted({*STREET_TYPES, *WHOLE_TYPES} - _BUILDINGS))
_WORDED = r"^([a-z][a-z'.-]*(?: [a-z][a-z'.-]*)+)(?:,|$)"
_NAMED = rf"(?:^|, )([a-z][a-z'. -]* (?:{_ROADS}))\.?(?:,|$)"


def streets_of(lines: pl.Series) -> pl.DataFrame:
    """Take addresses apart.

    Args:
        lines: folded addresses, parts separated by ``, ``, without postcode.

    Returns:
        house_number (``3``, ``3a``, ``flat 2/14``) and street, in order; null where the address shows none. Where no
        number and no known type of street shows, the first part of two words or more stands for the street.

    Example:
        >>> streets_of(pl.Series(["flat 2, 14 oak rd, northtown", "elm cottage, long lane"])).rows()
        [('flat 2/14', 'oak road'), (None, 'long lane')]
    """
    column = pl.col("line")
    has_flat = column.str.contains(r"\b(?:flat|flt|apartment|apt|unit|room|bedsit)\b")
    frame = (
        lines.to_frame("line")
        .lazy()
        .with_columns(
            _only(has_flat, column).str.extract(_FLAT).alias("flat"),
            pl.coalesce(_only(has_flat, column).str.replace(_FLAT, ",").str.strip_chars(", "), column).alias("line"),
        )
        .with_columns(pl.col("line").str.extract_groups(_PLAIN).alias("plain"))
        .with_columns(
            _only(pl.col("plain").struct.field("1").is_null(), column).str.extract_groups(_NUMBER).alias("found")
        )
        .select(
            "flat",
            "line",
            pl.coalesce(
                pl.col("plain").struct.field("1"),
                pl.col("found").struct.field("1").str.replace_all(" ", "", literal=True),
            ).alias("number"),
            pl.coalesce(pl.col("plain").struct.field("2"), pl.col("found").struct.field("2")).alias("street"),
        )
        .with_columns(
            pl.coalesce("street", _only(pl.col("street").is_null(), pl.col("line")).str.extract(_NAMED)).alias("street")
        )
        .with_columns(
            pl.coalesce("street", _only(pl.col("street").is_null(), pl.col("line")).str.extract(_WORDED)).alias(
                "street"
            )
        )
        .collect()
    )
    street = by_value(frame["street"], lambda some: pl.DataFrame({"s": [_street(item) for item in some]}))
    return frame.select(
        pl.when(pl.col("flat").is_not_null())
        .then(pl.concat_str([pl.format("flat {}", "flat"), "number"], separator="/", ignore_nulls=True))
        .otherwise("number")
        .alias("house_number"),
        street["s"].alias("street"),
    )


def _only(where: pl.Expr, column: pl.Expr) -> pl.Expr:
    """A column where something holds and null elsewhere, so that expressions after it pass over the rest."""
    return pl.when(where).then(column)


def _street(text: str) -> str:
    """Write the street's type whole, and cut off what follows it (a town without a comma)."""
    words = text.replace("'", "").replace(".", " ").replace("-", " ").split()
    for place in range(1, len(words)):
        word = words[place]
        last = place == len(words) - 1
        if word in STREET_TYPES and (last or word not in {"st", "la", "mt", "est", "gr"} or place > 1):
            return " ".join([*words[:place], STREET_TYPES[word]])
        if word in WHOLE_TYPES and (last or not _continues(words[place + 1])):
            return " ".join(words[: place + 1])
    return " ".join(words)


def _continues(word: str) -> bool:
    """Whether a word after a street type makes it part of a longer name: Park Road, Mill Lane Close."""
    return word in STREET_TYPES or word in WHOLE_TYPES
