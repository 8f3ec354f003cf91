"""What may be said of information that is not shown: that it is held, how much of it, and why not."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from famlink.sharing.categories import EventCategory
from famlink.sharing.decisions import RECORD_CATEGORIES, Decider
from famlink.sharing.evidence import Evidence
from famlink.sharing.policy import MODES, Decision
from famlink.sharing.rebuild import Family
from famlink.sharing.released import FIXED_NOTICE, Request
from famlink.sharing.scope import near_by_link, person_name
from famlink.sharing.weighing import Asked, Weighed, weigh_events
from famlink.tables import EXISTENCE, WITHHELD

SYNTHETIC_NOTICE = "SYNTHETIC: everyone here is made up."
_KEY = ["agency", "record_id"]
_REASONS = {
    "existence": "this basis opens existence only",
    "lifelong": "older than the window; of a kind no window hides: ask",
    "guarded": "marked by the agency: opened at s47",
    "outside": "outside the days asked about",
}


@dataclass(frozen=True)
class Held:
    """What the gate weighed, for saying what may be said of the rest.

    Args:
        asked: the request and what weighed it.
        family: the released people.
        kinds: agency and its word -> event category.
        weighed: (agency, event_id) of released records' events -> what was decided.
    """

    asked: Asked
    family: Family
    kinds: Mapping[tuple[str, str | None], EventCategory]
    weighed: Mapping[tuple[str, str], Weighed]

    @property
    def evidence(self) -> Evidence:
        """Everything held near the subjects."""
        return self.asked.evidence

    @property
    def request(self) -> Request:
        """The request."""
        return self.asked.request

    @property
    def decider(self) -> Decider:
        """What decides."""
        return self.asked.decider

    def known(self) -> Iterator[tuple[str, str, str, str, Decision]]:
        """Records of released people that are open in existence alone: agency, record, run person, person, decision."""
        shown = {(a, r): person for a, r, person in self.family.people.select(*_KEY, "person_id").iter_rows()}
        linked = near_by_link(self.evidence.links)
        asked = set(self.request.subjects)
        seen = set(self.family.runs.values())
        person_of = self.evidence.person_of()
        unseen = {
            person_of[subject]: person_name(subject)
            for subject in reversed(self.request.subjects)
            if person_of[subject] not in seen
        }
        for agency, record_id, run in self.evidence.people.sort(_KEY).select(*_KEY, "person_id").iter_rows():
            if (agency, record_id) in shown or (run not in seen and run not in unseen):
                continue
            source = self.evidence.source(agency)
            decision = self.decider.record(run, agency)
            if decision.mode != "existence" or self.asked.guarded.betrays(source.agency, source.system):
                continue
            # Identity through a withheld record alone does not count: only whom the record's own links reach.
            near = linked.get((agency, record_id), set())
            if run in unseen:
                persons = {unseen[run]} if (agency, record_id) in asked or near & asked else set()
            else:
                persons = {shown[key] for key in near if key in shown}
            for person in sorted(persons):
                yield agency, record_id, run, person, decision

    def days(self) -> dict[tuple[str, str], list[tuple[dt.date, dt.date]]]:
        """Days of the events that count for a record's existence: within the window, or of a kind none hides."""
        runs = {(agency, record_id): run for agency, record_id, run, _person, _decision in self.known()}
        found: dict[tuple[str, str], list[tuple[dt.date, dt.date]]] = defaultdict(list)
        for said in weigh_events(self.asked, runs, self.kinds).values():
            if said.verdict in ("content", "existence", "guarded", "lifelong"):
                found[said.record].append((said.first, said.last))
        return found


def existence_of(held: Held) -> pl.DataFrame:
    """Say which agencies know a released person without saying what they know.

    Args:
        held: what the gate weighed.

    Returns:
        table ``existence``.
    """
    found: dict[tuple[str, str, str], list[tuple[dt.date, dt.date]]] = defaultdict(list)
    days_of = held.days()
    for agency, record_id, run, person, decision in held.known():
        found[(person, agency, held.decider.why(run, agency, decision))] += days_of.get((agency, record_id), [])
    of = {(a, r): p for a, r, p in held.family.people.select(*_KEY, "person_id").iter_rows()}
    for said in held.weighed.values():
        if said.verdict in ("existence", "lifelong"):
            rule = f"{said.rule}; {_REASONS['lifelong']}" if said.verdict == "lifelong" else said.rule
            found[(of[said.record], said.record[0], rule)].append((said.first, said.last))
    return EXISTENCE.frame(
        [
            {
                "person_id": person,
                "agency": agency,
                "holder": held.decider.holder(agency),
                "first_month": min(day for day, _ in days).strftime("%Y-%m") if days else None,
                "last_month": max(day for _, day in days).strftime("%Y-%m") if days else None,
                "ask": _ask(held.evidence, agency),
                "rule": rule,
            }
            for (person, agency, rule), days in sorted(found.items())
        ]
    )


