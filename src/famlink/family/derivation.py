"""Derived relations: what follows from stated ones, each with the premises it follows from."""

from __future__ import annotations

import polars as pl

from famlink.vocabulary.relationships import kinds

MOST_CHILDREN = 25
"""A person stated to be birth parent of more is taken for a mistake of the source (a worker, a school): nothing follows."""

NOT_BY_BIRTH = ("adoptive", "step", "foster")
"""Qualifiers that say a parent is not one by birth; a bare ``father`` elsewhere does not outweigh them."""

COUPLES = ("partner", "spouse", "ex-partner", "ex-spouse", "co-parent")

_SIDE = {"female": "maternal", "male": "paternal"}


def derive(stated: pl.DataFrame, vitals: pl.DataFrame, stays: pl.DataFrame | None = None) -> pl.DataFrame:
    """Add the relations that follow from stated ones.

    Full and half siblings and twins from shared birth parents; grandparents by composition; partners from a shared child
    and a shared dated address. A half sibling follows only where both other parents are known: with one not recorded, the
    two are siblings on that parent's side.

    Args:
        stated: stated relations: table ``relations`` plus ``said_sex``.
        vitals: births and sex, as :func:`famlink.family.vitals.vitals_of` gives.
        stays: dated addresses, as :func:`famlink.family.residence.stays` gives; without them no partner is derived.

    Returns:
        relations with basis ``derived`` and the columns of ``stated``, both directions, without those already stated.
    """
    # Steps that pick rows copy every column of them: what lies behind a relation is left out until it is needed.
    schema, stated = stated.schema, stated.drop("sources", "claims", "premises")
    sexes = _sexes(stated, vitals)
    parents = birth_parents(stated).join(sexes, left_on="relative_id", right_on="person_id", how="left")
    frames = [_siblings(parents, vitals), _grandparents(stated, parents, sexes)]
    if stays is not None:
        frames.append(_partners(stated, parents, stays))
    derived = pl.concat([_finish(frame, schema) for frame in frames])
    return derived.unique(["person_id", "relative_id", "relationship", "qualifier"], keep="first", maintain_order=True)


def birth_parents(stated: pl.DataFrame) -> pl.DataFrame:
    """Each child's birth parents: stated so, or stated as plain parent where nobody says step, foster or adoptive.

    Args:
        stated: stated relations.

    Returns:
        ``person_id`` (the child), ``relative_id`` (the parent), ``confidence``, ``premise``; one row a pair.
    """
    rows = stated.filter((pl.col("relationship") == "parent") & (pl.col("person_id") != pl.col("relative_id")))
    words = pl.col("qualifier").str.split(" ")
    otherwise = rows.filter(words.list.eval(pl.element().is_in(NOT_BY_BIRTH)).list.any()).select(
        "person_id", "relative_id"
    )
    birth = rows.filter(words.list.contains("birth"))
    plain = rows.filter(
        (pl.col("qualifier") == "") | words.list.eval(pl.element().is_in(["maternal", "paternal"])).list.all()
    )
    plain = plain.join(otherwise, on=["person_id", "relative_id"], how="anti")
    found = (
        pl.concat([birth, plain])
        .group_by("person_id", "relative_id")
        .agg(pl.col("confidence").max())
        .with_columns(_premise("person_id", "relative_id", "parent"))
    )
    few = found.group_by("relative_id").len().filter(pl.col("len") <= MOST_CHILDREN).select("relative_id")
    return found.join(few, on="relative_id", how="semi").sort("person_id", "relative_id")


def _premise(left: str, right: str, relationship: str) -> pl.Expr:
    return (pl.col(left) + "|" + pl.col(right) + "|" + pl.lit(relationship)).alias("premise")


def _sexes(stated: pl.DataFrame, vitals: pl.DataFrame) -> pl.DataFrame:
    """Recorded sex; else the one sex that all words about the person imply."""
    implied = (
        stated.select(pl.col("relative_id").alias("person_id"), pl.col("said_sex"))
        .explode("said_sex", keep_nulls=False, empty_as_null=False)
        .group_by("person_id")
        .agg(pl.col("said_sex").unique().sort())
        .filter(pl.col("said_sex").list.len() == 1)
        .select("person_id", pl.col("said_sex").list.first().alias("implied"))
    )
    return (
        vitals.select("person_id", "sex")
        .join(implied, on="person_id", how="full", coalesce=True)
        .select("person_id", pl.coalesce("sex", "implied").alias("sex"))
    )


