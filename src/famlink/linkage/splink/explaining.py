"""One pair's match weight under a Splink model, taken apart."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from famlink.linkage.scoring import Bar
from famlink.linkage.splink.model import SplinkModel
from famlink.linkage.splink.operands import field_of
from famlink.linkage.splink.scoring import Scorer


def bars_by(scorer: Scorer, pair: tuple[int, int]) -> list[Bar]:
    """Take one pair's match weight apart: the bars sum to it.

    Args:
        scorer: of a Splink model, over records that hold the two.
        pair: rows of the left and right record.

    Returns:
        the prior, and a bar a comparison.
    """
    left, right = (np.array([row], dtype=np.int32) for row in pair)
    levels = scorer.levels(left, right)
    prior = scorer.settings.prior
    said = f"of pairs of records one in {max(1, round(1 / prior)):,} is one person"
    bars = [Bar("prior", "prior", float(scorer.bits.prior), said)]
    for place, comparison in enumerate(scorer.settings.comparisons):
        value = int(levels[0, place])
        if value < 0:
            bars.append(Bar(comparison.name, "person", 0.0, "not recorded on both sides: no evidence"))
            continue
        # With every other comparison null, the weight is the prior's and this comparison's.
        alone = np.full_like(levels, -1)
        alone[0, place] = value
        whole, plain = scorer.weigh(left, right, alone)[0]
        bits, rarer = float(whole) - float(scorer.bits.prior), float(whole) - float(scorer.bits.prior) - float(plain)
        level = next(level for level in comparison.levels if level.value == value)
        told = level.label
        if level.column is not None and rarer:
            told += f"; how common the value is in {level.column} counts {rarer:+.1f} bits"
        bars.append(Bar(comparison.name, "person", bits, told))
    return bars


def counted_fields(model: SplinkModel, fields: Iterable[str]) -> list[str]:
    """The fields whose values a Splink model counts.

    Args:
        model: the model.
        fields: the fields there are.

    Returns:
        those it counts, sorted.
    """
    settings = model.settings
    names = {level.column for comparison in settings.comparisons for level in comparison.levels if level.column}
    return sorted({field_of(name, list(fields), model.field_names) for name in names})
