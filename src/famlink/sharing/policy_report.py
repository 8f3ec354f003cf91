"""Looking at a policy before it is used: what it leaves out, where it contradicts itself, and what it would do."""

from __future__ import annotations

import datetime as dt
import difflib
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from famlink.sharing.categories import event_categories
from famlink.sharing.decisions import RECORD_CATEGORIES
from famlink.sharing.evidence import Evidence
from famlink.sharing.policy import HOLDERS, NEEDS, UNMAPPED, Policy, Rule, read_policy
from famlink.sharing.rebuild import family_in_scope
from famlink.sharing.released import BASES, Request
from famlink.sharing.weighing import opened, weigh_events, weighable
from famlink.vocabulary.events import crosswalk

_LAWFUL = tuple(basis for basis in BASES if basis != "research-synthetic")


def policy_check(path: str | Path | None = None, *, day: dt.date | None = None) -> dict[str, Any]:
    """Check a policy file: schema, gaps, contradictions.

    Args:
        path: a policy.toml; None checks the shipped policy.
        day: the day it should hold on; None takes today.

    Returns:
        ``{policy, version, valid_from, valid_until, rules, faults, contradictions, gaps, notes}``: a fault stops its use
        today; a contradiction is two rules of equal rank that differ, where the stricter wins; a gap is a holder and basis
        no rule names, so that all of it is withheld; a note is worth a look.

    Raises:
        PolicyError: the file is not a policy; every fault of its schema in one error.

    Example:
        >>> report = policy_check()
        >>> report["faults"], report["contradictions"], report["gaps"]
        ([], [], [])
    """
    policy = read_policy(path)
    day = day or dt.datetime.now(dt.UTC).date()
    faults = []
    if policy.valid_from is not None and day < policy.valid_from:
        faults.append(f"it holds from {policy.valid_from}: nothing can be released under it on {day}")
    if policy.valid_until is not None and day > policy.valid_until:
        faults.append(f"it held until {policy.valid_until}: nothing can be released under it on {day}")
    return {
        "policy": policy.name,
        "version": policy.version,
        "valid_from": policy.valid_from.isoformat() if policy.valid_from else None,
        "valid_until": policy.valid_until.isoformat() if policy.valid_until else None,
        "rules": len(policy.rules),
        "faults": faults,
        "contradictions": list(_contradictions(policy)),
        "gaps": [
            f"no rule names {holder} on the basis {basis}: all of it is withheld"
            for holder in HOLDERS
            for basis in _LAWFUL
            if not any(
                rule.holder in ("*", holder) and rule.basis in ("*", basis) and rule.category == "*"
                for rule in policy.rules
            )
            and not any(rule.holder == holder and rule.basis in ("*", basis) for rule in policy.rules)
        ],
        "notes": list(_notes(policy)),
    }


def matrix(policy: Policy) -> list[dict[str, str]]:
    """What a policy does with a person's record, holder by holder and basis by basis.

    Args:
        policy: the policy.

    Returns:
        one row a holder and basis: ``holder``, ``basis``, ``alone`` (with nothing agreed or recorded), and what each of
        consent, relevance and a named release makes of it.

    Example:
        >>> rows = matrix(read_policy(None))
        >>> next(row for row in rows if (row["holder"], row["basis"]) == ("education", "early-help"))["consent"]
        'content'
    """
    rows = []
    for holder in HOLDERS:
        for basis in BASES:
            row = {"holder": holder, "basis": basis}
            for name, met in (("alone", frozenset[str]()), *((need, frozenset({need})) for need in NEEDS)):
                modes = {
                    category: policy.decide(holder=holder, basis=basis, category=category, met=met).mode
                    for category in RECORD_CATEGORIES
                }
                opened_parts = sorted({mode for mode in modes.values() if mode != "deny"})
                row[name] = modes["identity"] if modes["identity"] != "deny" else (opened_parts or ["deny"])[0]
            rows.append(row)
    return rows


