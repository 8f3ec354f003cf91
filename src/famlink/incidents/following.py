"""What follows an incident: a consequence, which an agency did because of it, or a repetition, the same kind again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from famlink.incidents.keys import Bools, Ints, codes_of, distinct

CONSEQUENCE_DAYS = 14
"""What an agency does because of an incident is done within a fortnight."""

REPETITION_DAYS = 28
"""The same kind again within four weeks is marked as a repetition; later ones stand alone and are counted by the chronology."""

ROLES = ("consequence", "repetition")


UNSPECIFIC = ("any", "unmapped", "routine")
"""Families of kinds that say nothing of what may come again."""


@dataclass(frozen=True)
class Incidents:
    """What is known of each incident, at the number of its first event; what stands at other numbers says nothing.

    Args:
        head: for each event the first of its incident.
        agency: for each event its agency, a number.
        date: the earliest day.
        family: the family of kinds, a number; -1 where no account says.
        exact: whether all accounts are dated to the day.
        response: whether all accounts are of what an agency did.
        happening: whether an account is of what happened.
    """

    head: Ints
    agency: Ints
    date: Ints
    family: Ints
    exact: Bools
    response: Bools
    happening: Bools


def follow(grouped: pl.DataFrame, inside: pl.DataFrame, quoted: pl.DataFrame) -> pl.DataFrame:
    """Say which incident each incident follows.

    Args:
        grouped: numbered events with ``head``, the least number of their incident.
        inside: participants of each event.
        quoted: which event quotes which.

    Returns:
        ``head``, ``role`` (``consequence`` or ``repetition``) and ``follows`` (the other incident's head), for the incidents that
        follow another; sorted.
    """
    incidents = _incidents(grouped)
    role = np.full(grouped.height, -1, dtype=np.int64)
    follows = np.zeros(grouped.height, dtype=np.int64)
    people = _people(incidents, inside)
    # What is said later says more: a quoted reference, then an agency's response, then the same kind again.
    for name, (effect, cause) in (
        (1, _again(incidents, people)),
        (0, _after(incidents, people)),
        (0, _quoted(incidents, quoted)),
    ):
        role[effect], follows[effect] = name, cause
    told = np.flatnonzero(role >= 0)
    return pl.DataFrame(
        {
            "head": told.astype(np.uint32),
            "role": pl.Series(ROLES, dtype=pl.Enum(ROLES)).gather(role[told]),
            "follows": follows[told].astype(np.uint32),
        }
    )


def _incidents(grouped: pl.DataFrame) -> Incidents:
    """Each incident, from its events: most have one."""
    head = grouped["head"].to_numpy().astype(np.int64)
    date = grouped["date"].cast(pl.Int32).to_numpy().astype(np.int64)
    specific = ~grouped["family"].is_in(UNSPECIFIC).to_numpy()
    family = np.where(specific, codes_of(grouped["family"]), -1)
    stage = grouped["stage"]
    exact, response, happening = (
        told.to_numpy().copy()
        for told in (grouped["precision"] == "day", stage == "response", stage.is_in(["happening", "account"]))
    )
    more = np.flatnonzero(head != np.arange(len(head)))
    of = head[more]
    np.minimum.at(date, of, date[more])
    exact[of[~exact[more]]] = False
    response[of[~response[more]]] = False
    happening[of[happening[more]]] = True
    # The first account that says what happened: of an index written twice the last is kept, so that they come backwards.
    said = more[(family[more] >= 0) & (family[of] < 0)][::-1]
    family[head[said]] = family[said]
    return Incidents(head, codes_of(grouped["agency"]), date, family, exact, response, happening)


def _people(incidents: Incidents, inside: pl.DataFrame) -> tuple[Ints, Ints]:
    """Who is in which incident, of those that may follow another or be followed: heads and people, sorted by both."""
    told = incidents.exact & (incidents.response | incidents.happening)
    head = incidents.head[inside["number"].to_numpy()]
    live = told[head]
    both = distinct((head[live] << 32) | inside["person_id"].to_numpy()[live])
    head, person = both >> 32, both & 0xFFFFFFFF
    # Somebody in one incident alone is in none that follows another.
    many = np.bincount(person)[person] > 1
    return head[many], person[many]


def _quoted(incidents: Incidents, quoted: pl.DataFrame) -> tuple[Ints, Ints]:
    """A response that quotes an incident is its consequence, whenever it was."""
    effect, cause = (incidents.head[quoted[name].to_numpy()] for name in ("quoting", "quoted"))
    use = (effect != cause) & incidents.response[effect] & (incidents.date[cause] <= incidents.date[effect])
    return _latest(effect[use], cause[use], incidents)


def _after(incidents: Incidents, people: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """A response within a fortnight of a happening to the same people follows the latest one before it."""
    head, person = people
    response, happening = incidents.response[head], incidents.happening[head]
    return _latest_before(
        (head[response], person[response]),
        (head[happening], person[happening]),
        incidents,
        days=CONSEQUENCE_DAYS,
        strictly=False,
    )


def _again(incidents: Incidents, people: tuple[Ints, Ints]) -> tuple[Ints, Ints]:
    """The same family of kinds again within four weeks, to somebody who was in the first, by an agency that told of both.

    Without one agency that counts two, a late account of the first is as likely.
    """
    head, person = people
    told = incidents.happening[head] & (incidents.family[head] >= 0)
    head, person = head[told], person[told]
    agencies = int(incidents.agency.max(initial=0)) + 1
    by = distinct(incidents.head * agencies + incidents.agency)
    of = by // agencies
    first, many = np.searchsorted(of, head), np.bincount(of, minlength=len(incidents.head))[head]
    # One row for each agency that told of the incident.
    within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    agency = by[np.repeat(first, many) + within] % agencies
    head, person = np.repeat(head, many), np.repeat(person, many)
    families = int(incidents.family.max(initial=0)) + 1
    rows = (head, (person * families + incidents.family[head]) * agencies + agency)
    return _latest_before(rows, rows, incidents, days=REPETITION_DAYS, strictly=True)


def _latest_before(
    later: tuple[Ints, Ints], earlier: tuple[Ints, Ints], incidents: Incidents, *, days: int, strictly: bool
) -> tuple[Ints, Ints]:
    """For each later incident the latest earlier one within so many days of the same group; rows come by head."""
    first = int(incidents.date.min(initial=0))
    span = int(incidents.date.max(initial=0)) - first + 1
    # A group and a day in one number: a day takes 22 bits at most, and a group is of a few million people, not of milliards.
    wanted, known = (group * span + incidents.date[head] - first for head, group in (later, earlier))
    effects = np.argsort(wanted, kind="stable")
    causes = effects if later is earlier else np.argsort(known, kind="stable")
    wanted, known = wanted[effects], np.append(known[causes], -1)
    place = np.searchsorted(known[:-1], wanted, side="left" if strictly else "right") - 1
    near = np.flatnonzero((place >= 0) & (wanted // span == known[place] // span) & (wanted - known[place] <= days))
    return _latest(later[0][effects[near]], earlier[0][causes[place[near]]], incidents)


def _latest(effect: Ints, cause: Ints, incidents: Incidents) -> tuple[Ints, Ints]:
    """Of several causes of one incident the latest; of those of one day the first by number."""
    order = np.lexsort((cause, -incidents.date[cause], effect))
    effect, cause = effect[order], cause[order]
    first = np.ones(len(effect), dtype=np.bool_)
    first[1:] = effect[1:] != effect[:-1]
    return effect[first], cause[first]
