"""The gate: the shipped policy's matrix cell by cell, consent, windows, scope, and what must fail closed."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from sharing_world import World, names, released_text, request

from famlink.errors import PolicyError, RequestError
from famlink.sharing.gate import release
from famlink.sharing.policy import HOLDERS as POLICY_HOLDERS
from famlink.sharing.policy import Policy, Rule, read_policy
from famlink.sharing.released import FIXED_NOTICE
from famlink.vocabulary.holders import HOLDERS as KNOWN_HOLDERS

DEFAULT = read_policy(None)
ADULT_AGENCIES = ("csc", "hub", "school", "police", "yot", "asc", "homes", "gp", "clinic")


def one_adult(agency: str) -> World:
    """A child known to social care, and her mother known to social care and to one other agency."""
    world = World()
    world.person("Ada Byron", "csc:c1", born="2018-03-01", sex="female")
    others = [f"{agency}:x1"] if agency != "csc" else []
    world.person(
        "Anne Milbanke", "csc:c2", *others, born="1990-05-17", sex="female", address="4 Elm Road", postcode="AB1 2CD"
    )
    world.tie("csc:c1", "mother", "c2", parental_responsibility=True)
    record = f"{agency}:x1" if others else "csc:c2"
    world.event(record, "EV-1001", "2026-03-02", "contact", "inside every window CANARYNEW")
    world.event(record, "EV-1002", "2025-01-10", "contact", "inside two years CANARYMID")
    world.event(record, "EV-1003", "2019-01-10", "contact", "long ago CANARYOLD")
    world.event(record, "EV-1004", "2018-01-10", "s47 enquiry", "long ago CANARYLIFELONG")
    world.event(record, "EV-1005", "2026-02-10", "keeps the goldfish", "word unknown CANARYUNMAPPED")
    return world


# holder's agency, basis, what is asked beside -> mode of the mother's record, canaries of events released
C, E, DENY = "content", "existence", "deny"
MATRIX = [
    ("csc", "early-help", "", C), ("csc", "s17", "", C), ("csc", "s47", "", C),
    ("hub", "early-help", "", DENY), ("hub", "early-help", "consent", C),
    ("hub", "s17", "", DENY), ("hub", "s17", "consent", C), ("hub", "s17", "relevance", C), ("hub", "s47", "", C),
    ("school", "early-help", "", E), ("school", "early-help", "consent", C), ("school", "s17", "", C), ("school", "s47", "", C),
    ("police", "early-help", "", DENY), ("police", "early-help", "consent", E), ("police", "early-help", "relevance", DENY),
    ("police", "s17", "", E), ("police", "s17", "relevance", C), ("police", "s17", "consent", E), ("police", "s47", "", C),
    ("yot", "early-help", "", DENY), ("yot", "early-help", "consent", E), ("yot", "s17", "", E),
    ("yot", "s17", "relevance", E), ("yot", "s47", "", C),
    ("asc", "early-help", "", DENY), ("asc", "early-help", "consent", C), ("asc", "s17", "", E),
    ("asc", "s17", "consent", C), ("asc", "s47", "", C),
    ("homes", "early-help", "", DENY), ("homes", "early-help", "consent", E), ("homes", "s17", "", C), ("homes", "s47", "", C),
    ("gp", "early-help", "", DENY), ("gp", "early-help", "consent", C), ("gp", "early-help", "relevance", DENY),
    ("gp", "s17", "", DENY), ("gp", "s17", "consent", C), ("gp", "s17", "relevance", C), ("gp", "s47", "", C),
    ("clinic", "early-help", "consent", DENY), ("clinic", "s17", "consent", DENY), ("clinic", "s17", "relevance", DENY),
    ("clinic", "s47", "", DENY), ("clinic", "s47", "consent", DENY), ("clinic", "s47", "override", C),
    ("asc", "s42-adult", "", C), ("police", "s42-adult", "", E), ("gp", "s42-adult", "", DENY), ("csc", "s42-adult", "", C),
    ("yot", "s42-adult", "", E), ("homes", "s42-adult", "", C), ("clinic", "s42-adult", "override", DENY),
    ("fire", "s47", "", DENY), ("fire", "s47", "consent", DENY),
]  # fmt: skip


@pytest.mark.parametrize(("agency", "basis", "beside", "mode"), MATRIX)
def test_matrix(agency: str, basis: str, beside: str, mode: str) -> None:
    world = one_adult(agency)
    holder = world.holders[agency] or "*"
    relevance = {}
    if beside == "consent":
        world.consent("csc:c2", holder, "given", "2026-01-01")
    elif beside == "override":
        world.consent(
            "csc:c2",
            holder,
            "overridden",
            "2026-01-01",
            override_basis="vital interests",
            override_by="Caldicott Guardian",
        )
    elif beside == "relevance":
        relevance = {holder: "recorded by the team manager"}
    released = release(world.evidence(), request("csc:c1", basis=basis, relevance=relevance), DEFAULT)
    text = released_text(released)
    shown = released.people.filter(pl.col("agency") == agency)
    exists = released.existence.filter(pl.col("agency") == agency)
    if mode == DENY:
        assert agency not in text
        assert "x1" not in set(released.people["record_id"])
        assert released.withheld.filter(pl.col("holder") == holder, pl.col("what") != "people").is_empty()
    elif mode == E:
        assert shown.is_empty()
        assert exists.height == 1
        assert "CANARY" not in text
        assert exists["ask"].to_list() == [f"{agency} ({agency} system)"]
    else:
        assert not shown.is_empty()
        assert ("CANARYUNMAPPED" in text) == (basis == "s47" and agency not in ("gp", "clinic", "homes"))
        if agency != "homes":
            assert "CANARYNEW" in text
            assert ("CANARYMID" in text) == (basis != "early-help")
            assert ("CANARYOLD" in text) == (basis == "s47")
            assert ("CANARYLIFELONG" in text) == (basis == "s47")
    assert FIXED_NOTICE in released.notices


def test_holders_of_policy_and_vocabulary_are_the_same() -> None:
    assert POLICY_HOLDERS == KNOWN_HOLDERS


def test_housing_opens_household_and_tenancy_at_s17_and_arrears_at_s47_and_never_finance() -> None:
    world = one_adult("homes")
    for number, word in enumerate(("tenancy started", "rent arrears", "eviction", "housing benefit payment")):
        world.event("homes:x1", f"H-{number}", "2026-04-01", word, f"CANARY{number}")
    at_s17 = released_text(release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT))
    at_s47 = released_text(release(world.evidence(), request("csc:c1", basis="s47"), DEFAULT))
    assert [n for n in range(4) if f"CANARY{n}" in at_s17] == [0]
    assert [n for n in range(4) if f"CANARY{n}" in at_s47] == [0, 1, 2]
    assert "4 Elm Road" in at_s17


@pytest.mark.parametrize(
    "word", ["sexual health clinic", "termination of pregnancy", "refuge", "Referral - sexual health"]
)
def test_closed_categories_open_at_no_basis(word: str) -> None:
    world = one_adult("gp")
    world.consent("csc:c2", "health", "given", "2026-01-01")
    world.event("gp:x1", "G-77001", "2026-04-01", word, "CANARYCLOSED")
    for basis in ("early-help", "s17", "s47", "s42-adult"):
        released = release(world.evidence(), request("csc:c1", basis=basis, relevance={"health": "why"}), DEFAULT)
        text = released_text(released)
        assert "CANARYCLOSED" not in text
        assert "77001" not in text
        # The count would name the category: it is not counted either.
        without = one_adult("gp")
        without.consent("csc:c2", "health", "given", "2026-01-01")
        alone = release(without.evidence(), request("csc:c1", basis=basis, relevance={"health": "why"}), DEFAULT)
        assert released_text(alone) == text


def test_sensitive_marking_waits_for_s47_and_an_unknown_marking_for_a_person() -> None:
    world = one_adult("school")
    world.event("school:x1", "S-9001", "2026-04-01", "contact", "CANARYGUARDED", sensitivity="Confidential")
    world.event("school:x1", "S-9002", "2026-04-01", "contact", "CANARYCLOSED", sensitivity="head's eyes only")
    world.event("school:x1", "S-9003", "2026-04-01", "contact", "CANARYPLAIN", sensitivity="OFFICIAL-SENSITIVE")
    s17 = released_text(release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT))
    s47 = released_text(release(world.evidence(), request("csc:c1", basis="s47"), DEFAULT))
    assert "CANARYGUARDED" not in s17
    assert "CANARYGUARDED" in s47
    assert "CANARYCLOSED" not in s17 + s47
    assert "CANARYPLAIN" in s17


def test_lifelong_kinds_older_than_the_window_show_as_existence_with_whom_to_ask() -> None:
    world = one_adult("csc")
    released = release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT)
    row = released.existence.row(0, named=True)
    assert (row["first_month"], row["last_month"], row["agency"]) == ("2018-01", "2018-01", "csc")
    assert "no window hides" in row["rule"]
    assert released.withheld.filter(pl.col("reason").str.starts_with("older than the window: 2019"))[
        "count"
    ].to_list() == [1]


def test_why_older_opens_the_window_no_further_than_asked() -> None:
    world = one_adult("csc")
    asked = request("csc:c1", basis="s17", window_from=dt.date(2018, 6, 1), why_older="pattern of harm since 2019")
    text = released_text(release(world.evidence(), asked, DEFAULT))
    assert "CANARYOLD" in text
    assert "CANARYLIFELONG" not in text
    assert "pattern of harm since 2019" in text


def test_synthetic_basis_only_where_everyone_is_made_up() -> None:
    world = one_adult("clinic")
    with pytest.raises(PolicyError, match="synthetic = true"):
        release(world.evidence(), request("csc:c1", basis="research-synthetic"), DEFAULT)
    released = release(world.evidence(synthetic=True), request("csc:c1", basis="research-synthetic"), DEFAULT)
    assert released.synthetic
    assert "CANARYUNMAPPED" in released_text(released)
    assert any(notice.startswith("SYNTHETIC") for notice in released.notices)


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"basis": "s74"}, RequestError, "did you mean 's47'"),
        ({"basis": "s47", "relevance": {"polcie": "x"}}, RequestError, "did you mean 'police'"),
        (
            {"basis": "s47", "window_from": dt.date(2026, 1, 2), "window_until": dt.date(2026, 1, 1)},
            RequestError,
            "ends before",
        ),
    ],
)
def test_requests_that_cannot_be_met(fields: dict[str, object], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        release(one_adult("csc").evidence(), request("csc:c1", **fields), DEFAULT)


def test_unknown_record_is_named() -> None:
    with pytest.raises(RequestError, match="csc:nobody is not in this run"):
        release(one_adult("csc").evidence(), request("csc:nobody"), DEFAULT)


def test_policy_out_of_date_releases_nothing() -> None:
    policy = Policy("local", "1", dt.date(2025, 1, 1), dt.date(2025, 12, 31), DEFAULT.rules)
    with pytest.raises(PolicyError, match="held until 2025-12-31"):
        release(one_adult("csc").evidence(), request("csc:c1"), policy)
    with pytest.raises(PolicyError, match="holds from 2025-01-01"):
        release(one_adult("csc").evidence(), request("csc:c1", requested_on=dt.date(2024, 12, 31)), policy)


def test_a_policy_without_a_word_on_a_holder_withholds_it() -> None:
    policy = Policy("local", "1", None, None, (Rule("social-care", "s47", mode="content"),))
    released = release(one_adult("police").evidence(), request("csc:c1"), policy)
    assert set(released.people["agency"]) == {"csc"}
    assert "police" not in released_text(released)


def test_people_beyond_the_ring_are_not_there() -> None:
    world = World()
    world.person("Ada Byron", "csc:c1", born="2018-03-01")
    world.person("Anne Milbanke", "csc:c2", born="1990-05-17")
    world.person("Judith Noel", "csc:c3", born="1960-05-17")
    world.person("Thomas Noel", "csc:c4", born="1930-05-17")
    world.tie("csc:c1", "mother", "c2")
    world.tie("csc:c2", "mother", "c3")
    world.tie("csc:c3", "father", "c4")
    assert names(release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT)) == {"Ada Byron", "Anne Milbanke"}
    assert names(release(world.evidence(), request("csc:c1", basis="s47"), DEFAULT)) == {
        "Ada Byron", "Anne Milbanke", "Judith Noel",
    }  # fmt: skip


def test_siblings_are_one_step_through_a_released_parent_only() -> None:
    world = World()
    world.person("Ada Byron", "csc:c1", born="2018-03-01")
    world.person("Anne Milbanke", "csc:c2", "police:p2", born="1990-05-17")
    world.person("Allegra Byron", "csc:c3", born="2020-03-01")
    world.tie("csc:c1", "mother", "c2")
    world.tie("csc:c3", "mother", "c2")
    world.person("Medora Leigh", "police:p5", born="2015-03-01")
    world.tie("police:p5", "mother", "p2")
    assert names(release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT)) == {
        "Ada Byron", "Anne Milbanke", "Allegra Byron",
    }  # fmt: skip
    assert "Medora Leigh" in names(release(world.evidence(), request("csc:c1"), DEFAULT))


def test_two_records_held_together_only_by_a_withheld_one_are_two_people() -> None:
    world = World()
    world.person("Ada Byron", "csc:c1", born="2018-03-01")
    world.person("Anne Milbanke", "csc:c2", "csc:c9", "gp:g1", born="1990-05-17")
    world.tie("csc:c1", "mother", "c2")
    world.link("csc:c2", "csc:c9", 0.02)
    at_s17 = release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT)
    assert set(at_s17.people["record_id"]) == {"c1", "c2"}
    at_s47 = release(world.evidence(), request("csc:c1"), DEFAULT)
    assert set(at_s47.people["record_id"]) == {"c1", "c2", "c9", "g1"}
    assert at_s47.people["person_id"].n_unique() == 2


def test_certainty_comes_from_released_links_alone() -> None:
    world = World()
    world.person("Ada Byron", "csc:c1", "school:s1", "gp:g1", born="2018-03-01")
    world.link("csc:c1", "school:s1", 0.91)
    released = release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT)
    assert released.people["probability"].to_list() == pytest.approx([0.91, 0.91])
    alone = World()
    alone.person("Ada Byron", "csc:c1", "gp:g1", born="2018-03-01")
    assert release(alone.evidence(), request("csc:c1", basis="s17"), DEFAULT).people["probability"].to_list() == [1.0]


def test_others_references_and_texts_that_name_the_withheld_are_cut() -> None:
    world = one_adult("police")
    world.person("Bert Grimsdyke", "police:p8", born="1970-01-01")
    world.event("police:x1", "P-4401", "2026-04-01", "assault", "argument with GRIMSDYKE in the street",
                others=["victim:x1", "suspect:p8"], outcome="no further action")  # fmt: skip
    released = release(world.evidence(), request("csc:c1"), DEFAULT)
    row = released.events.filter(pl.col("event_id") == "P-4401").row(0, named=True)
    assert row["others"] == ["victim:x1"]
    assert row["description"] is None
    assert row["outcome"] == "no further action"
    assert "rimsdyke" not in released_text(released).lower()


def test_a_quoted_reference_of_a_withheld_event_takes_the_text_with_it() -> None:
    world = one_adult("police")
    world.event("police:x1", "P-1", "2026-04-01", "assault", "what happened", reference="42/7781/26")
    world.event(
        "csc:c2", "S-1", "2026-04-03", "contact", "police report 42-7781-26 received", quoted_references=["42/7781/26"]
    )
    at_s17 = release(world.evidence(), request("csc:c1", basis="s17"), DEFAULT)
    row = at_s17.events.filter(pl.col("event_id") == "S-1").row(0, named=True)
    assert (row["description"], row["quoted_references"]) == (None, None)
    assert "7781" not in released_text(at_s17)
    at_s47 = release(world.evidence(), request("csc:c1"), DEFAULT)
    row = at_s47.events.filter(pl.col("event_id") == "S-1").row(0, named=True)
    assert row["quoted_references"] == ["42/7781/26"]


def test_who_told_an_agency_is_not_named() -> None:
    world = one_adult("csc")
    world.person("Judith Noel", "csc:c3", born="1960-05-17")
    world.tie("csc:c2", "mother", "c3")
    world.event(
        "csc:c1", "S-5", "2026-04-03", "referral", "Judith Noel rang, worried", others=["referrer:c3", "mother:c2"]
    )
    released = release(world.evidence(), request("csc:c1"), DEFAULT)
    assert "Judith Noel" in names(released)
    row = released.events.filter(pl.col("event_id") == "S-5").row(0, named=True)
    assert (row["others"], row["description"]) == (["mother:c2"], None)


def test_subject_who_is_not_open_gives_an_empty_release() -> None:
    world = World()
    world.person("Ada Byron", "police:p1", "gp:g1", born="1980-03-01")
    released = release(world.evidence(), request("police:p1", basis="early-help"), DEFAULT)
    assert released.people.is_empty()
    assert released.existence.is_empty()
    assert released.notices == (FIXED_NOTICE,)
    known = release(world.evidence(), request("police:p1", basis="s17"), DEFAULT)
    assert known.people.is_empty()
    assert known.existence["agency"].to_list() == ["police"]
    assert known.existence["person_id"].to_list() == list(known.subjects)


def test_inputs_are_not_changed() -> None:
    evidence = one_adult("police").evidence()
    before = [getattr(evidence, name).clone() for name in ("people", "records", "standardised", "events", "ties")]
    release(evidence, request("csc:c1"), DEFAULT)
    after = [getattr(evidence, name) for name in ("people", "records", "standardised", "events", "ties")]
    assert all(one.equals(other) for one, other in zip(before, after, strict=True))
