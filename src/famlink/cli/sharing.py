"""Commands of those who govern what is shared: policy, audit, feedback, holds, destruction."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from famlink.cli.options import AsJson, Records, RunFolder, day_of, notes_of, record_of, relevance_of
from famlink.cli.telling import print_json, usage

policy = typer.Typer(help="Look at a sharing policy before it is used.", no_args_is_help=True)
audit = typer.Typer(help="Check the audit of requests and releases.", no_args_is_help=True)

Place = Annotated[
    Path, typer.Argument(metavar="HUB.toml, RUN or AUDIT", help="The hub, one of its runs, or the audit file.")
]
Asked = Annotated[str, typer.Option("--request", metavar="ID", help="The request, by the id printed on its product.")]
By = Annotated[str, typer.Option(metavar="WHO", help="Who decided it: a role.")]
Because = Annotated[str, typer.Option(metavar="REFERENCE", help="The ground: a case number, a letter's date.")]


@policy.command("check")
def policy_check(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A policy.toml; absent: the shipped one.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a policy: faults, contradictions, gaps. Exit code 1 where it cannot be used today."""
    from famlink.sharing.policy_report import policy_check as run_check

    report = run_check(file)
    if as_json:
        print_json(report)
    else:
        until = f" to {report['valid_until']}" if report["valid_until"] else ""
        typer.echo(f"{report['policy']} {report['version']}, from {report['valid_from'] or 'any day'}{until}")
        found = [(name, text) for name in ("faults", "contradictions", "gaps", "notes") for text in report[name]]
        for name, text in found:
            typer.echo(f"  {name.removesuffix('s')}: {text}")
        notes = len(report["notes"])
        typer.echo(f"rules: {report['rules']}; to mend: {len(found) - notes}; notes: {notes}")
    if report["faults"]:
        raise typer.Exit(1)


