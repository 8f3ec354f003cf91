"""What a run learnt of how events go together, as far as it may weigh the few events one viewer is shown.

A released family has too few events to learn from. What the run learnt is kept for it, as sums over many people: a
number about two agencies' kinds of entry is kept only where twenty people or more stand behind it, in steps of a tenth
of a bit, so that no withheld row can be read from how released ones are grouped.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import polars as pl

from famlink.errors import RunError
from famlink.incidents.candidates import MOST_DAYS, PAIR
from famlink.incidents.evidence import LEVELS, SAME_DAY, Weights, no_company, no_habits

FORMAT = "famlink incident weights"

FEWEST_PEOPLE = 20
"""A number is kept only where the pairs it was learnt from are of so many people, the record's own person of each event."""

STEP = 0.1
"""Bits are kept in such steps, as the shipped ones are."""

_DELAYED = range(-MOST_DAYS, MOST_DAYS + 1)


def kept(weights: Weights, compared: pl.DataFrame, events: pl.DataFrame) -> Weights:
    """What may be kept of learnt weights.

    Args:
        weights: as :func:`famlink.incidents.estimation.estimate` gives.
        compared: the pairs they were learnt from, as :func:`famlink.incidents.evidence.compare` gives.
        events: their events, numbered.

    Returns:
        the weights in steps of :data:`STEP`. A level of ``days`` behind which too few people stand has its shipped bits; two
        strata with too few people, or with a category that the crosswalk does not know, are left out; what words in common
        are worth stays as shipped.
    """
    rows = compared.filter(~pl.col("one_agency")).select(*PAIR, "days", "strata")
    # Events stand by number: a side's person is looked up.
    sides = pl.concat([rows.select("days", "strata", events["person_id"].gather(rows[side])) for side in PAIR])
    levels = sides.filter(pl.col("days") >= 0).group_by("days").agg(pl.col("person_id").n_unique())
    known_levels = set(levels.filter(pl.col("person_id") >= FEWEST_PEOPLE)["days"])
    shipped = Weights()
    bits = [
        own if level in known_levels else usual
        for level, (own, usual) in enumerate(zip(weights.bits["days"], shipped.bits["days"], strict=True))
    ]
    delays = [
        own if {level, SAME_DAY} <= known_levels else usual
        for level, (own, usual) in enumerate(zip(weights.delays, shipped.delays, strict=True))
    ]
    strata = sides.group_by("strata").agg(pl.col("person_id").n_unique()).filter(pl.col("person_id") >= FEWEST_PEOPLE)
    unread = events.filter(pl.col("family").cast(pl.String) == "unmapped")["stratum"].unique().cast(pl.String)
    two = pl.col("strata").str.split("\x1e")
    sound = strata.select(pl.col("strata").cast(pl.String)).filter(
        ~two.list.eval(pl.element().is_in(unread.implode())).list.any()
    )
    return replace(
        weights,
        bits=MappingProxyType({**shipped.bits, "days": tuple(map(_stepped, bits))}),
        delays=tuple(map(_stepped, delays)),
        habits=_of(weights.habits, sound, "bits_delay"),
        company=_of(weights.company, sound, "bits_company"),
    )


def to_json(weights: Weights | None) -> str:
    """Write kept weights.

    Args:
        weights: as :func:`kept` gives; None where a run had too few events to learn from.

    Returns:
        JSON: bits of comparisons, and for each two strata ``[agency, category, agency, category]`` with the bits of each
        number of days between, from a week before to a week after.
    """
    if weights is None:
        return json.dumps({"format": FORMAT, "version": 1, "learnt": False}, indent=1) + "\n"
    habits = {
        strata: dict(part.select("signed", "bits_delay").iter_rows())
        for (strata,), part in weights.habits.group_by("strata", maintain_order=True)
    }
    company = dict(weights.company.iter_rows())
    told = {
        "format": FORMAT,
        "version": 1,
        "learnt": True,
        "fewest_people": FEWEST_PEOPLE,
        "prior": weights.prior,
        "bits": {name: list(weights.bits[name]) for name in LEVELS},
        "delays": list(weights.delays),
        "least": weights.least,
        "apart": weights.apart,
        "nearest": weights.nearest,
        "strata": [
            {
                "of": strata.replace("\x1e", "\x1f").split("\x1f"),
                "company": company.get(strata, 0.0),
                "days": [habits.get(strata, {}).get(day, 0.0) for day in _DELAYED],
            }
            for strata in sorted({*habits, *company})
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def from_json(text: str, *, where: str = "incident_weights.json") -> Weights | None:
    """Read kept weights.

    Args:
        text: as :func:`to_json` writes.
        where: what an error calls it.

    Returns:
        the weights; None where nothing was learnt.

    Raises:
        RunError: it is not what :func:`to_json` writes.

    Example:
        >>> from_json(to_json(Weights())).bits == Weights().bits, from_json(to_json(None))
        (True, None)
    """
    try:
        raw = json.loads(text)
        known = raw["format"] == FORMAT and raw["version"] == 1
        learnt = _weights(raw) if known and raw["learnt"] else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RunError(f"{where}: not incident weights that famlink wrote; run `famlink link` again") from None
    if not known:
        raise RunError(f"{where}: not incident weights of this version; run `famlink link` again")
    return learnt


def _weights(raw: dict[str, Any]) -> Weights:
    shipped = Weights()
    bits = {name: _numbers(raw["bits"][name], len(LEVELS[name])) for name in LEVELS}
    names = ["\x1e".join(("\x1f".join(row["of"][:2]), "\x1f".join(row["of"][2:]))) for row in raw["strata"]]
    days = [_numbers(row["days"], len(_DELAYED)) for row in raw["strata"]]
    habits = pl.DataFrame(
        {
            "strata": [name for name in names for _ in _DELAYED],
            "signed": [day for _ in names for day in _DELAYED],
            "bits_delay": [bit for row in days for bit in row],
        },
        schema=no_habits().schema,
    )
    company = pl.DataFrame(
        {"strata": names, "bits_company": _numbers([row["company"] for row in raw["strata"]], len(names))},
        schema=no_company().schema,
    )
    prior, least, apart = _numbers([raw["prior"], raw["least"], raw["apart"]], 3)
    return Weights(
        prior=prior,
        bits=MappingProxyType(bits),
        delays=_numbers(raw["delays"], len(shipped.delays)),
        habits=habits,
        company=company,
        least=least,
        apart=apart,
        nearest=bool(raw["nearest"]),
    )


def _numbers(raw: list[Any], many: int) -> tuple[float, ...]:
    numbers = tuple(float(item) for item in raw)
    if len(numbers) != many or not all(map(math.isfinite, numbers)):
        raise ValueError
    return numbers


def _of(table: pl.DataFrame, strata: pl.DataFrame, bits: str) -> pl.DataFrame:
    return (
        table.with_columns(pl.col("strata").cast(pl.String))
        .join(strata, on="strata", how="semi")
        .with_columns(((pl.col(bits) / STEP).round() * STEP).round(1) + 0.0)
        .sort(table.columns)
    )


def _stepped(bits: float) -> float:
    return round(round(bits / STEP) * STEP, 1) + 0.0
