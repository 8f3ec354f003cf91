"""What must be gathered beside the family for the gate to know what its texts quote and whom they name."""

from __future__ import annotations

from sharing_world import World, released_text, request

from famlink.sharing.evidence import named_in, quoted_in
from famlink.sharing.gate import release
from famlink.sharing.policy import read_policy


def world() -> World:
    made = World()
    made.person("Ada Byron", "csc:c1", born="2018-03-01")
    made.person("Bert Grimsdyke", "csc:c9", "police:p9", born="1970-01-01")
    made.event("csc:c1", "S-1", "2026-04-03", "contact", "as reported under 42/7781/26", others=["neighbour:c9"])
    made.event("csc:c1", "S-2", "2026-04-04", "contact", "seen at home", quoted_references=["CAD 12-34"])
    made.event("police:p9", "P-1", "2026-04-01", "assault", "elsewhere", reference="42/7781/26")
    return made


def test_what_texts_quote_and_whom_events_name() -> None:
    events = world().evidence().events
    assert quoted_in(events) == ["42/7781/26", "CAD 12-34"]
    assert named_in(events).rows() == [("csc", "c9")]


def test_a_reference_of_somebody_beyond_the_family_is_known_and_withheld() -> None:
    released = release(world().evidence(), request("csc:c1"), read_policy(None))
    assert set(released.people["record_id"]) == {"c1"}
    text = released_text(released)
    assert "7781" not in text
    assert "seen at home" in text
    assert "CAD 12-34" in text, "a reference nobody in the hub gave is not withheld"
