"""What a hub asks for in ``[link]``, held against the fields its sources really have: every fault in one error."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import polars as pl

from famlink.errors import SpecError
from famlink.linkage.kinds import requested
from famlink.linkage.library import EVER, PARTS, TWO_NAMES, with_dates
from famlink.linkage.model import Comparison, Rule
from famlink.linkage.places import distance
from famlink.schema import EXTRA
from famlink.spec import ComparisonSpec, LinkSpec
from famlink.tables import STANDARDISED

DATES = frozenset(name for name, dtype in STANDARDISED.schema.items() if dtype == pl.Date)
LISTS = frozenset(name for name, dtype in STANDARDISED.schema.items() if isinstance(dtype, pl.List))


def asked_for(
    spec: LinkSpec, given: Collection[str], *, present: frozenset[str]
) -> tuple[dict[str, Comparison], tuple[Rule, ...]]:
    """The comparisons and blocking rules a hub lists.

    Args:
        spec: the hub's ``[link]``.
        given: columns of the standardised table in which some record holds a value.
        present: those with at least two different values.

    Returns:
        comparisons by column, and rules, both in the order of the hub.

    Raises:
        SpecError: a field that no source has or that is empty everywhere, a kind or part it cannot have; all in one message.

    Example:
        >>> from famlink.spec import BlockingSpec
        >>> wish = LinkSpec(blocking=(BlockingSpec(on=("surname:4", "forename")),))
        >>> asked_for(wish, ["forename", "surname"], present=frozenset())[1][0].name
        'surname:4 + forename'
    """
    faults: list[str] = []
    unknown = False
    comparisons: dict[str, Comparison] = {}
    for wanted in spec.comparison:
        if not isinstance(wanted.field, str):
            places = [_found(field, given) for field in wanted.field]
            unknown |= None in places
            lost = [
                f"no source has a field {field!r}" for field, name in zip(wanted.field, places, strict=True) if not name
            ]
            faults += [f"[[link.comparison]]: {fault}" for fault in lost]
            if places[0] and places[1]:
                far = distance(places[0], places[1])
                comparisons[far.name] = far
            continue
        name = _found(wanted.field, given)
        fault = _kind_fault(name, wanted) if name else f"no source has a field {wanted.field!r}"
        if name in comparisons:
            fault = f"{wanted.field!r} is there twice"
        unknown |= name is None
        if fault:
            faults.append(f"[[link.comparison]]: {fault}")
        elif name:
            made = requested(name, wanted.kind, term_frequency=wanted.term_frequency)
            comparisons[name] = with_dates(made, present)
    rules: list[Rule] = []
    for rule in spec.blocking:
        parts: list[str] = []
        for part in rule.on:
            full, fault = _checked(part, given)
            unknown |= not full
            parts.append(full)
            if fault:
                faults.append(f"blocking on {part!r}: {fault}")
        rules.append(Rule(tuple(parts), trains=True))
    if faults:
        raise SpecError("; ".join(dict.fromkeys(faults)) + (f"; {_existing(given)}" if unknown else ""))
    return comparisons, tuple(rules)


def _found(field: str, columns: Collection[str]) -> str | None:
    return next((name for name in (field, EXTRA + field) if name in columns), None)


def _existing(columns: Iterable[str]) -> str:
    return f"the fields that exist are {', '.join(sorted(name.removeprefix(EXTRA) for name in columns))}"


def _kind_fault(name: str, wanted: ComparisonSpec) -> str:
    """Why a field cannot be compared so; empty if it can."""
    if name in LISTS and wanted.kind != "set":
        return f'{wanted.field!r} holds several values: give kind = "set", not {wanted.kind!r}'
    if name in DATES and wanted.kind not in ("date", "category"):
        return f'{wanted.field!r} is a date: give kind = "date" or "category", not {wanted.kind!r}'
    return ""


def _checked(part: str, columns: Collection[str]) -> tuple[str, str]:
    """The full name of a part, empty where no source has its field; and what is wrong with it, empty where nothing is."""
    field, _, piece = part.partition(":")
    if part in TWO_NAMES:
        absent = [name for name in ("forename", "surname") if name not in columns]
        return ("", f"no source has a field {absent[0]!r}") if absent else (part, "")
    several = EVER.get(field, ()) if piece == "ever" else ()
    name = next((one for one in several if one in columns), None) or _found(field, columns)
    if name is None:
        return "", f"no source has a field {field!r}"
    if several:
        return part, ""
    return (f"{name}:{piece}" if piece else name), _part_fault(name, piece)


def _part_fault(name: str, piece: str) -> str:
    """Why a column cannot be blocked on by a part of it, or whole where the part is empty; empty if it can."""
    field = name.removeprefix(EXTRA)
    if name in LISTS:
        whole = [f"{known}:ever" for known, fields in EVER.items() if name in fields]
        return f"{field} holds several values; " + (f"give {whole[0]}" if whole else "block on another field")
    letters = piece == "soundex" or (piece.isdecimal() and int(piece) > 0)
    if not piece or piece in PARTS.get(name, ()) or (letters and name not in DATES):
        return ""
    known = [*PARTS.get(name, ()), *(["ever"] if name in EVER else [])]
    known += [] if name in DATES else ["soundex", "a number of first letters"]
    return f"no part {piece!r} of {field}; give " + (", ".join(known) if known else "the whole field")
