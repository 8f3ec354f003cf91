"""The walk from extracts to people, relations and incidents, in order."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.errors import FamlinkError, InvariantError, SourceError
from famlink.pipeline.preparing import HUB_LIST, Prepared, prepare
from famlink.pipeline.run import Run, open_run, prepared, usable, writing
from famlink.pipeline.shelf import Shelf
from famlink.pipeline.words import events_words, unknown_words, words_of_hub
from famlink.provenance import Progress, Recorder
from famlink.spec import HubSpec, read_hub
from famlink.tables import INCIDENTS
from famlink.vocabulary.events import Crosswalk

if TYPE_CHECKING:
    from famlink.linkage.model import Model
    from famlink.pipeline.linking import Linked

SEED = 20260601
"""Seed of everything a run draws at random; it is printed in provenance."""


def link(
    hub: HubSpec | str | Path,
    *,
    to: str | Path | None = None,
    model: Model | str | Path | None = None,
    pairs: Any = None,
    threads: int | None = None,
    allow_rejects: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Link a hub's extracts into people, relations and incidents.

    Where the run replaces another of the same hub and parts records that were one person, products that show both are
    marked as recalled in the audit first.

    Args:
        hub: a hub, or the path of its hub.toml.
        to: run directory to write; None keeps the run in memory.
        model: a trained model, or the path of a model.json or of a Splink settings file; None trains one on
            this hub.
        pairs: compare these alone: a frame of agency_left, record_id_left, agency_right, record_id_right, or a pandas
            MultiIndex of "AGENCY:ID" and "AGENCY:ID". None: the pairs of the blocking rules. Pairs inside a person, and
            pairs that share a relative found so, are weighed either way.
        threads: worker threads; None takes every core. The result does not depend on it.
        allow_rejects: go on when more than a fifth of a file's rows cannot be used.
        progress: called with (stage, done, total).

    Returns:
        the run.

    Raises:
        SpecError, SourceError, ModelError, RunError: what was given cannot be used; one sentence says why.
        RequestError: a pair names a record no agency gave.

    Example:
        >>> import famlink as fl
        >>> run = fl.link(fl.demo_hub())
        >>> run.people["person_id"].n_unique() < run.people.height
        True
    """
    from famlink.linkage.judgements import read_judgements
    from famlink.linkage.labels import read_labels
    from famlink.pipeline.custody import recall_undone
    from famlink.pipeline.linking import LinkOptions, link_records

    if to is not None:
        usable(to)
    trained = _model(model)
    recorder = Recorder(progress)
    spec = hub if isinstance(hub, HubSpec) else read_hub(hub)
    own = events_words(spec)
    words = words_of_hub(spec, own)
    with Shelf(to) as shelf:
        ready = prepare(spec, allow_rejects=allow_rejects, recorder=recorder, shelf=shelf)
        before = open_run(spec.folder / spec.link.previous).people if spec.link.previous else None
        with recorder.stage("link"):
            asked = None if pairs is None else _asked(pairs, ready.merged.select("agency", "record_id"))
            labels = read_labels(spec.folder / spec.link.labels) if spec.link.labels else None
            options = LinkOptions(
                model=trained,
                pairs=asked,
                threads=threads,
                seed=SEED,
                on_stage=progress,
                labels=labels,
                before=before,
                on_links=partial(shelf.add, "links"),
            )
            linked = link_records(
                ready.merged,
                ready.extracts.ties,
                spec=spec.link,
                must_not_link=ready.must_not_link,
                distinct=_distinct(spec),
                judged=read_judgements(spec.folder / spec.link.judgements) if spec.link.judgements else None,
                options=options,
            )
        recorder.facts |= _facts(ready, linked)
        parameters = _parameters(ready, threads=threads, model_given=model is not None)
        parameters["pairs_given"] = pairs is not None
        parameters["crosswalk"] = {"version": words.version, "own": own}
        digests = ready.extracts.digests | decided_digests(spec)
        model_text, people = linked.model.to_json(), linked.people
        shelf.put("people", people)
        shelf.added("links")
        shelf.put("shared_relatives", linked.shared)
        ready = replace(ready, merged=ready.must_not_link.clear())
        del linked
        weights_text = _families(ready, people, recorder, shelf, words)
        run = Run(tables=shelf.tables, model_text=model_text, provenance={}, weights_text=weights_text)
        if to is None:
            return replace(run, provenance=recorder.document(parameters=parameters, digests=digests))
        with writing(to) as folder:
            with recorder.stage("write"):
                shelf.finish()
                told = {"people": people, "must_not_link": ready.must_not_link}
                recall_undone(replace(run, tables=told, provenance={"parameters": parameters}))
                shelf.move(prepared(folder))
                run.save_model(folder)
            record = recorder.document(parameters=parameters, digests=digests)
            return replace(run, provenance=record).save_record(folder)


