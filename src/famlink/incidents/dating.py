"""The day each account tells of, and what the days of two accounts weigh.

An account is dated the day of what it tells or some days after; its text may say the day; a vague date was written down some
day, and agencies write things down soon. Of several accounts of one happening the earliest tells its day, and how late each of
the others is says how well it belongs: not how near two late ones are to each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.candidates import MOST_DAYS, PAIR
from famlink.incidents.evidence import BARS, DOUBTED_DAY, OF_DAYS, SAME_DAY, VAGUE, Weights, added
from famlink.incidents.keys import Bools, Ints, codes_of

Floats = NDArray[np.float64]

SAYS_THE_DAY = 2.0
"""Bits above two accounts of one day for a text that says the other's day."""

SAYS_ANOTHER = -4.0
"""Bits besides those of the dates as written where a text says another day than the first account's."""

REPEATS_FROM = 2
"""Days apart from which the same kind again is likelier than two different things: it shares words with the first."""

SHARES_WORDS, BY_CHANCE = 3, 1.5
"""Level of ``text`` from which words are shared, and bits more where only chance could make two other happenings share them."""

TOO_FAR = -12.0
"""Bits of two days more than a week apart, where a vague date leaves both open."""

MOST_LAG = 15
"""What was written down later than so many days after it was dated tells nothing of a vague date."""

PSEUDO_LAGS = 20.0
"""Entries that the lag of all agencies is worth against an agency's own."""


@dataclass(frozen=True)
class Days:
    """The day of what each account tells, by its number.

    Args:
        day: the likeliest day, counted from 1970.
        said: whether a text says it.
        vague: whether it is neither dated to the day nor said.
        doubted: whether the agency doubts it.
        row: of a vague account that was written down on a known day, its row in ``days`` and ``chances``; else -1.
        days: days it may be, one column a day before the entry.
        chances: how probable each is.
    """

    day: Ints
    said: Bools
    vague: Bools
    doubted: Bools
    row: Ints
    days: Ints
    chances: Floats

    @cached_property
    def order(self) -> Ints:
        """The place of each account when all stand by day, those of known day first."""
        place = np.empty(len(self.day), dtype=np.int64)
        place[np.lexsort((np.arange(len(self.day)), self.day, self.vague))] = np.arange(len(self.day))
        return place


def days_told(events: pl.DataFrame, said: pl.DataFrame) -> Days:
    """Find the day of what each account tells.

    Args:
        events: ``rows`` of :class:`famlink.incidents.participants.Entries`.
        said: as :func:`famlink.incidents.mentions.said_days` gives.

    Returns:
        the days.
    """
    first, last, entry = (_day_numbers(events[name]) for name in ("date", "latest", "recorded_on"))
    known = events["recorded_on"].is_not_null().to_numpy()
    exact = events["precision"].is_in(["day", "uncertain"]).to_numpy() & (first == last)
    day = first.copy()
    says = np.zeros(events.height, dtype=np.bool_)
    numbers = said["number"].to_numpy()
    day[numbers], says[numbers] = _day_numbers(said["said"]), True
    vague = ~exact & ~says
    agency = codes_of(events["agency"])
    lag = entry - first
    share = _lags(agency, lag, exact & known & (lag >= 0) & (lag < MOST_LAG))
    told = np.flatnonzero(vague & known & (entry >= first) & (entry < last + MOST_LAG))
    days = entry[told][:, None] - np.arange(MOST_LAG)
    chances = share[agency[told]] * ((days >= first[told][:, None]) & (days <= last[told][:, None]))
    chances /= np.maximum(chances.sum(axis=1, keepdims=True), 1e-12)
    row = np.full(events.height, -1, dtype=np.int64)
    row[told] = np.arange(len(told))
    if len(told):
        day[told] = days[np.arange(len(told)), chances.argmax(axis=1)]
    doubted = (events["precision"] == "uncertain").to_numpy()
    return Days(day, says, vague, doubted, row, days, chances)


def weigh_days(scored: pl.DataFrame, days: Days, weights: Weights) -> pl.DataFrame:
    """Weigh the days of each pair: how late the later account is for what the earlier one tells, and how likely a second happening.

    Args:
        scored: pairs as :meth:`famlink.incidents.evidence.Weights.weigh` gives, with ``gap``.
        days: the day of what each account tells.
        weights: the weights, those of ``days`` learnt.

    Returns:
        the pairs with ``days`` and ``said`` as the days of what is told have them, ``bits_days``, ``bits_said`` and ``bits_delay``
        accordingly, ``bits_again`` (for one happening, so never above nothing), ``apart`` (days between what is told),
        ``weight``, the sum of all with the prior; ``dated``, the prior and what the days say of one happening; and ``evidence``,
        what all else says.
    """
    left, right = (scored[side].to_numpy() for side in PAIR)
    place = days.order
    turned = place[left] > place[right]
    one, other = np.where(turned, right, left), np.where(turned, left, right)
    apart = np.abs(days.day[other] - days.day[one])
    late, second = _bits_by_gap(weights)
    doubted = days.doubted[one] | days.doubted[other]
    # Who says the day is not late for it: the day said is the first account's, or it is another.
    level = np.where(doubted, np.minimum(_level(apart), DOUBTED_DAY), _level(apart))
    bits = np.where(apart > MOST_DAYS, TOO_FAR, late[level])
    says, either = days.said[other], days.said[one] | days.said[other]
    agrees = either & (apart == 0)
    said = np.where(agrees, 1, np.where(either, 0, -1))
    written = _level(np.minimum(scored["gap"].to_numpy(), MOST_DAYS))
    bits = np.where(agrees, late[SAME_DAY], np.where(says, late[written], bits))
    vague = days.vague[one] | days.vague[other]
    bits = np.where(vague, weights.bits["days"][VAGUE], bits)
    told = np.flatnonzero(vague & _known(days, one) & _known(days, other))
    # Two happenings whose days nobody knows may follow each other as those of known days do.
    bits[told] = _open_bits(days, one[told], other[told], late) - np.maximum(
        _open_bits(days, one[told], other[told], second), 0.0
    )
    same_kind = (scored["category"].to_numpy() > 0) & ~vague & (apart <= MOST_DAYS)
    again = np.where(same_kind, second[_level(apart)], 0.0)
    habit = np.where(either | vague, 0.0, scored["bits_delay"].to_numpy())
    by_said = np.where(agrees, SAYS_THE_DAY, np.where(says, SAYS_ANOTHER, 0.0))
    dated = scored.with_columns(
        pl.Series("days", np.where(vague, VAGUE, np.where(apart > MOST_DAYS, 0, level)), dtype=pl.Int32),
        pl.Series("said", np.where(vague, -1, said), dtype=pl.Int32),
        pl.Series("bits_days", bits),
        pl.Series("bits_said", np.where(vague, 0.0, by_said)),
        pl.Series("bits_delay", habit),
        pl.Series("bits_again", -again),
        pl.col("bits_text")
        + pl.Series(np.where((apart < REPEATS_FROM) & (scored["text"].to_numpy() >= SHARES_WORDS), BY_CHANCE, 0.0)),
        pl.Series("apart", apart),
    )
    return _summed(dated, weights)


