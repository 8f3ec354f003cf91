"""Households: who lived together at which address, through time."""

from __future__ import annotations

import datetime as dt
import hashlib

import polars as pl

from famlink.family.residence import stays
from famlink.tables import HOUSEHOLDS
from famlink.vocabulary.relationships import kinds

MOST_ALONE = 3
"""With more people at an address than this who are tied to nobody there, they are lodgers of a shared house, not one household."""

_LIVING_GROUPS = {"blood", "kin", "couple", "affinity", "care"}


def dwell(
    people: pl.DataFrame,
    standardised: pl.DataFrame,
    records: pl.DataFrame,
    *,
    as_at: dt.date | None = None,
    relations: pl.DataFrame | None = None,
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

    Returns:
        table ``households``, sorted by household, person and start.
    """
    homes = stays(people, standardised)
    if homes.is_empty():
        return HOUSEHOLDS.empty()
    if as_at is not None:
        homes = homes.with_columns(pl.when(pl.col("end") <= as_at).then(pl.col("end")).alias("end"))
    members = _periods(homes)
    nodes = members.select("place", "person_id").unique()
    kin = _relatives(members, relations)
    families = _components(nodes, kin)
    grouped = _groups(members, _components(nodes, pl.concat([kin, _housed(families, homes)]).unique()))
    written = _written(homes, records)
    rows = (
        members.join(grouped, on=["place", "person_id"])
        .join(_ids(grouped), on=["place", "group"])
        .join(written, on="place", how="left")
    )
    return HOUSEHOLDS.conform(
        rows.select(
            "household_id",
            "person_id",
            pl.col("address").fill_null("address not recorded"),
            "postcode",
            "start",
            "end",
            "sources",
        ).sort("household_id", "person_id", "start", nulls_last=False)
    )


def _periods(homes: pl.DataFrame) -> pl.DataFrame:
    """One row a person and place and unbroken period: overlapping stays joined, sources kept."""
    far, long_ago = pl.date(9999, 12, 31), pl.date(1, 1, 1)
    ordered = homes.with_columns(
        pl.col("start").fill_null(long_ago).alias("first"), pl.col("end").fill_null(far).alias("last")
    ).sort("place", "person_id", "first", "last", "agency", "record_id", "part")
    reach = pl.col("last").cum_max().shift(1).over("place", "person_id")
    broken = ordered.with_columns((reach.is_null() | (pl.col("first") > reach)).alias("breaks")).with_columns(
        pl.col("breaks").cum_sum().over("place", "person_id").alias("period")
    )
    current = pl.col("end").is_null().any()
    return (
        broken.group_by("place", "person_id", "period")
        .agg(
            pl.col("start").min(),
            pl.when(current).then(None).otherwise(pl.col("end").max()).alias("end"),
            pl.col("first").min(),
            pl.col("last").max(),
            (pl.col("agency") + ":" + pl.col("record_id")).unique().sort().alias("sources"),
        )
        .sort("place", "person_id", "period")
    )


def _relatives(members: pl.DataFrame, relations: pl.DataFrame | None) -> pl.DataFrame:
    """Pairs of relatives at one place."""
    here = members.select("place", "person_id").unique()
    if relations is None:
        return here.clear().with_columns(relative_id=pl.lit(None, dtype=pl.String))
    close = [name for name, kind in kinds().items() if kind.group in _LIVING_GROUPS]
    kin = relations.filter(pl.col("relationship").is_in(close)).select("person_id", "relative_id").unique()
    return (
        here.join(kin, on="person_id")
        .join(here, left_on=["place", "relative_id"], right_on=["place", "person_id"], how="semi")
        .select("place", "person_id", "relative_id")
    )


def _housed(families: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    """Pairs one agency's own household joins: unless it spans two families, and so is the building's."""
    rows = homes.drop_nulls("household").select("place", "household", "person_id").unique()
    grouped = rows.join(families, on=["place", "person_id"]).join(
        families.group_by("place", "group").agg(pl.len().alias("size")), on=["place", "group"]
    )
    spanned = pl.col("group").filter(pl.col("size") > 1).n_unique().over("place", "household")
    one = grouped.filter(spanned <= 1)
    return (
        one.with_columns(pl.col("person_id").min().over("place", "household").alias("head"))
        .filter(pl.col("person_id") != pl.col("head"))
        .select("place", "person_id", pl.col("head").alias("relative_id"))
    )


def _groups(members: pl.DataFrame, families: pl.DataFrame) -> pl.DataFrame:
    """Number the groups of people at each place: ``place``, ``person_id``, ``group`` (its first person_id)."""
    spans = members.group_by("place", "person_id").agg(pl.col("first").min(), pl.col("last").max())
    sizes = families.group_by("place", "group").agg(pl.len().alias("size"))
    placed = families.join(sizes, on=["place", "group"]).join(spans, on=["place", "person_id"])
    households = placed.filter(pl.col("size") > 1)
    per_place = (
        households.group_by("place", "group")
        .agg(pl.col("first").min().alias("family_first"), pl.col("last").max().alias("family_last"))
        .with_columns(pl.len().over("place").alias("families"))
    )
    alone = placed.filter(pl.col("size") == 1).with_columns(pl.len().over("place").alias("alone"))
    only = per_place.filter(pl.col("families") == 1).select(
        "place", pl.col("group").alias("family"), "family_first", "family_last"
    )
    joined = alone.join(only, on="place", how="left").join(
        per_place.select("place", "families").unique(), on="place", how="left"
    )
    with_family = (
        pl.col("family").is_not_null()
        & (pl.col("alone") <= MOST_ALONE)
        & (pl.col("first") <= pl.col("family_last"))
        & (pl.col("family_first") <= pl.col("last"))
    )
    nobody_tied = pl.col("families").is_null() & (pl.col("alone") <= MOST_ALONE)
    by_overlap = _overlapping(joined.filter(nobody_tied).select("place", "person_id", "first", "last"))
    return pl.concat(
        [
            households.select("place", "person_id", "group"),
            joined.filter(~nobody_tied).select(
                "place",
                "person_id",
                pl.when(with_family).then(pl.col("family")).otherwise(pl.col("group")).alias("group"),
            ),
            by_overlap,
        ]
    )


def _overlapping(rows: pl.DataFrame) -> pl.DataFrame:
    """People tied to nobody, at one place at one time: one group a run of overlapping stays."""
    ordered = rows.sort("place", "first", "last", "person_id")
    reach = pl.col("last").cum_max().shift(1).over("place")
    return (
        ordered.with_columns((reach.is_null() | (pl.col("first") > reach)).alias("breaks"))
        .with_columns(pl.col("breaks").cum_sum().over("place").alias("run"))
        .with_columns(pl.col("person_id").min().over("place", "run").alias("group"))
        .select("place", "person_id", "group")
    )


def _components(nodes: pl.DataFrame, ties: pl.DataFrame) -> pl.DataFrame:
    """Connected groups of (place, person); ``group`` is the first person_id of each."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    numbered = nodes.unique().sort("place", "person_id").with_row_index("node")
    edges = ties.join(numbered, on=["place", "person_id"]).join(
        numbered, left_on=["place", "relative_id"], right_on=["place", "person_id"], suffix="_other"
    )
    size = numbered.height
    ones = np.ones(edges.height, dtype=np.int8)
    graph = coo_array((ones, (edges["node"].to_numpy(), edges["node_other"].to_numpy())), shape=(size, size))
    _, labels = connected_components(graph.tocsr(), directed=False)
    return numbered.with_columns(pl.Series("component", labels)).select(
        "place", "person_id", pl.col("person_id").min().over("component").alias("group")
    )


def _ids(groups: pl.DataFrame) -> pl.DataFrame:
    """An opaque id for every household, the same whenever its place and first person are."""
    unique = groups.select("place", "group").unique().sort("place", "group")
    texts = (unique["place"] + "\x1f" + unique["group"]).to_list()
    made = ["h" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in texts]
    return unique.with_columns(pl.Series("household_id", made, dtype=pl.String))


def _written(homes: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """The address of each place as first written: earliest start, then agency and record in order."""
    said = records.select("agency", "record_id", "part", pl.col("address").alias("address"))
    return (
        homes.join(said, on=["agency", "record_id", "part"], how="left")
        .sort("place", "start", "agency", "record_id", "part", nulls_last=True)
        .group_by("place", maintain_order=True)
        .agg(pl.col("address").drop_nulls().first(), pl.col("postcode").drop_nulls().first())
    )
