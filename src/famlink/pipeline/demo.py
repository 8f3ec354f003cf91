"""The shipped fixture hub, and the whole job on it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import Path

from famlink.errors import InvariantError, RunError
from famlink.pipeline.product import make_picture
from famlink.pipeline.run import Run
from famlink.pipeline.walk import link
from famlink.private import private_folder
from famlink.provenance import Progress


@lru_cache(maxsize=1)
def demo_hub() -> Path:
    """A copy of the shipped fixture hub: made-up families in six agencies' extracts.

    The copy stands in a private temporary folder that goes when Python ends, because a hub's audit is written beside it.

    Returns:
        the path of its hub.toml.

    Example:
        >>> demo_hub().name
        'hub.toml'
    """
    folder = Path(tempfile.mkdtemp(prefix="famlink-demo-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(shipped_hub(), folder / "hub")
    return folder / "hub" / "hub.toml"


def demo_request() -> tuple[tuple[str, str], str]:
    """The record and basis the demo asks about.

    Returns:
        ((agency, record_id), basis).

    Example:
        >>> (agency, record_id), basis = demo_request()
        >>> basis
        's47'
    """
    asked = tomllib.loads((shipped_hub() / "demo.toml").read_text(encoding="utf-8"))
    agency, _, record_id = str(asked["record"]).partition(":")
    return (agency, record_id), str(asked["basis"])


def demo(to: str | Path = "famlink-demo", *, progress: Progress | None = None) -> tuple[Run, dict[str, Path]]:
    """Do the whole job on the fixture hub: copy it, link it, draw one family.

    Args:
        to: folder for the hub, the run and the picture.
        progress: called with (stage, done, total).

    Returns:
        the run, and the picture's files by name.

    Raises:
        RunError: the folder holds other files.
    """
    folder = Path(to)
    parts = {name: folder / name for name in ("hub", "run", "picture")}
    if folder.exists() and (
        not folder.is_dir() or any(item.name not in parts and item.name != ".run.lock" for item in folder.iterdir())
    ):
        raise RunError(f"{folder}: holds other files; give an empty or new folder with --to")
    private_folder(folder)
    shutil.copytree(shipped_hub(), parts["hub"], dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    run = link(parts["hub"] / "hub.toml", to=parts["run"], progress=progress)
    record, basis = demo_request()
    if progress:
        progress("picture", None, None)
    seen = make_picture(
        run,
        record=record,
        basis=basis,
        purpose="demonstration on made-up families",
        requester="famlink demo",
    )
    return run, seen.save(parts["picture"])


def shipped_hub() -> Path:
    """The fixture hub's folder: in the wheel, else in the checkout. Read it; copy it to use it."""
    shipped = Path(str(resources.files("famlink"))) / "_fixtures" / "hub"
    checkout = Path(__file__).resolve().parents[3] / "fixtures" / "hub"
    for folder in (shipped, checkout):
        if (folder / "hub.toml").is_file():
            return folder
    raise InvariantError("the fixture hub is not in this installation; install famlink again")
