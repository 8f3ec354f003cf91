"""Blocking, comparison and scoring on one machine: ranges of pairs in threads, the same result at any number of them."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from famlink.linkage.blocking import Blocking
from famlink.linkage.comparison import (
    Encoded,
    Rows,
    bounds_of,
    compare,
    compare_within,
    program_of,
    seen_for,
    strata_of,
    unbounded,
)
from famlink.linkage.model import Comparison, Model
from famlink.linkage.scoring import expected_bits, score, together_of, weights_of

if TYPE_CHECKING:
    from famlink.kernels.scoring import Together, Weights
    from famlink.kernels.tables import Bounds, Seen

Tell = Callable[[int, int], None] | None
_Done = TypeVar("_Done")
_CHUNK = 1 << 16
"""Pairs of one range of work: few enough that what is known of them stays in the processor's cache."""
_SAMPLE = 1 << 14
"""Pairs of one range of work when a sample is wanted: small, so that a sample spreads over many blocks."""


@dataclass(frozen=True)
class Patterns:
    """Distinct agreement patterns and how many pairs show each.

    Args:
        levels: pattern x comparison, -1 missing.
        strata: stratum of each pattern.
        counts: pairs.
    """

    levels: NDArray[np.int8]
    strata: NDArray[np.int64]
    counts: NDArray[np.int64]


@dataclass(frozen=True)
class Scored:
    """Pairs kept.

    Args:
        left: row of each left record.
        right: row of each right record, above the left.
        weight: match weight in bits.
        unadjusted: weight without prior, frequency or kin.
        rule_pairs: new pairs each rule gave.
        compared: pairs compared in all.
    """

    left: Rows
    right: Rows
    weight: NDArray[np.float64]
    unadjusted: NDArray[np.float64]
    rule_pairs: tuple[int, ...]
    compared: int


