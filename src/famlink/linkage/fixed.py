"""m and u that a hub gives and that are not learnt."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from famlink.errors import SpecError
from famlink.linkage.model import Comparison, Level
from famlink.schema import EXTRA
from famlink.spec import FixedSpec


def with_fixed(comparisons: Sequence[Comparison], given: Iterable[FixedSpec]) -> tuple[Comparison, ...]:
    """Put a hub's fixed numbers into its comparisons.

    Args:
        comparisons: before anything is learnt.
        given: every ``[[link.fixed]]``.

    Returns:
        the comparisons; levels with a given number say so, and estimation leaves it as it is.

    Raises:
        SpecError: a comparison or level is not there, is fixed twice, or fixed numbers leave nothing for the other levels.

    Example:
        >>> from famlink.linkage.library import sex
        >>> (made,) = with_fixed([sex()], [FixedSpec(comparison="sex", level="sexes agree", m=0.97)])
        >>> [(level.m, level.fixed) for level in made.levels]
        [(0.03, ()), (0.97, ('m',))]
    """
    by_name = {comparison.name: comparison for comparison in comparisons}
    for one in given:
        name = one.comparison if one.comparison in by_name else EXTRA + one.comparison
        if name not in by_name:
            raise SpecError(f"[[link.fixed]]: no comparison {one.comparison!r}; {_near(one.comparison, by_name)}")
        by_name[name] = _fixed(by_name[name], one)
    return tuple(_checked(by_name[comparison.name]) for comparison in comparisons)


def _near(word: str, known: Iterable[str]) -> str:
    names = [name.removeprefix(EXTRA) for name in known]
    close = difflib.get_close_matches(word, names, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(sorted(names))}"


def _fixed(comparison: Comparison, one: FixedSpec) -> Comparison:
    labels = [level.label for level in comparison.levels]
    if one.level not in labels:
        raise SpecError(f"[[link.fixed]] of {one.comparison!r}: no level {one.level!r}; {_near(one.level, labels)}")
    levels = list(comparison.levels)
    place = labels.index(one.level)
    for which, value in (("m", one.m), ("u", one.u)):
        level = levels[place]
        if value is not None and which in level.fixed:
            raise SpecError(
                f"[[link.fixed]] of {one.comparison!r}: {which} of {one.level!r} is given twice; keep one of them"
            )
        if value is not None:
            levels[place] = replace(_with(level, which, value), fixed=(*level.fixed, which))
    return replace(comparison, levels=tuple(levels))


def _with(level: Level, which: str, value: float) -> Level:
    return replace(level, m=value) if which == "m" else replace(level, u=value)


def _checked(comparison: Comparison) -> Comparison:
    """The comparison with its other levels sharing what the fixed ones leave."""
    for which in ("m", "u"):
        given = [which in level.fixed for level in comparison.levels]
        if not any(given):
            continue
        values = [float(getattr(level, which)) for level in comparison.levels]
        left = 1.0 - sum(value for value, fixed in zip(values, given, strict=True) if fixed)
        if (abs(left) > 1e-6) if all(given) else (left <= 0.0):
            need = "must be 1" if all(given) else "must leave something for the other levels"
            raise SpecError(
                f"[[link.fixed]] of {comparison.name.removeprefix(EXTRA)!r}: the {which} given add up to {1.0 - left:g}; they {need}"
            )
        rest = sum(value for value, fixed in zip(values, given, strict=True) if not fixed)
        levels: list[Level] = [
            level if fixed else _with(level, which, round(value * left / rest, 12))
            for level, value, fixed in zip(comparison.levels, values, given, strict=True)
        ]
        comparison = replace(comparison, levels=tuple(levels))
    return comparison
