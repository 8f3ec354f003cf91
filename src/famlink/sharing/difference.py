"""What a second release shows that the first did not: after a consent, or on another basis."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from famlink.sharing.released import Released

_EVENT = ["agency", "event_id"]
_RECORD = ["agency", "record_id"]
_STATEMENT = ["statement_id"]
_EXISTENCE = ["agency", "person_id"]


@dataclass(frozen=True)
class Difference:
    """Rows that only one of two releases holds.

    Args:
        people: records open now and not before, with the rule that opened them.
        statements: statements open now and not before.
        events: events open now and not before.
        existence: persons of agencies whose existence alone is open now, and was not before.
        gone_people: records open before and not now.
        gone_statements: statements open before and not now.
        gone_events: events open before and not now.
        gone_existence: existence that was open before and is not now: closed, or opened in content.
        holders: agency -> policy holder, for the sentences.
    """

    people: pl.DataFrame
    statements: pl.DataFrame
    events: pl.DataFrame
    existence: pl.DataFrame
    gone_people: pl.DataFrame
    gone_statements: pl.DataFrame
    gone_events: pl.DataFrame
    gone_existence: pl.DataFrame
    holders: dict[str, str]

    @property
    def empty(self) -> bool:
        """Whether the two releases show the same rows."""
        frames = [value for value in vars(self).values() if isinstance(value, pl.DataFrame)]
        return all(frame.is_empty() for frame in frames)

    def sentences(self) -> tuple[str, ...]:
        """The difference in words, a sentence a holder."""
        said: dict[str, list[str]] = defaultdict(list)
        for part, words in (
            (self._counts(self.people, self.events), "open now"),
            (self._counts(self.gone_people, self.gone_events), "no longer open"),
        ):
            for holder, counted, number in part:
                said[holder].append(f"{counted} {'is' if number == 1 else 'are'} {words}")
        for holder, number in self._by_holder(self.existence).items():
            said[holder].append(f"existence of {_many(number, 'person', 'people')} is open now")
        return tuple(f"{holder}: {'; '.join(parts)}." for holder, parts in sorted(said.items()))

    def _counts(self, people: pl.DataFrame, events: pl.DataFrame) -> Iterator[tuple[str, str, int]]:
        records, happened = self._by_holder(people), self._by_holder(events)
        for holder in sorted(records.keys() | happened.keys()):
            parts = [
                _many(number, one, f"{one}s")
                for number, one in ((records.get(holder, 0), "record"), (happened.get(holder, 0), "event"))
                if number
            ]
            yield holder, " and ".join(parts), records.get(holder, 0) + happened.get(holder, 0)

    def _by_holder(self, frame: pl.DataFrame) -> dict[str, int]:
        counts: dict[str, int] = defaultdict(int)
        for agency in frame["agency"]:
            counts[self.holders.get(agency, agency)] += 1
        return dict(counts)


def difference(before: Released, after: Released) -> Difference:
    """Compare two releases about the same subjects.

    Args:
        before: the earlier release.
        after: the later one: the same question after a consent, or on another basis.

    Returns:
        what was added and what is gone, each row with the rule that opened it.
    """

    def only(one: Released, other: Released, name: str, keys: list[str]) -> pl.DataFrame:
        left: pl.DataFrame = getattr(one, name)
        right: pl.DataFrame = getattr(other, name)
        return left.join(right.select(keys), on=keys, how="anti", maintain_order="left")

    # A person's id may change when more of their records are open; who is known to whom is compared by records.
    return Difference(
        people=only(after, before, "people", _RECORD),
        statements=only(after, before, "statements", _STATEMENT),
        events=only(after, before, "events", _EVENT),
        existence=_existence(after, before),
        gone_people=only(before, after, "people", _RECORD),
        gone_statements=only(before, after, "statements", _STATEMENT),
        gone_events=only(before, after, "events", _EVENT),
        gone_existence=_existence(before, after),
        holders={agency.agency: agency.holder or agency.agency for agency in (*before.agencies, *after.agencies)},
    )


def _existence(one: Released, other: Released) -> pl.DataFrame:
    """Existence rows of one release whose agency the other does not say of any record of the same person."""
    of_other = {(a, r): p for a, r, p in other.people.select(*_RECORD, "person_id").iter_rows()}
    same: dict[str, set[str]] = defaultdict(set)
    for agency, record_id, person in one.people.select(*_RECORD, "person_id").iter_rows():
        if (agency, record_id) in of_other:
            same[person].add(of_other[(agency, record_id)])
    said = set(other.existence.select("agency", "person_id").iter_rows())
    alone = [
        not any((agency, twin) in said for twin in (same.get(person) or {person}))
        for agency, person in one.existence.select(*_EXISTENCE).iter_rows()
    ]
    return one.existence.filter(pl.Series(alone, dtype=pl.Boolean))


def _many(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
