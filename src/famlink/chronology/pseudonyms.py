"""Names out of a chronology and back: for teaching, supervision and reviews that need no identities."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import polars as pl

from famlink.chronology.lines import SEE_ACCOUNTS
from famlink.chronology.words import NOT_RECORDED
from famlink.sharing.released import Released

_NAMES = ("forename", "middle_names", "surname", "former_surnames", "aliases")
_PLACES = {"address": "Address", "postcode": "Postcode", "school": "School", "phone": "Phone", "email": "Email"}
_NUMBERS = ("nhs_number", "upn", "uln", "ni_number", "pnc", "cro")
_TEXT = (
    *("who", "what_happened", "category", "reference", "who_knew", "action_taken", "outcome", "child_seen", "note"),
    *("entered_by", "age"),
)
_LEAST = 2
_NO_PLACE = (NOT_RECORDED, SEE_ACCOUNTS, "not applicable")
_MARKS = ("Person", "Site", *_PLACES.values())
_MONTHS = frozenset({"may", "april", "june", "august", "jan", "mar"})
_COMMON = frozenset(
    {"will", "may", "mark", "hope", "an", "so", "in", "do", "my", "no", "to", "he", "she", "we", "see", "not", "known"}
    | {"unknown", "baby", "unborn", "long", "young", "day", "small", "short", "good", "best", "case", "church", "court"}
    | {"park", "price", "brown", "white", "black", "green", "north", "west", "hill", "wood", "field"}
    | {"van", "der", "den", "de", "la", "le", "al", "el", "bin"}
)
"""Names that are words of every report too: written in small letters they are left as words."""


def anonymise(table: pl.DataFrame, released: Released) -> tuple[pl.DataFrame, dict[str, str]]:
    """Replace the names, addresses and numbers of released people by labels.

    A name is found whole, in any mixture of capitals, before a possessive, in a name joined by a hyphen, and however its
    letters with marks are encoded; never inside another word. One that is an ordinary word too (``will``, ``may``) is
    left where it stands in small letters or as the month of a date. Only values the released rows hold are known here: a
    nickname a source uses in its prose alone stays, so a person must read the result before it leaves. ``record``,
    ``event`` and ``source`` keep the agencies' ids.

    Args:
        table: a chronology.
        released: what it was made from.

    Returns:
        the chronology with labels such as ``[Person 1]``, and the key: label -> words. Keep the key apart.
    """
    texts = {text for name in _TEXT for text in table[name].unique()}
    texts |= set(table["notes"].explode(empty_as_null=False).unique())
    # A source that writes labels itself gets other labels: restoring must change no word of its own.
    mark = ""
    while any(f"[{name}{mark} " in text for text in texts for name in _MARKS):
        mark += "'"
    labels = _labels(released, mark)
    pattern = _pattern(labels)
    key: dict[str, str] = {}
    given: dict[tuple[str, str], str] = {}
    forms: Counter[str] = Counter()

    def label(found: re.Match[str]) -> str:
        words = found.group()
        base = labels.get(_folded(words))
        if base is None or _is_word(found):
            return words
        if (base, words) not in given:
            forms[base] += 1
            made = f"[{base}]" if forms[base] == 1 else f"[{base} form {forms[base]}]"
            given[base, words] = made
            key[made] = words
        return given[base, words]

    def swap(text: str) -> str:
        return pattern.sub(label, text)

    columns, notes = _swapped(table, _TEXT, swap)
    # Where something happened is a label as a whole: no list of addresses knows every street a source may write.
    sites = [text for text in table["place"].unique(maintain_order=True).to_list() if text not in _NO_PLACE]
    of_site = {text: f"[Site{mark} {number}]" for number, text in enumerate(sites, 1)}
    key |= {label: text for text, label in of_site.items()}
    return table.with_columns(*columns, notes, pl.col("place").replace(of_site)), key


def restore(table: pl.DataFrame, key: Mapping[str, str]) -> pl.DataFrame:
    """Put the words back that :func:`anonymise` took out.

    Args:
        table: an anonymised chronology.
        key: the key it came with.

    Returns:
        the chronology as it was, with whatever was written into it since.
    """
    if not key:
        return table
    pattern = re.compile("|".join(re.escape(label) for label in sorted(key, key=len, reverse=True)))

    def swap(text: str) -> str:
        return pattern.sub(lambda found: key[found.group()], text)

    names = [name for name in (*_TEXT, "place", "significance", "strength_or_risk") if name in table.columns]
    columns, notes = _swapped(table, names, swap)
    return table.with_columns(*columns, notes)


def _swapped(
    table: pl.DataFrame, names: Iterable[str], swap: Callable[[str], str]
) -> tuple[list[pl.Series], pl.Series]:
    """Columns of text, and the notes, with every text swapped; in the order of the rows, so that labels are too."""
    columns = [pl.Series(name, [swap(text) for text in table[name].to_list()], dtype=pl.String) for name in names]
    notes = pl.Series("notes", [[swap(n) for n in row] for row in table["notes"].to_list()], dtype=pl.List(pl.String))
    return columns, notes


def _pattern(labels: Iterable[str]) -> re.Pattern[str]:
    """Any of the words, whole: letters composed or not, straight or curly apostrophes, any space between them."""
    ways = {form for words in labels for form in (words, unicodedata.normalize("NFD", words))}
    if not ways:
        return re.compile(r"(?!)")
    longest = sorted(ways, key=lambda words: (-len(words), words))
    said = "|".join(
        re.escape(words).replace("'", "['\u2019]").replace(r"\ ", r"\s+").replace("ss", "(?:ss|\u00df|\u1e9e)")
        for words in longest
    )
    # A combining mark is no word character to Python, and yet part of the letter before it.
    return re.compile(rf"(?<!\w)(?:{said})(?![\w{_COMBINING}])", re.IGNORECASE)


_COMBINING = "\u0300-\u036f"


def _folded(words: str) -> str:
    """A name as labels know it: small letters, composed, plain apostrophes and spaces."""
    plain = unicodedata.normalize("NFC", unicodedata.normalize("NFC", words).casefold())
    plain = plain.replace("\u2019", "'").replace("\u0131", "i").replace("i\u0307", "i")
    return " ".join(plain.split())


def _is_word(found: re.Match[str]) -> bool:
    """Whether a name stands as an ordinary word, or as the month of a date."""
    words = found.group()
    if words.casefold() in _COMMON and words.islower():
        return True
    before, after = found.string[max(0, found.start() - 3) : found.start()], found.string[found.end() : found.end() + 3]
    beside_number = re.search(r"\d\s*$", before) is not None or re.match(r"\s*\d", after) is not None
    return words.casefold() in _MONTHS and beside_number


def _labels(released: Released, mark: str) -> dict[str, str]:
    """Folded words -> label; words of several people (a shared surname) have a label of their own."""
    people = released.portraits()
    order = [*(p for p in released.subjects if p in people), *(p for p in people if p not in released.subjects)]
    number = {person: place for place, person in enumerate(order, 1)}
    owners: dict[str, set[str]] = {}
    labels: dict[str, str] = {}
    places: Counter[str] = Counter()
    for person, portrait in people.items():
        for name in (portrait.name, *portrait.other_names):
            owners.setdefault(_folded(name.removeprefix("formerly ")), set()).add(person)
    rows = released.statements.sort("field", "raw", "person_id").select("person_id", "field", "raw")
    for person, field, raw in rows.iter_rows():
        if field in _NAMES:
            single = [part for word in raw.replace(";", " ").split() for part in (word, *_parts(word))]
            for words in (raw, *raw.split(";"), *single):
                owners.setdefault(_folded(words), set()).add(person)
        elif field in _NUMBERS:
            owners.setdefault(_folded(raw), set()).add(person)
        elif field in _PLACES and _folded(raw) not in labels:
            place = _PLACES[field]
            places[place] += 1
            labels[_folded(raw)] = f"{place}{mark} {places[place]}"
    shared = 0
    for words, found in sorted(owners.items()):
        if words in labels:
            continue
        if len(found) == 1:
            labels[words] = f"Person{mark} {number[next(iter(found))]}"
        else:
            shared += 1
            labels[words] = f"Person{mark} name {shared}"
    return {words: label for words, label in labels.items() if len(words) >= _LEAST and words != "name not recorded"}


def _parts(word: str) -> list[str]:
    """The names of a name joined by hyphens; pieces of one or two letters are no names of their own."""
    parts = re.split(r"[-\u2010-\u2015]", word)
    return [part for part in parts if len(part) > _LEAST] if len(parts) > 1 else []
