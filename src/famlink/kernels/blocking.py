"""Blocking keys to pairs of records: sort, merge, and give each pair to the first rule that yields it."""

from __future__ import annotations

import numpy as np
from numba import njit

BITS = 16

FEW = 16
"""Entries that are sorted one by one."""


@njit(cache=True, nogil=True)
def insert_sorted(keys: np.ndarray, rows: np.ndarray, lo: int, hi: int) -> None:
    """Sort few entries by key; those of one key stay in order."""
    for i in range(lo + 1, hi):
        key, row = keys[i], rows[i]
        j = i - 1
        while j >= lo and keys[j] > key:
            keys[j + 1] = keys[j]
            rows[j + 1] = rows[j]
            j -= 1
        keys[j + 1] = key
        rows[j + 1] = row


@njit(cache=True, nogil=True)
def merge_sorted(keys: np.ndarray, rows: np.ndarray, lo: int, hi: int) -> None:
    """Sort many entries by key; those of one key stay in order. Ever longer runs are merged."""
    held_keys, held_rows = np.empty(hi - lo, dtype=np.uint64), np.empty(hi - lo, dtype=np.int32)
    run = FEW
    for first in range(lo, hi, run):
        insert_sorted(keys, rows, first, min(first + run, hi))
    while run < hi - lo:
        for first in range(lo, hi - run, 2 * run):
            middle, end = first + run, min(first + 2 * run, hi)
            if keys[middle - 1] <= keys[middle]:
                continue
            for i in range(first, middle):
                held_keys[i - first], held_rows[i - first] = keys[i], rows[i]
            a, b = 0, middle
            for i in range(first, end):
                if a < run and (b == end or held_keys[a] <= keys[b]):
                    keys[i], rows[i] = held_keys[a], held_rows[a]
                    a += 1
                else:
                    keys[i], rows[i] = keys[b], rows[b]
                    b += 1
        run *= 2


@njit(cache=True, nogil=True)
def group(keys: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sort entries by key, rows ascending within a key; entries of key 0 are left out.

    Entries come with rows ascending. A counting pass over the top bits of the hashed keys leaves small buckets.
    """
    shift = np.uint64(64 - BITS)
    first = np.zeros((1 << BITS) + 1, dtype=np.int64)
    for i in range(len(keys)):
        if keys[i] != np.uint64(0):
            first[np.int64(keys[i] >> shift) + 1] += 1
    for b in range(1 << BITS):
        first[b + 1] += first[b]
    total = first[1 << BITS]
    sorted_keys = np.empty(total, dtype=np.uint64)
    sorted_rows = np.empty(total, dtype=np.int32)
    for i in range(len(keys)):
        if keys[i] != np.uint64(0):
            b = np.int64(keys[i] >> shift)
            sorted_keys[first[b]] = keys[i]
            sorted_rows[first[b]] = rows[i]
            first[b] += 1
    lo = np.int64(0)
    for b in range(1 << BITS):
        hi = first[b]
        if hi - lo > 3 * FEW:
            merge_sorted(sorted_keys, sorted_rows, lo, hi)
        else:
            insert_sorted(sorted_keys, sorted_rows, lo, hi)
        lo = hi
    return sorted_keys, sorted_rows


@njit(cache=True, nogil=True)
def entries_of(keys: np.ndarray, rows: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, int]:
    """The blocks of two to ``most`` entries of what :func:`group` gave.

    Return block (from 1), row and one past the last entry of the block, for each entry; the size of the largest block of
    all, and how many entries are in blocks above ``most``.
    """
    n = len(keys)
    largest, crowded, total = 0, 0, 0
    first = 0
    for i in range(1, n + 1):
        if i == n or keys[i] != keys[first]:
            size = i - first
            largest = max(largest, size)
            if size > most:
                crowded += size
            elif size > 1:
                total += size
            first = i
    ids = np.empty(total, dtype=np.int32)
    held = np.empty(total, dtype=np.int32)
    ends = np.empty(total, dtype=np.int32)
    block, place, first = 0, 0, 0
    for i in range(1, n + 1):
        if i == n or keys[i] != keys[first]:
            size = i - first
            if 1 < size <= most:
                block += 1
                for k in range(size):
                    ids[place + k] = block
                    held[place + k] = rows[first + k]
                    ends[place + k] = place + size
                place += size
            first = i
    return ids, held, ends, largest, crowded


@njit(cache=True, nogil=True)
def by_row(ids: np.ndarray, rows: np.ndarray, records: int) -> tuple[np.ndarray, np.ndarray]:
    """Blocks by record, in the order they come, and the place of each record's first."""
    starts = np.zeros(records + 1, dtype=np.int64)
    for e in range(len(rows)):
        starts[rows[e] + 1] += 1
    for i in range(records):
        starts[i + 1] += starts[i]
    place = starts[:-1].copy()
    found = np.empty(len(ids), dtype=np.int32)
    for e in range(len(rows)):
        found[place[rows[e]]] = ids[e]
        place[rows[e]] += 1
    return found, starts


@njit(cache=True, nogil=True)
def first_common(ids: np.ndarray, starts: np.ndarray, i: int, j: int) -> int:
    """The first block two records share under a rule of many keys a record; 0 for none."""
    a, b = starts[i], starts[j]
    while a < starts[i + 1] and b < starts[j + 1]:
        if ids[a] == ids[b]:
            return ids[a]
        if ids[a] < ids[b]:
            a += 1
        else:
            b += 1
    return 0


@njit(cache=True, nogil=True)
def fill_pairs(
    span: tuple[int, int],
    ids: np.ndarray,
    rows: np.ndarray,
    ends: np.ndarray,
    rule: tuple[int, int],
    single: np.ndarray,
    many: np.ndarray,
    many_starts: np.ndarray,
    apart: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
) -> int:
    """Write the new pairs whose first record stands at entries span[0] to span[1]; return how many.

    ``ids``, ``rows`` and ``ends`` are the rule's entries (``ids`` is read for a rule of many keys alone). ``rule`` is (single-key rules before this one, many-key rules
    before it); ``single`` has one row of blocks a record, where a record without a block has a number of its own;
    ``many_starts`` has one row of places in ``many`` a rule of many keys.
    ``apart`` holds the agency of records whose agency says that its records are different people, -1 elsewhere. An empty
    ``left`` only counts.
    """
    count = 0
    singles, manys = rule
    keep = len(left) > 0
    this_many = manys if singles == single.shape[1] and manys < len(many_starts) else -1
    for p in range(span[0], span[1]):
        i = rows[p]
        for q in range(p + 1, ends[p]):
            j = rows[q]
            if i == j or (apart[i] >= 0 and apart[i] == apart[j]):
                continue
            # Every rule is looked at, without a branch: eight at a time in one instruction.
            shared = 0
            for r in range(singles):
                shared += single[i, r] == single[j, r]
            if shared > 0:
                continue
            seen = False
            for r in range(manys):
                if first_common(many, many_starts[r], i, j) != 0:
                    seen = True
                    break
            if seen or (this_many >= 0 and first_common(many, many_starts[this_many], i, j) != ids[p]):
                continue
            if keep:
                left[count] = min(i, j)
                right[count] = max(i, j)
            count += 1
    return count
