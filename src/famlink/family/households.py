"""Households: who lived together at which address, through time.

All of it is done in numbers. Everybody placed at an address is a *node*: a (place, person) pair, numbered in order of place
and person, so that the least node of a group is its first person.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.family.groups import least_connected, run_starts, starts_of
from famlink.family.residence import Homes, codes, homes_of
from famlink.tables import HOUSEHOLDS
from famlink.texts import Hashes, named, text_hashes
from famlink.vocabulary.relationships import kinds
from famlink.waiting import Records

MOST_ALONE = 3
"""With more people at an address than this who are tied to nobody there, they are lodgers of a shared house, not one household."""

_LIVING_GROUPS = {"blood", "kin", "couple", "affinity", "care"}
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896  # 1 January of the year 1 and 31 December 9999, from 1 January 1970

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class _Nodes:
    """Who was ever at which place: arrays, one item a node."""

    place: Ints
    person: Ints
    first: Ints
    last: Ints


def dwell(
    people: pl.DataFrame,
    standardised: Records,
    records: Records,
    *,
    as_at: dt.date | None = None,
    relations: pl.DataFrame | None = None,
    homes: Homes | None = None,
) -> pl.DataFrame:
    """Say who lived with whom, where and when.

    People placed at one address at overlapping times are one household, unless the address holds several unrelated groups
    (a shared house, a refuge, a hostel): then each group of relatives is a household of its own, and so is each person
    tied to nobody there. An adult an agency places with a family is kept with that family. Without relations or shared
    agency household ids nobody is tied to anybody.

    Args:
        people: table ``people``.
        standardised: table ``standardised``: addresses with their dates.
        records: table ``records``: the address as first written.
        as_at: the day the extracts describe; an end after it is current. None keeps every end.
        relations: table ``relations``: who is kin, partner or carer of whom.
        homes: the stays in numbers, where they are made already.

    Returns:
        table ``households``, sorted by household, person and start.
    """
    homes = homes_of(people, standardised) if homes is None else homes
    if homes.rows.is_empty():
        return HOUSEHOLDS.empty()
    stays = _ordered(homes, as_at)
    nodes, node = _nodes(stays)
    kin = _relatives(nodes, homes, relations)
    families = least_connected(len(nodes.place), *kin)
    housed = _housed(nodes, families, node, stays["household"])
    ties = (np.concatenate(ends) for ends in zip(kin, housed, strict=True))
    group = _groups(nodes, least_connected(len(nodes.place), *ties))
    heads, household = np.unique(group, return_inverse=True)
    periods = _periods(stays, node, homes)
    at = periods["node"].to_numpy()
    written = _written(stays, standardised, records, homes)
    hashes = _hashes(nodes, heads, homes)
    rows = periods.select(
        pl.Series("hash", hashes[household[at]]),
        pl.Series("person", nodes.person[at].astype(np.uint32)),
        written["address"].fill_null("address not recorded").gather(nodes.place[at]).alias("address"),
        written["postcode"].gather(nodes.place[at]).alias("postcode"),
        "start",
        "end",
        "sources",
    )
    # In the order of their ids, as numbers: to compare text takes ten times as long.
    order = np.lexsort((periods["start"].to_physical().fill_null(_FIRST_DAY - 1), rows["person"], rows["hash"]))
    rows = rows[order]
    return HOUSEHOLDS.check(
        rows.with_columns(
            named(rows["hash"].to_numpy(), "h").alias("household_id"),
            homes.people.gather(rows["person"]).alias("person_id"),
        ).select(HOUSEHOLDS.names)
    )


def _ordered(homes: Homes, as_at: dt.date | None) -> pl.DataFrame:
    """Stays by place, person and days; ``first`` and ``last`` are days since 1970, far off where the source says none."""
    end = pl.col("end") if as_at is None else pl.when(pl.col("end") <= as_at).then(pl.col("end"))
    return homes.rows.with_columns(
        end.alias("end"),
        pl.col("start").to_physical().cast(pl.Int64).fill_null(_FIRST_DAY).alias("first"),
        end.to_physical().cast(pl.Int64).fill_null(_LAST_DAY).alias("last"),
    ).sort("place", "person", "first", "last")


def _nodes(stays: pl.DataFrame) -> tuple[_Nodes, Ints]:
    """The nodes, and the node of each stay."""
    place, person = stays["place"].to_numpy(), stays["person"].to_numpy()
    starts = starts_of(place, person)
    nodes = _Nodes(
        place[starts].astype(np.int64),
        person[starts].astype(np.int64),
        np.minimum.reduceat(stays["first"].to_numpy(), starts),
        np.maximum.reduceat(stays["last"].to_numpy(), starts),
    )
    return nodes, np.repeat(np.arange(len(starts)), np.diff(starts, append=len(place)))


def _periods(stays: pl.DataFrame, node: Ints, homes: Homes) -> pl.DataFrame:
    """One row a node and unbroken period: overlapping stays joined, sources kept."""
    begins = run_starts(node, stays["first"].to_numpy(), stays["last"].to_numpy())
    starts = np.flatnonzero(begins)
    sources = (
        stays.select(
            pl.Series("period", np.cumsum(begins) - 1),
            _source_order(homes).gather(stays["record"]).alias("order"),
            "record",
        )
        .sort("period", "order", "record")
        .filter((pl.struct("period", "order") != pl.struct("period", "order").shift()).fill_null(value=True))
    )
    told = (homes.records["agency"] + ":" + homes.records["record_id"]).gather(sources["record"])
    lists = (
        pl.DataFrame([sources["period"], told.alias("sources")]).group_by("period", maintain_order=True).agg("sources")
    )
    # A start nobody gives is later than any here, so that the least of several is one that is given.
    first = np.minimum.reduceat(stays["start"].to_physical().cast(pl.Int64).fill_null(_LAST_DAY + 1).to_numpy(), starts)
    last = np.maximum.reduceat(stays["last"].to_numpy(), starts)
    current = np.maximum.reduceat(stays["end"].is_null().to_numpy(), starts)
    return pl.DataFrame(
        {
            "node": node[starts],
            "start": pl.Series(first).cast(pl.Int32).set(pl.Series(first > _LAST_DAY), None).cast(pl.Date),
            "end": pl.Series(last).cast(pl.Int32).set(pl.Series(current), None).cast(pl.Date),
            "sources": lists["sources"],
        }
    )


def _source_order(homes: Homes) -> pl.Series:
    """For each record its place in the order of ``agency:record_id``; a colon after "a" sorts above "a-b"."""
    agencies = homes.records["agency"].unique().sort()
    colons = (agencies + ":").arg_sort().arg_sort()
    rank = codes(homes.records["agency"], agencies).cast(pl.Int64)
    return colons.cast(pl.Int64).gather(rank) * homes.records.height + pl.int_range(homes.records.height, eager=True)


def _relatives(nodes: _Nodes, homes: Homes, relations: pl.DataFrame | None) -> tuple[Ints, Ints]:
    """Pairs of nodes that are relatives at one place."""
    nothing = np.zeros(0, dtype=np.int64)
    if relations is None or relations.is_empty():
        return nothing, nothing
    close = [name for name, kind in kinds().items() if kind.group in _LIVING_GROUPS]
    kin = relations.filter(pl.col("relationship").is_in(close)).select("person_id", "relative_id")
    pairs = pl.DataFrame(
        [
            codes(kin["person_id"], homes.people).alias("person"),
            codes(kin["relative_id"], homes.people).alias("relative"),
        ]
    )
    pairs = pairs.filter(pl.col("person") < pl.col("relative")).unique()
    here = pl.DataFrame({"place": nodes.place, "person": nodes.person.astype(np.uint32)}).with_row_index("node")
    found = here.join(pairs, on="person").join(
        here, left_on=["place", "relative"], right_on=["place", "person"], suffix="_relative"
    )
    return found["node"].to_numpy().astype(np.int64), found["node_relative"].to_numpy().astype(np.int64)


def _housed(nodes: _Nodes, families: Ints, node: Ints, household: pl.Series) -> tuple[Ints, Ints]:
    """Pairs of nodes one agency's own household joins: unless it spans two families, and so is the building's.

    Everybody of a household at one place is joined to the first of them.
    """
    given = household.is_not_null()
    rows = pl.DataFrame({"household": household, "node": node}).filter(given)
    rows = rows.select("household", pl.Series("place", nodes.place[rows["node"].to_numpy()]), "node").unique()
    rows = rows.sort("household", "place", "node")
    nothing = np.zeros(0, dtype=np.int64)
    if rows.is_empty():
        return nothing, nothing
    member = rows["node"].to_numpy()
    starts = starts_of(rows["household"].to_numpy(), rows["place"].to_numpy())
    family = families[member]
    tied = np.bincount(families, minlength=len(families))[family] > 1
    least = np.minimum.reduceat(np.where(tied, family, len(families)), starts)
    most = np.maximum.reduceat(np.where(tied, family, -1), starts)
    sizes = np.diff(starts, append=len(member))
    head = np.repeat(member[starts], sizes)
    joined = np.repeat(most <= least, sizes) & (member != head)
    return member[joined], head[joined]


def _groups(nodes: _Nodes, families: Ints) -> Ints:
    """The group of each node: the least node of those that are one household."""
    size = np.bincount(families, minlength=len(families))
    single = size[families] == 1
    places = int(nodes.place.max()) + 1
    alone = np.bincount(nodes.place[single], minlength=places)[nodes.place]
    heads = np.flatnonzero(size > 1)
    at_place = np.bincount(nodes.place[heads], minlength=places)
    group = families.copy()
    first, last = nodes.first.copy(), nodes.last.copy()
    np.minimum.at(first, families, nodes.first)
    np.maximum.at(last, families, nodes.last)
    family = np.full(places, -1)
    family[nodes.place[heads]] = heads
    few = single & (alone <= MOST_ALONE)
    # An adult placed with the one family there is, while it is there, is kept with it.
    guest = np.flatnonzero(few & (at_place[nodes.place] == 1))
    host = family[nodes.place[guest]]
    meet = (nodes.first[guest] <= last[host]) & (first[host] <= nodes.last[guest])
    group[guest[meet]] = host[meet]
    untied = np.flatnonzero(few & (at_place[nodes.place] == 0))
    group[untied] = _overlapping(nodes, untied)
    return group


def _overlapping(nodes: _Nodes, some: Ints) -> Ints:
    """People tied to nobody, at one place at one time: one group a run of overlapping stays."""
    order = np.lexsort((nodes.last[some], nodes.first[some], nodes.place[some]))
    sorted_nodes = some[order]
    begins = run_starts(nodes.place[sorted_nodes], nodes.first[sorted_nodes], nodes.last[sorted_nodes])
    group = np.empty(len(some), dtype=np.int64)
    if len(some):
        least = np.minimum.reduceat(sorted_nodes, np.flatnonzero(begins))
        group[order] = least[np.cumsum(begins) - 1]
    return group


def _hashes(nodes: _Nodes, heads: Ints, homes: Homes) -> Hashes:
    """What the opaque id of every household is made of: the same whenever its place and first person are."""
    return text_hashes(homes.places.gather(nodes.place[heads]) + "\x1f" + homes.people.gather(nodes.person[heads]))


def _written(stays: pl.DataFrame, standardised: Records, records: Records, homes: Homes) -> pl.DataFrame:
    """The address and postcode of each place as first written: earliest start, then agency and record in order."""
    said = _addresses(standardised, records)
    order = ["place", "start", "record", "part"]
    rows = stays.select(*order, "row").sort(order, nulls_last=True)
    columns = []
    for name, values in (("address", said), ("postcode", standardised["postcode"])):
        told = rows.filter(values.is_not_null().gather(rows["row"])).unique("place", keep="first", maintain_order=True)
        numbers = np.full(len(homes.places), -1, dtype=np.int64)
        numbers[told["place"].to_numpy()] = told["row"].to_numpy()
        columns.append(values.gather(pl.Series(numbers).set(pl.Series(numbers < 0), None)).alias(name))
    return pl.DataFrame(columns)


def _addresses(standardised: Records, records: Records) -> pl.Series:
    """Each standardised row's address as its record gives it."""
    key = ["agency", "record_id", "part"]
    if all(standardised[name].equals(records[name]) for name in reversed(key)):
        return records["address"]
    said = records.select(*key, "address")
    return standardised.select(key).join(said, on=key, how="left", maintain_order="left")["address"]
