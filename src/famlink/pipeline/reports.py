"""Reports as pages: an evaluation, a model, a pair, a check. A run's tables become numbers here; pages see no more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from famlink.linkage.evaluation.score import AGES
from famlink.linkage.evaluation.truth import Truth
from famlink.pipeline.run import Run, open_run
from famlink.pipeline.walk import SEED
from famlink.provenance import Progress
from famlink.spec import HubSpec, read_hub

if TYPE_CHECKING:
    from famlink.charts.document import Page


def evaluation_page(
    run: Run | str | Path,
    truth_path: str | Path,
    *,
    result: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Page:
    """Score a run against the truth and make the page.

    Args:
        run: a run, or its directory.
        truth_path: a CSV with agency, record_id, person, or a folder as ``famlink synth`` writes.
        result: the evaluation, where it was made already.
        progress: called with (stage, done, total).

    Returns:
        the page: counts and figures, no record; :func:`famlink.charts.files.save` writes it.

    Raises:
        SourceError: the truth cannot be read or is of another hub.
    """
    from famlink.charts import evaluation
    from famlink.charts.curves import curves
    from famlink.charts.groups import group_intervals
    from famlink.linkage.evaluation import read_truth
    from famlink.pipeline.workbench import evaluate

    run = run if isinstance(run, Run) else open_run(run)
    if result is None:
        result = evaluate(run, truth_path, progress=progress)
    if progress:
        progress("draw", None, None)
    truth = read_truth(Path(truth_path))
    scored = scored_records(run.people, truth)
    pairs = true_links(run.links, scored)
    model = run.model
    drawn = curves(pairs, true_pairs=int(result["lost"]["true_pairs"]), review=model.review, match=model.match)
    records, columns = grouped_records(scored, truth)
    drawn |= {
        "groups": group_intervals(records, columns, seed=SEED),
        "facts": _facts(run),
        "synthetic": bool(run.parameters.get("synthetic")),
    }
    return evaluation.page(result, drawn)


def scored_records(people: pl.DataFrame, truth: Truth) -> pl.DataFrame:
    """The records an evaluation scores: those agencies gave, and the truth knows.

    Args:
        people: the run's people.
        truth: the truth.

    Returns:
        agency, record_id, person_id, person.
    """
    given = people.filter(pl.col("origin") == "given").select("agency", "record_id", "person_id")
    return given.join(truth.records, on=["agency", "record_id"]).sort("agency", "record_id")


def true_links(links: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """Whether each kept pair is one person in truth.

    Args:
        links: the run's links.
        scored: from :func:`scored_records`; pairs with another record are left out.

    Returns:
        match_probability, verdict, is_true.

    Example:
        >>> links = pl.DataFrame({"agency_left": ["a"], "record_id_left": ["1"], "agency_right": ["b"],
        ...     "record_id_right": ["1"], "match_probability": [0.9], "verdict": ["match"]})
        >>> scored = pl.DataFrame({"agency": ["a", "b"], "record_id": ["1", "1"], "person": ["p", "q"]})
        >>> true_links(links, scored).row(0)
        (0.9, 'match', False)
    """
    told = scored.select("agency", "record_id", "person")
    left, right = (told.rename({name: f"{name}_{side}" for name in told.columns}) for side in ("left", "right"))
    return (
        links.join(left, on=["agency_left", "record_id_left"])
        .join(right, on=["agency_right", "record_id_right"])
        .select("match_probability", "verdict", is_true=pl.col("person_left") == pl.col("person_right"))
    )


def grouped_records(scored: pl.DataFrame, truth: Truth) -> tuple[pl.DataFrame, list[str]]:
    """Scored records with the groups an evaluation scores them by, and no name of anybody: codes alone.

    Args:
        scored: from :func:`scored_records`.
        truth: the truth.

    Returns:
        cluster, person, family (numbers) and the columns of groups; the names of those columns.
    """
    sized = scored.join(truth.family_of(), on="person", how="left")
    columns = ["agency"]
    if truth.people is not None:
        about = truth.people.unique("person", keep="first", maintain_order=True)
        if truth.as_at is not None:
            about = about.with_columns(age=_age_band(pl.lit(truth.as_at)))
        wanted = [name for name in ("age", "culture", "mover", "twin") if name in about.columns]
        sized = sized.join(about.select("person", *wanted), on="person", how="left")
        columns += wanted
    codes = {"cluster": "person_id", "person": "person", "family": "family"}
    return sized.select(*(pl.col(old).rank("dense").alias(new) for new, old in codes.items()), *columns), columns


def _age_band(as_at: pl.Expr) -> pl.Expr:
    """The bands of the evaluation; a test holds that both count the same records in each."""
    years = (as_at - pl.col("date_of_birth").str.to_date(strict=False)).dt.total_days() / 365.25
    band = pl.lit(None, dtype=pl.String)
    for limit, name in reversed(AGES):
        band = pl.when(years < limit).then(pl.lit(name)).otherwise(band)
    return band.fill_null("no date of birth")


def model_page(run: Run | str | Path, *, progress: Progress | None = None) -> Page:
    """Make the page of a run's model.

    Args:
        run: a run, or its directory.
        progress: called with (stage, done, total).

    Returns:
        the page: weights, probabilities, agreement patterns and priors, no value of anybody;
        :func:`famlink.charts.files.save` writes it.

    Example:
        >>> import famlink as fl
        >>> from famlink.charts.document import render
        >>> "Match weights" in render(model_page(fl.link(fl.demo_hub())))
        True
    """
    from famlink.charts import model
    from famlink.linkage.uncertainty import warnings_of
    from famlink.pipeline.patterns import run_patterns

    run = run if isinstance(run, Run) else open_run(run)
    if progress:
        progress("compare", None, None)
    trained = run.model
    return model.page(
        trained,
        patterns=run_patterns(run),
        warnings=warnings_of(trained),
        facts=_facts(run),
        synthetic=bool(run.parameters.get("synthetic")),
    )


def pair_page(run: Run | str | Path, told: Mapping[str, Any]) -> Page:
    """Make the page of one explained pair.

    Args:
        run: a run, or its directory.
        told: from :func:`famlink.explain`, which writes the audit's line.

    Returns:
        the page; :func:`famlink.charts.files.save` writes it.

    Example:
        >>> import famlink as fl
        >>> from famlink.charts.document import render
        >>> run = fl.link(fl.demo_hub())
        >>> pair = run.links.row(0, named=True)
        >>> left, right = ((pair[f"agency_{side}"], pair[f"record_id_{side}"]) for side in ("left", "right"))
        >>> "How the weight adds up" in render(pair_page(run, fl.explain(run, left, right)))
        True
    """
    from famlink.charts import waterfall

    run = run if isinstance(run, Run) else open_run(run)
    model = run.model
    return waterfall.page(
        told,
        thresholds={"review": model.review, "match": model.match},
        facts=_facts(run),
        synthetic=bool(run.parameters.get("synthetic")),
    )


def incident_page(run: Run | str | Path, told: Mapping[str, Any]) -> Page:
    """Make the page of two explained events.

    Args:
        run: a run, or its directory.
        told: from :func:`famlink.pipeline.explaining_events.explain_incident`, which writes the audit's line.

    Returns:
        the page; :func:`famlink.charts.files.save` writes it.
    """
    from famlink.charts import waterfall

    run = run if isinstance(run, Run) else open_run(run)
    return waterfall.incident_page(told, facts=_facts(run), synthetic=bool(run.parameters.get("synthetic")))


def check_page(
    hub: HubSpec | str | Path, *, report: Mapping[str, Any] | None = None, progress: Progress | None = None
) -> Page:
    """Check a hub's extracts and make the page.

    Args:
        hub: a hub, or the path of its hub.toml.
        report: the check's report, where it was made already.
        progress: called with (stage, done, total).

    Returns:
        the page: counts, columns and reasons, no value of anybody; :func:`famlink.charts.files.save` writes it.

    Raises:
        SpecError, SourceError: what was given cannot be read.

    Example:
        >>> import famlink as fl
        >>> from famlink.charts.document import render
        >>> "Completeness" in render(check_page(fl.demo_hub()))
        True
    """
    from famlink.charts import check
    from famlink.pipeline import walk

    spec = hub if isinstance(hub, HubSpec) else read_hub(hub)
    if report is None:
        report = walk.check(spec, progress=progress)
    return check.page(report, title=spec.hub.name, synthetic=spec.hub.synthetic)


def _facts(run: Run) -> list[tuple[str, str]]:
    told = run.provenance
    facts = [("Hub", str(run.parameters["hub"])), ("As at", str(run.parameters["as_at"]))]
    facts += [
        (name, f"{told[key]:,}") for name, key in (("Records", "records"), ("Pairs compared", "pairs")) if key in told
    ]
    return [*facts, ("famlink", str(told["famlink"]))]
