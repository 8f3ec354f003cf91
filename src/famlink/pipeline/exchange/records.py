"""Standardised records as a pandas frame, for recordlinkage to index and compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.errors import SpecError
from famlink.pipeline.run import Run, open_run
from famlink.schema import EXTRA
from famlink.spec import HubSpec
from famlink.waiting import Waiting

if TYPE_CHECKING:
    import pandas as pd

FIELDS = (
    "forename", "middle_names", "surname", "former_surnames", "date_of_birth", "sex", "address", "postcode", "phone",
    "nhs_number",
)  # fmt: skip
"""What two people look at first to say whether two records are one person."""


NO_FIELDS = frozenset({"row", "agency", "record_id", "part"})
"""Columns of the standardised table that say which record it is."""


def standardised_records(source: Run | HubSpec | str | Path) -> pl.DataFrame:
    """The standardised records of a run, or of a hub that is not linked yet, one row each.

    Args:
        source: a run or its directory, a hub or the path of its hub.toml.

    Returns:
        the table ``standardised``, merged, sorted by agency and record_id.

    Raises:
        SpecError, SourceError, RunError: what was given cannot be read.

    Example:
        >>> import famlink as fl
        >>> standardised_records(fl.demo_hub()).columns[:3]
        ['row', 'agency', 'record_id']
    """
    from famlink.standardisation.merging import merge_parts

    if isinstance(source, Run):
        return merge_parts(source.table("standardised"))
    if isinstance(source, HubSpec) or Path(source).suffix == ".toml":
        from famlink.pipeline.preparing import prepare
        from famlink.provenance import Recorder

        merged = prepare(source, allow_rejects=False, recorder=Recorder(None)).merged
        return merged.whole() if isinstance(merged, Waiting) else merged
    return merge_parts(open_run(source).table("standardised"))


def records_frame(source: Run | HubSpec | str | Path, *, fields: Sequence[str] | None = None) -> pd.DataFrame:
    """Standardised records as recordlinkage takes them.

    Args:
        source: a run or its directory, or a hub that is not linked yet.
        fields: canonical fields, or a source's own extra columns; None: all there are. Those must be there.

    Returns:
        a frame with a row a record, named "AGENCY:ID", and a column a field: text, dates as datetime64, lists joined by
        "; ". It holds people's values: keep it as you keep the extracts.

    Raises:
        SpecError: no source has a field.

    Example:
        >>> import famlink as fl
        >>> frame = records_frame(fl.demo_hub(), fields=["surname", "date_of_birth"])
        >>> frame.index.name, list(frame.columns), frame["date_of_birth"].dtype.kind
        ('record', ['surname', 'date_of_birth'], 'M')
    """
    import pandas as pd

    records = standardised_records(source)
    there = [name for name in records.columns if name not in NO_FIELDS]
    names = there if fields is None else columns_of(fields, there)
    labels = records.select(pl.concat_str("agency", pl.lit(":"), "record_id")).to_series().to_list()
    # Column by column: polars' own way to pandas needs pyarrow, which famlink does not require.
    columns = {name.removeprefix(EXTRA): _column(records[name]) for name in names}
    return pd.DataFrame(columns, index=pd.Index(labels, name="record", dtype=object))


def columns_of(fields: Sequence[str], columns: Sequence[str]) -> list[str]:
    """The columns of the standardised table that fields name.

    Args:
        fields: canonical names, or a source's own extra columns with or without ``extra.``.
        columns: the columns there are.

    Returns:
        one a field, in order.

    Raises:
        SpecError: no source has some of the fields; all are named, and those that exist.

    Example:
        >>> columns_of(["surname", "shoe_size"], ["surname", "extra.shoe_size"])
        ['surname', 'extra.shoe_size']
    """
    found = [name if name in columns else EXTRA + name for name in fields]
    absent = [given for given, name in zip(fields, found, strict=True) if name not in columns]
    if absent:
        exist = ", ".join(sorted(name.removeprefix(EXTRA) for name in columns))
        raise SpecError(f"no source has a field {', '.join(map(repr, absent))}; the fields that exist are {exist}")
    return found


def _column(series: pl.Series) -> Any:
    import numpy as np

    if series.dtype == pl.Date:
        return series.cast(pl.Datetime("ns")).to_numpy()
    if isinstance(series.dtype, pl.List):
        series = series.list.join("; ")
        series = series.set(series == "", None)
    return np.array(series.to_list(), dtype=object)
