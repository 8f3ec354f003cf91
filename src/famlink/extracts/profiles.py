"""A source of a named format -> the source as a plain table, and the column maps its profile offers."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from famlink.errors import SourceError
from famlink.extracts.adapters import ADAPTERS
from famlink.spec import SourceSpec
from famlink.vocabulary.formats import TABLE, profile, profile_names, profile_text


def formats() -> list[dict[str, str]]:
    """Every format famlink reads, for ``check --list-formats``.

    Returns:
        name, title and basis of each.

    Example:
        >>> [item["name"] for item in formats()][:2]
        ['table', 'ssd']
    """
    plain = {"name": TABLE, "title": "any tidy table with a column map", "basis": "the canonical columns"}
    shipped = [profile(name) for name in profile_names()]
    exports = [{"name": item.name, "title": item.title, "basis": item.basis} for item in ADAPTERS.values()]
    return [plain, *exports, *({"name": item.name, "title": item.title, "basis": item.basis} for item in shipped)]


def format_text(name: str) -> str:
    """A profile as TOML to copy, for ``check --show-format``.

    Raises:
        SourceError: there is no profile of that name.
    """
    if name in ADAPTERS:
        raise SourceError(f"format {name!r} is read from its export as it comes: there is no column map to copy")
    if name not in profile_names():
        raise SourceError(f"format {name!r} has no profile{_near(name)}; the profiles are {', '.join(profile_names())}")
    return profile_text(name)


def offered_columns(source: SourceSpec) -> Mapping[str, Mapping[str, str]]:
    """The column maps a source's format offers: used where the file has the column and nothing else claims the name.

    Args:
        source: a source of any format.

    Returns:
        people, relationships and events -> canonical name -> their column.

    Raises:
        SourceError: the format is not one famlink reads, or people are not given.
    """
    known = [TABLE, *ADAPTERS, *profile_names()]
    if source.format in ADAPTERS:
        return _no_tables(source)
    if source.format not in known:
        raise SourceError(
            f"agency {source.agency}: format {source.format!r} is not one famlink reads{_near(source.format)}; "
            f"it reads {', '.join(known)}: export the tables and map their columns"
        )
    if source.people is None:
        raise SourceError(f"agency {source.agency}: format {source.format!r} needs people = '...', not files")
    return {} if source.format == TABLE else profile(source.format).columns


def people_repeat(source: SourceSpec) -> bool:
    """Whether a person of this source's format has several rows: the first is the record and the others add to it."""
    return source.format in profile_names() and profile(source.format).people_repeat


def _no_tables(source: SourceSpec) -> Mapping[str, Mapping[str, str]]:
    """An export has no table and no column map of its own."""
    if source.files is None:
        raise SourceError(
            f"agency {source.agency}: format {source.format!r} needs files = '...': a path, a folder or a glob"
        )
    given = [name for name in ("people", "relationships", "events") if getattr(source, name) is not None]
    given += [f"columns.{name}" for name in ("people", "relationships", "events") if getattr(source.columns, name)]
    if given:
        raise SourceError(
            f"agency {source.agency}: format {source.format!r} is read from files alone; take out {', '.join(given)}, "
            "or give them as a further source of the agency with format 'table'"
        )
    return {}


def applied(offered: Mapping[str, str], own: Mapping[str, str], names: list[str]) -> dict[str, Any]:
    """A source's own column map, completed by what its format offers.

    Args:
        offered: canonical name -> column, from the format.
        own: the same, from hub.toml; it wins.
        names: the file's columns.

    Returns:
        the map to use: an offered column only where the file has it and no other column has the canonical name.

    Example:
        >>> applied({"surname": "LastName", "sex": "Gender"}, {"sex": "Sex"}, ["LastName", "Sex", "Gender"])
        {'surname': 'LastName', 'sex': 'Sex'}
    """
    claimed = set(own.values())
    usable = {
        name: theirs
        for name, theirs in offered.items()
        if theirs in names and name not in own and theirs not in claimed and (name not in names or theirs == name)
    }
    return {**usable, **own}


def _near(name: str) -> str:
    near = difflib.get_close_matches(name, [TABLE, *ADAPTERS, *profile_names()], n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""
