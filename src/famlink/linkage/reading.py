"""A model file, whoever wrote it: famlink's own model.json, or a settings file of Splink."""

from __future__ import annotations

import json
from pathlib import Path

from famlink.errors import MissingFileError, ModelError
from famlink.linkage import model as own
from famlink.linkage.splink import model as splink
from famlink.linkage.splink.settings import is_settings


def read_model(path: str | Path) -> own.Model:
    """Read a model file.

    Args:
        path: a model.json that famlink wrote, or a settings file or saved model of Splink 4 or 5.

    Returns:
        the model.

    Raises:
        MissingFileError: the file is not there.
        ModelError: it is neither.
    """
    if not Path(path).is_file():
        raise MissingFileError(f"{path}: no such file; give the path of a model.json")
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ModelError(f"{path}: not UTF-8 text; give a model.json that famlink or Splink wrote") from None
    return model_of(text, where=str(path))


def model_of(text: str, *, where: str = "model") -> own.Model:
    """Read a model.

    Args:
        text: JSON.
        where: what errors call it.

    Returns:
        the model.

    Raises:
        ModelError: it is neither famlink's nor Splink's, or not complete.

    Example:
        >>> from famlink.linkage.model import Model, Rule, Stratum
        >>> plain = Model(comparisons=(), blocking=(Rule(("surname",)),), across=Stratum(0.1))
        >>> model_of(plain.to_json()) == plain
        True
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise ModelError(f"{where}: not JSON; give a model.json that famlink or Splink wrote") from None
    if is_settings(raw):
        return splink.splink_model(raw, where=where)
    if isinstance(raw, dict) and raw.get("format") == splink.FORMAT:
        return splink.saved_model(raw, where=where)
    if not isinstance(raw, dict) or raw.get("format") != own.FORMAT:
        raise ModelError(
            f"{where}: neither a famlink model (no format {own.FORMAT!r}) nor Splink settings (no link_type and "
            "comparisons); give a model.json that famlink or Splink wrote"
        )
    return own.Model.from_json(text, where=where)
