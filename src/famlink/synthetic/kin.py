"""What everybody truly is to everybody else in the family: the truth about relations."""

from __future__ import annotations

import numpy as np
import polars as pl

from famlink.synthetic.dice import Ints
from famlink.synthetic.people import ADOPTED_CHILD, CARER, CHILD, NOBODY, STEP_CHILD, Cast, People
from famlink.synthetic.shape import FOSTER, GUARDIAN, NEVER, STEP, TODAY, YEAR, Shape

INVERSE = {
    "parent": "child", "child": "parent", "sibling": "sibling", "grandparent": "grandchild", "grandchild": "grandparent",
    "aunt or uncle": "niece or nephew", "niece or nephew": "aunt or uncle", "partner": "partner", "spouse": "spouse",
    "foster carer": "child in foster care", "special guardian": "child under special guardianship",
    "kinship carer": "child in kinship care", "ex-partner": "ex-partner", "ex-spouse": "ex-spouse",
}  # fmt: skip
"""Relationship -> what the person then is to the relative, in registry words."""


def _rows(person: Ints, relative: Ints, relationship: str, qualifier: object = "", **when: object) -> pl.DataFrame:
    n = len(person)
    start, end = when.get("start", NEVER), when.get("end", NEVER)
    return pl.DataFrame(
        {
            "person": person.astype(np.int64),
            "relative": relative.astype(np.int64),
            "relationship": pl.Series([relationship], dtype=pl.String).new_from_index(0, n) if n else pl.Series([], dtype=pl.String),
            "qualifier": qualifier if isinstance(qualifier, pl.Series) else pl.Series([str(qualifier)], dtype=pl.String).new_from_index(0, n) if n else pl.Series([], dtype=pl.String),
            "start": np.broadcast_to(np.asarray(start), (n,)).astype(np.int64),
            "end": np.broadcast_to(np.asarray(end), (n,)).astype(np.int64),
        }
    )  # fmt: skip


def kin_of(people: People, shape: Shape, cast: Cast) -> pl.DataFrame:
    """Derive all true relations from parents, partnerships and care.

    Args:
        people: everybody.
        shape: the families.
        cast: where to find mothers and partners.

    Returns:
        person, relative (rows of ``people``), relationship (what the relative is to the person), qualifier, start, end
        (day numbers, NEVER where none); both directions; sorted.
    """
    rows = np.arange(len(people))
    parts = []
    adopted = people.role == ADOPTED_CHILD
    for parent, side in ((people.mother, "maternal"), (people.father, "paternal")):
        child = rows[parent >= 0]
        words = pl.Series(np.where(adopted[child], "adoptive", "birth"))
        parts.append(_rows(child, parent[child], "parent", words))
        grand = child[people.mother[parent[child]] >= 0]
        parts.append(_rows(grand, people.mother[parent[grand]], "grandparent", side))
        grand = child[people.father[parent[child]] >= 0]
        parts.append(_rows(grand, people.father[parent[grand]], "grandparent", side))
    parts += _siblings(people, rows)
    parts.append(_partners(shape, cast))
    parts.append(_carers(people, rows))
    parts += _step_families(people, shape, cast)
    forward = pl.concat(parts)
    aunts = (
        forward.filter((pl.col("relationship") == "parent") & (pl.col("qualifier") != "step"))
        .join(
            forward.filter((pl.col("relationship") == "sibling") & (pl.col("qualifier") != "step")).select(
                relative="person", aunt="relative", how="qualifier"
            ),
            on="relative",
        )
        .select(
            "person", relative="aunt", relationship=pl.lit("aunt or uncle"),
            qualifier=pl.lit(""), start=pl.lit(NEVER, dtype=pl.Int64), end=pl.lit(NEVER, dtype=pl.Int64),
        )
    )  # fmt: skip
    forward = pl.concat([forward, aunts])
    symmetric = pl.col("relationship").is_in(["sibling", "partner", "spouse", "ex-partner", "ex-spouse"])
    back = forward.filter(~symmetric).select(
        person="relative", relative="person",
        relationship=pl.col("relationship").replace_strict(INVERSE),
        qualifier="qualifier", start="start", end="end",
    )  # fmt: skip
    mirrored = forward.filter(symmetric).select(
        person="relative",
        relative="person",
        relationship="relationship",
        qualifier="qualifier",
        start="start",
        end="end",
    )
    return (
        pl.concat([forward, back, mirrored])
        .unique(["person", "relative", "relationship"], keep="first", maintain_order=True)
        .sort("person", "relative", "relationship")
    )


