"""What the events of some pairs tell: each text once, however many events have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from famlink.incidents.candidates import PAIR
from famlink.incidents.participants import MOST_TEXT, Entries
from famlink.texts import numbered


@dataclass(frozen=True)
class Told:
    """The events of some pairs.

    Args:
        rows: the events, by number, with what is compared of them; ``text`` is the number of the description's beginning, null
            where there is none.
        texts: the beginnings of descriptions by number.
    """

    rows: pl.DataFrame
    texts: pl.Series


def told_in(pairs: pl.DataFrame, entries: Entries) -> Told:
    """What the events of some pairs tell.

    Args:
        pairs: ``left``, ``right``.
        entries: the events, as :func:`famlink.incidents.participants.participants` gives.

    Returns:
        the events of the pairs.
    """
    used = np.zeros(len(entries.order), dtype=np.bool_)
    for side in PAIR:
        used[pairs[side].to_numpy()] = True
    said = entries.given.select("category", "recorded_by", "time", "place", "record_id", "reference", "description")
    rows = entries.rows.filter(pl.Series(used)).hstack(said[entries.order[used]])
    text, texts = numbered(rows["description"].str.slice(0, MOST_TEXT))
    return Told(rows.drop("description").with_columns(text.alias("text")), texts)
