"""Relationship rows -> ties between an agency's records, and records for the people named only in words."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from famlink.extracts.columns import Canonical
from famlink.extracts.people import NO_ID, NOT_GIVEN
from famlink.extracts.tabular import ROW, rejects
from famlink.extracts.values import BACKWARDS, dates, known_in, yes_no
from famlink.tables import PEOPLE_COLUMNS, RECORDS, REJECTED, TIES
from famlink.vocabulary.dates import is_open_end

NOBODY = "names nobody: neither a record nor a name, date of birth, address or telephone"
ITSELF = "relates a record to itself"
TAKEN = "the id this person in words would have is a record of the agency's own"
UNSAID = "no relationship is given; kept as unknown"
UNKNOWN = "unknown"

WORDS = {
    "forename": "related_forename",
    "surname": "related_surname",
    "date_of_birth": "related_date_of_birth",
    "sex": "related_sex",
    "address": "related_address",
    "postcode": "related_postcode",
    "phone": "related_phone",
}
"""Canonical people column -> the relationship column that gives it in words."""


@dataclass(frozen=True)
class Ties:
    """What one file of relationships became.

    Args:
        rows: rows of the TIES table.
        named: rows of the RECORDS table for people named in words.
        rejected: rows of the REJECTED table.
        worded: (record_id, worded): how many people each record has named in words so far.
    """

    rows: pl.DataFrame
    named: pl.DataFrame
    rejected: pl.DataFrame
    worded: pl.DataFrame


def no_words() -> pl.DataFrame:
    """The count of people named in words before any file is read."""
    return pl.DataFrame(schema={"record_id": pl.String, "worded": pl.UInt32})


def ties_of(canonical: Canonical, *, agency: str, file: str, given: pl.Series, worded: pl.DataFrame) -> Ties:
    """Turn one file's rows into ties.

    Where a row gives both a record and words, the record wins. Sex alone is not a person in words.

    Args:
        canonical: the rows under canonical names.
        agency: whose they are.
        file: the file's name.
        given: every record id the agency gave, in all its sources.
        worded: how many people each record named in words in earlier files.

    Returns:
        ties, named records and rejects.
    """
    frame = canonical.frame
    has_words = pl.any_horizontal(pl.col(column).is_not_null() for name, column in WORDS.items() if name != "sex")
    frame = frame.with_columns(
        (pl.col("related_record_id").is_null() & has_words).alias("in_words"),
        known_in(frame["record_id"], given).alias("known"),
        known_in(frame["related_record_id"], given).alias("relative_known"),
    )
    frame = frame.with_columns(pl.when(pl.col("in_words") & pl.col("known")).then("record_id").alias("namer"))
    frame = (
        frame.join(worded.rename({"record_id": "namer"}), on="namer", how="left", maintain_order="left")
        .with_columns((pl.col("worded").fill_null(0) + pl.col("namer").cum_count().over("namer")).alias("nth"))
        .with_columns(
            pl.when(pl.col("namer").is_not_null())
            .then(pl.format("{}~{}", "namer", "nth"))
            .otherwise("related_record_id")
            .alias("relative_record_id")
        )
    )
    taken = known_in(frame["relative_record_id"], given) & frame["in_words"]
    fault = frame.select(
        pl.when(pl.col("record_id").is_null())
        .then(pl.lit(NO_ID))
        .when(~pl.col("known"))
        .then(pl.lit(NOT_GIVEN))
        .when(~pl.col("in_words") & pl.col("related_record_id").is_null())
        .then(pl.lit(NOBODY))
        .when(taken)
        .then(pl.lit(TAKEN))
        .when(~pl.col("in_words") & ~pl.col("relative_known"))
        .then(pl.lit(NOT_GIVEN))
        .when(pl.col("record_id") == pl.col("relative_record_id"))
        .then(pl.lit(ITSELF))
    ).to_series()
    own, other = (pl.lit(canonical.theirs.get(name), dtype=pl.String) for name in ("record_id", "related_record_id"))
    gone = frame.select(
        pl.lit(agency).alias("source"),
        pl.lit(file).alias("file"),
        pl.col(ROW).alias("row"),
        pl.when(pl.col("known")).then(other).otherwise(own).alias("column"),
        fault.alias("reason"),
        pl.lit("row").alias("level"),
    ).filter(pl.col("reason").is_not_null())
    kept = frame.filter(fault.is_null())
    counts = (
        pl.concat(
            [worded, kept.filter(pl.col("in_words")).select("record_id", pl.col("nth").alias("worded").cast(pl.UInt32))]
        )
        .group_by("record_id", maintain_order=True)
        .agg(pl.col("worded").max())
    )
    rows, cells = _ties(kept, canonical, agency=agency, file=file)
    return Ties(rows, _named(kept, agency=agency, file=file), pl.concat([REJECTED.empty(), gone, *cells]), counts)


def _ties(
    kept: pl.DataFrame, canonical: Canonical, *, agency: str, file: str
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    theirs = canonical.theirs
    start, not_start = dates(kept, "start", canonical, agency=agency, file=file)
    end, not_end = dates(kept, "end", canonical, agency=agency, file=file)
    open_end = end.select(is_open_end(pl.col("earliest")).fill_null(value=False)).to_series()
    backwards = (end["latest"] < start["earliest"]).fill_null(value=False) & ~open_end
    turned = rejects(agency, file, kept[ROW].filter(backwards), BACKWARDS, level="cell", column=theirs.get("end"))
    holds, not_holds = yes_no(kept, "parental_responsibility", canonical, agency=agency, file=file)
    lives, not_lives = yes_no(kept, "lives_with", canonical, agency=agency, file=file)
    unsaid = kept.filter(pl.col("relationship").is_null())[ROW]
    not_said = rejects(agency, file, unsaid, UNSAID, level="cell", column=theirs.get("relationship"))
    rows = kept.select(
        pl.lit(agency).alias("agency"),
        "record_id",
        "relative_record_id",
        pl.col("relationship").fill_null(UNKNOWN),
        start["earliest"].alias("start"),
        end.select(pl.when(~(open_end | backwards)).then("latest")).to_series().alias("end"),
        holds.alias("parental_responsibility"),
        lives.alias("lives_with"),
        pl.lit(file).alias("file"),
        pl.col(ROW).alias("file_row"),
    )
    return TIES.conform(rows), [not_start, not_end, turned, not_holds, not_lives, not_said]


def _named(kept: pl.DataFrame, *, agency: str, file: str) -> pl.DataFrame:
    """A record for each person named in words, naming the record that names them."""
    return RECORDS.conform(
        kept.filter(pl.col("in_words")).select(
            pl.lit(agency).alias("agency"),
            pl.col("relative_record_id").alias("record_id"),
            pl.lit(0, dtype=pl.UInt32).alias("part"),
            pl.lit("named").alias("origin"),
            pl.col("record_id").alias("named_by"),
            pl.lit(file).alias("file"),
            pl.col(ROW).alias("file_row"),
            *(
                (pl.col(WORDS[name]) if name in WORDS else pl.lit(None, dtype=pl.String)).alias(name)
                for name in PEOPLE_COLUMNS
                if name != "record_id"
            ),
        )
    )
