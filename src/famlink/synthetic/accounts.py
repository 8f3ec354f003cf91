"""Events as agencies write them down: accounts of incidents, what followed, and the routine of every record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from famlink.synthetic.dice import Ints
from famlink.synthetic.happenings import CONSEQUENCE, RETURN, ROLES, Happenings, happening_words, kinds
from famlink.synthetic.people import NOBODY
from famlink.synthetic.records import Scribe, World, blank, days
from famlink.synthetic.shape import TODAY
from famlink.synthetic.telling import collar, tell

STYLES = {
    "police": "42/{n}/{y}", "social_care": "CSC-{n}", "health": "ED{n}", "housing": "HC/{n}", "early_help": "EHF{n}",
    "education": "SN{n}", "probation": "PB{n}", "youth_justice": "YJ/{n}", "adult_social_care": "ASC{n}", "council_tax": "CT{n}",
}  # fmt: skip
OUTCOMES = ("No further action", "Referred on", "Advice given", "Plan agreed", "Closed")


@dataclass(frozen=True)
class Written:
    """One agency's events.

    Args:
        table: event columns under canonical names.
        truth: event_id, incident (number), role, follows (number or -1).
    """

    table: pl.DataFrame
    truth: pl.DataFrame


def references(world: World, happened: Happenings) -> pl.Series:
    """The reference of every account, in the agency's own style."""
    number = world.dice.below("reference", np.arange(len(happened.incident)) * 16 + happened.agency, 900_000) + 100_000
    year = 1970 + (happened.day[happened.incident] / 365.25).astype(np.int64)
    digits, two = pl.Series(number).cast(pl.String), pl.Series(year % 100).cast(pl.String).str.zfill(2)
    out = digits
    for place, agency in enumerate(world.agencies):
        before, _, after = STYLES[agency].partition("{n}")
        made = before + digits + ("/" + two if "{y}" in after else "")
        out = made.zip_with(pl.Series(happened.agency == place), out)
    return out


def write_events(world: World, scribe: Scribe, ids: pl.Series, happened: Happenings, *, refs: pl.Series) -> Written:
    """Write one agency's events, in order of date.

    Args:
        world: the world.
        scribe: the agency's records.
        ids: their record ids.
        happened: all incidents and accounts.
        refs: the reference of every account.

    Returns:
        the events, and which incident each truly is.
    """
    table = pl.concat([_of_incidents(world, scribe, ids, happened, refs), _routine(world, scribe, ids)], how="diagonal")
    table = table.sort("day", "record_id", "order", maintain_order=True)
    lone = 1_000_000_000 + np.arange(table.height) * 16 + world.agencies.index(scribe.agency)
    table = table.with_columns(
        event_id=pl.Series([_prefix(scribe.agency)]).new_from_index(0, table.height)
        + (pl.int_range(pl.len(), eager=False) * 3 + 10_001).cast(pl.String),
        incident=pl.when(pl.col("incident") < 0).then(pl.Series(lone)).otherwise(pl.col("incident")),
    )
    truth = table.select("event_id", "incident", "role", "follows")
    return Written(table.drop("day", "order", "incident", "role", "follows"), truth)


def _prefix(agency: str) -> str:
    return "".join(part[0] for part in agency.split("_")).upper() + "E"


def _first_record(world: World, scribe: Scribe) -> Ints:
    """Position of each person's first record among the agency's records, -1 where there is none."""
    out = np.full(len(world.people), -1)
    order = np.argsort(-world.rows.copy[scribe.at], kind="stable")
    out[scribe.person[order]] = order
    return out


def _of_incidents(world: World, scribe: Scribe, ids: pl.Series, happened: Happenings, refs: pl.Series) -> pl.DataFrame:
    dice, rates = world.dice, world.rates
    place_of = _first_record(world, scribe)
    mine = np.flatnonzero(happened.agency == world.agencies.index(scribe.agency))
    mine = mine[place_of[happened.person[mine]] >= 0]
    incident, person = happened.incident[mine], happened.person[mine]
    key = incident * 16 + happened.place[mine]
    follows = happened.role[incident] == CONSEQUENCE
    words = happening_words()
    said = [words["incident"][name]["words"].get(scribe.agency, ["Event", ""]) for name in kinds()]
    category = pl.Series([w[0] for w in said]).gather(pl.Series(happened.kind[incident]))
    text = pl.Series([w[1] for w in said]).gather(pl.Series(happened.kind[incident]))
    for what, entry in ((follows, "referral"), (happened.role[incident] == RETURN, "repeat_referral")):
        category = _said(words[entry]["category"], len(mine)).zip_with(pl.Series(what), category)
        text = _said(words[entry]["description"], len(mine)).zip_with(pl.Series(what), text)
    first = _first_account(happened)
    source = np.where(follows, first[np.maximum(happened.follows[incident], 0)], first[incident])
    told = tell(world, happened, scribe.agency, mine, source=source, opening=text, refs=refs)
    day = told.day
    harmed, suspect = happened.adult[incident], happened.suspect[incident]
    has = scribe.agency == "police"
    child_seen = np.where(dice.chance("child seen", key, rates["detail.child_seen"]), "yes", "no")
    return pl.DataFrame(
        {
            "record_id": ids.gather(pl.Series(place_of[person])),
            "date": _date_text(world, day, key),
            "end_date": days(day, np.zeros(len(day), dtype=bool)),
            "time": told.time,
            "place": told.place,
            "category": category,
            "description": told.description,
            "others": blank(_others(ids, place_of, harmed, suspect), np.full(len(key), not has)),
            "reference": refs.gather(pl.Series(mine)),
            "quoted_references": told.quoted,
            "action_taken": blank(pl.Series(list(OUTCOMES)).gather(pl.Series(dice.below("action", key, 3))), dice.chance("no action", key, rates["detail.no_action"])),
            "outcome": blank(pl.Series(list(OUTCOMES)).gather(pl.Series(dice.below("outcome", key, 5))), dice.chance("no outcome", key, rates["detail.no_outcome"])),
            "child_seen": blank(pl.Series(child_seen), ~np.full(len(key), scribe.agency == "social_care")),
            "recorded_on": days(np.minimum(day + dice.below("written down", key, 4), TODAY), np.ones(len(key), dtype=bool)),
            "recorded_by": collar(world, key) if has else _worker(world, key),
            "day": day,
            "order": key,
            "incident": incident,
            "role": pl.Series(list(ROLES)).gather(pl.Series(happened.role[incident])),
            "follows": happened.follows[incident],
        }
    )  # fmt: skip


