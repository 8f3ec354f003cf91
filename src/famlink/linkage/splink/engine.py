"""Blocking, comparison and weighing by a Splink model: ranges of pairs in threads, the same result at any number of them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.encoding import Encoded, encode
from famlink.linkage.model import Model, Stratum
from famlink.linkage.splink.blocking import Branch, Entries, branches_of, entries_of
from famlink.linkage.splink.model import SplinkModel
from famlink.linkage.splink.scoring import Rows, Scorer

if TYPE_CHECKING:
    from famlink.kernels.joining import Keys

Tell = Callable[[int, int], None] | None
_CHUNK = 1 << 17
_SHARE = 1 << 19
"""Pairs of one range of work."""


@dataclass(frozen=True)
class Weighed:
    """Pairs kept.

    Args:
        left: row of each left record.
        right: row of each right record, above the left.
        weight: match weight in bits.
        unadjusted: weight without prior and term frequencies.
        rule_pairs: new pairs each rule gave.
        compared: pairs compared in all.
    """

    left: Rows
    right: Rows
    weight: NDArray[np.float64]
    unadjusted: NDArray[np.float64]
    rule_pairs: tuple[int, ...]
    compared: int


@dataclass(frozen=True)
class Joined:
    """The rules of a Splink model over some records.

    Args:
        branches: the ways to meet the rules, in order.
        entries: who meets whom in each.
        keys: every record's keys.
        places: branch -> its column of single keys (0, 1 ...) or its row of many keys (-1, -2 ...).
        tests: branch -> number of its filter, -1 none.
        apart: agency of records that are compared with other agencies' alone, -1 elsewhere.
        names: the rules as written.
    """

    branches: tuple[Branch, ...]
    entries: tuple[Entries, ...]
    keys: Keys
    places: tuple[int, ...]
    tests: tuple[int, ...]
    apart: NDArray[np.int16]
    names: tuple[str, ...]

    def tasks(self) -> list[tuple[int, int, int]]:
        """Ranges of work: (branch, first entry, one past the last)."""
        found: list[tuple[int, int, int]] = []
        for number, entries in enumerate(self.entries):
            ahead = entries.ahead
            share = (np.cumsum(ahead) - ahead) // _SHARE
            edges = [0, *(np.flatnonzero(np.diff(share)) + 1).tolist(), len(ahead)]
            found += [(number, a, b) for a, b in itertools.pairwise(edges) if ahead[a:b].any()]
        return found

    def plan(self, fresh: Sequence[int]) -> Iterator[dict[str, int | str]]:
        """One row a rule: rule, pairs, new_pairs, largest_block, split_records and left_out_records (always none).

        Args:
            fresh: new pairs of each rule.
        """
        for number, name in enumerate(self.names):
            mine = [e for e, branch in zip(self.entries, self.branches, strict=True) if branch.rule == number]
            yield {
                "rule": name,
                "pairs": sum(int(entries.ahead.sum()) for entries in mine),
                "new_pairs": fresh[number],
                "largest_block": max(
                    (int(np.unique(e.keys, return_counts=True)[1].max(initial=0)) for e in mine), default=0
                ),
                "split_records": 0,
                "left_out_records": 0,
            }


class SplinkEngine:
    """Batch functions over records by a Splink model.

    Args:
        frame: merged standardised records, in row order.
        model: the model.
        population: the records whose values are counted; None: these.
        threads: how many; None takes every core.

    Raises:
        ModelError: the model does not fit the records.
    """

    def __init__(
        self,
        frame: pl.DataFrame,
        model: SplinkModel,
        *,
        population: pl.DataFrame | None = None,
        threads: int | None = None,
    ) -> None:
        self.frame, self.model = frame, model
        self.threads = max(1, threads or os.cpu_count() or 1)
        self.branches = branches_of(model.settings)
        filters = [(f"blocking rule {b.rule + 1}", b.filter) for b in self.branches if b.filter is not None]
        self.scorer = Scorer(frame, model, population=population, filters=filters)

    @cached_property
    def encoded(self) -> Encoded:
        """The records with their agencies; no field is encoded but by the model's own operands."""
        return encode(self.frame, Model(comparisons=(), blocking=(), across=Stratum(self.model.across.match)))

    def block(self, *, distinct: frozenset[str] = frozenset()) -> Joined:
        """Join the records by every rule.

        Args:
            distinct: agencies whose records are different people: pairs inside them are left out, as are all pairs inside
                agencies where the model links only across datasets.

        Returns:
            who meets whom.

        Raises:
            ModelError: a rule cannot be followed; it is named by its number.
        """
        from famlink.kernels.joining import Keys

        settings = self.model.settings
        columns = self.scorer.columns
        rows = self.frame.height
        entries: list[Entries] = []
        single: list[list[Rows]] = []
        many: list[list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = []
        places: list[int] = []
        tests: list[int] = []
        for branch in self.branches:
            made, sides = entries_of(self.frame, branch, columns)
            entries.append(made)
            tests.append(sum(test >= 0 for test in tests) if branch.filter is not None else -1)
            if branch.exploded:
                many.append([_ragged(*side, rows) for side in sides])
                places.append(-len(many))
            else:
                places.append(len(single))
                single.append([_spread(*side, rows) for side in sides])
        agency = self.encoded.agency
        kept = [code for code, name in enumerate(self.encoded.agencies) if name in distinct]
        inside = np.ones(rows, dtype=np.bool_) if settings.link_type == "link_only" else np.isin(agency, kept)
        apart = np.where(inside, agency, -1).astype(np.int16)
        none = np.zeros((rows, 0), dtype=np.int32)
        keys = Keys(
            left=np.stack([pair[0] for pair in single], axis=1) if single else none,
            right=np.stack([pair[1] for pair in single], axis=1) if single else none,
            **_stacked(many, rows),
            apart=apart,
        )
        return Joined(
            tuple(self.branches), tuple(entries), keys, tuple(places), tuple(tests), apart,
            tuple(rule.sql for rule in settings.rules),
        )  # fmt: skip

    def pairs(self, joined: Joined, task: tuple[int, int, int]) -> tuple[Rows, Rows]:
        """The new pairs of one range of work: left and right rows."""
        from famlink.kernels.joining import join

        number, first, last = task
        entries = joined.entries[number]
        cut = slice(first, last)
        own = (entries.rows[cut], entries.keys[cut], entries.firsts[cut], entries.lasts[cut])
        room = int(entries.ahead[cut].sum())
        left, right = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int32)
        plain = [joined.places[b] for b in range(number) if joined.tests[b] < 0]
        many = -joined.places[number] - 1 if joined.places[number] < 0 else -1
        filled = join(own, entries.others, joined.keys, np.array(plain, dtype=np.int64), many, left, right)
        left, right = left[:filled], right[:filled]
        for other in (*range(number), number):
            test = joined.tests[other]
            if test < 0 or not len(left):
                continue
            if other == number:
                kept = self.scorer.passes(test, left, right)
            else:
                kept = ~_given_by(joined, other, left, right)
                some = np.flatnonzero(~kept)
                kept[some] = ~self.scorer.passes(test, left[some], right[some])
            left, right = left[kept], right[kept]
        return left, right

    def count(self, joined: Joined) -> list[int]:
        """New pairs of each rule."""
        fresh = [0] * len(joined.names)
        tasks = joined.tasks()
        for task, found in zip(tasks, self._each(tasks, lambda one: len(self.pairs(joined, one)[0])), strict=True):
            fresh[joined.branches[task[0]].rule] += found
        return fresh

    def score(self, joined: Joined, *, least: float, tell: Tell = None) -> Weighed:
        """Compare and weigh every pair the rules give; keep those of a weight.

        Args:
            joined: from :meth:`block`.
            least: keep pairs of this match weight or more, in bits.
            tell: told (done, total).

        Returns:
            the pairs kept, by left and right row.
        """

        def work(task: tuple[int, int, int]) -> tuple[Rows, Rows, NDArray[np.float64], int]:
            left, right = self.pairs(joined, task)
            weighed = self.scorer.weigh(left, right)
            kept = weighed[:, 0] >= least
            return left[kept], right[kept], weighed[kept], len(left)

        tasks = joined.tasks()
        done = self._each(tasks, work, tell)
        rule_pairs = [0] * len(joined.names)
        for task, part in zip(tasks, done, strict=True):
            rule_pairs[joined.branches[task[0]].rule] += part[3]
        none = np.zeros(0, dtype=np.int32)
        left = np.concatenate([none, *(part[0] for part in done)])
        right = np.concatenate([none, *(part[1] for part in done)])
        weighed = np.concatenate([np.empty((0, 2)), *(part[2] for part in done)])
        order = np.lexsort((right, left))
        return Weighed(
            left=left[order],
            right=right[order],
            weight=weighed[order, 0],
            unadjusted=weighed[order, 1],
            rule_pairs=tuple(rule_pairs),
            compared=sum(rule_pairs),
        )

    def levels(self, left: Rows, right: Rows) -> NDArray[np.int8]:
        """Compare pairs of rows: pair x comparison."""
        return self.scorer.levels(left, right)

    def score_pairs(self, left: Rows, right: Rows, model: Model) -> NDArray[np.float64]:
        """Compare and weigh given pairs: pair x (match weight, unadjusted weight); the model is the engine's own."""
        del model
        parts = [slice(a, a + _CHUNK) for a in range(0, len(left), _CHUNK)]
        found = self._each(parts, lambda part: self.scorer.weigh(left[part], right[part]))
        return np.concatenate([np.empty((0, 2)), *found])

    def _each(self, parts: Sequence[Any], work: Callable[[Any], Any], tell: Tell = None) -> list[Any]:
        """Do the parts in threads; results come in the order of the parts."""
        done = []
        with ThreadPoolExecutor(self.threads) as pool:
            for number, result in enumerate(pool.map(work, parts), start=1):
                done.append(result)
                if tell:
                    tell(number, len(parts))
        return done


