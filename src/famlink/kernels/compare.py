"""Pairs of records to comparison levels: one kernel for every model, driven by tables of numbers.

Grades a feature can give; -1 always means that a value is missing:

- equal, overlap: 1 agree, 0 differ.
- name: 5 equal, 4 related (nickname), 3 and 2 Jaro-Winkler at or above the first and second cut, 1 an initial, 0 other; a
  slip (one letter wrong, missing, too many, or two neighbours exchanged) is 3 whatever Jaro-Winkler says of short names.
- spelling: Jaro-Winkler cuts, of which a slip reaches all but the first.
- jaro_winkler, jaro (similarity at or above), damerau, levenshtein, number, days, distance (at or below, in kilometres),
  shared (elements two lists share, at or above): how many cuts hold, counted from the weakest (last) cut.
- date: 8 equal, 7 day and month exchanged, 6 one digit changed or two neighbours exchanged, 5 month and year, 4 day and
  month, 3 year, 2 year as far as known, 1 neighbouring years, 0 other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

EQUAL, NAME, JARO_WINKLER, JARO, DAMERAU, LEVENSHTEIN, DATE, NUMBER, OVERLAP, DAYS, SHARED, DISTANCE, SPELLING = range(
    13
)

LEFT, RIGHT, LEFT_BASE, RIGHT_BASE, CUT, CUTS, MEMO, MEMO_MASK, SLOT, LATER = range(1, 11)
"""Columns of ``Program.features``; column 0 is the operation. ``SLOT`` is the feature's place in a pair's state, and ``LATER``
its first digit for a grade not worked out yet (0: equality says it all)."""

OPEN = -2
"""Level that is not worked out yet, as in :mod:`famlink.kernels.states`."""

SPAN = 1024
"""Pairs worked on together: what is known of them stays in the processor's cache."""