def _first_account(happened: Happenings) -> Ints:
    out = np.full(len(happened.kind), -1)
    firsts = np.flatnonzero(happened.place == 0)
    out[happened.incident[firsts]] = firsts
    return out


def _said(text: str, n: int) -> pl.Series:
    return pl.Series([text], dtype=pl.String).new_from_index(0, n)


def _worker(world: World, key: Ints) -> pl.Series:
    return "W" + pl.Series(100 + world.dice.below("written by", key, 60)).cast(pl.String)


def _others(ids: pl.Series, place_of: Ints, harmed: Ints, suspect: Ints) -> pl.Series:
    parts = []
    for role, who in (("victim", harmed), ("suspect", suspect)):
        at = np.where(who != NOBODY, place_of[np.maximum(who, 0)], -1)
        parts.append((f"{role}:" + ids.gather(pl.Series(np.maximum(at, 0))), at >= 0))
    (one, has_one), (two, has_two) = parts
    out = (one + ";" + two).zip_with(pl.Series(has_one & has_two), one.zip_with(pl.Series(has_one), two))
    return blank(out, ~(has_one | has_two))


def _date_text(world: World, day: Ints, key: Ints) -> pl.Series:
    """ISO dates; a few are only a month, or marked as uncertain."""
    full = pl.Series(day).cast(pl.Int32).cast(pl.Date).cast(pl.String)
    partial = world.dice.uniform("partial date", key)
    rate = world.rates["event.partial_date"]
    out = full.str.slice(0, 7).zip_with(pl.Series(partial < rate * 0.6), full)
    return ("?" + full).zip_with(pl.Series((partial >= rate * 0.6) & (partial < rate)), out)


def _routine(world: World, scribe: Scribe, ids: pl.Series) -> pl.DataFrame:
    dice, rates, people = world.dice, world.rates, world.people
    entries: list[list[Any]] = happening_words()["routine"].get(scribe.agency, [])
    n = len(scribe.at)
    count = dice.pick("routine events", scribe.key, _poisson(float(rates["event.routine"])))
    at = np.repeat(np.arange(n), count if entries else np.zeros(n, dtype=np.int64))
    key = scribe.key[at] * 8 + np.arange(len(at)) - np.searchsorted(at, at)
    kind = dice.pick("routine kind", key, [e[4] for e in entries] or [1.0])
    only_child = np.array([e[3] for e in entries] or [0])[kind] == 1
    lasts = np.array([e[2] for e in entries] or [0])[kind] == 1
    person, last = scribe.person[at], scribe.day[at]
    low = np.maximum(people.born[person] + 30, last - 5 * 365)
    low = np.where(scribe.world.people.before[person] >= 0, np.maximum(low, people.care_from[person] + 5), low)
    day = low + np.floor(dice.uniform("routine day", key) * np.maximum(last - low, 1)).astype(np.int64)
    impossible = dice.chance("impossible", key, rates["event.impossible"])
    day = np.where(impossible, people.born[person] - 30 - dice.below("too early", key, 200), day)
    length = 14 + dice.below("lasts", key, 200)
    end = np.where(dice.chance("ends before", key, rates["event.impossible"]), day - 9, day + length)
    open_1900 = lasts & dice.chance("open 1900", key, rates["event.end_1900"])
    keep = (day <= TODAY) & ~scribe.unborn[at] & (people.died[person] > day)
    keep &= ~only_child | (people.age()[person] < 19)
    category = pl.Series([str(e[0]) for e in entries] or [""]).gather(pl.Series(kind))
    text = pl.Series([str(e[1]) for e in entries] or [""]).gather(pl.Series(kind))
    table = pl.DataFrame(
        {
            "record_id": ids.gather(pl.Series(at)),
            "date": _date_text(world, day, key),
            "end_date": days(np.where(open_1900, -25567, end), lasts & ((end <= TODAY) | open_1900)),
            "category": category,
            "description": text,
            "recorded_on": days(np.minimum(np.maximum(day, people.born[person]) + 1, TODAY), np.ones(len(at), dtype=bool)),
            "recorded_by": _worker(world, key),
            "day": day,
            "order": key,
            "incident": np.full(len(at), -1),
            "role": pl.Series([ROLES[0]], dtype=pl.String).new_from_index(0, len(at)),
            "follows": np.full(len(at), -1),
        }
    )  # fmt: skip
    return table.filter(pl.Series(keep))


def _poisson(mean: float) -> list[float]:
    weights, term = [], 1.0
    for k in range(8):
        weights.append(term)
        term *= mean / (k + 1)
    return weights
