"""Records to numbers, once: each value becomes a code, the commonest first; kernels see nothing else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.linkage.dated import AS_OF
from famlink.linkage.library import EVER
from famlink.linkage.model import Frequencies, Model
from famlink.linkage.places import PLACE, place_of

if TYPE_CHECKING:
    from famlink.kernels.tables import Values

_Task = TypeVar("_Task")
_Done = TypeVar("_Done")

LONGEST = 256
"""Letters of a value that similarity looks at; equality looks at all of them."""

_SHARED = {"forename": "names", "surname": "names", "former_surnames": "names", "aliases": "names"}
_SHARED |= {f"date_of_birth:{piece}": "unborn" for piece in ("unborn", "anybody")}
_TEXT = ("name", "jaro_winkler", "jaro", "damerau", "levenshtein")
_NUMERIC = ("date", "days", "number", "distance")
_LISTED = ("overlap", "shared")
_DATE_PRECISION = "date_of_birth_precision"


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
    """

    frame: pl.DataFrame
    values: Values
    columns: Mapping[str, int]
    bases: Mapping[str, int]
    dictionaries: Mapping[str, pl.Series]
    cut_short: bool
    agency: NDArray[np.int16]
    agencies: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many records."""
        return self.frame.height

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


def encode(frame: pl.DataFrame, model: Model, *, threads: int = 1) -> Encoded:
    """Encode the fields a model and its blocking rules read.

    Args:
        frame: merged standardised records; a field it lacks counts as missing everywhere.
        model: says which fields, and which are measured letter by letter.
        threads: how many fields are worked on at once.

    Returns:
        the records as numbers.
    """
    from famlink.kernels.tables import Values

    singles, lists, text, numeric = _wanted(model)
    domains: dict[str, list[str]] = {}
    for name in [*singles, *lists]:
        base = name.split(":")[0] if name in lists or name.endswith(":checked") else name
        domains.setdefault(_SHARED.get(base, base), []).append(name)
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
            pool, domains.values(), lambda m: _coded(frame, m, lists, numeric), threads=threads
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
    agencies = tuple(sorted(frame["agency"].unique().to_list()))
    return Encoded(
        frame=frame,
        values=Values(
            codes=codes,
            starts=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(_flat(lengths, np.int64))]),
            letters=_flat(letters, np.uint32),
            masks=_masks(_flat(letters, np.uint32), _flat(lengths, np.int64)),
            numbers=_flat(numbers, np.float64),
            related_starts=related_starts,
            related=related,
            elements=_flat(elements, np.int32),
        ),
        columns=columns,
        bases=bases,
        dictionaries=dictionaries,
        cut_short=any(bool((length >= LONGEST).any()) for length in lengths),
        agency=frame["agency"].cast(pl.Enum(agencies)).to_physical().cast(pl.Int16).to_numpy(),
        agencies=agencies,
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
    hashes = value_hashes(encoded.dictionaries[field].gather(often))
    order = np.argsort(hashes, kind="stable")
    listed = {f"{int(hashes[i]):016x}": int(counts[often[i]]) for i in order}
    return Frequencies(int(counts.sum()), listed)


def shares(encoded: Encoded, field: str, frequencies: Frequencies) -> NDArray[np.float64]:
    """The share of records that have each value of a field, as a model knows it.

    Args:
        encoded: the records.
        field: one of their fields.
        frequencies: the model's.

    Returns:
        one share for each code; a value the model does not list counts as one that two records have.
    """
    dictionary = encoded.dictionaries[field]
    counts = np.full(len(dictionary), 2, dtype=np.int64)
    if frequencies.counts and len(dictionary):
        known = np.fromiter((int(text, 16) for text in frequencies.counts), dtype=np.uint64)
        amounts = np.fromiter(frequencies.counts.values(), dtype=np.int64)
        order = np.argsort(known)
        hashes = value_hashes(dictionary)
        place = np.minimum(np.searchsorted(known[order], hashes), len(known) - 1)
        hit = known[order][place] == hashes
        counts[hit] = amounts[order][place[hit]]
    return np.asarray(counts / max(frequencies.total, 2), dtype=np.float64)


def value_hashes(values: pl.Series) -> NDArray[np.uint64]:
    """Hash each value's text (64 bits, the same on every machine).

    Args:
        values: no nulls.

    Returns:
        one hash a value.

    Example:
        >>> bool(value_hashes(pl.Series(["a", "b"]))[0] == value_hashes(pl.Series(["a"]))[0])
        True
    """
    from famlink.kernels.hashing import hash_texts

    texts = values.cast(pl.String)
    data = np.frombuffer("".join(texts.to_list()).encode(), dtype=np.uint8)
    starts = np.concatenate([[0], np.cumsum(texts.str.len_bytes().to_numpy())]).astype(np.int64)
    out = np.empty(len(texts), dtype=np.uint64)
    hash_texts(data, starts, out)
    return out


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


def _compared_first(names: list[str], model: Model) -> list[str]:
    """Columns that comparisons read come first: the comparison kernel reads them in one sweep."""
    read = {name for c in model.comparisons for f in c.features for name in (f.left, f.right)}
    return sorted(names, key=lambda name: name not in read)


def _series(frame: pl.DataFrame, name: str, *, numeric: bool) -> pl.Series:
    """One field as text, or as a number (a date as yyyymmdd) where it is measured so."""
    field, _, piece = name.partition(":")
    if piece == AS_OF or piece.startswith(PLACE):
        made = _last_true(frame, field) if piece == AS_OF else _place(frame, field, piece.removeprefix(f"{PLACE}:"))
        # An expression of nothing but a constant would be one row.
        return frame.select(pl.when(pl.int_range(pl.len()) >= 0).then(made).alias(name)).to_series()
    if piece in ("outcode", "sector"):
        field = piece
    if field not in frame.columns:
        return pl.Series(name, [None] * frame.height, dtype=pl.Float64 if numeric else pl.String)
    column = pl.col(field)
    if piece in ("unborn", "anybody"):
        due = pl.col("expected_date_of_birth") if "expected_date_of_birth" in frame.columns else pl.lit(None)
        coming = pl.col(field).is_null() & due.is_not_null()
        marked = pl.when(coming if piece == "unborn" else pl.lit(value=True)).then(pl.lit("unborn"))
        return frame.select(pl.when(pl.int_range(pl.len()) >= 0).then(marked).alias(name)).to_series()
    if piece == "checked":
        column = pl.when(pl.col(f"{field}_valid")).then(column)
    dtype = frame.schema[field]
    if dtype == pl.Date:
        return frame.select(_date_number(frame, field)).to_series()
    if numeric:
        dates = column.str.to_date("%Y-%m-%d", strict=False) if dtype == pl.String else None
        number = column.cast(pl.Float64, strict=False)
        if dates is not None:
            number = pl.coalesce(_yyyymmdd(dates).cast(pl.Float64), number)
        return frame.select(number.alias(name)).to_series()
    return frame.select(column.cast(pl.String).alias(name)).to_series()


def _last_true(frame: pl.DataFrame, field: str) -> pl.Expr:
    """Days since 1970 of the day a record's value was last true: an address may have ended before it was written down."""
    none = pl.lit(None, dtype=pl.Date)
    written = pl.col("recorded_on") if "recorded_on" in frame.columns else none
    ended = pl.col("address_to") if field == "address" and "address_to" in frame.columns else none
    return pl.min_horizontal(written, ended).cast(pl.Int32).cast(pl.Float64)


