"""The rates of a made-up world: shipped defaults, and one file of changes over them."""

from __future__ import annotations

import difflib
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from famlink.errors import MissingFileError, SpecError


class Rates:
    """Rates by dotted name.

    Args:
        tree: the tables of rates.toml.

    Example:
        >>> read_rates()["family.twins"]
        0.0155
        >>> read_rates().by_agency("error", "police", "date_of_birth")
        0.045
    """

    def __init__(self, tree: dict[str, Any]) -> None:
        self.tree = tree

    def __getitem__(self, name: str) -> Any:
        found: Any = self.tree
        for part in name.split("."):
            found = found[part]
        return found

    def get(self, name: str, default: Any) -> Any:
        """The rate of this name, or a default where there is none."""
        try:
            return self[name]
        except (KeyError, TypeError):
            return default

    def by_agency(self, table: str, agency: str, name: str) -> float:
        """A rate with the agency's own value where it has one."""
        return float(self.get(f"{table}.agency.{agency}.{name}", self[f"{table}.{name}"]))


def read_rates(path: Path | None = None) -> Rates:
    """Read the shipped rates, changed by a file.

    Args:
        path: a TOML file with just the keys to change; None for the shipped rates.

    Returns:
        the rates.

    Raises:
        MissingFileError: the file is not there.
        SpecError: it is not TOML, or names a rate that does not exist.
    """
    tree = tomllib.loads(files("famlink.synthetic").joinpath("rates.toml").read_text(encoding="utf-8"))
    if path is None:
        return Rates(tree)
    if not path.is_file():
        raise MissingFileError(f"{path}: no such file; give a TOML file of rates")
    try:
        changes = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise SpecError(f"{path}: not valid TOML: {error}") from None
    faults: list[str] = []
    merged = _merged(tree, changes, "", faults)
    if faults:
        raise SpecError(f"{path}: " + "; ".join(faults))
    return Rates(merged)


def _may_be_new(name: str) -> bool:
    """Whether a file may add this key: an agency's own error rate, or a class of people it did not cover."""
    by_class = name.startswith(("coverage.", "identifier.", "contact."))
    return name.startswith("error.agency.") or (by_class and name.count(".") == 2)


def _merged(tree: dict[str, Any], changes: dict[str, Any], place: str, faults: list[str]) -> dict[str, Any]:
    out = dict(tree)
    for key, value in changes.items():
        name = f"{place}{key}"
        if key not in tree:
            if _may_be_new(name):
                out[key] = value
                continue
            near = difflib.get_close_matches(key, tree, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(tree))}"
            faults.append(f"no rate is called {name!r}; {hint}")
        elif isinstance(tree[key], dict) and isinstance(value, dict):
            out[key] = _merged(tree[key], value, f"{name}.", faults)
        elif isinstance(tree[key], dict):
            faults.append(f"{name!r} is a table of rates, expected [{name}]")
        elif isinstance(value, dict) or isinstance(value, list) != isinstance(tree[key], list):
            faults.append(f"{name!r} must be of the same shape as the shipped rate")
        else:
            out[key] = value
    return out
