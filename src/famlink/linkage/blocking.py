"""Which pairs of records are compared: rules as data, exact counts before running, no block cut in silence."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.encoding import Encoded
from famlink.linkage.model import Rule

Keys = NDArray[np.uint64]
Rows = NDArray[np.int32]
EXPECTED = "expected_date_of_birth"
"""Whose year stands in for that of a child not born yet."""

_SPLITTERS = ("date_of_birth", "forename", "surname", "postcode", "sex")


@dataclass(frozen=True)
class Blocks:
    """The blocks of one rule, one after another; a record alone in its block has no entry.

    Args:
        rule: the rule.
        ids: of a rule of many keys a record the block of each entry, from 1, ascending; else empty: ``single`` has it.
        rows: record of each entry.
        ends: for each entry, one past the last entry of its block.
        largest: records of the largest block, before splitting.
        split: records in blocks that were split by a second key.
        left_out: records in blocks that stayed too large after splitting: not compared under this rule.
    """

    rule: Rule
    ids: Rows
    rows: Rows
    ends: Rows
    largest: int
    split: int
    left_out: int

    @property
    def ahead(self) -> NDArray[np.int64]:
        """For each entry, how many entries of its block come after it."""
        return self.ends.astype(np.int64) - np.arange(1, len(self.ends) + 1)

    @property
    def pairs(self) -> int:
        """Pairs of entries in one block."""
        return int(np.sum(self.ahead))


@dataclass(frozen=True)
class Blocking:
    """Every rule's blocks, and where each record stands in them: a pair is given to the first rule that yields it.

    Args:
        blocks: one a rule; rules of one key a record first.
        single: record x rule: its block, and a number below 0 of the record's own where it has none.
        many: for rules of many keys a record: blocks, ascending within each record.
        many_starts: rule x record (and one more): first place in ``many``.
        apart: agency of records whose agency says its records are different people, -1 elsewhere.
    """

    blocks: tuple[Blocks, ...]
    single: Rows
    many: Rows
    many_starts: NDArray[np.int64]
    apart: NDArray[np.int16]

    def only(self, number: int) -> Blocking:
        """One rule's blocks, as if there were no other rule."""
        singles = self.single.shape[1]
        own = slice(number - singles, number - singles + 1) if number >= singles else slice(0, 0)
        return replace(
            self, blocks=(self.blocks[number],), single=self.single[:, :0], many_starts=self.many_starts[own]
        )

    def tasks(self, *, most: int = 1 << 20) -> list[tuple[int, int, int]]:
        """Ranges of work: (rule, first entry, one past the last), each of about ``most`` pairs or one entry."""
        found: list[tuple[int, int, int]] = []
        for number, block in enumerate(self.blocks):
            if not len(block.ends):
                continue
            ahead = block.ahead
            share = (np.cumsum(ahead) - ahead) // most
            cuts = np.flatnonzero(np.diff(share)) + 1
            edges = [0, *cuts.tolist(), len(ahead)]
            found += [(number, a, b) for a, b in itertools.pairwise(edges) if ahead[a:b].any()]
        return found

    def pairs(self, task: tuple[int, int, int], *, count_only: bool = False) -> tuple[int, Rows, Rows]:
        """The new pairs of one task: how many, left rows, right rows (left < right)."""
        from famlink.kernels.blocking import fill_pairs

        number, first, last = task
        block = self.blocks[number]
        room = (
            0 if count_only else int(np.sum(block.ends[first:last].astype(np.int64) - np.arange(first + 1, last + 1)))
        )
        left, right = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
        singles = min(number, self.single.shape[1])
        found = fill_pairs(
            (first, last),
            block.ids,
            block.rows,
            block.ends,
            (singles, number - singles),
            self.single,
            self.many,
            self.many_starts,
            self.apart,
            left,
            right,
        )
        return found, left[:found], right[:found]


