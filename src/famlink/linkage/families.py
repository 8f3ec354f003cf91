"""What relatives tell: two records that are the same to one person, such as both its mother, may be one person themselves.

Family evidence moves a pair from strangers towards one person or relatives; how far, is learnt: every way in which two
records share a relative (both its parent, one its parent and one its child, both of its household ...) has priors of its
own, found by EM from the pairs that share one so, with the model's probabilities held. Only a person's own fields, and
one-to-one assignment between the two families, then part one person from relatives.

Source: Fellegi and Sunter (1969) with priors by kind of pair; EM after Dempster, Laird and Rubin (1977).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.model import KIN, Model
from famlink.schema import Column, Table
from famlink.vocabulary.relationships import read_relationships
from famlink.waiting import Records

Rows = NDArray[np.int32]
Roles = NDArray[np.int8]
Kinds = NDArray[np.int16]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Births = Callable[[Rows, Rows], NDArray[np.bool_]]

ROLES = ("parent", "child", "sibling", "partner", "relative", "household", "address")
"""What a record is to the person it is related to, the more telling first; ``household``: of one household or family group;
``address``: at one address in one agency's records."""
_INVERSE = (1, 0, 2, 3, 4, 5, 6)
_HOMES = (("uprn",), ("house_number", "postcode"), ("house_number", "street"))
_KINDS = {
    "parent": 0,
    "child": 1,
    "unborn child": 1,
    "parent of unborn": 0,
    "sibling": 2,
    "partner": 3,
    "spouse": 3,
    "ex-partner": 3,
    "ex-spouse": 3,
}
BIRTH = "birth"
_SPREAD = tuple((where, how) for where in ("across", "within", BIRTH) for how in ("given", "named"))
"""Of two agencies, or of one; of one of which one record awaits a birth and the other gives one; and whether one of the two
is only named in words."""

LARGEST = 40
"""A person with more related records than this is an institution's rather than a family's: they tell nothing."""
FULLEST = 12
"""A household or address with more records in one agency than this is a block of flats, a hostel or a wrong number."""
SAMPLE = 2_000
"""Pairs of one kind that its priors are learnt from, at most."""
ROUNDS = 100
TOLERANCE = 1e-4
START = (0.15, 0.4, 0.15, 0.02, 0.2, 0.08)
"""Priors a kind starts from and is smoothed by: one person, strangers, then the kin classes."""
PSEUDO = 20.0
LEAST = 1e-9
"""No share of twins is less, so that it has a logarithm."""
_AT_ONCE = 1 << 13
TWIN = 1 + KIN.index("twin")
"""Place of twins among the classes of a pair that is not one person: strangers, then kin."""
MOST = 0.9
"""No kind of shared relative makes a pair likelier than this to be one person: relatives alone never link."""

SHARED_RELATIVES = Table(
    "shared_relatives",
    "Of the pairs in links, those whose records share a relative or have a twin: what that adds to their match weight.",
    "linkage",
    (
        Column("agency_left", pl.String(), "left agency", null=False),
        Column("record_id_left", pl.String(), "left record", null=False),
        Column("agency_right", pl.String(), "right agency", null=False),
        Column("record_id_right", pl.String(), "right record", null=False),
        Column(
            "shared",
            pl.String(),
            "the way they share a relative: parent+parent across given ...; null: they share none",
        ),
        Column("relatives", pl.Float64(), "bits that sharing a relative adds", null=False),
        Column("assignment", pl.Float64(), "bits that one-to-one assignment takes off, 0 or less", null=False),
        Column("twin", pl.Float64(), "bits that a known twin of one of them takes off, 0 or less", null=False),
    ),
)


@dataclass(frozen=True)
class Related:
    """Records that somebody's records relate to each other, each tie from both sides.

    Args:
        record: row.
        relative: row of the other.
        role: place in :data:`ROLES`: what the other is to the record.
    """

    record: Rows
    relative: Rows
    role: Roles


@dataclass(frozen=True)
class Shared:
    """Pairs of records that share a relative.

    Args:
        left: row.
        right: row, above the left.
        kind: place in :func:`kinds`.
    """

    left: Rows
    right: Rows
    kind: Kinds


def kinds() -> tuple[str, ...]:
    """The ways two records can share a relative, in order of their number.

    Returns:
        names such as ``parent+parent across given``: the two roles, whether of two agencies, within one, or within one of
        which one record awaits a birth and the other gives one, and whether one of them is only named in words.

    Example:
        >>> kinds()[0]
        'parent+parent across given'
    """
    return tuple(
        f"{one}+{other} {where} {how}"
        for place, one in enumerate(ROLES)
        for other in ROLES[place:]
        for where, how in _SPREAD
    )


_PLACES = {
    "household": "both are of the household of one person",
    "address": "both are at the address of one person",
}


