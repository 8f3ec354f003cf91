"""An unknown file -> a proposed column map, from the names of its columns and the look of their contents.

A proposal is for an analyst to check. It says why for each column, shows no values, and leaves out what it doubts.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from famlink.errors import MissingFileError, SourceError
from famlink.extracts import school_census, ssd, ssda903
from famlink.extracts.annex_a_lists import CHILD
from famlink.extracts.columns import CANONICAL, REQUIRED
from famlink.extracts.loading import read_bytes
from famlink.extracts.tabular import ROW, TextTable
from famlink.tables import PEOPLE_DATES
from famlink.vocabulary.column_names import WHOLE_NAMES, looks_like_header, other_names
from famlink.vocabulary.column_readings import ALTERNATIVE, OF_OTHERS, PART, WHOLE, readings, squashed, words_of
from famlink.vocabulary.dates import month_first, parse_dates
from famlink.vocabulary.formats import profile, profile_names

MOST_ROWS_LOOKED_AT = 5000
_DATES = {*PEOPLE_DATES, "related_date_of_birth", "start", "end", "date", "end_date"}
_CLOSE, _WHOLE, _LOOKS = 0.7, 0.65, 0.6
"""How sure a proposal is by a name like it, as a column of whole names, by its look alone; readings of a name are surer."""
_WORDS = {PART: "words in its name", _CLOSE: "a name like it", _WHOLE: "whole names, which are taken apart"}
_EMPTY = 0.3
"""What a column without a filled cell loses."""
_MOST_OF_A_FORMAT = 0.7
"""Share of a profile's columns a file has, from which it is taken for an export of that system."""
_ENOUGH = 0.5
"""Share of cells that must look as the canonical column's do."""
_NEAR = 0.86

_SHAPES = (r"^\d+$", r"^\d{1,4}[-/. ][A-Za-z0-9]{1,9}[-/. ]\d{1,4}\b", r"^[A-Za-z]{1,4}[-/]?\d+", r"^\d", r"@")
"""What cells look like that no column is named like: numbers, dates, references, addresses of electronic mail."""
_SHORT_YEAR = r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{2}$"

_LOOK = {
    "nhs_number": r"^\d{3}[ -]?\d{3}[ -]?\d{4}(?:\.0)?$",
    "upn": r"^[A-Za-z]\d{11}[0-9A-Za-z]$",
    "ni_number": r"^[A-Za-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-Da-d]$",
    "pnc": r"^\d{2,4}/\d{1,7}[A-Za-z]$",
    "cro": r"^(?:\d{1,6}/\d{2}|SF\d{2}/\d{1,6})[A-Za-z]$",
    "postcode": r"(?i)^[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}$",
    "email": r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    "phone": r"^(?:\+44|0044|0)[\d ()-]{9,14}$",
    "uprn": r"^-?\d{1,12}(?:\.0)?$",
    "sex": r"(?i)^(?:[a-z]\) ?)?(?:m|f|u|male|female|unknown|not known|[0129])$",
    "related_postcode": r"(?i)^[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}$",
    "related_phone": r"^(?:\+44|0044|0)[\d ()-]{9,14}$",
    "forename": r"^[^\d]*$",
    "surname": r"^[^\d]*$",
}
"""Canonical column -> what most of its cells look like."""

_TELLING = ("upn", "ni_number", "pnc", "postcode", "email")
"""Columns whose look alone is enough to propose them."""


@dataclass(frozen=True)
class Proposal:
    """One proposed line of a column map.

    Args:
        canonical: the canonical column.
        theirs: the file's column.
        why: what the proposal rests on.
        score: 0 to 1.
    """

    canonical: str
    theirs: str
    why: str
    score: float


