"""The weights of dates, estimated from the events themselves, without anybody saying which belong together.

How far apart two accounts of one happening are written depends on the agencies of the place; how often the same kind of
thing happens again, on its families. Both show in the events: what one agency records twice, so many days apart, is a
repetition, never two accounts. Repetitions between two agencies are as frequent as the repetitions inside each allow, and
what is left of the pairs between them is one happening told twice.
"""

from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.candidates import MOST_DAYS, PAIR
from famlink.incidents.evidence import LEAST, LEAST_APART, LEVELS, SAME_DAY, VAGUE, Weights, added, no_habits
from famlink.incidents.keys import Ints, codes_of, distinct, enum_of, names_of

PSEUDO_PAIRS = 20.0
"""Pairs at a level that the shipped weights are worth: a small place keeps the shipped weights, a large one its own."""

PSEUDO_HABIT = 30.0
"""Pairs that the wider habit is worth against two agencies' own."""

PSEUDO_TEXTS = 30.0
"""Pairs of two happenings that the shipped weights of words in common are worth."""

FEWEST_TEXTS = 50
"""Of fewer pairs of one happening that say something nothing is learnt about words in common."""

LEAST_HABIT = 2.0
"""Pairs more, seen and expected, at every number of days."""

PSEUDO_COMPANY = 5.0
"""Pairs within a day that the usual share of one happening is worth against two strata's own."""

MOST_COMPANY = 1.0
"""Bits that two strata which often go together are worth at most: what else is said tells more."""

_CHANCE = (5, 0.5)
"""Days apart from which pairs are there by chance; three days lie within one, six so far."""

LEARNT, SURPRISE = 1.0 / 3.0, 2.0
"""What the events' own weight of days counts for against the shipped one: what else two accounts have in common sways it. So many bits
below the shipped one it counts in full: where the same kind comes again so soon, nothing else may join."""

SELDOM = 0.0005
"""However near in days, this share of pairs may be two happenings."""

SHARE_OF_GUESS = 0.2
PSEUDO_GUESS = 50.0
"""Pairs that the count of repetitions is worth against what the other evidence says."""

Floats = NDArray[np.float64]

_WORDS = ("text", "said")
_NONE_QUOTED = 1
_FAR = 0
_SOME_WORDS = 3
_ONE_PERSON = 3
_WITHIN_A_DAY = (4, 5)
_DAYS = (4.0, 4.0, 2.0, 2.0, 2.0, 1.0, 1.0)  # days a level of ``days`` holds, earlier and later


