"""Scoring alone, the same pairs and the same model as Splink: `python benchmarks/scoring.py [--records 60000]`.

Claims: from pairs of records to match weights, 7 comparisons, at least 6 million pairs a second, and at least 40 times
Splink. Splink trains a model without term frequencies and blocks on surname and on forename; both then weigh the same
pairs of the same cleaned records with its probabilities, and the weights are held against each other.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import peer_splink
import polars as pl
from machine import spread, table, versions
from seven import comparison
from splink import DuckDBAPI, Linker, block_on
from worlds import made, people_only

from famlink.backends.local import LocalBackend
from famlink.linkage.encoding import encode
from famlink.linkage.model import Model, Rule, Stratum
from famlink.pipeline.preparing import prepare
from famlink.provenance import Recorder

UNSEEN = 1e-5
"""For a level that training never saw: both are given the same number."""
SLIP = 5
"""The level of dates one slip apart: of ``seven.SHAPES``, counted from all other."""
RULES = [block_on("surname"), block_on("forename")]


def translated(settings: dict[str, Any]) -> Model:
    """Splink's trained model as famlink's: the same levels with the same m and u."""
    comparisons = []
    for given in settings["comparisons"]:
        told = [level for level in given["comparison_levels"] if not level.get("is_null_level")]
        chances = [(level["m_probability"], level["u_probability"]) for level in told]
        comparisons.append(comparison(given["output_column_name"], chances))
    prior = Stratum(settings["probability_two_random_records_match"])
    return Model(tuple(comparisons), (Rule(("surname",)), Rule(("forename",))), prior)


def trained_by_splink(records: Any, folder: Path) -> dict[str, Any]:
    """Splink's model of the records, with a number for every level."""
    linker = peer_splink.trained(records, peer_splink.Stages(), u_pairs=1e6, em_pairs=2e6, frequencies=False)
    linker.misc.save_model_to_json(str(folder / "model.json"))
    settings = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    for given in settings["comparisons"]:
        for level in given["comparison_levels"]:
            if not level.get("is_null_level"):
                for which in ("m_probability", "u_probability"):
                    level[which] = min(max(level.get(which) or UNSEEN, 1e-8), 1.0 - 1e-8)
    settings["blocking_rules_to_generate_predictions"] = [rule.get_blocking_rule("duckdb").as_dict() for rule in RULES]
    return settings


@dataclass
class Taken:
    """Seconds by the clock and of all threads, by round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self, work: Callable[[], Any]) -> Any:
        """Do some work, and keep what it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        found = work()
        self.wall.append(time.perf_counter() - wall)
        self.cpu.append(time.process_time() - cpu)
        return found


def main() -> None:
    """Train once, block once, then both weigh the pairs in turn."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=77_003)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--world", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = people_only(asked.world) if asked.world else made(
            folder / "world", records=asked.records, seed=asked.seed
        )  # fmt: skip
        merged = prepare(world / "people.toml", allow_rejects=True, recorder=Recorder()).merged
        connection = duckdb.connect(":memory:")
        shown = merged.select(pl.col("row").cast(pl.Int64).alias("unique_id"), *peer_splink.FIELDS).to_arrow()
        connection.register("shown", shown)
        connection.execute("CREATE TABLE cleaned AS SELECT * FROM shown")
        database = DuckDBAPI(connection)
        records = database.register(connection.table("cleaned"), dataset_display_name="people")
        settings = trained_by_splink(records, folder)
        _race(asked.rounds, merged, connection, Linker(records, settings, log_level=logging.ERROR), settings)


def _race(
    rounds: int, merged: pl.DataFrame, connection: duckdb.DuckDBPyConnection, linker: Linker, settings: dict[str, Any]
) -> None:
    model = translated(settings)
    encoded = encode(merged, model)
    linker.inference.compute_blocked_pairs_for_predict()
    taken = {(who, threads): Taken() for who in ("Splink", "famlink") for threads in (1, 2)}
    first = {1: Taken(), 2: Taken()}
    backends = {threads: LocalBackend(encoded, model.comparisons, threads=threads) for threads in (1, 2)}
    predicted = linker.inference.predict()
    found = pl.DataFrame(predicted.as_pyarrow_table()).sort("unique_id_l", "unique_id_r")
    predicted.drop_table_from_database_and_remove_from_cache()
    left, right = (found[f"unique_id_{side}"].to_numpy().astype(np.int32) for side in ("l", "r"))
    theirs = ours = found["match_weight"].to_numpy()
    backends[1].score_pairs(left[:100], right[:100], model)  # compiled kernels are read from their cache
    for turn in range(rounds + 1):
        for threads in (1, 2):
            connection.execute(f"SET threads = {threads}")
            predicted = taken["Splink", threads].run(linker.inference.predict)
            predicted.drop_table_from_database_and_remove_from_cache()
            mine = taken["famlink", threads] if turn else first[threads]
            ours = mine.run(lambda backend=backends[threads]: backend.score_pairs(left, right, model))[:, 0]
    pairs = len(ours)
    print(versions("splink", "duckdb"))
    print(f"\n{merged.height:,} records, {pairs:,} pairs, 7 comparisons, from pairs to weights\n")
    rows = [
        [who, str(threads), spread(each.wall), spread(each.cpu)]
        + [f"{pairs / statistics.median(seconds) / 1e6:.2f}" for seconds in (each.wall, each.cpu)]
        for named in (taken, {("famlink, nothing remembered", threads): each for threads, each in first.items()})
        for (who, threads), each in named.items()
    ]
    heads = ["", "threads", "wall s: median (least to most)", "CPU s", "million pairs a second", "a CPU second"]
    print(table(heads, rows))
    for threads in (1, 2):
        a, b = taken["Splink", threads], taken["famlink", threads]
        walls = statistics.median(a.wall) / statistics.median(b.wall)
        cpus = statistics.median(a.cpu) / statistics.median(b.cpu)
        print(f"\n{threads} thread(s): {walls:.1f} times as fast as Splink by the clock, {cpus:.1f} by CPU")
    # Splink keeps its weights within its own bounds; ours are kept within 60 bits.
    gap = np.abs(np.clip(theirs, -60.0, 60.0) - ours)
    print(f"\nWeights within a millionth of a bit of Splink's: {np.mean(gap < 1e-6):.4%} of the pairs")
    levels = backends[1].levels(left[gap >= 1e-6], right[gap >= 1e-6])
    swapped = (
        np.mean(levels[:, [c.name for c in model.comparisons].index("date_of_birth")] == SLIP) if len(levels) else 1.0
    )
    print(f"Of the others {swapped:.2%} have dates that famlink takes to be one slip apart")


if __name__ == "__main__":
    main()
