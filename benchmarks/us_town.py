"""A simulated US town as a famlink hub with its truth: five sources, noise tripled, two without date of birth.

    python benchmarks/us_town.py --pseudopeople /path/to/its/python --to town --seed 1 --year 2020
    python benchmarks/us_town.py --tables FOLDER --to town          # from tables that --pseudopeople kept
    python -m famlink link town/hub.toml --to town/run
    python -m famlink evaluate town/run --truth town/truth

The people are pseudopeople's sample town: simulated, none is real. It needs an environment of its own (pip install
pseudopeople), for it asks for other versions than famlink does. Every probability of noise, of cells and of rows, is
multiplied by three and capped at 1. Sources: the decennial census, social security, WIC, W-2 and 1099 forms, and 1040
returns; the last two say no date of birth. A return is written as one row a person (filer, spouse, dependants).

Truth: person is the simulant. A family is a true household of the same year, so two people of one household are
relatives. Households and relations come from the census without noise, then from returns and other sources; homes
of many (prison, barracks) are no family. Household ids in the hub are numbered anew in every source, as an agency's own are.

Social security numbers stand in the files and are compared in hub_ssn.toml only: with them the town is easy.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

if TYPE_CHECKING:
    import polars as pl

TIMES = 3.0
"""What pseudopeople's own probabilities of noise are multiplied by."""

DATASETS = {
    "census": "decennial_census",
    "ssa": "social_security",
    "wic": "women_infants_and_children",
    "w2": "taxes_w2_and_1099",
    "returns": "taxes_1040",
}
"""Agency and the dataset it stands for."""

ENCLOSED = ("Carceral", "Nursing home", "Other institutional", "College", "Military", "Other noninstitutional")
"""Kinds of housing whose people are no family."""

WORDS = {
    "Biological child": ("child", "birth"),
    "Adopted child": ("child", "adoptive"),
    "Stepchild": ("child", "step"),
    "Foster child": ("child in foster care", ""),
    "Opposite-sex spouse": ("spouse", ""),
    "Same-sex spouse": ("spouse", ""),
    "Opposite-sex unmarried partner": ("partner", ""),
    "Same-sex unmarried partner": ("partner", ""),
    "Grandchild": ("grandchild", ""),
    "Sibling": ("sibling", ""),
    "Parent": ("parent", ""),
    "Child-in-law": ("child-in-law", ""),
    "Parent-in-law": ("parent-in-law", ""),
    "Other relative": ("relative", ""),
}
"""What the census says somebody is to the reference person, in famlink's words."""

HUB = """# Written by benchmarks/us_town.py (seed {seed}, {year}): nobody in it is a real person.
[hub]
name = "Anytown (simulated)"
as_at = {year}-12-31
synthetic = true

[[source]]
agency = "census"
people = "census.csv"
relationships = "census_relationships.csv"
[source.columns.people]
forename = "first_name"
middle_names = "middle_initial"
surname = "last_name"
ethnicity = "race_ethnicity"
postcode = "zipcode"

[[source]]
agency = "ssa"
people = "ssa.csv"
[source.columns.people]
forename = "first_name"
middle_names = "middle_name"
surname = "last_name"

[[source]]
agency = "wic"
people = "wic.csv"
[source.columns.people]
forename = "first_name"
middle_names = "middle_initial"
surname = "last_name"
ethnicity = "race_ethnicity"
postcode = "zipcode"

[[source]]
agency = "w2"
people = "w2.csv"
[source.columns.people]
forename = "first_name"
middle_names = "middle_initial"
surname = "last_name"
postcode = "zipcode"

[[source]]
agency = "returns"
people = "returns.csv"
relationships = "returns_relationships.csv"
[source.columns.people]
forename = "first_name"
middle_names = "middle_initial"
surname = "last_name"
postcode = "zipcode"
household_id = "return_id"
"""

WITH_SSN = """
[[link.comparison]]
field = "ssn"
kind = "identifier"
[[link.blocking]]
on = ["ssn"]
"""


def tripled(config: dict[str, Any]) -> dict[str, Any]:
    """pseudopeople's configuration with every probability of a cell or row three times as high, at most 1."""
    made: dict[str, Any] = {}
    for name, value in config.items():
        if isinstance(value, dict):
            made[name] = tripled(value)
        elif str(name).startswith(("cell_probability", "row_probability")):
            made[name] = min(float(value) * TIMES, 1.0)
        else:
            made[name] = value
    return made


