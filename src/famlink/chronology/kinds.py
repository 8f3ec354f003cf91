"""What the chronology does with a kind of event: its words, its themes, and whether it is counted or a key event."""

from __future__ import annotations

from famlink.vocabulary.events import UNMAPPED, Crosswalk, EventKind, crosswalk

_WORDS = {
    "emergency-attendance": "A&E attendance",
    "marac": "MARAC",
    "arrears": "rent arrears",
    UNMAPPED: "kind not in the shared vocabulary",
}
_ALSO_COUNTED = frozenset(
    {"emergency-attendance", "hospital-admission", "police-attendance", "missed-appointment", "attendance"}
    | {"concern-for-child", "school-concern"}
)
_NOT_INCIDENTS = frozenset({"birth", "death", "eviction"})
REFERRALS = frozenset({"referral"})
"""Kinds that ask children's services to act; a contact or a referral to another service is none."""


def kind_words(kind: str) -> str:
    """Write a kind for people.

    Args:
        kind: a kind of the event vocabulary, or a partnership's own.

    Returns:
        plain words.

    Example:
        >>> kind_words("s47-enquiry"), kind_words("emergency-attendance")
        ('s47 enquiry', 'A&E attendance')
    """
    return _WORDS.get(kind, kind.replace("-", " ").replace("_", " "))


def themes(kind: str, category: str | None = None, *, words: Crosswalk | None = None) -> tuple[str, ...]:
    """Find the themes an account belongs to.

    Args:
        kind: its mapped kind.
        category: the agency's own word, which may name what a response was about.
        words: the crosswalk; the shipped one by default.

    Returns:
        the kind's theme, then that of the category where it differs; none for an unmapped kind.

    Example:
        >>> themes("referral", "Referral - neglect")
        ('referrals', 'neglect')
    """
    known = _kind(kind, words)
    if known is None or kind == UNMAPPED:
        return ()
    read = (words or crosswalk()).read(category) if category is not None else None
    also = read.theme if read is not None and read.kind == kind else known.theme
    return tuple(dict.fromkeys((known.theme, also)))


def is_key(kind: str, *, words: Crosswalk | None = None) -> bool:
    """Say whether a kind belongs in a chronology of key events.

    Args:
        kind: a mapped kind.
        words: the crosswalk; the shipped one by default.

    Returns:
        whether it does.

    Example:
        >>> is_key("s47-enquiry"), is_key("visit")
        (True, False)
    """
    known = _kind(kind, words)
    return known is not None and known.key


def is_counted(kind: str, *, words: Crosswalk | None = None) -> bool:
    """Say whether a meeting is told how often a kind of event is recorded.

    Args:
        kind: a mapped kind.
        words: the crosswalk; the shipped one by default.

    Returns:
        whether it is a key event, something that happened, or one of a few services' entries that repeat.
    """
    known = _kind(kind, words)
    return known is not None and (known.key or known.stage == "happening" or kind in _ALSO_COUNTED)


def stage(kind: str, *, words: Crosswalk | None = None) -> str:
    """Say what a kind of event is to the family.

    Args:
        kind: a mapped kind.
        words: the crosswalk; the shipped one by default.

    Returns:
        happening, account, response, routine or unmapped.
    """
    known = _kind(kind, words)
    return known.stage if known is not None else UNMAPPED


def unit(kind: str, *, words: Crosswalk | None = None) -> str:
    """Name what one event of a kind is when counted.

    Args:
        kind: a mapped kind.
        words: the crosswalk; the shipped one by default.

    Returns:
        ``incident`` for what happened to people, ``entry`` for the rest.
    """
    known = _kind(kind, words)
    happened = known is not None and known.stage == "happening" and known.family not in _NOT_INCIDENTS
    return "incident" if happened else "entry"


def in_order(words: Crosswalk | None = None) -> tuple[str, ...]:
    """List the kinds in the order of the vocabulary: what happened, then what was told, then what was done.

    Args:
        words: the crosswalk; the shipped one by default.

    Returns:
        names of kinds.
    """
    return tuple((words or crosswalk()).kinds)


def all_themes(words: Crosswalk | None = None) -> tuple[str, ...]:
    """List every theme a chronology can be filtered by.

    Args:
        words: the crosswalk; the shipped one by default.

    Returns:
        themes, sorted.
    """
    return tuple(sorted({kind.theme for kind in (words or crosswalk()).kinds.values()} - {UNMAPPED}))


def _kind(kind: str, words: Crosswalk | None) -> EventKind | None:
    return (words or crosswalk()).kinds.get(kind)
