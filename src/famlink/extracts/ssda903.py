"""The SSDA903 return on children looked after: CSV modules, known by their file names.

It has no names: its children join those of the same agency by their id.

Source: Department for Education, Children looked after by local authorities: guide to the SSDA903 collection.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from famlink.errors import SourceError
from famlink.extracts.export import ExportFile
from famlink.extracts.pieces import (
    Adapted,
    Dated,
    FileRead,
    Piece,
    event_pieces,
    left_over,
    need,
    people_piece,
    read_sheet,
)
from famlink.extracts.tabular import ROW, TextTable

_STARTED = "S"
_LEGAL = "L"
_STILL_LOOKED_AFTER = "X1"

_PEOPLE = {
    "record_id": "child",
    "sex": "sex",
    "gender": "gender",
    "date_of_birth": "dob",
    "ethnicity": "ethnic",
    "upn": "upn",
}
_WITH_PEOPLE = ("header", "oc2", "oc3", "ad1", "uasc")
"""Modules whose rows describe the child; the rest are events alone."""

_EPISODE = (
    Dated(
        "decom",
        pl.when(pl.col("rne") == _STARTED)
        .then(pl.lit("Started to be looked after"))
        .when(pl.col("rne") == _LEGAL)
        .then(pl.lit("Legal status"))
        .otherwise(pl.lit("Placement change")),
        end="dec",
        outcome="rec",
        details={
            "rne": "reason for new episode",
            "ls": "legal status",
            "cin": "need",
            "place": "placement",
            "place_provider": "provider",
            "reason_place_change": "reason for change of placement",
            "home_post": "home postcode",
            "pl_post": "placement postcode",
            "urn": "URN",
            "pl_la": "placement authority",
            "pl_location": "placement location",
            "pl_distance": "miles from home",
        },
    ),
    Dated("ceased", "Ceased to be looked after", outcome="rec"),
)
_EVENTS: dict[str, tuple[Dated, ...]] = {
    "episodes": _EPISODE,
    "reviews": (Dated("review", "Looked after review", details={"review_code": "code"}),),
    "missing": (
        Dated(
            "mis_start",
            pl.when(pl.col("missing") == "A")
            .then(pl.lit("Absent without authorisation"))
            .otherwise(pl.lit("Missing from care")),
            end="mis_end",
            details={"missing": "code"},
        ),
    ),
    "ad1": (
        Dated("date_int", "Adoption decision"),
        Dated("date_match", "Matched for adoption", details={"foster_care": "adopted by foster carer"}),
    ),
    "placed_adoption": (
        Dated(
            "date_placed",
            "Placed for adoption",
            end="date_placed_ceased",
            outcome="reason_placed_ceased",
        ),
    ),
    "prev_perm": (
        Dated(
            "date_perm",
            "Previous permanence order",
            details={"prev_perm": "option", "la_perm": "authority"},
        ),
    ),
    "header": (),
    "oc2": (),
    "oc3": (),
    "uasc": (),
}
_NAMES = {
    "episode": "episodes",
    "review": "reviews",
    "missing": "missing",
    "header": "header",
    "oc2": "oc2",
    "oc3": "oc3",
    "ad1": "ad1",
    "uasc": "uasc",
    "placed_for_adoption": "placed_adoption",
    "placed_adoption": "placed_adoption",
    "placedadoption": "placed_adoption",
    "should_be_placed": "placed_adoption",
    "prev_perm": "prev_perm",
    "prevperm": "prev_perm",
    "previous_permanence": "prev_perm",
}
"""What a file's name holds -> module."""


def read(files: Iterable[ExportFile]) -> Adapted:
    """Read the modules of a return.

    Args:
        files: CSV files, each named after its module (``header.csv``, ``SSDA903_episodes_2023.csv``).

    Returns:
        people of every module that describes the child; a mother's own child in words; an event for every date.

    Raises:
        SourceError: no file is a module, or one lacks the columns it is read by.
    """
    people: list[Piece] = []
    others: list[Piece] = []
    counts: list[FileRead] = []
    warnings: list[str] = []
    for file in files:
        module = module_of(file.stem)
        if module is None:
            warnings.append(f"{file.name}: not named after a module of the 903; it is not read")
            continue
        table = read_sheet(file)
        need(table, "child", *(("rne", "dec", "rec") if module == "episodes" else ()), *_missing_needs(module))
        has_people = module in _WITH_PEOPLE
        if has_people and table.names:
            known = {*_PEOPLE.values(), *(item.date for item in _EVENTS[module])}
            extras = [name for name in table.names if name not in known and name != "mc_dob"]
            people.append(people_piece(table, _PEOPLE, extras=extras))
        if module == "header" and "mc_dob" in table.names:
            others.append(_own_child(table))
        dated = _with_ceased(table) if module == "episodes" and table.names else table
        made, as_read = event_pieces(
            dated, _EVENTS[module], record_id="child", prefix=table.file, only_events=not has_people
        )
        others += made
        counts.append(as_read)
        if as_read.dateless:
            warnings.append(f"{table.file}: {as_read.dateless} rows carry no date and give no event")
        if not has_people:
            used = [
                name for item in _EVENTS[module] for name in (item.date, item.end, item.outcome, *item.details) if name
            ]
            warnings += left_over(table, ["child", "dob", *used])
    if not counts:
        raise SourceError(
            "ssda903: expected files named after modules (header.csv, episodes.csv ...), found none; "
            "give files = the folder of the return's CSV files"
        )
    return Adapted((*people, *others), tuple(counts), tuple(warnings))


def module_of(stem: str) -> str | None:
    """The module a file is named after.

    Example:
        >>> module_of("ssda903_episodes_2023"), module_of("notes")
        ('episodes', None)
    """
    plain = stem.replace("-", "_").replace(" ", "_")
    return next((module for word, module in _NAMES.items() if word in plain), None)


def _missing_needs(module: str) -> tuple[str, ...]:
    return ("missing",) if module == "missing" else ()


def _with_ceased(table: TextTable) -> TextTable:
    """The day a child ceased to be looked after: an episode's end, unless another episode follows at once."""
    reason = pl.col("rec").str.to_uppercase()
    ceased = pl.when(reason.is_not_null() & (reason != _STILL_LOOKED_AFTER)).then(pl.col("dec")).alias("ceased")
    return replace(table, frame=table.frame.with_columns(ceased))


def _own_child(table: TextTable) -> Piece:
    """A looked-after mother's own child: a person known by the date of birth alone."""
    frame = table.frame.filter(pl.col("mc_dob").is_not_null())
    frame = frame.select(ROW, "child", "mc_dob", pl.lit("child").alias("relationship"))
    mapping = {"record_id": "child", "related_date_of_birth": "mc_dob"}
    return Piece("relationships", replace(table, frame=frame, unusable=()), mapping)
