"""What speaks for and against two events being one happening, in levels and in bits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from famlink.incidents.candidates import MOST_DAYS, PAIR
from famlink.incidents.keys import Bools, Rows, among, codes_of, distinct, enum_of, names_of
from famlink.incidents.mentions import day_level, officer_level, slips
from famlink.incidents.telling import Told
from famlink.incidents.whereabouts import hours_level, place_level
from famlink.incidents.wording import Spoken, shared_words
from famlink.texts import numbered
from famlink.vocabulary.events import Crosswalk, crosswalk

_RESPONSE = (
    r"(?i)\b(?:(?:re-?)?referral (?:accepted|received|made|to)|(?:re-?)?referred (?:again|on|to)"
    r"|strategy (?:discussion|meeting)|section 47|(?:child protection )?conference (?:held|convened)|assessment (?:started|completed|agreed))\b"
)
"""How a description begins that tells of what an agency did."""

SILENT = ("any", "unmapped")
"""Families of accounts that do not say what happened."""

LEVELS: dict[str, tuple[str, ...]] = {
    "reference": (
        "quotes another event",
        "none quoted",
        "writes this event's reference with a slip of the pen",
        "quotes this event or carries its reference",
    ),
    "people": (
        "harmed in one, harming in the other",
        "through close family",
        "somebody is in both",
        "the same record's person",
    ),
    "days": ("6 to 7 days", "4 to 5 days", "3 days", "2 days", "1 day", "the same day", "a vague date"),
    "category": (
        "what happened differs",
        "what happened may differ, or one account's words point elsewhere",
        "one account does not say what happened",
        "one account does not say what happened, its words agree",
        "the same family of kinds",
        "the same kind",
    ),
    "text": (
        "each says much, nothing of it in both",
        "no seldom words in both",
        "a word in both that others seldom have",
        "some seldom words in both",
        "many seldom words in both",
        "most seldom words in both",
        "the same seldom words",
    ),
    "facts": (
        "many facts that never go together",
        "facts that never go together",
        "facts that hardly ever go together",
        "facts that seldom go together",
        "facts that go together less than others",
        "facts that may go together",
        "no facts against each other",
    ),
    "said": ("the text says another day", "the text says the other's day"),
    "officer": ("", "the text names who wrote the other"),
    "place": ("another place", "may be one place", "the same kind of place", "the same place"),
    "hours": ("a day or more apart", "within a day", "within eight hours", "within three hours"),
}
"""Comparison -> its levels, from the weakest on; a missing comparison is level -1."""

_BITS: dict[str, tuple[float, ...]] = {
    "reference": (-7.0, -0.1, 6.0, 10.0),
    "people": (-5.0, -0.6, 0.2, 0.5),
    "days": (-5.0, 0.4, 1.4, 2.6, 4.0, 6.0, -0.5),
    "category": (-9.0, -4.0, 0.0, 0.8, 0.5, 1.0),
    "text": (-0.5, -0.1, 0.3, 0.8, 1.5, 1.8, 2.0),
    "facts": (-9.0, -5.0, -3.5, -2.0, -1.0, 0.0, 0.5),
    "said": (-2.3, 5.0),
    "officer": (0.0, 3.0),
    "place": (-3.0, -0.2, 0.2, 0.4),
    "hours": (0.0, -0.3, 0.3, 0.6),
}
"""Round figures that take a kind of thing to be seldom again within days; ``days`` is learnt where events are many."""

LEAST_OF_FEW = 0.95
"""Where too few events are given to learn from, a pair is joined from this probability on."""

LEAST, LEAST_APART = 0.97, 0.993
"""Where weights are learnt, the probabilities from which a pair is joined: of one day or the next; and of days further apart."""

_DELAYS = (-7.0, -6.0, -5.0, -4.2, -3.2, 0.0, -6.5)


BARS = (*LEVELS, "delay", "company", "again")
"""What a weight is the sum of, beside the prior."""

OF_DAYS = ("days", "said", "delay")
"""What of it says how the days of one happening lie; ``again`` says how two happenings do."""

DOUBTED_DAY, SAME_DAY, VAGUE = 4, 5, 6
"""Levels of the comparison ``days``."""


def no_habits() -> pl.DataFrame:
    """The table of agencies' habits where none are known: ``strata``, ``signed``, ``bits_delay``."""
    return pl.DataFrame(schema={"strata": pl.String, "signed": pl.Int32, "bits_delay": pl.Float64})


