"""The formats a made-up world is written in: which agency's system exports which."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from famlink.synthetic import fhir_files, school_files, social_care_files
from famlink.synthetic.exports import Export, Tables, as_tables

AGENCY_OF = {
    "ssd": "social_care",
    "cin-census": "social_care",
    "fhir": "health",
    "ctf": "education",
    "school-census": "education",
}
"""Format -> the agency whose system exports it."""
FORMATS = ("table", *AGENCY_OF)
"""What can be written; an agency none of whose formats is asked for hands over tables."""


def write_agency(agency: str, tables: Tables, to: Path, *, kind: str, formats: Sequence[str]) -> Export:
    """Write an agency's rows in those of the formats that are its own, or as tables.

    Args:
        agency: the agency.
        tables: its rows.
        to: the world's folder.
        kind: what its tables are written as: csv, parquet, xlsx or ndjson.
        formats: the formats asked for.

    Returns:
        what was written.
    """
    own = [name for name, whose in AGENCY_OF.items() if whose == agency and name in formats]
    if not own:
        return as_tables(agency, tables, to, kind=kind)
    if agency == "social_care":
        return social_care_files.export(tables, to, kind=kind, formats=own)
    if agency == "health":
        return fhir_files.export(tables, to)
    return school_files.export(tables, to, formats=own)


def stated_in(agency: str, formats: Sequence[str]) -> tuple[str, ...] | None:
    """The words of the relationships an agency's formats can hold; None where they can hold any."""
    if agency == "social_care" and "ssd" in formats:
        return social_care_files.MOTHER
    if agency == "education" and "school-census" in formats and "ctf" not in formats:
        return ()
    return None
