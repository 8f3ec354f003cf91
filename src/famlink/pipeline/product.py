"""From a run and a request to the picture of one family, through the gate, with a line in the audit."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl

from famlink.errors import FamlinkError, MissingFileError, RequestError, SourceError
from famlink.pipeline.run import Run, open_run
from famlink.provenance import Progress

if TYPE_CHECKING:
    from famlink.sharing.policy import Policy
    from famlink.sharing.released import Released


_DETAILS = ("purpose", "requester", "authoriser", "window_from", "window_until", "relevance", "why_older")


@dataclass(frozen=True)
class Picture:
    """One family as one viewer may see it.

    Args:
        released: what the gate released.
    """

    released: Released

    @property
    def summary(self) -> dict[str, Any]:
        """The picture as data: what picture.json holds."""
        from famlink.picture.summary import summarise

        return summarise(self.released)

    def save(self, to: str | Path) -> dict[str, Path]:
        """Write picture.html, genogram.svg and .png, chronology.csv and .xlsx, picture.json.

        Args:
            to: folder; files of the same names are replaced.

        Returns:
            file name -> path.
        """
        from famlink.picture.files import write_picture

        return write_picture(self.released, Path(to))


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
    from famlink.pipeline.evidence import evidence_near
    from famlink.sharing.audit import record as audited
    from famlink.sharing.gate import release
    from famlink.sharing.released import BASES, Request

    run = run if isinstance(run, Run) else open_run(run)
    subjects = (
        (record,) if isinstance(record, tuple) and len(record) == 2 and isinstance(record[0], str) else tuple(record)
    )
    if not subjects:
        raise RequestError("a picture needs at least one record: give it as (agency, record_id)")
    if basis not in BASES:
        raise RequestError(f"basis {basis!r} is not one of {', '.join(BASES)}")
    unknown = sorted(set(details) - {*_DETAILS})
    if unknown:
        raise RequestError(f"a request has no {', '.join(map(repr, unknown))}; see famlink.make_picture")
    request = Request(subjects=subjects, basis=basis, request_id=_request_id(run, subjects, basis, details), **details)
    policy = _policy(run)
    people = [run.person_of(*subject) for subject in subjects]
    ledger = _consents(run, consents)
    evidence = evidence_near(run, people, hops=policy.hops_for(basis), consents=ledger)
    audit = _beside_hub(run, str(run.parameters["sharing"]["audit"]))
    told = {
        "request": request.request_id,
        "subjects": [f"{agency}:{record_id}" for agency, record_id in subjects],
        "basis": basis,
        "purpose_recorded": request.purpose != "not recorded",
        "requester_recorded": request.requester != "not recorded",
        "authoriser_recorded": request.authoriser != "not recorded",
        "relevance": sorted(request.relevance),
        "policy": f"{policy.name} {policy.version}",
        "model": hashlib.sha256(run.model_text.encode()).hexdigest()[:16],
    }
    try:
        released = release(evidence, request, policy)
    except FamlinkError as error:
        audited(audit, "picture refused", {**told, "error": type(error).__name__})
        raise
    audited(
        audit,
        "picture",
        {**told, "released_records": released.people.height, "released_events": released.events.height},
    )
    return Picture(released)


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
        raise SourceError(f"{file}: lacks the column {', '.join(lacking)}; found {', '.join(rows.columns)}")
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


def _safe(text: str) -> str:
    """Percent-encode what is unsafe in a file name on any system; a lone dot, or dots at the end, too."""
    plain = quote(text, safe=" ").replace(" ", "%20").replace("~", "%7E")
    stripped = plain.rstrip(".")
    return stripped + "%2E" * (len(plain) - len(stripped))


def _beside_hub(run: Run, name: str) -> Path:
    return Path(str(run.parameters["folder"])) / name


def _policy(run: Run) -> Policy:
    from famlink.sharing.policy import read_policy

    named = run.parameters["sharing"]["policy"]
    return read_policy(_beside_hub(run, named) if named else None)


def _consents(run: Run, given: pl.DataFrame | str | Path | None) -> pl.DataFrame:
    from famlink.sharing.consents import read_consents
    from famlink.tables import CONSENTS

    if isinstance(given, pl.DataFrame):
        return CONSENTS.conform(given)
    named = run.parameters["sharing"]["consents"]
    if given is None and named is None:
        return CONSENTS.empty()
    return read_consents(Path(given) if given is not None else _beside_hub(run, named), records=run.people)


def _request_id(run: Run, subjects: tuple[tuple[str, str], ...], basis: str, details: Mapping[str, Any]) -> str:
    """An opaque id that is the same for the same request of the same run on the same day."""
    words = repr((subjects, basis, sorted((k, str(v)) for k, v in details.items()), run.provenance["inputs"]))
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return "R" + hashlib.sha256(f"{today}|{words}".encode()).hexdigest()[:12]
