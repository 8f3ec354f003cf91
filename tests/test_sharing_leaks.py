"""Nothing withheld is in a release, nor can be inferred from it: random worlds, consents and requests."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sharing_world import HOLDERS, random_town, random_world, released_text, without

from famlink.sharing.gate import Evidence, release
from famlink.sharing.policy import read_policy
from famlink.sharing.policy_report import policy_explain
from famlink.sharing.released import Released, Request

DEFAULT = read_policy(None)
TABLES = ("people", "statements", "relations", "households", "events")

# What the matrix of the design opens in content at all, whatever is agreed or recorded.
NEVER = {
    "early-help": {"police", "justice", "housing", "restricted-health"},
    "s17": {"justice", "restricted-health"},
    "s42-adult": {"justice", "restricted-health"},
    "s47": set(),
}


def check(evidence: Evidence, asked: Request) -> Released:
    """Every property of one release."""
    released = release(evidence, asked, DEFAULT)
    text = released_text(released)
    shown = set(released.people.select("agency", "record_id").iter_rows())
    events = set(released.events.select("agency", "event_id").iter_rows())
    told = set(re.findall(r"CANARY(?:HOME|ALIAS|EXTRA)(\w+)", text))
    for agency, record_id in evidence.people.select("agency", "record_id").iter_rows():
        if (agency, record_id) not in shown:
            assert f"{agency}{record_id}" not in told, (agency, record_id)
        else:
            assert HOLDERS[agency] is not None
            assert HOLDERS[agency] not in NEVER[asked.basis]
    said = set(re.findall(r"(?:CANARYTEXT|EV-|REF/)(\w+)", text))
    assert said <= {event_id.removeprefix("EV-") for _, event_id in events}
    assert released.people["rule"].null_count() == 0
    assert released.statements["rule"].null_count() == 0
    assert released.events["rule"].null_count() == 0
    return released


def same(one: Released, other: Released, tables: tuple[str, ...]) -> None:
    for name in tables:
        left, right = getattr(one, name), getattr(other, name)
        assert left.equals(right), f"{name} changed with withheld rows\n{left}\n{right}"


def check_inference(evidence: Evidence, asked: Request, released: Released, *, homes: bool) -> list[Released]:
    """Take away everything that is withheld: what is released stays as it was, byte for byte.

    Returns:
        the releases that are the same in every part, existence and counts included.
    """
    alike = []
    shown = set(released.people.select("agency", "record_id").iter_rows())
    told = policy_explain(evidence, asked, DEFAULT)["records"]
    shut = {(row["agency"], row["record_id"]) for row in told if row["mode"] != "content"} - set(asked.subjects)
    assert not shut & shown
    if evidence.must_not_link.is_empty():  # half of somebody kept apart from another would be somebody else
        denied = {(row["agency"], row["record_id"]) for row in told if row["mode"] == "deny"} - set(asked.subjects)
        less = release(without(evidence, denied, set()), asked, DEFAULT)
        same(released, less, (*TABLES, "existence", "withheld"))
        assert released.notices == less.notices
        assert released.subjects == less.subjects
        assert released.protected == less.protected
        alike.append(less)
    events = set(released.events.select("agency", "event_id").iter_rows())
    gone = {key for key in evidence.events.select("agency", "event_id").iter_rows() if key not in events}
    # Who lives at an address decides whether it is a shared house, whose lodgers are in no household: there, open records
    # of people beyond the ring count, and taking them away could show more. Without addresses everybody may go.
    every = set(evidence.people.select("agency", "record_id").iter_rows())
    away = shut if homes else every - shown - set(asked.subjects)
    if homes and not evidence.must_not_link.is_empty():
        return alike
    # A record on the must-not-link list takes former names from its person, shown or not: it stays.
    person_of = evidence.person_of()
    seen = {person_of[key] for key in shown}
    for row in evidence.must_not_link.iter_rows(named=True):
        listed = {(row["agency_left"], row["record_id_left"]), (row["agency_right"], row["record_id_right"])}
        away -= {key for key in listed if person_of[key] in seen}
    same(released, release(without(evidence, away, gone), asked, DEFAULT), TABLES)
    return alike


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_random_worlds(seed: int, homes: bool) -> None:
    world, asked = random_world(seed, homes=homes)
    evidence = world.evidence()
    check_inference(evidence, asked, check(evidence, asked), homes=homes)


@pytest.mark.heavy
def test_many_random_worlds() -> None:
    for seed in range(2_000):
        world, asked = random_world(seed, homes=seed % 2 == 0)
        evidence = world.evidence()
        check_inference(evidence, asked, check(evidence, asked), homes=seed % 2 == 0)


@pytest.mark.parametrize("homes", [True, False])
def test_strangers_asked_about_together(homes: bool) -> None:
    """A town of families, as benchmarks/gate_leaks.py puts it to the gate: nobody is in two families."""
    world, asked = random_town(range(100, 108), homes=homes, apart=homes)
    evidence = world.evidence()
    released = check(evidence, asked)
    check_inference(evidence, asked, released, homes=homes)
    families = {record_id.partition("q")[2] for record_id in released.people["record_id"]}
    assert len(families) > 4
    for frame, keys in (
        (released.relations, ("person_id", "relative_id")),
        (released.households, ("household_id",) * 2),
    ):
        of = {p: r.partition("q")[2] for p, r in released.people.select("person_id", "record_id").iter_rows()}
        together = [(of[row["person_id"]], of.get(row[keys[1]])) for row in frame.iter_rows(named=True)]
        assert all(other in (None, one) for one, other in together)


def test_the_same_bytes_whatever_the_order_of_rows() -> None:
    for seed in range(4):
        world, asked = random_world(seed)
        first = world.evidence()
        turned = Evidence(
            **{name: value[::-1] if isinstance(value, pl.DataFrame) else value for name, value in vars(first).items()}
        )
        assert released_text(release(first, asked, DEFAULT)) == released_text(release(turned, asked, DEFAULT))
