"""The rates of a made-up world: shipped defaults, and one file of changes over them."""

from __future__ import annotations

import difflib
import math
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from famlink.errors import MissingFileError, SpecError

MAY_PASS_ONE = ("event.routine",)
"""Rates below 1 as shipped that are a mean, not a chance."""


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
        SpecError: it is not TOML, names a rate that does not exist, or gives one that is not a number it can be.
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
    except (UnicodeDecodeError, OSError):
        raise SpecError(f"{path}: cannot be read as text; save it as TOML in UTF-8") from None
    faults: list[str] = []
    merged = _merged(tree, changes, "", faults)
    _not_all_zero(merged, faults)
    if faults:
        raise SpecError(f"{path}: " + "; ".join(faults))
    return Rates(merged)


def _kin_of(tree: dict[str, Any], name: str) -> dict[str, Any]:
    """What else a file may name here, with a shipped value of its kind.

    An agency's own error rates, or a class of people or an agency that a table of its kind has elsewhere.
    """
    part, *rest = name.split(".")
    if name.startswith("error.agency."):
        own = {key: value for key, value in tree["error"].items() if key != "agency"}
        return own if len(rest) == 3 else dict.fromkeys(tree["agencies"], own)
    if part in ("coverage", "identifier", "contact") and len(rest) == 2:
        tables = [table for table in tree[part].values() if isinstance(table, dict)]
        names = {key: value for table in tables for key, value in table.items()}
        return names | (dict.fromkeys(tree["agencies"], 0.5) if part == "identifier" else {})
    return {}


def _merged(
    tree: dict[str, Any], changes: dict[str, Any], place: str, faults: list[str], whole: dict[str, Any] | None = None
) -> dict[str, Any]:
    out = dict(tree)
    whole = tree if whole is None else whole
    for key, value in changes.items():
        name = f"{place}{key}"
        allowed = {**_kin_of(whole, name), **tree}
        if key not in allowed:
            near = difflib.get_close_matches(key, allowed, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(allowed))}"
            faults.append(f"no rate is called {name!r}; {hint}")
        elif isinstance(allowed[key], dict) and isinstance(value, dict):
            out[key] = _merged(tree.get(key, {}), value, f"{name}.", faults, whole)
        elif isinstance(allowed[key], dict):
            faults.append(f"{name!r} is a table of rates, expected [{name}]")
        elif fault := _unfit(name, value, allowed[key]):
            faults.append(fault)
        else:
            out[key] = value
    return out


def _unfit(name: str, value: Any, shipped: Any) -> str | None:
    """What is wrong with a rate beside the shipped one of its name; None where it will do."""
    if isinstance(shipped, list):
        return _unfit_list(name, value, shipped)
    if not _is_number(value):
        return f"{name!r} is expected to be a number, got {type(value).__name__}"
    if value < 0 or (shipped <= 1 and value > 1 and name not in MAY_PASS_ONE):
        return f"{name!r} is expected to be {'a chance from 0 to 1' if shipped <= 1 else '0 or more'}, got {value}"
    return None


def _unfit_list(name: str, value: Any, shipped: list[Any]) -> str | None:
    if isinstance(shipped[0], str):
        texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return None if texts else f"{name!r} is expected to be a list of texts"
    if not isinstance(value, list) or len(value) != len(shipped):
        return f"{name!r} is expected to be a list of {len(shipped)} numbers"
    if not all(_is_number(one) and one >= 0 for one in value) or not sum(value):
        return f"{name!r} is expected to hold numbers of 0 or more, not all 0"
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _not_all_zero(tree: dict[str, Any], faults: list[str]) -> None:
    """Tables that are shares of one whole must leave something to draw."""
    for part, name in (("event", "kinds"), ("consent", "decisions")):
        if not sum(tree[part][name].values()):
            faults.append(f"'{part}.{name}' is all 0; give one of its shares a number above 0")
