"""The made-up world: how long it takes, how large it is, and how hard it is for a plain two-class linkage.

    python benchmarks/synthetic_world.py                       # 110,000 families: seconds, peak memory, records
    python benchmarks/synthetic_world.py --baseline            # 4,000 families: disagreement, famlink, and Splink beside
    python benchmarks/synthetic_world.py --link                # 110,000 families: linked and scored too

The baseline is Splink with two classes on famlink's own cleaned fields (its comparisons and rules in
two_class.py, as its guide says), so that it meets the same records without the dirt. A world where it reaches F1 .97 is too easy to be evidence.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from machine import PYTHON, seconds_of, versions
from two_class import THRESHOLDS, cleaned, two_class

TOO_EASY = 0.97


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
    import splink

    from famlink.linkage.evaluation import evaluate

    peer = two_class(records)
    print(f"Splink {splink.__version__}, two classes, same records:")
    best = 0.0
    for threshold in THRESHOLDS:
        result = evaluate(peer.components(threshold), truth)
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
