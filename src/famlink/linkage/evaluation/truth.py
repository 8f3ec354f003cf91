"""The truth a run is scored against: a CSV of records and people, or the whole folder famlink synth writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from famlink.errors import MissingFileError, SourceError
from famlink.vocabulary.column_names import named_or_counted

NEEDED = {
    "records": ("agency", "record_id", "person"),
    "relations": ("person", "relative", "relationship"),
    "incidents": ("agency", "event_id", "incident"),
    "families": ("person", "family"),
    "people": ("person",),
}
"""Columns each file of the truth must have; others are used where they are there."""


@dataclass(frozen=True)
class Truth:
    """What is true.

    Args:
        records: agency, record_id, person.
        relations: person, relative, relationship, qualifier; None where not known.
        incidents: agency, event_id, incident; None where not known.
        families: person, family; None: derived from relations.
        people: person and what is known for grouping (date_of_birth, culture, mover, twin); None where not known.
        where: what to call it in errors.
    """

    records: pl.DataFrame
    relations: pl.DataFrame | None = None
    incidents: pl.DataFrame | None = None
    families: pl.DataFrame | None = None
    people: pl.DataFrame | None = None
    where: str = "truth"

    @property
    def as_at(self) -> dt.date | None:
        """The latest date of birth: ages are counted to it, for the truth itself carries no day."""
        if self.people is None or "date_of_birth" not in self.people.columns:
            return None
        latest = self.people["date_of_birth"].str.to_date(strict=False).max()
        return latest if isinstance(latest, dt.date) else None

    def family_of(self) -> pl.DataFrame:
        """person, family: as told, else people connected by relations; a person without relations is a family."""
        everyone = self.records.select("person").unique()
        if self.families is not None:
            known = self.families.select("person", "family").unique("person", keep="first", maintain_order=True)
        elif self.relations is not None:
            known = _connected(self.relations)
        else:
            known = pl.DataFrame(schema={"person": pl.String, "family": pl.String})
        return everyone.join(known, on="person", how="left").with_columns(
            family=pl.coalesce("family", pl.lit("alone:") + pl.col("person"))
        )


def _connected(relations: pl.DataFrame) -> pl.DataFrame:
    """Connected components by passing the smallest label along until nothing changes."""
    edges = pl.concat(
        [
            relations.select("person", "relative"),
            relations.select(person="relative", relative="person"),
            relations.select("person", relative="person"),
        ]
    ).unique()
    labels = edges.select("person").unique().with_columns(family=pl.col("person"))
    while True:
        passed = (
            edges.join(labels, left_on="relative", right_on="person")
            .group_by("person")
            .agg(pl.col("family").min())
            .sort("person")
        )
        if passed.equals(labels.sort("person")):
            return passed
        labels = passed


def read_truth(path: Path) -> Truth:
    r"""Read the truth.

    Args:
        path: a CSV with agency, record_id, person; or a folder with records.csv and, where they are known,
            relations.csv, incidents.csv, families.csv and people.csv.

    Returns:
        the truth.

    Raises:
        MissingFileError: there is no such file or folder, or the folder has no records.csv.
        SourceError: a file cannot be read, lacks a column, or gives one record to two people.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     file = Path(folder) / "truth.csv"
        ...     _ = file.write_text("agency,record_id,person\npolice,1,a\nhousing,7,a\n")
        ...     read_truth(file).records.height
        2
    """
    path = Path(path)
    if not path.exists():
        raise MissingFileError(f"{path}: no such file or folder; give the truth of this hub, a CSV or a folder")
    if path.is_file():
        return Truth(_records(path), where=str(path))
    if not (path / "records.csv").is_file():
        raise MissingFileError(f"{path}: has no records.csv (agency, record_id, person); give the folder of the truth")
    tables = {
        name: _read(path / f"{name}.csv", name)
        for name in ("relations", "incidents", "families", "people")
        if (path / f"{name}.csv").is_file()
    }
    return Truth(_records(path / "records.csv"), **tables, where=str(path))


def _records(file: Path) -> pl.DataFrame:
    records = _read(file, "records").select("agency", "record_id", "person")
    empty = records.filter(pl.any_horizontal(pl.all().is_null()))
    if empty.height:
        raise SourceError(f"{file}: {empty.height} rows have an empty agency, record_id or person; fill or remove them")
    repeated = records.unique().filter(pl.struct("agency", "record_id").is_duplicated())
    if repeated.height:
        first = repeated.sort("agency", "record_id").row(0, named=True)
        raise SourceError(
            f"{file}: {repeated['record_id'].n_unique()} records have more than one person, the first is "
            f"{first['agency']}:{first['record_id']}; give each record one person"
        )
    return records.unique(maintain_order=True)


def _read(file: Path, name: str) -> pl.DataFrame:
    try:
        frame = pl.read_csv(file, infer_schema=False, encoding="utf8")
    except (pl.exceptions.PolarsError, UnicodeDecodeError, OSError):
        raise SourceError(f"{file}: cannot be read as CSV; save it as CSV in UTF-8") from None
    frame = frame.rename({column: column.strip().removeprefix("\ufeff") for column in frame.columns})
    lacking = [column for column in NEEDED[name] if column not in frame.columns]
    if lacking:
        raise SourceError(
            f"{file}: column {', '.join(lacking)} is missing; expected {', '.join(NEEDED[name])}, "
            f"got {named_or_counted(frame.columns, known=NEEDED[name])}"
        )
    return frame