class LocalBackend:
    """Batch functions over encoded records.

    Args:
        encoded: the records.
        comparisons: a model's.
        threads: how many; None takes every core.
    """

    def __init__(self, encoded: Encoded, comparisons: Sequence[Comparison], *, threads: int | None = None) -> None:
        self.encoded = encoded
        self.program = program_of(comparisons, encoded)
        self.names = tuple(comparison.name for comparison in comparisons)
        self.width = len(comparisons)
        self.sizes = [len(comparison.levels) + 1 for comparison in comparisons]
        self.threads = max(1, threads or os.cpu_count() or 1)
        self._weighed: tuple[Model, Weights, Together | None] | None = None

    def weights(self, model: Model) -> tuple[Weights, Together | None]:
        """The tables of a model, kept for the next call with one that scores alike: family evidence is not in them."""
        if self._weighed is None or not _scores_alike(self._weighed[0], model):
            self._weighed = (model, weights_of(model, self.encoded), together_of(model, self.encoded))
        return self._weighed[1:]

    def levels(self, left: Rows, right: Rows) -> NDArray[np.int8]:
        """Compare pairs of rows: pair x comparison."""
        parts = [slice(a, a + _CHUNK) for a in range(0, len(left), _CHUNK)]
        found = self._each(parts, lambda s: compare(left[s], right[s], encoded=self.encoded, program=self.program))
        return np.concatenate(found) if found else np.empty((0, self.width), dtype=np.int8)

    def strata(self, left: Rows, right: Rows) -> NDArray[np.int16]:
        """The stratum of each pair."""
        return strata_of(left, right, encoded=self.encoded)

    def patterns_of(self, left: Rows, right: Rows) -> Patterns:
        """Count the agreement patterns of given pairs."""
        return self._merged([self._words(self.levels(left, right), self.strata(left, right))])

    def count_patterns(self, blocking: Blocking, *, most: int | None = None, tell: Tell = None) -> Patterns:
        """Count the agreement patterns of the pairs of the blocks.

        Args:
            blocking: the blocks.
            most: pairs of one rule to look at: of a rule with more, blocks are taken evenly and counted for the rest, so
                that a rule of few and sure pairs weighs as much as it should beside one of many.
            tell: told (done, total).

        Returns:
            the patterns, sorted.
        """
        tasks: list[tuple[int, int, int]] = []
        scale: dict[int, float] = {}
        for number, group in itertools.groupby(blocking.tasks(most=_SAMPLE), key=lambda task: task[0]):
            mine = list(group)
            ahead = blocking.blocks[number].ahead
            pairs = [int(ahead[first:last].sum()) for _, first, last in mine]
            whole = sum(pairs)
            share = 1.0 if most is None else min(1.0, most / whole)
            wanted = max(1, round(len(mine) * share))
            taken = [i * len(mine) // wanted for i in range(wanted)]
            tasks += [mine[i] for i in taken]
            scale[number] = whole / sum(pairs[i] for i in taken)

        memory, every = _each_thread(lambda: seen_for(self.program)), unbounded()

        def work(task: tuple[int, int, int]) -> tuple[NDArray[np.uint64], NDArray[Any]]:
            _, left, right = blocking.pairs(task)
            found = compare_within(left, right, encoded=self.encoded, program=self.program, bounds=every, seen=memory())
            words, counts = self._words(found.levels, found.strata)
            return words, counts * scale[task[0]]

        return self._merged(self._each(tasks, work, tell))

    def score(self, blocking: Blocking, model: Model, *, least: float, tell: Tell = None) -> Scored:
        """Compare and weigh every pair of the blocks; keep those of a weight.

        Args:
            blocking: the blocks.
            model: trained.
            least: keep pairs of this match weight or more, in bits.
            tell: told (done, total).

        Returns:
            the pairs kept, by left and right row.
        """
        weights, _ = self.weights(model)
        bounds = bounds_of(
            self.program, weights, comparisons=model.comparisons, cut_short=self.encoded.cut_short, least=least
        )

        memory = _each_thread(lambda: seen_for(self.program))

        def work(task: tuple[int, int, int]) -> tuple[Rows, Rows, NDArray[np.float64], int]:
            compared, left, right = blocking.pairs(task)
            return *self._reaching((left, right), model, bounds, memory(), least=least), compared

        tasks = blocking.tasks(most=_CHUNK)
        done = self._each(tasks, work, tell)
        rule_pairs = [0] * len(blocking.blocks)
        for task, part in zip(tasks, done, strict=True):
            rule_pairs[task[0]] += part[3]
        left = _joined([part[0] for part in done], np.int32)
        right = _joined([part[1] for part in done], np.int32)
        weighed = np.concatenate([part[2] for part in done]) if done else np.empty((0, 2))
        order = np.lexsort((right, left))
        return Scored(
            left=left[order],
            right=right[order],
            weight=weighed[order, 0],
            unadjusted=weighed[order, 1],
            rule_pairs=tuple(rule_pairs),
            compared=sum(rule_pairs),
        )

    def score_pairs(self, left: Rows, right: Rows, model: Model) -> NDArray[np.float64]:
        """Compare and weigh given pairs: pair x (match weight, unadjusted weight)."""
        self.weights(model)
        memory, every = _each_thread(lambda: seen_for(self.program)), unbounded()

        def work(part: slice) -> NDArray[np.float64]:
            return self._reaching((left[part], right[part]), model, every, memory())[2]

        found = self._each([slice(a, a + _CHUNK) for a in range(0, len(left), _CHUNK)], work)
        return np.concatenate(found) if found else np.empty((0, 2))

    def score_likely(
        self, left: Rows, right: Rows, model: Model, *, least: float
    ) -> tuple[Rows, Rows, NDArray[np.float64]]:
        """Compare and weigh those of given pairs that reach a weight.

        Args:
            left: row of each left record.
            right: row of each right record.
            model: trained.
            least: pairs of less than this match weight, in bits, are left out, most of them before letters are compared.

        Returns:
            left rows, right rows and match weights of the others, in the order given.
        """
        weights, _ = self.weights(model)
        bounds = bounds_of(
            self.program, weights, comparisons=model.comparisons, cut_short=self.encoded.cut_short, least=least
        )
        memory = _each_thread(lambda: seen_for(self.program))

        def work(part: slice) -> tuple[Rows, Rows, NDArray[np.float64]]:
            a, b, weighed = self._reaching((left[part], right[part]), model, bounds, memory(), least=least)
            return a, b, weighed[:, 0]

        found = self._each([slice(a, a + _CHUNK) for a in range(0, len(left), _CHUNK)], work)
        lefts, rights = _joined([part[0] for part in found], np.int32), _joined([part[1] for part in found], np.int32)
        return lefts, rights, np.concatenate([part[2] for part in found]) if found else np.empty(0)

    def _reaching(
        self, pairs: tuple[Rows, Rows], model: Model, bounds: Bounds, seen: Seen, *, least: float | None = None
    ) -> tuple[Rows, Rows, NDArray[np.float64]]:
        """Left rows, right rows and weights of those of some pairs that reach a match weight; None: of all."""
        weights, together = self.weights(model)
        found = compare_within(*pairs, encoded=self.encoded, program=self.program, bounds=bounds, seen=seen)
        weighed = score(
            found.left,
            found.right,
            found.levels,
            found.strata,
            encoded=self.encoded,
            weights=weights,
            together=together,
        )
        if least is None:
            return found.left, found.right, weighed
        kept = weighed[:, 0] >= least
        return found.left[kept], found.right[kept], weighed[kept]

    def class_bits(self, left: Rows, right: Rows, model: Model) -> NDArray[np.float64]:
        """Compare given pairs: pair x class (strangers, then kin): log2 of m over the class's probability, no prior."""
        from famlink.kernels.scoring import class_bits

        weights, together = self.weights(model)

        def work(part: slice) -> NDArray[np.float64]:
            a, b = left[part], right[part]
            out = np.empty((len(a), weights.bits.shape[1]))
            levels = compare(a, b, encoded=self.encoded, program=self.program)
            expected = expected_bits(a, b, levels, encoded=self.encoded, weights=weights, together=together)
            class_bits(a, b, levels, self.encoded.values.codes, weights, expected, out)
            return out

        found = self._each([slice(a, a + _CHUNK) for a in range(0, len(left), _CHUNK)], work)
        return np.concatenate(found) if found else np.empty((0, weights.bits.shape[1]))

    def _words(
        self, levels: NDArray[np.int8], strata: NDArray[np.int16]
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Patterns as pairs of words, with counts."""
        from famlink.kernels.patterns import pack, tally

        word, radix = self._radix()
        words = np.empty((len(levels), 2), dtype=np.uint64)
        pack(levels, word, radix, strata, words)
        size = 1 << min(16, max(10, (2 * len(words)).bit_length()))
        keys = np.zeros((size, 2), dtype=np.uint64)
        counts = np.zeros(len(keys), dtype=np.int64)
        place, used = 0, 0
        while True:
            place, used = tally(words, place, keys, counts, used)
            if place == len(words):
                break
            keys, counts = _grown(keys, counts, tally)
        here = counts > 0
        return keys[here], counts[here]

    def _radix(self) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """Which word holds each comparison, and what its level is multiplied by; word 0 begins with the stratum."""
        word, radix = [], []
        filled, at = self.encoded.strata, 0
        for size in self.sizes:
            if filled * size >= 1 << 63:
                filled, at = 1, at + 1
            word.append(at)
            radix.append(filled)
            filled *= size
        return np.array(word, dtype=np.int64), np.array(radix, dtype=np.uint64)

    def _merged(self, parts: Sequence[tuple[NDArray[np.uint64], NDArray[Any]]]) -> Patterns:
        keys = np.concatenate([part[0] for part in parts]) if parts else np.empty((0, 2), dtype=np.uint64)
        amounts = np.concatenate([part[1] for part in parts]) if parts else np.empty(0, dtype=np.int64)
        unique, inverse = np.unique(keys, axis=0, return_inverse=True)
        counts = np.bincount(inverse.ravel(), weights=amounts, minlength=len(unique))
        counts = np.maximum(np.round(counts), 1.0).astype(np.int64)
        word, radix = self._radix()
        levels = np.empty((len(unique), self.width), dtype=np.int8)
        for c, size in enumerate(self.sizes):
            levels[:, c] = ((unique[:, word[c]] // radix[c]) % np.uint64(size)).astype(np.int8) - 1
        strata = (unique[:, 0] % np.uint64(self.encoded.strata)).astype(np.int64)
        return Patterns(levels, strata, counts)

    def _each(self, parts: Sequence[Any], work: Callable[[Any], _Done], tell: Tell = None) -> list[_Done]:
        """Do the parts in threads; results come in the order of the parts."""
        if self.threads == 1 or len(parts) < 2:
            return [_told(work(part), n, len(parts), tell) for n, part in enumerate(parts, start=1)]
        with ThreadPoolExecutor(self.threads) as pool:
            return [_told(done, n, len(parts), tell) for n, done in enumerate(pool.map(work, parts), start=1)]


def _scores_alike(one: Model, other: Model) -> bool:
    """Whether two models are one but for what neither weighs records by."""
    names = ("comparisons", "frequencies", "across", "within", "births", "names")
    return all(getattr(one, name) is getattr(other, name) for name in names)


def _told(done: _Done, number: int, total: int, tell: Tell) -> _Done:
    if tell:
        tell(number, total)
    return done


def _each_thread(make: Callable[[], _Done]) -> Callable[[], _Done]:
    """What gives each thread one of its own."""
    held = threading.local()

    def own() -> _Done:
        if not hasattr(held, "own"):
            held.own = make()
        return cast("_Done", held.own)

    return own


def _grown(
    keys: NDArray[np.uint64], counts: NDArray[np.int64], tally: Callable[..., tuple[int, int]]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A table four times as large with the same patterns."""
    larger = np.zeros((len(keys) * 4, 2), dtype=np.uint64)
    amounts = np.zeros(len(larger), dtype=np.int64)
    here = counts > 0
    tally(keys[here], 0, larger, amounts, 0)
    places = {(int(a), int(b)): n for n, (a, b) in enumerate(larger) if amounts[n] > 0}
    for (a, b), amount in zip(keys[here], counts[here], strict=True):
        amounts[places[int(a), int(b)]] = amount
    return larger, amounts


def _joined(parts: Iterable[NDArray[np.int32]], dtype: Any) -> NDArray[np.int32]:
    found = list(parts)
    return np.concatenate(found).astype(dtype) if found else np.empty(0, dtype=dtype)