def no_company() -> pl.DataFrame:
    """The table of which strata go together where it is not known: ``strata``, ``bits_company``."""
    return pl.DataFrame(schema={"strata": pl.String, "bits_company": pl.Float64})


@dataclass(frozen=True)
class Weights:
    """Evidence in bits (log2 of m/u) for every level of every comparison, and the prior.

    The shipped weights are round figures between those estimated on several made-up worlds. They weigh the few events released to
    one viewer; where events are many :func:`famlink.incidents.estimation.estimate` learns what dates weigh from them.

    Args:
        prior: log2 odds that two events within a week about one family are one happening.
        bits: comparison -> weight of each level of :data:`LEVELS`.
        delays: for each level of ``days``, log2 of how often accounts of one happening lie so, for one day and one direction,
            against the same day. Bits also say how seldom two happenings lie so; where an account must belong to one of two,
            only the delays tell which (:mod:`~famlink.incidents.dating`).
        habits: for two strata (agency and category) and a number of days between: ``bits_delay``, log2 of how much oftener their
            accounts of one happening lie so than accounts of all agencies do.
        company: for two strata ``bits_company``, log2 of how much oftener two entries of them within a day are of one happening
            than entries of all.
        least: the probability from which a pair is joined.
        apart: the same for two accounts of days that are not next to each other.
        nearest: whether an account is as late as it is for the account it suits best, not for the first. Few events say little
            else; where they are many this joins repetitions.
    """

    prior: float = 1.6
    bits: MappingProxyType[str, tuple[float, ...]] = field(default_factory=lambda: MappingProxyType(_BITS))
    delays: tuple[float, ...] = _DELAYS
    habits: pl.DataFrame = field(default_factory=no_habits)
    company: pl.DataFrame = field(default_factory=no_company)
    least: float = LEAST_OF_FEW
    apart: float = LEAST_OF_FEW
    nearest: bool = True

    def weigh(self, levels: pl.DataFrame) -> pl.DataFrame:
        """Add each comparison's bits (``bits_<comparison>``) and their sum with the prior (``weight``)."""
        bars = [self.bar(name, levels[name]) for name in LEVELS]
        strata = levels.schema["strata"]
        habits, company = (
            table.with_columns(pl.col("strata").cast(strata, strict=False)).drop_nulls("strata")
            for table in (self.habits, self.company)
        )
        told = levels.join(habits, on=["strata", "signed"], how="left", maintain_order="left")
        bits = told.join(company, on="strata", how="left", maintain_order="left").with_columns(
            *bars, pl.col("bits_delay", "bits_company").fill_null(0.0), pl.lit(0.0).alias("bits_again")
        )
        return bits.with_columns(self.total(BARS).alias("weight"))

    def bar(self, name: str, levels: pl.Series) -> pl.Series:
        """The bits of one comparison, ``bits_<name>``, for some levels."""
        # A missing comparison is level -1: of bits with nothing at their end it takes the end.
        return pl.Series(f"bits_{name}", np.array([*self.bits[name], 0.0])[levels.to_numpy()])

    def total(self, bars: tuple[str, ...]) -> pl.Expr:
        """The prior and the bits of some bars."""
        return added(bars, start=pl.lit(self.prior))


def added(bars: Iterable[str], *, start: pl.Expr | None = None) -> pl.Expr:
    """The bits of some bars, added one by one: the same sum whatever the threads, as ``sum_horizontal`` does not promise.

    Args:
        bars: names of :data:`BARS`.
        start: what they are added to; nothing by default.

    Returns:
        the sum.
    """
    return sum((pl.col(f"bits_{name}") for name in bars), start=pl.lit(0.0) if start is None else start)


