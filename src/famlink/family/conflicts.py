"""Contradictions between relations: marked in words, kept and shown, never averaged or dropped."""

from __future__ import annotations

import polars as pl

from famlink.family.derivation import birth_parents
from famlink.vocabulary.relationships import kinds

LEAST_GAP_YEARS = 12
"""A birth parent younger than this at the birth is marked (5-family: a parent less than 12 years older)."""

_PAIR = ["person_id", "relative_id"]


def mark_conflicts(relations: pl.DataFrame, vitals: pl.DataFrame, said: pl.Series) -> pl.DataFrame:
    """Write into ``conflict`` what contradicts each relation.

    Two birth mothers or fathers, a birth parent less than twelve years older, a person who descends from themselves, two
    relationships of one pair that exclude each other, an end before its start, a word of one sex for a person recorded
    with the other, and two people an agency says are one.

    Args:
        relations: relations of both bases, plus ``said_sex``; ``claims`` are numbers of ties.
        vitals: births and sex.
        said: the claims by the number of their tie.

    Returns:
        the same rows; ``conflict`` holds sentences with ``; `` between, or null.
    """
    rows = relations.select(*_PAIR, "relationship", "qualifier", "basis", "confidence", "said_sex")
    stated = rows.filter(pl.col("basis") == "stated")
    births = birth_parents(stated).select(_PAIR)
    found = pl.concat(
        [
            _two_of_one_sex(stated, births, vitals),
            _too_young(births, vitals),
            _cycles(rows),
            _exclusive(relations, said.struct.field("agency")),
            _dates(relations, said),
            _one_person(rows),
            _sexes(rows, vitals),
        ]
    )
    texts = (
        found.unique()
        .sort([*_PAIR, "relationship", "text"])
        .group_by(*_PAIR, "relationship", maintain_order=True)
        .agg(pl.col("text").str.join("; "))
    )
    key = [*_PAIR, "relationship"]
    marks = relations.select(key).join(texts, on=key, how="left", maintain_order="left")["text"]
    return relations.with_columns(marks.alias("conflict"))


def _both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    """Mark a parent row and the child row that mirrors it; ``pairs`` holds the parent's view: child, parent, text."""
    onward = pairs.select(*_PAIR, pl.lit("parent").alias("relationship"), "text")
    back = pairs.select(
        pl.col("relative_id").alias("person_id"),
        pl.col("person_id").alias("relative_id"),
        pl.lit("child").alias("relationship"),
        "text",
    )
    return pl.concat([onward, back])


def _two_of_one_sex(said: pl.DataFrame, births: pl.DataFrame, vitals: pl.DataFrame) -> pl.DataFrame:
    words = said.filter(pl.col("relationship") == "parent").select(
        *_PAIR, pl.col("said_sex").list.first().alias("said"), (pl.col("said_sex").list.len() == 1).alias("one")
    )
    sexes = (
        words.filter("one")
        .group_by(_PAIR)
        .agg(pl.col("said").sort().first())
        .join(vitals.select("person_id", "sex"), left_on="relative_id", right_on="person_id", how="left")
    )
    parents = (
        births.join(sexes, on=_PAIR, how="left")
        .join(
            vitals.select("person_id", pl.col("sex").alias("recorded")),
            left_on="relative_id",
            right_on="person_id",
            how="left",
        )
        .with_columns(pl.coalesce("recorded", "said").alias("as_sex"))
        .drop_nulls("as_sex")
    )
    several = parents.filter(pl.len().over("person_id", "as_sex") > 1)
    word = pl.col("as_sex").replace_strict({"female": "mother", "male": "father"}, return_dtype=pl.String)
    return _both_ways(
        several.select(*_PAIR, (pl.lit("more than one person is recorded as birth ") + word).alias("text"))
    )


