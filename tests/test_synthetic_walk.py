"""A world of 300 families through the whole walk: written, linked, drawn, reported, scored."""

from __future__ import annotations

import json
import random
from pathlib import Path

import polars as pl
import pytest

from famlink.pipeline.run import Run
from famlink.pipeline.walk import link
from famlink.pipeline.workbench import evaluate
from famlink.synthetic.world import write_world

pytestmark = pytest.mark.heavy

FAMILIES, SEED, CHILDREN = 300, 51_203, 10


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("walk") / "world"
    write_world(to, families=FAMILIES, seed=SEED)
    return to


@pytest.fixture(scope="module")
def run(world: Path) -> Run:
    return link(world / "hub.toml", to=world.parent / "run")


def some_children(world: Path) -> list[tuple[str, str]]:
    """A record each of ten children under 18 whom an agency knows, drawn by seed."""
    people = pl.read_csv(world / "truth/people.csv", infer_schema=False)
    young = people.filter(pl.col("date_of_birth").str.to_date() > pl.date(2008, 6, 1))["person"]
    records = pl.read_csv(world / "truth/records.csv", infer_schema=False).filter(
        pl.col("person").is_in(young.implode()) & ~pl.col("record_id").str.contains("~")
    )
    one = records.unique("person", keep="first", maintain_order=True).sort("person")
    chosen = random.Random(SEED).sample(range(one.height), CHILDREN)
    return [one.select("agency", "record_id").row(place) for place in chosen]


def test_pictures_of_ten_children_can_be_made(world: Path, run: Run, tmp_path: Path) -> None:
    names = set()
    for place, record in enumerate(some_children(world)):
        folder = tmp_path / str(place)
        run.picture(record=record, basis="s47", purpose="strategy discussion", requester="A", authoriser="B").save(
            folder
        )
        names.add(tuple(sorted(path.name for path in folder.iterdir())))
        told = json.loads((folder / "picture.json").read_text(encoding="utf-8"))
        assert told
        page = (folder / "picture.html").read_text(encoding="utf-8")
        assert "<svg" in page
        assert "SYNTHETIC" in page
        assert (folder / "genogram.svg").stat().st_size > 2_000
    assert len(names) == 1
    assert {"picture.html", "genogram.svg", "genogram.png", "chronology.csv", "chronology.xlsx"} <= set(names.pop())


def test_the_run_can_be_scored(world: Path, run: Run) -> None:
    result = evaluate(run, world / "truth")
    assert result["records"] > 8 * FAMILIES
    assert result["pairs"]["precision"] > 0.98
    assert result["pairs"]["recall"] > 0.85
    assert result["relations"]["precision"] > 0.95
    assert result["incidents"]["pairs"]["precision"] > 0.9
    lost = result["lost"]
    assert lost["found"] + lost["before_scoring"] + lost["at_scoring"] == lost["true_pairs"]
    assert {group["by"] for group in result["groups"]} == {"agency", "age", "culture", "mover", "twin"}
    low, high = result["intervals"]["pairs"]["f1"]
    assert low <= result["pairs"]["f1"] <= high


def test_runs_of_one_world_hold_the_same(world: Path, run: Run, tmp_path: Path) -> None:
    again = link(world / "hub.toml", to=tmp_path / "again", threads=1)
    for name in ("people", "relations", "links"):
        assert getattr(again, name).equals(getattr(run, name)), name
