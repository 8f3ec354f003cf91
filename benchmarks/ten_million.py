"""Ten million records against one million: `python benchmarks/ten_million.py --work DIR [--hub seven.toml]`.

Claim: `famlink link` of ten million records (people files of six agencies) completes within 20 GB and takes at most 12
times as long as of one million. What is done is kept in DIR, worlds and figures, so that it can be taken up again; give
another DIR to measure anew. `--hub seven.toml` takes seven rules and seven comparisons in place of the defaults. Ten million records need some 30 GB of disc, a million three.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
from pathlib import Path
from typing import Any

from machine import PYTHON, cost_of, spread, table, versions
from worlds import made


def measured(work: Path, *, records: int, seed: int, rounds: int, hub: str) -> list[dict[str, Any]]:
    """Costs of linking a world of about so many records; what DIR has is not done again."""
    kept = work / f"costs-{records}-{Path(hub).stem}.json"
    costs: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else []
    while len(costs) < rounds:
        world = made(work / f"world-{records}", records=records, seed=seed)
        run = work / f"run-{records}"
        shutil.rmtree(run, ignore_errors=True)
        cost = cost_of([PYTHON, "-m", "famlink", "link", str(world / hub), "--to", str(run)])
        told = json.loads((run / "provenance.json").read_text(encoding="utf-8"))
        inner = {f"link: {name}": seconds for name, seconds in told["seconds_linking"].items()}
        facts = {name: told[name] for name in ("records", "pairs", "people")}
        stages = {name: seconds for name, seconds in told["seconds"].items() if name != "link"} | inner
        costs.append({"wall": cost.wall, "cpu": cost.cpu, "peak_mb": cost.peak_mb, **facts, "stages": stages})
        kept.write_text(json.dumps(costs), encoding="utf-8")
    return costs


def main() -> None:
    """Measure the small and the large world, and print one against the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--small", type=int, default=1_000_000)
    parser.add_argument("--factor", type=int, default=10)
    parser.add_argument("--seed", type=int, default=77_005)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--hub", choices=("people.toml", "seven.toml"), default="people.toml")
    asked = parser.parse_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    sizes = (asked.small, asked.small * asked.factor)
    costs = [measured(asked.work, records=size, seed=asked.seed, rounds=asked.rounds, hub=asked.hub) for size in sizes]
    print(versions())
    rows = []
    for each in costs:
        last = each[-1]
        peak = max(cost["peak_mb"] for cost in each)
        walls, cpus = ([cost[what] for cost in each] for what in ("wall", "cpu"))
        rows.append([f"{last['records']:,}", f"{last['pairs']:,}", spread(walls), spread(cpus), f"{peak:,.0f}"])
    print(f"\n{table(['records', 'pairs compared', 'wall s: median (least to most)', 'CPU s', 'peak MB'], rows)}\n")
    small, large = costs
    for what in ("wall", "cpu", "peak_mb", "records", "pairs"):
        ratio = statistics.median(c[what] for c in large) / statistics.median(c[what] for c in small)
        print(f"{what}: {ratio:.2f} times")
    lines = []
    for name in sorted(large[0]["stages"], key=lambda n: -large[0]["stages"][n]):
        a, b = (statistics.median(cost["stages"][name] for cost in each) for each in (small, large))
        lines.append([name, f"{a:.2f}", f"{b:.2f}", f"{b / a:.1f}" if a >= 0.05 else "-"])
    print(f"\n{table(['stage', 'small, s', 'large, s', 'times'], lines)}")


if __name__ == "__main__":
    main()