def _siblings(people: People, rows: Ints) -> list[pl.DataFrame]:
    known = (people.mother >= 0) | (people.father >= 0)
    table = pl.DataFrame(
        {"person": rows, "mother": people.mother, "father": people.father, "birth": people.birth}
    ).filter(pl.Series(known))
    pairs = []
    for parent in ("mother", "father"):
        one = table.filter(pl.col(parent) >= 0)
        pairs.append(one.join(one, on=parent, suffix="_other").filter(pl.col("person") < pl.col("person_other")))
    both = (
        pl.concat([p.select("person", "person_other") for p in pairs])
        .unique()
        .sort("person", "person_other")
        .join(table, on="person")
        .join(table.rename({c: f"{c}_other" for c in table.columns}), on="person_other")
        .sort("person", "person_other")
    )
    same_m = (pl.col("mother") == pl.col("mother_other")) & (pl.col("mother") >= 0)
    same_f = (pl.col("father") == pl.col("father_other")) & (pl.col("father") >= 0)
    twin = (pl.col("birth") == pl.col("birth_other")) & (pl.col("birth") >= 0)
    half = same_m & (pl.col("father") != pl.col("father_other"))
    half_p = same_f & (pl.col("mother") != pl.col("mother_other"))
    words = both.select(
        pl.when(twin).then(pl.lit("twin")).when(half).then(pl.lit("half maternal")).when(half_p)
        .then(pl.lit("half paternal")).when(same_m & same_f).then(pl.lit("full")).otherwise(pl.lit("")).alias("q")
    )["q"]  # fmt: skip
    return [_rows(both["person"].to_numpy(), both["person_other"].to_numpy(), "sibling", words)]


def _step_families(people: People, shape: Shape, cast: Cast) -> list[pl.DataFrame]:
    """A mother's partner is step parent to the children she had by others before him, she to those he brings."""
    kids = np.flatnonzero(people.role == CHILD)
    parts = []
    for k in range(STEP + 1):
        family = people.family[kids]
        man, start, end = cast.partner[family, k], shape.start[family, k], shape.end[family, k]
        here = (man >= 0) & (shape.of != k) & (people.cared[kids] == 0) & ~people.stillborn[kids] & ~people.unborn[kids]
        here &= (people.born[kids] < start) & (start < people.born[kids] + 18 * YEAR) & (start <= TODAY)
        ended = np.where(end <= TODAY, end, NEVER)
        parts.append(_rows(kids[here], man[here], "parent", "step", start=start[here], end=ended[here]))
    brought = np.flatnonzero(people.role == STEP_CHILD)
    family = people.family[brought]
    start, end = shape.start[family, STEP], shape.end[family, STEP]
    ended = np.where(end <= TODAY, end, NEVER)
    parts.append(_rows(brought, cast.mother[family], "parent", "step", start=start, end=ended))
    brings = np.full(len(cast.mother), NOBODY)
    brings[family] = brought
    step_of = parts[STEP]
    child = step_of["person"].to_numpy()
    other = brings[people.family[child]]
    both = other >= 0
    when = {name: step_of[name].to_numpy()[both] for name in ("start", "end")}
    parts.append(_rows(child[both], other[both], "sibling", "step", **when))
    return parts


def _partners(shape: Shape, cast: Cast) -> pl.DataFrame:
    family, slot = np.nonzero(shape.partner)
    mother, man = cast.mother[family], cast.partner[family, slot]
    wed, start, end = (a[family, slot] for a in (shape.wed, shape.start, shape.end))
    over, married = end <= TODAY, wed < NEVER
    kind = np.where(married, np.where(over, "ex-spouse", "spouse"), np.where(over, "ex-partner", "partner"))
    out = _rows(mother, man, "partner", start=start, end=np.where(over, end, NEVER))
    return out.with_columns(relationship=pl.Series(kind))


def _carers(people: People, rows: Ints) -> pl.DataFrame:
    child = rows[people.carer >= 0]
    kind = people.cared[child]
    words = np.where(kind == FOSTER, "foster carer", np.where(kind == GUARDIAN, "special guardian", "kinship carer"))
    out = _rows(child, people.carer[child], "kinship carer", start=people.care_from[child], end=people.care_to[child])
    out = out.with_columns(relationship=pl.Series(words.astype(str)) if len(child) else pl.Series([], dtype=pl.String))
    second = people.carer + 1
    second = np.where(second < len(people), second, NOBODY)
    pair = (kind == FOSTER) & (people.role[second[child]] == CARER) & (people.slot[second[child]] == 1)
    other = _rows(
        child[pair], second[child][pair], "foster carer",
        start=people.care_from[child][pair], end=people.care_to[child][pair],
    )  # fmt: skip
    return pl.concat([out, other])