def compare(
    pairs: pl.DataFrame,
    told: Told,
    inside: pl.DataFrame,
    quoted: pl.DataFrame,
    *,
    said: pl.DataFrame,
    spoken: Spoken,
    words: Crosswalk | None = None,
) -> pl.DataFrame:
    """Compare two events of each pair.

    Args:
        pairs: ``left``, ``right``, ``direct`` (null for a pair joined by a reference alone) and ``same_reference``.
        told: as :func:`famlink.incidents.telling.told_in` gives.
        inside: as :func:`famlink.incidents.participants.participants` gives.
        quoted: as :func:`famlink.incidents.references.quotes` gives.
        said: as :func:`famlink.incidents.mentions.said_days` gives.
        spoken: as :func:`famlink.incidents.wording.words_of` gives.
        words: the crosswalk; the shipped one by default.

    Returns:
        the pairs with a level for each comparison of :data:`LEVELS` (``facts`` is learnt later), ``gap`` (days between), ``one_agency``,
        ``duplicate`` (one agency wrote one thing down twice) and ``two_numbers`` (each has a reference of its own).
    """
    rows = [np.searchsorted(told.rows["number"].to_numpy(), pairs[side].to_numpy()) for side in PAIR]
    marks = _marks(told, words or crosswalk())
    sides = [marks[row] for row in rows]
    both = pairs.hstack(sides[0]).hstack(sides[1].rename(lambda name: f"{name}_right"))
    one_agency = pl.Series("one_agency", both["agency"] == both["agency_right"])
    both = both.with_columns(
        one_agency,
        *_said(pairs, (rows[0], rows[1]), told, ~one_agency.to_numpy(), said=said, spoken=spoken),
        _reference(both, quoted, told.rows),
        _crossed(pairs, inside),
        _strata(both),
    )
    gap = pl.max_horizontal(
        (pl.col("date_right") - pl.col("latest")).dt.total_days(),
        (pl.col("date") - pl.col("latest_right")).dt.total_days(),
        0,
    )
    same_row = pl.col("person_id") == pl.col("person_id_right")
    people = (
        pl.when(pl.col("crossed"))
        .then(0)
        .when(same_row)
        .then(3)
        .when(pl.col("direct"))
        .then(2)
        .when(pl.col("direct").is_not_null())
        .then(1)
        .otherwise(-1)
    )
    return (
        both.with_columns(gap.cast(pl.Int32).alias("gap"), _signed())
        .with_columns(people.alias("people"), _days().alias("days"), _category().alias("category_level"))
        .with_columns(_twice(both, (rows[0], rows[1]), told))
        .select(
            *PAIR,
            "gap",
            "signed",
            "strata",
            "one_agency",
            "duplicate",
            (pl.col("reference_text") != pl.col("reference_text_right")).fill_null(value=False).alias("two_numbers"),
            pl.when((pl.col("slip") > 0) & (pl.col("reference") == 1))
            .then(2)
            .otherwise("reference")
            .cast(pl.Int32)
            .alias("reference"),
            pl.col("people").cast(pl.Int32),
            pl.col("days").cast(pl.Int32),
            pl.col("category_level").cast(pl.Int32).alias("category"),
            pl.col("text_level").alias("text"),
            pl.lit(-1, dtype=pl.Int32).alias("facts"),
            *("said", "officer", "place", "hours"),
        )
    )


def _marks(told: Told, words: Crosswalk) -> pl.DataFrame:
    """What is compared of each account as it stands: words are numbers here, equal where the words are."""
    return told.rows.select(
        "agency", "date", "latest", "precision", "kind", "family", "stage", "stratum", "person_id", "text",
        *(numbered(told.rows[name])[0] for name in ("category", "recorded_by")),
        numbered(told.rows["reference"])[0].alias("reference_text"),
        *_points_to(told, words), _responds(told),
    )  # fmt: skip


def _twice(both: pl.DataFrame, rows: Rows, told: Told) -> pl.Series:
    """Which pairs are one thing one agency wrote down twice: an occurrence with a row for each person, or one note on each child."""
    exact = (pl.col("precision") == "day") & (pl.col("precision_right") == "day")
    one_day = pl.col("one_agency") & (pl.col("date") == pl.col("date_right")) & exact
    place = both.select(one_day.fill_null(value=False).arg_true()).to_series().to_numpy()
    entry = told.rows.select("record_id", "recorded_on", "time")
    sides = [entry[row[place]] for row in rows]
    near = both[place].hstack(sides[0]).hstack(sides[1].rename(lambda name: f"{name}_right"))
    # Two references, or two workers, are two entries: the same words on one day can be two incidents. So are two entries on
    # one record that differ in when they were made: an agency that has little to say says the same again.
    differ = [pl.col(name) != pl.col(f"{name}_right") for name in ("reference_text", "recorded_by", "time")]
    later = (pl.col("record_id") == pl.col("record_id_right")) & (pl.col("recorded_on") != pl.col("recorded_on_right"))
    words = (
        pl.col("category").eq_missing(pl.col("category_right"))
        & (pl.col("text") == pl.col("text_right"))
        & ~pl.any_horizontal(one.fill_null(value=False) for one in (*differ, later))
    )
    twice = np.zeros(both.height, dtype=np.bool_)
    twice[place[near.select((pl.col("same_reference") | words).fill_null(value=False)).to_series().to_numpy()]] = True
    return pl.Series("duplicate", twice)


