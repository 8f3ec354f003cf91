"""Pairs of events worth weighing: about the same people or their close family, within days, or one quoting the other."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.keys import Bools, among, distinct

Places = NDArray[np.uint64]

MOST_DAYS = 7
"""Agencies write one happening down within a week of each other."""

MOST_NEIGHBOURS = 24
"""An event is weighed against at most so many events after it of one person: a hundred thousand on one stay bounded."""

PAIR = ["left", "right"]


def near_pairs(events: pl.DataFrame, inside: pl.DataFrame, close: pl.DataFrame | None) -> pl.DataFrame:
    """Pairs of events that touch one person within :data:`MOST_DAYS`: that have them inside, or close family of theirs.

    Routine events are left out: a school start and a tenancy are not accounts of one happening. One of the two at least has
    the person inside.

    Args:
        events: ``rows`` of :class:`famlink.incidents.participants.Entries`.
        inside: as :func:`famlink.incidents.participants.participants` gives.
        close: as :func:`famlink.incidents.participants.close_people` gives, or None where no relations are known.

    Returns:
        ``left`` < ``right``, ``direct`` (whether somebody is in both); unique and sorted.
    """
    first, last = (events[name].cast(pl.Int32).to_numpy() for name in ("date", "latest"))
    by_date = (np.sort(first.astype(np.int64) << 32 | np.arange(len(first))) & 0xFFFFFFFF).astype(np.uint32)
    rank = np.empty(len(by_date), dtype=np.uint64)
    rank[by_date] = np.arange(len(by_date), dtype=np.uint64)
    live = inside.filter(pl.Series((events["stage"] != "routine").to_numpy()[inside["number"].to_numpy()]))
    reach = _reach(rank[live["number"].to_numpy()], live["person_id"].to_numpy(), close)
    person = (reach >> np.uint64(32)).astype(np.uint32)
    number = by_date[(reach & np.uint64(0xFFFFFFFF)) >> np.uint64(1)]
    direct = reach & np.uint64(1) == 0
    first, last = first[number], last[number]
    at = np.arange(len(number) - 1)
    pairs = [np.empty(0, dtype=np.uint64)]
    for step in range(1, MOST_NEIGHBOURS + 1):
        at = at[: np.searchsorted(at, len(number) - step)]
        # Events of one person stand by date: what is too far now is further at the next step.
        at = at[(person[at] == person[at + step]) & (first[at + step] - last[at] <= MOST_DAYS)]
        if not len(at):
            break
        here = at[direct[at] | direct[at + step]]
        pairs.append(_keys(number[here], number[here + step], seldom=~(direct[here] & direct[here + step])))
    return _pairs(_least_first(np.concatenate(pairs)), "direct")


def _reach(rank: Places, person: Places, close: pl.DataFrame | None) -> Places:
    """Which events touch whom: person, place of the event by date, and a last bit where through close family alone; sorted."""
    parts = [(person.astype(np.uint64) << np.uint64(32)) | (rank << np.uint64(1))]
    if close is not None:
        kin = distinct(
            (close["person_id"].to_numpy().astype(np.uint64) << np.uint64(32)) | close["relative_id"].to_numpy()
        )
        of = (kin >> np.uint64(32)).astype(np.int64)
        size = int(max(of.max(initial=0), person.max(initial=0))) + 1
        many = np.bincount(of, minlength=size)
        begin = np.cumsum(many) - many
        reps = many[person]
        place = np.arange(int(reps.sum())) - np.repeat(np.cumsum(reps) - reps - begin[person], reps)
        parts.append((kin[place] << np.uint64(32)) | (np.repeat(rank, reps) << np.uint64(1)) | np.uint64(1))
    return _least_first(np.concatenate(parts))


def _least_first(keys: Places) -> Places:
    """Sort, and keep of those that differ in their last bit alone the one without it."""
    keys = np.sort(keys)
    new = np.ones(len(keys), dtype=np.bool_)
    new[1:] = (keys[1:] ^ keys[:-1]) > np.uint64(1)
    return keys[new]


def referring_pairs(known: pl.DataFrame, quoted: pl.DataFrame) -> pl.DataFrame:
    """Pairs of events joined by a reference: one quotes the other's, or both carry the same one.

    Args:
        known: as :func:`famlink.incidents.references.held` gives.
        quoted: as :func:`famlink.incidents.references.quotes` gives.

    Returns:
        ``left`` < ``right``, ``same_reference``; unique and sorted.
    """
    carried = known.filter(pl.col("holders") > 1).sort("key", "date", "number")
    # One agency writes a row for each person of one occurrence: the same reference on the same day.
    following = carried.select(
        pl.col("number").alias("one"),
        pl.col("number").shift(-1).over("key").alias("other"),
    ).drop_nulls()
    parts = [
        _keys(quoted["quoting"].to_numpy(), quoted["quoted"].to_numpy(), seldom=True),
        _keys(following["one"].to_numpy(), following["other"].to_numpy(), seldom=False),
    ]
    return _pairs(_least_first(np.concatenate(parts)), "same_reference")


def all_pairs(near: pl.DataFrame, referring: pl.DataFrame) -> pl.DataFrame:
    """Pairs found either way.

    Args:
        near: as :func:`near_pairs` gives.
        referring: as :func:`referring_pairs` gives.

    Returns:
        ``left`` < ``right``, ``direct`` (null for a pair joined by a reference alone) and ``same_reference``; unique and sorted.
    """
    keys = [_keys(found["left"].to_numpy(), found["right"].to_numpy(), seldom=False) for found in (near, referring)]
    every = distinct(np.concatenate(keys))
    direct, same = np.zeros(len(every), dtype=np.bool_), np.zeros(len(every), dtype=np.bool_)
    direct[np.searchsorted(every, keys[0])] = near["direct"].to_numpy()
    same[np.searchsorted(every, keys[1])] = referring["same_reference"].to_numpy()
    touching = among(keys[0], every)
    return _pairs(every, "direct").with_columns(
        pl.Series("direct", direct).set(pl.Series(~touching), None), pl.Series("same_reference", same)
    )


def _keys(one: NDArray[np.uint32], other: NDArray[np.uint32], *, seldom: Bools | bool) -> Places:
    """A number for each pair of events, whichever comes first, with a last bit that is wanted only where no other row lacks it."""
    low, high = np.minimum(one, other).astype(np.uint64), np.maximum(one, other).astype(np.uint64)
    last: Places = np.asarray(seldom, dtype=np.uint64)
    return (low << np.uint64(33)) | (high << np.uint64(1)) | last


def _pairs(keys: Places, name: str) -> pl.DataFrame:
    """Pairs from their numbers; the column is true where the last bit is not set."""
    return pl.DataFrame(
        {
            "left": (keys >> np.uint64(33)).astype(np.uint32),
            "right": ((keys >> np.uint64(1)) & np.uint64(0xFFFFFFFF)).astype(np.uint32),
            name: keys & np.uint64(1) == 0,
        }
    )
