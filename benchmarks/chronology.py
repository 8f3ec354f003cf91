"""How fast a chronology is made: `python benchmarks/chronology.py [EVENTS]`.

A family of 200 events, in every form it has (table, CSV, XLSX, DOCX, JSON, Chronolator, strip, HTML, genogram), and then as many
events as asked on one person. Seconds of processor time, the best of five and the first in a process.
"""

from __future__ import annotations

import datetime as dt
import resource
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


def timed(make) -> tuple[float, object]:
    """Processor seconds, and what was made."""
    begun = time.process_time()
    made = make()
    return time.process_time() - begun, made


def main() -> None:
    import famlink as fl
    from famlink.chronology.observations import observations
    from famlink.chronology.view import VIEWS, chronology
    from famlink.picture.files import write_chronology, write_picture

    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    run = fl.link(fl.demo_hub())
    subject, basis = fl.demo_request()
    released = run.picture(record=subject, basis=basis).released
    with tempfile.TemporaryDirectory() as folder:
        for what, write in (("chronology files", write_chronology), ("picture with genogram", write_picture)):
            first, _ = timed(lambda write=write: write(many(released, 200), Path(folder) / "first"))
            again = min(
                timed(lambda write=write: write(many(released, 200), Path(folder) / "again"))[0] for _ in range(5)
            )
            print(f"200 events, {what}: {again:.2f} s; the first in a process {first:.2f} s, with loading its modules")
        one = many(released, size)
        spent, lines = timed(lambda: chronology(one))
        print(f"{size:,} events: {lines.height:,} lines in {spent:.2f} s")
        print(f"{size:,} events: observations in {timed(lambda: observations(one))[0]:.2f} s")
        for view in VIEWS:
            print(f"{size:,} events: view {view} in {timed(lambda view=view: chronology(one, view=view))[0]:.2f} s")
        print(f"{size:,} events: picture in {timed(lambda: write_picture(one, Path(folder) / 'picture'))[0]:.1f} s")
        print(
            f"{size:,} events: chronology files in {timed(lambda: write_chronology(one, Path(folder) / 'files'))[0]:.1f} s"
        )
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
