"""A partnership's own words for events: read from its file, kept in the run, and told of by `famlink check`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from famlink.spec import HubSpec
from famlink.vocabulary.events import Crosswalk, agency_kinds, extended, own_words, told_of_agencies
from famlink.vocabulary.holders import holder_of

LEAST_NAMED = 5
"""A category on fewer events may be a sentence about somebody: it is counted, never quoted."""

MOST_NAMED = 12


def events_words(spec: HubSpec) -> dict[str, Any]:
    """Read the crosswalk hub.toml names.

    Args:
        spec: the hub.

    Returns:
        the file's tables, checked; empty where hub.toml names none.

    Raises:
        MissingFileError, SpecError: the file is not there or cannot be used; one sentence says why.
    """
    if spec.events.crosswalk is None:
        return {}
    file = spec.folder / spec.events.crosswalk
    own = own_words(file)
    extended(own, where=str(file))
    return own


def kept_words(parameters: Mapping[str, Any]) -> Crosswalk:
    """The crosswalk a run was made with.

    Args:
        parameters: settings of the run.

    Returns:
        the shipped crosswalk with the partnership's words of that day on top.
    """
    words = extended(parameters.get("crosswalk", {}).get("own", {}), where="provenance.json")
    agencies = reversed(parameters.get("agencies", []))
    return told_of_agencies(words, {entry["agency"]: entry["holder"] for entry in agencies})


def words_of_hub(spec: HubSpec, own: Mapping[str, Any]) -> Crosswalk:
    """The crosswalk a hub is read with.

    Args:
        spec: the hub.
        own: as :func:`events_words` gives.

    Returns:
        the shipped crosswalk with the partnership's words on top, told which policy holder each agency is.
    """
    holders = {source.agency: holder_of(source.agency, source.holder) for source in reversed(spec.source)}
    return told_of_agencies(extended(own), holders)


def unknown_words(events: pl.DataFrame, words: Crosswalk) -> dict[str, list[str]]:
    """Say which categories the crosswalk does not know.

    Args:
        events: table ``events``.
        words: the crosswalk.

    Returns:
        agency -> one sentence, for the agencies that use such words.
    """
    pairs = events.select("agency", "category").unique().sort("agency", "category")
    read = agency_kinds(pairs, words=words).filter(~pl.col("known")).select("agency", "category")
    counted = (
        events.select("agency", "category")
        .join(read, on=["agency", "category"], how="semi", nulls_equal=True)
        .group_by("agency", "category")
        .len()
        .sort(["agency", "len", "category"], descending=[False, True, False])
    )
    told: dict[str, list[str]] = {}
    for (agency,), rows in counted.group_by("agency", maintain_order=True):
        named = rows.filter((pl.col("len") >= LEAST_NAMED) & pl.col("category").is_not_null()).head(MOST_NAMED)
        quoted = ", ".join(f'"{" ".join(word.split())[:60]}" ({many:,})' for _, word, many in named.iter_rows())
        rest = rows.height - named.height
        more = f" and {rest:,} more" if quoted and rest else ""
        told[str(agency)] = [
            f"{rows['len'].sum():,} events have one of {rows.height:,} categories the shared vocabulary does not know; they are "
            f"kept as said" + (f": {quoted}{more}" if quoted else "") + "; [events] crosswalk in hub.toml adds words"
        ]
    return told
