"""Weighing a request: which rows of the evidence policy, consent, window and scope open, and which they do not."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from famlink.errors import PolicyError, RequestError
from famlink.sharing.apart import mask_bridges
from famlink.sharing.categories import EventCategory, field_category, marking
from famlink.sharing.consent import Ages, Ledger
from famlink.sharing.decisions import Decider
from famlink.sharing.evidence import Evidence
from famlink.sharing.policy import HOLDERS, Decision, Policy
from famlink.sharing.protection import Protection, mask_locations, protection
from famlink.sharing.rebuild import Open
from famlink.sharing.released import BASES, Request
from famlink.sharing.scope import barred_people
from famlink.sharing.windows import window

_KEY = ["agency", "record_id"]
_SYNTHETIC = "research-synthetic"


@dataclass(frozen=True)
class Asked:
    """A request that may be weighed, and what weighs it.

    Args:
        evidence: everything held near the subjects.
        request: the request.
        decider: what decides.
        guarded: protected people and values.
        banned: the run's persons a must-not-link rule keeps from the subjects.
        pairs: pairs of the run's persons that no relation crosses.
        hops: relations away from a subject that are in scope.
    """

    evidence: Evidence
    request: Request
    decider: Decider
    guarded: Protection
    banned: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    hops: int


def weighable(evidence: Evidence, request: Request, policy: Policy) -> Asked:
    """Check that a request may be weighed at all.

    Args:
        evidence: everything held near the subjects.
        request: the request.
        policy: the policy.

    Returns:
        the request with what weighs it.

    Raises:
        RequestError: the basis, a subject or a holder named in ``relevance`` is not known.
        PolicyError: the policy does not hold today, or forbids the request.
    """
    if request.basis not in BASES:
        near = difflib.get_close_matches(request.basis, BASES, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(BASES)}"
        raise RequestError(f"basis {request.basis!r} is not known; {hint}; nothing was released")
    if request.basis == _SYNTHETIC and not evidence.synthetic:
        raise PolicyError(
            f"the basis {_SYNTHETIC} is for made-up people, and this hub does not say synthetic = true: "
            "give the lawful basis; nothing was released"
        )
    if not request.subjects:
        raise RequestError("a request names at least one record; nothing was released")
    for holder in request.relevance:
        if holder not in HOLDERS:
            near = difflib.get_close_matches(holder, HOLDERS, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(HOLDERS)}"
            raise RequestError(f"relevance names the holder {holder!r}, which is not known; {hint}")
    if request.window_from and request.window_until and request.window_from > request.window_until:
        raise RequestError("the window asked about ends before it begins; nothing was released")
    day = request.requested_on or dt.datetime.now(dt.UTC).date()
    policy.check_day(day)
    person_of = evidence.person_of()
    unknown = [
        f"{agency}:{record_id}" for agency, record_id in request.subjects if (agency, record_id) not in person_of
    ]
    if unknown:
        raise RequestError(f"record {', '.join(unknown)} is not in this run; nothing was released")
    ages = Ages(evidence.people, evidence.standardised, evidence.ties, day=day)
    ledger = Ledger(evidence.consents, person_of, ages=ages, request=request, day=day)
    banned, pairs = barred_people(evidence, [person_of[subject] for subject in request.subjects])
    return Asked(
        evidence=evidence,
        request=request,
        decider=Decider(policy, request, ledger, holders={source.agency: source.holder for source in evidence.sources}),
        guarded=protection(evidence, ages),
        banned=banned,
        pairs=pairs,
        hops=policy.hops_for(request.basis),
    )


def opened(asked: Asked) -> Open:
    """Rows of records whose content is open, closed cells empty, before anybody asks who is in scope.

    Args:
        asked: the request and what weighs it.
    """
    evidence, decider = asked.evidence, asked.decider
    keys = []
    for agency, record_id, person in evidence.people.select(*_KEY, "person_id").iter_rows():
        source = evidence.source(agency)
        open_to_all = person not in asked.banned and decider.record(person, agency).mode == "content"
        if open_to_all and not asked.guarded.betrays(source.agency, source.system):
            keys.append((agency, record_id))
    opened_keys = pl.DataFrame(keys, schema=dict.fromkeys(_KEY, pl.String), orient="row")
    people = evidence.people.join(opened_keys, on=_KEY, how="semi").sort(_KEY)
    guarded_keys = evidence.people.filter(pl.col("person_id").is_in(sorted(asked.guarded.people))).select(_KEY)
    records, cleaned = (
        mask_bridges(_open_cells(asked, frame.join(opened_keys, on=_KEY, how="semi")), evidence)
        for frame in (evidence.records, evidence.standardised)
    )
    links = evidence.links.join(opened_keys, left_on=["agency_left", "record_id_left"], right_on=_KEY, how="semi").join(
        opened_keys, left_on=["agency_right", "record_id_right"], right_on=_KEY, how="semi"
    )
    subject_links = _links_of(evidence.links, asked.request.subjects)
    return Open(
        people=people,
        links=pl.concat([links, subject_links]).unique(maintain_order=True),
        ties=_open_ties(asked, opened_keys, guarded_keys),
        records=mask_locations(records, asked.guarded, keys=guarded_keys),
        standardised=mask_locations(cleaned, asked.guarded, keys=guarded_keys),
        reasons=evidence.reasons.join(opened_keys, on=_KEY, how="semi"),
        pairs=asked.pairs,
        as_at=evidence.as_at,
    )


def _links_of(links: pl.DataFrame, subjects: tuple[tuple[str, str], ...]) -> pl.DataFrame:
    """Links of the records asked about: the requester holds those records, released or not."""
    keys = pl.DataFrame(list(subjects), schema=dict.fromkeys(_KEY, pl.String), orient="row")
    left = links.join(keys, left_on=["agency_left", "record_id_left"], right_on=_KEY, how="semi")
    right = links.join(keys, left_on=["agency_right", "record_id_right"], right_on=_KEY, how="semi")
    return pl.concat([left, right])


def _open_cells(asked: Asked, frame: pl.DataFrame) -> pl.DataFrame:
    """Empty the columns whose category is not open in content, agency by agency and person by person."""
    person_of = asked.evidence.people.select(*_KEY, pl.col("person_id").alias("_run"))
    joined = frame.join(person_of, on=_KEY, how="left", maintain_order="left")
    for category in ("household", "unmapped"):
        names = [name for name in frame.columns if field_category(name) == category]
        shut = [
            {"agency": agency, "_run": person}
            for agency, person in joined.select("agency", "_run").unique().sort("agency", "_run").iter_rows()
            if asked.decider.decide(person, agency, category).mode != "content"
        ]
        if names and shut:
            closed = pl.struct("agency", "_run").is_in(shut)
            joined = joined.with_columns(pl.when(~closed).then(pl.col(name)).alias(name) for name in names)
    return joined.drop("_run")


def _open_ties(asked: Asked, opened_keys: pl.DataFrame, guarded_keys: pl.DataFrame) -> pl.DataFrame:
    """Ties between two open records whose relationships are open for both; who lives with a protected person is not said."""
    person_of = asked.evidence.person_of()
    ties = (
        asked.evidence.ties.join(opened_keys, on=_KEY, how="semi")
        .join(opened_keys, left_on=["agency", "relative_record_id"], right_on=_KEY, how="semi")
        .sort("agency", "record_id", "relative_record_id", "file", "file_row")
    )
    pairs = ties.select("agency", "record_id", "relative_record_id").unique(maintain_order=True)
    shut = [
        {"agency": agency, "record_id": one, "relative_record_id": other}
        for agency, one, other in pairs.iter_rows()
        if any(
            asked.decider.decide(person_of[(agency, record_id)], agency, "relationship").mode != "content"
            for record_id in (one, other)
        )
    ]
    if shut:
        ties = ties.filter(~pl.struct("agency", "record_id", "relative_record_id").is_in(shut))
    betraying = [asked.guarded.forbidden.found_in(words) for words in ties["relationship"]]
    ties = ties.filter(~pl.Series("betraying", betraying, dtype=pl.Boolean))
    hidden = set(guarded_keys.iter_rows())
    near = [
        (agency, one) in hidden or (agency, other) in hidden
        for agency, one, other in ties.select("agency", "record_id", "relative_record_id").iter_rows()
    ]
    return ties.with_columns(
        pl.when(~pl.Series("near", near, dtype=pl.Boolean)).then(pl.col("lives_with")).alias("lives_with")
    )


@dataclass(frozen=True)
class Weighed:
    """What was decided of one event.

    Args:
        verdict: ``content``; ``existence``; ``lifelong`` (older than the window, of a kind no window hides); ``older``;
            ``outside`` (the days asked about); ``guarded`` (the agency's own marking); ``denied``.
        rule: the rule with what met it.
        first: earliest day it can have been.
        last: latest day it can have ended.
        record: (agency, record_id) it is about.
    """

    verdict: str
    rule: str
    first: dt.date
    last: dt.date
    record: tuple[str, str]


def weigh_events(
    asked: Asked, runs: Mapping[tuple[str, str], str], kinds: Mapping[tuple[str, str | None], EventCategory]
) -> dict[tuple[str, str], Weighed]:
    """Weigh every event of some records.

    Args:
        asked: the request and what weighs it.
        runs: (agency, record_id) -> the run's person, of the records whose events are weighed.
        kinds: agency and its word -> event category.

    Returns:
        (agency, event_id) -> what was decided.
    """
    weighed: dict[tuple[str, str], Weighed] = {}
    columns = ("agency", "event_id", "record_id", "category", "sensitivity", "date", "latest", "end_date")
    for agency, event_id, record_id, word, sensitivity, first, latest, end in asked.evidence.events.select(
        columns
    ).iter_rows():
        person = runs.get((agency, record_id))
        if person is None:
            continue
        kind = kinds[agency, word]
        decision = asked.decider.decide(person, agency, kind.policy)
        last = max(latest, end or latest)
        weighed[(agency, event_id)] = Weighed(
            verdict=_verdict(asked, decision, kind, marking(sensitivity), (first, last)),
            rule=asked.decider.why(person, agency, decision),
            first=first,
            last=last,
            record=(agency, record_id),
        )
    return weighed


def _verdict(asked: Asked, decision: Decision, kind: EventCategory, mark: str, days: tuple[dt.date, dt.date]) -> str:
    if decision.mode == "deny" or mark == "closed":
        return "denied"
    place = window(asked.request, decision.window_months, as_at=asked.evidence.as_at).place(*days)
    if place == "outside":
        return "outside"
    if place == "older":
        return "lifelong" if kind.lifelong else "older"
    if mark == "guarded" and asked.request.basis not in ("s47", _SYNTHETIC):
        return "guarded"
    return decision.mode


def record_keys(people: pl.DataFrame, runs: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """(agency, record_id) of released people -> the run's person.

    Args:
        people: table ``people``, released.
        runs: released person -> the run's person.
    """
    rows: Iterable[tuple[str, str, str]] = people.select(*_KEY, "person_id").iter_rows()
    return {(agency, record_id): runs[person] for agency, record_id, person in rows}
