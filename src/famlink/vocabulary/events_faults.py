"""What is wrong with a partnership's own file of words for events: every fault, in one list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from famlink.vocabulary.events import STAGES, Crosswalk, plain
from famlink.vocabulary.holders import HOLDERS

_FILE_KEYS = ("version", "kind", "words", "whole", "holder", "mentions", "near")
_KIND_KEYS = {"meaning", "theme", "family", "stage", "yields", "policy", "lifelong", "key"}


def faults_of(raw: Mapping[str, Any], base: Crosswalk) -> list[str]:
    """Look through a file of words.

    Args:
        raw: as :func:`famlink.vocabulary.events.own_words` gives.
        base: the shipped crosswalk, whose kinds it may name.

    Returns:
        one part of a sentence a fault; none where it can be used.

    Example:
        >>> from famlink.vocabulary.events import crosswalk
        >>> faults_of({"holder": {"schools": {}}}, crosswalk())[0][:30]
        "holder 'schools' is none of so"
    """
    faults = [f"unknown key {key!r} (known: {', '.join(_FILE_KEYS)})" for key in raw if key not in _FILE_KEYS]
    tables = [key for key in _FILE_KEYS[1:] if not isinstance(raw.get(key, {}), dict)]
    tables += (
        [f"kind.{name}" for name, row in raw.get("kind", {}).items() if not isinstance(row, dict)] if not tables else []
    )
    if tables:
        return [*faults, *(f"{key} is not a table" for key in tables)]
    own = raw.get("kind", {})
    for name, row in own.items():
        lacking = sorted({"meaning", "theme", "family", "stage"} - row.keys())
        if lacking:
            faults.append(f"kind {name!r} lacks {', '.join(lacking)}")
        elif row["stage"] not in STAGES:
            faults.append(f"kind {name!r} has stage {row['stage']!r}, expected one of {', '.join(STAGES)}")
        faults += [f"kind {name!r} has an unknown key {key!r}" for key in sorted(row.keys() - _KIND_KEYS)]
    for part in ("words", "whole"):
        for kind, listed in raw.get(part, {}).items():
            if kind not in base.kinds and kind not in own:
                faults.append(f"{part} for {kind!r}, which is no kind")
            if not _texts(listed):
                faults.append(f"{part} for {kind!r} are not a list of texts")
    faults += _faults_of_holders(raw, {*base.kinds, *own})
    families = {kind.family for kind in base.kinds.values()} | {row.get("family") for row in own.values()}
    for family, listed in raw.get("mentions", {}).items():
        if family not in families:
            faults.append(f"mentions for {family!r}, which is no family of kinds")
        if not _texts(listed):
            faults.append(f"mentions for {family!r} are not a list of texts")
    faults += [
        f"near {family!r}: expected a family of kinds and a list of others"
        for family, others in raw.get("near", {}).items()
        if not _texts(others) or not {family, *others} <= families
    ]
    return faults


def _faults_of_holders(raw: Mapping[str, Any], kinds: set[str]) -> list[str]:
    faults = []
    for holder, meant in raw.get("holder", {}).items():
        if holder not in HOLDERS:
            faults.append(f"holder {holder!r} is none of {', '.join(HOLDERS)}")
        if not isinstance(meant, dict):
            faults.append(f"holder.{holder} is not a table")
            continue
        for kind, listed in meant.items():
            if kind not in kinds:
                faults.append(f"words of holder {holder!r} for {kind!r}, which is no kind")
            if not _texts(listed):
                faults.append(f"words of holder {holder!r} for {kind!r} are not a list of texts")
    return faults


def _texts(listed: object) -> bool:
    return isinstance(listed, list) and all(isinstance(text, str) and plain(text) for text in listed)