def _said(
    pairs: pl.DataFrame, rows: Rows, told: Told, between: Bools, *, said: pl.DataFrame, spoken: Spoken
) -> list[pl.Series]:
    """What accounts of two agencies say beyond who and when: levels of ``text``, ``said``, ``officer``, ``place``, ``hours``, and ``slip``."""
    near = (rows[0][between], rows[1][between])
    texts = [spoken.text[pairs[side].to_numpy()] for side in PAIR]
    found: dict[str, NDArray[Any]] = {
        "text_level": shared_words((texts[0][between], texts[1][between]), spoken),
        "said": day_level(near, told.rows, said),
        "officer": officer_level(near, told),
        "place": place_level(near, told.rows),
        "hours": hours_level(near, told.rows),
        "slip": slips(near, told),
    }
    out = []
    for name, level in found.items():
        whole = np.full(pairs.height, -1, dtype=np.int32)
        whole[between] = level
        out.append(pl.Series(name, whole))
    return out


def _reference(both: pl.DataFrame, quoted: pl.DataFrame, told: pl.DataFrame) -> pl.Series:
    """Level of the comparison ``reference`` for each pair: ``both`` has the two numbers and agencies."""
    quoting, of = (quoted[name].to_numpy().astype(np.uint64) << np.uint64(32) for name in quoted.columns)
    of >>= np.uint64(32)
    agency = codes_of(told["agency"])[np.searchsorted(told["number"].to_numpy(), of)].astype(np.uint64)
    these, agencies = distinct(quoting | of), distinct(quoting | agency)
    this = both["same_reference"].to_numpy().copy()
    another = np.zeros(both.height, dtype=np.bool_)
    left, right = (both[side].to_numpy().astype(np.uint64) for side in PAIR)
    for here, there, theirs in ((left, right, "agency_right"), (right, left, "agency")):
        key = here << np.uint64(32)
        this |= among(these, key | there)
        another |= among(agencies, key | codes_of(both[theirs]).astype(np.uint64))
    return pl.Series("reference", np.where(this, 3, np.where(another, 0, 1)).astype(np.int32))


def _crossed(pairs: pl.DataFrame, inside: pl.DataFrame) -> pl.Series:
    """Pairs in which one person is harmed in one event and harming in the other."""
    acting = inside.filter(pl.col("role") != "other").select("number", "person_id", "role")
    found = (
        pairs.select(PAIR)
        .with_row_index("row")
        .join(acting, left_on="left", right_on="number")
        .join(acting, left_on=["right", "person_id"], right_on=["number", "person_id"], suffix="_right")
        .filter(pl.col("role") != pl.col("role_right"))["row"]
    )
    crossed = np.zeros(pairs.height, dtype=np.bool_)
    crossed[found.to_numpy()] = True
    return pl.Series("crossed", crossed)