@njit(cache=True, nogil=True)
def jaro(letters: np.ndarray, a: int, la: int, b: int, lb: int, least: float) -> float:
    """Jaro similarity of letters[a:a+la] and letters[b:b+lb]; anything below ``least`` may come back as 0."""
    if la == 0 or lb == 0:
        return 1.0 if la == lb else 0.0
    window = max(max(la, lb) // 2 - 1, 0)
    # With c letters in common the similarity is at most (c/la + c/lb + 1) / 3: give up once too few are left.
    needed = (3.0 * least - 1.0) * la * lb / (la + lb) - 1e-9
    if min(la, lb) < needed:
        return 0.0
    common = moved = 0
    if la <= 64 and lb <= 64:
        used_a, used_b = np.uint64(0), np.uint64(0)
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
    else:
        flags_a, flags_b = np.zeros(la, dtype=np.bool_), np.zeros(lb, dtype=np.bool_)
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
def jaro_winkler(letters: np.ndarray, a: int, la: int, b: int, lb: int, least: float) -> float:
    """Jaro-Winkler similarity: prefix weight .1, four letters, above .7 only (Winkler 1990, as rapidfuzz has it).

    Anything below ``least`` may come back as 0.
    """
    # A prefix closes at most .4 of the gap to 1, and at or below .7 there is none.
    floor = max(0.7, (least - 0.4) / 0.6) if least > 0.7 else least
    similarity = jaro(letters, a, la, b, lb, floor)
    if similarity <= 0.7:
        return similarity
    prefix = 0
    while prefix < min(4, la, lb) and letters[a + prefix] == letters[b + prefix]:
        prefix += 1
    return similarity + prefix * 0.1 * (1.0 - similarity)


@njit(cache=True, nogil=True)
def bits_of(word: np.uint64) -> int:
    """How many bits are set."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def one_edit(letters: np.ndarray, a: int, la: int, b: int, lb: int, swaps: bool) -> bool:
    """Whether one edit (with swaps, or two neighbours exchanged) or none makes one text the other."""
    if abs(la - lb) > 1:
        return False
    first = 0
    while first < min(la, lb) and letters[a + first] == letters[b + first]:
        first += 1
    last = 0
    while last < min(la, lb) - first and letters[a + la - 1 - last] == letters[b + lb - 1 - last]:
        last += 1
    left_a, left_b = la - first - last, lb - first - last
    if left_a <= 1 and left_b <= 1:
        return True
    if not swaps or left_a != 2 or left_b != 2:
        return False
    a, b = a + first, b + first
    return bool(letters[a] == letters[b + 1] and letters[a + 1] == letters[b])


@njit(cache=True, nogil=True)
def edits(letters: np.ndarray, a: int, la: int, b: int, lb: int, swaps: bool) -> int:
    """Edit distance; with swaps, two neighbours exchanged count once (optimal string alignment)."""
    while la > 0 and lb > 0 and letters[a] == letters[b]:
        a, b, la, lb = a + 1, b + 1, la - 1, lb - 1
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
            swapped = swaps and i > 1 and j > 1 and letters[a + i - 1] == letters[b + j - 2]
            if swapped and letters[a + i - 2] == letters[b + j - 1]:
                best = min(best, before[j - 2] + 1)
            now[j] = best
        before, last, now = last, now, before
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
        # Whatever one change touches, the year or the day is still the same.
        near = year_a == year_b or day_a == day_b
        a, b = (left, right) if near else (0, 0)
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
            a, b, place = a // 10, b // 10, place + 1
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
def kilometres(one: float, other: float) -> float:
    """Kilometres between two places as one number each (see famlink.linkage.places); -1 where they cannot be compared."""
    if (one < 0.0) != (other < 0.0):
        return -1.0
    a, b = np.int64(one), np.int64(other)
    if one < 0.0:
        a, b = -a - 1, -b - 1
        return np.hypot(float(a // 2000000 - b // 2000000), float(a % 2000000 - b % 2000000)) / 1000.0
    turn = np.pi / 180.0 / 100000.0
    up = (b // 36000001 - a // 36000001) * turn
    along = (b % 36000001 - a % 36000001) * turn
    flat = np.cos((a // 36000001 - 9000000) * turn) * np.cos((b // 36000001 - 9000000) * turn)
    half = np.sin(up / 2.0) ** 2 + flat * np.sin(along / 2.0) ** 2
    return 2.0 * 6371.0088 * np.arcsin(np.sqrt(min(1.0, half)))


@njit(cache=True, nogil=True)
def cuts_held(value: float, cuts: np.ndarray, sign: float) -> int:
    """How many cuts a value is at or above (sign 1) or at or below (sign -1), from the weakest, the last, up."""
    held = 0
    for c in range(len(cuts)):
        held = max(held, (len(cuts) - c) * (sign * value >= sign * cuts[c]))
    return held


@njit(cache=True, nogil=True)
def length_of(shape: np.uint64) -> int:
    """How many letters a value has, by its shape."""
    return np.int64((shape >> np.uint64(40)) & np.uint64(0xFFFF))


@njit(cache=True, nogil=True)
def far_apart(op: int, floor: float, masks: tuple[np.uint64, np.uint64], shapes: tuple[np.uint64, np.uint64]) -> bool:
    """Whether two texts cannot reach a Jaro similarity of ``floor``, by the letters one has and the other lacks.

    A letter that only one has cannot be in common, so the letters in common are at most the length less those. For edit
    distances the floor is minus the most edits: each mends one such letter.
    """
    la, lb = length_of(shapes[0]), length_of(shapes[1])
    # The top bit of a shape: names are related to it.
    if op == NAME and (shapes[0] >> np.uint64(63) or la <= 1 or lb <= 1):
        return False
    only_a, only_b = bits_of(masks[0] & ~masks[1]), bits_of(masks[1] & ~masks[0])
    if op == DAMERAU or op == LEVENSHTEIN:
        return max(only_a, only_b, abs(la - lb)) > -floor
    return min(la - only_a, lb - only_b) * (la + lb) < (3.0 * floor - 1.0) * la * lb - 1e-6


@njit(cache=True, nogil=True)
def value_grade(op: int, va: int, vb: int, cuts: np.ndarray, texts: tuple[np.ndarray, ...]) -> int:
    """Grade two texts that are both present, by value id; ``texts`` are letters, shapes, and related values."""
    letters, shapes, related_starts, related = texts
    a, b = np.int64(shapes[va, 1] & np.uint64(0xFFFFFFFFFF)), np.int64(shapes[vb, 1] & np.uint64(0xFFFFFFFFFF))
    la, lb = length_of(shapes[va, 1]), length_of(shapes[vb, 1])
    # Of texts of two letters or less, one is as likely another text as a slip.
    slip = (op == NAME or op == SPELLING) and max(la, lb) > 2 and min(la, lb) > 1
    swaps = op != LEVENSHTEIN
    slip = slip and one_edit(letters, a, la, b, lb, swaps)
    if op == NAME:
        for r in range(related_starts[va], related_starts[va + 1]):
            if related[r] == vb:
                return 4
        if la > 0 and lb > 0 and (la == 1 or lb == 1):
            return 1 if letters[a] == letters[b] else 0
        if slip:
            return 3
    # Each of these is called in one place: it is compiled again for every place it is called in.
    if op == NAME or op == JARO or op == JARO_WINKLER or op == SPELLING:
        weakest = cuts[1] if op == NAME else cuts[-1]
        plain = op == JARO
        near = jaro(letters, a, la, b, lb, weakest) if plain else jaro_winkler(letters, a, la, b, lb, weakest)
        if op == NAME:
            return 3 if near >= cuts[0] else 2 if near >= cuts[1] else 0
        held = cuts_held(near, cuts, 1.0)
        return max(held, len(cuts) - 1) if slip else held
    if len(cuts) == 1 and cuts[0] == 1.0:
        return 1 if one_edit(letters, a, la, b, lb, swaps) else 0
    if abs(la - lb) > cuts[-1]:
        return 0
    return cuts_held(float(edits(letters, a, la, b, lb, swaps)), cuts, -1.0)


@njit(cache=True, nogil=True)
def in_common(elements: np.ndarray, a: int, b: int) -> int:
    """How many elements two lists, as a list column holds them, have in common."""
    if a >= 0 and b >= 0:
        return 1 if a == b else 0
    if a >= 0:
        a, b = b, a
    at = -1 - a
    end = at + elements[at - 1]
    common = 0
    if b >= 0:
        for p in range(at, end):
            common += elements[p] == b
        return common
    other = -1 - b
    other_end = other + elements[other - 1]
    while at < end and other < other_end:
        one, two = elements[at], elements[other]
        common += one == two
        at += one <= two
        other += two <= one
    return common


@njit(cache=True, nogil=True)
def grade_texts(
    feature: tuple[int, float, np.ndarray],
    todo: tuple[np.ndarray, int],
    sides: tuple[np.ndarray, np.ndarray, int, int],
    memo: tuple[np.ndarray, int, np.uint64, bool],
    texts: tuple[np.ndarray, ...],
    digits: np.ndarray,
) -> None:
    """Fill digits[p] (grade + 1) for the first todo[1] places of todo[0], of two texts by code.

    ``feature`` is operation, floor and cuts; ``sides`` codes of left and right, and their bases; ``memo`` the table, the
    feature's first place, its mask (0: none) and whether left and right may be exchanged. Each step is done for all before
    the next, so that what they need of memory is fetched together.
    """
    op, floor, cut = feature
    places, left = todo
    ours, theirs, base_a, base_b = sides
    table, first, mask, alike = memo
    shapes = texts[1]
    near, keys = np.empty(left, dtype=np.int64), np.empty(left, dtype=np.uint64)
    kept = 0
    for t in range(left):
        p = places[t]
        va, vb = ours[p] + base_a, theirs[p] + base_b
        near[kept] = p
        digits[p] = 1
        kept += not far_apart(op, floor, (shapes[va, 0], shapes[vb, 0]), (shapes[va, 1], shapes[vb, 1]))
    new = kept
    if mask != 0:
        new = 0
        for t in range(kept):
            p = near[t]
            ca, cb = ours[p], theirs[p]
            if alike and ca > cb:
                ca, cb = cb, ca
            key = (np.uint64(ca) << np.uint64(36)) | (np.uint64(cb) << np.uint64(8))
            # One aligned 64-bit word holds key and grade, so threads may share the memo: a lost write only costs time.
            met = table[first + spot_of(key, mask)]
            digits[p] = np.int64(met & np.uint64(0xFF))
            near[new], keys[new] = p, key
            new += (met == np.uint64(0)) | ((met ^ key) >= np.uint64(256))
    for t in range(new):
        p = near[t]
        ca, cb, spot = ours[p], theirs[p], np.int64(0)
        if mask != 0:
            spot = first + spot_of(keys[t], mask)
            met = table[spot]
            if met != np.uint64(0) and (met ^ keys[t]) < np.uint64(256):
                digits[p] = np.int64(met & np.uint64(0xFF))
                continue
            ca, cb = np.int64(keys[t] >> np.uint64(36)), np.int64((keys[t] >> np.uint64(8)) & np.uint64(0xFFFFFFF))
        digits[p] = 1 + value_grade(op, ca + base_a, cb + base_b, cut, texts)
        if mask != 0:
            table[spot] = keys[t] | np.uint64(digits[p])


@njit(cache=True, nogil=True)
def spot_of(key: np.uint64, mask: np.uint64) -> int:
    """Where a memo keeps two codes."""
    mixed = (key ^ (key >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15)
    return np.int64((mixed >> np.uint64(32)) & mask)


@njit(cache=True, nogil=True)
def grade_others(
    feature: tuple[int, np.ndarray],
    todo: tuple[np.ndarray, int],
    sides: tuple[np.ndarray, np.ndarray, int, int],
    elements: np.ndarray,
    numbers: np.ndarray,
    digits: np.ndarray,
) -> None:
    """As :func:`grade_texts`, of lists, dates and numbers."""
    op, cut = feature
    places, left = todo
    ours, theirs, base_a, base_b = sides
    for t in range(left):
        p = places[t]
        if op == OVERLAP or op == SHARED:
            common = in_common(elements, ours[p], theirs[p])
            digits[p] = 1 + (min(1, common) if op == OVERLAP else cuts_held(float(common), cut, 1.0))
            continue
        one, other = numbers[ours[p] + base_a], numbers[theirs[p] + base_b]
        if op == DATE:
            digits[p] = 1 + date_grade(np.int64(one), np.int64(other))
            continue
        gap = kilometres(one, other) if op == DISTANCE else abs(one - other)
        digits[p] = 0 if op == DISTANCE and gap < 0.0 else 1 + cuts_held(gap, cut, -1.0)


@njit(cache=True, nogil=True)
def work_out(pairs: tuple[np.ndarray, np.ndarray], values: Any, program: Any, bounds: Any, look: Any) -> int:
    """Work out the levels that :func:`famlink.kernels.states.first_look` left open in ``look.levels``, the cheap ones first.

    Where there are bounds, a pair is left out as soon as it cannot reach its own: the others move up, in place, and how
    many they are is returned.
    """
    left, right = pairs
    codes, texts = values.codes, (values.letters, values.shapes, values.related_starts, values.related)
    features, comparisons, parts, levels = program.features, program.comparisons, program.parts, program.levels
    at_most, share, average, rare_columns = bounds.most, bounds.share, bounds.average, bounds.columns
    bases, frequencies, bounded = bounds.bases, bounds.frequencies, len(bounds.least) > 0
    states, found, mosts, leasts = look.states, look.levels, look.most, look.least
    digits = np.empty((len(features), SPAN), dtype=np.int64)
    fresh = np.empty(len(features), dtype=np.bool_)
    alive, some, todo = np.empty(SPAN, dtype=np.int64), np.empty(SPAN, dtype=np.int64), np.empty(SPAN, dtype=np.int64)
    ours, theirs = np.empty(SPAN, dtype=np.int64), np.empty(SPAN, dtype=np.int64)
    count = 0
    for begin in range(0, len(left), SPAN):
        living = min(SPAN, len(left) - begin)
        for n in range(living):
            alive[n] = n
        for f in range(len(features)):
            fresh[f] = True
        for c in program.order:
            here = 0
            for n in range(living):
                some[here] = alive[n]
                here += found[begin + alive[n], c] == OPEN
            if here == 0:
                continue
            for q in range(comparisons[c, 0], comparisons[c, 1]):
                f = parts[q, 0]
                if fresh[f]:
                    for n in range(SPAN):
                        digits[f, n] = -1
                    fresh[f] = False
                op, later, at = features[f, 0], features[f, LATER], features[f, SLOT]
                wanted = np.int64(0)  # a plain 0 would have what takes it compiled twice
                for n in range(here):
                    p = some[n]
                    if digits[f, p] < 0:
                        bits = np.int64((states[begin + p, at >> 5] >> np.uint64(2 * (at & 31))) & np.uint64(3))
                        digits[f, p] = program.digits[f, bits]
                        todo[wanted] = p
                        wanted += (later > 0) & (digits[f, p] >= later)
                if wanted == 0:
                    continue
                for n in range(wanted):
                    p = todo[n]
                    ours[p] = codes[left[begin + p], features[f, LEFT]]
                    theirs[p] = codes[right[begin + p], features[f, RIGHT]]
                cut = program.cuts[features[f, CUT] : features[f, CUT] + features[f, CUTS]]
                sides = ours, theirs, features[f, LEFT_BASE], features[f, RIGHT_BASE]
                if op == OVERLAP or op == SHARED or op == DATE or op == NUMBER or op == DAYS or op == DISTANCE:
                    numbers = values.days if op == DAYS else values.numbers
                    grade_others((op, cut), (todo, wanted), sides, values.elements, numbers, digits[f])
                else:
                    alike = features[f, LEFT] == features[f, RIGHT]
                    memo = program.memo, features[f, MEMO], np.uint64(features[f, MEMO_MASK]), alike
                    grade_texts((op, program.floors[f], cut), (todo, wanted), sides, memo, texts, digits[f])
            for n in range(here):
                ours[n], theirs[n] = comparisons[c, 2], comparisons[c, 2]
            for q in range(comparisons[c, 0], comparisons[c, 1]):
                f, at, radix = parts[q, 0], features[parts[q, 0], SLOT], parts[q, 1]
                for n in range(here):
                    ours[n] += digits[f, some[n]] * radix
                    bits = np.int64((states[begin + some[n], at >> 5] >> np.uint64(2 * (at & 31))) & np.uint64(3))
                    theirs[n] += program.digits[f, bits] * radix
            for n in range(here):
                p, place, before = some[n], ours[n], theirs[n]
                found[begin + p, c] = levels[place]
                if bounded:
                    most = mosts[begin + p] + (at_most[place] - at_most[before])
                    if rare_columns[c] >= 0 and (share[place] > 0.0 or share[before] > 0.0):
                        a, b = codes[left[begin + p], rare_columns[c]], codes[right[begin + p], rare_columns[c]]
                        if a >= 0 and b >= 0:
                            frequency = max(frequencies[bases[c] + a], frequencies[bases[c] + b])
                            if share[place] > 0.0:
                                most += share[place] * (average[place] - frequency)
                            if share[before] > 0.0:
                                most -= share[before] * max(average[before] - frequency, 0.0)
                    mosts[begin + p] = most
            if bounded:
                still = 0
                for n in range(living):
                    alive[still] = alive[n]
                    still += not mosts[begin + alive[n]] < leasts[begin + alive[n]]
                living = still
        for n in range(living):
            p = begin + alive[n]
            if count != p:
                left[count], right[count], look.strata[count] = left[p], right[p], look.strata[p]
                for c in range(len(comparisons)):
                    found[count, c] = found[p, c]
            count += 1
    return count
