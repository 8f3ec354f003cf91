"""Every source of a hub -> records, ties, events and rejects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from famlink.errors import InvariantError, SourceError, TooManyRejectsError
from famlink.extracts.adapters import ADAPTERS
from famlink.extracts.columns import Canonical, look_alikes, to_canonical
from famlink.extracts.events import events_of
from famlink.extracts.export import export_files
from famlink.extracts.loading import load_tables
from famlink.extracts.people import Seen, people_of
from famlink.extracts.pieces import Adapted, Piece
from famlink.extracts.profiles import applied, offered_columns, people_repeat
from famlink.extracts.relationships import no_words, ties_of
from famlink.extracts.tabular import TextTable, unusable_rejects
from famlink.schema import EXTRA
from famlink.spec import HubSpec, SourceSpec
from famlink.tables import EVENTS, PEOPLE_DATES, RECORDS, REJECTED, TIES
from famlink.vocabulary.dates import month_first, parse_dates
from famlink.vocabulary.holders import HOLDERS, holder_of

MOST_REJECTED = 0.2
"""Share of a file's rows above which it is probably not what hub.toml says it is."""

AT_ONCE = 2
"""Agencies that are read side by side: more would hold more files at once than they save time."""

KINDS = ("people", "relationships", "events")

NO_REJECTS = pl.DataFrame(
    schema={"table": pl.String, "column": pl.String, "reason": pl.String, "level": pl.String, "len": pl.UInt32}
)
"""Counts of what was rejected, before anything is."""

DATES_OF = {
    "people": PEOPLE_DATES,
    "relationships": ("start", "end", "related_date_of_birth"),
    "events": ("date", "end_date", "recorded_on"),
}
"""Columns of each table that hold dates."""


@dataclass(frozen=True)
class Extracts:
    """What the agencies handed over, all sources together.

    Args:
        parts: rows of the RECORDS table, one frame an agency, without the columns the agency fills nowhere: most agencies
            know a third of the fields, and an empty column of text takes as much memory as a full one.
        ties: the TIES table.
        events: the EVENTS table.
        rejected: the REJECTED table.
        summaries: for each source, the counts and warnings `famlink check --json` prints.
        digests: SHA-256 of each file, by its name.
        newest: the newest recorded_on or event date that is not after today; None where there is none.
        columns: (agency, file) -> canonical name -> the agency's own column, for people tables.
        files: for each source, the files each of its tables was read from.
        rejects: for each source, how many rows and cells of each table were rejected why: table, column, reason, level, len.
    """

    parts: tuple[pl.DataFrame, ...]
    ties: pl.DataFrame
    events: pl.DataFrame
    rejected: pl.DataFrame
    summaries: tuple[dict[str, Any], ...]
    digests: dict[str, str]
    newest: dt.date | None
    columns: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    files: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    rejects: tuple[pl.DataFrame, ...] = ()

    @property
    def records(self) -> pl.DataFrame:
        """The RECORDS table, all agencies together."""
        return RECORDS.conform(_together(list(self.parts), RECORDS.empty()))


