"""Clusters to people, and scored pairs to links with a verdict and a reason in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.odds import probabilities_of_weights, weight_of_probability
from famlink.tables import LINKS, PEOPLE
from famlink.texts import named, text_hashes
from famlink.waiting import Records

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHOWN = weight_of_probability(0.01)
"""Pairs of this match weight or more are written, and every pair inside a person."""

STATED = "stated as relatives by one agency"
BARRED = "on the must-not-link list"
VERIFIED = "two different verified NHS numbers"
JUDGED_ONE = "a person decided that they are one"
JUDGED_TWO = "a person decided that they are two"
RULED_ONE = "a rule decided that they are one"
RULED_TWO = "a rule decided that they are two"
CLASSED_ONE = "a classifier decided that they are one"
CLASSED_TWO = "a classifier decided that they are two"
SAME_VERIFIED = "one verified NHS number"
TOGETHER = "all records of the two, taken together, are one person's"
THROUGH = "joined through other records of the person"
OUTVOTED = "other records of the two people speak against it"
ATTESTED = "the agency attests that its records are different people"
HELD = "one person in the run before, and little speaks for parting them"
AMBIGUOUS = "two people (relatives of one name, or twins) fit this record: a person should decide"


@dataclass(frozen=True)
class Pairs:
    """Pairs of records with what is known of them.

    Args:
        left: row.
        right: row, above the left.
        weight: match weight in bits.
        unadjusted: weight without prior, frequency or kin.
        reason: place in :data:`REASONS`, 0 for none.
    """

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    weight: Floats
    unadjusted: Floats
    reason: NDArray[np.int8]


REASONS = (
    None, STATED, BARRED, VERIFIED, SAME_VERIFIED, AMBIGUOUS, ATTESTED, JUDGED_ONE, JUDGED_TWO, RULED_ONE, RULED_TWO,
    CLASSED_ONE, CLASSED_TWO, HELD, TOGETHER,
)  # fmt: skip
AT_ONCE = 1 << 17
"""Pairs that are put into words at once."""


def people_of(records: Records, labels: Ints, pairs: Pairs, *, joined: Floats | None = None) -> pl.DataFrame:
    """Give every record its person.

    Args:
        records: the merged standardised table, in row order.
        labels: smallest row of each record's cluster.
        pairs: scored pairs.
        joined: for each record the odds, in bits, by which it and those with it joined the rest of its person when the two
            were compared as wholes, NaN where they were not; None: nobody was.

    Returns:
        table ``people``, in row order. The person's id is a hash of its first record: opaque, and the same in every run.
    """
    inside = labels[pairs.left] == labels[pairs.right]
    best = np.full(len(labels), -np.inf)
    worst = np.zeros(len(labels))
    for side in (pairs.left[inside], pairs.right[inside]):
        np.maximum.at(best, side, pairs.weight[inside])
        np.minimum.at(worst, side, pairs.weight[inside])
    sizes = np.bincount(labels, minlength=len(labels)) if len(labels) else np.zeros(0, dtype=np.int64)
    # The strongest tie to the rest, less what the most contrary record of the person says.
    belongs = np.where(np.isfinite(best), best + np.maximum(worst, -best.clip(0.0, None)), 0.0)
    belongs = belongs if joined is None else np.fmax(belongs, joined)
    probability = np.where(sizes[labels] > 1, probabilities_of_weights(belongs), 1.0)
    # A label is the smallest row of its person, so persons are counted in the order of their labels.
    own = labels == np.arange(len(labels))
    place = (np.cumsum(own) - 1)[labels]
    given = records.select("agency", "record_id", "origin")
    told = given.filter(own).select(pl.concat_str("agency", pl.lit("\x1f"), "record_id")).to_series()
    ids = named(text_hashes(told), "P").gather(place).alias("person_id")
    table = given.select("agency", "record_id", ids, pl.Series("probability", probability, dtype=pl.Float64), "origin")
    # Records were found to be distinct when they were merged; looking for repeated keys in a million would cost time.
    PEOPLE.check(table.head(1000))
    return table


def links_of(records: Records, labels: Ints, pairs: Pairs, *, match: float, review: float) -> Iterator[pl.DataFrame]:
    """Write the pairs with their verdicts, some hundred thousand at a time: in words they take ten times their memory.

    Args:
        records: the merged standardised table, in row order.
        labels: smallest row of each record's cluster.
        pairs: scored pairs, every pair inside a cluster among them.
        match: match probability at and above which a pair may be one person.
        review: match probability at and above which a pair is put up for review.

    Yields:
        rows of table ``links``, by left and right row.
    """
    kept = np.flatnonzero((labels[pairs.left] == labels[pairs.right]) | (pairs.weight >= SHOWN))
    agencies, ids = records.select("agency", "record_id").get_columns()
    names = pl.Series([text or "" for text in REASONS], dtype=pl.String)
    # One part without rows says what a table without any looks like.
    for at in range(0, max(1, len(kept)), AT_ONCE):
        some = kept[at : at + AT_ONCE]
        left, right = pairs.left[some], pairs.right[some]
        frame = pl.DataFrame(
            {
                "agency_left": agencies.gather(left),
                "record_id_left": ids.gather(left),
                "agency_right": agencies.gather(right),
                "record_id_right": ids.gather(right),
                "match_weight": pairs.weight[some],
                "unadjusted_weight": pairs.unadjusted[some],
                "match_probability": probabilities_of_weights(pairs.weight[some]),
                "inside": labels[left] == labels[right],
                "why": names.gather(pairs.reason[some].astype(np.int64)),
            }
        )
        part = frame.with_columns(*_verdict(match, review)).select(LINKS.names)
        # Pairs of rows are distinct by construction; looking for repeated keys in millions of rows would cost a gigabyte.
        LINKS.check(part.head(1000))
        yield part


def _verdict(match: float, review: float) -> tuple[pl.Expr, pl.Expr]:
    """Verdict and reason of pairs of whose persons, probability and marks are known."""
    asked = pl.col("match_probability") >= review
    likely = pl.col("match_probability") >= match
    verdict = (
        pl.when("inside")
        .then(pl.lit("match"))
        .when(asked | (pl.col("why") == AMBIGUOUS))
        .then(pl.lit("review"))
        .otherwise(pl.lit("distinct"))
    )
    told = (
        pl.when(pl.col("why") != "")
        .then("why")
        .when(pl.col("inside") & ~likely)
        .then(pl.lit(THROUGH))
        .when(~pl.col("inside") & likely)
        .then(pl.lit(OUTVOTED))
    )
    return verdict.alias("verdict"), told.alias("reason")
