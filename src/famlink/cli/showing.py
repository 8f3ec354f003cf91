"""Commands that show a family: through the gate, or from a family's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from famlink.cli.options import NO_BASIS, AsJson, Records, RunFolder, day_of, record_of, relevance_of
from famlink.cli.telling import print_json, progress, remind, usage


def picture(
    run: RunFolder,
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the picture.")],
    basis: Annotated[str | None, typer.Option(help="early-help, s17, s47, s42-adult or research-synthetic.")] = None,
    record: Records = None,
    purpose: Annotated[str, typer.Option(help="Why it is asked, in words.")] = "not recorded",
    requester: Annotated[str, typer.Option(help="Who asks.")] = "not recorded",
    authoriser: Annotated[str, typer.Option(help="Who authorised it.")] = "not recorded",
    first: Annotated[str | None, typer.Option("--from", help="First day asked about (YYYY-MM-DD).")] = None,
    last: Annotated[str | None, typer.Option("--until", help="Last day asked about (YYYY-MM-DD).")] = None,
    consents: Annotated[Path | None, typer.Option(help="Consents CSV, instead of the hub's own.")] = None,
    relevance: Annotated[
        list[str] | None, typer.Option(metavar="HOLDER=REASON", help="Recorded relevance of a holder's information.")
    ] = None,
    why_older: Annotated[
        str, typer.Option(metavar="TEXT", help="Why information older than the policy's window is relevant.")
    ] = "",
    since_request: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Say what this adds to the answer of an earlier request.", show_default=False),
    ] = None,
    chronology: Annotated[
        str | None,
        typer.Option(
            metavar="VIEW",
            help="Write the chronology too, as Word, Excel, calendar, Chronolator CSV, JSON and a strip, into the folder "
            "'chronology': full, key, gaps, re-referrals or last-two-years.",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[Path | None, typer.Option(help="CSV with agency, record_id, basis: one picture a line.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the picture of a family that one viewer may see: page, genogram, chronology."""
    from famlink.chronology.view import VIEWS
    from famlink.errors import RequestError
    from famlink.pipeline import product
    from famlink.pipeline.custody import added_since
    from famlink.pipeline.run import open_run

    details: dict[str, Any] = {
        "purpose": purpose,
        "requester": requester,
        "authoriser": authoriser,
        "window_from": day_of("--from", first),
        "window_until": day_of("--until", last),
        "relevance": relevance_of(relevance or []),
        "consents": consents,
        "why_older": why_older,
    }
    if batch is not None:
        if record or basis or since_request or chronology:
            usage("Use either --batch, or --record with --basis.")
        remind(run)
        with progress() as tell:
            rows = product.batch(run, batch, to=to, progress=tell, **details)
        print_json(rows) if as_json else typer.echo(_batch_text(rows))
        if any(row["error"] for row in rows):
            raise typer.Exit(1)
        return
    if basis is None:
        usage(f"Missing option '--basis': {NO_BASIS}.")
    if not record:
        usage("Missing option '--record': the subject, as AGENCY:ID.")
    if chronology is not None and chronology not in VIEWS:
        raise RequestError(f"--chronology: a view is one of {', '.join(VIEWS)}, got {chronology!r}")
    with progress() as tell:
        tell("picture", None, None)
        subjects = [record_of(text) for text in record]
        opened = open_run(run)
        made = product.make_picture(opened, record=subjects, basis=basis, **details)
        added = added_since(made, opened, request=since_request, consents=consents) if since_request else None
        files = made.save(to)
        if chronology is not None:
            more = made.save_chronology(to / "chronology", view=chronology)
            files |= {f"chronology/{name}": path for name, path in more.items()}
    remind(opened)
    if as_json:
        print_json({name: str(path) for name, path in files.items()})
        return
    for name, path in files.items():
        typer.echo(f"  {name:<{max(map(len, files))}} {path}")
    if added is not None:
        typer.echo(f"Against request {since_request}: {' '.join(added) or 'the same rows'}")
    typer.echo(f"Request {made.released.request.request_id}; `famlink purge` and `famlink feedback` ask for it.")
    typer.echo(f"Open in a browser: {files['picture.html'].resolve()}")


def genogram(
    source: Annotated[Path, typer.Argument(metavar="FILE or RUN", help="A GEDCOM file, or a run directory.")],
    to: Annotated[Path, typer.Option(help="The drawing to write: .svg or .png.")],
    record: Records = None,
    basis: Annotated[
        str | None, typer.Option(help="For a run: early-help, s17, s47, s42-adult or research-synthetic.")
    ] = None,
    geometry: Annotated[Path | None, typer.Option(help="Write the geometry too, as JSON.")] = None,
    focus: Annotated[str | None, typer.Option(help="For a file: id of the person to draw around.")] = None,
    max_people: Annotated[int, typer.Option(min=1, help="Draw at most this many people.")] = 60,
    losses: Annotated[
        bool, typer.Option("--losses", help="For a file: draw miscarriages, terminations, stillbirths.")
    ] = False,
) -> None:
    """Draw a genogram, of a family file or of one family of a run."""
    from famlink.genogram import drawing
    from famlink.genogram.files import read_family
    from famlink.pipeline.product import save_genogram

    if source.is_dir():
        if basis is None:
            usage(f"Missing option '--basis': {NO_BASIS}.")
        if not record:
            usage("Missing option '--record': the subject, as AGENCY:ID.")
        subjects = [record_of(text) for text in record]
        drawn = save_genogram(source, to=to, geometry=geometry, record=subjects, basis=basis, max_people=max_people)
    else:
        drawn = drawing.draw_family(read_family(source, losses=losses), focus=focus, max_people=max_people)
        drawing.write_drawing(drawn, to, geometry=geometry)
    typer.echo(f"Genogram of {drawn.geometry['counts']['people']} people written to {to}")


def _batch_text(rows: list[dict[str, str]]) -> str:
    lines = [f"  {row['record']}: {row['error'] or row['folder']}" for row in rows]
    failed = sum(1 for row in rows if row["error"])
    return "\n".join([*lines, f"{len(rows) - failed} pictures made, {failed} requests could not be met"])
