"""A made-up world as a whole: files that match hub.toml, a truth that fits them, published rates, the same bytes."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path

import polars as pl
import pytest

from famlink.errors import RequestError, RunError, SpecError
from famlink.spec import Source, read_hub
from famlink.synthetic.world import WorldSummary, write_world

ROOT = Path(__file__).resolve().parents[1]
READ = {".csv": lambda p: pl.read_csv(p, infer_schema=False), ".parquet": pl.read_parquet, ".xlsx": pl.read_excel}
READ[".ndjson"] = lambda p: pl.read_ndjson(p, infer_schema_length=None) if p.stat().st_size else pl.DataFrame()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> WorldSummary:
    return write_world(tmp_path_factory.mktemp("world") / "w", families=1500, seed=42)


@pytest.fixture(scope="module")
def folder(made: WorldSummary) -> Path:
    return Path(made.to)


def table(folder: Path, source: Source, name: str) -> pl.DataFrame:
    """One table of a source under canonical names."""
    file = folder / getattr(source, name)
    frame = READ[file.suffix](file)
    columns: dict[str, str] = getattr(source.columns, name)
    assert not set(columns.values()) - set(frame.columns) or not frame.height, (source.agency, name)
    return frame.rename({theirs: canonical for canonical, theirs in columns.items() if theirs in frame.columns})


def truth(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / "truth" / f"{name}.csv", infer_schema=False)


@pytest.fixture(scope="module")
def records(folder: Path) -> pl.DataFrame:
    """All records under canonical names, dates read, with their true person."""
    frames = []
    for source in read_hub(folder / "hub.toml").source:
        frame = table(folder, source, "people")
        wanted = ("record_id", "forename", "surname", "date_of_birth", "postcode", "nhs_number", "sex")
        text = [
            (pl.col(c).cast(pl.String) if c in frame.columns else pl.lit(None, dtype=pl.String)).alias(c)
            for c in wanted
        ]
        frames.append(frame.select(text).with_columns(agency=pl.lit(source.agency)))
    forms = ("%Y-%m-%d", "%d/%m/%Y", "%Y-%b-%d 00:00:00")
    born = pl.coalesce(pl.col("date_of_birth").str.to_date(form, strict=False) for form in forms)
    return (
        pl.concat(frames)
        .with_columns(born=pl.when(born.dt.year() > 1900).then(born))
        .join(truth(folder, "records"), on=["agency", "record_id"], how="left")
    )


def test_every_record_has_one_true_person(folder: Path, records: pl.DataFrame, made: WorldSummary) -> None:
    assert records["person"].null_count() == 0
    told = truth(folder, "records")
    assert told.select(pl.struct("agency", "record_id").n_unique()).item() == told.height
    assert told.height == made.records + made.named
    assert records.height == made.records
    assert set(told["person"]) == set(truth(folder, "people")["person"]) == set(truth(folder, "families")["person"])


def test_people_named_in_words_are_numbered_as_the_contract_says(folder: Path) -> None:
    for source in read_hub(folder / "hub.toml").source:
        ties = table(folder, source, "relationships")
        if "related_forename" not in ties.columns:
            continue
        by_id = pl.col("related_record_id") if "related_record_id" in ties.columns else pl.lit(None, dtype=pl.String)
        worded = ties.filter(by_id.is_null()).with_columns(
            named=pl.col("record_id") + "~" + (pl.int_range(pl.len()).over("record_id") + 1).cast(pl.String)
        )
        told = truth(folder, "records").filter(
            (pl.col("agency") == source.agency) & pl.col("record_id").str.contains("~")
        )
        assert sorted(told["record_id"]) == sorted(worded["named"])


def test_relationships_and_events_name_records_of_the_agency(folder: Path) -> None:
    for source in read_hub(folder / "hub.toml").source:
        people = table(folder, source, "people")
        assert people["record_id"].n_unique() == people.height
        known = people["record_id"].implode()
        for name in ("relationships", "events"):
            rows = table(folder, source, name)
            if not rows.height:
                continue
            assert rows["record_id"].is_in(known).all(), (source.agency, name)
        ties = table(folder, source, "relationships")
        if "related_record_id" in ties.columns:
            assert ties["related_record_id"].drop_nulls().is_in(known).all()


def test_stated_relationships_are_true_but_for_the_stated_rate(folder: Path) -> None:
    source = next(s for s in read_hub(folder / "hub.toml").source if s.agency == "social_care")
    ties = table(folder, source, "relationships").filter(pl.col("related_record_id").is_not_null())
    who = truth(folder, "records").filter(pl.col("agency") == "social_care").select("record_id", "person")
    mothers = (
        ties.filter(pl.col("relationship").is_in(["Mother", "Father"]))
        .join(who, on="record_id")
        .join(who.rename({"record_id": "related_record_id", "person": "relative"}), on="related_record_id")
    )
    true = truth(folder, "relations").filter(pl.col("relationship") == "parent").select("person", "relative")
    wrong = mothers.join(true, on=["person", "relative"], how="anti").height
    assert mothers.height > 500
    assert wrong / mothers.height < 0.02


def test_the_truth_knows_which_relations_an_agency_stated(folder: Path) -> None:
    told = truth(folder, "relations")
    who = truth(folder, "records")
    stated = set(told.filter(pl.col("stated") == "yes").select("person", "relative").rows())
    assert stated == {(b, a) for a, b in stated}
    source = next(s for s in read_hub(folder / "hub.toml").source if s.agency == "education")
    contacts = table(folder, source, "relationships").with_columns(
        named=pl.col("record_id") + "~" + (pl.int_range(pl.len()).over("record_id") + 1).cast(pl.String)
    )
    mine = who.filter(pl.col("agency") == "education").select("record_id", "person")
    pairs = contacts.join(mine, on="record_id").join(mine, left_on="named", right_on="record_id", suffix="_named")
    assert pairs.height == contacts.height
    assert set(pairs.select("person", "person_named").rows()) <= stated
    assert 0.3 < len(stated) / told.height < 0.9


def test_relations_are_mirrored_and_possible(folder: Path) -> None:
    told = truth(folder, "relations")
    back = told.select(person="relative", relative="person")
    assert told.join(back, on=["person", "relative"], how="anti").height == 0
    born = truth(folder, "people").select("person", pl.col("date_of_birth").str.to_date())
    parents = (
        told.filter((pl.col("relationship") == "parent") & (pl.col("qualifier") == "birth"))
        .join(born, on="person")
        .join(born, left_on="relative", right_on="person", suffix="_parent")
        .with_columns(years=(pl.col("date_of_birth") - pl.col("date_of_birth_parent")).dt.total_days() / 365.25)
    )
    assert parents["years"].min() > 13
    assert parents["years"].max() < 75
    assert parents.group_by("person").len()["len"].max() <= 2
    twins = (
        told.filter(pl.col("qualifier") == "twin")
        .join(born, on="person")
        .join(born, left_on="relative", right_on="person", suffix="_twin")
    )
    assert twins.height
    assert (twins["date_of_birth"] == twins["date_of_birth_twin"]).all()


def test_incidents_are_told_within_five_days_and_repeated_after_two(folder: Path) -> None:
    told = truth(folder, "incidents")
    frames = []
    for source in read_hub(folder / "hub.toml").source:
        rows = table(folder, source, "events")
        if rows.height:
            frames.append(
                rows.select("event_id", pl.col("date").cast(pl.String)).with_columns(agency=pl.lit(source.agency))
            )
    events = pl.concat(frames).with_columns(
        day=pl.coalesce(pl.col("date").str.to_date(f, strict=False) for f in ("%Y-%m-%d", "%d/%m/%Y"))
    )
    assert events.height == told.height
    joined = told.join(events, on=["agency", "event_id"])
    assert joined.height == told.height
    shared = (
        joined.drop_nulls("day").group_by("incident").agg(
            pl.col("agency").n_unique().alias("agencies"), (pl.col("day").max() - pl.col("day").min()).alias("spread"),
            pl.col("day").min(), pl.col("role").first(), pl.col("follows").first(), pl.len().alias("accounts"),
        )
    )  # fmt: skip
    several = shared.filter(pl.col("accounts") > 1)
    assert several["agencies"].max() == 4
    assert several["spread"].dt.total_days().max() <= 7
    assert (several["agencies"] == several["accounts"]).all()
    again = shared.filter(pl.col("role") == "repetition").join(shared, left_on="follows", right_on="incident")
    gap = (again["day"] - again["day_right"]).dt.total_days()
    assert again.height > 20
    assert gap.min() >= -3
    assert gap.max() <= 17


def test_published_rates_come_out(records: pl.DataFrame, made: WorldSummary, folder: Path) -> None:
    assert 8.0 < made.records / made.families < 10.0
    one = records.select("person", "agency", "record_id", "forename", "surname", "born", "postcode")
    pairs = one.join(one, on="person", suffix="_other").filter(pl.col("agency") < pl.col("agency_other"))

    def disagree(column: str, *, among: pl.DataFrame = pairs) -> float:
        both = among.drop_nulls([column, f"{column}_other"])
        return float((both[column] != both[f"{column}_other"]).mean())  # type: ignore[arg-type]

    assert disagree("surname") == pytest.approx(0.18, abs=0.04)
    assert disagree("forename") == pytest.approx(0.125, abs=0.03)
    assert 0.25 < disagree("postcode") < 0.5
    born = truth(folder, "people").select("person", true=pl.col("date_of_birth").str.to_date())
    wrong = records.join(born, on="person").drop_nulls(["born", "true"])
    by_agency = dict(wrong.group_by("agency").agg((pl.col("born") != pl.col("true")).mean().alias("wrong")).iter_rows())
    assert by_agency["health"] < 0.005
    assert 0.025 < by_agency["police"] < 0.055


def test_errors_come_together(records: pl.DataFrame, folder: Path) -> None:
    """Within an agency a record wrong in its date of birth is oftener unlike its person's other surnames too."""
    usual = records.group_by("person").agg(pl.col("surname").mode().sort().first().alias("usual"), pl.len().alias("n"))
    born = truth(folder, "people").select("person", "culture", true=pl.col("date_of_birth").str.to_date())
    judged = (
        records.join(usual, on="person").join(born, on="person").filter(pl.col("n") > 2).drop_nulls(["born", "true"])
    )
    judged = judged.with_columns(
        odd_name=(pl.col("surname") != pl.col("usual")).fill_null(value=True), odd_day=pl.col("born") != pl.col("true")
    )
    within = judged.group_by("agency", "odd_day").agg(pl.col("odd_name").mean(), pl.len())
    bad = within.filter(pl.col("odd_day") & (pl.col("agency") == "police"))["odd_name"].item()
    good = within.filter(~pl.col("odd_day") & (pl.col("agency") == "police"))["odd_name"].item()
    assert bad > 1.4 * good


