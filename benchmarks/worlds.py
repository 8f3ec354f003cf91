"""Made-up worlds for benchmarks: six agencies, with a hub of people files alone and one of seven rules and comparisons."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from machine import PYTHON, cost_of

if TYPE_CHECKING:
    import polars as pl

SIX = 'agencies = ["social_care", "early_help", "education", "health", "police", "housing"]\n'
RECORDS_A_FAMILY = 8.16
"""Of six agencies: how many families a world of so many records needs."""

COMPARISONS = {
    "forename": 'kind = "name"\nterm_frequency = true',
    "surname": 'kind = "name"\nterm_frequency = true',
    "date_of_birth": 'kind = "date"',
    "sex": 'kind = "category"',
    "postcode": 'kind = "postcode"',
    "nhs_number": 'kind = "identifier"',
    "phone": 'kind = "category"',
}
RULES = (
    ("nhs_number",),
    ("forename", "date_of_birth"),
    ("surname", "date_of_birth"),
    ("date_of_birth", "postcode"),
    ("forename", "postcode"),
    ("forename", "surname", "postcode:outcode"),
    ("forename:3", "surname:4", "date_of_birth:year"),
)
SEVEN = "[link]\ndefaults = false\n" + "".join(
    [f'[[link.comparison]]\nfield = "{field}"\n{how}\n' for field, how in COMPARISONS.items()]
    + [f"[[link.blocking]]\non = {list(rule)}\n".replace("'", '"') for rule in RULES]
)
"""The same seven rules and comparisons as ``peer_splink.py``."""


def made(folder: Path, *, records: int, seed: int) -> Path:
    """Write a world of about so many records, where it is not there yet.

    Args:
        folder: where; a world that is whole is kept, so that a benchmark can be taken up again.
        records: how many, about.
        seed: of the world.

    Returns:
        the folder, which holds hub.toml, people.toml, seven.toml and truth/.
    """
    if not (folder / "truth" / "world.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        six = folder.parent / f"{folder.name}.rates.toml"
        six.write_text(SIX, encoding="utf-8")
        families = str(max(1, round(records / RECORDS_A_FAMILY)))
        command = [PYTHON, "-m", "famlink", "synth", "--families", families, "--seed", str(seed)]
        cost_of([*command, "--rates", str(six), "--to", str(folder)])
    return people_only(folder)


def people_only(folder: Path) -> Path:
    """Write people.toml (people files alone, as CSV or Parquet) and seven.toml beside a world's hub.toml."""
    lines, skipping = [], False
    for line in (folder / "hub.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            skipping = bool(re.match(r"\[source\.(columns|values)\.(relationships|events)", line))
        if skipping or re.match(r"(relationships|events|consents|must_not_link) *=", line):
            continue
        if line.startswith("people = ") and not line.endswith(('.csv"', '.parquet"')):
            lines.append(f'people = "{_as_csv(folder / line.split(chr(34))[1]).name}"')
            continue
        lines.append(line)
    people = "\n".join(lines) + "\n"
    (folder / "people.toml").write_text(people, encoding="utf-8")
    head, _, tail = people.partition("[link]\n")
    (folder / "seven.toml").write_text(head + SEVEN + tail, encoding="utf-8")
    return folder


def _as_csv(file: Path) -> Path:
    """A small world has workbooks and NDJSON too: every linker is given the same plain files."""
    code = (
        "import sys, polars as pl; p, q = sys.argv[1:]; "
        "f = pl.read_ndjson(p, infer_schema_length=None) if p.endswith('.ndjson') else pl.read_excel(p); "
        "f.cast(pl.String).write_csv(q)"
    )
    out = file.with_name(f"{file.stem}_plain.csv")
    if not out.is_file():
        cost_of([PYTHON, "-c", code, str(file), str(out)])
    return out


def sources_of(hub: Path) -> list[dict[str, Any]]:
    """Agency, people file and column map of every source of a hub.toml, read without famlink."""
    raw = tomllib.loads(hub.read_text(encoding="utf-8"))
    return [
        {
            "agency": source["agency"],
            "file": str(hub.parent / source["people"]),
            "columns": source.get("columns", {}).get("people", {}),
        }
        for source in raw["source"]
    ]


def against_truth(people: pl.DataFrame, truth: Path) -> dict[str, float]:
    """Score agency, record_id, person_id against a world's truth.

    Args:
        people: what a linker found.
        truth: the world's truth folder.

    Returns:
        precision, recall and f1 over pairs, b3, and how many clusters hold two or more people of one family.
    """
    import polars as pl
    from truth_of_pairs import figures

    known = pl.read_csv(truth / "records.csv", infer_schema=False)
    both = people.select("agency", "record_id", "person_id").join(known, on=["agency", "record_id"])
    key = pl.concat_str("agency", pl.lit(":"), "record_id").alias("record_id")
    scored = figures(both.select(key, "person_id"), dict(both.select(key, "person").iter_rows()))
    families = pl.read_csv(truth / "families.csv", infer_schema=False)
    inside = both.select("person_id", "person").unique().join(families, on="person")
    mixed = inside.group_by("person_id", "family").len().filter(pl.col("len") > 1)
    return {**scored, "records": float(both.height), "mixed": float(mixed["person_id"].n_unique())}
