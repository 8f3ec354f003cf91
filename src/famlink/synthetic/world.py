"""A made-up world of families as a hub would get it: agencies' extracts, hub.toml ready to link, and the truth."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import polars as pl

from famlink.errors import RequestError, RunError, SpecError
from famlink.synthetic.accounts import references, write_events
from famlink.synthetic.dice import Dice
from famlink.synthetic.exports import Tables
from famlink.synthetic.files import MOST_ROWS_IN_A_WORKBOOK, agency_table, record_ids
from famlink.synthetic.formats import FORMATS, stated_in, write_agency
from famlink.synthetic.happenings import Happenings, let_happen
from famlink.synthetic.homes import house_people
from famlink.synthetic.hubfile import MARK, hub_text
from famlink.synthetic.kin import kin_of
from famlink.synthetic.knowing import Rows, record_rows
from famlink.synthetic.names import name_book
from famlink.synthetic.naming import name_people
from famlink.synthetic.people import gather_people
from famlink.synthetic.planting import plant, with_planted
from famlink.synthetic.rates import Rates, read_rates
from famlink.synthetic.records import Scribe, World
from famlink.synthetic.shape import shape_families
from famlink.synthetic.statements import state
from famlink.synthetic.truth import Truth, write_truth

OnStep = Callable[[str], None]


@dataclass(frozen=True)
class WorldSummary:
    """What was written.

    Args:
        to: the folder.
        families: families of the population, planted ones among them.
        people: true people with at least one record.
        records: rows of the people tables.
        named: people named only in words.
        relationships: rows of the relationship tables.
        events: rows of the event tables.
        incidents: true incidents behind the events.
        agencies: records by agency.
        scenarios: planted scenarios.
        seed: the seed.
    """

    to: str
    families: int
    people: int
    records: int
    named: int
    relationships: int
    events: int
    incidents: int
    agencies: dict[str, int]
    scenarios: tuple[int, ...]
    seed: int


def write_world(
    to: Path,
    *,
    families: int,
    seed: int,
    scenarios: tuple[int, ...] = (),
    formats: tuple[str, ...] = ("table",),
    rates: Path | None = None,
    on_step: OnStep | None = None,
) -> WorldSummary:
    """Write a made-up world.

    Args:
        to: an empty or new folder, or one that an earlier world was written to.
        families: how many families.
        seed: the same seed gives the same bytes.
        scenarios: numbers of scenarios to plant.
        formats: formats to write; an agency none of whose formats is named hands over tables.
        rates: a TOML file of rates to change.
        on_step: called with the name of each step.

    Returns:
        counts of what was written.

    Raises:
        RunError: the folder holds other files.
        RequestError: there is no such scenario or format, no family is asked for, or a number is not a whole one.
        SpecError: the rates name something that does not exist, or give a value it cannot have.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     made = write_world(Path(folder) / "world", families=5, seed=1)
        ...     (Path(folder) / "world" / "truth" / "records.csv").read_text().splitlines()[0]
        'agency,record_id,person'
    """
    to = Path(to)
    families, seed = _whole(families, "families"), _whole(seed, "seed")
    scenarios = tuple(_whole(number, "scenario") for number in scenarios)
    _check(families, formats)
    table = read_rates(rates)
    _check_agencies(table["agencies"], rates)
    tell = on_step or (lambda _: None)
    planted = plant(scenarios, table["agencies"])
    _make_room(to)
    tell("families")
    world, kin, happened = population(Dice(seed), table, families)
    to.mkdir(parents=True, exist_ok=True)
    truth = Truth(to / "truth", world, happened, planted)
    sources: list[dict[str, Any]] = []
    for agency in world.agencies:
        tell(f"records of {agency}")
        sources += _write_agency(to, world, agency, (kin, happened), truth, formats)
    sources += [_write_source(to, source) for source in planted.sources]
    tell("truth")
    counts = write_truth(truth, kin)
    (to / "hub.toml").write_text(hub_text(sources, seed=seed), encoding="utf-8", newline="\n")
    made = WorldSummary(
        to=str(to),
        families=families + planted.families,
        seed=seed,
        scenarios=tuple(scenarios),
        agencies={source["agency"]: source["records"] for source in sources if source["records"]},
        records=sum(source["records"] for source in sources),
        relationships=sum(source["relationship_rows"] for source in sources),
        events=sum(source["event_rows"] for source in sources),
        **counts,
    )
    summary = {key: value for key, value in asdict(made).items() if key != "to"}
    written = sorted(
        path.relative_to(to).as_posix() for path in truth.files + [to / f for s in sources for f in s["files"]]
    )
    text = json.dumps({**summary, "files": written}, indent=1, ensure_ascii=False) + "\n"
    (to / "truth" / "world.json").write_text(text, encoding="utf-8", newline="\n")
    return made


def _whole(value: object, name: str) -> int:
    """A whole number of any library's kind as Python's own."""
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise RequestError(f"{name}: expected a whole number, got {type(value).__name__}") from None


def _check(families: int, formats: tuple[str, ...]) -> None:
    if families < 1:
        raise RequestError(f"families: expected 1 or more, got {families}")
    unknown = [name for name in formats if name not in FORMATS]
    if unknown:
        raise RequestError(f"format {unknown[0]!r} cannot be written; known formats: {', '.join(FORMATS)}")


def _check_agencies(names: list[str], rates: Path | None) -> None:
    known = list(agency_table())
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        told = f"no agency is called {unknown[0]!r}" if unknown else "agencies is empty"
        raise SpecError(f"{rates}: {told}; known agencies: {', '.join(known)}")


def _make_room(to: Path) -> None:
    """Take away an earlier world's files; refuse a folder with anybody else's."""
    if not to.exists():
        return
    if not to.is_dir():
        raise RunError(f"{to}: is a file; give a folder")
    hub = to / "hub.toml"
    ours = hub.is_file() and hub.read_text(encoding="utf-8", errors="replace").startswith(MARK)
    if any(to.iterdir()) and not ours:
        raise RunError(f"{to}: holds other files; give an empty or new folder, or one famlink synth wrote")
    listed = to / "truth" / "world.json"
    if listed.is_file():
        for name in json.loads(listed.read_text(encoding="utf-8"))["files"]:
            if (to / name).resolve().is_relative_to(to.resolve()):
                (to / name).unlink(missing_ok=True)


def population(dice: Dice, rates: Rates, families: int) -> tuple[World, pl.DataFrame, Happenings]:
    """Make a world without writing it.

    Args:
        dice: the world's dice.
        rates: the world's rates.
        families: how many.

    Returns:
        people, homes and records to be written; the true relations; what happened.

    Example:
        >>> world, kin, happened = population(Dice(1), read_rates(), 10)
        >>> len(world.rows) > 50, sorted(kin.columns)[:2]
        (True, ['end', 'person'])
    """
    agencies = [name for name in agency_table() if name in rates["agencies"]]
    book = name_book()
    shape = shape_families(dice, rates, families)
    people, cast = gather_people(dice, rates, shape, book)
    name_people(dice, rates, people, shape, cast=cast, book=book)
    homes = house_people(dice, rates, people, shape)
    happened = let_happen(dice, rates, people, shape, cast=cast, agencies=agencies)
    rows: Rows = record_rows(dice, rates, people, shape, happened=happened, agencies=agencies)
    return World(dice, rates, book, people, homes, rows, agencies), kin_of(people, shape, cast), happened


def _write_agency(
    to: Path,
    world: World,
    agency: str,
    told: tuple[pl.DataFrame, Happenings],
    truth: Truth,
    formats: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Write one agency's extracts; its sources for hub.toml, the counts on the first."""
    kin, happened = told
    entry = agency_table()[agency]
    scribe = Scribe(world, agency, list(entry["people"]))
    ids = record_ids(agency, world.rows.serial[scribe.at])
    people = scribe.people().insert_column(0, ids.alias("record_id"))
    stated = state(world, scribe, ids, kin, style=entry["ties"]).of(stated_in(agency, formats))
    events = write_events(world, scribe, ids, happened, refs=references(world, happened))
    kind = entry["kind"]
    if kind in ("xlsx", "ndjson") and people.height > MOST_ROWS_IN_A_WORKBOOK:
        kind = "csv"
    planted = truth.planted
    tables = Tables(
        with_planted(people, planted.rows("people", agency)),
        with_planted(stated.table, planted.rows("relationships", agency)),
        with_planted(events.table, planted.rows("events", agency)),
    )
    made = write_agency(agency, tables, to, kind=kind, formats=formats)
    truth.add(agency, ids, scribe.person, stated=stated, events=events.truth)
    truth.exports[agency] = made
    counts = {
        "records": tables.people.height,
        "relationship_rows": made.relationships,
        "event_rows": made.events.height,
    }
    return [
        {
            "agency": agency,
            **source,
            "files": made.files if first else [],
            "export": source.get("files"),
            **(counts if first else dict.fromkeys(counts, 0)),
        }
        for first, source in zip([True, *[False] * len(made.sources)], made.sources, strict=False)
    ]


def _write_source(to: Path, source: dict[str, str]) -> dict[str, Any]:
    """Write a source that a scenario brings, as it stands in the scenario's file."""
    text = source["people"].strip() + "\n"
    name = f"{source['agency']}_people.csv"
    (to / name).write_text(text, encoding="utf-8", newline="\n")
    return {
        "agency": source["agency"],
        "holder": source["holder"],
        "files": [name],
        "tables": {"people": name},
        "records": text.count("\n") - 1,
        "relationship_rows": 0,
        "event_rows": 0,
    }
