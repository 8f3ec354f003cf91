"""The registry of adapters: formats that arrive as one export and are read with no column map."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from famlink.extracts import annex_a, cin_census, ctf, fhir, school_census, ssd, ssda903
from famlink.extracts.export import ExportFile
from famlink.extracts.pieces import Adapted


@dataclass(frozen=True)
class Adapter:
    """One format.

    Args:
        name: what hub.toml calls it.
        title: what it is, in a line.
        basis: what it was made from and tried on.
        endings: endings of the files it comes in.
        read: files -> pieces.
        tables: names of its tables, where it also comes as a database.
    """

    name: str
    title: str
    basis: str
    endings: tuple[str, ...]
    read: Callable[[Iterable[ExportFile]], Adapted]
    tables: tuple[str, ...] = ()


_TABLES = (".csv", ".tsv", ".txt")

ADAPTERS: dict[str, Adapter] = {
    item.name: item
    for item in (
        Adapter(
            "ssd",
            "Standard Safeguarding Dataset: a folder of its tables as CSV, or a database",
            "Tables and columns of the published data model 1.4; no public sample",
            _TABLES,
            ssd.read,
            ssd.TABLES,
        ),
        Adapter(
            "cin-census",
            "Children in Need census XML, 2021 to 2026: no names, joins the agency's records by LA child id",
            "Element names of the published specification; tried on a public sample of fake children",
            (".xml",),
            cin_census.read,
        ),
        Adapter(
            "ssda903",
            "SSDA903 return on children looked after, CSV modules: no names, joins by child id",
            "Column names of the published guide; tried on a public sample of fake children",
            _TABLES,
            ssda903.read,
        ),
        Adapter(
            "annex-a",
            "Ofsted Annex A workbook, Lists 1 to 11: no names, joins by child unique id",
            "Column names of a public sample workbook of fake children",
            (".xlsx", ".xlsm", ".xls", *_TABLES),
            annex_a.read,
        ),
        Adapter(
            "fhir",
            "FHIR R4 (UK Core): Bundle, NDJSON or a folder of Patient, RelatedPerson, Encounter, EpisodeOfCare, Flag",
            "The published R4 and UK Core resources; tried on hand-made resources only",
            (".json", ".ndjson", ".jsonl"),
            fhir.read,
        ),
        Adapter(
            "ctf",
            "Common Transfer File XML between schools: pupils, contacts, school history, attendance, exclusions",
            "Element names of the published specification; tried on hand-made files only",
            (".xml",),
            ctf.read,
        ),
        Adapter(
            "school-census",
            "School census: the XML return, or the authority's CSV tables, each known by its columns",
            "Data items of the published specification; tried on hand-made files only",
            (".xml", *_TABLES),
            school_census.read,
        ),
    )
}
"""Adapters by name."""
