"""Scenario 15: a restricted adult in a refuge shares a child with the other parent."""

from __future__ import annotations

from typing import Any

import pytest
from sharing_world import World, names, released_text, request

from famlink.sharing.gate import release
from famlink.sharing.policy import read_policy

POLICY = read_policy(None)
BASES = ("early-help", "s17", "s47", "s42-adult")
REFUGE: dict[str, Any] = {"address": "88 Sanctuary Lane, Farport", "postcode": "ZZ9 8QY"}
SECRETS = ("Sanctuary", "Farport", "ZZ9 8QY", "ZZ98QY", "07700900555", "Harbour View", "seagulls", "SECRETWARD", "Z9Z")


def family(*, restricted: bool = True) -> World:
    world = World()
    flag = "refuge" if restricted else None
    world.record("csc:c2", "Marta Nowak", born="1993-03-03", sex="female", restricted=flag, **REFUGE)
    world.record(
        "gp:g2",
        "Marta Nowak",
        born="1993-03-03",
        sex="female",
        phone="07700 900555",
        gp_practice="Harbour View Surgery",
        **REFUGE,
    )
    world.record("csc:c1", "Zofia Nowak", born="2017-07-07", sex="female", **{"extra.ward": "SECRETWARD"}, **REFUGE)
    world.record(
        "school:s1",
        "Zofia Nowak",
        born="2017-07-07",
        school="Harbour View Primary School",
        upn="Z9Z000000001",
        **REFUGE,
    )
    world.person(
        "Piotr Nowak", "csc:c3", "police:p3", born="1990-01-01", sex="male", address="4 Old Street", postcode="AA1 1AA"
    )
    world.record("csc:c4", "Lena Wrona", born="1985-05-05", phone="07700 900999", **REFUGE)
    world.tie("csc:c1", "mother", "c2", lives_with=True, parental_responsibility=True)
    world.tie("csc:c1", "father", "c3", parental_responsibility=True)
    world.tie("csc:c4", "friend", "c2")
    world.event("csc:c1", "SC-1", "2026-04-01", "placement", "moved with mother, by the seagulls")
    world.event("csc:c3", "SC-2", "2026-04-02", "contact", "father asked whether they are in zz9 8qy")
    world.event("csc:c3", "SC-3", "2026-04-03", "contact", "father saw her at Harbour View Primary")
    world.event("csc:c3", "SC-4", "2026-04-04", "contact", "father attends his group")
    world.event(
        "police:p3", "PO-1", "2026-04-05", "domestic abuse", "seen near 88 Sanctuary Ln", outcome="no further action"
    )
    return world


@pytest.mark.parametrize("basis", BASES)
@pytest.mark.parametrize("subject", ["csc:c1", "csc:c2", "csc:c3"])
def test_the_address_is_in_no_output(basis: str, subject: str) -> None:
    text = released_text(release(family().evidence(), request(subject, basis=basis), POLICY))
    for secret in SECRETS:
        assert secret.lower() not in text.lower(), secret
    assert "refuge" not in text, "the word of reason says where she is"
    assert ("father attends his group" in text) == (subject != "csc:c2" or basis == "s47")


def test_without_the_mark_the_same_words_are_shown() -> None:
    text = released_text(release(family(restricted=False).evidence(), request("csc:c1"), POLICY))
    for secret in SECRETS:
        assert secret.lower() in text.lower() or secret in ("ZZ98QY", "07700900555"), secret


def test_the_other_parent_keeps_his_own_address() -> None:
    released = release(family().evidence(), request("csc:c1"), POLICY)
    assert "4 Old Street" in released_text(released)
    assert {"Zofia Nowak", "Marta Nowak", "Piotr Nowak"} <= names(released)


def test_a_school_named_after_a_town_hides_no_address_in_that_town() -> None:
    world = family()
    for rows in (world.raw, world.clean):
        next(row for row in rows if row["record_id"] == "s1")["school"] = "Ellerby High School"
        for row in rows:
            if row["record_id"] in ("c3", "p3"):
                row["address"] = "4 Old Street, Ellerby"
    text = released_text(release(world.evidence(), request("csc:c1"), POLICY))
    assert "4 Old Street, Ellerby" in text
    assert "Ellerby High" not in text


def test_household_size_gives_nothing_away() -> None:
    released = release(family().evidence(), request("csc:c1"), POLICY)
    people = {portrait.name: person for person, portrait in released.portraits().items()}
    housed = set(released.households["person_id"])
    assert people["Piotr Nowak"] in housed
    assert housed.isdisjoint({people["Zofia Nowak"], people["Marta Nowak"], people.get("Lena Wrona")})
    assert not any(claim["lives_with"] for claims in released.relations["claims"] for claim in claims)
    assert "friend" in set(released.relations["relationship"]) or "Lena Wrona" not in people


def test_whom_to_ask_is_said_and_the_person_is_marked() -> None:
    released = release(family().evidence(), request("csc:c1"), POLICY)
    assert released.protected == tuple(
        person for person, portrait in released.portraits().items() if portrait.name == "Marta Nowak"
    )
    assert any("restricted: ask csc" in notice for notice in released.notices)


def test_a_mark_in_a_record_that_is_withheld_protects_and_does_not_show() -> None:
    world = family(restricted=False)
    for rows in (world.raw, world.clean):
        next(row for row in rows if row["record_id"] == "g2")["restricted"] = "yes"
    released = release(world.evidence(), request("csc:c1", basis="s17"), POLICY)
    text = released_text(released)
    for secret in SECRETS:
        assert secret.lower() not in text.lower(), secret
    assert released.protected == ()
    assert "restricted" not in text


def test_an_ended_address_of_an_unmarked_record_is_no_secret() -> None:
    world = family()
    world.record(
        "homes:h2",
        "Marta Nowak",
        born="1993-03-03",
        address="4 Old Street",
        postcode="AA1 1AA",
        address_to="2024-01-01",
    )
    released = release(world.evidence(), request("csc:c1"), POLICY)
    assert "4 Old Street" in released_text(released)
    marta = next(person for person, portrait in released.portraits().items() if portrait.name == "Marta Nowak")
    assert "address" not in set(released.statements.filter(released.statements["person_id"] == marta)["field"])
