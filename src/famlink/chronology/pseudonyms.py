"""Names out of a chronology and back: for teaching, supervision and reviews that need no identities."""

from __future__ import annotations

import re
from collections.abc import Mapping

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


def anonymise(table: pl.DataFrame, released: Released) -> tuple[pl.DataFrame, dict[str, str]]:
    """Replace the names, addresses and numbers of released people by labels.

    Only values the released rows hold are known here: a nickname a source uses in its prose alone stays, so a person
    must read the result before it leaves. ``record``, ``event`` and ``source`` keep the agencies' ids.

    Args:
        table: a chronology.
        released: what it was made from.

    Returns:
        the chronology with labels such as ``[Person 1]``, and the key: label -> words. Keep the key apart.
    """
    mark, site = "Person", "Site"
    texts = [text for name in _TEXT for text in table[name].to_list()] + [n for notes in table["notes"] for n in notes]
    while any(f"[{mark} " in text for text in texts):
        mark += "'"
    labels = _labels(released, mark)
    pattern = re.compile(
        r"(?!)"
        if not labels
        else r"(?<!\w)(?:"
        + "|".join(re.escape(words) for words in sorted(labels, key=lambda w: (-len(w), w)))
        + r")(?!\w)",
        re.IGNORECASE,
    )
    key: dict[str, str] = {}
    given: dict[tuple[str, str], str] = {}

    def label(found: re.Match[str]) -> str:
        words = found.group()
        base = labels[words.casefold()]
        if (base, words) not in given:
            number = sum(1 for b, _ in given if b == base)
            made = f"[{base}]" if number == 0 else f"[{base} {_letter(number)}]"
            given[base, words] = made
            key[made] = words
        return given[base, words]

    def swap(text: str) -> str:
        return pattern.sub(label, text)

    columns = [pl.Series(name, [swap(text) for text in table[name].to_list()], dtype=pl.String) for name in _TEXT]
    notes = pl.Series("notes", [[swap(n) for n in row] for row in table["notes"].to_list()], dtype=pl.List(pl.String))
    # Where something happened is a label as a whole: no list of addresses knows every street a source may write.
    sites = [text for text in table["place"].unique(maintain_order=True).to_list() if text not in _NO_PLACE]
    while any(f"[{site} " in text for text in texts):
        site += "'"
    of_site = {text: f"[{site} {number}]" for number, text in enumerate(sites, 1)}
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
    columns = [pl.Series(name, [swap(text) for text in table[name].to_list()], dtype=pl.String) for name in names]
    notes = pl.Series("notes", [[swap(n) for n in row] for row in table["notes"].to_list()], dtype=pl.List(pl.String))
    return table.with_columns(*columns, notes)


def _labels(released: Released, mark: str) -> dict[str, str]:
    """Words in small letters -> label; words of several people (a shared surname) have a label of their own."""
    people = released.portraits()
    order = [*(p for p in released.subjects if p in people), *(p for p in people if p not in released.subjects)]
    number = {person: place for place, person in enumerate(order, 1)}
    owners: dict[str, set[str]] = {}
    labels: dict[str, str] = {}
    for person, portrait in people.items():
        for name in (portrait.name, *portrait.other_names):
            owners.setdefault(name.removeprefix("formerly ").casefold(), set()).add(person)
    rows = released.statements.sort("field", "raw", "person_id").select("person_id", "field", "raw")
    for person, field, raw in rows.iter_rows():
        if field in _NAMES:
            for words in (raw, *raw.split(";"), *raw.replace(";", " ").split()):
                owners.setdefault(" ".join(words.split()).casefold(), set()).add(person)
        elif field in _NUMBERS:
            owners.setdefault(raw.strip().casefold(), set()).add(person)
        elif field in _PLACES:
            words = " ".join(raw.split()).casefold()
            labels.setdefault(
                words, f"{_PLACES[field]} {1 + sum(v.startswith(_PLACES[field]) for v in labels.values())}"
            )
    shared = 0
    for words, found in sorted(owners.items()):
        if words in labels:
            continue
        if len(found) == 1:
            labels[words] = f"{mark} {number[next(iter(found))]}" if next(iter(found)) in number else f"{mark} ?"
        else:
            shared += 1
            labels[words] = f"{mark} name {shared}"
    return {words: label for words, label in labels.items() if len(words) >= _LEAST and words != "name not recorded"}


def _letter(number: int) -> str:
    return f"form {number + 1}"
