"""Small made-up hubs for tests, written as a user would write them."""

from __future__ import annotations

import csv
from pathlib import Path


def write_csv(path: Path, rows: list[dict[str, str]]) -> None:
    """Write rows as CSV; the columns are those of the first row."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def person(record_id: str, forename: str, surname: str, date_of_birth: str, **more: str) -> dict[str, str]:
    """One row of a people table with the usual columns."""
    row = {
        "record_id": record_id,
        "forename": forename,
        "surname": surname,
        "date_of_birth": date_of_birth,
        "sex": "",
        "address": "",
        "postcode": "",
        "nhs_number": "",
        "phone": "",
    }
    return row | more


def write_hub(folder: Path, tables: dict[str, dict[str, list[dict[str, str]]]], *, more: str = "") -> Path:
    """Write a hub.

    Args:
        folder: where.
        tables: agency -> {"people": rows, "relationships": rows, "events": rows}.
        more: TOML after the sources.

    Returns:
        the path of hub.toml.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["[hub]", 'name = "Testshire"', "as_at = 2026-06-01", "synthetic = true", ""]
    for agency, given in tables.items():
        lines += ["[[source]]", f'agency = "{agency}"']
        for name, rows in given.items():
            write_csv(folder / f"{agency}_{name}.csv", rows)
            lines.append(f'{name} = "{agency}_{name}.csv"')
        lines.append("")
    path = folder / "hub.toml"
    path.write_text("\n".join(lines) + more, encoding="utf-8")
    return path


def filler(count: int, *, agency: str) -> list[dict[str, str]]:
    """Made-up strangers, the same for the same agency, so that a small hub has something to estimate from."""
    forenames = ("Ada", "Bea", "Cal", "Dov", "Eve", "Fay", "Gus", "Hal", "Ida", "Jed", "Kim", "Lou", "Mia", "Ned")
    surnames = ("Ashby", "Birch", "Cole", "Dunn", "Ellis", "Frost", "Gale", "Hart", "Irons", "Judd", "Kerr", "Lamb")
    rows = []
    for n in range(count):
        year, month, day = 1960 + (n * 7) % 60, 1 + (n * 5) % 12, 1 + (n * 11) % 28
        rows.append(
            person(
                f"{agency[:2]}-f{n}",
                forenames[(n * 3) % len(forenames)],
                surnames[(n * 5) % len(surnames)],
                f"{year}-{month:02}-{day:02}",
                address=f"{1 + n} Station Road",
                postcode=f"NR{1 + n % 9} {1 + n % 8}AB",
            )
        )
    return rows
