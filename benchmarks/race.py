"""famlink against Splink 5 on DuckDB, whole processes in turn: `python benchmarks/race.py --records 35000 [--rounds 3]`.

Claims: with people files of six agencies, seven rules and seven comparisons, `famlink link` is at least 5 times faster
than Splink's whole process on the same files (goal 10), its linking stages alone 20 times, within 1 GB at a million
records. A second row gives famlink's defaults: more rules, every field, kin classes. With `--full` a third links the
whole hub (ties, people named in words, events, relations): at most 2.5 times as long as people files alone.

`--work DIR` keeps the worlds; `--world DIR` takes one that is there. Splink needs `pip install -e ".[bench]"`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from machine import PYTHON, Cost, cost_of, spread, table, versions
from worlds import against_truth, made, people_only

if TYPE_CHECKING:
    import polars as pl

SPLINK, SEVEN, DEFAULTS = "Splink", "famlink, the same 7 rules and 7 comparisons", "famlink, defaults"
FULL = "famlink, defaults, the full hub"
THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
"""Of Splink's match probability: its best is told beside .95, at which both link."""


@dataclass
class Runner:
    """One of the racers.

    Args:
        command: the whole process.
        folder: what it writes.
        costs: of each round.
        stages: seconds of each round, by stage.
    """

    command: list[str]
    folder: Path
    costs: list[Cost] = field(default_factory=list)
    stages: list[dict[str, float]] = field(default_factory=list)

    def run(self) -> None:
        """One round, into a folder of its own: replacing a run looks for what it undoes."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.costs.append(cost_of(self.command))
        if (self.folder / "stages.json").is_file():
            self.stages.append(json.loads((self.folder / "stages.json").read_text(encoding="utf-8")))
            return
        told = json.loads((self.folder / "provenance.json").read_text(encoding="utf-8"))
        inner = {f"link: {name}": seconds for name, seconds in told["seconds_linking"].items()}
        outer = {name: seconds for name, seconds in told["seconds"].items() if name != "link"}
        self.stages.append({**outer, **inner, "link": told["seconds"]["link"]})

    def median(self, what: str) -> float:
        """Of ``wall``, ``cpu`` or ``peak_mb``."""
        return statistics.median(getattr(cost, what) for cost in self.costs)

    def linking(self) -> list[float]:
        """Seconds of the linking stages alone, each round."""
        if "link" in self.stages[0]:
            return [stages["link"] for stages in self.stages]
        return [sum(stages[name] for name in ("prior", "u", "EM", "predict", "cluster")) for stages in self.stages]


def main() -> None:
    """Make the world, run the racers in turn, score them, print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=35_000)
    parser.add_argument("--seed", type=int, default=77_002)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--u-pairs", type=float, default=1e6)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--world", type=Path)
    parser.add_argument("--full", action="store_true", help="the whole hub too")
    parser.add_argument("--warmed", action="store_true", help="kernels are compiled and files read already")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work = asked.work or Path(name)
        world = people_only(asked.world) if asked.world else made(
            work / f"world-{asked.records}", records=asked.records, seed=asked.seed
        )  # fmt: skip
        racers = _racers(world, Path(name), u_pairs=asked.u_pairs, full=asked.full)
        for kind in () if asked.warmed else [kind for kind in racers if kind != SPLINK]:
            cost_of(racers[kind].command)  # compiled kernels and files in memory: the claim is of the warm run
        for _ in range(asked.rounds):
            for racer in racers.values():
                racer.run()
        print(versions("splink", "duckdb"))
        _report(racers, world)


def _racers(world: Path, folder: Path, *, u_pairs: float, full: bool) -> dict[str, Runner]:
    peer = [PYTHON, str(Path(__file__).with_name("peer_splink.py")), str(world / "seven.toml"), "--to"]
    found = {SPLINK: Runner([*peer, str(folder / "splink"), "--u-pairs", str(u_pairs)], folder / "splink")}
    hubs = {SEVEN: "seven.toml", DEFAULTS: "people.toml", **({FULL: "hub.toml"} if full else {})}
    for kind, hub in hubs.items():
        run = folder / hub.removesuffix(".toml")
        found[kind] = Runner([PYTHON, "-m", "famlink", "link", str(world / hub), "--to", str(run)], run)
    return found