def test_unfamiliar_names_are_mistaken_oftener() -> None:
    from famlink.synthetic.dice import Dice
    from famlink.synthetic.rates import read_rates
    from famlink.synthetic.world import population

    world, _, _ = population(Dice(42), read_rates(), 3000)
    english = world.people.culture[world.rows.person] == 0
    load = world.rows.load
    assert load.mean() == pytest.approx(1.0, abs=0.05)
    assert load[~english].mean() / load[english].mean() == pytest.approx(1.5, abs=0.1)


def test_families_have_the_shape_told(folder: Path) -> None:
    people = truth(folder, "people")
    relations = truth(folder, "relations")
    children = relations.filter((pl.col("relationship") == "parent") & (pl.col("qualifier") == "birth"))
    born = people.with_columns(pl.col("date_of_birth").str.to_date())
    young = born.filter(pl.col("person").is_in(children["person"].implode())).filter(
        pl.col("date_of_birth").dt.year() > 2004
    )
    assert (young["twin"] == "yes").mean() == pytest.approx(0.03, abs=0.012)
    families = truth(folder, "families").filter(pl.col("person").is_in(children["person"].implode()))
    assert 2.0 < float(families.group_by("family").len()["len"].mean()) < 3.2  # type: ignore[arg-type]
    kinds = set(relations["relationship"])
    assert {"spouse", "partner", "ex-partner", "ex-spouse", "grandparent", "aunt or uncle"} <= kinds
    assert {"foster carer", "special guardian", "kinship carer"} <= kinds
    assert {"half maternal", "full", "twin", "adoptive"} <= set(relations["qualifier"])
    cultures = people.group_by("culture").len().with_columns(pl.col("len") / people.height)
    assert dict(cultures.iter_rows())["english"] == pytest.approx(0.70, abs=0.06)
    assert cultures.height >= 12
    assert 0.05 < (people["mover"] == "yes").mean() < 0.6