def _too_young(births: pl.DataFrame, vitals: pl.DataFrame) -> pl.DataFrame:
    born = vitals.drop_nulls("date_of_birth").select("person_id", "date_of_birth", "exact")
    pairs = births.join(born, on="person_id").join(born, left_on="relative_id", right_on="person_id", suffix="_parent")
    at_twelve = pl.col("date_of_birth_parent").dt.offset_by(f"{LEAST_GAP_YEARS}y")
    # A doubted or partial date stands for up to a year: only a gap that holds for every day it can be is marked.
    latest = (
        pl.when(pl.col("exact")).then(pl.col("date_of_birth")).otherwise(pl.col("date_of_birth").dt.offset_by("1y"))
    )
    text = (
        pl.when(pl.col("date_of_birth_parent") >= pl.col("date_of_birth"))
        .then(pl.lit("the parent is not older than the child"))
        .otherwise(pl.lit(f"the parent is less than {LEAST_GAP_YEARS} years older than the child"))
    )
    return _both_ways(pairs.filter(latest < at_twelve).select(*_PAIR, text.alias("text")))


def _cycles(relations: pl.DataFrame) -> pl.DataFrame:
    """Parents and children inside one strongly connected component of descent."""
    edges = (
        relations.filter((pl.col("relationship") == "parent") & (pl.col("basis") == "stated")).select(_PAIR).unique()
    )
    # Somebody without a parent, or without a child, is on no cycle: peel them off until nothing changes.
    while not edges.is_empty():
        left = edges.join(edges, left_on="relative_id", right_on="person_id", how="semi").join(
            edges, left_on="person_id", right_on="relative_id", how="semi"
        )
        if left.height == edges.height:
            break
        edges = left
    if edges.is_empty():
        return _both_ways(pl.DataFrame(schema={"person_id": pl.String, "relative_id": pl.String, "text": pl.String}))
    return _both_ways(
        _strong(edges.sort(_PAIR)).with_columns(pl.lit("they would descend from themselves").alias("text"))
    )


def _strong(edges: pl.DataFrame) -> pl.DataFrame:
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    names = pl.concat([edges["person_id"], edges["relative_id"]]).unique().sort()
    numbers = pl.DataFrame({"name": names, "number": pl.Series(range(len(names)), dtype=pl.Int32)})
    placed = edges.join(numbers, left_on="person_id", right_on="name").join(
        numbers, left_on="relative_id", right_on="name", suffix="_parent"
    )
    ones = np.ones(placed.height, dtype=np.int8)
    graph = coo_array(
        (ones, (placed["number"].to_numpy(), placed["number_parent"].to_numpy())), shape=(len(names), len(names))
    )
    _, labels = connected_components(graph.tocsr(), directed=True, connection="strong")
    component = pl.Series(labels)
    return placed.filter(component.gather(placed["number"]) == component.gather(placed["number_parent"])).select(_PAIR)


def _exclusive(relations: pl.DataFrame, agencies: pl.Series) -> pl.DataFrame:
    """One pair with two relationships that exclude each other: son here and sibling there, birth here and step there."""
    groups = {name: kind.group for name, kind in kinds().items()}
    rows = relations.select(
        *_PAIR,
        "relationship",
        pl.col("relationship").replace_strict(groups, return_dtype=pl.String).alias("group"),
        pl.col("qualifier").str.split(" ").alias("words"),
        "claims",
        "basis",
    )
    blood = rows.filter(
        (pl.col("group") == "blood")
        & ~pl.col("words").list.eval(pl.element().is_in(["adoptive", "foster", "step"])).list.any()
    )
    family = pl.concat([blood, rows.filter(pl.col("group") == "couple")])
    # Two kinds of one couple (partner, then ex-spouse) do not contradict each other.
    as_one = pl.when(pl.col("group") == "couple").then(pl.lit("couple")).otherwise(pl.col("relationship"))
    several = family.with_columns(as_one.alias("as_one")).filter(pl.col("as_one").n_unique().over(_PAIR) > 1)
    exploded = several.select(*_PAIR, "relationship", "claims").explode("claims", keep_nulls=True, empty_as_null=True)
    claimed = (
        exploded.with_columns(agencies.gather(exploded["claims"]).alias("agency"))
        .select(
            *_PAIR,
            pl.coalesce(
                pl.col("agency") + " says " + pl.col("relationship"),
                pl.lit("derived: ") + pl.col("relationship"),
            ).alias("said"),
        )
        .group_by(_PAIR)
        .agg(pl.col("said").unique().sort().str.join(", ").alias("text"))
    )
    kinds_marked = several.select(*_PAIR, "relationship").unique().join(claimed, on=_PAIR)
    ways = pl.concat([_qualified(rows, "parent"), _qualified(rows, "child"), _half_and_full(rows)])
    return pl.concat([kinds_marked.select(*_PAIR, "relationship", "text"), ways])


