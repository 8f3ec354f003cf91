"""Formats famlink reads: ``table``, and profiles of it: column maps of systems agencies run, as TOML beside this file.

A profile is read with the rest of a source's keys: its maps are used where the file has the column, and the source's own
column map wins. To adapt one, print it (``famlink check --show-format NAME``) and copy its maps into hub.toml.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

TABLE = "table"


@dataclass(frozen=True)
class Profile:
    """The column map of one system.

    Args:
        name: what hub.toml calls it.
        title: what it is, in a line.
        basis: where the column names come from, or that they are an assumption.
        columns: people, relationships and events -> canonical name -> their column.
        people_repeat: a person has several rows (as where each event says whose it is): the first is the record, the others
            add to it.
    """

    name: str
    title: str
    basis: str
    columns: dict[str, dict[str, str]]
    people_repeat: bool = False


def profile_names() -> list[str]:
    """The names of the shipped profiles, sorted.

    Example:
        >>> "housing" in profile_names()
        True
    """
    files = resources.files(__name__).iterdir()
    return sorted(item.name.removesuffix(".toml") for item in files if item.name.endswith(".toml"))


@cache
def profile(name: str) -> Profile:
    """Read a shipped profile.

    Args:
        name: one of :func:`profile_names`.

    Returns:
        the profile.

    Raises:
        KeyError: there is no profile of that name.

    Example:
        >>> profile("housing").columns["people"]["date_of_birth"]
        'DateOfBirth'
    """
    raw = tomllib.loads(profile_text(name))
    return Profile(name, raw["title"], raw["basis"], raw["columns"], raw.get("people_repeat", False))


def profile_text(name: str) -> str:
    """A shipped profile as it is written, to be copied.

    Raises:
        KeyError: there is no profile of that name.
    """
    if name not in profile_names():
        raise KeyError(name)
    return (resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