def _place(frame: pl.DataFrame, first: str, second: str) -> pl.Expr:
    return place_of(first, second) if {first, second} <= set(frame.columns) else pl.lit(None, dtype=pl.Float64)


def _yyyymmdd(date: pl.Expr) -> pl.Expr:
    return date.dt.year() * 10000 + date.dt.month().cast(pl.Int32) * 100 + date.dt.day().cast(pl.Int32)


def _date_number(frame: pl.DataFrame, field: str) -> pl.Expr:
    number = _yyyymmdd(pl.col(field))
    if field == "date_of_birth" and _DATE_PRECISION in frame.columns:
        precision = pl.col(_DATE_PRECISION)
        number = (
            pl.when(precision == "year")
            .then(number // 10000 * 10000)
            .when(precision.is_in(["month", "day-unknown"]))
            .then(number // 100 * 100)
            .otherwise(number)
        )
    return number.cast(pl.Float64).alias(field)


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


@dataclass(frozen=True)
class _Coded:
    """Fields of one dictionary: its values, each field's column, and the elements of lists of several."""

    dictionary: pl.Series
    columns: Mapping[str, NDArray[np.int32]]
    elements: Mapping[str, NDArray[np.int32]]


def _coded(frame: pl.DataFrame, members: Sequence[str], lists: Sequence[str], numeric: set[str]) -> _Coded:
    """Code the fields that share a dictionary: the commonest value first, then in order of value."""
    checked = [name for name in members if name.endswith(":checked") and name.removesuffix(":checked") in members]
    whole = {name: _series(frame, name, numeric=name in numeric) for name in members if name not in (*lists, *checked)}
    spread = {name: _spread(frame, name) for name in members if name in lists}
    for firsts, _ in spread.values():
        whole |= {name: _series(frame, name, numeric=False) for name in firsts if name not in whole}
    parts = [*whole.values(), *(values for _, later in spread.values() for _, values in later)]
    ids, values = _distinct(pl.concat([part.rename("value") for part in parts]))
    pieces = iter(np.split(ids, np.cumsum([len(part) for part in parts])[:-1]))
    found = {name: next(pieces) for name in whole}
    counts = np.zeros(len(values), dtype=np.int64)
    listed: dict[str, tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]] = {}
    for name, (firsts, later) in spread.items():
        entries = [(rows, next(pieces)) for rows, _ in later]
        listed[name] = _together([found[first] for first in firsts], entries, height=frame.height)
    for column in [
        *(found[name] for name in whole if name in members),
        *(c for c, _, e in listed.values() for c in (c, e)),
    ]:
        counts += np.bincount(column[column >= 0], minlength=len(values))
    in_order = values.arg_sort().to_numpy().astype(np.int64)
    order = in_order[np.argsort(-counts[in_order], kind="stable")]
    order = order[counts[order] > 0]
    code = np.full(len(values) + 1, -1, dtype=np.int32)
    code[order] = np.arange(len(order), dtype=np.int32)
    columns = {name: code[column] for name, column in found.items() if name in members}
    for name in checked:
        base = name.removesuffix(":checked")
        valid = frame[f"{base}_valid"].fill_null(value=False).to_numpy()
        columns[name] = np.where(valid, columns[base], np.int32(-1))
    elements = {}
    for name, (column, rows, several) in listed.items():
        columns[name] = code[column]
        places, elements[name] = _held(rows, code[several])
        columns[name][np.unique(rows)] = -2 - places
    return _Coded(values.gather(order), columns, elements)


def _distinct(values: pl.Series) -> tuple[NDArray[np.int32], pl.Series]:
    """A number for each value, -1 for none, and the values by number."""
    if values.null_count() == len(values):
        return np.full(len(values), -1, dtype=np.int32), values.clear()
    if values.dtype != pl.String:
        known = values.is_not_null().to_numpy()
        given = values.drop_nulls().to_numpy()
        low, span = given.min(), given.max() - given.min()
        if span <= 4.0 * len(given) and not np.mod(given, 1.0).any():
            # Whole numbers close together, as dates are: counted instead of sorted.
            offsets = (given - low).astype(np.int64)
            there = np.bincount(offsets) > 0
            found, places = low + np.flatnonzero(there), (np.cumsum(there) - 1)[offsets]
        else:
            found, places = np.unique(given, return_inverse=True)
        ids = np.full(len(values), -1, dtype=np.int32)
        ids[known] = places
        return ids, pl.Series(values.name, found, dtype=values.dtype)
    physical = values.cast(pl.Categorical(pl.Categories.random())).to_physical()
    ids = physical.cast(pl.Int32).fill_null(-1).to_numpy()
    firsts = np.empty(int(ids.max()) + 2, dtype=np.int64)
    # The last place takes the rows without a value; of rows of one value the first is written last.
    firsts[ids[::-1]] = np.arange(len(ids) - 1, -1, -1)
    return ids, values.gather(firsts[:-1])


_Entries = tuple[NDArray[np.int64], pl.Series]


def _spread(frame: pl.DataFrame, name: str) -> tuple[list[str], list[_Entries]]:
    """Of a list field: the fields of one value a record, and the rows and values of those of several."""
    field, _, piece = name.partition(":")
    sources = [source for source in (EVER[field] if piece == "ever" else (field,)) if source in frame.columns]
    firsts: list[str] = []
    later: list[_Entries] = []
    for source in sources:
        text = frame.schema[source] == pl.String
        if not isinstance(frame.schema[source], pl.List) and not (text and source == name):
            firsts.append(source)
            continue
        part = frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), pl.col(source).alias("value"))
        part = part.drop_nulls()
        if text:
            part = part.with_columns(pl.col("value").str.split(";").list.eval(pl.element().str.strip_chars()))
        part = part.explode("value").with_columns(pl.col("value").cast(pl.String)).drop_nulls()
        part = part.filter(pl.col("value") != "") if text else part
        later.append((part["row"].to_numpy(), part["value"]))
    return firsts, later


