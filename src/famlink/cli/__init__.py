"""The command line: one command a room. Each parses, makes one call, and prints or writes what came of it.

Exit codes: 0 done; 1 files, ids, basis values, data or the request are at fault (one sentence); 2 missing or unknown
option; 3 a fault of famlink (one sentence); 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, NoReturn

import typer

from famlink.cli.linking import check, link
from famlink.cli.making import demo, synth
from famlink.cli.sharing import audit, decide, decisions, feedback, hold, lift, policy, purge
from famlink.cli.showing import genogram, picture
from famlink.cli.telling import stop
from famlink.cli.weighing import evaluate, explain
from famlink.errors import FamlinkError

app = typer.Typer(
    name="famlink",
    help="Link person records across agencies, build the family and its genogram, merge events into one chronology, "
    "and share only what policy allows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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


for _command in (
    demo, check, link, picture, explain, evaluate, genogram, synth, feedback, decide, decisions, purge, hold, lift,
):  # fmt: skip
    app.command()(_command)
app.add_typer(policy, name="policy")
app.add_typer(audit, name="audit")


def main(argv: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code.

    Args:
        argv: words after the command's name; None takes the process's own.
    """
    # Memory a stage has done with goes back to the system within half a second; read when polars is first imported.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:500,muzzy_decay_ms:0")
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
        stop(f"famlink: {error}", 1)
    except (KeyboardInterrupt, BrokenPipeError):
        stop("famlink: interrupted; what was not finished is not there", 130)
    except OSError as error:
        if debug:
            raise
        stop(
            f"famlink: {error.filename or 'a file'}: {os.strerror(error.errno) if error.errno else 'cannot be used'}", 1
        )
    except MemoryError:
        stop("famlink: not enough memory; link fewer records at once or use a larger machine", 1)
    except Exception as error:  # the last door: one sentence, no value, no traceback
        if debug:
            raise
        stop(
            f"famlink: a fault of famlink ({type(error).__name__}); please report it. "
            "`--debug` shows where, and may show people's values",
            3,
        )
    sys.exit(0)
