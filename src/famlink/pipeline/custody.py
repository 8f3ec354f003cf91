"""What a hub keeps of its requests and products: looked at, fed back, held, destroyed, called back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.errors import FamlinkError, RequestError, RunError
from famlink.pipeline.asking import Asking, asking, audit_of, weighed
from famlink.pipeline.run import Run, open_run
from famlink.spec import read_hub

if TYPE_CHECKING:
    from famlink.pipeline.product import Picture
    from famlink.sharing.decision_log import Decided
    from famlink.sharing.feedback import Outcome
    from famlink.sharing.products import Product
    from famlink.sharing.released import Released

_KEY = ["agency", "record_id"]


def explain_policy(
    run: Run | str | Path, *, record: tuple[str, str] | Sequence[tuple[str, str]], basis: str, **details: Any
) -> dict[str, Any]:
    """Say what a request would release and withhold, and by which rule; for those who govern the hub, never a product.

    Args:
        run: a run, or its directory.
        record: (agency, record_id) of the subject, or several.
        basis: as :func:`famlink.make_picture`.
        details: as :func:`famlink.make_picture`, with ``consents``.

    Returns:
        ``{policy, basis, subjects, records, events}``: ids, rules and counts, no value of anybody.

    Raises:
        RequestError, PolicyError: as :func:`famlink.make_picture`.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> subject, basis = fl.demo_request()
        >>> told = explain_policy(run, record=subject, basis=basis)
        >>> sorted(told)
        ['basis', 'events', 'policy', 'records', 'subjects']
    """
    from famlink.sharing.audit import record as audited
    from famlink.sharing.policy_report import policy_explain

    asked = asking(run, record=record, basis=basis, **details)
    told = policy_explain(asked.evidence, asked.request, asked.policy)
    audited(asked.audit, "policy explain", asked.told())
    return told


def audit_file(place: Run | str | Path) -> Path:
    """The audit of a run, of a hub.toml, or the file itself.

    Args:
        place: a run, its directory, a hub.toml, or an audit.

    Raises:
        RunError, SpecError: a folder is no run, or the hub.toml cannot be read.
    """
    if isinstance(place, Run):
        return audit_of(place)
    path = Path(place)
    if path.is_dir():
        return audit_of(open_run(path))
    if path.suffix.lower() == ".toml":
        hub = read_hub(path)
        return hub.folder / hub.sharing.audit
    return path


def verify_audit(place: Run | str | Path) -> dict[str, Any]:
    """Check the chain of an audit from its first line to its last.

    Args:
        place: as :func:`audit_file`.

    Returns:
        ``{audit, lines, faults}``: one sentence for each fault, of the audit and of the decision log beside it; none where
        every line is as it was written.

    Raises:
        RunError: there is no such audit.
    """
    from famlink.sharing.audit import lines, verify

    file = audit_file(place)
    faults, told = verify(file), lines(file)
    log = decision_log_of(file)
    decided = {line["details"].get("line") for line in told if line["action"] == "decision"}
    if decided or log.is_file():
        faults += [f"{log.name}: {fault}" for fault in (verify(log) if log.is_file() else ["is gone"])]
        lost = decided - {line["id"] for line in lines(log)}
        if lost:
            faults.append(f"{log.name}: {len(lost)} decisions of the audit are not in it")
    return {"audit": str(file), "lines": len(told), "faults": faults}


def recover_audit(place: Run | str | Path) -> str | None:
    """Set aside half a line that a stopped program left at the end of an audit.

    Args:
        place: as :func:`audit_file`.

    Returns:
        the id of the audit line that says so; None where there was nothing to mend.
    """
    from famlink.sharing.audit import recover

    return recover(audit_file(place))


def decision_log_of(audit: Path) -> Path:
    """The decision log beside an audit: a file of its own, since a rationale is in people's words and the audit holds none."""
    return audit.with_name(f"{audit.stem}.decisions.jsonl")


def decide(place: Run | str | Path, decided: Decided) -> str:
    """Write into the decision log what people decided about a request: why, who disagreed, what was challenged.

    Args:
        place: as :func:`audit_file`.
        decided: the decision.

    Returns:
        the id of its line in the log; the audit says that there is one, and none of its words.

    Raises:
        RequestError: the audit knows no such request, or the decision is not complete.
        RunError: the log or the audit is at fault.
    """
    from famlink.sharing.audit import lines
    from famlink.sharing.decision_log import log_decision

    audit = audit_file(place)
    if not any(line["details"].get("request") == decided.request for line in lines(audit)):
        raise RequestError(
            f"request {decided.request!r} is not in the audit {audit}; give the id printed on its product, or in the audit "
            "where it was refused; nothing was written"
        )
    return log_decision(decision_log_of(audit), audit, decided)


