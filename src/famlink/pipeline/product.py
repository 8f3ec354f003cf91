"""From a run and a request to the picture of one family, through the gate, with a line in the audit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl

from famlink.errors import FamlinkError, MissingFileError, RequestError, SourceError
from famlink.pipeline.asking import asking
from famlink.pipeline.run import Run, open_run
from famlink.provenance import Progress
from famlink.vocabulary.column_names import named_or_counted

if TYPE_CHECKING:
    from famlink.sharing.released import Released


_PATIENCE_SECONDS = 120.0
"""How long a product waits for another of the same hub to be written."""


@dataclass(frozen=True)
class Picture:
    """One family as one viewer may see it.

    Args:
        released: what the gate released.
        audit: the hub's audit, where saved files are registered; None keeps no account of them.
        together: agency:record_id of records the run says are one person: parted later, the product is called back.
    """

    released: Released
    audit: Path | None = None
    together: tuple[tuple[str, ...], ...] = ()

    @property
    def summary(self) -> dict[str, Any]:
        """The picture as data: what picture.json holds."""
        from famlink.picture.summary import summarise

        return summarise(self.released)

    def save(self, to: str | Path) -> dict[str, Path]:
        """Write picture.html, genogram.svg and .png, chronology.csv and .xlsx, picture.json, and register them.

        Args:
            to: folder; files of the same names are replaced.

        Returns:
            file name -> path.

        Raises:
            PolicyError: a file there is under a legal hold.
            RunError: a file or the audit cannot be written; files that could not be registered are removed.
        """
        from famlink.picture.files import FILES, write_picture

        folder = Path(to)
        with self.kept([folder / name for name in FILES]):
            return write_picture(self.released, folder)

    def save_chronology(self, to: str | Path, **view: Any) -> dict[str, Path]:
        """Write one view of the chronology as CSV, XLSX, DOCX, JSON, for Chronolator, as a strip and as a calendar, and register them.

        Args:
            to: folder; files of the same names are replaced.
            view: ``view``, ``person``, ``agency``, ``theme``, ``as_at``, as
                :func:`famlink.picture.files.write_chronology` takes them; the full chronology by default.

        Returns:
            file name -> path.

        Raises:
            RequestError: the view, theme, person or agency is not one there is.
            PolicyError: a file there is under a legal hold.
            RunError: a file or the audit cannot be written; files that could not be registered are removed.
        """
        from famlink.picture.files import CHRONOLOGY_FILES, write_chronology

        folder = Path(to)
        files = [folder / name for name in CHRONOLOGY_FILES]
        with self.kept(files):
            made = write_chronology(self.released, folder, **view)
            files[:] = made.values()
        return made

    @contextmanager
    def kept(self, files: Sequence[Path]) -> Iterator[None]:
        """Account for files of this picture that are written in a ``with`` block, one product of a hub at a time.

        Args:
            files: the files.

        Raises:
            PolicyError, RunError: as :meth:`save`.
        """
        from famlink.sharing.locks import locked
        from famlink.sharing.products import register, unheld

        if self.audit is None:
            yield
            return
        with locked(self.audit.with_name(f"{self.audit.name}.products"), wait=_PATIENCE_SECONDS):
            unheld(self.audit, files)
            yield
            try:
                for folder in sorted({file.parent for file in files}):
                    inside = [file for file in files if file.parent == folder]
                    register(self.audit, self.released, inside, together=self.together)
            except FamlinkError:
                # A product nobody keeps account of could be neither called back nor destroyed in time.
                for path in files:
                    path.unlink(missing_ok=True)
                raise


def make_picture(
    run: Run | str | Path,
    *,
    record: tuple[str, str] | Sequence[tuple[str, str]],
    basis: str,
    consents: pl.DataFrame | str | Path | None = None,
    **details: Any,
) -> Picture:
    """Make the picture of one family that one viewer may see.

    Args:
        run: a run, or its directory.
        record: (agency, record_id) of the subject, or several.
        basis: early-help, s17, s47, s42-adult or research-synthetic.
        consents: a consents table or file; None takes the one hub.toml names.
        details: purpose, requester, authoriser, window_from, window_until (dates), relevance (holder -> reason), why_older (why information older than the basis
            opens is asked for).

    Returns:
        the picture; ``save`` writes its files.

    Raises:
        RequestError: a record is not in the run, or the basis is unknown.
        PolicyError: the policy is not valid, or forbids the request.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> subject, basis = fl.demo_request()
        >>> picture = fl.make_picture(run, record=subject, basis=basis)
        >>> picture.released.subjects == (run.person_of(*subject),)
        True
    """
    asked = asking(run, record=record, basis=basis, consents=consents, **details)
    released = asked.released()
    return Picture(released, audit=asked.audit, together=asked.together(released))


def batch(
    run: Run | str | Path,
    requests: str | Path,
    *,
    to: str | Path,
    progress: Progress | None = None,
    **details: Any,
) -> list[dict[str, str]]:
    """Make one picture for each line of a CSV file.

    Args:
        run: a run, or its directory.
        requests: CSV with agency, record_id, basis.
        to: folder; each picture goes into ``{agency}-{record_id}``, unsafe characters percent-encoded.
        progress: called with ("picture", done, total).
        details: as :func:`make_picture`.

    Returns:
        one row a request: record, folder, error (empty where it worked). One bad line does not stop the rest.

    Raises:
        SourceError: the file cannot be read or lacks a column.
    """
    run = run if isinstance(run, Run) else open_run(run)
    file = Path(requests)
    if not file.is_file():
        raise MissingFileError(f"{file}: no such file; give a CSV with agency, record_id, basis")
    try:
        rows = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError):
        raise SourceError(f"{file}: cannot be read as CSV in UTF-8; save it so") from None
    lacking = [name for name in ("agency", "record_id", "basis") if name not in rows.columns]
    if lacking:
        found = named_or_counted(rows.columns, known=("agency", "record_id", "basis"))
        raise SourceError(f"{file}: lacks the column {', '.join(lacking)}; found {found}")
    done: list[dict[str, str]] = []
    for number, (agency, record_id, basis) in enumerate(
        rows.select("agency", "record_id", "basis").iter_rows(), start=1
    ):
        name = f"{agency}:{record_id}"
        folder = Path(to) / f"{_safe(agency or '')}-{_safe(record_id or '')}"
        try:
            if not (agency and record_id and basis):
                raise RequestError(f"{file}, row {number}: agency, record_id and basis are all needed")
            make_picture(run, record=(agency, record_id), basis=basis, **details).save(folder)
            done.append({"record": name, "folder": str(folder), "error": ""})
        except FamlinkError as error:
            done.append({"record": name, "folder": "", "error": str(error)})
        if progress:
            progress("picture", number, rows.height)
    return done


def draw_genogram(
    run: Run | str | Path,
    *,
    record: tuple[str, str] | Sequence[tuple[str, str]],
    basis: str,
    max_people: int = 60,
    **details: Any,
) -> Any:
    """Draw the genogram of one family that one viewer may see.

    Args:
        run: a run, or its directory.
        record: as :func:`make_picture`.
        basis: as :func:`make_picture`.
        max_people: how many people at most; the rest become "+n more".
        details: as :func:`make_picture`.

    Returns:
        a drawing with ``svg`` and ``geometry``.
    """
    from famlink.genogram.drawing import draw_released

    return draw_released(make_picture(run, record=record, basis=basis, **details).released, max_people=max_people)


def save_genogram(
    run: Run | str | Path,
    *,
    to: str | Path,
    geometry: str | Path | None = None,
    max_people: int = 60,
    **request: Any,
) -> Any:
    """Draw the genogram of one family into a file, and register it as a product.

    Args:
        run: a run, or its directory.
        to: the drawing: .png, or any other ending for SVG.
        geometry: a file for the geometry, as JSON.
        max_people: as :func:`draw_genogram`.
        request: record, basis and details, as :func:`make_picture`.

    Returns:
        the drawing.

    Raises:
        RequestError, PolicyError, RunError: as :func:`make_picture` and :meth:`Picture.save`.
    """
    from famlink.genogram.drawing import draw_released, write_drawing

    made = make_picture(run, **request)
    drawn = draw_released(made.released, max_people=max_people)
    with made.kept([Path(file) for file in (to, geometry) if file is not None]):
        write_drawing(drawn, to, geometry=geometry)
    return drawn


def _safe(text: str) -> str:
    """Percent-encode what is unsafe in a file name on any system; a lone dot, or dots at the end, too."""
    plain = quote(text, safe=" ").replace(" ", "%20").replace("~", "%7E")
    stripped = plain.rstrip(".")
    return stripped + "%2E" * (len(plain) - len(stripped))