def _report(racers: dict[str, Runner], world: Path) -> None:
    """Figures of every racer; frames are read only now, so that they are in nobody's peak."""
    import polars as pl

    truth = world / "truth"
    peer = racers[SPLINK]
    rows = []
    for kind, racer in racers.items():
        if kind == SPLINK:
            clusters = pl.read_parquet(racer.folder / "clusters.parquet").select("unique_id", person_id="cluster_id")
            scored = against_truth(_split(clusters), truth)
        else:
            people = pl.read_parquet(racer.folder / "people.parquet")
            scored = against_truth(people.filter(pl.col("origin") == "given"), truth)
        rows.append(
            [
                kind,
                spread([cost.wall for cost in racer.costs]),
                spread([cost.cpu for cost in racer.costs]),
                spread(racer.linking()),
                f"{racer.median('peak_mb'):,.0f}",
                *(f"{scored[name]:.4f}" for name in ("precision", "recall", "f1", "b3")),
                f"{scored['mixed']:,.0f}",
            ]
        )
    print(f"\n{scored['records']:,.0f} records of six agencies, people files; seconds: median (least to most)\n")
    heads = ["process", "wall s", "CPU s", "linking stages s", "peak MB", "precision", "recall", "F1", "B-cubed F1"]
    print(table([*heads, "clusters that mix relatives"], rows))
    print()
    for kind in (SEVEN, DEFAULTS):
        own = racers[kind]
        walls = [p.wall / o.wall for p, o in zip(peer.costs, own.costs, strict=True)]
        cpus = [p.cpu / o.cpu for p, o in zip(peer.costs, own.costs, strict=True)]
        links = [p / o for p, o in zip(peer.linking(), own.linking(), strict=True)]
        print(
            f"{kind}: {spread(walls)} times as fast by the clock, {spread(cpus)} by CPU, {spread(links)} linking alone"
        )
    if FULL in racers:
        times = [a.wall / b.wall for a, b in zip(racers[FULL].costs, racers[DEFAULTS].costs, strict=True)]
        print(f"{FULL}: {spread(times)} times as long as people files alone")
    best, at = _best_of_splink(peer.folder, truth)
    print(f"Splink's best threshold of {THRESHOLDS}: {at}, F1 {best['f1']:.4f}, B-cubed {best['b3']:.4f}, ", end="")
    print(f"{best['mixed']:,.0f} clusters that mix relatives")
    for kind, racer in racers.items():
        names = sorted(racer.stages[0], key=lambda n: -statistics.median(s[n] for s in racer.stages))
        lines = [[n, spread([s[n] for s in racer.stages])] for n in names]
        print(f"\n{kind}\n\n{table(['stage', 'seconds: median (least to most)'], lines)}")


def _split(clusters: pl.DataFrame) -> pl.DataFrame:
    """Agency and record id of Splink's unique_id."""
    import polars as pl

    parts = pl.col("unique_id").str.splitn(":", 2).struct.rename_fields(["agency", "record_id"])
    return clusters.with_columns(parts.alias("parts")).unnest("parts")


def _best_of_splink(folder: Path, truth: Path) -> tuple[dict[str, float], float]:
    """Connected components of Splink's predictions at each threshold: the best F1, and where."""
    import numpy as np
    import polars as pl
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ids = pl.read_parquet(folder / "clusters.parquet", columns=["unique_id"]).sort("unique_id").with_row_index("at")
    pairs = pl.read_parquet(folder / "predictions.parquet").select("unique_id_l", "unique_id_r", "match_probability")
    for side in ("l", "r"):
        here = ids.rename({"unique_id": f"unique_id_{side}", "at": f"at_{side}"})
        pairs = pairs.join(here, on=f"unique_id_{side}").drop(f"unique_id_{side}")
    best: tuple[dict[str, float], float] = ({"f1": -1.0}, 0.0)
    for threshold in THRESHOLDS:
        kept = pairs.filter(pl.col("match_probability") >= threshold)
        ends = (kept["at_l"].to_numpy(), kept["at_r"].to_numpy())
        _, labels = connected_components(
            coo_matrix((np.ones(kept.height, dtype=np.int8), ends), shape=(ids.height, ids.height)), directed=False
        )
        scored = against_truth(_split(ids.with_columns(person_id=pl.Series(labels))), truth)
        best = max(best, (scored, threshold), key=lambda found: found[0]["f1"])
    return best


if __name__ == "__main__":
    main()
