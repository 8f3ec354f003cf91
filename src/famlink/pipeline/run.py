"""A run: what ``link`` made, in memory or in its directory."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.errors import RequestError, RunError
from famlink.pipeline.shelf import file_of, writer_of
from famlink.private import private_folder, private_parents, written
from famlink.provenance import as_json
from famlink.sharing.locks import locked

if TYPE_CHECKING:
    import networkx as nx

    from famlink.incidents.evidence import Weights
    from famlink.linkage.model import Model
    from famlink.pipeline.product import Picture

PARQUET = (
    "people", "links", "relations", "households", "events",
    "shared_relatives", "records", "standardised", "reasons", "ties", "must_not_link",
)  # fmt: skip
"""Parquet files of a run, without their ending; the first five are public, the others serve picture and explain."""

_MARK = "provenance.json"
_WEIGHTS = "incident_weights.json"


@dataclass(frozen=True)
class Run:
    """A linked hub.

    Args:
        tables: table name -> frame; empty where the run is read from ``path``.
        model: the trained model, as its JSON text.
        provenance: the run record.
        path: the run directory, where there is one.
        weights_text: what it learnt of how events go together, as its JSON text; empty for runs of versions that kept none.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> run.people.columns
        ['agency', 'record_id', 'person_id', 'probability', 'origin']
    """

    tables: Mapping[str, pl.DataFrame]
    model_text: str
    provenance: Mapping[str, Any]
    path: Path | None = None
    weights_text: str = ""
    _read: dict[str, pl.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def table(self, name: str) -> pl.DataFrame:
        """One of the run's tables.

        Args:
            name: file name without its ending, as in the run directory.

        Returns:
            the frame, read once.

        Raises:
            RunError: the directory lacks the file.
        """
        if name in self.tables:
            return self.tables[name]
        if name not in self._read:
            self._read[name] = self.scan(name).collect()
        return self._read[name]

    def scan(self, name: str) -> pl.LazyFrame:
        """The same as a lazy frame, so that a filter reads only what it needs."""
        if name in self.tables:
            return self.tables[name].lazy()
        if self.path is None:
            raise RunError(f"this run has no table {name!r}")
        file = self.path / f"{name}.parquet"
        if not file.is_file():
            raise RunError(f"{self.path}: {file.name} is missing; run `famlink link` again")
        return pl.scan_parquet(file)

    @property
    def people(self) -> pl.DataFrame:
        """Which person each record belongs to: table ``people``."""
        return self.table("people")

    @property
    def links(self) -> pl.DataFrame:
        """Compared pairs of records with evidence and verdict: table ``links``."""
        return self.table("links")

    @property
    def relations(self) -> pl.DataFrame:
        """What each person is to each other: table ``relations``."""
        return self.table("relations")

    @property
    def households(self) -> pl.DataFrame:
        """Who lived at which address: table ``households``."""
        return self.table("households")

    @property
    def incidents(self) -> pl.DataFrame:
        """Every event with its person and incident: the file events.parquet."""
        return self.table("events")

    @property
    def rejected(self) -> pl.DataFrame:
        """Rows and cells that could not be used: table ``rejected``."""
        if "rejected" in self.tables or self.path is None:
            return self.tables["rejected"]
        return pl.read_csv(self.path / "rejected.csv", schema_overrides={"row": pl.UInt32})

    @property
    def model(self) -> Model:
        """The trained model."""
        from famlink.linkage.reading import model_of

        return model_of(self.model_text)

    @property
    def incident_weights(self) -> Weights | None:
        """What the run learnt of how events go together; None where it learnt or kept nothing."""
        from famlink.incidents.kept import from_json

        return from_json(self.weights_text) if self.weights_text else None

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The settings the run was made with."""
        parameters: Mapping[str, Any] = self.provenance["parameters"]
        return parameters

    def person_of(self, agency: str, record_id: str) -> str:
        """The person a record belongs to.

        Raises:
            RequestError: the run has no such record.
        """
        found = (
            self.scan("people")
            .filter((pl.col("agency") == agency) & (pl.col("record_id") == record_id))
            .select("person_id")
            .collect()
        )
        if found.is_empty():
            raise RequestError(
                f"record {agency}:{record_id} is not in this run; give an id as AGENCY:ID of a linked record"
            )
        return str(found.item(0, 0))

    def family(self, person_id: str, *, hops: int = 2) -> nx.MultiDiGraph:
        """The family of one person as a networkx graph, made on demand.

        Args:
            person_id: a person of this run.
            hops: how many relations away.

        Returns:
            a graph of people and typed relations.
        """
        from famlink.family.graph import family_graph

        return family_graph(person_id, self.people, self.relations, hops=hops)

    def picture(self, *, record: tuple[str, str] | list[tuple[str, str]], basis: str, **request: Any) -> Picture:
        """Make the picture of one family that one viewer may see.

        Args:
            record: (agency, record_id) of the subject, or a list of them.
            basis: early-help, s17, s47, s42-adult or research-synthetic.
            request: as :func:`famlink.make_picture`.

        Returns:
            a :class:`~famlink.pipeline.product.Picture`; ``save`` writes its files.
        """
        from famlink.pipeline.product import make_picture

        return make_picture(self, record=record, basis=basis, **request)

    def unchanged(self) -> None:
        """Check that nobody has written the run directory anew since it was opened.

        Files are replaced one by one, provenance.json taken away first and put back last: while it is there as it was, every
        table read until now was of one run.

        Raises:
            RunError: it was written anew, or is being written.
        """
        if self.path is None:
            return
        try:
            now = json.loads((self.path / _MARK).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            now = None
        if now != json.loads(as_json(self.provenance)):
            raise RunError(
                f"{self.path}: was written anew since it was opened, or is being written; try again when it is done; "
                "nothing was shown"
            )

    def save(self, to: str | Path) -> Run:
        """Write the run directory.

        Args:
            to: a new or empty folder, or a run directory to be replaced file by file.

        Returns:
            the run, tied to its directory.

        Raises:
            RunError: the folder holds other files.
        """
        with writing(to) as folder:
            self.save_tables(folder)
            return self.save_record(folder)

    def save_tables(self, to: str | Path) -> None:
        """Write every file of the run but provenance.json."""
        folder = prepared(to)
        for name in PARQUET:
            written(file_of(folder, name), writer_of(name, self.table(name)))
        written(file_of(folder, "rejected"), writer_of("rejected", self.rejected))
        self.save_model(folder)

    def save_model(self, folder: Path) -> None:
        """Write model.json and incident_weights.json."""
        written(folder / "model.json", lambda part: part.write_text(self.model_text, encoding="utf-8"))
        if self.weights_text:
            written(folder / _WEIGHTS, lambda part: part.write_text(self.weights_text, encoding="utf-8"))
        else:
            (folder / _WEIGHTS).unlink(missing_ok=True)

    def save_record(self, to: str | Path) -> Run:
        """Write provenance.json, which makes the directory a run; always the last file written."""
        folder = Path(to)
        written(folder / _MARK, lambda part: part.write_text(as_json(self.provenance), encoding="utf-8"))
        return replace(self, path=folder)


@contextmanager
def writing(to: str | Path) -> Iterator[Path]:
    """Hold a run directory while it is written, so that two programs never mix their files.

    Args:
        to: the folder.

    Yields:
        the folder.

    Raises:
        RunError: the folder cannot be a run directory, or another program is writing it.
    """
    folder = usable(to)
    private_parents(folder)
    with locked(folder.resolve()):
        yield folder


def usable(to: str | Path) -> Path:
    """Check that a folder may become a run directory, before the work that fills it; nothing is changed.

    Args:
        to: the folder.

    Returns:
        the folder.

    Raises:
        RunError: it holds files and is not a run directory, or it is a file.
    """
    folder = Path(to)
    try:
        folder.exists()
    except OSError as error:
        raise RunError(f"no run can be written there ({os.strerror(error.errno or 0)}); give another folder") from None
    if folder.exists() and not folder.is_dir():
        raise RunError(f"{folder}: is a file; give a folder for the run")
    above = next((parent for parent in folder.absolute().parents if parent.exists()), None)
    if above is not None and not (above.is_dir() and os.access(above, os.W_OK | os.X_OK)):
        what = "cannot be written" if above.is_dir() else "is a file"
        raise RunError(f"{folder}: no run can be written there, since {above} {what}; give another folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARK).is_file():
        raise RunError(f"{folder}: holds other files and no {_MARK}; give an empty or new folder, nothing was changed")
    return folder


def prepared(to: str | Path) -> Path:
    """Make a folder ready to be written as a run directory: it exists, and its old provenance.json is gone.

    Args:
        to: the folder.

    Returns:
        the folder.

    Raises:
        RunError: as :func:`usable`.
    """
    folder = usable(to)
    private_folder(folder)
    (folder / _MARK).unlink(missing_ok=True)
    return folder


def open_run(path: str | Path) -> Run:
    """Open a run directory.

    Args:
        path: what ``famlink link --to`` wrote.

    Returns:
        the run; tables are read when they are asked for.

    Raises:
        RunError: the folder is not a complete run.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise RunError(f"{folder}: no such folder; give the folder that `famlink link --to` wrote")
    mark = folder / _MARK
    if not mark.is_file():
        raise RunError(f"{folder}: no {_MARK}, so not a complete run; run `famlink link` again")
    try:
        provenance = json.loads(mark.read_text(encoding="utf-8"))
        parameters = provenance["parameters"]
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError):
        raise RunError(f"{mark}: not a run record of famlink; run `famlink link` again") from None
    if not isinstance(parameters, dict):
        raise RunError(f"{mark}: not a run record of famlink; run `famlink link` again")
    model = folder / "model.json"
    if not model.is_file():
        raise RunError(f"{folder}: model.json is missing; run `famlink link` again")
    weights = folder / _WEIGHTS
    return Run(
        tables={},
        model_text=model.read_text(encoding="utf-8"),
        provenance=provenance,
        path=folder,
        weights_text=weights.read_text(encoding="utf-8") if weights.is_file() else "",
    )
