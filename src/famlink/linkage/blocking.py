"""Which pairs of records are compared: rules as data, exact counts before running, no block cut in silence."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.encoding import Encoded
from famlink.linkage.model import Rule

Keys = NDArray[np.uint64]
Rows = NDArray[np.int32]

LARGEST_BLOCK = 2_000
"""Records of one key above which a block is split by a second key: 2,000 records are two million pairs."""

_SPLITTERS = ("date_of_birth", "forename", "surname", "postcode", "sex")


@dataclass(frozen=True)
class Blocks:
    """The sorted entries of one rule.

    Args:
        rule: the rule.
        keys: key of each entry, equal keys together.
        rows: record of each entry.
        ends: for each entry, one past the last entry of its block.
        many: whether a record may have several keys.
        largest: records of the largest block, before splitting.
        split: records in blocks that were split by a second key.
        left_out: records in blocks that stayed too large after splitting: not compared under this rule.
    """

    rule: Rule
    keys: Keys
    rows: Rows
    ends: NDArray[np.int64]
    many: bool
    largest: int
    split: int
    left_out: int

    @property
    def pairs(self) -> int:
        """Pairs of entries in one block."""
        return int(np.sum(self.ends - np.arange(1, len(self.ends) + 1)))


@dataclass(frozen=True)
class Blocking:
    """Every rule's blocks, and the keys by which a pair is given to the first rule that yields it.

    Args:
        blocks: one a rule; rules of one key a record first.
        single: rule x record: key, 0 none.
        many_keys: for rules of many keys a record: keys, sorted within each record.
        many_starts: rule x record (and one more): first key.
        apart: agency of records whose agency says its records are different people, -1 elsewhere.
    """

    blocks: tuple[Blocks, ...]
    single: Keys
    many_keys: Keys
    many_starts: NDArray[np.int64]
    apart: NDArray[np.int16]

    def tasks(self, *, most: int = 1 << 20) -> list[tuple[int, int, int]]:
        """Ranges of work: (rule, first entry, one past the last), each of about ``most`` pairs or one entry."""
        found: list[tuple[int, int, int]] = []
        for number, block in enumerate(self.blocks):
            if not len(block.ends):
                continue
            ahead = block.ends - np.arange(1, len(block.ends) + 1)
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
        room = 0 if count_only else int(np.sum(block.ends[first:last] - np.arange(first + 1, last + 1)))
        left, right = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
        singles = min(number, len(self.single))
        found = fill_pairs(
            (first, last),
            block.keys,
            block.rows,
            block.ends,
            (singles, number - singles),
            self.single,
            self.many_keys,
            self.many_starts,
            self.apart,
            left,
            right,
        )
        return found, left[:found], right[:found]


def block(encoded: Encoded, rules: Sequence[Rule], *, distinct: frozenset[str] = frozenset()) -> Blocking:
    """Sort the records into blocks.

    Args:
        encoded: the records.
        rules: in order.
        distinct: agencies whose records are different people: pairs inside them are left out.

    Returns:
        the blocks of every rule.
    """
    rules = sorted(rules, key=lambda rule: any(part.endswith(":ever") for part in rule.on))
    blocks: list[Blocks] = []
    single: list[Keys] = []
    many: list[tuple[Keys, NDArray[np.int64]]] = []
    for rule in rules:
        if any(part.endswith(":ever") for part in rule.on):
            made, keys, starts = _many(encoded, rule)
            many.append((keys, starts))
        else:
            made, keys = _single(encoded, rule)
            single.append(keys)
        blocks.append(made)
    apart_codes = [code for code, agency in enumerate(encoded.agencies) if agency in distinct]
    apart = np.where(np.isin(encoded.agency, apart_codes), encoded.agency, -1).astype(np.int16)
    many_starts = np.zeros((len(many), encoded.rows + 1), dtype=np.int64)
    offset = 0
    for place, (keys, starts) in enumerate(many):
        many_starts[place] = starts + offset
        offset += len(keys)
    return Blocking(
        blocks=tuple(blocks),
        single=np.array(single, dtype=np.uint64).reshape(len(single), encoded.rows),
        many_keys=np.concatenate([np.zeros(0, dtype=np.uint64), *(keys for keys, _ in many)]),
        many_starts=many_starts,
        apart=apart,
    )


def _single(encoded: Encoded, rule: Rule) -> tuple[Blocks, Keys]:
    from famlink.kernels.blocking import block_ends, group
    from famlink.kernels.hashing import add_part

    keys = np.zeros(encoded.rows, dtype=np.uint64)
    for place, part in enumerate(rule.on):
        add_part(keys, _part(encoded, part), place)
    rows = np.arange(encoded.rows, dtype=np.int32)
    sorted_keys, sorted_rows = group(keys, rows)
    ends = block_ends(sorted_keys)
    largest, split, left_out = _largest(ends), 0, 0
    for name in _SPLITTERS:
        crowded = _crowded(ends)
        if not crowded.any() or name not in encoded.columns or name in rule.on:
            continue
        some = sorted_rows[crowded]
        split = split or len(some)
        finer = keys[some]
        add_part(finer, encoded.codes(name)[some].astype(np.int64), 100)
        keys[some] = finer
        sorted_keys, sorted_rows = group(keys, rows)
        ends = block_ends(sorted_keys)
    crowded = _crowded(ends)
    if crowded.any():
        left_out = int(crowded.sum())
        keys[sorted_rows[crowded]] = np.uint64(0)
        sorted_keys, sorted_rows = group(keys, rows)
        ends = block_ends(sorted_keys)
    return Blocks(
        rule, sorted_keys, sorted_rows, ends, many=False, largest=largest, split=split, left_out=left_out
    ), keys


def _many(encoded: Encoded, rule: Rule) -> tuple[Blocks, Keys, NDArray[np.int64]]:
    from famlink.kernels.blocking import block_ends, group
    from famlink.kernels.hashing import add_part

    parts = sorted(rule.on, key=lambda part: not part.endswith(":ever"))
    values = encoded.values
    place = encoded.lists[parts[0]]
    starts = values.list_starts[place]
    entry_rows = np.repeat(np.arange(encoded.rows, dtype=np.int32), np.diff(starts))
    keys = np.zeros(len(entry_rows), dtype=np.uint64)
    add_part(keys, values.elements[starts[0] : starts[-1]].astype(np.int64), 0)
    for number, part in enumerate(parts[1:], start=1):
        add_part(keys, _part(encoded, part)[entry_rows], number)
    sorted_keys, sorted_rows = group(keys, entry_rows)
    ends = block_ends(sorted_keys)
    largest, left_out = _largest(ends), 0
    crowded = _crowded(ends)
    if crowded.any():
        left_out = int(crowded.sum())
        keys[np.isin(keys, np.unique(sorted_keys[crowded]))] = np.uint64(0)
        sorted_keys, sorted_rows = group(keys, entry_rows)
        ends = block_ends(sorted_keys)
    order = np.lexsort((keys, entry_rows))
    made = Blocks(rule, sorted_keys, sorted_rows, ends, many=True, largest=largest, split=0, left_out=left_out)
    return made, keys[order], np.asarray(starts - starts[0], dtype=np.int64)


def _largest(ends: NDArray[np.int64]) -> int:
    return int(_sizes(ends).max(initial=0))


def _sizes(ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Size of the block of each entry."""
    if not len(ends):
        return ends
    _, inverse, counts = np.unique(ends, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse], dtype=np.int64)


def _crowded(ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    return _sizes(ends) > LARGEST_BLOCK


def _part(encoded: Encoded, part: str) -> NDArray[np.int64]:
    """One part of a rule as a number for each record, -1 missing."""
    if part == "names:unordered":
        a, b = encoded.codes("forename").astype(np.int64), encoded.codes("surname").astype(np.int64)
        both = np.minimum(a, b) * (1 << 31) + np.maximum(a, b)
        return np.where((a < 0) | (b < 0), -1, both)
    name, _, piece = part.partition(":")
    if piece in ("", "outcode", "sector"):
        return encoded.codes(part).astype(np.int64)
    codes = encoded.codes(name)
    dictionary = encoded.dictionaries[name]
    if not len(dictionary):
        return np.full(encoded.rows, -1, dtype=np.int64)
    mapped = _dates(dictionary, piece) if dictionary.dtype == pl.Float64 else _texts(dictionary, piece)
    return np.where(codes < 0, -1, mapped[codes])


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
