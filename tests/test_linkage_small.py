"""A hub of a handful of records links what is plainly one person, and keeps twins apart."""

from __future__ import annotations

import polars as pl

import famlink as fl

PEOPLE = [
    ("Anna", "Quill", "2012-05-03", "female"),
    ("Tom", "Quill", "2010-02-11", "male"),
    ("Zed", "Marsh", "1980-01-21", "male"),
]
TWINS = [("Ife", "Quill", "2012-05-03", "female"), ("Ayo", "Quill", "2012-05-03", "male")]
FIELDS = ("forename", "surname", "date_of_birth", "sex")


def linked(people: list[tuple[str, ...]], tmp_path) -> fl.Run:
    rows = [
        dict(zip(FIELDS, person, strict=True)) | {"address": "3 Mill Lane", "postcode": "NR1 1AB"} for person in people
    ]
    sources = [
        fl.Source(
            agency=agency, people=pl.DataFrame([{"record_id": f"{agency[0]}{n}", **row} for n, row in enumerate(rows)])
        )
        for agency in ("police", "health")
    ]
    return fl.link(fl.Hub(name="Small", as_at="2026-06-01", folder=tmp_path, sources=sources))


def test_two_records_of_one_person(tmp_path) -> None:
    run = linked(PEOPLE[:1], tmp_path)
    assert run.people["person_id"].n_unique() == 1


def test_three_people_in_two_agencies(tmp_path) -> None:
    run = linked(PEOPLE, tmp_path)
    for n in range(3):
        assert run.person_of("police", f"p{n}") == run.person_of("health", f"h{n}")
    assert run.people["person_id"].n_unique() == 3


def test_twins_of_different_names_are_two(tmp_path) -> None:
    run = linked(TWINS, tmp_path)
    assert run.person_of("police", "p0") == run.person_of("health", "h0")
    assert run.person_of("police", "p0") != run.person_of("police", "p1")
    assert run.person_of("police", "p0") != run.person_of("health", "h1")