def _siblings(parents: pl.DataFrame, vitals: pl.DataFrame) -> pl.DataFrame:
    known = parents.group_by("person_id").agg(
        pl.len().alias("parents"),
        pl.col("premise").sort().alias("all_premises"),
        pl.col("confidence").product().alias("all"),
    )
    shared = (
        parents.join(parents, on="relative_id", suffix="_sibling")
        .filter(pl.col("person_id") != pl.col("person_id_sibling"))
        .group_by("person_id", "person_id_sibling")
        .agg(
            pl.len().alias("shared"),
            pl.col("sex").sort().first().alias("sex"),
            (pl.col("sex") == "female").any().alias("one_mother"),
            pl.concat([pl.col("premise"), pl.col("premise_sibling")]).unique().sort().alias("shared_premises"),
            (pl.col("confidence") * pl.col("confidence_sibling")).product().alias("shared_confidence"),
        )
    )
    born = vitals.filter(pl.col("exact")).select("person_id", "date_of_birth")
    pairs = (
        shared.join(known, on="person_id")
        .join(known, left_on="person_id_sibling", right_on="person_id", suffix="_sibling")
        .join(born, on="person_id", how="left")
        .join(born, left_on="person_id_sibling", right_on="person_id", how="left", suffix="_sibling")
    )
    side = pl.col("sex").replace_strict(_SIDE, default="", return_dtype=pl.String)
    twin = pl.col("one_mother").fill_null(value=False) & (
        pl.col("date_of_birth") == pl.col("date_of_birth_sibling")
    ).fill_null(value=False)
    full = pl.col("shared") >= 2
    half = ~full & (pl.col("parents") >= 2) & (pl.col("parents_sibling") >= 2)
    return pairs.select(
        "person_id",
        pl.col("person_id_sibling").alias("relative_id"),
        pl.lit("sibling").alias("relationship"),
        pl.when(twin & ~half)
        .then(pl.lit("twin"))
        .when(full)
        .then(pl.lit("full"))
        .when(half)
        .then((pl.lit("half ") + side).str.strip_chars())
        .otherwise(side)
        .alias("qualifier"),
        pl.when(half)
        .then(pl.col("all_premises").list.set_union("all_premises_sibling").list.sort())
        .otherwise(pl.col("shared_premises"))
        .alias("premises"),
        pl.when(half)
        .then(pl.col("all") * pl.col("all_sibling"))
        .otherwise(pl.col("shared_confidence"))
        .alias("confidence"),
        pl.lit(None, pl.Date).alias("start"),
        pl.lit(None, pl.Date).alias("end"),
    )


def _grandparents(stated: pl.DataFrame, parents: pl.DataFrame, sexes: pl.DataFrame) -> pl.DataFrame:
    """A parent's parent, by birth or adoption at each step."""
    adoptive = (
        stated.filter((pl.col("relationship") == "parent") & pl.col("qualifier").str.contains("adoptive", literal=True))
        .select("person_id", "relative_id", "confidence")
        .with_columns(_premise("person_id", "relative_id", "parent"))
        .join(sexes, left_on="relative_id", right_on="person_id", how="left")
    )
    steps = pl.concat([parents, adoptive.select(parents.columns)]).unique(
        ["person_id", "relative_id"], keep="first", maintain_order=True
    )
    up = (
        steps.join(steps, left_on="relative_id", right_on="person_id", suffix="_up")
        .filter(pl.col("person_id") != pl.col("relative_id_up"))
        .sort("person_id", "relative_id_up", "relative_id")
        .select(
            "person_id",
            pl.col("relative_id_up").alias("relative_id"),
            pl.lit("grandparent").alias("relationship"),
            pl.col("sex").replace_strict(_SIDE, default="", return_dtype=pl.String).alias("qualifier"),
            pl.concat_list("premise", "premise_up").alias("premises"),
            (pl.col("confidence") * pl.col("confidence_up")).alias("confidence"),
            pl.lit(None, pl.Date).alias("start"),
            pl.lit(None, pl.Date).alias("end"),
        )
    )
    down = up.select(
        pl.col("relative_id").alias("person_id"),
        pl.col("person_id").alias("relative_id"),
        pl.lit("grandchild").alias("relationship"),
        *up.columns[3:],
    )
    return pl.concat([up, down])


def _partners(stated: pl.DataFrame, parents: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """Two birth parents of one child, placed at one address at one time by sources that date it."""
    couples = stated.filter(pl.col("relationship").is_in(COUPLES)).select("person_id", "relative_id")
    together = (
        parents.join(parents, on="person_id", suffix="_other")
        .filter(pl.col("relative_id") != pl.col("relative_id_other"))
        .group_by("relative_id", "relative_id_other")
        .agg(
            pl.concat([pl.col("premise"), pl.col("premise_other")]).unique().sort().alias("premises"),
            (pl.col("confidence") * pl.col("confidence_other")).max().alias("confidence"),
        )
        .select(
            pl.col("relative_id").alias("person_id"),
            pl.col("relative_id_other").alias("relative_id"),
            "premises",
            "confidence",
        )
        .join(couples, on=["person_id", "relative_id"], how="anti")
    )
    homes = stays.filter("dated").select("person_id", "place", "start", "end")
    shared = (
        together.join(homes, on="person_id")
        .join(homes, left_on=["relative_id", "place"], right_on=["person_id", "place"], suffix="_other")
        .with_columns(
            pl.max_horizontal("start", "start_other").alias("from"),
            pl.min_horizontal("end", "end_other").alias("until"),
        )
        .filter((pl.col("until").is_null() | pl.col("from").is_null()) | (pl.col("from") <= pl.col("until")))
    )
    return (
        shared.group_by("person_id", "relative_id")
        .agg(
            pl.col("premises").first(),
            pl.col("confidence").first(),
            pl.col("from").min().alias("start"),
            pl.when(pl.col("until").is_not_null().all()).then(pl.col("until").max()).alias("end"),
        )
        .select(
            "person_id",
            "relative_id",
            pl.lit("partner").alias("relationship"),
            pl.lit("").alias("qualifier"),
            "premises",
            "confidence",
            "start",
            "end",
        )
    )


def _finish(frame: pl.DataFrame, schema: pl.Schema) -> pl.DataFrame:
    blank = {
        "basis": pl.lit("derived"),
        "sources": pl.lit([], dtype=pl.List(pl.String)),
        "claims": pl.lit([], dtype=schema["claims"]),
        "parental_responsibility": pl.lit(None, dtype=pl.Boolean),
        "conflict": pl.lit(None, dtype=pl.String),
        "said_sex": pl.lit([], dtype=pl.List(pl.String)),
    }
    return (
        frame.with_columns(**blank)
        .select(schema.names())
        .sort("person_id", "relative_id", "relationship", "qualifier", "confidence", descending=[False] * 4 + [True])
    )


assert set(COUPLES) <= set(kinds())
