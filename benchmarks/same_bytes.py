"""The same bytes at any number of threads and twice in a row: `python benchmarks/same_bytes.py [--records 35000]`.

Claim: every file of a run directory but provenance.json, which holds times, has the same hash on one thread, on two, on
two again, and in one process after another.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

from machine import PYTHON, cost_of, table, versions
from worlds import made

CODE = "import sys, famlink; famlink.link(sys.argv[1], to=sys.argv[2], threads=int(sys.argv[3]))"
RUNS = {"one thread": "1", "two threads": "2", "two threads again": "2", "five threads": "5"}


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file but the record of the run."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "provenance.json")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def main() -> None:
    """Link the full hub in processes of their own, and hold the hashes together."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=35_000)
    parser.add_argument("--seed", type=int, default=77_007)
    parser.add_argument("--world", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = asked.world or made(folder / "world", records=asked.records, seed=asked.seed)
        found = {}
        for number, (kind, threads) in enumerate(RUNS.items()):
            run = folder / f"run-{number}"
            cost_of([PYTHON, "-c", CODE, str(world / "hub.toml"), str(run), threads])
            found[kind] = hashes(run)
        print(versions())
        first = next(iter(found.values()))
        names = sorted({file for each in found.values() for file in each})
        rows = [[file, *(each.get(file, "absent")[:12] for each in found.values())] for file in names]
        print(f"\n{table(['file', *found], rows)}")
        differ = [file for file in names if any(each.get(file) != first.get(file) for each in found.values())]
        print(
            f"\n{len(names)} files: {f'{len(differ)} differ: ' + ', '.join(differ) if differ else 'all the same bytes'}"
        )
        sys.exit(bool(differ))


if __name__ == "__main__":
    main()