def _qualified(rows: pl.DataFrame, relationship: str) -> pl.DataFrame:
    said = rows.filter(pl.col("relationship") == relationship).with_columns(
        pl.col("words")
        .list.eval(pl.element().filter(pl.element().is_in(["birth", "adoptive", "step", "foster"])))
        .alias("way")
    )
    ways = (
        said.select(*_PAIR, "way")
        .explode("way", keep_nulls=False, empty_as_null=False)
        .group_by(_PAIR)
        .agg(pl.col("way").unique().sort())
        .filter(pl.col("way").list.contains("birth") & (pl.col("way").list.len() > 1))
    )
    return ways.select(
        *_PAIR,
        pl.lit(relationship).alias("relationship"),
        (pl.lit("said to be ") + pl.col("way").list.join(" and ")).alias("text"),
    )


def _half_and_full(rows: pl.DataFrame) -> pl.DataFrame:
    siblings = rows.filter(pl.col("relationship") == "sibling").with_columns(
        pl.col("words").list.contains("half").alias("half"),
        pl.col("words").list.eval(pl.element().is_in(["full", "twin", "identical"])).list.any().alias("full"),
    )
    both = (
        siblings.group_by(_PAIR).agg(pl.col("half").any(), pl.col("full").any()).filter(pl.col("half") & pl.col("full"))
    )
    return both.select(
        *_PAIR,
        pl.lit("sibling").alias("relationship"),
        pl.lit("half sibling by one account, full by another").alias("text"),
    )


def _dates(relations: pl.DataFrame, said: pl.Series) -> pl.DataFrame:
    claims = said.to_frame("claim").unnest("claim").select("agency", "start", "end").with_row_index("claims")
    wrong = claims.filter(pl.col("end") < pl.col("start")).select("claims", "agency")
    behind = relations.select(*_PAIR, "relationship", "claims").explode("claims", keep_nulls=False, empty_as_null=False)
    dated = behind.join(wrong, on="claims")
    return dated.select(*_PAIR, "relationship", (pl.col("agency") + " dates its end before its start").alias("text"))


def _one_person(relations: pl.DataFrame) -> pl.DataFrame:
    """An agency ties two records with the word "self", and they were not linked."""
    said = relations.filter(pl.col("relationship") == "self")
    return said.select(*_PAIR, "relationship", pl.lit("an agency says that the two are one person").alias("text"))


def _sexes(relations: pl.DataFrame, vitals: pl.DataFrame) -> pl.DataFrame:
    said = relations.select(*_PAIR, "relationship", "said_sex").explode(
        "said_sex", keep_nulls=False, empty_as_null=False
    )
    wrong = said.join(vitals.select("person_id", "sex"), left_on="relative_id", right_on="person_id").filter(
        pl.col("said_sex") != pl.col("sex")
    )
    words = {(name, sex): kind.word(sex) for name, kind in kinds().items() for sex in ("female", "male")}
    named = pl.DataFrame(
        [(name, sex, word) for (name, sex), word in words.items()],
        schema={"relationship": pl.String, "said_sex": pl.String, "word": pl.String},
        orient="row",
    )
    return wrong.join(named, on=["relationship", "said_sex"]).select(
        *_PAIR, "relationship", (pl.lit("called ") + pl.col("word") + ", recorded " + pl.col("sex")).alias("text")
    )