def generate(folder: Path, seed: int, year: int) -> None:
    """Write pseudopeople's tables, with and without noise; runs in the Python that has pseudopeople."""
    import pandas as pd
    import pseudopeople

    folder.mkdir(parents=True, exist_ok=True)
    loud = tripled(pseudopeople.get_config())
    for agency, dataset in DATASETS.items():
        make = getattr(pseudopeople, f"generate_{dataset}")
        for kind, config in (("noisy", loud), ("plain", pseudopeople.NO_NOISE)):
            table = make(seed=seed, year=year, config=config)
            if agency == "returns":
                # The sample data says who the spouse and the dependants are; the generated table does not.
                source = (
                    Path(pseudopeople.__file__).parent / "data" / "sample_datasets" / dataset / f"{dataset}.parquet"
                )
                raw = pd.read_parquet(source)
                raw = raw.loc[raw["tax_year"].astype(int) == year].drop_duplicates("simulant_id")
                others = ["spouse_simulant_id", *(f"dependent_{n}_simulant_id" for n in range(1, 5))]
                table = table.merge(raw[["simulant_id", *others]], on="simulant_id", how="left", validate="1:1")
            for column in table.columns:
                known = table[column].notna()
                table[column] = table[column].astype(str).where(known, None)
            table.to_parquet(folder / f"{agency}_{kind}.parquet", index=False)
    told = {"pseudopeople": pseudopeople.__version__, "seed": seed, "year": year, "noise": TIMES}
    (folder / "made.json").write_text(json.dumps(told), encoding="utf-8")


def numbered(table: pl.DataFrame, letter: str, seed: int) -> pl.DataFrame:
    """Rows in an order that says nothing, with a record id of the source's own."""
    import polars as pl

    mixed = table.with_row_index("place").sort(pl.col("place").hash(seed=seed))
    return mixed.with_columns(record_id=pl.lit(letter) + pl.int_range(1, pl.len() + 1).cast(pl.String)).drop("place")


def addressed(table: pl.DataFrame, mailing: str = "") -> pl.DataFrame:
    """Street number, name and unit as one address line; a box where there is one."""
    import polars as pl

    street = pl.concat_str(
        [pl.col(f"{mailing}{part}") for part in ("street_number", "street_name", "unit_number")],
        separator=" ",
        ignore_nulls=True,
    )
    line = street.replace("", None)
    if f"{mailing}po_box" in table.columns:
        line = pl.coalesce(line, pl.lit("PO Box ") + pl.col(f"{mailing}po_box"))
    town = [pl.col(f"{mailing}city"), pl.col(f"{mailing}state")]
    whole = pl.concat_str([line, *town], separator=", ", ignore_nulls=True)
    return table.with_columns(
        address=pl.when(line.is_not_null()).then(whole),
        zipcode=pl.col(f"{mailing}zipcode"),
        home=pl.col("household_id"),
    )


def own_households(table: pl.DataFrame, letter: str, seed: int) -> pl.DataFrame:
    """The true households under numbers of the source's own."""
    import polars as pl

    order = table.select("home").unique().sort(pl.col("home").hash(seed=seed + 1), "home")
    named = order.with_columns(household_id=pl.lit(letter) + pl.int_range(1, pl.len() + 1).cast(pl.String))
    return table.drop("household_id").join(named, on="home", how="left", maintain_order="left")


def persons_of_returns(table: pl.DataFrame) -> pl.DataFrame:
    """One row for every filer, spouse and dependant of a return."""
    import polars as pl

    shared = [pl.col(name) for name in ("record_id", "address", "zipcode", "home")]
    rows = []
    for role in ("filer", "spouse", "dependent_1", "dependent_2", "dependent_3", "dependent_4"):
        prefix = "" if role == "filer" else f"{role}_"
        initial = pl.col(f"{prefix}middle_initial") if "dependent" not in role else pl.lit(None, dtype=pl.String)
        rows.append(
            table.select(
                *shared,
                pl.lit(role).alias("role"),
                initial.alias("middle_initial"),
                *(pl.col(f"{prefix}{name}").alias(name) for name in ("simulant_id", "first_name", "last_name", "ssn")),
            ).filter(pl.col("simulant_id").is_not_null())
        )
    return pl.concat(rows).with_columns(
        return_id="record_id", record_id=pl.col("record_id") + "-" + pl.col("role").str.replace("_", "")
    )


