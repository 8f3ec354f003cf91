"""The command line: one command a room. Each parses, makes one call, and prints or writes what came of it.

Exit codes: 0 done; 1 files, ids, basis values, data or the request are at fault (one sentence); 2 missing or unknown
option; 3 a fault of famlink (one sentence); 130 interrupted.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from famlink.errors import FamlinkError, RequestError, SpecError

app = typer.Typer(
    name="famlink",
    help="Link person records across agencies, build the family and its genogram, merge events into one chronology, "
    "and share only what policy allows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Basis = Annotated[
    str, typer.Option(help="Why it may be shared: early-help, s17, s47, s42-adult or research-synthetic.")
]
Records = Annotated[
    list[str] | None, typer.Option("--record", help="The subject, as AGENCY:ID. May be repeated.", show_default=False)
]
HubFile = Annotated[Path, typer.Argument(metavar="HUB.toml", help="The hub's description.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="The folder that `famlink link --to` wrote.")]
NO_BASIS = "a picture needs a basis: --basis early-help, s17, s47, s42-adult or research-synthetic"


def _version(wanted: bool) -> None:
    if wanted:
        from importlib import metadata

        typer.echo(f"famlink {metadata.version('famlink')}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
    _debug: Annotated[
        bool, typer.Option("--debug", help="Show tracebacks. They may show people's values: keep them to yourself.")
    ] = False,
) -> None:
    """Link person records across agencies, build the family, merge events, share by policy."""


@app.command()
def demo(
    to: Annotated[Path, typer.Option(help="Folder for the hub, the run and the picture.")] = Path("famlink-demo"),
    as_json: AsJson = False,
) -> None:
    """Do the whole job on the shipped fixture hub of made-up families, and say where to look."""
    from famlink.pipeline.demo import demo as run_demo

    with _progress() as tell:
        run, files = run_demo(to, progress=tell)
    page = files["picture.html"].resolve()
    if as_json:
        _print_json({"run": str(run.path), "files": {name: str(path) for name, path in files.items()}})
        return
    typer.echo(f"{_count(run)}. Everyone is made up.")
    for name, path in files.items():
        typer.echo(f"  {name:<16} {path}")
    typer.echo(f"Open this in a browser (no network needed):\n{page}")


@app.command()
def check(
    hub: Annotated[
        Path | None, typer.Argument(metavar="HUB.toml", help="The hub's description.", show_default=False)
    ] = None,
    as_json: AsJson = False,
    suggest: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Propose a column map for one extract file, and stop.", show_default=False),
    ] = None,
    list_formats: Annotated[
        bool, typer.Option("--list-formats", help="List the formats famlink reads, and stop.")
    ] = False,
    show_format: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Print a format's column map, to copy, and stop.", show_default=False),
    ] = None,
) -> None:
    """Read and validate extracts only: counts, completeness, rejects, placeholders."""
    from famlink.extracts import checking, profiles, suggestion
    from famlink.pipeline import walk

    if list_formats:
        rows = profiles.formats()
        text = "\n".join(f"{row['name']:<22} {row['title']} ({row['basis']})" for row in rows)
        _print_json(rows) if as_json else typer.echo(text)
        return
    if show_format is not None:
        typer.echo(profiles.format_text(show_format))
        return
    if suggest is not None:
        proposed = suggestion.suggest_file(suggest)
        _print_json(proposed.as_dict()) if as_json else typer.echo(proposed.as_toml())
        return
    if hub is None:
        _usage("Missing argument 'HUB.toml'.")
    with _progress() as tell:
        report = walk.check(hub, progress=tell)
    _print_json(report) if as_json else typer.echo(checking.render_text(report))


@app.command()
def link(
    hub: HubFile,
    to: Annotated[Path | None, typer.Option(metavar="RUN", help="Folder for the run.", show_default=False)] = None,
    model: Annotated[
        Path | None, typer.Option(help="A trained model.json to use as it is.", show_default=False)
    ] = None,
    backend: Annotated[str, typer.Option(help="Where the work runs: local.")] = "local",
    plan: Annotated[bool, typer.Option("--plan", help="Count the pairs each blocking rule gives, and stop.")] = False,
    allow_rejects: Annotated[
        bool, typer.Option("--allow-rejects", help="Go on when over a fifth of a file's rows cannot be used.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Link a hub's extracts: people, relations, households, incidents."""
    from famlink.pipeline.walk import link as run_link
    from famlink.pipeline.walk import plan as run_plan

    if backend != "local":
        raise SpecError(f"--backend {backend!r} is not available; use local")
    if plan:
        with _progress() as tell:
            rows = run_plan(hub, allow_rejects=allow_rejects, progress=tell)
        _print_json(rows) if as_json else typer.echo(_plan_text(rows))
        return
    if to is None:
        _usage("Missing option '--to': a folder for the run.")
    with _progress() as tell:
        run = run_link(hub, to=to, model=model, allow_rejects=allow_rejects, progress=tell)
    facts = run.provenance
    if as_json:
        _print_json(
            {name: facts[name] for name in ("records", "people", "pairs", "rejected_rows", "seconds", "peak_rss_mb")}
        )
        return
    typer.echo(f"{_count(run)}; {facts['pairs']:,} pairs compared.")
    if facts["rejected_rows"]:
        typer.echo(f"{facts['rejected_rows']:,} rows could not be used: see {to / 'rejected.csv'}")
    typer.echo(f"Run written to {to}. Next: famlink picture {to} --record AGENCY:ID --basis s47 --to DIR")


