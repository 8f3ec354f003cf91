"""How much memory a large CSV takes while it is read, and afterwards, as multiples of its size.

    python benchmarks/large_csv.py --megabytes 300

The file is made up: rows of a people table as a case system exports them, about 140 bytes each.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:500,muzzy_decay_ms:0")  # as the command line sets it

HEADER = "record_id,forename,surname,date_of_birth,sex,ethnicity,nhs_number,address,postcode,phone,recorded_on\n"


def row(number: int) -> str:
    """One made-up row."""
    day, month, year = number % 28 + 1, number % 12 + 1, 1940 + number % 80
    address = f'"{number % 300} Alder Close {number % 9973}, Castle Merrow"'
    return (
        f"p-{number},Forename{number % 7001},Surname{number % 40009},{day:02}/{month:02}/{year},Female,WBRI,"
        f"{9_000_000_000 + number},{address},NE{number % 98 + 1} {number % 9}AA,07700 {number % 900000 + 100000},2026-01-05\n"
    )


def main() -> None:
    """Make the file, read it, print a row of a table."""
    import psutil

    from famlink.extracts.loading import load_tables
    from famlink.provenance import peak_rss_mb

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    wanted = parser.parse_args().megabytes
    with tempfile.TemporaryDirectory() as folder:
        file, number = Path(folder) / "people.csv", 0
        with file.open("w", encoding="utf-8", newline="") as out:
            written = out.write(HEADER)
            while written < wanted << 20:
                written += out.write("".join(row(number + step) for step in range(10_000)))
                number += 10_000
        size, before = file.stat().st_size / 2**20, psutil.Process().memory_info().rss / 2**20
        started = time.process_time()
        (table,) = load_tables("people.csv", agency="a", kind="people", folder=Path(folder), digests={})
        seconds = time.process_time() - started
        time.sleep(2.0)
        held = psutil.Process().memory_info().rss / 2**20 - before
        assert table.rows == number
        print("| file | rows | processor seconds | peak / size | held / size |")
        print("|---|---|---|---|---|")
        print(
            f"| {size:.0f} MB | {number:,} | {seconds:.1f} | {(peak_rss_mb() - before) / size:.1f} | {held / size:.1f} |"
        )


if __name__ == "__main__":
    main()
