"""What the chronology does with a kind of event: its words, its themes and whether it is a key event."""

from __future__ import annotations

_THEMES = {"domestic-abuse": ("domestic abuse",), "attendance": ("education",), "referral": ("referrals",)}
_KEY = {"domestic-abuse", "referral", "s47-enquiry", "child-protection-plan", "order", "death", "child-in-need-plan"}


def kind_words(kind: str) -> str:
    """A kind for people."""
    return kind.replace("-", " ").replace("_", " ")


def themes(kind: str) -> tuple[str, ...]:
    """The themes a kind belongs to."""
    return _THEMES.get(kind, ())


def is_key(kind: str) -> bool:
    """Whether a kind is a key event."""
    return kind in _KEY


def all_themes() -> tuple[str, ...]:
    """Every theme."""
    return tuple(sorted({theme for found in _THEMES.values() for theme in found}))


def is_referral(kind: str) -> bool:
    """Whether a kind asks an agency to act for a child."""
    return kind == "referral"
