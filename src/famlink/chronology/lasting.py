"""What lasts, put together from what was told: a plan that starts in one entry and ends in another is one stretch of time."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from famlink.chronology.accounts import Account
from famlink.vocabulary.events import plain

LASTING = frozenset({
    "order", "child-protection-plan", "child-in-need-plan", "looked-after", "placement", "care-proceedings", "early-help",
    "prison", "supervision", "refuge",
})  # fmt: skip
"""Kinds that last."""

_MOST_NAMES = 300
"""Names one agency gives one person's orders; with more, a number stands in each, and none is part of another."""

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
    read: dict[str | None, tuple[str | None, frozenset[str]]] = {}
    lasting = [account for account in found if account.kind in LASTING]
    for account in lasting:
        read.setdefault(account.text("category"), (_phase(account), _name(account)))
    told: dict[tuple[object, ...], _Told] = {}
    # An end on the day of a start comes after it.
    in_time = sorted(lasting, key=lambda one: (one.first, read[one.text("category")][0] == "end", one.ref))
    for account in in_time:
        key = (account.agency, account.event["person_id"], account.kind)
        phase, name = read[account.text("category")]
        known, end = told.setdefault(key, _Told()), account.day("end_date")
        name = frozenset() if account.kind in _ONE_AT_A_TIME else name
        if phase == "end":
            known.ended(account, name)
        elif end is not None and end > account.first:
            known.add(account, name, account.first, end)
        elif end is None and (phase == "start" or account.kind == "order"):
            known.add(account, name, account.first, None)
    done = [Stretch(tuple(one.accounts), one.first, one.last) for known in told.values() for one in known.stretches]
    return sorted(done, key=lambda one: (one.first or one.last or dt.date.min, one.accounts[0].ref))


@dataclass
class _Growing:
    """A stretch that further entries may belong to."""

    accounts: list[Account]
    first: dt.date | None
    last: dt.date | None


@dataclass
class _Told:
    """What one agency told of one person and kind, found again by name: thousands of entries are not gone through for each."""

    stretches: list[_Growing] = field(default_factory=list)
    open: dict[frozenset[str], list[tuple[dt.date, int]]] = field(default_factory=dict)
    closed: dict[tuple[frozenset[str], dt.date], tuple[bool, int]] = field(default_factory=dict)
    alike: dict[frozenset[str], list[frozenset[str]]] = field(default_factory=dict)

    def add(self, account: Account, name: frozenset[str], first: dt.date, last: dt.date | None) -> None:
        """Begin a stretch."""
        if name not in self.open:
            self.open[name] = []
            self.alike = {}
        if last is None:
            self.open[name].append((first, len(self.stretches)))
        else:
            self._close(name, last, (True, len(self.stretches)))
        self.stretches.append(_Growing([account], first, last))

    def ended(self, account: Account, name: frozenset[str]) -> None:
        """Let an entry of an end close what it ends: what began earlier, or else that day, for a move ends one and begins another."""
        day = account.first
        names = self._names_like(name)
        last_of_each = [(*self._latest(other, day), other) for other in names if self.open[other]]
        if last_of_each:
            earlier, place, other = max(last_of_each, key=lambda one: one[:2])
            going = self.open[other]
            del going[bisect.bisect_left(going, (self._first(place), place))]
            self._close(other, day, (earlier, place))
        else:
            again = [self.closed[other, day] for other in names if (other, day) in self.closed]
            if not again:
                self.stretches.append(_Growing([account], None, day))
                return
            _, place = max(again)
        self.stretches[place].last = day
        self.stretches[place].accounts.append(account)

    def _latest(self, name: frozenset[str], day: dt.date) -> tuple[bool, int]:
        """The latest open stretch of a name: whether it began before a day, and its place."""
        going = self.open[name]
        before = bisect.bisect_left(going, (day, -1))
        return (True, going[before - 1][1]) if before else (False, going[-1][1])

    def _first(self, place: int) -> dt.date:
        first = self.stretches[place].first
        assert first is not None
        return first

    def _close(self, name: frozenset[str], day: dt.date, rank: tuple[bool, int]) -> None:
        self.closed[name, day] = max(rank, self.closed.get((name, day), rank))

    def _names_like(self, name: frozenset[str]) -> list[frozenset[str]]:
        """Names told of that one is part of, or that are part of it; among very many, itself alone."""
        if len(self.open) > _MOST_NAMES:
            return [name] if name in self.open else []
        if name not in self.alike:
            self.alike[name] = [other for other in self.open if name <= other or other <= name]
        return self.alike[name]


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
