"""What a model learns from, in order: random pairs, stated relatives, the pairs of each training rule, all blocked pairs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.backends.local import LocalBackend, Patterns
from famlink.linkage.blocking import Blocking, block
from famlink.linkage.dated import straightened
from famlink.linkage.encoding import AWAITING, BORN, Encoded, frequencies_of
from famlink.linkage.estimation import (
    RELATIVES,
    Counted,
    learn_kin,
    learn_m,
    learn_m_from_labels,
    learn_priors,
    learn_u,
    stranger_weights,
)
from famlink.linkage.model import KIN, Comparison, Model, Rule
from famlink.linkage.namegroups import learn_groups
from famlink.linkage.uncertainty import Taught, with_intervals
from famlink.texts import text_hashes
from famlink.vocabulary.relationships import read_relationships

Rows = NDArray[np.int32]

RANDOM_PAIRS = 1_000_000
RULE_PAIRS = 200_000
"""Pairs of one rule that teach m: a dozen rules make some two million, as many as other tools' EM samples."""
PRIOR_PAIRS = 50_000
"""Pairs of one rule that teach the priors: their error is then a hundredth or so, small beside what is not modelled."""
ENOUGH_TIES = 50
TELLING = ("forename", "surname", "date_of_birth")
AT_HOME = ("forename", "surname", "address")
"""Comparisons that stand in for them in an agency that hardly records births."""
HOMES = ("street", "postcode", "uprn")
"""Columns one of which an address must have."""
LEAST_KNOWN = 0.05
"""Share of an agency's pairs that must tell a person by TELLING, for its prior to be learnt from them."""
LEAST_TELLING = 0.2
"""Share of records that must have those fields for the prior to be learnt from them alone."""
SHARED_HOME = 0.35
"""Share of relatives that have one surname and one postcode and whose forenames and dates of birth are both recorded."""
BIRTH_BEFORE = 70
"""Days between a birth and the day it was expected, at most."""
_CLASSES = {
    "parent": "parent",
    "child": "parent",
    "sibling": "sibling",
    "partner": "partner",
    "spouse": "partner",
    "ex-partner": "partner",
    "ex-spouse": "partner",
}


@dataclass(frozen=True)
class Lessons:
    """What a model learns from beside the records themselves.

    Args:
        ties: table ``ties``.
        distinct: agencies that attest that their records are different people.
        labels: pair x (left row, right row) of pairs known to be one person, which teach m; None: no labels.
        seed: of the resampling that bounds what is learnt.
        kin: False trains two classes, the same person and strangers, as if nobody had relatives.
        names: whether to learn which names go together.
    """

    ties: pl.DataFrame
    distinct: frozenset[str] = frozenset()
    labels: Rows | None = None
    seed: int = 0
    kin: bool = True
    names: bool = True


def train(model: Model, backend: LocalBackend, blocking: Blocking, *, lessons: Lessons) -> Model:
    """Train a model on the records it will link.

    Args:
        model: comparisons and rules with shipped probabilities.
        backend: compares pairs of the encoded records.
        blocking: the blocks of every rule.
        lessons: ties, labels and how to learn.

    Returns:
        the model, trained.
    """
    encoded = backend.encoded
    fields = {
        c.frequency_field for c in model.comparisons if c.frequency_field and c.frequency_field in encoded.columns
    }
    model = replace(model, frequencies={name: frequencies_of(encoded, name) for name in sorted(fields)})
    model = replace(model, names=learn_groups(encoded)) if lessons.names else model
    first = model
    shipped = {comparison.name: comparison for comparison in model.comparisons}
    left, right = random_pairs(encoded)
    drawn = _counted(backend.patterns_of(left, right))
    records = encoded.rows
    guess = replace(model.across, match=min(0.2, 2.0 / records))
    model = replace(model, across=guess)
    # The few matches among random pairs would teach that strangers share an NHS number: they are weighed out.
    for _ in range(2):
        model = learn_u(model, drawn, weights=stranger_weights(model, drawn), base=first)
    stated, relatives = _relatives(encoded, backend, lessons.ties) if lessons.kin else ({}, np.zeros(len(KIN)))
    model = learn_kin(model, stated)
    blocked = _counted(backend.count_patterns(blocking, most=PRIOR_PAIRS))
    pairs = _pairs_in_all(encoded, lessons.distinct)
    sure, observed = _telling(encoded, backend, blocked, lessons.distinct)
    trained = []
    for number, made in enumerate(blocking.blocks):
        if made.rule.trains:
            patterns = backend.count_patterns(blocking.only(number), most=RULE_PAIRS)
            trained.append((_silent(model, made.rule.on), _counted(patterns)))
    judged = None if lessons.labels is None else _counted(backend.patterns_of(*np.ascontiguousarray(lessons.labels.T)))
    for _ in range(2):
        model = learn_m(model, trained, base=first)
        model = model if judged is None else learn_m_from_labels(model, judged)
        model = straightened(learn_kin(_with_shipped_kin(model, shipped), stated))
        model = learn_priors(
            model,
            sure,
            pairs=pairs,
            observed=observed,
            relatives=relatives,
            agencies=encoded.agencies,
            awaiting=_standing(encoded, AWAITING),
        )
        strangers = stranger_weights(model, drawn)
        model = straightened(learn_u(model, drawn, weights=strangers, base=first))
    return with_intervals(model, Taught(drawn, trained, judged, most=RULE_PAIRS), base=first, seed=lessons.seed)


