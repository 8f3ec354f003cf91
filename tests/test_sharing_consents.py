"""The consent ledger: who may decide for whom, what beats what, and a file that is read whole or refused whole."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from sharing_world import World, released_text, request

from famlink.errors import MissingFileError, SourceError
from famlink.sharing.consents import read_consents
from famlink.sharing.gate import release
from famlink.sharing.policy import read_policy
from famlink.tables import CONSENTS

DEFAULT = read_policy(None)


def family() -> World:
    """A child with two parents, all three known to social care and to a GP."""
    world = World()
    world.person("Ada Byron", "csc:c1", "gp:g1", born="2018-03-01", sex="female")
    world.person("Anne Milbanke", "csc:c2", "gp:g2", born="1990-05-17", sex="female")
    world.person("George Byron", "csc:c3", "gp:g3", born="1988-01-22", sex="male")
    world.tie("csc:c1", "mother", "c2", parental_responsibility=True)
    world.tie("csc:c1", "father", "c3")
    for number in (1, 2, 3):
        world.event(f"gp:g{number}", f"G-10{number}", "2026-04-01", "health contact", f"CANARY{number}")
    return world


def open_to(world: World, basis: str = "early-help", **fields: object) -> set[int]:
    """Whose GP events come through."""
    text = released_text(release(world.evidence(), request("csc:c1", basis=basis, **fields), DEFAULT))
    return {number for number in (1, 2, 3) if f"CANARY{number}" in text}


def test_each_adult_for_themselves() -> None:
    world = family()
    world.consent("csc:c2", "health", "given", "2026-02-01")
    assert open_to(world) == {2}


def test_never_one_parent_for_the_other() -> None:
    world = family()
    world.consent("csc:c3", "health", "given", "2026-02-01", by="csc:c2")
    assert open_to(world) == set()
    world.consent("csc:c3", "health", "given", "2026-02-01", by="csc:c2", capacity="self")
    assert open_to(world) == set()


def test_a_holder_of_parental_responsibility_decides_for_a_child_and_nobody_else_does() -> None:
    world = family()
    world.consent("csc:c1", "health", "given", "2026-02-01")
    assert open_to(world) == set(), "a child's own word needs recorded competence"
    world.consent("csc:c1", "health", "given", "2026-02-01", by="csc:c2")
    assert open_to(world) == {1}


def test_somebody_stated_to_hold_no_parental_responsibility_cannot_consent() -> None:
    world = family()
    world.ties[1]["parental_responsibility"] = False
    world.consent("csc:c1", "health", "given", "2026-02-01", by="csc:c3")
    assert open_to(world) == set()


def test_holders_who_disagree_withhold() -> None:
    world = family()
    world.consent("csc:c1", "health", "given", "2026-03-01", by="csc:c2")
    world.consent("csc:c1", "health", "refused", "2026-02-01", by="csc:c3")
    assert open_to(world) == set()
    world.consent("csc:c1", "health", "given", "2026-02-15", by="csc:c3")
    assert open_to(world) == {1}


def test_a_competent_young_person_decides() -> None:
    world = family()
    world.consent("csc:c1", "health", "given", "2026-02-01", capacity="competent-young-person")
    assert open_to(world) == {1}
    world.consent("csc:c1", "health", "refused", "2026-02-02", by="csc:c2")
    assert open_to(world) == set()


def test_the_latest_decision_of_a_decider_counts() -> None:
    world = family()
    world.consent("csc:c2", "health", "refused", "2026-01-01")
    world.consent("csc:c2", "health", "given", "2026-02-01")
    assert open_to(world) == {2}
    world.consent("csc:c2", "health", "withdrawn", "2026-03-01")
    assert open_to(world) == set()


def test_on_one_day_a_refusal_beats_a_consent() -> None:
    world = family()
    world.consent("csc:c2", "health", "refused", "2026-02-01")
    world.consent("csc:c2", "health", "given", "2026-02-01")
    assert open_to(world) == set()


def test_a_wide_consent_does_not_undo_a_narrow_refusal_but_a_narrow_one_undoes_a_wide_refusal() -> None:
    world = family()
    world.consent("csc:c2", "health", "refused", "2026-01-01")
    world.consent("csc:c2", "*", "given", "2026-02-01")
    assert open_to(world) == set()
    world = family()
    world.consent("csc:c2", "*", "refused", "2026-01-01")
    world.consent("csc:c2", "health", "given", "2026-02-01")
    assert open_to(world) == {2}


def test_not_sought_is_no_consent() -> None:
    world = family()
    world.consent("csc:c2", "health", "not-sought", "2026-02-01", reason="unsafe")
    assert open_to(world) == set()


def test_a_purpose_that_is_not_the_requests_does_not_count() -> None:
    world = family()
    world.consent("csc:c2", "health", "given", "2026-02-01", purpose="holiday club")
    assert open_to(world) == set()
    world.consent("csc:c2", "health", "given", "2026-02-01", purpose="Early Help")
    assert open_to(world) == {2}


def test_a_consent_of_tomorrow_does_not_count_and_a_refusal_does() -> None:
    world = family()
    world.consent("csc:c2", "health", "given", "2026-07-01")
    assert open_to(world) == set()
    world.consent("csc:c2", "health", "given", "2026-02-01")
    world.consent("csc:c2", "health", "refused", "2026-07-02")
    assert open_to(world) == set()


def test_refused_stays_refused_until_overridden_with_a_basis() -> None:
    world = family()
    world.consent("csc:c2", "health", "refused", "2026-02-01")
    assert open_to(world, "s17") == set()
    assert open_to(world, "s17", relevance={"health": "mother's epilepsy"}) == {1, 3}, "a reason does not get round it"
    world.consent("csc:c2", "health", "overridden", "2026-03-01", override_basis="s47", override_by="duty manager")
    assert open_to(world, "s17") == set(), "the override is for s47"
    world.consent("csc:c2", "health", "overridden", "2026-03-01", override_basis="s17", override_by="duty manager")
    assert open_to(world, "s17") == {2}
    world.consent("csc:c2", "health", "refused", "2026-04-01")
    assert open_to(world, "s17") == set(), "refused again after the override"


def test_a_refusal_is_counted_from_the_ledger_whether_or_not_anything_is_held() -> None:
    def answer(world: World) -> tuple[list[dict[str, object]], tuple[str, ...]]:
        world.consent("csc:c2", "health", "refused", "2026-02-01")
        world.consent("csc:c3", "health", "given", "2026-02-01")
        released = release(world.evidence(), request("csc:c1", basis="early-help"), DEFAULT)
        return released.withheld.rows(named=True), released.notices

    held, empty = family(), family()
    empty.people = [row for row in empty.people if row["record_id"] != "g2"]
    empty.raw = [row for row in empty.raw if row["record_id"] != "g2"]
    empty.clean = [row for row in empty.clean if row["record_id"] != "g2"]
    empty.events = [row for row in empty.events if row["record_id"] != "g2"]
    assert answer(held) == answer(empty)
    rows, notices = answer(family())
    assert rows == [{"holder": "health", "what": "people", "reason": "agreement refused", "count": 1}]
    assert "Agreement to share health information about csc:c2 was refused on 2026-02-01." in notices


HEADER = ",".join(CONSENTS.names)


def write(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    path = tmp_path / "consents.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "csc,c1,Health,,Given,2026-02-01,csc,c2,parental-responsibility,,,",
        "csc,c2,*,,refused,2026-02-02,,,self,,,",
    )
    ledger = read_consents(path)
    assert ledger.columns == CONSENTS.names
    assert ledger["holder"].to_list() == ["health", "*"]
    assert ledger["decided_on"].to_list() == [dt.date(2026, 2, 1), dt.date(2026, 2, 2)]
    assert ledger["purpose"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("csc,c1,health,,givne,2026-02-01,,,self,,,", "row 1: the decision is not given"),
        ("csc,c1,helth,,given,2026-02-01,,,self,,,", "row 1: the holder is not"),
        ("csc,c1,health,,given,01/02/2026,,,self,,,", "decided_on is not a date"),
        ("csc,,health,,given,2026-02-01,,,self,,,", "row 1: record_id is empty"),
        ("csc,c1,health,,given,2026-02-01,,,,,,", "names the capacity"),
        ("csc,c1,health,,given,2026-02-01,,,parental-responsibility,,,", "names whose it is"),
        ("csc,c1,health,,overridden,2026-02-01,,,,,,", "override_basis and override_by"),
        ("csc,c1,health,,given,2026-02-01,csc,,self,,,", "go together"),
        ("csc,nobody,health,,refused,2026-02-01,,,self,,,", "csc:nobody is not a record"),
    ],
)
def test_a_row_at_fault_refuses_the_ledger(tmp_path: Path, row: str, words: str) -> None:
    known = pl.DataFrame({"agency": ["csc"], "record_id": ["c1"]})
    with pytest.raises(SourceError, match=words):
        read_consents(write(tmp_path, row), records=known)


def test_columns_at_fault(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"decision is missing.*did you mean 'decision'"):
        read_consents(write(tmp_path, header=HEADER.replace("decision", "decison")))
    with pytest.raises(MissingFileError):
        read_consents(tmp_path / "none.csv")
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(SourceError, match="is empty"):
        read_consents(empty)
    header_only = write(tmp_path)
    assert read_consents(header_only).is_empty()


def test_every_fault_in_one_error_and_no_value_in_it(tmp_path: Path) -> None:
    path = write(tmp_path, "csc,c1,health,,CANARY,2026-02-01,,,self,,,", "csc,c2,CANARY,,given,CANARY,,,CANARY,,,")
    with pytest.raises(SourceError) as caught:
        read_consents(path)
    assert "row 1" in str(caught.value)
    assert "row 2" in str(caught.value)
    assert "CANARY" not in str(caught.value)
