"""Finding in a text what may not be in it: a text that holds such a value is withheld whole."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

_LEAST_SQUEEZED = 5
_LEAST_WORD = 3
_LEAST_NUMBER = 5
_LONG = 5_000
"""Texts of more letters are looked through by polars: its start costs as much as so many letters do here."""

_PLAIN = bytes(ord(chr(code).lower()) for code in range(128)) + bytes(range(128, 256))
_NOT_PLAIN = bytes(code for code in range(128) if not chr(code).isalnum())
_DIGITS = r"[A-Za-z/_.~-]*[0-9][A-Za-z0-9/_.~-]*"
_OTHER = r"\x00-&(-,./0-9:-@\[-`{-\x7f"
_CAPITALS = rf"[^{_OTHER}\p{{Uppercase}}]*\p{{Uppercase}}[^{_OTHER}]*"
_MONTHS = {"march", "april", "may", "june", "august"}
_STREET_WORDS = {
    "road": "rd",
    "street": "st",
    "avenue": "ave",
    "close": "cl",
    "drive": "dr",
    "lane": "ln",
    "court": "ct",
    "gardens": "gdns",
    "place": "pl",
    "crescent": "cres",
    "terrace": "terr",
    "square": "sq",
    "grove": "gr",
}
_SETTING_WORDS = re.compile(
    r"\b(the|school|primary|infants?|junior|secondary|high|academy|college|nursery|surgery|practice|medical|centre|"
    r"health|c\s?of\s?e|cofe|rc|catholic)\b"
)


def squeeze(text: str) -> str:
    """Letters and digits alone, lower case, accents folded: what a value is compared as.

    Example:
        >>> squeeze("12 Élm Rd, AB1 2CD")
        '12elmrdab12cd'
    """
    # ASCII is its own decomposition, and bytes are cut ten times as fast as letters.
    plain = text if text.isascii() else unicodedata.normalize("NFKD", text).lower()
    return plain.encode("ascii", "ignore").translate(_PLAIN, _NOT_PLAIN).decode("ascii")


def runs_with_digits(texts: pl.Series) -> list[str]:
    """What stands in texts between blanks and most punctuation and has a digit: what may be a reference, whole.

    Args:
        texts: text, of any length.

    Returns:
        each such run once.

    Example:
        >>> sorted(runs_with_digits(pl.Series(["see EV-1001, and again EV-1001 of 3/5.", None])))
        ['3/5.', 'EV-1001']
    """
    return _runs(texts, _DIGITS)


def _runs(texts: pl.Series, form: str) -> list[str]:
    found = texts.str.extract_all(form).explode(empty_as_null=False, keep_nulls=False).drop_nulls().unique()
    runs: list[str] = found.to_list()
    return runs


def squeezed(column: pl.Expr) -> pl.Expr:
    """The same for a column of texts."""
    return column.str.normalize("NFKD").str.to_lowercase().str.replace_all("[^a-z0-9]", "")


def address_forms(text: str) -> set[str]:
    """The ways in which an address, or a street, may be written in a note, squeezed.

    Example:
        >>> sorted(address_forms("12 elm road"))
        ['12elmrd', '12elmroad']
    """
    plain = re.sub(r"[^a-z0-9 ]+", " ", unicodedata.normalize("NFKD", text).lower())
    words = plain.split()
    short = [_STREET_WORDS.get(word, word) for word in words]
    long = [next((full for full, cut in _STREET_WORDS.items() if cut == word), word) for word in words]
    forms = {"".join(words), "".join(short), "".join(long)}
    return {form for form in forms if len(form) >= _LEAST_SQUEEZED}


def setting_forms(text: str) -> set[str]:
    """The ways in which a school or practice may be named in a note, squeezed.

    Example:
        >>> sorted(setting_forms("Willow Road Primary School"))
        ['willowroad', 'willowroadprimaryschool']
    """
    plain = unicodedata.normalize("NFKD", text).lower()
    own = squeeze(_SETTING_WORDS.sub(" ", plain))
    forms = {squeeze(plain), own} if own else set()
    return {form for form in forms if len(form) >= _LEAST_SQUEEZED}


def phone_forms(text: str) -> set[str]:
    """A telephone number without its trunk 0 or country code.

    Example:
        >>> phone_forms("+44 7700 900123") == phone_forms("07700 900123") == {"7700900123"}
        True
    """
    digits = re.sub(r"\D", "", text)
    digits = digits.removeprefix("00").removeprefix("44").lstrip("0")
    return {digits} if len(digits) >= _LEAST_SQUEEZED + 1 else set()


@dataclass(frozen=True)
class Forbidden:
    """What may not stand in a text.

    Args:
        parts: squeezed values, found anywhere in the squeezed text.
        tokens: whole tokens (short ids), lower case.
        names: whole words, found where they are written with a capital: surnames of people who are not shown.
    """

    parts: frozenset[str] = frozenset()
    tokens: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    def __or__(self, other: Forbidden) -> Forbidden:
        return Forbidden(self.parts | other.parts, self.tokens | other.tokens, self.names | other.names)

    def __sub__(self, other: Forbidden) -> Forbidden:
        return Forbidden(self.parts - other.parts, self.tokens - other.tokens, self.names - other.names)

    def __bool__(self) -> bool:
        return bool(self.parts or self.tokens or self.names)

    def found_in(self, text: str | None) -> bool:
        """Whether a text holds any of it.

        Example:
            >>> Forbidden(parts=frozenset({"ab12cd"})).found_in("moved to AB1 2CD")
            True
            >>> Forbidden(names=frozenset({"brown"})).found_in("a brown dog"), Forbidden(
            ...     names=frozenset({"brown"})).found_in("Mr Brown called")
            (False, True)
        """
        if not text or not self:
            return False
        tight = squeeze(text)
        if len(text) > _LONG:
            return self._found_in_long(text, tight)
        if any(part in tight for part in self.parts):
            return True
        if self.tokens and not self.tokens.isdisjoint(_tokens(text)):
            return True
        return bool(self.names) and not self.names.isdisjoint(_capitalised(text))

    def _found_in_long(self, text: str, tight: str) -> bool:
        """The same in one pass for each kind of value, however many there are; only what may be one is looked at closely."""
        squeezed_text, whole = pl.Series([tight]), pl.Series([text])
        if self.parts and squeezed_text.str.contains_any(self._parts).item():
            return True
        # A token or name that stands in the text stands in it squeezed, too.
        if not self._hints:
            return False
        if "" not in self._hints and not squeezed_text.str.contains_any(self._hints).item():
            return False
        if self.tokens:
            near = " ".join(runs_with_digits(whole)) if self._numbered else text
            if not self.tokens.isdisjoint(_tokens(near)):
                return True
        return bool(self.names) and not self.names.isdisjoint(_capitalised(" ".join(_runs(whole, _CAPITALS))))

    @cached_property
    def _parts(self) -> list[str]:
        return sorted(self.parts)

    @cached_property
    def _hints(self) -> list[str]:
        return sorted({squeeze(value) for value in (*self.tokens, *self.names)})

    @cached_property
    def _numbered(self) -> bool:
        """Whether every token has a digit, as those of references have."""
        return all(any(letter in "0123456789" for letter in token) for token in self.tokens)


def _tokens(text: str) -> set[str]:
    found = re.findall(r"[A-Za-z0-9][A-Za-z0-9/_.~-]*", text)
    return {token.lower().rstrip("._-/") for token in found} | {
        part.lower() for token in found for part in re.split(r"[/_.~]", token) if part
    }


def _capitalised(text: str) -> set[str]:
    """Words written with a capital, without a possessive ending; of a double name, its parts too."""
    found: set[str] = set()
    for word in re.findall(r"[^\W\d_](?:[^\W\d_]|['\u2019-])+", text):
        plain = re.sub(r"['\u2019]s?$", "", word)
        for part in (word, plain, *plain.split("-")):
            if part[:1].isupper() and len(part) >= _LEAST_WORD:
                found.add(squeeze(part))
    return found


@dataclass
class Gathered:
    """Values being gathered before they are frozen as :class:`Forbidden`."""

    parts: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def reference(self, text: str | None) -> None:
        """A record id, event id or reference: long ones are found anywhere, short ones as whole tokens.

        A bare number of fewer than five digits is left out: in a note it is an age, a house or a year.
        """
        tight = squeeze(text or "")
        if (
            not text
            or not any(letter.isdigit() for letter in tight)
            or (tight.isdigit() and len(tight) < _LEAST_NUMBER)
        ):
            return
        if len(tight) > _LEAST_SQUEEZED:
            self.parts.add(tight)
        elif len(tight) >= _LEAST_WORD - 1:
            self.tokens.add(text.strip().lower())

    def values(self, texts: Iterable[str | None]) -> None:
        """Values found anywhere in a text, squeezed, where they are long enough to mean something."""
        for text in texts:
            if text and len(tight := squeeze(text)) >= _LEAST_SQUEEZED:
                self.parts.add(tight)

    def full_name(self, forename: str | None, surname: str | None) -> None:
        """A name in either order."""
        first, last = squeeze(forename or ""), squeeze(surname or "")
        if first and last and len(first + last) > _LEAST_SQUEEZED:
            self.parts |= {first + last, last + first}

    def word(self, text: str | None) -> None:
        """A name as a whole word; one that is a month would be found in every date, and is left to the full name."""
        if text and len(tight := squeeze(text)) >= _LEAST_WORD and tight not in _MONTHS:
            self.names.add(tight)

    def frozen(self) -> Forbidden:
        """What was gathered."""
        return Forbidden(frozenset(self.parts), frozenset(self.tokens), frozenset(self.names))
