"""Splink on DuckDB as its guide says, one whole process: `python benchmarks/peer_splink.py PEOPLE.toml --to DIR`.

Reads the people files of a hub and their column maps, cleans them in DuckDB, trains (prior by deterministic rules, u by
random pairs, m by EM on a sample), predicts, clusters by connected components, and writes clusters.parquet,
predictions.parquet, model.json and stages.json. The rules and comparisons are those of ``worlds.SEVEN``.
"""

from __future__ import annotations

import argparse
import json
import logging
import time
import warnings
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import ColumnExpression, DuckDBAPI, Linker, SettingsCreator, block_on
from worlds import sources_of

FIELDS = ("forename", "surname", "date_of_birth", "sex", "postcode", "nhs_number", "phone")
NOBODY = "('', 'baby', 'unborn', 'unknown', 'not known', 'nk', 'infant', 'mother', 'father', 'xxx', 'test', 'none')"
DATES = "['%d/%m/%Y', '%Y-%m-%d', '%Y-%m-%d %H:%M:%S', '%Y-%b-%d %H:%M:%S']"
NAME = r"trim(regexp_replace(strip_accents(lower({0})), '[^a-z]+', ' ', 'g'))"
CLEAN = {
    "forename": f"CASE WHEN {NAME} IN {NOBODY} THEN NULL ELSE {NAME} END",
    "surname": f"CASE WHEN {NAME} IN {NOBODY} THEN NULL ELSE {NAME} END",
    "date_of_birth": f"nullif(CAST(try_strptime({{0}}, {DATES}) AS DATE), DATE '1900-01-01')",
    "sex": "CASE lower({0}[1]) WHEN 'f' THEN 'female' WHEN 'm' THEN 'male' END",
    "postcode": (
        "regexp_replace(regexp_extract(regexp_replace(upper({0}), '[^A-Z0-9]', '', 'g'), "
        "'^[A-Z]{{1,2}}[0-9][A-Z0-9]?[0-9][A-Z]{{2}}$'), '(...)$', ' \\1')"
    ),
    "nhs_number": "regexp_extract(regexp_replace({0}, '[^0-9]', '', 'g'), '^[0-9]{{10}}$')",
    "phone": "regexp_replace(regexp_replace({0}, '^[+]44', '0'), '[^0-9]', '', 'g')",
}


def read(connection: duckdb.DuckDBPyConnection, hub: Path) -> None:
    """Read every source's people file and clean it into the table ``cleaned``."""
    parts = []
    for source in sources_of(hub):
        file, columns = source["file"], source["columns"]
        scan = f"read_parquet('{file}')" if file.endswith(".parquet") else f"read_csv('{file}', all_varchar=true)"
        there = {row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()}
        picked = []
        for field in FIELDS:
            own = columns.get(field, field)
            value = f'CAST("{own}" AS VARCHAR)' if own in there else "CAST(NULL AS VARCHAR)"
            picked.append(f"{value} AS {field}")
        own_id = columns.get("record_id", "record_id")
        picked.append(f"'{source['agency']}:' || \"{own_id}\" AS unique_id")
        parts.append(f"SELECT {', '.join(picked)} FROM {scan}")
    cleaned = ", ".join(
        f"{rule.format(field)} AS {field}"
        if field == "date_of_birth"
        else f"nullif({rule.format(field)}, '') AS {field}"
        for field, rule in CLEAN.items()
    )
    union = " UNION ALL ".join(parts)
    connection.execute(f"CREATE TABLE cleaned AS SELECT unique_id, {cleaned} FROM ({union})")


def date_levels() -> list[Any]:
    """The levels of famlink's date comparison, nearest first.

    One edit is Levenshtein's, as in the guide's own date of birth comparison: counting an exchange of two digits too, as
    famlink does, takes DuckDB about half as long again.
    """
    column = "date_of_birth"
    year = f"year({column}_l) = year({column}_r)"
    month, day = (f"{part}({column}_l) = {part}({column}_r)" for part in ("month", "day"))
    swapped = f"{year} AND month({column}_l) = day({column}_r) AND day({column}_l) = month({column}_r)"
    text = ColumnExpression(column).cast_to_string()
    return [
        cll.NullLevel(column),
        cll.ExactMatchLevel(column),
        cll.CustomLevel(swapped, "day and month exchanged"),
        cll.LevenshteinLevel(text, distance_threshold=1),
        cll.CustomLevel(f"{year} AND {month}", "month and year"),
        cll.CustomLevel(f"{month} AND {day}", "day and month"),
        cll.CustomLevel(year, "year"),
        cll.CustomLevel(f"abs(year({column}_l) - year({column}_r)) = 1", "neighbouring years"),
        cll.ElseLevel(),
    ]


