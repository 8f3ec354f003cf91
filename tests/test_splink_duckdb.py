"""Conditions mean what DuckDB says they mean: the same levels, on values of every awkward kind."""

from __future__ import annotations

import datetime as dt
import random
import re
from typing import Any

import numpy as np
import polars as pl
import pytest

from famlink.linkage.splink.model import splink_model
from famlink.linkage.splink.scoring import Scorer

duckdb = pytest.importorskip("duckdb", reason="DuckDB comes with Splink, in the extra 'splink'")

SIZE = 40
WORDS = (
    "anna", "hanna", "Zoë", "Łukasz", "lukasz", "José", "jose", "smith", "smyth", "SMITH", " smith ", "o'neil", "漢字",
    "ab", "ba", "abc", "aéb", "éa", "", "AB1 2CD", "AB1 2CE", "XY9 8ZZ", "ada@x.org", "ada@y.org",
)  # fmt: skip

KM = """cast(acos(case
  when (sin(radians(lat_l)) * sin(radians(lat_r)) + cos(radians(lat_l)) * cos(radians(lat_r)) * cos(radians(lon_r - lon_l))) > 1 then 1
  when (sin(radians(lat_l)) * sin(radians(lat_r)) + cos(radians(lat_l)) * cos(radians(lat_r)) * cos(radians(lon_r - lon_l))) < -1 then -1
  else (sin(radians(lat_l)) * sin(radians(lat_r)) + cos(radians(lat_l)) * cos(radians(lat_r)) * cos(radians(lon_r - lon_l)))
  end) * 6371 as float)"""
SIZES = "ARRAY_LENGTH(many_l), ARRAY_LENGTH(many_r)"
SECTOR = "NULLIF(regexp_extract(\"a_{}\", '^[A-Za-z]{{1,2}}[0-9][A-Za-z0-9]? [0-9]', 0), '')"
CLOSEST = (
    'list_{}(list_transform(flatten(list_transform("many_l", x -> list_transform("many_r", y -> [x, y]))), '
    "pair -> {}(pair[1], pair[2])))"
)
BORN = "try_strptime(\"dob_{}\", '%Y-%m-%d')"


def both(expression: str) -> tuple[str, str]:
    return expression.format("l"), expression.format("r")


