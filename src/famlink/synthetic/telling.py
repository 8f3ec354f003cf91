"""What accounts of one incident have in common: its hour and place, what was done to whom, whose reference they quote.

Every incident has facts of its own, drawn once. An account mentions some of them, in its own words; a repetition has its own facts,
though the same people do the same things again more often than strangers would. Nothing else is shared between accounts.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl

from famlink.synthetic import places
from famlink.synthetic.dice import Bools, Dice, Ints
from famlink.synthetic.files import agency_table
from famlink.synthetic.happenings import REPETITION, Happenings, kinds
from famlink.synthetic.people import NOBODY
from famlink.synthetic.records import World, blank
from famlink.synthetic.shape import TODAY

HOME, SCHOOL, STREET = 0, 1, 2
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_KINDS_OF_SITE = ("home", "school", "street", "public place")


@dataclass(frozen=True)
class Told:
    """One agency's accounts as it writes them.

    Args:
        day: the day each is dated.
        time: time of day, null where the agency keeps none.
        place: where it was, as the agency writes it; null where it does not.
        description: the account.
        quoted: references of the first account, null where not quoted in a column.
    """

    day: Ints
    time: pl.Series
    place: pl.Series
    description: pl.Series
    quoted: pl.Series


@lru_cache(maxsize=1)
def telling_words() -> dict[str, Any]:
    """The shipped words for what accounts share."""
    return tomllib.loads(files("famlink.synthetic").joinpath("telling.toml").read_text(encoding="utf-8"))


def tell(
    world: World, happened: Happenings, agency: str, mine: Ints, *, source: Ints, opening: pl.Series, refs: pl.Series
) -> Told:
    """Write one agency's accounts.

    Args:
        world: the world.
        happened: all incidents and accounts.
        agency: whose accounts.
        mine: positions of its accounts.
        source: for each the position of the account it may quote, -1 for none.
        opening: what each says first.
        refs: the reference of every account.

    Returns:
        the accounts.
    """
    dice, rates = world.dice, world.rates
    incident = happened.incident[mine]
    key = incident * 16 + happened.place[mine]
    minute = _minute(dice, happened, incident)
    late = _late(dice, rates["event.date_late"], agency, key)
    # A school and an office write nothing down on a Saturday or a Sunday.
    late = np.where(happened.place[mine] == 0, 0, late)
    day = np.minimum(happened.day[incident] + late, TODAY)
    if agency in ("education", "early_help"):
        weekday = (day + 3) % 7
        day = np.where((weekday >= 5) & (happened.place[mine] > 0), np.minimum(day + 7 - weekday, TODAY), day)
    late = day - happened.day[incident]
    notified, quotes = _notified(world, agency, source, mine, happened, key)
    written = refs.gather(pl.Series(np.maximum(source, 0)))
    # Where an agency's system has no column for another's reference it stands in the text.
    has_column = "quoted_references" in agency_table()[agency]["events"]
    in_column = quotes & has_column & dice.chance("quoted in its column", key, rates["event.quoted_in_column"])
    in_text = quotes & ~in_column
    first = (np.where(notified, happened.agency[np.maximum(source, 0)], -1), world.agencies)
    said = opening + _facts(dice, happened, agency, (incident, key), first)
    said += _when(dice, key, day, late, minute)
    said += blank(" Ref " + _misspelt(dice, written, key, rates["event.quoted_wrong"]) + ".", ~in_text).fill_null("")
    said += _officer(world, happened, agency, source, key)
    return Told(
        day=day,
        time=_time(dice, agency, minute, late, key),
        place=_place(world, happened, agency, mine),
        description=said,
        quoted=blank(written, ~in_column),
    )


def collar(world: World, key: Ints) -> pl.Series:
    """The number of the police officer who wrote an account."""
    return "PC " + pl.Series(4100 + world.dice.below("written by", key, 400)).cast(pl.String)


def _own(happened: Happenings, dice: Dice, incident: Ints, question: str, same: float) -> Ints:
    """The incident whose draw counts: a repetition has the first one's, so often, else its own."""
    again = (happened.role[incident] == REPETITION) & dice.chance(f"the same {question}", incident, same)
    return np.where(again, happened.follows[incident], incident)


def _minute(dice: Dice, happened: Happenings, incident: Ints) -> Ints:
    """The minute of its day at which each incident was."""
    out = np.zeros(len(incident), dtype=np.int64)
    for number, name in enumerate(kinds()):
        here = np.flatnonzero(happened.kind[incident] == number)
        quarter = dice.pick("quarter of the day", incident[here], telling_words()["hours"][name])
        out[here] = quarter * 360 + dice.below("minute of the quarter", incident[here], 360)
    return out


