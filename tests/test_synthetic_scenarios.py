"""Scenarios planted by number: each is there, says what it says, and its truth fits its records."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import pytest

from famlink.spec import read_hub
from famlink.synthetic import planting
from famlink.synthetic.world import write_world

SCENARIOS = Path(planting.__file__).parent / "scenarios"
NUMBERS = planting.known_scenarios()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("planted") / "w"
    write_world(to, families=4, seed=9, scenarios=tuple(NUMBERS))
    return to


def people(folder: Path, agency: str, number: int) -> pl.DataFrame:
    """An agency's planted people rows under canonical names, as text."""
    source = next(s for s in read_hub(folder / "hub.toml").source if s.agency == agency)
    file = folder / source.people
    read = {".parquet": pl.read_parquet, ".xlsx": pl.read_excel, ".ndjson": pl.read_ndjson}.get(file.suffix)
    frame = read(file) if read else pl.read_csv(file, infer_schema=False)
    frame = frame.rename({theirs: canonical for canonical, theirs in source.columns.people.items()})
    return frame.with_columns(pl.all().cast(pl.String)).filter(pl.col("record_id").str.starts_with(f"S{number:02d}-"))


def truth(folder: Path, name: str, number: int) -> pl.DataFrame:
    frame = pl.read_csv(folder / "truth" / f"{name}.csv", infer_schema=False)
    return frame.filter(pl.any_horizontal(pl.all().str.starts_with(f"S{number:02d}-")))


