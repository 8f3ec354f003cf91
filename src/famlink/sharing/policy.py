"""A sharing policy: dated rules, as data, that say what a holder's information may be used for on a basis.

It fails closed: a holder, category or basis that no rule names is withheld.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from famlink.errors import PolicyError
from famlink.sharing.released import BASES

HOLDERS = (
    "social-care",
    "early-help",
    "education",
    "police",
    "justice",
    "adult-social-care",
    "housing",
    "health",
    "restricted-health",
)
"""Whose information a rule can be about."""

MODES = ("deny", "existence", "content")
"""What a rule allows, strictest first."""

NEEDS = ("consent", "relevance", "named-release")
"""What a rule can ask for; where it lists several, any one of them suffices."""

UNMAPPED = "unmapped"
"""The category of words the crosswalk does not know yet: released at s47 only, and never from health."""

_OPEN_TO_UNMAPPED = ("s47", "research-synthetic")
_NEVER_UNMAPPED = ("health", "restricted-health")
_HOPS = MappingProxyType({"early-help": 1, "s17": 1, "s47": 2, "s42-adult": 1, "research-synthetic": 2})
_WINDOWS = MappingProxyType({"early-help": 12, "s17": 24, "s47": None, "s42-adult": 24, "research-synthetic": None})
_MOST_HOPS = 4
_DEFAULT = Path(__file__).with_name("default_policy.toml")


@dataclass(frozen=True)
class Rule:
    """One rule of a policy.

    Args:
        holder: whose information, or ``*`` for any known holder.
        basis: on which basis, or ``*``.
        category: policy category of the information, or ``*``.
        mode: ``deny``, ``existence`` or ``content``.
        needs: what must be met; any one of them suffices; empty means nothing more.
        notify: whether the people concerned are told, unless telling them would put a child at risk.
        window_months: how far back events are relevant; None takes the basis's own window.
        because: statute or guidance it rests on, with its date.
        number: place in the file, from 1.
    """

    holder: str
    basis: str
    category: str = "*"
    mode: str = "deny"
    needs: tuple[str, ...] = ()
    notify: bool = False
    window_months: int | None = None
    because: str = ""
    number: int = 0

    @property
    def name(self) -> str:
        """The rule in a few words, as products print it: ``education early-help * content with consent``."""
        asked = f" with {' or '.join(self.needs)}" if self.needs else ""
        return f"{self.holder} {self.basis} {self.category} {self.mode}{asked}"

    @property
    def named(self) -> frozenset[str]:
        """What the rule names; a rule that names more is more specific."""
        parts = {"holder": self.holder, "basis": self.basis, "category": self.category}
        return frozenset([name for name, value in parts.items() if value != "*"] + (["needs"] if self.needs else []))

    def covers(self, *, holder: str, basis: str, category: str) -> bool:
        """Whether the rule is about this holder, basis and category."""
        return self.holder in ("*", holder) and self.basis in ("*", basis) and self.category in ("*", category)


@dataclass(frozen=True)
class Decision:
    """What a policy says of one holder's information of one category on one basis.

    Args:
        mode: ``deny``, ``existence`` or ``content``.
        rule: the rule that decided; None where no rule speaks, so that it is withheld.
        window_months: how far back events are relevant; None for life.
    """

    mode: str
    rule: Rule | None
    window_months: int | None

    @property
    def name(self) -> str:
        """The rule in words."""
        return self.rule.name if self.rule else "no rule names it"


@dataclass(frozen=True)
class Policy:
    """A versioned, dated sharing policy.

    Args:
        name: whose policy it is.
        version: its version.
        valid_from: first day it holds; None for open.
        valid_until: last day it holds; None for open.
        hops: basis -> relations away from a subject that are in scope.
        rules: its rules, in file order.
        digest: SHA-256 of the file, for the audit.

    Example:
        >>> policy = read_policy(None)
        >>> policy.decide(holder="police", basis="early-help", category="identity").mode
        'deny'
        >>> policy.decide(holder="police", basis="s47", category="identity").mode
        'content'
    """

    name: str
    version: str
    valid_from: dt.date | None
    valid_until: dt.date | None
    rules: tuple[Rule, ...]
    hops: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""

    def hops_for(self, basis: str) -> int:
        """Relations away from a subject that are in scope on a basis."""
        return self.hops.get(basis, _HOPS.get(basis, 0))

    def decide(self, *, holder: str | None, basis: str, category: str, met: frozenset[str] = frozenset()) -> Decision:
        """Say what may be done with a holder's information.

        Of the rules that cover it and whose needs are met, those that no other outranks by naming all it names and
        more decide; where they differ, the stricter wins.

        Args:
            holder: policy holder; None (not known) is withheld.
            basis: one of the bases.
            category: policy category.
            met: which of :data:`NEEDS` are met.

        Returns:
            the decision.
        """
        window = _WINDOWS.get(basis, 0)
        if holder not in HOLDERS or (category == UNMAPPED and not may_be_unmapped(holder, basis)):
            return Decision("deny", None, window)
        speaking = [
            rule
            for rule in self.rules
            if rule.covers(holder=holder, basis=basis, category=category) and (not rule.needs or met & set(rule.needs))
        ]
        highest = [rule for rule in speaking if not any(rule.named < other.named for other in speaking)]
        if not highest:
            return Decision("deny", None, window)
        rule = min(highest, key=_strictness)
        return Decision(rule.mode, rule, rule.window_months if rule.window_months is not None else window)

    def could_open(self, *, holder: str | None, basis: str, category: str, need: str) -> bool:
        """Whether meeting a need would open more than is open without it."""
        without = self.decide(holder=holder, basis=basis, category=category)
        with_it = self.decide(holder=holder, basis=basis, category=category, met=frozenset({need}))
        return MODES.index(with_it.mode) > MODES.index(without.mode)

    def check_day(self, day: dt.date) -> None:
        """Refuse to be used on a day on which the policy does not hold.

        Raises:
            PolicyError: the day is before ``valid_from`` or after ``valid_until``.
        """
        if self.valid_from is not None and day < self.valid_from:
            raise PolicyError(
                f"policy {self.name!r} version {self.version} holds from {self.valid_from}, and the request is of {day}: "
                "name a policy in force; nothing was released"
            )
        if self.valid_until is not None and day > self.valid_until:
            raise PolicyError(
                f"policy {self.name!r} version {self.version} held until {self.valid_until}, and the request is of {day}: "
                "review the policy and renew it; nothing was released"
            )


def may_be_unmapped(holder: str, basis: str) -> bool:
    """Whether information of no known category may be released at all."""
    return basis in _OPEN_TO_UNMAPPED and (basis != "s47" or holder not in _NEVER_UNMAPPED)


def _strictness(rule: Rule) -> tuple[int, int, int, int]:
    window = rule.window_months if rule.window_months is not None else 10_000
    return (MODES.index(rule.mode), -len(rule.named), window, rule.number)


def read_policy(path: str | Path | None = None) -> Policy:
    """Read a policy.toml.

    Args:
        path: the file; None reads the shipped default policy.

    Returns:
        the policy.

    Raises:
        PolicyError: the file is not there or not TOML, or it says something that cannot be; every fault in one error.

    Example:
        >>> read_policy(None).name
        'famlink default'
    """
    file = Path(path) if path is not None else _DEFAULT
    if not file.is_file():
        raise PolicyError(f"{file}: no such file; give the path of a policy.toml, or none for the shipped policy")
    content = file.read_bytes()
    try:
        raw = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PolicyError(f"{file}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{file}: not valid TOML: {error}") from None
    return _policy(raw, str(file), hashlib.sha256(content).hexdigest())


_HEAD = ("name", "version", "valid_from", "valid_until", "hops")
_RULE = ("holder", "basis", "category", "mode", "needs", "notify", "window_months", "because")


def _policy(raw: dict[str, Any], where: str, digest: str) -> Policy:
    faults: list[str] = _unknown(raw, ("policy", "rule"), "the file")
    head = raw.get("policy", {})
    entries = raw.get("rule", [])
    if not isinstance(head, dict):
        faults.append("policy is not a table: write [policy]")
        head = {}
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        faults.append("rule is not a list of tables: write [[rule]]")
        entries = []
    faults += _unknown(head, _HEAD, "[policy]")
    for name in ("name", "version"):
        if not (isinstance(head.get(name), str) and head[name].strip()):
            faults.append(f"[policy] {name} is missing or not text")
    days = {name: _day(head, name, faults) for name in ("valid_from", "valid_until")}
    if days["valid_from"] and days["valid_until"] and days["valid_from"] > days["valid_until"]:
        faults.append("[policy] valid_from is after valid_until")
    hops = head.get("hops", {})
    faults += _hop_faults(hops)
    rules = tuple(_rule(entry, number, faults) for number, entry in enumerate(entries, start=1))
    if not rules and not faults:
        faults.append("there is no [[rule]], so it releases nothing: give at least one")
    if faults:
        raise PolicyError(f"{where}: " + "; ".join(faults) + "; nothing can be released under it")
    return Policy(
        name=head["name"].strip(),
        version=head["version"].strip(),
        valid_from=days["valid_from"],
        valid_until=days["valid_until"],
        rules=rules,
        hops=MappingProxyType(dict(hops)),
        digest=digest,
    )


def _day(head: dict[str, Any], name: str, faults: list[str]) -> dt.date | None:
    given = head.get(name)
    if isinstance(given, str):
        try:
            return dt.date.fromisoformat(given)
        except ValueError:
            given = False
    if given is None or (isinstance(given, dt.date) and not isinstance(given, dt.datetime)):
        return given
    faults.append(f"[policy] {name} is not a date: write it as 2026-04-01")
    return None


def _hop_faults(hops: object) -> list[str]:
    if not isinstance(hops, dict):
        return ["[policy] hops is not a table: write hops = { s17 = 1, s47 = 2 }"]
    faults = _unknown(hops, BASES, "[policy] hops")
    return faults + [
        f"[policy] hops.{basis} is not a whole number from 0 to {_MOST_HOPS}"
        for basis, count in hops.items()
        if basis in BASES and not (type(count) is int and 0 <= count <= _MOST_HOPS)
    ]


def _rule(entry: dict[str, Any], number: int, faults: list[str]) -> Rule:
    where = f"rule {number}"
    faults += _unknown(entry, _RULE, where)
    for name, known in (("holder", ("*", *HOLDERS)), ("basis", ("*", *BASES)), ("mode", MODES)):
        if name not in entry:
            faults.append(f"{where}: {name} is missing")
        elif entry[name] not in known:
            faults.append(f"{where}: {name} {entry[name]!r} is not known; {_hint(str(entry[name]), known)}")
    category = entry.get("category", "*")
    if not (isinstance(category, str) and category.strip()):
        faults.append(f"{where}: category is not text")
    needs = entry.get("needs", [])
    if not isinstance(needs, list):
        faults.append(f"{where}: needs is not a list: write needs = ['consent']")
        needs = []
    faults += [f"{where}: need {need!r} is not known; {_hint(str(need), NEEDS)}" for need in needs if need not in NEEDS]
    if needs and entry.get("mode") == "deny":
        faults.append(f"{where}: a rule that denies needs nothing: leave needs out")
    window = entry.get("window_months")
    if window is not None and not (type(window) is int and window > 0):
        faults.append(f"{where}: window_months is not a whole number above 0")
    if not isinstance(entry.get("notify", False), bool):
        faults.append(f"{where}: notify is not true or false")
    if not isinstance(entry.get("because", ""), str):
        faults.append(f"{where}: because is not text")
    if category == UNMAPPED and entry.get("mode") != "deny" and not _unmapped_allowed(entry):
        faults.append(f"{where}: unmapped words are released at s47 only, and never from health")
    return Rule(
        holder=str(entry.get("holder")),
        basis=str(entry.get("basis")),
        category=str(category),
        mode=str(entry.get("mode")),
        needs=tuple(str(need) for need in needs),
        notify=bool(entry.get("notify", False)),
        window_months=window if type(window) is int else None,
        because=str(entry.get("because", "")),
        number=number,
    )


def _unmapped_allowed(entry: dict[str, Any]) -> bool:
    return may_be_unmapped(str(entry.get("holder")), str(entry.get("basis")))


def _unknown(given: Mapping[str, Any], known: tuple[str, ...], where: str) -> list[str]:
    return [f"unknown key {key!r} in {where}; {_hint(key, known)}" for key in given if key not in known]


def _hint(word: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
