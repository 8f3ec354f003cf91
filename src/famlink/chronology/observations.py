"""What can be counted in a chronology, each count linked to its lines: no opinion, no score, no summary by machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from famlink.chronology.accounts import Account, accounts
from famlink.chronology.gaps import GAP_WEEKS, gap_pairs, knew_first, not_seen, re_referrals, until, without_outcome
from famlink.chronology.kinds import in_order, is_counted, kind_words, unit
from famlink.chronology.lines import subject_children
from famlink.chronology.words import agency_name, counted, day_in_words, listed, span_in_words
from famlink.sharing.released import Released
from famlink.vocabulary.events import Crosswalk

MOST_SAID = 3
"""More of a kind than this are counted and linked, not told one by one."""


@dataclass(frozen=True)
class Observation:
    """One countable statement and the lines it was counted from.

    Args:
        what: count, once, knew-first, re-referral, referral-without-outcome, not-seen, gap or date-fault.
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
        *_counts(past, released.words),
        *_re_referrals(past),
        *_knew_first(past),
        *_without_outcome(past),
        *_not_seen(past),
        *_gaps(past, released),
        *_faults(found),
    ]


def _counts(past: list[Account], words: Crosswalk | None) -> Iterator[Observation]:
    """How often each kind is recorded, by incident; kinds recorded once share a sentence."""
    number = {str(a.event["incident_id"]): a.incident for a in past}
    of_incident: dict[int, list[Account]] = {}
    of_kind: dict[str, list[Account]] = {}
    after: dict[int, list[Account]] = {}
    for account in past:
        of_incident.setdefault(account.incident, []).append(account)
        of_kind.setdefault(account.kind, []).append(account)
        cause = number.get(account.text("related_incident_id") or "")
        if cause is not None and account.text("role") == "consequence":
            after.setdefault(cause, []).append(account)
    once: list[tuple[str, Account]] = []
    for kind in in_order(words):
        of_this = of_kind.get(kind, []) if is_counted(kind, words=words) else []
        incidents = list(dict.fromkeys(a.incident for a in of_this))
        if len(incidents) == 1 and unit(kind, words=words) == "entry":
            once.append((kind, of_this[0]))
        elif incidents:
            told = [a for incident in incidents for a in of_incident[incident]]
            one = unit(kind, words=words)
            yield _observation("count", _count_sentence(kind, one, (incidents, told), after), told)
    if once:
        said = [f"{kind_words(kind)} ({_year_or_day(account)})" for kind, account in once]
        yield _observation("once", f"Recorded once each: {listed(said)}.", [account for _, account in once])


def _count_sentence(
    kind: str, one: str, counted_in: tuple[list[int], list[Account]], after: dict[int, list[Account]]
) -> str:
    incidents, told = counted_in
    first, last = min(a.first for a in told), max(a.latest for a in told)
    words = kind_words(kind)
    sentence = f"{words[:1].upper()}{words[1:]}: {counted(len(incidents), one)}"
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


def _knew_first(past: list[Account]) -> Iterator[Observation]:
    found = knew_first(past)
    if found:
        said = [f"line {account.ref}, {sentence}" for account, sentence in found]
        told = f": {'; '.join(said)}" if len(said) <= MOST_SAID else ""
        yield _observation(
            "knew-first",
            f"{counted(len(found), 'incident')} one agency knew of a week or more before another{told}.",
            [account for account, _ in found],
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
    pairs = gap_pairs(past, subject_children(released, released.portraits()))
    if not pairs:
        return
    before, after = max(pairs, key=lambda pair: pair[1].first - until(pair[0]))
    dates = f"{day_in_words(until(before))} to {day_in_words(after.first)}"
    weeks = counted((after.first - until(before)).days // 7, "week")
    if len(pairs) == 1:
        sentence = f"No released entry for {weeks}: {dates}."
    else:
        sentence = (
            f"{len(pairs)} gaps of {GAP_WEEKS} weeks or more without a released entry; the longest {weeks}: {dates}."
        )
    yield _observation("gap", sentence, [a for pair in pairs for a in pair])


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