@dataclass
class _Reading:
    """What has been read so far."""

    hub: HubSpec
    allow_rejects: bool
    on_step: Callable[[str], None] | None
    offered: Mapping[int, Mapping[str, Mapping[str, str]]]
    parts: list[pl.DataFrame] = field(default_factory=list)
    ties: list[pl.DataFrame] = field(default_factory=list)
    events: list[pl.DataFrame] = field(default_factory=list)
    rejected: list[pl.DataFrame] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    columns: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    files: dict[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)
    rejects: dict[int, list[pl.DataFrame]] = field(default_factory=dict)
    adapted: dict[int, Adapted] = field(default_factory=dict)

    def add(self, other: _Reading) -> None:
        """Add what was read of another agency."""
        self.parts += other.parts
        self.ties += other.ties
        self.events += other.events
        self.rejected += other.rejected
        self.digests |= other.digests
        self.columns |= other.columns
        self.files |= other.files
        self.rejects |= other.rejects
        self.adapted |= other.adapted

    def pieces(self, source: SourceSpec, kind: str) -> list[Piece]:
        """One kind of a source's tables: of its export, where its format has an adapter, or as hub.toml names them."""
        if source.format in ADAPTERS:
            return [piece for piece in self.export(source).pieces if piece.kind == kind]
        repeats = kind == "people" and people_repeat(source)
        return [Piece(kind, table, whole=True, repeats=repeats) for table in self.tables(source, kind)]

    def export(self, source: SourceSpec) -> Adapted:
        if id(source) not in self.adapted:
            adapter = ADAPTERS[source.format]
            files = export_files(
                source.files,
                agency=source.agency,
                folder=self.hub.folder,
                endings=adapter.endings,
                tables=adapter.tables,
                digests=self.digests,
                on_step=self.on_step,
            )
            made = adapter.read(files)
            self.adapted[id(source)] = made
            for kind in KINDS:
                names = (piece.table.file for piece in made.pieces if piece.kind == kind)
                self.files[id(source), kind] = tuple(dict.fromkeys(names))
        return self.adapted[id(source)]

    def tables(self, source: SourceSpec, kind: str) -> list[TextTable]:
        given = getattr(source, kind)
        if given is None:
            return []
        tables = load_tables(
            given,
            agency=source.agency,
            kind=kind,
            folder=self.hub.folder,
            digests=self.digests,
            on_step=self.on_step,
        )
        self.files[id(source), kind] = tuple(table.file for table in tables)
        return tables

    def take(
        self, source: SourceSpec, counts: dict[str, int], piece: Piece, *, kept: pl.DataFrame, rejected: pl.DataFrame
    ) -> None:
        """Count a table, hold it to rows = records + rejected, and refuse a file that is mostly unusable.

        A table an adapter made is a part of its file: the whole file is judged when all of it is read.
        """
        table = piece.table
        by_row = rejected.filter(pl.col("level") == "row")
        if kept.height + by_row.height != table.rows:
            raise InvariantError(
                f"{table.file}: {table.rows} rows became {kept.height} kept and {by_row.height} rejected; please report it"
            )
        counts["rows"] += table.rows
        counts["records"] += kept.height
        counts["rejected"] += by_row.height
        self.rejected.append(rejected.sort("row", maintain_order=True))
        why = rejected.group_by("column", "reason", "level").len().with_columns(pl.lit(piece.kind).alias("table"))
        self.rejects.setdefault(id(source), [NO_REJECTS]).append(why.select(NO_REJECTS.columns))
        if piece.whole:
            self.judge(table.file, table.rows, by_row, by_row.height)

    def judge(self, file: str, rows: int, by_row: pl.DataFrame, lost: int) -> None:
        """Refuse a file of which more than a fifth of the rows cannot be used."""
        if not self.allow_rejects and lost > MOST_REJECTED * rows:
            raise TooManyRejectsError(_too_many(file, rows, by_row, lost))


def read_sources(
    hub: HubSpec, *, allow_rejects: bool = False, on_step: Callable[[str], None] | None = None
) -> Extracts:
    """Read every source of a hub.

    Args:
        hub: the hub.
        allow_rejects: go on although more than a fifth of a file's rows cannot be used.
        on_step: told the name of each file before it is read.

    Returns:
        records, ties, events, rejects, and what a user should know about each source.

    Raises:
        MissingFileError: a file is not there.
        SourceError: a file cannot be read, or its columns are not what hub.toml says.
        TooManyRejectsError: more than a fifth of a file's rows cannot be used.
        InvariantError: a row was neither kept nor rejected.
    """
    sources = list(hub.source)
    offered = {id(source): offered_columns(source) for source in sources}
    summaries = [_summary(source) for source in sources]

    def read(agency: str) -> _Reading:
        state = _Reading(hub, allow_rejects, on_step, offered)
        both = zip(sources, summaries, strict=True)
        _read_agency(state, agency, [(source, summary) for source, summary in both if source.agency == agency])
        return state

    # Agencies know nothing of each other; of a file the half is read by one thread whatever the reader.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        state = _Reading(hub, allow_rejects, on_step, offered)
        for each in pool.map(read, hub.agencies):
            state.add(each)
    rejected = REJECTED.check(_together(state.rejected, REJECTED.empty()))
    for source, summary in zip(sources, summaries, strict=True):
        if id(source) in state.adapted:
            _tell_files(state, summary, state.adapted[id(source)], rejected)
    events = _together(state.events, EVENTS.empty())
    return Extracts(
        parts=tuple(state.parts),
        ties=TIES.check(_together(state.ties, TIES.empty())),
        events=EVENTS.check(events),
        rejected=rejected,
        summaries=tuple(summaries),
        digests=state.digests,
        newest=_newest(state.parts, events),
        columns=state.columns,
        rejects=tuple(pl.concat(state.rejects.get(id(source), [NO_REJECTS])) for source in sources),
        files=tuple({kind: state.files.get((id(source), kind), ()) for kind in KINDS} for source in sources),
    )