def _given_by(joined: Joined, other: int, left: Rows, right: Rows) -> NDArray[np.bool_]:
    """Pairs whose keys another branch of one key a record joins."""
    place = joined.places[other]
    if place >= 0:
        a, b = joined.keys.left[left, place], joined.keys.right[right, place]
        return np.asarray((a >= 0) & (a == b))
    from famlink.kernels.joining import first_shared

    many = -place - 1
    shared = (first_shared(joined.keys, many, int(i), int(j)) >= 0 for i, j in zip(left, right, strict=True))
    return np.fromiter(shared, dtype=np.bool_, count=len(left))


def _spread(rows: Rows, keys: NDArray[np.int64], height: int) -> Rows:
    """The key of every record, -1 none."""
    out = np.full(height, -1, dtype=np.int32)
    out[rows] = keys
    return out


def _ragged(rows: Rows, keys: NDArray[np.int64], height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First key of every record (one more than records), and keys ascending within each."""
    order = np.lexsort((keys, rows))
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=height))]).astype(np.int64)
    return starts, keys[order]


def _stacked(
    many: list[list[tuple[NDArray[np.int64], NDArray[np.int64]]]], height: int
) -> dict[str, NDArray[np.int64]]:
    """The keys of every rule of many keys, one after another."""
    found = {}
    for number, side in enumerate(("left", "right")):
        offset = 0
        starts, values = [np.zeros((0, height + 1), dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
        for pair in many:
            own_starts, own = pair[number]
            starts.append((own_starts + offset)[None, :])
            values.append(own)
            offset += len(own)
        found[f"{side}_starts"] = np.concatenate(starts)
        found[f"{side}_many"] = np.concatenate(values)
    return found
