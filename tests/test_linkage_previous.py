"""Hysteresis: people of the run before part only well below the weight at which people join."""

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

import famlink as fl
from famlink.cli import app
from famlink.errors import RunError
from famlink.linkage.resolution import HELD
from famlink.odds import probability_of_weight
from famlink.pipeline.walk import after, check
from famlink.spec import HubSpec, read_hub

SIDES = ["agency_left", "record_id_left", "agency_right", "record_id_right"]


def _asking(hub: HubSpec, bits: float) -> HubSpec:
    """The hub with another weight at which people join."""
    thresholds = hub.link.thresholds.model_copy(update={"match": probability_of_weight(bits)})
    return hub.model_copy(update={"link": hub.link.model_copy(update={"thresholds": thresholds})})


def _persons(run: fl.Run) -> dict[tuple[str, str], str]:
    return {(agency, record): person for agency, record, person in run.people.select(pl.nth(0, 1, 2)).iter_rows()}


@pytest.fixture(scope="module")
def hub() -> HubSpec:
    return read_hub(fl.demo_hub())


@pytest.fixture(scope="module")
def before(hub: HubSpec, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "before"
    fl.link(hub, to=folder)
    return folder


@pytest.fixture(scope="module")
def pair(before: Path) -> tuple[tuple[str, str], tuple[str, str], float]:
    """A person of two records that one weight joins, and that weight."""
    run = fl.Run(tables={}, model_text="", provenance={}, path=before)
    twos = run.people.group_by("person_id").len().filter(pl.col("len") == 2)["person_id"].implode()
    records = run.people.filter(pl.col("person_id").is_in(twos)).select("agency", "record_id")
    links = run.links.filter(
        (pl.col("verdict") == "match") & pl.col("reason").is_null() & pl.col("match_weight").is_between(6.0, 20.0)
    ).join(records, left_on=SIDES[:2], right_on=["agency", "record_id"])
    row = links.sort("match_weight", *SIDES).row(0, named=True)
    return (row[SIDES[0]], row[SIDES[1]]), (row[SIDES[2]], row[SIDES[3]]), row["match_weight"]


def test_a_weight_that_moves_a_little_around_the_threshold_does_not_change_the_person(hub, before, pair):
    one, other, weight = pair
    together = []
    # The threshold moves past the pair's weight, as the weight would past the threshold.
    for short in (-0.5, 0.5, 1.5, 2.5):
        for spec in (_asking(hub, weight + short), after(_asking(hub, weight + short), before)):
            persons = _persons(fl.link(spec))
            together.append(persons[one] == persons[other])
    fresh, held = together[::2], together[1::2]
    assert fresh == [True, False, False, False]
    assert held == [True, True, True, False]


def test_what_yesterday_holds_together_says_so(hub, before, pair):
    one, other, weight = pair
    run = fl.link(after(_asking(hub, weight + 0.5), before))
    told = run.links.filter((pl.col("record_id_left") == one[1]) & (pl.col("record_id_right") == other[1])).select(
        "verdict", "reason"
    )
    assert told.rows() == [("match", HELD)]
    assert HELD not in fl.link(_asking(hub, weight + 0.5)).links["reason"].to_list()


def test_a_second_run_after_itself_is_the_same(hub, before):
    again = fl.link(after(hub, before))
    for name in ("people", "links"):
        assert again.table(name).equals(pl.read_parquet(before / f"{name}.parquet"))
    assert any(key.endswith("people.parquet") for key in again.provenance["inputs"])


def test_a_run_may_replace_the_one_it_comes_after(hub, tmp_path, pair):
    one, other, weight = pair
    folder = tmp_path / "run"
    fl.link(hub, to=folder)
    persons = _persons(fl.link(after(_asking(hub, weight + 0.5), folder), to=folder))
    assert persons[one] == persons[other]


def test_the_command_takes_a_run(hub, before, tmp_path):
    file = str(fl.demo_hub())
    done = CliRunner().invoke(app, ["link", file, "--to", str(tmp_path / "run"), "--previous", str(before)])
    assert done.exit_code == 0, done.output
    made = pl.read_parquet(tmp_path / "run" / "people.parquet")
    assert made.equals(pl.read_parquet(before / "people.parquet"))


def test_what_is_no_run_is_refused(hub, tmp_path):
    with pytest.raises(RunError, match="no such folder"):
        fl.link(after(hub, tmp_path / "nothing"))
    assert any("no such folder" in str(said) for said in check(after(hub, tmp_path / "nothing"))["warnings"])