def reading_faults(hub: HubSpec) -> list[str]:
    """What stops each agency from being read, so that all of it can be mended at once.

    Args:
        hub: a hub of which some source cannot be read.

    Returns:
        one sentence an agency that cannot be read.
    """
    faults = []
    for agency in hub.agencies:
        own = tuple(source for source in hub.source if source.agency == agency)
        try:
            read_sources(hub.model_copy(update={"source": own}), allow_rejects=True)
        except SourceError as error:
            faults.append(str(error))
    return faults


def with_their_columns(rejected: pl.DataFrame, extracts: Extracts) -> pl.DataFrame:
    """Rename the columns of rejects found after reading (standardisation's) to the agency's own names.

    Args:
        rejected: the REJECTED table with canonical column names.
        extracts: where each file's own names are.

    Returns:
        the same rows.
    """
    names = pl.DataFrame(
        [
            (agency, file, name, theirs)
            for (agency, file), columns in extracts.columns.items()
            for name, theirs in columns.items()
        ],
        schema={"source": pl.String, "file": pl.String, "column": pl.String, "theirs": pl.String},
        orient="row",
    )
    return (
        rejected.join(names, on=["source", "file", "column"], how="left", maintain_order="left")
        .with_columns(pl.coalesce("theirs", "column").alias("column"))
        .drop("theirs")
    )


def _read_agency(state: _Reading, agency: str, own: list[tuple[SourceSpec, dict[str, Any]]]) -> None:
    """Read one agency: all its people first, since any of its sources may name any of its records."""
    given = pl.Series("record_id", [], dtype=pl.String)
    records: list[pl.DataFrame] = []
    for source, summary in own:
        for rows in _read_people(state, source, summary, given):
            records.append(_filled(rows))
            given = pl.concat([given, rows["record_id"]])
    parts = _counted(given)
    known = parts["record_id"]
    worded = no_words()
    for source, summary in own:
        for piece in state.pieces(source, "relationships"):
            table, canonical = piece.table, _prepared(state, piece, source, summary)
            ties = ties_of(canonical, agency=agency, file=table.file, given=known, worded=worded)
            worded = ties.worded
            state.ties.append(ties.rows)
            records.append(_filled(ties.named))
            summary["people"]["named"] += ties.named.height
            rejected = pl.concat([unusable_rejects(agency, table), ties.rejected])
            state.take(source, summary["relationships"], piece, kept=ties.rows, rejected=rejected)
    if any(rows.height for rows in records):
        state.parts.append(pl.concat(records, how="diagonal") if len(records) > 1 else records[0])
        RECORDS.conform(state.parts[-1])
    before, read = 0, pl.Series("event_id", [], dtype=pl.String)
    for source, summary in own:
        for piece in state.pieces(source, "events"):
            table, canonical = piece.table, _prepared(state, piece, source, summary)
            kept = events_of(canonical, agency=agency, file=table.file, given=known, read=read, before=before)
            before += table.rows
            read = pl.concat([read, kept.rows["event_id"]])
            state.events.append(kept.rows)
            rejected = pl.concat([unusable_rejects(agency, table), kept.rejected])
            state.take(source, summary["events"], piece, kept=kept.rows, rejected=rejected)


def _read_people(
    state: _Reading, source: SourceSpec, summary: dict[str, Any], given: pl.Series
) -> Iterator[pl.DataFrame]:
    """Read one source's people, table after table."""
    earlier = _counted(given)
    own: list[pl.Series] = []
    for piece in state.pieces(source, "people"):
        table, canonical = piece.table, _prepared(state, piece, source, summary)
        state.columns[source.agency, table.file] = canonical.theirs
        read = pl.concat([given.clear(), *own])
        before = _counted(pl.concat([given, read])) if piece.repeats or piece.satellite else earlier
        seen = Seen(read, before, repeats=piece.repeats, satellite=piece.satellite)
        kept = people_of(canonical, agency=source.agency, file=table.file, seen=seen)
        own.append(kept.rows["record_id"])
        rejected = pl.concat([unusable_rejects(source.agency, table), kept.rejected])
        state.take(source, summary["people"], piece, kept=kept.rows, rejected=rejected)
        yield kept.rows


