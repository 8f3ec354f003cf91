"""Sex and gender codes: 1 and 2, M and F, ``b) Female``, U, 0, 9."""

from __future__ import annotations

import polars as pl

from famlink.standardisation.cleaned import REASON, Cleaned, by_value
from famlink.standardisation.folding import fold

NOT_KNOWN = "not known"
UNBORN = "not known: unborn"
FROM_GENDER = "taken from gender: the agency records no sex"
NO_CODE = "not a code that is known"

_SEX = {
    **dict.fromkeys(("1", "01", "m", "male", "man", "boy", "mal"), "male"),
    **dict.fromkeys(("2", "02", "f", "female", "woman", "girl", "fem", "w"), "female"),
}
_UNKNOWN = ("u", "9", "09", "99", "3", "i", "x", "unknown", "not known", "not stated", "not specified", "indeterminate")
_UNBORN = ("0", "00", "unborn")
_GENDER = {
    **_SEX,
    **dict.fromkeys(("trans man", "trans male", "transgender man", "transgender male"), "male"),
    **dict.fromkeys(("trans woman", "trans female", "transgender woman", "transgender female"), "female"),
    **dict.fromkeys(
        (
            "o",
            "other",
            "non-binary",
            "nonbinary",
            "non binary",
            "nb",
            "transgender",
            "agender",
            "genderfluid",
            "intersex",
        ),
        "other",
    ),
}


def sex_of(records: pl.DataFrame) -> Cleaned:
    """Read the sex and gender of records.

    Where an agency records no sex at all but a gender, sex is taken from gender, with a reason.

    Args:
        records: rows of the RECORDS table.

    Returns:
        sex and gender, with reasons.
    """
    sex = by_value(records["sex"], lambda some: _read(some, _SEX))
    gender = by_value(records["gender"], lambda some: _read(some, _GENDER))
    frame = pl.DataFrame(
        {
            "agency": records["agency"],
            "written": records["sex"].is_not_null(),
            "sex": sex["value"],
            "gender": gender["value"],
            REASON: sex[REASON],
        }
    ).with_columns(
        (
            ~pl.col("written").any().over("agency") & pl.col("gender").is_in(["female", "male"]).fill_null(value=False)
        ).alias("taken")
    )
    frame = frame.with_columns(
        pl.when("taken").then("gender").otherwise("sex").alias("sex"),
        pl.when("taken").then(pl.lit(FROM_GENDER)).otherwise(REASON).alias(REASON),
    )
    return Cleaned(frame.select("sex", "gender"), {"sex": frame[REASON], "gender": gender[REASON]})


def _read(values: pl.Series, codes: dict[str, str]) -> pl.DataFrame:
    words = [fold(text) for text in values]
    bare = [word[2:].strip() if word[1:2] == ")" else word for word in words]
    return pl.DataFrame(
        {"value": [codes.get(word) for word in bare], REASON: [None if w in codes else _why(w) for w in bare]},
        schema={"value": pl.String, REASON: pl.String},
    )


def _why(word: str) -> str:
    if word in _UNBORN:
        return UNBORN
    return NOT_KNOWN if word in _UNKNOWN else NO_CODE