def after(hub: HubSpec | str | Path, previous: str | Path) -> HubSpec:
    """A hub whose people hold together as far as they did in the run before.

    Args:
        hub: a hub, or the path of its hub.toml.
        previous: run directory of the run before; it may be the one that is about to be replaced.

    Returns:
        the hub with ``previous`` in its linkage settings.

    Example:
        >>> import famlink as fl
        >>> after(fl.demo_hub(), "run").link.previous is not None
        True
    """
    spec = hub if isinstance(hub, HubSpec) else read_hub(hub)
    link = spec.link.model_copy(update={"previous": str(Path(previous).absolute())})
    return spec.model_copy(update={"link": link})


def _facts(ready: Prepared, linked: Linked) -> dict[str, Any]:
    """What provenance tells of a run beside its settings; every row is accounted for, or the run stops."""
    kinds = ("people", "relationships", "events")
    rows = {
        what: sum(int(source[kind][what]) for source in ready.extracts.summaries for kind in kinds)
        for what in ("rows", "records", "rejected")
    }
    if rows["rows"] != rows["records"] + rows["rejected"]:
        raise InvariantError(
            f"{rows['rows']} rows became {rows['records']} kept and {rows['rejected']} rejected; please report it"
        )
    if linked.people.height != ready.merged.height:
        raise InvariantError(
            f"{ready.merged.height} records became {linked.people.height} rows of people; please report it"
        )
    return {
        "records": ready.merged.height,
        "rows": {"read": rows["rows"], "kept": rows["records"], "rejected": rows["rejected"]},
        "pairs": linked.pairs,
        "people": linked.people["person_id"].n_unique(),
        "plan": linked.plan,
        "warnings": list(linked.warnings),
        "seeds": {"link": SEED},
        "seconds_linking": {name: round(value, 3) for name, value in linked.seconds.items()},
        "rejected_rows": ready.extracts.rejected.filter(pl.col("level") == "row").height,
        "sources": list(ready.extracts.summaries),
    }


def _asked(pairs: Any, merged: pl.DataFrame) -> pl.DataFrame:
    from famlink.pipeline.exchange.pairs import known_pairs

    return known_pairs(pairs, merged)