def sources(tables: dict[str, pl.DataFrame], seed: int) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """People and relationships of every source, simulant_id and true home still beside."""
    import polars as pl

    census = own_households(addressed(numbered(tables["census"], "C", seed)), "H", seed)
    said = pl.col("relationship_to_reference_person")
    heads = census.filter((said == "Reference person") & (pl.col("housing_type") == "Household"))
    heads = heads.unique("household_id", keep="first", maintain_order=True).select("household_id", head="record_id")
    stated = (
        census.filter((said != "Reference person") & ~said.str.contains("group quarters"))
        .join(heads, on="household_id", maintain_order="left")
        .select(record_id="head", relationship=said, related_record_id="record_id")
    )
    wic = own_households(addressed(numbered(tables["wic"], "W", seed)), "F", seed)
    # WIC writes mmddyyyy without a mark between.
    slashed = pl.col("date_of_birth").str.replace(r"^(..)(..)(....)$", "$1/$2/$3")
    ssa = tables["ssa"]
    died = ssa.filter(pl.col("event_type") == "death").unique("ssn", keep="first", maintain_order=True)
    ssa = ssa.filter(pl.col("event_type") == "creation").join(
        died.select("ssn", date_of_death="event_date"), on="ssn", how="left", maintain_order="left"
    )
    dashed = pl.col("date_of_birth").str.replace(r"^(....)(..)(..)$", "$1-$2-$3")
    returns = persons_of_returns(addressed(numbered(tables["returns"], "R", seed), "mailing_address_"))
    filers = returns.filter(pl.col("role") == "filer").select("return_id", head="record_id")
    others = returns.filter(pl.col("role") != "filer").join(filers, on="return_id", maintain_order="left")
    word = pl.when(pl.col("role") == "spouse").then(pl.lit("spouse")).otherwise(pl.lit("dependant"))
    people = {
        "census": census.drop("street_number", "street_name", "unit_number", "city", "state", "year"),
        "ssa": numbered(ssa.with_columns(dashed), "S", seed).drop("event_type", "event_date"),
        "wic": wic.with_columns(slashed).drop("street_number", "street_name", "unit_number", "city", "state", "year"),
        "w2": addressed(numbered(tables["w2"], "E", seed), "mailing_address_").select(
            "record_id", "simulant_id", "home", "ssn", "first_name", "middle_initial", "last_name", "address",
            "zipcode", "employer_name", "tax_form",
        ),
        "returns": returns.drop("role"),
    }  # fmt: skip
    relationships = {
        "census": stated,
        "returns": others.select(record_id="head", relationship=word, related_record_id="record_id"),
    }
    return people, relationships