def _strata(both: pl.DataFrame) -> pl.Series:
    """Which strata (agency and category) the two of each pair are of, the first by name first."""
    one, other = (codes_of(both[name]) for name in ("stratum", "stratum_right"))
    names = names_of(both["stratum"])
    known, place = np.unique(np.minimum(one, other) * names.len() + np.maximum(one, other), return_inverse=True)
    texts = names.gather(known // names.len()) + "\x1e" + names.gather(known % names.len())
    return enum_of(texts).gather(place).alias("strata")


def _points_to(told: Told, table: Crosswalk) -> list[pl.Series]:
    """For each event a bit for every family its kind or its words point to, ``points``; and the same with those near them, ``near``."""
    families = sorted(set(table.mentions) | {kind.family for kind in table.kinds.values()} - set(SILENT))
    place = {family: 1 << bit for bit, family in enumerate(families)}
    texts = told.texts
    starts = pl.DataFrame(
        [(f" {start}", place[family]) for family in sorted(table.mentions) for start in table.mentions[family]],
        schema={"start": pl.String, "bit": pl.UInt32},
        orient="row",
    )
    padded = pl.lit(" ") + pl.col("text").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", " ") + pl.lit(" ")
    # All beginnings are looked for in one pass over a text.
    wanted = starts["start"].unique().sort().to_list()
    said = (
        texts.alias("text")
        .to_frame()
        .with_row_index("row")
        .select("row", padded.str.extract_many(wanted, overlapping=True).alias("start"))
        .explode("start", empty_as_null=False, keep_nulls=False)
        .join(starts, on="start")
    )
    mentioned = np.zeros(texts.len() + 1, dtype=np.uint32)
    np.bitwise_or.at(mentioned, said["row"].to_numpy(), said["bit"].to_numpy())
    own = np.array([place.get(name, 0) for name in names_of(told.rows["family"])], dtype=np.uint32)
    points = own[codes_of(told.rows["family"])] | mentioned[told.rows["text"].fill_null(texts.len()).to_numpy()]
    near = points.copy()
    for family, others in table.near.items():
        near[(points & place.get(family, 0)) != 0] |= sum(place.get(other, 0) for other in others)
    return [pl.Series("points", points), pl.Series("near", near)]


def _responds(told: Told) -> pl.Series:
    """Whether an account tells of what an agency did; where the category does not say, its words may."""
    said = np.append(told.texts.str.slice(0, 80).str.contains(_RESPONSE).to_numpy(), False)
    unread = (told.rows["family"] == "unmapped").to_numpy()
    said = said[told.rows["text"].fill_null(told.texts.len()).to_numpy()]
    return pl.Series("responds", (told.rows["stage"] == "response").to_numpy() | (unread & said))


def _category() -> pl.Expr:
    silent, silent_right = pl.col("family").is_in(SILENT), pl.col("family_right").is_in(SILENT)
    agree = (pl.col("points") & pl.col("points_right")) != 0
    near = (pl.col("points") & pl.col("near_right")) != 0
    vague = (pl.col("points") == 0) | (pl.col("points_right") == 0)
    unmapped = (pl.col("family") == "unmapped") | (pl.col("family_right") == "unmapped")
    response = pl.col("responds") | pl.col("responds_right")
    same_kind = (pl.col("kind") == pl.col("kind_right")) & ~silent
    return (
        pl.when(same_kind)
        .then(5)
        .when(response)
        .then(0)
        .when((pl.col("family") == pl.col("family_right")) & ~silent)
        .then(4)
        .when(silent | silent_right)
        .then(pl.when(agree).then(3).when(unmapped & vague).then(1).when(vague | near).then(2).otherwise(1))
        .when(agree)
        .then(2)
        .when(near)
        .then(1)
        .otherwise(0)
    )


def _signed() -> pl.Expr:
    """How many days the second is later than the first, by the names of their strata.

    No days where a date is not exact: a vague date tells no delay.
    """
    later = (pl.col("date_right") - pl.col("date")).dt.total_days()
    exact = (pl.col("precision") == "day") & (pl.col("precision_right") == "day") & (later.abs() <= MOST_DAYS)
    turned = pl.col("stratum").to_physical() > pl.col("stratum_right").to_physical()
    return pl.when(exact).then(pl.when(turned).then(-later).otherwise(later)).cast(pl.Int32).alias("signed")


def _days() -> pl.Expr:
    exact = ("day", "uncertain")
    vague = ~(pl.col("precision").is_in(exact) & pl.col("precision_right").is_in(exact))
    vague |= (pl.col("date") < pl.col("latest")) | (pl.col("date_right") < pl.col("latest_right"))
    doubted = (pl.col("precision") == "uncertain") | (pl.col("precision_right") == "uncertain")
    gap = pl.col("gap")
    by_gap = pl.when(gap >= 6).then(0).when(gap >= 4).then(1).otherwise(5 - gap)
    # A doubted day is compared as written, and never counts as the very same day.
    return (
        pl.when(gap > MOST_DAYS)
        .then(-1)
        .when(vague)
        .then(6)
        .when(doubted)
        .then(pl.min_horizontal(by_gap, pl.lit(4)))
        .otherwise(by_gap)
    )
