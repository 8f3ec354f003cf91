"""The peer: Splink with two classes on famlink's own cleaned fields, set up as its guide says; the benchmarks share it."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)
LEAST_FILLED = 0.05
"""A field filled in fewer records than this is left out of the peer's model."""
DISSIMILAR = 0.8
"""Jaro-Winkler under which the twin rule calls two forenames dissimilar."""
TWIN_BITS = -5.0
NUMBERS = ("nhs_number", "upn")
RULES = (
    ("forename", "dob"),
    ("surname", "dob"),
    ("dob", "home"),
    ("forename", "home"),
    ("forename", "surname"),
    ("nhs_number",),
    ("upn",),
)


def cleaned(folder: Path):
    """A hub's given records, standardised, with their true person; and the truth."""
    from famlink.extracts.reading import read_sources
    from famlink.linkage.evaluation import read_truth
    from famlink.spec import read_hub
    from famlink.standardisation.merging import merge_parts
    from famlink.standardisation.standardise import standardise

    hub = read_hub(folder / "hub.toml")
    records = merge_parts(standardise(read_sources(hub).records, as_at=hub.hub.as_at).rows)
    truth = read_truth(folder / "truth")
    return records.filter(pl.col("origin") == "given").join(truth.records, on=["agency", "record_id"]), truth


@dataclass
class TwoClass:
    """A trained linker, its pairs and the records it saw."""

    linker: Any
    api: Any
    pairs: Any
    table: pl.DataFrame

    def components(self, threshold: float) -> pl.DataFrame:
        """People as connected components of the pairs at a threshold."""
        return self._components(self.pairs, threshold)

    def twin_rule(self, threshold: float) -> pl.DataFrame:
        """The same, after the published rule for twins.

        Pairs of one surname, date of birth and postcode (address, where there are no postcodes), dissimilar forenames and
        no shared identifier get a weight of -5 bits.
        """
        numbers = [f"coalesce({name}_l = {name}_r, false)" for name in NUMBERS if name in self.table.columns]
        alike = "surname_l = surname_r and dob_l = dob_r and home_l = home_r"
        twins = f"{alike} and jaro_winkler_similarity(forename_l, forename_r) < {DISSIMILAR}"
        twins += f" and not ({' or '.join(numbers)})" if numbers else ""
        odds = 2.0**TWIN_BITS
        probability = f"case when {twins} then {odds / (1 + odds)} else match_probability end as match_probability"
        weight = f"case when {twins} then {TWIN_BITS} else match_weight end as match_weight"
        ruled = self.pairs.query_sql(
            f"select * exclude (match_weight, match_probability), {weight}, {probability} from {{this}}"
        )
        return self._components(self.api.register(ruled.as_pyarrow_table()), threshold)

    def single_best(self, threshold: float, once: list[str]) -> pl.DataFrame:
        """People by single best links, at most one record of each agency of ``once``."""
        # Left to itself DuckDB 2.0 joins every record with every other here, and fills the disk.
        self.api.duckdb_con.execute("set disabled_optimizers = 'join_order'")
        found = self.linker.clustering.cluster_using_single_best_links(
            self.pairs, duplicate_free_datasets=once, threshold_match_probability=threshold
        )
        self.api.duckdb_con.execute("set disabled_optimizers = ''")
        return self._people(found)

    def _components(self, pairs: Any, threshold: float) -> pl.DataFrame:
        found = self.linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_probability=threshold
        )
        return self._people(found)

    def _people(self, found: Any) -> pl.DataFrame:
        clusters = pl.from_pandas(found.as_pandas_dataframe()[["unique_id", "cluster_id"]].astype(str))
        joined = self.table.join(clusters.rename({"cluster_id": "person_id"}), on="unique_id")
        return joined.select("agency", "record_id", "person_id", origin=pl.lit("given"))


def two_class(records: pl.DataFrame) -> TwoClass:
    """Train and predict on cleaned records."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    filled = {name: 1.0 - records[name].null_count() / records.height for name in records.columns}
    number_and_street = pl.concat_str("house_number", pl.lit(" "), "street")
    home = pl.col("postcode") if filled["postcode"] >= LEAST_FILLED else number_and_street
    table = records.select(
        "agency", "record_id", "forename", "surname", "sex", *(name for name in NUMBERS if filled.get(name, 0) > 0),
        pl.col("middle_names").cast(pl.String), initial=pl.col("middle_names").cast(pl.String).str.slice(0, 1), home=home, unique_id=pl.col("agency") + ":" + pl.col("record_id"),
        dob=pl.col("date_of_birth").cast(pl.String),
    )  # fmt: skip
    comparisons = [
        cl.JaroWinklerAtThresholds("forename", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("surname", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("dob", input_is_string=True),
        cl.ExactMatch("home").configure(term_frequency_adjustments=True),
        cl.CustomComparison(
            output_column_name="middle_names",
            comparison_levels=[
                cll.NullLevel("middle_names"),
                cll.ExactMatchLevel("middle_names"),
                cll.ExactMatchLevel("initial"),
                cll.ElseLevel(),
            ],
        ),
        cl.ExactMatch("sex"),
        *(cl.ExactMatch(name) for name in NUMBERS if name in table.columns),
    ]
    rules = [block_on(*rule) for rule in RULES if set(rule) <= set(table.columns)]
    settings = SettingsCreator(
        link_type="link_and_dedupe",
        source_dataset_column_name="agency",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
        retain_matching_columns=True,
    )
    api = DuckDBAPI()
    api.duckdb_con.execute("set max_temp_directory_size = '8GB'")
    parts = [part.to_pandas() for _, part in sorted(table.group_by("agency"), key=lambda one: one[0])]
    linker = Linker([api.register(part) for part in parts], settings)
    sure = [block_on("forename", "surname", "dob"), *(rule for rule in rules[5:])]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6)
    for rule in (("forename", "surname"), ("dob",), ("home", "forename")):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    pairs = linker.inference.predict(threshold_match_probability=0.01)
    return TwoClass(linker, api, pairs, table)
