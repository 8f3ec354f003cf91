"""How well events are grouped in a small world that nothing was tuned on; the people are taken from its truth."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import polars as pl
import pytest

from famlink.incidents.grouping import group
from famlink.linkage.evaluation.score import evaluate
from famlink.synthetic.world import write_world


def benchmark(name):
    spec = importlib.util.spec_from_file_location(
        name, Path(__file__).resolve().parents[1] / "benchmarks" / f"{name}.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


bench, makers = benchmark("incidents"), benchmark("other_makers")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    write_world(folder, families=700, seed=31337)
    return bench.read(folder)


def scores(world, change=None):
    events, people, relations, truth = world
    found = group(change(events) if change else events, people, relations=relations)
    told = evaluate(people, truth, incidents=found)["incidents"]
    return told["pairs"]["precision"], told["pairs"]["recall"], told["repetitions"]["merged"]


def test_accounts_of_one_happening_are_found_and_repetitions_kept_apart(world):
    precision, recall, merged = scores(world)
    assert precision >= 0.99
    assert recall >= 0.92
    assert merged <= 2


@pytest.mark.parametrize("column", ["time", "place", "reference", "recorded_on", "description", "category"])
def test_a_column_less_costs_recall_and_not_precision(world, column):
    def without(events):
        return events.with_columns(pl.lit(None, dtype=events.schema[column]).alias(column))

    precision, recall, merged = scores(world, without)
    assert precision >= 0.985
    assert recall >= (0.5 if column == "description" else 0.88)
    assert merged <= 3


@pytest.mark.parametrize(("maker", "least"), [("clear", 0.8), ("sibs", 0.5), ("boiler", 0.05)])
def test_another_makers_happenings_are_not_merged(maker, least, tmp_path):
    makers.save(makers.World(makers.MAKERS[maker], 1500, 5), tmp_path)
    precision, recall, merged = scores(bench.read(tmp_path))
    assert precision >= 0.985
    assert recall >= least
    assert merged <= 5
