"""What kind of information something is, to a policy: the category of an event, of a field, and an agency's own marking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from famlink.sharing.policy import UNMAPPED
from famlink.vocabulary.events import Crosswalk, agency_kinds, crosswalk, plain

CLOSED = ("sexual-health", "termination", "refuge")
"""Categories that no basis opens by itself; their words close an event even where another word names its kind."""

HOUSEHOLD_FIELDS = ("uprn", "address", "postcode", "phone", "email", "address_from", "address_to", "household_id")
"""Canonical fields of the policy category ``household``; the others are of ``identity``, extras are ``unmapped``."""

HOUSEHOLD_CLEANED = (*HOUSEHOLD_FIELDS, "house_number", "street", "outcode", "sector", "phones")
"""The same in ``standardised``."""

OPEN_MARKINGS = [
    "none",
    "no",
    "normal",
    "standard",
    "routine",
    "official",
    "low",
    "green",
    "public",
    "0",
    "false",
    "n",
    "nil",
    "not-sensitive",
    "official-sensitive",
    "unrestricted",
]
"""An agency's own markings that add nothing to the policy."""

GUARDED_MARKINGS = ["sensitive", "confidential", "high", "medium", "amber", "restricted", "yes", "y", "1", "true"]
"""Markings that close an event to every basis but s47 (and made-up people)."""


@dataclass(frozen=True)
class EventCategory:
    """What one agency's word is to a policy.

    Args:
        kind: event kind.
        policy: policy category.
        lifelong: whether no relevance window may hide it.
    """

    kind: str
    policy: str
    lifelong: bool


def event_categories(
    events: pl.DataFrame, *, words: Crosswalk | None = None
) -> Mapping[tuple[str, str | None], EventCategory]:
    """Read every distinct word of every agency once.

    Args:
        events: ``agency`` and ``category``, the agencies' own words.
        words: the crosswalk; the shipped one by default.

    Returns:
        (agency, word) -> category; a word that names a closed category anywhere is of that category.

    Example:
        >>> said = pl.DataFrame({"agency": ["gp"], "category": ["Referral - sexual health clinic"]})
        >>> event_categories(said)["gp", "Referral - sexual health clinic"].policy
        'sexual-health'
    """
    read = agency_kinds(events.select("agency", "category").unique().sort("agency", "category"), words=words)
    rows = read.select("agency", "category", "kind", "policy", "lifelong").iter_rows()
    return {
        (agency, word): EventCategory(kind, _closed(word) or policy, lifelong)
        for agency, word, kind, policy, lifelong in rows
    }


def marking(sensitivity: str | None) -> str:
    """What an agency's own marking asks for.

    Args:
        sensitivity: the marking as written.

    Returns:
        ``open``, ``guarded`` (s47 only) or ``closed`` (any other word, which nobody but a person can weigh).

    Example:
        >>> marking(None), marking("OFFICIAL-SENSITIVE"), marking("Confidential"), marking("third party - do not share")
        ('open', 'open', 'guarded', 'closed')
    """
    word = re.sub(r"[\s_-]+", "-", (sensitivity or "").strip().lower())
    if not word or word in OPEN_MARKINGS:
        return "open"
    return "guarded" if word in GUARDED_MARKINGS else "closed"


def field_category(name: str) -> str:
    """The policy category of a column of a record.

    Example:
        >>> field_category("surname"), field_category("postcode"), field_category("extra.ward")
        ('identity', 'household', 'unmapped')
    """
    if name.startswith("extra."):
        return UNMAPPED
    return "household" if name in HOUSEHOLD_CLEANED else "identity"


def _closed(word: str | None) -> str | None:
    words = plain(word or "")
    if words in crosswalk().words:
        return None
    tokens = f" {words} "
    return next((policy for phrase, policy in _closed_phrases() if f" {phrase} " in tokens), None)


@lru_cache(maxsize=1)
def _closed_phrases() -> tuple[tuple[str, str], ...]:
    table = crosswalk()
    of_kind = {name: kind.policy for name, kind in table.kinds.items() if kind.policy in CLOSED}
    # A code of one or two letters means something alone, not inside a sentence.
    return tuple(
        sorted((text, of_kind[kind]) for text, kind in table.words.items() if kind in of_kind and len(text) > 2)
    )
