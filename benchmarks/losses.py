"""What a run loses, by kind: `python benchmarks/losses.py RUN TRUTH [--most 25]`.

Every pair of records of one true person that the run left apart is put into a cell by how forename, surname, date of
birth and address stand to each other; the cell says how many such pairs there are, how many were lost before scoring
(never compared, or under .01) and at scoring, and how many of these are up for review. Pairs of records that the run
joined wrongly are put into the same cells. Only counts are printed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

KEY = ["agency", "record_id"]
FIELDS = ["forename", "surname", "middle_names", "date_of_birth", "house_number", "street", "postcode"]


def pairs_of(people: pl.DataFrame, group: str) -> pl.DataFrame:
    """Every pair of records of one group, the first by agency and id on the left."""
    sides = people.select(*KEY, group).sort(KEY).with_row_index("place")
    both = sides.join(sides, on=group, suffix="_right").filter(pl.col("place") < pl.col("place_right"))
    return both.select("agency", "record_id", "agency_right", "record_id_right")


def standing(name: str) -> pl.Expr:
    """same, near (one contains the other's start, or nearly the same letters), other, or missing."""
    a, b = pl.col(name), pl.col(f"{name}_right")
    near = a.str.slice(0, 3) == b.str.slice(0, 3)
    return (
        pl.when(a.is_null() | b.is_null()).then(pl.lit("missing"))
        .when(a == b).then(pl.lit("same"))
        .when(near).then(pl.lit("first letters")).otherwise(pl.lit("other"))
    )  # fmt: skip


def described(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """The pairs with the standing of each field."""
    right = records.rename({name: f"{name}_right" for name in records.columns})
    both = pairs.join(records, on=KEY).join(right, on=["agency_right", "record_id_right"])
    a, b = pl.col("date_of_birth"), pl.col("date_of_birth_right")
    parts = sum((getattr(a.dt, part)() == getattr(b.dt, part)()).cast(pl.Int8) for part in ("year", "month", "day"))
    born = (
        pl.when(a.is_null() | b.is_null()).then(pl.lit("missing"))
        .when(a == b).then(pl.lit("same"))
        .when(parts == 2).then(pl.lit("one part out")).otherwise(pl.lit("other"))
    )  # fmt: skip
    street, number = pl.col("street") == pl.col("street_right"), pl.col("house_number") == pl.col("house_number_right")
    known = pl.all_horizontal(pl.col("street", "street_right").is_not_null())
    home = (
        pl.when((pl.col("postcode") == pl.col("postcode_right")).fill_null(value=False) | (street & number).fill_null(value=False))
        .then(pl.lit("same"))
        .when(~known).then(pl.lit("missing"))
        .when(street | number).then(pl.lit("street or number")).otherwise(pl.lit("other"))
    )  # fmt: skip
    return both.with_columns(
        forename=standing("forename"),
        surname=standing("surname"),
        born=born,
        address=home,
        sources=pl.concat_str(pl.min_horizontal("agency", "agency_right"), pl.lit(" + "), pl.max_horizontal("agency", "agency_right")),
    )  # fmt: skip


def table(cells: pl.DataFrame, by: list[str], most: int) -> None:
    """Print the cells that lose most."""
    counted = (
        cells.group_by(by)
        .agg(
            pl.len().alias("true pairs"),
            (~pl.col("together")).sum().alias("lost"),
            (~pl.col("together") & pl.col("verdict").is_null()).sum().alias("before scoring"),
            (~pl.col("together") & pl.col("verdict").is_not_null()).sum().alias("at scoring"),
            (~pl.col("together") & (pl.col("verdict") == "review")).sum().alias("in review"),
        )
        .with_columns((1 - pl.col("lost") / pl.col("true pairs")).round(3).alias("recall"))
        .sort(["lost", *by], descending=[True] + [False] * len(by))
        .head(most)
    )
    with pl.Config(tbl_rows=most, tbl_cols=20, tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True):
        print(counted)


def main() -> None:
    """Print losses by kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--most", type=int, default=25)
    asked = parser.parse_args()

    from famlink.linkage.evaluation import read_truth
    from famlink.pipeline.run import open_run
    from famlink.standardisation.merging import merge_parts

    run, truth = open_run(asked.run), read_truth(asked.truth)
    records = merge_parts(run.table("standardised"))
    fields = [name for name in FIELDS if name in records.columns]
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in FIELDS if name not in records.columns]
    records = records.select(*KEY, *fields, *absent).with_columns(pl.col("forename", "surname").cast(pl.String))
    people = run.people.filter(pl.col("origin") == "given").join(truth.records, on=KEY)
    links = run.links.select(
        agency="agency_left", record_id="record_id_left", agency_right="agency_right", record_id_right="record_id_right",
        verdict="verdict", weight="match_weight",
    )  # fmt: skip
    turned = links.select(
        agency="agency_right", record_id="record_id_right", agency_right="agency", record_id_right="record_id",
        verdict="verdict", weight="weight",
    )  # fmt: skip
    on = ["agency", "record_id", "agency_right", "record_id_right"]
    known = pl.concat([links, turned]).unique(on, keep="first", maintain_order=True)
    found = pairs_of(people, "person_id").with_columns(together=True)
    true = pairs_of(people, "person")
    cells = described(true, records).join(known, on=on, how="left").join(found, on=on, how="left")
    cells = cells.with_columns(pl.col("together").fill_null(value=False))
    print(f"{cells.height:,} true pairs, {cells.filter(~pl.col('together')).height:,} lost")
    for by in (["sources"], ["forename"], ["surname"], ["born"], ["address"]):
        table(cells, by, asked.most)
    print("by all four:")
    table(cells, ["forename", "surname", "born", "address"], asked.most)
    wrong = described(found.drop("together").join(true, on=on, how="anti"), records)
    print(f"{wrong.height:,} pairs joined wrongly:")
    counted = wrong.group_by("forename", "surname", "born", "address").len("wrong pairs")
    with pl.Config(tbl_rows=asked.most, tbl_hide_column_data_types=True, tbl_hide_dataframe_shape=True):
        print(
            counted.sort(
                ["wrong pairs", "forename", "surname", "born", "address"], descending=[True] + [False] * 4
            ).head(asked.most)
        )


if __name__ == "__main__":
    main()
