"""How fast a chronology is made: `python benchmarks/chronology.py [EVENTS]`.

A family of 200 events, in every form it has (table, CSV, XLSX, DOCX, JSON, Chronolator, strip, HTML, genogram), and then as many
events as asked on one person, file by file. Seconds of processor time unless it says otherwise; the median of nine, the least and
the most; the first in a process by itself.
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


def timed(make) -> tuple[float, float, object]:
    """Processor seconds, seconds by the clock, and what was made."""
    begun, clock = time.process_time(), time.perf_counter()
    made = make()
    return time.process_time() - begun, time.perf_counter() - clock, made


def each_file(released, lines) -> dict[str, object]:
    """File -> what makes its content from a chronology that is there already."""
    from famlink.chronology.data import chronology_data
    from famlink.chronology.document import docx_bytes
    from famlink.chronology.exports import chronolator_csv
    from famlink.chronology.files import csv_bytes
    from famlink.chronology.json_text import json_bytes
    from famlink.chronology.observations import observations
    from famlink.chronology.strip import strip_svg
    from famlink.chronology.workbook import xlsx_bytes
    from famlink.genogram.drawing import draw_released, png_of
    from famlink.picture.html import page
    from famlink.picture.summary import summarise

    counts = observations(released)
    strip, genogram = strip_svg(released), draw_released(released).svg
    summary = summarise(released, lines=lines, tabled=True)
    drawing = (png_of(strip, zoom=None), "")
    data = chronology_data(lines, title="", as_at="", synthetic=True, counts=counts)
    return {
        "chronology.csv": lambda: csv_bytes(lines),
        "chronology.xlsx": lambda: xlsx_bytes(lines, title="", counts=counts, drawing=drawing),
        "chronology.docx": lambda: docx_bytes(lines, title="", counts=counts, drawing=drawing),
        "chronology.json": lambda: json_bytes(data),
        "chronolator.csv": lambda: chronolator_csv(lines),
        "strip.svg": lambda: strip_svg(released),
        "PNG of the strip": lambda: png_of(strip, zoom=None),
        "picture.html": lambda: page(summary, svg=genogram, strip=strip),
        "picture.json": lambda: json_bytes(summary),
        "genogram.svg": lambda: draw_released(released).svg,
        "genogram.png": lambda: png_of(genogram, zoom=None),
    }


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
            first, clock, _ = timed(lambda write=write: write(many(released, 200), Path(folder) / "first"))
            print(
                f"200 events, {what}, the first in a process, with loading its modules: {first:.2f} s, by the clock {clock:.2f} s"
            )
            again = [
                timed(lambda write=write: write(many(released, 200), Path(folder) / "again"))[:2] for _ in range(9)
            ]
            spent, clock = (sorted(column) for column in zip(*again, strict=True))
            print(f"200 events, {what}: {said(spent)}; by the clock {said(clock)}")
        for number in (200, size):
            one = many(released, number)
            spent, _, lines = timed(lambda one=one: chronology(one))
            print(f"{number:,} events: {lines.height:,} lines in {spent:.3f} s")
            for name, make in each_file(one, lines).items():
                spent, _, content = timed(make)
                print(f"{number:,} events: {name} in {spent:.3f} s, {len(content) / 1e6:.2f} MB")
        one = many(released, size)
        print(f"{size:,} events: observations in {timed(lambda: observations(one))[0]:.2f} s")
        for view in VIEWS:
            print(f"{size:,} events: view {view} in {timed(lambda view=view: chronology(one, view=view))[0]:.2f} s")
        for what, write in (("picture", write_picture), ("chronology files", write_chronology)):
            one = many(released, size)
            print(
                f"{size:,} events: {what} in {timed(lambda write=write, one=one: write(one, Path(folder) / 'all'))[0]:.1f} s"
            )
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def said(seconds: list[float]) -> str:
    """The median of sorted seconds, and the least and the most."""
    return f"{seconds[len(seconds) // 2]:.2f} s ({seconds[0]:.2f} to {seconds[-1]:.2f})"


if __name__ == "__main__":
    main()
