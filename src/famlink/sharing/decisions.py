"""What policy, consent and recorded relevance together decide for one person, one holder and one category."""

from __future__ import annotations

from collections.abc import Mapping

from famlink.sharing.consent import Ledger, Standing
from famlink.sharing.policy import MODES, Decision, Policy
from famlink.sharing.released import Request

RECORD_CATEGORIES = ("identity", "household", "relationship")
"""Policy categories of what a record says beside its events: who it is, where they live, who is who to them."""


class Decider:
    """Decides, and remembers what it decided.

    Args:
        policy: the policy.
        request: the request.
        ledger: the consent ledger as it stands today.
        holders: agency -> policy holder; None where it is not known.
    """

    def __init__(self, policy: Policy, request: Request, ledger: Ledger, *, holders: Mapping[str, str | None]) -> None:
        self.policy = policy
        self.request = request
        self._ledger = ledger
        self._holders = holders
        self._standings: dict[tuple[str, str], Standing] = {}
        self._decisions: dict[tuple[str, str, str], Decision] = {}

    def holder(self, agency: str) -> str | None:
        """The policy holder of an agency."""
        return self._holders.get(agency)

    def standing(self, person: str, holder: str) -> Standing:
        """Where agreement stands for a person and a holder."""
        key = (person, holder)
        if key not in self._standings:
            self._standings[key] = self._ledger.standing(person, holder)
        return self._standings[key]

    def met(self, person: str, holder: str) -> frozenset[str]:
        """Which needs are met. A standing refusal is not got round by a recorded reason: it is overridden, or stands."""
        standing = self.standing(person, holder)
        met = set()
        if standing.agreed:
            met.add("consent")
        if standing.named_release:
            met.add("named-release")
        if standing.state != "refused" and self.request.relevance.get(holder, "").strip():
            met.add("relevance")
        return frozenset(met)

    def decide(self, person: str, agency: str, category: str) -> Decision:
        """Decide for one person's information of one category from one agency."""
        key = (person, agency, category)
        if key not in self._decisions:
            holder = self.holder(agency)
            met = self.met(person, holder) if holder is not None else frozenset()
            self._decisions[key] = self.policy.decide(
                holder=holder, basis=self.request.basis, category=category, met=met
            )
        return self._decisions[key]

    def record(self, person: str, agency: str) -> Decision:
        """Decide for a record: content where its identity is open, else existence where anything it says is known to be."""
        identity = self.decide(person, agency, "identity")
        if identity.mode == "content":
            return identity
        best = max(
            (self.decide(person, agency, category) for category in RECORD_CATEGORIES),
            key=lambda decision: MODES.index(decision.mode),
        )
        if best.mode == "content":
            # A household without the person's identity cannot be shown as theirs; that somebody is known, it says.
            return Decision("existence", best.rule, best.window_months)
        return best if best.mode == "existence" else identity

    def why(self, person: str, agency: str, decision: Decision) -> str:
        """The rule with what met it, in a few words, as products print it."""
        rule = decision.rule
        holder = self.holder(agency)
        if rule is None or holder is None:
            return decision.name
        said = [rule.name]
        standing = self.standing(person, holder)
        met = self.met(person, holder) & set(rule.needs)
        if "named-release" in met or ("consent" in met and standing.state == "overridden"):
            said.append(f"overridden {standing.since}")
        elif "consent" in met:
            said.append(f"agreed {standing.since}")
        elif "relevance" in met:
            said.append("relevance recorded")
        return "; ".join(said)
