"""The wall: evidence, a request and a policy in; what one viewer may see out.

Nothing that is withheld leaves this module, nor anything computed from it: people, relations, households, incidents,
certainties and counts are made anew from the rows that policy, consent, window and scope open.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from famlink.errors import PolicyError, RequestError
from famlink.sharing.answers import Held, existence_of, notices_of, withheld_of
from famlink.sharing.categories import EventCategory, event_categories, field_category, marking
from famlink.sharing.consent import Ages, Ledger
from famlink.sharing.decisions import Decider
from famlink.sharing.evidence import Evidence
from famlink.sharing.minimise import Everyone, minimised, names_of, values_of, words_of
from famlink.sharing.policy import HOLDERS, Policy
from famlink.sharing.protection import Protection, is_restricted, mask_locations, protection
from famlink.sharing.rebuild import Family, Open, family_in_scope, incidents_of
from famlink.sharing.released import BASES, Released, Request
from famlink.sharing.scope import barred_people, person_name
from famlink.sharing.windows import window
from famlink.tables import EVENTS

__all__ = ["Evidence", "release"]

_KEY = ["agency", "record_id"]
_SYNTHETIC = "research-synthetic"


@dataclass(frozen=True)
class _Asked:
    """A request that may be weighed, and what weighs it."""

    evidence: Evidence
    request: Request
    decider: Decider
    guarded: Protection
    banned: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    hops: int


def release(evidence: Evidence, request: Request, policy: Policy) -> Released:
    """Let through what one viewer may see, and nothing else.

    Args:
        evidence: what a run holds about the people near the subjects.
        request: who asks, about whom, for what and on which basis.
        policy: the sharing policy.

    Returns:
        what is released; every number in it was computed from released rows alone.

    Raises:
        RequestError: the basis, a subject or a holder named in ``relevance`` is not known.
        PolicyError: the policy does not hold today, or forbids the request.
    """
    asked = _asked(evidence, request, policy)
    rows = _opened(asked)
    family = family_in_scope(rows, request.subjects, hops=asked.hops)
    kinds = event_categories(evidence.events["category"].unique().sort().to_list())
    weighed = _weigh_events(asked, family, kinds)
    events = _said(asked, family, weighed, kinds)
    person_rules = _rules_of_records(asked, family)
    held = Held(evidence, request, asked.decider, family, kinds, weighed, asked.guarded)
    existence = existence_of(held)
    agencies = sorted(set(family.people["agency"]) | set(existence["agency"]))
    people = family.people.join(person_rules, on=_KEY, how="left", maintain_order="left")
    ask = [person_name(subject) for subject in request.subjects]
    return Released(
        request=request,
        hub=evidence.hub,
        as_at=evidence.as_at,
        synthetic=evidence.synthetic,
        policy=f"{policy.name} {policy.version}",
        subjects=family.subjects or tuple(dict.fromkeys(ask)),
        agencies=tuple(evidence.source(agency) for agency in agencies),
        people=people,
        statements=_with_rules(asked, family),
        relations=family.relations,
        households=family.households,
        events=_grouped(events, weighed, family),
        existence=existence,
        withheld=withheld_of(held),
        notices=notices_of(held),
        protected=_protected(family),
    )


def _asked(evidence: Evidence, request: Request, policy: Policy) -> _Asked:
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
    return _Asked(
        evidence=evidence,
        request=request,
        decider=Decider(policy, request, ledger, holders={source.agency: source.holder for source in evidence.sources}),
        guarded=protection(evidence, ages),
        banned=banned,
        pairs=pairs,
        hops=policy.hops_for(request.basis),
    )


def _opened(asked: _Asked) -> Open:
    """Rows of records whose content is open, closed cells empty, before anybody asks who is in scope."""
    evidence, decider = asked.evidence, asked.decider
    keys = []
    for agency, record_id, person in evidence.people.select(*_KEY, "person_id").iter_rows():
        source = evidence.source(agency)
        open_to_all = person not in asked.banned and decider.record(person, agency).mode == "content"
        if open_to_all and not asked.guarded.betrays(source.agency, source.system):
            keys.append((agency, record_id))
    opened = pl.DataFrame(keys, schema=dict.fromkeys(_KEY, pl.String), orient="row")
    people = evidence.people.join(opened, on=_KEY, how="semi").sort(_KEY)
    guarded_keys = evidence.people.filter(pl.col("person_id").is_in(sorted(asked.guarded.people))).select(_KEY)
    records = _open_cells(asked, evidence.records.join(opened, on=_KEY, how="semi"))
    cleaned = _open_cells(asked, evidence.standardised.join(opened, on=_KEY, how="semi"))
    links = evidence.links.join(opened, left_on=["agency_left", "record_id_left"], right_on=_KEY, how="semi").join(
        opened, left_on=["agency_right", "record_id_right"], right_on=_KEY, how="semi"
    )
    subject_links = _links_of(evidence.links, asked.request.subjects)
    return Open(
        people=people,
        links=pl.concat([links, subject_links]).unique(maintain_order=True),
        ties=_open_ties(asked, opened, guarded_keys),
        records=mask_locations(records, asked.guarded, keys=guarded_keys),
        standardised=mask_locations(cleaned, asked.guarded, keys=guarded_keys),
        reasons=evidence.reasons.join(opened, on=_KEY, how="semi"),
        pairs=asked.pairs,
        as_at=evidence.as_at,
    )


def _links_of(links: pl.DataFrame, subjects: tuple[tuple[str, str], ...]) -> pl.DataFrame:
    """Links of the records asked about: the requester holds those records, released or not."""
    keys = pl.DataFrame(list(subjects), schema=dict.fromkeys(_KEY, pl.String), orient="row")
    left = links.join(keys, left_on=["agency_left", "record_id_left"], right_on=_KEY, how="semi")
    right = links.join(keys, left_on=["agency_right", "record_id_right"], right_on=_KEY, how="semi")
    return pl.concat([left, right])


def _open_cells(asked: _Asked, frame: pl.DataFrame) -> pl.DataFrame:
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


def _open_ties(asked: _Asked, opened: pl.DataFrame, guarded_keys: pl.DataFrame) -> pl.DataFrame:
    """Ties between two open records whose relationships are open for both; who lives with a protected person is not said."""
    person_of = asked.evidence.person_of()
    ties = (
        asked.evidence.ties.join(opened, on=_KEY, how="semi")
        .join(opened, left_on=["agency", "relative_record_id"], right_on=_KEY, how="semi")
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
    hidden = set(guarded_keys.iter_rows())
    near = [
        (agency, one) in hidden or (agency, other) in hidden
        for agency, one, other in ties.select("agency", "record_id", "relative_record_id").iter_rows()
    ]
    return ties.with_columns(
        pl.when(~pl.Series("near", near, dtype=pl.Boolean)).then(pl.col("lives_with")).alias("lives_with")
    )


def _weigh_events(
    asked: _Asked, family: Family, kinds: Mapping[str | None, EventCategory]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Weigh every event of a released record: (agency, event_id) -> (verdict, rule).

    Verdicts: ``content``, ``existence``, ``lifelong`` (older than the window, of a kind no window hides), ``older``,
    ``outside`` (the days asked about), ``guarded`` (the agency's own marking), ``denied``.
    """
    runs = {
        (agency, record_id): family.runs[person]
        for agency, record_id, person in family.people.select(*_KEY, "person_id").iter_rows()
    }
    weighed: dict[tuple[str, str], tuple[str, str]] = {}
    events = asked.evidence.events.join(family.people, on=_KEY, how="semi")
    columns = ("agency", "event_id", "record_id", "category", "sensitivity", "date", "latest", "end_date")
    for agency, event_id, record_id, word, sensitivity, date, latest, end in events.select(columns).iter_rows():
        person, kind = runs[(agency, record_id)], kinds[word]
        decision = asked.decider.decide(person, agency, kind.policy)
        weighed[(agency, event_id)] = (
            _verdict(asked, decision.mode, decision.window_months, kind, sensitivity, date, max(latest, end or latest)),
            asked.decider.why(person, agency, decision),
        )
    return weighed


