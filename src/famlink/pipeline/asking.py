"""A request put to a run: the request itself, the policy it falls under, the evidence near it, the audit it goes into."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.errors import FamlinkError, RequestError
from famlink.pipeline.run import Run, open_run

if TYPE_CHECKING:
    from famlink.sharing.evidence import Evidence
    from famlink.sharing.policy import Policy
    from famlink.sharing.released import Released, Request

_DETAILS = ("purpose", "requester", "authoriser", "window_from", "window_until", "relevance", "why_older")


@dataclass(frozen=True)
class Asking:
    """A request with all that answers it.

    Args:
        request: the request.
        policy: the hub's policy.
        evidence: what the run holds about the people near the subjects.
        audit: the hub's audit.
        model: digest of what the run learnt: its model, and its weights of events.
    """

    request: Request
    policy: Policy
    evidence: Evidence
    audit: Path
    model: str

    def told(self) -> dict[str, Any]:
        """What the audit says of it: ids, basis, days, holders, and whether words were recorded; never the words."""
        request = self.request
        return {
            "request": request.request_id,
            "subjects": [f"{agency}:{record_id}" for agency, record_id in request.subjects],
            "basis": request.basis,
            "purpose_recorded": request.purpose != "not recorded",
            "requester_recorded": request.requester != "not recorded",
            "authoriser_recorded": request.authoriser != "not recorded",
            "relevance": sorted(request.relevance),
            "why_older_recorded": bool(request.why_older.strip()),
            "window_from": request.window_from.isoformat() if request.window_from else None,
            "window_until": request.window_until.isoformat() if request.window_until else None,
            "policy": f"{self.policy.name} {self.policy.version}",
            "model": self.model,
        }

    def released(self, done: str = "picture", **more: Any) -> Released:
        """Put it to the gate, and say in the audit what came of it.

        Args:
            done: the action's name in the audit; a refusal adds "refused".
            more: what the audit says besides.

        Raises:
            RequestError, PolicyError: as :func:`famlink.sharing.gate.release`; the refusal is in the audit.
        """
        from famlink.sharing.audit import record as audited
        from famlink.sharing.gate import release

        try:
            released = release(self.evidence, self.request, self.policy)
        except FamlinkError as error:
            audited(self.audit, f"{done} refused", {**self.told(), **more, "error": type(error).__name__})
            raise
        counts = {"released_records": released.people.height, "released_events": released.events.height}
        audited(self.audit, done, {**self.told(), **more, **counts})
        return released

    def together(self, released: Released) -> tuple[tuple[str, ...], ...]:
        """Records of a release, or asked about, that the run says are one person: what the product rests on.

        Args:
            released: what the gate let through.

        Returns:
            agency:record_id of each such person's records, sorted; persons of one record are left out.
        """
        keys = ["agency", "record_id"]
        asked = pl.DataFrame(list(self.request.subjects), schema=dict.fromkeys(keys, pl.String), orient="row")
        shown = pl.concat([released.people.select(keys), asked]).unique()
        name = pl.concat_str(keys, separator=":").sort()
        groups = self.evidence.people.join(shown, on=keys, how="semi").group_by("person_id").agg(name.alias("names"))
        return tuple(sorted(tuple(names) for names in groups["names"] if len(names) > 1))


def asking(
    run: Run | str | Path,
    *,
    record: tuple[str, str] | Sequence[tuple[str, str]],
    basis: str,
    consents: pl.DataFrame | str | Path | None = None,
    **details: Any,
) -> Asking:
    """Gather what answers a request; nothing is released yet.

    Args:
        run: a run, or its directory.
        record: (agency, record_id) of the subject, or several.
        basis: early-help, s17, s47, s42-adult or research-synthetic.
        consents: a consents table or file; None takes the one hub.toml names.
        details: as :func:`famlink.make_picture`.

    Raises:
        RequestError: a record is not in the run, the basis is unknown, or a request has no such detail.
        PolicyError, SourceError: the policy or the ledger is not valid.
    """
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
    return weighed(run, request, consents=consents)


def weighed(run: Run, request: Request, *, consents: pl.DataFrame | str | Path | None = None) -> Asking:
    """Gather what answers a request that is whole already.

    Args:
        run: the run.
        request: the request, with its id.
        consents: as :func:`asking`.

    Raises:
        RequestError, PolicyError, SourceError: as :func:`asking`.
        RunError: the run was written anew while it was read.
    """
    from famlink.pipeline.evidence import evidence_near

    policy = _policy(run)
    people = [run.person_of(*subject) for subject in request.subjects]
    ledger = _consents(run, consents)
    evidence = evidence_near(run, people, hops=policy.hops_for(request.basis), consents=ledger)
    run.unchanged()
    return Asking(
        request=request,
        policy=policy,
        evidence=evidence,
        audit=audit_of(run),
        model=hashlib.sha256((run.model_text + run.weights_text).encode()).hexdigest()[:16],
    )


def audit_of(run: Run) -> Path:
    """The audit of a run's hub."""
    return _beside_hub(run, str(run.parameters["sharing"]["audit"]))


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
