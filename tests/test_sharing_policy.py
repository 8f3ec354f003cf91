"""Policies: reading, refusing, the most specific rule, and looking at one before it is used."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sharing_world import request
from test_sharing_gate import one_adult

from famlink.errors import PolicyError
from famlink.sharing.policy import HOLDERS, MODES, NEEDS, Policy, Rule, read_policy
from famlink.sharing.policy_report import matrix, policy_check, policy_explain
from famlink.sharing.released import BASES

HEAD = '[policy]\nname = "Northshire"\nversion = "3"\n'
RULE = '[[rule]]\nholder = "police"\nbasis = "s47"\nmode = "content"\n'


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_read(tmp_path: Path) -> None:
    text = HEAD + "valid_from = 2026-04-01\nvalid_until = 2027-03-31\nhops = { s47 = 3 }\n" + RULE
    policy = read_policy(
        write(tmp_path, text + 'needs = ["consent"]\nnotify = true\nwindow_months = 6\nbecause = "x"\n')
    )
    assert (policy.name, policy.version, policy.valid_until) == ("Northshire", "3", dt.date(2027, 3, 31))
    assert policy.hops_for("s47") == 3
    assert policy.hops_for("s17") == 1
    rule = policy.rules[0]
    assert (rule.needs, rule.notify, rule.window_months, rule.because, rule.category) == (
        ("consent",),
        True,
        6,
        "x",
        "*",
    )
    assert len(policy.digest) == 64


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + RULE.replace("holder", "hodler"), "unknown key 'hodler' in rule 1; did you mean 'holder'"),
        (HEAD + RULE.replace('"police"', '"polise"'), "holder 'polise' is not known; did you mean 'police'"),
        (HEAD + RULE.replace("s47", "s74"), "basis 's74' is not known; did you mean 's47'"),
        (HEAD + RULE.replace("content", "contents"), "did you mean 'content'"),
        (HEAD + RULE + 'needs = ["consnet"]\n', "need 'consnet' is not known; did you mean 'consent'"),
        (HEAD + RULE + "window_months = 0\n", "window_months is not a whole number above 0"),
        (HEAD + RULE + 'notify = "yes"\n', "notify is not true or false"),
        (HEAD + RULE.replace("content", "deny") + 'needs = ["consent"]\n', "a rule that denies needs nothing"),
        (HEAD + "valid_until = 2025-01-01\nvalid_from = 2026-01-01\n" + RULE, "valid_from is after valid_until"),
        (HEAD + 'valid_from = "tomorrow"\n' + RULE, "valid_from is not a date"),
        (HEAD + "hops = { s47 = 99 }\n" + RULE, "hops.s47 is not a whole number from 0 to 4"),
        (HEAD + "hops = { s74 = 1 }\n" + RULE, "unknown key 's74' in .policy. hops; did you mean 's47'"),
        (HEAD, r"there is no \[\[rule\]\]"),
        (RULE, "name is missing"),
        (HEAD + "[[rules]]\n" + RULE, "unknown key 'rules' in the file; did you mean 'rule'"),
        (HEAD + RULE.replace("s47", "s17") + 'category = "unmapped"\n', "unmapped words are released at s47 only"),
        (HEAD + RULE.replace("police", "health") + 'category = "unmapped"\n', "never from health"),
        ("not toml at all", "not valid TOML"),
    ],
)
def test_faults(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        read_policy(write(tmp_path, text))


def test_every_fault_in_one_error(tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        read_policy(write(tmp_path, HEAD + RULE.replace("police", "x") + RULE.replace("s47", "y")))
    assert "rule 1" in str(caught.value)
    assert "rule 2" in str(caught.value)


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="no such file"):
        read_policy(tmp_path / "none.toml")


def of(*rules: Rule) -> Policy:
    return Policy("p", "1", None, None, rules)


def test_the_most_specific_rule_wins() -> None:
    policy = of(
        Rule("*", "s47", mode="deny"),
        Rule("police", "s47", mode="content"),
        Rule("police", "s47", "offending", mode="existence"),
    )
    assert policy.decide(holder="police", basis="s47", category="contact").mode == "content"
    assert policy.decide(holder="police", basis="s47", category="offending").mode == "existence"
    assert policy.decide(holder="health", basis="s47", category="contact").mode == "deny"


def test_a_tie_goes_to_the_stricter_whatever_the_order() -> None:
    loose, strict = Rule("police", "s47", mode="content"), Rule("police", "s47", mode="existence")
    for rules in ((loose, strict), (strict, loose)):
        assert of(*rules).decide(holder="police", basis="s47", category="contact").mode == "existence"
    across = of(Rule("police", "s47", mode="content"), Rule("*", "*", "refuge", mode="deny"))
    assert across.decide(holder="police", basis="s47", category="refuge").mode == "deny"


def test_any_one_need_suffices_and_a_condition_is_specific() -> None:
    policy = of(
        Rule("health", "s17", mode="existence"), Rule("health", "s17", mode="content", needs=("consent", "relevance"))
    )
    for met, mode in (((), "existence"), (("consent",), "content"), (("relevance",), "content")):
        assert policy.decide(holder="health", basis="s17", category="contact", met=frozenset(met)).mode == mode


@given(
    st.lists(
        st.builds(
            Rule,
            holder=st.sampled_from(("*", "police", "health")),
            basis=st.sampled_from(("*", "s17", "s47")),
            category=st.sampled_from(("*", "contact", "unmapped")),
            mode=st.sampled_from(MODES),
            needs=st.sampled_from(((), ("consent",), ("relevance", "consent"))),
        ),
        max_size=6,
    ),
    st.sampled_from((*HOLDERS, None, "fire")),
    st.sampled_from(BASES),
    st.sampled_from(("contact", "identity", "unmapped")),
    st.sets(st.sampled_from(NEEDS)),
)
def test_never_more_open_than_some_rule_says(
    rules: list[Rule], holder: str | None, basis: str, category: str, met: set[str]
) -> None:
    policy = of(*rules)
    decision = policy.decide(holder=holder, basis=basis, category=category, met=frozenset(met))
    speaking = [
        rule
        for rule in rules
        if rule.holder in ("*", holder)
        and rule.basis in ("*", basis)
        and rule.category in ("*", category)
        and (not rule.needs or met & set(rule.needs))
    ]
    if decision.mode != "deny":
        assert holder in HOLDERS
        assert decision.rule in speaking
        assert category != "unmapped" or basis == "research-synthetic" or (basis == "s47" and holder != "health")
    exact = [rule for rule in speaking if rule.named == {"holder", "basis", "category", "needs"}]
    if any(rule.mode == "deny" for rule in exact):
        assert decision.mode == "deny"
    shuffled = of(*reversed(rules)).decide(holder=holder, basis=basis, category=category, met=frozenset(met))
    assert shuffled.mode == decision.mode


def test_the_shipped_policy_has_no_gap_and_no_rule_without_a_reason() -> None:
    report = policy_check()
    assert report["faults"] == report["contradictions"] == report["gaps"] == []
    assert report["notes"] == ["it has no valid_until: nothing will remind you to review it"]
    assert len(matrix(read_policy(None))) == len(HOLDERS) * len(BASES)


def test_check_finds_gaps_contradictions_and_words_nobody_uses(tmp_path: Path) -> None:
    text = (
        HEAD
        + "valid_until = 2026-01-01\n"
        + RULE
        + RULE.replace("content", "existence")
        + RULE
        + 'category = "tenansy"\n'
    )
    report = policy_check(write(tmp_path, text), day=dt.date(2026, 6, 1))
    assert report["faults"] == ["it held until 2026-01-01: nothing can be released under it on 2026-06-01"]
    assert report["contradictions"] == [
        "rules 1 and 2 name the same and differ (content, existence): the stricter wins"
    ]
    assert len(report["gaps"]) == len(HOLDERS) * 4 - 1
    assert "rule 3: category 'tenansy' is not known; did you mean 'tenancy'?" in report["notes"]
    assert any("rule 1 never decides anything" in note for note in report["notes"])


def test_explain_names_every_record_with_its_rule_and_no_value() -> None:
    told = policy_explain(one_adult("police").evidence(), request("csc:c1", basis="s17"), read_policy(None))
    rows = {(row["agency"], row["record_id"]): row for row in told["records"]}
    assert rows["police", "x1"]["mode"] == "existence"
    assert rows["police", "x1"]["rule"] == "police s17 * existence"
    assert rows["csc", "c2"]["in_scope"]
    assert sum(row["count"] for row in told["events"]) == 5
    assert "CANARY" not in str(told)
    assert "Milbanke" not in str(told)
