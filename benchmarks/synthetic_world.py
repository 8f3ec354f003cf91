"""The made-up world: how long it takes, how large it is, and how hard it is for a plain two-class linkage.

    python benchmarks/synthetic_world.py                       # 110,000 families: seconds, peak memory, records
    python benchmarks/synthetic_world.py --baseline            # 4,000 families: disagreement, famlink, and Splink beside
    python benchmarks/synthetic_world.py --link                # 110,000 families: linked and scored too

The baseline is Splink with two classes on famlink's own cleaned fields (seven rules, seven comparisons, as its guide
says), so that it meets the same records without the dirt. A world where it reaches F1 .97 is too easy to be evidence.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from machine import PYTHON, seconds_of, versions

TOO_EASY = 0.97
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


def write(folder: Path, families: int, seed: int) -> None:
    """One world in this process: prints seconds, peak memory and counts as JSON."""
    from famlink.synthetic.world import write_world

    began = time.perf_counter()
    made = write_world(folder, families=families, seed=seed)
    print(
        json.dumps(
            {
                "families": made.families,
                "records": made.records,
                "named in words": made.named,
                "relationships": made.relationships,
                "events": made.events,
                "incidents": made.incidents,
                "records a family": round(made.records / made.families, 2),
                "seconds": round(time.perf_counter() - began, 1),
                "cpu seconds": round(time.process_time(), 1),
                "peak GB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
            },
            indent=1,
        )
    )


def cleaned(folder: Path):
    """The world's given records, standardised, with their true person."""
    import datetime as dt

    import polars as pl

    from famlink.extracts.reading import read_sources
    from famlink.linkage.evaluation import read_truth
    from famlink.spec import read_hub
    from famlink.standardisation.standardise import standardise

    extracts = read_sources(read_hub(folder / "hub.toml"))
    records = standardise(extracts.records, as_at=dt.date(2026, 6, 1)).rows
    truth = read_truth(folder / "truth")
    given = records.filter((pl.col("origin") == "given") & (pl.col("part") == 0))
    return given.join(truth.records, on=["agency", "record_id"]), truth


def disagreement(records) -> None:
    """Print how often two agencies' records of one person differ in a field both have."""
    import polars as pl

    fields = ["forename", "surname", "date_of_birth", "postcode", "phone", "nhs_number", "upn"]
    one = records.select("person", "agency", *fields)
    pairs = one.join(one, on="person", suffix="_other").filter(pl.col("agency") < pl.col("agency_other"))
    print(f"{pairs.height:,} pairs of records of one person in two agencies")
    for field in fields:
        both = pairs.drop_nulls([field, f"{field}_other"])
        differ = float((both[field] != both[f"{field}_other"]).mean() or 0.0)
        print(f"  {field:<15} differs {differ:6.1%}   both have it {both.height / pairs.height:6.1%}")


def baseline(records, truth) -> None:
    """Two-class Splink at several thresholds, scored by famlink's own evaluation."""
    import logging

    import polars as pl
    import splink
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    from famlink.linkage.evaluation import evaluate

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    table = records.select(
        "agency", "record_id", "forename", "middle_names", "surname", "postcode", "sex", "nhs_number", "upn",
        unique_id=pl.col("agency") + ":" + pl.col("record_id"), dob=pl.col("date_of_birth").cast(pl.String),
    )  # fmt: skip
    rules = (
        ("forename", "dob"),
        ("surname", "dob"),
        ("dob", "postcode"),
        ("forename", "postcode"),
        ("forename", "surname"),
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("forename", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
            cl.ExactMatch("middle_names"),
            cl.ExactMatch("nhs_number"),
            cl.ExactMatch("upn"),
        ],
        blocking_rules_to_generate_predictions=[
            *(block_on(*rule) for rule in rules),
            block_on("nhs_number"),
            block_on("upn"),
        ],
    )
    api = DuckDBAPI()
    linker = Linker(api.register(table.to_pandas()), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("forename", "surname", "dob"), block_on("nhs_number")], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6)
    for rule in (("forename", "surname"), ("dob",), ("postcode", "forename")):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    pairs = linker.inference.predict(threshold_match_probability=0.01)
    print(f"Splink {splink.__version__}, two classes, same records:")
    best = 0.0
    for threshold in THRESHOLDS:
        found = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_probability=threshold
        ).as_pandas_dataframe()[["unique_id", "cluster_id"]]
        clusters = pl.from_pandas(found.astype(str)).rename({"cluster_id": "person_id"})
        people = table.join(clusters, on="unique_id").select("agency", "record_id", "person_id", origin=pl.lit("given"))
        result = evaluate(people, truth)
        three, best = result["pairs"], max(best, result["pairs"]["f1"])
        print(
            f"  at {threshold:<6} P {three['precision']:.4f} R {three['recall']:.4f} F1 {three['f1']:.4f} "
            f"B3 {result['b3']['f1']:.4f}; {result['mixes_relatives']} clusters mix relatives"
        )
    print(f"best F1 {best:.4f}: " + ("TOO EASY to be evidence" if best >= TOO_EASY else "hard enough to be evidence"))


def own_linkage(world: Path) -> None:
    """Link the world with famlink's default model, in a process of its own, and print its evaluation."""
    from famlink.linkage.evaluation import render_text
    from famlink.pipeline.workbench import evaluate

    run = world.parent / "run"
    took = seconds_of([PYTHON, "-m", "famlink", "link", str(world / "hub.toml"), "--to", str(run)], rounds=1)
    told = json.loads((run / "provenance.json").read_text(encoding="utf-8"))
    print(f"famlink, default model: {told['records']:,} records, {told['pairs']:,} pairs, {took[0]:.1f} s, ", end="")
    print(f"{told['peak_rss_mb'] / 1000:.2f} GB at most")
    print("  " + ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in told["seconds"].items()))
    print(render_text(evaluate(run, world / "truth")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", type=int, default=None)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--baseline", action="store_true", help="link it with a plain two-class model too")
    parser.add_argument("--link", action="store_true", help="link it with famlink and print the evaluation")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    families = asked.families or (4_000 if asked.baseline else 110_000)
    if asked.write:
        write(asked.write, families, asked.seed)
        return
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "world"
        own = [sys.executable, __file__, "--families", str(families), "--seed", str(asked.seed), "--write", str(world)]
        subprocess.run(own, check=True)
        if asked.link or asked.baseline:
            print(versions("splink"))
            own_linkage(world)
        if asked.baseline:
            records, truth = cleaned(world)
            disagreement(records)
            baseline(records, truth)


if __name__ == "__main__":
    main()
