"""famlink beside what else there is, on one world: `python benchmarks/baselines.py [WORLD] [--families 4000] [--seed N]`.

WORLD is a folder with hub.toml and truth/, as `famlink synth` and benchmarks/us_town.py write; without it one is made.
Methods, all on famlink's own cleaned records:

- Splink, two classes, connected components;
- the same, single best links: at most one record of an agency, where the agency does not repeat people by its nature;
- the same with the published rule for twins (surname, date of birth and postcode agree, forenames are dissimilar, no
  identifier is shared: -5 bits), components;
- famlink as it comes, with the ties and households the baselines cannot take.

Families are in two halves. The baselines' threshold is the one with the best F1 on the tuning half; the figures are of
the test half, where famlink was given no threshold at all. The best threshold of the test half itself is printed too.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import polars as pl
from halves import HEADERS, TEST, TUNING, row_of, scores_of
from machine import PYTHON, seconds_of, table, versions
from two_class import THRESHOLDS, cleaned, two_class

REPEATS = 0.05
"""An agency with more records of a person it has already than this repeats people by its nature."""


def agencies_without_repeats(records: pl.DataFrame) -> list[str]:
    """Agencies a user would tell a linker to have each person once."""
    sizes = records.group_by("agency").agg(again=1 - pl.col("person").n_unique() / pl.len())
    return sizes.filter(pl.col("again") <= REPEATS)["agency"].sort().to_list()


def compare(world: Path) -> None:
    """Print the table of one world."""
    records, truth = cleaned(world)
    peer = two_class(records)
    once = agencies_without_repeats(records)
    methods = {
        "Splink, components": peer.components,
        "Splink, single best links": lambda threshold: peer.single_best(threshold, once),
        "Splink, twin rule, components": peer.twin_rule,
    }
    rows = []
    for name, people_at in methods.items():
        people = {threshold: people_at(threshold) for threshold in THRESHOLDS}
        tuned, best = (
            max(THRESHOLDS, key=lambda one, half=half: scores_of(people[one], truth, half)["pairs"]["f1"])
            for half in (TUNING, TEST)
        )
        rows.append(row_of(f"{name}, {tuned} (tuned)", scores_of(people[tuned], truth, TEST)))
        if best != tuned:
            rows.append(row_of(f"{name}, {best} (best here)", scores_of(people[best], truth, TEST)))
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        seconds_of([PYTHON, "-m", "famlink", "link", str(world / "hub.toml"), "--to", str(run)], rounds=1)
        people = pl.read_parquet(run / "people.parquet")
    rows.append(row_of("famlink", scores_of(people, truth, TEST)))
    print(f"{records.height:,} records; each person once in {', '.join(once)}")
    print(table(HEADERS, rows))


def main() -> None:
    """Compare on a world given or made."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", type=Path, nargs="?")
    parser.add_argument("--families", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    print(versions("splink"))
    if asked.world:
        compare(asked.world)
        return
    with tempfile.TemporaryDirectory() as folder:
        world = Path(folder) / "world"
        made = ["synth", "--families", str(asked.families), "--seed", str(asked.seed), "--to", str(world)]
        seconds_of([PYTHON, "-m", "famlink", *made], rounds=1)
        compare(world)


if __name__ == "__main__":
    main()
