"""The truth about a made-up world: whose record each is, who is what to whom, which events are one."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from famlink.synthetic.dice import Ints
from famlink.synthetic.exports import Export
from famlink.synthetic.happenings import Happenings
from famlink.synthetic.people import ADOPTED_CHILD
from famlink.synthetic.planting import Planted
from famlink.synthetic.records import World, days
from famlink.synthetic.shape import NEVER, TODAY
from famlink.synthetic.statements import Stated

RECENT = 5 * 365


@dataclass
class Truth:
    """What is gathered while agencies write.

    Args:
        folder: where the truth goes.
        world: the world.
        happened: its incidents.
        planted: what scenarios add.
    """

    folder: Path
    world: World
    happened: Happenings
    planted: Planted
    records: list[pl.DataFrame] = field(default_factory=list)
    events: list[pl.DataFrame] = field(default_factory=list)
    said: list[pl.DataFrame] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    exports: dict[str, Export] = field(default_factory=dict)

    def add(self, agency: str, ids: pl.Series, person: Ints, *, stated: Stated, events: pl.DataFrame) -> None:
        """Add one agency's records, relationships, people named in words and events."""
        given = pl.DataFrame({"record_id": ids, "person": person}).with_columns(named=pl.lit(value=False))
        both = pl.concat([given, stated.named.with_columns(named=pl.lit(value=True))])
        self.said.append(stated.said)
        self.records.append(both.with_columns(agency=pl.lit(agency)))
        self.events.append(events.with_columns(agency=pl.lit(agency)))

    def write(
        self, name: str, frame: pl.DataFrame, *, more: list[dict[str, Any]] | None = None, beside: bool = False
    ) -> pl.DataFrame:
        """Write one table of the truth with what scenarios add, and beside hub.toml where the hub itself has it."""
        if more:
            schema = {column: pl.Date() if dtype == pl.Date else pl.String() for column, dtype in frame.schema.items()}
            rows = [{column: row.get(column) for column in schema} for row in more]
            own = frame.select(pl.col(column).cast(dtype) for column, dtype in schema.items())
            frame = pl.concat([own, pl.DataFrame(rows, schema=schema)])
        for agency, export in self.exports.items():
            frame = as_exported(frame, agency, export)
        self.folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self.folder.parent) if beside else (self.folder,):
            frame.write_csv(folder / name, line_terminator="\n")
            self.files.append(folder / name)
        return frame


def as_exported(frame: pl.DataFrame, agency: str, export: Export) -> pl.DataFrame:
    """A table of the truth with an agency's rows under the ids its export gives them.

    Args:
        frame: columns ``agency`` and ``record_id``, the same with ``_left`` and ``_right`` or with ``by_`` before them, or
            ``agency`` and ``event_id``.
        agency: whose rows.
        export: what it handed over.

    Returns:
        the table; an event told twice is there twice, a person nobody names any more is gone.
    """
    if "event_id" in frame.columns:
        told = export.events.with_columns(agency=pl.lit(agency))
        frame = frame.join(told, on=["agency", "event_id"], how="left", maintain_order="left_right")
        kept = frame.filter((pl.col("agency") != agency) | pl.col("told_as").is_not_null())
        return kept.with_columns(event_id=pl.coalesce("told_as", "event_id")).drop("told_as")
    if export.named is not None and "person" in frame.columns and "record_id" in frame.columns:
        mine = pl.col("agency") == agency
        known = frame.filter(mine)
        named = export.named.join(
            known.select(same_as="record_id", person="person"), on="same_as", maintain_order="left"
        ).select(pl.lit(agency).alias("agency"), "record_id", "person")
        given = frame.filter(~(mine & pl.col("record_id").str.contains("~", literal=True)))
        frame = pl.concat([given, named.select(given.columns)])
    columns = [("agency", "record_id"), ("by_agency", "by_record_id")]
    columns += [(f"agency_{side}", f"record_id_{side}") for side in ("left", "right")]
    for whose, name in columns:
        if export.renamed and {whose, name} <= set(frame.columns):
            own, tail = pl.col(name).str.extract("^([^~]*)"), pl.col(name).str.extract("(~.*)$").fill_null("")
            renamed = own.replace(export.renamed) + tail
            frame = frame.with_columns(pl.when(pl.col(whose) == agency).then(renamed).otherwise(name).alias(name))
    return frame


