"""A Splink settings file, of version 4 or 5, checked and read: comparisons with their conditions, rules, the prior.

Source: Splink 4.0 and 5.0, ``linker.misc.save_model_to_json`` and the settings dictionary guide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from famlink.errors import ModelError
from famlink.linkage.splink.conditions import equality_of
from famlink.linkage.splink.sql import parse
from famlink.linkage.splink.tree import And, Call, Column, Literal, Node, Or, rebuilt

LEAST = 1e-300
"""Splink 5 takes no m or u to be less; Splink 4 wrote none below it either but 0."""

_LINK_TYPES = ("dedupe_only", "link_only", "link_and_dedupe")
_COMPARISON_KEYS = {"output_column_name", "comparison_levels", "comparison_description"}
_LEVEL_KEYS = {
    "sql_condition", "label_for_charts", "is_null_level", "m_probability", "u_probability", "fix_m_probability",
    "fix_u_probability", "tf_adjustment_column", "tf_adjustment_weight", "tf_minimum_u_value",
    "disable_tf_exact_match_detection",
}  # fmt: skip
_RULE_KEYS = {"blocking_rule", "sql_dialect", "salting_partitions", "arrays_to_explode"}


@dataclass(frozen=True)
class Level:
    """One level of a comparison.

    Args:
        label: what Splink's charts call it.
        condition: when it applies; None: ELSE.
        value: its comparison vector value: -1 null, 0 all other, larger is closer.
        m: probability for two records of one person; 1 on a null level.
        u: the same for two strangers.
        column: the column whose term frequencies adjust it, or None.
        weight: how far they do.
        least: least frequency a term is taken to have.
        usual: the u that a term's own frequency replaces.
    """

    label: str
    condition: Node | None
    value: int
    m: float = 1.0
    u: float = 1.0
    column: str | None = None
    weight: float = 0.0
    least: float = 0.0
    usual: float = 1.0


@dataclass(frozen=True)
class Comparison:
    """One comparison: its levels in the order they are tried."""

    name: str
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Rule:
    """One blocking rule.

    Args:
        sql: as written.
        condition: its tree.
        exploded: columns of lists, each element of which stands for the list.
    """

    sql: str
    condition: Node
    exploded: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Settings:
    """A Splink model.

    Args:
        comparisons: in order.
        rules: blocking rules, in order.
        prior: probability that two random records match.
        link_type: dedupe_only, link_only (pairs of two datasets alone) or link_and_dedupe.
        dialect: the SQL it was written in.
        unique_id: the column of a record's id.
        source_dataset: the column of its dataset.
        untrained: comparisons and levels whose m or u Splink had not learnt, and so takes its defaults for.
    """

    comparisons: tuple[Comparison, ...]
    rules: tuple[Rule, ...]
    prior: float
    link_type: str
    dialect: str
    unique_id: str
    source_dataset: str
    untrained: tuple[str, ...]


def is_settings(raw: Any) -> bool:
    """Whether parsed JSON looks like a Splink settings file.

    Args:
        raw: parsed JSON.

    Returns:
        whether it has a link type and comparisons.

    Example:
        >>> is_settings({"link_type": "dedupe_only", "comparisons": []}), is_settings({"a": 1})
        (True, False)
    """
    return isinstance(raw, dict) and "link_type" in raw and isinstance(raw.get("comparisons"), list)


def read_settings(raw: Mapping[str, Any], *, where: str = "settings") -> Settings:
    """Read a Splink settings file.

    Args:
        raw: its JSON.
        where: what errors call it.

    Returns:
        the model.

    Raises:
        ModelError: it is not complete, or holds SQL that cannot be read; the comparison and the level are named.

    Example:
        >>> same = {"sql_condition": "a_l = a_r", "m_probability": 0.9, "u_probability": 0.1}
        >>> other = {"sql_condition": "ELSE", "m_probability": 0.1, "u_probability": 0.9}
        >>> made = read_settings({"link_type": "dedupe_only",
        ...     "comparisons": [{"output_column_name": "a", "comparison_levels": [same, other]}]})
        >>> [(level.value, level.m) for level in made.comparisons[0].levels], made.rules[0].sql
        ([(1, 0.9), (0, 0.1)], '1=1')
    """
    link_type = raw.get("link_type")
    if link_type not in _LINK_TYPES:
        raise ModelError(f"{where}: link_type is {link_type!r}, not one of {', '.join(_LINK_TYPES)}")
    prior = raw.get("probability_two_random_records_match", 0.0001)
    if not _is_number(prior) or not 0.0 < prior < 1.0:
        raise ModelError(f"{where}: probability_two_random_records_match is not a number between 0 and 1")
    untrained: list[str] = []
    comparisons = tuple(
        _comparison(entry, f"{where}: comparison {number}", untrained)
        for number, entry in enumerate(raw["comparisons"], start=1)
    )
    names = [comparison.name for comparison in comparisons]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ModelError(f"{where}: {', '.join(map(repr, twice))} names two comparisons; give each its own name")
    if not comparisons:
        raise ModelError(f"{where}: no comparisons; a model needs at least one")
    levels = sum(level.value >= 0 for comparison in comparisons for level in comparison.levels)
    if len(untrained) == levels:
        raise ModelError(f"{where}: not trained (no level has an m and a u); save the model after training in Splink")
    rules = raw.get("blocking_rules_to_generate_predictions") or ["1=1"]
    return Settings(
        comparisons=comparisons,
        rules=tuple(_rule(rule, f"{where}: blocking rule {number}") for number, rule in enumerate(rules, start=1)),
        prior=float(prior),
        link_type=link_type,
        dialect=str(raw.get("sql_dialect") or "duckdb"),
        unique_id=str(raw.get("unique_id_column_name") or "unique_id"),
        source_dataset=str(raw.get("source_dataset_column_name") or "source_dataset"),
        untrained=tuple(untrained),
    )


def _comparison(raw: Any, where: str, untrained: list[str]) -> Comparison:
    if not isinstance(raw, dict) or not isinstance(raw.get("comparison_levels"), list):
        raise ModelError(f"{where}: not a comparison with comparison_levels")
    name = raw.get("output_column_name")
    if not isinstance(name, str):
        raise ModelError(f"{where}: no output_column_name; save the model with Splink 4 or 5")
    where = where.rsplit(" ", 1)[0] + f" {name!r}"
    _known_keys(raw, _COMPARISON_KEYS, where)
    entries = raw["comparison_levels"]
    if not all(isinstance(entry, dict) and isinstance(entry.get("sql_condition"), str) for entry in entries):
        raise ModelError(f"{where}: a level has no sql_condition")
    told = [not entry.get("is_null_level") for entry in entries]
    if sum(told) < 2:
        raise ModelError(f"{where}: fewer than two levels that are not null levels")
    value = sum(told)
    levels: list[Level] = []
    for entry, counts in zip(entries, told, strict=True):
        value -= counts
        place = f"{where}, level {str(entry.get('label_for_charts') or value)!r}"
        _known_keys(entry, _LEVEL_KEYS, place)
        levels.append(_level(entry, value if counts else -1, sum(told), place, untrained))
    if [place for place, level in enumerate(levels) if level.condition is None] != [len(levels) - 1]:
        raise ModelError(f"{where}: its last level is not ELSE, so that some pairs would have no level")
    return Comparison(name, tuple(_with_usual(level, levels, raw["comparison_levels"], where) for level in levels))


def _level(raw: Mapping[str, Any], value: int, size: int, where: str, untrained: list[str]) -> Level:
    sql = raw["sql_condition"].strip()
    condition = None if sql.upper() == "ELSE" else _parsed(sql, where, aliases=False)
    label = str(raw.get("label_for_charts") or value)
    if value < 0:
        return Level(label, condition, value)
    m, u = (_probability(raw, name, where) for name in ("m_probability", "u_probability"))
    if m is None or u is None:
        untrained.append(where.split(": ", 1)[-1])
    usual_m, usual_u = _defaults(size)[value]
    column = raw.get("tf_adjustment_column") if condition is not None else None
    weight, least = raw.get("tf_adjustment_weight", 1.0), raw.get("tf_minimum_u_value", 0.0)
    if column and not (_is_number(weight) and _is_number(least)):
        raise ModelError(f"{where}: tf_adjustment_weight or tf_minimum_u_value is not a number")
    return Level(
        label=label,
        condition=condition,
        value=value,
        m=max(usual_m if m is None else m, LEAST),
        u=max(usual_u if u is None else u, LEAST),
        column=_unquoted(str(column)) if column and weight else None,
        weight=float(weight) if column else 0.0,
        least=float(least) if column else 0.0,
    )


def _with_usual(level: Level, levels: Iterable[Level], raw: list[Mapping[str, Any]], where: str) -> Level:
    """The level with the u that its terms' frequencies replace: that of the exact match on their column."""
    if level.column is None:
        return level
    listed = list(levels)
    if raw[listed.index(level)].get("disable_tf_exact_match_detection"):
        return replace(level, usual=level.u)
    for other in listed:
        if other.condition is not None and _exact_on(other.condition) == level.column.lower():
            return replace(level, usual=other.u)
    raise ModelError(
        f"{where}, level {level.label!r}: no level is an exact match on {level.column!r}, whose u its term frequencies need"
    )


