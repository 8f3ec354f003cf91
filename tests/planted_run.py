"""A small made-up hub with scenarios planted in it, linked whole (relations, households and all), once for the tests."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from famlink.pipeline.explaining import explain_pair
from famlink.pipeline.run import Run
from famlink.pipeline.walk import check, link
from famlink.standardisation.merging import merge_parts
from famlink.synthetic.world import write_world

PLANTED = (1, 3, 4, 6, 8, 18)


@dataclass(frozen=True)
class Whole:
    """A run of the hub, what check says of it, and the truth."""

    run: Run
    checked: dict
    truth: dict[tuple[str, str], str]

    def person(self, agency: str, record_id: str) -> str:
        """The person a record became."""
        return self.run.person_of(agency, record_id)

    def people(self, scenario: str) -> dict[str, set[str]]:
        """True person of a scenario -> the people the given records became."""
        found: dict[str, set[str]] = {}
        given = self.run.people.filter(pl.col("origin") == "given")
        for agency, record_id, person in given.select("agency", "record_id", "person_id").iter_rows():
            true = self.truth[agency, record_id]
            if true.startswith(scenario):
                found.setdefault(true, set()).add(person)
        return found

    def links(self, one: list[str], others: list[str]) -> pl.DataFrame:
        """Links between two sets of planted records."""
        left, right = pl.col("record_id_left"), pl.col("record_id_right")
        return self.run.links.filter((left.is_in(one) & right.is_in(others)) | (left.is_in(others) & right.is_in(one)))

    def explained(self, one: tuple[str, str], other: tuple[str, str]) -> dict:
        """Why two records are, or are not, one person."""
        return explain_pair(merge_parts(self.run.table("standardised")), self.run, left=one, right=other)


@lru_cache(maxsize=1)
def whole() -> Whole:
    """A hundred and twenty families and the scenarios among them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "world"
        write_world(folder, families=120, seed=11, scenarios=PLANTED)
        run = link(folder / "hub.toml", threads=1)
        checked = check(folder / "hub.toml")
        truth = pl.read_csv(folder / "truth" / "records.csv", infer_schema_length=0)
    return Whole(run, checked, {(agency, record_id): person for agency, record_id, person in truth.iter_rows()})
