"""From a hub's extracts to the records linkage starts from: read, standardised, one row a record."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from famlink.errors import InvariantError, MissingFileError, SourceError
from famlink.pipeline.shelf import Shelf
from famlink.provenance import Recorder
from famlink.schema import EXTRA
from famlink.spec import HubSpec, read_hub
from famlink.tables import MUST_NOT_LINK, REASONS, RECORDS, REJECTED, STANDARDISED
from famlink.vocabulary.column_names import named_or_counted
from famlink.waiting import Records

if TYPE_CHECKING:
    from famlink.extracts.reading import Extracts
    from famlink.standardisation.standardise import Standardised

HUB_LIST = "must_not_link"
"""Source named in rejects of the hub's own list; agencies' rejects name the agency."""


@dataclass(frozen=True)
class Prepared:
    """Extracts read and standardised: what linkage starts from."""

    hub: HubSpec
    as_at: dt.date
    extracts: Extracts
    standardised: Standardised
    merged: Records
    must_not_link: pl.DataFrame


def prepare(
    hub: HubSpec | str | Path, *, allow_rejects: bool, recorder: Recorder, shelf: Shelf | None = None
) -> Prepared:
    """Read and standardise a hub's extracts.

    Args:
        hub: a hub, or the path of its hub.toml.
        allow_rejects: go on when more than a fifth of a file's rows cannot be used.
        recorder: times the stages.
        shelf: where the tables linkage does not read are put; then they are left out of what is returned.

    Returns:
        what linkage starts from.
    """
    from famlink.extracts.reading import read_sources, with_their_columns
    from famlink.standardisation.merging import merge_agencies
    from famlink.standardisation.standardise import Standardised

    spec = hub if isinstance(hub, HubSpec) else read_hub(hub)
    keep = shelf is None
    shelf = shelf or Shelf(None)
    with recorder.stage("read"):
        extracts = read_sources(spec, allow_rejects=allow_rejects)
        must_not_link = read_must_not_link(spec)
        idle = _keeps_nothing_apart(spec, must_not_link, extracts.parts)
        extracts = replace(extracts, rejected=pl.concat([extracts.rejected, idle]))
        shelf.put("ties", extracts.ties)
        shelf.put("must_not_link", must_not_link)
    as_at = spec.hub.as_at or extracts.newest or dt.datetime.now(dt.UTC).date()
    with recorder.stage("standardise"):
        parts = list(extracts.parts)
        extracts = extracts if keep else replace(extracts, parts=())
        whys, faults = [REASONS.empty()], [REJECTED.empty()]

        def cleaned() -> Iterator[pl.DataFrame]:
            for done in _standardised(parts, as_at=as_at, shelf=shelf):
                whys.append(done.reasons)
                faults.append(done.rejected)
                rows = done.rows
                del done
                yield rows
                del rows

        if keep or any(part["part"].max() for part in parts):
            merged: Records = merge_agencies(cleaned())
        else:
            # Every row is a record already, in order, and is in its file: there is no need to hold it too.
            deque(cleaned(), maxlen=0)
            merged = shelf.waiting("standardised")
        reasons, cells = pl.concat(whys), pl.concat(faults)
        if keep:
            done = Standardised(shelf.tables["standardised"], reasons, cells)
            return Prepared(spec, as_at, extracts, done, merged, must_not_link)
        told = pl.concat([extracts.rejected, with_their_columns(cells, extracts)])
        shelf.put("reasons", reasons)
        shelf.put("rejected", told.sort("source", "file", "row", "column", nulls_last=False))
    done = Standardised(STANDARDISED.empty(), reasons.clear(), cells)
    return Prepared(spec, as_at, extracts, done, merged, must_not_link)


def _standardised(parts: list[pl.DataFrame], *, as_at: dt.date, shelf: Shelf) -> Iterator[Standardised]:
    """Standardise one agency after the other, in order of their names, each in order of its record ids.

    The raw rows of an agency are let go of as soon as they are put away, so that a large hub never stands in memory
    whole in words.
    """
    from famlink.standardisation.standardise import standardise

    parts = parts or [RECORDS.empty()]
    extras = list(dict.fromkeys(name for part in parts for name in part.columns if name.startswith(EXTRA)))
    parts.sort(key=lambda part: str(part["agency"].first() or ""), reverse=True)
    while parts:
        # Whatever looks a record up by its id finds it in one stretch of the file.
        records = RECORDS.complete(parts.pop().sort("record_id", "part"), extras=extras)
        shelf.add("records", records)
        done = standardise(records, as_at=as_at)
        if done.rows.height != records.height:
            raise InvariantError(f"{records.height} records became {done.rows.height} standardised; please report it")
        shelf.add("standardised", STANDARDISED.complete(done.rows, extras=extras))
        del records
        yield done
        del done
    shelf.added("records")
    shelf.added("standardised")


def read_must_not_link(spec: HubSpec) -> pl.DataFrame:
    """Read the hub's list of pairs that may never become one person; no list gives an empty table."""
    if spec.link.must_not_link is None:
        return MUST_NOT_LINK.empty()
    file = spec.folder / spec.link.must_not_link
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file; hub.toml names it as link.must_not_link")
    try:
        frame = pl.read_csv(file, infer_schema=False).with_columns(pl.all().str.strip_chars().replace("", None))
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise SourceError(f"{file}: cannot be read as CSV in UTF-8; save it so") from None
    missing = [name for name in MUST_NOT_LINK.names[:4] if name not in frame.columns]
    if missing:
        found = named_or_counted(frame.columns, known=MUST_NOT_LINK.names)
        raise SourceError(f"{file}: lacks the column {', '.join(missing)}; found {found}")
    blank = frame.filter(pl.any_horizontal(pl.col(MUST_NOT_LINK.names[:4]).is_null())).height
    if blank:
        raise SourceError(f"{file}: {blank} rows name no agency or record on one side; a pair needs all four")
    return MUST_NOT_LINK.conform(frame)


def _keeps_nothing_apart(spec: HubSpec, must_not_link: pl.DataFrame, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rows of the list that keep nothing apart, as rejects: a mistyped id would otherwise join two people in silence."""
    if must_not_link.is_empty():
        return REJECTED.empty()
    keys = {"agency": pl.String, "record_id": pl.String}
    ids = pl.concat([pl.DataFrame(schema=keys), *(part.select(*keys) for part in parts)]).unique()
    rows = must_not_link.with_row_index("row", offset=1)
    for side in ("left", "right"):
        known = ids.select(pl.all().name.suffix(f"_{side}"), pl.lit(value=True).alias(side))
        rows = rows.join(known, on=[f"agency_{side}", f"record_id_{side}"], how="left", maintain_order="left")
    absent = [pl.col(side).is_null().alias(side) for side in ("left", "right")]
    one = (pl.col("agency_left") == pl.col("agency_right")) & (pl.col("record_id_left") == pl.col("record_id_right"))
    reason = pl.when(one).then(pl.lit("names one record twice")).otherwise(pl.lit("names a record no agency gave"))
    return REJECTED.conform(
        rows.with_columns(*absent, one.alias("one"))
        .filter(pl.any_horizontal("left", "right", "one"))
        .select(
            pl.lit(HUB_LIST).alias("source"),
            pl.lit(Path(spec.link.must_not_link or "").name).alias("file"),
            pl.col("row").cast(pl.UInt32),
            pl.when("left").then(pl.lit("record_id_left")).otherwise(pl.lit("record_id_right")).alias("column"),
            reason.alias("reason"),
            pl.lit("row").alias("level"),
        )
    )
