"""One name as written -> the words compared: the rules for a single forename, surname or list of names.

Particles are joined to the word they belong to (van der Berg -> vanderberg, Mc Donald -> mcdonald, Abdul Rahman ->
abdulrahman), because agencies space them as they please. A hyphen becomes a space: both halves of a double-barrelled
name are kept. Apostrophes go. Titles and Jnr or Snr go. 0 and 1 inside a word of letters are read as letters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from famlink.standardisation.folding import fold
from famlink.vocabulary.placeholders import (
    COMPANY_WORDS,
    ERROR_PREFIXES,
    EXECUTORS,
    NO_FORENAME,
    NO_NAME,
    NO_SURNAME,
    SUFFIXES,
    TITLES,
    UNBORN,
    UNNAMED_CHILD,
)

PLACEHOLDER = "placeholder"
PLACEHOLDER_CHILD = "placeholder: child not named"
PLACEHOLDER_UNBORN = "placeholder: unborn"
COMPANY = "an organisation"
PREFIX = "prefix removed"
TITLE = "title removed"
SUFFIX = "suffix removed"
DIGITS = "digits read as letters"
DIGITS_GONE = "digits removed"
EXECUTOR = "named through executors"
SPLIT = "split from a combined name"
BRACKETS = "words in brackets removed"
NOTHING = "no letters"

SURNAME_PARTICLES = frozenset(
    [
        "o",
        "mc",
        "mac",
        "van",
        "von",
        "der",
        "den",
        "de",
        "del",
        "della",
        "di",
        "da",
        "dos",
        "das",
        "du",
        "la",
        "le",
        "el",
        "al",
        "ul",
        "ben",
        "bin",
        "ibn",
        "abu",
        "abd",
        "abdul",
        "st",
        "ap",
        "ter",
        "ten",
        "fitz",
        "san",
        "santa",
    ]
)
FORENAME_PARTICLES = frozenset(["al", "el", "ul", "ur", "abd", "abdul", "abdel", "abdal", "abu", "ibn", "bin"])
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]|\"[^\"]*\"|\([^)]*$")
_BREAK = re.compile(r"[\s.,/\\&+:;!?*#%|<>=@_~^$\u00a3()\[\]{}\"]+")
_CHILD = tuple(sorted(UNNAMED_CHILD, key=len, reverse=True))
_CHILD_WORDS = frozenset(
    [
        "of",
        "boy",
        "girl",
        "male",
        "female",
        "one",
        "two",
        "three",
        "child",
        "baby",
        "infant",
        "twin",
        "unborn",
        "a",
        "b",
        "c",
        "i",
        "ii",
        "iii",
    ]
)


@dataclass(frozen=True)
class Name:
    """A cleaned name.

    Args:
        value: the name itself.
        rest: further given names.
        other: the name of the other field, where this cell held both.
        reasons: what was done to it.
    """

    value: str | None = None
    rest: str | None = None
    other: str | None = None
    reasons: tuple[str, ...] = ()


def clean_forename(text: str) -> Name:
    """Clean a forename; further given names in the cell are the rest.

    Args:
        text: the cell.

    Returns:
        the first given name, the further ones, and a surname where the cell named a child by it (BABY SMITH).

    Example:
        >>> clean_forename("Mr JEAN-PAUL Marie").value, clean_forename("Mr JEAN-PAUL Marie").rest
        ('jean paul', 'marie')
        >>> clean_forename("BABY SMITH")
        Name(value=None, rest=None, other='smith', reasons=('placeholder: child not named',))
    """
    plain, done = _unprefixed(fold(text))
    if plain in NO_FORENAME:
        return Name(reasons=(*done, PLACEHOLDER))
    child = _unnamed_child(plain)
    if child is not None:
        return replace(child, reasons=(*done, *child.reasons))
    words, more = _words(plain, FORENAME_PARTICLES)
    done += more
    if not words or (len(words) == 1 and words[0] in TITLES):
        return Name(reasons=(*done, NOTHING if not words else PLACEHOLDER))
    return Name(words[0], " ".join(words[1:]) or None, None, done)


def clean_surname(text: str, *, alone: bool = False) -> Name:
    """Clean a surname.

    Args:
        text: the cell.
        alone: whether the forename's own cell is empty, so that a combined name is taken apart.

    Returns:
        the surname; where the cell held a whole name (``Turing, MR Alan Mathison``), the forename as ``other`` and the
        further given names as ``rest``.

    Example:
        >>> clean_surname("O'BRIEN").value, clean_surname("van der Berg").value, clean_surname("SM0LLETT-1EWIS").value
        ('obrien', 'vanderberg', 'smollett lewis')
        >>> name = clean_surname("Turing, MR Alan Mathison", alone=True)
        >>> name.value, name.other, name.rest
        ('turing', 'alan', 'mathison')
    """
    plain, done = _unprefixed(fold(text))
    plain, executors = _unexecuted(plain)
    done += executors
    tokens = _BREAK.sub(" ", plain).split()
    if plain in NO_SURNAME:
        return Name(reasons=(*done, PLACEHOLDER))
    if len(tokens) > 1 and tokens[-1] in COMPANY_WORDS:
        return Name(reasons=(*done, COMPANY))
    child = _unnamed_child(plain)
    if child is not None:
        return Name(child.other, None, None, (*done, *child.reasons))
    family, comma, given = plain.partition(",")
    if comma and family.strip() and given.strip():
        return _combined(family, given, done, alone=alone)
    titled = len(tokens) > 2 and tokens[0] in TITLES
    whole = _family(plain, done, whole=bool(executors) or (alone and titled))
    return whole if alone else replace(whole, rest=None, other=None)


def clean_words(text: str) -> Name:
    """Clean a middle name, former surname or alias, which may have several words.

    Example:
        >>> clean_words("Mc Donald").value
        'mcdonald'
    """
    plain, done = _unprefixed(fold(text))
    if plain in NO_NAME:
        return Name(reasons=(*done, PLACEHOLDER))
    words, more = _words(plain, SURNAME_PARTICLES)
    return Name(" ".join(words) or None, None, None, (*done, *more, *(() if words else (NOTHING,))))


def _combined(family: str, given: str, done: tuple[str, ...], *, alone: bool) -> Name:
    surname, more = _words(family, SURNAME_PARTICLES)
    if not alone:
        return Name(" ".join(surname) or None, None, None, (*done, *more, SPLIT))
    first = clean_forename(given)
    return Name(" ".join(surname) or None, first.rest, first.value, (*done, *more, *first.reasons, SPLIT))


def _family(plain: str, done: tuple[str, ...], *, whole: bool) -> Name:
    """A surname, or a whole name in the order it is spoken."""
    words, more = _words(plain, SURNAME_PARTICLES)
    done += more
    if whole and len(words) > 1:
        return Name(words[-1], " ".join(words[1:-1]) or None, words[0], (*done, SPLIT))
    return Name(" ".join(words) or None, None, None, done if words else (*done, NOTHING))


def _unprefixed(plain: str) -> tuple[str, tuple[str, ...]]:
    """Take off what systems write before a name, and what stands in brackets."""
    done: tuple[str, ...] = ()
    bare = plain.replace("%", " ").replace("_", " ").strip() if "_" in plain or "%" in plain else plain
    for prefix in ERROR_PREFIXES:
        words = prefix.replace("_", " ")
        if bare.startswith(words + " ") and bare not in NO_NAME:
            bare, done = bare[len(words) :].strip(), (PREFIX,)
    if "(" in bare or "[" in bare or '"' in bare:
        without = " ".join(_BRACKETS.sub(" ", bare).split())
        if without and without != bare:
            bare, done = without, (*done, BRACKETS)
    return bare.strip(" *.-?"), done


def _unexecuted(plain: str) -> tuple[str, tuple[str, ...]]:
    for words in EXECUTORS:
        if plain.startswith(words + " "):
            inner, _ = _unexecuted(plain[len(words) :].strip())
            return inner, (EXECUTOR,)
    return plain, ()


def _unnamed_child(plain: str) -> Name | None:
    """Read BABY SMITH, TWIN 1, UNBORN: no forename, and the family's name where one follows."""
    for word in _CHILD:
        if plain != word and not plain.startswith((word + " ", word + "/")):
            continue
        reason = PLACEHOLDER_UNBORN if plain.startswith(UNBORN) else PLACEHOLDER_CHILD
        after = plain[len(word) :]
        words, _ = _words(after, SURNAME_PARTICLES)
        names = [item for item in words if item not in _CHILD_WORDS]
        if "of" in words or word in {"b/o", "baby of"}:
            names = names[-1:]
        return Name(None, None, " ".join(names) or None, (reason,))
    return None


