"""Whether the gate leaks: `python benchmarks/gate_leaks.py [CASES]`.

Claim: over random worlds, consents and requests no withheld value is in a release, and a release does not change, row for
row, when everything withheld is taken away. The worlds and the checks are those of tests/test_sharing_leaks.py.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from machine import table, versions

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

CASES = 10_000


def main() -> None:
    """Run the cases one after another and count those that leak."""
    from sharing_world import random_world
    from test_sharing_leaks import check, check_inference

    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    leaking: list[int] = []
    people = events = 0
    began = time.perf_counter()
    for seed in range(cases):
        homes = seed % 2 == 0
        world, asked = random_world(seed, homes=homes)
        evidence = world.evidence()
        try:
            released = check(evidence, asked)
            check_inference(evidence, asked, released, homes=homes)
        except AssertionError:
            leaking.append(seed)
            continue
        people += released.people.height
        events += released.events.height
    print(versions())
    rows = [[f"{cases:,}", f"{people:,}", f"{events:,}", str(len(leaking)), f"{time.perf_counter() - began:.0f}"]]
    print(table(["cases", "records released", "events released", "cases that leak", "seconds"], rows))
    if leaking:
        print(f"\nseeds that leak: {', '.join(map(str, leaking[:20]))}")
        sys.exit(1)


if __name__ == "__main__":
    main()
