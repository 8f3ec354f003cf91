"""Commands that make something to try famlink on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from famlink.cli.options import AsJson
from famlink.cli.telling import count_of, print_json, progress


def demo(
    to: Annotated[Path, typer.Option(help="Folder for the hub, the run and the picture.")] = Path("famlink-demo"),
    as_json: AsJson = False,
) -> None:
    """Do the whole job on the shipped fixture hub of made-up families, and say where to look."""
    from famlink.pipeline.demo import demo as run_demo

    with progress() as tell:
        run, files = run_demo(to, progress=tell)
    page = files["picture.html"].resolve()
    if as_json:
        print_json({"run": str(run.path), "files": {name: str(path) for name, path in files.items()}})
        return
    typer.echo(f"{count_of(run)}. Everyone is made up.")
    for name, path in files.items():
        typer.echo(f"  {name:<16} {path}")
    typer.echo(f"Open this in a browser (no network needed):\n{page}")


def synth(
    families: Annotated[int, typer.Option(min=1, help="How many families.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder for extracts, hub.toml and truth.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    formats: Annotated[
        str, typer.Option(help="Formats to write, with commas: table, ssd, cin-census, fhir, ctf, school-census.")
    ] = "table",
    scenario: Annotated[list[int] | None, typer.Option(help="Plant a numbered scenario; may be repeated.")] = None,
    rates: Annotated[Path | None, typer.Option(help="TOML with rates to use instead of the shipped ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic world of made-up families: extracts, hub.toml and the truth."""
    from dataclasses import asdict

    from famlink.synthetic.world import write_world

    with progress() as tell:
        made = write_world(
            to,
            families=families,
            seed=seed,
            scenarios=tuple(scenario or ()),
            formats=tuple(part.strip() for part in formats.split(",") if part.strip()),
            rates=rates,
            on_step=lambda name: tell(name, None, None),
        )
    if as_json:
        print_json(asdict(made))
        return
    typer.echo(f"{made.records:,} records of {made.people:,} people in {made.families:,} families written to {to}")
    typer.echo(f"Next: famlink link {to / 'hub.toml'} --to RUN, then famlink evaluate RUN --truth {to / 'truth'}")