@dataclass(frozen=True)
class Suggestion:
    """A proposed column map.

    Args:
        file: the file.
        kind: people, relationships or events.
        proposals: lines of the map, in the canonical order.
        missing: required columns nothing was found for.
        unused: the file's columns that no line uses.
        doubts: (canonical, theirs, why not): columns whose name speaks for a line and whose contents speak against it.
        format: a format famlink reads without this map, if the file is of one.
        notes: what was found in reading the file.
    """

    file: str
    kind: str
    proposals: tuple[Proposal, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    doubts: tuple[tuple[str, str, str], ...] = ()
    format: str | None = None
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The proposal as plain data."""
        return {
            "file": self.file,
            "kind": self.kind,
            "columns": {
                item.canonical: {"theirs": item.theirs, "why": item.why, "score": round(item.score, 2)}
                for item in self.proposals
            },
            "missing": list(self.missing),
            "unused": list(self.unused),
            "format": self.format,
            "notes": list(self.notes),
            "doubts": [{"canonical": name, "theirs": theirs, "why": why} for name, theirs, why in self.doubts],
        }

    def as_toml(self) -> str:
        """The proposal as lines of hub.toml to copy; what needs no line is a comment."""
        lines = [
            "# for hub.toml: under the [[source]] of the agency, with its agency = and holder =",
            *self._known(),
            *(f"# {note}" for note in self.notes),
            f"{self.kind} = {_quoted(self.file)}",
            f"[source.columns.{self.kind}]",
        ]
        for item in self.proposals:
            mark = "# already canonical: " if item.canonical == item.theirs else ""
            lines.append(f"{mark}{item.canonical} = {_quoted(item.theirs)}  # {item.why}")
        lines += [f"# {name} is required, and no column looks like it" for name in self.missing]
        lines += [f"# {_quoted(theirs)} is called {name}, but {why}" for name, theirs, why in self.doubts]
        if self.unused:
            lines.append(f"# not mapped: {', '.join(self.unused)}".replace("\n", " "))
        return "\n".join(lines)

    def _known(self) -> list[str]:
        if self.format is None:
            return []
        how = (
            f"{self.kind} = {_quoted(self.file)} and no map"
            if self.format in profile_names()
            else "files = the folder of all its tables"
        )
        return [f"# its columns are those of a format: format = {_quoted(self.format)} with {how} reads it"]


def suggest_file(path: str | Path, *, kind: str | None = None) -> Suggestion:
    """Propose a column map for a file.

    Args:
        path: any file famlink reads as a table.
        kind: people, relationships or events; found out where it is not given.

    Returns:
        the proposal.

    Raises:
        MissingFileError: there is no such file.
        SourceError: the file cannot be read.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError(f"{path}: no such file; give the path of a table to look at")
    if path.suffix.lower() in {".xml", ".json"}:
        raise SourceError(
            f"{path.name}: XML and JSON have formats of their own, which need no column map; "
            "famlink check --list-formats names them"
        )
    return suggest(read_bytes(path.read_bytes(), file=path.name, kind=kind or "people"), kind=kind)


def suggest(table: TextTable, *, kind: str | None = None) -> Suggestion:
    """Propose a column map for a table of text.

    A name is taken whole, without what stands in brackets, by its alternatives (``Surname / Family Name``) and by the words
    in it (``Current Home Postcode``) unless they name somebody else (``Mother Surname``).

    Args:
        table: the file's rows under the agency's names.
        kind: people, relationships or events; found out where it is not given.

    Returns:
        the proposal.

    Raises:
        SourceError: the first line may be a row: a proposal would show its values as the names of columns.

    Example:
        >>> from famlink.extracts.structured import read_frame
        >>> table = read_frame(pl.DataFrame({"Client ID": ["1"], "DOB": ["3/5/2012"], "Last Name": ["Lee"]}), file="p.csv")
        >>> [(item.canonical, item.theirs) for item in suggest(table).proposals]
        [('record_id', 'Client ID'), ('surname', 'Last Name'), ('date_of_birth', 'DOB')]
    """
    frame = table.frame.head(MOST_ROWS_LOOKED_AT).drop(ROW)
    of_a_format = any(_format(table, name) for name in CANONICAL)
    if table.names and not (of_a_format or looks_like_header(table.names) or _is_above(frame)):
        raise SourceError(
            f"{table.file}: its first line looks like a row and no header: none of its {len(table.names)} names is known; "
            "give the file a line of column names, or map its columns by hand"
        )
    dates = {name: _share_of_dates(frame[name]) for name in frame.columns}
    kinds = [kind] if kind else list(CANONICAL)
    found = [(name, _assigned(frame, name, dates)) for name in kinds]
    best, proposals = max(found, key=lambda item: _fit(item[0], item[1]))
    used = {item.theirs for item in proposals}
    return Suggestion(
        file=table.file,
        kind=best,
        proposals=tuple(proposals),
        missing=tuple(name for name in REQUIRED[best] if name not in {item.canonical for item in proposals}),
        unused=tuple(name for name in frame.columns if name not in used),
        doubts=tuple(_doubts(frame, best, dates, taken={item.canonical for item in proposals}, used=used)),
        format=_format(table, best),
        notes=table.warnings,
    )


def _format(table: TextTable, kind: str) -> str | None:
    """The format whose columns the file has, or most of them."""
    stem, lower = Path(table.file).name.lower().rsplit(".", 1)[0], {name.lower() for name in table.names}
    if ssd.table_named(stem):
        return "ssd"
    if ssda903.module_of(stem) and "child" in lower:
        return "ssda903"
    if CHILD in lower:
        return "annex-a"
    if lower & set(school_census.KEYS):
        return "school-census"
    names = set(table.names)
    shares = [
        (len(names & set(columns.values())) / len(columns), name)
        for name in profile_names()
        if (columns := profile(name).columns.get(kind))
    ]
    best, name = max(shares)
    return name if best >= _MOST_OF_A_FORMAT else None


def _fit(kind: str, proposals: list[Proposal]) -> tuple[int, float]:
    """Required columns found, those of people last: every table has an id, few have a relationship or a date."""
    named = {item.canonical for item in proposals}
    whole = all(name in named for name in REQUIRED[kind])
    particular = {"relationships": 2, "events": 1 if named & {"category", "description"} else -1, "people": 0}[kind]
    return (particular if whole else -1, sum(item.score for item in proposals))


def _assigned(frame: pl.DataFrame, kind: str, dates: Mapping[str, float]) -> list[Proposal]:
    """Give each canonical column at most one of the file's, the surest first."""
    offers = [
        offer
        for canonical in CANONICAL[kind]
        for theirs in frame.columns
        if (offer := _offer(canonical, frame[theirs], dates[theirs], kind=kind)) is not None
    ]
    order = {name: place for place, name in enumerate(CANONICAL[kind])}
    taken: dict[str, Proposal] = {}
    for offer in sorted(offers, key=lambda item: (-item.score, order[item.canonical], item.theirs)):
        if offer.canonical not in taken and offer.theirs not in {item.theirs for item in taken.values()}:
            taken[offer.canonical] = offer
    return sorted(taken.values(), key=lambda item: order[item.canonical])


def _offer(canonical: str, cells: pl.Series, share_of_dates: float, *, kind: str) -> Proposal | None:
    """How well one of the file's columns suits a canonical one; None where its name or its contents speak against it."""
    theirs = cells.name
    name = _name_score(canonical, theirs, kind)
    held = cells.drop_nulls()
    share, words = _content(canonical, held, share_of_dates)
    if held.len() and share is not None and share < _ENOUGH:
        return None
    if name:
        sure = _WORDS.get(name, "its name")
        empty = 0.0 if held.len() else _EMPTY
        return Proposal(canonical, theirs, f"{sure}{words}", name - empty + (0.0 if share is None else 0.05 * share))
    if canonical in _TELLING and held.len() >= 5 and share is not None and share >= 0.9:
        return Proposal(canonical, theirs, f"its contents{words}", _LOOKS * share)
    return None


def _name_score(canonical: str, theirs: str, kind: str) -> float:
    if theirs == canonical:
        return WHOLE + 0.1
    known = other_names(canonical)
    if canonical == "record_id" and kind != "people":
        known |= {"upn", "nhsnumber", "nhsno"}
    plain = squashed(theirs)
    if canonical == "surname" and plain in WHOLE_NAMES:
        return _WHOLE
    best = max((score for form, score in readings(theirs) if form in known), default=0.0)
    if best or OF_OTHERS.intersection(words_of(theirs)):
        return best
    near = difflib.get_close_matches(plain, sorted(item for item in known if len(item) > 4), n=1, cutoff=_NEAR)
    return _CLOSE if near else 0.0


def _is_above(frame: pl.DataFrame) -> bool:
    """Whether a first line nobody knows is a header all the same: cells below it have a shape that its own names have not."""
    shaped = 0
    for name in frame.columns:
        held = frame[name].drop_nulls()
        if name.startswith("column_"):
            continue  # made for a cell that was empty, which says nothing
        for shape in _SHAPES:
            if held.len() and float(held.str.contains(shape).mean() or 0.0) >= 0.8:  # type: ignore[arg-type]
                if re.search(shape, name):
                    return False
                shaped += 1
                break
    return shaped > 1


def _doubts(
    frame: pl.DataFrame, kind: str, dates: Mapping[str, float], *, taken: set[str], used: set[str]
) -> Iterator[tuple[str, str, str]]:
    """Columns left out though their name speaks for them, and why."""
    for theirs in frame.columns:
        if theirs in used:
            continue
        held = frame[theirs].drop_nulls()
        for canonical in CANONICAL[kind]:
            if canonical in taken or _name_score(canonical, theirs, kind) < ALTERNATIVE:
                continue
            share, _ = _content(canonical, held, dates[theirs])
            if share is None or share >= _ENOUGH:
                continue
            words = "dates that can be read" if canonical in _DATES else "what such a column holds"
            years = canonical in _DATES and held.str.contains(_SHORT_YEAR).mean()
            short = ": years of two digits are not read, write four" if years and float(years) >= _ENOUGH else ""  # type: ignore[arg-type]
            yield canonical, theirs, f"{share:.0%} of its cells are {words}{short}"


def _content(canonical: str, held: pl.Series, share_of_dates: float) -> tuple[float | None, str]:
    """Share of the cells that look as the canonical column's do, and the words for it; None where nothing is known."""
    if not held.len():
        return None, "; no cell is filled"
    if canonical in _DATES:
        return share_of_dates, f"; {share_of_dates:.0%} of its cells are dates"
    if canonical not in _LOOK:
        return None, ""
    share = float(held.str.contains(_LOOK[canonical]).mean() or 0.0)  # type: ignore[arg-type]
    return share, f"; {share:.0%} of its cells look like it"


def _share_of_dates(cells: pl.Series) -> float:
    readable = parse_dates(cells, american=month_first(cells))["readable"].drop_nulls()
    return float(readable.sum()) / readable.len() if readable.len() else 0.0


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
