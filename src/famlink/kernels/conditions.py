"""Conditions on pairs of records: levels and weights of a model whose levels are any conditions in order, as Splink's are.

Beside :mod:`famlink.kernels.compare`, whose grades are famlink's own: here a grade is -1 where a value is missing, else how
many cuts a measurement reaches, and similarities are those of DuckDB (letters may be bytes; two empty texts have a Jaro
similarity of 0; Damerau-Levenshtein is the unrestricted one).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

KNOWN, EQUAL, GIVEN, JARO_WINKLER, JARO, LEVENSHTEIN, DAMERAU, JACCARD, DIFFERENCE, INTERSECTION = range(10)
BEST_JARO_WINKLER, BEST_JARO, BEST_LEVENSHTEIN, BEST_DAMERAU = range(10, 14)
"""Of every element of one list with every element of another, the closest; in the order of the measurements above."""

LEFT, RIGHT, CUT, CUTS, MEMO, MEMO_MASK, LEFT_LIST, RIGHT_LIST = range(1, 9)
"""Columns of ``Conditions.features``; column 0 is the operation. A side of -1 is a constant, never missing."""


class Operands(NamedTuple):
    """What conditions read of each record, as numbers.

    Args:
        codes: record x operand: id of the value, -1 missing; values that are compared share their ids.
        starts: value id -> first letter; one more than there are values.
        letters: letters (bytes or code points) of every value.
        masks: value id -> which letters it has: bit (letter mod 64).
        numbers: value id -> number.
        list_starts: list operand x record (and one more) -> first element.
        elements: ids of list elements, sorted within each list, each once.
    """

    codes: np.ndarray
    starts: np.ndarray
    letters: np.ndarray
    masks: np.ndarray
    numbers: np.ndarray
    list_starts: np.ndarray
    elements: np.ndarray


class Conditions(NamedTuple):
    """Levels as numbers.

    Args:
        features: one row a measurement: operation, then the columns named above.
        cuts: cuts of all measurements, ascending within each; a value reaches a cut it is not below.
        comparisons: first and last-but-one clause of each comparison.
        clauses: level, first term, last-but-one term; tried in order; level 0 where none holds.
        terms: measurement, bit mask of grade + 1.
        memo: grades met before: left id, right id, grade + 1 in one word; 0 empty.
    """

    features: np.ndarray
    cuts: np.ndarray
    comparisons: np.ndarray
    clauses: np.ndarray
    terms: np.ndarray
    memo: np.ndarray


class Bits(NamedTuple):
    """Weights as numbers, in bits.

    Args:
        prior: of every pair.
        offsets: first row of each comparison in the others; its row of level l is offset + l + 1.
        bits: row: log2 of m over u; 0 where missing.
        share: row: weight of the term frequency, 0 none.
        usual: row: log2 of the share that the value's own replaces.
        least: row: log2 of the least share a value is taken to have.
        columns: row: operand whose value is counted, -1 none.
        bases: row: place in ``logs`` of the operand's value id 0.
        logs: log2 of the share of records that have a value.
    """

    prior: float
    offsets: np.ndarray
    bits: np.ndarray
    share: np.ndarray
    usual: np.ndarray
    least: np.ndarray
    columns: np.ndarray
    bases: np.ndarray
    logs: np.ndarray


@njit(cache=True, nogil=True)
def jaro(letters: np.ndarray, a: int, la: int, b: int, lb: int, least: float) -> float:
    """Jaro similarity; anything below ``least`` may come back as 0; of two empty texts 0."""
    if la == 0 or lb == 0:
        return 0.0
    window = max(max(la, lb) // 2 - 1, 0)
    # With c letters in common the similarity is at most (c/la + c/lb + 1) / 3: give up once too few are left.
    needed = (3.0 * least - 1.0) * la * lb / (la + lb) - 1e-9
    if min(la, lb) < needed:
        return 0.0
    common = 0
    moved = 0
    if la <= 64 and lb <= 64:
        used_a = np.uint64(0)
        used_b = np.uint64(0)
        for i in range(la):
            letter = letters[a + i]
            for j in range(max(0, i - window), min(lb, i + window + 1)):
                if letters[b + j] == letter and (used_b >> np.uint64(j)) & np.uint64(1) == np.uint64(0):
                    used_a |= np.uint64(1) << np.uint64(i)
                    used_b |= np.uint64(1) << np.uint64(j)
                    common += 1
                    break
            if common + la - 1 - i < needed:
                return 0.0
        if common == 0:
            return 0.0
        j = 0
        for i in range(la):
            if (used_a >> np.uint64(i)) & np.uint64(1):
                while (used_b >> np.uint64(j)) & np.uint64(1) == np.uint64(0):
                    j += 1
                if letters[a + i] != letters[b + j]:
                    moved += 1
                j += 1
        return (common / la + common / lb + (common - moved // 2) / common) / 3.0
    flags_a = np.zeros(la, dtype=np.bool_)
    flags_b = np.zeros(lb, dtype=np.bool_)
    for i in range(la):
        for j in range(max(0, i - window), min(lb, i + window + 1)):
            if not flags_b[j] and letters[a + i] == letters[b + j]:
                flags_a[i] = True
                flags_b[j] = True
                common += 1
                break
        if common + la - 1 - i < needed:
            return 0.0
    if common == 0:
        return 0.0
    j = 0
    for i in range(la):
        if flags_a[i]:
            while not flags_b[j]:
                j += 1
            if letters[a + i] != letters[b + j]:
                moved += 1
            j += 1
    return (common / la + common / lb + (common - moved // 2) / common) / 3.0


@njit(cache=True, nogil=True)
def levenshtein(letters: np.ndarray, a: int, la: int, b: int, lb: int, most: int) -> int:
    """Edits that make one text the other; a distance of ``most`` or more may come back as any such number."""
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
    if abs(la - lb) >= most:
        return most
    # A way through the table that costs less than most never strays that far from the diagonal.
    last = np.empty(lb + 1, dtype=np.int64)
    now = np.empty(lb + 1, dtype=np.int64)
    for j in range(lb + 1):
        last[j] = min(most, j)
    for i in range(1, la + 1):
        low, high = max(1, i - most), min(lb, i + most)
        now[low - 1] = i if low == 1 and i < most else most
        best = now[low - 1]
        for j in range(low, high + 1):
            cost = 0 if letters[a + i - 1] == letters[b + j - 1] else 1
            now[j] = min(min(last[j], now[j - 1]) + 1, last[j - 1] + cost)
            best = min(best, now[j])
        if best >= most:
            return most
        if high < lb:
            now[high + 1] = most
        spare = last
        last = now
        now = spare
    return last[lb]


@njit(cache=True, nogil=True)
def damerau(letters: np.ndarray, a: int, la: int, b: int, lb: int, most: int) -> int:
    """Edits with exchanges of neighbours, between which letters may come and go; ``most`` or more as above.

    Source: Lowrance and Wagner (1975), An extension of the string-to-string correction problem.
    """
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
    if abs(la - lb) >= most:
        return most
    most = min(most, max(la, lb) + 1)
    # Only cells within most of the diagonal are kept: cell (i, j) at table[i, j - i + most + 1], all others cost most.
    middle = most + 1
    table = np.full((la + 1, 2 * most + 3), most, dtype=np.int64)
    for j in range(min(lb, most) + 1):
        table[0, j + middle] = j
    # Row in which each letter of b was last met in a.
    met = np.zeros(lb + 1, dtype=np.int64)
    for i in range(1, la + 1):
        here = 0
        low, high = max(1, i - most), min(lb, i + most)
        if i <= most:
            table[i, middle - i] = i
        for j in range(low, high + 1):
            same = letters[a + i - 1] == letters[b + j - 1]
            row = met[j]
            place = j - i + middle
            best = min(table[i - 1, place + 1], table[i, place - 1]) + 1
            best = min(best, table[i - 1, place] + (0 if same else 1))
            if row > 0 and here > 0 and abs(here - row) <= most:
                best = min(best, table[row - 1, here - row + middle] + (i - row - 1) + 1 + (j - here - 1))
            if same:
                here = j
                met[j] = i
            table[i, place] = min(best, most)
    return table[la, lb - la + middle]


@njit(cache=True, nogil=True)
def jaccard(letters: np.ndarray, a: int, la: int, b: int, lb: int) -> float:
    """Letters both texts have, over letters either has."""
    both = 0
    either = 0
    for i in range(la):
        new = True
        for k in range(i):
            if letters[a + k] == letters[a + i]:
                new = False
                break
        if new:
            either += 1
            for j in range(lb):
                if letters[b + j] == letters[a + i]:
                    both += 1
                    break
    for j in range(lb):
        new = True
        for k in range(j):
            if letters[b + k] == letters[b + j]:
                new = False
                break
        if new:
            for i in range(la):
                if letters[a + i] == letters[b + j]:
                    new = False
                    break
            if new:
                either += 1
    return both / either if either > 0 else 0.0


@njit(cache=True, nogil=True)
def measure(
    op: int,
    va: int,
    vb: int,
    least: float,
    most: float,
    starts: np.ndarray,
    letters: np.ndarray,
    masks: np.ndarray,
    numbers: np.ndarray,
) -> float:
    """Measure two values by id; exact between the least and the most that matters."""
    if op == DIFFERENCE:
        return abs(numbers[va] - numbers[vb])
    a, b = starts[va], starts[vb]
    la, lb = starts[va + 1] - a, starts[vb + 1] - b
    if op == LEVENSHTEIN or op == DAMERAU:
        bound = np.int64(max(min(most, 1e9), 0.0)) + 1
        if op == LEVENSHTEIN:
            return float(levenshtein(letters, a, la, b, lb, bound))
        return float(damerau(letters, a, la, b, lb, bound))
    if op == JACCARD:
        return jaccard(letters, a, la, b, lb)
    # A prefix closes at most .4 of the gap to 1, and at or below .7 there is none.
    floor = max(0.7, (least - 0.4) / 0.6) if op == JARO_WINKLER and least > 0.7 else least
    # A letter that only one text has cannot be in common.
    only_a, only_b = masks[va] & ~masks[vb], masks[vb] & ~masks[va]
    lost_a, lost_b = 0, 0
    while only_a != np.uint64(0):
        only_a &= only_a - np.uint64(1)
        lost_a += 1
    while only_b != np.uint64(0):
        only_b &= only_b - np.uint64(1)
        lost_b += 1
    if min(la - lost_a, lb - lost_b) * (la + lb) < (3.0 * floor - 1.0) * la * lb - 1e-6:
        return 0.0
    similarity = jaro(letters, a, la, b, lb, floor)
    if op == JARO or similarity <= 0.7:
        return similarity
    prefix = 0
    while prefix < min(4, la, lb) and letters[a + prefix] == letters[b + prefix]:
        prefix += 1
    return similarity + prefix * 0.1 * (1.0 - similarity)


@njit(cache=True, nogil=True)
def in_common(list_starts: np.ndarray, elements: np.ndarray, i: int, j: int, left: int, right: int) -> int:
    """How many elements two sorted lists share."""
    a, a_end = list_starts[left, i], list_starts[left, i + 1]
    b, b_end = list_starts[right, j], list_starts[right, j + 1]
    found = 0
    while a < a_end and b < b_end:
        if elements[a] == elements[b]:
            found += 1
            a += 1
            b += 1
        elif elements[a] < elements[b]:
            a += 1
        else:
            b += 1
    return found


@njit(cache=True, nogil=True)
def closest(op: int, i: int, j: int, lists: tuple[int, int], least: float, most: float, operands: Operands) -> float:
    """The closest that two elements of two lists come; -1 where one list is empty."""
    one = op - BEST_JARO_WINKLER + JARO_WINKLER
    best = -1.0
    for a in range(operands.list_starts[lists[0], i], operands.list_starts[lists[0], i + 1]):
        for b in range(operands.list_starts[lists[1], j], operands.list_starts[lists[1], j + 1]):
            found = measure(
                one,
                np.int64(operands.elements[a]),
                np.int64(operands.elements[b]),
                least,
                most,
                operands.starts,
                operands.letters,
                operands.masks,
                operands.numbers,
            )
            nearer = found < best if one == LEVENSHTEIN or one == DAMERAU else found > best
            if best < 0.0 or nearer:
                best = found
    return best


@njit(cache=True, nogil=True)
def measure_pairs(
    op: int, left: np.ndarray, right: np.ndarray, columns: tuple[int, int], operands: Operands, out: np.ndarray
) -> None:
    """Fill out[pair] with a measurement of two texts or numbers; -1 where one is missing."""
    codes = operands.codes
    for p in range(len(left)):
        va, vb = np.int64(codes[left[p], columns[0]]), np.int64(codes[right[p], columns[1]])
        if va < 0 or vb < 0:
            out[p] = -1.0
        else:
            out[p] = measure(
                op, va, vb, 0.0, 1e9, operands.starts, operands.letters, operands.masks, operands.numbers
            )  # fmt: skip


@njit(cache=True, nogil=True)
def grade_pairs(
    left: np.ndarray,
    right: np.ndarray,
    given: np.ndarray,
    operands: Operands,
    conditions: Conditions,
    out: np.ndarray,
) -> None:
    """Fill out[pair, comparison] with the level of the first clause that holds, 0 where none does.

    Grades are worked out once a pair and only when a clause asks; ``given`` holds those worked out beforehand.
    """
    codes, features, memo, cuts = operands.codes, conditions.features, conditions.memo, conditions.cuts
    comparisons, clauses, terms = conditions.comparisons, conditions.clauses, conditions.terms
    grades = np.zeros(len(features), dtype=np.int64)
    stamp = np.full(len(features), -1, dtype=np.int64)
    for p in range(len(left)):
        i, j = np.int64(left[p]), np.int64(right[p])
        for c in range(len(comparisons)):
            level = np.int64(0)
            for q in range(comparisons[c, 0], comparisons[c, 1]):
                holds = True
                for t in range(clauses[q, 1], clauses[q, 2]):
                    f = terms[t, 0]
                    if stamp[f] != p:
                        stamp[f] = p
                        op, one, other = features[f, 0], features[f, LEFT], features[f, RIGHT]
                        if op == GIVEN:
                            grades[f] = given[p, one]
                        else:
                            va = np.int64(codes[i, one]) if one >= 0 else np.int64(0)
                            vb = np.int64(codes[j, other]) if other >= 0 else np.int64(0)
                            # DuckDB's intersection with a second list that is null is empty, not null.
                            if va < 0 or (vb < 0 and op != INTERSECTION):
                                grades[f] = -1
                            elif op == KNOWN:
                                grades[f] = 0
                            elif op == EQUAL:
                                grades[f] = 1 if va == vb else 0
                            elif op == INTERSECTION:
                                lists = (features[f, LEFT_LIST], features[f, RIGHT_LIST])
                                shared = in_common(operands.list_starts, operands.elements, i, j, lists[0], lists[1])
                                grades[f] = 0
                                for k in range(features[f, CUT], features[f, CUT] + features[f, CUTS]):
                                    grades[f] += shared >= cuts[k]
                            elif op >= BEST_JARO_WINKLER:
                                lists = (features[f, LEFT_LIST], features[f, RIGHT_LIST])
                                first, last = features[f, CUT], features[f, CUT] + features[f, CUTS]
                                near = closest(op, i, j, lists, cuts[first], cuts[last - 1], operands)
                                grades[f] = -1
                                if near >= 0.0:
                                    grades[f] = 0
                                    for k in range(first, last):
                                        grades[f] += near >= cuts[k]
                            else:
                                mask = features[f, MEMO_MASK]
                                if one == other and va > vb:
                                    va, vb = vb, va
                                key = (np.uint64(va) << np.uint64(36)) | (np.uint64(vb) << np.uint64(8))
                                mixed = (key ^ (key >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
                                slot = features[f, MEMO] + np.int64((mixed >> np.uint64(32)) & np.uint64(mask))
                                # One aligned 64-bit word holds key and grade, so threads may share the memo: a lost
                                # write only costs time.
                                word = memo[slot]
                                if word != np.uint64(0) and (word ^ key) < np.uint64(256):
                                    grades[f] = np.int64(word & np.uint64(0xFF)) - 1
                                else:
                                    first, last = features[f, CUT], features[f, CUT] + features[f, CUTS]
                                    found = measure(
                                        op,
                                        va,
                                        vb,
                                        cuts[first],
                                        cuts[last - 1],
                                        operands.starts,
                                        operands.letters,
                                        operands.masks,
                                        operands.numbers,
                                    )
                                    reached = np.int64(0)
                                    for k in range(first, last):
                                        reached += found >= cuts[k]
                                    grades[f] = reached
                                    memo[slot] = key | np.uint64(reached + 1)
                    if (terms[t, 1] >> (grades[f] + 1)) & 1 == 0:
                        holds = False
                        break
                if holds:
                    level = clauses[q, 0]
                    break
            out[p, c] = level


@njit(cache=True, nogil=True)
def weigh_pairs(
    left: np.ndarray, right: np.ndarray, levels: np.ndarray, codes: np.ndarray, bits: Bits, out: np.ndarray
) -> None:
    """Fill out[pair] with (match weight, weight without prior and frequencies), in bits."""
    for p in range(len(left)):
        plain = 0.0
        rarer = 0.0
        for c in range(levels.shape[1]):
            row = bits.offsets[c] + levels[p, c] + 1
            plain += bits.bits[row]
            column = bits.columns[row]
            if column >= 0:
                a, b = np.int64(codes[left[p], column]), np.int64(codes[right[p], column])
                if a >= 0 or b >= 0:
                    common = bits.least[row]
                    if a >= 0:
                        common = max(common, bits.logs[bits.bases[row] + a])
                    if b >= 0:
                        common = max(common, bits.logs[bits.bases[row] + b])
                    rarer += bits.share[row] * (bits.usual[row] - common)
        out[p, 0] = bits.prior + plain + rarer
        out[p, 1] = plain
