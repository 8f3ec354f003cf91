"""Scenario 14: an early help request is stepped up to a section 47 enquiry."""

from __future__ import annotations

from sharing_world import World, released_text, request

from famlink.sharing.difference import difference
from famlink.sharing.gate import release
from famlink.sharing.policy import read_policy

POLICY = read_policy(None)


def family() -> World:
    world = World()
    world.person("Noah Price", "csc:c1", "school:s1", "gp:g1", born="2016-01-09", sex="male")
    world.person("Kelly Price", "csc:c2", "police:p2", born="1995-06-06", sex="female")
    world.person("Darren Cole", "csc:c3", "police:p3", born="1990-07-07", sex="male")
    world.person("Maureen Cole", "csc:c4", born="1962-08-08", sex="female")
    world.tie("csc:c1", "mother", "c2")
    world.tie("csc:c1", "father", "c3")
    world.tie("csc:c3", "mother", "c4")
    world.event("csc:c1", "SC-100", "2026-02-01", "contact", "SHOWN at once")
    world.event("csc:c1", "SC-101", "2022-02-01", "contact", "too old at first")
    world.event("police:p3", "PO-300", "2025-12-24", "domestic abuse", "police account")
    world.event("school:s1", "ED-400", "2026-01-20", "school concern", "school note")
    world.event("gp:g1", "GP-500", "2026-01-22", "sexual health clinic", "CANARYNEVER")
    return world


def test_just_the_newly_lawful_is_added_with_its_basis() -> None:
    evidence = family().evidence()
    before = release(evidence, request("csc:c1", basis="early-help"), POLICY)
    after = release(evidence, request("csc:c1", basis="s47"), POLICY)
    added = difference(before, after)
    assert set(added.events["event_id"]) == {"SC-101", "PO-300", "ED-400"}
    assert all("s47" in rule for rule in added.events["rule"])
    assert set(added.people.select("agency", "record_id").iter_rows()) == {
        ("csc", "c4"), ("gp", "g1"), ("police", "p2"), ("police", "p3"), ("school", "s1"),
    }  # fmt: skip
    assert all("s47" in rule for rule in added.people["rule"])
    assert added.gone_events.is_empty()
    assert added.gone_people.is_empty()
    assert "CANARYNEVER" not in released_text(after)


def test_what_was_shown_before_stays_as_it_was() -> None:
    evidence = family().evidence()
    before = release(evidence, request("csc:c1", basis="early-help"), POLICY)
    after = release(evidence, request("csc:c1", basis="s47"), POLICY)
    shown = before.events.drop("rule", "incident_id", "role", "related_incident_id", "person_id")
    kept = after.events.join(shown, on=["agency", "event_id"], how="semi").select(shown.columns)
    assert kept.equals(shown)


def test_a_second_trawl_after_consent_adds_just_what_consent_opened() -> None:
    world = family()
    before = release(world.evidence(), request("csc:c1", basis="early-help"), POLICY)
    world.consent("csc:c1", "education", "given", "2026-05-01", by="csc:c2")
    after = release(world.evidence(), request("csc:c1", basis="early-help"), POLICY)
    added = difference(before, after)
    assert added.events["event_id"].to_list() == ["ED-400"]
    assert added.events["rule"].to_list() == ["education early-help * content with consent; agreed 2026-05-01"]
    assert added.gone_existence["agency"].to_list() == ["school"]
    world.consent("csc:c1", "education", "withdrawn", "2026-05-20", by="csc:c2")
    withdrawn = difference(after, release(world.evidence(), request("csc:c1", basis="early-help"), POLICY))
    assert withdrawn.events.is_empty()
    assert withdrawn.gone_events["event_id"].to_list() == ["ED-400"]
    assert withdrawn.sentences() == (
        "education: 1 record and 1 event are no longer open; existence of 1 person is open now.",
    )