def policy_explain(evidence: Evidence, request: Request, policy: Policy) -> dict[str, Any]:
    """Say what a request would release and withhold, and by which rule.

    It is for those who govern the hub, not part of a product: it names records that are withheld. It holds ids, rules and
    counts, never a person's value.

    Args:
        evidence: what a run holds about the people near the subjects.
        request: the request.
        policy: the policy.

    Returns:
        ``{policy, basis, subjects, records, events}``: records with ``agency, record_id, holder, in_scope, mode, rule,
        agreement``; events counted by ``agency, category, kind, verdict, rule``.

    Raises:
        RequestError, PolicyError: as :func:`famlink.sharing.gate.release`.
    """
    asked = weighable(evidence, request, policy)
    family = family_in_scope(opened(asked), request.subjects, hops=asked.hops)
    shown = set(family.people.select("agency", "record_id").iter_rows())
    kinds = event_categories(evidence.events, words=evidence.words)
    person_of = evidence.person_of()
    records = []
    for (agency, record_id), person in sorted(person_of.items()):
        decision = asked.decider.record(person, agency)
        holder = asked.decider.holder(agency)
        apart = person in asked.banned
        records.append(
            {
                "agency": agency,
                "record_id": record_id,
                "holder": holder,
                "in_scope": (agency, record_id) in shown,
                "mode": "deny" if apart else decision.mode,
                "rule": "must not link" if apart else _rule(asked.decider.why(person, agency, decision), holder),
                "agreement": asked.decider.standing(person, holder).state if holder else "none",
            }
        )
    counts: dict[tuple[str, str, str, str, str], int] = defaultdict(int)
    words = {(a, e): w for a, e, w in evidence.events.select("agency", "event_id", "category").iter_rows()}
    for key, said in weigh_events(asked, person_of, kinds).items():
        kind = kinds[key[0], words[key]]
        verdict = said.verdict if said.record in shown else f"{said.verdict}, record not released"
        counts[(key[0], kind.policy, kind.kind, verdict, said.rule)] += 1
    return {
        "policy": f"{policy.name} {policy.version}",
        "basis": request.basis,
        "subjects": [f"{agency}:{record_id}" for agency, record_id in request.subjects],
        "records": records,
        "events": [
            {"agency": agency, "category": category, "kind": kind, "verdict": verdict, "rule": rule, "count": count}
            for (agency, category, kind, verdict, rule), count in sorted(counts.items())
        ],
    }


def _rule(rule: str, holder: str | None) -> str:
    return rule if holder else "its agency has no known policy holder"


def _contradictions(policy: Policy) -> Iterator[str]:
    """Pairs of rules that meet somewhere, differ there, and of which neither outranks the other nor a third both."""
    for one, other in combinations(policy.rules, 2):
        if one.mode == other.mode or not _meet(one, other) or one.named < other.named or other.named < one.named:
            continue
        if one.named == other.named:
            yield (
                f"rules {one.number} and {other.number} name the same and differ ({one.mode}, {other.mode}): "
                "the stricter wins"
            )
        elif "deny" not in (one.mode, other.mode):
            yield (
                f"rules {one.number} and {other.number} overlap, and neither is more specific ({one.mode}, {other.mode}): "
                "the stricter wins"
            )


def _meet(one: Rule, other: Rule) -> bool:
    def parts(a: str, b: str) -> bool:
        return a == b or "*" in (a, b)

    needs = not one.needs or not other.needs or bool(set(one.needs) & set(other.needs))
    return (
        parts(one.holder, other.holder)
        and parts(one.basis, other.basis)
        and parts(one.category, other.category)
        and needs
    )


def _notes(policy: Policy) -> Iterator[str]:
    known = {kind.policy for kind in crosswalk().kinds.values()} | {*RECORD_CATEGORIES, UNMAPPED, "*"}
    for rule in policy.rules:
        if rule.category not in known:
            near = difflib.get_close_matches(rule.category, sorted(known), n=1, cutoff=0.6)
            hint = f"did you mean {near[0]!r}?" if near else "no event is mapped to it"
            yield f"rule {rule.number}: category {rule.category!r} is not known; {hint}"
        if not rule.because:
            yield f"rule {rule.number}: says no because: name the statute or agreement, with its date"
    if policy.valid_until is None:
        yield "it has no valid_until: nothing will remind you to review it"
    for rule in policy.rules:
        if rule.mode != "deny" and not _decides(policy, rule):
            yield f"rule {rule.number} never decides anything: stricter or more specific rules always do"


def _decides(policy: Policy, rule: Rule) -> bool:
    met = [frozenset({need}) for need in rule.needs] or [frozenset[str]()]
    categories = (*RECORD_CATEGORIES, "contact") if rule.category == "*" else (rule.category,)
    return any(
        policy.decide(holder=holder, basis=basis, category=category, met=needs).rule == rule
        for holder in (HOLDERS if rule.holder == "*" else (rule.holder,))
        for basis in (BASES if rule.basis == "*" else (rule.basis,))
        for category in categories
        for needs in met
    )
