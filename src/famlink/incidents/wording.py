"""The words of descriptions, and how much two of them say in common that others of their kind do not say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.keys import Ints, Rows, codes_of, distinct
from famlink.incidents.telling import Told
from famlink.texts import numbered

Floats = NDArray[np.float64]

STEM = 5
"""Letters of a word that count: bruise, bruised and bruising are one."""

LEAST_WORD = 3

SHARED = 0.5
"""Chance that an account of one happening says what another account of it says; rarer words than this are evidence."""

USUAL, USUAL_EVENTS = 0.15, 10.0
"""How often any word is said by an agency of whose notes few are known, and so many notes such a guess is worth."""

MOST_BITS = 8.0
"""One word is worth no more: it may be a slip, or the name of a street."""

STEPS = (1.0, 3.0, 6.0, 10.0, 15.0)
"""Bits of words shared at which the next level of the comparison begins."""

SAID_MUCH = 4.0
"""Bits of seldom words each side says before sharing none of them tells anything."""

EMPTY = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "from",
        "that",
        "this",
        "was",
        "were",
        "has",
        "had",
        "have",
        "his",
        "her",
        "him",
        "she",
        "they",
        "their",
        "them",
        "who",
        "not",
        "but",
        "are",
        "all",
        "any",
        "one",
        "two",
        "been",
        "after",
        "before",
        "into",
        "out",
        "over",
        "under",
        "about",
        "when",
        "which",
        "where",
        "there",
        "said",
        "says",
        "told",
    ]
)


@dataclass(frozen=True)
class Spoken:
    """What descriptions say. What one agency says of one category in the same words is one text, however many events have it.

    Args:
        text: for each event its text, a number; -1 for an event without, or of no pair.
        stratum: for each text its agency and category, a number.
        events: for each text how many events have it.
        begin: for each text where its words begin in ``word``, and one past the last.
        word: words, numbers: each once a text, in order.
    """

    text: Ints
    stratum: Ints
    events: Ints
    begin: Ints
    word: Ints


def words_of(told: Told, rows: int) -> Spoken:
    """The words each description has, by their first :data:`STEM` letters.

    Args:
        told: as :func:`famlink.incidents.telling.told_in` gives.
        rows: how many events there are, told or not.

    Returns:
        the words.
    """
    number, stratum = told.rows["text"], codes_of(told.rows["stratum"])
    has = number.is_not_null().to_numpy()
    unit, place, events = np.unique(
        stratum[has] << 32 | number.drop_nulls().to_numpy(), return_inverse=True, return_counts=True
    )
    text = np.full(rows, -1, dtype=np.int64)
    text[told.rows["number"].to_numpy()[has]] = place
    begin, word = _stems(told.texts)
    of = unit & 0xFFFFFFFF
    many = np.diff(begin)[of]
    own = np.concatenate([[0], np.cumsum(many)])
    return Spoken(text, unit >> 32, events, own, word[np.arange(own[-1]) + np.repeat(begin[of] - own[:-1], many)])


def _stems(texts: pl.Series) -> tuple[Ints, Ints]:
    """The words of each text that may tell something: where they begin, and the words, numbers in order."""
    said = (
        texts.alias("word")
        .to_frame()
        .with_row_index("text")
        .select(
            "text",
            pl.col("word").str.to_lowercase().str.extract_all(r"\p{L}[\p{L}']+|\d{2,}"),
        )
        .explode("word", empty_as_null=False, keep_nulls=False)
    )
    whole, known = numbered(said["word"])
    # What is asked of a word is asked of each word once, however many descriptions have it.
    stem, _ = numbered(known.str.slice(0, STEM))
    kept = (known.str.len_chars() >= LEAST_WORD) & ~known.is_in(list(EMPTY))
    place = whole.to_numpy()
    use = kept.to_numpy()[place]
    both = distinct((said["text"].to_numpy()[use].astype(np.int64) << 32) | stem.to_numpy()[place[use]])
    return np.searchsorted(both >> 32, np.arange(texts.len() + 1)), both & 0xFFFFFFFF


def shared_words(rows: Rows, spoken: Spoken) -> Ints:
    """Grade the words two descriptions share, by how seldom either agency says them of events of that category.

    A phrase every note of a kind begins with is worth nothing; a word one note in a hundred has is worth some bits.

    Args:
        rows: the texts of the two of each pair, as ``text`` of :class:`Spoken` has them.
        spoken: as :func:`words_of` gives.

    Returns:
        for each pair -1 where a side says nothing of its own, 0 where both say much and share nothing, 1 where they share nothing
        else, and one more for each of :data:`STEPS` reached.

    Source: the weight of a shared word is log2 of m/u with u its share of the notes of that agency and category, as term
        frequencies are weighed in linkage (Winkler, 1989, Frequency-based matching in the Fellegi-Sunter model).
    """
    bits = _bits(spoken)
    seldom = bits > 0.0
    begin = np.concatenate([[0], np.cumsum(seldom)])[spoken.begin]
    word, bits = spoken.word[seldom], bits[seldom]
    many = np.diff(begin)
    text = np.repeat(np.arange(len(many)), many)
    own = np.bincount(text, weights=bits, minlength=len(many))
    level = np.full(len(rows[0]), -1, dtype=np.int64)
    says = np.flatnonzero((rows[0] >= 0) & (rows[1] >= 0))
    both, place = np.unique(rows[0][says] << 32 | rows[1][says], return_inverse=True)
    left, right = both >> 32, both & 0xFFFFFFFF
    # Each word of the left text is looked for in the right one.
    reps = many[left]
    pair = np.repeat(np.arange(len(both)), reps)
    at = np.arange(len(pair)) - np.repeat(np.cumsum(reps) - reps - begin[left], reps)
    worth = np.zeros(len(pair))
    if len(word):
        key, wanted = text << 32 | word, right[pair] << 32 | word[at]
        found = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
        worth = np.where(key[found] == wanted, np.minimum(bits[at], bits[found]), 0.0)
    total = np.bincount(pair, weights=worth, minlength=len(both))
    grade = 1 + np.searchsorted(np.asarray(STEPS), total, side="right")
    silent = (own[left] <= 0.0) | (own[right] <= 0.0)
    much = (np.minimum(own[left], own[right]) >= SAID_MUCH) & (total <= 0.0)
    level[says] = np.where(silent, -1, np.where(much, 0, grade))[place]
    return level


def _bits(spoken: Spoken) -> Floats:
    """What each word of each text is worth, by how many events of the stratum say it."""
    many = np.diff(spoken.begin)
    size = np.bincount(spoken.stratum, weights=spoken.events * (many > 0))
    stratum, events = np.repeat(spoken.stratum, many), np.repeat(spoken.events, many)
    known, place = np.unique(stratum << 32 | spoken.word, return_inverse=True)
    said = np.bincount(place, weights=events, minlength=len(known))
    share = (said - 1 + USUAL * USUAL_EVENTS) / (size[known >> 32] - 1 + USUAL_EVENTS)
    worth: Floats = np.minimum(np.log2(SHARED / share), MOST_BITS)[place]
    return worth
