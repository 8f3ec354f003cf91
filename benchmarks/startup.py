"""How long famlink takes to start: `python benchmarks/startup.py`.

Claims: `import famlink` costs at most 0.1 s over bare Python; `famlink --help` takes at most 1 s.
"""

from __future__ import annotations

import statistics

from machine import PYTHON, seconds_of, spread, table, versions

ROUNDS = 11


def main() -> None:
    """Time bare Python, the import and the help in turn, several rounds."""
    commands = {
        "python -c pass": [PYTHON, "-c", "pass"],
        "import famlink": [PYTHON, "-c", "import famlink"],
        "famlink --help": [PYTHON, "-m", "famlink", "--help"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            taken[name] += seconds_of(command, rounds=1)
    print(versions())
    print(
        table(
            ["process", "seconds: median (least to most)"], [[name, spread(values)] for name, values in taken.items()]
        )
    )
    over = statistics.median(taken["import famlink"]) - statistics.median(taken["python -c pass"])
    print(f"\n`import famlink` over bare Python: {over:.3f} s")


if __name__ == "__main__":
    main()
