"""Everything a run holds about the people near a subject: what the gate starts from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import polars as pl

from famlink.pipeline.run import Run
from famlink.pipeline.words import kept_words
from famlink.sharing.evidence import Evidence, named_in, quoted_in
from famlink.sharing.released import Agency
from famlink.tables import EVENTS


def evidence_near(run: Run, subjects: Iterable[str], *, hops: int, consents: pl.DataFrame) -> Evidence:
    """Gather the evidence about subjects and the people within some hops of them.

    The gate decides what of it is released and works out the ring again from released claims alone; this only bounds
    how much of a large run it has to look at.

    Args:
        run: the run.
        subjects: person ids.
        hops: relations away from a subject.
        consents: table ``consents``.

    Returns:
        the evidence, sorted.
    """
    ring = _ring(run, set(subjects), hops)
    events = _events(run, ring)
    ring = sorted({*ring, *_people_of(run, named_in(events)), *_kept_apart(run, ring)})
    people = run.scan("people").filter(pl.col("person_id").is_in(ring)).collect().sort("agency", "record_id")
    keys = people.select("agency", "record_id")
    left = keys.rename({"agency": "agency_left", "record_id": "record_id_left"})
    right = keys.rename({"agency": "agency_right", "record_id": "record_id_right"})
    links = run.scan("links").filter(pl.col("record_id_left").is_in(keys["record_id"].implode())).collect()
    ties = run.scan("ties").filter(pl.col("record_id").is_in(keys["record_id"].implode())).collect()
    relatives = keys.rename({"record_id": "relative_record_id"})
    parameters = run.parameters
    agencies = {
        entry["agency"]: Agency(entry["agency"], entry["holder"], entry["system"])
        for entry in reversed(parameters["agencies"])
    }
    return Evidence(
        people=people,
        links=links.join(left, on=left.columns, how="semi").join(right, on=right.columns, how="semi"),
        ties=ties.join(keys, on=keys.columns, how="semi").join(relatives, on=relatives.columns, how="semi"),
        events=EVENTS.check(events.select(EVENTS.names)),
        records=_of(run, "records", keys),
        standardised=_of(run, "standardised", keys),
        reasons=_of(run, "reasons", keys),
        relations=run.scan("relations")
        .filter(pl.col("person_id").is_in(ring) & pl.col("relative_id").is_in(ring))
        .collect(),
        consents=consents,
        must_not_link=run.table("must_not_link"),
        sources=tuple(agencies[name] for name in sorted(agencies)),
        hub=str(parameters["hub"]),
        as_at=dt.date.fromisoformat(str(parameters["as_at"])),
        synthetic=bool(parameters["synthetic"]),
        words=kept_words(parameters),
        weights=run.incident_weights,
    )


def _events(run: Run, ring: list[str]) -> pl.DataFrame:
    """Events of some people, and every event whose reference they quote: a quoted reference may have to be withheld."""
    own = run.scan("events").filter(pl.col("person_id").is_in(ring)).collect()
    quoted = quoted_in(EVENTS.check(own.select(EVENTS.names)))
    others = run.scan("events").filter(pl.col("reference").is_in(quoted) & ~pl.col("person_id").is_in(ring)).collect()
    return pl.concat([own, others]).sort("agency", "event_id")


def _people_of(run: Run, records: pl.DataFrame) -> list[str]:
    """The people of some records."""
    near = run.scan("people").filter(pl.col("record_id").is_in(records["record_id"].implode())).collect()
    found: list[str] = near.join(records, on=["agency", "record_id"], how="semi")["person_id"].unique().to_list()
    return found


def _kept_apart(run: Run, ring: list[str]) -> list[str]:
    """The other side of every must-not-link pair of some people: the gate must know what may not be hinted at."""
    pairs = run.table("must_not_link")
    if pairs.is_empty():
        return []
    left = pairs.select(pl.col("agency_left").alias("agency"), pl.col("record_id_left").alias("record_id"))
    right = pairs.select(pl.col("agency_right").alias("agency"), pl.col("record_id_right").alias("record_id"))
    people = run.table("people").select("agency", "record_id", "person_id")
    here = people.filter(pl.col("person_id").is_in(ring))
    on = ["agency", "record_id"]
    sides = [
        other.filter(
            pl.Series(left_or_right.join(here, on=on, how="left", maintain_order="left")["person_id"].is_not_null())
        )
        for left_or_right, other in ((left, right), (right, left))
    ]
    return _people_of(run, pl.concat(sides).unique())


def _of(run: Run, name: str, keys: pl.DataFrame) -> pl.DataFrame:
    near = run.scan(name).filter(pl.col("record_id").is_in(keys["record_id"].implode())).collect()
    return near.join(keys, on=keys.columns, how="semi")


def _ring(run: Run, subjects: set[str], hops: int) -> list[str]:
    """People within some hops by relations, plus everyone of a shared household at each step."""
    ring = set(subjects)
    for _ in range(hops):
        frontier = sorted(ring)
        related = run.scan("relations").filter(pl.col("person_id").is_in(frontier)).select("relative_id").collect()
        homes = run.scan("households").filter(pl.col("person_id").is_in(frontier)).select("household_id").collect()
        housed = (
            run.scan("households")
            .filter(pl.col("household_id").is_in(homes["household_id"].unique().implode()))
            .select("person_id")
            .collect()
        )
        ring |= set(related["relative_id"]) | set(housed["person_id"])
    return sorted(ring)
