"""Commands of the hub's linkage staff: why two records are one person, and how right a run is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from famlink.cli.options import AsJson, PageFile, RunFolder, record_of
from famlink.cli.telling import print_json, progress, usage, write_page


def explain(
    run: RunFolder,
    left: Annotated[str | None, typer.Argument(metavar="AGENCY:ID", show_default=False)] = None,
    right: Annotated[str | None, typer.Argument(metavar="AGENCY:ID", show_default=False)] = None,
    model: Annotated[
        bool, typer.Option("--model", help="Explain the model instead of two records; needs --to.")
    ] = False,
    event: Annotated[
        bool, typer.Option("--event", help="The two are events: why they are, or are not, one incident.")
    ] = False,
    to: PageFile = None,
    as_json: AsJson = False,
) -> None:
    """Say why two records are, or are not, one person; with --event, two events one incident; with --model, what counts."""
    if event:
        _explain_events(run, (left, right), to=to, alone=not model, as_json=as_json)
        return
    if model:
        _explain_model(run, to, records=bool(left or right), as_json=as_json)
        return
    if left is None or right is None:
        usage("Missing argument 'AGENCY:ID AGENCY:ID'; give two records, or --model.")
    from famlink.pipeline.workbench import explain as run_explain

    told = run_explain(run, record_of(left), record_of(right))
    print_json(told) if as_json else typer.echo(_explain_text(told))
    if to is not None:
        from famlink.pipeline.reports import pair_page

        write_page(to, pair_page(run, told))


def _explain_events(
    run: Path, pair: tuple[str | None, str | None], *, to: Path | None, alone: bool, as_json: bool
) -> None:
    left, right = pair
    if left is None or right is None or not alone:
        usage("--event takes two events, AGENCY:ID AGENCY:ID, and no --model.")
    from famlink.pipeline.explaining_events import explain_incident

    told = explain_incident(run, record_of(left), record_of(right))
    print_json(told) if as_json else typer.echo(_event_text(told))
    if to is not None:
        from famlink.pipeline.reports import incident_page

        write_page(to, incident_page(run, told))


def _event_text(told: dict[str, Any]) -> str:
    lines = [f"{told['left']} and {told['right']}: {told['verdict']}", told["sentence"]]
    if told["bars"]:
        lines += [f"match weight {told['match_weight']:+.2f} bits, probability {told['match_probability']:.4f}", ""]
        lines += [f"{bar['bits']:>+8.2f}  {bar['field']:<12} {bar['sentence']}" for bar in told["bars"]]
    return "\n".join(lines)


def _explain_model(run: Path, to: Path | None, *, records: bool, as_json: bool) -> None:
    """The page of a run's model; model.json is its JSON already."""
    from famlink.pipeline.reports import model_page

    if records or as_json:
        usage("--model takes neither records nor --json; the model as JSON is RUN/model.json.")
    if to is None:
        usage("--model needs --to PAGE.html or a folder.")
    with progress() as tell:
        page = model_page(run, progress=tell)
    write_page(to, page)


def evaluate(
    run: RunFolder,
    truth: Annotated[Path, typer.Option(help="CSV with agency, record_id, person, or a folder `famlink synth` wrote.")],
    to: PageFile = None,
    as_json: AsJson = False,
) -> None:
    """Score a run against the truth."""
    from famlink.linkage.evaluation import render_text
    from famlink.pipeline.workbench import evaluate as run_evaluate

    with progress() as tell:
        result = run_evaluate(run, truth, progress=tell)
    print_json(result) if as_json else typer.echo(render_text(result))
    if to is not None:
        from famlink.pipeline.reports import evaluation_page

        with progress() as tell:
            page = evaluation_page(run, truth, result=result, progress=tell)
        write_page(to, page)


def _explain_text(told: dict[str, Any]) -> str:
    lines = [
        f"{told['left']} and {told['right']}: {told['verdict']}",
        f"match weight {told['match_weight']:+.2f} bits, probability {told['match_probability']:.4f}",
        "",
    ]
    lines += [
        f"{bar['bits']:>+8.2f}  {bar['field']:<24} {bar['sentence']}"
        for bar in sorted(told["bars"], key=lambda bar: -abs(bar["bits"]))
    ]
    return "\n".join(lines)
