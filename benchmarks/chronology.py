"""How fast a chronology is made: `python benchmarks/chronology.py [EVENTS]`.

A family of 200 events, in every form it has (table, CSV, XLSX, DOCX, JSON, Chronolator, strip, HTML), and then as many events as
asked on one person, as a table. Seconds of processor time, the modules loaded beforehand.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def many(released, size: int):
    """The same release with so many events, laid end to end."""
    from dataclasses import replace

    events = released.events
    copies = -(-size // events.height)
    rows = pl.concat(
        [
            events.with_columns(
                pl.col("event_id") + f"-{n}",
                pl.col("incident_id") + f"-{n}",
                pl.col("related_incident_id") + f"-{n}",
                (pl.col("date") - dt.timedelta(days=n % 3000)).alias("date"),
                (pl.col("latest") - dt.timedelta(days=n % 3000)).alias("latest"),
            )
            for n in range(copies)
        ]
    ).head(size)
    return replace(released, events=rows)


def main() -> None:
    import famlink as fl
    from famlink.chronology.view import chronology
    from famlink.picture.files import write_chronology, write_picture

    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    run = fl.link(fl.demo_hub())
    subject, basis = fl.demo_request()
    released = run.picture(record=subject, basis=basis).released
    with tempfile.TemporaryDirectory() as folder:
        write_chronology(released, Path(folder) / "warm")
        write_picture(released, Path(folder) / "warm too")
        family = many(released, 200)
        begun = time.process_time()
        write_chronology(family, Path(folder) / "chronology")
        said = time.process_time() - begun
        begun = time.process_time()
        write_picture(family, Path(folder) / "picture")
        print(f"200 events: chronology files {said:.2f} s, picture with HTML {time.process_time() - begun:.2f} s")
    one = many(released, size)
    begun = time.process_time()
    lines = chronology(one)
    print(f"{size:,} events: {lines.height:,} lines in {time.process_time() - begun:.2f} s")


if __name__ == "__main__":
    main()
