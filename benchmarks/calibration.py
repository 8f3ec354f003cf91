"""Does 90% mean 90%? `python benchmarks/calibration.py [WORLD ...] [--families 4000] [--seeds 1 2 3]`.

Claim: over links.parquet, in every bin of width .1 that holds at least 200 pairs, the share of true pairs is within .05
of the mean match probability. Each world is linked as it comes; a line that does not hold is marked.

Pairs under .01 are left out: a run keeps one only where other pairs joined its records, and most of those are true.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from machine import PYTHON, seconds_of, table, versions

ENOUGH = 200
WITHIN = 0.05


def show(world: Path) -> bool:
    """Link a world, print its bins; whether the claim holds."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        seconds_of([PYTHON, "-m", "famlink", "link", str(world / "hub.toml"), "--to", str(run)], rounds=1)
        import famlink as fl

        scored = fl.evaluate(run, world / "truth")
    rows, holds = [], True
    for one in scored["calibration"]:
        gap = one["true"] - one["said"]
        good = abs(gap) <= WITHIN or one["pairs"] < ENOUGH
        holds &= good
        word = "" if good else "OUT"
        rows.append(
            [f"{one['from']:.1f} to {one['to']:.1f}", f"{one['pairs']:,}", f"{one['said']:.3f}", f"{one['true']:.3f}", f"{gap:+.3f}", word]
        )  # fmt: skip
    print(
        f"\n{world.name}: {scored['records']:,} records, F1 {scored['pairs']['f1']:.4f}; {'holds' if holds else 'DOES NOT HOLD'}"
    )
    print(table(["probability", "pairs", "said", "true", "true less said", ""], rows))
    return holds


def main() -> None:
    """Show worlds given, and worlds of seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", type=Path, nargs="*")
    parser.add_argument("--families", type=int, default=4_000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[])
    asked = parser.parse_args()
    print(versions())
    for world in asked.world:
        show(world)
    for seed in asked.seeds or ([] if asked.world else [1, 2, 3]):
        with tempfile.TemporaryDirectory() as folder:
            world = Path(folder) / f"families_{asked.families}_seed_{seed}"
            made = ["synth", "--families", str(asked.families), "--seed", str(seed), "--to", str(world)]
            seconds_of([PYTHON, "-m", "famlink", *made], rounds=1)
            show(world)


if __name__ == "__main__":
    main()
