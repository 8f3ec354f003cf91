"""What can be counted in a chronology, each count linked to its lines: no opinion, no score, no summary by machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from famlink.chronology.accounts import Account, accounts
from famlink.chronology.kinds import REFERRALS, in_order, is_counted, kind_words, unit
from famlink.chronology.lines import subject_children, yes_or_no
from famlink.chronology.words import agency_name, counted, day_in_words, listed, span_in_words
from famlink.sharing.released import Released

GAP_WEEKS = 26
"""A run of this many weeks without any released entry is said."""

RE_REFERRAL_DAYS = 365
"""A referral within this many days of the last one is a re-referral."""


@dataclass(frozen=True)
class Observation:
    """One countable statement and the lines it was counted from.

    Args:
        what: count, once, re-referral, referral-without-outcome, not-seen, gap or date-fault.
        sentence: what was counted, in words.
        refs: lines of the chronology it rests on.
        sources: ``agency:event_id`` of every account it rests on.
    """

    what: str
    sentence: str
    refs: tuple[str, ...]
    sources: tuple[str, ...]


def observations(released: Released) -> list[Observation]:
    """Count what a meeting asks about, from released events alone.

    Args:
        released: what the gate let through.

    Returns:
        observations: each kind by number of incidents with who knew first, re-referrals within 12 months,
        referrals without an outcome, visits at which the child was not seen, gaps, and dates that do not add up.
    """
    found = accounts(released)
    past = [a for a in found if a.first <= released.as_at]
    return [
        *_counts(past),
        *_re_referrals(past),
        *_without_outcome(past),
        *_not_seen(past),
        *_gaps(past, released),
        *_faults(found),
    ]


def gaps(released: Released, *, weeks: int = GAP_WEEKS) -> list[tuple[Account, Account]]:
    """Find the runs of weeks in which nothing released is dated.

    Args:
        released: what the gate let through.
        weeks: shortest gap said.

    Returns:
        (last account before, first account after) for each gap after the first subject child's birth. An entry with an
        uncertain date counts for its whole interval, so a gap is never longer than it can be shown to be.
    """
    past = [a for a in accounts(released) if a.first <= released.as_at]
    return _gap_pairs(past, released, weeks)


def re_referrals(found: list[Account]) -> list[tuple[Account, Account]]:
    """Find referrals about a person within 12 months of the last one about that person.

    Args:
        found: accounts in the order of the chronology.

    Returns:
        (earlier, later) pairs; accounts of one incident are one referral.
    """
    last: dict[str, Account] = {}
    pairs = []
    for account in found:
        if account.kind not in REFERRALS:
            continue
        person = str(account.event["person_id"])
        before = last.get(person)
        if before is not None and before.incident != account.incident:
            apart = (account.first - before.latest).days
            if 0 <= apart <= RE_REFERRAL_DAYS:
                pairs.append((before, account))
        last[person] = account
    return pairs


def without_outcome(found: list[Account]) -> list[Account]:
    """Find referrals for which no outcome is recorded.

    Args:
        found: accounts.

    Returns:
        the accounts.
    """
    return [a for a in found if a.kind in REFERRALS and not (a.text("outcome") or "").strip()]


def not_seen(found: list[Account]) -> list[Account]:
    """Find entries that say the child was not seen.

    Args:
        found: accounts.

    Returns:
        the accounts.
    """
    return [a for a in found if yes_or_no(a) == "no"]


def _counts(past: list[Account]) -> Iterator[Observation]:
    """How often each kind is recorded, by incident; kinds recorded once share a sentence."""
    number = {str(a.event["incident_id"]): a.incident for a in past}
    of_incident: dict[int, list[Account]] = {}
    after: dict[int, list[Account]] = {}
    for account in past:
        of_incident.setdefault(account.incident, []).append(account)
        cause = number.get(account.text("related_incident_id") or "")
        if cause is not None and account.text("role") == "consequence":
            after.setdefault(cause, []).append(account)
    once: list[tuple[str, Account]] = []
    for kind in in_order():
        incidents = list(dict.fromkeys(a.incident for a in past if a.kind == kind)) if is_counted(kind) else []
        if len(incidents) == 1 and unit(kind) == "entry":
            once.append((kind, next(a for a in past if a.kind == kind)))
        elif incidents:
            told = [a for incident in incidents for a in of_incident[incident]]
            yield _observation("count", _count_sentence(kind, incidents, told, after), told)
    if once:
        said = [f"{kind_words(kind)} ({_year_or_day(account)})" for kind, account in once]
        yield _observation("once", f"Recorded once each: {listed(said)}.", [account for _, account in once])


def _count_sentence(kind: str, incidents: list[int], told: list[Account], after: dict[int, list[Account]]) -> str:
    first, last = min(a.first for a in told), max(a.latest for a in told)
    words = kind_words(kind)
    sentence = f"{words[:1].upper()}{words[1:]}: {counted(len(incidents), unit(kind))}"
    if len(incidents) > 1:
        sentence += f" in {span_in_words(first, last)} ({day_in_words(first)} to {day_in_words(last)})"
    else:
        sentence += f" ({_year_or_day(told[0])})"
    knew: dict[str, dt.date] = {}
    for account in [*told, *(a for incident in incidents for a in after.get(incident, []))]:
        knew[account.agency] = min(account.known_on, knew.get(account.agency, account.known_on))
    order = sorted(knew.items(), key=lambda item: (item[1], item[0]))
    if len(order) == 1:
        return f"{sentence}; recorded by {agency_name(order[0][0])} only."
    ways = [
        f"{'' if place else 'first known '}to {agency_name(agency)} {day.year}"
        for place, (agency, day) in enumerate(order)
    ]
    return f"{sentence}; {', '.join(ways)}."


def _year_or_day(account: Account) -> str:
    return day_in_words(account.first) if account.text("precision") == "day" else str(account.first.year)


def _re_referrals(past: list[Account]) -> Iterator[Observation]:
    pairs = re_referrals(past)
    if pairs:
        said = [
            f"line {later.ref}, {counted((later.first - before.latest).days, 'day')} after line {before.ref}"
            for before, later in pairs
        ]
        yield _observation(
            "re-referral",
            f"{counted(len(pairs), 're-referral')} within 12 months: {listed(said)}.",
            [a for pair in pairs for a in pair],
        )


def _without_outcome(past: list[Account]) -> Iterator[Observation]:
    silent = without_outcome(past)
    if silent:
        yield _observation(
            "referral-without-outcome", f"{counted(len(silent), 'referral')} with no outcome recorded.", silent
        )


def _not_seen(past: list[Account]) -> Iterator[Observation]:
    unseen = not_seen(past)
    if unseen:
        yield _observation("not-seen", f"{counted(len(unseen), 'entry')} at which the child was not seen.", unseen)


def _gaps(past: list[Account], released: Released) -> Iterator[Observation]:
    pairs = _gap_pairs(past, released, GAP_WEEKS)
    if not pairs:
        return
    before, after = max(pairs, key=lambda pair: pair[1].first - _until(pair[0]))
    dates = f"{day_in_words(_until(before))} to {day_in_words(after.first)}"
    weeks = counted((after.first - _until(before)).days // 7, "week")
    if len(pairs) == 1:
        sentence = f"No released entry for {weeks}: {dates}."
    else:
        sentence = (
            f"{len(pairs)} gaps of {GAP_WEEKS} weeks or more without a released entry; the longest {weeks}: {dates}."
        )
    yield _observation("gap", sentence, [a for pair in pairs for a in pair])


def _gap_pairs(past: list[Account], released: Released, weeks: int) -> list[tuple[Account, Account]]:
    born = [c.date_of_birth for c in subject_children(released, released.portraits()) if c.date_of_birth is not None]
    start = min(born, default=None)
    pairs = []
    reached: Account | None = None
    for account in past:
        counts = reached is not None and (start is None or reached.latest >= start)
        if reached is not None and counts and (account.first - _until(reached)).days >= weeks * 7:
            pairs.append((reached, account))
        if reached is None or _until(account) > _until(reached):
            reached = account
    return pairs


def _until(account: Account) -> dt.date:
    end = account.day("end_date")
    return max(account.latest, end) if end is not None else account.latest


def _faults(found: list[Account]) -> Iterator[Observation]:
    wrong = [a for a in found if any(not fault.startswith("planned") for fault in a.faults)]
    if wrong:
        yield _observation("date-fault", f"{counted(len(wrong), 'entry')} with dates that do not add up.", wrong)


def _observation(what: str, sentence: str, found: list[Account]) -> Observation:
    return Observation(
        what=what,
        sentence=sentence,
        refs=tuple(dict.fromkeys(a.ref for a in found)),
        sources=tuple(dict.fromkeys(f"{a.agency}:{a.event['event_id']}" for a in found)),
    )