def test_referrals_come_back_as_often_as_in_england(folder: Path) -> None:
    source = next(s for s in read_hub(folder / "hub.toml").source if s.agency == "social_care")
    events = table(folder, source, "events")
    first = (events["category"] == "Referral").sum()
    again = (events["category"] == "Re-referral").sum()
    assert first > 80
    assert again / first == pytest.approx(0.21, abs=0.09)


def test_what_must_not_be_linked_is_two_people(folder: Path) -> None:
    pairs = pl.read_csv(folder / "must_not_link.csv", infer_schema=False)
    who = truth(folder, "records")
    joined = pairs.join(who, left_on=["agency_left", "record_id_left"], right_on=["agency", "record_id"]).join(
        who, left_on=["agency_right", "record_id_right"], right_on=["agency", "record_id"], suffix="_right"
    )
    assert joined.height == pairs.height > 0
    assert (joined["person"] != joined["person_right"]).all()
    assert filecmp.cmp(folder / "must_not_link.csv", folder / "truth" / "must_not_link.csv", shallow=False)


def test_consents_are_by_people_early_help_knows(folder: Path) -> None:
    consents = pl.read_csv(folder / "consents.csv", infer_schema=False)
    assert {"given", "refused", "withdrawn"} <= set(consents["decision"])
    assert {"self", "parental-responsibility"} <= set(consents["capacity"])
    known = truth(folder, "records").select("agency", "record_id")
    assert consents.join(known, on=["agency", "record_id"], how="anti").height == 0
    assert (
        consents.join(known, left_on=["by_agency", "by_record_id"], right_on=["agency", "record_id"], how="anti").height
        == 0
    )


