"""The registry of adapters: formats that arrive as one export and are read with no column map."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from famlink.extracts import ssd
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
    """

    name: str
    title: str
    basis: str
    endings: tuple[str, ...]
    read: Callable[[Iterable[ExportFile]], Adapted]


_TABLES = (".csv", ".tsv", ".txt")

ADAPTERS: dict[str, Adapter] = {
    item.name: item
    for item in (
        Adapter(
            "ssd",
            "Standard Safeguarding Dataset: a folder of its tables as CSV",
            "Tables and columns of the published data model 1.4; no public sample",
            _TABLES,
            ssd.read,
        ),
    )
}
"""Adapters by name."""
