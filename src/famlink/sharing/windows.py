"""How far back events are relevant: the policy's window, the request's own, and what no window may hide."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from famlink.sharing.released import Request


@dataclass(frozen=True)
class Window:
    """The days a request may see.

    Args:
        since: first day; None for life.
        asked_from: first day the request asked about; None for any.
        asked_until: last day the request asked about; None for any.
        older_because: the recorded reason why older events are relevant; empty where none was.
    """

    since: dt.date | None
    asked_from: dt.date | None
    asked_until: dt.date | None
    older_because: str = ""

    def place(self, first: dt.date, last: dt.date) -> str:
        """Say where an event falls.

        Args:
            first: earliest day it can have been.
            last: latest day it can have ended.

        Returns:
            ``inside``; ``older`` than the policy's window; or ``outside`` the days asked about.
        """
        if self.asked_until is not None and first > self.asked_until:
            return "outside"
        if self.asked_from is not None and last < self.asked_from:
            return "outside"
        return "older" if self.since is not None and last < self.since else "inside"


def window(request: Request, months: int | None, *, as_at: dt.date) -> Window:
    """The window of one request under one rule.

    Args:
        request: what was asked; a recorded ``why_older`` opens the policy's window back to ``window_from``.
        months: the rule's window; None for life.
        as_at: the day the extracts describe, from which it is counted back.

    Returns:
        the window.

    Example:
        >>> asked = Request(subjects=(("csc", "1"),), basis="s17")
        >>> window(asked, 24, as_at=dt.date(2026, 6, 1)).since
        datetime.date(2024, 6, 1)
    """
    since = months_before(as_at, months) if months is not None else None
    reason = request.why_older.strip()
    if since is not None and reason and request.window_from is not None:
        since = min(since, request.window_from)
    return Window(since, request.window_from, request.window_until, reason)


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day some months earlier, or the last day of that month.

    Example:
        >>> months_before(dt.date(2026, 3, 31), 1)
        datetime.date(2026, 2, 28)
    """
    ordinal = day.year * 12 + day.month - 1 - months
    year, month = divmod(ordinal, 12)
    for number in range(day.day, 27, -1):
        try:
            return dt.date(year, month + 1, number)
        except ValueError:
            continue
    return dt.date(year, month + 1, day.day)