def weigh_facts(dated: pl.DataFrame, facts: pl.Series, weights: Weights) -> pl.DataFrame:
    """Add what the facts of two accounts weigh: nothing else of a pair changes.

    Args:
        dated: pairs as :func:`weigh_days` gives, without facts.
        facts: levels as :func:`famlink.incidents.facts.facts_level` gives.
        weights: the weights.

    Returns:
        the pairs with ``facts``, ``bits_facts``, ``weight`` and ``evidence`` accordingly.
    """
    return _summed(dated.with_columns(facts.alias("facts"), weights.bar("facts", facts)), weights)


def _summed(dated: pl.DataFrame, weights: Weights) -> pl.DataFrame:
    evidence = added(name for name in BARS if name not in (*OF_DAYS, "again"))
    return dated.with_columns(
        weights.total(BARS).alias("weight"), weights.total(OF_DAYS).alias("dated"), evidence.alias("evidence")
    )


def again_by_days(weights: Weights) -> Floats:
    """What it is worth that a happening is followed by another of its kind so many days later, from the same day to a week.

    Args:
        weights: the weights.

    Returns:
        bits, by days between.

    Example:
        >>> again_by_days(Weights())[[1, 7]].round(1).tolist()
        [0.0, 4.0]
    """
    return _bits_by_gap(weights)[1][_level(np.arange(MOST_DAYS + 1))]


def _day_numbers(dates: pl.Series) -> Ints:
    return dates.cast(pl.Int32).cast(pl.Int64).fill_null(0).to_numpy()


_LEVELS = np.array([SAME_DAY, 4, 3, 2, 1, 1, 0, 0])


def _level(gap: Ints) -> Ints:
    """Levels of the comparison ``days`` for days between; more than a week counts as a week."""
    return _LEVELS[np.minimum(gap, MOST_DAYS)]


def _bits_by_gap(weights: Weights) -> tuple[Floats, Floats]:
    """For each level of days what it says for one happening, and for two of one kind so near, against two far apart.

    Both together are the weight of the level. Where an account must belong to one of two, only the first tells which.
    """
    bits = np.asarray(weights.bits["days"])
    late = np.maximum(bits, bits[SAME_DAY] + np.asarray(weights.delays))
    return late, late - bits


def _lags(agency: Ints, lag: Ints, usable: Bools) -> Floats:
    """How many days after its date each agency writes an account down: shares, pulled to those of all."""
    counted = np.zeros((int(agency.max(initial=0)) + 1, MOST_LAG))
    np.add.at(counted, (agency[usable], lag[usable]), 1.0)
    pooled = (counted.sum(axis=0) + 0.5) / (counted.sum() + 0.5 * MOST_LAG)
    shares: Floats = (counted + PSEUDO_LAGS * pooled) / (counted.sum(axis=1, keepdims=True) + PSEUDO_LAGS)
    return shares


def _known(days: Days, number: Ints) -> Bools:
    """Whether an account's day is known, or the day it was written down."""
    known: Bools = ~days.vague[number] | (days.row[number] >= 0)
    return known


def _open_bits(days: Days, one: Ints, other: Ints, by_gap: Floats) -> Floats:
    """The weight of two days of which at least one is vague: the mean over the days they may be."""
    (days_one, chance_one), (days_other, chance_other) = _open(days, one), _open(days, other)
    gap = np.abs(days_one[:, :, None] - days_other[:, None, :])
    likely = np.where(gap > MOST_DAYS, 2.0**TOO_FAR, np.exp2(by_gap)[_level(np.minimum(gap, MOST_DAYS))])
    mean: Floats = np.log2((chance_one[:, :, None] * chance_other[:, None, :] * likely).sum(axis=(1, 2)) + 2.0**-60)
    return mean


def _open(days: Days, number: Ints) -> tuple[Ints, Floats]:
    """The days an account may be of, and the chances: one day where it is known."""
    on = np.repeat(days.day[number][:, None], MOST_LAG, axis=1)
    chance = np.zeros((len(number), MOST_LAG))
    chance[:, 0] = 1.0
    open_ = np.flatnonzero(days.vague[number])
    rows = days.row[number[open_]]
    on[open_], chance[open_] = days.days[rows], days.chances[rows]
    return on, chance
