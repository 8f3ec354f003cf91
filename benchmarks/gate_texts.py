"""How long the gate looks through long texts: `python benchmarks/gate_texts.py [--events N] [--withheld N] [--letters N]`.

Claim: a release of events with a megabyte in every column takes seconds, however many people are withheld whose names, ids
and references must not stand in it. A made-up child, her mother, and people of a clinic whose rows are withheld.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import sys
import time
from pathlib import Path

os.environ.setdefault("POLARS_MAX_THREADS", "1")

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))


def texts(letters: int) -> list[str]:
    """Four long texts of made-up words, some with capitals, some with digits."""
    dice = random.Random(1)
    words = ["".join(dice.choices("abcdefghijklmnop", k=dice.randint(2, 9))) for _ in range(5_000)]
    words += [word.capitalize() for word in words[:1_000]] + [f"{n}/A{n}" for n in range(500)]
    return [" ".join(dice.choices(words, k=letters // 6)) for _ in range(4)]


def main() -> None:
    """Make the world, release it, and print seconds of processor time."""
    from sharing_world import World, request

    from famlink.sharing.evidence import quoted_in
    from famlink.sharing.gate import release
    from famlink.sharing.policy import read_policy

    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--events", type=int, default=40)
    words.add_argument("--withheld", type=int, default=150)
    words.add_argument("--letters", type=int, default=1_000_000)
    asked = words.parse_args()
    said, records = texts(asked.letters), ("csc:c1", "csc:c2", "police:p2", "school:s1")
    world = World()
    world.person("Ada Byron", "csc:c1", "school:s1", born="2018-03-01", sex="female")
    world.person("Anne Milbanke", "csc:c2", "police:p2", born="1990-05-17", sex="female")
    world.tie("csc:c1", "mother", "c2", parental_responsibility=True)
    for n in range(asked.events):
        day, three = str(dt.date(2025, 7, 1) + dt.timedelta(days=7 * n)), [said[(n + k) % 4] for k in range(3)]
        more = {"action_taken": three[1], "outcome": three[2]}
        world.event(records[n % 4], f"EV-{1000 + n}", day, "contact", f"{three[0]} {n}", **more)
    for n in range(asked.withheld):
        world.person(f"Zed{n} Quill{n}", f"clinic:k{n:05}", f"clinic:q{n}", born="1980-01-01")
        world.event(f"clinic:k{n:05}", f"CL-{77000 + n}", "2026-01-01", "contact", "seen", reference=f"R{n}X")
    evidence = world.evidence()
    begun = time.process_time()
    quoted = len(quoted_in(evidence.events))
    middle = time.process_time()
    released = release(evidence, request("csc:c1", basis="s47"), read_policy(None))
    print(f"{quoted} references quoted: {middle - begun:.2f} s; {released.events.height} events released: "
          f"{time.process_time() - middle:.2f} s of processor time")  # fmt: skip


if __name__ == "__main__":
    main()