def plan(
    hub: HubSpec | str | Path,
    *,
    model: Model | str | Path | None = None,
    allow_rejects: bool = False,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Count the pairs each blocking rule would compare, before comparing any.

    Args:
        hub: a hub, or the path of its hub.toml.
        model: as :func:`link`: the model whose rules are counted.
        allow_rejects: as :func:`link`.
        progress: called with (stage, done, total).

    Returns:
        one row a rule: rule, pairs, new pairs (not yielded by an earlier rule), largest block.
    """
    from famlink.pipeline.linking import plan_pairs

    trained = _model(model)
    recorder = Recorder(progress)
    ready = prepare(hub, allow_rejects=allow_rejects, recorder=recorder)
    with recorder.stage("plan"):
        return plan_pairs(ready.merged, ready.hub.link, distinct=_distinct(ready.hub), model=trained)


def suggest(
    hub: HubSpec | str | Path,
    *,
    model: Model | str | Path | None = None,
    threads: int | None = None,
    allow_rejects: bool = False,
    progress: Progress | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Suggest blocking rules that would reach likely true pairs which the hub's own rules miss.

    Args:
        hub: a hub, or the path of its hub.toml.
        model: a trained model, or the path of a model.json; None trains one on this hub.
        threads: worker threads; None takes every core. The result does not depend on it.
        allow_rejects: as :func:`link`.
        progress: called with (stage, done, total).

    Returns:
        ``plan`` and ``suggested``, as :func:`famlink.pipeline.suggesting.suggest_rules` gives them.
    """
    from famlink.pipeline.suggesting import suggest_rules
    from famlink.pipeline.training import Lessons

    trained = _model(model)
    recorder = Recorder(progress)
    ready = prepare(hub, allow_rejects=allow_rejects, recorder=recorder)
    lessons = Lessons(ready.extracts.ties, _distinct(ready.hub), seed=SEED)
    with recorder.stage("suggest"):
        return suggest_rules(ready.merged, ready.hub.link, lessons=lessons, model=trained, threads=threads)


def _distinct(spec: HubSpec) -> frozenset[str]:
    """Agencies that attest that two of their records are two people."""
    return frozenset(source.agency for source in spec.source if source.distinct)


def check(hub: HubSpec | str | Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Read and validate a hub's extracts, and link nothing.

    Args:
        hub: a hub, or the path of its hub.toml.
        progress: called with (stage, done, total).

    Returns:
        ``{"sources": [...]}``: rows, records, rejects, completeness and warnings by source.

    Raises:
        SpecError, SourceError: what was given cannot be read; the faults of every agency are in one message.

    Example:
        >>> import famlink as fl
        >>> report = fl.check(fl.demo_hub())
        >>> report["sources"][0]["people"]["rows"] > 0
        True
    """
    from famlink.extracts.checking import check_report
    from famlink.extracts.reading import reading_faults

    spec = hub if isinstance(hub, HubSpec) else read_hub(hub)
    try:
        ready = prepare(spec, allow_rejects=True, recorder=Recorder(progress))
    except SourceError:
        faults = reading_faults(spec)
        if len(faults) < 2:
            raise
        every = "; ".join(f"({number}) {fault}" for number, fault in enumerate(faults, start=1))
        raise SourceError(f"{len(faults)} agencies cannot be read: {every}") from None
    report = check_report(
        ready.extracts, ready.standardised.rows, ready.standardised.reasons, ready.standardised.rejected
    )
    idle = ready.extracts.rejected.filter(pl.col("source") == HUB_LIST)
    told = idle.group_by("file", "reason").agg(pl.col("row").sort()).sort("file", "reason")
    report["warnings"] = [
        f"{file}, row {rows[0]}{f' and {len(rows) - 1:,} more' if len(rows) > 1 else ''}: {reason}"
        for file, reason, rows in told.iter_rows()
    ] + _faults_ahead(ready)
    try:
        unknown = unknown_words(ready.extracts.events, words_of_hub(ready.hub, events_words(ready.hub)))
    except FamlinkError:  # told of above
        unknown = {}
    for source in report["sources"]:
        source["warnings"] += unknown.pop(source["agency"], [])
    return report


def _faults_ahead(ready: Prepared) -> list[str]:
    """What will stop a later step: comparisons, rules, judgements, labels, a policy or consents that cannot be used."""
    from famlink.linkage.judgements import read_judgements
    from famlink.linkage.labels import read_labels
    from famlink.pipeline.linking import untrained
    from famlink.sharing.consents import read_consents
    from famlink.sharing.policy import read_policy

    folder, spec = ready.hub.folder, ready.hub
    faults = []
    for name, read in (
        ("", lambda _: untrained(ready.merged, spec.link)),
        (spec.link.judgements, read_judgements),
        (spec.link.labels, read_labels),
        (spec.link.previous, open_run),
        ("", lambda _: events_words(spec)),
        (spec.sharing.policy, read_policy),
        (spec.sharing.consents, lambda path: read_consents(path, records=ready.extracts.records)),
    ):
        try:
            if name is not None:
                read(folder / name)
        except FamlinkError as error:
            faults.append(str(error))
    return faults


def decided_digests(spec: HubSpec) -> dict[str, str]:
    """SHA-256 of the files that say what was decided of links and of words for events, by path as given.

    They are the must-not-link list, judgements, labels, the people of the run before, and the crosswalk.
    """
    before = f"{spec.link.previous}/people.parquet" if spec.link.previous else None
    named = (spec.link.must_not_link, spec.link.judgements, spec.link.labels, before, spec.events.crosswalk)
    files = {name: spec.folder / name for name in named if name is not None}
    return {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items() if file.is_file()}


def _families(ready: Prepared, people: pl.DataFrame, recorder: Recorder, shelf: Shelf, words: Crosswalk) -> str:
    """From people to relations, households and incidents; gives what was learnt of events, as JSON."""
    from famlink.family.households import dwell
    from famlink.family.relations import relate
    from famlink.family.residence import homes_of
    from famlink.incidents.grouping import Known, group_and_keep
    from famlink.incidents.kept import to_json

    ties, events = ready.extracts.ties, ready.extracts.events
    homes = None
    with recorder.stage("relations"):
        rows = shelf.waiting("standardised")
        if ties.height:
            homes = homes_of(people, rows)
        barred = _barred_people(people, ready.must_not_link)
        relations = relate(people, ties, rows, barred=barred, homes=homes)
        shelf.put("relations", relations)
        # What households and incidents ask of relations is who is whose, not the claims behind it.
        relations = relations.select("person_id", "relative_id", "relationship")
    with recorder.stage("households"):
        households = dwell(people, rows, shelf.waiting("records"), relations=relations, as_at=ready.as_at, homes=homes)
        shelf.put("households", households)
        del households, homes
    with recorder.stage("incidents"):
        # To number everybody of a large hub takes a second, which a hub without events need not wait for.
        known = Known(people, relations, words=words)
        grouped, weights = group_and_keep(events, known) if events.height else (INCIDENTS.empty(), None)
        shelf.put("events", grouped)
    return to_json(weights)


def _barred_people(people: pl.DataFrame, must_not_link: pl.DataFrame) -> frozenset[tuple[str, str]]:
    """Pairs of people no relation may cross, both ways round."""
    if must_not_link.is_empty():
        return frozenset()
    names = people.select("agency", "record_id", "person_id")
    pairs = must_not_link.join(names, left_on=["agency_left", "record_id_left"], right_on=["agency", "record_id"]).join(
        names, left_on=["agency_right", "record_id_right"], right_on=["agency", "record_id"], suffix="_other"
    )
    both = [(a, b) for a, b in pairs.select("person_id", "person_id_other").iter_rows()]
    return frozenset(both) | frozenset((b, a) for a, b in both)


def _parameters(ready: Prepared, *, threads: int | None, model_given: bool) -> dict[str, Any]:
    from famlink.vocabulary.holders import holder_of

    spec = ready.hub
    return {
        "hub": spec.hub.name,
        "as_at": ready.as_at.isoformat(),
        "synthetic": spec.hub.synthetic,
        "folder": str(spec.folder.resolve()),
        "agencies": [
            {
                "agency": source.agency,
                "holder": holder_of(source.agency, source.holder),
                "system": source.system,
                "format": source.format,
                "distinct": source.distinct,
            }
            for source in spec.source
        ],
        "link": spec.link.model_dump(mode="json"),
        "sharing": spec.sharing.model_dump(mode="json"),
        "threads": threads,
        "model_given": model_given,
    }


def _model(model: Model | str | Path | None) -> Model | None:
    if model is None or not isinstance(model, str | Path):
        return model
    from famlink.linkage.reading import read_model

    return read_model(model)