def settings(*, frequencies: bool = True) -> SettingsCreator:
    """Seven comparisons and seven rules, as ``worlds.SEVEN`` asks of famlink."""

    def name(field: str) -> Any:
        return cl.JaroWinklerAtThresholds(field, [0.92, 0.80]).configure(term_frequency_adjustments=frequencies)

    postcode = ColumnExpression("postcode")
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            name("forename"),
            name("surname"),
            cl.CustomComparison(date_levels(), output_column_name="date_of_birth"),
            cl.ExactMatch("sex"),
            cl.CustomComparison(
                [
                    cll.NullLevel("postcode"),
                    cll.ExactMatchLevel("postcode"),
                    cll.ExactMatchLevel(postcode.regex_extract(r"^\S+ \d")),
                    cll.ExactMatchLevel(postcode.regex_extract(r"^\S+")),
                    cll.ElseLevel(),
                ],
                output_column_name="postcode",
            ),
            cl.LevenshteinAtThresholds("nhs_number", 1),
            cl.ExactMatch("phone"),
        ],
        blocking_rules_to_generate_predictions=rules(),
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=False,
    )


def rules() -> list[Any]:
    """The seven blocking rules."""
    return [
        block_on("nhs_number"),
        block_on("forename", "date_of_birth"),
        block_on("surname", "date_of_birth"),
        block_on("date_of_birth", "postcode"),
        block_on("forename", "postcode"),
        block_on("forename", "surname", "split_part(postcode, ' ', 1)"),
        block_on("substr(forename, 1, 3)", "substr(surname, 1, 4)", "year(date_of_birth)"),
    ]


class Stages:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.last = time.perf_counter()

    def end(self, name: str) -> None:
        """The stage that ran since the last one ended."""
        now = time.perf_counter()
        self.seconds[name] = round(now - self.last, 3)
        self.last = now


def trained(people: Any, stages: Stages, *, u_pairs: float, em_pairs: float, frequencies: bool = True) -> Linker:
    """Prior, u and m, as the guide's tutorial trains them."""
    linker = Linker(people, settings(frequencies=frequencies), log_level=logging.ERROR)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on("nhs_number"), block_on("forename", "surname", "date_of_birth")], recall=0.7
    )
    stages.end("prior")
    training.estimate_u_using_random_sampling(max_pairs=u_pairs, seed=1)
    stages.end("u")
    for rule in (block_on("forename", "surname"), block_on("date_of_birth"), block_on("nhs_number")):
        training.estimate_parameters_using_expectation_maximisation(
            rule, estimate_without_term_frequencies=True, max_pairs=em_pairs
        )
    stages.end("EM")
    return linker


def main() -> None:
    """Read, clean, train, predict, cluster, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hub", type=Path)
    parser.add_argument("--to", type=Path, required=True)
    parser.add_argument("--u-pairs", type=float, default=1e6, help="random pairs for u (famlink draws a million)")
    parser.add_argument("--em-pairs", type=float, default=2e6)
    parser.add_argument("--threads", type=int, default=0, help="0: as many as there are cores")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    asked.to.mkdir(parents=True, exist_ok=True)
    stages = Stages()
    connection = duckdb.connect(":memory:")
    if asked.threads:
        connection.execute(f"SET threads = {asked.threads}")
    read(connection, asked.hub)
    stages.end("read and clean")
    database = DuckDBAPI(connection)
    people = database.register(connection.table("cleaned"), dataset_display_name="people")
    linker = trained(people, stages, u_pairs=asked.u_pairs, em_pairs=asked.em_pairs)
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    stages.end("predict")
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold_match_probability=0.95)
    stages.end("cluster")
    clusters.to_parquet(str(asked.to / "clusters.parquet"), overwrite=True)
    predicted.to_parquet(str(asked.to / "predictions.parquet"), overwrite=True)
    linker.misc.save_model_to_json(str(asked.to / "model.json"), overwrite=True)
    stages.end("write")
    (asked.to / "stages.json").write_text(json.dumps(stages.seconds), encoding="utf-8")


if __name__ == "__main__":
    main()
