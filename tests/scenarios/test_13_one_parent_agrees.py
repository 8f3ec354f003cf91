"""Scenario 13: the mother refuses access to her GP records, the father agrees."""

from __future__ import annotations

import pytest
from sharing_world import World, released_text, request

from famlink.sharing.gate import release
from famlink.sharing.policy import read_policy

POLICY = read_policy(None)


def family() -> World:
    world = World()
    world.person("Isla Okafor", "csc:c1", "gp:g1", born="2019-05-05", sex="female")
    world.person("Grace Okafor", "csc:c2", "gp:g2", born="1994-02-02", sex="female")
    world.person("Samuel Okafor", "csc:c3", "gp:g3", born="1992-03-03", sex="male")
    world.tie("csc:c1", "mother", "c2", parental_responsibility=True)
    world.tie("csc:c1", "father", "c3", parental_responsibility=True)
    world.event("gp:g2", "GP-2001", "2026-03-01", "health contact", "CANARYMOTHER")
    world.event("gp:g3", "GP-3001", "2026-03-02", "health contact", "CANARYFATHER")
    world.event("csc:c1", "SC-1", "2026-03-05", "contact", "GP letter GP-2001 seen by the worker")
    world.consent("csc:c2", "health", "refused", "2026-02-10")
    world.consent("csc:c3", "health", "given", "2026-02-11")
    return world


@pytest.mark.parametrize("basis", ["early-help", "s17"])
def test_the_fathers_items_only(basis: str) -> None:
    released = release(family().evidence(), request("csc:c1", basis=basis), POLICY)
    text = released_text(released)
    assert "CANARYFATHER" in text
    assert "CANARYMOTHER" not in text
    assert "GP-2001" not in text
    assert set(released.people.filter(released.people["agency"] == "gp")["record_id"]) == {"g3"}


@pytest.mark.parametrize("basis", ["early-help", "s17"])
def test_the_refusal_is_recorded_and_counted(basis: str) -> None:
    released = release(family().evidence(), request("csc:c1", basis=basis), POLICY)
    assert any(
        "health" in notice and "csc:c2" in notice and "refused on 2026-02-10" in notice for notice in released.notices
    )
    rows = released.withheld.filter(released.withheld["holder"] == "health").rows(named=True)
    assert rows == [{"holder": "health", "what": "people", "reason": "agreement refused", "count": 1}]


def test_the_father_cannot_agree_for_her() -> None:
    world = family()
    world.consent("csc:c2", "health", "given", "2026-04-01", by="csc:c3")
    world.consent("csc:c2", "health", "given", "2026-04-01", by="csc:c3", capacity="self")
    assert "CANARYMOTHER" not in released_text(release(world.evidence(), request("csc:c1", basis="s17"), POLICY))


def test_the_fathers_rule_says_that_he_agreed() -> None:
    released = release(family().evidence(), request("csc:c1", basis="early-help"), POLICY)
    rule = released.events.filter(released.events["event_id"] == "GP-3001")["rule"].item()
    assert rule == "health early-help * content with consent; agreed 2026-02-11"
