"""What binds records besides their weights: what sources state, verified numbers, lists, and what people decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage import resolution
from famlink.linkage.clustering import Bonds
from famlink.linkage.encoding import Encoded
from famlink.linkage.judgements import BY, Judged
from famlink.linkage.resolution import Pairs

Rows = NDArray[np.int32]

SIDES = ("agency_left", "record_id_left", "agency_right", "record_id_right")
"""Columns of a table of pairs."""


@dataclass(frozen=True)
class Decided:
    """What binds records besides their weights.

    Args:
        ties: table ``ties``.
        banned: pairs of rows on the must-not-link list.
        apart: for each record its agency where that attests that its records are different people, -1 elsewhere.
        judged: pairs that people, rules and classifiers decided about.
        learn: whether to learn the priors of family evidence.
        without: parts of the method to leave out.
        before: table ``people`` of the run before; None: none is heeded.
    """

    ties: pl.DataFrame
    banned: Rows
    apart: NDArray[np.int16]
    judged: Judged
    learn: bool
    without: frozenset[str]
    before: pl.DataFrame | None = None


@dataclass(frozen=True)
class Bound:
    """Pairs that weights alone do not decide.

    Args:
        bonds: what clustering heeds.
        stated: pairs that one agency states to be relatives.
        placed: pairs that a person decided to be one.
        words: pairs and the reason to write for them, in the order in which a later reason replaces an earlier one.
    """

    bonds: Bonds
    stated: Rows
    placed: Rows
    words: tuple[tuple[Rows, str], ...]


def bound(encoded: Encoded, pairs: Pairs, decided: Decided, *, numbers: bool) -> Bound:
    """Bind pairs.

    Args:
        encoded: the records.
        pairs: scored.
        decided: what binds them.
        numbers: whether verified NHS numbers do.

    Returns:
        what is bound. People stand above sources, the must-not-link list above both.
    """
    stated = rows_of(encoded, decided.ties, ("agency", "record_id", "agency", "relative_record_id"))
    verified, same = _verified(encoded, pairs) if numbers else (np.zeros((0, 2), dtype=np.int32),) * 2
    ones = {by: rows_of(encoded, _said_by(decided.judged.same, by), SIDES) for by in BY}
    twos = {by: rows_of(encoded, _said_by(decided.judged.distinct, by), SIDES) for by in BY}
    one, two = ones["person"], twos["person"]
    # What a person decided stands above what a source states, but never above the must-not-link list.
    stated, verified = _without(stated, one, encoded.rows), _without(verified, one, encoded.rows)
    never, apart = np.concatenate([decided.banned, two]), np.full_like(decided.apart, -1)
    if "constraints" not in decided.without:
        never, apart = np.concatenate([stated, verified, never]), decided.apart
    never = never.astype(np.int32)
    same = _without(np.concatenate([same, one]).astype(np.int32), never, encoded.rows)
    # What a rule or a classifier decided stands above weights alone: not above people, sources or verified numbers.
    ruled = {by: _without(ones[by], never, encoded.rows) for by in BY[1:]}
    parted = {by: _without(twos[by], same, encoded.rows) for by in BY[1:]}
    never = np.concatenate([never, *parted.values()]).astype(np.int32)
    always = np.concatenate([same, *ruled.values()]).astype(np.int32)
    words = (
        (stated, resolution.STATED),
        (verified, resolution.VERIFIED),
        (same, resolution.SAME_VERIFIED),
        (one, resolution.JUDGED_ONE),
        (two, resolution.JUDGED_TWO),
        (ruled["rule"], resolution.RULED_ONE),
        (parted["rule"], resolution.RULED_TWO),
        (ruled["classifier"], resolution.CLASSED_ONE),
        (parted["classifier"], resolution.CLASSED_TWO),
    )
    before = _before(encoded, decided.before)
    return Bound(Bonds(never=never, always=always, apart=apart, before=before), stated, one, words)


def _before(encoded: Encoded, people: pl.DataFrame | None) -> Rows:
    """The person of each record in the run before, as a number; -1 for a record that was not in it."""
    if people is None:
        return np.zeros(0, dtype=np.int32)
    numbered = people.select("agency", "record_id", pl.col("person_id").rank("dense").cast(pl.Int32).alias("before"))
    found = encoded.frame.select("agency", "record_id").join(
        numbered, on=["agency", "record_id"], how="left", maintain_order="left"
    )
    return found["before"].fill_null(-1).to_numpy()


def rows_of(encoded: Encoded, table: pl.DataFrame | None, names: tuple[str, str, str, str]) -> Rows:
    """Pairs of rows a table names, left below right; pairs of records that are not there are left out."""
    if table is None or table.is_empty():
        return np.zeros((0, 2), dtype=np.int32)
    place = encoded.frame.select("agency", "record_id", pl.int_range(pl.len(), dtype=pl.Int32).alias("at"))
    found = (
        table.select(pl.col(name).alias(f"k{n}") for n, name in enumerate(names))
        .join(place, left_on=["k0", "k1"], right_on=["agency", "record_id"])
        .join(place, left_on=["k2", "k3"], right_on=["agency", "record_id"], suffix="_right")
        .select(pl.min_horizontal("at", "at_right").alias("a"), pl.max_horizontal("at", "at_right").alias("b"))
        .filter(pl.col("a") != pl.col("b"))
        .unique()
        .sort("a", "b")
    )
    return found.to_numpy().astype(np.int32).reshape(-1, 2)


def _said_by(table: pl.DataFrame, by: str) -> pl.DataFrame:
    return table.filter(pl.col("by") == by)


def _without(pairs: Rows, others: Rows, rows: int) -> Rows:
    """Pairs that are not among others."""
    return pairs[~among(pairs[:, 0], pairs[:, 1], others, rows)]


def among(left: Rows, right: Rows, pairs: Rows, rows: int) -> NDArray[np.bool_]:
    """Whether each pair is one of some pairs."""
    if not len(pairs) or not len(left):
        return np.zeros(len(left), dtype=np.bool_)
    known = np.unique(pairs[:, 0].astype(np.int64) * rows + pairs[:, 1])
    keys = left.astype(np.int64) * rows + right
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[at] == keys, dtype=np.bool_)


def _verified(encoded: Encoded, pairs: Pairs) -> tuple[Rows, Rows]:
    """Scored pairs with two different, and with one, verified NHS number.

    A number is verified where the source says it traced it. Two different ones part two records unless one is a former
    number of the other; one number joins them where their forenames agree, or the dates of birth do and no forename
    speaks against it.
    """
    nothing = np.zeros((0, 2), dtype=np.int32)
    frame = encoded.frame
    if "nhs_number_verified" not in frame.columns or not frame["nhs_number_verified"].fill_null(value=False).any():
        return nothing, nothing
    here = (frame["nhs_number_verified"].fill_null(value=False) & frame["nhs_number"].is_not_null()).to_numpy()
    both_here = here[pairs.left] & here[pairs.right]
    left, right = pairs.left[both_here], pairs.right[both_here]
    wanted = frame.select(pl.col("nhs_number").alias("number"), "former_nhs_number", "forename", "date_of_birth")
    a = wanted[left.astype(np.int64)]
    b = wanted[right.astype(np.int64)].rename(lambda name: f"{name}_right")
    both = pl.concat([a, b], how="horizontal")
    differ = pl.col("number") != pl.col("number_right")
    former = pl.col("former_nhs_number").list.contains(pl.col("number_right")).fill_null(value=False) | (
        pl.col("former_nhs_number_right").list.contains(pl.col("number")).fill_null(value=False)
    )
    names = pl.col("forename") == pl.col("forename_right")
    births = pl.col("date_of_birth") == pl.col("date_of_birth_right")
    agrees = names.fill_null(value=False) | (births.fill_null(value=False) & names.is_null())
    told = both.select(
        (differ & ~former).fill_null(value=False).alias("apart"), (~differ & agrees).fill_null(value=False).alias("one")
    )
    stacked = np.stack([left, right], axis=1)
    return stacked[told["apart"].to_numpy()], stacked[told["one"].to_numpy()]
