"""How common a match is inside an agency: learnt from its own pairs, also where it records no births."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

import famlink as fl
from famlink.linkage.model import Model

PARTS = [f"{a}{b}" for a in "bdfgklmnprstvw" for b in ("an", "el", "ir", "os", "ud")]


def name(number: int, step: int) -> str:
    """One of 4,900 names, spread so that neighbours have nothing in common."""
    place = number * step % 4_900
    return PARTS[place % 70] + PARTS[place // 70]


def people(count: int) -> pl.DataFrame:
    """People of one town, each at an address of their own."""
    return pl.DataFrame(
        {
            "forename": [name(n, 1_009) for n in range(count)],
            "surname": [name(n, 2_003) for n in range(count)],
            "date_of_birth": [str(dt.date(1950, 1, 2) + dt.timedelta(days=37 * n)) for n in range(count)],
            "address": [f"{n % 90 + 1} {name(n // 90, 307).title()} Street" for n in range(count)],
        }
    ).with_columns(record_id=pl.int_range(pl.len()).cast(pl.String))


@pytest.fixture(scope="module")
def model():
    registry = people(600)
    once = registry.drop("date_of_birth")
    again = once[:300].with_columns(record_id=pl.lit("again") + pl.col("record_id"))
    wages = pl.concat([once, again])
    run = fl.link(
        fl.Hub(sources=[fl.Source(agency="registry", people=registry), fl.Source(agency="wages", people=wages)])
    )
    return Model.from_json(run.model_text)


def test_an_agency_without_births_that_repeats_people_is_found_out(model):
    true = 300 / (900 * 899 / 2)
    assert true / 3 < model.within["wages"].match < true * 3
    assert model.within["registry"].match < true / 30, "it repeats nobody, and its own births say so"
