"""Words that go together in accounts of one happening, and words that never do: a bruised cheek and a bitten arm.

Accounts that are one happening without doubt show it: two words that each stand in many of them, and never across both, are two
facts that exclude each other. What excludes the first account's facts is another happening, however near in days.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.keys import Ints
from famlink.incidents.wording import Spoken

Floats = NDArray[np.float64]

SURE = 0.98
"""Pairs of this probability are learnt from."""

FEWEST_SURE = 200
"""Of fewer pairs nothing is learnt."""

MOST_SURE = 200_000
"""So many pairs are enough to learn from."""

FEWEST_TEXTS, MOST_WORDS = 5, 1000
"""Words that stand in fewer texts, or that so many others stand in more texts than, are not looked at."""

PSEUDO = 2.0
"""Pairs of accounts that no evidence is worth."""

STEPS = (-40.0, -20.0, -15.0, -10.0, -6.0, -3.0)
"""Bits of all words of both at which the next level of the comparison ``facts`` begins."""

LEAST_BITS = -1.0
"""Two words that are less unlikely together than this tell nothing: few accounts show no more by chance."""


def facts_level(pairs: pl.DataFrame, spoken: Spoken, probability: Floats) -> pl.Series:
    """Grade how far the words of two accounts exclude each other, by those that go together in accounts of one happening.

    Args:
        pairs: ``left``, ``right``: numbers of events.
        spoken: as :func:`famlink.incidents.wording.words_of` gives.
        probability: of each pair, so far as known without this.

    Returns:
        for each pair from 0 (words that never go together) one more for each of :data:`STEPS` reached; -1 where one says nothing,
        or too little is known.

    Source: the weight of two words is log2 of how often both stand in the two accounts against how often they would by chance
        (pointwise mutual information: Church and Hanks, 1990), within the two agencies and categories; a pair that was learnt
        from is weighed without itself.
    """
    sure = np.flatnonzero(probability >= SURE)
    sure = sure[:: max(-(-len(sure) // MOST_SURE), 1)]
    level = np.full(pairs.height, -1, dtype=np.int32)
    if len(sure) < FEWEST_SURE:
        return pl.Series(level)
    from famlink.kernels.words import sum_of_words

    left, right = (spoken.text[pairs[side].to_numpy()] for side in ("left", "right"))
    begin, word, many = _texts(spoken)
    # What says nothing that is looked at is of a stratum of its own; an event without a text has one of no words.
    stratum = np.append(np.where(begin[1:] > begin[:-1], spoken.stratum + 1, 0), 0)
    begin = np.append(begin, begin[-1])
    left, right = (np.where(side < 0, len(begin) - 2, side) for side in (left, right))
    speaks = (begin[left + 1] > begin[left]) & (begin[right + 1] > begin[right])
    seen, chance = _counted((begin, word, many), stratum, left[sure], right[sure])
    total = np.zeros(pairs.height)
    sum_of_words((left, right), begin, word, _against(seen, chance), total)
    own = np.zeros(len(sure))
    sum_of_words((left[sure], right[sure]), begin, word, _against(np.maximum(seen - 1.0, 0.0), chance), own)
    total[sure] = own
    level[speaks] = np.searchsorted(np.asarray(STEPS), total[speaks], side="right")
    return pl.Series(level)


def _against(seen: Floats, chance: Floats) -> Floats:
    bits = np.log2((seen + PSEUDO) / (chance + PSEUDO))
    return np.where(bits < LEAST_BITS, bits, 0.0)


def _texts(spoken: Spoken) -> tuple[Ints, Ints, int]:
    """Where each text's words begin; the words, numbered by how many events say them; and how many words."""
    many = np.diff(spoken.begin)
    said = np.bincount(spoken.word, weights=np.repeat(spoken.events, many)).astype(np.int64)
    known = np.flatnonzero(said >= FEWEST_TEXTS)
    known = known[np.argsort(-said[known], kind="stable")][:MOST_WORDS]
    place = np.full(len(said), -1, dtype=np.int64)
    place[known] = np.arange(len(known))
    word = place[spoken.word]
    return np.concatenate([[0], np.cumsum(word >= 0)])[spoken.begin], word[word >= 0], len(known)


def _counted(texts: tuple[Ints, Ints, int], stratum: Ints, left: Ints, right: Ints) -> tuple[Floats, Floats]:
    """For every two words: in how many pairs one stands in one account and one in the other, and in how many it would by chance."""
    from scipy.sparse import csr_array

    begin, word, many = texts
    has = csr_array((np.ones(len(word)), word, begin), shape=(len(begin) - 1, many))
    turned = stratum[left] > stratum[right]
    one, other = has[np.where(turned, right, left)], has[np.where(turned, left, right)]
    low, high = np.minimum(stratum[left], stratum[right]), np.maximum(stratum[left], stratum[right])
    kinds, of = np.unique(low * (int(stratum.max(initial=0)) + 1) + high, return_inverse=True)
    pick = csr_array((np.ones(len(of)), (of, np.arange(len(of)))), shape=(len(kinds), len(of)))
    share = pick @ one
    share = csr_array(
        (share.data / np.repeat(np.bincount(of), np.diff(share.indptr)), share.indices, share.indptr), shape=share.shape
    )
    seen, chance = (one.T @ other).toarray(), (share.T @ (pick @ other)).toarray()
    return seen + seen.T, chance + chance.T
