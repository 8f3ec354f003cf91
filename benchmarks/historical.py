"""Linking 50,578 historical records with errors, 5,156 people: `python benchmarks/historical.py [--rounds 3]`.

Claim: pairwise F1 after clustering of at least .83, where Splink 5's tutorial model reaches .828 at its best threshold.

FAMLINK_BENCH_DATA names the folder that holds historical_figures_with_errors_50k.parquet (Splink's demonstration data);
nothing is downloaded. The file is one source; birth place and occupation are further comparisons with term frequency.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parent))

from machine import versions
from truth_of_pairs import figures, table_of

from famlink.pipeline.linking import link_records
from famlink.spec import BlockingSpec, ComparisonSpec, LinkSpec
from famlink.tables import STANDARDISED, TIES

FILE = "historical_figures_with_errors_50k.parquet"
SPEC = LinkSpec(
    comparison=(
        ComparisonSpec(field="birth_place", kind="category", term_frequency=True),
        ComparisonSpec(field="occupation", kind="category", term_frequency=True),
    ),
    blocking=(
        BlockingSpec(on=("date_of_birth", "birth_place")),
        BlockingSpec(on=("surname", "birth_place", "occupation")),
        BlockingSpec(on=("forename", "surname", "occupation")),
    ),
)


def frame(raw: pl.DataFrame) -> pl.DataFrame:
    """The file as merged standardised records of one source."""
    postcode = pl.col("postcode_fake").str.to_uppercase().str.strip_chars()
    names = (
        pl.col("full_name")
        .str.replace_all(r"[^\p{L} ]", " ")
        .str.split(" ")
        .list.eval(pl.element().filter(pl.element() != ""))
    )
    plain = raw.select(
        pl.lit("archive").alias("agency"),
        pl.col("unique_id").alias("record_id"),
        pl.lit(0, dtype=pl.UInt32).alias("part"),
        pl.lit("given").alias("origin"),
        pl.col("first_name").alias("forename"),
        "surname",
        names.list.slice(1, names.list.len() - 2).list.join(" ").replace("", None).alias("middle_names"),
        pl.col("dob").str.to_date("%Y-%m-%d", strict=False).alias("date_of_birth"),
        pl.when(pl.col("gender").is_in(["male", "female"])).then("gender").alias("sex"),
        postcode.alias("postcode"),
        postcode.str.split(" ").list.first().alias("outcode"),
        postcode.str.extract(r"^(\S+ \d)").alias("sector"),
        pl.col("birth_place").alias("extra.birth_place"),
        pl.col("occupation").alias("extra.occupation"),
    )
    ready = STANDARDISED.conform(plain.sort("agency", "record_id"))
    return ready.with_row_index("row")


def main() -> None:
    """Link some rounds in one process; print figures against the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    folder = os.environ.get("FAMLINK_BENCH_DATA", "")
    if not (Path(folder) / FILE).is_file():
        sys.exit(f"set FAMLINK_BENCH_DATA to the folder that holds {FILE}")
    raw = pl.read_parquet(Path(folder) / FILE)
    records = frame(raw)
    took = []
    for _ in range(asked.rounds + 1):
        began = time.perf_counter()
        linked = link_records(records, TIES.empty(), spec=SPEC)
        took.append(time.perf_counter() - began)
    truth = dict(zip(raw["unique_id"], raw["cluster"], strict=True))
    found = figures(linked.people, truth)
    print(versions())
    print(table_of("historical_50k", found, linked.pairs, statistics.median(took[1:]), took[0]))


if __name__ == "__main__":
    main()
