"""What the consent ledger says, today, of one person and one holder.

Every adult decides for themselves; for a child, a holder of parental responsibility or the competent young person does,
and never one parent for the other. Of each decider the latest decision counts; any standing refusal beats a consent; a
refusal stands until it is overridden with a basis, by somebody named.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from famlink.sharing.released import BASES, Request

_ADULT = 18
_AGAINST = ("refused", "withdrawn")


@dataclass(frozen=True)
class Standing:
    """Where agreement stands for one person and one holder.

    Args:
        state: ``given``, ``refused``, ``overridden`` or ``none``.
        since: day of the decision that makes it so.
        named_release: whether somebody named decided to release just this holder's information.
        void: how many lines of the ledger about it do not count, since whoever decided could not.
    """

    state: str = "none"
    since: dt.date | None = None
    named_release: bool = False
    void: int = 0

    @property
    def agreed(self) -> bool:
        """Whether a rule that needs consent is met."""
        return self.state in ("given", "overridden")


@dataclass(frozen=True)
class _Line:
    decider: str
    decision: str
    day: dt.date
    exact_holder: bool
    exact_purpose: bool
    override_basis: str


class Ledger:
    """The consent ledger as it stands on a day.

    Args:
        consents: table ``consents``.
        person_of: (agency, record_id) -> person.
        ages: who is a child and who is an adult.
        request: the request: its basis and purpose choose the lines that speak, its day is today.
        day: today; a consent dated later does not count, a refusal does.
    """

    def __init__(
        self,
        consents: pl.DataFrame,
        person_of: Mapping[tuple[str, str], str],
        *,
        ages: Ages,
        request: Request,
        day: dt.date,
    ) -> None:
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._person_of = person_of
        self._ages = ages
        self._request = request
        self._day = day
        for row in consents.iter_rows(named=True):
            person = person_of.get((row["agency"], row["record_id"]))
            if person is not None:
                self._rows[person].append(row)

    def standing(self, person: str, holder: str) -> Standing:
        """Say where agreement stands.

        Args:
            person: the person the information is about.
            holder: whose information.

        Returns:
            the standing.
        """
        lines: list[_Line] = []
        void = 0
        for row in self._rows.get(person, ()):
            if row["holder"] not in ("*", holder) or not self._speaks(row):
                continue
            decider = self._decider(person, row)
            if decider is None or (row["decided_on"] > self._day and row["decision"] not in _AGAINST):
                void += 1
                continue
            lines.append(
                _Line(
                    decider=decider,
                    decision=row["decision"],
                    day=row["decided_on"],
                    exact_holder=row["holder"] == holder,
                    exact_purpose=bool(row["purpose"]),
                    override_basis=_plain(row["override_basis"] or ""),
                )
            )
        return self._weigh(lines, void)

    def _weigh(self, lines: list[_Line], void: int) -> Standing:
        overrides = [line for line in lines if line.decision == "overridden" and self._overrides(line)]
        standing = [
            line
            for line in lines
            if line.decision != "overridden" and not any(_supersedes(other, line) for other in lines)
        ]
        against = [line.day for line in standing if line.decision in _AGAINST]
        lawful = [line for line in overrides if not against or line.day >= max(against)]
        named = any(line.exact_holder for line in lawful)
        if lawful:
            return Standing("overridden", max(line.day for line in lawful), named_release=named, void=void)
        if against:
            return Standing("refused", max(against), void=void)
        given = [line.day for line in standing if line.decision == "given"]
        return Standing("given", max(given), void=void) if given else Standing(void=void)

    def _speaks(self, row: Mapping[str, Any]) -> bool:
        purpose = _plain(row["purpose"] or "")
        return not purpose or purpose in (_plain(self._request.basis), _plain(self._request.purpose))

    def _overrides(self, line: _Line) -> bool:
        """An override that names a basis of a request is for that basis; other lawful grounds are for any."""
        return bool(line.override_basis) and (
            line.override_basis == self._request.basis or line.override_basis not in BASES
        )

    def _decider(self, person: str, row: Mapping[str, Any]) -> str | None:
        """Who decided, or None where the line cannot count."""
        if row["decision"] == "overridden":
            return "override" if row["override_by"] else None
        by = (row["by_agency"], row["by_record_id"])
        other = self._person_of.get(by, f"{by[0]}:{by[1]}") if row["by_record_id"] else None
        against = row["decision"] in _AGAINST
        if row["capacity"] == "parental-responsibility":
            return self._parent(person, other, against=against)
        if other not in (None, person):
            return None
        if row["capacity"] == "competent-young-person":
            return person
        if row["capacity"] == "self":
            # A child's own word counts against sharing; to count for it, competence must be recorded.
            return person if against or not self._ages.said_child(person) else None
        return person if against else None

    def _parent(self, person: str, other: str | None, *, against: bool) -> str | None:
        if other == person or not self._ages.may_be_child(person):
            return None
        if against:
            return other or "a holder of parental responsibility"
        if other is None or self._ages.denied_responsibility(person, other):
            return None
        known = self._ages.is_child(person) or self._ages.child_of(person, other)
        return other if known else None


def _supersedes(later: _Line, line: _Line) -> bool:
    """A later decision of the same decider replaces an earlier one that it is at least as exact as."""
    return (
        later.decider == line.decider
        and later.day > line.day
        and later.decision != "overridden"
        and later.exact_holder >= line.exact_holder
        and later.exact_purpose >= line.exact_purpose
    )


def _plain(words: str) -> str:
    return re.sub(r"[\s_-]+", "-", words.strip().lower())


class Ages:
    """Who is a child, who is an adult and who may be either, from every date of birth any record gives.

    Args:
        people: table ``people``.
        standardised: table ``standardised``.
        ties: table ``ties``.
        day: the day on which it is asked.
    """

    def __init__(self, people: pl.DataFrame, standardised: pl.DataFrame, ties: pl.DataFrame, *, day: dt.date) -> None:
        born = people.join(standardised, on=["agency", "record_id"], how="inner").select(
            "person_id", "date_of_birth", "expected_date_of_birth", "date_of_birth_precision"
        )
        self._child: set[str] = set()
        self._adult: set[str] = set()
        turned = _years_before(day, _ADULT)
        for person, birth, expected, precision in born.iter_rows():
            if birth is not None:
                surely = birth if precision in (None, "day", "day-unknown") else _latest(birth, precision)
                (self._adult if surely <= turned else self._child).add(person)
            elif expected is not None and expected > turned:
                self._child.add(person)
        person_of = {(a, r): p for a, r, p in people.select("agency", "record_id", "person_id").iter_rows()}
        self._stated: set[tuple[str, str]] = set()
        self._denied: set[tuple[str, str]] = set()
        for row in ties.iter_rows(named=True):
            child = person_of.get((row["agency"], row["record_id"]))
            other = person_of.get((row["agency"], row["relative_record_id"]))
            if child is None or other is None or row["parental_responsibility"] is None:
                continue
            (self._stated if row["parental_responsibility"] else self._denied).add((child, other))

    def is_child(self, person: str) -> bool:
        """Whether the person is a child, by every record that gives a date of birth."""
        return person in self._child and person not in self._adult

    def said_child(self, person: str) -> bool:
        """Whether any record makes the person a child."""
        return person in self._child

    def may_be_child(self, person: str) -> bool:
        """Whether the person may be a child: some record says so, or none makes them an adult."""
        return person in self._child or person not in self._adult

    def child_of(self, person: str, other: str) -> bool:
        """Whether some record states that the other holds parental responsibility for the person."""
        return (person, other) in self._stated

    def denied_responsibility(self, person: str, other: str) -> bool:
        """Whether records state only that the other holds no parental responsibility for the person."""
        return (person, other) in self._denied and (person, other) not in self._stated


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _latest(birth: dt.date, precision: str) -> dt.date:
    """The latest day a partly known date of birth can be."""
    if precision == "year":
        return dt.date(birth.year, 12, 31)
    if precision == "month":
        following = dt.date(birth.year + birth.month // 12, birth.month % 12 + 1, 1)
        return following - dt.timedelta(days=1)
    return birth
