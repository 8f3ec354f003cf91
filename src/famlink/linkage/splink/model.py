"""A Splink model as one of famlink's: what ``famlink link --model`` uses, and what a run's model.json keeps of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from famlink.errors import ModelError
from famlink.linkage.model import Comparison, Level, Model, Rule, Stratum
from famlink.linkage.splink.settings import LEAST, Settings, read_settings

FORMAT = "famlink-splink-model"
VERSION = 1


@dataclass(frozen=True)
class SplinkLevel(Level):
    """A level whose probabilities weigh as they are, however small."""

    least: ClassVar[float] = LEAST


@dataclass(frozen=True)
class SplinkModel(Model):
    """A Splink model: its comparisons and rules are there to be shown; its settings are what scores.

    Args:
        text: the settings as JSON.
        columns: the settings' column -> famlink field, where the names differ.
        byte_semantics: whether similarities compare bytes, as DuckDB does; None: as the settings' dialect does.
    """

    text: str = "{}"
    columns: Mapping[str, str] = field(default_factory=dict)
    byte_semantics: bool | None = None

    @property
    def settings(self) -> Settings:
        """The settings, read."""
        return read_settings(json.loads(self.text))

    @property
    def field_names(self) -> dict[str, str]:
        """The settings' column -> famlink field, ids and datasets among them."""
        settings = self.settings
        return {settings.unique_id: "record_id", settings.source_dataset: "agency", **self.columns}

    @property
    def bytewise(self) -> bool:
        """Whether similarities compare bytes."""
        return self.settings.dialect == "duckdb" if self.byte_semantics is None else self.byte_semantics

    @property
    def doubts(self) -> tuple[str, ...]:
        """What a user should know of it: levels that Splink had not learnt."""
        return tuple(
            f"{place}: not learnt in training; Splink's default stands in" for place in self.settings.untrained
        )

    def mapped(self, columns: Mapping[str, str], byte_semantics: bool | None) -> SplinkModel:  # noqa: FBT001
        """The same model with other columns.

        Args:
            columns: the settings' column -> famlink field; those not named stay as they are.
            byte_semantics: as above; None leaves it.
        """
        chosen = self.byte_semantics if byte_semantics is None else byte_semantics
        return replace(self, columns={**self.columns, **columns}, byte_semantics=chosen)

    def to_json(self) -> str:
        """The model as JSON text: the settings, and what was added to them."""
        told = {
            "format": FORMAT,
            "version": VERSION,
            "settings": json.loads(self.text),
            "columns": dict(self.columns),
            "byte_semantics": self.byte_semantics,
            "match": self.match,
            "review": self.review,
        }
        return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def splink_model(raw: Mapping[str, Any], *, where: str = "settings") -> SplinkModel:
    """Make a model of a Splink settings file.

    Args:
        raw: its JSON.
        where: what errors call it.

    Returns:
        the model.

    Raises:
        ModelError: it cannot be read; comparison and level are named.

    Example:
        >>> same = {"sql_condition": "a_l = a_r", "m_probability": 0.9, "u_probability": 0.1}
        >>> other = {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.9}
        >>> made = splink_model({"link_type": "dedupe_only",
        ...     "comparisons": [{"output_column_name": "a", "comparison_levels": [same, other]}]})
        >>> made.across.match, [level.m for level in made.comparisons[0].levels]
        (0.0001, [0.1, 0.9])
    """
    try:
        settings = read_settings(raw, where=where)
    except (TypeError, AttributeError) as error:
        told = f"{where}: not complete Splink settings ({type(error).__name__}); save them with Splink 4 or 5"
        raise ModelError(told) from None
    return SplinkModel(
        comparisons=tuple(_shown(comparison) for comparison in settings.comparisons),
        blocking=tuple(Rule((rule.sql,)) for rule in settings.rules),
        across=Stratum(settings.prior),
        text=json.dumps(raw, ensure_ascii=False, sort_keys=True),
    )


def saved_model(raw: Mapping[str, Any], *, where: str) -> SplinkModel:
    """Read what :meth:`SplinkModel.to_json` wrote.

    Args:
        raw: its JSON.
        where: what errors call it.

    Returns:
        the model.

    Raises:
        ModelError: it is not complete.
    """
    if raw.get("version") != VERSION:
        raise ModelError(f"{where}: model version {raw.get('version')!r}, expected {VERSION}; give the settings again")
    try:
        made = splink_model(raw["settings"], where=where)
        return replace(
            made,
            columns=dict(raw["columns"]),
            byte_semantics=raw["byte_semantics"],
            match=float(raw["match"]),
            review=float(raw["review"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{where}: not a complete model ({type(error).__name__}); give the settings again") from None


def _shown(comparison: Any) -> Comparison:
    """A comparison as pages and explanations show it: level 0 first, as famlink has it, and no null levels."""
    told = sorted((level for level in comparison.levels if level.value >= 0), key=lambda level: level.value)
    columns = [level.column for level in told if level.column]
    return Comparison(
        name=comparison.name,
        origin="person",
        features=(),
        missing=(),
        levels=tuple(SplinkLevel(level.label, m=level.m, u=level.u, frequency=level.weight) for level in told),
        frequency_field=columns[-1] if columns else None,
    )
