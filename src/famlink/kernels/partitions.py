"""Few accounts parted into happenings in every way there is, and how probable it makes it that two are of one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit


class Accounts(NamedTuple):
    """Accounts, group by group.

    Args:
        begin: first account of each group, and one past the last; accounts of a group stand by the day of what they tell.
        agency: number of the agency of each.
        family: number of the family of kinds of each, -1 where it does not say.
        first: earliest day each was of, as it is dated.
        last: latest day.
        day: the day of what each tells; :data:`NO_DAY` where it is not known.
    """

    begin: np.ndarray
    agency: np.ndarray
    family: np.ndarray
    first: np.ndarray
    last: np.ndarray
    day: np.ndarray


class Pairs(NamedTuple):
    """Compared pairs of accounts, group by group.

    Args:
        begin: first pair of each group, and one past the last.
        earlier: place in its group of the account that stands first.
        later: place of the other.
        said: bits of what both say; never one happening from ``never`` bits down.
        dated: bits of the later one's date where the earlier one tells the day.
    """

    begin: np.ndarray
    earlier: np.ndarray
    later: np.ndarray
    said: np.ndarray
    dated: np.ndarray


class Rules(NamedTuple):
    """What holds for all groups.

    Args:
        most: so many accounts a group has at most.
        further: what further pairs count for beside the best of them.
        unknown: bits of a pair nobody compared.
        never: bits at which two are never one.
        week: days within which all of a happening are.
        again: for so many days between, bits for two happenings of which one is next after the other.
        nearest: whether an account's date is judged by the account it suits best, not by the first.
    """

    most: int
    further: float
    unknown: float
    never: float
    week: int
    again: np.ndarray
    nearest: bool


NO_DAY = -(1 << 40)
"""The day of an account whose day is not known."""


@njit(cache=True, nogil=True)
def find_root(parent: np.ndarray, node: int) -> int:
    """The root of a node, its path halved on the way."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True, nogil=True)
def grow(left: np.ndarray, right: np.ndarray, most: int, parent: np.ndarray) -> None:
    """Join the ends of pairs, in the order given, where no more than ``most`` come together; parent[i] becomes i's group.

    ``parent`` comes in as each its own. A group is named by its least member.
    """
    size = np.ones(len(parent), dtype=np.int64)
    for p in range(len(left)):
        a, b = find_root(parent, left[p]), find_root(parent, right[p])
        if a == b or size[a] + size[b] > most:
            continue
        keep, gone = min(a, b), max(a, b)
        parent[gone] = keep
        size[keep] += size[gone]
    for i in range(len(parent)):
        parent[i] = find_root(parent, i)


@njit(cache=True, nogil=True)
def together(accounts: Accounts, pairs: Pairs, rules: Rules, out: np.ndarray) -> None:
    """Fill out with the probability of each pair: the share of all partitions of its group in which the two are together.

    A partition is worth 2 to the sum of its bits. An account that joins others adds what its date says of the day of the
    first of them (of the one it suits best, where ``nearest``), and what it says in common with them: the best pair, and a share of the others. Each happening after
    the first adds ``again`` for the days between the first accounts of the two, where both may be of one kind. Two of one agency, of two families of kinds, or more than a
    week apart are never together, nor a pair of ``never`` bits; one that was compared is judged by its bits alone.
    """
    most = rules.most
    said = np.empty((most, most))
    dated = np.empty((most, most))
    again = np.empty((most, most))
    shared = np.empty((most, most))
    place = np.empty(most, dtype=np.int64)
    made = np.empty(most + 1, dtype=np.int64)
    bits = np.empty(most + 1)
    anchor = np.empty(most, dtype=np.int64)
    nothing = -1e300
    for g in range(len(accounts.begin) - 1):
        at = accounts.begin[g]
        size = accounts.begin[g + 1] - at
        for i in range(size):
            for j in range(i):
                a, b = at + j, at + i
                far = max(accounts.first[b] - accounts.last[a], accounts.first[a] - accounts.last[b]) > rules.week
                kinds = accounts.family[a] >= 0 and accounts.family[b] >= 0 and accounts.family[a] != accounts.family[b]
                apart = far or kinds or accounts.agency[a] == accounts.agency[b]
                said[j, i] = rules.never if apart else rules.unknown
                gap = abs(accounts.day[b] - accounts.day[a])
                known = accounts.day[b] != NO_DAY and accounts.day[a] != NO_DAY
                again[j, i] = rules.again[gap] if known and not kinds and gap < len(rules.again) else 0.0
                dated[j, i], shared[j, i] = nothing, 0.0
        for p in range(pairs.begin[g], pairs.begin[g + 1]):
            j, i = pairs.earlier[p], pairs.later[p]
            said[j, i], dated[j, i] = pairs.said[p], pairs.dated[p]
            if accounts.agency[at + i] == accounts.agency[at + j]:
                said[j, i] = rules.never
        total = 0.0
        i = 0
        place[0], made[0], bits[0] = -1, 0, 0.0
        while i >= 0:
            place[i] += 1
            c = place[i]
            if c > made[i]:
                i -= 1
                continue
            value = bits[i]
            made[i + 1] = made[i]
            if c == made[i]:
                anchor[c] = i
                made[i + 1] += 1
                if c > 0:
                    value += again[anchor[c - 1], i]
            else:
                best, everything, day, never = nothing, 0.0, nothing, False
                for j in range(i):
                    if place[j] != c:
                        continue
                    one = said[j, i]
                    never = never or one <= rules.never
                    everything += one
                    best = max(best, one)
                    day = max(day, dated[j, i])
                if never:
                    continue
                if not rules.nearest and dated[anchor[c], i] > nothing:
                    day = dated[anchor[c], i]
                value += best + rules.further * (everything - best) + (day if day > nothing else 0.0)
            bits[i + 1] = value
            if i + 1 < size:
                i += 1
                place[i] = -1
                continue
            mass = 2.0 ** min(value, 900.0)
            total += mass
            for a in range(size):
                for b in range(a + 1, size):
                    if place[a] == place[b]:
                        shared[a, b] += mass
        for p in range(pairs.begin[g], pairs.begin[g + 1]):
            out[p] = shared[pairs.earlier[p], pairs.later[p]] / total