def test_all_scenarios_of_the_table_can_be_planted() -> None:
    assert set(range(1, 26)) <= set(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_scenario_says_what_is_given_and_expected_and_its_truth_fits(folder: Path, number: int) -> None:
    told = tomllib.loads((SCENARIOS / f"{number:02d}.toml").read_text(encoding="utf-8"))
    assert told["given"]
    assert told["expected"]
    records = truth(folder, "records", number)
    assert records.filter(~pl.col("record_id").str.contains("~")).height == len(told.get("records", [])) + sum(
        len(source["people"].strip().splitlines()) - 1 for source in told.get("sources", [])
    )
    for row in told.get("records", []):
        assert people(folder, row["agency"], number).height
    about = truth(folder, "people", number)
    assert set(records["person"]) == set(about["person"]) == set(truth(folder, "families", number)["person"])
    relations = truth(folder, "relations", number)
    assert set(relations["person"]) <= set(records["person"])
    assert truth(folder, "incidents", number).height == len(told.get("events", []))


@pytest.mark.parametrize(
    "families", [1, pytest.param(2, marks=pytest.mark.heavy), pytest.param(3, marks=pytest.mark.heavy)]
)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_scenario_fits_into_the_smallest_worlds(tmp_path: Path, number: int, families: int) -> None:
    """A few families may leave a table empty: a planted row must find its columns' types there all the same."""
    made = write_world(tmp_path / "w", families=families, seed=3, scenarios=(number,))
    assert made.families > families
    assert read_hub(tmp_path / "w" / "hub.toml").agencies


@pytest.mark.parametrize("families", [1, 2, 3])
def test_the_smallest_worlds_can_be_written(tmp_path: Path, families: int) -> None:
    for seed in (3, 8):
        assert write_world(tmp_path / "w", families=families, seed=seed).families == families


def forenames(folder: Path, number: int, person: str) -> set[str]:
    records = truth(folder, "records", number).filter(pl.col("person") == f"S{number:02d}-{person}")
    found: set[str] = set()
    for agency, record_id in records.select("agency", "record_id").iter_rows():
        if "~" not in record_id:
            rows = people(folder, agency, number).filter(pl.col("record_id") == record_id)
            found |= set(rows["forename"].drop_nulls())
    return found


def test_1_a_family_of_seven_is_registered_twice(folder: Path) -> None:
    records = truth(folder, "records", 1)
    assert records.group_by("person").len()["len"].to_list() == [2] * 7


def test_2_one_twin_has_the_others_name_at_school(folder: Path) -> None:
    assert forenames(folder, 2, "two") == {"Islay", "Isla"}
    assert truth(folder, "people", 2).filter(pl.col("twin") == "yes").height == 2


def test_3_the_unborn_child_has_three_names(folder: Path) -> None:
    assert forenames(folder, 3, "baby") == {"UNBORN", "BABY", "Caleb"}
    unborn = people(folder, "social_care", 3).filter(pl.col("forename") == "UNBORN").row(0, named=True)
    assert unborn["date_of_birth"] is None
    assert unborn["expected_date_of_birth"] == "20/06/2025"


def test_4_the_stillborn_child_has_no_date_of_birth(folder: Path) -> None:
    rows = people(folder, "health", 4)
    assert rows.filter(pl.col("expected_date_of_birth").is_not_null() & pl.col("date_of_birth").is_null()).height == 1


def test_6_before_and_after_adoption_share_a_upn_and_must_not_be_linked(folder: Path) -> None:
    rows = people(folder, "education", 6)
    before, after = rows["upn"][0], rows["former_upn"][1]
    assert before == after is not None
    pairs = truth(folder, "must_not_link", 6)
    assert pairs.height == 4
    assert truth(folder, "families", 6)["family"].n_unique() == 2


def test_7_father_and_son_have_one_name(folder: Path) -> None:
    assert forenames(folder, 7, "father") == forenames(folder, 7, "son") == {"Patrick"}
    assert people(folder, "police", 7)["date_of_birth"].to_list() == [None]


def test_8_identifiers_are_pasted_from_a_relative(folder: Path) -> None:
    assert people(folder, "housing", 8)["ni_number"].n_unique() == 1
    assert people(folder, "social_care", 8)["nhs_number"].n_unique() == 1


def test_9_an_nhs_number_is_superseded(folder: Path) -> None:
    health = people(folder, "health", 9).row(0, named=True)
    assert health["former_nhs_number"] == people(folder, "social_care", 9)["nhs_number"][0]


def test_10_names_arrive_with_prefixes_and_digits(folder: Path) -> None:
    assert "DUPLICATE_McDonald" in people(folder, "social_care", 10)["surname"].to_list()
    assert {"MC DONALD"} == set(people(folder, "police", 10)["surname"])
    assert "M0lly" in people(folder, "housing", 10)["forename"].to_list()


def test_11_one_incident_has_four_accounts_and_12_two_incidents(folder: Path) -> None:
    one = truth(folder, "incidents", 11)
    assert one["incident"].n_unique() == 1
    assert one["agency"].n_unique() == 4
    assert truth(folder, "incidents", 12)["incident"].n_unique() == 2


def test_13_a_mother_refuses_and_a_father_consents(folder: Path) -> None:
    rows = truth(folder, "consents", 13).select("holder", "decision").rows()
    assert rows == [("health", "refused"), ("health", "given"), ("early-help", "given")]


def test_15_the_refuge_is_marked(folder: Path) -> None:
    assert set(people(folder, "social_care", 15)["restricted"]) == {"refuge"}


def test_16_two_agencies_claim_two_things(folder: Path) -> None:
    relations = truth(folder, "relations", 16)
    assert set(relations["relationship"]) == {"sibling"}


def test_18_a_clinic_has_65_numbers_for_100_people(folder: Path) -> None:
    clinic = pl.read_csv(folder / "walk_in_clinic_people.csv", infer_schema=False)
    assert (clinic.height, clinic["nhs_number"].n_unique()) == (100, 65)


def test_20_two_families_share_a_house_and_a_surname(folder: Path) -> None:
    rows = people(folder, "housing", 20)
    assert rows["address"].n_unique() == rows["surname"].n_unique() == 1
    assert truth(folder, "families", 20)["family"].n_unique() == 2


def test_23_half_siblings_and_a_father_not_recorded(folder: Path) -> None:
    relations = truth(folder, "relations", 23)
    assert relations.filter((pl.col("person") == "S23-elder") & (pl.col("relationship") == "parent")).height == 1
    assert relations.filter((pl.col("person") == "S23-younger") & (pl.col("relationship") == "parent")).height == 2


def test_24_guardians_stand_beside_birth_parents(folder: Path) -> None:
    child = truth(folder, "relations", 24).filter(pl.col("person") == "S24-child")
    kinds = child.group_by("relationship").len().sort("relationship")
    assert dict(kinds.iter_rows()) == {"grandparent": 2, "parent": 2, "special guardian": 2}


def test_25_a_file_of_a_header_one_record_and_one_row_many_times(folder: Path) -> None:
    sizes = {
        name: pl.read_csv(folder / f"{name}_people.csv").height for name in ("new_service", "one_record", "same_again")
    }
    assert sizes == {"new_service": 0, "one_record": 1, "same_again": 200}
    same = pl.read_csv(folder / "truth" / "records.csv", infer_schema=False).filter(pl.col("agency") == "same_again")
    assert same["person"].n_unique() == 1


def test_identifiers_of_planted_people_pass_their_checks() -> None:
    for number in NUMBERS:
        told = tomllib.loads((SCENARIOS / f"{number:02d}.toml").read_text(encoding="utf-8"))
        given = [*told.get("person", {}).values(), *told.get("records", [])]
        for nhs in {row["nhs_number"] for row in given if row.get("nhs_number")}:
            digits = [int(d) for d in nhs]
            assert (11 - sum(d * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True)) % 11) % 11 == digits[9]
        for upn in {row["upn"] for row in given if row.get("upn")}:
            letter = sum(int(d) * w for d, w in zip(upn[1:], range(2, 14), strict=True)) % 23
            assert "ABCDEFGHJKLMNPQRTUVWXYZ"[letter] == upn[0]
        for postcode in {row["postcode"] for row in given if row.get("postcode")}:
            assert pl.Series([postcode]).str.contains(r"^(NS|WT)\d [0-9][ABD-HJLNP-UW-Z]{2}$").all(), (number, postcode)
