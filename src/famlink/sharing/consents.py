"""The consent ledger as a file: read whole, or refused whole.

A line that cannot be read may be a refusal, and leaving it out would open what somebody closed; so any fault refuses the
ledger, naming every row at fault.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from famlink.errors import MissingFileError, SourceError
from famlink.sharing.policy import HOLDERS
from famlink.tables import CONSENTS

DECISIONS = ("given", "refused", "withdrawn", "not-sought", "overridden")
"""What can be decided."""

CAPACITIES = ("self", "parental-responsibility", "competent-young-person")
"""In which capacity somebody decides."""

_NEEDED = ("agency", "record_id", "holder", "decision", "decided_on")
_MOST_SHOWN = 20


def read_consents(path: str | Path, *, records: pl.DataFrame | None = None) -> pl.DataFrame:
    """Read a consents.csv.

    Args:
        path: the file: CSV in UTF-8 with the columns of table ``consents``.
        records: a table with agency and record_id, to refuse a consent for a record that is not among them; None does
            not look.

    Returns:
        table ``consents``, in file order.

    Raises:
        MissingFileError: the file is not there.
        SourceError: it cannot be read, a column is missing or unknown, or a row is at fault; every fault in one error.
    """
    file = Path(path)
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file; give the consents.csv that hub.toml or --consents names")
    try:
        rows = pl.read_csv(file, infer_schema=False)
    except pl.exceptions.NoDataError:
        raise SourceError(f"{file}: is empty; give a header with {', '.join(CONSENTS.names)}") from None
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise SourceError(f"{file}: cannot be read as CSV in UTF-8 with one header line; save it so") from None
    rows = rows.rename({name: name.strip().lstrip("\ufeff") for name in rows.columns})
    faults = _column_faults(rows.columns)
    if not faults:
        rows = rows.with_columns(pl.all().str.strip_chars().replace("", None))
        rows = rows.with_columns(
            pl.col(name).str.to_lowercase() for name in ("holder", "decision", "capacity") if name in rows.columns
        )
        faults = [*_row_faults(rows), *_unknown_records(rows, records)]
    if faults:
        more = f"; and {len(faults) - _MOST_SHOWN} more" if len(faults) > _MOST_SHOWN else ""
        raise SourceError(f"{file}: {'; '.join(faults[:_MOST_SHOWN])}{more}; nothing is released on a ledger at fault")
    return CONSENTS.conform(rows.with_columns(pl.col("decided_on").str.to_date("%Y-%m-%d")))


def _column_faults(columns: Iterable[str]) -> list[str]:
    given = list(columns)
    faults = [f"the column {name} is missing" for name in _NEEDED if name not in given]
    if not set(given) & set(CONSENTS.names):
        return [*faults, "no column is known (is the first line a row?)"]  # a row is not quoted
    for name in given:
        if name not in CONSENTS.names:
            near = difflib.get_close_matches(name, CONSENTS.names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(CONSENTS.names)}"
            faults.append(f"unknown column {name!r}; {hint}")
    return faults


def _row_faults(rows: pl.DataFrame) -> Iterable[str]:
    for number, row in enumerate(rows.iter_rows(named=True), start=1):
        lacking = [name for name in _NEEDED if row[name] is None]
        if lacking:
            yield f"row {number}: {', '.join(lacking)} is empty"
            continue
        if row["holder"] not in ("*", *HOLDERS):
            yield f"row {number}: the holder is not *, {', '.join(HOLDERS)}"
        if row["decision"] not in DECISIONS:
            yield f"row {number}: the decision is not {', '.join(DECISIONS)}"
        if row.get("capacity") is not None and row["capacity"] not in CAPACITIES:
            yield f"row {number}: the capacity is not {', '.join(CAPACITIES)}"
        try:
            dt.datetime.strptime(row["decided_on"], "%Y-%m-%d").replace(tzinfo=dt.UTC)
        except ValueError:
            yield f"row {number}: decided_on is not a date as 2026-04-01"
        if (row.get("by_agency") is None) != (row.get("by_record_id") is None):
            yield f"row {number}: by_agency and by_record_id go together"
        if row["decision"] == "overridden" and not (row.get("override_basis") and row.get("override_by")):
            yield f"row {number}: an override names override_basis and override_by"
        if row["decision"] == "given" and row.get("capacity") is None:
            yield f"row {number}: a consent given names the capacity in which it was given"
        if (
            row["decision"] == "given"
            and row.get("capacity") == "parental-responsibility"
            and not row.get("by_record_id")
        ):
            yield f"row {number}: a consent by a holder of parental responsibility names whose it is (by_agency, by_record_id)"


def _unknown_records(rows: pl.DataFrame, records: pl.DataFrame | None) -> Iterable[str]:
    if records is None:
        return
    known = set(records.select("agency", "record_id").iter_rows())
    for number, row in enumerate(rows.iter_rows(named=True), start=1):
        for agency, record in (("agency", "record_id"), ("by_agency", "by_record_id")):
            if row.get(record) is not None and (row.get(agency), row[record]) not in known:
                yield f"row {number}: {row.get(agency)}:{row[record]} is not a record of this hub"
