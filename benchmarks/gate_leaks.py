"""Whether the gate leaks: `python benchmarks/gate_leaks.py [CASES] [--files CASES] [--first SEED]`.

Claim: over random worlds, consents and requests no withheld value is in a release, in its JSON or in its HTML, and neither
release nor bytes change when what is withheld is taken away. ``--files`` looks at every byte of every file kind instead:
HTML, SVG, PNG, CSV, XLSX and DOCX unzipped, JSON, calendar, feedback.

A case is one random family with its own agencies' records, links, events and consents. Families are put to the gate fifty
at a time, as strangers in one town asked about in one request: one release costs hardly more than that of one family.
The worlds and the checks are those of tests/test_sharing_leaks.py and tests/test_sharing_outputs.py.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

# Tables of a few hundred rows: more threads only wait for each other. Read when polars is first imported.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

from machine import table, versions

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

CASES = 10_000
TOWN = 50
"""Families in one request."""


def gate(seeds: range) -> tuple[int, int]:
    """Check one town at the gate and over the bytes of JSON and HTML; records and events released.

    Raises:
        AssertionError: something leaks.
    """
    from sharing_world import random_town
    from test_sharing_leaks import check, check_inference
    from test_sharing_outputs import check_bytes, pages

    number = seeds.start // TOWN
    # By turns with addresses, with a must-not-link list, with neither and with both.
    homes, apart = number % 2 == 0, number % 4 > 1
    world, asked = random_town(seeds, homes=homes, apart=apart)
    evidence = world.evidence()
    released = check(evidence, asked)
    written = pages(released)
    check_bytes(written, evidence, released)
    for less in check_inference(evidence, asked, released, homes=homes):
        assert pages(less) == written, "pages changed with withheld rows"
    return released.people.height, released.events.height


def files(seeds: range) -> tuple[int, int]:
    """Check every file of one family after another; records and events released.

    Raises:
        AssertionError: something leaks.
    """
    from test_sharing_outputs import check_files

    people = events = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            released = check_files(seed, Path(folder))
        people += released.people.height
        events += released.events.height
    return people, events


def main() -> None:
    """Run the cases and count those that leak."""
    words = argparse.ArgumentParser()
    words.add_argument("cases", nargs="?", type=int, default=CASES)
    words.add_argument("--files", type=int, default=0, metavar="CASES")
    words.add_argument("--first", type=int, default=0, metavar="SEED")
    asked = words.parse_args()
    run, cases, step = (files, asked.files, 1) if asked.files else (gate, asked.cases, TOWN)
    leaking: list[str] = []
    people = events = done = 0
    began, cpu = time.perf_counter(), time.process_time()
    for first in range(asked.first, asked.first + cases, step):
        seeds = range(first, min(first + step, asked.first + cases))
        try:
            found = run(seeds)
        except AssertionError as error:
            leaking.append(f"{seeds.start} to {seeds.stop - 1}: {str(error)[:200]}")
            found = (0, 0)
        people, events, done = people + found[0], events + found[1], done + len(seeds)
        if done % (TOWN * 10) < step:
            print(f"{done:,} cases, {len(leaking)} leaks, {time.process_time() - cpu:.0f} CPU seconds", flush=True)
    print(versions())
    seconds = f"{time.perf_counter() - began:.0f}", f"{time.process_time() - cpu:.0f}"
    rows = [[f"{done:,}", f"{people:,}", f"{events:,}", str(len(leaking)), *seconds]]
    print(table(["cases", "records released", "events released", "leaks", "seconds", "CPU seconds"], rows))
    if leaking:
        print("\nseeds that leak:\n" + "\n".join(leaking[:20]))
        sys.exit(1)


if __name__ == "__main__":
    main()
