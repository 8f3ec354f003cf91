"""What a hub keeps of its requests and products: looked at, fed back, held, destroyed, called back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.errors import FamlinkError, RequestError
from famlink.pipeline.asking import Asking, asking, audit_of, weighed
from famlink.pipeline.run import Run, open_run
from famlink.spec import read_hub

if TYPE_CHECKING:
    from famlink.pipeline.product import Picture
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
        ``{audit, lines, faults}``: one sentence for each fault; none where every line is as it was written.

    Raises:
        RunError: there is no such audit.
    """
    from famlink.sharing.audit import lines, verify

    file = audit_file(place)
    faults = verify(file)
    return {"audit": str(file), "lines": len(lines(file)), "faults": faults}


def recover_audit(place: Run | str | Path) -> str | None:
    """Set aside half a line that a stopped program left at the end of an audit.

    Args:
        place: as :func:`audit_file`.

    Returns:
        the id of the audit line that says so; None where there was nothing to mend.
    """
    from famlink.sharing.audit import recover

    return recover(audit_file(place))


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


def recall_undone(folder: str | Path, run: Run) -> list[Product]:
    """Call back the products that rest on a link which a new run undoes, before it replaces the old one.

    Args:
        folder: the run directory that is about to be replaced.
        run: the new run, of the same hub.

    Returns:
        the products called back.
    """
    from famlink.sharing.products import products, recall

    audit = audit_of(run)
    shown = sorted({key for one in products(audit) if one.there for key in one.records})
    if not shown or not (Path(folder) / "provenance.json").is_file():
        return []
    try:
        old = open_run(folder)
        if audit_of(old).resolve() != audit.resolve():
            return []
        before = _people(old, shown)
    except (FamlinkError, pl.exceptions.PolarsError, KeyError):
        return []  # what is replaced was not a readable run of this hub, so no product was made of it
    undone = split_pairs(before, _people(run, shown))
    return recall(audit, undone, because=f"linked again on {dt.datetime.now(dt.UTC).date()}") if undone else []


def split_pairs(before: pl.DataFrame, after: pl.DataFrame) -> list[tuple[str, str]]:
    """Pairs of records that were one person and are two.

    Args:
        before: agency, record_id, person_id.
        after: the same of a later run; a record that is no longer there is left out.

    Returns:
        pairs of agency:record_id, sorted.

    Example:
        >>> rows = {"agency": ["a", "b", "c"], "record_id": ["1", "2", "3"]}
        >>> one = pl.DataFrame({**rows, "person_id": ["p", "p", "p"]})
        >>> two = pl.DataFrame({**rows, "person_id": ["p", "p", "q"]})
        >>> split_pairs(one, two)
        [('a:1', 'c:3'), ('b:2', 'c:3')]
    """
    both = before.join(after, on=_KEY, suffix="_after").select(
        "person_id", "person_id_after", name=pl.concat_str("agency", "record_id", separator=":")
    )
    pairs = both.join(both, on="person_id", suffix="_other").filter(
        (pl.col("name") < pl.col("name_other")) & (pl.col("person_id_after") != pl.col("person_id_after_other"))
    )
    return [(left, right) for left, right in pairs.select("name", "name_other").sort("name", "name_other").iter_rows()]


def _people(run: Run, shown: list[str]) -> pl.DataFrame:
    name = pl.concat_str("agency", "record_id", separator=":")
    return run.scan("people").filter(name.is_in(shown)).select(*_KEY, "person_id").collect()


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