def block(
    encoded: Encoded, rules: Sequence[Rule], *, distinct: frozenset[str] = frozenset(), threads: int = 1
) -> Blocking:
    """Sort the records into blocks.

    Args:
        encoded: the records.
        rules: in order; those of many keys a record come after the others.
        distinct: agencies whose records are different people: pairs inside them are left out.
        threads: how many rules are worked on at once.

    Returns:
        the blocks of every rule.
    """
    several = [rule for rule in rules if any(part.endswith(":ever") for part in rule.on)]
    plain = [rule for rule in rules if rule not in several]
    named = dict.fromkeys(part for rule in rules for part in rule.on if not part.endswith(":ever"))
    with ThreadPoolExecutor(max(1, threads)) as pool:
        parts = dict(zip(named, pool.map(lambda part: _part(encoded, part), named), strict=True))
    single = np.empty((encoded.rows, len(plain)), dtype=np.int32)

    def work(task: tuple[int, Rule]) -> tuple[Blocks, Rows, NDArray[np.int64]]:
        place, rule = task
        if place < len(plain):
            return _single(encoded, rule, parts, single[:, place]), single[:, place], np.zeros(0, dtype=np.int64)
        return _many(encoded, rule, parts)

    tasks = list(enumerate([*plain, *several]))
    with ThreadPoolExecutor(max(1, threads)) as pool:
        made = list(pool.map(work, tasks))
    many_starts = np.zeros((len(several), encoded.rows + 1), dtype=np.int64)
    offset = 0
    for place, (_, ids, starts) in enumerate(made[len(plain) :]):
        many_starts[place] = starts + offset
        offset += len(ids)
    apart_codes = [code for code, agency in enumerate(encoded.agencies) if agency in distinct]
    return Blocking(
        blocks=tuple(blocks for blocks, _, _ in made),
        single=single,
        many=np.concatenate([np.zeros(0, dtype=np.int32), *(ids for _, ids, _ in made[len(plain) :])]),
        many_starts=many_starts,
        apart=np.where(np.isin(encoded.agency, apart_codes), encoded.agency, -1).astype(np.int16),
    )