def withheld_of(held: Held) -> pl.DataFrame:
    """Count what is held back, where even that may be said.

    Counted are rows of released people whose holder's existence is open for that person on this basis; rows of a category
    that policy denies are never counted, since the count would name the category. A refusal is counted from the ledger
    alone, whether or not anything is held.

    Args:
        held: what the gate weighed.

    Returns:
        table ``withheld``.
    """
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    days_of = held.days()
    for agency, record_id in {(agency, record_id): None for agency, record_id, *_ in held.known()}:
        holder = str(held.decider.holder(agency))
        counts[(holder, "records", _REASONS["existence"])] += 1
        if days_of.get((agency, record_id)):
            counts[(holder, "events", _REASONS["existence"])] += len(days_of[(agency, record_id)])
    older: dict[str, list[int]] = defaultdict(list)
    for said in held.weighed.values():
        holder = str(held.decider.holder(said.record[0]))
        if said.verdict == "older":
            older[holder].append(said.first.year)
        elif said.verdict in _REASONS:
            counts[(holder, "events", _REASONS[said.verdict])] += 1
    for holder, years in older.items():
        span = f"{min(years)} to {max(years)}" if min(years) != max(years) else f"{years[0]}"
        counts[(holder, "events", f"older than the window: {span}")] += len(years)
    for holder, people in _refusals(held).items():
        counts[(holder, "people", "agreement refused")] += len(people)
    return WITHHELD.frame(
        [
            {"holder": holder, "what": what, "reason": reason, "count": count}
            for (holder, what, reason), count in sorted(counts.items())
        ]
    )


def notices_of(held: Held) -> tuple[str, ...]:
    """The sentences every page prints: the fixed one always, the others where they hold.

    Args:
        held: what the gate weighed.
    """
    said = [FIXED_NOTICE]
    if held.evidence.synthetic:
        said.insert(0, SYNTHETIC_NOTICE)
    names = _names(held)
    for holder, people in sorted(_refusals(held).items()):
        for run in people:
            since = held.decider.standing(run, holder).since
            said.append(f"Agreement to share {holder} information about {names[run]} was refused on {since}.")
    for run, name in sorted(names.items(), key=lambda item: item[1]):
        for holder in _holders(held):
            standing = held.decider.standing(run, holder)
            if standing.state == "overridden":
                said.append(
                    f"{holder} information about {name} is shared without agreement: decided and recorded on {standing.since}."
                )
    said += [
        f"Tell the family that {holder} information was shared, unless telling them would put somebody at risk."
        for holder in sorted(_notified(held))
    ]
    if held.request.why_older.strip() and held.request.window_from:
        said.append(f"Events since {held.request.window_from} are shown because: {held.request.why_older.strip()}")
    flagged = held.asked.guarded.flagged & set(held.family.people.select(_KEY).iter_rows())
    if flagged:
        ask = ", ".join(sorted({agency for agency, _ in flagged}))
        said.append(
            f"The whereabouts of somebody here are restricted: ask {ask}. No address, telephone, school or placement that "
            "could lead there is given."
        )
    return tuple(said)


def _refusals(held: Held) -> dict[str, list[str]]:
    """Holder -> run persons who are shown, and whose standing refusal is what keeps that holder's information shut."""
    found: dict[str, list[str]] = defaultdict(list)
    names = _names(held)
    for run in sorted(names, key=lambda person: names[person]):
        for holder in _holders(held):
            consent_opens = any(
                held.decider.policy.could_open(
                    holder=holder, basis=held.request.basis, category=category, need="consent"
                )
                for category in RECORD_CATEGORIES
            )
            if consent_opens and held.decider.standing(run, holder).state == "refused":
                found[holder].append(run)
    return found


def _names(held: Held) -> dict[str, str]:
    """Run person -> how a notice names them: the first of their released records, or the record asked about."""
    person_of = held.evidence.person_of()
    named = {person_of[subject]: ":".join(subject) for subject in reversed(held.request.subjects)}
    released = held.family.people.sort(_KEY, descending=True).select(*_KEY, "person_id").iter_rows()
    return named | {held.family.runs[person]: f"{agency}:{record_id}" for agency, record_id, person in released}


def _holders(held: Held) -> list[str]:
    return sorted({source.holder for source in held.evidence.sources if source.holder is not None})


def _notified(held: Held) -> set[str]:
    found = set()
    for agency, person in held.family.people.select("agency", "person_id").unique().iter_rows():
        decision = held.decider.record(held.family.runs[person], agency)
        if decision.rule is not None and decision.rule.notify and MODES.index(decision.mode) > 0:
            found.add(str(held.decider.holder(agency)))
    return found


def _ask(evidence: Evidence, agency: str) -> str:
    system = evidence.source(agency).system
    return f"{agency} ({system})" if system else agency
