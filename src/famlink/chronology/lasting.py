"""What lasts, put together from what was told: a plan that starts in one entry and ends in another is one stretch of time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from famlink.chronology.accounts import Account
from famlink.vocabulary.events import plain

LASTING = frozenset({
    "order", "child-protection-plan", "child-in-need-plan", "looked-after", "placement", "care-proceedings", "early-help",
    "prison", "supervision", "refuge",
})  # fmt: skip
"""Kinds that last."""

_ONE_AT_A_TIME = LASTING - {"order", "care-proceedings", "early-help", "supervision"}
"""Kinds of which a person has one at a time with one agency: what ends is what began, whatever words are used."""

_STARTS = frozenset({
    "start", "started", "starts", "starting", "began", "begin", "begins", "begun", "commenced", "commences", "commencement",
    "opened", "open", "made", "granted", "issued", "initiated", "became", "becoming", "placed", "entered", "registered",
    "remanded", "recalled", "imposed", "new", "accepted",
})  # fmt: skip
_ENDS = frozenset({
    "end", "ended", "ends", "ending", "ceased", "cease", "ceases", "closed", "closure", "close", "discharged", "discharge",
    "revoked", "revocation", "terminated", "termination", "expired", "expiry", "concluded", "conclusion", "completed",
    "finished", "lapsed", "deregistered", "left", "released", "release", "removed", "withdrawn", "quashed",
})  # fmt: skip
_NEITHER = frozenset({
    "not", "no", "application", "applied", "refused", "declined", "proposed", "considered", "considering", "extended",
    "varied", "breach", "breached", "review", "request", "requested", "hearing", "planned", "notice", "visit", "meeting",
    "due", "transferred",
})  # fmt: skip
_FILLERS = frozenset({
    "the", "of", "a", "an", "to", "be", "being", "in", "into", "from", "was", "is", "by", "for", "on", "and", "under",
    "subject", "child", "children", "s",
})  # fmt: skip
_SHORT = {"cp": "protection", "cpp": "protection plan", "cin": "need", "lac": "looked after", "cla": "looked after"}


@dataclass(frozen=True)
class Stretch:
    """A stretch of time, as one agency told of it.

    Args:
        accounts: the entry that tells of it, or the one of its start and the one of its end.
        first: its first day; None where only its end was told.
        last: its last day; None where no end was told.
    """

    accounts: tuple[Account, ...]
    first: dt.date | None
    last: dt.date | None


def stretches(found: Iterable[Account]) -> list[Stretch]:
    """Put entries of starts and ends together.

    An end belongs to the latest earlier start that one agency told of one person, of the same kind and the same name:
    "Care order discharged" ends no supervision order. A person has one plan, placement or time in care at a time with an
    agency: there only the kind counts. An entry with an end of its own is whole already, and one that tells the same end
    again is part of it.

    Args:
        found: accounts.

    Returns:
        what lasted, in order of its first known day. A start without an end is open, an order without a word of either too;
        an end without a start has no first day.
    """
    done: list[Stretch] = []
    open_at: dict[tuple[object, ...], list[Stretch]] = {}
    lasting = [account for account in found if account.kind in LASTING]
    # An end on the day of a start comes after it.
    for account in sorted(lasting, key=lambda one: (one.first, _phase(one) == "end", one.ref)):
        key = (account.agency, account.event["person_id"], account.kind)
        known, phase, end = open_at.setdefault(key, []), _phase(account), account.day("end_date")
        if phase == "end":
            place = _place(account, known)
            if place is None:
                known.append(Stretch((account,), None, account.first))
            else:
                known[place] = replace(known[place], accounts=(*known[place].accounts, account), last=account.first)
        elif end is not None and end > account.first:
            known.append(Stretch((account,), account.first, end))
        elif end is None and (phase == "start" or account.kind == "order"):
            known.append(Stretch((account,), account.first, None))
    for known in open_at.values():
        done += known
    return sorted(done, key=lambda one: (one.first or one.last or dt.date.min, one.accounts[0].ref))


def _place(account: Account, known: list[Stretch]) -> int | None:
    """Which stretch an entry of an end belongs to: one that began earlier, or else that day, for a move ends one and begins another."""
    fitting = []
    for place, one in enumerate(known):
        fits = account.kind in _ONE_AT_A_TIME or _alike(_name(one.accounts[0]), _name(account))
        if one.first is not None and fits and one.last in (None, account.first):
            fitting.append((one.last is None, one.first < account.first, place))
    return max(fitting)[2] if fitting else None


def _phase(account: Account) -> str | None:
    """Whether an entry tells of a start or an end by its category."""
    said = set(_tokens(account))
    if said & _NEITHER:
        return None
    starts, ends = bool(said & _STARTS), bool(said & _ENDS)
    return None if starts == ends else "start" if starts else "end"


def _name(account: Account) -> frozenset[str]:
    """What an entry says has started or ended."""
    said = " ".join(_SHORT.get(token, token) for token in _tokens(account)).split()
    return frozenset(said) - _STARTS - _ENDS - _FILLERS


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return one <= other or other <= one


def name_of(one: Stretch) -> str:
    """What lasted, as its first entry calls it, without a last word that only says that it began.

    Example:
        >>> " ".join(_whole("Child protection plan started".split())), _whole(["Started"])
        ('Child protection plan', ['Started'])
    """
    account = one.accounts[0]
    said = (account.text("category") or "").split()
    return " ".join(said if one.first is None else _whole(said))


def _whole(said: list[str]) -> list[str]:
    kept = said[:-1] if len(said) > 1 and plain(said[-1]) in _STARTS else said
    while len(kept) > 1 and not plain(kept[-1]):
        kept = kept[:-1]
    return kept


def _tokens(account: Account) -> list[str]:
    return plain(account.text("category") or "").split()