def decided_on(place: Run | str | Path, *, request: str | None = None) -> list[Decided]:
    """What people decided, in order of writing; that somebody read it is in the audit.

    Args:
        place: as :func:`audit_file`.
        request: id of one request; None gives all.

    Returns:
        the decisions.

    Raises:
        RunError: the decision log is not as it was written.
    """
    from famlink.sharing.audit import record as audited
    from famlink.sharing.audit import verify
    from famlink.sharing.decision_log import decisions

    audit = audit_file(place)
    log = decision_log_of(audit)
    if not log.is_file():
        return []
    if verify(log):
        raise RunError(f"{log}: is not as it was written: run `famlink audit verify`; nothing was shown")
    audited(audit, "decisions read", {"request": request})
    return decisions(log, request=request)


def give_feedback(
    run: Run | str | Path,
    *,
    request: str,
    outcome: Outcome,
    to: str | Path,
    consents: pl.DataFrame | str | Path | None = None,
) -> list[Path]:
    """Write one file for each agency that contributed to a request: what came of it, and which of its own rows were used.

    Args:
        run: the run the request was put to.
        request: id of the request, as printed on its product.
        outcome: what came of it, whom to ask, and notes for single agencies.
        to: folder.
        consents: the ledger the request was answered with, where it was not the hub's own.

    Returns:
        the files, ``feedback-{agency}.json``.

    Raises:
        RequestError: the audit knows no such request, or the run, policy or ledger no longer gives what was released.
        PolicyError: the outcome names something only another agency gave.
    """
    from famlink.sharing.audit import record as audited
    from famlink.sharing.feedback import feedback, write_feedback

    run = run if isinstance(run, Run) else open_run(run)
    audit = audit_of(run)
    try:
        _, released = answered_again(run, request, consents=consents)
        made = feedback(released, outcome)
    except FamlinkError as error:
        audited(audit, "feedback refused", {"request": request, "error": type(error).__name__})
        raise
    audited(audit, "feedback", {"request": request, "agencies": sorted(made)})
    return write_feedback(made, to)


def added_since(
    picture: Picture,
    run: Run | str | Path,
    *,
    request: str,
    consents: pl.DataFrame | str | Path | None = None,
) -> tuple[str, ...]:
    """Say what a picture shows that the answer to an earlier request about the same subjects did not.

    Args:
        picture: the later picture.
        run: the run both were made of.
        request: id of the earlier request.
        consents: the ledger; decisions after the day of the earlier request do not count for that one.

    Returns:
        a sentence a holder; none where both show the same rows.

    Raises:
        RequestError: as :func:`give_feedback`, or the earlier request was about others.
    """
    from famlink.sharing.audit import record as audited
    from famlink.sharing.difference import difference

    run = run if isinstance(run, Run) else open_run(run)
    asked, before = answered_again(run, request, consents=consents)
    here, there = (
        {run.person_of(*subject) for subject in one.subjects} for one in (picture.released.request, asked.request)
    )
    if here != there:
        raise RequestError(f"request {request} was about other subjects; compare requests about the same people")
    later = picture.released.request.request_id
    audited(asked.audit, "difference", {"request": later, "since": request})
    return difference(before, picture.released).sentences()


def answered_again(
    run: Run, request: str, *, consents: pl.DataFrame | str | Path | None = None
) -> tuple[Asking, Released]:
    """Answer a request of the audit again, and hold that the answer is what was released then.

    Args:
        run: the run it was put to.
        request: its id.
        consents: the ledger it was answered with, where it was not the hub's own.

    Returns:
        the request, and what was released.

    Raises:
        RequestError: the audit knows no such request, or the answer is another now.
    """
    from famlink.sharing.audit import lines
    from famlink.sharing.gate import release
    from famlink.sharing.products import product_of
    from famlink.sharing.released import Request

    audit = audit_of(run)
    asked_then = [
        line for line in lines(audit) if line["action"] == "picture" and line["details"].get("request") == request
    ]
    shown = product_of(audit, request).records
    if not asked_then:
        raise RequestError(f"request {request!r} is not in the audit {audit}; give the id printed on its product")
    told, day = asked_then[-1]["details"], dt.datetime.fromisoformat(asked_then[-1]["time"]).date()
    # The audit holds that reasons were recorded, not their words: no rule looks at more than that they are there.
    again = Request(
        subjects=tuple((agency, key) for agency, _, key in (text.partition(":") for text in told["subjects"])),
        basis=told["basis"],
        relevance=dict.fromkeys(told["relevance"], "recorded"),
        why_older="recorded" if told.get("why_older_recorded") else "",
        window_from=_day(told.get("window_from")),
        window_until=_day(told.get("window_until")),
        request_id=request,
        requested_on=day,
    )
    asked = weighed(run, again, consents=consents)
    released = release(asked.evidence, again, asked.policy)
    same = {f"{agency}:{key}" for agency, key in released.people.select(_KEY).iter_rows()} == shown
    if not same or released.events.height != told["released_events"]:
        raise RequestError(
            f"request {request}: the run, policy or consents give another answer today than on {day}: make the picture "
            "again and use its request; nothing was written"
        )
    return asked, released


