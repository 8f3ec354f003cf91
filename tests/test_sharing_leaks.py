"""Nothing withheld is in a release, nor can be inferred from it: random worlds, consents and requests."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sharing_world import HOLDERS, random_world, released_text, without

from famlink.sharing.gate import Evidence, release
from famlink.sharing.policy import read_policy
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
    for agency, record_id in evidence.people.select("agency", "record_id").iter_rows():
        mark = f"{agency}{record_id}"
        if (agency, record_id) not in shown:
            assert not re.search(f"CANARY(HOME|ALIAS|EXTRA){mark}\\b", text), mark
        else:
            assert HOLDERS[agency] is not None
            assert HOLDERS[agency] not in NEVER[asked.basis]
    for agency, event_id in evidence.events.select("agency", "event_id").iter_rows():
        if (agency, event_id) not in events:
            assert event_id.removeprefix("EV-") not in text, event_id
    assert released.people["rule"].null_count() == 0
    assert released.statements["rule"].null_count() == 0
    assert released.events["rule"].null_count() == 0
    return released


def same(one: Released, other: Released, tables: tuple[str, ...]) -> None:
    for name in tables:
        left, right = getattr(one, name), getattr(other, name)
        assert left.equals(right), f"{name} changed with withheld rows\n{left}\n{right}"


def check_inference(evidence: Evidence, asked: Request, released: Released) -> None:
    """Take away everything that is withheld: what is released stays as it was, byte for byte."""
    shown = set(released.people.select("agency", "record_id").iter_rows())
    every = set(evidence.people.select("agency", "record_id").iter_rows())
    answered = set(released.existence["agency"]) | {a for a, _ in shown}
    silent = {key for key in every - shown if key[0] not in answered and key not in asked.subjects}
    events = set(released.events.select("agency", "event_id").iter_rows())
    gone = {key for key in evidence.events.select("agency", "event_id").iter_rows() if key not in events}
    if evidence.must_not_link.is_empty():  # half of somebody kept apart from another would be somebody else
        less = release(without(evidence, silent, set()), asked, DEFAULT)
        same(released, less, (*TABLES, "existence", "withheld"))
        assert released.notices == less.notices
        assert released.subjects == less.subjects
    bare = release(without(evidence, every - shown - set(asked.subjects), gone), asked, DEFAULT)
    same(released, bare, TABLES)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_random_worlds(seed: int) -> None:
    world, asked = random_world(seed)
    evidence = world.evidence()
    check_inference(evidence, asked, check(evidence, asked))


@pytest.mark.heavy
def test_many_random_worlds() -> None:
    for seed in range(2_000):
        world, asked = random_world(seed)
        evidence = world.evidence()
        check_inference(evidence, asked, check(evidence, asked))


def test_the_same_bytes_whatever_the_order_of_rows() -> None:
    for seed in range(4):
        world, asked = random_world(seed)
        first = world.evidence()
        turned = Evidence(
            **{name: value[::-1] if isinstance(value, pl.DataFrame) else value for name, value in vars(first).items()}
        )
        assert released_text(release(first, asked, DEFAULT)) == released_text(release(turned, asked, DEFAULT))