CONDITIONS = [
    # What Splink 4 and 5 write.
    '"a_l" = "a_r"',
    '"a_l" IS NULL OR "a_r" IS NULL',
    '("a_l" IS NULL OR "a_r" IS NULL) AND ("b_l" IS NULL OR "b_r" IS NULL)',
    '"a_l" = "b_r" AND "a_r" = "b_l"',
    '"a_l" = "b_r"',
    "\"a_l\" = 'anna' AND \"a_r\" = 'anna'",
    'jaro_winkler_similarity("a_l", "a_r") >= 0.92',
    'jaro_similarity("a_l", "a_r") >= 0.7',
    'levenshtein("a_l", "a_r") <= 1',
    'damerau_levenshtein("a_l", "b_r") <= 2',
    "(jaro_winkler_similarity(a_l, a_r) >= 0.9) OR (levenshtein(b_l, b_r) <= 1)",
    '("a_l" = "a_r") AND (NOT ("b_l" = "b_r"))',
    'SUBSTRING(LOWER("a_l"), 1, 3) = SUBSTRING(LOWER("a_r"), 1, 3)',
    "{} = {}".format(*both(SECTOR)),
    "{} IS NULL OR {} IS NULL".format(*both(SECTOR)),
    "jaro_winkler_similarity({}, {}) >= 0.88".format(*both(SECTOR)),
    "{} IS NULL OR {} IS NULL".format(*both(BORN)),
    "ABS(EPOCH({}) - EPOCH({})) <= 31557600.0".format(*both(BORN)),
    'ABS(EPOCH("d_l") - EPOCH("d_r")) <= 2629800.0',
    "NULLIF(CAST(a_l AS TEXT), '') = NULLIF(CAST(a_r AS TEXT), '')",
    '(ABS("n_l" - "n_r") / (CASE WHEN "n_r" > "n_l" THEN "n_r" ELSE "n_l" END)) < 0.1',
    'ABS("n_l" - "n_r") <= 5',
    f"{KM} <= 1",
    f"({KM} <= 5) AND (lat_l is not null)",
    'array_length(list_intersect("many_l", "many_r")) >= 2',
    f"LEAST({SIZES}) <> 0 AND ARRAY_LENGTH(ARRAY_INTERSECT(many_l, many_r)) = LEAST({SIZES})",
    '"many_l"[1] = "many_r"[1]',
    CLOSEST.format("max", "jaro_winkler_similarity") + " >= 0.9",
    CLOSEST.format("min", "levenshtein") + " <= 1",
    f"not {CLOSEST.format('min', 'damerau_levenshtein')} <= 1",
    CLOSEST.format("max", "jaro_similarity") + " < 0.7",
    re.sub(r"(\w+) ->", r"lambda \1:", CLOSEST.format("max", "jaro_similarity") + " < 0.7"),
    # What people write.
    "not (a_l = a_r or b_l = b_r)",
    "not (a_l = a_r and b_l = b_r)",
    "a_l is not null and b_r is null",
    "a_l = b_r or (a_r = b_l and n_l > n_r)",
    "levenshtein(a_l, a_r) = 1",
    "levenshtein(a_l, a_r) <> 1",
    "2 > levenshtein(a_l, a_r)",
    "damerau_levenshtein(a_l, b_r) between 1 and 2",
    "not jaro_winkler_similarity(a_l, a_r) >= 0.9",
    "levenshtein(a_l, a_r) / greatest(length(a_l), length(a_r)) <= 0.3",
    "abs(date_diff('day', d_l, d_r)) <= 20",
    "abs(date_diff('month', d_l, d_r)) <= 1",
    "abs(datediff('year', d_l, d_r)) <= 0",
    "d_l = '1990-01-05'",
    "abs(d_l - d_r) <= 10",
    "d_l < d_r",
    "extract(year from d_l) = extract(year from d_r) and month(d_l) = month(d_r)",
    "levenshtein(d_l::varchar, d_r::varchar) <= 1",
    "left(a_l, 2) = left(b_r, 2) or right(a_l, 2) = right(a_r, 2)",
    "lower(trim(a_l)) = lower(trim(a_r))",
    "upper(a_l) = upper(a_r)",
    "a_l in ('anna', 'Zoë') and a_r not in ('anna', 'hanna')",
    "a_l like 'a%' and a_r like '_a%'",
    "a_l || b_l = a_r || b_r",
    "concat(a_l, b_l) = concat(a_r, b_r)",
    "coalesce(a_l, b_l) = coalesce(a_r, b_r)",
    "length(a_l) > 3 and length(a_r) > 3",
    "case when a_l = a_r then true when b_l = b_r then false else null end",
    "case when a_l = a_r then 1 else 0 end + case when b_l = b_r then 1 else 0 end >= 1",
    "(a_l = a_r) is null",
    "(a_l = a_r) is not true",
    "levenshtein(a_l, a_r) is null or levenshtein(b_l, b_r) < 3",
    "cast(m_l as varchar) = cast(m_r as varchar)",
    "cast(n_l as integer) = m_r",
    "try_cast(a_l as double) is null",
    "m_l % 2 = m_r % 2 and floor(n_l) = floor(n_r)",
    "len(list_intersect(many_l, many_r)) = 0",
    "len(list_intersect(many_r, many_l)) = 0",
    "contains(a_l, 'a') and starts_with(a_r, 'a')",
    "regexp_replace(a_l, '[aeiou]', '', 'g') = regexp_replace(a_r, '[aeiou]', '', 'g')",
    "(n_l is null or n_r is null) and (a_l = a_r or b_l = b_r or m_l = m_r) and (a_l = b_r or n_l = n_r or d_l = d_r)",
    "1 = 1 and a_l = a_r",
]


def rows() -> pl.DataFrame:
    dice = random.Random(11)

    def some(make: Any) -> Any:
        return None if dice.random() < 0.15 else make()

    def day() -> dt.date:
        return dt.date(dice.choice([1990, 1991]), dice.randint(1, 3), dice.randint(1, 28))

    made = [
        {
            "agency": "x",
            "record_id": f"{number:03}",
            "a": some(lambda: dice.choice(WORDS)),
            "b": some(lambda: dice.choice(WORDS)),
            "n": some(lambda: float(dice.choice([0, 1, 2, 10, 11, 12.5, 100]))),
            "m": some(lambda: dice.randint(-3, 5)),
            "dob": some(
                lambda: (
                    str(day()) if dice.random() < 0.7 else dice.choice(["1990-13-01", "x", "1990-1-5", " 1990-01-05"])
                )
            ),
            "d": some(day),
            "lat": some(lambda: 51 + dice.random() * 0.1),
            "lon": some(lambda: dice.random() * 0.1),
            "many": some(lambda: [dice.choice(["p", "qr", "qrs", "éq", None]) for _ in range(dice.randint(0, 4))]),
        }
        for number in range(SIZE)
    ]
    return pl.DataFrame(made, schema_overrides={"m": pl.Int64, "many": pl.List(pl.String)})


FRAME = rows()
COLUMNS = FRAME.columns[2:]


def of_duckdb(condition: str) -> list[int]:
    sides = ", ".join(f"l.{name} as {name}_l, r.{name} as {name}_r" for name in COLUMNS)
    with duckdb.connect() as base:
        base.register("people", FRAME.to_arrow())
        if "->" in condition:
            base.execute("set lambda_syntax = 'ENABLE_SINGLE_ARROW'")
        found = base.sql(
            f"select case when {condition} then 1 else 0 end from (select l.record_id i, r.record_id j, {sides} "
            "from people l, people r where l.record_id < r.record_id) order by i, j"
        )
        return [level for (level,) in found.fetchall()]


