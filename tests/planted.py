"""A small made-up world with identity scenarios planted in it, linked once for all the tests that look at it."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from famlink.pipeline.linking import Linked, LinkOptions, link_records
from famlink.pipeline.preparing import prepare
from famlink.provenance import Recorder
from famlink.spec import LinkSpec
from famlink.synthetic.world import write_world

SCENARIOS = (1, 2, 5, 7, 8, 9, 10, 18, 19, 20, 21, 22)


@dataclass(frozen=True)
class World:
    """A linked world and its truth."""

    merged: pl.DataFrame
    ties: pl.DataFrame
    must_not_link: pl.DataFrame | None
    linked: Linked
    truth: dict[tuple[str, str], str]

    def person(self, record_id: str) -> str:
        """The person a planted record became."""
        return self.linked.people.filter(pl.col("record_id") == record_id)["person_id"].item()

    def people(self, scenario: int) -> dict[str, set[str]]:
        """True person of a scenario -> the people her records became."""
        found: dict[str, set[str]] = {}
        for agency, record_id, person in self.linked.people.select("agency", "record_id", "person_id").iter_rows():
            if record_id.startswith(f"S{scenario:02d}-"):
                found.setdefault(self.truth[agency, record_id], set()).add(person)
        return found

    def mixed(self, scenario: int) -> list[set[str]]:
        """True people that share a person with someone of the scenario who is not them."""
        ids = set().union(*self.people(scenario).values())
        inside: dict[str, set[str]] = {}
        for agency, record_id, person in self.linked.people.select("agency", "record_id", "person_id").iter_rows():
            if person in ids:
                inside.setdefault(person, set()).add(self.truth[agency, record_id])
        return [them for them in inside.values() if len(them) > 1]

    def link(self, one: str, other: str) -> dict:
        """The link between two planted records."""
        ids = [one, other]
        found = self.linked.links.filter(pl.col("record_id_left").is_in(ids) & pl.col("record_id_right").is_in(ids))
        return found.row(0, named=True)


@lru_cache(maxsize=1)
def world() -> World:
    """Three hundred families and the scenarios among them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "world"
        write_world(folder, families=300, seed=5, scenarios=SCENARIOS)
        ready = prepare(folder / "hub.toml", allow_rejects=True, recorder=Recorder(None))
        truth = pl.read_csv(folder / "truth" / "records.csv", infer_schema_length=0)
    linked = link_records(
        ready.merged,
        ready.extracts.ties,
        spec=LinkSpec(),
        must_not_link=ready.must_not_link,
        options=LinkOptions(threads=1),
    )
    people = {(agency, record_id): person for agency, record_id, person in truth.iter_rows()}
    return World(ready.merged, ready.extracts.ties, ready.must_not_link, linked, people)
