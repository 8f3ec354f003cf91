"""Blocking rules a hub could add: parts of its fields combined until they give few enough pairs to compare."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from famlink.linkage.blocking import pairs_of
from famlink.linkage.library import IDENTIFIERS
from famlink.linkage.model import Rule
from famlink.schema import EXTRA

PIECES = {
    "forename": ("", "3", "1", "soundex"),
    "surname": ("", "4", "1", "soundex"),
    "middle_names": ("",),
    "date_of_birth": ("", "year", "year_month", "month_day"),
    "postcode": ("", "sector", "outcode"),
    "street": ("",),
    "house_number": ("",),
    "uprn": ("",),
    "email": ("",),
    "school": ("",),
    "gp_practice": ("",),
    **dict.fromkeys(IDENTIFIERS, ("",)),
}
"""Parts tried of each field; of an agency's own column, the whole. Lists (``surname:ever``) are left to the hub."""

MOST_PARTS = 3


def parts_to_try(present: Iterable[str]) -> tuple[str, ...]:
    """Parts of the fields a hub has.

    Args:
        present: columns of the standardised table with at least two different values.

    Returns:
        the parts, in order.

    Example:
        >>> parts_to_try(["surname", "extra.town", "aliases"])
        ('surname', 'surname:4', 'surname:1', 'surname:soundex', 'extra.town')
    """
    here = set(present)
    known = [
        f"{field}:{piece}" if piece else field for field, some in PIECES.items() for piece in some if field in here
    ]
    return (*known, *sorted(name for name in here if name.startswith(EXTRA)))


def combined(keys: Mapping[str, NDArray[Any]], *, most: int, already: Sequence[Rule] = ()) -> list[tuple[Rule, int]]:
    """Combine parts into rules of one to three.

    A rule that gives few enough pairs is taken; one that gives too many is tried again with another part. What a taken
    rule gives, every longer rule with its parts gives less of, so those are not looked at.

    Args:
        keys: part -> its number for each record, -1 missing.
        most: pairs a rule may give.
        already: rules there are, which are not taken again.

    Returns:
        each rule and the exact number of its pairs, those of fewer parts first; rules that give no pair are left out.
    """
    known = {frozenset(rule.on) for rule in already}
    taken: list[tuple[Rule, int]] = []
    crowded: set[frozenset[str]] = {frozenset()}
    for size in range(1, MOST_PARTS + 1):
        over: set[frozenset[str]] = set()
        for on in itertools.combinations(keys, size):
            fields = {part.partition(":")[0] for part in on}
            if len(fields) < size or not all(
                frozenset(less) in crowded for less in itertools.combinations(on, size - 1)
            ):
                continue
            pairs = pairs_of([keys[part] for part in on])
            if pairs > most:
                over.add(frozenset(on))
            elif pairs and frozenset(on) not in known:
                taken.append((Rule(on), pairs))
        crowded = over
    return taken
