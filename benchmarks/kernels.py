"""Pairs a second by kind of comparison: `python benchmarks/kernels.py [--records 35000] [--pairs 1000000]`.

One thread. Cold: nothing is remembered of values met before; warm: the second time over the same pairs. Half of the
pairs are of two records drawn at random, half of two that share a surname. Beside them rapidfuzz over the same pairs of
values, pair by pair in a Python loop and as ``cpdist``, and ``cdist`` over whole tables of values. The bound is what the
machine's memory allows: bandwidth by a triad as in STREAM, over the bytes a pair must touch.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from machine import spread, table, versions
from seven import SHAPES, comparison
from worlds import made, people_only

from famlink.backends.local import LocalBackend
from famlink.linkage.blocking import block
from famlink.linkage.encoding import Encoded, encode
from famlink.linkage.model import Comparison, Feature, Level, Model, Rule, Stratum, Term
from famlink.pipeline.preparing import prepare
from famlink.provenance import Recorder

KINDS = {
    "equal (sex)": Feature("equal", "sex", "sex"),
    "equal (postcode)": Feature("equal", "postcode", "postcode"),
    "name (forename)": Feature("name", "forename", "forename", (0.92, 0.80)),
    "Jaro-Winkler (surname)": Feature("jaro_winkler", "surname", "surname", (1.0, 0.92, 0.80)),
    "Damerau at most 1 (NHS number)": Feature("damerau", "nhs_number", "nhs_number", (1.0,)),
    "Damerau at most 2 (surname)": Feature("damerau", "surname", "surname", (0.0, 1.0, 2.0)),
    "Levenshtein at most 2 (address)": Feature("levenshtein", "address", "address", (0.0, 1.0, 2.0)),
    "date (of birth)": Feature("date", "date_of_birth", "date_of_birth"),
    "days (of birth)": Feature("days", "date_of_birth", "date_of_birth", (0.0, 31.0, 366.0)),
    "overlap (telephones)": Feature("overlap", "phone:ever", "phone:ever"),
}
LINE = 64
"""Bytes the memory gives at least when one is asked for."""


def single(name: str, feature: Feature) -> Comparison:
    """A comparison of one feature."""
    levels = (Level("other", (), 0.1, 0.9), Level("close", ((Term(0, tuple(range(1, 9))),),), 0.9, 0.1))
    return Comparison(name, "person", (feature,), ((Term(0, (-1,)),),), levels)


def bandwidth(threads: int, *, size: int = 20_000_000, rounds: int = 5) -> float:
    """Bytes a second of a[i] = b[i] + s * c[i], the best of some rounds: McCalpin's STREAM triad."""
    from numba import njit

    @njit(nogil=True)
    def triad(a: Any, b: Any, c: Any, first: int, last: int) -> None:
        for i in range(first, last):
            a[i] = b[i] + 3.0 * c[i]

    a, b, c = np.zeros(size), np.ones(size), np.full(size, 2.0)
    triad(a, b, c, 0, 1)
    edges = [size * n // threads for n in range(threads + 1)]
    best = 0.0
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(rounds):
            began = time.perf_counter()
            list(pool.map(lambda n: triad(a, b, c, edges[n], edges[n + 1]), range(threads)))
            best = max(best, 24.0 * size / (time.perf_counter() - began))
    return best


def pairs_of(merged: pl.DataFrame, wanted: int) -> tuple[Any, Any]:
    """Half random pairs, half of one surname, in no order."""
    dice = np.random.default_rng(1)
    model = Model((single("surname", KINDS["Jaro-Winkler (surname)"]),), (Rule(("surname",)),), Stratum(0.1))
    blocking = block(encode(merged, model), model.blocking)
    parts = [blocking.pairs(task) for task in blocking.tasks()]
    left, right = (np.concatenate([part[side] for part in parts]) for side in (1, 2))
    taken = dice.permutation(len(left))[: wanted // 2]
    a, b = (dice.integers(0, merged.height, wanted - len(taken), dtype=np.int32) for _ in range(2))
    left, right = np.concatenate([left[taken], a]), np.concatenate([right[taken], b])
    order = dice.permutation(len(left))
    return left[order].astype(np.int32), right[order].astype(np.int32)


def rate(work: Callable[[], Any], amount: int, *, rounds: int) -> list[float]:
    """Millions a second by CPU, each round."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        found.append(amount / (time.process_time() - began) / 1e6)
    return found


def peers(feature: Feature, encoded: Encoded, left: Any, right: Any) -> list[str]:
    """rapidfuzz over the same values: a loop, cpdist, cdist; a dash where it has nothing of the kind."""
    from rapidfuzz import process
    from rapidfuzz.distance import OSA, JaroWinkler, Levenshtein

    scorer: Any = {
        "name": JaroWinkler.similarity,
        "jaro_winkler": JaroWinkler.similarity,
        "damerau": OSA.distance,
        "levenshtein": Levenshtein.distance,
    }.get(feature.op)
    if scorer is None:
        return ["-", "-", "-"]
    cut = {"score_cutoff": min(feature.cuts) if "dist" not in scorer.__name__ else max(feature.cuts)}
    values = encoded.dictionaries[feature.left].cast(pl.String).to_list()
    a, b = encoded.codes(feature.left)[left], encoded.codes(feature.right)[right]
    there = np.flatnonzero((a >= 0) & (b >= 0))[:200_000]
    one, other = [values[code] for code in a[there]], [values[code] for code in b[there]]
    loop = rate(lambda: [scorer(x, y, **cut) for x, y in zip(one, other, strict=True)], len(one), rounds=3)
    paired = rate(lambda: process.cpdist(one, other, scorer=scorer, workers=1, **cut), len(one), rounds=3)
    some = values[:1500]
    square = rate(lambda: process.cdist(some, some, scorer=scorer, workers=1, **cut), len(some) ** 2, rounds=3)
    return [spread(loop), spread(paired), spread(square)]


def main() -> None:
    """Every kind, the seven together, and the bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=35_000)
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=77_004)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--world", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        world = people_only(asked.world) if asked.world else made(
            Path(name) / "world", records=asked.records, seed=asked.seed
        )  # fmt: skip
        merged = prepare(world / "people.toml", allow_rejects=True, recorder=Recorder()).merged
    left, right = pairs_of(merged, asked.pairs)
    speeds = {threads: bandwidth(threads) for threads in (1, 2)}
    print(versions("rapidfuzz"))
    told = ", ".join(f"{threads} thread(s) {speed / 1e9:.1f} GB/s" for threads, speed in speeds.items())
    print(f"\n{merged.height:,} records, {len(left):,} pairs, one thread. Memory bandwidth (triad): {told}\n")
    cases = {kind: (single(kind, feature),) for kind, feature in KINDS.items()}
    cases["the seven together"] = tuple(comparison(n, [(0.5, 0.5)] * (len(s[1]) + 1)) for n, s in SHAPES.items())
    rows = [_row(kind, several, merged, (left, right), asked.rounds, speeds[1]) for kind, several in cases.items()]
    heads = ["comparison", "cold", "warm", "rapidfuzz loop", "cpdist", "cdist of values", "bytes a pair", "bound"]
    print(table([*heads, "bound of whole lines"], rows))
    print(
        "\nMillions a second by CPU: median (least to most); the bounds are millions of pairs a second of one thread."
    )


