"""Slow, plain twins of the kernels for partitions and for sums over words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise


def partitions(items: list[int]) -> Iterator[list[list[int]]]:
    """Every way to part a list into sets, each in the list's order, sets by their first."""
    if not items:
        yield []
        return
    *before, last = items
    for parts in partitions(before):
        yield [*parts, [last]]
        for place, part in enumerate(parts):
            yield [*parts[:place], [*part, last], *parts[place + 1 :]]


def together(
    accounts: list[tuple[int, int, int, int, int | None]],
    pairs: dict[tuple[int, int], tuple[float, float]],
    *,
    further: float,
    unknown: float,
    never: float,
    week: int,
    again: list[float],
    nearest: bool,
) -> dict[tuple[int, int], float]:
    """Accounts are (agency, family, first, last, day); pairs (said, dated) by place. The probability of each pair."""

    def said(j: int, i: int) -> float:
        (agency, family, first, last, _), (agency_i, family_i, first_i, last_i, _) = accounts[j], accounts[i]
        if agency == agency_i:
            return never
        if (j, i) in pairs:
            return pairs[j, i][0]
        differ = family >= 0 and family_i >= 0 and family != family_i
        return never if differ or max(first_i - last, first - last_i) > week else unknown

    def second(j: int, i: int) -> float:
        (_, family, _, _, day), (_, family_i, _, _, day_i) = accounts[j], accounts[i]
        if day is None or day_i is None or (family >= 0 and family_i >= 0 and family != family_i):
            return 0.0
        return again[abs(day_i - day)] if abs(day_i - day) < len(again) else 0.0

    shares = dict.fromkeys(pairs, 0.0)
    total = 0.0
    for parts in partitions(list(range(len(accounts)))):
        bits = sum(second(a[0], b[0]) for a, b in pairwise(parts))
        for part in parts:
            for place, i in enumerate(part[1:], 1):
                values = [said(j, i) for j in part[:place]]
                if min(values) <= never:
                    bits = float("-inf")
                    break
                dates = [pairs[j, i][1] for j in part[:place] if (j, i) in pairs]
                day = max(dates, default=0.0)
                if not nearest and (part[0], i) in pairs:
                    day = pairs[part[0], i][1]
                bits += max(values) + further * (sum(values) - max(values)) + day
        mass = 2.0**bits if bits > float("-inf") else 0.0
        total += mass
        for j, i in pairs:
            if any(j in part and i in part for part in parts):
                shares[j, i] += mass
    return {pair: share / total for pair, share in shares.items()}


def grow(pairs: list[tuple[int, int]], size: int, most: int) -> list[int]:
    """Groups of no more than ``most``, each named by its least member."""
    group = list(range(size))
    for a, b in pairs:
        one, other = group[a], group[b]
        if one != other and sum(g in (one, other) for g in group) <= most:
            group = [min(one, other) if g in (one, other) else g for g in group]
    return group


def sum_of_words(left: list[int], right: list[int], table: list[list[float]]) -> float:
    return sum(table[a][b] for a in left for b in right)
