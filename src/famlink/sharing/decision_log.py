"""The decision log: what people decided about a request, why, and who disagreed.

It is a chained file of its own beside the audit (0600), since a rationale is in people's words and the audit holds none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from famlink.errors import RequestError
from famlink.sharing.audit import lines, record

KINDS = ("threshold", "share", "refuse-to-share", "override", "step-up", "step-down", "close")
"""What can be decided."""


@dataclass(frozen=True)
class Decided:
    """One decision.

    Args:
        request: id of the request it is about.
        kind: one of :data:`KINDS`.
        decision: what was decided, in a sentence.
        rationale: why; a refusal to share says why too.
        by: who decided (a role or name of staff).
        present: agencies or roles present.
        dissent: who disagreed, and why; one entry each.
        challenge: formal challenge or escalation and its outcome; one entry each.
    """

    request: str
    kind: str
    decision: str
    rationale: str
    by: str
    present: tuple[str, ...] = ()
    dissent: tuple[str, ...] = ()
    challenge: tuple[str, ...] = ()


def log_decision(log: str | Path, audit: str | Path, decided: Decided) -> str:
    """Write a decision into the log, and that there is one into the audit.

    Args:
        log: the decision log.
        audit: the audit.
        decided: the decision.

    Returns:
        the id of the line in the log.

    Raises:
        RequestError: the kind is not known, or request, decision, rationale or decider is empty.
        RunError: either file cannot be written or is at fault.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     log, audit = Path(folder) / "decisions.jsonl", Path(folder) / "audit.jsonl"
        ...     line = log_decision(log, audit, Decided("R1", "threshold", "s47 met", "injury unexplained", "team manager"))
        ...     [entry.kind for entry in decisions(log, request="R1")]
        ['threshold']
    """
    if decided.kind not in KINDS:
        raise RequestError(f"a decision of kind {decided.kind!r} is not known; give one of {', '.join(KINDS)}")
    empty = [name for name in ("request", "decision", "rationale", "by") if not getattr(decided, name).strip()]
    if empty:
        raise RequestError(f"a decision says its {', '.join(empty)}: nothing was written")
    line = record(log, decided.kind, asdict(decided))
    told: dict[str, Any] = {"request": decided.request, "kind": decided.kind, "line": line}
    record(audit, "decision", {**told, "dissent": len(decided.dissent), "challenge": len(decided.challenge)})
    return line


def decisions(log: str | Path, *, request: str | None = None) -> list[Decided]:
    """Decisions in order of writing.

    Args:
        log: the decision log.
        request: of one request; None gives all.
    """
    found = [_read(line["details"]) for line in lines(log) if line["action"] in KINDS]
    return [one for one in found if request in (None, one.request)]


def _read(details: dict[str, Any]) -> Decided:
    def many(name: str) -> tuple[str, ...]:
        listed: Sequence[str] = details.get(name, ())
        return tuple(listed)

    return Decided(
        request=details["request"],
        kind=details["kind"],
        decision=details["decision"],
        rationale=details["rationale"],
        by=details["by"],
        present=many("present"),
        dissent=many("dissent"),
        challenge=many("challenge"),
    )