@app.command()
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
    batch: Annotated[Path | None, typer.Option(help="CSV with agency, record_id, basis: one picture a line.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make the picture of a family that one viewer may see: page, genogram, chronology."""
    from famlink.pipeline import product

    details: dict[str, Any] = {
        "purpose": purpose,
        "requester": requester,
        "authoriser": authoriser,
        "window_from": _day("--from", first),
        "window_until": _day("--until", last),
        "relevance": _relevance(relevance or []),
        "consents": consents,
    }
    if batch is not None:
        if record or basis:
            _usage("Use either --batch, or --record with --basis.")
        with _progress() as tell:
            rows = product.batch(run, batch, to=to, progress=tell, **details)
        _print_json(rows) if as_json else typer.echo(_batch_text(rows))
        if any(row["error"] for row in rows):
            raise typer.Exit(1)
        return
    if basis is None:
        _usage(f"Missing option '--basis': {NO_BASIS}.")
    if not record:
        _usage("Missing option '--record': the subject, as AGENCY:ID.")
    with _progress() as tell:
        tell("picture", None, None)
        made = product.make_picture(run, record=[_record(text) for text in record], basis=basis, **details)
        files = made.save(to)
    if as_json:
        _print_json({name: str(path) for name, path in files.items()})
        return
    for name, path in files.items():
        typer.echo(f"  {name:<16} {path}")
    typer.echo(f"Open in a browser: {files['picture.html'].resolve()}")


@app.command()
def explain(run: RunFolder, left: str, right: str, as_json: AsJson = False) -> None:
    """Say why two records (AGENCY:ID AGENCY:ID) are, or are not, one person."""
    from famlink.pipeline.workbench import explain as run_explain

    told = run_explain(run, _record(left), _record(right))
    _print_json(told) if as_json else typer.echo(_explain_text(told))


@app.command()
def evaluate(
    run: RunFolder,
    truth: Annotated[Path, typer.Option(help="CSV with agency, record_id, person, or a folder `famlink synth` wrote.")],
    as_json: AsJson = False,
) -> None:
    """Score a run against the truth."""
    from famlink.linkage.evaluation import render_text
    from famlink.pipeline.workbench import evaluate as run_evaluate

    with _progress() as tell:
        result = run_evaluate(run, truth, progress=tell)
    _print_json(result) if as_json else typer.echo(render_text(result))


@app.command()
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
) -> None:
    """Draw a genogram, of a family file or of one family of a run."""
    from famlink.genogram import drawing
    from famlink.genogram.files import read_family
    from famlink.picture.files import write_bytes
    from famlink.pipeline.product import draw_genogram as of_run

    if source.is_dir():
        if basis is None:
            _usage(f"Missing option '--basis': {NO_BASIS}.")
        if not record:
            _usage("Missing option '--record': the subject, as AGENCY:ID.")
        drawn = of_run(source, record=[_record(text) for text in record], basis=basis, max_people=max_people)
    else:
        drawn = drawing.draw_family(read_family(source), focus=focus, max_people=max_people)
    write_bytes(to, drawing.png_of(drawn.svg) if to.suffix.lower() == ".png" else drawn.svg.encode())
    if geometry is not None:
        write_bytes(geometry, (json.dumps(drawn.geometry, indent=1, ensure_ascii=False) + "\n").encode())
    typer.echo(f"Genogram of {drawn.geometry['counts']['people']} people written to {to}")


@app.command()
def synth(
    families: Annotated[int, typer.Option(min=1, help="How many families.")],
    to: Annotated[Path, typer.Option(metavar="DIR", help="Folder for extracts, hub.toml and truth.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    formats: Annotated[str, typer.Option(help="Formats to write, with commas.")] = "table",
    scenario: Annotated[list[int] | None, typer.Option(help="Plant a numbered scenario; may be repeated.")] = None,
    rates: Annotated[Path | None, typer.Option(help="TOML with rates to use instead of the shipped ones.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a synthetic world of made-up families: extracts, hub.toml and the truth."""
    from dataclasses import asdict

    from famlink.synthetic.world import write_world

    with _progress() as tell:
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
        _print_json(asdict(made))
        return
    typer.echo(f"{made.records:,} records of {made.people:,} people in {made.families:,} families written to {to}")
    typer.echo(f"Next: famlink link {to / 'hub.toml'} --to RUN, then famlink evaluate RUN --truth {to / 'truth'}")


def main(argv: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code.

    Args:
        argv: words after the command's name; None takes the process's own.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a Windows console may not know every letter of a name
    try:
        app(words, prog_name="famlink")
    except FamlinkError as error:
        if debug:
            raise
        _exit(f"famlink: {error}", 1)
    except (KeyboardInterrupt, BrokenPipeError):
        _exit("famlink: interrupted; what was not finished is not there", 130)
    except OSError as error:
        if debug:
            raise
        _exit(
            f"famlink: {error.filename or 'a file'}: {os.strerror(error.errno) if error.errno else 'cannot be used'}", 1
        )
    except MemoryError:
        _exit("famlink: not enough memory; link fewer records at once or use a larger machine", 1)
    except Exception as error:  # the last door: one sentence, no value, no traceback
        if debug:
            raise
        _exit(
            f"famlink: a fault of famlink ({type(error).__name__}); please report it. "
            "`--debug` shows where, and may show people's values",
            3,
        )
    sys.exit(0)


def _exit(sentence: str, code: int) -> NoReturn:
    print(sentence, file=sys.stderr)  # noqa: T201 - the command line speaks here
    sys.exit(code)


def _usage(sentence: str) -> NoReturn:
    _exit(f"Error: {sentence}", 2)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))


def _record(text: str) -> tuple[str, str]:
    agency, colon, record_id = text.partition(":")
    if not (agency and colon and record_id):
        raise RequestError(f"{text!r} is not a record: write AGENCY:ID, such as police:p-1")
    return agency, record_id


def _day(option: str, text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise RequestError(f"{option} {text!r} is not a day; write YYYY-MM-DD") from None


def _relevance(pairs: list[str]) -> dict[str, str]:
    told = {}
    for pair in pairs:
        holder, sign, reason = pair.partition("=")
        if not (holder.strip() and sign and reason.strip()):
            raise RequestError(f"--relevance {pair!r}: write HOLDER=REASON, such as police=recent-violence")
        told[holder.strip()] = reason.strip()
    return told


def _count(run: Any) -> str:
    facts = run.provenance
    agencies = len({entry["agency"] for entry in facts["parameters"]["agencies"]})
    return f"{facts['records']:,} records of {agencies} agencies are {facts['people']:,} people"


def _plan_text(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'rule':<44} {'pairs':>14} {'new pairs':>14} {'largest block':>14}"]
    lines += [
        f"{row['rule']:<44} {row['pairs']:>14,} {row['new_pairs']:>14,} {row['largest_block']:>14,}" for row in rows
    ]
    return "\n".join([*lines, f"{'together':<44} {'':>14} {sum(row['new_pairs'] for row in rows):>14,}"])


def _batch_text(rows: list[dict[str, str]]) -> str:
    lines = [f"  {row['record']}: {row['error'] or row['folder']}" for row in rows]
    failed = sum(1 for row in rows if row["error"])
    return "\n".join([*lines, f"{len(rows) - failed} pictures made, {failed} requests could not be met"])


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


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on a terminal, one line a stage otherwise; both on standard error."""
    if not sys.stderr.isatty():
        seen: set[str] = set()

        def line(stage: str, done: int | None, total: int | None) -> None:  # noqa: ARG001
            if stage not in seen:
                seen.add(stage)
                typer.echo(f"famlink: {stage}", err=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def tell(stage: str, done: int | None, total: int | None) -> None:
            if stage not in tasks:
                for task in tasks.values():
                    bars.update(task, total=1, completed=1)
                tasks[stage] = bars.add_task(stage, total=None)
            if done is not None:
                bars.update(tasks[stage], completed=done, total=total)

        yield tell