def _counted(record_ids: pl.Series) -> pl.DataFrame:
    """(record_id, parts): how often each was given."""
    return record_ids.to_frame().group_by("record_id").agg(pl.len().cast(pl.UInt32).alias("parts"))


def _prepared(state: _Reading, piece: Piece, source: SourceSpec, summary: dict[str, Any]) -> Canonical:
    """A file's rows under canonical names, and its warnings told."""
    table, kind = piece.table, piece.kind
    if source.format in ADAPTERS:
        canonical = piece.canonical()
        notes = list(table.warnings)
    else:
        own: Mapping[str, str] = getattr(source.columns, kind)
        canonical = to_canonical(table, kind, applied(state.offered[id(source)].get(kind, {}), own, table.names))
        notes = [*table.warnings, *look_alikes(canonical.unused, canonical.theirs, kind)]
        if canonical.unused and kind != "people":
            notes.append(f"columns not used: {', '.join(canonical.unused)}")
    told = [f"{table.file}: {note}" for note in (*notes, *_month_first(canonical, kind))]
    summary["warnings"] += [note for note in told if note not in summary["warnings"]]
    return canonical


def _month_first(canonical: Canonical, kind: str) -> list[str]:
    """Warnings for columns of dates that write the month before the day."""
    return [
        f"{canonical.theirs[name]} is read as month first (05/23/2012 is 23 May); check that this is how it is written"
        for name in DATES_OF[kind]
        if name in canonical.theirs and month_first(canonical.frame[name])
    ]


def _summary(source: SourceSpec) -> dict[str, Any]:
    warnings = []
    if source.holder is not None and source.holder not in HOLDERS and holder_of(source.agency, source.holder) is None:
        warnings.append(f"holder {source.holder!r} is not a policy holder ({', '.join(HOLDERS)}): rows are withheld")
    elif holder_of(source.agency, source.holder) is None:
        warnings.append(
            f"no policy holder is known for {source.agency!r}: its rows link and are withheld from products; "
            f"give holder = one of {', '.join(HOLDERS)}"
        )
    counts = {"rows": 0, "records": 0, "rejected": 0, "named": 0}
    return {
        "agency": source.agency,
        "format": source.format,
        **{kind: dict(counts) for kind in KINDS},
        "warnings": warnings,
    }


def _tell_files(state: _Reading, summary: dict[str, Any], made: Adapted, rejected: pl.DataFrame) -> None:
    """Add what an adapter did with each file of its export to the source's summary."""
    own = rejected.filter((pl.col("source") == summary["agency"]) & (pl.col("level") == "row"))
    lost = dict(own.select("file", "row").unique().group_by("file").len().iter_rows())
    summary["warnings"] += made.warnings
    summary["files"] = [
        {"file": item.file, "rows": item.rows, "rejected": lost.get(item.file, 0), "dateless": item.dateless}
        for item in made.files
    ]
    for item in made.files:
        state.judge(item.file, item.rows, own.filter(pl.col("file") == item.file), lost.get(item.file, 0))


def _too_many(file: str, rows: int, by_row: pl.DataFrame, lost: int) -> str:
    reasons = by_row.group_by("reason").len().sort("len", "reason", descending=[True, False])
    told = "; ".join(f"{reason}: {count}" for reason, count in reasons.iter_rows())
    return (
        f"{file}: {lost} of {rows} rows cannot be used ({told}); "
        "mend the file or its column map, or give --allow-rejects to go on without them"
    )


def _together(frames: list[pl.DataFrame], empty: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([empty, *frames], how="diagonal") if frames else empty


def _filled(rows: pl.DataFrame) -> pl.DataFrame:
    """The columns that say anything, and those every row must have."""
    must = {column.name for column in RECORDS.columns if not column.null}
    counts = rows.select(pl.all().count()).row(0, named=True)
    return rows.select(name for name in rows.columns if counts[name] or name in must or name.startswith(EXTRA))


def _newest(parts: list[pl.DataFrame], events: pl.DataFrame) -> dt.date | None:
    today = dt.datetime.now(tz=dt.UTC).date()
    told = [part["recorded_on"].unique() for part in parts if "recorded_on" in part.columns]
    days = pl.concat([*(parse_dates(days)["earliest"] for days in told), events["date"]])
    newest = days.filter(days <= today).max()
    return newest if isinstance(newest, dt.date) else None
