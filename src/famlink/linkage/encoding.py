"""Records to numbers, once: each value becomes a code, the commonest first; kernels see nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.coding import coded
from famlink.linkage.model import Frequencies, Model
from famlink.texts import run_together, text_hashes
from famlink.waiting import Records

if TYPE_CHECKING:
    from famlink.kernels.tables import Values

_Task = TypeVar("_Task")
_Done = TypeVar("_Done")

LONGEST = 256
"""Letters of a value that similarity looks at; equality looks at all of them."""

BORN, AWAITING = 1, 2
"""What a record says of a birth: it gives one, or it gives none and the day one is expected."""

_SHARED = {"forename": "names", "surname": "names", "former_surnames": "names", "aliases": "names"}
_SHARED |= {f"date_of_birth:{piece}": "unborn" for piece in ("unborn", "anybody")}
_TEXT = ("name", "spelling", "jaro_winkler", "jaro", "damerau", "levenshtein")
_NUMERIC = ("date", "days", "number", "distance")
_LISTED = ("overlap", "shared")


@dataclass(frozen=True)
class Encoded:
    """Records as numbers.

    Args:
        frame: the merged standardised records, one row a record, in row order.
        values: the arrays that kernels read.
        columns: field, or ``field:ever`` -> column of ``values.codes``.
        bases: field -> value id of its code 0.
        dictionaries: field -> its values in code order (text, or numbers of a date as yyyymmdd).
        cut_short: whether some values are longer than similarity looks at.
        agency: code of each record's agency.
        agencies: agencies in code order.
        groups: of each record its agency times four, and 1 where it gives a birth, 2 where it awaits one.
        awaited: whether some record awaits a birth; where none does, or the model compares no births awaited with births,
            groups hold agencies alone.
    """

    frame: Records
    values: Values
    columns: Mapping[str, int]
    bases: Mapping[str, int]
    dictionaries: Mapping[str, pl.Series]
    cut_short: bool
    agency: NDArray[np.int16]
    agencies: tuple[str, ...]
    groups: NDArray[np.int32]
    awaited: bool

    @property
    def rows(self) -> int:
        """How many records."""
        return self.frame.height

    @property
    def strata(self) -> int:
        """How many kinds of pair have priors of their own: see :meth:`famlink.linkage.model.Model.strata`."""
        return 1 + len(self.agencies) * (1 + self.awaited)

    def meet_at_birth(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether of two records of one agency one awaits a birth and the other gives one.

        Args:
            left: row of each left record.
            right: row of each right record.

        Returns:
            one answer a pair.
        """
        meet: NDArray[np.bool_] = (self.groups[left] ^ self.groups[right]) == BORN | AWAITING
        return meet

    def codes(self, field: str) -> NDArray[np.int32]:
        """The code of one field for each record, -1 missing."""
        column: NDArray[np.int32] = self.values.codes[:, self.columns[field]]
        return column

    def counts(self, field: str) -> NDArray[np.int64]:
        """How many records have each value of a field."""
        codes = self.codes(field)
        return np.bincount(codes[codes >= 0], minlength=len(self.dictionaries[field]))

    def entries(self, field: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Every (row, code) of a list field, by row and code."""
        codes, elements = self.codes(field), self.values.elements
        sizes = (codes >= 0).astype(np.int64)
        several = np.flatnonzero(codes < -1)
        firsts = -2 - codes[several].astype(np.int64)
        sizes[several] = elements[firsts]
        rows = np.repeat(np.arange(self.rows, dtype=np.int32), sizes)
        found = np.repeat(codes, sizes)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        held = found < -1
        found[held] = elements[-1 - found[held] + within[held]]
        return rows, found


def encode(frame: Records, model: Model, *, threads: int = 1) -> Encoded:
    """Encode the fields a model and its blocking rules read.

    Args:
        frame: merged standardised records; a field it lacks counts as missing everywhere.
        model: says which fields, and which are measured letter by letter.
        threads: how many fields are worked on at once.

    Returns:
        the records as numbers.
    """
    from famlink.kernels.days import days_of
    from famlink.kernels.tables import Values

    singles, lists, text, numeric = _wanted(model)
    domains = _domains([*singles, *lists], lists, model)
    columns = {name: place for place, name in enumerate(_compared_first([*singles, *lists], model))}
    codes = np.full((frame.height, max(len(columns), 1)), -1, dtype=np.int32)
    bases: dict[str, int] = {}
    dictionaries: dict[str, pl.Series] = {}
    elements: list[NDArray[np.int32]] = []
    letters: list[NDArray[np.uint32]] = []
    lengths: list[NDArray[np.int64]] = []
    numbers: list[NDArray[np.float64]] = []
    size = held = 0
    nicknames: tuple[int, pl.Series] | None = None
    # No more domains are ahead of the one that is stored than there are threads: each holds arrays of its own.
    with ThreadPoolExecutor(max(1, threads)) as pool:
        for members, made in _ahead(
            pool, domains, lambda m: coded(frame, m, lists=lists, numeric=numeric), threads=threads
        ):
            dictionary = made.dictionary
            for name, column in made.columns.items():
                codes[:, columns[name]] = column
            for name, several in made.elements.items():
                place = columns[name]
                codes[codes[:, place] < -1, place] -= held
                elements.append(several)
                held += len(several)
            needs_text, needs_number = bool(text & set(members)), bool(numeric & set(members))
            for name in members:
                bases[name] = size
                dictionaries[name] = dictionary
            if "forename" in members:
                nicknames = (size, dictionary)
            if needs_text or needs_number:
                size += len(dictionary)
                points, length = _letters(dictionary) if needs_text else _no_letters(len(dictionary))
                letters.append(points)
                lengths.append(length)
                numbers.append(_numbers(dictionary) if needs_number else np.zeros(len(dictionary)))
    related_starts, related = _nicknames(nicknames, size)
    figures = _flat(numbers, np.float64)
    counted = any(feature.op == "days" for comparison in model.comparisons for feature in comparison.features)
    agencies = tuple(sorted(frame["agency"].unique().to_list()))
    agency = frame["agency"].cast(pl.Enum(agencies)).to_physical().cast(pl.Int16).to_numpy()
    births = _births(model, codes, columns)
    return Encoded(
        frame=frame,
        values=Values(
            codes=codes,
            shapes=_shapes(_flat(letters, np.uint32), _flat(lengths, np.int64), np.diff(related_starts) > 0),
            letters=_flat(letters, np.uint32),
            numbers=figures,
            days=days_of(figures) if counted else np.empty(0),
            related_starts=related_starts,
            related=related,
            elements=_flat(elements, np.int32),
        ),
        columns=columns,
        bases=bases,
        dictionaries=dictionaries,
        cut_short=any(bool((length >= LONGEST).any()) for length in lengths),
        agency=agency,
        agencies=agencies,
        groups=agency.astype(np.int32) * 4 + births,
        awaited=bool(births.any()),
    )


def frequencies_of(encoded: Encoded, field: str) -> Frequencies:
    """How often the values of a field occur, kept under hashes.

    Args:
        encoded: the records.
        field: one of their fields.

    Returns:
        the frequencies; values of fewer than three records are not listed.
    """
    counts = encoded.counts(field)
    often = np.flatnonzero(counts >= 3)
    hashes = text_hashes(encoded.dictionaries[field].gather(often))
    order = np.argsort(hashes, kind="stable")
    listed = {f"{int(hashes[i]):016x}": int(counts[often[i]]) for i in order}
    return Frequencies(int(counts.sum()), listed)


def shares(encoded: Encoded, field: str, frequencies: Frequencies) -> NDArray[np.float64]:
    """The share of other records that have each value of a field, as a model knows it.

    A pair that agrees on a value is itself two of the records that have it. In a small hub most who have a rare value are
    one person: with them every value looks common.

    Args:
        encoded: the records.
        field: one of their fields.
        frequencies: the model's.

    Returns:
        one share for each code; a value the model does not list, or that hardly any others have, counts as one that one
        other has.
    """
    dictionary = encoded.dictionaries[field]
    counts = np.ones(len(dictionary), dtype=np.int64)
    if frequencies.counts and len(dictionary):
        known = np.fromiter((int(text, 16) for text in frequencies.counts), dtype=np.uint64)
        amounts = np.fromiter(frequencies.counts.values(), dtype=np.int64)
        order = np.argsort(known)
        hashes = text_hashes(dictionary)
        place = np.minimum(np.searchsorted(known[order], hashes), len(known) - 1)
        hit = known[order][place] == hashes
        counts[hit] = np.maximum(amounts[order][place[hit]] - 2, 1)
    return np.asarray(counts / max(frequencies.total, 2), dtype=np.float64)


def _wanted(model: Model) -> tuple[list[str], list[str], set[str], set[str]]:
    """Single fields, list fields, fields measured by letters, fields measured as numbers."""
    features = [feature for comparison in model.comparisons for feature in comparison.features]
    lists = {name for f in features if f.op in _LISTED for name in (f.left, f.right)}
    singles = {name for f in features if f.op not in _LISTED for name in (f.left, f.right)}
    singles |= {c.frequency_field for c in model.comparisons if c.frequency_field}
    for rule in model.blocking:
        for part in rule.on:
            field, _, piece = part.partition(":")
            if piece == "ever":
                lists.add(part)
            elif field == "names":
                singles |= {"forename", "surname"}
            else:
                singles.add(f"{field}:{piece}" if piece in ("outcode", "sector") else field)
    text = {name for f in features if f.op in _TEXT for name in (f.left, f.right)}
    numeric = {name for f in features if f.op in _NUMERIC for name in (f.left, f.right)}
    return sorted(singles), sorted(lists), text, numeric


def _births(model: Model, codes: NDArray[np.int32], columns: Mapping[str, int]) -> NDArray[np.int32]:
    """For each record whether it gives a birth or awaits one; zeros where none awaits one or the two are not compared."""
    born, due = "date_of_birth", "expected_date_of_birth"
    compared = any({f.left, f.right} == {born, due} for c in model.comparisons for f in c.features)
    if not compared:
        return np.zeros(len(codes), dtype=np.int32)
    has = codes[:, columns[born]] >= 0
    awaiting = ~has & (codes[:, columns[due]] >= 0)
    found = np.where(has, BORN, awaiting * AWAITING).astype(np.int32)
    return found if awaiting.any() else np.zeros_like(found)


def _domains(names: list[str], lists: list[str], model: Model) -> list[list[str]]:
    """Fields by the dictionary they share: fields that are compared with each other must."""
    home = {}
    for name in names:
        base = name.split(":")[0] if name in lists or name.endswith(":checked") else name
        home[name] = _SHARED.get(base, base)
    for feature in (f for c in model.comparisons for f in c.features):
        one, other = home[feature.left], home[feature.right]
        if one != other:
            home = {name: one if domain == other else domain for name, domain in home.items()}
    domains: dict[str, list[str]] = {}
    for name, domain in home.items():
        domains.setdefault(domain, []).append(name)
    return list(domains.values())


def _compared_first(names: list[str], model: Model) -> list[str]:
    """Columns that comparisons read come first: the comparison kernel reads them in one sweep."""
    read = {name for c in model.comparisons for f in c.features for name in (f.left, f.right)}
    return sorted(names, key=lambda name: name not in read)


def _ahead(
    pool: ThreadPoolExecutor, tasks: Iterable[_Task], work: Callable[[_Task], _Done], *, threads: int
) -> Iterator[tuple[_Task, _Done]]:
    """Each task and what comes of it, in order; as many are under way as there are threads."""
    waiting: deque[tuple[_Task, Future[_Done]]] = deque()
    for task in tasks:
        waiting.append((task, pool.submit(work, task)))
        if len(waiting) >= threads:
            first, done = waiting.popleft()
            yield first, done.result()
    for first, done in waiting:
        yield first, done.result()


def _letters(dictionary: pl.Series) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    texts = dictionary.cast(pl.String).str.slice(0, LONGEST)
    points = np.frombuffer(run_together(texts).encode("utf-32-le"), dtype=np.uint32)
    return points, texts.str.len_chars().to_numpy().astype(np.int64)


def _shapes(letters: NDArray[np.uint32], lengths: NDArray[np.int64], related: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """What :class:`famlink.kernels.tables.Values` holds of each value's letters besides the letters."""
    shapes = np.zeros((len(lengths), 2), dtype=np.uint64)
    firsts = np.cumsum(lengths) - lengths
    filled = lengths > 0
    if filled.any():
        bits = np.uint64(1) << (letters % np.uint32(64)).astype(np.uint64)
        shapes[filled, 0] = np.bitwise_or.reduceat(bits, firsts[filled])
    shapes[:, 1] = (firsts | lengths << 40).astype(np.uint64) | related.astype(np.uint64) << np.uint64(63)
    return shapes


def _no_letters(size: int) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    return np.empty(0, dtype=np.uint32), np.zeros(size, dtype=np.int64)


def _numbers(dictionary: pl.Series) -> NDArray[np.float64]:
    return dictionary.cast(pl.Float64, strict=False).fill_null(0.0).to_numpy().astype(np.float64)


def _flat(parts: Iterable[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    found = list(parts)
    return np.concatenate(found).astype(dtype) if found else np.empty(0, dtype=dtype)


def _nicknames(names: tuple[int, pl.Series] | None, size: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Value ids of related forenames, by value id."""
    from famlink.vocabulary.nicknames import related

    starts = np.zeros(size + 1, dtype=np.int64)
    if names is None:
        return starts, np.empty(0, dtype=np.int32)
    base, dictionary = names
    place = {value: base + code for code, value in enumerate(dictionary.to_list())}
    pairs = sorted((place[a], place[b]) for a, b in related(place))
    left = np.fromiter((a for a, _ in pairs), dtype=np.int64, count=len(pairs))
    right = np.fromiter((b for _, b in pairs), dtype=np.int32, count=len(pairs))
    starts[1:] = np.cumsum(np.bincount(left, minlength=size))
    return starts, right
