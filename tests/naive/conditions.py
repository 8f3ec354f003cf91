"""Slow, plain twins of the kernels for conditions: similarities, levels, weights, and pairs that share a key."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache


def damerau(a: str, b: str) -> int:
    """Unrestricted Damerau-Levenshtein, straight from its recurrence."""

    @cache
    def cost(i: int, j: int) -> int:
        if i == 0 or j == 0:
            return i + j
        best = min(cost(i - 1, j) + 1, cost(i, j - 1) + 1, cost(i - 1, j - 1) + (a[i - 1] != b[j - 1]))
        for k in range(1, i):
            for m in range(1, j):
                if a[k - 1] == b[j - 1] and a[i - 1] == b[m - 1]:
                    best = min(best, cost(k - 1, m - 1) + (i - k - 1) + 1 + (j - m - 1))
        return best

    return cost(len(a), len(b))


def jaccard(a: str, b: str) -> float:
    return len(set(a) & set(b)) / len(set(a) | set(b)) if a or b else 0.0


def closest(one: list[str], other: list[str], measure: Callable[[str, str], float], *, distance: bool) -> float | None:
    found = [measure(a, b) for a in one for b in other]
    return (min(found) if distance else max(found)) if found else None


def grade(value: float | None, cuts: list[float]) -> int:
    return -1 if value is None else sum(value >= cut for cut in cuts)


def level(grades: list[int], clauses: list[tuple[int, list[tuple[int, set[int]]]]]) -> int:
    for number, terms in clauses:
        if all(grades[feature] in wanted for feature, wanted in terms):
            return number
    return 0


def weight(
    prior: float,
    rows: list[tuple[float, float, float, float, tuple[float | None, float | None] | None]],
) -> tuple[float, float]:
    """Rows of (m, u, weight of the term, usual u, and least, shares of left and right)."""
    plain = sum(math.log2(m / u) for m, u, *_ in rows)
    whole = math.log2(prior / (1 - prior)) + plain
    for _, _, share, usual, told in rows:
        if told is None:
            continue
        least, *sides = told
        known = [one for one in sides if one is not None]
        if known:
            whole += share * math.log2(usual / max([*known, least]))
    return whole, plain


def pairs(rules: list[tuple[list[set[int]], list[set[int]]]], apart: list[int]) -> list[list[tuple[int, int]]]:
    """New pairs of each rule, given the keys of every record on the left and on the right."""
    size = len(apart)
    seen: set[tuple[int, int]] = set()
    found = []
    for left, right in rules:
        mine = [
            (i, j)
            for i in range(size)
            for j in range(i + 1, size)
            if left[i] & right[j] and (apart[i] < 0 or apart[i] != apart[j]) and (i, j) not in seen
        ]
        seen |= set(mine)
        found.append(mine)
    return found
