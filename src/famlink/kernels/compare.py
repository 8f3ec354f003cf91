"""Pairs of records to comparison levels: one kernel for every model, driven by tables of numbers.

Grades a feature can give; -1 always means that a value is missing:

- equal, overlap: 1 agree, 0 differ.
- name: 5 equal, 4 related (nickname), 3 and 2 Jaro-Winkler at or above the first and second cut, 1 an initial, 0 other.
- jaro_winkler, jaro (similarity at or above), damerau, levenshtein, number, days (distance at or below): how many cuts
  hold, counted from the weakest (last) cut.
- date: 8 equal, 7 day and month exchanged, 6 one digit changed or two neighbours exchanged, 5 month and year, 4 day and
  month, 3 year, 2 year as far as known, 1 neighbouring years, 0 other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

EQUAL, NAME, JARO_WINKLER, JARO, DAMERAU, LEVENSHTEIN, DATE, NUMBER, OVERLAP, DAYS = range(10)

LEFT, RIGHT, LEFT_BASE, RIGHT_BASE, CUT, CUTS, MEMO, MEMO_MASK = range(1, 9)
"""Columns of ``Program.features``; column 0 is the operation."""


class Values(NamedTuple):
    """Records as numbers. A value's id is its column's base plus its code.

    Args:
        codes: record x column: code of the value, -1 missing.
        starts: value id -> first letter; one more than there are values.
        letters: code points of every value.
        numbers: value id -> number, or date as yyyymmdd (month or day 0 where unknown).
        related_starts: value id -> first related value.
        related: value ids related to each (nicknames), sorted within each.
        list_starts: list column x record (and one more) -> first element.
        elements: codes of list elements, sorted within each list.
    """

    codes: np.ndarray
    starts: np.ndarray
    letters: np.ndarray
    numbers: np.ndarray
    related_starts: np.ndarray
    related: np.ndarray
    list_starts: np.ndarray
    elements: np.ndarray


class Program(NamedTuple):
    """Comparisons as numbers.

    Args:
        features: one row a feature: operation, then the columns named above.
        cuts: thresholds of all features.
        comparisons: first and last-but-one clause of each comparison.
        clauses: level, first term, last-but-one term; tried in order.
        terms: feature, bit mask of grade + 1.
        memo: grades met before: left code, right code, grade + 1 in one word; 0 empty.
    """

    features: np.ndarray
    cuts: np.ndarray
    comparisons: np.ndarray
    clauses: np.ndarray
    terms: np.ndarray
    memo: np.ndarray


@njit(cache=True, nogil=True)
def jaro(letters: np.ndarray, a: int, la: int, b: int, lb: int) -> float:
    """Jaro similarity of letters[a:a+la] and letters[b:b+lb]."""
    if la == 0 or lb == 0:
        return 1.0 if la == lb else 0.0
    window = max(max(la, lb) // 2 - 1, 0)
    used_a = np.zeros(la, dtype=np.bool_)
    used_b = np.zeros(lb, dtype=np.bool_)
    common = 0
    for i in range(la):
        for j in range(max(0, i - window), min(lb, i + window + 1)):
            if not used_b[j] and letters[a + i] == letters[b + j]:
                used_a[i] = True
                used_b[j] = True
                common += 1
                break
    if common == 0:
        return 0.0
    moved = 0
    j = 0
    for i in range(la):
        if used_a[i]:
            while not used_b[j]:
                j += 1
            if letters[a + i] != letters[b + j]:
                moved += 1
            j += 1
    return (common / la + common / lb + (common - moved // 2) / common) / 3.0


@njit(cache=True, nogil=True)
def jaro_winkler(letters: np.ndarray, a: int, la: int, b: int, lb: int) -> float:
    """Jaro-Winkler similarity: prefix weight .1, four letters, above .7 only (Winkler 1990, as rapidfuzz has it)."""
    similarity = jaro(letters, a, la, b, lb)
    if similarity <= 0.7:
        return similarity
    prefix = 0
    while prefix < min(4, la, lb) and letters[a + prefix] == letters[b + prefix]:
        prefix += 1
    return similarity + prefix * 0.1 * (1.0 - similarity)


@njit(cache=True, nogil=True)
def edits(letters: np.ndarray, a: int, la: int, b: int, lb: int, swaps: bool) -> int:
    """Edit distance; with swaps, two neighbours exchanged count once (optimal string alignment)."""
    while la > 0 and lb > 0 and letters[a] == letters[b]:
        a += 1
        b += 1
        la -= 1
        lb -= 1
    while la > 0 and lb > 0 and letters[a + la - 1] == letters[b + lb - 1]:
        la -= 1
        lb -= 1
    if la == 0 or lb == 0:
        return la + lb
    before = np.zeros(lb + 1, dtype=np.int64)
    last = np.arange(lb + 1)
    now = np.zeros(lb + 1, dtype=np.int64)
    for i in range(1, la + 1):
        now[0] = i
        for j in range(1, lb + 1):
            cost = 0 if letters[a + i - 1] == letters[b + j - 1] else 1
            best = min(last[j] + 1, now[j - 1] + 1, last[j - 1] + cost)
            if (
                swaps
                and i > 1
                and j > 1
                and letters[a + i - 1] == letters[b + j - 2]
                and letters[a + i - 2] == letters[b + j - 1]
            ):
                best = min(best, before[j - 2] + 1)
            now[j] = best
        spare = before
        before = last
        last = now
        now = spare
    return last[lb]


@njit(cache=True, nogil=True)
def date_grade(left: int, right: int) -> int:
    """Grade two dates as yyyymmdd; see the module."""
    year_a, month_a, day_a = left // 10000, left // 100 % 100, left % 100
    year_b, month_b, day_b = right // 10000, right // 100 % 100, right % 100
    whole = month_a > 0 and month_b > 0 and day_a > 0 and day_b > 0
    if whole:
        if left == right:
            return 8
        if year_a == year_b and month_a == day_b and day_a == month_b:
            return 7
        changed = 0
        first = -1
        place = 0
        a, b = left, right
        swapped = False
        while a > 0 or b > 0:
            if a % 10 != b % 10:
                changed += 1
                if changed == 1:
                    first = place
                elif changed == 2 and place == first + 1:
                    unit = 10**first
                    swapped = (
                        left // unit % 10 == right // unit // 10 % 10 and left // unit // 10 % 10 == right // unit % 10
                    )
            a //= 10
            b //= 10
            place += 1
        if changed == 1 or (changed == 2 and swapped):
            return 6
    if year_a == year_b and month_a == month_b and month_a > 0:
        return 5
    if whole and month_a == month_b and day_a == day_b:
        return 4
    if year_a == year_b:
        return 3 if month_a > 0 and month_b > 0 else 2
    return 1 if abs(year_a - year_b) == 1 else 0


@njit(cache=True, nogil=True)
def day_number(date: int) -> int:
    """Days since 1970-01-01 of a date as yyyymmdd; unknown months and days count as the first (Hinnant's algorithm)."""
    year, month, day = date // 10000, max(date // 100 % 100, 1), max(date % 100, 1)
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


@njit(cache=True, nogil=True)
def value_grade(op: int, va: int, vb: int, cuts: np.ndarray, values: Values) -> int:
    """Grade two values that are both present, by value id."""
    if op == DATE:
        return date_grade(int(values.numbers[va]), int(values.numbers[vb]))
    if op == NUMBER or op == DAYS:
        if op == DAYS:
            gap = float(abs(day_number(int(values.numbers[va])) - day_number(int(values.numbers[vb]))))
        else:
            gap = abs(values.numbers[va] - values.numbers[vb])
        for c in range(len(cuts)):
            if gap <= cuts[c]:
                return len(cuts) - c
        return 0
    a, b = values.starts[va], values.starts[vb]
    la, lb = values.starts[va + 1] - a, values.starts[vb + 1] - b
    if op == NAME:
        for r in range(values.related_starts[va], values.related_starts[va + 1]):
            if values.related[r] == vb:
                return 4
        if la > 0 and lb > 0 and (la == 1 or lb == 1):
            return 1 if values.letters[a] == values.letters[b] else 0
        similarity = jaro_winkler(values.letters, a, la, b, lb)
        return 3 if similarity >= cuts[0] else 2 if similarity >= cuts[1] else 0
    if op == JARO_WINKLER or op == JARO:
        if op == JARO:
            similarity = jaro(values.letters, a, la, b, lb)
        else:
            similarity = jaro_winkler(values.letters, a, la, b, lb)
        for c in range(len(cuts)):
            if similarity >= cuts[c]:
                return len(cuts) - c
        return 0
    far = edits(values.letters, a, la, b, lb, op == DAMERAU)
    for c in range(len(cuts)):
        if far <= cuts[c]:
            return len(cuts) - c
    return 0


@njit(cache=True, nogil=True)
def overlap(values: Values, i: int, j: int, left: int, right: int) -> int:
    """Whether two sorted lists share an element."""
    a, a_end = values.list_starts[left, i], values.list_starts[left, i + 1]
    b, b_end = values.list_starts[right, j], values.list_starts[right, j + 1]
    if a == a_end or b == b_end:
        return -1
    while a < a_end and b < b_end:
        if values.elements[a] == values.elements[b]:
            return 1
        if values.elements[a] < values.elements[b]:
            a += 1
        else:
            b += 1
    return 0


@njit(cache=True, nogil=True)
def grade(f: int, i: int, j: int, values: Values, program: Program) -> int:
    """Grade feature f of records i and j."""
    row = program.features[f]
    op = row[0]
    if op == OVERLAP:
        return overlap(values, i, j, row[LEFT], row[RIGHT])
    ca, cb = np.int64(values.codes[i, row[LEFT]]), np.int64(values.codes[j, row[RIGHT]])
    if ca < 0 or cb < 0:
        return -1
    va, vb = ca + row[LEFT_BASE], cb + row[RIGHT_BASE]
    if op == EQUAL:
        return 1 if va == vb else 0
    if op == NAME and va == vb:
        return 5
    if va == vb and op != DATE:
        return row[CUTS]
    cuts = program.cuts[row[CUT] : row[CUT] + row[CUTS]]
    if row[MEMO_MASK] == 0:
        return value_grade(op, va, vb, cuts, values)
    if row[LEFT] == row[RIGHT] and ca > cb:
        ca, cb = cb, ca
        va, vb = vb, va
    key = (np.uint64(ca) << np.uint64(36)) | (np.uint64(cb) << np.uint64(8))
    mixed = (key ^ (key >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    slot = row[MEMO] + np.int64((mixed >> np.uint64(32)) & np.uint64(row[MEMO_MASK]))
    # One aligned 64-bit word holds key and grade, so threads may share the memo: a lost write only costs time.
    word = program.memo[slot]
    if (word >> np.uint64(8)) == (key >> np.uint64(8)) and word != np.uint64(0):
        return np.int64(word & np.uint64(0xFF)) - 1
    found = value_grade(op, va, vb, cuts, values)
    program.memo[slot] = key | np.uint64(found + 1)
    return found


@njit(cache=True, nogil=True)
def compare_pairs(left: np.ndarray, right: np.ndarray, values: Values, program: Program, out: np.ndarray) -> None:
    """Fill out[pair, comparison] with the comparison level of records left[pair] and right[pair]; -1 missing."""
    grades = np.zeros(len(program.features), dtype=np.int64)
    stamp = np.full(len(program.features), -1, dtype=np.int64)
    for p in range(len(left)):
        i, j = left[p], right[p]
        for c in range(len(program.comparisons)):
            level = 0
            for q in range(program.comparisons[c, 0], program.comparisons[c, 1]):
                holds = True
                for t in range(program.clauses[q, 1], program.clauses[q, 2]):
                    f = program.terms[t, 0]
                    if stamp[f] != p:
                        stamp[f] = p
                        grades[f] = grade(f, i, j, values, program)
                    if (program.terms[t, 1] >> (grades[f] + 1)) & 1 == 0:
                        holds = False
                        break
                if holds:
                    level = program.clauses[q, 0]
                    break
            out[p, c] = level
