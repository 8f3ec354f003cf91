"""Scenario 6: an adopted child's records before and after are never joined, nor hinted at."""

from __future__ import annotations

import pytest
from sharing_world import World, names, released_text, request

from famlink.errors import PolicyError
from famlink.sharing.gate import release
from famlink.sharing.policy import read_policy

POLICY = read_policy(None)


def families(*, apart: bool = True, before: bool = True) -> World:
    """A child before adoption with birth mother and sister, and after it with adoptive parents, all known to social care."""
    world = World()
    world.record("csc:a1", "Lily Ashcroft", born="2015-04-02", sex="female", nhs_number="9990143145")
    world.record(
        "school:a1",
        "Lily Ashcroft",
        born="2015-04-02",
        upn="B801200001001",
        former_upn="A801200001001",
        aliases="Lily Karr",
    )
    world.person("Helen Ashcroft", "csc:a2", born="1980-01-01")
    world.tie("csc:a1", "adoptive mother", "a2", parental_responsibility=True)
    world.event("csc:a1", "EV-after-1", "2026-03-01", "contact", "settled at school")
    if before:
        world.person(
            "Lillian Karr",
            "csc:b1",
            "school:b1",
            born="2015-04-02",
            sex="female",
            upn="A801200001001",
            nhs_number="9990143145",
        )
        world.person("Dawn Karr", "csc:b2", "gp:b2", born="1992-01-01")
        world.person("Rosie Karr", "csc:b3", born="2018-01-01")
        world.tie("csc:b1", "mother", "b2")
        world.tie("csc:b3", "mother", "b2")
        world.event("csc:b1", "EV-before-1", "2016-03-01", "care proceedings", "placement order for Lillian Karr")
        # A worker wrote one tie too many: it would lead from one family to the other.
        world.tie("csc:a1", "sibling", "b3")
        world.event("csc:a2", "EV-after-2", "2026-03-02", "contact", "asked about Rosie Karr and Lillian")
        if apart:
            world.keep_apart("csc:a1", "csc:b1")
    return world


@pytest.mark.parametrize("basis", ["early-help", "s17", "s47"])
def test_the_adoptive_family_sees_nothing_of_before(basis: str) -> None:
    text = released_text(release(families().evidence(), request("csc:a1", basis=basis), POLICY))
    for canary in ("Lillian", "Dawn", "EV-before", "placement order", "school:b1"):
        assert canary not in text
    assert "restricted" not in text
    assert "adoption" not in text


def test_without_the_rule_the_one_tie_too_many_would_lead_there() -> None:
    released = release(families(apart=False).evidence(), request("csc:a1"), POLICY)
    assert {"Rosie Karr", "Dawn Karr"} <= names(released)
    kept = release(families().evidence(), request("csc:a1"), POLICY)
    assert names(kept) == {"Lily Ashcroft", "Helen Ashcroft"}


def test_a_parent_on_both_sides_who_holds_parental_responsibility_stays() -> None:
    world = families()
    world.tie("csc:b1", "aunt", "a2")
    assert "Helen Ashcroft" in names(release(world.evidence(), request("csc:a1"), POLICY))


def test_before_sees_nothing_of_after() -> None:
    text = released_text(release(families().evidence(), request("csc:b1"), POLICY))
    assert "Lillian" in text
    assert "Ashcroft" not in text
    assert "EV-after" not in text


@pytest.mark.parametrize("subject", ["csc:a1", "csc:b1"])
def test_no_number_or_former_name_bridges_them(subject: str) -> None:
    text = released_text(release(families().evidence(), request(subject), POLICY))
    assert "9990143145" not in text, "held on both sides"
    assert "A801200001001" not in text, "the pupil number of before, a former one of after"
    assert not ("Ashcroft" in text and "Karr" in text)


def test_former_names_and_numbers_go_even_where_the_other_side_is_not_near() -> None:
    world = families(before=False)
    world.keep_apart("csc:a1", "csc:elsewhere")
    text = released_text(release(world.evidence(), request("csc:a1"), POLICY))
    assert "A801200001001" not in text
    assert "Karr" not in text
    assert "B801200001001" in text


def test_counts_do_not_change_with_what_was_before() -> None:
    with_before = release(families().evidence(), request("csc:a1", basis="early-help"), POLICY)
    world = families(before=False)
    without = release(world.evidence(), request("csc:a1", basis="early-help"), POLICY)
    assert with_before.withheld.equals(without.withheld)
    assert with_before.existence.equals(without.existence)
    assert with_before.notices == without.notices


def test_asking_for_both_at_once_is_refused_with_whom_to_ask() -> None:
    with pytest.raises(PolicyError, match="restricted: ask adoption team") as caught:
        release(families().evidence(), request("csc:a1", "csc:b1"), POLICY)
    assert "Karr" not in str(caught.value)
    assert "Ashcroft" not in str(caught.value)
