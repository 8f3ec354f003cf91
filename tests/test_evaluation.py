"""The evaluation against worlds small enough to score by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from famlink.errors import MissingFileError, SourceError
from famlink.linkage.evaluation import Truth, evaluate, read_truth, render_text

# Seven given records and one named. True people: p (1 2 3), q (4 5), r (6), s (7). p and q are twins of mother s.
TRUE = {"1": "p", "2": "p", "3": "p", "4": "q", "5": "q", "6": "r", "7": "s", "7~1": "p"}
# The run: x holds 1 2 4 (a twin mixed in), y holds 3, z holds 5 and 6 (strangers mixed), m holds 7.
RUN = {"1": "x", "2": "x", "4": "x", "3": "y", "5": "z", "6": "z", "7": "m", "7~1": "x"}
AGENCY = {"1": "a", "2": "b", "3": "c", "4": "a", "5": "b", "6": "c", "7": "a", "7~1": "a"}


def run_people() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "agency": [AGENCY[r] for r in RUN],
            "record_id": list(RUN),
            "person_id": list(RUN.values()),
            "probability": [1.0] * len(RUN),
            "origin": ["named" if "~" in r else "given" for r in RUN],
        }
    )


def true_world(**more: pl.DataFrame) -> Truth:
    return Truth(
        pl.DataFrame({"agency": [AGENCY[r] for r in TRUE], "record_id": list(TRUE), "person": list(TRUE.values())}),
        **more,
    )


def relations() -> pl.DataFrame:
    rows = [
        ("p", "s", "parent", "birth"),
        ("s", "p", "child", "birth"),
        ("q", "s", "parent", "birth"),
        ("s", "q", "child", "birth"),
        ("p", "q", "sibling", "twin"),
        ("q", "p", "sibling", "twin"),
    ]
    return pl.DataFrame(rows, schema=["person", "relative", "relationship", "qualifier"], orient="row")


def test_pairs_and_b_cubed_by_hand() -> None:
    """Together: 1-2 1-4 2-4 5-6: four pairs, one true (1-2). True: 1-2 1-3 2-3 4-5: four."""
    result = evaluate(run_people(), true_world())
    assert result["records"] == 7
    assert result["pairs"] == {"precision": 0.25, "recall": 0.25, "f1": 0.25}
    # B-cubed precision: 2/3 2/3 1/3 | 1 | 1/2 1/2 | 1; recall: 2/3 2/3 1/2 | 1/3 | 1/2 1 | 1.
    precision = (2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 / 2 + 1 / 2 + 1) / 7
    recall = (2 / 3 + 2 / 3 + 1 / 2 + 1 / 3 + 1 / 2 + 1 + 1) / 7
    assert result["b3"]["precision"] == pytest.approx(precision, abs=1e-6)
    assert result["b3"]["recall"] == pytest.approx(recall, abs=1e-6)
    assert result["b3"]["f1"] == pytest.approx(2 * precision * recall / (precision + recall), abs=1e-6)
    assert result["mixes_relatives"] == 0  # without families and relations, everybody is a family of their own
    assert result["mixes"]["strangers"] == 2


def test_relatives_mixed() -> None:
    families = pl.DataFrame({"person": ["p", "q", "s", "r"], "family": ["f", "f", "f", "g"]})
    result = evaluate(run_people(), true_world(families=families, relations=relations()))
    assert result["mixes_relatives"] == 1
    assert result["mixes"] == {"relatives": 1, "strangers": 1, "twins": 1, "siblings": 1, "parent_child": 0}
    from_relations = evaluate(run_people(), true_world(relations=relations()))
    assert from_relations["mixes_relatives"] == 1


def test_groups_have_pairs_with_a_record_of_the_group() -> None:
    groups = evaluate(run_people(), true_world())["groups"]
    by_agency = {g["group"]: g for g in groups if g["by"] == "agency"}
    # Agency a holds 1, 4, 7: together with a record of a: 1-2 1-4 2-4; true: 1-2 1-3 4-5; both: 1-2.
    assert by_agency["a"]["records"] == 3
    assert by_agency["a"]["pairs"]["precision"] == pytest.approx(1 / 3, abs=1e-6)
    assert by_agency["a"]["pairs"]["recall"] == pytest.approx(1 / 3, abs=1e-6)
    # Agency c holds 3, 6: together: 5-6, not true; true: 1-3 2-3.
    assert by_agency["c"]["pairs"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_groups_by_age_culture_movers_and_twins() -> None:
    people = pl.DataFrame(
        {
            "person": ["p", "q", "r", "s"],
            "date_of_birth": ["2020-01-01", "2020-01-01", "2024-01-01", None],
            "culture": ["polish", "polish", "somali", "polish"],
            "mover": ["yes", "yes", "no", "no"],
            "twin": ["yes", "yes", "no", "no"],
        }
    )
    groups = evaluate(run_people(), true_world(people=people))["groups"]
    found = {(g["by"], g["group"]): g["records"] for g in groups}
    assert found["age", "1 to 4"] == 5
    assert found["age", "under 1"] == 1
    assert found["age", "no date of birth"] == 1
    assert found["culture", "polish"] == 6
    assert found["mover", "no"] == 2
    assert found["twin", "yes"] == 5


def links() -> pl.DataFrame:
    rows = [
        ("a", "1", "b", "2", 0.99, "match"),
        ("a", "1", "a", "4", 0.97, "match"),
        ("a", "4", "b", "2", 0.2, "match"),
        ("b", "5", "c", "6", 0.96, "match"),
        ("a", "1", "c", "3", 0.6, "review"),
        ("a", "4", "b", "5", 0.03, "distinct"),
    ]
    names = ["agency_left", "record_id_left", "agency_right", "record_id_right", "match_probability", "verdict"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_recall_lost_before_and_at_scoring() -> None:
    """True pairs: 1-2 found; 1-3 and 4-5 compared and not joined; 2-3 not there at all."""
    result = evaluate(run_people(), true_world(), links=links())
    lost = result["lost"]
    assert (lost["true_pairs"], lost["found"], lost["at_scoring"], lost["before_scoring"]) == (4, 1, 2, 1)
    assert lost["of_which_in_review"] == 1
    at = {row["threshold"]: row for row in result["thresholds"]}
    assert at[0.95] == {"threshold": 0.95, "precision": round(1 / 3, 6), "recall": 0.25}
    assert at[0.5] == {"threshold": 0.5, "precision": 0.5, "recall": 0.5}


def test_calibration_by_hand() -> None:
    """Pairs of .96, .97 and .99, of which one is true; a pair of .001 is there only because it was joined."""
    joined = pl.concat([links(), links()[:1].with_columns(match_probability=pl.lit(0.001))])
    bins = evaluate(run_people(), true_world(), links=joined)["calibration"]
    assert [(row["from"], row["to"], row["pairs"]) for row in bins] == [
        (0.0, 0.1, 1),
        (0.2, 0.3, 1),
        (0.6, 0.7, 1),
        (0.9, 1.0, 3),
    ]
    assert bins[-1]["said"] == pytest.approx((0.96 + 0.97 + 0.99) / 3, abs=1e-6)
    assert bins[-1]["true"] == pytest.approx(1 / 3, abs=1e-6)


def test_relations_right_wrong_and_missing() -> None:
    """x stands for p (1 2 and the named one against 4), z is q or r: r by the tie, m is s."""
    told = pl.DataFrame(
        [
            ("x", "m", "parent", "stated"),
            ("m", "x", "child", "stated"),
            ("z", "m", "parent", "derived"),
            ("x", "m", "friend", "stated"),
        ],
        schema=["person_id", "relative_id", "relationship", "basis"],
        orient="row",
    )
    truth = true_world(relations=relations())
    result = evaluate(run_people(), truth, relations=told)["relations"]
    # z holds one record of q and one of r; the first in order of id is q: so q's parent s is told, and right.
    assert (result["right"], result["wrong"], result["missing"]) == (3, 0, 3)
    assert result["basis"] == {"stated": {"right": 2, "wrong": 0}, "derived": {"right": 1, "wrong": 0}}
    kinds = {row["kind"]: (row["right"], row["wrong"], row["missing"]) for row in result["kinds"]}
    assert kinds == {"child": (1, 0, 1), "parent": (2, 0, 0), "sibling": (0, 0, 2)}
    wrong = told.with_columns(relationship=pl.lit("sibling")).head(1)
    result = evaluate(run_people(), truth, relations=wrong)["relations"]
    assert (result["right"], result["wrong"], result["missing"]) == (0, 1, 6)


def test_relations_between_two_parts_of_one_person_are_told_apart() -> None:
    """x and y are both p: whatever the run says lies between them is wrong, for the linkage lost it, not the family."""
    told = pl.DataFrame(
        [("x", "y", "sibling", "derived"), ("x", "m", "sibling", "stated")],
        schema=["person_id", "relative_id", "relationship", "basis"],
        orient="row",
    )
    result = evaluate(run_people(), true_world(relations=relations()), relations=told)["relations"]
    assert (result["wrong"], result["wrong_of_one_person"]) == (2, 1)


def test_missing_relations_that_an_agency_stated_are_told_apart() -> None:
    told = pl.DataFrame(
        [("x", "m", "parent", "stated")], schema=["person_id", "relative_id", "relationship", "basis"], orient="row"
    )
    stated = relations().with_columns(stated=pl.Series(["yes", "yes", "yes", "yes", "no", "no"]))
    result = evaluate(run_people(), true_world(relations=stated), relations=told)["relations"]
    assert (result["right"], result["missing"], result["missing_stated"]) == (1, 5, 3)
    unknown = evaluate(run_people(), true_world(relations=relations()), relations=told)["relations"]
    assert "missing_stated" not in unknown


def test_married_or_parted_is_one_kind() -> None:
    couple = pl.DataFrame([("p", "s", "ex-spouse", "")], schema=relations().schema, orient="row")
    told = pl.DataFrame(
        [("x", "m", "partner", "stated")], schema=["person_id", "relative_id", "relationship", "basis"], orient="row"
    )
    result = evaluate(run_people(), true_world(relations=couple), relations=told)["relations"]
    assert (result["right"], result["wrong"], result["missing"]) == (1, 0, 0)


def test_incidents_are_scored_as_groups_of_events() -> None:
    names = ["agency", "event_id", "incident_id"]
    run = pl.DataFrame([("a", "1", "i"), ("b", "2", "i"), ("c", "3", "j"), ("c", "4", "k")], schema=names, orient="row")
    true = pl.DataFrame(
        [("a", "1", "t"), ("b", "2", "t"), ("c", "3", "t"), ("c", "4", "u")],
        schema=["agency", "event_id", "incident"],
        orient="row",
    )
    told = evaluate(run_people(), true_world(incidents=true), incidents=run)["incidents"]
    assert told["events"] == 4
    assert (told["true_incidents"], told["found_incidents"]) == (2, 3)
    assert told["pairs"] == {"precision": 1.0, "recall": round(1 / 3, 6), "f1": 0.5}
    assert "repetitions" not in told, "this truth does not say what repeats what"


def test_a_repetition_merged_with_what_it_repeats_is_counted_once() -> None:
    names = ["agency", "event_id", "incident_id"]
    rows = [("a", "1", "i"), ("b", "1", "i"), ("a", "2", "i"), ("b", "2", "i"), ("a", "3", "j"), ("a", "4", "k")]
    run = pl.DataFrame(rows, schema=names, orient="row")
    true = pl.DataFrame(
        [
            ("a", "1", "t", "same event", None),
            ("b", "1", "t", "same event", None),
            ("a", "2", "u", "repetition", "t"),
            ("b", "2", "u", "repetition", "t"),
            ("a", "3", "v", "repetition", "u"),
            ("a", "4", "w", "repetition", "never told"),
        ],
        schema=["agency", "event_id", "incident", "role", "follows"],
        orient="row",
    )
    told = evaluate(run_people(), true_world(incidents=true), incidents=run)["incidents"]
    assert told["repetitions"] == {"told": 2, "merged": 1, "share": 0.5}


def test_intervals_hold_the_estimate_and_follow_the_seed() -> None:
    people = pl.DataFrame(
        [("a", f"{n}", f"c{n // 2 if n % 7 else n}", "given") for n in range(400)],
        schema=["agency", "record_id", "person_id", "origin"],
        orient="row",
    )
    truth = Truth(people.select("agency", "record_id", person=(pl.int_range(400) // 2).cast(pl.String)))
    result = evaluate(people, truth, seed=3)
    low, high = result["intervals"]["pairs"]["recall"]
    assert low < result["pairs"]["recall"] < high
    assert evaluate(people, truth, seed=3) == result
    assert evaluate(people, truth, seed=4)["intervals"] != result["intervals"]


def test_a_perfect_run_of_lone_records_scores_one() -> None:
    people = run_people().with_columns(person_id=pl.col("record_id"))
    truth = Truth(people.select("agency", "record_id", person="record_id"))
    result = evaluate(people, truth)
    assert result["pairs"] == result["b3"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0}


def test_records_without_truth_are_counted_and_not_scored() -> None:
    truth = true_world()
    short = Truth(truth.records.filter(pl.col("record_id") != "6"))
    result = evaluate(run_people(), short)
    assert result["records"] == 6
    assert result["without_truth"] == 1


def test_the_truth_of_another_hub_is_an_error() -> None:
    other = Truth(pl.DataFrame({"agency": ["a"], "record_id": ["99"], "person": ["p"]}), where="truth.csv")
    with pytest.raises(SourceError, match=r"truth\.csv: names 1 records the run does not have, the first is a:99"):
        evaluate(run_people(), other)


def test_reading_a_file_and_a_folder(tmp_path: Path) -> None:
    true_world().records.write_csv(tmp_path / "records.csv")
    assert read_truth(tmp_path / "records.csv").relations is None
    relations().write_csv(tmp_path / "relations.csv")
    folder = read_truth(tmp_path)
    assert folder.relations is not None
    assert evaluate(run_people(), folder)["mixes_relatives"] == 1
    assert folder.as_at is None
    pl.DataFrame({"person": ["p"], "date_of_birth": [dt.date(2020, 1, 1)]}).write_csv(tmp_path / "people.csv")
    assert read_truth(tmp_path).as_at == dt.date(2020, 1, 1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "agency,record_id\na,1\n",
            "column person is missing; expected agency, record_id, person, got agency, record_id",
        ),
        ("agency,record_id,person\na,1,p\na,1,q\n", "1 records have more than one person, the first is a:1"),
        ("agency,record_id,person\na,1,\n", "1 rows have an empty agency, record_id or person"),
        ("", "cannot be read as CSV"),
    ],
)
def test_a_truth_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "truth.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_truth(file)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_truth_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such file or folder"):
        read_truth(tmp_path / "none.csv")
    with pytest.raises(MissingFileError, match=r"has no records\.csv"):
        read_truth(tmp_path)


def test_the_text_says_what_the_numbers_say() -> None:
    families = pl.DataFrame({"person": ["p", "q", "s", "r"], "family": ["f", "f", "f", "g"]})
    truth = true_world(families=families, relations=relations())
    text = render_text(evaluate(run_people(), truth, links=links()))
    assert "7 records: 4 true people, 4 found" in text
    assert "1 cluster mixes relatives (twins 1, other siblings 0, parent and child 0); 1 mix strangers" in text
    assert "true pairs 4: found 1, lost before scoring 1, lost at scoring 2 (in review 1)" in text
    assert "by agency" in text
