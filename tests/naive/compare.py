"""Slow, plain twins of the comparison kernel: text, dates, grades, levels."""

from __future__ import annotations

import datetime as dt
import math


def jaro(a: str, b: str) -> float:
    if not a or not b:
        return 1.0 if a == b else 0.0
    window = max(max(len(a), len(b)) // 2 - 1, 0)
    free = list(range(len(b)))
    of_a, places = [], []
    for i, letter in enumerate(a):
        for j in free:
            if abs(i - j) <= window and b[j] == letter:
                free.remove(j)
                of_a.append(letter)
                places.append(j)
                break
    common = len(of_a)
    if not common:
        return 0.0
    of_b = [b[j] for j in sorted(places)]
    moved = sum(x != y for x, y in zip(of_a, of_b, strict=True)) // 2
    return (common / len(a) + common / len(b) + (common - moved) / common) / 3.0


def jaro_winkler(a: str, b: str) -> float:
    similarity = jaro(a, b)
    if similarity <= 0.7:
        return similarity
    prefix = 0
    for x, y in zip(a[:4], b[:4], strict=False):
        if x != y:
            break
        prefix += 1
    return similarity + prefix * 0.1 * (1.0 - similarity)


def edits(a: str, b: str, *, swaps: bool) -> int:
    table = [[i + j if i == 0 or j == 0 else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            best = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if swaps and i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                best = min(best, table[i - 2][j - 2] + 1)
            table[i][j] = best
    return table[-1][-1]


def date_grade(left: str, right: str) -> int:
    """Dates as eight digits yyyymmdd; 00 where a month or day is unknown."""
    year_a, month_a, day_a = left[:4], left[4:6], left[6:]
    year_b, month_b, day_b = right[:4], right[4:6], right[6:]
    whole = "00" not in (month_a, day_a, month_b, day_b)
    if whole:
        if left == right:
            return 8
        if (year_a, month_a, day_a) == (year_b, day_b, month_b):
            return 7
        if edits(left, right, swaps=True) == 1 or sum(x != y for x, y in zip(left, right, strict=True)) == 1:
            return 6
    if year_a == year_b and month_a == month_b != "00":
        return 5
    if whole and (month_a, day_a) == (month_b, day_b):
        return 4
    if year_a == year_b:
        return 2 if "00" in (month_a, month_b) else 3
    return 1 if abs(int(year_a) - int(year_b)) == 1 else 0


def days_between(left: dt.date, right: dt.date) -> int:
    return abs((left - right).days)


def shared(a: list[str], b: list[str], *, cuts: tuple[float, ...]) -> int:
    common = len(set(a) & set(b))
    return sum(common >= cut for cut in cuts)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Between two points on a sphere, by the angle of their vectors: another way than the kernel's."""

    def vector(place: tuple[float, float]) -> tuple[float, float, float]:
        up, along = (math.radians(degrees) for degrees in place)
        return math.cos(up) * math.cos(along), math.cos(up) * math.sin(along), math.sin(up)

    return 6371.0088 * 2 * math.asin(min(1.0, math.dist(vector(a), vector(b)) / 2))


def name_grade(a: str, b: str, *, related: set[tuple[str, str]], cuts: tuple[float, float]) -> int:
    if a == b:
        return 5
    if (a, b) in related:
        return 4
    if len(a) == 1 or len(b) == 1:
        return 1 if a[:1] == b[:1] else 0
    if slip(a, b):
        return 3
    similarity = jaro_winkler(a, b)
    return 3 if similarity >= cuts[0] else 2 if similarity >= cuts[1] else 0


def slip(a: str, b: str) -> bool:
    return max(len(a), len(b)) > 2 and min(len(a), len(b)) > 1 and edits(a, b, swaps=True) <= 1


def spelling_grade(a: str, b: str, *, cuts: tuple[float, ...]) -> int:
    similarity = jaro_winkler(a, b)
    held = next((len(cuts) - n for n, cut in enumerate(cuts) if similarity >= cut), 0)
    return max(held, len(cuts) - 1) if slip(a, b) else held


def level(missing, levels, grades: list[int]) -> int:
    """Level of grades: ``missing`` and each level are lists of alternatives, an alternative a list of (feature, grades)."""

    def holds(alternatives) -> bool:
        return any(all(grades[feature] in wanted for feature, wanted in terms) for terms in alternatives)

    if holds(missing):
        return -1
    for number in range(len(levels) - 1, -1, -1):
        if holds(levels[number]):
            return number
    return 0
