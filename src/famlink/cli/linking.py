"""Commands that read extracts and link them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from famlink.cli.options import AsJson, HubFile, PageFile
from famlink.cli.telling import count_of, print_json, progress, remind, usage, write_page
from famlink.errors import SpecError


def check(
    hub: Annotated[
        Path | None, typer.Argument(metavar="HUB.toml", help="The hub's description.", show_default=False)
    ] = None,
    to: PageFile = None,
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
        print_json(rows) if as_json else typer.echo(text)
        return
    if show_format is not None:
        typer.echo(profiles.format_text(show_format))
        return
    if suggest is not None:
        proposed = suggestion.suggest_file(suggest)
        print_json(proposed.as_dict()) if as_json else typer.echo(proposed.as_toml())
        return
    if hub is None:
        usage("Missing argument 'HUB.toml'.")
    with progress() as tell:
        report = walk.check(hub, progress=tell)
    print_json(report) if as_json else typer.echo(checking.render_text(report))
    if to is not None:
        from famlink.pipeline.reports import check_page

        write_page(to, check_page(hub, report=report))


def link(
    hub: HubFile,
    to: Annotated[Path | None, typer.Option(metavar="RUN", help="Folder for the run.", show_default=False)] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="A trained model.json, or a Splink 4 or 5 settings file, to use as it is.", show_default=False
        ),
    ] = None,
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="The run before: its people part only well below the threshold at which people join.",
            show_default=False,
        ),
    ] = None,
    backend: Annotated[str, typer.Option(help="Where the work runs: local.")] = "local",
    plan: Annotated[bool, typer.Option("--plan", help="Count the pairs each blocking rule gives, and stop.")] = False,
    suggest: Annotated[
        bool,
        typer.Option(
            "--suggest", help="With --plan: also rules that would reach likely true pairs the hub's rules miss."
        ),
    ] = False,
    allow_rejects: Annotated[
        bool, typer.Option("--allow-rejects", help="Go on when over a fifth of a file's rows cannot be used.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Link a hub's extracts: people, relations, households, incidents."""
    from famlink.pipeline.walk import after
    from famlink.pipeline.walk import link as run_link
    from famlink.pipeline.walk import plan as run_plan

    if backend != "local":
        raise SpecError(f"--backend {backend!r} is not available; use local")
    if suggest and not plan:
        usage("Option '--suggest' goes with '--plan'.")
    if suggest:
        from famlink.pipeline.walk import suggest as run_suggest

        with progress() as tell:
            both = run_suggest(hub, model=model, allow_rejects=allow_rejects, progress=tell)
        _warn_of_crowds([*both["plan"], *both["suggested"]], splits=True)
        print_json(both) if as_json else typer.echo(
            f"{_plan_text(both['plan'])}\n\n{_suggested_text(both['suggested'])}"
        )
        return
    if plan:
        with progress() as tell:
            rows = run_plan(hub, model=model, allow_rejects=allow_rejects, progress=tell)
        _warn_of_crowds(rows, splits=True)
        print_json(rows) if as_json else typer.echo(_plan_text(rows))
        return
    if to is None:
        usage("Missing option '--to': a folder for the run.")
    with progress() as tell:
        spec = hub if previous is None else after(hub, previous)
        run = run_link(spec, to=to, model=model, allow_rejects=allow_rejects, progress=tell)
    remind(run)
    facts = run.provenance
    _warn_of_crowds(facts["plan"], splits=False)
    for sentence in facts["warnings"]:
        typer.echo(f"famlink: {sentence}", err=True)
    if as_json:
        print_json(
            {name: facts[name] for name in ("records", "people", "pairs", "rejected_rows", "seconds", "peak_rss_mb")}
        )
        return
    typer.echo(f"{count_of(run)}; {facts['pairs']:,} pairs compared.")
    if facts["rejected_rows"]:
        typer.echo(f"{facts['rejected_rows']:,} rows could not be used: see {to / 'rejected.csv'}")
    typer.echo(f"Run written to {to}. Next: famlink picture {to} --record AGENCY:ID --basis s47 --to DIR")


def _warn_of_crowds(rows: list[dict[str, Any]], *, splits: bool) -> None:
    """Say on standard error which rules left records out of blocks too large to compare, and which split such blocks."""
    for row in rows:
        if splits and row["split_records"]:
            typer.echo(
                f"famlink: {row['rule']}: {row['split_records']:,} records in blocks too large to compare were split by "
                "a second field",
                err=True,
            )
        if row["left_out_records"]:
            typer.echo(
                f"famlink: {row['rule']}: {row['left_out_records']:,} records in blocks too large to compare were left "
                "out by this rule; add a field to it, or leave them to the other rules",
                err=True,
            )


def _suggested_text(rows: list[dict[str, Any]]) -> str:
    """Rules that could be added, as a table and as lines for hub.toml."""
    if not rows:
        return "No rule of up to three parts would reach more likely true pairs at a bearable price."
    lines = [f"{'could be added':<44} {'new pairs':>14} {'likely true':>14} {'share':>8} {'largest block':>14}"]
    lines += [
        f"{row['rule']:<44} {row['new_pairs']:>14,} {row['likely_true']:>14,.1f} {row['share']:>8.2%} "
        f"{row['largest_block']:>14,}"
        for row in rows
    ]
    first = ", ".join(f'"{part}"' for part in rows[0]["on"])
    return "\n".join([*lines, "", "To add the first, in hub.toml:", "", "[[link.blocking]]", f"on = [{first}]"])


def _plan_text(rows: list[dict[str, Any]]) -> str:
    lines = [f"{'rule':<44} {'pairs':>14} {'new pairs':>14} {'largest block':>14}"]
    lines += [
        f"{row['rule']:<44} {row['pairs']:>14,} {row['new_pairs']:>14,} {row['largest_block']:>14,}" for row in rows
    ]
    return "\n".join([*lines, f"{'together':<44} {'':>14} {sum(row['new_pairs'] for row in rows):>14,}"])
