"""A made-up world in the formats agencies' systems export: read whole, with a truth that fits, linked like its table twin."""

import json
from pathlib import Path

import polars as pl
import pytest

from famlink.errors import RequestError
from famlink.extracts.reading import read_sources
from famlink.pipeline.walk import link
from famlink.pipeline.workbench import evaluate
from famlink.spec import read_hub
from famlink.standardisation.checks import upn_holds
from famlink.synthetic.formats import FORMATS
from famlink.synthetic.school_files import pupil_numbers, temporary_upn
from famlink.synthetic.world import write_world

ALL = tuple(FORMATS)
SCENARIOS = (1, 2, 3, 6, 11, 13, 19)


def truth(world: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(world / "truth" / name, infer_schema=False)


def read(world: Path):
    return read_sources(read_hub(world / "hub.toml"))


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("formats")
    for name, formats in (("exports", ALL), ("tables", ("table",))):
        write_world(folder / name, families=300, seed=7, formats=formats)
    return folder / "exports", folder / "tables"


def test_a_hub_of_exports_links_as_its_table_twin(worlds, tmp_path):
    scores = []
    for number, world in enumerate(worlds):
        run = link(read_hub(world / "hub.toml"), to=tmp_path / str(number))
        scores.append(evaluate(run, world / "truth")["pairs"]["f1"])
    assert abs(scores[0] - scores[1]) < 0.01
    assert min(scores) > 0.95


@pytest.mark.parametrize(
    "formats", [ALL, ("ssd",), ("cin-census",), ("ctf",), ("school-census",), ("fhir",)], ids=lambda names: names[-1]
)
def test_what_is_read_is_what_the_truth_tells(tmp_path, formats):
    world = tmp_path / "world"
    made = write_world(world, families=25, seed=3, formats=formats, scenarios=SCENARIOS)
    extracts = read(world)
    assert extracts.rejected.filter(pl.col("level") == "row").is_empty()
    held = extracts.records.select("agency", "record_id").unique().sort("agency", "record_id")
    told = truth(world, "records.csv").select("agency", "record_id")
    assert held.equals(told.sort("agency", "record_id"))
    events = truth(world, "incidents.csv").select("agency", "event_id").sort("agency", "event_id")
    assert extracts.events.select("agency", "event_id").sort("agency", "event_id").equals(events)
    given = extracts.records.filter(pl.col("origin") == "given").select("agency", "record_id").unique()
    assert made.records == given.height
    assert made.named == told.height - given.height
    assert made.events == events.height
    for name, suffixes in (("must_not_link.csv", ("_left", "_right")), ("consents.csv", ("",))):
        frame = truth(world, name)
        for suffix in suffixes:
            pairs = frame.select(agency=f"agency{suffix}", record_id=f"record_id{suffix}")
            assert pairs.join(given, on=["agency", "record_id"], how="anti").is_empty()


def test_the_same_people_whatever_the_format(worlds):
    people = [truth(world, "records.csv").filter(~pl.col("record_id").str.contains("~")) for world in worlds]
    counts = [frame.group_by("agency", "person").len().sort("agency", "person") for frame in people]
    assert counts[0].equals(counts[1])


def test_formats_without_names_join_the_person_of_the_same_agency(worlds):
    records = read(worlds[0]).records
    census = records.filter(pl.col("file") == "social_care_cin_census.xml")
    assert census.height > 50
    assert census["forename"].null_count() == census.height
    first = records.filter((pl.col("agency") == "social_care") & (pl.col("part") == 0) & (pl.col("origin") == "given"))
    assert first["file"].unique().to_list() == ["ssd/ssd_person.csv"]
    assert census.join(first, on="record_id", how="anti").is_empty()


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_world(tmp_path / name, families=10, seed=5, formats=ALL, scenarios=(6,))
    one, two = (
        {p.relative_to(tmp_path / n): p.read_bytes() for p in (tmp_path / n).rglob("*.*")} for n in ("one", "two")
    )
    assert one == two
    write_world(tmp_path / "two", families=10, seed=5)  # an earlier world's exports are taken away
    assert not [path for path in (tmp_path / "two").rglob("*") if path.suffix == ".xml" or path.name.startswith("ssd_")]


def test_fhir_holds_no_empty_parts(worlds):
    def empty(value: object) -> bool:
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return value in (None, "", [], {}) or any(empty(part) for part in parts)

    lines = (worlds[0] / "health_fhir.ndjson").read_text(encoding="utf-8").splitlines()
    resources = [json.loads(line) for line in lines]
    assert {item["resourceType"] for item in resources} == {"Patient", "RelatedPerson", "Encounter"}
    assert not any(empty(item) for item in resources)


def test_pupils_without_a_number_of_their_own_get_a_temporary_one():
    given = [*["A000000000001", None] * 3, "A000000000002"]
    numbers = pupil_numbers([f"S{place}" for place in range(7)], given)
    assert numbers["S0"] == "A000000000001"
    assert numbers["S6"] == "A000000000002"
    assert len(set(numbers.values())) == 7
    made = pl.Series([temporary_upn(f"S{place}") for place in range(500)])
    assert made.str.contains(r"^[A-Z]\d{11}[A-Z]$").all()
    assert made.to_frame("upn").select(upn_holds(pl.col("upn"))).to_series().all()


def test_a_format_nobody_writes_is_refused(tmp_path):
    with pytest.raises(RequestError, match="known formats: table, ssd, cin-census, fhir, ctf, school-census"):
        write_world(tmp_path / "w", families=1, seed=1, formats=("annex-a",))