def purge_product(place: Run | str | Path, *, request: str, by: str) -> dict[str, object]:
    """Destroy the files of a request's product and leave a certificate in the audit.

    Args:
        place: as :func:`audit_file`.
        request: id of the request.
        by: who had it destroyed (a role).

    Returns:
        the certificate, as :func:`famlink.sharing.products.purge`.

    Raises:
        RequestError: there is no such product, or it is destroyed already.
        PolicyError: it is under a legal hold.
    """
    from famlink.sharing.products import purge

    return purge(audit_file(place), request, by=by)


def hold_product(place: Run | str | Path, *, request: str, by: str, because: str, lifted: bool = False) -> str:
    """Put a product under a legal hold, or lift one.

    Args:
        place: as :func:`audit_file`.
        request: id of the request.
        by: who decided it (a role).
        because: the ground, as a reference: a case number, a letter's date.
        lifted: lift it instead.

    Returns:
        the id of the audit line.

    Raises:
        RequestError: there is no such product.
        PolicyError: there is no hold to lift.
    """
    from famlink.sharing.products import hold, lift

    return (lift if lifted else hold)(audit_file(place), request, by=by, because=because)


def reminders(place: Run | str | Path) -> list[str]:
    """What anybody who works with a hub should hear: products called back, and products whose time is up.

    Args:
        place: as :func:`audit_file`.

    Returns:
        sentences that name requests and days.
    """
    from famlink.sharing.products import due, recalled

    file = audit_file(place)
    ended = [
        f"request {one.request}: its product was to be kept until {one.keep_until}: destroy it with `famlink purge`, or "
        "put it under a legal hold"
        for one in due(file)
    ]
    return recalled(file) + ended


def recall_undone(run: Run) -> list[Product]:
    """Call back the products that rest on a link which a new run undoes, or show both sides of a must-not-link pair.

    Asked of each product is what the audit says it rests on, so that it does not matter which run it was made of, nor into
    which directory the new one goes.

    Args:
        run: the new run.

    Returns:
        the products called back.
    """
    from famlink.sharing.products import products, recall

    audit = audit_of(run)
    there = [one for one in products(audit) if one.there]
    shown = sorted({key for one in there for key in one.about})
    if not shown:
        return []
    name = pl.concat_str("agency", "record_id", separator=":").alias("name")
    now = dict(run.scan("people").filter(name.is_in(shown)).select(name, "person_id").collect().iter_rows())
    undone = [pair for one in there for names in one.together for pair in split_pairs(names, now)]
    sides = [
        pl.concat_str(f"agency_{side}", f"record_id_{side}", separator=":").alias(side) for side in ("left", "right")
    ]
    undone += list(run.scan("must_not_link").select(sides).collect().iter_rows())
    return recall(audit, undone, because=f"linked again on {dt.datetime.now(dt.UTC).date()}")


def split_pairs(names: Sequence[str], person_of: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of records that were one person and are two.

    Args:
        names: agency:record_id of records that were one person.
        person_of: agency:record_id -> the person of a later run; a record that is no longer there is left out.

    Returns:
        pairs of agency:record_id, sorted.

    Example:
        >>> split_pairs(["a:1", "b:2", "c:3", "d:4"], {"a:1": "p", "b:2": "p", "c:3": "q"})
        [('a:1', 'c:3'), ('b:2', 'c:3')]
    """
    known = sorted(name for name in names if name in person_of)
    return [(one, other) for one, other in combinations(known, 2) if person_of[one] != person_of[other]]


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
