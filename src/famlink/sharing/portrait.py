"""A released person as a page names them: the values most sources agree on, and what disagrees.

It reads released statements alone, so nothing withheld can show in it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

_CONFLICTING = ("date_of_birth", "sex", "date_of_death", "nhs_number")
_MARKS = {"date_of_birth": "date of birth", "sex": "sex", "date_of_death": "date of death", "nhs_number": "NHS number"}


@dataclass(frozen=True)
class Portrait:
    """One person in the words of the released sources.

    Args:
        person_id: person, opaque text.
        forename: as most sources write it; empty where none does.
        surname: as most sources write it; empty where none does.
        other_names: other full names the sources give.
        date_of_birth: earliest day it can be; None where not recorded.
        date_of_birth_text: for people: ``3 May 2012``, ``May 2012``, ``2012``; ``not recorded``.
        date_of_birth_exact: whether the day is known and no source doubts it.
        expected: expected date of birth, for an unborn child.
        died: date of death.
        sex: ``female``, ``male`` or None (not recorded).
        gender: as recorded, where a source records it.
        sex_conflict: whether the sources disagree about sex.
        agencies: agencies whose released records are this person, sorted.
        records: how many released records.
        probability: the least membership probability among them.
        conflicts: sentences, one for each field on which sources disagree.
    """

    person_id: str
    forename: str = ""
    surname: str = ""
    other_names: tuple[str, ...] = ()
    date_of_birth: dt.date | None = None
    date_of_birth_text: str = "not recorded"
    date_of_birth_exact: bool = False
    expected: dt.date | None = None
    died: dt.date | None = None
    sex: str | None = None
    gender: str | None = None
    sex_conflict: bool = False
    agencies: tuple[str, ...] = ()
    records: int = 0
    probability: float = 1.0
    conflicts: tuple[str, ...] = ()

    @cached_property
    def name(self) -> str:
        """Forename and surname; ``name not recorded`` where neither is."""
        return " ".join(part for part in (self.forename, self.surname) if part) or "name not recorded"

    @property
    def unborn(self) -> bool:
        """Whether the sources know an expected date and no date of birth."""
        return self.expected is not None and self.date_of_birth is None

    def age_on(self, day: dt.date) -> int | None:
        """Age in whole years on a day; None where unborn, not recorded or before birth. Death stops the count."""
        if self.date_of_birth is None:
            return None
        day = min(day, self.died) if self.died else day
        if day < self.date_of_birth:
            return None
        before = (day.month, day.day) < (self.date_of_birth.month, self.date_of_birth.day)
        return day.year - self.date_of_birth.year - before


def portraits(people: pl.DataFrame, statements: pl.DataFrame) -> dict[str, Portrait]:
    """Paint every released person.

    Args:
        people: table ``people`` (released rows).
        statements: table ``statements`` (released rows).

    Returns:
        person_id -> :class:`Portrait`, in person_id order.
    """
    said: dict[str, dict[str, list[tuple[str, str, str, str]]]] = defaultdict(lambda: defaultdict(list))
    wanted = statements.filter(pl.col("value").is_not_null()).sort(
        "person_id", "field", "agency", "record_id", "statement_id"
    )
    for person, field, value, raw, agency, record in wanted.select(
        "person_id", "field", "value", "raw", "agency", "record_id"
    ).iter_rows():
        said[person][field].append((value, raw, agency, record))
    # A family's few rows are walked in Python: a call of polars for each person costs more than all the rest.
    rows: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    ordered = people.sort("person_id", "agency", "record_id")
    for person, *row in ordered.select("person_id", "agency", "record_id", "probability").iter_rows():
        rows[person].append(tuple(row))
    return {person: _paint(person, found, said.get(person, {})) for person, found in rows.items()}


def date_in_words(value: str | None) -> str:
    """Write a stored date for people.

    Args:
        value: ``2012-05-03``, ``2012-05``, ``2012`` or ``?2012-05-03``.

    Returns:
        the date in words; ``about`` before a doubted one; ``not recorded`` for none.

    Example:
        >>> date_in_words("2012-05-03"), date_in_words("2012-05"), date_in_words("?2012-05-03"), date_in_words(None)
        ('3 May 2012', 'May 2012', 'about 3 May 2012', 'not recorded')
    """
    if not value:
        return "not recorded"
    doubt, plain = ("about ", value[1:]) if value.startswith("?") else ("", value)
    parts = [int(part) for part in plain.split("-")]
    if len(parts) == 1:
        return f"{doubt}{parts[0]}"
    month = dt.date(parts[0], parts[1], 1).strftime("%B")
    return f"{doubt}{month} {parts[0]}" if len(parts) == 2 else f"{doubt}{parts[2]} {month} {parts[0]}"


def _paint(
    person: str, rows: list[tuple[str, str, float]], said: dict[str, list[tuple[str, str, str, str]]]
) -> Portrait:
    born = _best(said.get("date_of_birth", ()))
    forename = _written(said.get("forename", ()))
    surname = _written(said.get("surname", ()))
    full = " ".join(part for part in (forename, surname) if part)
    sexes = {value for value, *_ in said.get("sex", ())}
    return Portrait(
        person_id=person,
        forename=forename,
        surname=surname,
        other_names=tuple(name for name in _names(said) if name.casefold() != full.casefold()),
        date_of_birth=_day(born),
        date_of_birth_text=date_in_words(born),
        date_of_birth_exact=born is not None and len(born) == 10,
        expected=_day(_best(said.get("expected_date_of_birth", ()))),
        died=_day(_best(said.get("date_of_death", ()))),
        sex=_best(said.get("sex", ())) if len(sexes) < 2 else None,
        gender=_best(said.get("gender", ())),
        sex_conflict=len(sexes) > 1,
        agencies=tuple(sorted({agency for agency, _, _ in rows})),
        records=len({(agency, record) for agency, record, _ in rows}),
        probability=min(probability for *_, probability in rows),
        conflicts=tuple(_conflicts(said)),
    )


def _best(values: Iterable[tuple[str, str, str, str]]) -> str | None:
    """The value most agencies give; then most records; then the fullest; then the first in order."""
    agencies: dict[str, set[str]] = defaultdict(set)
    records: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for value, _, agency, record in values:
        agencies[value].add(agency)
        records[value].add((agency, record))
    if not agencies:
        return None
    return min(agencies, key=lambda v: (-len(agencies[v]), -len(records[v]), v.startswith("?"), -len(v), v))


def _written(values: Iterable[tuple[str, str, str, str]]) -> str:
    values = list(values)
    best = _best(values)
    if best is None:
        return ""
    ways = sorted(
        {_tidy(raw) for value, raw, *_ in values if value == best}, key=lambda w: (w.isupper() or w.islower(), w)
    )
    return ways[0]


def _tidy(raw: str) -> str:
    plain = " ".join(raw.split())
    return plain.title() if plain.isupper() or plain.islower() else plain


def _names(said: dict[str, list[tuple[str, str, str, str]]]) -> list[str]:
    """Every other full name, by record, then aliases and former surnames."""
    forenames = {(a, r): raw for _, raw, a, r in said.get("forename", ())}
    surnames = {(a, r): raw for _, raw, a, r in said.get("surname", ())}
    full = [
        " ".join(_tidy(n) for n in (forenames.get(key, ""), surnames.get(key, "")) if n)
        for key in sorted(set(forenames) | set(surnames))
    ]
    full += [_tidy(raw) for _, raw, *_ in said.get("aliases", ())]
    full += [f"formerly {_tidy(raw)}" for _, raw, *_ in said.get("former_surnames", ())]
    kept: dict[str, str] = {}
    for name in full:
        kept.setdefault(name.casefold(), name)
    return list(kept.values())


def _conflicts(said: dict[str, list[tuple[str, str, str, str]]]) -> Iterable[str]:
    for field in _CONFLICTING:
        by_value: dict[str, set[str]] = defaultdict(set)
        for value, _, agency, _record in said.get(field, ()):
            by_value[value].add(agency)
        if len(by_value) > 1:
            dated = field.startswith("date")
            told = "; ".join(
                f"{date_in_words(v) if dated else v} ({', '.join(sorted(a))})" for v, a in sorted(by_value.items())
            )
            yield f"sources disagree on {_MARKS[field]}: {told}"


def _day(value: str | None) -> dt.date | None:
    if not value:
        return None
    parts = [int(part) for part in value.lstrip("?").split("-")]
    return dt.date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)