def _row(
    kind: str, several: tuple[Comparison, ...], merged: pl.DataFrame, pairs: tuple[Any, Any], rounds: int, speed: float
) -> list[str]:
    left, right = pairs
    encoded = encode(merged, Model(several, (), Stratum(0.1)))
    LocalBackend(encoded, several, threads=1).levels(left[:10], right[:10])
    cold, warm = [], []
    for _ in range(rounds):
        backend = LocalBackend(encoded, several, threads=1)
        for kept in (cold, warm):
            kept.extend(rate(lambda b=backend: b.levels(left, right), len(left), rounds=1))
    feature = several[0].features[0]
    beside = peers(feature, encoded, left, right) if len(several) == 1 else ["-", "-", "-"]
    # Two row numbers, the codes of both records, a level a comparison; a list has two starts and an element at least.
    own = sum(2 * (8 + 8 + 4) if f.op == "overlap" else 0 for c in several for f in c.features)
    codes = len({name for c in several for f in c.features if f.op != "overlap" for name in (f.left, f.right)})
    touched = 8 + 2 * 4 * codes + len(several) + own
    lines = 8 + len(several) + LINE * (2 * (-(-4 * codes // LINE)) + (6 if own else 0))
    bounds = [f"{speed / size / 1e6:,.0f}" for size in (touched, lines)]
    return [kind, spread(cold), spread(warm), *beside, f"{touched} ({lines} in lines)", *bounds]


if __name__ == "__main__":
    main()