def _verdict(
    asked: _Asked,
    mode: str,
    months: int | None,
    kind: EventCategory,
    sensitivity: str | None,
    first: dt.date,
    last: dt.date,
) -> str:
    mark = marking(sensitivity)
    if mode == "deny" or mark == "closed":
        return "denied"
    place = window(asked.request, months, as_at=asked.evidence.as_at).place(first, last)
    if place == "outside":
        return "outside"
    if place == "older":
        return "lifelong" if kind.lifelong else "older"
    if mark == "guarded" and asked.request.basis not in ("s47", _SYNTHETIC):
        return "guarded"
    return mode


def _said(
    asked: _Asked,
    family: Family,
    weighed: Mapping[tuple[str, str], tuple[str, str]],
    kinds: Mapping[str | None, EventCategory],
) -> pl.DataFrame:
    """Released events, cut down to what they may say."""
    evidence = asked.evidence
    open_keys = [
        {"agency": a, "event_id": e} for (a, e), (verdict, _) in sorted(weighed.items()) if verdict == "content"
    ]
    is_open = pl.struct("agency", "event_id").is_in(open_keys) if open_keys else pl.lit(value=False)
    events = EVENTS.conform(evidence.events.filter(is_open).sort("agency", "event_id"))
    shut_events = evidence.events.filter(~is_open)
    shut = evidence.records.join(family.people, on=_KEY, how="anti")
    shut_cleaned = evidence.standardised.join(family.people, on=_KEY, how="anti")
    shown = set(family.runs.values())
    strangers = evidence.people.filter(~pl.col("person_id").is_in(sorted(shown))).select(_KEY)
    released = values_of(family.records, family.standardised, events) | words_of(family.records)
    withheld = values_of(shut, shut_cleaned, shut_events, strangers=strangers) - released
    everyone = Everyone(
        names=names_of(evidence.records),
        shown=frozenset(family.people.select(_KEY).iter_rows()),
        protected=frozenset(
            evidence.people.filter(pl.col("person_id").is_in(sorted(asked.guarded.people))).select(_KEY).iter_rows()
        ),
    )
    return minimised(
        events,
        {word: kind.kind for word, kind in kinds.items()},
        everyone=everyone,
        withheld=withheld,
        guarded=asked.guarded,
    )


