"""Data types of FHIR -> cells: references, codes in words, dates."""

from __future__ import annotations

from typing import Any

Cells = dict[str, str | None]


def dictionaries(value: Any) -> list[dict[str, Any]]:
    """The JSON objects of a value that is one, or a list of them.

    Example:
        >>> dictionaries({"a": 1}), dictionaries([{"b": 2}, "c"]), dictionaries(None)
        ([{'a': 1}], [{'b': 2}], [])
    """
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]


def text(value: Any) -> str | None:
    """A value that is text, or None."""
    return value.strip() or None if isinstance(value, str) else None


def texts(value: Any) -> list[str]:
    """The texts of a value that is one, or a list of them.

    Example:
        >>> texts(["Ann", None, " May "]), texts("Ann"), texts(True)
        (['Ann', 'May'], ['Ann'], [])
    """
    found = (text(item) for item in (value if isinstance(value, list) else [value]))
    return [item for item in found if item]


def reference(value: Any, local: dict[str, str]) -> str | None:
    """The id of the resource a reference points to.

    Example:
        >>> reference({"reference": "Patient/7"}, {}), reference({"reference": "urn:uuid:1"}, {"urn:uuid:1": "7"})
        ('7', '7')
    """
    given = text(value.get("reference")) if isinstance(value, dict) else None
    if given is None:
        return None
    return local.get(given) or given.split("/_history/")[0].rsplit("/", 1)[-1]


def words_of(holders: list[dict[str, Any]], name: str) -> str | None:
    """The words of a coded field: its text, or else each coding's display or code, with ``;`` between.

    Example:
        >>> words_of([{"type": [{"coding": [{"code": "4", "display": "A&E"}]}]}], "type")
        'A&E'
    """
    found: list[str] = []
    for holder in holders:
        for concept in dictionaries(holder.get(name)):
            plain = text(concept.get("text"))
            codings = dictionaries(concept.get("coding")) or [concept]
            said = [text(coding.get("display")) or text(coding.get("code")) for coding in codings]
            found += [plain] if plain else [word for word in said[:1] if word]
    return "; ".join(dict.fromkeys(found)) or None


def day_of(value: Any) -> tuple[str | None, str | None]:
    """A date or instant as (day, time of day).

    Example:
        >>> day_of("2024-03-01T23:40:00Z"), day_of("2024-03")
        (('2024-03-01', '23:40'), ('2024-03', None))
    """
    given = text(value)
    if given is None:
        return None, None
    day, _, time = given.partition("T")
    return day, time[:5] or None
