"""famlink: link person records across agencies, build the family, merge events, share by policy.

Names are imported on first use, so that ``import famlink`` loads no table or compiler library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from famlink.errors import FamlinkError
    from famlink.genogram.drawing import draw_family
    from famlink.genogram.files import read_family
    from famlink.pipeline.demo import demo, demo_hub, demo_request
    from famlink.pipeline.product import Picture, batch, draw_genogram, make_picture
    from famlink.pipeline.run import Run, open_run
    from famlink.pipeline.walk import check, link, plan
    from famlink.pipeline.workbench import evaluate, explain
    from famlink.spec import Hub, HubSpec, Source, read_hub
    from famlink.synthetic.world import write_world as synth

_HOMES = {
    "FamlinkError": "errors",
    "Hub": "spec",
    "HubSpec": "spec",
    "Picture": "pipeline.product",
    "Run": "pipeline.run",
    "Source": "spec",
    "batch": "pipeline.product",
    "check": "pipeline.walk",
    "demo": "pipeline.demo",
    "demo_hub": "pipeline.demo",
    "demo_request": "pipeline.demo",
    "draw_family": "genogram.drawing",
    "draw_genogram": "pipeline.product",
    "evaluate": "pipeline.workbench",
    "explain": "pipeline.workbench",
    "link": "pipeline.walk",
    "make_picture": "pipeline.product",
    "open_run": "pipeline.run",
    "plan": "pipeline.walk",
    "read_family": "genogram.files",
    "read_hub": "spec",
    "synth": "synthetic.world",
}
_NAMES_THERE = {"synth": "write_world"}

__all__ = [
    "FamlinkError",
    "Hub",
    "HubSpec",
    "Picture",
    "Run",
    "Source",
    "__version__",
    "batch",
    "check",
    "demo",
    "demo_hub",
    "demo_request",
    "draw_family",
    "draw_genogram",
    "evaluate",
    "explain",
    "link",
    "make_picture",
    "open_run",
    "plan",
    "read_family",
    "read_hub",
    "synth",
]


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'famlink' has no attribute {name!r}")
    value = getattr(import_module(f"famlink.{home}"), _NAMES_THERE.get(name, name))
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