def _together(
    firsts: Sequence[NDArray[np.int32]],
    later: Sequence[tuple[NDArray[np.int64], NDArray[np.int32]]],
    *,
    height: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """A list field's column of lone values (-1 where there is none or several), and the rows and values of the others."""
    column = firsts[0].copy() if firsts else np.full(height, -1, dtype=np.int32)
    more = [*((np.flatnonzero(part >= 0), part[part >= 0]) for part in firsts[1:]), *later]
    # Most records repeat their one value: only what differs from it is looked at.
    other = [(rows[column[rows] != ids], ids[column[rows] != ids]) for rows, ids in more]
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(rows for rows, _ in other)])
    ids = np.concatenate([np.zeros(0, dtype=np.int32), *(ids for _, ids in other)])
    touched = np.unique(rows)
    touched = touched[column[touched] >= 0]
    keys = np.concatenate([rows << 32 | ids, touched << 32 | column[touched]])
    keys = np.unique(keys)
    rows, ids = keys >> 32, (keys & 0xFFFFFFFF).astype(np.int32)
    sizes = np.bincount(rows, minlength=height)
    alone = sizes[rows] == 1
    column[rows] = -1
    column[rows[alone]] = ids[alone]
    return column, rows[~alone], ids[~alone]


def _held(rows: NDArray[np.int64], codes: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Lists of several, one after another with their sizes before them: the place of each, and all of them."""
    codes = codes[np.lexsort((codes, rows))]
    _, sizes = np.unique(rows, return_counts=True)
    ends = np.cumsum(sizes + 1)
    firsts = (ends - sizes - 1).astype(np.int32)
    elements = np.empty(int(ends[-1]) if len(ends) else 0, dtype=np.int32)
    elements[firsts] = sizes
    inside = np.ones(len(elements), dtype=np.bool_)
    inside[firsts] = False
    elements[inside] = codes
    return firsts, elements


def _letters(dictionary: pl.Series) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    texts = dictionary.cast(pl.String).str.slice(0, LONGEST)
    points = np.frombuffer("".join(texts.to_list()).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return points, texts.str.len_chars().to_numpy().astype(np.int64)


def _masks(letters: NDArray[np.uint32], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Which letters each value has, one bit each."""
    masks = np.zeros(len(lengths), dtype=np.uint64)
    filled = lengths > 0
    if filled.any():
        bits = np.uint64(1) << (letters % np.uint32(64)).astype(np.uint64)
        firsts = np.concatenate([[0], np.cumsum(lengths)])[:-1][filled]
        masks[filled] = np.bitwise_or.reduceat(bits, firsts)
    return masks


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
