"""What happens to families: incidents that several agencies come to know of, repetitions, and what follows from them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from famlink.synthetic.dice import Bools, Dice, Floats, Ints
from famlink.synthetic.people import CHILD, NOBODY, Cast, People
from famlink.synthetic.rates import Rates
from famlink.synthetic.shape import NEVER, TODAY, Shape

SAME, REPETITION, CONSEQUENCE, RETURN = 0, 1, 2, 3
ROLES = ("same event", "repetition", "consequence", "same event")
MOST_ACCOUNTS = 4
YEARS_BACK = 4


@dataclass(frozen=True)
class Happenings:
    """Incidents, and one account an agency gives of one of them.

    Args:
        kind: kind of each incident: a position in KINDS.
        day: the day it truly was.
        child: a child of it, NOBODY where none.
        adult: the adult harmed, or the carer.
        suspect: the partner who did it, NOBODY where none or not known.
        role: SAME, REPETITION, CONSEQUENCE (a referral), or RETURN (a re-referral: an incident of its own).
        follows: the incident a repetition or consequence follows, or -1.
        incident: incident of each account.
        agency: agency of each account: a position in the world's agencies.
        person: whose record the account is on.
        place: 0 for the first account, 1 for the next ...
    """

    kind: Ints
    day: Ints
    child: Ints
    adult: Ints
    suspect: Ints
    role: Ints
    follows: Ints
    incident: Ints
    agency: Ints
    person: Ints
    place: Ints


@lru_cache(maxsize=1)
def happening_words() -> dict[str, Any]:
    """The shipped words for what happens."""
    return tomllib.loads(files("famlink.synthetic").joinpath("happenings.toml").read_text(encoding="utf-8"))


def kinds() -> list[str]:
    """The kinds of incident, in order."""
    return list(happening_words()["incident"])


def let_happen(
    dice: Dice, rates: Rates, people: People, shape: Shape, *, cast: Cast, agencies: list[str]
) -> Happenings:
    """Draw the incidents of a world and who comes to know of them.

    Args:
        dice: the world's dice.
        rates: the world's rates.
        people: everybody.
        shape: the families.
        cast: where to find mothers and partners.
        agencies: the world's agencies.

    Returns:
        the incidents and their accounts.
    """
    weights = rates["event.incidents"]
    u = 0.55 * shape.need + 0.45 * dice.uniform("incidents", shape.families)
    ladder = np.cumsum(np.asarray(weights) / np.sum(weights))
    count = np.searchsorted(ladder, np.sort(u).searchsorted(u) / max(len(u), 1), side="right")
    family = np.repeat(np.arange(shape.families), count)
    key = family * 16 + np.arange(len(family)) - np.searchsorted(family, family)
    of_kind = rates["event.kinds"]
    names = kinds()
    kind = dice.pick("kind", key, [of_kind.get(name, 0.0) for name in names])
    child = _some_child(dice, people, family, key)
    # Drawn between the child's birth and the last day: a day brought forward to the birth would heap incidents on it.
    last = TODAY - 12
    low = np.full(len(key), last - int(YEARS_BACK * 365))
    low = np.where(child >= 0, np.maximum(low, people.born[np.maximum(child, 0)] + 20), low)
    day = last - dice.below("day", key, np.maximum(last - low, 1))
    adult, suspect = _adults(dice, shape, family, day, (key, cast, float(rates["detail.man_is_harmed"])))
    suspect = np.where((suspect >= 0) & (people.died[np.maximum(suspect, 0)] <= day), NOBODY, suspect)
    keep = (day >= low) & (people.died[adult] > day) & ((child >= 0) | np.isin(kind, _about("adult")))
    kind, day, child, adult, suspect = (a[keep] for a in (kind, day, child, adult, suspect))
    key = key[keep]

    again = np.flatnonzero(dice.chance("again", key, rates["event.repetition"]))
    later = day[again] + dice.between("again after", key[again], 2, 12)
    again, later = again[later < TODAY - 3], later[later < TODAY - 3]
    first = len(kind)
    role = np.concatenate([np.full(first, SAME), np.full(len(again), REPETITION)])
    follows = np.concatenate([np.full(first, -1), again])
    key = np.concatenate([key, key[again] + 8])
    kind, child, adult, suspect = (np.concatenate([a, a[again]]) for a in (kind, child, adult, suspect))
    day = np.concatenate([day, later])
    # Who was called the first time is mostly called again.
    called = np.concatenate(
        [
            key[:first],
            np.where(dice.chance("called again", again, rates["event.called_again"]), key[again], key[first:]),
        ]
    )
    incident, agency, person, place = _accounts(dice, rates, kind, (child, adult), (key, called), agencies)
    told = _consequences(dice, rates, (kind, day, child, adult, key), (incident, agency, place), agencies)
    referred = day[told] + dice.between("referral after", key[told], 1, 4)
    back = dice.chance("re-referral", key[told], rates["event.rereferral"])
    back_day = referred + dice.between("re-referral after", key[told], 30, 350)
    back &= back_day < TODAY - 3
    both = np.concatenate([told, told[back]])
    extra = len(both)
    return Happenings(
        kind=np.concatenate([kind, kind[both]]),
        day=np.concatenate([day, referred, back_day[back]]),
        child=np.concatenate([child, child[both]]),
        adult=np.concatenate([adult, adult[both]]),
        suspect=np.concatenate([suspect, np.full(extra, NOBODY)]),
        role=np.concatenate([role, np.full(len(told), CONSEQUENCE), np.full(extra - len(told), RETURN)]),
        follows=np.concatenate([follows, told, np.full(extra - len(told), -1)]),
        incident=np.concatenate([incident, len(kind) + np.arange(extra)]),
        agency=np.concatenate([agency, np.full(extra, agencies.index("social_care") if extra else 0)]),
        person=np.concatenate([person, child[both]]),
        place=np.concatenate([place, np.zeros(extra, dtype=np.int64)]),
    )


def _about(whom: str) -> list[int]:
    return [place for place, entry in enumerate(happening_words()["incident"].values()) if entry["about"] == whom]


def _some_child(dice: Dice, people: People, family: Ints, key: Ints) -> Ints:
    usable = np.flatnonzero(
        (people.role == CHILD) & ~people.unborn & ~people.stillborn & (people.died == NEVER) & (people.cared != 4)
    )
    low = np.searchsorted(people.family[usable], family)
    high = np.searchsorted(people.family[usable], family, side="right")
    chosen = low + dice.below("which child", key, np.maximum(high - low, 1))
    return np.where(high > low, usable[np.minimum(chosen, max(len(usable) - 1, 0))], NOBODY)


def _adults(dice: Dice, shape: Shape, family: Ints, day: Ints, more: tuple[Ints, Cast, float]) -> tuple[Ints, Ints]:
    key, cast, man_is_harmed = more
    mother = cast.mother[family]
    here = (shape.start[family] <= day[:, None]) & (shape.end[family] > day[:, None] - 200)
    men = np.where(here & shape.partner[family], cast.partner[family], NOBODY)
    suspect = men.max(axis=1)
    him = (suspect >= 0) & dice.chance("the man is harmed", key, man_is_harmed)
    return np.where(him, suspect, mother), np.where(him, mother, suspect)


def _accounts(
    dice: Dice, rates: Rates, kind: Ints, whom: tuple[Ints, Ints], keys: tuple[Ints, Ints], agencies: list[str]
) -> tuple[Ints, Ints, Ints, Ints]:
    key, called = keys
    many = 1 + dice.pick("how many agencies", key, rates["event.agencies"])
    columns: list[tuple[Ints, Ints, Ints, Ints]] = []
    for number, (_, entry) in enumerate(happening_words()["incident"].items()):
        here = np.flatnonzero(kind == number)
        order = [agencies.index(name) for name in entry["order"] if name in agencies]
        if not len(here) or not order:
            continue
        score: Floats = dice.uniform("who knows", called[here][:, None] * 16 + np.arange(len(order)))
        score = score * (1.0 + 1.1 * np.arange(len(order)))
        ranked = np.argsort(score, axis=1, kind="stable")[:, :MOST_ACCOUNTS]
        chosen: Bools = np.arange(ranked.shape[1])[None, :] < many[here][:, None]
        rows, places = np.nonzero(chosen)
        agency = np.asarray(order)[ranked[rows, places]]
        incident = here[rows]
        children_know = [
            agencies.index(a) for a in ("education", "social_care", "early_help", "youth_justice") if a in agencies
        ]
        on_child = np.isin(agency, children_know) | (entry["about"] == "child")
        child, adult = whom
        person = np.where(on_child & (child[incident] >= 0), child[incident], adult[incident])
        columns.append((incident, agency, person, places))
    if not columns:
        return tuple(np.zeros(0, dtype=np.int64) for _ in range(4))  # type: ignore[return-value]
    incident, agency, person, place = (np.concatenate(c) for c in zip(*columns, strict=True))
    order_of = np.lexsort((place, incident))
    return incident[order_of], agency[order_of], person[order_of], place[order_of]


def _consequences(
    dice: Dice, rates: Rates, about: tuple[Ints, Ints, Ints, Ints, Ints], told: tuple[Ints, Ints, Ints],
    agencies: list[str],
) -> Ints:  # fmt: skip
    _, day, child, _, key = about
    incident, agency, place = told
    sources = [agencies.index(a) for a in ("police", "health", "education") if a in agencies]
    if "social_care" not in agencies or not sources:
        return np.zeros(0, dtype=np.int64)
    first = incident[(place == 0) & np.isin(agency, sources)]
    ok = (child[first] >= 0) & (day[first] < TODAY - 8)
    return np.asarray(first[ok & dice.chance("consequence", key[first], rates["event.consequence"])])
