"""The wall: evidence, a request and a policy in; what one viewer may see out.

Nothing that is withheld leaves this module, nor anything computed from it: people, relations, households, incidents,
certainties and counts are made anew from the rows that policy, consent, window and scope open.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from famlink.sharing.answers import Held, existence_of, notices_of, withheld_of
from famlink.sharing.categories import EventCategory, event_categories, field_category
from famlink.sharing.evidence import Evidence
from famlink.sharing.minimise import Everyone, minimised, names_of, values_of, words_of
from famlink.sharing.policy import Policy
from famlink.sharing.protection import is_restricted
from famlink.sharing.rebuild import Family, family_in_scope, incidents_of
from famlink.sharing.released import Released, Request
from famlink.sharing.scope import person_name
from famlink.sharing.weighing import Asked, Weighed, opened, record_keys, weigh_events, weighable
from famlink.tables import EVENTS

__all__ = ["Evidence", "release"]

_KEY = ["agency", "record_id"]


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
    asked = weighable(evidence, request, policy)
    family = family_in_scope(opened(asked), request.subjects, hops=asked.hops)
    kinds = event_categories(evidence.events, words=evidence.words)
    weighed = weigh_events(asked, record_keys(family.people, family.runs), kinds)
    events = _said(asked, family, weighed, kinds)
    person_rules = _rules_of_records(asked, family)
    held = Held(asked, family, kinds, weighed)
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
        events=_grouped(events, weighed, family, evidence),
        existence=existence,
        withheld=withheld_of(held),
        notices=notices_of(held),
        protected=_protected(family),
        words=evidence.words,
    )


def _said(
    asked: Asked,
    family: Family,
    weighed: Mapping[tuple[str, str], Weighed],
    kinds: Mapping[tuple[str, str | None], EventCategory],
) -> pl.DataFrame:
    """Released events, cut down to what they may say."""
    evidence = asked.evidence
    open_keys = [{"agency": a, "event_id": e} for (a, e), said in sorted(weighed.items()) if said.verdict == "content"]
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


def _grouped(
    events: pl.DataFrame, weighed: Mapping[tuple[str, str], Weighed], family: Family, evidence: Evidence
) -> pl.DataFrame:
    incidents = incidents_of(events, family, words=evidence.words, weights=evidence.weights)
    rules = [weighed[key].rule for key in incidents.select("agency", "event_id").iter_rows()]
    return incidents.with_columns(pl.Series("rule", rules, dtype=pl.String))


def _rules_of_records(asked: Asked, family: Family) -> pl.DataFrame:
    rows = [
        (
            agency,
            record_id,
            asked.decider.why(family.runs[person], agency, asked.decider.record(family.runs[person], agency)),
        )
        for agency, record_id, person in family.people.select(*_KEY, "person_id").iter_rows()
    ]
    return pl.DataFrame(rows, schema={"agency": pl.String, "record_id": pl.String, "rule": pl.String}, orient="row")


def _with_rules(asked: Asked, family: Family) -> pl.DataFrame:
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
