"""Relations: what each person is to each other, from the ties of every agency, with every claim behind them.

Four steps, each a table in and a table out: :mod:`~famlink.family.claims` turns ties between records into claims between
people; here the claims of one kind are folded into one relation, both ways; :mod:`~famlink.family.derivation` adds what
follows from them; :mod:`~famlink.family.conflicts` marks what cannot all be true. Nothing is dropped or averaged.

Everything can be computed again from the rows one viewer may see: :func:`restate` takes relations whose claims were cut
down and gives the relations that still stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from famlink.family.claims import (
    Barred,
    Claims,
    FamilyNotes,
    barred_pairs,
    claims_between_people,
    cross,
    notes_of_ties,
)
from famlink.family.conflicts import mark_conflicts
from famlink.family.derivation import derive
from famlink.family.vitals import vitals_of
from famlink.tables import RELATIONS, TIES
from famlink.waiting import Records

if TYPE_CHECKING:
    from famlink.family.residence import Homes

__all__ = ["FamilyNotes", "relate", "restate", "tie_notes"]

KEY = ["person_id", "relative_id", "relationship", "qualifier"]


def relate(
    people: pl.DataFrame,
    ties: pl.DataFrame,
    standardised: Records,
    *,
    barred: Barred = None,
    homes: Homes | None = None,
) -> pl.DataFrame:
    """Say what each person is to each other.

    Args:
        people: table ``people``.
        ties: table ``ties``, of all agencies.
        standardised: table ``standardised``: dates of birth, sex and dated addresses.
        barred: pairs of person_id that must not be linked (a set of pairs, or a frame ``person_left``, ``person_right``):
            no relation crosses them, stated or derived.
        homes: the stays of all these people in numbers, where they are made already.

    Returns:
        table ``relations``: one row a (person, relative, relationship, qualifier), both directions present, in key order.

    Example:
        >>> from famlink.tables import PEOPLE, STANDARDISED, TIES
        >>> people = PEOPLE.frame([
        ...     {"agency": "school", "record_id": r, "person_id": p, "probability": 1.0, "origin": "given"}
        ...     for r, p in (("1", "ann"), ("2", "bea"))])
        >>> ties = TIES.frame([{"agency": "school", "record_id": "1", "relative_record_id": "2", "relationship": "Mum",
        ...     "file": "contacts.csv", "file_row": 1}])
        >>> relate(people, ties, STANDARDISED.empty()).select("person_id", "relative_id", "relationship").rows()
        [('ann', 'bea', 'parent'), ('bea', 'ann', 'child')]
    """
    from famlink.family.residence import dated_stays

    claims = claims_between_people(people, ties, barred=barred)
    if claims.rows.is_empty():
        return RELATIONS.empty()
    near = people.join(claims.rows.select("person_id").unique(), on="person_id", how="semi", maintain_order="left")
    vitals = vitals_of(near, standardised)
    return _build(claims, vitals, dated_stays(near, standardised, homes=homes), barred=barred)


def restate(
    relations: pl.DataFrame,
    people: pl.DataFrame,
    vitals: pl.DataFrame,
    *,
    stays: pl.DataFrame | None = None,
    barred: Barred = None,
) -> pl.DataFrame:
    """Compute relations again from the claims a viewer may see.

    Derived relations, confidence, dates and conflicts are made anew from what is left, so none of them hints at the rest.

    Args:
        relations: table ``relations`` whose ``claims`` hold only the claims the viewer may see.
        people: table ``people`` (the rows the viewer may see); a claim between records not in it is left out.
        vitals: as :func:`famlink.family.vitals.vitals_of` or ``vitals_of_statements`` gives, from what the viewer may see.
        stays: dated addresses the viewer may see, as :func:`famlink.family.residence.stays` gives; without them no partner
            is derived.
        barred: as for :func:`relate`.

    Returns:
        table ``relations``.
    """
    said = relations.select("claims").explode("claims", keep_nulls=False, empty_as_null=False).unnest("claims").unique()
    ties = TIES.conform(said.rename({"words": "relationship"}))
    return _build(claims_between_people(people, ties, barred=barred), vitals, stays, barred=barred)


def tie_notes(people: pl.DataFrame, ties: pl.DataFrame, *, barred: Barred = None) -> FamilyNotes:
    """Count the ties that make no relation, and the words the registry does not know.

    Args:
        people: table ``people``.
        ties: table ``ties``.
        barred: as for :func:`relate`.

    Returns:
        the counts; every tie is in exactly one of ``used``, ``same_person``, ``unresolved`` and ``barred``.
    """
    return notes_of_ties(people, ties, barred=barred)


def _build(claims: Claims, vitals: pl.DataFrame, stays: pl.DataFrame | None, *, barred: Barred) -> pl.DataFrame:
    """Relations from claims; until the last step the claims behind each are the numbers of their ties."""
    stated = _fold(claims.rows)
    derived = derive(stated, vitals, stays)
    both = pl.concat([stated, derived.join(stated.select(KEY), on=KEY, how="anti").select(stated.columns)])
    both = cross(both, "person_id", "relative_id", barred_pairs(barred)).sort(KEY)
    marked = mark_conflicts(both, vitals, claims.said)
    return RELATIONS.conform(_with_claims(marked.drop("said_sex"), claims.said))


def _fold(claims: pl.DataFrame) -> pl.DataFrame:
    """Fold claims, each in both directions, into one stated relation a key; in key order."""
    rows = claims.sort([*KEY, "tie"])
    new = pl.any_horizontal(pl.col(name) != pl.col(name).shift() for name in KEY).fill_null(value=True)
    rows = rows.with_columns(new.cum_sum().alias("group"))
    ended = pl.col("end").is_not_null().all()
    folded = rows.group_by("group", maintain_order=True).agg(
        *(pl.col(name).first() for name in KEY),
        pl.col("start").min(),
        pl.when(ended).then(pl.col("end").max()).alias("end"),
        pl.lit("stated").alias("basis"),
        pl.col("confidence").max(),
        pl.col("tie").alias("claims"),
        pl.col("holds_responsibility").max().alias("parental_responsibility"),
    )
    nothing = pl.lit([], dtype=pl.List(pl.String))
    return folded.select(
        *KEY,
        "start",
        "end",
        "basis",
        "confidence",
        _several(rows, "source", folded["group"]).alias("sources"),
        "claims",
        nothing.alias("premises"),
        "parental_responsibility",
        pl.lit(None, dtype=pl.String).alias("conflict"),
        _several(rows, "said_sex", folded["group"]).alias("said_sex"),
    )


def _several(rows: pl.DataFrame, name: str, groups: pl.Series) -> pl.Series:
    """The distinct values of each group, sorted: sorted all at once, since sorting a million small lists takes seconds."""
    told = rows.select("group", name).drop_nulls(name).unique().sort("group", name)
    lists = told.group_by("group", maintain_order=True).agg(name)
    if lists.height == len(groups):
        return lists[name]
    return groups.to_frame("group").join(lists, on="group", how="left", maintain_order="left")[name].fill_null([])


def _with_claims(relations: pl.DataFrame, said: pl.Series) -> pl.DataFrame:
    """Put the claims themselves in the place of the numbers of their ties."""
    told = relations.select("claims").with_row_index("row").explode("claims", keep_nulls=False, empty_as_null=False)
    lists = (
        told.select("row", said.gather(told["claims"]).alias("claims"))
        .group_by("row", maintain_order=True)
        .agg("claims")
    )
    rows = relations.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"))
    claims = rows.join(lists, on="row", how="left", maintain_order="left")["claims"]
    return relations.with_columns(claims.fill_null([]).alias("claims"))