def of_famlink(condition: str) -> list[int]:
    levels = [
        {"sql_condition": condition, "m_probability": 0.5, "u_probability": 0.1},
        {"sql_condition": "ELSE", "m_probability": 0.5, "u_probability": 0.9},
    ]
    raw = {"link_type": "dedupe_only", "comparisons": [{"output_column_name": "a", "comparison_levels": levels}]}
    left, right = (side.astype(np.int32) for side in np.triu_indices(SIZE, 1))
    found: list[int] = Scorer(FRAME.with_row_index("row"), splink_model(raw)).levels(left, right)[:, 0].tolist()
    return found


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_holds_where_duckdb_says(condition: str) -> None:
    assert of_famlink(condition) == of_duckdb(condition)


def made_up(dice: random.Random, depth: int) -> str:
    """A condition nobody wrote: parts under AND, OR and NOT."""
    if depth == 0 or dice.random() < 0.2:
        return made_up_part(dice)
    if dice.random() < 0.25:
        return f"not ({made_up(dice, depth - 1)})"
    parts = [made_up(dice, depth - 1) for _ in range(dice.randint(2, 3))]
    return "(" + dice.choice([" and ", " or "]).join(parts) + ")"


def made_up_part(dice: random.Random) -> str:
    def text(side: str) -> str:
        name = f"{dice.choice('ab')}_{side}"
        changes = ("{}", "{}", "lower({})", "substr({}, 1, 3)", "nullif({}, 'anna')", "coalesce({}, 'zz')")
        more = ("right({}, 3)", "upper(left({}, 2))", "reverse({})", "trim({})", "{} || 'x'", "concat({}, 'é')")
        return dice.choice([*changes, *more]).format(name)

    def number(side: str) -> str:
        forms = ("n_{}", "m_{}", "length(a_{})", "abs(m_{})", "n_{} + 1", "epoch(d_{}) / 86400", "month(d_{})")
        return dice.choice([*forms, "len(many_{})"]).format(side)

    def sign() -> str:
        return dice.choice(["=", "<>", "<", "<=", ">", ">="])

    one, other = dice.choice(["lr", "rl"])
    parts = (
        f"{text(one)} {dice.choice(['=', '<>'])} {text(other)}",
        f"jaro_winkler_similarity({text(one)}, {text(other)}) {sign()} {dice.choice([0.5, 0.7, 0.85, 0.92])}",
        f"{dice.choice(['', 'damerau_'])}levenshtein({text(one)}, {text(other)}) {sign()} {dice.randint(0, 4)}",
        f"{text(one)} is {dice.choice(['', 'not '])}null",
        f"abs({number(one)} - {number(other)}) {sign()} {dice.choice([0, 1, 2.5, 10])}",
        f"{number(one)} {sign()} {number(dice.choice('lr'))}",
        f"{text(one)} in ('anna', 'zz', 'an')",
        f"d_l {sign()} d_r",
        f"len(list_intersect(many_{one}, many_{other})) {sign()} {dice.randint(0, 2)}",
        f"case when {text(one)} = {text(other)} then {number(one)} else {number(other)} end > {dice.randint(0, 3)}",
    )
    return dice.choice(parts)


@pytest.mark.parametrize(
    "seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.heavy) for seed in range(12, 400))]
)
def test_conditions_nobody_wrote(seed: int) -> None:
    condition = made_up(random.Random(seed), 2)
    assert of_famlink(condition) == of_duckdb(condition), condition


def test_letters_are_bytes_or_letters() -> None:
    """One accented letter is two bytes: DuckDB counts two edits, a reader one."""
    frame = pl.DataFrame({"agency": ["x", "x"], "record_id": ["1", "2"], "a": ["漢b", "字b"]})
    levels = [
        {"sql_condition": "levenshtein(a_l, a_r) <= 1", "m_probability": 0.5, "u_probability": 0.1},
        {"sql_condition": "ELSE", "m_probability": 0.5, "u_probability": 0.9},
    ]
    raw = {"link_type": "dedupe_only", "comparisons": [{"output_column_name": "a", "comparison_levels": levels}]}
    pair = (np.array([0], dtype=np.int32), np.array([1], dtype=np.int32))
    model = splink_model(raw)
    assert Scorer(frame, model).levels(*pair).tolist() == [[0]]
    assert Scorer(frame, model.mapped({}, False)).levels(*pair).tolist() == [[1]]
    assert Scorer(frame, splink_model({**raw, "sql_dialect": "spark"})).levels(*pair).tolist() == [[1]]
    assert duckdb.sql("select levenshtein('漢b', '字b')").fetchall()[0][0] > 1