def told(kind: str) -> str:
    """One kind in words, for an explanation.

    Args:
        kind: one of :func:`kinds`.

    Returns:
        a sentence without its stop.

    Example:
        >>> told("parent+parent across given")
        'both are stated as parent of one person'
        >>> told("parent+child across named")
        'one is stated as parent and one as child of one person'
    """
    one, other = kind.partition(" ")[0].split("+")
    if one == other:
        return _PLACES.get(one, f"both are stated as {one} of one person")
    if other in _PLACES:
        with_whom = "of the household" if other == "household" else "at the address"
        place = "is of the household" if one == "household" else f"is stated as {one}"
        return f"one {place} of a person, the other is {with_whom} of the same person"
    return f"one is stated as {one} and one as {other} of one person"


def related(frame: Records, ties: pl.DataFrame) -> Related:
    """Read who is what to whom, record by record.

    Args:
        frame: the merged standardised records, one row each, in row order.
        ties: table ``ties``.

    Returns:
        stated ties from both sides, and the records of one household of an agency where nothing closer is stated.
    """
    place = frame.select("agency", "record_id", pl.int_range(pl.len(), dtype=pl.Int32).alias("row"))
    words = read_relationships(ties["relationship"].unique().sort())
    role = words.select(
        pl.col("words").alias("relationship"),
        pl.col("kind")
        .cast(pl.String)
        .replace_strict(_KINDS, default=ROLES.index("relative"), return_dtype=pl.Int8)
        .alias("role"),
    )
    stated = (
        ties.select("agency", "record_id", "relative_record_id", "relationship")
        .join(role, on="relationship")
        .join(place, on=["agency", "record_id"])
        .join(place, left_on=["agency", "relative_record_id"], right_on=["agency", "record_id"], suffix="_relative")
        .select("row", "row_relative", "role")
        .filter(pl.col("row") != pl.col("row_relative"))
    )
    one, other, towards = (stated[name].to_numpy() for name in ("row", "row_relative", "role"))
    parts = [(one, other, towards), (other, one, np.array(_INVERSE, dtype=np.int8)[towards])]
    homes = {("household_id",): "household", **dict.fromkeys(_HOMES, "address")}
    there = {columns: role for columns, role in homes.items() if set(columns) <= set(frame.columns)}
    where = frame.select("agency", *sorted({name for columns in there for name in columns}))
    parts += [_together(where, columns, role) for columns, role in there.items()]
    one, other, towards = (np.concatenate(some) for some in zip(*parts, strict=True))
    # One number a tie, so that sorting brings the closest role of two records to the front.
    keys = np.sort((one.astype(np.int64) * frame.height + other) * 8 + towards)
    keys = keys[_first_of_each(keys >> 3)]
    pairs = keys >> 3
    return Related(
        (pairs // frame.height).astype(np.int32), (pairs % frame.height).astype(np.int32), (keys & 7).astype(np.int8)
    )


def _first_of_each(ascending: Ints) -> NDArray[np.bool_]:
    """Whether each number is the first of its kind."""
    first = np.ones(len(ascending), dtype=np.bool_)
    first[1:] = ascending[1:] != ascending[:-1]
    return first


def _together(frame: pl.DataFrame, columns: tuple[str, ...], role: str) -> tuple[Rows, Rows, Roles]:
    """Records of one agency that agree on some columns, from both sides."""
    from famlink.kernels.families import pairs_within

    # Without a postcode a street and number stand for a home; with one they are of several towns.
    blind = "street" in columns and "postcode" in frame.columns
    where = pl.col("postcode").is_null() if blind else pl.lit(value=True)
    homes = (
        frame.lazy()
        .select("agency", *columns, pl.int_range(pl.len(), dtype=pl.Int32).alias("row"), where.alias("taken"))
        .filter("taken")
        .drop("taken")
        .drop_nulls()
        .group_by("agency", *columns)
        .agg("row")
        .select("row")
        .filter(pl.col("row").list.len().is_between(2, FULLEST))
        .collect()["row"]
    )
    sizes = homes.list.len().to_numpy().astype(np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    members = homes.explode().to_numpy() if len(sizes) else np.zeros(0, dtype=np.int32)
    size = int((sizes * (sizes - 1)).sum())
    one, other = np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32)
    pairs_within(starts, members, one, other)
    return one, other, np.full(size, ROLES.index(role), dtype=np.int8)


def shared(
    known: Related,
    labels: Ints,
    *,
    agency: NDArray[np.int16],
    named: NDArray[np.bool_],
    births: Births | None = None,
    through: NDArray[np.bool_] | None = None,
) -> Shared:
    """Pairs of records that share a relative, by people found so far.

    Args:
        known: who is what to whom, by record.
        labels: the person of each record.
        agency: of each record.
        named: whether each record is a person only named in words.
        births: says of pairs of one agency whether one record awaits a birth and the other gives one; None: none does.
        through: for each record whether its person is one to look at; None: all are.

    Returns:
        the pairs, by left and right row, each with the closest way it shares a relative.
    """
    from famlink.kernels.clustering import grouped
    from famlink.kernels.families import sharing_pairs

    rows = np.int64(len(labels))
    firsts = np.concatenate([[0], np.cumsum(np.bincount(known.record, minlength=len(labels)))])
    ties = (firsts, known.relative, known.role)
    wanted = np.zeros(0, dtype=np.bool_) if through is None else through
    people = grouped(labels, 1)
    size = sharing_pairs(people, ties, labels, wanted, LARGEST, np.zeros(0, dtype=np.int64))
    keys = np.empty(size, dtype=np.int64)
    sharing_pairs(people, ties, labels, wanted, LARGEST, keys)
    # The same role first, then the closer one.
    keys.sort()
    keys = keys[_first_of_each(keys >> 8)]
    left, right = (keys >> 8) // rows, (keys >> 8) % rows
    way = (keys & 255) % 100
    one, other = way // 10, way % 10
    roles = len(ROLES)
    place = one * roles - one * (one - 1) // 2 + (other - one)
    left, right = left.astype(np.int32), right.astype(np.int32)
    inside = agency[left] == agency[right]
    where = inside.astype(np.int64) + (0 if births is None else births(left, right))
    spread = 2 * where + (named[left] | named[right])
    kind = place * len(_SPREAD) + spread
    return Shared(left, right, kind.astype(np.int16))


def learn_families(model: Model, pairs: Shared, bits: Floats, penalty: Floats | None = None) -> Model:
    """Learn the priors of each way two records share a relative.

    Where one record awaits a birth and the other gives one nothing tells a twin's record from the child's own: the day
    expected is one, and a child awaited has no forename. Twins are then as many, for each child found again, as they are
    in the model's priors of such pairs.

    Args:
        model: trained; its m, u and k are held.
        pairs: that share a relative.
        bits: pair x class: log2 of m over the class's probability.
        penalty: for each pair the bits that assignment takes off; None: none.

    Returns:
        the model with ``families``; a kind without pairs is left out.
    """
    names = kinds()
    order = np.argsort(pairs.kind, kind="stable")
    present, starts = np.unique(pairs.kind[order], return_index=True)
    found: dict[str, tuple[float, ...]] = {}
    twins = _twins_awaited(model)
    for kind, first, last in zip(present.tolist(), starts, np.append(starts[1:], len(order)), strict=True):
        mine = order[first:last]
        mine = mine[:: max(1, -(-len(mine) // SAMPLE))]
        taken = None if penalty is None else penalty[mine]
        birth = f" {BIRTH} " in names[kind]
        seen = np.where(np.arange(1 + len(KIN)) == TWIN, np.inf, bits[mine]) if birth else bits[mine]
        prior = _mixed(seen, taken)
        if birth:
            prior[1 + TWIN] = prior[0] * twins
            prior /= prior.sum()
        over = max(0.0, float(prior[0]) - MOST)
        prior = prior + over * np.array([-1.0, *(prior[1:] / prior[1:].sum())])
        found[names[kind]] = tuple(float(p) for p in prior)
    return replace(model, families=found)


def _twins_awaited(model: Model) -> float:
    """Records of a twin for each of the child's own, among pairs of a birth awaited and one known in one agency."""
    twins = sum(stratum.kin[TWIN - 1] for stratum in model.births.values())
    own = sum(stratum.match for stratum in model.births.values())
    return max(twins / max(own, LEAST), LEAST)


def _mixed(bits: Floats, penalty: Floats | None) -> Floats:
    """The shares of the classes among some pairs, by EM with what each class makes of a pair held."""
    from famlink.kernels.families import mix

    log = np.concatenate([np.zeros((len(bits), 1)), -bits], axis=1)
    if penalty is not None:
        log[:, 0] += penalty
    likelihood = np.exp2(log - log.max(axis=1, keepdims=True))
    prior = np.empty(likelihood.shape[1])
    mix(likelihood, np.array(START), PSEUDO, ROUNDS, TOLERANCE, prior)
    return prior


def family_priors(model: Model) -> Floats:
    """Kind x class: log2 of the class's prior over the match prior, as the scoring kernel reads it.

    Args:
        model: with ``families``.

    Returns:
        one row for each of :func:`kinds`; a kind the model does not know has the priors kinds start from.
    """
    rows = np.array([_known(model, name) for name in kinds()])
    return np.asarray(np.log2(rows[:, 1:] / rows[:, :1]), dtype=np.float64).reshape(-1, 1 + len(KIN))


def _known(model: Model, kind: str) -> tuple[float, ...]:
    """Priors of one kind; a model that knows no births apart has those of an agency's other pairs for them."""
    usual = START if model.births else model.families.get(kind.replace(f" {BIRTH} ", " within "), START)
    return model.families.get(kind, usual)


def family_weights(model: Model, kind: Kinds, bits: Floats) -> Floats:
    """Match weights of pairs that share a relative.

    Args:
        model: with ``families``.
        kind: of each pair: place in :func:`kinds`.
        bits: pair x class: log2 of m over the class's probability.

    Returns:
        bits, clipped to 60 either way.
    """
    priors = family_priors(model)
    weight = np.empty(len(kind))
    # A few pairs at a time stay in the processor's cache.
    for part in (slice(at, at + _AT_ONCE) for at in range(0, len(kind), _AT_ONCE)):
        log = priors[kind[part]] - bits[part]
        top = log.max(axis=1)
        weight[part] = -(top + np.log2(np.exp2(log - top[:, None]).sum(axis=1)))
    return np.clip(weight, -60.0, 60.0)