def _late(dice: Dice, shipped: list[float], agency: str, key: Ints) -> Ints:
    return dice.pick("date late", key, telling_words()["late"].get(agency, shipped))


def _notified(
    world: World, agency: str, source: Ints, mine: Ints, happened: Happenings, key: Ints
) -> tuple[Bools, Bools]:
    """Which accounts were written because the first agency told of it, and which of them give its reference."""
    words, dice = telling_words(), world.dice
    later = (source >= 0) & (source != mine)
    first = np.where(later, happened.agency[np.maximum(source, 0)], -1)
    told, quoted = np.zeros(len(key)), np.full(len(key), world.rates["event.quoted"])
    for name, shares in words["notified"].items():
        if name in world.agencies:
            here = first == world.agencies.index(name)
            told = np.where(here, shares.get(agency, 0.0), told)
            quoted = np.where(here, words["quotes"][name], quoted)
    # A referral, which follows from the first account, is always told of by it.
    told = np.where(happened.role[happened.incident[mine]] > REPETITION, 1.0, told)
    notified = later & dice.chance("notified", key, told)
    return notified, notified & dice.chance("quotes", key, quoted)


def _misspelt(dice: Dice, refs: pl.Series, key: Ints, rate: float) -> pl.Series:
    """References as somebody typed them: a digit left out, or two changed round."""
    wrong = np.flatnonzero(dice.chance("quoted wrongly", key, rate))
    at = 3 + dice.below("which digit", key[wrong], 3)
    dropped = dice.chance("digit left out", key[wrong], 0.5)
    texts = refs.gather(pl.Series(wrong)).to_list()
    made = [
        text[:n] + text[n + 1 :] if drop else text[:n] + text[n : n + 2][::-1] + text[n + 2 :]
        for text, n, drop in zip(texts, at.tolist(), dropped.tolist(), strict=True)
    ]
    return refs.clone().scatter(pl.Series(wrong), pl.Series(made, dtype=pl.String)) if len(wrong) else refs


def _facts(
    dice: Dice, happened: Happenings, agency: str, account: tuple[Ints, Ints], told_by: tuple[Ints, list[str]]
) -> pl.Series:
    """What each account says of the incident's facts; one written on a notification says what that one said."""
    words = telling_words()
    (incident, key), (first, agencies) = account, told_by
    tells = np.asarray([words["tells"].get(name, 0.5) for name in agencies])
    out = pl.Series([""], dtype=pl.String).new_from_index(0, len(incident))
    for number, name in enumerate(kinds()):
        told = (happened.kind[incident] == number) & (happened.role[incident] <= REPETITION)
        here = np.flatnonzero(told)
        if not len(here):
            continue
        text = pl.Series([""], dtype=pl.String).new_from_index(0, len(here))
        for slot, ways in words[name].items():
            mine = _own(happened, dice, incident[here], f"{name} {slot}", 0.3)
            fact = dice.below(f"{name} {slot}", mine, len(ways))
            ladder = np.cumsum([0, *(len(one) for one in ways)])
            flat = pl.Series([said for one in ways for said in one])
            width = np.asarray([len(one) for one in ways])[fact]
            way = dice.below(f"{name} {slot} said", key[here], width)
            said = flat.gather(pl.Series(ladder[fact] + way))
            mentions = dice.chance(f"{name} {slot} told", key[here], words["tells"].get(agency, 0.5))
            heard = first[here] >= 0
            source = dice.chance(f"{name} {slot} told", incident[here] * 16, tells[np.maximum(first[here], 0)])
            copied = source & dice.chance(f"{name} {slot} copied", key[here], words["copies"]["said"])
            mentions = np.where(heard, copied | (mentions & ~source), mentions)
            text += blank(" " + said.str.slice(0, 1).str.to_uppercase() + said.str.slice(1) + ".", ~mentions).fill_null(
                ""
            )
        out = out.clone().scatter(pl.Series(here), text)
    return out