def estimate(compared: pl.DataFrame, events: pl.DataFrame, *, base: Weights | None = None) -> Weights:
    """Estimate the weights of the comparison ``days``.

    For two strata (an agency's category each) let n(A, B) be the pairs at one distance in days, n(A, A) and n(B, B) those inside
    each. If A records a happening with chance a and B with chance b, repetitions inside are in number as a*a and b*b, and
    those between them as 2*a*b: twice the root of the product. Only pairs without a rival are counted, where A did not record
    the second and B not the first: a share (1-a)*(1-b) of them. The rest of n(A, B) is one happening told twice.

    Args:
        compared: pairs, as :func:`famlink.incidents.evidence.compare` gives, of one and of two agencies.
        events: numbered events.
        base: the weights to begin from; the shipped ones by default.

    Returns:
        the weights with their own ``days``, ``delays``, ``habits`` and ``company``, and asking more of a pair apart; each level is drawn to
        ``base`` by :data:`PSEUDO_PAIRS` pairs, and by :data:`LEARNT`.

    Source: the control is the same-file comparison of Herzog, Scheuren and Winkler (2007), Data Quality and Record Linkage
        Techniques, chapter 8, where pairs that cannot match stand for the unmatched.
    """
    base = base or Weights()
    rows = _unquoted(compared, events)
    if rows.is_empty():
        return base
    lone = _without_rivals(rows, events)
    base = replace(base, bits=MappingProxyType({**base.bits, "text": _text_bits(rows, lone, base)}))
    weighed = base.weigh(lone)
    others, usual = _other_bits(weighed), _usual_bits(weighed)
    repeated = _repetitions(rows, lone, events)
    bits = list(base.bits["days"])
    told = [PSEUDO_PAIRS * 2.0**delay * days for delay, days in zip(base.delays, _DAYS, strict=True)]
    for level, pairs, repeats in repeated.iter_rows():
        known, many = others[level]
        # What the other evidence says of these pairs, with the repetitions counted as a guess worth some pairs.
        guess = (pairs - min(repeats, pairs) + PSEUDO_PAIRS * _probability(base.prior + bits[level])) / (
            pairs + PSEUDO_PAIRS
        )
        further = _weight(_likeliest(known, many, guess)) - base.prior - usual[level] - bits[level]
        bits[level] += further * (LEARNT if further > 0.0 else max(min(-further / SURPRISE, 1.0), LEARNT))
        told[level] += max(pairs - repeats, 0.0)
    delays = [
        math.log2((many / days) / (told[SAME_DAY] / _DAYS[SAME_DAY])) for many, days in zip(told, _DAYS, strict=True)
    ]
    # A vague date tells no delay: it is as much less likely as its bits say.
    delays[VAGUE] = bits[VAGUE] - bits[SAME_DAY]
    days = MappingProxyType({**base.bits, "days": tuple(bits)})
    pooled = replace(base, bits=days, delays=tuple(delays), least=LEAST, apart=LEAST_APART, nearest=False)
    return replace(pooled, habits=_habits(lone, pooled), company=_company(compared, pooled))


def _company(compared: pl.DataFrame, weights: Weights) -> pl.DataFrame:
    """What the entries of two strata show of being one happening, against those of all and beyond what their categories say.

    What lies five to seven days apart is there by chance, or nearly: entries of two kinds that lie within a day no oftener
    than so are not of one happening, and those that nearly always do are, whatever they are called.
    """
    said = pl.col("category").replace_strict(dict(enumerate(weights.bits["category"])), return_dtype=pl.Float64)
    rows = compared.filter(
        ~pl.col("one_agency") & (pl.col("category") >= 1) & (pl.col("reference") == _NONE_QUOTED)
    ).drop_nulls("signed")
    size = pl.col("signed").abs()
    near = size <= 1
    counted = rows.group_by("strata").agg(
        near.sum().alias("near"),
        ((size >= _CHANCE[0]).sum() * _CHANCE[1]).alias("chance"),
        said.filter(near).mean().fill_null(said.mean()).alias("said"),
    )
    whole = counted.select(pl.col("near", "chance").sum(), pl.col("said").dot("near") / pl.col("near").sum())
    share = float(
        whole.select(
            pl.min_horizontal(
                pl.max_horizontal((pl.col("near") - pl.col("chance")) / pl.col("near"), 0.5), 1.0 - SELDOM
            )
        ).item()
        or 0.5
    )
    usual = math.log2(share / (1.0 - share))
    # What the categories say is the guess that few pairs are pulled to, and what many pairs show stands in its place.
    beyond = (pl.col("said") - float(whole["said"].item() or 0.0)).clip(None, 0.0)
    guess = 1.0 / (1.0 + pl.lit(2.0).pow(-(usual + beyond)))
    odds = _company_odds(guess).log(2.0).clip(None, _weight(1.0 - SELDOM)) - usual
    return counted.select(
        pl.col("strata").cast(pl.String), (odds.clip(None, MOST_COMPANY) - beyond).round(3).alias("bits_company")
    ).sort("strata")


def _company_odds(share: pl.Expr) -> pl.Expr:
    """Odds that a pair within a day is of one happening, some pairs of the expected share counted too."""
    one = (pl.col("near") - pl.col("chance")).clip(0.0) + PSEUDO_COMPANY * share
    return one / (pl.min_horizontal("near", "chance") + PSEUDO_COMPANY * (1.0 - share))