def person_ids(world: World) -> pl.Series:
    """Ids of the true people: family and place in it."""
    family = world.people.family
    place = np.arange(len(family)) - np.searchsorted(family, family)
    return "F" + pl.Series(family + 1).cast(pl.String).str.zfill(6) + "-" + pl.Series(place + 1).cast(pl.String)


def write_truth(truth: Truth, kin: pl.DataFrame) -> dict[str, int]:
    """Write the truth.

    Args:
        truth: what was gathered.
        kin: the true relations.

    Returns:
        people, named, incidents: counts.
    """
    world = truth.world
    ids = person_ids(world)
    records = pl.concat(truth.records)
    seen = records["person"].unique().sort()
    known = pl.DataFrame({"row": seen})
    planted = truth.planted
    met = {row["person"] for row in planted.records}
    own = records.select("agency", "record_id", ids.gather(records["person"]).alias("person"))
    written = truth.write("records.csv", own, more=planted.records)
    pairs = kin.join(known, left_on="person", right_on="row", how="semi").join(
        known, left_on="relative", right_on="row", how="semi"
    )
    said = pl.concat(truth.said)
    said = pl.concat([said, said.select(person="relative", relative="person")]).unique()
    said = said.with_columns(stated=pl.lit(value=True))
    pairs = pairs.join(said, on=["person", "relative"], how="left").sort("person", "relative", "relationship")
    valid = {name: (pairs[name] < NEVER).to_numpy() for name in ("start", "end")}
    truth.write(
        "relations.csv",
        pl.DataFrame(
            {
                "person": ids.gather(pairs["person"]), "relative": ids.gather(pairs["relative"]),
                "relationship": pairs["relationship"], "qualifier": pairs["qualifier"],
                "start": days(pairs["start"].to_numpy(), valid["start"]),
                "end": days(pairs["end"].to_numpy(), valid["end"]),
                "stated": pl.Series(np.where(pairs["stated"].is_not_null(), "yes", "no")),
            }
        ),
        more=[row for row in planted.relations if row["person"] in met and row["relative"] in met],
    )  # fmt: skip
    incidents = _incidents(truth)
    _people(truth, ids, seen)
    _must_not_link(truth, records)
    _consents(truth, records)
    named = int(written["record_id"].str.contains("~", literal=True).sum())
    return {"people": len(seen) + len(met), "named": named, "incidents": incidents}


def _incidents(truth: Truth) -> int:
    events = pl.concat(truth.events)
    name = "I" + pl.col("incident").cast(pl.String)
    known = events["incident"].unique().to_list()
    follows = pl.when(pl.col("follows").is_in(known)).then("I" + pl.col("follows").cast(pl.String))
    truth.write(
        "incidents.csv",
        events.select("agency", "event_id", name.alias("incident"), "role", follows.alias("follows")),
        more=truth.planted.incidents,
    )
    return events["incident"].n_unique() + len({row["incident"] for row in truth.planted.incidents})


def _people(truth: Truth, ids: pl.Series, seen: pl.Series) -> None:
    world = truth.world
    people, rows = world.people, seen.to_numpy()
    met = {row["person"] for row in truth.planted.records}
    planted = [person for person in truth.planted.persons if person["person"] in met]
    truth.write(
        "families.csv",
        pl.DataFrame(
            {
                "person": ids.gather(seen),
                "family": "F" + pl.Series(people.family[rows] + 1).cast(pl.String).str.zfill(6),
            }
        ),
        more=planted,
    )
    moved = world.homes.moved_in(world.homes.household[rows, 2])
    mover = (moved > TODAY - RECENT).sum(axis=1) >= 2
    cultures = pl.Series([one.name for one in world.book.cultures])
    truth.write(
        "people.csv",
        pl.DataFrame(
            {
                "person": ids.gather(seen),
                "date_of_birth": days(people.born[rows], ~(people.unborn | people.stillborn)[rows]),
                "culture": cultures.gather(pl.Series(people.culture[rows])),
                "mover": pl.Series(np.where(mover, "yes", "no")),
                "twin": pl.Series(np.where(people.multiple[rows] > 1, "yes", "no")),
            }
        ),
        more=[{**row, "date_of_birth": _day(row["date_of_birth"])} for row in planted],
    )  # fmt: skip


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _same(text: str, n: int) -> pl.Series:
    """One text n times; a bare scalar beside empty columns would lose every column's type."""
    return pl.Series([text], dtype=pl.String).new_from_index(0, n)