def _exact_on(condition: Node) -> str | None:
    """The one column a condition is an exact match on."""
    sided = equality_of(condition)
    if sided and isinstance(sided[0], Column) and sided[0].name.lower() == getattr(sided[1], "name", "").lower():
        return sided[0].name.lower()
    return None


def _defaults(size: int) -> list[tuple[float, float]]:
    """Splink's m and u of levels it has not learnt, by comparison vector value."""
    m = [(1.0 - 0.95) / (size - 1)] * (size - 1) + [0.95]
    steps = size - 1
    bits = [-5.0] if steps == 1 else [-5.0 + i * (8.0 / (steps - 1)) for i in range(steps)]
    return [(one, one / 2.0**bit) for one, bit in zip(m, [*bits, 10.0], strict=True)]


def _rule(raw: Any, where: str) -> Rule:
    sql = raw.get("blocking_rule") if isinstance(raw, dict) else raw
    if not isinstance(sql, str):
        raise ModelError(f"{where}: not a blocking rule")
    exploded: Iterable[str] = ()
    if isinstance(raw, dict):
        _known_keys(raw, _RULE_KEYS, where)
        # Salting parts a large join among workers; the pairs are the same.
        exploded = raw.get("arrays_to_explode") or ()
    return Rule(sql, _parsed(sql, where, aliases=True), frozenset(_unquoted(str(name)).lower() for name in exploded))