@policy.command("explain")
def policy_explain(
    run: RunFolder,
    basis: Annotated[str, typer.Option(help="early-help, s17, s47, s42-adult or research-synthetic.")],
    record: Records = None,
    first: Annotated[str | None, typer.Option("--from", help="First day asked about (YYYY-MM-DD).")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day asked about (YYYY-MM-DD).")] = None,
    consents: Annotated[Path | None, typer.Option(help="Consents CSV, instead of the hub's own.")] = None,
    relevance: Annotated[
        list[str] | None, typer.Option(metavar="HOLDER=REASON", help="Recorded relevance of a holder's information.")
    ] = None,
    why_older: Annotated[str, typer.Option(metavar="TEXT", help="Why older information is relevant.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what a request would release and withhold, and by which rule. For those who govern the hub: never a product."""
    from famlink.pipeline.custody import explain_policy

    if not record:
        usage("Missing option '--record': the subject, as AGENCY:ID.")
    told = explain_policy(
        run,
        record=[record_of(text) for text in record],
        basis=basis,
        consents=consents,
        window_from=day_of("--from", first),
        window_until=day_of("--until", last),
        relevance=relevance_of(relevance or []),
        why_older=why_older,
    )
    print_json(told) if as_json else typer.echo(_explain_text(told))


@audit.command("verify")
def audit_verify(place: Place, as_json: AsJson = False) -> None:
    """Check the chain of the audit: changed, removed, added or reordered lines. Exit code 1 where one is found."""
    from famlink.pipeline.custody import verify_audit

    report = verify_audit(place)
    if as_json:
        print_json(report)
    else:
        for fault in report["faults"]:
            typer.echo(f"  {fault}")
        said = "not as it was written" if report["faults"] else "as it was written, no line missing"
        typer.echo(f"{report['audit']} ({report['lines']:,} whole lines): {said}")
    if report["faults"]:
        raise typer.Exit(1)


@audit.command("recover")
def audit_recover(place: Place, as_json: AsJson = False) -> None:
    """Set aside half a line that a stopped program left at the end of the audit; a whole line is never touched."""
    from famlink.pipeline.custody import recover_audit

    line = recover_audit(place)
    if as_json:
        print_json({"line": line})
        return
    typer.echo(f"Half a line was set aside; line {line} says so." if line else "There was nothing to mend.")


def feedback(
    run: RunFolder,
    request: Asked,
    outcome: Annotated[str, typer.Option(metavar="TEXT", help="What came of it; every contributing agency reads it.")],
    contact: Annotated[str, typer.Option(metavar="TEXT", help="Whom they ask.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder for one file an agency.")],
    note: Annotated[
        list[str] | None, typer.Option(metavar="AGENCY=TEXT", help="A note that one agency alone reads.")
    ] = None,
    consents: Annotated[Path | None, typer.Option(help="The consents CSV the request was answered with.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell each agency that contributed to a request what came of it, and nothing that others said."""
    from famlink.pipeline.custody import give_feedback
    from famlink.sharing.feedback import Outcome

    told = Outcome(outcome, contact, notes_of(note or []))
    files = give_feedback(run, request=request, outcome=told, to=to, consents=consents)
    if as_json:
        print_json({"files": [str(path) for path in files]})
        return
    for path in files:
        typer.echo(f"  {path}")


def decide(
    place: Place,
    request: Asked,
    kind: Annotated[
        str, typer.Option(help="threshold, share, refuse-to-share, override, step-up, step-down or close.")
    ],
    decision: Annotated[str, typer.Option(metavar="TEXT", help="What was decided, in a sentence.")],
    rationale: Annotated[str, typer.Option(metavar="TEXT", help="Why.")],
    by: By,
    present: Annotated[
        list[str] | None, typer.Option(metavar="WHO", help="An agency or role that was there. May be repeated.")
    ] = None,
    dissent: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="Who disagreed, and why. May be repeated.")
    ] = None,
    challenge: Annotated[
        list[str] | None, typer.Option(metavar="TEXT", help="A formal challenge and its outcome. May be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep what people decided about a request: why, who disagreed, what was challenged."""
    from famlink.pipeline.custody import decide as write
    from famlink.sharing.decision_log import Decided

    parts = (tuple(listed or ()) for listed in (present, dissent, challenge))
    line = write(place, Decided(request, kind, decision, rationale, by, *parts))
    print_json({"line": line}) if as_json else typer.echo(
        f"The decision on request {request} is kept (line {line}); the audit says that there is one, and none of its words."
    )


def decisions(
    place: Place,
    request: Annotated[
        str | None, typer.Option("--request", metavar="ID", help="Of one request alone.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the decision log; the audit says that it was read."""
    from dataclasses import asdict

    from famlink.pipeline.custody import decided_on

    found = [asdict(one) for one in decided_on(place, request=request)]
    if as_json:
        print_json(found)
        return
    for one in found:
        typer.echo(f"{one['request']}  {one['kind']}: {one['decision']} ({one['by']})")
        told = (("why", [one["rationale"]]), *((name, one[name]) for name in ("present", "dissent", "challenge")))
        for name, texts in told:
            for text in texts:
                typer.echo(f"  {name}: {text}")
    if not found:
        typer.echo("No decision is kept.")


def purge(place: Place, request: Asked, by: By, as_json: AsJson = False) -> None:
    """Destroy the files of a request's product; a certificate stays in the audit."""
    from famlink.pipeline.custody import purge_product

    certificate = purge_product(place, request=request, by=by)
    if as_json:
        print_json(certificate)
        return
    for name in ("destroyed", "changed", "missing"):
        listed: Any = certificate[name]
        if listed:
            typer.echo(f"  {name}: {', '.join(listed)}")
    typer.echo(f"Certificate {certificate['id']} is in the audit. Copies made elsewhere are not reached.")


def hold(place: Place, request: Asked, by: By, because: Because, as_json: AsJson = False) -> None:
    """Put a product under a legal hold: it is neither destroyed nor overwritten until the hold is lifted."""
    from famlink.pipeline.custody import hold_product

    line = hold_product(place, request=request, by=by, because=because)
    print_json({"line": line}) if as_json else typer.echo(f"Request {request} is under a legal hold (line {line}).")


def lift(place: Place, request: Asked, by: By, because: Because, as_json: AsJson = False) -> None:
    """Lift a legal hold."""
    from famlink.pipeline.custody import hold_product

    line = hold_product(place, request=request, by=by, because=because, lifted=True)
    print_json({"line": line}) if as_json else typer.echo(f"The hold on request {request} is lifted (line {line}).")


def _explain_text(told: dict[str, Any]) -> str:
    lines = [f"{told['policy']}, basis {told['basis']}, about {', '.join(told['subjects'])}", "", "Records"]
    for row in told["records"]:
        mode = row["mode"] if row["in_scope"] or row["mode"] == "deny" else f"{row['mode']}, not released"
        lines.append(f"  {row['agency'] + ':' + row['record_id']:<28} {mode:<24} {row['rule']}")
    lines += ["", "Events"]
    lines += [
        f"  {row['count']:>5,}  {row['agency']:<16} {row['kind']:<28} {row['verdict']:<24} {row['rule']}"
        for row in told["events"]
    ]
    return "\n".join(lines)