def _when(dice: Dice, key: Ints, day: Ints, late: Ints, minute: Ints) -> pl.Series:
    """What a late account says of the day it was: yesterday, on Friday, on the 3rd."""
    true = day - late
    weekday = pl.Series(list(_DAYS)).gather(pl.Series((true + 3) % 7))
    date = pl.Series(true).cast(pl.Int32).cast(pl.Date)
    short = date.dt.strftime("%d/%m")
    night = (minute >= 18 * 60) | (minute < 5 * 60)
    near = pl.Series(np.where(night, "last night", "yesterday"))
    share = np.where(late == 1, telling_words()["says_when"]["next_day"], telling_words()["says_when"]["later"])
    way = np.where(dice.chance("says when", key, share), 1 + dice.below("says it by date", key, 2), 0)
    said = (" Happened on " + weekday).zip_with(pl.Series(way == 1), " Incident of " + short)
    said = (" Happened " + near).zip_with(pl.Series((late == 1) & (way == 1)), said)
    return blank(said + ".", (late == 0) | (way == 0)).fill_null("")


def _officer(world: World, happened: Happenings, agency: str, source: Ints, key: Ints) -> pl.Series:
    """The officer another agency's account names."""
    empty = pl.Series([""], dtype=pl.String).new_from_index(0, len(key))
    if "police" not in world.agencies or agency == "police":
        return empty
    by_police = (source >= 0) & (happened.agency[np.maximum(source, 0)] == world.agencies.index("police"))
    at = np.maximum(source, 0)
    named = " " + collar(world, happened.incident[at] * 16 + happened.place[at]) + " attended."
    share = world.rates["event.names_officer"]
    return named.zip_with(pl.Series(by_police & world.dice.chance("names the officer", key, share)), empty)


def _time(dice: Dice, agency: str, minute: Ints, late: Ints, key: Ints) -> pl.Series:
    """Police write the hour of the call, a hospital that of arrival; others keep none."""
    if agency == "police":
        at = minute + dice.below("call after", key, 40)
    elif agency == "health":
        at = np.where(
            late == 0, minute + 40 + dice.below("arrival after", key, 300), dice.below("arrival at", key, 1440)
        )
    else:
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(key))
    at = np.minimum(at, 1439)
    clock = pl.Series(at // 60).cast(pl.String).str.zfill(2) + ":" + pl.Series(at % 60).cast(pl.String).str.zfill(2)
    return blank(clock, (late > 0) if agency == "police" else np.zeros(len(key), dtype=bool))


def _place(world: World, happened: Happenings, agency: str, mine: Ints) -> pl.Series:
    """Police and housing write where in full, a hospital what kind of place, social care the street."""
    dice = world.dice
    incident = happened.incident[mine]
    none = pl.Series([None], dtype=pl.String).new_from_index(0, len(mine))
    if agency not in ("police", "housing", "health", "social_care"):
        return none
    key = incident * 16 + happened.place[mine]
    where = np.zeros(len(mine), dtype=np.int64)
    for number, name in enumerate(kinds()):
        here = np.flatnonzero(happened.kind[incident] == number)
        own = _own(happened, dice, incident[here], "place", 0.5)
        where[here] = dice.pick("kind of place", own, telling_words()["where"][name])
    who = np.where(happened.child[incident] != NOBODY, happened.child[incident], happened.adult[incident])
    household = world.homes.household_on(who, happened.day[incident])
    home = world.homes.address_on(household, happened.day[incident])[0]["address"]
    own = _own(happened, dice, incident, "street", 0.2)
    street_id = dice.below("street of it", own, max(world.homes.homes // 8, 400))
    street = (
        pl.Series(places.STREETS).gather(pl.Series(dice.below("street", street_id, len(places.STREETS))))
        + " "
        + pl.Series(list(places.KINDS)).gather(pl.Series(dice.below("street kind", street_id, len(places.KINDS))))
    )
    other = pl.Series(telling_words()["elsewhere"]["words"])
    elsewhere = other.gather(pl.Series(dice.below("which place", own, len(other))))
    full = home.zip_with(pl.Series(where == HOME), street.zip_with(pl.Series(where == STREET), elsewhere))
    full = full.zip_with(pl.Series(where != SCHOOL), pl.Series(["School"]).new_from_index(0, len(mine)))
    kind = pl.Series(list(_KINDS_OF_SITE)).gather(pl.Series(where))
    if agency == "health":
        return blank(kind, ~dice.chance("writes the place", key, 0.6))
    if agency == "social_care":
        brief = pl.Series(["home address"]).new_from_index(0, len(mine)).zip_with(pl.Series(where == HOME), full)
        return blank(brief, ~dice.chance("writes the place", key, 0.5))
    return blank(full, ~dice.chance("writes the place", key, 0.95))