def _habits(lone: pl.DataFrame, weights: Weights) -> pl.DataFrame:
    """How two agencies' accounts of one happening lie to each other in days, against those of all agencies.

    Each pair counts by its probability. Few pairs of two categories are pulled to the habit of their agencies, and that
    to the habit of all.
    """
    odds = pl.lit(2.0).pow(pl.col("weight").clip(-60.0, 60.0))
    rows = weights.weigh(lone.drop_nulls("signed")).select("strata", "signed", (odds / (1.0 + odds)).alias("true"))
    agencies = enum_of(names_of(rows["strata"]).str.replace_all("\x1f[^\x1e]*", ""))
    rows = rows.with_columns(agencies.gather(rows["strata"].to_physical()).alias("agencies"))
    if rows.is_empty():
        return no_habits()
    every = pl.DataFrame({"signed": range(-MOST_DAYS, MOST_DAYS + 1)}, schema={"signed": pl.Int32})
    size = pl.col("signed").abs().alias("size")
    total = float(rows["true"].to_numpy().sum())
    pooled = (
        every.with_columns(size)
        .join(rows.group_by(size).agg(pl.col("true").sum()), on="size", how="left")
        .with_columns(
            (
                (pl.col("true").fill_null(0.0) / pl.when(pl.col("size") > 0).then(2.0).otherwise(1.0) + 1.0)
                / (total + 2.0 * MOST_DAYS + 1.0)
            ).alias("share")
        )
        .select("signed", "share")
    )
    near = _shrunk(rows, "agencies", pooled.join(rows.select("agencies").unique(), how="cross"))
    of = rows.select("strata", "agencies").unique()
    found = _shrunk(rows, "strata", near.join(of, on="agencies").drop("agencies"))
    return (
        found.join(pooled.rename({"share": "usual"}), on="signed")
        .select(
            pl.col("strata").cast(pl.String),
            "signed",
            (pl.col("share") / pl.col("usual")).log(2.0).round(3).alias("bits_delay"),
        )
        .sort("strata", "signed")
    )


def _shrunk(rows: pl.DataFrame, by: str, wide: pl.DataFrame) -> pl.DataFrame:
    """Shares of the days between in each group, pulled to ``wide`` by :data:`PSEUDO_HABIT` pairs."""
    counted = rows.group_by(by, "signed").agg(pl.col("true").sum())
    whole = rows.group_by(by).agg(pl.col("true").sum().alias("whole"))
    # A pair that lies as none does is no habit: it must not teach its own weight.
    usual = pl.col("share") * (pl.col("whole") + PSEUDO_HABIT) + LEAST_HABIT
    seen = pl.col("true").fill_null(0.0) + PSEUDO_HABIT * pl.col("share") + LEAST_HABIT
    return (
        wide.join(counted, on=[by, "signed"], how="left")
        .join(whole, on=by)
        .select(by, "signed", (pl.col("share") * seen / usual).alias("share"))
    )


