"""Pairs of events worth weighing: about the same people or their close family, within days, or one quoting the other."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.keys import distinct
from famlink.texts import numbered

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
        events: as :func:`famlink.incidents.participants.numbered` gives.
        inside: as :func:`famlink.incidents.participants.participants` gives.
        close: as :func:`famlink.incidents.participants.close_people` gives, or None where no relations are known.

    Returns:
        ``left`` < ``right``, ``direct`` (whether somebody is in both); unique and sorted.
    """
    first, last = (events[name].cast(pl.Int32).to_numpy() for name in ("date", "latest"))
    by_date = np.argsort(first, kind="stable").astype(np.uint32)
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
        one, other = number[here].astype(np.uint64), number[here + step].astype(np.uint64)
        apart = ~(direct[here] & direct[here + step])
        pairs.append((np.minimum(one, other) << np.uint64(33)) | (np.maximum(one, other) << np.uint64(1)) | apart)
    found = _least_first(np.concatenate(pairs))
    return pl.DataFrame(
        {
            "left": (found >> np.uint64(33)).astype(np.uint32),
            "right": ((found >> np.uint64(1)) & np.uint64(0xFFFFFFFF)).astype(np.uint32),
            "direct": found & np.uint64(1) == 0,
        }
    )


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
    number, _ = numbered(known["key"])
    carried = known.with_columns(number).filter(pl.len().over("key") > 1).sort("key", "date", "number")
    # One agency writes a row for each person of one occurrence: the same reference on the same day.
    following = carried.select(
        pl.col("number").alias("one"),
        pl.col("number").shift(-1).over("key").alias("other"),
    ).drop_nulls()
    pairs = pl.concat(
        [
            quoted.select(
                pl.min_horizontal("quoting", "quoted").alias("left"),
                pl.max_horizontal("quoting", "quoted").alias("right"),
                pl.lit(value=False).alias("same_reference"),
            ),
            following.select(
                pl.min_horizontal("one", "other").alias("left"),
                pl.max_horizontal("one", "other").alias("right"),
                pl.lit(value=True).alias("same_reference"),
            ),
        ]
    )
    return pairs.group_by(PAIR).agg(pl.col("same_reference").any()).sort(PAIR)
