"""What passes between famlink and the recordlinkage package: candidate pairs, features, annotations, rules.

recordlinkage speaks in pandas. A record is called "AGENCY:ID" there, and a pair is a row of a MultiIndex of two such names.
"""

from __future__ import annotations

from famlink.pipeline.exchange.annotation import read_annotation, write_annotation
from famlink.pipeline.exchange.features import features, score_pairs
from famlink.pipeline.exchange.pairs import candidate_pairs, ordered_pairs, pairs_frame, pairs_index
from famlink.pipeline.exchange.records import records_frame
from famlink.pipeline.exchange.rules import rule_pairs

__all__ = [
    "candidate_pairs",
    "features",
    "ordered_pairs",
    "pairs_frame",
    "pairs_index",
    "read_annotation",
    "records_frame",
    "rule_pairs",
    "score_pairs",
    "write_annotation",
]