def test_identifiers_are_missing_wrong_and_pasted(records: pl.DataFrame) -> None:
    from famlink.synthetic.files import agency_table

    held = records.filter(pl.col("agency") == "social_care")["nhs_number"]
    assert 0.35 < held.is_not_null().mean() < 0.5
    repeated = records.drop_nulls("nhs_number").group_by("nhs_number").agg(pl.col("person").n_unique())
    assert (repeated["person"] > 1).sum() > 0
    assert "nhs_number" not in agency_table()["police"]["people"]


def all_files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_world(tmp_path / name, families=25, seed=5, scenarios=(2, 6, 18))
    assert all_files(tmp_path / "one") == all_files(tmp_path / "two")
    for name in all_files(tmp_path / "one"):
        assert filecmp.cmp(tmp_path / "one" / name, tmp_path / "two" / name, shallow=False), name
    write_world(tmp_path / "three", families=25, seed=6)
    assert not filecmp.cmp(tmp_path / "one/police_people.csv", tmp_path / "three/police_people.csv", shallow=False)


def test_the_fixture_hub_is_what_its_command_writes(tmp_path: Path) -> None:
    """Text files byte for byte; Parquet and workbooks by content, for their bytes may change with the library."""
    import runpy

    script = runpy.run_path(str(ROOT / "scripts" / "make-fixtures"))
    hub = ROOT / "fixtures" / "hub"
    write_world(
        tmp_path / "hub", families=script["FAMILIES"], seed=script["SEED"], scenarios=script["SCENARIOS"],
        rates=ROOT / "fixtures" / "hub.rates.toml",
    )  # fmt: skip
    expected = [name for name in all_files(hub) if name not in ("demo.toml", "audit.jsonl")]
    assert all_files(tmp_path / "hub") == expected
    for name in expected:
        if name.endswith((".parquet", ".xlsx")):
            assert READ[Path(name).suffix](hub / name).equals(READ[Path(name).suffix](tmp_path / "hub" / name)), name
        else:
            assert (hub / name).read_bytes() == (tmp_path / "hub" / name).read_bytes(), name