def _must_not_link(truth: Truth, records: pl.DataFrame) -> None:
    people = truth.world.people
    after = np.flatnonzero(people.role == ADOPTED_CHILD)
    pairs = pl.DataFrame(
        {"before": people.before[after], "after": after}, schema={"before": pl.Int64, "after": pl.Int64}
    )
    given = records.filter(~pl.col("named")).select("agency", "record_id", "person")
    table = (
        pairs.join(given, left_on="before", right_on="person")
        .join(given, left_on="after", right_on="person", suffix="_right")
        .select(
            agency_left="agency", record_id_left="record_id", agency_right="agency_right", record_id_right="record_id_right",
            reason=pl.lit("adoption"), ask=pl.lit("adoption team manager"),
        )
        .sort(pl.all())
    )  # fmt: skip
    truth.write("must_not_link.csv", table, more=truth.planted.must_not_link, beside=True)


def _consents(truth: Truth, records: pl.DataFrame) -> None:
    """Adults decide for themselves; a mother with a record decides for her children under 16."""
    world = truth.world
    dice, rates, people = world.dice, world.rates, world.people
    given = records.filter(~pl.col("named") & (pl.col("agency") == "early_help")).unique(
        "person", keep="first", maintain_order=True
    )
    ids = given["record_id"]
    rows = given["person"].to_numpy()
    held = np.full(len(people), -1)
    held[rows] = np.arange(len(rows))
    adult = people.age()[rows] >= 16
    mother = people.mother[rows]
    by = np.where(adult, np.arange(len(rows)), np.where(mother >= 0, held[np.maximum(mother, 0)], -1))
    asked = dice.chance("consent asked", people.family[rows], rates["consent.asked"]) & (by >= 0)
    given, rows, adult, by = given.filter(pl.Series(asked)), rows[asked], adult[asked], by[asked]
    decider = ids.gather(pl.Series(by))
    table = rates["consent.decisions"]
    alone = dice.chance("decides alone", rows, rates["consent.father_differs"]) & adult
    group = np.where(alone, rows + 10_000_000, people.family[rows])
    choice = dice.pick("consent", group, list(table.values()))
    decision = pl.Series(list(table), dtype=pl.String).gather(pl.Series(choice))
    day = TODAY - 10 - dice.below("consent day", group, 500)
    made = pl.DataFrame(
        {
            "agency": given["agency"], "record_id": given["record_id"], "holder": _same("*", len(day)),
            "purpose": _same("", len(day)),
            "decision": decision, "decided_on": days(day, np.ones(len(day), dtype=bool)),
            "by_agency": given["agency"], "by_record_id": decider,
            "capacity": pl.Series(np.where(adult, "self", "parental-responsibility"), dtype=pl.String),
        }
    )  # fmt: skip
    not_sought = pl.when(pl.col("decision") == "not-sought")
    overridden = pl.when(pl.col("decision") == "overridden")
    made = made.with_columns(
        reason=not_sought.then(pl.lit("seeking it would raise the risk")).otherwise(pl.lit("")),
        override_basis=overridden.then(pl.lit("s47")).otherwise(pl.lit("")),
        override_by=overridden.then(pl.lit("MASH manager")).otherwise(pl.lit("")),
    )
    # What is withdrawn was given before, and a file of consents keeps both.
    earlier = made.filter(pl.col("decision") == "withdrawn").with_columns(
        decision=pl.lit("given"), decided_on=pl.col("decided_on") - pl.duration(days=90)
    )
    made = pl.concat([made, earlier]).sort("record_id", "decided_on", maintain_order=True)
    truth.write("consents.csv", made, more=truth.planted.consents, beside=True)
