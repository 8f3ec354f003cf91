"""People kept apart (before and after an adoption): what would bridge them is shown on neither side."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from famlink.sharing.evidence import Evidence
from famlink.sharing.texts import squeeze

FORMER = ("former_upn", "former_nhs_number", "former_surnames", "aliases")
"""Columns that name who somebody was before: empty for everybody who is kept apart from somebody."""

IDENTIFIERS = ("nhs_number", "upn", "uln", "ni_number", "pnc", "cro")


def mask_bridges(frame: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """Empty every cell that would join two people who are kept apart.

    Args:
        frame: rows of ``records`` or ``standardised``.
        evidence: everything held near the subjects; where only one side is in it, former names and numbers are emptied.

    Returns:
        the frame; people on either side of a must-not-link pair lack former names and numbers, and any identifier that
        both sides hold.
    """
    if evidence.must_not_link.is_empty():
        return frame
    person_of = evidence.person_of()
    pairs = [
        (
            person_of.get((row["agency_left"], row["record_id_left"])),
            person_of.get((row["agency_right"], row["record_id_right"])),
        )
        for row in evidence.must_not_link.iter_rows(named=True)
    ]
    apart = sorted({person for pair in pairs for person in pair if person is not None})
    if not apart:
        return frame
    held = _identifiers(evidence, apart)
    shared = {value for left, right in pairs for value in held.get(left or "", set()) & held.get(right or "", set())}
    keys = evidence.people.filter(pl.col("person_id").is_in(apart)).select("agency", "record_id")
    inside = frame.join(keys, on=["agency", "record_id"], how="semi").with_columns(
        pl.lit(None, dtype=frame.schema[name]).alias(name) for name in FORMER
    )
    bridging = {name: [squeeze(cell or "") in shared for cell in inside[name]] for name in IDENTIFIERS}
    inside = inside.with_columns(
        pl.when(~pl.Series(name, said, dtype=pl.Boolean)).then(pl.col(name)).alias(name)
        for name, said in bridging.items()
    )
    outside = frame.join(keys, on=["agency", "record_id"], how="anti")
    return pl.concat([inside, outside]).sort("agency", "record_id", "part")


def _identifiers(evidence: Evidence, people: Iterable[str]) -> dict[str, set[str]]:
    """Every identifier a person's records give, former ones too."""
    found: dict[str, set[str]] = {person: set() for person in people}
    of = evidence.people.select("agency", "record_id", "person_id")
    rows = evidence.records.join(of, on=["agency", "record_id"]).filter(pl.col("person_id").is_in(sorted(found)))
    for name in (*IDENTIFIERS, "former_nhs_number", "former_upn"):
        for person, cell in rows.select("person_id", name).drop_nulls().iter_rows():
            found[person] |= {tight for part in cell.split(";") if (tight := squeeze(part))}
    return found