def keys_of(encoded: Encoded, parts: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Each part as a number for each record, -1 missing; ``:ever`` is not of one number a record."""
    return {part: _part(encoded, part) for part in parts}


def pairs_of(keys: Sequence[NDArray[Any]]) -> int:
    """How many pairs of records agree on every part, no block split.

    Args:
        keys: for each part a number for each record, -1 missing.

    Returns:
        the exact number.

    Example:
        >>> pairs_of([np.array([1, 1, 1, -1]), np.array([2, 2, 3, 2])])
        1
    """
    from famlink.kernels.blocking import group
    from famlink.kernels.hashing import add_part

    made = np.zeros(len(keys[0]), dtype=np.uint64)
    for place, part in enumerate(keys):
        add_part(made, _whole(part), place)
    sorted_keys, _ = group(made, np.arange(len(made), dtype=np.int32))
    firsts = np.flatnonzero(np.diff(sorted_keys, prepend=np.uint64(0)))
    sizes = np.diff(np.append(firsts, len(sorted_keys)))
    return int(np.sum(sizes * (sizes - 1) // 2))


def beside(blocking: Blocking, rule: Rule, *, encoded: Encoded, keys: Mapping[str, NDArray[Any]]) -> Blocking:
    """Add a rule after all others, so that it gives the pairs none of them gives.

    Args:
        blocking: the blocks of the rules there are.
        rule: one of one key a record.
        encoded: the records.
        keys: from :func:`keys_of`.

    Returns:
        the blocking, the new rule's blocks last.
    """
    made = _single(encoded, rule, keys, np.empty(encoded.rows, dtype=np.int32))
    return replace(blocking, blocks=(*blocking.blocks, made))


def _whole(part: NDArray[Any]) -> NDArray[np.int64]:
    """A part of a key as one kind of array, so that what mixes it in is compiled once."""
    return np.ascontiguousarray(part, dtype=np.int64)


def _single(encoded: Encoded, rule: Rule, parts: Mapping[str, NDArray[Any]], out: Rows) -> Blocks:
    """Blocks of a rule of one key a record; ``out`` receives each record's block."""
    from famlink.kernels.blocking import entries_of, group
    from famlink.kernels.hashing import add_part

    keys = np.zeros(encoded.rows, dtype=np.uint64)
    for place, part in enumerate(rule.on):
        add_part(keys, _whole(parts[part]), place)
    every = np.arange(encoded.rows, dtype=np.int32)
    sorted_keys, sorted_rows = group(keys, every)
    ids, rows, ends, largest, left_out = entries_of(sorted_keys, sorted_rows, rule.most)
    found, split = largest, 0
    for name in _SPLITTERS:
        if found <= rule.most:
            break
        if name not in encoded.columns or name in rule.on:
            continue
        firsts = np.flatnonzero(np.diff(sorted_keys, prepend=np.uint64(0)))
        sizes = np.diff(np.append(firsts, len(sorted_keys)))
        some = sorted_rows[np.repeat(sizes > rule.most, sizes)]
        split = split or len(some)
        finer = keys[some]
        # A record without the second key stays with the others that lack it.
        add_part(finer, _whole(encoded.codes(name)[some] + 1), 100)
        keys[some] = finer
        sorted_keys, sorted_rows = group(keys, every)
        ids, rows, ends, found, left_out = entries_of(sorted_keys, sorted_rows, rule.most)
    own = -1 - every
    own[rows] = ids
    out[:] = own
    return Blocks(rule, ids[:0].copy(), rows, ends, largest=largest, split=split, left_out=left_out)


def _many(encoded: Encoded, rule: Rule, parts: Mapping[str, NDArray[Any]]) -> tuple[Blocks, Rows, NDArray[np.int64]]:
    """Blocks of a rule of many keys a record, and each record's blocks."""
    from famlink.kernels.blocking import by_row, entries_of, group
    from famlink.kernels.hashing import add_part

    ordered = sorted(rule.on, key=lambda part: not part.endswith(":ever"))
    entry_rows, values = encoded.entries(ordered[0])
    keys = np.zeros(len(entry_rows), dtype=np.uint64)
    add_part(keys, _whole(values), 0)
    for number, part in enumerate(ordered[1:], start=1):
        add_part(keys, _whole(parts[part][entry_rows]), number)
    ids, rows, ends, largest, left_out = entries_of(*group(keys, entry_rows), rule.most)
    own, starts = by_row(ids, rows, encoded.rows)
    return Blocks(rule, ids, rows, ends, largest=largest, split=0, left_out=left_out), own, starts


def _part(encoded: Encoded, part: str) -> NDArray[Any]:
    """One part of a rule as a number for each record, -1 missing."""
    if part == "names:unordered":
        a, b = encoded.codes("forename").astype(np.int64), encoded.codes("surname").astype(np.int64)
        both = np.minimum(a, b) * (1 << 31) + np.maximum(a, b)
        return np.where((a < 0) | (b < 0), -1, both)
    if part == "names:initials":
        a, b = (_part(encoded, f"{name}:1").astype(np.int64) for name in ("forename", "surname"))
        return np.where((a < 0) | (b < 0), -1, np.minimum(a, b) * (1 << 31) + np.maximum(a, b))
    name, _, piece = part.partition(":")
    if piece in ("", "outcode", "sector"):
        return encoded.codes(part)
    if piece == "due_year":
        born = _part(encoded, f"{name}:year")
        expected = EXPECTED if EXPECTED in encoded.columns else name
        return np.where(born < 0, _part(encoded, f"{expected}:year"), born)
    codes = encoded.codes(name)
    dictionary = encoded.dictionaries[name]
    if not len(dictionary):
        return np.full(encoded.rows, -1, dtype=np.int32)
    mapped = _dates(dictionary, piece) if dictionary.dtype == pl.Float64 else _texts(dictionary, piece)
    return np.where(codes < 0, -1, mapped[codes]).astype(np.int32)


def _dates(dictionary: pl.Series, piece: str) -> NDArray[np.int64]:
    date = dictionary.cast(pl.Int64).to_numpy()
    year, month, day = date // 10000, date // 100 % 100, date % 100
    known_month, known_day = month > 0, day > 0
    if piece == "year":
        return np.asarray(year)
    if piece == "month":
        return np.where(known_month, month, -1)
    if piece == "day":
        return np.where(known_day, day, -1)
    if piece == "year_month":
        return np.where(known_month, year * 100 + month, -1)
    if piece == "month_day":
        return np.where(known_day, month * 100 + day, -1)
    unordered = (year * 100 + np.minimum(month, day)) * 100 + np.maximum(month, day)
    return np.where(known_day, unordered, -1)


def _texts(dictionary: pl.Series, piece: str) -> NDArray[np.int64]:
    if piece == "soundex":
        import jellyfish

        pieces = pl.Series([jellyfish.soundex(text) if text else None for text in dictionary.to_list()])
    else:
        length = int(piece)
        pieces = dictionary.str.slice(0, length)
    return pieces.rank("dense").cast(pl.Int64).fill_null(-1).to_numpy()


def planned(blocking: Blocking) -> Iterator[dict[str, int | str]]:
    """Count each rule's pairs exactly, before any is compared.

    Args:
        blocking: the blocks.

    Yields:
        rule, pairs, new_pairs (not yielded by an earlier rule), largest_block, split_records and left_out_records.
    """
    fresh = [0] * len(blocking.blocks)
    for task in blocking.tasks():
        fresh[task[0]] += blocking.pairs(task, count_only=True)[0]
    for made, new in zip(blocking.blocks, fresh, strict=True):
        yield described(made, new)


def described(made: Blocks, new: int) -> dict[str, int | str]:
    """One row of the plan."""
    return {
        "rule": made.rule.name,
        "pairs": made.pairs,
        "new_pairs": new,
        "largest_block": made.largest,
        "split_records": made.split,
        "left_out_records": made.left_out,
    }
