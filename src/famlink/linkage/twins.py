"""Twins that no source states: somebody else of one date of birth at one home, and what that takes off a pair's weight.

One twin's record often carries the other's forename. That a person has a twin at all is rare, and the priors say so; once
the twin is in the hub, a record that fits both is as likely the twin's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.families import TWIN
from famlink.linkage.model import Model
from famlink.linkage.scoring import prior_bits
from famlink.waiting import Records

Rows = NDArray[np.int32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_HOMES = (("uprn",), ("postcode",), ("house_number", "street"))
FULLEST = 8
"""More records of one birthday at one home than this are an institution's, or a placeholder's, and no twins."""


def twins_seen(frame: Records, labels: Ints, *, differ: Callable[[Rows, Rows], NDArray[np.bool_]]) -> Rows:
    """Records of two people who were born on one day, live in one place and have different forenames.

    Args:
        frame: the merged standardised records, one row each, in row order.
        labels: the person of each record.
        differ: says of pairs of rows whether their forenames differ altogether.

    Returns:
        pairs of rows (n x 2), the left below the right, sorted.
    """
    nothing = np.zeros((0, 2), dtype=np.int32)
    if not {"date_of_birth", "forename"} <= set(frame.columns):
        return nothing
    # Where there are postcodes a street without one may be of another town.
    homes = [home for home in _HOMES if set(home) <= set(frame.columns)]
    homes = [home for home in homes if home != _HOMES[2] or "postcode" not in frame.columns]
    found = []
    for home in homes:
        key = ["date_of_birth", *home]
        here = (
            frame.select(*key, "forename")
            .with_columns(pl.int_range(pl.len(), dtype=pl.Int32).alias("row"), pl.Series("person", labels))
            .drop_nulls()
            .filter((pl.col("person").n_unique().over(key) > 1) & (pl.len().over(key) <= FULLEST))
        )
        pairs = here.join(here, on=key, suffix="_right").filter(
            (pl.col("row") < pl.col("row_right")) & (pl.col("person") != pl.col("person_right"))
        )
        found.append(pairs.select("row", "row_right"))
    if not found:
        return nothing
    told = pl.concat(found).unique().sort("row", "row_right").to_numpy().astype(np.int32)
    left, right = np.ascontiguousarray(told.T)
    return np.asarray(told[differ(left, right)], dtype=np.int32)


def of_twins(pairs: Rows, labels: Ints) -> NDArray[np.bool_]:
    """Whether each record's person is one of some twins."""
    people = np.zeros(len(labels), dtype=np.bool_)
    people[labels[pairs.ravel()]] = True
    return people[labels]


def lessened(
    weight: Floats, bits: Floats, strata: NDArray[np.int16], *, model: Model, agencies: tuple[str, ...]
) -> Floats:
    """Weigh pairs again of which one is known to have a twin: across agencies, and before birth, the twin is as likely meant.

    Args:
        weight: match weights, with the usual prior of twins.
        bits: pair x class: log2 of m over the class's probability.
        strata: of each pair, as ``Model.strata`` has them.
        model: trained.
        agencies: in stratum order.

    Returns:
        match weights, none larger than before.
    """
    twin = np.array([prior_bits(stratum)[TWIN] for stratum in model.strata(agencies)])
    against = twin - twin[0]
    against[1 + len(agencies) :] *= [agency not in model.births for agency in agencies]
    against = np.clip(against[strata] - bits[:, TWIN], -100.0, 100.0)
    return np.asarray(np.clip(-np.logaddexp2(-weight, against), -60.0, 60.0), dtype=np.float64)
