"""The first run on a new machine against the next: `python benchmarks/cold.py [--records 5000] [--rounds 3]`.

Claims: compiling every kernel costs the first `famlink link` at most 20 s over a warm one; a second process starts,
kernels read from their cache and all, in at most 1 s: it links a hub of a dozen records, which is hardly more than that.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from machine import PYTHON, Cost, cost_of, spread, table, versions
from worlds import made

DOZEN = "record_id,forename,surname,date_of_birth,sex,postcode\n" + "".join(
    f"r{n},{name},Quill,19{n:02}-0{1 + n % 9}-11,F,NR1 {1 + n % 9}AB\n"
    for n, name in enumerate(("Ada", "Bea", "Cal", "Dot", "Eve", "Fay"), start=60)
)
HUB = "".join(f'[[source]]\nagency = "{agency}"\npeople = "people.csv"\n' for agency in ("police", "health"))


def main() -> None:
    """Link with an empty cache of kernels and then with the full one, some rounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=77_006)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        world = made(folder / "world", records=asked.records, seed=asked.seed)
        (folder / "people.csv").write_text(DOZEN, encoding="utf-8")
        (folder / "dozen.toml").write_text(HUB, encoding="utf-8")
        taken: dict[str, list[Cost]] = {"first run, nothing compiled": [], "second run": [], "a dozen records": []}
        for turn in range(asked.rounds):
            cache = {"NUMBA_CACHE_DIR": str(folder / f"cache-{turn}")}
            hubs = (world / "hub.toml", world / "hub.toml", folder / "dozen.toml")
            for number, (costs, hub) in enumerate(zip(taken.values(), hubs, strict=True)):
                run = folder / f"run-{turn}-{number}"
                command = [PYTHON, "-m", "famlink", "link", str(hub), "--to", str(run)]
                costs.append(cost_of(command, environment=cache))
        print(versions())
        rows = [
            [kind, spread([cost.wall for cost in costs]), spread([cost.cpu for cost in costs])]
            for kind, costs in taken.items()
        ]
        print(f"\n{table(['famlink link', 'wall s: median (least to most)', 'CPU s'], rows)}")
        first, second, _ = taken.values()
        for what, of in (("clock", "wall"), ("CPU", "cpu")):
            over = statistics.median(getattr(a, of) - getattr(b, of) for a, b in zip(first, second, strict=True))
            print(f"\nFirst run over the second, by the {what}: {over:.1f} s")


if __name__ == "__main__":
    main()
