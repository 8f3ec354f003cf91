"""What one person is to another: the registry of kinds, and the many words agencies use for them.

A relationship is read as *what the other person is to the record*: ``mother`` on a child's row says that the other person
is the child's parent. The words are data (``relationships.toml``); this module only reads them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

_DATA = Path(__file__).with_name("relationships.toml")

QUALIFIERS = (
    "birth",
    "adoptive",
    "step",
    "foster",
    "presumed",
    "full",
    "half",
    "identical",
    "twin",
    "great",
    "second",
    "civil",
    "maternal",
    "paternal",
)
"""Every qualifier, in the order in which several of them are written: ``half maternal``."""

_CHANGES: dict[str, dict[str, str]] = {
    "ex": {"partner": "ex-partner", "spouse": "ex-spouse"},
    "grand": {"parent": "grandparent", "child": "grandchild"},
    "great": {"grandparent": "great-grandparent", "grandchild": "great-grandchild"},
    "in-law": {"parent": "parent-in-law", "child": "child-in-law", "sibling": "sibling-in-law"},
    "unborn": {"child": "unborn child", "parent": "parent of unborn"},
    "expectant": {"child": "unborn child", "parent": "parent of unborn"},
    "foster": {"carer": "foster carer"},
}
"""What a mark makes of a kind; a mark that changes no kind is a qualifier."""

_ONLY_CHANGE = {"ex", "grand", "in-law", "unborn", "expectant"}
_NOT_WORDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Relationship:
    """What a text says the other person is to the record.

    Args:
        kind: neutral registry word: ``parent``, ``sibling``, ``foster carer`` ...
        qualifier: ``birth``, ``half maternal`` ...; empty where none.
        sex_of_relative: ``female`` or ``male`` where the word says it; else None.
        known: whether the registry knows the text; an unknown text has kind ``other``.
    """

    kind: str
    qualifier: str = ""
    sex_of_relative: str | None = None
    known: bool = True


@dataclass(frozen=True)
class Kind:
    """One kind of the registry.

    Args:
        name: the neutral word.
        inverse: what the record is then to the other.
        group: ``blood`` kinds exclude each other; ``couple``, ``kin``, ``affinity``, ``care``, ``social``, ``professional``,
            ``none``.
        means: the kind a relation is kept under (``unborn child`` is kept as ``child``).
        female: the word for a female relative.
        male: the word for a male relative.
        neutral: the word where the sex is not recorded.
    """

    name: str
    inverse: str
    group: str
    means: str
    female: str
    male: str
    neutral: str

    def word(self, sex: str | None) -> str:
        """The word for a relative of this sex."""
        return {"female": self.female, "male": self.male}.get(sex or "", self.neutral)


UNKNOWN_TEXT = Relationship("other", "", None, known=False)
"""What a text outside the registry is read as; the text itself is kept with the claim and reported."""


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """The registry.

    Returns:
        name -> :class:`Kind`.

    Example:
        >>> kinds()["parent"].inverse, kinds()["unborn child"].means, kinds()["sibling"].word("female")
        ('child', 'child', 'sister')
    """
    return {
        name: Kind(
            name=name,
            inverse=row["inverse"],
            group=row["group"],
            means=row.get("means", name),
            female=row["female"],
            male=row["male"],
            neutral=row["neutral"],
        )
        for name, row in _data()["kind"].items()
    }


def inverse(kind: str) -> str:
    """What the record is to the other, given what the other is to the record.

    Args:
        kind: a registry word.

    Returns:
        the inverse kind; the qualifier stays the same both ways.

    Raises:
        KeyError: the word is not in the registry.

    Example:
        >>> inverse("parent"), inverse("sibling"), inverse(inverse("special guardian"))
        ('child', 'sibling', 'special guardian')
    """
    return kinds()[kind].inverse


def join_qualifiers(parts: Iterable[str]) -> str:
    """Write several qualifiers as one text, always in the same order.

    Args:
        parts: qualifiers; empty ones and repeats are left out.

    Returns:
        the qualifiers with a space between.

    Example:
        >>> join_qualifiers(["maternal", "half"]), join_qualifiers([])
        ('half maternal', '')
    """
    wanted = {part for part in parts if part}
    return " ".join(name for name in QUALIFIERS if name in wanted)


@lru_cache(maxsize=65536)
def read_relationship(text: str) -> Relationship:
    """Read an agency's word or code for what the other person is to the record.

    Case, spaces, punctuation and accents do not matter. A pair of roles (``Mother : Unborn Child``) is read by its first
    half, which names the other person.

    Args:
        text: the agency's words.

    Returns:
        kind, qualifier and the sex the word implies; an unknown text gives kind ``other`` with known False.

    Example:
        >>> read_relationship("Half-Brother")
        Relationship(kind='sibling', qualifier='half', sex_of_relative='male', known=True)
        >>> read_relationship("Mother : Unborn Child").kind, read_relationship("MGM").qualifier
        ('parent of unborn', 'maternal')
        >>> read_relationship("keeps the goldfish").known
        False
    """
    first, _, second = text.partition(":")
    words, record = _plain(first), _plain(second)
    if not words:
        written = any(character.isalnum() for character in text)
        return UNKNOWN_TEXT if written else Relationship("unknown")
    found = _read(words)
    if found is None:
        return UNKNOWN_TEXT
    if found.kind == "parent" and record:
        of = _read(record)
        if of is not None and of.kind == "unborn child":
            return Relationship("parent of unborn", found.qualifier, found.sex_of_relative)
    return found


def read_relationships(texts: pl.Series) -> pl.DataFrame:
    """Read every distinct text of a column once.

    Args:
        texts: agencies' words; nulls are left out.

    Returns:
        one row a distinct text: ``words``, ``kind``, ``qualifier``, ``sex_of_relative``, ``known``.

    Example:
        >>> read_relationships(pl.Series(["Mum", "Mum", "SON"])).select("words", "kind", "sex_of_relative").rows()
        [('Mum', 'parent', 'female'), ('SON', 'child', 'male')]
    """
    unique = texts.drop_nulls().unique().sort().to_list()
    read = [read_relationship(text) for text in unique]
    return pl.DataFrame(
        {
            "words": unique,
            "kind": [item.kind for item in read],
            "qualifier": [item.qualifier for item in read],
            "sex_of_relative": [item.sex_of_relative for item in read],
            "known": [item.known for item in read],
        },
        schema={
            "words": pl.String,
            "kind": pl.String,
            "qualifier": pl.String,
            "sex_of_relative": pl.String,
            "known": pl.Boolean,
        },
    )


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    return _NOT_WORDS.sub(" ", folded.replace("'", "").replace("\N{RIGHT SINGLE QUOTATION MARK}", "")).strip()


@lru_cache(maxsize=1)
def _closed_forms() -> dict[str, list[str]]:
    """Whole texts and the registry's own words, also by their spelling without spaces."""
    forms: dict[str, list[str]] = {}
    for name, kind in kinds().items():
        for text in (name, kind.neutral):
            forms.setdefault(_plain(text), [name, "", ""])
    for text, row in _data()["form"].items():
        forms.setdefault(text.replace(" ", ""), row)
    forms.update(_data()["form"])
    return forms