def truth_of(people: dict[str, pl.DataFrame], plain: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables of truth/: records, families, relations and what is known of people."""
    import polars as pl

    from famlink.vocabulary.relationships import inverse

    records = pl.concat(
        [
            table.select(pl.lit(agency).alias("agency"), "record_id", person="simulant_id")
            for agency, table in people.items()
        ]
    )
    census = plain["census"].filter(~pl.col("housing_type").is_in(ENCLOSED))
    enclosed = plain["census"].filter(pl.col("housing_type").is_in(ENCLOSED))["household_id"].unique()
    homes = [census.select(person="simulant_id", family="household_id")]
    for agency in ("returns", "wic", "w2"):
        known = people[agency].select(person="simulant_id", family="home")
        homes.append(known.filter(~pl.col("family").is_in(enclosed.implode())))
    families = pl.concat(homes).drop_nulls().unique("person", keep="first", maintain_order=True).sort("person")
    said = pl.col("relationship_to_reference_person")
    heads = census.filter(said == "Reference person").unique("household_id", keep="first", maintain_order=True)
    words = pl.DataFrame(
        [(told, kind, qualifier) for told, (kind, qualifier) in WORDS.items()],
        schema=["relationship_to_reference_person", "relationship", "qualifier"],
        orient="row",
    )
    stated = (
        census.join(heads.select("household_id", head="simulant_id"), on="household_id")
        .join(words, on="relationship_to_reference_person")
        .select(
            "date_of_birth", person="head", relative="simulant_id", relationship="relationship", qualifier="qualifier"
        )
    )
    children = stated.filter((pl.col("relationship") == "child") & (pl.col("qualifier") == "birth"))
    both = children.join(children, on="person", suffix="_other").filter(pl.col("relative") != pl.col("relative_other"))
    same_day = (pl.col("date_of_birth") == pl.col("date_of_birth_other")).fill_null(value=False)
    siblings = both.select(
        person="relative",
        relative="relative_other",
        relationship=pl.lit("sibling"),
        qualifier=pl.when(same_day).then(pl.lit("twin")).otherwise(pl.lit("")),
    )
    turned = stated.select(
        person="relative",
        relative="person",
        relationship=pl.col("relationship").replace({word: inverse(word) for word, _ in WORDS.values()}),
        qualifier="qualifier",
    )
    relations = pl.concat([stated.drop("date_of_birth"), turned, siblings]).sort("person", "relative", "relationship")
    born = pl.concat(
        [
            plain["census"].select(
                "simulant_id", pl.col("date_of_birth").str.to_date("%m/%d/%Y", strict=False), "race_ethnicity"
            ),
            plain["ssa"].select(
                "simulant_id",
                pl.col("date_of_birth").str.to_date("%Y%m%d", strict=False),
                pl.lit(None, dtype=pl.String).alias("race_ethnicity"),
            ),
        ]
    ).unique("simulant_id", keep="first", maintain_order=True)
    home = plain["census"].select("simulant_id", census_home="household_id")
    later = plain["w2"].select("simulant_id", later_home="household_id").unique("simulant_id", keep="first")
    told = (
        records.select("person").unique()
        .join(born, left_on="person", right_on="simulant_id", how="left")
        .join(home, left_on="person", right_on="simulant_id", how="left")
        .join(later, left_on="person", right_on="simulant_id", how="left")
        .join(families, on="person", how="left")
        .with_columns(
            alike=pl.when(pl.col("family").is_not_null() & pl.col("date_of_birth").is_not_null())
            .then(pl.len().over("family", "date_of_birth")).otherwise(1)
        )
        .select(
            "person",
            "date_of_birth",
            culture=pl.col("race_ethnicity"),
            mover=pl.when((pl.col("census_home") != pl.col("later_home")).fill_null(value=False))
            .then(pl.lit("yes")).otherwise(pl.lit("no")),
            twin=pl.when(pl.col("alike") > 1).then(pl.lit("yes")).otherwise(pl.lit("no")),
        )
        .sort("person")
    )  # fmt: skip
    return {"records": records, "families": families, "relations": relations, "people": told}


def build(tables: Path, folder: Path) -> None:
    """Write the hub, its truth and what is in them."""
    import polars as pl

    made = json.loads((tables / "made.json").read_text(encoding="utf-8"))
    seed = int(made["seed"])
    noisy = {agency: pl.read_parquet(tables / f"{agency}_noisy.parquet") for agency in DATASETS}
    plain = {agency: pl.read_parquet(tables / f"{agency}_plain.parquet") for agency in DATASETS}
    people, relationships = sources(noisy, seed)
    truth = truth_of(people, plain)
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    for agency, table in people.items():
        first = ["record_id", *(name for name in table.columns if name not in {"record_id", "simulant_id", "home"})]
        table.select(first).write_csv(folder / f"{agency}.csv")
    for agency, table in relationships.items():
        table.write_csv(folder / f"{agency}_relationships.csv")
    for name, table in truth.items():
        table.write_csv(folder / "truth" / f"{name}.csv")
    hub = HUB.format(**made)
    (folder / "hub.toml").write_text(hub, encoding="utf-8")
    (folder / "hub_ssn.toml").write_text(hub + WITH_SSN, encoding="utf-8")
    lines = ["# A simulated US town", "", f"Made by benchmarks/us_town.py: {json.dumps(made)}.", ""]
    for agency, table in people.items():
        columns = [name for name in table.columns if name not in {"simulant_id", "home"}]
        lines += [
            f"- {agency} ({DATASETS[agency]}): {table.height:,} records of {table['simulant_id'].n_unique():,} people; "
            f"{relationships[agency].height if agency in relationships else 0:,} relationships. Columns, share filled: "
            + ", ".join(f"{name} {1 - table[name].null_count() / table.height:.2f}" for name in columns)
        ]
    sizes = truth["records"].group_by("person").len()["len"]
    lines += [
        "",
        f"{truth['records'].height:,} records of {len(sizes):,} people; {int((sizes * (sizes - 1) // 2).sum()):,} true pairs.",
        f"{truth['families']['family'].n_unique():,} households (families), {truth['relations'].height:,} relations.",
        "hub.toml is the town to be measured; hub_ssn.toml compares social security numbers too.",
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Generate where asked, then build."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--pseudopeople", type=Path, help="a Python that has pseudopeople")
    where.add_argument("--tables", type=Path, help="a folder of tables it made")
    where.add_argument("--generate", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--to", type=Path, help="folder of the hub")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--year", type=int, default=2020)
    asked = parser.parse_args()
    if asked.generate:
        generate(asked.generate, asked.seed, asked.year)
        return
    if asked.to is None:
        parser.error("--to is missing")
    if asked.tables:
        build(asked.tables, asked.to)
        return
    with tempfile.TemporaryDirectory() as kept:
        own = [str(Path(__file__).resolve()), "--seed", str(asked.seed), "--year", str(asked.year), "--generate", kept]
        subprocess.run([str(asked.pseudopeople), *own], check=True)
        build(Path(kept), asked.to)


if __name__ == "__main__":
    main()