def random_pairs(encoded: Encoded, *, most: int = RANDOM_PAIRS) -> tuple[Rows, Rows]:
    """Pairs that every run and backend agrees on: records by a hash of their ids, each with the next few.

    Args:
        encoded: the records.
        most: how many pairs at most.

    Returns:
        left and right rows; every pair of a hub too small for ``most``.
    """
    n = encoded.rows
    if n * (n - 1) // 2 <= most:
        i, j = np.triu_indices(n, 1)
        return i.astype(np.int32), j.astype(np.int32)
    hashes = text_hashes(encoded.frame.select(pl.concat_str("agency", pl.lit("\x1f"), "record_id")).to_series())
    order = np.argsort(hashes, kind="stable").astype(np.int32)
    steps = max(1, most // n)
    left = np.concatenate([order[:-step] for step in range(1, steps + 1)])
    right = np.concatenate([order[step:] for step in range(1, steps + 1)])
    return np.minimum(left, right), np.maximum(left, right)


def _relatives(
    encoded: Encoded, backend: LocalBackend, ties: pl.DataFrame
) -> tuple[dict[str, Counted], NDArray[np.float64]]:
    """Patterns of stated relatives by kin class, and relatives a person."""
    shipped = np.array(RELATIVES)
    if ties.is_empty():
        return {}, shipped * _families_seen(encoded, backend)
    words = ties["relationship"].unique().sort()
    read = read_relationships(words)
    meaning = pl.DataFrame({"relationship": words, "kind": read["kind"].cast(pl.String)}).with_columns(
        pl.col("kind").replace_strict(_CLASSES, default=None).alias("class")
    )
    due = ["expected_date_of_birth"] if "expected_date_of_birth" in encoded.frame.columns else []
    place = encoded.frame.select(
        "agency",
        "record_id",
        pl.int_range(pl.len(), dtype=pl.Int32).alias("at"),
        pl.coalesce("date_of_birth", *due).alias("birth"),
        pl.col("date_of_birth").is_not_null().alias("born"),
    )
    # Of twins one record may give the birth and the other still the day it is expected.
    allowed = pl.when(pl.col("born") & pl.col("born_right")).then(0).otherwise(BIRTH_BEFORE)
    gap = (pl.col("birth") - pl.col("birth_right")).dt.total_days().abs()
    found = (
        ties.join(meaning.drop_nulls("class"), on="relationship")
        .join(place, on=["agency", "record_id"])
        .join(place, left_on=["agency", "relative_record_id"], right_on=["agency", "record_id"], suffix="_right")
        .select(
            "class",
            pl.min_horizontal("at", "at_right").alias("a"),
            pl.max_horizontal("at", "at_right").alias("b"),
            (gap <= allowed).fill_null(value=False).alias("same_day"),
        )
        .filter(pl.col("a") != pl.col("b"))
        .with_columns(
            pl.when((pl.col("class") == "sibling") & pl.col("same_day"))
            .then(pl.lit("twin"))
            .otherwise("class")
            .alias("class")
        )
        .unique(["class", "a", "b"])
        .sort("class", "a", "b")
    )
    stated: dict[str, Counted] = {}
    counts = np.zeros(len(KIN))
    for number, name in enumerate(KIN):
        mine = found.filter(pl.col("class") == name)
        counts[number] = mine.height
        if mine.height:
            stated[name] = _counted(backend.patterns_of(mine["a"].to_numpy(), mine["b"].to_numpy()))
    told = encoded.frame.select("agency").join(ties.select("agency").unique(), on="agency", how="semi").height
    if counts.sum() < ENOUGH_TIES or not told:
        return stated, shipped * _families_seen(encoded, backend)
    # Agencies state some of the ties there are: the shipped numbers keep the estimate from falling to what they happen to say.
    return stated, np.maximum(2.0 * counts / told, 0.3 * shipped)


def _families_seen(encoded: Encoded, backend: LocalBackend) -> float:
    """How full of families records are that state no ties: 0 none seen, 1 as many as England has, by what they share.

    Relatives show as pairs of one surname at one postcode whose forenames and dates of birth both differ.
    """
    if not {"surname", "postcode", "forename", "date_of_birth"} <= set(encoded.columns):
        return 0.0
    own = block(encoded, [Rule(("surname", "postcode"))])
    patterns = backend.count_patterns(own, most=RULE_PAIRS)
    differ = np.ones(len(patterns.counts), dtype=np.bool_)
    for place, name in enumerate(backend.names):
        if name in ("forename", "date_of_birth"):
            differ &= patterns.levels[:, place] == 0
    seen = float(patterns.counts[differ].sum())
    return min(1.0, seen / max(1.0, encoded.rows * sum(RELATIVES) / 2.0 * SHARED_HOME))


def _silent(model: Model, on: tuple[str, ...]) -> frozenset[str]:
    """Comparisons that a rule cannot teach: those whose own fields it blocks on."""
    fields = {part.partition(":")[0] for part in on}
    fields |= {"forename", "surname"} if "names" in fields else set()
    return frozenset(c.name for c in model.comparisons if fields & _own_fields(c, model))


def _own_fields(comparison: Comparison, model: Model) -> set[str]:
    """Fields a comparison is about, not those it only looks at to see an exchange."""
    # A field is its first comparison's: the one of expected dates looks at dates of birth too.
    firsts = {c.features[0].left.partition(":")[0]: c.name for c in reversed(model.comparisons) if c.features}
    found = set()
    for feature in comparison.features:
        left, right = (name.partition(":")[0] for name in (feature.left, feature.right))
        if left == right and firsts.get(left, comparison.name) == comparison.name:
            found.add(left)
    return found


def _with_shipped_kin(model: Model, shipped: dict[str, Comparison]) -> Model:
    """The model with k as shipped, so that learning k again starts from the same place."""
    comparisons = tuple(
        replace(
            c,
            levels=tuple(
                replace(level, k=first.k) for level, first in zip(c.levels, shipped[c.name].levels, strict=True)
            ),
        )
        for c in model.comparisons
    )
    return replace(model, comparisons=comparisons)


def _pairs_in_all(encoded: Encoded, distinct: frozenset[str], among: NDArray[np.bool_] | None = None) -> list[float]:
    """Pairs of records in each stratum, of all or among some records."""
    agency = encoded.agency if among is None else encoded.agency[among]
    sizes = np.bincount(agency, minlength=len(encoded.agencies)).astype(np.float64)
    inside = sizes * (sizes - 1.0) / 2.0
    across = len(agency) * (len(agency) - 1.0) / 2.0 - float(inside.sum())
    # Of every birth the agency's records await, and every one they give.
    births = _standing(encoded, AWAITING, among) * _standing(encoded, BORN, among)
    kept = np.where([name in distinct for name in encoded.agencies], 0.0, [inside - births, births])
    return [across, *kept[: 1 + encoded.awaited].ravel().tolist()]


def _standing(encoded: Encoded, birth: int, among: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
    """How many of each agency's records, of all or of some, give a birth or await one."""
    groups = encoded.groups if among is None else encoded.groups[among]
    return np.bincount(groups[groups & 3 == birth] >> 2, minlength=len(encoded.agencies)).astype(np.float64)


def _telling(
    encoded: Encoded, backend: LocalBackend, blocked: Counted, distinct: frozenset[str]
) -> tuple[Counted, list[float]]:
    """Patterns and pairs of the records that have the fields a person is known by.

    A pair with name alone is seldom sure, and names go together (by culture and by family) more than single fields say:
    a prior learnt from such pairs comes out too high. An agency that hardly records births (wages, tax returns) teaches the
    prior of its own pairs by name and address: how often it has somebody twice no other agency can say.
    """
    named = [name for name in TELLING if name in backend.names and name in encoded.columns]
    have = np.ones(encoded.rows, dtype=np.bool_)
    for name in named:
        have &= encoded.codes(name) >= 0
    places = [place for place, name in enumerate(backend.names) if name in named]
    # A birth awaited has neither forename nor date; such a pair is known by the day the birth was expected.
    kept = (blocked.levels[:, places] >= 0).all(axis=1) | (blocked.strata > len(encoded.agencies))
    every = _pairs_in_all(encoded, distinct)
    if have.mean() < LEAST_TELLING:
        return blocked, every
    observed = _pairs_in_all(encoded, distinct, have)
    plain = 1 + len(encoded.agencies)
    observed[plain:] = every[plain:]
    birthless = [n for n in range(1, 1 + len(encoded.agencies)) if observed[n] < LEAST_KNOWN * every[n]]
    if birthless and "address" in backend.names:
        at_home = _named_at_home(encoded)
        counted = _pairs_in_all(encoded, distinct, at_home)
        places = [place for place, name in enumerate(backend.names) if name in AT_HOME]
        kept |= np.isin(blocked.strata, birthless) & (blocked.levels[:, places] >= 0).all(axis=1)
        observed = [counted[n] if n in birthless else seen for n, seen in enumerate(observed)]
    return Counted(blocked.levels[kept], blocked.strata[kept], blocked.counts[kept]), observed


def _named_at_home(encoded: Encoded) -> NDArray[np.bool_]:
    """Records that have forename, surname and an address."""
    have = (encoded.codes("forename") >= 0) & (encoded.codes("surname") >= 0)
    homes = [encoded.codes(name) >= 0 for name in HOMES if name in encoded.columns]
    found: NDArray[np.bool_] = have & np.logical_or.reduce(homes)
    return found


def _counted(patterns: Patterns) -> Counted:
    return Counted(patterns.levels, patterns.strata, patterns.counts)