def _unquoted(compared: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Pairs about one kind of thing that nobody's reference joins or parts, with both events' strata by number."""
    rows = compared.filter(
        (pl.col("category") >= 2) & (pl.col("reference") == _NONE_QUOTED) & (pl.col("days") >= 0) & ~pl.col("duplicate")
    )
    if rows.is_empty():
        return rows
    stratum = events["stratum"].to_physical()
    left, right = (stratum.gather(rows[side]) for side in PAIR)
    return rows.with_columns(left.alias("stratum"), right.alias("stratum_right")).with_columns(
        pl.min_horizontal("stratum", "stratum_right").alias("one"),
        pl.max_horizontal("stratum", "stratum_right").alias("other"),
    )


def _text_bits(rows: pl.DataFrame, lone: pl.DataFrame, base: Weights) -> tuple[float, ...]:
    """What many words in common are worth, where they are worth more than shipped.

    Accounts of the same day without a rival are nearly all of one happening, those six or seven days apart nearly all of two.
    How often each share so many words tells it; few of the latter are pulled to the shipped weights.
    """
    shipped = np.exp2(np.asarray(base.bits["text"]))
    spoken = pl.col("text") >= 0
    one, two = (
        np.bincount(frame.filter(spoken)["text"].to_numpy(), minlength=len(shipped)).astype(np.float64)
        for frame in (
            lone.filter(pl.col("days") == SAME_DAY),
            rows.filter((pl.col("days") == _FAR) & ~pl.col("one_agency")),
        )
    )
    if one.sum() < FEWEST_TEXTS:
        return base.bits["text"]
    m = (one + 1.0) / (one + 1.0).sum()
    expected = m / shipped
    u = (two + PSEUDO_TEXTS * expected / expected.sum()) / (two.sum() + PSEUDO_TEXTS)
    found = np.log2(m / u).round(2)
    return tuple(
        max(usual, own) if level >= _SOME_WORDS else usual
        for level, (usual, own) in enumerate(zip(base.bits["text"], found.tolist(), strict=True))
    )


def _faces(rows: pl.DataFrame, events: pl.DataFrame) -> tuple[Ints, Ints]:
    """Pairs of two agencies from both sides: the event, and the other side's agency."""
    agency = codes_of(events["agency"])
    left, right = (rows[side].to_numpy().astype(np.int64) for side in PAIR)
    return np.concatenate([left, right]), np.concatenate([agency[right], agency[left]])


def _without_rivals(rows: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """Pairs of two agencies in which neither event could go with a second event of the other's agency."""
    between = rows.filter(~pl.col("one_agency"))
    number, rival = _faces(between, events)
    _, place, many = np.unique(number << 32 | rival, return_inverse=True, return_counts=True)
    lone = many[place] == 1
    return between.filter(pl.Series(lone[: between.height] & lone[between.height :]))


def _told_to(rows: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """The share of each stratum's events that another agency writes down within a day: ``stratum``, ``rival``, ``told``."""
    number, rival = _faces(rows.filter(~pl.col("one_agency") & pl.col("days").is_in(_WITHIN_A_DAY)), events)
    stratum = codes_of(events["stratum"])
    sizes = np.bincount(stratum)
    once = distinct(number << 32 | rival)
    known, many = np.unique(stratum[once >> 32] << 32 | (once & 0xFFFFFFFF), return_counts=True)
    return pl.DataFrame(
        {
            "stratum": (known >> 32).astype(np.uint32),
            "rival": (known & 0xFFFFFFFF).astype(np.uint32),
            "told": many / sizes[known >> 32],
        }
    )


def _repetitions(rows: pl.DataFrame, lone: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """For each level of days: pairs between two agencies without a rival, and how many of them are repetitions."""
    told = _told_to(rows, events)
    of = np.zeros(names_of(events["stratum"]).len(), dtype=np.uint32)
    of[codes_of(events["stratum"])] = codes_of(events["agency"])
    agency = pl.Series(of)
    # What one agency writes about two people of one day, a row each, is one happening told of each.
    of_each = (pl.col("days") == SAME_DAY) & (pl.col("people") < _ONE_PERSON)
    within = rows.filter((pl.col("one") == pl.col("other")) & ~of_each).group_by("one", "days").len()
    between = lone.group_by("one", "other", "days").len()
    counted = (
        between.with_columns(
            agency.gather(between["other"]).alias("rival"), agency.gather(between["one"]).alias("rival_other")
        )
        .join(within.rename({"len": "within"}), on=["one", "days"], how="left")
        .join(within.rename({"one": "other", "len": "within_other"}), on=["other", "days"], how="left")
        .join(told.rename({"stratum": "one"}), on=["one", "rival"], how="left")
        .join(
            told.rename({"stratum": "other", "rival": "rival_other", "told": "told_other"}),
            on=["other", "rival_other"],
            how="left",
        )
    )
    both = 2.0 * (pl.col("within").fill_null(0) * pl.col("within_other").fill_null(0)).sqrt()
    apart = (1.0 - pl.col("told").fill_null(0.0)) * (1.0 - pl.col("told_other").fill_null(0.0))
    told_again = counted.select("one", "other", "days", "len", pl.min_horizontal(both * apart, "len").alias("repeats"))
    days, pairs, repeats = (
        told_again.sort("one", "other", "days")[name].to_numpy() for name in ("days", "len", "repeats")
    )
    levels = np.flatnonzero(np.bincount(days))
    return pl.DataFrame(
        {
            "days": levels,
            "len": np.bincount(days, weights=pairs)[levels],
            "repeats": np.minimum(np.bincount(days, weights=repeats)[levels], _either_way(lone, agency)[levels]),
        }
    )


def _either_way(lone: pl.DataFrame, agency: pl.Series) -> Floats:
    """For each level of days so many of the pairs may be repetitions, for lying either way.

    One agency is called to the first of two happenings as often as to the second. Where one agency's accounts mostly come
    before another's, those that come after tell how many pairs can be two happenings: as many each way, and what chance adds.
    """
    most = np.full(VAGUE + 1, np.inf)
    rows = lone.filter(pl.col("signed") != 0)
    first, second = (agency.gather(rows[name]).to_numpy().astype(np.int64) for name in ("one", "other"))
    size = agency.len() + 1
    apart, later = rows["signed"].abs().to_numpy(), rows["signed"].to_numpy() > 0
    _, place = np.unique(
        (np.minimum(first, second) * size + np.maximum(first, second)) * 8 + apart, return_inverse=True
    )
    turned = later ^ (first > second)
    one_way, other_way = np.bincount(place, weights=turned), np.bincount(place, weights=~turned)
    less = np.minimum(one_way, other_way)
    level = np.zeros(len(less), dtype=np.int64)
    level[place] = rows["days"].to_numpy()
    for of in np.unique(level):
        most[of] = (2.0 * (less + np.sqrt(less)))[level == of].sum()
    return most


def _other_bits(weighed: pl.DataFrame) -> dict[int, tuple[Floats, Floats]]:
    """At each level of days what the accounts' own words weigh, and how many pairs weigh so."""
    said = weighed.select("days", added(_WORDS).round(1).alias("said"))
    counted = said.group_by("days", "said").len().sort("days", "said")
    return {
        int(level): (part["said"].to_numpy(), part["len"].to_numpy().astype(np.float64))
        for (level,), part in counted.group_by("days", maintain_order=True)
    }


def _usual_bits(weighed: pl.DataFrame) -> dict[int, float]:
    """At each level of days the mean weight of what pairs about one kind of thing have in common anyway."""
    rest = added(name for name in LEVELS if name not in ("days", *_WORDS))
    # Summed in the order of the pairs, whatever the threads: the same bits in every run.
    days, bits = weighed["days"].to_numpy(), weighed.select(rest).to_series().to_numpy()
    many, total = np.bincount(days), np.bincount(days, weights=bits)
    return {level: float(total[level] / many[level]) for level in np.flatnonzero(many).tolist()}


def _likeliest(known: Floats, many: Floats, guess: float) -> float:
    """The share of pairs that are one happening under which their other evidence is likeliest; ``guess`` counts as pairs too.

    The slope of the log likelihood falls with the share: its zero is found by halving.
    """
    ratio = np.exp2(np.clip(known, -40.0, 40.0)) - 1.0
    low, high = 1e-4, 1.0 - SELDOM
    weight = max(PSEUDO_GUESS, SHARE_OF_GUESS * float(many.sum()))
    for _ in range(40):
        share = (low + high) / 2.0
        slope = float((many * ratio / (1.0 + share * ratio)).sum())
        slope += weight * (guess / share - (1.0 - guess) / (1.0 - share))
        low, high = (share, high) if slope > 0.0 else (low, share)
    return (low + high) / 2.0


def _probability(weight: float) -> float:
    return 1.0 / (1.0 + math.exp2(-weight))


def _weight(share: float) -> float:
    bounded = min(max(share, 1e-4), 1.0 - 1e-4)
    return round(math.log2(bounded / (1.0 - bounded)), 3)
