"""Pairs of records to what follows from which of their values are equal: most pairs need no look at a letter."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

SLOT = 9
"""Column of ``Program.features``: the feature's place in a pair's state."""

OPEN = -2
"""Level of a combination of grades of which one that matters has not been worked out yet."""

MISSING, DIFFER, ONE, SEVERAL = range(4)
"""State of two values, two bits a slot: one is missing; they differ; they are one; one is a list of several."""

SPAN = 64
"""Pairs whose records are touched before any is looked at, so that memory is asked for all of them at once."""

LINE = 16
"""Codes in what memory gives at a time."""


@njit(cache=True, nogil=True)
def learn_state(slot: int, state: np.ndarray, program: Any, bounds: Any, seen: Any) -> None:
    """Put into ``seen`` what follows from a state alone; arguments as in :func:`first_look`."""
    features, comparisons, parts = program.features, program.comparisons, program.parts
    most = 0.0
    for c in range(len(comparisons)):
        place = comparisons[c, 2]
        for q in range(comparisons[c, 0], comparisons[c, 1]):
            f, at = parts[q, 0], features[parts[q, 0], SLOT]
            bits = np.int64((state[at // 32] >> np.uint64(2 * (at % 32))) & np.uint64(3))
            place += program.digits[f, bits] * parts[q, 1]
        seen.places[slot, c] = place
        seen.levels[slot, c] = program.levels[place]
        if len(bounds.least) > 0:
            most += bounds.most[place]
    seen.most[slot], seen.filled[slot] = most, True
    for w in range(len(state)):
        seen.states[slot, w] = state[w]


@njit(cache=True, nogil=True)
def first_look(
    pairs: tuple[np.ndarray, np.ndarray],
    groups: np.ndarray,
    births: int,
    codes: np.ndarray,
    program: Any,
    bounds: Any,
    seen: Any,
    look: Any,
) -> int:
    """Fill ``look`` with what equality alone tells of left and right records ``pairs``.

    The arguments are :mod:`famlink.kernels.tables`; ``groups`` are of the records: the agency times four, and 1 where the
    record gives a birth, 2 where it awaits one; pairs of those two are ``births`` strata further on than the others. Where there are bounds, a pair that cannot reach its stratum's is left
    out: the others move up, in place, and how many they are is returned.
    """
    # Every array has a name of its own: a call that carries arrays costs more than a short step in place does.
    left, right = pairs
    crossed, same = program.crossed, program.same
    share, average, rare, rare_columns = bounds.share, bounds.average, bounds.rare, bounds.columns
    bases, frequencies, leasts = bounds.bases, bounds.frequencies, bounds.least
    filled, states, most_of = seen.filled, seen.states, seen.most
    places, levels_of = seen.places, seen.levels
    words, bounded, width = states.shape[1], len(leasts) > 0, look.levels.shape[1]
    found_states, found_levels, strata = look.states, look.levels, look.strata
    mosts, found_leasts = look.most, look.least
    batch, kinds = np.zeros((SPAN, words), dtype=np.uint64), np.zeros(SPAN, dtype=np.int64)
    touched, count = np.zeros(SPAN, dtype=np.int32), 0
    for begin in range(0, len(left), SPAN):
        size = min(SPAN, len(left) - begin)
        for n in range(size):
            i, j = np.int64(left[begin + n]), np.int64(right[begin + n])
            ours_of, theirs_of = np.int64(groups[i]), np.int64(groups[j])
            kinds[n] = (ours_of >> 2) + 1 if ours_of >> 2 == theirs_of >> 2 else 0
            kinds[n] += births if ours_of ^ theirs_of == 3 else 0
            for k in range(0, codes.shape[1], LINE):
                touched[n] = codes[i, k] ^ codes[j, k]
        for n in range(size):
            i, j = np.int64(left[begin + n]), np.int64(right[begin + n])
            for w in range(words):
                word = np.uint64(0)
                ours, theirs = codes[i, w * 32 :], codes[j, w * 32 :]
                for k in range(min(same - w * 32, 32)):
                    a, b = ours[k], theirs[k]
                    bits = np.uint64(SEVERAL) if (a < -1) | (b < -1) else np.uint64(DIFFER) + np.uint64(a == b)
                    bits = np.uint64(MISSING) if (a == -1) | (b == -1) else bits
                    word |= bits << np.uint64(2 * k)
                batch[n, w] = word
            for k in range(len(crossed)):
                a, b = codes[i, crossed[k, 0]], codes[j, crossed[k, 1]]
                bits = np.uint64(SEVERAL) if (a < -1) | (b < -1) else np.uint64(DIFFER) + np.uint64(a == b)
                bits = np.uint64(MISSING) if (a == -1) | (b == -1) else bits
                batch[n, (same + k) >> 5] |= bits << np.uint64(2 * ((same + k) & 31))
        for n in range(size):
            mixed = np.uint64(0)
            for w in range(words):
                mixed = (mixed ^ batch[n, w]) * np.uint64(0x9E3779B97F4A7C15)
                mixed ^= mixed >> np.uint64(32)
            slot = np.int64(mixed & np.uint64(len(filled) - 1))
            known = filled[slot]
            for w in range(words):
                known &= states[slot, w] == batch[n, w]
            if not known:
                learn_state(slot, batch[n], program, bounds, seen)
            i, j = left[begin + n], right[begin + n]
            if bounded:
                least, most = leasts[kinds[n]], most_of[slot]
                for q in range(len(rare)):
                    c = rare[q]
                    place = places[slot, c]
                    if share[place] > 0.0 and rare_columns[c] >= 0:
                        a, b = codes[i, rare_columns[c]], codes[j, rare_columns[c]]
                        if a >= 0 and b >= 0:
                            rarer = average[place] - max(frequencies[bases[c] + a], frequencies[bases[c] + b])
                            if rarer > 0.0 or levels_of[slot, c] != OPEN:
                                most += share[place] * rarer
                if most < least:
                    continue
                mosts[count], found_leasts[count] = most, least
            left[count], right[count], strata[count] = i, j, kinds[n]
            for w in range(words):
                found_states[count, w] = batch[n, w]
            for c in range(width):
                found_levels[count, c] = levels_of[slot, c]
            count += 1
    return count
