"""Commands of the hub's linkage staff: why two records are one person, and how right a run is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from famlink.cli.options import AsJson, PageFile, RunFolder, record_of
from famlink.cli.telling import print_json, progress, write_page


def explain(run: RunFolder, left: str, right: str, as_json: AsJson = False) -> None:
    """Say why two records (AGENCY:ID AGENCY:ID) are, or are not, one person."""
    from famlink.pipeline.workbench import explain as run_explain

    told = run_explain(run, record_of(left), record_of(right))
    print_json(told) if as_json else typer.echo(_explain_text(told))


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
