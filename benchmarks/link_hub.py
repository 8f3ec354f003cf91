"""A whole `famlink link` process on a synthetic hub: `python benchmarks/link_hub.py [--families 3450] [--rounds 3]`.

Claim: 35,000 records over six agencies are linked in at most 15 s, warm. `--all` takes the ten agencies of the default
world. The seed is one the code was never tuned on; another may be given.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from machine import PYTHON, seconds_of, spread, table, versions

SIX = 'agencies = ["social_care", "early_help", "education", "health", "police", "housing"]\n'


def main() -> None:
    """Write a world of a seed of its own, link it some rounds, score it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--families", type=int, default=3450)
    parser.add_argument("--all", action="store_true", help="all ten agencies, not six")
    parser.add_argument("--seed", type=int, default=77_001)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world, run = folder / "world", folder / "run"
        six = folder / "six.toml"
        six.write_text(SIX, encoding="utf-8")
        made = [
            PYTHON,
            "-m",
            "famlink",
            "synth",
            "--families",
            str(asked.families),
            "--seed",
            str(asked.seed),
            "--to",
            str(world),
        ]
        made += [] if asked.all else ["--rates", str(six)]
        wrote = seconds_of(made, rounds=1)
        command = [PYTHON, "-m", "famlink", "link", str(world / "hub.toml"), "--to", str(run)]
        cold = seconds_of(command, rounds=1)
        warm = seconds_of(command, rounds=asked.rounds)
        record = json.loads((run / "provenance.json").read_text(encoding="utf-8"))
        print(versions())
        agencies = len({entry["agency"] for entry in record["parameters"]["agencies"]})
        print(
            f"{record['records']:,} records, {agencies} agencies, {record['pairs']:,} pairs, {record['people']:,} people\n"
        )
        rows = [
            ["famlink synth", spread(wrote)],
            ["famlink link, first", spread(cold)],
            ["famlink link, warm", spread(warm)],
        ]
        rows += [[f"of it: {stage}", f"{seconds:.2f}"] for stage, seconds in record["seconds"].items()]
        print(table(["process or stage", "seconds: median (least to most)"], rows))
        print(f"\npeak memory {record['peak_rss_mb']:,.0f} MB")
        import famlink as fl

        scored = fl.evaluate(run, world / "truth")
        pairs = scored["pairs"]
        print(
            f"pairs P {pairs['precision']:.4f} R {pairs['recall']:.4f} F1 {pairs['f1']:.4f}, B3 F1 {scored['b3']['f1']:.4f}, ",
            end="",
        )
        print(f"clusters that mix relatives {scored['mixes_relatives']}")


if __name__ == "__main__":
    main()