def _read(words: str) -> Relationship | None:
    """Look the whole text up, then take it apart into one head and its marks."""
    forms = _closed_forms()
    row = forms.get(words) or forms.get(words.replace(" ", ""))
    if row is not None:
        return Relationship(row[0], row[1], row[2] or None)
    parts = _split(words)
    return None if parts is None else _compose(*parts)


def _split(words: str) -> tuple[str, str, list[str]] | None:
    """Split a text into (kind, sex, marks); None unless it holds exactly one head and nothing unknown."""
    heads, marks = _data()["head"], _data()["mark"]
    kind, sex, found = "", "", []
    tokens = words.replace("in law", "inlaw").split()
    for place, token in enumerate(tokens):
        for part in _unglue(token):
            # "twin brother": a twin beside another head is a mark; "twin" alone is the head.
            is_mark = part in marks and (part not in heads or bool(kind) or place + 1 < len(tokens))
            if is_mark:
                found.append(marks[part])
            elif part in heads and not kind:
                kind, implied = heads[part]
                sex = implied or sex
                if part in marks:
                    found.append(marks[part])
            elif part in {"m", "male", "man"} or part in {"f", "female", "woman"}:
                sex = sex or ("male" if part.startswith("m") else "female")
            elif not part.isdigit():
                return None
    return (kind, sex, found) if kind else None


def _unglue(token: str) -> list[str]:
    """``stepdad`` -> step, dad; a token the registry knows stays whole."""
    heads, marks = _data()["head"], _data()["mark"]
    if token in heads or token in marks:
        return [token]
    for mark in ("great", "grand", "step", "half", "foster", "birth", "ex", "twin"):
        rest = token.removeprefix(mark)
        if rest != token and rest:
            deeper = _unglue(rest)
            if deeper != [rest] or rest in heads or rest in marks:
                return [mark, *deeper]
    rest = token.removesuffix("inlaw")
    if rest != token and rest in heads:
        return [rest, "inlaw"]
    # "adoptivemother"-like runs and plurals
    return [token[:-1]] if token.endswith("s") and token[:-1] in heads else [token]


def _compose(kind: str, sex: str, marks: list[str]) -> Relationship | None:
    qualifiers: list[str] = []
    # "grand" comes before "great": great + grand + mother is great of (grand of mother).
    for mark in sorted(marks, key=("grand", "great").__contains__):
        changed = _CHANGES.get(mark, {}).get(kind)
        if changed is not None:
            kind = changed
        elif mark == "in-law":
            kind = "relative"
        elif mark not in _ONLY_CHANGE:
            qualifiers.append(mark)
    if "twin" in qualifiers and kind != "sibling":
        return None
    return Relationship(kind, join_qualifiers(qualifiers), sex or None)
