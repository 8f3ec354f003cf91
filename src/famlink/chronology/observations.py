"""What can be counted in a chronology, each count linked to its lines: no opinion, no score, no summary by machine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from famlink.chronology.accounts import account_table
from famlink.chronology.gaps import GAP_WEEKS, causes, gap_pairs, knew_first, not_seen, re_referrals, without_outcome
from famlink.chronology.kinds import in_order, is_counted, kind_words, unit
from famlink.chronology.lines import subject_children
from famlink.chronology.words import agency_name, counted, day_in_words, listed, span_in_words
from famlink.sharing.released import Released
from famlink.vocabulary.events import Crosswalk

MOST_SAID = 3
"""More of a kind than this are counted and linked, not told one by one."""

MOST_LISTED = 100
"""More re-referrals than this are counted and linked, not told one by one."""


@dataclass(frozen=True)
class Observation:
    """One countable statement and the lines it was counted from.

    Args:
        what: count, once, knew-first, re-referral, referral-without-outcome, not-seen, gap or date-fault.
        sentence: what was counted, in words.
        refs: lines of the chronology it rests on.
        sources: ``agency:event_id`` of every account it rests on.
    """

    what: str
    sentence: str
    refs: tuple[str, ...]
    sources: tuple[str, ...]


def observations(released: Released) -> list[Observation]:
    """Count what a meeting asks about, from released events alone.

    Args:
        released: what the gate let through.

    Returns:
        observations: each kind by number of incidents with who knew first, re-referrals within 12 months,
        referrals without an outcome, visits at which the child was not seen, gaps, and dates that do not add up.
    """
    return list(released.once("observations", _observations))


def _observations(released: Released) -> list[Observation]:
    found = account_table(released)
    past = found.filter(pl.col("date") <= released.as_at)
    if found.is_empty():
        return []
    return [
        *_counts(past, released.words),
        *_re_referrals(past),
        *_knew_first(past),
        *_without_outcome(past),
        *_not_seen(past),
        *_gaps(past, released),
        *_faults(found),
    ]


def _counts(past: pl.DataFrame, words: Crosswalk | None) -> Iterator[Observation]:
    """How often each kind is recorded, by incident; kinds recorded once share a sentence."""
    of_kind = past.select("kind", "incident", "order").unique(["kind", "incident"], keep="first", maintain_order=True)
    told = of_kind.select("kind", "incident").join(
        past.drop("kind"), on="incident", how="left", maintain_order="left_right"
    )
    # Who knew: also agencies that only acted because of an incident.
    acted = (
        past.filter(pl.col("role") == "consequence")
        .join(causes(past), on="order")
        .select("agency", "known_on", "cause")
    )
    knew = pl.concat(
        [
            told.select("kind", "agency", "known_on"),
            of_kind.join(acted, left_on="incident", right_on="cause").select("kind", "agency", "known_on"),
        ]
    )
    knew = knew.group_by("kind", "agency").agg(pl.col("known_on").min()).sort("known_on", "agency")
    knowing: dict[str, list[tuple[str, dt.date]]] = {}
    for kind, agency, day in knew.iter_rows():
        knowing.setdefault(kind, []).append((agency, day))
    counts = told.group_by("kind").agg(
        pl.col("incident").n_unique(),
        pl.col("date").min().alias("first"),
        pl.col("latest").max(),
        pl.col("ref", "account"),
    )
    counted_of = {row["kind"]: row for row in counts.iter_rows(named=True)}
    first_of = {row["kind"]: row for row in past.unique("kind", keep="first").iter_rows(named=True)}
    first_told = {
        row["kind"]: row for row in told.unique("kind", keep="first", maintain_order=True).iter_rows(named=True)
    }
    once: list[str] = []
    for kind in in_order(words):
        if kind not in counted_of or not is_counted(kind, words=words):
            continue
        one = unit(kind, words=words)
        if counted_of[kind]["incident"] == 1 and one == "entry":
            once.append(kind)
            continue
        sentence = _count_sentence(kind, one, counted_of[kind], knowing[kind], _year_or_day(first_told[kind]))
        yield _said("count", sentence, counted_of[kind]["ref"], counted_of[kind]["account"])
    if once:
        said = [f"{kind_words(kind)} ({_year_or_day(first_of[kind])})" for kind in once]
        refs, sources = ([first_of[kind][name] for kind in once] for name in ("ref", "account"))
        yield _said("once", f"Recorded once each: {listed(said)}.", refs, sources)


def _count_sentence(kind: str, one: str, count: dict[str, Any], knew: list[tuple[str, dt.date]], day: str) -> str:
    words = kind_words(kind)
    sentence = f"{words[:1].upper()}{words[1:]}: {counted(count['incident'], one)}"
    if count["incident"] > 1:
        first, last = count["first"], count["latest"]
        sentence += f" in {span_in_words(first, last)} ({day_in_words(first)} to {day_in_words(last)})"
    else:
        sentence += f" ({day})"
    if len(knew) == 1:
        return f"{sentence}; recorded by {agency_name(knew[0][0])} only."
    ways = [
        f"{'' if place else 'first known '}to {agency_name(agency)} {known.year}"
        for place, (agency, known) in enumerate(knew)
    ]
    return f"{sentence}; {', '.join(ways)}."


def _year_or_day(row: dict[str, Any]) -> str:
    return day_in_words(row["date"]) if row["precision"] == "day" else str(row["date"].year)


def _re_referrals(past: pl.DataFrame) -> Iterator[Observation]:
    pairs = re_referrals(past)
    if not pairs.is_empty():
        said = [
            f"line {after}, {counted(days, 'day')} after line {before}"
            for before, after, days in pairs.head(MOST_LISTED).select("ref_before", "ref_after", "days").iter_rows()
        ]
        if pairs.height > MOST_LISTED:
            said.append(f"{pairs.height - MOST_LISTED:,} more")
        sentence = f"{counted(pairs.height, 're-referral')} within 12 months: {listed(said)}."
        yield _observation("re-referral", sentence, _both_ends(pairs, past))


def _knew_first(past: pl.DataFrame) -> Iterator[Observation]:
    found = knew_first(past)
    if not found.is_empty():
        said = [f"line {ref}, {sentence}" for _, ref, sentence in found.head(MOST_SAID).iter_rows()]
        told = f": {'; '.join(said)}" if found.height <= MOST_SAID else ""
        yield _observation(
            "knew-first",
            f"{counted(found.height, 'incident')} one agency knew of a week or more before another{told}.",
            found.select("order").join(past, on="order", how="left", maintain_order="left"),
        )


def _without_outcome(past: pl.DataFrame) -> Iterator[Observation]:
    silent = past.filter(without_outcome())
    if not silent.is_empty():
        yield _observation(
            "referral-without-outcome", f"{counted(silent.height, 'referral')} with no outcome recorded.", silent
        )


def _not_seen(past: pl.DataFrame) -> Iterator[Observation]:
    unseen = past.filter(not_seen())
    if not unseen.is_empty():
        yield _observation("not-seen", f"{counted(unseen.height, 'entry')} at which the child was not seen.", unseen)


def _gaps(past: pl.DataFrame, released: Released) -> Iterator[Observation]:
    pairs = gap_pairs(past, subject_children(released, released.portraits()))
    if pairs.is_empty():
        return
    longest = pairs.sort("days", descending=True, maintain_order=True).row(0, named=True)
    dates = f"{day_in_words(longest['until_before'])} to {day_in_words(longest['date_after'])}"
    weeks = counted(longest["days"] // 7, "week")
    if pairs.height == 1:
        sentence = f"No released entry for {weeks}: {dates}."
    else:
        sentence = (
            f"{pairs.height} gaps of {GAP_WEEKS} weeks or more without a released entry; the longest {weeks}: {dates}."
        )
    yield _observation("gap", sentence, _both_ends(pairs, past))


def _faults(found: pl.DataFrame) -> Iterator[Observation]:
    wrong = found.filter(pl.col("faults").list.eval(~pl.element().str.starts_with("planned")).list.any())
    if not wrong.is_empty():
        yield _observation("date-fault", f"{counted(wrong.height, 'entry')} with dates that do not add up.", wrong)


def _both_ends(pairs: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    """The accounts before and after, pair by pair."""
    ends = pairs.select(order=pl.concat_list("order_before", "order_after")).explode("order")
    return ends.join(past, on="order", how="left", maintain_order="left")


def _observation(what: str, sentence: str, found: pl.DataFrame) -> Observation:
    return _said(what, sentence, found["ref"].to_list(), found["account"].to_list())


def _said(what: str, sentence: str, refs: list[str], sources: list[str]) -> Observation:
    return Observation(what, sentence, tuple(dict.fromkeys(refs)), tuple(dict.fromkeys(sources)))