def _grouped(events: pl.DataFrame, weighed: Mapping[tuple[str, str], tuple[str, str]], family: Family) -> pl.DataFrame:
    incidents = incidents_of(events, family.people)
    rules = [weighed[key][1] for key in incidents.select("agency", "event_id").iter_rows()]
    return incidents.with_columns(pl.Series("rule", rules, dtype=pl.String))


def _rules_of_records(asked: _Asked, family: Family) -> pl.DataFrame:
    rows = [
        (
            agency,
            record_id,
            asked.decider.why(family.runs[person], agency, asked.decider.record(family.runs[person], agency)),
        )
        for agency, record_id, person in family.people.select(*_KEY, "person_id").iter_rows()
    ]
    return pl.DataFrame(rows, schema={"agency": pl.String, "record_id": pl.String, "rule": pl.String}, orient="row")


def _with_rules(asked: _Asked, family: Family) -> pl.DataFrame:
    said = family.statements
    rules = []
    for agency, person, name in said.select("agency", "person_id", "field").iter_rows():
        run = family.runs[person]
        rules.append(asked.decider.why(run, agency, asked.decider.decide(run, agency, field_category(name))))
    return said.with_columns(pl.Series("rule", rules, dtype=pl.String))


def _protected(family: Family) -> tuple[str, ...]:
    """Protected people, as far as a released record says so."""
    marked = family.standardised.filter(is_restricted(pl.col("restricted"))).select(_KEY).unique()
    return tuple(sorted(set(family.people.join(marked, on=_KEY, how="semi")["person_id"])))