def _words(plain: str, particles: frozenset[str]) -> tuple[list[str], tuple[str, ...]]:
    """The words of a name, particles joined, hyphens as spaces inside a word, and what was done."""
    done: tuple[str, ...] = ()
    words = [word.strip("-") for word in _BREAK.sub(" ", plain.replace("'", "")).split()]
    while len(words) > 1 and words[0] in TITLES:
        words, done = words[1:], (TITLE,)
    while len(words) > 1 and words[-1] in SUFFIXES:
        words, done = words[:-1], (*done, SUFFIX)
    out: list[str] = []
    for word in words:
        halves = []
        for half in word.split("-"):
            letters, how = _letters(half)
            done += how
            halves += [letters] if letters else []
        joined = _joined(halves, particles)
        if joined:
            out.append(" ".join(joined))
    return _joined(out, particles), tuple(dict.fromkeys(done))


def _joined(words: list[str], particles: frozenset[str]) -> list[str]:
    out: list[str] = []
    front = ""
    for place, word in enumerate(words):
        if word in particles and place < len(words) - 1:
            front += word
        else:
            out.append(front + word)
            front = ""
    return out


def _letters(word: str) -> tuple[str, tuple[str, ...]]:
    """Read 0 as o and 1 as l inside letters (as i between consonants); take other digits out."""
    if not any(mark.isdigit() for mark in word):
        return word, ()
    if not any(mark.isalpha() for mark in word):
        return "", (DIGITS_GONE,)
    if set(re.sub(r"\D", "", word)) <= {"0", "1"}:
        out = ""
        for place, mark in enumerate(word):
            around = out[-1:] + word[place + 1 : place + 2]
            lone = len(around) == 2 and not set(around) & set("aeiouy01")
            out += {"0": "o", "1": "i" if lone else "l"}.get(mark, mark)
        return out, (DIGITS,)
    return re.sub(r"\d", "", word), (DIGITS_GONE,)