def test_other_peoples_folders_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="holds other files"):
        write_world(tmp_path, families=2, seed=1)
    assert all_files(tmp_path) == ["mine.txt"]
    shutil.copy(ROOT / "LICENSE", tmp_path / "hub.toml")
    with pytest.raises(RunError, match="holds other files"):
        write_world(tmp_path, families=2, seed=1)
    with pytest.raises(RunError, match="is a file"):
        write_world(tmp_path / "mine.txt", families=2, seed=1)


def test_an_earlier_world_is_replaced_and_nothing_of_it_left(tmp_path: Path) -> None:
    world = tmp_path / "w"
    write_world(world, families=3, seed=1, scenarios=(18,))
    (world / "audit.jsonl").write_text("{}\n")
    assert (world / "walk_in_clinic_people.csv").is_file()
    write_world(world, families=3, seed=2)
    assert not (world / "walk_in_clinic_people.csv").exists()
    assert (world / "audit.jsonl").read_text() == "{}\n"


def test_requests_that_cannot_be_met_say_why(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="scenario 99"):
        write_world(tmp_path / "w", families=2, seed=1, scenarios=(99,))
    with pytest.raises(RequestError, match="format 'ods'"):
        write_world(tmp_path / "w", families=2, seed=1, formats=("ods",))
    with pytest.raises(RequestError, match="1 or more"):
        write_world(tmp_path / "w", families=0, seed=1)
    with pytest.raises(RequestError, match="seed: expected a whole number, got str"):
        write_world(tmp_path / "w", families=2, seed="seven")  # type: ignore[arg-type]
    with pytest.raises(RequestError, match="families: expected a whole number, got float"):
        write_world(tmp_path / "w", families=2.5, seed=1)  # type: ignore[arg-type]
    with pytest.raises(RequestError, match="scenario: expected a whole number, got str"):
        write_world(tmp_path / "w", families=2, seed=1, scenarios=("6",))  # type: ignore[arg-type]
    rates = tmp_path / "r.toml"
    rates.write_text('agencies = ["police"]\n')
    with pytest.raises(RequestError, match="scenario 11 needs"):
        write_world(tmp_path / "w", families=2, seed=1, scenarios=(11,), rates=rates)
    rates.write_text('agencies = ["polcie"]\n')
    with pytest.raises(SpecError, match="no agency is called 'polcie'"):
        write_world(tmp_path / "w", families=2, seed=1, rates=rates)
    assert not (tmp_path / "w").exists()


def test_one_family_and_one_agency_will_do(tmp_path: Path) -> None:
    rates = tmp_path / "r.toml"
    rates.write_text('agencies = ["education"]\n')
    made = write_world(tmp_path / "w", families=1, seed=3, rates=rates)
    assert list(made.agencies) == ["education"]
    assert read_hub(tmp_path / "w" / "hub.toml").agencies == ("education",)
