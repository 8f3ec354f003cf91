"""The words of descriptions, and how much two of them say in common that others of their kind do not say."""

from __future__ import annotations

import numpy as np
import polars as pl

from famlink.incidents.participants import MOST_TEXT
from famlink.texts import numbered

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


def words_of(told: pl.DataFrame) -> pl.DataFrame:
    """The words each description has, by their first :data:`STEM` letters.

    Args:
        told: ``number``, ``agency``, ``category`` and ``text``.

    Returns:
        ``number``, ``stratum`` (agency and category, a number) and ``word`` (a number); one row an event and word, sorted.
    """
    texts = told.filter(pl.col("text").is_not_null()).select(
        "number",
        pl.struct("agency", pl.col("category").str.to_lowercase()).rank("dense").alias("stratum"),
        pl.col("text")
        .str.slice(0, MOST_TEXT)
        .str.to_lowercase()
        .str.extract_all(r"\p{L}[\p{L}']+|\d{2,}")
        .alias("word"),
    )
    said = texts.select("number", "word").explode("word", empty_as_null=False, keep_nulls=False)
    whole, known = numbered(said["word"])
    # What is asked of a word is asked of each word once, however many descriptions have it.
    stem, _ = numbered(known.str.slice(0, STEM))
    kept = (known.str.len_chars() >= LEAST_WORD) & ~known.is_in(list(EMPTY))
    number, place = said["number"].to_numpy(), whole.to_numpy()
    use = kept.to_numpy()[place]
    both = (number[use].astype(np.uint64) << np.uint64(32)) | stem.to_numpy()[place[use]].astype(np.uint64)
    both.sort(kind="stable")
    both = both[np.concatenate([[True], both[1:] != both[:-1]])] if len(both) else both
    rows = pl.DataFrame(
        {"number": (both >> np.uint64(32)).astype(np.uint32), "word": (both & np.uint64(0xFFFFFFFF)).astype(np.uint32)}
    )
    return rows.join(texts.select("number", "stratum"), on="number", how="left", maintain_order="left")


def shared_words(pairs: pl.DataFrame, words: pl.DataFrame) -> pl.Series:
    """Grade the words two descriptions share, by how seldom either agency says them of events of that category.

    A phrase every note of a kind begins with is worth nothing; a word one note in a hundred has is worth some bits.

    Args:
        pairs: ``left``, ``right``: numbers of events.
        words: as :func:`words_of` gives, of every event in a pair.

    Returns:
        for each pair -1 where a side says nothing of its own, 0 where both say much and share nothing, 1 where they share nothing
        else, and one more for each of :data:`STEPS` reached.

    Source: the weight of a shared word is log2 of m/u with u its share of the notes of that agency and category, as term
        frequencies are weighed in linkage (Winkler, 1989, Frequency-based matching in the Fellegi-Sunter model).
    """
    height = pairs.height
    words = _seldom(words)
    if words.is_empty() or not height:
        return pl.Series([-1] * height, dtype=pl.Int32)
    number = words["number"].to_numpy()
    bits = words["bits"].to_numpy()
    size = int(max(pairs["left"].to_numpy().max(), pairs["right"].to_numpy().max(), number.max())) + 1
    many = np.bincount(number, minlength=size)
    own = np.bincount(number, weights=bits, minlength=size)
    begin = np.concatenate([[0], np.cumsum(many)])
    key = (number.astype(np.uint64) << np.uint64(32)) | words["word"].to_numpy().astype(np.uint64)
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    # Each word of the left description is looked for in the right one.
    reps = many[left]
    pair = np.repeat(np.arange(height), reps)
    within = np.arange(len(pair)) - np.repeat(np.cumsum(reps) - reps, reps)
    at = begin[left[pair]] + within
    wanted = (right[pair].astype(np.uint64) << np.uint64(32)) | (key[at] & np.uint64(0xFFFFFFFF))
    place = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    found = key[place] == wanted
    worth = np.where(found, np.minimum(bits[at], bits[place]), 0.0)
    total = np.bincount(pair, weights=worth, minlength=height)
    level = 1 + np.searchsorted(np.asarray(STEPS), total, side="right")
    silent = (own[left] <= 0.0) | (own[right] <= 0.0)
    much = (np.minimum(own[left], own[right]) >= SAID_MUCH) & (total <= 0.0)
    return pl.Series(np.where(silent, -1, np.where(much, 0, level)), dtype=pl.Int32)


def _seldom(words: pl.DataFrame) -> pl.DataFrame:
    """Words worth anything: ``number``, ``word``, ``bits``; sorted, one row an event and word."""
    sizes = words.select("number", "stratum").unique().group_by("stratum").len("size")
    counted = words.group_by("stratum", "word").len("said").join(sizes, on="stratum")
    share = (pl.col("said") - 1 + USUAL * USUAL_EVENTS) / (pl.col("size") - 1 + USUAL_EVENTS)
    worth = (SHARED / share).log(2.0).clip(None, MOST_BITS)
    valued = counted.with_columns(worth.alias("bits")).filter(pl.col("bits") > 0.0).select("stratum", "word", "bits")
    return words.join(valued, on=["stratum", "word"], maintain_order="left").select("number", "word", "bits")
