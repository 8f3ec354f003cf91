"""The dated tables of the Standard Safeguarding Dataset, read from ``ssd_events.toml`` beside this module.

Source: the Standard Safeguarding Dataset data model 1.4 (tables and columns).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from famlink.extracts.pieces import Dated

_DATA: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

EVENTS_OF: dict[str, tuple[Dated, ...]] = {
    table: tuple(Dated(**event) for event in told["event"]) for table, told in _DATA.items()
}
"""Table -> its columns of dates."""

PERSON_OF: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    table: tuple((step.get("from", ""), step["table"], step["key"], step["take"]) for step in told["person"])
    for table, told in _DATA.items()
    if "person" in told
}
"""Table without a person of its own -> the steps to one: (its column, table, key there, what to take)."""
