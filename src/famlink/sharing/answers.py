"""What may be said of information that is not shown: that it is held, how much of it, and why not."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from famlink.sharing.categories import EventCategory, marking
from famlink.sharing.decisions import RECORD_CATEGORIES, Decider
from famlink.sharing.evidence import Evidence
from famlink.sharing.policy import MODES, Decision
from famlink.sharing.protection import Protection
from famlink.sharing.rebuild import Family
from famlink.sharing.released import FIXED_NOTICE, Request
from famlink.sharing.scope import SAME, person_name
from famlink.sharing.windows import window
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
        evidence: everything held near the subjects.
        request: the request.
        decider: what decides.
        family: the released people.
        kinds: agency's word -> event category.
        weighed: (agency, event_id) of released records' events -> (verdict, rule).
        guarded: protected people and values.
    """

    evidence: Evidence
    request: Request
    decider: Decider
    family: Family
    kinds: Mapping[str | None, EventCategory]
    weighed: Mapping[tuple[str, str], tuple[str, str]]
    guarded: Protection

    def known(self) -> Iterator[tuple[str, str, str, str, Decision]]:
        """Records of released people that are open in existence alone: agency, record, run person, person, decision."""
        shown = set(self.family.people.select(_KEY).iter_rows())
        of_run: dict[str, list[str]] = defaultdict(list)
        for person, run in self.family.runs.items():
            of_run[run].append(person)
        person_of = self.evidence.person_of()
        unseen = {
            person_of[subject]: person_name(subject)
            for subject in reversed(self.request.subjects)
            if not of_run.get(person_of[subject])
        }
        for agency, record_id, run in self.evidence.people.sort(_KEY).select(*_KEY, "person_id").iter_rows():
            if (agency, record_id) in shown or (run not in of_run and run not in unseen):
                continue
            source = self.evidence.source(agency)
            decision = self.decider.record(run, agency)
            if decision.mode != "existence" or self.guarded.betrays(source.agency, source.system):
                continue
            for person in self._persons(agency, record_id, run, of_run, unseen):
                yield agency, record_id, run, person, decision

    def _persons(
        self,
        agency: str,
        record_id: str,
        run: str,
        of_run: Mapping[str, list[str]],
        unseen: Mapping[str, str],
    ) -> list[str]:
        """Released people whom the record's own links reach: identity through a withheld record alone does not count."""
        links = self.evidence.links.filter((pl.col("verdict") == "match") & (pl.col("match_probability") >= SAME))
        left = links.filter((pl.col("agency_left") == agency) & (pl.col("record_id_left") == record_id))
        right = links.filter((pl.col("agency_right") == agency) & (pl.col("record_id_right") == record_id))
        near = set(left.select("agency_right", "record_id_right").iter_rows()) | set(
            right.select("agency_left", "record_id_left").iter_rows()
        )
        if run in unseen:
            asked = set(self.request.subjects)
            return [unseen[run]] if (agency, record_id) in asked or near & asked else []
        rows = self.family.people.filter(pl.col("person_id").is_in(of_run[run])).select(*_KEY, "person_id").iter_rows()
        return sorted({person for one, other, person in rows if (one, other) in near})

    def months(self, agency: str, record_id: str, run: str) -> Iterator[tuple[dt.date, dt.date]]:
        """Days of the events of a record that count for its existence: within the window, or of a kind none hides."""
        columns = ("category", "sensitivity", "date", "latest", "end_date")
        events = self.evidence.events.filter((pl.col("agency") == agency) & (pl.col("record_id") == record_id))
        for word, sensitivity, date, latest, end in events.select(columns).iter_rows():
            kind = self.kinds[word]
            decision = self.decider.decide(run, agency, kind.policy)
            if decision.mode == "deny" or marking(sensitivity) == "closed":
                continue
            last = max(latest, end or latest)
            place = window(self.request, decision.window_months, as_at=self.evidence.as_at).place(date, last)
            if place == "inside" or (place == "older" and kind.lifelong):
                yield date, last


def existence_of(held: Held) -> pl.DataFrame:
    """Say which agencies know a released person without saying what they know.

    Args:
        held: what the gate weighed.

    Returns:
        table ``existence``.
    """
    found: dict[tuple[str, str, str], list[tuple[dt.date, dt.date]]] = defaultdict(list)
    for agency, record_id, run, person, decision in held.known():
        found[(person, agency, held.decider.why(run, agency, decision))] += held.months(agency, record_id, run)
    of = {(a, r): p for a, r, p in held.family.people.select(*_KEY, "person_id").iter_rows()}
    columns = ("agency", "event_id", "record_id", "date", "latest", "end_date")
    for agency, event_id, record_id, date, latest, end in held.evidence.events.select(columns).iter_rows():
        verdict, rule = held.weighed.get((agency, event_id), ("", ""))
        if verdict in ("existence", "lifelong"):
            said = f"{rule}; {_REASONS['lifelong']}" if verdict == "lifelong" else rule
            found[(of[(agency, record_id)], agency, said)].append((date, max(latest, end or latest)))
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
    for agency, record_id, run, _person, _decision in held.known():
        holder = str(held.decider.holder(agency))
        counts[(holder, "records", _REASONS["existence"])] += 1
        seen = sum(1 for _ in held.months(agency, record_id, run))
        if seen:
            counts[(holder, "events", _REASONS["existence"])] += seen
    older: dict[str, list[int]] = defaultdict(list)
    for agency, event_id, date in held.evidence.events.select("agency", "event_id", "date").iter_rows():
        verdict, _rule = held.weighed.get((agency, event_id), ("", ""))
        holder = str(held.decider.holder(agency))
        if verdict == "older":
            older[holder].append(date.year)
        elif verdict in _REASONS:
            counts[(holder, "events", _REASONS[verdict])] += 1
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
    flagged = held.guarded.flagged & set(held.family.people.select(_KEY).iter_rows())
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
