"""How right a run is, where the truth is known: persons, relations, incidents, by group, with intervals."""

from __future__ import annotations

from famlink.linkage.evaluation.report import render_text
from famlink.linkage.evaluation.score import evaluate
from famlink.linkage.evaluation.truth import Truth, read_truth

__all__ = ["Truth", "evaluate", "read_truth", "render_text"]