def _parsed(sql: str, where: str, *, aliases: bool) -> Node:
    try:
        return rebuilt(parse(sql, aliases=aliases), _plain)
    except (ModelError, RecursionError) as error:
        said = str(error) if isinstance(error, ModelError) else "the SQL is nested too deeply"
        raise ModelError(
            f"{where}: {said}; give a condition that famlink knows (docs/how-to/splink-model.md)"
        ) from None


def _plain(node: Node) -> Node | None:
    """``1=1`` and its like, which need no columns, as true or false."""
    match node:
        case Call("=", (Literal(first), Literal(second))) if first is not None and second is not None:
            return Literal(value=first == second)
        case And() | Or():
            return None
    return None


def _probability(raw: Mapping[str, Any], name: str, where: str) -> float | None:
    value = raw.get(name)
    if value is None:
        return None
    if not _is_number(value) or not 0.0 <= value <= 1.0:
        raise ModelError(f"{where}: {name} is not a probability")
    # Splink 4 leaves a probability of 0 out when it saves, and reads it as not learnt.
    return float(value)


def _known_keys(raw: Mapping[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(raw) - known)
    if unknown:
        raise ModelError(f"{where}: unknown key {unknown[0]!r}, which may change what the model means; remove it")


def _unquoted(name: str) -> str:
    quoted = len(name) > 1 and name[0] == name[-1] and name[0] in '"`'
    return name[1:-1] if quoted else name


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
