"""What is missing or came late: weeks without an entry, who knew first, referrals again or unanswered, a child not seen."""

from __future__ import annotations

import datetime as dt

from famlink.chronology.accounts import Account
from famlink.chronology.kinds import REFERRALS
from famlink.chronology.words import agency_name, counted, listed
from famlink.sharing.portrait import Portrait

GAP_WEEKS = 26
"""A run of this many weeks without any released entry is said."""

RE_REFERRAL_DAYS = 365
"""A referral within this many days of the last one is a re-referral."""

FIRST_DAYS = 7
"""An agency that knew this many days before another knew first."""

_ANSWERS = {
    **dict.fromkeys(("y", "yes", "true", "1", "seen", "seen alone"), "yes"),
    **dict.fromkeys(("n", "no", "false", "0", "not seen"), "no"),
}


def until(account: Account) -> dt.date:
    """Find the last day an account speaks of.

    Args:
        account: an account.

    Returns:
        its end, or the last day it can have been.
    """
    end = account.day("end_date")
    return max(account.latest, end) if end is not None else account.latest


def gap_pairs(
    past: list[Account], children: list[Portrait], *, weeks: int = GAP_WEEKS
) -> list[tuple[Account, Account]]:
    """Find the runs of weeks in which nothing released is dated.

    Args:
        past: accounts in the order of the chronology, none planned.
        children: the subject children; gaps count from the first one's birth.
        weeks: shortest gap.

    Returns:
        (account before, account after) for each gap. An entry with an uncertain date or an end counts for its whole
        interval, so a gap is never longer than it can be shown to be.
    """
    start = min((c.date_of_birth for c in children if c.date_of_birth is not None), default=dt.date.min)
    pairs = []
    reached: Account | None = None
    for account in sorted(past, key=lambda a: (a.first, a.incident, a.ref)):
        if reached is not None and until(reached) >= start and (account.first - until(reached)).days >= weeks * 7:
            pairs.append((reached, account))
        if reached is None or until(account) > until(reached):
            reached = account
    return pairs


def knew_first(past: list[Account], *, days: int = FIRST_DAYS) -> list[tuple[Account, str]]:
    """Find incidents one agency can be shown to have known of well before another.

    Args:
        past: accounts in the order of the chronology.
        days: least days between the first and another agency.

    Returns:
        (the first agency's account, sentence). An agency that acted because of an incident knew of it by then.
    """
    number = {str(a.event["incident_id"]): a.incident for a in past}
    knew: dict[int, dict[str, Account]] = {}
    for account in past:
        incidents = [account.incident]
        cause = number.get(account.text("related_incident_id") or "")
        if cause is not None and account.text("role") == "consequence":
            incidents.append(cause)
        for incident in incidents:
            told = knew.setdefault(incident, {})
            if account.agency not in told or account.known_on < told[account.agency].known_on:
                told[account.agency] = account
    found = []
    for incident, told in sorted(knew.items()):
        first = min(told.values(), key=lambda a: (a.known_on, a.incident != incident, a.agency))
        later = sorted(
            (a for a in told.values() if (a.known_on - first.known_on).days >= days),
            key=lambda a: (a.known_on, a.agency),
        )
        if later and first.incident == incident:
            said = [
                f"{counted((a.known_on - first.known_on).days, 'day')} before {agency_name(a.agency)}" for a in later
            ]
            found.append((first, f"{agency_name(first.agency)} knew first: {listed(said)}"))
    return found


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
        if before is not None and before.incident == account.incident:
            continue
        if before is not None and 0 <= (account.first - before.latest).days <= RE_REFERRAL_DAYS:
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


def yes_or_no(account: Account) -> str | None:
    """Read what an account says of whether the child was seen.

    Args:
        account: an account.

    Returns:
        ``yes``, ``no``, or None where it says neither.
    """
    return _ANSWERS.get((account.text("child_seen") or "").strip().casefold())
